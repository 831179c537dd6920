"""The Amazon States Language as data: model, reading, writing, checking and drawing."""

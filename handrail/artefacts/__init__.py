"""Machine → files: what a catalogue of runbooks becomes, as {path: bytes}."""

"""The eight state types: each compiles a state of the model into something that runs."""

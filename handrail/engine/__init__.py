"""Amazon States Language → execution: given an event, the engine returns commands; it does no I/O of its own."""

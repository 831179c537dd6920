"""AWS on a laptop: the same machines, run in this process by our engine, with real functions and real builds."""

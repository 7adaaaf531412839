"""Public data sets turned into the feeds that `python -m local load` takes. Each is a command of its own."""

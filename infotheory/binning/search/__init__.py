"""The exact search for the best groups of pre-bins."""

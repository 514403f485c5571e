"""Networks of transfer: the search, and what it asks of Gaussian and of other series."""

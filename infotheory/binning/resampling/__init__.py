"""Refits on other counts: cross-fitting and permutation tests."""

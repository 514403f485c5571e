"""Measures of many variables at once: all triplets, quadruplets and larger sets."""

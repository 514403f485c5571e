"""Bins changed by hand on a fitted binner, and the trail that every step leaves."""

"""Estimates from series."""

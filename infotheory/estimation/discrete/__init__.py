"""Estimates from labels and tables of counts."""

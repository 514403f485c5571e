"""Bins over periods: rows counted by period, and binners that keep an order in each of them."""

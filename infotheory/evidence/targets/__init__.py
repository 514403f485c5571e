"""Divergences of targets of any kind over bins, and what is known of them."""

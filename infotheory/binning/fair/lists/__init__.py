"""Groupings of every characteristic: all that matter, or those that prices ask for."""

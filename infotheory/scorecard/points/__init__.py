"""From bins to points: the scale, the points of each code, the points table."""

"""Pre-bins, made of rows or of the counts of fine cells, and their grouping into bins."""

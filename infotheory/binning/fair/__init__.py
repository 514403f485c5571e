"""Fair binning: the exact program, its prices, and the search between them."""

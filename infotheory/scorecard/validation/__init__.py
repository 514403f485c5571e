"""How well scores rank, how well probabilities hold, and what grades make of them."""

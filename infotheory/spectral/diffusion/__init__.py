"""The diffusion operator of a cloud of points: bandwidth, spectrum by many methods, entropies."""

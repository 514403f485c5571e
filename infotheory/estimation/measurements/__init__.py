"""Estimates from measurements: nearest neighbours and the Gaussian copula."""

"""Estimates that are means of one term a row."""

import numpy as np
from scipy import special

from infotheory._typing import FloatArray
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw

__all__ = ["Terms", "log_mass_variance", "mean_of_terms"]

#: One term a row, and the variance of the noise of distances in them.
Terms = tuple[FloatArray, float]


def mean_of_terms(terms: Terms, method: str, unit: float, law: IntervalLaw) -> Estimate:
    """Mean of one term a row; the noise of distances, at most all of the variance, counts twice."""
    values, noise = terms
    variance = float(values.var(ddof=1))
    error = float(np.sqrt((variance + min(variance, noise)) / values.size))
    return Estimate(
        value=float(values.mean()) / unit, standard_error=error / unit, method=method, law=law
    )


def log_mass_variance(k: int) -> float:
    """Variance of the logarithm of the mass within the distance to the k-th neighbour."""
    return float(special.polygamma(1, k))

"""Estimates of mutual information from Gaussian variables and from Gaussian copulas."""

import numpy as np

from infotheory._typing import FloatArray
from infotheory.estimation.discrete._strata import information_law
from infotheory.estimation.measurements._gaussian import GaussianCondition, normal_scores
from infotheory.inference import Estimate

__all__ = ["gaussian_estimate"]


def gaussian_estimate(
    x: FloatArray, y: FloatArray, z: FloatArray | None, method: str, unit: float
) -> Estimate:
    """Estimate from the columns of x and y, and of z where there is a condition.

    With r the (partial) canonical correlations, of normal scores for the copula, the information is
    ``-sum log(1 - r^2) / 2``, its variance ``sum r^2 / n`` (delta method), and the test of
    independence that of Bartlett.
    """
    if method == "gaussian_copula":
        x, y, z = normal_scores(x), normal_scores(y), None if z is None else normal_scores(z)
    found = GaussianCondition(y, z, method=method).information(x)
    variance, n_rows = float((found.canonical_correlations**2).sum()), x.shape[0]

    # The law is that of the plug-in, whose bias is in its degrees of freedom.
    return Estimate(
        value=(found.plugin - found.bias) / unit,
        standard_error=float(np.sqrt(variance / n_rows)) / unit,
        method=method,
        p_value=found.bartlett_p_value,
        law=information_law(found.plugin, variance, n_rows, found.degrees_of_freedom, unit),
    )

"""Tests of correlations where the variances of two series move together.

A source that says how far the next step of a target may go, but not in which direction, leaves the
correlation of the two more variance than that of independent steps: squares of the two go together.
"""

import numpy as np

from infotheory._later import stats
from infotheory._typing import FloatArray

__all__ = ["evenness", "p_value_of_uneven"]

#: Standard errors by which the squares must go together before it is more than noise.
_NOTICED = 1.0
#: Rows for each product of columns, below which their covariances are noise.
_ROWS_A_PRODUCT = 10


def evenness(source: FloatArray, target: FloatArray) -> float:
    """Return what is left of a likelihood ratio once the variances need not be even, at most 1.

    It is White's statistic of no correlation over that of even variances (1980,
    doi:10.2307/1912934), from what the past leaves of columns of source and target, of shape
    (n_rows, n_columns). 1 where large steps of the one do not go with large ones of the other.
    """
    n_rows = len(source)
    # Uncorrelated columns of variance 1 have the same ratios as those that they are made of.
    source = np.sqrt(n_rows) * np.linalg.qr(source)[0]
    # What the source explains of the target would go with the squares of the source.
    basis, triangle = np.linalg.qr(target - source @ (source.T @ target) / n_rows)
    left = np.sqrt(n_rows) * basis
    far = [(one**2).sum(axis=1) - one.shape[1] for one in (source, left)]
    noise = np.sqrt(float(far[0] @ far[0]) * float(far[1] @ far[1]))
    if float(far[0] @ far[1]) * np.sqrt(n_rows) <= _NOTICED * noise:
        return 1.0

    products = (source[:, :, None] * left[:, None]).reshape(n_rows, -1)
    if n_rows < _ROWS_A_PRODUCT * products.shape[1]:
        return 1.0
    scaled = np.linalg.solve(triangle.T, target.T).T * np.sqrt(n_rows)
    sums = (source.T @ scaled).ravel()
    even = float(sums @ sums) / n_rows
    uneven = float(sums @ np.linalg.solve(products.T @ products, sums))
    return min(1.0, uneven / even) if even > 0.0 else 1.0


def p_value_of_uneven(p_value: float, even: float, freedom: int, n_tests: int) -> float:
    """Return the p-value of the part of a likelihood ratio that is left.

    ``p_value`` is that of the whole, of so many degrees of freedom, times a number of tests.
    """
    statistic = even * stats.chi2.isf(p_value / n_tests, freedom)
    return min(1.0, n_tests * float(stats.chi2.sf(statistic, freedom)))

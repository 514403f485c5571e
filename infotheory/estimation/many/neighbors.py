"""Higher-order measures of measurements by nearest neighbours, one radius a row for all entropies.

The radius of a row is the distance to its k-th neighbour in all columns of a multiplet. Entropies
of parts count what lies closer in them, so that logarithms of the radius cancel:

``TC = psi(k) + (n - 1) psi(N) - mean sum_i psi(n_i + 1)``
``DTC = psi(N) + (n - 1) psi(k) - mean sum_i psi(n_(all but i) + 1)``
"""

from typing import NamedTuple

import numpy as np
from scipy import special

from infotheory._typing import FloatArray, IntArray
from infotheory.estimation.many.measures import Values
from infotheory.estimation.measurements._neighbors import count_closer, kth_distance
from infotheory.estimation.measurements._terms import (
    COARSEST,
    HEAVIEST,
    coarseness,
    heaviest_tail,
    log_mass_variance,
    scale_of_bias,
)

__all__ = ["neighbor_local_values", "neighbor_measures"]


def neighbor_measures(
    points: FloatArray, multiplets: IntArray, k: int, *, with_target: bool = False
) -> Values:
    """Measures in nats of the multiplets, all of one size, with their errors.

    With a target, which is the last of each multiplet, the measures are those of all less those
    without the target. There is no test of independence, which would take permutations. Errors are
    NaN where boxes of neighbours are too wide for the dependence, or a column has heavy tails.
    """
    n_rows, size = len(points), multiplets.shape[1]

    # The distances are noise that terms of neighbouring rows share; it enters each measure as often
    # as entropies of larger parts do (the factors were measured beside Gaussian closed forms).
    apart = np.array([1.0, size - 1.0, 1.0, (1.0 + np.sqrt(size - 1.0)) ** 2])
    noise = log_mass_variance(k) * apart
    tails = np.array([heaviest_tail(column[:, None]) for column in points.T])
    values, errors = [], []
    for multiplet in multiplets.tolist():
        total, dual, coarse = whole = _terms(points[:, multiplet], k)
        if with_target:
            less = _terms(points[:, multiplet[:-1]], k)
            total, dual = total - less.total, dual - less.dual
            coarse = max(coarse, less.coarseness)
        terms = np.stack([total, dual, total - dual, total + dual])
        variance = terms.var(axis=1, ddof=1)
        values.append(terms[:2].mean(axis=1))

        # All measures are off as far as the one that is off most.
        largest = max(whole.total.mean(), whole.dual.mean())
        tail = float(tails[multiplet].max())
        holds = coarse <= COARSEST and tail <= HEAVIEST
        bias = scale_of_bias(float(largest), coarse, tail) if holds else np.nan
        errors.append(np.hypot(np.sqrt((variance + np.minimum(variance, noise)) / n_rows), bias))
    of_total, of_dual = np.transpose(values)
    return Values(
        total_correlation=of_total,
        dual_total_correlation=of_dual,
        standard_errors=np.array(errors),
        errors_of_no_o_information=np.array(errors)[:, 2],
        independence_p_values=np.full(len(multiplets), np.nan),
    )


def neighbor_local_values(points: FloatArray, k: int) -> FloatArray:
    """O-information in nats of each row, whose mean is the estimate."""
    total, dual, _ = _terms(points, k)
    return np.asarray(total - dual)


class _Multiplet(NamedTuple):
    """Total and dual total correlation, one term a row, and the coarseness of the boxes."""

    total: FloatArray
    dual: FloatArray
    coarseness: float


def _terms(points: FloatArray, k: int) -> _Multiplet:
    """Terms of each row in both correlations, at the distance of the k-th neighbour of all."""
    n_rows, size = points.shape
    if size == 1:
        return _Multiplet(np.zeros(n_rows), np.zeros(n_rows), 0.0)

    radius = kth_distance(points, k, 1)
    columns = range(size)
    alone = [count_closer(points[:, [i]], radius, 1) + 1 for i in columns]
    rest = [count_closer(np.delete(points, i, axis=1), radius, 1) + 1 for i in columns]
    of_all, of_rows = special.psi(k), special.psi(n_rows)
    sides = [*((near, size - 1) for near in alone), *((near, 1) for near in rest)]
    return _Multiplet(
        of_all + (size - 1) * of_rows - special.psi(alone).sum(axis=0),
        of_rows + (size - 1) * of_all - special.psi(rest).sum(axis=0),
        coarseness(k, *sides),
    )

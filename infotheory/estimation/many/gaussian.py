"""Higher-order measures of Gaussian variables from one matrix of correlations, in batches."""

import numpy as np
from scipy import special

from infotheory._later import stats
from infotheory._typing import FloatArray, IntArray
from infotheory.estimation.many.measures import Values

__all__ = ["gaussian_local_values", "gaussian_measures"]

#: Multiplets in a batch: their matrices take some 20 MiB at 5 variables.
_BATCH = 20_000


def gaussian_measures(covariance: FloatArray, multiplets: IntArray, n_rows: int) -> Values:
    """Measures in nats of the multiplets, all of one size, with their errors and tests.

    With S the covariance of a multiplet and P its inverse, the total correlation is
    ``(sum log S_ii - log|S|) / 2`` and the dual one ``(log|S| + sum log P_ii) / 2``, less the bias
    of log-determinants of Wishart laws. Each is a mean of ``z' Q z / 2`` up to a constant, so that
    its variance is ``tr((Q S)^2) / (2 n)`` at first order. That vanishes with the dependence, and
    an estimate of it is small where the value is: the variance of second order is added.
    """
    parts = [
        _batch(covariance, multiplets[start : start + _BATCH], n_rows)
        for start in range(0, len(multiplets), _BATCH)
    ]
    return Values.joined(parts)


def _batch(covariance: FloatArray, multiplets: IntArray, n_rows: int) -> Values:
    size = multiplets.shape[1]
    s = covariance[multiplets[:, :, None], multiplets[:, None, :]]
    lower: FloatArray = np.asarray(np.linalg.cholesky(s), dtype=np.float64)
    log_det = 2.0 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    p: FloatArray = np.asarray(np.linalg.inv(s), dtype=np.float64)
    variances, precisions = (np.diagonal(a, axis1=1, axis2=2) for a in (s, p))

    total = 0.5 * (np.log(variances).sum(axis=1) - log_det)
    dual = 0.5 * (log_det + np.log(precisions).sum(axis=1))
    bias = [_entropy_bias(n_rows, n) for n in (1, size - 1, size)]
    unbiased_total = total - (size * bias[0] - bias[2])
    unbiased_dual = dual - (size * bias[1] - (size - 1) * bias[2])

    scaled = p / np.sqrt(precisions)[:, None, :]
    of_total = -p
    place = np.arange(size)
    of_total[:, place, place] += 1.0 / variances
    of_dual = p - scaled @ scaled.transpose(0, 2, 1)
    first = _traces(of_total @ s, of_dual @ s)
    second = _curvature_variances(s, p)
    errors = np.sqrt(
        np.stack(
            [
                # Rounding can leave a trace that is 0 a little below it.
                0.5 * np.maximum(linear, 0.0) / n_rows + curved / (16.0 * n_rows**2)
                for linear, curved in zip(_of_four(*first), _of_four(*second), strict=True)
            ],
            axis=1,
        )
    )

    # Bartlett's test that all are independent.
    bartlett = 2.0 * (n_rows - 1.0 - (2.0 * size + 5.0) / 6.0) * total
    return Values(
        total_correlation=unbiased_total,
        dual_total_correlation=unbiased_dual,
        standard_errors=errors,
        independence_p_values=stats.chi2.sf(bartlett, size * (size - 1) / 2),
    )


def gaussian_local_values(scores: FloatArray) -> FloatArray:
    """O-information of each row of Gaussian variables of mean 0, whose mean is the plug-in."""
    size = scores.shape[1]
    s = scores.T @ scores / len(scores)
    p = np.linalg.inv(s)
    log_det = np.linalg.slogdet(s)[1]
    turned, precisions = scores @ p, np.diag(p)
    square = (scores * turned).sum(axis=1)

    # Entropies without the constant of the normal law, which cancels.
    joint = 0.5 * (square + log_det)
    single = 0.5 * (scores**2 / np.diag(s) + np.log(np.diag(s))).sum(axis=1)
    without_one = 0.5 * (
        size * square - (turned**2 / precisions).sum(axis=1) + size * log_det
        + np.log(precisions).sum()
    )  # fmt: skip
    return np.asarray((single - joint) - (without_one - (size - 1) * joint))


def _of_four(total: FloatArray, dual: FloatArray, both: FloatArray) -> tuple[FloatArray, ...]:
    """Variances of the four measures in the order of ``MEASURES``, from those of two of them."""
    return total, dual, total + dual - 2.0 * both, total + dual + 2.0 * both


def _traces(total: FloatArray, dual: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Traces of the squares of two matrices, and of their product."""

    def trace(first: FloatArray, second: FloatArray) -> FloatArray:
        return np.asarray(np.einsum("mij,mji->m", first, second))

    return trace(total, total), trace(dual, dual), trace(total, dual)


def _curvature_variances(s: FloatArray, p: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Variances, and covariance, of the second differentials of both correlations, times 4.

    With ``S = L L'`` the noise of S is ``L G L' / sqrt(n)`` for a symmetric G of independent normal
    entries, of variance 2 on the diagonal and 1 off it. ``log S_ii`` has the second differential
    ``-(u' G u)^2`` with u the direction of row i of L, ``log|S|`` has ``-tr G^2``, and ``log P_ii``
    has ``2 v' G^2 v - (v' G v)^2`` with v the direction of column i of the inverse of L. The total
    correlation thus has ``tr G^2 - sum (u' G u)^2`` over 4, and the dual one
    ``tr(G^2 D) - sum (v' G v)^2`` over 4, with ``D = 2 sum v v' - I``. For symmetric A and B and
    unit vectors

    ``cov(tr G^2 A, tr G^2 B) = 2 (k + 2) tr AB + 2 tr A tr B``,
    ``cov(tr G^2 A, (v' G v)^2) = 8 v' A v``, ``cov((u' G u)^2, (v' G v)^2) = 8 (u' v)^4``.

    Products of two u are correlations, of two v partial ones but for the sign, and a u is at right
    angles to every v but its own.
    """
    size = s.shape[1]
    of_u, of_v = ((a**2 / _outer_of_diagonal(a)) for a in (s, p))
    own = 1.0 / (np.diagonal(s, axis1=1, axis2=2) * np.diagonal(p, axis1=1, axis2=2))
    squares, fourths_u, fourths_v = of_v.sum((1, 2)), (of_u**2).sum((1, 2)), (of_v**2).sum((1, 2))

    total = 4.0 * size * (size + 1.0) - 16.0 * size + 8.0 * fourths_u
    trace_of_square = 4.0 * squares - 3.0 * size
    dual = 2.0 * (size + 2.0) * trace_of_square + 2.0 * size**2
    dual += -16.0 * (2.0 * squares - size) + 8.0 * fourths_v
    both = 4.0 * size * (size + 1.0) - 8.0 * size
    both = both - 8.0 * (2.0 * own.sum(axis=1) - size) + 8.0 * (own**2).sum(axis=1)
    return total, dual, both


def _outer_of_diagonal(a: FloatArray) -> FloatArray:
    diagonal = np.diagonal(a, axis1=1, axis2=2)
    return np.asarray(diagonal[:, :, None] * diagonal[:, None, :])


def _entropy_bias(n_rows: int, n_variables: int) -> float:
    """Mean of the plug-in entropy of normal variables less the truth."""
    halves = special.psi((n_rows - np.arange(1, n_variables + 1)) / 2.0)
    return float(0.5 * (halves.sum() + n_variables * np.log(2.0 / (n_rows - 1.0))))

"""Higher-order measures of Gaussian variables from one matrix of correlations, in batches."""

import numpy as np
from scipy import special, stats

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
    first = [form @ s for form in _four(of_total, of_dual)]
    second = _four(*_curvatures(lower))
    errors = np.stack(
        [_standard_error(*forms, n_rows) for forms in zip(first, second, strict=True)], axis=1
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


def _four(total: FloatArray, dual: FloatArray) -> tuple[FloatArray, ...]:
    """Forms of the four measures in the order of ``MEASURES``."""
    return total, dual, total - dual, total + dual


def _curvatures(lower: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Quadratic forms of the total and dual total correlation in the noise of the covariance.

    With ``S = L L'`` the noise of S is ``L G L' / sqrt(n)`` for a symmetric G of independent normal
    entries, of variance 2 on the diagonal and 1 off it. ``log S_ii`` has the second differential
    ``-(u' G u)^2`` with u the direction of row i of L, ``log|S|`` has ``-tr G^2``, and ``log P_ii``
    has ``2 v' G^2 v - (v' G v)^2`` with v the direction of column i of the inverse of L.
    """
    n_multiplets, size = lower.shape[:2]
    rows, columns = np.tril_indices(size)
    n_entries = rows.size
    basis = np.zeros((n_entries, size, size))
    basis[np.arange(n_entries), rows, columns] = basis[np.arange(n_entries), columns, rows] = 1.0
    basis[rows == columns] *= np.sqrt(2.0)

    u = lower / np.linalg.norm(lower, axis=2, keepdims=True)
    inverse = np.linalg.inv(lower).transpose(0, 2, 1)
    v = inverse / np.linalg.norm(inverse, axis=2, keepdims=True)
    moved = np.einsum("aij,mkj->mkai", basis, v)
    along_u = np.einsum("mki,aij,mkj->mka", u, basis, u, optimize=True)
    along_v = np.einsum("mkai,mki->mka", moved, v)

    identity = np.broadcast_to(2.0 * np.eye(n_entries), (n_multiplets, n_entries, n_entries))
    total = identity - np.einsum("mka,mkb->mab", along_u, along_u)
    dual = 2.0 * np.einsum("mkai,mkbi->mab", moved, moved) - identity
    dual -= np.einsum("mka,mkb->mab", along_v, along_v)
    return 0.25 * total, 0.25 * dual


def _standard_error(first: FloatArray, second: FloatArray, n_rows: int) -> FloatArray:
    """Root of the variances of first and second order."""
    # Rounding can leave a trace that is 0 a little below it.
    linear = np.maximum(np.einsum("mij,mji->m", first, first), 0.0)
    return np.sqrt(0.5 * linear / n_rows + 2.0 * (second**2).sum(axis=(1, 2)) / n_rows**2)


def _entropy_bias(n_rows: int, n_variables: int) -> float:
    """Mean of the plug-in entropy of normal variables less the truth."""
    halves = special.psi((n_rows - np.arange(1, n_variables + 1)) / 2.0)
    return float(0.5 * (halves.sum() + n_variables * np.log(2.0 / (n_rows - 1.0))))

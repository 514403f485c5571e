"""Covariance of what each bin adds to the log odds, and errors of bins and applicants.

A bin j of characteristic f adds ``c_fj = beta_f w_fj`` to the log odds of an event. With the
influences ``psi_i`` of row i on the coefficients (``influences.py``) and ``phi_i`` on the weights
of evidence

    phi_i(w_fj) =  1{bin of i = j} / g_j - 1/G   of a non-event,
    phi_i(w_fj) = -1{bin of i = j} / b_j + 1/B   of an event,

the covariance of ``(beta, w)`` is the sum of the outer products of ``(psi_i, phi_i)`` over the
rows, and that of the contributions follows from ``dc_fj = w_fj dbeta_f + beta_f dw_fj``. Points are
linear in the intercept and the contributions, and so is the score of an applicant: their standard
errors are quadratic forms in this matrix. Bins are taken as given, and points as not rounded.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.regression._pairs_kernel import joint_weights
from infotheory.scorecard.regression.influences import code_indicators, influence_blocks
from infotheory.scorecard.regression.logistic import LogisticFit
from infotheory.scorecard.regression.regressors import Regressor, columns_of

__all__ = [
    "contribution_covariance",
    "log_odds_errors",
    "point_errors",
]

_CHUNK = 65_536  # rows at a time, to keep memory small


def contribution_covariance(
    fit: LogisticFit, patterns: Patterns, regressors: Sequence[Regressor]
) -> tuple[FloatArray, FloatArray]:
    """Covariance of the coefficients, and of the contribution of every code.

    Parameters
    ----------
    fit : LogisticFit
        The fit on ``patterns.design(values)``.
    patterns : Patterns
        The training rows.
    regressors : sequence of Regressor
        One a column of ``patterns.codes``. The weights of evidence are taken as given unless all
        come from these rows.

    Returns
    -------
    coefficients : ndarray of shape (1 + n_features, 1 + n_features)
        Intercept first; ``stacked_covariance`` where weights of evidence are estimated.
    contributions : ndarray of shape (1 + n_all_codes, 1 + n_all_codes)
        Intercept first, then the codes of each characteristic in turn.
    """
    estimated = all(r.counts is not None for r in regressors)
    sizes = [r.woe.size for r in regressors]
    feature = np.repeat(np.arange(len(sizes)), sizes)
    slope = np.zeros((1 + feature.size, 1 + len(sizes)))
    slope[0, 0] = 1.0
    if sizes:
        slope[1 + np.arange(feature.size), 1 + feature] = np.concatenate(columns_of(regressors))
    if not (estimated and sizes):
        return fit.covariance, np.asarray(slope @ fit.covariance @ slope.T)
    covariance, cross, own = _joint_covariance(fit, patterns, regressors)
    total = slope @ covariance @ slope.T
    beta = fit.coefficients[feature]
    mixed = (slope @ cross) * beta
    total[:, 1:] += mixed
    total[1:, :] += mixed.T
    total[1:, 1:] += beta[:, None] * own * beta
    return covariance, total


def point_errors(
    covariance: FloatArray, sizes: Sequence[int], share: FloatArray, factor: float
) -> list[FloatArray]:
    """Return the standard errors of the points of every code.

    Parameters
    ----------
    covariance : ndarray of shape (1 + n_all_codes, 1 + n_all_codes)
        What ``contribution_covariance`` returned.
    sizes : sequence of int
        Number of codes of each characteristic.
    share : ndarray of shape (n_features,)
        Share of the base points, and with them of the intercept, that each characteristic carries.
    factor : float
        Points per nat.

    Returns
    -------
    list of ndarray
        Standard errors in points, one array a characteristic.
    """
    weight = np.repeat(share, sizes)
    variance = (
        np.diag(covariance)[1:] + 2.0 * weight * covariance[0, 1:] + weight**2 * covariance[0, 0]
    )
    return np.split(factor * np.sqrt(np.maximum(variance, 0.0)), np.cumsum(sizes)[:-1])


def log_odds_errors(covariance: FloatArray, sizes: Sequence[int], codes: IntArray) -> FloatArray:
    """Return the standard errors of the log odds of rows.

    Parameters
    ----------
    covariance : ndarray of shape (1 + n_all_codes, 1 + n_all_codes)
        What ``contribution_covariance`` returned.
    sizes : sequence of int
        Number of codes of each characteristic.
    codes : ndarray of shape (n_rows, n_features)
        Bin codes.

    Returns
    -------
    ndarray of shape (n_rows,)
        Standard errors in nats.
    """
    places = codes + (1 + np.r_[0, np.cumsum(sizes)[:-1]])
    variance = np.empty(len(codes))
    for start in range(0, len(codes), _CHUNK):
        part = places[start : start + _CHUNK]
        rows = np.column_stack([np.zeros(len(part), dtype=np.intp), part])
        sums = np.zeros(len(part))
        for column in rows.T:
            sums += covariance[column[:, None], rows].sum(axis=1)
        variance[start : start + _CHUNK] = sums
    return np.sqrt(np.maximum(variance, 0.0))


def _joint_covariance(
    fit: LogisticFit, patterns: Patterns, regressors: Sequence[Regressor]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Covariance of coefficients, of these with weights of evidence, and of weights of evidence with each other."""
    theta, sizes = np.r_[fit.intercept, fit.coefficients], [r.woe.size for r in regressors]
    starts, n_codes = np.r_[0, np.cumsum(sizes)[:-1]], sum(sizes)
    by_code = np.zeros((2, n_codes, theta.size))
    covariance, cross, own = (
        np.zeros(s) for s in ((theta.size,) * 2, (theta.size, n_codes), (n_codes, n_codes))
    )
    for block in influence_blocks(theta, patterns, regressors, fit.bread):
        indicators = code_indicators(block.rows.codes, regressors)
        for label, psi in enumerate((block.nonevent, block.event)):
            weighted = psi * block.rows.squared_weights[:, [label]]
            covariance += psi.T @ weighted
            by_code[label] += indicators.T @ weighted
    for label, sign in ((0, 1.0), (1, -1.0)):
        scale, shift = _evidence_influence(regressors, label)
        weights = patterns.squared_weights[:, label]
        together = joint_weights(patterns.codes, starts, weights, n_codes)
        first = by_code[label, : sizes[0]].sum(
            axis=0
        )  # every row has one code of the first characteristic
        mixed = np.outer(scale * np.diag(together), shift)
        cross += sign * (by_code[label].T * scale - np.outer(first, shift))
        own += (
            scale[:, None] * together * scale
            - mixed
            - mixed.T
            + weights.sum() * np.outer(shift, shift)
        )
    return covariance, cross, own


def _evidence_influence(
    regressors: Sequence[Regressor], label: int
) -> tuple[FloatArray, FloatArray]:
    """Influence of a row of one class on the weights of evidence: ``scale`` on its own bin, less ``shift`` on all."""
    scales, shifts = [], []
    for regressor in regressors:
        counts: Any = regressor.counts
        sizes = counts.first if label == 0 else counts.second
        occupied = sizes > 0.0
        scales.append(
            regressor.sign * np.divide(1.0, sizes, out=np.zeros(sizes.size), where=occupied)
        )
        shifts.append(regressor.sign * occupied / sizes.sum())
    return np.concatenate(scales), np.concatenate(shifts)

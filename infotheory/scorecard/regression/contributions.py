"""Covariance of what each bin adds to the log odds, and the errors of points and applicants.

A bin j of characteristic f adds ``c_fj = beta_f w_fj`` to the log odds of an event. With the
influences ``psi_i`` of row i on the coefficients (``influences.py``) and ``phi_i`` on the weights
of evidence

    phi_i(w_fj) =  1{bin of i = j} / g_j - 1/G   of a non-event,
    phi_i(w_fj) = -1{bin of i = j} / b_j + 1/B   of an event,

the covariance of ``(beta, w)`` is the sum of the outer products of ``(psi_i, phi_i)`` over the
rows, and that of the contributions follows from ``dc_fj = w_fj dbeta_f + beta_f dw_fj``. A row of
a target that is a number has a share of both, and its square a mixed term. Points are linear in the
intercept and the contributions, and so is the score of an applicant: their standard errors are
quadratic forms in this matrix. Bins are taken as given, and points as not rounded.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.links import MeanLink
from infotheory.scorecard.regression._pairs_kernel import joint_weights
from infotheory.scorecard.regression.influences import code_indicators, influence_blocks
from infotheory.scorecard.regression.regressors import Regressor, columns_of, means_moved_by

__all__ = ["RegressionFit", "contribution_covariance", "log_odds_errors", "point_errors"]

_CHUNK = 65_536  # rows at a time, to keep memory small


class RegressionFit(Protocol):
    """What the errors of a regression are made of."""

    @property
    def coefficients(self) -> FloatArray:
        """Coefficients of the columns."""

    @property
    def intercept(self) -> float:
        """Predictor where every column is 0."""

    @property
    def covariance(self) -> FloatArray:
        """Covariance of intercept and coefficients, the columns taken as given."""

    @property
    def bread(self) -> FloatArray:
        """Inverse of the information."""

    @property
    def link(self) -> MeanLink:
        """From predictors to means."""


def contribution_covariance(
    fit: RegressionFit, patterns: Patterns, regressors: Sequence[Regressor]
) -> tuple[FloatArray, FloatArray]:
    """Covariance of the coefficients, and of the contribution of every code, the intercept first.

    ``fit`` is that on ``patterns.design(values)``. Weights of evidence are taken as given unless
    all come from these rows; the first result is then ``stacked_covariance``.
    """
    estimated = all(regressor.counts is not None for regressor in regressors)
    sizes = [regressor.woe.size for regressor in regressors]
    feature = np.repeat(np.arange(len(sizes)), sizes)

    # Derivative of the contributions by the coefficients.
    slope = np.zeros((1 + feature.size, 1 + len(sizes)))
    slope[0, 0] = 1.0
    if sizes:
        slope[1 + np.arange(feature.size), 1 + feature] = np.concatenate(columns_of(regressors))
    if not (estimated and sizes):
        return fit.covariance, np.asarray(slope @ fit.covariance @ slope.T)

    covariance, cross, evidence = _joint_covariance(fit, patterns, regressors)
    total = slope @ covariance @ slope.T
    beta = fit.coefficients[feature]
    mixed = (slope @ cross) * beta
    total[:, 1:] += mixed
    total[1:, :] += mixed.T
    total[1:, 1:] += beta[:, None] * evidence * beta
    return covariance, total


def point_errors(
    covariance: FloatArray, sizes: Sequence[int], share: FloatArray, factor: float
) -> list[FloatArray]:
    """Return the standard errors of the points of every code, one array a characteristic.

    ``covariance`` is that of the contributions, ``sizes`` are the numbers of codes, ``share`` is
    the share of the intercept that each characteristic carries, ``factor`` the points per nat.
    """
    weight = np.repeat(share, sizes)
    variance = (
        np.diag(covariance)[1:] + 2.0 * weight * covariance[0, 1:] + weight**2 * covariance[0, 0]
    )
    # A variance that is 0 (a coefficient that is exactly -1) may come out a rounding error below.
    return np.split(factor * np.sqrt(np.maximum(variance, 0.0)), np.cumsum(sizes)[:-1])


def log_odds_errors(covariance: FloatArray, sizes: Sequence[int], codes: IntArray) -> FloatArray:
    """Return the standard errors of the log odds of rows of bin codes, in nats.

    ``covariance`` is that of the contributions, ``sizes`` are the numbers of codes.
    """
    places = codes + (1 + np.r_[0, np.cumsum(sizes)[:-1]])
    variance = np.empty(len(codes))
    for start in range(0, len(codes), _CHUNK):
        part = places[start : start + _CHUNK]

        # A row is the sum of the intercept and one contribution a characteristic, so its variance
        # is the sum of the covariances of all pairs of these.
        terms = np.column_stack([np.zeros(len(part), dtype=np.intp), part])
        sums = np.zeros(len(part))
        for column in terms.T:
            sums += covariance[column[:, None], terms].sum(axis=1)
        variance[start : start + _CHUNK] = sums
    return np.sqrt(np.maximum(variance, 0.0))


def _joint_covariance(
    fit: RegressionFit, patterns: Patterns, regressors: Sequence[Regressor]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Covariance of the coefficients, of these with weights of evidence, and of the latter."""
    theta, sizes = np.r_[fit.intercept, fit.coefficients], [r.woe.size for r in regressors]
    starts, n_codes = np.r_[0, np.cumsum(sizes)[:-1]], sum(sizes)

    # Influences on the coefficients: their products, and their sums by code and class.
    covariance = np.zeros((theta.size, theta.size))
    by_code = np.zeros((2, n_codes, theta.size))
    for block in influence_blocks(theta, patterns, regressors, fit.bread, fit.link):
        indicators = code_indicators(block.rows.codes, regressors)
        pairs = zip((block.nonevent, block.event), block.weighted(), strict=True)
        for label, (psi, weighted) in enumerate(pairs):
            covariance += psi.T @ weighted
            by_code[label] += indicators.T @ weighted

    # Influences on the weights of evidence are linear in the indicators of codes, so that how often
    # two codes meet says all of their products.
    cross, evidence = np.zeros((theta.size, n_codes)), np.zeros((n_codes, n_codes))
    moved = [_evidence_influence(regressors, label) for label in (0, 1)]
    for label, (scale, shift) in enumerate(moved):
        # Every row has one code of the first characteristic: their sum is that over all rows.
        over_rows = by_code[label, : sizes[0]].sum(axis=0)
        cross += by_code[label].T * scale - np.outer(over_rows, shift)
        evidence += _products_of_evidence(
            patterns, starts, patterns.squared_weights[:, label], (moved[label], moved[label])
        )

    if patterns.crossed is not None:
        mixed = _products_of_evidence(patterns, starts, patterns.crossed, (moved[0], moved[1]))
        evidence += mixed + mixed.T
    return covariance, cross, evidence


def _products_of_evidence(
    patterns: Patterns,
    starts: IntArray,
    weights: FloatArray,
    moved: tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]],
) -> FloatArray:
    """Sum the products of the influences on the weights of evidence, times these weights."""
    (scale, shift), (other_scale, other_shift) = moved
    together = joint_weights(patterns.codes, starts, weights, scale.size)
    alone = np.diag(together)
    return np.asarray(
        scale[:, None] * together * other_scale
        - np.outer(scale * alone, other_shift)
        - np.outer(shift, other_scale * alone)
        + weights.sum() * np.outer(shift, other_shift)
    )


def _evidence_influence(
    regressors: Sequence[Regressor], label: int
) -> tuple[FloatArray, FloatArray]:
    """Influence of a row of one class on the weights of evidence.

    It is ``scale`` on its own bin, less ``shift`` on all bins of the feature.
    """
    sign = -1.0 if label else 1.0
    scales, shifts = [], []
    for regressor in regressors:
        if regressor.counts is None:  # pragma: no cover - the caller asks only where all are known
            message = "weights of evidence must have been estimated on these rows"
            raise ValueError(message)
        if regressor.of_means:
            scale, shift = means_moved_by(regressor.counts)[label]
            scales.append(regressor.through_counts(scale))
            shifts.append(regressor.through_counts(shift))
            continue

        counts = regressor.counts.first if label == 0 else regressor.counts.second
        occupied = counts > 0.0
        scale = np.divide(1.0, counts, out=np.zeros(counts.size), where=occupied)
        scales.append(regressor.through_counts(sign * regressor.sign * scale))
        shifts.append(regressor.through_counts(sign * regressor.sign * occupied / counts.sum()))
    return np.concatenate(scales), np.concatenate(shifts)

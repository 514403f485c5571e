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
from typing import NamedTuple, Protocol

import numpy as np

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.links import MeanLink
from infotheory.scorecard.regression._pairs_kernel import joint_sums
from infotheory.scorecard.regression.influences import through_evidence
from infotheory.scorecard.regression.regressors import Regressor, columns_of, means_moved_by

__all__ = ["RegressionFit", "contribution_covariance", "log_odds_errors", "point_errors"]

#: Share of the variance of given evidence below which what is left of it is rounding.
_CANCELLED = 1e-12

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
    # Given values do not vary: only the coefficients move the contributions.
    if not (estimated and sizes):
        return fit.covariance, np.asarray(slope @ fit.covariance @ slope.T)

    # Product rule, dc = w dbeta + beta dw: both squares, and twice the mixed term. The intercept
    # has no weight of evidence, so that row and column 0 stay out.
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

    # The points of a code are linear in its contribution plus its share of the intercept.
    variance = (
        np.diag(covariance)[1:] + 2.0 * weight * covariance[0, 1:] + weight**2 * covariance[0, 0]
    )
    # A variance that is 0 (a coefficient that is exactly -1) may come out a rounding error below.
    return np.split(factor * np.sqrt(np.maximum(variance, 0.0)), np.cumsum(sizes)[:-1])


def log_odds_errors(covariance: FloatArray, sizes: Sequence[int], codes: IntArray) -> FloatArray:
    """Return the standard errors of the log odds of rows of bin codes, in nats.

    ``covariance`` is that of the contributions, ``sizes`` are the numbers of codes.
    """
    # Place 0 is the intercept; the codes of each characteristic follow those of the one before.
    places = codes + (1 + np.r_[0, np.cumsum(sizes)[:-1]])
    variance = np.empty(len(codes))
    for start in range(0, len(codes), _CHUNK):
        part = places[start : start + _CHUNK]

        # A row is the sum of the intercept and one contribution a characteristic, so its variance
        # is the sum of the covariances of all pairs of these.
        terms = np.column_stack([np.zeros(len(part), dtype=np.intp), part])
        sums = np.zeros(len(part))
        # Pairs with one term at a time: all pairs at once would need n_terms times the memory.
        for column in terms.T:
            sums += covariance[column[:, None], terms].sum(axis=1)
        variance[start : start + _CHUNK] = sums
    return np.sqrt(np.maximum(variance, 0.0))


class _Sums(NamedTuple):
    """Sums over the rows that hold each pair of codes, of shape (n_all_codes, n_all_codes).

    The first index of squares and scores is the class. Those of targets that are numbers have mixed
    terms, which are 0 of classes.
    """

    # Of the curvature and of the residual
    curvature: FloatArray
    residual: FloatArray
    # Of squared weights, of these times the score of a row, and times its square, of both classes
    squares: FloatArray
    scores: FloatArray
    squared_scores: FloatArray
    # Of mixed squares, of these times the score of the first and of the second, and of both
    mixed: FloatArray


def _sums_by_codes(
    fit: RegressionFit, patterns: Patterns, regressors: Sequence[Regressor]
) -> _Sums:
    """Go over the rows once, in blocks: second moments of codes say all that is asked of rows."""
    sizes = [regressor.woe.size for regressor in regressors]
    starts, sums = np.r_[0, np.cumsum(sizes)[:-1]], np.zeros(1)
    for start in range(0, len(patterns.codes), _CHUNK):
        part = patterns.take(slice(start, start + _CHUNK))
        predictor = fit.intercept + part.design(columns_of(regressors)) @ fit.coefficients
        terms = fit.link.terms(part.counts, predictor)
        first, second = part.squared_weights.T
        values = [
            terms.curvature,
            terms.residual,
            first,
            second,
            first * terms.by_first,
            second * terms.by_second,
            first * terms.by_first**2 + second * terms.by_second**2,
        ]
        if part.crossed is not None:
            of_both = part.crossed * terms.by_first
            values += [part.crossed, of_both, part.crossed * terms.by_second]
            values += [of_both * terms.by_second]
        # One type of codes: the kernel is compiled for each.
        codes = part.codes.astype(np.int32, copy=False)
        sums = sums + joint_sums(codes, starts, np.stack(values), sum(sizes))

    mixed = sums[7:] if len(sums) > 7 else np.zeros((4, *sums.shape[1:]))
    return _Sums(sums[0], sums[1], sums[2:4], sums[4:6], sums[6], mixed)


def _joint_covariance(
    fit: RegressionFit, patterns: Patterns, regressors: Sequence[Regressor]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Covariance of the coefficients, of these with weights of evidence, and of the latter.

    A row of codes e has the columns ``a = e W``, and the influence ``b a B + e V`` on the
    coefficients: b is its score per unit of the column, B the bread, V what its codes do through
    the weights of evidence. Products of influences are then sums by pairs of codes.
    """
    theta, sizes = np.r_[fit.intercept, fit.coefficients], [r.woe.size for r in regressors]
    sums, feature = (
        _sums_by_codes(fit, patterns, regressors),
        np.repeat(np.arange(len(sizes)), sizes),
    )
    columns = np.zeros((feature.size, theta.size))
    columns[np.arange(feature.size), 1 + feature] = np.concatenate(columns_of(regressors))
    # Every row has one code of the first characteristic, which stands for the intercept.
    columns[: sizes[0], 0] = 1.0

    by_code = np.column_stack([sums.curvature @ columns, np.diag(sums.residual)])
    through = through_evidence(theta, regressors, by_code, fit.bread)
    through_code = through[:, : theta.size], through[:, theta.size :]
    direct = columns @ fit.bread

    # Sums of the influences by code and class, and their products.
    (mixed, mixed_first, mixed_second, mixed_both), weighted = sums.mixed, []
    for label, of_other in ((0, mixed_second), (1, mixed_first)):
        own = sums.scores[label] @ direct + sums.squares[label] @ through_code[label]
        weighted.append(own + of_other @ direct + mixed @ through_code[1 - label])
    covariance = direct.T @ (sums.squared_scores + 2.0 * mixed_both) @ direct
    of_given_evidence = np.diag(covariance).copy()
    for label, of_other in ((0, mixed_second), (1, mixed_first)):
        scores = sums.scores[label] + of_other
        covariance += (
            direct.T @ scores @ through_code[label] + through_code[label].T @ weighted[label]
        )

    # Influences on the weights of evidence are linear in the indicators of codes.
    cross, evidence = np.zeros((theta.size, feature.size)), np.zeros((feature.size,) * 2)
    moved = [_evidence_influence(regressors, label) for label in (0, 1)]
    for label, (scale, shift) in enumerate(moved):
        over_rows = weighted[label][: sizes[0]].sum(axis=0)
        cross += weighted[label].T * scale - np.outer(over_rows, shift)
        evidence += _products_of_evidence(sums.squares[label], sizes[0], (moved[label],) * 2)
    of_mixed = _products_of_evidence(mixed, sizes[0], (moved[0], moved[1]))
    covariance = _without_rounding(covariance, of_given_evidence)
    return covariance, cross, evidence + of_mixed + of_mixed.T


def _without_rounding(covariance: FloatArray, scale: FloatArray) -> FloatArray:
    """Make a covariance symmetric, and 0 where its terms cancel but for rounding.

    The coefficient of a single characteristic is the same for whatever rows its evidence was learnt
    on: its variance is 0, and sums of products leave some 1e-18 of either sign.
    """
    covariance = 0.5 * (covariance + covariance.T)
    vanishes = np.diag(covariance) <= _CANCELLED * scale
    covariance[vanishes, :] = covariance[:, vanishes] = 0.0
    return covariance


def _products_of_evidence(
    together: FloatArray,
    n_first: int,
    moved: tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]],
) -> FloatArray:
    """Sum the products of the influences on the weights of evidence, weighted as these pairs.

    ``n_first`` are the codes of the first characteristic.
    """
    (scale, shift), (other_scale, other_shift) = moved
    alone = np.diag(together)
    return np.asarray(
        scale[:, None] * together * other_scale
        - np.outer(scale * alone, other_shift)
        - np.outer(shift, other_scale * alone)
        + alone[:n_first].sum() * np.outer(shift, other_shift)
    )


def _evidence_influence(
    regressors: Sequence[Regressor], label: int
) -> tuple[FloatArray, FloatArray]:
    """Influence of a row of one class on the weights of evidence.

    It is ``scale`` on its own bin, less ``shift`` on all bins of the feature.
    """
    sign = -1.0 if label else 1.0
    scales, shifts = [], []

    # The derivatives of ln(count / total) by a row: 1 / count of its own bin, less 1 / total.
    for regressor in regressors:
        if regressor.counts is None:  # pragma: no cover - the caller asks only where all are known
            message = "weights of evidence must have been estimated on these rows"
            raise ValueError(message)
        if regressor.of_means:
            scale, shift = means_moved_by(regressor.counts)[label]
            scales.append(regressor.through_counts(scale))
            shifts.append(regressor.through_counts(shift))
            continue

        # The value of an empty bin is fixed, and it is no part of the total: nothing moves it.
        counts = regressor.counts.first if label == 0 else regressor.counts.second
        occupied = counts > 0.0
        scale = np.divide(1.0, counts, out=np.zeros(counts.size), where=occupied)
        scales.append(regressor.through_counts(sign * regressor.sign * scale))
        shifts.append(regressor.through_counts(sign * regressor.sign * occupied / counts.sum()))
    return np.concatenate(scales), np.concatenate(shifts)

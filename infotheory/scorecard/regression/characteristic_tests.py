"""Tests of characteristics, their bins free: Rao's score test, one by one and many at a time.

The null hypothesis is a regression without the characteristic, the alternative has the indicators
of its bins (all but the first) in place of its column. With ``U`` the scores of the indicators at
the null fit, and the information split into columns of the null fit and indicators,

    statistic = U' V^-1 U,    V = I_bb - I_ba I_aa^-1 I_ab

where rows are not weighted. With weights, V is the sum of the squared efficient scores of the rows,
times their squared weights. Where weights of evidence were estimated on the same rows, the
efficient scores are influences that include that estimation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from infotheory._codes import Codes, compress
from infotheory._later import stats
from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.links import LOGIT, MeanLink
from infotheory.scorecard.regression._blocks import cache_blocks, gram, row_sums_by_code
from infotheory.scorecard.regression.influences import influence_blocks, outer_product
from infotheory.scorecard.regression.likelihood import TOLERANCE, with_intercept
from infotheory.scorecard.regression.logistic import LogisticFit, fit_logistic
from infotheory.scorecard.regression.means import fit_patterns
from infotheory.scorecard.regression.regressors import Regressor, columns_of, in_rows

__all__ = [
    "CharacteristicTest",
    "NullFit",
    "characteristic_test",
    "characteristic_tests",
    "dense_codes",
    "score_tests",
]

#: Eigenvalue of a correlation matrix, a column of it, that counts as zero.
_NO_VARIANCE = 1e-10
#: The fixed point gains a digit or more a step; where it needs more steps, fits of their own do.
_MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class CharacteristicTest:
    """Score test of one characteristic, its bins free.

    Parameters
    ----------
    statistic : float
        Chi-square statistic.
    degrees_of_freedom : int
        Number of occupied bins less one, or fewer where bins depend on the other columns.
    p_value : float
        Probability of a larger statistic where the characteristic adds nothing to the others.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float


class NullFit(NamedTuple):
    """A regression that score tests start from."""

    design: FloatArray
    """The intercept and the columns, shape (n_patterns, n_columns)."""
    theta: FloatArray
    """Their coefficients; 0 for a column that is not in the regression."""
    columns: IntArray | slice
    """Positions of the columns that are in it."""
    bread: FloatArray | None
    """Inverse of the information of those columns; it is made where it is None."""
    link: MeanLink = LOGIT
    """From its predictor to means."""


class _SumsByCode(NamedTuple):
    """What the rows at a null fit add up to, by code of a characteristic and by column."""

    score: FloatArray
    """Scores of the indicators, shape (n_codes,)."""
    diagonal: FloatArray
    """Information of the indicators, shape (n_codes,); no row has two of them."""
    crossed: FloatArray
    """Information between indicators and columns, shape (n_codes, n_columns)."""
    diagonal_squares: FloatArray
    """As ``diagonal``, of the squared scores of weighted rows."""
    crossed_squares: FloatArray
    """As ``crossed``, of the same."""


def characteristic_test(
    patterns: Patterns, regressors: Sequence[Regressor], feature: int
) -> CharacteristicTest:
    """Test whether the bins of one characteristic add to the others: a batch of one."""
    return characteristic_tests(patterns, regressors, [feature])[0]


def characteristic_tests(
    patterns: Patterns,
    regressors: Sequence[Regressor],
    features: Sequence[int] | None = None,
    link: MeanLink = LOGIT,
) -> list[CharacteristicTest]:
    """Test each characteristic, or each of some ``features``, against all others.

    ``p = 1`` with 0 degrees of freedom where all rows are in one bin. The regressions without each
    characteristic are solved together where that is possible; where they end does not depend on it.
    ``link`` is that of a target that is a number.
    """
    tested = range(len(regressors)) if features is None else features
    # A shared weight must not scale the statistic, which grows with the information.
    patterns, regressors = in_rows(patterns, regressors)
    together = _fits_without_each(patterns, regressors) if len(tested) > 1 else None

    tests = []
    for f in tested:
        others = [g for g in range(len(regressors)) if g != f]
        null = _fit_without(patterns, regressors, f, link) if together is None else together[f]
        # With the other values given, scores and information by bin are all that a test needs.
        if all(regressors[g].counts is None for g in others):
            tests += score_tests(patterns, null, [dense_codes(patterns, f)])
        else:
            tests.append(_influence_test(patterns, regressors, f, null))
    return tests


def score_tests(
    patterns: Patterns, null: NullFit, codes: Sequence[IntArray]
) -> list[CharacteristicTest]:
    """Test characteristics that are not in a regression, in one pass over the rows at its fit.

    ``codes`` are those of each characteristic, without empty ones; weights of evidence of the null
    fit are taken as given.
    """
    sums, bread, meat = _sums_at(patterns, null, codes)
    tests = []
    for by_code in sums:
        # The first code is the reference: all indicators together are the intercept.
        score, diagonal, crossed, diagonal_squares, crossed_squares = (part[1:] for part in by_code)

        # The efficient score is U_b - projection' U_a; its variance is V of the head of this file,
        # or its square multiplied out where rows are weighted. The meat is that of the columns.
        projection = bread @ crossed.T
        if meat is None:
            variance = np.diag(diagonal) - crossed @ projection
        else:
            mixed = crossed_squares @ projection
            variance = np.diag(diagonal_squares) - mixed - mixed.T
            variance += projection.T @ meat @ projection
        tests.append(_chi_square(score, variance))
    return tests


def dense_codes(patterns: Patterns, feature: int) -> IntArray:
    """Return the codes of a characteristic without those that no pattern has."""
    column = patterns.codes[:, feature].astype(np.intp)
    return compress(Codes(column, int(column.max()) + 1)).index


def _sums_at(
    patterns: Patterns, null: NullFit, codes: Sequence[IntArray]
) -> tuple[list[_SumsByCode], FloatArray, FloatArray | None]:
    """Sum by code of each characteristic, and make the bread and (with weights) the meat."""
    n_columns, weighted = null.design.shape[1], patterns.weighted
    information, meat = np.zeros((2, n_columns, n_columns))
    sizes = [int(column.max()) + 1 for column in codes]
    scores = [np.zeros(size) for size in sizes]
    crossed, crossed_squares = ([np.zeros((n, n_columns)) for n in sizes] for _ in range(2))

    for block in cache_blocks(len(patterns.codes)):
        rows = null.design[block]
        terms = null.link.terms(patterns.counts[block], rows @ null.theta)
        if null.bread is None:
            information += gram(rows, terms.curvature)
        squares = None
        if weighted:
            products = None if patterns.crossed is None else patterns.crossed[block]
            squares = terms.squared_residuals(patterns.squared_weights[block], products)
            meat += gram(rows, squares)

        for f, column in enumerate(codes):
            code, n_codes = column[block], sizes[f]
            scores[f] += np.bincount(code, terms.residual, n_codes)
            crossed[f] += row_sums_by_code(code, n_codes, rows, terms.curvature)
            if squares is not None:
                crossed_squares[f] += row_sums_by_code(code, n_codes, rows, squares)

    # The predictor takes all columns (some with coefficient 0), the sums those in it: to leave one
    # out of the sums costs nothing, of all rows it would take longer than to add them up.
    kept = null.columns
    bread = null.bread
    if bread is None:
        bread = np.asarray(np.linalg.inv(information[kept][:, kept]))
    # The first column is the intercept: crossed with it stands what a code has by itself.
    sums = [
        _SumsByCode(score, first[:, 0], first[:, kept], second[:, 0], second[:, kept])
        for score, first, second in zip(scores, crossed, crossed_squares, strict=True)
    ]
    return sums, bread, meat[kept][:, kept] if weighted else None


def _influence_test(
    patterns: Patterns, regressors: Sequence[Regressor], feature: int, null: NullFit
) -> CharacteristicTest:
    """Test a characteristic beside others that were estimated on the same rows."""
    codes = dense_codes(patterns, feature)
    (by_code,), bread, _ = _sums_at(patterns, null, [codes])
    projection = bread @ by_code.crossed[1:].T

    # The influences are those of a regression that has the indicators too, with coefficients 0.
    others = [f for f in range(len(regressors)) if f != feature]
    occupied = np.unique(patterns.codes[:, feature])
    every = np.arange(regressors[feature].woe.size)
    indicators = [Regressor((every == code).astype(np.float64)) for code in occupied[1:]]
    # Each indicator is a column of its own, made of the codes of the same characteristic. Its
    # values are given, so that only the others bring in the estimation of their evidence.
    wider = patterns.select([*others, *[feature] * len(indicators)])
    theta = np.r_[null.theta, np.zeros(len(indicators))]

    # Scores of the null fit and of the indicators become the efficient scores of the indicators.
    efficient = np.vstack([-projection, np.eye(len(indicators))])
    used = [*(regressors[f] for f in others), *indicators]
    variance = outer_product(influence_blocks(theta, wider, used, efficient, null.link))
    return _chi_square(by_code.score[1:], variance)


def _fit_without(
    patterns: Patterns, regressors: Sequence[Regressor], feature: int, link: MeanLink
) -> NullFit:
    """Fit the regression without one column."""
    others = [f for f in range(len(regressors)) if f != feature]
    columns = patterns.select(others).design(columns_of([regressors[f] for f in others]))
    fit = fit_patterns(columns, patterns, link)
    theta = np.r_[fit.intercept, fit.coefficients]
    return NullFit(with_intercept(columns), theta, slice(None), fit.bread, fit.link)


def _fits_without_each(patterns: Patterns, regressors: Sequence[Regressor]) -> list[NullFit] | None:
    """Fit the regressions without each column together, or return None where they must be alone.

    They start from the first-order approximation at the fit with all columns, and take the inverse
    of the information there in place of their own: a fixed-point iteration whose end does not
    depend on it. It needs a finite maximum with all columns; those without a column then have one.
    """
    # A test of influences needs the bread of each fit, and weights are seldom worth the shortcut.
    if patterns.weighted or any(regressor.counts is not None for regressor in regressors):
        return None

    # Columns in their standard deviations: one tolerance on a step suits all coefficients. A
    # constant column has none, and the fits alone know what to do with it.
    columns = patterns.design(columns_of(regressors))
    share = patterns.mass / patterns.mass.sum()
    columns -= share @ columns
    spread = np.sqrt(share @ columns**2)
    if not spread.all():
        return None
    columns /= spread
    fit = fit_logistic(columns, patterns.counts)

    # Without a finite maximum the first-order approximation has nothing to start from.
    if fit.status != "converged":
        return None

    design, places = with_intercept(columns), np.arange(1 + len(regressors))
    theta = _without_each(design, patterns.counts, fit)
    if theta is None:
        return None
    return [
        NullFit(design, theta[:, f], np.delete(places, 1 + f), None) for f in range(len(regressors))
    ]


def _without_each(design: FloatArray, counts: FloatArray, fit: LogisticFit) -> FloatArray | None:
    """Coefficients without each column in turn, one column of the result each; None where it fails.

    Column f of the result holds a 0 at the place of column f of the design.
    """
    full, bread = np.r_[fit.intercept, fit.coefficients], fit.bread
    places = np.arange(1, full.size)

    # How all coefficients move with the one that is set to 0.
    # A coefficient moved by one moves the others so that their scores stay 0: to first order.
    response = bread[:, 1:] / np.diag(bread)[1:]
    theta = full[:, None] - response * full[1:]

    # Those that have arrived are left where they are: most need a few steps, some need dozens.
    moving = places
    for _ in range(_MOST_STEPS):
        at = moving, np.arange(moving.size)
        others = moving - 1
        moved = theta[:, others]
        moved[at] = 0.0

        # The inverse of the block without a column, by its Schur complement in the whole.
        step = bread @ _scores_at(design, counts, moved)
        # The step of the whole, less what its place f asks for: this one is exactly 0 there.
        step -= response[:, others] * step[at]
        moved += step
        # Sums of rounded steps may have left a trace at the place that must be 0.
        moved[at] = 0.0
        theta[:, others] = moved

        arrived = np.abs(step).max(axis=0) < TOLERANCE * (1.0 + np.abs(moved).max(axis=0))
        moving = moving[~arrived]
        if not moving.size:
            return theta

    # Far from the fit with all columns the information there is a poor guide: fit alone.
    return None


def _scores_at(design: FloatArray, counts: FloatArray, theta: FloatArray) -> FloatArray:
    """Scores of the columns at several coefficients, one column of ``theta`` and of them each."""
    scores = np.zeros_like(theta)
    for block in cache_blocks(len(design)):
        nonevents, events = counts[block].T
        # Events less those expected, in one array: an exponential beyond all numbers expects none.
        residual = design[block] @ -theta
        with np.errstate(over="ignore"):
            np.exp(residual, out=residual)
        residual += 1.0
        np.divide(-(nonevents + events)[:, None], residual, out=residual)
        residual += events[:, None]
        scores += design[block].T @ residual
    return scores


def _chi_square(score: FloatArray, variance: FloatArray) -> CharacteristicTest:
    """Score test from the scores of the bins and their variance, which may be singular.

    The degrees of freedom are the rank of the variance.
    """
    # A bin whose indicator does not vary has no score to speak of.
    scale = np.sqrt(np.diag(variance))
    varies = scale > 0.0
    if not varies.any():
        return CharacteristicTest(0.0, 0, 1.0)

    # The rank of a correlation matrix does not depend on how large the bins are.
    correlation = variance[np.ix_(varies, varies)] / np.outer(scale[varies], scale[varies])
    standard = score[varies] / scale[varies]
    eigenvalues, vectors = np.linalg.eigh(correlation)
    # Relative to their sum, which is the size of a correlation matrix.
    free = eigenvalues > _NO_VARIANCE * eigenvalues.size
    statistic = float((((standard @ vectors[:, free]) ** 2) / eigenvalues[free]).sum())
    degrees = int(free.sum())
    return CharacteristicTest(statistic, degrees, float(stats.chi2.sf(statistic, degrees)))

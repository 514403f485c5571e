"""Score tests of all characteristics of a card at once: the regressions behind them share one design."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.regression._blocks import cache_blocks
from infotheory.scorecard.regression.coefficients import (
    CharacteristicTest,
    characteristic_test,
    score_chi_square,
)
from infotheory.scorecard.regression.logistic import TOLERANCE, fit_logistic
from infotheory.scorecard.regression.regressors import Regressor, columns_of

__all__ = ["characteristic_tests"]

_MOST_STEPS = 60


class _Shared(NamedTuple):
    """The regression with all columns, standardised, and the coefficients with each column left out in turn."""

    design: FloatArray
    """Intercept and standardised columns, shape (n_patterns, 1 + n_columns)."""
    theta: FloatArray
    """Column f holds the coefficients without column f, whose own is 0; shape (1 + n_columns, n_columns)."""


def characteristic_tests(
    patterns: Patterns, regressors: Sequence[Regressor]
) -> list[CharacteristicTest]:
    """Test each characteristic against the others, as ``characteristic_test`` does one by one.

    Parameters
    ----------
    patterns : Patterns
        The rows of the tests.
    regressors : sequence of Regressor
        One a column of ``patterns.codes``.

    Returns
    -------
    list of CharacteristicTest
        In the order of the columns.

    Notes
    -----
    Where weights of evidence are given, rows are not weighted and the regression on all columns has
    a finite maximum, so have those without a column. They start from its first-order approximation
    there, and are solved together with the inverse of the information on all columns in place of
    their own: a fixed-point iteration whose end does not depend on it. In all other cases the tests
    are made one by one.
    """
    given = not patterns.weighted and all(r.counts is None for r in regressors)
    shared = _without_each(patterns, regressors) if given and len(regressors) > 1 else None
    if shared is None:
        return [characteristic_test(patterns, regressors, f) for f in range(len(regressors))]
    return [_test(shared, patterns, f) for f in range(len(regressors))]


def _without_each(patterns: Patterns, regressors: Sequence[Regressor]) -> _Shared | None:
    """Fit the regression without each column; None where that on all columns has no regular maximum."""
    columns = patterns.design(columns_of(regressors))
    total = patterns.counts.sum(axis=1)
    share = total / total.sum()
    mean = share @ columns
    columns -= mean
    spread = np.sqrt(share @ columns**2)
    if not spread.all():
        return None
    columns /= spread
    fit = fit_logistic(columns, patterns.counts)
    if fit.status != "converged":
        return None
    design = np.column_stack([np.ones(len(columns)), columns])
    full, bread = np.r_[fit.intercept, fit.coefficients], fit.bread
    places = np.arange(1, full.size)
    scaled = (
        bread[:, 1:] / np.diag(bread)[1:]
    )  # how all coefficients move with the one that is set to 0
    theta = full[:, None] - scaled * full[1:]
    for _ in range(_MOST_STEPS):
        theta[places, places - 1] = 0.0
        residual = special.expit(design @ theta)
        residual *= -total[:, None]
        residual += patterns.counts[:, 1, None]
        gradient = design.T @ residual
        step = bread @ gradient
        step -= (
            scaled * step[places, places - 1]
        )  # the inverse of the block without the column, by its complement
        theta += step
        if np.abs(step).max() <= TOLERANCE * (1.0 + np.abs(theta).max()):
            theta[places, places - 1] = 0.0
            return _Shared(design, theta)
    return None


def _test(shared: _Shared, patterns: Patterns, feature: int) -> CharacteristicTest:
    codes, place = patterns.codes[:, feature], 1 + feature
    theta = shared.theta[:, feature]
    p = special.expit(shared.design @ theta)
    total = patterns.counts.sum(axis=1)
    spread = total * p * (1.0 - p)
    kept = np.delete(np.arange(theta.size), place)
    occupied, position = np.unique(codes, return_inverse=True)
    information, sums = _blocks(shared.design, spread, position, occupied.size)
    information, weighted = information[np.ix_(kept, kept)], sums[1:, kept].T
    own = np.diag(np.bincount(position, spread, minlength=occupied.size)[1:].astype(np.float64))
    score = np.bincount(position, patterns.counts[:, 1] - total * p, minlength=occupied.size)[
        1:
    ].astype(np.float64)
    return score_chi_square(score, own - weighted.T @ np.linalg.solve(information, weighted))


def _blocks(
    design: FloatArray, spread: FloatArray, position: IntArray, n_codes: int
) -> tuple[FloatArray, FloatArray]:
    """Information of the design, and its weighted sums by code; in chunks that stay in the cache."""
    information, sums = np.zeros((design.shape[1],) * 2), np.zeros((n_codes, design.shape[1]))
    for chunk in cache_blocks(len(design)):
        rooted = np.sqrt(spread[chunk])
        rows = design[chunk] * rooted[:, None]
        information += rows.T @ rows
        indicator = np.zeros((n_codes, len(rows)))
        indicator[position[chunk], np.arange(len(rows))] = rooted
        sums += indicator @ rows
    return information, sums

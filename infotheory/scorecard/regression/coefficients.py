"""Errors and tests of the coefficients of a scorecard, the estimation of weights of evidence included."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray
from infotheory.scorecard.regression._blocks import gram, pattern_blocks
from infotheory.scorecard.regression.influences import (
    influence_blocks,
    outer_product,
    with_intercept,
)
from infotheory.scorecard.regression.logistic import LogisticFit, fit_logistic
from infotheory.scorecard.regression.regressors import Regressor, columns_of

__all__ = [
    "CharacteristicTest",
    "characteristic_test",
    "inflation_of_correlation",
    "score_chi_square",
    "stacked_covariance",
    "variance_inflation",
    "weighted_correlation",
]

DEPENDENT = 1e-6  # part of a column in a direction without variance that counts as dependence


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


def stacked_covariance(
    fit: LogisticFit, patterns: Patterns, regressors: Sequence[Regressor]
) -> FloatArray:
    """Covariance of intercept and coefficients that includes the estimation of the weights of evidence.

    Parameters
    ----------
    fit : LogisticFit
        The fit on ``patterns.design(values)``.
    patterns : Patterns
        The training rows.
    regressors : sequence of Regressor
        One a column of ``patterns.codes``.

    Returns
    -------
    ndarray of shape (1 + n_features, 1 + n_features)
        Covariance, intercept first. The bins are taken as given.

    Notes
    -----
    With a single characteristic and no penalty the coefficient is exactly -1, whatever the rows (1
    under the opposite sign of the weights of evidence), and its standard error is 0; the usual Wald
    error knows nothing of this.
    """
    theta = np.r_[fit.intercept, fit.coefficients]
    return outer_product(influence_blocks(theta, patterns, regressors, fit.bread))


def characteristic_test(
    patterns: Patterns, regressors: Sequence[Regressor], feature: int
) -> CharacteristicTest:
    """Test whether the bins of one characteristic add to the others.

    Rao's score test at the fit without the characteristic: the alternative has its bin indicators
    in place of its column. The variance of the score is made of the influences of the rows where
    weights are not all equal or weights of evidence were estimated on these rows, and of the
    information otherwise.

    Parameters
    ----------
    patterns : Patterns
        The rows of the test.
    regressors : sequence of Regressor
        One a column of ``patterns.codes``.
    feature : int
        Column tested.

    Returns
    -------
    CharacteristicTest
        Statistic, degrees of freedom and p-value; p = 1 with 0 degrees where all rows are in one
        bin.
    """
    others = [f for f in range(len(regressors)) if f != feature]
    kept = [regressors[f] for f in others]
    rest, codes = patterns.select(others), patterns.codes[:, feature]
    columns = rest.design(columns_of(kept))
    fit = fit_logistic(columns, patterns.counts)
    residual = patterns.counts[:, 1] - patterns.counts.sum(axis=1) * special.expit(
        fit.log_odds(columns)
    )
    del columns
    occupied, q = np.unique(codes), 1 + len(others)
    score = np.bincount(codes, residual).astype(np.float64)[occupied[1:]]
    every = np.arange(regressors[feature].woe.size)
    indicators = [Regressor((every == code).astype(np.float64)) for code in occupied[1:]]
    wider, used = patterns.select([*others, *[feature] * len(indicators)]), [*kept, *indicators]
    theta = np.r_[fit.intercept, fit.coefficients, np.zeros(len(indicators))]
    information = _information(theta, wider, used)
    projection = fit.bread @ information[:q, q:]
    if not patterns.weighted and all(r.counts is None for r in kept):
        variance = information[q:, q:] - information[q:, :q] @ projection
    else:
        efficient = np.vstack([-projection, np.eye(len(indicators))])
        variance = outer_product(influence_blocks(theta, wider, used, efficient))
    return score_chi_square(score, variance)


def _information(
    theta: FloatArray, patterns: Patterns, regressors: Sequence[Regressor]
) -> FloatArray:
    """Information of the coefficients, summed over blocks of patterns."""
    total = np.zeros((theta.size, theta.size))
    for part in pattern_blocks(patterns):
        design = with_intercept(part.design(columns_of(regressors)))
        p = special.expit(design @ theta)
        total += gram(design, part.counts.sum(axis=1) * p * (1.0 - p))
    return total


def variance_inflation(design: FloatArray, weights: FloatArray) -> FloatArray:
    """Variance inflation factor of each column: ``1 / (1 - R^2)`` on the other columns.

    Parameters
    ----------
    design : ndarray of shape (n_rows, n_columns)
        Columns that vary, without the intercept.
    weights : ndarray of shape (n_rows,)
        Weight of each row.

    Returns
    -------
    ndarray of shape (n_columns,)
        At least 1; infinite where the columns depend on each other linearly.

    Examples
    --------
    Two columns with correlation 1/2 have the factor 1 / (1 - 1/4):

    >>> design = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> variance_inflation(design, np.array([3.0, 1.0, 1.0, 3.0])).round(4).tolist()
    [1.3333, 1.3333]
    """
    n_columns = design.shape[1]
    if n_columns == 0:
        return np.zeros(0)
    return inflation_of_correlation(weighted_correlation(design, weights))


def weighted_correlation(design: FloatArray, weights: FloatArray) -> FloatArray:
    """Correlation matrix of columns that vary.

    Parameters
    ----------
    design : ndarray of shape (n_rows, n_columns)
        Columns.
    weights : ndarray of shape (n_rows,)
        Weight of each row.

    Returns
    -------
    ndarray of shape (n_columns, n_columns)
        Correlations.
    """
    share = weights / weights.sum()
    covariance = gram(design, share, center=share @ design)
    scale = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(scale, scale))


def inflation_of_correlation(correlation: FloatArray) -> FloatArray:
    """Variance inflation factors from a correlation matrix.

    Parameters
    ----------
    correlation : ndarray of shape (n_columns, n_columns)
        Correlations of columns that vary.

    Returns
    -------
    ndarray of shape (n_columns,)
        ``1 / (1 - R^2)``; infinite for a column that takes part in a linear dependence.
    """
    eigenvalues, vectors = np.linalg.eigh(correlation)
    null = eigenvalues <= eigenvalues.size * np.finfo(np.float64).eps * max(
        float(eigenvalues[-1]), 1.0
    )
    inverse = (vectors[:, ~null] ** 2 / eigenvalues[~null]).sum(axis=1)
    dependent = (np.abs(vectors[:, null]) > DEPENDENT).any(axis=1)
    return np.where(dependent, np.inf, np.maximum(inverse, 1.0))


def score_chi_square(score: FloatArray, variance: FloatArray) -> CharacteristicTest:
    """Score test from the scores of the bins and their variance, which may be singular.

    Parameters
    ----------
    score : ndarray of shape (n_bins - 1,)
        Scores at the fit without the characteristic.
    variance : ndarray of shape (n_bins - 1, n_bins - 1)
        Their variance.

    Returns
    -------
    CharacteristicTest
        The test; its degrees of freedom are the rank of the variance.
    """
    scale = np.sqrt(np.diag(variance))
    varies = scale > 0.0
    if not varies.any():
        return CharacteristicTest(0.0, 0, 1.0)
    correlation = variance[np.ix_(varies, varies)] / np.outer(scale[varies], scale[varies])
    standard = score[varies] / scale[varies]
    eigenvalues, vectors = np.linalg.eigh(correlation)
    free = eigenvalues > 1e-10 * eigenvalues.size
    statistic = float((((standard @ vectors[:, free]) ** 2) / eigenvalues[free]).sum())
    degrees = int(free.sum())
    return CharacteristicTest(statistic, degrees, float(stats.chi2.sf(statistic, degrees)))

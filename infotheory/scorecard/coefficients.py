"""Errors and tests of the coefficients of a scorecard, the estimation of weights of evidence included.

The coefficients solve ``U(beta, w) = sum_i a_i (y_i - p_i) = 0`` with ``a_i = (1, weights of evidence of row i)``. The
weight of evidence of bin j, ``ln g_j/G - ln b_j/B``, is estimated on the same rows: a non-event of bin j moves it by
``1/g_j - 1/G`` and any other bin of the feature by ``-1/G``; an event by ``-(1/b_j - 1/B)`` and ``1/B``. Hence a row
moves the score equations by

    u_i = a_i (y_i - p_i) + sum_f sum_j D_fj (influence of row i on w_fj),
    D_fj = sum of [e_f (y - p) - a p (1 - p) beta_f] over the rows of bin j,

and the coefficients by ``H^-1 u_i`` (stacked estimating equations, an M-estimator of Huber's kind). Squares of
sampling weights go with the squared influences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse, special, stats

from infotheory._typing import FloatArray, IntArray
from infotheory.evidence.samples import BinnedSamples, fill_zero_cells, samples_of_table
from infotheory.scorecard.logistic import LogisticFit, fit_logistic
from infotheory.scorecard.patterns import Patterns

__all__ = [
    "CharacteristicTest",
    "Regressor",
    "characteristic_test",
    "columns_of",
    "inflation_of_correlation",
    "influence_by_code",
    "regressors_of",
    "row_influences",
    "score_chi_square",
    "stacked_covariance",
    "sums_by_code",
    "variance_inflation",
    "weighted_correlation",
    "with_intercept",
]

DEPENDENT = 1e-6  # part of a column in a direction without variance that counts as dependence


@dataclass(frozen=True, slots=True, eq=False)
class Regressor:
    """One characteristic as it enters the regression.

    Parameters
    ----------
    woe : ndarray of shape (n_codes,)
        Weight of evidence by code.
    counts : BinnedSamples or None
        Counts without one-sided bins from which the values were estimated on these rows; None where they are given.
    sign : float
        1.0 where the values are ``ln(share of non-events / share of events)``, -1.0 for the opposite.
    """

    woe: FloatArray
    counts: BinnedSamples | None = None
    sign: float = 1.0


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


def regressors_of(binner: Any, patterns: Patterns) -> list[Regressor]:
    """Weights of evidence of a binner, marked as estimated on the rows at hand where its tables are theirs.

    Parameters
    ----------
    binner : estimator
        Fitted binner.
    patterns : Patterns
        Rows, one column a feature of the binner.

    Returns
    -------
    list of Regressor
        One a feature.
    """
    sign = -1.0 if binner.woe_sign == "event" else 1.0
    regressors = []
    for f, name in enumerate(binner.specs_):
        woe, table = binner.woe_[name], binner.tables_[name].without_groups()
        here = patterns.counts_by_code(f, woe.size)[: table.n_bins]
        counts = None
        if np.allclose(here, table.counts, rtol=1e-9, atol=0.0):
            filled = fill_zero_cells(samples_of_table(table), binner.zero_cells)
            counts = BinnedSamples(*(np.append(array, 0.0) for array in filled))  # no row is unseen
        regressors.append(Regressor(woe, counts, sign))
    return regressors


def columns_of(regressors: Sequence[Regressor]) -> list[FloatArray]:
    """Weights of evidence by code, one array a characteristic.

    Parameters
    ----------
    regressors : sequence of Regressor
        The characteristics.

    Returns
    -------
    list of ndarray
        Their values.
    """
    return [regressor.woe for regressor in regressors]


def stacked_covariance(fit: LogisticFit, patterns: Patterns, regressors: Sequence[Regressor]) -> FloatArray:
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
    With a single characteristic and no penalty the coefficient is exactly -1, whatever the rows (1 under the opposite
    sign of the weights of evidence), and its standard error is 0; the usual Wald error knows nothing of this.
    """
    design = with_intercept(patterns.design(columns_of(regressors)))
    theta = np.r_[fit.intercept, fit.coefficients]
    return _outer_product(row_influences(design, theta, patterns, regressors, fit.bread), patterns)


def characteristic_test(patterns: Patterns, regressors: Sequence[Regressor], feature: int) -> CharacteristicTest:
    """Test whether the bins of one characteristic add to the others.

    Rao's score test at the fit without the characteristic: the alternative has its bin indicators in place of its
    column. The variance of the score is made of the influences of the rows where weights are not all equal or weights
    of evidence were estimated on these rows, and of the information otherwise.

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
        Statistic, degrees of freedom and p-value; p = 1 with 0 degrees where all rows are in one bin.
    """
    others = [f for f in range(len(regressors)) if f != feature]
    kept = [regressors[f] for f in others]
    rest = Patterns(patterns.codes[:, others], patterns.counts, patterns.squared_weights)
    columns = rest.design(columns_of(kept))
    fit = fit_logistic(columns, patterns.counts)
    occupied = np.unique(patterns.codes[:, feature])
    indicators = (patterns.codes[:, feature][:, None] == occupied[1:]).astype(np.float64)
    design, q = np.column_stack([with_intercept(columns), indicators]), 1 + len(others)
    p = special.expit(fit.log_odds(columns))
    total = patterns.counts.sum(axis=1)
    information = design.T @ (design * (total * p * (1.0 - p))[:, None])
    projection = fit.bread @ information[:q, q:]
    score = indicators.T @ (patterns.counts[:, 1] - total * p)
    if patterns.squared_weights is patterns.counts and all(r.counts is None for r in kept):
        variance = information[q:, q:] - information[q:, :q] @ projection
    else:
        theta = np.r_[fit.intercept, fit.coefficients, np.zeros(len(occupied) - 1)]
        efficient = np.vstack([-projection, np.eye(len(occupied) - 1)])
        variance = _outer_product(row_influences(design, theta, rest, kept, efficient), patterns)
    return score_chi_square(score, variance)


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
    centred = design - share @ design
    covariance = centred.T @ (centred * share[:, None])
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
    null = eigenvalues <= eigenvalues.size * np.finfo(np.float64).eps * max(float(eigenvalues[-1]), 1.0)
    inverse = (vectors[:, ~null] ** 2 / eigenvalues[~null]).sum(axis=1)
    dependent = (np.abs(vectors[:, null]) > DEPENDENT).any(axis=1)
    return np.where(dependent, np.inf, np.maximum(inverse, 1.0))


def with_intercept(columns: FloatArray) -> FloatArray:
    """Put a column of ones in front.

    Parameters
    ----------
    columns : ndarray of shape (n_rows, n_columns)
        Columns of a design.

    Returns
    -------
    ndarray of shape (n_rows, 1 + n_columns)
        The design.
    """
    return np.column_stack([np.ones(len(columns)), columns])


def row_influences(
    design: FloatArray,
    theta: FloatArray,
    patterns: Patterns,
    regressors: Sequence[Regressor],
    combination: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return what a non-event and an event of each pattern add to ``scores @ combination``, per unit of weight.

    Parameters
    ----------
    design : ndarray of shape (n_patterns, n_columns)
        Columns of the regression, the intercept first.
    theta : ndarray of shape (n_columns,)
        Intercept and coefficients.
    patterns : Patterns
        Rows of the fit.
    regressors : sequence of Regressor
        One a column of ``patterns.codes``.
    combination : ndarray of shape (n_columns, n_outputs)
        Outputs as combinations of the score equations; the bread for the coefficients.

    Returns
    -------
    nonevent, event : ndarray of shape (n_patterns, n_outputs)
        Influence of a row of weight 1 of either class.
    """
    p = special.expit(design @ theta)
    total = patterns.counts.sum(axis=1)
    residual, spread = patterns.counts[:, 1] - total * p, total * p * (1.0 - p)
    combined, curved = design @ combination, design * spread[:, None]
    nonevent, event = -combined * p[:, None], combined * (1.0 - p)[:, None]
    for f, regressor in enumerate(regressors):
        if regressor.counts is None:
            continue
        codes, n_codes = patterns.codes[:, f], regressor.woe.size
        derivative = -theta[1 + f] * sums_by_code(codes, n_codes, curved)
        derivative[:, 1 + f] += np.bincount(codes, residual, minlength=n_codes)
        moved = regressor.sign * (derivative @ combination)
        nonevent += influence_by_code(moved, regressor.counts.first)[codes]
        event -= influence_by_code(moved, regressor.counts.second)[codes]
    return nonevent, event


def sums_by_code(codes: IntArray, n_codes: int, rows: FloatArray) -> FloatArray:
    """Sum the rows of each code.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,)
        Code of each row.
    n_codes : int
        Number of codes.
    rows : ndarray of shape (n_rows, n_columns)
        What is summed.

    Returns
    -------
    ndarray of shape (n_codes, n_columns)
        Sums.
    """
    n = codes.size
    indicator = sparse.csc_array((np.ones(n), codes, np.arange(n + 1)), shape=(n_codes, n))
    return np.asarray(indicator @ rows)


def influence_by_code(derivative: FloatArray, counts: FloatArray) -> FloatArray:
    """Multiply a derivative by the influence of a row of each bin on ``ln(count / total)`` of all bins of its feature.

    Parameters
    ----------
    derivative : ndarray of shape (n_codes, n_outputs)
        Derivative of the outputs with respect to the logarithm of each share.
    counts : ndarray of shape (n_codes,)
        Weight of one class by bin; a bin without rows has a fixed weight of evidence, and its rows no influence.

    Returns
    -------
    ndarray of shape (n_codes, n_outputs)
        Influence of a row of weight 1.
    """
    result = np.zeros_like(derivative)
    occupied = np.flatnonzero(counts > 0.0)
    own = derivative[occupied]
    result[occupied] = own / counts[occupied][:, None] - own.sum(axis=0) / counts.sum()
    return result


def _outer_product(influences: Sequence[FloatArray], patterns: Patterns) -> FloatArray:
    """Sum the outer products of the influences of all rows, non-events first."""
    return np.asarray(sum(a.T @ (a * patterns.squared_weights[:, [label]]) for label, a in enumerate(influences)))


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

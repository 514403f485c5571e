"""Estimates of mutual information from Gaussian variables and from Gaussian copulas."""

from typing import NamedTuple

import numpy as np

from infotheory._later import stats
from infotheory._typing import FloatArray
from infotheory._warnings import warn
from infotheory.estimation.discrete._strata import information_law
from infotheory.estimation.measurements._gaussian import (
    GaussianCondition,
    GaussianInformation,
    normal_scores,
)
from infotheory.estimation.measurements._products import (
    FourthMoments,
    ProductLaw,
    fourth_moments,
    law_of_products,
    why_curved,
)
from infotheory.estimation.measurements._rank_noise import NO_NOISE, RankNoise, rank_noise
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import WithheldLaw

__all__ = ["gaussian_estimate", "gaussian_information"]

# Beyond these the noise of the ranks is no correction any more: the correlations that tell of it
# are as wrong. With an excess of 4 a degree of freedom intervals covered .81, with one of 10 .70.
_LARGEST_EXCESS = 1.0
_LARGEST_BIAS = 1.5

# Of few rows, and of few for each column, the excess is an estimate that is small where what it is
# to warn of is large: a limit of 1 shows by chance, and what it shows is wrong. Of 50 rows with a
# condition of two columns that explains .94 of x and y it showed .10, and .65 of these covered.
_ROWS_OF_DOUBT = 20.0

# Below so many rows for each column of the condition, and one, samples of the fitted copula vary
# less than those of the true one: the deviation of 300 estimates was 1.12 times the error at 12
# rows a column, 1.16 at 7.
_MANY_ROWS_A_COLUMN, _SPREAD_NOT_TOLD = 30.0, 4.0

# Near that limit those intervals are shown whose condition happens to explain little, and whose
# values happen to be large: .5 standard errors at 80 rows and 3 columns that explain .93.
_SPREAD_AT_THE_LIMIT = 1.0

# Tests of tails need so many rows, and normal columns are told to have them so often: of a copula
# of correlation .6 intervals of log-normal margins covered .39 to .71, of Student's of 1.5 and 3
# degrees .10 to .70 and .65 to .90, exponential .81 (50 to 300 rows).
_ROWS_OF_TAILS, _NOT_NORMAL = 20, 0.01

# Tails that show may still be short: fourth moments tell how much the correlations vary, and normal
# scores what tails take from them. Up to these the interval with both in its variance is shown.
_MOST_MOMENTS, _MOST_GAP = 1.5, 2.0

# Beside ranks moments count that differ from normal ones by more than so many of their errors.
_ERRORS_OF_MOMENTS = 2.0

# The correlations have noise of ranks in them, and tell too little of it.
_EXCESS_NOT_TOLD = 1.25


def gaussian_information(
    x: FloatArray, y: FloatArray, z: FloatArray | None, method: str
) -> GaussianInformation:
    """Compare columns x and y, given z where there is a condition; by normal scores for copulas."""
    if method == "gaussian_copula":
        x, y, z = normal_scores(x), normal_scores(y), None if z is None else normal_scores(z)
    return GaussianCondition(y, z, method=method).information(x)


def gaussian_estimate(
    x: FloatArray, y: FloatArray, z: FloatArray | None, method: str, unit: float
) -> Estimate:
    """Estimate from the columns of x and y, and of z where there is a condition.

    With r the (partial) canonical correlations, of normal scores for the copula, the information is
    ``-sum log(1 - r^2) / 2``, its variance ``sum r^2 / n`` (delta method) with a term of second
    order, and the test of independence that of Bartlett; fourth moments stretch the variance where
    tails or spreads show, and the test wherever there is a condition.
    """
    columns = x, y, z
    if method == "gaussian_copula":
        columns = normal_scores(x), normal_scores(y), None if z is None else normal_scores(z)
    of_x, of_y, of_z = columns
    condition = GaussianCondition(of_y, of_z, method=method)
    found, terms = condition.information_and_terms(of_x)
    left = condition.residuals(of_x)
    products = None if of_z is None else law_of_products(*left)
    moments = fourth_moments(found, terms, products)
    uneven = of_z is not None and moments.ratio > 1.0 + _ERRORS_OF_MOMENTS * moments.error
    spread, noise = moments.ratio if uneven else 1.0, NO_NOISE
    if method == "gaussian_copula":
        scores = np.hstack([of_x, of_y] if of_z is None else [of_x, of_y, of_z])
        noise = rank_noise(scores, found.n_x, found.n_y)
        spread *= noise.spread * _spread_of_few_rows(found) * _spread_of_chosen(found, noise)

    # What is not known is not taken off. The law is that of the plug-in, whose bias for normal
    # variables is in its degrees of freedom.
    bias = noise.bias if np.isfinite(noise.bias) else 0.0
    plugin, size = max(0.0, found.plugin - bias), found.effective_size
    variance = _variance(found, plugin) * spread + bias**2 * size

    # Ranks have noise, measurements have tails, and both may curve with the condition.
    p_value, reason = _p_value(found, noise, products), None
    if of_z is not None and p_value is not None:
        reason = why_curved(of_x, of_y, of_z, left, float(found.canonical_correlations[0]))
    if reason is not None:
        p_value = None
    elif method == "gaussian_copula":
        reason = _why_withheld(found, noise)
    elif (tails := _tails(left)) is not None:
        gap = _gap_to_scores(found, *left)
        reason = _why_not_normal(tails, moments, gap, float(np.sqrt(variance / size)))
        variance = _variance(found, plugin) * max(1.0, moments.upper) + gap**2 * size
    if reason is not None:
        warn(reason, WithheldWarning)
    law = information_law(plugin, variance, size, found.degrees_of_freedom, unit)
    return Estimate(
        value=(found.plugin - bias - found.bias) / unit,
        standard_error=float(np.sqrt(variance / size)) / unit,
        method=method,
        p_value=p_value,
        law=law if reason is None else WithheldLaw(reason),
    )


def _variance(found: GaussianInformation, plugin: float) -> float:
    """Variance of the plug-in times the effective size: delta method, and its second order.

    Of one correlation the second derivative adds ``(1 + r^2)^2 / 2 n``; what the scaled chi-square
    of `information_law` has of it at r = 0 is not added twice.
    """
    if plugin == 0.0:
        return 0.0
    shrunk = np.expm1(-2.0 * plugin) / np.expm1(-2.0 * found.plugin)
    squares = found.canonical_correlations**2 * shrunk
    first = float(squares.sum())
    second = float(((1.0 + squares) ** 2 - first / (2.0 * plugin)).sum())
    return first + max(0.0, second) / (2.0 * found.effective_size)


def _spread_of_few_rows(found: GaussianInformation) -> float:
    """Factor of the variance where rows are few for the columns of a condition; 1 without one."""
    n_given = found.n_rows - found.size
    if n_given == 0:
        return 1.0
    columns_a_row = (1.0 + n_given) / found.n_rows
    return 1.0 + _SPREAD_NOT_TOLD * max(0.0, columns_a_row - 1.0 / _MANY_ROWS_A_COLUMN)


def _spread_of_chosen(found: GaussianInformation, noise: RankNoise) -> float:
    """Factor of the variance of intervals that are shown because the excess happens to be small."""
    return 1.0 + _SPREAD_AT_THE_LIMIT * min(1.0, noise.excess / _most_excess_shown(found)) ** 2


def _most_excess_shown(found: GaussianInformation) -> float:
    """Excess of ranks beyond which no interval is shown: less where rows or columns are few."""
    n_given = found.n_rows - found.size
    limit = found.n_rows / (found.n_rows + _ROWS_OF_DOUBT * (1.0 + n_given))
    return limit * _LARGEST_EXCESS * found.degrees_of_freedom


def _p_value(
    found: GaussianInformation, noise: RankNoise, products: ProductLaw | None = None
) -> float | None:
    """Bartlett's test, of a statistic that ranks and rows stretch where there is a condition."""
    freedom = found.degrees_of_freedom
    if noise.excess > _LARGEST_EXCESS * freedom:
        return None
    statistic = 2.0 * found.effective_size * found.plugin
    stretch = 1.0 + _EXCESS_NOT_TOLD * noise.excess / freedom
    if products is None:
        return float(stats.chi2.sf(statistic / stretch, freedom))
    return float(stats.chi2.sf(statistic / (stretch * products.stretch), products.freedom))


class _Tails(NamedTuple):
    """Columns that are not normal."""

    # P-value of the column that is least so
    p_value: float
    # Tails shorter than normal ones on both sides
    short: bool


def _tails(left: tuple[FloatArray, FloatArray]) -> _Tails | None:
    """Tails of columns that are not normal; None where there is no reason to doubt that they are.

    Skewness of either sign, and kurtosis.
    """
    columns = np.hstack(left)
    if len(columns) < _ROWS_OF_TAILS:
        return None
    with np.errstate(all="ignore"):
        skewed = stats.skewtest(columns).pvalue
        kurtosis = stats.kurtosistest(columns)
    of_tails = np.nanmin(kurtosis.pvalue)
    least = float(min(of_tails, np.nanmin(skewed)))
    if least * columns.shape[1] * 2 >= _NOT_NORMAL:
        return None
    short = least == of_tails and kurtosis.statistic[np.nanargmin(kurtosis.pvalue)] < 0.0
    return _Tails(least, bool(short))


def _gap_to_scores(found: GaussianInformation, x: FloatArray, y: FloatArray) -> float:
    """Plug-in less that of normal scores of what is left of the columns, in nats.

    It is what tails take from correlations, or add; NaN where that is without end.
    """
    try:
        return found.plugin - gaussian_information(x, y, None, "gaussian_copula").plugin
    except ValueError:
        # Ranks that determine each other share all that there is.
        return np.nan


def _why_not_normal(tails: _Tails, moments: FourthMoments, gap: float, error: float) -> str | None:
    """Reason why no interval holds for tails, None where moments and ranks tell of them.

    The gap is that to the scores, the error that of normal columns.
    """
    if moments.ratio <= _MOST_MOMENTS and abs(gap) <= _MOST_GAP * error:
        return None
    length, more = (
        ("shorter", "") if tails.short else ("longer", "vary by more than the law says, and ")
    )
    return (
        f"a column (or what the condition leaves of it) has {length} tails than normal ones (p = "
        f"{tails.p_value:.1g}): correlations of such columns {more}tell less than they share; take "
        "method='gaussian_copula', or a transform of the column (its logarithm, say)"
    )


def _why_withheld(found: GaussianInformation, noise: RankNoise) -> str | None:
    """Reason why no interval is known to hold, None where one is."""
    freedom, size = found.degrees_of_freedom, found.effective_size
    usual = np.sqrt(_variance(found, found.plugin) / size + freedom / (2.0 * size**2))

    if noise.excess > _LARGEST_EXCESS * freedom:
        return (
            f"the condition leaves so little of the columns that the noise of {found.n_rows} ranks "
            "makes dependence of its own: no interval is known to hold, and no test; take more "
            "rows, fewer columns in z, or method='gaussian' where columns are normal"
        )

    n_given = found.n_rows - found.size
    if noise.excess > _most_excess_shown(found):
        return (
            f"the condition leaves little of the columns, and {found.n_rows} rows with {n_given} "
            "columns in z do not tell how much dependence the noise of ranks makes of that: no "
            "interval is known to hold; take more rows, fewer columns in z, or method='gaussian' "
            "where columns are normal"
        )

    if abs(noise.bias) > _LARGEST_BIAS * usual:
        return (
            f"the columns differ by so little that the noise of {found.n_rows} ranks is a part of "
            "it: no interval is known to hold; take more rows, or method='gaussian' where columns "
            "are normal"
        )

    return None

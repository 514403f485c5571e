"""Intervals of the noncentrality of a chi-square from one draw, public as parts of ``laws``."""

import math

import numpy as np
from scipy import special

from infotheory._later import stats
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import check_level

__all__ = [
    "NORMAL_NONCENTRALITY",
    "central_median",
    "chi2_noncentrality_bounds",
    "chi2_noncentrality_interval",
    "noncentral_upper_tails",
    "noncentralities_at_scores",
]

#: Noncentrality from which the law is normal to five digits, and scipy begins to lose it.
NORMAL_NONCENTRALITY = 1e10


def chi2_noncentrality_interval(
    statistic: float, degrees_of_freedom: float, level: float
) -> tuple[float, float]:
    """Interval of the noncentrality of a chi-square from one draw, by inverting its law.

    Parameters
    ----------
    statistic : float
        The draw; negative values are read as 0.
    degrees_of_freedom : float
        Degrees of freedom, positive.
    level : float
        Coverage.

    Returns
    -------
    tuple of float
        Ends of the interval; the lower one is 0 where its equation has no root. The upper one is
        that of the larger of the draw and the median of the central law, so that it is never 0.

    Raises
    ------
    ValueError
        If the statistic is not finite, the degrees of freedom are not finite and positive, or
        ``level`` is not strictly between 0 and 1.

    Notes
    -----
    A draw in the lower tail of the central law speaks against every noncentrality, 0 included, and
    the plain inversion would say "exactly 0". Bounds that use no draw below the median claim no
    more than an experiment of this size can show: the power-constrained limit of G. Cowan,
    K. Cranmer, E. Gross and O. Vitells, arXiv:1105.3166 (2011).

    Examples
    --------
    >>> low, high = chi2_noncentrality_interval(3.0, 5, 0.95)
    >>> low, round(high, 3)
    (0.0, 10.658)
    >>> chi2_noncentrality_interval(0.1, 5, 0.95) == chi2_noncentrality_interval(3.0, 5, 0.95)
    True
    """
    check_level(level)
    if not (math.isfinite(statistic) and 0.0 < degrees_of_freedom < math.inf):
        message = (
            "the statistic must be finite and the degrees of freedom finite and positive, "
            f"got {statistic!r} and {degrees_of_freedom!r}"
        )
        raise ValueError(message)
    draw, degrees = np.asarray(statistic), np.asarray(degrees_of_freedom)
    low, high = chi2_noncentrality_bounds(draw, degrees, level)
    return float(low), float(high)


def chi2_noncentrality_bounds(
    statistic: FloatArray, degrees_of_freedom: FloatArray, level: float
) -> "tuple[FloatArray, FloatArray]":
    """Intervals of the noncentralities of many chi-squares, each from one draw.

    Parameters
    ----------
    statistic, degrees_of_freedom : ndarray
        Draws and degrees of freedom, broadcast against each other.
    level : float
        Coverage.

    Returns
    -------
    tuple of ndarray
        Lower and upper ends, as :func:`chi2_noncentrality_interval` has them; NaN where the draw is
        NaN.

    Raises
    ------
    ValueError
        If ``level`` is not strictly between 0 and 1.

    Examples
    --------
    >>> low, high = chi2_noncentrality_bounds(np.array([3.0, 30.0]), np.array(5.0), 0.95)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 9.182], [10.658, 50.641])
    """
    check_level(level)
    draw, df = np.broadcast_arrays(
        np.maximum(statistic, 0.0), np.asarray(degrees_of_freedom, dtype=np.float64)
    )
    # No upper end claims more than the median draw under equality would.
    bounded = np.maximum(draw, central_median(df))
    return (
        _noncentrality(draw, df, 0.5 + level / 2.0),
        _noncentrality(bounded, df, 0.5 - level / 2.0),
    )


def central_median(degrees_of_freedom: FloatArray) -> FloatArray:
    """Median of central chi-squares: no upper bound of a noncentrality uses a draw below it.

    Parameters
    ----------
    degrees_of_freedom : ndarray
        Degrees of freedom, positive.

    Returns
    -------
    ndarray
        Medians.

    Examples
    --------
    >>> central_median(np.array([1.0, 5.0])).round(3).tolist()
    [0.455, 4.351]
    """
    return np.asarray(special.chdtri(degrees_of_freedom, 0.5))


def noncentralities_at_scores(
    statistic: float, degrees_of_freedom: float, scores: FloatArray
) -> FloatArray:
    """Noncentralities at which a draw lies at normal scores of its law, as bounds have them.

    Parameters
    ----------
    statistic : float
        The draw.
    degrees_of_freedom : float
        Degrees of freedom, positive.
    scores : ndarray
        Normal quantiles of its distribution function: 0 is the median.

    Returns
    -------
    ndarray
        Noncentralities, which fall as the scores rise; 0 where there is none. Below the median the
        draw counts as at least the median of the central law.

    Examples
    --------
    >>> noncentralities_at_scores(30.0, 5.0, np.array([-1.96, 0.0, 1.96])).round(2).tolist()
    [50.64, 25.98, 9.18]
    """
    draw = np.full(np.shape(scores), max(statistic, 0.0))
    df = np.full(np.shape(scores), float(degrees_of_freedom))
    draw[scores < 0.0] = max(statistic, float(central_median(df[:1])[0]))
    return _noncentrality(draw, df, special.ndtr(scores))


def noncentral_upper_tails(
    draws: FloatArray, df: FloatArray, noncentralities: FloatArray
) -> FloatArray:
    """Return the probabilities that non-central chi-squares lie above draws."""
    draws, df, excess = np.broadcast_arrays(draws, df, noncentralities)
    tails = np.empty(draws.shape)
    large = excess >= NORMAL_NONCENTRALITY
    tails[~large] = stats.ncx2.sf(draws[~large], df[~large], excess[~large])

    spread = np.sqrt(2.0 * (df + 2.0 * excess))
    tails[large] = special.ndtr((df + excess - draws)[large] / spread[large])
    return tails


def _noncentrality(draw: FloatArray, df: FloatArray, probability: ArrayLike) -> FloatArray:
    """Noncentralities at which draws have this distribution function; 0 where there is none."""
    noncentrality = np.where(np.isnan(draw), np.nan, 0.0)
    probability = np.broadcast_to(probability, noncentrality.shape)

    # The distribution function falls as the noncentrality grows: no root where it is too small at 0
    # already.
    rooted = special.chdtr(df, draw) > probability
    noncentrality[rooted] = special.chndtrinc(draw[rooted], df[rooted], probability[rooted])

    # scipy gives NaN for very large draws, where the law is normal to all digits.
    failed = np.isnan(noncentrality) & ~np.isnan(draw)
    noncentrality[failed] = _large_noncentrality(
        draw[failed], df[failed], special.ndtri(probability[failed])
    )
    return noncentrality


def _large_noncentrality(draw: FloatArray, df: FloatArray, z: FloatArray) -> FloatArray:
    """Root of ``draw = df + root + z sqrt(2 df + 4 root)``: the law is normal from some 1e10 on."""
    excess = draw - df
    return excess + 2.0 * z * z - z * np.sqrt(4.0 * excess + 4.0 * z * z + 2.0 * df)

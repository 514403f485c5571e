"""The laws behind intervals, and the law of an interval that is withheld."""

import math
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from scipy import special

from infotheory._later import stats
from infotheory._noncentral import (
    NORMAL_NONCENTRALITY,
    central_median,
    chi2_noncentrality_bounds,
    chi2_noncentrality_interval,
)
from infotheory._typing import FloatArray
from infotheory._validation import check_level

__all__ = [
    "IntervalLaw",
    "JeffreysLaw",
    "LimitTests",
    "LogNormalLaw",
    "LogitNormalLaw",
    "NoncentralChi2Law",
    "NormalLaw",
    "StudentLaw",
    "WithheldLaw",
    "central_median",
    "chi2_noncentrality_bounds",
    "chi2_noncentrality_interval",
    "jeffreys_bounds",
    "jeffreys_probability",
    "one_sided_quantile",
    "two_sided_p_value",
    "two_sided_quantile",
]


def two_sided_quantile(level: float, degrees_of_freedom: float = math.inf) -> float:
    """Return the standard errors on either side of an interval: 1.96 for a normal one of 0.95.

    Parameters
    ----------
    level : float
        Coverage of the two-sided interval.
    degrees_of_freedom : float, default=inf
        Of the standard error: Student's quantile where they are finite.

    Returns
    -------
    float
        The quantile at ``(1 + level) / 2``; NaN without degrees of freedom.

    Raises
    ------
    ValueError
        If ``level`` is not strictly between 0 and 1.

    Examples
    --------
    >>> round(two_sided_quantile(0.95), 3)
    1.96
    >>> round(two_sided_quantile(0.95, 10.0), 3)
    2.228
    """
    check_level(level)
    # The checks of scipy.stats cost a hundred times the quantile, and p-values are roots in level.
    if math.isinf(degrees_of_freedom):
        return float(special.ndtri(0.5 + level / 2.0))
    return float(-special.stdtrit(degrees_of_freedom, (1.0 - level) / 2.0))


def one_sided_quantile(level: float) -> float:
    """Return the standard errors to a one-sided normal bound: 1.645 for a confidence of 0.95.

    Parameters
    ----------
    level : float
        Confidence of the bound.

    Returns
    -------
    float
        The normal quantile at ``level``.

    Raises
    ------
    ValueError
        If ``level`` is not strictly between 0 and 1.

    Examples
    --------
    >>> round(one_sided_quantile(0.95), 3)
    1.645
    """
    check_level(level)
    return float(special.ndtri(level))


def two_sided_p_value(z: float, degrees_of_freedom: float = math.inf) -> float:
    """Return the probability that a standard normal variable lies at least as far from 0.

    Parameters
    ----------
    z : float
        Distance from the hypothesis in standard errors, of either sign.
    degrees_of_freedom : float, default=inf
        Of the standard error: the variable is Student's where they are finite.

    Returns
    -------
    float
        ``2 (1 - F(|z|))`` with the distribution function ``F``.

    Examples
    --------
    >>> round(two_sided_p_value(-1.96), 3)
    0.05
    """
    normal = math.isinf(degrees_of_freedom)
    tail = special.ndtr(-abs(z)) if normal else special.stdtr(degrees_of_freedom, -abs(z))
    return float(2.0 * tail)


class LimitTests(Protocol):
    """Tests of a quantity against a limit, by the law that its interval inverts.

    Examples
    --------
    >>> law: LimitTests = NoncentralChi2Law(statistic=9.0, degrees_of_freedom=4, scale=0.01)
    >>> round(law.exceeds(0.02), 3)
    0.196
    """

    def exceeds(self, threshold: float) -> float:
        """P-value of the test that rejects "quantity <= threshold".

        Parameters
        ----------
        threshold : float
            Limit, not negative.
        """

    def certifies(self, threshold: float) -> float:
        """P-value of the test that rejects "quantity >= threshold"; 1 at 0.

        Parameters
        ----------
        threshold : float
            Limit, not negative.
        """


class IntervalLaw(Protocol):
    """How an interval is made from a value and its standard error.

    Examples
    --------
    >>> law: IntervalLaw = NormalLaw()
    >>> law.name, round(law.interval(1.0, 0.1, 0.9)[1], 3)
    ('normal', 1.164)
    """

    @property
    def name(self) -> str:
        """Name of the law, shown beside the interval in reports."""

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the two ends of the interval.

        Parameters
        ----------
        value : float
            The estimate.
        standard_error : float
            Its standard error.
        level : float
            Coverage of the two-sided interval.
        """


@dataclass(frozen=True, slots=True)
class NormalLaw:
    """Normal interval ``center +- z * standard_error``, cut to the range of the quantity.

    Where all of it lies outside that range the nearest end is the center, so that no point is left.

    Parameters
    ----------
    lower, upper : float
        Range of the quantity; the interval never leaves it.
    center : float or None
        Center of the interval where it is not the value itself (a bias-corrected value, say).

    Examples
    --------
    >>> NormalLaw(lower=0.0).interval(0.02, 0.02, 0.95)[0]
    0.0
    >>> round(NormalLaw(center=0.5).interval(0.52, 0.1, 0.95)[1], 3)
    0.696
    >>> round(NormalLaw(lower=0.0).interval(-0.5, 0.1, 0.95)[1], 3)
    0.196
    """

    lower: float = -np.inf
    upper: float = np.inf
    center: float | None = None
    name: str = field(default="normal", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval.

        Parameters
        ----------
        value : float
            The estimate.
        standard_error : float
            Its standard error.
        level : float
            Coverage of the two-sided interval.
        """
        reach = two_sided_quantile(level) * standard_error
        center = value if self.center is None else self.center
        if center + reach <= self.lower or center - reach >= self.upper:
            center = min(max(center, self.lower), self.upper)
        low, high = np.clip([center - reach, center + reach], self.lower, self.upper).tolist()
        return low, high


@dataclass(frozen=True, slots=True)
class StudentLaw:
    """Interval ``center +- t * standard_error`` where the standard error comes from a few draws.

    Parameters
    ----------
    degrees_of_freedom : float
        Of the standard error: draws less one; infinite gives the normal interval.
    center : float or None
        Its center, where that is not the value itself.
    lower, upper : float
        Range of the quantity; the interval never leaves it.

    Examples
    --------
    >>> low, high = StudentLaw(4.0).interval(1.0, 0.1, 0.95)
    >>> round(low, 3), round(high, 3)
    (0.722, 1.278)
    """

    degrees_of_freedom: float
    center: float | None = None
    lower: float = -math.inf
    upper: float = math.inf
    name: str = field(default="Student", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval.

        Parameters
        ----------
        value : float
            The estimate.
        standard_error : float
            Its standard error.
        level : float
            Coverage of the two-sided interval.
        """
        half = two_sided_quantile(level, self.degrees_of_freedom) * standard_error
        center = value if self.center is None else self.center
        return max(center - half, self.lower), min(center + half, self.upper)


@dataclass(frozen=True, slots=True)
class LogNormalLaw:
    """Normal interval on the logarithm of a positive quantity: ``value * exp(+-z se / value)``.

    Parameters
    ----------
    degrees_of_freedom : float
        Of the standard error; Student's quantile stands for z where they are finite.

    Examples
    --------
    >>> low, high = LogNormalLaw().interval(2.0, 0.4, 0.95)
    >>> round(low, 3), round(high, 3)
    (1.351, 2.96)
    """

    degrees_of_freedom: float = math.inf
    name: str = field(default="log-normal", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval.

        Parameters
        ----------
        value : float
            The estimate.
        standard_error : float
            Its standard error.
        level : float
            Coverage of the two-sided interval.
        """
        if value <= 0.0:  # no logarithm, and nothing that bounds it from above
            return 0.0, np.inf
        spread = two_sided_quantile(level, self.degrees_of_freedom) * standard_error / value
        return value * float(np.exp(-spread)), value * float(np.exp(spread))


@dataclass(frozen=True, slots=True)
class LogitNormalLaw:
    """Normal interval on the logit of a probability; ``(0, 1)`` where the logit is infinite.

    Parameters
    ----------
    degrees_of_freedom : float
        Of the standard error: Student's quantile where they are finite.

    Examples
    --------
    >>> low, high = LogitNormalLaw().interval(0.95, 0.04, 0.95)
    >>> round(low, 3), round(high, 3)
    (0.785, 0.99)
    """

    degrees_of_freedom: float = math.inf
    name: str = field(default="logit-normal", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval.

        Parameters
        ----------
        value : float
            The estimate.
        standard_error : float
            Its standard error.
        level : float
            Coverage of the two-sided interval.
        """
        if not 0.0 < value < 1.0:
            return 0.0, 1.0
        quantile = two_sided_quantile(level, self.degrees_of_freedom)
        spread = quantile * standard_error / (value * (1.0 - value))
        low, high = special.expit(special.logit(value) + np.array([-spread, spread]))
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class JeffreysLaw:
    """Jeffreys interval of a share: the middle of the law Beta(n p + 1/2, n (1 - p) + 1/2).

    Parameters
    ----------
    size : float
        Number of rows n behind the share; an effective one where rows have weights.

    Examples
    --------
    >>> low, high = JeffreysLaw(20.0).interval(0.0, 0.0, 0.95)
    >>> low, round(high, 3)
    (0.0, 0.117)
    """

    size: float
    name: str = field(default="Jeffreys", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the standard error plays no part.

        Parameters
        ----------
        value : float
            The share.
        standard_error : float
            Its standard error.
        level : float
            Coverage of the two-sided interval.
        """
        low, high = jeffreys_bounds(np.asarray(value), np.asarray(self.size), level)
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class NoncentralChi2Law:
    """Interval of ``scale * noncentrality`` from one draw of a non-central chi-square.

    Parameters
    ----------
    statistic : float
        The draw; negative values are read as 0.
    degrees_of_freedom : float
        Degrees of freedom, positive.
    scale : float
        The quantity per unit of noncentrality (``1 / N_eff`` for a Jeffreys divergence).
    upper : float
        Largest value of the quantity (1 for a share of variance); the interval never leaves it.

    Examples
    --------
    >>> law = NoncentralChi2Law(statistic=9.0, degrees_of_freedom=4, scale=0.01)
    >>> low, high = law.interval(0.05, 0.02, 0.95)
    >>> low, round(high, 3)
    (0.0, 0.207)
    >>> round(law.exceeds(0.02), 3), round(law.certifies(0.25), 3)
    (0.196, 0.008)
    """

    statistic: float
    degrees_of_freedom: float
    scale: float
    upper: float = np.inf
    name: str = field(default="noncentral chi-square", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the value and its standard error play no part.

        Parameters
        ----------
        value : float
            The estimate.
        standard_error : float
            Its standard error.
        level : float
            Coverage of the two-sided interval.
        """
        low, high = chi2_noncentrality_interval(self.statistic, self.degrees_of_freedom, level)
        return min(self.scale * low, self.upper), min(self.scale * high, self.upper)

    def exceeds(self, threshold: float) -> float:
        """P-value of the test that rejects "quantity <= threshold"; 1 from the largest value on.

        Parameters
        ----------
        threshold : float
            Limit, not negative.
        """
        return (
            1.0 if threshold >= self.upper else self._probability("sf", self.statistic, threshold)
        )

    def certifies(self, threshold: float) -> float:
        """P-value of the test that rejects "quantity >= threshold"; 1 at 0, which always holds.

        As for the upper end of the interval, a draw below the median of the central law counts as
        that median.

        Parameters
        ----------
        threshold : float
            Limit, not negative.
        """
        draw = max(self.statistic, float(central_median(np.asarray(self.degrees_of_freedom))))
        return 1.0 if threshold == 0.0 else self._probability("cdf", draw, threshold)

    def at(self, value: float) -> Any:
        """Law of the draw where the quantity has a value, as scipy has it.

        Parameters
        ----------
        value : float
            The quantity, not negative.
        """
        family, parameters = self._family_at(value)
        return family(*parameters)

    def _probability(self, side: str, draw: float, value: float) -> float:
        """Probability on one side of a draw; a law as ``at`` has it costs ten times as much."""
        family, parameters = self._family_at(value)
        return float(getattr(family, side)(draw, *parameters))

    def _family_at(self, value: float) -> tuple[Any, tuple[float, ...]]:
        """Family of laws that scipy has, and the parameters of the one at a value."""
        degrees, noncentrality = self.degrees_of_freedom, value / self.scale
        if value == 0.0:
            return stats.chi2, (degrees,)
        if noncentrality < NORMAL_NONCENTRALITY:
            return stats.ncx2, (degrees, noncentrality)
        # scipy loses the law where it is normal to five digits, beside very many rows.
        return stats.norm, (
            degrees + noncentrality,
            math.sqrt(2.0 * (degrees + 2.0 * noncentrality)),
        )


@dataclass(frozen=True, slots=True)
class WithheldLaw:
    """No interval: both ends are NaN, because none was shown to hold for data like these.

    Parameters
    ----------
    reason : str
        What the data lack, in words that a report can print.

    Examples
    --------
    >>> law = WithheldLaw("a bin has 2 rows, 5 are needed")
    >>> law.interval(0.3, 0.1, 0.95), law.reason
    ((nan, nan), 'a bin has 2 rows, 5 are needed')
    """

    reason: str
    name: str = field(default="withheld", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return NaN for both ends.

        Parameters
        ----------
        value : float
            The estimate.
        standard_error : float
            Its standard error.
        level : float
            Coverage that an interval would have.
        """
        return math.nan, math.nan


def jeffreys_bounds(
    rate: FloatArray, size: FloatArray, level: float
) -> "tuple[FloatArray, FloatArray]":
    """Jeffreys intervals of many shares (array kernel of :class:`JeffreysLaw`).

    Parameters
    ----------
    rate, size : ndarray
        Shares and the numbers of rows behind them, broadcast against each other.
    level : float
        Coverage.

    Returns
    -------
    tuple of ndarray
        Lower and upper ends; 0 below a share of 0, 1 above a share of 1, NaN where the share is
        NaN.

    References
    ----------
    .. [1] L. D. Brown, T. T. Cai, A. DasGupta, Interval estimation for a binomial proportion,
       Statistical Science 16 (2001) 101-133, doi:10.1214/ss/1009213286, section 4.1.3.

    Examples
    --------
    >>> low, high = jeffreys_bounds(np.array([0.0, 0.5]), np.array(10.0), 0.95)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.224], [0.217, 0.776])
    """
    check_level(level)
    ends = [
        special.betaincinv(rate * size + 0.5, (1.0 - rate) * size + 0.5, tail)
        for tail in (0.5 - level / 2.0, 0.5 + level / 2.0)
    ]
    return np.where(rate == 0.0, 0.0, ends[0]), np.where(rate == 1.0, 1.0, ends[1])


def jeffreys_probability(rate: FloatArray, size: FloatArray, limit: FloatArray) -> FloatArray:
    """Probability that shares lie at or below a limit, under the law of the Jeffreys interval.

    Parameters
    ----------
    rate, size, limit : ndarray
        Observed shares, the numbers of rows behind them, and the limits between 0 and 1, broadcast
        against each other.

    Returns
    -------
    ndarray
        Probabilities, small where the share lies above its limit; NaN where the share is NaN.

    Examples
    --------
    >>> share, size, limit = np.array([0.5]), np.array([10.0]), np.array([0.5])
    >>> jeffreys_probability(share, size, limit).round(6).tolist()
    [0.5]
    """
    return np.asarray(special.betainc(rate * size + 0.5, (1.0 - rate) * size + 0.5, limit))


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

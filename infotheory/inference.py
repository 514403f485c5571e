"""Estimates with standard errors and intervals, and tests against a threshold."""

import math
from dataclasses import dataclass, field

import numpy as np

from infotheory._display import html_table
from infotheory._later import optimize, stats
from infotheory._several_tests import benjamini_hochberg, holm
from infotheory._typing import FloatArray
from infotheory._validation import check_level
from infotheory.laws import (
    IntervalLaw,
    LimitTests,
    NoncentralChi2Law,
    NormalLaw,
    WithheldLaw,
)

__all__ = [
    "FEWEST_DEGREES",
    "FEWEST_EXPECTED",
    "DivergenceEstimate",
    "Estimate",
    "benjamini_hochberg",
    "covariance_from_influence",
    "holm",
    "kish_size",
    "weighted_mean",
]


#: Rows that the smaller sample must expect in every bin for a critical value by the chi-square law:
#: below, what is to be exceeded in 5 % of stable samples is exceeded in 8 to 15 %.
FEWEST_EXPECTED = 5.0

#: Degrees of freedom of a covariance from which intervals were shown to hold.
FEWEST_DEGREES = 9.0

#: Significant digits of a standard error in print; the value and its interval get as many decimals.
_ERROR_DIGITS = 2
#: Significant digits of a value whose standard error is 0 or unknown.
_VALUE_DIGITS = 4
#: With more decimals than this a number is printed with an exponent.
_MOST_DECIMALS = 9


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Estimate:
    """A number computed from data, with its standard error and interval.

    It prints as ``0.289 ± 0.089 [0.110, 0.409]``, value, standard error and 95 % interval;
    ``format(estimate, ".3f")`` writes all four in a format of your own, ``float(estimate)`` and
    ``round(estimate, 3)`` give the value alone.

    Parameters
    ----------
    value : float
        The estimate.
    standard_error : float
        Its standard error, in the unit of the value.
    method : str
        How the value and its standard error were computed.
    p_value : float or None
        P-value of the natural null hypothesis; None where there is none, or where it is withheld.
    law : IntervalLaw
        What the interval is made of; :class:`infotheory.laws.WithheldLaw` where none was shown to
        hold, and both its ends are NaN.
    reason : str or None
        Why an interval or a p-value is withheld, or an end infinite; None where nothing is.

    Examples
    --------
    >>> estimate = Estimate(value=1.0, standard_error=0.1, method="mean")
    >>> print(estimate)
    1.00 ± 0.10 [0.80, 1.20]
    >>> low, high = estimate.interval(level=0.95)
    >>> round(low, 3), round(high, 3)
    (0.804, 1.196)
    >>> float(estimate)
    1.0
    """

    value: float
    standard_error: float
    method: str
    p_value: float | None = None
    law: IntervalLaw = field(default_factory=NormalLaw)
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.reason is None and isinstance(self.law, WithheldLaw):
            # The class is frozen, for others: a law that withholds brings its reason along.
            object.__setattr__(self, "reason", self.law.reason)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided confidence interval.

        Parameters
        ----------
        level : float
            Coverage, strictly between 0 and 1.

        Returns
        -------
        tuple of float
            Lower and upper end; NaN where the interval is withheld, infinite where the data do not
            bound the quantity.

        Raises
        ------
        ValueError
            If ``level`` is not strictly between 0 and 1.
        """
        check_level(level)
        return self.law.interval(float(self), self.standard_error, level)

    def to_row(
        self, level: float = 0.95, *, prefix: str = "", p_value: bool = True
    ) -> dict[str, float]:
        """Return the estimate as a row of a table.

        Parameters
        ----------
        level : float
            Coverage of the interval, strictly between 0 and 1.
        prefix : str
            Name of the quantity where a row holds several: "iv" gives the keys ``iv``,
            ``iv_standard_error``, ``iv_low``, ``iv_high``, ``iv_p_value``.
        p_value : bool
            Whether the row has the p-value.

        Returns
        -------
        dict
            Keys value, standard_error, low, high, p_value, all floats; NaN where there is no
            p-value.

        Raises
        ------
        ValueError
            If ``level`` is not strictly between 0 and 1.

        Examples
        --------
        >>> estimate = Estimate(value=1.0, standard_error=0.1, method="mean")
        >>> row = estimate.to_row(prefix="iv", p_value=False)
        >>> {column: round(number, 3) for column, number in row.items()}
        {'iv': 1.0, 'iv_standard_error': 0.1, 'iv_low': 0.804, 'iv_high': 1.196}
        """
        # Floats of Python throughout, so that a column of such rows has one type.
        low, high = self.interval(level)
        row = {
            "value": float(self),
            "standard_error": float(self.standard_error),
            "low": float(low),
            "high": float(high),
        }
        if p_value:
            row["p_value"] = np.nan if self.p_value is None else float(self.p_value)

        if not prefix:
            return row
        return {
            # The value has the name of the prefix alone, as the column of an estimate.
            prefix if key == "value" else f"{prefix}_{key}": number
            for key, number in row.items()
        }

    def probability_above(self, threshold: float) -> float:
        """Return the normal confidence that the quantity exceeds a limit.

        That is ``Phi((value - threshold) / standard_error)``, the reading of Sudjianto and Burakov
        (arXiv:2509.09855): IV .066 with standard error .0069 lies above .05 with confidence .99.
        For a test that holds its size near 0 use ``exceeds`` of a divergence.

        Parameters
        ----------
        threshold : float
            The limit.

        Returns
        -------
        float
            Between 0 and 1; NaN where the interval is withheld.

        Examples
        --------
        >>> estimate = Estimate(value=0.066, standard_error=0.0069, method="paper")
        >>> round(estimate.probability_above(0.05), 2)
        0.99
        """
        if isinstance(self.law, WithheldLaw):
            return math.nan
        # What is known without error lies on one side.
        if self.standard_error == 0.0:
            return float(self.value > threshold)
        return float(stats.norm.cdf((self.value - threshold) / self.standard_error))

    def __float__(self) -> float:
        # a value read from a document may be a whole number
        return float(self.value)

    def __round__(self, ndigits: int | None = None) -> float:
        return round(float(self), ndigits)

    def __format__(self, spec: str) -> str:
        if not spec:
            # The value, its error and both ends are shown to the same digit.
            spec = _number_format(float(self), self.standard_error)

        low, high = self.interval()
        ends = f"{low:{spec}}, {high:{spec}}"
        if isinstance(self.law, WithheldLaw):
            ends = "withheld"
        return f"{float(self):{spec}} ± {self.standard_error:{spec}} [{ends}]"

    def __str__(self) -> str:
        return format(self)

    def __repr__(self) -> str:
        p_value = "" if self.p_value is None else f", p = {self.p_value:.2g}"
        reason = "" if self.reason is None else f", {self.reason}"
        return f"{type(self).__name__}({self}{p_value}, {self.method}{reason})"

    def _repr_html_(self) -> str:
        """Table of the estimate for notebooks."""
        spec = _number_format(float(self), self.standard_error)
        low, high = self.interval()
        withheld = isinstance(self.law, WithheldLaw)

        entries = {
            "value": f"{float(self):{spec}}",
            "standard error": f"{self.standard_error:{spec}}",
            "95 % interval": "withheld" if withheld else f"{low:{spec}} to {high:{spec}}",
            "p-value": None if self.p_value is None else f"{self.p_value:.3g}",
            "method": self.method,
            "reason": self.reason,
        }
        return html_table((heading, text) for heading, text in entries.items() if text is not None)


def _number_format(value: float, standard_error: float) -> str:
    """Format that shows a value as far as its standard error says something about it."""
    if math.isfinite(standard_error) and standard_error > 0.0:
        size, digits = standard_error, _ERROR_DIGITS
    else:
        size, digits = abs(value), _VALUE_DIGITS
    if not (math.isfinite(size) and size > 0.0):
        return "z.3f"

    # As many decimals as show so many digits of the size, however small it is.
    decimals = digits - 1 - math.floor(math.log10(size))
    # "z" shows a rounded negative zero without its sign
    return f"z.{max(decimals, 0)}f" if decimals <= _MOST_DECIMALS else f".{_VALUE_DIGITS}g"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DivergenceEstimate(Estimate):
    """A divergence between two samples over the same bins (an IV or a PSI), with its tests.

    Near zero the divergence behaves as a chi-square divided by ``n_effective``, not as a normal
    variable, so the tests below rest on the (non-central) chi-square law of
    ``n_effective * (J - bias) + k - 1``.

    Parameters
    ----------
    value : float
        The divergence, in nats.
    standard_error : float
        Its standard error.
    method : str
        How the value and its standard error were computed.
    p_value : float or None
        P-value of "the two samples share one law".
    law : IntervalLaw
        What the interval is made of.
    reason : str or None
        Why an interval or a p-value is withheld, or an end infinite; None where nothing is.
    n_effective : float
        ``n m / (n + m)`` for samples of (Kish) sizes n and m; 8 times that for a Jensen-Shannon
        divergence, so that ``n_effective * divergence`` is chi-square under equality.
    degrees_of_freedom : float
        Number of non-empty bins less one; for targets that are no two classes what matches the mean
        and the variance near 0.
    bias : float
        Second-order bias of the plug-in value.
    plug_in : float
        The value before any debiasing.
    smallest_expected : float
        Rows that the smaller sample expects in its rarest bin under one common law.
    limit_tests : LimitTests or None
        Law of the tests against a limit, where it is not the non-central chi-square of the fields
        above: weights change its scale, and few rows its form.
    chi_square : NoncentralChi2Law or None
        Law of the statistic, where tests against a limit are of several divergences, and it is not
        that of the fields above.
    """

    n_effective: float
    degrees_of_freedom: float
    bias: float
    plug_in: float
    smallest_expected: float = math.inf
    limit_tests: LimitTests | None = None
    chi_square: NoncentralChi2Law | None = None

    @property
    def statistic(self) -> float:
        """Draw of the non-central chi-square law: ``N_eff (J - bias) + k - 1`` without weights.

        Of the largest of several divergences it is that of the pair in ``method``.
        """
        return self._chi_square.statistic

    def critical_value(self, alpha: float = 0.05) -> float:
        """Value that the divergence exceeds with probability ``alpha`` under one common law.

        Of the largest of m divergences it is that of the pair in ``method`` by itself; the largest
        exceeds that of ``alpha / m`` with probability ``alpha`` at most where pairs are of one
        size.

        Parameters
        ----------
        alpha : float
            Size of the test, strictly between 0 and 1.

        Returns
        -------
        float
            The value; NaN where fewer than 5 rows are expected in a bin of the smaller sample
            (``p_value`` is the test that holds there), or the interval is withheld.
        """
        check_level(alpha, "alpha")
        # One bin has the divergence 0, whatever the samples.
        if self.degrees_of_freedom == 0:
            return 0.0
        if isinstance(self.law, WithheldLaw) or self.smallest_expected < FEWEST_EXPECTED:
            return math.nan
        law = self._chi_square
        return float(law.at(0.0).ppf(1.0 - alpha)) * law.scale

    def exceeds(self, threshold: float) -> float:
        """P-value of the test that rejects "divergence <= threshold".

        Parameters
        ----------
        threshold : float
            Limit, not negative.

        Returns
        -------
        float
            The p-value; NaN where the interval is withheld, 1 at infinity.
        """
        if isinstance(self.law, WithheldLaw):
            return math.nan
        _check_limit(threshold)
        # With one bin the divergence seen is 0: it exceeds nothing.
        return self._tests.exceeds(threshold) if self.degrees_of_freedom else 1.0

    def certifies(self, threshold: float) -> float:
        """P-value of the test that rejects "divergence >= threshold".

        A small one certifies that the divergence lies below the threshold. As for the upper end of
        the interval, a statistic below its median under equality counts as that median.

        Parameters
        ----------
        threshold : float
            Limit, not negative.

        Returns
        -------
        float
            The p-value; NaN where the interval is withheld, 1 where nothing bounds the divergence,
            and at 0: no divergence lies below.
        """
        if isinstance(self.law, WithheldLaw):
            return math.nan
        _check_limit(threshold)
        # With one bin it lies below any limit, unless others that no row reached have a law.
        if self.degrees_of_freedom == 0 and self.limit_tests is None:
            return float(threshold == 0.0)
        return self._tests.certifies(threshold)

    def power(
        self, true_value: float, *, threshold: float = 0.0, alpha: float = 0.05, growth: float = 1.0
    ) -> float:
        """Probability that ``exceeds(threshold) < alpha`` when the divergence is ``true_value``.

        By the chi-square law, also where the tests of a table with few rows are made by another. Of
        the largest of m divergences it is that of the pair in ``method`` by itself; the power of
        ``exceeds``, which pays for the choice, is at least that at ``alpha / m``.

        Parameters
        ----------
        true_value : float
            The divergence under the alternative, not negative.
        threshold : float
            The limit of the test.
        alpha : float
            Size of the test.
        growth : float
            Factor on both sample sizes, to plan a study of another size.

        Returns
        -------
        float
            Power, between 0 and 1.
        """
        check_level(alpha, "alpha")
        if self.degrees_of_freedom == 0:
            return 0.0
        _check_limit(threshold)
        _check_limit(true_value)
        law = self._chi_square
        # A sample that grows multiplies the noncentrality, as a larger divergence would.
        cut = law.at(growth * threshold).ppf(1.0 - alpha)
        return float(law.at(growth * true_value).sf(cut))

    def sample_growth(
        self, true_value: float, *, power: float = 0.8, threshold: float = 0.0, alpha: float = 0.05
    ) -> float:
        """Factor on both sample sizes at which the test of ``threshold`` has the given power.

        Parameters
        ----------
        true_value : float
            The divergence under the alternative, above ``threshold``.
        power : float
            Wanted power.
        threshold : float
            The limit of the test.
        alpha : float
            Size of the test.

        Returns
        -------
        float
            Multiply both sample sizes by it.

        Raises
        ------
        ValueError
            If ``true_value`` does not exceed ``threshold``, ``power`` does not exceed ``alpha``, or
            there is one bin only.
        """
        check_level(power, "power")
        if self.degrees_of_freedom == 0:
            message = "a test needs a degree of freedom, got one bin; no sample size suffices"
            raise ValueError(message)
        if not true_value > threshold:
            message = (
                f"true_value must exceed threshold, got {true_value!r} <= {threshold!r}; no sample "
                "size suffices"
            )
            raise ValueError(message)

        def shortfall(log_growth: float) -> float:
            growth = float(np.exp(log_growth))
            return self.power(true_value, threshold=threshold, alpha=alpha, growth=growth) - power

        # Bracket the root in steps of e; below e^-30 not a row of any sample would be left.
        low = high = 0.0
        while shortfall(high) < 0.0:
            high += 1.0
        while shortfall(low) > 0.0 and low > -30.0:
            low -= 1.0
        if shortfall(low) > 0.0:
            message = (
                f"power must exceed alpha, got {power!r} and {alpha!r}; without any rows a test "
                "rejects as often as its size says"
            )
            raise ValueError(message)
        # Neither end moves where the sample as it is has this power to the last digit.
        return float(np.exp(optimize.brentq(shortfall, low, high))) if low < high else 1.0

    @property
    def _chi_square(self) -> NoncentralChi2Law:
        """The chi-square law of the statistic, also where few rows make the tests by another."""
        if self.chi_square is not None:
            return self.chi_square
        if isinstance(self.limit_tests, NoncentralChi2Law):
            return self.limit_tests
        # The law of rows of one weight, where the tests are by one of another form.
        center = self.plug_in - self.bias
        statistic = self.n_effective * center + self.degrees_of_freedom
        return NoncentralChi2Law(statistic, self.degrees_of_freedom, 1.0 / self.n_effective)

    @property
    def _tests(self) -> LimitTests:
        return self._chi_square if self.limit_tests is None else self.limit_tests


def _check_limit(divergence: float) -> None:
    if not divergence >= 0.0:
        message = f"a divergence is not negative, got {divergence!r}"
        raise ValueError(message)


def kish_size(weights_sum: float, squared_weights_sum: float) -> float:
    """Effective size ``(sum w)^2 / sum w^2`` of a weighted sample; 0 for an empty one (Kish 1965).

    Parameters
    ----------
    weights_sum : float
        Sum of the weights.
    squared_weights_sum : float
        Sum of the squared weights.

    Examples
    --------
    >>> kish_size(weights_sum=1 + 1 + 2, squared_weights_sum=1 + 1 + 4)
    2.6666666666666665
    """
    return weights_sum * weights_sum / squared_weights_sum if squared_weights_sum > 0.0 else 0.0


def weighted_mean(
    values: FloatArray, weights: FloatArray, squared_weights: FloatArray
) -> "tuple[FloatArray, FloatArray]":
    """Weighted mean over the last axis, and its error ``sqrt(sum w^2 (x - mean)^2) / sum w``.

    Parameters
    ----------
    values : ndarray of shape (..., n_rows)
        Numbers; an entry may stand for several rows of one value.
    weights : ndarray of shape (..., n_rows)
        Weight of each entry, not all 0.
    squared_weights : ndarray of shape (..., n_rows)
        Sum of the squared weights of its rows.

    Returns
    -------
    mean, standard_error : ndarray of shape (...)
        The mean and its standard error.

    Examples
    --------
    >>> counts = np.array([3.0, 1.0])
    >>> mean, error = weighted_mean(np.array([0.0, 1.0]), counts, counts)
    >>> float(mean), round(float(error), 4)  # a share of 1 / 4 among four rows
    (0.25, 0.2165)
    """
    # The total is random as well: a row moves the mean by its distance from it, not by its value.
    total = weights.sum(axis=-1)
    mean = (weights * values).sum(axis=-1) / total
    deviation = values - mean[..., np.newaxis]
    return mean, np.sqrt((squared_weights * deviation**2).sum(axis=-1)) / total


def covariance_from_influence(
    influence: FloatArray, clusters: FloatArray | None = None
) -> FloatArray:
    """Covariance of estimates from the influence of each row on each of them.

    Parameters
    ----------
    influence : ndarray of shape (n_rows, n_estimates)
        Influence of a row, already divided by the sample size: an estimate moves by the sum over
        rows.
    clusters : ndarray of shape (n_rows,), optional
        Integer codes 0, 1, ... of the cluster of each row; rows of a cluster may depend on each
        other.

    Returns
    -------
    ndarray of shape (n_estimates, n_estimates)
        ``sum_c s_c s_c'`` where ``s_c`` is the sum of the influences inside cluster c.

    Examples
    --------
    >>> influence = np.array([[0.1], [-0.1], [0.1], [-0.1]])
    >>> covariance_from_influence(influence).round(4).tolist()
    [[0.04]]
    """
    # Rows of a cluster move together: only their sums are independent of one another.
    if clusters is not None:
        sums = np.zeros((int(clusters.max()) + 1, influence.shape[1]))
        np.add.at(sums, clusters.astype(np.intp), influence)
        influence = sums
    return np.asarray(influence.T @ influence)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

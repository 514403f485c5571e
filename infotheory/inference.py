"""Estimates with standard errors, the laws behind their intervals, and tests against a threshold."""

from dataclasses import dataclass, field

import numpy as np
from scipy import optimize, stats

from infotheory._typing import FloatArray
from infotheory._validation import as_array, as_numbers, check_level
from infotheory.laws import IntervalLaw, NormalLaw

__all__ = [
    "DivergenceEstimate",
    "Estimate",
    "benjamini_hochberg",
    "covariance_from_influence",
    "kish_size",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number computed from data, with its standard error and interval.

    Parameters
    ----------
    value : float
        The estimate.
    standard_error : float
        Its standard error, in the unit of the value.
    method : str
        How the value and its standard error were computed.
    p_value : float or None
        P-value of the natural null hypothesis, where there is one.
    law : IntervalLaw
        What the interval is made of.

    Examples
    --------
    >>> estimate = Estimate(value=1.0, standard_error=0.1, method="mean")
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

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided confidence interval.

        Parameters
        ----------
        level : float
            Coverage, strictly between 0 and 1.

        Returns
        -------
        tuple of float
            Lower and upper end.

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
        >>> {key: round(number, 3) for key, number in estimate.to_row(prefix="iv", p_value=False).items()}
        {'iv': 1.0, 'iv_standard_error': 0.1, 'iv_low': 0.804, 'iv_high': 1.196}
        """
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
            prefix if key == "value" else f"{prefix}_{key}": number for key, number in row.items()
        }

    def probability_above(self, threshold: float) -> float:
        """Return the normal confidence that the quantity exceeds a limit, ``Phi((value - threshold) / SE)``.

        The reading of Sudjianto and Burakov (arXiv:2509.09855): IV .066 with standard error .0069
        lies above .05 with confidence .99. For a test that holds its size near 0 use ``exceeds`` of
        a divergence.

        Parameters
        ----------
        threshold : float
            The limit.

        Returns
        -------
        float
            Between 0 and 1.

        Examples
        --------
        >>> round(Estimate(value=0.066, standard_error=0.0069, method="paper").probability_above(0.05), 2)
        0.99
        """
        if self.standard_error == 0.0:
            return float(self.value > threshold)
        return float(stats.norm.cdf((self.value - threshold) / self.standard_error))

    def __float__(self) -> float:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class DivergenceEstimate(Estimate):
    """A Jeffreys divergence between two samples over the same bins (an IV or a PSI), with its tests.

    Near zero the divergence behaves as a chi-square divided by ``n_effective``, not as a normal
    variable, so the tests below rest on the (non-central) chi-square law of
    ``n_effective * (J - bias) + k - 1``.

    Parameters
    ----------
    n_effective : float
        ``n m / (n + m)`` for samples of (Kish) sizes n and m; 8 times that for a Jensen-Shannon
        divergence, so that ``n_effective * divergence`` is chi-square under equality.
    degrees_of_freedom : int
        Number of non-empty bins less one.
    bias : float
        Second-order bias of the plug-in value.
    plug_in : float
        The value before any debiasing.
    """

    n_effective: float
    degrees_of_freedom: int
    bias: float
    plug_in: float

    @property
    def statistic(self) -> float:
        """``N_eff (J - bias) + k - 1``: approximately non-central chi-square with noncentrality ``N_eff J``."""
        return self.n_effective * (self.plug_in - self.bias) + self.degrees_of_freedom

    def critical_value(self, alpha: float = 0.05) -> float:
        """Value that the divergence exceeds with probability ``alpha`` when the two samples share one law.

        Parameters
        ----------
        alpha : float
            Size of the test, strictly between 0 and 1.
        """
        check_level(alpha, "alpha")
        if self.degrees_of_freedom == 0:
            return 0.0
        return float(stats.chi2.ppf(1.0 - alpha, self.degrees_of_freedom)) / self.n_effective

    def exceeds(self, threshold: float) -> float:
        """P-value of the test that rejects "divergence <= threshold".

        Parameters
        ----------
        threshold : float
            Limit, not negative.
        """
        return float(self._law_at(threshold).sf(self.statistic)) if self.degrees_of_freedom else 1.0

    def certifies(self, threshold: float) -> float:
        """P-value of the test that rejects "divergence >= threshold": small values certify that it lies below.

        Parameters
        ----------
        threshold : float
            Limit, not negative.
        """
        return (
            float(self._law_at(threshold).cdf(self.statistic)) if self.degrees_of_freedom else 0.0
        )

    def power(
        self, true_value: float, *, threshold: float = 0.0, alpha: float = 0.05, growth: float = 1.0
    ) -> float:
        """Probability that ``exceeds(threshold) < alpha`` when the divergence is ``true_value``.

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
        cut = self._law_at(threshold, growth).ppf(1.0 - alpha)
        return float(self._law_at(true_value, growth).sf(cut))

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
            If ``true_value`` does not exceed ``threshold``, or there is one bin only.
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

        low = high = 0.0
        while shortfall(high) < 0.0:
            high += 1.0
        while shortfall(low) > 0.0 and low > -30.0:
            low -= 1.0
        return float(np.exp(optimize.brentq(shortfall, low, high))) if low < high else 1.0

    def _law_at(self, divergence: float, growth: float = 1.0) -> stats.rv_continuous:
        if not divergence >= 0.0:
            message = f"a divergence is not negative, got {divergence!r}"
            raise ValueError(message)
        df = self.degrees_of_freedom
        return (
            stats.ncx2(df, growth * self.n_effective * divergence)
            if divergence > 0
            else stats.chi2(df)
        )


def kish_size(weights_sum: float, squared_weights_sum: float) -> float:
    """Effective size ``(sum w)^2 / sum w^2`` of a weighted sample; 0 for an empty one (Kish 1965).

    Parameters
    ----------
    weights_sum : float
        Sum of the weights.
    squared_weights_sum : float
        Sum of the squared weights.
    """
    return weights_sum * weights_sum / squared_weights_sum if squared_weights_sum > 0.0 else 0.0


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
    """
    if clusters is not None:
        sums = np.zeros((int(clusters.max()) + 1, influence.shape[1]))
        np.add.at(sums, clusters.astype(np.intp), influence)
        influence = sums
    return np.asarray(influence.T @ influence)


def benjamini_hochberg(p_values: FloatArray) -> FloatArray:
    """Adjust p-values so that they control the false discovery rate (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p_values : ndarray of shape (n_tests,)
        P-values between 0 and 1; NaN (test withheld) stays NaN and does not count.

    Returns
    -------
    ndarray of shape (n_tests,)
        Adjusted p-values.

    Raises
    ------
    ValueError
        If the p-values are not a vector of numbers between 0 and 1, or NaN.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    p_values = as_numbers("p_values", as_array("p_values", p_values))
    if p_values.ndim != 1 or ((p_values < 0.0) | (p_values > 1.0)).any():
        message = (
            f"p_values must be a vector of numbers between 0 and 1, or NaN, got {p_values.tolist()}"
        )
        raise ValueError(message)
    adjusted = np.full(p_values.shape, np.nan)
    told = ~np.isnan(p_values)
    if told.any():
        adjusted[told] = stats.false_discovery_control(p_values[told], method="bh")
    return adjusted

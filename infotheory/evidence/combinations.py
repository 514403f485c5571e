"""Sums, differences and ratios of estimates whose errors depend on each other."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy import special

from infotheory._later import optimize, stats
from infotheory._noncentral import noncentralities_at_scores
from infotheory._row_order import warn_of_axis_order
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_array, as_numbers, check_number, check_range
from infotheory._warnings import warn
from infotheory.exceptions import WithheldWarning
from infotheory.inference import FEWEST_DEGREES, Estimate
from infotheory.laws import (
    IntervalLaw,
    LogNormalLaw,
    NoncentralChi2Law,
    NormalLaw,
    StudentLaw,
    WithheldLaw,
    two_sided_p_value,
    two_sided_quantile,
)

__all__ = ["conservative_ratio", "linear_combination", "ratio"]

#: Why interval and test of a combination are withheld whose variance is 0.
NO_ERROR = "the covariance leaves the combination no error, and no interval or test"

#: A sum that is no more than this share of its terms is their rounding.
_ROUNDING = 1e-14

#: Covariances that are given in few digits may fall below 0 by this share of their terms.
_FEW_DIGITS = 1e-6

#: A divergence has at least one degree of freedom; estimates that show less than this are none.
_LEAST_DEGREES = 0.5

#: Deviations of a normal law between which a p-value is sought in the intervals.
_FEWEST_DEVIATIONS, _MOST_DEVIATIONS = 1e-3, 7.0

#: Distance of the normal scores at which the values of a side are worked out.
_STEP = 1.0 / 16.0

#: Points of the rim of an ellipse of normal scores.
_COSINES, _SINES = (turn(np.linspace(0.0, 2.0 * np.pi, 180, False)) for turn in (np.cos, np.sin))

#: Units of noise from which a sum of divergences is normal, as one divergence is.
_NORMAL_FROM = 50.0


def linear_combination(
    values: ArrayLike,
    covariance: ArrayLike,
    weights: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    degrees_of_freedom: float = math.inf,
) -> Estimate:
    r"""Weighted sum of estimates whose errors depend on each other.

    Weights of 1 give a total, (1, -1) a difference, (1, -lambda) ``IV - lambda IV_fair``.

    Parameters
    ----------
    values : array-like of shape (n,)
        Estimates.
    covariance : array-like of shape (n, n)
        Covariance of their errors.
    weights : array-like of shape (n,)
        Weights of the sum.
    bias : array-like of shape (n,), optional
        Second-order bias of each estimate, as of :class:`InformationValues`: the value stays, the
        interval is that of the sum less its bias, and knows that divergences near 0 are not normal.
    degrees_of_freedom : float
        Of the covariance, those of :func:`information_values` where rows come in clusters:
        Student's law then replaces the normal one. Below 9 interval and p-value are withheld.

    Returns
    -------
    Estimate
        ``weights @ values`` with standard error ``sqrt(weights @ covariance @ weights)``, an
        interval, and the p-value of "the (bias-corrected) sum is 0", which is meant for
        differences: for a sum of information values use their own tests. Without an error both are
        withheld.

    Raises
    ------
    ValueError
        If shapes do not fit, the covariance is not symmetric or gives the sum a negative variance,
        or the degrees of freedom are not positive.

    Warns
    -----
    WithheldWarning
        If interval and p-value are withheld.

    Notes
    -----
    The normal law does not hold for divergences near 0, where the error that they show vanishes
    with them. With ``bias`` the terms with positive weights are therefore
    one draw T of :math:`s\,\chi^2_d` off centre, as are those with negative ones, with the bias
    :math:`B = d s` and :math:`s = \mathrm{Var}(T) / (4 T)`, at least what the variance
    :math:`2 \sum_{fg} a_f a_g s_f s_g \min(r_{fg}^2 d_f d_g, d_f, d_g)` of equal laws leads to (r
    the correlation of the errors). From a :math:`(T - B) / s` of 50 on, or without a bias, it
    is normal. The law of each of the two says at which quantile of it the draw lies; as normal
    scores z of some correlation, those of the true values lie in an ellipse. The interval of
    their difference holds what the values of the points of this ellipse differ by, and the
    p-value is that of the widest interval without 0.

    Simulated coverage with 2 and 5 bins, values 0 to .3, 100 and 300 events: a value .93 to
    .99, sums .93 to .99, differences .94 to 1.00, of nearly equal characteristics (correlation
    .95 to .99) too. The normal law without a bias covers .78 to .96. Where rows come in clusters
    the ellipse reaches as far as Student's quantile.

    Examples
    --------
    >>> total = linear_combination([0.3, 0.2], [[0.04, 0.01], [0.01, 0.09]], [1, 1])
    >>> total.value, round(total.standard_error, 4)
    (0.5, 0.3873)
    """
    warn_of_axis_order(
        ("values", values, 0),
        ("covariance", covariance, 0),
        ("covariance", covariance, 1),
        ("weights", weights, 0),
        ("bias", bias, 0),
    )
    estimates, errors = _checked(values, covariance)
    factors = _vector("weights", weights, estimates.size)
    biases = np.zeros(estimates.size) if bias is None else _vector("bias", bias, estimates.size)
    shift = float(factors @ biases)
    value = float(factors @ estimates)
    standard_error = _error_of_sum(factors, errors)

    method = "linear combination"
    reason = _reason_of_degrees(degrees_of_freedom)
    if reason is not None:
        withheld = WithheldLaw(reason)
        return Estimate(value=value, standard_error=standard_error, method=method, law=withheld)
    if standard_error == 0.0:
        warn(NO_ERROR, WithheldWarning)
        law_of_none = WithheldLaw(NO_ERROR)
        return Estimate(value=value, standard_error=0.0, method=method, law=law_of_none)

    law: IntervalLaw = NormalLaw(center=value - shift)
    z = abs(value - shift) / standard_error
    p_value = two_sided_p_value(z)
    if math.isfinite(degrees_of_freedom):
        law = StudentLaw(degrees_of_freedom, center=value - shift)
        p_value = 2.0 * float(stats.t.sf(z, degrees_of_freedom))
    sides = _sides_near_zero(estimates, errors, factors, biases, degrees_of_freedom)
    if sides is not None:
        law, p_value = sides, sides.p_value(p_value)
    return Estimate(
        value=value, standard_error=standard_error, method=method, p_value=p_value, law=law
    )


def _error_of_sum(factors: FloatArray, errors: FloatArray) -> float:
    """Return the standard error of a weighted sum; ValueError where its variance is below 0."""
    variance = float(factors @ errors @ factors)
    terms = float(np.abs(factors) @ np.abs(errors) @ np.abs(factors))
    if variance < -_FEW_DIGITS * terms:
        message = (
            "covariance must give no sum a negative variance, got "
            f"{variance:.3g} for weights {factors.tolist()}"
        )
        raise ValueError(message)
    # What is left where terms cancel, of either sign, is their rounding.
    return 0.0 if variance <= _ROUNDING * terms else math.sqrt(variance)


class _Side(NamedTuple):
    """The terms of a sum whose weights have one sign, as a sum of divergences."""

    center: float
    """Sum less its bias."""
    law: IntervalLaw
    """Of the sum."""
    variance: float
    """Of the sum, by the delta method."""
    variance_at_zero: float
    """Of the sum where all divergences are 0."""

    def at_scores(self, scores: FloatArray) -> FloatArray:
        """Values at which the draw lies at these normal scores of its law, which fall with them."""
        if isinstance(self.law, NoncentralChi2Law):
            draw, degrees = self.law.statistic, self.law.degrees_of_freedom
            return self.law.scale * noncentralities_at_scores(draw, degrees, scores)
        return self.center - scores * math.sqrt(self.variance)

    @property
    def is_empty(self) -> bool:
        """Whether no term is on this side."""
        return self.variance_at_zero == 0.0

    @property
    def is_normal(self) -> bool:
        """Whether the sum is so far from 0 that it is normal."""
        return isinstance(self.law, NormalLaw)


@dataclass(frozen=True, slots=True)
class _SidesLaw:
    """Interval of the sum of divergences less the sum of others."""

    added: _Side
    subtracted: _Side
    # Of the errors of the two sums
    correlation: float
    # Of the covariance; scores then reach as far as Student's quantile
    degrees_of_freedom: float = math.inf
    name: str = field(default="noncentral chi-squares", init=False)

    def interval(
        self,
        value: float,  # noqa: ARG002 - the protocol of laws
        standard_error: float,  # noqa: ARG002 - the protocol of laws
        level: float,
    ) -> tuple[float, float]:
        """Return the ends of the interval; the value and its standard error play no part."""
        reach = two_sided_quantile(level, self.degrees_of_freedom)
        return self._ends(reach, *self._curves(reach))

    def _curves(self, reach: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Few scores up to ``reach``, between which values are nearly straight, and the values."""
        scores = np.linspace(-reach, reach, 2 * math.ceil(reach / _STEP) + 1)
        return scores, self.added.at_scores(scores), self.subtracted.at_scores(scores)

    def _ends(
        self, reach: float, scores: FloatArray, added: FloatArray, subtracted: FloatArray
    ) -> tuple[float, float]:
        """Smallest and largest difference of the values whose scores lie in the ellipse."""
        # Either value falls with its score alone, so that what they differ by is largest and
        # smallest on the rim of the ellipse.
        turned = self.correlation * _COSINES + math.sqrt(1.0 - self.correlation**2) * _SINES
        differences = np.interp(reach * _COSINES, scores, added) - np.interp(
            reach * turned, scores, subtracted
        )
        return float(differences.min()), float(differences.max())

    def p_value(self, p_value_far: float) -> float:
        """P-value of "the difference is 0", with that of a normal law for what is far beyond."""
        # A sum of one sign is nowhere below 0, so that no end crosses it. Doubled, its test rejects
        # where the interval leaves 0 out.
        for side, other in (self.added, self.subtracted), (self.subtracted, self.added):
            if other.is_empty and isinstance(side.law, NoncentralChi2Law):
                p_value = min(1.0, 2.0 * side.law.exceeds(0.0))
                return _as_student(p_value, self.degrees_of_freedom)

        curves = self._curves(_MOST_DEVIATIONS)

        def excludes(deviations: float) -> float:
            low, high = self._ends(deviations, *curves)
            # Positive where both ends are on one side of 0.
            return max(low, -high)

        if excludes(_FEWEST_DEVIATIONS) <= 0.0:
            return 1.0
        if excludes(_MOST_DEVIATIONS) > 0.0:
            return min(p_value_far, two_sided_p_value(_MOST_DEVIATIONS, self.degrees_of_freedom))
        root = optimize.brentq(excludes, _FEWEST_DEVIATIONS, _MOST_DEVIATIONS, xtol=1e-6)
        return two_sided_p_value(float(root), self.degrees_of_freedom)


def _as_student(p_value: float, degrees_of_freedom: float) -> float:
    """P-value of Student's law where the normal one gives another one."""
    z = -float(special.ndtri(p_value / 2.0))
    if math.isinf(degrees_of_freedom) or math.isinf(z):
        return p_value
    return 2.0 * float(stats.t.sf(z, degrees_of_freedom))


def _sides_near_zero(
    estimates: FloatArray,
    errors: FloatArray,
    factors: FloatArray,
    biases: FloatArray,
    degrees_of_freedom: float,
) -> _SidesLaw | None:
    """Law of a sum of divergences of which some are near 0; None for others."""
    used = factors != 0.0
    if not ((biases[used] > 0.0).all() and (estimates[used] >= 0.0).all()):
        return None
    values, bias, weights = estimates[used], biases[used], factors[used]
    covariance = errors[np.ix_(used, used)]

    # A divergence is ``scale`` times a chi-square; what is exactly 0 shows no scale, and takes the
    # largest that its bias allows.
    variances = np.diag(covariance)
    shows = (values > 0.0) & (variances > 0.0)
    scales = np.divide(variances, 4.0 * values, out=bias.copy(), where=shows)
    degrees = bias / scales
    if (degrees < _LEAST_DEGREES).any():
        return None

    # Where all are 0 the products of influences are gone, and their squares left.
    roots = np.sqrt(np.where(shows, variances, np.inf))
    shared = (covariance / roots / roots[:, None]) ** 2 * degrees * degrees[:, None]
    shared = np.minimum(shared, np.minimum(degrees, degrees[:, None]))
    np.fill_diagonal(shared, degrees)
    at_zero = 2.0 * shared * scales * scales[:, None]

    positive, negative = np.maximum(weights, 0.0), np.maximum(-weights, 0.0)
    added, subtracted = (
        _side(values, bias, covariance, at_zero, signed) for signed in (positive, negative)
    )
    if added.is_normal and subtracted.is_normal:
        return None

    # Near 0 the two depend less on each other than their influences do.
    spread = math.sqrt(
        (added.variance + added.variance_at_zero)
        * (subtracted.variance + subtracted.variance_at_zero)
    )
    between = float(positive @ covariance @ negative)
    correlation = between / spread if spread > 0.0 else 0.0
    return _SidesLaw(
        added,
        subtracted,
        # A covariance that was rounded may say a little more than 1.
        correlation=min(max(correlation, -1.0), 1.0),
        degrees_of_freedom=degrees_of_freedom,
    )


def _side(
    values: FloatArray,
    bias: FloatArray,
    covariance: FloatArray,
    at_zero: FloatArray,
    weights: FloatArray,
) -> _Side:
    """Return the law of a sum of divergences with weights that are not negative."""
    total, shift = float(weights @ values), float(weights @ bias)
    variance = max(float(weights @ covariance @ weights), 0.0)
    variance_at_zero = float(weights @ at_zero @ weights)
    if shift == 0.0:
        return _Side(0.0, NormalLaw(), 0.0, 0.0)

    # A chi-square of so many degrees and such a scale has the mean and the variance at equality;
    # beyond it a non-central one of this scale varies by 4 times the scale times the sum.
    scale = variance_at_zero / (2.0 * shift)
    if total > 0.0:
        scale = max(scale, variance / (4.0 * total))
    law: IntervalLaw = NormalLaw(center=total - shift)
    if total - shift < _NORMAL_FROM * scale:
        law = NoncentralChi2Law(total / scale, shift / scale, scale)
    return _Side(total - shift, law, variance, variance_at_zero)


def _reason_of_degrees(degrees_of_freedom: float) -> str | None:
    """Words for why a covariance of few degrees leaves no interval, with a warning; or None."""
    if not degrees_of_freedom > 0.0:
        message = f"degrees_of_freedom must be positive, got {degrees_of_freedom!r}"
        raise ValueError(message)
    if degrees_of_freedom >= FEWEST_DEGREES:
        return None
    reason = (
        f"the covariance has {degrees_of_freedom:.3g} degrees of freedom, {FEWEST_DEGREES:.0f} are "
        "needed for an interval"
    )
    warn(reason, WithheldWarning)
    return reason


def ratio(
    values: ArrayLike, covariance: ArrayLike, *, degrees_of_freedom: float = math.inf
) -> Estimate:
    """Ratio of two positive estimates, such as information value per demographic information value.

    Warns
    -----
    WithheldWarning
        If the interval is withheld.

    Examples
    --------
    >>> quotient = ratio([0.4, 0.2], [[0.0016, 0.0], [0.0, 0.0004]])
    >>> quotient.value, round(quotient.standard_error, 4)
    (2.0, 0.2828)
    """
    warn_of_axis_order(
        ("values", values, 0), ("covariance", covariance, 0), ("covariance", covariance, 1)
    )
    estimates, errors = _checked(values, covariance, size=2)
    if not (estimates > 1e-60).all():
        message = (
            f"numerator and denominator must be positive, got {estimates.tolist()}; use "
            "conservative_ratio"
        )
        raise ValueError(message)

    # of the logarithm of the ratio
    gradient = np.array([1.0, -1.0]) / estimates
    value = float(estimates[0] / estimates[1])
    spread = _error_of_sum(gradient, errors)
    reason = _reason_of_degrees(degrees_of_freedom)
    if reason is None and spread == 0.0:
        reason = NO_ERROR
        warn(reason, WithheldWarning)
    law: IntervalLaw = LogNormalLaw(degrees_of_freedom)
    if reason is not None:
        law = WithheldLaw(reason)
    return Estimate(value=value, standard_error=value * spread, method="ratio, delta", law=law)


def conservative_ratio(numerator: Estimate, denominator: Estimate, *, level: float = 0.95) -> float:
    """Worst plausible ratio of two estimates: the lower bound of one over the upper of the other.

    Descriptive: made of two bounds, it has no error of its own; the interval of a ratio is that of
    :func:`ratio`.

    It is what a characteristic brings for sure per unit of what it says of groups.

    Each bound is the end of the interval of its estimate at ``2 level - 1``, so the ratio needs no
    covariance and stays finite where the denominator is near 0.

    Parameters
    ----------
    numerator, denominator : Estimate
        Estimates that are not negative, such as an information value and a demographic information
        value.
    level : float
        One-sided confidence of either bound, from 0.5 on (the ratio of the values, k = 0) and below
        1.

    Returns
    -------
    float
        The ratio; infinite where the denominator and its error are exactly 0, 0 where nothing
        bounds it from above, NaN where an interval is withheld.

    Raises
    ------
    ValueError
        If ``level`` is below 0.5 or not below 1.

    Notes
    -----
    Of normal estimates it is ``(a - z SE_a) / (b + z SE_b)``, floored at 0, with z of 1.645 at
    0.95. The paper's Eq. 27 writes k = 1.96 for 95 % and 2.58 for 99 %, which are two-sided: they
    are the levels 0.975 and 0.99506 here. Information values are not normal near 0, where that
    formula holds its level in .91 of samples for .95; their own laws are taken.

    References
    ----------
    A. Sudjianto, D. Burakov (2025), "An information-theoretic framework for credit risk modeling",
    arXiv:2509.09855, Eq. 27.

    Examples
    --------
    >>> evidence = Estimate(value=0.4, standard_error=0.05, method="delta")
    >>> group_gap = Estimate(value=0.1, standard_error=0.02, method="delta")
    >>> round(conservative_ratio(evidence, group_gap), 3)
    2.391
    """
    check_number("level", level, 0.5, 1.0, ends="[)")
    low, high = numerator.value, denominator.value
    # An interval has a level above 0; at 0.5 there is none, and the values are the bounds.
    if level > 0.5:
        low, _ = numerator.interval(2.0 * level - 1.0)
        _, high = denominator.interval(2.0 * level - 1.0)
    if np.isnan(low) or np.isnan(high):
        return np.nan
    # Not even the upper end of the denominator is positive: nothing bounds the ratio.
    return max(low, 0.0) / high if high > 0.0 else np.inf


def _checked(
    values: ArrayLike, covariance: ArrayLike, size: int | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return values and a covariance that fits them as float64, or raise ValueError."""
    estimates = as_numbers("values", as_array("values", values))
    errors = as_numbers("covariance", as_array("covariance", covariance))

    n = estimates.size if size is None else size
    if estimates.shape != (n,) or n == 0 or errors.shape != (n, n):
        message = (
            f"values must have shape ({size or 'n'},) and covariance be square to match, "
            f"got {estimates.shape} and {errors.shape}"
        )
        raise ValueError(message)

    if not (np.isfinite(estimates).all() and np.isfinite(errors).all()):
        message = f"values and covariance must be finite, got values {estimates.tolist()}"
        raise ValueError(message)
    # Quadratic forms in them must stay within float64.
    check_range("values", estimates)
    check_range("covariance", errors)

    if not np.allclose(errors, errors.T):
        message = (
            f"covariance must be symmetric, got a difference of {np.abs(errors - errors.T).max():g}"
        )
        raise ValueError(message)
    return estimates, errors


def _vector(name: str, values: ArrayLike, n: int) -> FloatArray:
    vector = as_numbers(name, as_array(name, values))
    if vector.shape != (n,) or not np.isfinite(vector).all():
        message = f"{name} must be {n} finite numbers, got {vector.tolist()}"
        raise ValueError(message)
    return vector

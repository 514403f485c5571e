"""Law of a weighted sum of divergences of which some are near 0."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy import optimize

from infotheory._typing import FloatArray
from infotheory.evidence.divergence import NORMAL_FROM
from infotheory.laws import IntervalLaw, NoncentralChi2Law, NormalLaw, two_sided_p_value

__all__ = ["SidesLaw", "sides_near_zero"]

#: A divergence has at least one degree of freedom; estimates that show less than this are none.
_LEAST_DEGREES = 0.5

#: Deviations of a normal law between which a p-value is sought in the intervals.
_FEWEST_DEVIATIONS, _MOST_DEVIATIONS = 1e-3, 7.0


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

    def ends(self, level: float) -> tuple[float, float, float]:
        """Return the lower end, the sum inside its interval, and the upper end."""
        low, high = self.law.interval(self.center, math.sqrt(self.variance), level)
        return low, min(max(self.center, low), high), high

    @property
    def is_empty(self) -> bool:
        """Whether no term is on this side."""
        return self.variance_at_zero == 0.0

    @property
    def is_normal(self) -> bool:
        """Whether the sum is so far from 0 that it is normal."""
        return isinstance(self.law, NormalLaw)


@dataclass(frozen=True, slots=True)
class SidesLaw:
    """Interval of the sum of divergences less the sum of others."""

    added: _Side
    subtracted: _Side
    # Of the errors of the two sums
    correlation: float
    name: str = field(default="noncentral chi-squares", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the value and its standard error play no part."""
        low, center, high = self.added.ends(level)
        other_low, other_center, other_high = self.subtracted.ends(level)
        down = self._reach(center - low, other_high - other_center)
        up = self._reach(high - center, other_center - other_low)
        return center - other_center - down, center - other_center + up

    def _reach(self, of_added: float, of_subtracted: float) -> float:
        """Distance of an end of the difference from the ends of the two sums."""
        product = 2.0 * self.correlation * of_added * of_subtracted
        return math.sqrt(max(of_added**2 + of_subtracted**2 - product, 0.0))

    def p_value(self, p_value_far: float) -> float:
        """P-value of "the difference is 0", with that of a normal law for what is far beyond."""
        # A sum of one sign is nowhere below 0, so that no end crosses it. Doubled, its test rejects
        # where the interval leaves 0 out.
        for side, other in (self.added, self.subtracted), (self.subtracted, self.added):
            if other.is_empty and isinstance(side.law, NoncentralChi2Law):
                return min(1.0, 2.0 * side.law.exceeds(0.0))

        def excludes(deviations: float) -> float:
            low, high = self.interval(np.nan, np.nan, 1.0 - two_sided_p_value(deviations))
            # Positive where both ends are on one side of 0.
            return max(low, -high)

        if excludes(_FEWEST_DEVIATIONS) <= 0.0:
            return 1.0
        if excludes(_MOST_DEVIATIONS) > 0.0:
            return min(p_value_far, two_sided_p_value(_MOST_DEVIATIONS))
        root = optimize.brentq(excludes, _FEWEST_DEVIATIONS, _MOST_DEVIATIONS, xtol=1e-6)
        return two_sided_p_value(float(root))


def sides_near_zero(
    estimates: FloatArray, errors: FloatArray, factors: FloatArray, biases: FloatArray
) -> SidesLaw | None:
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
    return SidesLaw(added, subtracted, correlation=between / spread if spread > 0.0 else 0.0)


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

    scale = variance_at_zero / (2.0 * shift)
    if total > 0.0:
        scale = max(scale, variance / (4.0 * total))
    law: IntervalLaw = NormalLaw(center=total - shift)
    if total - shift < NORMAL_FROM * scale:
        law = NoncentralChi2Law(total / scale, shift / scale, scale)
    return _Side(total - shift, law, variance, variance_at_zero)

"""Laws of areas under the ROC curve, of the Kolmogorov-Smirnov gap, and of differences."""

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from infotheory._later import optimize
from infotheory._typing import FloatArray
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, WithheldLaw, two_sided_p_value, two_sided_quantile

__all__ = [
    "AreaLaw",
    "DifferenceLaw",
    "DistributionGapLaw",
    "area_p_value",
    "difference_of",
    "student_degrees",
    "wilson_bounds",
]

#: With fewer rows of a class DeLong's error says too little to test with.
FEWEST_TESTED = 5.0
#: Halvings of [0, 1] in the search for an end: to double precision.
_HALVINGS = 52
#: Standard errors below which a p-value is 1, and beyond which it is 0, to double precision.
_NEAREST, _FARTHEST = 1e-9, 8.0


@dataclass(frozen=True, slots=True)
class AreaLaw:
    """Interval of an area under the ROC curve that holds for few events and near 1.

    The ends are the areas x at which ``(area - x)^2`` is Student's quantile squared times a
    variance of x: DeLong's, scaled as ``x (1 - x)``, and on top of it half of what the variance of
    exponential scores exceeds it by. The end towards 1/2 leaves room for a minority of a class at
    the far end of the score, which few rows of that class may not show.
    """

    # Numbers of rows, Kish's where they have weights
    events: float
    nonevents: float
    # Of DeLong's standard error
    degrees_of_freedom: float
    # Shares of the class that lie beyond the middle of the other class, on the wrong side
    far_events: float
    far_nonevents: float
    name: str = field(default="Wilson-DeLong", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        t = two_sided_quantile(level, self.degrees_of_freedom)
        low = self._root(value, standard_error, t, 0.0)
        high = self._root(value, standard_error, t, 1.0)

        sides = ((self.events, self.far_events), (self.nonevents, self.far_nonevents))
        room = max(_upper_share(share, size, level) - share for size, share in sides)
        towards_half = room * (max(value, 1.0 - value) - 0.25)
        if value >= 0.5:
            return min(low, max(value - towards_half, 0.0)), high
        return low, max(high, min(value + towards_half, 1.0))

    def variance(self, area: float, value: float, standard_error: float) -> float:
        """Variance of the estimate where the area is another one."""
        # DeLong's variance alone covers .86 with 10 events, the exponential one alone .86 to .92
        # where events spread more than non-events: the excess of one over the other counts by half.
        exponential = self._exponential_variance(area)
        if not (0.0 < value < 1.0 and standard_error > 0.0):
            return exponential
        scaled = standard_error**2 / (value * (1.0 - value)) * area * (1.0 - area)
        return scaled + 0.5 * max(exponential - scaled, 0.0)

    def _exponential_variance(self, area: float) -> float:
        """Variance of the area between two exponential laws (Newcombe's method 5)."""
        below, above = (1.0 - area) / (2.0 - area), area / (1.0 + area)
        size = (self.events + self.nonevents) / 2.0
        pairs = self.events * self.nonevents
        return area * (1.0 - area) * (1.0 + (size - 1.0) * (below + above)) / pairs

    def _root(self, value: float, standard_error: float, t: float, limit: float) -> float:
        """End of the interval between the value and a limit, 0 or 1."""
        # The value is never rejected. Between it and the limit lies the first area that is, or
        # none.
        inside, outside = value, limit
        for _ in range(_HALVINGS):
            middle = 0.5 * (inside + outside)
            variance = self.variance(middle, value, standard_error)
            if (value - middle) ** 2 > t * t * variance:
                outside = middle
            else:
                inside = middle
        return 0.5 * (inside + outside)


def area_p_value(law: AreaLaw, value: float, standard_error: float) -> float:
    """P-value of "the area is 1/2": Brunner and Munzel's test, and what few rows allow of it."""
    distance = abs(value - 0.5)
    if distance == 0.0:
        return 1.0

    # A perfect ranking has no error: of all ways to mix two samples two rank them so.
    if distance == 0.5:
        ways = special.gammaln([law.events + 1.0, law.nonevents + 1.0]).sum()
        of_all = special.gammaln(law.events + law.nonevents + 1.0)
        return float(min(1.0, 2.0 * np.exp(ways - of_all)))
    if standard_error == 0.0 or min(law.events, law.nonevents) < FEWEST_TESTED:
        standard_error = math.sqrt(law.variance(0.5, value, standard_error))
    return two_sided_p_value(distance / standard_error, law.degrees_of_freedom)


def _upper_share(share: float, size: float, level: float) -> float:
    """Upper end of Clopper and Pearson's interval of a share of rows."""
    misses = size * (1.0 - share)
    if misses <= 0.0:
        return 1.0
    return float(special.betaincinv(size * share + 1.0, misses, 0.5 + level / 2.0))


@dataclass(frozen=True, slots=True)
class DistributionGapLaw:
    """Interval of the largest gap of two distribution functions, for few rows.

    Below, no curve can lie farther from the estimated one than Kolmogorov's bound; above, the gap
    at the cut of the largest one bounds the largest gap from Wilson's intervals of its two shares.
    """

    # The larger and the smaller share at the largest gap, each with its number of rows
    upper: tuple[float, float]
    lower: tuple[float, float]
    name: str = field(default="Kolmogorov and Wilson", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        (a, rows_a), (b, rows_b) = self.upper, self.lower
        reach = math.sqrt(-math.log((1.0 - level) / 2.0) / 2.0)
        low = value - reach * math.sqrt(1.0 / rows_a + 1.0 / rows_b)

        z = two_sided_quantile(level)
        up, down = wilson_bounds(a, rows_a, z)[1] - a, b - wilson_bounds(b, rows_b, z)[0]
        return max(low, 0.0), min(value + math.hypot(up, down), 1.0)


def wilson_bounds(share: float, size: float, z: float) -> tuple[float, float]:
    """Wilson's interval of a share of rows."""
    centre = (share + z * z / (2.0 * size)) / (1.0 + z * z / size)
    half = z / (1.0 + z * z / size) * math.sqrt(share * (1.0 - share) / size + (z / size) ** 2 / 4)
    return max(centre - half, 0.0), min(centre + half, 1.0)


@dataclass(frozen=True, slots=True)
class DifferenceLaw:
    """Interval of a difference of two independent estimates, from the interval of each (MOVER).

    Distances of the ends from the values add up as squares; the law is then as lopsided as those
    of the two estimates (G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008) 1693-1702,
    doi:10.1002/sim.3095).
    """

    # Value and standard error of either estimate
    first: tuple[float, float]
    second: tuple[float, float]
    # Their laws
    first_law: IntervalLaw
    second_law: IntervalLaw
    # Of the two estimates
    correlation: float = 0.0
    name: str = field(default="MOVER", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the standard error plays no part."""
        low, high = self.first_law.interval(*self.first, level)
        below, above = self.second_law.interval(*self.second, level)
        down = self._distance(self.first[0] - low, above - self.second[0])
        up = self._distance(high - self.first[0], self.second[0] - below)
        return value - down, value + up

    def p_value(self, value: float) -> float:
        """P-value of "no difference": one less the level at which an end is 0."""
        if value == 0.0:
            return 1.0

        side = 0 if value > 0.0 else 1

        def end(z: float) -> float:
            level = float(1.0 - 2.0 * special.ndtr(-z))
            with np.errstate(over="ignore"):
                reached = self.interval(value, math.nan, level)[side]
            return min(max(reached / abs(value), -1.0), 1.0)

        # The end that lies towards 0 passes it as the level grows. Where it starts beyond 0 the
        # interval is not centred on the value.
        if end(_NEAREST) * value <= 0.0:
            return 1.0
        if end(_FARTHEST) * value > 0.0:
            return two_sided_p_value(_FARTHEST)
        return two_sided_p_value(float(optimize.brentq(end, _NEAREST, _FARTHEST, xtol=1e-13)))

    def _distance(self, first: float, second: float) -> float:
        # an end that the data do not bound stays so
        if not self.correlation or math.isinf(first) or math.isinf(second):
            return math.hypot(first, second)
        square = first**2 + second**2 - 2.0 * self.correlation * first * second
        return math.sqrt(max(square, 0.0))


def difference_of(first: Estimate, second: Estimate, method: str) -> Estimate:
    """Return the first estimate less the second, of other rows, with the law of MOVER."""
    value = first.value - second.value
    error = math.hypot(first.standard_error, second.standard_error)
    for estimate in (first, second):
        if isinstance(estimate.law, WithheldLaw):
            return Estimate(value=value, standard_error=error, method=method, law=estimate.law)
    law = DifferenceLaw(
        (first.value, first.standard_error),
        (second.value, second.standard_error),
        first.law,
        second.law,
    )
    return Estimate(
        value=value, standard_error=error, method=method, p_value=law.p_value(value), law=law
    )


def student_degrees(variances: FloatArray, sizes: FloatArray) -> float:
    """Degrees of freedom of a sum of variances of placements, Brunner and Munzel's.

    At least those of the smaller class; one where a class has a single row.
    """
    smallest = max(float(sizes.min()) - 1.0, 1.0)
    total = float(variances.sum())
    if total == 0.0 or float(sizes.min()) <= 1.0:
        return smallest
    return max(float(total**2 / np.sum(variances**2 / (sizes - 1.0))), smallest)

"""Laws of areas under the ROC curve, of the Kolmogorov-Smirnov gap, and of differences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from infotheory._codes import common_weight
from infotheory._later import optimize
from infotheory._typing import BoolArray, FloatArray
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, WithheldLaw, two_sided_p_value, two_sided_quantile

__all__ = [
    "AreaLaw",
    "DifferenceLaw",
    "DistributionGapLaw",
    "PairedAreaLaw",
    "area_p_value",
    "difference_of",
    "influence_degrees",
    "paired_difference",
    "reason_of_score_weights",
    "row_equivalents",
    "student_degrees",
    "wilson_bounds",
]

#: With fewer rows of a class DeLong's error says too little to test with.
FEWEST_TESTED = 5.0
#: Rows of the smaller class that a tenth of the score must expect, where it is a heavy one.
FEWEST_IN_TENTH = 3.0
#: A tenth is heavy where it has less than this part of the rows that its weight would have.
_HEAVY = 0.5
_PARTS = 10
#: Halvings of [0, 1] in the search for an end: to double precision.
_HALVINGS = 52
#: Standard errors below which a p-value is 1, and beyond which it is 0, to double precision.
_NEAREST, _FARTHEST = 1e-9, 8.0
#: The same in units of Student's law, whose tails are longer.
_FARTHEST_T = 1e3
#: Digits in which influences of rows are told apart.
_DIGITS = 12


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
        low = self.root(value, standard_error, t, 0.0)
        high = self.root(value, standard_error, t, 1.0)

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

    def root(self, value: float, standard_error: float, t: float, limit: float) -> float:
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

    Below, no curve can lie farther from the estimated one than Kolmogorov's bound; above, the true
    gap at a cut is bounded by Wilson's intervals of its two shares. The truly largest one may be at
    another cut than the largest one seen, whose gap is nearly as large and less certain: the
    highest of the ends counts.
    """

    # The larger and the smaller share at the largest gap, each with its number of rows
    upper: tuple[float, float]
    lower: tuple[float, float]
    # The same at cuts of smaller gaps that are less certain
    others: tuple[tuple[tuple[float, float], tuple[float, float]], ...] = field(
        default=(), repr=False
    )
    name: str = field(default="Kolmogorov and Wilson", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        reach = math.sqrt(-math.log((1.0 - level) / 2.0) / 2.0)
        low = value - reach * math.sqrt(1.0 / self.upper[1] + 1.0 / self.lower[1])

        z, high = two_sided_quantile(level), value
        for (a, rows_a), (b, rows_b) in ((self.upper, self.lower), *self.others):
            up, down = wilson_bounds(a, rows_a, z)[1] - a, b - wilson_bounds(b, rows_b, z)[0]
            high = max(high, a - b + math.hypot(up, down))
        return max(low, 0.0), min(high, 1.0)


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


@dataclass(frozen=True, slots=True)
class PairedAreaLaw:
    """Interval of a difference of two areas on the same rows, that holds for few events and near 1.

    Either area moves towards the end of its own interval, both by the same part of the way, and
    the difference is rejected where it has moved by more than Student's quantile times its standard
    error there. Normal intervals cover .72 to .91 with 10 events where an area lies near 1.
    """

    # Value and standard error of either area
    first: tuple[float, float]
    second: tuple[float, float]
    # Their laws
    first_law: AreaLaw
    second_law: AreaLaw
    # Of the errors of the two areas
    correlation: float
    # Of the standard error of the difference
    degrees_of_freedom: float
    name: str = field(default="paired areas", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; value and standard error play no part."""
        t = two_sided_quantile(level, self.degrees_of_freedom)
        return self._end(t, 0), self._end(t, 1)

    def p_value(self, value: float) -> float:
        """P-value of "no difference": one less the level at which an end is 0."""
        if value == 0.0:
            return 1.0

        side = 0 if value > 0.0 else 1

        def end(t: float) -> float:
            return self._end(t, side) * value

        if end(_FARTHEST_T) > 0.0:
            return two_sided_p_value(_FARTHEST_T, self.degrees_of_freedom)
        t = optimize.brentq(end, 0.0, _FARTHEST_T, xtol=1e-9)
        return two_sided_p_value(float(t), self.degrees_of_freedom)

    def _end(self, t: float, side: int) -> float:
        """End of the interval that lies below the difference (0), or above it (1)."""
        (a, error_a), (b, error_b) = self.first, self.second
        way_a = self.first_law.root(a, error_a, t, float(side)) - a
        way_b = self.second_law.root(b, error_b, t, 1.0 - side) - b

        # With errors that are opposite the whole way is not rejected, beyond it all is.
        inside, outside = 0.0, 1.0
        for _ in range(_HALVINGS):
            part = 0.5 * (inside + outside)
            of_a = self.first_law.variance(a + part * way_a, a, error_a)
            of_b = self.second_law.variance(b + part * way_b, b, error_b)
            variance = of_a + of_b - 2.0 * self.correlation * math.sqrt(of_a * of_b)
            if (part * (way_a - way_b)) ** 2 > t * t * variance:
                outside = part
            else:
                inside = part
        part = 0.5 * (inside + outside)
        return a - b + part * (way_a - way_b)


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


def paired_difference(
    areas: Sequence[Estimate],
    influences: Sequence[FloatArray],
    is_event: BoolArray,
    *,
    weights: FloatArray | None = None,
) -> Estimate:
    """Return the second area less the first of the same rows, whose influences they are.

    ``weights`` are those of the rows, where they differ.
    """
    (before, after), (law_before, law_after) = areas, (area.law for area in areas)
    value = after.value - before.value
    # The rows are the same, so that their influences subtract before they are squared.
    change = influences[1] - influences[0]
    variances = np.array([change[rows] @ change[rows] for rows in (is_event, ~is_event)])
    error = float(np.sqrt(variances.sum()))
    method = "DeLong, paired"
    for law in (law_before, law_after):
        if isinstance(law, WithheldLaw):
            return Estimate(value=value, standard_error=error, method=method, law=law)
    if not isinstance(law_before, AreaLaw) or not isinstance(law_after, AreaLaw):
        message = f"areas must have the law of areas, got {law_before.name} and {law_after.name}"
        raise TypeError(message)
    if error == 0.0 and value == 0.0:
        law = WithheldLaw("both cards rank the rows alike: their difference has no error")
        return Estimate(value=value, standard_error=0.0, method=method, law=law)

    # A perfect ranking has no error that could go along with that of another; scores that rank the
    # other way round go against it.
    product = before.standard_error * after.standard_error
    correlation = -1.0 if (before.value - 0.5) * (after.value - 0.5) < 0.0 else 0.0
    if product > 0.0:
        correlation = float(np.clip(influences[0] @ influences[1] / product, -1.0, 1.0))
    sizes = np.array([law_after.events, law_after.nonevents])
    if weights is not None:
        of_unit = np.divide(change, weights, out=np.zeros(change.size), where=weights > 0.0)
        # Rows of the same two scores count together, which rounding must not part.
        of_unit = np.round(of_unit / max(float(np.abs(of_unit).max()), 1e-300), _DIGITS)
        classes = (is_event, ~is_event)
        shown = [influence_degrees(of_unit[c], weights[c], weights[c] ** 2) for c in classes]
        sizes = np.minimum(sizes, shown)
    paired = PairedAreaLaw(
        (after.value, after.standard_error),
        (before.value, before.standard_error),
        law_after,
        law_before,
        correlation,
        student_degrees(variances, sizes),
    )
    return Estimate(
        value=value, standard_error=error, method=method, p_value=paired.p_value(value), law=paired
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


def row_equivalents(weights: FloatArray, squared_weights: FloatArray) -> FloatArray:
    """Rows of equal weight that each entry is worth; 1 of a single row, 0 without weight."""
    held = squared_weights > 0.0
    return np.divide(weights**2, squared_weights, out=np.zeros(weights.size), where=held)


def reason_of_score_weights(
    target: FloatArray, score: FloatArray, weights: FloatArray, squared_weights: FloatArray
) -> str | None:
    """Say that the smaller class expects too few rows where the score bears much weight.

    A class of which a tenth of the weight lies where one of a hundred of its rows is drawn often
    shows none of these rows, and its error does not know of them. The rows that it expects there
    are told by the larger class, so that the gate does not rest on what the smaller one shows.
    """
    # Rows of one weight are rows without weights.
    if common_weight(weights, squared_weights) is not None:
        return None
    rows = row_equivalents(weights, squared_weights)
    event = target == 1.0
    sizes = [float(weights[c].sum() ** 2 / squared_weights[c].sum()) for c in (event, ~event)]
    larger = ~event if sizes[0] <= sizes[1] else event

    # Tenths of the weight along the score; rows of one score lie in one of them.
    _, rank = np.unique(score, return_inverse=True)
    mass = np.bincount(rank, weights)
    middle = (np.cumsum(mass) - 0.5 * mass) / mass.sum()
    tenth = np.minimum((_PARTS * middle).astype(np.intp), _PARTS - 1)[rank][larger]
    of_rows = np.bincount(tenth, rows[larger], minlength=_PARTS) / rows[larger].sum()
    of_weight = np.bincount(tenth, weights[larger], minlength=_PARTS) / weights[larger].sum()

    # Where the larger class is nearly absent it says nothing.
    present = of_weight > 0.1 / _PARTS
    thinnest = float((of_rows[present] / of_weight[present]).min())
    expected = min(sizes) * thinnest / _PARTS
    if thinnest >= _HEAVY or expected >= FEWEST_IN_TENTH:
        return None
    return (
        f"weights depend on the score: {expected:.2g} rows of a class are expected in its heaviest "
        f"tenth, {FEWEST_IN_TENTH:.0f} are needed"
    )


def influence_degrees(
    influence: FloatArray, weights: FloatArray, squared_weights: FloatArray
) -> float:
    """Effective rows behind the sum of squared influences of a class, by its largest terms.

    Where few heavy rows make the variance, it is known as badly as from as few rows.
    """
    # Rows of one influence count together: an engine hands them over as a sum of their weights.
    influence, place = np.unique(influence, return_inverse=True)
    sums, squared_sums = (
        np.asarray(np.bincount(place, of_rows), dtype=np.float64)
        for of_rows in (weights, squared_weights)
    )
    rows = row_equivalents(sums, squared_sums)
    held = rows > 0.0
    terms = squared_sums[held] * influence[held] ** 2
    total = float(terms.sum())
    return total**2 / float(terms @ (terms / rows[held])) if total > 0.0 else 0.0

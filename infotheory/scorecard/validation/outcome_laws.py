"""Laws of what rows with outcomes say of predicted probabilities."""

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from infotheory._typing import FloatArray, IntArray
from infotheory.laws import two_sided_quantile

__all__ = ["EventRatioLaw", "SquaredErrorLaw", "squares_p_value"]

#: Square of a standardised sum from which one outcome that makes it is an accident of its own.
_ACCIDENT = 20.0
#: Expected number of accidents at most.
_ACCIDENTS = 0.05
#: Skewness at least, for a gamma law to have a shape.
_LEAST_SKEW = 1e-3
#: Variances up to it are the rounding of a sum.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class EventRatioLaw:
    """Interval of observed over expected events, the events a gamma variable (Jeffreys)."""

    # Observed events, as a sum of weights
    events: float
    # Expected ones
    expected: float
    # Variance of the events over their expectation, where the probabilities are right
    variance: float
    # Of that variance; infinite where rows have no weights
    degrees_of_freedom: float = math.inf
    name: str = field(default="gamma", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the standard error plays no part."""
        # Student's quantile in units of the normal one widens the law where its variance is
        # estimated.
        wider = two_sided_quantile(level, self.degrees_of_freedom) / two_sided_quantile(level)
        unit = self.variance * wider**2
        # Half an event more is Jeffreys' prior of a Poisson mean. Its lower end is above 0 also
        # without an event, where 0 is the only honest one.
        shape, tail = self.events / unit + 0.5, (1.0 - level) / 2.0
        low, high = special.gammaincinv(shape, [tail, 1.0 - tail]) * unit / self.expected
        return 0.0 if self.events == 0.0 else float(low), float(high)


@dataclass(frozen=True, slots=True)
class SquaredErrorLaw:
    """Interval of a mean squared error on the logarithmic scale, at most 1."""

    degrees_of_freedom: float = math.inf
    name: str = field(default="log-normal", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        # No spread: rows of one loss say nothing of how large it may be. Their spread may be the
        # rounding of a sum.
        if value <= 0.0 or standard_error <= 1e-12 * value:
            return 0.0, 1.0
        spread = two_sided_quantile(level, self.degrees_of_freedom) * standard_error / value
        return value * float(np.exp(-spread)), min(value * float(np.exp(spread)), 1.0)


def squares_p_value(
    statistic: float, degrees: int, p: FloatArray, weights: FloatArray, groups: IntArray
) -> float:
    """P-value of a sum over groups of squared standardised excesses of events (Hosmer, Lemeshow).

    It holds where a group expects few events, or few heavy rows make it, and no square is near
    chi-square. ``p`` are the probabilities of an event, ``groups`` are 0, 1, ..., and ``degrees``
    are at most their number.
    """
    # Powers of weights up to the sixth must not overflow: a group is measured in its heaviest row.
    heaviest = np.zeros(int(groups.max()) + 1)
    np.maximum.at(heaviest, groups, weights)
    scaled = weights / heaviest[groups]
    # Rarer than that is never; its powers are no numbers.
    variance = np.maximum(np.bincount(groups, scaled**2 * p * (1.0 - p)), 1e-100)
    unit = scaled / np.sqrt(variance)[groups]

    # An outcome of one in ten thousand has moments that say nothing of the other samples. It is
    # left out of them, and counts by its probability, together with all that weigh as much. There
    # are so few of them that two in one sample are rare; where more may occur they have moments.
    rare = np.minimum(p, 1.0 - p)
    jump = (unit * (1.0 - rare)) ** 2
    large = np.flatnonzero(jump > _ACCIDENT)
    largest = large[np.argsort(-jump[large], kind="stable")]
    accident = np.zeros(p.size, dtype=bool)
    accident[largest] = np.cumsum(rare[largest]) <= _ACCIDENTS
    jump, chance = jump[accident], rare[accident]
    expected = np.where(p < 0.5, -p, 1.0 - p) * accident
    shift = np.bincount(groups, unit * expected).astype(np.float64)
    moments = _moments_of_squares(p, unit * ~accident, shift, groups)
    mean, second, third = moments * (degrees / variance.size)

    # No accident, or any one of them beside the other rows, or more than one.
    odds = chance / (1.0 - chance)
    none = math.exp(float(np.sum(np.log1p(-chance))))
    several = max(1.0 - none * (1.0 + float(odds.sum())), 0.0)
    left = statistic - np.append(0.0, jump)
    tails = _tails_of_squares(left, degrees, mean, second, third)
    return min(none * float(np.append(1.0, odds) @ tails) + several, 1.0)


def _moments_of_squares(
    p: FloatArray, unit: FloatArray, shift: FloatArray, groups: IntArray
) -> FloatArray:
    """Mean, variance and third central moment of the sum of squares of shifted sums of outcomes."""
    spread = p * (1.0 - p)
    lean = 1.0 - 2.0 * p
    # Cumulants of a Bernoulli variable from the second to the sixth, added up over a group.
    c2, c3, c4, c5, c6 = (
        np.bincount(groups, unit**power * spread * factor)
        for power, factor in (
            (2, np.ones_like(p)),
            (3, lean),
            (4, 1.0 - 6.0 * spread),
            (5, lean * (1.0 - 12.0 * spread)),
            (6, 1.0 - 30.0 * spread + 120.0 * spread**2),
        )
    )
    m4, m5 = c4 + 3.0 * c2**2, c5 + 10.0 * c3 * c2
    m6 = c6 + 15.0 * c4 * c2 + 10.0 * c3**2 + 15.0 * c2**3

    first = c2 + shift**2
    second = m4 + 4.0 * shift * c3 + 6.0 * shift**2 * c2 + shift**4
    third = (
        (m6 + 6.0 * shift * m5 + 15.0 * shift**2 * m4)
        + (20.0 * shift**3 * c3 + 15.0 * shift**4 * c2)
        + shift**6
    )
    central = third - 3.0 * first * second + 2.0 * first**3
    return np.array([first.sum(), (second - first**2).sum(), central.sum()])


def _tails_of_squares(
    statistic: FloatArray, degrees: int, mean: float, second: float, third: float
) -> FloatArray:
    """Probabilities of such sums of squares, the larger by two and by three of their moments."""
    # One row of probability 1/2 in each group makes the same sum whatever happens.
    if second <= _ROUNDING * degrees:
        return np.asarray(statistic <= mean + _ROUNDING * degrees, dtype=np.float64)

    # The gamma law with three moments is the better one, but for skewness beyond all measure,
    # where no tail is left of it; the scaled chi-square is too short at 1 %.
    shape = min(2.0 * mean**2 / second, float(degrees))
    by_two = special.chdtrc(shape, np.maximum(statistic, 0.0) * shape / mean)
    gamma = 4.0 / max(third / second**1.5, _LEAST_SKEW) ** 2
    standard = (statistic - mean) / second**0.5
    by_three = special.gammaincc(gamma, np.maximum(gamma + standard * gamma**0.5, 0.0))
    return np.asarray(np.maximum(by_two, by_three))

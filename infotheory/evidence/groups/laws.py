"""Laws of differences of groups: a standardised mean difference, and a gap of calibration."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from infotheory.laws import two_sided_p_value, two_sided_quantile

__all__ = ["CalibrationGapLaw", "KnownUnit", "SkewedStudentLaw", "skewed_student_p_value"]

#: Below this slope the transform of a Student variable is the identity to rounding.
_NO_SKEW = 1e-9


class KnownUnit(NamedTuple):
    """Law of a difference of means whose unit is known: its error, slope and degrees of freedom."""

    error: float
    slope: float
    degrees_of_freedom: float


@dataclass(frozen=True, slots=True)
class SkewedStudentLaw:
    """Student interval of a difference of means whose rows are skewed, by Hall's transform.

    ``slope`` is a third of the skewness of the difference in its standard errors; with
    ``comparisons`` of more than 1, intervals of so many differences hold together (Bonferroni).
    ``in_this_unit`` is the law of the difference measured in a unit that is known: what is not
    known of the unit changes no sign.
    """

    degrees_of_freedom: float
    slope: float
    comparisons: int = 1
    in_this_unit: KnownUnit | None = None
    name: str = field(default="Student, skewness corrected", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        confidence = 1.0 - (1.0 - level) / self.comparisons
        low, high = _ends(value, standard_error, self.slope, self.degrees_of_freedom, confidence)
        if self.in_this_unit is None:
            return low, high

        # Another unit makes the difference as small as one likes, and leaves it on its side of 0.
        nearest, farthest = _ends(value, *self.in_this_unit, confidence)
        if value > 0.0:
            return max(low, min(nearest, 0.0)), high
        return low, min(high, max(farthest, 0.0))


def _ends(
    value: float, error: float, slope: float, degrees_of_freedom: float, level: float
) -> tuple[float, float]:
    """Return the ends of one interval by Hall's transform."""
    t = two_sided_quantile(level, degrees_of_freedom)
    low, high = (_less_skewed(sign * t, slope) for sign in (1.0, -1.0))
    return value - low * error, value - high * error


def skewed_student_p_value(law: SkewedStudentLaw, value: float, standard_error: float) -> float:
    """P-value of "the difference is 0", which is below 5 % where the 95 % interval excludes 0."""
    u, b = value / standard_error, law.slope
    # ((1 + b u)^3 - 1) / (3 b) + b / 2, written so that a slope of 0 leaves u.
    transformed = u + b * u**2 + b**2 * u**3 / 3.0 + b / 2.0
    alone = two_sided_p_value(transformed, law.degrees_of_freedom)
    return min(1.0, law.comparisons * alone)


def _less_skewed(t: float, slope: float) -> float:
    """Standardised difference at which Hall's transform of it is ``t``."""
    if abs(slope) < _NO_SKEW:
        return t
    return float((np.cbrt(1.0 + 3.0 * slope * (t - slope / 2.0)) - 1.0) / slope)


@dataclass(frozen=True, slots=True)
class CalibrationGapLaw:
    """Interval of a mean probability less an event rate, where the probabilities are given.

    The ends of the score test along rates that are a multiple of the probabilities (above the event
    rate) or leave a multiple of their complements (below it), and beyond them those of Student for
    rates of any other form.
    """

    # Mean probability
    probability: float
    # Share of events
    event_rate: float
    # Mean of the squared probabilities
    mean_square: float
    # Number of rows, Kish's where they have weights
    size: float
    name: str = field(default="score and Student", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        z = two_sided_quantile(level)
        low, high = _multiple_bounds(
            self.probability, self.event_rate, self.mean_square, self.size, z
        )

        # the same question about the complements
        square = 1.0 - 2.0 * self.probability + self.mean_square
        mirrored_low, mirrored_high = _multiple_bounds(
            1.0 - self.probability, 1.0 - self.event_rate, square, self.size, z
        )
        low = low if low >= 0.0 else -mirrored_high
        high = high if high >= 0.0 else -mirrored_low

        # one row has no standard error
        if self.size > 1.0 and standard_error > 0.0:
            reach = two_sided_quantile(level, self.size - 1.0)
            half = reach * self._error_of_sample(standard_error)
            low, high = min(low, value - half), max(high, value + half)
        return max(low, self.probability - 1.0), min(high, self.probability)

    def p_value(self, value: float, standard_error: float) -> float:
        """P-value of "the probabilities are right on average": the larger one of both tests."""
        variance = max(self.probability - self.mean_square, 0.0) / self.size
        if variance == 0.0:
            return float(value == 0.0)
        score = two_sided_p_value(value / math.sqrt(variance))
        if not (self.size > 1.0 and standard_error > 0.0):
            return score
        t = value / self._error_of_sample(standard_error)
        return max(score, two_sided_p_value(t, self.size - 1.0))

    def _error_of_sample(self, standard_error: float) -> float:
        """Return the standard error with the variance of a sample in place of that of its rows."""
        return standard_error * math.sqrt(self.size / (self.size - 1.0))


def _multiple_bounds(
    probability: float, event_rate: float, mean_square: float, size: float, z: float
) -> tuple[float, float]:
    """Return the ends of ``p (1 - l)`` where rates are ``l`` times the probabilities."""
    # The l at which (rate - l p)^2 is z^2 times the variance (l p - l^2 m) / n, with m the mean
    # square: the roots of a quadratic. Probabilities that are all 0 have no multiples.
    square = probability**2 + z * z * mean_square / size
    if square == 0.0:
        return -math.inf, 0.0
    linear = 2.0 * probability * event_rate + z * z * probability / size
    root = math.sqrt(max(linear**2 - 4.0 * square * event_rate**2, 0.0))
    low, high = (linear + root) / (2.0 * square), (linear - root) / (2.0 * square)
    return probability * (1.0 - low), probability * (1.0 - high)

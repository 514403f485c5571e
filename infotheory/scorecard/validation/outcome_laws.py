"""Laws of what rows with outcomes say of predicted probabilities."""

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from infotheory.laws import two_sided_quantile

__all__ = ["EventRatioLaw", "SquaredErrorLaw"]


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

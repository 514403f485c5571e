"""Intervals of mean surprises that few steps carry.

Of a rare state, or of steps that nearly follow from their past, most of the surprise lies in some
ten steps. The variance that was seen has then few degrees of freedom, and where few of those steps
were seen both the mean and its error are too small: normal intervals of chains of 100 to 300 steps
covered .83 to .90, and what they missed lay above them.
"""

import math
from dataclasses import dataclass, field

from scipy import special

from infotheory._typing import FloatArray

__all__ = ["RateLaw", "freedom_of_variance"]

#: Degrees of freedom below which an error says nothing.
_FEWEST = 2.0


@dataclass(frozen=True, slots=True)
class RateLaw:
    """Student's interval around a value without bias; of labels upwards by a factor.

    The error of a mean of rare events grows with it: above the value it is taken for a share of it,
    so that the upper end is ``center exp(reach / center)``, times what cells that were not seen may
    add. Ends are no less than 0, and no more than the logarithm of the number of labels. That of a
    variance grows with it too: its logarithm reaches up by ``reach exp(reach)`` nats.
    """

    # Value without bias, in the unit of the interval
    center: float
    # Degrees of freedom of the variance
    freedom: float
    # Whether it is the entropy of labels
    labels: bool
    # The largest that is possible, in the same unit
    upper: float = math.inf
    # How much larger the rate may be by cells that were not seen
    unseen: float = 1.0
    # What they may add besides where they are many, in the same unit
    beyond: float = 0.0
    # One nat of each column of measurements, in the same unit
    nat: float = 1.0
    name: str = field(default="Student", init=False)

    def interval(
        self,
        value: float,
        standard_error: float,
        level: float,
    ) -> tuple[float, float]:
        """Return the ends of the interval; the value plays no part."""
        quantile = float(special.stdtrit(self.freedom, 0.5 + 0.5 * level))
        reach = quantile * standard_error
        if not self.labels:
            return self.center - reach, self.center + reach * _factor(reach / self.nat)
        # What corrects a bias may take all of the interval beyond what is possible.
        center = self.center if self.center - reach < self.upper else self.upper
        low = max(0.0, center - reach)
        if center <= 0.0:
            return low, min(self.upper, reach)
        above = self.unseen * center * _factor(reach / center)
        return low, min(self.upper, above + self.beyond)


def _factor(reach: float) -> float:
    """Return a factor of which the logarithm is given; of a tiny rate it is beyond numbers."""
    return math.exp(min(reach, 700.0))


def freedom_of_variance(terms: FloatArray, factor: float) -> float:
    """Return the degrees of freedom of the variance of a mean, at least 2.

    A variance of n independent terms of kurtosis k has as many as ``2 n / (k - 1)``; where the
    variance of the mean is larger by a factor, n is smaller by it.
    """
    squares = (terms - terms.mean()) ** 2
    variance = float(squares.mean())
    if variance <= 0.0:
        return math.inf
    excess = float((squares**2).mean()) / variance**2 - 1.0
    if excess <= 0.0:
        return math.inf
    return max(_FEWEST, 2.0 * terms.size / (excess * max(1.0, factor)))

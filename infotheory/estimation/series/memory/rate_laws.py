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
    so that the upper end is ``center exp(reach / center)``. The lower end is no less than 0.
    """

    # Value without bias, in the unit of the interval
    center: float
    # Degrees of freedom of the variance
    freedom: float
    # Whether it is the entropy of labels
    labels: bool
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
        if not self.labels or self.center <= 0.0:
            return self.center - reach, self.center + reach
        # The factor of a tiny rate with a large error is more than a number holds.
        share = min(reach / self.center, 700.0)
        return max(0.0, self.center - reach), self.center * math.exp(share)


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

"""Intervals of entropies of orders below 1, which rest on the labels of fewest rows.

They need some rows of each label. Samples that have them are those where rare labels happen to have
many: of a label that expects 8 rows and needs 10 the interval is shown where it has 10, and all
that is shown is too large. The lower end has to know that it would not be seen otherwise.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from infotheory._typing import FloatArray
from infotheory.laws import IntervalLaw

__all__ = ["RareLabelsLaw", "why_rare_labels"]

# Orders below 1 weigh rare labels more than their rows, and those without rows most of all: labels
# have at least so many, times the distance of the order from 1. Order .5 covered 0 to .92 without.
_ROWS_OF_LOW_ORDERS = 20.0

# Next to order 1 that would be none, and a sample of a long tail shows labels of two rows and none
# of one now and then: of 100 Zipf labels (exponent 2, 20 rows) order .9 was shown .03, covered .67.
_FEWEST_ROWS = 5.0

# Two labels of fewer rows hide a tail: order .9 of shares by powers of 1/2 and 20 rows was shown in
# .03 of samples, of which .6 held.
_FEWEST_OF_ALL = 50.0

# Labels of so many times the rows that they need would have been shown anyhow.
_CLEARLY_SHOWN = 4.0

# Halvings of the logarithm of a mean, which lies between the ends below.
_HALVINGS, _LEAST_MEAN = 40, 0.01


def why_rare_labels(rows: FloatArray, order: float) -> str | None:
    """Reason why an order below 1 has no interval, from the rows of each label; None with one."""
    needed, fewest, total = _rows_needed(order), float(rows.min()), float(rows.sum())
    if fewest < needed:
        return (
            f"a label has {fewest:.3g} rows, and rare labels and those not seen are most of "
            f"an entropy of order {order:g}: its interval needs {needed:.3g} rows of each"
        )
    if total < _FEWEST_OF_ALL:
        return (
            f"{total:.3g} rows, which tell little of rare labels, and those are most of an entropy "
            f"of order {order:g}: its interval needs {_FEWEST_OF_ALL:g}"
        )
    return None


def _rows_needed(order: float) -> float:
    """Rows that each label needs."""
    return max(_ROWS_OF_LOW_ORDERS * (1.0 - order), _FEWEST_ROWS)


@dataclass(frozen=True, slots=True, eq=False)
class RareLabelsLaw:
    """Interval whose lower end knows that rare labels are shown where they have many rows."""

    # The interval without that, and its middle
    of_seen: IntervalLaw
    center: float
    # Rows and shares of the labels
    rows: FloatArray
    shares: FloatArray
    order: float
    unit: float
    name: str = field(default="rare labels", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = self.of_seen.interval(value, standard_error, level)
        fewer = self._taken_off(0.5 - level / 2.0) / self.unit
        reach = max(0.0, self.center - low)
        # How much is shown too large is no noise of its own: it adds to what noise may do.
        return max(0.0, min(low, self.center - reach - fewer)), high

    def _taken_off(self, tail: float) -> float:
        """Nats between the usual lower bounds of rare labels and those among what is shown."""
        needed = math.ceil(_rows_needed(self.order))
        rare = self.rows < _CLEARLY_SHOWN * needed
        rows, shares = self.rows[rare], self.shares[rare]
        usual = special.gammaincinv(rows, tail)
        # Each label by itself, put together as what does not know of each other.
        apart = self._with(shares, usual / rows) - self._with(
            shares, np.minimum(usual, _least_means(rows, needed, tail)) / rows
        )
        return float(np.sqrt((np.maximum(apart, 0.0) ** 2).sum()))

    def _with(self, shares: FloatArray, factors: FloatArray) -> FloatArray:
        """Entropies in nats where the share of one label is so many times what it was."""
        powers = float((self.shares**self.order).sum())
        changed = powers + shares**self.order * (factors**self.order - 1.0)
        mass = 1.0 - shares * (1.0 - factors)
        return np.asarray((np.log(changed) - self.order * np.log(mass)) / (1.0 - self.order))


def _least_means(rows: FloatArray, needed: int, tail: float) -> FloatArray:
    """Means of which so many rows have the probability of the tail, among samples with enough."""
    low, high = np.full(rows.shape, _LEAST_MEAN), rows.astype(np.float64)
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        # Probabilities of as many rows or more, of a Poisson number.
        chance = special.gammainc(rows, middle) / special.gammainc(needed, middle)
        low, high = np.where(chance < tail, middle, low), np.where(chance < tail, high, middle)
    # Of one that has just enough nothing is known: it may have none as a rule.
    return np.where(rows <= needed, 0.0, low)

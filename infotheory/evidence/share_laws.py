"""Laws of ratios of shares, and of the smallest of several estimates."""

from dataclasses import dataclass, field, replace

import numpy as np

from infotheory.evidence.share_ratios import (
    CountedShare,
    ordered_pairs,
    range_quantile,
    several_comparisons,
    share_ratio_bounds,
)
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, two_sided_quantile

__all__ = ["SharesAgainstOneLaw", "SmallestOfLaw", "SmallestShareRatioLaw", "smallest_of"]


@dataclass(frozen=True, slots=True)
class SharesAgainstOneLaw:
    """Score interval of the smallest ratio of one or several shares to one and the same share.

    ``shares`` begin with that of the estimate. Ratios hold together, by Sidak's adjustment: the
    lower end is the lowest of all of them, the upper end that of the first, so that the interval
    covers the ratio of the first share as well as the smallest one.
    """

    shares: tuple[CountedShare, ...]
    reference: CountedShare
    name: str = field(default="score", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the value and its standard error play no part."""
        each = level ** (1.0 / len(self.shares))
        reference = (self.reference,) * len(self.shares)
        low, high = share_ratio_bounds(self.shares, reference, two_sided_quantile(each))
        return float(low.min()), float(high[0])


@dataclass(frozen=True, slots=True)
class SmallestShareRatioLaw:
    """Interval of the smallest of several shares over the largest, at most 1.

    Score intervals of all ordered pairs hold together with Tukey's quantile of the range, whichever
    shares are the smallest and the largest.
    """

    shares: tuple[CountedShare, ...]
    name: str = field(default="score, all pairs, Tukey", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the value and its standard error play no part."""
        first, second = ordered_pairs(self.shares)
        # The range is that of single shares; a difference of two has sqrt(2) times their deviation.
        z = range_quantile(level, len(self.shares)) / np.sqrt(2.0)
        low, high = share_ratio_bounds(first, second, float(z))
        return float(low.min()), min(1.0, float(high.min()))


@dataclass(frozen=True, slots=True)
class SmallestOfLaw:
    """Interval of the smallest of several estimates, each given by its law and its value.

    ``laws`` begin with that of the estimate. As for several shares against one, Sidak's adjustment
    lets all intervals hold together; the lower end is the lowest, the upper end that of the first.
    """

    laws: tuple[IntervalLaw, ...]
    values: tuple[tuple[float, float], ...]
    name: str = field(default="smallest of several", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval, from the values and errors of all the estimates."""
        each = level ** (1.0 / len(self.laws))
        pairs = zip(self.laws, self.values, strict=True)
        ends = [law.interval(*numbers, each) for law, numbers in pairs]
        return min(low for low, _ in ends), ends[0][1]


def smallest_of(estimates: list[Estimate]) -> Estimate:
    """Return the smallest of several estimates, which knows of the choice.

    One that has no value is returned in its place: it might have been the smallest.
    """
    undefined = [estimate for estimate in estimates if np.isnan(estimate.value)]
    if undefined or len(estimates) == 1:
        return (undefined or estimates)[0]

    ordered = sorted(estimates, key=float)
    p_values = [estimate.p_value for estimate in ordered if estimate.p_value is not None]
    adjusted = several_comparisons(min(p_values), len(p_values)) if p_values else None
    return replace(
        ordered[0],
        p_value=adjusted,
        law=SmallestOfLaw(
            tuple(estimate.law for estimate in ordered),
            tuple((float(estimate), estimate.standard_error) for estimate in ordered),
        ),
    )

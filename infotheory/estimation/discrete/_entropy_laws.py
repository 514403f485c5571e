"""Intervals of entropies: below the largest one, with labels that were not seen, or withheld."""

import math
from dataclasses import dataclass, field

import numpy as np

from infotheory._typing import FloatArray
from infotheory.laws import IntervalLaw, NoncentralChi2Law, NormalLaw, WithheldLaw

__all__ = ["BelowLargestLaw", "UnseenLabelsLaw", "entropy_law", "singleton_share"]

# From this statistic on, beyond its degrees of freedom, the non-central chi-square is normal.
_NORMAL_FROM = 50.0

# With a tenth of the probability on labels that were not seen no correction holds but that by
# discovery rates.
_LEAST_COVERAGE = 0.9
_FEWEST_OFF_THE_MODE = 10

# Collisions, which orders from here on count, hardly see labels that no row has.
_BLIND_TO_UNSEEN = 2.0

DISCOVERY = "chao_wang_jost"
_PRIORS = ("dirichlet", "nsb")


@dataclass(frozen=True, slots=True)
class BelowLargestLaw:
    """The largest entropy less a scaled non-centrality: holds at and near the uniform law."""

    # Logarithm of the number of labels seen, in the unit of the interval
    largest: float
    # Law of the distance from it
    chi2: NoncentralChi2Law
    # How much the upper end is raised for labels that were not seen
    unseen: float = 0.0
    # Largest entropy that is possible
    upper: float = math.inf
    name: str = field(default="below the largest entropy", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        nearest, farthest = self.chi2.interval(value, standard_error, level)
        high = self.largest - nearest + self.unseen
        return max(0.0, self.largest - farthest), min(self.upper, high)


@dataclass(frozen=True, slots=True)
class UnseenLabelsLaw:
    """Normal interval whose upper end allows for labels that were not seen."""

    # How much the upper end is raised: `u log(1 / u)` with u the share of rows whose label occurs
    # once, as much as one label of that share could add
    unseen: float
    # Largest entropy that is possible
    upper: float = math.inf
    name: str = field(default="normal with unseen labels", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = NormalLaw(lower=0.0).interval(value, standard_error, level)
        return min(low, self.upper), min(high + self.unseen, self.upper)


def singleton_share(counts: FloatArray) -> float:
    """Share of the rows whose label occurs once: what labels not seen have (Good and Turing)."""
    return float((counts == 1.0).sum() / counts.sum())


def entropy_law(
    counts: FloatArray,
    method: str,
    order: float,
    plugin: tuple[float, float],
    normal: NormalLaw,
    unit: float,
    *,
    knows_alphabet: bool,
) -> IntervalLaw:
    """Law of the interval of an entropy, from positive counts."""
    reason = _why_withheld(counts, method, order, knows_alphabet)
    if reason is not None:
        return WithheldLaw(reason)

    whole = bool((counts == np.floor(counts)).all())
    once = singleton_share(counts) if whole else 0.0
    unseen = -once * math.log(once) / unit if once > 0.0 else 0.0
    if method == DISCOVERY and once > 0.0:
        # The normal interval alone covered .61 to .69 of entropies with a long tail of rare labels,
        # at 1000 rows.
        return UnseenLabelsLaw(unseen, normal.upper)
    if math.isinf(order):
        return normal

    # H = log k - order D, and 2 n D is chi-square with k - 1 degrees of freedom at the uniform law.
    value, error = plugin
    n, freedom = float(counts.sum()), counts.size - 1
    distance = max(0.0, (math.log(counts.size) - value) / order)
    spread = n * (error / order) ** 2
    stretch = max(1.0, spread / (2.0 * distance)) if distance > 0.0 else 1.0

    statistic, freedom_of_law = 2.0 * n * distance / stretch, freedom / stretch
    if statistic >= _NORMAL_FROM + freedom_of_law:
        return normal
    chi2 = NoncentralChi2Law(statistic, freedom_of_law, order * stretch / (2.0 * n * unit))
    return BelowLargestLaw(math.log(counts.size) / unit, chi2, unseen, normal.upper)


def _why_withheld(
    counts: FloatArray, method: str, order: float, knows_alphabet: bool
) -> str | None:
    """Reason why no interval of the entropy is known to hold, None where one is."""
    if order == 0.0:
        return "order 0 counts labels, and how many were not seen is not known"
    if counts.size == 1:
        return "one label was seen: how likely others are is not known"
    # Effective counts do not tell which labels occur once.
    if (counts != np.floor(counts)).any():
        return None

    if method == DISCOVERY:
        off_the_mode = int(counts.sum() - counts.max())
        reason = (
            f"{off_the_mode} rows off the most frequent label: the interval of the entropy by "
            f"{DISCOVERY} needs {_FEWEST_OFF_THE_MODE}"
        )
        return reason if off_the_mode < _FEWEST_OFF_THE_MODE else None

    once = singleton_share(counts)
    blind = order >= _BLIND_TO_UNSEEN or (method in _PRIORS and knows_alphabet)
    reason = (
        f"{once:.0%} of the rows have a label of their own, so that about as much probability lies "
        f"on labels that were not seen: no interval of the entropy by {method} holds; use "
        f"method={DISCOVERY!r}"
    )
    return None if blind or 1.0 - once >= _LEAST_COVERAGE else reason

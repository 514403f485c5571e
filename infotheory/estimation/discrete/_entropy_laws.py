"""Intervals of entropies: below the largest one, with labels that were not seen, or withheld."""

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from infotheory._typing import FloatArray
from infotheory.estimation.discrete._rare_labels import RareLabelsLaw, why_rare_labels
from infotheory.estimation.discrete._weighted_entropy import WeightedLabels
from infotheory.laws import (
    IntervalLaw,
    NoncentralChi2Law,
    NormalLaw,
    WithheldLaw,
)

__all__ = [
    "DISCOVERY",
    "PRIORS",
    "BelowLargestLaw",
    "LargestCountLaw",
    "LargestShareLaw",
    "UnseenLabelLaw",
    "UnseenLabelsLaw",
    "entropy_law",
    "largest_unseen_share",
    "most_added",
    "singleton_share",
]

# Degrees of freedom where the bias of a large order is none.
_LEAST_FREEDOM = 1e-3

# From this statistic on, beyond its degrees of freedom, the non-central chi-square is normal.
_NORMAL_FROM = 50.0

# With a tenth of the probability on labels that were not seen no correction holds but that by
# discovery rates.
_LEAST_COVERAGE = 0.9
_FEWEST_OFF_THE_MODE = 10

# Where a label of few heavy rows holds more than this, intervals covered .73 to .88.
_MOST_ON_FEW_HEAVY_ROWS = 0.15

# Collisions, which orders from here on count, hardly see labels that no row has.
_BLIND_TO_UNSEEN = 2.0

# Standard errors beyond which one count clearly exceeds another.
_CLEAR = 2.0

# Beyond so many rows a label, or counts of so many times the order, large orders have normal laws.
_ROWS_A_LABEL, _COUNTS_AN_ORDER = 6.0, 5.0

# Labels that no row has, of small shares, may be so many times those that were seen: with one alone
# five even labels beside 30 of .002 covered .85 where no rare one shows (40 rows).
_UNSEEN_A_LABEL = 2.0
# Of more even labels than these nobody asks.
_MOST_EVEN = 1000

# Errors by which a prior may move the value. A thousand labels, of which 200 rows of Zipf's law
# show 30, make of dirichlet's value and posterior deviation an interval that held 0.
_MOST_PULL = 0.5

DISCOVERY = "chao_wang_jost"
PRIORS = ("dirichlet", "nsb")

# Pulled towards even labels by a weight that the data do not tell, or tell from few rows.
_PULLED = ("dirichlet", "james_stein")

# The value of others may be too large where labels occur once: chao_shen of two labels and 40 rare
# ones covered .76 (200 rows), nsb of as many that it knew of .88.
_NEVER_TOO_LARGE = ("plugin", "miller_madow")


@dataclass(frozen=True, slots=True)
class BelowLargestLaw:
    """The largest entropy less a scaled non-centrality: holds at and near the uniform law."""

    # Logarithm of the number of labels seen, in the unit of the interval
    largest: float
    # Law of the distance from it, of the degrees of freedom of even labels
    chi2: NoncentralChi2Law
    # The same of the degrees that the bias of uneven ones says, which gives the lower end
    uneven_chi2: NoncentralChi2Law
    # How much the upper end is raised for labels that were not seen
    unseen: float = 0.0
    # Largest entropy that is possible
    upper: float = math.inf
    # Value and error by discovery rates, whose upper end stands where it is the larger one
    discovered: tuple[float, float] | None = None
    name: str = field(default="below the largest entropy", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        nearest, _ = self.chi2.interval(value, standard_error, level)
        _, farthest = self.uneven_chi2.interval(value, standard_error, level)
        high = self.largest - nearest + self.unseen
        if self.discovered is not None:
            _, farther = NormalLaw(0.0).interval(*self.discovered, level)
            high = max(high, farther + self.unseen)
        return max(0.0, self.largest - farthest), min(self.upper, high)


@dataclass(frozen=True, slots=True)
class UnseenLabelsLaw:
    """Normal interval whose upper end allows for labels that were not seen."""

    # How much the upper end is raised: `u log(1 / u)` with u the share of rows whose label occurs
    # once, as much as one label of that share could add
    unseen: float
    # Largest entropy that is possible
    upper: float = math.inf
    # Center of the interval where it is not the value, and the value and error by discovery rates,
    # whose upper end stands where it is the larger one
    center: float | None = None
    discovered: tuple[float, float] | None = None
    # Whether their lower end stands where it is the smaller one, too
    lowered: bool = False
    name: str = field(default="normal with unseen labels", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = NormalLaw(0.0, center=self.center).interval(value, standard_error, level)
        if self.discovered is None:
            return min(low, self.upper), min(high + self.unseen, self.upper)
        nearer, farther = NormalLaw(0.0).interval(*self.discovered, level)
        if self.lowered:
            low = min(low, nearer)
        return min(low, self.upper), min(max(high, farther + self.unseen), self.upper)


@dataclass(frozen=True, slots=True)
class LargestShareLaw:
    """Interval of minus the log of the largest share where several labels may have it.

    The largest of their counts is too large: of six even labels and 60 rows a normal interval
    covered .85. Each of them has a bound of its own (Clopper and Pearson), all together the level.
    """

    # Number of labels whose counts the largest one does not clearly exceed, and of rows
    n_labels: int
    n_rows: float
    unit: float
    # Largest entropy that is possible
    upper: float
    name: str = field(default="largest share", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; none of the labels lies above the upper one."""
        low, _ = NormalLaw(lower=0.0).interval(value, standard_error, level)
        count = math.exp(-value * self.unit) * self.n_rows
        tail = (0.5 - level / 2.0) / self.n_labels
        least = float(special.betaincinv(count, self.n_rows - count + 1.0, tail))
        return low, min(self.upper, -math.log(least) / self.unit)


@dataclass(frozen=True, slots=True)
class LargestCountLaw:
    """Interval of a large order whose most frequent label may have had fewer rows than it should.

    Orders from 2 on are made of it where rows are few for the labels, and nothing else shows that
    its count is small: order 4 of one label of .05 beside 95 of .01 (200 rows) was covered .76.
    """

    # The interval without that
    of_seen: IntervalLaw
    # Sum of the powers of the other shares over that of the largest, the largest count, number of
    # rows, order and unit
    others: float
    largest: float
    n_rows: float
    order: float
    unit: float
    name: str = field(default="largest count", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = self.of_seen.interval(value, standard_error, level)
        # Largest mean of a Poisson count that is so small with the probability of the tail.
        mean = float(special.gammaincinv(self.largest + 1.0, 0.5 + level / 2.0))
        share = min(1.0, mean / self.n_rows)
        # Powers of hundreds of a share are no number; their ratios and logarithms are.
        power = self.others * (self.largest / self.n_rows / share) ** self.order
        log_sum = self.order * math.log(share) + math.log1p(power)
        lowest = max(0.0, log_sum / (1.0 - self.order) / self.unit)
        return min(low, lowest), high


@dataclass(frozen=True, slots=True)
class UnseenLabelLaw:
    """Interval whose upper end allows for one label that no row has, however often others occur."""

    # The interval of the labels that were seen
    of_seen: IntervalLaw
    # Number of rows, order of the entropy, and the unit
    n_rows: float
    order: float
    unit: float
    # The middle of that interval, and the largest entropy that is possible
    center: float
    upper: float
    # Rows whose label occurs once, where the interval of the labels that were seen knows nothing of
    # them
    once: float = 0.0
    name: str = field(default="with a label that was not seen", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = self.of_seen.interval(value, standard_error, level)
        # Its absence and the noise of the labels that were seen do not know of each other.
        tail, seen = 0.5 - level / 2.0, high * self.unit
        n_labels = _UNSEEN_A_LABEL * math.exp(seen)
        if self.once > 0.0:
            return low, self._high_of_singletons(high, tail, n_labels)
        share = largest_unseen_share(self.n_rows, tail)
        added = most_added(share, seen, self.order, n_labels)
        # Some of as many labels as there seem to be may be as likely as they are.
        missed = most_even_unseen(self.n_rows, math.exp(seen), tail)
        if missed > 0:
            added = max(added, most_added(1.0, seen, self.order, missed))
        added /= self.unit
        reach = max(0.0, high - self.center)
        return low, min(self.upper, max(high, self.center + math.hypot(reach, added)))

    def _high_of_singletons(self, high: float, tail: float, n_labels: float) -> float:
        """Upper end where labels that occur once tell of the share of others (Good and Turing)."""
        seen = self.center * self.unit
        most = min(1.0, float(special.gammaincinv(self.once + 1.0, 1.0 - tail)) / self.n_rows)
        usual, added = (
            most_added(share, seen, self.order, n_labels) / self.unit
            for share in (self.once / self.n_rows, most)
        )
        reach = max(0.0, high - self.center)
        return min(self.upper, self.center + usual + math.hypot(reach, added - usual))


def largest_unseen_share(n_rows: float, tail: float) -> float:
    """Share of a label that no row has with this probability."""
    return -math.expm1(math.log(tail) / n_rows)


def most_even_unseen(n_rows: float, n_seen: float, tail: float) -> int:
    """Most labels that no row has, of even ones, with more than this probability."""
    unseen = np.arange(1.0, min(math.ceil(n_seen), _MOST_EVEN) + 1.0)
    labels = n_seen + unseen
    # How many of even labels no row has is nearly a Poisson number.
    means = labels * np.exp(n_rows * np.log1p(-1.0 / labels))
    possible = special.gammainc(unseen, means) > tail
    return int(possible.size if possible.all() else possible.argmin())


def most_added(share: float, seen: float, order: float, n_labels: float = 1.0) -> float:
    """Return the most, in nats, that more labels of at most some share add to an entropy."""
    # More than this they add nothing: they would be the most frequent ones.
    share = min(share, n_labels / (n_labels + math.exp(seen)))
    if share <= 0.0:
        return 0.0
    if order == 1.0:
        of_each = math.log(share / n_labels) + seen
        return -share * of_each - (1.0 - share) * math.log1p(-share)
    if math.isinf(order):
        return -math.log1p(-share)

    # The sum of powers, over that of the labels that were seen: its logarithm does not underflow.
    of_seen = order * math.log1p(-share)
    of_label = order * math.log(share) + (1.0 - order) * (math.log(n_labels) - seen)
    return float(np.logaddexp(of_seen, of_label)) / (1.0 - order)


def singleton_share(counts: FloatArray) -> float:
    """Share of the rows whose label occurs once: what labels not seen have (Good and Turing)."""
    return float((counts == 1.0).sum() / counts.sum())


def entropy_law(
    counts: FloatArray,
    method: str,
    order: float,
    plugin: tuple[float, float, float],
    normal: NormalLaw,
    unit: float,
    *,
    alphabet_size: int | None,
    discovered: tuple[float, float] | None = None,
    weighted: WeightedLabels | None = None,
) -> IntervalLaw:
    """Law of the interval of an entropy, from positive counts.

    ``plugin`` has its value, error and bias; ``discovered`` the value and the error by discovery
    rates, or by sets of rows of one label, where labels occur once, all in nats. The size of the
    alphabet is None where nobody knows it. ``weighted`` has what lies behind the counts where rows
    have different weights.
    """
    knows_alphabet = alphabet_size is not None
    reason = _why_withheld(counts, method, order, knows_alphabet, weighted)
    if reason is None:
        reason = _why_few_collisions(counts, order, discovered, weighted)
    if reason is not None:
        return WithheldLaw(reason)

    law = _law_of_seen(counts, method, order, plugin, normal, unit, discovered, weighted)
    few_repeats = _why_few_repeats(counts, method, order, weighted) is not None
    if few_repeats and isinstance(law, BelowLargestLaw):
        # That is the law of the labels that were seen, and a posterior knows how many there are:
        # by it nsb of five even labels among 35 that it knew of covered .63 (40 rows).
        law = _with_discoveries(normal, counts, method, discovered, unit, weighted)
    if method in _PULLED and not isinstance(law, BelowLargestLaw):
        reason = _why_pulled(law, method, plugin, discovered, unit)
    if reason is not None:
        return WithheldLaw(reason)
    of_seen = law
    if weighted is None and _hides_the_largest(counts, order):
        largest, others = float(counts.max()), np.delete(counts, counts.argmax())
        of_others = float(((others / largest) ** order).sum())
        law = LargestCountLaw(law, of_others, largest, float(counts.sum()), order, unit)

    value, _, bias = plugin
    middle = (value - bias) / unit
    if isinstance(of_seen, BelowLargestLaw):
        middle = min(middle, of_seen.largest)
    elif isinstance(of_seen, NormalLaw) and of_seen.center is not None:
        middle = of_seen.center
    if order < 1.0:
        rows_of_labels = counts if weighted is None else weighted.effective_rows
        law = RareLabelsLaw(law, middle, rows_of_labels, counts / counts.sum(), order, unit)

    knows_unseen = (method in PRIORS and alphabet_size is not None) or method == DISCOVERY
    told = knows_unseen and isinstance(of_seen, NormalLaw | UnseenLabelsLaw)
    if alphabet_size == counts.size or told:
        return law

    # Between these orders nothing else knows what labels that occur once say of the others.
    once = _share_seen_once(counts, weighted) if 1.0 < order < _BLIND_TO_UNSEEN else 0.0
    rows = float(counts.sum())
    # Even labels have hardly a variance, and one that no row has was all that an interval missed:
    # six even labels beside one of .01 were covered .42, two beside one of .005 .25 (60 rows).
    return UnseenLabelLaw(law, rows, order, unit, middle, normal.upper, once * rows)


def _law_of_seen(
    counts: FloatArray,
    method: str,
    order: float,
    plugin: tuple[float, float, float],
    normal: NormalLaw,
    unit: float,
    discovered: tuple[float, float] | None,
    weighted: WeightedLabels | None,
) -> IntervalLaw:
    """Law that knows of labels that were not seen by those that were seen once."""
    once = _share_seen_once(counts, weighted)
    unseen = _unseen(once) / unit
    if method == DISCOVERY and once > 0.0:
        # The normal interval alone covered .61 to .69 of entropies with a long tail of rare labels,
        # at 1000 rows.
        return UnseenLabelsLaw(unseen, normal.upper)
    if math.isinf(order):
        return _law_of_the_largest(counts, normal, unit, weighted)

    # H = log k - order D, and 2 n D is chi-square with k - 1 degrees of freedom at the uniform law.
    # Farther from it the bias says how many degrees there are, which are too few for noise around
    # even shares. Of order 4 with 60 rows of 80 uneven labels lower ends by k - 1 covered .55.
    value, error, bias = plugin
    n, freedom, least_stretch = float(counts.sum()), float(counts.size - 1), 1.0
    if weighted is not None:
        freedom, half_variance = weighted.moments_at_the_uniform_law()
        least_stretch = half_variance / freedom
    of_bias = min(max(-2.0 * n * bias / order, _LEAST_FREEDOM), freedom)
    distance = max(0.0, (math.log(counts.size) - value) / order)
    spread = n * (error / order) ** 2
    stretch = max(least_stretch, spread / (2.0 * distance)) if distance > 0.0 else least_stretch

    statistic, freedom_of_law = 2.0 * n * distance / stretch, freedom / stretch
    if statistic >= _NORMAL_FROM + freedom_of_law:
        if weighted is not None and once > 0.0:
            return UnseenLabelsLaw(unseen, normal.upper, normal.center)
        return _with_discoveries(normal, counts, method, discovered, unit, weighted)
    scale = order * stretch / (2.0 * n * unit)
    return BelowLargestLaw(
        math.log(counts.size) / unit,
        NoncentralChi2Law(statistic, freedom_of_law, scale),
        NoncentralChi2Law(statistic, of_bias / stretch, scale),
        unseen,
        normal.upper,
        None if discovered is None else (discovered[0] / unit, discovered[1] / unit),
    )


def _share_seen_once(counts: FloatArray, weighted: WeightedLabels | None) -> float:
    """Share of the rows, or of their weight, whose label occurs once; 0 where nobody counted."""
    if weighted is not None:
        return weighted.share_of_singletons
    return singleton_share(counts) if (counts == np.floor(counts)).all() else 0.0


def _law_of_the_largest(
    counts: FloatArray, normal: NormalLaw, unit: float, weighted: WeightedLabels | None
) -> IntervalLaw:
    """Law of minus the log of the largest share, of which there may be several."""
    largest, n = float(counts.max()), float(counts.sum())
    if weighted is None:
        # Differences of two counts vary by twice what either does.
        close = int((counts >= largest - _CLEAR * math.sqrt(2.0 * largest)).sum())
        return normal if close == 1 else LargestShareLaw(close, n, unit, normal.upper)

    shares, variances = weighted.p, weighted.variances()
    of_difference = variances + variances[shares.argmax()]
    close_ones = shares >= shares.max() - _CLEAR * np.sqrt(of_difference)
    if close_ones.sum() == 1:
        return normal
    # The rows whose shares would vary as that of the label does.
    size = float((shares * (1.0 - shares) / variances)[close_ones].min())
    return LargestShareLaw(int(close_ones.sum()), size, unit, normal.upper)


def _with_discoveries(
    normal: NormalLaw,
    counts: FloatArray,
    method: str,
    discovered: tuple[float, float] | None,
    unit: float,
    weighted: WeightedLabels | None,
) -> NormalLaw | UnseenLabelsLaw:
    """Return the normal law with an upper end that is no less than that by discovery rates.

    The lower end of methods whose value may be too large is no more than theirs, too.
    """
    if discovered is None:
        return normal
    return UnseenLabelsLaw(
        _unseen(_share_seen_once(counts, weighted)) / unit,
        normal.upper,
        normal.center,
        (discovered[0] / unit, discovered[1] / unit),
        lowered=method not in _NEVER_TOO_LARGE,
    )


def _unseen(once: float) -> float:
    """Return what labels that were not seen may add, by the share of rows seen once, in nats."""
    return -once * math.log(once) if once > 0.0 else 0.0


def _hides_the_largest(counts: FloatArray, order: float) -> bool:
    """Tell whether rows are so few for the labels that the most frequent ones may not show."""
    if order < _BLIND_TO_UNSEEN or math.isinf(order):
        return False
    if counts.sum() > _ROWS_A_LABEL * counts.size:
        return False
    # Mean count by what labels add to the sum of powers.
    relative = (counts / counts.max()) ** order
    return bool(relative @ counts < _COUNTS_AN_ORDER * order * relative.sum())


def _why_withheld(
    counts: FloatArray,
    method: str,
    order: float,
    knows_alphabet: bool,
    weighted: WeightedLabels | None,
) -> str | None:
    """Reason why no interval of the entropy is known to hold, None where one is."""
    if order == 0.0:
        return "order 0 counts labels, and how many were not seen is not known"
    if order < 1.0:
        rare = why_rare_labels(counts if weighted is None else weighted.effective_rows, order)
        if rare is not None:
            return rare
    if counts.size == 1:
        return "one label was seen: how likely others are is not known"
    reason = _why_few_heavy_rows(weighted)
    # Fractions of rows do not tell which labels occur once.
    if reason is not None or (weighted is None and (counts != np.floor(counts)).any()):
        return reason

    if method == DISCOVERY:
        off_the_mode = int(counts.sum() - counts.max())
        reason = (
            f"{off_the_mode} rows off the most frequent label: the interval of the entropy by "
            f"{DISCOVERY} needs {_FEWEST_OFF_THE_MODE}"
        )
        return reason if off_the_mode < _FEWEST_OFF_THE_MODE else None

    told = method in PRIORS and knows_alphabet
    return None if told else _why_few_repeats(counts, method, order, weighted)


def _why_few_repeats(
    counts: FloatArray, method: str, order: float, weighted: WeightedLabels | None
) -> str | None:
    """Reason why labels that were seen do not tell of the others, None where they do."""
    once = _share_seen_once(counts, weighted)
    if order >= _BLIND_TO_UNSEEN or method == DISCOVERY or 1.0 - once >= _LEAST_COVERAGE:
        return None
    return (
        f"{once:.0%} of the rows have a label of their own, so that about as much probability lies "
        f"on labels that were not seen: no interval of the entropy by {method} holds; "
        + (f"use method={DISCOVERY!r}" if weighted is None else "merge rare labels")
    )


def _why_few_collisions(
    counts: FloatArray,
    order: float,
    collisions: tuple[float, float] | None,
    weighted: WeightedLabels | None,
) -> str | None:
    """Reason why an order from 2 on has no upper end, None where sets of rows tell one."""
    once = _share_seen_once(counts, weighted)
    known = collisions is not None or math.isinf(order)
    if order < _BLIND_TO_UNSEEN or known or 1.0 - once >= _LEAST_COVERAGE:
        return None
    return (
        f"{once:.0%} of the rows have a label of their own, and too few share one to tell the "
        f"entropy of order {order:g} from larger ones; merge rare labels, or take more rows"
    )


def _why_pulled(
    law: IntervalLaw,
    method: str,
    plugin: tuple[float, float, float],
    discovered: tuple[float, float] | None,
    unit: float,
) -> str | None:
    """Reason why a value is that of the prior and not of the rows, None where it is not."""
    center = getattr(law, "center", None)
    if center is None:
        return None
    value, error, bias = plugin
    # Where labels occur once the upper end knows of those not seen, and small values do no harm.
    if discovered is None:
        pull = abs(center * unit - (value - bias))
    else:
        pull = center * unit - discovered[0]
    if pull <= _MOST_PULL * error:
        return None
    return (
        f"the prior of {method} moves the value by {pull / error:.1f} standard errors (at most "
        f"{_MOST_PULL:g}) from what the rows alone say: no interval is known to hold; take "
        f"another method, such as {DISCOVERY!r}, or more rows"
    )


def _why_few_heavy_rows(weighted: WeightedLabels | None) -> str | None:
    """Reason why a label of few rows of much weight leaves no interval, None without one."""
    heavy = 0.0 if weighted is None else weighted.largest_of_few_heavy_rows
    if heavy <= _MOST_ON_FEW_HEAVY_ROWS:
        return None
    return (
        f"{heavy:.0%} of the weight lies on a label of fewer than 12 rows, which weigh more than "
        "three times the average: how many such rows there might have been is not known; merge "
        "labels, or take more rows"
    )

"""The law of a divergence between few rows: exact moments along a path of laws, inverted.

Where bins hold a handful of rows the estimate is neither normal nor chi-square. Its first three
moments are sums over counts of one bin at a time (multinomial counts are Poisson counts given their
total; C. N. Morris, Annals of Statistics 3 (1975) 165, doi:10.1214/aos/1176343006), and a gamma law
with these moments gives the probability of what was seen under any law. The test of "the divergence
is v" is inverted along a path of laws, from the pooled one through the shares that were seen
(C.-S. Chuang and T. L. Lai, Statistica Sinica 10 (2000) 1-50). Other paths lead to laws that vary
more at the same divergence, and the wider answer counts.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import special

from infotheory._typing import BoolArray, FloatArray
from infotheory._validation import check_level
from infotheory.evidence.count_moments import (
    LARGE,
    MOST_NODES,
    NODE_WEIGHTS,
    NODES,
    log_choices,
    moments_by_count,
    moments_of_counts,
    terms_of_laws,
)

__all__ = ["EXACT_MOMENTS", "ExactMomentLaw", "one_sample_lacks"]

#: Divergences whose moments are known here, and whether the divergence is bounded.
EXACT_MOMENTS = {"iv": False, "js": True}

#: Steps of a path: 0 is the pooled law, 1 the shares that were seen.
_STEPS = np.array([0.0, 0.25, 0.5, 0.75, 1.0, 1.3, 1.65, 2.1, 2.7, 3.6, 5.0, 7.5, 12.0, 25.0, 60.0])

#: Least variance given the totals of the bins, of that of the path.
_LEAST_SPREAD = 0.01

#: Rows that a bin which differs alone may have lost by chance, of the sample that has fewer there.
_LOST_ROWS = 2.0
#: Divergence of shares that are equal but for rounding, of what noise makes.
_PARTED = 1e-9

#: Samples of fewer rows may bound a divergence at low levels only, or at none.
_FEW_ROWS = 10
_HIGH_LEVEL = 0.999

#: Rows that are expected where none is: from here on the rule of three rejects equality at 5 %.
_SURELY_LACKING = 3.0


def one_sample_lacks(first: FloatArray, second: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Mark bins without rows of one sample where the other's shares lead to expect 3 or more.

    Nothing bounds a divergence from above there: it grows without limit as the share goes to 0. The
    second array holds the rows that are expected.
    """
    expected_second = second.sum(axis=-1, keepdims=True) * first / first.sum(axis=-1, keepdims=True)
    expected_first = first.sum(axis=-1, keepdims=True) * second / second.sum(axis=-1, keepdims=True)
    expected = np.where(second == 0.0, expected_second, expected_first)
    # Where rates differ a thousandfold, finite ends miss .21 to .69 of the time.
    empty = (first == 0.0) | (second == 0.0)
    return empty & (expected >= _SURELY_LACKING), expected


class _Laws(NamedTuple):
    """Rows in proportion to the two laws that a path leads through."""

    first: FloatArray
    second: FloatArray
    least_spread: float = _LEAST_SPREAD
    """Least variance given the totals of the bins, of that of the path."""
    alone: tuple[int, ...] = ()
    """The one or two largest of the bins that alone differ, by their terms; none where all do."""


class _Path(NamedTuple):
    """Laws from the pooled one onwards, and how likely they make what was seen."""

    divergence: FloatArray
    """Divergence of each law, ascending from 0."""
    above: FloatArray
    """Probability of the statistic or more."""
    above_median: FloatArray
    """The same of the statistic, or of its median under equality where that is larger."""


@dataclass(frozen=True)
class ExactMomentLaw:
    """Interval and tests of a divergence between two samples with few rows in some bins.

    Notes
    -----
    Moments are computed when an interval or a test is first asked for.
    """

    # Rows of the two samples in the bins that hold any; where one bin holds all, in the others, too
    first: tuple[float, ...]
    second: tuple[float, ...]
    # Whether the divergence is that of Jensen and Shannon, at most `ln 2`; that of Jeffreys where
    # False
    bounded: bool = False
    # Of the test that the two laws are equal; 0 where there is none. Near equality bins that no row
    # reached are missing from every law of a path, and `exceeds` alone rejects up to .11 for .05.
    p_value: float = 0.0
    name: str = field(default="exact moments", init=False)

    @cached_property
    def unbounded(self) -> bool:
        """Whether nothing bounds the divergence from above."""
        if self.bounded:
            return False
        lacking, _ = one_sample_lacks(np.array(self.first), np.array(self.second))
        return bool(lacking.any())

    @cached_property
    def too_few_rows(self) -> str | None:
        """Words for samples of so few rows that no divergence is refused, None for others."""
        fewest = min(sum(self.first), sum(self.second))
        if self.bounded or self.unbounded or fewest >= _FEW_ROWS:
            return None
        if np.isfinite(self.interval(np.nan, np.nan, _HIGH_LEVEL)[1]):
            return None
        return (
            f"the smaller sample has {fewest:g} row{'' if fewest == 1.0 else 's'}: at high levels "
            "nothing bounds the value from above"
        )

    @cached_property
    def _one_sided_factor(self) -> float:
        """2 where a sample has all rows in one bin, so that the path leads to one corner only."""
        concentrated = any(max(rows) == sum(rows) for rows in (self.first, self.second))
        return 2.0 if concentrated else 1.0

    @cached_property
    def _paths(self) -> tuple[_Path, ...]:
        """Paths of laws from equal shares onwards: those that bound from above, and of few bins."""
        first, second = np.array(self.first), np.array(self.second)

        # Noise spreads what is seen over all bins. A divergence that one bin makes alone, or two,
        # or three, varies more at the same value, and is exceeded more often: further paths lead
        # there.
        few = (apart for apart in (1, 2, 3) if first.size > apart + 1)
        towards = [_in_few_bins(first, second, self._halves, apart) for apart in few]
        return *self._from_above, *self._led_through(towards)

    @cached_property
    def _from_above(self) -> tuple[_Path, ...]:
        """Paths through the laws seen, each with half rows of its own: these bound from above."""
        first, second = np.array(self.first), np.array(self.second)
        k, size = first.size, first.sum() + second.sum()

        # Half a row would swamp bins much rarer than that: a second path has less there. Of a bin
        # that no row reached half a row is all that is known.
        both = first + second
        rare = np.where(both > 0.0, np.minimum(1.0, k * both / size), 1.0)
        return self._led_through(
            [
                _Laws(first + self._halves[0] * parts, second + self._halves[1] * parts)
                for parts in (np.ones(k), rare)
            ]
        )

    @property
    def _halves(self) -> tuple[float, float]:
        """Rows that are added to each bin: half a row of the smaller sample.

        Of the larger one it is what keeps the ratio of the two: added halves then pull no share of
        one sample towards or from the other's.
        """
        n, m = sum(self.first), sum(self.second)
        return n / (2.0 * min(n, m)), m / (2.0 * min(n, m))

    def _led_through(self, towards: list[_Laws]) -> tuple[_Path, ...]:
        """Return the paths that lead through these laws."""
        first, second = np.array(self.first), np.array(self.second)
        sizes = float(first.sum()), float(second.sum())
        return tuple(
            _path(first, second, self._halves, laws, self._equal, bounded=self.bounded)
            for given in towards
            for laws in _each_way(given, sizes)
        )

    @cached_property
    def _equal(self) -> FloatArray:
        """Mean and variance of the statistic of equal laws, given the totals of the bins."""
        first, second = np.array(self.first), np.array(self.second)
        return _moments_given_bins(first, second, self._halves, bounded=self.bounded)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the value and its standard error play no part."""
        check_level(level)
        tail = 0.5 - level / 2.0
        low = 0.0
        if self.p_value <= tail:
            low = min(
                _where(path.divergence, path.above, tail / self._one_sided_factor)
                for path in self._paths
            )
        if self.unbounded:
            return low, np.inf
        high = max(
            _where(path.divergence, path.above_median, 1.0 - tail) for path in self._from_above
        )
        return low, min(high, np.log(2.0)) if self.bounded else high

    def exceeds(self, threshold: float) -> float:
        """P-value of the test that rejects "divergence <= threshold"; 1 where that always holds."""
        if threshold >= (np.log(2.0) if self.bounded else np.inf):
            return 1.0
        p_value = max(_at(path.divergence, path.above, threshold) for path in self._paths)
        # What exceeds any limit differs from equality, too.
        return max(self.p_value, min(1.0, self._one_sided_factor * p_value))

    def certifies(self, threshold: float) -> float:
        """P-value of the test that rejects "divergence >= threshold"; 1 where that always holds."""
        if self.unbounded or threshold == 0.0:
            return 1.0
        return max(
            1.0 - _at(path.divergence, path.above_median, threshold) for path in self._from_above
        )

    def median(self) -> float:
        """Value that the statistic exceeds as often as not: an estimate without median bias."""
        path = self._paths[0]
        return _where(path.divergence, path.above, 0.5)


def _path(
    first: FloatArray,
    second: FloatArray,
    halves: tuple[float, float],
    towards: _Laws,
    equal: FloatArray,
    *,
    bounded: bool,
) -> _Path:
    """Divergences of the laws of a path, and the probabilities of what was seen under each.

    ``equal`` are the moments at equality given the totals of the bins.
    """
    first_half, second_half = halves
    p, q = first + first_half, second + second_half
    p, q = p / p.sum(), q / q.sum()
    statistic = float(np.sum(terms_of_laws(p, q, np.log(p), np.log(q), bounded=bounded)))

    p, q = (rows / rows.sum() for rows in (towards.first, towards.second))
    log_p, log_q = _log_laws(p, q, float(first.sum()), float(second.sum()))
    p, q = np.exp(log_p), np.exp(log_q)
    moments = moments_of_counts(p, q, (first.sum(), second.sum()), halves, bounded=bounded)

    # The laws of a path take the shares of the few rows for the true ones, which are more even: at
    # equality the totals of the bins show by how much the mean is too low, and the spread wrong.
    # One row in each bin leaves nothing to vary; the test of equality then speaks for itself.
    spread = max(equal[1] / moments[0, 1], towards.least_spread)
    given_bins = moments * np.array([1.0, spread, spread**1.5])
    given_bins[:, 0] += equal[0] - moments[0, 0]
    above = np.maximum(_tail(statistic, moments), _tail(statistic, given_bins))

    # Where a bin makes most of the divergence its rarer rows are none, one or two, and what is seen
    # moves in steps that no gamma law has: its probability is added up count by count.
    if towards.alone:
        by_count = np.zeros(len(above))
        for told in (towards.alone, towards.alone[:1])[: len(towards.alone)]:
            # Of two bins one may have too many rows under some laws: the other is told there.
            left = by_count == 0.0
            if left.any():
                sizes = first.sum(), second.sum()
                given = moments_by_count(p, q, sizes, halves, told, bounded=bounded, wanted=left)
                by_count[left] = _tail_by_count(statistic, *given)[left]
        above = np.maximum(above, by_count)

    median = _median(moments[0])
    return _Path(
        # rounding may take a mean of two divergences of equal laws below 0
        np.maximum(np.sum(terms_of_laws(p, q, log_p, log_q, bounded=bounded), axis=1), 0.0),
        np.maximum.accumulate(above),
        np.maximum.accumulate(_tail(max(statistic, median), moments)),
    )


def _in_few_bins(
    first: FloatArray, second: FloatArray, halves: tuple[float, float], apart: int
) -> _Laws:
    """Laws that differ in the bins of the largest terms only, and in the others by a factor."""
    rows = first + halves[0], second + halves[1]
    p, q = (sample / sample.sum() for sample in rows)
    largest = np.argsort(-(p - q) * (np.log(p) - np.log(q)), kind="stable")[:apart]
    pooled = (rows[0] + rows[1]) / (rows[0].sum() + rows[1].sum())

    # Shares of these bins or another, each with half a row. A bin was picked for what chance made
    # of it: the sample that has fewer rows there may have lost some, and its term grows without
    # limit as they get fewer. Laws with its seen share would hardly ever show so few.
    sides = np.stack([first[largest], second[largest]]) + 0.5
    elsewhere = np.ones(first.size, dtype=bool)
    elsewhere[largest] = False
    others = np.array([first[elsewhere].sum(), second[elsewhere].sum()]) + 0.5
    fewer = np.argmin(sides / (sides.sum(axis=1) + others)[:, None], axis=0)
    sides += _LOST_ROWS * (fewer == np.arange(2)[:, None])

    # Each part by itself: beside very many rows 1 - share would be 0.
    laws = []
    for rows_of_bins, left in zip(sides, others, strict=True):
        law = pooled * left / pooled[elsewhere].sum()
        law[largest] = rows_of_bins
        laws.append(law / (rows_of_bins.sum() + left))
    return _Laws(laws[0], laws[1], least_spread=1.0, alone=tuple(largest[:2].tolist()))


def _moments_given_bins(
    first: FloatArray, second: FloatArray, halves: tuple[float, float], *, bounded: bool
) -> FloatArray:
    """Mean and variance of the statistic of equal laws, given the totals of the bins.

    Rows of a bin are binomial counts given that those of the sample add up to its size, as Poisson
    counts are in ``moments_of_counts``.
    """
    # Neither divergence knows which sample is the first. The smaller one is counted: beside very
    # many rows of a bin what is left of them would be all.
    if first.sum() > second.sum():
        first, second, halves = second, first, halves[::-1]
    totals, n, m = first + second, first.sum(), second.sum()
    share = n / (n + m)
    varies = totals * share * (m / (n + m))
    counts, weights = _binomial_nodes(totals, share)
    p = (counts + halves[0]) / (n + halves[0] * first.size)
    q = (totals[:, None] - counts + halves[1]) / (m + halves[1] * first.size)
    terms = terms_of_laws(p, q, np.log(p), np.log(q), bounded=bounded)

    # What the terms owe to the size of the sample, which does not vary: its second polynomial
    # comes off the mean (Krawtchouk's; Charlier's for Poisson counts), its first off the spread.
    # The second stays in the spread as it does in that of a path, to which this one is compared: it
    # makes both k / (k - 1) times too large at equality, and their ratio is right.
    moved = counts - share * totals[:, None]
    second_polynomial = moved**2 - (1.0 - 2.0 * share) * moved - varies[:, None]
    size_varies = varies.sum()
    means = np.sum(weights * terms, axis=1)
    correction = np.sum(weights * terms * second_polynomial) / (1.0 - 1.0 / (n + m))
    slope = np.sum(weights * terms * moved) / size_varies
    rest = terms - means[:, None] - slope * moved
    return np.array([means.sum() - 0.5 * correction / size_varies, np.sum(weights * rest * rest)])


def _binomial_nodes(totals: FloatArray, share: float) -> tuple[FloatArray, FloatArray]:
    """Rows of the smaller sample in each bin and their probabilities, of shape (n_bins, n_nodes).

    All counts where few are expected, or nodes where many are.
    """
    means = totals * share
    counts = np.arange(MOST_NODES, dtype=np.float64) * np.ones((totals.size, 1))
    possible = counts <= totals[:, None] + 0.5
    counts = np.where(possible, counts, 0.0)
    others = totals[:, None] - counts
    logs = log_choices(counts, others) + counts * np.log(share) + others * np.log1p(-share)
    weights = np.where(possible, np.exp(logs), 0.0)

    many = means > LARGE
    spread = np.sqrt(means * (1.0 - share))[many, None]
    bend = (1.0 - 2.0 * share) * (NODES**2 - 1.0) / 6.0
    counts[many, : NODES.size] = means[many, None] + spread * NODES + bend
    weights[many] = 0.0
    weights[many, : NODES.size] = NODE_WEIGHTS
    return counts, weights / weights.sum(axis=1, keepdims=True)


def _each_way(laws: _Laws, sizes: tuple[float, float]) -> list[_Laws]:
    """Return the laws, and of equal ones, which point nowhere, two pairs that part.

    The shares of the smaller sample rise with the bins or fall, as far as noise can hide: neither
    the order of the bins nor that of the samples matters.
    """
    p, q = laws.first / laws.first.sum(), laws.second / laws.second.sum()
    n, m = sizes
    noise = _noise(p.size, n, m)
    if np.sum((q - p) * (np.log(q) - np.log(p))) >= _PARTED * noise:
        return [laws]

    rising = np.linspace(-1.0, 1.0, p.size) * np.sqrt(noise)
    moved = [special.softmax(np.log(p) + direction) for direction in (rising, -rising)]
    if m <= n:
        return [laws._replace(first=p, second=law) for law in moved]
    return [laws._replace(first=law, second=q) for law in moved]


def _noise(n_bins: int, n: float, m: float) -> float:
    """Return the divergence that chance makes of equal laws in samples of such sizes."""
    return (n_bins - 1.0) * (n + m) / (n * m)


def _log_laws(p: FloatArray, q: FloatArray, n: float, m: float) -> tuple[FloatArray, FloatArray]:
    """Logarithms of the laws of the two samples along the path, of shape (n_steps, n_bins)."""
    direction = np.log(q) - np.log(p)
    noise = _noise(p.size, n, m)
    seen = float(np.sum((q - p) * direction))

    # Shares nearer to each other than noise makes them: longer steps, to laws that can be refused.
    steps = _STEPS[:, None] * max(1.0, np.sqrt(0.25 * noise / seen))
    pull = m / (n + m)
    log_p = np.log(p) + pull * (1.0 - steps) * direction
    log_q = np.log(p) + (pull + steps * (1.0 - pull)) * direction
    return special.log_softmax(log_p, axis=1), special.log_softmax(log_q, axis=1)


def _shape(moments: FloatArray) -> FloatArray:
    """Shape of the gamma law of this skewness; nearly normal where there is none."""
    skewness = np.maximum(moments[..., 2] / moments[..., 1] ** 1.5, 1e-3)
    return np.asarray(4.0 / skewness**2)


def _tail(statistic: float, moments: FloatArray) -> FloatArray:
    """Probability of the statistic or more under each law."""
    shape = _shape(moments)
    standard = (statistic - moments[:, 0]) / np.sqrt(moments[:, 1])
    return np.asarray(special.gammaincc(shape, np.maximum(shape + standard * np.sqrt(shape), 0.0)))


def _tail_by_count(statistic: float, probabilities: FloatArray, moments: FloatArray) -> FloatArray:
    """Probability of the statistic or more under each law, added up over counts of one bin or two.

    It is 0 for a law under which the count takes too many values to tell them.
    """
    occurs = probabilities > 0.0
    above = np.zeros(probabilities.shape)
    above[occurs] = _tail(statistic, moments[occurs])
    return np.asarray(np.sum(probabilities * above, axis=1))


def _median(moments: FloatArray) -> float:
    """Median of the statistic under one law."""
    shape = float(_shape(moments))
    standard = (special.gammaincinv(shape, 0.5) - shape) / np.sqrt(shape)
    return float(moments[0] + standard * np.sqrt(moments[1]))


def _probit(probability: FloatArray) -> FloatArray:
    return np.asarray(special.ndtri(np.clip(probability, 1e-12, 1.0 - 1e-12)))


def _where(divergence: FloatArray, above: FloatArray, probability: float) -> float:
    """Divergence at which the statistic is exceeded with a probability; 0 or infinity at the ends.

    Between steps the probit is nearly a line in the root of the divergence.
    """
    if above[0] >= probability:
        return 0.0
    if above[-1] < probability:
        return float(np.inf)
    # the slope keeps a probit that does not rise any more ascending
    probits = _probit(above) + 1e-9 * np.arange(above.size)
    return float(np.interp(special.ndtri(probability), probits, np.sqrt(divergence))) ** 2


def _at(divergence: FloatArray, above: FloatArray, threshold: float) -> float:
    """Probability of the statistic or more at a divergence."""
    probit = np.interp(np.sqrt(threshold), np.sqrt(divergence), _probit(above))
    return float(special.ndtr(probit))

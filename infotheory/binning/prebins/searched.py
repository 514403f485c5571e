"""Divergence of bins that were learnt on the rows that they count: an interval over the search.

The best bins of a feature without evidence show some: an interval for bins that were fixed before
misses 0 for a quarter of such features. No merger of the pre-bins tells more than the pre-bins
themselves, so that a lower end with the degrees of freedom of the pre-bins holds for every merger
at once, whatever the rule that chose one (H. Scheffé, Biometrika 40 (1953) 87-110,
doi:10.1093/biomet/40.1-2.87). What the search chose may only look too good, so that the upper end
stays that of its bins.
"""

import math
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from scipy import special

from infotheory._any_table import AnyTable
from infotheory.evidence.binned_samples import (
    fill_zero_cells,
    repeated_rows,
    samples_of_table,
)
from infotheory.evidence.divergence import NORMAL_FROM, divergence_estimate, divergence_parts
from infotheory.evidence.equality import pearson_p_values
from infotheory.evidence.targets.estimates import spread_at_equality, target_estimate
from infotheory.evidence.weighted_laws import equality_p_values
from infotheory.inference import DivergenceEstimate, Estimate
from infotheory.laws import IntervalLaw, NoncentralChi2Law, NormalLaw, WithheldLaw
from infotheory.tables import EvidenceTable

__all__ = [
    "SearchBreadth",
    "SearchedLaw",
    "breadth_of_bins",
    "breadth_of_search",
    "estimate_of_bins",
    "estimate_over_search",
    "information_of_bins",
    "noise_of_search",
    "p_value_of_search",
]


#: Statistic that the best bins of noise seldom exceed, over the logarithm of the number of pre-bins
#: (found by simulation with 20 and 64 of them, and 2 to 7 bins).
_NOISE_OF_ORDERS = 3.5

#: The same of each bin where no trend binds them, over the logarithm of the pre-bins a bin (with 20
#: to 256 pre-bins, and 3 to 10 bins: one of ten samples exceeds it).
_NOISE_OF_BINS = 1.5


@dataclass(frozen=True, slots=True)
class SearchedLaw:
    """Interval of the divergence of bins that a search chose among mergers of pre-bins."""

    # Law of the same bins, had they been fixed before
    of_bins: IntervalLaw
    # Law whose lower end holds for all mergers at once
    of_mergers: IntervalLaw
    name: str = field(default="over the search", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = self.of_bins.interval(value, standard_error, level)
        of_all, _ = self.of_mergers.interval(value, standard_error, level)
        return min(low, of_all), high


def estimate_of_bins(
    table: AnyTable, zero_cells: str | float, divergence: str | None = None
) -> DivergenceEstimate:
    """Estimate the divergence of bins fixed before: the information value of two classes."""
    if isinstance(table, EvidenceTable):
        return target_estimate(table, divergence)
    return divergence_estimate(samples_of_table(table), zero_cells=zero_cells, labels=table.labels)


class SearchBreadth(NamedTuple):
    """What is needed of the pre-bins among whose mergers a search chose."""

    trace: float
    """Mean of their divergence where no bin tells anything: of two classes that of ``N_eff`` times
    the divergence, which is one less than the number of pre-bins where rows have one weight."""
    scale: float
    """Scale of the chi-square law."""


def breadth_of_search(
    prebins: AnyTable, zero_cells: str | float = "haldane", divergence: str | None = None
) -> SearchBreadth:
    """Say how much noise the mergers of pre-bins can show, which are counted on the same rows."""
    if isinstance(prebins, EvidenceTable):
        return SearchBreadth(*spread_at_equality(prebins, divergence))
    filled = fill_zero_cells(samples_of_table(prebins), zero_cells)
    # Rows of one weight: the law under equality is the plain chi-square with one degree less than
    # cells.
    if repeated_rows(filled)[1]:
        return SearchBreadth(float(filled.occupied().sum()) - 1.0, 1.0)
    parts = divergence_parts(filled)
    return SearchBreadth(float(parts.trace), float(parts.scale))


def estimate_over_search(
    table: AnyTable,
    searched: SearchBreadth | None,
    zero_cells: str | float = "haldane",
    divergence: str | None = None,
) -> Estimate:
    """Estimate the divergence of bins that were made of pre-bins on these rows; without a p-value.

    Bins that are their pre-bins, and those of which nothing is known, are taken as fixed before.
    """
    fixed = estimate_of_bins(table, zero_cells, divergence)
    estimate = Estimate(
        value=fixed.value,
        standard_error=fixed.standard_error,
        method=fixed.method,
        law=fixed.law,
        reason=fixed.reason,
    )
    if searched is None or isinstance(fixed.law, WithheldLaw) or not fixed.degrees_of_freedom:
        return estimate

    own = breadth_of_search(table, zero_cells, divergence)
    # Bins that are their pre-bins were not chosen among any: equal up to rounding.
    if searched.trace <= own.trace * (1.0 + 1e-9):
        return estimate
    # The traces of two classes are in units of ``N_eff`` times the divergence, those of other
    # targets in units of the divergence itself.
    of_target = isinstance(table, EvidenceTable)
    of_mergers = _law_of_mergers(fixed, own, searched, 1.0 if of_target else fixed.n_effective)
    return replace(estimate, law=SearchedLaw(fixed.law, of_mergers))


def _law_of_mergers(
    fixed: DivergenceEstimate, own: SearchBreadth, searched: SearchBreadth, size: float
) -> IntervalLaw:
    """Law of the divergence of the bins with the degrees of freedom of the pre-bins.

    ``size`` times the divergence has the unit of the traces.
    """
    unit, center = 1.0 / size, fixed.plug_in - fixed.bias
    scale = max(own.scale, searched.scale, size / fixed.n_effective)
    # What the search may have found by chance alone, beyond what fixed bins would show, is taken
    # off.
    shifted = center - (searched.trace - own.trace) * unit
    if shifted >= NORMAL_FROM * scale * unit:
        return NormalLaw(lower=0.0, center=shifted)

    draw = (center / unit + own.trace) / scale
    return NoncentralChi2Law(draw, searched.trace / scale, scale * unit)


class SearchedBins(Protocol):
    """Bins of a feature that may have been chosen on the rows that they count."""

    @property
    def prebin_table(self) -> AnyTable | None:
        """Counts or sums of the pre-bins, where there are some."""

    @property
    def read_breadth(self) -> SearchBreadth | None:
        """What a document says of pre-bins that it does not hold."""

    def summed(self) -> tuple[object, AnyTable]:
        """Return the bins with their counts or sums; ValueError where there are none."""


def breadth_of_bins(
    bins: SearchedBins, zero_cells: str | float, divergence: str | None = None
) -> SearchBreadth | None:
    """Say how much noise the search for bins can show; None where nobody knows."""
    if bins.prebin_table is None:
        return bins.read_breadth
    return breadth_of_search(bins.prebin_table, zero_cells, divergence)


def information_of_bins(
    bins: SearchedBins, zero_cells: str | float, divergence: str | None = None
) -> Estimate:
    """Estimate the divergence of bins on the rows of the fit, over the search for them."""
    searched = breadth_of_bins(bins, zero_cells, divergence)
    return estimate_over_search(bins.summed()[1], searched, zero_cells, divergence)


def p_value_of_search(bins: SearchedBins, zero_cells: str | float) -> float:
    """P-value of "both classes share one law", with bins chosen on these rows; NaN without one.

    Pre-bins were made without regard to the classes, so that their test is an honest one. A
    document without them has the bins alone, which are tested as if they were all that the
    pre-bins show: that p-value is too large.
    """
    if bins.prebin_table is not None and not isinstance(bins.prebin_table, EvidenceTable):
        samples = samples_of_table(bins.prebin_table)
        p_value = float(equality_p_values(samples))
        # Pre-bins are too small for the exact law of most weights. By the sizes that the weights
        # are worth the test is rough where they depend on the bins, and better than none.
        return p_value if math.isfinite(p_value) else float(pearson_p_values(samples))
    table = bins.summed()[1].without_groups()
    fixed = estimate_of_bins(table, zero_cells)
    if bins.read_breadth is None:
        return float("nan") if fixed.p_value is None else fixed.p_value

    own, searched = breadth_of_search(table, zero_cells), bins.read_breadth
    scale = max(own.scale, searched.scale)
    draw = (fixed.plug_in - fixed.bias) * fixed.n_effective + own.trace
    return float(special.chdtrc(searched.trace / scale, max(draw, 0.0) / scale))


def noise_of_search(
    bins: SearchedBins, zero_cells: str | float, *, ordered: bool, free: bool = False
) -> float:
    """Variance of the weights of evidence of learnt bins over that of fixed ones; at least 1.

    The statistic of the bins, over its degrees of freedom, is what the squared weights of evidence
    are over their variances where nothing is there to be found. As much as mergers of noise reach
    is taken for noise; of larger statistics ever less. Bins that nobody searched have 1.
    ``ordered`` are pre-bins of a number, and levels in a declared order; those of other categories
    are sorted by their rates before. A ``free`` search is bound to no trend of the rates.
    """
    table = bins.summed()[1].without_groups()
    searched = breadth_of_bins(bins, zero_cells)
    if isinstance(table, EvidenceTable) or searched is None:
        return 1.0
    own = breadth_of_search(table, zero_cells)
    if own.trace <= 0.0 or searched.trace <= own.trace * (1.0 + 1e-9):
        return 1.0

    fixed = estimate_of_bins(table, zero_cells)
    scale = max(own.scale, searched.scale)
    draw = (fixed.plug_in - fixed.bias) * fixed.n_effective + own.trace
    # The best merger of m neighbouring cells of noise has a statistic that grows as ln m; of cells
    # in the order of their rates little is lost, and the statistic is nearly that of all cells.
    of_noise = searched.trace
    if ordered:
        bound = _NOISE_OF_ORDERS * math.log1p(of_noise / scale) * scale
        if free:
            # Each bin takes its own part of the choice among so many cells.
            per_bin = 1.0 + _NOISE_OF_BINS * math.log(max(of_noise / own.trace, 1.0))
            bound = max(bound, own.trace * per_bin)
        of_noise = min(of_noise, bound)
    if draw <= own.trace:
        return 1.0
    excess = max(min(draw, of_noise) / own.trace - 1.0, 0.0)
    # Beside an effect a search that is bound to a trend finds little more; a free one goes on to
    # part what chance parts.
    return float(1.0 + excess * min(1.0, of_noise / draw) ** (1 if free else 2))

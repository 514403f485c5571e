"""The characteristics of a card as they enter its regression."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from infotheory._any_table import AnyTable
from infotheory._patterns import Patterns
from infotheory._typing import FloatArray
from infotheory.binning.features import FittedBinner
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells, samples_of_table
from infotheory.evidence.targets.kinds import filled_sums
from infotheory.tables import EvidenceTable

__all__ = ["Regressor", "columns_of", "in_rows", "means_moved_by", "regressors_of"]

#: Relative difference of sums of weights that may come from the order of adding.
_SAME_COUNTS = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Regressor:
    """One characteristic as it enters the regression."""

    # Weight of evidence by code, of shape (n_codes,)
    woe: FloatArray
    # Counts without one-sided bins from which the values were estimated on these rows; None where
    # they are given
    counts: BinnedSamples | None = None
    # 1.0 where the values are `ln(share of non-events / share of events)`, -1.0 for the opposite
    sign: float = 1.0
    # Codes whose values were set by hand: counts do not move these, whatever `counts` are
    by_hand: tuple[int, ...] = ()
    # Whether values are distances of the mean of a bin from that of all rows; `counts` then are
    # weights and sums of the target by bin
    of_means: bool = False

    def through_counts(self, derivative: FloatArray) -> FloatArray:
        """Leave of a derivative by value, a row a code, what counts can move."""
        if not self.by_hand:
            return derivative
        moved = derivative.copy()
        moved[list(self.by_hand)] = 0.0
        return moved


def regressors_of(binner: FittedBinner, patterns: Patterns) -> list[Regressor]:
    """Weights of evidence of a binner, one regressor a feature.

    They are marked as estimated on the rows at hand where its tables are theirs: equal counts in
    every bin and class are taken for the same rows.
    """
    sign = -1.0 if binner.woe_sign == "event" else 1.0
    regressors = []
    for f, (name, bins) in enumerate(binner.features_.items()):
        woe, (_, grouped) = binner.woe_[name], bins.summed()
        table, of_means = grouped.without_groups(), False
        if isinstance(table, EvidenceTable):
            theirs, of_means = table.sums[:, :2], table.kind == "continuous"
        else:
            theirs = table.counts
        # Weights of evidence have one more code, for values in no bin, which no table counts.
        here = patterns.counts_by_code(f, woe.size)[: table.n_bins]

        # Sums of a number about its origin cancel: what is lost is relative to the weights.
        scale = np.abs(theirs).max(axis=0)
        atol = _SAME_COUNTS * scale if of_means else np.zeros(2)
        counts = None
        if (np.abs(here - theirs) <= _SAME_COUNTS * np.abs(theirs) + atol).all():
            counts = _filled(table, binner.zero_cells)
        by_hand = tuple(bins.woe_by_hand)
        regressors.append(Regressor(woe, counts, sign, by_hand, of_means))
    return regressors


def means_moved_by(counts: BinnedSamples) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Return how weight, and how the sum of the target, moves the distances of means from the mean.

    Each moves the distance of its own bin by the first array, and those of all bins by the second,
    which is subtracted.
    """
    weight, total = counts.first, counts.second
    occupied = weight > 0.0

    # The mean of a bin is total / weight: a unit of total moves it by 1 / weight, a unit of weight
    # by -total / weight^2. A bin without weight has no mean to move.
    own = np.divide(1.0, weight, out=np.zeros(weight.size), where=occupied)
    of_all = occupied / weight.sum()

    # Weight alone draws the mean of its bin, and that of all rows, towards 0.
    by_weight = (-own * total * own, -of_all * (total.sum() / weight.sum()))
    return by_weight, (own, of_all)


def _filled(table: AnyTable, zero_cells: str | float) -> BinnedSamples:
    """Return the sums that weights of evidence were made of, by code; no row is unseen."""
    if not isinstance(table, EvidenceTable):
        filled = fill_zero_cells(samples_of_table(table), zero_cells)
        return BinnedSamples(*(np.append(array, 0.0) for array in filled))

    sums, products = filled_sums(table, zero_cells)
    # In the order of BinnedSamples: both sums, then the sums of their squares. The sums of bins
    # without weight, and of the last code (no bin), stay 0.
    by_code = np.zeros((4, table.n_bins + 1))
    by_code[:, np.flatnonzero(table.weight > 0.0)] = [
        *sums[:, :2].T,
        products[:, 0, 0],
        products[:, 1, 1],
    ]
    return BinnedSamples(*by_code)


def in_rows(
    patterns: Patterns, regressors: Sequence[Regressor]
) -> tuple[Patterns, list[Regressor]]:
    """Count in rows where all rows have one weight, which is then no weight.

    Otherwise patterns and regressors stay as they are.
    """
    weight = patterns.common_weight
    if weight == 1.0:
        return patterns, list(regressors)
    return patterns.in_units_of(weight), [_in_units_of(weight, one) for one in regressors]


def _in_units_of(weight: float, regressor: Regressor) -> Regressor:
    if regressor.counts is None:
        return regressor
    # Squares of weights are in squares of the unit.
    first, second, *squares = regressor.counts
    counts = BinnedSamples(first / weight, second / weight, *(each / weight**2 for each in squares))
    return replace(regressor, counts=counts)


def columns_of(regressors: Sequence[Regressor]) -> list[FloatArray]:
    """Weights of evidence by code, one array a characteristic."""
    return [regressor.woe for regressor in regressors]

"""The characteristics of a card as they enter its regression."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray
from infotheory.binning.features import FittedBinner
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells, samples_of_table

__all__ = ["Regressor", "columns_of", "in_rows", "regressors_of"]

#: Relative difference of sums of weights that may come from the order of adding.
_SAME_COUNTS = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Regressor:
    """One characteristic as it enters the regression.

    Parameters
    ----------
    woe : ndarray of shape (n_codes,)
        Weight of evidence by code.
    counts : BinnedSamples or None
        Counts without one-sided bins from which the values were estimated on these rows; None where
        they are given.
    sign : float
        1.0 where the values are ``ln(share of non-events / share of events)``, -1.0 for the
        opposite.
    by_hand : tuple of int
        Codes whose values were set by hand: counts do not move these, whatever ``counts`` are.
    """

    woe: FloatArray
    counts: BinnedSamples | None = None
    sign: float = 1.0
    by_hand: tuple[int, ...] = ()

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
        woe, (_, grouped) = binner.woe_[name], bins.counted()
        table = grouped.without_groups()
        here = patterns.counts_by_code(f, woe.size)[: table.n_bins]

        counts = None
        if np.allclose(here, table.counts, rtol=_SAME_COUNTS, atol=0.0):
            filled = fill_zero_cells(samples_of_table(table), binner.zero_cells)
            counts = BinnedSamples(*(np.append(array, 0.0) for array in filled))  # no row is unseen
        regressors.append(Regressor(woe, counts, sign, tuple(bins.woe_by_hand)))
    return regressors


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
    first, second, *squares = regressor.counts
    counts = BinnedSamples(first / weight, second / weight, *(each / weight**2 for each in squares))
    return replace(regressor, counts=counts)


def columns_of(regressors: Sequence[Regressor]) -> list[FloatArray]:
    """Weights of evidence by code, one array a characteristic."""
    return [regressor.woe for regressor in regressors]

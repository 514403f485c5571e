"""Most information value that any bins of drawn counts can have: draws that need no search."""

import numpy as np

from infotheory._typing import BoolArray, FloatArray
from infotheory.binning.prebins.grouping import Promise
from infotheory.binning.prebins.separation import LEAST_DISTANCE
from infotheory.cells import BinSpec
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells
from infotheory.evidence.divergence import jeffreys

__all__ = ["most_information"]

#: Rates that are equal up to 1e-9 count as equal in the search, and sums are rounded.
_RELATIVE, _ABSOLUTE = 1e-6, 1e-9


def most_information(
    spec: BinSpec,
    counts: FloatArray,
    squared: FloatArray,
    zero_cells: str | float,
    promise: Promise,
) -> FloatArray:
    """Bound on the information value of all bins that keep a promise; infinite where none is known.

    ``counts`` and ``squared`` have shape (n_draws, n_cells, 2): the codes of ``spec``, of which
    special and missing values are no part of a shape.
    """
    unknown = np.full(len(counts), np.inf)
    if promise.most is None or not isinstance(zero_cells, str):
        return unknown  # a number of rows that is added to each bin adds more to more bins
    regular = counts[:, : spec.n_bins]
    filled, is_known = _filled_outside(spec, counts, squared, zero_cells)
    shares, totals = filled.shares(), np.stack([filled.first, filled.second], axis=2).sum(axis=1)

    # Where a class lacks in a cell, the bin around it has at least one row: of weight 1, unless
    # rows are weighted, or the counts part the classes, which lifts that limit.
    lacking = ((regular > 0.0).sum(axis=2) == 1).any(axis=1)
    whole = counts / counts.sum(axis=1, keepdims=True)
    apart = 0.5 * np.abs(whole[..., 0] - whole[..., 1]).sum(axis=1) >= LEAST_DISTANCE
    has_rows = promise.both_classes and np.array_equal(counts, squared)
    is_known &= ~lacking | (has_rows & ~apart)

    # The first cell stands for all regular ones, which the promise bounds.
    occupied = filled.occupied()[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):  # cells without rows are not summed
        outside = jeffreys(*shares).value[:, 1:].sum(axis=1, where=occupied)
    bounds = (promise.most(regular, totals) + outside) * (1.0 + _RELATIVE) + _ABSOLUTE
    return np.where(is_known, bounds, unknown)


def _filled_outside(
    spec: BinSpec, counts: FloatArray, squared: FloatArray, zero_cells: str
) -> tuple[BinnedSamples, BoolArray]:
    """All regular cells as one, then the others, filled as those of bins are; and where that holds.

    Bins with rows of both classes are filled by nothing, so that totals are those of any bins.
    """
    cells, squares = (
        np.concatenate(
            [array[:, : spec.n_bins].sum(axis=1, keepdims=True), array[:, spec.n_bins :]], axis=1
        )
        for array in (counts, squared)
    )
    samples = BinnedSamples(cells[..., 0], cells[..., 1], squares[..., 0], squares[..., 1])
    one_sided = samples.one_sided()
    is_known = ~one_sided[:, 0]
    if zero_cells == "error":  # the search says so
        is_known &= ~one_sided.any(axis=1)
        return samples, is_known
    return fill_zero_cells(samples, zero_cells), is_known

"""Most information value that any bins of drawn counts can have: draws that need no search.

A merger of cells never tells more than the cells, and bins whose event rates rise tell no more than
the blocks of the isotonic regression of the rates: with a convex term f and the regression g* of
the rates y, any rising step function g of block means has ``E f(g*) - E f(g) >= E f'(g) (g* - g)``,
which is not negative, since ``f'(g)`` rises and ``E h g* >= E h y`` for all h that rise (R. E.
Barlow and H. D. Brunk, Journal of the American Statistical Association 67 (1972) 140-147,
doi:10.1080/01621459.1972.10481216). A peak or a valley is two such pieces, in the best place.

The term of a cell that lacks a class is infinite, but the bin that it joins has a row of each
class, where the limits ask for one. There f may go on along its tangent.
"""

import numpy as np

from infotheory._compiled import compiled, inner
from infotheory._typing import BoolArray, FloatArray
from infotheory.binning.prebins.grouping import Promise
from infotheory.binning.prebins.separation import LEAST_DISTANCE
from infotheory.binning.search.kernels import divergence_term
from infotheory.cells import BinSpec
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells
from infotheory.evidence.divergence import jeffreys

__all__ = ["most_information"]

#: What a shape of event rates consists of: 0 any order, 1 one direction up, 2 one down, 3 rise and
#: fall, 4 fall and rise, 5 the better of the two.
_SHAPES = {"ascending": 1, "descending": 2, "peak": 3, "concave": 3, "valley": 4, "convex": 4}
_SHAPES |= {"auto": 5}
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
    if not isinstance(zero_cells, str):
        return unknown  # what is added to each bin is more in more bins
    regular = counts[:, : spec.n_bins]
    one_sided = (regular > 0.0).sum(axis=2) == 1
    filled, is_known = _filled_outside(spec, counts, squared, zero_cells)
    shares, totals = filled.shares(), np.stack([filled.first, filled.second], axis=2).sum(axis=1)

    # Where a class lacks in a cell, the bin around it has at least one row: of weight 1, unless
    # rows are weighted, or the counts part the classes, which lifts that limit.
    lacking = one_sided.any(axis=1)
    whole = counts / counts.sum(axis=1, keepdims=True)
    apart = 0.5 * np.abs(whole[..., 0] - whole[..., 1]).sum(axis=1) >= LEAST_DISTANCE
    has_rows = promise.both_classes and np.array_equal(counts, squared)
    is_known &= ~lacking | (has_rows & ~apart)

    shape = _SHAPES.get(promise.trend or "", 0) if spec.has_order else 0
    bounds = _bounds_of_shape(np.ascontiguousarray(regular), totals, shape)
    occupied = filled.occupied()[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):  # cells without rows are not summed
        outside = jeffreys(*shares).value[:, 1:].sum(axis=1, where=occupied)
    bounds = (bounds + outside) * (1.0 + _RELATIVE) + _ABSOLUTE
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


@compiled
def _bounds_of_shape(cells: FloatArray, totals: FloatArray, shape: int) -> FloatArray:
    """Bound over the regular cells of each draw, the totals of both classes given."""
    n_draws, m = cells.shape[0], cells.shape[1]
    bounds, sums, blocks = np.zeros(n_draws), np.zeros((2, m + 1)), np.zeros((m + 1, 3))
    for draw in range(n_draws):
        if shape == 0:
            for i in range(m):
                bounds[draw] += _largest_term(cells[draw, i], totals[draw])
            continue

        # A peak rises from both of its ends, a valley falls from both.
        for bend in range(2):
            if (bend == 0 and shape in (2, 4)) or (bend == 1 and shape in (1, 3)):
                continue
            for end in range(2):
                _pool(cells[draw], totals[draw], (bend, end), blocks, sums[end])
            if shape <= 2:
                bounds[draw] = sums[0, m]
                continue
            for i in range(m + 1):
                bounds[draw] = max(bounds[draw], sums[0, i] + sums[1, m - i])
    return bounds


@inner
def _pool(
    cells: FloatArray,
    totals: FloatArray,
    way: tuple[int, int],
    blocks: FloatArray,
    sums: FloatArray,
) -> None:
    """Bound of the first cells, 0, 1, ... of them, in blocks of rising rates.

    ``way`` is 1 where rates fall, and 1 where the first cell is the last. A block is non-events,
    events, and the sum of the terms of the blocks up to it.
    """
    m, n, sign = cells.shape[0], 0, 1.0 - 2.0 * way[0]
    for i in range(m):
        cell = cells[m - 1 - i if way[1] == 1 else i]
        if cell[0] + cell[1] > 0.0:
            n += 1
            blocks[n, 0], blocks[n, 1] = cell[0], cell[1]

            # A block whose rate is not above that of the one before is pooled with it.
            while n > 1:
                rise = blocks[n, 1] * blocks[n - 1, 0] - blocks[n - 1, 1] * blocks[n, 0]
                if sign * rise > 0.0:
                    break
                n -= 1
                blocks[n, 0] += blocks[n + 1, 0]
                blocks[n, 1] += blocks[n + 1, 1]
            blocks[n, 2] = blocks[n - 1, 2] + _largest_term(blocks[n], totals)
        sums[i + 1] = blocks[n, 2]


@inner
def _largest_term(cells: FloatArray, totals: FloatArray) -> float:
    """Term of a cell; of one that lacks a class what it can add to a bin with a row of that class.

    The term of a bin rises by at most ``p (1 + ln(p' / q'))`` by a share p of one class alone, with
    p' at most 1 and q' at least the share of one row.
    """
    if cells[0] > 0.0 and cells[1] > 0.0:
        return divergence_term(cells[:2], totals, totals, 0)
    alone, other = cells[0] / totals[0], cells[1] / totals[1]
    return alone * (1.0 + np.log(totals[1])) + other * (1.0 + np.log(totals[0]))

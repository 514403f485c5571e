"""Cells of a table that are alike: what counts and margins alone decide is computed once."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from infotheory._codes import Codes, compress, count_codes, joint_codes
from infotheory._compiled import compiled, is_worth_compiling
from infotheory._numerics import information_of_cells
from infotheory._typing import FloatArray, IntArray

__all__ = ["FEW_CELLS", "CellKinds"]

#: So few cells cost less than it does to find which of them are alike.
FEW_CELLS = 2048


@dataclass(frozen=True, slots=True, eq=False)
class CellKinds:
    """Occupied cells by their count and the counts of their margins, of shape (n_kinds,) each."""

    # Count of a cell of the kind, positive
    counts: FloatArray
    # Counts of the classes of (x, z), of (y, z) and of z that hold it
    x: FloatArray
    y: FloatArray
    z: FloatArray
    # How many cells are of the kind
    copies: FloatArray

    @classmethod
    def of(
        cls,
        counts: FloatArray,
        margins: tuple[Codes, Codes, Codes],
        margin_counts: list[FloatArray],
    ) -> Self:
        """Find the kinds of cells whose counts are whole; of few, each is one of a kind."""
        if counts.size > FEW_CELLS:
            # The counts of 10^5 levels take some tens of values, and their cells some hundreds.
            if margins[2].n_levels == 1 and is_worth_compiling(_count_kinds, counts.size):
                kinds = cls._of_one_table(counts, margins, margin_counts)
                if kinds is not None:
                    return kinds
            ranks, values = zip(*map(_ranks, (counts, *margin_counts)), strict=True)
            sizes = [codes.n_levels for codes in ranks]
            if Codes(ranks[0].index, math.prod(sizes)).has_table:
                # A rank that all classes share tells nothing of a cell.
                of_margins = [
                    rank.take(margin.index)
                    for rank, margin in zip(ranks[1:], margins, strict=True)
                    if rank.n_levels > 1
                ]
                found, copies = count_codes(joint_codes(ranks[0], *of_margins))
                places = np.unravel_index(found, sizes)
                count, x, y, z = (of[place] for of, place in zip(values, places, strict=True))
                return cls(count, x, y, z, copies)

        return cls.each(counts, margins, margin_counts)

    @classmethod
    def _of_one_table(
        cls,
        counts: FloatArray,
        margins: tuple[Codes, Codes, Codes],
        margin_counts: list[FloatArray],
    ) -> Self | None:
        """Find the kinds of one stratum in one pass; None where counts are too large for a table.

        A count is its own rank: those that no cell has leave parts of the table empty.
        """
        (x_ranks, x), (y_ranks, y) = map(_ranks, margin_counts[:2])
        shape = int(counts.max()) + 1, x.size, y.size
        if not Codes(margins[0].index, math.prod(shape)).has_table:
            return None

        table = np.zeros(math.prod(shape), dtype=np.int64)
        _count_kinds(
            counts,
            margins[0].index,
            x_ranks.index,
            margins[1].index,
            y_ranks.index,
            np.uint64(x.size),
            np.uint64(y.size),
            table,
        )

        found = np.flatnonzero(table)
        count, of_x, of_y = np.unravel_index(found, shape)
        total = np.full(found.size, margin_counts[2][0])
        return cls(count.astype(np.float64), x[of_x], y[of_y], total, table[found].astype(float))

    @classmethod
    def each(
        cls,
        counts: FloatArray,
        margins: tuple[Codes, Codes, Codes],
        margin_counts: list[FloatArray],
    ) -> Self:
        """Take every cell for a kind of its own."""
        x, y, z = (sums[code.index] for sums, code in zip(margin_counts, margins, strict=True))
        return cls(counts, x, y, z, np.ones_like(counts))

    @property
    def expected(self) -> FloatArray:
        """Count that independence expects of a cell."""
        return np.asarray(self.x * (self.y / self.z))

    @property
    def pointwise(self) -> FloatArray:
        """Logarithm of the ratio of the count to the expected one."""
        return np.asarray(np.log(self.counts * self.z / (self.x * self.y)))

    @property
    def mass(self) -> float:
        """Information of all occupied cells, in nats times rows."""
        terms = information_of_cells(self.counts, self.x, self.y, self.z)
        return float((self.copies * terms).sum())

    @property
    def excess(self) -> float:
        """Rows of occupied cells beyond those that independence expects there."""
        off = self.counts - self.x * self.y / self.z
        return float((self.copies * off).sum())


def _ranks(counts: FloatArray) -> tuple[Codes, FloatArray]:
    """Return codes of whole counts by their value, and the value of each code."""
    whole = counts.astype(np.int64)
    codes = compress(Codes(whole, int(whole.max()) + 1))
    values = np.empty(codes.n_levels)
    values[codes.index] = counts
    return codes, values


@compiled
def _count_kinds(
    counts: FloatArray,
    x: IntArray,
    x_ranks: IntArray,
    y: IntArray,
    y_ranks: IntArray,
    n_x: np.uint64,
    n_y: np.uint64,
    table: IntArray,
) -> None:
    """Count the cells by their count and the ranks of the counts of their levels."""
    for k in range(counts.size):
        # Indices without a sign: numba tests others for those that count from the end.
        row = np.uint64(counts[k]) * n_x + np.uint64(x_ranks[np.uint64(x[k])])
        table[row * n_y + np.uint64(y_ranks[np.uint64(y[k])])] += 1

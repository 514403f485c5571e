"""Cells of two variables of many rows, counted in compiled passes.

Memory that nobody has written to yet costs more than what is counted in it: where a table has room
for all cells no code of a row is written down, and else one array of them is sorted in place.
"""

from typing import NamedTuple

import numpy as np

from infotheory._codes import CodeArray, Codes, joint_codes
from infotheory._compiled import compiled, is_worth_compiling
from infotheory._typing import FloatArray, IntArray

__all__ = ["CountedPairs", "count_pairs"]

#: A table of more cells a row takes longer to fill and to read than the rows take to be sorted.
_MOST_CELLS_A_ROW = 2
#: Codes of so many cells are of 32 bits, which are sorted in half of the time.
_MOST_SHORT_CODES = 2**32
#: Counts of 32 bits make a table half as large, and four levels a row of two variables of so many
#: rows have codes of 64 bits: none is compressed, whose digits would be others.
_MOST_ROWS = 2**29


class CountedPairs(NamedTuple):
    """Occupied cells of two variables, in the order of x and then of y."""

    # Rows of each cell, of shape (n_cells,)
    counts: FloatArray
    # For each cell the place of its levels among those of x, and of y, that have rows
    x: Codes
    y: Codes
    # Rows of each of those levels
    x_counts: FloatArray
    y_counts: FloatArray


def count_pairs(x: Codes, y: Codes) -> CountedPairs | None:
    """Count the cells of x and y; None where rows are so few that no kernel need be loaded."""
    is_dense = x.has_table and y.has_table and 0 < x.n_rows == y.n_rows <= _MOST_ROWS
    if not is_dense or not is_worth_compiling(_fill_table, x.n_rows):
        return None

    n_cells = x.n_levels * y.n_levels
    if n_cells <= _MOST_CELLS_A_ROW * x.n_rows:
        table = np.zeros((x.n_levels, y.n_levels), dtype=np.int32)
        of_x, of_y = (np.ascontiguousarray(code.index, dtype=np.int64) for code in (x, y))
        _fill_table(of_x, of_y, np.uint64(y.n_levels), table.reshape(-1))
        # Sums of numpy's own take three times as long over rows of a few cells.
        x_sums, y_sums = (np.einsum(f"xy->{axis}", table, dtype=np.int64) for axis in "xy")
        most = min(n_cells, x.n_rows)
    else:
        codes, y_of_cell, x_sums, y_sums = _sorted_codes(x, y, n_cells)
        most = x.n_rows

    # What is never written to takes no memory: arrays of as many cells as there may be are free.
    y_ranks = np.cumsum(y_sums > 0) - 1
    x_of_cell, counts = np.empty(most + 1, dtype=np.int64), np.empty(most + 1)
    if n_cells <= _MOST_CELLS_A_ROW * x.n_rows:
        y_of_cell = np.empty(most + 1, dtype=np.int64)
        size = _read_table(table, y_ranks, x_of_cell, y_of_cell, counts)
    else:
        size = _read_codes(codes, y.n_levels, y_ranks, x_of_cell, y_of_cell, counts)
    x_counts, y_counts = (sums[sums > 0].astype(np.float64) for sums in (x_sums, y_sums))
    return CountedPairs(
        counts[:size],
        Codes(x_of_cell[:size], x_counts.size),
        Codes(y_of_cell[:size], y_counts.size),
        x_counts,
        y_counts,
    )


def _sorted_codes(
    x: Codes, y: Codes, n_cells: int
) -> tuple[IntArray, CodeArray, IntArray, IntArray]:
    """Return the sorted codes of rows, where the y of cells go, and the rows of each level.

    The y of a cell is written where codes were read before: there is one array for both.
    """
    if n_cells > _MOST_SHORT_CODES:
        codes = joint_codes(x, y).index
        codes.sort()
        x_sums, y_sums = (np.bincount(code.index, minlength=code.n_levels) for code in (x, y))
        return codes, codes, x_sums, y_sums

    # Short codes fill the second half. The y of a cell takes the room of two of them, and when the
    # last half is reached, at least as many rows have been read.
    y_of_cell = np.empty(x.n_rows, dtype=np.int64)
    short = y_of_cell.view(np.uint32)[x.n_rows :]
    x_sums, y_sums = (np.zeros(code.n_levels, dtype=np.int64) for code in (x, y))
    of_x, of_y = (np.ascontiguousarray(code.index, dtype=np.int64) for code in (x, y))
    _fill_codes(of_x, of_y, np.uint64(y.n_levels), short, x_sums, y_sums)
    short.sort()
    return short, y_of_cell, x_sums, y_sums


@compiled
def _fill_codes(
    x: IntArray, y: IntArray, n_y: np.uint64, codes: IntArray, x_sums: IntArray, y_sums: IntArray
) -> None:
    """Write the code ``x n_y + y`` of each row, and count the rows of each level."""
    for i in range(x.size):
        # Indices without a sign: numba tests others for those that count from the end.
        of_x, of_y = np.uint64(x[i]), np.uint64(y[i])
        codes[i] = np.uint32(of_x * n_y + of_y)
        x_sums[of_x] += 1
        y_sums[of_y] += 1


@compiled
def _fill_table(x: IntArray, y: IntArray, n_y: np.uint64, table: IntArray) -> None:
    """Count the rows of each cell, whose place is ``x n_y + y``."""
    for i in range(x.size):
        # Indices without a sign: numba tests others for those that count from the end.
        table[np.uint64(x[i]) * n_y + np.uint64(y[i])] += np.int32(1)


@compiled
def _read_table(
    table: IntArray, y_ranks: IntArray, x_of_cell: IntArray, y_of_cell: IntArray, counts: FloatArray
) -> int:
    """Write the occupied cells one after the other, and return how many they are.

    The arrays have room for one more: every cell is written, and the next one over it where it is
    empty. A branch that nothing foretells would take longer.
    """
    size = rank = 0
    for level in range(table.shape[0]):
        before = size
        for other in range(table.shape[1]):
            count = table[level, other]
            x_of_cell[size] = rank
            y_of_cell[size] = y_ranks[other]
            counts[size] = count
            size += count > 0
        rank += size > before
    return size


@compiled
def _read_codes(
    codes: IntArray,
    n_y: int,
    y_ranks: IntArray,
    x_of_cell: IntArray,
    y_of_cell: IntArray,
    counts: FloatArray,
) -> int:
    """Do the same with the sorted codes of rows, in whose memory those of y are written."""
    size, rank = 0, -1
    start = end = np.int64(0)
    row = 0
    while row < codes.size:
        code, first = np.int64(codes[row]), row
        row += 1
        while row < codes.size and codes[row] == code:
            row += 1

        # Codes are sorted: a division for each level of x is enough.
        if code >= end:
            start = code // n_y * n_y
            end = start + n_y
            rank += 1
        x_of_cell[size] = rank
        y_of_cell[size] = y_ranks[code - start]
        counts[size] = row - first
        size += 1
    return size

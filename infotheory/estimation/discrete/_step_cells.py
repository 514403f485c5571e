"""Steps of labels as cells of (x, y, z): what is said of a step is a function of its cell.

Series are long and cells are few. Sums over the steps of products of two functions, some lag apart,
are sums over pairs of cells; these are counted once a lag, for all functions.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from infotheory._codes import Codes, compress, joint_codes
from infotheory._compiled import compiled
from infotheory._typing import FloatArray, IntArray

__all__ = ["StepCells"]

#: Cells that a byte can name.
_FEW_CELLS = 256
#: Steps from which a kernel gains more than it may take to be compiled.
_MANY_STEPS = 50_000
#: Entries of a table of cells at several steps, which stays in the nearest cache.
_LARGEST_TABLE = 4096
#: Lags that one pass counts at most: beyond, a pass costs what it saves.
_MOST_AT_ONCE = 3


@dataclass(frozen=True, slots=True, eq=False)
class StepCells:
    """The cells of the steps, of which each has some."""

    # Cell of each step; bytes where they suffice
    index: IntArray
    # Steps in each cell
    counts: FloatArray
    # Labels of each cell
    x: Codes
    y: Codes
    z: Codes
    # Pairs of cells by lag, once they were counted
    _pairs: dict[int, FloatArray] = field(default_factory=dict)

    @classmethod
    def of(cls, x: Codes, y: Codes, z: Codes) -> Self:
        """Find the cells of the steps."""
        is_small = x.n_levels * y.n_levels * z.n_levels <= _FEW_CELLS
        if is_small and x.n_rows >= _MANY_STEPS:
            return cls._of_bytes(x, y, z)
        cells = compress(joint_codes(z, x, y))
        # One step stands for all of its cell.
        step = np.empty(cells.n_levels, dtype=np.intp)
        step[cells.index] = np.arange(cells.n_rows)
        of_x, of_y, of_z = (Codes(one.index[step], one.n_levels) for one in (x, y, z))
        return cls(cells.index, np.bincount(cells.index).astype(np.float64), of_x, of_y, of_z)

    @classmethod
    def _of_bytes(cls, x: Codes, y: Codes, z: Codes) -> Self:
        """Find the cells of few labels in one pass."""
        sizes = (z.n_levels, x.n_levels, y.n_levels)
        index: IntArray = np.empty(x.n_rows, dtype=np.uint8)
        counts = np.zeros(math.prod(sizes), dtype=np.int64)
        of_z, of_x, of_y = (np.ascontiguousarray(one.index, dtype=np.intp) for one in (z, x, y))
        _count_cells(of_z, of_x, of_y, x.n_levels, y.n_levels, index, counts)

        # Cells that no row is in get no number: the others are counted anew, without gaps.
        filled = np.flatnonzero(counts)
        if filled.size < counts.size:
            places = np.zeros(counts.size, dtype=np.uint8)
            places[filled] = np.arange(filled.size)
            index = places[index]
        of_z, of_x, of_y = np.unravel_index(filled, sizes)
        return cls(
            index,
            counts[filled].astype(np.float64),
            Codes(of_x, x.n_levels),
            Codes(of_y, y.n_levels),
            Codes(of_z, z.n_levels),
        )

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return self.index.size

    def spread(self, by_cell: FloatArray) -> FloatArray:
        """Return what is said of its cell for each step."""
        if self.index.dtype != np.uint8:
            return by_cell[self.index]
        out = np.empty(self.n_steps)
        _spread(by_cell, self.index, out)
        return out

    def products(self, functions: FloatArray) -> Callable[[int], float]:
        """Return the sum of the products of functions of the cell with themselves at a lag.

        ``functions`` have shape (n_functions, n_cells); their products are added up.
        """
        if self.index.dtype == np.uint8:
            return lambda lag: float(((functions @ self._pairs_at(lag)) * functions).sum())

        rows = functions[:, self.index]
        return lambda lag: float(sum(row[lag:] @ row[: row.size - lag] for row in rows))

    def _pairs_at(self, lag: int) -> FloatArray:
        """Count the pairs of steps, a lag apart, by the cells of the later and the earlier one."""
        if lag == 0:
            return np.diag(self.counts)
        if lag not in self._pairs:
            n, at_once = self.counts.size, 1
            while at_once < _MOST_AT_ONCE and n ** (at_once + 2) <= _LARGEST_TABLE:
                at_once += 1
            first = lag - (lag - 1) % at_once
            counts = np.zeros(n ** (at_once + 1), dtype=np.int64)
            rest = np.zeros((at_once, n, n), dtype=np.int64)
            lags = tuple(range(first, first + at_once))
            _count_pairs(self.index, lags, n, counts, rest)

            # The first axis is that of the earlier step, the others are those of the later ones.
            together = counts.reshape((n,) * (at_once + 1))
            for ahead in range(at_once):
                others = tuple(axis for axis in range(1, at_once + 1) if axis != ahead + 1)
                pairs = together.sum(axis=others).T + rest[ahead]
                self._pairs[first + ahead] = pairs.astype(np.float64)
        return self._pairs[lag]


@compiled
def _count_cells(
    z: IntArray,
    x: IntArray,
    y: IntArray,
    n_x: int,
    n_y: int,
    index: IntArray,
    counts: IntArray,
) -> None:
    """Write the cell of each step into ``index``, and count the cells."""
    for step in range(index.size):
        cell = (z[step] * n_x + x[step]) * n_y + y[step]
        index[step] = cell
        counts[cell] += 1


@compiled
def _spread(by_cell: FloatArray, index: IntArray, out: FloatArray) -> None:
    """Write what is said of its cell for each step."""
    for step in range(index.size):
        out[step] = by_cell[index[step]]


@compiled
def _count_pairs(
    index: IntArray, lags: tuple[int, ...], n_cells: int, counts: IntArray, rest: IntArray
) -> None:
    """Count steps by their cell and those of some lags later, which increase.

    The last steps, which only some of the lags reach, go into a table for each lag.
    """
    whole = index.size - lags[-1]
    for step in range(whole):
        place = np.uint64(index[step])
        # A tuple has its length from the compiler, which writes this loop out.
        for i in range(len(lags)):
            place = place * np.uint64(n_cells) + np.uint64(index[np.uint64(step + lags[i])])
        counts[place] += 1

    for i in range(len(lags)):
        for step in range(max(whole, 0), index.size - lags[i]):
            rest[i, index[step + lags[i]], index[step]] += 1

"""The margins of a table, or of the strata of one, and what they alone say of it."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from infotheory._codes import Codes, count_codes
from infotheory._typing import FloatArray, IntArray

__all__ = ["Margins", "distinct_counts", "mean_excess"]

#: More rows than these are not few, however many cells they are spread over.
_FEW_ROWS_OF_A_LEVEL = 5


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """Counts of x and of y in the strata that hold two levels of both; the others test nothing."""

    # Positive counts of the levels, stratum after stratum
    x: IntArray
    # Where the counts of a stratum begin, and the end of the last, of shape (n_strata + 1,)
    x_starts: IntArray
    y: IntArray
    y_starts: IntArray
    # Number of all rows, those of strata that test nothing included
    n_rows: int

    @classmethod
    def within(
        cls,
        x: FloatArray | IntArray,
        x_levels: IntArray,
        y: FloatArray | IntArray,
        y_levels: IntArray,
        n_rows: float,
    ) -> Self:
        """Margins of strata with some numbers of levels, whose counts lie stratum after stratum."""
        tests = (x_levels > 1) & (y_levels > 1)

        def counts(margin: FloatArray | IntArray, levels: IntArray) -> tuple[IntArray, IntArray]:
            of_tests = margin[np.repeat(tests, levels)].astype(np.int64)
            return of_tests, np.concatenate([[0], np.cumsum(levels[tests])]).astype(np.int64)

        return cls(*counts(x, x_levels), *counts(y, y_levels), int(n_rows))

    @classmethod
    def of_table(cls, x: IntArray | FloatArray, y: IntArray | FloatArray) -> Self:
        """Margins of one table whose levels all have rows."""
        levels = np.array([x.size]), np.array([y.size])
        return cls.within(x, levels[0], y, levels[1], int(x.sum()))

    @property
    def is_fourfold(self) -> bool:
        """Whether there is one stratum of two rows and two columns."""
        return self.n_strata == 1 and self.x.size == self.y.size == 2

    @property
    def n_strata(self) -> int:
        """Number of strata that test something."""
        return self.x_starts.size - 1

    @property
    def sizes(self) -> IntArray:
        """Rows of each stratum."""
        return np.asarray(np.add.reduceat(self.x, self.x_starts[:-1]))

    @property
    def n_cells(self) -> int:
        """Number of cells, empty ones included."""
        return int(np.diff(self.x_starts) @ np.diff(self.y_starts))

    @property
    def degrees_of_freedom(self) -> int:
        """Sum over the strata of (x levels - 1) (y levels - 1)."""
        return int((np.diff(self.x_starts) - 1) @ (np.diff(self.y_starts) - 1))

    @property
    def fewest_free_levels(self) -> int:
        """Levels of x or of y, where fewer, less one: the most that any stratum has."""
        levels = np.minimum(np.diff(self.x_starts), np.diff(self.y_starts))
        return max(1, int(levels.max(initial=2)) - 1)

    @property
    def fewest_degrees(self) -> int:
        """Sum over the strata of the levels of x or of y, where fewer, less one."""
        levels = np.minimum(np.diff(self.x_starts), np.diff(self.y_starts))
        return int((levels - 1).sum())

    @property
    def share_of_thin_strata(self) -> float:
        """Share of the rows in strata of less than one row a cell, or that test nothing.

        Those of one to two rows a cell count by a quarter.
        """
        sizes, n_cells = self.sizes, np.diff(self.x_starts) * np.diff(self.y_starts)
        rows = float(self.n_rows - sizes.sum())
        rows += 0.75 * float(sizes[sizes < n_cells].sum())
        return (rows + 0.25 * float(sizes[sizes < 2 * n_cells].sum())) / self.n_rows

    @property
    def rows_off_the_largest(self) -> int:
        """Rows that are not in the largest level of their stratum, of x or of y where fewer."""
        largest = [
            np.maximum.reduceat(counts, starts[:-1]).sum()
            for counts, starts in ((self.x, self.x_starts), (self.y, self.y_starts))
        ]
        return int(self.sizes.sum() - max(largest))

    @property
    def share_of_sparse_levels(self) -> float:
        """Share of the levels of x or of y, where more, of 1 to 5 rows and not one a cell."""
        x_levels, y_levels = np.diff(self.x_starts), np.diff(self.y_starts)
        sides = ((self.x, x_levels, y_levels), (self.y, y_levels, x_levels))
        # A level has one cell for each level of the other variable in its stratum.
        return max(
            float((counts < np.repeat(np.minimum(cells, _FEW_ROWS_OF_A_LEVEL + 1), own)).mean())
            for counts, own, cells in sides
        )

    @property
    def excess(self) -> float:
        """How far the mean of the likelihood ratio lies beyond the chi-square's, in its deviations.

        The correction of Williams 1976, doi:10.1093/biomet/63.1.33, over the standard deviation.
        """
        reciprocals = [
            np.add.reduceat(1.0 / counts, starts[:-1])
            for counts, starts in ((self.x, self.x_starts), (self.y, self.y_starts))
        ]
        excess = mean_excess(self.sizes.astype(np.float64), *reciprocals).sum()
        return float(excess / np.sqrt(2.0 * self.degrees_of_freedom))

    def strata(self) -> list[tuple[IntArray, IntArray]]:
        """Return the counts of x and of y in each stratum."""
        x, y = np.split(self.x, self.x_starts[1:-1]), np.split(self.y, self.y_starts[1:-1])
        return list(zip(x, y, strict=True))

    def expected(self) -> FloatArray:
        """Return the expected counts of all cells under independence, stratum after stratum."""
        sizes, n_columns = self.sizes, np.diff(self.y_starts)
        if self.n_strata == 1:
            return np.multiply.outer(self.x, self.y / sizes[0]).ravel()
        x_stratum = np.repeat(np.arange(self.n_strata), np.diff(self.x_starts))

        # Each level of x has one cell a level of y of its stratum.
        widths = n_columns[x_stratum]
        level = np.repeat(np.arange(self.x.size), widths)
        offset = np.arange(level.size) - np.repeat(np.cumsum(widths) - widths, widths)
        stratum = x_stratum[level]
        y = self.y[self.y_starts[stratum] + offset]
        return np.asarray(self.x[level] * (y / sizes[stratum]))

    @property
    def median_expected(self) -> float:
        """Median of the expected counts of all cells under independence."""
        if self.n_strata != 1:
            return float(np.median(self.expected()))

        # Cells of levels of the same counts expect the same: they are ranked once for all of them.
        (x, x_copies), (y, y_copies) = distinct_counts(self.x), distinct_counts(self.y)
        expected = np.multiply.outer(x, y / self.sizes[0]).ravel()
        order = np.argsort(expected)
        reached = np.cumsum(np.multiply.outer(x_copies, y_copies).ravel()[order])
        middle = (self.n_cells - 1) // 2, self.n_cells // 2
        return float(expected[order[np.searchsorted(reached, middle, side="right")]].mean())


def distinct_counts(counts: IntArray) -> tuple[IntArray, IntArray]:
    """Return the values of some counts, ascending, and how many counts have each."""
    values, copies = count_codes(Codes(counts.astype(np.int64, copy=False), int(counts.max()) + 1))
    return values, copies.astype(np.int64)


def mean_excess(
    n_rows: FloatArray, x_reciprocals: FloatArray, y_reciprocals: FloatArray
) -> FloatArray:
    """Mean of ``2 N I`` less its degrees of freedom, to first order: Williams 1976.

    From the sums of the reciprocal counts of both margins: ``(N A - 1) (N B - 1) / (6 N)``.
    """
    return np.asarray(
        (n_rows * x_reciprocals - 1.0) * (n_rows * y_reciprocals - 1.0) / (6.0 * n_rows)
    )

"""Sums over the rows of a design in blocks that stay in the cache.

No second array of all rows is held: a card on five million patterns fits into memory because of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from infotheory._patterns import Patterns
from infotheory._typing import BoolArray, FloatArray, IntArray

__all__ = [
    "CodedDesign",
    "Design",
    "cache_blocks",
    "columns_among",
    "design_of",
    "gram",
    "pattern_blocks",
    "row_sums_by_code",
]

_BLOCK = 1 << 13  # rows of some twenty columns in float64: about a megabyte, a second-level cache
#: A design with more cells is given as codes: values are standardised by code, not row by row.
_MOST_CELLS = 1 << 20
#: One with more (128 MiB) stays codes: making its rows anew costs a tenth of a regression, holding
#: them most of the memory of one.
_MOST_CELLS_IN_ROWS = 1 << 24


@dataclass(frozen=True, slots=True, eq=False)
class CodedDesign:
    """Columns whose values are known by code: rows are made where they are asked for.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_codes)
        Codes of each row.
    values : sequence of ndarray
        Value by code, one array a column of ``codes``.
    directions : ndarray of shape (n_codes, n_columns) or None
        What makes the columns of the design of these values; the values themselves when None.
    intercept : bool
        Whether a column of ones stands in front.

    Examples
    --------
    >>> design = CodedDesign(np.array([[1], [0], [1]]), [np.array([0.5, 2.0])], intercept=True)
    >>> design[:2].tolist(), (design @ np.array([1.0, 1.0])).tolist()
    ([[1.0, 2.0], [1.0, 0.5]], [3.0, 1.5, 3.0])
    """

    codes: IntArray
    values: Sequence[FloatArray]
    directions: FloatArray | None = None
    intercept: bool = False

    #: Products with arrays are those of this class: numpy would make all rows first.
    __array_ufunc__ = None

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        n_columns = len(self.values) if self.directions is None else self.directions.shape[1]
        return len(self.codes), n_columns + self.intercept

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: slice) -> FloatArray:
        codes = self.codes[rows]
        block = np.ones((len(codes), len(self.values) + self.intercept))
        varied = block[:, 1:] if self.intercept else block
        for f, array in enumerate(self.values):
            varied[:, f] = array[codes[:, f]]
        if self.directions is None:
            return block
        columns = varied @ self.directions
        return np.column_stack([np.ones(len(codes)), columns]) if self.intercept else columns

    def __matmul__(self, theta: FloatArray) -> FloatArray:
        product = np.empty(len(self))
        for block in cache_blocks(len(self)):
            product[block] = self[block] @ theta
        return product

    def __rmatmul__(self, weights: FloatArray) -> FloatArray:
        if self.directions is None:
            # Sums of weights by code say all: no row is made.
            pairs = zip(self.codes.T, self.values, strict=True)
            sums = [
                np.bincount(codes, weights, array.size) @ _reached(codes, array)
                for codes, array in pairs
            ]
            return np.array([weights.sum(), *sums] if self.intercept else sums)
        total = np.zeros(self.shape[1])
        for block in cache_blocks(len(self)):
            total += weights[block] @ self[block]
        return total

    def in_rows(self) -> "Design":
        """Make all rows where they fit into memory."""
        n_rows, n_columns = self.shape
        if n_rows * n_columns > _MOST_CELLS_IN_ROWS:
            return self
        rows = np.empty(self.shape)
        # Block by block, so that columns are written while their rows are in the cache.
        for block in cache_blocks(n_rows):
            rows[block] = self[block]
        return rows

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> FloatArray:
        # What needs all rows at once, such as the linear program of separated rows, gets them.
        return np.asarray(self[:], dtype=dtype)

    def columns(self, chosen: BoolArray) -> "CodedDesign":
        """Keep some of the values; of a design that is no more than these."""
        kept = [array for array, is_kept in zip(self.values, chosen, strict=True) if is_kept]
        return replace(self, codes=self.codes[:, chosen], values=kept)


Design = FloatArray | CodedDesign


def _reached(codes: IntArray, values: FloatArray) -> FloatArray:
    """Values by code, 0 for those that no row has."""
    # Such a value may be NaN, which times no weight would be NaN all the same.
    if np.isfinite(values).all():
        return values
    return np.where(np.bincount(codes, minlength=values.size) > 0, values, 0.0)


def design_of(patterns: Patterns, values: Sequence[FloatArray]) -> Design:
    """Replace codes by values: an array, or of many patterns their codes with the values."""
    if patterns.codes.size <= _MOST_CELLS:
        return patterns.design(values)
    return CodedDesign(patterns.codes, values)


def columns_among(design: Design, chosen: BoolArray) -> Design:
    """Keep some columns of a design."""
    if chosen.all():
        return design
    return design.columns(chosen) if isinstance(design, CodedDesign) else design[:, chosen]


def cache_blocks(n_rows: int) -> Iterator[slice]:
    """Cut rows into blocks.

    >>> [(block.start, block.stop) for block in cache_blocks(10000)]
    [(0, 8192), (8192, 10000)]
    """
    for start in range(0, n_rows, _BLOCK):
        yield slice(start, min(start + _BLOCK, n_rows))


def pattern_blocks(patterns: Patterns) -> Iterator[Patterns]:
    """Cut patterns into blocks, which are views of them."""
    for block in cache_blocks(len(patterns.codes)):
        yield patterns.take(block)


def gram(rows: Design, weights: FloatArray, *, center: FloatArray | float = 0.0) -> FloatArray:
    """Sum ``weight * (row - center) (row - center)'`` over the rows; weights are not negative.

    >>> gram(np.array([[1.0, 2.0], [1.0, 4.0]]), np.array([1.0, 2.0])).round(9).tolist()
    [[3.0, 10.0], [10.0, 36.0]]
    """
    total = np.zeros((rows.shape[1],) * 2)
    for block in cache_blocks(len(rows)):
        # One factor on both sides: BLAS then computes half of a symmetric product.
        rooted = (rows[block] - center) * np.sqrt(weights[block])[:, None]
        total += rooted.T @ rooted
    return total


def row_sums_by_code(
    codes: IntArray, n_codes: int, rows: FloatArray, weights: FloatArray | None = None
) -> FloatArray:
    """Sum the rows of each code, times their weights, shape (n_codes, n_columns).

    >>> row_sums_by_code(np.array([1, 0, 1]), 2, np.array([[1.0], [2.0], [4.0]])).tolist()
    [[2.0], [5.0]]
    """
    # A product with a sparse indicator is twice as fast as a count of each column.
    n = codes.size
    entries = np.ones(n) if weights is None else weights
    # Column starts 0, 1, 2, ... hold: each row of the sample is a column with one entry.
    indicator = sparse.csc_array((entries, codes, np.arange(n + 1)), shape=(n_codes, n))
    return np.asarray(indicator @ rows)

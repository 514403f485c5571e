"""Sums over the rows of a design in blocks that stay in the cache.

No second array of all rows is held: a card on five million patterns fits into memory because of it.
"""

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray

__all__ = ["cache_blocks", "gram", "pattern_blocks", "row_sums_by_code"]

_BLOCK = 1 << 13  # rows of some twenty columns in float64: about a megabyte, a second-level cache


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


def gram(rows: FloatArray, weights: FloatArray, *, center: FloatArray | float = 0.0) -> FloatArray:
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


def row_sums_by_code(codes: IntArray, n_codes: int, rows: FloatArray) -> FloatArray:
    """Sum the rows of each code, shape (n_codes, n_columns).

    >>> row_sums_by_code(np.array([1, 0, 1]), 2, np.array([[1.0], [2.0], [4.0]])).tolist()
    [[2.0], [5.0]]
    """
    # A product with a sparse indicator is twice as fast as a count of each column.
    n = codes.size
    # Column starts 0, 1, 2, ... hold: each row of the sample is a column with one entry.
    indicator = sparse.csc_array((np.ones(n), codes, np.arange(n + 1)), shape=(n_codes, n))
    return np.asarray(indicator @ rows)

"""Sums over the rows of a design in blocks that stay in the cache, so that no second array of all rows is held."""

from collections.abc import Iterator

import numpy as np

from infotheory._typing import FloatArray

__all__ = ["gram", "row_blocks"]

_BLOCK = 1 << 13


def row_blocks(n_rows: int) -> Iterator[slice]:
    """Cut rows into blocks.

    Parameters
    ----------
    n_rows : int
        Number of rows.

    Yields
    ------
    slice
        The rows of a block, at most 8192.

    Examples
    --------
    >>> [(block.start, block.stop) for block in row_blocks(10000)]
    [(0, 8192), (8192, 10000)]
    """
    for start in range(0, n_rows, _BLOCK):
        yield slice(start, min(start + _BLOCK, n_rows))


def gram(rows: FloatArray, weights: FloatArray, *, centre: FloatArray | float = 0.0) -> FloatArray:
    """Sum ``weight * (row - centre) (row - centre)'`` over the rows.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_columns)
        A design.
    weights : ndarray of shape (n_rows,)
        Weight of each row, not negative.
    centre : ndarray of shape (n_columns,) or float
        What is taken from each row.

    Returns
    -------
    ndarray of shape (n_columns, n_columns)
        Symmetric.

    Examples
    --------
    >>> gram(np.array([[1.0, 2.0], [1.0, 4.0]]), np.array([1.0, 2.0])).round(9).tolist()
    [[3.0, 10.0], [10.0, 36.0]]
    """
    total = np.zeros((rows.shape[1],) * 2)
    for block in row_blocks(len(rows)):
        rooted = (rows[block] - centre) * np.sqrt(weights[block])[:, None]
        total += rooted.T @ rooted
    return total

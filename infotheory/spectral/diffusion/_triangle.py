"""One triangle of the diffusion matrix of points: all that a routine of eigenvalues reads.

It takes half of the distances and exponentials of the whole matrix, and no copy of any: each strip
of rows stays in a near cache until it is done.
"""

import threading
from typing import Any, NamedTuple

import numpy as np

from infotheory._typing import FloatArray

__all__ = ["DiffusionTriangle", "diffusion_triangle"]

#: Rows of a strip: with fewer the products, with more the squares on the diagonal take longer.
_ROWS_OF_STRIP = 64

#: Rows of a matrix whose memory is kept for the next one, 8 MB at most in each thread that asks.
#: In one that was given back and asked for again an entry takes longer than its exponential.
_MOST_ROWS_HELD = 1000
_held = threading.local()


class DiffusionTriangle(NamedTuple):
    """The diffusion matrix of points less its largest eigenvalue, which is 1.

    Terms are those of ``DiffusionOperator``.
    """

    # Lower triangle; what stands above it means nothing, of shape (n, n)
    matrix: FloatArray
    # Sum of the eigenvalues, the largest left out
    trace: float


def diffusion_triangle(
    X: FloatArray, sigma: float, local: FloatArray | None, anisotropy: float
) -> DiffusionTriangle:
    """Fill the triangle in the type of the points; sums are float64."""
    points = X / (2.0**0.5 * sigma)
    doubled = 2.0 * points
    squares = (points * points).sum(axis=1, dtype=np.float64).astype(X.dtype)
    matrix = _room(len(X), X.dtype)
    strips = [
        (rows, matrix[rows, : rows.stop])
        for rows in (
            slice(start, min(start + _ROWS_OF_STRIP, len(X)))
            for start in range(0, len(X), _ROWS_OF_STRIP)
        )
    ]

    degrees = np.zeros(len(X))
    for rows, strip in strips:
        np.matmul(doubled[rows], points[: rows.stop].T, out=strip)
        _turn_into_kernel(strip, squares, local, rows)
        _add_up(strip, rows, degrees)
    scale = 1.0 / np.sqrt(degrees)

    # A second pass over the kernel: the degrees after the density is divided out.
    if anisotropy:
        shrink = degrees**-anisotropy
        degrees = np.zeros(len(X))
        short = shrink.astype(X.dtype)
        for rows, strip in strips:
            _add_up(strip * short[rows, None] * short[: rows.stop], rows, degrees)
        scale = shrink / np.sqrt(degrees)
    scale = scale.astype(X.dtype)

    # The eigenvector of the eigenvalue 1.
    top = np.sqrt(degrees / degrees.sum()).astype(X.dtype)
    for rows, strip in strips:
        _take_out_first(strip, rows, scale, top)
    return DiffusionTriangle(matrix, float((scale.astype(np.float64) ** 2).sum()) - 1.0)


def _room(n_rows: int, dtype: np.dtype[Any]) -> FloatArray:
    """Return a matrix of finite numbers to write over, that of the last call where it suffices."""
    # Not np.empty: solvers look at both triangles, and a NaN there is told as one of theirs.
    if n_rows > _MOST_ROWS_HELD:
        return np.zeros((n_rows, n_rows), dtype=dtype)
    numbers = getattr(_held, dtype.name, None)
    if numbers is None or numbers.size < n_rows**2:
        numbers = np.zeros(n_rows**2, dtype=dtype)
        setattr(_held, dtype.name, numbers)
    return np.asarray(numbers[: n_rows**2].reshape(n_rows, n_rows))


def _turn_into_kernel(
    strip: FloatArray, squares: FloatArray, local: FloatArray | None, rows: slice
) -> None:
    """Make the Gaussian kernel of some rows from twice their inner products."""
    # Minus the squared distances, never above 0: |x|^2 + |y|^2 - 2 x'y, negated.
    strip -= squares[: rows.stop]
    strip -= squares[rows, None]
    np.minimum(strip, 0.0, out=strip)
    np.einsum("ii->i", strip[:, rows.start :])[:] = 0.0  # of a row to itself

    if local is not None:
        strip *= local[rows, None]
        strip *= local[: rows.stop]
    np.exp(strip, out=strip)


def _take_out_first(strip: FloatArray, rows: slice, scale: FloatArray, top: FloatArray) -> None:
    """Scale the kernel of some rows to the diffusion matrix, and take its eigenvalue 1 out."""
    strip *= scale[rows, None]
    strip *= scale[: rows.stop]
    strip -= np.multiply.outer(top[rows], top[: rows.stop])


def _add_up(strip: FloatArray, rows: slice, sums: FloatArray) -> None:
    """Add the rows of a strip, and its columns to the rows that mirror them."""
    sums[rows] += strip.sum(axis=1, dtype=np.float64)
    sums[: rows.start] += strip[:, : rows.start].sum(axis=0, dtype=np.float64)

"""Kernels of nearest-neighbour estimators: points in the maximum norm, by numpy and k-d trees."""

import numpy as np
from scipy.spatial import KDTree

from infotheory._interrupts import in_pieces
from infotheory._typing import FloatArray, IntArray

__all__ = ["count_closer", "nearest"]

#: Rows of one call of a tree, which does not hear Ctrl-C.
_ROWS = 4096


def nearest(points: FloatArray, k: int, workers: int) -> tuple[FloatArray, IntArray]:
    """Return the distance to the k-th nearest other point, and those k with the point itself."""
    tree, n_rows = KDTree(points), points.shape[0]
    radius, neighbors = np.empty(n_rows), np.empty((n_rows, k + 1), dtype=np.intp)
    for rows in in_pieces(n_rows, _ROWS):
        distances, neighbors[rows] = tree.query(points[rows], k + 1, p=np.inf, workers=workers)
        radius[rows] = distances[:, k]

    if not radius.all():
        message = (
            f"rows must differ from their n_neighbors={k} nearest rows, got "
            f"{int((radius == 0.0).sum())} rows with {k} or more copies; drop the copies, or raise "
            "n_neighbors"
        )
        raise ValueError(message)
    return radius, neighbors


def count_closer(points: FloatArray, radius: FloatArray, workers: int) -> IntArray:
    """Return for each point how many others are strictly closer than its positive radius."""
    if points.shape[1] > 1:
        # The tree counts points at the radius too, and the point itself.
        within = np.nextafter(radius, 0.0)
        tree, counts = KDTree(points), np.empty(points.shape[0], dtype=np.intp)
        for rows in in_pieces(counts.size, _ROWS):
            counts[rows] = tree.query_ball_point(
                points[rows], within[rows], p=np.inf, workers=workers, return_length=True
            )
        return counts - 1

    # On a line a sort and a bisection do the same, much faster than a tree.
    order = np.argsort(points[:, 0])
    line, reach = points[order, 0], radius[order]
    counts = np.empty(line.size, dtype=np.intp)
    counts[order] = _count_above(line, reach) + _count_above(-line[::-1], reach[::-1])[::-1]
    return counts


def _count_above(line: FloatArray, reach: FloatArray) -> IntArray:
    """Return how many points of an increasing line lie above each and closer than its reach.

    Bisection on the differences themselves: a bound ``line + reach`` would be rounded, and the
    neighbour that sets the reach lies exactly on it.
    """
    place = np.arange(line.size)
    last = place.copy()

    # Steps of falling powers of 2, all points at once.
    step = 1 << line.size.bit_length()
    while step := step >> 1:
        further = last + step
        inside = further < line.size
        further[~inside] = line.size - 1
        inside &= line[further] - line < reach
        last[inside] = further[inside]

    return last - place

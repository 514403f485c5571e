"""What nearest-neighbour estimators count: points in the maximum norm, in trees and on lines."""

import numpy as np
from scipy.spatial import KDTree

from infotheory._interrupts import in_pieces
from infotheory._typing import FloatArray, IntArray
from infotheory.estimation.measurements._box_tree import BoxTree

__all__ = ["count_closer", "count_given", "kth_distance", "nearest", "refuse_copies"]

#: Rows of one call of a tree of scipy, which does not hear Ctrl-C.
_ROWS = 4096


def kth_distance(points: FloatArray, k: int, workers: int) -> FloatArray:
    """Return the distance to the k-th nearest other point."""
    return refuse_copies(BoxTree(points).distances(k + 1, workers)[:, k], k)


def nearest(points: FloatArray, k: int, workers: int) -> tuple[FloatArray, IntArray]:
    """Return the distance to the k-th nearest other point, and those k with the point itself."""
    tree, n_rows = KDTree(points), points.shape[0]
    radius, neighbors = np.empty(n_rows), np.empty((n_rows, k + 1), dtype=np.intp)
    for rows in in_pieces(n_rows, _ROWS):
        distances, neighbors[rows] = tree.query(points[rows], k + 1, p=np.inf, workers=workers)
        radius[rows] = distances[:, k]
    return refuse_copies(radius, k), neighbors


def refuse_copies(radius: FloatArray, k: int) -> FloatArray:
    """Return the distances to the k-th neighbour, or raise ValueError where one is 0."""
    if not radius.all():
        message = (
            f"rows must differ from their n_neighbors={k} nearest rows, got "
            f"{int((radius == 0.0).sum())} rows with {k} or more copies; drop the copies, or raise "
            "n_neighbors"
        )
        raise ValueError(message)
    return radius


def count_given(x: FloatArray, y: FloatArray, z: FloatArray, k: int, workers: int) -> IntArray:
    """Count the others closer than the k-th joint neighbour in (x, z), in (y, z) and in z.

    The counts have shape (n_rows, 3).
    """
    joint, n_given = np.hstack([z, x, y]), z.shape[1]
    if n_given > 1 and joint.shape[1] <= 2 * n_given:
        # All that is counted lies within one ball of z: one tree, cut in z alone, is for all.
        tree = BoxTree(joint, n_given)
        radius = refuse_copies(tree.distances(k + 1, workers)[:, k], k)
        return tree.count_beside(radius, n_given, x.shape[1], workers)[:, [1, 2, 0]] - 1

    # A ball of few columns holds many rows, which whole boxes of a tree of their own count.
    radius = kth_distance(joint, k, workers)
    spaces = np.hstack([x, z]), np.hstack([y, z]), z
    return np.column_stack([count_closer(space, radius, workers) for space in spaces])


def count_closer(points: FloatArray, radius: FloatArray, workers: int) -> IntArray:
    """Return for each point how many others are strictly closer than its positive radius."""
    if points.shape[1] > 1:
        return BoxTree(points).count(radius, workers) - 1

    # On a line a sort and a bisection do the same, faster than a tree.
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

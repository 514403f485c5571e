"""Information of x and y given z by nearest neighbours, where many x share one y and one z.

All that the estimate of Frenzel and Pompe counts lies closer in z than the joint distance to the
k-th neighbour. Rows are therefore scanned in order of their distance in z, up to the first that is
no closer than the k-th joint neighbour so far: exact, and a small part of all rows. On a line the
order of distances is read off the order of the values; elsewhere the nearest rows in z are listed
once, and a row whose list ends too early is scanned whole.
"""

from typing import Self

import numpy as np
from scipy import special
from scipy.spatial import KDTree

from infotheory._compiled import compiled, inner
from infotheory._interrupts import in_pieces
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.estimation.measurements._scaling import standardized

__all__ = ["ConditionalNeighbors"]

#: Rows of one call of a kernel or a tree, which does not hear Ctrl-C.
_ROWS = 4096
#: Rows listed of each row: in the plane the distance in z says less, and lists are longer.
_LISTED = {2: 768}
_LISTED_BEYOND = 384


class ConditionalNeighbors:
    """Rows of y and z, brought to one scale, with the order of the distances in z."""

    def __init__(self, y: FloatArray, z: FloatArray, k: int) -> None:
        self._k, self._n_rows = k, len(y)
        self._order = np.argsort(z[:, 0], kind="stable") if z.shape[1] == 1 else None
        rows = slice(None) if self._order is None else self._order
        self._y, self._z = np.ascontiguousarray(y[rows]), np.ascontiguousarray(z[rows])
        # psi of all counts, to be looked up; at 0 it has no value, and is not asked for.
        self._psi = special.psi(np.maximum(np.arange(self._n_rows + 2.0), 1.0))
        if self._order is None:
            self._listed, self._distances = _lists(self._z)

    @classmethod
    def of_columns(cls, y: FloatArray, z: FloatArray, k: int) -> Self:
        """Take up columns of any scale."""
        return cls(standardized(y), standardized(z), k)

    def terms(self, x: FloatArray, seen: BoolArray | None = None) -> FloatArray:
        """Return a term for each row that is seen, whose mean is the estimate, of scaled x."""
        rows = slice(None) if self._order is None else self._order
        seen = np.ones(self._n_rows, dtype=bool) if seen is None else seen
        moved, there = np.ascontiguousarray(x[rows]), np.ascontiguousarray(seen[rows])

        # A row that is not seen gets an infinite radius and counts of 0.
        radius = np.empty(self._n_rows)
        counts = np.empty((self._n_rows, 3), dtype=np.int64)
        for piece in in_pieces(self._n_rows, _ROWS):
            ends = piece.start, piece.stop
            if self._order is not None:
                z = self._z[:, 0]
                _scan_line(moved, self._y, z, there, self._k, *ends, radius, counts)
            else:
                lists = self._listed, self._distances
                _scan_lists(moved, self._y, self._z, there, *lists, self._k, *ends, radius, counts)

        if not radius.all():
            message = (
                f"rows must differ from their n_neighbors={self._k} nearest rows, got "
                f"{int((radius == 0.0).sum())} rows with {self._k} or more copies; drop the "
                "copies, or raise n_neighbors"
            )
            raise ValueError(message)

        of_xz, of_yz, of_z = self._psi[counts.T + 1]
        terms = np.empty(self._n_rows)
        terms[rows] = self._psi[self._k] + of_z - of_xz - of_yz
        return terms[seen]


def _lists(z: FloatArray) -> tuple[IntArray, FloatArray]:
    """List the nearest rows in z of each row with their distances, itself first."""
    n_rows = len(z)
    n_listed = min(n_rows, _LISTED.get(z.shape[1], _LISTED_BEYOND))
    tree = KDTree(z, balanced_tree=False)
    listed = np.empty((n_rows, n_listed), dtype=np.int32)
    distances = np.empty((n_rows, n_listed))
    for rows in in_pieces(n_rows, _ROWS):
        distances[rows], listed[rows] = tree.query(z[rows], n_listed, p=np.inf)

    # Among copies in z a row may stand elsewhere, or behind the end of its list.
    itself = np.arange(n_rows, dtype=np.int32)
    place = np.argmax(listed == itself[:, None], axis=1)
    listed[itself, place] = listed[:, 0]
    listed[:, 0] = itself
    return listed, distances


@compiled
def _distance(a: FloatArray, i: int, j: int, least: float) -> float:
    """Return the distance of two rows in the maximum norm, or ``least`` where that is larger."""
    largest = least
    for c in range(a.shape[1]):
        largest = max(largest, abs(a[i, c] - a[j, c]))
    return largest


@inner
def _insert(best: FloatArray, distance: float) -> None:
    """Put a distance that is less than the last into an increasing list."""
    p = best.size - 1
    while p > 0 and best[p - 1] > distance:
        best[p] = best[p - 1]
        p -= 1
    best[p] = distance


@compiled
def _search_all(
    x: FloatArray, y: FloatArray, z: FloatArray, there: BoolArray, i: int, best: FloatArray
) -> None:
    """Search all rows for the nearest of one."""
    best[:] = np.inf
    last = best.size - 1
    for j in range(z.shape[0]):
        if j == i or not there[j]:
            continue
        distance = _distance(z, i, j, 0.0)
        if distance < best[last]:
            distance = _distance(y, i, j, _distance(x, i, j, distance))
            if distance < best[last]:
                _insert(best, distance)


@compiled
def _scan_line(
    x: FloatArray,
    y: FloatArray,
    z: FloatArray,
    there: BoolArray,
    k: int,
    start: int,
    stop: int,
    radius: FloatArray,
    counts: IntArray,
) -> None:
    """Scan outwards from each row in the order of z: the next row is the closer of two."""
    n_rows, best = z.size, np.empty(k)
    for i in range(start, stop):
        radius[i], counts[i] = np.inf, 0
        if not there[i]:
            continue
        best[:] = np.inf
        low, high = i - 1, i + 1
        while True:
            below = z[i] - z[low] if low >= 0 else np.inf
            above = z[high] - z[i] if high < n_rows else np.inf
            # A joint distance is no less than that in z: further out nothing can be nearer. Beyond
            # the ends of the line the distance is infinite.
            if min(below, above) >= best[k - 1]:
                break
            if below < above:
                j, low, gap = low, low - 1, below
            else:
                j, high, gap = high, high + 1, above
            if not there[j]:
                continue
            distance = _distance(y, i, j, _distance(x, i, j, gap))
            if distance < best[k - 1]:
                _insert(best, distance)

        # All rows closer in z than the reach lie between the two places where the scan ended.
        reach = best[k - 1]
        radius[i] = reach
        for j in range(low + 1, high):
            if j != i and there[j] and abs(z[j] - z[i]) < reach:
                counts[i, 0] += _distance(x, i, j, 0.0) < reach
                counts[i, 1] += _distance(y, i, j, 0.0) < reach
                counts[i, 2] += 1


@compiled
def _scan_lists(
    x: FloatArray,
    y: FloatArray,
    z: FloatArray,
    there: BoolArray,
    listed: IntArray,
    distances: FloatArray,
    k: int,
    start: int,
    stop: int,
    radius: FloatArray,
    counts: IntArray,
) -> None:
    """Scan the list of each row, and all rows where it ends before the k-th neighbour is sure."""
    n_rows, n_listed, best = z.shape[0], listed.shape[1], np.empty(k)
    for i in range(start, stop):
        radius[i], counts[i] = np.inf, 0
        if not there[i]:
            continue
        best[:] = np.inf
        last = n_listed
        for q in range(1, n_listed):
            gap = distances[i, q]
            if gap >= best[k - 1]:
                last = q
                break
            j = listed[i, q]
            if not there[j]:
                continue
            distance = _distance(y, i, j, _distance(x, i, j, gap))
            if distance < best[k - 1]:
                _insert(best, distance)

        # A list that ended before its distances passed the k-th: nearer rows may be missing from
        # it.
        whole = last == n_listed and n_listed < n_rows
        if whole:
            _search_all(x, y, z, there, i, best)

        reach = best[k - 1]
        radius[i] = reach
        for q in range(0 if whole else 1, n_rows if whole else last):
            j = q if whole else listed[i, q]
            if j == i or not there[j]:
                continue
            if (_distance(z, i, j, 0.0) if whole else distances[i, q]) < reach:
                counts[i, 0] += _distance(x, i, j, 0.0) < reach
                counts[i, 1] += _distance(y, i, j, 0.0) < reach
                counts[i, 2] += 1

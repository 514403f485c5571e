"""Information of x and y given z by nearest neighbours, where many x share one y and one z.

All that the estimate of Frenzel and Pompe counts lies closer in z than the joint distance to the
k-th neighbour. Rows are therefore scanned in order of their distance in z, up to the first that is
no closer than the k-th joint neighbour so far: exact, and a small part of all rows. On a line the
order of distances is read off the order of the values; elsewhere the nearest rows in z are listed
once, and a row whose list ends too early is scanned whole. Trees give the same counts, and are
faster for a few x, and for many rows of a line or a plane, where the ball in z holds most rows.
"""

import threading
from typing import Self

import numpy as np
from scipy import special
from scipy.spatial import KDTree

from infotheory._compiled import compiled, inner
from infotheory._interrupts import in_pieces
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.estimation.measurements._neighbors import count_given, refuse_copies
from infotheory.estimation.measurements._scaling import standardized
from infotheory.estimation.measurements._terms import RowTerms, coarseness, log_mass_variance

__all__ = ["ConditionalNeighbors"]

#: Rows of one call of a kernel or a tree, which does not hear Ctrl-C.
_ROWS = 4096
#: Rows beyond which trees are faster: by columns of z.
_LINE, _PLANE = 1000, 4000
#: Variables x that trees answer before rows are listed, which takes as long as twenty of them.
_FEW = 16
#: Rows listed of each row: in the plane the distance in z says less, and lists are longer.
_LISTED = {2: 768}
_LISTED_BEYOND = 384


class ConditionalNeighbors:
    """Rows of y and z, brought to one scale, with the order of the distances in z."""

    def __init__(self, y: FloatArray, z: FloatArray, k: int) -> None:
        self._y, self._z, self._k, self._n_rows = y, z, k, len(y)
        # psi of all counts, to be looked up; at 0 it has no value, and is not asked for.
        self._psi = special.psi(np.maximum(np.arange(self._n_rows + 2.0), 1.0))
        self._n_asked = 0
        self._scanned: _Line | _Listed | None = None
        self._lock = threading.Lock()

    @classmethod
    def of_columns(cls, y: FloatArray, z: FloatArray, k: int) -> Self:
        """Take up columns of any scale."""
        return cls(standardized(y), standardized(z), k)

    @property
    def columns(self) -> tuple[FloatArray, FloatArray]:
        """Columns of y and of z, of one scale."""
        return self._y, self._z

    def terms(self, x: FloatArray, seen: BoolArray | None = None) -> RowTerms:
        """Return a term for each row that is seen, whose mean is the estimate, of scaled x."""
        scan = self._scan()
        if scan is None:
            rows = slice(None) if seen is None else seen
            counts = count_given(x[rows], self._y[rows], self._z[rows], self._k, 1)
        else:
            seen = np.ones(self._n_rows, dtype=bool) if seen is None else seen
            radius, found = scan.counts(x, seen, self._k)
            refuse_copies(radius, self._k)
            counts = found[seen]
        of_xz, of_yz, of_z = self._psi[counts.T + 1]
        terms = np.asarray(self._psi[self._k] + of_z - of_xz - of_yz)
        near_in_x, near_in_y, _ = counts.T + 1
        sides = (near_in_x, self._y.shape[1]), (near_in_y, x.shape[1])
        return RowTerms(terms, log_mass_variance(self._k), coarseness(self._k, *sides))

    def _scan(self) -> "_Line | _Listed | None":
        """Return the rows in order of their distances in z, once that is worth it."""
        n_columns = self._z.shape[1]
        if self._n_rows > {1: _LINE, 2: _PLANE}.get(n_columns, self._n_rows):
            return None

        # Surrogates ask in threads: one of them lists the rows, and the others wait for it.
        with self._lock:
            self._n_asked += 1
            if self._scanned is None and n_columns == 1:
                self._scanned = _Line(self._y, self._z)
            elif self._scanned is None and self._n_asked > _FEW:
                self._scanned = _Listed(self._y, self._z)
            return self._scanned


class _Line:
    """Rows in the order of one column z."""

    def __init__(self, y: FloatArray, z: FloatArray) -> None:
        self._order = np.argsort(z[:, 0], kind="stable")
        self._y = np.ascontiguousarray(y[self._order])
        self._z = np.ascontiguousarray(z[self._order, 0])

    def counts(self, x: FloatArray, seen: BoolArray, k: int) -> tuple[FloatArray, IntArray]:
        """Return the joint radius of each row, and its counts with x, with y and in z alone."""
        moved, there = np.ascontiguousarray(x[self._order]), seen[self._order]
        radius = np.empty(self._z.size)
        counts = np.empty((self._z.size, 3), dtype=np.int64)
        for piece in in_pieces(self._z.size, _ROWS):
            ends = piece.start, piece.stop
            _scan_line(moved, self._y, self._z, there, k, *ends, radius, counts)

        back = np.empty_like(self._order)
        back[self._order] = np.arange(back.size)
        return radius[back], counts[back]


class _Listed:
    """Rows with the nearest rows in z of each."""

    def __init__(self, y: FloatArray, z: FloatArray) -> None:
        self._y, self._z = np.ascontiguousarray(y), np.ascontiguousarray(z)
        self._listed, self._distances = _lists(self._z)

    def counts(self, x: FloatArray, seen: BoolArray, k: int) -> tuple[FloatArray, IntArray]:
        """Return the joint radius of each row, and its counts with x, with y and in z alone."""
        n_rows, x = len(self._z), np.ascontiguousarray(x)
        radius, counts = np.empty(n_rows), np.empty((n_rows, 3), dtype=np.int64)
        for piece in in_pieces(n_rows, _ROWS):
            lists = self._listed, self._distances, k, piece.start, piece.stop
            _scan_lists(x, self._y, self._z, seen, *lists, radius, counts)
        return radius, counts


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

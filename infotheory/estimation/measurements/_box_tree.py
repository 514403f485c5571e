"""A tree of boxes in the maximum norm: nearest points, and how many lie closer than a radius.

Every leaf holds the same number of points, column by column, so that a processor compares several
of them at once; a box that lies closer as a whole adds its points without a look at them. The tree
is built by numpy, which compiles nothing. Distances are differences of coordinates, and no bound
adds a radius to a coordinate: what is counted is exact, points at the radius included.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from infotheory._compiled import compiled, inner
from infotheory._interrupts import in_pieces
from infotheory._parallel import leave_if_interrupted, run_tasks
from infotheory._typing import BoolArray, FloatArray, IntArray

__all__ = ["BoxTree"]

_Number = TypeVar("_Number", np.float64, np.intp)

#: Points of one call of a kernel, which does not hear Ctrl-C.
_POINTS = 4096
#: Points of a leaf at most. Boxes of many columns hold little alone, and their leaves are larger.
_IN_LEAF = {1: 16, 2: 16, 3: 24, 4: 48}
_IN_LEAF_BEYOND = 80
#: Leaves are filled up to whole vectors of the processor.
_LANES = 8


class BoxTree:
    """Rows of columns, cut at medians of the first ``n_cut`` columns, the widest first."""

    def __init__(self, points: FloatArray, n_cut: int | None = None) -> None:
        self._n_rows, n_columns = points.shape
        n_cut = n_columns if n_cut is None else n_cut
        most = _IN_LEAF.get(n_cut, _IN_LEAF_BEYOND)
        depth = max(0, -(-self._n_rows // most) - 1).bit_length()
        n_leaves = 1 << depth

        # The last places of leaves that do not fill are given to copies of rows here and there.
        n_places = n_leaves * -(-self._n_rows // n_leaves)
        n_copies = n_places - self._n_rows
        copied = np.arange(n_copies) * self._n_rows // max(n_copies, 1)
        place = np.arange(n_places)
        columns = points.T[:, np.r_[: self._n_rows, copied]]
        for level in range(depth):
            cells = columns[:n_cut].reshape(n_cut, 1 << level, -1)
            widest = (cells.max(axis=2) - cells.min(axis=2)).argmax(axis=0)
            cut = cells[widest, np.arange(1 << level)]
            halves = np.argpartition(cut, cut.shape[1] // 2, axis=1)
            moved = (halves + cut.shape[1] * np.arange(1 << level)[:, None]).ravel()
            columns, place = columns[:, moved], place[moved]

        # Copies, and what fills a vector, lie infinitely far from every point.
        leaves = columns.reshape(n_columns, n_leaves, -1).transpose(1, 0, 2)
        self._there: BoolArray = (place < self._n_rows).reshape(n_leaves, -1)
        self._rows = place[self._there.ravel()]
        n_filled = -(-leaves.shape[2] // _LANES) * _LANES
        self._leaves = np.full((n_leaves, n_columns, n_filled), np.inf)
        self._leaves[:, :, : leaves.shape[2]] = np.where(self._there[:, None], leaves, np.inf)

        # Node 1 is the root, 2 i and 2 i + 1 are the halves of i.
        self._low, self._high = np.empty((2, 2 * n_leaves, n_columns))
        self._sizes = np.empty(2 * n_leaves, dtype=np.intp)
        self._low[n_leaves:], self._high[n_leaves:] = leaves.min(axis=2), leaves.max(axis=2)
        self._sizes[n_leaves:] = self._there.sum(axis=1)
        for level in reversed(range(depth)):
            here, below = slice(1 << level, 2 << level), slice(2 << level, 4 << level)
            self._low[here] = self._low[below].reshape(-1, 2, n_columns).min(axis=1)
            self._high[here] = self._high[below].reshape(-1, 2, n_columns).max(axis=1)
            self._sizes[here] = self._sizes[below].reshape(-1, 2).sum(axis=1)

    def distances(self, n: int, workers: int) -> FloatArray:
        """Return the distances of the n nearest points of each row, the row itself first.

        Where there are fewer points the distance is infinite.
        """
        found = np.empty((*self._there.shape, n))

        def search(start: int, stop: int) -> None:
            boxes = self._leaves, self._low, self._high
            best: FloatArray = np.empty(n)
            _search_boxes(*boxes, self._there, start, stop, best, *self._room(1), found)

        self._over_leaves(search, workers)
        return self._in_order(found)

    def count(self, radius: FloatArray, workers: int) -> IntArray:
        """Count the points strictly closer than the radius of each row, the row among them."""
        return self._count(radius, np.array([0, self._leaves.shape[1]]), workers)[:, 0]

    def count_beside(
        self, radius: FloatArray, n_given: int, n_first: int, workers: int
    ) -> IntArray:
        """Count in the columns of a condition, and with those of each of two variables beside them.

        The columns are those of the condition, the ``n_first`` of one variable, and those of the
        other. The counts have shape (n_rows, 3), and are those of points strictly closer, too.
        """
        ends = np.array([0, n_given, n_given + n_first, self._leaves.shape[1]])
        return self._count(radius, ends, workers)

    def _count(self, radius: FloatArray, ends: IntArray, workers: int) -> IntArray:
        reach = np.zeros(self._there.shape)
        reach[self._there] = radius[self._rows]
        counts = np.zeros((*self._there.shape, ends.size - 1), dtype=np.intp)

        def count(start: int, stop: int) -> None:
            boxes = self._leaves, self._low, self._high, self._sizes
            room = self._room(counts.shape[2])
            _count_boxes(*boxes, self._there, reach, ends, start, stop, *room, counts)

        self._over_leaves(count, workers)
        return self._in_order(counts)

    def _room(self, n_sets: int) -> tuple[FloatArray, FloatArray, IntArray]:
        """Return room for distances in a leaf, a point, and boxes that wait, for one thread.

        What makes an array in a kernel takes as long to compile as half of the kernel.
        """
        _, n_columns, n_filled = self._leaves.shape
        return np.empty((n_sets, n_filled)), np.empty(n_columns), np.empty(64, dtype=np.int64)

    def _over_leaves(self, function: Callable[[int, int], None], workers: int) -> None:
        """Call a function with the ends of slices of leaves."""
        n_leaves, n_places = self._there.shape
        slices = in_pieces(n_leaves, max(1, _POINTS // n_places))
        if workers == 1:
            for piece in slices:
                function(piece.start, piece.stop)
            return

        def one(start: int, stop: int) -> None:
            leave_if_interrupted()
            function(start, stop)

        run_tasks(one, [(piece.start, piece.stop) for piece in slices], workers, prefer="threads")

    def _in_order(self, of_places: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
        """Put what was found for the places of the leaves in the order of the rows."""
        in_order = np.empty((self._n_rows, of_places.shape[2]), dtype=of_places.dtype)
        in_order[self._rows] = of_places[self._there]
        return in_order


@inner
def _is_out(
    low: FloatArray, high: FloatArray, node: int, point: FloatArray, n: int, reach: float
) -> bool:
    """Whether all of a box is no closer than the reach, by its first n columns."""
    for c in range(n):
        if low[node, c] - point[c] >= reach or point[c] - high[node, c] >= reach:
            return True
    return False


@inner
def _is_in(
    low: FloatArray, high: FloatArray, node: int, point: FloatArray, n: int, reach: float
) -> bool:
    """Whether all of a box is closer than the reach, by its first n columns."""
    for c in range(n):
        if point[c] - low[node, c] >= reach or high[node, c] - point[c] >= reach:
            return False
    return True


@inner
def _distances_in_leaf(
    leaves: FloatArray,
    leaf: int,
    point: FloatArray,
    start: int,
    stop: int,
    distances: FloatArray,
    row: int,
) -> None:
    """Write the distances of the points of a leaf in some columns into a row."""
    # Two columns at once: what is written is read half as often, which takes as long as the rest.
    odd = (stop - start) % 2
    for q in range(leaves.shape[2]):
        distances[row, q] = abs(leaves[leaf, start, q] - point[start]) if odd else 0.0
    for c in range(start + odd, stop, 2):
        one, other = point[c], point[c + 1]
        for q in range(leaves.shape[2]):
            d, e = abs(leaves[leaf, c, q] - one), abs(leaves[leaf, c + 1, q] - other)
            d = d if d > e else e
            distances[row, q] = d if d > distances[row, q] else distances[row, q]


@compiled
def _search_boxes(
    leaves: FloatArray,
    low: FloatArray,
    high: FloatArray,
    there: BoolArray,
    start: int,
    stop: int,
    best: FloatArray,
    distances: FloatArray,
    point: FloatArray,
    waiting: IntArray,
    found: FloatArray,
) -> None:
    """Search from the leaf of each point upwards, in the other half of every box around it."""
    n_leaves, n_columns, _ = leaves.shape
    last = found.shape[2] - 1
    for leaf in range(start, stop):
        for q in range(there.shape[1]):
            if not there[leaf, q]:
                continue
            for c in range(n_columns):
                point[c] = leaves[leaf, c, q]
            for p in range(last + 1):
                best[p] = np.inf

            # Boxes are numbered as in a heap: the root is 1, halves of a box have twice its number
            # and one more. Those that may hold a neighbour wait on a stack.
            around = leaf + n_leaves
            waiting[0], n_waiting = around, 1
            while True:
                while n_waiting:
                    n_waiting -= 1
                    node = waiting[n_waiting]
                    if _is_out(low, high, node, point, n_columns, best[last]):
                        continue
                    if node < n_leaves:
                        waiting[n_waiting], waiting[n_waiting + 1] = 2 * node, 2 * node + 1
                        n_waiting += 2
                        continue
                    at = node - n_leaves
                    _distances_in_leaf(leaves, at, point, 0, n_columns, distances, 0)
                    _insert_nearer(best, distances)
                if around == 1:
                    break
                # The other half of the box around.
                waiting[0], n_waiting = around ^ 1, 1
                around >>= 1
            for p in range(last + 1):
                found[leaf, q, p] = best[p]


@inner
def _insert_nearer(best: FloatArray, distances: FloatArray) -> None:
    """Put what is less than the last of an increasing list into it."""
    last = best.size - 1

    # Most leaves have nothing nearer, which a count of several at once finds out.
    n_nearer = 0
    for q in range(distances.shape[1]):
        n_nearer += distances[0, q] < best[last]
    if n_nearer == 0:
        return

    for q in range(distances.shape[1]):
        distance = distances[0, q]
        if distance < best[last]:
            p = last
            while p > 0 and best[p - 1] > distance:
                best[p] = best[p - 1]
                p -= 1
            best[p] = distance


@compiled
def _count_boxes(
    leaves: FloatArray,
    low: FloatArray,
    high: FloatArray,
    sizes: IntArray,
    there: BoolArray,
    reach: FloatArray,
    ends: IntArray,
    start: int,
    stop: int,
    distances: FloatArray,
    point: FloatArray,
    waiting: IntArray,
    counts: IntArray,
) -> None:
    """Count the points within the reach in the first columns, and with others beside them."""
    n_leaves, n_columns, n_filled = leaves.shape
    n_sets, n_given = counts.shape[2], ends[1]

    for leaf in range(start, stop):
        for q in range(there.shape[1]):
            if not there[leaf, q]:
                continue
            for c in range(n_columns):
                point[c] = leaves[leaf, c, q]
            radius = reach[leaf, q]

            waiting[0], n_waiting = 1, 1
            while n_waiting:
                n_waiting -= 1
                node = waiting[n_waiting]
                if _is_out(low, high, node, point, n_given, radius):
                    continue
                if n_sets == 1 and _is_in(low, high, node, point, n_given, radius):
                    counts[leaf, q, 0] += sizes[node]
                    continue
                if node < n_leaves:
                    waiting[n_waiting], waiting[n_waiting + 1] = 2 * node, 2 * node + 1
                    n_waiting += 2
                    continue

                # What is not near in the condition is near in nothing beside it.
                at = node - n_leaves
                for s in range(n_sets):
                    _distances_in_leaf(leaves, at, point, ends[s], ends[s + 1], distances, s)
                    n_closer = 0
                    for p in range(n_filled):
                        n_closer += (distances[0, p] < radius) & (distances[s, p] < radius)
                    counts[leaf, q, s] += n_closer
                    if s == 0 and n_closer == 0:
                        break

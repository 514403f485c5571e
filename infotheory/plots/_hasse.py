"""Places of the elements of a Hasse diagram: few crossings, no edge behind a foreign box."""

from collections.abc import Iterator, Sequence

import numpy as np

from infotheory._typing import FloatArray, IntArray

__all__ = ["hasse_positions"]

_SWEEPS = 20

#: What an edge behind a box, a crossing and a unit of width cost.
_HIT, _CROSSING, _LENGTH = 10.0, 1.0, 0.02


def hasse_positions(
    ranks: Sequence[int], covers: Sequence[tuple[int, int]], reach: FloatArray
) -> FloatArray:
    """Place the elements of each rank side by side; swap and shift while that lowers the cost."""
    heights = np.asarray(ranks, dtype=np.intp)
    rows = [np.flatnonzero(heights == rank) for rank in range(int(heights.max()) + 1)]
    x = np.zeros(heights.size)
    for row in rows:
        x[row] = np.arange(row.size) - (row.size - 1) / 2.0
    if not covers:
        return x

    # Half a place beyond the widest rank, so that the figure stays about as wide.
    edges, limit = np.asarray(covers, dtype=np.intp), float(x.max()) + 0.5
    best = _cost(x, heights, edges, reach)
    for _ in range(_SWEEPS):
        before = best
        for row in rows:
            for trial in _moves(x, row, limit):
                cost = _cost(trial, heights, edges, reach)
                # by more than rounding, or equal places would take turns for ever
                if cost < best - 1e-9:
                    x, best = trial, cost
        if best == before:
            break
    return x


def _moves(x: FloatArray, row: IntArray, limit: float) -> Iterator[FloatArray]:
    """Yield exchanges of two elements of a rank, and shifts by half a place of it and of each."""
    for i in range(row.size):
        for j in range(i):
            trial = x.copy()
            trial[row[[i, j]]] = x[row[[j, i]]]
            yield trial

    # The whole rank as well: where its elements stand one place apart none can move towards its
    # neighbour alone.
    for moved in (row, *(row[[i]] for i in range(row.size))):
        for step in (-0.5, 0.5):
            trial = x.copy()
            trial[moved] += step
            apart = np.diff(np.sort(trial[row]))
            if np.abs(trial[row]).max() <= limit and np.all(apart >= 1.0):
                yield trial


def _cost(x: FloatArray, heights: IntArray, edges: IntArray, reach: FloatArray) -> float:
    low, high = x[edges[:, 0]], x[edges[:, 1]]
    bottom, top = heights[edges[:, 0]], heights[edges[:, 1]]
    # (n_edges, n_elements): how far up the edge the height of the element is, and how far the edge
    # passes beside it there. Strictly between the ends, so that an edge hits neither of its own.
    share = (heights - bottom[:, None]) / (top - bottom)[:, None]
    beside = np.abs(low[:, None] + share * (high - low)[:, None] - x)
    hits = np.count_nonzero((share > 0.0) & (share < 1.0) & (beside < reach))
    return (
        _HIT * hits
        + _CROSSING * _crossings(x, heights, edges)
        + _LENGTH * float(np.abs(high - low).sum())
    )


def _crossings(x: FloatArray, heights: IntArray, edges: IntArray) -> int:
    """Count pairs of edges that cross: the ends of each lie on different sides of the other."""
    points = np.column_stack([x, heights])
    start, along = points[edges[:, 0]], points[edges[:, 1]] - points[edges[:, 0]]

    def side(end: int) -> FloatArray:
        to = points[edges[:, end]][None] - start[:, None]
        return along[:, None, 0] * to[..., 1] - along[:, None, 1] * to[..., 0]

    # Edges that share an end have it on the other's line: 0 up to rounding, and no crossing. Pairs
    # stand twice in the table, once from each edge.
    parted = side(0) * side(1) < -1e-12
    return int(np.count_nonzero(parted & parted.T)) // 2

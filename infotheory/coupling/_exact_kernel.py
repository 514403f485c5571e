"""Compiled branch and bound over the vertices of the couplings of two short pmfs."""

import numba
import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory.coupling._bounds_kernel import majorized_profile_nats
from infotheory.coupling._heap_kernel import phi

__all__ = ["exact_cells"]

# Two residuals closer than this are equal: their difference is rounding of earlier subtractions.
_EQUAL = 1e-15
# A branch must promise at least this many nats less than the best coupling so far.
_IMPROVEMENT = 1e-12


@numba.njit(cache=True)
def _rest_bound(p: FloatArray, q: FloatArray, last: float) -> float:
    """Majorised profile bound of what is left of both marginals, in cells no larger than ``last``."""
    size = p.size + q.size
    covered, mass = np.zeros(size + 1), np.zeros(size + 1)
    n = 0
    for side in (p, q):
        total = 0.0
        for value in np.sort(side):
            if value > 0.0:
                total += value
                at = n
                while at > 0 and covered[at - 1] < total:
                    covered[at], mass[at] = covered[at - 1], mass[at - 1]
                    at -= 1
                covered[at], mass[at] = total, value
                n += 1
    kept = 0
    for i in range(n):
        if kept == 0 or mass[i] < mass[kept - 1]:
            covered[kept], mass[kept] = covered[i], mass[i]
            kept += 1
    covered[kept] = mass[kept] = 0.0
    return majorized_profile_nats(covered, mass, min(p.sum(), q.sum()), last)


@numba.njit(cache=True)
def _seen_before(values: FloatArray, i: int) -> bool:
    for earlier in range(i):
        if values[earlier] == values[i]:
            return True
    return False


@numba.njit(cache=True)
def _descend(
    p: FloatArray,
    q: FloatArray,
    last: float,
    cost: float,
    depth: int,
    path: IntArray,
    mass: FloatArray,
    best_path: IntArray,
    best_mass: FloatArray,
    best: FloatArray,
) -> None:
    """Try every next cell no larger than ``last``; ``best`` holds the lowest entropy and its number of cells."""
    if p.max() <= 0.0 or q.max() <= 0.0:
        if cost < best[0] - _IMPROVEMENT:
            best[0], best[1] = cost, depth
            best_path[:depth], best_mass[:depth] = path[:depth], mass[:depth]
        return
    if cost + _rest_bound(p, q, last) >= best[0] - _IMPROVEMENT:
        return
    for i in range(p.size):
        for j in range(q.size):
            cell = min(p[i], q[j])
            if cell <= 0.0 or cell > last or _seen_before(p, i) or _seen_before(q, j):
                continue
            row, column = p[i], q[j]
            p[i] = row - cell if row - cell > _EQUAL else 0.0
            q[j] = column - cell if column - cell > _EQUAL else 0.0
            path[depth, 0], path[depth, 1], mass[depth] = i, j, cell
            _descend(p, q, cell, cost + phi(cell), depth + 1, path, mass, best_path, best_mass, best)
            p[i], q[j] = row, column


@numba.njit(cache=True)
def exact_cells(p: FloatArray, q: FloatArray, start: float) -> tuple[IntArray, FloatArray]:
    """Return ranks and masses of the coupling of least entropy.

    Parameters
    ----------
    p, q : ndarray of shape (n,), (m,)
        Positive masses, descending.
    start : float
        Entropy in nats of a known coupling.

    Returns
    -------
    indices : ndarray of shape (nnz, 2)
        Ranks in p and in q, without rows where no coupling beats the known one.
    cells : ndarray of shape (nnz,)
        Masses, never increasing.
    """
    size = p.size + q.size
    path, best_path = np.zeros((size, 2), dtype=np.intp), np.zeros((size, 2), dtype=np.intp)
    mass, best_mass = np.zeros(size), np.zeros(size)
    best = np.array([start, 0.0])
    _descend(p.copy(), q.copy(), np.inf, 0.0, 0, path, mass, best_path, best_mass, best)
    return best_path[: int(best[1])], best_mass[: int(best[1])]

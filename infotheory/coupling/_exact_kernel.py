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
    earlier = 0
    while values[earlier] != values[i]:
        earlier += 1
    return earlier < i


@numba.njit(cache=True)
def _next_cell(p: FloatArray, q: FloatArray, last: float, start: int) -> int:
    """Return the first cell from ``start`` on, row by row, no larger than ``last``; -1 where there is none.

    Of symbols with equal masses left only the first counts.
    """
    for cell in range(start, p.size * q.size):
        i, j = divmod(cell, q.size)
        if 0.0 < min(p[i], q[j]) <= last and not (_seen_before(p, i) or _seen_before(q, j)):
            return cell
    return -1


@numba.njit(cache=True)
def exact_cells(p: FloatArray, q: FloatArray, start: float) -> tuple[IntArray, FloatArray]:
    """Return ranks and masses of the coupling of least entropy.

    A depth-first search that keeps what is left of both marginals at every depth (a loop, because
    compiled recursion does not survive the cache on disk).

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
    left_p, left_q = np.zeros((size + 1, p.size)), np.zeros((size + 1, q.size))
    left_p[0], left_q[0] = p, q
    chosen, mass, cost = np.full(size + 1, -1), np.full(size + 1, np.inf), np.zeros(size + 1)
    best_chosen, best_mass, best_size, best = chosen.copy(), mass.copy(), 0, start
    depth = 0
    while depth >= 0:
        rest_p, rest_q, last = (
            left_p[depth],
            left_q[depth],
            mass[depth - 1] if depth > 0 else np.inf,
        )
        if chosen[depth] < 0:  # first visit
            done = rest_p.max() <= 0.0 or rest_q.max() <= 0.0
            if done and cost[depth] < best - _IMPROVEMENT:
                best, best_size = cost[depth], depth
                best_chosen[:depth], best_mass[:depth] = chosen[:depth], mass[:depth]
            if done or cost[depth] + _rest_bound(rest_p, rest_q, last) >= best - _IMPROVEMENT:
                depth -= 1
                continue
        cell = _next_cell(rest_p, rest_q, last, chosen[depth] + 1)
        chosen[depth] = cell
        if cell < 0:
            depth -= 1
            continue
        i, j = divmod(cell, q.size)
        mass[depth] = min(rest_p[i], rest_q[j])
        left_p[depth + 1], left_q[depth + 1] = rest_p, rest_q
        left_p[depth + 1, i] = _without(rest_p[i], mass[depth])
        left_q[depth + 1, j] = _without(rest_q[j], mass[depth])
        cost[depth + 1], chosen[depth + 1] = cost[depth] + phi(mass[depth]), -1
        depth += 1
    indices = np.empty((best_size, 2), dtype=np.intp)
    for at in range(best_size):
        indices[at] = divmod(best_chosen[at], q.size)
    return indices, best_mass[:best_size]


@numba.njit(cache=True)
def _without(mass: float, cell: float) -> float:
    return mass - cell if mass - cell > _EQUAL else 0.0

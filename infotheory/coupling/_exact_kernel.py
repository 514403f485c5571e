"""Compiled branch and bound over the vertices of the couplings of two short pmfs."""

import numpy as np

from infotheory._compiled import compiled, inner
from infotheory._typing import FloatArray, IntArray
from infotheory.coupling._bounds_kernel import majorized_profile_nats
from infotheory.coupling._heap_kernel import phi, sum_between

__all__ = ["exact_cells"]

# Two residuals closer than this are equal: their difference is rounding of earlier subtractions.
_EQUAL = 1e-15
# A branch must promise at least this many nats less than the best coupling so far.
_IMPROVEMENT = 1e-12
# Steps of one call, some microseconds each, after which Ctrl-C is heard.
_STEPS = 50_000


@inner
def _bound_of_remainder(p: FloatArray, q: FloatArray, last: float) -> float:
    """Majorised profile bound of what is left of both, in cells no larger than ``last``."""
    size = p.size + q.size
    # Points (covered, mass) of both sides, by falling covered mass, the point (0, 0) last.
    covered, mass, ascending = np.zeros(size + 1), np.zeros(size + 1), np.empty(size)
    n = 0

    # Merge both sides by insertion: a sort of pairs costs more on so few.
    for side in (p, q):
        total = 0.0
        _sort_into(ascending, side)
        for i in range(side.size):
            value = ascending[i]
            if value > 0.0:
                total += value
                at = n
                while at > 0 and covered[at - 1] < total:
                    covered[at], mass[at] = covered[at - 1], mass[at - 1]
                    at -= 1
                covered[at], mass[at] = total, value
                n += 1

    # Only points where the mass falls bound anything; (0, 0) ends them.
    n_steps = 0
    for i in range(n):
        if n_steps == 0 or mass[i] < mass[n_steps - 1]:
            covered[n_steps], mass[n_steps] = covered[i], mass[i]
            n_steps += 1
    covered[n_steps] = mass[n_steps] = 0.0

    total = min(sum_between(p, 0, p.size), sum_between(q, 0, q.size))
    return majorized_profile_nats(covered, mass, total, last)


@inner
def _sort_into(ascending: FloatArray, values: FloatArray) -> None:
    """Write the values in ascending order, by insertion."""
    for i in range(values.size):
        at = i
        while at > 0 and ascending[at - 1] > values[i]:
            ascending[at] = ascending[at - 1]
            at -= 1
        ascending[at] = values[i]


@inner
def _seen_before(values: FloatArray, i: int) -> bool:
    """Tell whether an earlier entry has the same value."""
    earlier = 0
    while values[earlier] != values[i]:
        earlier += 1
    return earlier < i


@inner
def _next_cell(p: FloatArray, q: FloatArray, last: float, start: int) -> int:
    """Return the first cell from ``start`` on, row by row, no larger than ``last``; -1 for none.

    Of symbols with equal masses left only the first counts.
    """
    for cell in range(start, p.size * q.size):
        i, j = divmod(cell, q.size)
        if 0.0 < min(p[i], q[j]) <= last and not (_seen_before(p, i) or _seen_before(q, j)):
            return cell
    return -1


def exact_cells(p: FloatArray, q: FloatArray, start: float) -> tuple[IntArray, FloatArray]:
    """Return ranks and masses of the coupling of least entropy.

    A depth-first search that keeps what is left of both marginals at every depth (a loop, because
    compiled recursion does not survive the cache on disk).
    """
    # At each depth: what is left of both sides, the cell taken there, its mass, and the entropy of
    # the cells before it.
    size = p.size + q.size
    left_p, left_q = np.zeros((size + 1, p.size)), np.zeros((size + 1, q.size))
    left_p[0], left_q[0] = p, q
    taken, mass, cost = np.full(size + 1, -1), np.full(size + 1, np.inf), np.zeros(size + 1)
    best_taken, best_mass = taken.copy(), mass.copy()

    path, best_path = (left_p, left_q, taken, mass, cost), (best_taken, best_mass)
    depth, best_size, best = 0, 0, start
    while depth >= 0:
        depth, best_size, best = _search(path, best_path, depth, best_size, best, _STEPS)

    indices = np.stack(np.divmod(best_taken[:best_size], q.size), axis=1)
    return indices.astype(np.intp), best_mass[:best_size]


@compiled
def _search(
    path: tuple[FloatArray, FloatArray, IntArray, FloatArray, FloatArray],
    best_path: tuple[IntArray, FloatArray],
    depth: int,
    best_size: int,
    best: float,
    n_steps: int,
) -> tuple[int, int, float]:
    """Go some steps further; return depth, size and entropy of the best, depth -1 at the end."""
    left_p, left_q, taken, mass, cost = path
    best_taken, best_mass = best_path
    n_columns = left_q.shape[1]
    for _ in range(n_steps):
        if depth < 0:
            break
        now_p, now_q = left_p[depth], left_q[depth]
        # Cells fall along a path, see `exact_coupling`: so the cells of one coupling are not tried
        # in all their orders.
        last = mass[depth - 1] if depth > 0 else np.inf

        # On the first visit: a coupling is complete, or the bound says that none here is better.
        if taken[depth] < 0:
            done = _largest(now_p) <= 0.0 or _largest(now_q) <= 0.0
            if done and cost[depth] < best - _IMPROVEMENT:
                best, best_size = cost[depth], depth
                for i in range(depth):
                    best_taken[i], best_mass[i] = taken[i], mass[i]
            if done or cost[depth] + _bound_of_remainder(now_p, now_q, last) >= best - _IMPROVEMENT:
                depth -= 1
                continue

        cell = _next_cell(now_p, now_q, last, taken[depth] + 1)
        taken[depth] = cell
        if cell < 0:
            depth -= 1
            continue

        # Take the cell, which uses up one of its two symbols, and go one deeper.
        i, j = divmod(cell, n_columns)
        mass[depth] = min(now_p[i], now_q[j])
        _leave(left_p[depth + 1], now_p, i, mass[depth])
        _leave(left_q[depth + 1], now_q, j, mass[depth])
        cost[depth + 1], taken[depth + 1] = cost[depth] + phi(mass[depth]), -1
        depth += 1
    return depth, best_size, best


@inner
def _largest(masses: FloatArray) -> float:
    """Return the largest mass."""
    largest = 0.0
    for i in range(masses.size):
        largest = max(largest, masses[i])
    return largest


@inner
def _leave(after: FloatArray, masses: FloatArray, symbol: int, cell: float) -> None:
    """Write what a cell leaves of the masses, 0 of its symbol where that is rounding."""
    for i in range(masses.size):
        after[i] = masses[i]
    left = masses[symbol] - cell
    after[symbol] = left if left > _EQUAL else 0.0

"""Compiled coupling that seeks zeros: again and again the two masses left that are closest."""

import numpy as np

from infotheory._compiled import compiled, inner
from infotheory._typing import FloatArray, IntArray

__all__ = ["zero_seeking_cells"]

# As in the greedy coupling: what is left of a symbol is rounding where it is less than that of 1
# and next to nothing of the mass it is left of.
_ROUNDING = 2.3e-16
_SHARE = 1e-12
# Masses looked at in one call, after which Ctrl-C is heard.
_LOOKS = 50_000_000


def zero_seeking_cells(first: FloatArray, second: FloatArray) -> tuple[IntArray, FloatArray]:
    """Couple two marginals sorted by falling mass, by the pair of masses left of least difference.

    The pair becomes a cell of the smaller of its masses. A pair of equal masses, of which nothing
    is left, comes first. Of several pairs the heaviest is taken.

    Parameters
    ----------
    first, second : ndarray of shape (n,), (m,)
        Positive masses, descending.

    Returns
    -------
    ranks : ndarray of shape (nnz, 2)
        Ranks of each cell, in the order of emission.
    cells : ndarray of shape (nnz,)
        Masses.
    """
    p, p_rank = first.copy(), np.arange(first.size)
    q, q_rank = second.copy(), np.arange(second.size)
    n_cells = first.size + second.size
    ranks, cells = np.empty((n_cells, 2), dtype=np.intp), np.empty(n_cells)

    # how many masses are left of each, and how many cells there are
    state = np.array([p.size, q.size, 0])
    n_steps = max(1, _LOOKS // n_cells)
    while state[0] > 0 and state[1] > 0:
        _seek(p, p_rank, q, q_rank, ranks, cells, state, n_steps)

    # A symbol that rounding left without a partner gets a cell beside the last one's.
    n = int(state[2])
    for side, rank in enumerate((p_rank, q_rank)):
        for place in range(int(state[side])):
            untouched = not (ranks[:n, side] == rank[place]).any()
            if untouched:
                ranks[n] = ranks[n - 1]
                ranks[n, side], cells[n] = rank[place], (p, q)[side][place]
                n += 1
            else:
                cells[n - 1] += (p, q)[side][place]
    return ranks[:n], cells[:n]


@compiled
def _seek(
    p: FloatArray,
    p_rank: IntArray,
    q: FloatArray,
    q_rank: IntArray,
    ranks: IntArray,
    cells: FloatArray,
    state: IntArray,
    n_steps: int,
) -> None:
    """Emit some cells; the masses left stay sorted."""
    n_p, n_q, n = state
    for _ in range(n_steps):
        if n_p == 0 or n_q == 0:
            break

        # The closest pair lies side by side where both are merged by falling mass.
        i, j, at_i, at_j, least = 0, 0, 0, 0, np.inf
        while i < n_p and j < n_q:
            difference = p[i] - q[j]
            if abs(difference) < least:
                at_i, at_j, least = i, j, abs(difference)
            if difference >= 0.0:
                i += 1
            else:
                j += 1

        ranks[n, 0], ranks[n, 1] = p_rank[at_i], q_rank[at_j]
        # numba compiles ``min`` and ``max`` as functions of their own.
        larger, cells[n] = p[at_i], q[at_j]
        if cells[n] > larger:
            larger, cells[n] = q[at_j], p[at_i]
        n += 1
        if least < _ROUNDING and least < _SHARE * larger:
            least = 0.0

        # What is left of the larger one moves back to where it belongs; the other one is used up.
        n_p = _put(p, p_rank, n_p, at_i, least if p[at_i] == larger else 0.0)
        n_q = _put(q, q_rank, n_q, at_j, least if q[at_j] == larger else 0.0)
    state[0], state[1], state[2] = n_p, n_q, n


@inner
def _put(mass: FloatArray, rank: IntArray, n: int, at: int, value: float) -> int:
    """Lower a mass of a sorted list, or take it out where nothing is left; return the length."""
    moved = rank[at]
    while at + 1 < n and mass[at + 1] > value:
        mass[at], rank[at] = mass[at + 1], rank[at + 1]
        at += 1
    if value == 0.0:
        return n - 1
    mass[at], rank[at] = value, moved
    return n

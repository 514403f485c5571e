"""Compiled pieces that the kernels share: ``-u log u`` and a heap ordered by mass and index.

Kernels are loops over numbers: numba takes seconds to compile a sort, a row that is assigned to
another, or the sum of an array.
"""

import math

from infotheory._compiled import compiled, inner
from infotheory._typing import FloatArray, IntArray

__all__ = ["delta", "phi", "precedes", "sift_down", "sift_up", "sum_between", "total_phi"]


@compiled
def phi(u: float) -> float:
    """Return ``-u log u``, 0 at 0."""
    return -u * math.log(u) if u > 0.0 else 0.0


@inner
def delta(a: float, b: float) -> float:
    """Return the entropy lost when masses ``a`` and ``b`` merge; it grows in both."""
    return phi(a) + phi(b) - phi(a + b)


@compiled
def total_phi(mass: FloatArray) -> float:
    """Return the entropy of ``mass`` by compensated (Kahan's) summation."""
    total = 0.0
    lost = 0.0
    for i in range(mass.size):
        term = phi(mass[i]) - lost
        grown = total + term
        lost = (grown - total) - term
        total = grown
    return total


@inner
def sum_between(values: FloatArray, start: int, stop: int) -> float:
    """Return the sum of the values from ``start`` to before ``stop``."""
    total = 0.0
    for i in range(start, stop):
        total += values[i]
    return total


@inner
def precedes(mass_a: float, index_a: int, mass_b: float, index_b: int) -> bool:
    """Larger mass first; of equal masses the smaller index."""
    return mass_a > mass_b or (mass_a == mass_b and index_a < index_b)


@inner
def sift_up(
    mass: FloatArray, index: IntArray, first: int, size: int, new_mass: float, new_index: int
) -> None:
    """Add an entry to the heap of ``size`` entries stored from position ``first``."""
    hole = size
    while hole > 0:
        parent = (hole - 1) >> 1
        if not precedes(new_mass, new_index, mass[first + parent], index[first + parent]):
            break
        mass[first + hole] = mass[first + parent]
        index[first + hole] = index[first + parent]
        hole = parent
    mass[first + hole] = new_mass
    index[first + hole] = new_index


@inner
def sift_down(
    mass: FloatArray, index: IntArray, first: int, size: int, new_mass: float, new_index: int
) -> None:
    """Put an entry in the place of the top of the heap that starts at position ``first``."""
    # The hole sinks past larger children until the entry fits.
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        at = first + child
        if child + 1 < size and precedes(mass[at + 1], index[at + 1], mass[at], index[at]):
            child += 1
            at += 1

        if not precedes(mass[at], index[at], new_mass, new_index):
            break
        mass[first + hole] = mass[at]
        index[first + hole] = index[at]
        hole = child

    mass[first + hole] = new_mass
    index[first + hole] = new_index

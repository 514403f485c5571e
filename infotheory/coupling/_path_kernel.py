"""Compiled search for the fractional move that brings a deterministic map exactly onto a rate."""

import numpy as np

from infotheory._compiled import compiled, inner
from infotheory._typing import FloatArray, IntArray
from infotheory.coupling._heap_kernel import delta, phi

__all__ = ["best_move"]

# A bit of the root each: float64 has 53, and more where the root is small beside its bracket.
_HALVINGS = 100
# Those after which most moves are known to lose too much.
_FIRST = 10


@inner
def _gain(source: float, target: float, moved: float) -> float:
    """Return the entropy gained when mass moves from a block to another, of mass 0 if new."""
    return phi(source - moved) - phi(source) + phi(target + moved) - phi(target)


@inner
def _halve(
    source: float, target: float, wanted: float, ends: tuple[float, float, bool], times: int
) -> tuple[float, float, bool]:
    """Halve the bracket (low, high, rising) of the mass that gains ``wanted`` so many times."""
    low, high, rising = ends
    for _ in range(times):
        middle = 0.5 * (low + high)
        if (_gain(source, target, middle) <= wanted) == rising:
            low = middle
        else:
            high = middle
    return low, high, rising


@inner
def _bracket(source: float, target: float, wanted: float, largest: float) -> tuple[float, float]:
    """Return the interval of the smallest root, (0, -1) where there is none.

    The gain is concave: it rises to the point where both blocks are equal and falls from there on.
    """
    crest = 0.5 * (source - target)
    if wanted > 0.0:
        high = min(crest, largest)
        if high > 0.0 and _gain(source, target, high) >= wanted:
            return 0.0, high
    # A new block never lowers the entropy, so the target has some mass.
    elif target > 0.0 and _gain(source, target, largest) <= wanted:
        return max(crest, 0.0), largest
    return 0.0, -1.0


@inner
def _members(
    labels: IntArray, mass: FloatArray, n_blocks: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return symbols by block, ascending in mass; where each starts; and the blocks' masses."""
    starts, block = np.zeros(n_blocks + 1, dtype=np.intp), np.zeros(n_blocks)
    for i in range(labels.size):
        starts[labels[i] + 1] += 1
        block[labels[i]] += mass[i]
    for b in range(n_blocks):
        starts[b + 1] += starts[b]

    # Mass descends: read forwards and filled from the end, the symbols of a block come out
    # ascending.
    members, fill = np.empty(labels.size, dtype=np.intp), starts[1:].copy()
    for i in range(labels.size):
        fill[labels[i]] -= 1
        members[fill[labels[i]]] = i
    return members, starts, block


@inner
def _least_loss(inside: IntArray, mass: FloatArray, low: float, high: float) -> float:
    """Bound from below what it loses to move a mass between ``low`` and ``high``; symbols ascend.

    The loss is concave in the mass that moves, and grows with the symbol that it is taken from.
    """
    for symbol in inside:
        if mass[symbol] >= high:
            rest = delta(low, mass[symbol] - low), delta(high, mass[symbol] - high)
            return min(rest[0], rest[1])
        if mass[symbol] >= low:
            return 0.0  # this symbol may move as a whole
    return np.inf


@compiled
def best_move(
    labels: IntArray, mass: FloatArray, n_blocks: int, candidates: IntArray, wanted: float
) -> tuple[float, int, int, float]:
    """Return the move of least information loss that changes the entropy by ``wanted``.

    The moved mass d depends only on the two blocks. Of the symbols of the source block with at
    least mass d the smallest loses least, ``delta(d, p - d)``.
    """
    members, starts, block = _members(labels, mass, n_blocks)
    best, best_symbol, best_target, best_moved = np.inf, -1, -1, 0.0
    for source in candidates:
        inside = members[starts[source] : starts[source + 1]]
        for position in range(candidates.size + 1):
            # The last target is a new block, of mass 0.
            target = n_blocks if position == candidates.size else candidates[position]
            target_mass = block[target] if target < n_blocks else 0.0
            if target == source:
                continue

            # One symbol alone is divided: the heaviest of the block is the most that can move.
            low, high = _bracket(block[source], target_mass, wanted, mass[inside[-1]])
            if high < 0.0:
                continue
            rising = _gain(block[source], target_mass, high) > _gain(
                block[source], target_mass, low
            )
            ends = _halve(block[source], target_mass, wanted, (low, high, rising), _FIRST)
            if _least_loss(inside, mass, ends[0], ends[1]) >= best:
                continue  # most moves: their root need not be known to the last digit
            ends = _halve(block[source], target_mass, wanted, ends, _HALVINGS - _FIRST)
            moved = ends[0] if rising else ends[1]  # the side of less entropy

            # Symbols ascend: the first that has so much mass is the smallest that has.
            for symbol in inside:
                if mass[symbol] >= moved:
                    loss = delta(moved, mass[symbol] - moved)
                    if loss < best:
                        best, best_symbol, best_target, best_moved = loss, symbol, target, moved
                    break

    return best, best_symbol, best_target, best_moved

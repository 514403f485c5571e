"""Deterministic maps of symbols to blocks with an entropy near a rate, in nats.

Masses descend.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import entr

from infotheory._typing import FloatArray, IntArray
from infotheory.coupling._marginals import RATE_TOLERANCE
from infotheory.coupling._search_kernel import merge_search, pack

__all__ = [
    "EXACT_SYMBOLS",
    "Map",
    "algorithm1_map",
    "balanced_map",
    "entropies_of_partitions",
    "exact_map",
    "search_map",
    "set_partitions",
    "starting_maps",
    "uniform_map",
]

# Largest number of symbols whose set partitions are all enumerated (Bell(8) = 4140).
EXACT_SYMBOLS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """A map of ranks to blocks."""

    # Block of each rank, of shape (n,)
    labels: IntArray
    # Entropy of the blocks
    entropy: float


def _map(labels: IntArray, mass: FloatArray) -> Map:
    """Return the map of any labels, numbered without gaps."""
    labels = np.unique(labels, return_inverse=True)[1]
    return Map(labels, float(entr(np.bincount(labels, mass)).sum()))


def _prefix_entropies(mass: FloatArray) -> FloatArray:
    """Return ``H_k``, the entropy after merging the k largest masses, for k = 1 to n."""
    # tail[k - 1] is what the masses after the k largest add.
    terms = entr(mass)
    tail = np.concatenate([np.cumsum(terms[:0:-1])[::-1], [0.0]])

    # A sum of all masses is 1 up to rounding, and its term 0.
    merged = entr(np.minimum(np.cumsum(mass), 1.0))
    merged[-1] = 0.0
    return merged + tail


def algorithm1_map(mass: FloatArray, rate: float) -> Map:
    """Return the map of the paper's Algorithm 1 in closed form.

    The algorithm only ever merges the largest blocks, which makes a prefix, and at the end perhaps
    the two smallest. So its result follows from the first k at which ``H_k``, with or without that
    last merger, falls to the rate.

    Examples
    --------
    Merging the smallest two suffices, to 1.09:

    >>> algorithm1_map(np.array([0.4, 0.3, 0.2, 0.1]), 1.2).labels.tolist()
    [0, 1, 2, 2]
    """
    # At least two masses: `encode` has returned where there is one, which meets every rate.
    n = mass.size
    limit = rate + RATE_TOLERANCE
    entropies = _prefix_entropies(mass)
    saved = float(entr(mass[-1]) + entr(mass[-2]) - entr(mass[-1] + mass[-2]))

    # The first k that suffices with the merger of the two smallest, and without it: `argmax` finds
    # the first True, and there is one because the last entropy is 0.
    a = int(np.argmax(entropies - saved <= limit)) + 1
    b = int(np.argmax(entropies[1:] <= limit)) + 1
    # The two smallest can only merge where both lie outside the prefix.
    smallest_merge = a <= b and a <= n - 2
    merged, last = (a, n - a - 1) if smallest_merge else (b + 1, n)
    labels = np.clip(np.arange(n) - merged + 1, 0, last)
    return Map(labels, float(entr(np.bincount(labels, mass)).sum()))


def exact_map(mass: FloatArray, rate: float) -> Map:
    """Return the best of all deterministic maps of at most `EXACT_SYMBOLS` masses."""
    if mass.size > EXACT_SYMBOLS:
        message = (
            f"method 'exact' enumerates the partitions of at most {EXACT_SYMBOLS} positive masses, "
            f"got {mass.size}; use method='search' or 'best'"
        )
        raise ValueError(message)
    entropies = entropies_of_partitions(mass)
    # At least one meets every rate: that of all masses in one block has an entropy of 0.
    best = int(np.argmax(np.where(entropies <= rate + RATE_TOLERANCE, entropies, -1.0)))
    return Map(set_partitions(mass.size)[best].copy(), float(entropies[best]))


@cache
def set_partitions(n: int) -> IntArray:
    """Return all partitions of n items, labels in order of first appearance, (Bell(n), n).

    Seconds of compiling would go into a kernel for what takes numpy a millisecond, once.
    """
    rows: IntArray = np.zeros((1, 1), dtype=np.intp)
    for _ in range(1, n):
        # The next item joins one of the blocks so far or opens a new one.
        ways = rows.max(axis=1) + 2
        first = np.repeat(np.cumsum(ways) - ways, ways)
        label = np.arange(first.size) - first
        rows = np.column_stack([np.repeat(rows, ways, axis=0), label])
    rows.setflags(write=False)
    return rows


def entropies_of_partitions(mass: FloatArray) -> FloatArray:
    """Return the entropy of the blocks of each partition."""
    partitions = set_partitions(mass.size)
    n, n_items = partitions.shape
    places = np.arange(n)[:, None] + n * partitions
    blocks = np.bincount(
        places.ravel(), np.broadcast_to(mass, places.shape).ravel(), minlength=n * n_items
    )
    # Blocks along the first axis: numpy adds them one after the other there.
    return np.asarray(entr(blocks.reshape(n_items, n)).sum(axis=0))


def _search_maps(mass: FloatArray, rate: float) -> list[Map]:
    """Return the map of the search that ends below the rate, and the last one above it.

    As long as even the largest two blocks lose less than is needed, the search merges the largest
    blocks; the prefix entropies say how far. The compiled search starts there.
    """
    k = int(np.count_nonzero(_prefix_entropies(mass) > rate + RATE_TOLERANCE))
    blocks = np.concatenate([[mass[:k].sum()], mass[k:]])
    order = np.argsort(blocks, kind="stable")
    merged, into, n_above = merge_search(
        blocks[order], float(entr(blocks).sum()), rate, RATE_TOLERANCE
    )

    # Follow the mergers with and without the last one, which leads below the rate. A block merged
    # last leads to the block it joined, so later mergers come first.
    ranks = np.maximum(np.arange(mass.size) - k + 1, 0)
    maps = []
    for steps in ([*range(n_above), merged.size - 1], range(n_above)):
        root = np.arange(blocks.size)
        for step in reversed(steps):
            root[order[merged[step]]] = root[order[into[step]]]
        maps.append(_map(root[ranks], mass))
    return maps


def balanced_map(mass: FloatArray, rate: float) -> Map:
    """Return a packing into ``floor(e^rate)`` blocks as equal as can be: never above the rate."""
    return _map(pack(mass, _n_blocks(mass, rate)), mass)


def _n_blocks(mass: FloatArray, rate: float) -> int:
    """Return ``floor(e^rate)``, more than there are symbols where the rate is far beyond."""
    # The tolerance: a rate of log 8 gives 8 blocks, however its exponential rounds. The minimum:
    # the exponential of a large rate overflows.
    return math.floor(math.exp(min(rate + RATE_TOLERANCE, math.log(mass.size) + 1.0)))


def search_map(mass: FloatArray, rate: float) -> Map:
    """Return the best of the search, the packing and Algorithm 1."""
    below = [_search_maps(mass, rate)[0], balanced_map(mass, rate), algorithm1_map(mass, rate)]
    return max(below, key=lambda candidate: candidate.entropy)


def starting_maps(mass: FloatArray, rate: float) -> Iterator[Map]:
    """Yield the maps from which one symbol may be divided: below and above the rate.

    Up to `EXACT_SYMBOLS` masses these are all maps below the rate, which suffices: a move from a
    map above the rate to one below is a move from the latter, read backwards.
    """
    if mass.size <= EXACT_SYMBOLS:
        # A copy: of arrays that cannot be written numba compiles all kernels once more.
        partitions, entropies = set_partitions(mass.size).copy(), entropies_of_partitions(mass)
        for row in np.flatnonzero(entropies <= rate + RATE_TOLERANCE):
            yield Map(partitions[row], float(entropies[row]))
        return

    yield algorithm1_map(mass, rate)
    yield balanced_map(mass, rate)
    yield from _search_maps(mass, rate)


def uniform_map(p: FloatArray, rate: float) -> Map:
    """Return contiguous blocks of ``ceil(n / floor(e^rate))`` symbols each, the uniform quantiser.

    Masses come in their own order.
    """
    labels = np.arange(p.size) // math.ceil(p.size / _n_blocks(p, rate))
    return Map(labels, float(entr(np.bincount(labels, p)).sum()))

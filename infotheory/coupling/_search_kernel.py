"""Compiled search for deterministic maps whose entropy lies just below a rate."""

import numpy as np

from infotheory._compiled import compiled, inner
from infotheory._typing import FloatArray, IntArray
from infotheory.coupling._heap_kernel import delta, sift_down, sift_up

__all__ = ["merge_search", "pack"]


@inner
def _nearest_pairs(block: FloatArray, size: int, slack: float) -> tuple[int, int, int, int]:
    """Return two pairs: the least loss of at least ``slack``, and the largest loss below it.

    ``block`` ascends and the loss grows in both masses, so the border between the two kinds is a
    staircase. -1 stands for no such pair.
    """
    # The walk follows the staircase: a loss that is large enough leaves the largest block, one that
    # is not leaves the smallest.
    low, high = 0, size - 1
    above, below = np.inf, -1.0
    a, b, c, d = -1, -1, -1, -1
    while low < high:
        loss = delta(block[low], block[high])
        if loss >= slack:
            if loss < above:
                above, a, b = loss, low, high
            high -= 1
        else:
            if loss > below:
                below, c, d = loss, low, high
            low += 1
    return a, b, c, d


@inner
def _merge(block: FloatArray, name: IntArray, size: int, low: int, high: int) -> None:
    """Merge two of the ``size`` ascending blocks; the merged one keeps the name of the larger."""
    merged, merged_name = block[low] + block[high], name[high]
    write = 0
    placed = False

    previous, names = np.empty(size), np.empty(size, dtype=np.intp)
    for read in range(size):
        previous[read], names[read] = block[read], name[read]
    for read in range(size):
        if read in (low, high):
            continue
        if not placed and previous[read] > merged:
            block[write], name[write], placed = merged, merged_name, True
            write += 1
        block[write], name[write] = previous[read], names[read]
        write += 1

    # Larger than all others: it comes last.
    if not placed:
        block[write], name[write] = merged, merged_name


@compiled
def merge_search(
    mass: FloatArray, entropy: float, rate: float, tolerance: float
) -> tuple[IntArray, IntArray, int]:
    """Merge blocks so that the entropy falls onto the rate.

    Each round notes the pair whose merger ends closest below the rate, then merges the pair that
    stays closest above.
    """
    block, name, size = mass.copy(), np.arange(mass.size), mass.size
    merged, into = np.empty(mass.size, dtype=np.intp), np.empty(mass.size, dtype=np.intp)
    best, best_step, best_merged, best_into = -1.0, 0, 0, 0

    step = 0
    while True:
        a, b, c, d = _nearest_pairs(block, size, entropy - rate - tolerance)

        # The best merger that would end the search here.
        if a >= 0 and entropy - delta(block[a], block[b]) > best:
            best, best_step, best_merged, best_into = (
                entropy - delta(block[a], block[b]),
                step,
                name[a],
                name[b],
            )
        if c < 0:
            break

        merged[step], into[step] = name[c], name[d]
        entropy -= delta(block[c], block[d])
        _merge(block, name, size, c, d)
        size -= 1
        step += 1

    n_above = min(step, best_step)
    merged[best_step], into[best_step] = best_merged, best_into
    return merged[: best_step + 1], into[: best_step + 1], n_above


@compiled
def pack(mass: FloatArray, n_bins: int) -> IntArray:
    """Put descending masses into the emptiest of ``n_bins`` bins, one after the other."""
    label = np.empty(mass.size, dtype=np.intp)
    # Loads are negated: the heap has its largest entry on top, which is then the emptiest bin.
    load, bins = np.empty(n_bins), np.empty(n_bins, dtype=np.intp)
    for i in range(n_bins):
        sift_up(load, bins, 0, i, 0.0, i)
    for i in range(mass.size):
        label[i] = bins[0]
        sift_down(load, bins, 0, n_bins, load[0] - mass[i], bins[0])
    return label

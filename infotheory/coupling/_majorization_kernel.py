"""Compiled coupling by splitting the meet of two pmfs."""

import numpy as np

from infotheory._compiled import compiled
from infotheory._typing import FloatArray, IntArray
from infotheory.coupling._heap_kernel import sift_down, sift_up, sum_between

__all__ = ["majorization_cells"]


@compiled
def majorization_cells(p: FloatArray, q: FloatArray) -> tuple[IntArray, FloatArray]:
    """Couple two positive descending mass vectors, smallest symbols first.

    At step i one side is filled: pieces that later (smaller) symbols of the other side still owe go
    in while they fit, smallest first; the diagonal cell takes what is missing. What remains of
    symbol i is owed from then on. So each mass of the meet of p and q is cut at most once.
    """
    length = max(p.size, q.size)
    indices, cells = np.empty((2 * length, 2), dtype=np.intp), np.empty(2 * length)

    # A heap of what is owed, negated so that the smallest piece is on top; ``filled`` is the side
    # that is filled, 0 for p and 1 for q.
    owed, owner = np.empty(length), np.empty(length, dtype=np.intp)
    n, size, filled = 0, 0, 0
    for i in range(length - 1, -1, -1):
        first, second = (p, q) if filled == 0 else (q, p)
        missing = first[i] if i < first.size else 0.0
        available = second[i] if i < second.size else 0.0

        while size > 0 and -owed[0] <= missing:
            indices[n, filled], indices[n, 1 - filled], cells[n] = i, owner[0], -owed[0]
            missing += owed[0]
            n += 1
            size -= 1
            sift_down(owed, owner, 0, size, owed[size], owner[size])

        diagonal = min(missing, available)
        if diagonal > 0.0:
            indices[n, 0], indices[n, 1], cells[n] = i, i, diagonal
            n += 1

        # What is left of symbol i is owed; where that is on the filled side, the sides change.
        if missing > diagonal:
            filled, left = 1 - filled, missing - diagonal
        else:
            left = available - diagonal
        if left > 0.0:
            sift_up(owed, owner, 0, size, -left, i)
            size += 1

    # Both sides sum to 1: what is still owed (negated, so this adds it) is rounding.
    if size > 0:
        cells[n - 1] -= sum_between(owed, 0, size)
    return indices[:n], cells[:n]

"""Kernel that sums over the rows that hold two codes: what all second moments of a card are of."""

import numpy as np

from infotheory._compiled import compiled
from infotheory._typing import FloatArray, IntArray

__all__ = ["joint_sums"]

#: Sums of one pass: a number that is known when the kernel is compiled, for vector instructions.
_AT_ONCE = 8


def joint_sums(codes: IntArray, starts: IntArray, values: FloatArray, n_places: int) -> FloatArray:
    """Sum values over the rows that hold each pair of codes: ``E' diag(values[k]) E`` for each k.

    E are the indicators of all codes side by side; ``starts``, which increase, hold the place of
    code 0 of each feature; ``values`` have shape (n_sums, n_rows). The diagonal of a sum holds that
    of each place.

    >>> codes, values = np.array([[0, 0], [1, 0]]), np.array([[3.0, 4.0]])
    >>> joint_sums(codes, np.array([0, 2]), values, 3)[0].tolist()
    [[3.0, 0.0, 3.0], [0.0, 4.0, 4.0], [3.0, 4.0, 7.0]]
    """
    n_sums, n_rows = values.shape
    codes, starts = np.ascontiguousarray(codes), np.ascontiguousarray(starts, dtype=np.int64)
    sums = np.empty((n_sums, n_places, n_places))
    for first in range(0, n_sums, _AT_ONCE):
        together = values[first : first + _AT_ONCE]
        by_row = np.zeros((n_rows, _AT_ONCE))
        by_row[:, : len(together)] = together.T
        lower = np.zeros((n_places, n_places, _AT_ONCE))
        _add_pairs(codes, starts, by_row, lower)
        sums[first : first + _AT_ONCE] = np.moveaxis(lower, 2, 0)[: len(together)]
    return np.asarray(np.tril(sums) + np.swapaxes(np.tril(sums, -1), 1, 2))


@compiled
def _add_pairs(codes: IntArray, starts: IntArray, values: FloatArray, lower: FloatArray) -> None:
    """Add to the lower triangle: the places of a row increase from feature to feature."""
    for i in range(codes.shape[0]):
        for f in range(codes.shape[1]):
            place = starts[f] + codes[i, f]
            for g in range(f + 1):
                other = starts[g] + codes[i, g]
                for k in range(_AT_ONCE):
                    lower[place, other, k] += values[i, k]

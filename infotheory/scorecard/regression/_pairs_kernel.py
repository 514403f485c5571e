"""Kernel that sums over the rows that hold two codes: what all second moments of a card are of."""

import numpy as np

from infotheory._compiled import compiled
from infotheory._typing import FloatArray, IntArray

__all__ = ["joint_sums"]

#: Sums of one pass: a number that is known when the kernel is compiled, for vector instructions.
_AT_ONCE = 8
#: Places whose table lies in the nearest caches. Of more, so many features on either side are
#: counted at a time: a row adds to all of the table, and that of 600 places has 23 MiB.
_FEW_PLACES, _SIDE = 128, 8


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
    side = codes.shape[1] if n_places <= _FEW_PLACES else _SIDE
    sums, place = np.empty((n_sums, n_places, n_places)), np.arange(n_places)
    for first in range(0, n_sums, _AT_ONCE):
        together = values[first : first + _AT_ONCE]
        by_row = np.zeros((n_rows, _AT_ONCE))
        by_row[:, : len(together)] = together.T
        lower = np.zeros((n_places, n_places, _AT_ONCE))
        _add_pairs(codes, starts, by_row, max(side, 1), lower)

        # What is above the diagonal is 0, and the diagonal would count twice.
        of_pairs, made = lower.T[: len(together)], sums[first : first + _AT_ONCE]
        np.add(of_pairs, np.swapaxes(of_pairs, 1, 2), out=made)
        made[:, place, place] = of_pairs[:, place, place]
    return sums


@compiled
def _add_pairs(
    codes: IntArray, starts: IntArray, values: FloatArray, side: int, lower: FloatArray
) -> None:
    """Add to the lower triangle: the places of a row increase from feature to feature."""
    n_rows, n_features = codes.shape
    for top in range(0, n_features, side):
        bottom = min(top + side, n_features)
        for left in range(0, bottom, side):
            for i in range(n_rows):
                # Indices without a sign: numba tests others for those that count from the end.
                for f in range(top, bottom):
                    place = np.uint64(starts[f] + codes[i, f])
                    for g in range(left, min(left + side, f + 1)):
                        other = np.uint64(starts[g] + codes[i, g])
                        for k in range(_AT_ONCE):
                            lower[place, other, k] += values[i, k]

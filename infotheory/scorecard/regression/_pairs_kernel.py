"""Kernel that counts how often two codes meet in a row."""

import numpy as np

from infotheory._compiled import compiled
from infotheory._typing import FloatArray, IntArray

__all__ = ["joint_weights"]


def joint_weights(
    codes: IntArray, starts: IntArray, weights: FloatArray, n_places: int
) -> FloatArray:
    """Sum the weights of the rows that hold each pair of codes: ``E' diag(weights) E``.

    E are the indicators of all codes side by side; ``starts``, which increase, hold the place of
    code 0 of each feature. The diagonal of the result holds the weight of each place.

    >>> codes, weights = np.array([[0, 0], [1, 0]]), np.array([3.0, 4.0])
    >>> joint_weights(codes, np.array([0, 2]), weights, 3).tolist()
    [[3.0, 0.0, 3.0], [0.0, 4.0, 4.0], [3.0, 4.0, 7.0]]
    """
    lower = np.zeros((n_places, n_places))
    arrays = (
        np.ascontiguousarray(starts, dtype=np.int64),
        np.ascontiguousarray(weights, dtype=np.float64),
    )
    _add_pairs(np.ascontiguousarray(codes), *arrays, lower)
    return np.asarray(np.tril(lower) + np.tril(lower, -1).T)


@compiled
def _add_pairs(codes: IntArray, starts: IntArray, weights: FloatArray, lower: FloatArray) -> None:
    """Add to the lower triangle: the places of a row increase from feature to feature."""
    for i in range(codes.shape[0]):
        if weights[i] == 0.0:
            continue
        for f in range(codes.shape[1]):
            place = starts[f] + codes[i, f]
            for g in range(f + 1):
                lower[place, starts[g] + codes[i, g]] += weights[i]

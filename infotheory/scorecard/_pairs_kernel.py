"""Kernel that counts how often two codes meet in a row."""

import numba
import numpy as np

from infotheory._typing import FloatArray, IntArray

__all__ = ["joint_weights"]


def joint_weights(places: IntArray, weights: FloatArray, n_places: int) -> FloatArray:
    """Sum the weights of the rows that hold each pair of places: ``E' diag(weights) E`` of the indicator matrix E.

    Parameters
    ----------
    places : ndarray of shape (n_rows, n_features)
        Positions from 0; those of different features differ.
    weights : ndarray of shape (n_rows,)
        Weight of each row.
    n_places : int
        Number of positions.

    Returns
    -------
    ndarray of shape (n_places, n_places)
        Symmetric; the diagonal holds the weight of each place.

    Examples
    --------
    >>> joint_weights(np.array([[0, 2], [1, 2]]), np.array([3.0, 4.0]), 3).tolist()
    [[3.0, 0.0, 3.0], [0.0, 4.0, 4.0], [3.0, 4.0, 7.0]]
    """
    lower = np.zeros((n_places, n_places))
    _add_pairs(np.ascontiguousarray(places, dtype=np.int64), np.ascontiguousarray(weights, dtype=np.float64), lower)
    return np.asarray(np.tril(lower) + np.tril(lower, -1).T)


@numba.njit(nogil=True, cache=True)
def _add_pairs(places: IntArray, weights: FloatArray, lower: FloatArray) -> None:
    """Add to the lower triangle: the places of a row increase from feature to feature."""
    for i in range(places.shape[0]):
        for f in range(places.shape[1]):
            for g in range(f + 1):
                lower[places[i, f], places[i, g]] += weights[i]

"""Permutations of rows among their neighbours in a condition."""

import numpy as np
from scipy.spatial import KDTree

from infotheory._compiled import compiled
from infotheory._typing import FloatArray, IntArray

__all__ = ["LocalPermutation"]


class LocalPermutation:
    """Rows that change places with rows of nearly the same condition.

    Runge 2018, arXiv:1709.01447, algorithm 1.
    """

    def __init__(self, z: FloatArray, n_neighbors: int, far: float = np.inf) -> None:
        shape = len(z), min(n_neighbors, len(z))
        distances, neighbors = KDTree(z).query(z, shape[1], p=np.inf)
        # Of one neighbour scipy returns a vector.
        listed = np.asarray(neighbors, dtype=np.intp).reshape(shape)
        itself = np.arange(len(z), dtype=np.intp)[:, None]

        # Rows as far off as that are of another class: the row itself takes their places in its
        # list.
        self._neighbors = np.where(np.reshape(distances, shape) < far, listed, itself)

    def draw(self, rng: np.random.Generator) -> IntArray:
        """Return for each row the row that comes in its place; a few come twice."""
        # Lists and rows both in random order: who finds its list used up is left to chance.
        listed = rng.permuted(self._neighbors, axis=1)
        return np.asarray(_first_free(listed, rng.permutation(len(listed))))


@compiled
def _first_free(listed: IntArray, order: IntArray) -> IntArray:
    """Give each row, in an order, the first row of its list that no other has; else the last."""
    n_rows, n_listed = listed.shape
    used, chosen = np.zeros(n_rows, dtype=np.bool_), np.empty(n_rows, dtype=np.int64)
    for i in order:
        chosen[i] = listed[i, n_listed - 1]
        for q in range(n_listed):
            if not used[listed[i, q]]:
                chosen[i] = listed[i, q]
                break
        used[chosen[i]] = True
    return chosen

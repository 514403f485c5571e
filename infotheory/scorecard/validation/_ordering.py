"""Groups of rows of about equal weight along a score."""

import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory._validation import check_integer

__all__ = ["groups_by_rank"]


def groups_by_rank(score: FloatArray, weights: FloatArray, n_groups: int) -> IntArray:
    """Cut rows into groups of about equal weight, ascending in the score, rows of one score together.

    A score belongs to the group in which the middle of its weight lies. Rows of weight 0 make no
    group of their own.

    Parameters
    ----------
    score : ndarray of shape (n_rows,)
        Finite scores.
    weights : ndarray of shape (n_rows,)
        Weights, not negative, not all 0.
    n_groups : int
        Largest number of groups.

    Returns
    -------
    ndarray of shape (n_rows,)
        Group of each row, 0, 1, ... without gaps.

    Raises
    ------
    ValueError
        If ``n_groups`` is not a positive integer.

    Examples
    --------
    >>> groups_by_rank(np.array([0.1, 0.2, 0.9, 0.9, 0.5]), np.ones(5), 2).tolist()
    [0, 0, 1, 1, 1]
    """
    check_integer("n_groups", n_groups)
    _, rank = np.unique(score, return_inverse=True)
    mass = np.bincount(rank, weights)
    middle = (np.cumsum(mass) - mass / 2.0) / mass.sum()
    wanted = np.minimum((middle * n_groups).astype(np.intp), n_groups - 1)
    occupied = np.unique(wanted[mass > 0.0])
    groups = np.minimum(np.searchsorted(occupied, wanted), occupied.size - 1)
    return np.asarray(groups[rank])

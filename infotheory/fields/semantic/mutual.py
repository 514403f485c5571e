"""Semantic mutual information, and the truth functions that reach Shannon's."""

import numpy as np

from infotheory._numerics import log_base
from infotheory._pmfs import as_joint
from infotheory._row_order import warn_of_axis_order
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory.fields.semantic._checks import as_truth, held_probability
from infotheory.measures._fixed_point import logs, to_numpy

__all__ = ["as_joint_table", "optimal_truth", "semantic_mutual_information"]


def semantic_mutual_information(pxy: ArrayLike, truth: ArrayLike, *, base: Base = None) -> float:
    r"""Semantic mutual information :math:`G = \sum_{ij} P(x_i, y_j) \log (T_{ij} / T_j)`.

    It is at most Shannon's mutual information, which it reaches at the truth of `optimal_truth`.

    Parameters
    ----------
    pxy : array-like of shape (n_instances, n_statements)
        Joint probabilities of instances and the statements made of them.
    truth : array-like of shape (n_instances, n_statements)
        Truth of each statement of each instance, from 0 to 1.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float
        Information; below 0 where statements mislead, -inf where one is made that is false.

    Raises
    ------
    ValueError
        If ``pxy`` is not one joint table, ``truth`` has another shape or leaves [0, 1], or a
        statement is never true.

    References
    ----------
    C. Lu (2025), "A semantic generalization of Shannon's information theory and applications",
    doi:10.3390/e27050461.

    Examples
    --------
    >>> joint = [[0.6, 0.2], [0.05, 0.15]]
    >>> round(semantic_mutual_information(joint, optimal_truth(joint), base=2), 6)
    0.12279
    """
    for axis in range(2):
        warn_of_axis_order(("pxy", pxy, axis), ("truth", truth, axis))
    table = as_joint_table(pxy)
    law = table.sum(axis=1)
    degrees = _as_truth_of(truth, table)
    information = logs(degrees / held_probability(law, degrees))
    # A false statement that is made costs -inf. One that is not made costs nothing, and 0 times
    # -inf would be NaN.
    return float((table * np.where(table > 0, information, 0.0)).sum()) / log_base(base)


def optimal_truth(pxy: ArrayLike) -> FloatArray:
    r"""Truth functions that say all a channel says.

    They are :math:`T_{ij} = P(y_j | x_i) / \max_i P(y_j | x_i)`.

    Parameters
    ----------
    pxy : array-like of shape (n_instances, n_statements)
        Joint probabilities of instances and the statements made of them; every row and column has
        mass.

    Returns
    -------
    ndarray of shape (n_instances, n_statements)
        Truth from 0 to 1, with 1 in every column.

    Raises
    ------
    ValueError
        If ``pxy`` is not one joint table, or a row or column has no mass.

    References
    ----------
    C. Lu (2025), "A semantic generalization of Shannon's information theory and applications",
    doi:10.3390/e27050461.

    Examples
    --------
    >>> optimal_truth([[0.6, 0.2], [0.05, 0.15]]).round(6).tolist()
    [[1.0, 0.333333], [0.333333, 1.0]]
    """
    table = as_joint_table(pxy)
    for axis, kind in ((1, "row"), (0, "column")):
        empty = table.sum(axis=axis) == 0
        if empty.any():
            message = (
                f"pxy must have mass in every row and column, got none in {kind} {empty.argmax()}; "
                "drop it"
            )
            raise ValueError(message)
    given_x = table / table.sum(axis=1, keepdims=True)
    return np.asarray(given_x / given_x.max(axis=0))


def as_joint_table(pxy: ArrayLike) -> FloatArray:
    """Return one joint table."""
    table = to_numpy(as_joint(pxy, n_variables=2, name="pxy"))
    if table.ndim != 2:
        message = (
            f"pxy must have shape (n_instances, n_statements), one table, got shape {table.shape}"
        )
        raise ValueError(message)
    return table


def _as_truth_of(truth: ArrayLike, table: FloatArray) -> FloatArray:
    """Return truth values in the shape of a joint table."""
    degrees = as_truth(truth, len(table))
    if degrees.shape != table.shape:
        message = f"truth must have the shape of pxy {table.shape}, got {degrees.shape}"
        raise ValueError(message)
    return degrees

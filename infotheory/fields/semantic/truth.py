"""Truth functions: how probable a statement is, what it says of an instance."""

import numpy as np

from infotheory._numerics import log_base
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory.fields.semantic._checks import as_law_and_truth, held_probability
from infotheory.measures._fixed_point import logs

__all__ = ["logical_probability", "pointwise_semantic_information", "semantic_bayes"]


def logical_probability(px: ArrayLike, truth: ArrayLike) -> FloatArray:
    r"""Probability that a statement is true, :math:`T_j = \sum_i P(x_i) T_{ij}`.

    Parameters
    ----------
    px : array-like of shape (n_instances,)
        Law of the instances.
    truth : array-like of shape (n_instances, n_statements)
        Truth of each statement of each instance, from 0 to 1. Columns need not sum to anything.

    Returns
    -------
    ndarray of shape (n_statements,)
        Logical probabilities, from 0 to 1; they need not sum to 1.

    Raises
    ------
    ValueError
        If ``px`` is not one pmf, or ``truth`` has the wrong shape or leaves [0, 1].

    References
    ----------
    C. Lu (2025), "A semantic generalization of Shannon's information theory and applications",
    doi:10.3390/e27050461.

    Examples
    --------
    >>> logical_probability([0.5, 0.25, 0.25], [[1.0, 0.0], [0.5, 1.0], [0.0, 1.0]]).tolist()
    [0.625, 0.5]
    """
    law, table = as_law_and_truth(px, truth)
    return np.asarray(law @ table)


def semantic_bayes(px: ArrayLike, truth: ArrayLike) -> FloatArray:
    r"""Law of the instances that a statement predicts.

    It is :math:`P(x_i | \theta_j) = P(x_i) T_{ij} / T_j`.

    Parameters
    ----------
    px : array-like of shape (n_instances,)
        Law of the instances.
    truth : array-like of shape (n_instances, n_statements)
        Truth of each statement of each instance, from 0 to 1.

    Returns
    -------
    ndarray of shape (n_instances, n_statements)
        A law in each column.

    Raises
    ------
    ValueError
        If ``px`` is not one pmf, ``truth`` has the wrong shape or leaves [0, 1], or a statement is
        never true.

    References
    ----------
    C. Lu (2025), "A semantic generalization of Shannon's information theory and applications",
    doi:10.3390/e27050461.

    Examples
    --------
    >>> semantic_bayes([0.5, 0.25, 0.25], [[1.0, 0.0], [0.5, 1.0], [0.0, 1.0]]).tolist()
    [[0.8, 0.0], [0.2, 0.5], [0.0, 0.5]]
    """
    law, table = as_law_and_truth(px, truth)
    return np.asarray(law[:, None] * table / held_probability(law, table))


def pointwise_semantic_information(
    px: ArrayLike, truth: ArrayLike, *, base: Base = None
) -> FloatArray:
    r"""Information that a statement conveys of an instance, :math:`\log (T_{ij} / T_j)`.

    Parameters
    ----------
    px : array-like of shape (n_instances,)
        Law of the instances.
    truth : array-like of shape (n_instances, n_statements)
        Truth of each statement of each instance, from 0 to 1.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    ndarray of shape (n_instances, n_statements)
        Information, at most ``-log T_j``; below 0 where a statement misleads, -inf where it is
        false, 0 for a tautology.

    Raises
    ------
    ValueError
        If ``px`` is not one pmf, ``truth`` has the wrong shape or leaves [0, 1], or a statement is
        never true.

    References
    ----------
    C. Lu (2025), "A semantic generalization of Shannon's information theory and applications",
    doi:10.3390/e27050461.

    Examples
    --------
    A statement that holds for half of the instances says one bit where it is true:

    >>> pointwise_semantic_information([0.5, 0.5], [[1.0, 1.0], [0.0, 1.0]], base=2).tolist()
    [[1.0, 0.0], [-inf, 0.0]]
    """
    law, table = as_law_and_truth(px, truth)
    # A statement that is false of an instance has -inf there.
    return np.asarray(logs(table / held_probability(law, table)) / log_base(base))

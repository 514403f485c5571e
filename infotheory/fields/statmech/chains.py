"""Entropy that a stationary Markov chain produces: how far it is from running backwards."""

import numpy as np
from scipy.sparse.csgraph import connected_components

from infotheory._numerics import log_base, renyi_divergence_nats
from infotheory._pmfs import as_channel
from infotheory._row_order import warn_of_square_order
from infotheory._typing import ArrayLike, Base, FloatArray, IntArray
from infotheory.measures._fixed_point import to_numpy

__all__ = ["entropy_production_markov"]


def entropy_production_markov(P: ArrayLike, *, base: Base = None) -> float:
    r"""Entropy production a step of a stationary Markov chain.

    It is :math:`\sum_{ij} \pi_i P_{ij} \log (P_{ij} / P_{ji})`.

    It is the divergence of the flows from the reversed flows, and 0 for a reversible chain.

    Parameters
    ----------
    P : array-like of shape (n_states, n_states)
        Transition probabilities, each row a law. One set of states must be visited for ever; others
        may be left.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float
        Entropy a step, 0 to inf; inf where a transition has no way back.

    Raises
    ------
    ValueError
        If ``P`` is not a square table of laws, or its stationary law depends on where the chain
        starts.

    References
    ----------
    J. Schnakenberg (1976), "Network theory of microscopic and macroscopic behavior of master
    equation systems", doi:10.1103/RevModPhys.48.571.

    Examples
    --------
    A ring of three states, one way with .5 and back with .2, produces ``(.5 - .2) log(.5 / .2)``:

    >>> round(entropy_production_markov([[0.3, 0.5, 0.2], [0.2, 0.3, 0.5], [0.5, 0.2, 0.3]]), 6)
    0.274887
    """
    warn_of_square_order(P=P)
    table = to_numpy(as_channel(P, name="P"))
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        message = f"P must have shape (n_states, n_states), got shape {table.shape}"
        raise ValueError(message)

    recurrent = _recurrent_states(table)
    chain = table[np.ix_(recurrent, recurrent)]
    # The law of a step and that of the step read backwards. Both have mass 1, and a step that is
    # never made backwards costs inf.
    flows = _stationary_law(chain)[:, None] * chain
    return float(renyi_divergence_nats(flows.ravel(), flows.T.ravel(), 1.0)) / log_base(base)


def _recurrent_states(table: FloatArray) -> IntArray:
    """Return the states of the one class that the chain does not leave."""
    n_classes, label = connected_components(table > 0, directed=True, connection="strong")
    leaves = np.zeros(n_classes, dtype=bool)
    rows, columns = np.nonzero(table)
    # A class leaks where one of its states leads to another class.
    leaves[label[rows[label[rows] != label[columns]]]] = True
    # A finite chain has at least one class that it does not leave.
    closed = np.flatnonzero(~leaves)
    if closed.size > 1:
        message = (
            f"P must have one recurrent class, got {closed.size}: its stationary law depends on "
            "the start; pass the rows and columns of one class"
        )
        raise ValueError(message)
    return np.flatnonzero(label == closed[0])


def _stationary_law(chain: FloatArray) -> FloatArray:
    """Eliminate states one by one (Grassmann, Taksar and Heyman), without a subtraction."""
    table = chain.copy()
    n_states = len(table)
    for last in range(n_states - 1, 0, -1):
        # The chain as it looks to who sees it below ``last`` only: ways into ``last`` go on to
        # where it leads. The sum is 1 less the probability to stay, without the subtraction.
        table[:last, last] /= table[last, :last].sum()
        table[:last, :last] += np.outer(table[:last, last], table[last, :last])

    law = np.ones(n_states)
    for state in range(1, n_states):
        law[state] = law[:state] @ table[:state, state]
    return np.asarray(law / law.sum())

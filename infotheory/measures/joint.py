"""Measures of several variables from their joint table, one axis a variable."""

import itertools
from collections.abc import Iterable

from infotheory._numerics import (
    clip_rounding,
    in_units,
    namespace,
    renyi_entropy_nats,
)
from infotheory._pmfs import as_joint, one_table
from infotheory._typing import Array, ArrayLike, Base
from infotheory._validation import as_order
from infotheory.measures._products import divergence_from_product

__all__ = [
    "co_information",
    "dual_total_correlation",
    "interaction_information",
    "joint_entropy",
    "o_information",
    "s_information",
    "total_correlation",
]


def _flatten_variables(table: Array, batch_ndim: int) -> Array:
    """Reshape checked joint tables to (batch..., cells)."""
    return namespace(table).reshape(table, (*table.shape[:batch_ndim], -1))


def _marginal(
    table: Array, keep: Iterable[int], batch_ndim: int, *, keepdims: bool = False
) -> Array:
    """Sum a checked table over the variables that are not kept, counted after the batch axes."""
    axes = {batch_ndim + variable for variable in keep}
    summed = tuple(axis for axis in range(batch_ndim, table.ndim) if axis not in axes)
    return namespace(table).sum(table, axis=summed, keepdims=keepdims) if summed else table


def _marginal_entropy(
    table: Array, keep: Iterable[int], batch_ndim: int, order: float = 1.0
) -> Array:
    """Entropy in nats of some variables of a checked table, jointly."""
    return renyi_entropy_nats(
        _flatten_variables(_marginal(table, keep, batch_ndim), batch_ndim), order
    )


@one_table("estimate_entropy(rows)")
def joint_entropy(
    pxy: ArrayLike, *, order: float = 1.0, base: Base = None, batch_ndim: int = 0
) -> Array:
    """Entropy of all variables of a joint table together.

    Parameters
    ----------
    pxy : array-like
        Joint probabilities, one axis a variable, any number of variables. Numpy or torch.
    order : float
        Rényi order from 0 to inf.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    batch_ndim : int
        Number of leading axes that index a batch of tables.

    Returns
    -------
    float or array
        Entropy per table, not negative.

    Raises
    ------
    ValueError
        If ``pxy`` is not a joint table, or ``order`` is negative or NaN.

    Examples
    --------
    >>> float(joint_entropy([[0.5, 0.0], [0.25, 0.25]], base=2))
    1.5
    """
    table = as_joint(pxy, batch_ndim=batch_ndim, name="pxy")
    return in_units(
        renyi_entropy_nats(_flatten_variables(table, batch_ndim), as_order(order)), base, pxy
    )


@one_table("estimate_entropy(rows)")
def total_correlation(p: ArrayLike, *, base: Base = None, batch_ndim: int = 0) -> Array:
    """Total correlation ``sum_i H(X_i) - H(X_1..X_n)``.

    It is the divergence of the joint from the product of its marginals.

    Parameters
    ----------
    p : array-like
        Joint probabilities, one axis a variable. Numpy or torch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    batch_ndim : int
        Number of leading axes that index a batch of tables.

    Returns
    -------
    float or array
        Total correlation per table, not negative; 0 for independent variables, mutual information
        for two.

    Raises
    ------
    ValueError
        If ``p`` is not a joint table.

    References
    ----------
    S. Watanabe (1960), "Information theoretical analysis of multivariate correlation",
    doi:10.1147/rd.41.0066.

    Examples
    --------
    >>> float(total_correlation([[0.5, 0.0], [0.0, 0.5]], base=2))
    1.0
    """
    return in_units(_total_correlation(as_joint(p, batch_ndim=batch_ndim), batch_ndim), base, p)


def _total_correlation(table: Array, batch_ndim: int) -> Array:
    # One divergence instead of a difference of entropies, so that small values keep their digits.
    variables = range(table.ndim - batch_ndim)
    margins = tuple(_marginal(table, [one], batch_ndim, keepdims=True) for one in variables)
    mass = _marginal(table, [], batch_ndim, keepdims=True)
    return divergence_from_product(table, margins, mass, tuple(range(batch_ndim, table.ndim)))


def _information_given(
    table: Array, first: int, second: Iterable[int], given: Iterable[int], batch_ndim: int
) -> Array:
    """Mutual information in nats of a variable and others of a checked table, given yet others."""
    second, given = set(second), set(given)
    joint = _marginal(table, {first, *second, *given}, batch_ndim, keepdims=True)
    margins = tuple(
        _marginal(joint, side, batch_ndim, keepdims=True)
        for side in ({first, *given}, second | given)
    )
    law = _marginal(joint, given, batch_ndim, keepdims=True)
    return divergence_from_product(joint, margins, law, tuple(range(batch_ndim, table.ndim)))


@one_table("estimate_entropy(rows)")
def dual_total_correlation(p: ArrayLike, *, base: Base = None, batch_ndim: int = 0) -> Array:
    """Dual total correlation ``H(X_1..X_n) - sum_i H(X_i | the others)``, the binding information.

    Parameters
    ----------
    p : array-like
        Joint probabilities, one axis a variable. Numpy or torch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    batch_ndim : int
        Number of leading axes that index a batch of tables.

    Returns
    -------
    float or array
        Dual total correlation per table, from 0 to the joint entropy. Mutual information for two
        variables.

    Raises
    ------
    ValueError
        If ``p`` is not a joint table.

    References
    ----------
    T. S. Han (1975), "Linear dependence structure of the entropy space",
    doi:10.1016/S0019-9958(75)80004-0.

    Examples
    --------
    >>> xor = [[[0.25, 0.0], [0.0, 0.25]], [[0.0, 0.25], [0.25, 0.0]]]
    >>> round(float(dual_total_correlation(xor, base=2)), 9)
    2.0
    """
    return in_units(
        clip_rounding(_dual_total_correlation(as_joint(p, batch_ndim=batch_ndim), batch_ndim)),
        base,
        p,
    )


def _dual_total_correlation(table: Array, batch_ndim: int) -> Array:
    """Sum the information of each variable and those before it, given those after it.

    No term is negative, so that nothing cancels where the variables are nearly independent.
    """
    n_variables = table.ndim - batch_ndim
    if n_variables == 1:
        # One variable shares nothing: zeros of the shape of the batch.
        return 0.0 * _marginal_entropy(table, [0], batch_ndim)
    return sum(
        _information_given(table, one, range(one), range(one + 1, n_variables), batch_ndim)
        for one in range(1, n_variables)
    )


@one_table("estimate_entropy(rows)")
def o_information(p: ArrayLike, *, base: Base = None, batch_ndim: int = 0) -> Array:
    """O-information: positive for redundancy, negative for synergy.

    It is the total correlation less the dual total correlation.

    Parameters
    ----------
    p : array-like
        Joint probabilities, one axis a variable. Numpy or torch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    batch_ndim : int
        Number of leading axes that index a batch of tables.

    Returns
    -------
    float or array
        O-information per table, of either sign; 0 up to rounding for two variables.

    Raises
    ------
    ValueError
        If ``p`` is not a joint table.

    References
    ----------
    F. Rosas, P. Mediano, M. Gastpar, H. Jensen (2019), "Quantifying high-order interdependencies
    via multivariate extensions of the mutual information", arXiv:1902.11239, eq. (4).

    Examples
    --------
    >>> xor = [[[0.25, 0.0], [0.0, 0.25]], [[0.0, 0.25], [0.25, 0.0]]]
    >>> round(float(o_information(xor, base=2)), 9)
    -1.0
    """
    table = as_joint(p, batch_ndim=batch_ndim)
    nats = _total_correlation(table, batch_ndim) - _dual_total_correlation(table, batch_ndim)
    return in_units(nats, base, p)


@one_table("estimate_entropy(rows)")
def s_information(p: ArrayLike, *, base: Base = None, batch_ndim: int = 0) -> Array:
    """S-information, total plus dual total correlation.

    It is the sum over variables of ``I(X_i; the others)``.

    Parameters
    ----------
    p : array-like
        Joint probabilities, one axis a variable. Numpy or torch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    batch_ndim : int
        Number of leading axes that index a batch of tables.

    Returns
    -------
    float or array
        S-information per table, not negative.

    Raises
    ------
    ValueError
        If ``p`` is not a joint table.

    References
    ----------
    R. G. James, C. J. Ellison, J. P. Crutchfield (2011), "Anatomy of a bit: information in a time
    series observation", arXiv:1105.2988.

    Examples
    --------
    >>> xor = [[[0.25, 0.0], [0.0, 0.25]], [[0.0, 0.25], [0.25, 0.0]]]
    >>> round(float(s_information(xor, base=2)), 9)
    3.0
    """
    table = as_joint(p, batch_ndim=batch_ndim)
    nats = _total_correlation(table, batch_ndim) + _dual_total_correlation(table, batch_ndim)
    return in_units(clip_rounding(nats), base, p)


@one_table("estimate_conditional_mutual_information(x, y, z)")
def co_information(p: ArrayLike, *, base: Base = None, batch_ndim: int = 0) -> Array:
    """Co-information ``-sum over subsets S of (-1)^|S| H(X_S)``.

    For three variables ``I(X;Y) - I(X;Y|Z)``.

    Parameters
    ----------
    p : array-like
        Joint probabilities, one axis a variable. Numpy or torch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    batch_ndim : int
        Number of leading axes that index a batch of tables.

    Returns
    -------
    float or array
        Co-information per table, of either sign; mutual information for two variables, entropy for
        one.

    Raises
    ------
    ValueError
        If ``p`` is not a joint table.

    References
    ----------
    A. J. Bell (2003), "The co-information lattice", Proc. ICA 2003, 921-926.

    Examples
    --------
    >>> xor = [[[0.25, 0.0], [0.0, 0.25]], [[0.0, 0.25], [0.25, 0.0]]]
    >>> round(float(co_information(xor, base=2)), 9)
    -1.0
    """
    table = as_joint(p, batch_ndim=batch_ndim)
    return in_units(_co_information(table, batch_ndim), base, p)


def _co_information(table: Array, batch_ndim: int) -> Array:
    """Sum ``(-1)^|S| I(first; second | S)`` over the sets S of the other variables."""
    n_variables = table.ndim - batch_ndim
    if n_variables == 1:
        return _marginal_entropy(table, [0], batch_ndim)
    # Any two of the variables do for the first pair: the sum is symmetric.
    conditions = [
        subset
        for size in range(n_variables - 1)
        for subset in itertools.combinations(range(2, n_variables), size)
    ]
    return sum(
        (-1) ** len(subset) * _information_given(table, 0, [1], subset, batch_ndim)
        for subset in conditions
    )


@one_table("estimate_conditional_mutual_information(x, y, z)")
def interaction_information(p: ArrayLike, *, base: Base = None, batch_ndim: int = 0) -> Array:
    """Interaction information, ``(-1)^n`` times the co-information.

    For three variables ``I(X;Y|Z) - I(X;Y)``.

    Parameters
    ----------
    p : array-like
        Joint probabilities, one axis a variable. Numpy or torch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    batch_ndim : int
        Number of leading axes that index a batch of tables.

    Returns
    -------
    float or array
        Interaction information per table, of either sign; mutual information for two variables.

    Raises
    ------
    ValueError
        If ``p`` is not a joint table.

    References
    ----------
    W. J. McGill (1954), "Multivariate information transmission", doi:10.1007/BF02289159.

    Examples
    --------
    >>> xor = [[[0.25, 0.0], [0.0, 0.25]], [[0.0, 0.25], [0.25, 0.0]]]
    >>> round(float(interaction_information(xor, base=2)), 9)
    1.0
    """
    table = as_joint(p, batch_ndim=batch_ndim)
    sign = (-1.0) ** (table.ndim - batch_ndim)
    return in_units(sign * _co_information(table, batch_ndim), base, p)

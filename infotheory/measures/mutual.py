"""Mutual information of every order, conditional too, and the distances and ratios made of it."""

import math
from numbers import Integral

from infotheory._numerics import (
    clip_rounding,
    conditional_laws,
    cumulant,
    in_units,
    namespace,
    renyi_divergence_nats,
    renyi_entropy_nats,
    safe_log,
)
from infotheory._pmfs import as_joint, one_table
from infotheory._typing import Array, ArrayLike, Base
from infotheory._uncompiled import uncompiled
from infotheory._validation import as_order, check_option
from infotheory.measures._augustin import augustin_center
from infotheory.measures._column_means import conditional_entropy_nats
from infotheory.measures._envelope import once_differentiable
from infotheory.measures._products import divergence_from_product, information_nats

__all__ = [
    "conditional_mutual_information",
    "mutual_information",
    "normalized_mutual_information",
    "rajski_distance",
    "variation_of_information",
]

KINDS = ("sibson", "arimoto", "csiszar")
# Nats below which a difference of entropies has lost more than two digits.
_LITTLE = 0.01
# Logarithm of a power, relative to the largest one, above which its products are still float64.
_LEAST_LOG_POWER = -600.0

NORMALIZATIONS = ("arithmetic", "geometric", "min", "max", "joint")


@one_table("estimate_mutual_information(x, y)")
def mutual_information(
    pxy: ArrayLike, *, order: float = 1.0, kind: str = "sibson", base: Base = None
) -> Array:
    """Mutual information of two variables from their joint table, of any Rényi order.

    - ``"sibson"``: ``alpha/(alpha-1) log sum_y (sum_x P(x) P(y|x)^alpha)^(1/alpha)``, the least
      Rényi divergence of the joint from ``P_X Q_Y`` over all Q; at order inf the maximal leakage
      ``log sum_y max_x P(y|x)``.
    - ``"arimoto"``: ``H_alpha(X)`` less Arimoto's conditional entropy of X given Y.
    - ``"csiszar"``: ``min over Q of sum_x P(x) D_alpha(P(.|x), Q)``, the Augustin information.

    All are Shannon's mutual information at order 1, computed as
    ``sum P(x,y) log P(x,y)/(P(x) P(y))``.

    Parameters
    ----------
    pxy : array-like of shape (..., n_x, n_y)
        Joint probabilities, rows X, columns Y; leading axes are a batch. Numpy or torch.
    order : float
        Order from 0 to inf.
    kind : {"sibson", "arimoto", "csiszar"}
        Definition; it plays no part at order 1. Only the first two are closed formulas: Csiszár's
        minimum is found by iteration to a certified 1e-12 nats (1e-8 at orders 0 and inf), and its
        gradient is that at the minimum; a second derivative of it is refused.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float or array
        Information per table, not negative; 0 up to rounding for independent variables.

    Raises
    ------
    ValueError
        If ``pxy`` is not a joint table, or ``order`` or ``kind`` is not known.

    References
    ----------
    S. Verdú (2015), "alpha-mutual information", doi:10.1109/ITA.2015.7308959, compares the three.
    R. Sibson (1969), "Information radius", doi:10.1007/BF00537520.
    I. Csiszár (1995), "Generalized cutoff rates and Rényi's information measures",
    doi:10.1109/18.370121.

    Examples
    --------
    >>> float(mutual_information([[0.5, 0.0], [0.0, 0.5]], base=2))
    1.0
    >>> pxy = [[0.3, 0.1], [0.05, 0.2], [0.15, 0.2]]
    >>> round(float(mutual_information(pxy, order=float("inf"), base=2)), 6)
    0.632268
    """
    check_option("kind", kind, KINDS)
    order = as_order(order)
    table = as_joint(pxy, n_variables=2, name="pxy")
    return in_units(_mutual_information_nats(table, order, kind), base, pxy)


def _mutual_information_nats(table: Array, order: float, kind: str) -> Array:
    """Mutual information of checked tables in nats."""
    if order == 1.0:
        return information_nats(table)
    if kind == "sibson":
        return _sibson_information(table, order)
    if kind == "arimoto":
        return _arimoto_information(table, order)
    return _csiszar_information(table, order)


def _conditionals(table: Array, axis: int) -> tuple[Array, Array]:
    """Law of the variable that ``axis`` is summed for, and the laws of the other given it.

    A law is 0 where its condition never occurs.
    """
    law, rows = conditional_laws(table, axis)
    return namespace(table).squeeze(law, axis=axis), rows


def _sibson_information(table: Array, order: float) -> Array:
    """Sibson's information: the cumulant of order (alpha-1)/alpha of ``D_alpha(P(.|y), P_X)``."""
    xp = namespace(table)
    law_y, given_y = _conditionals(table, -2)
    law_x = xp.broadcast_to(xp.sum(table, axis=-1, keepdims=True), table.shape)
    divergences = renyi_divergence_nats(given_y, law_x, order, axis=-2)
    t = -math.inf if order == 0.0 else 1.0 - 1.0 / order
    return clip_rounding(cumulant(law_y, divergences, t))


def _arimoto_information(table: Array, order: float) -> Array:
    """Arimoto's information: ``H_alpha(X)`` less the conditional entropy, without cancellation."""
    xp = namespace(table)
    law_x, given_x = _conditionals(table, -1)
    if math.isinf(order):
        # What the largest of each column exceeds the row of the likeliest symbol by.
        # A mask instead of an index, which works for any batch.
        symbols = xp.arange(law_x.shape[-1], device=law_x.device)
        likeliest = symbols == xp.expand_dims(xp.argmax(law_x, axis=-1), axis=-1)
        row = xp.sum(xp.where(likeliest[..., None], table, 0.0), axis=-2)
        excess = xp.sum(xp.max(table, axis=-2) - row, axis=-1)
        return xp.log1p(excess / xp.sum(row, axis=-1))

    entropy_x = renyi_entropy_nats(law_x, order)
    difference = clip_rounding(entropy_x - conditional_entropy_nats(table, order, "arimoto"))
    if order == 0.0:
        return difference

    # Where little is left of the difference it is Sibson's information of the law P^alpha, which
    # keeps its digits there, unless one of the powers underflows: its root may be all there is.
    logs = order * safe_log(law_x)
    top = xp.max(xp.where(law_x > 0, logs, -math.inf), axis=-1, keepdims=True)
    held = xp.all((law_x == 0) | (logs - top > _LEAST_LOG_POWER), axis=-1)
    powers = xp.where(law_x > 0, xp.exp(xp.where(law_x > 0, logs - top, 0.0)), 0.0)
    escort = powers / xp.sum(powers, axis=-1, keepdims=True)
    little = _sibson_information(escort[..., None] * given_x, order)
    return xp.where(held & (difference < _LITTLE), little, difference)


@uncompiled
def _csiszar_information(table: Array, order: float) -> Array:
    """Mean divergence from the Augustin center.

    The center is a minimum, so the gradient needs no derivative of it.
    """
    xp = namespace(table)
    law_x, given_x = _conditionals(once_differentiable(table), -1)
    center = xp.expand_dims(augustin_center(law_x, given_x, order), axis=-2)
    divergences = renyi_divergence_nats(given_x, xp.broadcast_to(center, given_x.shape), order)
    return clip_rounding(xp.sum(law_x * divergences, axis=-1))


@one_table("estimate_conditional_mutual_information(x, y, z)")
def conditional_mutual_information(
    pxyz: ArrayLike, *, given: int = -1, order: float = 1.0, base: Base = None
) -> Array:
    """Mutual information of two variables given a third, of any Rényi order (Sibson's).

    ``1/(alpha-1) log sum_z P(z) exp((alpha-1) I_alpha(X;Y|Z=z))``, the least divergence of the
    joint from ``P_{X|Z} Q_{Y|Z} P_Z`` over all ``Q_{Y|Z}``; at order 1 ``sum_z P(z) I(X;Y|Z=z)``.

    Parameters
    ----------
    pxyz : array-like of shape (..., n_x, n_y, n_z)
        Joint probabilities; leading axes are a batch. Numpy or torch. The first of the two
        variables that are not given is X, which matters at orders other than 1.
    given : int
        The variable that is known, counted among the last three axes.
    order : float
        Order from 0 to inf.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float or array
        Information per table, not negative; 0 when X and Y are independent given Z.

    Raises
    ------
    ValueError
        If ``pxyz`` is not a joint table, ``given`` is not one of its variables, or ``order`` is
        negative or NaN.

    References
    ----------
    A. R. Esposito, D. Wu, M. Gastpar (2021), "On conditional Sibson's alpha-mutual information",
    arXiv:2102.00720.

    Examples
    --------
    >>> xor = [[[0.25, 0.0], [0.0, 0.25]], [[0.0, 0.25], [0.25, 0.0]]]
    >>> round(float(conditional_mutual_information(xor, base=2)), 12)
    1.0
    """
    order = as_order(order)
    table = as_joint(pxyz, n_variables=3, name="pxyz")
    if not isinstance(given, Integral) or isinstance(given, bool) or given not in range(-3, 3):
        message = f"given must name one of the three variables, -3 to 2, got {given!r}"
        raise ValueError(message)
    xp = namespace(table)
    # (batch..., z, x, y): one table for each value of the condition.
    slices = xp.moveaxis(table, given % 3 - 3, -3)
    law_z, laws = conditional_laws(slices, (-2, -1))
    if order == 1.0:
        margins = tuple(xp.sum(slices, axis=axis, keepdims=True) for axis in (-1, -2))
        nats = divergence_from_product(slices, margins, law_z, (-3, -2, -1))
        return in_units(nats, base, pxyz)

    within = _mutual_information_nats(laws, order, "sibson")
    return in_units(cumulant(xp.squeeze(law_z, axis=(-2, -1)), within, order - 1.0), base, pxyz)


@one_table("estimate_mutual_information(x, y)")
def variation_of_information(pxy: ArrayLike, *, base: Base = None) -> Array:
    """Variation of information ``H(X|Y) + H(Y|X)``, Shannon's distance of two variables.

    Parameters
    ----------
    pxy : array-like of shape (..., n_x, n_y)
        Joint probabilities, rows X, columns Y; leading axes are a batch. Numpy or torch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float or array
        Distance per table, from 0 (each is a function of the other) to the joint entropy
        (independence), a metric.

    Raises
    ------
    ValueError
        If ``pxy`` is not a joint table.

    References
    ----------
    M. Meilă (2007), "Comparing clusterings: an information based distance",
    doi:10.1016/j.jmva.2006.11.013.

    Examples
    --------
    >>> float(variation_of_information([[0.25, 0.25], [0.25, 0.25]], base=2))
    2.0
    """
    return in_units(_variation(as_joint(pxy, n_variables=2, name="pxy")), base, pxy)


def _variation(table: Array) -> Array:
    xp = namespace(table)
    swapped = xp.moveaxis(table, -1, -2)
    return conditional_entropy_nats(table, 1.0, "arimoto") + conditional_entropy_nats(
        swapped, 1.0, "arimoto"
    )


@one_table("estimate_mutual_information(x, y)")
def rajski_distance(pxy: ArrayLike) -> Array:
    """Rajski's distance ``(H(X|Y) + H(Y|X)) / H(X,Y) = 1 - I(X;Y) / H(X,Y)``.

    Parameters
    ----------
    pxy : array-like of shape (..., n_x, n_y)
        Joint probabilities, rows X, columns Y; leading axes are a batch. Numpy or torch.

    Returns
    -------
    float or array
        Distance per table, a metric, from 0 (each is a function of the other, two constants too) to
        1 (independence).

    Raises
    ------
    ValueError
        If ``pxy`` is not a joint table.

    See Also
    --------
    infotheory.lattice.rajski_distance : The same of two informations over the same atoms.

    References
    ----------
    C. Rajski (1961), "A metric space of discrete probability distributions",
    doi:10.1016/S0019-9958(61)80055-7.

    Examples
    --------
    >>> float(rajski_distance([[0.25, 0.25], [0.25, 0.25]]))
    1.0
    """
    table = as_joint(pxy, n_variables=2, name="pxy")
    xp = namespace(table)
    joint = _table_entropy(table)
    # Not 1 less a ratio: that would lose the digits of a small distance. Two constants have 0 / 1.
    ratio = _variation(table) / xp.where(joint > 0, joint, 1.0)
    return in_units(xp.where(ratio > 1.0, 1.0, ratio), None, pxy)


def _table_entropy(table: Array) -> Array:
    """Joint entropy of checked tables in nats."""
    return renyi_entropy_nats(namespace(table).reshape(table, (*table.shape[:-2], -1)), 1.0)


@one_table("estimate_mutual_information(x, y)")
def normalized_mutual_information(pxy: ArrayLike, *, normalization: str = "arithmetic") -> Array:
    """Mutual information as a share of the entropies.

    Parameters
    ----------
    pxy : array-like of shape (..., n_x, n_y)
        Joint probabilities, rows X, columns Y; leading axes are a batch. Numpy or torch.
    normalization : {"arithmetic", "geometric", "min", "max", "joint"}
        What I(X;Y) is divided by: a mean of H(X) and H(Y), the smaller, the larger, or H(X,Y) (one
        less Rajski's distance).

    Returns
    -------
    float or array
        Share per table, 0 to 1. Two constants determine each other: 1. A constant and another
        variable share nothing: 0.

    Raises
    ------
    ValueError
        If ``pxy`` is not a joint table, or ``normalization`` is not known.

    References
    ----------
    N. X. Vinh, J. Epps, J. Bailey (2010), "Information theoretic measures for clusterings
    comparison", JMLR 11, table 2.

    Examples
    --------
    >>> pxy = [[0.5, 0.0], [0.25, 0.25]]
    >>> float(normalized_mutual_information(pxy, normalization="min").round(4))
    0.3837
    """
    check_option("normalization", normalization, NORMALIZATIONS)
    table = as_joint(pxy, n_variables=2, name="pxy")
    xp = namespace(table)
    entropy_x, entropy_y = (renyi_entropy_nats(xp.sum(table, axis=axis), 1.0) for axis in (-1, -2))

    # Only the one asked for is computed: the root has no gradient at 0.
    scale = {
        "arithmetic": lambda: (entropy_x + entropy_y) / 2.0,
        "geometric": lambda: _root(entropy_x) * _root(entropy_y),
        "min": lambda: xp.minimum(entropy_x, entropy_y),
        "max": lambda: xp.maximum(entropy_x, entropy_y),
        "joint": lambda: _table_entropy(table),
    }[normalization]()

    # Two constants agree fully.
    share = information_nats(table) / xp.where(scale > 0, scale, 1.0)
    constants = (entropy_x == 0) & (entropy_y == 0)
    return in_units(xp.where(constants | (share > 1.0), 1.0, share), None, pxy)


def _root(entropies: Array) -> Array:
    """Square root with a gradient of 0 at 0; the product of two small entropies would underflow."""
    xp = namespace(entropies)
    return xp.where(entropies > 0, xp.sqrt(xp.where(entropies > 0, entropies, 1.0)), 0.0)

"""Divergences and distances between probability mass functions over the same outcomes."""

import math

from infotheory._numerics import (
    as_float64,
    clip_rounding,
    in_units,
    is_tensor,
    namespace,
    relative_entropy_nats,
    renyi_divergence_nats,
    safe_log,
)
from infotheory._pmfs import as_pmf, as_pmfs
from infotheory._row_order import warn_of_argument_order
from infotheory._typing import Array, ArrayLike, Axis, Base
from infotheory._validation import as_order

__all__ = [
    "chi_square_divergence",
    "hellinger_distance",
    "jeffreys_divergence",
    "jensen_shannon_divergence",
    "kl_divergence",
    "renyi_divergence",
    "total_variation",
]


def kl_divergence(p: ArrayLike, q: ArrayLike, *, base: Base = None, axis: Axis = -1) -> Array:
    """Kullback-Leibler divergence ``sum p log(p/q)``.

    Parameters
    ----------
    p, q : array-like
        Probabilities that sum to 1 along ``axis``, over the same outcomes; batch axes broadcast.
        Numpy or torch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Divergence per pair, 0 to inf; inf where q is 0 at an outcome of p.

    Raises
    ------
    ValueError
        If ``p`` or ``q`` is not a pmf, or if their shapes do not fit each other.

    References
    ----------
    S. Kullback, R. A. Leibler (1951), "On information and sufficiency",
    doi:10.1214/aoms/1177729694.

    Examples
    --------
    >>> float(kl_divergence([1.0, 0.0], [0.5, 0.5], base=2))
    1.0
    >>> float(kl_divergence([0.5, 0.5], [1.0, 0.0]))
    inf
    """
    return renyi_divergence(p, q, order=1.0, base=base, axis=axis)


def renyi_divergence(
    p: ArrayLike, q: ArrayLike, *, order: float, base: Base = None, axis: Axis = -1
) -> Array:
    """Rényi divergence ``log(sum p^alpha q^(1-alpha)) / (alpha - 1)``, with its limits.

    Order 0 is ``-log q(support of p)``, order 1 the Kullback-Leibler divergence, order inf
    ``log max p/q``.

    Parameters
    ----------
    p, q : array-like
        Probabilities that sum to 1 along ``axis``, over the same outcomes; batch axes broadcast.
        Numpy or torch.
    order : float
        Order from 0 to inf.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Divergence per pair, 0 to inf. It is inf for disjoint supports, and at orders from 1 where q
        is 0 at an outcome of p.

    Raises
    ------
    ValueError
        If ``p`` or ``q`` is not a pmf, if their shapes do not fit each other, or ``order`` is
        negative or NaN.

    References
    ----------
    T. van Erven, P. Harremoës (2014), "Rényi divergence and Kullback-Leibler divergence",
    arXiv:1206.2459, definitions 2 and 3.

    Examples
    --------
    >>> p, q = [0.5, 0.25, 0.25], [0.2, 0.3, 0.5]
    >>> orders = (0.5, 1, float("inf"))
    >>> [round(float(renyi_divergence(p, q, order=order, base=2)), 6) for order in orders]
    [0.167376, 0.345205, 1.321928]
    """
    order = as_order(order)
    rows_p, rows_q = as_pmfs(p, q, axis=axis)
    return in_units(renyi_divergence_nats(rows_p, rows_q, order), base, p, q)


def jeffreys_divergence(p: ArrayLike, q: ArrayLike, *, base: Base = None, axis: Axis = -1) -> Array:
    """Jeffreys divergence ``KL(p, q) + KL(q, p)``: the information value and the PSI.

    It is ``sum (p - q) log(p/q)``.

    Parameters
    ----------
    p, q : array-like
        Probabilities that sum to 1 along ``axis``, over the same outcomes; batch axes broadcast.
        Numpy or torch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Divergence per pair, 0 to inf; inf where the supports differ.

    Raises
    ------
    ValueError
        If ``p`` or ``q`` is not a pmf, or if their shapes do not fit each other.

    References
    ----------
    H. Jeffreys (1946), "An invariant form for the prior probability in estimation problems",
    doi:10.1098/rspa.1946.0056.

    Examples
    --------
    >>> round(float(jeffreys_divergence([0.5, 0.25, 0.25], [0.2, 0.3, 0.5], base=2)), 6)
    0.65973
    """
    rows_p, rows_q = as_pmfs(p, q, axis=axis)
    nats = renyi_divergence_nats(rows_p, rows_q, 1.0) + renyi_divergence_nats(rows_q, rows_p, 1.0)
    return in_units(nats, base, p, q)


def jensen_shannon_divergence(
    p: ArrayLike,
    q: ArrayLike,
    *more: ArrayLike,
    weights: ArrayLike | None = None,
    base: Base = None,
    axis: Axis = -1,
) -> Array:
    """Jensen-Shannon divergence of any number of pmfs: mean divergence from their mixture.

    ``sum_i w_i KL(p_i, m)`` with ``m = sum_i w_i p_i``; it is the information between the outcome
    and the index i.

    Parameters
    ----------
    p, q, *more : array-like
        Probabilities that sum to 1 along ``axis``, over the same outcomes; batch axes broadcast.
        Numpy or torch.
    weights : array-like of shape (n_pmfs,), optional
        Weights of the pmfs, a pmf themselves; equal when None.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Divergence per batch, from 0 to the entropy of the weights.

    Raises
    ------
    ValueError
        If an argument is not a pmf, if shapes do not fit each other, or if there is not one weight
        a pmf.

    References
    ----------
    J. Lin (1991), "Divergence measures based on the Shannon entropy", doi:10.1109/18.61115, eq.
    (5.1).

    Examples
    --------
    >>> float(jensen_shannon_divergence([1.0, 0.0], [0.0, 1.0], base=2))
    1.0
    >>> p, q, r = [1, 0, 0], [0, 1, 0], [0, 0, 1]
    >>> float(jensen_shannon_divergence(p, q, r, weights=[0.5, 0.25, 0.25], base=2))
    1.5
    """
    inputs = (p, q, *more)
    names = ("p", "q", *(f"pmf {number}" for number in range(3, len(inputs) + 1)))
    rows = as_pmfs(*inputs, axis=axis, names=names)
    shares = [1.0 / len(rows)] * len(rows)

    # Weights may be learnt where the pmfs are not: then all are tensors.
    if weights is not None:
        warn_of_argument_order(names, inputs, weights=weights)
        checked = as_pmf(weights, name="weights", like=rows[0])
        if is_tensor(checked):
            rows = tuple(as_float64(row, like=checked) for row in rows)
        if checked.shape != (len(rows),):
            message = (
                f"weights must have shape ({len(rows)},), one a pmf, got shape "
                f"{tuple(checked.shape)}"
            )
            raise ValueError(message)
        shares = [checked[number] for number in range(len(rows))]

    return in_units(
        _mean_divergence_from_mixture(rows, [as_float64(share, like=rows[0]) for share in shares]),
        base,
        *inputs,
        *(() if weights is None else (weights,)),
    )


def _mean_divergence_from_mixture(rows: tuple[Array, ...], shares: list[Array]) -> Array:
    """Jensen-Shannon divergence of checked pmfs and weights, in nats."""
    xp = namespace(rows[0])
    log_mixture = _log_mixture(rows, shares)

    # Differences from the mixture are made of differences of the pmfs, whose common part is gone.
    from_first = [row - rows[0] for row in rows]
    mean = sum(share * part for share, part in zip(shares, from_first, strict=True))
    mixture = sum(share * row for share, row in zip(shares, rows, strict=True))

    # A pmf of weight 0 may leave the support of the mixture, and counts nothing.
    total = 0.0
    for share, row, part in zip(shares, rows, from_first, strict=True):
        log_ratio = xp.where((row > 0) & (share > 0), safe_log(row) - log_mixture, 0.0)
        total = total + share * relative_entropy_nats(row, mixture, log_ratio, part - mean)
    return clip_rounding(total)


def _log_mixture(rows: tuple[Array, ...], shares: list[Array]) -> Array:
    """Logarithm of the mixture, 0 where it has no mass; it knows masses below the least float."""
    xp = namespace(rows[0])
    logs = [
        xp.where((row > 0) & (share > 0), safe_log(row) + safe_log(share), -math.inf)
        for row, share in zip(rows, shares, strict=True)
    ]
    top = logs[0]
    for log in logs[1:]:
        top = xp.maximum(top, log)
    # Where no pmf has mass all logarithms are -inf, whose difference would be NaN.
    top = xp.where(xp.isfinite(top), top, 0.0)
    total = sum(xp.exp(log - top) for log in logs)
    return top + safe_log(total)


def hellinger_distance(p: ArrayLike, q: ArrayLike, *, axis: Axis = -1) -> Array:
    """Hellinger distance ``sqrt(1/2 sum (sqrt p - sqrt q)^2)``.

    Parameters
    ----------
    p, q : array-like
        Probabilities that sum to 1 along ``axis``, over the same outcomes; batch axes broadcast.
        Numpy or torch.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Distance per pair, 0 to 1, a metric; 1 for disjoint supports. Where p and q agree its
        gradient is 0.

    Raises
    ------
    ValueError
        If ``p`` or ``q`` is not a pmf, or if their shapes do not fit each other.

    Examples
    --------
    >>> float(hellinger_distance([1.0, 0.0], [0.0, 1.0]))
    1.0
    """
    rows_p, rows_q = as_pmfs(p, q, axis=axis)
    xp = namespace(rows_p)
    half = xp.sum((_safe_sqrt(rows_p) - _safe_sqrt(rows_q)) ** 2, axis=-1) / 2.0
    return in_units(_safe_sqrt(half), None, p, q)


def _safe_sqrt(x: Array) -> Array:
    """Square root with a gradient of 0 at 0, where that of the root is inf."""
    xp = namespace(x)
    return xp.where(x > 0, xp.sqrt(xp.where(x > 0, x, 1.0)), 0.0)


def total_variation(p: ArrayLike, q: ArrayLike, *, axis: Axis = -1) -> Array:
    """Total variation distance ``1/2 sum |p - q|``: the largest difference of a probability.

    Parameters
    ----------
    p, q : array-like
        Probabilities that sum to 1 along ``axis``, over the same outcomes; batch axes broadcast.
        Numpy or torch.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Distance per pair, 0 to 1, a metric.

    Raises
    ------
    ValueError
        If ``p`` or ``q`` is not a pmf, or if their shapes do not fit each other.

    Examples
    --------
    >>> float(total_variation([0.5, 0.5], [0.25, 0.75]))
    0.25
    """
    rows_p, rows_q = as_pmfs(p, q, axis=axis)
    xp = namespace(rows_p)
    return in_units(xp.sum(xp.abs(rows_p - rows_q), axis=-1) / 2.0, None, p, q)


def chi_square_divergence(p: ArrayLike, q: ArrayLike, *, axis: Axis = -1) -> Array:
    """Chi-square divergence ``sum (p - q)^2 / q`` (Pearson's), a bound of that of order 2.

    Parameters
    ----------
    p, q : array-like
        Probabilities that sum to 1 along ``axis``, over the same outcomes; batch axes broadcast.
        Numpy or torch.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Divergence per pair, 0 to inf, equal to ``exp(D_2) - 1``; inf where q is 0 at an outcome of
        p.

    Raises
    ------
    ValueError
        If ``p`` or ``q`` is not a pmf, or if their shapes do not fit each other.

    Examples
    --------
    >>> round(float(chi_square_divergence([1.0, 0.0], [0.5, 0.5])), 12)
    1.0
    """
    rows_p, rows_q = as_pmfs(p, q, axis=axis)
    xp = namespace(rows_p)

    # Divided before it is squared: the square of a small difference would underflow.
    cells = ((rows_p - rows_q) / xp.sqrt(xp.where(rows_q > 0, rows_q, 1.0))) ** 2
    value = xp.sum(xp.where(rows_q > 0, cells, 0.0), axis=-1)
    missed = xp.any((rows_p > 0) & (rows_q == 0), axis=-1)
    return in_units(xp.where(missed, math.inf, value), None, p, q)

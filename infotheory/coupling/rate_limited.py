"""Minimum entropy coupling with a bottleneck: X to Y through a description T of limited entropy."""

from dataclasses import dataclass

import numpy as np
from scipy.special import entr

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import check_option
from infotheory.coupling._couplers import better_greedy_coupling
from infotheory.coupling._marginals import (
    RATE_TOLERANCE,
    Marginal,
    as_marginal,
    as_rate,
    sort_marginal,
)
from infotheory.coupling.bounds import best_lower_bound
from infotheory.coupling.encoder import ENCODERS, Encoder, describe_encoder, encode
from infotheory.coupling.maps import EXACT_SYMBOLS, starting_maps
from infotheory.coupling.result import Coupling, make_coupling

__all__ = ["BottleneckCoupling", "bottleneck_coupling", "couple_by_method"]

# An information that is no more than this share of the entropy of Y is rounding.
_ROUNDING = 2e-15


@dataclass(frozen=True, slots=True, eq=False)
class BottleneckCoupling:
    """A coupling of X and Y in which Y depends on X only through T.

    Parameters
    ----------
    encoder : Encoder
        X to T, within the rate.
    decoder : Coupling
        Cells of T and Y, a greedy minimum entropy coupling.
    information : float
        I(X;Y), in units of the base asked for.
    bound : float
        No coupling within the rate has more: the smaller of the rate and ``H(X) + H(Y)`` less the
        bound on H(X,Y).
    """

    encoder: Encoder
    decoder: Coupling
    information: float
    bound: float

    __repr__ = short_repr
    _repr_html_ = html_repr

    def toarray(self) -> FloatArray:
        """Return the joint pmf of X and Y, shape (n, m): ``P_XT diag(1 / p_T) P_TY``."""
        return (self.encoder.toarray() / self.encoder.p_t) @ self.decoder.toarray()


def bottleneck_coupling(
    p_x: ArrayLike, p_y: ArrayLike, rate: float, *, method: str = "best", base: Base = None
) -> BottleneckCoupling:
    """Couple two pmfs through T with ``H(T) <= rate`` so that I(X;Y) is large.

    Since ``I(X;Y) >= I(X;T) + I(T;Y) - rate``, the two terms are maximised one after the other
    [1]_: X to T by `entropy_bounded_information`, T to Y by greedy coupling. With a deterministic
    encoder I(X;Y) = I(T;Y). Everything is kept as labels and cells.

    Parameters
    ----------
    p_x : array-like of shape (n,)
        Pmf of X.
    p_y : array-like of shape (m,)
        Pmf of Y.
    rate : float
        Largest entropy of T, from 0 on, in units of the base; inf for no limit.
    method : {"best", "algorithm1", "search", "exact", "balanced", "uniform"}
        Encoder, see `entropy_bounded_information`. ``"best"`` couples the encoders of all methods
        that the alphabet allows, up to 8 positive masses those of all maps within the rate, and
        keeps the largest I(X;Y).
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    BottleneckCoupling
        Encoder, decoder, I(X;Y) and its bound.

    Raises
    ------
    ValueError
        If ``p_x`` or ``p_y`` is not a pmf, ``rate`` is negative or NaN, ``method`` is unknown, or
        the exact method gets too much.

    References
    ----------
    .. [1] M. R. Ebrahimi, J. Chen, A. Khisti, "Minimum entropy coupling with bottleneck", NeurIPS
       2024, arXiv:2410.21666.

    Examples
    --------
    >>> p_x, p_y = [0.7, 0.2, 0.1], [0.5, 0.3, 0.2]
    >>> coupling = bottleneck_coupling(p_x, p_y, 0.5, method="algorithm1", base=2)
    >>> coupling.encoder.p_t.round(12).tolist(), round(coupling.information, 6)
    ([0.9, 0.1], 0.268996)
    """
    check_option("method", method, tuple(ENCODERS))
    unit, limit = log_base(base), as_rate(rate, base)
    x, y = as_marginal(p_x, "p_x"), as_marginal(p_y, "p_y")
    coupling = couple_by_method(x, y, limit, method=method, unit=unit)
    return _best_of_maps(coupling, x, y, limit, unit=unit) if method == "best" else coupling


def couple_by_method(
    x: Marginal, y: Marginal, limit: float, *, method: str, unit: float
) -> BottleneckCoupling:
    """Couple checked pmfs through the encoder of a method, or the best of the methods' encoders.

    ``limit`` is the rate in nats; informations are in units of ``unit`` nats.
    """
    largest = _marginal_entropy_nats(x) + _marginal_entropy_nats(y)
    bound = min(limit, largest - best_lower_bound([x.mass, y.mass])) / unit
    names = ("best", "search", "algorithm1", "uniform") if method == "best" else (method,)
    couplings = [
        _couple(encode(x, limit, method=name, unit=unit), y, bound=bound, unit=unit)
        for name in names
    ]
    return max(couplings, key=lambda coupling: coupling.information)


def _best_of_maps(
    best: BottleneckCoupling, x: Marginal, y: Marginal, limit: float, *, unit: float
) -> BottleneckCoupling:
    """Couple all maps of a small alphabet within the rate, and keep the most informative.

    A map that keeps less of X may suit Y better.
    """
    if x.mass.size > EXACT_SYMBOLS:
        return best

    # Those that keep most come first: I(X;Y) is at most the entropy of T, and at most the bound.
    ceiling = best.bound - RATE_TOLERANCE / unit
    maps = sorted(starting_maps(x.mass, limit), key=lambda start: -start.entropy)
    for start in maps:
        if best.information >= min(start.entropy / unit, ceiling):
            break
        encoder = describe_encoder(x, start.labels, None, rate=limit, method="best", unit=unit)
        best = max(
            best,
            _couple(encoder, y, bound=best.bound, unit=unit),
            key=lambda coupling: coupling.information,
        )
    return best


def _marginal_entropy_nats(marginal: Marginal) -> float:
    """Entropy in nats."""
    return float(entr(marginal.mass).sum())


def _couple(encoder: Encoder, y: Marginal, *, bound: float, unit: float) -> BottleneckCoupling:
    """Couple the blocks of an encoder with Y greedily."""
    t = sort_marginal(encoder.p_t)
    indices, mass = better_greedy_coupling([t, y])
    decoder = make_coupling([t, y], indices, mass, method="greedy", unit=unit)
    return BottleneckCoupling(
        encoder, decoder, _joint_information(encoder, y, decoder) / unit, bound
    )


def _joint_information(encoder: Encoder, y: Marginal, decoder: Coupling) -> float:
    """Return I(X;Y) = H(Y) - sum over x of p(x) H(Y | x) in nats; a block shares H(Y | t)."""
    if encoder.p_t.size == 1:
        return 0.0
    t, y_symbol = decoder.indices.T
    share = decoder.mass / encoder.p_t[t]
    given_t = np.bincount(t, entr(share), encoder.p_t.size)

    # The one symbol that is in two blocks has a law of its own: a mixture of theirs.
    weights = encoder.p_t
    mixed = 0.0
    if encoder.split is not None:
        split = encoder.split
        whole, home = encoder.p_x[split.symbol], encoder.labels[split.symbol]
        # The blocks weigh what their other symbols do, the divided one is counted by its own row.
        weights = weights.copy()
        weights[home] -= whole - split.mass
        weights[split.block] -= split.mass
        part = np.zeros(encoder.p_t.size)
        part[home], part[split.block] = whole - split.mass, split.mass
        row = np.bincount(y_symbol, share * part[t], y.p.size) / whole
        mixed = float(whole * entr(row).sum())

    whole_entropy = _marginal_entropy_nats(y)
    information = whole_entropy - float(np.dot(weights, given_t)) - mixed
    # What entropies that cancel leave is their rounding.
    return information if information > _ROUNDING * whole_entropy else 0.0

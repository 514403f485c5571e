"""Entropy-bounded information maximisation: the most informative description of X within a rate."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.special import entr

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._typing import ArrayLike, Base, FloatArray, IntArray
from infotheory._validation import check_option
from infotheory.coupling._marginals import RATE_TOLERANCE, Marginal, as_marginal, as_rate
from infotheory.coupling._path_kernel import best_move
from infotheory.coupling.maps import (
    Map,
    algorithm1_map,
    balanced_map,
    exact_map,
    search_map,
    starting_maps,
    uniform_map,
)

__all__ = [
    "ENCODERS",
    "Encoder",
    "Split",
    "describe_encoder",
    "encode",
    "entropy_bounded_information",
]

# Methods that have a number of blocks, whatever X needs.
_FIXED_LENGTH = ("balanced", "uniform")

# Blocks between which a part of a symbol may move: the work grows with their pairs.
_PATH_BLOCKS = 256

#: Nats below the rate within which "best" looks no further: `search` is there in a millisecond.
_WORTH_A_SEARCH = 1e-6

#: Nats by which the running sums of the search may differ from the entropy of its map.
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True)
class Split:
    """The one symbol that a stochastic encoder sends to two blocks."""

    # The symbol
    symbol: int
    # The block that takes a part of it; the rest goes to `labels[symbol]`
    block: int
    # Mass of that part
    mass: float


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """A description T of X within a rate.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        Block of each symbol, 0 the largest block; symbols of mass 0 are in block 0.
    split : Split or None
        The symbol whose mass is divided; None for a deterministic map.
    p_t : ndarray of shape (n_blocks,)
        Masses of the blocks.
    entropy : float
        H(T), at most the rate (to 1e-10 nats), in units of the base asked for.
    information : float
        I(X;T), equal to H(T) without a split.
    bound : float
        The smaller of the rate and H(X): no encoder has more information.
    p_x : ndarray of shape (n,)
        The pmf that is described.
    method : str
        How the encoder was found.
    """

    labels: IntArray
    split: Split | None
    p_t: FloatArray
    entropy: float
    information: float
    bound: float
    p_x: FloatArray
    method: str

    __repr__ = short_repr
    _repr_html_ = html_repr

    def toarray(self) -> FloatArray:
        """Return the joint pmf of X and T as a dense array of shape (n, n_blocks)."""
        dense = np.zeros((self.p_x.size, self.p_t.size))
        dense[np.arange(self.p_x.size), self.labels] = self.p_x
        if self.split is not None:
            dense[self.split.symbol, self.labels[self.split.symbol]] -= self.split.mass
            dense[self.split.symbol, self.split.block] += self.split.mass
        return dense


def entropy_bounded_information(
    p: ArrayLike, rate: float, *, method: str = "best", base: Base = None
) -> Encoder:
    """Maximise I(X;T) subject to H(T) <= rate.

    - ``"algorithm1"``: the deterministic map of Algorithm 1 of [1]_, in closed form and O(n log n):
      it merges the largest blocks, and the two smallest once that suffices. Its information is at
      least ``rate - h(p_2)``, with p_2 the second largest mass and h the binary entropy (Theorem 2
      there).
    - ``"search"``: merges the pair of blocks that stays closest above the rate and notes the pair
      that ends closest below; the best of this, Algorithm 1 and a packing into equal blocks.
    - ``"exact"``: the best of all deterministic maps, for at most 8 positive masses.
    - ``"best"``: the best of all these and of the maps that meet the rate exactly by dividing one
      symbol between two blocks (Theorem 3 there). Up to 8 positive masses it starts from every set
      partition. It ends within 1e-6 nats of the rate, which nothing exceeds.
    - ``"balanced"``: a code of fixed length, ``floor(2^R)`` blocks (R in bits) as equal as can be:
      each symbol, heaviest first, joins the lightest block. Codes of a fixed length of least
      logarithmic loss are the problem of [2]_, whose encoder is the baseline of figure 9 of [1]_;
      that text could not be read, so the greedy rule is ours.
    - ``"uniform"``: the other baseline, contiguous blocks of ``ceil(n / floor(2^R))`` symbols (R in
      bits).

    An entropy within 1e-10 nats of the rate counts as meeting it.

    Parameters
    ----------
    p : array-like of shape (n,)
        Pmf of X.
    rate : float
        Largest entropy of T, from 0 on, in units of the base; inf for no limit.
    method : {"best", "algorithm1", "search", "exact", "balanced", "uniform"}
        How to search.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Encoder
        Labels, the divided symbol if any, masses of the blocks, H(T), I(X;T) and the bound.

    Raises
    ------
    ValueError
        If ``p`` is not a pmf, ``rate`` is negative or NaN, ``method`` is unknown, or the exact
        method gets too much.

    References
    ----------
    .. [1] M. R. Ebrahimi, J. Chen, A. Khisti, "Minimum entropy coupling with bottleneck", NeurIPS
       2024, arXiv:2410.21666.
    .. [2] Y. Shkel, M. Raginsky, S. Verdú, "Universal lossy compression under logarithmic loss",
       ISIT 2017.

    Examples
    --------
    >>> encoder = entropy_bounded_information([0.7, 0.2, 0.1], 1.0, method="algorithm1", base=2)
    >>> encoder.labels.tolist(), encoder.p_t.round(12).tolist(), round(encoder.information, 6)
    ([0, 1, 1], [0.7, 0.3], 0.881291)
    >>> round(entropy_bounded_information([0.7, 0.2, 0.1], 1.0, base=2).information, 6)
    0.921421
    """
    check_option("method", method, tuple(ENCODERS))
    unit = log_base(base)
    return encode(as_marginal(p), as_rate(rate, base), method=method, unit=unit)


def encode(marginal: Marginal, rate: float, *, method: str, unit: float) -> Encoder:
    """Find the encoder of a checked pmf within a rate in nats, in units of ``unit`` nats."""
    # Where X itself meets the rate there is nothing to search for; baselines stay what they are.
    entropy = float(entr(marginal.mass).sum())
    if entropy <= rate + RATE_TOLERANCE and method not in _FIXED_LENGTH:
        labels: IntArray = np.arange(marginal.mass.size)
        return describe_encoder(marginal, labels, None, rate=rate, method=method, unit=unit)
    labels, split = ENCODERS[method](marginal, rate)
    return describe_encoder(marginal, labels, split, rate=rate, method=method, unit=unit)


def describe_encoder(
    marginal: Marginal,
    labels: IntArray,
    split: Split | None,
    *,
    rate: float,
    method: str,
    unit: float,
) -> Encoder:
    """Measure an encoder, given in ranks, and number its blocks by falling mass."""
    n_blocks = int(labels.max()) + 1 if split is None else max(int(labels.max()), split.block) + 1
    block = np.bincount(labels, marginal.mass, n_blocks).astype(np.float64)
    if split is not None:
        block[labels[split.symbol]] -= split.mass
        block[split.block] += split.mass

    # Blocks by falling mass, and symbols in place of their ranks.
    order = np.argsort(-block, kind="stable")
    number = np.empty_like(order)
    number[order] = np.arange(order.size)
    full = np.zeros(marginal.p.size, dtype=np.intp)
    full[marginal.order] = number[labels]

    # H(T | X): what the divided symbol leaves open.
    loss = 0.0
    if split is not None:
        whole = marginal.mass[split.symbol]
        loss = float(entr(split.mass) + entr(whole - split.mass) - entr(whole))
        split = Split(
            int(marginal.order[split.symbol]), int(number[split.block]), float(split.mass)
        )

    # One block whose mass rounds to less than 1 says nothing all the same.
    entropy = max(float(entr(block).sum()), 0.0) if block.size > 1 else 0.0
    return Encoder(
        labels=full,
        split=split,
        p_t=block[order],
        entropy=entropy / unit,
        information=max(entropy - loss, 0.0) / unit,
        bound=min(rate, float(entr(marginal.mass).sum())) / unit,
        p_x=marginal.p,
        method=method,
    )


def _best_encoder(marginal: Marginal, rate: float) -> tuple[IntArray, Split | None]:
    """Compare the maps below the rate with the moves that bring a map onto it."""
    mass = marginal.mass
    maps = list(starting_maps(mass, rate))
    best_map = max(
        (start for start in maps if start.entropy <= rate + RATE_TOLERANCE + _ROUNDING),
        key=lambda start: start.entropy,
    )
    best, labels, split = best_map.entropy, best_map.labels, None

    # Nothing has more information than the rate: what is left to find would be less than this.
    for start in maps:
        if best >= rate - _WORTH_A_SEARCH:
            break
        n_blocks = int(start.labels.max()) + 1
        loss, symbol, target, moved = best_move(
            start.labels, mass, n_blocks, _candidates(start, mass), rate - start.entropy
        )
        # After the move H(T) is the rate, and I(X;T) is less than H(T) by the loss.
        if rate - loss > best:
            best, labels, split = rate - loss, start.labels, Split(symbol, target, moved)

    # Where the whole symbol moves the encoder is deterministic after all; the block that it left
    # may be empty, so blocks are numbered anew.
    if split is not None and split.mass >= mass[split.symbol]:
        labels = labels.copy()
        labels[split.symbol] = split.block
        return np.unique(labels, return_inverse=True)[1], None
    return labels, split


def _candidates(start: Map, mass: FloatArray) -> IntArray:
    """Return the blocks that may give or take: all, or the largest and smallest of very many."""
    order = np.argsort(np.bincount(start.labels, mass), kind="stable")
    if order.size <= _PATH_BLOCKS:
        return order
    return np.concatenate([order[: _PATH_BLOCKS // 2], order[-_PATH_BLOCKS // 2 :]])


def _deterministic(
    find: Callable[[FloatArray, float], Map],
) -> Callable[[Marginal, float], tuple[IntArray, None]]:
    """Turn a search for maps into one for encoders."""
    return lambda marginal, rate: (find(marginal.mass, rate).labels, None)


def _uniform(marginal: Marginal, rate: float) -> tuple[IntArray, None]:
    """Return the uniform quantiser, which reads symbols in their own order."""
    labels = uniform_map(marginal.p, rate).labels[marginal.order]
    return np.unique(labels, return_inverse=True)[1], None


ENCODERS: MappingProxyType[str, Callable[[Marginal, float], tuple[IntArray, Split | None]]] = (
    MappingProxyType(
        {
            "best": _best_encoder,
            "algorithm1": _deterministic(algorithm1_map),
            "search": _deterministic(search_map),
            "exact": _deterministic(exact_map),
            "balanced": _deterministic(balanced_map),
            "uniform": _uniform,
        }
    )
)

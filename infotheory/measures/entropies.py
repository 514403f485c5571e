"""Entropies of every order and cross entropies of probability mass functions."""

import math

import numpy as np

from infotheory._numerics import (
    as_float64,
    clip_rounding,
    cumulant,
    in_units,
    is_half,
    is_tensor,
    log_covered,
    namespace,
    renyi_entropy_nats,
    safe_log,
)
from infotheory._pmfs import as_pmf, as_pmfs, mass_tolerance, outcome_axes
from infotheory._typing import Array, ArrayLike, Axis, Base, FloatArray
from infotheory._validation import as_order

__all__ = ["cross_entropy", "entropy", "hill_number", "renyi_cross_entropy", "tsallis_entropy"]

_BLOCK = (
    1 << 16
)  # numbers in a block of rows: the block and its logarithms lie in the second-level cache

# Up to this order whole powers, and those half between, are products.
_MOST_FACTORS = 4.0

#: Sums of powers above this hold all terms that matter; logarithms of them above that keep digits.
_LEAST_POWERS, _LEAST_LOG = 1e-200, 0.25

#: So little that the power of this order, 1e-25, is no digit of a sum; powers that matter are more.
_LEAST, _LEAST_ORDER = 1e-250, 0.1

#: A share of zeros up to which their powers take less time than a guard.
_FEW_ZEROS = 1 / 128

#: A number up to here is no digit of those whose powers are digits of a sum.
_UNFELT = 1e-60


def entropy(p: ArrayLike, *, order: float = 1.0, base: Base = None, axis: Axis = -1) -> Array:
    """Entropy of order alpha: Hartley's (0), Shannon's (1), of collisions (2), the least (inf).

    ``H_alpha = log(sum p^alpha) / (1 - alpha)``, with its limits. Outcomes of probability 0 play no
    part at any order.

    Parameters
    ----------
    p : array-like
        Probabilities that sum to 1 along ``axis``; other axes are a batch. Numpy or torch.
    order : float
        Order from 0 to inf.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Entropy per pmf, between 0 and the logarithm of the number of outcomes; a tensor for a
        tensor, gradient kept.

    Raises
    ------
    ValueError
        If ``p`` is not a pmf, ``order`` is negative or NaN, or ``base`` is not above 1.

    References
    ----------
    A. Rényi (1961), "On measures of entropy and information", Proc. 4th Berkeley Symposium,
    547-561.

    Examples
    --------
    >>> float(entropy([0.5, 0.25, 0.25], base=2))
    1.5
    >>> p = [0.5, 0.25, 0.25, 0.0]
    >>> [round(float(entropy(p, order=order, base=2)), 4) for order in (0, 2, float("inf"))]
    [1.585, 1.415, 1.0]
    """
    return in_units(_entropy_nats(p, as_order(order), axis), base, p)


def _entropy_nats(p: ArrayLike, order: float, axis: Axis) -> Array:
    """Check pmfs, and take their Rényi entropies of a checked order in nats."""
    if is_tensor(p):
        return renyi_entropy_nats(as_pmf(p, axis=axis), order)
    return _entropies_of_rows(p, axis, order)


def _entropies_of_rows(p: ArrayLike, axis: Axis, order: float) -> FloatArray:
    """Check and sum numpy rows block by block, so that every row is read from memory once."""
    # Plain floats need no check of their type, and short ones become longer block by block.
    is_plain = type(p) is np.ndarray and p.dtype in (np.float32, np.float64)
    values = np.asarray(p) if is_plain else as_float64(p)
    # What is not one axis of the array is left to `as_pmf`, which reads or refuses it.
    single = isinstance(axis, int) and -values.ndim <= axis < values.ndim
    # Near order 1 the sums of powers are too near 1 for their logarithms.
    near = 0.0 < abs(order - 1.0) * math.log(max(values.size, 2)) < _LEAST_LOG
    if values.size <= _BLOCK or values.ndim == 1 or not single or is_half(p) or near:
        return np.asarray(renyi_entropy_nats(as_pmf(p, axis=axis), order))

    moved = np.moveaxis(values, outcome_axes(values.shape, axis, "p")[0], -1)
    rows = moved.reshape(-1, moved.shape[-1])
    n_rows, n_outcomes = rows.shape
    step = max(1, _BLOCK // n_outcomes)
    totals, sums, ones = np.empty(n_rows), np.empty(n_rows), np.ones(n_outcomes)
    held, *scratch = np.empty((3, min(step, n_rows), n_outcomes))
    in_place = rows.dtype == np.float64 and rows.flags.c_contiguous
    guarded = False

    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(0, n_rows, step):
            part = slice(start, start + step)
            block = rows[part]
            if not in_place:
                held[: len(block)] = block
                block = held[: len(block)]
            buffers = [buffer[: len(block)] for buffer in scratch]
            guarded = _sum_of_block(block, order, buffers, ones, totals[part], guarded=guarded)
            np.matmul(block, ones, out=sums[part])
    summed = np.abs(sums - 1.0).max() <= mass_tolerance(p, n_outcomes)
    if not (summed and np.isfinite(totals.sum())):
        # It finds the entry at fault and says so.
        as_pmf(p, axis=axis)
    if order == 1.0:
        entropies = -totals
    elif order in (0.0, math.inf):
        entropies = np.log(totals) if order == 0.0 else -np.log(totals)
    else:
        entropies = _from_powers(rows, totals, sums, order)
    return np.asarray(clip_rounding(entropies)).reshape(moved.shape[:-1])


def _sum_of_block(
    rows: FloatArray,
    order: float,
    buffers: list[FloatArray],
    ones: FloatArray,
    out: FloatArray,
    *,
    guarded: bool,
) -> bool:
    """Sum ``p log p`` at order 1, ``p^order`` at others; NaN where an entry is negative.

    At order inf it is the largest p. Returns whether the next block's logarithms need a guard.
    """
    if order <= _MOST_FACTORS and order % 1.0 == 0.5:
        # The root of a negative entry is NaN.
        _sum_products(np.sqrt(rows, out=buffers[0]), rows, int(order), ones, out)
        return guarded

    is_product = 1.0 < order <= _MOST_FACTORS and order.is_integer()
    by_logs = not (is_product or order == 0.0 or math.isinf(order))
    if by_logs and not guarded:
        # Rows need not be searched for zeros: the processor tells of them, and of powers that
        # underflow, while it takes logarithms and powers.
        told: list[int] = []
        with np.errstate(divide="call", under="call", call=lambda _, flag: told.append(flag)):
            _sum_by_logs(rows, order, buffers[:1], ones, out)
        # Powers of 0 are right, and take longer than the guard only where they are many.
        if not told:
            return False
        if order != 1.0:
            return bool(np.count_nonzero(buffers[0] == 0.0) > _FEW_ZEROS * rows.size)
        guarded = True

    # Sums of rows are products with ones: a reduction of numpy starts anew in every row.
    if rows.min() < 0.0:
        out[:] = np.nan
    elif order == 0.0:
        np.matmul(np.greater(rows, 0.0, out=buffers[0]), ones, out=out)
    elif math.isinf(order):
        # Floats that are not negative are ordered as their bits, which the processor compares
        # several at once.
        np.maximum.reduce(rows.view(np.int64), axis=1, out=out.view(np.int64))
    elif is_product:
        first = rows if order == 2.0 else np.multiply(rows, rows, out=buffers[0])
        _sum_products(first, rows, max(1, int(order) - 2), ones, out)
    else:
        _sum_by_logs(rows, order, buffers, ones, out)
    return guarded


def _sum_by_logs(
    rows: FloatArray, order: float, buffers: list[FloatArray], ones: FloatArray, out: FloatArray
) -> None:
    """Sum ``p log p`` at order 1, ``p^order`` at others; two buffers where an entry may be 0."""
    # The logarithm of 0 takes many times as long as others, and so does a power that underflows. A
    # least number in its place leaves nothing of p log p, and no digit of a sum of powers; those of
    # small orders would take it for a 1.
    scratch, *others = buffers
    zeros = [np.equal(rows, 0.0, out=other) for other in others if order < _LEAST_ORDER]
    if zeros:
        present = np.add(rows, zeros[0], out=scratch)
    else:
        present = _at_least(rows, _LEAST ** min(1.0, 1.0 / order), scratch) if others else rows
    if order == 1.0:
        np.vecdot(rows, np.log(present, out=scratch), out=out)
        return

    # To base 2 both functions take a sixth less.
    powers = np.log2(present, out=scratch)
    powers *= order
    np.exp2(powers, out=powers)
    for ones_at_zeros in zeros:
        powers -= ones_at_zeros
    np.matmul(powers, ones, out=out)


def _at_least(rows: FloatArray, least: float, out: FloatArray) -> FloatArray:
    """Put a positive number in the place of smaller ones, none of which is negative."""
    # Added to numbers that matter, one so little is below their last digit, and a sum takes less
    # than half of the time of a comparison.
    if least <= _UNFELT:
        return np.add(rows, least, out=out)
    # As their bits they have the same order, which the processor compares several at once.
    np.maximum(rows.view(np.int64), np.float64(least).view(np.int64), out=out.view(np.int64))
    return out


def _sum_products(
    powers: FloatArray, rows: FloatArray, n_factors: int, ones: FloatArray, out: FloatArray
) -> None:
    """Sum powers times so many factors p, in a third of the time that logarithms take."""
    for _ in range(n_factors - 1):
        powers *= rows
    np.vecdot(powers, rows if n_factors else ones, out=out)


def _from_powers(
    rows: FloatArray, powers: FloatArray, sums: FloatArray, order: float
) -> FloatArray:
    """Take the entropies of rows from the sums of their powers.

    A row whose powers underflow, or sum to nearly 1, would lose digits: logarithms do not.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(powers / sums)
    loses = ~((powers > _LEAST_POWERS) & (np.abs(logs) > _LEAST_LOG))
    entropies = logs / (1.0 - order)
    if loses.any():
        entropies[loses] = renyi_entropy_nats(rows[loses].astype(np.float64), order)
    return np.asarray(entropies)


def tsallis_entropy(p: ArrayLike, *, order: float = 2.0, axis: Axis = -1) -> Array:
    """Tsallis entropy ``(1 - sum p^q) / (q - 1)``, Shannon entropy in nats at order 1.

    It is no logarithm, so it has no base.

    Parameters
    ----------
    p : array-like
        Probabilities that sum to 1 along ``axis``. Numpy or torch.
    order : float
        Order q from 0 to inf; 0 gives the support size less one, 2 the Gini-Simpson index.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Entropy per pmf, not negative; 0 at order inf.

    Raises
    ------
    ValueError
        If ``p`` is not a pmf, or ``order`` is negative or NaN.

    References
    ----------
    C. Tsallis (1988), "Possible generalization of Boltzmann-Gibbs statistics",
    doi:10.1007/BF01016429.

    Examples
    --------
    >>> float(tsallis_entropy([0.5, 0.25, 0.25]))
    0.625
    """
    order = as_order(order)
    nats = _entropy_nats(p, order, axis)
    if order == 1.0:
        return in_units(nats, None, p)
    # The limit is 0, of the shape of the batch.
    if math.isinf(order):
        return in_units(0.0 * nats, None, p)

    # The sum of powers is exp((1 - q) H_q), and near order 1 expm1 keeps what differs from 1.
    return in_units(namespace(nats).expm1((1.0 - order) * nats) / (1.0 - order), None, p)


def hill_number(p: ArrayLike, *, order: float = 1.0, axis: Axis = -1) -> Array:
    """Hill number ``exp(H_alpha)``: how many equally likely outcomes have the same entropy.

    Parameters
    ----------
    p : array-like
        Probabilities that sum to 1 along ``axis``. Numpy or torch.
    order : float
        Order from 0 (number of outcomes that occur) over 2 (inverse Simpson index) to inf (inverse
        of the largest).
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Effective number per pmf, between 1 and the number of outcomes.

    Raises
    ------
    ValueError
        If ``p`` is not a pmf, or ``order`` is negative or NaN.

    References
    ----------
    M. O. Hill (1973), "Diversity and evenness", doi:10.2307/1934352.

    Examples
    --------
    >>> round(float(hill_number([0.5, 0.25, 0.25, 0.0], order=2)), 4)
    2.6667
    """
    nats = _entropy_nats(p, as_order(order), axis)
    return in_units(namespace(nats).exp(nats), None, p)


def cross_entropy(p: ArrayLike, q: ArrayLike, *, base: Base = None, axis: Axis = -1) -> Array:
    """Cross entropy ``-sum p log q``, the sum of ``entropy(p)`` and ``kl_divergence(p, q)``.

    Parameters
    ----------
    p, q : array-like
        Probabilities that sum to 1 along ``axis``, over the same outcomes. Numpy or torch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Cross entropy per pair, at least the entropy of ``p``; inf where q misses an outcome of p.

    Raises
    ------
    ValueError
        If ``p`` or ``q`` is not a pmf, or if their shapes do not fit each other.

    Examples
    --------
    >>> float(cross_entropy([0.5, 0.5], [0.25, 0.75], base=2).round(4))
    1.2075
    """
    return renyi_cross_entropy(p, q, order=1.0, base=base, axis=axis)


def renyi_cross_entropy(
    p: ArrayLike, q: ArrayLike, *, order: float, base: Base = None, axis: Axis = -1
) -> Array:
    """Rényi cross entropy ``log(sum p q^(alpha-1)) / (1 - alpha)``.

    Order 0 is ``log sum p/q`` over the support of p, order 1 the cross entropy, order inf minus the
    logarithm of the largest q in the support of p. With ``p = q`` it is the Rényi entropy.

    Parameters
    ----------
    p, q : array-like
        Probabilities that sum to 1 along ``axis``, over the same outcomes. Numpy or torch.
    order : float
        Order from 0 to inf.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    axis : int, tuple of int or None
        Axis of the outcomes; several, or all of them (None), are one joint outcome.

    Returns
    -------
    float or array
        Cross entropy per pair. Where q misses an outcome of p it is inf at orders up to 1; above 1
        only when the supports are disjoint.

    Raises
    ------
    ValueError
        If ``p`` or ``q`` is not a pmf, if their shapes do not fit each other, or ``order`` is
        negative or NaN.

    References
    ----------
    F. C. Thierrin, F. Alajaji, T. Linder (2022), "Rényi cross-entropy measures for common
    distributions and processes with memory", doi:10.3390/e24101417.

    Examples
    --------
    >>> float(renyi_cross_entropy([0.5, 0.25, 0.25], [0.2, 0.3, 0.5], order=2, base=2).round(6))
    1.736966
    """
    order = as_order(order)
    rows_p, rows_q = as_pmfs(p, q, axis=axis)
    xp = namespace(rows_p)
    value = -cumulant(xp.where(rows_q > 0, rows_p, 0.0), safe_log(rows_q), order - 1.0)

    # The cumulant divides by the mass of p that q covers, which the cross entropy does not.
    if order > 1.0:
        covered = log_covered(rows_p, rows_q)
        some = xp.isfinite(covered)
        return in_units(
            xp.where(some, value - xp.where(some, covered, 0.0) / (order - 1.0), math.inf),
            base,
            p,
            q,
        )

    missed = xp.any((rows_p > 0) & (rows_q == 0), axis=-1)
    return in_units(xp.where(missed, math.inf, value), base, p, q)

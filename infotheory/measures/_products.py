"""Divergence of joint tables from products of their margins, by differences of logarithms."""

from infotheory._numerics import (
    clip_rounding,
    is_divisible,
    namespace,
    relative_entropy_nats,
    safe_log,
)
from infotheory._typing import Array

__all__ = ["divergence_from_product", "information_nats"]


def divergence_from_product(
    table: Array, margins: tuple[Array, ...], shared: Array, axes: tuple[int, ...]
) -> Array:
    """Divergence in nats of a checked table from the product of margins over a shared one.

    The margins keep the axes of the table. ``shared`` is the law of what all of them hold: the
    mass of the whole table, or the law of the condition. Every margin but one is divided by it,
    which leaves the product the mass of the table, whatever the rounding of that mass.
    """
    xp = namespace(table)
    occurs = xp.where(is_divisible(shared), shared, 1.0)
    log_ratio = safe_log(table) + (len(margins) - 1) * safe_log(shared)
    # The product of n margins, each of which holds the shared law, is divided by it n - 1 times.
    product = xp.ones_like(table)
    for number, margin in enumerate(margins):
        log_ratio = log_ratio - safe_log(margin)
        product = product * (margin / occurs if number else margin)

    # The logarithm is a difference: the product of small margins may be 0 where the table is not.
    log_ratio = xp.where(table > 0, log_ratio, 0.0)
    nats = relative_entropy_nats(table, product, log_ratio, table - product, axis=axes)
    return clip_rounding(nats)


def information_nats(table: Array) -> Array:
    """Mutual information in nats of the last two axes of a checked table, not negative."""
    xp = namespace(table)
    margins = tuple(xp.sum(table, axis=axis, keepdims=True) for axis in (-1, -2))
    mass = xp.sum(table, axis=(-2, -1), keepdims=True)
    return divergence_from_product(table, margins, mass, (-2, -1))

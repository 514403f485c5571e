"""Conditional entropies of checked tables as means of the entropies given one column."""

import math

from infotheory._numerics import (
    clip_rounding,
    conditional_laws,
    cumulant,
    namespace,
    renyi_entropy_nats,
)
from infotheory._typing import Array

__all__ = ["conditional_entropy_nats"]


def conditional_entropy_nats(cells: Array, order: float, kind: str) -> Array:
    """Entropy in nats of rows given columns of checked tables: Arimoto's, Hayashi's or Cachin's.

    Each is a mean of the entropies given one column: with s = (1-alpha)/alpha, 1-alpha, 0 the
    cumulant of order s.
    """
    given_law, rows = conditional_laws(cells, -2)
    entropies = renyi_entropy_nats(rows, order, axis=-2)
    given_law = namespace(cells).squeeze(given_law, axis=-2)
    return clip_rounding(cumulant(given_law, entropies, _mean_order(order, kind)))


def _mean_order(order: float, kind: str) -> float:
    """Order of the cumulant that is the mean of a kind."""
    if kind == "cachin" or order == 1.0:
        return 0.0
    if kind == "hayashi":
        return 1.0 - order
    if order == 0.0:
        return math.inf
    # The limits of (1 - order) / order: inf at order 0, -1 at order inf.
    return -1.0 if math.isinf(order) else (1.0 - order) / order

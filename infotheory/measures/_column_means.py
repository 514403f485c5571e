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

__all__ = ["conditional_entropy_nats", "mean_over_columns"]


def conditional_entropy_nats(cells: Array, order: float, kind: str) -> Array:
    """Entropy in nats of rows given columns of checked tables: Arimoto's, Hayashi's or Cachin's."""
    given_law, rows = conditional_laws(cells, -2)
    entropies = renyi_entropy_nats(rows, order, axis=-2)
    given_law = namespace(cells).squeeze(given_law, axis=-2)
    return mean_over_columns(given_law, entropies, order, kind)


def mean_over_columns(given_law: Array, entropies: Array, order: float, kind: str) -> Array:
    """Mean in nats of the entropies given one column.

    With s = (1-alpha)/alpha (Arimoto), 1-alpha (Hayashi), 0 (Cachin) it is the cumulant of order s.
    """
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

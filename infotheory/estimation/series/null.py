"""What surrogates say of a value: its p-value, their mean and their spread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._codes import Codes
from infotheory._random import Rng
from infotheory._typing import FloatArray
from infotheory.estimation._permutations import (
    StrataShuffle,
    permutation_p_value,
    surrogate_values,
)
from infotheory.estimation.measurements._local_permutation import LocalPermutation
from infotheory.estimation.measurements._scaling import standardized

__all__ = ["Null", "draw_null", "row_order"]

#: Neighbours in the past among which a local permutation draws.
_LOCAL_NEIGHBORS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Null:
    """Values of surrogates in nats."""

    values: FloatArray
    observed: float

    @property
    def p_value(self) -> float:
        """Share of the values, the observed one among them, that reach it."""
        return permutation_p_value(self.observed, self.values)


def draw_null(
    value: Callable[[np.random.Generator], float], observed: float, n: int, rng: Rng, workers: int
) -> Null:
    """Evaluate surrogates, each with a stream of its own: the same for any number of workers."""
    return Null(surrogate_values(value, n, rng, workers), observed)


def row_order(kind: str, condition: Any) -> Callable[[np.random.Generator], Any]:
    """Return what draws an order of embedded rows, in which those of one past change places."""
    if isinstance(condition, Codes):
        # Labels have no neighbours but the steps of the same past: "local" is "strata" for them.
        return StrataShuffle(condition).draw
    if kind == "strata":
        message = (
            "surrogates='strata' must have labels, whose pasts occur several times, got "
            "measurements; take surrogates='shift' or 'local'"
        )
        raise ValueError(message)
    return LocalPermutation(standardized(condition), _LOCAL_NEIGHBORS).draw

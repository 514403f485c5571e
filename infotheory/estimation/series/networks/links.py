"""What a search for a network asks of the data, whatever the estimator."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

__all__ = ["Link", "Links", "Term"]

#: A series and how many steps back.
Term = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Link:
    """Value in nats of what all lags of a source say of a target, with its error and p-value."""

    value: float
    # NaN where it is withheld, for a reason
    standard_error: float
    p_value: float
    reason: str | None = None
    # Why the p-value may be too small
    doubt: str | None = None


class Links(Protocol):
    """Tests of terms and of links."""

    def best(
        self,
        target: int,
        candidates: Sequence[Term],
        given: Sequence[Term],
        rng: np.random.Generator,
    ) -> tuple[Term, float]:
        """Return the candidate that says most given others, and the p-value of the maximum."""

    def weakest(
        self,
        target: int,
        terms: Sequence[Term],
        given: Sequence[Term],
        rng: np.random.Generator,
    ) -> tuple[Term, float]:
        """Return the term that says least given all others, and its p-value."""

    def link(
        self,
        target: int,
        source: Sequence[Term],
        given: Sequence[Term],
        rng: np.random.Generator,
    ) -> Link:
        """Test all lags of a source given others."""

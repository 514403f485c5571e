"""The rows of a sample as one value: target, weights, bin codes, scores, periods, groups."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

import numpy as np

from infotheory._codes import cell_sums, class_counts
from infotheory._groups import ProtectedAttribute
from infotheory._patterns import Patterns
from infotheory._target_kinds import TargetKind
from infotheory._typing import FloatArray, IntArray
from infotheory._validation import mass_of_rows
from infotheory.tables import CountTable

__all__ = ["Rows", "needed"]

Part = TypeVar("Part")


def needed(part: Part | None, name: str) -> Part:
    """Return a part of rows that a function cannot do without, or say which one is not there."""
    if part is None:
        message = f"rows must come with their {name}, got none; read them with it"
        raise TypeError(message)
    return part


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rows:
    """Rows of a sample; an entry may stand for rows that are equal in all but their weights.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        1.0 for an event, 0.0 for a non-event, NaN where the outcome is not known.
    weights : ndarray of shape (n_rows,) or None
        Sums of sampling weights; None where every entry is one row of weight 1.
    squared_weights : ndarray of shape (n_rows,) or None
        Sums of squared sampling weights; None where rows have weight 1. Sums that equal
        ``weights`` say the same and become None: whether rows are weighted is read from the
        values, so that no weights and weights of 1 give the same numbers.
    codes : ndarray of shape (n_rows, n_features) or None
        Bin of each feature.
    score, probability : ndarray of shape (n_rows,) or None
        Score of a card, and its probability of an event.
    period : ndarray of shape (n_rows,) or None
        Position in ``periods``.
    periods : tuple of str
        Names of the periods, in their order.
    attributes : tuple of ProtectedAttribute
        The group of each row by each protected attribute.
    kind : TargetKind or None
        What the target is where it is no two classes: ``target`` then holds codes of classes, or
        amounts less their origin.
    """

    target: FloatArray
    weights: FloatArray | None = None
    squared_weights: FloatArray | None = None
    codes: IntArray | None = None
    score: FloatArray | None = None
    probability: FloatArray | None = None
    period: IntArray | None = None
    periods: tuple[str, ...] = ()
    attributes: tuple[ProtectedAttribute, ...] = ()
    kind: TargetKind | None = None

    def __post_init__(self) -> None:
        squared = self.squared_weights
        # Entries that count rows of weight 1 are not weighted, however many rows they stand for.
        if squared is not None and self.weights is not None and (squared == self.weights).all():
            object.__setattr__(self, "squared_weights", None)
        # Weights of 1 are no weights: what follows is then counted, and not added up.
        if self.squared_weights is None and self.weights is not None and (self.weights == 1).all():
            object.__setattr__(self, "weights", None)

    @classmethod
    def of_sample(cls, target: FloatArray, weights: FloatArray | None, **arrays: Any) -> Self:
        """Take single rows with their sampling weights."""
        squared = None if weights is None else weights * weights
        return cls(target=target, weights=weights, squared_weights=squared, **arrays)

    @property
    def n_rows(self) -> int:
        """Number of entries."""
        return self.target.size

    @property
    def weighted(self) -> bool:
        """Whether a row has another weight than 1; errors then come from the sums of squares."""
        return self.squared_weights is not None

    @property
    def mass(self) -> FloatArray:
        """Weight of each entry, ones where none are given."""
        return mass_of_rows(self.weights, self.n_rows)

    @property
    def squared_mass(self) -> FloatArray:
        """Sum of squared weights of each entry."""
        return self.mass if self.squared_weights is None else self.squared_weights

    def take(self, chosen: Any) -> Self:
        """Return some of the rows, by position or mask."""
        # Every array has an entry a row, so that all are taken alike.
        arrays = {
            field.name: value[chosen]
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), np.ndarray)
        }
        attributes = tuple(attribute.take(chosen) for attribute in self.attributes)
        return replace(self, attributes=attributes, **arrays)

    def present(self) -> Self:
        """Return the rows that have weight; one of weight 0 is no row, whatever it holds."""
        has_weight = self.mass > 0.0
        return self if has_weight.all() else self.take(has_weight)

    def attribute(self, name: str) -> ProtectedAttribute:
        """Return a protected attribute by its name."""
        return next(attribute for attribute in self.attributes if attribute.name == name)

    def table(self, codes: IntArray, labels: Sequence[str]) -> CountTable:
        """Count the rows by code and class."""
        squared = None if self.weights is None else self.squared_mass
        counts, squared_counts = class_counts(
            codes, self.target, len(labels), self.weights, squared
        )
        return CountTable(tuple(labels), counts, squared_counts)

    def patterns(self) -> Patterns:
        """Count the distinct rows of codes by class, within periods where rows have them."""
        codes = needed(self.codes, "codes")
        squared = None if self.weights is None else self.squared_mass
        patterns = Patterns.from_rows(codes, self.target, self.weights, squared, self.period)
        return replace(patterns, groups=self.periods)

    def counts_by_period(self, codes: IntArray, n_codes: int) -> tuple[FloatArray, FloatArray]:
        """Sum weights and squared weights by period and code, shape (n_periods, n_codes)."""
        # Without periods all rows are in one.
        period = np.zeros(self.n_rows, dtype=np.intp) if self.period is None else self.period
        shape = (max(len(self.periods), 1), n_codes)
        cells = period * n_codes + codes
        squared = None if self.weights is None else self.squared_mass
        return cell_sums(cells, shape, self.weights, squared)

"""The rows on which a frontier is measured: features, target, groups, and the pairs compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._groups import Comparison
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_weights, wrong_keys
from infotheory.evidence.groups.protected import comparisons, read_protected, reference_of

__all__ = [
    "GroupPolicy",
    "GroupedSample",
    "LaterRows",
    "read_held_out",
    "read_later",
    "read_sample",
]

_NEEDED = {"X", "y", "protected"}
_ALLOWED = _NEEDED | {"sample_weight"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPolicy:
    """How groups are read: the parameters of ``FairBinner`` of these names."""

    missing_protected: str
    intersections: bool
    reference: Any


@dataclass(frozen=True, slots=True, eq=False)
class GroupedSample:
    """Features as they were given, rows with their groups, and the pairs of groups compared.

    ``references`` has the reference group of each attribute, None where all pairs are compared.
    """

    X: Any
    rows: Rows
    comparisons: tuple[Comparison, ...]
    references: dict[str, str | None]

    def pair(self, comparison: Comparison) -> tuple[IntArray, Rows]:
        """Positions of the rows of two groups, and these rows with the second group as target."""
        attribute = self.rows.attribute(comparison.attribute)
        mask, second = attribute.indicator(comparison)
        positions = np.flatnonzero(mask)
        weights = self.rows.weights
        members = None if weights is None else weights[positions]
        return positions, Rows.of_sample(second.astype(np.float64), members)


@dataclass(frozen=True, slots=True, eq=False)
class LaterRows:
    """Features of a later sample, whose labels are not known yet."""

    X: Any
    weights: FloatArray | None


def read_sample(
    X: Any,
    y: ArrayLike,
    protected: Any,
    sample_weight: ArrayLike | None,
    *,
    of: str,
    labels: TargetLabels,
    policy: GroupPolicy,
) -> GroupedSample:
    """Check the rows of a sample; ``of`` names it in messages ("the training rows")."""
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight, protected=protected)
    n_rows = _n_rows(X)
    weights = as_weights(sample_weight, n_rows)
    target = labels.read(y, n_rows, of=of, weights=weights)
    try:
        attributes = read_protected(
            protected,
            n_rows,
            weights=weights,
            missing=policy.missing_protected,
            intersections=policy.intersections,
        )
    except (ValueError, TypeError) as error:
        # Several samples may come with one call: which of them has one group, say?
        error.add_note(f"This is protected of {of}.")
        raise

    pairs = [pair for a in attributes for pair in comparisons(a, policy.reference)]
    references = {a.name: reference_of(a, policy.reference) for a in attributes}
    rows = Rows.of_sample(target, weights, attributes=attributes)
    return GroupedSample(X, rows, tuple(pairs), references)


def read_held_out(
    name: str, sample: Mapping[str, Any] | None, *, labels: TargetLabels, policy: GroupPolicy
) -> GroupedSample | None:
    """Check rows that a user holds out under an argument of this name; None without them."""
    if sample is None:
        return None
    # Unknown keys are misspelt ones: weights that are left out would change every number.
    if got := wrong_keys(sample, _NEEDED, _ALLOWED):
        message = (
            f"{name} must have the keys X, y and protected, and may have sample_weight, got {got}"
        )
        raise ValueError(message)

    return read_sample(
        sample["X"],
        sample["y"],
        sample["protected"],
        sample.get("sample_weight"),
        of=f"the {name} rows",
        labels=labels,
        policy=policy,
    )


def read_later(sample: Mapping[str, Any] | None) -> LaterRows | None:
    """Check the rows of a later sample; None without them."""
    if sample is None:
        return None
    if not isinstance(sample, Mapping) or not {"X"} <= set(sample) <= {"X", "sample_weight"}:
        shown = sorted(sample) if isinstance(sample, Mapping) else type(sample).__name__
        message = f"later must have the key X, and may have sample_weight, got {shown}"
        raise ValueError(message)
    n_rows = _n_rows(sample["X"])
    if n_rows == 0:
        message = "later must have rows, got none"
        raise ValueError(message)
    return LaterRows(sample["X"], as_weights(sample.get("sample_weight"), n_rows))


def _n_rows(X: Any) -> int:
    try:
        return len(X) if hasattr(X, "__len__") else int(np.shape(X)[0])
    except (IndexError, TypeError) as error:
        message = f"X must hold rows of features, got one {type(X).__name__}"
        raise ValueError(message) from error

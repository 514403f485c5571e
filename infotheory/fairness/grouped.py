"""The rows on which a frontier is measured: bins, target, groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_weights, check_length
from infotheory.evidence.groups.protected import (
    Comparison,
    ProtectedAttribute,
    comparisons,
    read_protected,
    reference_of,
)

__all__ = ["GroupedRows", "holdout_rows", "read_rows"]

_ALLOWED = {"X", "y", "protected", "sample_weight"}


@dataclass(frozen=True, slots=True, eq=False)
class GroupedRows:
    """Rows with their target and their groups.

    Parameters
    ----------
    X : object
        The features as they were given.
    target : ndarray of shape (n_rows,)
        1.0 for an event.
    weights : ndarray of shape (n_rows,) or None
        Sampling weights.
    attributes : tuple of ProtectedAttribute
        Protected attributes.
    comparisons : tuple of Comparison
        Pairs of groups that are compared.
    references : dict of str to (str or None)
        Reference group of each attribute, None where all pairs are compared.
    """

    X: Any
    target: FloatArray
    weights: FloatArray | None
    attributes: tuple[ProtectedAttribute, ...]
    comparisons: tuple[Comparison, ...]
    references: dict[str, str | None]

    def attribute(self, name: str) -> ProtectedAttribute:
        """Return an attribute by its name.

        Parameters
        ----------
        name : str
            The name.
        """
        return next(attribute for attribute in self.attributes if attribute.name == name)

    def pair(self, comparison: Comparison) -> tuple[IntArray, IntArray, FloatArray | None]:
        """Rows of two groups.

        Parameters
        ----------
        comparison : Comparison
            The groups.

        Returns
        -------
        rows : ndarray of int
            Their positions.
        second : ndarray of int
            1 where a row belongs to the second group.
        weights : ndarray or None
            Their weights.
        """
        mask, second = self.attribute(comparison.attribute).indicator(comparison)
        rows = np.flatnonzero(mask)
        return rows, second, None if self.weights is None else self.weights[rows]


def read_rows(
    what: str,
    X: Any,
    y: ArrayLike,
    protected: Any,
    sample_weight: ArrayLike | None,
    *,
    classes: tuple[Any, Any],
    policy: Mapping[str, Any],
) -> GroupedRows:
    """Check the rows of a sample.

    Parameters
    ----------
    what : str
        Name of the sample, for messages.
    X : array-like or frame of shape (n_rows, n_features)
        The features.
    y : array-like of shape (n_rows,)
        Labels of the fit.
    protected : array-like, Series or frame
        Protected attributes.
    sample_weight : array-like of shape (n_rows,) or None
        Sampling weights.
    classes : tuple
        Labels of a non-event and an event.
    policy : mapping
        Keys missing, intersections and reference, as the parameters of ``FairBinner``.

    Returns
    -------
    GroupedRows
        The rows.

    Raises
    ------
    ValueError
        If lengths differ, a label is not one of the classes or one of them is absent, or groups are
        not valid.
    """
    n_rows = len(X) if hasattr(X, "__len__") else int(np.shape(X)[0])
    labels = check_length(f"y of the {what} rows", y, n_rows)
    found = set(labels.tolist())
    if found != set(classes):
        message = (
            f"y of the {what} rows must hold the two labels {list(classes)}, got "
            f"{sorted(found, key=str)[:5]}"
        )
        raise ValueError(message)
    weights = as_weights(sample_weight, n_rows)
    attributes = read_protected(
        protected,
        n_rows,
        weights=weights,
        missing=policy["missing"],
        intersections=policy["intersections"],
    )
    pairs = tuple(
        pair for attribute in attributes for pair in comparisons(attribute, policy["reference"])
    )
    target = (labels == classes[1]).astype(np.float64)
    references = {
        attribute.name: reference_of(attribute, policy["reference"]) for attribute in attributes
    }
    return GroupedRows(X, target, weights, attributes, pairs, references)


def holdout_rows(
    what: str,
    sample: Mapping[str, Any] | None,
    *,
    classes: tuple[Any, Any],
    policy: Mapping[str, Any],
) -> GroupedRows | None:
    """Check rows that a user holds out.

    Parameters
    ----------
    what : str
        Name of the argument.
    sample : mapping or None
        Keys X, y and protected, and optionally sample_weight.
    classes : tuple
        Labels of a non-event and an event.
    policy : mapping
        As for ``read_rows``.

    Returns
    -------
    GroupedRows or None
        None without a sample.

    Raises
    ------
    ValueError
        If a key is missing or unknown, or the rows are not valid.
    """
    if sample is None:
        return None
    if not ({"X", "y", "protected"} <= set(sample) <= _ALLOWED):
        message = (
            f"{what} must have the keys X, y and protected, and may have sample_weight, got "
            f"{sorted(sample)}"
        )
        raise ValueError(message)
    return read_rows(
        what,
        sample["X"],
        sample["y"],
        sample["protected"],
        sample.get("sample_weight"),
        classes=classes,
        policy=policy,
    )

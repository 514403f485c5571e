"""Protected attributes as users hand them in: groups, missing ones, and what is compared."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._groups import Comparison, ProtectedAttribute, check_pairs
from infotheory._levels import level_text
from infotheory._numerics import refuse_masked
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory._validation import check_option
from infotheory.cells import Factor, Kind
from infotheory.engines import read_columns

__all__ = [
    "MISSING_POLICIES",
    "comparisons",
    "read_protected",
    "reference_of",
]

MISSING_POLICIES = ("error", "group", "exclude")
MISSING_GROUP = "Missing"


def read_protected(
    protected: Any,
    n_rows: int,
    *,
    weights: FloatArray | None = None,
    missing: str = "error",
    intersections: bool = False,
    known: tuple[str, ...] = (),
) -> tuple[ProtectedAttribute, ...]:
    """Read protected attributes; groups are compared as text.

    ``protected`` is a vector (called "group" unless it has a name) or a table with one column an
    attribute. Rows of weight 0 count as absent. ``missing`` is "error", "group" (a group called
    "Missing") or "exclude" (the row takes no part in comparisons of the attribute, but counts in
    everything else). ``intersections`` adds the attribute whose groups are the combinations of
    those of all the others. Attributes have two groups or more, but for those that are ``known``
    from other rows.

    Examples
    --------
    >>> first, = read_protected(["b", "a", None], 3, missing="exclude")
    >>> first.name, first.groups, first.codes.tolist()
    ('group', ('a', 'b'), [1, 0, -1])
    """
    check_option("missing_protected", missing, MISSING_POLICIES)
    table = _as_table(protected)
    columns = read_columns(table, kinds=_kinds(table))

    if columns.n_rows != n_rows:
        message = (
            f"protected must have one row for each of the {n_rows} rows of X, got {columns.n_rows}"
        )
        raise ValueError(message)

    absent = np.zeros(n_rows, dtype=bool) if weights is None else weights == 0.0
    attributes = [
        _attribute(name, data, absent, missing, 1 if name in known else 2)
        for name, data in zip(columns.names, columns.data, strict=True)
    ]
    if not intersections:
        return tuple(attributes)
    # The combinations of one attribute are its groups once more.
    if len(attributes) < 2:
        message = (
            f"intersections need at least two protected attributes, got only {attributes[0].name!r}"
        )
        raise ValueError(message)
    return (*attributes, _intersection(attributes))


def comparisons(
    attribute: ProtectedAttribute, reference: Mapping[str, Any] | Any = None
) -> tuple[Comparison, ...]:
    """Return the pairs of groups that are compared: all of them, or each with the reference.

    ``reference`` is the label of a group, or labels by attribute.
    """
    label = reference_of(attribute, reference)
    check_pairs(attribute.name, len(attribute.groups), has_reference=label is not None)
    if label is None:
        return tuple(
            Comparison(attribute.name, first, second)
            for first, second in combinations(attribute.groups, 2)
        )
    return tuple(Comparison(attribute.name, g, label) for g in attribute.groups if g != label)


def reference_of(
    attribute: ProtectedAttribute, reference: Mapping[str, Any] | Any = None
) -> str | None:
    """Return the reference group of an attribute, None where all pairs are compared."""
    label = reference.get(attribute.name) if isinstance(reference, Mapping) else reference
    if label is not None and level_text(label) not in attribute.groups:
        message = (
            f"reference of {attribute.name!r} must be one of its groups {list(attribute.groups)}, "
            f"got {label!r}"
        )
        raise ValueError(message)
    return None if label is None else level_text(label)


def _as_table(protected: Any) -> Any:
    """Lay a vector out as a table of one column."""
    refuse_masked("protected", protected)
    series = nw.from_native(protected, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        name = str(series.name) if series.name not in (None, "") else "group"
        return series.alias(name).to_frame().to_native()
    if np.ndim(protected) == 1:
        # As objects: numpy would make text of the numbers beside text.
        frame = nw.from_dict({"group": np.asarray(protected, dtype=object)}, backend="pandas")
        return frame.to_native()
    return protected


def _kinds(table: Any) -> tuple[Kind, ...]:
    """Kind of each column, from the shape of the table alone."""
    shape = np.shape(table) if not hasattr(table, "shape") else table.shape
    if len(shape) != 2:
        message = (
            "protected must have one row a row of X and one column an attribute, got shape "
            f"{tuple(shape)}"
        )
        raise ValueError(message)
    # Numbers are names of groups here, never measurements.
    kind: Kind = "categorical"
    return (kind,) * int(shape[1])


def _attribute(
    name: str, data: Any, absent: BoolArray, missing: str, fewest: int
) -> ProtectedAttribute:
    """Read one attribute: its groups, and the group of each row, with those of nobody left out."""
    factor = data if isinstance(data, Factor) else Factor.from_values(data, name)
    # Rows of weight 0 are no rows: their groups, missing or not, are nobody's.
    codes = np.where(absent, -1, factor.codes)
    unknown = (factor.codes < 0) & ~absent
    levels = list(factor.levels)

    if unknown.any() and missing == "error":
        message = (
            f"protected attribute {name!r} must not be missing, got {int(unknown.sum())} missing "
            "groups; choose missing_protected='group' or 'exclude'"
        )
        raise ValueError(message)
    if unknown.any() and missing == "group":
        if MISSING_GROUP in levels:
            message = (
                f"missing_protected='group' needs the label {MISSING_GROUP!r}, got a group of that "
                f"name in {name!r}"
            )
            raise ValueError(message)
        codes[unknown] = len(levels)
        levels.append(MISSING_GROUP)
    return _compact(name, np.array(levels, dtype=object), codes, fewest)


def _compact(name: str, levels: Any, codes: IntArray, fewest: int = 2) -> ProtectedAttribute:
    """Keep the groups that have rows, in sorted order."""
    # Levels of rows that are left out, or have no weight, are no groups.
    present = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(levels)))
    ordered = sorted(present.tolist(), key=lambda i: levels[i])
    if len(ordered) < fewest:
        message = (
            "a protected attribute must have at least two groups, got "
            f"{[levels[i] for i in ordered]} in {name!r}; "
            "leave it out"
        )
        raise ValueError(message)

    # one place more than levels, so that code -1 finds itself at the end
    place = np.full(len(levels) + 1, -1)
    place[ordered] = np.arange(len(ordered))
    return ProtectedAttribute(name, tuple(levels[i] for i in ordered), place[codes])


def _intersection(attributes: list[ProtectedAttribute]) -> ProtectedAttribute:
    sizes = [len(attribute.groups) for attribute in attributes]
    codes = np.column_stack([attribute.codes for attribute in attributes])
    known = (codes >= 0).all(axis=1)
    # Unknown rows take part with any place, and are put back to -1.
    joint = np.where(known, np.ravel_multi_index(tuple(np.maximum(codes, 0).T), sizes), -1)
    labels = [
        " & ".join(attribute.groups[i] for attribute, i in zip(attributes, place, strict=True))
        for place in np.ndindex(*sizes)
    ]
    name = " & ".join(attribute.name for attribute in attributes)
    return _compact(name, np.array(labels, dtype=object), joint)

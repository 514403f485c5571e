"""Who is counted: rows, classes, weights and groups, checked before anything is counted."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._evidence_table import check_amounts
from infotheory._target import TargetLabels, refuse_amounts
from infotheory._target_kinds import TargetKind
from infotheory._typing import FloatArray, LabelArray
from infotheory._validation import (
    as_weights,
    check_weight_range,
    distinct_labels,
    fill_absent,
    missing_labels,
    missing_mask,
)
from infotheory.cells import Factor
from infotheory.engines.frames import Frame, array_of, n_true
from infotheory.engines.targets import classes_of_column, kind_of_column, numeric_kind

__all__ = [
    "Population",
    "group_texts",
    "read_population",
    "rows_in_memory",
    "sorted_groups",
    "target_labels",
    "with_one_class",
]

_ONE_CLASS = "infotheory_one_class"

GroupLabel = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """The rows of a frame.

    ``target``, ``weights`` and ``attributes`` (of groups) are columns; ``weights`` is None where
    there are none or all are 1. ``rows`` is a number. ``classes`` are the labels, sorted, none of
    a number. ``groups`` are the combinations that occur, as text in sorted order, None where a
    group is missing. ``kind`` is what the target is where it is no two classes.
    """

    target: str
    weights: str | None
    attributes: tuple[str, ...]
    rows: int
    classes: tuple[Any, ...]
    event_label: Any
    groups: tuple[GroupLabel, ...]
    kind: TargetKind | None = None

    @property
    def is_number(self) -> bool:
        """Whether the target is an amount, whose powers are added up."""
        return self.kind is not None and not self.kind.classes

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the cells of one bin: classes, and groups where there are attributes."""
        classes = () if self.is_number else (len(self.classes),)
        return (*classes, len(self.groups)) if self.groups else classes

    @property
    def n_cells(self) -> int:
        """Number of cells of one bin."""
        return math.prod(self.shape)

    def cell(self, target: LabelArray, group_columns: Sequence[Any]) -> Any:
        """Place rows of these classes (0, 1, ...) and groups in the flattened cells of one bin."""
        cell: Any = np.zeros(len(target), dtype=np.intp)
        if not self.is_number:
            cell = np.asarray(target).astype(np.intp)
        if not self.groups:
            return cell
        place = {label: i for i, label in enumerate(self.groups)}
        labels, inverse = group_texts(group_columns)
        group = np.array([place[label] for label in labels], dtype=np.intp)[inverse]
        # Classes outside, groups inside, as in the shape.
        return cell * len(self.groups) + group


def group_texts(columns: Sequence[Any]) -> tuple[list[GroupLabel], Any]:
    """Return the combinations of groups that occur, as text, and which of them each row has."""
    factors = [Factor.from_values(column, "group") for column in columns]
    sizes = [len(factor.levels) + 1 for factor in factors]

    # Missing values have code -1, hence the shift by one.
    joint = np.ravel_multi_index(tuple(factor.codes + 1 for factor in factors), sizes)
    present, inverse = np.unique(joint, return_inverse=True)
    texts = [(None, *factor.levels) for factor in factors]
    labels = [
        tuple(text[i] for text, i in zip(texts, place, strict=True))
        for place in zip(*np.unravel_index(present, sizes), strict=True)
    ]
    return labels, inverse


def read_population(
    frame: Frame,
    *,
    target: str,
    event_label: Any = None,
    weights: str | None = None,
    groups: Sequence[str] = (),
    classes: Sequence[Any] | None = None,
    target_type: str = "binary",
    may_vanish: bool = False,
) -> Population:
    """Read rows, classes and groups of a frame, and check target and weights.

    With ``classes`` the rows may hold some of the labels only, or none. Rows that ``may_vanish``
    may all have weight 0.
    """
    roles = [target, *([] if weights is None else [weights]), *groups]
    frame.check_columns("target, sample_weight and groups", roles)
    if len(set(roles)) < len(roles):
        message = f"target, sample_weight and groups must be different columns, got {roles}"
        raise ValueError(message)

    target_type = kind_of_column(frame, target, target_type, weights)
    if target_type != "binary":
        return _of_other_kind(
            frame,
            target_type,
            roles,
            event_label=event_label,
            weights=weights,
            classes=classes,
            may_vanish=may_vanish,
        )

    # Weights that are all 1 are none: what is counted stays whole numbers.
    rows = None if weights is None else _n_rows(frame)
    weighted = False
    if weights is not None and rows != 0:
        weighted = _has_weights(frame, weights, may_vanish=may_vanish)
    present, counts = classes_of_column(frame, target, weights if weighted else None)
    rows = int(counts.sum()) if rows is None else rows
    dtype = frame.dtypes[target]
    order = tuple(dtype.categories) if isinstance(dtype, nw.Enum) else ()
    labels = _classes(present, counts, event_label, classes, order, weighted=weighted)
    return Population(
        target=target,
        weights=weights if weighted else None,
        attributes=tuple(groups),
        rows=rows,
        classes=tuple(labels.classes.tolist()),
        # True is 1, but not every engine compares them: the label is that of the column.
        event_label=next((one for one in present.tolist() if one == labels.event), labels.event),
        groups=sorted_groups(_groups_present(frame, groups)) if rows and groups else (),
    )


def _of_other_kind(
    frame: Frame,
    target_type: str,
    roles: Sequence[str],
    *,
    event_label: Any,
    weights: str | None,
    classes: Sequence[Any] | None,
    may_vanish: bool,
) -> Population:
    """Read rows whose target is an amount, or one of several classes."""
    # Behind the target stand the weights, where there are some, and then the groups.
    target, *others = roles
    groups = others if weights is None else others[1:]
    if event_label is not None:
        message = (
            f"event_label has no meaning for target_type={target_type!r}, got {event_label!r}; "
            "leave it out"
        )
        raise ValueError(message)
    if classes is not None and target_type != "multiclass":
        message = (
            f"classes have no meaning for target_type={target_type!r}, got {list(classes)}; leave "
            "them out"
        )
        raise ValueError(message)

    n_rows = _n_rows(frame)
    weighted = False
    if weights is not None and n_rows > 0:
        weighted = _has_weights(frame, weights, may_vanish=may_vanish)
    counted_by = weights if weighted else None
    if target_type == "multiclass":
        kind = TargetKind("multiclass", _several_classes(frame, target, counted_by, classes))
    else:
        kind = numeric_kind(frame, target_type, target, counted_by)
    return Population(
        target=target,
        weights=counted_by,
        attributes=tuple(groups),
        rows=n_rows,
        classes=kind.classes,
        event_label=None,
        groups=sorted_groups(_groups_present(frame, groups)) if n_rows and groups else (),
        kind=kind,
    )


def _several_classes(
    frame: Frame, target: str, weights: str | None, classes: Sequence[Any] | None
) -> tuple[Any, ...]:
    """Return the labels of rows that have weight, or those that are given."""
    present, counts = classes_of_column(frame, target, weights)
    missing = missing_mask(present)
    if missing.any():
        raise ValueError(missing_labels("y", int(counts[missing].sum())))
    if classes is None:
        labels, _ = distinct_labels("y", np.array(present.tolist()))
        refuse_amounts("y", labels)
        found = tuple(labels.tolist())
    else:
        found = tuple(distinct_labels("classes", np.array(list(classes)))[0].tolist())
        foreign = [label for label in present.tolist() if label not in found]
        if foreign:
            message = f"y must hold the labels in classes {list(found)}, got {foreign[0]!r}"
            raise ValueError(message)

    if len(found) < 2:
        message = (
            "y must hold two classes or more for target_type='multiclass', got "
            f"{list(found) or 'no rows'}; a shard may hold fewer if classes=(...)"
        )
        raise ValueError(message)
    return found


def target_labels(frame: Frame, target: str) -> list[Any]:
    """Distinct labels of a column, none missing; an error where there are very many."""
    frame.check_columns("target", [target])
    present, counts = classes_of_column(frame, target)
    missing = missing_mask(present)
    if missing.any():
        raise ValueError(missing_labels("y", int(counts[missing].sum())))
    labels: list[Any] = present.tolist()
    return labels


def sorted_groups(labels: Iterable[GroupLabel]) -> tuple[GroupLabel, ...]:
    """Sort combinations of groups by their text, missing ones last."""
    return tuple(sorted(labels, key=lambda label: [(text is None, text or "") for text in label]))


def with_one_class(frame: Frame) -> tuple[Frame, str]:
    """Add a target of one class, 0, where outcomes are not known or do not matter.

    Return the frame with one more column, and its name; pass ``classes=(0, 1)`` beside it.
    """
    table: Any = frame.table.with_columns(nw.lit(0).alias(_ONE_CLASS))
    return replace(frame, table=table, dtypes={**frame.dtypes, _ONE_CLASS: nw.Int32()}), _ONE_CLASS


def rows_in_memory(frame: Frame, population: Population) -> tuple[Any, FloatArray | None]:
    """Read the classes of rows in memory (1 for an event) or amounts, and weights or None."""
    table: Any = frame.table
    column, weights = table[population.target].to_numpy(), None
    if population.weights is not None:
        weights = as_weights(table[population.weights].to_numpy(), len(column), may_vanish=True)
        column = fill_absent("y", column, weights)
    if population.kind is None:
        events = (column == population.event_label).astype(np.intp)
    elif population.is_number:
        events = check_amounts(population.kind.kind, column) - population.kind.origin
    else:
        events = np.zeros(len(column), dtype=np.intp)
        for code, label in enumerate(population.classes):
            events[column == label] = code
    return events, weights


def _classes(
    present: LabelArray,
    counts: FloatArray,
    event_label: Any,
    classes: Sequence[Any] | None,
    order: Sequence[Any],
    *,
    weighted: bool,
) -> TargetLabels:
    """Learn the two labels from those that are present, or take them as they are given."""
    missing = missing_mask(present)
    if missing.any():
        raise ValueError(missing_labels("y", int(counts[missing].sum())))

    if classes is not None:
        foreign = [label for label in present.tolist() if label not in list(classes)]
        if foreign:
            message = f"y must hold the labels in classes {list(classes)}, got {foreign[0]!r}"
            raise ValueError(message)
        present = np.array(list(classes), dtype=object)
    if not len(present):
        message = (
            "Found array with 0 sample(s) while a minimum of 1 is required; a shard may be empty "
            "if classes=(...)"
        )
        raise ValueError(message)

    # Through a list, objects that are all numbers become numbers.
    weighted = weighted and classes is None
    return TargetLabels.among(present.tolist(), event_label, order=order, weighted=weighted)


def _groups_present(frame: Frame, groups: Sequence[str]) -> list[GroupLabel]:
    if isinstance(frame.table, nw.DataFrame):
        return group_texts([frame.table[name].to_numpy() for name in groups])[0]
    # Names of our own: DuckDB reads a dot in the name of a group as a table and its column.
    keys = [f"g{i}" for i in range(len(groups))]
    columns = (nw.col(name).alias(key) for name, key in zip(groups, keys, strict=True))
    counted = frame.table.select(*columns).group_by(*keys).agg(nw.len().alias("n"))
    table = frame.collect(counted)
    return group_texts([array_of(table[key]) for key in keys])[0]


def _n_rows(frame: Frame) -> int:
    return int(frame.collect(frame.lazy().select(nw.len().alias("n"))).item())


def _has_weights(frame: Frame, weights: str, *, may_vanish: bool = False) -> bool:
    """Check weights, and tell whether one of them is not 1."""
    name = f"sample_weight {weights!r}"
    if isinstance(frame.table, nw.DataFrame):
        column = frame.table[weights].to_numpy()
        return as_weights(column, len(column), name=name, may_vanish=may_vanish) is not None

    w = frame.number(weights)
    bad = w.is_null() | ~w.is_finite()
    # Weights of 0 are absent rows, and say nothing of the range.
    least = nw.when(w > 0.0).then(w).min()
    stats = frame.lazy().select(
        n_true(bad).alias("bad"),
        w.min().alias("low"),
        w.max().alias("high"),
        least.alias("least"),
    )
    n_bad, low, high, least_positive = frame.collect(stats).row(0)
    if n_bad:
        message = f"{name} must be finite, got {n_bad} rows where they are missing or infinite"
        raise ValueError(message)
    if low < 0.0:
        message = f"{name} must not be negative, got {low}"
        raise ValueError(message)
    if high == 0.0:
        if may_vanish:
            return True
        message = f"{name} must not all be zero, got only zeros"
        raise ValueError(message)

    # A sort of all weights, asked for only where their range is wide.
    def median() -> float:
        positive = frame.lazy().select(frame.weight(weights).alias("w")).filter(nw.col("w") > 0.0)
        return float(frame.collect(positive.select(nw.col("w").median())).item())

    check_weight_range((least_positive, high), median, name=name)
    return not low == high == 1.0

"""Who is counted: rows, classes, weights and groups, checked before anything is counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._target import TargetLabels
from infotheory._typing import FloatArray, IntArray, LabelArray
from infotheory._validation import (
    as_weights,
    check_weight_range,
    missing_labels,
    missing_mask,
    refuse_joined,
)
from infotheory.cells import Factor
from infotheory.engines.frames import Frame, array_of

__all__ = [
    "Population",
    "group_texts",
    "read_population",
    "rows_in_memory",
    "sorted_groups",
    "target_labels",
    "with_one_class",
]

_MOST_LABELS = 100
_ONE_CLASS = "infotheory_one_class"

GroupLabel = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """The rows of a frame.

    ``target``, ``weights`` and ``attributes`` (of groups) are columns; ``weights`` is None where
    there are none or all are 1. ``rows`` is a number. ``classes`` are the two labels, sorted.
    ``groups`` are the combinations that occur, as text in sorted order, None where a group is
    missing.
    """

    target: str
    weights: str | None
    attributes: tuple[str, ...]
    rows: int
    classes: tuple[Any, ...]
    event_label: Any
    groups: tuple[GroupLabel, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the cells of one bin: classes, and groups where there are attributes."""
        return (2, len(self.groups)) if self.groups else (2,)

    def cell(self, events: LabelArray, group_columns: Sequence[Any]) -> Any:
        """Place rows, events (1) or not (0) of these groups, in the flattened cells of one bin."""
        cell = np.asarray(events).astype(np.intp)
        if not self.groups:
            return cell
        place = {label: i for i, label in enumerate(self.groups)}
        labels, inverse = group_texts(group_columns)
        group = np.array([place[label] for label in labels], dtype=np.intp)[inverse]
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
) -> Population:
    """Read rows, classes and groups of a frame, and check target and weights.

    With ``classes`` the rows may hold one of the two labels only, or none.

    Raises
    ------
    TypeError
        If the weights are not numbers.
    ValueError
        If a column is missing or named twice, a label or weight is missing or not valid, the target
        has not two classes, or there are no rows.
    """
    roles = [target, *([] if weights is None else [weights]), *groups]
    frame.check_columns("target, sample_weight and groups", roles)
    if len(set(roles)) < len(roles):
        message = f"target, sample_weight and groups must be different columns, got {roles}"
        raise ValueError(message)

    present, counts = _labels(frame, target)
    rows = int(counts.sum())
    dtype = frame.dtypes[target]
    order = tuple(dtype.categories) if isinstance(dtype, nw.Enum) else ()
    labels = _classes(present, counts, event_label, classes, order)
    weighted = weights is not None and rows > 0 and _has_weights(frame, weights)
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


def target_labels(frame: Frame, target: str) -> list[Any]:
    """Distinct labels of a column, none missing; an error where there are very many."""
    frame.check_columns("target", [target])
    present, counts = _labels(frame, target)
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


def rows_in_memory(frame: Frame, population: Population) -> tuple[IntArray, FloatArray | None]:
    """Read which rows of a table in memory are events (1), and their weights or None."""
    table: Any = frame.table
    events = (table[population.target].to_numpy() == population.event_label).astype(np.intp)
    if population.weights is None:
        return events, None
    return events, as_weights(table[population.weights].to_numpy(), len(events))


def _labels(frame: Frame, target: str) -> tuple[LabelArray, FloatArray]:
    """Return distinct labels with their numbers of rows; an error where there are very many."""
    if isinstance(frame.table, nw.DataFrame):
        column = frame.table[target].to_numpy()
        if missing_mask(column).any():
            raise ValueError(missing_labels("y", int(missing_mask(column).sum())))
        labels, counts = np.unique(column, return_counts=True)
        refuse_joined("y", labels)
        return labels, counts.astype(np.float64)

    counted = frame.table.select(nw.col(target).alias("y")).group_by("y").agg(nw.len().alias("n"))
    table = counted.head(_MOST_LABELS + 1).collect()
    values = table["y"].to_list()
    if len(values) > _MOST_LABELS:
        # The first words are those of scikit-learn, whose checks look for them.
        start = (
            "Unknown label type: continuous"
            if frame.dtypes[target].is_float()
            else "Only binary classification is supported"
        )
        message = (
            f"{start}. y must hold two classes, got more than {_MOST_LABELS} labels such as "
            f"{values[0]!r}"
        )
        raise ValueError(message)
    refuse_joined("y", values)
    return np.array(values, dtype=object), table["n"].to_numpy().astype(np.float64)


def _classes(
    present: LabelArray,
    counts: FloatArray,
    event_label: Any,
    classes: Sequence[Any] | None,
    order: Sequence[Any],
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
    return TargetLabels.among(present.tolist(), event_label, order=order)


def _groups_present(frame: Frame, groups: Sequence[str]) -> list[GroupLabel]:
    if isinstance(frame.table, nw.DataFrame):
        return group_texts([frame.table[name].to_numpy() for name in groups])[0]
    # Names of our own: DuckDB reads a dot in the name of a group as a table and its column.
    keys = [f"g{i}" for i in range(len(groups))]
    columns = (nw.col(name).alias(key) for name, key in zip(groups, keys, strict=True))
    counted = frame.table.select(*columns).group_by(*keys).agg(nw.len().alias("n")).collect()
    return group_texts([array_of(counted[key]) for key in keys])[0]


def _has_weights(frame: Frame, weights: str) -> bool:
    """Check weights, and tell whether one of them is not 1."""
    name = f"sample_weight {weights!r}"
    if isinstance(frame.table, nw.DataFrame):
        return as_weights(frame.table[weights].to_numpy(), len(frame.table), name=name) is not None

    w = frame.number(weights)
    bad = w.is_null() | ~w.is_finite()
    least = nw.when(w > 0.0).then(w).min()
    stats = frame.lazy().select(
        bad.cast(nw.Int64).sum().alias("bad"),
        w.min().alias("low"),
        w.max().alias("high"),
        least.alias("least"),
    )
    n_bad, low, high, least_positive = stats.collect().row(0)
    if n_bad:
        message = f"{name} must be finite, got {n_bad} rows where they are missing or infinite"
        raise ValueError(message)
    if low < 0.0:
        message = f"{name} must not be negative, got {low}"
        raise ValueError(message)
    if high == 0.0:
        message = f"{name} must not all be zero, got only zeros"
        raise ValueError(message)

    def median() -> float:
        positive = frame.lazy().select(frame.weight(weights).alias("w")).filter(nw.col("w") > 0.0)
        return float(positive.select(nw.col("w").median()).collect().item())

    check_weight_range((least_positive, high), median, name=name)
    return not low == high == 1.0

"""Who is counted: rows, the two classes of the target, weights and groups, checked before anything is counted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._typing import FloatArray, IntArray, LabelArray
from infotheory._validation import as_binary_target, as_weights, missing_mask
from infotheory.cells import Factor
from infotheory.engines.frames import Frame

__all__ = ["Population", "group_texts", "read_population", "rows_in_memory", "with_one_class"]

_MOST_LABELS = 100
_ONE_CLASS = "infotheory_one_class"

GroupLabel = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """The rows of a frame.

    Parameters
    ----------
    target : str
        Column of the target.
    weights : str or None
        Column of the sampling weights.
    attributes : tuple of str
        Columns of the groups.
    rows : int
        Number of rows.
    classes : tuple
        The two labels, sorted.
    event_label : object
        The label that counts as an event.
    groups : tuple of tuple
        The combinations of groups that occur, as text in sorted order, None where a group is
        missing; empty without attributes.
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

    def cell(self, events: Any, group_columns: Sequence[Any]) -> Any:
        """Place of rows in the flattened cells of one bin.

        Parameters
        ----------
        events : ndarray of shape (n_rows,)
            1 for an event, 0 for a non-event.
        group_columns : sequence of array-like
            Values of each attribute.

        Returns
        -------
        ndarray of shape (n_rows,)
            Integers.
        """
        cell = np.asarray(events).astype(np.intp)
        if not self.groups:
            return cell
        place = {label: i for i, label in enumerate(self.groups)}
        labels, inverse = group_texts(group_columns)
        return (
            cell * len(self.groups)
            + np.array([place[label] for label in labels], dtype=np.intp)[inverse]
        )


def group_texts(columns: Sequence[Any]) -> tuple[list[GroupLabel], Any]:
    """Distinct combinations of groups as text.

    Parameters
    ----------
    columns : sequence of array-like
        Values of each attribute.

    Returns
    -------
    labels : list of tuple
        The combinations that occur, None for missing.
    inverse : ndarray of shape (n_rows,)
        Combination of each row.
    """
    factors = [Factor.from_values(column, "group") for column in columns]
    sizes = [len(factor.levels) + 1 for factor in factors]
    joint = np.ravel_multi_index(tuple(factor.codes + 1 for factor in factors), sizes)
    found, inverse = np.unique(joint, return_inverse=True)
    places = np.unravel_index(found, sizes)
    texts = [(None, *factor.levels) for factor in factors]
    return [
        tuple(text[i] for text, i in zip(texts, place, strict=True))
        for place in zip(*places, strict=True)
    ], inverse


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

    Parameters
    ----------
    frame : Frame
        The frame.
    target : str
        Column of the target.
    event_label : object, optional
        The label that counts as an event; the larger of the two when None.
    weights : str, optional
        Column of sampling weights.
    groups : sequence of str
        Columns of groups.
    classes : sequence of length 2, optional
        The two labels, where the rows may hold one of them only, or none.

    Returns
    -------
    Population
        The rows.

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
    labels, counts = _labels(frame, target)
    rows = int(counts.sum())
    event, pair = _classes(labels, counts, event_label, classes)
    found = _checked_groups(frame, weights, groups) if rows else []
    return Population(
        target=target,
        weights=weights,
        attributes=tuple(groups),
        rows=rows,
        classes=pair,
        event_label=event,
        groups=tuple(
            sorted(found, key=lambda label: [(text is None, text or "") for text in label])
        ),
    )


def with_one_class(frame: Frame) -> tuple[Frame, str]:
    """Add a target of one class, 0, where outcomes are not known or do not matter.

    Parameters
    ----------
    frame : Frame
        The frame.

    Returns
    -------
    frame : Frame
        The frame with one more column.
    target : str
        Its name; pass ``classes=(0, 1)`` beside it.
    """
    table: Any = frame.table.with_columns(nw.lit(0).alias(_ONE_CLASS))
    return replace(frame, table=table, dtypes={**frame.dtypes, _ONE_CLASS: nw.Int32()}), _ONE_CLASS


def rows_in_memory(frame: Frame, population: Population) -> tuple[IntArray, FloatArray]:
    """Read which rows of a table in memory are events, and their weights.

    Parameters
    ----------
    frame : Frame
        A table in memory.
    population : Population
        Its rows.

    Returns
    -------
    events : ndarray of shape (n_rows,)
        1 for an event, 0 for a non-event.
    weights : ndarray of shape (n_rows,)
        Ones where there are no weights.
    """
    table: Any = frame.table
    events = (table[population.target].to_numpy() == population.event_label).astype(np.intp)
    if population.weights is None:
        return events, np.ones(len(table))
    return events, table[population.weights].to_numpy().astype(np.float64)


def _labels(frame: Frame, target: str) -> tuple[LabelArray, FloatArray]:
    """Return distinct labels with their numbers of rows; an error where there are very many."""
    if isinstance(frame.table, nw.DataFrame):
        column = frame.table[target].to_numpy()
        if missing_mask(column).any():
            as_binary_target(column)
        labels, counts = np.unique(column, return_counts=True)
        return labels, counts.astype(np.float64)
    counted = frame.table.select(nw.col(target).alias("y")).group_by("y").agg(nw.len().alias("n"))
    table = counted.head(_MOST_LABELS + 1).collect()
    values = table["y"].to_list()
    if len(values) > _MOST_LABELS:
        continuous = frame.dtypes[target].is_float()
        start = (
            "Unknown label type: continuous"
            if continuous
            else "Only binary classification is supported"
        )
        message = (
            f"{start}. y must hold two classes, got more than {_MOST_LABELS} labels such as "
            f"{values[0]!r}"
        )
        raise ValueError(message)
    return np.array(values, dtype=object), table["n"].to_numpy().astype(np.float64)


def _classes(
    labels: LabelArray, counts: FloatArray, event_label: Any, classes: Sequence[Any] | None
) -> tuple[Any, tuple[Any, ...]]:
    missing = missing_mask(labels)
    if missing.any():
        message = (
            f"y must not contain NaN or None, got {int(counts[missing].sum())} missing labels; "
            "drop those rows"
        )
        raise ValueError(message)
    if classes is not None:
        unknown = [label for label in labels.tolist() if label not in list(classes)]
        if unknown:
            message = f"y must hold the labels in classes {list(classes)}, got {unknown[0]!r}"
            raise ValueError(message)
        labels = np.array(list(classes), dtype=object)
    if not len(labels):
        message = (
            "Found array with 0 sample(s) while a minimum of 1 is required; a shard may be empty "
            "if classes=(...)"
        )
        raise ValueError(message)
    plain = np.array(labels.tolist())  # as numbers, where all are
    codes, pair = as_binary_target(plain, event_label=event_label)
    return plain[codes == 1.0].tolist()[0], tuple(pair.tolist())


def _checked_groups(frame: Frame, weights: str | None, groups: Sequence[str]) -> list[GroupLabel]:
    if isinstance(frame.table, nw.DataFrame):
        if weights is not None:
            as_weights(
                frame.table[weights].to_numpy(), len(frame.table), name=f"sample_weight {weights!r}"
            )
        return group_texts([frame.table[name].to_numpy() for name in groups])[0] if groups else []
    if weights is not None:
        _check_weights(frame, weights)
    if not groups:
        return []
    found = frame.table.select(*groups).group_by(*groups).agg(nw.len().alias("n")).collect()
    return group_texts([found[name].to_numpy() for name in groups])[0]


def _check_weights(frame: Frame, weights: str) -> None:
    w = frame.number(weights)
    bad = w.is_null() | ~w.is_finite()
    stats = frame.lazy().select(
        bad.cast(nw.Int64).sum().alias("bad"), w.min().alias("low"), w.max().alias("high")
    )
    n_bad, low, high = stats.collect().row(0)
    if n_bad:
        message = (
            f"sample_weight {weights!r} must be finite, got {n_bad} rows where they are missing or "
            "infinite"
        )
        raise ValueError(message)
    if low < 0.0:
        message = f"sample_weight {weights!r} must not be negative, got {low}"
        raise ValueError(message)
    if high == 0.0:
        message = f"sample_weight {weights!r} must not all be zero, got only zeros"
        raise ValueError(message)

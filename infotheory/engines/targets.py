"""The target of a frame: labels with their numbers of rows, or the range and mean of amounts."""

from typing import Any

import narwhals as nw
import numpy as np

from infotheory._evidence_table import check_amounts, origin_of, refuse_outside, rounded_origin
from infotheory._target_kinds import KINDS, TargetKind, kind_of_target, unclear_kind
from infotheory._typing import FloatArray, LabelArray
from infotheory._validation import (
    as_numbers,
    as_weights,
    check_option,
    fill_absent,
    missing_labels,
    missing_mask,
    refuse_joined,
)
from infotheory.engines.frames import Frame, n_true

__all__ = ["classes_of_column", "kind_of_column", "numeric_kind"]

_MOST_LABELS = 100


def kind_of_column(frame: Frame, target: str, target_type: str, weights: str | None = None) -> str:
    """Return the kind that ``target_type`` names, or that the column tells where it is "auto".

    What rows without weight hold tells nothing.
    """
    check_option("target_type", target_type, (*KINDS, "auto"))
    if target_type != "auto":
        return target_type
    if isinstance(frame.table, nw.DataFrame):
        return kind_of_target(
            "auto", frame.table[target].to_numpy(), _weights_in_memory(frame, weights)
        )
    if not frame.dtypes[target].is_numeric():
        present = classes_of_column(frame, target, weights)[0]
        return "binary" if len(present) <= 2 else "multiclass"

    # The rule for rows, asked of the engine: values that are not whole are amounts.
    y = frame.number(target)
    column = frame.rows_of_weight(weights).select(y.alias("y"))
    told = column.select(
        _missing(frame, nw.col("y")).alias("missing"),
        n_true((nw.col("y") % 1.0) != 0.0).alias("broken"),
        nw.col("y").min().alias("low"),
        nw.col("y").max().alias("high"),
    )
    n_missing, n_broken, low, high = frame.collect(told).row(0)
    if n_missing:
        raise ValueError(missing_labels("y", int(n_missing)))

    # Grouped rather than by n_unique, which makes a small integer of a boolean: not in PostgreSQL.
    groups = column.group_by("y").agg(nw.len().alias("n"))
    n_values = frame.collect(groups.select(nw.len().alias("n"))).item()
    if n_values <= 2:
        return "binary"
    if n_broken:
        return "continuous"
    raise ValueError(unclear_kind(int(n_values), low, high))


def classes_of_column(
    frame: Frame, target: str, weights: str | None = None
) -> tuple[LabelArray, FloatArray]:
    """Return distinct labels with their numbers of rows; an error where there are very many.

    Rows without weight hold no label.
    """
    if isinstance(frame.table, nw.DataFrame):
        weight = _weights_in_memory(frame, weights, may_vanish=True)
        column = frame.table[target].to_numpy()
        column = column if weight is None else column[weight > 0.0]
        if missing_mask(column).any():
            raise ValueError(missing_labels("y", int(missing_mask(column).sum())))
        labels, counts = np.unique(column, return_counts=True)
        refuse_joined("y", labels)
        return labels, counts.astype(np.float64)

    rows = frame.rows_of_weight(weights)
    counted = rows.select(nw.col(target).alias("y")).group_by("y").agg(nw.len().alias("n"))
    # One label more than may be tells that there are too many: the others stay where they are.
    table = frame.collect(counted.head(_MOST_LABELS + 1))
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
            f"{values[0]!r}; an amount needs target_type='fraction', 'rate' or 'continuous'"
        )
        raise ValueError(message)
    refuse_joined("y", values)
    return np.array(values, dtype=object), table["n"].to_numpy().astype(np.float64)


def numeric_kind(frame: Frame, kind: str, target: str, weights: str | None) -> TargetKind:
    """Check the amounts of a column, and learn the origin of their squares."""
    if isinstance(frame.table, nw.DataFrame):
        weight = _weights_in_memory(frame, weights)
        amounts = check_amounts(kind, fill_absent("y", frame.table[target].to_numpy(), weight))
        return TargetKind(kind, (), origin_of(amounts, weight) if kind == "continuous" else 0.0)

    # One scan tells all that a check asks of the rows.
    y, w = frame.number(target), frame.value(1.0) if weights is None else frame.weight(weights)
    rows = frame.rows_of_weight(weights).select(y.alias("y"), w.alias("w"))
    is_outside = (nw.col("y") < 0.0) | (nw.col("y") > 1.0)
    asked: dict[str, Any] = {
        "rows": nw.len(),
        "missing": _missing(frame, nw.col("y")),
        "low": nw.col("y").min(),
        "high": nw.col("y").max(),
        "outside": n_true(is_outside),
        "sum": (nw.col("w") * nw.col("y")).sum(),
        "weight": nw.col("w").sum(),
    }
    told = frame.collect(rows.select(*(column.alias(name) for name, column in asked.items())))
    n_rows, n_missing, low, high, n_outside, total, weight = told.row(0)

    if n_missing:
        raise ValueError(missing_labels("y", int(n_missing)))
    if not n_rows:
        return TargetKind(kind)
    infinite = [end for end in (low, high) if not np.isfinite(end)]
    if infinite:
        message = f"y must be finite, got {infinite[0]}"
        raise ValueError(message)

    as_numbers("y", np.array([low, high]))
    refuse_outside(kind, low, high, int(n_outside), n_rows)
    return TargetKind(kind, (), rounded_origin(total / weight) if kind == "continuous" else 0.0)


def _weights_in_memory(
    frame: Frame, weights: str | None, *, may_vanish: bool = False
) -> FloatArray | None:
    """Read the weights of rows in memory; None where there are none, or all are 1."""
    if weights is None:
        return None
    column = frame.table[weights].to_numpy()
    name = f"sample_weight {weights!r}"
    return as_weights(column, len(column), name=name, may_vanish=may_vanish)


def _missing(frame: Frame, y: nw.Expr) -> nw.Expr:
    """Count missing amounts, null or NaN."""
    return n_true(frame.is_missing(y))

"""Rows of a frame to the distinct rows of bin codes with their counts: what a regression on bins needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._codes import Codes, compress, joint_codes
from infotheory._typing import FloatArray, IntArray
from infotheory.cells import BinSpec, infinity_message
from infotheory.engines.expressions import code_column
from infotheory.engines.frames import Frame, open_frame
from infotheory.engines.layout import Layout, Tally
from infotheory.engines.memory import read_columns
from infotheory.engines.population import Population, read_population, rows_in_memory

__all__ = ["PatternCounts", "count_patterns"]


@dataclass(frozen=True, slots=True, eq=False)
class PatternCounts:
    """Distinct rows of bin codes with their counts by class.

    Parameters
    ----------
    codes : ndarray of shape (n_patterns, n_features)
        Bin of each feature.
    counts : ndarray of shape (n_patterns, 2)
        Weight of non-events and events.
    squared_weights : ndarray of shape (n_patterns, 2)
        Sums of squared weights of the same cells.
    classes : tuple
        The two labels of the target, sorted.
    event_label : object
        The label that counts as an event.
    """

    codes: IntArray
    counts: FloatArray
    squared_weights: FloatArray
    classes: tuple[Any, ...]
    event_label: Any


def count_patterns(
    frame: Any,
    specs: Mapping[str, BinSpec],
    *,
    target: str,
    event_label: Any = None,
    weights: str | None = None,
    max_patterns: int = 1_000_000,
) -> PatternCounts:
    """Count the distinct rows of bin codes; rows of weight 0 are left out.

    Parameters
    ----------
    frame : frame
        See ``open_frame``.
    specs : mapping of str to BinSpec
        Bins by feature.
    target : str
        Column with two distinct labels.
    event_label : object, optional
        The label that counts as an event; the larger of the two when None.
    weights : str, optional
        Column of sampling weights.
    max_patterns : int
        Most pairs of a pattern and a class that are collected.

    Returns
    -------
    PatternCounts
        Patterns in the order of their codes.

    Raises
    ------
    ValueError
        If a column is missing, the data are not valid, or there are more than ``max_patterns``.

    Examples
    --------
    >>> import pandas as pd
    >>> spec = BinSpec(name="age", kind="numerical", splits=(40.0,))
    >>> rows = pd.DataFrame({"age": [30, 50, 60], "bad": [1, 0, 0]})
    >>> patterns = count_patterns(rows, {"age": spec}, target="bad")
    >>> patterns.codes.tolist(), patterns.counts.tolist()
    ([[0], [1]], [[0.0, 1.0], [2.0, 0.0]])
    """
    opened = open_frame(frame)
    opened.check_columns("features", specs)
    population = read_population(opened, target=target, event_label=event_label, weights=weights)
    collect = _rows_in_memory if isinstance(opened.table, nw.DataFrame) else _rows_lazily
    codes, events, weight, squared = collect(opened, specs, population, max_patterns)
    kept = weight > 0.0
    columns = [Codes(column, int(column.max(initial=0)) + 1) for column in codes[kept].T.astype(np.intp)]
    joint = compress(joint_codes(*columns)).index
    n_patterns = int(joint.max()) + 1
    if n_patterns > max_patterns:
        raise ValueError(_too_many(max_patterns))
    row = np.empty(n_patterns, dtype=np.intp)
    row[joint] = np.flatnonzero(kept)
    sums = Tally.of_cells(2 * joint + events[kept].astype(np.intp), weight[kept], squared[kept], (n_patterns, 2))
    return PatternCounts(codes[row], sums.counts, sums.squared, population.classes, population.event_label)


Collected = tuple[IntArray, IntArray, FloatArray, FloatArray]


def _rows_in_memory(
    frame: Frame,
    specs: Mapping[str, BinSpec],
    population: Population,
    max_patterns: int,  # noqa: ARG001
) -> Collected:
    table: Any = frame.table
    columns = read_columns(table.select(list(specs)).to_native(), kinds=[spec.kind for spec in specs.values()])
    codes = [spec.encode(values) for spec, values in zip(specs.values(), columns.data, strict=True)]
    events, weights = rows_in_memory(frame, population)
    return np.column_stack(codes), events, weights, weights * weights


def _rows_lazily(frame: Frame, specs: Mapping[str, BinSpec], population: Population, max_patterns: int) -> Collected:
    layout = Layout(frame, population)
    names = [f"x{i}" for i in range(len(specs))]
    columns = [code_column(spec, frame).alias(name) for name, spec in zip(names, specs.values(), strict=True)]
    counted = layout.select(*columns).group_by(*names, *layout.keys).agg(*layout.aggregates())
    table = counted.head(max_patterns + 1).collect()
    if len(table) > max_patterns:
        raise ValueError(_too_many(max_patterns))
    codes = np.column_stack([table[name].to_numpy() for name in names]).astype(np.intp)
    for column, spec in zip(codes.T, specs.values(), strict=True):
        _check_codes(column, spec)
    weight = table["n"].to_numpy().astype(np.float64)
    return codes, table["y"].to_numpy(), weight, table["n2"].to_numpy() if layout.sums else weight


def _check_codes(codes: IntArray, spec: BinSpec) -> None:
    """Raise the error of ``BinSpec.encode`` for what has no bin."""
    if spec.kind == "numerical":
        for code, value in ((spec.unseen_code, np.inf), (spec.unseen_code + 1, -np.inf)):
            if (codes == code).any():
                raise ValueError(infinity_message(spec.name, value))
    elif spec.unknown == "error" and (codes == spec.unseen_code).any():
        message = (
            f"feature {spec.name!r} must hold only categories seen in the fit, got others; "
            'cat_unknown="zero" gives them weight of evidence 0'
        )
        raise ValueError(message)


def _too_many(max_patterns: int) -> str:
    return (
        f"rows of bin codes must take at most max_patterns={max_patterns} different forms, got more; use fewer "
        "features or bins, or raise max_patterns"
    )

"""Rows of a frame to the distinct rows of bin codes with their counts.

This is what a regression on bins needs, and all that leaves an engine for it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np

from infotheory._evidence_table import EvidenceTable
from infotheory._patterns import Patterns
from infotheory._rows import Rows
from infotheory._target_kinds import TargetKind
from infotheory._typing import IntArray
from infotheory.cells import BinSpec, infinity_message
from infotheory.engines.expressions import code_column
from infotheory.engines.frames import Frame, open_frame
from infotheory.engines.layout import Layout
from infotheory.engines.memory import read_columns
from infotheory.engines.periods import order_of_categories, ordered_periods, period_values
from infotheory.engines.population import (
    Population,
    read_population,
    rows_in_memory,
    with_one_class,
)

__all__ = ["count_amount_patterns", "count_patterns"]

#: Whole numbers that 64 bits hold on every engine, with their sign.
_MOST_NUMBERS = 2**62
#: Codes of which two, multiplied, are a small integer of 16 bits.
_FEW_CODES = 181
_ANSWER = (
    "use fewer or coarser features, or bins of all rows in a FrozenEstimator and the rest fitted "
    "on a sample of rows"
)


def count_patterns(
    frame: Any,
    specs: Mapping[str, BinSpec],
    *,
    target: str | None,
    event_label: Any = None,
    sample_weight: str | None = None,
    group: str | None = None,
    period_order: Sequence[Any] | None = None,
    classes: Sequence[Any] | None = None,
    max_patterns: int = 1_000_000,
) -> Patterns:
    """Count the distinct rows of bin codes, within groups where asked for.

    Rows of weight 0 are left out.

    Parameters
    ----------
    frame : frame
        See ``open_frame``.
    specs : mapping of str to BinSpec
        Bins by feature.
    target : str or None
        Column with two distinct labels; all rows count as non-events when None.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).
    sample_weight : str, optional
        Column of sampling weights.
    group : str, optional
        Column of groups in time, such as months; those whose rows all have weight 0 are named, and
        have no patterns.
    period_order : sequence, optional
        The groups from the first to the last; needed where they are text that names no time and
        rows do not lie in memory, each group in one block.
    classes : sequence of length 2, optional
        The two labels, where the frame may hold one of them only.
    max_patterns : int
        Most pairs of a pattern and a class that are collected.

    Returns
    -------
    Patterns
        In the order of their group and codes.

    Raises
    ------
    ValueError
        If a column is missing, the frame is empty, the data are not valid, a group is missing, or
        there are more than ``max_patterns``.

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
    if target is None:
        opened, target = with_one_class(opened)
        # Two labels are asked for, of which the constant target has one.
        classes = (0, 1)

    population = read_population(
        opened, target=target, event_label=event_label, weights=sample_weight, classes=classes
    )
    if not population.rows:
        message = "frame must hold rows, got none; leave it out"
        raise ValueError(message)
    if group is not None:
        opened.check_columns("groups", [group])
        population = replace(population, attributes=(group,))

    if isinstance(opened.table, nw.DataFrame):
        rows = _rows_in_memory(opened, specs, population, period_order)
    else:
        rows = _rows_lazily(opened, specs, population, period_order, max_patterns)

    patterns = rows.patterns()
    # Millions of rows with their codes are as large as the patterns.
    del rows
    # An engine counts the classes of a pattern apart, and so does the limit.
    pairs = int(np.count_nonzero(patterns.counts))
    if pairs > max_patterns:
        raise ValueError(_too_many(max_patterns, pairs))

    # Engines return groups in any order; results must not depend on it.
    return replace(
        patterns.in_order(), classes=population.classes, event_label=population.event_label
    )


def count_amount_patterns(
    frame: Any,
    specs: Mapping[str, BinSpec],
    *,
    target: str,
    kind: TargetKind,
    sample_weight: str | None = None,
    max_patterns: int = 1_000_000,
) -> Patterns:
    """Add up rows by their bin codes, in one scan of the engine; rows of weight 0 are left out.

    ``kind`` is what the binner learnt of its target: amounts are read as it reads them, and about
    its origin. ValueError where a column is missing, amounts are not of the kind, or there are more
    than ``max_patterns``.
    """
    opened = open_frame(frame)
    opened.check_columns("features", specs)
    population = read_population(
        opened, target=target, weights=sample_weight, target_type=kind.kind
    )
    if not population.rows:
        message = "frame must hold rows, got none; leave it out"
        raise ValueError(message)
    # The origin of the fit takes the place of that of these rows, so that sums go together.
    population = replace(population, kind=kind)

    if isinstance(opened.table, nw.DataFrame):
        amounts, weights = rows_in_memory(opened, population)
        codes = _codes_in_memory(opened, specs)
        patterns = Patterns.from_rows(codes, amounts, weights, kind=kind)
    else:
        layout = Layout(opened, population)
        table, codes = _grouped_codes(layout, specs, max_patterns)
        sums = layout.tally(table, np.arange(len(codes)), len(codes))
        labels = ("",) * len(codes)
        evidence = EvidenceTable(labels, kind.kind, sums.counts, sums.squared, origin=kind.origin)
        patterns = Patterns.of_sums(codes, evidence, kind)
        patterns = patterns.take(patterns.mass > 0.0)

    # Engines return groups in any order; results must not depend on it.
    return patterns.in_order()


def _in_groups(
    rows: Rows,
    population: Population,
    groups: "nw.Series[Any] | None",
    frame: Frame,
    period_order: Sequence[Any] | None,
) -> Rows:
    """Leave out rows without weight, and say of the others which group each is in.

    ``groups`` is the column of groups, of any type; None where rows are not grouped. A group of
    which no row has weight is none.
    """
    # An engine's query groups rows that weigh nothing, too.
    has_weight = rows.mass > 0.0
    if groups is None:
        return rows if has_weight.all() else rows.take(has_weight)

    values = period_values(groups)[0]
    if not has_weight.all():
        rows = rows.take(has_weight)
        values = values[has_weight].reset_index(drop=True)

    column = population.attributes[0]
    what, categories = f"group {column!r}", order_of_categories(frame, column)
    in_memory = isinstance(frame.table, nw.DataFrame)
    if frame.eager and not in_memory and period_order is None and categories is None:
        # A Polars table is asked lazily, which forgets the order of its rows: read one column.
        whole, _ = period_values(frame.collect(frame.lazy().select(column))[column])
        period_order = ordered_periods(what, whole.dropna())[1]
    period, periods = ordered_periods(
        what, values, period_order, in_memory=in_memory, categories=categories
    )
    return replace(rows, period=period, periods=periods)


def _rows_in_memory(
    frame: Frame,
    specs: Mapping[str, BinSpec],
    population: Population,
    period_order: Sequence[Any] | None,
) -> Rows:
    events, weights = rows_in_memory(frame, population)
    codes, table = _codes_in_memory(frame, specs), frame.table
    rows = Rows.of_sample(events.astype(np.float64), weights, codes=codes)
    groups: Any = table[population.attributes[0]] if population.attributes else None
    return _in_groups(rows, population, groups, frame, period_order)


def _rows_lazily(
    frame: Frame,
    specs: Mapping[str, BinSpec],
    population: Population,
    period_order: Sequence[Any] | None,
    max_patterns: int,
) -> Rows:
    """Group rows in the engine into patterns, each with its weights and codes."""
    layout = Layout(frame, population)
    table, codes = _grouped_codes(layout, specs, max_patterns)
    weights = table["n"].to_numpy().astype(np.float64)
    rows = Rows(
        target=table["y"].to_numpy().astype(np.float64),
        weights=weights,
        squared_weights=table["n2"].to_numpy() if layout.sums else weights,
        codes=codes,
    )
    groups = table["g0"] if population.attributes else None
    return _in_groups(rows, population, groups, frame, period_order)


def _codes_in_memory(frame: Frame, specs: Mapping[str, BinSpec]) -> IntArray:
    """Return the bin codes of rows in memory, shape (n_rows, n_features)."""
    table: Any = frame.table
    columns = read_columns(
        table.select(list(specs)).to_native(), kinds=[spec.kind for spec in specs.values()]
    )
    codes = [
        spec.encode(values, np.int32)
        for spec, values in zip(specs.values(), columns.data, strict=True)
    ]
    return np.column_stack(codes)


def _grouped_codes(
    layout: Layout, specs: Mapping[str, BinSpec], max_patterns: int
) -> tuple["nw.DataFrame[Any]", IntArray]:
    """Group rows by their bin codes and the keys of the layout, in one scan of the engine.

    Returns the table of groups in the order of their codes, and these.
    """
    packs = _packs(specs, layout.frame)
    packed = [pack.expression.alias(name) for name, pack in packs.items()]

    # One row more than the limit tells that it is exceeded; how many there are costs a second scan.
    counted = layout.grouped(layout.select(*packed), *packs)
    parts = list(layout.frame.collect_in_parts(counted.head(max_patterns + 1)))
    table = nw.concat(parts) if len(parts) > 1 else parts[0]
    del parts
    if len(table) > max_patterns:
        n_patterns = layout.frame.collect(counted.select(nw.len().alias("n"))).item()
        raise ValueError(_too_many(max_patterns, n_patterns))

    numbers = [table[name].to_numpy().astype(np.int64, copy=False) for name in packs]
    # Numbers in order are codes in order: of millions nothing has to be sorted again.
    order = np.lexsort(numbers[::-1])
    numbers = [number[order] for number in numbers]
    table = table.select([name for name in table.columns if name not in packs])[order]
    del order

    sizes = [size for pack in packs.values() for size in pack.sizes]
    small = max(sizes, default=0) <= _FEW_CODES
    codes: IntArray = np.empty((len(table), len(specs)), dtype=np.int16 if small else np.int32)
    columns = iter(codes.T)
    for number, pack in zip(numbers, packs.values(), strict=True):
        pack.unpack(number, [next(columns) for _ in pack.sizes])
    for column, spec in zip(codes.T, specs.values(), strict=True):
        _check_codes(column, spec)
    return table, codes


class _Pack(NamedTuple):
    """Codes of some features as one whole number: a group has one key, and a row one number."""

    expression: nw.Expr
    sizes: tuple[int, ...]

    def unpack(self, numbers: IntArray, columns: Sequence[IntArray]) -> None:
        """Write the codes of each feature to its column; the last is the last digit."""
        rest = numbers
        for size, column in zip(self.sizes[::-1], columns[::-1], strict=True):
            rest, column[:] = np.divmod(rest, size)


def _packs(specs: Mapping[str, BinSpec], frame: Frame) -> dict[str, _Pack]:
    """Pack features, in their order, into as few whole numbers of 63 bits as hold them."""
    packs: list[_Pack] = []
    for spec in specs.values():
        # Behind the code of what is unseen there is one for what is infinite below.
        size = spec.unseen_code + 2
        code = code_column(spec, frame).cast(nw.Int64)
        if packs and math.prod(packs[-1].sizes) * size <= _MOST_NUMBERS:
            expression, sizes = packs[-1]
            packs[-1] = _Pack(expression * size + code, (*sizes, size))
        else:
            packs.append(_Pack(code, (size,)))
    return {f"k{i}": pack for i, pack in enumerate(packs)}


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


def _too_many(max_patterns: int, n_patterns: int) -> str:
    return (
        f"rows of bin codes must take at most {max_patterns} different forms (counted by class), "
        f"got {n_patterns}; {_ANSWER}"
    )

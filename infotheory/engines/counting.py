"""Rows of a frame to counts: a scan for all numerical features, a group-by for each other."""

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._typing import BoolArray, FloatArray
from infotheory.cells import BinSpec, Factor, infinity_message
from infotheory.engines import numbers
from infotheory.engines.coded import any_table_of
from infotheory.engines.compared import may_join
from infotheory.engines.counts import FrameCounts, with_new_levels
from infotheory.engines.frames import IBIS, Frame, listed_columns, open_frame
from infotheory.engines.layout import CountedRows, Layout, Tally
from infotheory.engines.memory import read_columns, series_values
from infotheory.engines.periods import order_of_categories
from infotheory.engines.placing import level_weights
from infotheory.engines.population import (
    GroupLabel,
    Population,
    read_population,
    rows_in_memory,
)

__all__ = ["count_frame", "count_population"]

#: Number scans of engines that have one of their own; the others group by a tree of comparisons.
_SCANS = {
    "polars": numbers.count_polars,
    "duckdb": numbers.count_duckdb,
    "pyspark": numbers.count_spark,
    IBIS: numbers.count_ibis,
}

#: Bins and sums by feature; the bins may have become wider by new levels.
Counted = dict[str, tuple[BinSpec, Tally]]


def count_frame(
    frame: Any,
    specs: Mapping[str, BinSpec],
    *,
    target: str,
    event_label: Any = None,
    sample_weight: str | None = None,
    groups: str | Sequence[str] | None = None,
    classes: Sequence[Any] | None = None,
    new_levels: bool = False,
    shard: str | None = None,
    target_type: str = "binary",
) -> FrameCounts:
    """Count the rows of a frame over the bins of all features, by class and by group.

    Of a target that is an amount, the sums of its powers take the place of counts by class.

    Nothing but tables is collected. Polars and DuckDB, which run in this process, pass batches of
    rows through the kernel of ``BinSpec.encode``; Spark counts by itself.

    Parameters
    ----------
    frame : frame
        See ``open_frame``.
    specs : mapping of str to BinSpec
        Bins by feature.
    target : str
        Column with two distinct labels, or what ``target_type`` says.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text).
    sample_weight : str, optional
        Column of sampling weights.
    groups : str or sequence of str, optional
        Columns of groups; the group axis of the tables holds their combinations.
    classes : sequence, optional
        The labels, where the frame (a shard) may hold some of them only, or no rows.
    new_levels : bool
        Give categories that are in no bin a bin each, so that counts of shards can be added up and
        fitted. Otherwise they are counted as unseen.
    shard : str, optional
        Key of the rows; counts that share one do not add up.
    target_type : {"binary", "fraction", "rate", "continuous", "multiclass", "auto"}
        What the target is, see ``OptimalBinner``; the exposure of a rate is ``sample_weight``.

    Returns
    -------
    FrameCounts
        Counts of all features.

    Raises
    ------
    ValueError
        If a column is missing, target or weights are not valid, a number is infinite and not
        special, or a category is unseen where ``unknown="error"``.
    TypeError
        If a column does not hold what its bins are made of.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> X, y = load_german_credit()
    >>> from infotheory.binning import OptimalBinner
    >>> binner = OptimalBinner().fit(X[["housing"]], y)
    >>> counts = count_frame(X.assign(bad=y), binner.specs_, target="bad")
    >>> counts.tables["housing"].counts[:3].tolist()
    [[527.0, 186.0], [109.0, 70.0], [64.0, 44.0]]
    """
    opened = open_frame(frame)
    # A frame that was opened before may have been asked for something else.
    n_queries = len(opened.queries)

    attributes = listed_columns(groups)
    opened.check_columns("features", specs)
    population = read_population(
        opened,
        target=target,
        event_label=event_label,
        weights=sample_weight,
        groups=attributes,
        classes=classes,
        target_type=target_type,
        # A shard is one part of the rows: if its labels are named, others may hold all the weight.
        may_vanish=shard is not None and classes is not None,
    )
    return count_population(
        opened, specs, population, new_levels=new_levels, shard=shard, n_queries=n_queries
    )


def count_population(
    opened: Frame,
    specs: Mapping[str, BinSpec],
    population: Population,
    *,
    new_levels: bool = False,
    shard: str | None = None,
    n_queries: int,
) -> FrameCounts:
    """Count rows whose target, weights and groups have been checked.

    The first ``n_queries`` of the frame were asked for something else.
    """
    if not population.rows:
        counted = _nothing(specs, population)
    elif isinstance(opened.table, nw.DataFrame):
        counted = _count_in_memory(opened, specs, population, new_levels)
    else:
        counted = _count_lazily(opened, specs, population, new_levels)

    counted, groups = _groups_with_weight(counted, population.groups)
    tables = {
        name: any_table_of(spec, tally.counts, tally.squared, groups, population.kind)
        for name, (spec, tally) in counted.items()
    }
    return FrameCounts(
        specs={name: spec for name, (spec, _) in counted.items()},
        tables=tables,
        classes=population.classes,
        event_label=population.event_label,
        attributes=population.attributes,
        rows=population.rows,
        weighted=population.weights is not None,
        shards=() if shard is None else (shard,),
        target_kind=population.kind,
        queries=tuple(opened.queries[n_queries:]),
    )


def _groups_with_weight(
    counted: Counted, groups: tuple[GroupLabel, ...]
) -> tuple[Counted, tuple[GroupLabel, ...]]:
    """Leave out the groups of which no row has weight; every feature counts the same rows."""
    if not groups or not counted:
        return counted, groups
    first = next(iter(counted.values()))[1].counts
    has_weight: BoolArray = np.any(first.reshape(-1, len(groups)) != 0.0, axis=0)
    if has_weight.all():
        return counted, groups
    kept = {
        name: (spec, Tally(tally.counts[..., has_weight], tally.squared[..., has_weight]))
        for name, (spec, tally) in counted.items()
    }
    return kept, tuple(compress(groups, has_weight))


def _nothing(specs: Mapping[str, BinSpec], population: Population) -> Counted:
    return {name: (spec, Tally.zeros(population, spec.n_codes)) for name, spec in specs.items()}


def _count_in_memory(
    frame: Frame, specs: Mapping[str, BinSpec], population: Population, new_levels: bool
) -> Counted:
    """Count a frame in memory: each column is read once, and its rows are tallied by code."""
    table: Any = frame.table
    columns = read_columns(
        table.select(list(specs)).to_native(), kinds=[spec.kind for spec in specs.values()]
    )
    target, weights = rows_in_memory(frame, population)
    cell = population.cell(target, [table[name].to_numpy() for name in population.attributes])
    # Classes, groups and weights are placed once for all features.
    rows = CountedRows(population, cell, target, weights)

    counted = {}
    for (name, spec), values in zip(specs.items(), columns.data, strict=True):
        wide = spec
        if isinstance(values, Factor):
            _check_levels(frame, spec, values)
            wide = _widened(spec, values, weights) if new_levels else spec
        counted[name] = wide, rows.tally(wide.encode(values), wide.n_codes)
    return counted


def _count_lazily(
    frame: Frame, specs: Mapping[str, BinSpec], population: Population, new_levels: bool
) -> Counted:
    """Count by scans of the engine, numbers in one, each categorical feature by a group-by."""
    layout = Layout(frame, population)
    numerical = {name: spec for name, spec in specs.items() if spec.kind == "numerical"}
    # The scans of the engines read numbers as float64, which joins large integers.
    exact = {name: spec for name, spec in numerical.items() if may_join(frame, spec)}
    fast = {name: spec for name, spec in numerical.items() if name not in exact}
    scan = _SCANS.get(frame.engine, numbers.count_generic)
    tallies = scan(layout, fast) if fast else {}
    tallies |= numbers.count_generic(layout, exact) if exact else {}

    counted: Counted = {}
    for name, spec in specs.items():
        if spec.kind == "categorical":
            counted[name] = _count_levels(layout, spec, new_levels)
            continue

        # Infinite numbers were marked by two codes behind those of the bins.
        for code, value in ((spec.unseen_code, np.inf), (spec.unseen_code + 1, -np.inf)):
            if tallies[name].counts[code].any():
                raise ValueError(infinity_message(name, value))
        counted[name] = (spec, tallies[name].first(spec.n_codes))
    return counted


def _count_levels(layout: Layout, spec: BinSpec, new_levels: bool) -> tuple[BinSpec, Tally]:
    """Count a categorical feature: the engine groups by its values, which are read as levels."""
    column = nw.col(spec.name).alias("level")
    table = layout.frame.collect(layout.grouped(layout.select(column), "level"))

    order = order_of_categories(layout.frame, spec.name) if spec.ordered else ()
    factor = Factor.from_values(series_values(table["level"]), spec.name, order=order)
    _check_levels(layout.frame, spec, factor)
    wide = _widened(spec, factor, table["n"].to_numpy().astype(np.float64)) if new_levels else spec
    return wide, layout.tally(table, wide.encode(factor), wide.n_codes)


def _check_levels(frame: Frame, spec: BinSpec, factor: Factor) -> None:
    """Refuse numbers where no level is one: the column has become another."""
    dtype, reader = frame.dtypes[spec.name], spec.level_reader
    levels = [level for group in spec.levels for level in group]
    if dtype.is_float() and factor.levels and all(reader.number(level) is None for level in levels):
        message = (
            f"column {spec.name!r} must hold categories, got type {dtype} with "
            f"{factor.levels[0]}; cast it to the text that it had when the bins were made"
        )
        raise TypeError(message)


def _widened(spec: BinSpec, factor: Factor, weights: FloatArray | None) -> BinSpec:
    """Give new levels a bin each; levels whose rows have no weight count as absent."""
    weighted_levels = zip(factor.levels, level_weights(factor, weights), strict=True)
    levels = [level for level, weight in weighted_levels if weight > 0.0]
    return with_new_levels(spec, levels, ordered=factor.ordered)

"""Counts of numerical features on lazy engines: one scan, each with its fastest way to find cells.

Every function returns sums by the codes of ``BinSpec.mark`` for bins of numerical features by name.
"""

import math
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np

from infotheory._display import number_text
from infotheory._optional import require
from infotheory._search import OutsideCodes, SplitGrid, add_up_located
from infotheory.cells import BinSpec
from infotheory.engines.expressions import cell_codes
from infotheory.engines.layout import CountedRows, Layout, Tally

__all__ = ["count_duckdb", "count_generic", "count_ibis", "count_polars", "count_spark", "n_marks"]

#: Rows of a file, for which it is worth to lay a grid over the splits.
_MANY = 1_000_000


def n_marks(specs: Mapping[str, BinSpec]) -> dict[str, int]:
    """Return the number of codes of each feature, two of them for inf and -inf."""
    return {name: spec.unseen_code + 2 for name, spec in specs.items()}


def count_generic(layout: Layout, specs: Mapping[str, BinSpec]) -> dict[str, Tally]:
    """Count on any engine: cells by a tree of comparisons."""
    codes = [
        cell_codes(spec, layout.frame, start=start).alias(f"x{i}")
        for i, (spec, start) in enumerate(zip(specs.values(), _starts(specs), strict=True))
    ]
    return layout.count_features(layout.select(*codes), n_marks(specs))


def count_polars(layout: Layout, specs: Mapping[str, BinSpec]) -> dict[str, Tally]:
    """Count on Polars: its batches pass through a kernel, and nothing else comes back.

    A group-by of the codes of all features takes four times as long as reading the file.
    """
    import polars as pl

    tallies, adding, searches = _no_rows(layout, specs), Lock(), _searches(specs)

    def count(batch: Any) -> Any:
        counted = _of_batch(layout, searches, {c.name: c.to_numpy() for c in batch.iter_columns()})
        # Batches come in several threads at once.
        with adding:
            for name, tally in counted.items():
                tallies[name] += tally
        return pl.DataFrame({"rows": [batch.height]}, schema=schema)

    rows, schema = _numbers(layout, specs).to_native(), {"rows": pl.Int64}
    done: Any = rows.map_batches(count, schema=schema, streamable=True)
    layout.frame.collect(nw.from_native(done), engine="streaming")
    return tallies


def count_duckdb(layout: Layout, specs: Mapping[str, BinSpec]) -> dict[str, Tally]:
    """Count on DuckDB: its batches pass through a kernel.

    DuckDB runs in this process and has no search among sorted edges: its histogram takes three
    times as long and knows no weights, and a tree of comparisons takes much longer still.
    """
    for name in specs:
        layout.frame.number(name)  # raises where a column holds none

    # Null and NaN are one to the kernel: the engine need not look for NaN in every row.
    numbers = (nw.col(name).cast(nw.Float64).alias(f"x{i}") for i, name in enumerate(specs))
    tallies, rows = _no_rows(layout, specs), layout.select(*numbers).to_native()
    searches = _searches(specs)
    arrow = require("pyarrow", extra="duckdb", purpose="DuckDB relations")
    for batch in arrow.RecordBatchReader.from_stream(rows):
        column = {name: batch[name].to_numpy(zero_copy_only=False) for name in batch.schema.names}
        for name, tally in _of_batch(layout, searches, column).items():
            tallies[name] += tally
    return tallies


def _no_rows(layout: Layout, specs: Mapping[str, BinSpec]) -> dict[str, Tally]:
    sizes = n_marks(specs)
    return {name: Tally.zeros(layout.population, size) for name, size in sizes.items()}


class _Search(NamedTuple):
    """How the numbers of a feature are placed, worked out once for all batches."""

    grid: SplitGrid
    codes: OutsideCodes
    n_marks: int


def _searches(specs: Mapping[str, BinSpec]) -> dict[str, _Search]:
    """Work out how the numbers of each feature are placed: rows are many."""
    sizes = n_marks(specs)
    return {
        name: _Search(
            SplitGrid.of_splits(np.asarray(spec.splits, dtype=np.float64), _MANY),
            _codes_of(spec),
            sizes[name],
        )
        for name, spec in specs.items()
    }


def _of_batch(
    layout: Layout, searches: Mapping[str, _Search], column: Mapping[str, Any]
) -> dict[str, Tally]:
    """Count rows that are in memory, by the names of their layout and ``x0``, ``x1``, ..."""
    cell = layout.population.cell(column["y"], [column[name] for name in layout.group_names])
    rows = CountedRows(layout.population, cell, column["y"], column.get("w"), column.get("w2"))

    # What rows add is the same for every feature.
    terms, tallies = rows.stacked_terms(), {}

    for i, (name, search) in enumerate(searches.items()):
        numbers = np.ascontiguousarray(column[f"x{i}"], dtype=np.float64)
        sums = add_up_located(
            numbers,
            search.grid,
            search.codes,
            rows.cell,
            layout.population.n_cells,
            terms,
            four_powers=rows.four_powers,
        )
        tallies[name] = rows.tally_of(*sums, search.n_marks)
    return tallies


def _codes_of(spec: BinSpec) -> OutsideCodes:
    """Codes of numbers in no regular bin, as ``BinSpec.mark`` gives them."""
    places, special = spec.destinations, dict[float, int]()
    for group, values in enumerate(spec.special_numbers):
        special |= dict.fromkeys(values, int(places[spec.n_bins + group]))
    missing = int(places[spec.missing_code])
    return OutsideCodes(missing, spec.unseen_code, spec.unseen_code + 1, special)


def count_spark(layout: Layout, specs: Mapping[str, BinSpec]) -> dict[str, Tally]:
    """Count on Spark: cells by the binary search of its ``Bucketizer``.

    A tree of a thousand comparisons would be more code than Spark compiles.
    """
    from pyspark.ml.feature import Bucketizer

    # Adding 0 leaves one zero: Spark's search tells -0.0 from 0.0.
    numbers = _numbers(layout, specs)
    rows: Any = numbers.with_columns(nw.col(f"x{i}") + 0.0 for i in range(len(specs))).to_native()

    # A Bucketizer needs splits; a feature without any has one cell.
    with_splits = [i for i, spec in enumerate(specs.values()) if spec.splits]
    if with_splits:
        edges = [[-np.inf, *spec.splits, np.inf] for spec in specs.values() if spec.splits]
        cells = Bucketizer(
            splitsArray=edges,
            inputCols=[f"x{i}" for i in with_splits],
            outputCols=[f"cell{i}" for i in with_splits],
            # Missing values get a cell here and a code of their own further on.
            handleInvalid="keep",
        )
        rows = cells.transform(rows)
    return _count_cells(layout, specs, nw.from_native(rows))


def _count_cells(
    layout: Layout, specs: Mapping[str, BinSpec], rows: "nw.LazyFrame[Any]"
) -> dict[str, Tally]:
    """Count rows that hold numbers ``x0``, ... and the cells of regular ones, ``cell0``, ..."""
    codes = []
    for i, (spec, start) in enumerate(zip(specs.values(), _starts(specs), strict=True)):
        regular = (nw.col(f"cell{i}") if spec.splits else nw.lit(0)).cast(nw.Int32) + start
        code = cell_codes(spec, layout.frame, number=nw.col(f"x{i}"), start=start, regular=regular)
        codes.append(code.alias(f"x{i}"))
    coded = rows.select(*layout.keys, *layout.sums, *codes)
    return layout.count_features(coded, n_marks(specs))


def count_ibis(layout: Layout, specs: Mapping[str, BinSpec]) -> dict[str, Tally]:
    """Count in a database behind Ibis: cells by its own binary search, or by cases of cases."""
    rows: Any = _numbers(layout, specs).to_native()
    search = _width_bucket if layout.frame.database == "postgres" else _cases
    cells = {
        f"cell{i}": search(rows[f"x{i}"], spec.splits)
        for i, spec in enumerate(specs.values())
        if spec.splits
    }
    return _count_cells(layout, specs, nw.from_native(rows.mutate(**cells)))


def _width_bucket(x: Any, splits: Sequence[float]) -> Any:
    """Count the splits up to x by the function of PostgreSQL; the edges are one literal."""
    ibis = require("ibis", extra="ibis", purpose="tables of Ibis")
    text = ibis.literal("{" + ",".join(map(number_text, splits)) + "}")
    # In a query of its own it is read once; beside x PostgreSQL reads a thousand numbers a row.
    edges = text.cast("array<float64>").name("edges").as_table().as_scalar()

    @ibis.udf.scalar.builtin(
        name="width_bucket", signature=(("float64", "array<float64>"), "int32")
    )
    def bucket(value: Any, thresholds: Any) -> Any: ...

    return bucket(x, edges)


def _cases(x: Any, splits: Sequence[float]) -> Any:
    """Count the splits up to x by cases within cases.

    A tree of comparisons asks less of a row, but a thousand nested cases take Ibis a second.
    """
    ibis = require("ibis", extra="ibis", purpose="tables of Ibis")
    # About as many cases outside as inside: each row passes some 2 sqrt(n) of them.
    width = math.isqrt(len(splits)) + 1
    outer = []
    for first in range(0, len(splits) + 1, width):
        inner = splits[first : first + width]
        edges, last = inner[: width - 1], first + len(inner[: width - 1])
        within = ibis.literal(last, type="int32")
        if edges:
            below = (
                (x < edge, ibis.literal(code, type="int32"))
                for code, edge in enumerate(edges, start=first)
            )
            within = ibis.cases(*below, else_=within)

        # The last group has no edge behind it: what no other group takes is its.
        outer.append(within if len(inner) < width else (x < inner[-1], within))
    return ibis.cases(*outer[:-1], else_=outer[-1]) if len(outer) > 1 else outer[0]


def _numbers(layout: Layout, specs: Mapping[str, BinSpec]) -> "nw.LazyFrame[Any]":
    return layout.select(
        *(layout.frame.number(name).alias(f"x{i}") for i, name in enumerate(specs))
    )


def _starts(specs: Mapping[str, BinSpec]) -> list[int]:
    """First code of each feature where those of all stand in one row."""
    return np.cumsum([0, *n_marks(specs).values()])[:-1].tolist()

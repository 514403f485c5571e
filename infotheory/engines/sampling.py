"""Fine cells of all features: from some of the rows for numbers, a group-by for categories."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._codes import cell_sums
from infotheory._levels import level_text
from infotheory._optional import require
from infotheory._random import Rng, as_seed
from infotheory._search import as_written
from infotheory._typing import FloatArray, IntArray
from infotheory._validation import EXACT, LEAST_WEIGHT, as_weights, check_exact
from infotheory.cells import BinSpec, Factor
from infotheory.engines.frames import IBIS, Frame, backend_name, open_frame
from infotheory.engines.memory import read_columns, series_values
from infotheory.engines.periods import order_of_categories
from infotheory.engines.placing import (
    PrebinOptions,
    categorical_spec,
    numerical_spec,
    quantile_splits,
)
from infotheory.engines.special_codes import read_special_codes

__all__ = ["SAMPLE_ROWS", "PlacedCells", "cells_of_parts", "fine_cells", "with_codes_read"]

#: Rows of the random sample that places the fine cells; frames with no more rows are read whole.
SAMPLE_ROWS = 131_072
#: Fine cells in all; a feature of many pre-bins has four for each of them.
_FINE_CELLS = 1024
#: The sample of so many columns fills 64 MiB.
_COLUMNS_AT_ONCE = 64
#: Most parts of neighbouring rows that stand for a sample, and rows, in samples, for one of them.
_MOST_PARTS, _SAMPLES_A_PART = 8, 8
#: Standard errors of a random sample that a cell may hold beyond what it was made to hold; chance
#: takes no cell of a thousand features so far.
_MOST_ERRORS = 6.0

#: Databases behind Ibis that run on one machine.
_ONE_MACHINE = ("duckdb", "postgres", "sqlite", "mysql", "mssql", "oracle")
_GOLDEN = 2_654_435_769


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A feature in the sample (numbers) or by level (categories), with weights of its entries."""

    name: str
    values: FloatArray | Factor
    weights: FloatArray | None
    whole: bool


@dataclass(frozen=True, slots=True, eq=False)
class PlacedCells:
    """Fine cells of a number, placed by parts of the rows, and the weight that each may hold.

    ``most`` is a share of the weight of all regular rows; infinite for the cell of one value.
    """

    spec: BinSpec
    most: FloatArray

    def hold(self, weight: FloatArray) -> bool:
        """Whether the weights of the cells are those that a random sample would leave in them."""
        regular = weight[: self.spec.n_bins]
        return bool((regular <= self.most * regular.sum()).all())


def cells_of_parts(
    frame: Frame,
    options: Mapping[str, PrebinOptions],
    *,
    sample_weight: str | None = None,
    rng: Rng = 0,
) -> dict[str, PlacedCells]:
    """Place the fine cells of numbers by parts of neighbouring rows, where these cost little.

    A random sample of a file takes a read of the file, a few parts of it that of as many row
    groups. Neighbours may be unlike other rows: the counts of all rows tell, see ``PlacedCells``.
    Empty where there are no more rows than the sample, or parts would not be read alone.
    """
    if frame.engine not in _PARTS or isinstance(frame.table, nw.DataFrame):
        return {}
    kinds = frame.kinds(options, _declared(options))
    names, n_rows = _numbers_to_place(kinds, options), _n_rows(frame)
    if n_rows <= SAMPLE_ROWS:
        return {}

    parts, placed = _parts(n_rows, as_seed(rng)), {}
    for start in range(0, len(names), _COLUMNS_AT_ONCE):
        some = names[start : start + _COLUMNS_AT_ONCE]
        tables = _PARTS[frame.engine](frame, _chosen(frame, some, sample_weight), parts)
        if tables is None:
            return {}
        for column in _numbers_of(frame, some, nw.concat(tables), sample_weight, is_whole=False):
            option = options[column.name]
            spec = _place(column, option)
            placed[column.name] = _with_most(column, column.values, spec, option)
    return placed


def _parts(n_rows: int, seed: int) -> list[tuple[int, int]]:
    """Start and length of each part: one at a random place of each stretch of as many rows."""
    n_parts = min(max(n_rows // (_SAMPLES_A_PART * SAMPLE_ROWS), 1), _MOST_PARTS)
    ends = np.linspace(0, n_rows, n_parts + 1).astype(int)
    length = SAMPLE_ROWS // n_parts
    starts = np.random.default_rng(seed).integers(ends[:-1], ends[1:] - length, endpoint=True)
    return [(start, length) for start in starts.tolist()]


def _with_most(column: _Column, values: Any, spec: BinSpec, options: PrebinOptions) -> PlacedCells:
    """Say what cells hold at most, from what they hold in the sample that placed them."""
    codes = spec.mark(values)
    weight, squares = (
        sums[: spec.n_bins] for sums in cell_sums(codes, (spec.unseen_code + 2,), column.weights)
    )

    # Kish's number of rows; a part without a regular value stands for none.
    total = max(float(weight.sum()), LEAST_WEIGHT)
    n_rows = max(total * total / max(float(squares.sum()), LEAST_WEIGHT**2), 1.0)
    # Cells are made to hold an equal share, and those with ties hold more.
    share = np.maximum(weight / total, 1.0 / _n_cells(options))
    most = share + _MOST_ERRORS * np.sqrt(share / n_rows)

    # A cell of one value holds what it holds: a cut behind it is exact in any case.
    left = np.array([-np.inf, *spec.splits, np.inf])
    most[left[1:] == np.nextafter(left[:-1], np.inf)] = np.inf
    return PlacedCells(spec, most)


def fine_cells(
    frame: Any,
    options: "Mapping[str, PrebinOptions]",
    *,
    sample_weight: str | None = None,
    rng: Rng = 0,
) -> dict[str, BinSpec]:
    """Place the fine cells of all features: the first of the two passes over a frame.

    A numerical feature gets about 1024 quantile cells (a multiple of ``max_n_prebins``) of a random
    sample of about ``SAMPLE_ROWS`` rows, of all rows where there are no more, or the user's splits;
    a categorical one a cell for each of its levels. The sample is all that is collected besides
    levels. Pre-bins that are made of fine cells by the same quantile rule are those of all rows up
    to one fine cell, and exactly those where the sample is all rows.

    Parameters
    ----------
    frame : frame
        See ``open_frame``.
    options : mapping of str to PrebinOptions
        How the pre-bins of each feature are made.
    sample_weight : str, optional
        Column of sampling weights; rows of weight 0 count as absent.
    rng : int, numpy.random.Generator or None
        What draws the sample; fresh numbers when None.

    Returns
    -------
    dict of str to BinSpec
        Fine cells by feature.

    Raises
    ------
    ValueError
        If a column is missing, holds neither numbers nor categories, or holds an infinite value
        that is not special.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": range(20, 60)})
    >>> specs = fine_cells(frame, {"age": PrebinOptions(max_n_prebins=4)})
    >>> len(specs["age"].splits)  # a cell a value: there are few
    39
    """
    opened, seed = open_frame(frame), as_seed(rng)
    opened.check_columns("features", options)
    options = with_codes_read(options)

    if isinstance(opened.table, nw.DataFrame):
        columns = _columns_in_memory(opened, options, sample_weight, seed)
    else:
        columns = _columns_lazily(opened, options, sample_weight, seed)
    specs = {column.name: _place(column, options[column.name]) for column in columns}
    return {name: specs[name] for name in options}


def with_codes_read(options: Mapping[str, PrebinOptions]) -> dict[str, PrebinOptions]:
    """Read special codes over all features; of some of them they might be read in another way."""
    return {
        name: replace(
            option, special_codes=read_special_codes(option.special_codes, [*options])[name]
        )
        for name, option in options.items()
    }


def _place(column: _Column, options: PrebinOptions) -> BinSpec:
    """Place cells: more of them than pre-bins wherever there are more distinct values."""
    if isinstance(column.values, Factor):
        # Pooling rare levels is left to the pre-bins, which know the counts of all rows.
        lenient = replace(options, user_splits=None, cat_cutoff=None, cat_unknown="zero")
        cells = categorical_spec(column.name, column.values, column.weights, lenient)
        if not options.level_order:
            return cells
        # Declared levels have cells in every shard: what comes later has its place already.
        special = {value for _, group in cells.special for value in group}
        order = [level_text(level) for level in options.level_order]
        return replace(cells, levels=tuple((level,) for level in order if level not in special))

    n_prebins, n_cells = options.max_n_prebins, _n_cells(options)
    finer = replace(options, max_n_prebins=n_cells)
    spec = numerical_spec(column.name, column.values, column.weights, finer)
    if options.user_splits is not None:
        return spec

    is_regular = spec.mark(column.values) < spec.n_bins
    if column.weights is not None:
        is_regular &= column.weights > 0.0
    values = column.values[is_regular]
    weights = None if column.weights is None else column.weights[is_regular]

    # Few heavy values take all quantiles; the others then get cells by their rank.
    splits = np.array(spec.splits)
    if spec.n_bins <= n_prebins:
        distinct = np.unique(values)
        if len(distinct) > n_prebins:
            by_rank = as_written(quantile_splits(distinct, None, n_prebins + 1))
            splits = np.union1d(splits, by_rank)

    if not column.whole:
        frequent = _frequent(values, weights, n_cells)
        # The cell of a frequent value ends at the next float: nothing else is in it, in the sample
        # or out.
        ends = np.nextafter(frequent, np.inf)
        splits = np.unique(np.concatenate([splits, as_written(frequent), ends]))
    return replace(spec, splits=tuple(splits))


def _n_cells(options: PrebinOptions) -> int:
    """Return a multiple of the pre-bins: every quantile between them is one between fine cells."""
    n_prebins = options.max_n_prebins
    return n_prebins * max(_FINE_CELLS // n_prebins, 4)


def _frequent(values: FloatArray, weights: FloatArray | None, n_cells: int) -> FloatArray:
    """Return values that fill a cell.

    They get one of their own, so that the weight of a cut behind them is known exactly.
    """
    if weights is None:
        # A sort of the values alone takes a fifth of one that says where each of them was.
        distinct, weight = np.unique(values, return_counts=True)
    else:
        distinct, place = np.unique(values, return_inverse=True)
        weight = np.bincount(place, weights, minlength=len(distinct))
    return distinct[weight * n_cells >= weight.sum()]


def _columns_in_memory(
    frame: Frame, options: Mapping[str, PrebinOptions], weights: str | None, seed: int
) -> Iterator[_Column]:
    """Yield columns: levels of all rows, numbers of a sample where there are many."""
    table: Any = frame.table
    columns = read_columns(table.select(list(options)).to_native(), categorical=_declared(options))
    weight = None
    if weights is not None:
        name = f"sample_weight {weights!r}"
        weight = as_weights(table[weights].to_numpy(), len(table), name=name)

    is_whole = columns.n_rows <= SAMPLE_ROWS
    drawn = slice(None) if is_whole else _row_numbers(columns.n_rows, seed)
    for name, values in zip(columns.names, columns.data, strict=True):
        if isinstance(values, Factor):
            yield _Column(name, values, weight, whole=True)
        else:
            yield _Column(name, values[drawn], None if weight is None else weight[drawn], is_whole)


def _columns_lazily(
    frame: Frame, options: Mapping[str, PrebinOptions], weights: str | None, seed: int
) -> Iterator[_Column]:
    kinds = frame.kinds(options, _declared(options))
    drawn = _numbers_to_place(kinds, options)

    # Splits of the user need no values.
    by_user = [name for name, kind in kinds.items() if kind == "numerical" and name not in drawn]
    yield from (_Column(name, np.zeros(0), None, whole=True) for name in by_user)
    for start in range(0, len(drawn), _COLUMNS_AT_ONCE):
        yield from _draw(frame, drawn[start : start + _COLUMNS_AT_ONCE], weights, seed)

    for name, kind in kinds.items():
        if kind == "categorical":
            yield _levels(frame, name, weights)


def _numbers_to_place(kinds: Mapping[str, str], options: Mapping[str, PrebinOptions]) -> list[str]:
    """Numbers without splits of the user."""
    return [
        name
        for name, kind in kinds.items()
        if kind == "numerical" and options[name].user_splits is None
    ]


def _declared(options: Mapping[str, PrebinOptions]) -> list[str]:
    """Features that are categorical whatever the type of their column."""
    return [
        name
        for name, option in options.items()
        if option.categorical or option.level_order is not None
    ]


def _levels(frame: Frame, name: str, weights: str | None) -> _Column:
    chosen, weight = [nw.col(name).alias("level")], nw.len()
    if weights is not None:
        chosen, weight = [*chosen, frame.weight(weights).alias("w")], nw.col("w").sum()
    counted = frame.lazy().select(*chosen).group_by("level").agg(weight.alias("n"))
    table = frame.collect(counted)
    order = order_of_categories(frame, name)
    factor = Factor.from_values(series_values(table["level"]), name, order=order)
    return _Column(name, factor, table["n"].to_numpy().astype(np.float64), whole=True)


def _draw(frame: Frame, names: Sequence[str], weights: str | None, seed: int) -> Iterator[_Column]:
    """Draw rows, all of them where there are few."""
    n_rows = _n_rows(frame)
    rows = frame.lazy().select(*_chosen(frame, names, weights))
    is_whole = n_rows <= SAMPLE_ROWS
    table = frame.collect(rows) if is_whole else draw(frame, rows, n_rows, seed)
    yield from _numbers_of(frame, names, table, weights, is_whole=is_whole)


def _n_rows(frame: Frame) -> int:
    return int(frame.collect(frame.lazy().select(nw.len().alias("n"))).item())


def _chosen(frame: Frame, names: Sequence[str], weights: str | None) -> list[nw.Expr]:
    """Return numbers as ``x0``, ``x1``, ..., and their weights."""
    chosen = [frame.number(name).alias(f"x{i}") for i, name in enumerate(names)]
    if weights is not None:
        chosen.append(frame.weight(weights).alias("w"))
    return chosen


def _numbers_of(
    frame: Frame,
    names: Sequence[str],
    table: "nw.DataFrame[Any]",
    weights: str | None,
    *,
    is_whole: bool,
) -> Iterator[_Column]:
    """Yield the columns of a sample."""
    weight = None if weights is None else table["w"].to_numpy().astype(np.float64)
    for i, name in enumerate(names):
        values = table[f"x{i}"].to_numpy().astype(np.float64)
        _check_exact(frame, name, values)
        yield _Column(name, values, weight, is_whole)


def _check_exact(frame: Frame, name: str, sample: FloatArray) -> None:
    """Raise ValueError where a whole number is no float; rows are read where a sample is large."""
    # Of a small sample all cells end below such numbers: where rows that were not drawn hold some,
    # these are in the last cell, and nothing there depends on which of them is which.
    dtype = frame.dtypes[name]
    is_large = sample.size > 0 and float(np.nanmax(np.abs(sample), initial=0.0)) >= EXACT
    if is_large and (dtype.is_integer() or dtype.is_decimal()):
        distinct = frame.lazy().select(nw.col(name).alias("x")).group_by("x").agg(nw.len())
        check_exact(f"feature {name!r}", frame.collect(distinct)["x"].to_list())


Sampler = Callable[["nw.LazyFrame[Any]", int, int], "nw.LazyFrame[Any]"]


def draw(frame: Frame, rows: "nw.LazyFrame[Any]", n_rows: int, seed: int) -> "nw.DataFrame[Any]":
    """Collect a random sample of rows of a frame, or raise TypeError where none can be drawn."""
    if frame.engine not in _SAMPLERS:
        message = (
            f"fine cells need a random sample, which is known for {', '.join(_SAMPLERS)} and "
            f"tables in memory, got a frame of {frame.engine}; give user_splits, or turn it into "
            "one of these"
        )
        raise TypeError(message)
    # Rows are drawn by their numbers, which must be those of the next time.
    return frame.collect_in_order(_SAMPLERS[frame.engine](rows, n_rows, seed))


def _row_numbers(n_rows: int, seed: int) -> IntArray:
    drawn = np.random.default_rng(seed).choice(n_rows, SAMPLE_ROWS, replace=False, shuffle=False)
    # The order of rows means nothing here, and sorted ones are read from front to back.
    return np.sort(drawn)


def _draw_polars(rows: "nw.LazyFrame[Any]", n_rows: int, seed: int) -> "nw.LazyFrame[Any]":
    chosen = _row_numbers(n_rows, seed).tolist()
    numbered: Any = rows.to_native().with_row_index("_row")
    return nw.from_native(numbered).filter(nw.col("_row").is_in(chosen))


def _draw_duckdb(rows: "nw.LazyFrame[Any]", n_rows: int, seed: int) -> "nw.LazyFrame[Any]":
    """Draw rows by a hash of their number, which does not depend on threads."""
    numbered: Any = rows.to_native()
    # The hash fills 64 bits evenly: a share of the rows lies below this share of its range.
    limit = int(SAMPLE_ROWS / n_rows * 2.0**64)
    return nw.from_native(
        numbered.project("*, row_number() OVER () AS _row").filter(f"hash(_row, {seed}) < {limit}")
    )


def _draw_spark(rows: "nw.LazyFrame[Any]", n_rows: int, seed: int) -> "nw.LazyFrame[Any]":
    native: Any = rows.to_native()
    return nw.from_native(native.sample(fraction=SAMPLE_ROWS / n_rows, seed=seed))


def _draw_dask(rows: "nw.LazyFrame[Any]", n_rows: int, seed: int) -> "nw.LazyFrame[Any]":
    native: Any = rows.to_native()
    return nw.from_native(native.sample(frac=SAMPLE_ROWS / n_rows, random_state=seed))


def _draw_ibis(rows: "nw.LazyFrame[Any]", n_rows: int, seed: int) -> "nw.LazyFrame[Any]":
    """Draw rows by their number where one machine numbers them, else by the database's own dice."""
    native: Any = rows.to_native()
    ibis = require("ibis", extra="ibis", purpose="tables of Ibis")
    share = SAMPLE_ROWS / n_rows

    # A warehouse of many machines would gather all rows on one of them to number them.
    if backend_name(native) not in _ONE_MACHINE:
        return nw.from_native(native.filter(ibis.random() < share))

    # Multiples of a number near the golden ratio of 2^32 fill the circle evenly, also those of
    # every second or every tenth row; 64 bits hold the product.
    numbered = native.mutate(_row=ibis.row_number().cast("int64") % 2**31)
    place = (numbered["_row"] * _GOLDEN + seed % 2**32) % 2**32
    return nw.from_native(numbered.filter(place < int(share * 2**32)).drop("_row"))


_SAMPLERS: dict[str, Sampler] = {
    "polars": _draw_polars,
    "duckdb": _draw_duckdb,
    "pyspark": _draw_spark,
    "dask": _draw_dask,
    IBIS: _draw_ibis,
}


def _parts_of_polars(
    frame: Frame, chosen: Sequence[nw.Expr], parts: Sequence[tuple[int, int]]
) -> "list[nw.DataFrame[Any]] | None":
    native: Any = frame.lazy().select(*chosen).to_native()
    slices = [native.slice(*part) for part in parts]
    # Where the scan itself begins at the part, row groups before it are not read.
    plan = slices[-1].explain()
    if "Parquet SCAN" not in plan or "SLICE:" not in plan or "SLICE[" in plan:
        return None
    # One by one: together they would be planned as parts of one read of the file.
    return [nw.from_native(part.collect()) for part in slices]


def _parts_of_duckdb(
    frame: Frame, chosen: Sequence[nw.Expr], parts: Sequence[tuple[int, int]]
) -> "list[nw.DataFrame[Any]] | None":
    if (numbered := _one_file(frame)) is not None:
        # All in one scan, by what each row is numbered in its file: a limit of rows behind others
        # looks the numbers up first and joins the rows to them, which takes twice as long.
        ranges = " or ".join(
            f"file_row_number between {start} and {start + length - 1}" for start, length in parts
        )
        some: Any = numbered.filter(ranges)
        return [nw.from_native(some).select(*chosen).collect()]

    native: Any = frame.lazy().select(*chosen).to_native()
    slices = [native.limit(length, start) for start, length in parts]
    # Where the plan finds the rows by their numbers in the file, no others are read.
    if "file_row_number" not in slices[-1].explain():
        return None
    return [nw.from_native(part).collect() for part in slices]


def _one_file(frame: Frame) -> Any:
    """Return a relation of DuckDB that is all rows of one Parquet file as they lie, else None."""
    native: Any = frame.lazy().to_native()
    # A scan of files has these columns without being asked, unless the file has such a column.
    numbers = {"file_index", "file_row_number"}
    if numbers & {name.lower() for name in frame.columns}:
        return None
    ends = "max(file_index), min(file_row_number), max(file_row_number), count(*)"
    duckdb = require("duckdb", extra="duckdb", purpose="DuckDB relations")
    try:
        last_file, first, last, n_rows = native.aggregate(ends).fetchall()[0]
    except duckdb.BinderException:
        return None  # no scan of files, or a version that does not number them
    # Rows that a filter left out would be missing among the numbers.
    return native if (last_file, first, last) == (0, 0, n_rows - 1) else None


_Parts = Callable[
    [Frame, Sequence[nw.Expr], Sequence[tuple[int, int]]], "list[nw.DataFrame[Any]] | None"
]
_PARTS: dict[str, _Parts] = {"polars": _parts_of_polars, "duckdb": _parts_of_duckdb}

"""Fine cells of all features: from a random sample of the rows for numbers, from a group-by for categories."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory.cells import BinSpec, Factor
from infotheory.engines.frames import Frame, open_frame
from infotheory.engines.memory import Columns, read_columns
from infotheory.engines.placing import PrebinOptions, categorical_spec, numerical_spec, quantile_splits

__all__ = ["SAMPLE_ROWS", "fine_cells"]

#: Rows of the random sample that places the fine cells; frames with no more rows are read whole.
SAMPLE_ROWS = 131_072
_FINE_CELLS = 1024
_COLUMNS_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Values of one feature in the sample, with the weights of the same rows."""

    name: str
    values: FloatArray
    weights: FloatArray | None
    whole: bool


def fine_cells(
    frame: Any, options: Mapping[str, PrebinOptions], *, weights: str | None = None, random_state: int = 0
) -> dict[str, BinSpec]:
    """Place the fine cells of all features: the first of the two passes over a frame.

    A numerical feature gets about 1024 quantile cells (a multiple of ``max_n_prebins``) of a random sample of at most
    ``SAMPLE_ROWS`` rows, or the user's splits; a categorical one a cell for each of its levels. The sample is all that
    leaves the engine. Pre-bins that are made of fine cells by the same quantile rule are those of all rows up to one
    fine cell, and exactly those where the sample is all rows.

    Parameters
    ----------
    frame : frame
        See ``open_frame``.
    options : mapping of str to PrebinOptions
        How the pre-bins of each feature are made.
    weights : str, optional
        Column of sampling weights; rows of weight 0 count as absent.
    random_state : int
        Seed of the sample.

    Returns
    -------
    dict of str to BinSpec
        Fine cells by feature.

    Raises
    ------
    ValueError
        If a column is missing, holds neither numbers nor categories, or holds an infinite value that is not special.
    """
    opened = open_frame(frame)
    opened.check_columns("features", options)
    kinds = opened.kinds(options)
    drawn = [name for name, kind in kinds.items() if kind == "numerical" and options[name].user_splits is None]
    samples = _draw(opened, drawn, weights, random_state)
    found = {sample.name: _place(sample, options[sample.name]) for sample in samples}
    for name, kind in kinds.items():
        if kind == "categorical":
            found[name] = _levels(opened, name, weights, options[name])
        elif name not in found:
            found[name] = numerical_spec(name, np.zeros(0), None, options[name])
    return {name: found[name] for name in options}


def _place(sample: _Sample, options: PrebinOptions) -> BinSpec:
    """Quantile cells; more of them than pre-bins wherever there are more distinct values than pre-bins."""
    wanted = options.max_n_prebins
    n_cells = wanted * max(_FINE_CELLS // wanted, 4)
    spec = numerical_spec(sample.name, sample.values, sample.weights, replace(options, max_n_prebins=n_cells))
    kept = spec.mark(sample.values) < spec.n_bins
    if sample.weights is not None:
        kept &= sample.weights > 0.0
    values, weights = sample.values[kept], None if sample.weights is None else sample.weights[kept]
    splits = np.array(spec.splits)
    if spec.n_bins <= wanted:
        distinct = np.unique(values)
        if len(distinct) > wanted:
            splits = np.union1d(splits, quantile_splits(distinct, None, wanted + 1))
    if not sample.whole:
        frequent = _frequent(values, weights, n_cells)
        splits = np.unique(np.concatenate([splits, frequent, np.nextafter(frequent, np.inf)]))
    return replace(spec, splits=tuple(splits))


def _frequent(values: FloatArray, weights: FloatArray | None, n_cells: int) -> FloatArray:
    """Values that fill a cell: they get one of their own, so that the weight of a cut behind them is known exactly."""
    distinct, place = np.unique(values, return_inverse=True)
    weight = np.bincount(place, weights, minlength=len(distinct))
    return distinct[weight * n_cells >= weight.sum()]


def _levels(frame: Frame, name: str, weights: str | None, options: PrebinOptions) -> BinSpec:
    """Give each level that has weight a cell; pooling rare ones is left to the pre-bins."""
    if isinstance(frame.table, nw.DataFrame):
        column = _memory_columns(frame, [name]).data[0]
        factor = column if isinstance(column, Factor) else Factor.from_values(column, name)
        weight = None if weights is None else frame.table[weights].to_numpy().astype(np.float64)
    else:
        chosen = [nw.col(name).alias("level")]
        sums = nw.len().alias("n")
        if weights is not None:
            chosen.append(nw.col(weights).cast(nw.Float64).alias("w"))
            sums = nw.col("w").sum().alias("n")
        table = frame.lazy().select(*chosen).group_by("level").agg(sums).collect()
        factor = Factor.from_values(table["level"].to_numpy(), name)
        weight = table["n"].to_numpy().astype(np.float64)
    lenient = replace(options, user_splits=None, cat_cutoff=None, cat_unknown="zero")
    return categorical_spec(name, factor, weight, lenient)


def _memory_columns(frame: Frame, names: Sequence[str]) -> Columns:
    table: Any = frame.table
    return read_columns(table.select(list(names)).to_native())


def _draw(frame: Frame, names: Sequence[str], weights: str | None, seed: int) -> Iterator[_Sample]:
    """Draw rows, a few columns at a time."""
    if not names:
        return
    n_rows = _n_rows(frame)
    for start in range(0, len(names), _COLUMNS_AT_ONCE):
        chosen = names[start : start + _COLUMNS_AT_ONCE]
        yield from _draw_columns(frame, chosen, weights, seed, n_rows)


def _n_rows(frame: Frame) -> int:
    if isinstance(frame.table, nw.DataFrame):
        return len(frame.table)
    return int(frame.table.select(nw.len().alias("n")).collect().item())


def _draw_columns(frame: Frame, names: Sequence[str], weights: str | None, seed: int, n_rows: int) -> Iterator[_Sample]:
    whole = n_rows <= SAMPLE_ROWS
    if isinstance(frame.table, nw.DataFrame):
        drawn = slice(None) if whole else _row_numbers(n_rows, seed)
        columns = _memory_columns(frame, names).data
        weight = None if weights is None else frame.table[weights].to_numpy().astype(np.float64)[drawn]
        for name, column in zip(names, columns, strict=True):
            yield _Sample(name, np.asarray(column)[drawn], weight, whole)
        return
    chosen = [frame.number(name).alias(f"x{i}") for i, name in enumerate(names)]
    if weights is not None:
        chosen.append(nw.col(weights).cast(nw.Float64).alias("w"))
    rows = frame.lazy().select(*chosen)
    table = (rows if whole else sampler(frame.engine)(rows, n_rows, seed)).collect()
    weight = None if weights is None else table["w"].to_numpy().astype(np.float64)
    for i, name in enumerate(names):
        yield _Sample(name, table[f"x{i}"].to_numpy().astype(np.float64), weight, whole)


Sampler = Callable[["nw.LazyFrame[Any]", int, int], "nw.LazyFrame[Any]"]


def sampler(engine: str) -> Sampler:
    """Return the function that draws rows on an engine.

    Parameters
    ----------
    engine : str
        Name of the engine.

    Raises
    ------
    TypeError
        If rows cannot be drawn there.
    """
    if engine not in _SAMPLERS:
        message = (
            f"fine cells need a random sample, which is known for {', '.join(_SAMPLERS)} and tables in memory, got a "
            f"frame of {engine}; give user_splits, or turn it into one of these"
        )
        raise TypeError(message)
    return _SAMPLERS[engine]


def _row_numbers(n_rows: int, seed: int) -> IntArray:
    drawn = np.random.default_rng(seed).choice(n_rows, SAMPLE_ROWS, replace=False, shuffle=False)
    return np.sort(drawn)


def _draw_polars(rows: "nw.LazyFrame[Any]", n_rows: int, seed: int) -> "nw.LazyFrame[Any]":
    chosen = _row_numbers(n_rows, seed).tolist()
    numbered: Any = rows.to_native().with_row_index("_row")
    return nw.from_native(numbered).filter(nw.col("_row").is_in(chosen))


def _draw_duckdb(rows: "nw.LazyFrame[Any]", n_rows: int, seed: int) -> "nw.LazyFrame[Any]":
    """Draw rows by a hash of their number, which does not depend on threads."""
    numbered: Any = rows.to_native()
    limit = int(SAMPLE_ROWS / n_rows * 2.0**64)
    return nw.from_native(numbered.project("*, row_number() OVER () AS _row").filter(f"hash(_row, {seed}) < {limit}"))


def _draw_spark(rows: "nw.LazyFrame[Any]", n_rows: int, seed: int) -> "nw.LazyFrame[Any]":
    native: Any = rows.to_native()
    return nw.from_native(native.sample(fraction=SAMPLE_ROWS / n_rows, seed=seed))


_SAMPLERS: dict[str, Sampler] = {"polars": _draw_polars, "duckdb": _draw_duckdb, "pyspark": _draw_spark}

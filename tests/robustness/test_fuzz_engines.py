"""Frames of all engines with odd storage types: a worded error, or numbers."""

import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.binning import OptimalBinner
from infotheory.cells import BinSpec
from infotheory.engines import count_frame
from infotheory.evidence import population_stability_indices
from infotheory.evidence.binned_samples import OTHERS_NOT_REACHED
from infotheory.scorecard import Scorecard, ScorecardMonitor
from tests.robustness.outcome import check
from tests.robustness.test_fuzz_arrays import EXPLORING

N_ROWS = 60

#: Columns as PyArrow stores them, made from small integers and a mask of missing values.
STORAGE = {
    "int8": lambda k, m: pa.array(k, pa.int8(), mask=m),
    "uint64": lambda k, m: pa.array(k.astype(np.uint64) + np.uint64(2**63), pa.uint64(), mask=m),
    "int64": lambda k, m: pa.array(k * 2**61, pa.int64(), mask=m),
    "float16": lambda k, m: pa.array(k.astype(np.float16), pa.float16(), mask=m),
    "float32": lambda k, m: pa.array(k.astype(np.float32) / 3, pa.float32(), mask=m),
    "nan": lambda k, m: pa.array(np.where(k == 1, np.nan, k * 1.0), pa.float64(), mask=m),
    "infinite": lambda k, m: pa.array(np.where(k == 1, np.inf, k * 1.0), pa.float64(), mask=m),
    "bool": lambda k, m: pa.array(k > 1, pa.bool_(), mask=m),
    "decimal": lambda k, m: pa.array(k, pa.int64(), mask=m).cast(pa.decimal128(30, 2)),
    "text": lambda k, m: pa.array(np.array(["a", "", "é", "1"])[k].tolist(), mask=m),
    "large text": lambda k, m: pa.array(
        np.array(["a", "b", "c", "d"])[k].tolist(), pa.large_string(), mask=m
    ),
    "dictionary": lambda k, m: pa.array(
        np.array(["a", "b", "c", "d"])[k].tolist(), mask=m
    ).dictionary_encode(),
    "dictionary of integers": lambda k, m: pa.array(k, pa.int32(), mask=m).dictionary_encode(),
    "date": lambda k, m: pa.array(k, pa.int32(), mask=m).cast(pa.date32()),
    "moment": lambda k, m: pa.array(k * 10**9, pa.int64(), mask=m).cast(pa.timestamp("ns", "UTC")),
    "duration": lambda k, m: pa.array(k, pa.int64(), mask=m).cast(pa.duration("s")),
    "time": lambda k, m: pa.array(k, pa.int32(), mask=m).cast(pa.time32("s")),
    "binary": lambda k, m: pa.array([bytes([each]) for each in k.tolist()], pa.binary(), mask=m),
    "list": lambda k, _: pa.array([[each] for each in k.tolist()], pa.list_(pa.int64())),
    "struct": lambda k, _: pa.array([{"a": each} for each in k.tolist()]),
    "null": lambda k, _: pa.nulls(len(k)),
}
ENGINES = {
    "pandas": lambda table: table.to_pandas(),
    "pandas of arrow": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "pyarrow": lambda table: table,
    "polars": pl.from_arrow,
    "lazy polars": lambda table: pl.from_arrow(table).lazy(),
    "duckdb": duckdb.from_arrow,
}
NAMES = ("x", "x.y", 'a"b', "select", "é\u202e", "")
LABELS = {
    "integers": lambda y: pa.array(y, pa.int8()),
    "booleans": lambda y: pa.array(y.astype(bool)),
    "words": lambda y: pa.array(np.where(y, "yes", "no").tolist()),
    "floats": lambda y: pa.array(y.astype(float)),
    "one": lambda y: pa.array(np.zeros(len(y), dtype=np.int64)),
    "gaps": lambda y: pa.array(y, pa.int64(), mask=np.arange(len(y)) == 5),
}
WEIGHTS = {
    "floats": lambda k: pa.array(0.5 + k),
    "integers": lambda k: pa.array(k, pa.int32()),
    "decimals": lambda k: pa.array(1 + k, pa.int64()).cast(pa.decimal128(30, 1)),
    "zeros": lambda k: pa.array(np.zeros(len(k))),
    "negative": lambda k: pa.array(k - 1.0),
    "gaps": lambda k: pa.array(1.0 + k, pa.float64(), mask=k == 1),
}

SPECS = {
    "number": BinSpec(name="x", kind="numerical", splits=(0.5, 1.5)),
    "level": BinSpec(name="x", kind="categorical", levels=(("a", "0"), ("b", "1"))),
}


@st.composite
def frames(draw):
    """Name of an odd column, its table with labels, weights and months, an engine, and a weight."""
    rng = np.random.default_rng(draw(st.integers(0, 19)))
    n_rows = draw(st.sampled_from([N_ROWS, N_ROWS, N_ROWS, 1, 0]))
    kinds, mask = rng.integers(0, 4, n_rows), rng.random(n_rows) < draw(st.sampled_from([0.0, 0.2]))
    name = draw(st.sampled_from(NAMES))
    columns = {
        name: STORAGE[draw(st.sampled_from(sorted(STORAGE)))](kinds, mask),
        "label": LABELS[draw(st.sampled_from(sorted(LABELS)))](rng.integers(0, 2, n_rows)),
        "weight": WEIGHTS[draw(st.sampled_from(sorted(WEIGHTS)))](kinds),
        "month": pa.array(np.array(["2024-01", "2024-02"])[kinds % 2].tolist(), pa.string()),
    }
    table = pa.table(list(columns.values()), names=list(columns))
    engine = draw(st.sampled_from(sorted(ENGINES)))
    weight = draw(st.sampled_from([None, None, "weight"]))
    return name, table, engine, weight


def fit(name, frame, weight):
    model = OptimalBinner().fit_frame(frame, "label", features=[name], sample_weight=weight)
    assert np.isfinite(model.woe_[name]).all()
    assert np.isfinite(model.tables_[name].counts).all()
    return model


def score(name, frame, weight):
    card = Scorecard().fit_frame(frame, "label", features=[name], sample_weight=weight)
    again = Scorecard.from_json(card.to_json())
    monitor = ScorecardMonitor.from_reference_frame(again, frame, "label", sample_weight=weight)
    result = monitor.compare_frame(frame, "label", sample_weight=weight, periods="month")
    known = result.stability["reason"].isna()
    assert np.isfinite(result.stability.loc[known, "value"]).all()
    withheld = result.performance["value"].isna()
    assert result.performance.loc[withheld, "reason"].notna().all()


def stability(name, frame, weight):
    for spec in SPECS.values():
        specs = {name: BinSpec.from_dict(spec.to_dict() | {"name": name})}
        table = check(
            population_stability_indices, frame, frame, specs, periods="month", sample_weight=weight
        )
        if table is not None:
            # A reason says what is withheld, why the upper end is infinite, or why an interval of
            # no width is exact.
            told = table["value"].isna() | ~np.isfinite(table["high"])
            told |= table["low"] == table["high"]
            # Of a bin that happens to hold all rows it says what the upper end is of.
            alone = table["reason"].eq(OTHERS_NOT_REACHED)
            assert table["value"][alone].eq(0.0).all()
            assert table["reason"].notna().eq(told | alone).all()


def count(name, frame, weight):
    for spec in SPECS.values():
        specs = {name: BinSpec.from_dict(spec.to_dict() | {"name": name})}
        counts = check(count_frame, frame, specs, target="label", sample_weight=weight)
        if counts is not None:
            json.loads(counts.to_json())


CASES = {"fit": fit, "score": score, "stability": stability, "count": count}


def fuzz(case, n_examples):
    @settings(max_examples=settings.default.max_examples if EXPLORING else n_examples)
    @given(frames())
    def run(data):
        name, table, engine, weight = data
        try:
            frame = ENGINES[engine](table)
        except (pa.ArrowException, pl.exceptions.PolarsError, duckdb.Error, ValueError, TypeError):
            return  # the other package takes no such column
        check(CASES[case], name, frame, weight)

    run()


@pytest.mark.part_of("test_many_frames")
@pytest.mark.parametrize("case", CASES)
def test_few_frames(case):
    fuzz(case, 10)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_many_frames(case):
    fuzz(case, 100)

"""Whole numbers that no float tells apart: told apart all the same, or refused."""

from bisect import bisect_right
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from infotheory import decomposition, estimation, evidence
from infotheory import scorecard as s
from infotheory.binning import OptimalBinner, permutation_test
from infotheory.lattice import Information
from infotheory.tables import CountTable

FIRST = 2**53
RNG = np.random.default_rng(0)
SMALL = RNG.integers(0, 4, 400)
OTHER = np.where(RNG.random(400) < 0.6, SMALL, RNG.integers(0, 4, 400))
Y = (RNG.random(400) < 0.2 + 0.15 * SMALL).astype(int)
SCORE = RNG.random(400)
X = np.column_stack([SCORE, SCORE**2])


def large(labels, first=FIRST):
    return [first + int(label) for label in labels]


EXACT = {
    "int64": lambda v: np.array(large(v)),
    "negative": lambda v: np.array(large(v, -(2**60))),
    "uint64": lambda v: np.array(large(v, 2**63), dtype=np.uint64),
    "list": large,
    "beyond 64 bits": lambda v: large(v, 2**70),
    "objects": lambda v: np.array(large(v), dtype=object),
    "decimals": lambda v: np.array([Decimal(x) for x in large(v)], dtype=object),
    "Int64": lambda v: pd.array(large(v), dtype="Int64"),
    "UInt64": lambda v: pd.Series(large(v, 2**63), dtype="UInt64"),
    "Polars": lambda v: pl.Series(large(v)),
    "PyArrow": lambda v: pd.Series(large(v), dtype=pd.ArrowDtype(pa.int64())),
    "decimals of PyArrow": lambda v: pa.chunked_array([pa.array([Decimal(x) for x in large(v)])]),
    "text": lambda v: [str(x) for x in large(v)],
}
JOINED = {
    "float": lambda v: np.array(large(v), dtype=float),
    "floats in objects": lambda v: np.array([float(x) for x in large(v)], dtype=object),
    "with a null": lambda v: pd.Series([*large(v), None])[:-1],
    "both signs": lambda v: [-1 if x == 0 else 2**63 + int(x) for x in v],
    "beside a fraction": lambda v: [*large(v)[:-1], 0.5],
    "float32": lambda v: np.array(large(v, 2**24), dtype=np.float32),
}

PAIRS = np.arange(400) // 2
USES = {
    "entropy": (SMALL, lambda v: estimation.estimate_entropy(v).value),
    "information": (SMALL, lambda v: estimation.estimate_mutual_information(v, OTHER).value),
    "condition": (
        Y,
        lambda v: estimation.estimate_conditional_mutual_information(SMALL, OTHER, v).value,
    ),
    "series": (SMALL, lambda v: estimation.transfer_entropy(v, OTHER).value),
    "memory": (SMALL, lambda v: estimation.active_information_storage(v).value),
    "partition": (SMALL, lambda v: Information.from_labels(v).entropy()),
    "sources": (
        SMALL,
        lambda v: len(decomposition.estimate_partial_information(v, OTHER, target=Y).to_frame()),
    ),
    "groups": (SMALL, lambda v: len(evidence.group_metrics(Y, SCORE, v))),
    "groups of a table": (
        SMALL,
        lambda v: CountTable.from_codes(SMALL, Y, group=v).counts.shape[-1],
    ),
    "clusters": (
        PAIRS,
        lambda v: evidence.information_values(
            np.column_stack([SMALL, OTHER]), Y, clusters=v
        ).covariance[0, 1],
    ),
    "bands": (SMALL, lambda v: len(s.calibration_table(Y, SCORE, bands=v))),
    "clusters that change places": (
        PAIRS,
        lambda v: (
            permutation_test(OptimalBinner().fit(X, Y), X, Y, clusters=v, n_permutations=19, rng=0)[
                "x0"
            ].p_value
        ),
    ),
    "category": (
        SMALL,
        lambda v: (
            OptimalBinner(categorical_features=["a"], min_bin_size=0.01)
            .fit(pd.DataFrame({"a": v}), Y)
            .features_["a"]
            .table.counts.ravel()
        ),
    ),
    "periods": (
        np.sort(SMALL),
        lambda v: len(
            OptimalBinner().fit(pd.DataFrame({"a": SCORE}), Y, periods=v).period_table("a")
        ),
    ),
}


def is_refused(function, labels):
    try:
        function(labels)
    except ValueError as error:
        return "told apart" in str(error)
    return False


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.InfotheoryWarning")
@pytest.mark.parametrize("use", USES)
def test_labels_beyond_floats_are_told_apart(use):
    labels, function = USES[use]
    expected = function(labels)
    for storage, stored in EXACT.items():
        assert function(stored(labels)) == pytest.approx(expected), storage
    refused = {name for name, stored in JOINED.items() if is_refused(function, stored(labels))}
    for storage in set(JOINED) - refused:
        assert function(JOINED[storage](labels)) == pytest.approx(expected), storage
    assert refused >= {"float", "floats in objects", "with a null", "beside a fraction", "float32"}


def test_a_target_of_floats_that_stand_for_several_numbers_is_refused():
    y = np.array(large(Y), dtype=float)
    y[0] = 1.0
    with pytest.raises(ValueError, match="told apart"):
        OptimalBinner().fit(X, np.where(y == 1.0, 1.0, FIRST))
    assert OptimalBinner(event_label=FIRST + 1).fit(X, np.array(large(Y))).event_label_ == FIRST + 1


def with_null(values):
    return [*[None] * 40, *values[40:]]


FRAMES = {
    "array": lambda v: np.array(v)[:, None],
    "Int64": lambda v: pd.DataFrame({"x0": pd.array(with_null(v), dtype="Int64")}),
    "objects": lambda v: pd.DataFrame({"x0": pd.Series(with_null(v), dtype=object)}),
    "Polars": lambda v: pl.DataFrame({"x0": with_null(v)}),
    "uint64": lambda v: pl.DataFrame({"x0": pl.Series(with_null(v), dtype=pl.UInt64)}),
    "PyArrow": lambda v: pa.table({"x0": with_null(v)}),
    "decimals": lambda v: pa.table({"x0": with_null([Decimal(x) for x in v])}),
}
ENGINES = {
    "Polars, lazy": lambda t: pl.from_arrow(t).lazy(),
    "DuckDB": duckdb.from_arrow,
    "PyArrow": lambda t: t,
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=list(FRAMES))
def test_numbers_that_are_no_floats_are_refused(frame):
    with pytest.raises(ValueError, match="floats tell apart, got 9007199254740993"):
        OptimalBinner().fit(frame([FIRST, FIRST + 1] * 200), Y)
    binner = OptimalBinner(min_bin_size=0.01).fit(frame([FIRST + 2 * int(x) for x in SMALL]), Y)
    assert len(binner.features_["x0"].spec.splits) > 1
    with pytest.raises(ValueError, match="floats tell apart"):
        binner.transform(frame([FIRST, FIRST + 1] * 200))


@pytest.mark.parametrize("engine", ENGINES.values(), ids=list(ENGINES))
@pytest.mark.parametrize("kind", [int, Decimal])
def test_numbers_of_engines_are_refused_and_categories_told_apart(engine, kind):
    table = pa.table({"x": with_null([kind(v) for v in large(SMALL)]), "y": Y})
    with pytest.raises(ValueError, match="floats tell apart"):
        OptimalBinner().fit_frame(engine(table), "y")

    as_category = OptimalBinner(categorical_features=["x"], min_bin_size=0.01)
    binner = as_category.fit_frame(engine(table), "y")
    assert len(binner.features_["x"].spec.levels) == 4
    floats = pa.table({"x": [float(FIRST), None], "y": [0, 1]})
    with pytest.raises((TypeError, ValueError), match=r"told apart|several whole numbers"):
        binner.transform_frame(engine(floats))


def test_special_codes_and_splits_that_are_no_floats_are_refused():
    exact = np.array([FIRST + 2 * int(x) for x in SMALL])
    largest = np.iinfo(np.int64).max
    for options in ({"special_codes": [largest]}, {"user_splits": {"x0": [FIRST + 1]}}):
        with pytest.raises(ValueError, match="floats tell apart"):
            OptimalBinner(**options).fit(exact[:, None], Y)

    ids = pd.DataFrame({"x": [largest] * 40 + [largest - 1] * 360})
    binner = OptimalBinner(special_codes=[largest], categorical_features=["x"]).fit(ids, Y)
    assert binner.bin_codes(ids)[:, 0].tolist() == [1] * 40 + [0] * 360


@pytest.mark.parametrize("kind", ["BIGINT", "HUGEINT", "DECIMAL(38, 0)"])
@pytest.mark.parametrize("first", [2**53 - 16, 2**53, -(2**53) - 42, -(2**54) - 8])
def test_a_special_code_beside_whole_numbers_is_met_as_it_is_stored(first, kind):
    step = int(np.spacing(abs(float(first))))
    special, numbers = first + 3 * step, first + step * SMALL
    binner = OptimalBinner(min_bin_size=0.01, special_codes=[special])
    card = s.Scorecard(binner, signs="free").fit(pd.DataFrame({"x": numbers}), Y)
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE rows (x {kind})")
        stored = [special + i for i in range(-3 * step, 3 * step + 1)]
        database.executemany("INSERT INTO rows VALUES (?)", [[str(x)] for x in stored])
        scored = {
            "SQL": database.execute(card.to_sql("rows", dialect="duckdb")).fetchnumpy()["points"],
            "a frame": card.predict_points_frame(database.table("rows")).fetchnumpy()["points"],
        }
    for points in scored.values():
        splits, by_code = card.binner_.splits_["x"].tolist(), card.base_ + card.points_["x"]
        expected = [by_code[bisect_right(splits, x)] for x in stored]
        expected[stored.index(special)] = by_code[len(splits) + 1]
        assert points.tolist() == expected

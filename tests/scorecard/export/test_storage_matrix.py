"""Every storage of the same values gives the same points: frames, SQL, PMML, Python source."""

import sqlite3
from decimal import Decimal

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from infotheory.binning import OptimalBinner
from infotheory.scorecard import Scorecard
from tests.scorecard.export.test_pmml import needs_java

N = 400
CODES = np.resize([1, 2, 3, 10], N)
FLAGS = np.resize([True, False, True, True, False], N)
RNG = np.random.default_rng(0)
Y = (RNG.random(N) < np.where(CODES == 1, 0.2, np.where(CODES == 10, 0.7, 0.45))).astype(int)
Y_FLAGS = (RNG.random(N) < np.where(FLAGS, 0.25, 0.6)).astype(int)

#: Rows that are scored: one of each level, and one that is missing where the storage has nulls.
WHOLE, WITH_NULL = [1, 2, 3, 10], [1, 2, None, 3, 10]
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


def storages(values):
    """Each way to store values, by name: a column of a pandas, PyArrow or Polars table."""
    plain = [value for value in values if value is not None]
    whole = len(plain) == len(values)
    is_flag = isinstance(plain[0], bool)
    kinds = [*INTEGERS, "float32", "float64"]
    for kind in kinds:
        arrow = pa.array([None if v is None else int(v) for v in values]).cast(
            {"float32": "float", "float64": "double"}.get(kind, kind)
        )
        yield f"arrow {kind}", pa.table({"x": arrow})
        yield f"arrow dictionary {kind}", pa.table({"x": arrow.dictionary_encode()})
        yield f"polars {kind}", pl.from_arrow(pa.table({"x": arrow}))
        yield (
            f"pandas arrow {kind}",
            pd.DataFrame({"x": arrow.to_pandas(types_mapper=pd.ArrowDtype)}),
        )
        series = pd.Series(
            values, dtype=kind[0].upper() + kind[1:] if kind[0] != "u" else f"UI{kind[2:]}"
        )
        yield f"pandas nullable {kind}", pd.DataFrame({"x": series})
        yield f"pandas category {kind}", pd.DataFrame({"x": series.astype("category")})
        if whole or kind.startswith("float"):
            yield f"pandas {kind}", pd.DataFrame({"x": np.array(values, dtype=kind)})
    yield "pandas object", pd.DataFrame({"x": pd.Series(values, dtype=object)})
    decimals = [None if v is None else Decimal(int(v)) for v in values]
    yield "arrow decimal", pa.table({"x": pa.array(decimals, pa.decimal128(12, 2))})
    yield "polars decimal", pl.DataFrame({"x": pl.Series(decimals, dtype=pl.Decimal(12, 2))})

    texts = [None if v is None else str(v) for v in values]
    yield "pandas text", pd.DataFrame({"x": texts})
    yield "pandas category of text", pd.DataFrame({"x": pd.Categorical(texts)})
    yield "arrow text", pa.table({"x": texts})
    yield "arrow dictionary of text", pa.table({"x": pa.array(texts).dictionary_encode()})
    yield "polars categorical", pl.DataFrame({"x": pl.Series(texts, dtype=pl.Categorical)})
    names = list(dict.fromkeys(text for text in texts if text is not None))
    yield "polars enum", pl.DataFrame({"x": pl.Series(texts, dtype=pl.Enum(names))})
    if is_flag:
        yield "pandas bool", pd.DataFrame({"x": pd.Series(values, dtype="boolean")})
        yield "arrow bool", pa.table({"x": values})
        yield "polars bool", pl.DataFrame({"x": values})


def card_of(X, y):
    binner = OptimalBinner(categorical_features=[0], min_bin_size=0.0, monotonic_trend=None)
    return Scorecard(binner).fit(X, y)


CARDS = {
    "integers": (card_of(pd.DataFrame({"x": CODES}), Y), WHOLE, WITH_NULL),
    "flags": (
        card_of(pd.DataFrame({"x": FLAGS}), Y_FLAGS),
        [True, False],
        [True, None, False],
    ),
}
CASES = [
    pytest.param(card, values, name, table, id=f"{of}, {name}{', nulls' if None in values else ''}")
    for of, (card, *samples) in CARDS.items()
    for values in samples
    for name, table in storages(values)
]


def expected(card, values):
    """Points by hand: those of the bin that holds the text of the value."""
    spec, points = card.binner_.specs_["x"], card.points_["x"]
    place = {level: i for i, levels in enumerate(spec.levels) for level in levels}
    codes = [spec.missing_code if value is None else place[str(value)] for value in values]
    return [float(points[code]) + card.base_ for code in codes]


def column(table):
    frame = nw.from_native(table)
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return [float(value) for value in frame["points"].to_list()]


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.UnseenValueWarning")
@pytest.mark.parametrize(("card", "values", "name", "table"), CASES)
def test_points_do_not_depend_on_the_storage(card, values, name, table):
    points = expected(card, values)
    assert len(set(points)) >= 2
    assert card.predict_points(table).tolist() == points
    assert column(card.predict_points_frame(table)) == points
    if isinstance(table, pl.DataFrame):
        assert column(card.predict_points_frame(table.lazy())) == points

    source: dict = {}
    exec(card.to_python(), source)  # noqa: S102 - it is our own source
    rows = table["x"].to_pylist() if isinstance(table, pa.Table) else list(table["x"])
    assert [source["score"]({"x": None if row is pd.NA else row}) for row in rows] == points

    with duckdb.connect() as connection:
        relation = connection.from_arrow(_arrow(table))
        assert column(card.predict_points_frame(relation)) == points
        relation.create("rows")
        query = card.to_sql("rows", dialect="duckdb")
        assert [row[-1] for row in connection.sql(query).fetchall()] == points


def _arrow(table):
    if isinstance(table, pa.Table):
        return table
    return table.to_arrow() if isinstance(table, pl.DataFrame) else pa.Table.from_pandas(table)


@pytest.mark.parametrize("declared", ["", "INTEGER", "REAL", "NUMERIC", "TEXT", "BLOB"])
@pytest.mark.parametrize("of", CARDS)
@pytest.mark.parametrize("read", [int, float, str])
def test_sqlite_has_one_answer_whatever_it_stores(of, declared, read):
    card, _, values = CARDS[of]
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE rows (x {declared})")
        rows = [(None if v is None else read(v),) for v in values]
        connection.executemany("INSERT INTO rows VALUES (?)", rows)
        answers = connection.execute(card.to_sql("rows", dialect="sqlite")).fetchall()
    assert [row[-1] for row in answers] == expected(card, values)


@needs_java
@pytest.mark.parametrize("of", CARDS)
@pytest.mark.parametrize("read", [int, float, bool, str])
def test_pmml_takes_every_type_of_a_value(of, read, backend, tmp_path):
    from jpmml_evaluator import make_evaluator

    card, _, values = CARDS[of]
    if of == "integers" and read is bool:
        values = [None, 1]
    path = tmp_path / "card.pmml"
    path.write_text(card.to_pmml(), encoding="utf-8")
    text = {True: "true", False: "false"} if of == "flags" and read is str else {}
    rows = [None if v is None else text.get(v, read(v)) for v in values]
    answers = (
        make_evaluator(str(path), backend=backend)
        .verify()
        .evaluateAll(pd.DataFrame({"x": pd.Series(rows, dtype=object)}))
    )
    assert answers["points"].tolist() == expected(card, values)


@pytest.mark.parametrize("of", CARDS)
def test_bins_do_not_depend_on_the_storage_of_the_fit(of):
    card, y, values = (*CARDS[of][:1], *((Y, CODES) if of == "integers" else (Y_FLAGS, FLAGS)))
    spec = card.binner_.specs_["x"]
    for name, table in storages([value.item() for value in values]):
        bins = card_of(table, y).binner_.specs_["x"]
        reader = bins.level_reader
        assert reader.kind == ("number" if of == "integers" or "int" in name else reader.kind)
        if of == "integers":
            assert bins.levels == spec.levels, name


def test_text_that_is_no_number_stays_as_it_is():
    texts = np.resize(["01", "1", "1.0"], N)
    card = card_of(pd.DataFrame({"x": texts}), Y)
    (levels,) = [[level for group in card.binner_.specs_["x"].levels for level in group]]
    assert sorted(levels) == ["01", "1", "1.0"]


def test_numbers_beside_their_text_are_refused():
    for pair in ([1, "1"], [True, "True"]):
        X = pd.DataFrame({"x": pd.Series(np.resize(np.array(pair, dtype=object), N), dtype=object)})
        with pytest.raises(ValueError, match="hold each level in one type"):
            card_of(X, Y)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SpecialCodesWarning")
def test_a_special_code_beside_booleans_is_neither_of_them():
    X = pd.DataFrame({"x": FLAGS})
    card = Scorecard(OptimalBinner(special_codes={"refused": [-9]})).fit(X, Y_FLAGS)
    points = card.predict_points(X).tolist()
    assert column(card.predict_points_frame(pl.from_pandas(X).lazy())) == points
    with duckdb.connect() as connection:
        connection.from_df(X).create("rows")
        query = card.to_sql("rows", dialect="duckdb")
        assert [row[-1] for row in connection.sql(query).fetchall()] == points

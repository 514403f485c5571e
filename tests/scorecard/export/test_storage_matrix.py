"""Every storage of the same values gives the same points: frames, SQL, PMML, Python source.

A few storages of each library run always, all of them among the slow tests.
"""

import functools
import sqlite3
from contextlib import closing
from decimal import Decimal

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from infotheory.binning import OptimalBinner, merge_bins
from infotheory.scorecard import Scorecard
from tests.scorecard.export.test_pmml import needs_java

N = 500
VALUES = {
    "integers": [1, 2, 3, 10],
    "flags": [True, False],
    "fractions": [0.1, 0.25, 1.5, 2.0, -3.0],
    "words": ["North", "South", "01", "1.0", ""],
}
NUMPY_TYPES = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float32", "float64"]
TEXTS = ["text", "category of text", "dictionary of text", "enum", "large text", "text view"]
LIBRARIES = ["pandas", "pandas nullable", "pandas arrow", "pyarrow", "polars"]

#: What runs always: each library, and each kind of type.
QUICK = {
    ("pandas", "int8"),
    ("pandas", "category of int64"),
    ("pandas", "object"),
    ("pandas", "bool"),
    ("pandas", "category of float32"),
    ("pandas nullable", "uint64"),
    ("pandas nullable", "bool"),
    ("pandas arrow", "dictionary of int16"),
    ("pandas arrow", "bool"),
    ("pandas nullable", "category of text"),
    ("pyarrow", "float32"),
    ("pyarrow", "decimal"),
    ("pyarrow", "dictionary of text"),
    ("polars", "uint8"),
    ("polars", "float64"),
    ("polars", "bool"),
    ("polars", "enum"),
    ("polars", "decimal"),
}


def texts_of(values):
    return [None if value is None else str(value) for value in values]


def arrow_of(values, kind):
    """Return the values as an array of PyArrow."""
    if kind.startswith("dictionary of "):
        return arrow_of(values, kind.removeprefix("dictionary of ")).dictionary_encode()
    if kind in ("text", "large text", "text view"):
        types = {"text": pa.string(), "large text": pa.large_string(), "text view": None}
        return pa.array(texts_of(values), types[kind] or pa.string_view())
    if kind == "bool":
        return pa.array(values, pa.bool_())
    if kind == "decimal":
        decimals = [None if value is None else Decimal(str(+value)) for value in values]
        return pa.array(decimals, pa.decimal128(12, 2))
    name = {"float32": "float", "float64": "double"}.get(kind, kind)
    return pa.array([None if v is None else +v for v in values]).cast(name)


def pandas_of(values, library, kind):
    """Return the values as a column of pandas."""
    if kind.startswith("category of "):
        plain = pandas_of(values, library, kind.removeprefix("category of "))
        return plain.astype("category")
    if kind == "text":
        return pd.Series(texts_of(values), dtype={"pandas": object}.get(library, "string"))
    if library == "pandas arrow":
        return arrow_of(values, kind).to_pandas(types_mapper=pd.ArrowDtype)
    if library == "pandas nullable":
        name = "boolean" if kind == "bool" else kind[0].upper() + kind[1:]
        return pd.Series(values, dtype=f"UI{kind[2:]}" if kind[0] == "u" else name)
    return pd.Series(plain_of_pandas(values, kind))


def plain_of_pandas(values, kind):
    """Return the values as an array of numpy; beside a null integers become floats there."""
    if kind == "object" or (kind == "bool" and None in values):
        return np.array([*values, None], dtype=object)[:-1]
    as_float = None in values and kind in NUMPY_TYPES
    present = [np.nan if value is None else value for value in values]
    return np.array(present, dtype="float64" if as_float else kind)


def table_of(values, library, kind):
    """Return a table with the values in the column "x"."""
    if library == "pyarrow":
        return pa.table({"x": arrow_of(values, kind)})
    if library != "polars":
        return pd.DataFrame({"x": pandas_of(values, library, kind)})
    if kind in ("category of text", "enum"):
        names = list(dict.fromkeys(text for text in texts_of(values) if text is not None))
        dtype = pl.Categorical if kind == "category of text" else pl.Enum(names)
        return pl.DataFrame({"x": pl.Series(texts_of(values), dtype=dtype)})
    return pl.DataFrame({"x": pl.from_arrow(arrow_of(values, kind))})


def kinds_of(of, library):
    """Return the types of a library that hold the values."""
    numbers = {
        "integers": [*NUMPY_TYPES, *FLOATS],
        "flags": ["bool", *NUMPY_TYPES, *FLOATS],
        "fractions": FLOATS,
        "words": [],
    }[of]
    if library == "pyarrow":
        plain = [*numbers, *(["decimal"] if of != "words" else []), "text", "large text"]
        dictionaries = [kind for kind in plain if kind not in ("bool", "decimal")]
        return [*plain, "text view", *(f"dictionary of {kind}" for kind in dictionaries)]
    if library == "polars":
        decimal = ["decimal"] if of != "words" else []
        return [*numbers, *decimal, "text", "category of text", "enum"]
    plain = [*numbers, "text", *(["object"] if library == "pandas" else [])]
    arrow = ["decimal", "dictionary of text"] if library == "pandas arrow" else []
    arrow += ["dictionary of int16"] if library == "pandas arrow" and of == "integers" else []
    arrow = [kind for kind in arrow if not (kind == "decimal" and of == "words")]
    return [*plain, *arrow, *(f"category of {kind}" for kind in plain)]


STORAGES = [
    (of, library, kind) for of in VALUES for library in LIBRARIES for kind in kinds_of(of, library)
]


def once(storages, *, nulls):
    """Return the storages without those that hold the same column as one before them.

    Beside a null numpy keeps whole numbers as floats, and pandas has one type of text in both of
    its newer kinds.
    """
    seen, kept = set(), []
    for of, library, kind in storages:
        plain = kind.removeprefix("category of ")
        same = "float64" if nulls and library == "pandas" and plain in NUMPY_TYPES else plain
        place = "newer pandas" if plain == "text" and library.startswith("pandas ") else library
        column = (of, place, kind.startswith("category of "), same)
        if column not in seen:
            kept.append((of, library, kind))
        seen.add(column)
    return kept


def cases():
    """Return all storages with and without nulls, those that run always unmarked."""
    return [
        pytest.param(
            of,
            library,
            kind,
            nulls,
            id=f"{of}-{library}-{kind}{'-nulls' if nulls else ''}",
            marks=() if (library, kind) in QUICK else pytest.mark.slow,
        )
        for nulls in (False, True)
        for of, library, kind in once(STORAGES, nulls=nulls)
    ]


def rows_of(of):
    """Return rows of the fit: values, some of them missing, and their target."""
    rng = np.random.default_rng(0)
    values = np.resize(np.array([*VALUES[of], None], dtype=object), N)
    risks = dict(zip(VALUES[of], np.linspace(0.15, 0.75, len(VALUES[of])), strict=True))
    risk = [0.5 if value is None else risks[value] for value in values]
    return values.tolist(), (rng.random(N) < risk).astype(int)


def card_of(X, y):
    binner = OptimalBinner(categorical_features={"x": None}, min_bin_size=0.0, monotonic_trend=None)
    return Scorecard(binner, round=False).fit(X, y)


@functools.cache
def fitted(of, joined=False):
    values, y = rows_of(of)
    X = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    card = card_of(X, y)
    if not joined:
        return card
    return merge_bins(card, "x", [1, "Missing"], reason="a test", rows=(X, y))


def sample(of, nulls):
    first, *others = VALUES[of]
    return [first, None, *others] if nulls else VALUES[of]


def expected(of, values, joined=False):
    """Points by hand: those of the bin that holds the text of the value, or what is missing."""
    card = fitted(of, joined)
    spec, points = card.binner_.specs_["x"], card.points_["x"]
    place = {level: i for i, levels in enumerate(spec.levels) for level in levels}
    # Whole numbers have no point; "1.0" among the words is what somebody wrote.
    texts = [
        text.removesuffix(".0") if text and of != "words" else text for text in texts_of(values)
    ]
    missing = spec.joined.get(spec.missing_code, spec.missing_code)
    codes = [missing if text is None else place[text] for text in texts]
    return [float(points[code]) + card.base_ for code in codes]


def near(points, wanted):
    """Engines add points in their own order, so that the last digit may differ."""
    return np.allclose(points, wanted, rtol=0.0, atol=1e-9)


def column(table):
    frame = nw.from_native(table)
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return [float(value) for value in frame["points"].to_list()]


def arrow_table(table):
    if isinstance(table, pa.Table):
        return table
    return table.to_arrow() if isinstance(table, pl.DataFrame) else pa.Table.from_pandas(table)


def plain_rows(table, kind):
    """Return the values of a table as those who score row by row have them."""
    rows = table["x"].to_pylist() if isinstance(table, pa.Table) else list(table["x"])
    # A number of 32 bits in Python is one of numpy: as a float it has other digits.
    missing = [row is None or row is pd.NA for row in rows]
    short = np.float32 if kind.endswith("float32") else lambda row: row
    return [None if no else short(row) for row, no in zip(rows, missing, strict=True)]


@functools.cache
def python_source(of, joined):
    source: dict = {}
    exec(fitted(of, joined).to_python(), source)  # noqa: S102 - it is our own source
    return source["score"]


@functools.cache
def duckdb_query(of, joined):
    return fitted(of, joined).to_sql("rows", dialect="duckdb")


@pytest.fixture(scope="module")
def database():
    """One data base of DuckDB for all cases: to open one takes as long as all that they ask."""
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize("of", VALUES)
def test_missing_values_and_levels_have_points_of_their_own(of):
    """Otherwise a level taken for missing would not be seen below."""
    points = expected(of, sample(of, nulls=True))
    assert len(set(points)) >= 3
    assert points.count(points[1]) == 1
    unseen = fitted(of).points_["x"][-1] + fitted(of).base_
    assert unseen not in points


@pytest.mark.parametrize(("of", "library", "kind", "nulls"), cases())
def test_points_do_not_depend_on_the_storage(of, library, kind, nulls, database):
    """With missing values joined to a bin too, where there are some."""
    for joined in (False, True) if nulls else (False,):
        check_storage(of, library, kind, sample(of, nulls), joined, database)


def check_storage(of, library, kind, values, joined, database):
    card, points = fitted(of, joined), expected(of, values, joined)
    table = table_of(values, library, kind)
    assert near(card.predict_points(table), points)
    assert near(column(card.predict_points_frame(table)), points)
    if library == "polars":
        assert near(column(card.predict_points_frame(table.lazy())), points)
    score = python_source(of, joined)
    assert near([score({"x": row}) for row in plain_rows(table, kind)], points)

    if kind == "text view" or (library, kind) == ("pandas arrow", "decimal"):
        return  # PyArrow hands DuckDB neither of them
    if None not in values and library != "pandas":
        return  # the same type without nulls
    relation = database.from_arrow(arrow_table(table))
    assert near(column(card.predict_points_frame(relation)), points)
    database.execute("DROP TABLE IF EXISTS rows")
    relation.create("rows")
    answers = database.sql(duckdb_query(of, joined)).fetchall()
    assert near([row[-1] for row in answers], points)


@pytest.mark.parametrize("declared", ["", "INTEGER", "REAL", "NUMERIC", "TEXT", "BLOB"])
@pytest.mark.parametrize("of", VALUES)
@pytest.mark.parametrize("read", [int, float, str])
@pytest.mark.parametrize("joined", [False, True])
def test_sqlite_has_one_answer_whatever_it_stores(of, declared, read, joined):
    if of == "words" and (read is not str or declared in ("INTEGER", "REAL", "NUMERIC")):
        pytest.skip("words are no numbers")
    if of == "fractions" and read is int:
        pytest.skip("fractions are no integers")
    values = sample(of, nulls=True)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE rows (x {declared})")
        rows = [(None if v is None else read(v),) for v in values]
        connection.executemany("INSERT INTO rows VALUES (?)", rows)
        query = fitted(of, joined).to_sql("rows", dialect="sqlite")
        answers = connection.execute(query).fetchall()
    assert near([row[-1] for row in answers], expected(of, values, joined))


SPARK = {
    "integers": ["tinyint", "smallint", "int", "bigint", "float", "double", "decimal(12,2)"],
    "flags": ["boolean", "tinyint", "bigint", "double", "decimal(3,0)"],
    "fractions": ["float", "double", "decimal(12,2)", "decimal(20,6)"],
    "words": [],
}


@pytest.mark.parametrize(
    ("of", "kind"),
    [
        pytest.param(
            of,
            kind,
            marks=() if kind in ("boolean", "decimal(20,6)", "smallint") else pytest.mark.slow,
        )
        for of, kinds in SPARK.items()
        for kind in [*kinds, "string"]
    ],
)
@pytest.mark.parametrize("joined", [False, True])
def test_spark_gives_the_same_points(of, kind, joined, spark):
    values = sample(of, nulls=True)
    card, points = fitted(of, joined), expected(of, values, joined)
    texts = [(i, None if v is None else str(v).lower()) for i, v in enumerate(values)]
    if of == "words":
        texts = list(enumerate(values))
    elif kind == "string":
        texts = list(enumerate(texts_of(values)))
    frame = spark.createDataFrame(texts, "i int, x string")
    if of == "flags" and kind not in ("boolean", "string"):
        frame = frame.selectExpr("i", "CAST(x AS boolean) AS x")
        frame = frame.selectExpr("i", "CAST(x AS int) AS x")
    frame = frame.selectExpr("i", f"CAST(x AS {kind}) AS x")

    scored = card.predict_points_frame(frame)
    assert near([row["points"] for row in sorted(scored.collect())], points)
    frame.createOrReplaceTempView("rows_of_matrix")
    answers = spark.sql(card.to_sql("rows_of_matrix", dialect="spark")).collect()
    assert near([row[-1] for row in sorted(answers)], points)


@needs_java
@pytest.mark.parametrize("of", VALUES)
@pytest.mark.parametrize("joined", [False, True])
def test_pmml_takes_every_type_of_a_value(of, joined, backend, tmp_path):
    """All storages go through the Java machine at once."""
    from jpmml_evaluator import make_evaluator

    card = fitted(of, joined)
    path = tmp_path / "card.pmml"
    path.write_text(card.to_pmml(), encoding="utf-8")
    rows, points = [], []
    for _, library, kind in (storage for storage in STORAGES if storage[0] == of):
        values = sample(of, nulls=True)
        for row, value in zip(
            plain_rows(table_of(values, library, kind), kind), values, strict=True
        ):
            native = row.item() if isinstance(row, np.generic) else row
            # Floats of 32 bits have other digits in Java, and decimals no type there.
            if kind.endswith("float32") and of == "fractions":
                native = value
            is_missing = pd.isna(native)
            rows.append(None if is_missing else float(native) if kind == "decimal" else native)
        points.extend(expected(of, values, joined))
    evaluator = make_evaluator(str(path), backend=backend).verify()
    answers = evaluator.evaluateAll(pd.DataFrame({"x": pd.Series(rows, dtype=object)}))
    assert len(rows) > 50
    assert near(answers["points"].tolist(), points)


@pytest.mark.parametrize(
    ("of", "library", "kind"),
    [
        pytest.param(*storage, marks=() if (storage[1], storage[2]) in QUICK else pytest.mark.slow)
        for storage in once(STORAGES, nulls=True)
    ],
)
def test_cards_do_not_depend_on_the_storage_of_the_fit(of, library, kind):
    """A card learnt from one storage gives the points of the same card to rows of another."""
    values, y = rows_of(of)
    card, wanted = card_of(table_of(values, library, kind), y), fitted(of)
    others = {"object", "float64", "bool", "text"} & set(kinds_of(of, "pandas"))
    for other in sorted(others):
        rows = table_of(sample(of, nulls=True), "pandas", other)
        assert near(card.predict_points(rows), wanted.predict_points(rows)), other
    if of != "flags":  # whose levels are "1" or "True"
        specs = [one.binner_.specs_["x"] for one in (card, wanted)]
        keys = [[[*map(s.level_reader.key, group)] for group in s.levels] for s in specs]
        assert keys[0] == keys[1]


def test_text_that_is_no_number_stays_as_it_is():
    texts = np.resize(["01", "1", "1.0"], N)
    card = card_of(pd.DataFrame({"x": texts}), rows_of("integers")[1])
    (levels,) = [[level for group in card.binner_.specs_["x"].levels for level in group]]
    assert sorted(levels) == ["01", "1", "1.0"]


def test_numbers_beside_their_text_are_refused():
    for pair in ([1, "1"], [True, "True"]):
        X = pd.DataFrame({"x": pd.Series(np.resize(np.array(pair, dtype=object), N), dtype=object)})
        with pytest.raises(ValueError, match="hold each level in one type"):
            card_of(X, rows_of("integers")[1])


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SpecialCodesWarning")
@needs_java
def test_a_special_code_beside_booleans_is_neither_of_them(backend, tmp_path):
    from jpmml_evaluator import make_evaluator

    values, y = rows_of("flags")
    X = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    card = Scorecard(OptimalBinner(special_codes={"refused": [-9]})).fit(X, y)
    points = card.predict_points(X).tolist()
    assert len(set(points)) == 3
    frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.Boolean)})
    assert column(card.predict_points_frame(frame.lazy())) == points
    with duckdb.connect() as connection:
        connection.from_arrow(frame.to_arrow()).create("rows")
        query = card.to_sql("rows", dialect="duckdb")
        assert [row[-1] for row in connection.sql(query).fetchall()] == points

    path = tmp_path / "card.pmml"
    path.write_text(card.to_pmml(), encoding="utf-8")
    evaluator = make_evaluator(str(path), backend=backend).verify()
    for read in (bool, int, float, str):
        rows = [None if value is None else read(value) for value in values[:3]]
        answers = evaluator.evaluateAll(pd.DataFrame({"x": pd.Series(rows, dtype=object)}))
        assert answers["points"].tolist() == points[:3], read

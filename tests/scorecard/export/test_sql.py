"""The SQL query: run in DuckDB and SQLite, parsed back in the other dialects."""

import sqlite3
import sys
from contextlib import closing

import duckdb
import numpy as np
import pandas as pd
import pytest
import sqlglot

from infotheory.binning import OptimalBinner
from infotheory.exceptions import MissingDependencyError, UnseenValueWarning
from infotheory.scorecard import Scorecard
from tests.scorecard.export.conftest import AGE, check_equal, hard_rows, portfolio

DIALECTS = [
    "duckdb",
    "sqlite",
    "postgres",
    "mysql",
    "tsql",
    "snowflake",
    "bigquery",
    "spark",
    "databricks",
    "oracle",
]
DIALECTS += ["redshift", "trino", "clickhouse", "hive", "teradata"]


RELEASE = tuple(int(part) for part in sqlglot.__version__.split(".")[:2])
needs_sound_quotes = pytest.mark.skipif(
    RELEASE < (30, 30), reason="the names of this card are refused, as another test says"
)


def run_duckdb(card, rows, dialect="duckdb"):
    with duckdb.connect() as connection:
        connection.register("my loans", rows)
        return connection.sql(card.to_sql('"my loans"', dialect=dialect)).df()


def run_sqlite(card, rows, dialect="sqlite"):
    numeric = {name: spec.kind == "numerical" for name, spec in card.binner_.specs_.items()}
    quoted = ['"' + name.replace('"', '""') + '"' for name in rows.columns]
    declared = [
        f"{q} {'REAL' if numeric[name] else 'TEXT'}"
        for q, name in zip(quoted, rows.columns, strict=True)
    ]
    plain = rows.astype(object).where(rows.notna(), None)
    for name in rows.select_dtypes(bool).columns:
        plain[name] = rows[name].astype(str)  # SQLite has no booleans
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f'CREATE TABLE "my loans" ({", ".join(declared)})')
        marks = ", ".join("?" * len(quoted))
        connection.executemany(
            f'INSERT INTO "my loans" VALUES ({marks})', plain.itertuples(index=False, name=None)
        )
        cursor = connection.execute(card.to_sql('"my loans"', dialect=dialect))
        names = [column[0] for column in cursor.description]
        points = [row[-1] for row in cursor.fetchall()]
    return names, points


def test_duckdb_gives_the_points_of_100_000_rows(card):
    rows = hard_rows(card, 100_000)
    result = run_duckdb(card, rows)
    assert list(result.columns) == [*rows.columns, "points"]
    check_equal(card, rows, result["points"])


def test_sqlite_gives_the_points_of_100_000_rows(card):
    rows = hard_rows(card, 100_000)
    names, points = run_sqlite(card, rows)
    assert names == [*rows.columns, "points"]
    check_equal(card, rows, points)


def test_the_query_without_a_dialect_runs_in_both(card):
    rows = hard_rows(card, 2000)
    check_equal(card, rows, run_duckdb(card, rows, None)["points"])
    check_equal(card, rows, run_sqlite(card, rows, None)[1])


@needs_sound_quotes
@pytest.mark.parametrize("dialect", DIALECTS)
def test_other_dialects_read_what_is_written(card, dialect):
    text = card.to_sql("bank.loans", dialect=dialect)
    tree = sqlglot.parse_one(text, dialect=dialect)
    # Texts that run over lines are written on one: an indent would get into them.
    assert tree.sql(dialect=dialect) == text
    columns = {column.name for column in tree.find_all(sqlglot.exp.Column)} - {"*", ""}
    assert columns == set(card.binner_.specs_)
    levels = {node.this for node in tree.find_all(sqlglot.exp.Literal, sqlglot.exp.National)}
    wanted = {
        text
        for spec in card.binner_.specs_.values()
        for group in spec.levels
        for level in group
        for text in spec.level_reader.texts(level)
    }
    assert wanted <= levels


@needs_sound_quotes
@pytest.mark.parametrize("dialect", [d for d in DIALECTS if d not in ("duckdb", "sqlite")])
def test_other_dialects_mean_the_same(card, dialect):
    """The text of each dialect, translated to DuckDB by sqlglot, gives the points."""
    rows = hard_rows(card, 2000)
    text = sqlglot.transpile(card.to_sql("loans", dialect=dialect), read=dialect, write="duckdb")[
        0
    ].replace("N'", "'")
    if dialect == "tsql":
        text = text.replace(
            "AS REAL", "AS DOUBLE"
        )  # FLOAT of T-SQL has 53 bits, which sqlglot does not know
    with duckdb.connect() as connection:
        connection.register("loans", rows)
        check_equal(card, rows, connection.sql(text).df()["points"])


@needs_sound_quotes
def test_numbers_are_float64_and_names_are_quoted(card):
    text = card.to_sql("loans", dialect="postgres")
    for split in card.binner_.specs_["income"].splits:
        literal = repr(abs(split))
        assert f"{literal}e0" in text or literal in text
    assert '"age ""of"" client\'s"' in text
    assert 'FROM "loans" AS "t"' in text
    assert "[loans] AS [t]" in card.to_sql("loans", dialect="tsql")
    assert '"bank"."loans"' in card.to_sql("bank.loans", dialect="snowflake")
    assert "N'é 住所'" in card.to_sql("loans", dialect="tsql")


def test_integer_decimal_and_text_columns_compare_as_float64():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.integers(0, 20, size=2000) / 10, "k": rng.integers(0, 9, size=2000)})
    card = Scorecard().fit(X, (rng.random(2000) < 0.1 + X["x"] / 4 + X["k"] / 40).astype(int))
    with duckdb.connect() as connection:
        connection.register("raw", X)
        connection.sql(
            "CREATE TABLE a AS SELECT CAST(x AS DECIMAL(9, 2)) AS x, CAST(k AS TINYINT) AS k FROM "
            "raw"
        )
        connection.sql(
            "CREATE TABLE b AS SELECT CAST(x AS VARCHAR) AS x, CAST(k AS VARCHAR) AS k FROM raw"
        )
        for table in "ab":
            points = connection.sql(card.to_sql(table, dialect="duckdb")).df()["points"]
            np.testing.assert_array_equal(points, card.predict_points(X))


def test_categories_of_other_types():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "kind": pd.Categorical(rng.choice(["a", "b", "c"], size=900)),
            "flag": rng.random(900) < 0.5,
        }
    )
    y = (rng.random(900) < 0.2 + 0.3 * (X["kind"] == "a") + 0.2 * X["flag"]).astype(int)
    card = Scorecard().fit(X, y)
    rows = X.assign(kind=pd.Categorical(["z", *X["kind"].iloc[1:]]))
    with duckdb.connect() as connection:
        connection.register("loans", rows)
        points = connection.sql(card.to_sql("loans", dialect="duckdb")).df()["points"]
    with pytest.warns(UnseenValueWarning):
        np.testing.assert_array_equal(points, card.predict_points(rows))


def test_what_is_refused_is_null(strict_card):
    X = portfolio()[0].head(3).reset_index(drop=True)
    X.loc[0, "income"], X.loc[1, "region"] = -np.inf, "unseen"
    for row in (0, 1):
        with pytest.raises(ValueError, match=r"infinity|only categories seen"):
            strict_card.predict_points(X.iloc[[row]])
    for points in (run_duckdb(strict_card, X)["points"], pd.Series(run_sqlite(strict_card, X)[1])):
        assert points.isna().tolist() == [True, True, False]


def test_a_card_without_characteristics_in_the_regression():
    card = Scorecard().fit(np.ones((40, 2)), np.repeat([0, 1], [30, 10]))
    with duckdb.connect() as connection:
        connection.register("loans", pd.DataFrame({"x0": [1.0], "x1": [1.0]}))
        assert connection.sql(card.to_sql("loans")).df()["points"][0] == card.base_


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"table_name": "", "dialect": None}, "table_name must be the name of a table, got ''"),
        (
            {"table_name": "a 'b", "dialect": None},
            "table_name must be the name of a table, got .* quote it",
        ),
        (
            {"table_name": "a.b.c.d.e.f(", "dialect": None},
            "table_name must be the name of a table, got 'a.b.c.d.e.f",
        ),
        (
            {"table_name": "loans", "dialect": "cobol"},
            "dialect must be one of .*duckdb.*, or None, got 'cobol'",
        ),
    ],
)
def test_errors(strict_card, arguments, text):
    with pytest.raises(ValueError, match=text):
        strict_card.to_sql(**arguments)


def test_sqlglot_is_asked_for_by_name(strict_card, monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    with pytest.raises(
        MissingDependencyError,
        match=r"to_sql\(\) needs the package 'sqlglot', .*infotheory-stats\[sql\]",
    ):
        strict_card.to_sql("loans")


def test_no_characteristic_may_be_called_points():
    X, y = portfolio()
    card = Scorecard(OptimalBinner()).fit(X[[AGE]].rename(columns={AGE: "Points"}), y)
    with pytest.raises(
        ValueError, match=r"no characteristic may be called 'points', .* got 'Points'"
    ):
        card.to_sql("loans")


def test_a_name_is_a_name_and_nothing_else(strict_card):
    text = strict_card.to_sql("loans; DROP TABLE loans", dialect="duckdb")
    assert 'FROM "loans; DROP TABLE loans" AS "t"' in text
    assert len(sqlglot.parse(text, dialect="duckdb")) == 1

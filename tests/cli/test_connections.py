"""Databases on the command line, as far as no Ibis is needed: names, passwords, what is written."""

import sys

import polars as pl
import pytest

from infotheory.cli import main
from infotheory.cli.connections import _parts, opened_table, rows_of_table, write_queries
from infotheory.engines import Query, open_frame
from infotheory.exceptions import QueryError

ROWS = pl.DataFrame({"amount": [1.0, 2.5, None], "region": ["a", "b", "a"]})


def error_of(words, capsys):
    assert main([str(word) for word in words]) == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    "url",
    [
        "postgres://me:hunter2@host/bank",
        "postgres://me:hun@ter2@host/bank",
        "postgres://host/bank?password=hunter2",
        "postgres://host/bank?sslmode=require&pwd=hunter2",
        "snowflake://host/bank?private_key=hunter2",
        "mysql://host/bank?api_key=hunter2",
    ],
)
@pytest.mark.parametrize("command", ["bin", "report"])
def test_a_password_is_refused_and_never_repeated(capsys, tmp_path, url, command):
    words = [command, "--connect", url, "--table", "loans", "--target", "y", "-o", tmp_path / "out"]
    said = error_of(words, capsys)
    assert "--connect must hold no password" in said
    assert "PGPASSWORD" in said
    assert "hun" not in said
    assert not (tmp_path / "out").exists()
    # neither where the words cannot be read at all
    with pytest.raises(SystemExit):
        main([command, url, url, "--target", "y"])
    assert "hunter2" not in capsys.readouterr().err


@pytest.mark.parametrize("url", ["bank.db", "POSTGRES://host/bank", "://host", ""])
def test_a_url_has_a_scheme(capsys, tmp_path, url):
    words = ["bin", "--connect", url, "--table", "loans", "--target", "y", "-o", tmp_path]
    said = error_of(words, capsys)
    assert "--connect must be a URL such as postgres://user@host/bank" in said


@pytest.mark.parametrize("scheme", ["duckdb", "sqlite"])
def test_no_database_is_made_where_none_is(capsys, tmp_path, scheme):
    path = tmp_path / "none.db"
    words = ["bin", "--connect", f"{scheme}://{path}", "--table", "t", "--target", "y"]
    said = error_of([*words, "-o", tmp_path / "out"], capsys)
    assert "--connect must name a file that is there" in said
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_named_with_its_extra(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ibis", None)
    (tmp_path / "bank.db").write_bytes(b"")
    url = f"duckdb://{tmp_path / 'bank.db'}"
    words = ["bin", "--connect", url, "--table", "t", "--target", "y", "-o", tmp_path / "out"]
    said = error_of(words, capsys)
    assert "tables in a database" in said
    assert "[ibis]" in said


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "got no DATA; give DATA, or --connect URL --table NAME"),
        (["--table", "loans"], "got --table without --connect"),
        (["--connect", "duckdb://x"], "got no --table"),
        (["rows.csv", "--connect", "duckdb://x", "--table", "t"], "got DATA beside it"),
        (
            ["--connect", "duckdb://x", "--table", "t", "--separator", "comma"],
            "got --separator beside it",
        ),
        (
            ["--connect", "duckdb://x", "--table", "t", "--encoding", "utf-8"],
            "got --encoding beside it",
        ),
    ],
)
def test_rows_are_in_one_place(capsys, tmp_path, words, text):
    assert text in error_of(["bin", *words, "--target", "y", "-o", tmp_path], capsys)


@pytest.mark.parametrize(
    ("name", "place", "table"),
    [
        ("loans", [], "loans"),
        ("bank.loans", ["bank"], "loans"),
        ("db.bank.loans", ["db", "bank"], "loans"),
        ('"my loans"', [], "my loans"),
        ('bank."a.b"', ["bank"], "a.b"),
        ('"he said ""no"""', [], 'he said "no"'),
        # what cannot be cut may still be the very name of a table
        ("a..b", [], "a..b"),
        ('"open', [], '"open'),
        ("a.", [], "a."),
    ],
)
def test_names_are_cut_at_dots_outside_quotes(name, place, table):
    assert _parts(name, "--table") == (place, table)


def test_a_name_has_three_parts_at_most():
    with pytest.raises(ValueError, match=r"--table must be table, schema\.table or database"):
        _parts("a.b.c.d", "--table")


class Bank:
    """A database of two schemas that answers as those of Ibis do."""

    name = "sqlite"

    def __init__(self):
        self.tables = {None: ["loans", "odd.name"], "old": ["loans", "Closed"], "new": []}

    def list_tables(self, *, database=None):
        schema = database[1] if isinstance(database, tuple) else database
        return list(self.tables[schema])

    def list_databases(self):
        return [name for name in self.tables if name is not None]

    def table(self, name, *, database=None):
        schema = database[1] if isinstance(database, tuple) else database
        if name not in self.tables[schema]:
            raise LookupError(name)
        return ROWS.with_columns(pl.lit(f"{schema}.{name}").alias("where"))


def rows_in(frame):
    return frame.collect(frame.lazy()).to_native()


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("loans", "None.loans"),
        ("odd.name", "None.odd.name"),
        ('"loans"', "None.loans"),
        ("old.loans", "old.loans"),
        ("old.Closed", "old.Closed"),
    ],
)
def test_a_table_is_found_in_the_usual_schema_or_its_own(name, where):
    table = opened_table(Bank(), name)
    assert set(rows_in(table)["where"].to_list()) == {where}


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("loan", ("got 'loan'", "['loans', 'odd.name']", "did you mean ['loans']?")),
        ("LOANS", ("did you mean ['loans']?",)),
        ("old.closed", ("got 'old.closed'", "['Closed', 'loans']", "did you mean ['Closed']?")),
        ("older.loans", ("must be in a schema of the database, got 'older'", "['new', 'old']")),
    ],
)
def test_a_table_that_is_not_there_is_named_with_those_that_are(name, texts):
    with pytest.raises(ValueError, match="--table must be") as caught:
        opened_table(Bank(), name)
    for text in texts:
        assert text in str(caught.value)


def test_a_database_that_does_not_answer_is_no_fault_of_the_caller():
    bank = Bank()
    bank.list_tables = lambda **_: 1 / 0
    with pytest.raises(QueryError, match="the sqlite database must answer every query, got Zero"):
        opened_table(bank, "loans")


def test_rows_are_read_whole_where_they_are_few_and_it_is_said_which(capsys):
    read, words = rows_of_table(open_frame(ROWS), ["region", "amount"], 0, "loans")
    assert read.columns.tolist() == ["region", "amount"]
    assert read["region"].tolist() == ["a", "b", "a"]
    assert words.startswith("Rows: all 3 of table loans")
    assert capsys.readouterr().err == f"infotheory: {words}\n"


def test_of_many_rows_a_sample_is_read_and_repeats(capsys, monkeypatch):
    monkeypatch.setattr("infotheory.cli.connections.SAMPLE_ROWS", 50)
    monkeypatch.setattr("infotheory.engines.sampling.SAMPLE_ROWS", 50)
    table = open_frame(pl.DataFrame({"i": range(1000), "j": range(1000)}))
    first, second, other = (rows_of_table(table, ["i"], seed, "t") for seed in (1, 1, 2))
    assert 0 < len(first[0]) < 1000
    assert first[0]["i"].tolist() == second[0]["i"].tolist() != other[0]["i"].tolist()
    assert f"a random sample of {len(first[0])} of the 1000 of table t" in first[1]
    assert "no other row was read" in first[1]
    capsys.readouterr()


def test_what_was_asked_is_written_with_what_came_back(tmp_path, capsys):
    queries = [
        Query("SELECT COUNT(*) FROM loans", rows=1, bytes=8),
        Query("SELECT region, COUNT(*) FROM loans GROUP BY region", rows=3, bytes=90),
    ]
    path = tmp_path / "queries.sql"
    write_queries(queries, path)
    text = path.read_text(encoding="utf-8")
    assert text.count(";\n") == 2
    assert "-- 2: 3 rows, 90 bytes came back\nSELECT region" in text
    said = capsys.readouterr().out
    assert said.startswith("queries: 2 statements, 4 rows and 98 bytes came back, written to ")
    write_queries([], path)
    assert path.read_text(encoding="utf-8") == ""

"""Names and levels cannot leave their quotes, whatever release of sqlglot writes them."""

import sqlite3
from contextlib import closing

import duckdb
import pandas as pd
import pytest
import sqlglot

from infotheory._exports.rules import FeatureRule
from infotheory.cells import BinSpec
from infotheory.scorecard.bridges import from_toad
from infotheory.scorecard.export.rules import CardRules
from infotheory.scorecard.export.sql import write_sql
from tests.scorecard.export.test_sql import needs_sound_quotes

NO_QUERIES = ("dax", "prql", "tableau")
ALL = sorted(d.value for d in sqlglot.Dialects if d.value and d.value not in NO_QUERIES)

HARMLESS = ("age", "é 住所 \u202e", "a -- b", "/* a */ {} %s :x ? $1 $$", "x" * 3000, "a;b", "#")
LINES = ("a\nb\r\n\tc -- d",)
HOSTILE = (
    *(
        "a`b",
        'a"b',
        "a'b",
        "a\\",
        "\\",
        "a]b",
        "[a",
        "`",
        "''",
        '"" OR 1=1 --',
        "\\'; DROP TABLE t; --",
    ),
    *('\\"; DROP TABLE t; --', "\\`; --", "x' UNION SELECT 1 --", "]]; --", "N'x'", "$$x$$", "\\n"),
)


def rules(word):
    by_name = BinSpec(name=word, kind="numerical", splits=(2.5e-7, 1.5), special=(("s", (-9.0,)),))
    levels = ((word, f"{word}{word}"), ("z",))
    by_level = BinSpec(name=f"{word} 2", kind="categorical", levels=levels)
    points = [pd.Series(range(n), dtype=float).to_numpy() for n in (6, 4)]
    return CardRules(10.5, (FeatureRule(by_name, points[0]), FeatureRule(by_level, points[1])))


def rules_of_levels(word):
    """A word as the name of a characteristic and in its levels: no more to read back than that."""
    levels = ((word, f"{word}{word}"), ("z",))
    spec = BinSpec(name=word, kind="categorical", levels=levels)
    return CardRules(10.5, (FeatureRule(spec, pd.Series(range(4), dtype=float).to_numpy()),))


def words(text, dialect):
    """Names and texts of a query, one statement, by the parser of its dialect."""
    (tree,) = sqlglot.parse(text, dialect=dialect)
    return {
        node.this
        for node in tree.find_all(sqlglot.exp.Identifier, sqlglot.exp.Literal, sqlglot.exp.National)
    }


@pytest.mark.parametrize("word", [*HARMLESS, *LINES])
@pytest.mark.parametrize("dialect", [None, *ALL])
def test_words_without_quotes_are_written_in_every_dialect(word, dialect):
    text = write_sql(rules(word), "bank.loans", dialect)
    assert {word, f"{word}{word}", f"{word} 2", "bank", "loans"} <= words(text, dialect)


@needs_sound_quotes
@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize("dialect", [None, *ALL])
def test_hostile_words_stay_in_their_quotes(word, dialect):
    text = write_sql(rules_of_levels(word), "bank.loans", dialect)
    assert {word, f"{word}{word}"} <= words(text, dialect)


@pytest.mark.parametrize("word", [*HARMLESS, *LINES, *HOSTILE])
@pytest.mark.parametrize("release", [None, "28.6.0"])
def test_duckdb_and_sqlite_run_them_all(monkeypatch, word, release):
    if release is not None:
        monkeypatch.setattr(sqlglot, "__version__", release)
    rows = pd.DataFrame({word: [0.0, 1.0, 2.0], f"{word} 2": [word, "z", "other"]})
    if word not in ("x" * 3000,):
        with duckdb.connect() as connection:
            connection.register("loans", rows)
            found = connection.sql(write_sql(rules(word), "loans", "duckdb")).df()["points"]
        assert found.tolist() == [10.5 + 0 + 0, 10.5 + 1 + 1, 10.5 + 2 + 3]
    quoted = ['"' + name.replace('"', '""') + '"' for name in rows.columns]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE loans ({quoted[0]} REAL, {quoted[1]} TEXT)")
        connection.executemany("INSERT INTO loans VALUES (?, ?)", rows.to_numpy().tolist())
        found = connection.execute(write_sql(rules(word), "loans", "sqlite")).fetchall()
        assert [row[-1] for row in found] == [10.5, 12.5, 15.5]


QUOTES = {
    "mysql": "`'\\",
    "snowflake": "\"'\\",
    "tsql": "]'\\",
    "bigquery": "`'\\",
    "oracle": "\"'\\",
}


@pytest.mark.parametrize("dialect", QUOTES)
@pytest.mark.parametrize("release", ["25.0.0", "25.17.1", "28.6.0", "30.29.9", "30.29.dev1"])
def test_old_releases_are_not_trusted_with_quotes(monkeypatch, dialect, release):
    monkeypatch.setattr(sqlglot, "__version__", release)
    assert "age" in write_sql(rules("age"), "loans", dialect)
    for quote in QUOTES[dialect]:
        with pytest.raises(ValueError, match=r"need sqlglot 30\.30 or newer in the dialect"):
            write_sql(rules(f"a{quote}b"), "loans", dialect)


@pytest.mark.parametrize(("dialect", "quote"), [("duckdb", '"'), ("duckdb", "'"), ("mysql", "`")])
def test_a_writer_with_a_fault_is_found_out(monkeypatch, dialect, quote):
    """A release that does not double quotes writes more words, or others, than were meant."""
    write = sqlglot.exp.Select.sql

    def careless(query, *arguments, **options):
        return write(query, *arguments, **options).replace(quote * 2, quote)

    monkeypatch.setattr(sqlglot.exp.Select, "sql", careless)
    monkeypatch.setattr(sqlglot, "__version__", "99.0.0")
    for word in (f"a{quote}b", f"a{quote}; DROP TABLE t; --", f"a{quote} OR 1=1 --"):
        with pytest.raises(ValueError, match=r"read back|one statement"):
            write_sql(rules(word), "loans", dialect)


@pytest.mark.parametrize("dialect", NO_QUERIES)
def test_languages_without_queries_are_refused(dialect):
    with pytest.raises(ValueError, match="dialect must be one of athena"):
        write_sql(rules("age"), "loans", dialect)
    with pytest.raises(ValueError, match="dialect must be one of athena"):
        write_sql(rules("age"), "loans", dialect.upper())


@pytest.mark.parametrize("dialect", [3, "", b"duckdb", ["duckdb"]])
def test_what_is_no_dialect(dialect):
    with pytest.raises(ValueError, match="dialect must be one of"):
        write_sql(rules("age"), "loans", dialect)


@pytest.mark.parametrize("word", ["a\0b", "a\ud800b"])
def test_what_no_engine_holds_is_refused(word):
    for dialect in (None, "duckdb", "postgres"):
        with pytest.raises(ValueError, match="without NUL and lone surrogates, got"):
            write_sql(rules(word), "loans", dialect)


def test_cards_of_other_packages_too():
    card = from_toad({'a"; --': {"own": 60.0, "it's": 51.0}})
    assert '"a""; --"' in card.to_sql("loans", dialect="duckdb")
    assert "'it''s'" in card.to_sql("loans", dialect="duckdb")

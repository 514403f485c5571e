"""Codes of bins in SQL and in Python are those of ``encode``, for bins and values at random."""

import math
import sqlite3
from contextlib import closing

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory._exports.python import python_number, write_bins_python
from infotheory._exports.rules import feature_rule, rule_of_codes
from infotheory._exports.sql import write_bins_sql
from infotheory.cells import BinSpec

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False, width=32).map(float)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
#: A word that begins or ends with blanks, or is "nan", is another matter: readers clean files.
LEVELS = WORDS.filter(lambda text: text == text.strip() and text.lower() != "nan")


@st.composite
def numerical(draw):
    """Bins of a number, with special values that may be infinite, and values to look up."""
    splits = sorted(draw(st.sets(NUMBERS, max_size=5)))
    special = draw(st.sets(st.one_of(NUMBERS, st.sampled_from([math.inf, -math.inf])), max_size=3))
    groups = tuple((f"special {i}", (value,)) for i, value in enumerate(sorted(special)))
    spec = BinSpec(name="x", kind="numerical", splits=tuple(splits), special=groups)
    near = [np.nextafter(split, side) for split in splits for side in (-np.inf, np.inf)]
    known = st.sampled_from([*splits, *special, *near, 0.0]) if splits or special else NUMBERS
    values = draw(st.lists(st.one_of(NUMBERS, known, st.just(math.nan)), min_size=1, max_size=8))
    return spec, list(map(float, values))


@st.composite
def categorical(draw):
    """Bins of levels, and levels to look up of which some are in no bin."""
    levels = sorted(draw(st.sets(LEVELS, min_size=1, max_size=6)))
    cut = draw(st.integers(1, len(levels)))
    groups = tuple(tuple(part) for part in (levels[:cut], levels[cut:]) if part)
    unknown = draw(st.sampled_from(["zero", "missing"]))
    spec = BinSpec(name="x", kind="categorical", levels=groups, unknown=unknown)
    asked = st.one_of(st.sampled_from(levels), LEVELS, st.none())
    return spec, draw(st.lists(asked, min_size=1, max_size=8))


def through_python(spec, values):
    namespace = {}
    source = write_bins_python([(spec, np.arange(spec.n_codes))], "indices", "")
    exec(source, namespace)  # noqa: S102 - what we have written
    return [namespace["transform"]({"x": value})["x"] for value in values]


@pytest.fixture(scope="module")
def database():
    """Ask a query of a column of values, in DuckDB."""
    with duckdb.connect() as connection:

        def ask(spec, values, kind):
            rule = rule_of_codes(spec)
            query = write_bins_sql([("code", rule, False)], "rows", "duckdb", keep=[], about="")
            connection.execute(f'CREATE OR REPLACE TABLE rows (i INTEGER, "x" {kind})')
            connection.executemany("INSERT INTO rows VALUES (?, ?)", list(enumerate(values)))
            return [row[0] for row in connection.sql(query).fetchall()]

        yield ask


def is_refused(spec, value):
    """An infinite number that is no special value has no bin."""
    named = {number for _, numbers in spec.special for number in numbers}
    return math.isinf(value) and value not in named


@settings(max_examples=25)
@given(drawn=numerical())
def test_numbers_have_one_code_in_every_language(database, drawn):
    spec, values = drawn
    values = [value for value in values if not is_refused(spec, value)] or [0.0]
    codes = spec.encode(np.array(values)).tolist()
    assert through_python(spec, values) == codes
    assert database(spec, values, "DOUBLE") == codes


@settings(max_examples=25)
@given(drawn=categorical())
def test_levels_have_one_code_in_every_language(database, drawn):
    spec, values = drawn
    python = through_python(spec, values)
    assert database(spec, values, "VARCHAR") == python
    # looked up by hand: the group that names the level, missing, or what unseen levels become
    unseen = spec.missing_code if spec.unknown == "missing" else spec.unseen_code
    group_of = {level: i for i, group in enumerate(spec.levels) for level in group}
    for value, code in zip(values, python, strict=True):
        if spec.level_reader.kind == "text":
            by_hand = spec.missing_code if value is None else group_of.get(value, unseen)
            assert code == by_hand


def test_codes_that_are_joined_get_what_the_other_bin_gets():
    refused = ("refused", (-1.0,))
    spec = BinSpec(name="x", kind="numerical", splits=(1.0, 2.0), special=(refused,), joined={4: 0})
    points = np.array([10.0, 20.0, 30.0, 40.0, 99.0, 0.0])
    rule = feature_rule(spec, points)
    assert rule.regular == [10.0, 20.0, 30.0]
    assert rule.special == [((-1.0,), 40.0)]
    assert rule.missing == 10.0
    # nothing of the caller's changes
    assert points[4] == 99.0


@pytest.mark.parametrize(("unknown", "unseen"), [("zero", 0.0), ("missing", 7.0), ("error", None)])
def test_unseen_levels_are_what_the_bins_say(database, unknown, unseen):
    spec = BinSpec(name="x", kind="categorical", levels=(("a",), ("b", "c")), unknown=unknown)
    rule = feature_rule(spec, np.array([1.0, 2.0, 7.0, 0.0]))
    assert rule.unseen == unseen
    assert rule.level_groups == [(("a",), 1.0), (("b", "c"), 2.0)]
    if unknown == "error":
        with pytest.raises(ValueError, match="there is no bin for the value 'd'"):
            through_python(spec, ["d"])
        assert database(spec, ["d", "c", None], "VARCHAR") == [None, 1, 2]


def test_a_bin_of_everything_takes_everything(database):
    spec = BinSpec(name="x", kind="numerical", pooled=True)
    assert through_python(spec, [1.0, None, -5.0]) == [0, 0, 0]
    assert database(spec, [1.0, None, -5.0], "DOUBLE") == [0, 0, 0]


@pytest.mark.parametrize("value", [2**53 - 1, 2**53, 2**53 + 1, 2**53 + 2, -(2**53) - 1])
def test_whole_numbers_that_are_one_float_are_told_apart_at_a_split(database, value):
    """2**53 and 2**53 + 1 are one float64; a column of integers holds both."""
    spec = BinSpec(name="x", kind="numerical", splits=(-(2.0**53), 2.0**53))
    wanted = int(value >= -(2**53)) + int(value >= 2**53)
    assert through_python(spec, [value]) == [wanted]
    assert database(spec, [value], "BIGINT") == [wanted]


def test_sqlite_runs_the_dialect_of_its_own():
    spec = BinSpec(name="x", kind="numerical", splits=(0.5, 1e300), special=(("s", (-1.0,)),))
    values = [0.25, 0.5, 1e300, -1.0, None, 1e308]
    query = write_bins_sql(
        [("code", rule_of_codes(spec), False)], "rows", "sqlite", keep=[], about=""
    )
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute('CREATE TABLE rows ("x" REAL)')
        connection.executemany("INSERT INTO rows VALUES (?)", [(value,) for value in values])
        assert [row[0] for row in connection.execute(query)] == [0, 1, 2, 3, 4, 2]


@given(st.floats(allow_nan=False))
def test_numbers_in_python_source_read_back_as_they_were(value):
    text = python_number(value)
    assert eval(text, {"INFINITY": math.inf}) == value  # noqa: S307 - a number we have written
    assert python_number(None) == "None"


def test_names_that_are_taken_and_tables_that_are_none_are_refused():
    rule = rule_of_codes(BinSpec(name="x", kind="numerical", splits=(1.0,)))
    columns = [("code", rule, False)]
    for keep, message in (("x", "keep must be a list of names"), (["CODE"], "got 'code' twice")):
        with pytest.raises(ValueError, match=message):
            write_bins_sql(columns, "rows", "duckdb", keep=keep, about="")
    for table in ("", " ", None):
        with pytest.raises(ValueError, match="table_name must be the name of a table"):
            write_bins_sql(columns, table, "duckdb", keep=[], about="")
    for dialect in ("prql", "nothing", 3):
        with pytest.raises(ValueError, match="dialect must be one of"):
            write_bins_sql(columns, "rows", dialect, keep=[], about="")


@pytest.mark.parametrize("table", ["a b; DROP TABLE c", "(SELECT 1) x", "a JOIN b", "a, b"])
def test_what_looks_like_more_than_a_name_is_one_name_in_quotes(table):
    rule = rule_of_codes(BinSpec(name="x", kind="numerical", splits=(1.0,)))
    query = write_bins_sql([("code", rule, False)], table, "duckdb", keep=[], about="")
    with duckdb.connect() as connection:
        connection.execute(f'CREATE TABLE "{table}" AS SELECT 2.0 AS x')
        assert connection.sql(query).fetchall() == [(1,)]


@pytest.mark.parametrize("about", ["*/ DROP TABLE rows; --", "a ? b :c %s {d}", "it's", "/* x"])
def test_what_a_query_is_about_stays_a_comment(about):
    rule = rule_of_codes(BinSpec(name="x", kind="numerical", splits=(1.0,)))
    query = write_bins_sql([("code", rule, False)], "rows", "duckdb", keep=[], about=about)
    comment, _, rest = query.partition("*/")
    assert comment.startswith("/* ")
    assert not set("?:%{;*") & set(comment[3:])
    assert rest.strip().startswith("SELECT")
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE rows AS SELECT 2.0 AS x")
        assert connection.sql(query).fetchall() == [(1,)]

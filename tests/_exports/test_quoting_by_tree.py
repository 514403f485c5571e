"""The check of quotes itself: it finds what a writer with a fault would write, and nothing else."""

import pytest

from infotheory._exports.quoting import check_read_back, check_words, has_line_breaks

sqlglot = pytest.importorskip("sqlglot")


def query(column="age", level="single"):
    exp = sqlglot.exp
    points = exp.Case().when(exp.column(column, quoted=True).eq(exp.Literal.string(level)), "1.5")
    return exp.select(exp.alias_(points, "points", quoted=True)).from_(
        exp.to_table("rows", quoted=True)
    )


ODD = ["it's", 'a "name"', "back\\slash", "semi;colon", "--", "/* */", "ü", "a\nb", "%s", "`tick`"]


@pytest.mark.parametrize("dialect", [None, "duckdb", "postgres", "sqlite"])
@pytest.mark.parametrize("word", ODD)
def test_odd_words_are_read_back_as_they_are(word, dialect):
    for tree in (query(column=word), query(level=word)):
        check_words(sqlglot, tree, dialect)
        check_read_back(sqlglot, tree, tree.sql(dialect=dialect), dialect)


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda sql: sql.replace("single", "married"), "'married' where 'single' was meant"),
        (lambda sql: sql.replace('"age"', '"wage"'), "'wage' where 'age' was meant"),
        (lambda sql: sql.replace("1.5", "2.5"), "2.5 where 1.5 was meant"),
        (lambda sql: f"{sql} WHERE TRUE AND x > 0", "where nothing was meant"),
        (lambda sql: sql.replace(" FROM rows", ""), "nothing where 'rows' was meant"),
        (lambda sql: f"{sql}; DROP TABLE rows", "one statement, got 2"),
        (lambda _: "", "one statement"),
        (lambda sql: sql.replace("'single'", "'single"), "read back by its own dialect"),
    ],
)
def test_a_writer_with_a_fault_is_found(spoil, text):
    tree = query()
    with pytest.raises(ValueError, match=text) as caught:
        check_read_back(sqlglot, tree, spoil(tree.sql(dialect="duckdb")), "duckdb")
    assert "upgrade sqlglot, or rename the column or level" in str(caught.value)


@pytest.mark.parametrize("word", ["a\0b", "\ud800", "x\udfff"])
def test_text_that_no_query_can_hold_is_refused(word):
    for tree in (query(column=word), query(level=word)):
        with pytest.raises(ValueError, match=r"without NUL and lone surrogates.*rename it"):
            check_words(sqlglot, tree, "duckdb")


@pytest.mark.parametrize("word", ["it's", "back\\slash"])
def test_old_releases_are_not_trusted_with_quotes_where_nothing_ran_them(word, monkeypatch):
    monkeypatch.setattr(sqlglot, "__version__", "25.1.0")
    with pytest.raises(ValueError, match=r"need sqlglot 30\.30 or newer in the dialect snowflake"):
        check_words(sqlglot, query(level=word), "snowflake")
    # Engines that the tests run have read such queries; plain words need no trust.
    check_words(sqlglot, query(level=word), "duckdb")
    check_words(sqlglot, query(level="plain"), "snowflake")
    monkeypatch.setattr(sqlglot, "__version__", "30.30.0")
    check_words(sqlglot, query(level=word), "snowflake")


def test_lines_are_seen_in_names_and_texts():
    assert not has_line_breaks(sqlglot, query())
    assert has_line_breaks(sqlglot, query(column="a\nb"))
    assert has_line_breaks(sqlglot, query(level="a\nb"))

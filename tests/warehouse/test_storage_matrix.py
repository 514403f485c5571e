"""Every storage that PostgreSQL has gives the points of the same values in memory.

Three ways: rows in Python, ``to_sql(dialect="postgres")`` run there, ``predict_points_frame``.
"""

import pandas as pd
import pytest

from tests.engines.warehouse import WAREHOUSES
from tests.scorecard.export.test_storage_matrix import (
    VALUES,
    card_of,
    column,
    expected,
    fitted,
    near,
    rows_of,
    sample,
)

pytestmark = pytest.mark.skipif(not WAREHOUSES, reason="needs ibis-framework")

#: PostgreSQL has no unsigned integers: each lies in the next type that holds all of them.
UNSIGNED = {
    "uint8": "smallint",
    "uint16": "integer",
    "uint32": "bigint",
    "uint64": "numeric(20, 0)",
}
SIGNED = {"int8": "smallint", "int16": "smallint", "int32": "integer", "int64": "bigint"}
FLOATS = {"float4": "real", "float8": "double precision"}
DECIMALS = {"decimal": "numeric(12, 2)", "fine decimal": "numeric(20, 6)", "numeric": "numeric"}
TEXTS = {"text": "text", "varchar": "varchar(20)"}
STORAGES = {
    "integers": SIGNED | UNSIGNED | FLOATS | DECIMALS | TEXTS,
    "flags": {"bool": "boolean"} | SIGNED | UNSIGNED | FLOATS | DECIMALS | TEXTS,
    "fractions": FLOATS | DECIMALS | TEXTS,
    "words": TEXTS,
}


@pytest.fixture(scope="module")
def connection(postgres):
    opened = postgres.connect()
    yield opened
    opened.disconnect()


def literal(value, of, declared):
    """Write a value as PostgreSQL reads it for a type."""
    if value is None:
        return "NULL"
    if of == "flags" and not declared.startswith(("text", "varchar", "boolean")):
        return str(int(value))
    return "'" + str(value) + "'"


def stored(connection, of, declared, values):
    """Write values to a table, in order, and return it."""
    rows = ", ".join(
        f"({i}, CAST({literal(value, of, declared)} AS {declared}))"
        for i, value in enumerate(values)
    )
    connection.raw_sql("DROP TABLE IF EXISTS matrix").close()
    connection.raw_sql(f"CREATE TABLE matrix (i integer, x {declared})").close()
    connection.raw_sql(f"INSERT INTO matrix VALUES {rows}").close()
    return connection.table("matrix").order_by("i")


def three_ways(connection, card, table):
    """Points of rows in memory, of the exported query, and of the frame."""
    rows = table.to_pyarrow()
    in_memory = card.predict_points(rows.select(["x"])).tolist()
    sql = card.to_sql("matrix", keep=["i"], dialect="postgres")
    with connection.raw_sql(sql) as cursor:
        by_sql = [float(points) for _, points in sorted(cursor.fetchall())]
    on_frame = column(card.predict_points_frame(table).to_pyarrow())
    return {"memory": in_memory, "sql": by_sql, "frame": on_frame}


@pytest.mark.parametrize("nulls", [False, True])
@pytest.mark.parametrize("of", VALUES)
def test_points_do_not_depend_on_the_storage(of, nulls, connection):
    values = sample(of, nulls)
    for joined in (False, True) if nulls else (False,):
        wanted = expected(of, values, joined)
        for name, declared in STORAGES[of].items():
            table = stored(connection, of, declared, values)
            for way, points in three_ways(connection, fitted(of, joined), table).items():
                assert near(points, wanted), (name, way, joined)


@pytest.mark.parametrize("width", [5, 8])
def test_text_that_is_filled_up_with_blanks_has_the_points_of_its_rows(width, connection):
    declared = f"char({width})"
    values, y = rows_of("words")
    read = stored(connection, "words", declared, VALUES["words"]).to_pyarrow()["x"].to_pylist()
    padded = dict(zip(VALUES["words"], read, strict=True))
    assert padded["01"] == "01".ljust(width)
    X = pd.DataFrame({"x": pd.Series([padded.get(v) for v in values], dtype=object)})
    card = card_of(X, y)

    wanted = expected("words", sample("words", nulls=True))
    table = stored(connection, "words", declared, sample("words", nulls=True))
    for way, points in three_ways(connection, card, table).items():
        assert near(points, wanted), way


def test_numbers_that_are_none_count_as_missing(connection):
    table = stored(connection, "fractions", "double precision", ["NaN", None, 0.25])
    wanted = expected("fractions", [None, None, 0.25])
    for way, points in three_ways(connection, fitted("fractions"), table).items():
        assert near(points, wanted), way

"""A portfolio in PostgreSQL: the numbers of rows in memory, and nothing leaves but what is told."""

import json
import re
import threading
import time
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from infotheory.binning import OptimalBinner
from infotheory.engines import PrebinOptions, count_frame, fine_cells, open_frame, sampling
from infotheory.evidence import population_stability_indices
from infotheory.exceptions import QueryError
from infotheory.scorecard import Scorecard, ScorecardMonitor, ScorecardRegressor
from tests.engines.warehouse import WAREHOUSES

pytestmark = pytest.mark.skipif(not WAREHOUSES, reason="needs ibis-framework")
FEATURES = ["amount", "age", "region", "owner"]


def portfolio(n=4000, seed=5):
    """Amounts with gaps, text with spaces, case and quotes, booleans with gaps."""
    rng = np.random.default_rng(seed)
    amount = rng.lognormal(8, 1, n).round(2)
    amount[rng.random(n) < 0.06] = np.nan
    age = pd.array(rng.integers(18, 90, n), dtype="Int64")
    age[rng.random(n) < 0.04] = pd.NA
    region = rng.choice(["north", "North", "north ", 'o\'Brien "x"', "süd"], n).astype(object)
    region[rng.random(n) < 0.05] = None
    owner = rng.choice(np.array([True, False, None], dtype=object), n, p=[0.3, 0.6, 0.1])
    risk = np.nan_to_num(np.log(amount), nan=8.5) - 8 + 0.6 * (region == "North")
    return pd.DataFrame(
        {
            "amount": amount,
            "age": age,
            "region": region,
            "owner": owner,
            "bad": (rng.random(n) < 1 / (1 + np.exp(1.8 - risk))).astype(np.int64),
            "loss": np.clip(rng.beta(0.5, 1.0, n), 0, 1),
            "quarter": np.repeat(["2026Q1", "2026Q2"], n // 2),
        }
    )


def as_arrow(frame):
    """Arrow table of a frame: Ibis asks pandas for what pandas no longer has."""
    return pa.Table.from_pandas(frame, preserve_index=False)


def in_memory(table):
    """Rows of a table of Ibis."""
    return table.to_pyarrow().to_pandas()


@pytest.fixture(scope="module")
def rows():
    return portfolio()


@pytest.fixture(scope="module")
def connection(postgres):
    opened = postgres.connect()
    yield opened
    opened.disconnect()


@pytest.fixture(scope="module")
def stored(connection, rows):
    """The portfolio as a plain table, whose name and columns have spaces and quotes."""
    yield connection.create_table('the "loans"; --', as_arrow(rows))

    # Tests are handed out one by one: a worker may come back to this file.
    connection.raw_sql('DROP TABLE "the ""loans""; --" CASCADE').close()


def test_bins_are_those_of_rows_and_every_query_is_written_down(rows, stored):
    wanted = OptimalBinner().fit(rows[FEATURES], rows["bad"])
    found = OptimalBinner().fit_frame(stored, "bad", features=FEATURES)
    assert found.specs_ == wanted.specs_
    pd.testing.assert_frame_equal(found.summary(), wanted.summary(), check_exact=True)

    assert found.queries_ == found.counts_.queries
    assert all("FROM" in query.sql and "password" not in query.sql for query in found.queries_)
    assert all(query.bytes > 0 for query in found.queries_)
    scans = [query for query in found.queries_ if "WIDTH_BUCKET" in query.sql.upper()]
    assert len(scans) == 1


def test_a_frame_that_is_passed_on_tells_the_queries_of_each_fit_apart(stored):
    opened = open_frame(stored)
    binner = OptimalBinner().fit_frame(opened, "bad", features=["age", "region"])
    card = Scorecard().fit_frame(opened, "bad", features=["age", "region"])
    mean = ScorecardRegressor(target_type="fraction").fit_frame(opened, "loss", features=["age"])
    counts = count_frame(opened, binner.specs_, target="bad")

    parts = [binner.queries_, card.queries_, mean.queries_, counts.queries]
    assert all(parts)
    assert [query for part in parts for query in part] == opened.queries
    # The bins of a card are a part of it.
    assert card.binner_.queries_ == card.queries_[: len(binner.queries_)]


def test_no_row_leaves_beyond_the_sample(rows, stored, monkeypatch):
    monkeypatch.setattr(sampling, "SAMPLE_ROWS", 500)
    binner = OptimalBinner(max_n_prebins=10).fit_frame(stored, "bad", features=["amount"])
    drawn = [query for query in binner.queries_ if "row_number" in query.sql.lower()]
    assert len(drawn) == 1
    assert 450 <= drawn[0].rows <= 550
    # All others bring tables: classes, cells by class.
    assert all(query.rows <= 2 * 1100 for query in binner.queries_ if query is not drawn[0])
    assert binner.counts_.rows == len(rows)
    again = OptimalBinner(max_n_prebins=10).fit_frame(stored, "bad", features=["amount"])
    assert again.specs_ == binner.specs_


def test_a_sample_repeats_itself_and_settings_stay_those_of_the_user(stored, monkeypatch):
    backend = stored.get_backend()

    def settings():
        names = ("synchronize_seqscans", "max_parallel_workers_per_gather")
        found = []
        for name in names:
            with backend.raw_sql(f"SHOW {name}") as cursor:
                found += cursor.fetchone()
        return found

    backend.raw_sql("SET max_parallel_workers_per_gather = 1").close()
    # A scan that shares the way of another one begins anywhere: rows would have other numbers.
    monkeypatch.setattr(sampling, "SAMPLE_ROWS", 500)
    asked, usual = [], backend.compile
    monkeypatch.setattr(
        backend, "compile", lambda *a, **k: asked.append(settings()) or usual(*a, **k)
    )
    binner = OptimalBinner(max_n_prebins=10).fit_frame(stored, "bad", features=["amount"])
    assert asked.count(["off", "0"]) == 1
    assert settings() == ["on", "1"]
    told = [query.sql for query in binner.queries_ if "set_config" in query.sql]
    assert len(told) == 4

    monkeypatch.setattr(backend, "compile", usual)
    monkeypatch.setattr(
        sampling,
        "_SAMPLERS",
        {
            "ibis": lambda rows, *_: rows.with_columns(
                nw.col("x0").cast(nw.String).str.replace_all("^", "x").cast(nw.Float64)
            )
        },
    )
    with pytest.raises(QueryError, match="invalid input"):
        OptimalBinner(max_n_prebins=10).fit_frame(stored, "bad", features=["amount"])
    assert settings() == ["on", "1"]
    backend.raw_sql("RESET max_parallel_workers_per_gather").close()


def test_patterns_that_come_in_parts_are_those_of_one(rows, stored, monkeypatch):
    from infotheory import _databases

    whole = Scorecard().fit_frame(stored, "bad", features=FEATURES)
    monkeypatch.setattr(_databases, "_ROWS_AT_ONCE", 37)
    parts = Scorecard().fit_frame(stored, "bad", features=FEATURES)
    assert parts.coef_.tolist() == whole.coef_.tolist()
    assert parts.covariance_.tolist() == whole.covariance_.tolist()
    assert parts.queries_[-1] == whole.queries_[-1]
    assert whole.queries_[-1].rows > 37


def test_card_and_its_points_by_ibis_by_sql_and_by_a_view(rows, connection, stored):
    wanted = Scorecard().fit(rows[FEATURES], rows["bad"])
    card = Scorecard().fit_frame(stored, "bad", features=FEATURES)
    np.testing.assert_allclose(card.coef_, wanted.coef_, rtol=1e-9)
    assert [query.rows for query in card.queries_][-1] < len(rows)

    by_row = in_memory(stored)[FEATURES]
    points = card.predict_points(by_row)
    found = in_memory(card.predict_points_frame(stored))["points"]
    assert found.tolist() == points.tolist()

    sql = card.to_sql('"the ""loans""; --"', keep=["bad"], dialect="postgres")
    with connection.raw_sql(sql) as cursor:
        by_sql = pd.DataFrame(cursor.fetchall(), columns=["bad", "points"])
    np.testing.assert_allclose(np.sort(by_sql["points"].astype(float)), np.sort(points), rtol=1e-12)

    view = card.create_view(connection, "scored", table=stored)
    assert len(in_memory(view)) == len(rows)
    assert sorted(in_memory(view)["points"]) == sorted(points)
    with pytest.raises(ValueError, match="exists already"):
        card.create_view(connection, "scored", table=stored)
    connection.drop_view("scored")


def test_stability_and_monitor_are_those_of_rows(rows, connection, stored):
    card = Scorecard().fit(rows[FEATURES], rows["bad"])
    first, second = (stored.filter(stored.quarter == q) for q in ("2026Q1", "2026Q2"))
    early, late = (rows[rows["quarter"] == q] for q in ("2026Q1", "2026Q2"))
    specs = card.binner_.specs_
    pd.testing.assert_frame_equal(
        population_stability_indices(first, second, specs),
        population_stability_indices(early, late, specs),
    )
    monitor = ScorecardMonitor.from_reference_frame(card, first, "bad")
    found = monitor.compare_frame(second, "bad")
    wanted = ScorecardMonitor.from_reference_frame(card, early, "bad").compare_frame(late, "bad")
    pd.testing.assert_frame_equal(found.stability, wanted.stability)


def test_a_mean_is_that_of_rows(rows, stored):
    found = ScorecardRegressor(target_type="fraction").fit_frame(stored, "loss", features=FEATURES)
    wanted = ScorecardRegressor(target_type="fraction").fit(rows[FEATURES], rows["loss"])
    np.testing.assert_allclose(found.coef_, wanted.coef_, rtol=1e-9)


def test_shards_add_up_to_the_table(rows, stored):
    opened = open_frame(stored)
    options = dict.fromkeys(["amount", "region"], PrebinOptions(max_n_prebins=20))
    cells = fine_cells(opened, options)
    shards = [
        count_frame(stored.filter(stored.quarter == q), cells, target="bad", shard=q)
        for q in ("2026Q1", "2026Q2")
    ]
    whole = count_frame(opened, cells, target="bad")
    total = shards[0] + shards[1]
    for name in options:
        assert total.tables[name].counts.tolist() == whole.tables[name].counts.tolist()
    assert total.queries == shards[0].queries + shards[1].queries
    assert "queries" not in json.loads(total.to_json())


def test_numbers_as_postgres_has_them(connection):
    connection.raw_sql(
        """CREATE TABLE odd AS SELECT
        (CASE i % 7 WHEN 0 THEN 'NaN'::float8 WHEN 1 THEN NULL ELSE i END) AS x,
        (i % 50)::numeric(10, 3) / 8 AS d, (i % 40)::smallint AS s, (i % 3 = 0) AS b,
        (CASE i % 4 WHEN 0 THEN 'ab' WHEN 1 THEN 'AB' ELSE 'ab ' END)::text AS t,
        (CASE i % 4 WHEN 0 THEN 'ab' ELSE 'c' END)::char(4) AS c,
        (i % 11 < 4)::int AS y FROM generate_series(1, 3000) AS i"""
    ).close()
    table = connection.table("odd")
    features = ["x", "d", "s", "b", "t", "c"]
    memory = in_memory(table)
    found = OptimalBinner().fit_frame(table, "y", features=features)
    memory["d"] = memory["d"].astype(float)
    wanted = OptimalBinner().fit(memory[features], memory["y"])
    assert found.specs_ == wanted.specs_
    for name in features:
        assert found.tables_[name].counts.tolist() == wanted.tables_[name].counts.tolist()
    assert found.tables_["x"].counts[-1].sum() == pytest.approx(3000 * 2 / 7, abs=2)
    woe = in_memory(found.transform_frame(table))[features]
    assert woe.to_numpy().tolist() == np.asarray(wanted.transform(memory[features])).tolist()


def test_infinity_is_refused_as_in_memory(connection):
    connection.raw_sql(
        "CREATE TABLE endless AS SELECT (CASE WHEN i = 7 THEN 'Infinity'::float8 ELSE i END) AS x, "
        "i % 2 AS y FROM generate_series(1, 100) AS i"
    ).close()
    with pytest.raises(ValueError, match="infinity"):
        OptimalBinner().fit_frame(connection.table("endless"), "y")


@pytest.mark.parametrize("database", ["postgres", "duckdb"])
def test_hostile_names_of_schemas_tables_and_columns_are_names(rows, connection, database):
    import ibis

    opened = connection if database == "postgres" else ibis.duckdb.connect()
    names = {"amount": 'a"; DROP TABLE x; --', "age": "%s {} $1", "region": "select", "owner": "é."}
    schema, table = 'the "risk"; --', "lo'ans %s"

    def quoted(name):
        return '"' + name.replace('"', '""') + '"'

    def execute(statement):
        result = opened.raw_sql(statement)
        if database == "postgres":
            result.close()

    # Ibis itself cannot write a table with such names, which others may have written.
    opened.create_database(schema)
    opened.create_table("plain", as_arrow(rows), database=schema)
    for name, hostile in names.items():
        where = f"{quoted(schema)}.plain"
        execute(f"ALTER TABLE {where} RENAME {quoted(name)} TO {quoted(hostile)}")
    execute(f"ALTER TABLE {quoted(schema)}.plain RENAME TO {quoted(table)}")
    held = rows.rename(columns=names)
    stored = opened.table(table, database=schema)

    features = [*names.values()]
    card = Scorecard(signs="free").fit_frame(stored, "bad", features=features)
    wanted = Scorecard(signs="free").fit(held[features], held["bad"])
    assert card.binner_.specs_ == wanted.binner_.specs_
    np.testing.assert_allclose(card.coef_, wanted.coef_, rtol=1e-9)
    assert sorted(in_memory(card.predict_points_frame(stored))["points"]) == sorted(
        wanted.predict_points(held[features])
    )
    execute(f"DROP SCHEMA {quoted(schema)} CASCADE")
    if database == "duckdb":
        opened.disconnect()


def test_a_connection_that_dies_between_parts_of_patterns_says_so(
    connection, postgres, rows, stored, monkeypatch
):
    from infotheory import _databases

    victim = postgres.connect()
    pid = victim.raw_sql("SELECT pg_backend_pid()").fetchone()[0]
    parts = open_frame(victim.table(stored.get_name())).batches()
    monkeypatch.setattr(_databases, "_ROWS_AT_ONCE", 100)
    assert len(next(parts)) == 100
    connection.raw_sql(f"SELECT pg_terminate_backend({pid})").close()
    with pytest.raises(QueryError, match=r"postgres database must answer.*nothing was counted"):
        list(parts)


def test_the_right_to_read_suffices(connection, postgres, stored, rows, monkeypatch):
    connection.raw_sql("CREATE ROLE reader LOGIN PASSWORD 'read-only'").close()
    connection.raw_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader").close()
    reader = postgres.connect("reader", "read-only")
    table = reader.table('the "loans"; --')
    card = Scorecard().fit_frame(table, "bad", features=FEATURES)
    assert len(in_memory(card.predict_points_frame(table))) == 4000
    monitor = ScorecardMonitor.from_reference_frame(card, table, "bad")
    assert monitor.compare_frame(table, "bad").stability["value"].abs().max() < 1e-12
    # A sample sets how tables are read, which is no right to write.
    monkeypatch.setattr(sampling, "SAMPLE_ROWS", 500)
    assert OptimalBinner(max_n_prebins=5).fit_frame(table, "bad", features=["amount"])
    with pytest.raises(QueryError, match="permission denied"):
        card.create_view(reader, "mine", table=table)
    reader.disconnect()


def test_a_connection_that_dies_leaves_nothing_half_counted(connection, postgres, rows):
    victim = postgres.connect()
    pid = victim.raw_sql("SELECT pg_backend_pid()").fetchone()[0]
    table = connection.create_table("slow", as_arrow(rows))
    slow = victim.sql("SELECT l.* FROM slow AS l, pg_sleep(120)")
    binner = OptimalBinner()

    def kill():
        # While the database is at it, however late a busy machine lets it begin.
        waits = (
            f"SELECT pg_stat_clear_snapshot(), wait_event FROM pg_stat_activity WHERE pid = {pid}"
        )
        for _ in range(5000):
            with connection.raw_sql(waits) as cursor:
                if cursor.fetchone()[1] == "PgSleep":
                    break
            time.sleep(0.02)
        connection.raw_sql(f"SELECT pg_terminate_backend({pid})").close()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(QueryError, match=r"postgres database must answer.*nothing was counted"):
        binner.fit_frame(slow, "bad", features=FEATURES)
    killer.join()
    assert not hasattr(binner, "counts_")
    assert len(in_memory(table)) == len(rows)


HOSTILE = [
    "o'Brien",
    'a"b',
    "back\\slash",
    "\\",
    "'; DROP TABLE kept; --",
    "$$",
    "E'\\n'",
    "süd ☃",
    "%s",
]


def test_hostile_names_and_levels_stay_text_in_sql_and_through_ibis(connection):
    connection.raw_sql("CREATE TABLE kept AS SELECT 1 AS x").close()
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({name: rng.choice(HOSTILE, 800) for name in HOSTILE[:5]})
    frame["bad"] = (frame[HOSTILE[0]].isin(HOSTILE[:4]) & (rng.random(800) < 0.6)).astype(np.int64)
    frame["bad"] |= rng.random(800) < 0.1
    card = Scorecard(signs="free").fit(frame[HOSTILE[:5]], frame["bad"])
    frame["key"] = np.arange(800)
    table = connection.create_table("hostile", as_arrow(frame))
    wanted = card.predict_points(frame[HOSTILE[:5]])

    found = in_memory(card.predict_points_frame(table)).sort_values("key")
    assert found["points"].tolist() == wanted.tolist()
    sql = card.to_sql("hostile", keep=["key"], dialect="postgres")
    with connection.raw_sql(sql) as cursor:
        by_sql = pd.DataFrame(cursor.fetchall(), columns=["key", "points"]).sort_values("key")
    np.testing.assert_allclose(by_sql["points"].astype(float), wanted, rtol=1e-12)
    assert "kept" in connection.list_tables()


def test_the_page_on_databases_runs(connection, postgres, rows, monkeypatch, capsys):
    page = Path(__file__).parents[2] / "docs" / "howto" / "databases.md"
    loans = rows.rename(columns={"bad": "default"}).drop(columns=["loss", "quarter"])
    loans["month"] = np.repeat(["2026-01", "2026-02"], len(loans) // 2)
    connection.create_table("loans", as_arrow(loans))
    monkeypatch.setenv("PGPASSWORD", postgres.password)

    blocks = re.findall(r"```\{code-block\} python\n(.+?)```", page.read_text(), re.DOTALL)
    assert len(blocks) == 3
    names = {}
    for block in blocks:
        exec(block.replace("postgres://analyst@127.0.0.1:5432/bank", postgres.url()), names)  # noqa: S102 (our own page)
    names["connection"].drop_view("scored_loans")
    names["connection"].disconnect()
    printed = capsys.readouterr().out
    assert "rows," in printed
    assert "statements" in printed
    assert postgres.password not in printed
    assert "{{ ref('loans') }}" in names["model"]

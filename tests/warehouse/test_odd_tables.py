"""Tables, views and partitions with odd columns: bins, evidence, points, monitors as in memory."""

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner
from infotheory.engines import count_frame
from infotheory.evidence import population_stability_indices
from infotheory.scorecard import Scorecard, ScorecardMonitor
from tests.engines.warehouse import WAREHOUSES

pytestmark = [
    pytest.mark.skipif(not WAREHOUSES, reason="needs ibis-framework"),
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.InfotheoryWarning"),
]
#: NaN beside NULL, decimals, small and large integers, single floats, signed zeros, booleans; text
#: with case, accents, blanks and nothing at all; dates.
COLUMNS = """
    CASE i % 7 WHEN 0 THEN CAST('NaN' AS double precision) WHEN 1 THEN NULL ELSE i % 40 END AS x,
    CAST(CAST(i % 50 AS numeric(10, 3)) / 8 AS numeric(10, 3)) AS d,
    CAST(i % 40 AS smallint) AS s,
    CAST(i % 9 AS bigint) * 1000000000000 AS l,
    CAST(sqrt(i % 30) AS real) AS r,
    CASE i % 3 WHEN 0 THEN CAST('-0.0' AS double precision) ELSE i % 5 END AS z,
    CASE WHEN i % 11 <> 0 THEN i % 3 = 0 END AS b,
    CASE i % 6 WHEN 0 THEN 'é' WHEN 1 THEN 'É' WHEN 2 THEN 'e ' WHEN 3 THEN 'e' WHEN 4 THEN '' END
        AS t,
    CAST(CASE i % 4 WHEN 0 THEN 'ab' ELSE 'c' END AS char(4)) AS c,
    CASE WHEN i <= 1500 THEN '2026-01' ELSE '2026-02' END AS month,
    CASE WHEN (i * 7919) % 13 < 2 + 3 * (i % 4) THEN 1 ELSE 0 END AS y
"""
FEATURES = ["x", "d", "s", "l", "r", "z", "b", "t", "c"]


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def database(request):
    """Connection, and a function that runs a statement."""
    import ibis

    is_duckdb = request.param == "duckdb"
    opened = ibis.duckdb.connect() if is_duckdb else request.getfixturevalue("postgres").connect()

    def execute(statement):
        result = opened.raw_sql(statement)
        # That of DuckDB is the connection itself.
        if not is_duckdb:
            result.close()

    execute("CREATE SCHEMA odd")
    execute(f"CREATE TABLE odd.plain AS SELECT {COLUMNS} FROM generate_series(1, 3000) AS g(i)")
    execute("CREATE VIEW odd.seen AS SELECT * FROM odd.plain")
    if not is_duckdb:
        execute("CREATE TABLE odd.parts (LIKE odd.plain) PARTITION BY LIST (month)")
        for month in ("2026-01", "2026-02"):
            name = month.replace("-", "_")
            execute(f"CREATE TABLE odd.m{name} PARTITION OF odd.parts FOR VALUES IN ('{month}')")
        execute("INSERT INTO odd.parts SELECT * FROM odd.plain")
    yield opened, execute
    execute("DROP SCHEMA odd CASCADE")
    opened.disconnect()


@pytest.fixture(params=["plain", "seen", "parts"])
def table(request, database):
    opened, _ = database
    if opened.name == "duckdb" and request.param == "parts":
        pytest.skip("DuckDB has no partitioned tables")
    return opened.table(request.param, database="odd")


def in_memory(table):
    rows = table.to_pyarrow().to_pandas()
    return rows.assign(d=rows["d"].astype(float))


def test_bins_evidence_points_and_monitors_are_those_of_rows(table):
    rows = in_memory(table)
    card = Scorecard(signs="free").fit_frame(table, "y", features=FEATURES)
    wanted = Scorecard(signs="free").fit(rows[FEATURES], rows["y"])
    assert card.binner_.specs_ == wanted.binner_.specs_
    for name, counted in wanted.binner_.tables_.items():
        assert card.binner_.tables_[name].counts.tolist() == counted.counts.tolist()
        assert card.binner_.woe_[name].tolist() == wanted.binner_.woe_[name].tolist()
    summaries = [fitted.binner_.summary() for fitted in (card, wanted)]
    pd.testing.assert_frame_equal(*summaries, check_exact=True)
    np.testing.assert_allclose(card.coef_, wanted.coef_, rtol=1e-9)

    # Evidence differs from feature to feature, so that the test is one.
    assert (summaries[0]["iv"] > 1e-4).sum() >= 4
    found = in_memory(wanted.predict_points_frame(table))
    assert found["points"].tolist() == wanted.predict_points(found[FEATURES]).tolist()

    early, late = (rows[rows["month"] == month] for month in ("2026-01", "2026-02"))
    first, second = (table.filter(table.month == month) for month in ("2026-01", "2026-02"))
    specs = wanted.binner_.specs_
    pd.testing.assert_frame_equal(
        population_stability_indices(first, second, specs),
        population_stability_indices(early, late, specs),
        check_exact=True,
    )
    frames = [
        ScorecardMonitor.from_reference_frame(wanted, a, "y").compare_frame(b, "y").stability
        for a, b in ((first, second), (early, late))
    ]
    pd.testing.assert_frame_equal(*frames, check_exact=True)


@pytest.mark.parametrize(("most", "message"), [(0, "0 sample|hold rows|got none"), (1, "class")])
def test_tables_of_no_row_and_of_one_are_refused_as_rows_are(database, most, message):
    opened, _ = database
    few = opened.table("plain", database="odd").limit(most)
    rows = in_memory(few)
    with pytest.raises(ValueError, match=message):
        OptimalBinner().fit(rows[["s"]], rows["y"])
    with pytest.raises(ValueError, match=message):
        OptimalBinner().fit_frame(few, "y", features=["s"])


def test_times_are_refused_until_they_are_made_a_number_or_text(database):
    import ibis

    opened, _ = database
    table = opened.table("plain", database="odd").mutate(at=ibis.timestamp("2026-01-02 03:04:05"))
    for fit in (
        lambda: OptimalBinner().fit_frame(table, "y", features=["at"]),
        lambda: OptimalBinner().fit(in_memory(table)[["at"]], in_memory(table)["y"]),
    ):
        with pytest.raises(ValueError, match="'at' must hold numbers or categories, got"):
            fit()


@pytest.mark.parametrize("most", [0, 1])
def test_tables_of_no_row_and_of_one_are_counted_and_scored(database, most):
    opened, _ = database
    whole = opened.table("plain", database="odd")
    rows = in_memory(whole)
    card = Scorecard(signs="free").fit(rows[FEATURES], rows["y"])
    few = whole.filter(whole.y == 1).limit(most)
    scored = in_memory(card.predict_points_frame(few))
    wanted = card.predict_points(scored[FEATURES]).tolist() if most else []
    assert scored["points"].tolist() == wanted
    counts = count_frame(few, card.binner_.specs_, target="y", classes=(0, 1))
    assert counts.rows == most
    assert all(table.counts.sum() == most for table in counts.tables.values())

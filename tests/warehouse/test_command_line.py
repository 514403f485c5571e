"""The command line on tables of PostgreSQL and of DuckDB files: results of files, no password."""

import contextlib
import json
import re
import sqlite3
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from infotheory.cli import main
from infotheory.scorecard import Scorecard, ScorecardMonitor
from tests.engines.warehouse import WAREHOUSES

pytestmark = [
    pytest.mark.skipif(not WAREHOUSES, reason="needs ibis-framework"),
    pytest.mark.filterwarnings("ignore::infotheory.exceptions.InfotheoryWarning"),
]
FEATURES = ["amount", "age", "region"]
N = 1200
DATABASES = ["duckdb", "postgres"]


def portfolio():
    rng = np.random.default_rng(8)
    amount = rng.lognormal(8, 1, N).round(2)
    amount[rng.random(N) < 0.06] = np.nan
    region = rng.choice(["north", "North", "o'Brien", "süd"], N).astype(object)
    region[rng.random(N) < 0.05] = None
    risk = np.nan_to_num(np.log(amount), nan=8.5) - 8 + 0.8 * (region == "North")
    return pd.DataFrame(
        {
            "account": np.arange(N) + 10_000_001,
            "iban": [f"DE{number:020d}" for number in rng.permutation(N)],
            "opened": pd.date_range("2024-01-01", periods=N, freq="h"),
            "month": np.repeat(["2025-01", "2025-02"], N // 2),
            "amount": amount,
            "age": pd.array(rng.integers(18, 90, N), dtype="Int64"),
            "region": region,
            "weight": rng.integers(1, 4, N).astype(float),
            "bad": (rng.random(N) < 1 / (1 + np.exp(1.5 - risk))).astype(np.int64),
        }
    )


@pytest.fixture(scope="module")
def rows():
    return portfolio()


def execute(connection, statement):
    result = connection.raw_sql(statement)
    # That of DuckDB is the connection itself.
    if connection.name == "postgres":
        result.close()


SCHEMAS = ("risk", '"the ""risk"".2"')


@pytest.fixture(scope="module", params=DATABASES)
def stored(request, rows, tmp_path_factory):
    """Name of a database, its URL, and the environment that its password comes from."""
    import ibis

    table = pa.Table.from_pandas(rows, preserve_index=False)
    if request.param == "duckdb":
        path = tmp_path_factory.mktemp("bank") / "bank.db"
        connection = ibis.duckdb.connect(path)
        url, environment = f"duckdb://{path}", {}
    else:
        server = request.getfixturevalue("postgres")
        connection = server.connect()
        url, environment = server.url(), {"PGPASSWORD": server.password}
    connection.create_table("first of all", table.slice(0, N // 2))
    connection.create_table("loans.later", table.slice(N // 2))
    for schema in SCHEMAS:
        execute(connection, f"CREATE SCHEMA {schema}")
        halves = 'SELECT * FROM "first of all" UNION ALL SELECT * FROM "loans.later"'
        execute(connection, f"CREATE TABLE {schema}.loans AS {halves}")
    connection.disconnect()
    yield request.param, url, environment

    # The server is that of other tests too.
    if request.param == "postgres":
        connection = request.getfixturevalue("postgres").connect()
        for name in ('"first of all"', '"loans.later"'):
            execute(connection, f"DROP TABLE {name} CASCADE")
        for schema in SCHEMAS:
            execute(connection, f"DROP SCHEMA {schema} CASCADE")
        connection.disconnect()


@pytest.fixture
def run(stored, monkeypatch, capfd):
    """Run a command on the database; what it prints holds no password."""
    _, url, environment = stored
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def command(*words, status=0):
        assert main([*map(str, words), "--connect", url]) == status
        printed = capfd.readouterr()
        assert not any(value in printed.out + printed.err for value in environment.values())
        return printed.out if status == 0 else printed.err

    return command


def without_password(folder, stored):
    """Text of all files of a folder, none of which holds the password."""
    texts = [path.read_bytes().decode("utf-8", "ignore") for path in folder.rglob("*.*")]
    assert texts
    for value in stored[2].values():
        assert not any(value in text for text in texts)


def test_bins_are_those_of_a_file(run, stored, rows, tmp_path):
    printed = run(
        "bin", "--table", "risk.loans", "--target", "bad", "--sample-weight", "weight",
        "--exclude", "month", "-o", tmp_path / "out",
    )  # fmt: skip
    for name, reason in (("account", "1200 values"), ("iban", "1200 values"), ("opened", "dates")):
        assert re.search(f"set aside: '{name}'.*{reason}", printed)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    assert not main(
        ["bin", str(tmp_path / "rows.csv"), "--target", "bad", "--sample-weight", "weight",
         "--exclude", "month", "-o", str(tmp_path / "wanted")]
    )  # fmt: skip
    for name in ("summary.csv", "bins.csv"):
        found, wanted = ((tmp_path / f / name).read_text() for f in ("out", "wanted"))
        assert found == wanted

    queries = (tmp_path / "out" / "queries.sql").read_text()
    assert re.match(r"-- 1: \d+ rows, \d+ bytes came back\n", queries)
    assert "DE000000" not in queries
    # Only its size and its ends were asked of a column that is set aside.
    assert all('"iban"' not in text for text in queries.split("-- ")[-2:])
    without_password(tmp_path / "out", stored)


@pytest.mark.parametrize(
    ("kind", "target"), [("fraction", "bad"), ("continuous", "age"), ("multiclass", "weight")]
)
def test_bins_of_other_targets_are_those_of_a_file(run, rows, tmp_path, kind, target):
    others = {"month", "account", "iban", "opened", "bad", "weight"} - {target}
    words = ["--target", target, "--target-type", kind, "--exclude", *sorted(others)]
    run("bin", "--table", "risk.loans", *words, "-o", tmp_path / "out")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    assert not main(["bin", str(tmp_path / "rows.csv"), *words, "-o", str(tmp_path / "wanted")])
    for name in ("summary.csv", "bins.csv"):
        found, wanted = (pd.read_csv(tmp_path / f / name) for f in ("out", "wanted"))
        # Sums of amounts differ in their last digits with the order of the rows.
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-9, check_exact=False)


def test_a_report_is_one_of_the_rows_of_the_table(run, stored, tmp_path):
    run(
        "report", "--table", "first of all", "--holdout", "loans.later", "--target", "bad",
        "--sample-weight", "weight", "--exclude", "month", "--title", "T", "-o", tmp_path / "out",
    )  # fmt: skip
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [sample["count"] for sample in report["data"]["samples"]] == [N // 2, N // 2]
    limitations = " ".join(report["limitations"])
    assert f"Rows: all {N // 2} of table first of all" in limitations
    assert f"Hold-out: Rows: all {N // 2} of table loans.later" in limitations
    assert "account, iban, opened" in limitations
    names = [entry["feature"] for entry in report["characteristics"]]
    assert sorted(names) == sorted(FEATURES)
    without_password(tmp_path / "out", stored)


def test_a_report_of_many_rows_reads_a_sample(run, tmp_path, monkeypatch):
    from infotheory.cli import connections
    from infotheory.engines import sampling

    for module in (connections, sampling):
        monkeypatch.setattr(module, "SAMPLE_ROWS", 600)
    run("report", "--table", "risk.loans", "--target", "bad", "--exclude", "month", "weight",
        "--holdout", "0", "-o", tmp_path)  # fmt: skip
    report = json.loads((tmp_path / "report.json").read_text())
    (sample,) = report["data"]["samples"]
    assert 550 <= sample["count"] <= 650
    said = f"a random sample of {sample['count']:.0f} of the {N} of table risk.loans"
    assert any(said in text for text in report["limitations"])


@pytest.fixture(scope="module")
def card(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("card") / "card.json"
    path.write_text(Scorecard().fit(rows[FEATURES], rows["bad"]).to_json())
    return path


@pytest.mark.parametrize("name", ["scored.csv", "scored.csv.gz", "scored.parquet"])
def test_scores_are_those_of_the_card(run, stored, rows, card, tmp_path, monkeypatch, name):
    from infotheory import _databases

    monkeypatch.setattr(_databases, "_ROWS_AT_ONCE", 500)
    run("score", card, "--table", '"the ""risk"".2".loans', "-o", tmp_path / name)
    read = pd.read_parquet if name.endswith("parquet") else pd.read_csv
    scored = read(tmp_path / name).sort_values("account")
    fitted = Scorecard.from_json(card.read_text())
    assert list(scored.columns) == [*rows.columns, "points", "event_probability"]
    assert scored["points"].tolist() == fitted.predict_points(rows[FEATURES]).tolist()
    probability = fitted.predict_proba(rows[FEATURES])[:, 1]
    np.testing.assert_allclose(scored["event_probability"], probability, rtol=1e-15)
    assert f"-- 1: {N} rows" in (tmp_path / f"{name}.queries.sql").read_text()
    without_password(tmp_path, stored)


def test_points_can_be_a_view_of_the_table(run, stored, rows, card):
    import ibis

    said = run("score", card, "--table", "first of all", "--view", "scored first")
    assert "no row left the database" in said
    kind, url, environment = stored
    connection = (
        ibis.connect(url)
        if kind == "duckdb"
        else ibis.connect(url, password=environment["PGPASSWORD"])
    )
    found = connection.table("scored first").to_pyarrow().to_pandas().sort_values("account")
    wanted = Scorecard.from_json(card.read_text()).predict_points(rows[FEATURES][: N // 2])
    assert found["points"].tolist() == wanted.tolist()
    connection.drop_view("scored first")
    connection.disconnect()


# Ibis reads SQLite by an option of pandas that has gone out of use.
@pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")
def test_a_file_of_sqlite_is_scored_and_opened_to_write_for_a_view_alone(rows, card, tmp_path):
    import ibis

    from infotheory.cli import connections

    path = tmp_path / "a bank.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        rows[FEATURES].to_sql("loans", database, index=False)
    url = f"sqlite://{path}"
    words = ["score", str(card), "--connect", url, "--table", "loans"]
    assert main([*words, "-o", str(tmp_path / "scored.csv")]) == 0
    wanted = Scorecard.from_json(card.read_text()).predict_points(rows[FEATURES]).tolist()
    assert pd.read_csv(tmp_path / "scored.csv")["points"].tolist() == wanted
    with (
        connections.connection(url) as database,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        database.raw_sql("CREATE TABLE more AS SELECT 1 AS x")

    assert main([*words, "--view", "scored"]) == 0
    opened = ibis.sqlite.connect(path)
    assert sorted(opened.list_tables()) == ["loans", "scored"]
    assert opened.table("scored").to_pyarrow()["points"].to_pylist() == wanted
    opened.disconnect()


@pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")
def test_a_file_of_sqlite_is_reported_on_and_refused_where_rows_are_counted(rows, tmp_path, capsys):
    path = tmp_path / "a bank.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        rows[[*FEATURES, "bad"]].to_sql("the loans", database, index=False)
    words = ["--connect", f"sqlite://{path}", "--table", "the loans", "--target", "bad"]
    words = [*words, "-o", str(tmp_path / "out")]
    assert main(["report", *words]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert {entry["feature"] for entry in report["characteristics"]} == set(FEATURES)
    capsys.readouterr()
    assert main(["bin", *words]) == 2
    assert "sqlite" in capsys.readouterr().err


def test_a_connection_killed_while_scores_come_leaves_no_file(
    postgres, rows, card, tmp_path, monkeypatch, capsys
):
    from infotheory import _databases

    owner = postgres.connect()
    owner.create_table("to score", pa.Table.from_pandas(rows, preserve_index=False))
    monkeypatch.setattr(_databases, "_ROWS_AT_ONCE", 100)
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    read, usual = [], _databases.run_statement

    def dying(backend, statement):
        read.append(statement)
        # Some batches have come by then.
        if len(read) == 12:
            with owner.raw_sql(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE query LIKE '%postgres_cursor%' AND pid <> pg_backend_pid()"
            ) as cursor:
                assert cursor.fetchone()[0] == 1
        return usual(backend, statement)

    monkeypatch.setattr(_databases, "run_statement", dying)
    words = ["score", str(card), "--connect", postgres.url(), "--table", "to score"]
    assert main([*words, "-o", str(tmp_path / "scored.csv")]) == 2
    assert "postgres database must answer every query" in capsys.readouterr().err
    assert not list(tmp_path.glob("scored*"))
    owner.drop_table("to score")
    owner.disconnect()


def test_a_monitor_counts_both_tables_where_they_are(run, stored, rows, card, tmp_path):
    run(
        "monitor", card, "--reference-table", "first of all", "--table", "risk.loans",
        "--target", "bad", "--period", "month", "-o", tmp_path,
    )  # fmt: skip
    report = json.loads((tmp_path / "monitoring.json").read_text())
    fitted = Scorecard.from_json(card.read_text())
    early = rows[: N // 2]
    monitor = ScorecardMonitor.from_reference(fitted, early[FEATURES], early["bad"])
    wanted = monitor.compare(rows[FEATURES], rows["bad"], periods=rows["month"])
    found = [entry["value"] for entry in report["stability"]]
    np.testing.assert_allclose(found, wanted.stability["value"], rtol=1e-12)
    assert report["names"] == ["2025-01", "2025-02"]
    assert report["reproducibility"]["fingerprints"] == {}
    assert "counted them" in " ".join(report["limitations"])
    # Tables of bins and classes are all that came back.
    counts = re.findall(r"-- \d+: (\d+) rows", (tmp_path / "queries.sql").read_text())
    assert max(map(int, counts)) < N
    assert (tmp_path / "monitoring.html").is_file()
    without_password(tmp_path, stored)


def test_the_reference_may_be_a_file(run, rows, card, tmp_path):
    rows[: N // 2].to_csv(tmp_path / "reference.csv", index=False)
    run("monitor", card, tmp_path / "reference.csv", "--table", "loans.later", "--target", "bad",
        "-o", tmp_path)  # fmt: skip
    assert json.loads((tmp_path / "monitoring.json").read_text())["names"] == ["period"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--table", "risk.loan"], r"did you mean \['loans'\]"),
        (["--table", "LOANS.LATER"], r"did you mean \['loans.later'\]"),
        (["--table", "rsk.loans"], r"did you mean \['risk'"),
        (["--table", "a.b.c.d"], "must be table, schema.table"),
        (["--table", "risk.loans", "--exclude", "amuont"], r"did you mean \['amount'"),
        (["--table", "risk.loans", "--separator", ";"], "got --separator beside it"),
        ([], "got no --table"),
        (["rows.csv", "--table", "risk.loans"], "got DATA beside it"),
    ],
)
def test_what_is_not_there_is_named_with_what_is_near(run, tmp_path, words, message):
    assert re.search(
        message, run("bin", *words, "--target", "bad", "-o", tmp_path / "out", status=2)
    )
    assert not (tmp_path / "out").exists()


def test_a_database_that_is_not_there_is_not_made(tmp_path, capsys):
    for url in (f"duckdb://{tmp_path}/none.db", f"sqlite://{tmp_path}/none.db"):
        words = [
            "bin",
            "--connect",
            url,
            "--table",
            "t",
            "--target",
            "y",
            "-o",
            str(tmp_path / "o"),
        ]
        assert main(words) == 2
        said = capsys.readouterr().err
        assert said.startswith("infotheory: error: --connect must name a file that is there, got '")
    assert not list(tmp_path.iterdir())


SECRET = "s3cr/t@x"  # noqa: S105 (of nobody)


@pytest.mark.parametrize(
    "url",
    [
        f"postgres://me:{SECRET}@127.0.0.1:1/bank",
        f"postgresql://:{SECRET}@127.0.0.1/bank",
        f"postgres://me@127.0.0.1/bank?password={SECRET}",
        f"snowflake://me@account/db?Token={SECRET}",
        f"databricks://host?access%5Ftoken={SECRET}",
        f"host=127.0.0.1 password={SECRET}",
        f"{SECRET}",
    ],
)
def test_a_password_on_the_command_line_is_refused_and_not_repeated(url, tmp_path, capsys):
    for command in ("bin", "report"):
        words = [command, "--connect", url, "--table", "t", "--target", "y", "-o", str(tmp_path)]
        assert main(words) == 2
        printed = capsys.readouterr()
        assert "s3cr" not in printed.out + printed.err
        assert "--connect must" in printed.err


def test_the_parser_of_a_command_that_knows_no_database_repeats_no_url(capsys):
    with pytest.raises(SystemExit):
        main(["psi", "a.csv", "b.csv", "--connect", f"postgres://me:{SECRET}@127.0.0.1/bank"])
    said = capsys.readouterr().err
    assert "unrecognized arguments: --connect postgres://..." in said
    assert "s3cr" not in said


def test_a_service_file_has_the_password_and_a_wrong_one_is_told(postgres, tmp_path):
    lines = ["[bank]", "host=127.0.0.1", f"port={postgres.port}", "user=owner", "dbname=postgres"]
    service = tmp_path / "services"
    connection = postgres.connect()
    query = "CREATE TABLE plain AS SELECT i AS x, i % 2 AS y FROM generate_series(1, 90) AS i"
    connection.raw_sql(query).close()
    connection.disconnect()

    def bins(password):
        service.write_text("\n".join([*lines, f"password={password}"]))
        words = ["bin", "--connect", "postgres:///?service=bank", "--table", "plain"]
        words += ["--target", "y", "--keep", "x", "-o", str(tmp_path / "out")]
        environment = {"PGSERVICEFILE": str(service), "PYTHONPATH": ":".join(sys.path)}
        command = [sys.executable, "-W", "ignore", "-m", "infotheory.cli", *words]
        return subprocess.run(  # noqa: S603 (our own command)
            command, env=environment, capture_output=True, text=True, check=False
        )

    done = bins(postgres.password)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "summary.csv").is_file()
    refused = bins("not-the-password")
    assert refused.returncode == 2
    assert "--connect must name a postgres database that answers" in refused.stderr
    for text in (done.stdout, done.stderr, refused.stdout, refused.stderr):
        assert postgres.password not in text
        assert "not-the-password" not in text
        assert "Traceback" not in text

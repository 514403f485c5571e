"""A card of rows that stay in PostgreSQL: time and memory beside a full count.

It runs in the environment of ``make test-warehouse``, which has Ibis and psycopg, on a machine with
PostgreSQL: ``python run.py warehouse`` takes it where it is there. The server is one of the tests:
a temporary cluster on loopback, gone at the end.
"""

import os
import resource
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from harness import Row, not_run, record, sized

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.engines.warehouse import postgres_server, programs

FEATURES = [f"x{i}" for i in range(8)] + ["region", "channel"]
#: Numbers of two laws and two columns of text, some values missing, and an event of 6 %.
ROWS = """
CREATE TABLE loans AS SELECT
{numbers},
(ARRAY['north', 'south', 'east', 'west'])[1 + (h >> 3) % 4] AS region,
(CASE WHEN h % 50 = 0 THEN NULL ELSE 'channel ' || (h >> 7) % 12 END) AS channel,
(random() < 0.04 + 0.08 * ((h >> 3) % 4 = 1)::int)::int AS bad
FROM (SELECT i, abs(hashint8(i)::bigint) AS h FROM generate_series(1, {n}) AS i) AS rows
"""


def statement(n):
    """Return what creates the rows in the database."""
    normal = "sqrt(-2 * ln(1 - random())) * cos(6.283185307179586 * random())"
    numbers = [
        f"(CASE WHEN random() < 0.05 THEN NULL ELSE {normal if i % 2 else 'random()'} END) AS x{i}"
        for i in range(8)
    ]
    return ROWS.format(numbers=",\n".join(numbers), n=n)


def fit(url):
    """Fit a card, and print what it took of time and of the memory of this process."""
    import ibis

    from infotheory import OptimalBinner, Scorecard

    connection = ibis.connect(url)
    table = connection.table("loans")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    columns = ", ".join(f"count({name})" for name in FEATURES)
    query = f"SELECT count(*), {columns} FROM loans"  # noqa: S608 (names of this file)
    with connection.raw_sql(query) as cursor:
        n = cursor.fetchone()[0]
    counted = time.perf_counter() - start

    start, cpu = time.perf_counter(), time.process_time()
    OptimalBinner().fit_frame(table, "bad", features=FEATURES)
    binned, cpu = time.perf_counter() - start, time.process_time() - cpu
    start = time.perf_counter()
    card = Scorecard().fit_frame(table, "bad", features=FEATURES)
    fitted = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    rows: list[Row] = [
        {"case": "full count of the columns", "wall_s": counted},
        {"case": "OptimalBinner.fit_frame", "wall_s": binned, "cpu_s": cpu},
        {"case": "Scorecard.fit_frame", "wall_s": fitted},
    ]
    for row in rows:
        row["counts"] = row["wall_s"] / counted
    record(
        f"{n:,} rows in PostgreSQL, {len(FEATURES)} features",
        rows,
        f"Memory of this process is {peak:.0f} MiB, {before:.0f} MiB before the first query.",
    )
    for query in card.queries_:
        print(f"  {query.rows} rows, {query.bytes} bytes: {query.sql[:60]!r}")
    connection.disconnect()


def main():
    """Start the server, write the rows, and fit in a process of its own."""
    for package in ("ibis", "psycopg"):
        if find_spec(package) is None:
            not_run(f"{package} is not installed; `make test-warehouse` makes an environment")
    if programs() is None:
        not_run("PostgreSQL is not installed")
    n = int(float(sys.argv[1])) if len(sys.argv) > 1 else sized(1_000_000, 20_000)
    with postgres_server() as server:
        connection = server.connect()
        start = time.perf_counter()
        connection.raw_sql(statement(n)).close()
        connection.disconnect()
        print(f"written in {time.perf_counter() - start:.1f} s", flush=True)
        words = [sys.executable, __file__, "fit", server.url()]
        environment = os.environ | {"PGPASSWORD": server.password}
        root = Path(__file__).parents[1]
        subprocess.run(words, check=True, env=environment, cwd=root)


if __name__ == "__main__":
    if sys.argv[1:2] == ["fit"]:
        fit(sys.argv[2])
    else:
        main()

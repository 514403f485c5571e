"""A card of ten million rows that stay in PostgreSQL: time and memory beside a full count.

Run in the environment of ``make test-warehouse``, which has Ibis and psycopg, on a machine with
PostgreSQL: ``.venv-warehouse/bin/python -m benchmarks.warehouse [ROWS]``. The server is one of the
tests: a temporary cluster on loopback, gone at the end.
"""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from tests.engines.warehouse import postgres_server

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

    print(f"rows {n}, features {len(FEATURES)}")
    print(f"full count of the columns {counted:.1f} s")
    print(f"bins {binned:.1f} s ({binned / counted:.1f} counts), of which this process {cpu:.1f} s")
    print(f"card {fitted:.1f} s ({fitted / counted:.1f} counts)")
    print(f"memory of this process {peak:.0f} MiB, {before:.0f} MiB before the first query")
    for query in card.queries_:
        print(f"  {query.rows} rows, {query.bytes} bytes: {query.sql[:60]!r}")
    connection.disconnect()


def main():
    """Start the server, write the rows, and fit in a process of its own."""
    n = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000
    with postgres_server() as server:
        connection = server.connect()
        start = time.perf_counter()
        connection.raw_sql(statement(n)).close()
        connection.disconnect()
        print(f"written in {time.perf_counter() - start:.1f} s", flush=True)
        words = [sys.executable, "-m", "benchmarks.warehouse", "fit", server.url()]
        environment = os.environ | {"PGPASSWORD": server.password}
        root = Path(__file__).parents[1]
        subprocess.run(words, check=True, env=environment, cwd=root)


if __name__ == "__main__":
    if sys.argv[1:2] == ["fit"]:
        fit(sys.argv[2])
    else:
        main()

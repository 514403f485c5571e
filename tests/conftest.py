"""Settings shared by all tests (hypothesis is reproducible, and has no deadline on a shared
machine), and engines.
"""

import gc
import os
import re
import shutil
import signal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from tests.engines.warehouse import WAREHOUSES, in_warehouse, postgres_server, warehouse

settings.register_profile(
    "infotheory", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# other inputs than those of the tests: pytest --hypothesis-profile=explore --hypothesis-seed=1
# tests/robustness
settings.register_profile(
    "explore", parent=settings.get_profile("infotheory"), derandomize=False, max_examples=300
)
settings.load_profile("infotheory")


@pytest.hookimpl(optionalhook=True)  # where pytest-xdist is not installed nobody asks
def pytest_xdist_auto_num_workers():
    """Return how many workers ``--numprocesses auto`` starts: half as many again as cores.

    A fifth of its time a worker waits, for a browser, for Spark or for processes of its own: with a
    worker a core the whole suite took 1640 seconds of the processor in 1011 seconds of two cores.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # pytest-xdist reads it
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    workers = (3 * cores + 1) // 2

    # One that has run everything holds 1.8 GB, which not every machine has for the additional ones.
    memory = Path("/proc/meminfo")
    free = memory.exists() and re.search(r"MemAvailable: *(\d+)", memory.read_text())
    if free:
        workers = max(cores, min(workers, int(1024 * int(free[1]) // 2e9)))
    return workers


def asks_spark(item):
    """Whether a test starts Spark, by its fixture or as an engine by its name."""
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return "spark" in item.fixturenames or (
        "on_engine" in item.fixturenames and "spark" in parameters
    )


@pytest.hookimpl(trylast=True)  # after -m has chosen
def pytest_collection_modifyitems(config, items):
    """Leave out a test that draws a part of what a slow test of its file draws in this run.

    Tests of Spark come first: a worker begins at the head of its share, and others steal from its
    end, so that one worker has all of them, and one session starts in a run.
    """
    chosen = {item.nodeid for item in items}
    kept, left_out = [], []
    for item in items:
        mark = item.get_closest_marker("part_of")
        whole = (
            ""
            if mark is None
            else item.nodeid.replace(f"::{item.originalname}", f"::{mark.args[0]}")
        )
        (left_out if whole in chosen else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    items[:] = sorted(kept, key=lambda item: not asks_spark(item))


def pytest_collection_finish():
    """Keep the collector of garbage from what lives to the end of the run: tests and modules.

    It went over a million objects of theirs at each full collection, a fiftieth of the time.
    """
    # Hypothesis asks the collector who holds the generators that it seeds, when it first draws:
    # of what is kept from the collector nobody is named, and it would warn.
    _draw_once()
    gc.freeze()


@settings(database=None, max_examples=1)
@given(strategies.none())
def _draw_once(nothing):
    assert nothing is None


@pytest.fixture(scope="session")
def spark():
    """Session of Spark in local mode with one thread."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 on the path")
    session_module = pytest.importorskip("pyspark.sql")
    settings_of_session = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.shuffle.partitions": "1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
    }
    builder = session_module.SparkSession.builder.master("local[1]").appName("infotheory")
    heard = signal.getsignal(signal.SIGINT)
    session = builder.config(map=settings_of_session).getOrCreate()
    # Spark hears Ctrl-C in a way of its own, which later tests of it would meet in this process.
    signal.signal(signal.SIGINT, heard)
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def postgres():
    """Server of PostgreSQL on loopback with a database of its own."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def duckdb_database():
    """Data base of DuckDB in memory, opened once; a cursor of it is a connection of its own."""
    with pytest.importorskip("duckdb").connect() as connection:
        yield connection


@pytest.fixture
def on_engine(request):
    """Return a function that gives a pandas frame to an engine; Spark and PostgreSQL start where
    they are first asked for.
    """

    connections = []  # a relation of DuckDB 1.3 does not keep its connection

    def convert(frame: pd.DataFrame, engine: str):  # noqa: PLR0911 (one return an engine)
        import polars as pl
        import pyarrow as pa

        if engine == "pandas":
            return frame
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if engine == "pyarrow":
            return table
        if engine == "polars":
            return pl.from_arrow(table)
        if engine == "polars lazy":
            return pl.from_arrow(table).lazy()
        if engine == "duckdb":
            connections.append(request.getfixturevalue("duckdb_database").cursor())
            return connections[-1].from_arrow(table)
        if engine in WAREHOUSES:
            connections.append(warehouse(request, engine))
            return in_warehouse(connections[-1], table)
        return request.getfixturevalue("spark").createDataFrame(table)

    yield convert
    for connection in connections:
        # Those of DuckDB end by themselves.
        if hasattr(connection, "disconnect"):
            connection.disconnect()

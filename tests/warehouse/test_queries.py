"""What is written down of the statements that a database was sent."""

import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest

from infotheory._databases import steady_scans
from infotheory.engines import open_frame
from infotheory.exceptions import QueryError
from tests.engines.warehouse import WAREHOUSES

pytestmark = pytest.mark.skipif(not WAREHOUSES, reason="needs ibis-framework")


@pytest.fixture
def loans():
    import ibis

    connection = ibis.duckdb.connect()
    table = pa.Table.from_pandas(pd.DataFrame({"x": [1.0, 2.0], "y": [0, 1]}))
    yield connection.create_table("loans", table)
    connection.disconnect()


def ask(opened):
    return opened.collect(opened.lazy().select("x"))


def test_a_table_in_memory_is_read_in_batches_though_nothing_ran_before(loans):
    import ibis

    names = ibis.memtable(pa.table({"y": [0, 1], "name": ["good", "bad"]}))
    (batch,) = open_frame(loans.join(names, "y").order_by("x")).batches()
    assert batch.to_pydict() == {"x": [1.0, 2.0], "y": [0, 1], "name": ["good", "bad"]}
    (batch,) = open_frame(ibis.memtable(pa.table({"x": [3.0]}))).batches()
    assert batch.to_pydict() == {"x": [3.0]}


def test_a_statement_is_compiled_once_and_written_down_as_it_was_sent(loans, monkeypatch):
    backend = loans.get_backend()
    compiled, usual = [], backend.compile

    def counted(*arguments, **options):
        compiled.append(usual(*arguments, **options))
        return compiled[-1]

    monkeypatch.setattr(backend, "compile", counted)
    opened = open_frame(loans)
    ask(opened)
    assert [query.sql for query in opened.queries] == compiled


def test_a_database_whose_statements_ibis_does_not_log_has_them_compiled(loans, monkeypatch):
    monkeypatch.setattr(loans.get_backend(), "_log", lambda _: None)
    opened = open_frame(loans)
    ask(opened)
    assert "FROM" in opened.queries[0].sql


def test_the_log_of_ibis_stays_with_who_asked_for_it(loans, monkeypatch):
    import ibis

    asked = []
    monkeypatch.setattr(ibis.options, "verbose", True)
    monkeypatch.setattr(ibis.options, "verbose_log", asked.append)
    opened = open_frame(loans)
    ask(opened)
    assert asked == [query.sql for query in opened.queries]
    assert ibis.options.verbose_log == asked.append


def test_threads_do_not_hear_each_other(loans):
    import ibis

    barrier, heard = threading.Barrier(2, timeout=120), {}

    def work(name):
        connection = ibis.duckdb.connect()
        opened = open_frame(connection.create_table(name, pa.table({"x": [1.0]})))
        barrier.wait()
        for _ in range(20):
            ask(opened)
        heard[name] = [query.sql for query in opened.queries]
        connection.disconnect()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("first", "second"):
        assert len(heard[name]) == 20
        assert all(f'"{name}"' in sql for sql in heard[name])
    assert ibis.options.verbose is False


def test_each_setting_is_put_back_when_another_one_fails():
    """A stand-in for PostgreSQL, which refuses one of the statements."""
    current = {"synchronize_seqscans": "on", "max_parallel_workers_per_gather": "2"}
    refused = []

    @contextmanager
    def raw_sql(statement):
        if statement in refused:
            message = "refused"
            raise RuntimeError(message)
        if statement.startswith("SHOW"):
            answer = current[statement.removeprefix("SHOW ")]
        else:
            name, answer = statement.split("'")[1:4:2]
            current[name] = answer
        yield SimpleNamespace(fetchone=lambda: (answer,))

    backend = SimpleNamespace(name="postgres", raw_sql=raw_sql)
    rows = SimpleNamespace(to_native=lambda: SimpleNamespace(get_backend=lambda: backend))
    refused.append("SELECT set_config('max_parallel_workers_per_gather', '0', false)")
    with pytest.raises(QueryError, match="refused"), steady_scans(rows, lambda _: None):
        pass
    assert current == {"synchronize_seqscans": "on", "max_parallel_workers_per_gather": "2"}

    refused[:] = ["SELECT set_config('synchronize_seqscans', 'on', false)"]
    with steady_scans(rows, lambda _: None):
        assert current["max_parallel_workers_per_gather"] == "0"
    assert current["max_parallel_workers_per_gather"] == "2"

"""What is asked of a database through Ibis, and what comes back: run, counted and written down."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import narwhals as nw

from infotheory._display import html_repr, short_repr
from infotheory._optional import require
from infotheory.exceptions import QueryError

__all__ = [
    "IBIS",
    "Database",
    "Query",
    "backend_name",
    "check_database",
    "has_not_a_number",
    "run_in_batches",
    "run_query",
    "run_statement",
    "schema_names",
    "steady_scans",
    "table_names",
]

Result = TypeVar("Result")

#: Databases in which a condition is no value, as which the statements of Ibis use it, and the
#: dialect in which the exports write what they read.
_NO_CONDITIONS = {"mssql": "tsql", "oracle": "oracle"}

#: Rows that are scored together where many leave a database.
_ROWS_AT_ONCE = 100_000

#: What narwhals calls tables of Ibis, whatever the database behind them.
IBIS = "ibis"


@dataclass(frozen=True, slots=True, repr=False)
class Query:
    """A query that a database ran for this package.

    Parameters
    ----------
    sql : str
        The statement, in the dialect of the database; it holds no password.
    rows : int
        Number of rows that came back.
    bytes : int
        Their size as an Arrow table.

    Examples
    --------
    >>> Query("SELECT COUNT(*) FROM loans", rows=1, bytes=8).sql
    'SELECT COUNT(*) FROM loans'
    """

    sql: str
    rows: int
    bytes: int

    __repr__ = short_repr
    _repr_html_ = html_repr


class _Options(Protocol):
    """Options of Ibis, which are those of the whole process."""

    verbose: bool
    verbose_log: Callable[[str], None] | None


class _Heard:
    """The statements that Ibis sends, as it logs them: compiling one a second time takes long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_thread: dict[int, list[str]] = {}
        self._usual: tuple[bool, Callable[[str], None] | None] = (False, None)

    @contextmanager
    def statements(self, options: _Options) -> Iterator[list[str]]:
        """Collect the statements of this thread while the block runs."""
        mine: list[str] = []
        with self._lock:
            # There is one log for all threads: the first that listens takes it over.
            if not self._by_thread:
                self._usual = (options.verbose, options.verbose_log)
                options.verbose, options.verbose_log = True, self._hear
            self._by_thread[threading.get_ident()] = mine
        try:
            yield mine
        finally:
            with self._lock:
                del self._by_thread[threading.get_ident()]
                if not self._by_thread:
                    options.verbose, options.verbose_log = self._usual

    def _hear(self, statement: str) -> None:
        # Some databases log a statement where it is compiled and once more where it is run.
        mine = self._by_thread.get(threading.get_ident())
        if mine is not None and statement not in mine:
            mine.append(statement)

        # Who asked Ibis for its log gets it all the same.
        is_wanted, log = self._usual
        if is_wanted:
            (log or print)(statement)


_HEARD = _Heard()


class Database(Protocol):
    """A connection of Ibis."""

    name: str
    con: Any

    def compile(self, table: Any, /) -> str: ...
    def has_operation(self, operation: type, /) -> bool: ...
    def list_databases(self) -> list[str]: ...
    def list_tables(self, *, database: str | tuple[str, str] | None = None) -> list[str]: ...
    def table(self, name: str, /, *, database: str | tuple[str, str] | None = None) -> Any: ...
    def raw_sql(self, query: str, /) -> Any: ...
    def create_view(self, name: str, table: Any, /) -> Any: ...
    def disconnect(self) -> None: ...


class _Table(Protocol):
    """A table of Ibis."""

    def get_backend(self) -> Database: ...
    def to_pyarrow(self) -> Any: ...
    def to_pyarrow_batches(self, *, chunk_size: int) -> Any: ...


def backend_name(table: _Table) -> str:
    """Name of the database behind a table of Ibis: "duckdb", "postgres", "snowflake", ..."""
    return str(table.get_backend().name)


def check_database(table: _Table) -> None:
    """Raise TypeError for a database that would not understand what it is asked."""
    name = backend_name(table)
    if name in _NO_CONDITIONS:
        message = (
            f"tables of Ibis must lie in a database whose conditions are values, got {name}, which "
            f"reads its statements in another way; export to_sql(dialect={_NO_CONDITIONS[name]!r}) "
            "and run that there, or read the rows into memory"
        )
        raise TypeError(message)


def has_not_a_number(table: _Table) -> bool:
    """Whether a database tells NaN from NULL; SQL Server, SQLite and MySQL have no NaN."""
    operations = require("ibis.expr.operations", extra="ibis", purpose="tables of Ibis")
    return bool(table.get_backend().has_operation(operations.IsNan))


def run_query(rows: "nw.LazyFrame[Any]") -> tuple["nw.DataFrame[Any]", Query]:
    """Run a lazy frame of Ibis; QueryError where the database does not answer."""
    native: Any = rows.to_native()
    ibis = require("ibis", extra="ibis", purpose="tables of Ibis")
    with _HEARD.statements(ibis.options) as sent:
        table = run_statement(native.get_backend(), native.to_pyarrow)

    # A database of which Ibis logs nothing has its statement compiled once more.
    sql = ";\n".join(sent) or str(ibis.to_sql(native, dialect=backend_name(native)))
    return nw.from_native(table), Query(sql, table.num_rows, table.nbytes)


def run_in_batches(rows: "nw.LazyFrame[Any]", write_down: Callable[[Query], None]) -> Iterator[Any]:
    """Yield what a lazy frame of Ibis gives as Arrow tables, at least one, and write it down.

    Of so many rows the driver of a database holds some at a time, not all as objects of Python.
    """
    native: Any = rows.to_native()
    ibis = require("ibis", extra="ibis", purpose="tables of Ibis")
    arrow = require("pyarrow", extra="ibis", purpose="tables of Ibis")
    backend = native.get_backend()
    # Tables in memory that a statement names are given to DuckDB where Ibis runs one by itself.
    if backend.name == "duckdb":
        run_statement(backend, native.limit(0).to_pyarrow)
    with _HEARD.statements(ibis.options) as sent:
        batches = run_statement(backend, lambda: _reader(native))

    n_rows = size = 0
    # Rows arrive while the batches are read, so that the database may fail as late as then.
    while (batch := run_statement(backend, lambda: next(batches, None))) is not None:
        n_rows, size = n_rows + batch.num_rows, size + batch.nbytes
        yield arrow.Table.from_batches([batch])
    if not n_rows:
        yield batches.schema.empty_table()
    sql = ";\n".join(sent) or str(ibis.to_sql(native, dialect=backend_name(native)))
    write_down(Query(sql, n_rows, size))


#: What makes PostgreSQL read the rows of a table in one order: otherwise a scan begins where
#: another one is, or several processes share it.
_STEADY = {"synchronize_seqscans": "off", "max_parallel_workers_per_gather": "0"}


@contextmanager
def steady_scans(rows: "nw.LazyFrame[Any]", write_down: Callable[[Query], None]) -> Iterator[None]:
    """Have PostgreSQL scan rows in the order in which they lie, while the block runs."""
    backend: Database = rows.to_native().get_backend()
    if backend.name != "postgres":
        yield
        return

    usual = {name: _setting(backend, f"SHOW {name}") for name in _STEADY}
    try:
        for name, value in _STEADY.items():
            write_down(_set(backend, name, value))
        yield
    finally:
        # The connection is the user's, each setting is put back whatever became of the other. One
        # that broke has nothing to be put back.
        for name, value in usual.items():
            with suppress(QueryError):
                write_down(_set(backend, name, value))


def _set(backend: Database, name: str, value: str) -> Query:
    """Change a setting of a session, for which every user has the right."""
    statement = f"SELECT set_config('{name}', '{value}', false)"
    return Query(statement, 1, len(_setting(backend, statement)))


def _setting(backend: Database, statement: str) -> str:
    def ask() -> str:
        with backend.raw_sql(statement) as cursor:
            return str(cursor.fetchone()[0])

    return run_statement(backend, ask)


def _reader(native: _Table) -> Any:
    """Open what a table gives as a reader of batches."""
    backend = native.get_backend()
    if backend.name != "duckdb":
        return native.to_pyarrow_batches(chunk_size=_ROWS_AT_ONCE)
    # Ibis 12 asks for batches by a method that DuckDB 2 no longer has; a relation is a stream.
    relation = backend.con.sql(backend.compile(native))
    arrow = require("pyarrow", extra="ibis", purpose="tables of Ibis")
    return arrow.RecordBatchReader.from_stream(relation)


def table_names(
    connection: Database, schema: str | None = None, catalog: str | None = None
) -> list[str]:
    """Names of the tables and views of a schema, of the usual one when None."""
    if connection.name != "duckdb":
        where = schema if catalog is None or schema is None else (catalog, schema)
        return [*run_statement(connection, lambda: connection.list_tables(database=where))]

    # Ibis 12 asks for them by a method that DuckDB 2 no longer has.
    query = (
        "SELECT DISTINCT table_name FROM information_schema.tables "
        "WHERE table_schema = coalesce(?, current_schema()) "
        "AND table_catalog = coalesce(?, current_catalog())"
    )
    # A temporary table hides one of its name, and is what Ibis opens.
    if schema is None and catalog is None:
        query += " OR table_catalog = 'temp'"
    tables = run_statement(connection, lambda: connection.con.execute(query, [schema, catalog]))
    return [name for (name,) in tables.fetchall()]


def schema_names(connection: Database) -> list[str]:
    """Names of the schemas of a database."""
    if connection.name != "duckdb":
        return [*run_statement(connection, connection.list_databases)]
    query = "SELECT DISTINCT schema_name FROM information_schema.schemata"
    schemas = run_statement(connection, lambda: connection.con.execute(query))
    return [name for (name,) in schemas.fetchall()]


def run_statement(backend: Database, statement: Callable[[], Result]) -> Result:
    """Call what asks the database; QueryError where it does not answer."""
    # Each driver has its own errors: a broken connection is no ValueError of the caller.
    try:
        return statement()
    except Exception as error:
        message = (
            f"the {backend.name} database must answer every query, got "
            f"{type(error).__name__}: {_first_line(error)}; nothing was counted or written, so "
            "call again where the connection and the rights are there"
        )
        raise QueryError(message) from error


def _first_line(error: Exception) -> str:
    # Many drivers repeat the statement below the first line.
    return str(error).strip().split("\n", 1)[0][:200]

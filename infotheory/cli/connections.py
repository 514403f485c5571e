"""Tables of a database named on the command line: connected to, looked up, and what they told."""

import argparse
import contextlib
import difflib
import re
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import narwhals as nw
import pandas as pd

from infotheory._databases import Database, run_statement, schema_names, table_names
from infotheory._files import replace_text
from infotheory._optional import require
from infotheory.engines import SAMPLE_ROWS, Frame, Query, open_frame
from infotheory.engines.sampling import draw
from infotheory.exceptions import MissingDependencyError, QueryError

__all__ = ["check_source", "connection", "opened_table", "rows_of_table", "write_queries"]

#: Names under which drivers take what nobody else may know.
_SECRET = re.compile(r"pass|pwd|token|secret|private|credential|api_?key", re.I)
#: Databases in a file, which connecting would make where it is not there.
_IN_FILES = ("duckdb", "sqlite")
_WHERE = (
    "put it where the driver looks: PGPASSWORD, a password file or "
    "postgres:///?service=NAME for PostgreSQL"
)
#: A part of a qualified name: in quotes, which are doubled within, or plain.
_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


def check_source(options: argparse.Namespace, *files: str) -> bool:
    """Tell whether the rows are in a database; ValueError where they are nowhere, or in two places.

    ``files`` are the names of the positional arguments that a table stands for.
    """
    named = [name for name in files if getattr(options, name) is not None]
    if options.connect is None:
        absent = [name.upper() for name in files if name not in named]
        if absent or options.table is not None:
            message = (
                "the command needs a file, or a table of a database, got "
                f"{'--table without --connect' if options.table else f'no {absent[0]}'}; give "
                f"{' and '.join(files).upper()}, or --connect URL --table NAME"
            )
            raise ValueError(message)
        return False

    of_files = [*(name.upper() for name in named), *_forms(options)]
    if options.table is None or of_files:
        message = (
            "--connect needs the table that takes the place of the file, got "
            f"{'no --table' if options.table is None else f'{of_files[0]} beside it'}; give "
            "--connect URL --table NAME alone"
        )
        raise ValueError(message)
    return True


def _forms(options: argparse.Namespace) -> list[str]:
    """Options that say how a text file is written."""
    return [f"--{name}" for name in ("separator", "encoding") if getattr(options, name) is not None]


@contextlib.contextmanager
def connection(url: str, *, writes: bool = False) -> Iterator[Database]:
    """Connect to a database with Ibis for as long as the block runs; to read, unless it writes."""
    scheme = _checked_scheme(url)
    file = _checked_file(url) if scheme in _IN_FILES else None
    require("ibis", extra="ibis", purpose="tables in a database")
    try:
        opened = _connect(scheme, url, file, writes=writes)
    except MissingDependencyError:
        raise
    # Each driver has its own errors, and none of them is one of the command line.
    except Exception as error:
        reason = str(error).strip().split("\n", 1)[0][:300]
        message = (
            f"--connect must name a {scheme} database that answers, got {type(error).__name__}: "
            f"{reason}; passwords come from the environment or a service file"
        )
        raise QueryError(message) from error
    try:
        yield opened
    finally:
        opened.disconnect()


def _checked_scheme(url: str) -> str:
    """Name of the database of a URL; ValueError, without the URL, where it holds a password."""
    scheme, separator, rest = url.partition("://")
    if not separator or not re.fullmatch(r"[a-z0-9]+", scheme):
        message = (
            "--connect must be a URL such as postgres://user@host/bank or duckdb:///data/bank.db, "
            "got one without a scheme in small letters"
        )
        raise ValueError(message)

    # A password may hold the signs that end a part of a URL, so that all before "@" is looked at.
    user, at, _ = rest.rpartition("@")
    names = [name for name, _ in parse_qsl(rest.partition("?")[2], keep_blank_values=True)]
    secrets = [name for name in names if _SECRET.search(name) and name != "passfile"]
    if (at and ":" in user) or secrets:
        # Lists of processes, histories of shells and logs keep what a command line says.
        message = (
            "--connect must hold no password, got "
            f"{f'the option {secrets[0]!r}' if secrets else 'one before the host'}; {_WHERE}"
        )
        raise ValueError(message)
    return scheme.replace("postgresql", "postgres")


def _checked_file(url: str) -> Path:
    """Path of a database in a file; FileNotFoundError where connecting would make one."""
    path = Path(url.partition("://")[2].partition("?")[0])
    if not path.is_file():
        message = f"--connect must name a file that is there, got {str(path)!r}"
        raise FileNotFoundError(message)
    return path


def _connect(scheme: str, url: str, file: Path | None, *, writes: bool) -> Any:
    """Open a database, for reading unless a view is to be written."""
    ibis = require("ibis", extra="ibis", purpose="tables in a database")
    if scheme == "postgres":
        # Its own library reads the URL, and the service and password files that Ibis passes over.
        driver = require("psycopg", extra="ibis", purpose="PostgreSQL")
        session = driver.connect(url.replace("postgres://", "postgresql://", 1))
        session.read_only = not writes
        return _taken_over(ibis.postgres, session)

    if file is None:
        return ibis.connect(url)
    if scheme == "duckdb":
        return ibis.duckdb.connect(file, read_only=not writes)
    # Ibis itself opens every file of SQLite for writing.
    mode = "rw" if writes else "ro"
    session = sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True)
    return _taken_over(ibis.sqlite, session)


def _taken_over(backend: Any, session: Any) -> Any:
    """Hand an open connection to Ibis; closed where that fails."""
    try:
        return backend.from_connection(session)
    except BaseException:
        session.close()
        raise


def opened_table(database: Database, name: str, option: str = "--table") -> Frame:
    """Open a table or view by its name, with its schema where that is not the usual one."""
    place, table = _parts(name, option)
    usual = table_names(database)
    # A name may itself hold a dot.
    if name in usual or (not place and table in usual):
        whole = name if name in usual else table
        return open_frame(run_statement(database, lambda: database.table(whole)))
    if not place:
        raise ValueError(_no_table(database, option, name, table, usual))

    schema, schemas = place[-1], schema_names(database)
    if schema not in schemas:
        message = (
            f"{option} must be in a schema of the database, got {schema!r}, where it has "
            f"{sorted(schemas)[:10]}{_near(name, usual) or _near(schema, schemas)}"
        )
        raise ValueError(message)
    catalog = place[0] if len(place) == 2 else getattr(database, "current_catalog", None)
    where = schema if catalog is None else (catalog, schema)
    # Ibis lists no tables of a schema whose name has quotes, and opens them all the same.
    try:
        return open_frame(database.table(table, database=where))
    except Exception as error:
        there = table_names(database, schema, catalog)
        if table in there:
            raise
        raise ValueError(_no_table(database, option, name, table, there)) from error


def _parts(name: str, option: str) -> tuple[list[str], str]:
    """Cut a name at its dots: what stands before the table, and the table."""
    parts, rest = [], name
    while match := _PART.match(rest):
        quoted, plain = match.groups()
        parts.append(quoted.replace('""', '"') if quoted is not None else plain)
        rest = rest[match.end() :]
        if not rest.startswith("."):
            break
        rest = rest[1:]
    else:
        return [], name  # no part, or none behind the last dot
    # What cannot be cut may still be the very name of a table.
    if rest:
        return [], name
    if len(parts) > 3:
        message = f"{option} must be table, schema.table or database.schema.table, got {name!r}"
        raise ValueError(message)
    return parts[:-1], parts[-1]


def _no_table(database: Database, option: str, name: str, table: str, there: Sequence[str]) -> str:
    """Say that there is no such table, and which are near."""
    more = " and more" if len(there) > 10 else ""
    return (
        f"{option} must be a table or view of the {database.name} database that may be read, got "
        f"{name!r}, where there are {sorted(there)[:10]}{more}{_near(table, there)}"
    )


def _near(name: str, names: Sequence[str]) -> str:
    """Propose names that differ in case or in a few signs."""
    by_text = {other.lower(): other for other in names}
    near = [by_text[text] for text in difflib.get_close_matches(name.lower(), by_text, n=2)]
    return f"; did you mean {near}?" if near else ""


def rows_of_table(
    table: Frame, columns: Sequence[str], seed: int, name: str
) -> tuple[pd.DataFrame, str]:
    """Read columns of a table, of a sample of its rows where there are many; say which rows."""
    # Decimals would come as objects of Python, which are no numbers to a bin.
    rows = table.lazy().select(
        table.number(column).alias(column) if table.dtypes[column].is_decimal() else nw.col(column)
        for column in columns
    )
    n_rows = int(table.collect(table.lazy().select(nw.len().alias("n"))).item())
    is_whole = n_rows <= SAMPLE_ROWS
    read = table.collect(rows) if is_whole else draw(table, rows, n_rows, seed)

    where = f"of table {name} ({table.database})"
    words = (
        f"Rows: all {n_rows} {where}."
        if is_whole
        else f"Rows: a random sample of {len(read)} of the {n_rows} {where}; no other row was read."
    )
    print(f"infotheory: {words}", file=sys.stderr)
    return read.to_native().to_pandas(), words


def write_queries(queries: Sequence[Query], path: Path) -> None:
    """Write what the database was asked, for who must know what left it, and say how much did."""
    blocks = [
        f"-- {number}: {query.rows} rows, {query.bytes} bytes came back\n{query.sql};\n"
        for number, query in enumerate(queries, start=1)
    ]
    replace_text(path, "\n".join(blocks))
    rows, size = sum(query.rows for query in queries), sum(query.bytes for query in queries)
    print(
        f"queries: {len(queries)} statements, {rows} rows and {size} bytes came back, written to "
        f"{path.resolve()}"
    )

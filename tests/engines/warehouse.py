"""A PostgreSQL server of the tests' own: a temporary cluster on loopback, gone when they end."""

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pytest

from tests.ports import free_port

#: Tables of Ibis, DuckDB and PostgreSQL behind them; none where Ibis is not installed: it needs
#: another sqlglot than the newest, hence an environment of its own (``make test-warehouse``).
WAREHOUSES = ("ibis", "postgres") if find_spec("ibis") else ()

#: Who runs the server: PostgreSQL refuses the root user.
_USER = "postgres"


@dataclass(frozen=True)
class Server:
    """Where a server listens, and who may do everything there."""

    port: int
    password: str
    folder: Path

    def url(self, user="owner"):
        return f"postgres://{user}@127.0.0.1:{self.port}/postgres"

    def connect(self, user="owner", password=None):
        import ibis

        return ibis.postgres.connect(
            host="127.0.0.1",
            port=self.port,
            user=user,
            password=password or self.password,
            database="postgres",
        )


def programs() -> Path | None:
    """Folder of the programs of the newest PostgreSQL, where Debian puts them."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


@contextlib.contextmanager
def postgres_server() -> Iterator[Server]:
    """Start a server, and stop it at the end; skipped with the reason where there is none."""
    pytest.importorskip("ibis", reason="tables of Ibis need ibis-framework")
    pytest.importorskip("psycopg", reason="PostgreSQL needs psycopg")
    binaries = programs()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")

    server = Server(
        free_port(), secrets.token_hex(8), Path(tempfile.mkdtemp(prefix="infotheory-pg-"))
    )
    secret = server.folder / "password"
    secret.write_text(server.password)
    as_user = {}
    if os.geteuid() == 0:
        shutil.chown(server.folder, _USER)
        shutil.chown(secret, _USER)
        as_user = {"user": _USER, "group": _USER, "extra_groups": []}

    def run(*command):
        subprocess.run(  # noqa: S603 (programs of this file)
            command, check=True, capture_output=True, cwd=server.folder, timeout=300, **as_user
        )

    data = server.folder / "data"
    options = ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C.UTF-8"]
    run(binaries / "initdb", "-D", data, "-U", "owner", "--no-sync", *options)
    # Nothing outlives the tests, so nothing has to reach the disk.
    settings = (
        f"-p {server.port} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
    )
    log, sockets = server.folder / "log", f"-c unix_socket_directories={server.folder}"
    run(
        binaries / "pg_ctl",
        "-D",
        data,
        "-l",
        log,
        "-w",
        "-t",
        "240",
        "-o",
        f"{settings} {sockets}",
        "start",
    )
    try:
        yield server
    finally:
        run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(server.folder, ignore_errors=True)


def warehouse(request, engine):
    """Connect to a database behind Ibis; PostgreSQL starts where it is first asked for."""
    import ibis

    if engine == "ibis":
        return ibis.duckdb.connect()
    return request.getfixturevalue("postgres").connect()


def in_warehouse(connection, table):
    """Arrow table as a table of Ibis, whose rows keep their order: a database promises none."""
    place = pa.array(range(len(table)), pa.int64())
    numbered = without_dictionaries(table).append_column("row number", place)
    stored = connection.create_table(f"rows {secrets.token_hex(6)}", numbered)
    return stored.order_by("row number").drop("row number")


def without_dictionaries(table):
    """Arrow table with the words of its categories, and numbers where no type is known."""
    for i, field in enumerate(table.schema):
        if pa.types.is_null(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.float64()))
        if pa.types.is_dictionary(field.type):
            words = table.column(i).cast(field.type.value_type)
            table = table.set_column(i, field.name, words)
    return table

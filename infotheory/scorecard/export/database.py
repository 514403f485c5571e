"""A card where the rows live: a view of a table, and a model of dbt."""

from collections.abc import Callable
from functools import partial
from typing import Any

from infotheory._databases import IBIS, Database, run_statement, table_names
from infotheory.engines import Frame, open_frame

__all__ = ["ROWS_OF_DBT", "create_points_view", "dbt_model"]

#: Name that stands for the rows until dbt says where they are.
ROWS_OF_DBT = "infotheory_rows_of_dbt"


def create_points_view(
    connection: Database, name: str, table: Any, score: Callable[[Frame], Any]
) -> Any:
    """Create a view of a table of Ibis with its points, in the database that holds the table."""
    opened = open_frame(table)
    # Before anything is scored: of a table in memory that would read all rows.
    if opened.engine != IBIS:
        message = (
            "table must be a table of Ibis that the connection holds, got a frame of "
            f"{opened.engine}; use to_sql() for other databases"
        )
        raise TypeError(message)
    if name in table_names(connection):
        message = f"name must be that of no table or view, got {name!r}, which exists already"
        raise ValueError(message)
    return run_statement(connection, partial(connection.create_view, name, score(opened)))


def dbt_model(sql: str, model: str) -> str:
    """Turn a query of ``ROWS_OF_DBT`` into a model of dbt, which reads nothing else in it."""
    if "{% endraw" in sql or "{%- endraw" in sql:
        message = "names and levels must not hold '{% endraw', which ends what dbt leaves as it is"
        raise ValueError(message)
    # The last one: names of columns, which stand before the table, may hold the same text.
    before, after = sql.rsplit(ROWS_OF_DBT, 1)
    # It stands between single quotes of Jinja.
    text = model.replace("\\", "\\\\").replace("'", "\\'")
    source = "{% endraw %}{{ ref('" + text + "') }}{% raw %}"
    config = "{{ config(materialized='view') }}\n"
    return f"{config}{{% raw %}}{before}{source}{after}{{% endraw %}}\n"

"""Tables in databases that nobody here can reach: the compiler of Ibis is there, no server is."""

import importlib
from dataclasses import dataclass
from pathlib import Path

#: By name in Ibis: name in sqlglot, and compiler. Redshift has none of its own.
DIALECTS = {
    "bigquery": ("bigquery", "BigQueryCompiler"),
    "snowflake": ("snowflake", "SnowflakeCompiler"),
    "databricks": ("databricks", "DatabricksCompiler"),
    "postgres": ("postgres", "PostgresCompiler"),
}
#: Dialects in which the exports of a card are kept: databases that are not asked through Ibis.
EXPORTED = ("redshift", "tsql", "oracle")
FOLDER = Path(__file__).parent / "statements"


@dataclass(frozen=True)
class Unreached:
    """What a table of Ibis is asked for: the name of its database, and what that can do."""

    name: str

    def has_operation(self, operation):
        compilers = importlib.import_module(f"ibis.backends.sql.compilers.{self.name}")
        compiler = getattr(compilers, DIALECTS[self.name][1])
        method = getattr(compiler, f"visit_{operation.__name__}", None)
        cannot = {None, compiler.visit_Undefined, compiler.visit_Unsupported}
        return operation in compiler.extra_supported_ops or method not in cannot


def unreached_table(database, name, **columns):
    """Make a table of Ibis whose statements can be written, and not run."""
    import ibis
    import ibis.expr.operations as ops

    return ops.DatabaseTable(
        name=name, schema=ibis.schema(columns), source=Unreached(database)
    ).to_expr()

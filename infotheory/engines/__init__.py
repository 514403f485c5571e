"""Rows on any engine to columns that bins can encode."""

from infotheory.engines.memory import Columns, as_table, read_columns

__all__ = ["Columns", "as_table", "read_columns"]

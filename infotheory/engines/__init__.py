"""Rows on any engine to columns that bins can encode."""

from infotheory.engines.memory import Columns, read_columns

__all__ = ["Columns", "read_columns"]

"""Rows on any engine to columns that bins can encode, and to count tables."""

from infotheory._databases import Query
from infotheory._patterns import Patterns
from infotheory.engines.counting import count_frame
from infotheory.engines.counts import FrameCounts
from infotheory.engines.expressions import bin_column
from infotheory.engines.frames import Frame, open_frame
from infotheory.engines.memory import Columns, as_table, read_columns
from infotheory.engines.patterns import count_patterns
from infotheory.engines.placing import PrebinOptions
from infotheory.engines.sampling import SAMPLE_ROWS, fine_cells
from infotheory.engines.store import CountStore

__all__ = [
    "SAMPLE_ROWS",
    "Columns",
    "CountStore",
    "Frame",
    "FrameCounts",
    "Patterns",
    "PrebinOptions",
    "Query",
    "as_table",
    "bin_column",
    "count_frame",
    "count_patterns",
    "fine_cells",
    "open_frame",
    "read_columns",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

"""Results to one dict, and that dict to HTML, Excel and JSON."""

from typing import TYPE_CHECKING

from infotheory._later import names_of

if TYPE_CHECKING:
    from infotheory.report.monitoring_summary import monitoring_report
    from infotheory.report.sections.extras import Section
    from infotheory.report.summary import SCHEMA_VERSION, Report, report_schema, scorecard_report

__all__ = [
    "SCHEMA_VERSION",
    "Report",
    "Section",
    "monitoring_report",
    "report_schema",
    "scorecard_report",
]

#: Where each name lives: what needs one of them does not load the others.
_PLACES = {
    "monitoring_summary": ("monitoring_report",),
    "sections.extras": ("Section",),
    "summary": ("Report", "SCHEMA_VERSION", "report_schema", "scorecard_report"),
}

if not TYPE_CHECKING:  # to a checker it would give every name there is
    __getattr__ = names_of(__name__, _PLACES)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)

"""Results to one dict, and that dict to HTML, Excel and JSON."""

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


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

"""Results to one dict, and that dict to HTML, Excel and JSON."""

from infotheory.report.summary import SCHEMA_VERSION, Report, scorecard_report

__all__ = ["SCHEMA_VERSION", "Report", "scorecard_report"]

"""Results to one dict, and that dict to HTML, Excel and JSON."""

from infotheory.report.monitoring import MonitoringReport, monitoring_report
from infotheory.report.summary import SCHEMA_VERSION, Report, scorecard_report

__all__ = ["SCHEMA_VERSION", "MonitoringReport", "Report", "monitoring_report", "scorecard_report"]

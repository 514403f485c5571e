"""The tables of a monitoring report."""

from typing import Any

from infotheory.report import columns
from infotheory.report.printed_tables import Table

__all__ = ["monitoring_tables"]


def monitoring_tables(summary: dict[str, Any]) -> dict[str, Table]:
    """All tables of a monitoring report, by name.

    Parameters
    ----------
    summary : dict
        The summary.

    Returns
    -------
    dict of str to Table
        Tables of sections that the summary lacks are left out.
    """
    score = [row for row in summary["stability"] if row["kind"] == "score"]
    others = [row for row in summary["stability"] if row["kind"] != "score"]
    alarms, performance = summary["alarms"] or None, summary["performance"] or None
    tables = [
        Table("periods", "Reference and periods", columns.PERIODS, summary["periods"]),
        Table("alarms", "Alarms", columns.ALARMS, alarms),
        Table("score", "Stability of the score", columns.SCORE_DRIFT, score),
        Table("characteristics", "Stability of the characteristics", columns.DRIFT, others),
        Table("bins", "Shares by bin", columns.SHARES, summary["bins"]),
        Table("performance", "Discrimination and calibration", columns.PERFORMANCE, performance),
    ]

    moved = summary["migration"]
    if moved is not None:
        tables += [
            Table("mobility", "Mobility", columns.MOBILITY, moved["measures"]),
            Table("symmetry", "Symmetry", columns.SYMMETRY, [moved["symmetry"]]),
            Table("migration", "Migration by pair of bands", columns.MIGRATION, moved["cells"]),
        ]
    return {table.name: table for table in tables if table.rows is not None}

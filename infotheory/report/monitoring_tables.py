"""The tables of a monitoring report."""

from typing import Any

from infotheory.report.columns import Column
from infotheory.report.tables import Table

__all__ = ["monitoring_tables"]

_PERIODS = (
    Column("period", "Period"),
    Column("rows", "Rows", "count"),
    Column("size", "Effective size", "count"),
    Column(
        ("mean_points", "mean_points_standard_error", "mean_points_low", "mean_points_high"),
        "Mean points",
        "estimate",
    ),
    Column("events", "Events", "count"),
    Column("event_rate", "Event rate %", "percent"),
    Column("expected_event_rate", "Expected %", "percent"),
)
_ALARMS = (
    Column("period", "Period"),
    Column("what", "What"),
    Column("value", "Index or difference", "number"),
    Column("p_value", "p, adjusted", "p_value"),
)
_STABILITY = (
    Column("period", "Period"),
    Column("name", "What"),
    Column("alarm", "Alarm"),
    Column(("value", "standard_error", "low", "high"), "Index", "estimate"),
    Column("critical_value", "Critical value", "number"),
    Column("p_value", "p, no change", "p_value"),
    Column("adjusted_p_value", "p, adjusted", "p_value"),
    Column("band", "Customary band"),
    Column("band_p_value", "p, above 0.10", "p_value"),
    Column("jensen_shannon", "Jensen-Shannon", "number"),
    Column("bins", "Bins", "count"),
    Column("one_sided_bins", "Bins of one sample", "count"),
    Column(("points_shift", "points_shift_standard_error"), "Points moved", "with_error"),
)
_BINS = (
    Column("period", "Period"),
    Column("name", "What"),
    Column("bin", "Bin"),
    Column("reference_rows", "Reference rows", "count"),
    Column("reference_share", "Reference %", "percent"),
    Column("rows", "Rows", "count"),
    Column("share", "Period %", "percent"),
    Column("points", "Points", "count"),
)
_PERFORMANCE = (
    Column("period", "Period"),
    Column("measure", "Measure"),
    Column("alarm", "Alarm"),
    Column(("value", "standard_error", "low", "high"), "Value", "estimate"),
    Column("reference", "Reference", "number"),
    Column(
        ("difference", "difference_standard_error", "difference_low", "difference_high"),
        "Difference",
        "estimate",
    ),
    Column("difference_p_value", "p, no difference", "p_value"),
    Column("adjusted_p_value", "p, adjusted", "p_value"),
)
_CELLS = (
    Column("before", "First date"),
    Column("after", "Second date"),
    Column("count", "Accounts", "count"),
    Column("rate", "% of first", "percent"),
    Column("low", "from %", "percent"),
    Column("high", "to %", "percent"),
)
_MOBILITY = (
    Column("measure", "Measure"),
    Column(("value", "standard_error", "low", "high"), "Value", "estimate"),
    Column("p_value", "p, as many either way", "p_value"),
)
_SYMMETRY = (
    Column("test", "Test"),
    Column("statistic", "Statistic", "number"),
    Column("degrees_of_freedom", "Degrees of freedom", "count"),
    Column("p_value", "p", "p_value"),
)


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
    of_score = tuple(
        column
        for column in _STABILITY
        if column.header not in ("What", "p, adjusted", "Points moved")
    )
    tables = [
        Table("periods", "Reference and periods", _PERIODS, summary["periods"]),
        Table("score", "Stability of the score", of_score, score),
        Table("characteristics", "Stability of the characteristics", _STABILITY, others),
        Table("bins", "Shares by bin", _BINS, summary["bins"]),
    ]
    if summary["alarms"]:
        tables.insert(1, Table("alarms", "Alarms", _ALARMS, summary["alarms"]))
    if summary["performance"]:
        tables.append(
            Table(
                "performance",
                "Discrimination and calibration",
                _PERFORMANCE,
                summary["performance"],
            )
        )
    if summary["migration"] is not None:
        moved = summary["migration"]
        tables += [
            Table("mobility", "Mobility", _MOBILITY, moved["measures"]),
            Table("symmetry", "Symmetry", _SYMMETRY, [moved["symmetry"]]),
            Table("migration", "Migration by pair of bands", _CELLS, moved["cells"]),
        ]
    return {table.name: table for table in tables}

"""The tables of a report: one description each, from which HTML and Excel are written."""

from dataclasses import dataclass
from typing import Any

from infotheory.report import columns
from infotheory.report.columns import Column, Kind

__all__ = ["Table", "all_bins_table", "bins_table", "curve_tables", "frame_table", "tables_of"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: rows of the summary seen through columns.

    Parameters
    ----------
    name : str
        Key, and name of the sheet.
    title : str
        Caption.
    columns : tuple of Column
        Columns.
    rows : sequence of dict or None
        Rows of the summary; None for a table that there is not.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Any


def tables_of(summary: dict[str, Any]) -> dict[str, Table]:
    """All tables of a summary but the bins, by name.

    Parameters
    ----------
    summary : dict
        The summary.

    Returns
    -------
    dict of str to Table
        Tables of sections that the summary lacks are left out.
    """
    score, calibration = summary["conventions"]["score"], summary["calibration"]
    performance = summary["performance"]
    reasons = summary["reasons"]
    fairness = summary["fairness"] or {"measures": None, "groups": None, "characteristics": None}
    told = f"How often a characteristic is a reason, {reasons['sample']} rows" if reasons else ""
    tables = [
        Table("samples", "Samples", _samples(score), summary["data"]["samples"]),
        Table("columns", "Columns and their use", columns.COLUMNS, summary["characteristics"]),
        frame_table("selection", "Selection of variables", summary["selection"]),
        Table("audit", "Bins set by hand", columns.AUDIT, summary["audit"] or None),
        Table(
            "ranking",
            "Information values of the training rows",
            columns.RANKING,
            summary["ranking"],
        ),
        Table(
            "coefficients",
            "Coefficients, in log odds of an event",
            columns.COEFFICIENTS,
            summary["coefficients"],
        ),
        Table("points", "Points by bin", columns.POINTS, summary["points"]),
        Table("reasons", told, columns.REASONS, reasons and reasons["characteristics"]),
        Table(
            "performance", "Discrimination and accuracy", columns.MEASURES, performance["measures"]
        ),
        Table(
            "gains",
            "Gains by group of the score",
            _gains(score),
            _with_sample(performance["gains"]),
        ),
        Table("calibration", "Calibration line", columns.MEASURES, calibration["measures"] or None),
        Table("tests", "Hosmer-Lemeshow test", columns.TESTS, calibration["tests"] or None),
        Table(
            "bands",
            "Predicted and observed event rates by group",
            columns.BANDS,
            _with_sample(calibration["groups"]),
        ),
        Table("grades", "Rating grades", columns.GRADES, _with_sample(calibration["grades"])),
        Table(
            "stability",
            "Stability from training to hold-out rows",
            columns.STABILITY,
            summary["stability"],
        ),
        Table("fairness", "Differences between groups", columns.FAIRNESS, fairness["measures"]),
        Table("groups", "Groups", columns.GROUPS, fairness["groups"]),
        Table(
            "carriers",
            "Which characteristics tell the groups apart",
            columns.CARRIERS,
            fairness["characteristics"],
        ),
        frame_table("frontier", "Frontier of information value and fairness", summary["frontier"]),
        frame_table("decisions", "Cut-offs", summary["decisions"]),
    ]
    return {table.name: table for table in tables if table.rows is not None}


def frame_table(name: str, title: str, entry: dict[str, Any] | None) -> Table:
    """Table of a result made elsewhere: an error stands beside its value, numbers are told by what they are.

    Parameters
    ----------
    name : str
        Key, and name of the sheet.
    title : str
        Caption.
    entry : dict or None
        Keys columns and rows, as in the summary.

    Returns
    -------
    Table
        The table; without rows where there is no entry.
    """
    if entry is None:
        return Table(name, title, (), None)
    keys, found, used = entry["columns"], [], set()
    for key in keys:
        if key in used:
            continue
        prefix = "" if key == "value" else f"{key}_"
        error, ends = f"{prefix}standard_error", [f"{prefix}low", f"{prefix}high"]
        header = key.replace("_", " ")
        if error in keys and set(ends) <= set(keys):
            found.append(Column((key, error, *ends), header, "estimate"))
            used |= {error, *ends}
        elif error in keys:
            found.append(Column((key, error), header, "with_error"))
            used.add(error)
        else:
            found.append(Column((key,), header, _kind_of(key, [row[key] for row in entry["rows"]])))
    return Table(name, title, tuple(found), entry["rows"])


def _kind_of(key: str, values: list[Any]) -> Kind:
    told = [value for value in values if value is not None]
    if not told or any(
        isinstance(value, bool) or not isinstance(value, int | float) for value in told
    ):
        return "text"
    return "p_value" if "p_value" in key else "significant"


def _with_sample(by_sample: dict[str, list[dict[str, Any]]] | None) -> list[dict[str, Any]] | None:
    if by_sample is None:
        return None
    return [{"sample": sample, **row} for sample, rows in by_sample.items() for row in rows]


def all_bins_table(summary: dict[str, Any]) -> Table:
    """Bins of all characteristics in all samples, one under another.

    Parameters
    ----------
    summary : dict
        The summary.

    Returns
    -------
    Table
        The table, with the characteristic and the sample in front.
    """
    rows = [
        {"characteristic": entry["name"], "sample": sample, **row}
        for entry in summary["characteristics"]
        for sample, part in entry["samples"].items()
        for row in part["bins"]
    ]
    head = (Column("characteristic", "Characteristic"), Column("sample", "Sample"))
    return Table("bins", "Bins of all characteristics", head + _bin_columns(summary), rows)


def curve_tables(summary: dict[str, Any]) -> list[Table]:
    """Curves and distribution of the score, for formats that draw their own charts.

    Parameters
    ----------
    summary : dict
        The summary.

    Returns
    -------
    list of Table
        Tables "curves" and "distribution".
    """
    curves, distribution = summary["performance"]["curves"], summary["performance"]["distribution"]
    points = [
        {"sample": sample, "score": score, "nonevents": nonevents, "events": events}
        for sample, curve in curves.items()
        for score, nonevents, events in zip(
            curve["score"], curve["nonevents"], curve["events"], strict=True
        )
    ]
    cells = []
    for sample, counts in distribution["samples"].items():
        totals = [sum(counts["nonevents"]), sum(counts["events"])]
        edges = distribution["edges"]
        for low, high, *pair in zip(
            edges[:-1], edges[1:], counts["nonevents"], counts["events"], strict=True
        ):
            shares = [count / total for count, total in zip(pair, totals, strict=True)]
            cells.append(
                {
                    "sample": sample,
                    "low": low,
                    "high": high,
                    "nonevents": shares[0],
                    "events": shares[1],
                }
            )
    return [
        Table("curves", "Shares of the classes at or below a score", columns.CURVES, points),
        Table("distribution", "Distribution of the score by class", columns.DISTRIBUTION, cells),
    ]


def bins_table(summary: dict[str, Any], characteristic: dict[str, Any], sample: str) -> Table:
    """Bins of one characteristic in one sample.

    Parameters
    ----------
    summary : dict
        The summary, for its conventions.
    characteristic : dict
        An entry of ``summary["characteristics"]``.
    sample : str
        "train" or "hold-out".

    Returns
    -------
    Table
        The table.
    """
    told = _bin_columns(summary)
    rows = characteristic["samples"][sample]["bins"]
    kept = told if any(row["adjusted"] for row in rows) else told[:-1]
    return Table("bins", f"{characteristic['name']}, {sample} rows", kept, rows)


def _bin_columns(summary: dict[str, Any]) -> tuple[Column, ...]:
    woe = f"WoE ({'+ safer' if summary['conventions']['woe_sign'] == 'nonevent' else '+ riskier'})"
    return (
        Column("bin", "Bin"),
        Column("count", "Rows", "count"),
        Column("share", "Rows %", "percent"),
        Column("nonevents", "Non-events", "count"),
        Column("events", f"Events ({summary['conventions']['event_label']})", "count"),
        Column("event_rate", "Event rate %", "percent"),
        Column("rate_low", "from %", "percent"),
        Column("rate_high", "to %", "percent"),
        Column(("woe", "woe_standard_error", "woe_low", "woe_high"), woe, "estimate"),
        Column(("iv", "iv_standard_error"), "IV term", "with_error"),
        Column("adjusted", "1/2 added"),
    )


def _samples(score: str) -> tuple[Column, ...]:
    return (
        Column("sample", "Sample"),
        Column("rows", "Rows", "count"),
        Column("events", "Events", "count"),
        Column("event_rate", "Event rate %", "percent"),
        Column("columns", "Columns", "count"),
        Column("sum_of_weights", "Sum of weights", "count"),
        Column("mean_score", f"Mean {score}", "significant"),
    )


def _gains(score: str) -> tuple[Column, ...]:
    return (
        Column("sample", "Sample"),
        Column("group", "Group (1 = riskiest)", "count"),
        Column("score_low", f"{score.capitalize()} from", "significant"),
        Column("score_high", "to", "significant"),
        Column("count", "Rows", "count"),
        Column("events", "Events", "count"),
        Column("event_rate", "Event rate %", "percent"),
        Column("lift", "Lift", "number"),
        Column("cumulative_share", "Rows so far %", "percent"),
        Column("cumulative_capture", "Events so far %", "percent"),
        Column("cumulative_lift", "Lift so far", "number"),
        Column("gap", "Gap of the classes", "number"),
    )

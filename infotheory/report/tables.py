"""The tables of a report: one description each, from which HTML and Excel are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from infotheory.report import numbers

__all__ = ["Column", "Table", "bins_table", "tables_of"]

Kind = Literal["text", "count", "number", "percent", "points", "p_value", "estimate"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where its value lies in a row, how it is headed and written.

    Parameters
    ----------
    key : str
        Key of the value, with dots for nested dicts. An estimate lies at ``key + ".value"``, ``.standard_error``,
        ``.low``, ``.high``; or, where ``key`` starts with ``=``, at ``value,standard_error,low,high`` named after it.
    header : str
        Heading.
    kind : str
        How it is written.
    """

    key: str
    header: str
    kind: Kind = "text"

    @property
    def headers(self) -> tuple[str, ...]:
        """Headings: an estimate takes two columns in HTML."""
        return (f"{self.header} ± SE", "interval") if self.kind == "estimate" else (self.header,)

    def raw(self, row: dict[str, Any]) -> list[Any]:
        """Return the values as they are: one, or value, error and ends of an estimate.

        Parameters
        ----------
        row : dict
            A row of the summary.
        """
        if self.kind != "estimate":
            return [_at(row, self.key)]
        if self.key.startswith("="):
            return [_at(row, key) for key in self.key[1:].split(",")]
        return [_at(row, f"{self.key}.{part}") for part in ("value", "standard_error", "low", "high")]

    def texts(self, row: dict[str, Any]) -> list[str]:
        """Return the values as a reader sees them, one a heading.

        Parameters
        ----------
        row : dict
            A row of the summary.
        """
        values = self.raw(row)
        if self.kind == "estimate":
            value, error, low, high = values
            places = numbers.decimals(error)
            ends = "–" if low is None else f"{numbers.fixed(low, places)} to {_upper(high, places)}"
            return [numbers.with_error(value, error), ends]
        if self.kind == "text":
            return [_text(values[0])]
        writers = {
            "count": numbers.count,
            "number": numbers.fixed,
            "percent": numbers.percent,
            "points": numbers.count,
            "p_value": numbers.p_value,
        }
        return [writers[self.kind](values[0])]


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
    rows : sequence of dict
        Rows of the summary.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[dict[str, Any]]


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
    calibration = [{"sample": s, **row} for s, rows in summary["calibration"]["groups"].items() for row in rows]
    tables = [
        Table("samples", "Samples", _SAMPLES, summary["data"]["samples"]),
        Table("columns", "Columns and their use", _COLUMNS, summary["characteristics"]),
        Table("ranking", "Information values of the training rows", _RANKING, summary["ranking"]),
        Table(
            "coefficients",
            "Coefficients, in log odds of an event per unit of WoE",
            _COEFFICIENTS,
            summary["coefficients"],
        ),
        Table("points", "Points by bin", _POINTS, summary["points"]),
        Table("performance", "Discrimination and accuracy", _MEASURES, summary["performance"]["measures"]),
        Table("calibration", "Calibration line", _MEASURES, summary["calibration"]["measures"]),
        Table("tests", "Hosmer-Lemeshow test", _TESTS, summary["calibration"]["tests"]),
        Table("bands", "Predicted and observed event rates by group of the score", _BANDS, calibration),
    ]
    if summary["stability"] is not None:
        tables.append(Table("stability", "Stability from training to hold-out rows", _STABILITY, summary["stability"]))
    if summary["fairness"] is not None:
        fairness = summary["fairness"]
        tables += [
            Table("fairness", "Differences between groups", _FAIRNESS, fairness["measures"]),
            Table("groups", "Groups", _GROUPS, fairness["groups"]),
            Table("carriers", "Which characteristics tell the groups apart", _CARRIERS, fairness["characteristics"]),
        ]
    return {table.name: table for table in tables}


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
    woe = f"WoE ({'+ safer' if summary['conventions']['woe_sign'] == 'nonevent' else '+ riskier'})"
    columns = (
        Column("bin", "Bin"),
        Column("count", "Rows", "count"),
        Column("share", "Rows %", "percent"),
        Column("nonevents", "Non-events", "count"),
        Column("events", f"Events ({summary['conventions']['event_label']})", "count"),
        Column("event_rate", "Event rate %", "percent"),
        Column("rate_low", "from %", "percent"),
        Column("rate_high", "to %", "percent"),
        Column("=woe,woe_standard_error,woe_low,woe_high", woe, "estimate"),
        Column("iv", "IV term", "number"),
        Column("adjusted", "1/2 added"),
    )
    rows = characteristic["samples"][sample]["bins"]
    kept = columns if any(row["adjusted"] for row in rows) else columns[:-1]
    return Table("bins", f"{characteristic['name']}, {sample} rows", kept, rows)


_SAMPLES = (
    Column("sample", "Sample"),
    Column("rows", "Rows", "count"),
    Column("events", "Events", "count"),
    Column("event_rate", "Event rate %", "percent"),
    Column("columns", "Columns", "count"),
    Column("sum_of_weights", "Sum of weights", "count"),
    Column("mean_points", "Mean points", "points"),
)
_COLUMNS = (
    Column("name", "Column"),
    Column("kind", "Kind"),
    Column("in_card", "In the card"),
    Column("reason", "Why not"),
    Column("missing_share", "Missing %", "percent"),
    Column("trend", "Trend of the event rate"),
    Column("status", "Status of the bins"),
)
_RANKING = (
    Column("name", "Characteristic"),
    Column("in_card", "In the card"),
    Column("iv", "IV, same rows", "estimate"),
    Column("cross_fitted", "IV, held-out folds", "estimate"),
    Column("permutation_p_value", "p, permutation", "p_value"),
    Column("adjusted_p_value", "p, adjusted", "p_value"),
)
_COEFFICIENTS = (
    Column("feature", "Characteristic"),
    Column("=coefficient,standard_error,low,high", "Coefficient", "estimate"),
    Column("vif", "VIF", "number"),
    Column("sign_ok", "Sign as expected"),
    Column("p_value", "p", "p_value"),
    Column("p_value_note", "Rows of the test"),
)
_POINTS = (
    Column("feature", "Characteristic"),
    Column("bin", "Bin"),
    Column("count", "Rows", "count"),
    Column("event_rate", "Event rate %", "percent"),
    Column("woe", "WoE", "number"),
    Column("points", "Points", "points"),
)
_MEASURES = (
    Column("measure", "Measure"),
    Column("sample", "Sample"),
    Column("=value,standard_error,low,high", "Value", "estimate"),
    Column("p_value", "p", "p_value"),
    Column("method", "Method"),
)
_TESTS = (
    Column("sample", "Sample"),
    Column("statistic", "Statistic", "number"),
    Column("degrees_of_freedom", "Degrees of freedom", "count"),
    Column("p_value", "p", "p_value"),
)
_BANDS = (
    Column("sample", "Sample"),
    Column("band", "Group"),
    Column("count", "Rows", "count"),
    Column("events", "Events", "count"),
    Column("predicted", "Predicted %", "percent"),
    Column("observed", "Observed %", "percent"),
    Column("low", "from %", "percent"),
    Column("high", "to %", "percent"),
    Column("jeffreys_p_value", "p, more events than predicted", "p_value"),
)
_STABILITY = (
    Column("name", "What"),
    Column("in_card", "In the card"),
    Column("bins", "Bins", "count"),
    Column("index", "Index", "estimate"),
    Column("critical_value", "Critical value", "number"),
    Column("index.p_value", "p, no change", "p_value"),
    Column("band", "Customary band (0.10, 0.25)"),
)
_FAIRNESS = (
    Column("attribute", "Attribute"),
    Column("sample", "Sample"),
    Column("measure", "Measure"),
    Column("=value,standard_error,low,high", "Value", "estimate"),
    Column("p_value", "p, no difference", "p_value"),
    Column("method", "Compared"),
)
_GROUPS = (
    Column("attribute", "Attribute"),
    Column("sample", "Sample"),
    Column("group", "Group"),
    Column("n", "Rows", "count"),
    Column("approval_rate", "Approved %", "percent"),
    Column("approval_rate_standard_error", "± SE", "percent"),
    Column("event_rate", "Event rate %", "percent"),
    Column("event_rate_standard_error", "± SE", "percent"),
    Column("auc", "AUC", "number"),
    Column("auc_standard_error", "± SE", "number"),
    Column("calibration_gap", "Predicted less observed %", "percent"),
    Column("calibration_gap_standard_error", "± SE", "percent"),
)
_CARRIERS = (
    Column("attribute", "Attribute"),
    Column("name", "Characteristic"),
    Column("iv_fair", "IV_fair", "estimate"),
    Column("iv_fair.p_value", "p, no difference", "p_value"),
)


def _at(row: dict[str, Any], key: str) -> Any:
    value: Any = row
    for part in key.split("."):
        if value is None:
            return None
        value = value[part]
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None or value == "" else str(value)


def _upper(value: float | None, places: int) -> str:
    return "∞" if value is None else numbers.fixed(value, places)

"""The columns of the tables of a report, and how a value is written."""

from dataclasses import dataclass
from typing import Any, Literal

from infotheory.report import numbers

__all__ = [
    "AUDIT",
    "BANDS",
    "CARRIERS",
    "COEFFICIENTS",
    "COLUMNS",
    "CURVES",
    "DISTRIBUTION",
    "FAIRNESS",
    "GRADES",
    "GROUPS",
    "MEASURES",
    "POINTS",
    "RANKING",
    "REASONS",
    "STABILITY",
    "TESTS",
    "Column",
    "Kind",
]

Kind = Literal[
    "text",
    "count",
    "number",
    "tenths",
    "significant",
    "percent",
    "p_value",
    "estimate",
    "with_error",
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where its value lies in a row, how it is headed and written.

    Parameters
    ----------
    key : str or tuple of str
        Key of the value, with dots for nested dicts; an estimate lies at ``key + ".value"``,
        ``.standard_error``, ``.low``, ``.high``. Or the keys themselves: of value, error and ends,
        of value and error, or of one value.
    header : str
        Heading.
    kind : str
        How it is written.
    """

    key: str | tuple[str, ...]
    header: str
    kind: Kind = "text"

    @property
    def headers(self) -> tuple[str, ...]:
        """Headings: an estimate takes two columns in HTML."""
        if self.kind == "estimate":
            return f"{self.header} ± SE", "interval"
        return (f"{self.header} ± SE",) if self.kind == "with_error" else (self.header,)

    def raw(self, row: dict[str, Any]) -> list[Any]:
        """Return the values as they are: one, or value, error and ends of an estimate.

        Parameters
        ----------
        row : dict
            A row of the summary.
        """
        if not isinstance(self.key, str):
            return [row[key] for key in self.key]
        if self.kind != "estimate":
            return [_at(row, self.key)]
        return [
            _at(row, f"{self.key}.{part}") for part in ("value", "standard_error", "low", "high")
        ]

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
        if self.kind == "with_error":
            return [numbers.with_error(*values)]
        writers = {
            "count": numbers.count,
            "number": numbers.fixed,
            "tenths": numbers.tenths,
            "significant": numbers.significant,
            "percent": numbers.percent,
            "p_value": numbers.p_value,
        }
        return [writers[self.kind](values[0])]


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
    if isinstance(value, list):
        return "; ".join(map(_text, value)) or "–"
    return "–" if value is None or value == "" else str(value)


def _upper(value: float | None, places: int) -> str:
    return "∞" if value is None else numbers.fixed(value, places)


COLUMNS = (
    Column("name", "Column"),
    Column("kind", "Kind"),
    Column("in_card", "In the model"),
    Column("reason", "Why not"),
    Column("missing_share", "Missing %", "percent"),
    Column("trend", "Trend of the event rate"),
    Column("status", "Status of the bins"),
)
AUDIT = (
    Column("step", "Step", "count"),
    Column("feature", "Characteristic"),
    Column("action", "Action"),
    Column("detail", "What"),
    Column("reason", "Why"),
    Column("who", "Who"),
    Column("when", "When"),
    Column("bins_before", "Bins before"),
    Column("bins_after", "Bins after"),
    Column(("iv_before", "iv_before_standard_error"), "IV before", "with_error"),
    Column(("iv_after", "iv_after_standard_error"), "IV after", "with_error"),
    Column(("iv_difference", "iv_difference_standard_error"), "Difference", "with_error"),
    Column("trend_before", "Trend before"),
    Column("trend_after", "Trend after"),
    Column("not_met", "Limits not met"),
)
RANKING = (
    Column("name", "Characteristic"),
    Column("in_card", "In the model"),
    Column("iv", "IV, same rows", "estimate"),
    Column("cross_fitted", "IV, held-out folds", "estimate"),
    Column("permutation_p_value", "p, permutation", "p_value"),
    Column("adjusted_p_value", "p, adjusted", "p_value"),
)
COEFFICIENTS = (
    Column("feature", "Characteristic"),
    Column(("coefficient", "standard_error", "low", "high"), "Coefficient", "estimate"),
    Column("vif", "VIF", "number"),
    Column("sign_ok", "Sign as expected"),
    Column("p_value", "p", "p_value"),
    Column("p_value_note", "Rows of the test"),
)
POINTS = (
    Column("feature", "Characteristic"),
    Column("bin", "Bin"),
    Column("count", "Rows", "count"),
    Column("event_rate", "Event rate %", "percent"),
    Column("woe", "WoE", "number"),
    Column("points", "Points", "count"),
    Column("standard_error", "SE", "tenths"),
    Column("low", "from", "tenths"),
    Column("high", "to", "tenths"),
)
REASONS = (
    Column("name", "Characteristic"),
    Column("first", "First reason %", "percent"),
    Column("among", "Among the reasons %", "percent"),
    Column("mean_shortfall", "Mean points lost where given", "significant"),
)
MEASURES = (
    Column("measure", "Measure"),
    Column("sample", "Sample"),
    Column(("value", "standard_error", "low", "high"), "Value", "estimate"),
    Column("p_value", "p", "p_value"),
    Column("method", "Method"),
)
TESTS = (
    Column("sample", "Sample"),
    Column("statistic", "Statistic", "number"),
    Column("degrees_of_freedom", "Degrees of freedom", "count"),
    Column("p_value", "p", "p_value"),
)
BANDS = (
    Column("sample", "Sample"),
    Column("band", "Group"),
    Column("count", "Rows", "count"),
    Column("events", "Events", "count"),
    Column("predicted", "Predicted %", "percent"),
    Column("observed", "Observed %", "percent"),
    Column("low", "from %", "percent"),
    Column("high", "to %", "percent"),
    Column("jeffreys_p_value", "p, more events than predicted", "p_value"),
    Column("binomial_p_value", "p, binomial", "p_value"),
)
GRADES = (
    Column("sample", "Sample"),
    Column("grade", "Grade"),
    Column("lower", "From %", "percent"),
    Column("upper", "to %", "percent"),
    Column("pd", "PD %", "percent"),
    Column("count", "Rows", "count"),
    Column("share", "Rows %", "percent"),
    Column("events", "Events", "count"),
    Column("predicted", "Predicted %", "percent"),
    Column("observed", "Observed %", "percent"),
    Column("low", "from %", "percent"),
    Column("high", "to %", "percent"),
    Column("jeffreys_p_value", "p, Jeffreys", "p_value"),
    Column("binomial_p_value", "p, binomial", "p_value"),
    Column("inversion_p_value", "p, order of grades", "p_value"),
)
STABILITY = (
    Column("name", "What"),
    Column("in_card", "In the model"),
    Column("bins", "Bins", "count"),
    Column("index", "Index", "estimate"),
    Column("critical_value", "Critical value", "number"),
    Column("index.p_value", "p, no change", "p_value"),
    Column("band", "Customary band (0.10, 0.25)"),
)
FAIRNESS = (
    Column("attribute", "Attribute"),
    Column("sample", "Sample"),
    Column("measure", "Measure"),
    Column(("value", "standard_error", "low", "high"), "Value", "estimate"),
    Column("p_value", "p, no difference", "p_value"),
    Column("method", "Compared"),
)
GROUPS = (
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
CARRIERS = (
    Column("attribute", "Attribute"),
    Column("name", "Characteristic"),
    Column("iv_fair", "IV_fair", "estimate"),
    Column("iv_fair.p_value", "p, no difference", "p_value"),
)
CURVES = (
    Column("sample", "Sample"),
    Column("score", "Score", "significant"),
    Column("nonevents", "Non-events refused", "percent"),
    Column("events", "Events refused", "percent"),
)
DISTRIBUTION = (
    Column("sample", "Sample"),
    Column("low", "Score from", "significant"),
    Column("high", "to", "significant"),
    Column("nonevents", "Non-events, share", "percent"),
    Column("events", "Events, share", "percent"),
)

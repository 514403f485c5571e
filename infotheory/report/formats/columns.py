"""Names of columns to the headings that are printed, and how a value is written: the one place.

Tables and summaries carry names in snake_case (``event_rate``); what a reader sees ("Event rate %")
is made here, for every table of every report and format.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from infotheory.report.formats import number_texts as numbers

__all__ = ["Column", "Kind", "column", "columns"]

Kind = Literal[
    "text",
    "count",
    "number",
    "tenths",
    "hundredths",
    "significant",
    "percent",
    "p_value",
    "estimate",
    "with_error",
]

_WRITERS = {
    "count": numbers.count,
    "number": numbers.fixed,
    "tenths": numbers.tenths,
    "hundredths": numbers.hundredths,
    "significant": numbers.significant,
    "percent": numbers.percent,
    "p_value": numbers.p_value,
}

#: Heading and kind of the columns that mean the same in every table.
_USUAL: dict[str, tuple[str, Kind]] = {
    "adjusted_p_value": ("p, adjusted", "p_value"),
    "alarm": ("Alarm", "text"),
    "attribute": ("Attribute", "text"),
    "band": ("Customary band", "text"),
    "bin": ("Bin", "text"),
    "binomial_p_value": ("p, binomial", "p_value"),
    "count": ("Rows", "count"),
    "critical_value": ("Critical value", "number"),
    "degrees_of_freedom": ("Degrees of freedom", "count"),
    "event_rate": ("Event rate %", "percent"),
    "events": ("Events", "count"),
    "expected_event_rate": ("Predicted %", "percent"),
    "feature": ("Characteristic", "text"),
    "grade": ("Grade", "text"),
    "group": ("Group", "text"),
    "high": ("to %", "percent"),
    "in_card": ("In the model", "text"),
    "jeffreys_p_value": ("p, Jeffreys", "p_value"),
    "low": ("from %", "percent"),
    "measure": ("Measure", "text"),
    "method": ("Method", "text"),
    "missing_share": ("Missing %", "percent"),
    "n_bins": ("Bins", "count"),
    "nonevents": ("Non-events", "count"),
    "p_value": ("p", "p_value"),
    "period": ("Period", "text"),
    "points": ("Points", "count"),
    "sample": ("Sample", "text"),
    "share": ("Rows %", "percent"),
    "statistic": ("Statistic", "number"),
    "vif": ("VIF", "tenths"),
    "woe": ("WoE", "hundredths"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where its value lies in a row, how it is headed and written."""

    # Key of the value, with dots for nested dicts; an estimate lies at `key + ".value"`,
    # `.standard_error`, `.low`, `.high`. Or the keys themselves: of value, error and ends, of value
    # and error, or of one value.
    key: str | tuple[str, ...]
    # Heading
    header: str
    # How it is written
    kind: Kind = "text"
    # Key of the error, or keys of the ends of the interval, that say how many digits are known;
    # none where the kind alone says it
    precision: tuple[str, ...] = ()
    # Coverage of the interval, which says how many errors wide it is
    level: float = 0.95

    @property
    def headers(self) -> tuple[str, ...]:
        """Headings: an estimate takes two columns in HTML."""
        if self.kind == "estimate":
            return f"{self.header} ± SE", "interval"
        return (f"{self.header} ± SE",) if self.kind == "with_error" else (self.header,)

    def raw(self, row: dict[str, Any]) -> list[Any]:
        """Return the values as they are: one, or value, error and ends of an estimate."""
        if not isinstance(self.key, str):
            return [row[key] for key in self.key]
        if self.kind != "estimate":
            return [_at(row, self.key)]
        return [
            _at(row, f"{self.key}.{part}") for part in ("value", "standard_error", "low", "high")
        ]

    def texts(self, row: dict[str, Any]) -> list[str]:
        """Return the values as a reader sees them, one a heading."""
        values = self.raw(row)
        if self.kind == "estimate":
            statuses = [self._beside(row, part) for part in ("low_status", "high_status")]
            return _estimate_texts(*values, *statuses, level=self.level)
        if self.kind == "with_error":
            return [numbers.with_error(*values)]
        if self.kind == "text":
            return [_text(values[0])]
        places = self.places(row)
        if places is None:
            return [_WRITERS[self.kind](values[0])]
        return [(numbers.percent if self.kind == "percent" else numbers.fixed)(values[0], places)]

    def places(self, row: dict[str, Any]) -> int | None:
        """Decimal places that the error of the value supports; None where the row has no error."""
        if self.kind == "estimate":
            error, low, high = self.raw(row)[1:]
            return numbers.places_of(error, low, high, self.level)
        if self.kind == "with_error":
            return numbers.decimals(self.raw(row)[1])

        scale = 100.0 if self.kind == "percent" else 1.0
        parts = [row.get(key) for key in self.precision]
        if len(parts) == 2:
            return numbers.places_between(parts[0], parts[1], scale, self.level)
        if not parts or parts[0] is None or not parts[0] > 0.0:
            return None
        return numbers.decimals(scale * parts[0])

    def reason(self, row: dict[str, Any]) -> str | None:
        """Return why the error of an estimate is not shown, or not whole; None where it is."""
        return self._beside(row, "reason") if self.kind == "estimate" else None

    def _beside(self, row: dict[str, Any], part: str) -> Any:
        """Entry beside the parts of an estimate, where its row has it."""
        # An estimate of its own is a dict that holds them all; one that is laid out over the row
        # has them under the names of its ends: "woe_high" gives "woe_reason", and "high" gives
        # "reason".
        if isinstance(self.key, str):
            entry = _at(row, self.key)
            return None if entry is None else entry.get(part)

        quantity = "" if self.key[-1] == "high" else self.key[-1].removesuffix("high")
        return row.get(f"{quantity}{part}")


def _estimate_texts(
    value: float | None,
    error: float | None,
    low: float | None,
    high: float | None,
    low_status: str | None,
    high_status: str | None,
    *,
    level: float,
) -> list[str]:
    """Value with its error, and interval with as many places as the error supports."""
    places = numbers.places_of(error, low, high, level)
    interval = numbers.interval(
        low, high, places, low_status or "estimated", high_status or "estimated"
    )
    return [numbers.with_error(value, error, places), interval]


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


def column(name: str, header: str = "", kind: Kind | None = None) -> Column:
    """Column of a name with its usual heading and kind, where no others are stated.

    Examples
    --------
    >>> column("event_rate").header, column("count", "Accounts").kind
    ('Event rate %', 'count')
    """
    usual_header, usual_kind = _USUAL.get(name, ("", "text"))
    return Column(name, header or usual_header, usual_kind if kind is None else kind)


def columns(*entries: str | Column) -> tuple[Column, ...]:
    """Columns of a table: names with their usual headings, and columns as they are."""
    return tuple(column(entry) if isinstance(entry, str) else entry for entry in entries)


def between_ends(name: str, header: str = "", kind: Kind | None = None) -> tuple[Column, ...]:
    """Columns of a quantity and of the ends of its interval, with the digits that it supports."""
    value = column(name, header, kind)
    unit = " %" if value.kind == "percent" else ""
    low, high = f"{name}_low", f"{name}_high"
    entries = (value, column(low, f"from{unit}", value.kind), column(high, f"to{unit}", value.kind))
    return tuple(replace(entry, precision=(low, high)) for entry in entries)


def rate_with_ends(name: str, header: str = "") -> tuple[Column, ...]:
    """Columns of a share of the rows, whose ends are called low and high."""
    entries = (column(name, header, "percent"), column("low"), column("high"))
    return tuple(replace(entry, precision=("low", "high")) for entry in entries)


def with_own_error(name: str, header: str, kind: Kind) -> tuple[Column, Column]:
    """Columns of a quantity and of its error, with the digits that the error supports."""
    error = f"{name}_standard_error"
    entries = column(name, header, kind), column(error, "± SE", kind)
    first, second = (replace(entry, precision=(error,)) for entry in entries)
    return first, second


def known_to(error: str, *entries: Column) -> tuple[Column, ...]:
    """Columns with the digits that an error beside them supports."""
    return tuple(replace(entry, precision=(error,)) for entry in entries)


def estimate(header: str, quantity: str = "") -> Column:
    """Column of a value with its error and interval, whose keys begin with the quantity."""
    if not quantity:
        return Column(("value", "standard_error", "low", "high"), header, "estimate")
    parts = ("standard_error", "low", "high")
    return Column((quantity, *(f"{quantity}_{part}" for part in parts)), header, "estimate")


def value_with_error(header: str, quantity: str) -> Column:
    """Column of a value with its error, whose keys begin with the quantity."""
    return Column((quantity, f"{quantity}_standard_error"), header, "with_error")


# The scorecard report.

COLUMNS = columns(
    column("feature", "Column"),
    column("dtype", "Kind"),
    "in_card",
    column("reason", "Why not"),
    "missing_share",
    column("trend", "Trend of the event rate"),
    column("status", "Status of the bins"),
)
REVIEWS = columns(
    "feature",
    column("status", "Review"),
    column("note", "Note"),
    column("who", "Who"),
    column("when", "When"),
)
DICTIONARY = columns(
    column("feature", "Column"),
    column("description", "Meaning"),
    column("dtype", "Kind"),
    column("storage", "Stored as"),
    column("missing", "Missing", "count"),
    column("distinct", "Distinct", "count"),
    column("values", "Values of the training rows"),
)
AUDIT = columns(
    column("step", "Step", "count"),
    "feature",
    column("action", "Action"),
    column("detail", "What"),
    column("reason", "Why"),
    column("who", "Who"),
    column("when", "When"),
    column("bins_before", "Bins before"),
    column("bins_after", "Bins after"),
    value_with_error("IV before, training rows", "iv_before"),
    value_with_error("IV after, training rows", "iv_after"),
    value_with_error("Difference", "iv_difference"),
    column("trend_before", "Trend before"),
    column("trend_after", "Trend after"),
    column("not_met", "Limits not met"),
)
RANKING = columns(
    "feature",
    "in_card",
    column("iv", "IV, same rows", "estimate"),
    column("cross_fitted", "IV, held-out folds", "estimate"),
    column("permutation_p_value", "p, permutation, same rows", "p_value"),
    column("adjusted_p_value", "p, adjusted, same rows"),
)
COEFFICIENTS = columns(
    "feature",
    Column(
        ("coefficient", "standard_error", "low", "high"), "Coefficient, training rows", "estimate"
    ),
    column("vif", "VIF, training rows"),
    column("sign_ok", "Sign as expected"),
    column("p_value", "p, rows of the test"),
    column("adjusted_p_value", "p, adjusted, rows of the test"),
    column("p_value_note", "Rows of the test"),
)
POINTS = columns(
    "feature",
    "bin",
    "count",
    "event_rate",
    "woe",
    "points",
    *known_to(
        "standard_error",
        column("standard_error", "SE", "tenths"),
        column("low", "from", "tenths"),
        column("high", "to", "tenths"),
    ),
)
WOE_REASON = column("woe_reason", "WoE by")
REASONS = columns(
    "feature",
    *between_ends("first", "First reason %", "percent"),
    *between_ends("among", "Among the reasons %", "percent"),
    *between_ends("mean_shortfall", "Mean points lost where given", "significant"),
)
MEASURES = columns("measure", "sample", estimate("Value"), "p_value", "method")
TESTS = columns("sample", "statistic", "degrees_of_freedom", "p_value")
BANDS = columns(
    "sample",
    column("band", "Group"),
    "count",
    "events",
    "expected_event_rate",
    *rate_with_ends("event_rate", "Observed %"),
    column("jeffreys_p_value", "p, more events than predicted"),
    "binomial_p_value",
    "adjusted_p_value",
)
GRADES = columns(
    "sample",
    "grade",
    column("lower", "From %", "percent"),
    column("upper", "to %", "percent"),
    column("pd", "PD %", "percent"),
    "count",
    "share",
    "events",
    "expected_event_rate",
    *rate_with_ends("event_rate", "Observed %"),
    "jeffreys_p_value",
    "binomial_p_value",
    "adjusted_p_value",
    column("inversion_p_value", "p, order of grades", "p_value"),
)
STABILITY = columns(
    column("feature", "What"),
    "in_card",
    "n_bins",
    column("index", "Index", "estimate"),
    "critical_value",
    column("index.p_value", "p, no change", "p_value"),
    column("band", "Customary band (0.10, 0.25)"),
)
FAIRNESS = columns(
    "attribute",
    "sample",
    "measure",
    estimate("Value"),
    column("p_value", "p, no difference"),
    column("method", "Compared"),
)
GROUPS = columns(
    "attribute",
    "sample",
    "group",
    "count",
    *with_own_error("approval_rate", "Approved %", "percent"),
    *with_own_error("event_rate", "Event rate %", "percent"),
    *with_own_error("auc", "AUC", "number"),
    *with_own_error("calibration_gap", "Predicted less observed %", "percent"),
    column("calibration_gap_p_value", "p, prediction holds", "p_value"),
    column("calibration_gap_adjusted_p_value", "p, adjusted", "p_value"),
)
CARRIERS = columns(
    "attribute",
    "feature",
    column("iv_fair", "IV_fair", "estimate"),
    column("iv_fair.p_value", "p, no difference", "p_value"),
)
CURVES = columns(
    "sample",
    column("score", "Score", "significant"),
    column("nonevents", "Non-events refused", "percent"),
    column("events", "Events refused", "percent"),
)
DISTRIBUTION = columns(
    "sample",
    column("low", "Score from", "significant"),
    column("high", "to", "significant"),
    column("nonevents", "Non-events, share", "percent"),
    column("events", "Events, share", "percent"),
)


def samples_columns(score: str) -> tuple[Column, ...]:
    """Columns of the table of samples."""
    return columns(
        "sample",
        "count",
        "events",
        *between_ends("event_rate"),
        column("columns", "Columns", "count"),
        column("sum_of_weights", "Sum of weights", "count"),
        *between_ends("mean_score", f"Mean {score}", "significant"),
    )


def gains_columns(score: str) -> tuple[Column, ...]:
    """Columns of the table of gains."""
    return columns(
        "sample",
        column("group", "Group (1 = riskiest)", "count"),
        column("score_low", f"{score.capitalize()} from", "significant"),
        column("score_high", "to", "significant"),
        "count",
        "events",
        *between_ends("event_rate"),
        *between_ends("lift", "Lift", "number"),
        # so far: of this group and all riskier ones
        column("cumulative_share", "Rows so far %", "percent"),
        *between_ends("cumulative_capture", "Events so far %", "percent"),
        *between_ends("cumulative_lift", "Lift so far", "number"),
        *between_ends("gap", "Gap of the classes", "number"),
    )


def bins_columns(event_label: str, woe_sign: str) -> tuple[Column, ...]:
    """Columns of the bins of a characteristic; the last one tells zero cells."""
    direction = "+ safer" if woe_sign == "nonevent" else "+ riskier"
    return columns(
        "bin",
        "count",
        "share",
        "nonevents",
        column("events", f"Events ({event_label})"),
        *between_ends("event_rate"),
        estimate(f"WoE ({direction})", "woe"),
        estimate("IV term", "iv"),
        column("adjusted", "1/2 added"),
    )


# The monitoring report.

PERIODS = columns(
    "period",
    "count",
    column("size", "Effective size", "count"),
    estimate("Mean points", "mean_points"),
    "events",
    *between_ends("event_rate"),
    column("expected_event_rate", "Expected %"),
)
ALARMS = columns(
    "period",
    column("what", "What"),
    column("value", "Index or difference", "number"),
    column("p_value", "p, all periods"),
    column("sentence", "In words", "text"),
)
# What is adjusted within a period alarms in one of many stable ones: its heading says so.
_IN_PERIOD = "adjusted in its period"
DRIFT = columns(
    "period",
    column("feature", "What"),
    "alarm",
    column("moved", "Moved", "text"),
    estimate("Index"),
    "critical_value",
    column("p_value", "p, no change"),
    column("adjusted_p_value", f"p, {_IN_PERIOD}"),
    column("overall_p_value", "p, all periods", "p_value"),
    column("tolerance_p_value", "p, tolerance", "p_value"),
    column("adjusted_tolerance_p_value", f"p, tolerance, {_IN_PERIOD}", "p_value"),
    column("overall_tolerance_p_value", "p, tolerance, all periods", "p_value"),
    "band",
    column("band_p_value", "p, above 0.10", "p_value"),
    column("jensen_shannon", "Jensen-Shannon", "number"),
    column("bins", "Bins", "count"),
    column("one_sided_bins", "Bins of one sample", "count"),
    value_with_error("Points moved", "points_shift"),
)
# The score is one quantity: there is no name to tell, nothing to adjust for within a period, and no
# points of a characteristic that move.
SCORE_DRIFT = tuple(
    entry
    for entry in DRIFT
    if entry.header not in ("What", "Points moved") and _IN_PERIOD not in entry.header
)
SHARES = columns(
    "period",
    column("feature", "What"),
    "bin",
    column("reference_count", "Reference rows", "count"),
    column("reference_share", "Reference %", "percent"),
    "count",
    column("share", "Period %"),
    "points",
)
PERFORMANCE = columns(
    "period",
    "measure",
    "alarm",
    estimate("Value"),
    *known_to("reference_standard_error", column("reference", "Reference", "number")),
    estimate("Difference", "difference"),
    column("difference_p_value", "p, no difference", "p_value"),
    column("adjusted_p_value", f"p, {_IN_PERIOD}"),
    column("overall_p_value", "p, all periods", "p_value"),
    column("reason", "Withheld: the period holds", "text"),
)
MIGRATION = columns(
    column("before", "First date"),
    column("after", "Second date"),
    column("count", "Accounts"),
    *rate_with_ends("rate", "% of first"),
)
MOBILITY = columns("measure", estimate("Value"), column("p_value", "p, as many either way"))
SYMMETRY = columns(column("test", "Test"), "statistic", "degrees_of_freedom", "p_value")

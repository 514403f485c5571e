"""The tables of a report: one description each, from which HTML and Excel are written."""

from dataclasses import dataclass, replace
from typing import Any, Self

from infotheory.report.formats import columns, target_columns
from infotheory.report.formats.columns import Column, Kind
from infotheory.report.formats.target_columns import (
    target_bins_columns,
    target_points_columns,
    target_samples,
)
from infotheory.report.sections.limitations import is_of_target

__all__ = [
    "Table",
    "all_bins_table",
    "bins_table",
    "curve_tables",
    "monitoring_tables",
    "result_table",
    "tables_of",
]

_BANDS = "Predicted and observed event rates by group"
_CARRIERS = "Which characteristics tell the groups apart"
_COEFFICIENTS = "Coefficients, in log odds of an event"
_DISCRIMINATION = "Discrimination and accuracy"
_FRONTIER = "Frontier of information value and fairness"
_RANKING = "Information values of the training rows"
_STABILITY = "Stability from training to hold-out rows"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: rows of the summary seen through columns."""

    # Key, and name of the sheet
    name: str
    # Caption
    title: str
    # Columns
    columns: tuple[Column, ...]
    # Rows of the summary; None for a table that there is not
    rows: Any

    @property
    def notes(self) -> list[str]:
        """Why errors of rows are not shown: first text of the row, and the reason."""
        notes = [
            f"{self.columns[0].texts(row)[0]}: {reason}"
            for row in self.rows
            for reason in self.reasons(row)
        ]
        # Many rows may have one note.
        return list(dict.fromkeys(notes))

    def at_level(self, level: float) -> Self:
        """Return the table with as many digits as intervals of that coverage support."""
        return replace(self, columns=tuple(replace(one, level=level) for one in self.columns))

    def reasons(self, row: dict[str, Any]) -> list[str]:
        """Return why errors of one row are not shown, or not whole."""
        reasons = [column.reason(row) for column in self.columns]
        return [reason for reason in reasons if reason]


def tables_of(summary: dict[str, Any]) -> dict[str, Table]:
    """All tables of a summary but the bins, by name."""
    tables = [
        *_data_tables(summary),
        *_model_tables(summary),
        *_validation_tables(summary),
        *_group_tables(summary),
        result_table("frontier", _FRONTIER, summary["frontier"]),
        result_table("decisions", "Cut-offs", summary["decisions"]),
    ]
    level = summary["conventions"]["level"]
    return {table.name: table.at_level(level) for table in tables if table.rows is not None}


def _data_tables(summary: dict[str, Any]) -> list[Table]:
    """Tables of what there is, and of what each column is worth."""
    samples = (columns.samples_columns(summary["conventions"]["score"]), summary["data"]["samples"])
    use = columns.COLUMNS
    if is_of_target(summary):
        samples, use = target_samples(summary), target_columns.COLUMNS_OF_TARGET

    # Meanings and ranges are those of the rows that the bins were learnt on: the captions say so.
    meanings = (columns.DICTIONARY, summary["dictionary"])
    return [
        Table("samples", "Samples", *samples),
        Table("columns", "Columns and their use, training rows", use, summary["characteristics"]),
        Table("dictionary", "Data dictionary, training rows", *meanings),
        result_table("selection", "Selection of variables", summary["selection"]),
        Table("reviews", "Reviews of characteristics", columns.REVIEWS, _reviews(summary)),
        Table("audit", "Bins set by hand", columns.AUDIT, summary["audit"] or None),
        Table("ranking", _RANKING, columns.RANKING, summary["ranking"]),
    ]


def _reviews(summary: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return what was decided about characteristics, or None where nothing was."""
    decided = [
        {"feature": entry["feature"], **entry["review"]}
        for entry in summary["characteristics"]
        if "review" in entry
    ]
    return decided or None


def _model_tables(summary: dict[str, Any]) -> list[Table]:
    """Tables of the model itself; a pipeline has no points and no reasons."""
    reasons = summary["reasons"] or {"sample": "", "characteristics": None}
    title = f"How often a characteristic is a reason, {reasons['sample']} rows"
    coefficients, points = columns.COEFFICIENTS, _point_columns(summary["points"])
    caption = _COEFFICIENTS
    if is_of_target(summary):
        coefficients, points = target_columns.COEFFICIENTS_OF_MEANS, target_points_columns(points)
        caption = "Coefficients of the predictor"
    return [
        Table("coefficients", caption, coefficients, summary["coefficients"]),
        Table("points", "Points by bin, training rows", points, summary["points"]),
        Table("reasons", title, columns.REASONS, reasons["characteristics"]),
    ]


def _validation_tables(summary: dict[str, Any]) -> list[Table]:
    """How well the score ranks, how true its probabilities are, how stable it is."""
    if is_of_target(summary):
        return _validation_tables_of_means(summary)
    performance, calibration = summary["performance"], summary["calibration"]
    gains = columns.gains_columns(summary["conventions"]["score"])
    # An empty list stands for no table as well: probabilities of 0 and 1 have no calibration line.
    measured, tested = calibration["measures"] or None, calibration["tests"] or None
    bands, grades = (_with_sample(calibration[name]) for name in ("groups", "grades"))
    return [
        Table("performance", _DISCRIMINATION, columns.MEASURES, performance["measures"]),
        Table("gains", "Gains by group of the score", gains, _with_sample(performance["gains"])),
        Table("calibration", "Calibration line", columns.MEASURES, measured),
        Table("tests", "Hosmer-Lemeshow test", columns.TESTS, tested),
        Table("bands", _BANDS, columns.BANDS, bands),
        Table("grades", "Rating grades", columns.GRADES, grades),
        Table("stability", _STABILITY, columns.STABILITY, summary["stability"]),
    ]


def _validation_tables_of_means(summary: dict[str, Any]) -> list[Table]:
    """How well predicted means fit, rank and hold, where there are any, and how stable rows are."""
    performance = summary["performance"] or {"measures": None, "gains": None}
    calibration = summary["calibration"] or {"measures": None, "groups": None}
    gains, bands = (_with_sample(part) for part in (performance["gains"], calibration["groups"]))
    measures = columns.MEASURES
    return [
        Table("performance", "Fit and order of the means", measures, performance["measures"]),
        Table("gains", "Amount by group of the mean", target_columns.GAINS_OF_MEANS, gains or None),
        Table("calibration", "Level and slope of the means", measures, calibration["measures"]),
        Table("bands", "Predicted and observed means", target_columns.BANDS_OF_MEANS, bands),
        Table("stability", _STABILITY, columns.STABILITY, summary["stability"]),
    ]


def _group_tables(summary: dict[str, Any]) -> list[Table]:
    """Differences between the groups of protected attributes, where there are any."""
    fairness = summary["fairness"] or dict.fromkeys(("measures", "groups", "characteristics"))
    # The section measures the first sample that has groups first, and characteristics on no other.
    rows = f", {fairness['measures'][0]['sample']} rows" if fairness["measures"] else ""
    return [
        Table("fairness", "Differences between groups", columns.FAIRNESS, fairness["measures"]),
        Table("groups", "Groups", columns.GROUPS, fairness["groups"]),
        Table("carriers", _CARRIERS + rows, columns.CARRIERS, fairness["characteristics"]),
    ]


def monitoring_tables(summary: dict[str, Any]) -> dict[str, Table]:
    """All tables of a monitoring report, by name."""
    periods = target_columns.PERIODS_OF_MEANS if is_of_target(summary) else columns.PERIODS
    score = [row for row in summary["stability"] if row["kind"] == "score"]
    others = [row for row in summary["stability"] if row["kind"] != "score"]
    alarms, performance = summary["alarms"] or None, summary["performance"] or None
    tables = [
        Table("periods", "Reference and periods", periods, summary["periods"]),
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
    level = summary["conventions"]["level"]
    return {table.name: table.at_level(level) for table in tables if table.rows is not None}


def result_table(name: str, title: str, entry: dict[str, Any] | None) -> Table:
    """Table of a result made elsewhere: an error stands beside its value, numbers as they are."""
    if entry is None:
        return Table(name, title, (), None)

    keys, shown = entry["columns"], []
    taken: set[str] = set()  # errors and ends, which stand beside their value
    for key in keys:
        if key in taken:
            continue
        prefix = "" if key == "value" else f"{key}_"
        error, ends = f"{prefix}standard_error", [f"{prefix}low", f"{prefix}high"]
        header = key.replace("_", " ")
        if error in keys and set(ends) <= set(keys):
            shown.append(Column((key, error, *ends), header, "estimate"))
            taken |= {error, *ends}
        elif error in keys:
            shown.append(Column((key, error), header, "with_error"))
            taken.add(error)
        else:
            kind = _kind_of(key, [row[key] for row in entry["rows"]])
            shown.append(Column((key,), header, kind))
    return Table(name, title, tuple(shown), entry["rows"])


def _kind_of(key: str, values: list[Any]) -> Kind:
    # Truth is an int to Python, and "yes" or "no" to a reader.
    known = [value for value in values if value is not None]
    if not known or any(
        isinstance(value, bool) or not isinstance(value, int | float) for value in known
    ):
        return "text"
    return "p_value" if "p_value" in key else "significant"


def _with_sample(by_sample: dict[str, list[dict[str, Any]]] | None) -> list[dict[str, Any]] | None:
    if by_sample is None:
        return None
    return [{"sample": sample, **row} for sample, rows in by_sample.items() for row in rows]


def all_bins_table(summary: dict[str, Any]) -> Table:
    """Bins of all characteristics in all samples, one under another."""
    rows = [
        {"feature": entry["feature"], "sample": sample, **row}
        for entry in summary["characteristics"]
        for sample, part in entry["samples"].items()
        for row in part["bins"]
    ]
    shown = columns.columns("feature", "sample") + _bin_columns(summary, rows)
    table = Table("bins", "Bins of all characteristics", shown, rows)
    return table.at_level(summary["conventions"]["level"])


def curve_tables(summary: dict[str, Any]) -> list[Table]:
    """Curves and distribution of the score, for formats that draw their own charts."""
    if is_of_target(summary):
        return _distribution_of_means(summary["performance"])
    curves, distribution = summary["performance"]["curves"], summary["performance"]["distribution"]

    points = [
        {"sample": sample, "score": score, "nonevents": nonevents, "events": events}
        for sample, curve in curves.items()
        for score, nonevents, events in zip(
            curve["score"], curve["nonevents"], curve["events"], strict=True
        )
    ]

    cells = [
        {"sample": sample, **cell}
        for sample, counts in distribution["samples"].items()
        for cell in _class_shares(distribution["edges"], counts)
    ]
    return [
        Table("curves", "Shares of the classes at or below a score", columns.CURVES, points),
        Table("distribution", "Distribution of the score by class", columns.DISTRIBUTION, cells),
    ]


def _distribution_of_means(performance: dict[str, Any] | None) -> list[Table]:
    """Share of the weight by cell of the predicted mean, where there is one."""
    if performance is None:
        return []
    edges, counted = (performance["distribution"][key] for key in ("edges", "samples"))
    cells = [
        {"sample": sample, "low": low, "high": high, "share": count / sum(counts)}
        for sample, counts in counted.items()
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    shown = target_columns.DISTRIBUTION_OF_MEANS
    return [Table("distribution", "Distribution of the predicted means", shown, cells)]


def _class_shares(edges: list[float], counts: dict[str, list[float]]) -> list[dict[str, float]]:
    """Share of each class by cell of the score."""
    classes = ("nonevents", "events")
    shares = [[count / sum(counts[name]) for count in counts[name]] for name in classes]
    cells = zip(edges[:-1], edges[1:], *shares, strict=True)
    return [dict(zip(("low", "high", *classes), cell, strict=True)) for cell in cells]


def bins_table(summary: dict[str, Any], characteristic: dict[str, Any], sample: str) -> Table:
    """Bins of one characteristic in one sample."""
    rows = characteristic["samples"][sample]["bins"]
    shown = _bin_columns(summary, rows)
    if not is_of_target(summary):
        if not any(row["adjusted"] for row in rows):
            shown = shown[:-1]
        if any(row.get("woe_reason") for row in rows):
            shown = (*shown, columns.WOE_REASON)
    table = Table("bins", f"{characteristic['feature']}, {sample} rows", shown, rows)
    return table.at_level(summary["conventions"]["level"])


def _point_columns(rows: list[dict[str, Any]] | None) -> tuple[Column, ...]:
    by_hand = any(row.get("woe_reason") for row in rows or ())
    return (*columns.POINTS, columns.WOE_REASON) if by_hand else columns.POINTS


def _bin_columns(summary: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[Column, ...]:
    if is_of_target(summary):
        return target_bins_columns(summary, rows)
    conventions = summary["conventions"]
    return columns.bins_columns(conventions["event_label"], conventions["woe_sign"])

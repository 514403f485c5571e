"""Columns of the tables of a report whose target is no two classes."""

from typing import Any

from infotheory.report.formats.columns import (
    COLUMNS,
    WOE_REASON,
    Column,
    between_ends,
    column,
    columns,
    estimate,
    value_with_error,
)

__all__ = [
    "BANDS_OF_MEANS",
    "COEFFICIENTS_OF_MEANS",
    "COLUMNS_OF_TARGET",
    "DISTRIBUTION_OF_MEANS",
    "GAINS_OF_MEANS",
    "PERIODS_OF_MEANS",
    "target_bins_columns",
    "target_points_columns",
    "target_samples",
]

#: What the divergence is called in headings.
_IV = {"continuous": "R²"}

_MEAN = column("mean", "Mean", "significant")
_MEAN_WITH_ENDS = between_ends("mean", "Mean", "significant")

COLUMNS_OF_TARGET = tuple(
    column("trend", "Trend of the mean") if shown.key == "trend" else shown for shown in COLUMNS
)
COEFFICIENTS_OF_MEANS = columns(
    "feature",
    Column(
        ("coefficient", "standard_error", "low", "high"), "Coefficient, training rows", "estimate"
    ),
    column("vif", "VIF, training rows"),
    column("sign_ok", "Sign as expected"),
)
GAINS_OF_MEANS = columns(
    "sample",
    column("group", "Group", "count"),
    column("predicted_low", "Predicted from", "significant"),
    column("predicted_high", "to", "significant"),
    column("count", "Weight", "count"),
    column("amount", "Amount", "significant"),
    *_MEAN_WITH_ENDS,
    *between_ends("lift", "Lift", "number"),
    column("cumulative_share", "Weight so far", "percent"),
    *between_ends("cumulative_capture", "Amount so far", "percent"),
    column("reason", "Why no interval"),
)
BANDS_OF_MEANS = columns(
    "sample",
    column("band", "Group", "count"),
    column("count", "Weight", "count"),
    column("expected_mean", "Predicted", "significant"),
    *between_ends("mean", "Observed", "significant"),
    column("p_value", "p, prediction holds"),
    column("reason", "Why no interval"),
)
PERIODS_OF_MEANS = columns(
    "period",
    column("count", "Weight", "count"),
    column("size", "Effective size", "count"),
    estimate("Mean points", "mean_points"),
    estimate("Mean", "mean"),
    column("expected_mean", "Expected", "significant"),
    column("effective_rows", "Effective rows of the target", "count"),
)
DISTRIBUTION_OF_MEANS = columns(
    "sample",
    column("low", "Mean from", "significant"),
    column("high", "to", "significant"),
    column("share", "Weight, share", "percent"),
)


def target_samples(summary: dict[str, Any]) -> tuple[tuple[Column, ...], list[dict[str, Any]]]:
    """Columns and rows of the table of samples: means, or shares of the classes."""
    rows = summary["data"]["samples"]
    shown = columns("sample", "count", column("sum_of_weights", "Sum of weights", "significant"))
    classes = summary["conventions"]["classes"]
    if classes:
        named = tuple(Column((f"share {name}",), f"{name} %", "percent") for name in classes)
        shares = [
            {f"share {name}": share for name, share in row["class_shares"].items()} for row in rows
        ]
        return (*shown, *named), [row | parts for row, parts in zip(rows, shares, strict=True)]

    shown = (*shown, *_MEAN_WITH_ENDS)
    if summary["conventions"]["score"]:
        shown = (
            *shown,
            *between_ends("mean_score", f"Mean {summary['conventions']['score']}", "tenths"),
        )
    return shown, rows


def target_bins_columns(summary: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[Column, ...]:
    """Columns of the bins of a characteristic: mean and evidence, of each class where it has."""
    shown = columns("bin", column("count", "Weight", "count"), column("share", "Weight %"))
    classes = summary["conventions"]["classes"]
    for name in classes:
        shown += columns(
            Column((f"share_{name}",), f"{name} %", "percent"),
            value_with_error(f"WoE {name}", f"woe_{name}"),
        )
    if not classes:
        shown += columns(estimate("Mean", "mean"), estimate("WoE", "woe"))
        shown += columns(estimate(_IV.get(summary["conventions"]["target_type"], "IV"), "iv"))
    else:
        shown += columns(value_with_error("IV", "iv"))

    if any(row["adjusted"] for row in rows):
        shown += columns(column("adjusted", "Half a row added"))
    return (*shown, WOE_REASON) if any(row.get("woe_reason") for row in rows) else shown


def target_points_columns(points: tuple[Column, ...]) -> tuple[Column, ...]:
    """Columns of the points by bin, of which the target has a mean where others have a rate."""
    return tuple(_MEAN if shown.key == "event_rate" else shown for shown in points)

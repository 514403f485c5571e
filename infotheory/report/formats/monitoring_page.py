"""The HTML page of a monitoring report."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from infotheory.plots import (
    plot_drift,
    plot_migration,
    plot_shares,
    plot_stability,
    plot_stability_map,
)
from infotheory.report.formats import number_texts as numbers
from infotheory.report.formats.figures import svg
from infotheory.report.formats.pages import get_page, read_logo
from infotheory.report.formats.printed_tables import Table, monitoring_tables

__all__ = ["render_monitoring"]

#: Measures that are drawn where they are known: of two classes, and of a mean.
_DRAWN = (
    "AUC",
    "concordance",
    "observed / expected",
    "observed / predicted",
    "observed less predicted",
    "calibration slope",
)


def render_monitoring(
    summary: dict[str, Any], *, template: str | Path | None = None, logo: str | Path | None = None
) -> str:
    """Render the page; every text from the data is escaped."""
    tables = monitoring_tables(summary)
    return str(
        get_page("monitoring.html", template).render(
            summary=summary,
            tables=tables,
            bins=_bins_of_last_period(summary, tables["bins"]),
            figures=_figures(summary),
            tiles=_tiles(summary),
            logo=None if logo is None else read_logo(Path(logo)),
        )
    )


def _bins_of_last_period(summary: dict[str, Any], table: Table) -> list[Table]:
    """Bins of the last period, a table each for the score and the characteristics."""
    last = summary["names"][-1]
    rows = [row for row in summary["bins"] if row["period"] == last]
    names = dict.fromkeys(row["feature"] for row in rows)
    shown = table.columns[2:]  # the caption names period and characteristic
    return [
        Table(name, f"{name}, {last}", shown, [row for row in rows if row["feature"] == name])
        for name in names
    ]


def _figures(summary: dict[str, Any]) -> dict[str, Any]:
    """Draw the figures of the page, by name."""
    stability, last = pd.DataFrame(summary["stability"]), summary["names"][-1]
    is_score = stability["kind"] == "score"
    tolerance = summary["conventions"]["tolerance"]
    score = plot_stability(stability[is_score], tolerance=tolerance)
    others = plot_stability_map(stability[~is_score], tolerance=tolerance)

    bins = pd.DataFrame(summary["bins"])
    shares = plot_shares(bins[(bins["feature"] == "score") & (bins["period"] == last)])
    figures: dict[str, Any] = {
        "score": svg(score, "score", "Stability index of the score by period"),
        "map": svg(others, "map", "Stability index of the characteristics by period"),
        "shares": svg(shares, "shares", f"Score bands, {last} beside the reference"),
        "drift": _drift_figures(pd.DataFrame(summary["performance"])),
    }

    moved = summary["migration"]
    if moved is not None:
        # A band without accounts has no rates, which JSON writes as null.
        rates = [[np.nan if rate is None else rate for rate in row] for row in moved["rates"]]
        matrix = plot_migration(np.array(rates), tuple(moved["labels"]))
        figures["migration"] = svg(matrix, "migration", "Migration matrix")
    return figures


def _drift_figures(performance: pd.DataFrame) -> list[str]:
    """One figure for each measure that is drawn, where outcomes are known."""
    figures = []
    for name in _DRAWN if len(performance) else ():
        rows = performance[performance["measure"] == name]
        if len(rows):
            figures.append(svg(plot_drift(rows), f"drift-{name}", f"{name} by period"))
    return figures


def _tiles(summary: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Key figures at the head of the page: heading, value, what stands beside it."""
    names, last = summary["names"], summary["periods"][-1]["period"]
    tolerance = summary["conventions"]["tolerance"]

    rows = [row for row in summary["stability"] if row["period"] == last]
    score = next(row for row in reversed(rows) if row["kind"] == "score")
    others = [row for row in rows if row is not score]
    alarms = f"{sum(row['alarm'] for row in others)} of {len(others)}"

    span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    tiles = [
        ("Periods", str(len(names)), span),
        (
            f"Index of the score, {last}",
            numbers.fixed(score["value"], numbers.decimals(score["standard_error"])),
            _beside(score),
        ),
        (f"Characteristics beyond {tolerance:g}, {last}", alarms, "allowing for their number"),
    ]

    # outcomes of the last periods are often not known yet
    areas = [
        row
        for row in summary["performance"]
        if row["measure"] in ("AUC", "concordance") and row["value"] is not None
    ]
    return tiles + [_area_tile(area) for area in areas[-1:]]


def _area_tile(area: dict[str, Any]) -> tuple[str, str, str]:
    places = numbers.decimals(area["standard_error"])
    reference = numbers.fixed(area["reference"], places)
    beside = f"reference {reference}, p = {numbers.p_value(area['difference_p_value'])}"
    return f"{area['measure']}, {area['period']}", numbers.fixed(area["value"], places), beside


def _beside(score: dict[str, Any]) -> str:
    if score["reason"] is not None:
        return f"withheld: {score['reason']}"
    alarm, critical = (
        "alarm" if score["alarm"] else "no alarm",
        numbers.fixed(score["critical_value"]),
    )
    return f"{alarm}: critical value {critical}; band: {score['band']}"

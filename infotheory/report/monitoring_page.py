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
from infotheory.report import numbers
from infotheory.report.figures import svg
from infotheory.report.monitoring_tables import monitoring_tables
from infotheory.report.pages import get_page, read_logo
from infotheory.report.tables import Table

__all__ = ["render_monitoring"]

_DRAWN = ("AUC", "observed / expected", "calibration slope")


def render_monitoring(
    summary: dict[str, Any], *, template: str | Path | None = None, logo: str | Path | None = None
) -> str:
    """Render the page; every text from the data is escaped.

    Parameters
    ----------
    summary : dict
        The summary.
    template : str or Path, optional
        A template of the user's that extends ``monitoring.html``.
    logo : str or Path, optional
        A PNG or SVG file.

    Returns
    -------
    str
        The page.

    Raises
    ------
    MissingDependencyError
        If jinja2 or matplotlib is not installed.
    ValueError
        If the template does not extend ours, or the logo is not a PNG or SVG file.
    """
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
    """Bins of the last period, one table for the score and each characteristic; all periods are in the workbook."""
    last = summary["names"][-1]
    rows = [row for row in summary["bins"] if row["period"] == last]
    names = dict.fromkeys(row["name"] for row in rows)
    columns = table.columns[2:]
    return [
        Table(name, f"{name}, {last}", columns, [row for row in rows if row["name"] == name])
        for name in names
    ]


def _figures(summary: dict[str, Any]) -> dict[str, Any]:
    stability, last = pd.DataFrame(summary["stability"]), summary["names"][-1]
    score = stability[stability["kind"] == "score"]
    bins = pd.DataFrame(summary["bins"])
    shares = bins[(bins["name"] == "score") & (bins["period"] == last)]
    figures: dict[str, Any] = {
        "score": svg(plot_stability(score), "score", "Stability index of the score by period"),
        "map": svg(
            plot_stability_map(stability[stability["kind"] != "score"]),
            "map",
            "Stability index of the characteristics by period",
        ),
        "shares": svg(plot_shares(shares), "shares", f"Score bands, {last} beside the reference"),
        "drift": [],
    }
    performance = pd.DataFrame(summary["performance"])
    for name in _DRAWN if len(performance) else ():
        rows = performance[performance["measure"] == name]
        if len(rows):
            figures["drift"].append(svg(plot_drift(rows), f"drift-{name}", f"{name} by period"))
    if summary["migration"] is not None:
        moved = summary["migration"]
        rates = np.array(
            [[np.nan if rate is None else rate for rate in row] for row in moved["rates"]]
        )
        figures["migration"] = svg(
            plot_migration(rates, tuple(moved["labels"])), "migration", "Migration matrix"
        )
    return figures


def _tiles(summary: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Key figures at the head of the page: heading, value, what stands beside it."""
    last, names = summary["periods"][-1], summary["names"]
    score = next(row for row in reversed(summary["stability"]) if row["kind"] == "score")
    moved = sum(
        row["alarm"]
        for row in summary["stability"]
        if row["period"] == last["period"] and row is not score
    )
    n_others = sum(row["period"] == last["period"] for row in summary["stability"]) - 1
    span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    tiles = [
        ("Periods", str(len(names)), span),
        (f"Index of the score, {last['period']}", numbers.fixed(score["value"]), _beside(score)),
        (
            f"Characteristics that moved, {last['period']}",
            f"{moved} of {n_others}",
            "allowing for their number",
        ),
    ]
    areas = [row for row in summary["performance"] if row["measure"] == "AUC"]
    if areas:
        area, places = areas[-1], numbers.decimals(areas[-1]["standard_error"])
        beside = (
            f"reference {numbers.fixed(area['reference'], places)}, p = "
            f"{numbers.p_value(area['difference_p_value'])}"
        )
        tiles.append((f"AUC, {area['period']}", numbers.fixed(area["value"], places), beside))
    return tiles


def _beside(score: dict[str, Any]) -> str:
    alarm = "alarm" if score["alarm"] else "no alarm"
    return (
        f"{alarm}: critical value {numbers.fixed(score['critical_value'])}; band: {score['band']}"
    )

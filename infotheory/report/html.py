"""A summary to one self-contained HTML page."""

import warnings
from typing import Any

from infotheory.exceptions import SparseCellWarning
from infotheory.report import numbers
from infotheory.report.figures import binning_figures, figures_of
from infotheory.report.pages import environment
from infotheory.report.tables import bins_table, tables_of

__all__ = ["render_html"]


def render_html(summary: dict[str, Any]) -> str:
    """Render the page; every text from the data is escaped.

    Parameters
    ----------
    summary : dict
        The summary.

    Returns
    -------
    str
        The page.

    Raises
    ------
    MissingDependencyError
        If jinja2 or matplotlib is not installed.
    """
    pages = environment()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SparseCellWarning)  # the tables mark these bins
        drawn = [binning_figures(summary, entry, i) for i, entry in enumerate(summary["characteristics"])]
        figures = figures_of(summary)
    return str(
        pages.get_template("report.html").render(
            summary=summary,
            tables=tables_of(summary),
            figures=figures,
            bins=[
                {
                    "entry": entry,
                    "figures": drawn[i],
                    "tables": [bins_table(summary, entry, sample) for sample in entry["samples"]],
                }
                for i, entry in enumerate(summary["characteristics"])
            ],
            tiles=_tiles(summary),
            with_error=numbers.with_error,
        )
    )


def _tiles(summary: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Key figures at the head of the page: heading, value, what stands beside it."""
    sample = summary["data"]["samples"][-1]
    tiles = [
        ("Rows", numbers.count(sum(s["rows"] for s in summary["data"]["samples"])), f"{sample['columns']} columns"),
        ("Characteristics in the card", str(sum(e["in_card"] for e in summary["characteristics"])), ""),
    ]
    for row in summary["performance"]["measures"]:
        if row["measure"] in ("AUC", "KS") and row["sample"] == sample["sample"]:
            places = numbers.decimals(row["standard_error"])
            interval = f"{numbers.fixed(row['low'], places)} to {numbers.fixed(row['high'], places)}"
            tiles.append((f"{row['measure']}, {row['sample']}", numbers.fixed(row["value"], places), interval))
    if summary["stability"] is not None:
        score = summary["stability"][0]
        beside = f"p = {numbers.p_value(score['index']['p_value'])}, {score['band']}"
        tiles.append(("Stability index of the score", numbers.fixed(score["index"]["value"]), beside))
    return tiles

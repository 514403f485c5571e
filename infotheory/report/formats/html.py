"""A summary to one self-contained HTML page."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infotheory.exceptions import SparseCellWarning
from infotheory.report.details import DETAILS
from infotheory.report.formats import number_texts as numbers
from infotheory.report.formats.figures import binning_figures, result_figures, summary_figures
from infotheory.report.formats.pages import get_page, read_logo
from infotheory.report.formats.printed_tables import Table, bins_table, result_table, tables_of
from infotheory.report.sections.limitations import is_of_target

__all__ = ["key_figures", "render_html"]


def render_html(
    summary: dict[str, Any],
    *,
    template: str | Path | None = None,
    logo: str | Path | None = None,
    results: Mapping[str, Any] | None = None,
) -> str:
    """Render the page; every text from the data is escaped."""
    of_target = is_of_target(summary)
    page = get_page("target.html" if of_target else "report.html", template)
    with warnings.catch_warnings():
        # the tables mark these bins
        warnings.simplefilter("ignore", SparseCellWarning)
        figures = summary_figures(summary)
        drawn = result_figures(results or {})

    tables = tables_of(summary)
    text = page.render(
        summary=summary,
        tables=tables,
        figures=figures,
        drawn=drawn,
        logo=None if logo is None else read_logo(Path(logo)),
        bins=[_bins(summary, entry) for entry in summary["characteristics"]],
        custom=_custom(summary),
        navigation=_navigation(summary, tables),
        details=DETAILS,
        tiles=key_figures(summary),
        with_error=numbers.with_error,
    )
    return str(text)


def _bins(summary: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """Figures and tables of the bins of one characteristic."""
    return {
        "entry": entry,
        "figures": binning_figures(summary, entry),
        "tables": [bins_table(summary, entry, sample) for sample in entry["samples"]],
    }


def _custom(summary: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "title": entry["title"],
            "paragraphs": [part for part in entry["text"].split("\n\n") if part.strip()],
            "table": None
            if entry["table"] is None
            else result_table("custom", entry["title"], entry["table"]),
        }
        for entry in summary["custom"]
    ]


def _navigation(summary: dict[str, Any], tables: dict[str, Table]) -> list[tuple[str, str]]:
    """Anchor and name of each section that the page has."""
    head = [
        ("findings", "Findings", True),
        ("model", "Model and sign-off", True),
        ("data", "Data", True),
        ("selection", "Selection", "selection" in tables),
        ("ranking", "Ranking", True),
        ("characteristics", "Characteristics", True),
        ("audit", "By hand", "audit" in tables or "reviews" in tables),
        ("card", "Model", "coefficients" in tables or "points" in tables),
        ("reasons", "Reasons", "reasons" in tables),
    ]

    validation = [
        ("discrimination", "Discrimination", "performance" in tables),
        ("calibration", "Calibration", "bands" in tables),
        ("stability", "Stability", "stability" in tables),
        ("groups", "Groups", "fairness" in tables),
        ("frontier", "Frontier", "frontier" in tables),
        ("decisions", "Decisions", "decisions" in tables),
    ]

    foot = [
        *((f"own{i}", entry["title"], True) for i, entry in enumerate(summary["custom"], start=1)),
        ("limitations", "Limitations", True),
        ("reproducibility", "Reproducibility", True),
    ]

    sections = [*head, *validation, *foot]
    return [(anchor, name) for anchor, name, present in sections if present]


def key_figures(summary: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the key figures at the head of the page."""
    samples = summary["data"]["samples"]
    n_rows = numbers.count(sum(sample["count"] for sample in samples))
    n_features = sum(entry["in_card"] for entry in summary["characteristics"])
    tiles = [
        ("Rows", n_rows, f"{samples[-1]['columns']} columns"),
        ("Characteristics in the model", str(n_features), ""),
    ]

    # hold-out rows show what to expect, where there are any: they are the last sample
    tiles += [
        _measure_tile(row, summary["conventions"]["level"])
        for row in (summary["performance"] or {"measures": ()})["measures"]
        if _is_key(row["measure"]) and row["sample"] == samples[-1]["sample"]
    ]

    if summary["stability"] is not None and summary["stability"][0]["feature"] == "score":
        score = summary["stability"][0]
        beside = f"p = {numbers.p_value(score['index']['p_value'])}, {score['band']}"
        index = numbers.fixed(
            score["index"]["value"], numbers.decimals(score["index"]["standard_error"])
        )
        tiles.append(("Stability index of the score", index, beside))
    return tiles


def _is_key(measure: str) -> bool:
    """Tell whether a measure stands at the head of the page."""
    return measure in ("AUC", "KS", "concordance") or (
        measure.startswith("deviance explained") and not measure.endswith("hold-out")
    )


def _measure_tile(row: dict[str, Any], level: float) -> tuple[str, str, str]:
    places = numbers.places_of(row["standard_error"], row["low"], row["high"], level)
    statuses = row["low_status"], row["high_status"]
    beside = numbers.interval(row["low"], row["high"], places, *statuses)
    return f"{row['measure']}, {row['sample']}", numbers.fixed(row["value"], places), beside

"""Figures of a summary as SVG that takes its colours from the page."""

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from infotheory._optional import require
from infotheory.plots import (
    PALETTE,
    plot_calibration,
    plot_class_curves,
    plot_lift,
    plot_ranking,
    plot_roc,
    plot_score_distribution,
)
from infotheory.report.bin_figures import bin_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["binning_figures", "figures_of"]


def figures_of(summary: dict[str, Any]) -> dict[str, str]:
    """Figures of the sections, by name.

    Parameters
    ----------
    summary : dict
        The summary.

    Returns
    -------
    dict of str to str
        SVG elements: ranking, roc, and for each sample gap, calibration, lift, distribution.
    """
    curves, score = summary["performance"]["curves"], summary["conventions"]["score"]
    figures = {
        "ranking": svg(
            plot_ranking(_ranking_frame(summary)), "ranking", "Information values with intervals"
        ),
        "roc": svg(
            plot_roc({n: (c["nonevents"], c["events"]) for n, c in curves.items()}),
            "roc",
            "ROC curves",
        ),
    }
    edges = summary["performance"]["distribution"]["edges"]
    for sample, curve in curves.items():
        cuts = np.array([np.nan if cut is None else cut for cut in curve["score"]])
        told = ~np.isnan(cuts)
        shares = [np.asarray(curve[name])[told] for name in ("nonevents", "events")]
        ax = plot_class_curves(cuts[told], *shares, cut_off=curve["cut_off"], score=score)
        figures[f"gap {sample}"] = svg(ax, f"gap-{sample}", f"Class curves, {sample} rows")
        ax = plot_calibration(pd.DataFrame(summary["calibration"]["groups"][sample]))
        figures[f"calibration {sample}"] = svg(ax, f"cal-{sample}", f"Calibration, {sample} rows")
        ax = plot_lift(pd.DataFrame(summary["performance"]["gains"][sample]))
        figures[f"lift {sample}"] = svg(
            ax, f"lift-{sample}", f"Lift by group of the score, {sample} rows"
        )
        counts = summary["performance"]["distribution"]["samples"][sample]
        ax = plot_score_distribution(edges, counts["nonevents"], counts["events"], score=score)
        figures[f"distribution {sample}"] = svg(
            ax, f"dist-{sample}", f"{score.capitalize()} by class, {sample} rows"
        )
    return figures


def binning_figures(summary: dict[str, Any], characteristic: dict[str, Any]) -> list[str]:
    """Event rate and weight of evidence by bin of one characteristic, training rows.

    Parameters
    ----------
    summary : dict
        The summary, for its conventions.
    characteristic : dict
        An entry of ``summary["characteristics"]``.

    Returns
    -------
    list of str
        Two SVG elements.
    """
    bins, name = characteristic["samples"]["train"]["bins"], characteristic["name"]
    rate = sum(row["events"] for row in bins) / sum(row["count"] for row in bins)
    safer = "safer" if summary["conventions"]["woe_sign"] == "nonevent" else "riskier"
    woe = f"WoE, positive = {safer}"
    return [
        bin_figure(
            bins,
            "event_rate",
            axis="event rate, %",
            line=rate,
            label=f"Event rate by bin of {name}",
        ),
        bin_figure(bins, "woe", axis=woe, line=0.0, label=f"Weight of evidence by bin of {name}"),
    ]


def svg(ax: "Axes", name: str, label: str) -> str:
    """Write a figure as an SVG element for a page: own names inside, text as text, colours as CSS variables.

    Parameters
    ----------
    ax : Axes
        The axes of the figure.
    name : str
        Prefix of the identifiers inside.
    label : str
        What the figure shows, for readers who do not see it.

    Returns
    -------
    str
        One ``<svg>`` element.

    Raises
    ------
    ValueError
        If the axes belong to no figure.
    """
    matplotlib = require("matplotlib", extra="report", purpose="the figures of a report")
    markup = require("markupsafe", extra="report", purpose="the figures of a report")
    figure = ax.get_figure(root=True)
    if figure is None:
        message = f"a figure is needed to draw, got axes of none for {name!r}"
        raise ValueError(message)
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    prefix = re.sub(r"[^a-z0-9]+", "-", name)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", text)
    text = re.sub(r"(font(?:-family)?: [^;\"]*?)'DejaVu Sans'[^;\"]*", r"\1inherit", text)
    for role, colour in PALETTE.items():
        text = text.replace(colour, f"var(--{role})")
    opening = f'<svg role="img" aria-label="{markup.escape(label)}"'
    return re.sub(r"\s*\n\s*", "\n", text.replace("<svg", opening, 1))


def _ranking_frame(summary: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for entry in summary["ranking"]:
        row = {
            "name": entry["name"],
            "iv": entry["iv"]["value"],
            "low": entry["iv"]["low"],
            "high": entry["iv"]["high"],
        }
        if entry["cross_fitted"] is not None:
            crossed = entry["cross_fitted"]
            row |= {"cross_fitted": crossed["value"]}
            row |= {f"cross_fitted_{end}": crossed[end] for end in ("low", "high")}
        rows.append(row)
    return pd.DataFrame(rows)

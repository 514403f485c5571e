"""Figures of a summary as SVG that takes its colours from the page."""

import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from infotheory._optional import require
from infotheory.fairness import Frontier
from infotheory.plots import (
    PALETTE,
    plot_calibration,
    plot_class_curves,
    plot_cut_offs,
    plot_frontier,
    plot_lift,
    plot_lorenz,
    plot_ranking,
    plot_roc,
    plot_score_distribution,
)
from infotheory.report.formats.bin_figures import bin_figure
from infotheory.report.sections.limitations import is_of_target
from infotheory.scorecard import CutOffSweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Classes whose evidence is drawn; tables hold all of them.
_MOST_CLASSES = 6

__all__ = [
    "binning_figures",
    "result_axes",
    "result_figures",
    "summary_axes",
    "summary_figures",
    "svg",
]


def summary_figures(summary: dict[str, Any]) -> dict[str, str]:
    """Figures of the sections, by name."""
    score = summary["conventions"]["score"].capitalize()
    words = {
        "ranking": ("", "Information values with intervals"),
        "roc": ("", "ROC curves"),
        "gap": ("gap", "Class curves, {} rows"),
        "calibration": ("cal", "Calibration, {} rows"),
        "lift": ("lift", "Lift by group of the score, {} rows"),
        "distribution": ("dist", f"{score} by class, {{}} rows"),
    }

    # Identifiers inside a picture begin with its kind and sample: pages hold many pictures.
    figures = {}
    for name, ax in summary_axes(summary).items():
        kind, _, sample = name.partition(" ")
        prefix, label = words[kind]
        figures[name] = svg(ax, f"{prefix}-{sample}" if prefix else kind, label.format(sample))
    return figures


def summary_axes(summary: dict[str, Any]) -> dict[str, "Axes"]:
    """Draw the figures of the sections."""
    if is_of_target(summary):
        return _axes_of_means(summary)
    curves = summary["performance"]["curves"]
    rates = {name: (curve["nonevents"], curve["events"]) for name, curve in curves.items()}
    axes = {"ranking": plot_ranking(_ranking_table(summary)), "roc": plot_roc(rates=rates)}
    for sample in curves:
        axes |= _sample_axes(summary, sample)
    return axes


def _axes_of_means(summary: dict[str, Any]) -> dict[str, "Axes"]:
    """Draw the ranking, and of predicted means their calibration and the Lorenz curve."""
    what = "R²" if summary["conventions"]["target_type"] == "continuous" else "divergence, nats"
    axes = {"ranking": plot_ranking(_ranking_table(summary))}
    axes["ranking"].set_xlabel(what)
    if summary["performance"] is None:
        return axes
    for sample, groups in summary["calibration"]["groups"].items():
        axes[f"calibration {sample}"] = plot_calibration(pd.DataFrame(groups))
    for sample, gains in summary["performance"]["gains"].items():
        axes[f"lift {sample}"] = plot_lorenz(pd.DataFrame(gains))
    return axes


def _sample_axes(summary: dict[str, Any], sample: str) -> dict[str, "Axes"]:
    """Draw one sample: gap of the classes, calibration, lift, distribution of the score."""
    performance, score = summary["performance"], summary["conventions"]["score"]
    curve = performance["curves"][sample]

    # The first cut-off of a ROC curve is infinite, which JSON writes as null.
    cuts = np.array([np.nan if cut is None else cut for cut in curve["score"]])
    finite = ~np.isnan(cuts)
    shares = [np.asarray(curve[name])[finite] for name in ("nonevents", "events")]
    gap = plot_class_curves(shares=(cuts[finite], *shares), cut_off=curve["cut_off"], score=score)

    counts = performance["distribution"]["samples"][sample]
    distribution = plot_score_distribution(
        cells=(performance["distribution"]["edges"], counts["nonevents"], counts["events"]),
        score=score,
    )
    calibration = plot_calibration(pd.DataFrame(summary["calibration"]["groups"][sample]))
    lift = plot_lift(pd.DataFrame(performance["gains"][sample]))
    return {
        f"gap {sample}": gap,
        f"calibration {sample}": calibration,
        f"lift {sample}": lift,
        f"distribution {sample}": distribution,
    }


def result_axes(results: Mapping[str, Any]) -> dict[str, "Axes"]:
    """Draw results made elsewhere, where this package can."""
    axes: dict[str, Axes] = {}
    frontier, sweep = results.get("frontier"), results.get("decisions")
    if isinstance(frontier, Frontier):
        names = [name for name in frontier[0].measures if name != "iv_fair"]
        axes |= {f"frontier {name}": plot_frontier(frontier, y=name) for name in names}
    if isinstance(sweep, CutOffSweep):
        pairs = dict.fromkeys((row.quantity, row.attribute) for row in sweep.rows)
        for quantity, attribute in pairs:
            name = " ".join(filter(None, ("decisions", quantity, attribute)))
            axes[name] = plot_cut_offs(sweep, quantity, attribute=attribute)
    return axes


def result_figures(results: Mapping[str, Any]) -> dict[str, list[str]]:
    """Figures of results made elsewhere, where this package can draw them."""
    figures: dict[str, list[str]] = {}
    frontier, sweep = results.get("frontier"), results.get("decisions")
    if isinstance(frontier, Frontier):
        figures["frontier"] = _frontier_figures(frontier)
    if isinstance(sweep, CutOffSweep):
        figures["decisions"] = _sweep_figures(sweep)
    return figures


def _frontier_figures(frontier: Frontier) -> list[str]:
    """One figure a measure, against the information about the group."""
    figures = []
    for name in frontier[0].measures:
        if name != "iv_fair":
            label = f"{name.replace('_', ' ')} against IV between groups"
            figures.append(svg(plot_frontier(frontier, y=name), f"frontier-{name}", label))
    return figures


def _sweep_figures(sweep: CutOffSweep) -> list[str]:
    """One figure a quantity, and an attribute where it is one between groups."""
    figures = []
    pairs = dict.fromkeys((row.quantity, row.attribute) for row in sweep.rows)
    for i, (quantity, attribute) in enumerate(pairs):
        words = (quantity.replace("_", " "), attribute, "by cut-off")
        ax = plot_cut_offs(sweep, quantity, attribute=attribute)
        figures.append(svg(ax, f"cut-off-{i}", " ".join(filter(None, words))))
    return figures


def binning_figures(summary: dict[str, Any], characteristic: dict[str, Any]) -> list[str]:
    """Event rate and weight of evidence by bin of one characteristic, training rows."""
    bins, name = characteristic["samples"]["train"]["bins"], characteristic["feature"]
    if is_of_target(summary):
        return _figures_of_target(summary, bins, name)

    # The rate of all rows is the line that bins are compared with.
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


def _figures_of_target(summary: dict[str, Any], bins: list[dict[str, Any]], name: str) -> list[str]:
    """Mean and weight of evidence by bin, or the weight of evidence of each class."""
    conventions = summary["conventions"]
    if conventions["classes"]:
        return [
            bin_figure(
                _evidence_of_class(bins, label),
                "woe",
                axis=f"WoE of {label}, positive = more of it",
                line=0.0,
                label=f"Weight of evidence of {label} by bin of {name}",
            )
            for label in conventions["classes"][:_MOST_CLASSES]
        ]

    mean = sum(row["mean"] * row["count"] for row in bins) / sum(row["count"] for row in bins)
    axis = conventions["woe"].replace("WoE > 0 is", "WoE, positive =")
    return [
        bin_figure(bins, "mean", axis="mean", line=mean, label=f"Mean by bin of {name}"),
        bin_figure(bins, "woe", axis=axis, line=0.0, label=f"Weight of evidence by bin of {name}"),
    ]


def _evidence_of_class(bins: list[dict[str, Any]], label: str) -> list[dict[str, Any]]:
    """Return the bins with the evidence of one class, and its interval."""
    keys = ("woe", "woe_low", "woe_high")
    own = (f"woe_{label}", f"woe_{label}_low", f"woe_{label}_high")
    return [row | dict(zip(keys, (row[key] for key in own), strict=True)) for row in bins]


def svg(ax: "Axes", name: str, label: str) -> str:
    """Write a figure as an SVG element for a page: text as text, colours as CSS variables."""
    matplotlib = require("matplotlib", extra="report", purpose="the figures of a report")
    markup = require("markupsafe", extra="report", purpose="the figures of a report")
    figure = ax.get_figure(root=True)
    if figure is None:
        message = f"a figure is needed to draw, got axes of none for {name!r}"
        raise ValueError(message)

    # text stays text, and what would differ from run to run (date, random identifiers) stays out
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        _lay_out(figure)
        figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)

    # a page holds many figures: their identifiers must differ
    prefix = re.sub(r"[^a-z0-9]+", "-", name)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", text)

    # the page sets type and colours, light and dark
    text = re.sub(r"(font(?:-family)?: [^;\"]*?)'DejaVu Sans'[^;\"]*", r"\1inherit", text)
    for role, colour in PALETTE.items():
        text = text.replace(colour, f"var(--{role})")

    opening = f'<svg role="img" aria-label="{markup.escape(label)}"'
    return re.sub(r"\s*\n\s*", "\n", text.replace("<svg", opening, 1))


def _lay_out(figure: "Figure") -> None:
    """Put the parts of a figure where its layout wants them, once and for all.

    Saved with a layout, it would be drawn twice, the first time for the layout alone.
    """
    backend = require("matplotlib.backends.backend_svg", extra="report", purpose="a figure")
    engine, dots = figure.get_layout_engine(), figure.dpi
    if engine is None:
        return
    # Text is as wide as in the picture to come, which counts in dots of its own.
    backend.FigureCanvasSVG(figure)
    engine.execute(figure)
    figure.dpi = dots
    figure.set_layout_engine(None)


def _ranking_table(summary: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for entry in summary["ranking"]:
        same_rows, held_out = entry["iv"], entry["cross_fitted"]
        row = {"feature": entry["feature"], "iv": same_rows["value"]}
        row |= {f"iv_{end}": same_rows[end] for end in ("low", "high")}
        if held_out is not None:
            row["cross_fitted"] = held_out["value"]
            row |= {f"cross_fitted_{end}": held_out[end] for end in ("low", "high")}
        rows.append(row)
    return pd.DataFrame(rows)

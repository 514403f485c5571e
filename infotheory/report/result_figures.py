"""Figures of results made elsewhere, where this package can draw them."""

from collections.abc import Mapping
from typing import Any

from infotheory.fairness import Frontier
from infotheory.plots import plot_cut_offs, plot_frontier
from infotheory.report.figures import svg
from infotheory.scorecard import CutOffSweep

__all__ = ["result_figures"]


def result_figures(results: Mapping[str, Any]) -> dict[str, list[str]]:
    """Draw the results that stand behind tables of a summary.

    Parameters
    ----------
    results : mapping of str to object
        Section to result; others than a frontier and a sweep of cut-offs are shown as tables only.

    Returns
    -------
    dict of str to list of str
        Section to SVG elements.
    """
    figures: dict[str, list[str]] = {}
    frontier, sweep = results.get("frontier"), results.get("decisions")
    if isinstance(frontier, Frontier):
        measures = [name for name in frontier[0].measures if name != "iv_fair"]
        figures["frontier"] = [
            svg(
                plot_frontier(frontier, y=name),
                f"frontier-{name}",
                f"{name.replace('_', ' ')} against IV between groups",
            )
            for name in measures
        ]
    if isinstance(sweep, CutOffSweep):
        told = dict.fromkeys((row.quantity, row.attribute) for row in sweep.rows)
        figures["decisions"] = [
            svg(
                plot_cut_offs(sweep, quantity, attribute=attribute),
                f"cut-off-{i}",
                " ".join(filter(None, (quantity.replace("_", " "), attribute, "by cut-off"))),
            )
            for i, (quantity, attribute) in enumerate(told)
        ]
    return figures

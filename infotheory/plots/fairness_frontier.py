"""Figure of a frontier: what is gained against what it costs in information about groups."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from infotheory._display import number_text
from infotheory._optional import require
from infotheory._typing import BoolArray, FloatArray
from infotheory._validation import check_option
from infotheory.fairness import Frontier
from infotheory.inference import Estimate
from infotheory.plots._inputs import check_result
from infotheory.plots._style import PALETTE, axes_or_new, legend, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_frontier"]

#: A style of lines, by name or as its gaps.
Dash = str | tuple[int, tuple[int, int]]

_LABELS = {
    "iv": "information value (nats)",
    "iv_fair": "demographic information value (nats)",
    "auc": "area under the curve",
    "adverse_impact_ratio": "adverse impact ratio",
    "stability": "stability index of the score (nats)",
}
#: Marks of the budgets of stability, which tell them apart on grey paper.
_MARKS = "os^Dv<>p"


def plot_frontier(
    frontier: Frontier, ax: "Axes | None" = None, *, x: str = "iv_fair", y: str = "iv"
) -> "Axes":
    """Draw the points of a frontier with their intervals, training rows beside held-out ones.

    Parameters
    ----------
    frontier : Frontier
        Result of ``fairness_frontier`` or ``scorecard_frontier``.
    ax : Axes, optional
        Where to draw; a new figure when None.
    x, y : str
        Measures of the axes: "iv_fair", "iv", for scorecards "auc" and "adverse_impact_ratio", and
        "stability" where the frontier has later rows.

    Returns
    -------
    Axes
        The axes drawn on. Dominated points of the training rows are hollow and off the line. A
        frontier of several budgets of stability has a line through all points of each, of the
        held-out rows if these have both measures, else of the training rows.

    Raises
    ------
    ValueError
        If a measure is not one of the frontier.
    TypeError
        If it is no such result.

    Examples
    --------
    >>> from infotheory.datasets import make_portfolio
    >>> from infotheory.fairness import fairness_frontier
    >>> data = make_portfolio(
    ...     2000, numeric=[0.3, 0.2], categorical=[], protected_slope=1.0, random_state=0
    ... )
    >>> budgets = [0.02, 0.05, 0.1, 0.2, np.inf]
    >>> frontier = fairness_frontier(data.X, data.y, data.protected, budgets)
    >>> plot_frontier(frontier).get_ylabel()
    'information value (nats)'
    """
    check_result(frontier, Frontier, "frontier", "fairness_frontier(...) makes one")
    for name, value in (("x", x), ("y", y)):
        check_option(name, value, tuple(frontier[0].measures))

    ax = axes_or_new(ax, 5.8, 4.0)
    held_out = all({x, y} <= set(point.holdout) for point in frontier)
    budgets = list(dict.fromkeys(point.stability_budget for point in frontier))
    everywhere = np.ones(len(frontier), dtype=bool)
    lines = [_Line("training rows", False, everywhere, PALETTE["first"], "-", "o")]
    if held_out:
        lines.append(_Line("held-out rows", True, everywhere, PALETTE["second"], (0, (5, 2)), "s"))
    if len(budgets) > 1:
        lines = _lines_of_stability(frontier, budgets, held_out=held_out)
    for line in lines:
        _draw_points(ax, frontier, line, (x, y))

    ax.set(xlabel=_LABELS.get(x, x), ylabel=_LABELS.get(y, y))
    quiet(ax, grid="both")
    # Value rises with the information about groups, so that there is room below the curve's end.
    legend(ax, "lower right" if x == "iv_fair" else "upper right")
    shown = ax.get_legend()
    if len(budgets) > 1 and shown is not None:
        shown.set_title("held-out rows" if held_out else "training rows")
    return ax


@dataclass(frozen=True, slots=True)
class _Line:
    """Which points a line joins, of which rows, and how it looks."""

    label: str
    held_out: bool
    points: BoolArray
    colour: str
    dash: Dash
    mark: str
    #: What another budget of stability beats lies on the line all the same.
    through_all: bool = False


def _lines_of_stability(
    frontier: Frontier, budgets: list[float | None], *, held_out: bool
) -> list[_Line]:
    """One line a budget of stability, in colours from the one end of the palette to the other."""
    colours = require("matplotlib.colors", extra="report", purpose="drawing a figure")
    ends = (PALETTE["first"], PALETTE["second"])
    shades = colours.LinearSegmentedColormap.from_list("budgets", ends)
    lines = []
    for i, budget in enumerate(budgets):
        text = "any" if budget is None or np.isinf(budget) else f"up to {number_text(budget)}"
        points = np.array([point.stability_budget == budget for point in frontier])
        colour = colours.to_hex(shades(i / (len(budgets) - 1)))
        mark = _MARKS[i % len(_MARKS)]
        lines.append(_Line(f"stability index {text}", held_out, points, colour, "-", mark, True))
    return lines


def _draw_points(ax: "Axes", frontier: Frontier, line: _Line, axes: tuple[str, str]) -> None:
    """Draw one line: intervals faint, points of the frontier joined, dominated ones hollow."""
    measures = [point.holdout if line.held_out else point.measures for point in frontier]
    measures = [row for row, drawn in zip(measures, line.points, strict=True) if drawn]
    across, up = ([row[name] for row in measures] for name in axes)
    ax.errorbar(
        _values(across),
        _values(up),
        xerr=_errors(across, frontier.level),
        yerr=_errors(up, frontier.level),
        fmt="none",
        ecolor=line.colour,
        elinewidth=0.9,
        alpha=0.5,
    )

    shared: dict[str, Any] = {
        "color": line.colour,
        "marker": line.mark,
        "markersize": 5.0,
        "linewidth": 1.6,
    }
    best = ~frontier.dominated[line.points]
    joined = np.ones_like(best) if line.through_all else best
    ax.plot(
        _values(across)[joined],
        _values(up)[joined],
        linestyle=line.dash,
        label=line.label,
        markevery=np.flatnonzero(best[joined]).tolist(),
        **shared,
    )

    hollow: dict[str, Any] = {
        "linestyle": "none",
        "markerfacecolor": "none",
        "markeredgewidth": 1.0,
    }
    ax.plot(_values(across)[~best], _values(up)[~best], **(shared | hollow))


def _values(estimates: list[Estimate]) -> FloatArray:
    return np.array([estimate.value for estimate in estimates])


def _errors(estimates: list[Estimate], level: float) -> FloatArray:
    """Lengths of the bars below and above; 0 where an interval lies on one side of its value."""
    ends = np.array([estimate.interval(level) for estimate in estimates])
    values = _values(estimates)
    # A bar of unknown or infinite length cannot be drawn: its point stands alone.
    return np.nan_to_num(
        np.maximum([values - ends[:, 0], ends[:, 1] - values], 0.0), nan=0.0, posinf=0.0
    )

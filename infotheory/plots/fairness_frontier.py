"""Figure of a frontier: what is gained against what it costs in information about groups."""

from typing import TYPE_CHECKING, Any

import numpy as np

from infotheory._typing import FloatArray
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
}


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
        Measures of the axes: "iv_fair", "iv", and for scorecards "auc" and "adverse_impact_ratio".

    Returns
    -------
    Axes
        The axes drawn on. Dominated points of the training rows are hollow and off the line.

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
    samples: list[tuple[str, list[dict[str, Estimate]], str, Dash, str]] = [
        ("training rows", [point.measures for point in frontier], "first", "-", "o")
    ]
    if all(point.holdout for point in frontier):
        samples.append(
            ("held-out rows", [point.holdout for point in frontier], "second", (0, (5, 2)), "s")
        )
    for label, measures, colour, dash, mark in samples:
        _draw_points(ax, frontier, measures, (x, y), label, colour, dash, mark)

    ax.set(xlabel=_LABELS.get(x, x), ylabel=_LABELS.get(y, y))
    quiet(ax, grid="both")
    # Value rises with the information about groups, so that there is room below the curve's end.
    legend(ax, "lower right" if x == "iv_fair" else "upper right")
    return ax


def _draw_points(
    ax: "Axes",
    frontier: Frontier,
    measures: list[dict[str, Estimate]],
    axes: tuple[str, str],
    label: str,
    colour: str,
    dash: Dash,
    mark: str,
) -> None:
    """Draw one sample: intervals faint, points on the frontier joined, dominated ones hollow."""
    across, up = ([row[name] for row in measures] for name in axes)
    ax.errorbar(
        _values(across),
        _values(up),
        xerr=_errors(across, frontier.level),
        yerr=_errors(up, frontier.level),
        fmt="none",
        ecolor=PALETTE[colour],
        elinewidth=0.9,
        alpha=0.5,
    )

    shared: dict[str, Any] = {
        "color": PALETTE[colour],
        "marker": mark,
        "markersize": 5.0,
        "linewidth": 1.6,
    }
    best = ~frontier.dominated
    ax.plot(_values(across)[best], _values(up)[best], linestyle=dash, label=label, **shared)

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

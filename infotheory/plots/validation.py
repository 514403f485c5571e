"""Figures of a validation: ROC, class curves (KS), calibration, lift, distribution of the score."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from infotheory._typing import ArrayLike
from infotheory.plots._style import PALETTE, axes_or_new, legend, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "plot_calibration",
    "plot_class_curves",
    "plot_lift",
    "plot_roc",
    "plot_score_distribution",
]

_DASHED = (0, (5, 2))
_LINES = (("first", "-"), ("second", _DASHED), ("muted", (0, (1, 1.5))))


def plot_roc(curves: Mapping[str, tuple[ArrayLike, ArrayLike]], ax: "Axes | None" = None) -> "Axes":
    """Draw ROC curves, one a sample.

    Parameters
    ----------
    curves : mapping of str to (array-like, array-like)
        Sample to share of non-events refused and share of events refused, from 0 to 1
        (``sklearn.metrics.roc_curve``).
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on.
    """
    ax = axes_or_new(ax, 4.2, 4.2)
    ax.plot([0.0, 1.0], [0.0, 1.0], color=PALETTE["muted"], linewidth=1.0)
    for i, (name, (nonevents, events)) in enumerate(curves.items()):
        colour, dash = _LINES[i % len(_LINES)]
        ax.plot(nonevents, events, color=PALETTE[colour], linestyle=dash, linewidth=1.8, label=name)

    ax.set(
        xlabel="share of non-events refused",
        ylabel="share of events refused",
        xlim=(0, 1),
        ylim=(0, 1),
        aspect=1,
    )
    quiet(ax, grid="both")
    legend(ax, "lower right")
    return ax


def plot_class_curves(
    points: ArrayLike,
    nonevents: ArrayLike,
    events: ArrayLike,
    ax: "Axes | None" = None,
    *,
    cut_off: float | None = None,
    score: str = "points",
) -> "Axes":
    """Draw the cumulative shares of the classes by points; the largest gap is the KS statistic.

    Parameters
    ----------
    points : array-like of shape (n_cuts,)
        Points, ascending.
    nonevents, events : array-like of shape (n_cuts,)
        Share of each class at or below the points, from 0 to 1.
    ax : Axes, optional
        Where to draw; a new figure when None.
    cut_off : float, optional
        Points at which the gap is largest, marked when given.
    score : str
        What the score is, where it is not points.

    Returns
    -------
    Axes
        The axes drawn on.
    """
    ax = axes_or_new(ax, 4.2, 4.2)
    x, good, bad = (np.asarray(values, dtype=float) for values in (points, nonevents, events))
    ax.step(
        x,
        bad,
        where="post",
        color=PALETTE["second"],
        linestyle=_DASHED,
        linewidth=1.8,
        label="events",
    )
    ax.step(x, good, where="post", color=PALETTE["first"], linewidth=1.8, label="non-events")

    if cut_off is not None:
        at = int(np.argmin(np.abs(x - cut_off)))
        ax.vlines(x[at], good[at], bad[at], color=PALETTE["ink"], linewidth=1.4)
        ax.annotate(
            f"largest gap at {x[at]:.0f} points"
            if score == "points"
            else f"largest gap at {x[at]:.3g}",
            (x[at], (good[at] + bad[at]) / 2.0),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=PALETTE["ink"],
        )

    ax.set(xlabel=score, ylabel="share of the class at or below", ylim=(0, 1))
    quiet(ax, grid="both")
    legend(ax, "upper left")
    return ax


def plot_calibration(table: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """Draw predicted against observed event rates by group of the score, with intervals.

    Parameters
    ----------
    table : DataFrame
        One row a group; columns ``expected_event_rate``, ``event_rate``, ``low``, ``high``,
        shares between 0 and 1.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on; points on the line are calibrated.
    """
    ax = axes_or_new(ax, 4.2, 4.2)
    predicted, observed, low, high = (
        100.0 * table[c].to_numpy(float)
        for c in ("expected_event_rate", "event_rate", "low", "high")
    )

    # both axes have one scale, so that the diagonal is at 45 degrees
    end = 1.05 * float(np.max([predicted, high]))
    ax.plot([0.0, end], [0.0, end], color=PALETTE["muted"], linewidth=1.0)

    reach = np.maximum([observed - low, high - observed], 0.0)
    ax.errorbar(
        predicted,
        observed,
        yerr=reach,
        fmt="o",
        markersize=5,
        color=PALETTE["first"],
        elinewidth=1.4,
    )

    ax.set(
        xlabel="predicted event rate, %",
        ylabel="observed event rate, %",
        xlim=(0, end),
        ylim=(0, end),
        aspect=1,
    )
    quiet(ax, grid="both")
    return ax


def plot_lift(table: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """Draw the lift by group of the score, the riskiest first, and that of all groups so far.

    Parameters
    ----------
    table : DataFrame
        One row a group, as :func:`infotheory.scorecard.gains_table` returns; columns
        ``cumulative_share``, ``lift``, ``cumulative_lift``.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on; a lift of 1 is the event rate of all rows.
    """
    ax = axes_or_new(ax, 4.2, 2.9)
    ends = np.r_[0.0, 100.0 * table["cumulative_share"].to_numpy(float)]
    lift, so_far = (table[column].to_numpy(float) for column in ("lift", "cumulative_lift"))

    ax.stairs(lift, ends, fill=True, color=PALETTE["fill"])
    ax.stairs(lift, ends, color=PALETTE["first"], linewidth=1.4, label="group")
    ax.plot(
        ends[1:],
        so_far,
        "o",
        color=PALETTE["second"],
        linestyle=_DASHED,
        markersize=4,
        label="all so far",
    )

    ax.axhline(1.0, color=PALETTE["muted"], linewidth=1.0)
    ax.set(xlabel="% of rows, the riskiest first", ylabel="lift", xlim=(0, 100))
    ax.set_ylim(bottom=0.0)
    quiet(ax, grid="y")
    ax.legend(frameon=False, fontsize=9, labelcolor=PALETTE["ink"], loc="upper right")
    return ax


def plot_score_distribution(
    edges: ArrayLike,
    nonevents: ArrayLike,
    events: ArrayLike,
    ax: "Axes | None" = None,
    *,
    score: str = "points",
) -> "Axes":
    """Draw the distribution of points by class.

    Parameters
    ----------
    edges : array-like of shape (n_cells + 1,)
        Ends of the cells of points, ascending.
    nonevents, events : array-like of shape (n_cells,)
        Weighted count of each class in a cell.
    ax : Axes, optional
        Where to draw; a new figure when None.
    score : str
        What the score is, where it is not points.

    Returns
    -------
    Axes
        The axes drawn on; each class sums to 100 %.
    """
    ax = axes_or_new(ax, 7.2, 2.9)
    ends = np.asarray(edges, dtype=float)
    good, bad = (
        100.0 * np.asarray(counts, dtype=float) / np.sum(counts) for counts in (nonevents, events)
    )
    ax.stairs(good, ends, fill=True, color=PALETTE["fill"], label="non-events")
    ax.stairs(good, ends, color=PALETTE["first"], linewidth=1.4)
    ax.stairs(bad, ends, color=PALETTE["second"], linewidth=1.8, linestyle=_DASHED, label="events")
    ax.set(xlabel=score, ylabel="% of the class")
    quiet(ax, grid="y")
    legend(ax, "upper left")
    return ax

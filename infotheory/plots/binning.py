"""Figures of binned characteristics: rate or evidence by bin, and the ranking."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from infotheory._typing import FloatArray
from infotheory._validation import check_option
from infotheory.evidence import weight_of_evidence
from infotheory.evidence.rates import event_rates
from infotheory.laws import two_sided_quantile
from infotheory.plots._style import PALETTE, axes_or_new, legend, quiet, row_axis
from infotheory.tables import CountTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_binning", "plot_ranking"]


def plot_binning(
    table: CountTable,
    ax: "Axes | None" = None,
    *,
    value: str = "woe",
    woe_sign: str = "nonevent",
    level: float = 0.95,
) -> "Axes":
    """Draw one row a bin: a point with its interval, over a muted bar for the share of rows.

    Parameters
    ----------
    table : CountTable
        Counts of the characteristic; empty bins are left out.
    ax : Axes, optional
        Where to draw; a new figure when None.
    value : {"woe", "event_rate"}
        What the points show: the weight of evidence with its normal interval, or the share of
        events with Jeffreys's interval.
    woe_sign : {"nonevent", "event"}
        Whether a positive weight of evidence speaks for non-events (safer) or for events.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If ``value`` is unknown or every bin is empty.
    """
    check_option("value", value, ("woe", "event_rate"))
    table = table.without_groups()
    occupied = table.counts.sum(axis=1) > 0.0
    if not occupied.any():
        message = f"a figure needs a bin with rows, got {table.n_bins} empty bins"
        raise ValueError(message)

    labels = [label for label, shown in zip(table.labels, occupied, strict=True) if shown]
    ax = axes_or_new(ax, 4.6, 0.85 + 0.3 * len(labels))
    _share_bars(ax, table.counts[occupied].sum(axis=1) / table.counts.sum())

    # the line of reference is no evidence, or the rate of all rows
    if value == "woe":
        points, low, high = _woe_points(table, woe_sign, level)
        ax.axvline(0.0, color=PALETTE["muted"], linewidth=1.0)
        ax.set_xlabel("WoE, positive = " + ("safer" if woe_sign == "nonevent" else "riskier"))
    else:
        points, low, high = (100.0 * event_rates(table, level=level).to_numpy()).T
        mean = 100.0 * table.events.sum() / table.counts.sum()
        ax.axvline(mean, color=PALETTE["muted"], linewidth=1.0, linestyle=(0, (4, 3)))
        ax.set_xlabel("event rate, %")

    points, low, high = points[occupied], low[occupied], high[occupied]
    reach = [points - low, high - points]
    rows = np.arange(len(labels))
    ax.errorbar(
        points, rows, xerr=reach, fmt="o", markersize=5, color=PALETTE["first"], elinewidth=1.6
    )
    quiet(ax)
    row_axis(ax, labels)
    return ax


def _share_bars(ax: "Axes", share: FloatArray) -> None:
    """Bars behind the points, on a scale of their own that ends at all rows."""
    bars = ax.twiny()
    bars.barh(np.arange(len(share)), share, height=0.72, color=PALETTE["fill"])

    for row, text in enumerate(["rows", *(f"{100.0 * part:.0f} %" for part in share)], start=-1):
        ax.text(
            1.02,
            row,
            text,
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=8,
            color=PALETTE["muted"],
        )

    # the axes of the points lie above, so that bars never cover a point
    bars.set_xlim(0.0, 1.0)
    bars.set_axis_off()
    ax.set_zorder(bars.get_zorder() + 1)


def _woe_points(
    table: CountTable, woe_sign: str, level: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    evidence = weight_of_evidence(table, woe_sign=woe_sign)
    woe, spread = evidence["woe"].to_numpy(), evidence["standard_error"].to_numpy()
    reach = two_sided_quantile(level) * spread
    return woe, woe - reach, woe + reach


def plot_ranking(ranking: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """Draw the information values of characteristics with their intervals, largest first.

    Parameters
    ----------
    ranking : DataFrame
        One row a characteristic, in the order drawn; columns ``feature``, ``iv``, ``iv_low``,
        ``iv_high``, and, where values for held-out folds are known, ``cross_fitted``,
        ``cross_fitted_low``, ``cross_fitted_high``.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on; filled circles are the values on the rows that chose the bins, open
        squares those of held-out folds.
    """
    ax = axes_or_new(ax, 7.2, 0.9 + 0.34 * len(ranking))
    rows = np.arange(len(ranking))

    # two marks of one characteristic stand a little apart, so that both can be seen
    crossed = "cross_fitted" in ranking
    series = [("iv", -0.14 if crossed else 0.0, "o", PALETTE["first"], "same rows as the bins")]
    if crossed:
        series.append(("cross_fitted", 0.16, "s", PALETTE["second"], "held-out folds"))

    ax.axvline(0.0, color=PALETTE["muted"], linewidth=1.0)
    for quantity, offset, mark, colour, label in series:
        value, low, high = (
            ranking[name].to_numpy(float)
            for name in (quantity, f"{quantity}_low", f"{quantity}_high")
        )
        ax.errorbar(
            value,
            rows + offset,
            xerr=np.maximum([value - low, high - value], 0.0),
            fmt=mark,
            markersize=5,
            markerfacecolor=colour if mark == "o" else "none",
            color=colour,
            elinewidth=1.4,
            label=label,
        )

    ax.set_xlabel("information value, nats")
    quiet(ax)
    row_axis(ax, ranking["feature"].tolist())
    if crossed:
        legend(ax, "lower right")
    return ax

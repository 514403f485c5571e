"""Figures of binned characteristics: rate or evidence by bin, and the ranking."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from infotheory._any_table import AnyTable
from infotheory._optional import require
from infotheory._typing import FloatArray
from infotheory._validation import check_integer, check_option
from infotheory.binning._frames import features_named
from infotheory.binning.features import FeatureBins, sign_of
from infotheory.binning.prebins.learnt_evidence import check_evidence_options
from infotheory.evidence import weight_of_evidence
from infotheory.evidence.binned_samples import fill_zero_cells, samples_of_table
from infotheory.evidence.rates import event_rates
from infotheory.evidence.targets.encodings import SIGNS, target_table
from infotheory.evidence.woe import woe_margins
from infotheory.laws import two_sided_quantile
from infotheory.plots._inputs import check_drawable, drawn_interval, drawn_numbers
from infotheory.plots._style import PALETTE, axes_or_new, ink_of, legend, quiet, row_axis, shorten
from infotheory.tables import CountTable, EvidenceTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_binning", "plot_binnings", "plot_ranking"]


def plot_binning(
    table: Any,
    feature: str | None = None,
    ax: "Axes | None" = None,
    *,
    value: str = "woe",
    woe_sign: str | None = None,
    level: float = 0.95,
) -> "Axes":
    """Draw one row a bin: a point with its interval, and the share of rows beside it.

    Parameters
    ----------
    table : binner, card, CountTable, EvidenceTable or DataFrame
        A fitted binner or card, of which ``feature`` is drawn; the counts of one characteristic, or
        the sums of an amount;
        or a table of its bins, as ``binner.binning_table(feature)`` makes (then the intervals are
        those of the table). Bins without rows are left out.
    feature : str, optional
        The characteristic of a binner or card; it may be left out where there is one only.
    ax : Axes, optional
        Where to draw; a new figure when None.
    value : {"woe", "event_rate"}
        What the points show: the weight of evidence with its normal interval, or the share of
        events with Jeffreys's interval; of an amount the mean with its normal interval. A weight
        that was set by hand is an open square, without an interval.
    woe_sign : {"nonevent", "event"}, optional
        Whether a positive weight of evidence speaks for non-events (safer) or for events; that of
        the binner, or "nonevent", when None.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Axes
        The axes drawn on; the shares lie on axes of their own to the right.

    Raises
    ------
    ValueError
        If ``value`` or ``feature`` is unknown, every bin is empty, or a table lacks a column.
    TypeError
        If ``table`` is none of these.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> from infotheory.datasets import load_german_credit
    >>> X, y = load_german_credit()
    >>> binner = OptimalBinner().fit(X[["duration_in_month", "purpose"]], y)
    >>> ax = plot_binning(binner, "duration_in_month")
    >>> ax.get_xlabel()
    'WoE, positive = safer'
    """
    check_option("value", value, ("woe", "event_rate"))
    if isinstance(table, pd.DataFrame):
        bins = _rows_of_table(table, value)
    else:
        counts, sign = _counts_of(table, feature)
        bins = _rows_of_counts(counts, value, woe_sign or sign, level)
        if value == "woe" and not isinstance(table, AnyTable):
            bins = _with_set(bins, counts, _set_by_hand(table, feature), woe_sign in (None, sign))
    if not len(bins.labels):
        message = "a figure needs a bin with rows, got empty bins only"
        raise ValueError(message)

    ax = axes_or_new(ax, 5.2, 0.85 + 0.3 * len(bins.labels))
    ax.axvline(
        bins.reference,
        color=PALETTE["muted"],
        linewidth=1.0,
        linestyle="-" if value == "woe" else (0, (4, 3)),
    )
    ax.set_xlabel(bins.heading)

    rows = np.arange(len(bins.labels))
    # An end may lie on the wrong side of its value, and bars have no negative length.
    reach = np.maximum([bins.points - bins.low, bins.high - bins.points], 0.0)
    ax.errorbar(
        bins.points, rows, xerr=reach, fmt="o", markersize=5, color=PALETTE["first"], elinewidth=1.6
    )
    given = np.isnan(bins.low)
    if given.any():
        # What somebody set is no estimate: another mark, over the one of estimates.
        squares = bins.points[given], rows[given]
        ax.plot(*squares, "s", color=PALETTE["first"], markerfacecolor="white")
    quiet(ax)
    row_axis(ax, bins.labels)
    _share_bars(ax, bins.shares)
    return ax


def plot_binnings(
    binner: Any,
    features: Sequence[str] | None = None,
    *,
    n_columns: int = 2,
    value: str = "woe",
    level: float = 0.95,
) -> "Figure":
    """Draw the bins of all characteristics in a grid.

    Parameters
    ----------
    binner : binner or card
        A fitted one.
    features : sequence of str, optional
        Which characteristics, in this order; all when None.
    n_columns : int
        Figures side by side.
    value : {"woe", "event_rate"}
        What the points show, as in :func:`plot_binning`.
    level : float
        Coverage of the intervals.

    Returns
    -------
    Figure
        A figure with one pair of axes a characteristic; rows of the grid are as high as their
        largest number of bins.

    Raises
    ------
    ValueError
        If a feature is unknown or has no rows, or there are none.
    TypeError
        If ``binner`` is no fitted binner or card.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> from infotheory.datasets import load_german_credit
    >>> X, y = load_german_credit()
    >>> binner = OptimalBinner().fit(X[["age_in_years", "purpose", "housing"]], y)
    >>> [ax.get_title(loc="left") for ax in plot_binnings(binner).axes]
    ['age_in_years', 'purpose', 'housing']
    """
    check_integer("n_columns", n_columns)
    held = _features_of(binner)
    names = list(features_named(held, features))
    tables = [_counts_of(binner, name)[0] for name in names]

    # A row of the grid is as high as the characteristic of most bins in it.
    # Bins without rows are not drawn, and take no room.
    n_bins = [int((table.weight > 0.0).sum()) for table in tables]
    n_rows = -(-len(names) // n_columns)
    heights = [1.1 + 0.3 * max(n_bins[row * n_columns :][:n_columns]) for row in range(n_rows)]

    figure_module = require("matplotlib.figure", extra="report", purpose="drawing a figure")
    figure: Figure = figure_module.Figure(
        figsize=(5.2 * n_columns, sum(heights)), layout="constrained"
    )
    grid = figure.add_gridspec(n_rows, n_columns, height_ratios=heights)
    for place, name in enumerate(names):
        ax = figure.add_subplot(grid[place // n_columns, place % n_columns])
        plot_binning(binner, name, ax, value=value, level=level)
        ax.set_title(shorten(name, 40), loc="left", fontsize=10, color=ink_of(ax))
    figure.patch.set_alpha(0.0)
    return figure


@dataclass(frozen=True, slots=True, eq=False)
class _Bins:
    """What is drawn of the bins of a characteristic, those without rows left out."""

    labels: list[str]
    shares: FloatArray
    points: FloatArray
    low: FloatArray
    high: FloatArray
    reference: float
    heading: str


def _features_of(binner: Any) -> Mapping[str, FeatureBins]:
    """Fitted features of a binner, of a frozen one, or of a card."""
    # A card has its binner as binner_, and a frozen binner its own as estimator.
    inner = getattr(binner, "binner_", binner)
    held: Mapping[str, FeatureBins] | None = getattr(inner, "features_", None)
    if held is None:
        held = getattr(getattr(inner, "estimator", None), "features_", None)
    if held is None:
        message = (
            "a figure of bins is drawn of a fitted binner or card, a CountTable, or a table as "
            f"binner.binning_table(feature) makes, got {type(binner).__name__}"
        )
        raise TypeError(message)
    return held


def _counts_of(table: Any, feature: str | None) -> tuple[AnyTable, str]:
    """Find the counts of the bins that are drawn, and the sign of their weights of evidence."""
    if isinstance(table, AnyTable):
        if feature is not None:
            message = (
                f"a {type(table).__name__} has no features, got feature {feature!r}; leave it out"
            )
            raise ValueError(message)
        return table.without_groups(), "nonevent"

    held = _features_of(table)
    if feature is None and len(held) == 1:
        feature = next(iter(held))
    if feature is None or feature not in list(held):
        near = difflib.get_close_matches(str(feature), list(held), n=3) or list(held)[:6]
        message = f"feature must be one that was fitted, such as {near}, got {feature!r}"
        raise ValueError(message)

    bins = held[feature]
    if bins.table is None:
        message = f"the counts of {feature!r} are not known: its bins come from another program"
        raise ValueError(message)
    inner = getattr(table, "binner_", table)
    # A frozen binner holds the fitted one, whose sign it is.
    inner = inner if hasattr(inner, "features_") else inner.estimator
    check_evidence_options(inner, [feature])
    return bins.table.without_groups(), str(inner.woe_sign)


def _set_by_hand(binner: Any, feature: str | None) -> Mapping[int, float]:
    """Weights of evidence of a feature that somebody set, by bin."""
    held = _features_of(binner)
    bins = held[feature] if feature is not None else next(iter(held.values()))
    return bins.woe_by_hand


def _with_set(
    bins: _Bins, counts: AnyTable, by_hand: Mapping[int, float], same_sign: bool
) -> _Bins:
    """Put what somebody set in the place of estimates, without an interval."""
    occupied = np.flatnonzero(counts.weight > 0.0).tolist()
    points, low, high = (np.array(ends) for ends in (bins.points, bins.low, bins.high))
    # Rows of the figure are the bins with rows, numbers those of all bins.
    for row, number in enumerate(occupied):
        if number in by_hand:
            points[row] = by_hand[number] if same_sign else -by_hand[number]
            low[row] = high[row] = np.nan
    return replace(bins, points=points, low=low, high=high)


def _rows_of_sums(table: EvidenceTable, value: str, woe_sign: str, level: float) -> _Bins:
    """Points with their intervals, computed from the sums of an amount."""
    if table.kind == "multiclass":
        message = (
            "a figure of bins has one point a bin, got several classes; draw the columns of "
            "binner.binning_table(feature)"
        )
        raise ValueError(message)
    shown = target_table(table, "haldane", sign_of(woe_sign), "")
    bins, name = shown[(shown["count"] > 0.0) & (shown.index != "Totals")], "woe"
    reference, heading = 0.0, f"WoE, positive = {SIGNS[table.kind, woe_sign]}"
    if value == "event_rate":
        name, reference, heading = "mean", float(shown.loc["Totals", "mean"]), "mean"

    # The error of a bin of one row is not known: its point stands alone.
    points, errors = bins[name].to_numpy(float), bins[f"{name}_standard_error"].to_numpy(float)
    reach = two_sided_quantile(level) * np.nan_to_num(errors)
    labels, shares = bins["bin"].astype(str).tolist(), bins["share"].to_numpy(float)
    return _Bins(labels, shares, points, points - reach, points + reach, reference, heading)


def _rows_of_counts(table: AnyTable, value: str, woe_sign: str, level: float) -> _Bins:
    """Points with their intervals, computed from counts."""
    if isinstance(table, EvidenceTable):
        return _rows_of_sums(table, value, woe_sign, level)
    occupied = table.counts.sum(axis=1) > 0.0
    labels = [label for label, filled in zip(table.labels, occupied, strict=True) if filled]
    # A divisor that is never 0: without any row no share is asked for below.
    shares = table.counts[occupied].sum(axis=1) / max(table.counts.sum(), np.finfo(float).tiny)
    if not labels:
        return _Bins([], shares, shares, shares, shares, 0.0, "")

    # The line of reference is no evidence, or the rate of all rows.
    if value == "woe":
        points, low, high = _woe_points(table, woe_sign, level)
        reference, heading = 0.0, _woe_heading(woe_sign)
    else:
        points, low, high = (100.0 * event_rates(table, level=level).to_numpy()).T
        reference = float(100.0 * table.events.sum() / table.counts.sum())
        heading = "event rate, %"
    return _Bins(
        labels, shares, points[occupied], low[occupied], high[occupied], reference, heading
    )


def _rows_of_table(table: pd.DataFrame, value: str) -> _Bins:
    """Points with their intervals, read from a binning table."""
    columns = ["bin", "count", "woe", "woe_low", "woe_high"]
    if value == "event_rate" and "mean" in table:
        columns = ["bin", "count", "mean", "mean_low", "mean_high"]
    elif value == "event_rate":
        columns = ["bin", "count", "events", "event_rate"]
    check_drawable(table, columns, "table", "binner.binning_table(feature) makes one")

    # The row of totals is named in the index.
    counts = drawn_numbers(table, "count", complete=True)
    if (counts < 0.0).any():
        message = f"column 'count' must hold counts of rows from 0 on, got {counts.min():g}"
        raise ValueError(message)
    is_shown = (counts > 0.0) & (table.index != "Totals")
    shown, count = table[is_shown], counts[is_shown]
    labels = shown["bin"].astype(str).tolist()
    if not labels:
        return _Bins([], count, count, count, count, 0.0, "")
    shares = count / count.sum()

    if value == "woe":
        points = drawn_numbers(shown, "woe")
        low, high = drawn_interval(shown, "woe_low", "woe_high")
        # A binning table says in the name of its columns what a positive weight of evidence is.
        heading = _woe_heading("event" if "riskier" in str(table.columns.name) else "nonevent")
        if str(table.columns.name).startswith("target_type"):
            heading = "WoE, positive = " + str(table.columns.name).partition("WoE > 0 is ")[2]
        return _Bins(labels, shares, points, low, high, 0.0, heading)

    if "mean" in columns:
        points = drawn_numbers(shown, "mean")
        low, high = drawn_interval(shown, "mean_low", "mean_high")
        # The error of a bin of one row is not known: its point stands alone, and is no value set by
        # hand.
        low, high = np.where(np.isnan(low), points, low), np.where(np.isnan(high), points, high)
        mean = float(count @ points / count.sum())
        return _Bins(labels, shares, points, low, high, mean, "mean")

    # Counts of events are all that Jeffreys's interval needs.
    events = drawn_numbers(shown, "events", complete=True)
    rates = event_rates(CountTable.from_counts(count - events, events)).to_numpy()
    points, low, high = (100.0 * rates).T
    mean = float(100.0 * events.sum() / count.sum())
    return _Bins(labels, shares, points, low, high, mean, "event rate, %")


def _woe_heading(woe_sign: str) -> str:
    return "WoE, positive = " + ("safer" if woe_sign == "nonevent" else "riskier")


def _share_bars(ax: "Axes", shares: FloatArray) -> None:
    """Bars of the shares of rows on axes of their own, so that they are not read as values."""
    if ax.figure is not None and ax.figure.get_layout_engine() is None:
        # Nobody makes room for what lies beside the axes, so they give up some of theirs.
        place = ax.get_position()
        ax.set_position((place.x0, place.y0, place.width / 1.25, place.height))
    bars = ax.inset_axes((1.03, 0.0, 0.22, 1.0), sharey=ax)
    bars.barh(np.arange(len(shares)), 100.0 * shares, height=0.6, color=PALETTE["fill"])
    for row, share in enumerate(shares):
        bars.text(
            100.0 * share,
            row,
            f" {100.0 * share:.0f} %",
            va="center",
            fontsize=8,
            color=PALETTE["muted"],
        )

    # The largest share leaves room for its text.
    bars.set_xlim(0.0, 170.0 * float(shares.max()))
    bars.text(0.0, len(shares) - 0.35, "% of rows", va="top", fontsize=8, color=PALETTE["muted"])
    bars.patch.set_alpha(0.0)
    bars.axis("off")


def _woe_points(
    table: CountTable, woe_sign: str, level: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    evidence = weight_of_evidence(table, woe_sign=woe_sign)
    woe, spread = evidence["woe"].to_numpy(), evidence["standard_error"].to_numpy()
    filled = fill_zero_cells(samples_of_table(table))
    below, above = woe_margins(filled, spread, level, 1.0 if woe_sign == "nonevent" else -1.0)
    return woe, woe - below, woe + above


def plot_ranking(ranking: Any, ax: "Axes | None" = None) -> "Axes":
    """Draw the information values of characteristics with their intervals, largest first.

    Parameters
    ----------
    ranking : binner, card or DataFrame
        A fitted binner or card, whose characteristics are drawn in order of their information
        values; or one row a characteristic, in the order drawn, such as ``binner.summary()``, with
        columns ``feature``, ``iv``, ``iv_low``, ``iv_high``, and, where values for held-out folds
        are known, ``cross_fitted``, ``cross_fitted_low``, ``cross_fitted_high``.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on; filled circles are the values on the rows that chose the bins, open
        squares those of held-out folds.

    Raises
    ------
    ValueError
        If there are no rows, or a column is missing.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> from infotheory.datasets import load_german_credit
    >>> X, y = load_german_credit()
    >>> ax = plot_ranking(OptimalBinner().fit(X.iloc[:, :8], y))
    >>> ax.get_yticklabels()[0].get_text()
    'status_of_existing_checking...'
    """
    ranking = getattr(ranking, "binner_", ranking)  # a card
    if hasattr(ranking, "summary"):
        ranking = ranking.summary().sort_values("iv", ascending=False, kind="stable")
    columns = ("feature", "iv", "iv_low", "iv_high")
    check_drawable(ranking, columns, "ranking", "a fitted binner, or binner.summary(), has them")
    ax = axes_or_new(ax, 7.2, 0.9 + 0.34 * len(ranking))
    rows = np.arange(len(ranking))

    # two marks of one characteristic stand a little apart, so that both can be seen
    crossed = "cross_fitted" in ranking
    series = [("iv", -0.14 if crossed else 0.0, "o", PALETTE["first"], "same rows as the bins")]
    if crossed:
        series.append(("cross_fitted", 0.16, "s", PALETTE["second"], "held-out folds"))

    ax.axvline(0.0, color=PALETTE["muted"], linewidth=1.0)
    for quantity, offset, mark, colour, label in series:
        value = drawn_numbers(ranking, quantity)
        low, high = drawn_interval(ranking, f"{quantity}_low", f"{quantity}_high")
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

"""Figures of a validation: ROC, class curves (KS), calibration, lift, distribution of the score."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from infotheory._rows import needed
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import check_integer
from infotheory.evidence import area_under_curve
from infotheory.plots._inputs import (
    MOST,
    as_figures,
    check_ascending,
    check_curve,
    check_drawable,
    check_place,
    class_shares,
    drawn_interval,
    drawn_numbers,
    scored_rows,
)
from infotheory.plots._style import PALETTE, axes_or_new, ink_of, legend, quiet, series_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "plot_calibration",
    "plot_class_curves",
    "plot_lift",
    "plot_lorenz",
    "plot_roc",
    "plot_score_distribution",
]

_DASHED = (0, (5, 2))
#: A figure has some thousand dots.
_MOST_CELLS = 10_000
Pair = tuple[ArrayLike, ArrayLike]  # labels and a score, or two rates
_LINES = (("first", "-"), ("second", _DASHED), ("muted", (0, (1, 1.5))))


def plot_roc(
    y: "ArrayLike | Mapping[str, Pair] | None" = None,
    score: ArrayLike | None = None,
    ax: "Axes | None" = None,
    *,
    rates: "Mapping[str, Pair] | None" = None,
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> "Axes":
    """Draw ROC curves: of one sample, of several by name, or of rates that are known.

    Parameters
    ----------
    y : array-like of shape (n_rows,), or mapping of str to (array-like, array-like)
        Labels of the rows; or samples by name, each with its labels and its score.
    score : array-like of shape (n_rows,)
        Larger where an event is more likely, as :func:`infotheory.scorecard.area_under_curve` takes
        it: a predicted probability, or points with a minus.
    ax : Axes, optional
        Where to draw; a new figure when None.
    rates : mapping of str to (array-like, array-like)
        In place of rows: sample to share of non-events refused and share of events refused, from 0
        to 1, ascending (the first two of ``sklearn.metrics.roc_curve``).
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows of one sample.
    event_label : object, optional
        The label of an event, as in :func:`infotheory.scorecard.area_under_curve`.

    Returns
    -------
    Axes
        The axes drawn on; the legend tells the area under each curve of rows with its interval.

    Raises
    ------
    ValueError
        If there are neither rows nor rates, or both; a class has no rows; or rates are no shares
        that ascend.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> from infotheory.scorecard import Scorecard
    >>> X, y = load_german_credit()
    >>> X = X[["status_of_existing_checking_account", "duration_in_month", "credit_history"]]
    >>> card = Scorecard().fit(X, y)
    >>> ax = plot_roc({"card": (y, -card.predict_points(X)), "months": (y, X["duration_in_month"])})
    >>> [text.get_text().partition(":")[0] for text in ax.get_legend().get_texts()]
    ['card', 'months']
    """
    _one_of("plot_roc(y, score)", y, "rates=", rates)
    curves: list[tuple[str, FloatArray, FloatArray]] = []
    if rates is not None:
        for name, (nonevents, events) in _pairs("rates", rates).items():
            refused = check_curve(f"share of non-events of {name!r}", nonevents)
            caught = check_curve(f"share of events of {name!r}", events, len(refused))
            curves.append((series_name(name), refused, caught))
    else:
        samples: Mapping[str, tuple[Any, Any]]
        samples = _pairs("y", y) if isinstance(y, Mapping) else {"": (y, score)}
        if isinstance(y, Mapping) and (score is not None or sample_weight is not None):
            message = "samples by name hold their own scores and have no weights, got both"
            raise ValueError(message)
        for name, (labels, scores) in samples.items():
            rows = scored_rows(labels, scores, sample_weight, event_label)
            area = area_under_curve(
                labels, scores, sample_weight=sample_weight, event_label=event_label
            )
            _, nonevents, events = class_shares(rows)

            # An interval that is withheld is not written, rather than as two NaN.
            low, high = area.interval()
            interval = "" if np.isnan(low) else f" [{low:.3f}, {high:.3f}]"
            named = series_name(name, f"{area.value:.3f}{interval}")

            # From shares at or below each score to shares above it, which are refused where a
            # higher score is riskier; turned round, so that they ascend from 0 at the largest
            # score.
            shares = ((1.0 - np.r_[0.0, part])[::-1] for part in (nonevents, events))
            curves.append((named, *shares))

    ax = axes_or_new(ax, 4.2, 4.2)
    ax.plot([0.0, 1.0], [0.0, 1.0], color=PALETTE["muted"], linewidth=1.0)
    for i, (name, nonevents, events) in enumerate(curves):
        colour, dash = _LINES[i % len(_LINES)]
        ax.plot(
            nonevents,
            events,
            color=PALETTE[colour],
            linestyle=dash,
            linewidth=1.8,
            label=name,
        )

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
    points: ArrayLike | None = None,
    y: ArrayLike | None = None,
    ax: "Axes | None" = None,
    *,
    shares: "tuple[ArrayLike, ArrayLike, ArrayLike] | None" = None,
    cut_off: float | None = None,
    score: str = "points",
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> "Axes":
    """Draw the cumulative shares of the classes by points; the largest gap is the KS statistic.

    Descriptive of these rows: `infotheory.scorecard.kolmogorov_smirnov` has the interval of it.

    Parameters
    ----------
    points : array-like of shape (n_rows,)
        Points of the rows.
    y : array-like of shape (n_rows,)
        Their labels.
    ax : Axes, optional
        Where to draw; a new figure when None.
    shares : tuple of three array-like of shape (n_cuts,)
        In place of rows: points, ascending, and the shares of non-events and of events at or below
        them, from 0 to 1.
    cut_off : float, optional
        Points at which the gap is marked, and told where it is not the largest; of rows the largest
        gap is marked when None.
    score : str
        What the score is, where it is not points.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows.
    event_label : object, optional
        The label of an event, as in :func:`infotheory.scorecard.area_under_curve`.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If there are neither rows nor shares, or both; a class has no rows; or shares do not ascend.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> from infotheory.scorecard import Scorecard
    >>> X, y = load_german_credit()
    >>> X = X[["status_of_existing_checking_account", "duration_in_month", "credit_history"]]
    >>> card = Scorecard().fit(X, y)
    >>> ax = plot_class_curves(card.predict_points(X), y)
    >>> [line.get_label() for line in ax.get_lines()]
    ['events', 'non-events']
    """
    _one_of("plot_class_curves(points, y)", points, "shares=", shares)
    if shares is not None:
        shares = _three("shares", shares, "points and the shares of non-events and of events")
        x = as_figures("points", shares[0])
        good = check_curve("share of non-events", shares[1], x.size)
        bad = check_curve("share of events", shares[2], x.size)
        x = check_ascending("points", x)
    else:
        rows = scored_rows(y, points, sample_weight, event_label)
        x, good, bad = class_shares(rows)
        cut_off = float(x[np.abs(good - bad).argmax()]) if cut_off is None else cut_off

    gaps = np.abs(good - bad)
    cut_off = None if cut_off is None else check_place("cut_off", cut_off)
    ax = axes_or_new(ax, 4.2, 4.2)
    # A share holds from its score up to the next one.
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
        # The shares at a cut-off are those of the last score up to it; below all scores they are 0.
        at = int(np.searchsorted(x, cut_off, side="right")) - 1
        low, high = (float(share[at]) if at >= 0 else 0.0 for share in (good, bad))
        is_largest = at >= 0 and x[at] == cut_off and gaps[at] == gaps.max()
        what = "largest gap" if is_largest else f"gap of {abs(high - low):.3f}"
        digits = (".0f" if score == "points" else ".3g") if is_largest else "g"
        place = f"{cut_off:{digits}}{' points' if score == 'points' else ''}"
        ax.vlines(cut_off, low, high, color=ink_of(ax), linewidth=1.4)
        ax.annotate(
            f"{what} at {place}",
            (cut_off, (low + high) / 2.0),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=ink_of(ax),
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
        shares between 0 and 1; or of an amount ``expected_mean``, ``mean``, ``mean_low``,
        ``mean_high``, as :func:`infotheory.scorecard.mean_calibration_table` makes them.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on; points on the line are calibrated.

    Raises
    ------
    ValueError
        If the table has no rows, or lacks a column.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> from infotheory.scorecard import Scorecard
    >>> X, y = load_german_credit()
    >>> X = X[["status_of_existing_checking_account", "duration_in_month", "credit_history"]]
    >>> card = Scorecard().fit(X, y)
    >>> from infotheory.scorecard import calibration_table
    >>> table = calibration_table(y, card.predict_proba(X)[:, 1], n_groups=6)
    >>> plot_calibration(table).get_xlabel()
    'predicted event rate, %'
    """
    columns: tuple[str, ...] = ("expected_event_rate", "event_rate", "low", "high")
    what, unit, factor = "event rate", ", %", 100.0
    if isinstance(table, pd.DataFrame) and "expected_mean" in table:
        columns = ("expected_mean", "mean", "mean_low", "mean_high")
        what, unit, factor = "mean", "", 1.0
    check_drawable(table, columns, "table", "calibration_table(y, probability) makes one")
    ax = axes_or_new(ax, 4.2, 4.2)
    predicted, observed = (factor * drawn_numbers(table, name) for name in columns[:2])
    low, high = (factor * end for end in drawn_interval(table, columns[2], columns[3]))
    seen = np.array([predicted, observed])
    if unit and (np.nanmin(seen) < 0.0 or np.nanmax(seen) > 100.0):
        message = "event rates must be shares from 0 to 1, got others; counts have to be divided"
        raise ValueError(message)

    # both axes have one scale, so that the diagonal is at 45 degrees
    start, end = 0.0, 1.05 * max(float(np.nanmax([predicted, observed, high])), 1e-3 * bool(unit))
    if not unit and np.nanmin([predicted, observed, low]) < 0.0:
        shown = np.array([predicted, observed, low, high])
        room = 0.05 * float(np.nanmax(shown) - np.nanmin(shown))
        start, end = float(np.nanmin(shown)) - room, float(np.nanmax(shown)) + room
    ax.plot([start, end], [start, end], color=PALETTE["muted"], linewidth=1.0)

    # a group without an interval is a point alone
    reach = np.nan_to_num(np.maximum([observed - low, high - observed], 0.0))
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
        xlabel=f"predicted {what}{unit}",
        ylabel=f"observed {what}{unit}",
        xlim=(start, end),
        ylim=(start, end),
        aspect=1,
    )
    quiet(ax, grid="both")
    return ax


def plot_lift(table: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """Draw the lift by group of the score, the riskiest first, and that of all groups so far.

    Lines are the intervals of the groups, where the table has them.

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

    Raises
    ------
    ValueError
        If the table has no rows, or lacks a column.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> from infotheory.scorecard import Scorecard
    >>> X, y = load_german_credit()
    >>> X = X[["status_of_existing_checking_account", "duration_in_month", "credit_history"]]
    >>> card = Scorecard().fit(X, y)
    >>> from infotheory.scorecard import gains_table
    >>> plot_lift(gains_table(y, card.predict_proba(X)[:, 1])).get_ylabel()
    'lift'
    """
    columns = ("cumulative_share", "lift", "cumulative_lift")
    check_drawable(table, columns, "table", "gains_table(y, score) makes one")
    ends = 100.0 * check_ascending(
        "column 'cumulative_share', from 0 on,",
        np.r_[0.0, drawn_numbers(table, "cumulative_share", complete=True)],
    )
    if ends[-1] > 100.0 + 1e-6:
        message = f"column 'cumulative_share' must hold shares up to 1, got {ends[-1] / 100.0:g}"
        raise ValueError(message)
    lift, so_far = drawn_numbers(table, "lift"), drawn_numbers(table, "cumulative_lift")
    ax = axes_or_new(ax, 4.2, 2.9)

    ax.stairs(lift, ends, fill=True, color=PALETTE["fill"])
    ax.stairs(lift, ends, color=PALETTE["first"], linewidth=1.4, label="group")
    if {"lift_low", "lift_high"} <= set(table.columns):
        middles = 0.5 * (ends[1:] + ends[:-1])
        low, high = drawn_interval(table, "lift_low", "lift_high")
        ax.vlines(middles, low, high, PALETTE["first"], linewidth=1.0)
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
    # A lift is a ratio: its distance from 0 is what heights compare.
    ax.set_ylim(bottom=0.0)
    quiet(ax, grid="y")
    ax.legend(frameon=False, fontsize=9, labelcolor=ink_of(ax), loc="upper right")
    return ax


def plot_lorenz(table: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """Draw the share of an amount that the rows of the highest predicted means gather.

    The curve is descriptive; `ordered_gini` has the interval.

    Parameters
    ----------
    table : DataFrame
        One row a group, as :func:`infotheory.scorecard.mean_gains_table` returns; columns
        ``cumulative_share``, ``cumulative_capture``, and its ends where they are known.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on; on the line the order says nothing.

    Raises
    ------
    ValueError
        If the table has no rows, or lacks a column.

    Examples
    --------
    >>> from infotheory.scorecard import mean_gains_table
    >>> table = mean_gains_table([0.0, 1.0, 2.0, 5.0], [1.0, 1.0, 3.0, 3.0], n_groups=2)
    >>> plot_lorenz(table).get_ylabel()
    'share of the amount'
    """
    columns = ("cumulative_share", "cumulative_capture")
    way_out = "mean_gains_table(y, mean) makes one"
    check_drawable(table, columns, "table", way_out)
    share, capture = (drawn_numbers(table, name, complete=True) for name in columns)
    check_curve(f"column {columns[0]!r}", share)
    ends = [f"{columns[1]}_{end}" for end in ("low", "high")]
    bars = drawn_interval(table, *ends) if set(ends) <= set(table.columns) else None

    ax = axes_or_new(ax, 4.2, 4.2)
    ax.plot([0.0, 1.0], [0.0, 1.0], color=PALETTE["muted"], linewidth=1.0)
    ax.plot(np.r_[0.0, share], np.r_[0.0, capture], color=PALETTE["first"], linewidth=1.8)
    if bars is not None:
        ax.vlines(share, *bars, PALETTE["first"], linewidth=1.2)

    ax.set(
        xlabel="share of the rows, highest means first",
        ylabel="share of the amount",
        xlim=(0, 1),
        # Amounts below 0 take the curve out of the square.
        ylim=(min(0.0, float(capture.min())), max(1.0, float(capture.max()))),
        aspect="equal" if capture.min() >= 0.0 and capture.max() <= 1.0 else "auto",
    )
    quiet(ax, grid="both")
    return ax


def plot_score_distribution(
    points: ArrayLike | None = None,
    y: ArrayLike | None = None,
    ax: "Axes | None" = None,
    *,
    cells: "tuple[ArrayLike, ArrayLike, ArrayLike] | None" = None,
    n_cells: int = 30,
    score: str = "points",
    sample_weight: ArrayLike | None = None,
    event_label: Any = None,
) -> "Axes":
    """Draw the distribution of points by class.

    Descriptive of these rows: counts, without errors.

    Parameters
    ----------
    points : array-like of shape (n_rows,)
        Points of the rows.
    y : array-like of shape (n_rows,)
        Their labels.
    ax : Axes, optional
        Where to draw; a new figure when None.
    cells : tuple of array-like of shape (n_cells + 1,), (n_cells,) and (n_cells,)
        In place of rows: ends of the cells of points, ascending, and the weighted counts of
        non-events and of events in each.
    n_cells : int
        Number of cells of equal width that rows are counted in.
    score : str
        What the score is, where it is not points.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows.
    event_label : object, optional
        The label of an event, as in :func:`infotheory.scorecard.area_under_curve`.

    Returns
    -------
    Axes
        The axes drawn on; each class sums to 100 %.

    Raises
    ------
    ValueError
        If there are neither rows nor cells, or both; a class has no rows; or ends do not ascend.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> from infotheory.scorecard import Scorecard
    >>> X, y = load_german_credit()
    >>> X = X[["status_of_existing_checking_account", "duration_in_month", "credit_history"]]
    >>> card = Scorecard().fit(X, y)
    >>> ax = plot_score_distribution(card.predict_points(X), y)
    >>> ax.get_xlabel()
    'points'
    """
    _one_of("plot_score_distribution(points, y)", points, "cells=", cells)
    if cells is not None:
        cells = _three("cells", cells, "ends of cells and the counts of non-events and of events")
        ends = check_ascending("ends of cells", cells[0])
        counts = [as_figures("counts", values) for values in cells[1:]]
        if any(count.shape != (ends.size - 1,) for count in counts):
            message = (
                "cells must be n + 1 ends that ascend and n counts of each class, got shapes "
                f"{[np.shape(values) for values in cells]}"
            )
            raise ValueError(message)
        if not all((count >= 0.0).all() and 0.0 < count.sum() <= MOST for count in counts):
            message = "counts must be numbers from 0 on, some of each class above 0, got others"
            raise ValueError(message)
    else:
        rows = scored_rows(y, points, sample_weight, event_label)
        check_integer("n_cells", n_cells, high=_MOST_CELLS)
        values = needed(rows.score, "score")
        ends = _cell_ends(values, n_cells)
        counts = [
            np.histogram(values, ends, weights=np.where(rows.target == target, rows.mass, 0.0))[0]
            for target in (0.0, 1.0)
        ]

    ax = axes_or_new(ax, 7.2, 2.9)
    # Each class in shares of its own, as events are rare.
    good, bad = (100.0 * count / count.sum() for count in counts)
    ax.stairs(good, ends, fill=True, color=PALETTE["fill"], label="non-events")
    ax.stairs(good, ends, color=PALETTE["first"], linewidth=1.4)
    ax.stairs(bad, ends, color=PALETTE["second"], linewidth=1.8, linestyle=_DASHED, label="events")
    ax.set(xlabel=score, ylabel="% of the class")
    quiet(ax, grid="y")
    legend(ax, "upper left")
    return ax


def _cell_ends(values: FloatArray, n_cells: int) -> FloatArray:
    """Return ends of cells of equal width, or raise ValueError where floats leave no room."""
    if np.abs(values).max() > MOST:
        message = f"points must lie between -{MOST:.0e} and {MOST:.0e}, got others; rescale them"
        raise ValueError(message)
    least, most = float(values.min()), float(values.max())
    # Rounding may make the ends of a cell of fewer than four steps between floats equal.
    if most > least and (most - least) / n_cells < 4.0 * np.spacing(max(abs(least), abs(most))):
        message = (
            f"n_cells must leave cells that floats tell apart, got {n_cells} between {least!r} and "
            f"{most!r}"
        )
        raise ValueError(message)
    return np.histogram_bin_edges(values, bins=n_cells)


def _pairs(name: str, samples: Any) -> dict[Any, tuple[Any, Any]]:
    """Return samples by name, two sequences each."""
    pairs = dict(samples) if isinstance(samples, Mapping) else {}
    are_two = (isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs.values())
    if not pairs or not all(are_two):
        message = f"{name} must name one sample or more, each two sequences, got {samples!r:.80}"
        raise ValueError(message)
    return pairs


def _three(name: str, values: Any, what: str) -> tuple[Any, Any, Any]:
    """Return three sequences, or raise an error that says which."""
    if not isinstance(values, tuple | list) or len(values) != 3:
        message = f"{name} must be {what}, got {values!r:.80}"
        raise ValueError(message)
    return values[0], values[1], values[2]


def _one_of(rows: str, points: object, name: str, known: object) -> None:
    """Refuse a figure of both rows and numbers, and of neither."""
    if (points is None) == (known is None):
        which = "neither" if points is None else "both"
        message = f"a figure is drawn of rows, {rows}, or of {name}, got {which}"
        raise ValueError(message)

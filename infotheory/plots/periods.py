"""Figures of a scorecard in use: stability, drift of a measure, shares by bin, migration."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from infotheory._row_order import warn_of_square_order
from infotheory._typing import ArrayLike, FloatArray
from infotheory.evidence.drift import check_tolerance
from infotheory.plots._inputs import (
    as_figures,
    check_drawable,
    drawn_alarms,
    drawn_interval,
    drawn_numbers,
)
from infotheory.plots._style import (
    PALETTE,
    axes_or_new,
    ink_of,
    legend,
    quiet,
    row_axis,
    shorten_all,
)
from infotheory.scorecard.validation.migration import MigrationMatrix

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_drift", "plot_migration", "plot_shares", "plot_stability", "plot_stability_map"]

_DASHED = (0, (5, 2))
_MOST_TICKS = 12
_SMALLEST_TOP = 0.01

# What alarms in a table of one characteristic, which no one has looked at beside others.
_TESTED, _SIZE = "adjusted_tolerance_p_value", 0.05
# Where tables of stability come from.
_MONITORED = "ScorecardMonitor.compare(...).stability has them"


def plot_stability(
    table: pd.DataFrame, ax: "Axes | None" = None, *, tolerance: float | None = None
) -> "Axes":
    """Draw a stability index by period with its interval and the critical value of each period.

    Parameters
    ----------
    table : DataFrame
        One row a period, in order; columns ``period``, ``value``, ``low``, ``high``,
        ``critical_value``, ``alarm``. That of :func:`infotheory.evidence.stability_by_period` has
        ``adjusted_tolerance_p_value`` instead of the last: below 0.05 the period alarms.
    ax : Axes, optional
        Where to draw; a new figure when None.
    tolerance : float, optional
        The index above which a change alarms, drawn in place of the customary 0.10 and 0.25.

    Returns
    -------
    Axes
        The axes drawn on; periods that alarm are filled, others hollow, and one whose index is NaN
        is left empty. Intervals are centred on the value less its bias, so that a value can lie
        outside.

    Raises
    ------
    ValueError
        If there are no rows, a column is missing, there are several features, or ``tolerance`` is
        no finite number of at least 0.

    Examples
    --------
    >>> from infotheory.cells import BinSpec
    >>> from infotheory.evidence import population_stability_indices
    >>> months, rng = [f"2024-{month:02d}" for month in range(1, 7)], np.random.default_rng(0)
    >>> past = pd.DataFrame({"age": rng.normal(size=2000), "income": rng.normal(size=2000)})
    >>> late = pd.DataFrame({"age": rng.normal(size=2400), "income": rng.normal(size=2400)})
    >>> late = late.assign(month=np.repeat(months, 400))
    >>> late["income"] += late["month"].map(dict(zip(months, [0, 0.1, 0, 0.5, 0.9, 1.2])))
    >>> ends = (-1.0, -0.3, 0.3, 1.0)
    >>> specs = {name: BinSpec(name=name, kind="numerical", splits=ends) for name in past}
    >>> table = population_stability_indices(past, late, specs, periods="month")
    >>> plot_stability(table[table["feature"] == "income"]).get_ylabel()
    'stability index'
    """
    columns = ["period", "value", "low", "high", "critical_value"]
    has_tests = isinstance(table, pd.DataFrame) and _TESTED in table and "alarm" not in table
    check_drawable(table, columns if has_tests else [*columns, "alarm"], "table", _MONITORED)
    _check_one_line(table, "feature", "plot_stability_map(table) draws all of them")
    if tolerance is not None:
        check_tolerance(tolerance)
    ax = axes_or_new(ax, 7.2, 2.9)
    x = np.arange(len(table))
    value, critical = (drawn_numbers(table, c, some=False) for c in ("value", "critical_value"))
    low, high = drawn_interval(table, "low", "high", open_ended=True)
    # a period without numbers has no p-value, and no alarm
    alarm = drawn_numbers(table, _TESTED, some=False) < _SIZE if has_tests else drawn_alarms(table)

    # Periods that all lack an index make a figure with an axis all the same.
    reach = [number for number in np.r_[value, high, critical] if np.isfinite(number)]
    top = 1.15 * max(reach, default=_SMALLEST_TOP)
    _say_if_empty(ax, value)
    limits = {"0.10": 0.10, "0.25": 0.25}
    if tolerance is not None:
        limits = {f"tolerance {tolerance:g}": tolerance}
        top = max(top, 1.15 * tolerance)
    for name, limit in limits.items():
        # A limit far above all indices would press them to the floor.
        if limit < top:
            ax.axhline(limit, color=PALETTE["muted"], linewidth=1.0, linestyle=(0, (1, 1.5)))
            ax.annotate(
                name,
                (1.0, limit),
                xycoords=ax.get_yaxis_transform(),
                fontsize=8.5,
                color=PALETTE["muted"],
            )

    # Critical values are of one period each, and not between two: steps, no line.
    ax.stairs(
        critical,
        np.arange(len(table) + 1) - 0.5,
        color=PALETTE["second"],
        linestyle=_DASHED,
        linewidth=1.4,
        baseline=None,
        label="critical value",
    )
    # an interval without an end leaves the figure
    ax.vlines(x, low, np.minimum(high, 2.0 * top), color=PALETTE["first"], linewidth=1.4)
    for rows, fill, name in ((~alarm, "none", "index"), (alarm, PALETTE["first"], "index, alarm")):
        if rows.any():
            ax.plot(
                x[rows],
                value[rows],
                "o",
                color=PALETTE["first"],
                markerfacecolor=fill,
                markersize=6,
                label=name,
            )

    # All indices 0: axes cannot run from 0 to 0.
    top = top if top > 0.0 else _SMALLEST_TOP
    ax.set(ylabel="stability index", xlim=(-0.5, len(table) - 0.5), ylim=(0, top))
    _periods(ax, table["period"].tolist())
    quiet(ax, grid="y")
    legend(ax, "upper left")
    return ax


def plot_stability_map(
    table: pd.DataFrame, ax: "Axes | None" = None, *, tolerance: float | None = None
) -> "Axes":
    """Draw the stability of all characteristics by period, darker where it is large.

    The index is descriptive here: its test is the critical value, its interval stands in the table.

    Parameters
    ----------
    table : DataFrame
        One row a period and characteristic; columns ``period``, ``feature``, ``value``,
        ``critical_value``, ``alarm``.
    ax : Axes, optional
        Where to draw; a new figure when None.
    tolerance : float, optional
        The index above which a change alarms; cells are dark beside it rather than beside their
        critical values.

    Returns
    -------
    Axes
        The axes drawn on; a cell is dark where the index is large beside its critical value (or
        the tolerance), hatched where a bin is too rare for one, carries the index where it alarms,
        and is left out where it is NaN.

    Raises
    ------
    ValueError
        If there are no rows, a column is missing, or ``tolerance`` is no finite number of at least
        0.

    Examples
    --------
    >>> from infotheory.cells import BinSpec
    >>> from infotheory.evidence import population_stability_indices
    >>> months, rng = [f"2024-{month:02d}" for month in range(1, 7)], np.random.default_rng(0)
    >>> past = pd.DataFrame({"age": rng.normal(size=2000), "income": rng.normal(size=2000)})
    >>> late = pd.DataFrame({"age": rng.normal(size=2400), "income": rng.normal(size=2400)})
    >>> late = late.assign(month=np.repeat(months, 400))
    >>> late["income"] += late["month"].map(dict(zip(months, [0, 0.1, 0, 0.5, 0.9, 1.2])))
    >>> ends = (-1.0, -0.3, 0.3, 1.0)
    >>> specs = {name: BinSpec(name=name, kind="numerical", splits=ends) for name in past}
    >>> table = population_stability_indices(past, late, specs, periods="month")
    >>> [text.get_text() for text in plot_stability_map(table).get_yticklabels()]
    ['age', 'income']
    """
    wanted = ["period", "feature", "value", "critical_value", "alarm"]
    check_drawable(table, wanted, "table", _MONITORED)
    if tolerance is not None:
        check_tolerance(tolerance)
    values, critical = (drawn_numbers(table, c, some=False) for c in ("value", "critical_value"))
    alarms = drawn_alarms(table)
    # In the order of the table, and missing names are names too: sorting would mix up periods.
    rows, names = pd.factorize(table["feature"], use_na_sentinel=False)
    columns, periods = pd.factorize(table["period"], use_na_sentinel=False)
    if len({*zip(rows, columns, strict=True)}) < len(table):
        message = (
            "table must have one row a period and feature, got several; draw the stability of one "
            "comparison"
        )
        raise ValueError(message)

    ax = axes_or_new(ax, 7.2, 0.9 + 0.3 * len(names))
    cells = zip(columns.tolist(), rows.tolist(), values, critical, alarms, strict=True)
    for x, y, value, limit, alarm in cells:
        if np.isnan(value):
            continue
        # A tolerance takes the place of a critical value below it.
        dark = max(0.0 if np.isnan(limit) else float(limit), tolerance or 0.0)
        # Darkest from four times the critical value (or tolerance) on; lighter below in proportion.
        strength = min(max(value / dark / 4.0, 0.0), 1.0) if dark > 0.0 else 0.0
        _cell(ax, x, y, strength, known=not np.isnan(limit))
        if alarm:
            text = f"{value:.2f}" if len(periods) <= _MOST_TICKS else "•"
            ax.text(x, y, text, ha="center", va="center", fontsize=8, color=ink_of(ax))
    _say_if_empty(ax, values)

    row_axis(ax, list(names))
    ax.set(xlim=(-0.5, len(periods) - 0.5))
    _periods(ax, list(periods))
    quiet(ax)
    ax.grid(visible=False)
    return ax


def plot_drift(table: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """Draw one measure by period with its interval, beside that of the reference.

    Parameters
    ----------
    table : DataFrame
        One row a period, in order, of one ``measure``; columns ``period``, ``measure``, ``value``,
        ``low``, ``high``, ``reference``, ``alarm``.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on; periods that alarm are filled, others hollow, and one whose value is NaN
        is left empty.

    Raises
    ------
    ValueError
        If there are no rows, a column is missing, or there are several measures.

    Examples
    --------
    >>> months = [f"2024-{month:02d}" for month in range(1, 7)]
    >>> values = np.array([0.74, 0.73, 0.74, 0.71, 0.66, 0.65])
    >>> table = {"period": months, "measure": "AUC", "value": values, "alarm": values < 0.68}
    >>> ends = {"low": values - 0.04, "high": values + 0.04, "reference": 0.74}
    >>> plot_drift(pd.DataFrame(table | ends)).get_ylabel()
    'AUC'
    """
    columns = ["period", "measure", "value", "low", "high", "reference", "alarm"]
    check_drawable(table, columns, "table", "ScorecardMonitor.compare(...).performance has them")
    _check_one_line(table, "measure", "one measure is drawn at a time")
    ax = axes_or_new(ax, 4.2, 2.7)
    x = np.arange(len(table))
    value, reference = (drawn_numbers(table, c, some=False) for c in ("value", "reference"))
    low, high = drawn_interval(table, "low", "high")
    _say_if_empty(ax, value)

    # one line: the reference is the same in each period, but for its rows without a value
    if np.isfinite(reference).any():
        ax.axhline(
            float(np.nanmean(reference)), color=PALETTE["second"], linestyle=_DASHED, linewidth=1.4
        )

    ax.vlines(x, low, high, color=PALETTE["first"], linewidth=1.4)
    alarm = drawn_alarms(table)
    for rows, fill in ((~alarm, "none"), (alarm, PALETTE["first"])):
        ax.plot(
            x[rows], value[rows], "o", color=PALETTE["first"], markerfacecolor=fill, markersize=6
        )

    ax.set(ylabel=str(table["measure"].iloc[0]), xlim=(-0.5, len(table) - 0.5))
    _periods(ax, table["period"].tolist(), most=6)
    quiet(ax, grid="y")
    return ax


def plot_shares(table: pd.DataFrame, ax: "Axes | None" = None) -> "Axes":
    """Draw the share of rows of each bin in a period beside that of the reference.

    Descriptive: shares of the rows of a period; whether they moved, `plot_stability` tests.

    Parameters
    ----------
    table : DataFrame
        One row a bin; columns ``bin``, ``reference_share``, ``share``.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If there are no rows, a column is missing, or there are several characteristics or periods.

    Examples
    --------
    >>> shares = {"bin": ["below 20", "20 to 40", "40 to 60", "60 and more", "missing"]}
    >>> shares |= {"reference_share": [0.12, 0.33, 0.31, 0.2, 0.04]}
    >>> shares |= {"share": [0.08, 0.27, 0.36, 0.26, 0.03]}
    >>> plot_shares(pd.DataFrame(shares)).get_xlabel()
    '% of rows'
    """
    columns = ["bin", "reference_share", "share"]
    check_drawable(table, columns, "table", "ScorecardMonitor.compare(...).bins has them")
    for column in ("period", "feature"):
        _check_one_line(table, column, "the bins of one characteristic in one period are drawn")
    ax = axes_or_new(ax, 7.2, 1.0 + 0.26 * len(table))
    rows = np.arange(len(table))
    # a period without rows is drawn as the reference alone
    then = 100.0 * drawn_numbers(table, "reference_share")
    now = 100.0 * drawn_numbers(table, "share", some=False)
    if np.nanmin([then, now]) < 0.0 or np.nanmax([then, now]) > 100.0 + 1e-6:
        message = "shares must lie between 0 and 1, got others; counts have to be divided"
        raise ValueError(message)
    ax.barh(rows, then, height=0.7, color=PALETTE["fill"], label="reference")
    ax.plot(now, rows, "o", color=PALETTE["first"], markersize=6, label="period")

    ax.set(xlabel="% of rows")
    row_axis(ax, table["bin"].tolist())
    quiet(ax)
    ax.legend(
        frameon=False,
        fontsize=9,
        labelcolor=ink_of(ax),
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=2,
    )
    return ax


def plot_migration(
    rates: "ArrayLike | MigrationMatrix",
    labels: Sequence[str] | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw a migration matrix: in each row, where the accounts of a band went.

    Descriptive: shares without errors; ``MigrationMatrix.to_frame`` has their intervals.

    Parameters
    ----------
    rates : MigrationMatrix, or array-like of shape (n_bands, n_bands)
        A migration matrix, or shares by row, such as ``matrix.rates``; NaN for bands without
        accounts.
    labels : sequence of str, optional
        The bands, where they are not those of a migration matrix.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on, in per cent.

    Raises
    ------
    ValueError
        If the rates are no square of shares, or the labels are not one a band.

    Examples
    --------
    >>> from infotheory.scorecard import migration_matrix
    >>> rng = np.random.default_rng(0)
    >>> before = rng.integers(4, size=500)
    >>> after = np.clip(before + rng.choice([-1, 0, 0, 0, 1], size=500), 0, 3)
    >>> grades = np.array([*"ABCD"])
    >>> matrix = migration_matrix(grades[before], grades[after], labels=[*"ABCD"])
    >>> len(plot_migration(matrix).texts)
    16
    """
    if isinstance(rates, MigrationMatrix):
        labels = rates.labels if labels is None else labels
        rates = rates.rates

    warn_of_square_order(rates=rates)
    rates = as_figures("rates", rates)
    if labels is not None and (isinstance(labels, str) or not isinstance(labels, Iterable)):
        message = f"labels must name the bands, one each, got {labels!r}"
        raise ValueError(message)
    if rates.ndim != 2 or not rates.size:
        message = f"rates must be a square of shares, got shape {rates.shape}"
        raise ValueError(message)
    labels = [str(band) for band in range(len(rates))] if labels is None else list(labels)
    if rates.shape != (len(labels), len(labels)):
        message = (
            f"rates must be a square with a label a band, got shape {rates.shape} and "
            f"{len(labels)} labels; a migration matrix holds both"
        )
        raise ValueError(message)
    if not (np.isnan(rates) | ((rates >= 0.0) & (rates <= 1.0))).all():
        message = "rates must be shares from 0 to 1, got others; matrix.rates holds them"
        raise ValueError(message)

    # A band that nobody left has no rates; all others share out their rows.
    known = rates[~np.isnan(rates).all(axis=1)]
    if (np.abs(np.nansum(known, axis=1) - 1.0) > 1e-6).any():
        message = (
            "rates of a band must add up to 1 over the bands of the second date, got "
            f"{np.nansum(known, axis=1)[:5].tolist()}; matrix.rates holds them"
        )
        raise ValueError(message)

    side = 1.2 + 0.5 * len(labels)
    ax = axes_or_new(ax, min(side + 1.2, 8.0), min(side, 7.0))
    for i, row in enumerate(rates):
        for j, rate in enumerate(row):
            # A band that nobody was in has no rates: its row stays empty.
            if np.isfinite(rate):
                _cell(ax, j, i, float(rate))
                # A flow that is there must not read as none.
                text = f"{100.0 * rate:.0f}" if rate >= 0.005 or rate == 0.0 else "<1"
                ax.text(j, i, text, ha="center", va="center", fontsize=8, color=ink_of(ax))
    row_axis(ax, labels)
    ax.set_xticks(range(len(labels)), shorten_all(labels), rotation=45, ha="right")
    ax.set(xlim=(-0.5, len(labels) - 0.5), xlabel="second date, % of the row", ylabel="first date")
    quiet(ax)
    ax.grid(visible=False)
    return ax


def _check_one_line(table: pd.DataFrame, column: str, way_out: str) -> None:
    """Refuse a table of several features or measures, whose line would run to and fro."""
    if column not in table:
        return
    names = list(dict.fromkeys(table[column]))
    if len(names) > 1:
        message = (
            f"table must be of one {column}, got {len(names)}, such as {names[:3]}; "
            f"{way_out}, or choose one: table[table[{column!r}] == {names[0]!r}]"
        )
        raise ValueError(message)


def _say_if_empty(ax: "Axes", values: FloatArray) -> None:
    """Say in a figure that no number of it is known: an empty one looks like a calm one."""
    if np.isnan(values).all():
        ax.text(
            0.5,
            0.5,
            "no value is known",
            transform=ax.transAxes,
            ha="center",
            fontsize=9,
            color=PALETTE["muted"],
        )


def _cell(ax: "Axes", x: float, y: float, strength: float, *, known: bool = True) -> None:
    """Fill one cell of a map; colours fade by opacity, so that they fit light and dark paper."""
    ax.fill(
        [x - 0.48, x + 0.48, x + 0.48, x - 0.48],
        [y - 0.46, y - 0.46, y + 0.46, y + 0.46],
        color=PALETTE["first"],
        # a strength of 0 leaves a trace: a blank cell has no number at all
        alpha=0.04 + 0.56 * strength,
        linewidth=0.0,
        hatch=None if known else "////",
    )


def _periods(ax: "Axes", names: list[Any], most: int = _MOST_TICKS) -> None:
    """Name the periods, not more than there is room for."""
    # Rounded up, so that at most as many names are shown as there is room for.
    step = -(-len(names) // most)
    shown = range(0, len(names), step)
    # There is room for eight letters, gaps included, at each of the most names.
    turned = (max(len(str(name)) for name in names) + 3) * len(shown) > 8 * most
    ax.set_xticks(
        list(shown), shorten_all([names[i] for i in shown], 20), rotation=45 if turned else 0
    )
    if turned:
        for text in ax.get_xticklabels():
            text.set_horizontalalignment("right")

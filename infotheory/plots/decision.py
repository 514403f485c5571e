"""Figures of decisions: cut-offs, bands of reject inference, scores put on a scale."""

from typing import TYPE_CHECKING

import numpy as np

from infotheory._display import number_text
from infotheory._typing import ArrayLike
from infotheory.plots._inputs import as_figures, check_place, check_result
from infotheory.plots._style import PALETTE, axes_or_new, ink_of, quiet, row_axis, shorten
from infotheory.scorecard.alignment import Alignment
from infotheory.scorecard.decisions.reject_inference import RejectBand
from infotheory.scorecard.decisions.sweep import CutOffSweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_alignment", "plot_cut_offs", "plot_reject_points", "plot_reject_quantity"]

_LABELS = {
    "approval_rate": "approval rate, %",
    "bad_rate": "bad rate of the approved, %",
    "profit": "profit per applicant",
    "adverse_impact_ratio": "adverse impact ratio",
    "auc_accepted": "area under the curve, accepted",
    "auc_all": "area under the curve, all as assumed",
    "bad_rate_rejected": "bad rate of the rejects, %",
    "bad_rate_all": "bad rate of all applicants, %",
}


def plot_cut_offs(
    sweep: CutOffSweep,
    quantity: str,
    ax: "Axes | None" = None,
    *,
    attribute: str = "",
    marked: float | None = None,
) -> "Axes":
    """Draw one quantity of a sweep by cut-off, with its interval.

    Parameters
    ----------
    sweep : CutOffSweep
        Result of ``cut_off_sweep``.
    quantity : {"approval_rate", "bad_rate", "profit", "adverse_impact_ratio"}
        What to draw.
    ax : Axes, optional
        Where to draw; a new figure when None.
    attribute : str
        Protected attribute, for an adverse impact ratio.
    marked : float, optional
        A cut-off to mark, such as one learnt on other rows.

    Returns
    -------
    Axes
        The axes drawn on. The band holds for each cut-off by itself; a dashed line marks a ratio of
        four fifths.

    Raises
    ------
    ValueError
        If the sweep has no such quantity.
    TypeError
        If it is no such result.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> from infotheory.scorecard import Scorecard
    >>> X, y = load_german_credit()
    >>> X = X[["status_of_existing_checking_account", "duration_in_month", "credit_history"]]
    >>> card = Scorecard().fit(X, y)
    >>> from infotheory.scorecard import cut_off_sweep
    >>> sweep = cut_off_sweep(y, card.predict_points(X), np.arange(470, 551, 5))
    >>> plot_cut_offs(sweep, "bad_rate", marked=510).get_xlabel()
    'cut-off, points'
    """
    check_result(sweep, CutOffSweep, "sweep", "cut_off_sweep(y, points, cut_offs) makes one")
    table = sweep.to_frame()
    known = table[["quantity", "attribute"]].drop_duplicates().to_numpy().tolist()
    if [quantity, attribute] not in known:
        message = f"quantity and attribute must be one of {known}, got {[quantity, attribute]}"
        raise ValueError(message)
    rows = table[(table["quantity"] == quantity) & (table["attribute"] == attribute)]

    marked = None if marked is None else check_place("marked", marked)
    unit = 100.0 if quantity.endswith("rate") else 1.0
    x = rows["cut_off"].to_numpy(float)
    value, low, high = (unit * rows[c].to_numpy(float) for c in ("value", "low", "high"))
    ax = axes_or_new(ax, 4.6, 3.2)
    ax.fill_between(x, low, high, color=PALETTE["fill"], alpha=0.7, linewidth=0.0)
    ax.plot(
        x,
        value,
        color=PALETTE["first"],
        linewidth=1.8,
        # Of many cut-offs the marks would hide the line.
        marker="o" if x.size < 15 else None,
        markersize=4,
    )

    if quantity == "adverse_impact_ratio":  # four fifths, the customary limit
        ax.axhline(0.8, color=PALETTE["second"], linestyle=(0, (5, 2)), linewidth=1.2)
    if marked is not None:
        ax.axvline(marked, color=ink_of(ax), linewidth=1.2)
        ax.annotate(
            number_text(marked), (marked, 1.0), xycoords=("data", "axes fraction"), xytext=(4, -10),
            textcoords="offset points", fontsize=8.5, color=ink_of(ax),
        )  # fmt: skip

    name = f" ({shorten(attribute, 40)})" if attribute else ""
    ax.set(xlabel="cut-off, points", ylabel=_LABELS[quantity] + name)
    quiet(ax, grid="both")
    return ax


def plot_reject_quantity(result: RejectBand, quantity: str, ax: "Axes | None" = None) -> "Axes":
    """Draw one number of all applicants by prudence factor, with its interval under each.

    Parameters
    ----------
    result : RejectBand
        Result of ``reject_inference``.
    quantity : {"auc_accepted", "auc_all", "bad_rate_rejected", "bad_rate_all"}
        What to draw.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on; the shaded band is the range over the factors, the dashed line the
        accepted rows alone.

    Raises
    ------
    ValueError
        If the result has no such quantity.
    TypeError
        If it is no such result.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> from infotheory.scorecard import Scorecard, reject_inference
    >>> X, y = load_german_credit()
    >>> X = X[["duration_in_month", "credit_amount"]]
    >>> card = Scorecard().fit(X[:800], y[:800])
    >>> result = reject_inference(card, X[:800], y[:800], X[800:], factors=(1, 1.5, 2), bands=4)
    >>> plot_reject_quantity(result, "bad_rate_all").get_xlabel()
    'prudence factor, parcelling'
    """
    check_result(result, RejectBand, "result", "reject_inference(...) makes one")
    table = result.to_frame()
    overall = table[table["feature"] == ""]
    if quantity not in [name for name in _LABELS if name in set(overall["quantity"])]:
        message = (
            f"quantity must be an area or a rate of the result, got {quantity!r}; draw points by "
            "characteristic"
        )
        raise ValueError(message)
    rows = overall[overall["quantity"] == quantity]

    # rows without a factor are those of the accepted alone
    unit = 100.0 if quantity.startswith("bad_rate") else 1.0
    assumed, alone = rows[rows["factor"].notna()], rows[rows["factor"].isna()]
    value, low, high = (unit * assumed[c].to_numpy(float) for c in ("value", "low", "high"))

    ax = axes_or_new(ax, 4.6, 3.2)
    # The span is over assumptions, the bars are of sampling: neither holds the other.
    ax.axhspan(value.min(), value.max(), color=PALETTE["fill"], alpha=0.5, linewidth=0.0)
    for level in unit * alone["value"].to_numpy(float):
        ax.axhline(level, color=PALETTE["second"], linestyle=(0, (5, 2)), linewidth=1.2)

    # An end may lie on the wrong side of its value, and bars have no negative length.
    reach = np.maximum([value - low, high - value], 0.0)
    ax.errorbar(
        assumed["factor"].to_numpy(float),
        value,
        yerr=reach,
        fmt="o",
        markersize=5,
        color=PALETTE["first"],
        elinewidth=1.4,
    )
    ax.set(xlabel=f"prudence factor, {result.method}", ylabel=_LABELS[quantity])
    quiet(ax, grid="y")
    return ax


def plot_reject_points(result: RejectBand, feature: str, ax: "Axes | None" = None) -> "Axes":
    """Draw the range of the points of each bin over the assumptions about rejects.

    Parameters
    ----------
    result : RejectBand
        Result of ``reject_inference``.
    feature : str
        Characteristic.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on: thick the range over the factors, thin the intervals at its ends, a
        diamond the accepted rows alone.

    Raises
    ------
    ValueError
        If the card has no such characteristic.
    TypeError
        If it is no such result.

    Examples
    --------
    >>> from infotheory.datasets import load_german_credit
    >>> from infotheory.scorecard import Scorecard, reject_inference
    >>> X, y = load_german_credit()
    >>> X = X[["duration_in_month", "credit_amount"]]
    >>> card = Scorecard().fit(X[:800], y[:800])
    >>> result = reject_inference(card, X[:800], y[:800], X[800:], factors=(1, 1.5, 2), bands=4)
    >>> plot_reject_points(result, "duration_in_month").get_xlabel()
    'points, duration_in_month'
    """
    check_result(result, RejectBand, "result", "reject_inference(...) makes one")
    band = result.band()
    points = band[band["quantity"] == "points"]
    known = points["feature"].unique().tolist()
    if feature not in known:
        message = (
            f"feature must be a characteristic of the card, got {feature!r}; known are {known}"
        )
        raise ValueError(message)
    bins = points[points["feature"] == feature]

    ax = axes_or_new(ax, 6.4, 0.8 + 0.34 * len(bins))
    rows = np.arange(len(bins))
    # Thin from the least end of all intervals to the largest, thick over the values alone.
    ax.hlines(rows, bins["low"], bins["high"], color=PALETTE["first"], linewidth=1.2)
    ax.hlines(rows, bins["minimum"], bins["maximum"], color=PALETTE["first"], linewidth=6.0)
    ax.plot(bins["accepted_only"], rows, "D", color=PALETTE["second"], markersize=5)
    row_axis(ax, bins["bin"].tolist())
    ax.set(xlabel=f"points, {shorten(feature, 60)}")
    quiet(ax, grid="x")
    return ax


def plot_alignment(alignment: Alignment, score: ArrayLike, ax: "Axes | None" = None) -> "Axes":
    """Draw the points of a stated scale against their score, with the error of the map.

    Parameters
    ----------
    alignment : Alignment
        Result of ``align_scores``.
    score : array-like of shape (n_rows,)
        Scores; their range is drawn.
    ax : Axes, optional
        Where to draw; a new figure when None.

    Returns
    -------
    Axes
        The axes drawn on; on the grey line the score keeps the scale already.

    Raises
    ------
    ValueError
        If a score is not finite, or there are none.
    TypeError
        If it is no such result.

    Examples
    --------
    >>> from infotheory.scorecard import Scale, align_scores
    >>> rng = np.random.default_rng(0)
    >>> score = rng.integers(1, 9, size=800)
    >>> y = rng.random(800) < 0.6 / score
    >>> aligned = align_scores(y, score, Scale(pdo=20, base_points=500, base_odds=1))
    >>> plot_alignment(aligned, score).get_ylabel()
    'points on the scale'
    """
    check_result(alignment, Alignment, "alignment", "align_scores(y, score, scale) makes one")
    ends = as_figures("score", score)
    if not (ends.size and np.isfinite(ends).all()):
        message = f"score must be finite numbers, one or more, got {ends.size} with others"
        raise ValueError(message)

    table = alignment.table(np.linspace(ends.min(), ends.max(), 60))
    ax = axes_or_new(ax, 4.2, 4.2)
    x = table["score"].to_numpy()
    ax.plot(x, x, color=PALETTE["muted"], linewidth=1.0)
    ax.fill_between(x, table["low"], table["high"], color=PALETTE["fill"], alpha=0.7, linewidth=0.0)
    ax.plot(x, table["points"], color=PALETTE["first"], linewidth=1.8)
    ax.set(xlabel="score as it is", ylabel="points on the scale")
    # The map fills the figure, even where the line of equal numbers lies far from it.
    ax.set_ylim(float(table["low"].min()), float(table["high"].max()))
    quiet(ax, grid="both")
    return ax

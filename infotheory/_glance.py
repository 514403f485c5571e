"""What a notebook shows of a fitted binner or card: its parameters, and its bins at a glance."""

from typing import Any

import numpy as np
from sklearn.utils import estimator_html_repr

from infotheory._display import bar_chart, html_rows, number_text
from infotheory.tables import CountTable

__all__ = ["binner_html", "card_html"]

# Features that are shown.
_MOST_FEATURES = 30


def binner_html(binner: Any) -> str:
    """Show scikit-learn's box of parameters, and below it a line and a chart for each feature."""
    box: str = estimator_html_repr(binner)
    return box + _bins_html(binner) if hasattr(binner, "features_") else box


def _bins_html(binner: Any) -> str:
    """Lay out the features with their information values, event rates drawn by bin."""
    # Those of the largest information values come first.
    summary = binner.summary().sort_values("iv", ascending=False, kind="stable")
    lines = list(summary.head(_MOST_FEATURES).itertuples())
    tables = [binner.features_[line.feature].table for line in lines]
    highest = max((_event_rates(table).max(initial=0.0) for table in tables), default=1.0)

    rows = []
    for line, table in zip(lines, tables, strict=True):
        withheld = np.isnan([line.iv_low, line.iv_high]).any()
        interval = "" if withheld else f" [{line.iv_low:.3f}, {line.iv_high:.3f}]"
        chart = _rates_chart(table, float(highest))
        value = f"{line.iv:.3f}{interval}"
        rows.append([str(line.feature), value, number_text(line.n_bins), line.status, chart])

    n_left_out = len(summary) - len(rows)
    return html_rows(
        ["feature", "information value", "bins", "status", "event rate by bin (width: share)"],
        rows,
        note=f"{n_left_out} further features: see summary()" if n_left_out else "",
    )


def _event_rates(table: CountTable) -> np.ndarray:
    """Event rates of the bins that hold rows."""
    mass = table.counts.sum(axis=1)
    rates: np.ndarray = table.counts[mass > 0.0, 1] / mass[mass > 0.0]
    return rates


def _rates_chart(table: CountTable, highest: float) -> str:
    """Draw the event rates of the bins that hold rows."""
    mass, rates = table.counts.sum(axis=1), _event_rates(table)
    names = [label for label, size in zip(table.labels, mass, strict=True) if size > 0.0]
    tips = [f"{name}: event rate {rate:.3g}" for name, rate in zip(names, rates, strict=True)]
    return bar_chart(rates, mass[mass > 0.0] / mass.sum(), tips, tallest=highest)


def card_html(card: Any) -> str:
    """Show scikit-learn's box of parameters, and below it the points of each characteristic."""
    box: str = estimator_html_repr(card)
    return box + _points_html(card) if hasattr(card, "points_") else box


def _points_html(card: Any) -> str:
    """Lay out the characteristics with their coefficients, the points drawn by bin."""
    table = card.points_table()

    # Base points are no characteristic. A card of another program may know no counts and no
    # coefficients.
    in_card = table["feature"].isin(list(card.binner_.features_))
    table = table[in_card & (table["count"] != 0.0)]
    groups = list(table.groupby("feature", sort=False))

    # Bars start below the lowest points of the card, so that its steps can be seen.
    lowest, highest = table["points"].min(), table["points"].max()
    floor = lowest - 0.1 * (highest - lowest)

    rows = []
    for feature, bins in groups[:_MOST_FEATURES]:
        points = bins["points"].to_numpy(dtype=float)
        mass = bins["count"].fillna(1.0).to_numpy(dtype=float)
        tips = [
            f"{name}: {value:g} points" for name, value in zip(bins["bin"], points, strict=True)
        ]
        chart = bar_chart(points - floor, mass / mass.sum(), tips, tallest=highest - floor)
        spread = f"{points.min():g} to {points.max():g}"
        coefficient = bins["coefficient"].iloc[0]
        text = "-" if np.isnan(coefficient) else f"{coefficient:.3f}"
        rows.append([str(feature), text, spread, chart])

    n_left_out = len(groups) - len(rows)
    return html_rows(
        ["characteristic", "coefficient", "points", "points by bin (width: share)"],
        rows,
        note=f"{n_left_out} further characteristics: see points_table()" if n_left_out else "",
    )

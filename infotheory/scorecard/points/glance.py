"""What a notebook shows of a card: its parameters, and the points at a glance."""

from typing import Any

import numpy as np
from sklearn.utils import estimator_html_repr

from infotheory._display import bar_chart, html_rows
from infotheory.scorecard.points.card_tables import BASE

__all__ = ["card_html"]

# Characteristics that are shown, in the order of the card.
_MOST_FEATURES = 30


def card_html(card: Any) -> str:
    """Show scikit-learn's box of parameters, and below it the points of each characteristic."""
    box: str = estimator_html_repr(card)
    return box + _points_html(card) if hasattr(card, "points_") else box


def _points_html(card: Any) -> str:
    """Lay out the characteristics with their coefficients, the points drawn by bin."""
    table = card.points_table()

    # Base points are no characteristic. A card of another program may know no counts and no
    # coefficients.
    table = table[(table["feature"] != BASE) & (table["count"] != 0.0)]
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

"""What a notebook shows of a binner: its parameters, and the bins at a glance."""

from typing import Any

import numpy as np
from sklearn.utils import estimator_html_repr

from infotheory._display import bar_chart, html_rows, number_text
from infotheory.tables import CountTable

__all__ = ["binner_html"]

# Features that are shown; those of the largest information values come first.
_MOST_FEATURES = 30


def binner_html(binner: Any) -> str:
    """Show scikit-learn's box of parameters, and below it a line and a chart for each feature."""
    box: str = estimator_html_repr(binner)
    return box + _bins_html(binner) if hasattr(binner, "features_") else box


def _bins_html(binner: Any) -> str:
    """Lay out the features with their information values, event rates drawn by bin."""
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

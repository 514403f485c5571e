"""Bins over periods: counts by period, the order that holds in each, and how rates moved."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from infotheory._groups import ProtectedAttribute
from infotheory._rows import Rows
from infotheory._typing import BoolArray, IntArray
from infotheory._validation import check_level, check_number, labels_of_rows
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.rows import PreBins
from infotheory.binning.search.period_order import PeriodOrder
from infotheory.cells import BinSpec
from infotheory.engines.periods import order_if_known
from infotheory.evidence.rates import event_rates
from infotheory.tables import CountTable

__all__ = [
    "check_period_options",
    "count_periods",
    "order_of_periods",
    "period_rates",
    "reversals",
]


def check_period_options(order_in_periods: Any, max_rate_drift: Any) -> None:
    """Raise ValueError where an option is outside its range."""
    if order_in_periods is not None:
        rule = "standard errors, at least 0 (0 is strict), or None for no order"
        check_number("order_in_periods", order_in_periods, 0.0, np.inf, ends="[)", rule=rule)
    if max_rate_drift is not None:
        rule = "a difference of event rates in [0, 1], or None for no limit"
        check_number("max_rate_drift", max_rate_drift, 0.0, 1.0, rule=rule)


def count_periods(
    prebins: Sequence[PreBins], rows: Rows, periods: Any, *, needed: bool
) -> dict[str, CountTable]:
    """Count the rows by pre-bin, class and period, by feature; empty without periods."""
    if periods is None:
        if needed:
            message = (
                "periods must be given where order_in_periods or max_rate_drift is set, got None; "
                "use fit(X, y, periods=), with any label a row: a month, a region, a scenario"
            )
            raise ValueError(message)
        return {}

    names, codes = labels_of_rows("periods", periods, rows.n_rows)
    order = order_if_known(periods, names.tolist(), codes)
    # The inverse of the order gives each label its place in it.
    period = ProtectedAttribute(
        "period", tuple(str(name) for name in names[order].tolist()), np.argsort(order)[codes]
    )
    return {
        cells.spec.name: period.count(
            cells.codes.astype(np.intp), rows.target, rows.weights, cells.spec.labels
        )
        for cells in prebins
    }


def order_of_periods(
    by_period: CountTable | None,
    spec: BinSpec,
    place: IntArray,
    order_in_periods: float | None,
    max_rate_drift: float | None,
) -> PeriodOrder | None:
    """Return what the bins of a feature have to meet in each period; None for nothing."""
    if order_in_periods is None and max_rate_drift is None:
        return None
    if by_period is None:
        message = (
            "order_in_periods and max_rate_drift need counts by period of the pre-bins of "
            f"{spec.name!r}, got none: only fit(X, y, periods=) makes them, not resampling or "
            "counts, and a cut between its pre-bins by hand loses them; set both to None for this, "
            "take such cuts back, or fit with them as user_splits"
        )
        raise ValueError(message)

    # (n_periods, n_cells, 2): the pre-bins of each period in the order in which neighbours merge.
    cells, squared = np.zeros((2, len(by_period.groups), int(place.max()) + 1, 2))
    for values, sums in ((by_period.counts, cells), (by_period.squared_weights, squared)):
        for period in range(len(sums)):
            np.add.at(sums[period], place, values[: spec.n_bins, :, period])
    return PeriodOrder(cells=cells, squared=squared, slack=order_in_periods, drift=max_rate_drift)


def _bins_by_period(bins: FeatureBins) -> CountTable:
    """Sum the counts by period to the bins of a feature."""
    if bins.prebin_periods is None:
        message = (
            f"feature {bins.name!r} must be counted by period, got none; use fit(X, y, periods=), "
            "and pre-bins of that fit: a cut between them by hand loses these counts"
        )
        raise ValueError(message)
    spec, _, grouping = bins.prebinned()
    # The last code is that of unseen categories, which the table does not count.
    return bins.prebin_periods.merge(grouping.new_codes(spec)[:-1], bins.spec.labels)


def _against(bins: FeatureBins, table: CountTable) -> BoolArray:
    """Whether the step to each regular bin goes against that of all periods, by bin and period."""
    counts = table.counts[: bins.spec.n_bins]
    # A bin without rows in a period has no rate there: NaN, which is against nothing.
    with np.errstate(invalid="ignore"):
        rates = counts[:, 1] / counts.sum(axis=1)
        pooled = counts[:, 1].sum(axis=1) / counts.sum(axis=(1, 2))
    steps = np.diff(rates, axis=0) * np.sign(np.diff(pooled))[:, None]
    return np.concatenate([np.zeros((1, rates.shape[1]), dtype=bool), steps < -1e-12])


def reversals(bins: FeatureBins) -> float:
    """Count the steps between neighbours, over all periods, that go against the pooled order."""
    if bins.prebin_periods is None:
        return np.nan
    return float(_against(bins, _bins_by_period(bins)).sum())


def period_rates(bins: FeatureBins, level: float) -> pd.DataFrame:
    """Show event rates by bin and period, see ``OptimalBinner.period_table``."""
    check_level(level)
    table = _bins_by_period(bins)
    n_regular = bins.spec.n_bins
    against = np.zeros((table.n_bins, len(table.groups)), dtype=bool)
    against[:n_regular] = _against(bins, table)

    parts = []
    for i, period in enumerate(table.groups):
        one = CountTable(table.labels, table.counts[..., i], table.squared_weights[..., i])
        part = event_rates(one, level=level)
        part.insert(0, "bin", list(table.labels))
        part.insert(1, "period", period)
        part.insert(2, "count", one.counts.sum(axis=1))
        part.insert(3, "events", one.events)
        part["reversal"] = against[:, i]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)

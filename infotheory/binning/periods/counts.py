"""Bins over periods: counts by period, the order that holds in each, and how rates moved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from infotheory._any_table import AnyTable, of_two_classes
from infotheory._groups import ProtectedAttribute
from infotheory._rows import Rows
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory._validation import (
    check_level,
    check_number,
    labels_of_rows,
    rows_with_weight,
)
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.rows import PreBins
from infotheory.binning.search.period_order import PeriodMeans, PeriodOrder
from infotheory.cells import BinSpec
from infotheory.engines.periods import order_if_known
from infotheory.evidence.rates import event_rates
from infotheory.evidence.targets.encodings import intervals_of_means
from infotheory.tables import CountTable, EvidenceTable

__all__ = [
    "check_period_options",
    "count_periods",
    "counts_of_periods",
    "order_of_periods",
    "period_rates",
    "reversals",
]


def check_period_options(order_in_periods: Any, max_rate_drift: Any, *, of_means: bool) -> None:
    """Raise ValueError where an option is outside its range; a mean may drift by any amount."""
    if order_in_periods is not None:
        rule = "standard errors, at least 0 (0 is strict), or None for no order"
        check_number("order_in_periods", order_in_periods, 0.0, np.inf, ends="[)", rule=rule)
    if max_rate_drift is not None:
        largest, ends = (np.inf, "[)") if of_means else (1.0, "[]")
        what = "means, at least 0" if of_means else "event rates in [0, 1]"
        rule = f"a difference of {what}, or None for no limit"
        check_number("max_rate_drift", max_rate_drift, 0.0, largest, ends=ends, rule=rule)


def count_periods(
    prebins: Sequence[PreBins], rows: Rows, periods: Any, *, needed: bool
) -> dict[str, AnyTable]:
    """Add up the rows by pre-bin and period, by feature; empty without periods."""
    several = rows.kind is not None and rows.kind.kind == "multiclass"
    if several and (needed or periods is not None):
        message = (
            "periods, order_in_periods and max_rate_drift are for a target with one rate, got "
            "target_type='multiclass'; bin one class against the others, or leave them out"
        )
        raise ValueError(message)
    if periods is None:
        if needed:
            message = (
                "periods must be given where order_in_periods or max_rate_drift is set, got None; "
                "use fit(X, y, periods=), with any label a row: a month, a region, a scenario"
            )
            raise ValueError(message)
        return {}

    names, codes = labels_of_rows("periods", periods, rows.n_rows, rows.weights)
    # Rows of weight 0 break no block of rows of one period, and may be in no pre-bin.
    has_weight = rows_with_weight(rows.weights)
    counted: Any = slice(None) if has_weight is None else has_weight
    rows, codes = rows.present(), codes[counted]
    order = order_if_known(periods, names.tolist(), codes)
    # The inverse of the order gives each label its place in it.
    period = ProtectedAttribute(
        "period", tuple(str(name) for name in names[order].tolist()), np.argsort(order)[codes]
    )
    if rows.kind is not None:
        kind = rows.kind
        return {
            cells.spec.name: kind.table(
                cells.codes[counted],
                rows.target,
                cells.spec.labels,
                rows.weights,
                period.codes,
                period.groups,
            )
            for cells in prebins
        }
    return {
        cells.spec.name: period.count(
            cells.codes[counted].astype(np.intp), rows.target, rows.weights, cells.spec.labels
        )
        for cells in prebins
    }


def counts_of_periods(tables: Mapping[str, AnyTable | None]) -> dict[str, CountTable]:
    """Take the counts of the features that have some, of a target of two classes."""
    return {name: of_two_classes(table) for name, table in tables.items() if table is not None}


def order_of_periods(
    by_period: AnyTable | None,
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

    # (n_periods, n_cells, 2 or 3): the pre-bins of each period in the order in which neighbours
    # merge.
    sums, squares = _moments(by_period)
    cells, squared = (
        np.zeros((len(values), int(place.max()) + 1, values.shape[2])) for values in (sums, squares)
    )
    for values, placed in ((sums, cells), (squares, squared)):
        for period in range(len(values)):
            np.add.at(placed[period], place, values[period, : spec.n_bins])
    kind = PeriodMeans if isinstance(by_period, EvidenceTable) else PeriodOrder
    return kind(cells=cells, squared=squared, slack=order_in_periods, drift=max_rate_drift)


def _moments(by_period: AnyTable) -> tuple[FloatArray, FloatArray]:
    """Lay the counts of each period out as a search takes them, shape (n_periods, n_bins, ...)."""
    if isinstance(by_period, CountTable):
        counts = np.moveaxis(by_period.counts, 2, 0)
        return counts, np.moveaxis(by_period.squared_weights, 2, 0)

    parts = [_one_period(by_period, i) for i in range(len(by_period.groups))]
    sums = np.stack([np.column_stack([one.weight, one.sums[:, 1]]) for one in parts])
    # The weight of a fraction is the sum of both masses, that of other kinds the first column.
    width = len(by_period.columns)
    of_weight, of_target = np.zeros(width), np.eye(width)[1]
    of_weight[: 2 if by_period.kind == "fraction" else 1] = 1.0
    forms = ((of_weight, of_weight), (of_weight, of_target), (of_target, of_target))
    squares = np.stack(
        [
            np.column_stack([one.product_matrices() @ second @ first for first, second in forms])
            for one in parts
        ]
    )
    return sums, squares


def _one_period(table: EvidenceTable, period: int) -> EvidenceTable:
    return replace(
        table, sums=table.sums[..., period], products=table.products[..., period], groups=()
    )


def _bins_by_period(bins: FeatureBins) -> AnyTable:
    """Sum the counts by period to the bins of a feature."""
    if bins.prebin_periods is None:
        message = (
            f"feature {bins.name!r} must be counted by period, got none; use fit(X, y, periods=), "
            "and pre-bins of that fit: a cut between them by hand loses these counts"
        )
        raise ValueError(message)
    spec, _, grouping = bins.prebin_sums()
    # The last code is that of unseen categories, which the table does not count.
    return bins.prebin_periods.merge(grouping.new_codes(spec)[:-1], bins.spec.labels)


def _against(bins: FeatureBins, table: AnyTable) -> BoolArray:
    """Whether the step to each regular bin goes against that of all periods, by bin and period."""
    sums = _moments(table)[0][:, : bins.spec.n_bins]
    if isinstance(table, CountTable):  # non-events and events: the weight is their sum
        sums = np.stack([sums.sum(axis=2), sums[..., 1]], axis=2)
    # A bin without rows in a period has no rate there: NaN, which is against nothing.
    with np.errstate(invalid="ignore"):
        rates = (sums[..., 1] / sums[..., 0]).T
        pooled = sums[..., 1].sum(axis=0) / sums[..., 0].sum(axis=0)
    steps = np.diff(rates, axis=0) * np.sign(np.diff(pooled))[:, None]
    # Rounding is relative to the largest rate, which may be an amount of any size.
    rounding = 1e-12 * max(1.0, float(np.nanmax(np.abs(rates), initial=0.0)))
    return np.concatenate([np.zeros((1, rates.shape[1]), dtype=bool), steps < -rounding])


def reversals(bins: FeatureBins) -> float:
    """Count the steps between neighbours, over all periods, that go against the pooled order."""
    if bins.prebin_periods is None:
        return np.nan
    return float(_against(bins, _bins_by_period(bins)).sum())


def _rates_of_period(table: AnyTable, period: int, level: float) -> pd.DataFrame:
    """Show weights and rates, or means, of one period with their intervals."""
    if isinstance(table, EvidenceTable):
        part = _one_period(table, period)
        # A mean of one row, and one of no row, have no interval.
        mean, _, low, high = intervals_of_means(part, level)
        return pd.DataFrame({"count": part.weight, "mean": mean, "low": low, "high": high})
    one = CountTable(table.labels, table.counts[..., period], table.squared_weights[..., period])
    rates = event_rates(one, level=level)
    rates.insert(0, "count", one.counts.sum(axis=1))
    rates.insert(1, "events", one.events)
    return rates


def period_rates(bins: FeatureBins, level: float) -> pd.DataFrame:
    """Show event rates or means by bin and period, see ``OptimalBinner.period_table``."""
    check_level(level)
    table = _bins_by_period(bins)
    n_regular = bins.spec.n_bins
    against = np.zeros((table.n_bins, len(table.groups)), dtype=bool)
    against[:n_regular] = _against(bins, table)

    parts = []
    for i, period in enumerate(table.groups):
        part = _rates_of_period(table, i, level)
        part.insert(0, "bin", list(table.labels))
        part.insert(1, "period", period)
        part["reversal"] = against[:, i]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)

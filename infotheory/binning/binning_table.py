"""Tables for people: the bins of a feature, of several samples side by side, and all features."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from infotheory._any_table import AnyTable
from infotheory._typing import BoolArray, FloatArray, LabelArray
from infotheory.binning.features import FeatureBins, one_sided_bins
from infotheory.binning.prebins.grouping import BY_HAND
from infotheory.binning.prebins.searched import estimate_of_bins, information_of_bins
from infotheory.evidence.binned_samples import (
    BinnedSamples,
    fill_zero_cells,
    repeated_rows,
    samples_of_table,
    share_variance,
)
from infotheory.evidence.divergence import term_errors
from infotheory.evidence.moment_laws import one_sample_lacks
from infotheory.evidence.targets.encodings import target_table
from infotheory.evidence.targets.terms import intervals_along_evidence
from infotheory.evidence.weighted_laws import FEWEST_EFFECTIVE, effective_cells
from infotheory.evidence.woe import woe_margins, woe_of_table, woe_variances
from infotheory.inference import Estimate
from infotheory.tables import CountTable, EvidenceTable

__all__ = [
    "any_evidence_table",
    "compared_bins_table",
    "evidence_columns",
    "evidence_table",
    "information_intervals",
    "summary_table",
]


def any_evidence_table(
    table: AnyTable,
    by_hand: Mapping[int, float],
    total: Estimate | None,
    zero_cells: str | float,
    sign: float,
    header: str,
    joined: Collection[int] = (),
    divergence: str | None = None,
) -> pd.DataFrame:
    """Show the bins of a target of any kind, one row a bin, then "Totals".

    ``total`` is the estimate of all bins where they were not fixed before.
    """
    if isinstance(table, EvidenceTable):
        return target_table(table, zero_cells, sign, header, divergence, joined, by_hand, total)
    return evidence_table(table, zero_cells, sign, header, joined, by_hand, total)


def evidence_table(
    table: CountTable,
    zero_cells: str | float,
    sign: float,
    header: str,
    joined: Collection[int] = (),
    by_hand: Mapping[int, float] | None = None,
    total: Estimate | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Show counts, rates and evidence, one row a bin, then "Totals".

    ``sign`` (1 or -1) is the factor on the weights of evidence, ``header`` the name of the columns;
    codes that are ``joined`` to another bin have no row. Weights of evidence that are set
    ``by_hand``, by code, have no error; the information value stays that of the counts. ``total``
    is the estimate of all bins where they were not fixed before.
    """
    columns = evidence_columns(table, zero_cells, sign, by_hand, level)
    total = total or estimate_of_bins(table, zero_cells)
    low, high = total.interval(level)
    sums = {name: columns[name].sum() for name in ("count", "share", "nonevents", "events")}
    # Counts add up over bins. The information value of all of them is the estimate, with its
    # interval; all bins together have no weight of evidence.
    of_all = sums | {
        "bin": "",
        "event_rate": sums["events"] / sums["count"],
        "iv": total.value,
        "iv_standard_error": total.standard_error,
        "iv_low": low,
        "iv_high": high,
        "adjusted": False,
        "woe_reason": "",
    }
    bins = pd.DataFrame(
        {name: [*column, of_all.get(name, np.nan)] for name, column in columns.items()},
        index=pd.Index([*range(table.n_bins), "Totals"], dtype=object),
    )
    bins.columns.name = header
    # Codes that share another bin count no rows of their own.
    return bins.drop(index=list(joined))


def evidence_columns(
    table: CountTable,
    zero_cells: str | float,
    sign: float,
    by_hand: Mapping[int, float] | None = None,
    level: float = 0.95,
) -> dict[str, LabelArray]:
    """Columns of ``evidence_table`` without the row of all bins."""
    raw = samples_of_table(table)
    filled = fill_zero_cells(raw, zero_cells)
    estimated = woe_of_table(table, zero_cells)
    p, q = filled.shares()
    error = np.sqrt(woe_variances(filled))

    # A weight of evidence set by hand has no error of its own: NaN, and so are its bounds.
    woe, reason = sign * estimated, np.full(table.n_bins, "", dtype=object)
    for code, value in (by_hand or {}).items():
        woe[code], error[code], reason[code] = value, np.nan, BY_HAND
    below, above = woe_margins(filled, error, level, sign)

    low, high = information_intervals(raw, zero_cells, level)
    count = table.nonevents + table.events
    return {
        "bin": np.array(table.labels, dtype=object),
        "count": count,
        "share": count / count.sum(),
        "nonevents": table.nonevents,
        "events": table.events,
        "event_rate": _rates(table.events, count),
        "woe": woe,
        "iv": (p - q) * estimated,
        "woe_standard_error": error,
        "woe_low": woe - below,
        "woe_high": woe + above,
        "iv_standard_error": term_errors(filled),
        "iv_low": low,
        "iv_high": high,
        "adjusted": _adjusted(raw, zero_cells),
        "woe_estimated": sign * estimated,
        "woe_reason": reason,
    }


def information_intervals(
    samples: BinnedSamples, zero_cells: str | float = "haldane", level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Intervals of what each bin adds to the information value, of shape (n_bins,).

    Nothing bounds it from above where a bin has no rows of one class though 3 or more are expected;
    NaN where a bin is empty, and where weights leave too few effective rows.
    """
    filled = fill_zero_cells(samples, zero_cells)
    occupied = samples.occupied()
    log_shares, covariances = np.zeros((occupied.size, 2)), np.zeros((occupied.size, 2, 2))
    for i, (weight, squared) in enumerate(
        ((filled.first, filled.first_squared), (filled.second, filled.second_squared))
    ):
        # The logarithm of an empty bin is held at 0 on the way, and its interval is NaN in the end.
        share = np.where(occupied, weight / weight.sum(), 1.0)
        log_shares[:, i] = np.log(share)
        covariances[:, i, i] = share_variance(weight, squared) / share**2

    low, high = intervals_along_evidence(log_shares, covariances, _jeffreys_term, level)
    rows, equal_weights = repeated_rows(samples)
    if equal_weights:
        lacking, _ = one_sample_lacks(rows.first, rows.second)
        high = np.where(lacking, np.inf, high)
    else:
        shown = effective_cells(samples) >= FEWEST_EFFECTIVE
        low, high = (np.where(shown, end, np.nan) for end in (low, high))
    return np.where(occupied, low, np.nan), np.where(occupied, high, np.nan)


def compared_bins_table(
    tables: Mapping[str, AnyTable],
    zero_cells: str | float,
    sign: float,
    header: str,
    joined: Collection[int] = (),
    divergence: str | None = None,
) -> pd.DataFrame:
    """Put the bins of several samples side by side, columns (data set, statistic).

    The tables are over the same bins; some may have one more row, for unseen categories.
    """
    # A sample with unseen categories has one more row: all others get an empty one.
    labels = max((table.labels for table in tables.values()), key=len)
    shown = [label for code, label in enumerate(labels) if code not in joined]
    index = pd.Index([*shown, "Totals"], name="bin")
    parts = {}
    for name, table in tables.items():
        padded = table.merge(np.arange(table.n_bins), labels)
        bins = any_evidence_table(padded, {}, None, zero_cells, sign, header, joined, divergence)
        parts[name] = bins.set_index(index).drop(columns="bin")
    return pd.concat(parts.values(), axis=1, keys=parts.keys(), names=["data", header])


def summary_table(
    features: Mapping[str, FeatureBins],
    trend_costs: Mapping[str, float],
    zero_cells: str | float,
    divergences: Mapping[str, str | None] | None = None,
) -> pd.DataFrame:
    """Describe the bins of each feature, one row a feature; ``divergences`` of other targets."""
    rows = []
    for name, bins in features.items():
        spec, table = bins.summed()
        estimate = information_of_bins(bins, zero_cells, (divergences or {}).get(name))
        share = table.weight / table.weight.sum()

        rows.append(
            {
                "feature": name,
                "dtype": spec.kind,
                "status": bins.status,
                "n_bins": spec.n_bins,
                **estimate.to_row(prefix="iv", p_value=False),
                **({"divergence": estimate.method} if isinstance(table, EvidenceTable) else {}),
                "trend": bins.trend,
                "trend_cost": trend_costs[name],
                "missing_share": bins.missing_share,
                "special_share": bins.special_share,
                "smallest_bin": share[: spec.n_bins].min(),
                "one_sided_bins": int(one_sided_bins(table).sum()),
                "woe_by_hand": len(bins.woe_by_hand),
            }
        )
    return pd.DataFrame(rows)


def _rates(events: FloatArray, count: FloatArray) -> FloatArray:
    return np.divide(events, count, out=np.full(len(count), np.nan), where=count > 0.0)


def _adjusted(raw: BinnedSamples, zero_cells: str | float) -> BoolArray:
    return raw.one_sided() if isinstance(zero_cells, str) else raw.occupied()


def _jeffreys_term(p: FloatArray, q: FloatArray) -> FloatArray:
    return np.asarray((p - q) * (np.log(p) - np.log(q)))

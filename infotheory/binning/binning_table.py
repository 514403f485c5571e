"""Tables for people: the bins of a feature, of several samples side by side, and all features."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from infotheory._any_table import AnyTable
from infotheory._typing import BoolArray, FloatArray
from infotheory.binning.features import FeatureBins, estimate_of_bins, one_sided_bins
from infotheory.binning.prebins.grouping import BY_HAND
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells, samples_of_table
from infotheory.evidence.divergence import divergence_estimate, term_errors
from infotheory.evidence.targets.encodings import target_table
from infotheory.evidence.woe import woe_of_counts, woe_variances
from infotheory.laws import two_sided_quantile
from infotheory.tables import CountTable, EvidenceTable

__all__ = [
    "any_evidence_table",
    "compared_bins_table",
    "evidence_table",
    "summary_table",
]


def any_evidence_table(
    table: AnyTable,
    by_hand: Mapping[int, float],
    zero_cells: str | float,
    sign: float,
    header: str,
    joined: Collection[int] = (),
    divergence: str | None = None,
) -> pd.DataFrame:
    """Show the bins of a target of any kind, one row a bin, then "Totals"."""
    if isinstance(table, EvidenceTable):
        return target_table(table, zero_cells, sign, header, divergence, joined, by_hand)
    return evidence_table(table, zero_cells, sign, header, joined, by_hand)


def evidence_table(
    table: CountTable,
    zero_cells: str | float,
    sign: float,
    header: str,
    joined: Collection[int] = (),
    by_hand: Mapping[int, float] | None = None,
) -> pd.DataFrame:
    """Show counts, rates and evidence, one row a bin, then "Totals".

    ``sign`` (1 or -1) is the factor on the weights of evidence, ``header`` the name of the columns;
    codes that are ``joined`` to another bin have no row. Weights of evidence that are set
    ``by_hand``, by code, have no error; the information value stays that of the counts.
    """
    raw = samples_of_table(table)
    filled = fill_zero_cells(raw, zero_cells)
    estimated = woe_of_counts(table.nonevents, table.events, zero_cells=zero_cells)
    p, q = filled.shares()
    error = np.sqrt(woe_variances(filled))

    woe, reason = sign * estimated, np.full(table.n_bins + 1, "", dtype=object)
    for code, value in (by_hand or {}).items():
        woe[code], error[code], reason[code] = value, np.nan, BY_HAND
    margin = two_sided_quantile(0.95) * error

    total = divergence_estimate(raw, zero_cells=zero_cells)
    count = table.nonevents + table.events
    bins = pd.DataFrame(
        {
            "bin": [*table.labels, ""],
            "count": _with_sum(count),
            "share": _with_sum(count / count.sum()),
            "nonevents": _with_sum(table.nonevents),
            "events": _with_sum(table.events),
            "event_rate": _rates(_with_sum(table.events), _with_sum(count)),
            "woe": np.append(woe, np.nan),
            "iv": np.append((p - q) * estimated, total.value),
            "woe_standard_error": np.append(error, np.nan),
            "woe_low": np.append(woe - margin, np.nan),
            "woe_high": np.append(woe + margin, np.nan),
            "iv_standard_error": np.append(term_errors(filled), total.standard_error),
            "adjusted": np.append(_adjusted(raw, zero_cells), False),
            "woe_estimated": np.append(sign * estimated, np.nan),
            "woe_reason": reason,
        },
        index=pd.Index([*range(table.n_bins), "Totals"], dtype=object),
    )
    bins.columns.name = header
    return bins.drop(index=list(joined))


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
    labels = max((table.labels for table in tables.values()), key=len)
    shown = [label for code, label in enumerate(labels) if code not in joined]
    index = pd.Index([*shown, "Totals"], name="bin")
    parts = {}
    for name, table in tables.items():
        padded = table.merge(np.arange(table.n_bins), labels)
        bins = any_evidence_table(padded, {}, zero_cells, sign, header, joined, divergence)
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
        estimate = estimate_of_bins(table, zero_cells, (divergences or {}).get(name))
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


def _with_sum(values: FloatArray) -> FloatArray:
    return np.append(values, values.sum())


def _rates(events: FloatArray, count: FloatArray) -> FloatArray:
    return np.divide(events, count, out=np.full(len(count), np.nan), where=count > 0.0)


def _adjusted(raw: BinnedSamples, zero_cells: str | float) -> BoolArray:
    return raw.one_sided() if isinstance(zero_cells, str) else raw.occupied()

"""Count tables of bins as frames for people."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from infotheory._typing import BoolArray, FloatArray
from infotheory.binning.features import FeatureBins
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells, samples_of_table
from infotheory.evidence.divergence import divergence_estimate, term_errors
from infotheory.evidence.woe import woe_values, woe_variances
from infotheory.tables import CountTable

__all__ = ["binning_frame", "compare_frames", "summary_table"]


def binning_frame(
    table: CountTable, zero_cells: str | float, sign: float, header: str
) -> pd.DataFrame:
    """Show counts, rates and evidence by bin, with a row of totals.

    Parameters
    ----------
    table : CountTable
        Counts by bin and class.
    zero_cells : {"haldane", "error"} or float
        Rule for bins with rows of one class.
    sign : float
        Factor on the weight of evidence, 1 or -1.
    header : str
        Name of the columns.

    Returns
    -------
    pandas.DataFrame
        One row a bin, then "Totals".
    """
    raw = samples_of_table(table)
    filled = fill_zero_cells(raw, zero_cells)
    woe = woe_values(table.nonevents, table.events, zero_cells=zero_cells)
    p, q = filled.shares()
    error = np.sqrt(woe_variances(filled))
    margin = stats.norm.ppf(0.975) * error
    total = divergence_estimate(raw, zero_cells=zero_cells)
    count = table.nonevents + table.events
    frame = pd.DataFrame(
        {
            "Bin": [*table.labels, ""],
            "Count": _with_sum(count),
            "Count (%)": _with_sum(count / count.sum()),
            "Non-event": _with_sum(table.nonevents),
            "Event": _with_sum(table.events),
            "Event rate": _rates(_with_sum(table.events), _with_sum(count)),
            "WoE": np.append(sign * woe, np.nan),
            "IV": np.append((p - q) * woe, total.value),
            "WoE SE": np.append(error, np.nan),
            "WoE low": np.append(sign * woe - margin, np.nan),
            "WoE high": np.append(sign * woe + margin, np.nan),
            "IV SE": np.append(term_errors(filled), total.standard_error),
            "Adjusted": np.append(_adjusted(raw, zero_cells), False),
        },
        index=pd.Index([*range(table.n_bins), "Totals"], dtype=object),
    )
    frame.columns.name = header
    return frame


def compare_frames(
    tables: Mapping[str, CountTable], zero_cells: str | float, sign: float, header: str
) -> pd.DataFrame:
    """Put binning tables side by side.

    Parameters
    ----------
    tables : mapping of str to CountTable
        Tables over the same bins; some may have one more row, for unseen categories.
    zero_cells : {"haldane", "error"} or float
        Rule for bins with rows of one class.
    sign : float
        Factor on the weight of evidence, 1 or -1.
    header : str
        Name of the columns.

    Returns
    -------
    pandas.DataFrame
        Indexed by bin label, columns (data set, statistic).
    """
    labels = max((table.labels for table in tables.values()), key=len)
    frames = {}
    for name, table in tables.items():
        missing = len(labels) - table.n_bins
        padding = ((0, missing), (0, 0))
        padded = CountTable(
            labels, np.pad(table.counts, padding), np.pad(table.squared_weights, padding)
        )
        frame = binning_frame(padded, zero_cells, sign, header)
        frames[name] = frame.set_index(pd.Index([*labels, "Totals"], name="Bin")).drop(
            columns="Bin"
        )
    return pd.concat(frames.values(), axis=1, keys=frames.keys(), names=["data", header])


def summary_table(
    features: Mapping[str, FeatureBins], trend_costs: Mapping[str, float], zero_cells: str | float
) -> pd.DataFrame:
    """Describe the bins of each feature, one row a feature."""
    rows = []
    for name, bins in features.items():
        spec, table = bins.counted()
        samples = samples_of_table(table)
        estimate = divergence_estimate(samples, zero_cells=zero_cells)
        low, high = estimate.interval()
        share = table.counts.sum(axis=1) / table.counts.sum()
        rows.append(
            {
                "name": name,
                "dtype": spec.kind,
                "status": bins.status,
                "n_bins": spec.n_bins,
                "iv": estimate.value,
                "iv_standard_error": estimate.standard_error,
                "iv_low": low,
                "iv_high": high,
                "trend": bins.trend,
                "trend_cost": trend_costs[name],
                # codes: the regular bins, then special groups, then missing values
                "missing_share": share[spec.missing_code],
                "special_share": share[spec.n_bins : spec.missing_code].sum(),
                "smallest_bin": share[: spec.n_bins].min(),
                "one_sided_bins": int(samples.one_sided().sum()),
            }
        )
    return pd.DataFrame(rows)


def _with_sum(values: FloatArray) -> FloatArray:
    return np.append(values, values.sum())


def _rates(events: FloatArray, count: FloatArray) -> FloatArray:
    return np.divide(events, count, out=np.full(len(count), np.nan), where=count > 0.0)


def _adjusted(raw: BinnedSamples, zero_cells: str | float) -> BoolArray:
    return raw.one_sided() if isinstance(zero_cells, str) else raw.occupied()

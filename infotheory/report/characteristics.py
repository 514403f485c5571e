"""The section on characteristics: bins of every column, in and outside the card, and the ranking."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner, cross_fitted_information_value, permutation_test
from infotheory.binning.binning_table import binning_frame
from infotheory.binning.prebin import count_codes
from infotheory.evidence import event_rates, information_value
from infotheory.inference import benjamini_hochberg
from infotheory.report.plain import estimate_entry
from infotheory.report.samples import Sample, event_label
from infotheory.tables import CountTable

__all__ = ["BinnedColumns", "bin_columns", "bin_entries", "characteristic_entries", "ranking_entries"]

_COLUMNS = {
    "Bin": "bin",
    "Count": "count",
    "Count (%)": "share",
    "Non-event": "nonevents",
    "Event": "events",
    "WoE": "woe",
    "WoE SE": "woe_standard_error",
    "WoE low": "woe_low",
    "WoE high": "woe_high",
    "IV": "iv",
    "IV SE": "iv_standard_error",
    "Adjusted": "adjusted",
}


@dataclass(frozen=True, slots=True, eq=False)
class BinnedColumns:
    """Columns that one binner has binned, with the counts of every sample over the same bins.

    Parameters
    ----------
    binner : estimator
        Fitted binner.
    tables : dict of str to dict of str to CountTable
        Column, then sample, to counts.
    in_card : bool
        Whether these are the columns of the card.
    """

    binner: Any
    tables: dict[str, dict[str, CountTable]]
    in_card: bool


def bin_columns(card: Any, samples: Sequence[Sample]) -> list[BinnedColumns]:
    """Bins of the card, and bins of the other columns by a clone of its binner, learnt on the first sample.

    Parameters
    ----------
    card : Scorecard
        The fitted card.
    samples : sequence of Sample
        Training rows first.

    Returns
    -------
    list of BinnedColumns
        The columns of the card, then the others where there are any.
    """
    train = samples[0]
    names = list(card.binner_.specs_)
    inside = BinnedColumns(card.binner_, _tables(card.binner_, names, samples), in_card=True)
    others = [name for name in train.X.columns if name not in names]
    if not others:
        return [inside]
    label = event_label(card)
    other_label = next(value for value in card.classes_.tolist() if value != label)
    y = np.where(train.target == 1.0, label, other_label)
    binner = _unfitted(card.binner_, others).fit(train.X[others], y, train.weights)
    return [inside, BinnedColumns(binner, _tables(binner, others, samples), in_card=False)]


def _unfitted(binner: Any, names: list[str]) -> Any:
    """Return a binner with the options of the card's; its defaults where the card's bins columns together."""
    inner = binner.estimator if isinstance(binner, FrozenEstimator) else binner
    if not hasattr(inner, "rebin"):
        return OptimalBinner(event_label=inner.event_label, woe_sign=inner.woe_sign, zero_cells=inner.zero_cells)
    own = {name: options for name, options in (inner.feature_params or {}).items() if name in names}
    return clone(inner).set_params(feature_params=own or None)


def _tables(binner: Any, names: list[str], samples: Sequence[Sample]) -> dict[str, dict[str, CountTable]]:
    tables: dict[str, dict[str, CountTable]] = {name: {} for name in names}
    for sample in samples:
        rows = sample.X[names]
        codes = binner.bin_codes(rows if hasattr(binner, "feature_names_in_") else rows.to_numpy())
        for name, column in zip(names, codes.T, strict=True):
            spec = binner.specs_[name]
            tables[name][sample.name] = count_codes(spec, column, sample.target, sample.weights, show_unseen=True)
    return {name: _same_bins(by_sample) for name, by_sample in tables.items()}


def _same_bins(tables: Mapping[str, CountTable]) -> dict[str, CountTable]:
    """Give every table the row for unseen categories where one of them has it."""
    labels = max((table.labels for table in tables.values()), key=len)
    same = {}
    for name, table in tables.items():
        padding = ((0, len(labels) - table.n_bins), (0, 0))
        same[name] = CountTable(labels, np.pad(table.counts, padding), np.pad(table.squared_weights, padding))
    return same


def bin_entries(binner: Any, table: CountTable, level: float) -> list[dict[str, Any]]:
    """One dict a bin with rows: counts, event rate, weight of evidence, information value, each with its error.

    Parameters
    ----------
    binner : estimator
        Fitted binner, for its sign and its rule for zero cells.
    table : CountTable
        Counts.
    level : float
        Coverage of the intervals of event rates.

    Returns
    -------
    list of dict
        Empty bins are left out.
    """
    sign = 1.0 if binner.woe_sign == "nonevent" else -1.0
    frame = (
        binning_frame(table, binner.zero_cells, sign, "").iloc[:-1].rename(columns=_COLUMNS)[list(_COLUMNS.values())]
    )
    rates = event_rates(table, level=level).add_prefix("rate_").rename(columns={"rate_event_rate": "event_rate"})
    frame = pd.concat([frame.reset_index(drop=True), rates], axis=1)
    frame[["squared_nonevents", "squared_events"]] = table.squared_weights
    return frame[frame["count"] > 0.0].to_dict("records")


def characteristic_entries(
    groups: Sequence[BinnedColumns], reasons: Mapping[str, str], level: float
) -> list[dict[str, Any]]:
    """One dict a column: what it is, its bins in every sample, its information value.

    Parameters
    ----------
    groups : sequence of BinnedColumns
        Columns inside and outside the card.
    reasons : mapping of str to str
        Why a column stays out of the card.
    level : float
        Coverage of the intervals.

    Returns
    -------
    list of dict
        In the order of the columns.
    """
    entries = []
    for group in groups:
        groupings = getattr(group.binner, "groupings_", {})  # a card read from JSON does not tell how bins were found
        for name, tables in group.tables.items():
            spec, count = group.binner.specs_[name], tables["train"].counts.sum(axis=1)
            entries.append(
                {
                    "name": name,
                    "kind": spec.kind,
                    "in_card": group.in_card,
                    "reason": ""
                    if group.in_card
                    else reasons.get(name, "given with the data, not a column of the card"),
                    "status": groupings[name].status if name in groupings else "unknown",
                    "trend": groupings[name].trend if name in groupings else None,
                    "missing_share": count[spec.missing_code] / count.sum(),
                    "samples": {
                        sample: {
                            "bins": bin_entries(group.binner, table, level),
                            "iv": estimate_entry(information_value(table, zero_cells=group.binner.zero_cells), level),
                        }
                        for sample, table in tables.items()
                    },
                }
            )
    return entries


def ranking_entries(
    groups: Sequence[BinnedColumns],
    train: Sample,
    *,
    level: float,
    n_permutations: int,
    random_state: int,
    step: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Information values in order, on the rows that chose the bins and on held-out folds, with permutation tests.

    Parameters
    ----------
    groups : sequence of BinnedColumns
        Columns inside and outside the card.
    train : Sample
        The training rows.
    level : float
        Coverage of the intervals.
    n_permutations : int
        Draws of the permutation test.
    random_state : int
        Seed of folds and permutations.
    step : callable
        Told what has been done.

    Returns
    -------
    list of dict
        Largest cross-fitted value first; cross-fitted values are None for bins that cannot be learnt column by column.
    """
    entries = []
    for group in groups:
        names = list(group.tables)
        crossed: dict[str, Any] = {}
        tests: dict[str, Any] = {}
        if hasattr(group.binner, "rebin"):
            inner = group.binner.estimator if isinstance(group.binner, FrozenEstimator) else group.binner
            target = _labels(inner, train)
            rows = train.X[names] if hasattr(inner, "feature_names_in_") else train.X[names].to_numpy()
            options: dict[str, Any] = {"sample_weight": train.weights, "random_state": random_state}
            crossed = cross_fitted_information_value(inner, rows, target, cv=5, **options)
            step("cross-fitted information values")
            tests = permutation_test(inner, rows, target, n_permutations=n_permutations, **options)
            step("permutation tests")
        for name in names:
            value = information_value(group.tables[name][train.name], zero_cells=group.binner.zero_cells)
            entries.append(
                {
                    "name": name,
                    "in_card": group.in_card,
                    "iv": estimate_entry(value, level) | {"p_value": None},
                    "cross_fitted": estimate_entry(crossed[name], level) if crossed else None,
                    "permutation_p_value": tests[name].p_value if tests else None,
                }
            )
    p_values = np.array([entry["permutation_p_value"] for entry in entries], dtype=np.float64)
    for entry, adjusted in zip(entries, benjamini_hochberg(p_values).tolist(), strict=True):
        entry["adjusted_p_value"] = adjusted
    return sorted(entries, key=lambda entry: -(entry["cross_fitted"] or entry["iv"])["value"])


def _labels(binner: Any, train: Sample) -> Any:
    first, second = binner.classes_.tolist()
    event = second if binner.event_label is None else binner.event_label
    return np.where(train.target == 1.0, event, second if event == first else first)

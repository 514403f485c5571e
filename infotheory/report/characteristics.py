"""The section on characteristics: bins of every column, in and outside the model, and the ranking."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from infotheory._typing import IntArray
from infotheory.binning import OptimalBinner, cross_fitted_information_value, permutation_test
from infotheory.binning.binning_table import binning_frame
from infotheory.binning.prebins.grouping import BY_HAND
from infotheory.binning.prebins.rows import count_codes
from infotheory.evidence import event_rates, information_value
from infotheory.inference import benjamini_hochberg
from infotheory.report.models import Model, rows_of
from infotheory.report.plain import estimate_entry
from infotheory.report.samples import Sample
from infotheory.tables import CountTable

__all__ = [
    "BinnedColumns",
    "bin_columns",
    "bin_entries",
    "characteristic_entries",
    "ranking_entries",
]

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
        Whether these are the columns of the model.
    """

    binner: Any
    tables: dict[str, dict[str, CountTable]]
    in_card: bool


def bin_columns(model: Model, samples: Sequence[Sample]) -> list[BinnedColumns]:
    """Bins of the model, and bins of the other columns by a clone of its binner, learnt on the first sample.

    Parameters
    ----------
    model : Model
        The fitted model.
    samples : sequence of Sample
        Training rows first.

    Returns
    -------
    list of BinnedColumns
        The columns of the model, then the others where there are any.
    """
    train = samples[0]
    names = model.names
    inside = BinnedColumns(
        model.binner, _tables(model.binner, samples, [s.codes for s in samples]), in_card=True
    )
    others = [name for name in train.X.columns if name not in set(names)]
    if not others:
        return [inside]
    y = np.where(train.target == 1.0, model.event, model.nonevent)
    binner = _unfitted(model.plain_binner, others).fit(train.X[others], y, train.weights)
    codes = [binner.bin_codes(rows_of(binner, sample.X)) for sample in samples]
    return [inside, BinnedColumns(binner, _tables(binner, samples, codes), in_card=False)]


def _unfitted(inner: Any, names: list[str]) -> Any:
    """Return a binner with the options of the model's; its defaults where the model's bins columns together."""
    if not hasattr(inner, "rebin"):
        return OptimalBinner(
            event_label=inner.event_label, woe_sign=inner.woe_sign, zero_cells=inner.zero_cells
        )
    options = inner.get_params()
    own = {
        key: {name: value for name, value in (options[key] or {}).items() if name in names} or None
        for key in ("feature_params", "user_splits", "user_splits_fixed")
        if key in options
    }
    return clone(inner).set_params(**own)


def _tables(
    binner: Any, samples: Sequence[Sample], codes: Sequence[IntArray]
) -> dict[str, dict[str, CountTable]]:
    tables: dict[str, dict[str, CountTable]] = {name: {} for name in binner.specs_}
    for sample, matrix in zip(samples, codes, strict=True):
        for (name, spec), column in zip(binner.specs_.items(), matrix.T, strict=True):
            tables[name][sample.name] = count_codes(
                spec, column, sample.target, sample.weights, show_unseen=True
            )
    return {name: _same_bins(by_sample) for name, by_sample in tables.items()}


def _same_bins(tables: Mapping[str, CountTable]) -> dict[str, CountTable]:
    """Give every table the row for unseen categories where one of them has it."""
    labels = max((table.labels for table in tables.values()), key=len)
    same = {}
    for name, table in tables.items():
        padding = ((0, len(labels) - table.n_bins), (0, 0))
        same[name] = CountTable(
            labels, np.pad(table.counts, padding), np.pad(table.squared_weights, padding)
        )
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
        binning_frame(table, binner.zero_cells, sign, "")
        .iloc[:-1]
        .rename(columns=_COLUMNS)[list(_COLUMNS.values())]
    )
    rates = (
        event_rates(table, level=level)
        .add_prefix("rate_")
        .rename(columns={"rate_event_rate": "event_rate"})
    )
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
        Columns inside and outside the model.
    reasons : mapping of str to str
        Why a column stays out of the model.
    level : float
        Coverage of the intervals.

    Returns
    -------
    list of dict
        In the order of the columns.
    """
    entries = []
    for group in groups:
        groupings = getattr(
            group.binner, "groupings_", {}
        )  # a card read from JSON does not tell how bins were found
        for name, tables in group.tables.items():
            spec, count = group.binner.specs_[name], tables["train"].counts.sum(axis=1)
            entries.append(
                {
                    "name": name,
                    "kind": spec.kind,
                    "in_card": group.in_card,
                    "reason": ""
                    if group.in_card
                    else reasons.get(name, "given with the data, not a column of the model"),
                    "status": groupings[name].status if name in groupings else "unknown",
                    "by_hand": name in groupings and groupings[name].status == BY_HAND,
                    "trend": groupings[name].trend if name in groupings else None,
                    "missing_share": None
                    if spec.pooled
                    else count[spec.missing_code] / count.sum(),
                    "samples": {
                        sample: {
                            "bins": bin_entries(group.binner, table, level),
                            "iv": estimate_entry(
                                information_value(table, zero_cells=group.binner.zero_cells), level
                            ),
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
        Columns inside and outside the model.
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
        Largest cross-fitted value first; cross-fitted values are None for bins that cannot be
        learnt column by column.
    """
    entries = []
    for group in groups:
        crossed, tests = _of_learnt_bins(
            group, train, n_permutations=n_permutations, random_state=random_state, step=step
        )
        by_hand = {entry for entry, status in group.binner.status_.items() if status == BY_HAND}
        for name, tables in group.tables.items():
            value = information_value(tables[train.name], zero_cells=group.binner.zero_cells)
            entries.append(
                {
                    "name": name,
                    "in_card": group.in_card,
                    "by_hand": name in by_hand,
                    "iv": estimate_entry(value, level) | {"p_value": None},
                    "cross_fitted": estimate_entry(crossed[name], level) if crossed else None,
                    "permutation_p_value": tests[name].p_value
                    if tests and name not in by_hand
                    else None,
                }
            )
    p_values = np.array([entry["permutation_p_value"] for entry in entries], dtype=np.float64)
    for entry, adjusted in zip(entries, benjamini_hochberg(p_values).tolist(), strict=True):
        entry["adjusted_p_value"] = adjusted
    return sorted(entries, key=lambda entry: -(entry["cross_fitted"] or entry["iv"])["value"])


def _of_learnt_bins(
    group: BinnedColumns,
    train: Sample,
    *,
    n_permutations: int,
    random_state: int,
    step: Callable[[str], None],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Cross-fitted values and permutation tests; nothing for bins that cannot be learnt column by column.

    The pre-bin tables of the fit are enough where they count the training rows, each once;
    otherwise the rows are counted over the same pre-bins. A binner read from JSON has no pre-bins
    and is fitted again.
    """
    binner = group.binner.estimator if isinstance(group.binner, FrozenEstimator) else group.binner
    if not hasattr(binner, "rebin") or getattr(binner, "mode", None) == "joint":
        return {}, {}
    rows: dict[str, Any] = {}
    fitted = bool(getattr(binner, "prebin_tables_", {}))
    own = fitted and all(
        np.array_equal(
            binner.tables_[name].counts, tables[train.name].counts[: binner.tables_[name].n_bins]
        )
        for name, tables in group.tables.items()
    )
    if train.weights is not None or not own:
        rows = {
            "X": rows_of(binner, train.X),
            "y": _labels(binner, train),
            "sample_weight": train.weights,
        }
    if rows and fitted:  # keep its pre-bins, and what was set by hand
        rows["sample_weight"] = (
            np.ones(train.target.size) if train.weights is None else train.weights
        )
        binner = FrozenEstimator(binner)
    crossed = cross_fitted_information_value(binner, cv=5, random_state=random_state, **rows)
    step("cross-fitted information values")
    tests = permutation_test(
        binner, n_permutations=n_permutations, random_state=random_state, **rows
    )
    step("permutation tests")
    return crossed, tests


def _labels(binner: Any, train: Sample) -> Any:
    first, second = binner.classes_.tolist()
    event = second if binner.event_label is None else binner.event_label
    return np.where(train.target == 1.0, event, second if event == first else first)

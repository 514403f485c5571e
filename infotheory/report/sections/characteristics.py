"""Sections on characteristics: bins of every column, in and outside the model, and the ranking."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator

from infotheory._any_table import AnyTable
from infotheory.binning import (
    PermutationResult,
    cross_fitted_information_value,
    permutation_test,
)
from infotheory.binning.binning_table import evidence_columns
from infotheory.binning.features import FeatureBins, FittedBinner, sign_of
from infotheory.binning.prebins.grouping import BY_HAND
from infotheory.binning.prebins.options import divergences_of
from infotheory.cells import UNSEEN
from infotheory.evidence import event_rates
from infotheory.evidence.targets.encodings import target_table
from infotheory.inference import Estimate, benjamini_hochberg
from infotheory.report.models import model_columns
from infotheory.report.subject import (
    BinnedColumns,
    Subject,
    counts_of_the_fit,
    learnt_again,
)
from infotheory.tables import CountTable, EvidenceTable

__all__ = ["REVIEW_KEYS", "characteristic_section", "ranking_section"]

#: What a review says, as ``Workbench.reviews`` has it.
REVIEW_KEYS = ("status", "note", "who", "when")
_BIN_KEYS = (
    "bin",
    "count",
    "share",
    "nonevents",
    "events",
    "woe",
    "woe_standard_error",
    "woe_low",
    "woe_high",
    "iv",
    "iv_standard_error",
    "iv_low",
    "iv_high",
    "adjusted",
)


def characteristic_section(subject: Subject) -> dict[str, Any]:
    """Say of each column what it is, its bins in every sample, and its information value."""
    entries = [
        _characteristic(subject, columns, name)
        for columns in subject.columns
        for name in columns.counts
    ]
    # A review of a column that is not there would vanish without a word.
    absent = sorted(set(subject.settings.reviews) - {entry["feature"] for entry in entries})
    if absent:
        message = (
            f"reviews must be of columns of X, got those of {absent[:5]}; leave them out, or give "
            "their columns"
        )
        raise ValueError(message)
    return {"characteristics": entries}


def _characteristic(subject: Subject, columns: BinnedColumns, name: str) -> dict[str, Any]:
    """Tell of one column: how its bins were found, and they on each sample."""
    bins, counts = columns.binner.features_[name], columns.counts[name]
    kept_out = subject.settings.reasons.get(name, "given with the data, not a column of the model")
    review = subject.settings.reviews.get(name)
    return {
        "feature": name,
        "dtype": bins.spec.kind,
        "in_card": columns.in_card,
        "reason": "" if columns.in_card else kept_out,
        # a card read from a document does not tell how its bins were found
        "status": "unknown" if bins.grouping is None else bins.grouping.status,
        "by_hand": _set_by_hand(bins),
        "woe_by_hand": [bins.spec.labels[code] for code in bins.woe_by_hand],
        "trend": bins.trend,
        "definition": _definition(bins),
        "missing_share": _missing_share(bins, counts["train"]),
        "prebins": _occupied_prebins(bins),
        "samples": {
            sample: {
                "bins": _any_bin_table(
                    columns.binner,
                    name,
                    table,
                    subject.settings.level,
                    # other samples show the evidence of their own rows
                    bins.woe_by_hand if sample == "train" else {},
                ),
                "iv": columns.information[name][sample],
            }
            for sample, table in counts.items()
        },
        **({} if review is None else {"review": {key: review.get(key, "") for key in REVIEW_KEYS}}),
    }


def _definition(bins: FeatureBins) -> dict[str, Any]:
    """Say what the bins are, so that rows can be counted again by whoever reads the report."""
    spec = bins.spec
    parts = spec.to_dict()
    return {
        **{key: parts[key] for key in ("kind", "splits", "levels", "special", "unknown", "pooled")},
        "labels": [*spec.labels, UNSEEN],
        "joined": {str(code): int(bin_code) for code, bin_code in spec.joined.items()},
    }


def _set_by_hand(bins: FeatureBins) -> bool:
    return bins.status == BY_HAND


def _missing_share(bins: FeatureBins, table: AnyTable) -> float | None:
    """Share of rows without a value; None where one bin holds them, and others, and hides it."""
    if bins.spec.pooled:
        return None
    if bins.spec.joined:
        # The bins do not tell; the pre-bins of the fit do.
        return None if np.isnan(bins.missing_share) else bins.missing_share
    return float(table.weight[bins.spec.missing_code] / table.weight.sum())


def _occupied_prebins(bins: FeatureBins) -> int | None:
    """Count the pre-bins with rows, which the search chose among; None where nobody knows."""
    table = bins.prebin_table
    return None if table is None else int((table.weight > 0.0).sum())


def _any_bin_table(
    binner: FittedBinner,
    name: str,
    table: AnyTable,
    level: float,
    by_hand: Mapping[int, float],
) -> pd.DataFrame:
    """Bins with rows: of two classes their event rate, of another target its mean, with errors."""
    if not isinstance(table, EvidenceTable):
        return _bin_table(binner, table, level, by_hand)
    bins = target_table(
        table,
        binner.zero_cells,
        sign_of(binner.woe_sign),
        "",
        divergences_of(binner).get(name),
        by_hand=by_hand,
        level=level,
    )
    return bins[(bins["count"] > 0.0) & (bins.index != "Totals")]


def _bin_table(
    binner: FittedBinner, table: CountTable, level: float, by_hand: Mapping[int, float]
) -> pd.DataFrame:
    """Bins with rows: counts, event rate, weight of evidence, information value, with errors."""
    sign = 1.0 if binner.woe_sign == "nonevent" else -1.0
    evidence = evidence_columns(table, binner.zero_cells, sign, by_hand, level)
    keys = (*_BIN_KEYS, "woe_reason") if by_hand else _BIN_KEYS
    rates = event_rates(table, level=level)

    # Bins without rows are left out, but for those whose evidence was set by hand: they have some.
    shown = evidence["count"] > 0.0
    shown[list(by_hand)] = True
    columns = {key: evidence[key] for key in keys} | {
        # the interval of a rate is Jeffreys's, at the level of the report
        "event_rate": rates["event_rate"].to_numpy(),
        "event_rate_low": rates["low"].to_numpy(),
        "event_rate_high": rates["high"].to_numpy(),
        # Sums of squared weights, from which a reader of the file finds the errors again.
        "squared_nonevents": table.squared_weights[:, 0],
        "squared_events": table.squared_weights[:, 1],
    }
    return pd.DataFrame({name: column[shown] for name, column in columns.items()})


def ranking_section(subject: Subject) -> dict[str, Any]:
    """Information values in order, on the rows of the bins and on held-out folds, with tests."""
    entries = [entry for columns in subject.columns for entry in _ranked(subject, columns)]

    # one adjustment for all columns: a reader looks at all of them
    p_values = np.array([entry["permutation_p_value"] for entry in entries], dtype=np.float64)
    for entry, adjusted in zip(entries, benjamini_hochberg(p_values).tolist(), strict=True):
        entry["adjusted_p_value"] = adjusted
    return {"ranking": sorted(entries, key=_negative_value)}


def _negative_value(entry: dict[str, Any]) -> float:
    # The value on held-out folds ranks fairly where there is one: many bins flatter the other.
    best = entry["iv"] if entry["cross_fitted"] is None else entry["cross_fitted"]
    return -float(best)


def _ranked(subject: Subject, columns: BinnedColumns) -> list[dict[str, Any]]:
    """Information values of the columns of one binner."""
    crossed, tests = _of_held_out_folds(subject, columns)

    # Bins set by hand were not learnt: a test that learns them anew says nothing of them.
    entries = []
    for name in columns.counts:
        bins, tested = columns.binner.features_[name], tests.get(name)
        by_hand = _set_by_hand(bins)
        # Pre-bins keep them on other rows too; without these others would be learnt.
        is_kept = bins.prebin_table is not None or not by_hand
        entries.append(
            {
                "feature": name,
                "in_card": columns.in_card,
                "by_hand": by_hand,
                "iv": columns.information[name]["train"],
                "cross_fitted": crossed.get(name) if is_kept else None,
                "permutation_p_value": tested.p_value if tested and not by_hand else None,
            }
        )
    return entries


def _of_held_out_folds(
    subject: Subject, columns: BinnedColumns
) -> tuple[dict[str, Estimate], dict[str, PermutationResult]]:
    """Cross-fitted values and permutation tests of the features that can be learnt again.

    The pre-bin tables of the fit are enough where they count the training rows, each once;
    otherwise the rows are counted over the same pre-bins. A binner read from a document has no
    pre-bins and is fitted again.
    """
    binner, train, settings = learnt_again(columns.binner), subject.train, subject.settings
    if binner is None:
        return {}, {}

    has_prebins = all(bins.prebin_table is not None for bins in binner.features_.values())
    # Without pre-bins all is learnt anew, but for what was set by hand, which is not told below: so
    # no clone, which would warn that it is lost.
    learner: Any = binner if has_prebins else type(binner)(**binner.get_params(deep=False))
    if train.rows.kind is not None:
        # Sums of amounts do not tell rows apart, so that these are dealt to the folds.
        learner = FrozenEstimator(binner) if has_prebins else learner
        data = (model_columns(binner, train.frame), train.labels)
        crossed = cross_fitted_information_value(
            learner, *data, cv=5, sample_weight=train.weights, rng=settings.rng
        )
        tests = permutation_test(
            learner,
            *data,
            sample_weight=train.weights,
            n_permutations=settings.n_permutations,
            rng=settings.rng,
        )
        return crossed, tests

    rows: dict[str, Any] = {}
    # Without rows both are computed from the counts that the binner keeps. That needs pre-bins,
    # counts that are those of the training rows, and rows that all weigh the same.
    if train.rows.weighted or not (has_prebins and _counted_as_fitted(columns)):
        rows = {
            "X": model_columns(binner, train.frame),
            "y": train.labels,
            "sample_weight": train.weights,
        }
    if rows and has_prebins:
        # Frozen, it keeps its pre-bins and what was set by hand; without weights it would take the
        # counts of its own fit for those of these rows.
        learner = FrozenEstimator(binner)
        rows["sample_weight"] = train.rows.mass

    crossed = cross_fitted_information_value(learner, cv=5, rng=settings.rng, **rows)
    tests = permutation_test(
        learner, n_permutations=settings.n_permutations, rng=settings.rng, **rows
    )
    return crossed, tests


def _counted_as_fitted(columns: BinnedColumns) -> bool:
    """Tell whether the training rows of the report are counted as those of the fit were."""
    return all(
        counts_of_the_fit(bins, columns.counts[name]["train"])
        for name, bins in columns.binner.features_.items()
    )

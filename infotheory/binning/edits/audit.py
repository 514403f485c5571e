"""The machinery behind bins set by hand: new groups of pre-bins, finer pre-bins, and the audit trail."""

import copy
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from scipy import stats

from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_weights, check_length
from infotheory.binning._base import BaseBinner
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.grouping import BY_HAND, Grouping
from infotheory.binning.prebins.rows import PreBins, event_rate_cells, prebin
from infotheory.binning.search.shape import broken_limits, shape_of_rates
from infotheory.cells import BinSpec
from infotheory.engines import read_columns
from infotheory.evidence.binned_samples import fill_zero_cells, samples_of_table
from infotheory.evidence.divergence import bin_influences, divergence_estimate
from infotheory.exceptions import SparseCellWarning

__all__ = ["Step", "apply_step", "tuned"]

Binner = TypeVar("Binner", bound=BaseBinner)
_TOLERANCE = 1e-6  # relative, that of the solver
_NO_CODES = np.empty(0, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Step:
    """What is done to which feature, by whom and why."""

    feature: str
    action: str
    detail: str
    reason: str
    who: str
    when: str


def tuned(
    binner: Binner, step: Step, wanted: BinSpec, rows: tuple[Any, ...] = (None, None, None)
) -> Binner:
    """Regroup the pre-bins, refined where rows are given, and put the bins of categories in order of event rate."""
    cells = _refined(binner, wanted, rows)
    groups = _groups_of(cells.spec, wanted)
    counts = np.zeros((wanted.n_bins, 2))
    np.add.at(counts, groups, cells.table.without_groups().counts[: cells.spec.n_bins])
    empty = [wanted.labels[number] for number in np.flatnonzero(counts.sum(axis=1) == 0.0)]
    if empty:
        message = f"every bin must hold rows of the fit, got none in {empty[:3]} of {wanted.name!r}"
        raise ValueError(message)
    if wanted.kind == "categorical":
        place = event_rate_cells(counts, len(counts))
        groups, counts = place[groups], counts[np.argsort(place)]
    shape = shape_of_rates(counts[:, 1] / counts.sum(axis=1))
    history = [*binner._history, (len(binner.audit_) + 1, binner.features_[wanted.name])]
    grouping = Grouping(groups=groups, status=BY_HAND, trend=shape)
    changed = FeatureBins.of_groups(cells.spec, cells.table, grouping)
    return apply_step(binner, step, changed, history)


def _groups_of(cells: BinSpec, bins: BinSpec) -> IntArray:
    """Bin of each pre-bin; every pre-bin lies within one bin."""
    if cells.kind == "numerical":
        return np.searchsorted(bins.splits, [-np.inf, *cells.splits], side="right")
    place = {level: number for number, levels in enumerate(bins.levels) for level in levels}
    return np.array([place[levels[0]] if levels else 0 for levels in cells.levels])


def _refined(binner: BaseBinner, wanted: BinSpec, rows: tuple[Any, ...]) -> PreBins:
    """Pre-bins that hold the wanted bins: those of the fit, or finer ones counted on its rows."""
    spec, table = binner.prebin_specs_[wanted.name], binner.prebin_tables_[wanted.name]
    finer: Sequence[Any]
    if spec.kind == "numerical":
        new = sorted(set(wanted.splits) - set(spec.splits))
        finer = sorted({*spec.splits, *wanted.splits})
    else:
        place = {level: number for number, levels in enumerate(wanted.levels) for level in levels}
        finer = [
            [level for level in levels if place[level] == number]
            for levels in spec.levels
            for number in dict.fromkeys(place[level] for level in levels)
        ]
        new = [levels for levels in finer if tuple(levels) not in spec.levels]
    X, y, sample_weight = rows
    if not new:
        return PreBins(spec, table, _NO_CODES)
    if X is None or y is None:
        message = (
            f"bins of {wanted.name!r} must be made of its pre-bins where no rows are given, got "
            f"{new[:3]}; "
            "pass X and y of the fit, or see prebin_specs_"
        )
        raise ValueError(message)
    if getattr(binner, "prebin_group_tables_", None):
        message = (
            f"bins of {wanted.name!r} must be made of its pre-bins, which are counted by protected "
            "group too, "
            f"got {new[:3]}"
        )
        raise ValueError(message)
    return _counted(binner, spec, finer, X, y, sample_weight)


def _counted(
    binner: BaseBinner,
    spec: BinSpec,
    finer: Sequence[Any],
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
) -> PreBins:
    columns = read_columns(X, kinds=[known.kind for known in binner.specs_.values()])
    labels = check_length("y", y, columns.n_rows)
    target = np.asarray(labels == binner.event_label_, dtype=np.float64)
    values = columns.data[list(binner.specs_).index(spec.name)]
    options = replace(binner._prebin_options(spec.name), user_splits=finer)
    counted = prebin(spec.name, values, target, as_weights(sample_weight, columns.n_rows), options)
    coarse = counted.table.merge(
        counted.spec.all_groups(_groups_of(counted.spec, spec))[:-1], spec.labels
    )
    if not np.allclose(coarse.counts, binner.prebin_tables_[spec.name].counts, rtol=1e-9, atol=0.0):
        message = (
            "X, y and sample_weight must be the rows of the fit, got rows whose counts over the "
            "pre-bins of "
            f"{spec.name!r} differ"
        )
        raise ValueError(message)
    return counted


def apply_step(
    binner: Binner, step: Step, bins: FeatureBins, history: list[tuple[int, FeatureBins]]
) -> Binner:
    """Copy the binner with one feature changed, and write the step into its audit trail."""
    if not step.reason.strip():
        message = f"a reason must be given for the audit trail, got {step.reason!r}"
        raise ValueError(message)
    changed = copy.copy(binner)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", SparseCellWarning
        )  # min_bin_n_event says so in the audit trail
        (finished,) = changed._finished([bins])
    changed._keep_features((binner.features_ | {step.feature: finished}).values())
    changed.audit_ = [*binner.audit_, _entry(binner, changed, step)]
    changed._history = history
    return changed


def _entry(before: BaseBinner, after: BaseBinner, step: Step) -> dict[str, Any]:
    """Return a line of the audit trail, as plain data."""
    name = step.feature
    values = [
        divergence_estimate(samples_of_table(binner.tables_[name]), zero_cells=binner.zero_cells)
        for binner in (before, after)
    ]
    cells, spec = after.tables_[name].without_groups(), after.specs_[name]
    options = {
        key: after._option(name, key)
        for key in after._per_feature
        if key not in BaseBinner._per_feature
    }
    return {
        "step": len(before.audit_) + 1,
        "feature": name,
        "action": step.action,
        "detail": step.detail,
        "reason": step.reason,
        "who": step.who,
        "when": step.when,
        "bins_before": list(before.specs_[name].labels[: before.specs_[name].n_bins]),
        "bins_after": list(spec.labels[: spec.n_bins]),
        "iv_before": values[0].value,
        "iv_before_standard_error": values[0].standard_error,
        "iv_after": values[1].value,
        "iv_after_standard_error": values[1].standard_error,
        "iv_difference": values[1].value - values[0].value,
        "iv_difference_standard_error": _difference_error(before, after, name),
        "trend_before": before.groupings_[name].trend,
        "trend_after": after.groupings_[name].trend,
        "not_met": [
            *broken_limits(
                cells.counts[: spec.n_bins],
                cells.squared_weights[: spec.n_bins],
                float(cells.counts.sum()),
                options,
            ),
            *_broken_budgets(after),
        ],
    }


def _broken_budgets(binner: Any) -> list[str]:
    """Say which budgets of a FairBinner its bins exceed on the training rows."""
    if not hasattr(binner, "fairness_summary"):
        return []
    frame = binner.fairness_summary()
    z = 0.0 if binner.confidence is None else float(stats.norm.ppf(binner.confidence))
    used = frame["iv_fair"] + z * frame["iv_fair_standard_error"]
    over = frame.assign(used=used)[used > frame["budget"] * (1.0 + _TOLERANCE)]
    return [
        f"budget={row.budget:g} of {row.feature}, {row.attribute} ({row.group} against "
        f"{row.reference}): {row.used:.4g}"
        for row in over.itertuples()
    ]


def _difference_error(before: BaseBinner, after: BaseBinner, name: str) -> float:
    """Return the standard error of the difference of two information values, from the finer pre-bins."""
    finer = max((before, after), key=lambda binner: binner.prebin_specs_[name].n_bins)
    spec, table = finer.prebin_specs_[name], finer.prebin_tables_[name].without_groups()

    def influences(binner: BaseBinner) -> FloatArray:
        filled = fill_zero_cells(samples_of_table(binner.tables_[name]), binner.zero_cells)
        grouping = replace(binner.groupings_[name], groups=_groups_of(spec, binner.specs_[name]))
        return bin_influences(filled)[grouping.new_codes(spec)[:-1]]

    change = influences(after) - influences(before)
    return float(np.sqrt((table.squared_weights * change**2).sum()))

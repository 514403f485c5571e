"""The machinery behind bins set by hand: regrouped or finer pre-bins, and the audit trail."""

import copy
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np

from infotheory._any_table import AnyTable, of_two_classes
from infotheory._display import number_text
from infotheory._rows import Rows
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory.binning._base import BaseBinner
from infotheory.binning._frames import target_rows
from infotheory.binning.edits.joins import (
    bin_of_level,
    bins_of_prebins,
    carried,
    same_bins,
    shown_bins,
)
from infotheory.binning.edits.subject import editable, with_binner
from infotheory.binning.fair.binner import FairBinner
from infotheory.binning.fair.groups import row_groups
from infotheory.binning.features import FeatureBins, History, finish_bins
from infotheory.binning.prebins.grouping import BY_HAND, Grouping
from infotheory.binning.prebins.options import divergences_of, option_of, prebin_options
from infotheory.binning.prebins.ordered_evidence import rate_cells
from infotheory.binning.prebins.rows import PreBins, event_rate_cells, prebin
from infotheory.binning.prebins.searched import estimate_of_bins
from infotheory.binning.search.shape import broken_limits, shape_of_rates
from infotheory.binning.search.target_task import broken_target_limits
from infotheory.cells import BinSpec
from infotheory.engines import read_columns
from infotheory.evidence.binned_samples import fill_zero_cells, samples_of_table
from infotheory.evidence.divergence import bin_influences
from infotheory.evidence.targets.estimates import target_gradient
from infotheory.exceptions import SparseCellWarning
from infotheory.tables import CountTable, EvidenceTable

__all__ = [
    "Author",
    "FitRows",
    "Step",
    "apply_step",
    "audit_line",
    "codes_in",
    "exceeds_budget",
    "refined",
    "regrouped",
    "with_finer_prebins",
    "with_groups",
]

Subject = TypeVar("Subject")
_TOLERANCE = 1e-6  # relative, that of the solver


class Author(NamedTuple):
    """Why a step was taken, by whom and when."""

    reason: str
    who: str
    when: str

    def check(self) -> None:
        """Raise ValueError where the trail could not be read later: it is written as text."""
        for name, text in self._asdict().items():
            is_text = isinstance(text, str)
            if not is_text:
                message = f"{name} must be text for the audit trail, got {text!r}"
                raise ValueError(message)
            # Half of a surrogate pair is text for Python, and for no file.
            if any("\ud800" <= character <= "\udfff" for character in text):
                message = f"{name} must be text that UTF-8 can hold, got {text!r}"
                raise ValueError(message)

        if not self.reason.strip():
            message = f"a reason must be given for the audit trail, got {self.reason!r}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Step:
    """What is done to which feature, and why."""

    feature: str
    action: str
    detail: str
    author: Author


class FitRows(NamedTuple):
    """The rows of a fit, given again where its pre-bins are too coarse for an edit."""

    X: Any
    y: ArrayLike
    sample_weight: ArrayLike | None = None

    @classmethod
    def read(cls, rows: Sequence[Any] | None) -> Self | None:
        """Read ``(X, y)`` or ``(X, y, sample_weight)``."""
        if rows is None:
            return None
        if not isinstance(rows, tuple | list) or len(rows) not in (2, 3):
            message = (
                "rows must be (X, y) or (X, y, sample_weight) of the fit, got "
                f"{type(rows).__name__}"
                + (f" of length {len(rows)}" if isinstance(rows, tuple | list) else "")
            )
            raise ValueError(message)
        return cls(*rows)


class Prebinned(NamedTuple):
    """Pre-bins with their counts, those by protected group, by attribute, and those by period."""

    spec: BinSpec
    table: AnyTable
    groups: Mapping[str, CountTable]
    periods: AnyTable | None = None

    @classmethod
    def of(cls, bins: FeatureBins) -> Self:
        """Return the pre-bins of a feature as they are."""
        return cls(*bins.prebin_sums()[:2], bins.prebin_groups, bins.prebin_periods)


def regrouped(
    subject: Subject,
    step: Step,
    wanted: BinSpec,
    rows: Sequence[Any] | None = None,
    joined: Mapping[int, int] | None = None,
    protected: Any = None,
) -> Subject:
    """Group the pre-bins to the wanted bins, after refining them where rows are given.

    ``joined`` says which groups of special values share a bin, as ``Grouping`` does; None leaves
    them where they are.
    """
    prebinned = refined(editable(subject), wanted, FitRows.read(rows), protected)
    groups = bins_of_prebins(prebinned.spec, wanted)
    return with_groups(subject, step, prebinned, groups, rows, joined)


def with_groups(
    subject: Subject,
    step: Step,
    prebinned: Prebinned,
    groups: IntArray,
    rows: Sequence[Any] | None,
    joined: Mapping[int, int] | None = None,
) -> Subject:
    """Make the numbered groups of pre-bins the bins.

    Those of categories without an order are put in order of event rate. What is joined to a bin
    stays with its pre-bins (``joined=None``), or is as given.
    """
    binner, (prebins, table, by_group, by_period) = editable(subject), prebinned
    labels = prebins.merge(groups).labels
    cells = rate_cells(table)
    counts = np.zeros((int(groups.max()) + 1, 2))
    np.add.at(counts, groups, cells[: prebins.n_bins])
    # A bin without rows has no weight of evidence of its own.
    empty = [labels[number] for number in np.flatnonzero(counts.sum(axis=1) <= 0.0)]
    if empty:
        message = (
            f"every bin must hold rows of the fit, got none in {empty[:3]} of {prebins.name!r}"
        )
        raise ValueError(message)

    if joined is None:
        joined = carried(prebins, cells, groups, binner.features_[prebins.name].spec)
    for i, to in joined.items():
        if to < len(counts):
            counts[to] += cells[prebins.n_bins + i]
    if not prebins.has_order:
        # As many cells as bins: nothing is pooled, the bins are only numbered by their event rate.
        place = event_rate_cells(counts, len(counts))
        groups, counts = place[groups], counts[np.argsort(place)]
        joined = {i: int(place[to]) if to < len(place) else to for i, to in joined.items()}
    trend = None
    if not (isinstance(table, EvidenceTable) and table.kind == "multiclass"):
        trend = shape_of_rates(counts[:, 1] / counts.sum(axis=1))
    grouping = Grouping(groups=groups, status=BY_HAND, trend=trend, joined=joined)

    before = binner.features_[prebins.name]
    history = binner.history_.with_step(len(binner.audit_) + 1, before)
    bins = replace(
        FeatureBins.of_groups(prebins, table, grouping),
        prebin_groups=by_group,
        prebin_periods=by_period,
    )
    # A number set by hand stays with a bin that holds the same values as before, and is lost with
    # any other.
    same = same_bins(before, bins) if before.woe_by_hand else {}
    lost = [before.spec.labels[code] for code in before.woe_by_hand if code not in same]
    if lost:
        detail = f"{step.detail}; estimated again: weight of evidence of {', '.join(lost)}"
        step = replace(step, detail=detail)
    staying = {same[code]: woe for code, woe in before.woe_by_hand.items() if code in same}
    bins = replace(bins, woe_by_hand=dict(sorted(staying.items())))
    return with_binner(subject, apply_step(binner, step, bins, history), rows)


def apply_step(binner: BaseBinner, step: Step, bins: FeatureBins, history: History) -> BaseBinner:
    """Copy the binner with one feature changed, and write the step into its audit trail."""
    step.author.check()
    with warnings.catch_warnings():
        # The line of the audit trail says which limit on events a bin does not meet.
        warnings.simplefilter("ignore", SparseCellWarning)
        (finished,) = finish_bins([bins], binner.zero_cells, binner.woe_sign)

    changed = copy.copy(binner)
    changed.features_ = binner.features_ | {step.feature: finished}
    changed.history_ = history
    changed.audit_ = [*binner.audit_, _entry(binner, changed, step)]
    return changed


def codes_in(cells: BinSpec, bins: FeatureBins) -> IntArray:
    """Code of the bin of each code of cells, every one of which lies within one bin."""
    *_, grouping = bins.prebin_sums()
    return replace(grouping, groups=bins_of_prebins(cells, bins.spec)).new_codes(cells)


def with_finer_prebins(
    binner: BaseBinner,
    feature: str,
    spec: BinSpec,
    table: AnyTable,
    groups: Mapping[str, CountTable],
) -> BaseBinner:
    """Copy the binner with finer pre-bins of a feature, whose bins stay; no step of the trail.

    Whoever keeps the counts of finer pre-bins cuts bins there without the rows.
    """
    bins = binner.features_[feature]
    *_, grouping = bins.prebin_sums()
    finer = FeatureBins.of_groups(
        spec, table, replace(grouping, groups=bins_of_prebins(spec, bins.spec))
    )

    changed = copy.copy(binner)
    changed.features_ = binner.features_ | {
        feature: replace(
            bins,
            prebin_spec=spec,
            prebin_table=table,
            prebin_groups=groups,
            # Counts by period are of the coarser pre-bins, and nobody has those of finer ones.
            prebin_periods=None,
            grouping=finer.grouping,
            table=finer.table,
        )
    }
    return changed


def refined(
    binner: BaseBinner, wanted: BinSpec, rows: FitRows | None, protected: Any = None
) -> Prebinned:
    """Pre-bins that hold the wanted bins: those of the fit, or finer ones counted on its rows."""
    now = Prebinned.of(binner.features_[wanted.name])
    finer, absent = _finer_cells(now.spec, wanted)
    if not absent:
        return now

    if rows is None or (now.groups and protected is None):
        also = ", and protected= of the fit" if now.groups else ""
        message = (
            f"bins of {wanted.name!r} must be made of its pre-bins where no rows are given, got "
            f"{absent[:3]}; pass rows=(X, y) of the fit{also}, or see prebin_specs_"
        )
        raise ValueError(message)
    return _counted(binner, now, finer, rows, protected)


def _finer_cells(prebins: BinSpec, wanted: BinSpec) -> tuple[Sequence[Any], Sequence[Any]]:
    """Pre-bins cut where the wanted bins are, and those of the cuts that they lack."""
    if prebins.kind == "numerical":
        absent = sorted(set(wanted.splits) - set(prebins.splits))
        return sorted({*prebins.splits, *wanted.splits}), absent

    place = bin_of_level(wanted)
    finer = [
        [level for level in levels if place[level] == number]
        for levels in prebins.levels
        for number in dict.fromkeys(place[level] for level in levels)
    ]
    return finer, [levels for levels in finer if tuple(levels) not in prebins.levels]


def _counted(
    binner: BaseBinner, now: Prebinned, finer: Sequence[Any], rows: FitRows, protected: Any
) -> Prebinned:
    """Count the rows of the fit over finer pre-bins; ValueError where they are other rows."""
    columns = read_columns(rows.X, kinds=[bins.spec.kind for bins in binner.features_.values()])
    weighted = target_rows(binner, rows.y, columns.n_rows, rows.sample_weight)

    values = columns.data[list(binner.features_).index(now.spec.name)]
    spec, names = now.spec, tuple(binner.features_)
    options = replace(prebin_options(binner, names)[spec.name], user_splits=finer)
    counted = prebin(spec.name, values, weighted, options)
    if spec.ordered:
        # The rows may come as text this time; the wanted bins are in order.
        counted = replace(counted, spec=replace(counted.spec, ordered=True))

    # Summed to the pre-bins of the fit, its rows give the counts of the fit.
    codes = counted.spec.all_groups(bins_of_prebins(counted.spec, spec))[:-1]
    coarse = counted.sums.merge(codes, spec.labels)
    if not _same_rows(coarse, now.table):
        message = (
            "X, y and sample_weight must be the rows of the fit, got rows whose counts over the "
            f"pre-bins of {spec.name!r} differ"
        )
        raise ValueError(message)
    by_group = _counted_groups(binner, now, counted, weighted, protected)
    for attribute, of_fit in now.groups.items():
        again = by_group[attribute].merge(codes, spec.labels) if attribute in by_group else None
        if (
            again is None
            or again.groups != of_fit.groups
            or not np.allclose(again.counts, of_fit.counts, rtol=1e-9, atol=0.0)
        ):
            message = (
                f"protected must be that of the fit, got other counts of {attribute!r} over the "
                f"pre-bins of {spec.name!r}"
            )
            raise ValueError(message)
    return Prebinned(counted.spec, counted.sums, by_group)


def _same_rows(one: AnyTable, other: AnyTable) -> bool:
    """Whether two tables of the same bins sum the same rows."""
    if isinstance(one, CountTable) and isinstance(other, CountTable):
        return np.allclose(one.counts, other.counts, rtol=1e-9, atol=0.0)
    if isinstance(one, EvidenceTable) and isinstance(other, EvidenceTable):
        # Sums about an origin may cancel: they are compared on the scale of what was added up.
        largest = float(np.abs(other.sums).sum(axis=0).max())
        return np.allclose(one.sums, other.sums, rtol=1e-9, atol=1e-9 * largest)
    return False


def _counted_groups(
    binner: BaseBinner, now: Prebinned, counted: PreBins, rows: Rows, protected: Any
) -> Mapping[str, CountTable]:
    """Count rows over finer pre-bins by protected group too, where the fit did."""
    if not now.groups or not isinstance(binner, FairBinner):
        return {}
    _, tables = row_groups(
        [counted],
        rows,
        protected,
        missing=binner.missing_protected,
        intersections=binner.intersections,
    )
    return {attribute: of_feature[now.spec.name] for attribute, of_feature in tables.items()}


def _entry(before: BaseBinner, after: BaseBinner, step: Step) -> dict[str, Any]:
    """Return a line of the audit trail for bins that were edited, as plain data."""
    old, new = (binner.features_[step.feature] for binner in (before, after))
    line = audit_line(before, len(before.audit_) + 1, step, old, new)
    return line | {"not_met": [*_broken_limits(after, new), *_broken_budgets(after)]}


def audit_line(
    binner: BaseBinner, number: int, step: Step, old: FeatureBins, new: FeatureBins | None
) -> dict[str, Any]:
    """Return a line of the audit trail, as plain data; ``new`` is None for bins set aside."""
    divergence = divergences_of(binner).get(old.name)

    # A line tells values and errors; what a search does to an interval is told by the summary.
    before = estimate_of_bins(old.summed()[1], binner.zero_cells, divergence)
    after, error = None, None
    if new is not None:
        after = estimate_of_bins(new.summed()[1], binner.zero_cells, divergence)
        error = _difference_error(old, new, binner.zero_cells, divergence)

    return {
        "step": number,
        "feature": old.name,
        "action": step.action,
        "detail": step.detail,
        **step.author._asdict(),
        "bins_before": shown_bins(old.spec),
        "bins_after": [] if new is None else shown_bins(new.spec),
        "iv_before": before.value,
        "iv_before_standard_error": before.standard_error,
        "iv_after": None if after is None else after.value,
        "iv_after_standard_error": None if after is None else after.standard_error,
        "iv_difference": None if after is None else after.value - before.value,
        "iv_difference_standard_error": error,
        "trend_before": old.trend,
        "trend_after": None if new is None else new.trend,
        "not_met": [],
    }


def _broken_limits(binner: BaseBinner, bins: FeatureBins) -> list[str]:
    """Say which options of the binner the bins of a feature do not meet."""
    spec, table = bins.summed()
    options: Mapping[str, Any] = {
        key: option_of(binner, bins.name, key) for key in binner.get_params(deep=False)
    }
    if isinstance(table, EvidenceTable):
        return broken_target_limits(table, spec.n_bins, options)
    cells = table.without_groups()
    return broken_limits(
        cells.counts[: spec.n_bins],
        cells.squared_weights[: spec.n_bins],
        float(cells.counts.sum()),
        options,
    )


def exceeds_budget(used: Any, budget: Any) -> Any:
    """Whether more is used than a budget and the tolerance of the solver; never without budget."""
    # No budget is NaN, above which nothing is.
    return used > budget * (1.0 + _TOLERANCE)


def _broken_budgets(binner: BaseBinner) -> list[str]:
    """Say which budgets of a FairBinner its bins exceed on the training rows."""
    if not isinstance(binner, FairBinner):
        return []
    summary = binner.fairness_summary()
    over = summary[exceeds_budget(summary["used"], summary["budget"])]
    lost = [] if binner.certificate_ is None else ["certify=True: bins set by hand have no test"]
    return lost + [
        f"budget={number_text(row.budget)} of {row.feature}, {row.attribute} ({row.group} against "
        f"{row.reference}): {number_text(row.used)}"
        for row in over.itertuples()
    ]


def _difference_of_sums(
    old: FeatureBins,
    new: FeatureBins,
    spec: BinSpec,
    sums: EvidenceTable,
    divergence: str | None,
) -> float:
    """Return the standard error of the difference of two divergences of one feature."""
    parts = [
        target_gradient(table, divergence)[codes_in(spec, bins)[:-1]]
        for bins in (old, new)
        if isinstance(table := bins.summed()[1], EvidenceTable)  # both have one kind of target
    ]
    change = parts[1] - parts[0]
    variance = np.einsum("ja,jab,jb->", change, sums.product_matrices(), change)
    return float(np.sqrt(max(variance, 0.0)))


def _difference_error(
    old: FeatureBins, new: FeatureBins, zero_cells: str | float, divergence: str | None
) -> float:
    """Return the standard error of the difference of two information values of one feature."""
    # One set of pre-bins is the other, or refines it: both bins are unions of the finer ones.
    finer = max((old, new), key=lambda bins: bins.prebin_sums()[0].n_bins)
    spec, sums, _ = finer.prebin_sums()
    if isinstance(sums, EvidenceTable):
        return _difference_of_sums(old, new, spec, sums, divergence)
    table = of_two_classes(sums)

    def influences(bins: FeatureBins) -> FloatArray:
        filled = fill_zero_cells(samples_of_table(bins.counted()[1]), zero_cells)
        return bin_influences(filled)[codes_in(spec, bins)[:-1]]

    # Both are sums over the same rows: the variance is that of the difference of their influences.
    change = influences(new) - influences(old)
    return float(np.sqrt((table.without_groups().squared_weights * change**2).sum()))

"""What a monitor compares, and the result tables made of counts by period and bin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from infotheory._any_table import AnyTable
from infotheory._later import stats
from infotheory._rows import Rows, needed
from infotheory._shares import share_intervals
from infotheory._typing import FloatArray
from infotheory._validation import check_level
from infotheory.evidence.binned_samples import BinnedSamples, kish_sizes
from infotheory.evidence.drift import check_tolerance, flag_changes, stability_of_each
from infotheory.inference import Estimate, kish_size, weighted_mean
from infotheory.scorecard.monitoring._means import describe_mean, mean_laws, mean_measures
from infotheory.scorecard.monitoring._performance import (
    as_reference,
    drift_of,
    few_expected,
    flag_drift,
    measures_of_period,
    performance_table,
)
from infotheory.scorecard.monitoring._reference import Reference
from infotheory.scorecard.monitoring._rows import lack_of_scores, rows_by_period
from infotheory.scorecard.monitoring.result import MonitoringResult
from infotheory.scorecard.validation.mean_rows import FEWEST_EFFECTIVE
from infotheory.tables import EvidenceTable

__all__ = ["compare_rows", "describe"]

SCORE = "score"


@dataclass(frozen=True, slots=True, eq=False)
class BinnedPart:
    """The score or a characteristic: its reference, and the counts of periods over the same bins.

    ``counts`` and ``squared`` have shape (n_periods, n_bins); ``points`` are those of each bin, NaN
    for the score.
    """

    feature: str
    kind: str
    table: AnyTable
    counts: FloatArray
    squared: FloatArray
    points: FloatArray

    @property
    def samples(self) -> BinnedSamples:
        """Reference and periods, the reference repeated for each period."""
        reference = (self.table.weight, self.table.squared_weight)
        first, first_squared = (np.broadcast_to(array, self.counts.shape) for array in reference)
        return BinnedSamples(first, self.counts, first_squared, self.squared)


def compare_rows(
    reference: Reference, rows: Rows, *, level: float, alpha: float, tolerance: float
) -> MonitoringResult:
    """Compare the periods of scored rows with a reference."""
    check_level(level)
    check_level(alpha, "alpha")
    check_tolerance(tolerance)
    samples = rows_by_period(rows)
    # A period without rows is as the others are: with outcomes where any of them has outcomes.
    known = {
        name for name, sample in samples.items() if sample.n_rows and not np.isnan(sample.target[0])
    }
    few: dict[str, str | None] = dict.fromkeys(samples)
    if rows.kind is None:
        rate = reference.description["event_rate"]
        few = {name: few_expected(sample, rate) for name, sample in samples.items()}
    measures = {
        name: _measures(reference, sample, few[name])
        for name, sample in samples.items()
        if name in known or (known and sample.n_rows == 0)
    }

    parts = _binned_parts(reference, rows)
    stated = _stated(reference)
    stability = _stability_table(parts, samples, level=level, alpha=alpha, tolerance=tolerance)
    performance = performance_table(measures, stated, level=level, few=few)

    # An alarm is one of all that are looked at: score, characteristics and performance of all
    # periods. The characteristics of a period are one family of tests, as are its measures.
    families = list(zip(stability["period"], stability["kind"], strict=True))
    of_performance = performance.groupby("period", sort=False)["adjusted_p_value"].min()
    stability = flag_changes(stability, families, alpha, of_performance.to_numpy(np.float64))
    of_stability = stability.groupby(["period", "kind"])["adjusted_tolerance_p_value"].min()

    return MonitoringResult(
        periods=_periods_table(reference, samples, level=level),
        stability=stability,
        bins=_bins_table(parts, rows.periods),
        performance=flag_drift(performance, alpha, of_stability.to_numpy(np.float64)),
        drift={name: drift_of(found, stated, few[name]) for name, found in measures.items()},
        level=level,
        alpha=alpha,
        tolerance=tolerance,
    )


def _measures(reference: Reference, rows: Rows, few: str | None) -> dict[str, Estimate]:
    """Measure the rows of a period."""
    if rows.kind is None:
        return measures_of_period(rows, few)
    return mean_measures(rows, rows.kind, getattr(reference.card.link_, "power", 1.0))


def _stated(reference: Reference) -> dict[str, Estimate]:
    """Return the measures of the reference with the laws that its counts determine."""
    table = reference.score_table
    if isinstance(table, EvidenceTable):
        return mean_laws(reference.performance, table)
    return as_reference(reference.performance, table)


def describe(rows: Rows) -> dict[str, float]:
    """Sizes and means of one sample.

    Numbers of events are NaN where outcomes are not known, the expected rate where the card has
    points only, all means where there are no rows, and the error of the mean of one row.
    """
    if rows.kind is not None:
        return describe_mean(rows, rows.kind)
    total = float(rows.mass.sum())
    size = kish_size(total, float(rows.squared_mass.sum()))
    events = float(rows.mass @ rows.target)
    mean, error, expected = np.nan, np.nan, np.nan
    if rows.n_rows:
        score = needed(rows.score, "score")
        mean, error = map(float, weighted_mean(score, rows.mass, rows.squared_mass))
        if rows.probability is not None:
            expected = float(np.average(rows.probability, weights=rows.mass))

    return {
        "count": total,
        "size": size,
        "events": events,
        "event_rate": events / total if total > 0.0 else np.nan,
        "expected_event_rate": expected,
        "mean_points": mean,
        "mean_points_standard_error": error if size > 1.0 else np.nan,
    }


def _binned_parts(reference: Reference, rows: Rows) -> list[BinnedPart]:
    """Count the rows of each period by band of the score, and by bin of each characteristic."""
    bands, n_bands = reference.score_bins, reference.score_bins.n_bins
    banded = rows.counts_by_period(bands.encode(needed(rows.score, "score")), bands.n_codes)
    # Where some rows have no points, what the others say is not of the period.
    is_whole = ~banded[0][:, n_bands:].any(axis=1, keepdims=True)
    scored = [sums[:, :n_bands] * is_whole for sums in banded]
    no_points = np.full(n_bands, np.nan)
    parts = [BinnedPart(SCORE, SCORE, reference.score_table, scored[0], scored[1], no_points)]

    codes = needed(rows.codes, "codes")
    for (feature, table), column in zip(reference.tables.items(), codes.T, strict=True):
        counts = rows.counts_by_period(column, table.n_bins)
        points = reference.card.points_[feature]
        parts.append(BinnedPart(feature, "characteristic", table, *counts, points))
    return parts


def _periods_table(
    reference: Reference, samples: Mapping[str, Rows], *, level: float
) -> pd.DataFrame:
    """Sizes and means of the reference and of every period, with intervals of rate and points."""
    entries = [{"period": "reference", **reference.description}]
    entries += [{"period": name, **describe(sample)} for name, sample in samples.items()]
    table = pd.DataFrame(entries)

    sizes = table["size"].to_numpy(np.float64)
    known = sizes > 1.0
    degrees = np.where(known, sizes - 1.0, np.nan)
    t = stats.t.isf((1.0 - level) / 2.0, degrees) * np.sqrt(1.0 + 1.0 / degrees)
    reach = t * table["mean_points_standard_error"]
    table = table.assign(
        mean_points_low=table["mean_points"] - reach, mean_points_high=table["mean_points"] + reach
    )
    if isinstance(reference.score_table, EvidenceTable):
        return _with_ends_of_means(table, reference.score_table.kind, level)

    # The reference is known by its table, periods by their rows.
    flat = reference.score_table.without_groups()
    classes = [(flat.counts.sum(axis=0), flat.squared_weights.sum(axis=0))]
    classes += [_of_classes(sample) for sample in samples.values()]
    cells, squared = (np.stack(sums) for sums in zip(*classes, strict=True))
    low, high = share_intervals(cells, squared, level)
    rates = {"event_rate_low": low[:, 1], "event_rate_high": high[:, 1]}
    for position, (name, ends) in enumerate(rates.items(), start=1):
        table.insert(table.columns.get_loc("event_rate") + position, name, ends)
    return table


def _with_ends_of_means(table: pd.DataFrame, kind: str, level: float) -> pd.DataFrame:
    """Add Student's interval of the mean, NaN where few rows bear the target."""
    size = table["effective_rows"].to_numpy(np.float64)
    degrees = np.where(size >= FEWEST_EFFECTIVE, size - 1.0, np.nan)
    reach = stats.t.isf((1.0 - level) / 2.0, degrees) * table["mean_standard_error"]
    least, most = {"fraction": (0.0, 1.0), "rate": (0.0, np.inf)}.get(kind, (-np.inf, np.inf))
    ends = {
        "mean_low": (table["mean"] - reach).clip(least, most),
        "mean_high": (table["mean"] + reach).clip(least, most),
    }
    for position, (name, values) in enumerate(ends.items(), start=2):
        table.insert(table.columns.get_loc("mean") + position, name, values)
    return table


def _of_classes(rows: Rows) -> tuple[FloatArray, FloatArray]:
    """Weight and squared weight of both classes; NaN where outcomes are not known."""
    # All rows of a period have outcomes, or none has.
    if rows.n_rows and np.isnan(rows.target[0]):
        return np.full(2, np.nan), np.full(2, np.nan)
    flags = np.stack([1.0 - rows.target, rows.target])
    return flags @ rows.mass, flags @ rows.squared_mass


def _stability_table(
    parts: Sequence[BinnedPart],
    samples: Mapping[str, Rows],
    *,
    level: float,
    alpha: float,
    tolerance: float,
) -> pd.DataFrame:
    """Stability of score and characteristics; periods in their order, in each the score first."""
    samples_of_parts = [part.samples for part in parts]
    of_bins = [part.table.labels for part in parts]
    table = stability_of_each(
        samples_of_parts, level=level, alpha=alpha, tolerance=tolerance, labels=of_bins
    )
    moved = np.concatenate([_points_shift(part) for part in parts], axis=1)
    for name, values in zip(("points_shift", "points_shift_standard_error"), moved, strict=True):
        table.insert(table.columns.get_loc("reason"), name, values)

    reasons: list[str | None] = []
    lacking = [lack_of_scores(sample) for sample in samples.values()]
    for k, part in enumerate(parts):
        own = table["reason"].iloc[k * len(samples) : (k + 1) * len(samples)]
        reasons += lacking if part.kind == SCORE else own.tolist()
    table["reason"] = pd.Series(reasons, dtype=object)

    for place, (name, labels) in enumerate(
        {
            "period": [*samples] * len(parts),
            "feature": [part.feature for part in parts for _ in samples],
            "kind": [part.kind for part in parts for _ in samples],
        }.items()
    ):
        table.insert(place, name, labels)

    # The parts stand one after the other, each with all periods; the result has the periods first.
    by_period = np.arange(len(table)).reshape(len(parts), -1).T.ravel()
    return table.iloc[by_period].reset_index(drop=True)


def _points_shift(part: BinnedPart) -> tuple[FloatArray, FloatArray]:
    """Change of the mean points of a characteristic, and its error (two independent samples)."""
    # Periods without rows have no mean to compare, and keep NaN.
    has_rows = part.counts.any(axis=1)
    samples = BinnedSamples(*(array[has_rows] for array in part.samples))

    # A card of another package may have no points for a bin that is empty.
    points = np.where(samples.occupied(), part.points, 0.0)
    then, error_then = weighted_mean(points, samples.first, samples.first_squared)
    now, error_now = weighted_mean(points, samples.second, samples.second_squared)

    shift, error = np.full((2, has_rows.size), np.nan)
    shift[has_rows] = now - then
    # The mean of one row has no error that the row could tell.
    is_sample = kish_sizes(samples)[1] > 1.0
    error[has_rows] = np.where(is_sample, np.sqrt(error_then**2 + error_now**2), np.nan)
    return shift, error


def _bins_table(parts: Sequence[BinnedPart], periods: Sequence[str]) -> pd.DataFrame:
    """Shares of every bin with rows in the reference or the period."""
    # The columns of each part; one frame is made of all, which takes longer than their numbers.
    of_parts = []
    for part in parts:
        samples = part.samples
        n_periods, n_bins = part.counts.shape
        columns = (
            np.repeat(np.asarray(periods, dtype=object), n_bins),
            np.full(n_periods * n_bins, part.feature, dtype=object),
            np.tile(np.asarray(part.table.labels, dtype=object), n_periods),
            _shares(samples.first).ravel(),
            _shares(samples.second).ravel(),
            samples.first.ravel(),
            samples.second.ravel(),
            np.tile(part.points, n_periods),
        )
        shown = samples.occupied().ravel()
        of_parts.append([column[shown] for column in columns])

    names = [
        *("period", "feature", "bin", "reference_share", "share"),
        *("reference_count", "count", "points"),
    ]
    arrays = map(np.concatenate, zip(*of_parts, strict=True))
    return pd.DataFrame(dict(zip(names, arrays, strict=True)))


def _shares(counts: FloatArray) -> FloatArray:
    """Shares of the bins (last axis), NaN where there are no rows."""
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0.0)

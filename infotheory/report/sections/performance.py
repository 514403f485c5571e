"""The sections on discrimination, calibration and stability."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

from infotheory._any_table import AnyTable
from infotheory._display import number_text
from infotheory._typing import FloatArray, IntArray, LabelArray
from infotheory.evidence import area_under_curve, characteristic_stability, stability_band
from infotheory.inference import Estimate
from infotheory.report.plain import Measured
from infotheory.report.sections.score_counts import score_counts
from infotheory.report.subject import Sample, Subject
from infotheory.scorecard import (
    auc_difference,
    brier_decomposition,
    calibration_intercept,
    calibration_slope,
    calibration_table,
    gains_table,
    gini_coefficient,
    grade_table,
    herfindahl_index,
    hosmer_lemeshow,
    kolmogorov_smirnov,
    observed_expected_ratio,
)
from infotheory.tables import CountTable

__all__ = ["calibration_section", "performance_section", "score_table", "stability_section"]

#: Those of some thousand rows are whole; of a million the document would be of curves alone.
_MOST_POINTS_OF_A_CURVE = 2000
_CELLS_OF_A_DISTRIBUTION = 30


def performance_section(subject: Subject) -> dict[str, Any]:
    """Area under the curve, Gini, Kolmogorov-Smirnov, Brier score, concentration; curves."""
    samples = subject.samples
    measures = [
        _measure(name, sample.name, estimate)
        for sample in samples
        for name, estimate in _discrimination(sample, subject.score_edges)
    ]
    measures += _loss_of_discrimination(subject)

    # The same cells for all samples, so that their histograms lie upon each other.
    scores = np.concatenate([sample.score for sample in samples])
    cells = np.histogram_bin_edges(scores, bins=_CELLS_OF_A_DISTRIBUTION)
    performance = {
        "measures": measures,
        "gains": {sample.name: _gains(sample, subject.settings.level) for sample in samples},
        "curves": {sample.name: _curve(sample) for sample in samples},
        "distribution": {
            "edges": cells,
            "samples": {sample.name: _histogram(sample, cells) for sample in samples},
        },
        "scores": {
            "band_edges": subject.score_edges,
            "samples": {sample.name: score_counts(sample) for sample in samples},
        },
    }
    return {"performance": performance}


def _discrimination(sample: Sample, edges: FloatArray) -> list[tuple[str, Estimate]]:
    """Measures of one sample: how well the score ranks, how near the probabilities come."""
    # A higher score is safer, and the measures below take larger values for riskier.
    risk, weights = -sample.score, sample.weights
    bands = score_table(sample, edges)
    concentration = herfindahl_index(
        bands.counts.sum(axis=1), squared_weights=bands.squared_weights.sum(axis=1)
    )

    # the Brier score is reliability - resolution + uncertainty + within
    brier = brier_decomposition(sample.target, sample.probability, sample_weight=weights)
    return [
        ("AUC", area_under_curve(sample.target, risk, sample_weight=weights)),
        ("Gini", gini_coefficient(sample.target, risk, sample_weight=weights)),
        ("KS", kolmogorov_smirnov(sample.target, risk, sample_weight=weights)),
        ("Brier score", brier.score),
        ("Brier score: reliability", brier.reliability),
        ("Brier score: resolution", brier.resolution),
        ("Brier score: uncertainty", brier.uncertainty),
        ("Brier score: within groups", brier.within),
        ("Herfindahl index of the score bands", concentration),
    ]


def _loss_of_discrimination(subject: Subject) -> list[Measured]:
    """Difference of the areas of the two samples; nothing where neither has an error."""
    if subject.holdout is None:
        return []
    train, other = (
        area_under_curve(sample.target, -sample.score, sample_weight=sample.weights)
        for sample in subject.samples
    )
    # Written with "not", as errors may be NaN.
    if not train.standard_error + other.standard_error > 0.0:
        return []
    return [_measure("AUC, train − hold-out", "both", auc_difference(train, other))]


def _measure(name: str, sample: str, estimate: Estimate) -> Measured:
    return Measured({"measure": name, "sample": sample}, estimate)


def _curve(sample: Sample) -> dict[str, Any]:
    """Cumulative shares of the classes by score: the corners, thinned where they are too many."""
    nonevents, events, cuts = roc_curve(
        sample.target, -sample.score, sample_weight=sample.weights, drop_intermediate=False
    )

    # A point inside a run of one class adds nothing: the area and its error are the same without
    # it. On a slanted line both classes have rows at each point, which the error depends on.
    moves = np.column_stack([np.diff(nonevents), np.diff(events)]) > 0.0
    goes_on = (moves[1:] == moves[:-1]).all(axis=1) & (moves[1:].sum(axis=1) == 1)
    corners = np.flatnonzero(np.r_[True, ~goes_on, True])
    gap = int(np.argmax(np.abs(events - nonevents)))
    shown, is_thinned = corners, len(corners) > _MOST_POINTS_OF_A_CURVE
    if is_thinned:
        spaced = np.linspace(0, len(corners) - 1, _MOST_POINTS_OF_A_CURVE).astype(int)
        shown = np.unique(np.append(corners[spaced], gap))

    return {
        "score": -cuts[shown],
        "nonevents": nonevents[shown],
        "events": events[shown],
        "cut_off": -cuts[gap],
        "thinned": is_thinned,
    }


def _gains(sample: Sample, level: float) -> pd.DataFrame:
    """Gather rows with like scores, the riskiest first; ends are those of the score."""
    gains = gains_table(sample.target, -sample.score, sample_weight=sample.weights, level=level)
    ends = {"score_low": -gains["score_high"], "score_high": -gains["score_low"]}
    return gains.assign(**ends)


def _histogram(sample: Sample, edges: FloatArray) -> dict[str, FloatArray]:
    counts = {}
    for name, code in (("nonevents", 0.0), ("events", 1.0)):
        of_class = sample.target == code
        weights = None if sample.weights is None else sample.weights[of_class]
        counts[name] = np.histogram(sample.score[of_class], edges, weights=weights)[0]
    return counts


def calibration_section(subject: Subject) -> dict[str, Any]:
    """Predicted against observed event rates, calibration line, fit, rating grades."""
    level, scale = subject.settings.level, subject.settings.scale
    calibration: dict[str, Any] = {
        "measures": [],
        "tests": [],
        "groups": {},
        "grades": None if scale is None else {},
    }
    for sample in subject.samples:
        rows = (sample.target, sample.probability)
        options: dict[str, Any] = {"sample_weight": sample.weights, "level": level}
        lines = {"observed / expected events (1 = level holds)": _observed_expected(sample)}

        # Of a probability of 0 or 1 the log odds are infinite, so that no line can be fitted.
        has_log_odds = sample.probability.min() > 0.0 and sample.probability.max() < 1.0
        if has_log_odds:
            lines |= _calibration_line(sample)
            calibration["tests"].append(_goodness_of_fit(sample))
        calibration["measures"] += [
            _measure(name, sample.name, estimate) for name, estimate in lines.items()
        ]

        calibration["groups"][sample.name] = calibration_table(*rows, **options)
        if scale is not None:
            calibration["grades"][sample.name] = grade_table(scale, *rows, **options)
    return {"calibration": calibration}


def _observed_expected(sample: Sample) -> Estimate:
    return observed_expected_ratio(sample.target, sample.probability, sample_weight=sample.weights)


def _calibration_line(sample: Sample) -> dict[str, Estimate]:
    """Intercept and slope in log odds; one probability for all rows has no slope."""
    y, probability, weights = sample.target, sample.probability, sample.weights
    intercept = calibration_intercept(y, probability, sample_weight=weights)
    line: dict[str, Estimate] = {"intercept (0 = level holds)": intercept}
    if np.ptp(probability) > 0.0:
        slope = calibration_slope(y, probability, sample_weight=weights)
        line["slope (1 = spread holds)"] = slope
    return line


def _goodness_of_fit(sample: Sample) -> dict[str, Any]:
    # on the rows of the fit the statistic has fewer degrees of freedom
    test = hosmer_lemeshow(
        sample.target,
        sample.probability,
        fitted=sample.name == "train",
        sample_weight=sample.weights,
    )
    return {
        "sample": sample.name,
        "statistic": test.statistic,
        "degrees_of_freedom": test.degrees_of_freedom,
        "p_value": test.p_value,
    }


def score_table(sample: Sample, edges: FloatArray, group: LabelArray | None = None) -> CountTable:
    """Count rows by score band, class and group."""
    codes, labels = _bands_of_rows(sample, edges)
    return CountTable.from_codes(codes, sample.target, group, sample.weights, labels=labels)


def _score_bands(sample: Sample, edges: FloatArray) -> AnyTable:
    """Add rows up by score band, whatever their target."""
    kind = sample.rows.kind
    if kind is None:
        return score_table(sample, edges)
    codes, labels = _bands_of_rows(sample, edges)
    return kind.table(codes, sample.target, labels, sample.weights)


def _bands_of_rows(sample: Sample, edges: FloatArray) -> tuple[IntArray, list[str]]:
    """Return the score band of each row, and the name of each band."""
    ends = ["-inf", *map(number_text, edges), "inf"]
    labels = [f"[{low}, {high})" for low, high in pairwise(ends)]
    return np.searchsorted(edges, sample.score, side="right"), labels


def stability_section(subject: Subject) -> dict[str, Any]:
    """Stability of the score and of every characteristic between training and hold-out rows."""
    train, other = subject.train, subject.holdout
    if other is None:
        return {"stability": None}

    entries = []
    if subject.model.score_name:
        bands = [_score_bands(sample, subject.score_edges) for sample in (train, other)]
        entries = [_stability("score", bands[0], bands[1], subject.settings.level, in_card=True)]
    entries += [
        _stability(
            name,
            counts[train.name],
            counts[other.name],
            subject.settings.level,
            in_card=columns.in_card,
        )
        for columns in subject.columns
        for name, counts in columns.counts.items()
    ]
    return {"stability": entries}


def _stability(
    name: str, expected: AnyTable, actual: AnyTable, level: float, *, in_card: bool
) -> dict[str, Any]:
    index = characteristic_stability(expected, actual)
    return {
        "feature": name,
        "in_card": in_card,
        "index": index,
        "n_bins": index.degrees_of_freedom + 1,
        "critical_value": index.critical_value(1.0 - level),
        "band": stability_band(index.value),
    }

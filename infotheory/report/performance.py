"""The sections on discrimination, calibration and stability."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.metrics import roc_curve

from infotheory._typing import FloatArray, LabelArray
from infotheory.evidence import area_under_curve, characteristic_stability, stability_band
from infotheory.inference import Estimate
from infotheory.report.characteristics import BinnedColumns
from infotheory.report.plain import estimate_entry, records
from infotheory.report.samples import Sample
from infotheory.scorecard import (
    MasterScale,
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

__all__ = [
    "calibration_section",
    "performance_section",
    "score_edges",
    "score_table",
    "stability_section",
]

_MOST_POINTS_OF_A_CURVE = 400


def performance_section(
    samples: Sequence[Sample], edges: FloatArray, level: float
) -> dict[str, Any]:
    """Area under the curve, Gini, Kolmogorov-Smirnov, Brier score, concentration, and the curves behind them.

    Parameters
    ----------
    samples : sequence of Sample
        Training rows, then hold-out rows where there are any.
    edges : ndarray
        Inner ends of the score bands.
    level : float
        Coverage of the intervals.

    Returns
    -------
    dict
        Keys measures, gains, curves, distribution.
    """
    measures, areas = [], []
    for sample in samples:
        options = {"sample_weight": sample.weights}
        bands = score_table(sample, edges)
        areas.append(area_under_curve(sample.target, -sample.score, **options))
        for name, estimate in (
            ("AUC", areas[-1]),
            ("Gini", gini_coefficient(sample.target, -sample.score, **options)),
            ("KS", kolmogorov_smirnov(sample.target, -sample.score, **options)),
            *_brier_parts(sample),
            ("Herfindahl index of the score bands", _concentration(bands)),
        ):
            measures.append(
                {"measure": name, "sample": sample.name, **estimate_entry(estimate, level)}
            )
    if len(areas) == 2 and areas[0].standard_error + areas[1].standard_error > 0.0:
        difference = auc_difference(*areas)
        measures.append(
            {
                "measure": "AUC, train − hold-out",
                "sample": "both",
                **estimate_entry(difference, level),
            }
        )
    cells = np.histogram_bin_edges(np.concatenate([sample.score for sample in samples]), bins=30)
    return {
        "measures": measures,
        "gains": {sample.name: _gains(sample) for sample in samples},
        "curves": {sample.name: _curve(sample) for sample in samples},
        "distribution": {
            "edges": cells,
            "samples": {sample.name: _histogram(sample, cells) for sample in samples},
        },
    }


def _curve(sample: Sample) -> dict[str, Any]:
    """Cumulative shares of the classes by score; thinned for the figure, the gap found before."""
    nonevents, events, cuts = roc_curve(sample.target, -sample.score, sample_weight=sample.weights)
    gap = int(np.argmax(np.abs(events - nonevents)))
    kept = np.unique(
        np.append(np.linspace(0, len(cuts) - 1, _MOST_POINTS_OF_A_CURVE).astype(int), gap)
    )
    return {
        "score": -cuts[kept],
        "nonevents": nonevents[kept],
        "events": events[kept],
        "cut_off": -cuts[gap],
    }


def _gains(sample: Sample) -> list[dict[str, Any]]:
    """Gather rows with like scores, the riskiest first; the ends are those of the score, higher is safer."""
    frame = gains_table(sample.target, -sample.score, sample_weight=sample.weights)
    ends = {"score_low": -frame["score_high"], "score_high": -frame["score_low"]}
    return records(frame.assign(**ends))


def _brier_parts(sample: Sample) -> list[tuple[str, Estimate]]:
    """Brier score and its parts: the score is reliability - resolution + uncertainty + within."""
    parts = brier_decomposition(sample.target, sample.probability, sample_weight=sample.weights)
    return [
        ("Brier score", parts.score),
        ("Brier score: reliability", parts.reliability),
        ("Brier score: resolution", parts.resolution),
        ("Brier score: uncertainty", parts.uncertainty),
        ("Brier score: within groups", parts.within),
    ]


def _concentration(bands: CountTable) -> Estimate:
    return herfindahl_index(
        bands.counts.sum(axis=1), squared_weights=bands.squared_weights.sum(axis=1)
    )


def _histogram(sample: Sample, edges: FloatArray) -> dict[str, FloatArray]:
    counts = {}
    for name, code in (("nonevents", 0.0), ("events", 1.0)):
        rows = sample.target == code
        weights = None if sample.weights is None else sample.weights[rows]
        counts[name] = np.histogram(sample.score[rows], edges, weights=weights)[0]
    return counts


def calibration_section(
    samples: Sequence[Sample], scale: MasterScale | None, level: float
) -> dict[str, Any]:
    """Predicted against observed event rates, calibration line, Hosmer-Lemeshow test, rating grades.

    Parameters
    ----------
    samples : sequence of Sample
        Training rows, then hold-out rows where there are any.
    scale : MasterScale, optional
        Rating grades.
    level : float
        Coverage of the intervals.

    Returns
    -------
    dict
        Keys measures, tests, groups (one list a sample), grades (one list a sample, or None without
        a scale). A sample in which a probability is 0 or 1 has no log odds, hence neither line nor
        test.
    """
    section: dict[str, Any] = {
        "measures": [],
        "tests": [],
        "groups": {},
        "grades": None if scale is None else {},
    }
    for sample in samples:
        rows = (sample.target, sample.probability)
        options: dict[str, Any] = {"sample_weight": sample.weights, "level": level}
        ratio = observed_expected_ratio(*rows, sample_weight=sample.weights)
        section["measures"].append(
            _measure("observed / expected events (1 = level holds)", sample, ratio, level)
        )
        if sample.probability.min() > 0.0 and sample.probability.max() < 1.0:
            section["measures"] += _lines(sample, level)
            section["tests"].append(_test(sample))
        section["groups"][sample.name] = records(calibration_table(*rows, **options))
        if scale is not None:
            section["grades"][sample.name] = records(grade_table(scale, *rows, **options))
    return section


def _lines(sample: Sample, level: float) -> list[dict[str, Any]]:
    y, probability, options = sample.target, sample.probability, {"sample_weight": sample.weights}
    lines = {"intercept (0 = level holds)": calibration_intercept(y, probability, **options)}
    if np.ptp(probability) > 0.0:
        lines["slope (1 = spread holds)"] = calibration_slope(y, probability, **options)
    return [_measure(name, sample, line, level) for name, line in lines.items()]


def _measure(name: str, sample: Sample, estimate: Estimate, level: float) -> dict[str, Any]:
    return {"measure": name, "sample": sample.name, **estimate_entry(estimate, level)}


def _test(sample: Sample) -> dict[str, Any]:
    fitted = sample.name == "train"
    test = hosmer_lemeshow(
        sample.target, sample.probability, fitted=fitted, sample_weight=sample.weights
    )
    return {
        "sample": sample.name,
        "statistic": test.statistic,
        "degrees_of_freedom": test.degrees_of_freedom,
        "p_value": test.p_value,
    }


def score_edges(train: Sample, n_bands: int = 10) -> FloatArray:
    """Inner ends of the score bands: quantiles of the score of the training rows.

    Parameters
    ----------
    train : Sample
        The training rows.
    n_bands : int
        Largest number of bands.

    Returns
    -------
    ndarray
        Ascending scores.
    """
    cuts = np.unique(
        np.quantile(train.score, np.arange(1, n_bands) / n_bands, method="inverted_cdf")
    )
    return np.asarray(cuts[cuts > train.score.min()])


def score_table(sample: Sample, edges: FloatArray, group: LabelArray | None = None) -> CountTable:
    """Count rows by score band, class and group.

    Parameters
    ----------
    sample : Sample
        The rows.
    edges : ndarray
        Inner ends of the bands.
    group : array-like, optional
        Group of each row.

    Returns
    -------
    CountTable
        One row a band, left-closed.
    """
    ends = ["-inf", *(f"{edge:.6g}" for edge in edges), "inf"]
    labels = [f"[{low}, {high})" for low, high in pairwise(ends)]
    codes = np.searchsorted(edges, sample.score, side="right")
    return CountTable.from_codes(codes, sample.target, group, sample.weights, labels=labels)


def stability_section(
    samples: Sequence[Sample], groups: Sequence[BinnedColumns], edges: FloatArray, level: float
) -> list[dict[str, Any]] | None:
    """Stability of the score and of every characteristic between training and hold-out rows.

    Parameters
    ----------
    samples : sequence of Sample
        Training rows, then hold-out rows.
    groups : sequence of BinnedColumns
        Columns inside and outside the model.
    edges : ndarray
        Inner ends of the score bands.
    level : float
        Coverage of the intervals; critical values are those of ``1 - level``.

    Returns
    -------
    list of dict or None
        The score first; None without hold-out rows.
    """
    if len(samples) < 2:
        return None
    train, other = samples[0], samples[1]
    pairs = [("score", True, score_table(train, edges), score_table(other, edges))]
    for group in groups:
        pairs += [
            (n, group.in_card, by[train.name], by[other.name]) for n, by in group.tables.items()
        ]
    entries = []
    for name, in_card, expected, actual in pairs:
        estimate = characteristic_stability(expected, actual)
        entries.append(
            {
                "name": name,
                "in_card": in_card,
                "index": estimate_entry(estimate, level),
                "bins": estimate.degrees_of_freedom + 1,
                "critical_value": estimate.critical_value(1.0 - level),
                "band": stability_band(estimate.value),
            }
        )
    return entries

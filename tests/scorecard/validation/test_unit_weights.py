"""Validation, decisions, monitoring: weights of 1 give the numbers of no weights bit for bit."""

import inspect
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

import infotheory.scorecard as face
from infotheory.inference import Estimate
from infotheory.scorecard import (
    CostTable,
    MasterScale,
    Scorecard,
    ScorecardMonitor,
    best_cut_off,
    brier_decomposition,
    brier_score,
    calibrate_to_rate,
    calibration_intercept,
    calibration_slope,
    calibration_table,
    concordance,
    cut_off_sweep,
    cut_offs_at_rates,
    deviance_explained,
    gains_table,
    gini_coefficient,
    grade_table,
    hosmer_lemeshow,
    kolmogorov_smirnov,
    mean_calibration,
    mean_calibration_table,
    mean_gains_table,
    migration_matrix,
    observed_expected_ratio,
    ordered_gini,
    reject_inference,
)

N = 400
RNG = np.random.default_rng(5)
SCORE = np.round(RNG.normal(size=N), 1)
P = 1.0 / (1.0 + np.exp(1.0 - SCORE))
Y = (RNG.random(N) < P).astype(int)
LOSS = RNG.beta(0.5 + P, 1.5)
POINTS = np.round(500.0 - 20.0 * SCORE)
LATER = POINTS + 5.0 * RNG.integers(-1, 2, N)
X = pd.DataFrame({"x": SCORE, "z": RNG.integers(0, 4, N).astype(float)})
MONTH = np.where(np.arange(N) % 2, "2026-05", "2026-06")
COSTS = CostTable(10, 30, 1, 2)
ONES = np.ones(N)


def monitored(w):
    """Reference and periods, in memory and on an engine: both read the weights."""
    monitor = ScorecardMonitor.from_reference(Scorecard(signs="free").fit(X, Y), X, Y, w)
    rows = X.assign(bad=Y, month=MONTH, w=ONES)
    column = None if w is None else "w"
    results = [
        monitor.compare(X, Y, w, periods=MONTH),
        monitor.compare_frame(rows, "bad", sample_weight=column, periods="month"),
        ScorecardMonitor.from_reference_frame(monitor.card, rows, "bad", sample_weight=column),
    ]
    return [monitor.to_json(), *results[:2], results[2].to_json()]


CALLS = {
    "gini_coefficient": lambda w: gini_coefficient(Y, P, sample_weight=w),
    "kolmogorov_smirnov": lambda w: kolmogorov_smirnov(Y, P, sample_weight=w),
    "gains_table": lambda w: gains_table(Y, P, sample_weight=w),
    "brier_score": lambda w: brier_score(Y, P, sample_weight=w),
    "brier_decomposition": lambda w: brier_decomposition(Y, P, sample_weight=w),
    "calibration_intercept": lambda w: calibration_intercept(Y, P, sample_weight=w),
    "calibration_slope": lambda w: calibration_slope(Y, P, sample_weight=w),
    "observed_expected_ratio": lambda w: observed_expected_ratio(Y, P, sample_weight=w),
    "hosmer_lemeshow": lambda w: hosmer_lemeshow(Y, P, sample_weight=w),
    "calibration_table": lambda w: calibration_table(Y, P, sample_weight=w),
    "grade_table": lambda w: grade_table(
        MasterScale((0.2, 0.5), (0.1, 0.3, 0.6)), Y, P, sample_weight=w
    ),
    "calibrate_to_rate": lambda w: [
        calibrate_to_rate(P, 0.2, sample_weight=w),
        *(calibrate_to_rate(P, 0.2, method=m, y=Y, sample_weight=w) for m in ("prior", "slope")),
    ],
    "migration_matrix": lambda w: migration_matrix(
        POINTS, LATER, splits=[480, 500, 520], sample_weight=w
    ),
    "cut_offs_at_rates": lambda w: cut_offs_at_rates(POINTS, [0.3, 0.7], sample_weight=w),
    "best_cut_off": lambda w: best_cut_off(Y, POINTS, COSTS, sample_weight=w),
    "cut_off_sweep": lambda w: cut_off_sweep(
        Y, POINTS, [480, 510], costs=COSTS, protected=MONTH, sample_weight=w
    ).to_frame(),
    "reject_inference": lambda w: reject_inference(
        Scorecard(signs="free").fit(X, Y), X, Y, X, bands=3, sample_weight=w, reject_weight=w
    ).to_frame(),
    "deviance_explained": lambda w: deviance_explained(
        LOSS, P, target_type="fraction", sample_weight=w
    ),
    "ordered_gini": lambda w: ordered_gini(LOSS, P, sample_weight=w),
    "concordance": lambda w: concordance(LOSS, P, sample_weight=w),
    "mean_calibration": lambda w: mean_calibration(
        LOSS, P, target_type="fraction", sample_weight=w
    ),
    "mean_calibration_table": lambda w: mean_calibration_table(
        LOSS, P, target_type="fraction", sample_weight=w
    ),
    "mean_gains_table": lambda w: mean_gains_table(LOSS, P, sample_weight=w),
    "ScorecardMonitor": monitored,
}


def numbers(result):
    """Everything that a result says, as text that holds every bit of a float."""
    if isinstance(result, Estimate):
        return [repr(result), repr(result.interval())]
    if isinstance(result, pd.DataFrame):
        return [result.columns.tolist(), result.to_numpy(object).tolist().__repr__()]
    if is_dataclass(result):
        return [numbers(getattr(result, field.name)) for field in fields(result)]
    if isinstance(result, list):
        return [numbers(part) for part in result]
    return repr(result.tolist() if isinstance(result, np.ndarray) else result)


@pytest.mark.parametrize("name", CALLS)
def test_no_weights_and_weights_of_one_are_the_same_bit_for_bit(name):
    assert numbers(CALLS[name](None)) == numbers(CALLS[name](ONES))


def test_every_public_function_that_takes_weights_is_called():
    def takes_weights(public):
        rooms = ("validation", "decisions")
        return (
            inspect.isfunction(public)
            and public.__module__.split(".")[2] in rooms
            and "sample_weight" in inspect.signature(public).parameters
        )

    named = {name for name in face.__all__ if takes_weights(getattr(face, name))}
    assert named == set(CALLS) - {"ScorecardMonitor"}

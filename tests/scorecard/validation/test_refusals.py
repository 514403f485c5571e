"""What cannot be estimated is refused in words that say what was wanted, and the way out."""

import numpy as np
import pytest

from infotheory.scorecard import (
    best_cut_off,
    calibrate_to_rate,
    concordance,
    cut_offs_at_rates,
    deviance_explained,
    gains_table,
    mean_calibration,
    ordered_gini,
)

Y = np.array([0, 1, 0, 1, 1, 0])
SCORE = np.array([3.0, 1.0, 4.0, 2.0, 2.5, 5.0])
AMOUNTS = np.array([0.0, 2.0, 1.0, 3.0, 0.5, 4.0])
NONE = np.zeros(0)
RATE = {"target_type": "rate"}
FRACTION = {"target_type": "fraction"}

CASES = {
    "a class without weight": (
        lambda: gains_table(Y, SCORE, sample_weight=1.0 - Y),
        "got one class with positive sample_weight: 0",
    ),
    "one level": (lambda: gains_table(Y, SCORE, level=1.0), "level must lie strictly between"),
    "no points": (lambda: cut_offs_at_rates(NONE, [0.5]), "points must hold at least one row"),
    "no costs": (lambda: best_cut_off(Y, SCORE, (1, 5)), "costs must be a CostTable, got tuple"),
    "no probabilities": (
        lambda: calibrate_to_rate(NONE, 0.1),
        "probability must hold at least one row",
    ),
    "one amount": (
        lambda: concordance(np.ones(4), np.arange(4.0)),
        "y must hold rows of different values, got 1 in all of them",
    ),
    "no weight at all": (
        lambda: concordance(AMOUNTS[:2], SCORE[:2], sample_weight=[0.0, 0.0]),
        "weight",
    ),
    "amounts that float64 hardly tells apart": (
        lambda: concordance(AMOUNTS * 1e-170, SCORE),
        "y must hold rows that differ by at least",
    ),
    "a prediction of nothing": (
        lambda: deviance_explained(AMOUNTS, AMOUNTS, **RATE),
        "mean must be positive for target_type='rate', got 0 in 1 of 6 rows",
    ),
    "a prediction of certainty": (
        lambda: deviance_explained(AMOUNTS / 4.0, np.ones(6), **FRACTION),
        "mean must be strictly between 0 and 1 for target_type='fraction', got 1 in 6 of 6 rows",
    ),
    "a prediction of no number": (
        lambda: deviance_explained(AMOUNTS, np.r_[np.nan, SCORE[1:]], **RATE),
        "mean must be finite, got nan",
    ),
    "predictions that are too far off": (
        lambda: deviance_explained(
            AMOUNTS, np.r_[1e-300, SCORE[1:] * 1e150], target_type="continuous"
        ),
        "mean must lie between -1e60 and 1e60",
    ),
    "an amount of nothing for gamma": (
        lambda: deviance_explained(AMOUNTS, SCORE, power=2.0, **RATE),
        "0",
    ),
    "rows of another number": (
        lambda: mean_calibration(AMOUNTS, SCORE[:3], **RATE),
        r"got .*\(3,\)",
    ),
    "negative amounts": (lambda: ordered_gini(-AMOUNTS, SCORE), "got"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_estimated_is_refused_with_its_reason(name):
    call, text = CASES[name]
    with pytest.raises(ValueError, match=text):
        call()


def test_the_same_calls_are_answered_where_nothing_is_wrong():
    """So that no refusal above is one of something else."""
    assert len(gains_table(Y, SCORE)) > 1
    assert cut_offs_at_rates(SCORE, [0.5]).points.tolist() in ([3.0], [2.75], [2.5])
    assert 0.0 <= concordance(AMOUNTS, SCORE).value <= 1.0
    assert np.isfinite(deviance_explained(AMOUNTS, SCORE, **RATE).value)
    assert np.isfinite(deviance_explained(AMOUNTS / 5.0, SCORE / 6.0, **FRACTION).value)
    assert mean_calibration(AMOUNTS, SCORE, **RATE).ratio.value == pytest.approx(
        AMOUNTS.sum() / SCORE.sum()
    )

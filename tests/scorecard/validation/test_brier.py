"""Brier score and its parts: by hand, identity, properties, coverage; observed over expected."""

import numpy as np
import pytest
from scipy import special, stats

from infotheory.exceptions import WithheldWarning
from infotheory.scorecard import brier_decomposition, brier_score, observed_expected_ratio
from infotheory.scorecard.validation.outcome_laws import EventRatioLaw
from tests.studies import Study


def sample(n=600, seed=0, shift=0.0):
    rng = np.random.default_rng(seed)
    p = special.expit(rng.normal(-1.5, 1.0, n))
    return (rng.random(n) < special.expit(special.logit(p) + shift)).astype(int), p


def test_three_groups_by_hand():
    y = np.repeat([0, 1, 0, 1, 0, 1], [9, 1, 6, 4, 2, 8])
    p = np.repeat([0.2, 0.4, 0.6], 10)
    parts = brier_decomposition(y, p, n_groups=3)
    rate = 13 / 30
    assert parts.reliability.value == pytest.approx((0.1**2 + 0.0 + 0.2**2) / 3)
    assert parts.resolution.value == pytest.approx(
        np.mean([(r - rate) ** 2 for r in (0.1, 0.4, 0.8)])
    )
    assert parts.uncertainty.value == pytest.approx(rate * (1 - rate))
    assert parts.within.value == pytest.approx(0.0, abs=1e-15)
    assert parts.reliability_bias == pytest.approx(np.mean([0.09, 0.24, 0.16]) / 9)
    assert parts.resolution_bias == pytest.approx(
        np.mean([0.09, 0.24, 0.16]) / 9 - rate * (1 - rate) / 29
    )
    assert parts.n_groups == 3


@pytest.mark.parametrize("weighted", [False, True])
def test_parts_add_up_to_the_score(weighted):
    y, p = sample()
    weights = np.random.default_rng(1).exponential(size=y.size) if weighted else None
    parts = brier_decomposition(y, p, sample_weight=weights)
    total = (
        parts.reliability.value
        - parts.resolution.value
        + parts.uncertainty.value
        + parts.within.value
    )
    single = brier_score(y, p, sample_weight=weights)
    assert parts.score.value == pytest.approx(single.value)
    assert total == pytest.approx(single.value)
    assert parts.score.standard_error == pytest.approx(single.standard_error)
    p_rounded = np.round(p, 1)
    assert brier_decomposition(
        y, p_rounded, n_groups=9999, sample_weight=weights
    ).within.value == pytest.approx(0, abs=1e-12)


def test_a_constant_prediction_of_the_rate_has_only_uncertainty():
    parts = brier_decomposition([0, 1, 0, 1], [0.5] * 4)
    assert (parts.within.value, parts.within.method) == (0.0, "exact")
    assert "do not differ inside a group" in parts.within.reason
    assert (parts.reliability.value, parts.resolution.value, parts.score.value) == (0.0, 0.0, 0.25)


def test_integer_weights_are_repeated_rows_for_the_values():
    y, p = sample(200)
    repeats = np.random.default_rng(2).integers(1, 4, y.size)
    weighted = brier_decomposition(y, p, sample_weight=repeats)
    repeated = brier_decomposition(np.repeat(y, repeats), np.repeat(p, repeats))
    for name in ("score", "reliability", "resolution", "uncertainty", "within"):
        assert getattr(weighted, name).value == pytest.approx(getattr(repeated, name).value)


def test_errors():
    with pytest.raises(
        ValueError, match=r"probability must lie between 0 and 1, got 1\.2 in row 1"
    ):
        brier_decomposition([0, 1], [0.2, 1.2])
    with pytest.raises(ValueError, match="n_groups must be an integer of at least 1, got 0"):
        brier_decomposition([0, 1], [0.2, 0.4], n_groups=0)
    with pytest.raises(
        ValueError, match="probabilities must not all be 0, got 2 rows without an expected event"
    ):
        observed_expected_ratio([0, 1], [0.0, 0.0])


def test_interval_of_nine_events_for_twelve():
    law = EventRatioLaw(events=9.0, expected=12.0, variance=0.9)
    assert law.interval(0.75, 0.0, 0.95) == pytest.approx((0.3856, 1.3305), abs=5e-5)


def test_observed_over_expected_by_hand():
    ratio = observed_expected_ratio(np.repeat([0, 1], [80, 20]), np.full(100, 0.1))
    assert ratio.value == pytest.approx(2.0)
    assert ratio.standard_error == pytest.approx(np.sqrt(80 * 0.2**2 + 20 * 0.8**2) / 10)
    assert ratio.p_value == pytest.approx(2 * stats.norm.sf(10 / 3))
    doubled = observed_expected_ratio(
        np.repeat([0, 1], [80, 20]), np.full(100, 0.1), sample_weight=np.full(100, 2.0)
    )
    assert (doubled.value, doubled.standard_error) == pytest.approx(
        (ratio.value, ratio.standard_error)
    )
    assert doubled.p_value == pytest.approx(ratio.p_value)
    certain = observed_expected_ratio([0, 1], [0.0, 1.0])
    assert (certain.value, certain.p_value) == (1.0, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0])
def test_coverage_of_the_parts(shift, weighted):
    """Ten given predictions, truth known; reliability is 0 at shift 0, so is its lower end."""
    rng = np.random.default_rng(3)
    levels = special.expit(np.linspace(-3.0, 0.5, 10))
    truth = special.expit(special.logit(levels) + shift)
    rate = truth.mean()
    values = {
        "reliability": np.mean((levels - truth) ** 2),
        "resolution": np.mean((truth - rate) ** 2),
        "uncertainty": rate * (1 - rate),
    }
    values["score"] = values["reliability"] - values["resolution"] + values["uncertainty"]
    # Two standard errors of 600 samples; where reliability is 0 its interval is wide.
    bounds = dict.fromkeys([*values, "ratio"], (0.925, 0.975)) | {"reliability": (0.925, 1.0)}
    if shift == 0.0:
        bounds["rejects"] = (0.035, 0.065)
    study, biased = Study(600, **bounds), []
    for _ in study:
        which = rng.integers(0, 10, 1500)
        y = (rng.random(1500) < truth[which]).astype(int)
        weights = 0.01 + rng.exponential(size=1500) if weighted else None
        parts = brier_decomposition(y, levels[which], n_groups=30, sample_weight=weights)
        found = {}
        for name, value in values.items():
            low, high = getattr(parts, name).interval()
            found[name] = low <= value <= high
        biased.append(parts.reliability.value - parts.reliability_bias - values["reliability"])
        ratio = observed_expected_ratio(y, levels[which], sample_weight=weights)
        low, high = ratio.interval()
        found["ratio"] = low <= rate / levels.mean() <= high
        if shift == 0.0:
            found["rejects"] = ratio.p_value < 0.05
        study.note(**found)
    study.check(f"shift {shift}, weighted {weighted}")
    assert abs(np.mean(biased)) < 4 * np.std(biased) / np.sqrt(len(biased))


def test_certain_probabilities_that_all_come_true_are_no_surprise():
    assert observed_expected_ratio([0, 1, 0, 1], [0.0, 1.0, 0.0, 1.0]).p_value == 1.0
    assert observed_expected_ratio([0, 1, 1, 0], [0.0, 1.0, 0.0, 1.0]).p_value == 0.0


@pytest.mark.parametrize("wrong", [1.0, 0.2])
def test_rows_of_one_loss_bound_nothing(wrong):
    estimate = brier_score([0, 1] * 5, [wrong, 1.0 - wrong] * 5)
    assert estimate.value == pytest.approx(wrong**2)
    assert estimate.interval() == (0.0, 1.0)


def test_parts_without_a_spread_have_no_interval():
    y = np.repeat([0, 1], 20)
    with pytest.warns(WithheldWarning, match="outcomes do not vary in any group"):
        parts = brier_decomposition(y, 0.9 * y + 0.05)
    assert parts.reliability.value == pytest.approx(0.0025)
    assert np.isnan(parts.reliability.interval()).all()
    low, high = parts.score.interval()
    assert (low, high) == brier_score(y, 0.9 * y + 0.05).interval()
    assert low < parts.score.value < high

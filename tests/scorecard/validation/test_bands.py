"""Bands of a score: groups, rates with their tests, concentration: by hand, scipy, errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infotheory.scorecard import calibration_table
from infotheory.scorecard.validation.bands import groups_by_rank


def sample(n=600, seed=0):
    rng = np.random.default_rng(seed)
    p = 1.0 / (1.0 + np.exp(1.5 - rng.normal(size=n)))
    return (rng.random(n) < p).astype(int), p


def test_groups_keep_equal_scores_together_and_have_no_gaps():
    score, mass = np.array([1.0, 2.0, 2.0, 2.0, 3.0, 4.0]), np.array([1.0, 4.0, 4.0, 4.0, 1.0, 0.0])
    assert groups_by_rank(score, mass, 4).tolist() == [0, 1, 1, 1, 2, 2]
    assert groups_by_rank(score, mass, 1).tolist() == [0] * 6
    # one weight of all rows, whatever it is, is none: the third of five lies right in the middle
    for weight in (0.1, 0.3, 1 / 3, 0.7, 3.3):
        groups = groups_by_rank(np.arange(5), np.full(5, weight), 2)
        assert groups.tolist() == [0, 0, 1, 1, 1]


def test_bands_by_hand():
    y = np.repeat([0, 1, 0, 1], [18, 2, 9, 1])
    p = np.repeat([0.05, 0.3], [20, 10])
    table = calibration_table(y, p, bands=np.repeat(["A", "B"], [20, 10]))
    assert table["band"].tolist() == ["A", "B"]
    np.testing.assert_allclose(table["event_rate"], [0.1, 0.1])
    np.testing.assert_allclose(table["expected_event_rate"], [0.05, 0.3])
    np.testing.assert_allclose(
        table["jeffreys_p_value"], stats.beta.cdf([0.05, 0.3], [2.5, 1.5], [18.5, 9.5])
    )
    np.testing.assert_allclose(
        table["binomial_p_value"], stats.binom.sf([1, 0], [20, 10], [0.05, 0.3])
    )
    smaller, larger = np.sort(table["binomial_p_value"])
    expected = np.minimum([2 * smaller, max(2 * smaller, larger)], 1.0)
    np.testing.assert_allclose(np.sort(table["adjusted_p_value"]), expected)
    np.testing.assert_allclose(table["low"], stats.beta.ppf(0.025, [2.5, 1.5], [18.5, 9.5]))
    np.testing.assert_allclose(table["high"], stats.beta.ppf(0.975, [2.5, 1.5], [18.5, 9.5]))


def test_band_without_events():
    table = calibration_table([0, 0, 0, 1], [0.1, 0.1, 0.4, 0.4], bands=[0, 0, 1, 1])
    assert table.loc[0, "low"] == 0.0
    assert table.loc[0, "binomial_p_value"] == 1.0
    assert table.loc[0, "jeffreys_p_value"] == pytest.approx(stats.beta.cdf(0.1, 0.5, 2.5))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 10), st.floats(0.1, 20.0))
def test_bands_add_up_and_scaled_weights_change_nothing_but_counts(seed, n_groups, scale):
    y, p = sample(80, seed)
    y[:2] = 0, 1
    weights = np.random.default_rng(seed).random(80) + 0.1
    table = calibration_table(y, p, n_groups=n_groups, sample_weight=weights)
    assert table["count"].sum() == pytest.approx(weights.sum())
    assert (table["expected_event_rate"].diff().dropna() > 0).all()
    scaled = calibration_table(y, p, n_groups=n_groups, sample_weight=scale * weights)
    columns = [
        "expected_event_rate",
        "event_rate",
        "low",
        "high",
        "jeffreys_p_value",
        "binomial_p_value",
    ]
    np.testing.assert_allclose(table[columns], scaled[columns], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: calibration_table([0, 1], [0.5, 0.5], bands=[1]), r"bands must have shape \(2,\)"),
        (
            lambda: calibration_table([0, 1], [0.5, 0.5], n_groups=0),
            "n_groups must be an integer of at least 1, got 0",
        ),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()

"""Models of series without transfer: lags far apart, short trials and gaps."""

import numpy as np
import pytest
from scipy import signal

from infotheory.estimation.series.memory.linear_model import PairWithoutTransfer
from infotheory.estimation.series.signals import measured_signal, read_trials


def season(n_steps, rng, *, period=12, near=0.0):
    weights = np.zeros(period + 2)
    weights[[0, 1, period, period + 1]] = 1.0, -near, -0.8, 0.8 * near
    return signal.lfilter([1], weights, rng.normal(size=n_steps + 500))[500:]


def fit(target, source, *, trials=None, reach=1):
    signals = [
        None if one is None else measured_signal("x", one, omit=True, density=False)
        for one in (target, source)
    ]
    return PairWithoutTransfer.fit(*signals, (), read_trials(trials, len(target)), reach)


def test_a_season_is_found_beyond_the_lags_that_follow_one_another():
    rng = np.random.default_rng(0)
    model = fit(season(400, rng), season(400, rng))
    assert 12 in model.lags.tolist()
    assert 0.5 < model.weights[model.lags.tolist().index(12), 0, 0] < 1.0
    drawn = model.draw(50, np.random.default_rng(1))[:, :, 0]
    centered = drawn - drawn.mean(axis=1, keepdims=True)
    again = (centered[:, 12:] * centered[:, :-12]).sum(axis=1) / (centered**2).sum(axis=1)
    assert again.mean() == pytest.approx(0.8, abs=0.15)


def test_lags_of_a_season_and_of_the_step_before_come_together():
    lags = fit(season(600, np.random.default_rng(2), near=0.6), None).lags.tolist()
    assert {1, 12} <= set(lags)


def test_a_series_without_a_season_has_none():
    rng = np.random.default_rng(3)
    found = [fit(*signal.lfilter([1], [1, -0.9], rng.normal(size=(2, 300)))) for _ in range(50)]
    assert sum(max(one.lags) > 8 for one in found) <= 3


def test_lags_that_no_step_takes_are_left_out():
    x = signal.lfilter([1], [1, -0.9], np.random.default_rng(4).normal(size=500))
    model = fit(x, None)
    assert model.lags.tolist() == list(range(1, len(model.lags) + 1))
    assert np.abs(model.weights).max(axis=(1, 2)).all()


def test_short_trials_and_gaps_have_a_model():
    """Eight steps a trial hold no past of eight steps; one of fewer they do."""
    rng = np.random.default_rng(5)
    trials = np.repeat(np.arange(60), 8)
    x, y = np.cumsum(rng.normal(size=(2, 480)), axis=1)
    model = fit(x, y, trials=trials)
    assert max(model.lags) <= 4
    assert model.stays.reshape(60, 8).sum(axis=1).tolist() == [max(model.lags)] * 60

    x[rng.random(480) < 0.15] = y[rng.random(480) < 0.15] = np.nan
    assert max(fit(x, y).lags) <= 4
    x[::2] = np.nan
    assert fit(x, y) is None


def test_shifts_stay_inside_trials():
    rng = np.random.default_rng(6)
    target, source = rng.normal(size=(2, 60))
    trials = read_trials(np.repeat([0, 1], [20, 40]), 60)
    shifted = fit(target, source).shifted(np.array([0.25, 0.5]), trials)
    centered = source - source.mean()
    for drawn, share in zip(shifted, (0.25, 0.5), strict=True):
        assert drawn[:, 0] == pytest.approx(target - target.mean())
        for part in (slice(0, 20), slice(20, 60)):
            by = round(share * centered[part].size)
            assert drawn[part, 1] == pytest.approx(np.roll(centered[part], by))

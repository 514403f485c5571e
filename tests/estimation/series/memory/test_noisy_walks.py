"""Walks beneath noise: how much of a step is noise, and what is drawn of it."""

import numpy as np
import pytest

from infotheory.estimation.series.memory.noisy_walks import NoisyWalks
from tests.estimation.series.processes import autoregressive


def walks(n_steps, noise, rng):
    return np.cumsum(rng.normal(size=n_steps)) + noise * rng.normal(size=n_steps)


def fitted(series, gaps=None):
    return NoisyWalks(series, np.zeros(series.shape, dtype=bool) if gaps is None else gaps)


def share_of(noise):
    """Share that gives steps their variance ``1 + 2 s^2`` and covariance ``-s^2``."""
    ratio = noise**2 / (1.0 + 2.0 * noise**2)
    return (1.0 - np.sqrt(1.0 - 4.0 * ratio**2)) / (2.0 * ratio)


@pytest.mark.parametrize("noise", [1.0, 3.0, 8.0])
def test_draws_have_the_steps_of_walks_beneath_noise(noise):
    rng = np.random.default_rng(0)
    series = np.column_stack([walks(3000, noise, rng) for _ in range(2)])
    found = fitted(series)
    assert found._shares == pytest.approx(share_of(noise), abs=0.06)

    steps = np.diff(found.draw(20, rng), axis=1)
    variance, covariance = 1.0 + 2.0 * noise**2, -(noise**2)
    assert (steps**2).mean(axis=(0, 1)) == pytest.approx(variance, rel=0.1)
    assert (steps[:, 1:] * steps[:, :-1]).mean(axis=(0, 1)) == pytest.approx(covariance, rel=0.15)
    assert abs((steps[:, 2:] * steps[:, :-2]).mean()) < 0.05 * variance


def test_walks_without_noise_and_series_that_come_back_are_none():
    rng = np.random.default_rng(1)
    without = np.cumsum(rng.normal(size=(500, 2)), axis=0)
    assert not fitted(without).may_be(np.diff(without, axis=0))
    # One that comes back is told by its shocks, of variance 1, from a walk.
    back = autoregressive([0.5], 500, rng) + 0.5 * rng.normal(size=500)
    noisy = walks(500, 3.0, rng)
    shocks = np.column_stack([rng.normal(size=500), 9.0 * rng.normal(size=500)])
    assert not fitted(np.column_stack([back, noisy])).may_be(shocks)
    both = np.column_stack([noisy, walks(500, 3.0, rng)])
    assert fitted(both).may_be(fitted(both)._shocks)


def test_shocks_of_one_step_are_drawn_together():
    rng = np.random.default_rng(2)
    shared = np.cumsum(rng.normal(size=800))[:, None] + 2.0 * rng.normal(size=(800, 1))
    drawn = fitted(np.hstack([shared, -shared])).draw(3, rng)
    assert drawn[:, :, 0] == pytest.approx(-drawn[:, :, 1])


def test_steps_without_a_value_lie_between_those_beside_them():
    rng = np.random.default_rng(3)
    whole = walks(1000, 3.0, rng)[:, None]
    gaps = rng.random(whole.shape) < 0.05
    # What stands in a gap is none of the series.
    found = fitted(np.where(gaps, 1e6, whole), gaps)
    assert found._shares == pytest.approx(fitted(whole)._shares, abs=0.1)


def test_a_line_is_a_walk_without_shocks():
    found = fitted(np.arange(50.0)[:, None])
    assert not found.may_be(np.zeros((49, 1)))
    assert (found.draw(2, np.random.default_rng(4)) == 0.0).all()

"""The long-run factor against sums of autocovariances that are written out."""

import numpy as np
import pytest

from infotheory.estimation._row_memory import autocorrelations
from infotheory.estimation.series.memory.long_run import (
    have_cycles,
    long_run_factor,
    longest_memory,
    shared_memory,
)


def by_hand(terms, steps, trials):
    """Geyer's sum over all pairs of steps of one trial."""
    centered = terms - terms.mean()
    apart = steps[:, None] - steps
    same = trials[:, None] == trials
    later = apart >= 0
    products = (np.outer(centered, centered) * same)[later]
    of_lag = np.bincount(apart[later], products, minlength=np.ptp(steps) + 4)
    total, lag = 0.0, 0
    while lag < np.ptp(steps) + 2:
        pair = of_lag[lag] + of_lag[lag + 1]
        if pair <= 0.0:
            break
        total, lag = total + pair, lag + 2
    return max(0.1, 2.0 * total / (centered @ centered) - 1.0)


def smooth(n_steps, memory, rng):
    series = rng.normal(size=n_steps)
    for t in range(1, n_steps):
        series[t] += memory * series[t - 1]
    return series


@pytest.mark.parametrize("memory", [-0.9, -0.3, 0.0, 0.6, 0.95])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("n_trials", [1, 3, 7])
def test_it_is_the_sum_inside_trials(memory, gaps, n_trials):
    rng = np.random.default_rng(n_trials)
    terms = smooth(300, memory, rng)
    there = np.sort(rng.choice(300, 240, replace=False)) if gaps else np.arange(300)
    lengths = rng.multinomial(300 - n_trials, np.full(n_trials, 1 / n_trials)) + 1
    trials = np.repeat(np.arange(n_trials), lengths)
    found = long_run_factor(terms[there], there + 5, trials[there] if n_trials > 1 else None)
    assert found == pytest.approx(by_hand(terms[there], there, trials[there]), rel=1e-10)


def test_a_transform_beyond_500_lags_gives_the_same():
    rng = np.random.default_rng(0)
    trend = np.cumsum(rng.normal(size=4000))
    steps, one = np.arange(4000), np.zeros(4000, dtype=int)
    assert long_run_factor(trend) == pytest.approx(by_hand(trend, steps, one), rel=1e-9)
    halves = np.repeat([0, 1], 2000)
    found = long_run_factor(trend, steps, halves)
    assert found == pytest.approx(by_hand(trend, steps, halves), rel=1e-9)


def test_many_trials_are_compared_by_their_sums():
    rng = np.random.default_rng(1)
    levels = rng.normal(size=200)
    trials = np.repeat(np.arange(200), 8)
    terms = levels[trials] + rng.normal(size=1600)
    # Each trial has variance 8 + 8^2 of its sum, each term variance 2.
    assert long_run_factor(terms, np.arange(1600), trials) == pytest.approx(4.5, rel=0.2)


def test_what_alternates_has_a_smaller_error_than_independent_terms():
    rng = np.random.default_rng(2)
    assert long_run_factor(smooth(20_000, -0.5, rng)) == pytest.approx(1 / 3, abs=0.05)
    assert long_run_factor(np.tile([1.0, -1.0], 50)) == 0.1
    assert long_run_factor(np.full(10, 0.3)) == 1.0


def test_autocorrelations_are_sums_of_products():
    columns = np.random.default_rng(8).normal(size=(101, 2))
    found = autocorrelations(columns)
    assert len(found) == 26
    for lag in (0, 1, 7, 25):
        products = (columns[lag:] * columns[: 101 - lag]).sum(axis=0)
        assert found[lag] == pytest.approx(products / (columns**2).sum(axis=0))


def test_shared_memory_knows_of_seasons():
    """The lags that follow one another remember nothing."""
    rng = np.random.default_rng(9)
    x, y = (smooth_every(12, 600, 0.8, rng) for _ in range(2))
    # 1 + 2 sum_k .8^2k, of which the far ones are noise.
    assert 2.0 < shared_memory(x, y) < 6.0
    assert shared_memory(*rng.normal(size=(2, 600))) == pytest.approx(1.0, abs=0.1)
    assert not have_cycles(*rng.normal(size=(2, 600)))
    waves = np.cos(np.arange(600) / 3.0) + rng.normal(size=(2, 600))
    assert have_cycles(*waves)
    assert not have_cycles(waves[0], rng.normal(size=600))


def smooth_every(period, n_steps, memory, rng):
    series = rng.normal(size=n_steps)
    for t in range(period, n_steps):
        series[t] += memory * series[t - period]
    return series


def test_the_column_that_remembers_the_most_stands_for_all():
    rng = np.random.default_rng(10)
    white, red = rng.normal(size=300), smooth(300, 0.9, rng)
    assert (longest_memory(np.column_stack([white, red])) == red).all()
    assert (longest_memory(np.column_stack([red, white])) == red).all()

"""Levels that drift in both of two series: their tests are said to be uncertain."""

import warnings

import numpy as np
import pytest

from infotheory.estimation import (
    lagged_mutual_information,
    transfer_entropy,
    transfer_network,
)
from infotheory.estimation.series.memory.trends import doubt_of_trends
from infotheory.estimation.series.signals import label_signal, measured_signal, read_trials
from infotheory.exceptions import ApproximationWarning
from tests.estimation.series.processes import autoregressive, sticky

LINE = np.linspace(-1.0, 1.0, 300)


def drifting_labels(rng):
    """Labels of which the share of one goes from .2 to .8."""
    return (rng.random(300) < 0.5 + 0.3 * LINE).astype(int)


def is_told(x, y, trials=None):
    first, second = (
        label_signal("x", one, omit=True, joint=False)
        if one.dtype.kind == "i"
        else measured_signal("x", one, omit=True, density=False)
        for one in (x, y)
    )
    spans = read_trials(trials, len(x))
    return doubt_of_trends(first, second, spans) is not None


def test_what_drifts_in_both_is_told_and_what_drifts_in_one_is_not():
    rng, n_told, n_of_one = np.random.default_rng(0), 0, 0
    for _ in range(20):
        n_told += is_told(drifting_labels(rng), rng.normal(size=300) + LINE)
        n_of_one += is_told(drifting_labels(rng), rng.normal(size=300))
    assert n_told >= 18
    assert n_of_one == 0


def test_memory_and_noise_are_no_drift():
    rng = np.random.default_rng(1)
    kinds = {
        "noise": lambda: rng.normal(size=300),
        "labels": lambda: rng.integers(4, size=300),
        "autoregression": lambda: autoregressive([0.9], 300, rng),
        "chain": lambda: sticky(0.95, 300, rng),
        "hidden": lambda: (sticky(0.95, 300, rng) + (rng.random(300) < 0.2)) % 2,
        "wave": lambda: np.sin(np.arange(300) / 3.0 + rng.random()) + 0.1 * rng.normal(size=300),
    }
    # Of pairs of a kind .004 are told at most.
    for name, draw in kinds.items():
        assert sum(is_told(draw(), draw()) for _ in range(40)) <= 1, name


def test_gaps_and_trials_and_constants():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 300)) + LINE
    assert not is_told(x, y, trials=np.repeat([0, 1], 150))
    x[rng.random(300) < 0.2] = np.nan
    assert is_told(x, y)
    step = (LINE > 0.0).astype(int)
    assert not is_told(np.zeros(300, dtype=int), step)


@pytest.mark.parametrize("options", [{}, {"n_permutations": 39, "rng": 0}], ids=["law", "shift"])
def test_transfer_of_what_drifts_in_both_is_said_to_be_uncertain(options):
    rng = np.random.default_rng(3)
    cases = [(drifting_labels(rng), drifting_labels(rng), "plugin") for _ in range(20)]
    cases += [(*(rng.normal(size=(2, 300)) + LINE), "gaussian") for _ in range(5)]
    for x, y, method in cases:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            found = transfer_entropy(x, y, method=method, **options)
        told = [one for one in said if "levels of both series" in str(one.message)]
        assert len(told) <= 1
        assert bool(told) == (found.p_value <= 0.2) or len(said) > len(told)
        assert all(one.filename == __file__ for one in told)


def test_the_time_as_a_condition_is_the_way_out():
    rng = np.random.default_rng(4)
    time, n_rejected = np.arange(300), 0
    for _ in range(10):
        x, y = drifting_labels(rng), drifting_labels(rng)
        stretches = transfer_entropy(x, y, conditions=time * 4 // 300, condition_lags=0)
        x, y = rng.normal(size=(2, 300)) + LINE
        lines = transfer_entropy(x, y, conditions=time, condition_lags=0, method="gaussian")
        n_rejected += (stretches.p_value < 0.05) + (lines.p_value < 0.05)
    assert n_rejected <= 4


@pytest.mark.parametrize("method", ["gaussian", "plugin"])
def test_links_of_what_drifts_in_both_are_said_to_be_uncertain(method):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(300, 2)) + 1.5 * LINE[:, None]
    X = X if method == "gaussian" else (X > 0.0).astype(int)
    with pytest.warns(ApproximationWarning, match="uncertain p-values.*levels of both series"):
        transfer_network(X, max_lag=1, method=method, rng=0)


@pytest.mark.parametrize("method", ["gaussian_copula", "plugin"])
def test_lags_of_what_drifts_in_both_are_said_to_be_uncertain(method):
    rng = np.random.default_rng(6)
    options = {"max_lag": 1, "method": method, "n_permutations": 19, "rng": 0}
    X = rng.normal(size=(2, 300)) + 1.5 * LINE
    X = X if method == "gaussian_copula" else (X > 0.0).astype(int)
    with pytest.warns(ApproximationWarning, match="levels of both series.*as trials"):
        lagged_mutual_information(*X, **options)
    # Of one that drifts nothing is said, nor of stretches.
    still = rng.integers(2, size=300) if method == "plugin" else rng.normal(size=300)
    lagged_mutual_information(X[0], still, **options)
    lagged_mutual_information(*X, trials=np.arange(300) // 38, **options)

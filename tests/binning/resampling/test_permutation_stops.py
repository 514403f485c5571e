"""Draws that need no search, and tests that stop when they have seen enough."""

import re

import numpy as np
import pytest
from scipy import stats

from infotheory.binning import OptimalBinner, PermutationResult, StumpBinner, permutation_test
from infotheory.binning.prebins.grouping import Promise, group_counts, promise_of
from infotheory.binning.resampling import permutation
from infotheory.binning.resampling.bounds import most_information
from infotheory.cells import BinSpec
from infotheory.datasets import make_portfolio
from infotheory.tables import CountTable


@pytest.fixture(scope="module")
def sample():
    """Some effects, noise, levels and missing values; few events, so that cells lack a class."""
    made = make_portfolio(
        500,
        numeric=[0.15, 0.03, 0.0],
        categorical=[0.1, 0.0],
        event_rate=0.2,
        missing_rate=0.05,
        random_state=1,
    )
    return made.X, made.y


def searched_all(monkeypatch):
    """Let every draw be searched."""
    monkeypatch.setattr(
        permutation, "most_information", lambda _spec, counts, *_: np.full(len(counts), np.inf)
    )


OPTIONS = {
    "auto": {},
    "any order": {"monotonic_trend": None},
    "one way": {"monotonic_trend": "descending", "divergence": "js"},
    "peak, empty classes": {
        "monotonic_trend": "peak",
        "min_bin_n_event": 0,
        "min_bin_n_nonevent": 0,
    },
    "valley": {"monotonic_trend": "valley", "max_n_prebins": 60, "min_bin_size": 0.01},
    "curved": {"monotonic_trend": "convex", "max_n_prebins": 8},
    "a number of rows": {"zero_cells": 0.5},
    "of a feature": {"feature_params": {"number_1": {"monotonic_trend": "ascending"}}},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))
@pytest.mark.parametrize("weighted", [False, True])
def test_draws_that_are_not_searched_change_no_digit(sample, monkeypatch, options, weighted):
    X, y = sample
    weights = np.random.default_rng(3).uniform(0.5, 2.0, len(y)) if weighted else None
    arguments = {"n_permutations": 20, "sample_weight": weights, "rng": 7, "stop_after": None}
    bounded = permutation_test(OptimalBinner(**options), X, y, **arguments)
    searched_all(monkeypatch)
    assert permutation_test(OptimalBinner(**options), X, y, **arguments) == bounded


def test_few_draws_of_an_effect_are_searched(sample, monkeypatch):
    searches = []
    value = permutation._information_value
    monkeypatch.setattr(
        permutation,
        "_information_value",
        lambda *arguments, **options: searches.append(1) or value(*arguments, **options),
    )
    made = make_portfolio(5000, numeric=[0.2], categorical=[], event_rate=0.1, random_state=0)
    result = permutation_test(OptimalBinner(), made.X, made.y, n_permutations=199, rng=0)[
        "number_0"
    ]
    assert result.p_value == 1 / 200
    assert len(searches) < 10


@pytest.mark.parametrize("trend", ["auto", "ascending", "descending", "peak", "valley", None])
@pytest.mark.parametrize("kind", ["numerical", "categorical"])
def test_no_bins_tell_more_than_the_bound(trend, kind):
    """On counts with every trend, with cells that lack a class, in bins of any limits."""
    rng = np.random.default_rng(5)
    reached = 0.0
    for case in range(60):
        m = int(rng.integers(2, 12))
        totals = rng.integers(1, 60, m + 1)
        slope = rng.choice([-2.0, 0.0, 2.0]) * np.linspace(-1.0, 1.0, m + 1) ** rng.choice([1, 2])
        events = rng.binomial(totals, 1.0 / (1.0 + np.exp(1.0 + slope)))
        counts = np.column_stack([totals - events, events]).astype(float)
        if (counts[:m].sum(axis=0) == 0.0).any():
            continue

        spec = (
            BinSpec(name="x", kind="numerical", splits=tuple(np.arange(1.0, m)))
            if kind == "numerical"
            else BinSpec(
                name="x", kind="categorical", levels=tuple((f"l{i:02}",) for i in range(m))
            )
        )
        table = CountTable(spec.labels, counts, counts)
        size = rng.choice([0.0, 0.05, 0.2])
        binner = OptimalBinner(monotonic_trend=trend, min_bin_size=size)
        groups = group_counts(binner, spec, table).new_codes(spec)[:-1]
        merged = table.merge(groups).counts
        merged = merged + 0.5 * (merged == 0.0).any(axis=1, keepdims=True)
        p, q = (merged / merged.sum(axis=0)).T
        value = float(((p - q) * np.log(p / q)).sum())
        (bound,) = most_information(
            spec, counts[None], counts[None], "haldane", promise_of(binner, spec)
        )
        assert value <= bound, case
        reached += np.isfinite(bound) and value > 0.5 * bound
    assert reached > 5  # a bound far away would say nothing


def test_what_is_not_known_is_not_bounded():
    spec = BinSpec(name="x", kind="numerical", splits=(1.0, 2.0))
    counts = np.array([[[5.0, 5.0], [6.0, 4.0], [3.0, 0.0], [0.0, 0.0]]])
    promised = promise_of(OptimalBinner(), spec)
    assert np.isfinite(most_information(spec, counts, counts, "haldane", promised)).all()
    for squared, zero_cells, promise in (
        (counts, 0.5, promised),  # added to each bin, so that more bins may tell less
        (
            counts,
            "haldane",
            promised._replace(both_classes=False),
        ),  # a bin without events is filled up
        (2.0 * counts, "haldane", promised),  # the least weight of a row is not known
    ):
        assert most_information(spec, counts, squared, zero_cells, promise) == np.inf
    missing = np.array([[[5.0, 5.0], [6.0, 4.0], [3.0, 1.0], [2.0, 0.0]]])
    assert most_information(spec, missing, missing, "error", promised) == np.inf
    assert promise_of(StumpBinner(monotonic_trend="ascending"), spec) == Promise()
    assert most_information(spec, missing, missing, "haldane", Promise()) == np.inf


def law_of_sequential_test(p, n, stop_after):
    """Probability of every outcome (p-value, draws, stopped) where draws exceed with chance p."""
    draws = np.arange(stop_after, n + 1)
    chances = stats.nbinom.pmf(draws - stop_after, stop_after, p)
    outcomes = [(stop_after / k, int(k), True) for k in draws]
    exceeding = np.arange(stop_after)
    outcomes += [((1 + k) / (1 + n), n, False) for k in exceeding.tolist()]
    return outcomes, np.concatenate([chances, stats.binom.pmf(exceeding, n, p)])


@pytest.mark.parametrize(("n", "stop_after"), [(199, 20), (99, 20), (39, 5), (199, 1)])
def test_p_values_of_a_test_that_stops_are_exact(n, stop_after):
    """Under the null hypothesis the chance p is uniform: P(p-value <= a) is a where it can be."""
    grid = (np.arange(2000) + 0.5) / 2000
    laws = [law_of_sequential_test(p, n, stop_after) for p in grid]
    values = np.array([value for value, *_ in laws[0][0]])
    chances = np.mean([weights for _, weights in laws], axis=0)
    assert chances.sum() == pytest.approx(1.0)
    for level in values:
        assert chances[values <= level].sum() == pytest.approx(level, abs=2e-3)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_of_p_values_cover(level):
    """Jeffreys's interval has its level on average, and misses it little anywhere."""
    covered = []
    for p in np.linspace(0.05, 0.95, 60):
        outcomes, chances = law_of_sequential_test(p, 199, 20)
        ends = np.array([PermutationResult(0.1, *outcome).interval(level) for outcome in outcomes])
        covered.append(chances[(ends[:, 0] <= p) & (p <= ends[:, 1])].sum())
    assert np.mean(covered) == pytest.approx(level, abs=0.01)
    assert min(covered) > level - 0.1


def test_noise_stops_and_effects_are_drawn_in_full(sample):
    X, y = sample
    results = permutation_test(OptimalBinner(), X, y, n_permutations=199, rng=0)
    noise, effect = results["number_2"], results["number_0"]
    assert noise.stopped
    assert noise.p_value == 20 / noise.n_permutations
    assert noise.n_permutations < 199
    assert not effect.stopped
    assert effect.n_permutations == 199
    every = permutation_test(OptimalBinner(), X, y, n_permutations=199, rng=0, stop_after=None)
    assert every["number_0"] == effect
    assert noise.interval(0.99)[0] <= every["number_2"].p_value <= noise.interval(0.99)[1]


@pytest.mark.parametrize("stop_after", [0, -1, 1.5, True, "20"])
def test_bad_numbers_to_stop_after(sample, stop_after):
    message = "stop_after must be an integer of at least 1, or None for all draws, got "
    with pytest.raises(ValueError, match=re.escape(f"{message}{stop_after!r}")):
        permutation_test(OptimalBinner(), *sample, stop_after=stop_after)

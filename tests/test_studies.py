"""Studies that end early: they end where the answer is clear, and find what they are there for."""

import numpy as np
import pytest

from tests.studies import Study


def run(rate, most, seed=0, **bounds):
    rng, study = np.random.default_rng(seed), Study(most, **bounds)
    for _ in study:
        study.note(**{name: rng.random() < rate for name in bounds})
    return study


def passes(study):
    low, high = study.bounds["covers"]
    return low <= study.rate("covers") <= high


def test_a_clear_rate_ends_early_and_a_doubtful_one_late():
    clear = run(0.97, 2000, covers=(0.9, 1.1))
    assert clear.drawn <= 250
    clear.check("clear")
    doubtful = run(0.93, 2000, covers=(0.915, 0.99))
    assert doubtful.drawn > 500
    # One rate that is not clear keeps all going.
    both = run(0.97, 2000, covers=(0.9, 1.1), other=(0.965, 0.99))
    assert both.drawn > 250


def test_what_is_outside_its_bounds_fails_whole_and_by_name():
    study = run(0.8, 400, covers=(0.9, 1.1))
    assert study.drawn == 400
    with pytest.raises(AssertionError, match="covers"):
        study.check("too low")
    study.check("left out", but=("covers",))
    with pytest.raises(AssertionError):
        run(0.99, 400, covers=(0.0, 0.95)).check("too high")


def test_looks_cost_little_power():
    """Of the faults that the whole study finds, in nine of ten runs, looks miss one in seventy."""
    most, low = 2000, 0.915
    fault = low - 1.3 * np.sqrt(low * (1 - low) / most)
    draws = np.random.default_rng(1).random((300, most)) < fault
    found = whole = 0
    for row in draws:
        study = Study(most, covers=(low, 1.1))
        for i in study:
            study.note(covers=row[i])
        found += not passes(study)
        whole += row.mean() < low
    assert whole > 250
    assert whole - found <= 9


def test_of_several_rates_under_one_name_the_worst_rules():
    """Nine that are clear hide none that is not, at a look or at the end."""
    rng, rates = np.random.default_rng(2), np.array([0.97] * 9 + [0.8])
    study = Study(400, covers=(0.9, 1.0))
    for _ in study:
        study.note(covers=rng.random(10) < rates)
    assert study.drawn == 400
    assert study.rate("covers").shape == (10,)
    assert study.rate("covers").mean() > 0.9
    with pytest.raises(AssertionError, match="covers"):
        study.check("one of ten too low")

    clear = Study(400, covers=(0.9, 1.0))
    for _ in clear:
        clear.note(covers=rng.random(9) < 0.99)
    assert clear.drawn < 400
    clear.check("nine that are clear")


def test_a_share_that_is_no_number_is_within_no_bounds():
    study = Study(40, covers=(0.0, 1.0))
    for _ in study:
        study.note(covers=[1.0, np.nan])
    assert study.drawn == 40
    with pytest.raises(AssertionError, match="covers"):
        study.check("no number")


def test_samples_that_show_nothing_are_left_out():
    study = Study(40, covers=(0.5, 1.1), rejects=(0.0, 0.9))
    for i in study:
        if i % 2:
            study.note(covers=True)
    assert study.drawn == 40
    assert len(study.noted["covers"]) == 20
    assert np.isnan(study.rate("rejects"))
    with pytest.raises(AssertionError, match="rejects"):
        study.check("never shown")

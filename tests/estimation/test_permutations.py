"""The law of shifted statistics, of which neighbours are alike."""

import numpy as np
import pytest
from scipy import signal, stats

from infotheory.estimation._permutations import gamma_p_value, p_value_of_shifts


def test_of_shifts_that_differ_the_next_value_has_students_law():
    rng = np.random.default_rng(0)
    values = rng.gamma(4.0, size=4000)
    # Of many values the law is as well as known.
    for observed in (4.0, 8.0, 12.0):
        wanted = gamma_p_value(observed, values)
        assert p_value_of_shifts(observed, values) == pytest.approx(wanted, rel=0.05)

    # Values that alternate are worth no more than they are.
    few = np.tile([1.0, 3.0], 5)
    by_gamma = stats.norm.isf(gamma_p_value(5.0, few))
    wanted = stats.t.sf(by_gamma / np.sqrt(1.1), 9)
    assert p_value_of_shifts(5.0, few) == pytest.approx(wanted)


def test_shifts_that_are_alike_are_worth_few():
    """Of values of memory .9 one in nineteen is new."""
    shocks = np.random.default_rng(1).normal(size=20_000)
    values = 50.0 + signal.lfilter([1], [1, -0.9], shocks)[-1900:]
    observed = values.mean() + 3.0 * values.std()
    by_gamma = stats.norm.isf(gamma_p_value(observed, values))
    unlike = 1900 / 19
    wanted = stats.t.sf(by_gamma / np.sqrt(1 + 1 / unlike), unlike - 1)
    assert p_value_of_shifts(observed, values) == pytest.approx(wanted, rel=0.1)
    # The same few values many times over say no more.
    often = p_value_of_shifts(observed, np.repeat(values[::190], 50))
    assert often > 3 * gamma_p_value(observed, np.repeat(values[::190], 50))


def test_a_tail_below_all_numbers_is_not_one_of_few_values():
    """The law of three values has a tail of 4e-4 there: before a p-value of 0."""
    values = np.array([1.0, 1.1, 0.9])
    assert gamma_p_value(1e4, values) == 0.0
    deviations = -stats.norm.ppf(np.finfo(float).tiny) / np.sqrt(4.0 / 3.0)
    assert p_value_of_shifts(1e4, values) == pytest.approx(stats.t.sf(deviations, 2))


@pytest.mark.parametrize("values", [np.array([2.0]), np.full(9, 2.0)])
def test_values_that_are_one_are_no_law(values):
    assert p_value_of_shifts(3.0, values) == 1.0

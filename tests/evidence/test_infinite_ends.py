"""An end that the data do not bound is infinite, and a reason stands beside it."""

import itertools

import numpy as np
import pytest

from infotheory.evidence import (
    demographic_information_value,
    information_value,
    information_values,
    jensen_shannon_stability,
    linear_combination,
    population_stability_index,
    stability_by_period,
    total_information_value,
)
from infotheory.exceptions import WithheldWarning
from infotheory.scorecard import kolmogorov_smirnov
from infotheory.tables import CountTable

# Pairs of samples of two to ten rows in two or three bins, those with equal bins among them.
TINY = [
    (first, second)
    for n_bins, values in ((2, (0, 1, 2, 5)), (3, (0, 1, 3)))
    for first in itertools.product(values, repeat=n_bins)
    for second in itertools.product(values, repeat=n_bins)
    if min(sum(first), sum(second)) > 1 and sum(second) <= sum(first)
][::3]


def of_period(first, second):
    tables = [CountTable.from_counts(rows, np.zeros(len(rows))) for rows in (first, second)]
    row = stability_by_period(tables[0], {"p": tables[1]}).iloc[0]
    return row["low"], row["high"], row["reason"]


def of_estimate(estimate, level=0.95):
    return (*estimate.interval(level), estimate.reason)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize(
    "ends",
    [
        lambda a, b: of_estimate(population_stability_index(a, b)),
        lambda a, b: of_estimate(population_stability_index(a, b), 0.99),
        lambda a, b: of_estimate(information_value(CountTable.from_counts(a, b))),
        lambda a, b: of_estimate(jensen_shannon_stability(a, b)),
        of_period,
    ],
    ids=["stability", "stability, 99 %", "information value", "Jensen-Shannon", "by period"],
)
def test_infinite_ends_of_tiny_samples_have_a_reason(ends):
    infinite = 0
    for first, second in TINY:
        low, high, reason = ends(first, second)
        assert not np.isnan(low), (first, second)
        if np.isinf(high):
            infinite += 1
            assert reason, (first, second)
    assert infinite > 5 or ends(TINY[0][0], TINY[0][1])[1] <= np.log(2.0)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
def test_the_reason_of_two_rows_names_them():
    estimate = population_stability_index([2, 0], [0, 2])
    assert estimate.interval() == (0.0, np.inf)
    assert "the smaller sample has 2 rows: " in estimate.reason
    assert population_stability_index([1, 1], [1, 1]).reason is None


@pytest.mark.parametrize(
    ("good", "bad"),
    [([50], [9]), ([40, 40], [10, 10]), ([50, 40, 30], [0, 0, 12]), ([10, 20, 30], [10, 20, 30])],
)
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_an_interval_without_width_is_exact_and_says_why(good, bad):
    codes = np.repeat(np.tile(np.arange(len(good)), 2), [*good, *bad])
    y = np.repeat([0, 1], [sum(good), sum(bad)])
    group = np.where(np.arange(y.size) % 2, "a", "b")
    twice = information_values(np.column_stack([codes, codes]), y)
    estimates = [
        information_value(CountTable.from_counts(good, bad)),
        population_stability_index(good, bad),
        jensen_shannon_stability(good, bad),
        demographic_information_value(CountTable.from_codes(codes, y, group=group)),
        total_information_value(codes, y),
        total_information_value(np.zeros(y.size, int), y),
        *(linear_combination(*twice, weights, bias=twice.bias) for weights in ([1, 1], [1, -1])),
        kolmogorov_smirnov(y, codes),
    ]
    for estimate in estimates:
        low, high = estimate.interval()
        assert np.isnan([low, high]).all() or low < high or estimate.reason, estimate

    periods = stability_by_period(
        CountTable.from_counts(good, [0] * len(good)),
        {"month": CountTable.from_counts(bad, [0] * len(good))},
    ).loc[0]
    assert periods["low"] < periods["high"] or "one bin" in periods["reason"]


def test_equal_columns_are_no_evidence_of_a_difference():
    # the bias of two values of 0 without an error was read as a distance: p-value 0
    codes, y = np.repeat([0, 1, 0, 1], [40, 40, 10, 10]), np.repeat([0, 1], [80, 20])
    several = information_values(np.column_stack([codes, codes]), y)
    with pytest.warns(WithheldWarning, match="no error"):
        total = linear_combination(*several, [1, 1], bias=several.bias)
    assert (total.value, total.p_value) == (0.0, None)
    assert np.isnan(total.interval()).all()


@pytest.mark.parametrize("weights", [[0.1, 0.2, -0.3], [1 / 3, 1 / 3, -2 / 3], [1, 1, -2]])
def test_what_is_left_of_terms_that_cancel_is_rounding_and_no_error(weights):
    # .1 + .2 - .3 left an error of 3e-18, and an interval as wide
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, 1000)
    y = (rng.random(1000) < 0.2 + 0.1 * codes).astype(int)
    several = information_values(np.column_stack([codes, 3 - codes, codes]), y)
    with pytest.warns(WithheldWarning, match="no error"):
        total = linear_combination(*several, weights, bias=several.bias)
    assert (total.standard_error, total.p_value) == (0.0, None)
    assert np.isnan(total.interval()).all()

"""An end that the data do not bound is infinite, and a reason stands beside it."""

import itertools

import numpy as np
import pytest

from infotheory.evidence import (
    information_value,
    jensen_shannon_stability,
    population_stability_index,
    stability_by_period,
)
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

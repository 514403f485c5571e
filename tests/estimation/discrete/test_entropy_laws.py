"""Laws of entropies near the largest one, end by end."""

from dataclasses import replace

import numpy as np
import pytest

from infotheory.estimation import entropy_from_counts, estimate_entropy
from infotheory.estimation.discrete._entropy_laws import BelowLargestLaw, most_added
from infotheory.estimation.entropy_estimates import _by_collisions
from infotheory.laws import NoncentralChi2Law
from infotheory.measures import entropy

LAW = BelowLargestLaw(2.0, NoncentralChi2Law(9.0, 4.0, 0.01), NoncentralChi2Law(9.0, 2.0, 0.01))


def test_the_upper_end_is_that_by_discovery_rates_where_it_is_farther():
    low, high = LAW.interval(np.nan, np.nan, 0.95)
    assert 0.0 < low < high <= 2.0
    near = replace(LAW, discovered=(1.0, 0.1))
    assert near.interval(np.nan, np.nan, 0.95) == (low, high)
    far = replace(LAW, discovered=(2.5, 0.1))
    assert far.interval(np.nan, np.nan, 0.95) == pytest.approx((low, 2.5 + 1.959964 * 0.1))

    # Labels that were not seen raise either end, and no end is beyond what is possible.
    unseen = replace(far, unseen=0.25)
    assert unseen.interval(np.nan, np.nan, 0.95)[1] == pytest.approx(2.75 + 1.959964 * 0.1)
    assert replace(unseen, upper=2.6).interval(np.nan, np.nan, 0.95) == pytest.approx((low, 2.6))


@pytest.mark.parametrize("order", [0.5, 1.0, 2.0])
def test_one_more_label_adds_what_a_law_with_it_has_more(order):
    shares = np.array([0.5, 0.3, 0.2])
    seen = entropy(shares, order=order)
    assert most_added(0.0, seen, order) == 0.0
    with_it = np.append(0.95 * shares, 0.05)
    assert most_added(0.05, seen, order) == pytest.approx(entropy(with_it, order=order) - seen)
    # It adds the most at the share that makes it as frequent as all others would be evenly.
    most = most_added(1.0, seen, order)
    assert most == pytest.approx(np.log(np.exp(seen) + 1.0) - seen)


@pytest.mark.parametrize("order", [200.0, 1000.0, 1e5, 2.0**53, 1e300])
@pytest.mark.parametrize("counts", [np.full(30, 2.0), np.full(12, 9.0), np.array([90.0, 5.0, 5.0])])
def test_high_orders_have_the_ends_of_the_largest_share(counts, order):
    """Powers of shares underflow there: `interval()` ended in an error, and sets of 2**53 rows were
    listed one by one until no memory was left.
    """
    rows = np.repeat(np.arange(counts.size), counts.astype(int))
    for estimate in (
        entropy_from_counts(counts, order=order),
        estimate_entropy(rows, sample_weight=np.full(rows.size, 2.0), order=order),
    ):
        low, high = estimate.interval()
        assert float(estimate) == pytest.approx(-np.log(counts.max() / counts.sum()), rel=0.01)
        assert 0.0 <= low <= float(estimate) <= high


@pytest.mark.parametrize("order", [2, 3, 4])
def test_sets_of_rows_are_counted_as_one_by_one(order):
    counts = np.r_[np.ones(40), 2.0, 2.0, 3.0, 5.0]
    sets, of_all = (
        np.prod([rows - k for k in range(order)], axis=0).sum() for rows in (counts, counts.sum())
    )
    value, _ = _by_collisions(counts, order)
    assert value == pytest.approx(np.log(sets / of_all) / (1 - order), rel=1e-12)
    # One label has five sets of four rows, and a single one of five.
    assert _by_collisions(counts, 2**53) == _by_collisions(counts, 4)

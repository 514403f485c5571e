"""Cut-offs learnt on other rows: a search by hand, refusal of learning rows, optimism, errors."""

import numpy as np
import pytest

from infotheory.exceptions import WithheldWarning
from infotheory.scorecard import CostTable, best_cut_off, cut_off_sweep, cut_offs_at_rates


def sample(n, rng):
    points = rng.normal(600, 40, size=n).round()
    y = (rng.random(n) < 1 / (1 + np.exp((points - 560) / 25))).astype(int)
    group = np.where(rng.random(n) < 1 / (1 + np.exp((points - 600) / 60)), "b", "a")
    return y, points, group


def test_best_cut_off_is_that_of_a_search_and_counts_ties_low():
    rng = np.random.default_rng(2)
    y, points, _ = sample(300, rng)
    costs, w = (
        CostTable(rng.random(300), 6 * rng.random(300), cost_per_refused_good=0.1),
        rng.random(300),
    )
    best = best_cut_off(y, points, costs, sample_weight=w)
    tried = [*np.unique(points), np.inf]
    with pytest.warns(WithheldWarning, match="amounts differ by row"):
        sweep = cut_off_sweep(y, points, tried, costs=costs, sample_weight=w)
    profit = [sweep.estimate("profit", c).value for c in tried]
    assert best.points.tolist() == [tried[int(np.argmax(profit))]]
    assert best.learnt_profit == pytest.approx(max(profit))
    assert best_cut_off([1, 0], [1.0, 2.0], CostTable(0, 0)).points.tolist() == [1.0]
    assert best_cut_off([0, 1], [1.0, 2.0], CostTable(1, 9)).points.tolist() == [np.inf]
    assert best_cut_off(y, points, costs, candidates=[580, 620]).points[0] in (580, 620)


def test_cuts_at_rates_approve_at_least_the_rate():
    points = np.array([1.0, 1.0, 2.0, 3.0, 3.0])
    assert cut_offs_at_rates(points, [0.2, 0.6, 0.61, 1.0]).points.tolist() == [1.0, 2.0, 3.0]
    weighted = cut_offs_at_rates(points, 0.5, sample_weight=[1, 1, 1, 1, 4])
    assert weighted.points.tolist() == [3.0]


@pytest.mark.parametrize(
    ("n", "weight"),
    [(100_000, 0.3), (100_000, 1 / 3), (100_000, 0.7), (300_000, 0.1), (100_000, 0.1)],
)
def test_cuts_at_rates_do_not_feel_the_rounding_of_sums(n, weight):
    points, rates = np.arange(n), [1.0, 0.5, 0.25, 0.1, 1.0 / n]
    expected = sorted(n - round(rate * n) for rate in rates)
    for weights in (None, np.full(n, weight)):
        assert cut_offs_at_rates(points, rates, sample_weight=weights).points.tolist() == expected
    # ten rows a score: each of them is a sum, too
    cuts = cut_offs_at_rates(points // 10, [1.0, 0.5], sample_weight=np.full(n, weight))
    assert cuts.points.tolist() == [0, n // 20]


@pytest.mark.parametrize("weight", [0.1, 0.3, 1 / 3, 0.7])
def test_the_lowest_of_cut_offs_that_are_equally_good_but_for_rounding(weight):
    rng, points = np.random.default_rng(8), np.arange(40.0)
    for _ in range(100):
        y = rng.permutation(40) % 2  # a walk that comes back to its height time and again
        best = best_cut_off(y, points, CostTable(1, 1), sample_weight=np.full(40, weight))
        plain = best_cut_off(y, points, CostTable(1, 1))
        assert best.points.tolist() == plain.points.tolist()


def test_rows_of_learning_are_refused_and_the_origin_is_told():
    y, points, _ = sample(300, np.random.default_rng(3))
    best = best_cut_off(y, points, CostTable(1, 9))
    with pytest.raises(
        ValueError,
        match=r"got the same 300 rows \(greatest profit on 300 other rows\); pass hold-out",
    ):
        cut_off_sweep(y, points, best)
    with pytest.raises(ValueError, match="judged on rows they were not learnt on"):
        cut_off_sweep(y, points, cut_offs_at_rates(points, [0.5]))
    others = sample(200, np.random.default_rng(4))
    frame = cut_off_sweep(*others[:2], best, costs=CostTable(1, 9)).to_frame()
    assert frame["origin"].unique().tolist() == ["greatest profit on 300 other rows"]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: cut_offs_at_rates([1, 2], [0.0]),
            r"rates must lie above 0 and at most at 1, got \[0.0\]",
        ),
        (
            lambda: cut_offs_at_rates([1, 2], []),
            r"rates must lie above 0 and at most at 1, got \[\]",
        ),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()


@pytest.mark.slow
def test_hold_out_interval_covers_the_profit_that_learning_overstates():
    rng, replicates, costs = np.random.default_rng(7), 1000, CostTable(1, 6)
    _, points, _ = sample(3_000_000, rng)
    grid = np.unique(points)
    risk = 1 / (1 + np.exp((grid - 560) / 25))
    share = np.bincount(np.searchsorted(grid, points)) / points.size
    profit = np.append(np.cumsum((share * (1 - 7 * risk))[::-1])[::-1], 0.0)
    covered, excess = 0, 0.0
    for _ in range(replicates):
        best = best_cut_off(*sample(300, rng)[:2], costs)
        truth = profit[np.searchsorted(grid, best.points[0])]
        sweep = cut_off_sweep(*sample(300, rng)[:2], best, costs=costs)
        low, high = sweep.estimate("profit", best.points[0]).interval()
        covered += low <= truth <= high
        excess += (best.learnt_profit - truth) / replicates
    print(f"coverage {covered / replicates}, learnt profit exceeds the truth by {excess:.4f}")
    assert 0.93 < covered / replicates < 0.97
    assert excess > 0.01

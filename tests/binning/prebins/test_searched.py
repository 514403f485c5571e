"""Intervals of the information value of learnt bins: they hold over the search."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner, StumpBinner
from infotheory.binning.prebins.searched import (
    SearchBreadth,
    breadth_of_search,
    estimate_over_search,
    noise_of_search,
    p_value_of_search,
)
from infotheory.evidence import information_value, target_divergence
from infotheory.tables import CountTable, EvidenceTable


def four_bins():
    return CountTable.from_counts([400, 300, 200, 100], [40, 50, 60, 50])


def halved(table, parts):
    """Make pre-bins of equal parts of each bin."""
    return CountTable.from_counts(
        *(np.repeat(counts / parts, parts) for counts in (table.nonevents, table.events))
    )


def searched(table, prebins):
    return estimate_over_search(table, breadth_of_search(prebins))


def test_lower_end_of_the_specification_and_an_upper_end_that_stays():
    fixed = information_value(four_bins())
    estimate = searched(four_bins(), halved(four_bins(), 5))
    low, high = estimate.interval()
    assert low == pytest.approx(0.0829, abs=5e-5)
    assert high == fixed.interval()[1]
    assert (estimate.value, estimate.standard_error) == (fixed.value, fixed.standard_error)
    assert estimate.p_value is None
    assert estimate.law.name == "over the search"


def test_more_prebins_lower_the_lower_end_only():
    ends = [searched(four_bins(), halved(four_bins(), parts)).interval() for parts in (1, 2, 5, 20)]
    lows = [low for low, _ in ends]
    assert lows == sorted(lows, reverse=True)
    assert len({high for _, high in ends}) == 1


def test_bins_that_are_their_prebins_and_bins_without_any_count_as_fixed():
    fixed = information_value(four_bins()).interval()
    assert searched(four_bins(), four_bins()).interval() == fixed
    assert estimate_over_search(four_bins(), None).interval() == fixed


def test_weights_of_seven_change_no_end():
    ends = []
    for weight in (1.0, 7.0):
        tables = [
            CountTable(t.labels, weight * t.counts, weight**2 * t.squared_weights)
            for t in (four_bins(), halved(four_bins(), 4))
        ]
        ends.append(searched(*tables).interval())
    np.testing.assert_allclose(ends[0], ends[1])


def test_what_is_withheld_stays_withheld():
    table = four_bins()
    uneven = CountTable(table.labels, table.counts, table.counts * [[40.0], [1.0], [1.0], [1.0]])
    cells = CountTable(
        halved(table, 2).labels,
        np.repeat(table.counts / 2, 2, axis=0),
        np.repeat(uneven.squared_weights / 2, 2, axis=0),
    )
    estimate = searched(uneven, cells)
    assert np.isnan(estimate.interval()).all()
    assert "too uneven" in estimate.reason


def noise(rng, n, rate, kind):
    """Draw rows of a feature that knows nothing of the target."""
    y = (rng.random(n) < rate).astype(int)
    if kind == "levels":
        return pd.DataFrame({"x0": np.char.add("v", rng.integers(0, 30, n).astype(str))}), y
    return rng.gamma(2.0, size=(n, 1)), y


@pytest.mark.slow
@pytest.mark.parametrize(
    ("binner", "n", "rate", "kind"),
    [
        (OptimalBinner(), 2000, 0.1, "number"),
        (OptimalBinner(monotonic_trend=None, max_n_prebins=50), 4000, 0.2, "number"),
        (OptimalBinner(monotonic_trend=None), 500, 0.06, "number"),
        (OptimalBinner(), 3000, 0.1, "levels"),
        (StumpBinner(min_bin_size=0.05), 2000, 0.1, "number"),
    ],
)
def test_noise_misses_no_zero(binner, n, rate, kind):
    rng, misses = np.random.default_rng(n), np.zeros(2)
    for _ in range(100):
        binner.fit(*noise(rng, n, rate, kind))
        low, fixed = binner.summary()["iv_low"][0], information_value(binner.tables_["x0"])
        misses += low > 0.0, fixed.interval()[0] > 0.0
    print(
        f"\n{binner}, {n} rows, {kind}: misses 0 in {misses[0]} of 100, taken as fixed {misses[1]}"
    )
    assert misses[0] <= 5
    assert misses[1] > misses[0]


def truth_of_bins(binner, p, q):
    """Information value of the bins of a fit in the population."""
    codes = binner.bin_codes(np.arange(len(p), dtype=float)[:, None])[:, 0]
    shares = [np.bincount(codes, law) for law in (p, q)]
    present = shares[0] > 0.0
    first, second = (share[present] for share in shares)
    return float((first - second) @ np.log(first / second))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "n", "rate", "prebins"),
    [
        ("monotone", 2000, 0.1, 20),
        ("U", 3000, 0.05, 30),
        ("zigzag", 4000, 0.15, 40),
        ("spike", 1500, 0.08, 10),
        ("zigzag", 600, 0.1, 20),
    ],
)
def test_coverage_of_learnt_bins(shape, n, rate, prebins):
    place = np.linspace(-1.0, 1.0, 120)
    tilt = {
        "monotone": 0.6 * place,
        "U": 1.2 * place**2,
        "zigzag": 0.25 * np.sign(np.sin(9.0 * place)),
        "spike": 1.0 * (np.abs(place - 0.4) < 0.05),
    }[shape]
    p, q = np.full(120, 1 / 120), np.exp(tilt) / np.exp(tilt).sum()
    rng, hits = np.random.default_rng(prebins + n), np.zeros(2)
    binner = OptimalBinner(max_n_prebins=prebins, monotonic_trend=None)
    for _ in range(120):
        y = (rng.random(n) < rate).astype(int)
        x = np.where(y == 1, rng.choice(120, n, p=q), rng.choice(120, n, p=p)).astype(float)
        binner.fit(x[:, None], y)
        truth, row = truth_of_bins(binner, p, q), binner.summary().iloc[0]
        low, high = information_value(binner.tables_["x0"]).interval()
        hits += row.iv_low <= truth <= row.iv_high, low <= truth <= high
    print(f"\n{shape}, {n} rows: {hits[0] / 120:.3f}, taken as fixed {hits[1] / 120:.3f}")
    assert hits[0] / 120 >= 0.94 - 3 * 0.022


def target(rng, n, kind):
    """Draw rows of a feature that knows nothing of a target of another kind."""
    exposure = rng.uniform(0.2, 1.0, n)
    y = {
        "fraction": lambda: rng.beta(1.0, 4.0, n),
        "rate": lambda: rng.poisson(0.3 * exposure) / exposure,
        "continuous": lambda: rng.gamma(2.0, size=n),
        "multiclass": lambda: rng.choice(3, n, p=[0.5, 0.3, 0.2]),
    }[kind]()
    return rng.normal(size=(n, 1)), y, exposure if kind == "rate" else None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "divergence"),
    [
        ("fraction", "iv"),
        ("fraction", "js"),
        ("rate", "poisson"),
        ("rate", "iv"),
        ("continuous", "r2"),
        ("multiclass", "mi"),
    ],
)
def test_noise_misses_no_zero_for_other_targets(kind, divergence):
    rng, misses = np.random.default_rng(5), np.zeros(2)
    binner = OptimalBinner(target_type=kind, divergence=divergence)
    for _ in range(60):
        binner.fit(*target(rng, 2000, kind))
        fixed = target_divergence(binner.tables_["x0"], divergence=divergence).interval()[0]
        misses += binner.summary()["iv_low"][0] > 0.0, fixed > 0.0
    print(f"\n{kind} {divergence}: misses 0 in {misses[0]} of 60, taken as fixed {misses[1]}")
    assert misses[0] <= 4
    assert misses[1] > misses[0]


@pytest.mark.parametrize("kind", ["fraction", "rate", "continuous", "multiclass"])
def test_other_targets_have_a_lower_end_below_that_of_fixed_bins(kind):
    x, y, weight = target(np.random.default_rng(3), 3000, kind)
    cells = np.argsort(np.argsort(x[:, 0])) // 150
    y = np.where(cells > 9, y * 2 % 3 if kind == "multiclass" else y * 0.5, y)
    prebins = EvidenceTable.from_rows(cells, y, kind, sample_weight=weight)
    bins = prebins.merge(np.arange(20) // 5)
    fixed, estimate = target_divergence(bins), searched(bins, prebins)
    low, high = estimate.interval()
    assert low < fixed.interval()[0]
    assert high == fixed.interval()[1]
    assert searched(bins, bins).interval() == fixed.interval()


class _Bins(NamedTuple):
    """Bins with what is known of their pre-bins."""

    prebin_table: CountTable | None
    read_breadth: SearchBreadth | None
    table: CountTable

    def summed(self):
        return None, self.table


def test_p_value_of_a_search_is_that_of_the_pre_bins_where_there_are_some():
    prebins = CountTable.from_counts([50, 60, 40, 50], [10, 8, 12, 9])
    merged = CountTable.from_counts([110, 90], [18, 21])
    of_prebins = p_value_of_search(_Bins(prebins, None, merged), "haldane")
    assert of_prebins == pytest.approx(information_value(prebins).p_value, abs=1e-12)

    # A document that holds the bins alone has a p-value that is too large; of one that says
    # nothing of pre-bins the bins are all that is known.
    of_document = p_value_of_search(_Bins(None, breadth_of_search(prebins), merged), "haldane")
    assert of_document > of_prebins
    of_bins = p_value_of_search(_Bins(None, None, merged), "haldane")
    assert of_bins == information_value(merged).p_value < of_document


def test_p_value_of_a_search_beside_weights_is_as_often_large_as_that_of_noise():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(3000, 40)), (rng.random(3000) < 0.2).astype(int)
    weights = rng.exponential(size=3000) + 0.2
    features = OptimalBinner().fit(X, y, sample_weight=weights).features_.values()
    p_values = np.array([p_value_of_search(bins, "haldane") for bins in features])
    assert 0.6 < np.mean(p_values > 0.25) < 0.95


def test_noise_of_a_search_by_hand():
    """Twenty pre-bins of even rates, merged to four bins: 19 degrees of freedom against 3."""
    prebins = CountTable.from_counts(np.full(20, 100.0), np.full(20, 20.0))
    most = 3.5 * np.log(20.0)
    for events in ([100] * 4, [92, 104, 110, 94], [85, 95, 120, 100], [40, 90, 120, 150]):
        merged = CountTable.from_counts(np.full(4, 500.0), events)
        fixed = information_value(merged)
        statistic = (fixed.plug_in - fixed.bias) * fixed.n_effective + 3.0
        bins = _Bins(prebins, None, merged)
        for ordered, of_noise in ((True, most), (False, 19.0)):
            found = noise_of_search(bins, "haldane", ordered=ordered)
            excess = max(min(statistic, of_noise) / 3.0 - 1.0, 0.0)
            wanted = 1.0 + excess * min(1.0, of_noise / max(statistic, of_noise)) ** 2
            assert found == pytest.approx(wanted)

    # a document knows as much, and where nobody searched, or all bins are one, nothing was found
    of_document = _Bins(None, breadth_of_search(prebins), merged)
    assert noise_of_search(of_document, "haldane", ordered=False) == found > 1.0
    assert noise_of_search(_Bins(None, None, merged), "haldane", ordered=False) == 1.0
    assert noise_of_search(_Bins(merged, None, merged), "haldane", ordered=False) == 1.0
    one = CountTable.from_counts([2000.0], [400.0])
    assert noise_of_search(_Bins(prebins, None, one), "haldane", ordered=True) == 1.0

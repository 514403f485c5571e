"""Means that keep their order in every period: the search against every grouping of the rows."""

import itertools

import numpy as np
import pytest

from infotheory.binning import OptimalBinner, rebin
from infotheory.exceptions import InfotheoryWarning

pytestmark = pytest.mark.filterwarnings(f"ignore::{InfotheoryWarning.__module__}.InfotheoryWarning")

M = 6
GROUPINGS = [
    np.repeat(np.arange(k + 1), np.diff([0, *cuts, M]))
    for k in range(M)
    for cuts in itertools.combinations(range(1, M), k)
]
PLAIN = {"min_bin_size": 0.0, "max_n_bins": None, "min_bin_n_event": 0}
TRENDS = [None, "ascending", "descending", "auto"]
LIMITS = [(0.0, None), (1.0, None), (2.0, 0.25), (None, 0.2)]


def draw(kind, seed):
    """Rows of six values whose means turn in one of three periods of unequal size."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(150, 500))
    x, period = rng.integers(0, M, n), rng.choice(3, n, p=[0.5, 0.35, 0.15])
    slope = rng.choice([0.3, -0.3])
    level = slope * x * np.where(period == 2, rng.uniform(-0.5, 1.0), 1.0)
    level = level + rng.normal(0, 0.2, (3, M))[period, x]
    weights = None if seed % 2 else rng.uniform(0.1, 2.0, n)
    if kind == "fraction":
        return x, rng.beta(1.0, np.exp(-level)), weights, period
    if kind == "rate":
        return x, rng.gamma(1.0, np.exp(level)) * (rng.random(n) < 0.9), weights, period
    return x, 500.0 + level + rng.normal(0, 1.0, n), weights, period


def value(kind, codes, y, w):
    """Divergence of the bins, from the rows."""
    weight, total = np.bincount(codes, w), np.bincount(codes, w * y)
    if kind == "continuous":
        mean = np.average(y, weights=w)
        return weight @ (total / weight - mean) ** 2 / (w @ (y - mean) ** 2)
    other = weight - total if kind == "fraction" else weight
    p, q = other / other.sum(), total / total.sum()
    return float((p - q) @ np.log(p / q))


def means(codes, y, w, n_bins):
    """Mean of each bin and its variance; NaN where there are no rows."""
    with np.errstate(invalid="ignore"):
        weight = np.bincount(codes, w, n_bins)
        mean = np.bincount(codes, w * y, n_bins) / weight
        spread = np.bincount(codes, w**2 * (y - mean[codes]) ** 2, n_bins)
        return mean, spread / weight**2


def allowed(codes, y, w, period, slack, drift, trend):
    """Whether bins keep to the order and do not drift."""
    k = codes.max() + 1
    pooled, _ = means(codes, y, w, k)
    parts = [means(codes[period == p], y[period == p], w[period == p], k) for p in range(3)]
    rates, variances = (np.stack(values) for values in zip(*parts, strict=True))
    if k > 1 and drift is not None and (np.abs(rates - pooled) > drift + 1e-9).any():
        return False
    steps = np.vstack([np.diff(pooled)[None], np.diff(rates, axis=1)])
    room = np.full(steps.shape, 1e-9)
    if slack is None:
        steps, room = steps[:1], room[:1]
    else:
        room[1:] += slack * np.sqrt(variances[:, 1:] + variances[:, :-1])
    ways = [~(sign * steps < -room).any(axis=0) for sign in (1, -1)]
    kept = {
        None: (ways[0] | ways[1]).all(),
        "ascending": ways[0].all(),
        "descending": ways[1].all(),
        "auto": ways[0].all() or ways[1].all(),
    }
    return kept[trend]


@pytest.mark.parametrize("kind", ["fraction", "rate", "continuous"])
@pytest.mark.parametrize("trend", TRENDS)
def test_means_in_periods_equal_brute_force(kind, trend):
    n_changed = n_tables = 0
    for (slack, drift), seed in itertools.product(LIMITS, range(8)):
        if trend == "auto" and slack is None:
            continue  # peaks and valleys too
        x, y, weights, period = draw(kind, seed)
        w = np.ones(len(y)) if weights is None else weights
        kept = [
            value(kind, grouping[x], y, w)
            for grouping in GROUPINGS
            if allowed(grouping[x], y, w, period, slack, drift, trend)
        ]
        limits = {"order_in_periods": slack, "max_rate_drift": drift, "monotonic_trend": trend}
        binner = OptimalBinner(target_type=kind, **limits, **PLAIN)
        binner.fit(x[:, None].astype(float), y, weights, periods=period)
        codes = binner.bin_codes(x[:, None].astype(float))[:, 0]
        assert value(kind, codes, y, w) == pytest.approx(max(kept), abs=1e-9), (slack, drift, seed)
        assert allowed(codes, y, w, period, slack, drift, trend)

        free = OptimalBinner(target_type=kind, monotonic_trend=trend, **PLAIN)
        free.fit(x[:, None].astype(float), y, weights)
        lost = free.features_["x0"].grouping.objective - max(kept)
        n_changed += lost > 1e-9
        n_tables += 1
        if trend != "auto":
            cost = binner.summary().loc[0, "order_cost"]
            assert cost == pytest.approx(max(lost, 0.0), abs=1e-9)
    assert n_tables >= 24
    assert n_changed >= 3


@pytest.mark.parametrize("kind", ["fraction", "rate", "continuous"])
def test_the_period_table_has_the_means_of_the_rows(kind):
    x, y, weights, period = draw(kind, 2)
    names = np.array(["2023", "2024", "2025"])[period]
    X = x[:, None].astype(float)
    binner = OptimalBinner(target_type=kind).fit(X, y, weights, periods=names)
    table, codes = binner.period_table("x0"), binner.bin_codes(X)[:, 0]
    labels = list(binner.features_["x0"].spec.labels)
    for row in table.itertuples():
        inside = (codes == labels.index(row.bin)) & (names == row.period)
        assert row.count == pytest.approx(weights[inside].sum())
        if inside.sum() > 1:
            mean, variance = means(np.zeros(inside.sum(), dtype=int), y[inside], weights[inside], 1)
            assert row.mean == pytest.approx(mean[0])
            assert row.high - row.mean == pytest.approx(1.959964 * np.sqrt(variance[0]), rel=1e-6)
        else:
            assert np.isnan(row.low)
    assert binner.summary().loc[0, "reversals"] == table["reversal"].sum()


def test_what_has_no_one_rate_is_refused():
    x, y, _, period = draw("continuous", 0)
    X, label = x[:, None].astype(float), np.digitize(y, [499.5, 500.5])
    with pytest.raises(ValueError, match="for a target with one rate, got "):
        OptimalBinner(target_type="multiclass").fit(X, label, periods=period)
    with pytest.raises(ValueError, match="periods must be given where order_in_periods"):
        OptimalBinner(target_type="continuous", order_in_periods=1).fit(X, y)
    turning = OptimalBinner(target_type="rate", order_in_periods=0, monotonic_trend="peak")
    with pytest.raises(ValueError, match="as each period would turn where it likes, got 'peak'"):
        turning.fit(X, y, periods=period)
    with pytest.raises(ValueError, match="a difference of means, at least 0"):
        OptimalBinner(target_type="rate", max_rate_drift=-1.0).fit(X, y, periods=period)
    # An amount may drift by any number of its unit.
    wide = OptimalBinner(target_type="rate", max_rate_drift=400.0).fit(X, y, periods=period)
    assert wide.summary().loc[0, "order_cost"] == 0.0


def test_a_search_again_keeps_the_order():
    x, y, weights, period = draw("continuous", 3)
    X = x[:, None].astype(float)
    binner = OptimalBinner(target_type="continuous", order_in_periods=1.0, **PLAIN)
    binner.fit(X, y, weights, periods=period)
    again = rebin(binner, "x0", reason="as it was")
    assert list(again.splits_["x0"]) == list(binner.splits_["x0"])
    free = OptimalBinner(target_type="continuous", **PLAIN).fit(X, y, weights)
    assert 1 < len(again.splits_["x0"]) + 1 < len(free.splits_["x0"]) + 1


def test_amounts_of_any_size_have_the_same_bins():
    x, y, weights, period = draw("continuous", 5)
    X = x[:, None].astype(float)
    splits = []
    for unit, origin in ((1.0, 0.0), (1e6, 0.0), (1.0, 1e8)):
        binner = OptimalBinner(target_type="continuous", order_in_periods=0.5, **PLAIN)
        binner.fit(X, unit * y + origin, weights, periods=period)
        splits.append(list(binner.splits_["x0"]))
    assert splits[0] == splits[1] == splits[2]

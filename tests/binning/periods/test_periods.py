"""Bins whose event rates keep their order in every period: binners against every grouping."""

import itertools
import json
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import special
from sklearn.base import clone

from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    cross_fitted_information_value,
    rebin,
    split_bin,
    undo_step,
)
from infotheory.exceptions import InfotheoryWarning

M = 6
GROUPINGS = [
    np.repeat(np.arange(k + 1), np.diff([0, *cuts, M]))
    for k in range(M)
    for cuts in itertools.combinations(range(1, M), k)
]
PLAIN = {"min_bin_size": 0.0, "max_n_bins": None}


def draw(seed, n=900):
    """Two features of six values whose slope turns in one of three periods of unequal size."""
    rng = np.random.default_rng(seed)
    period = rng.choice(3, n, p=[0.5, 0.35, 0.15])
    X = rng.integers(0, M, (n, 2)).astype(float)
    turned = np.where(period == 2, rng.uniform(-0.5, 1.0), 1.0)
    score = (
        0.35 * X[:, 0] * turned
        - 0.25 * X[:, 1]
        + rng.normal(0, 0.3, (3, M))[period, X[:, 0].astype(int)]
    )
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(1.5 - score))).astype(int)
    group = np.where(rng.random(n) < 0.3 + 0.08 * X[:, 0], "b", "a")
    if seed % 3 == 0:
        X[rng.random(n) < 0.05, 1] = np.nan
    return X, y, np.array(["x", "y", "z"])[period], group


def jeffreys(p, q):
    kept = p + q > 0.0
    with np.errstate(divide="ignore"):
        return ((p - q)[kept] * np.log(p[kept] / q[kept])).sum()


def unbiased(codes, first, second):
    """Divergence between two groups of rows, no row voting on the logarithm that weighs it."""
    total = 0.0
    for one, two in ((first, second), (second, first)):
        u, v = (np.bincount(codes[rows], minlength=M + 1) for rows in (one, two))
        log = np.log(np.maximum(u - 0.5, 0.25) / (u.sum() - 0.5) / (v + 0.5) * (v.sum() + 0.5))
        total += (u / u.sum() * log)[u > 0].sum()
    return total


def parted(codes, rows):
    return np.bincount(codes[rows], minlength=M + 1) / rows.sum()


def offers(x, y, period, group, slack, drift, trend):
    """Value and divergence between groups of every grouping that keeps the order."""
    cell, found = np.where(np.isnan(x), M, x).astype(int), []
    for grouping in GROUPINGS:
        codes, k = np.append(grouping, M)[cell], grouping.max() + 1
        counts = np.zeros((4, k, 2))
        for row, rows in enumerate([period == p for p in "xyz"] + [period != ""]):
            for label in (0, 1):
                counts[row, :, label] = np.bincount(codes[rows & (y == label)], minlength=M + 1)[:k]
        if k > 1 and (counts[3] == 0).any():
            continue
        with np.errstate(invalid="ignore"):
            rate = counts[..., 1] / counts.sum(axis=2)
            variance = rate * (1 - rate) / counts.sum(axis=2)
        if k > 1 and drift is not None and (np.abs(rate[:3] - rate[3]) > drift + 1e-12).any():
            continue
        steps = np.diff(rate, axis=1)
        room = np.zeros_like(steps)
        if slack is not None:
            room[:3] = slack * np.sqrt(variance[:3, 1:] + variance[:3, :-1])
        looked = steps if slack is not None else steps[3:]
        room = room if slack is not None else room[3:]
        ways = [~(sign * looked < -room - 1e-12).any(axis=0) for sign in (1, -1)]
        keeps = {
            None: (ways[0] | ways[1]).all(),
            "ascending": ways[0].all(),
            "descending": ways[1].all(),
            "auto": ways[0].all() or ways[1].all(),
        }[trend]
        if keeps:
            p, q = parted(codes, y == 0), parted(codes, y == 1)
            found.append((jeffreys(p, q), unbiased(codes, group == "a", group == "b")))
    return found


LIMITS = [(0.0, None), (1.0, None), (2.0, 0.2), (None, 0.1), (0.0, 0.15)]


@pytest.mark.parametrize(("slack", "drift"), LIMITS)
@pytest.mark.parametrize("trend", [None, "ascending", "descending", "auto"])
def test_both_binners_equal_brute_force(slack, drift, trend, monkeypatch):
    """The dynamic program, the lists of all groupings, and the program of arcs."""
    options = {"order_in_periods": slack, "max_rate_drift": drift, "monotonic_trend": trend}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfotheoryWarning)
        for seed in range(3):
            X, y, period, group = draw(seed)
            of_feature = [offers(x, y, period, group, slack, drift, trend) for x in X.T]
            best = sum(max(value for value, _ in found) for found in of_feature)
            if trend != "auto" or slack is not None:
                binner = OptimalBinner(**options, **PLAIN).fit(X, y, periods=period)
                assert binner.summary()["iv"].sum() == pytest.approx(best, abs=1e-9)

            free = FairBinner(**options, **PLAIN).fit(X, y, periods=period, protected=group)
            assert free.solution_.objective == pytest.approx(best, abs=1e-9)
            budget = 0.6 * max(free.fairness_summary()["iv_fair"].iloc[-1], 0.0)
            within = max(
                first + second
                for (first, one), (second, two) in itertools.product(
                    *([*found, (0.0, 0.0)] for found in of_feature)
                )
                if one + two <= budget
            )
            for most in (20_000_000, 0):
                monkeypatch.setattr("infotheory.binning.fair.lists.groupings.MAX_NUMBERS", most)
                fair = FairBinner(budget=budget, mip_gap=0.0, **options, **PLAIN)
                fair.fit(X, y, periods=period, protected=group)
                assert fair.solution_.objective == pytest.approx(within, abs=1e-8)
                again = free.with_budget(budget).solution_.objective
                assert again == pytest.approx(within, abs=1e-3)


@pytest.fixture(scope="module")
def data():
    X, y, period, group = draw(1, n=6000)
    return pd.DataFrame(X, columns=["u", "v"]), y, period, group


@pytest.fixture(scope="module")
def fitted(data):
    X, y, period, _ = data
    return OptimalBinner(order_in_periods=0).fit(X, y, periods=period)


def test_period_table(data, fitted):
    X, y, period, _ = data
    table = fitted.period_table("u")
    assert list(table.columns) == [
        "bin", "period", "count", "events", "event_rate", "low", "high", "reversal",
    ]  # fmt: skip
    assert table["count"].sum() == len(X)
    first = table.iloc[0]
    rows = (X["u"] < fitted.splits_["u"][0]).to_numpy() & (period == "x")
    assert (first["bin"], first["period"]) == (fitted.specs_["u"].labels[0], "x")
    assert (first["count"], first["events"]) == (rows.sum(), y[rows].sum())
    assert first["low"] < first["event_rate"] < first["high"]
    assert not table["reversal"].any()

    free = OptimalBinner().fit(X, y, periods=period)
    summary = free.summary().set_index("feature")
    assert summary.loc["u", "reversals"] == free.period_table("u")["reversal"].sum() > 0
    assert summary["order_cost"].tolist() == [0.0, 0.0]
    pd.testing.assert_frame_equal(
        free.summary("u"), summary.loc[["u"]].reset_index(), check_dtype=False
    )
    cost = fitted.summary().set_index("feature")["order_cost"]
    gained = summary["iv"] - fitted.summary().set_index("feature")["iv"]
    np.testing.assert_allclose(cost, gained, atol=1e-9)
    assert "reversals" not in OptimalBinner().fit(X, y).summary()


def test_weights_and_rows_of_weight_zero(data):
    X, y, period, _ = data
    weights = np.random.default_rng(0).integers(0, 3, len(X)).astype(float)
    rows = np.repeat(np.arange(len(X)), weights.astype(int))
    one = OptimalBinner(order_in_periods=0).fit(X, y, weights, periods=period)
    other = OptimalBinner(order_in_periods=0).fit(X.iloc[rows], y[rows], periods=period[rows])
    assert one.specs_ == other.specs_
    gone = np.where(period == "z", 0.0, 1.0)
    dropped = OptimalBinner(order_in_periods=0).fit(X, y, gone, periods=period)
    kept = period != "z"
    assert (
        dropped.specs_
        == OptimalBinner(order_in_periods=0).fit(X[kept], y[kept], periods=period[kept]).specs_
    )


def test_labels_of_any_kind(data, fitted):
    X, y, period, _ = data
    months = pd.to_datetime("2024-" + pd.Series(period).map({"x": "01", "y": "02", "z": "03"}))
    for periods in (months, months.dt.to_period("M"), pd.Series(period), [ord(p) for p in period]):
        binner = clone(fitted).fit(X, y, periods=periods)
        assert binner.specs_ == fitted.specs_
        np.testing.assert_array_equal(
            clone(fitted).fit_transform(X, y, periods=periods), fitted.transform(X)
        )
    assert binner.period_table("u")["period"].unique().tolist() == ["120", "121", "122"]


def test_edits_keep_what_was_counted(data, fitted):
    again = rebin(fitted, "u", max_n_bins=2, reason="fewer")
    assert not again.period_table("u")["reversal"].any()
    assert undo_step(again, reason="back").period_table("u").equals(fitted.period_table("u"))
    rows = data[:2]
    finer = split_bin(fitted, "u", 2.5, reason="finer", rows=rows)
    if finer.features_["u"].prebin_periods is None:
        with pytest.raises(ValueError, match="must be counted by period, got none"):
            finer.period_table("u")


def test_certified_bins_keep_the_order(data):
    X, y, period, group = data
    options = {"budget": 0.3, "confidence": 0.95, "certify": True, "order_in_periods": 0}
    binner = FairBinner(**options).fit(X, y, protected=group, periods=period)
    assert binner.certificate_.share > 0.0
    assert binner.period_table("v")["period"].nunique() == 3


def test_errors(data):
    X, y, period, _ = data
    for asked in ({"order_in_periods": 1}, {"max_rate_drift": 0.1}):
        for binner in (OptimalBinner(**asked), FairBinner(**asked)):
            with pytest.raises(ValueError, match="periods must be given where order_in_periods"):
                binner.fit(X, y)
            with pytest.raises(ValueError, match="need the periods of rows, got counts or a frame"):
                binner.fit_frame(X.assign(y=y), "y")
        with pytest.raises(ValueError, match="order_in_periods"):
            cross_fitted_information_value(OptimalBinner(**asked), X, y)
    one = OptimalBinner(feature_params={"u": {"order_in_periods": 0}})
    with pytest.raises(ValueError, match="periods must be given"):
        one.fit(X, y)
    with pytest.raises(ValueError, match="order_in_periods must be standard errors, at least 0"):
        OptimalBinner(order_in_periods=-1).fit(X, y, periods=period)
    with pytest.raises(ValueError, match="max_rate_drift must be a difference of event rates"):
        OptimalBinner(max_rate_drift=2.0).fit(X, y, periods=period)
    with pytest.raises(ValueError, match="as each period would turn where it likes, got 'peak'"):
        OptimalBinner(order_in_periods=0, monotonic_trend="peak").fit(X, y, periods=period)
    unknown = period.astype(object)
    unknown[3] = None
    with pytest.raises(
        ValueError, match="periods must not contain NaN or None, got 1 missing labels"
    ):
        OptimalBinner().fit(X, y, periods=unknown)
    with pytest.raises(ValueError, match="periods"):
        OptimalBinner().fit(X, y, periods=period[:-1])
    with pytest.raises(ValueError, match="must be counted by period, got none"):
        OptimalBinner().fit(X, y).period_table("u")


def test_no_order_holds_and_documents(data):
    rng = np.random.default_rng(0)
    x, period = rng.integers(0, 2, 4000).astype(float), np.repeat(["a", "b"], 2000)
    sign = np.where(period == "a", 1.0, -0.5)
    y = (rng.random(4000) < 0.3 + 0.2 * sign * (x - 0.5)).astype(int)
    binner = OptimalBinner(order_in_periods=0).fit(x[:, None], y, periods=period)
    assert binner.status_["x0"] == "single bin: no order holds in all periods"

    read = OptimalBinner.from_json(json.loads(json.dumps(binner.to_json())))
    assert read.order_in_periods == 0
    assert read.status_ == binner.status_


@pytest.mark.parametrize(
    ("labels", "stated"),
    [
        (np.repeat(["May", "June", "July"], 400), ["May", "June", "July"]),
        (np.tile(["2024Q2", "2024-Q1", "2023Q4"], 400), ["2023Q4", "2024-Q1", "2024Q2"]),
        (
            pd.Categorical(
                np.tile(["new", "old", "mid"], 400), categories=["old", "mid", "new"], ordered=True
            ),
            ["old", "mid", "new"],
        ),
        (np.tile([10, 9, 11], 400), ["9", "10", "11"]),
        (np.tile(["north", "east", "south"], 400), ["east", "north", "south"]),
    ],
)
def test_periods_stand_in_the_order_of_time_where_it_is_known(labels, stated):
    rng = np.random.default_rng(0)
    x = rng.normal(size=1200)
    y = (rng.random(1200) < 1.0 / (1.0 + np.exp(1.0 - x))).astype(int)
    for periods in (labels, pd.Series(labels)):
        table = OptimalBinner().fit(pd.DataFrame({"x": x}), y, periods=periods).period_table("x")
        assert table["period"].drop_duplicates().tolist() == stated
        for name, rows in table.groupby("period"):
            assert rows["count"].sum() == (np.asarray(labels).astype(str) == name).sum()


@pytest.mark.slow
def test_intervals_of_rates_cover_in_four_unequal_periods():
    """Jeffreys's intervals of the bins of each period, of 3000 rows to 120, with drifts."""
    sizes, drifts, n_replicates = (3000, 900, 300, 120), np.array([0.0, 0.2, -0.1, 0.4]), 200
    rng, covered = np.random.default_rng(0), np.zeros((n_replicates, 4, 4))
    periods = np.repeat(np.arange(4), sizes)
    rates = special.expit(-2.0 + 0.5 * np.arange(4)[:, None] + drifts)
    cuts = {"user_splits": {"x0": [1.0, 2.0, 3.0]}, "user_splits_fixed": {"x0": [True] * 3}}
    for replicate in range(n_replicates):
        x = rng.integers(0, 4, periods.size)
        y = (rng.random(periods.size) < rates[x, periods]).astype(int)
        binner = OptimalBinner(**cuts).fit(x[:, None].astype(float), y, periods=periods)
        table = binner.period_table("x0").set_index(["period", "bin"])
        for period in range(4):
            of_period = table.loc[str(period)].iloc[:4]
            inside = (of_period["low"] <= rates[:, period]) & (
                rates[:, period] <= of_period["high"]
            )
            covered[replicate, period] = inside
    cover = covered.mean(axis=(0, 2))
    print(dict(zip(sizes, cover.round(4).tolist(), strict=True)))
    # 800 intervals a period: three standard errors are .023, the discreteness of small bins more.
    assert (cover > 0.92).all()
    assert (cover < 0.99).all()

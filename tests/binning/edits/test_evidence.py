"""Weights of evidence that were set by hand."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.frozen import FrozenEstimator

from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    StumpBinner,
    merge_bins,
    move_category,
    rebin,
    redo_step,
    set_bins,
    set_woe,
    split_bin,
    undo_step,
)
from infotheory.datasets import make_portfolio
from infotheory.scorecard import Scorecard, reject_inference


@pytest.fixture(scope="module")
def rows():
    portfolio = make_portfolio(
        4000, numeric=[0.6, 0.2], categorical=[0.4], missing_rate=0.1, random_state=9
    )
    return portfolio.X, np.asarray(portfolio.y)


@pytest.fixture(scope="module")
def fitted(rows):
    return OptimalBinner().fit(*rows)


@pytest.mark.parametrize("make", [OptimalBinner, StumpBinner, FairBinner])
def test_transform_gives_the_value_and_the_table_says_by_whom(make, rows):
    X, y = rows
    binner = make().fit(X, y)
    tuned = set_woe(binner, "number_0", 1, 0.25, reason="a", who="b", when="c")
    was, shown = binner.binning_table("number_0"), tuned.binning_table("number_0")

    codes = tuned.bin_codes(X)[:, 0]
    assert set(tuned.transform(X)[codes == 1, 0]) == {0.25}
    assert set(tuned.transform_frame(pl.from_pandas(X))["number_0"].to_numpy()[codes == 1]) == {
        0.25
    }
    assert shown.loc[1, "woe"] == 0.25
    assert shown.loc[1, "woe_estimated"] == was.loc[1, "woe"]
    assert shown.loc[1, "woe_reason"] == "set by hand"
    assert shown.loc[1, ["woe_standard_error", "woe_low", "woe_high"]].isna().all()
    others = shown.drop(index=1)
    pd.testing.assert_frame_equal(others, was.drop(index=1))
    assert (others["woe_reason"] == "").all()
    assert shown.loc[1, "iv"] == was.loc[1, "iv"]
    assert tuned.summary()["woe_by_hand"].tolist() == [1, 0, 0]

    # Other rows show the evidence of their own.
    of_rows = tuned.binning_table("number_0", X, y)
    assert of_rows.loc[1, "woe"] == was.loc[1, "woe"]
    line = tuned.audit_[-1]
    assert (line["action"], line["reason"], line["who"], line["when"]) == ("woe", "a", "b", "c")
    assert line["iv_difference"] == 0.0 == line["iv_difference_standard_error"]
    estimated = repr(float(was.loc[1, "woe"]))
    assert line["detail"].endswith(f": {estimated} to 0.25, estimated {estimated}")


def test_a_bin_without_rows_gets_a_meaning_and_no_warning(rows):
    X, y = rows
    X = X.dropna()
    y = y[X.index]
    binner = OptimalBinner().fit(X, y)
    tuned = set_woe(binner, "category_0", "Missing", -0.75, reason="a")
    new = X[:2].assign(category_0=None)
    assert tuned.transform(new)[:, 2].tolist() == [-0.75, -0.75]
    card = Scorecard(FrozenEstimator(tuned)).fit(X, y)
    assert np.isfinite(card.predict_points(new)).all()


def test_the_estimate_comes_back_by_none_or_undo(rows, fitted):
    X, _ = rows
    tuned = set_woe(fitted, "number_0", "Missing", -0.5, reason="a")
    tuned = set_woe(tuned, "number_0", 0, 1.5, reason="b")
    missing = fitted.specs_["number_0"].missing_code
    assert tuned.features_["number_0"].woe_by_hand == {0: 1.5, missing: -0.5}
    without = set_woe(tuned, "number_0", 0, None, reason="c")
    assert without.features_["number_0"].woe_by_hand == {missing: -0.5}
    for back in (
        set_woe(without, "number_0", "Missing", None, reason="d"),
        undo_step(undo_step(tuned, reason="e"), reason="f"),
    ):
        np.testing.assert_array_equal(back.transform(X), fitted.transform(X))
    again = redo_step(undo_step(tuned, reason="e"), reason="f")
    np.testing.assert_array_equal(again.transform(X), tuned.transform(X))
    with pytest.raises(ValueError, match="which has the estimated one"):
        set_woe(fitted, "number_0", 0, None, reason="g")


def test_other_edits_keep_it_while_its_bin_is_the_same(fitted):
    spec = fitted.specs_["number_0"]
    last = spec.n_bins - 1
    tuned = set_woe(fitted, "number_0", last, 2.0, reason="a")
    tuned = set_woe(tuned, "number_0", "Missing", -0.5, reason="b")
    merged = merge_bins(tuned, "number_0", [0, 1], reason="c")
    assert merged.features_["number_0"].woe_by_hand == {
        last - 1: 2.0,
        spec.missing_code - 1: -0.5,
    }
    lost = merge_bins(merged, "number_0", [last - 2, last - 1], reason="d")
    assert lost.features_["number_0"].woe_by_hand == {spec.missing_code - 2: -0.5}
    assert lost.audit_[-1]["detail"].endswith(
        f"; estimated again: weight of evidence of {spec.labels[last]}"
    )
    joined = merge_bins(tuned, "number_0", [last, "Missing"], reason="e")
    assert not joined.features_["number_0"].woe_by_hand
    by_hand = set_woe(joined, "number_0", last, 0.125, reason="f")
    woe = by_hand.woe_["number_0"]
    assert woe[last] == woe[spec.missing_code] == 0.125
    with pytest.raises(ValueError, match=f"joined to bin {last}; name that bin"):
        set_woe(joined, "number_0", "Missing", 1.0, reason="g")
    searched = rebin(tuned, "number_0", max_n_bins=2, reason="h")
    assert list(searched.features_["number_0"].woe_by_hand.values())[-1] == -0.5


def test_levels_that_change_their_order_take_it_along(fitted):
    spec = fitted.specs_["category_0"]
    tuned = set_woe(fitted, "category_0", 0, 0.75, reason="a")
    donor = max(range(1, spec.n_bins), key=lambda i: len(spec.levels[i]))
    if len(spec.levels[donor]) > 1:
        level = spec.levels[donor][0]
        moved = move_category(
            tuned,
            "category_0",
            level,
            next(i for i in range(1, spec.n_bins) if i != donor),
            reason="b",
        )
        (code,) = moved.features_["category_0"].woe_by_hand
        assert moved.specs_["category_0"].levels[code] == spec.levels[0]
    split = spec.levels[0][0]
    if len(spec.levels[0]) > 1:
        parted = split_bin(tuned, "category_0", [split], reason="c")
        assert not parted.features_["category_0"].woe_by_hand


@pytest.mark.parametrize("woe_sign", ["nonevent", "event"])
def test_the_value_has_the_sign_of_the_binner(rows, woe_sign):
    X, y = rows
    binner = OptimalBinner(woe_sign=woe_sign).fit(X, y)
    tuned = set_woe(binner, "number_0", 0, 0.5, reason="a")
    assert tuned.woe_["number_0"][0] == 0.5
    card = Scorecard(FrozenEstimator(tuned), round=False).fit(X, y)
    read = Scorecard.from_json(card.to_json())
    np.testing.assert_array_equal(read.predict_points(X), card.predict_points(X))


def test_cards_follow_and_documents_keep_it(rows, fitted):
    X, y = rows
    frozen = set_woe(FrozenEstimator(fitted), "number_0", 0, 0.5, reason="a")
    assert isinstance(frozen, FrozenEstimator)
    card = Scorecard(fitted).fit(X, y)
    tuned = set_woe(card, "number_0", 0, 0.5, reason="a", rows=(X, y))
    table = tuned.points_table()
    line = table[table["feature"] == "number_0"].iloc[0]
    assert (line["woe"], line["woe_reason"]) == (0.5, "set by hand")
    assert (table["woe_reason"] != "").sum() == 1
    assert "woe_reason" not in card.points_table()
    np.testing.assert_allclose(
        tuned.points_["number_0"][0] - tuned.points_["number_0"][1],
        np.rint(-tuned.pdo / np.log(2) * tuned.coef_[0, 0] * (0.5 - fitted.woe_["number_0"][1])),
        atol=1.0,
    )
    read = Scorecard.from_json(tuned.to_json())
    assert read.binner_.features_["number_0"].woe_by_hand == {0: 0.5}
    pd.testing.assert_frame_equal(read.points_table(), table)

    binner = OptimalBinner.from_json(set_woe(fitted, "number_0", 0, 0.5, reason="a").to_json())
    np.testing.assert_array_equal(binner.transform(X), frozen.transform(X))
    np.testing.assert_array_equal(undo_step(binner, reason="b").transform(X), fitted.transform(X))


def test_documents_whose_values_disagree_are_refused(rows, fitted):
    X, y = rows
    tuned = set_woe(fitted, "number_0", 0, 0.5, reason="a")
    card = json.loads(Scorecard(FrozenEstimator(tuned)).fit(X, y).to_json())
    card["features"][0]["woe_by_hand"]["0"] = 0.75
    with pytest.raises(ValueError, match=r"woe\[0\]"):
        Scorecard.from_json(json.dumps(card))
    binner = json.loads(tuned.to_json())
    binner["features"][0]["woe_by_hand"] = {"99": 0.5}
    with pytest.raises(ValueError, match="must be by code of a bin of 'number_0'"):
        OptimalBinner.from_json(json.dumps(binner))

    # No weights that nobody could have set.
    binner["features"][0]["woe_by_hand"] = {"0": 1e300}
    with pytest.raises(ValueError, match=r"woe_by_hand.0 must be from -50 to 50, got 1e\+300"):
        OptimalBinner.from_json(json.dumps(binner))
    card["features"][0]["woe_by_hand"]["0"] = 1e300
    with pytest.raises(ValueError, match=r"woe_by_hand.0 must be from -50 to 50, got 1e\+300"):
        Scorecard.from_json(json.dumps(card))


def test_errors_take_it_as_given(rows):
    """Against 60 samples of the rows: its contribution varies with its coefficient alone."""
    X, y = rows
    X = X[["number_0", "category_0"]]
    binner = OptimalBinner(max_n_bins=3).fit(X, y)
    value = round(float(binner.woe_["number_0"][0]), 1)
    tuned = set_woe(binner, "number_0", 0, value, reason="a")
    card = Scorecard(FrozenEstimator(tuned), round=False, intercept="separate").fit(X, y)
    errors = card.point_intervals().set_index(["feature", "bin"])["standard_error"]
    label = tuned.specs_["number_0"].labels[0]
    factor = card.pdo / np.log(2)
    slope = np.sqrt(card.covariance_[1, 1])
    assert errors["number_0", label] == pytest.approx(factor * slope * abs(value), rel=1e-9)

    # Another sample of the same rows would have other estimated weights, and the same set one.
    rng, drawn = np.random.default_rng(0), []
    for _ in range(60):
        chosen = rng.integers(0, len(y), len(y))
        sample = X.iloc[chosen].reset_index(drop=True), y[chosen]
        again = OptimalBinner(max_n_bins=3).fit(*sample)
        for name in X.columns:
            again = set_bins(again, name, list(tuned.splits_[name]), reason="a", rows=sample)
        again = set_woe(again, "number_0", 0, value, reason="a")
        refit = Scorecard(FrozenEstimator(again), round=False, intercept="separate").fit(*sample)
        drawn.append(refit.points_["number_0"][0])
    # 60 draws know a standard deviation to 9 %; three of these
    assert np.std(drawn, ddof=1) == pytest.approx(errors["number_0", label], rel=0.28)


def test_reject_inference_keeps_it(rows, fitted):
    X, y = rows
    tuned = set_woe(fitted, "number_0", 0, 0.5, reason="a")
    card = Scorecard(FrozenEstimator(tuned), round=False, signs="free").fit(X, y)
    table = reject_inference(card, X, y, X[:500], factors=[1.0, 2.0]).to_frame()
    points = table[(table["quantity"] == "points") & (table["feature"] == "number_0")]
    label = tuned.specs_["number_0"].labels[0]
    alone = points[(points["assumption"] == "accepted only") & (points["bin"] == label)]
    assert alone["value"].iloc[0] == pytest.approx(card.points_["number_0"][0], abs=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, "1", True, [1.0], 1e300, -50.1, 10**400])
def test_what_is_no_weight_is_refused(fitted, value):
    with pytest.raises(ValueError, match="value must be a number from -50 to 50, or None for the"):
        set_woe(fitted, "number_0", 0, value, reason="a")


def test_the_largest_weights_are_set(rows, fitted):
    X, _ = rows
    for value in (-50, np.float32(50.0)):
        tuned = set_woe(fitted, "number_0", 0, value, reason="a")
        assert tuned.woe_["number_0"][0] == value
        read = OptimalBinner.from_json(tuned.to_json())
        np.testing.assert_array_equal(read.transform(X), tuned.transform(X))

    # A distance from a mean is an amount, in the units of the target.
    amounts = 1e6 * np.arange(400.0) + 0.5
    means = OptimalBinner(target_type="continuous").fit(np.arange(400.0)[:, None], amounts)
    tuned = set_woe(means, "x0", 0, -7.5e8, reason="a")
    assert OptimalBinner.from_json(tuned.to_json()).woe_["x0"][0] == -7.5e8
    with pytest.raises(ValueError, match=r"value must be a number from -1e\+60 to 1e\+60, or None"):
        set_woe(means, "x0", 0, 1e300, reason="a")


def test_what_is_no_bin_is_refused(fitted):
    with pytest.raises(ValueError, match="must be an integer from 0 to"):
        set_woe(fitted, "number_0", 99, 1.0, reason="a")
    with pytest.raises(ValueError, match="or one of the names"):
        set_woe(fitted, "number_0", "Unseen", 1.0, reason="a")
    with pytest.raises(ValueError, match="a reason must be given"):
        set_woe(fitted, "number_0", 0, 1.0, reason="")
    with pytest.raises(ValueError, match="feature must name features of X"):
        set_woe(fitted, "nothing", 0, 1.0, reason="a")

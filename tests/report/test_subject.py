"""What a report is about: its samples, the bins of all columns, and how they are read."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator

from infotheory.binning import OptimalBinner
from infotheory.binning.prebins.searched import information_of_bins
from infotheory.exceptions import WithheldWarning
from infotheory.report import scorecard_report
from infotheory.report import subject as module
from infotheory.report.subject import Settings, learnt_again, make_subject
from infotheory.scorecard import Scorecard, ScorecardRegressor


@pytest.fixture(scope="module")
def halves(small):
    _, portfolio = small
    first = np.arange(len(portfolio.y)) % 2 == 0
    return [
        {"X": portfolio.X[part], "y": portfolio.y[part], "protected": portfolio.protected[part]}
        for part in (first, ~first)
    ]


@pytest.fixture(scope="module")
def subject(halves):
    train, holdout = halves
    card = Scorecard().fit(train["X"][["number_0", "category_0"]], train["y"])
    return card, make_subject(card, train, holdout, Settings())


def test_samples_hold_what_the_card_says_of_their_rows(subject, halves):
    card, told = subject
    columns = halves[1]["X"][["number_0", "category_0"]]
    np.testing.assert_array_equal(told.holdout.score, card.predict_points(columns))
    np.testing.assert_allclose(told.holdout.probability, card.predict_proba(columns)[:, 1])
    np.testing.assert_array_equal(told.holdout.labels, halves[1]["y"])
    np.testing.assert_array_equal(told.holdout.codes, card.binner_.bin_codes(columns))
    assert told.holdout.codes.dtype == np.int16


def test_columns_inside_and_outside_the_model_are_counted_over_the_same_bins(subject):
    _, told = subject
    inside, outside = told.columns
    assert (list(inside.counts), inside.in_card) == (["number_0", "category_0"], True)
    assert (list(outside.counts), outside.in_card) == (["number_1"], False)
    for columns in told.columns:
        for by_sample in columns.counts.values():
            assert by_sample["train"].labels == by_sample["hold-out"].labels
            for sample in told.samples:
                assert by_sample[sample.name].counts.sum() == sample.rows.n_rows


def test_the_cut_off_is_the_median_of_the_training_rows_unless_stated(subject, halves):
    card, told = subject
    assert told.cut_off == np.quantile(told.train.score, 0.5, method="higher")
    assert make_subject(card, halves[0], None, Settings(cut_off=500.0)).cut_off == 500.0


def test_score_bands_are_tenths_of_the_training_rows(subject):
    _, told = subject
    shares = [(told.train.score < edge).mean() for edge in told.score_edges]
    assert np.all(np.diff(told.score_edges) > 0)
    assert told.score_edges[0] > told.train.score.min()
    assert max(np.diff([0.0, *shares, 1.0])) < 0.3  # the points of two characteristics have ties


def test_weights_of_one_are_no_weights(subject, halves):
    card, told = subject
    ones = halves[0] | {"sample_weight": np.ones(len(halves[0]["y"]))}
    again = make_subject(card, ones, None, Settings())
    assert told.train.weights is None
    assert again.train.weights is None
    assert not again.train.rows.weighted


def test_rows_without_a_group_are_a_group_and_the_sample_is_named(subject, halves):
    card, _ = subject
    group = halves[0]["protected"].astype(object)
    with_gaps = group.where(np.arange(len(group)) % 3 > 0)
    told = make_subject(card, halves[0] | {"protected": with_gaps}, None, Settings())
    (attribute,) = told.train.protected
    assert "Missing" in attribute.groups
    assert (attribute.codes == attribute.groups.index("Missing")).sum() == with_gaps.isna().sum()
    holdout = halves[1] | {"protected": pd.Series(["a", "b"])}
    with pytest.raises(ValueError, match="protected of the hold-out sample: protected must have"):
        make_subject(card, halves[0], holdout, Settings())


def test_a_frozen_binner_is_taken_out_of_its_frost(halves):
    X, y = halves[0]["X"][["number_0"]], halves[0]["y"]
    binner = OptimalBinner().fit(X, y)
    card = Scorecard(FrozenEstimator(binner)).fit(X, y)
    told = make_subject(card, {"X": X, "y": y}, None, Settings())
    assert isinstance(told.model.binner, OptimalBinner)
    assert learnt_again(told.model.binner) is told.model.binner


def test_information_values_are_estimated_once_and_the_bins_show_the_same(halves, monkeypatch):
    """A report on many characteristics takes little longer for its intervals."""
    train, holdout = halves
    card = Scorecard().fit(train["X"], train["y"])
    calls = []

    def counted(bins, *options):
        calls.append(bins.name)
        return information_of_bins(bins, *options)

    monkeypatch.setattr(module, "information_of_bins", counted)
    told = scorecard_report(
        card,
        train["X"],
        train["y"],
        holdout={"X": holdout["X"], "y": holdout["y"]},
        n_permutations=1,
    ).summary
    assert sorted(calls) == sorted(train["X"].columns)

    summary = card.binner_.summary().set_index("feature")
    for entry in told["characteristics"]:
        iv, row = entry["samples"]["train"]["iv"], summary.loc[entry["feature"]]
        assert [iv["value"], iv["low"], iv["high"]] == [row["iv"], row["iv_low"], row["iv_high"]]
        table = card.binner_.binning_table(entry["feature"]).iloc[:-1]
        shown = pd.DataFrame(entry["samples"]["train"]["bins"])
        kept = table[table["count"] > 0.0]
        for name in ("woe_low", "iv_low", "iv_standard_error", "event_rate"):
            np.testing.assert_array_equal(shown[name], kept[name])


@pytest.mark.parametrize("kind", ["binary", "fraction"])
def test_a_card_of_bins_over_time_is_reported(kind, tmp_path):
    """Parts of the rows have no periods to learn such bins by: nothing is said of them."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(600, 3)), columns=list("abc"))
    rate = 1.0 / (1.0 + np.exp(-X["a"] - X["b"]))
    y = rng.random(600) < rate if kind == "binary" else rng.beta(2.0 * rate, 2.0 - 2.0 * rate)
    options = {} if kind == "binary" else {"target_type": "fraction"}
    binner = OptimalBinner(feature_params={"a": {"order_in_periods": 1}}, **options)
    binner.fit(X[["a", "b"]], y, periods=np.arange(600) % 3)
    card = (Scorecard if kind == "binary" else ScorecardRegressor)(FrozenEstimator(binner))
    card.fit(X[["a", "b"]], y)

    with pytest.warns(WithheldWarning, match=r"withheld of \['a'\]: .* rates of each period"):
        report = scorecard_report(card, X, y, n_permutations=9, rng=0)
    ranked = {entry["feature"]: entry for entry in report.summary["ranking"]}
    assert ranked["a"]["cross_fitted"] is None
    assert ranked["a"]["permutation_p_value"] is None
    for name in "bc":
        assert ranked[name]["cross_fitted"] is not None
        assert ranked[name]["permutation_p_value"] is not None
    assert any(
        "what the bins are worth on rows held out" in t for t in report.summary["limitations"]
    )
    why = "by the rates of each period: folds and permutations cannot learn them anew"
    told = [text for text in report.summary["limitations"] if why in text]
    assert len(told) == 1
    assert told[0].endswith(": a.")
    report.to_html(tmp_path / "report.html")
    report.to_excel(tmp_path / "report.xlsx")


def test_what_is_told_of_a_feature_does_not_depend_on_an_order_of_another_one():
    """One feature with an order in every period left all of the card without folds and tests."""
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(600, 2)), columns=list("ab"))
    y, periods = rng.random(600) < 1.0 / (1.0 + np.exp(-X["b"])), np.arange(600) % 3
    weights = rng.integers(1, 3, 600).astype(float)
    for of in ({}, {"sample_weight": weights}):
        rows = []
        for asked in ({"a": {"order_in_periods": 1}}, None):
            binner = OptimalBinner(feature_params=asked)
            binner.fit(X, y, **of, **({"periods": periods} if asked else {}))
            card = Scorecard(FrozenEstimator(binner), signs="free").fit(X, y, **of)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                report = scorecard_report(card, X, y, **of, n_permutations=19, rng=0)
            ranked = {entry["feature"]: entry for entry in report.summary["ranking"]}
            rows.append(ranked["b"])
        ends = [[row["cross_fitted"][k] for k in ("low", "value", "high")] for row in rows]
        np.testing.assert_allclose(ends[0], ends[1], rtol=0.3)
        assert rows[0]["permutation_p_value"] == rows[1]["permutation_p_value"] == 0.05


def test_a_feature_may_be_free_of_the_order_that_all_others_have():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(300, 2)), columns=list("ab"))
    y = rng.random(300) < 1.0 / (1.0 + np.exp(-X["b"]))
    binner = OptimalBinner(
        order_in_periods=1,
        feature_params={"b": {"order_in_periods": None, "max_n_bins": 2}},
        user_splits={"a": [0.0]},
    )
    binner.fit(X, y, periods=np.arange(300) % 3)
    with pytest.warns(WithheldWarning, match=r"withheld of \['a'\]"):
        part = learnt_again(binner)
    assert list(part.features_) == ["b"]
    assert part.feature_params == {"b": {"max_n_bins": 2}}
    assert part.user_splits is None  # of a feature that it does not have
    assert list(binner.features_) == ["a", "b"]  # the binner itself stays as it was
    assert binner.order_in_periods == 1
    free = OptimalBinner().fit(X, y)
    assert learnt_again(free) is free


@pytest.mark.parametrize("asked", [{"order_in_periods": 1}, {"max_rate_drift": 0.5}])
def test_an_order_of_all_features_leaves_none_to_folds(asked):
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(300, 2)), columns=list("ab"))
    y = rng.random(300) < 1.0 / (1.0 + np.exp(-X["b"]))
    binner = OptimalBinner(**asked).fit(X, y, periods=np.arange(300) % 3)
    card = Scorecard(FrozenEstimator(binner), signs="free").fit(X, y)
    with pytest.warns(WithheldWarning, match=r"withheld of \['a', 'b'\]"):
        report = scorecard_report(card, X, y, n_permutations=9, rng=0)
    assert all(entry["cross_fitted"] is None for entry in report.summary["ranking"])
    assert any(
        text.startswith("The bins were not learnt column") for text in report.summary["limitations"]
    )


def test_an_order_that_each_feature_takes_back_is_none_to_warn_of():
    """A warning said that values are withheld of []."""
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(300, 2)), columns=list("ab"))
    y = rng.random(300) < 1.0 / (1.0 + np.exp(-X["b"]))
    taken_back = {name: {"order_in_periods": None} for name in "ab"}
    binner = OptimalBinner(order_in_periods=1, feature_params=taken_back)
    part = learnt_again(binner.fit(X, y, periods=np.arange(300) % 3))
    assert list(part.features_) == ["a", "b"]
    assert part.order_in_periods is None


def test_bins_without_pre_bins_are_learnt_again_beside_options_of_an_ordered_feature():
    """The fit of the other columns refused the splits of one that was left out."""
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(600, 2)), columns=list("ab"))
    y = rng.random(600) < 1.0 / (1.0 + np.exp(-X["b"]))
    binner = OptimalBinner(
        user_splits={"a": [-0.5, 0.5]}, feature_params={"a": {"order_in_periods": 1}}
    )
    binner.fit(X, y, periods=np.arange(600) % 3)
    binner.features_ = {
        name: replace(bins, prebin_table=None) for name, bins in binner.features_.items()
    }
    card = Scorecard(FrozenEstimator(binner), signs="free").fit(X, y)
    with pytest.warns(WithheldWarning, match=r"withheld of \['a'\]"):
        report = scorecard_report(card, X, y, n_permutations=9, rng=0)
    ranked = {entry["feature"]: entry for entry in report.summary["ranking"]}
    assert ranked["a"]["cross_fitted"] is None
    assert ranked["b"]["cross_fitted"]["value"] > 0.0
    assert ranked["b"]["permutation_p_value"] == 0.1

"""OptimalBinner as a transformer."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from infotheory.binning import OptimalBinner
from infotheory.binning.prebins.grouping import group_counts
from infotheory.evidence import information_value, weight_of_evidence
from infotheory.exceptions import InfeasibleError, SparseCellWarning, UnseenValueWarning
from infotheory.tables import CountTable


def portfolio(n=1500, seed=0):
    rng = np.random.default_rng(seed)
    age, income = rng.normal(size=n), rng.exponential(size=n).round(2)
    job = np.array(["clerk", "cook", "smith", "none"], dtype=object)[rng.integers(0, 4, n)]
    y = (rng.random(n) < 1 / (1 + np.exp(1.0 - age + (job == "cook")))).astype(int)
    age[rng.random(n) < 0.1] = np.nan
    income[rng.random(n) < 0.1] = -9.0
    job[rng.random(n) < 0.05] = None
    return pd.DataFrame({"age": age, "income": income, "job": job}), y


X, Y = portfolio()


@pytest.fixture(scope="module")
def binner():
    return OptimalBinner(special_codes=[-9]).fit(X, Y)


def test_by_hand():
    x, y = [[1.0]] * 50 + [[2.0]] * 50, [0] * 40 + [1] * 10 + [0] * 20 + [1] * 30
    binner = OptimalBinner().fit(x, y)
    assert binner.splits_["x0"].tolist() == [2.0]
    woe = [np.log((40 / 60) / (10 / 40)), np.log((20 / 60) / (30 / 40))]
    np.testing.assert_allclose(binner.woe_["x0"], [*woe, 0.0, 0.0])
    np.testing.assert_allclose(binner.transform([[0.0], [5.0]]).ravel(), woe)
    assert binner.status_ == {"x0": "optimal"}
    assert binner.summary()["iv"].item() == pytest.approx(
        (40 / 60 - 10 / 40) * woe[0] + (20 / 60 - 30 / 40) * woe[1]
    )


def test_attributes(binner):
    assert binner.classes_.tolist() == [0, 1]
    assert binner.event_label_ == 1
    assert (
        list(binner.feature_names_in_)
        == ["age", "income", "job"]
        == list(binner.get_feature_names_out())
    )
    for name, spec in binner.specs_.items():
        table = binner.tables_[name]
        assert table.labels == spec.labels
        assert table.counts.sum() == len(X)
        np.testing.assert_allclose(binner.woe_[name][:-1], weight_of_evidence(table)["woe"])
        assert binner.woe_[name].shape == (spec.n_codes,)
        assert binner.prebin_tables_[name].counts.sum() == len(X)
    splits = binner.splits_["age"]
    assert np.isin(splits, X["age"]).all()
    assert sorted(level for levels in binner.splits_["job"] for level in levels) == [
        "clerk",
        "cook",
        "none",
        "smith",
    ]


def test_codes_and_counts_of_the_training_rows(binner):
    codes = binner.bin_codes(X)
    assert codes.dtype == np.intp
    for i, name in enumerate(binner.specs_):
        table = CountTable.from_codes(codes[:, i], Y, labels=binner.specs_[name].labels)
        np.testing.assert_array_equal(table.counts, binner.tables_[name].counts)


@pytest.mark.parametrize("metric", ["woe", "event_rate", "indices", "bins"])
def test_fit_transform_is_fit_then_transform(metric):
    binner = OptimalBinner(metric=metric, special_codes=[-9])
    both = binner.fit_transform(X, Y)
    np.testing.assert_array_equal(both, binner.transform(X))
    assert both.dtype.kind == {"woe": "f", "event_rate": "f", "indices": "i", "bins": "O"}[metric]


def test_metrics_agree(binner):
    codes = binner.bin_codes(X)
    for metric, values in (
        ("woe", lambda name: binner.woe_[name]),
        ("event_rate", lambda name: binner.tables_[name].to_frame()["event_rate"].to_numpy()),
        ("bins", lambda name: np.array(binner.specs_[name].labels, dtype=object)),
    ):
        out = clone(binner).set_params(metric=metric).fit_transform(X, Y)
        for i, name in enumerate(binner.specs_):
            np.testing.assert_array_equal(out[:, i], values(name)[codes[:, i]])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_set_output(binner, library):
    out = clone(binner).set_output(transform=library).fit_transform(X, Y)
    assert list(out.columns) == ["age", "income", "job"]
    np.testing.assert_array_equal(out.to_numpy(), binner.transform(X))
    labels = (
        clone(binner).set_params(metric="bins").set_output(transform=library).fit(X, Y).transform(X)
    )
    assert set(labels["job"]) <= set(binner.specs_["job"].labels)


def test_frames_and_arrays_agree(binner):
    polars = clone(binner).fit(pl.from_pandas(X), Y)
    rows = clone(binner).fit(X.astype(object).to_numpy(), Y)
    nullable = clone(binner).fit(
        X.convert_dtypes(), pd.Series(Y, dtype="boolean").to_numpy(dtype=bool)
    )
    for other in (polars, rows, nullable):
        for old, new in zip(binner.woe_.values(), other.woe_.values(), strict=True):
            np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("labels", [("good", "poor"), (False, True), (1, 2), (-1.0, 1.0)])
def test_any_two_labels(binner, labels):
    y = np.array(labels)[Y]
    other = clone(binner).set_params(event_label=labels[1]).fit(X, y)
    assert other.event_label_ == labels[1]
    np.testing.assert_array_equal(other.woe_["age"], binner.woe_["age"])
    turned = clone(binner).set_params(event_label=labels[0]).fit(X, y)
    np.testing.assert_allclose(sorted(turned.woe_["age"]), sorted(-binner.woe_["age"]), atol=1e-12)
    flipped = clone(binner).set_params(woe_sign="event", event_label=labels[1]).fit(X, y)
    np.testing.assert_array_equal(flipped.woe_["age"], -binner.woe_["age"])


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6))
def test_integer_weights_are_repeated_rows(seed):
    frame, y = portfolio(300, seed)
    weights = np.random.default_rng(seed).integers(0, 4, 300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SparseCellWarning)
        weighted = OptimalBinner(special_codes=[-9], monotonic_trend=None).fit(
            frame, y, sample_weight=weights
        )
        repeated = OptimalBinner(special_codes=[-9], monotonic_trend=None).fit(
            frame.loc[np.repeat(frame.index, weights)], np.repeat(y, weights)
        )
    for name, table in repeated.tables_.items():
        assert weighted.tables_[name].labels == table.labels
        np.testing.assert_array_equal(weighted.tables_[name].counts, table.counts)
        np.testing.assert_array_equal(weighted.woe_[name], repeated.woe_[name])


def test_scaled_weights_change_nothing():
    weights = np.random.default_rng(1).integers(1, 5, len(Y)) * 1.0
    options = {"special_codes": [-9], "min_bin_n_event": 0, "min_bin_n_nonevent": 0}
    once = OptimalBinner(**options).fit(X, Y, sample_weight=weights)
    scaled = OptimalBinner(**options).fit(X, Y, sample_weight=0.137 * weights)
    for name in once.specs_:
        assert once.specs_[name] == scaled.specs_[name]
        np.testing.assert_allclose(once.woe_[name], scaled.woe_[name], rtol=1e-10)


def test_order_of_rows_does_not_matter(binner):
    shuffled = np.random.default_rng(2).permutation(len(Y))
    other = clone(binner).fit(X.iloc[shuffled], Y[shuffled])
    assert other.specs_ == binner.specs_


def test_threads_change_nothing(binner):
    other = clone(binner).set_params(n_jobs=2).fit(X, Y)
    assert other.specs_ == binner.specs_


def test_clone_and_pickle(binner):
    copy = pickle.loads(pickle.dumps(binner))  # noqa: S301 - our own object
    np.testing.assert_array_equal(copy.transform(X), binner.transform(X))
    special = {"refused": -9}
    assert clone(OptimalBinner(special_codes=special)).get_params()["special_codes"] == special


def test_metadata_routing(binner):
    weights = np.random.default_rng(3).random(len(Y))
    direct = clone(binner).fit(X, Y, sample_weight=weights)
    with sklearn.config_context(enable_metadata_routing=True):
        pipe = make_pipeline(
            clone(binner).set_fit_request(sample_weight=True),
            LogisticRegression().set_fit_request(sample_weight=False),
        )
        pipe.fit(X, Y, sample_weight=weights)
    np.testing.assert_array_equal(pipe[0].woe_["age"], direct.woe_["age"])


def test_unseen_values_are_counted_and_warned_once(binner):
    new = pd.DataFrame({"age": [0.0, 1.0], "income": [np.nan, 1.0], "job": ["pilot", "cook"]})
    with pytest.warns(UnseenValueWarning, match=r"income: 1 rows, job: 1 rows") as caught:
        out = binner.transform(new)
    assert len(caught) == 1
    assert out[0, 1] == out[0, 2] == 0.0
    with pytest.warns(UnseenValueWarning):
        rates = clone(binner).set_params(metric="event_rate").fit(X, Y).transform(new)
    assert rates[0, 2] == pytest.approx(Y.mean())
    strict = clone(binner).set_params(cat_unknown="error").fit(X, Y)
    with pytest.raises(
        ValueError,
        match=r"feature 'job' must hold only categories seen in the fit, got \['pilot'\]",
    ):
        strict.transform(new)
    lenient = (
        clone(binner).set_params(cat_unknown="missing", feature_params={"income": {}}).fit(X, Y)
    )
    assert lenient.bin_codes(new)[0, 2] == lenient.specs_["job"].missing_code


def test_features_without_choice():
    frame = pd.DataFrame(
        {
            "same": [1.0] * 40,
            "none": [np.nan] * 40,
            "text": ["a"] * 40,
            "few": np.arange(40) % 2 * 1.0,
        }
    )
    y = np.arange(40) % 4 == 0
    y[1] = True
    binner = OptimalBinner().fit(frame, y)
    assert binner.status_["same"] == binner.status_["text"] == "single bin: constant"
    assert binner.status_["none"] == "single bin: no regular values"
    assert (binner.transform(frame)[:, :3] == 0.0).all()
    assert binner.summary().set_index("feature").loc["none", "missing_share"] == 1.0


def test_summary(binner):
    summary = binner.summary()
    assert list(summary["dtype"]) == ["numerical", "numerical", "categorical"]
    assert "p_value" not in summary
    for row in summary.itertuples():
        estimate = information_value(binner.tables_[row.feature])
        assert (row.iv, row.iv_standard_error) == (estimate.value, estimate.standard_error)
        low, high = estimate.interval()
        assert row.iv_low <= low  # the bins were searched
        assert row.iv_high == high
        assert row.n_bins == binner.specs_[row.feature].n_bins
    assert (summary["trend_cost"] >= 0).all()
    assert summary["special_share"][1] == pytest.approx((X["income"] == -9).mean())
    free = clone(binner).set_params(monotonic_trend=None).fit(X, Y)
    asked = clone(binner).set_params(monotonic_trend="descending").fit(X, Y)
    gap = free.groupings_["age"].objective - asked.groupings_["age"].objective
    assert asked.summary()["trend_cost"][0] == pytest.approx(gap)
    assert gap > 0.0
    assert free.summary()["trend_cost"][0] == 0.0


def test_summary_of_some_features_is_that_part_of_all(binner):
    every = binner.summary()
    names = every["feature"].tolist()
    pd.testing.assert_frame_equal(binner.summary(features=names), every)
    turned = binner.summary(features=[names[2], names[0]])
    pd.testing.assert_frame_equal(turned, every.iloc[[2, 0]].reset_index(drop=True))
    pd.testing.assert_frame_equal(
        binner.summary(names[1]), every.iloc[[1]].reset_index(drop=True), check_dtype=False
    )
    with pytest.raises(ValueError, match=r"features must name features of X .* got 'agee'; did"):
        binner.summary(features=["age", "agee"])
    with pytest.raises(ValueError, match=r"features must name features of X .* got 3"):
        binner.summary(features=3)
    with pytest.raises(ValueError, match="features must name at least one feature, got none"):
        binner.summary(features=[])


def test_binning_table(binner):
    table = binner.binning_table("age")
    words = ["bin", "count", "share", "nonevents", "events", "event_rate", "woe", "iv"]
    assert list(table)[:8] == words
    errors = ["woe_standard_error", "woe_low", "woe_high", "iv_standard_error", "iv_low", "iv_high"]
    assert list(table)[8:14] == errors
    ends = table.loc["Totals", ["iv_low", "iv_high"]].tolist()
    assert ends == binner.summary()[["iv_low", "iv_high"]].iloc[0].tolist()
    assert table.columns.name == "event = 1, WoE > 0 is safer"
    totals, bins = table.loc["Totals"], table.drop(index="Totals")
    for column in ("count", "share", "nonevents", "events", "iv"):
        assert totals[column] == pytest.approx(bins[column].sum())
    expected = weight_of_evidence(binner.tables_["age"])
    np.testing.assert_allclose(bins["woe_standard_error"].astype(float), expected["standard_error"])
    np.testing.assert_allclose(bins["woe_low"].astype(float), expected["low"])
    assert totals["iv_standard_error"] == pytest.approx(
        information_value(binner.tables_["age"]).standard_error
    )


def test_standard_error_of_a_term_of_the_information_value():
    good, bad = np.array([3000, 2000, 500]), np.array([300, 300, 800])
    x = np.repeat([1.0, 2.0, 3.0, 1.0, 2.0, 3.0], [*good, *bad])[:, None]
    table = OptimalBinner().fit(x, np.repeat([0, 1], [5500, 1400])).binning_table("x0")
    rng = np.random.default_rng(0)
    p, q = (
        rng.multinomial(5500, good / 5500, size=20_000) / 5500,
        rng.multinomial(1400, bad / 1400, size=20_000) / 1400,
    )
    np.testing.assert_allclose(
        table["iv_standard_error"][:3].to_numpy(float),
        ((p - q) * np.log(p / q)).std(axis=0),
        rtol=0.03,
    )


def test_binning_table_of_other_rows(binner):
    frame, y = portfolio(400, 9)
    table = binner.binning_table("job", frame, y, sample_weight=np.full(400, 0.5))
    assert table.loc["Totals", "count"] == 200.0
    frame.loc[:3, "job"] = "pilot"
    shown = binner.binning_table("job", frame, y)
    assert shown["bin"].iloc[-2:].tolist() == ["Unseen", ""]
    compared = binner.compare({"train": (X, Y), "test": (frame, y)}, "job")
    assert compared.index[-2:].tolist() == ["Unseen", "Totals"]
    assert compared[("train", "count")].tolist()[-2:] == [0.0, len(Y)]
    for data, text in (
        ((frame, None), "X and y must be given together"),
        ((frame, y + 5), r"labels of the fit \[0, 1\]"),
    ):
        with pytest.raises(ValueError, match=text):
            binner.binning_table("job", *data)
    with pytest.raises(ValueError, match=r"feature must name features of X .*got 'wage'"):
        binner.binning_table("wage")
    with pytest.raises(ValueError, match="datasets must hold at least one data set"):
        binner.compare({}, "job")


def test_rebin_on_its_own_counts_gives_the_groups_of_the_fit(binner):
    for bins in binner.features_.values():
        spec, table, grouping = bins.prebinned()
        np.testing.assert_array_equal(group_counts(binner, spec, table).groups, grouping.groups)


def test_options_of_single_features():
    options = {
        "age": {"max_n_bins": 2, "monotonic_trend": "descending"},
        "income": {"special_codes": {"refused": -9}},
    }
    binner = OptimalBinner(feature_params=options).fit(X, Y)
    assert binner.specs_["age"].n_bins <= 2
    assert binner.specs_["income"].labels[-2:] == ("refused", "Missing")
    assert binner.specs_["job"].special == ()


def test_user_splits():
    kept = OptimalBinner(
        user_splits={"age": [-1.0, 0.0, 0.25], "job": [["clerk", "none"], ["cook"], ["smith"]]},
        user_splits_fixed={"age": [False, True, True], "job": [True, False, False]},
        monotonic_trend=None,
    ).fit(X, Y)
    assert set(kept.splits_["age"]) >= {0.0, 0.25}
    assert ["clerk", "none"] in kept.splits_["job"]


def test_infeasible_limits_name_the_feature():
    with pytest.raises(InfeasibleError, match=r"feature 'age': no grouping .*min_n_bins=5"):
        OptimalBinner(min_n_bins=5, min_bin_size=0.3, max_n_bins=5).fit(X, Y)


def test_bins_of_one_class():
    frame = pd.DataFrame({"x": [1.0] * 30 + [np.nan] * 3})
    y = [0, 1] * 15 + [1] * 3
    with pytest.warns(
        SparseCellWarning, match=r"bins with rows of one class only: 1 \(x: Missing\)"
    ) as caught:
        binner = OptimalBinner().fit(frame, y)
    assert len(caught) == 1
    np.testing.assert_allclose(binner.woe_["x"][1], np.log((0.5 / 15.5) / (3.5 / 18.5)))
    assert binner.binning_table("x")["adjusted"].tolist() == [False, True, False]
    with pytest.raises(ValueError, match=r"zero_cells='error', got 1 others \(x: Missing\)"):
        OptimalBinner(zero_cells="error").fit(frame, y)
    added = OptimalBinner(zero_cells=1.0).fit(frame, y)
    np.testing.assert_allclose(added.woe_["x"][1], np.log((1 / 17) / (4 / 20)))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"metric": "logit"},
            "metric must be one of 'woe', 'event_rate', 'indices', 'bins', 'log_share', got",
        ),
        ({"woe_sign": "up"}, "woe_sign must be one of"),
        ({"zero_cells": "half"}, "zero_cells must be 'haldane', 'error' or a positive number"),
        ({"feature_params": {"wage": {}}}, "feature_params must name features of X .*got 'wage'"),
        (
            {"feature_params": {"age": {"metric": "woe"}}},
            r"an option in feature_params\['age'\] must be one of .*got 'metric'",
        ),
        ({"user_splits": {"wage": [1]}}, "user_splits must name features of X"),
        (
            {"user_splits_fixed": {"age": [True]}},
            r"user_splits_fixed\['age'\] must have one bool for each of the 0 entries",
        ),
        ({"monotonic_trend": "up"}, "monotonic_trend must be one of"),
        ({"divergence": "hellinger"}, "divergence must be one of"),
        ({"max_n_bins": 0}, "max_n_bins must be an integer of at least 1"),
        ({"min_bin_size": 5}, "min_bin_size must be a share"),
        ({"event_label": "bad"}, r"event_label must be one of the labels \[0, 1\], got 'bad'"),
    ],
)
def test_bad_options(options, text):
    with pytest.raises(ValueError, match=text):
        OptimalBinner(**options).fit(X, Y)


@pytest.mark.parametrize(
    ("y", "weights", "text"),
    [
        (np.zeros(len(Y)), None, "y must hold two classes, got one class: 0.0"),
        (Y[:-1], None, r"y must have shape \(1500,\)"),
        (np.where(np.arange(len(Y)) == 0, np.nan, Y), None, "y must not contain NaN or None"),
        (np.arange(len(Y)), None, "Only binary classification is supported"),
        (Y, Y, "got one class with positive sample_weight"),
        (Y, Y * 0, "sample_weight must not all be zero"),
        (Y, -1.0 * Y, "sample_weight must not be negative"),
        (Y, np.ones(3), r"sample_weight must have shape \(1500,\)"),
        (None, None, "requires y to be passed"),
    ],
)
def test_bad_targets_and_weights(y, weights, text):
    with pytest.raises(ValueError, match=text):
        OptimalBinner().fit(X, y, sample_weight=weights)


def test_bad_data(binner):
    with pytest.raises(ValueError, match="contains infinity in feature 'age'"):
        OptimalBinner().fit(X.assign(age=np.inf), Y)
    with pytest.raises(ValueError, match="contains infinity in feature 'age'"):
        binner.transform(X.assign(age=np.inf))
    with pytest.raises(TypeError, match="feature 'age' is numerical, got text"):
        binner.transform(X.assign(age="a"))
    with pytest.raises(ValueError, match="feature names should match"):
        binner.transform(X[["job", "age", "income"]])


@pytest.mark.parametrize("in_frame", [False, True])
def test_pre_bins_without_number_are_as_many_as_there_are_values(in_frame):
    rng = np.random.default_rng(3)
    X = pd.DataFrame({"x": rng.normal(size=300).round(2), "level": rng.choice(list("abc"), 300)})
    y = (rng.random(300) < np.where(X["x"] > 0.0, 0.4, 0.1)).astype(int)

    def learnt(max_n_prebins):
        binner = OptimalBinner(max_n_prebins=max_n_prebins)
        return binner.fit_frame(X.assign(y=y), "y") if in_frame else binner.fit(X, y)

    n_distinct = X["x"].nunique()
    assert learnt(10**9).specs_ == learnt(n_distinct).specs_
    assert learnt(2**70).prebin_specs_["x"].n_bins == n_distinct

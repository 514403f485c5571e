import copy
import json
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    StumpBinner,
    cross_fitted_information_value,
    merge_bins,
    move_category,
    rebin,
    redo_step,
    set_bins,
    split_bin,
    undo_step,
)
from infotheory.binning.resampling.refit import rebinned_counts
from infotheory.binning.search.shape import broken_limits, shape_of_rates
from infotheory.datasets import make_portfolio
from infotheory.evidence import information_value, information_value_covariance
from infotheory.exceptions import RefitWarning
from infotheory.scorecard import Scorecard
from infotheory.tables import CountTable

FREE = {
    "min_bin_size": 0.0,
    "max_n_bins": None,
    "monotonic_trend": None,
    "min_bin_n_event": 0,
    "min_bin_n_nonevent": 0,
}
STATE = ("splits_", "status_", "specs_")


@pytest.fixture(scope="module")
def data():
    portfolio = make_portfolio(
        3000,
        numeric=[0.6, 0.2],
        categorical=[0.4],
        missing_rate=0.1,
        protected_slope=1.0,
        random_state=1,
    )
    return portfolio.X, portfolio.y


@pytest.fixture(scope="module")
def fitted(data):
    return OptimalBinner(min_bin_size=0.1).fit(*data)


def given(data, feature, bins, weights=None, **options):
    """Binner whose bins of one feature are given by the user from the start."""
    user = {"user_splits": {feature: bins}, "user_splits_fixed": {feature: [True] * len(bins)}}
    return OptimalBinner(**user, feature_params={feature: FREE}, min_bin_size=0.1, **options).fit(
        *data, weights
    )


def assert_same(tuned, expected, X, feature):
    np.testing.assert_array_equal(tuned.splits_[feature], expected.splits_[feature])
    np.testing.assert_array_equal(tuned.tables_[feature].counts, expected.tables_[feature].counts)
    np.testing.assert_array_equal(
        tuned.tables_[feature].squared_weights, expected.tables_[feature].squared_weights
    )
    assert tuned.tables_[feature].labels == expected.tables_[feature].labels
    np.testing.assert_array_equal(tuned.woe_[feature], expected.woe_[feature])
    np.testing.assert_array_equal(tuned.transform(X), expected.transform(X))


def test_a_split_at_a_pre_bin_is_the_fit_with_these_user_splits(data, fitted):
    at = next(
        s
        for s in fitted.prebin_specs_["number_0"].splits[20:]
        if s not in fitted.splits_["number_0"]
    )
    tuned = split_bin(fitted, "number_0", at, reason="policy")
    splits = sorted([*fitted.splits_["number_0"], at])
    assert_same(tuned, given(data, "number_0", splits), data[0], "number_0")


@pytest.mark.parametrize("weighted", [False, True])
def test_a_split_at_any_value_reads_the_rows_of_the_fit(data, weighted):
    X, y = data
    weights = np.where(np.arange(len(y)) % 3 == 0, 2.5, 1.0) if weighted else None
    binner = OptimalBinner(min_bin_size=0.1).fit(X, y, weights)
    tuned = split_bin(binner, "number_0", 0.123456, reason="round", rows=(X, y, weights))
    splits = sorted([*binner.splits_["number_0"], 0.123456])
    assert_same(tuned, given(data, "number_0", splits, weights), X, "number_0")
    assert 0.123456 in tuned.prebin_specs_["number_0"].splits
    assert 0.123456 not in binner.prebin_specs_["number_0"].splits
    with pytest.raises(ValueError, match=r"pass rows=.X, y. of the fit"):
        split_bin(binner, "number_0", 0.123456, reason="round")


def test_a_merge_is_the_fit_with_the_splits_that_are_left(data, fitted):
    tuned = merge_bins(fitted, "number_0", [1, 0], reason="too few")
    assert_same(
        tuned, given(data, "number_0", fitted.splits_["number_0"][1:].tolist()), data[0], "number_0"
    )


def test_all_bins_merged_are_one_bin_without_information(data, fitted):
    tuned = merge_bins(
        fitted, "number_1", range(fitted.specs_["number_1"].n_bins), reason="no signal"
    )
    assert tuned.splits_["number_1"].size == 0
    assert tuned.specs_["number_1"].n_bins == 1
    assert tuned.groupings_["number_1"].trend is None
    with pytest.raises(ValueError, match="at least two different bins"):
        merge_bins(tuned, "number_1", [0, 0], reason="again")


def test_a_moved_category_is_the_fit_with_these_groups(data, fitted):
    groups = [list(levels) for levels in fitted.specs_["category_0"].levels]
    level, to = groups[0][0], len(groups) - 1
    tuned = move_category(fitted, "category_0", level, to, reason="same product")
    left = [[name for name in levels if name != level] for levels in groups]
    left[to].append(level)
    expected = given(data, "category_0", [levels for levels in left if levels])
    assert set(map(frozenset, tuned.splits_["category_0"])) == set(
        map(frozenset, expected.splits_["category_0"])
    )
    np.testing.assert_array_equal(
        tuned.tables_["category_0"].counts, expected.tables_["category_0"].counts
    )
    np.testing.assert_array_equal(tuned.transform(data[0]), expected.transform(data[0]))


def test_levels_split_off_and_set_back_give_the_first_bins(data, fitted):
    merged = merge_bins(fitted, "category_0", [0, 1], reason="try")
    levels = fitted.splits_["category_0"]
    split = split_bin(merged, "category_0", levels[0], reason="back")
    np.testing.assert_array_equal(split.transform(data[0]), fitted.transform(data[0]))
    again = set_bins(merged, "category_0", levels, reason="back")
    np.testing.assert_array_equal(again.transform(data[0]), fitted.transform(data[0]))
    rates = again.tables_["category_0"].events / again.tables_["category_0"].counts.sum(axis=1)
    assert (np.diff(rates[: len(levels)]) > 0).all()


def test_a_level_pooled_with_rare_ones_moves_where_rows_are_given(data):
    X, y = data
    binner = OptimalBinner(cat_cutoff=0.15).fit(X, y)
    pooled = next(levels for levels in binner.prebin_specs_["category_0"].levels if len(levels) > 1)
    wanted = [
        [pooled[0]],
        [level for g in binner.splits_["category_0"] for level in g if level != pooled[0]],
    ]
    with pytest.raises(ValueError, match="made of its pre-bins"):
        set_bins(binner, "category_0", wanted, reason="own bin")
    tuned = set_bins(binner, "category_0", wanted, reason="own bin", rows=(X, y))
    assert [pooled[0]] in tuned.splits_["category_0"]
    shares = X["category_0"].eq(pooled[0]).sum()
    row = tuned.splits_["category_0"].index([pooled[0]])
    assert tuned.tables_["category_0"].counts[row].sum() == shares


def test_the_given_binner_stays_and_the_others_features_too(data, fitted):
    before = copy.deepcopy({name: getattr(fitted, name) for name in (*STATE, "audit_")})
    tuned = merge_bins(fitted, "number_0", [0, 1], reason="x")
    for name in STATE:
        for feature, value in getattr(fitted, name).items():
            np.testing.assert_equal(value, before[name][feature])
            if feature != "number_0":
                np.testing.assert_equal(getattr(tuned, name)[feature], value)
    assert fitted.audit_ == [] == before["audit_"]
    assert len(tuned.audit_) == 1


def test_undo_takes_steps_back_one_by_one_and_keeps_the_trail(data, fitted):
    X, y = data
    one = split_bin(fitted, "number_0", 0.0101, reason="a", rows=(X, y))
    two = merge_bins(one, "category_0", [0, 1], reason="b")
    back = undo_step(two, reason="c")
    np.testing.assert_array_equal(back.transform(X), one.transform(X))
    first = undo_step(back, reason="d", who="me", when="today")
    np.testing.assert_array_equal(first.transform(X), fitted.transform(X))
    assert first.status_ == fitted.status_
    assert first.prebin_specs_ == fitted.prebin_specs_
    assert first.groupings_["number_0"] is fitted.groupings_["number_0"]
    assert [entry["action"] for entry in first.audit_] == ["split", "merge", "undo", "undo"]
    assert first.audit_[2]["detail"].startswith("step 2: merge")
    assert first.audit_[3]["detail"] == "step 1: split at 0.0101"
    assert (first.audit_[3]["who"], first.audit_[3]["when"], first.audit_[3]["step"]) == (
        "me",
        "today",
        4,
    )
    assert first.audit_[3]["iv_after"] == pytest.approx(first.audit_[0]["iv_before"])
    with pytest.raises(ValueError, match="needs a step to take back"):
        undo_step(first, reason="e")


def test_the_trail_is_plain_data_and_states_what_is_not_met(fitted):
    at = next(
        s for s in fitted.prebin_specs_["number_0"].splits if s < fitted.splits_["number_0"][0]
    )
    tuned = split_bin(fitted, "number_0", at, reason="tail", who="A. N. Alyst", when="2026-11-25")
    entry = json.loads(json.dumps(tuned.audit_))[0]
    assert entry["bins_after"][0] == f"[-inf, {at!r})"
    assert len(entry["bins_after"]) == len(entry["bins_before"]) + 1
    assert any(text.startswith("min_bin_size=0.1: smallest is") for text in entry["not_met"])
    assert entry["trend_before"] == fitted.groupings_["number_0"].trend
    assert (entry["action"], entry["reason"], entry["who"], entry["when"]) == (
        "split",
        "tail",
        "A. N. Alyst",
        "2026-11-25",
    )


def test_the_error_of_the_difference_is_that_of_the_joint_counts(fitted):
    tuned = merge_bins(fitted, "number_0", [0, 1, 2], reason="x")
    entry = tuned.audit_[0]
    spec, table = fitted.prebin_specs_["number_0"], fitted.prebin_tables_["number_0"]
    codes = [spec.all_groups(b.groupings_["number_0"].groups)[:-1] for b in (fitted, tuned)]
    joint = np.zeros((codes[0].max() + 1, codes[1].max() + 1, 2))
    np.add.at(joint, (codes[0], codes[1]), table.counts)
    covariance = information_value_covariance(joint)
    expected = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2.0 * covariance[0, 1])
    assert entry["iv_difference_standard_error"] == pytest.approx(expected, rel=1e-9)
    assert entry["iv_before"] == information_value(fitted.tables_["number_0"]).value
    assert entry["iv_difference"] == pytest.approx(entry["iv_after"] - entry["iv_before"])
    assert entry["iv_difference"] < 0.0


def test_the_error_of_the_difference_is_its_spread_over_samples():
    rng = np.random.default_rng(0)
    shares = np.array([[0.15, 0.2, 0.3, 0.35], [0.3, 0.3, 0.25, 0.15]])
    differences, errors = [], []
    for _ in range(400):
        counts = np.column_stack(
            [rng.multinomial(n, p) for n, p in zip((1600, 400), shares, strict=True)]
        )
        X = np.repeat(np.tile(np.arange(4.0), 2), counts.T.ravel())[:, None]
        y = np.repeat([0, 1], counts.sum(axis=0))
        binner = OptimalBinner(
            user_splits={"x0": [1.0, 2.0, 3.0]}, user_splits_fixed={"x0": [True] * 3}
        ).fit(X, y)
        entry = merge_bins(binner, "x0", [0, 1], reason="x").audit_[0]
        differences.append(entry["iv_difference"])
        errors.append(entry["iv_difference_standard_error"])
    assert np.mean(errors) == pytest.approx(np.std(differences), rel=0.12)


def test_hand_made_bins_live_in_a_card_and_are_not_learnt_again(data, fitted):
    X, y = data
    tuned = merge_bins(fitted, "number_0", [0, 1], reason="policy")
    card = Scorecard(FrozenEstimator(tuned)).fit(X, y)
    assert card.binner_.audit_ == tuned.audit_
    assert card.binner_.specs_ == tuned.specs_
    other = CountTable(
        tuned.prebin_tables_["number_0"].labels,
        tuned.prebin_tables_["number_0"].counts[::-1],
        tuned.prebin_tables_["number_0"].counts[::-1],
    )
    np.testing.assert_array_equal(
        rebinned_counts(tuned, tuned.features_["number_0"], other)[1][:-1],
        tuned.groupings_["number_0"].groups,
    )
    assert cross_fitted_information_value(tuned, rng=0)["number_0"].value > 0.0
    assert np.isnan(tuned.summary().set_index("feature")["trend_cost"]["number_0"])


def test_a_tuned_binner_pickles_and_a_clone_forgets(data, fitted):
    X, y = data
    tuned = merge_bins(fitted, "number_0", [0, 1], reason="policy")
    assert pickle.loads(pickle.dumps(tuned)).audit_ == tuned.audit_  # noqa: S301 - our own bytes
    with pytest.warns(RefitWarning):
        again = clone(tuned).fit(X, y)
    assert again.audit_ == []
    assert again.specs_ == fitted.specs_
    with pytest.warns(RefitWarning):
        refitted = copy.copy(tuned).fit(X, y)
    with pytest.raises(ValueError, match="needs a step to take back"):
        undo_step(refitted, reason="a fit forgets the steps")


@pytest.mark.parametrize("mode", ["per_feature", "joint"])
def test_stumps_are_tuned_alike(data, mode):
    X, y = data
    binner = StumpBinner(mode=mode, max_n_bins=5).fit(X, y)
    tuned = merge_bins(binner, "number_0", [0, 1], reason="x")
    assert tuned.splits_["number_0"].tolist() == binner.splits_["number_0"].tolist()[1:]
    np.testing.assert_array_equal(undo_step(tuned, reason="y").transform(X), binner.transform(X))


def wrong_steps(binner, X, y):
    split = float(binner.splits_["number_0"][0])
    rest = {"reason": "x"}
    return [
        (split_bin, (binner, "nothing", 1.0), rest, "feature must name features of X"),
        (split_bin, (binner, "number_0", split), rest, "which is a split already"),
        (split_bin, (binner, "number_0", "a"), rest, "must be a number, got 'a'"),
        (split_bin, (binner, "number_0", np.inf), rest, "must be finite, got inf"),
        (
            split_bin,
            (binner, "number_0", 1e9),
            {"rows": (X, y), **rest},
            "every bin must hold rows of the fit, got none in",
        ),
        (
            split_bin,
            (binner, "number_0", 0.01),
            {"rows": (X[:9], y[:9]), **rest},
            "must be the rows of the fit, got rows whose",
        ),
        (
            split_bin,
            (binner, "number_0", 0.01),
            {"rows": (X, y[:9]), **rest},
            "y must have shape (3000,)",
        ),
        (
            split_bin,
            (binner, "number_0", 0.01),
            {"rows": X, **rest},
            "rows must be (X, y) or (X, y, sample_weight) of the fit, got DataFrame",
        ),
        (
            split_bin,
            (binner, "category_0", ["level z"]),
            rest,
            "'level z' must be a level of 'category_0', got none of",
        ),
        (
            split_bin,
            (binner, "category_0", binner.splits_["category_0"][0]),
            rest,
            "at must hold some but not all levels of one bin",
        ),
        (
            split_bin,
            (binner, "category_0", []),
            rest,
            "at must hold some but not all levels of one bin",
        ),
        (
            merge_bins,
            (binner, "number_0", [0, 99]),
            rest,
            "a bin of 'number_0' must be an integer from 0 to",
        ),
        (
            merge_bins,
            (binner, "number_0", [0, True]),
            rest,
            "a bin of 'number_0' must be an integer from 0 to",
        ),
        (
            merge_bins,
            (binner, "number_0", [1]),
            rest,
            "at least two different bins of 'number_0', got [1]",
        ),
        (merge_bins, (binner, "number_0", [0, 2]), rest, "must be neighbours, got [0, 2]"),
        (
            move_category,
            (binner, "number_0", "a", 0),
            rest,
            "only levels of categorical features move",
        ),
        (
            move_category,
            (binner, "category_0", binner.splits_["category_0"][0][0], 0),
            rest,
            "must move to another bin, got 0",
        ),
        (
            set_bins,
            (binner, "number_0", [2.0, 1.0]),
            rest,
            "must be finite and increase, got [2.0, 1.0]",
        ),
        (
            set_bins,
            (binner, "category_0", ["level a"]),
            rest,
            "must be lists of levels, got ['level a']",
        ),
        (set_bins, (binner, "category_0", [["level a"], ["z"]]), rest, "and the unknown ['z']"),
        (
            merge_bins,
            (binner, "number_0", [0, 1]),
            {"reason": " "},
            "a reason must be given for the audit trail",
        ),
    ]


@pytest.mark.parametrize("case", range(21))
def test_wrong_steps_are_refused_with_the_way_out(fitted, data, case):
    function, arguments, options, text = wrong_steps(fitted, *data)[case]
    with pytest.raises(ValueError, match=re.escape(text)):
        function(*arguments, **options)


def test_only_fitted_binners_with_pre_bins_are_tuned(data, fitted):
    with pytest.raises(TypeError, match=r"must be a binner of infotheory\.binning, got Pipeline"):
        merge_bins(make_pipeline(fitted), "number_0", [0, 1], reason="x")
    with pytest.raises(TypeError, match="got StandardScaler"):
        merge_bins(FrozenEstimator(StandardScaler()), "number_0", [0, 1], reason="x")
    with pytest.raises(ValueError, match="not fitted"):
        merge_bins(OptimalBinner(), "number_0", [0, 1], reason="x")
    restored = Scorecard.from_json(
        Scorecard(FrozenEstimator(fitted)).fit(*data).to_json()
    ).binner_.estimator
    with pytest.raises(ValueError, match="one read from JSON"):
        merge_bins(restored, "number_0", [0, 1], reason="x")


def test_shapes_by_hand():
    shapes = {
        (0.1, 0.2, 0.3): "ascending",
        (0.3, 0.2, 0.2): "descending",
        (0.1, 0.3, 0.2): "peak",
        (0.3, 0.1, 0.2): "valley",
        (0.1, 0.3, 0.2, 0.4): None,
        (0.1,): None,
        (0.1, 0.1): "ascending",
    }
    assert {rates: shape_of_rates(np.array(rates)) for rates in shapes} == shapes


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, []),
        ({"min_n_bins": 4}, ["min_n_bins=4: 3 bins"]),
        ({"max_n_bins": 2}, ["max_n_bins=2: 3 bins"]),
        ({"min_bin_size": 0.2}, ["min_bin_size=0.2: smallest is 0.1"]),
        ({"max_bin_size": 0.4}, ["max_bin_size=0.4: largest bin 0.5"]),
        ({"min_bin_n_event": 11}, ["min_bin_n_event=11: smallest is 10"]),
        ({"min_bin_n_nonevent": 91}, ["min_bin_n_nonevent=91: smallest is 90"]),
        ({"min_event_rate_diff": 0.15}, ["min_event_rate_diff=0.15: smallest gap 0.1"]),
        ({"monotonic_trend": "auto"}, []),
        ({"monotonic_trend": "peak"}, []),
        ({"monotonic_trend": "concave"}, []),
        (
            {"monotonic_trend": "ascending"},
            ["monotonic_trend='ascending': event rates 0.1, 0.3, 0.2"],
        ),
        ({"monotonic_trend": "valley"}, ["monotonic_trend='valley': event rates 0.1, 0.3, 0.2"]),
        ({"monotonic_trend": "convex"}, ["monotonic_trend='convex': event rates 0.1, 0.3, 0.2"]),
    ],
)
def test_limits_that_are_not_met_by_hand(options, found):
    # event rates .1, .3, .2; the smallest gap lies between the last two bins and between the first
    # and the last
    cells = np.array([[90.0, 10.0], [210.0, 90.0], [400.0, 100.0]])
    assert broken_limits(cells, cells, 1000.0, options) == found


def test_the_p_value_between_neighbours_is_pearsons():
    from scipy.stats import chi2_contingency

    cells = np.array([[90.0, 10.0], [210.0, 90.0], [400.0, 100.0]])
    pairs = [chi2_contingency(cells[i : i + 2], correction=False).pvalue for i in (0, 1)]
    assert broken_limits(cells, cells, 1000.0, {"max_pvalue": 1e-9}) == [
        f"max_pvalue=1e-09: largest p-value {max(pairs):.4g}"
    ]


def test_a_frame_shows_the_trail(fitted):
    frame = pd.DataFrame(merge_bins(fitted, "number_0", [0, 1], reason="x").audit_)
    assert frame.loc[0, ["step", "feature", "action"]].tolist() == [1, "number_0", "merge"]


@pytest.fixture(scope="module")
def group(data):
    x = data[0]["number_0"].fillna(3.0)
    return np.where(x + np.random.default_rng(0).normal(size=len(x)) > 0, "a", "b")


@pytest.fixture(scope="module")
def fair(data, group):
    pytest.importorskip("pulp")
    return FairBinner(budget=0.05, min_bin_size=0.1).fit(*data, protected=group)


def test_fair_bins_are_tuned_and_a_budget_that_is_exceeded_is_stated(data, fair):
    assert fair.groupings_["number_0"].dropped
    tuned = split_bin(
        fair, "number_0", fair.prebin_specs_["number_0"].splits[10], reason="it may say something"
    )
    assert not tuned.groupings_["number_0"].dropped
    assert tuned.specs_["number_0"].n_bins == 2
    texts = tuned.audit_[0]["not_met"]
    assert any(text.startswith("budget=0.05 of all features") for text in texts)
    assert tuned.audit_[0]["iv_before"] == 0.0
    assert tuned.audit_[0]["iv_difference_standard_error"] > 0.0
    for table in (tuned.group_tables_["group"]["number_0"], tuned.tables_["number_0"]):
        assert table.without_groups().counts.sum() == len(data[1])
    summary = tuned.fairness_summary().set_index("feature")
    assert summary.loc["number_0", "iv_fair"] > 0.05
    back = undo_step(tuned, reason="too unfair")
    assert back.status_ == fair.status_
    assert back.audit_[1]["not_met"] == []
    np.testing.assert_array_equal(back.transform(data[0]), fair.transform(data[0]))


def by_group(data, group, bins):
    """Counts of one feature by bin, class and group, from the rows."""
    codes = bins.spec.encode(data[0][bins.name].to_numpy(), np.intp)
    counts = np.zeros((bins.spec.n_codes, 2, 2))
    np.add.at(counts, (codes, np.asarray(data[1]), (group == "b").astype(int)), 1.0)
    return counts[:-1]


@pytest.mark.parametrize("edit", ["split", "set", "rebin"])
def test_bins_counted_by_group_are_split_anywhere_where_protected_is_given(data, group, fair, edit):
    at = 0.0123
    assert at not in fair.prebin_specs_["number_0"].splits
    given = {"reason": "x", "rows": data, "protected": group}
    tuned = {
        "split": lambda: split_bin(fair, "number_0", at, **given),
        "set": lambda: set_bins(fair, "number_0", [at, 1.0], **given),
        "rebin": lambda: rebin(fair, "number_0", keep=[at], max_n_bins=3, **given),
    }[edit]()
    assert at in tuned.splits_["number_0"]
    table = tuned.group_tables_["group"]["number_0"]
    np.testing.assert_array_equal(table.counts, by_group(data, group, tuned.features_["number_0"]))
    pre = tuned.prebin_group_tables_["group"]["number_0"]
    assert pre.labels == tuned.prebin_specs_["number_0"].labels
    assert tuned.fairness_summary()["iv_fair"].notna().all()

    # Steps back and again bring the counts by group along, and another budget starts from them.
    back = undo_step(tuned, reason="x")
    assert at not in back.prebin_specs_["number_0"].splits
    pd.testing.assert_frame_equal(back.fairness_summary(), fair.fairness_summary())
    again = redo_step(back, reason="x")
    pd.testing.assert_frame_equal(again.fairness_summary(), tuned.fairness_summary())
    with pytest.warns(RefitWarning):
        assert again.with_budget(0.0).status_["number_0"] == "dropped: budget"


def test_levels_counted_by_group_are_split_where_protected_is_given(data, group):
    X = data[0].assign(category_0=data[0]["category_0"].fillna("none"))
    options = {"cat_cutoff": 0.3, "max_n_prebins": 6, "monotonic_trend": None}
    fair = FairBinner(**options).fit(X, data[1], protected=group)
    pooled = next(levels for levels in fair.prebin_specs_["category_0"].levels if len(levels) > 1)
    rows = {"rows": (X, data[1]), "reason": "x"}
    with pytest.raises(
        ValueError, match=r"pass rows=\(X, y\) of the fit, and protected= of the fit"
    ):
        split_bin(fair, "category_0", [pooled[0]], **rows)
    tuned = split_bin(fair, "category_0", [pooled[0]], protected=group, **rows)
    found = tuned.group_tables_["group"]["category_0"]
    place = [i for i, levels in enumerate(tuned.specs_["category_0"].levels) if pooled[0] in levels]
    is_level = (X["category_0"] == pooled[0]).to_numpy()
    assert found.counts[place[0], :, 1].sum() == (is_level & (group == "b")).sum()


def test_protected_of_other_rows_is_refused(data, group, fair):
    with pytest.raises(ValueError, match="and protected= of the fit, or see prebin_specs_"):
        split_bin(fair, "number_0", 0.0123, reason="x", rows=data)
    for other in (group[::-1], pd.DataFrame({"sex": group}), np.where(group == "a", "c", "b")):
        with pytest.raises(ValueError, match="protected must be that of the fit, got other counts"):
            split_bin(fair, "number_0", 0.0123, reason="x", rows=data, protected=other)


def test_the_trail_tells_splits_apart_whatever_their_digits():
    amount = np.repeat([1234567.25, 1234567.5, 1234568.0], 100)[:, None]
    binner = OptimalBinner(max_n_bins=2).fit(amount, np.tile([0, 1, 1, 0], 75))
    tuned = set_bins(binner, "x0", [1234567.5], reason="a")
    tuned = split_bin(tuned, "x0", 1234568.0, reason="b")
    assert [line["detail"] for line in tuned.audit_] == ["splits 1234567.5", "at 1234568"]
    with pytest.raises(ValueError, match=r"got 1234567\.5, which is a split already"):
        split_bin(tuned, "x0", 1234567.5, reason="c")


def test_splits_set_by_name_of_a_number(data, fitted):
    kept = [float(split) for split in fitted.splits_["number_0"][1:]]
    tuned = set_bins(fitted, "number_0", kept, reason="fewer")
    assert tuned.splits_["number_0"].tolist() == kept
    assert tuned.audit_[-1]["detail"] == "splits " + ", ".join(map(repr, kept))


def test_an_edit_takes_as_long_with_many_features_as_with_few(data, fitted):
    """Only the changed feature is made again: all others are the same objects."""
    tuned = merge_bins(fitted, "number_0", [0, 1], reason="x")
    for name in fitted.features_:
        assert (tuned.features_[name] is fitted.features_[name]) == (name != "number_0")
    back = undo_step(tuned, reason="y")
    assert (len(tuned.history_.done), len(back.history_.done)) == (1, 0)
    assert back.features_["number_0"].grouping is fitted.features_["number_0"].grouping


@pytest.mark.parametrize("rows", [(), (1,), (1, 2, 3, 4), "Xy"])
def test_rows_are_a_tuple_of_two_or_three(fitted, rows):
    with pytest.raises(ValueError, match=r"rows must be \(X, y\) or \(X, y, sample_weight\)"):
        split_bin(fitted, "number_0", 0.0101, reason="x", rows=rows)


@pytest.mark.parametrize("feature", [["num0"], {"num0"}, None, 0, np.array(["num0"]), {"a": 1}])
def test_what_is_no_name_of_a_feature_is_named(fitted, feature):
    with pytest.raises(ValueError, match="feature must name features of X"):
        merge_bins(fitted, feature, [0, 1], reason="policy")
    with pytest.raises(ValueError, match="feature must name features of X"):
        fitted.binning_table(feature)


@pytest.mark.parametrize("bins", [None, 3])
def test_bins_to_merge_are_several_numbers(fitted, bins):
    with pytest.raises(ValueError, match="bins must be the numbers of two or more bins"):
        merge_bins(fitted, next(iter(fitted.features_)), bins, reason="policy")


@pytest.mark.parametrize("field", ["reason", "who", "when"])
@pytest.mark.parametrize("text", [None, 5, b"policy", ["policy"], "\ud800"])
def test_what_the_trail_says_is_text(fitted, field, text):
    author = {"reason": "policy"} | {field: text}
    with pytest.raises(ValueError, match=f"{field} must be text"):
        merge_bins(fitted, next(iter(fitted.features_)), [0, 1], **author)


def test_several_levels_move_in_one_step():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"level": rng.choice(list("abcd"), 400)})
    y = (rng.random(400) < 0.5).astype(int)
    binner = OptimalBinner(**FREE, user_splits={"level": [["a"], ["b"], ["c"], ["d"]]}).fit(X, y)
    home = {levels[0]: number for number, levels in enumerate(binner.splits_["level"])}
    moved = move_category(binner, "level", ["b", "a"], home["c"], reason="one policy")
    assert sorted(map(sorted, moved.splits_["level"])) == [["a", "b", "c"], ["d"]]
    assert len(moved.audit_) == 1
    assert moved.audit_[0]["detail"].startswith("b, a from ")
    with pytest.raises(ValueError, match=r"where \['c'\] are already"):
        move_category(binner, "level", ["a", "c"], home["c"], reason="r")
    with pytest.raises(ValueError, match="level must name a level of 'level' or several"):
        move_category(binner, "level", [], 0, reason="r")


def test_several_levels_with_an_order_keep_it():
    levels = pd.Categorical(list("abcd") * 100, categories=list("abcd"), ordered=True)
    X = pd.DataFrame({"level": levels})
    y = np.random.default_rng(0).integers(0, 2, 400)
    binner = OptimalBinner(**FREE).fit(X, y)
    binner = set_bins(binner, "level", [["a"], ["b"], ["c"], ["d"]], reason="as they are")
    moved = move_category(binner, "level", ["b", "a"], 2, reason="one policy")
    assert moved.splits_["level"] == [["a", "b", "c"], ["d"]]
    with pytest.raises(ValueError, match="order"):
        move_category(binner, "level", ["a"], 2, reason="b stands between")

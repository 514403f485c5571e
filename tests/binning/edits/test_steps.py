"""Steps by hand taken back and again, by feature; frozen binners; features set aside."""

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator

from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    StumpBinner,
    keep_features,
    merge_bins,
    move_category,
    optimal_groups,
    rebin,
    redo_step,
    split_bin,
    undo_step,
)
from infotheory.binning.search.limits import Limits
from infotheory.datasets import make_portfolio
from infotheory.exceptions import InfeasibleError, RefitWarning


@pytest.fixture(scope="module")
def rows():
    portfolio = make_portfolio(
        3000, numeric=[0.6, 0.2], categorical=[0.4], missing_rate=0.1, random_state=1
    )
    return portfolio.X, portfolio.y


@pytest.fixture(scope="module")
def fitted(rows):
    return OptimalBinner(min_bin_size=0.1).fit(*rows)


def actions(binner):
    return [(line["step"], line["feature"], line["action"]) for line in binner.audit_]


def assert_same_bins(one, other, X):
    np.testing.assert_array_equal(one.transform(X), other.transform(X))
    assert one.status_ == other.status_
    assert one.specs_ == other.specs_


def test_a_step_of_one_feature_is_taken_back_whatever_was_done_to_others_since(rows, fitted):
    X, _ = rows
    first = merge_bins(fitted, "number_0", [0, 1], reason="a")
    second = merge_bins(first, "category_0", [0, 1], reason="b")
    third = merge_bins(second, "number_0", [0, 1], reason="c")

    back = undo_step(third, "number_0", reason="d")
    assert_same_bins(back, second, X)
    again = undo_step(back, "number_0", reason="e")
    assert_same_bins(again, merge_bins(fitted, "category_0", [0, 1], reason="b"), X)
    assert again.audit_[-1]["detail"].startswith("step 1: merge ")
    with pytest.raises(ValueError, match="got none of 'number_0'; see its audit_"):
        undo_step(again, "number_0", reason="f")
    assert_same_bins(undo_step(again, reason="g"), fitted, X)


def test_what_was_taken_back_is_taken_again_in_reverse_order(rows, fitted):
    X, y = rows
    first = split_bin(fitted, "number_0", 0.0101, reason="a", rows=(X, y))
    second = merge_bins(first, "number_0", [0, 1], reason="b")
    start = undo_step(undo_step(second, reason="c"), reason="d")
    assert_same_bins(start, fitted, X)

    once = redo_step(start, reason="e", who="me", when="today")
    assert_same_bins(once, first, X)
    assert once.prebin_specs_["number_0"] == first.prebin_specs_["number_0"]
    twice = redo_step(once, "number_0", reason="f")
    assert_same_bins(twice, second, X)
    assert [action for *_, action in actions(twice)] == [
        "split", "merge", "undo", "undo", "redo", "redo",
    ]  # fmt: skip
    assert twice.audit_[4]["detail"] == "step 1: split at 0.0101"
    assert (twice.audit_[4]["who"], twice.audit_[4]["when"]) == ("me", "today")
    with pytest.raises(ValueError, match="redo_step needs a step that was taken back"):
        redo_step(twice, reason="g")

    # A step taken again can be taken back again, under the number of its own line.
    assert undo_step(twice, reason="h").audit_[-1]["detail"].startswith("step 6: redo step 2:")


def test_a_new_step_forgets_what_was_taken_back_of_its_feature_only(fitted):
    tuned = merge_bins(fitted, "number_0", [0, 1], reason="a")
    tuned = merge_bins(tuned, "category_0", [0, 1], reason="b")
    tuned = undo_step(undo_step(tuned, reason="c"), reason="d")
    tuned = merge_bins(tuned, "number_0", [1, 2], reason="e")
    with pytest.raises(ValueError, match="got none of 'number_0'"):
        redo_step(tuned, "number_0", reason="f")
    assert redo_step(tuned, reason="g").audit_[-1]["feature"] == "category_0"


def test_any_order_of_steps_by_feature_leaves_the_other_features_alone(fitted):
    """Random steps: each feature is always what its own last step in force left."""
    rng = np.random.default_rng(4)
    binner = fitted
    stacks = {name: [bins] for name, bins in fitted.features_.items()}
    redo = {name: [] for name in stacks}
    for _ in range(60):
        name = str(rng.choice(list(stacks)))
        move = rng.choice(["merge", "undo", "redo"])
        if move == "merge" and binner.specs_[name].n_bins > 2:
            binner = merge_bins(binner, name, [0, 1], reason="r")
            stacks[name].append(binner.features_[name])
            redo[name] = []
        elif move == "undo" and len(stacks[name]) > 1:
            binner = undo_step(binner, name, reason="r")
            redo[name].append(stacks[name].pop())
        elif move == "redo" and redo[name]:
            binner = redo_step(binner, name, reason="r")
            stacks[name].append(redo[name].pop())
        for feature, stack in stacks.items():
            assert binner.specs_[feature] == stack[-1].spec
            np.testing.assert_array_equal(binner.woe_[feature], stack[-1].woe)
    assert [line["step"] for line in binner.audit_] == list(range(1, len(binner.audit_) + 1))
    assert len({action for *_, action in actions(binner)}) == 3


def test_a_frozen_binner_is_tuned_and_stays_frozen(rows, fitted):
    X, y = rows
    frozen = FrozenEstimator(fitted)
    tuned = merge_bins(frozen, "number_0", [0, 1], reason="a")
    assert isinstance(tuned, FrozenEstimator)
    assert_same_bins(tuned.estimator, merge_bins(fitted, "number_0", [0, 1], reason="a"), X)
    assert frozen.estimator.audit_ == []
    tuned = split_bin(tuned, "number_0", 0.0101, reason="b", rows=(X, y))
    tuned = redo_step(undo_step(tuned, reason="c"), reason="d")
    assert [action for *_, action in actions(tuned.estimator)] == ["merge", "split", "undo", "redo"]


@pytest.mark.parametrize("trend", ["ascending", "descending", "peak", None])
@pytest.mark.parametrize("most", [2, 3, 5])
def test_a_new_search_is_that_of_the_pre_bins(fitted, trend, most):
    limits = {"max_n_bins": most, "monotonic_trend": trend, "min_bin_n_event": 5}
    tuned = rebin(fitted, "number_0", reason="a", **limits)
    counts = fitted.prebin_tables_["number_0"].counts
    spec = fitted.prebin_specs_["number_0"]
    best = optimal_groups(
        counts[: spec.n_bins, 0],
        counts[: spec.n_bins, 1],
        total_nonevents=counts[:, 0].sum(),
        total_events=counts[:, 1].sum(),
        limits=Limits(max_n_bins=most, min_bin_size=0.1, min_bin_n_event=5),
        monotonic_trend=trend,
    )
    starts = np.flatnonzero(np.diff(best.groups)) + 1
    assert tuned.splits_["number_0"].tolist() == [spec.splits[start - 1] for start in starts]
    assert tuned.status_["number_0"] == "set by hand"
    assert tuned.audit_[0]["action"] == "rebin"
    assert tuned.audit_[0]["detail"] == (
        f"max_n_bins={most}, monotonic_trend={trend!r}, min_bin_n_event=5"
    )


def test_splits_that_stay_are_splits_of_the_new_bins(rows, fitted):
    X, y = rows
    inner = fitted.prebin_specs_["number_0"].splits[30]
    tuned = rebin(fitted, "number_0", keep=[inner], max_n_bins=4, reason="policy")
    assert inner in tuned.splits_["number_0"]
    assert tuned.specs_["number_0"].n_bins <= 4

    with pytest.raises(ValueError, match=r"pass rows=\(X, y\) of the fit"):
        rebin(fitted, "number_0", keep=[0.0101], reason="round")
    tuned = rebin(fitted, "number_0", keep=[0.0101], reason="round", rows=(X, y))
    assert 0.0101 in tuned.splits_["number_0"]
    assert_same_bins(undo_step(tuned, reason="b"), fitted, X)

    free = rebin(fitted, "number_0", reason="as it was")
    np.testing.assert_array_equal(free.splits_["number_0"], fitted.splits_["number_0"])


def test_categories_are_searched_again_in_order_of_their_event_rate(fitted):
    tuned = rebin(fitted, "category_0", max_n_bins=2, reason="two")
    rates = tuned.binning_table("category_0")["event_rate"][:2].tolist()
    assert tuned.specs_["category_0"].n_bins == 2
    assert rates == sorted(rates)
    with pytest.raises(ValueError, match="keep must be empty for the categorical feature"):
        rebin(fitted, "category_0", keep=[1.0], reason="a")


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"max_bins": 3}, ValueError, "limits must be some of min_n_bins"),
        ({"monotonic_trend": "up"}, ValueError, "monotonic_trend"),
        ({"max_n_bins": 0}, ValueError, "max_n_bins"),
        ({"keep": ["x"]}, ValueError, "split of a numerical feature must be a number"),
        ({"keep": [np.nan]}, ValueError, "must be finite"),
        ({"min_n_bins": 70, "max_n_bins": None}, InfeasibleError, "number_0"),
        ({"reason": " "}, ValueError, "a reason must be given"),
    ],
)
def test_a_search_that_cannot_be_is_refused(fitted, options, error, text):
    with pytest.raises(error, match=text):
        rebin(fitted, "number_0", **({"reason": "a"} | options))


def test_stumps_are_searched_again_without_limits_that_they_do_not_have(rows):
    binner = StumpBinner(max_n_bins=5).fit(*rows)
    tuned = rebin(binner, "number_0", max_n_bins=3, monotonic_trend="auto", reason="fewer")
    assert tuned.specs_["number_0"].n_bins <= 3


def test_features_that_stay_keep_their_bins_edits_and_order(rows, fitted):
    X, _ = rows
    tuned = merge_bins(fitted, "number_1", [0, 1], reason="a")
    tuned = merge_bins(tuned, "category_0", [0, 1], reason="b")
    kept = keep_features(tuned, ["category_0", "number_0"], reason="weak", who="me", when="now")

    assert list(kept.features_) == ["number_0", "category_0"]
    assert kept.get_feature_names_out().tolist() == ["number_0", "category_0"]
    columns = [list(X.columns).index(name) for name in kept.features_]
    np.testing.assert_array_equal(
        kept.transform(X[list(kept.features_)]), np.asarray(tuned.transform(X))[:, columns]
    )
    with pytest.raises(ValueError, match="feature names"):
        kept.transform(X)

    line = kept.audit_[-1]
    assert (line["step"], line["feature"], line["action"]) == (3, "number_1", "exclude")
    assert (line["reason"], line["who"], line["when"]) == ("weak", "me", "now")
    assert line["iv_before"] == tuned.summary().set_index("feature")["iv"]["number_1"]
    assert len(tuned.features_) == 3
    assert len(undo_step(kept, reason="c").history_.done) == 0
    with pytest.raises(ValueError, match="must name features of X"):
        undo_step(kept, "number_1", reason="d")


def test_options_by_feature_follow_the_features_that_stay():
    X = pd.DataFrame({"age": [1.0, 2.0, 3.0, -9.0] * 50, "months": [1.0, 99.0, 2.0, 3.0] * 50})
    y = np.array([0, 0, 1, 1] * 30 + [1, 1, 0, 0] * 20)
    binner = OptimalBinner(
        special_codes={"age": [-9], "months": [99]},
        feature_params={"months": {"max_n_bins": 2}},
        user_splits={"age": [2.0]},
    ).fit(X, y)
    kept = keep_features(binner, ["age"], reason="policy")
    tuned = split_bin(kept, "age", 2.5, reason="round", rows=(X[["age"]], y))
    assert tuned.splits_["age"].tolist()[-1] == 2.5
    assert (kept.special_codes, kept.feature_params) == ({"age": [-9]}, None)
    assert binner.special_codes == {"age": [-9], "months": [99]}

    shared = OptimalBinner(special_codes={"not asked": [-9, 99]}).fit(X, y)
    assert keep_features(shared, ["age"], reason="a").special_codes == {"not asked": [-9, 99]}


@pytest.mark.parametrize("declared", [["kind"], [1], [False, True, True]])
def test_what_is_declared_categorical_stays_so(declared):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.integers(1, 4, size=(400, 3)), columns=["age", "kind", "code"])
    y = (rng.random(400) < 0.2 * X["kind"]).astype(int)
    binner = OptimalBinner(categorical_features=declared).fit(X, y)
    kept = keep_features(binner, ["kind", "code"], reason="a")
    with pytest.warns(RefitWarning):
        kept.fit(X[["kind", "code"]], y)
    assert kept.specs_["kind"].kind == "categorical"


@pytest.mark.parametrize(
    "names", [[], ["number_0", "number_1", "category_0"], ["number_0", "number_0"], "number_0", 3]
)
def test_features_that_stay_are_some_but_not_all(fitted, names):
    with pytest.raises(ValueError, match=r"features must (name|leave|be)"):
        keep_features(fitted, names, reason="a")


def test_budgets_concern_all_features_together(rows):
    X, y = rows
    group = np.where(np.arange(len(y)) % 3 == 0, "a", "b")
    fair = FairBinner(budget=0.05, min_bin_size=0.1).fit(X, y, protected=group)
    with pytest.raises(TypeError, match="budgets concern all of its features together"):
        keep_features(fair, ["number_0"], reason="a")


def test_a_level_moves_on_a_frozen_binner(rows, fitted):
    level = fitted.specs_["category_0"].levels[0][0]
    tuned = move_category(FrozenEstimator(fitted), "category_0", level, 1, reason="a")
    assert (
        level
        in tuned.estimator.specs_["category_0"].levels[1]
        + (tuned.estimator.specs_["category_0"].levels[0])
    )

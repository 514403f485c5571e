"""Binners as documents, and copies of a binner for some of its features."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from infotheory.binning import (
    FairBinner,
    OptimalBinner,
    StumpBinner,
    keep_features,
    merge_bins,
    redo_step,
    split_bin,
    undo_step,
)
from infotheory.datasets import make_portfolio


@pytest.fixture(scope="module")
def rows():
    portfolio = make_portfolio(
        2000, numeric=[0.6, 0.2], categorical=[0.4], missing_rate=0.1, random_state=1
    )
    weights = np.random.default_rng(0).uniform(0.5, 2.0, 2000)
    return portfolio.X, portfolio.y, weights


def assert_same(read, binner, X):
    assert type(read) is type(binner)
    np.testing.assert_array_equal(read.transform(X), binner.transform(X))
    pd.testing.assert_frame_equal(read.summary(), binner.summary())
    for name in binner.features_:
        pd.testing.assert_frame_equal(read.binning_table(name), binner.binning_table(name))
        np.testing.assert_array_equal(
            read.prebin_tables_[name].squared_weights, binner.prebin_tables_[name].squared_weights
        )
    assert read.audit_ == binner.audit_
    assert read.get_feature_names_out().tolist() == binner.get_feature_names_out().tolist()


@pytest.mark.parametrize(
    "binner",
    [
        OptimalBinner(),
        OptimalBinner(
            special_codes={"not asked": [-9.0, np.inf]},
            user_splits={"number_0": np.array([-0.5, 0.5])},
            feature_params={"number_1": {"max_n_bins": np.int64(3)}},
            monotonic_trend="ascending",
            metric="event_rate",
            woe_sign="event",
            zero_cells=0.5,
        ),
        OptimalBinner(
            categorical_features=[False, False, True], cat_cutoff=0.1, cat_unknown="missing"
        ),
        StumpBinner(max_n_bins=4),
        StumpBinner(mode="joint"),
    ],
    ids=["plain", "options", "declared", "stumps", "joint stumps"],
)
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SpecialCodesWarning")
@pytest.mark.parametrize("weighted", [False, True])
def test_a_binner_read_from_its_document_is_the_same(rows, binner, weighted):
    X, y, weights = rows
    binner.fit(X, y, weights if weighted else None)
    text = binner.to_json()
    read = type(binner).from_json(text)
    assert_same(read, binner, X)
    assert read.to_json() == text
    assert_same(pickle.loads(pickle.dumps(read)), binner, X)  # noqa: S301 - our own bytes

    again = type(binner).from_json(text).fit(X, y, weights if weighted else None)
    np.testing.assert_array_equal(again.transform(X), binner.transform(X))


def test_a_binner_read_from_its_document_is_tuned_on(rows):
    X, y, _ = rows
    binner = OptimalBinner(min_bin_size=0.1).fit(X, y)
    tuned = split_bin(binner, "number_0", 0.0101, reason="a", rows=(X, y))
    tuned = merge_bins(tuned, "category_0", [0, 1], reason="b")
    tuned = undo_step(tuned, reason="c")

    read = OptimalBinner.from_json(tuned.to_json())
    assert_same(read, tuned, X)
    assert_same(redo_step(read, reason="d"), redo_step(tuned, reason="d"), X)
    assert_same(
        undo_step(read, "number_0", reason="e"), undo_step(tuned, "number_0", reason="e"), X
    )
    finer = split_bin(read, "number_0", 0.2222, reason="f", rows=(X, y))
    assert_same(finer, split_bin(tuned, "number_0", 0.2222, reason="f", rows=(X, y)), X)


def test_features_without_names_are_read_by_their_place():
    X = np.column_stack([np.arange(400) % 4, np.arange(400) % 7]).astype(float)
    y = np.where(np.random.default_rng(0).random(400) < 0.1 + 0.1 * X[:, 0], "bad", "good")
    binner = OptimalBinner(event_label="bad", categorical_features=[0]).fit(X, y)
    read = OptimalBinner.from_json(binner.to_json())
    np.testing.assert_array_equal(read.transform(X), binner.transform(X))
    assert (read.event_label_, read.classes_.tolist()) == ("bad", ["bad", "good"])
    assert not hasattr(read, "feature_names_in_")
    np.testing.assert_array_equal(
        read.subset(["x1"]).transform(X[:, [1]]), binner.transform(X)[:, [1]]
    )


def test_a_subset_keeps_bins_and_steps_and_leaves_the_binner_alone(rows):
    X, y, _ = rows
    tuned = merge_bins(OptimalBinner().fit(X, y), "number_0", [0, 1], reason="a")
    tuned = merge_bins(tuned, "number_1", [0, 1], reason="b")
    part = tuned.subset(["number_1"])
    np.testing.assert_array_equal(part.transform(X[["number_1"]]), tuned.transform(X)[:, [1]])
    assert part.audit_ == tuned.audit_
    assert [past.bins.name for past in part.history_.done] == ["number_1"]
    assert list(tuned.features_) == list(X.columns)
    read = OptimalBinner.from_json(part.to_json())
    assert_same(read, part, X[["number_1"]])
    with pytest.raises(ValueError, match="each once"):
        tuned.subset([])
    with pytest.raises(ValueError, match="must name features of X"):
        tuned.subset(["number_9"])


def test_what_json_cannot_hold_is_named(rows):
    X, y, _ = rows
    binner = OptimalBinner(feature_params={"number_0": {"max_n_bins": 3}}).fit(X, y)
    binner.user_splits = {"number_0": {1.0, 2.0}}
    with pytest.raises(TypeError, match=r"parameters\['user_splits'\]\['number_0'\] must be plain"):
        binner.to_json()


def test_a_document_of_another_class_or_format_is_refused(rows):
    X, y, _ = rows
    text = OptimalBinner().fit(X, y).to_json()
    with pytest.raises(ValueError, match="got a OptimalBinner; read it with OptimalBinner"):
        StumpBinner.from_json(text)
    with pytest.raises(ValueError, match="format 'infotheory binner'"):
        OptimalBinner.from_json("{}")
    assert not hasattr(FairBinner, "to_json")


def test_a_binner_that_was_not_fitted_has_no_document():
    with pytest.raises(ValueError, match="not fitted"):
        OptimalBinner().to_json()


@pytest.mark.parametrize("binner", [OptimalBinner(), StumpBinner(min_bin_size=0.1)], ids=type)
def test_what_a_frame_was_counted_to_is_of_the_features_that_stay(rows, binner):
    X, y, _ = rows
    fitted = clone(binner).fit_frame(X.assign(bad=y), target="bad")
    staying = ["number_1", "category_0"]
    for part in (fitted.subset(staying), keep_features(fitted, staying, reason="x")):
        assert list(part.counts_.specs) == list(part.counts_.tables) == staying
        assert part.counts_.rows == fitted.counts_.rows
        assert part.rank_errors_ == {"number_1": fitted.rank_errors_["number_1"]}
        assert part.counts_.tables["number_1"] is fitted.counts_.tables["number_1"]
        assert part.queries_ == fitted.queries_
        # What is kept can be learnt again, and gives the same bins.
        again = clone(binner).fit_counts(part.counts_)
        assert again.specs_ == part.specs_
    assert set(fitted.rank_errors_) == {"number_0", "number_1"}
    assert list(fitted.counts_.specs) == list(X.columns)

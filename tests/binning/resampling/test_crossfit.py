"""Cross-fitted information value and permutation test."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import KFold, ShuffleSplit

from infotheory.binning import (
    OptimalBinner,
    StumpBinner,
    cross_fitted_information_value,
    permutation_test,
)
from infotheory.binning.resampling.held_out import two_folds_left_out
from infotheory.binning.resampling.refit import table_suffices
from infotheory.evidence import information_value
from infotheory.exceptions import InfeasibleError, WithheldWarning
from infotheory.tables import CountTable


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    score = rng.normal(size=1500)
    y = (rng.random(1500) < 1 / (1 + np.exp(1.5 - score))).astype(int)
    letters = rng.choice(list("abcdefgh"), 1500)
    noise = rng.normal(size=1500)
    noise[::20] = np.nan
    return pd.DataFrame({"score": score, "letter": letters, "noise": noise}), y


def two_value_frame(n_goods, n_bads):
    """One binary feature with the given counts at 0 and 1."""
    x = np.repeat([0.0, 1.0, 0.0, 1.0], [*n_goods, *n_bads])
    return x[:, None], np.repeat([0, 1], [sum(n_goods), sum(n_bads)])


def test_by_hand_with_two_given_folds():
    """Same counts in both folds: the average is the value of one, less its bias."""
    x, y = two_value_frame((300, 100), (100, 100))
    X, target = np.vstack([x, x]), np.concatenate([y, y])
    estimate = cross_fitted_information_value(OptimalBinner(), X, target, KFold(2))["x0"]
    one = information_value(CountTable.from_counts([300, 100], [100, 100]))
    assert estimate.value == pytest.approx(one.value - one.bias)
    n_effective = 800 * 400 / 1200
    between = 2 * 2 / n_effective**2  # two bins in two folds
    assert estimate.standard_error == pytest.approx(np.sqrt(one.standard_error**2 / 2 + between))
    assert estimate.law.name == "normal"


FIVE_FOLDS = [
    [[60, 4], [60, 6], [60, 10]],
    [[58, 5], [62, 7], [60, 8]],
    [[61, 3], [59, 7], [60, 10]],
    [[57, 6], [61, 5], [62, 9]],
    [[64, 4], [58, 6], [58, 10]],
]


def test_values_of_the_derivation():
    folds = [CountTable.from_counts(*np.array(fold, dtype=float).T) for fold in FIVE_FOLDS]
    estimate = two_folds_left_out(folds, lambda _: np.arange(3), "haldane")
    assert estimate.value == pytest.approx(0.085101, abs=5e-7)
    assert estimate.standard_error == pytest.approx(0.069900, abs=5e-7)
    assert estimate.law.degrees_of_freedom == pytest.approx(4.4701, abs=5e-5)
    assert estimate.interval() == pytest.approx((0.00076, 0.28065), abs=5e-6)
    assert estimate.p_value is None


def test_one_weight_for_all_rows_is_none():
    folds = [CountTable.from_counts(*np.array(fold, dtype=float).T) for fold in FIVE_FOLDS]
    heavy = [CountTable(f.labels, 3 * f.counts, 9 * f.squared_weights) for f in folds]
    plain, other = (
        two_folds_left_out(tables, lambda _: np.arange(3), "haldane") for tables in (folds, heavy)
    )
    assert other.value == pytest.approx(plain.value)
    assert other.interval() == pytest.approx(plain.interval())


def test_few_events_in_a_fold_withhold_the_interval():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(500, 1)), np.arange(500) < 40
    with pytest.warns(WithheldWarning, match="1 of 1 features are withheld; 'x0': 8.0 rows"):
        estimate = cross_fitted_information_value(OptimalBinner(), X, y, rng=0)["x0"]
    assert np.isnan(estimate.interval()).all()
    assert "8.0 rows of the smaller class in a fold" in estimate.reason
    assert np.isfinite(estimate.value)
    four = cross_fitted_information_value(OptimalBinner(), X, y, 4)["x0"]
    assert four.reason is None


@pytest.mark.parametrize("cv", [2, 5])
def test_the_exact_zero_of_one_bin_is_told(cv):
    """An interval of no width says why it has none, and only there."""
    x = np.arange(400) % 2
    y = np.where(np.arange(400) % 10 < 3, 1 - x, x)
    X = np.column_stack([np.ones(400), x])
    constant, known = cross_fitted_information_value(OptimalBinner(), X, y, cv=cv, rng=0).values()
    assert (constant.value, constant.standard_error, constant.interval()) == (0.0, 0.0, (0.0, 0.0))
    assert "all rows lie in one bin, whose 0 is exact" in constant.method
    assert "exact" not in known.method


def test_signal_and_noise(rows):
    X, y = rows
    found = cross_fitted_information_value(OptimalBinner(), X, y, rng=0)
    assert found["score"].interval()[0] > 0.4
    for name in ("letter", "noise"):
        assert found[name].value < 0.03
    assert list(found) == list(X.columns)
    tested = permutation_test(OptimalBinner(), X, y, n_permutations=39, rng=0)
    assert tested["score"].p_value == 1 / 40
    assert tested["letter"].p_value > 0.05
    assert tested["noise"].p_value > 0.05
    assert all(result.n_permutations == 39 for result in tested.values())


def test_a_fitted_binner_needs_no_rows(rows):
    X, y = rows
    binner = OptimalBinner().fit(X, y)
    assert cross_fitted_information_value(binner, rng=1) == cross_fitted_information_value(
        binner, X, y, rng=1
    )
    with_rows = permutation_test(OptimalBinner(), X, y, n_permutations=9, rng=1)
    assert permutation_test(binner, n_permutations=9, rng=1) == with_rows


def test_unit_weights_are_no_weights(rows):
    X, y = rows
    ones = np.ones(len(y))
    for function in (
        lambda **w: permutation_test(OptimalBinner(), X, y, n_permutations=9, rng=0, **w),
        lambda **w: cross_fitted_information_value(OptimalBinner(), X, y, rng=0, **w),
    ):
        assert function(sample_weight=ones) == function()


def test_a_frozen_binner_counts_the_rows_that_are_given(rows):
    """Its own tables may be those of other rows; bins are learnt anew on the same pre-bins."""
    X, y = rows
    frozen = FrozenEstimator(OptimalBinner().fit(X[:1000], y[:1000]))
    value = cross_fitted_information_value(frozen, X[1000:], y[1000:], rng=0)["score"]
    assert value != cross_fitted_information_value(frozen, rng=0)["score"]
    assert value.value > 0.0
    with pytest.raises(ValueError, match="labels of the fit"):
        cross_fitted_information_value(frozen, X, np.where(y == 1, "bad", "good"))


def test_scale_of_weights_changes_nothing(rows):
    X, y = rows
    weights = np.random.default_rng(0).uniform(0.5, 2.0, len(y))
    binner = OptimalBinner(min_bin_n_event=0, min_bin_n_nonevent=0)
    one, two = (
        cross_fitted_information_value(binner, X[["score"]], y, sample_weight=w, rng=0)["score"]
        for w in (weights, 8.0 * weights)
    )
    assert two.value == pytest.approx(one.value)
    assert two.standard_error == pytest.approx(one.standard_error)


def test_splitters_use_rows(rows):
    X, y = rows
    splits = ShuffleSplit(3, random_state=0)
    with pytest.warns(WithheldWarning, match="a held-out fold expects"):
        found = cross_fitted_information_value(OptimalBinner(), X, y, splits)
    assert np.isnan(found["score"].interval()).all()
    assert found["score"].method.startswith("cross-fitted over 3 folds")
    assert found["score"].value > 0.2


def test_stumps(rows):
    pytest.importorskip("xgboost")
    X, y = rows
    binner = StumpBinner(max_n_bins=5, min_bin_size=0.05)
    assert cross_fitted_information_value(binner, X, y, rng=0)["score"].value > 0.4
    assert (
        permutation_test(binner, X[["score"]], y, n_permutations=19, rng=0)["score"].p_value == 0.05
    )


def test_clusters_move_as_a_whole(rows):
    """Every row four times: clusters of copies know it, rows do not."""
    X, y = rows
    X, y = X[["noise"]].iloc[:300], y[:300]
    copies = pd.concat([X] * 4, ignore_index=True)
    target, clusters = np.tile(y, 4), np.tile(np.arange(300), 4)
    alone = permutation_test(OptimalBinner(), X, y, n_permutations=99, rng=0)["noise"]
    naive = permutation_test(OptimalBinner(), copies, target, n_permutations=99, rng=0)["noise"]
    told = permutation_test(
        OptimalBinner(), copies, target, n_permutations=99, clusters=clusters, rng=0
    )["noise"]
    assert naive.p_value < told.p_value
    assert told.p_value == pytest.approx(alone.p_value, abs=0.2)


def test_draws_without_bins_count_as_zero():
    x, y = two_value_frame((60, 20), (20, 60))
    binner = OptimalBinner(min_n_bins=2, max_pvalue=0.001)
    assert permutation_test(binner, x, y, n_permutations=19, rng=0)["x0"].p_value == 0.05
    with pytest.raises(InfeasibleError, match="'x0'"):
        permutation_test(OptimalBinner(min_n_bins=3), x, y)


def test_same_seed_same_result(rows):
    X, y = rows
    one, two = (permutation_test(OptimalBinner(), X, y, n_permutations=5, rng=4) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cv": 1}, "cv must be at least 2 folds or a splitter, got 1"),
        ({"cv": 600}, "cv must not exceed the rows of the smaller class, got 600 folds"),
        ({"y": None}, "X and y must be given together, got only X"),
    ],
)
def test_bad_cross_fitting(rows, options, message):
    arguments = {"X": rows[0], "y": rows[1]} | options
    with pytest.raises(ValueError, match=re.escape(message)):
        cross_fitted_information_value(OptimalBinner(), **arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_permutations": 0}, "n_permutations must be an integer of at least 1, got 0"),
        ({"X": None}, "X and y must be given together, got only y"),
        ({"clusters": np.zeros(1500)}, "clusters of the same size change places, got 1 clusters"),
        ({"clusters": [1, 2]}, "clusters must have shape (1500,)"),
    ],
)
def test_bad_permutation_tests(rows, options, message):
    arguments = {"X": rows[0], "y": rows[1]} | options
    with pytest.raises(ValueError, match=re.escape(message)):
        permutation_test(OptimalBinner(), **arguments)


def test_weights_and_splitters_need_rows(rows):
    X, y = rows
    weighted = OptimalBinner().fit(X, y, np.full(len(y), 2.0))
    with pytest.raises(ValueError, match="rows must be given where they have weights"):
        permutation_test(weighted)
    with pytest.raises(ValueError, match="X and y must be given for a splitter as cv"):
        cross_fitted_information_value(OptimalBinner().fit(X, y), cv=KFold(2))


def test_other_estimators_are_refused(rows):
    with pytest.raises(TypeError, match="got KFold; use OptimalBinner or StumpBinner"):
        permutation_test(KFold(), *rows)


def test_a_splitter_whose_fold_has_one_class(rows):
    X, y = rows

    class Sorted:
        def split(self, _X, y):
            order = np.argsort(y)
            yield order[100:], order[:100]

    with pytest.raises(
        ValueError,
        match=r"each fold must hold both classes, got a held-out fold with \[100.0, 0.0\]",
    ):
        cross_fitted_information_value(OptimalBinner(), X, y, cv=Sorted())


@pytest.mark.parametrize("function", [cross_fitted_information_value, permutation_test])
def test_a_target_of_one_number_is_refused_in_words(function, rows):
    X, _ = rows
    for binner in (OptimalBinner(), FrozenEstimator(OptimalBinner().fit(*rows))):
        with pytest.raises(ValueError, match=r"y must have shape .*got shape \(\)"):
            function(binner, X, 1, sample_weight=np.ones(len(X)))
    with pytest.raises(ValueError, match=r"y must have shape \(n_rows,\), got shape \(\)"):
        table_suffices(OptimalBinner(), X, 1, np.ones(len(X)))

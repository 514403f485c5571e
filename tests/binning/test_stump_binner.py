"""StumpBinner against XGBoost on rows, and the limits on its splits."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from infotheory.binning import StumpBinner
from infotheory.binning.prebins.grouping import group_counts
from infotheory.binning.stump_binner import _boost, strongest_splits

xgboost = pytest.importorskip("xgboost")


def rows(n=5000, n_values=200, seed=0):
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=n) * n_values / 8) / 10
    y = (rng.random(n) < 1 / (1 + np.exp(1.5 - np.sin(2 * x)))).astype(int)
    return x, y


def boost_rows(matrix, y, n_rounds, **options):
    """Splits of XGBoost on the rows themselves, read with its own frame of trees."""
    data = xgboost.DMatrix(matrix, label=y, nthread=1)
    parameters = {
        "objective": "binary:logistic",
        "max_depth": 1,
        "base_score": y.mean(),
        "nthread": 1,
        "eta": 1.0,
    }
    trees = xgboost.train(parameters | options, data, n_rounds).trees_to_dataframe()
    return trees[trees["Feature"] != "Leaf"]


@pytest.mark.parametrize("n_rounds", [1, 10, 50])
@pytest.mark.parametrize(
    "options", [{}, {"gamma": 5.0}, {"reg_lambda": 0.0, "min_child_weight": 20.0}]
)
def test_splits_are_those_of_the_rows_where_each_value_has_a_cell(n_rounds, options):
    x, y = rows()
    names = {"reg_lambda": "lambda"}
    trees = boost_rows(
        x[:, None],
        y,
        n_rounds,
        tree_method="exact",
        **{names.get(key, key): value for key, value in options.items()},
    )
    binner = StumpBinner(n_rounds=n_rounds, **options).fit(x[:, None], y)
    expected = {tuple(np.sort(x) < split) for split in trees["Split"]}
    assert {tuple(np.sort(x) < split) for split in binner.splits_["x0"]} == expected
    assert np.isin(binner.splits_["x0"], x).all()


def test_splits_of_a_quantile_grid_are_close_to_those_of_the_rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=100_000)
    y = (rng.random(100_000) < 1 / (1 + np.exp(2 - x))).astype(int)
    found = StumpBinner(n_rounds=3).fit(x[:, None], y).splits_["x0"]
    wanted = boost_rows(x[:, None], y, 3, tree_method="exact")["Split"].astype(float)
    ours, theirs = (np.searchsorted(np.sort(x), splits) / len(x) for splits in (found, wanted))
    distance = abs(ours[:, None] - theirs)
    assert max(distance.min(axis=0).max(), distance.min(axis=1).max()) < 1 / 256


def test_first_gain_is_pearsons_chi_square():
    good, bad = np.array([40.0, 30.0, 20.0]), np.array([5.0, 10.0, 20.0])
    position, target = np.tile(np.arange(3, dtype=np.float32), 2)[:, None], np.repeat([0.0, 1.0], 3)
    options = {"learning_rate": 1.0, "min_child_weight": 0.0, "gamma": 0.0, "reg_lambda": 0.0}
    (split,) = _boost(
        position,
        target,
        np.r_[good, bad],
        n_rounds=1,
        tree_method="exact",
        nthread=1,
        directions=(0,),
        **options,
    )
    cut = int(np.ceil(split.threshold))
    tables = [
        np.array([[good[:c].sum(), good[c:].sum()], [bad[:c].sum(), bad[c:].sum()]]) for c in (1, 2)
    ]
    chi_squares = [stats.chi2_contingency(table, correction=False).statistic for table in tables]
    assert split.gain == pytest.approx(max(chi_squares), rel=1e-5)
    assert cut == 1 + int(np.argmax(chi_squares))


def test_joint_mode_groups_the_splits_of_one_booster():
    x, y = rows(4000)
    frame = pd.DataFrame({"a": x, "b": np.random.default_rng(1).normal(size=4000), "c": -x})
    trees = boost_rows(frame, y, 20, tree_method="hist", gamma=2.0)
    binner = StumpBinner(mode="joint", n_rounds=20, gamma=2.0).fit(frame, y)
    for name, column in frame.items():
        values = np.sort(column.to_numpy())
        wanted = trees.loc[trees["Feature"] == name, "Split"].astype(np.float32)
        assert {tuple(values < s) for s in binner.splits_[name]} == {
            tuple(values.astype(np.float32) < s) for s in wanted
        }
        assert np.isin(binner.splits_[name], values).all()
    with pytest.raises(ValueError, match="need mode='per_feature', got mode='joint'"):
        group_counts(binner, *binner.features_["a"].prebinned()[:2])


@pytest.mark.parametrize("mode", ["per_feature", "joint"])
def test_categories_missing_and_special(mode):
    x, y = rows(3000)
    job = np.array(["u", "v", "w"], dtype=object)[np.digitize(x, [-0.5, 0.5])]
    x[:100], job[:50], x[100:200] = np.nan, None, -99.0
    frame = pd.DataFrame({"x": x, "job": job})
    binner = StumpBinner(mode=mode, special_codes=[-99]).fit(frame, y)
    rates = binner.tables_["job"].to_frame()["event_rate"].to_numpy()[: binner.specs_["job"].n_bins]
    assert (np.diff(rates) > 0).all()
    assert binner.specs_["x"].labels[-2:] == ("Special", "Missing")
    assert binner.tables_["x"].counts[-1].sum() == 100
    np.testing.assert_array_equal(binner.fit_transform(frame, y), binner.transform(frame))


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6))
def test_integer_weights_are_repeated_rows(seed):
    x, y = rows(400, 100, seed)
    weights = np.random.default_rng(seed).integers(0, 4, 400)
    weighted = StumpBinner(zero_cells=0.5).fit(x[:, None], y, sample_weight=weights)
    repeated = StumpBinner(zero_cells=0.5).fit(
        np.repeat(x, weights)[:, None], np.repeat(y, weights)
    )
    assert weighted.splits_["x0"].tolist() == repeated.splits_["x0"].tolist()
    np.testing.assert_array_equal(weighted.woe_["x0"], repeated.woe_["x0"])


def test_limits():
    x, y = rows()
    free = StumpBinner(n_rounds=50, zero_cells=0.5).fit(x[:, None], y)
    few = StumpBinner(n_rounds=50, max_n_bins=4).fit(x[:, None], y)
    assert len(few.splits_["x0"]) == 3
    assert set(few.splits_["x0"]) < set(free.splits_["x0"])
    large = StumpBinner(n_rounds=50, min_bin_size=0.1).fit(x[:, None], y)
    assert large.tables_["x0"].counts[:-1].sum(axis=1).min() >= 0.1 * len(x)
    assert StumpBinner(gamma=1e6).fit(x[:, None], y).status_ == {
        "x0": "single bin: no split reaches gamma and the limits"
    }


def test_strongest_splits_by_hand():
    gains, weight = np.array([4.0, 0.0, 3.0, 1.0]), np.array([5.0, 1.0, 1.0, 1.0, 5.0])
    assert strongest_splits(gains, weight).tolist() == [True, False, True, True]
    assert strongest_splits(gains, weight, max_n_bins=2).tolist() == [True, False, False, False]
    # the bin of weight 1 between splits 2 and 3 loses the weaker split; the bin of weight 2 then
    # loses split 2
    assert strongest_splits(gains, weight, min_weight=2.0).tolist() == [True, False, True, False]
    assert strongest_splits(gains, weight, min_weight=3.0).tolist() == [True, False, False, False]
    assert not strongest_splits(gains, weight, min_weight=20.0).any()


@pytest.mark.parametrize(("trend", "sign"), [("ascending", 1), ("auto", 1), ("descending", -1)])
def test_monotone_constraint(trend, sign):
    x, y = rows()
    binner = StumpBinner(monotonic_trend=trend, n_rounds=5).fit(x[:, None], y)
    assert binner.summary()["trend"][0] == ("ascending" if sign > 0 else "descending")
    if trend == "ascending":
        assert (binner.tables_["x0"].to_frame()["event_rate"].diff()[1:-1] > 0).all()


def test_rebin_on_its_own_counts_gives_the_groups_of_the_fit():
    x, y = rows()
    binner = StumpBinner().fit(x[:, None], y)
    np.testing.assert_array_equal(
        group_counts(binner, *binner.features_["x0"].prebinned()[:2]).groups,
        binner.groupings_["x0"].groups,
    )


def test_features_without_choice():
    x = np.column_stack([np.ones(40), np.full(40, np.nan)])
    for mode in ("per_feature", "joint"):
        binner = StumpBinner(mode=mode).fit(x, np.arange(40) % 2)
        assert binner.status_ == {
            "x0": "single bin: constant",
            "x1": "single bin: no regular values",
        }


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"mode": "rows"}, "mode must be one of 'per_feature', 'joint', got 'rows'"),
        ({"n_rounds": 0}, "n_rounds must be an integer of at least 1, got 0"),
        ({"learning_rate": -1}, r"learning_rate must be a number in \[0, inf\), got -1"),
        ({"min_bin_size": 1.0}, r"min_bin_size must be a number in \[0, 1\), got 1.0"),
        (
            {"monotonic_trend": "peak"},
            "monotonic_trend must be one of None, 'auto', 'ascending', 'descending'",
        ),
        (
            {"mode": "joint", "feature_params": {"x0": {"gamma": 1}}},
            "a joint booster has one value of gamma",
        ),
    ],
)
def test_bad_options(options, text):
    x, y = rows(100)
    with pytest.raises(ValueError, match=text):
        StumpBinner(**options).fit(x[:, None], y)


def test_joint_mode_refuses_numbers_beyond_float32():
    x, y = rows(100)
    with pytest.raises(
        ValueError, match=r"compares in float32, so numbers must lie within 3.4e[+]38, got 1e[+]300"
    ):
        StumpBinner(mode="joint").fit(np.where(np.arange(100) == 3, 1e300, x)[:, None], y)

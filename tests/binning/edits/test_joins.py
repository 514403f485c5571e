"""Missing and special values that share a bin with others."""

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
    rebin,
    redo_step,
    set_bins,
    split_bin,
    undo_step,
)
from infotheory.datasets import make_portfolio

SPECIAL = {"refused": [-1.0], "not asked": [-2.0]}


@pytest.fixture(scope="module")
def rows():
    portfolio = make_portfolio(
        4000, numeric=[0.6, 0.2], categorical=[0.4], missing_rate=0.1, random_state=5
    )
    X = portfolio.X.copy()
    X.loc[X.index % 17 == 0, "number_0"] = -1.0
    X.loc[X.index % 19 == 0, "number_0"] = -2.0
    return X, np.asarray(portfolio.y)


@pytest.fixture(scope="module")
def fitted(rows):
    params = {"number_0": {"special_codes": SPECIAL}}
    return OptimalBinner(feature_params=params).fit(*rows)


def share(binner, name, label):
    table = binner.binning_table(name).set_index("bin")
    return table.loc[label, "count"]


def assert_equal_but_for_the_search(counted, learnt):
    """Rows that are handed over are new ones: no search among them takes the lower end down."""
    low = [table["iv_low"].iloc[-1] for table in (counted, learnt)]
    assert low[1] < low[0] < learnt["iv"].iloc[-1]
    tables = [table.drop(index="Totals") for table in (counted, learnt)]
    pd.testing.assert_frame_equal(*tables)
    totals = [table.loc["Totals"].drop("iv_low") for table in (counted, learnt)]
    pd.testing.assert_series_equal(*totals)


def test_missing_values_get_the_count_the_evidence_and_the_label_of_their_bin(rows, fitted):
    X, y = rows
    spec = fitted.specs_["number_0"]
    apart = fitted.binning_table("number_0")
    tuned = merge_bins(fitted, "number_0", [1, "Missing"], reason="a")
    table = tuned.binning_table("number_0")

    label = f"{spec.labels[1]} or Missing"
    assert table["bin"].tolist()[1] == label
    assert "Missing" not in table["bin"].tolist()
    assert spec.missing_code not in table.index
    union = apart.loc[[1, spec.missing_code], ["count", "nonevents", "events"]].sum()
    assert table.loc[1, ["count", "nonevents", "events"]].tolist() == union.tolist()
    assert table["count"].iloc[-1] == len(X)

    is_missing = X["number_0"].isna().to_numpy()
    evidence = tuned.transform(X)[:, 0]
    assert set(evidence[is_missing]) == {table.loc[1, "woe"]}
    assert (tuned.bin_codes(X)[is_missing, 0] == 1).all()
    assert_equal_but_for_the_search(tuned.binning_table("number_0", X, y), table)
    assert tuned.audit_[-1]["action"] == "merge"
    assert tuned.audit_[-1]["detail"] == f"{spec.labels[1]}, Missing"
    assert label in tuned.audit_[-1]["bins_after"]
    summary = tuned.summary().set_index("feature").loc["number_0"]
    assert summary["missing_share"] == pytest.approx(is_missing.mean())


@pytest.mark.parametrize("metric", ["woe", "event_rate", "indices", "bins"])
def test_each_metric_gives_what_is_joined_what_its_bin_gets(rows, metric):
    X, y = rows
    binner = OptimalBinner(metric=metric).fit(X, y)
    for name in ("number_0", "category_0"):
        column = list(X.columns).index(name)
        tuned = merge_bins(binner, name, ["Missing", 0], reason="a")
        target = tuned.specs_[name].joined[tuned.specs_[name].missing_code]
        values = tuned.transform(X)[:, column]
        codes = tuned.bin_codes(X)[:, column]
        assert len(set(values[codes == target])) == 1
        assert (codes[X[name].isna().to_numpy()] == target).all()
        fitted_values = binner.fit_transform(X, y)
        assert fitted_values.shape == tuned.transform(X).shape


def test_a_name_and_a_number_mean_the_same_bin(fitted):
    spec = fitted.specs_["number_0"]
    by_name = merge_bins(fitted, "number_0", [0, "refused", "Missing"], reason="a")
    codes = [0, spec.n_bins, spec.missing_code]
    by_number = merge_bins(fitted, "number_0", codes, reason="a")
    assert by_name.specs_["number_0"] == by_number.specs_["number_0"]
    assert by_name.specs_["number_0"].joined == {spec.n_bins: 0, spec.missing_code: 0}
    assert by_name.specs_["number_0"].labels[0].endswith(") or refused or Missing")


def test_groups_are_joined_to_one_another_and_then_to_a_bin(rows, fitted):
    X, _ = rows
    spec = fitted.specs_["number_0"]
    outside = merge_bins(fitted, "number_0", ["refused", "Missing"], reason="a")
    table = outside.binning_table("number_0")
    assert table["bin"].tolist()[-3:] == ["refused or Missing", "not asked", ""]
    assert "refused or Missing" in outside.audit_[-1]["bins_after"]
    both = X["number_0"].isna() | (X["number_0"] == -1.0)
    assert (outside.bin_codes(X)[both.to_numpy(), 0] == spec.n_bins).all()

    inside = merge_bins(outside, "number_0", [2, "refused"], reason="b")
    assert inside.specs_["number_0"].joined == {spec.n_bins: 2, spec.missing_code: 2}
    assert share(inside, "number_0", inside.specs_["number_0"].labels[2]) == (
        fitted.binning_table("number_0").loc[[2, spec.n_bins, spec.missing_code], "count"].sum()
    )


def test_a_join_goes_where_its_bin_goes(rows, fitted):
    X, y = rows
    spec = fitted.specs_["number_0"]
    tuned = merge_bins(fitted, "number_0", [2, "Missing"], reason="a")
    merged = merge_bins(tuned, "number_0", [1, 2], reason="b")
    assert merged.specs_["number_0"].joined == {spec.missing_code - 1: 1}
    assert merged.tables_["number_0"].counts.sum() == len(X)

    # A cut leaves it with the part of the nearest event rate.
    table = tuned.prebin_tables_["number_0"]
    rate = table.events[-1] / table.counts[-1].sum()
    splits = np.asarray(tuned.prebin_specs_["number_0"].splits)
    low, high = spec.splits[1], spec.splits[2] if len(spec.splits) > 2 else np.inf
    at = float(splits[(splits > low) & (splits < high)][0])
    cut = split_bin(tuned, "number_0", at, reason="c")
    to = cut.specs_["number_0"].joined[cut.specs_["number_0"].missing_code]
    apart = split_bin(fitted, "number_0", at, reason="c").binning_table("number_0")
    distance = (apart.loc[[2, 3], "event_rate"] - rate).abs()
    assert to == distance.idxmin()
    np.testing.assert_array_equal(
        cut.binning_table("number_0", X, y)["count"], cut.binning_table("number_0")["count"]
    )

    searched = rebin(tuned, "number_0", max_n_bins=2, reason="d")
    new = searched.specs_["number_0"]
    assert set(new.joined) == {new.missing_code}
    given = set_bins(tuned, "number_0", [spec.splits[0]], reason="e")
    assert given.specs_["number_0"].joined == {given.specs_["number_0"].missing_code: 1}


def test_levels_move_and_what_is_joined_stays_with_its_bin(rows):
    X, y = rows
    binner = OptimalBinner().fit(X, y)
    levels = binner.specs_["category_0"].levels
    source = max(range(len(levels)), key=lambda i: len(levels[i]))
    tuned = merge_bins(binner, "category_0", [source, "Missing"], reason="a")
    spec = tuned.specs_["category_0"]
    at = spec.joined[spec.missing_code]
    moving = spec.levels[at][0]
    if len(spec.levels[at]) > 1:
        moved = move_category(tuned, "category_0", moving, (at + 1) % spec.n_bins, reason="b")
        new = moved.specs_["category_0"]
        assert set(spec.levels[at][1:]) <= set(new.levels[new.joined[new.missing_code]])
    rates = tuned.binning_table("category_0")["event_rate"].iloc[:-1]
    assert rates.is_monotonic_increasing
    assert tuned.transform(X).shape == X.shape


def test_it_is_taken_out_again_undone_and_redone(rows, fitted):
    X, _ = rows
    tuned = merge_bins(fitted, "number_0", [1, "Missing", "refused"], reason="a")
    out = split_bin(tuned, "number_0", "Missing", reason="b")
    assert out.audit_[-1]["detail"] == "Missing on their own"
    assert out.specs_["number_0"].joined == {out.specs_["number_0"].n_bins: 1}
    both = split_bin(tuned, "number_0", ["refused", "Missing"], reason="b")
    assert both.specs_ == fitted.specs_
    np.testing.assert_array_equal(both.transform(X), fitted.transform(X))

    back = undo_step(tuned, reason="c")
    assert back.specs_ == fitted.specs_
    again = redo_step(back, reason="d")
    assert again.specs_ == tuned.specs_
    np.testing.assert_array_equal(again.transform(X), tuned.transform(X))
    kept = keep_features(tuned, ["number_0"], reason="e")
    np.testing.assert_array_equal(kept.transform(X[["number_0"]])[:, 0], tuned.transform(X)[:, 0])


def test_the_error_of_a_join_is_that_of_the_same_rows(fitted):
    line = merge_bins(fitted, "number_0", [1, "Missing"], reason="a").audit_[-1]
    assert line["iv_difference"] <= 1e-12
    assert 0.0 <= line["iv_difference_standard_error"] < line["iv_before_standard_error"]


def test_it_survives_json_and_freezing(rows, fitted):
    X, y = rows
    tuned = merge_bins(fitted, "number_0", [1, "Missing"], reason="a")
    tuned = merge_bins(tuned, "category_0", [0, "Missing"], reason="b")
    read = OptimalBinner.from_json(tuned.to_json())
    assert read.specs_ == tuned.specs_
    np.testing.assert_array_equal(read.transform(X), tuned.transform(X))
    assert undo_step(undo_step(read, reason="c"), reason="c").specs_ == fitted.specs_
    frozen = merge_bins(FrozenEstimator(fitted), "number_0", [1, "Missing"], reason="a")
    np.testing.assert_array_equal(frozen.bin_codes(X)[:, 0], tuned.bin_codes(X)[:, 0])
    counts = tuned.count_prebins(X, y)["number_0"]
    assert_equal_but_for_the_search(
        tuned.binning_table("number_0", table=counts), tuned.binning_table("number_0")
    )


def test_unseen_categories_read_as_missing_follow_them(rows):
    X, y = rows
    binner = OptimalBinner(cat_unknown="missing").fit(X, y)
    tuned = merge_bins(binner, "category_0", [1, "Missing"], reason="a")
    new = X[:3].assign(category_0="never seen")
    spec = tuned.specs_["category_0"]
    assert (tuned.bin_codes(new)[:, 2] == spec.joined[spec.missing_code]).all()


@pytest.mark.parametrize("make", [StumpBinner, FairBinner])
def test_other_binners_join_too(make, rows):
    X, y = rows
    group = np.where(X.index % 2, "a", "b")
    extra = {} if make is StumpBinner else {"protected": group}
    binner = make().fit(X, y, **extra)
    tuned = merge_bins(binner, "number_0", [0, "Missing"], reason="a")
    codes = tuned.bin_codes(X)[:, 0]
    assert (codes[X["number_0"].isna().to_numpy()] == 0).all()
    if make is FairBinner:
        (attribute,) = tuned.group_tables_
        table = tuned.group_tables_[attribute]["number_0"]
        np.testing.assert_array_equal(
            table.without_groups().counts, tuned.tables_["number_0"].counts
        )
        for i, label in enumerate(table.groups):
            rows_of = (group == label) & (codes == 0)
            assert table.counts[0, :, i].sum() == rows_of.sum()
        assert len(tuned.fairness_summary())


def test_what_cannot_be_joined_is_refused_with_the_way_out(rows, fitted):
    with pytest.raises(ValueError, match="or one of the names"):
        merge_bins(fitted, "number_0", [0, "missing"], reason="a")
    with pytest.raises(ValueError, match="must be an integer from 0 to"):
        merge_bins(fitted, "number_0", [0, 99], reason="a")
    with pytest.raises(ValueError, match="at least two different bins"):
        merge_bins(fitted, "number_0", ["Missing"], reason="a")
    with pytest.raises(ValueError, match="must be neighbours"):
        merge_bins(fitted, "number_0", [0, 2, "Missing"], reason="a")
    tuned = merge_bins(fitted, "number_0", [0, "Missing"], reason="a")
    with pytest.raises(ValueError, match=r"joined to bin 0; name that bin, or split_bin"):
        merge_bins(tuned, "number_0", [1, "Missing"], reason="a")
    with pytest.raises(ValueError, match="must be a number"):
        split_bin(fitted, "number_0", "Missing", reason="a")
    with pytest.raises(ValueError, match="two or more bins"):
        merge_bins(fitted, "number_0", "Missing", reason="a")


def test_a_level_of_that_name_is_told_apart():
    x = np.array(["a", "b", "Missing", None] * 100, dtype=object)
    y = np.tile([0, 1, 1, 0, 0, 1, 0, 1, 0, 0], 40)
    X = pd.DataFrame({"x": x})
    binner = OptimalBinner().fit(X, y)
    tuned = merge_bins(binner, "x", [0, "Missing"], reason="a")
    assert tuned.specs_["x"].joined
    assert len(set(tuned.specs_["x"].labels)) == len(tuned.specs_["x"].labels)
    with pytest.raises(ValueError, match="undo_step takes the join back"):
        split_bin(tuned, "x", "Missing", reason="b")

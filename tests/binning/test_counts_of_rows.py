"""Rows counted once in the pre-bins, whose counts then say what any bins of them would."""

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
    rebin,
    split_bin,
    undo_step,
)
from infotheory.datasets import make_portfolio
from infotheory.engines import count_frame
from infotheory.tables import CountTable


@pytest.fixture(scope="module")
def samples():
    portfolio = make_portfolio(
        4000, numeric=[0.6, 0.2], categorical=[0.4], missing_rate=0.1, random_state=7
    )
    X, y = portfolio.X, np.asarray(portfolio.y)
    return (X[:3000], y[:3000]), (X[3000:].reset_index(drop=True), y[3000:])


def months(n_rows):
    return np.repeat(["2025-11", "2025-12", "2026-01"], [n_rows // 2, n_rows // 4, n_rows // 4])


@pytest.mark.parametrize("make", [OptimalBinner, StumpBinner, FairBinner])
def test_counts_of_pre_bins_give_the_table_of_the_rows(make, samples):
    fit, (X, y) = samples
    binner = make().fit(*fit)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(y))
    counts = binner.count_prebins(X, y, weight)
    assert list(counts) == list(binner.features_)
    for name, table in counts.items():
        assert table.labels == binner.prebin_specs_[name].labels
        pd.testing.assert_frame_equal(
            binner.binning_table(name, table=table), binner.binning_table(name, X, y, weight)
        )


def test_they_outlive_edits_that_the_pre_bins_can_make(samples):
    fit, (X, y) = samples
    binner = OptimalBinner().fit(*fit)
    table = binner.count_prebins(X, y)["number_0"]
    split = binner.prebin_specs_["number_0"].splits[1]
    tuned = merge_bins(binner, "number_0", [0, 1], reason="a")
    tuned = split_bin(tuned, "number_0", split, reason="b")
    for edited in (tuned, rebin(tuned, "number_0", max_n_bins=3, reason="c"), binner):
        expected = edited.binning_table("number_0", X, y)
        pd.testing.assert_frame_equal(edited.binning_table("number_0", table=table), expected)
    frozen = FrozenEstimator(tuned)
    assert frozen.count_prebins(X, y)["number_0"].n_bins == table.n_bins


def test_a_split_that_made_pre_bins_finer_asks_for_another_count(samples):
    fit, (X, y) = samples
    binner = OptimalBinner(max_n_prebins=4).fit(*fit)
    table = binner.count_prebins(X, y)["number_0"]
    splits = binner.prebin_specs_["number_0"].splits
    values = np.sort(fit[0]["number_0"].dropna().unique())
    between = float(values[np.searchsorted(values, splits[0]) + 5])
    tuned = split_bin(binner, "number_0", between, reason="a", rows=fit)
    with pytest.raises(ValueError, match="count the rows again with count_prebins"):
        tuned.binning_table("number_0", table=table)
    again = tuned.count_prebins(X, y)["number_0"]
    pd.testing.assert_frame_equal(
        tuned.binning_table("number_0", table=again), tuned.binning_table("number_0", X, y)
    )
    back = undo_step(tuned, reason="b")
    assert back.binning_table("number_0", table=table)["count"].iloc[-1] == len(y)


def test_periods_are_a_column_or_values_in_their_order(samples):
    fit, (X, y) = samples
    binner = OptimalBinner().fit(*fit)
    labels = months(len(y))
    counts = binner.count_prebins(X, y, periods=labels)
    by_name = binner.count_prebins(X.assign(month=labels), y, periods="month")
    in_polars = binner.count_prebins(pl.from_pandas(X.assign(month=labels)), y, periods="month")
    backwards = binner.count_prebins(
        X, y, periods=labels, period_order=["2026-01", "2025-12", "2025-11"]
    )
    for name, table in counts.items():
        assert table.groups == ("2025-11", "2025-12", "2026-01")
        np.testing.assert_array_equal(table.counts, by_name[name].counts)
        np.testing.assert_array_equal(table.counts, in_polars[name].counts)
        np.testing.assert_array_equal(table.counts, backwards[name].counts[:, :, ::-1])
        pd.testing.assert_frame_equal(
            binner.binning_table(name, table=table), binner.binning_table(name, X, y)
        )
        for i, month in enumerate(table.groups):
            one = binner.count_prebins(X[labels == month], y[labels == month])[name]
            np.testing.assert_array_equal(table.counts[..., i], one.counts)


def test_unseen_categories_have_a_row(samples):
    fit, (X, y) = samples
    binner = OptimalBinner().fit(*fit)
    other = X.assign(category_0=X["category_0"].where(X.index % 3 > 0, "new"))
    table = binner.count_prebins(other, y)["category_0"]
    assert table.labels[-1] == "Unseen"
    shown = binner.binning_table("category_0", table=table)
    pd.testing.assert_frame_equal(shown, binner.binning_table("category_0", other, y))
    assert shown["bin"].iloc[-2] == "Unseen"


def test_frames_count_by_the_same_cells(samples):
    fit, (X, y) = samples
    binner = OptimalBinner().fit(*fit)
    frame = pl.from_pandas(X.assign(bad=y))
    counted = count_frame(frame, dict(binner.prebin_specs_), target="bad")
    for name, table in binner.count_prebins(X, y).items():
        pd.testing.assert_frame_equal(
            binner.binning_table(name, table=counted.tables[name]),
            binner.binning_table(name, table=table),
        )


def test_what_is_no_count_of_the_feature_is_refused(samples):
    fit, (X, y) = samples
    binner = OptimalBinner().fit(*fit)
    counts = binner.count_prebins(X, y)
    with pytest.raises(ValueError, match=r"must count the pre-bins or the bins of 'number_1'"):
        binner.binning_table("number_1", table=counts["number_0"])
    with pytest.raises(ValueError, match="table must be given without X, y and sample_weight"):
        binner.binning_table("number_0", X, y, table=counts["number_0"])
    with pytest.raises(TypeError, match="table must be a CountTable or EvidenceTable, got dict"):
        binner.binning_table("number_0", table=counts)
    with pytest.raises(ValueError, match="period_order needs periods"):
        binner.count_prebins(X, y, period_order=["a"])
    with pytest.raises(ValueError, match="periods must be a column of X"):
        binner.count_prebins(X, y, periods="month")
    of_bins = CountTable.from_codes(
        binner.bin_codes(X)[:, 0], y, labels=binner.specs_["number_0"].labels
    )
    pd.testing.assert_frame_equal(
        binner.binning_table("number_0", table=of_bins), binner.binning_table("number_0", X, y)
    )

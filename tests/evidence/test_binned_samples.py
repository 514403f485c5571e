"""Two samples over the same bins: filling of empty cells, shares and their errors, warnings."""

import warnings

import numpy as np
import pytest

from infotheory.evidence.binned_samples import (
    BinnedSamples,
    check_zero_cells,
    fill_zero_cells,
    join_samples,
    samples_of_counts,
    samples_of_table,
    samples_of_tables,
    share_variance,
    warn_sparse,
)
from infotheory.exceptions import SparseCellWarning
from infotheory.tables import CountTable

ONE_SIDED = samples_of_counts(np.array([3.0, 0.0, 0.0, 2.0]), np.array([1.0, 2.0, 0.0, 4.0]))


def test_bins_are_one_sided_or_occupied_or_neither():
    assert ONE_SIDED.one_sided().tolist() == [False, True, False, False]
    assert ONE_SIDED.occupied().tolist() == [True, True, False, True]


def test_shares_sum_to_one_over_the_last_axis():
    counts = np.arange(1.0, 13.0).reshape(2, 2, 3)
    p, q = samples_of_counts(counts, counts[::-1]).shares()
    np.testing.assert_allclose(p.sum(axis=-1), 1.0)
    assert q[0, 0, 0] == 7.0 / (7.0 + 8.0 + 9.0)


def test_swapped_twice_is_the_same():
    samples = BinnedSamples(*np.arange(8.0).reshape(4, 2))
    assert samples.swapped().first_squared.tolist() == samples.second_squared.tolist()
    for array, again in zip(samples, samples.swapped().swapped(), strict=True):
        np.testing.assert_array_equal(array, again)


def test_halves_go_to_one_sided_bins_only():
    filled = fill_zero_cells(ONE_SIDED)
    assert filled.first.tolist() == [3.0, 0.5, 0.0, 2.0]
    assert filled.second.tolist() == [1.0, 2.5, 0.0, 4.0]
    assert filled.first_squared.tolist() == filled.first.tolist()


def test_a_number_goes_to_every_bin_with_rows():
    filled = fill_zero_cells(ONE_SIDED, 0.1)
    assert filled.first.tolist() == [3.1, 0.1, 0.0, 2.1]


def test_without_one_sided_bins_nothing_is_added():
    samples = samples_of_counts(np.array([3.0, 0.0]), np.array([1.0, 0.0]))
    assert fill_zero_cells(samples) is samples
    assert fill_zero_cells(samples, "error") is samples


def test_error_names_the_bins():
    with pytest.raises(ValueError, match=r"got 1 one-sided bins, at positions \[1\]; merge them"):
        fill_zero_cells(ONE_SIDED, "error")


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float32, np.float64])
def test_rows_to_add_may_be_a_number_of_numpy(kind):
    for of_numpy, plain in zip(
        fill_zero_cells(ONE_SIDED, kind(2)), fill_zero_cells(ONE_SIDED, 2), strict=True
    ):
        np.testing.assert_array_equal(of_numpy, plain)
    with pytest.raises(ValueError, match=r"zero_cells must be .* got np.float64"):
        check_zero_cells(np.float64("nan"))


@pytest.mark.parametrize("rule", ["halves", 0.0, -1.0, True, np.True_, 10**400, np.inf, np.nan])
def test_rules_that_are_none(rule):
    with pytest.raises(ValueError, match="zero_cells must be 'haldane', 'error' or a positive"):
        check_zero_cells(rule)


def test_warning_names_five_bins_and_says_that_there_are_more():
    samples = samples_of_counts(np.zeros(7), np.ones(7))
    with pytest.warns(
        SparseCellWarning, match=r"7 of 7 bins .* \(a, b, c, d, e, \.\.\.\); 1/2 was"
    ):
        warn_sparse(samples, "haldane", list("abcdefg"))
    with pytest.warns(SparseCellWarning, match=r"1 of 4 bins .* \(1\); 1/2 was"):
        warn_sparse(ONE_SIDED, "haldane")


def test_a_rule_that_was_asked_for_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_sparse(ONE_SIDED, 0.5)
        warn_sparse(join_samples([fill_zero_cells(ONE_SIDED)] * 2), "haldane")


def test_variance_of_a_share_is_that_of_a_multinomial():
    counts = np.array([[30.0, 10.0, 60.0], [1.0, 2.0, 7.0]])
    p = counts / counts.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(
        share_variance(counts, counts), p * (1 - p) / counts.sum(axis=-1, keepdims=True)
    )


def test_variance_of_a_share_of_weighted_rows_is_the_sum_of_squared_influences():
    rng = np.random.default_rng(3)
    codes, weights = rng.integers(0, 3, 400), rng.lognormal(size=400)
    sums, squares = np.bincount(codes, weights), np.bincount(codes, weights**2)
    share = sums[1] / weights.sum()
    influence = weights * ((codes == 1) - share) / weights.sum()
    assert share_variance(sums, squares)[1] == pytest.approx(influence @ influence)


def test_samples_of_tables_count_all_rows():
    first = CountTable.from_counts([1, 2], [3, 4])
    second = CountTable.from_codes([0, 1, 1], [0, 1, 1], list("xyx"), [1.0, 2.0, 0.5])
    samples = samples_of_tables(first, second)
    assert samples.first.tolist() == [4.0, 6.0]
    assert samples.second.tolist() == [1.0, 2.5]
    assert samples.second_squared.tolist() == [1.0, 4.25]


def test_a_table_of_one_class_is_no_pair_of_samples():
    with pytest.raises(ValueError, match="must hold both classes, got 0 events in 2 bins"):
        samples_of_table(CountTable.from_counts([1, 2], [0, 0]))

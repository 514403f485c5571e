"""Columns to labels: whole numbers of few levels as they are, measurements by their quantiles."""

import numpy as np
import pytest

from infotheory.estimation.discrete._column_codes import (
    check_n_bins,
    column_codes,
    discrete_mask,
    is_label,
    target_codes,
)


@pytest.mark.parametrize(
    ("column", "is_one"),
    [
        (np.arange(32.0), True),
        (np.arange(33.0), False),
        (np.repeat(np.arange(33.0), 3)[:96], True),
        (np.array([0.0, 1.0, 1.5]), False),
        (np.array([-2.0, -1.0, -2.0]), True),
        (np.array([5.0]), True),
    ],
)
def test_whole_numbers_of_few_levels_are_labels(column, is_one):
    assert is_label(column) == is_one


@pytest.mark.parametrize("n_bins", [2, 3, 7])
def test_cells_of_a_measurement_have_equal_numbers_of_rows(n_bins):
    column = np.random.default_rng(0).permutation(np.linspace(0.5, 9.7, 42))
    codes = column_codes(column, n_bins, labels=False)
    sizes = np.bincount(codes.index)
    assert sizes.tolist() == [42 // n_bins] * n_bins
    # greater numbers have no lower cell
    assert (np.diff(codes.index[np.argsort(column)]) >= 0).all()


def test_a_value_that_fills_several_cells_has_one_of_its_own():
    column = np.array([0.0] * 60 + [1.5, 2.5, 3.5, 4.5] * 10)
    codes = column_codes(column, 5, labels=False)
    assert set(codes.index[:60]) == {0}
    assert set(codes.index[60:]).isdisjoint({0})


def test_labels_stay_as_they_are_and_levels_without_rows_have_no_code():
    codes = column_codes(np.array([7.0, -1.0, 7.0, 3.0]), 2, labels=True)
    assert codes.index[0] == codes.index[2]
    assert len({*codes.index.tolist()}) == 3
    assert sorted({*codes.index.tolist()}) == [0, 1, 2]


def test_a_target_is_cut_only_where_it_is_a_measurement():
    words = target_codes(np.array(["b", "a", "b"]), 2)
    assert words.index[0] == words.index[2] != words.index[1]
    whole = target_codes(np.arange(40), 2)
    assert len(set(whole.index.tolist())) == 40  # integers are labels, however many
    cut = target_codes(np.arange(40.0), 2)
    assert np.bincount(cut.index).tolist() == [20, 20]
    few = target_codes(np.arange(40.0) % 3, 2)
    assert len(set(few.index.tolist())) == 3


def test_what_is_discrete_is_told_or_seen():
    X = np.column_stack([np.arange(40.0) % 3, np.linspace(0.0, 1.0, 40)])
    assert discrete_mask(X, "auto").tolist() == [True, False]
    assert discrete_mask(X, True).tolist() == [True, True]
    assert discrete_mask(X, [False, True]).tolist() == [False, True]
    for given in ([True], "some", [0, 1], [[True, False]], None):
        with pytest.raises(ValueError, match="discrete_features must be 'auto', a bool or 2 bools"):
            discrete_mask(X, given)


@pytest.mark.parametrize("n_bins", [1, 0, -3, 2.5, "4", True, None])
def test_cells_are_two_or_more(n_bins):
    with pytest.raises((TypeError, ValueError), match="n_bins"):
        check_n_bins(n_bins)
    check_n_bins(2)

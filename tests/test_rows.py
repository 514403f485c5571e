"""Rows of a sample as one value: weights of one are none, counts by code and period."""

import numpy as np
import pytest

from infotheory._codes import cell_sums, class_counts
from infotheory._rows import Rows

TARGET = np.array([0.0, 1.0, 1.0, 0.0])
CODES = np.array([0, 0, 1, 2])


def test_weights_of_one_are_no_weights():
    plain, ones = Rows.of_sample(TARGET, None), Rows.of_sample(TARGET, np.ones(4))
    assert not plain.weighted
    assert not ones.weighted
    assert ones.weights is None
    assert ones.mass.tolist() == ones.squared_mass.tolist() == [1.0] * 4


def test_a_group_of_rows_is_weighted_where_squares_differ():
    counts = np.array([3.0, 1.0, 2.0, 1.0])
    assert not Rows(target=TARGET, weights=counts, squared_weights=counts).weighted
    grouped = Rows(target=TARGET, weights=counts, squared_weights=counts / 2)
    assert grouped.weighted
    assert grouped.take([1, 2]).squared_mass.tolist() == [0.5, 1.0]


def test_counts_by_class_and_period():
    weights = np.array([1.0, 2.0, 3.0, 0.5])
    rows = Rows.of_sample(
        TARGET, weights, codes=CODES, period=np.array([0, 1, 1, 0]), periods=("May", "June")
    )
    table = rows.table(CODES, ["a", "b", "c"])
    assert table.counts.tolist() == [[1.0, 2.0], [0.0, 3.0], [0.5, 0.0]]
    assert table.squared_weights.tolist() == [[1.0, 4.0], [0.0, 9.0], [0.25, 0.0]]

    counts, squares = rows.counts_by_period(CODES, 3)
    assert counts.tolist() == [[1.0, 0.0, 0.5], [2.0, 3.0, 0.0]]
    assert squares.tolist() == [[1.0, 0.0, 0.25], [4.0, 9.0, 0.0]]


def test_cells_are_counted_in_one_place():
    counts, squares = cell_sums(np.array([0, 2, 2]), (2, 2))
    assert counts is squares
    assert counts.tolist() == [[1.0, 0.0], [2.0, 0.0]]

    grouped, _ = class_counts(CODES, TARGET, 3, group=np.array([0, 1, 1, 0]), n_groups=2)
    assert grouped.tolist() == [[[1, 0], [0, 1]], [[0, 0], [0, 1]], [[1, 0], [0, 0]]]


@pytest.mark.parametrize("weights", [None, np.array([2.0, 1.0, 1.0, 4.0])])
def test_squares_are_those_of_the_weights_where_none_are_given(weights):
    counts, squares = class_counts(CODES, TARGET, 3, weights)
    w = np.ones(4) if weights is None else weights
    given = class_counts(CODES, TARGET, 3, w, w * w)
    np.testing.assert_array_equal((counts, squares), given)

"""Distinct rows of bin codes: counted with and without weights and groups, and read by value."""

import numpy as np
import pytest

from infotheory._patterns import Patterns
from infotheory._rows import Rows

CODES = np.array([[0, 1], [2, 0], [0, 1], [2, 0], [0, 0]])
TARGET = np.array([0.0, 1.0, 1.0, 1.0, 0.0])


def test_by_hand():
    patterns = Patterns.from_rows(CODES, TARGET, np.array([1.0, 2.0, 3.0, 0.5, 1.0]))
    assert patterns.codes.tolist() == [[0, 0], [0, 1], [2, 0]]
    assert patterns.counts.tolist() == [[1.0, 0.0], [1.0, 3.0], [0.0, 2.5]]
    assert patterns.squared_weights.tolist() == [[1.0, 0.0], [1.0, 9.0], [0.0, 4.25]]
    assert patterns.mass.tolist() == [1.0, 4.0, 2.5]
    assert patterns.counts_by_code(0, 4).tolist() == [
        [2.0, 3.0],
        [0.0, 0.0],
        [0.0, 2.5],
        [0.0, 0.0],
    ]
    values = [np.array([0.1, 0.2, 0.3]), np.array([5.0, 6.0])]
    assert patterns.design(values).tolist() == [[0.1, 5.0], [0.1, 6.0], [0.3, 5.0]]
    assert patterns.select([1, 1]).codes.tolist() == [[0, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize("weights", [None, np.ones(5), np.array([1.0, 1.0, 0.0, 1.0, 1.0])])
def test_weights_of_one_are_no_weights_whatever_they_are_made_of(weights):
    patterns = Patterns.from_rows(CODES, TARGET, weights)
    assert not patterns.weighted
    assert not Patterns(patterns.codes, patterns.counts, patterns.squared_weights.copy()).weighted


def test_one_weight_that_is_not_one_makes_them_weighted():
    assert Patterns.from_rows(CODES, TARGET, np.array([1.0, 1.0, 1.0, 1.0, 2.0])).weighted
    assert Patterns.from_rows(CODES, TARGET, np.full(5, 0.5)).weighted


def test_rows_without_weight_are_not_there():
    weights = np.array([1.0, 0.0, 2.0, 0.0, 1.0])
    group = np.array([0, 1, 0, 1, 0])
    patterns = Patterns.from_rows(CODES, TARGET, weights, weights**2, group)
    assert patterns.codes.tolist() == [[0, 0], [0, 1]]
    assert patterns.group.tolist() == [0, 0]


def test_groups_keep_equal_patterns_apart():
    patterns = Patterns.from_rows(CODES, TARGET, group=np.array([0, 1, 1, 1, 0]))
    assert patterns.group.tolist() == [0, 0, 1, 1]
    assert patterns.codes.tolist() == [[0, 0], [0, 1], [0, 1], [2, 0]]
    part = patterns.take(patterns.group == 1)
    assert part.counts.tolist() == [[0.0, 1.0], [0.0, 2.0]]
    assert part.group.tolist() == [1, 1]
    assert np.shares_memory(patterns.take(slice(1, 3)).counts, patterns.counts)


def test_entries_that_stand_for_several_rows_bring_their_sums_of_squares():
    weights = np.array([1.0, 2.0, 3.0, 1.0])
    rows = Patterns.from_rows(CODES[[0, 0, 1, 2]], np.array([0.0, 0.0, 1.0, 1.0]), weights)
    entries = Patterns.from_rows(
        CODES[[0, 1, 2]],
        np.array([0.0, 1.0, 1.0]),
        np.array([3.0, 3.0, 1.0]),
        np.array([5.0, 9.0, 1.0]),
    )
    assert rows.counts.tolist() == entries.counts.tolist()
    assert rows.squared_weights.tolist() == entries.squared_weights.tolist()


def test_codes_too_many_for_a_table_are_counted_too():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 1000, (300, 12))
    doubled = np.vstack([codes, codes])
    patterns = Patterns.from_rows(doubled, np.repeat([0.0, 1.0], 300))
    assert patterns.counts.tolist() == np.ones((300, 2)).tolist()
    order, expected = np.lexsort(patterns.codes.T), np.lexsort(codes.T)
    assert patterns.codes[order].tolist() == codes[expected].tolist()


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2.0, 3.0, 0.5, 1.0])])
def test_rows_say_their_patterns(weights):
    rows = Rows.of_sample(TARGET, weights, codes=CODES)
    found, wanted = rows.patterns(), Patterns.from_rows(CODES, TARGET, weights)
    assert found.counts.tolist() == wanted.counts.tolist()
    assert found.squared_weights.tolist() == wanted.squared_weights.tolist()
    assert found.weighted == (weights is not None)


def test_entries_of_many_equal_rows_are_not_weighted():
    rows = Rows(
        target=TARGET, weights=np.full(5, 3.0), squared_weights=np.full(5, 3.0), codes=CODES
    )
    assert not rows.patterns().weighted
    assert rows.patterns().counts.sum() == 15.0


def test_patterns_stay_apart_by_period():
    rows = Rows(target=TARGET, codes=CODES, period=np.array([0, 1, 1, 1, 0]), periods=("a", "b"))
    patterns = rows.patterns()
    assert patterns.groups == ("a", "b")
    assert patterns.group.tolist() == [0, 0, 1, 1]

"""Sums over rows in blocks: the size of a block changes no sum."""

from dataclasses import replace

import numpy as np
import pytest

from infotheory._patterns import Patterns
from infotheory.scorecard.regression import _blocks
from infotheory.scorecard.regression._blocks import (
    CodedDesign,
    cache_blocks,
    columns_among,
    design_of,
    gram,
    pattern_blocks,
    row_sums_by_code,
)
from infotheory.scorecard.regression.coefficients import weighted_correlation


@pytest.mark.parametrize("size", [1, 7, 100])
def test_blocks_are_all_rows_once(size, monkeypatch):
    monkeypatch.setattr(_blocks, "_BLOCK", size)
    places = np.concatenate([np.arange(50)[block] for block in cache_blocks(50)])
    assert places.tolist() == list(range(50))
    assert list(cache_blocks(0)) == []


@pytest.mark.parametrize("size", [3, 8192])
def test_gram_is_the_weighted_product(size, monkeypatch):
    monkeypatch.setattr(_blocks, "_BLOCK", size)
    rng = np.random.default_rng(0)
    rows, weights, center = rng.normal(size=(40, 4)), rng.random(40), rng.normal(size=4)
    weights[:5] = 0.0
    centred = rows - center
    np.testing.assert_allclose(
        gram(rows, weights, center=center), centred.T @ (centred * weights[:, None]), rtol=1e-12
    )
    assert gram(rows[:0], weights[:0]).tolist() == np.zeros((4, 4)).tolist()


def test_patterns_in_blocks_are_views(monkeypatch):
    monkeypatch.setattr(_blocks, "_BLOCK", 4)
    codes = np.arange(10)[:, None]
    patterns = Patterns(codes, np.ones((10, 2)), np.ones((10, 2)))
    blocks = list(pattern_blocks(patterns))
    assert [len(block.codes) for block in blocks] == [4, 4, 2]
    assert all(np.shares_memory(block.counts, patterns.counts) for block in blocks)


def test_sums_by_code_with_a_code_that_no_row_has():
    rows = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    found = row_sums_by_code(np.array([2, 0, 2]), 4, rows)
    assert found.tolist() == [[2.0, 20.0], [0.0, 0.0], [5.0, 50.0], [0.0, 0.0]]


def coded(n=50, seed=1, **options):
    """Return a design kept as codes, and its rows."""
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=size) for size in (4, 3, 6)]
    codes = np.column_stack([rng.integers(0, v.size, n) for v in values]).astype(np.int16)
    rows = np.column_stack([v[codes[:, f]] for f, v in enumerate(values)])
    return CodedDesign(codes, values, **options), rows


@pytest.mark.parametrize("size", [3, 8192])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("turned", [False, True])
def test_a_design_of_codes_is_that_of_its_rows(size, intercept, turned, monkeypatch):
    monkeypatch.setattr(_blocks, "_BLOCK", size)
    directions = np.array([[1.0, 0.5], [0.0, -2.0], [3.0, 0.0]]) if turned else None
    design, rows = coded(directions=directions, intercept=intercept)
    rows = rows @ directions if turned else rows
    rows = np.column_stack([np.ones(len(rows)), rows]) if intercept else rows
    assert design.shape == rows.shape
    assert len(design) == len(rows)
    np.testing.assert_array_equal(np.asarray(design), rows)
    np.testing.assert_array_equal(design[5:9], rows[5:9])

    theta, weights = np.arange(1.0, 1 + rows.shape[1]), np.linspace(0, 1, len(rows))
    np.testing.assert_allclose(design @ theta, rows @ theta, rtol=1e-13)
    np.testing.assert_allclose(weights @ design, weights @ rows, rtol=1e-13)
    np.testing.assert_allclose(gram(design, weights), gram(rows, weights), rtol=1e-13)


@pytest.mark.parametrize("unknown", [np.nan, np.inf])
def test_a_value_that_no_row_has_is_in_no_sum(unknown):
    design, rows = coded()
    beside = replace(design, values=[np.append(array, unknown) for array in design.values])
    weights = np.linspace(1, 2, len(rows))
    assert (weights @ beside).tolist() == (weights @ design).tolist()
    np.testing.assert_allclose(
        weighted_correlation(beside, weights), weighted_correlation(rows, weights), rtol=1e-12
    )


def test_columns_of_a_design_of_codes_are_those_of_its_rows():
    design, rows = coded()
    for chosen in ([True, False, True], [True] * 3, [False] * 3):
        kept = np.array(chosen)
        found = columns_among(design, kept)
        assert isinstance(found, CodedDesign)
        np.testing.assert_array_equal(np.asarray(found), columns_among(rows, kept))


def test_many_patterns_are_kept_as_codes(monkeypatch):
    design, rows = coded()
    patterns = Patterns(design.codes, np.ones((50, 2)), np.ones((50, 2)))
    np.testing.assert_array_equal(design_of(patterns, design.values), rows)
    monkeypatch.setattr(_blocks, "_MOST_CELLS", 149)
    assert isinstance(design_of(patterns, design.values), CodedDesign)

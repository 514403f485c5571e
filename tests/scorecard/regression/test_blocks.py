"""Sums over rows in blocks: the size of a block changes no sum."""

import numpy as np
import pytest

from infotheory._patterns import Patterns
from infotheory.scorecard.regression import _blocks
from infotheory.scorecard.regression._blocks import (
    cache_blocks,
    gram,
    pattern_blocks,
    row_sums_by_code,
)


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

"""Maps of symbols to blocks near a rate: brute force over all partitions of a few symbols."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infotheory.coupling import maps

RATES = st.floats(0.0, 2.5)


@st.composite
def masses(draw, most=6):
    """Positive masses with sum 1, descending."""
    counts = draw(st.lists(st.integers(1, 20), min_size=2, max_size=most))
    return np.sort(np.array(counts) / sum(counts))[::-1]


def entropy(labels, mass):
    blocks = np.bincount(labels, mass)
    blocks = blocks[blocks > 0.0]
    return max(-float(blocks @ np.log(blocks)), 0.0)


def partitions(n):
    """All set partitions of n symbols as restricted growth strings."""
    if n == 1:
        yield [0]
        return
    for shorter in partitions(n - 1):
        for block in range(max(shorter) + 2):
            yield [*shorter, block]


@given(masses(), RATES)
def test_the_exact_map_is_the_best_of_all_partitions(mass, rate):
    within = [entropy(np.array(p), mass) for p in partitions(mass.size)]
    best = max(value for value in within if value <= rate + maps.RATE_TOLERANCE)
    found = maps.exact_map(mass, rate)
    assert found.entropy == pytest.approx(best, abs=1e-12)
    assert found.entropy == pytest.approx(entropy(found.labels, mass), abs=1e-12)


@given(masses(most=12), RATES)
def test_maps_stay_within_the_rate_and_tell_their_entropy(mass, rate):
    for make in (maps.algorithm1_map, maps.balanced_map, maps.search_map):
        found = make(mass, rate)
        assert found.labels.shape == mass.shape
        assert found.entropy == pytest.approx(entropy(found.labels, mass), abs=1e-12)
        assert found.entropy <= rate + 2 * maps.RATE_TOLERANCE
        # blocks are numbered without gaps
        assert np.unique(found.labels).tolist() == list(range(found.labels.max() + 1))


@given(masses(), RATES)
def test_the_search_lies_between_the_paper_s_rule_and_the_optimum(mass, rate):
    exact, search = maps.exact_map(mass, rate), maps.search_map(mass, rate)
    assert maps.algorithm1_map(mass, rate).entropy <= search.entropy + 1e-12
    assert maps.balanced_map(mass, rate).entropy <= search.entropy + 1e-12
    assert search.entropy <= exact.entropy + 1e-12


@given(masses(most=10))
def test_without_a_rate_all_symbols_are_one_block(mass):
    for make in (maps.algorithm1_map, maps.search_map):
        nothing = make(mass, 0.0)
        assert nothing.labels.max() == 0
        assert nothing.entropy == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("rate", "blocks"), [(math.log(2), 2), (math.log(8), 8), (0.5, 1)])
def test_packings_have_as_many_blocks_as_the_rate_allows(rate, blocks):
    mass = np.full(16, 1 / 16)
    packed = maps.balanced_map(mass, rate)
    assert packed.labels.max() + 1 == blocks
    assert packed.entropy == pytest.approx(math.log(blocks))


def test_the_uniform_quantiser_keeps_neighbours_together():
    p = np.array([0.1, 0.4, 0.2, 0.2, 0.1])
    assert maps.uniform_map(p, math.log(2)).labels.tolist() == [0, 0, 0, 1, 1]
    assert maps.uniform_map(p, 0.1).labels.tolist() == [0] * 5
    assert maps.uniform_map(p, 10.0).labels.tolist() == [0, 1, 2, 3, 4]


def test_too_many_symbols_for_all_partitions_are_refused_with_the_way_out():
    with pytest.raises(ValueError, match="at most 8 positive masses, got 9; use method='search'"):
        maps.exact_map(np.full(9, 1 / 9), 1.0)


@given(masses(), RATES)
def test_starting_maps_hold_the_optimum(mass, rate):
    starts = list(maps.starting_maps(mass, rate))
    assert max(start.entropy for start in starts) == pytest.approx(
        maps.exact_map(mass, rate).entropy, abs=1e-9
    )

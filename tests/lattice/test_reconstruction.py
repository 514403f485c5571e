from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings

from infotheory.exceptions import InfeasibleError
from infotheory.lattice import (
    Information,
    minimal_sufficient_subset,
    reconstruction,
    shannon_distance,
)
from tests.lattice.test_information import informations


def valuation(n, prime):
    return 0 if n % prime else 1 + valuation(n // prime, prime)


def comparisons(pairs):
    return [lambda v, i=i, j=j: v[i] < v[j] for i, j in pairs]


WORD = [(i >> 2 & 1, i >> 1 & 1, i & 1) for i in range(8)]
BIT = [lambda v, i=i: v[i] for i in range(3)]
SUMS = [*BIT[:2], lambda v: sum(v) % 2]
PERMUTATIONS = list(permutations(range(3)))
NUMBERS = range(1, 13)
# space, weights, components, H(X), sum of distances, (n - 1) H(X), bound holds, reconstructible,
# H(X given join); bits
EXAMPLES = {
    "sign and size": (
        [-2, -1, 1, 2], [0.3, 0.2, 0.2, 0.3], [np.sign, abs],
        1.970950594455, 1.970950594455, 1.970950594455, True, True, 0,
    ),
    "sign and size with 0": (
        [-2, -1, 0, 1, 2], [0.1, 0.2, 0.4, 0.2, 0.1], [np.sign, abs],
        2.121928094887, 1.150977500433, 2.121928094887, True, True, 0,
    ),
    "word, independent sums": (WORD, None, SUMS, 3, 6, 6, True, True, 0),
    "word, rank 2": (WORD, None, [*BIT[:2], lambda v: (v[0] + v[1]) % 2], 3, 6, 6, True, False, 1),
    "word, two bits": (WORD, None, BIT[:2], 3, 4, 3, False, False, 1),
    "valuations": (
        NUMBERS, None, [lambda n, p=p: valuation(n, p) for p in (2, 3, 5, 7, 11)],
        3.584962500721, 13.5288605473, 14.3398500029, True, True, 0,
    ),
    "valuations without 11": (
        NUMBERS, None, [lambda n, p=p: valuation(n, p) for p in (2, 3, 5, 7)],
        3.584962500721, 10.3577148969, 10.7548875022, True, False, 1 / 6,
    ),
    "remainders": (
        range(30), None, [lambda n, m=m: n % m for m in (2, 3, 5)],
        4.906890595609, 9.81378119122, 9.81378119122, True, True, 0,
    ),
    "remainders, not coprime": (
        range(12), None, [lambda n, m=m: n % m for m in (2, 6)],
        3.584962500721, 3.584962500721, 3.584962500721, True, False, 1,
    ),
    "comparisons": (
        PERMUTATIONS, None, comparisons([(0, 1), (0, 2), (1, 2)]),
        2.584962500721, 4.754887502163, 5.169925001442, True, True, 0,
    ),
    "two comparisons": (
        PERMUTATIONS, None, comparisons([(0, 1), (0, 2)]),
        2.584962500721, 3.169925001442, 2.584962500721, False, False, 2 / 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_of_the_paper(name):
    values, weights, functions, entropy, total, bound, holds, exact, remaining = EXAMPLES[name]
    x = Information.from_labels(np.arange(len(values)), weights)
    parts = [Information.from_labels([str(f(v)) for v in values], weights) for f in functions]
    result = reconstruction(x, parts, base=2)
    assert x.entropy(base=2) == pytest.approx(entropy, abs=1e-11)
    assert result.distance_sum == pytest.approx(total, abs=1e-9)
    assert result.bound == pytest.approx(bound, abs=1e-9)
    assert result.necessary_condition is holds
    assert result.exact is exact
    assert result.remaining_entropy == pytest.approx(remaining, abs=1e-11)
    if exact:
        assert result.spanning_tree_condition
        assert set(minimal_sufficient_subset(x, parts)) <= set(range(len(parts)))


@settings(max_examples=80, deadline=None)
@given(informations(n=4))
def test_identity_and_bounds(spaces):
    x, *others = spaces
    parts = [x & other for other in others] + [x.coarsen(np.arange(x.n_classes) // 2)]
    result = reconstruction(x, parts)
    n = len(parts)
    identity = (n - 1) * x.entropy() + result.remaining_entropy - result.total_correlation
    assert all(result.parts_below)
    assert result.distance_sum == pytest.approx(identity, abs=1e-10)
    assert result.slack == pytest.approx(result.bound - result.distance_sum, abs=1e-12)
    if result.exact:
        assert result.necessary_condition
        assert result.spanning_tree_condition
        assert result.rajski_sum <= n - 1 + 1e-9
    if result.sufficient_condition:
        assert result.exact
        assert result.distance_sum == pytest.approx(result.bound, abs=1e-8)
    assert result.spanning_tree_bound <= result.bound + 1e-12


def test_parts_that_are_not_below_are_flagged():
    first, second = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 0, 1])
    x = Information.from_labels([0, 1, 1, 0])
    result = reconstruction(x, [first, second], base=2)
    assert result.exact
    assert result.distance_sum == 4.0 > result.bound == 1.0
    assert result.parts_below == (False, False)
    assert (
        result.necessary_condition
        is result.sufficient_condition
        is result.spanning_tree_condition
        is None
    )


def brute_force(x, parts):
    for size in range(len(parts) + 1):
        for chosen in combinations(range(len(parts)), size):
            if x <= x.bottom().join(*(parts[i] for i in chosen)):
                return size
    return None


@settings(max_examples=60, deadline=None)
@given(informations(n=6, atoms=7, levels=3))
def test_minimal_sufficient_subset_is_minimal(spaces):
    x, *parts = spaces
    size = brute_force(x, parts)
    if size is None:
        with pytest.raises(InfeasibleError, match="parts must determine x together, got 5 parts"):
            minimal_sufficient_subset(x, parts)
        return
    subset = minimal_sufficient_subset(x, parts)
    assert subset.method == "exact"
    assert len(subset) == size
    assert x <= x.bottom().join(*(parts[i] for i in subset))


def test_many_parts_are_searched_greedily():
    word = np.arange(32)
    x = Information.from_labels(word)
    parts = [Information.from_labels(word >> i & 1) for i in range(5)] * 5
    subset = minimal_sufficient_subset(x, parts)
    assert subset.method == "greedy"
    assert len(subset) == 5
    assert x == x.bottom().join(*(parts[i] for i in subset))
    assert minimal_sufficient_subset(x.bottom(), parts).indices == ()


def test_bad_input():
    x = Information.from_labels([0, 1])
    with pytest.raises(ValueError, match="parts must hold at least one information, got none"):
        reconstruction(x, [])
    with pytest.raises(ValueError, match="same atoms"):
        reconstruction(x, [Information.from_labels([0, 1, 2])])
    assert shannon_distance(x, x) == 0.0


def test_exact_subsets_are_the_smallest_of_all():
    for seed in range(30):  # in one of them the greedy answer has a part too many
        rng = np.random.default_rng(seed)
        parts = [Information.from_labels(rng.integers(0, 3, 8)) for _ in range(5)]
        x = parts[0] | parts[1]
        found = minimal_sufficient_subset(x, parts)
        for chosen in combinations(range(5), len(found) - 1):
            assert not x <= x.bottom().join(*(parts[i] for i in chosen))

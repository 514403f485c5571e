"""Compiled pieces and maps of the room beside slow versions of themselves."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import entr

from infotheory.coupling._couplers import EXACT_SUPPORT, exact_coupling, majorization_coupling
from infotheory.coupling._heap_kernel import phi, total_phi
from infotheory.coupling._marginals import (
    RATE_TOLERANCE,
    as_marginal,
    as_marginals,
    as_rate,
    sort_marginal,
)
from infotheory.coupling._search_kernel import pack
from infotheory.coupling.maps import (
    EXACT_SYMBOLS,
    algorithm1_map,
    balanced_map,
    entropies_of_partitions,
    exact_map,
    search_map,
    set_partitions,
    starting_maps,
    uniform_map,
)

BELL = (1, 2, 5, 15, 52, 203, 877)
SEEDS = st.integers(0, 10_000)


def masses(seed, size, *, ties=False):
    """Positive masses in descending order."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(1, 4, size).astype(float) if ties else rng.dirichlet(np.full(size, 0.7))
    return np.sort(drawn / drawn.sum())[::-1].copy()


@pytest.mark.parametrize("n", range(1, 8))
def test_set_partitions_are_all_of_them_once(n):
    rows = set_partitions(n)
    assert rows.shape == (BELL[n - 1], n)
    assert len(np.unique(rows, axis=0)) == len(rows)
    # Labels in order of first appearance: each is at most one more than all before it.
    for row in rows:
        before = np.maximum.accumulate(np.r_[-1, row[:-1]])
        assert (row <= before + 1).all()
        assert row[0] == 0


@given(SEEDS, st.integers(2, 6), st.floats(0.0, 1.0))
def test_the_best_partition_by_brute_force(seed, n, share):
    mass = masses(seed, n)
    rate = share * entr(mass).sum()
    entropies = entropies_of_partitions(mass)
    by_hand = [entr(np.bincount(row, mass)).sum() for row in set_partitions(n)]
    np.testing.assert_allclose(entropies, by_hand, atol=1e-12)
    # All in one block has entropy 0, but for rounding: some partition meets every rate.
    best = exact_map(mass, rate)
    assert best.entropy == entropies[entropies <= rate + RATE_TOLERANCE].max()
    assert entr(np.bincount(best.labels, mass)).sum() == pytest.approx(best.entropy, abs=1e-12)


def test_partitions_are_listed_once_and_nobody_may_write_into_them():
    assert set_partitions(5) is set_partitions(5)
    assert not set_partitions(5).flags.writeable
    # What goes out is written by users.
    assert exact_map(masses(0, 5), 1.0).labels.flags.writeable
    assert all(start.labels.flags.writeable for start in starting_maps(masses(0, 5), 1.0))


@given(SEEDS, st.integers(1, 12), st.integers(1, 6))
def test_packing_puts_the_next_into_the_emptiest(seed, n, n_bins):
    mass = masses(seed, n)
    labels = pack(mass, n_bins)
    loads = np.zeros(n_bins)
    for i in range(n):
        assert loads[labels[i]] == pytest.approx(loads.min(), abs=1e-12)
        loads[labels[i]] += mass[i]
    assert loads.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("u", [0.0, 5e-324, 1e-300, 0.3, 1.0])
def test_minus_u_log_u(u):
    assert phi(u) == pytest.approx(float(entr(u)), rel=1e-15)


def test_entropies_are_summed_without_loss():
    mass = np.full(10**6, 1e-6)
    assert total_phi(mass) == pytest.approx(math.log(10**6), rel=1e-15)
    exact = math.fsum(entr(mass / 3))
    assert total_phi(mass / 3) == pytest.approx(exact, rel=1e-15)


def algorithm_1(mass, rate):
    """Merge the two largest blocks, or the two smallest where that already suffices."""
    blocks = [[i] for i in range(mass.size)]

    def entropy(parts):
        return sum(float(entr(mass[part].sum())) for part in parts)

    while entropy(blocks) > rate + 1e-10:
        blocks.sort(key=lambda part: -mass[part].sum())
        smallest = [*blocks[:-2], blocks[-2] + blocks[-1]]
        if entropy(smallest) <= rate + 1e-10:
            return entropy(smallest)
        blocks = [blocks[0] + blocks[1], *blocks[2:]]
    return entropy(blocks)


@settings(deadline=None)
@given(SEEDS, st.integers(2, 12), st.floats(0.02, 0.98))
def test_algorithm_1_by_mergers_one_after_the_other(seed, n, share):
    mass = masses(seed, n)
    rate = share * float(entr(mass).sum())
    assert algorithm1_map(mass, rate).entropy == pytest.approx(algorithm_1(mass, rate), abs=1e-9)


@settings(deadline=None)
@given(SEEDS, st.integers(2, 12), st.floats(0.02, 0.98), st.booleans())
def test_maps_keep_to_the_rate_and_number_their_blocks(seed, n, share, ties):
    mass = masses(seed, n, ties=ties)
    rate = share * float(entr(mass).sum())
    made = [algorithm1_map(mass, rate), balanced_map(mass, rate), search_map(mass, rate)]
    for one in made:
        assert one.entropy <= rate + 1e-9
        assert set(one.labels) == set(range(one.labels.max() + 1))
        assert one.entropy == pytest.approx(entr(np.bincount(one.labels, mass)).sum(), abs=1e-12)
    assert made[2].entropy >= max(made[0].entropy, made[1].entropy)
    if n <= EXACT_SYMBOLS:
        best = exact_map(mass, rate).entropy
        assert best >= made[2].entropy - 1e-12
        below = [one.entropy for one in starting_maps(mass, rate)]
        assert max(below) == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize(
    ("n", "n_blocks", "labels"),
    [(6, 3, [0, 0, 1, 1, 2, 2]), (7, 3, [0, 0, 0, 1, 1, 1, 2]), (3, 8, [0, 1, 2])],
)
def test_the_uniform_quantiser_cuts_in_order(n, n_blocks, labels):
    assert uniform_map(np.full(n, 1 / n), math.log(n_blocks)).labels.tolist() == labels


@given(SEEDS, st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_majorisation_cells_have_the_marginals(seed, n, m, ties):
    p, q = masses(seed, n, ties=ties), masses(seed + 1, m, ties=ties)
    symbols, cells = majorization_coupling([sort_marginal(p), sort_marginal(q)])
    assert (cells > 0.0).all()
    assert len(np.unique(symbols, axis=0)) == len(symbols)
    np.testing.assert_allclose(np.bincount(symbols[:, 0], cells, n), p, atol=1e-12)
    np.testing.assert_allclose(np.bincount(symbols[:, 1], cells, m), q, atol=1e-12)
    assert len(cells) <= n + m


def test_exact_coupling_by_all_vertices_of_two_by_two_and_three():
    # Couplings of 2 x 3 symbols: vertices have at most 4 cells; brute force over a fine grid of
    # the two free masses is never better.
    p, q = np.array([0.6, 0.4]), np.array([0.5, 0.3, 0.2])
    cells = exact_coupling([sort_marginal(p), sort_marginal(q)])[1]
    best = entr(cells).sum()
    for a, b in product(np.linspace(0, 0.5, 51), np.linspace(0, 0.3, 31)):
        first = np.array([a, b, 0.6 - a - b])
        rest = q - first
        if first.min() >= -1e-12 and rest.min() >= -1e-12:
            assert entr(np.maximum([*first, *rest], 0.0)).sum() >= best - 1e-9


def test_exact_coupling_refuses_what_takes_too_long():
    wide = [sort_marginal(np.full(EXACT_SUPPORT + 1, 1 / (EXACT_SUPPORT + 1)))] * 2
    with pytest.raises(ValueError, match="exact"):
        exact_coupling(wide)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: as_marginal([[0.5, 0.5]]), "p must be one pmf of shape"),
        (lambda: as_marginals(()), "a coupling needs at least one marginal, got none"),
        (lambda: as_marginals(([1.0], [0.5, 0.4])), "marginal 1 must sum to 1"),
        (lambda: as_rate(-0.1, None), "rate must be a number from 0 on"),
        (lambda: as_rate(math.nan, None), "rate must be a number from 0 on"),
    ],
)
def test_what_is_no_marginal_or_rate(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_a_rate_is_in_units_of_the_base():
    assert as_rate(1.5, 2) == pytest.approx(1.5 * math.log(2))
    assert as_rate(math.inf, "bits") == math.inf
    assert as_rate(0, None) == 0.0

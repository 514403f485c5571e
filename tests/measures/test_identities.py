"""Identities and inequalities as properties of random tables."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special, stats

import infotheory as it

ORDERS = [0.0, 0.3, 0.5, 0.999, 1.0, 1.001, 2.0, 7.5, math.inf]
TINY = 1e-10
orders = st.sampled_from(ORDERS)
few = settings(max_examples=50)


@st.composite
def tables(draw, shape):
    """Joint tables of a shape, some cells 0."""
    weights = draw(
        hnp.arrays(
            np.float64, shape, elements=st.sampled_from([0.0, 1e-6, 0.1, 0.5, 1.0, 2.0, 3.5])
        )
    )
    weights[(0,) * len(shape)] += 0.25
    return weights / weights.sum()


@few
@given(tables((5,)), tables((5,)))
def test_agreement_with_scipy(p, q):
    assert it.entropy(p) == pytest.approx(stats.entropy(p), abs=TINY)
    assert it.kl_divergence(p, q) == pytest.approx(special.rel_entr(p, q).sum(), abs=TINY)
    if np.array_equal(p > 0, q > 0):
        assert it.cross_entropy(p, q) == pytest.approx(
            it.entropy(p) + it.kl_divergence(p, q), abs=TINY
        )


@few
@given(tables((4,)), tables((4,)), orders)
def test_divergences_are_positive_and_grow_with_the_order(p, q, order):
    values = [float(it.renyi_divergence(p, q, order=each)) for each in ORDERS]
    assert not np.isnan(values).any()
    assert all(low <= high + TINY for low, high in itertools.pairwise(values))
    assert min(values) >= 0
    assert it.renyi_divergence(p, p, order=order) == pytest.approx(0.0, abs=TINY)
    assert it.chi_square_divergence(p, q) == pytest.approx(
        np.expm1(it.renyi_divergence(p, q, order=2)), rel=1e-9, abs=TINY
    )


@few
@given(tables((4,)), tables((4,)))
def test_distances(p, q):
    variation, hellinger = it.total_variation(p, q), it.hellinger_distance(p, q)
    assert hellinger**2 <= variation + TINY
    assert variation <= math.sqrt(2) * hellinger + TINY
    assert 2 * variation**2 <= it.kl_divergence(p, q) + TINY
    assert it.jeffreys_divergence(p, q) == it.jeffreys_divergence(q, p)
    assert 0 <= it.jensen_shannon_divergence(p, q) <= math.log(2) * variation + TINY


@few
@given(tables((6,)))
def test_entropies_fall_with_the_order(p):
    values = [float(it.entropy(p, order=order)) for order in ORDERS]
    assert all(low + TINY >= high for low, high in itertools.pairwise(values))
    assert values[0] == pytest.approx(math.log((p > 0).sum()))
    for order in (1 - 1e-9, 1 - 1e-14, 1 + 1e-14, 1 + 1e-9):
        assert it.entropy(p, order=order) == pytest.approx(it.entropy(p), abs=1e-7)


@few
@given(tables((3, 4)), orders)
def test_chain_rules_and_symmetry(pxy, order):
    joint, law_y = it.joint_entropy(pxy, order=order), it.entropy(pxy.sum(axis=0), order=order)
    chained = it.conditional_entropy(pxy, order=order, kind="jizba_arimitsu")
    assert joint == pytest.approx(law_y + chained, abs=TINY)
    shannon = it.mutual_information(pxy)
    assert shannon == pytest.approx(it.mutual_information(pxy.T), abs=TINY)
    assert shannon == pytest.approx(
        it.entropy(pxy.sum(axis=1)) - it.conditional_entropy(pxy), abs=TINY
    )
    assert shannon == pytest.approx(it.total_correlation(pxy), abs=TINY)
    assert it.variation_of_information(pxy) == pytest.approx(
        it.joint_entropy(pxy) - shannon, abs=TINY
    )
    joint_share = it.normalized_mutual_information(pxy, normalization="joint")
    assert joint_share == pytest.approx(1 - it.rajski_distance(pxy), abs=1e-7)


@few
@given(tables((2, 3, 2)))
def test_identities_of_three_variables(p):
    pairs = it.mutual_information(p.sum(axis=2))
    given_z = it.conditional_mutual_information(p)
    assert it.co_information(p) == pytest.approx(pairs - given_z, abs=TINY)
    assert it.interaction_information(p) == pytest.approx(given_z - pairs, abs=TINY)
    assert it.o_information(p) == pytest.approx(
        it.total_correlation(p) - it.dual_total_correlation(p), abs=TINY
    )
    chained = it.mutual_information(p.sum(axis=1)) + it.conditional_mutual_information(p, given=2)
    assert it.mutual_information(p.reshape(2, 6)) == pytest.approx(chained, abs=TINY)


@few
@given(
    tables((3, 4)),
    hnp.arrays(np.float64, (4, 3), elements=st.sampled_from([0.0, 0.2, 1.0])),
    orders,
)
def test_data_processing(pxy, kernel, order):
    kernel[:, 0] += 0.1
    channel = kernel / kernel.sum(axis=1, keepdims=True)
    processed = pxy @ channel
    for kind in ("arimoto", "hayashi"):
        before, after = (
            it.conditional_entropy(table, order=order, kind=kind) for table in (pxy, processed)
        )
        assert before <= after + TINY
    for kind in ("sibson", "arimoto"):
        before, after = (
            it.mutual_information(table, order=order, kind=kind) for table in (pxy, processed)
        )
        assert before + TINY >= after


@settings(max_examples=20)
@given(tables((3, 4)), st.sampled_from([0.3, 0.7, 1.5, 4.0]))
def test_order_of_the_kinds(pxy, order):
    sibson = it.mutual_information(pxy, order=order)
    csiszar = it.mutual_information(pxy, order=order, kind="csiszar")
    assert (csiszar >= sibson - TINY) if order < 1 else (csiszar <= sibson + TINY)


@pytest.mark.parametrize("order", [0.0, 0.4, 3.0, math.inf])
def test_csiszar_is_the_minimum_over_output_laws(order):
    rng = np.random.default_rng(1)
    pxy = rng.dirichlet(np.ones(12)).reshape(3, 4)
    pxy[0, 1] = pxy[2, 3] = 0.0
    pxy /= pxy.sum()
    law_x = pxy.sum(axis=1)
    candidates = rng.dirichlet(np.ones(4), size=20_000)
    channel = np.broadcast_to((pxy / law_x[:, None])[:, None], (3, 20_000, 4))
    values = law_x @ it.renyi_divergence(channel, candidates, order=order)
    got = it.mutual_information(pxy, order=order, kind="csiszar")
    assert got <= values.min() + 1e-8
    assert got == pytest.approx(values.min(), abs=0.03)


@few
@given(tables((2, 3, 2)), orders)
def test_conditional_sibson_is_a_minimum(p, order):
    value = it.conditional_mutual_information(p, order=order)
    law_z = p.sum(axis=(0, 1))
    given_z = p / np.where(law_z > 0, law_z, 1.0)
    reference = np.einsum("xz,yz,z->xyz", given_z.sum(axis=1), given_z.sum(axis=0), law_z)
    assert -TINY <= value <= it.renyi_divergence(p.ravel(), reference.ravel(), order=order) + TINY


def test_batches_equal_loops():
    rng = np.random.default_rng(0)
    batch = rng.dirichlet(np.ones(12), size=(2, 3)).reshape(2, 3, 3, 4)
    for measure in (it.mutual_information, it.variation_of_information, it.rajski_distance):
        assert measure(batch).shape == (2, 3)
        assert measure(batch)[1, 2] == pytest.approx(measure(batch[1, 2]))
    for kind in ("sibson", "arimoto", "csiszar"):
        got = it.mutual_information(batch, order=2, kind=kind)
        assert got[0, 1] == pytest.approx(it.mutual_information(batch[0, 1], order=2, kind=kind))
    assert it.total_correlation(batch, batch_ndim=2)[1, 0] == pytest.approx(
        it.total_correlation(batch[1, 0])
    )


def test_rows_in_blocks_equal_scipy():
    p = np.random.default_rng(0).dirichlet(np.ones(30), size=4000)
    p[:, 4] = 0.0
    p /= p.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(it.entropy(p), stats.entropy(p, axis=1), atol=1e-13)
    np.testing.assert_allclose(
        it.entropy(p.T, axis=0, base=2), stats.entropy(p, axis=1, base=2), atol=1e-13
    )
    np.testing.assert_allclose(
        it.entropy(p.reshape(40, 100, 30))[3, 7], stats.entropy(p[307]), atol=1e-13
    )


def test_agreement_with_dit():
    dit = pytest.importorskip("dit")
    p = np.random.default_rng(0).dirichlet(np.ones(8)).reshape(2, 2, 2)
    outcomes = ["".join(map(str, index)) for index in np.ndindex(p.shape)]
    law = dit.Distribution(outcomes, p.ravel())
    assert it.total_correlation(p, base=2) == pytest.approx(dit.multivariate.total_correlation(law))
    assert it.dual_total_correlation(p, base=2) == pytest.approx(
        dit.multivariate.dual_total_correlation(law)
    )
    assert it.co_information(p, base=2) == pytest.approx(dit.multivariate.coinformation(law))


#: All ways to sum powers: counts, roots, products, logarithms, the largest.
EVERY_WAY = [
    0.0,
    1e-300,
    0.05,
    0.1,
    0.3,
    0.5,
    0.999,
    1.0,
    1.001,
    1.2,
    1.5,
    2.0,
    2.5,
    3.0,
    3.5,
    4.0,
    4.5,
    5.0,
]
EVERY_WAY += [7.5, 100.0, 1e4, math.inf]
LAYOUTS = {
    "rows": lambda p: p,
    "columns": np.asfortranarray,
    "every second": lambda p: np.repeat(p, 2, axis=1)[:, ::2],
    "backwards": lambda p: np.ascontiguousarray(p[:, ::-1])[:, ::-1],
    "cube": lambda p: p.reshape(20, -1, p.shape[1]),
}


@pytest.mark.parametrize("order", EVERY_WAY)
@pytest.mark.parametrize("axis", [0, 1])
def test_many_rows_have_the_entropy_of_each_at_every_order(order, axis):
    """Powers that underflow, sums of powers next to 1, and one outcome among zeros included."""
    rng = np.random.default_rng(2)
    rows = rng.dirichlet(np.full(100, 0.3), size=2000)
    rows[:6] = 0.0
    rows[0, 3], rows[0, 4] = 1.0 - 1e-12, 1e-12
    rows[1, 5] = 1.0
    rows[2, :2] = 0.5
    rows[3] = 0.01
    rows[4, 1:7] = 1.0, 1e-200, 1e-260, 1e-300, 1e-310, 5e-324
    rows[5, :3], rows[5, 3:] = (0.5, 0.3, 0.2), 1e-290
    together = it.entropy(rows if axis == 1 else rows.T, order=order, axis=axis)
    few = [*range(6), *range(1000, 1030)]
    alone = [it.entropy(rows[i], order=order) for i in few]
    np.testing.assert_allclose(together[few], alone, rtol=1e-13, atol=0.0)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("order", [0.0, 0.5, 0.7, 1.0, 3.0, math.inf])
def test_many_rows_have_the_same_entropies_in_every_layout(order, layout):
    rows = np.random.default_rng(3).dirichlet(np.full(60, 0.3), size=2000)
    rows[rows < 1e-9] = 0.0
    rows /= rows.sum(axis=1, keepdims=True)
    found = it.entropy(LAYOUTS[layout](rows), order=order).ravel()
    np.testing.assert_allclose(found, it.entropy(rows, order=order), rtol=1e-14, atol=0.0)

    # Short floats are summed as long ones; few rows are not summed in blocks.
    short = rows.astype(np.float32)
    found = it.entropy(LAYOUTS[layout](short), order=order).ravel()
    alone = [it.entropy(row, order=order) for row in short[:30]]
    np.testing.assert_allclose(found[:30], alone, rtol=1e-13, atol=0.0)


@pytest.mark.parametrize("order", [0.0, 0.5, 1.0, 2.0, 2.3, math.inf])
def test_other_forms_of_many_rows_are_those_of_each(order):
    rows = np.random.default_rng(4).dirichlet(np.full(60, 0.3), size=2000)
    for measure in (it.tsallis_entropy, it.hill_number):
        alone = [measure(row, order=order) for row in rows[:30]]
        np.testing.assert_allclose(measure(rows, order=order)[:30], alone, rtol=1e-13, atol=0.0)


@pytest.mark.parametrize("order", [0.05, 0.7, 1.0, 2.3, 7.5, 100.0])
@pytest.mark.parametrize("first", [0, 700, 1999])
def test_zeros_and_powers_that_underflow_may_begin_in_any_row_of_many(order, first):
    rows = np.random.default_rng(5).dirichlet(np.full(100, 3.0), size=2000)
    rows[first:, 5], rows[first, 6], rows[1999, 7] = 0.0, 1e-290, 1e-310
    rows /= rows.sum(axis=1, keepdims=True)
    together = it.entropy(rows, order=order)
    few = [0, 1, 654, 655, 699, 700, 701, 1998, 1999]
    alone = [it.entropy(rows[i], order=order) for i in few]
    np.testing.assert_allclose(together[few], alone, rtol=1e-13, atol=0.0)

    # What is wrong below zeros is found too: the rows there are summed with a guard.
    rows[1999, 8] = -1e-6
    with pytest.raises(ValueError, match="p must"):
        it.entropy(rows, order=order)


@pytest.mark.parametrize("order", [0.0, 0.5, 0.7, 1.0, 2.0, 3.0, 5.0, math.inf])
@pytest.mark.parametrize("wrong", [-0.25, np.nan, np.inf, 0.5])
def test_one_wrong_row_of_many_is_found_at_every_order(order, wrong):
    rows = np.full((2000, 100), 0.01)
    rows[1234, 5] = wrong
    with pytest.raises(ValueError, match="p must"):
        it.entropy(rows, order=order)

"""Values by hand and from the literature, in bits."""

import math

import numpy as np
import pytest

import infotheory as it

P = [[0.3, 0.1], [0.05, 0.2], [0.15, 0.2]]
TABLE = {
    0.5: (
        1.5716258416,
        1.4895961359,
        1.4889006343,
        1.4882047973,
        0.0800362640,
        0.0820297057,
        0.0806072641,
    ),
    1.0: (
        1.5588718484,
        1.4086949696,
        1.4086949696,
        1.4086949696,
        0.1501768789,
        0.1501768789,
        0.1501768789,
    ),
}


@pytest.mark.parametrize("order", TABLE)
def test_reference_table(order):
    options = {"order": order, "base": 2}
    entropies = [
        it.conditional_entropy(P, kind=kind, **options) for kind in ("arimoto", "hayashi", "cachin")
    ]
    informations = [
        it.mutual_information(P, kind=kind, **options) for kind in ("sibson", "arimoto", "csiszar")
    ]
    got = [it.entropy(np.sum(P, axis=1), **options), *entropies, *informations]
    assert got == pytest.approx(TABLE[order], abs=1e-10)


def test_reference_table_at_order_infinity():
    options = {"order": math.inf, "base": 2}
    assert it.entropy(np.sum(P, axis=1), **options) == pytest.approx(1.3219280949)
    assert it.conditional_entropy(P, **options) == pytest.approx(1.0)
    assert it.mutual_information(P, **options) == pytest.approx(0.6322682155)
    assert it.mutual_information(P, kind="arimoto", **options) == pytest.approx(0.3219280949)


def test_hayashi_and_jizba_arimitsu_differ():
    table = [[0.3, 0.05], [0.05, 0.2], [0.2, 0.2]]
    got = [
        it.conditional_entropy(table, order=0.5, kind=kind, base=2)
        for kind in ("hayashi", "jizba_arimitsu")
    ]
    assert got == pytest.approx([1.4513875, 1.4524134], abs=1e-7)


def test_divergences():
    p, q = (0.5, 0.25, 0.25), (0.2, 0.3, 0.5)
    got = [it.renyi_divergence(p, q, order=order, base=2) for order in (0.5, 1, math.inf)]
    assert got == pytest.approx([0.1673755944, 0.3452054460, 1.3219280949], abs=1e-10)
    assert it.jeffreys_divergence(p, q, base=2) == pytest.approx(0.6597301488, abs=1e-10)
    assert it.renyi_cross_entropy(p, q, order=2, base=2) == pytest.approx(1.7369655942, abs=1e-10)
    assert it.chi_square_divergence(p, q) == pytest.approx(0.09 / 0.2 + 0.0025 / 0.3 + 0.0625 / 0.5)
    assert it.total_variation(p, q) == pytest.approx(0.3)
    assert it.hellinger_distance(p, q) ** 2 == pytest.approx(1 - np.sqrt(np.multiply(p, q)).sum())


def test_order_zero_counts_the_support():
    assert it.entropy([0.5, 0.5, 0.0, 0.0], order=0, base=2) == 1.0
    assert it.hill_number([0.5, 0.5, 0.0], order=0) == pytest.approx(2.0)
    assert it.tsallis_entropy([0.5, 0.5, 0.0], order=0) == pytest.approx(1.0)
    assert it.renyi_divergence([0.5, 0.5, 0.0], [0.25, 0.25, 0.5], order=0, base=2) == 1.0


@pytest.mark.parametrize("order", [0.0, 0.5, 1.0, 2.0, math.inf])
def test_disjoint_supports_are_infinitely_far_and_never_nan(order):
    assert it.renyi_divergence([1.0, 0.0], [0.0, 1.0], order=order) == math.inf
    assert it.renyi_cross_entropy([1.0, 0.0], [0.0, 1.0], order=order) == math.inf


@pytest.mark.parametrize(
    ("order", "expected"), [(0.0, 0.0), (0.5, math.log(2)), (1.0, math.inf), (math.inf, math.inf)]
)
def test_lost_support(order, expected):
    assert it.renyi_divergence([0.5, 0.5], [1.0, 0.0], order=order) == pytest.approx(expected)


def test_divergence_of_order_infinity_ignores_joint_zeros():
    assert it.renyi_divergence([0.5, 0.5, 0.0], [0.25, 0.75, 0.0], order=math.inf, base=2) == 1.0


def test_conditional_sibson_divides_by_the_law_of_the_condition():
    table = np.einsum(
        "xz,yz,z->xyz", [[0.2, 0.9], [0.8, 0.1]], [[0.7, 0.4], [0.3, 0.6]], [0.3, 0.7]
    )
    for order in (0.0, 0.5, 1.0, 2.0, math.inf):
        assert it.conditional_mutual_information(table, order=order) == pytest.approx(
            0.0, abs=1e-12
        )


def test_jensen_shannon_of_many_with_weights():
    laws = np.eye(3)
    assert it.jensen_shannon_divergence(*laws, weights=[0.5, 0.25, 0.25], base=2) == pytest.approx(
        1.5
    )
    assert it.jensen_shannon_divergence([1.0, 0.0], [0.0, 1.0], weights=[1.0, 0.0]) == 0.0


XOR = np.zeros((2, 2, 2))
XOR[0, 0, 0] = XOR[0, 1, 1] = XOR[1, 0, 1] = XOR[1, 1, 0] = 0.25
COPIES = np.zeros((2, 2, 2))
COPIES[0, 0, 0] = COPIES[1, 1, 1] = 0.5


@pytest.mark.parametrize(
    ("measure", "of_xor", "of_copies"),
    [
        (it.joint_entropy, 2, 1),
        (it.total_correlation, 1, 2),
        (it.dual_total_correlation, 2, 1),
        (it.o_information, -1, 1),
        (it.s_information, 3, 3),
        (it.co_information, -1, 1),
        (it.interaction_information, 1, -1),
        (it.conditional_mutual_information, 1, 0),
    ],
)
def test_three_bits(measure, of_xor, of_copies):
    assert measure(XOR, base=2) == pytest.approx(of_xor)
    assert measure(COPIES, base=2) == pytest.approx(of_copies, abs=1e-12)


def test_constants():
    assert it.rajski_distance([[1.0]]) == 0.0
    assert it.normalized_mutual_information([[1.0]]) == 1.0
    assert it.normalized_mutual_information([[0.5], [0.5]], normalization="geometric") == 0.0
    assert it.conditional_entropy([[1.0, 0.0]], kind="cachin", order=3) == 0.0


def test_conditional_entropy_of_several_variables():
    assert it.conditional_entropy(XOR, given=(0, 1), base=2) == pytest.approx(0.0, abs=1e-12)
    assert it.conditional_entropy(XOR, given=0, base=2) == pytest.approx(1.0)
    assert it.conditional_entropy(XOR[None], given=0, base=2, batch_ndim=1) == pytest.approx([1.0])

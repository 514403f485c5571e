"""Coupling through a bottleneck, and its rate curve."""

import numpy as np
import pytest
from scipy.special import entr

from infotheory import entropy
from infotheory.coupling import bottleneck_coupling, minimum_entropy_coupling, rate_curve
from infotheory.coupling.maps import set_partitions

# Algorithm 1 with greedy decoding, worked from the paper's definitions; bits: p_T, H(T), I(X;Y)
SKEWED = {
    0.5: ([0.9, 0.1], 0.468996, 0.268996),
    1.0: ([0.7, 0.3], 0.881291, 0.881291),
    1.5: ([0.7, 0.2, 0.1], 1.15678, 0.881291),
}
UNIFORM = {
    0.5: ([1.0], 0, 0),
    1.0: ([0.5, 0.5], 1, 1),
    1.5: ([0.5, 0.25, 0.25], 1.5, 1.5),
    3.0: ([0.25] * 4, 2, 2),
}
CASES = [([0.7, 0.2, 0.1], [0.5, 0.3, 0.2], rate, *row) for rate, row in SKEWED.items()]
CASES += [([0.25] * 4, [0.25] * 4, rate, *row) for rate, row in UNIFORM.items()]


def information_bits(joint):
    parts = joint.sum(axis=1), joint.sum(axis=0), joint
    return sum(
        sign * entr(part).sum() for sign, part in zip((1, 1, -1), parts, strict=True)
    ) / np.log(2)


@pytest.mark.parametrize(("p_x", "p_y", "rate", "p_t", "entropy", "information"), CASES)
def test_table(p_x, p_y, rate, p_t, entropy, information):
    coupling = bottleneck_coupling(p_x, p_y, rate, method="algorithm1", base=2)
    assert coupling.encoder.p_t == pytest.approx(p_t)
    assert coupling.encoder.entropy == pytest.approx(entropy, abs=1e-6)
    assert coupling.information == pytest.approx(information, abs=1e-6)


@pytest.mark.parametrize("method", ["algorithm1", "search", "best", "uniform"])
def test_joint_pmf_has_the_marginals_and_the_information_reported(method):
    rng = np.random.default_rng(0)
    for _ in range(60):
        p_x, p_y = (rng.dirichlet(np.ones(rng.integers(1, 40))) for _ in range(2))
        rate = rng.uniform(0, 5)
        coupling = bottleneck_coupling(p_x, p_y, rate, method=method, base=2)
        joint = coupling.toarray()
        assert np.abs(joint.sum(axis=1) - p_x).max() <= 1e-12
        assert np.abs(joint.sum(axis=0) - p_y).max() <= 1e-12
        assert coupling.information == pytest.approx(information_bits(joint), abs=1e-9)
        assert coupling.information <= coupling.bound + 1e-9
        with_t = information_bits(coupling.decoder.toarray())
        if coupling.encoder.split is None:
            assert coupling.information == pytest.approx(with_t, abs=1e-9)
        guaranteed = coupling.encoder.information + with_t - rate
        assert coupling.information >= guaranteed - 1e-9


def test_best_is_never_worse():
    rng = np.random.default_rng(1)
    for _ in range(60):
        p_x, p_y = (rng.dirichlet(np.ones(rng.integers(2, 20))) for _ in range(2))
        rate = rng.uniform(0, 3)
        got = [
            bottleneck_coupling(p_x, p_y, rate, method=m).information
            for m in ("best", "algorithm1", "search", "uniform")
        ]
        assert got[0] >= max(got) - 1e-12


@pytest.mark.parametrize("seed", range(12))
def test_no_map_within_the_rate_is_coupled_better(seed):
    """A map that keeps less of X may suit Y better: all partitions are tried here one by one."""
    rng = np.random.default_rng(seed)
    p_x, p_y = rng.dirichlet(np.ones(rng.integers(3, 7))), rng.dirichlet(np.ones(3))
    rate = rng.uniform(0.3, 1.0) * float(entropy(p_x))
    best = bottleneck_coupling(p_x, p_y, rate).information
    for labels in set_partitions(p_x.size):
        blocks = np.bincount(labels, p_x)
        if float(entropy(blocks)) <= rate:
            coupling = minimum_entropy_coupling(blocks, p_y, method="greedy")
            shared = float(entropy(blocks)) + float(entropy(p_y)) - coupling.entropy
            assert best >= shared - 1e-9


def test_without_a_limit_it_is_the_greedy_coupling():
    coupling = bottleneck_coupling([0.5, 0.5], [0.6, 0.4], np.inf, base=2)
    assert coupling.information == pytest.approx(
        1 + information_bits(np.diag([0.6, 0.4])) - 1.360964, abs=1e-6
    )


def test_rate_curve_is_the_couplings_one_by_one():
    p_x, p_y = [0.7, 0.2, 0.1], [0.5, 0.3, 0.2]
    curve = rate_curve(p_x, p_y, np.linspace(0, 2, 9), base=2)
    assert set(curve.information) == {"best", "algorithm1", "uniform"}
    for rate, value, bound in zip(curve.rates, curve.information["best"], curve.bound, strict=True):
        single = bottleneck_coupling(p_x, p_y, rate, base=2)
        assert (value, bound) == (single.information, single.bound)
    assert (curve.information["best"] <= curve.bound + 1e-9).all()
    assert curve.unit == "bits"


def test_errors():
    with pytest.raises(ValueError, match="p_y must sum to 1"):
        bottleneck_coupling([1.0], [0.5], 1.0)
    with pytest.raises(ValueError, match="rate must be a number from 0 on"):
        bottleneck_coupling([1.0], [1.0], -0.1)
    with pytest.raises(ValueError, match="at least one method"):
        rate_curve([1.0], [1.0], [0.5], methods=[])
    with pytest.raises(ValueError, match=r"vector of rates .* got shape \(0,\)"):
        rate_curve([1.0], [1.0], [])


@pytest.mark.parametrize("n_symbols", [2, 3, 7, 30])
@pytest.mark.parametrize("seed", range(5))
def test_a_rate_of_0_leaves_exactly_nothing(n_symbols, seed):
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(n_symbols)), rng.dirichlet(np.ones(3))
    coupling = bottleneck_coupling(p, q, 0.0)
    assert (coupling.information, coupling.encoder.information) == (0.0, 0.0)
    assert coupling.encoder.entropy == 0.0


def test_a_little_information_is_no_rounding():
    coupling = bottleneck_coupling([1 - 1e-9, 1e-9], [1 - 1e-9, 1e-9], 1.0)
    expected = -1e-9 * np.log(1e-9) + 1e-9
    assert coupling.information == pytest.approx(expected, rel=1e-6)

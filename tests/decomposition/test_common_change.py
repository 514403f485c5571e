"""Common change in surprisal: values of dit's tests, the law of most entropy, ties and zeros."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory import mutual_information
from infotheory.decomposition import (
    estimate_partial_information,
    partial_information_decomposition,
    partial_information_lattice,
    redundant_information,
)
from infotheory.decomposition.most_entropy import law_of_most_entropy
from infotheory.exceptions import NotConvergedWarning


def law(words):
    """Table of equally likely outcomes, the last letter the target."""
    outcomes = np.array([list(map(int, word)) for word in words])
    table = np.zeros(outcomes.max(axis=0) + 1)
    np.add.at(table, tuple(outcomes.T), 1.0 / len(words))
    return table


def random_law(seed, shape):
    rng = np.random.default_rng(seed)
    size = int(np.prod(shape))
    return rng.dirichlet(np.full(size, rng.choice([0.05, 0.3, 1.0]))).reshape(shape)


GBAND = law(["000", "010", "100", "111", "222", "232", "322", "333"])
AND, XOR = law(["000", "010", "100", "111"]), law(["000", "011", "101", "110"])
COPY, SUM = law(["000", "011", "102", "113"]), law(["000", "011", "101", "112"])
AND_TWICE = law(["0000", "0100", "1010", "1111"])
# Of dit's test_iccs.py, in bits; every other atom is 0.
AND_TWICE_ATOMS = {
    "{0}{1}{2}": 0.10375937481971094,
    **dict.fromkeys(("{0}{2}", "{1}"), 0.20751874963942191),
    **dict.fromkeys(("{2}{0 1}", "{0}{1 2}", "{0 1}{0 2}", "{0 1}{1 2}"), 0.14624062518028902),
    **dict.fromkeys(("{0 2}{1 2}", "{0 1 2}"), 0.14624062518028902),
    **dict.fromkeys(("{2}", "{0}", "{0 1}{0 2}{1 2}", "{0 2}"), -0.14624062518028902),
}


@pytest.mark.parametrize(
    ("table", "redundancy", "unique", "synergy"),
    [
        (GBAND, 0.81127812445913283, 0.5, 0.0),
        (AND, 0.10375937481971094, 0.20751874963942191, 0.29248125036057809),
        (XOR, 0.0, 0.0, 1.0),
        (COPY, 0.0, 1.0, 0.0),
        (SUM, 0.0, 0.5, 0.5),
        (law(["000", "111"]), 1.0, 0.0, 0.0),
    ],
    ids=["gband", "and", "xor", "copy", "sum", "redundant"],
)
def test_gates(table, redundancy, unique, synergy):
    parts = partial_information_decomposition(table, kind="common_change", base=2)
    expected = (redundancy, unique, unique, synergy)
    assert (parts.redundancy, *parts.unique, parts.synergy) == pytest.approx(expected, abs=1e-12)

    lattice = partial_information_lattice(table, kind="common_change", base=2)
    np.testing.assert_allclose(lattice.atoms, expected, atol=1e-12)
    assert lattice.pointwise is None


def test_the_and_of_which_one_source_comes_twice():
    lattice = partial_information_lattice(AND_TWICE, kind="common_change", base=2)
    for node, atom in zip(lattice.to_frame()["node"], lattice.atoms, strict=True):
        assert atom == pytest.approx(AND_TWICE_ATOMS.get(node, 0.0), abs=1e-12), node


def by_enumeration(p):
    """Two sources, whose law of most entropy comes from many rounds of proportional fitting."""
    q = np.where((p.sum(2, keepdims=True) * p.sum(1, keepdims=True) * p.sum(0)) > 0, 1.0, 0.0)
    for _ in range(1000):
        for axis in range(3):
            sums = q.sum(axis=axis, keepdims=True)
            q = q * p.sum(axis=axis, keepdims=True) / np.where(sums > 0, sums, 1.0)
    total, (a, b, t) = 0.0, (q.sum(axis=axes) for axes in ((1, 2), (0, 2), (0, 1)))
    for i, j, k in np.argwhere(q > 1e-15):
        first = np.log(q[i, :, k].sum() / (a[i] * t[k]))
        second = np.log(q[:, j, k].sum() / (b[j] * t[k]))
        both = np.log(q[i, j, k] / (q[i, j].sum() * t[k]))
        signs = {np.sign(one) for one in (first, second, both, first + second - both)}
        total += q[i, j, k] * (first + second - both) * (len(signs) == 1)
    return total


@pytest.mark.parametrize("seed", range(3))
def test_laws_without_empty_cells_by_proportional_fitting(seed):
    p = np.random.default_rng(seed).dirichlet(np.ones(12)).reshape(2, 3, 2)
    assert redundant_information(p, kind="common_change") == pytest.approx(
        by_enumeration(p), abs=1e-9
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(2, 2, 2), (3, 2, 3), (2, 4, 2)]))
def test_the_law_of_most_entropy_is_optimal(seed, shape):
    p = random_law(seed, shape)
    cells = np.indices(shape).reshape(3, -1)
    margins = [np.ravel_multi_index(cells[[i, j]], (shape[i], shape[j])) for i, j in PAIRS]
    solution = law_of_most_entropy(margins, p.ravel())
    assert solution.residual < 1e-12

    # Optimal: no direction that leaves the margins alone raises the entropy.
    held = solution.probability > 0.0
    sums = np.vstack([codes == code for codes in margins for code in np.unique(codes)])
    kept = sums[:, held].astype(float)
    logs = np.log(solution.probability[held])
    multipliers = np.linalg.lstsq(kept.T, logs, rcond=None)[0]
    np.testing.assert_allclose(kept.T @ multipliers, logs, atol=1e-6 * np.abs(logs).max())
    assert np.all(held | (p.ravel() == 0.0))


PAIRS = ((0, 1), (0, 2), (1, 2))


def test_cells_that_no_law_can_hold_stay_empty():
    # The parity: the margins of pairs are those of independent bits, so all cells can be held.
    p = XOR.ravel()
    cells = np.indices((2, 2, 2)).reshape(3, -1)
    margins = [cells[i] * 2 + cells[j] for i, j in PAIRS]
    np.testing.assert_allclose(law_of_most_entropy(margins, p).probability, 1 / 8, atol=1e-14)

    # Seven cells: the eighth could be filled by the change of alternating signs alone, which takes
    # from four others.
    p = np.full(8, 1 / 7)
    p[7] = 0.0
    assert law_of_most_entropy(margins, p).probability.min() > 0.0
    # Of two neighbours alone nothing can move without taking from an empty cell.
    p = np.zeros(8)
    p[[0, 1]] = 0.5
    np.testing.assert_array_equal(law_of_most_entropy(margins, p).probability > 0.0, p > 0.0)


@pytest.mark.parametrize("shape", [(2, 3), (3, 2, 2), (2, 2, 3, 2)])
def test_atoms_add_up_and_single_sources_are_their_information(shape):
    p = random_law(4, shape)
    lattice = partial_information_lattice(p, kind="common_change")
    everything = mutual_information(p.reshape(-1, shape[-1]))
    assert lattice.atoms.sum() == pytest.approx(everything, abs=1e-12)
    for i in range(len(shape) - 1):
        alone = mutual_information(np.moveaxis(p, i, 0).reshape(shape[i], -1, shape[-1]).sum(1))
        place = lattice.nodes.index(((i,),))
        assert lattice.redundancy[place] == pytest.approx(alone, abs=1e-12)


def test_order_names_and_spare_variables_change_nothing():
    p = random_law(7, (2, 3, 2))
    expected = redundant_information(p, kind="common_change")
    spare = p[..., None] * np.array([0.3, 0.7])
    for other, options in (
        (p[::-1, [1, 2, 0]], {}),
        (p.transpose(1, 0, 2), {}),
        (np.moveaxis(p, 2, 0), {"sources": [1, 2], "target": 0}),
        (spare, {"sources": [0, 1], "target": 2}),
        (p, {"sources": [0, 1, 1]}),
        (p, {"sources": [0, 1, [0, 1]]}),
    ):
        value = redundant_information(other, kind="common_change", **options)
        assert value == pytest.approx(expected, abs=1e-12), options


def test_a_source_that_tells_nothing_shares_nothing():
    # Its changes are 0, by rounding -1e-17 or 1e-17: neither sign may count.
    for weight in (0.5, 0.3, 0.1, 1 / 3):
        told = np.array([[0.4, 0.1], [0.2, 0.3]])
        p = told[:, None, :] * np.array([weight, 1.0 - weight])[None, :, None]
        assert redundant_information(p, kind="common_change") == 0.0


def test_three_sources_with_the_function_for_groups():
    p = random_law(11, (2, 2, 2, 2))
    lattice = partial_information_lattice(p, kind="common_change")
    for node, value in zip(lattice.nodes, lattice.redundancy, strict=True):
        of_groups = redundant_information(p, sources=node, kind="common_change")
        assert of_groups == pytest.approx(value, abs=1e-11)


def test_a_redundancy_may_exceed_what_one_source_says():
    # Ince's "unique misinformation": imperfect copies.
    p = law(["000"] * 4 + ["010"] + ["111"] * 5)
    parts = partial_information_decomposition(p, kind="common_change", base=2)
    assert parts.unique[1] < -1e-3
    both = mutual_information(p.reshape(4, 2), base=2)
    assert parts.redundancy + sum(parts.unique) + parts.synergy == pytest.approx(both)


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"at most 2048 pairs .* got 1600 times 2; merge values"):
        redundant_information(np.full((40, 40, 2), 1 / 3200), kind="common_change")
    bits = np.zeros((2,) * 10)
    bits[(0,) * 10] = bits[(1,) * 10] = 0.5
    with pytest.raises(ValueError, match="at most 8 sources, got 9"):
        redundant_information(bits, kind="common_change")
    labels = np.array(list(itertools.product((0, 1), repeat=2)) * 10).T
    with pytest.raises(ValueError, match="kind must be"):
        estimate_partial_information(*labels, target=labels[0], kind="common_change")


def test_a_law_that_is_not_reached_is_named(monkeypatch):
    monkeypatch.setattr("infotheory.decomposition.most_entropy._MOST_STEPS", 0)
    with pytest.warns(NotConvergedWarning, match="law of most entropy was not reached"):
        redundant_information(random_law(1, (4, 4, 2)), kind="common_change")

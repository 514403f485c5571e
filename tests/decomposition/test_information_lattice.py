"""Values of dit's tests and of Makkeh, Gutknecht and Wibral; brute force; invariances."""

import itertools

import numpy as np
import pytest

from infotheory import mutual_information
from infotheory.decomposition import (
    partial_information_decomposition,
    partial_information_lattice,
    redundant_information,
)

KINDS = ("shared_exclusions", "williams_beer", "minimum", "meet")


def law(words):
    """Table of equally likely outcomes, the last letter the target."""
    outcomes = np.array([list(map(int, word)) for word in words])
    table = np.zeros(outcomes.max(axis=0) + 1)
    np.add.at(table, tuple(outcomes.T), 1.0 / len(words))
    return table


def parity(n_sources):
    bits = itertools.product((0, 1), repeat=n_sources)
    return law(["".join(map(str, (*b, sum(b) % 2))) for b in bits])


SUM = law(["0000", "0011", "0101", "0112", "1001", "1012", "1102", "1113"])
XOR, AND = parity(2), law(["000", "010", "100", "111"])
POINTWISE_UNIQUE = law(["011", "022", "101", "202"])


def atoms_of(table, kind):
    lattice = partial_information_lattice(table, kind=kind, base=2)
    return dict(zip(lattice.to_frame()["node"], lattice.atoms.tolist(), strict=True))


@pytest.mark.parametrize("kind", ["williams_beer", "minimum"])
def test_the_sum_of_three_bits(kind):
    atoms = atoms_of(SUM, kind)
    expected = {"{0}{1}{2}": 0.311278, "{0 1}{0 2}{1 2}": 0.5, "{0 1 2}": 1.0}
    for node, atom in atoms.items():
        assert atom == pytest.approx(expected.get(node, 0.0), abs=1e-6)


def test_the_parity_of_three_bits_by_shared_exclusions():
    atoms = {node: 2.0**atom for node, atom in atoms_of(parity(3), "shared_exclusions").items()}
    expected = {
        "{0}{1}{2}": 8 / 7,
        "{0}{1}": 7 / 8,
        "{0}{1 2}": 32 / 35,
        "{0}": 5 / 4,
        "{0 1}{0 2}{1 2}": 875 / 1024,
        "{0 1}{0 2}": 16 / 15,
        "{0 1}": 9 / 8,
        "{0 1 2}": 32 / 27,
    }
    for node, value in expected.items():
        assert atoms[node] == pytest.approx(value, rel=1e-12)
    assert np.prod(list(atoms.values())) == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (XOR, [-0.584963, 0.584963, 0.584963, 0.415037]),
        (AND, [0.122556, 0.188722, 0.188722, 0.311278]),
        (POINTWISE_UNIQUE, [0.0, 0.5, 0.5, 0.0]),
    ],
    ids=["xor", "and", "pointwise unique"],
)
def test_gates_by_shared_exclusions(table, expected):
    lattice = partial_information_lattice(table, kind="shared_exclusions", base=2)
    np.testing.assert_allclose(lattice.atoms, expected, atol=1e-6)
    np.testing.assert_allclose(lattice.pointwise @ lattice.probabilities, lattice.atoms, atol=1e-12)


@pytest.mark.parametrize("kind", ["williams_beer", "minimum", "meet"])
def test_two_sources_are_those_of_the_function_for_two(kind):
    p = np.random.default_rng(3).dirichlet(np.full(18, 0.4)).reshape(3, 3, 2)
    parts = partial_information_decomposition(p, kind=kind)
    lattice = partial_information_lattice(p, kind=kind)
    np.testing.assert_allclose(
        lattice.atoms, [parts.redundancy, *parts.unique, parts.synergy], atol=1e-12
    )


@pytest.mark.parametrize("kind", ["williams_beer", "minimum", "meet"])
def test_redundancies_of_three_sources_are_those_of_joined_variables(kind):
    p = np.random.default_rng(5).dirichlet(np.full(24, 0.4)).reshape(2, 3, 2, 2)
    p[0, :, 1] = 0.0
    p /= p.sum()
    lattice = partial_information_lattice(p, kind=kind)
    for node, value in zip(lattice.nodes, lattice.redundancy, strict=True):
        assert redundant_information(p, sources=node, kind=kind) == pytest.approx(value, abs=1e-12)


def test_shared_exclusions_by_brute_force():
    p = np.random.default_rng(1).dirichlet(np.full(24, 0.5)).reshape(2, 3, 2, 2)
    lattice = partial_information_lattice(p)
    outcomes = list(itertools.product(*map(range, p.shape)))
    for node, value in zip(lattice.nodes, lattice.redundancy, strict=True):
        total = 0.0
        for outcome in outcomes:
            union = [
                other
                for other in outcomes
                if any(all(other[i] == outcome[i] for i in one) for one in node)
            ]
            both = sum(p[other] for other in union if other[-1] == outcome[-1])
            law_t = p[..., outcome[-1]].sum()
            total += p[outcome] * np.log(both / (sum(p[other] for other in union) * law_t))
        assert value == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(3, 2), (2, 3, 2), (2, 2, 2, 3), (2, 2, 2, 2, 2)])
def test_atoms_add_up_to_the_information_of_all_sources(kind, shape):
    p = np.random.default_rng(2).dirichlet(np.full(np.prod(shape), 0.6)).reshape(shape)
    lattice = partial_information_lattice(p, kind=kind)
    everything = mutual_information(p.reshape(-1, shape[-1]))
    assert lattice.atoms.sum() == pytest.approx(everything, abs=1e-12)
    assert lattice.redundancy[-1] == pytest.approx(everything, abs=1e-12)
    if kind == "williams_beer":
        assert lattice.atoms.min() > -1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_values_order_of_variables_and_spare_ones_change_nothing(kind):
    p = np.random.default_rng(7).dirichlet(np.full(12, 0.6)).reshape(2, 3, 2)
    expected = partial_information_lattice(p, kind=kind).atoms
    relabelled = p[::-1, [1, 2, 0]]
    np.testing.assert_allclose(
        partial_information_lattice(relabelled, kind=kind).atoms, expected, atol=1e-12
    )
    moved = partial_information_lattice(np.moveaxis(p, 2, 0), sources=[1, 2], target=0, kind=kind)
    np.testing.assert_allclose(moved.atoms, expected, atol=1e-12)

    spare = p[..., None] * np.array([0.3, 0.7])
    with_spare = partial_information_lattice(spare, sources=[0, 1], target=2, kind=kind)
    np.testing.assert_allclose(with_spare.atoms, expected, atol=1e-12)


def test_an_atom_is_named_by_its_sets():
    lattice = partial_information_lattice(SUM, kind="minimum", base=2)
    assert lattice.atom([2, 1], [0, 1], (0, 2)) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="sets must be those of a node"):
        lattice.atom([0], [0, 1])


def test_what_is_too_large_is_refused_before_it_is_made():
    with pytest.raises(ValueError, match="sources must be at most 4, got 5: the lattice of 5 has"):
        partial_information_lattice(parity(5))
    joined = partial_information_lattice(parity(5), sources=[[0, 1], [2, 3], 4], base=2)
    assert joined.redundancy[-1] == pytest.approx(1.0)
    with pytest.raises(ValueError, match="outcomes of positive probability must be at most 4096"):
        partial_information_lattice(np.full((80, 60, 2), 1.0 / 9600))
    with pytest.raises(ValueError, match="kind must be"):
        partial_information_lattice(XOR, kind="broja")

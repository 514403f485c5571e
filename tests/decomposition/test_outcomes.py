"""Outcomes of a law, antichains and their inversion, beside enumeration."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infotheory.decomposition.antichains import MOST_SOURCES, antichains_of
from infotheory.decomposition.information_lattice import node_label
from infotheory.decomposition.outcomes import (
    Outcomes,
    least_information,
    shared_exclusions,
    shared_exclusions_of_laws,
)

SEEDS = st.integers(0, 10_000)


def law(seed, shape=(2, 3, 2, 2)):
    """Joint law of which about a third of the cells are empty."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(int(np.prod(shape)))).reshape(shape)
    p[rng.random(shape) < 0.35] = 0.0
    p[(0,) * len(shape)] += 0.01
    return p / p.sum()


@given(SEEDS)
def test_outcomes_are_the_cells_with_mass(seed):
    p = law(seed)
    cells = Outcomes.of_table(p, [(0,), (1, 2)], 3)
    assert cells.probability.sum() == pytest.approx(1.0)
    assert cells.n_cells == np.count_nonzero(p)
    joint = p.reshape(2, 6, 2)
    for probability, (first, second), target in zip(
        cells.probability, cells.sources, cells.target, strict=True
    ):
        matches = [
            (a, b, t)
            for a, b, t in np.argwhere(joint > 0)
            if a == first and t == target and joint[a, b, t] == pytest.approx(probability)
        ]
        assert matches
        assert second >= 0


def test_variables_of_no_source_are_summed_out():
    p = law(3)
    cells = Outcomes.of_table(p, [(0,)], 3)
    expected = p.sum(axis=(1, 2))
    for probability, (source,), target in zip(
        cells.probability, cells.sources, cells.target, strict=True
    ):
        assert probability == pytest.approx(expected[source, target])


@given(SEEDS)
def test_codes_tell_joint_values_apart(seed):
    cells = Outcomes.of_table(law(seed), [(0,), (1,), (2,)], 3)
    for sources in range(1, 8):
        members = [i for i in range(3) if sources >> i & 1]
        columns = [tuple(row) for row in cells.sources[:, members]]
        code, same = cells.code(sources), cells.same_values(sources)
        with_target = cells.code_with_target(sources)
        for i, j in itertools.product(range(cells.n_cells), repeat=2):
            assert (code[i] == code[j]) == (columns[i] == columns[j]) == same[i, j]
            alike = columns[i] == columns[j] and cells.target[i] == cells.target[j]
            assert (with_target[i] == with_target[j]) == alike
        assert set(code) == set(range(code.max() + 1))


@given(SEEDS)
def test_redundancies_grow_up_the_lattice_where_they_are_least_informations(seed):
    lattice = antichains_of(3)
    cells = Outcomes.of_table(law(seed), [(0,), (1,), (2,)], 3)
    by_target = least_information(cells, lattice, by_target=True).cumulative
    in_all = least_information(cells, lattice, by_target=False).cumulative
    assert (by_target <= in_all + 1e-12).all()
    assert by_target.min() >= -1e-12
    for values in (by_target, in_all):
        lower, upper = np.nonzero(lattice.below)
        assert (values[lower] <= values[upper] + 1e-12).all()
    exclusions = shared_exclusions(cells, lattice)
    assert exclusions.pointwise @ cells.probability == pytest.approx(exclusions.cumulative)
    # A single set shares what it says.
    for node, one, other in zip(lattice.nodes, in_all, exclusions.cumulative, strict=True):
        if len(node) == 1:
            assert one == pytest.approx(other, abs=1e-12)


@pytest.mark.parametrize("n_sources", range(1, MOST_SOURCES + 1))
def test_atoms_are_what_sums_up_to_each_node(n_sources):
    lattice = antichains_of(n_sources)
    atoms = np.random.default_rng(n_sources).normal(size=(len(lattice.nodes), 2))
    sums = np.array([atoms[lattice.below[:, b]].sum(axis=0) for b in range(len(lattice.nodes))])
    np.testing.assert_allclose(lattice.atoms(sums), atoms, atol=1e-10)
    np.testing.assert_allclose(lattice.atoms(sums[:, 0]), atoms[:, 0], atol=1e-10)

    # An order: of itself, in one direction only, and whatever lies below comes first.
    below = lattice.below
    assert below.diagonal().all()
    assert not (below & below.T & ~np.eye(len(below), dtype=bool)).any()
    assert not np.tril(below, -1).any()
    assert ((below.astype(int) @ below.astype(int) > 0) == below).all()


def test_nodes_are_written_as_sets():
    assert node_label(((0,), (1, 2))) == "{0}{1 2}"
    labels = [node_label(one) for one in antichains_of(2).named()]
    assert labels == ["{0}{1}", "{0}", "{1}", "{0 1}"]


@given(SEEDS)
def test_exclusions_of_several_laws_are_those_of_each(seed):
    rng = np.random.default_rng(seed)
    cells = Outcomes.of_table(law(seed), [(0,), (1, 2)], 3)
    lattice, n = antichains_of(2), cells.n_cells
    laws = rng.dirichlet(np.ones(n), size=3)
    # An outcome that does not occur is none.
    laws[0, rng.integers(n)] = 0.0
    laws[0] += 1.0 / n * (laws[0] > 0.0)
    laws /= laws.sum(axis=1, keepdims=True)

    found = shared_exclusions_of_laws(cells, lattice, laws)
    for values, one in zip(found, laws, strict=True):
        seen = one > 0.0
        alone = Outcomes(one[seen], cells.sources[seen], cells.target[seen])
        np.testing.assert_allclose(
            values, shared_exclusions(alone, lattice).cumulative, rtol=0.0, atol=1e-12
        )

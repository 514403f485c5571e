import itertools

import numpy as np
import pytest

from infotheory.decomposition.antichains import antichains_of


@pytest.mark.parametrize(("n_sources", "n_nodes"), [(1, 1), (2, 4), (3, 18), (4, 166)])
def test_there_are_as_many_nodes_as_dedekind_counts(n_sources, n_nodes):
    lattice = antichains_of(n_sources)
    assert len(lattice.nodes) == len(set(lattice.nodes)) == n_nodes
    for node in lattice.named():
        for one, other in itertools.permutations(map(set, node), 2):
            assert not one <= other


@pytest.mark.parametrize("n_sources", [1, 2, 3, 4])
def test_the_order_is_one_and_nodes_follow_it(n_sources):
    below = antichains_of(n_sources).below
    assert below.diagonal().all()
    assert not (below & below.T & ~np.eye(len(below), dtype=bool)).any()
    assert ((below.astype(int) @ below > 0) == below).all()
    assert not np.tril(below, -1).any()


def test_the_order_by_hand():
    lattice = antichains_of(2)
    assert lattice.named() == (((0,), (1,)), ((0,),), ((1,),), ((0, 1),))
    assert lattice.below.astype(int).tolist() == [
        [1, 1, 1, 1],
        [0, 1, 0, 1],
        [0, 0, 1, 1],
        [0, 0, 0, 1],
    ]


@pytest.mark.parametrize("n_sources", [2, 3, 4])
def test_atoms_add_up_to_what_they_were_made_of(n_sources):
    lattice = antichains_of(n_sources)
    atoms = np.random.default_rng(0).normal(size=(len(lattice.nodes), 3))
    sums = lattice.below.T.astype(float) @ atoms
    np.testing.assert_allclose(lattice.atoms(sums), atoms, atol=1e-11)

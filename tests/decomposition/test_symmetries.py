"""What parts of information must keep: sums, symmetries, bounds, and units, for every measure."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory import measures
from infotheory.decomposition import (
    gaussian_information_lattice,
    partial_information_decomposition,
    partial_information_lattice,
    redundant_information,
)

FEW = settings(max_examples=12)
KINDS = ("williams_beer", "minimum", "meet", "broja", "common_change")
LATTICES = ("williams_beer", "minimum", "meet", "shared_exclusions", "common_change")
#: Measures that are closed formulas of the table; the others end within a certified gap.
CLOSED = ("williams_beer", "minimum", "meet")


@st.composite
def tables(draw, n_variables=3, most=3):
    shape = draw(st.tuples(*[st.integers(2, most)] * n_variables))
    size = math.prod(shape)
    counts = draw(st.lists(st.integers(0, 5), min_size=size, max_size=size).filter(any))
    return np.array(counts, dtype=float).reshape(shape) / sum(counts)


def information(table, sources):
    """Mutual information of some sources together with the last variable."""
    others = tuple(i for i in range(table.ndim - 1) if i not in sources)
    joint = table.sum(axis=others).reshape(-1, table.shape[-1])
    return float(measures.mutual_information(joint))


def parts_of(found):
    return [found.redundancy, *found.unique, found.synergy]


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(table=tables())
def test_parts_of_two_sources_add_up(kind, table):
    found = partial_information_decomposition(table, kind=kind)
    slack = 1e-8 + found.gap
    assert found.redundancy + found.unique[0] == pytest.approx(information(table, [0]), abs=slack)
    assert found.redundancy + found.unique[1] == pytest.approx(information(table, [1]), abs=slack)
    assert sum(parts_of(found)) == pytest.approx(information(table, [0, 1]), abs=slack)
    alone = redundant_information(table, kind=kind)
    assert found.redundancy == pytest.approx(alone, abs=slack)
    assert found.kind == kind


@pytest.mark.parametrize("kind", ["williams_beer", "minimum", "meet", "broja"])
@FEW
@given(table=tables())
def test_a_redundancy_is_from_nought_to_what_each_source_says(kind, table):
    found = partial_information_decomposition(table, kind=kind)
    slack = 1e-8 + found.gap
    least = min(information(table, [0]), information(table, [1]))
    assert -slack <= found.redundancy <= least + slack
    assert min(found.unique) >= -slack
    # and what can be read off both with certainty is the least of them
    assert redundant_information(table, kind="meet") <= found.redundancy + slack


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(table=tables())
def test_sources_that_change_places_change_their_unique_parts(kind, table):
    one = partial_information_decomposition(table, kind=kind)
    other = partial_information_decomposition(table.transpose(1, 0, 2), kind=kind)
    slack = 1e-7 + one.gap + other.gap
    turned = [other.redundancy, *other.unique[::-1], other.synergy]
    assert parts_of(one) == pytest.approx(turned, abs=slack)
    by_name = partial_information_decomposition(table, sources=[1, 0], kind=kind)
    assert parts_of(by_name) == pytest.approx(parts_of(other), abs=slack)


@pytest.mark.parametrize("kind", CLOSED)
@FEW
@given(table=tables(), base=st.sampled_from([2, "bits", 10]))
def test_the_base_divides_every_part(kind, table, base):
    unit = math.log({"bits": 2}.get(base, base))
    nats = partial_information_decomposition(table, kind=kind)
    other = partial_information_decomposition(table, kind=kind, base=base)
    assert np.multiply(parts_of(other), unit) == pytest.approx(parts_of(nats), abs=1e-12)
    lattices = [partial_information_lattice(table, kind=kind, base=b) for b in (None, base)]
    assert lattices[1].atoms * unit == pytest.approx(lattices[0].atoms, abs=1e-12)
    assert lattices[1].redundancy * unit == pytest.approx(lattices[0].redundancy, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_a_source_is_redundant_whole(kind):
    """Both sources are the same bit, of which the target is a noisy reading."""
    table = np.zeros((2, 2, 2))
    table[0, 0], table[1, 1] = [0.4, 0.1], [0.15, 0.35]
    found = partial_information_decomposition(table, kind=kind)
    told = information(table, [0])
    assert parts_of(found) == pytest.approx([told, 0.0, 0.0, 0.0], abs=1e-6 + found.gap)


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_that_is_constant_says_nothing(kind):
    table = np.array([[[0.3, 0.2], [0.1, 0.4]]])
    found = partial_information_decomposition(table, kind=kind)
    told = information(table, [1])
    assert parts_of(found) == pytest.approx([0.0, 0.0, told, 0.0], abs=1e-6 + found.gap)


@pytest.mark.parametrize("kind", LATTICES)
@FEW
@given(table=tables())
def test_lattices_of_two_are_decompositions_of_two(kind, table):
    lattice = partial_information_lattice(table, kind=kind)
    both = lattice.atom([0], [1]), lattice.atom([0]), lattice.atom([1]), lattice.atom([0, 1])
    assert sum(both) == pytest.approx(information(table, [0, 1]), abs=1e-8)
    assert both[0] + both[1] == pytest.approx(information(table, [0]), abs=1e-8)
    assert both[0] + both[2] == pytest.approx(information(table, [1]), abs=1e-8)
    if kind != "shared_exclusions":
        found = partial_information_decomposition(table, kind=kind)
        assert both == pytest.approx(parts_of(found), abs=1e-8)


@pytest.mark.parametrize("kind", ["williams_beer", "minimum", "meet", "shared_exclusions"])
@FEW
@given(table=tables(n_variables=4, most=2))
def test_every_set_of_three_sources_has_its_information_below_it(kind, table):
    lattice = partial_information_lattice(table, kind=kind)
    places = {node: i for i, node in enumerate(lattice.nodes)}
    for sources in ([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]):
        place = places[(tuple(sources),)]
        told = information(table, sources)
        assert lattice.redundancy[place] == pytest.approx(told, abs=1e-9)
        # The atoms below a set are those of the nodes one of whose sets it holds.
        below = [
            atom
            for node, atom in zip(lattice.nodes, lattice.atoms, strict=True)
            if any(set(one) <= set(sources) for one in node)
        ]
        assert sum(below) == pytest.approx(told, abs=1e-9)
    frame = lattice.to_frame()
    assert frame["atom"].sum() == pytest.approx(lattice.atoms.sum())
    assert frame["node"].is_unique


@FEW
@given(table=tables(n_variables=4, most=2))
def test_pointwise_atoms_average_to_the_atoms(table):
    lattice = partial_information_lattice(table, kind="shared_exclusions")
    assert lattice.pointwise.shape == (18, lattice.probabilities.size)
    np.testing.assert_allclose(lattice.pointwise @ lattice.probabilities, lattice.atoms, atol=1e-10)
    assert lattice.probabilities.sum() == pytest.approx(1.0)
    assert lattice.outcomes.shape == (lattice.probabilities.size, 4)


@FEW
@given(table=tables(n_variables=4, most=2))
def test_variables_joined_into_a_source_are_one_variable(table):
    joined = table.transpose(0, 2, 1, 3).reshape(table.shape[0] * table.shape[2], -1, 2)
    for kind in CLOSED:
        by_groups = partial_information_decomposition(table, sources=[[0, 2], [1]], kind=kind)
        by_table = partial_information_decomposition(joined, kind=kind)
        assert parts_of(by_groups) == pytest.approx(parts_of(by_table), abs=1e-9)


@FEW
@given(table=tables())
def test_the_target_may_be_any_variable(table):
    for kind in CLOSED:
        first = partial_information_decomposition(table, target=0, kind=kind)
        moved = partial_information_decomposition(np.moveaxis(table, 0, -1), kind=kind)
        negative = partial_information_decomposition(table, target=-3, kind=kind)
        assert parts_of(first) == pytest.approx(parts_of(moved), abs=1e-12)
        assert parts_of(first) == parts_of(negative)


@st.composite
def correlations(draw, size=3):
    seed = draw(st.integers(0, 2**32 - 1))
    rows = np.random.default_rng(seed).normal(size=(size + 3, size))
    return np.corrcoef(rows.T) if size > 1 else np.ones((1, 1))


@FEW
@given(correlations(), st.lists(st.floats(0.01, 100.0), min_size=3, max_size=3))
def test_gaussian_parts_have_no_units_and_add_up(correlation, scales):
    scaled = correlation * np.outer(scales, scales)
    lattice, other = (gaussian_information_lattice(c) for c in (correlation, scaled))
    np.testing.assert_allclose(lattice.atoms, other.atoms, atol=1e-7)
    determinant = np.linalg.det(correlation) / np.linalg.det(correlation[:2, :2])
    assert lattice.atoms.sum() == pytest.approx(-0.5 * math.log(determinant), abs=1e-9)
    single = [-0.5 * math.log(1.0 - correlation[i, 2] ** 2) for i in (0, 1)]
    assert lattice.atom([0], [1]) == pytest.approx(min(single), abs=1e-9)
    assert min(lattice.atom([0]), lattice.atom([1])) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"sources": [0, 0, 1]}, "two sources"),
        ({"sources": [0]}, "two sources"),
        ({"sources": [0, 2]}, "other than the target"),
        ({"sources": [[], [1]]}, "other than the target"),
        ({"sources": "01"}, "sources must be a list"),
        ({"sources": 1}, "sources must be a list"),
        ({"sources": [0, 7]}, "must lie between -3 and 2"),
        ({"target": 3}, "must lie between -3 and 2"),
        ({"target": 1.5}, "target"),
        ({"kind": "shared"}, "kind must be one of"),
    ],
)
def test_what_is_no_pair_of_sources(options, text):
    with pytest.raises(ValueError, match=text):
        partial_information_decomposition(np.full((2, 2, 2), 1 / 8), **options)


def test_nodes_that_are_none_and_the_way_to_those_that_are():
    lattice = partial_information_lattice(np.full((2, 2, 2), 1 / 8), kind="minimum")
    assert lattice.atom([1, 0]) == lattice.atom([0, 1])
    assert lattice.atom([1], [0]) == lattice.atom([0], [1])
    for sets in ([[0], [0, 1]], [[2]], [[]], []):
        with pytest.raises(ValueError, match="sets must be those of a node"):
            lattice.atom(*sets)
    with pytest.raises(ValueError, match=r"at most 4, got 5.*join some of them"):
        partial_information_lattice(np.full((2,) * 6, 1 / 64))

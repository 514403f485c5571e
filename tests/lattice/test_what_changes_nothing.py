"""Names of labels, order of atoms, units of weights and of entropies change no answer."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory import measures
from infotheory.exceptions import InfeasibleError
from infotheory.lattice import (
    Information,
    common_information,
    convex_envelope,
    dependency_coefficient,
    functional_representation,
    generated_lattice,
    minimal_sufficient_statistic,
    minimal_sufficient_subset,
    rajski_distance,
    reconstruction,
    renyi_distance,
    shannon_distance,
    triangle_defect,
    wyner_bounds,
)

FEW = settings(max_examples=25)


@st.composite
def spaces(draw, n=3, most=8, levels=3):
    """Columns of labels of a few atoms, and their weights."""
    n_atoms = draw(st.integers(1, most))
    column = st.lists(st.integers(0, levels - 1), min_size=n_atoms, max_size=n_atoms)
    weight = st.lists(st.integers(1, 9), min_size=n_atoms, max_size=n_atoms)
    return [draw(column) for _ in range(n)], np.array(draw(weight), dtype=float)


def made(columns, weights):
    return [Information.from_labels(column, weights) for column in columns]


#: What can be said of three informations, in nats.
NUMBERS = {
    "entropy": lambda x, _y, _z: x.entropy(),
    "entropy of order 2": lambda x, _y, _z: x.entropy(2.0),
    "entropy of order 0": lambda x, _y, _z: x.entropy(0.0),
    "least entropy": lambda x, _y, _z: x.entropy(math.inf),
    "conditional entropy": lambda x, y, _z: x.conditional_entropy(y),
    "mutual information": lambda x, y, _z: x.mutual_information(y),
    "conditional information": lambda x, y, z: x.conditional_mutual_information(y, z),
    "Shannon": lambda x, y, _z: shannon_distance(x, y),
    "Rajski": lambda x, y, _z: rajski_distance(x, y),
    "dependency": lambda x, y, _z: dependency_coefficient(x, y),
    "Renyi": lambda x, y, _z: renyi_distance(x, y, order=0.5),
    "defect": triangle_defect,
    "common": common_information,
    "Wyner below": lambda x, y, _z: wyner_bounds(x, y).lower,
    "Wyner above": lambda x, y, _z: wyner_bounds(x, y).upper,
    "left after parts": lambda x, y, z: reconstruction(x, [y, z]).remaining_entropy,
    "sum of distances": lambda x, y, z: reconstruction(x, [y, z]).distance_sum,
    "total correlation": lambda x, y, z: reconstruction(x, [y, z]).total_correlation,
    "elements": lambda x, y, _z: len(generated_lattice(x, y).elements),
}


def all_numbers(informations):
    return {name: number(*informations) for name, number in NUMBERS.items()}


@FEW
@given(spaces(), st.randoms(use_true_random=False))
def test_order_of_the_atoms(space, random):
    columns, weights = space
    order = list(range(weights.size))
    random.shuffle(order)
    turned = [[column[i] for i in order] for column in columns]
    assert all_numbers(made(turned, weights[order])) == pytest.approx(
        all_numbers(made(columns, weights)), abs=1e-10
    )


@FEW
@given(spaces(n=2), st.randoms(use_true_random=False))
def test_a_representation_hangs_on_the_order_and_holds_in_any(space, random):
    """The interval is cut in the order of the first atoms: Z differs, what it is for does not."""
    columns, weights = space
    order = list(range(weights.size))
    random.shuffle(order)
    turned = [[column[i] for i in order] for column in columns]
    for x, y in (made(columns, weights), made(turned, weights[order])):
        found = functional_representation(x, y)
        assert found.y <= found.x | found.z
        assert found.x.mutual_information(found.z) == pytest.approx(0.0, abs=1e-12)
        assert found.z.entropy() >= y.conditional_entropy(x) - 1e-10


@FEW
@given(spaces(), st.floats(1e-6, 1e6))
def test_unit_of_the_weights(space, unit):
    columns, weights = space
    assert all_numbers(made(columns, unit * weights)) == pytest.approx(
        all_numbers(made(columns, weights)), abs=1e-10
    )


@FEW
@given(spaces())
def test_names_of_the_labels(space):
    columns, weights = space
    names = ["low", "middle", "high"]
    named = [[names[label] for label in column] for column in columns]
    mirrored = [[-label for label in column] for column in columns]
    expected = all_numbers(made(columns, weights))
    assert all_numbers(made(named, weights)) == pytest.approx(expected, abs=1e-10)
    assert all_numbers(made(mirrored, weights)) == pytest.approx(expected, abs=1e-10)
    # and informations themselves are equal, not their numbers alone
    assert made(named, weights) == made(columns, weights) == made(mirrored, weights)


@FEW
@given(spaces(most=5))
def test_an_atom_may_stand_once_or_in_pieces(space):
    columns, weights = space
    pieces = [[label for label in column for _ in range(3)] for column in columns]
    spread = np.repeat(weights, 3) * np.tile([0.5, 0.25, 0.25], weights.size)
    assert all_numbers(made(pieces, spread)) == pytest.approx(
        all_numbers(made(columns, weights)), abs=1e-10
    )


@FEW
@given(spaces())
def test_a_table_of_cells_is_the_space_of_its_atoms(space):
    columns, weights = space
    table = np.zeros((3, 3, 3))
    np.add.at(table, tuple(columns), weights / weights.sum())
    by_axis = [Information.from_joint(table, axis) for axis in range(3)]
    assert all_numbers(by_axis) == pytest.approx(all_numbers(made(columns, weights)), abs=1e-10)
    assert by_axis[0].mutual_information(by_axis[1]) == pytest.approx(
        float(measures.mutual_information(table.sum(axis=2))), abs=1e-10
    )
    both = Information.from_joint(table, (0, 1))
    assert both == by_axis[0] | by_axis[1]


@FEW
@given(spaces(), st.sampled_from([2, "bits", 10, math.e]))
def test_the_base_divides(space, base):
    (x, y, z), unit = made(*space), math.log({"bits": 2}.get(base, base))
    pairs = [
        (x.entropy(base=base), x.entropy()),
        (x.entropy(2.0, base=base), x.entropy(2.0)),
        (x.conditional_entropy(y, base=base), x.conditional_entropy(y)),
        (x.mutual_information(y, base=base), x.mutual_information(y)),
        (shannon_distance(x, y, base=base), shannon_distance(x, y)),
        (renyi_distance(x, y, order=2.0, base=base), renyi_distance(x, y, order=2.0)),
        (triangle_defect(x, y, z, base=base), triangle_defect(x, y, z)),
        (common_information(x, y, base=base), common_information(x, y)),
        (wyner_bounds(x, y, base=base).upper, wyner_bounds(x, y).upper),
    ]
    told, plain = reconstruction(x, [y, z], base=base), reconstruction(x, [y, z])
    names = ("distance_sum", "bound", "slack", "total_correlation", "spanning_tree_bound")
    pairs += [(getattr(told, name), getattr(plain, name)) for name in names]
    # shares of an entropy have no unit, and answers none either
    assert told.rajski_sum == plain.rajski_sum
    assert (told.exact, told.parts_below) == (plain.exact, plain.parts_below)
    assert told.necessary_condition == plain.necessary_condition
    for in_base, in_nats in pairs:
        assert in_base * unit == pytest.approx(in_nats, abs=1e-10)


def partitions(n):
    """All set partitions of n classes as restricted growth strings."""
    if n == 1:
        yield [0]
        return
    for shorter in partitions(n - 1):
        for block in range(max(shorter) + 2):
            yield [*shorter, block]


@FEW
@given(spaces(n=2, levels=5))
def test_the_sufficient_statistic_is_the_coarsest_of_all(space):
    x, y = made(*space)
    found = minimal_sufficient_statistic(x, y)
    assert found <= x
    shared = x.mutual_information(y)
    for groups in partitions(x.n_classes):
        other = x.coarsen(groups)
        if abs(other.mutual_information(y) - shared) < 1e-12:
            # whatever tells as much is finer, or the statistic itself
            assert found <= other


@FEW
@given(spaces(levels=4))
def test_processing_loses_information(space):
    x, y, z = made(*space)
    shared = x.mutual_information(y)
    for groups in partitions(x.n_classes):
        assert x.coarsen(groups).mutual_information(y) <= shared + 1e-12
    assert (x & z).mutual_information(y) <= shared + 1e-12
    assert (x | z).mutual_information(y) >= shared - 1e-12


@FEW
@given(spaces(n=2))
def test_known_values_at_the_ends(space):
    x, y = made(*space)
    nothing, everything = x.bottom(), x.top()
    assert nothing.entropy() == 0.0
    assert everything.n_classes == x.n_atoms
    assert shannon_distance(x, nothing) == pytest.approx(x.entropy(), abs=1e-12)
    assert wyner_bounds(x, nothing).upper == pytest.approx(0.0, abs=1e-12)
    assert wyner_bounds(x, x).lower == pytest.approx(x.entropy(), abs=1e-12)
    assert common_information(x, everything) == pytest.approx(x.entropy(), abs=1e-12)
    assert functional_representation(x, x).z.n_classes == 1
    assert list(minimal_sufficient_subset(nothing, [x, y])) == []
    assert list(minimal_sufficient_subset(x, [x])) == ([] if x.n_classes == 1 else [0])
    assert reconstruction(x, [everything]).exact
    assert reconstruction(x, [nothing]).remaining_entropy == pytest.approx(x.entropy())


@FEW
@given(spaces(n=4))
def test_subsets_by_trying_all(space):
    x, *parts = made(*space)
    enough = [
        chosen
        for size in range(4)
        for chosen in combinations(range(3), size)
        if x <= x.bottom().join(*(parts[i] for i in chosen))
    ]
    if not enough:
        with pytest.raises(InfeasibleError, match="parts must determine x together"):
            minimal_sufficient_subset(x, parts)
        return
    found = minimal_sufficient_subset(x, parts)
    assert found.method == "exact"
    assert tuple(found) in enough
    assert len(found) == min(map(len, enough))


@FEW
@given(spaces(most=6))
def test_a_generated_lattice_is_closed_and_its_covers_have_nothing_between(space):
    x, y, z = made(*space)
    lattice = generated_lattice(x, y, z, names=["X", "Y", "Z"])
    elements = lattice.elements
    assert len(set(elements)) == len(elements)
    assert {x, y, z} <= set(elements)
    for a, b in combinations(elements, 2):
        assert a | b in elements
        assert a & b in elements
    strict = {(i, j) for i, a in enumerate(elements) for j, b in enumerate(elements) if a < b}
    assert all(i < j for i, j in strict)
    covers = {(i, j) for i, j in strict if not any((i, k) in strict for k, b in strict if b == j)}
    assert set(lattice.covers) == covers
    for i, rank in enumerate(lattice.ranks):
        below = [lattice.ranks[j] for j, k in covers if k == i]
        assert rank == (max(below) + 1 if below else 0)


def test_envelopes_do_not_depend_on_who_stands_first():
    x, y = Information.from_labels([0, 0, 1, 2]), Information.from_labels([0, 1, 1, 2])
    assert set(convex_envelope(x, y)) == set(convex_envelope(y, x))
    assert set(convex_envelope(x, y, x)) == set(convex_envelope(x, y))
    with pytest.raises(ValueError, match="tolerance"):
        convex_envelope(x, y, tolerance=-1.0)


@pytest.mark.parametrize(
    "call",
    [
        shannon_distance,
        rajski_distance,
        lambda x, other: renyi_distance(x, other, order=2.0),
        lambda x, other: triangle_defect(x, x, other),
        common_information,
        wyner_bounds,
        minimal_sufficient_statistic,
        functional_representation,
        generated_lattice,
        convex_envelope,
        lambda x, other: reconstruction(x, [other]),
        lambda x, other: minimal_sufficient_subset(x, [other]),
    ],
)
def test_no_function_mixes_two_spaces_or_takes_arrays(call):
    x = Information.from_labels([0, 1, 1])
    with pytest.raises(ValueError, match="same atoms"):
        call(x, Information.from_labels([0, 1]))
    with pytest.raises(ValueError, match="Information"):
        call(x, np.array([0, 1, 1]))

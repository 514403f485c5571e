"""Partitions as labels, atoms of tables and frames, and tables of two informations."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infotheory._codes import Codes, canonical
from infotheory.lattice import Information
from infotheory.lattice._atoms import frame_atoms, joint_atoms
from infotheory.lattice._partitions import holders, is_function_of, join, meet, rank_within

LABELS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=12
)


def codes(labels):
    distinct, index = np.unique(labels, return_inverse=True)
    return canonical(Codes(index.astype(np.intp), len(distinct)))


def blocks(partition):
    """Return a partition as a set of sets of atoms."""
    index = np.asarray(partition.index)
    return {frozenset(np.flatnonzero(index == one).tolist()) for one in np.unique(index)}


@given(LABELS)
def test_join_meet_and_order_by_sets(rows):
    x, y, z = (codes(column) for column in zip(*rows, strict=True))
    together = {a & b for a in blocks(x) for b in blocks(y)} - {frozenset()}
    assert blocks(join([x, y])) == together
    assert blocks(join([x, y, z])) == {a & c for a in together for c in blocks(z)} - {frozenset()}

    # The meet: sets grow by whatever they touch, until nothing changes.
    merged = [set(one) for one in blocks(x)]
    for other in [*blocks(y), *blocks(z)]:
        touched = [one for one in merged if one & other]
        merged = [one for one in merged if not one & other] + [set().union(*touched)]
    assert blocks(meet([x, y, z])) == {frozenset(one) for one in merged}

    inside = all(any(a <= b for b in blocks(x)) for a in blocks(y))
    assert is_function_of(x, y) == inside
    if inside:
        np.testing.assert_array_equal(holders(y, x)[y.index], x.index)


@given(LABELS, st.randoms(use_true_random=False))
def test_ranks_within_a_class_count_from_nought(rows, random):
    holder = codes([first for first, *_ in rows]).index
    order = list(range(len(rows)))
    random.shuffle(order)
    ranks = rank_within(holder, np.array(order))
    seen = {}
    for i in order:
        assert ranks[i] == seen.get(holder[i], 0)
        seen[holder[i]] = ranks[i] + 1


@given(LABELS)
def test_tables_and_weights_of_classes_by_enumeration(rows):
    first, second, _ = zip(*rows, strict=True)
    weights = np.arange(1.0, len(rows) + 1.0)
    x, y = (Information.from_labels(labels, weights) for labels in (first, second))
    table = x.class_table(y)
    dense = np.zeros((x.n_classes, y.n_classes))
    for i, weight in enumerate(weights):
        dense[x.labels[i], y.labels[i]] += weight
    assert (table.weights > 0.0).all()
    np.testing.assert_allclose(dense[table.rows, table.columns], table.weights)
    assert dense.sum() == pytest.approx(table.weights.sum())
    assert (np.diff(table.rows * y.n_classes + table.columns) > 0).all()
    np.testing.assert_allclose(x.class_weights, dense.sum(axis=1))
    np.testing.assert_allclose(x.probabilities, dense.sum(axis=1) / weights.sum())


@given(LABELS)
def test_conditional_information_by_four_entropies(rows):
    x, y, z = (Information.from_labels(column) for column in zip(*rows, strict=True))
    value = x.conditional_mutual_information(y, z)
    by_entropies = (x | z).entropy() + (y | z).entropy() - (x | y | z).entropy() - z.entropy()
    assert value >= 0.0
    assert value == pytest.approx(by_entropies, abs=1e-12)
    assert value == pytest.approx(y.conditional_mutual_information(x, z), abs=1e-12)
    assert x.conditional_mutual_information(y, x) == 0.0
    chain = x.mutual_information(z) + value
    assert chain == pytest.approx(x.mutual_information(y | z), abs=1e-12)


def test_atoms_of_a_table_are_its_cells():
    p = np.array([[0.1, 0.2, 0.0], [0.3, 0.0, 0.4]])
    code, mass = joint_atoms(p, 1)
    assert code.index.tolist() == [0, 1, 2, 0, 1, 2]
    np.testing.assert_array_equal(mass, p.ravel())
    assert joint_atoms(p, [0, -1])[0].n_levels == 6
    for axes in ((), 2, [0, -3], [0.5]):
        with pytest.raises(ValueError, match="axes"):
            joint_atoms(p, axes)


def test_atoms_of_a_frame_are_its_distinct_rows():
    frame = pd.DataFrame({"a": ["x", "x", "y", "x"], "b": [1, 2, 1, 1], "w": [1.0, 2.0, 3.0, 4.0]})
    code, mass = frame_atoms(frame, "a", "w")
    assert mass.tolist() == [5.0, 2.0, 3.0]
    assert len(set(code.index[[0, 1]])) == 1
    assert code.index[0] != code.index[2]
    x, y = (Information.from_frame(frame, one, sample_weight="w") for one in ("a", "b"))
    assert (x | y).n_classes == 3
    assert x.entropy(base=2) == pytest.approx(-0.7 * np.log2(0.7) - 0.3 * np.log2(0.3))


@pytest.mark.parametrize(
    ("columns", "frame", "text"),
    [
        ([], {"a": [1]}, "columns must name columns of the frame"),
        ("b", {"a": [1]}, "columns must name columns of the frame"),
        ([1], {"a": [1]}, "columns must be a name or a list of names"),
        (3, {"a": [1]}, "columns must be a name or a list of names"),
    ],
)
def test_columns_that_are_none(columns, frame, text):
    with pytest.raises(ValueError, match=text):
        frame_atoms(pd.DataFrame(frame), columns, None)
    with pytest.raises(ValueError, match="frame must be a data frame in memory"):
        frame_atoms(np.zeros((2, 2)), "a", None)


def test_informations_of_two_spaces_are_not_compared():
    x, y = Information.from_labels([0, 1]), Information.from_labels([0, 1, 1])
    heavier = Information.from_labels([0, 1], [1.0, 2.0])
    for other in (y, heavier):
        assert x != other
        for call in (
            lambda one=other: x.join(one),
            lambda one=other: x.meet(one),
            lambda one=other: x <= one,
            lambda one=other: x.class_table(one),
            lambda one=other: x.conditional_mutual_information(x, one),
        ):
            with pytest.raises(ValueError, match="same atoms"):
                call()
    assert x.__le__(3) is NotImplemented
    assert x.__or__("x") is NotImplemented
    assert (x == 3) is False


@given(LABELS)
def test_coarsening_makes_functions(rows):
    x = Information.from_labels([first * 4 + second for first, second, _ in rows])
    groups = [i % 2 for i in range(x.n_classes)]
    coarse = x.coarsen(groups)
    assert coarse <= x
    assert coarse.n_classes == len(set(groups))
    assert x.coarsen(range(x.n_classes)) == x
    assert x.coarsen(["all"] * x.n_classes) == x.bottom()
    with pytest.raises(ValueError, match="groups must"):
        x.coarsen([0] * (x.n_classes + 1))

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.lattice import (
    Information,
    generated_lattice,
    reconstruction,
    renyi_distance,
    shannon_distance,
)
from infotheory.measures import conditional_entropy


@st.composite
def informations(draw, n=3, atoms=8, levels=4):
    weights = np.array(
        draw(st.lists(st.integers(0, 5), min_size=atoms, max_size=atoms).filter(any)), dtype=float
    )
    labels = st.lists(st.integers(0, levels - 1), min_size=atoms, max_size=atoms)
    return [Information.from_labels(draw(labels), weights) for _ in range(n)]


@settings(max_examples=100, deadline=None)
@given(informations())
def test_lattice_laws(xyz):
    x, y, z = xyz
    assert x | y == y | x
    assert x & y == y & x
    assert (x | y) | z == x | (y | z) == x.join(y, z)
    assert (x & y) & z == x & (y & z) == x.meet(y, z)
    assert x | x == x & x == x
    assert x | (x & y) == x & (x | y) == x
    assert (x <= y) == (x | y == y) == (x & y == x)
    assert x.bottom() <= x & y <= x <= x | y <= x.top()
    assert (x < y) == (x <= y and x != y)
    assert hash(x | y) == hash(y | x)
    assert (x | y).entropy() + (x & y).entropy() <= x.entropy() + y.entropy() + 1e-12
    assert (x & y).entropy() <= x.mutual_information(y) + 1e-12


@settings(max_examples=100, deadline=None)
@given(informations(n=2), st.sampled_from(["first", "probability"]))
def test_complement(xy, order):
    x, y = xy
    for total in (x.top(), x | y):
        z = x.complement(total, order=order)
        assert x | z == total
        assert x & z == x.bottom()
        remaining = total.conditional_entropy(x)
        assert z.entropy() >= remaining - 1e-12
        independent = x.mutual_information(z) < 1e-10
        assert independent == (abs(z.entropy() - remaining) < 1e-10)
        if order == "probability":
            assert x.has_independent_complement(total) == independent


@settings(max_examples=60, deadline=None)
@given(informations(n=2), st.sampled_from([0.0, 0.3, 1.0, 2.0, np.inf]))
def test_entropies_of_every_order(xy, order):
    x, y = xy
    assert (x & y).entropy(order) <= x.entropy(order) + 1e-12
    assert (x.conditional_entropy(y, order) == 0.0) == (x <= y)
    table = np.zeros((x.n_classes, y.n_classes))
    cells = x.class_table(y)
    table[cells.rows, cells.columns] = cells.weights / cells.weights.sum()
    expected = conditional_entropy(table, given=1, order=order, kind="arimoto", base=2)
    assert x.conditional_entropy(y, order, base=2) == pytest.approx(float(expected), abs=1e-9)


def test_not_distributive():
    x, y = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 0, 1])
    both = Information.from_labels([0, 1, 1, 0])
    assert x & (y | both) == x
    assert (x & y) | (x & both) == x.bottom()


def test_complement_by_hand():
    x = Information.from_labels([0, 0, 0, 1, 1, 2], [0.3, 0.1, 0.1, 0.2, 0.2, 0.1])
    z = x.complement()
    assert z.labels.tolist() == [0, 1, 2, 0, 1, 0]
    assert x.mutual_information(z, base=2) == pytest.approx(0.2099865470, abs=1e-10)
    assert not x.has_independent_complement()
    with pytest.raises(
        ValueError, match=r"within must determine this information, got one with 1 classes"
    ):
        x.complement(x.bottom())
    with pytest.raises(ValueError, match="order must be one of 'first', 'probability', got 'last'"):
        x.complement(order="last")


def test_atoms_of_weight_zero_play_no_part():
    weights = [1, 1, 1, 0]
    x, y = (
        Information.from_labels([0, 0, 1, 1], weights),
        Information.from_labels([5, 5, 6, 5], weights),
    )
    assert x == y
    assert x.labels.tolist() == [0, 0, 1]
    assert x.n_atoms == 3
    assert repr(x) == "Information(n_classes=2, n_atoms=3)"
    with pytest.raises(ValueError, match="read-only"):
        x.labels[0] = 1


def test_from_joint():
    p = np.zeros((2, 2, 2))
    p[[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0]] = 0.25
    assert Information.from_joint(p, 2) <= Information.from_joint(p, [0, 1])
    assert Information.from_joint(p, (0, 1)) == Information.from_joint(p, (0, 1, -1))
    assert not Information.from_joint(p, 0) <= Information.from_joint(p, 1)


def test_a_stray_cell_merges_a_meet_until_it_is_pruned():
    p = np.array([[0.5, 0.001], [0.0, 0.499]])
    x, y = Information.from_joint(p, 0), Information.from_joint(p, 1)
    assert (x & y).n_classes == 1
    x, y = (Information.from_joint(p, axis, min_weight=0.01) for axis in (0, 1))
    assert (x & y).n_classes == 2
    with pytest.raises(
        ValueError, match=r"min_weight must leave at least one atom, got 0.9; the largest is 0.5"
    ):
        Information.from_joint(p, 0, min_weight=0.9)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_from_frame(make):
    frame = make(
        {"a": ["u", "u", "v", "v", "v"], "b": [1, 2, 1, 2, 2], "w": [1.0, 1.0, 1.0, 0.5, 0.5]}
    )
    a, b = (Information.from_frame(frame, name, sample_weight="w") for name in "ab")
    assert a.n_atoms == 4
    assert (a | b).entropy(base=2) == 2.0
    assert Information.from_frame(frame, ["a", "b"], sample_weight="w") == a | b
    assert Information.from_frame(frame, "a").n_atoms == 4
    assert Information.from_frame(frame, "a", sample_weight="w", min_weight=1.0).n_atoms == 4


def test_bad_input():
    frame = pd.DataFrame({"a": [1, 2], "b": [None, "x"], "c": [1, 1]})
    with pytest.raises(ValueError, match=r"column 'b' must not contain NaN or None, got 1 missing"):
        Information.from_frame(frame, "a")
    with pytest.raises(
        ValueError, match=r"columns must name columns of the frame, \['a', 'c'\], got \['d'\]"
    ):
        Information.from_frame(frame[["a", "c"]], ["a", "d"])
    with pytest.raises(
        ValueError, match=r"sample_weight must name a column of the frame, .* got 'w'"
    ):
        Information.from_frame(frame[["a"]], "a", sample_weight="w")
    with pytest.raises(ValueError, match=r"sample_weight must not be negative, got -1.0 in row 1"):
        Information.from_labels([0, 1], [1, -1])
    with pytest.raises(ValueError, match=r"axes must name at least one of the 2 axes of p, got 2"):
        Information.from_joint([[0.5, 0.5], [0.0, 0.0]], 2)
    with pytest.raises(ValueError, match="must sum to 1"):
        Information.from_joint([[1, 2], [3, 4]], 0)
    x, y = Information.from_labels([0, 1]), Information.from_labels([0, 1, 2])
    for combine in (x.__or__, x.__and__, x.__le__):
        with pytest.raises(
            ValueError, match=r"informations combine only over the same atoms .* got 2 atoms"
        ):
            combine(y)
    assert x != y
    with pytest.raises(ValueError, match="informations combine with informations, got list"):
        x.join([0, 1])
    for parts in (x, [x, 1]):
        with pytest.raises(ValueError, match="parts must be a list of Information objects, got"):
            reconstruction(x, parts)
    with pytest.raises(TypeError):
        x | 3
    with pytest.raises(ValueError, match=r"groups must have shape \(2,\)"):
        x.coarsen([0])


def test_large_meet_and_join():
    rng = np.random.default_rng(0)
    half = rng.integers(0, 10**4, 10**5)
    x, y = (
        Information.from_labels(half * 2 + half % 2),
        Information.from_labels(half % 2 + 2 * rng.integers(0, 99, 10**5)),
    )
    assert (x & y) == Information.from_labels(half % 2)
    assert x <= x | y
    assert shannon_distance(x, x) == 0.0


def test_many_atoms_in_one_cell():
    x = Information.from_labels(
        np.repeat([0, 1], 256)
    )  # 256 edges between the same two classes of the meet's graph
    assert x & Information.from_labels(np.repeat([3, 4], 256)) == x


def test_generated_lattice_of_three_bits():
    word = np.arange(8)
    bits = [Information.from_labels(word >> i & 1) for i in range(3)]
    lattice = generated_lattice(*bits)
    assert len(lattice.elements) == 8
    assert len(lattice.covers) == 12
    assert sorted(lattice.ranks) == [0, 1, 1, 1, 2, 2, 2, 3]
    assert generated_lattice(bits[0], bits[0]).names == ("X1 = X2",)
    assert lattice.names[-1] == "X1 ∨ X2 ∨ X3"
    doubled = generated_lattice(bits[0], bits[0], bits[1], names=["f(a)", "b", "c"])
    assert doubled.names == ("(f(a) = b) ∧ c", "f(a) = b", "c", "(f(a) = b) ∨ c")
    with pytest.raises(ValueError, match="at most max_elements=4 elements"):
        generated_lattice(*bits, max_elements=4)
    with pytest.raises(ValueError, match="names must have one entry an information, got 1 for 3"):
        generated_lattice(*bits, names=["A"])
    with pytest.raises(ValueError, match="at least one, got none"):
        generated_lattice()


def test_other_things_are_no_information():
    x = Information.from_labels([0, 1])
    assert x != "x"
    for operation in (lambda: x <= 1, lambda: x < 1, lambda: x & 1, lambda: x | 1):
        with pytest.raises(TypeError):
            operation()
    assert x.meet() == x


def test_conditional_entropy_at_small_orders_and_next_to_1():
    # Of pairs of equal halves it is log 2 at every order.
    x, y = Information.from_labels([0, 1, 2, 3]), Information.from_labels([0, 0, 1, 1])
    for order in (1e-300, 1e-4, 1 - 1e-12, 1 + 1e-12, 1e4, 1e308, np.inf):
        assert x.conditional_entropy(y, order) == pytest.approx(np.log(2.0), rel=1e-12)
        assert renyi_distance(x, y, order=order) == pytest.approx(np.log(2.0), rel=1e-12)

    # Of unequal conditions the larger one decides in the end.
    x = Information.from_labels([0, 1, 2, 3, 4])
    y = Information.from_labels([0, 0, 1, 1, 1])
    assert x.conditional_entropy(y, 1e-6) == pytest.approx(np.log(3.0), abs=1e-5)
    table = np.zeros((5, 2))
    table[range(5), [0, 0, 1, 1, 1]] = 0.2
    for order in (1e-4, 1e-2, 0.5, 1 - 1e-9, 1 + 1e-9, 3.0, 1e3):
        expected = float(conditional_entropy(table, given=1, order=order))
        assert x.conditional_entropy(y, order) == pytest.approx(expected, rel=1e-12)

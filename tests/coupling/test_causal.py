"""Causal directions, and the results of couplings, by what their cells say."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.coupling import (
    entropic_causal_direction,
    entropy_bounded_information,
    minimum_entropy_coupling,
)

FEW = settings(max_examples=25)


@st.composite
def tables(draw, most=4):
    shape = draw(st.tuples(st.integers(1, most), st.integers(1, most)))
    counts = draw(st.lists(st.integers(0, 6), min_size=shape[0] * shape[1], max_size=99))
    counts = np.array(counts[: shape[0] * shape[1]], dtype=float).reshape(shape)
    counts[0, 0] += counts.sum() == 0.0
    return counts / counts.sum()


def entropy(p):
    p = np.asarray(p, dtype=float).ravel()
    p = p[p > 0.0]
    return max(-float(p @ np.log(p)), 0.0)


@FEW
@given(tables())
def test_turned_tables_have_turned_directions(table):
    one, other = (entropic_causal_direction(t) for t in (table, table.T))
    assert (one.x_to_y, one.y_to_x) == pytest.approx((other.y_to_x, other.x_to_y), abs=1e-12)
    turned = {"x->y": "y->x", "y->x": "x->y", "undecided": "undecided"}
    assert other.direction == turned[one.direction]
    assert one.margin == pytest.approx(other.margin, abs=1e-12)


@FEW
@given(tables())
def test_neither_direction_needs_less_than_the_joint_entropy(table):
    """Cause and noise determine both variables, so they have at least the entropy of both."""
    found = entropic_causal_direction(table)
    assert min(found.x_to_y, found.y_to_x) >= entropy(table) - 1e-9
    assert found.x_to_y >= entropy(table.sum(axis=1)) - 1e-12
    assert found.y_to_x >= entropy(table.sum(axis=0)) - 1e-12
    assert (found.direction == "undecided") == (found.margin < 1e-9)


@FEW
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_values_changes_nothing(table, random):
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    one = entropic_causal_direction(table)
    other = entropic_causal_direction(table[np.ix_(rows, columns)])
    assert one.direction == other.direction
    assert (one.x_to_y, one.y_to_x) == pytest.approx((other.x_to_y, other.y_to_x), abs=1e-9)


@FEW
@given(tables())
def test_values_that_never_occur_change_nothing(table):
    wider = np.pad(table, ((0, 1), (1, 0)))
    one, other = entropic_causal_direction(table), entropic_causal_direction(wider)
    assert (one.x_to_y, one.y_to_x) == pytest.approx((other.x_to_y, other.y_to_x), abs=1e-12)


@pytest.mark.parametrize(
    ("base", "unit"), [(2, math.log(2)), ("bits", math.log(2)), (10, 2.302585093)]
)
def test_the_base_divides(base, unit):
    table = [[0.1, 0.2, 0.1], [0.3, 0.05, 0.25]]
    nats, other = entropic_causal_direction(table), entropic_causal_direction(table, base=base)
    assert other.x_to_y * unit == pytest.approx(nats.x_to_y)
    assert other.margin * unit == pytest.approx(nats.margin)
    assert other.direction == nats.direction


def test_a_function_of_a_cause_needs_no_noise():
    """Two values go to one: backwards the noise must say which of them it was."""
    table = np.array([[0.25, 0.0], [0.25, 0.0], [0.0, 0.5]])
    found = entropic_causal_direction(table, base=2)
    assert found.direction == "x->y"
    assert found.x_to_y == pytest.approx(1.5)
    assert found.y_to_x == pytest.approx(2.0)
    one_to_one = entropic_causal_direction(np.diag([0.2, 0.3, 0.5]))
    assert (one_to_one.direction, one_to_one.margin) == ("undecided", 0.0)


@pytest.mark.parametrize(
    ("joint", "text"),
    [
        ([0.5, 0.5], "joint must"),
        (np.full((2, 2, 2), 1 / 8), "joint must"),
        ([[0.5, 0.6]], "joint must sum to 1"),
        ([[0.5, -0.5], [0.5, 0.5]], "joint"),
        ([[math.nan, 1.0]], "joint"),
    ],
)
def test_what_is_no_table_of_two(joint, text):
    with pytest.raises(ValueError, match=text):
        entropic_causal_direction(joint)


@st.composite
def laws(draw):
    counts = draw(st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any))
    return np.array(counts) / sum(counts)


@FEW
@given(
    st.lists(laws(), min_size=1, max_size=3),
    st.sampled_from(["greedy", "max_seeking", "majorization"]),
)
def test_cells_and_dense_table_say_the_same(marginals, method):
    found = minimum_entropy_coupling(*marginals, method=method)
    dense = found.toarray()
    assert dense.shape == found.shape == tuple(map(len, marginals))
    assert dense.sum() == pytest.approx(found.mass.sum()) == pytest.approx(1.0)
    assert (found.mass > 0.0).all()
    assert len(np.unique(found.indices, axis=0)) == np.count_nonzero(dense)
    assert found.entropy == pytest.approx(entropy(dense), abs=1e-9)
    assert found.gap == pytest.approx(max(found.entropy - found.lower_bound, 0.0), abs=1e-12)
    errors = []
    for axis, marginal in enumerate(marginals):
        others = tuple(i for i in range(dense.ndim) if i != axis)
        errors.append(np.abs(dense.sum(axis=others) - marginal).max())
    assert found.marginal_error == pytest.approx(max(errors), abs=1e-15)
    assert found.marginal_error < 1e-12
    # no more cells than a vertex of the couplings has
    if method != "majorization":
        positive = sum(np.count_nonzero(marginal) for marginal in marginals)
        assert len(found.mass) <= positive - len(marginals) + 1


@FEW
@given(laws(), laws())
def test_two_ways_round_are_one_coupling(p, q):
    one, other = minimum_entropy_coupling(p, q), minimum_entropy_coupling(q, p)
    assert one.entropy == pytest.approx(other.entropy, abs=1e-9)
    assert one.lower_bound == pytest.approx(other.lower_bound, abs=1e-12)
    # with itself a law needs no more than its own entropy
    alone = minimum_entropy_coupling(p, p)
    assert alone.entropy == pytest.approx(entropy(p), abs=1e-9)
    assert alone.gap == pytest.approx(0.0, abs=1e-9)


@FEW
@given(laws(), st.floats(0.0, 2.0), st.sampled_from(["best", "algorithm1", "search", "balanced"]))
def test_an_encoder_is_a_channel_within_its_rate(p, rate, method):
    found = entropy_bounded_information(p, rate, method=method)
    joint = found.toarray()
    np.testing.assert_allclose(joint.sum(axis=1), p, atol=1e-12)
    np.testing.assert_allclose(joint.sum(axis=0), found.p_t, atol=1e-12)
    assert entropy(found.p_t) == pytest.approx(found.entropy, abs=1e-9)
    assert found.entropy <= rate + 1e-9
    information = entropy(p) + entropy(found.p_t) - entropy(joint)
    assert found.information == pytest.approx(information, abs=1e-9)
    assert found.information <= found.bound + 1e-9
    # a symbol is in one block, but for the one that is divided
    in_blocks = (joint > 0.0).sum(axis=1)
    divided = [] if found.split is None else [found.split.symbol]
    assert np.flatnonzero(in_blocks > 1).tolist() == divided

"""Functional representations, convex envelopes, dependency and redundancy."""

import numpy as np
import pytest
from hypothesis import given, settings

from infotheory.exceptions import InfeasibleError
from infotheory.lattice import (
    Information,
    convex_envelope,
    dependency_coefficient,
    functional_representation,
    rajski_distance,
    relative_redundancy,
)
from infotheory.lattice.distances import between
from tests.lattice.test_information import informations


@settings(max_examples=100, deadline=None)
@given(informations())
def test_every_pair_has_a_functional_representation(xyz):
    x, y, _ = xyz
    found = functional_representation(x, y)
    assert found.y <= found.x | found.z
    assert found.x.mutual_information(found.z) < 1e-12
    assert found.z.n_classes <= x.n_classes * (y.n_classes - 1) + 1
    # X and Y are what they were
    assert found.x.probabilities == pytest.approx(x.probabilities)
    assert np.sort(found.y.probabilities) == pytest.approx(np.sort(y.probabilities))
    assert found.x.mutual_information(found.y) == pytest.approx(x.mutual_information(y), abs=1e-9)
    # the least that Z can be
    assert found.z.entropy() >= y.conditional_entropy(x) - 1e-9


def test_representations_by_hand():
    # a function of X needs nothing, what is independent of it needs itself
    x, parity = Information.from_labels([0, 1, 2, 3]), Information.from_labels([0, 1, 0, 1])
    assert functional_representation(x, parity).z.n_classes == 1
    half = Information.from_labels([0, 0, 1, 1])
    found = functional_representation(half, parity)
    assert found.z.probabilities.tolist() == [0.5, 0.5]
    # a channel that flips a bit one time in ten: the noise, and where the laws cross
    weights = [0.45, 0.05, 0.05, 0.45]
    bit = Information.from_labels([0, 0, 1, 1], weights)
    seen = Information.from_labels([0, 1, 0, 1], weights)
    assert bit.complement(bit | seen).mutual_information(bit) > 0.3
    found = functional_representation(bit, seen)
    assert found.z.probabilities == pytest.approx([0.1, 0.8, 0.1])


def test_rounding_makes_no_classes():
    """A thousand equal laws in tenths, whose sums round differently, share their cuts."""
    rng = np.random.default_rng(0)
    weights = np.outer(rng.uniform(0.1, 1.0, 1000), np.full(10, 0.1)).ravel()
    x = Information.from_labels(np.repeat(np.arange(1000), 10), weights)
    y = Information.from_labels(np.tile(np.arange(10), 1000), weights)
    assert functional_representation(x, y).z.n_classes == 10


@settings(max_examples=60, deadline=None)
@given(informations())
def test_dependency_and_redundancy(xyz):
    x, y, _ = xyz
    joint = (x | y).entropy()
    expected = x.mutual_information(y) / joint if joint > 0 else 1.0
    assert dependency_coefficient(x, y) == pytest.approx(expected, abs=1e-9)
    both = x | y
    share = 1 - x.entropy() / joint if joint > 0 else 0.0
    assert relative_redundancy(both, x) == pytest.approx(share, abs=1e-9)
    assert relative_redundancy(both, x) == rajski_distance(both, x)
    whole = relative_redundancy(x, x.bottom())
    assert whole == pytest.approx(float(x.n_classes > 1))
    assert whole <= 1.0


def test_redundancy_of_what_is_no_part():
    x, y = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 0, 1])
    with pytest.raises(ValueError, match="part must be a function of x, got one with 2 classes"):
        relative_redundancy(x, y)


@settings(max_examples=25, deadline=None)
@given(informations())
def test_an_envelope_is_convex_and_no_larger_than_it_must_be(xyz):
    x, y, _ = xyz
    if (x | y).n_classes > 5:
        return
    members = convex_envelope(x, y)
    assert {x, y, x | y} <= set(members)
    total = x | y
    functions = convex_envelope(total, total.bottom())
    # all functions of the join: Bell numbers
    assert len(functions) == [0, 1, 2, 5, 15, 52][total.n_classes]
    for w in functions:
        inside = any(between(a, w, b) for a in members for b in members)
        assert inside == (w in members)
    # the least such set: what lies between x and y, and so on
    grown = {x, y}
    while True:
        more = {w for w in functions for a in grown for b in grown if between(a, w, b)}
        if more <= grown:
            break
        grown |= more
    assert grown == set(members)


def test_envelopes_by_hand():
    x = Information.from_labels([0, 1, 2, 3])
    assert convex_envelope(x) == (x,)
    # between a function of X and X: what lies between them in the order
    half = Information.from_labels([0, 0, 1, 1])
    assert len(convex_envelope(x, half)) == 4
    # the meet of dependent bits is a constant, and no way between them leads through it
    weights = [0.4, 0.1, 0.1, 0.4]
    a, b = (Information.from_labels(labels, weights) for labels in ([0, 0, 1, 1], [0, 1, 0, 1]))
    assert a.bottom() not in convex_envelope(a, b)
    with pytest.raises(InfeasibleError, match="at most 7 classes, got 8"):
        convex_envelope(Information.from_labels(range(8)))
    seven = Information.from_labels(range(7))
    assert len(convex_envelope(seven, seven.bottom())) == 877

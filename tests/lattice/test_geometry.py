import numpy as np
import pytest
from hypothesis import given, settings
from scipy.stats import entropy as scipy_entropy

from infotheory.lattice import (
    Information,
    common_information,
    dependency_coefficient,
    geodesic,
    minimal_sufficient_statistic,
    rajski_distance,
    renyi_distance,
    shannon_distance,
    triangle_defect,
    wyner_bounds,
)
from infotheory.lattice.distances import between
from tests.lattice.test_information import informations


@settings(max_examples=80, deadline=None)
@given(informations())
def test_metrics(xyz):
    x, y, z = xyz
    for distance in (
        shannon_distance,
        rajski_distance,
        lambda a, b: renyi_distance(a, b, order=0.0),
        lambda a, b: renyi_distance(a, b, order=1.0),
    ):
        assert distance(x, y) == pytest.approx(distance(y, x), abs=1e-12)
        assert (distance(x, y) == 0.0) == (x == y)
        assert distance(x, z) <= distance(x, y) + distance(y, z) + 1e-12
    joint = (x | y).entropy()
    assert shannon_distance(x, y) == pytest.approx(2 * joint - x.entropy() - y.entropy(), abs=1e-12)
    if joint > 0:
        assert rajski_distance(x, y) == pytest.approx(1 - x.mutual_information(y) / joint, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(informations())
def test_triangle_defect_and_alignments(xyz):
    x, y, z = xyz
    path = shannon_distance(x, y) + shannon_distance(y, z)
    assert triangle_defect(x, y, z) == pytest.approx(path - shannon_distance(x, z), abs=1e-11)
    assert between(x, y, z) == (triangle_defect(x, y, z) < 1e-9 and y <= x | z)
    for distance in (shannon_distance, rajski_distance):
        a, b, c = geodesic(x, z)
        assert distance(a, b) + distance(b, c) == pytest.approx(distance(a, c), abs=1e-12)
    meet = x & z
    assert between(x, meet, z) == (x.mutual_information(z) - meet.entropy() < 1e-9)
    lowest, middle, highest = x & y, x, x | z
    assert between(highest, middle, lowest)
    if middle.entropy() > 0:
        defect = (
            rajski_distance(highest, middle)
            + rajski_distance(middle, lowest)
            - rajski_distance(highest, lowest)
        )
        expected = (1 - middle.entropy() / highest.entropy()) * (
            1 - lowest.entropy() / middle.entropy()
        )
        assert defect == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(informations(n=2))
def test_common_information_bounds(xy):
    x, y = xy
    bounds = wyner_bounds(x, y)
    shared = x.mutual_information(y)
    assert common_information(x, y) <= shared + 1e-12
    assert shared <= bounds.lower + 1e-12 <= bounds.upper + 2e-12
    assert bounds.upper <= min(x.entropy(), y.entropy()) + 1e-12
    w = bounds.statistic
    given_w = x.conditional_entropy(w) - x.conditional_entropy(y | w)
    assert given_w == pytest.approx(0.0, abs=1e-9)
    assert minimal_sufficient_statistic(x, y).mutual_information(y) == pytest.approx(
        shared, abs=1e-9
    )


def test_symmetric_binary_source():
    x, y = (Information.from_joint([[0.45, 0.05], [0.05, 0.45]], axis) for axis in (0, 1))
    bounds = wyner_bounds(x, y, base=2)
    assert common_information(x, y, base=2) == 0.0
    assert x.mutual_information(y, base=2) == pytest.approx(0.5310044064, abs=1e-10)
    assert bounds.lower == bounds.upper == pytest.approx(0.8727605668, abs=1e-10)
    assert bounds.exact
    asymmetric = wyner_bounds(
        *(Information.from_joint([[0.5, 0.1], [0.1, 0.3]], axis) for axis in (0, 1))
    )
    assert not asymmetric.exact


def test_wyner_is_exact_where_the_meet_carries_all_dependence():
    p = np.zeros((4, 4))
    p[:2, :2], p[2:, 2:] = 0.1, 0.15
    x, y = (Information.from_joint(p, axis) for axis in (0, 1))
    bounds = wyner_bounds(x, y)
    assert bounds.exact
    assert (
        bounds.upper
        == pytest.approx(common_information(x, y))
        == pytest.approx(scipy_entropy([0.4, 0.6]))
    )
    assert bounds.statistic == x & y


def test_arimoto_distance_of_order_zero_breaks_the_reconstruction_bound():
    top = Information.from_labels([0, 1, 2])
    parts = [Information.from_labels([0, 0, 1]), Information.from_labels([0, 1, 1])]
    assert top <= parts[0] | parts[1]
    total = sum(renyi_distance(top, part, order=0.0, base=2) for part in parts)
    assert total == pytest.approx(2.0)
    assert total > top.entropy(0.0, base=2)


def test_no_information():
    with pytest.raises(ValueError, match="informations must hold at least one, got none"):
        common_information()


def test_the_dependency_of_nearly_independent_informations_keeps_its_digits():
    shift = 1e-9
    law = np.array([[0.25 + shift, 0.25 - shift], [0.25 - shift, 0.25 + shift]])
    x, y = (Information.from_joint(law, axis) for axis in (0, 1))
    # 8 shift^2 of the log 4 that both have together
    assert dependency_coefficient(x, y) == pytest.approx(8.0 * shift**2 / np.log(4.0), rel=1e-6)
    assert dependency_coefficient(x.bottom(), y.bottom()) == 1.0
    assert dependency_coefficient(x.bottom(), y) == 0.0

"""Errors of a line and how well they are known, by brute force."""

import numpy as np
import pytest
from scipy import stats

from infotheory.scorecard.regression.line_errors import LineErrors


@pytest.mark.parametrize("known", [0.0, 3.0])
def test_degrees_are_those_of_the_influences_in_each_direction(known):
    influences = np.random.default_rng(0).standard_t(3, size=(40, 2))
    reach, error = LineErrors.of_influences(influences, known=known).reach([0.0, 1.7, np.inf], 0.9)
    for i, (direction, of_intercept) in enumerate((((1, 0), 1), ((1, 1.7), 1), ((0, 1), 0))):
        moved = influences @ direction
        rows = (moved**2).sum() ** 2 / (moved**4).sum()
        variance = (moved**2).sum() + of_intercept * known
        assert error[i] == pytest.approx(np.sqrt(variance))
        # Satterthwaite: what is known adds to the whole, and not to its error
        degrees = (rows - 1.0) * (variance / (moved**2).sum()) ** 2
        assert reach[i] / error[i] == pytest.approx(stats.t.isf(0.05, degrees))


def test_a_center_changes_nothing_but_rounding():
    influences = np.random.default_rng(1).standard_t(3, size=(40, 2))
    places = [0.0, 1.7, np.inf]
    about_zero, about_center = (
        LineErrors.of_influences(influences, known=2.0, center=center) for center in (0.0, 5.0)
    )
    assert about_center.covariance.tolist() == about_zero.covariance.tolist()
    np.testing.assert_allclose(
        about_center.reach(places, 0.9), about_zero.reach(places, 0.9), rtol=1e-10
    )


@pytest.mark.parametrize("exponent", [-140, -80, 80, 140])
def test_degrees_keep_their_value_in_any_unit_of_the_scores(exponent):
    influences = np.random.default_rng(2).standard_t(3, size=(40, 2))
    unit = 10.0**exponent
    places = np.array([0.0, 1.7, np.inf])
    reach, error = LineErrors.of_influences(influences, center=0.3).reach(places, 0.9)
    scaled = LineErrors.of_influences(influences / [1.0, unit], center=0.3 * unit)
    half, own = scaled.reach(places * unit, 0.9)
    assert half == pytest.approx(reach / [1.0, 1.0, unit], rel=1e-12)
    assert own == pytest.approx(error / [1.0, 1.0, unit], rel=1e-12)


def test_one_row_has_one_degree_and_none_has_no_error():
    reach, error = LineErrors.of_influences(np.array([[2.0, 0.0]])).reach([0.0, np.inf], 0.95)
    assert error.tolist() == [2.0, 0.0]
    assert reach == pytest.approx([2.0 * stats.t.isf(0.025, 1), 0.0])


def test_a_covariance_alone_makes_normal_intervals():
    reach, error = LineErrors.of_covariance(np.diag([4.0, 1.0])).reach([0.0, 2.0], 0.95)
    assert error == pytest.approx([2.0, np.sqrt(8.0)])
    assert reach == pytest.approx(error * stats.norm.isf(0.025))

"""The scale: points and log odds by hand, spread and separate base points, rounding, errors."""

import numpy as np
import pytest

from infotheory.scorecard import Scale

SCALE = Scale(20.0, 600.0, 50.0)


def test_doubling_the_odds_adds_pdo():
    assert SCALE.score(-np.log(50.0)) == pytest.approx(600.0)
    assert SCALE.score(-np.log(100.0)) == pytest.approx(620.0)
    assert SCALE.score(0.0) == pytest.approx(SCALE.offset)


def test_log_odds_are_the_inverse_of_the_score():
    log_odds = np.array([-4.0, -0.3, 0.0, 2.5])
    points = np.array([SCALE.score(value) for value in log_odds])
    np.testing.assert_allclose(SCALE.log_odds(points), log_odds, atol=1e-12)


@pytest.mark.parametrize("spread", [True, False])
def test_base_points_are_spread_over_active_characteristics(spread):
    contributions = [np.array([0.5, -0.5, 0.0]), np.array([0.0, 0.0])]
    active = np.array([True, False])
    points, base = SCALE.points(contributions, -1.0, active, spread=spread, rounded=False)
    total = SCALE.score(-1.0)
    assert base == (0.0 if spread else total)
    np.testing.assert_allclose(
        points[0], spread * total - SCALE.factor * contributions[0], atol=1e-12
    )
    assert points[1].tolist() == [0.0, 0.0]


def test_where_nothing_is_active_base_points_stay_separate():
    points, base = SCALE.points([np.zeros(2)], -1.0, np.array([False]), spread=True, rounded=False)
    assert base == SCALE.score(-1.0)
    assert points[0].tolist() == [0.0, 0.0]


def test_rounded_points_are_whole_and_have_no_negative_zero():
    contributions = [np.array([0.001, -0.001, 0.7])]
    points, base = SCALE.points(contributions, 0.3, np.array([True]), spread=False, rounded=True)
    assert points[0].tolist() == [0.0, 0.0, -20.0]
    assert not np.signbit(points[0][:2]).any()
    assert base == np.rint(SCALE.score(0.3))


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.0, 600.0, 50.0), "pdo must be a finite positive number, got 0.0"),
        ((20.0, np.inf, 50.0), "base_points must be a finite number, got inf"),
        ((20.0, 600.0, -1.0), "base_odds must be a finite positive number, got -1.0"),
        (("20", 600.0, 50.0), "pdo must be a finite positive number, got '20'"),
    ],
)
def test_errors(numbers, text):
    with pytest.raises(ValueError, match=text):
        Scale(*numbers)

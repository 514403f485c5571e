"""Links: values by hand, derivatives by differences."""

import numpy as np
import pytest

from infotheory.scorecard.links import LOGIT, IdentityLink, LogLink

LINKS = [LOGIT, LogLink(1.0), LogLink(1.4), LogLink(2.0), IdentityLink()]
SUMS = np.array([[3.0, 1.5], [0.0, 2.0], [4.0, 0.0], [1.0, 0.25]])
PREDICTOR = np.array([-0.7, 0.4, -1.3, 0.9])


@pytest.mark.parametrize("link", LINKS, ids=str)
def test_the_residual_is_the_slope_of_the_value_and_the_curvature_that_of_the_residual(link):
    terms, step = link.terms(SUMS, PREDICTOR), 1e-6
    for i in range(len(SUMS)):
        moved = np.where(np.arange(len(SUMS)) == i, step, 0.0)
        rise = link.value(SUMS, PREDICTOR + moved) - link.value(SUMS, PREDICTOR - moved)
        assert rise / (2.0 * step) == pytest.approx(terms.residual[i], abs=1e-8)
        ends = [link.terms(SUMS, PREDICTOR + s * moved).residual[i] for s in (1.0, -1.0)]
        assert (ends[1] - ends[0]) / (2.0 * step) == pytest.approx(terms.curvature[i], abs=1e-8)


@pytest.mark.parametrize("link", LINKS, ids=str)
def test_the_residual_is_linear_in_the_sums(link):
    terms = link.terms(SUMS, PREDICTOR)
    first, second = SUMS.T
    assert first * terms.by_first + second * terms.by_second == pytest.approx(terms.residual)


@pytest.mark.parametrize("link", LINKS, ids=str)
def test_a_constant_fits_the_mean_and_comes_back(link):
    totals = SUMS.sum(axis=0)
    constant = link.constant(totals)
    residual = link.terms(SUMS, np.full(len(SUMS), constant)).residual
    assert residual.sum() == pytest.approx(0.0, abs=1e-12)
    mean = totals[1] / link.weight(SUMS).sum()
    assert link.mean(np.array([constant])) == pytest.approx([mean])
    assert link.predictor(mean) == pytest.approx(constant)


@pytest.mark.parametrize("link", LINKS, ids=str)
def test_squared_residuals_are_those_of_rows(link):
    rng = np.random.default_rng(0)
    y, weights = rng.random(6), rng.random(6)
    first = weights * (1.0 - y if link == LOGIT else 1.0)
    rows = np.column_stack([first, weights * y])
    terms = link.terms(rows, np.full(6, 0.3))
    sums = link.terms(rows.sum(axis=0, keepdims=True), np.array([0.3]))
    squares = (rows**2).sum(axis=0, keepdims=True)
    found = sums.squared_residuals(squares, rows.prod(axis=1).sum(keepdims=True))
    assert found == pytest.approx([np.sum(terms.residual**2)])


def test_a_score_by_hand():
    terms = LogLink(1.5).terms(np.array([[2.0, 3.0]]), np.array([np.log(4.0)]))
    # w (y - mu) mu^(1 - p) = (3 - 2 * 4) / 2; the slope is (2 - p) w mu^.5 + (p - 1) w y mu^-.5.
    assert terms.residual == pytest.approx([-2.5])
    assert terms.curvature == pytest.approx([0.5 * 2.0 * 2.0 + 0.5 * 3.0 / 2.0])


def test_an_exponent_beyond_float64_stays_finite():
    assert np.isfinite(LogLink(1.0).value(SUMS, np.full(4, 1e4)))

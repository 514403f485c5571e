"""The logistic likelihood: values by hand, derivatives by differences, Newton's method."""

import numpy as np
import pytest
from scipy import optimize, special

from infotheory.scorecard.links import LOGIT
from infotheory.scorecard.regression.likelihood import GroupedLikelihood, newton, with_intercept


def grouped(n=60, n_columns=3, seed=0, **options):
    rng = np.random.default_rng(seed)
    design = with_intercept(rng.normal(size=(n, n_columns)))
    counts = rng.integers(0, 8, (n, 2)).astype(float)
    return GroupedLikelihood(design, counts, **options), 0.3 * rng.normal(size=1 + n_columns)


PENALTIES = [
    {},
    {"ridge": np.diag([0.0, 2.0, 2.0, 2.0])},
    {"firth": True},
    {"offset": np.linspace(-1.0, 1.0, 60)},
]


def test_terms_by_hand():
    terms = LOGIT.terms(np.array([[3.0, 1.0]]), np.array([np.log(0.25 / 0.75)]))
    assert terms.by_first == pytest.approx([-0.25])
    assert terms.by_second == pytest.approx([0.75])
    assert terms.residual == pytest.approx([0.0], abs=1e-15)
    assert terms.curvature == pytest.approx([4 * 0.25 * 0.75])
    squares = terms.squared_residuals(np.array([[3.0, 1.0]]))
    assert squares == pytest.approx([3 * 0.25**2 + 0.75**2])


def test_curvature_keeps_its_digits_where_an_event_is_certain():
    terms = LOGIT.terms(np.array([[0.0, 1.0]]), np.array([50.0]))
    assert terms.curvature[0] == pytest.approx(np.exp(-50.0), rel=1e-12)
    assert terms.by_second[0] == pytest.approx(np.exp(-50.0), rel=1e-12)


def test_value_is_the_binomial_likelihood():
    likelihood, theta = grouped()
    log_odds = likelihood.log_odds(theta)
    p = special.expit(log_odds)
    nonevents, events = likelihood.counts.T
    expected = nonevents @ np.log1p(-p) + events @ np.log(p)
    assert likelihood.unpenalised(log_odds) == pytest.approx(expected, rel=1e-12)
    assert likelihood.value(theta, log_odds) == likelihood.unpenalised(log_odds)


def test_value_is_finite_where_probabilities_underflow():
    likelihood = GroupedLikelihood(np.ones((1, 1)), np.array([[1.0, 1.0]]))
    log_odds = likelihood.log_odds(np.array([2000.0]))
    assert likelihood.unpenalised(log_odds) == -2000.0


@pytest.mark.parametrize("penalty", PENALTIES)
def test_gradient_is_the_derivative_of_the_value(penalty):
    likelihood, theta = grouped(**penalty)

    def value(at):
        return likelihood.value(at, likelihood.log_odds(at))

    log_odds = likelihood.log_odds(theta)
    found, information = likelihood.derivatives(theta, log_odds)
    assert information.tolist() == likelihood.information(log_odds).tolist()
    np.testing.assert_allclose(found, optimize.approx_fprime(theta, value, 1e-6), rtol=1e-4)


def test_information_is_the_curvature_of_the_value():
    likelihood, theta = grouped()

    def gradient(at):
        return likelihood.derivatives(at, likelihood.log_odds(at))[0]

    found = likelihood.information(likelihood.log_odds(theta))
    steps = 1e-5 * np.eye(theta.size)
    slopes = [(gradient(theta + h) - gradient(theta - h)) / 2e-5 for h in steps]
    np.testing.assert_allclose(found, -np.array(slopes), rtol=1e-6)


def test_outer_product_is_the_sum_over_rows():
    likelihood, theta = grouped(n=5)
    squares = likelihood.counts * 1.7
    expected = np.zeros((4, 4))
    for row, (without, events) in zip(likelihood.design, squares, strict=True):
        p = special.expit(row @ theta)
        expected += (without * p**2 + events * (1 - p) ** 2) * np.outer(row, row)
    found = likelihood.outer_product(likelihood.log_odds(theta), squares)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_newton_ends_where_a_general_optimiser_ends(penalty):
    likelihood, _ = grouped(**penalty)

    def loss(theta):
        return -likelihood.value(theta, likelihood.log_odds(theta))

    result = newton(likelihood, 50)
    assert result.converged
    theirs = optimize.minimize(loss, likelihood.start(), method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(result.theta, theirs.x, atol=1e-5)
    assert loss(result.theta) <= theirs.fun + 1e-10


def test_the_start_is_the_best_constant():
    likelihood, _ = grouped()
    constant = GroupedLikelihood(np.ones((60, 1)), likelihood.counts)
    assert newton(constant, 50).theta[0] == pytest.approx(likelihood.start()[0], rel=1e-12)
    assert likelihood.start()[1:].tolist() == [0.0, 0.0, 0.0]


def test_newton_says_when_it_was_stopped():
    likelihood, _ = grouped()
    assert not newton(likelihood, 1).converged
    separated = GroupedLikelihood(
        np.array([[1.0, -1.0], [1.0, 1.0]]), np.array([[5.0, 0.0], [0.0, 5.0]])
    )
    result = newton(separated, 200, limit=20.0)
    assert not result.converged
    assert np.abs(separated.log_odds(result.theta)).max() > 20.0


def test_steps_that_overshoot_are_halved(monkeypatch):
    design = with_intercept(np.array([[5.0], [-8.0], [-5.0]]))
    likelihood = GroupedLikelihood(design, np.array([[8.0, 1.0], [588.0, 0.0], [4.0, 6.0]]))
    value, values = GroupedLikelihood.value, []

    def watched(self, theta, log_odds):
        values.append(value(self, theta, log_odds))
        return values[-1]

    monkeypatch.setattr(GroupedLikelihood, "value", watched)
    result = newton(likelihood, 100)
    assert result.converged
    assert len(values) > 1 + result.n_iter  # one of each step, and of each half step
    assert min(np.diff(values)) < 0.0
    assert values[-1] == pytest.approx(max(values), rel=1e-12)

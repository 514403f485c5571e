"""The regression whose coefficients have one sign: beside an optimiser of others, and by hand."""

import warnings

import numpy as np
import pytest
from scipy import optimize, special

from infotheory.exceptions import NotConvergedWarning
from infotheory.scorecard import fit_logistic
from infotheory.scorecard.regression.constrained import fit_constrained_logistic
from infotheory.scorecard.regression.signed import check_penalty, fit_signed_logistic


def rows(seed, n=400, p=6, noise=0.6):
    """Return columns that say much the same, so that some coefficients come out turned round."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    X = common + noise * rng.normal(size=(n, p))
    y = rng.random(n) < special.expit(-0.8 * common[:, 0] + 0.3 * rng.normal(size=p) @ X.T - 0.5)
    return X, np.column_stack([~y, y]).astype(float)


def best_under_bounds(X, counts, sign, ridge=0.0):
    """Return intercept and coefficients from the bounded optimiser of scipy."""
    design = np.column_stack([np.ones(len(X)), X])

    def loss(theta):
        eta = design @ theta
        value = counts[:, 0] @ np.logaddexp(0, eta) + counts[:, 1] @ np.logaddexp(0, -eta)
        slope = design.T @ (counts.sum(axis=1) * special.expit(eta) - counts[:, 1])
        pull = ridge * np.r_[0.0, theta[1:]]
        return value + 0.5 * pull @ theta, slope + pull

    bounds = [(None, None)] + [(0, None) if sign > 0 else (None, 0)] * X.shape[1]
    options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 10_000}
    start = np.zeros(design.shape[1])
    return optimize.minimize(
        loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options=options
    ).x


@pytest.mark.parametrize("penalty", [None, "ridge"])
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_best_under_the_bounds(seed, sign, penalty):
    X, counts = rows(seed)
    fit = fit_signed_logistic(sign * -X, counts, sign=sign, penalty=penalty, alpha=3.0)
    wanted = best_under_bounds(sign * -X, counts, sign, ridge=3.0 if penalty else 0.0)
    np.testing.assert_allclose(np.r_[fit.intercept, fit.coefficients], wanted, atol=2e-5)
    assert (sign * fit.coefficients >= 0.0).all()
    assert fit.status == "converged"


def test_some_of_these_regressions_have_bounds_to_hold():
    held = [
        (fit_signed_logistic(*rows(seed), sign=-1).coefficients == 0.0).sum() for seed in range(8)
    ]
    assert max(held) >= 2
    assert min(held) < max(held)


def test_right_signs_are_left_as_they_are_bit_for_bit():
    X, counts = rows(0, p=1)
    plain, signed = fit_logistic(X, counts), fit_signed_logistic(X, counts, sign=-1)
    for name in ("coefficients", "intercept", "covariance", "bread", "log_likelihood", "status"):
        np.testing.assert_array_equal(getattr(signed, name), getattr(plain, name))


def test_it_is_the_regression_on_the_columns_that_remain():
    X, counts = rows(3)
    signed = fit_signed_logistic(X, counts, sign=-1)
    free = signed.coefficients != 0.0
    assert 0 < free.sum() < free.size
    plain = fit_logistic(X[:, free], counts)
    np.testing.assert_array_equal(signed.coefficients[free], plain.coefficients)
    with_intercept = np.r_[True, free]
    np.testing.assert_array_equal(
        signed.covariance[np.ix_(with_intercept, with_intercept)], plain.covariance
    )
    assert not signed.covariance[~with_intercept].any()
    assert not signed.bread[:, ~with_intercept].any()


def test_no_bound_can_be_left_for_a_likelier_regression():
    """At a maximum the likelihood falls, or stays, on the way into the allowed side."""
    for seed in range(20):
        X, counts = rows(seed, p=8)
        fit = fit_signed_logistic(X, counts, sign=-1)
        residual = counts[:, 1] - special.expit(fit.log_odds(X)) * counts.sum(axis=1)
        held = fit.coefficients == 0.0
        assert (X.T @ residual)[held].min(initial=0.0) >= -1e-3


def test_nothing_remains_where_every_column_is_turned_round():
    X, counts = rows(1, p=2)
    fit = fit_signed_logistic(X, counts, sign=1)
    nonevents, events = counts.sum(axis=0)
    assert fit.coefficients.tolist() == [0.0, 0.0]
    assert fit.intercept == pytest.approx(np.log(events / nonevents))
    assert fit.covariance[0, 0] == pytest.approx(1 / events + 1 / nonevents)


def test_integer_weights_are_repeated_rows():
    X, counts = rows(2)
    weights = np.random.default_rng(0).integers(1, 4, len(X))
    weighted = fit_signed_logistic(
        X, counts * weights[:, None], sign=-1, squared_weights=counts * weights[:, None] ** 2
    )
    repeated = fit_signed_logistic(X.repeat(weights, 0), counts.repeat(weights, 0), sign=-1)
    np.testing.assert_allclose(weighted.coefficients, repeated.coefficients, atol=1e-8)
    assert (weighted.coefficients == 0.0).any()


def test_separated_rows_keep_the_sign_and_are_announced_once():
    X, counts = rows(0)
    knows = np.where(counts[:, 1] > 0, -1.0, 1.0)
    with pytest.warns(NotConvergedWarning, match=r"separation: columns \['x 0'") as caught:
        fit = fit_signed_logistic(
            np.column_stack([knows, X]), counts, sign=-1, names=[f"x {i}" for i in range(7)]
        )
    assert len(caught) == 1
    assert fit.status == "separation"
    assert (fit.coefficients <= 0.0).all()
    assert 0 in fit.involved


def test_copies_share_a_coefficient_of_the_right_sign():
    X, counts = rows(0)
    with pytest.warns(NotConvergedWarning, match="singular") as caught:
        fit = fit_signed_logistic(np.column_stack([X, X[:, 0]]), counts, sign=-1)
    assert len(caught) == 1
    assert (fit.coefficients <= 0.0).all()
    alone = fit_signed_logistic(X, counts, sign=-1)
    assert fit.coefficients[0] == pytest.approx(fit.coefficients[6])
    assert fit.coefficients[0] + fit.coefficients[6] == pytest.approx(alone.coefficients[0])


def test_no_warning_where_all_goes_well():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_signed_logistic(*rows(3), sign=-1)


def test_a_ridge_under_bounds_is_that_of_the_free_regression():
    X, counts = rows(4)
    bounded = fit_constrained_logistic(X, counts, ridge=5.0)
    free = fit_logistic(X, counts, penalty="ridge", alpha=5.0)
    np.testing.assert_allclose(bounded.coefficients, free.coefficients, atol=1e-5)
    np.testing.assert_allclose(bounded.covariance, free.covariance, rtol=1e-3, atol=1e-8)


@pytest.mark.parametrize("ridge", [-1.0, np.nan, np.inf, "1"])
def test_a_ridge_is_a_number_of_at_least_nothing(ridge):
    with pytest.raises(ValueError, match="ridge must be a finite number of at least 0"):
        fit_constrained_logistic(*rows(0), ridge=ridge)


def test_firths_penalty_has_no_bounds():
    with pytest.raises(ValueError, match="needs penalty=None or 'ridge', got 'firth'"):
        check_penalty("firth")
    check_penalty(None)
    check_penalty("ridge")

"""Logistic regression: closed forms, scikit-learn, scipy, Firth, separation, dependence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special
from sklearn.linear_model import LogisticRegression

from infotheory.exceptions import NotConvergedWarning
from infotheory.scorecard.regression import logistic
from infotheory.scorecard.regression.logistic import fit_logistic, separating_direction


def as_counts(y, weights=1.0):
    return np.stack([(y == 0) * weights, (y == 1) * weights], axis=1).astype(float)


def simulate(n=800, d=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * np.array([1.0, 30.0, 0.01])[:d] + np.array([0.0, 100.0, 5.0])[:d]
    eta = -1.0 + (X - X.mean(axis=0)) / X.std(axis=0) @ np.array([0.8, -0.5, 0.3])[:d]
    return X, (rng.random(n) < 1.0 / (1.0 + np.exp(-eta))).astype(int)


def test_two_by_two_table_is_the_log_odds_ratio():
    fit = fit_logistic([[0.0], [1.0]], [[40, 10], [20, 30]])
    assert fit.coefficients[0] == pytest.approx(np.log(6.0), abs=1e-12)
    assert fit.intercept == pytest.approx(np.log(10 / 40), abs=1e-12)
    assert fit.covariance[1, 1] == pytest.approx(1 / 40 + 1 / 10 + 1 / 20 + 1 / 30, abs=1e-12)
    assert fit.covariance[0, 0] == pytest.approx(1 / 40 + 1 / 10, abs=1e-12)
    shares = np.array([[0.8, 0.2], [0.4, 0.6]])
    assert fit.log_likelihood == pytest.approx(
        float((np.array([[40, 10], [20, 30]]) * np.log(shares)).sum()), abs=1e-10
    )
    assert fit.status == "converged"


def test_equals_sklearn_with_and_without_weights():
    X, y = simulate()
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    weights = np.random.default_rng(1).exponential(size=y.size)
    for w in (np.ones(y.size), weights):
        theirs = LogisticRegression(
            C=np.inf, tol=1e-10, max_iter=5000, solver="newton-cholesky"
        ).fit(Z, y, w)
        ours = fit_logistic(X, as_counts(y, w))
        np.testing.assert_allclose(ours.coefficients * X.std(axis=0), theirs.coef_[0], atol=1e-6)
        np.testing.assert_allclose(ours.log_odds(X), theirs.decision_function(Z), atol=1e-6)


@pytest.mark.parametrize("penalty", [None, "ridge"])
def test_many_patterns_begin_at_the_fit_of_some_of_them(monkeypatch, penalty):
    X, y = simulate(n=4000)
    offset = np.linspace(-1.0, 1.0, y.size)
    wanted = fit_logistic(X, as_counts(y), offset=offset, penalty=penalty)
    monkeypatch.setattr(logistic, "_MANY_PATTERNS", 100)
    found = fit_logistic(X, as_counts(y), offset=offset, penalty=penalty)
    assert found.n_iter < wanted.n_iter
    np.testing.assert_allclose(found.coefficients, wanted.coefficients, rtol=1e-11)
    np.testing.assert_allclose(found.covariance, wanted.covariance, rtol=1e-11)

    # Of a sixteenth of the rows none is an event, or both classes are apart.
    for few in (0, 3):
        y = np.zeros(400, dtype=int)
        y[1:30:4] = 1
        y[160 : 160 + 16 * few : 16] = 1
        found = fit_logistic(X[:400], as_counts(y), penalty=penalty)
        monkeypatch.setattr(logistic, "_MANY_PATTERNS", 10**9)
        wanted = fit_logistic(X[:400], as_counts(y), penalty=penalty)
        monkeypatch.setattr(logistic, "_MANY_PATTERNS", 100)
        np.testing.assert_allclose(found.coefficients, wanted.coefficients, rtol=1e-9)


def test_ridge_equals_sklearn():
    X, y = simulate(d=2)
    Z = X / X.std(axis=0)
    theirs = LogisticRegression(C=1 / 7.0, tol=1e-12, max_iter=5000, solver="newton-cholesky").fit(
        Z, y
    )
    ours = fit_logistic(Z, as_counts(y), penalty="ridge", alpha=7.0)
    np.testing.assert_allclose(ours.coefficients, theirs.coef_[0], atol=1e-6)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=1e-5)


def test_gradient_is_zero_to_one_in_ten_thousand_million():
    X, y = simulate()
    fit = fit_logistic(X, as_counts(y))
    residual = y - 1.0 / (1.0 + np.exp(-fit.log_odds(X)))
    assert (
        np.abs(
            np.column_stack([np.ones(y.size), (X - X.mean(axis=0)) / X.std(axis=0)]).T @ residual
        ).max()
        < 1e-9
    )


def test_firth_adds_one_half_to_each_cell_of_a_saturated_table():
    for table in ([[40, 10], [20, 30]], [[40, 0], [20, 30]], [[7, 0], [0, 5]]):
        fit = fit_logistic([[0.0], [1.0]], table, penalty="firth")
        (a, b), (c, d) = np.asarray(table) + 0.5
        assert fit.coefficients[0] == pytest.approx(np.log(a * d / (b * c)), abs=1e-8)
        assert fit.status == "converged"


def test_firth_equals_a_general_optimiser():
    X, y = simulate(n=60, d=2, seed=3)
    A = np.column_stack([np.ones(60), (X - X.mean(axis=0)) / X.std(axis=0)])

    def loss(theta):
        eta = A @ theta
        p = 1.0 / (1.0 + np.exp(-eta))
        information = A.T @ (A * (p * (1 - p))[:, None])
        return np.logaddexp(0.0, eta).sum() - y @ eta - 0.5 * np.linalg.slogdet(information)[1]

    theta = optimize.minimize(
        loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}
    ).x
    fit = fit_logistic(A[:, 1:], as_counts(y), penalty="firth")
    np.testing.assert_allclose([fit.intercept, *fit.coefficients], theta, atol=1e-6)


def test_separation_is_named_and_coefficients_are_firths():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    y = (X[:, 1] > 0.1).astype(int)
    with pytest.warns(NotConvergedWarning, match=r"separation: columns \[0, 1\] separate"):
        fit = fit_logistic(X[:, [0, 1]], as_counts(y))
    assert (fit.status, fit.involved) == ("separation", (0, 1))
    firth = fit_logistic(X[:, [0, 1]], as_counts(y), penalty="firth")
    np.testing.assert_array_equal(fit.coefficients, firth.coefficients)
    assert np.isfinite(fit.coefficients).all()
    assert np.isfinite(fit.covariance).all()


def test_quasi_separation_of_one_zero_cell():
    with pytest.warns(NotConvergedWarning, match="separation"):
        fit = fit_logistic([[0.0], [1.0]], [[40, 0], [20, 30]])
    assert fit.coefficients[0] == pytest.approx(np.log(40.5 * 30.5 / (0.5 * 20.5)), abs=1e-8)


def test_large_log_odds_are_not_separation():
    x = np.array([[0.0], [1.0], [1000.0]])
    fit = fit_logistic(x, [[10, 10], [9, 10], [0, 1]])
    assert fit.status == "converged"
    assert fit.log_odds(x)[2] > 30.0


def test_dependent_columns_are_named_and_predictions_kept():
    X, y = simulate()
    more = np.column_stack([X, X[:, 0] + 0.1 * X[:, 1], np.full(y.size, 3.0)])
    with pytest.warns(NotConvergedWarning, match=r"singular: columns \[0, 1, 3, 4\] depend"):
        fit = fit_logistic(more, as_counts(y))
    assert (fit.status, fit.involved) == ("singular", (0, 1, 3, 4))
    np.testing.assert_allclose(
        fit.log_odds(more), fit_logistic(X, as_counts(y)).log_odds(X), atol=1e-9
    )
    assert np.isfinite(fit.covariance).all()
    assert fit_logistic(more, as_counts(y), penalty="ridge").status == "converged"


def test_without_columns_the_intercept_is_the_log_odds():
    fit = fit_logistic(np.zeros((2, 0)), [[30, 10], [30, 10]])
    assert fit.intercept == pytest.approx(np.log(20 / 60), abs=1e-12)
    assert fit.coefficients.shape == (0,)


def test_offset_of_the_solution_leaves_nothing():
    X, y = simulate()
    eta = fit_logistic(X, as_counts(y)).log_odds(X)
    fit = fit_logistic(X, as_counts(y), offset=eta)
    np.testing.assert_allclose([fit.intercept, *fit.coefficients], 0.0, atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50.0))
def test_grouped_rows_and_scaled_weights_give_the_same_fit(seed, scale):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 3, size=(120, 2)).astype(float)
    y = (rng.random(120) < 0.3 + 0.2 * (values[:, 0] == 1)).astype(int)
    patterns, code = np.unique(values, axis=0, return_inverse=True)
    grouped = np.stack(
        [np.bincount(code, y == label, minlength=len(patterns)) for label in (0, 1)], axis=1
    )
    rows = fit_logistic(values, as_counts(y), penalty="ridge", alpha=0.5)
    table = fit_logistic(patterns, grouped, penalty="ridge", alpha=0.5)
    np.testing.assert_allclose(rows.coefficients, table.coefficients, atol=1e-9)
    np.testing.assert_allclose(rows.covariance, table.covariance, atol=1e-9)
    firth = fit_logistic(patterns, grouped, squared_weights=grouped, penalty="firth")
    assert np.isfinite(firth.covariance).all()
    if (grouped > 0).all():
        plain = fit_logistic(patterns, grouped, squared_weights=grouped)
        scaled = fit_logistic(patterns, scale * grouped, squared_weights=scale**2 * grouped)
        np.testing.assert_allclose(plain.coefficients, scaled.coefficients, atol=1e-9)
        np.testing.assert_allclose(plain.covariance, scaled.covariance, atol=1e-9)


def test_sandwich_of_a_saturated_table_is_the_inverse_information():
    table = np.array([[40.0, 10.0], [20.0, 30.0]])
    plain, sandwich = (
        fit_logistic([[0.0], [1.0]], table),
        fit_logistic([[0.0], [1.0]], table, squared_weights=table),
    )
    np.testing.assert_allclose(plain.covariance, sandwich.covariance, atol=1e-12)


def test_direction_separates():
    design = np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 3.0]])
    direction = separating_direction(design, np.array([[1, 0], [1, 0], [0, 1], [0, 1.0]]))
    assert (design[:2] @ direction <= 1e-9).all()
    assert (design[2:] @ direction >= -1e-9).all()
    assert separating_direction(design, np.ones((4, 2))) is None


@pytest.mark.parametrize(
    ("X", "counts", "options", "text"),
    [
        ([1.0, 2.0], [[1, 1]], {}, r"X must have shape \(n_rows, n_columns\)"),
        ([[np.nan]], [[1, 1]], {}, "X must be finite, got nan"),
        ([[1.0]], [[1, 1], [1, 1]], {}, r"counts must have shape \(1, 2\)"),
        ([[1.0]], [[1, 0]], {}, "both classes need weight, got non-events 1 and events 0"),
        ([[1.0]], [[1, -1]], {}, "must not be negative"),
        ([[1.0]], [[1, 1]], {"penalty": "lasso"}, "penalty must be one of"),
        ([[1.0]], [[1, 1]], {"penalty": "ridge", "alpha": 0.0}, "alpha must be positive"),
        ([[1.0]], [[1, 1]], {"penalty": "ridge", "alpha": 1e61}, "at most 1e[+]60, got 1e[+]61"),
        ([[1.0]], [[1, 1]], {"offset": [1.0, 2.0]}, "offset must have shape"),
    ],
)
def test_errors_say_the_rule_and_the_value(X, counts, options, text):
    with pytest.raises(ValueError, match=text):
        fit_logistic(X, counts, **options)


def test_iteration_limit_is_named():
    X, y = simulate()
    with pytest.warns(NotConvergedWarning, match="iteration limit"):
        assert fit_logistic(X, as_counts(y), max_iterations=2).status == "iteration limit"


@pytest.mark.parametrize("penalty", [None, "ridge", "firth"])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_start_near_the_end_saves_steps_and_changes_nothing(penalty, weighted):
    rng = np.random.default_rng(21)
    X = rng.normal(size=(2000, 6)) * [1, 1, 100, 1e-3, 1, 1] + [0, 5, 0, 0, 0, 0]
    y = rng.random(2000) < special.expit(X @ [1.0, -0.5, 0.01, 500.0, 0.3, 0.0] - 1)
    counts = np.column_stack([~y, y]) * (rng.uniform(0.5, 3, (2000, 1)) if weighted else 1)
    options = {"penalty": penalty, "squared_weights": counts**2 if weighted else None}
    cold = fit_logistic(X, counts, **options)
    theta = np.r_[cold.intercept, cold.coefficients]

    near = theta * (1 + 0.02 * rng.normal(size=theta.size))
    for start, fewer in ((near, 1), (theta, 3)):
        warm = fit_logistic(X, counts, start=start, **options)
        np.testing.assert_allclose(warm.coefficients, cold.coefficients, rtol=1e-9, atol=1e-9)
        assert warm.intercept == pytest.approx(cold.intercept, rel=1e-9, abs=1e-9)
        np.testing.assert_allclose(warm.covariance, cold.covariance, rtol=1e-8)
        assert warm.n_iter <= cold.n_iter - fewer

    # One that is far off is no start: the search begins where it does without one.
    for far in (-50.0 * theta, np.full(theta.size, 1e50)):
        again = fit_logistic(X, counts, start=far, **options)
        assert again.n_iter == cold.n_iter
        assert again.coefficients.tolist() == cold.coefficients.tolist()


def test_a_start_leaves_separation_and_dependent_columns_as_they_are():
    X = np.column_stack([np.repeat([0.0, 1.0], 50), np.tile([0.0, 1.0], 50)])
    separated = np.column_stack([X[:, 0] == 0.0, X[:, 0] == 1.0]).astype(float)
    for matrix, counts in (
        (X, separated),
        (np.column_stack([X, X[:, 0]]), np.tile([[3.0, 1.0], [1.0, 3.0]], (50, 1))),
    ):
        fits = []
        for start in (None, [0.1, 2.0, 1.0, 0.5][: 1 + matrix.shape[1]]):
            with pytest.warns(NotConvergedWarning):
                fits.append(fit_logistic(matrix, counts, start=start))
        assert fits[0].status == fits[1].status != "converged"
        np.testing.assert_allclose(fits[0].coefficients, fits[1].coefficients, atol=1e-9)


@pytest.mark.parametrize(
    ("start", "text"),
    [([0.0], r"start must have shape \(2,\)"), ([0.0, np.nan], "start must be finite, got nan")],
)
def test_a_start_is_checked(start, text):
    with pytest.raises(ValueError, match=text):
        fit_logistic([[0.0], [1.0]], [[4, 1], [2, 3]], start=start)

import numpy as np
import pytest
from scipy import optimize, special

from infotheory.exceptions import NotConvergedWarning
from infotheory.scorecard import fit_logistic
from infotheory.scorecard.regression.constrained import fit_constrained_logistic


def rows(seed, n=300, p=4):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    beta = rng.normal(size=p)
    y = rng.random(n) < special.expit(X @ beta - 0.5)
    return X, np.column_stack([~y, y]).astype(float), rng


def test_without_constraints_it_is_maximum_likelihood():
    X, counts, _ = rows(0)
    free, plain = fit_constrained_logistic(X, counts), fit_logistic(X, counts)
    np.testing.assert_allclose(free.coefficients, plain.coefficients, atol=1e-5)
    np.testing.assert_allclose(free.covariance, plain.covariance, rtol=1e-4)
    assert free.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-10)


@pytest.mark.parametrize("seed", range(12))
def test_the_likelihood_is_the_largest_within_the_constraints(seed):
    X, counts, rng = rows(seed)
    gaps, largest, sign = (
        rng.normal(size=(2, 4)),
        float(rng.uniform(0.05, 0.5)),
        int(rng.choice([-1, 0, 1])),
    )
    found = fit_constrained_logistic(X, counts, sign=sign, gaps=gaps, largest_gap=largest)
    assert (sign * found.coefficients >= 0.0).all()
    assert (np.abs(gaps @ found.coefficients) <= largest + 1e-7).all()
    # convex: the best iff no direction into the constraints goes downhill, which a linear program
    # decides
    theta = np.r_[found.intercept, found.coefficients]
    design = np.column_stack([np.ones(len(X)), X])
    gradient = design.T @ (special.expit(design @ theta) - counts[:, 1]) / len(X)
    rows_of_gaps = np.column_stack([[0, 0], gaps])
    step = optimize.linprog(
        gradient,
        A_ub=np.concatenate([rows_of_gaps, -rows_of_gaps]),
        b_ub=np.concatenate([largest - rows_of_gaps @ theta, largest + rows_of_gaps @ theta]),
        bounds=[
            (-1, 1),
            *(
                (-min(t, 1) if sign > 0 else -1, min(-t, 1) if sign < 0 else 1)
                for t in found.coefficients
            ),
        ],
    )
    assert step.fun >= -1e-5


def test_a_bound_of_zero_is_an_equality_even_for_dependent_rows():
    X, counts, rng = rows(3)
    gap = rng.normal(size=4)
    found = fit_constrained_logistic(X, counts, gaps=[gap, 2.0 * gap, -gap], largest_gap=0.0)
    assert gap @ found.coefficients == pytest.approx(0.0, abs=1e-9)
    nothing = fit_constrained_logistic(X, counts, gaps=np.eye(4), largest_gap=0.0)
    np.testing.assert_allclose(nothing.coefficients, 0.0, atol=1e-12)
    assert nothing.intercept == pytest.approx(
        np.log(counts[:, 1].sum() / counts[:, 0].sum()), rel=1e-6
    )


def test_every_gap_may_have_a_bound_of_its_own():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(12, 3))
    counts = rng.integers(5, 50, (12, 2))
    gaps = np.array([[1.0, 0.2, 0.0], [0.0, 0.3, 1.0], [0.4, -1.0, 0.5]])

    free = fit_constrained_logistic(X, counts, gaps=gaps, largest_gap=[np.inf] * 3)
    reach = np.abs(gaps @ free.coefficients)
    bounds = np.array([0.5 * reach[0], 0.0, np.inf])
    fit = fit_constrained_logistic(X, counts, gaps=gaps, largest_gap=bounds)
    held = np.abs(gaps @ fit.coefficients)
    assert held[0] == pytest.approx(bounds[0], rel=1e-5)
    assert held[1] == pytest.approx(0.0, abs=1e-8)

    # The same by eliminating the equality, with the one bound that is left.
    basis = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, -0.3]])
    inside = fit_constrained_logistic(
        X @ basis, counts, gaps=gaps[:1] @ basis, largest_gap=bounds[0]
    )
    np.testing.assert_allclose(basis @ inside.coefficients, fit.coefficients, atol=1e-5)
    with pytest.raises(ValueError, match="largest_gap must be at least 0"):
        fit_constrained_logistic(X, counts, gaps=gaps, largest_gap=[1.0, -1.0, 1.0])


@pytest.mark.parametrize("size", [0.0, 1e-320, 1e-200, 1e-17, 1e-8])
@pytest.mark.parametrize("largest_gap", [1e-3, 0.25, 5.0, 1e300])
def test_the_gap_of_two_equal_groups_bounds_nothing(size, largest_gap):
    found = fit_constrained_logistic(
        [[0.0], [1.0]], [[40, 10], [20, 30]], gaps=[[size]], largest_gap=largest_gap
    )
    assert found.coefficients[0] == pytest.approx(np.log(40 * 30 / (10 * 20)), abs=1e-6)
    assert found.status == "converged"

    # beside another gap, which stays what it is
    X, counts, rng = rows(4)
    gap = rng.normal(size=4)
    alone, beside = (
        fit_constrained_logistic(X, counts, gaps=gaps, largest_gap=min(largest_gap, 50.0))
        for gaps in ([gap], [gap, np.full(4, size)])
    )
    np.testing.assert_allclose(beside.coefficients, alone.coefficients, atol=1e-6)


def test_the_covariance_is_that_of_the_free_directions():
    X, counts, _ = rows(5)
    plain = fit_logistic(X, counts)
    sign = -int(np.sign(plain.coefficients[0]))
    signs = np.sign(plain.coefficients)
    turned = X * signs * np.r_[-1, np.ones(3)]  # all coefficients positive but the first
    found = fit_constrained_logistic(turned, counts, sign=1)
    assert found.coefficients[0] == 0.0, sign
    without = fit_logistic(turned[:, 1:], counts)
    np.testing.assert_allclose(found.coefficients[1:], without.coefficients, atol=1e-5)
    kept = np.r_[0, 2:5]
    np.testing.assert_allclose(found.covariance[np.ix_(kept, kept)], without.covariance, rtol=1e-4)
    assert not found.covariance[1].any()


def test_on_a_gap_the_covariance_is_that_of_the_regression_on_its_face():
    X, counts, rng = rows(6)
    gap = rng.normal(size=4)
    found = fit_constrained_logistic(X, counts, gaps=[gap], largest_gap=0.1)
    side = np.sign(gap @ found.coefficients)
    offset = X @ (side * 0.1 * gap / (gap @ gap))
    basis = np.linalg.svd(gap[None, :])[2][1:].T  # directions that leave the gap as it is
    face = fit_logistic(X @ basis, counts, offset=offset)
    np.testing.assert_allclose(
        found.coefficients, side * 0.1 * gap / (gap @ gap) + basis @ face.coefficients, atol=1e-5
    )
    np.testing.assert_allclose(
        found.covariance[1:, 1:], basis @ face.covariance[1:, 1:] @ basis.T, rtol=1e-3, atol=1e-9
    )


def test_sampling_weights_give_the_sandwich():
    X, counts, rng = rows(7)
    weights = rng.uniform(0.5, 3.0, len(X))
    weighted, squared = counts * weights[:, None], counts * weights[:, None] ** 2
    found = fit_constrained_logistic(X, weighted, squared_weights=squared)
    plain = fit_logistic(X, weighted, squared_weights=squared)
    np.testing.assert_allclose(found.covariance, plain.covariance, rtol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"X": [[np.nan]], "counts": [[1, 1]]}, "X must be finite rows"),
        (
            {"X": [[1.0]], "counts": [[1, 0]]},
            "both classes need weight, got non-events 1 and events 0",
        ),
        (
            {"X": [[1.0]], "counts": [[1, 1]], "largest_gap": -1.0},
            "largest_gap must be at least 0, got -1.0",
        ),
        (
            {"X": [[1.0]], "counts": [[1, 1]], "gaps": [[1.0, 2.0]]},
            r"got shape \(1, 2\) for 1 columns",
        ),
        ({"X": [[1.0]], "counts": [[1, 1]], "gaps": [[np.nan]]}, "gaps must be finite, got nan"),
        ({"X": [[1.0]], "counts": [[1, 1]], "sign": 2}, "sign must be one of -1, 0, 1, got 2"),
    ],
)
def test_arguments_are_checked(arguments, text):
    with pytest.raises(ValueError, match=text):
        fit_constrained_logistic(**arguments)


def test_a_search_that_does_not_end_warns(monkeypatch):
    X, counts, _ = rows(0)
    monkeypatch.setattr("infotheory.scorecard.regression.constrained._MAX_ITERATIONS", 1)
    with pytest.warns(NotConvergedWarning, match="the constrained regression did not converge"):
        fit_constrained_logistic(X, counts, sign=1)

"""Regressions of a mean under signs: the best among all faces, held columns without errors."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from infotheory._patterns import Patterns
from infotheory._target_kinds import TargetKind
from infotheory.binning import OptimalBinner
from infotheory.exceptions import CoefficientSignWarning
from infotheory.scorecard import ScorecardRegressor
from infotheory.scorecard.links import LogLink, link_of_target
from infotheory.scorecard.regression.likelihood import with_intercept
from infotheory.scorecard.regression.means import fit_mean
from infotheory.scorecard.regression.signed import fit_signed_mean

LINKS = {
    "fraction": link_of_target("fraction"),
    "rate": LogLink(1.0),
    "amounts": LogLink(1.6),
    "continuous": link_of_target("continuous"),
}


def problem(name, seed, n_columns=4):
    """Return correlated columns, sums of rows, and their squares, of which some signs are wrong."""
    rng = np.random.default_rng(seed)
    n = 150
    common = rng.normal(size=n)
    X = 0.8 * common[:, None] + 0.6 * rng.normal(size=(n, n_columns))
    score = X @ rng.normal(scale=0.5, size=n_columns)
    kind = {"amounts": "rate"}.get(name, name)
    if kind == "fraction":
        y = rng.beta(1.0, np.exp(-score))
    elif kind == "rate":
        y = rng.poisson(np.exp(np.clip(score, -3.0, 3.0))) * rng.uniform(0.5, 2.0, n)
    else:
        y = 30.0 * score + 20.0 * rng.normal(size=n)
    patterns = Patterns.from_rows(np.arange(n)[:, None], y, kind=TargetKind(kind))
    parts = {"squared_weights": patterns.squared_weights, "crossed": patterns.crossed}
    return X, patterns.counts, parts


def value_of(link, X, sums, intercept, coefficients):
    return link.value(sums, with_intercept(X) @ np.r_[intercept, coefficients])


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize("sign", [-1, 1])
def test_it_is_the_best_of_all_faces(name, sign):
    held = 0
    for seed in range(12):
        X, sums, parts = problem(name, seed)
        link = LINKS[name]
        fit = fit_signed_mean(X, sums, sign=sign, link=link, **parts)
        assert (sign * fit.coefficients >= 0.0).all()
        held += (fit.coefficients == 0.0).any()

        best = -np.inf
        for free in itertools.product([False, True], repeat=X.shape[1]):
            columns = np.flatnonzero(free)
            other = fit_mean(X[:, columns], sums, link=link, **parts)
            if (sign * other.coefficients >= 0.0).all():
                coefficients = np.zeros(X.shape[1])
                coefficients[columns] = other.coefficients
                best = max(best, value_of(link, X, sums, other.intercept, coefficients))
        value = value_of(link, X, sums, fit.intercept, fit.coefficients)
        assert value == pytest.approx(best, rel=1e-9, abs=1e-7)
    assert held >= 6


def test_squares_are_those_of_nonnegative_least_squares():
    X, sums, parts = problem("continuous", 3, n_columns=8)
    fit = fit_signed_mean(X, sums, sign=1, link=LINKS["continuous"], **parts)
    # An intercept of either sign is two columns of one sign each.
    design = np.column_stack([np.ones(len(X)), -np.ones(len(X)), X])
    expected, _ = optimize.nnls(design, sums[:, 1])
    np.testing.assert_allclose(fit.coefficients, expected[2:], rtol=1e-7, atol=1e-7)
    assert fit.intercept == pytest.approx(expected[0] - expected[1], rel=1e-7)


def test_right_signs_are_the_free_fit_bit_for_bit():
    X, sums, parts = problem("fraction", 0, n_columns=1)
    free = fit_mean(X, sums, link=LINKS["fraction"], **parts)
    sign = int(np.sign(free.coefficients[0]))
    signed = fit_signed_mean(X, sums, sign=sign, link=LINKS["fraction"], **parts)
    assert signed.coefficients.tolist() == free.coefficients.tolist()
    held = fit_signed_mean(X, sums, sign=-sign, link=LINKS["fraction"], **parts)
    assert held.coefficients.tolist() == [0.0]
    assert held.covariance[1].tolist() == [0.0, 0.0]


def test_a_ridge_keeps_its_size():
    X, sums, parts = problem("rate", 1)
    options = {"sign": -1, "link": LINKS["rate"], "penalty": "ridge", **parts}
    loose, tight = (fit_signed_mean(X, sums, alpha=a, **options) for a in (1e-6, 1e3))
    assert np.abs(tight.coefficients).sum() < np.abs(loose.coefficients).sum()


def test_a_card_of_a_mean_is_held_to_its_signs():
    rng = np.random.default_rng(0)
    n = 2000
    strong = rng.normal(size=n)
    turned = strong + 0.8 * rng.normal(size=n)
    y = np.exp(0.9 * strong - 0.35 * turned + 0.3 * rng.normal(size=n))
    X = pd.DataFrame({"strong": strong, "turned": turned})
    binner = OptimalBinner(target_type="rate").fit(X, y)

    with pytest.warns(CoefficientSignWarning, match="signs='constrained'"):
        ScorecardRegressor(OptimalBinner(), target_type="rate").fit(X, y)
    card = ScorecardRegressor(target_type="rate", signs="constrained").fit(X, y)
    assert card.coef_[1] == 0.0
    assert card.held_.tolist() == [False, True]
    assert np.ptp(card.points_["turned"]) == 0.0
    alone = ScorecardRegressor(target_type="rate").fit(X[["strong"]], y)
    np.testing.assert_allclose(card.predict(X), alone.predict(X[["strong"]]), rtol=1e-9)
    assert binner.woe_sign == "nonevent"

    again = ScorecardRegressor.from_json(card.to_json())
    assert again.signs == "constrained"
    np.testing.assert_array_equal(again.predict(X), card.predict(X))

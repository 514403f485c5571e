"""Sums over pairs of codes: what covariances of a card are made of."""

import numpy as np
import pytest

from infotheory.binning import OptimalBinner
from infotheory.datasets import make_portfolio
from infotheory.scorecard import Scorecard
from infotheory.scorecard._fit import patterns_of_rows
from infotheory.scorecard.regression._pairs_kernel import joint_sums
from infotheory.scorecard.regression.coefficients import stacked_covariance
from infotheory.scorecard.regression.contributions import contribution_covariance
from infotheory.scorecard.regression.logistic import fit_logistic
from infotheory.scorecard.regression.regressors import columns_of, regressors_of


@pytest.mark.parametrize("sizes", [[3, 1, 4], [40, 2, 9] * 3 + [50, 1]], ids=["few", "many"])
@pytest.mark.parametrize("n_sums", [1, 7, 8, 11])
def test_sums_of_pairs_are_products_with_indicators(n_sums, sizes):
    """A table of many places is counted in parts."""
    rng, n_places = np.random.default_rng(n_sums), sum(sizes)
    codes = np.column_stack([rng.integers(0, size, 50) for size in sizes])
    values, starts = rng.normal(size=(n_sums, 50)), np.r_[0, np.cumsum(sizes)[:-1]]
    indicators = (codes[:, :, None] + starts[:, None] == np.arange(n_places)).sum(axis=1)
    expected = np.einsum("ni,kn,nj->kij", indicators, values, indicators)
    np.testing.assert_allclose(joint_sums(codes, starts, values, n_places), expected, atol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_covariance_of_pairs_is_that_of_rows(weighted):
    """Influences row by row, whose outer products are summed, say the same to rounding."""
    rng = np.random.default_rng(2)
    made = make_portfolio(3000, numeric=[0.2, 0.1, 0.1], event_rate=0.2, random_state=2)
    weights = rng.uniform(0.5, 2.0, 3000) if weighted else None
    card = Scorecard(OptimalBinner()).fit(made.X, made.y, weights)
    patterns = patterns_of_rows(card.binner_, made.X, made.y, weights)
    regressors = regressors_of(card.binner_, patterns)
    fit = fit_logistic(
        patterns.design(columns_of(regressors)),
        patterns.counts,
        squared_weights=patterns.squared_weights if weighted else None,
    )
    by_rows = stacked_covariance(fit, patterns, regressors)
    by_pairs, _ = contribution_covariance(fit, patterns, regressors)
    np.testing.assert_allclose(by_pairs, by_rows, rtol=1e-9, atol=1e-12 * by_rows.max())

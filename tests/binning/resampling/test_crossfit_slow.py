"""Monte-Carlo studies: size and power of the permutation test, coverage of cross-fitting."""

import numpy as np
import pytest
from scipy import stats

from infotheory.binning import OptimalBinner, cross_fitted_information_value, permutation_test

pytestmark = pytest.mark.slow
N_ROWS = 2000


def portfolio(rng, n_features, slope, n_rows=N_ROWS):
    """Independent normal features with log odds that rise by ``slope``; a target each."""
    X = rng.normal(size=(n_rows, n_features))
    odds = np.exp(-1.4 - slope**2 / 8 + slope * X)
    return X, (rng.random(X.shape) < odds / (1 + odds)).astype(int)


def p_values(rng, n_features, slope, n_permutations, n_rows=N_ROWS):
    X, y = portfolio(rng, n_features, slope, n_rows)
    learnt, fixed = np.empty((2, n_features))
    for i in range(n_features):
        test = permutation_test(
            OptimalBinner(), X[:, [i]], y[:, i], n_permutations=n_permutations, rng=i
        )
        learnt[i] = test["x0"].p_value
        cells = np.searchsorted(np.quantile(X[:, i], np.arange(0.1, 1.0, 0.1)), X[:, i])
        counts = np.stack([np.bincount(cells[y[:, i] == c], minlength=10) for c in (0, 1)])
        fixed[i] = stats.chi2_contingency(counts, correction=False).pvalue
    return learnt, fixed


def test_size_of_the_permutation_test():
    """With 19 draws ``p <= .05`` has probability exactly 1 / 20 under the null hypothesis."""
    learnt, _ = p_values(np.random.default_rng(1), 1500, 0.0, 19)
    rate = float((learnt <= 0.05).mean())
    print(f"noise called significant at 5 %: {rate:.4f} of 1500")
    assert 0.035 <= rate <= 0.065


def test_power_of_the_permutation_test_against_fixed_bins():
    """A slope of .224 is an information value of .05 for a normal feature."""
    learnt, fixed = p_values(np.random.default_rng(2), 200, np.sqrt(0.05), 59, n_rows=1000)
    power, reference = float((learnt <= 0.05).mean()), float((fixed <= 0.05).mean())
    print(f"power at IV .05, n = 1000: permutation {power:.3f}, ten fixed bins {reference:.3f}")
    assert 0.2 < reference < 0.95
    assert power >= 0.8 * reference


@pytest.mark.parametrize("n_folds", [2, 5])
def test_cross_fitted_value_of_noise_is_zero_and_its_interval_covers(n_folds):
    rng = np.random.default_rng(10 + n_folds)
    X, y = portfolio(rng, 3000 // n_folds, 0.0)
    estimates = [
        cross_fitted_information_value(OptimalBinner(), X[:, [i]], y[:, i], n_folds, rng=i)["x0"]
        for i in range(X.shape[1])
    ]
    values = np.array([estimate.value for estimate in estimates])
    errors = np.array([estimate.standard_error for estimate in estimates])
    covered = np.mean(
        [low <= 0.0 <= high for low, high in (estimate.interval() for estimate in estimates)]
    )
    print(
        f"{n_folds} folds: mean {values.mean():.5f}, sd {values.std():.5f}, se "
        f"{errors.mean():.5f}, {covered:.3f}"
    )
    assert abs(values.mean()) <= 2.0 * values.std(ddof=1) / np.sqrt(len(values))
    assert covered >= 0.93 - 2.0 * np.sqrt(0.95 * 0.05 / len(values))

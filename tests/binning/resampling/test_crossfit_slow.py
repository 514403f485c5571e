"""Monte-Carlo studies: size and power of the permutation test, coverage of cross-fitting."""

import numpy as np
import pytest
from scipy import optimize, stats

from infotheory.binning import OptimalBinner, cross_fitted_information_value, permutation_test
from infotheory.binning.resampling.crossfit import _split_table
from infotheory.binning.resampling.held_out import two_folds_left_out
from infotheory.binning.resampling.refit import rebinned_counts
from tests.studies import Study

pytestmark = pytest.mark.slow
N_ROWS = 2000


def portfolio(rng, n_features, slope, n_rows=N_ROWS):
    """Independent normal features with log odds that rise by ``slope``; a target each."""
    X = rng.normal(size=(n_rows, n_features))
    odds = np.exp(-1.4 - slope**2 / 8 + slope * X)
    return X, (rng.random(X.shape) < odds / (1 + odds)).astype(int)


def p_values(rng, n_features, slope, n_permutations, n_rows=N_ROWS):
    """Those of learnt bins and of ten fixed ones, feature by feature."""
    X, y = portfolio(rng, n_features, slope, n_rows)
    for i in range(n_features):
        test = permutation_test(
            OptimalBinner(), X[:, [i]], y[:, i], n_permutations=n_permutations, rng=i
        )
        cells = np.searchsorted(np.quantile(X[:, i], np.arange(0.1, 1.0, 0.1)), X[:, i])
        counts = np.stack([np.bincount(cells[y[:, i] == c], minlength=10) for c in (0, 1)])
        yield test["x0"].p_value, stats.chi2_contingency(counts, correction=False).pvalue


def test_size_of_the_permutation_test():
    """With 19 draws ``p <= .05`` has probability exactly 1 / 20 under the null hypothesis."""
    # three standard errors of 160 samples
    study = Study(160, rejects=(0.0, 0.102))
    drawn = p_values(np.random.default_rng(1), study.most, 0.0, 19)
    for _, (learnt, _) in zip(study, drawn, strict=False):
        study.note(rejects=learnt <= 0.05)
    study.check("noise")


def test_power_of_the_permutation_test_against_fixed_bins():
    """A slope of .224 is an information value of .05 for a normal feature."""
    drawn = [*p_values(np.random.default_rng(2), 60, np.sqrt(0.05), 39, n_rows=1000)]
    learnt, fixed = np.transpose(drawn)
    power, reference = float((learnt <= 0.05).mean()), float((fixed <= 0.05).mean())
    print(f"power at IV .05, n = 1000: permutation {power:.3f}, ten fixed bins {reference:.3f}")
    assert 0.2 < reference < 0.95
    assert power >= 0.8 * reference


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("n_folds", [2, 5])
def test_cross_fitted_value_of_noise_is_zero_and_its_interval_covers(n_folds):
    rng = np.random.default_rng(10 + n_folds)
    X, y = portfolio(rng, 600 // n_folds, 0.0)
    estimates = [
        cross_fitted_information_value(OptimalBinner(), X[:, [i]], y[:, i], n_folds, rng=i)["x0"]
        for i in range(X.shape[1])
    ]
    values = np.array([estimate.value for estimate in estimates])
    errors = np.array([estimate.standard_error for estimate in estimates])
    covered = np.mean(
        [
            low <= 0.0 <= high
            for low, high in (estimate.interval() for estimate in estimates)
            if not np.isnan(low)  # withheld: a bin of a fold expects too few events
        ]
    )
    shown = np.mean([estimate.reason is None for estimate in estimates])
    print(
        f"{n_folds} folds: mean {values.mean():.5f}, sd {values.std():.5f}, se "
        f"{errors.mean():.5f}, {covered:.3f}, shown {shown:.3f}"
    )
    assert abs(values.mean()) <= 2.0 * values.std(ddof=1) / np.sqrt(len(values))
    assert covered >= 0.93 - 2.0 * np.sqrt(0.95 * 0.05 / len(values))


def shares_of_values(value, shape, k=20):
    """Shares of k values in two classes with a given information value."""
    p = (
        np.full(k, 1.0 / k)
        if shape != "skewed"
        else 0.85 ** np.arange(k) / sum(0.85 ** np.arange(k))
    )
    tilt = {
        "monotone": np.linspace(-1, 1, k),
        "skewed": np.linspace(-1, 1, k),
        "U": np.linspace(-1, 1, k) ** 2,
        "zigzag": np.where(np.arange(k) // 4 % 2 == 0, 1.0, -1.0),
        "step": (np.arange(k) >= k // 2).astype(float),
    }[shape]

    def law(strength):
        q = p * np.exp(strength * tilt)
        return q / q.sum()

    def miss(strength):
        return float((p - law(strength)) @ np.log(p / law(strength))) - value

    return p, law(optimize.brentq(miss, 0.0, 20.0)) if value else p


#: Rows, event rate, value, shape, folds, options of the binner.
SETTINGS = [
    (5000, 0.1, 0.0, "monotone", 5, {}),
    (5000, 0.1, 0.01, "monotone", 5, {}),
    (5000, 0.1, 0.02, "monotone", 5, {}),
    (5000, 0.1, 0.1, "monotone", 5, {}),
    (5000, 0.1, 0.3, "monotone", 5, {}),
    (20_000, 0.02, 0.1, "step", 5, {}),
    (1000, 0.1, 0.2, "monotone", 5, {}),
    (10_000, 0.01, 0.05, "monotone", 5, {}),
    (10_000, 0.05, 0.05, "U", 5, {"monotonic_trend": None}),
    (3000, 0.15, 0.2, "skewed", 5, {}),
    (20_000, 0.02, 0.06, "zigzag", 5, {"monotonic_trend": None}),
    (5000, 0.1, 0.05, "monotone", 3, {}),
    (5000, 0.1, 0.05, "monotone", 10, {}),
    (4000, 0.3, 0.5, "monotone", 5, {"max_n_bins": 3}),
    (2000, 0.3, 0.03, "skewed", 4, {"monotonic_trend": None, "max_n_bins": 10}),
]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_coverage_of_cross_fitting_with_real_effects(setting):
    """The truth is the information value, in the population, of the bins that were learnt."""
    rows, rate, value, shape, n_folds, options = setting
    rng = np.random.default_rng([3, SETTINGS.index(setting)])
    p, q = shares_of_values(value, shape)
    study = Study(80, covers=(0.95 - 2.0 * np.sqrt(0.05 * 0.95 / 80), 1.0))
    estimates, truths = [], []
    for _ in study:
        y = (rng.random(rows) < rate).astype(int)
        values = np.where(y, rng.choice(20, rows, p=q), rng.choice(20, rows, p=p))
        binner = OptimalBinner(**options).fit(values[:, None].astype(float), y)
        bins = binner.features_["x0"]
        places = bins.prebinned()[0].encode(np.arange(20.0))
        worth = []

        def learn(training, binner=binner, bins=bins, places=places, worth=worth):
            groups = rebinned_counts(binner, bins, training)[1]
            first, second = (np.bincount(groups[places], law) for law in (p, q))
            held = first > 0
            worth.append(float(((first - second)[held]) @ np.log(first[held] / second[held])))
            return groups

        folds = _split_table(bins.prebinned()[1], n_folds, rng)
        estimate = two_folds_left_out(folds, learn, "haldane")
        low, high = estimate.interval()
        truths.append(np.mean(worth))
        estimates.append(estimate.value)
        if not np.isnan(low):
            study.note(covers=low <= truths[-1] <= high)
    study.check(f"{setting}, mean {np.mean(estimates):.4f} for {np.mean(truths):.4f}")
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - np.mean(truths)) <= 3.0 * error

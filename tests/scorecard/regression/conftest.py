"""A joint law of three dependent characteristics and the class, and samples of it as patterns."""

import itertools

import numpy as np
from scipy import stats

from infotheory._patterns import Patterns
from infotheory.evidence.binned_samples import BinnedSamples
from infotheory.evidence.woe import woe_values
from infotheory.scorecard.regression.logistic import fit_logistic
from infotheory.scorecard.regression.regressors import Regressor, columns_of

SIZES = (4, 3, 5)
CODES = np.array(list(itertools.product(*map(range, SIZES))))


def law(last=(0.3, 0.1, 0.0, -0.2, -0.4), correlation=0.4, sizes=SIZES):
    """Joint law of three dependent characteristics (normal cells) and the class."""
    rng = np.random.default_rng(0)
    covariance = np.full((3, 3), correlation) + (1 - correlation) * np.eye(3)
    z = rng.multivariate_normal(np.zeros(3), covariance, size=200_000)
    cells = [
        np.searchsorted(stats.norm.ppf(np.arange(1, k) / k), z[:, f]) for f, k in enumerate(sizes)
    ]
    codes = np.array(list(itertools.product(*map(range, sizes))))
    base = np.bincount(np.ravel_multi_index(cells, sizes), minlength=len(codes)) / len(z)
    eta = (
        -1.5
        + np.array([0.8, 0.2, -0.3, -0.7])[codes[:, 0]]
        + np.array([0.5, 0.0, -0.5])[codes[:, 1]]
    )
    p = 1.0 / (1.0 + np.exp(-eta - np.array(last)[codes[:, 2]]))
    return np.stack([base * (1.0 - p), base * p], axis=1)


def patterns_of(counts, squared=None):
    kept = counts.sum(axis=1) > 0
    own = counts[kept]
    return Patterns(CODES[kept], own, own if squared is None else squared[kept])


def regressors_of(patterns):
    tables = [patterns.counts_by_code(f, k) for f, k in enumerate(SIZES)]
    samples = [BinnedSamples(t[:, 0], t[:, 1], t[:, 0], t[:, 1]) for t in tables]
    return [Regressor(woe_values(s.first, s.second), s) for s in samples]


def solve(counts):
    patterns = patterns_of(counts)
    return fit_logistic(patterns.design(columns_of(regressors_of(patterns))), patterns.counts)


def random_rows(n=700, n_features=4, seed=3, weighted=True):
    """Patterns with weights of their own, and weights of evidence estimated on them."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, n_features))
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(1.0 - 0.5 * codes[:, 0] + 0.4 * codes[:, 1]))).astype(
        float
    )
    patterns = Patterns.from_rows(codes, y, rng.uniform(0.5, 2.0, n) if weighted else None)
    tables = [patterns.counts_by_code(f, 5) for f in range(n_features)]
    samples = [BinnedSamples(t[:, 0], t[:, 1], t[:, 0], t[:, 1]) for t in tables]
    return patterns, [Regressor(woe_values(s.first, s.second), s) for s in samples]


def draws(table, n, replicates, rng, weights):
    """Count tables of samples; with weights each row has weight 1 or 3, unrelated to anything."""
    for _ in range(replicates):
        if not weights:
            counts = rng.multinomial(n, table.ravel()).reshape(-1, 2).astype(float)
            yield counts, None
        else:
            light = rng.multinomial(n // 2, table.ravel()).reshape(-1, 2)
            heavy = rng.multinomial(n // 2, table.ravel()).reshape(-1, 2)
            yield light + 3.0 * heavy, light + 9.0 * heavy

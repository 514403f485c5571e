"""What the noise of ranks does to the information of a Gaussian copula.

Normal scores of ranks have the first-order law of the normal variables behind them. To second order
they have not: every margin is bent by the error of its own distribution function. Where columns
hardly differ (strong dependence, or a condition that explains most of them) what is left of them is
small beside that. Samples of the fitted copula tell how much: the same normal draws with and
without ranks, so that what both share cancels.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory.estimation.measurements._gaussian import scores_of_draws

__all__ = ["NO_NOISE", "RankNoise", "rank_noise"]

# Rows of a sample: of more rows the noise follows from its rates.
_MOST_ROWS = 500

# Rows of all samples together and the most and fewest samples, of which very many columns have
# fewer. The seed makes results repeat.
_ROWS_OF_ALL = 50_000
_MOST_NUMBERS = 2_000_000
_SAMPLES = (20, 400)
_SEED = 20261201

# In samples of fewer rows a column ranks another's rows without an error every now and then.
_ROWS_A_COLUMN = 3

_ROUNDING = 1e-12


class RankNoise(NamedTuple):
    """Beside Pearson's correlations of the normal variables."""

    # Bias of the plug-in, in nats; infinite where ranks may determine each other
    bias: float
    # Its variance over theirs, at least 1
    spread: float
    # Mean of `2 n I` where x and y are independent given the condition, less that of theirs
    excess: float


NO_NOISE = RankNoise(bias=0.0, spread=1.0, excess=0.0)


def rank_noise(scores: FloatArray, n_x: int, n_y: int) -> RankNoise:
    """Noise of the ranks of columns x, then y, then the condition, from their normal scores."""
    n_rows, n_columns = scores.shape
    if n_rows < _ROWS_A_COLUMN * (n_columns + 2):
        return NO_NOISE
    scores, n_x, n_y = _in_one_order(scores, n_x, n_y)
    fitted = _with_signs_of_its_own(np.asarray(np.corrcoef(scores, rowvar=False)))

    rows = min(n_rows, _MOST_ROWS)
    samples = int(np.clip(min(_ROWS_OF_ALL, _MOST_NUMBERS // n_columns) // rows, *_SAMPLES))
    normal = _draws(samples, n_columns, rows)
    ranked, plain = _informations(normal, fitted, n_x, n_y)
    if not np.isfinite(ranked).all():
        return RankNoise(np.inf, 1.0, 0.0)

    # To second order the bias falls with the rows, and what the variance has with their root.
    bias = float((ranked - plain).mean()) * rows / n_rows
    spread = max(1.0, float(ranked.var() / plain.var()))
    spread = 1.0 + (spread - 1.0) * np.sqrt(rows / n_rows)

    # Ranks of variables that are independent without a condition know nothing of each other.
    excess = 0.0
    if n_columns > n_x + n_y:
        ranked, plain = _informations(normal, _without_link(fitted, n_x, n_y), n_x, n_y)
        excess = 2.0 * rows * float((ranked - plain).mean())
    return RankNoise(bias, float(spread), max(0.0, excess))


@lru_cache(maxsize=1)
def _draws(samples: int, n_columns: int, rows: int) -> FloatArray:
    """Draw normal columns, which pairs of one table ask for again and again."""
    normal = np.random.default_rng(_SEED).standard_normal((samples, n_columns, rows))
    normal.flags.writeable = False
    return normal


def _in_one_order(scores: FloatArray, n_x: int, n_y: int) -> tuple[FloatArray, int, int]:
    """Put x and y in an order that does not depend on which of them is called x."""
    x, y, z = np.split(scores, [n_x, n_x + n_y], axis=1)
    keys = [
        (part.shape[1], round(float(np.abs(np.corrcoef(np.hstack([part, z]).T)).sum()), 9))
        for part in (x, y)
    ]
    return (np.hstack([y, x, z]), n_y, n_x) if keys[1] < keys[0] else (scores, n_x, n_y)


def _with_signs_of_its_own(correlations: FloatArray) -> FloatArray:
    """Turn columns so that none has a negative correlation with the first."""
    signs = np.where(correlations[0] < 0.0, -1.0, 1.0)
    return correlations * np.outer(signs, signs)


def _without_link(fitted: FloatArray, n_x: int, n_y: int) -> FloatArray:
    """Correlations with x and y independent given the condition."""
    x, y, z = np.split(np.arange(len(fitted)), [n_x, n_x + n_y])
    between = fitted[np.ix_(x, z)] @ np.linalg.solve(fitted[np.ix_(z, z)], fitted[np.ix_(z, y)])
    changed = fitted.copy()
    changed[np.ix_(x, y)], changed[np.ix_(y, x)] = between, between.T
    return changed


def _informations(
    normal: FloatArray, correlations: FloatArray, n_x: int, n_y: int
) -> tuple[FloatArray, FloatArray]:
    """Plug-ins of normal samples with these correlations, by ranks and by the values."""
    ridge = _ROUNDING * np.eye(len(correlations))
    columns = np.linalg.cholesky(correlations + ridge) @ normal

    # Scores need no length: determinants of the parts cancel it.
    scores = scores_of_draws(columns)
    columns -= columns.mean(axis=-1, keepdims=True)
    return _partial_information(scores, n_x, n_y), _partial_information(columns, n_x, n_y)


def _partial_information(columns: FloatArray, n_x: int, n_y: int) -> FloatArray:
    """``log(|xz| |yz| / (|z| |xyz|)) / 2`` of each sample."""
    products = columns @ columns.swapaxes(-1, -2)
    x, y, z = np.split(np.arange(columns.shape[1]), [n_x, n_x + n_y])

    def log_determinant(*parts: IntArray) -> FloatArray:
        chosen = np.concatenate(parts)
        return np.asarray(np.linalg.slogdet(products[:, chosen[:, None], chosen])[1])

    margins = log_determinant(x, z) + log_determinant(y, z)
    return 0.5 * (margins - log_determinant(z) - log_determinant(x, y, z))

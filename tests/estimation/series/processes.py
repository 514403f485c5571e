"""Processes whose information is known in closed form."""

import numpy as np
from scipy import linalg, signal


def driven(a, b, c, n_steps, rng, *, lag=1):
    """``x' = a x + e`` and ``y' = b y + c x + n`` with unit noise, x acting ``lag`` steps later."""
    e, noise = rng.normal(size=(2, n_steps + 300))
    x = signal.lfilter([1], [1, -a], e)
    y = signal.lfilter([1], [1, -b], np.r_[np.zeros(lag), c * x[:-lag]] + noise)
    return x[300:], y[300:]


def autoregressive(coefficients, n_steps, rng):
    noise = rng.normal(size=n_steps + 300)
    return signal.lfilter([1], [1, *(-np.asarray(coefficients))], noise)[300:]


def noisy(series, rng, share=0.5):
    """A series beneath noise of a share of its deviation, which makes every history too short."""
    return series + share * series.std() * rng.normal(size=series.size)


def sticky(stay, n_steps, rng, *, flips=0.0):
    """Two states, each kept with a probability; some labels are read wrongly."""
    states = np.cumsum(rng.random(n_steps) > stay) % 2
    return states ^ (rng.random(n_steps) < flips)


def evoked(n_trials, n_steps, rng):
    """Trials of two series that share a response and nothing else."""
    response = 2.0 * np.sin(np.arange(n_steps) / 3.0)
    return [
        np.column_stack([response, np.roll(response, 1)]) + rng.normal(size=(n_steps, 2))
        for _ in range(n_trials)
    ]


class Linear:
    """Information in a stationary vector autoregression of order 1, from its autocovariances."""

    def __init__(self, matrix):
        self._matrix = np.asarray(matrix, dtype=float)
        size = len(self._matrix)
        self._covariance = linalg.solve_discrete_lyapunov(self._matrix, np.eye(size))

    def covariance(self, places):
        """Covariance of (variable, lag) pairs."""

        def between(first, second):
            (a, p), (b, q) = first, second
            if p > q:
                return between(second, first)
            moved = np.linalg.matrix_power(self._matrix, q - p) @ self._covariance
            return moved[a, b]

        return np.array([[between(one, other) for other in places] for one in places])

    def information(self, y, x, z):
        """``I(y; x | z)`` of (variable, lag) pairs."""

        def log_det(*parts):
            places = [place for part in parts for place in part]
            return np.linalg.slogdet(self.covariance(places))[1] if places else 0.0

        return (log_det(y, z) + log_det(x, z) - log_det(y, x, z) - log_det(z)) / 2

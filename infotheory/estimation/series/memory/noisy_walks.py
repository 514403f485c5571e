"""Random walks beneath white noise that look like given series, drawn without transfer.

Autoregressions of few lags forget what lies beneath noise: of a walk they see a root below 1, and
what they draw remembers too little. The steps of a walk beneath noise are a moving average of one
lag, ``y_t - y_(t-1) = e_t - theta e_(t-1)``, whose one number the steps tell well.
"""

import numpy as np

from infotheory._later import signal as signal_tools
from infotheory._typing import BoolArray, FloatArray

__all__ = ["NoisyWalks"]

#: Shares of noise that are tried: 0 is a walk, and 1 would be noise alone.
_SHARES = 1.0 - np.geomspace(1.0, 0.005, 40)
#: The largest share of walks that autoregressions draw as well.
_LEAST_SHARE = 0.25
#: Twice the logarithm of the likelihood by which autoregressions must be better than walks: what
#: .95 of walks stay below (Dickey and Fuller 1979).
_TOLD = 8.2
#: The same by which the share of noise may be off, which is taken too small rather than too large.
_NEAR = 1.0
#: Powers of a share that are left of a shock after so many times what it lasts are rounding.
_FORGOTTEN = 40.0


class NoisyWalks:
    """Walks beneath noise with the shares of noise of some series, of shape (n_steps, d).

    ``gaps`` are steps without a value, which lie on the line between those beside them.
    """

    def __init__(self, series: FloatArray, gaps: BoolArray) -> None:
        places = np.arange(len(series))
        filled = [
            np.interp(places, places[~gap], column[~gap])
            for column, gap in zip(series.T, gaps.T, strict=True)
        ]
        steps = np.diff(np.column_stack(filled), axis=0)
        found = [_share_and_shocks(one) for one in (steps - steps.mean(axis=0)).T]
        self._n_steps = len(series)
        self._shares = np.array([share for share, _ in found])
        # Shocks of one step are drawn together: series without transfer may move at once.
        self._shocks = np.column_stack([shocks for _, shocks in found])
        self._shocks -= self._shocks.mean(axis=0)

    def may_be(self, shocks: FloatArray) -> bool:
        """Tell whether all series may be walks, and some lie beneath noise.

        ``shocks`` are what autoregressions leave of them, with the variance of new steps.
        """
        likely = np.exp(_TOLD / len(shocks)) * shocks.var(axis=0)
        walks = self._shocks.var(axis=0, ddof=2) <= likely
        return bool(self._shares.max() > _LEAST_SHARE and walks.all())

    def draw(self, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw series, of shape (n_draws, n_steps, d)."""
        picked = rng.integers(len(self._shocks), size=(n_draws, self._n_steps))
        shocks = self._shocks[picked]
        # A step is its shock, less the share of it that was noise from the next step on.
        walked = np.cumsum(shocks, axis=1) - shocks
        return np.asarray(shocks + (1.0 - self._shares) * walked)


def _share_and_shocks(steps: FloatArray) -> tuple[float, FloatArray]:
    """Return the least share of noise that leaves about the smallest shocks, and these."""
    found = []
    for share in _SHARES:
        shocks = signal_tools.lfilter([1.0], [1.0, -share], steps)
        # The shock before the first step is not known, and is forgotten as slowly.
        last = min(steps.size, int(_FORGOTTEN / (1.0 - share)))
        first = share ** np.arange(1.0, last + 1.0)
        scale = float(first @ first)
        shocks[:last] -= (float(first @ shocks[:last]) / scale if scale > 0.0 else 0.0) * first
        found.append((float(shocks @ shocks), float(share), shocks))
    # Of few steps noise alone is often the likeliest, which has nothing beneath it.
    limit = min(one[0] for one in found) * np.exp(_NEAR / steps.size)
    _, share, shocks = next(one for one in found if one[0] <= limit)
    return share, shocks

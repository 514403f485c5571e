"""Rows that remember those before them, as steps of series do, beside errors of independent rows.

The variance of the covariance of two columns grows by ``1 + 2 sum_h r(h) s(h)``, with their
autocorrelations r and s (Bartlett 1935): two columns of one multiplet must remember.
"""

import numpy as np
from scipy import special

from infotheory._typing import FloatArray
from infotheory._warnings import warn
from infotheory.estimation.series.memory.long_run import autocorrelations
from infotheory.exceptions import ApproximationWarning

__all__ = ["warn_of_memory"]

#: Share by which a variance may grow, and how seldom independent rows of all columns say so.
_MOST_GROWTH, _SIZE = 0.1, 0.001
#: Columns that remember the most, of which all pairs are looked at.
_MOST_COLUMNS = 50
#: Rows that are enough to see a memory, and numbers that one transform may hold.
_MOST_ROWS, _MOST_NUMBERS = 32_768, 4_000_000


def warn_of_memory(columns: FloatArray) -> None:
    """Warn where columns, of shape (n_rows, n_columns), remember the rows before."""
    n_rows = min(len(columns), _MOST_ROWS)
    # Some columns at a time: transforms of all of them would take more room than the columns.
    at_once = max(1, _MOST_NUMBERS // n_rows)
    memory = np.hstack(
        [
            autocorrelations(some - some.mean(axis=0))[1:]
            for first in range(0, columns.shape[1], at_once)
            for some in [columns[:n_rows, first : first + at_once]]
        ]
    )
    # Of many columns and lags the largest is noise of its own.
    limit = special.ndtri(1.0 - 0.5 * _SIZE / memory.size) / np.sqrt(n_rows)
    noticed = np.where(np.abs(memory) > limit, memory, 0.0)
    noticed = noticed[:, np.argsort(-(noticed**2).sum(axis=0))[:_MOST_COLUMNS]]
    shared = 2.0 * noticed.T @ noticed
    np.fill_diagonal(shared, 0.0)
    growth = float(shared.max())
    if growth > _MOST_GROWTH:
        message = (
            f"rows remember those before them (variances grow by a factor of up to "
            f"{1.0 + growth:.3g}), and errors and tests are those of independent rows: "
            "they are too small for the steps of series; take steps that lie further apart. Rows "
            "that were sorted are to be shuffled"
        )
        warn(message, ApproximationWarning)

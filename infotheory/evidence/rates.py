"""Event rates by bin, with intervals."""

import numpy as np
import pandas as pd
from scipy import stats

from infotheory.inference import kish_size
from infotheory.tables import CountTable

__all__ = ["event_rates"]


def event_rates(table: CountTable, *, level: float = 0.95) -> pd.DataFrame:
    """Event rate of each bin with Jeffreys's interval.

    The interval holds the middle ``level`` of the law Beta(d + 1/2, n - d + 1/2) for d events among n rows; its lower
    end is 0 at d = 0 and its upper end 1 at d = n. With sampling weights, n is the Kish size of the bin.

    Parameters
    ----------
    table : CountTable
        Counts, summed over groups.
    level : float
        Coverage of the intervals, strictly between 0 and 1.

    Returns
    -------
    DataFrame of shape (n_bins, 3)
        ``event_rate``, ``low``, ``high``, between 0 and 1; NaN for an empty bin.

    Raises
    ------
    ValueError
        If ``level`` is not strictly between 0 and 1.

    References
    ----------
    .. [1] L. D. Brown, T. T. Cai, A. DasGupta, Interval estimation for a binomial proportion, Statistical Science 16
       (2001) 101-133, doi:10.1214/ss/1009213286, section 4.1.3.

    Examples
    --------
    >>> event_rates(CountTable.from_counts([10, 5], [0, 5])).round(3).to_numpy().tolist()
    [[0.0, 0.0, 0.217], [0.5, 0.224, 0.776]]
    """
    if not 0.0 < level < 1.0:
        message = f"level must lie strictly between 0 and 1, got {level!r}; use 0.95 for a 95 % interval"
        raise ValueError(message)
    plain = table.without_groups()
    total = plain.counts.sum(axis=1)
    rate = np.divide(plain.events, total, out=np.full(total.shape, np.nan), where=total > 0.0)
    squared = plain.squared_weights.sum(axis=1)
    size = np.array([kish_size(*pair) for pair in zip(total.tolist(), squared.tolist(), strict=True)])
    tails = [
        stats.beta.ppf(q, rate * size + 0.5, (1.0 - rate) * size + 0.5) for q in (0.5 - level / 2, 0.5 + level / 2)
    ]
    low, high = np.where(rate == 0.0, 0.0, tails[0]), np.where(rate == 1.0, 1.0, tails[1])
    return pd.DataFrame({"event_rate": rate, "low": low, "high": high})

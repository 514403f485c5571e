"""Event rates by bin, with intervals."""

import numpy as np
import pandas as pd

from infotheory.inference import kish_size
from infotheory.laws import jeffreys_bounds
from infotheory.tables import CountTable

__all__ = ["event_rates"]


def event_rates(table: CountTable, *, level: float = 0.95) -> pd.DataFrame:
    """Event rate of each bin with Jeffreys's interval.

    The interval holds the middle ``level`` of the law Beta(d + 1/2, n - d + 1/2) for d events among
    n rows; its lower end is 0 at d = 0 and its upper end 1 at d = n. With sampling weights, n is
    the Kish size of the bin.

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
    .. [1] L. D. Brown, T. T. Cai, A. DasGupta, Interval estimation for a binomial proportion,
       Statistical Science 16 (2001) 101-133, doi:10.1214/ss/1009213286, section 4.1.3.

    Examples
    --------
    >>> event_rates(CountTable.from_counts([10, 5], [0, 5])).round(3).to_numpy().tolist()
    [[0.0, 0.0, 0.217], [0.5, 0.224, 0.776]]
    """
    plain = table.without_groups()
    total = plain.counts.sum(axis=1)
    rate = np.divide(plain.events, total, out=np.full(total.shape, np.nan), where=total > 0.0)
    squared = plain.squared_weights.sum(axis=1)
    size = np.array(
        [kish_size(*pair) for pair in zip(total.tolist(), squared.tolist(), strict=True)]
    )
    low, high = jeffreys_bounds(rate, size, level)
    return pd.DataFrame({"event_rate": rate, "low": low, "high": high})

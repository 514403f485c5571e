"""Event rates by bin, with intervals."""

from infotheory._later import pd
from infotheory._shares import share_intervals, shares_of
from infotheory._validation import check_level
from infotheory.tables import CountTable

__all__ = ["event_rates"]


def event_rates(table: CountTable, *, level: float = 0.95) -> "pd.DataFrame":
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
    .. [2] E. L. Korn, B. I. Graubard, Confidence intervals for proportions with small expected
       number of positive counts estimated from survey data, Survey Methodology 24 (1998) 193-201.

    Examples
    --------
    >>> event_rates(CountTable.from_counts([10, 5], [0, 5])).round(3).to_numpy().tolist()
    [[0.0, 0.0, 0.217], [0.5, 0.224, 0.776]]
    """
    check_level(level)
    plain = table.without_groups()
    low, high = share_intervals(plain.counts, plain.squared_weights, level)
    rate = shares_of(plain.counts)[:, 1]
    return pd.DataFrame({"event_rate": rate, "low": low[:, 1], "high": high[:, 1]})

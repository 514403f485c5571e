"""Chi-square tests of "events and non-events share one law over the bins"."""

import numpy as np
from scipy import special

from infotheory._later import pd, stats
from infotheory._numerics import bent_logarithm
from infotheory._typing import FloatArray
from infotheory._warnings import warn
from infotheory.estimation.discrete._independence import sparse_table_p_value
from infotheory.evidence._of_tables import of_tables
from infotheory.evidence.binned_samples import (
    BinnedSamples,
    fill_zero_cells,
    kish_sizes,
    repeated_rows,
    samples_of_table,
)
from infotheory.evidence.divergence import divergence_parts
from infotheory.evidence.weighted_laws import (
    equality_p_values,
    factors_of_equality,
    merge_rare,
    pearson_statistic,
    reason_of_weights,
)
from infotheory.exceptions import WithheldWarning
from infotheory.tables import CountTable

__all__ = ["independence_tests"]

#: Of numbers of rows behind sums of equal weights, relative and in rows.
_ROUNDING = 1e-9


@of_tables(1, "CountTable.from_codes(codes, y)")
def independence_tests(table: CountTable, *, zero_cells: str | float = "haldane") -> "pd.DataFrame":
    """Test that a characteristic carries no information on the class, by six statistics of one law.

    Under equality of the two laws each statistic is approximately chi-square with one degree of
    freedom less than there are non-empty bins. Pearson's is the one to report; the others show how
    far the approximation goes. Where bins are sparse, the p-values of Pearson's and of the
    likelihood ratio are those given the totals of bins and classes, which hold there; those of the
    others keep the chi-square, which does not.

    Parameters
    ----------
    table : CountTable
        Counts by bin and class; a group axis is summed over, empty bins do not count.
    zero_cells : {"haldane", "error"} or float
        Bins with rows of one class only, for the two statistics that are infinite there (Jeffreys,
        Kullback-Leibler).

    Returns
    -------
    pandas.DataFrame
        Indexed by test: "pearson" ``N_eff sum (p - q)^2 / pi``, "likelihood_ratio"
        ``2 n I(bin; class)``, "jeffreys" ``N_eff J``, "kullback_leibler" ``2 N_eff KL(p||q)``,
        "reverse_kullback_leibler" ``2 N_eff KL(q||p)``, "jensen_shannon" ``8 N_eff JS``. Columns
        ``statistic``, ``degrees_of_freedom``, ``p_value`` (1 where one bin is left). With weights
        all sizes are Kish sizes of the classes. Where weights vary, p-values are those of a scaled
        chi-square law with the mean and variance that the squared weights give (J. N. K. Rao and
        A. J. Scott, 1984, doi:10.1214/aos/1176346391), of bins that expect 10 effective rows of the
        smaller class, rarer ones merged; NaN where they leave none.

    Raises
    ------
    ValueError
        If the table lacks a class or ``zero_cells`` is not a known rule.

    Warns
    -----
    WithheldWarning
        If weights are too uneven for p-values.

    Examples
    --------
    >>> table = CountTable.from_counts([400, 300, 200, 100], [40, 50, 60, 50])
    >>> independence_tests(table).loc["pearson", "statistic"].round(4).item()
    57.3027
    """
    samples = samples_of_table(table)
    statistics = _statistics(samples, zero_cells)
    df = int(samples.occupied().sum()) - 1
    frame = pd.DataFrame({"statistic": statistics, "degrees_of_freedom": df})
    frame["p_value"] = stats.chi2.sf(frame["statistic"], df) if df else 1.0

    rows, equal_weights = repeated_rows(samples)
    if df and equal_weights:
        _put_sparse_p_values(frame, rows)
    elif df:
        frame["p_value"] = _weighted_p_values(samples, zero_cells)
        if frame["p_value"].isna().any():
            warn(f"no p-value: {reason_of_weights(samples, table.labels)}", WithheldWarning)
    return frame.rename_axis("test")


def _statistics(samples: BinnedSamples, zero_cells: str | float) -> "pd.Series":
    """Return the six statistics, each in the unit in which it is chi-square."""
    filled = fill_zero_cells(samples, zero_cells)
    statistic = {
        "pearson": pearson_statistic(samples),
        "likelihood_ratio": _likelihood_ratio(samples),
    }
    # That of Jensen and Shannon takes the counts as they are.
    for test, counts, divergence in (
        ("jeffreys", filled, "iv"),
        ("kullback_leibler", filled, "kl"),
        ("reverse_kullback_leibler", filled.swapped(), "kl"),
        ("jensen_shannon", samples, "js"),
    ):
        parts = divergence_parts(counts, divergence)
        statistic[test] = parts.n_effective * parts.value
    return pd.Series(statistic, dtype=np.float64)


def _put_sparse_p_values(frame: "pd.DataFrame", rows: BinnedSamples) -> None:
    """Put p-values given both margins in place of the chi-square's, where bins are sparse."""
    # Rows of one weight are known up to rounding. Parts of rows have no margins that fix a law.
    counts = np.stack([rows.first, rows.second])[:, rows.occupied()]
    whole = np.rint(counts)
    if not np.allclose(counts, whole, rtol=_ROUNDING, atol=_ROUNDING):
        return
    statistic = float(frame.loc["likelihood_ratio", "statistic"])
    p_value = sparse_table_p_value(statistic, whole.sum(axis=0), whole.sum(axis=1))
    if p_value is None:
        return

    # Only these two have a law given both margins; the divergences keep that of large samples.
    frame.loc["likelihood_ratio", "p_value"] = p_value
    frame.loc["pearson", "p_value"] = float(equality_p_values(rows))


def _weighted_p_values(samples: BinnedSamples, zero_cells: str | float) -> FloatArray | float:
    """Return p-values by the law of weights that vary; NaN where they leave too few rows for one.

    All six are one sum of chi-squares with unequal factors, to second order. Bins that expect too
    few effective rows are one: the statistics of what is left are tested.
    """
    merged = merge_rare(samples)
    if merged is None:
        return np.nan
    trace, scale = factors_of_equality(merged)
    statistics = _statistics(merged, zero_cells).to_numpy()
    return np.asarray(special.chdtrc(trace / scale, statistics / scale))


def _likelihood_ratio(samples: BinnedSamples) -> float:
    """Twice the likelihood ratio of two laws against one, of Kish sizes.

    Differences of logarithms would be rounding beside very many rows.
    """
    n, m = (float(size) for size in kish_sizes(samples))
    p, q = samples.shares()
    pooled = (n * p + m * q) / (n + m)
    excesses = (
        np.divide(apart, (n + m) * pooled, out=np.zeros_like(p), where=pooled > 0.0)
        for apart in (m * (p - q), n * (q - p))
    )
    of_first, of_second = (float(pooled @ bent_logarithm(excess)) for excess in excesses)
    return 2.0 * (n * of_first + m * of_second)

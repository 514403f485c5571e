"""Pearson's test that two binned samples share one law, and where its limits hold."""

import numpy as np
from scipy import special

from infotheory._typing import FloatArray
from infotheory.evidence.binned_samples import BinnedSamples, kish_sizes

__all__ = ["expected_rows", "pearson_p_values", "pearson_statistic", "smallest_expected"]


def pearson_statistic(samples: BinnedSamples) -> FloatArray:
    """Pearson's chi-square of "both samples share one law"; zero cells are welcome.

    ``N_eff sum (p - q)^2 / pi`` with Kish sizes n, m and ``pi = (n p + m q) / (n + m)``.
    """
    n, m = kish_sizes(samples)
    p, q = samples.shares()
    # Shares times Kish sizes stand in for counts: weights then change sizes, not the law.
    pooled = (n[..., None] * p + m[..., None] * q) / (n + m)[..., None]
    terms = np.divide((p - q) ** 2, pooled, out=np.zeros_like(p), where=pooled > 0.0)
    return np.asarray(n * m / (n + m) * terms.sum(axis=-1))


def pearson_p_values(samples: BinnedSamples) -> FloatArray:
    """P-values of Pearson's statistic by a gamma law with its mean and variance.

    Both are those given the totals of the bins. With N rows in all, k bins with totals c_j and two
    samples of sizes n and m, the mean is ``N (k - 1) / (N - 1)`` and the variance
    ``2 N / (N - 3) (v_1 - s_1) (v_2 - s_2) + N^2 / (N - 1) s_1 s_2``, where
    ``v_1 = (N - 2) / (N - 1)``, ``s_1 = (N^2 / (n m) - 4) / (N - 2)``,
    ``v_2 = (k - 1) (N - k) / (N - 1)``, ``s_2 = (N sum 1 / c_j - k^2) / (N - 2)``.

    Leading axes are replicates. With weights, sizes are Kish sizes, totals are shares times these,
    and a bin counts as one row at least. The p-value is 1 where the statistic cannot vary: one bin,
    one row in each bin, three rows or fewer.

    The formula is R. B. Dawson's, Biometrika 41 (1954) 280, doi:10.1093/biomet/41.1-2.280.
    """
    n, m = kish_sizes(samples)
    size, occupied = n + m, samples.occupied()
    k = occupied.sum(axis=-1)
    p, q = samples.shares()
    totals = n[..., None] * p + m[..., None] * q
    # A bin of weights may have less than one row: it counts as one.
    reciprocals = np.divide(
        1.0, np.maximum(totals, 1.0), out=np.zeros(occupied.shape), where=occupied
    ).sum(axis=-1)

    # Where the formulas divide by 0 any size will do: the p-value is 1 there.
    varies = (size > 3.0) & (k > 1) & (size > k)
    rows = np.where(varies, size, 4.0)
    s_1 = (rows**2 / (n * m) - 4.0) / (rows - 2.0)
    s_2 = (rows * reciprocals - k**2) / (rows - 2.0)
    v_1 = (rows - 2.0) / (rows - 1.0)
    v_2 = (k - 1.0) * (rows - k) / (rows - 1.0)
    mean = rows * (k - 1.0) / (rows - 1.0)
    variance = 2.0 * rows / (rows - 3.0) * (v_1 - s_1) * (v_2 - s_2)
    variance = variance + rows**2 / (rows - 1.0) * s_1 * s_2

    # A gamma law of shape mean / scale and this scale has the two moments.
    varies &= variance > 0.0
    mean = np.where(varies, mean, 1.0)
    scale = np.where(varies, variance, 1.0) / mean
    # It rejects .033 to .060 at .05 where bins are rare, the chi-square law .091 to .141.
    p_values = special.gammaincc(mean / scale, pearson_statistic(samples) / scale)
    return np.asarray(np.where(varies, p_values, 1.0))


def smallest_expected(samples: BinnedSamples) -> FloatArray:
    """Rows that the smaller sample expects in its rarest bin where both share one law."""
    return np.asarray(expected_rows(samples).min(axis=-1))


def expected_rows(samples: BinnedSamples) -> FloatArray:
    """Rows that the smaller sample expects in each bin where both share one law.

    Kish sizes stand in for rows; infinite in bins that neither sample reaches.
    """
    n, m = kish_sizes(samples)
    p, q = samples.shares()
    pooled = (n[..., None] * p + m[..., None] * q) / (n + m)[..., None]
    expected = np.minimum(n, m)[..., None] * pooled
    return np.asarray(np.where(samples.occupied(), expected, np.inf))

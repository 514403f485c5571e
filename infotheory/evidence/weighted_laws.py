"""The law of a divergence where rows have weights that vary: second order, from squared weights.

With weights ``N_eff`` times the divergence of equal laws is a sum of chi-squares with unequal
factors. Their mean and variance follow from the covariances of the shares, and a scaled chi-square
law has these two (J. N. K. Rao and A. J. Scott, Annals of Statistics 12 (1984) 46-60,
doi:10.1214/aos/1176346391).
"""

from collections.abc import Sequence

import numpy as np
from scipy import special

from infotheory._typing import FloatArray
from infotheory.evidence.binned_samples import BinnedSamples, kish_sizes, repeated_rows
from infotheory.evidence.equality import pearson_p_values, pearson_statistic

__all__ = [
    "effective_cells",
    "equality_p_values",
    "factors_of_equality",
    "merge_rare",
    "pearson_statistic",
    "reason_of_weights",
    "spread_of_weights",
    "weighted_p_value",
]

#: Effective rows that the smaller sample must expect in each bin, and in all of them together.
FEWEST_EFFECTIVE, FEWEST_IN_ALL = 10.0, 40.0


def spread_of_weights(samples: BinnedSamples) -> tuple[float, float]:
    """Sum and mean (weighted by themselves) of the factors of the chi-squares near equality.

    They are k - 1 and 1 where all rows have one weight. ``samples`` have shape (n_bins,).
    """
    occupied = samples.occupied()
    p, q = (share[occupied] for share in samples.shares())
    covariance = _share_covariance(p, samples.first[occupied], samples.first_squared[occupied])
    covariance += _share_covariance(q, samples.second[occupied], samples.second_squared[occupied])
    return _factors(covariance, samples)


def weighted_p_value(samples: BinnedSamples) -> float:
    """P-value of Pearson's statistic of "both samples share one law"; NaN where none holds.

    Bins that expect too few effective rows are one bin: merging them makes no equal laws unequal.
    The squared weights of a class lie where those of both classes do, as they would under equality.
    """
    # One bin holds all rows of either sample: there is nothing to test.
    if int(samples.occupied().sum()) == 1:
        return 1.0
    merged = merge_rare(samples)
    if merged is None:
        return float(np.nan)

    trace, scale = factors_of_equality(merged)
    return float(special.chdtrc(trace / scale, float(pearson_statistic(merged)) / scale))


def factors_of_equality(samples: BinnedSamples) -> tuple[float, float]:
    """Sum and mean of the factors of the chi-squares that samples of one law have.

    The squared weights of a class lie where those of both do; all bins have rows.
    """
    n, m = kish_sizes(samples)
    p, q = samples.shares()
    pooled = (n * p + m * q) / (n + m)
    squared = samples.first_squared + samples.second_squared
    squared = squared / squared.sum()
    covariance = np.zeros((p.size, p.size))
    for weight, squares in (
        (samples.first, samples.first_squared),
        (samples.second, samples.second_squared),
    ):
        total = float(weight.sum())
        covariance += _share_covariance(pooled, total * pooled, squares.sum() * squared)
    return _factors(covariance, samples)


def equality_p_values(samples: BinnedSamples) -> FloatArray:
    """P-values of "both samples share one law", by the law that their weights ask for.

    Leading axes are replicates; NaN where weights are too uneven for a test.
    """
    _, equal_weights = repeated_rows(samples)
    p_values = np.array(pearson_p_values(samples))
    for pair in np.ndindex(equal_weights.shape):
        if not equal_weights[pair]:
            p_values[pair] = weighted_p_value(BinnedSamples(*(array[pair] for array in samples)))
    return p_values


def effective_cells(samples: BinnedSamples) -> FloatArray:
    """Effective rows that the sample with the smaller Kish size expects in each bin.

    The other sample says how many, and what squared weights they have; infinite where it has none.
    What happened in a bin of the smaller sample plays no part but in the median over all bins: a
    gate that looks at the outcome of a cell would show intervals where they miss.
    """
    n, m = kish_sizes(samples)
    large = samples if n >= m else samples.swapped()  # its first sample is the larger one

    known = large.first > 0.0
    row_weight = np.divide(
        large.first_squared, large.first, out=np.ones_like(large.first), where=known
    )
    # How uneven rows of the smaller sample are beside those of the larger, in the same bins.
    both = known & (large.second > 0.0)
    ratio = 1.0
    if both.any():
        own = large.second_squared[both] / large.second[both]
        ratio = float(np.median(own / row_weight[both]))

    expected = large.second.sum() * large.first / large.first.sum()
    return np.where(known, expected / (row_weight * ratio), np.inf)


def reason_of_weights(
    samples: BinnedSamples,
    labels: Sequence[str] | None = None,
    fewest_in_bin: float = FEWEST_EFFECTIVE,
) -> str | None:
    """Words for why weights leave no interval that was shown to hold; None where one is."""
    if repeated_rows(samples)[1]:
        return None
    cells = effective_cells(samples)
    fewest = int(np.argmin(cells))
    if cells[fewest] < fewest_in_bin:
        label = str(fewest) if labels is None else labels[fewest]
        return (
            f"weights in bin {label!r} are too uneven for its number of rows (effective "
            f"{cells[fewest]:.1f} expected, {fewest_in_bin:g} needed)"
        )

    in_all = float(cells[np.isfinite(cells)].sum())
    if in_all < FEWEST_IN_ALL:
        return (
            f"weights are too uneven for the number of rows (effective {in_all:.1f} expected in "
            f"all bins, {FEWEST_IN_ALL:g} needed)"
        )
    return None


def merge_rare(samples: BinnedSamples) -> BinnedSamples | None:
    """Merge bins until each expects enough effective rows; None where fewer than two are left."""
    occupied = samples.occupied()
    samples = BinnedSamples(*(array[occupied] for array in samples))
    cells = effective_cells(samples)
    if float(cells[np.isfinite(cells)].sum()) < FEWEST_IN_ALL:
        return None

    # The rarest bins go into one, until it is no longer rare itself; rows of the smaller sample
    # alone are as rare as none.
    sizes = np.where(np.isfinite(cells), cells, 0.0)
    order = np.argsort(sizes, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(sizes[order])[:-1]])
    some_are_rare = bool(sizes.min() < FEWEST_EFFECTIVE)
    rare = (sizes[order] < FEWEST_EFFECTIVE) | (some_are_rare & (before < FEWEST_EFFECTIVE))
    merged, alone = order[rare], np.sort(order[~rare])
    if not merged.size:
        return samples
    # All bins are rare together: one would be left, which has nothing to test.
    if alone.size + 1 < 2:
        return None
    return BinnedSamples(*(np.append(array[alone], array[merged].sum()) for array in samples))


def _share_covariance(share: FloatArray, weight: FloatArray, squared: FloatArray) -> FloatArray:
    """Covariance of the shares of the bins of one sample, the total weight random too."""
    cross = np.outer(share, squared)
    return np.asarray(
        (np.diag(squared) - cross - cross.T + np.outer(share, share) * squared.sum())
        / weight.sum() ** 2
    )


def _factors(covariance: FloatArray, samples: BinnedSamples) -> tuple[float, float]:
    """Sum of the factors, and sum of their squares over it."""
    n, m = kish_sizes(samples)
    occupied = samples.occupied()
    p, q = (share[occupied] for share in samples.shares())
    root = np.sqrt((n * p + m * q) / (n + m))
    factors = n * m / (n + m) * covariance / np.outer(root, root)
    # The factors are the eigenvalues of this matrix: the trace is their sum, the squares of the
    # entries add up to those of the eigenvalues.
    trace = float(np.trace(factors))
    return trace, float(np.sum(factors**2)) / trace

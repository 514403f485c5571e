"""Interval of what each bin adds to the divergence of a target of any kind.

Near equal shares the term is quadratic in them, and a normal interval would be a point. So the
interval is made for the weight of evidence, whose law is normal, and carried over: the mean of the
logarithms of the shares that is uncorrelated with the weight of evidence stays what it is, and the
term follows the interval of the weight of evidence along it.
"""

from collections.abc import Callable

import numpy as np

from infotheory._evidence_table import EvidenceTable
from infotheory._typing import FloatArray
from infotheory.evidence.targets.kinds import filled_sums, name_of_divergence, terms_of_target
from infotheory.laws import two_sided_quantile

__all__ = ["intervals_along_evidence", "intervals_of_terms"]


def intervals_along_evidence(
    log_shares: FloatArray,
    covariances: FloatArray,
    term: Callable[[FloatArray, FloatArray], FloatArray],
    level: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """Intervals of terms ``term(p, q)`` that are 0 at equal shares and grow away from them.

    ``log_shares`` of shape (n_bins, 2) are the logarithms of p and q, ``covariances`` of shape
    (n_bins, 2, 2) those of their errors.
    """
    evidence = log_shares[:, 0] - log_shares[:, 1]
    with_evidence = covariances[:, :, 0] - covariances[:, :, 1]
    variance = with_evidence[:, 0] - with_evidence[:, 1]

    # Along a line on which p moves by this part of the evidence nothing else is known better.
    part = np.divide(
        with_evidence[:, 0], variance, out=np.full(evidence.shape, 0.5), where=variance > 0.0
    )
    middle = log_shares[:, 0] - part * evidence
    margin = two_sided_quantile(level) * np.sqrt(np.maximum(variance, 0.0))

    ends = [
        term(np.exp(middle + part * end), np.exp(middle - (1.0 - part) * end))
        for end in (evidence - margin, evidence + margin)
    ]
    includes_none = np.abs(evidence) <= margin
    return np.where(includes_none, 0.0, np.minimum(*ends)), np.maximum(*ends)


def intervals_of_terms(
    table: EvidenceTable,
    divergence: str | None = None,
    zero_cells: str | float = "haldane",
    level: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """Intervals of the terms of a divergence, of shape (n_bins,); NaN for an empty bin.

    Of several classes a term has as many weights of evidence as classes, and no interval was shown
    to hold: NaN.
    """
    flat, name = table.without_groups(), name_of_divergence(table.kind, divergence)
    low, high = np.full(flat.n_bins, np.nan), np.full(flat.n_bins, np.nan)
    occupied = np.flatnonzero(flat.weight > 0.0)
    if table.kind == "multiclass":
        return low, high
    sums, products = filled_sums(flat, zero_cells)
    if len(sums) == 1:
        low[occupied] = high[occupied] = 0.0
        return low, high

    if table.kind == "continuous":
        ends = _of_means(sums, products, level)
    else:

        def term(p: FloatArray, q: FloatArray) -> FloatArray:
            shares = np.stack([p, q], axis=-1)
            # All other bins are one second bin, so that the shares sum to 1.
            pairs = np.stack([shares, np.maximum(1.0 - shares, 1e-12)], axis=-2)
            return terms_of_target(pairs, table.kind, name).value[:, 0]

        logs = np.log(sums) - np.log(sums.sum(axis=0))
        ends = intervals_along_evidence(logs, _covariances_of_logs(sums, products), term, level)
    low[occupied], high[occupied] = ends
    return low, high


def _covariances_of_logs(sums: FloatArray, products: FloatArray) -> FloatArray:
    """Covariances of the logarithms of two shares, by bin; totals hold the bin too."""
    inside = products / (sums[:, :, None] * sums[:, None, :])
    totals = sums.sum(axis=0)
    crossed = products / (sums[:, :, None] * totals)
    outside = products.sum(axis=0) / np.outer(totals, totals)
    return np.asarray(inside - crossed - np.swapaxes(crossed, 1, 2) + outside)


def _of_means(
    sums: FloatArray, products: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Intervals of shares of variance: those of the distances of the means, carried over.

    A bin of one row does not tell how far its mean may lie off: NaN.
    """
    weight, total, squares = sums.T
    mean, own = total.sum() / weight.sum(), total / weight
    residual = squares.sum() - weight.sum() * mean**2

    def spread_about(center: FloatArray) -> FloatArray:
        """Squared weights times squared distances from a mean, by bin."""
        first, second = products[:, 0, 1], products[:, 1, 1]
        return np.asarray(second - 2.0 * center * first + center**2 * products[:, 0, 0])

    # A row moves the mean of its bin by its distance over the weight of the bin, and that of all.
    about_all = spread_about(np.full(own.shape, mean))
    crossed = products[:, 1, 1] - (own + mean) * products[:, 0, 1] + own * mean * products[:, 0, 0]
    variance = spread_about(own) / weight**2 - 2.0 * crossed / (weight * weight.sum())
    variance += about_all.sum() / weight.sum() ** 2

    alone = weight**2 <= products[:, 0, 0] * (1.0 + 1e-9)
    margin = two_sided_quantile(level) * np.sqrt(np.maximum(variance, 0.0))
    distance = np.abs(own - mean)
    nearest, farthest = np.maximum(distance - margin, 0.0), distance + margin
    low, high = (np.minimum(weight * end**2 / residual, 1.0) for end in (nearest, farthest))
    return np.where(alone, np.nan, low), np.where(alone, np.nan, high)

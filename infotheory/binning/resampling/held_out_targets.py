"""What bins of amounts and of several classes are worth on folds that did not learn them."""

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import combinations
from operator import add

import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory.binning.resampling.held_out import FEWEST_HELD_OUT, held_out_estimate
from infotheory.evidence.targets.estimates import (
    CONSTANT_IN_BINS,
    effective_rows,
    noise_moments,
)
from infotheory.evidence.targets.kinds import units_of_mass
from infotheory.inference import Estimate
from infotheory.tables import EvidenceTable

__all__ = ["two_folds_of_targets"]

#: Sums of pre-bins to the bin of each of them.
TargetLearner = Callable[[EvidenceTable], IntArray]


def two_folds_of_targets(folds: Sequence[EvidenceTable], learn: TargetLearner) -> Estimate:
    """Average over pairs of folds: bins from the others, contrast from one, encoding from another.

    As for two classes no row has two parts in it; what differs is the contrast of the kind.
    """
    whole: EvidenceTable = reduce(add, folds)
    values, moments = [], []
    for first, second in combinations(range(len(folds)), 2):
        others = [fold for i, fold in enumerate(folds) if i not in (first, second)]
        groups = learn(reduce(add, others))
        one, other = folds[first].merge(groups), folds[second].merge(groups)
        values.append(0.5 * (_contrast(one, other, whole) + _contrast(other, one, whole)))
        moments.append(noise_moments(whole.merge(groups)))

    n_folds = len(folds)
    variance, freedom, scale = (float(np.mean(parts)) for parts in zip(*moments, strict=True))
    rows = effective_rows(whole) / n_folds
    reason = None
    if rows < FEWEST_HELD_OUT:
        reason = (
            f"{rows:.1f} effective rows of the rarest part in a fold ({FEWEST_HELD_OUT:g} needed); "
            "use fewer folds"
        )
    value = float(np.mean(values))
    if reason is None and whole.kind == "continuous" and variance == 0.0 and value > 0.5:
        # Of one bin nothing varies either, but it explains nothing: its 0 is exact.
        reason = CONSTANT_IN_BINS
    return held_out_estimate(
        value,
        variance,
        freedom * n_folds / (n_folds - 1.0),
        1.0 / scale,
        f"cross-fitted over {n_folds} folds, two left out at a time",
        reason,
        upper=1.0 if whole.kind == "continuous" else np.inf,
    )


def _contrast(
    contrast_of: EvidenceTable, encoding_of: EvidenceTable, whole: EvidenceTable
) -> float:
    """Difference of the shares or means of one fold, weighted by the encoding of another."""
    if whole.kind == "continuous":
        return _contrast_of_means(contrast_of, encoding_of, whole)

    # Half a row in each cell leaves logarithms unbiased to second order; totals need nothing, since
    # what they multiply adds up to 0.
    logs: FloatArray = np.log(encoding_of.sums + 0.5 * units_of_mass(encoding_of))
    sums = contrast_of.sums
    if whole.kind == "multiclass":
        # What is away from independence is weighted by the logarithms of the other fold: both
        # factors are unbiased, and of different rows.
        joint, shares = sums / sums.sum(), whole.sums.sum(axis=0) / whole.sums.sum()
        away = joint - np.outer(joint.sum(axis=1), joint.sum(axis=0))
        return float(np.sum(away * logs) / (0.5 * (1.0 - shares @ shares)))
    p, q = (sums / sums.sum(axis=0)).T
    return float((p - q) @ (logs[:, 0] - logs[:, 1]))


def _contrast_of_means(
    contrast_of: EvidenceTable, encoding_of: EvidenceTable, whole: EvidenceTable
) -> float:
    """Sum over bins of the share times the distances of two folds from their means, over V."""

    def distances(table: EvidenceTable) -> FloatArray:
        weight, total = table.sums[:, 0], table.sums[:, 1]
        means = np.divide(total, weight, out=np.zeros(len(weight)), where=weight > 0.0)
        return np.where(weight > 0.0, means - total.sum() / weight.sum(), 0.0)

    weight, total, squares = whole.sums.sum(axis=0)
    variance = squares / weight - (total / weight) ** 2
    shares = contrast_of.weight / contrast_of.weight.sum()
    return float(shares @ (distances(contrast_of) * distances(encoding_of)) / variance)

"""Information value of bins on folds that had no part in learning them."""

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory.evidence.binned_samples import fill_zero_cells, kish_sizes, samples_of_table
from infotheory.evidence.divergence import NORMAL_FROM, DivergenceParts, divergence_parts
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, NoncentralChi2Law, NormalLaw, WithheldLaw
from infotheory.tables import CountTable

__all__ = ["Learner", "held_out_estimate", "one_fold_left_out", "two_folds_left_out"]

#: Counts of pre-bins to the bin of each of them.
Learner = Callable[[CountTable], IntArray]

#: Rows of the smaller class in a fold, and where one fold is left out in each of its bins.
FEWEST_HELD_OUT = 10.0


def two_folds_left_out(
    folds: Sequence[CountTable], learn: Learner, zero_cells: str | float
) -> Estimate:
    """Average over pairs of folds: bins from the other folds, shares from one, evidence from one.

    The weight of evidence comes from rows that chose no bin, and the shares from rows that made no
    weight of evidence: the average is a U-statistic, without bias for bins so learnt.
    """
    whole = _sum(folds)
    values, parts = [], []
    for first, second in combinations(range(len(folds)), 2):
        others = [fold for i, fold in enumerate(folds) if i not in (first, second)]
        groups = learn(_sum(others))
        one, other = folds[first].merge(groups), folds[second].merge(groups)
        values.append(0.5 * (_evidence(one, other) + _evidence(other, one)))
        parts.append(
            divergence_parts(fill_zero_cells(samples_of_table(whole.merge(groups)), zero_cells))
        )

    n_folds = len(folds)
    n, m = (float(size) for size in kish_sizes(samples_of_table(whole)))
    degrees = float(np.mean([part.trace for part in parts])) * n_folds / (n_folds - 1.0)
    variance = float(np.mean([part.variance for part in parts]))
    reason = None
    if min(n, m) / n_folds < FEWEST_HELD_OUT:
        reason = (
            f"{min(n, m) / n_folds:.1f} rows of the smaller class in a fold "
            f"({FEWEST_HELD_OUT:g} needed); use fewer folds"
        )
    method = f"cross-fitted over {n_folds} folds, two left out at a time"
    return held_out_estimate(
        float(np.mean(values)), variance, degrees, n * m / (n + m), method, reason
    )


def one_fold_left_out(
    folds: Sequence[tuple[CountTable, CountTable]], learn: Learner, zero_cells: str | float
) -> Estimate:
    """Average over folds the information value, less its bias, of bins from the other rows."""
    parts: list[DivergenceParts] = []
    fewest, all_rows = np.inf, 0.0
    for training, held_out in folds:
        samples = samples_of_table(held_out.merge(learn(training)))
        parts.append(divergence_parts(fill_zero_cells(samples, zero_cells)))
        n, m = kish_sizes(samples)
        large = samples.first if n >= m else samples.second
        # Rows of the smaller class that the smallest bin expects, by the shares of the larger
        # class.
        occupied = large[large > 0.0]
        fewest = min(fewest, float(min(n, m) * occupied.min() / occupied.sum()))

        both = samples_of_table(training), samples_of_table(held_out)
        sizes = [sum(float(kish_sizes(part)[c]) for part in both) for c in (0, 1)]
        all_rows = max(all_rows, sizes[0] * sizes[1] / (sizes[0] + sizes[1]))

    # Folds of a splitter may overlap: they then say no more than all rows do.
    in_folds = float(np.sum([part.n_effective for part in parts]))
    n_effective = min(in_folds, all_rows)
    variance = float(np.sum([part.variance for part in parts])) / len(parts) ** 2
    reason = None
    if fewest < FEWEST_HELD_OUT:
        reason = (
            f"a held-out fold expects {fewest:.1f} rows of the smaller class in a bin "
            f"({FEWEST_HELD_OUT:g} needed); use 3 folds or more by number, or fewer bins"
        )
    return held_out_estimate(
        float(np.mean([part.center for part in parts])),
        variance * in_folds / n_effective,
        float(np.sum([part.trace for part in parts])),
        n_effective,
        f"cross-fitted over {len(parts)} folds, one left out at a time",
        reason,
    )


def held_out_estimate(
    value: float,
    variance: float,
    degrees: float,
    n_effective: float,
    method: str,
    reason: str | None,
    upper: float = np.inf,
) -> Estimate:
    """Estimate with the law of a bias-corrected value over so many effective rows."""
    # The spread of a chi-square of so many degrees: all there is where bins tell nothing.
    variance = variance + 2.0 * degrees / n_effective**2
    if variance == 0.0 and value == 0.0:
        # Whoever sees an interval of no width asks whether it was forgotten.
        method = f"{method}; all rows lie in one bin, whose 0 is exact"
    law: IntervalLaw = NormalLaw(lower=0.0, upper=upper, center=value)
    if reason is not None:
        law = WithheldLaw(reason)
    elif degrees > 0.0 and n_effective * value < NORMAL_FROM:
        # The degrees that give the law the variance of the value.
        noncentrality = n_effective * max(value, 0.0)
        freedom = max(degrees, n_effective**2 * variance / 2.0 - 2.0 * noncentrality)
        statistic = n_effective * value + freedom
        law = NoncentralChi2Law(statistic, freedom, 1.0 / n_effective, upper)
    return Estimate(value=value, standard_error=float(np.sqrt(variance)), method=method, law=law)


def _evidence(shares_of: CountTable, woe_of: CountTable) -> float:
    """Difference of the shares of one fold, weighted by the evidence of another."""
    shares = shares_of.counts / shares_of.counts.sum(axis=0)
    return float((shares[:, 0] - shares[:, 1]) @ _log_odds(woe_of))


def _log_odds(table: CountTable) -> FloatArray:
    """Log odds of the bins with half a row added to each cell, unbiased to second order.

    Totals need no correction: differences of shares sum to 0.
    """
    # (2,): half of the typical weight of a row of each class.
    half_row = 0.5 * table.squared_weights.sum(axis=0) / table.counts.sum(axis=0)
    logs = np.log(table.counts + half_row)
    return np.asarray(logs[:, 0] - logs[:, 1])


def _sum(tables: Sequence[CountTable]) -> CountTable:
    return CountTable(
        tables[0].labels,
        np.sum([table.counts for table in tables], axis=0),
        np.sum([table.squared_weights for table in tables], axis=0),
    )

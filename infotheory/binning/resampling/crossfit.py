"""What learnt bins are worth on rows that they have not seen."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from infotheory._random import Rng, as_generator
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory.binning.features import FeatureBins
from infotheory.binning.resampling.refit import (
    TableBinner,
    coded_rows,
    each_feature,
    fitted_binner,
    rebinned_counts,
    table_suffices,
    unweighted_table,
)
from infotheory.evidence.binned_samples import fill_zero_cells, samples_of_table
from infotheory.evidence.woe import log_share_ratio
from infotheory.inference import Estimate
from infotheory.tables import CountTable

__all__ = ["cross_fitted_information_value"]


def cross_fitted_information_value(
    binner: TableBinner,
    X: Any = None,
    y: ArrayLike | None = None,
    cv: Any = 5,
    *,
    sample_weight: ArrayLike | None = None,
    rng: Rng = None,
) -> dict[str, Estimate]:
    r"""Information value of learnt bins on rows that did not take part in learning them.

    Bins and weights of evidence are learnt without a fold, then
    :math:`\sum_j (p_j - q_j) \mathrm{WoE}_j` is taken with the shares of the held-out fold. That is
    linear in the held-out rows: its mean is zero for noise, and it is never floored. Folds are
    averaged.

    Parameters
    ----------
    binner : OptimalBinner or StumpBinner
        Where X is given a clone is fitted to it and ``binner`` stays as it is; without X it has to
        be fitted.
    X : array-like or frame of shape (n_rows, n_features), optional
        Features. Without X and y the pre-bin tables of the fitted binner are used: no rows are
        needed.
    y : array-like of shape (n_rows,), optional
        Two labels.
    cv : int or splitter
        Number of folds, at least 2, or an object whose ``split(X, y)`` yields training and held-out
        rows. Pre-bins do not use the target, so a number splits the *table* of pre-bins by class at
        random; with weights it splits the rows.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights.
    rng : int, numpy.random.Generator or None
        Seed of the folds; a splitter has its own.

    Returns
    -------
    dict of str to Estimate
        One estimate a feature, in nats, with the standard error described below.

    Raises
    ------
    ValueError
        If ``cv`` is below 2 or above the rows of a class, only one of X and y is given, or weighted
        rows are missing.
    InfeasibleError
        If no bins meet the limits without some fold.

    See Also
    --------
    permutation_test : A p-value for learnt bins.

    Notes
    -----
    The standard error is that of the difference of two means of the weight of evidence, over
    held-out non-events and events, given what was learnt. To its square is added
    :math:`2 (k - 1) K / ((K - 1) N_\mathrm{eff}^2)` for K folds, k bins and
    :math:`N_\mathrm{eff} = G B / (G + B)`: the covariance of folds, each of which takes part in
    learning the bins of the others. It is of second order and matters for noise only. Fixed bins
    have it without the factor 2, which stands for the search: on noise with the defaults of
    OptimalBinner the 95 % interval then covers 0 in 94 to 96 % of cases with 2 to 5 folds, in about
    91 % with 10.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> X, y = np.arange(1000.0)[:, None] % 2, np.arange(1000) % 5 < 1  # independent of each other
    >>> cross_fitted_information_value(OptimalBinner(), X, y, rng=0)["x0"].value < 0.01
    True
    """
    fitted = fitted_binner(binner, X, y, sample_weight)
    generator = as_generator(rng)
    by_number = isinstance(cv, int | np.integer) and not isinstance(cv, bool)
    if by_number and cv < 2:
        message = f"cv must be at least 2 folds or a splitter, got {cv!r}"
        raise ValueError(message)

    # Without weights the rows of a pre-bin and class are alike, and dealing counts is dealing rows.
    if by_number and table_suffices(binner, X, y, sample_weight):
        folds = {
            name: _split_table(unweighted_table(bins), int(cv), generator)
            for name, bins in fitted.features_.items()
        }
    else:
        coded = coded_rows(fitted, X, y, sample_weight, "a splitter as cv")
        target = coded.rows.target
        parts = list(_split_rows(target, int(cv), generator) if by_number else cv.split(X, target))
        folds = {
            name: [(coded.table(name, train), coded.table(name, test)) for train, test in parts]
            for name in fitted.features_
        }
    return each_feature(fitted, lambda bins: _cross_fit(fitted, bins, folds[bins.name]))


def _split_table(
    table: CountTable, n_folds: int, rng: np.random.Generator
) -> list[tuple[CountTable, CountTable]]:
    """Deal the rows of a table to folds of equal size in each class: training, held-out."""
    counts = np.rint(table.counts).astype(np.int64)
    _check_folds(counts.sum(axis=0), n_folds)
    folds = np.empty((n_folds, *counts.shape))
    for c in (0, 1):
        left = counts[:, c]
        for k in range(n_folds):
            folds[k, :, c] = rng.multivariate_hypergeometric(left, left.sum() // (n_folds - k))
            left = left - folds[k, :, c].astype(np.int64)
    whole = table.counts
    return [
        (CountTable(table.labels, whole - fold, whole - fold), CountTable(table.labels, fold, fold))
        for fold in folds
    ]


def _split_rows(
    target: FloatArray, n_folds: int, rng: np.random.Generator
) -> Iterator[tuple[IntArray, IntArray]]:
    """Deal rows to folds of equal size in each class: (training, held-out) rows."""
    _check_folds(np.bincount(target.astype(np.intp)), n_folds)
    fold = np.empty(len(target), dtype=np.intp)
    for c in (0.0, 1.0):
        rows = np.flatnonzero(target == c)
        fold[rng.permutation(rows)] = np.arange(len(rows)) % n_folds
    for k in range(n_folds):
        yield np.flatnonzero(fold != k), np.flatnonzero(fold == k)


def _check_folds(class_sizes: IntArray, n_folds: int) -> None:
    if class_sizes.min() < n_folds:
        message = (
            f"cv must not exceed the rows of the smaller class, got {n_folds} folds and "
            f"{class_sizes.min()} rows; "
            "use fewer folds"
        )
        raise ValueError(message)


def _cross_fit(
    binner: TableBinner, bins: FeatureBins, folds: list[tuple[CountTable, CountTable]]
) -> Estimate:
    """Average the folds' differences of the mean weight of evidence of held-out rows."""
    values, variances, n_bins = [], [], []
    for training, held_out in folds:
        learnt, groups = rebinned_counts(binner, bins, training)
        filled = fill_zero_cells(samples_of_table(learnt), binner.zero_cells)
        score = log_share_ratio(filled)[groups]
        totals = held_out.counts.sum(axis=0)
        if not totals.all():
            message = (
                f"each fold must hold both classes, got a held-out fold with {totals.tolist()}; "
                "use fewer folds"
            )
            raise ValueError(message)

        means = score @ held_out.counts / totals
        spread = (score[:, None] - means) ** 2 * held_out.squared_weights
        values.append(means[0] - means[1])
        variances.append(float((spread.sum(axis=0) / totals**2).sum()))
        n_bins.append(np.count_nonzero(learnt.counts.any(axis=1)))

    # The folds take part in each other's learning: of second order, and felt for noise only.
    _, whole, _ = bins.prebinned()
    inverse_size = float((whole.squared_weights.sum(axis=0) / whole.counts.sum(axis=0) ** 2).sum())
    n_folds = len(folds)
    between = 2.0 * (np.mean(n_bins) - 1.0) * inverse_size**2 * n_folds / max(n_folds - 1, 1)

    return Estimate(
        value=float(np.mean(values)),
        standard_error=float(np.sqrt(np.sum(variances) / n_folds**2 + between)),
        method=(
            f"cross-fitted over {n_folds} folds, two-sample mean of held-out weights of evidence"
        ),
    )

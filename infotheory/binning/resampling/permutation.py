"""Whether learnt bins find more than chance would."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._typing import ArrayLike, IntArray
from infotheory._validation import check_integer, check_length, distinct_labels
from infotheory.binning.prebins.rows import count_codes
from infotheory.binning.resampling.refit import (
    TableBinner,
    TargetRows,
    each_feature,
    fitted_binner,
    read_rows,
    rebinned_counts,
    unweighted_table,
)
from infotheory.cells import BinSpec
from infotheory.evidence.binned_samples import fill_zero_cells, samples_of_counts
from infotheory.evidence.divergence import jeffreys
from infotheory.exceptions import InfeasibleError
from infotheory.tables import CountTable

__all__ = ["PermutationResult", "permutation_test"]

_TIE = 1e-12  # relative: a draw with the same bins as the data counts as at least as large, whatever the rounding


@dataclass(frozen=True, slots=True)
class PermutationResult:
    """A permutation test of one feature.

    Parameters
    ----------
    statistic : float
        Information value in the bins learnt on all rows, in nats.
    p_value : float
        ``(1 + draws at least as large) / (1 + draws)``.
    n_permutations : int
        Number of draws.
    """

    statistic: float
    p_value: float
    n_permutations: int


def permutation_test(
    binner: TableBinner,
    X: Any = None,
    y: ArrayLike | None = None,
    *,
    n_permutations: int = 199,
    sample_weight: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    random_state: Any = None,
) -> dict[str, PermutationResult]:
    """Test whether learnt bins find more than chance would, by learning them again on permuted targets.

    The p-value counts the selection of the bins: categories are put in order and bins are optimised
    anew in each draw. It is exact at any sample size (Phipson and Smyth 2010, doi
    10.2202/1544-6115.1585). A draw in which no bins meet the limits has statistic 0.

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
    n_permutations : int
        Number of draws, at least 1; 199 give p-values in steps of .005.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights. Target and weight of a row stay together, its features move.
    clusters : array-like of shape (n_rows,), optional
        Cluster of each row. Clusters of the same size exchange their features as a whole.
    random_state : int, numpy.random.Generator or None
        Seed of the draws.

    Returns
    -------
    dict of str to PermutationResult
        One result a feature. Without weights and clusters event counts are drawn from the
        multivariate hypergeometric law on the pre-bin table.

    Raises
    ------
    ValueError
        If ``n_permutations`` is below 1, only one of X and y is given, weighted or clustered rows
        are missing, or no two clusters have the same size.

    See Also
    --------
    cross_fitted_information_value : How much learnt bins are worth.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> X, y = np.arange(1000.0)[:, None] % 10, np.arange(1000) % 20 < 8
    >>> permutation_test(OptimalBinner(), X, y, n_permutations=19, random_state=0)["x0"].p_value
    0.05
    """
    check_integer("n_permutations", n_permutations)
    fitted = fitted_binner(binner, X, y, sample_weight)
    rng = np.random.default_rng(random_state)
    seeds = dict(zip(fitted.prebin_specs_, rng.spawn(len(fitted.prebin_specs_)), strict=True))
    if sample_weight is None and clusters is None:

        def draws(name: str) -> Iterator[CountTable]:
            table = unweighted_table(name, fitted.prebin_tables_[name])
            return _drawn_tables(table, n_permutations, seeds[name])

    else:
        rows = read_rows(fitted, X, y, sample_weight, "sample_weight and clusters")
        strata = _strata(clusters, len(rows.target))

        def draws(name: str) -> Iterator[CountTable]:
            return _permuted_tables(
                fitted.prebin_specs_[name], rows, strata, n_permutations, seeds[name]
            )

    return each_feature(fitted, lambda name: _test(fitted, name, draws(name)))


def _test(binner: TableBinner, name: str, draws: Iterator[CountTable]) -> PermutationResult:
    statistic = _information_value(binner, name, binner.prebin_tables_[name])
    n_draws, exceeding = 0, 0
    for table in draws:
        n_draws += 1
        exceeding += _information_value(binner, name, table, infeasible=0.0) >= statistic * (
            1.0 - _TIE
        )
    return PermutationResult(statistic, (1 + int(exceeding)) / (1 + n_draws), n_draws)


def _information_value(
    binner: TableBinner, name: str, table: CountTable, infeasible: float | None = None
) -> float:
    """Information value in the bins learnt on a table; ``infeasible`` where the limits leave none."""
    try:
        counts, _ = rebinned_counts(binner, name, table)
    except InfeasibleError:
        if infeasible is None:
            raise
        return infeasible
    good, bad = counts[counts.any(axis=1)].T
    filled = fill_zero_cells(samples_of_counts(good, bad), binner.zero_cells)
    return float(jeffreys(*filled.shares()).value.sum())


def _drawn_tables(
    table: CountTable, n_draws: int, rng: np.random.Generator
) -> Iterator[CountTable]:
    """Tables with the event counts drawn from the multivariate hypergeometric law."""
    total = np.rint(table.counts.sum(axis=1)).astype(np.int64)
    n_events = int(np.rint(table.events.sum()))
    for events in rng.multivariate_hypergeometric(
        total, n_events, size=n_draws, method="marginals"
    ):
        counts = np.column_stack([total - events, events]).astype(np.float64)
        yield CountTable(table.labels, counts, counts)


def _strata(clusters: ArrayLike | None, n_rows: int) -> list[IntArray]:
    """Rows of the clusters of each size, arrays of shape (n_clusters, size)."""
    if clusters is None:
        return [np.arange(n_rows)[:, None]]
    _, labels = distinct_labels("clusters", check_length("clusters", clusters, n_rows))
    order = np.argsort(labels, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(labels))[:-1])
    sizes = np.array([len(rows) for rows in members])
    strata: list[IntArray] = [
        np.stack([rows for rows in members if len(rows) == size]) for size in np.unique(sizes)
    ]
    if all(len(stratum) == 1 for stratum in strata):
        message = (
            f"clusters of the same size change places, got {len(sizes)} clusters that all differ "
            "in size"
        )
        raise ValueError(message)
    return strata


def _permuted_tables(
    spec: BinSpec, rows: TargetRows, strata: list[IntArray], n_draws: int, rng: np.random.Generator
) -> Iterator[CountTable]:
    """Tables with the codes of whole clusters (or rows) permuted among targets and weights."""
    codes = rows.codes[spec.name]
    for _ in range(n_draws):
        moved = np.empty_like(codes)
        for stratum in strata:
            moved[stratum] = codes[rng.permutation(stratum)]
        yield count_codes(spec, moved, rows.target, rows.weights)

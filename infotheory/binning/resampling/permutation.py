"""Whether learnt bins find more than chance would."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from infotheory._any_table import AnyTable
from infotheory._display import html_repr, short_repr
from infotheory._interrupts import in_pieces
from infotheory._parallel import leave_if_interrupted
from infotheory._random import Rng, as_generator
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import (
    as_label_array,
    check_integer,
    check_length,
    check_level,
    labels_of_rows,
)
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.grouping import BY_HAND, promise_of
from infotheory.binning.prebins.options import divergences_of
from infotheory.binning.prebins.rows import sums_of_codes
from infotheory.binning.resampling.bounds import most_information
from infotheory.binning.resampling.refit import (
    CodedRows,
    TableBinner,
    coded_rows,
    each_feature,
    fitted_binner,
    rebinned_counts,
    refit_kind,
    table_suffices,
    unweighted_table,
)
from infotheory.evidence.binned_samples import BinnedSamples, fill_zero_cells
from infotheory.evidence.divergence import jeffreys
from infotheory.evidence.targets.estimates import explained_share
from infotheory.exceptions import InfeasibleError
from infotheory.laws import jeffreys_bounds
from infotheory.tables import CountTable, EvidenceTable

__all__ = ["PermutationResult", "permutation_test"]

#: Relative: a draw with the same bins as the data is at least as large, whatever the rounding.
_TIE = 1e-12
#: Counts drawn in one call, which does not hear Ctrl-C.
_DRAWN = 100_000
#: Draws of one call: a test may stop before the next.
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class PermutationResult:
    """A permutation test of one feature.

    Parameters
    ----------
    statistic : float
        Information value in the bins learnt on all rows, in nats; what the bins maximise where the
        target is no two classes.
    p_value : float
        ``(1 + draws at least as large) / (1 + draws)``; of a test that stopped the share of draws
        that were at least as large, the last of which was.
    n_permutations : int
        Number of draws.
    stopped : bool
        Whether enough draws were at least as large before all were drawn.
    """

    statistic: float
    p_value: float
    n_permutations: int
    stopped: bool = False

    __repr__ = short_repr
    _repr_html_ = html_repr

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return Jeffreys's interval of the p-value that all permutations would give.

        Where the test stopped it is that of draws until so many were at least as large, whose law
        is negative binomial.

        Parameters
        ----------
        level : float
            Coverage.

        Returns
        -------
        tuple of float
            The ends, of the share of draws that are at least as large as the data.

        Raises
        ------
        ValueError
            If ``level`` is not strictly between 0 and 1.

        Examples
        --------
        >>> low, high = PermutationResult(0.05, 0.02, 199).interval()
        >>> round(low, 4), round(high, 4)
        (0.0043, 0.0397)
        """
        n = self.n_permutations
        if self.stopped:
            check_level(level)
            # The draws until a number of them exceed are negative binomial: the prior of their
            # chance is Beta(0, 1/2).
            exceeding = round(self.p_value * n)
            tail = 0.5 * (1.0 - level)
            low, high = (
                special.betaincinv(exceeding, n - exceeding + 0.5, q) for q in (tail, 1.0 - tail)
            )
            return float(low), float(high)

        # The data count as one of the draws.
        exceeding = round(self.p_value * (1 + n)) - 1
        low, high = jeffreys_bounds(np.asarray(exceeding / n), np.asarray(float(n)), level)
        return float(low), float(high)


def permutation_test(
    binner: TableBinner,
    X: Any = None,
    y: ArrayLike | None = None,
    *,
    n_permutations: int = 199,
    stop_after: int | None = 20,
    sample_weight: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    rng: Rng = None,
) -> "dict[str, PermutationResult]":
    """Test whether learnt bins find more than chance, by learning them on permuted targets.

    The p-value counts the selection of the bins: categories are put in order and bins are optimised
    anew in each draw. It is exact at any sample size (Phipson and Smyth 2010, doi
    10.2202/1544-6115.1585), also where it stops early (Besag and Clifford 1991, doi
    10.1093/biomet/78.2.301). A draw in which no bins meet the limits has statistic 0.

    Parameters
    ----------
    binner : OptimalBinner or StumpBinner
        Where X is given a clone is fitted to it and ``binner`` stays as it is; without X it has to
        be fitted.
    X : array-like or frame of shape (n_rows, n_features), optional
        Features. Without X and y the pre-bin tables of the fitted binner are used: no rows are
        needed.
    y : array-like of shape (n_rows,), optional
        The target. Amounts and several classes need rows: their sums do not tell them apart.
    n_permutations : int
        Most draws, at least 1; 199 give p-values in steps of .005.
    stop_after : int or None
        Number of draws at least as large as the data, at least 1, with which the test of a feature
        stops; None draws all. Only p-values above ``stop_after / n_permutations`` stop.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights. Target and weight of a row stay together, its features move.
    clusters : array-like of shape (n_rows,), optional
        Cluster of each row. Clusters of the same size exchange their features as a whole.
    rng : int, numpy.random.Generator or None
        Seed of the draws.

    Returns
    -------
    dict of str to PermutationResult
        One result a feature. Without weights and clusters event counts are drawn from the
        multivariate hypergeometric law on the pre-bin table.

    Raises
    ------
    ValueError
        If ``n_permutations`` or ``stop_after`` is below 1, only one of X and y is given, weighted
        or clustered rows are missing, or no two clusters have the same size.

    See Also
    --------
    cross_fitted_information_value : How much learnt bins are worth.

    Examples
    --------
    >>> from infotheory.binning import OptimalBinner
    >>> X, y = np.arange(1000.0)[:, None] % 10, np.arange(1000) % 20 < 8
    >>> permutation_test(OptimalBinner(), X, y, n_permutations=19, rng=0)["x0"].p_value
    0.05
    """
    check_integer("n_permutations", n_permutations)
    if stop_after is not None:
        check_integer("stop_after", stop_after, alternative=", or None for all draws")
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight, clusters=clusters)
    fitted = fitted_binner(binner, X, y, sample_weight)
    # A generator a feature: results do not depend on which thread draws first.
    spawned = as_generator(rng).spawn(len(fitted.features_))
    generators = dict(zip(fitted.features_, spawned, strict=True))

    counts_rows = refit_kind(fitted) is None
    if clusters is None and counts_rows and table_suffices(binner, X, y, sample_weight):

        def draws(bins: FeatureBins) -> Iterator[_Drawn | EvidenceTable]:
            return _drawn_tables(unweighted_table(bins), n_permutations, generators[bins.name])

    else:
        purpose = "sample_weight and clusters" if counts_rows else "amounts and several classes"
        coded, kept = coded_rows(fitted, X, y, sample_weight, purpose).present()
        strata = _strata(clusters, coded.rows.n_rows, kept)

        def draws(bins: FeatureBins) -> Iterator[_Drawn | EvidenceTable]:
            return _permuted_tables(coded, bins.name, strata, n_permutations, generators[bins.name])

    return each_feature(fitted, lambda bins: _test(fitted, bins, draws(bins), stop_after))


class _Drawn(NamedTuple):
    """Counts of some draws; a table is made of one where it is needed."""

    labels: tuple[str, ...]
    counts: FloatArray
    squared: FloatArray

    def table(self, draw: int) -> CountTable:
        """Return the counts of one draw."""
        return CountTable(self.labels, self.counts[draw], self.squared[draw])


def _test(
    binner: TableBinner,
    bins: FeatureBins,
    draws: Iterator[_Drawn | EvidenceTable],
    stop_after: int | None,
) -> PermutationResult:
    """Count the draws that are at least as large as the data, which are one of them."""
    _, whole, _ = bins.prebin_sums()
    statistic = _information_value(binner, bins, whole)
    least = statistic * (1.0 - _TIE)

    # Draws come in pieces, each bounded at once; the test may stop within a piece.
    n_draws, exceeding = 0, 0
    for drawn in draws:
        for i, bound in enumerate(_bounds(binner, bins, drawn)):
            leave_if_interrupted()
            n_draws += 1
            if bound < least:
                continue  # no bins of these counts reach the data: none are searched
            table = drawn.table(i) if isinstance(drawn, _Drawn) else drawn
            exceeding += int(_information_value(binner, bins, table, infeasible=0.0) >= least)
            if exceeding == stop_after:
                # The last draw exceeds by the rule that stops, so that the data are not counted as
                # one more.
                return PermutationResult(statistic, exceeding / n_draws, n_draws, stopped=True)
    return PermutationResult(statistic, (1 + exceeding) / (1 + n_draws), n_draws)


def _bounds(binner: TableBinner, bins: FeatureBins, drawn: _Drawn | EvidenceTable) -> list[float]:
    """Bound on what bins of each draw tell; infinite where a search has to say it."""
    if isinstance(drawn, EvidenceTable):
        return [np.inf]
    if bins.status == BY_HAND:
        return [np.inf] * len(drawn.counts)
    spec, _, _ = bins.prebin_sums()
    promise = promise_of(binner, spec)
    bounds = most_information(spec, drawn.counts, drawn.squared, binner.zero_cells, promise)
    return bounds.tolist()


def _information_value(
    binner: TableBinner, bins: FeatureBins, table: AnyTable, infeasible: float | None = None
) -> float:
    """Information value in bins learnt on a table; ``infeasible`` where the limits leave none.

    Of a target that is no two classes it is the divergence that the bins maximise.
    """
    try:
        learnt, _ = rebinned_counts(binner, bins, table)
    except InfeasibleError:
        if infeasible is None:
            raise
        return infeasible
    if isinstance(learnt, EvidenceTable):
        return explained_share(learnt, divergences_of(binner)[bins.name])
    # Bins without rows on a draw have no term; nothing is added to their cells.
    occupied = learnt.counts.any(axis=1)
    good, bad = learnt.counts[occupied].T
    squares = learnt.squared_weights[occupied].T
    filled = fill_zero_cells(BinnedSamples(good, bad, *squares), binner.zero_cells)
    return float(jeffreys(*filled.shares()).value.sum())


def _drawn_tables(table: CountTable, n_draws: int, rng: np.random.Generator) -> Iterator[_Drawn]:
    """Event counts drawn from the multivariate hypergeometric law."""
    total = np.rint(table.counts.sum(axis=1)).astype(np.int64)
    n_events = int(np.rint(table.events.sum()))
    for draws in in_pieces(n_draws, min(_AT_ONCE, max(1, _DRAWN // total.size))):
        n = draws.stop - draws.start
        # The method "marginals" holds no array with an entry for each row, as "count" does.
        events = rng.multivariate_hypergeometric(total, n_events, size=n, method="marginals")
        counts = np.stack([total - events, events], axis=2).astype(np.float64)
        yield _Drawn(table.labels, counts, counts)


def _strata(
    clusters: ArrayLike | None, n_rows: int, kept: BoolArray | None = None
) -> list[IntArray]:
    """Rows of the clusters of each size, arrays of shape (n_clusters, size).

    ``kept`` marks the rows that stay of those to which the clusters belong.
    """
    if clusters is None:
        return [np.arange(n_rows)[:, None]]

    if kept is not None:
        clusters = check_length("clusters", as_label_array("clusters", clusters), kept.size)[kept]
    _, labels = labels_of_rows("clusters", clusters, n_rows)
    order = np.argsort(labels, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(labels))[:-1])
    # Only clusters of one size can exchange their features, row by row.
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
    coded: CodedRows, name: str, strata: list[IntArray], n_draws: int, rng: np.random.Generator
) -> Iterator[_Drawn | EvidenceTable]:
    """Tables with the codes of whole clusters (or rows) permuted among targets and weights."""
    codes = coded.codes[name]
    for _ in range(n_draws):
        moved = np.empty_like(codes)
        for stratum in strata:
            # A permutation of the first axis: whole clusters move, their rows in order.
            moved[stratum] = codes[rng.permutation(stratum)]
        table = sums_of_codes(coded.specs[name], moved, coded.rows)
        if isinstance(table, EvidenceTable):
            yield table
        else:
            yield _Drawn(table.labels, table.counts[None], table.squared_weights[None])

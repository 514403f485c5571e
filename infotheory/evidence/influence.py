"""Information values of several characteristics on the same rows, with joint errors."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._row_order import warn_of_row_order
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, FloatArray, IntArray, LabelArray
from infotheory._validation import (
    as_array,
    as_counts,
    check_length,
    distinct_labels,
    fill_absent,
    labels_of_rows,
    present_labels,
    rows_with_weight,
)
from infotheory._warnings import warn
from infotheory.evidence.binned_samples import (
    BinnedSamples,
    fill_zero_cells,
    join_samples,
    samples_of_table,
    warn_sparse,
)
from infotheory.evidence.divergence import (
    CLASSES,
    FEW_ROWS,
    bin_influences,
    divergence_parts,
    reason_of_few_rows,
    reason_of_sparse_bins,
    unbiased_divergence,
    unbiased_terms,
)
from infotheory.exceptions import ApproximationWarning, WithheldWarning
from infotheory.inference import FEWEST_DEGREES, kish_size
from infotheory.tables import CountTable

__all__ = [
    "InformationValues",
    "bin_changes",
    "columns_of_codes",
    "degrees_of_sum",
    "has_few_rows",
    "information_value_covariance",
    "information_values",
    "summed_influence",
    "values_with_influences",
]

#: Effective clusters from which their covariance is taken as it is.
MANY_CLUSTERS = 30.0

#: Clusters up to which their covariance is that of the jackknife.
FEW_CLUSTERS = 200

#: Relative, of the weight of a row that is left in a cell.
_ROUNDING = 1e-9

_CHUNK = 1 << 16  # rows whose influences stand in memory at once


@dataclass(frozen=True, slots=True, eq=False)
class InformationValues:
    """Information values on the same rows; unpacks to ``values, covariance``.

    Parameters
    ----------
    values : ndarray of shape (n_features,)
        Information values, not debiased.
    covariance : ndarray of shape (n_features, n_features)
        Covariance of their errors.
    bias : ndarray of shape (n_features,)
        Second-order bias of each value, not subtracted.
    unbiased : ndarray of shape (n_features,)
        Values without their bias, in small samples too; they may be negative.
    reason : str or None
        Why no interval of a sum or a ratio of the values was shown to hold; None where one was.
    unbounded : str or None
        Why nothing bounds a sum of the values from above; None where something does.
    degrees_of_freedom : float
        Of the covariance: effective clusters less one; infinite without clusters.
    """

    values: FloatArray
    covariance: FloatArray
    bias: FloatArray
    unbiased: FloatArray
    reason: str | None = None
    unbounded: str | None = None
    degrees_of_freedom: float = math.inf

    __repr__ = short_repr
    _repr_html_ = html_repr

    @property
    def standard_errors(self) -> FloatArray:
        """Standard error of each value."""
        return np.sqrt(np.diag(self.covariance))

    def __iter__(self) -> Iterator[FloatArray]:
        return iter((self.values, self.covariance))


def information_values(
    codes: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    zero_cells: str | float = "haldane",
    event_label: Any = None,
) -> InformationValues:
    """Information value of every column of bin codes, with the covariance of their errors.

    Parameters
    ----------
    codes : array-like of shape (n_rows,) or (n_rows, n_features)
        Bin of each row, integers from 0; a column a characteristic.
    y : array-like of shape (n_rows,) or (n_rows, n_features)
        Two labels. With two dimensions each characteristic has its own target: the class for its
        information value, a protected attribute for its demographic information value, and the
        covariance then ties the two together.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.
    clusters : array-like of shape (n_rows,), optional
        Labels of groups of rows that may depend on each other (the loans of one borrower): the
        covariance is then cluster-robust. From 10 effective clusters its
        ``degrees_of_freedom`` let :func:`linear_combination` and :func:`ratio` make Student's
        intervals; with fewer none is shown.
    zero_cells : {"haldane", "error"} or float
        Rule for bins with rows of one class only.
    event_label : object, optional
        The label of an event. When None it is the larger of the two, and an EventLabelWarning says
        so unless labels are 0/1, -1/1 or False/True (numbers or text). A list has one a column of
        ``y``. The values are the same whichever of the two is the event.

    Returns
    -------
    InformationValues
        ``values, covariance = information_values(codes, y)``.

    Raises
    ------
    ValueError
        If lengths differ, codes are not integers from 0, a target has not two labels, or a class
        has no weight.

    Warns
    -----
    SparseCellWarning
        If halves were added, once a call.
    WithheldWarning
        If there are fewer than 10 effective clusters.
    ApproximationWarning
        If there are fewer than 30: clusters that differ much still leave intervals short.

    Notes
    -----
    A row in bin i adds ``w (u_i - sum p u) / W_good`` if it is good, ``w (v_i - sum q v) / W_bad``
    if bad, with ``u = ln(p/q) + 1 - q/p`` and ``v = ln(q/p) + 1 - p/q``; the covariance is the sum
    of products over rows, or over clusters of the sums inside them. On the diagonal and without
    clusters it is the delta method's variance. ``bias`` is that of independent rows; where the rows
    of a cluster are alike it is larger than this.

    Up to 200 clusters the covariance is that of the jackknife, ``(C - 1) / C`` times the sum of
    products of what each cluster changes when it is left out; with more clusters C it is the sum of
    influences times ``C / (C - 1)``. It has ``C* - 1`` degrees of freedom, with
    ``C* = (sum n_c)^2 / sum n_c^2`` and n_c the weight of a cluster
    (A. C. Cameron and D. L. Miller, Journal of Human Resources 50 (2015) 317-372,
    doi:10.3368/jhr.50.2.317). Simulated coverage of the 95 % interval of values, sums and
    differences (``bias`` given) with 20 and 40 clusters of very uneven size is told on the page of
    evidence.

    Examples
    --------
    >>> codes = [[0, 1], [0, 0], [1, 1], [1, 0], [0, 1], [1, 0]]
    >>> values, covariance = information_values(codes, [0, 0, 1, 1, 1, 0])
    >>> values.round(4).tolist(), covariance.shape
    ([0.4621, 0.4621], (2, 2))
    """
    warn_of_row_order(codes=codes, y=y, sample_weight=sample_weight, clusters=clusters)
    codes, weights = present_labels("codes", codes, sample_weight)
    bins, targets = _as_columns(codes, y, event_label, weights)
    members = None if clusters is None else _cluster_codes(clusters, bins.shape[0], weights)
    has_weight = rows_with_weight(weights)
    if weights is not None and has_weight is not None:
        # A bin or cluster of which no row has weight is none.
        bins, targets, weights = bins[has_weight], targets[has_weight], weights[has_weight]
        members = None if members is None else members[has_weight]

    return values_with_influences(bins, targets, weights, members, zero_cells)[0]


def values_with_influences(
    bins: IntArray,
    targets: IntArray,
    weights: FloatArray | None,
    members: LabelArray | None = None,
    zero_cells: str | float = "haldane",
) -> tuple[InformationValues, list[BinnedSamples], list[FloatArray]]:
    """Return the values of columns of codes, their bins, and the influence of a row of each.

    All rows have weight; each characteristic has its own column of targets, or one serves all.
    Influences are by bin and class.
    """
    samples, influences, values, bias, unbiased = [], [], [], [], []
    for column in range(bins.shape[1]):
        table = CountTable.from_codes(
            # One target serves all columns of codes.
            bins[:, column],
            targets[:, column % targets.shape[1]],
            sample_weight=weights,
        )
        samples.append(samples_of_table(table))
        filled = fill_zero_cells(samples[-1], zero_cells)
        parts = divergence_parts(filled)
        values.append(parts.value)
        bias.append(parts.bias)

        # A number of rows that a user adds to cells is part of what is estimated.
        plain = isinstance(zero_cells, str)
        unbiased.append(unbiased_divergence(samples[-1]) if plain else parts.center)
        influences.append(bin_influences(filled))

    _warn_once(samples, zero_cells, "column")
    degrees, few_clusters = math.inf, None
    if members is None:
        covariance = _covariance(bins, targets, influences, weights, members)
    else:
        sizes = np.bincount(members, weights).astype(np.float64)
        # A cluster whose rows all have weight 0 is none.
        n_clusters = int((sizes > 0.0).sum())
        degrees, few_clusters = _degrees_of_clusters(sizes)
        left_out = None
        if n_clusters <= FEW_CLUSTERS:
            left_out = _values_without(bins, targets, weights, members, zero_cells)
        if left_out is None:
            covariance = _covariance(bins, targets, influences, weights, members)
            # The sums of the clusters vary about a mean that is taken from them.
            covariance *= n_clusters / (n_clusters - 1)
        else:
            change = left_out - np.array(values)
            covariance = (n_clusters - 1) / n_clusters * (change.T @ change)

    labels = [[f"{i} of column {j}" for i in range(s.first.size)] for j, s in enumerate(samples)]
    named = list(zip(samples, labels, strict=True))
    several = InformationValues(
        np.array(values),
        covariance,
        np.array(bias),
        unbiased=np.array(unbiased),
        # Too few clusters leave no interval at all, whatever the bins.
        reason=few_clusters or _first(reason_of_sparse_bins(*each) for each in named),
        unbounded=_first(reason_of_few_rows(*each, CLASSES) for each in named),
        degrees_of_freedom=degrees,
    )
    return several, samples, influences


def _values_without(
    bins: IntArray,
    targets: IntArray,
    weights: FloatArray | None,
    members: LabelArray,
    zero_cells: str | float,
) -> FloatArray | None:
    """Values without each cluster, shape (n_clusters, n_features); None where a class is gone.

    Influences are of small changes, and a cluster of few is none: near 0 they vanish with the value
    while the value still moves. So the covariance of few clusters is that of the jackknife, about
    the values of all rows.
    """
    mass = np.ones(members.size) if weights is None else weights
    n_clusters = int(members.max()) + 1
    values = np.empty((n_clusters, bins.shape[1]))
    # A rule that refuses empty cells has let the whole table pass: a cluster less may empty one.
    rule = "haldane" if zero_cells == "error" else zero_cells
    for column in range(bins.shape[1]):
        n_bins = int(bins[:, column].max()) + 1
        target = targets[:, column % targets.shape[1]]
        cells = np.ravel_multi_index((members, target, bins[:, column]), (n_clusters, 2, n_bins))
        shape = (n_clusters, 2, n_bins)
        counts, squared = (
            np.bincount(cells, each, minlength=int(np.prod(shape))).reshape(shape)
            for each in (mass, mass**2)
        )
        rest, rest_squared = (each.sum(axis=0) - each for each in (counts, squared))
        # Differences of sums of weights leave their rounding where no row is left.
        rows = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
        empty = rows.sum(axis=0) == rows
        rest[empty] = rest_squared[empty] = 0.0
        if not rest.any(axis=2).all():
            return None
        samples = BinnedSamples(rest[:, 0], rest[:, 1], rest_squared[:, 0], rest_squared[:, 1])
        values[:, column] = divergence_parts(fill_zero_cells(samples, rule)).value
    return values


def _degrees_of_clusters(sizes: FloatArray) -> tuple[float, str | None]:
    """Degrees of freedom of clusters of these weights, and why they are too few; warn of few."""
    effective = kish_size(float(sizes.sum()), float(sizes @ sizes))
    if effective >= MANY_CLUSTERS:
        return effective - 1.0, None

    told = f"{effective:.3g} effective clusters"
    # With 5 and 8 clusters intervals covered .89 to .94.
    if effective - 1.0 < FEWEST_DEGREES:
        reason = f"{told}, {FEWEST_DEGREES + 1:.0f} are needed for an interval"
        warn(reason, WithheldWarning)
        return effective - 1.0, reason
    message = (
        f"{told}: below {MANY_CLUSTERS:.0f} intervals are short where clusters differ much; take "
        "smaller clusters where that is right"
    )
    warn(message, ApproximationWarning)
    return effective - 1.0, None


def bin_changes(samples: BinnedSamples) -> FloatArray:
    """Change of the value without its bias when a row is left out, of shape (n_bins, 2).

    By bin and class as ``bin_influences``, and for a row of weight 1. Influences are of small
    changes, and a row of a handful is none: with 20 to 50 events standard errors from them are
    short by a tenth to a quarter. Those of what rows change when left out are the jackknife's
    (B. Efron and C. Stein, Annals of Statistics 9 (1981) 586-596, doi:10.1214/aos/1176345462).
    """
    cells = np.stack([samples.first, samples.second], axis=-1)
    squared = np.stack([samples.first_squared, samples.second_squared], axis=-1)
    total, squares = cells.sum(axis=0), squared.sum(axis=0)

    # A row of a bin weighs as much as its squared weights say of each.
    row = np.divide(squared, cells, out=np.zeros_like(cells), where=cells > 0.0)
    # One heavy row beside light ones leaves less than another: all of them go.
    gone = (row > 0.0) & (cells - row < (1.0 - _ROUNDING) * row)
    taken, taken_squared = np.where(gone, cells, row), np.where(gone, squared, row**2)

    # Totals change with each row, and so do all terms: some cells at a time, of hundreds of bins.
    others = np.empty(cells.size)
    n_at_once = max(1, _CHUNK // cells.size)
    for start in range(0, cells.size, n_at_once):
        some = slice(start, start + n_at_once)
        left_out = np.eye(others[some].size, cells.size, start).reshape(-1, *cells.shape)
        rest, rest_squared = cells - left_out * taken, squared - left_out * taken_squared
        totals = rest.sum(axis=1), rest_squared.sum(axis=1)
        others[some] = unbiased_terms(rest, rest_squared, *totals).sum(axis=-1)
    of_all = unbiased_terms(cells, squared, total, squares).sum()
    moved = (of_all - others).reshape(cells.shape)
    change = np.divide(moved, taken, out=np.zeros_like(row), where=row > 0.0)

    # About their mean, by one row less than there are.
    effective = total**2 / squares
    centred = change - np.sum(cells * change, axis=0) / total
    return np.asarray(np.where(row > 0.0, centred * np.sqrt(1.0 - 1.0 / effective), 0.0))


def has_few_rows(samples: BinnedSamples) -> bool:
    """Whether a bin with rows has few of a class, by what their weights are worth."""
    rows = [
        np.divide(weight**2, squared, out=np.zeros_like(weight), where=squared > 0.0)
        for weight, squared in (
            (samples.first, samples.first_squared),
            (samples.second, samples.second_squared),
        )
    ]
    return bool((np.minimum(*rows)[samples.occupied()] < FEW_ROWS).any())


def summed_influence(
    bins: IntArray, target: IntArray, influences: Sequence[FloatArray]
) -> FloatArray:
    """Influence of each row of weight 1 on the sum of the columns, from those by bin and class."""
    influence = np.zeros(target.size)
    for column, of_bins in zip(bins.T, influences, strict=True):
        influence += of_bins[column, target]
    return influence


def degrees_of_sum(influence: FloatArray, target: IntArray) -> float:
    """Degrees of freedom of the variance of a sum of columns, by the squares of its influences.

    With t the squares of the rows of a class, V their sum and n the rows, V has the variance
    ``sum t^2 - V^2 / n``; those of both classes add up (B. L. Welch, Biometrika 34 (1947) 28-35,
    doi:10.1093/biomet/34.1-2.28). Events whose influences have the kurtosis of a normal law count
    as many as they are, others less. ``influence`` is that of each row, times its weight.
    """
    # ``freedom_of_variance`` of series asks the same of one sample whose terms go together, and
    # ``influence_degrees`` of areas how many rows carry a variance, of whatever kurtosis.
    squares = influence**2
    noise = 0.0
    for label in (0, 1):
        of_class = squares[target == label]
        noise += max(float(of_class @ of_class - of_class.sum() ** 2 / of_class.size), 0.0)
    variance = float(squares.sum())
    return max(2.0 * variance**2 / noise, 1.0) if noise > 0.0 else np.inf


def _first(reasons: Iterable[str | None]) -> str | None:
    return next((reason for reason in reasons if reason is not None), None)


def _warn_once(samples: list[BinnedSamples], zero_cells: str | float, what: str) -> None:
    """Warn of the bins of all characteristics that one class does not reach."""
    names = [f"bin {i} of {what} {j}" for j, s in enumerate(samples) for i in range(s.first.size)]
    warn_sparse(join_samples(samples), zero_cells, names)


def information_value_covariance(
    joint: ArrayLike, *, zero_cells: str | float = "haldane"
) -> FloatArray:
    """Covariance of two information values from the joint counts of their bins; no rows needed.

    Parameters
    ----------
    joint : array-like of shape (n_bins_a, n_bins_b, 2)
        Unweighted counts by bin of one characteristic, bin of the other, and class (non-event,
        event).
    zero_cells : {"haldane", "error"} or float
        Rule for bins of either characteristic with rows of one class only.

    Returns
    -------
    ndarray of shape (2, 2)
        What :func:`information_values` gives for the rows behind the counts.

    Raises
    ------
    ValueError
        If the counts have another shape, are negative, or lack a class.

    Warns
    -----
    SparseCellWarning
        If halves were added, once a call.

    Examples
    --------
    >>> same = [[[30, 10], [0, 0]], [[0, 0], [20, 20]]]
    >>> information_value_covariance(same).round(5).tolist()
    [[0.06258, 0.06258], [0.06258, 0.06258]]
    """
    counts = as_counts(joint, name="joint")
    if counts.ndim != 3 or counts.shape[2] != 2:
        message = f"joint must have shape (n_bins_a, n_bins_b, 2), got {counts.shape}"
        raise ValueError(message)

    margins = [counts.sum(axis=1), counts.sum(axis=0)]
    samples = [
        samples_of_table(CountTable.from_counts(margin[:, 0], margin[:, 1])) for margin in margins
    ]
    _warn_once(samples, zero_cells, "characteristic")

    # a and b are the bins of the two characteristics, k the class: rows of a cell are alike.
    u, v = (bin_influences(fill_zero_cells(pair, zero_cells)) for pair in samples)
    first = np.einsum("abk,ak,ak->", counts, u, u)
    second = np.einsum("abk,bk,bk->", counts, v, v)
    cross = np.einsum("abk,ak,bk->", counts, u, v)
    return np.array([[first, cross], [cross, second]])


def columns_of_codes(codes: ArrayLike) -> IntArray:
    """Return codes with one column a characteristic, of which a vector is one; or ValueError."""
    bins = as_array("codes", codes)
    bins = bins[:, None] if bins.ndim == 1 else bins
    if bins.ndim != 2 or bins.size == 0:
        message = f"codes must have shape (n_rows,) or (n_rows, n_features), got {np.shape(codes)}"
        raise ValueError(message)
    return bins


def _as_columns(
    codes: ArrayLike, y: ArrayLike, event_label: Any, weights: FloatArray | None
) -> tuple[IntArray, IntArray]:
    """Return codes and targets as integers with one column a characteristic, or one target."""
    bins, labels = columns_of_codes(codes), as_array("y", y)
    if labels.ndim == 2 and labels.shape != bins.shape:
        message = (
            f"a two-dimensional y must have one column a column of codes, got {labels.shape} for "
            f"{bins.shape}"
        )
        raise ValueError(message)

    if labels.ndim < 2 or labels.shape[1] == 1:
        target, _ = TargetLabels.learn(y, event_label, weights=weights)
        return bins, check_length("y", target, bins.shape[0])[:, None].astype(np.intp)

    columns = [check_length("y", column, bins.shape[0]) for column in labels.T]
    return bins, np.column_stack(_targets(columns, event_label, weights)).astype(np.intp)


def _targets(
    columns: Sequence[LabelArray], event_label: Any, weights: FloatArray | None
) -> list[FloatArray]:
    """Read several targets; the warning of the first stands for all."""
    if isinstance(event_label, list | tuple):
        if len(event_label) != len(columns):
            message = (
                f"event_label must be one label, or one for each of the {len(columns)} columns of "
                f"y, got {len(event_label)}"
            )
            raise ValueError(message)
        pairs = zip(columns, event_label, strict=True)
        return [TargetLabels.learn(column, label, weights=weights)[0] for column, label in pairs]

    first, _ = TargetLabels.learn(columns[0], event_label, weights=weights)
    targets = [first]
    for column in columns[1:]:
        # Named here, as ``learn`` would choose it, so that it has nothing to warn of.
        larger = distinct_labels("y", fill_absent("y", column, weights))[0].tolist()[-1]
        label = larger if event_label is None else event_label
        targets.append(TargetLabels.learn(column, label, weights=weights)[0])
    return targets


def _covariance(
    bins: IntArray,
    targets: IntArray,
    influences: list[FloatArray],
    weights: FloatArray | None,
    members: LabelArray | None,
) -> FloatArray:
    """Sum the products of the influences chunk by chunk, so that memory stays small."""
    n_rows, n_features = bins.shape
    sums = np.zeros((0 if members is None else int(members.max()) + 1, n_features))
    covariance = np.zeros((n_features, n_features))

    for start in range(0, n_rows, _CHUNK):
        rows = slice(start, start + _CHUNK)
        influence = np.column_stack(
            [
                by_bin[bins[rows, column], targets[rows, column % targets.shape[1]]]
                for column, by_bin in enumerate(influences)
            ]
        )
        if weights is not None:
            influence *= weights[rows, None]

        if members is None:
            # Rows are independent: their products add up. Those of a cluster are summed first.
            covariance += influence.T @ influence
        else:
            np.add.at(sums, members[rows], influence)

    return covariance if members is None else sums.T @ sums


def _cluster_codes(clusters: ArrayLike, n_rows: int, weights: FloatArray | None) -> LabelArray:
    _, members = labels_of_rows("clusters", clusters, n_rows, weights)
    if int(members.max()) == 0:
        which = "" if rows_with_weight(weights) is None else " of positive weight"
        message = f"clusters must name at least two clusters{which}, got one for all {n_rows} rows"
        raise ValueError(message)
    return members

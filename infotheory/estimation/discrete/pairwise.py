"""Mutual information of every pair of columns, from one product of indicator matrices."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from infotheory._codes import Codes, compress, encode_labels
from infotheory._compiled import compiled
from infotheory._display import html_repr, short_repr
from infotheory._later import stats
from infotheory._numerics import information_of_cells, log_base
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, Base, FloatArray, IntArray
from infotheory._validation import as_array, fill_absent, present_labels
from infotheory.estimation._row_memory import warn_of_memory
from infotheory.estimation.discrete._independence import chi2_holds, pair_p_values
from infotheory.estimation.discrete._margins import mean_excess
from infotheory.estimation.discrete._samples import are_alike, cell_counts
from infotheory.estimation.discrete._strata import count_strata, independence_p_value
from infotheory.estimation.discrete._weighted_independence import (
    WeightedCells,
    weighted_independence_p_value,
)
from infotheory.inference import holm, kish_size

__all__ = ["PairwiseMutualInformation", "pairwise_mutual_information"]

# The Gram matrix of more indicators would take longer than counting pair by pair.
_MOST_INDICATORS = 4096

# From so many labels of rows on a kernel that adds up three sums at once is loaded: products of
# indicators would take it three times, in float64.
_MANY_LABELS = 200_000

# Products of indicators are summed in float32, which counts whole numbers up to 2**24 exactly.
_BLOCK_ROWS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class PairwiseMutualInformation:
    """Mutual information of every pair of columns; the diagonal holds the entropies.

    Parameters
    ----------
    values : ndarray of shape (n_columns, n_columns)
        Plug-in mutual information, symmetric: descriptive, too large by its bias where cells are
        sparse; `estimate_mutual_information` gives the interval of a pair.
    standard_errors : ndarray of shape (n_columns, n_columns)
        Delta-method standard errors.
    p_values : ndarray of shape (n_columns, n_columns)
        Likelihood-ratio tests of independence; NaN where rows have weights and no test is known to
        hold: fewer effective rows than degrees of freedom, or few of them in a cell and weights of
        cells that are no products of weights of the labels.
    names : tuple of str
        Names of the columns.
    """

    values: FloatArray
    standard_errors: FloatArray
    p_values: FloatArray
    names: tuple[str, ...]

    __repr__ = short_repr
    _repr_html_ = html_repr

    def to_frame(self) -> pd.DataFrame:
        """Return one row a pair of columns.

        Returns
        -------
        DataFrame
            Columns first, second, mutual_information, standard_error, p_value, and adjusted_p_value
            (Holm: for all pairs together).
        """
        first, second = np.triu_indices(len(self.names), k=1)
        names = np.asarray(self.names, dtype=object)
        return pd.DataFrame(
            {
                "first": names[first],
                "second": names[second],
                "mutual_information": self.values[first, second],
                "standard_error": self.standard_errors[first, second],
                "p_value": self.p_values[first, second],
                "adjusted_p_value": holm(self.p_values[first, second]),
            }
        )


def pairwise_mutual_information(
    X: Any, *, sample_weight: ArrayLike | None = None, base: Base = None
) -> "PairwiseMutualInformation":
    """Estimate the mutual information of every pair of columns.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_columns) or DataFrame
        Columns of labels of any type (pandas, Polars, or what narwhals reads).
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows. They enter through the frequencies and Kish's size
        ``(sum w)^2 / sum w^2``.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    PairwiseMutualInformation
        Values (descriptive, without intervals) and p-values as `estimate_mutual_information` has
        them by the plug-in, delta-method standard errors, and the names.

    Raises
    ------
    ValueError
        If there are no rows or columns, or a label is missing or a measurement.

    Warns
    -----
    ApproximationWarning
        If two columns remember the rows before, as steps of series do: errors are too small.

    Examples
    --------
    >>> result = pairwise_mutual_information([[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]], base=2)
    >>> result.values.tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    columns = named_columns(X)
    of_measurements = 'estimate_mutual_information(x, y, method="ksg") of each pair'
    warn_of_row_order(X=X, sample_weight=sample_weight)
    first, given = next(iter(columns.items()))
    _, weights = present_labels(f"column {first!r}", given, sample_weight)
    codes = [
        compress(
            encode_labels(
                fill_absent(f"column {name!r}", column, weights),
                name=f"column {name!r}",
                of_measurements=of_measurements,
            )
        )
        for name, column in columns.items()
    ]
    unit = log_base(base)
    # Rows without weight are none.
    counted = slice(None) if weights is None else weights > 0.0
    warn_of_memory(*[code.index[counted] for code in codes])

    few = sum(code.n_levels for code in codes) <= _MOST_INDICATORS
    count = _from_gram if few else _pair_by_pair
    values, variances, levels, total, weighted_p_values = count(codes, weights)

    p_values = weighted_p_values
    if p_values is None:
        p_values = _p_values(values, levels, total)
    return PairwiseMutualInformation(
        values / unit, np.sqrt(variances / total) / unit, p_values, tuple(columns)
    )


def named_columns(X: Any) -> dict[str, Any]:
    """Return the columns of a frame or a matrix by name; x0, x1, ... where they have none."""
    if hasattr(X, "columns"):
        import narwhals as nw

        frame = nw.from_native(X, eager_only=True)
        names = [str(name) for name in frame.columns]
        if len(set(names)) < len(names):
            message = f"X must have columns of different names, as text, got {names}"
            raise ValueError(message)
        # Not frame[name]: where the name is a whole number, that is a row.
        series = [frame.get_column(name) for name in frame.columns] if len(frame) else []
        columns = {name: s.to_numpy() for name, s in zip(names, series, strict=False)}
        shape: tuple[int, ...] = frame.shape
    else:
        array = as_array("X", X)
        shape = array.shape
        # Each column in one piece: encoding reads it more than once.
        rows = np.ascontiguousarray(array.T)
        columns = {f"x{j}": rows[j] for j in range(shape[1])} if array.ndim == 2 else {}

    if len(shape) != 2 or 0 in shape:
        message = (
            f"X must have shape (n_rows, n_columns) with at least one of each, got shape {shape}"
        )
        raise ValueError(message)
    return columns


#: Values in nats, variances of the pointwise information, mass of the levels of each column scaled
#: to the effective size, that size, and p-values where rows have different weights.
_Counted = tuple[FloatArray, FloatArray, list[FloatArray], float, FloatArray | None]


def _from_gram(codes: list[Codes], weights: FloatArray | None) -> _Counted:
    """Count all pairs at once."""
    weighted = None
    if weights is not None and not are_alike(weights):
        gram, weighted = _WeightedGrams.of(codes, weights)
    else:
        gram = _gram(codes, weights)
    mass = float(codes[0].n_rows) if weights is None else float(weights.sum())
    total = mass if weights is None else kish_size(mass, float(weights @ weights))

    # The diagonal holds the levels themselves; those whose rows all have weight 0 have no share.
    levels = np.diag(gram).copy()
    occurs = levels > 0.0
    levels[~occurs] = 1.0
    ends = np.cumsum([code.n_levels for code in codes])
    starts = np.concatenate([[0], ends[:-1]])
    values, variances = np.empty((2, len(codes), len(codes)))

    # Column by column: all cells at once would take a dozen tables of the size of the product.
    for column, (start, end) in enumerate(zip(starts, ends, strict=True)):
        cells = np.where(occurs[start:end, None] & occurs, gram[start:end], 0.0)
        first, second = np.broadcast_arrays(levels[start:end, None], levels)
        terms = information_of_cells(cells, first, second, np.full_like(cells, mass))
        terms = np.where(occurs[start:end, None] & occurs, terms, 0.0)
        logs = np.log(np.where(cells > 0.0, cells / first * (mass / second), 1.0))
        values[column] = np.add.reduceat(terms.sum(axis=0), starts) / mass

        # A row of weight w moves the value by w times its term: squares say how far.
        shares = cells if weighted is None else weighted.squares[start:end]
        of_term, of_square = (
            np.add.reduceat((shares * power).sum(axis=0), starts) for power in (logs, logs**2)
        )
        sum_of_shares = mass if weighted is None else weighted.sum_of_squares
        middle = values[column]
        variances[column] = (of_square - 2.0 * middle * of_term) / sum_of_shares + middle**2

    masses = np.split(np.diag(gram) * (total / mass), starts[1:])
    values, variances = np.maximum(values, 0.0), np.maximum(variances, 0.0)
    p_values = None if weighted is None else weighted.p_values(gram, starts, ends, values, total)
    return values, variances, masses, total, p_values


@dataclass(frozen=True, slots=True, eq=False)
class _WeightedGrams:
    """Rows and squared weights of all pairs of labels, beside their weights."""

    # Number of rows of some weight that have label a and label b
    rows: FloatArray
    # Their squared weights, and those of all rows
    squares: FloatArray
    sum_of_squares: float

    @classmethod
    def of(cls, codes: list[Codes], weights: FloatArray) -> tuple[FloatArray, Self]:
        """Add up weights, and count them; rows of weight 0 are none."""
        square = float(weights @ weights)
        if weights.size * len(codes) >= _MANY_LABELS:
            rows, sums, squares = _weighted_sums(codes, weights)
            return sums, cls(rows, squares, square)
        counted = weights > 0.0
        kept = [Codes(code.index[counted], code.n_levels) for code in codes]
        return _gram(codes, weights), cls(_gram(kept, None), _gram(codes, weights**2), square)

    def p_values(
        self,
        gram: FloatArray,
        starts: IntArray,
        ends: IntArray,
        values: FloatArray,
        total: float,
    ) -> FloatArray:
        """Test the independence of every pair."""
        p_values = np.ones_like(values)
        for i, j in zip(*np.tril_indices(len(starts)), strict=True):
            block = np.s_[starts[i] : ends[i], starts[j] : ends[j]]
            cells = self._cells(gram[block], self.rows[block], self.squares[block], total)
            p_value = weighted_independence_p_value(cells, total, values[i, j])
            p_values[i, j] = p_values[j, i] = np.nan if p_value is None else p_value
        return p_values

    def _cells(
        self, counts: FloatArray, rows: FloatArray, squares: FloatArray, total: float
    ) -> WeightedCells:
        """Cells of one pair, scaled as everywhere."""
        x, y = np.nonzero(counts)
        margins = (
            compress(Codes(x, counts.shape[0])),
            compress(Codes(y, counts.shape[1])),
            Codes(np.zeros(x.size, dtype=np.intp), 1),
        )
        to_size = total / counts.sum()
        return WeightedCells(
            counts[x, y] * to_size, squares[x, y] * to_size**2, rows[x, y], margins
        )


def _weighted_sums(codes: list[Codes], weights: FloatArray) -> FloatArray:
    """Rows of some weight, weights and squared weights of rows that have label a and label b."""
    sizes = np.array([code.n_levels for code in codes])
    starts = np.cumsum(sizes) - sizes
    places = np.stack([code.index + start for code, start in zip(codes, starts, strict=True)])

    # Sums of one pair of labels lie side by side, and those of one column fit into a cache.
    sums = np.zeros((int(sizes.sum()), int(sizes.sum()), 3))
    counted = weights > 0.0
    labels = np.ascontiguousarray(places[:, counted].T.astype(np.int32))
    for column in range(len(codes)):
        _add_pairs(labels, weights[counted], column, sums)

    lower = np.ascontiguousarray(np.moveaxis(sums, -1, 0))
    whole = lower + lower.swapaxes(1, 2)
    # Labels of one column meet themselves only, and were counted once.
    diagonal = np.arange(len(whole[0]))
    whole[:, diagonal, diagonal] = lower[:, diagonal, diagonal]
    return np.asarray(whole)


@compiled
def _add_pairs(labels: IntArray, weights: FloatArray, column: int, sums: FloatArray) -> None:
    """Add each row to the sums of its label of one column and of those up to it."""
    for row in range(labels.shape[0]):
        weight = weights[row]
        of_label = sums[labels[row, column]]
        for other in range(column + 1):
            cell = of_label[labels[row, other]]
            cell[0] += 1.0
            cell[1] += weight
            cell[2] += weight * weight


def _gram(codes: list[Codes], weights: FloatArray | None) -> FloatArray:
    """Weight of the rows that have label a and label b, for all labels of all columns."""
    sizes = np.array([code.n_levels for code in codes])
    if weights is not None:
        # A product of two roots is the weight of the row.
        return _product_of_indicators(codes, sizes, np.sqrt(weights)[:, None])

    # Of counts the last label of a column is what the others leave of the rows: without it the
    # product takes three quarters of the time with 8 labels, and a quarter with 2.
    counts = _product_of_indicators(
        codes, sizes - 1, np.ones((codes[0].n_rows, 1), dtype=np.float32)
    )
    return _with_last_labels(counts, sizes, codes[0].n_rows)


def _product_of_indicators(codes: list[Codes], sizes: IntArray, values: FloatArray) -> FloatArray:
    """Return sums of products of the indicators of the first labels of columns, times values."""
    starts, n_labels, n_rows = np.cumsum(sizes) - sizes, int(sizes.sum()), len(values)

    # One buffer for all blocks: only the entries of a block are set, and set back to 0. Its last
    # column takes the labels that are left out.
    gram = np.zeros((n_labels, n_labels))
    buffer = np.zeros((min(_BLOCK_ROWS, n_rows), n_labels + 1), dtype=values.dtype)
    entries = buffer.reshape(-1)
    row_starts = np.arange(len(buffer))[:, None] * (n_labels + 1)
    first_places = row_starts + starts
    for start in range(0, n_rows, _BLOCK_ROWS):
        labels = np.stack([code.index[start : start + _BLOCK_ROWS] for code in codes], axis=1)
        n = len(labels)
        places = np.where(labels < sizes, labels + first_places[:n], row_starts[:n] + n_labels)
        entries[places] = values[start : start + _BLOCK_ROWS]
        indicators = buffer[:n, :-1]
        gram += indicators.T @ indicators
        entries[places] = 0.0
    return gram


def _with_last_labels(counts: FloatArray, sizes: IntArray, n_rows: int) -> FloatArray:
    """Add the rows of the last label of each column to a table of whole numbers, which are exact.

    A label meets the last one of a column as often as it meets none of the others.
    """
    ends = np.cumsum(sizes)
    gram, last = np.zeros((ends[-1], ends[-1])), ends - 1
    others = np.delete(np.arange(ends[-1]), last)
    starts = np.concatenate([[0], np.cumsum(sizes - 1)])

    with_last = np.diag(counts)[:, None] - _sums_of_columns(counts, starts)
    of_last = n_rows - _sums_of_columns(np.diag(counts)[None], starts)
    gram[np.ix_(others, others)] = counts
    gram[np.ix_(others, last)] = with_last
    gram[np.ix_(last, others)] = with_last.T
    gram[np.ix_(last, last)] = of_last - _sums_of_columns(with_last.T, starts).T
    return gram


def _sums_of_columns(table: FloatArray, starts: IntArray) -> FloatArray:
    """Add up over the labels of each column (last axis), of which there may be none."""
    running = np.zeros((len(table), table.shape[1] + 1))
    np.cumsum(table, axis=1, out=running[:, 1:])
    return np.asarray(np.diff(running[:, starts], axis=1))


def _pair_by_pair(codes: list[Codes], weights: FloatArray | None) -> _Counted:
    """Count one pair after the other."""
    values, variances = np.zeros((2, len(codes), len(codes)))
    p_values = None if are_alike(weights) else np.ones_like(values)
    levels, total = [], 0.0
    for i, first in enumerate(codes):
        for j in range(i + 1):
            strata = count_strata(first, codes[j], None, weights)
            values[i, j], variances[i, j] = strata.information()
            total = strata.total
            if p_values is not None:
                p_value = independence_p_value(strata, float(values[i, j]))
                p_values[i, j] = np.nan if p_value is None else p_value
        levels.append(cell_counts(first, weights)[1])

    lower = np.tril_indices(len(codes), k=-1)
    for table in (values, variances, p_values):
        if table is not None:
            table.T[lower] = table[lower]
    return values, variances, levels, total, p_values


def _p_values(values: FloatArray, levels: list[FloatArray], total: float) -> FloatArray:
    """Likelihood-ratio tests of all pairs, as ``estimate_mutual_information`` has them."""
    # Levels whose rows all have weight 0 are none.
    levels = [masses[masses > 0.0] for masses in levels]
    sizes = np.array([masses.size for masses in levels])
    freedom = np.outer(sizes - 1, sizes - 1)
    statistics = 2.0 * total * values
    # Which pairs are sparse is read off the margins, and only these need another law.
    reciprocals = np.array([(1.0 / masses).sum() for masses in levels])
    excess = mean_excess(np.asarray(total), reciprocals[:, None], reciprocals)
    p_values = stats.chi2.sf(statistics, np.maximum(freedom, 1))
    p_values = np.where(freedom == 0, 1.0, p_values)
    sparse = ~chi2_holds(excess / np.sqrt(2.0 * np.maximum(freedom, 1))) & (freedom > 0)
    pairs = np.argwhere(np.triu(sparse))
    if pairs.size:
        counts = [np.rint(masses).astype(np.int64) for masses in levels]
        first, second = pairs.T
        p_values[first, second] = pair_p_values(statistics[first, second], counts, pairs)
        p_values[second, first] = p_values[first, second]
    return np.asarray(p_values)

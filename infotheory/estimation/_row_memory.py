"""Rows that remember those before them, as steps of series do, beside errors of independent rows.

The variance of the covariance of two columns grows by ``1 + 2 sum_h r(h) s(h)``, with their
autocorrelations r and s (Bartlett 1935): two columns of one pair must remember.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

from infotheory._codes import Codes, compress, joint_codes
from infotheory._typing import FloatArray
from infotheory._warnings import warn
from infotheory.exceptions import ApproximationWarning

__all__ = ["autocorrelations", "warn_of_memory"]

#: Numbers of labels, or measurements.
NumberArray = NDArray[Any]

#: Steps of the longest season.
_LONGEST_SEASON = 120
#: Share by which a variance may grow, and how seldom independent rows of all columns say so.
_MOST_GROWTH, _SIZE = 0.1, 0.005
#: Columns that remember the most, of which all pairs are looked at, and pairs that are looked at
#: more closely.
_MOST_COLUMNS, _MOST_PAIRS = 500, 50
#: Rows of a block, on average, from which the others of a table may have been sorted by it.
_LEAST_BLOCK = 10
#: A column of which less than this share is left is rounding.
_ROUNDING = 1e-9
#: Rows that are enough to see a memory, and numbers that one transform may hold.
_MOST_ROWS, _MOST_NUMBERS = 2048, 4_000_000


def warn_of_memory(
    *variables: NumberArray, strata: NumberArray | None = None, given: FloatArray | None = None
) -> None:
    """Warn where the columns of two variables remember the rows before, or of one that is alone.

    Each has shape (n_rows,) or (n_rows, n_columns); labels are numbers. What labels, ``strata``,
    and the columns ``given`` say of them is taken off. Rows that list a table, or that were sorted
    by one of two columns, are no series: nothing is said of them; nor where what a third column
    says, by which all rows were sorted, leaves no memory.
    """
    columns = [np.reshape(one, (len(one), -1)) for one in variables]
    labels = None if strata is None else _numbered(strata[:_MOST_ROWS])
    memory = _noticed_memory(_left(columns, labels, given), labels)
    if not memory.any():
        return

    of_variable = np.repeat(np.arange(len(columns)), [one.shape[1] for one in columns])
    most = np.argsort(-(memory**2).sum(axis=0), kind="stable")[:_MOST_COLUMNS]
    memory, of_variable = memory[:, most], of_variable[most]
    growth = 2.0 * memory.T @ memory
    if len(variables) > 1:
        growth[of_variable[:, None] == of_variable] = 0.0
    if not (growth > _MOST_GROWTH).any():
        return

    # Only now are columns looked at as a whole.
    table, condition = np.hstack(columns)[:, most], _condition(strata, given)
    places = _places(table[:_MOST_ROWS])
    for first, second in _largest_first(growth):
        rows = _Rows(table[:, first], table[:, second], condition, places, table.shape[1])
        grown = min(float(growth[first, second]), rows.growth_of_series())
        if grown > _MOST_GROWTH:
            message = (
                "rows remember those before them (variances grow by a factor of up to "
                f"{1.0 + grown:.3g}), and errors and tests are those of independent rows: "
                "they are too small for the steps of series; take steps that lie further apart. "
                "Independent rows that were sorted, also by a column that is not among these, are "
                "to be shuffled; repeated measurements are not independent in any order"
            )
            warn(message, ApproximationWarning)
            return


def autocorrelations(columns: FloatArray) -> FloatArray:
    """Return those of columns of mean 0, of shape (n_lags, n_columns), from lag 0 on.

    They reach to a quarter of the steps, and no further than a season may.
    """
    n_steps = len(columns)
    longest = max(1, min(n_steps // 4, _LONGEST_SEASON))
    size = fft.next_fast_len(n_steps + longest, real=True)
    power = np.abs(fft.rfft(columns, size, axis=0)) ** 2
    covariances = fft.irfft(power, size, axis=0)[: longest + 1]
    scale = covariances[0]
    return np.asarray(covariances / np.where(scale > 0.0, scale, 1.0))


def _condition(strata: NumberArray | None, given: FloatArray | None) -> list[NumberArray]:
    """Return the columns of what is taken off."""
    return [*([] if strata is None else [strata]), *([] if given is None else given.T)]


def _left(
    columns: Sequence[NumberArray], labels: Codes | None, given: FloatArray | None
) -> FloatArray:
    """Return the first rows of all columns, less what labels and, by lines, other columns say."""
    first = [one[:_MOST_ROWS] for one in columns]
    left: FloatArray = np.concatenate(first, axis=1, dtype=np.float64, casting="unsafe")
    if labels is None and given is None:
        return left

    spread = left.std(axis=0)
    if labels is not None:
        left = _less_means(left, labels)
    if given is not None and given.shape[1]:
        others = given[:_MOST_ROWS] - given[:_MOST_ROWS].mean(axis=0)
        left = left - left.mean(axis=0)
        left = left - others @ np.linalg.lstsq(others, left, rcond=None)[0]
    # What follows from the rest leaves rounding, which may remember anything.
    return np.where(left.std(axis=0) > _ROUNDING * spread, left, 0.0)


def _noticed_memory(columns: FloatArray, strata: Codes | None = None, among: int = 1) -> FloatArray:
    """Return autocorrelations from lag 1 on, 0 where they may be noise of so many columns.

    Of columns less their means in strata those of independent rows are taken off. They may be some
    ``among`` more columns that are looked at.
    """
    n_rows, n_columns = columns.shape
    columns = columns - columns.mean(axis=0)
    # Some columns at a time: transforms of all of them would take more room than the columns.
    at_once = max(1, _MOST_NUMBERS // n_rows)
    memory = np.concatenate(
        [
            autocorrelations(columns[:, first : first + at_once])[1:]
            for first in range(0, n_columns, at_once)
        ],
        axis=1,
    )
    if strata is not None:
        memory -= _memory_of_strata(strata, len(memory))[:, None] * columns.any(axis=0)

    # A few large values, or the rows of a rare label, make products that are far from normal: by
    # the law of Poisson of rare labels side by side the limit is to grow about so.
    squares = columns * columns
    variance = squares.mean(axis=0)
    scale = np.where(variance > 0.0, variance, 1.0)
    kurtosis = np.einsum("ij,ij->j", squares, squares) / n_rows / scale**2
    tails = 1.0 + kurtosis**2 / n_rows
    # Products have the square of the skewness g: far limits z grow by ``z^2 g^2 / 6 sqrt(n)``
    # (Cornish and Fisher 1938). Without it some of 400 exponential samples remembered lag 38.
    skewness = np.einsum("ij,ij->j", squares, columns) / n_rows / scale**1.5
    errors = _errors_of_noise(len(memory), max(among, n_columns))[:, None]
    tails = np.cbrt(tails + errors * (0.5 * skewness**2 / np.sqrt(n_rows)))
    memory[np.abs(memory) <= errors * (tails / np.sqrt(n_rows))] = 0.0
    return memory


def _memory_of_strata(strata: Codes, n_lags: int) -> FloatArray:
    """Return the mean autocorrelations of independent rows less their means in strata.

    Rows of one stratum of n have the covariance ``-1 / n`` then: of matched pairs, one after the
    other, lag 1 has -1/2.
    """
    index = strata.index
    shares = 1.0 / np.bincount(index)[index]
    free = index.size - float(shares.sum())
    if free < 0.5:
        return np.zeros(n_lags)
    together = [
        float(shares[lag:][index[lag:] == index[:-lag]].sum()) for lag in range(1, n_lags + 1)
    ]
    return -np.array(together) / free


@lru_cache(maxsize=64)
def _errors_of_noise(n_lags: int, n_columns: int) -> FloatArray:
    """Return how many standard errors of each lag are more than noise of so many columns.

    Memory is that of near rows as a rule: the size is spent by the squared lag, which adds up to
    ``pi^2 / 6``.
    """
    lags = np.arange(1.0, n_lags + 1.0)
    return np.asarray(-special.ndtri(0.5 * _SIZE / (np.pi**2 / 6.0 * lags**2 * n_columns)))


def _largest_first(growth: FloatArray) -> Iterator[tuple[int, int]]:
    """Yield the pairs of columns whose variance grows too much, those that grow most first."""
    first, second = np.nonzero(np.triu(growth > _MOST_GROWTH))
    order = np.argsort(-growth[first, second], kind="stable")[:_MOST_PAIRS]
    yield from zip(first[order].tolist(), second[order].tolist(), strict=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The rows of two columns, which may be those of a list."""

    first: NumberArray
    second: NumberArray
    condition: list[NumberArray]
    # Labels of the first rows by other columns of the table, by which all may have been sorted
    places: list[Codes]
    # Number of columns of the table, any of which may seem to remember
    n_columns: int

    def growth_of_series(self) -> float:
        """Return by how much a variance may grow of steps; 0 where the rows are a list."""
        columns = [*self.condition, self.first, self.second]
        if _repeat_as_a_whole(columns):
            return 0.0

        # Rows that list a table come cell by cell.
        codes = [_numbered(one) for one in columns]
        *others, first, second = codes
        if (
            _are_blocks(compress(joint_codes(*codes)))
            or _list_cells([*others, first], second)
            or _list_cells([*others, second], first)
        ):
            return 0.0
        in_blocks = [_are_blocks(one) for one in codes]
        if any(_is_sorted(one) for one, blocks in zip(codes, in_blocks, strict=True) if not blocks):
            return 0.0

        # Sorted by one column, the other follows it from block to block, as it follows a design
        # from turn to turn: inside them it is to have a memory of its own.
        growth = np.inf
        for by, other, blocks in (
            (self.first, self.second, in_blocks[-2]),
            (self.second, self.first, in_blocks[-1]),
        ):
            if blocks or _repeat_as_a_whole([by]):
                labels = _numbered(by[:_MOST_ROWS])
                inside = _less_means(other[:_MOST_ROWS, None], labels)
                of_other = _noticed_memory(inside, labels, self.n_columns)[:, 0]
                of_by = _noticed_memory(by[:_MOST_ROWS, None], None, self.n_columns)[:, 0]
                growth = min(growth, 2.0 * float(of_by @ of_other))

        both = np.column_stack([self.first[:_MOST_ROWS], self.second[:_MOST_ROWS]])
        for labels in self.places:
            inside = _less_means(both, labels)
            # One of the two may be the column that was sorted.
            if (inside.std(axis=0) > _ROUNDING * both.std(axis=0)).all():
                memory = _noticed_memory(inside, labels, self.n_columns)
                growth = min(growth, 2.0 * float(memory[:, 0] @ memory[:, 1]))
        return growth


def _places(table: NumberArray) -> list[Codes]:
    """Return the labels of rows by the columns of a table by which they were sorted."""
    n_rows = len(table)
    places = []
    for column in table.T:
        codes = _numbered(column)
        if codes.n_levels < 2:
            continue
        if _are_blocks(codes):
            if _LEAST_BLOCK * codes.n_levels <= n_rows:
                places.append(codes)
        elif _is_sorted(codes):
            # Neighbours have nearly one value; what is no more than a slow change is sorting.
            size = max(_LEAST_BLOCK, math.isqrt(n_rows))
            places.append(Codes(np.arange(n_rows) // size, 1 + (n_rows - 1) // size))
    return places


def _numbered(column: NumberArray) -> Codes:
    """Return the numbers of the values of a column, in their order."""
    values, index = np.unique(column, return_inverse=True)
    return Codes(index, values.size)


def _less_means(columns: FloatArray, strata: Codes) -> FloatArray:
    """Return columns less their mean in each stratum."""
    counts = np.bincount(strata.index)
    means = np.column_stack([np.bincount(strata.index, one) for one in columns.T]) / counts[:, None]
    return np.asarray(columns - means[strata.index])


def _is_sorted(values: Codes) -> bool:
    """Tell whether rows were sorted by a column that varies."""
    steps = np.diff(values.index)
    return values.n_levels > 1 and bool((steps >= 0).all() or (steps <= 0).all())


def _are_blocks(labels: Codes) -> bool:
    """Tell whether the rows of each label stand together, two or more of them on average."""
    n_runs = 1 + int(np.count_nonzero(np.diff(labels.index)))
    return n_runs == labels.n_levels and 2 * n_runs <= labels.n_rows


def _list_cells(blocks: list[Codes], inner: Codes) -> bool:
    """Tell whether rows come block by block, and inside of all in one order of labels that recur.

    So do those of a sparse table, of whose cells few have two rows. Labels are numbered in any
    order: there is one of all blocks where no way along their neighbours leads back.
    """
    # Few rows come to this: what they alone need is not imported with the package.
    from scipy import sparse
    from scipy.sparse import csgraph

    by = compress(joint_codes(*blocks))
    if not _are_blocks(by) or 2 * inner.n_levels > inner.n_rows:
        return False
    steps = (by.index[1:] == by.index[:-1]) & (inner.index[1:] != inner.index[:-1])
    ways = inner.index[:-1][steps], inner.index[1:][steps]
    graph = sparse.coo_array((np.ones(ways[0].size), ways), shape=(inner.n_levels, inner.n_levels))
    n_together = csgraph.connected_components(graph, connection="strong", return_labels=False)
    return bool(n_together == inner.n_levels)


def _repeat_as_a_whole(columns: Sequence[NumberArray]) -> bool:
    """Tell whether all rows come again after some of them, as those of a design do."""
    columns = [column[:_MOST_ROWS] for column in columns]
    # A period brings the first row again.
    same = np.all([column == column[0] for column in columns], axis=0)
    periods = np.flatnonzero(same)[1:][:_LONGEST_SEASON].tolist()
    return any(
        all(bool((column[period:] == column[:-period]).all()) for column in columns)
        for period in periods
        if 2 * period <= same.size
    )

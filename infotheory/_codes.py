"""Labels to integer codes, codes of several columns to one, and counts of codes: the one place.

A code is dense enough to be an index (0, 1, ..., n_levels - 1); levels that no row has are allowed.
Counting takes a table where it is not much larger than the rows, and a sort otherwise, so memory
stays in proportion to the rows.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from infotheory._compiled import compiled, is_worth_compiling
from infotheory._typing import (
    ArrayLike,
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    LabelArray,
)
from infotheory._validation import as_label_array, missing_labels, missing_mask, refuse_joined

__all__ = [
    "REACHED",
    "CodeArray",
    "Codes",
    "canonical",
    "cell_sums",
    "class_counts",
    "common_weight",
    "compress",
    "count_codes",
    "encode_labels",
    "equal_parts",
    "joint_codes",
    "penalty_unit",
    "reached_at",
    "refuse_gaps",
    "row_weight",
    "sum_weights",
]

#: Relative: squares of weights that differ by less come from equal weights.
_SAME_WEIGHT = 1e-9
#: Whole numbers up to here say how often a row stands for another one; larger ones are a scale.
_MOST_REPEATS = 1000.0


#: Relative: a sum of weights that is less below a share of their total than this has reached it.
#: Sums in another order differ by roundings that add up over millions of rows.
REACHED = 1e-9

#: A table with more cells than this a row is slower than a sort, and larger.
_TABLE_CELLS_PER_ROW = 4
_SMALL_TABLE = 65536
_MOST_CODES = 2**62
#: Bins by their number, and a row, from which nearly all are empty and a table of them takes memory
#: without end.
_MOST_BINS = 1_000_000
_MOST_BINS_PER_ROW = 10
_MOST_FRACTIONAL_LEVELS = 32
_WAY_OUT = "drop those rows or give them a label"


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Integer codes of the rows.

    Parameters
    ----------
    index : ndarray of shape (n_rows,)
        Codes between 0 and ``n_levels - 1``.
    n_levels : int
        Number of codes that are possible; some may have no row.
    """

    index: CodeArray
    n_levels: int

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.index.shape[0]

    def take(self, rows: IntArray | BoolArray) -> Self:
        """Return the codes of some rows."""
        return replace(self, index=self.index[rows])

    @property
    def has_table(self) -> bool:
        """Whether a table of all levels is in proportion to the rows."""
        return self.n_levels <= max(_TABLE_CELLS_PER_ROW * self.n_rows, _SMALL_TABLE)


def class_counts(
    codes: IntArray,
    target: FloatArray,
    n_codes: int,
    weights: FloatArray | None = None,
    squared_weights: FloatArray | None = None,
    *,
    group: IntArray | None = None,
    n_groups: int = 1,
) -> tuple[FloatArray, FloatArray]:
    """Sum weights and squared weights by code and class [and group], in one pass each.

    The sums have shape (n_codes, 2[, n_groups]). ``squared_weights`` are those of rows that stand
    for several; the squares of ``weights`` when None. Without weights the two results are one
    array.
    """
    shape: tuple[int, ...] = (n_codes, 2)
    # One copy, written to in place: rows are many.
    cell = codes.astype(np.intp)
    cell *= 2
    cell += target.astype(np.bool_)
    if group is not None:
        shape = (n_codes, 2, n_groups)
        cell *= n_groups
        cell += group
    return cell_sums(cell, shape, weights, squared_weights)


def cell_sums(
    cells: IntArray,
    shape: tuple[int, ...],
    weights: FloatArray | None = None,
    squared_weights: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Sum weights and squared weights by the place of a cell in a flattened table of some shape.

    The one place where rows are counted; arguments as for ``class_counts``.
    """

    def sums(of: FloatArray | None) -> FloatArray:
        counts = np.bincount(cells, of, minlength=math.prod(shape))
        return counts.astype(np.float64, copy=False).reshape(shape)

    counts = sums(weights)
    if weights is None or squared_weights is weights:
        # Of rows without weights the squares are the counts: nothing is added up twice.
        return counts, counts
    return counts, sums(weights * weights if squared_weights is None else squared_weights)


def encode_labels(
    labels: ArrayLike, *, name: str = "labels", of_measurements: str | None = None
) -> Codes:
    """Return codes of labels of any type; several columns are read as one joint label.

    Integers of a small range keep their order and cost one pass; other labels are hashed in order
    of first occurrence. ``of_measurements`` says what the caller has for measurements, if anything.

    Raises
    ------
    ValueError
        If there are no rows, a label is missing, or floats look like measurements rather than
        labels.
    """
    if _is_text_of_pandas(labels):
        # As objects of Python they would take ten times as long.
        numbered = _codes_of_categories(labels)
        return _hash(labels, name) if numbered is None else numbered
    array = as_label_array(name, labels)
    if array.ndim == 2 and array.shape[1] > 0 and array.shape[0] > 0:
        return joint_codes(
            *(_encode_column(array[:, j], name, of_measurements) for j in range(array.shape[1]))
        )
    if array.ndim != 1 or array.size == 0:
        message = (
            f"{name} must have shape (n_rows,) or (n_rows, n_columns) with at least one row, got "
            f"{array.shape}"
        )
        raise ValueError(message)
    return _encode_column(array, name, of_measurements)


def _encode_column(column: LabelArray, name: str, of_measurements: str | None) -> Codes:
    if column.dtype.kind == "b":
        return Codes(column.astype(np.intp), 2)
    if column.dtype.kind == "f":
        column = _whole_numbers(column, name, of_measurements)
    if column.dtype.kind in "iu":
        low, high = int(column.min()), int(column.max())
        # Numbers without wide gaps are codes already, but for their start; others are hashed.
        codes = Codes(column, high - low + 1)
        if codes.has_table and high <= np.iinfo(np.intp).max:
            shifted = column.astype(np.intp, copy=False)
            return Codes(shifted - low if low else shifted, high - low + 1)
    return _hash_column(column, name)


def _whole_numbers(column: LabelArray, name: str, of_measurements: str | None) -> LabelArray:
    """Read real numbers as labels: whole ones as integers, few others as they are."""
    if np.isnan(column).any():
        raise ValueError(missing_labels(name, int(np.isnan(column).sum()), way_out=_WAY_OUT))
    refuse_joined(name, column)
    if np.isfinite(column).all() and (column == np.floor(column)).all():
        return column.astype(np.int64)

    # A few numbers, each in several rows, are labels (half grades); many are measurements.
    n_levels = np.unique(column).size
    if n_levels > _MOST_FRACTIONAL_LEVELS or 2 * n_levels > max(column.size, 8):
        instead = "" if of_measurements is None else f"for measurements use {of_measurements}; "
        message = (
            f"{name} must hold labels, got {n_levels} distinct real numbers in {column.size} rows, "
            f"which would be read as one label each; {instead}cut them into cells first "
            "(numpy.digitize, pandas.qcut), or pass strings if each number is a label"
        )
        raise ValueError(message)
    return column


def _hash_column(column: LabelArray, name: str) -> Codes:
    return _hash(column.astype(object) if column.dtype.kind in "USV" else column, name)


def _is_text_of_pandas(labels: Any) -> bool:
    """Whether labels are a column of pandas that holds text, or categories that are text."""
    dtype = getattr(labels, "dtype", None)
    if not type(dtype).__module__.startswith("pandas") or labels.ndim != 1 or len(labels) == 0:
        return False
    kept = getattr(getattr(dtype, "categories", None), "dtype", dtype)
    return str(kept) in ("object", "str", "string")


def _codes_of_categories(labels: Any) -> Codes | None:
    """Return categories of many rows numbered as a hash would; None where that has to do it."""
    kept = getattr(labels.dtype, "categories", None)
    if kept is None or not _holds_text_only(kept):
        return None
    # The accessor of a series, or the categories themselves.
    codes = getattr(labels, "cat", labels).codes
    if not Codes(codes, len(kept)).has_table or not is_worth_compiling(_number_anew, len(codes)):
        return None

    index = np.array(codes, dtype=np.intp)
    n_levels = _number_anew(index, np.full(len(kept), -1, dtype=np.intp))
    return Codes(index, n_levels) if n_levels >= 0 else None


@compiled
def _number_anew(index: IntArray, numbers: IntArray) -> int:
    """Write numbers in order of first occurrence over codes, and return how many; -1 at a gap."""
    n_levels = 0
    for i in range(index.size):
        code = index[i]
        if code < 0:
            return -1
        # An index without a sign: numba tests others for those that count from the end.
        if numbers[np.uint64(code)] < 0:
            numbers[np.uint64(code)] = n_levels
            n_levels += 1
        index[i] = numbers[np.uint64(code)]
    return n_levels


def _holds_text_only(levels: Any) -> bool:
    """Whether all levels are text, which pandas sees faster than Python looks at one by one."""
    import pandas as pd

    return isinstance(levels.dtype, pd.StringDtype) or (
        levels.dtype == object and pd.api.types.infer_dtype(levels, skipna=False) == "string"
    )


def _hash(column: Any, name: str = "labels") -> Codes:
    """Code labels in order of first occurrence; ValueError where one is missing."""
    import pandas as pd

    try:
        codes, levels = pd.factorize(column)
    except TypeError as error:
        first = np.asarray(column, dtype=object)[0]
        message = (
            f"labels must be numbers or strings, got values such as {first!r}; turn them into "
            "strings"
        )
        raise ValueError(message) from error

    # Levels are fewer than rows: what pandas does not know for missing is looked for among them,
    # unless they are text, all of them.
    missing = codes < 0
    if _holds_text_only(getattr(levels, "categories", levels)) and not missing.any():
        return Codes(codes.astype(np.intp, copy=False), len(levels))
    if missing.any() or missing_mask(np.asarray(levels)).any():
        missing |= np.append(missing_mask(np.asarray(levels)), True)[codes]
        raise ValueError(missing_labels(name, int(missing.sum()), way_out=_WAY_OUT))
    refuse_joined(name, levels)
    return Codes(codes.astype(np.intp, copy=False), len(levels))


def joint_codes(*columns: Codes) -> Codes:
    """Return the mixed-radix code of several columns, recompressed only where it would overflow.

    Raises
    ------
    ValueError
        If the columns have different numbers of rows.
    """
    joint = columns[0]
    for column in columns[1:]:
        if column.n_rows != joint.n_rows:
            message = (
                f"columns must have the same number of rows, got {joint.n_rows} and {column.n_rows}"
            )
            raise ValueError(message)
        if joint.n_levels * column.n_levels > _MOST_CODES:
            # The same columns, denser.
            joint, column = compress(joint), compress(column)  # noqa: PLW2901

        # The caller's array is never written to; the one made in the first round is used again.
        index = np.multiply(
            joint.index,
            column.n_levels,
            out=None if joint.index is columns[0].index else joint.index,
        )
        index += column.index
        joint = Codes(index, joint.n_levels * column.n_levels)
    return joint


def compress(codes: Codes) -> Codes:
    """Return codes without empty levels."""
    if not codes.has_table:
        in_order = _compress_sorted(codes.index)
        return _hash(codes.index) if in_order is None else in_order
    occupied = np.zeros(codes.n_levels, dtype=bool)
    occupied[codes.index] = True
    if occupied.all():
        return codes
    # Each level that occurs gets the number of those before it.
    rank = np.cumsum(occupied, dtype=np.intp) - 1
    return Codes(rank[codes.index], int(rank[-1]) + 1)


def _compress_sorted(index: IntArray) -> Codes | None:
    """Return codes of sorted ones, numbered as a hash would; None where they are not sorted."""
    if not (index[1:] >= index[:-1]).all():
        return None
    runs = np.zeros(index.size, dtype=np.intp)
    np.cumsum(index[1:] != index[:-1], out=runs[1:])
    return Codes(runs, int(runs[-1]) + 1)


def canonical(codes: Codes) -> Codes:
    """Return codes without empty levels, numbered by first occurrence, so that equals are equal."""
    if not codes.has_table:
        return _hash(codes.index)
    dense = compress(codes)
    first = np.zeros(dense.n_levels, dtype=np.intp)
    first[dense.index[::-1]] = np.arange(
        dense.n_rows - 1, -1, -1
    )  # the last assignment to a level stays
    rank = np.empty(dense.n_levels, dtype=np.intp)
    rank[np.argsort(first)] = np.arange(dense.n_levels)
    return Codes(rank[dense.index], dense.n_levels)


def count_codes(codes: Codes, weights: FloatArray | None = None) -> tuple[CodeArray, FloatArray]:
    """Return the codes that occur, ascending, and the number of rows (or the weight) of each."""
    if codes.has_table:
        table = np.bincount(codes.index, weights=weights, minlength=codes.n_levels)
        cells = np.flatnonzero(table)
        return cells, table[cells].astype(np.float64)
    if weights is None:
        ordered = np.sort(codes.index)
        starts = _run_starts(ordered)
        return ordered[starts], np.diff(starts, append=ordered.size).astype(np.float64)
    order = np.argsort(codes.index)
    ordered = codes.index[order]
    starts = _run_starts(ordered)
    sums = np.add.reduceat(weights[order], starts)
    # Levels without weight are left out, as from a table.
    return ordered[starts][sums > 0], sums[sums > 0]


def sum_weights(codes: Codes, weights: FloatArray) -> FloatArray:
    """Return the total weight of every level, empty ones included."""
    sums = np.bincount(codes.index, weights=weights, minlength=codes.n_levels)
    return sums.astype(np.float64, copy=False)


def _run_starts(ordered: LabelArray) -> CodeArray:
    return np.concatenate(([0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))


def reached_at(weights: FloatArray, shares: FloatArray) -> IntArray:
    """Place at which the running sum of weights first reaches each share of the total.

    Shares are above 0 and at most 1, which the last place with weight reaches in any case.

    >>> reached_at(np.full(10, 0.1), np.array([0.3, 1.0])).tolist()
    [2, 9]
    """
    running = np.cumsum(weights)
    return np.searchsorted(running, shares * running[-1] * (1.0 - REACHED))


def equal_parts(weights: FloatArray, n_parts: int) -> IntArray:
    """Part of each weight in order, of so many parts of about equal weight; some may stay empty.

    The middle of a weight decides, so that a heavy one does not empty the parts of its neighbours.

    >>> equal_parts(np.full(5, 0.3), 2).tolist()
    [0, 0, 1, 1, 1]
    """
    running = np.cumsum(weights)
    middle = running - weights / 2.0
    parts = (middle * n_parts / running[-1] * (1.0 + REACHED)).astype(np.intp)
    return np.minimum(parts, n_parts - 1)


def row_weight(weights: FloatArray, squared_weights: FloatArray) -> float:
    """Weight that stands for one row, ``sum w^2 / sum w``: the total weight over the Kish size.

    What is meant in rows (half a row in a zero cell, a ridge, a prior) is multiplied by it, so
    that nothing depends on the unit of the weights. It is exactly 1 for rows without weights.
    """
    total = float(weights.sum())
    return float(squared_weights.sum()) / total if total > 0.0 else 1.0


def common_weight(weights: FloatArray, squared_weights: FloatArray) -> float | None:
    """Weight that all rows have, or None where rows differ in weight.

    Rows of one weight are rows without weights, counted in another unit.
    """
    weight = row_weight(weights, squared_weights)
    same = np.abs(squared_weights - weight * weights) <= _SAME_WEIGHT * squared_weights
    return weight if bool(same.all()) else None


def penalty_unit(weights: FloatArray, squared_weights: FloatArray) -> float:
    """Weight of a row for a penalty, which is as much as some rows say.

    Different whole numbers say how often a row stands for another one, and the unit is 1; all other
    weights have a unit that means nothing.
    """
    row = row_weight(weights, squared_weights)
    whole = all((sums == np.floor(sums)).all() for sums in (weights, squared_weights))
    repeated = whole and row <= _MOST_REPEATS and common_weight(weights, squared_weights) is None
    return 1.0 if repeated else row


def refuse_gaps(largest: int, n_rows: int) -> None:
    """Raise ValueError where numbers of bins are no numbering, for nearly all bins have no row."""
    if largest < max(_MOST_BINS, _MOST_BINS_PER_ROW * n_rows):
        return
    message = (
        f"bins must be numbered without large gaps, got {largest} in {n_rows} rows, as an "
        "identifier or an amount has; np.unique(codes, return_inverse=True)[1] numbers them"
    )
    raise ValueError(message)

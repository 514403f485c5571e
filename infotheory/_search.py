"""Kernels that find the interval of each of many numbers, and add up what is found there."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from infotheory._compiled import compiled, is_worth_compiling
from infotheory._typing import FloatArray, IntArray

__all__ = [
    "OutsideCodes",
    "SplitGrid",
    "add_up_located",
    "as_written",
    "locate",
    "rounded_below",
    "rounded_codes",
    "with_short_codes",
]

# Values at a time: their positions, 2 KiB, stay in the nearest cache.
_BLOCK = 512
# Buckets of the grid in which a search begins; it takes as long to make as to place this many rows.
_BUCKETS, _ROWS_FOR_GRID = 2048, 8192
_MOST_WITHOUT_GRID = 7
# Least number that float32 holds to all its digits.
_LEAST_SHORT = float(np.finfo(np.float32).tiny)


def as_written(splits: FloatArray) -> FloatArray:
    """Write splits between numbers of float32 as the decimals that they stand for, if lower.

    A column of float32 holds 0.1 as 0.10000000149011612: were this the split, 0.1 itself, read from
    a text file, would lie below it. What is rounded down, as 0.7 is, needs no other split.

    >>> as_written(np.array([np.float32(0.1), 0.25, 0.3, 3.0], dtype=np.float64)).tolist()
    [0.1, 0.25, 0.3, 3.0]
    """
    # Beyond the largest float32 a split becomes infinite, and so is none of its numbers.
    with np.errstate(over="ignore"):
        short = splits.astype(np.float32)
    is_short = (short == splits) & (splits != np.rint(splits))
    if not is_short.any():
        return splits

    # The text of a float32 has as few digits as tell it from its neighbours.
    written = splits.copy()
    written[is_short] = [float(str(number)) for number in short[is_short]]
    lower = np.minimum(splits, written)
    # Only where other numbers than those of float32 lie between does the order suffer.
    return lower if (lower[1:] > lower[:-1]).all() else splits


def rounded_below(splits: FloatArray, dtype: type[np.floating[Any]] = np.float32) -> FloatArray:
    """Return the numbers that a short float makes of the splits that it rounds down.

    >>> rounded_below(np.array([0.1, 0.25, 0.7])).tolist()
    [0.699999988079071]
    """
    with np.errstate(over="ignore"):
        short = splits.astype(dtype)
    return np.array(
        [
            float(number)
            for number, split in zip(short, splits.tolist(), strict=True)
            # A neighbour of a number, the end of its cell, is written in other digits.
            if float(number) < split == float(str(number))
        ]
    )


def with_short_codes(groups: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    """Add to groups of special numbers what a column of float32 holds for those with a fraction.

    Whole numbers that float32 rounds, 99999999 to 100000000, would take in what is another amount.

    >>> with_short_codes([[-9.9, -9.0], [0.5]])
    ((-9.9, -9.0, -9.899999618530273), (0.5,))
    """
    taken = {code for codes in groups for code in codes}
    if all(float(code).is_integer() or math.isinf(code) for code in taken):
        return tuple(map(tuple, groups))

    found = []
    for codes in groups:
        short = [
            number
            for code, number in zip(codes, rounded_codes(codes, np.float32), strict=True)
            # What is next to 0 would become 0.
            if code != np.rint(code) and abs(number) >= _LEAST_SHORT
        ]
        added = tuple(number for number in dict.fromkeys(short) if number not in taken)
        taken |= set(added)
        found.append((*codes, *added))
    return tuple(found)


def rounded_codes(codes: Sequence[float], dtype: type[np.floating[Any]]) -> list[float]:
    """Return the numbers that a column of short floats holds for special codes.

    >>> rounded_codes([-9.9, 99_999_999.0], np.float32)
    [-9.899999618530273, 100000000.0]
    """
    # What is too large for the type becomes infinite, which is no number of a regular bin.
    with np.errstate(over="ignore"):
        short: list[float] = np.array(codes, dtype=np.float64).astype(dtype).astype(float).tolist()
    return short


def locate(values: FloatArray, splits: FloatArray, missing_code: int, out: IntArray) -> None:
    """Write ``searchsorted(splits, value, side="right")`` of each value into ``out``.

    NaN gets ``missing_code``. Values lie in contiguous memory, splits increase, and ``out`` holds
    integers wide enough for all codes.
    """
    if not is_worth_compiling(_locate, len(values)):
        out[:] = np.searchsorted(splits, values, side="right")
        out[np.isnan(values)] = missing_code
        return
    grid = SplitGrid.of_splits(splits, len(values))
    _locate(values, *grid, np.int32(missing_code), np.empty(_BLOCK, np.int32), out)


class SplitGrid(NamedTuple):
    """Where a search among splits begins: the bucket of a number tells all but a few of them.

    The bucket is ``(x - low) * scale``, cut to the buckets there are. It never decreases with x,
    whatever is rounded on the way: splits of lower buckets are below x, those of higher ones above.
    """

    low: float
    scale: float
    # Number of splits in lower buckets
    below: IntArray
    # Splits, and NaN behind them, which no number reaches
    padded: FloatArray
    # Half of the splits among which a search begins, rounded up to a power of 2
    half: np.int32

    @classmethod
    def of_splits(cls, splits: FloatArray, n_values: int) -> Self:
        """Lay a grid over splits, of one bucket where values are few."""
        low = scale = 0.0
        below, most = np.zeros(1, dtype=np.int32), len(splits)
        if n_values >= _ROWS_FOR_GRID and most > _MOST_WITHOUT_GRID:
            with np.errstate(over="ignore", divide="ignore"):
                low, scale = float(splits[0]), float((_BUCKETS - 1) / (splits[-1] - splits[0]))
        if 0.0 < scale < np.inf:
            bucket = np.minimum((splits - low) * scale, _BUCKETS - 1.0).astype(np.int32)
            sizes = np.bincount(bucket, minlength=_BUCKETS)
            below = (np.cumsum(sizes) - sizes).astype(np.int32)
            most = int(sizes.max())

        steps = most.bit_length()
        padded = np.full(len(splits) + (1 << steps), np.nan)
        padded[: len(splits)] = splits
        return cls(low, scale, below, padded, np.int32((1 << steps) >> 1))


class OutsideCodes(NamedTuple):
    """Codes of values in no interval; that of -infinity is the last of all."""

    missing: int
    infinite: int
    negative: int
    special: Mapping[float, int]


def add_up_located(
    values: FloatArray,
    grid: SplitGrid,
    codes: OutsideCodes,
    cell: IntArray,
    n_cells: int,
    terms: FloatArray,
    *,
    four_powers: bool = False,
) -> tuple[IntArray, FloatArray]:
    """Count the rows of each code and cell, and add up their terms, or four powers of the only one.

    ``grid`` is that of the splits, which is the same for every batch of rows.
    ``cell`` is the place of each row among the ``n_cells`` of a code, and ``terms`` has shape
    (n_rows, n_terms). Codes are never written down: all that happens to a block of rows happens
    while it is in the nearest cache.
    """
    n_places = (codes.negative + 1) * n_cells
    counts = np.zeros(n_places, dtype=np.intp)
    sums = np.zeros((n_places, 4 if four_powers else terms.shape[1]))

    _add_up_located(
        values,
        *grid,
        np.array(codes[:3], dtype=np.int32),
        np.array(list(codes.special), dtype=np.float64),
        np.array(list(codes.special.values()), dtype=np.int32),
        np.asarray(cell, dtype=np.intp),
        np.intp(n_cells),
        terms,
        np.empty(_BLOCK, np.int32),
        np.empty(_BLOCK, np.int32),
        counts,
        sums,
    )
    return counts, sums


@compiled
def _locate(
    values: FloatArray,
    low: float,
    scale: float,
    below: IntArray,
    padded: FloatArray,
    half: np.int32,
    missing_code: np.int32,
    position: IntArray,
    out: IntArray,
) -> None:
    """Search a block at a time: the bucket of each value, then halves of what may be in it.

    No loop has a branch, so that the compiler makes vector code of it.
    ``position`` has room for a block: an array made here takes half a second to compile.
    """
    last = np.float64(below.size - 1)
    for start in range(0, values.size, position.size):
        block = values[start : start + position.size]
        for j in range(block.size):
            bucket = (block[j] - low) * scale
            bucket = bucket if bucket > 0.0 else 0.0  # NaN too
            bucket = bucket if bucket < last else last
            # Indices without a sign: numba tests others for those that count from the end.
            position[j] = below[np.uint32(np.int32(bucket))]

        step = half
        while step > 0:
            for j in range(block.size):
                middle = position[j] + step - np.int32(1)
                position[j] += step if block[j] >= padded[np.uint32(middle)] else np.int32(0)
            step >>= 1
        for j in range(block.size):
            out[start + j] = missing_code if np.isnan(block[j]) else position[j]


@compiled
def _add_up_located(
    values: FloatArray,
    low: float,
    scale: float,
    below: IntArray,
    padded: FloatArray,
    half: np.int32,
    codes: IntArray,
    special: FloatArray,
    special_codes: IntArray,
    cell: IntArray,
    n_cells: np.intp,
    terms: FloatArray,
    searched: IntArray,
    position: IntArray,
    counts: IntArray,
    sums: FloatArray,
) -> None:
    """Locate numbers block by block, and add up rows and terms by interval and cell."""
    missing, above, negative = codes[0], codes[1], codes[2]
    for start in range(0, values.size, position.size):
        block = values[start : start + position.size]
        _locate(block, low, scale, below, padded, half, missing, searched, position)

        # What is in no interval: loops without a branch again. What is special is decided last.
        for j in range(block.size):
            code = above if block[j] == np.inf else position[j]
            position[j] = negative if block[j] == -np.inf else code
        for s in range(special.size):
            for j in range(block.size):
                position[j] = special_codes[s] if block[j] == special[s] else position[j]

        # Indices without a sign here as well.
        if terms.shape[1] == 0:
            for j in range(block.size):
                counts[np.uintp(position[j] * n_cells + cell[np.uintp(start + j)])] += 1
        elif terms.shape[1] < sums.shape[1]:
            # Powers are made of the only term here: four columns of them would fill the caches.
            for j in range(block.size):
                row = np.uintp(start + j)
                place = np.uintp(position[j] * n_cells + cell[row])
                counts[place] += 1
                first = terms[row, 0]
                second = first * first
                third = second * first
                fourth = third * first
                # Written out, and stored at last, the four are added as one.
                first, second = sums[place, 0] + first, sums[place, 1] + second
                third, fourth = sums[place, 2] + third, sums[place, 3] + fourth
                sums[place, 0], sums[place, 1] = first, second
                sums[place, 2], sums[place, 3] = third, fourth
        else:
            for j in range(block.size):
                row = np.uintp(start + j)
                place = np.uintp(position[j] * n_cells + cell[row])
                counts[place] += 1
                for k in range(terms.shape[1]):
                    sums[place, np.uintp(k)] += terms[row, np.uintp(k)]

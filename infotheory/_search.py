"""Kernels that find the interval of each of many numbers, and add up what is found there."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from infotheory._compiled import compiled, inner
from infotheory._typing import FloatArray, IntArray

__all__ = ["OutsideCodes", "add_up_located", "locate"]

# Values at a time: their positions, 2 KiB, stay in the nearest cache.
_BLOCK = 512


def locate(values: FloatArray, splits: FloatArray, missing_code: int, out: IntArray) -> None:
    """Write ``searchsorted(splits, value, side="right")`` of each value into ``out``.

    NaN gets ``missing_code``. Values lie in contiguous memory, splits increase, and ``out`` holds
    integers wide enough for all codes.
    """
    _locate(values, _padded(splits), np.int32(missing_code), np.empty(_BLOCK, np.int32), out)


class OutsideCodes(NamedTuple):
    """Codes of values in no interval; that of -infinity is the last of all."""

    missing: int
    infinite: int
    negative: int
    special: Mapping[float, int]


def add_up_located(
    values: FloatArray,
    splits: FloatArray,
    codes: OutsideCodes,
    cell: IntArray,
    n_cells: int,
    terms: FloatArray,
) -> tuple[IntArray, FloatArray]:
    """Count the rows of each code and cell, and add up their terms.

    ``cell`` is the place of each row among the ``n_cells`` of a code, and ``terms`` has shape
    (n_rows, n_terms). Codes are never written down: all that happens to a block of rows happens
    while it is in the nearest cache.
    """
    n_places = (codes.negative + 1) * n_cells
    counts = np.zeros(n_places, dtype=np.intp)
    sums = np.zeros((n_places, terms.shape[1]))
    _add_up_located(
        values,
        _padded(splits),
        np.array(codes[:3], dtype=np.int32),
        np.array(list(codes.special), dtype=np.float64),
        np.array(list(codes.special.values()), dtype=np.int32),
        np.asarray(cell, dtype=np.intp),
        np.intp(n_cells),
        terms,
        np.empty(_BLOCK, np.int32),
        counts,
        sums,
    )
    return counts, sums


def _padded(splits: FloatArray) -> FloatArray:
    """Fill up splits by NaN to a length of 2^k - 1, which a search halves without a test."""
    padded = np.full((1 << len(splits).bit_length()) - 1, np.nan)
    padded[: len(splits)] = splits
    return padded


@inner
def _place_block(block: FloatArray, padded: FloatArray, position: IntArray) -> None:
    """Binary search of a block.

    The inner loop has no branch, so that the compiler makes vector code of it.
    ``padded`` holds the splits and NaN up to a length of 2^k - 1; no value is at or above NaN.
    """
    position[: block.size] = 0
    half = np.int32((padded.size + 1) >> 1)
    while half > 0:
        for j in range(block.size):
            middle = position[j] + half - np.int32(1)
            # Indices without a sign: numba tests others for those that count from the end.
            position[j] += half if block[j] >= padded[np.uint32(middle)] else np.int32(0)
        half >>= 1


@compiled
def _locate(
    values: FloatArray,
    padded: FloatArray,
    missing_code: np.int32,
    position: IntArray,
    out: IntArray,
) -> None:
    """Binary search a block at a time.

    ``position`` has room for a block: an array made here takes half a second to compile.
    """
    for start in range(0, values.size, position.size):
        block = values[start : start + position.size]
        _place_block(block, padded, position)
        for j in range(block.size):
            out[start + j] = missing_code if np.isnan(block[j]) else position[j]


@compiled
def _add_up_located(
    values: FloatArray,
    padded: FloatArray,
    codes: IntArray,
    special: FloatArray,
    special_codes: IntArray,
    cell: IntArray,
    n_cells: np.intp,
    terms: FloatArray,
    position: IntArray,
    counts: IntArray,
    sums: FloatArray,
) -> None:
    missing, above, below = codes[0], codes[1], codes[2]
    for start in range(0, values.size, position.size):
        block = values[start : start + position.size]
        _place_block(block, padded, position)

        # What is in no interval: loops without a branch again. What is special is decided last.
        for j in range(block.size):
            code = missing if np.isnan(block[j]) else position[j]
            code = above if block[j] == np.inf else code
            position[j] = below if block[j] == -np.inf else code
        for s in range(special.size):
            for j in range(block.size):
                position[j] = special_codes[s] if block[j] == special[s] else position[j]

        # Indices without a sign here as well.
        if terms.shape[1] == 0:
            for j in range(block.size):
                counts[np.uintp(position[j] * n_cells + cell[np.uintp(start + j)])] += 1
        elif terms.shape[1] == 4:
            # Four powers of an amount are the usual terms: written out, they are added as one.
            for j in range(block.size):
                row = np.uintp(start + j)
                place = np.uintp(position[j] * n_cells + cell[row])
                counts[place] += 1
                first, second = sums[place, 0] + terms[row, 0], sums[place, 1] + terms[row, 1]
                third, fourth = sums[place, 2] + terms[row, 2], sums[place, 3] + terms[row, 3]
                sums[place, 0], sums[place, 1] = first, second
                sums[place, 2], sums[place, 3] = third, fourth
        else:
            for j in range(block.size):
                row = np.uintp(start + j)
                place = np.uintp(position[j] * n_cells + cell[row])
                counts[place] += 1
                for k in range(terms.shape[1]):
                    sums[place, np.uintp(k)] += terms[row, np.uintp(k)]

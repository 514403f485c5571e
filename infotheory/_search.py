"""Kernel that finds the interval of each of many numbers."""

import numpy as np

from infotheory._compiled import compiled
from infotheory._typing import FloatArray, IntArray

__all__ = ["locate"]

# Values at a time: their positions, 2 KiB, stay in the nearest cache.
_BLOCK = 512


def locate(values: FloatArray, splits: FloatArray, missing_code: int, out: IntArray) -> None:
    """Write ``searchsorted(splits, value, side="right")`` of each value into ``out``.

    NaN gets ``missing_code``. Values lie in contiguous memory, splits increase, and ``out`` holds
    integers wide enough for all codes.
    """
    width = 1 << len(splits).bit_length()
    padded = np.full(width - 1, np.nan)
    padded[: len(splits)] = splits
    _locate(values, padded, np.int32(missing_code), np.empty(_BLOCK, np.int32), out)


@compiled
def _locate(
    values: FloatArray,
    padded: FloatArray,
    missing_code: np.int32,
    position: IntArray,
    out: IntArray,
) -> None:
    """Binary search a block at a time.

    The inner loop has no branch, so that the compiler makes vector code of it.
    ``padded`` holds the splits and NaN up to a length of 2^k - 1; no value is at or above NaN.
    ``position`` has room for a block: an array made here takes half a second to compile.
    """
    for start in range(0, values.size, position.size):
        block = values[start : start + position.size]
        position[: block.size] = 0
        half = np.int32((padded.size + 1) >> 1)
        while half > 0:
            for j in range(block.size):
                middle = position[j] + half - np.int32(1)
                # Indices without a sign: numba tests others for those that count from the end.
                position[j] += half if block[j] >= padded[np.uint32(middle)] else np.int32(0)
            half >>= 1
        for j in range(block.size):
            out[start + j] = missing_code if np.isnan(block[j]) else position[j]

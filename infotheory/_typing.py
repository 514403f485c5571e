"""Array types used in signatures."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Array",
    "ArrayLike",
    "Axis",
    "Base",
    "BoolArray",
    "FloatArray",
    "IntArray",
    "LabelArray",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]
LabelArray = NDArray[Any]
Array = Any  # a numpy array or a torch tensor: the array API has no static type that covers both
Base = float | str | None  # a number above 1; "bits", "nats" or "e"; None for nats
Axis = int | tuple[int, ...] | None  # None for all axes together

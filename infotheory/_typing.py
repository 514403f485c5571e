"""Array types used in signatures.

Type checkers read numpy's aliases. At run time they are names only: ``help()`` prints what stands
behind an alias, and the union behind numpy's ``ArrayLike`` fills five lines for every argument.

For the same reason an annotation of a public signature is written as a string where the full names
of its parts take more than sixty characters: ``help()`` prints a string as it stands.
"""

from typing import TYPE_CHECKING, Any, NewType

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.integer[Any]]
    BoolArray = NDArray[np.bool_]
    LabelArray = NDArray[Any]
    CodeArray = NDArray[np.intp]
else:
    ArrayLike = NewType("ArrayLike", object)
    ArrayLike.__module__ = "numpy.typing"  # where a reader finds what it means

    FloatArray = NewType("FloatArray", np.ndarray)
    IntArray = NewType("IntArray", np.ndarray)
    BoolArray = NewType("BoolArray", np.ndarray)
    LabelArray = NewType("LabelArray", np.ndarray)
    CodeArray = NewType("CodeArray", np.ndarray)

__all__ = [
    "Array",
    "ArrayLike",
    "Axis",
    "Base",
    "BoolArray",
    "CodeArray",
    "FloatArray",
    "IntArray",
    "LabelArray",
]

Array = Any  # a numpy array or a torch tensor: the array API has no static type that covers both
Base = float | str | None  # a number above 1; "bits", "nats" or "e"; None for nats
Axis = int | tuple[int, ...] | None  # None for all axes together

"""Atoms of a finite space from a joint distribution or a frame of samples: a code and a weight for each."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from infotheory._codes import Codes, canonical, encode_labels, joint_codes, sum_weights
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_joint, as_weights


def joint_atoms(p: ArrayLike, axes: int | Sequence[int]) -> tuple[Codes, FloatArray]:
    """Return the code of some axes in each cell of a joint distribution, and the probability of each cell."""
    joint = np.asarray(as_joint(p, name="p"))
    chosen = [axes] if isinstance(axes, int | np.integer) else list(axes)
    if not chosen or any(not -joint.ndim <= axis < joint.ndim for axis in chosen):
        message = f"axes must name at least one of the {joint.ndim} axes of p, got {axes!r}"
        raise ValueError(message)
    index = np.unravel_index(np.arange(joint.size), joint.shape)
    return joint_codes(*(Codes(index[axis], joint.shape[axis]) for axis in chosen)), joint.ravel()


def frame_atoms(
    frame: Any, columns: str | Sequence[str], weights: str | ArrayLike | None
) -> tuple[Codes, FloatArray]:
    """Return the code of some columns in each distinct row of a frame, and the weight of each distinct row."""
    names = [columns] if isinstance(columns, str) else list(columns)
    encoded, row_weights = _frame_codes(frame, weights)
    unknown = [name for name in names if name not in encoded]
    if unknown or not names:
        message = (
            f"columns must name columns of the frame, {list(encoded)}, got {unknown or columns!r}"
        )
        raise ValueError(message)
    rows = canonical(joint_codes(*encoded.values()))
    first = np.zeros(rows.n_levels, dtype=np.intp)
    first[rows.index[::-1]] = np.arange(rows.n_rows - 1, -1, -1)
    codes = joint_codes(
        *(Codes(encoded[name].index[first], encoded[name].n_levels) for name in names)
    )
    return codes, sum_weights(rows, row_weights)


def _frame_codes(
    frame: Any, weights: str | ArrayLike | None
) -> tuple[dict[str, Codes], FloatArray]:
    import narwhals as nw

    table = nw.from_native(frame, eager_only=True)
    names = [name for name in table.columns if not (isinstance(weights, str) and name == weights)]
    if isinstance(weights, str):
        if weights not in table.columns:
            message = f"weights must name a column of the frame, {table.columns}, got {weights!r}"
            raise ValueError(message)
        weights = table[weights].to_numpy()
    checked = as_weights(weights, len(table), name="weights")
    encoded = {
        name: encode_labels(table[name].to_numpy(), name=f"column {name!r}") for name in names
    }
    return encoded, np.ones(len(table)) if checked is None else checked

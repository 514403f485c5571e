"""Atoms of a finite space, from a joint distribution or a frame of samples: codes and weights."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from infotheory._codes import Codes, canonical, encode_labels, joint_codes, sum_weights
from infotheory._pmfs import as_joint
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_variables, as_weights, fill_absent, mass_of_rows
from infotheory.measures._fixed_point import to_numpy

__all__ = ["frame_atoms", "joint_atoms"]


def joint_atoms(p: ArrayLike, axes: int | Sequence[int]) -> tuple[Codes, FloatArray]:
    """Return the code of some axes in each cell of a joint distribution, and the cell's mass."""
    joint = to_numpy(as_joint(p, name="p"))
    variables = as_variables("axes", axes)
    if not variables or any(not -joint.ndim <= axis < joint.ndim for axis in variables):
        message = f"axes must name at least one of the {joint.ndim} axes of p, got {axes!r}"
        raise ValueError(message)

    index = np.unravel_index(np.arange(joint.size), joint.shape)
    codes = joint_codes(*(Codes(index[axis], joint.shape[axis]) for axis in variables))
    # Empty cells are still among them: who makes the information keeps the atoms that weigh enough.
    return codes, joint.ravel()


def frame_atoms(
    frame: Any, columns: str | Sequence[str], sample_weight: str | ArrayLike | None
) -> tuple[Codes, FloatArray]:
    """Return the code of some columns in each distinct row of a frame, and the weight of it."""
    if not isinstance(columns, str) and not (
        isinstance(columns, Sequence) and all(isinstance(column, str) for column in columns)
    ):
        message = f"columns must be a name or a list of names, got {columns!r}"
        raise ValueError(message)
    names = [columns] if isinstance(columns, str) else list(columns)
    encoded, weights = _frame_codes(frame, sample_weight)
    unknown = [name for name in names if name not in encoded]
    if unknown or not names:
        message = (
            f"columns must name columns of the frame, {list(encoded)}, got {unknown or columns!r}"
        )
        raise ValueError(message)

    # The atoms are the distinct rows of the whole frame, whatever the columns asked for.
    rows = canonical(joint_codes(*encoded.values()))

    # Written backwards, the last assignment to an atom is its first row.
    first = np.zeros(rows.n_levels, dtype=np.intp)
    first[rows.index[::-1]] = np.arange(rows.n_rows - 1, -1, -1)
    codes = joint_codes(
        *(Codes(encoded[name].index[first], encoded[name].n_levels) for name in names)
    )
    return codes, sum_weights(rows, weights)


def _frame_codes(
    frame: Any, sample_weight: str | ArrayLike | None
) -> tuple[dict[str, Codes], FloatArray]:
    """Return the codes of all columns of a frame but that of weights, and the weights."""
    import narwhals as nw

    table = nw.from_native(frame, eager_only=True, pass_through=True)
    if not isinstance(table, nw.DataFrame):
        message = (
            "frame must be a data frame in memory (pandas, Polars, PyArrow), got "
            f"{type(frame).__name__}; for arrays use Information.from_labels"
        )
        raise ValueError(message)  # noqa: TRY004 - as all wrong arguments
    names = list(table.columns)

    if isinstance(sample_weight, str):
        if sample_weight not in names:
            message = (
                f"sample_weight must name a column of the frame, {names}, got {sample_weight!r}"
            )
            raise ValueError(message)
        names.remove(sample_weight)
        sample_weight = table[sample_weight].to_numpy()

    weights = as_weights(sample_weight, len(table))
    encoded = {
        name: encode_labels(
            fill_absent(f"column {name!r}", table.get_column(name).to_numpy(), weights),
            name=f"column {name!r}",
        )
        for name in names
    }
    return encoded, mass_of_rows(weights, len(table))

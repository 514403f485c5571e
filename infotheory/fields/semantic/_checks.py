"""Checks of truth values."""

import numpy as np

from infotheory._row_order import warn_of_axis_order
from infotheory._typing import ArrayLike, FloatArray
from infotheory.fields._inputs import as_finite, as_law

__all__ = ["as_law_and_truth", "as_truth", "held_probability"]


def as_law_and_truth(px: ArrayLike, truth: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the law of the instances and the truth of statements of them, or raise ValueError."""
    warn_of_axis_order(("px", px, 0), ("truth", truth, 0))
    law = as_law(px, name="px")
    return law, as_truth(truth, law.size)


def as_truth(truth: ArrayLike, n_instances: int) -> FloatArray:
    """Return truth values as a table of ``n_instances`` rows, or raise ValueError."""
    table = as_finite(truth, name="truth", shape=(n_instances, "n_statements"))
    if table.min() < 0.0 or table.max() > 1.0:
        message = (
            f"truth must lie between 0 and 1, got values from {table.min():g} to {table.max():g}"
        )
        raise ValueError(message)
    return table


def held_probability(law: FloatArray, table: FloatArray) -> FloatArray:
    """Return logical probabilities that are all positive, or raise ValueError."""
    probability = law @ table
    if (probability == 0.0).any():
        message = (
            "every statement must be true of an instance that occurs, got statement "
            f"{probability.argmin()}, "
            "which never is; drop it"
        )
        raise ValueError(message)
    return np.asarray(probability)

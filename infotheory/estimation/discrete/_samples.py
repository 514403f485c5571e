"""Counts of samples, scaled to the effective size of a weighted sample."""

import numpy as np

from infotheory._codes import CodeArray, Codes, count_codes
from infotheory._typing import FloatArray
from infotheory._validation import check_option, number_or_nan
from infotheory.estimation.discrete._entropy_methods import METHODS, WHOLE_COUNTS
from infotheory.inference import kish_size

__all__ = ["are_alike", "cell_counts", "check_method", "check_rows_agree"]

# The posterior of dirichlet takes squares of sums of concentrations.
_MOST_CONCENTRATED = 1e60


def cell_counts(codes: Codes, weights: FloatArray | None) -> tuple[CodeArray, FloatArray]:
    """Return the codes that occur and their counts.

    Weights are scaled to sum to Kish's size ``(sum w)^2 / sum w^2``: errors, tests and corrections
    of bias read the number of rows off the counts.
    """
    cells, counts = count_codes(codes, weights)
    if weights is None:
        return cells, counts
    mass = weights.sum()
    return cells, counts * (kish_size(float(mass), float(weights @ weights)) / mass)


def are_alike(weights: FloatArray | None) -> bool:
    """Tell whether all rows have one weight, which is as good as none; of weight 0 is no row."""
    # What is left out by a weight of 0 leaves the law of the others as it is.
    return weights is None or bool(((weights == weights.max()) | (weights == 0.0)).all())


def check_method(method: str, counts: FloatArray, concentration: float) -> None:
    """Raise ValueError where the method is unknown, or needs whole counts and has none."""
    check_option("method", method, tuple(METHODS))

    if method in WHOLE_COUNTS:
        broken = counts != np.floor(counts)
        if broken.any():
            message = (
                f"method={method!r} needs whole counts, got a count of {counts[broken][0]} "
                "(weights make effective counts); use plugin, miller_madow, james_stein, dirichlet "
                "or nsb"
            )
            raise ValueError(message)

    # What is no number is NaN, which fails every comparison.
    if not 0.0 < number_or_nan(concentration) <= _MOST_CONCENTRATED:
        message = (
            f"concentration must be positive and at most 1e60, got {concentration!r}; 0.5 is "
            "Jeffreys' prior"
        )
        raise ValueError(message)


def check_rows_agree(**samples: int) -> None:
    """Raise ValueError where samples, given by their numbers of rows, differ in length."""
    if len(set(samples.values())) > 1:
        *names, last = samples
        rows = ", ".join(map(str, samples.values()))
        message = f"{', '.join(names)} and {last} must have one entry a row, got {rows} rows"
        raise ValueError(message)

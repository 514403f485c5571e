"""Counts of samples, scaled to the effective size of a weighted sample."""

import numpy as np

from infotheory._codes import Codes, count_codes
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_weights, check_option
from infotheory.estimation.discrete._entropy_methods import METHODS, WHOLE_COUNTS
from infotheory.inference import kish_size

_MOST_CONCENTRATED = 1e60


def cell_counts(codes: Codes, weights: ArrayLike | None) -> tuple[np.ndarray, FloatArray]:
    """Return the codes that occur and their counts; weights are scaled to sum to ``(sum w)^2 / sum w^2``."""
    checked = as_weights(weights, codes.n_rows, name="weights")
    cells, counts = count_codes(codes, checked)
    if checked is None:
        return cells, counts
    return cells, counts * (
        kish_size(float(checked.sum()), float(checked @ checked)) / checked.sum()
    )


def check_method(method: str, counts: FloatArray, concentration: float) -> None:
    """Raise ValueError where the method is unknown, or needs whole counts and does not have them."""
    check_option("method", method, tuple(METHODS))
    if method in WHOLE_COUNTS and (counts != np.floor(counts)).any():
        fraction = counts[counts != np.floor(counts)][0]
        message = (
            f"method={method!r} needs whole counts, got a count of {fraction} (weights make "
            "effective counts); use "
            "plugin, miller_madow, james_stein, dirichlet or nsb"
        )
        raise ValueError(message)
    if not 0.0 < concentration <= _MOST_CONCENTRATED:
        message = (
            f"concentration must be positive and at most 1e60, got {concentration!r}; 0.5 is "
            "Jeffreys' prior"
        )
        raise ValueError(message)


def check_rows_agree(**samples: int) -> None:
    """Raise ValueError where samples, given by their numbers of rows, do not have one row each for all."""
    if len(set(samples.values())) > 1:
        *names, last = samples
        rows = ", ".join(map(str, samples.values()))
        message = f"{', '.join(names)} and {last} must have one entry a row, got {rows} rows"
        raise ValueError(message)

"""Rows on which predicted means are validated, and what they say of a mean or a ratio of means."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from infotheory._evidence_table import NUMERIC_KINDS, check_amounts
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import (
    as_array,
    as_numbers,
    as_weights,
    check_option,
    check_range,
    fill_absent,
    mass_of_rows,
)
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, StudentLaw, WithheldLaw, two_sided_p_value

__all__ = [
    "FEWEST_EFFECTIVE",
    "MeanRows",
    "effective_rows_of",
    "estimate_of_rows",
    "mean_rows",
    "root_of_squares",
    "rows_behind",
]

#: Effective rows of the rarer mass from which intervals were shown to hold.
FEWEST_EFFECTIVE = 10.0
_LEAST_SPREAD = 1e-60


@dataclass(frozen=True, slots=True, eq=False)
class MeanRows:
    """Checked rows: their kind of target, what was observed, the mean predicted, and the weight."""

    kind: str
    target: FloatArray
    mean: FloatArray
    mass: FloatArray

    @property
    def first_mass(self) -> FloatArray:
        """What a row adds to what the mean is of: its weight, of a fraction what is recovered."""
        return self.mass * (1.0 - self.target) if self.kind == "fraction" else self.mass


def mean_rows(
    y: ArrayLike, mean: ArrayLike, target_type: str, sample_weight: ArrayLike | None
) -> MeanRows:
    """Check rows; ValueError where they do not vary, or a mean is none of this kind of target."""
    check_option("target_type", target_type, tuple(NUMERIC_KINDS))
    warn_of_row_order(y=y, mean=mean, sample_weight=sample_weight)
    given = as_array("y", y)
    weights = as_weights(sample_weight, given.size)
    target = check_amounts(target_type, fill_absent("y", given, weights))
    predicted = as_numbers("mean", fill_absent("mean", as_array("mean", mean), weights))
    if predicted.shape != target.shape:
        message = (
            f"mean must hold one number for each of the {target.size} rows of y, got shape "
            f"{predicted.shape}"
        )
        raise ValueError(message)
    if not np.isfinite(predicted).all():
        message = f"mean must be finite, got {predicted[~np.isfinite(predicted)][0]}"
        raise ValueError(message)
    check_range("mean", predicted)

    mass = mass_of_rows(weights, target.size)
    counted = target[mass > 0.0]
    if counted.size == 0 or np.ptp(counted) == 0.0:
        seen = f"{counted[0]:g} in all of them" if counted.size else "none of any weight"
        message = f"y must hold rows of different values, got {seen}"
        raise ValueError(message)
    if np.ptp(counted) < _LEAST_SPREAD:
        # The squares of such differences, of which every error here is made, are 0 in float64.
        message = (
            f"y must hold rows that differ by at least {_LEAST_SPREAD:g}, got {np.ptp(counted):g}; "
            "rescale it, or take such rows for equal"
        )
        raise ValueError(message)
    _check_predictions(target_type, predicted)

    has_weight = mass > 0.0
    if has_weight.all():
        return MeanRows(target_type, target, predicted, mass)
    return MeanRows(target_type, target[has_weight], predicted[has_weight], mass[has_weight])


def _check_predictions(kind: str, mean: FloatArray) -> None:
    """Raise ValueError where a prediction is at an end that no mean of such a target has."""
    ends = {"fraction": (0.0, 1.0), "rate": (0.0, math.inf)}
    low, high = ends.get(kind, (-math.inf, math.inf))
    outside = mean[(mean <= low) | (mean >= high)]
    if outside.size:
        rule = "strictly between 0 and 1" if kind == "fraction" else "positive"
        message = (
            f"mean must be {rule} for target_type={kind!r}, got {outside[0]:g} in {outside.size} "
            f"of {mean.size} rows"
        )
        raise ValueError(message)


def effective_rows_of(rows: MeanRows) -> float:
    """Rows of equal size that would say as much about the rarer mass of the target.

    Of a rate it is about the number of claims where they cost the same, and few of them where a few
    cost most; of any number it is the Kish size of the weights.
    """
    masses = [rows.first_mass]
    if rows.kind != "continuous":
        masses.append(rows.mass * rows.target)
    return min(float(mass.sum() ** 2 / (mass @ mass)) for mass in masses)


def root_of_squares(values: FloatArray) -> float:
    """Root of the sum of squares, also where the squares would leave the range of float64."""
    largest = float(np.abs(values).max(initial=0.0))
    # Divided by a power of 2, which changes no digit.
    scale = 2.0 ** (math.frexp(largest)[1] - 1)
    return float(np.sqrt((values / scale) @ (values / scale))) * scale


def rows_behind(influence: FloatArray) -> float:
    """Rows that make a sum of squares, by its largest terms: ``(sum u^2)^2 / sum u^4``."""
    largest = float(np.abs(influence).max(initial=0.0))
    squares = (influence / largest) ** 2 if largest > 0.0 else np.ones(influence.size)
    return float(squares.sum() ** 2 / (squares @ squares))


def estimate_of_rows(
    rows: MeanRows,
    value: float,
    influence: FloatArray,
    method: str,
    *,
    null: float | None = None,
    law: Callable[[float], IntervalLaw] = StudentLaw,
    z: float | None = None,
) -> Estimate:
    """Estimate whose error is that of a sum over rows, withheld where few of them bear the target.

    ``influence`` is what each row adds to the error of the value; ``law`` makes the interval from
    the degrees of freedom of this error. ``z`` is the statistic of the test of ``null`` where it is
    not the distance in standard errors.
    """
    error = root_of_squares(influence)
    size = effective_rows_of(rows)
    if size < FEWEST_EFFECTIVE or not error > 0.0:
        reason = (
            f"the target is that of {size:.1f} effective rows ({FEWEST_EFFECTIVE:g} needed)"
            if size < FEWEST_EFFECTIVE
            else "its error is 0 here, which says nothing of other rows"
        )
        return Estimate(value=value, standard_error=error, method=method, law=WithheldLaw(reason))

    # Student's quantile: the error is one of so many effective rows, and where few of these make
    # most of it, known as badly as from as few.
    degrees = max(min(size, rows_behind(influence)) - 1.0, 1.0)
    p_value = None
    if null is not None:
        p_value = two_sided_p_value((value - null) / error if z is None else z, degrees)
    return Estimate(
        value=value,
        standard_error=error,
        method=method,
        p_value=p_value,
        law=law(degrees),
    )

"""What all regressions of this room share: their columns, where a search may end, their errors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from infotheory._later import optimize
from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory._validation import as_array, as_numbers, check_range
from infotheory._warnings import warn
from infotheory.exceptions import NotConvergedWarning
from infotheory.scorecard.regression._blocks import CodedDesign, Design, cache_blocks, gram
from infotheory.scorecard.regression.likelihood import GroupedLikelihood, NewtonResult

__all__ = [
    "SOLVER_TOLERANCE",
    "SUSPICIOUS",
    "Basis",
    "Ending",
    "Solution",
    "as_design",
    "ending_of",
    "independent_columns",
    "ridge_in",
    "separating_direction",
    "solution_of",
    "told_ending",
]

#: Eigenvalue of the correlation matrix, or spread relative to size, that counts as zero.
DEPENDENT = 1e-10
#: Log odds beyond which separation is examined: 1e-13 as a probability, which data seldom tell.
SUSPICIOUS = 30.0
#: HiGHS meets its constraints to 1e-7; a direction below this is no direction.
SOLVER_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Standardised columns that do not depend on each other, and the way back.

    ``back`` turns their coefficients, the intercept first, into those of the columns of the user.
    """

    design: Design
    back: FloatArray
    dependent: BoolArray


def ridge_in(basis: Basis, alpha: float) -> FloatArray:
    """Express the ridge on the columns of the user by the coefficients of the basis."""
    n_columns = basis.back.shape[0] - 1
    penalty = np.diag(np.r_[0.0, np.full(n_columns, alpha)])
    return np.asarray(basis.back.T @ penalty @ basis.back)


def independent_columns(matrix: Design, weights: FloatArray, *, keep_all: bool) -> Basis:
    """Standardise the columns and, unless all are kept, leave out directions that do not vary."""
    n_columns = matrix.shape[1]
    share = weights / weights.sum()
    design: Design
    standard: Design
    if isinstance(matrix, CodedDesign):
        coded, standard, mean, scale = _standardised_codes(matrix, share)
        design = coded.in_rows()
        if not isinstance(design, CodedDesign):
            standard = design[:, 1:]
    else:
        design, standard, mean, scale = _standardised_rows(matrix, share)

    # Directions in which no row varies are left out, so that of all solutions that fit equally well
    # the shortest (in standard deviations of the columns) remains.
    directions, dependent = np.eye(n_columns), np.zeros(n_columns, dtype=bool)
    # The eigenvalues of a correlation matrix add up to its size, hence a limit in proportion to it.
    if not keep_all and n_columns:
        eigenvalues, vectors = np.linalg.eigh(gram(standard, share))
        null = eigenvalues <= DEPENDENT * n_columns
        if null.any():
            dependent = (np.abs(vectors[:, null]) > np.sqrt(DEPENDENT)).any(axis=1)
            directions = vectors[:, ~null]
            if isinstance(standard, CodedDesign):
                design = replace(standard, directions=directions, intercept=True)
            else:
                design = np.column_stack([np.ones(len(standard)), standard @ directions])

    # A standardised column is (x - mean) / scale: the intercept takes up what the means add.
    coefficients = directions / scale[:, None]
    back = np.zeros((1 + n_columns, 1 + directions.shape[1]))
    back[0, 0], back[0, 1:], back[1:, 1:] = 1.0, -mean @ coefficients, coefficients
    return Basis(design, back, dependent)


def _standardised_rows(
    matrix: FloatArray, share: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return columns without mean and of scale 1, behind an intercept and without, and both."""
    mean = share @ matrix

    # The design is written in place: of all rows only two arrays exist at any time.
    design = np.ones((matrix.shape[0], 1 + matrix.shape[1]))
    standard = np.subtract(matrix, mean, out=design[:, 1:])
    spread = np.sqrt(
        sum(share[block] @ standard[block] ** 2 for block in cache_blocks(len(matrix)))
    )

    largest = np.maximum(matrix.max(axis=0, initial=0.0), -matrix.min(axis=0, initial=0.0))
    varies, scale = _scale_of(spread, largest)
    standard /= scale
    standard[:, ~varies] = 0.0
    return design, standard, mean, scale


def _standardised_codes(
    matrix: CodedDesign, share: FloatArray
) -> tuple[CodedDesign, CodedDesign, FloatArray, FloatArray]:
    """Standardise the values of codes: no row is made."""
    pairs = list(zip(matrix.codes.T, matrix.values, strict=True))
    mass = [np.bincount(codes, share, minlength=array.size) for codes, array in pairs]

    # A value that no row has may be NaN, which times no weight would be NaN all the same.
    reached = [np.bincount(codes, minlength=array.size) > 0 for codes, array in pairs]
    known = [np.where(r, array, 0.0) for r, array in zip(reached, matrix.values, strict=True)]
    by_column = list(zip(mass, known, strict=True))
    mean = np.array([weight @ array for weight, array in by_column])
    distance = [array - middle for array, middle in zip(known, mean, strict=True)]
    spread = np.sqrt([weight @ d**2 for weight, d in zip(mass, distance, strict=True)])

    largest = np.array(
        [np.abs(array[weight > 0.0]).max(initial=0.0) for weight, array in by_column]
    )
    varies, scale = _scale_of(spread, largest)
    values = [
        d / unit if is_varied else np.zeros(d.size)
        for d, unit, is_varied in zip(distance, scale, varies, strict=True)
    ]
    standard = replace(matrix, values=values)
    return replace(standard, intercept=True), standard, mean, scale


def _scale_of(spread: FloatArray, largest: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Tell which columns vary, and the scale of each."""
    # A column that varies by less than its rounding errors is constant: scaled up, it is noise.
    varies = spread > DEPENDENT * largest
    return varies, np.where(varies, spread, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Where the search ended, and the direction in which rows are separated, if they are."""

    theta: FloatArray
    n_iter: int
    status: str
    direction: FloatArray | None = None


def solution_of(result: NewtonResult) -> Solution:
    """Take what Newton's method ended with."""
    status = "converged" if result.converged else "iteration limit"
    return Solution(result.theta, result.n_iter, status)


def separating_direction(design: Design, counts: FloatArray) -> FloatArray | None:
    """Direction along which the likelihood never falls, or None where its maximum is finite.

    Rows are separated, completely or in part, where some ``b`` has ``a'b >= 0`` for all events and
    ``a'b <= 0`` for all non-events, with inequality in at least one row (A. Albert and
    J. A. Anderson, Biometrika 71 (1984), doi:10.1093/biomet/71.1.1). The linear program maximises
    the sum of these margins inside the box ``|b| <= 1`` (K. Konis, thesis, University of Oxford
    (2007)). ``design`` includes the intercept.

    >>> design = np.array([[1.0, 0.0], [1.0, 1.0]])
    >>> separating_direction(design, np.array([[5.0, 0.0], [2.0, 3.0]])).tolist()
    [-1.0, 1.0]
    >>> separating_direction(design, np.array([[5.0, 1.0], [2.0, 3.0]])) is None
    True
    """
    # The program has a row for each pattern, whatever it was made of.
    design = np.asarray(design)
    good, bad = counts[:, 0] > 0, counts[:, 1] > 0
    one_class: BoolArray = good ^ bad
    mixed: BoolArray = good & bad
    signed = design[one_class] * np.where(bad[one_class], 1.0, -1.0)[:, None]
    # Every margin must be 0 then, and no direction has one that is not.
    if signed.shape[0] == 0:
        return None

    # A pattern with both classes lies on the boundary of any separation: its margin must be 0.
    result = optimize.linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(signed.shape[0]),
        A_eq=design[mixed] if mixed.any() else None,
        b_eq=np.zeros(int(mixed.sum())) if mixed.any() else None,
        bounds=(-1.0, 1.0),
        method="highs",
    )

    # Margins grow with the columns, and so does what the solver's tolerance lets pass.
    largest = max(float(np.abs(signed).max()), 1.0)
    if result.x is None or float((signed @ result.x).max()) <= SOLVER_TOLERANCE * largest:
        return None
    return np.asarray(result.x, dtype=np.float64)


class Ending(NamedTuple):
    """What a regression says: intercept and coefficients, with their covariance and bread."""

    theta: FloatArray
    covariance: FloatArray
    bread: FloatArray
    value: float


def ending_of(
    likelihood: GroupedLikelihood,
    solution: Solution,
    basis: Basis,
    squared_weights: FloatArray | None,
    crossed: FloatArray | None = None,
) -> Ending:
    """Make coefficients of the columns of the user from a solution, with their covariance.

    It is a sandwich where squared weights are given, and the inverse information otherwise.
    """
    # The errors follow the columns back: a linear map of the coefficients, on both sides.
    predictor, back = likelihood.log_odds(solution.theta), basis.back
    information = likelihood.information(predictor)
    try:
        bread = np.linalg.inv(information + likelihood.ridge)
    except np.linalg.LinAlgError as error:
        message = (
            "rows must say something of every coefficient, got a singular information where the "
            "search ended: the outcomes, or the weights of one of them, are next to nothing; drop "
            "those rows, or choose penalty='ridge'"
        )
        raise ValueError(message) from error

    meat = (
        information
        if squared_weights is None
        else likelihood.outer_product(predictor, squared_weights, crossed)
    )
    return Ending(
        theta=back @ solution.theta,
        covariance=back @ bread @ meat @ bread @ back.T,
        bread=back @ bread @ back.T,
        value=likelihood.unpenalised(predictor),
    )


def as_design(X: ArrayLike | CodedDesign) -> Design:
    """Check the columns of a regression."""
    if isinstance(X, CodedDesign):
        # Values of codes that no row has may be what no row could be.
        reached = [
            array[np.bincount(codes, minlength=array.size) > 0]
            for codes, array in zip(X.codes.T, X.values, strict=True)
        ]
        as_design(np.concatenate([*reached, np.zeros(1)])[:, None])
        return X
    given = as_array("X", X)
    matrix = given if given.dtype == np.float64 else as_numbers("X", given)  # it is only read
    if matrix.ndim != 2 or matrix.shape[0] == 0:
        message = (
            f"X must have shape (n_rows, n_columns) with at least one row, got shape {matrix.shape}"
        )
        raise ValueError(message)
    # Both ends say of millions of rows whether any number is not finite.
    ends = np.array([matrix.min(initial=0.0), matrix.max(initial=0.0)])
    if not np.isfinite(ends).all():
        message = f"X must be finite, got {matrix[~np.isfinite(matrix)][0]}"
        raise ValueError(message)
    check_range("X", ends)
    return matrix


def told_ending(
    solution: Solution, basis: Basis, names: Sequence[str] | None, separated: str
) -> tuple[str, tuple[int, ...]]:
    """Return how a search ended and the columns that this is about; warn without one maximum.

    ``separated`` says what it means here that columns separate rows.
    """
    # A direction of the basis moves columns of the user, and these are named. That columns depend
    # on each other is said only where nothing worse is.
    status, involved = solution.status, np.zeros(basis.dependent.size, dtype=bool)
    if solution.direction is not None:
        involved = np.abs(basis.back @ solution.direction)[1:] > SOLVER_TOLERANCE
    elif status == "converged" and basis.dependent.any():
        status, involved = "singular", basis.dependent
    columns = np.flatnonzero(involved).tolist()
    named = [column if names is None else names[column] for column in columns]

    reasons = {
        "separation": f"columns {named} {separated}",
        "singular": (
            f"columns {named} depend on each other linearly, so that the Hessian is singular; "
            "the coefficients are the smallest of the equally good. Drop a column or choose "
            "penalty='ridge'"
        ),
        "iteration limit": (
            "Newton's method did not converge; raise max_iterations or choose penalty='ridge'"
        ),
    }

    if status in reasons:
        warn(f"{status}: {reasons[status]}", NotConvergedWarning)
    return status, tuple(columns)

"""Columns of many variables as the caller names them: multiplets, rows, scores."""

import math
from collections.abc import Sequence
from itertools import combinations, groupby
from typing import Any

import numpy as np

from infotheory._codes import Codes, encode_labels
from infotheory._typing import FloatArray, IntArray
from infotheory._validation import as_array, check_integer, missing_mask
from infotheory.estimation.measurements._gaussian import normal_scores
from infotheory.estimation.measurements._scaling import as_measurements

__all__ = [
    "SINGULAR",
    "by_size",
    "check_enough_rows",
    "column_numbers",
    "complete_rows",
    "correlations_of",
    "covariance_of",
    "label_column",
    "least_eigenvalues",
    "points_of",
    "read_multiplets",
    "scores_of",
    "used_columns",
]

#: A correlation matrix with a smaller eigenvalue is that of columns that determine each other.
SINGULAR = 1e-10


def used_columns(
    columns: dict[str, Any], wanted: list[tuple[int, ...]]
) -> tuple[dict[str, Any], list[tuple[int, ...]]]:
    """Return the columns of some multiplets, and their numbers among these."""
    # Columns that no multiplet has may be constant or miss values: nothing of them is read.
    used = sorted({i for one in wanted for i in one})
    if len(used) == len(columns):
        return columns, wanted
    names, place = list(columns), {i: j for j, i in enumerate(used)}
    fewer = {names[i]: columns[names[i]] for i in used}
    return fewer, [tuple(place[i] for i in one) for one in wanted]


def complete_rows(columns: dict[str, Any]) -> dict[str, Any]:
    """Return the rows in which no column misses a value."""
    there = ~np.any([missing_mask(as_array("X", column)) for column in columns.values()], axis=0)
    if not there.any():
        message = f"X must have a row without missing values, got none in {there.size} rows"
        raise ValueError(message)
    if there.all():
        return columns
    return {name: as_array("X", column)[there] for name, column in columns.items()}


def label_column(name: str, column: Any) -> Codes:
    """Read a column that holds labels."""
    return encode_labels(
        column, name=f"column {name!r}", of_measurements='method="gaussian_copula"'
    )


def by_size(wanted: Sequence[tuple[int, ...]]) -> list[IntArray]:
    """Multiplets, which come in order of their size, as a matrix for each size."""
    return [np.array(list(group)) for _, group in groupby(wanted, key=len)]


def read_multiplets(
    names: list[str],
    sizes: Sequence[int],
    multiplets: Sequence[Sequence[str | int]] | None,
    most: int,
    target: int | None = None,
) -> list[tuple[int, ...]]:
    """Numbers of the columns of each multiplet, in order of their size; a target is the last.

    Beside a target, which counts as none of them, two columns are enough.
    """
    fewest = 3 if target is None else 2
    aim = () if target is None else (target,)
    columns = [i for i in range(len(names)) if i != target]
    check_integer("max_multiplets", most)

    if multiplets is not None:
        wanted = [column_numbers(names, one) for one in multiplets]
        if not wanted or min(map(len, wanted)) < fewest:
            message = f"multiplets must each have {fewest} columns or more, got {multiplets!r:.80}"
            raise ValueError(message)
        if any(target in one for one in wanted):
            message = (
                f"multiplets must be without the target, column {target}, got {multiplets!r:.80}"
            )
            raise ValueError(message)
        if len(wanted) > most:
            message = f"multiplets must be at most max_multiplets={most}, got {len(wanted)}"
            raise ValueError(message)
        # ``by_size`` puts neighbours together: the order of one size is kept.
        return [(*one, *aim) for one in sorted(wanted, key=len)]

    if not np.iterable(sizes) or not len(sizes):
        message = f"sizes must be a sequence of whole numbers such as (3, 4), got {sizes!r}"
        raise ValueError(message)

    # Where there are fewer columns than the least multiplet has, the number of multiplets says so.
    for size in sizes:
        check_integer("a size", size, low=fewest, high=max(len(columns), fewest))

    # Counted before they are listed: those of many columns would fill the memory.
    n_wanted = sum(math.comb(len(columns), size) for size in set(sizes))
    if not 0 < n_wanted <= most:
        message = (
            f"{len(columns)} columns have {n_wanted} multiplets of sizes {sorted(set(sizes))}, "
            f"where 1 to {most} may be: choose columns or sizes, or raise max_multiplets"
        )
        raise ValueError(message)
    return [(*one, *aim) for size in sorted(set(sizes)) for one in combinations(columns, size)]


def column_numbers(
    names: list[str], columns: Sequence[str | int], *, what: str = "a multiplet"
) -> tuple[int, ...]:
    """Numbers of columns that are given by name or number, each once."""
    if isinstance(columns, str) or not np.iterable(columns):
        message = f"a multiplet must be a list of columns, got {columns!r}"
        raise ValueError(message)

    numbers = []
    for column in columns:
        if isinstance(column, str):
            if column not in names:
                message = f"{what} must name columns of X ({names[:10]}), got {column!r}"
                raise ValueError(message)
            numbers.append(names.index(column))
        else:
            check_integer(f"a column of {what}", column, low=0, high=len(names) - 1)
            numbers.append(int(column))

    # A column may have come by its name and by its number.
    if len(set(numbers)) < len(numbers):
        message = f"a multiplet must name each column once, got {list(columns)}"
        raise ValueError(message)
    return tuple(sorted(numbers))


def points_of(columns: dict[str, Any]) -> FloatArray:
    """Columns of measurements at mean 0 and variance 1."""
    return np.column_stack(
        [
            as_measurements(column, name=f"column {name!r}").points
            for name, column in columns.items()
        ]
    )


def scores_of(columns: dict[str, Any], method: str) -> FloatArray:
    """Columns of mean 0 and variance 1: measurements, or normal scores of their ranks."""
    points = points_of(columns)
    if method == "gaussian":
        return points
    # Normal scores of a finite sample vary by less than 1, those with ties by less still.
    scores = normal_scores(points)
    return np.asarray(scores / scores.std(axis=0))


def correlations_of(scores: FloatArray) -> FloatArray:
    """Correlations of all columns, of which some may determine each other."""
    return np.asarray(scores.T @ scores / len(scores))


def least_eigenvalues(correlations: FloatArray, group: IntArray) -> FloatArray:
    """Return the least eigenvalue of each multiplet of one size."""
    parts = correlations[group[:, :, None], group[:, None, :]]
    return np.asarray(np.linalg.eigvalsh(parts)[:, 0])


def covariance_of(scores: FloatArray, wanted: Sequence[tuple[int, ...]]) -> FloatArray:
    """Correlations of all columns, after a check that none of a multiplet determines another."""
    covariance = correlations_of(scores)

    # The eigenvalues of a part lie within those of the whole: a regular whole spares the rest. A
    # whole that is singular may have regular parts, and only the multiplets need to be.
    if np.linalg.eigvalsh(covariance)[0] > SINGULAR:
        return covariance
    for group in by_size(wanted):
        least = least_eigenvalues(covariance, group)
        if least.min() < SINGULAR:
            message = (
                f"columns {group[least.argmin()].tolist()} must not determine each other, for "
                "which the information is infinite; leave one of them out"
            )
            raise ValueError(message)
    return covariance


def check_enough_rows(n_rows: int, size: int) -> None:
    """Raise ValueError where rows are fewer than a covariance needs."""
    if n_rows < size + 3:
        message = f"X must have at least {size + 3} rows for multiplets of {size}, got {n_rows}"
        raise ValueError(message)

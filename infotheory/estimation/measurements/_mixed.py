"""One nearest-neighbour estimate of labels, values that repeat, and measurements.

The metric is infinite between unlike labels, between unlike values that repeat (atoms), and between
an atom and a density. With measurements alone the estimate is that of Kraskov, Stögbauer and
Grassberger (given a condition, of Frenzel and Pompe); with one label that of Ross, in either order;
with labels alone a sum of digamma functions of counts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy import special

from infotheory._codes import Codes, compress, encode_labels, joint_codes
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import as_array
from infotheory._warnings import warn
from infotheory.estimation.discrete._column_codes import is_label
from infotheory.estimation.measurements._box_tree import BoxTree
from infotheory.estimation.measurements._terms import (
    RowTerms,
    coarseness,
    log_mass_variance,
    share_of_copies,
)
from infotheory.exceptions import SparseCellWarning

__all__ = [
    "MixedVariable",
    "check_discrete",
    "condition_points",
    "copies_of_measurements",
    "mixed_terms",
    "read_mixed",
    "warn_of_sparse_cells",
]

#: Share of rows in cells of no more than k rows beyond which the estimate is poor.
_MOST_SPARSE = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class MixedVariable:
    """Rows of one variable."""

    # What rows must share to be at a finite distance
    classes: Codes
    # Measurements of standard deviation 1, 0 in atoms; no column for labels, of shape (n_rows,
    # n_columns)
    columns: FloatArray

    @property
    def is_label(self) -> bool:
        """Whether there are no measurements."""
        return self.columns.shape[1] == 0

    def take(self, order: IntArray) -> "MixedVariable":
        """Return the rows in another order."""
        return MixedVariable(
            Codes(self.classes.index[order], self.classes.n_levels), self.columns[order]
        )


def read_mixed(
    x: ArrayLike, *, name: str, k: int, discrete: str | Collection[str]
) -> MixedVariable:
    """Read a variable of labels, atoms and measurements, column by column."""
    array = as_array(name, x)
    if array.ndim not in (1, 2) or 0 in array.shape:
        message = (
            f"{name} must have shape (n_rows,) or (n_rows, n_columns) with at least one row, got "
            f"{array.shape}"
        )
        raise ValueError(message)

    # A label column joins the classes that rows must share; of a measurement its repeated values
    # do, and what is left sets distances.
    classes, columns = [], []
    for column in array.reshape(len(array), -1).T:
        numbers = _numbers(column)
        named = discrete != "auto" and name in discrete
        if numbers is None or named or (discrete == "auto" and is_label(numbers)):
            classes.append(compress(encode_labels(column, name=name)))
            continue

        if not np.isfinite(numbers).all():
            row = int(np.argmin(np.isfinite(numbers)))
            message = (
                f"{name} must be finite, got {numbers[row]} in row {row}; drop rows with missing "
                "values"
            )
            raise ValueError(message)

        atoms, scaled = _atoms(numbers, k)
        classes.append(atoms)
        columns.append(scaled)

    joined = compress(joint_codes(*classes))
    matrix = np.column_stack(columns) if columns else np.empty((len(array), 0))
    return MixedVariable(joined, matrix)


def _numbers(column: Any) -> FloatArray | None:
    """Return a column of real numbers, None for labels of any other kind."""
    if column.dtype.kind in "iuf":
        return np.asarray(column, dtype=np.float64)
    # Float64 would take text such as "1", and True, for numbers.
    if column.dtype.kind != "O" or any(
        isinstance(value, str | bool | np.bool_) for value in column
    ):
        return None
    try:
        return np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def _atoms(numbers: FloatArray, k: int) -> tuple[Codes, FloatArray]:
    """Tell values with more than k copies from the density of the others, and scale the others."""
    levels, index, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    repeats = counts > k
    # Class 0 is the density, each atom has a class of its own.
    classes = np.where(repeats[index], index + 1, 0)

    # By the largest value first, whose square might overflow; a column of zeros is divided by the
    # least normal number.
    scaled = numbers / max(float(np.abs(numbers).max()), np.finfo(np.float64).tiny)
    scaled = scaled - scaled.mean()
    spread = float(scaled.std())
    scaled = np.where(classes == 0, scaled / (spread if spread > 0.0 else 1.0), 0.0)
    return compress(Codes(np.asarray(classes, dtype=np.intp), levels.size + 1)), scaled


def mixed_terms(
    x: MixedVariable, y: MixedVariable, z: MixedVariable | None, k: int, workers: int
) -> RowTerms:
    """Return one term a row, whose mean is the estimate, of any mixture of variables."""
    parts = [x, y] if z is None else [x, y, z]
    far = _far(parts)
    n_rows = x.classes.n_rows
    joint = _Space.of(parts, far)
    distances = joint.nearest(min(k + 1, n_rows), workers)

    # In a cell of no more than k rows all others of the cell are the neighbours. Distances of one
    # class lie below a quarter of ``far``, those of two at ``far`` or beyond.
    here = (distances < far / 2.0).sum(axis=1) - 1
    short = here < k
    neighbors = np.minimum(here, k)
    radius = distances[np.arange(n_rows), neighbors]

    # Copies stand for all rows at distance 0, the row itself among them: what is closer than the
    # least number above 0 is.
    copies = radius == 0.0
    reach = np.maximum(radius, np.nextafter(0.0, 1.0))
    within = joint.count(reach, workers)
    mass = np.where(copies, within, neighbors)
    given = [] if z is None else [z]
    of_xz, of_yz = (_Space.of([one, *given], far).count(reach, workers) for one in (x, y))
    of_z = _Space.of(given, far).count(reach, workers) if given else np.full(n_rows, n_rows)
    terms = special.psi(mass) - special.psi(of_xz) - special.psi(of_yz) + special.psi(of_z)

    # A row alone in its cell says nothing. Where such rows count, the estimate of a binomial given
    # a Poisson variable is .12 too large at 300 rows.
    terms = np.where(short & copies & (within == 1), 0.0, terms)

    # Copies and whole cells are counted, which no width of a box can bias.
    boxed = np.where(copies | short, 0, neighbors)
    coarse = coarseness(boxed, (of_xz, y.columns.shape[1]), (of_yz, x.columns.shape[1]))
    return RowTerms(terms, log_mass_variance(k), coarse)


def copies_of_measurements(x: MixedVariable, y: MixedVariable, z: MixedVariable | None) -> float:
    """Share of the rows that measure both x and y and repeat another one in all columns.

    Labels and values that many rows have repeat as they should, and so do rounded measurements
    beside them.
    """
    # Labels and atoms stand at 0.
    measured = (x.columns != 0.0).any(axis=1) & (y.columns != 0.0).any(axis=1)
    if not measured.any():
        return 0.0
    parts = [x, y] if z is None else [x, y, z]
    rows = [np.column_stack([part.classes.index, part.columns])[measured] for part in parts]
    return share_of_copies(*rows) * float(measured.mean())


def warn_of_sparse_cells(parts: list[MixedVariable], k: int) -> None:
    """Warn where many rows lie in cells of no more than k rows."""
    cells = compress(joint_codes(*(part.classes for part in parts)))
    sparse = float((np.bincount(cells.index)[cells.index] <= k).mean())
    if sparse > _MOST_SPARSE:
        message = (
            f"{sparse:.0%} of the rows lie in cells of labels and repeated values with no more "
            f"than n_neighbors={k} rows, which say little; merge rare labels, or lower n_neighbors"
        )
        warn(message, SparseCellWarning)


def check_discrete(discrete: Any) -> None:
    """Raise ValueError unless it is "auto" or names of variables."""
    names = None if isinstance(discrete, str) or not np.iterable(discrete) else set(discrete)
    if discrete != "auto" and (names is None or not names <= {"x", "y", "z"}):
        message = (
            "discrete must be 'auto' or a tuple of the variables that are labels, of 'x', 'y' and "
            f"'z', got {discrete!r}"
        )
        raise ValueError(message)


def condition_points(z: MixedVariable) -> tuple[FloatArray, float]:
    """Return the points of a condition, and a distance that none of one class have."""
    far = _far([z])
    return _points([z], far), far / 2.0


def _far(parts: list[MixedVariable]) -> float:
    """Return a distance beyond all distances of measurements."""
    ranges = [np.ptp(part.columns, axis=0).max(initial=0.0) for part in parts]
    return 4.0 * (1.0 + max(float(one) for one in ranges))


def _points(parts: list[MixedVariable], far: float) -> FloatArray:
    columns = []
    for part in parts:
        if part.classes.n_levels > 1 or part.is_label:
            columns.append(far * part.classes.index[:, None].astype(np.float64))
        columns.append(part.columns)
    return np.hstack(columns)


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """Rows of some variables: those of classes in which something varies lie in a tree.

    In a class where nothing does, all rows are at distance 0 of one another and at none of the
    rest, which a tree would find out pair by pair.
    """

    points: FloatArray
    sizes: IntArray
    varies: BoolArray

    @classmethod
    def of(cls, parts: list[MixedVariable], far: float) -> Self:
        """Put the variables side by side."""
        classes = compress(joint_codes(*(part.classes for part in parts)))
        sizes = np.bincount(classes.index)
        columns = np.hstack([part.columns for part in parts])

        # Every class has rows, as reduceat needs: the codes are compressed.
        order = np.argsort(classes.index, kind="stable")
        starts = np.cumsum(sizes) - sizes
        ordered = columns[order]
        high: FloatArray = np.maximum.reduceat(ordered, starts)
        low: FloatArray = np.minimum.reduceat(ordered, starts)
        varies: BoolArray = np.any(high > low, axis=1)[classes.index]
        return cls(_points(parts, far)[varies], sizes[classes.index], varies)

    def nearest(self, n: int, workers: int) -> FloatArray:
        """Return the distances of the n nearest rows, the row itself among them."""
        distances = np.where(np.arange(n) < self.sizes[:, None], 0.0, np.inf)
        if self.varies.any():
            distances[self.varies] = BoxTree(self.points).distances(n, workers)
        return distances

    def count(self, radius: FloatArray, workers: int) -> IntArray:
        """Count the rows strictly closer than the radius of each row, itself among them."""
        counts = self.sizes.copy()
        if self.varies.any():
            counts[self.varies] = BoxTree(self.points).count(radius[self.varies], workers)
        return counts

"""Sums by bin of what a target of any kind is made of: a count table where it has two classes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from infotheory._codes import cell_sums, refuse_gaps
from infotheory._display import html_frame, short_repr
from infotheory._later import pd
from infotheory._target import refuse_amounts, refuse_missing
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import (
    as_array,
    as_numbers,
    as_weights,
    check_length,
    check_option,
    check_range,
    fill_absent,
    labels_of_rows,
    rows_that_weigh,
)

__all__ = [
    "NUMERIC_KINDS",
    "POWERS",
    "EvidenceTable",
    "bin_codes_of",
    "check_amounts",
    "evidence_of_classes",
    "evidence_of_powers",
    "merged_bins",
    "origin_of",
    "power_sums",
    "power_terms",
    "refuse_outside",
    "rounded_origin",
    "sums_of_powers",
]

#: Kinds of a target that is a number, with what a row of target y adds to the sums of its bin.
NUMERIC_KINDS = {
    "fraction": ("recovered", "lost"),
    "rate": ("exposure", "amount"),
    "continuous": ("weight", "sum", "squares"),
}

#: Numbers of powers of y (from 0) whose sums with weights, and with squared weights, are all that a
#: table needs.
POWERS = {"fraction": (2, 3), "rate": (2, 3), "continuous": (3, 5)}
#: Terms with weights, and with squared weights, by power.
PowerTerms = tuple[list[FloatArray | None], list[FloatArray | None]]

#: Significant digits of the number that is subtracted from a continuous target.
_ORIGIN_DIGITS = 3

#: Relative: a mass below 0 by less is 0, and its sum was taken in another order than the whole.
_ROUNDING = 1e-9
_TRIANGLES = {width: np.triu_indices(width) for width in (2, 3)}  # slower to list than to fill


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceTable:
    """Sums by bin of a target that is an amount, or one of several classes.

    A row of target y and weight w adds ``w z`` to the sums and ``w^2 z z'`` to the products, with z
    = (1 - y, y) for a fraction, (1, y) for a rate, (1, y - o, (y - o)^2) for a continuous target
    with the origin o, and 1 in the place of its class for several classes. All that is said about
    bins is a function of these sums, and tables of shards add up.

    Parameters
    ----------
    labels : tuple of str
        One label a bin.
    kind : {"fraction", "rate", "continuous", "multiclass"}
        What the target is.
    sums : ndarray of shape (n_bins, n_columns) or (n_bins, n_columns, n_groups)
        Sums of ``w z``; see ``columns``.
    products : ndarray of shape (n_bins, n_products) or (n_bins, n_products, n_groups)
        Sums of ``w^2 z z'``: the upper triangle by rows, ``n_columns (n_columns + 1) / 2`` numbers;
        for several classes, whose products are 0 outside the diagonal, the diagonal.
    classes : tuple
        Labels of the classes, empty for numbers.
    groups : tuple
        Label of each group, empty where the table has no group axis.
    origin : float
        What is subtracted from a continuous target, so that squares lose no digits.

    Examples
    --------
    >>> table = EvidenceTable.from_rows([0, 0, 1, 1], [0.0, 0.5, 0.75, 1.0], "fraction")
    >>> table.sums.tolist(), table.rate.tolist()
    ([[1.5, 0.5], [0.25, 1.75]], [0.25, 0.875])
    """

    labels: tuple[str, ...]
    kind: str
    sums: FloatArray
    products: FloatArray
    classes: tuple[Any, ...] = ()
    groups: tuple[Any, ...] = ()
    origin: float = 0.0

    __repr__ = short_repr
    _repr_html_ = html_frame

    def __post_init__(self) -> None:
        check_option("kind", self.kind, (*NUMERIC_KINDS, "multiclass"))
        if self.kind == "multiclass" and len(self.classes) < 2:
            message = f"classes must hold two labels or more, got {list(self.classes)}"
            raise ValueError(message)

        width = len(self.columns)
        n_products = width if self.kind == "multiclass" else width * (width + 1) // 2
        for name, size in (("sums", width), ("products", n_products)):
            array = np.array(getattr(self, name), dtype=np.float64)
            shape = (len(self.labels), size, *([len(self.groups)] if self.groups else []))
            if array.shape != shape or not np.isfinite(array).all():
                message = (
                    f"{name} of a {self.kind} target must be finite and have shape {shape} (bins, "
                    f"columns[, groups]), got shape {array.shape}"
                )
                raise ValueError(message)

            # A table is shared by many results: nobody may write into it.
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if (self.weights_by_group < 0.0).any():
            message = f"sums of weights must not be negative, got {self.weights_by_group.min()}"
            raise ValueError(message)

    @classmethod
    def from_rows(
        cls,
        codes: ArrayLike,
        y: ArrayLike,
        kind: str,
        group: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        labels: Sequence[str] | None = None,
        classes: Sequence[Any] | None = None,
        origin: float | None = None,
    ) -> "EvidenceTable":
        """Add up rows.

        Parameters
        ----------
        codes : array-like of shape (n_rows,)
            Bin of each row, integers 0, 1, ...
        y : array-like of shape (n_rows,)
            In [0, 1] for a fraction, not negative for a rate, any number for a continuous target;
            labels for several classes.
        kind : {"fraction", "rate", "continuous", "multiclass"}
            What the target is.
        group : array-like of shape (n_rows,), optional
            Group label of each row; adds the group axis, groups in sorted order.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights, not negative; the exposures of a rate, whose y is per unit of it.
        labels : sequence of str, optional
            Bin labels; they also fix the number of bins, so that empty bins at the end are kept.
        classes : sequence, optional
            Labels of the classes in their order; those that occur, sorted, when None.
        origin : float, optional
            What is subtracted from a continuous target; its mean, rounded, when None.

        Returns
        -------
        EvidenceTable
            Sums by bin [and group].

        Raises
        ------
        ValueError
            If lengths differ, ``codes`` are not integers from 0, or ``y`` is not of this kind.
        """
        check_option("kind", kind, (*NUMERIC_KINDS, "multiclass"))
        weights = as_weights(sample_weight, np.size(as_array("bins", codes)))
        codes = fill_absent("bins", codes, weights)
        bins = bin_codes_of(codes, None if labels is None else len(labels))
        bins, y, group, weights = rows_that_weigh(bins, y, group, weights)
        shown = range(int(bins.max()) + 1) if labels is None else labels
        names, groups = tuple(str(label) for label in shown), tuple[Any, ...]()
        if group is not None:
            found, member = labels_of_rows("group", group, bins.size)
            groups, bins = tuple(found.tolist()), bins * len(found) + member
        shape = (len(names), *([len(groups)] if groups else []))

        if kind == "multiclass":
            target, known = _class_codes(y, bins.size, classes)
            cells = bins * len(known) + target
            counts, squared = cell_sums(cells, (*shape, len(known)), weights)
            return evidence_of_classes(names, known, counts, squared, groups)

        amounts = check_amounts(kind, check_length("y", y, bins.size))
        start = 0.0
        if kind == "continuous":
            start = origin_of(amounts, weights) if origin is None else float(origin)
        terms = power_terms(kind, amounts - start, weights)
        powers, squared = power_sums(bins, shape, terms)
        return evidence_of_powers(names, kind, powers, squared, groups, start)

    @property
    def columns(self) -> tuple[str, ...]:
        """Name of each column of ``sums``."""
        if self.kind == "multiclass":
            return tuple(str(label) for label in self.classes)
        return NUMERIC_KINDS[self.kind]

    @property
    def n_bins(self) -> int:
        """Number of bins, empty ones included."""
        return len(self.labels)

    @property
    def weights_by_group(self) -> FloatArray:
        """Sum of weights by bin [and group]."""
        if self.kind in ("rate", "continuous"):
            return self.sums[:, 0]
        return np.asarray(self.sums.sum(axis=1))

    @property
    def weight(self) -> FloatArray:
        """Sum of weights by bin, over all groups; exposures for a rate."""
        return self.without_groups().weights_by_group

    @property
    def squared_weight(self) -> FloatArray:
        """Sum of squared weights by bin, over all groups."""
        products = self.without_groups().products
        if self.kind == "fraction":
            return products @ np.array([1.0, 2.0, 1.0])
        return products.sum(axis=1) if self.kind == "multiclass" else products[:, 0].copy()

    @property
    def rate(self) -> FloatArray:
        """Mean target by bin, NaN where a bin is empty; shares of classes, (n_bins, n_classes)."""
        sums, weight = self.without_groups().sums, self.weight
        mass = sums if self.kind == "multiclass" else sums[:, 1:2]
        means = np.full(mass.shape, np.nan)
        np.divide(mass, weight[:, None], out=means, where=weight[:, None] > 0.0)
        return means if self.kind == "multiclass" else means[:, 0] + self.origin

    def __getattr__(self, name: str) -> Any:
        # What takes counts of two classes asks for these, and says more than that one is missing.
        if name in ("counts", "squared_weights", "events", "nonevents"):
            message = (
                f"a table of target_type={self.kind!r} has no {name!r}: sums of two classes are "
                "wanted here; it has 'sums' and 'products'"
            )
            raise AttributeError(message)
        message = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(message)

    @property
    def weighted(self) -> bool:
        """Whether rows have other weights than 1: sums of squares then differ from the weights."""
        # Of a fraction both are sums of what is lost and what is not, each of them rounded.
        return not np.allclose(self.weight, self.squared_weight, rtol=_ROUNDING, atol=0.0)

    def product_matrices(self) -> FloatArray:
        """Return the products of each bin as a symmetric matrix, summed over groups.

        Returns
        -------
        ndarray of shape (n_bins, n_columns, n_columns)
            Sums of ``w^2 z z'``.
        """
        products, width = self.without_groups().products, len(self.columns)
        matrices = np.zeros((self.n_bins, width, width))
        if self.kind == "multiclass":
            matrices[:, np.arange(width), np.arange(width)] = products
            return matrices
        row, column = _TRIANGLES[width]
        matrices[:, row, column] = matrices[:, column, row] = products
        return matrices

    def first_products(self) -> "tuple[FloatArray, FloatArray]":
        """Return the products of the first two columns of a numeric target, without groups.

        Returns
        -------
        tuple of ndarray
            Squares of both, shape (n_bins, 2), and the product of the two, shape (n_bins,).
        """
        # An upper triangle row by row: the second row starts after as many entries as columns.
        first = self.products[:, 0]
        crossed, second = self.products[:, 1], self.products[:, len(self.columns)]
        return np.column_stack([first, second]), crossed

    def without_groups(self) -> "EvidenceTable":
        """Sum the table over groups."""
        if not self.groups:
            return self
        sums, products = self.sums.sum(axis=2), self.products.sum(axis=2)
        return replace(self, sums=sums, products=products, groups=())

    def merge(self, groups: ArrayLike, labels: Sequence[str] | None = None) -> "EvidenceTable":
        """Merge bins.

        Parameters
        ----------
        groups : array-like of shape (n_bins,)
            New bin of each bin, integers 0, 1, ...
        labels : sequence of str, optional
            Labels of the new bins; the old ones joined by ``" | "`` when None.

        Returns
        -------
        EvidenceTable
            The merged table; sums and products add up.

        Raises
        ------
        ValueError
            If ``groups`` has not one integer a bin.
        """
        names, (sums, products) = merged_bins(
            self.labels, (self.sums, self.products), groups, labels
        )
        return replace(self, labels=names, sums=sums, products=products)

    def first(self, n_bins: int) -> "EvidenceTable":
        """Keep the first bins.

        Parameters
        ----------
        n_bins : int
            How many.

        Returns
        -------
        EvidenceTable
            Their sums.
        """
        kept = slice(0, n_bins)
        return replace(
            self, labels=self.labels[kept], sums=self.sums[kept], products=self.products[kept]
        )

    def centred_at(self, origin: float) -> "EvidenceTable":
        """Subtract another number from a continuous target.

        Parameters
        ----------
        origin : float
            The number.

        Returns
        -------
        EvidenceTable
            Sums of the same rows, by the binomial theorem.

        Raises
        ------
        ValueError
            If the target is of another kind, which has no origin.
        """
        if self.kind != "continuous":
            message = f"only a continuous target has an origin, got kind {self.kind!r}"
            raise ValueError(message)
        step = self.origin - origin
        squared = self.products[:, [0, 1, 2, 4, 5]]  # 1, y, y^2 (y^2 again), y^3, y^4
        shifted = _shifted(self.sums, step), _shifted(squared, step)
        return evidence_of_powers(self.labels, self.kind, *shifted, self.groups, origin)

    def __add__(self, other: "EvidenceTable") -> "EvidenceTable":
        if not isinstance(other, EvidenceTable):
            return NotImplemented
        ours, theirs = (
            (table.labels, table.kind, table.classes, table.groups) for table in (self, other)
        )
        if ours != theirs:
            message = (
                "tables add up only over the same bins, groups and kind of target, got "
                f"{ours} and {theirs}"
            )
            raise ValueError(message)

        if other.origin != self.origin:
            other = other.centred_at(self.origin)
        return replace(self, sums=self.sums + other.sums, products=self.products + other.products)

    def to_frame(self) -> "pd.DataFrame":
        """Return one row a bin [and group]: bin, [group,] the sums, and the mean of the target.

        A continuous target has the columns weight and mean: sums of squares are about an origin.
        """
        bins = np.asarray(self.labels, dtype=object)
        sums, frame = self.sums, pd.DataFrame({"bin": bins})

        # A bin of a group is read as a bin of a table without groups: one row of the frame each.
        if self.groups:
            sums = np.moveaxis(sums, 2, 1).reshape(-1, sums.shape[1])
            groups = list(self.groups) * self.n_bins
            frame = pd.DataFrame({"bin": np.repeat(bins, len(self.groups)), "group": groups})

        rows = replace(
            self,
            labels=("",) * len(sums),
            sums=sums,
            products=np.moveaxis(self.products, 1, -1).reshape(len(sums), -1),
            groups=(),
        )

        frame = frame.assign(weight=rows.weight)
        if self.kind != "continuous":
            # The first sum of a rate is the weight, which has its column already.
            named = zip(self.columns, sums.T, strict=True)
            frame = frame.assign(**{name: column for name, column in named if name not in frame})
        return frame if self.kind == "multiclass" else frame.assign(mean=rows.rate)


def merged_bins(
    old_labels: Sequence[str],
    arrays: Sequence[FloatArray],
    groups: ArrayLike,
    labels: Sequence[str] | None,
) -> tuple[tuple[str, ...], list[FloatArray]]:
    """Add up the rows of arrays that go to the same new bin, and name the new bins."""
    target = bin_codes_of(
        check_length("groups", groups, len(old_labels)), None if labels is None else len(labels)
    )
    n_new = int(target.max()) + 1 if labels is None else len(labels)
    if labels is None:
        old = np.asarray(old_labels, dtype=object)
        labels = [" | ".join(old[target == i]) for i in range(n_new)]

    merged = []
    for array in arrays:
        sums = np.zeros((n_new, *array.shape[1:]))
        np.add.at(sums, target, array)
        merged.append(sums)
    return tuple(labels), merged


def bin_codes_of(codes: ArrayLike, n_bins: int | None) -> IntArray:
    """Check the bins of rows: integers from 0, below ``n_bins`` where it is known."""
    array = as_array("bins", codes)
    if array.ndim != 1 or array.size == 0:
        message = f"bins must be a non-empty vector of integers, got shape {array.shape}"
        raise ValueError(message)

    wanted = "integers from 0" if n_bins is None else f"integers from 0 to {n_bins - 1}"
    is_whole = array.dtype.kind in "iu"
    shown = [int(array.min()), int(array.max())] if is_whole else array[:3].tolist()
    if is_whole and shown[0] >= 0 and (n_bins is None or shown[1] < n_bins):
        refuse_gaps(shown[1] if n_bins is None else 0, array.size)
        return array.astype(np.intp, copy=False)
    message = f"bins must be {wanted}, got dtype {array.dtype} with values such as {shown}"
    raise ValueError(message)


def check_amounts(kind: str, y: Any, *, name: str = "y") -> FloatArray:
    """Return a numeric target as float64, or say what it must be."""
    array = as_array(name, y)
    refuse_missing(name, array)
    amounts = as_numbers(name, array)
    if not np.isfinite(amounts).all():
        message = f"{name} must be finite, got {amounts[~np.isfinite(amounts)][0]}"
        raise ValueError(message)

    if amounts.size:
        outside = int(((amounts < 0.0) | (amounts > 1.0)).sum())
        ends = float(amounts.min()), float(amounts.max())
        refuse_outside(kind, *ends, outside, amounts.size, name)
    return amounts


def refuse_outside(
    kind: str, lowest: float, highest: float, n_outside: int, n_rows: int, name: str = "y"
) -> None:
    """Raise ValueError where amounts have no squares, or are none of a fraction or rate."""
    check_range(name, np.array([lowest, highest]))
    if kind == "fraction" and n_outside:
        message = (
            f"{name} must lie in [0, 1] for target_type='fraction', got {n_outside} of {n_rows} "
            f"values outside ({lowest:g} to {highest:g}); clip them or use 'continuous'"
        )
        raise ValueError(message)
    if kind == "rate" and lowest < 0.0:
        message = f"{name} must not be negative for target_type='rate', got {lowest}"
        raise ValueError(message)


def origin_of(amounts: FloatArray, weights: FloatArray | None) -> float:
    """Mean of a sample, rounded: sums of squares about it lose no digits."""
    if amounts.size == 0:
        return 0.0
    return rounded_origin(float(np.average(amounts, weights=weights)))


def rounded_origin(mean: float) -> float:
    """Round a mean to what is subtracted from a continuous target."""
    return float(f"{mean:.{_ORIGIN_DIGITS}g}")


def power_terms(kind: str, amounts: FloatArray, weights: FloatArray | None) -> PowerTerms:
    """List ``w y^r`` and ``w^2 y^r`` of each row, which many tables add up; None is 1."""
    n_powers, n_squared = POWERS[kind]
    squared = _times(None if weights is None else weights * weights, amounts, n_squared)
    # Without weights the terms with squared weights hold those with weights.
    return squared[:n_powers] if weights is None else _times(weights, amounts, n_powers), squared


def _times(mass: FloatArray | None, amounts: FloatArray, n: int) -> list[FloatArray | None]:
    terms = [mass]
    while len(terms) < n:
        terms.append(amounts if terms[-1] is None else terms[-1] * amounts)
    return terms


def power_sums(
    cells: IntArray, shape: tuple[int, ...], terms: PowerTerms
) -> tuple[FloatArray, FloatArray]:
    """Add up terms by place in a flattened table of ``shape`` (bins first); powers come second."""
    n_cells, (plain, squared) = math.prod(shape), terms

    def stacked(of: list[FloatArray | None]) -> FloatArray:
        return np.stack([np.bincount(cells, t, n_cells).reshape(shape) for t in of], 1)

    of_squared = stacked(squared)
    # A weight of 1 is its own square: nothing is added up twice.
    return of_squared[:, : len(plain)] if squared[0] is None else stacked(plain), of_squared


def evidence_of_powers(
    labels: Sequence[str],
    kind: str,
    powers: FloatArray,
    squared: FloatArray,
    groups: tuple[Any, ...] = (),
    origin: float = 0.0,
) -> EvidenceTable:
    """Table of a numeric target from sums of powers (second axis) about an origin."""
    sums, products = sums_of_powers(kind, powers, squared)
    return EvidenceTable(tuple(labels), kind, sums, products, groups=groups, origin=origin)


def sums_of_powers(
    kind: str, powers: FloatArray, squared: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Turn sums of powers (second axis) into the sums and products of a numeric target."""
    sums, products = list(np.moveaxis(powers, 1, 0)), list(np.moveaxis(squared, 1, 0))
    if kind == "fraction":
        (m0, m1), (p0, p1, p2) = sums, products
        sums = [_not_below_zero(m0 - m1, m0), m1]
        products = [_not_below_zero(p0 - 2.0 * p1 + p2, p0), _not_below_zero(p1 - p2, p0), p2]
    elif kind == "continuous":  # of (1, y, y^2) the products hold y^2 twice
        p0, p1, p2, p3, p4 = products
        products = [p0, p1, p2, p2, p3, p4]
    return np.stack(sums, axis=1), np.stack(products, axis=1)


def evidence_of_classes(
    labels: Sequence[str],
    classes: Sequence[Any],
    counts: FloatArray,
    squared: FloatArray,
    groups: tuple[Any, ...] = (),
) -> EvidenceTable:
    """Table of several classes from counts by bin [and group], the class as the last axis."""
    sums, products = (np.moveaxis(array, -1, 1) for array in (counts, squared))
    return EvidenceTable(tuple(labels), "multiclass", sums, products, tuple(classes), groups)


def _not_below_zero(values: FloatArray, scale: FloatArray) -> FloatArray:
    """Make what rounding left of a difference 0."""
    return np.where(np.abs(values) <= _ROUNDING * scale, 0.0, values)


def _shifted(powers: FloatArray, step: float) -> FloatArray:
    """Return sums of ``(y + step)^r`` from those of ``y^r``, the power as the second axis."""
    n_powers = powers.shape[1]
    r, s = np.arange(n_powers)[:, None], np.arange(n_powers)[None, :]
    # The binomial theorem: C(r, s) step^(r - s) y^s, added up over s.
    factors = special.comb(r, s) * float(step) ** np.maximum(r - s, 0)
    return np.einsum("rs,js...->jr...", np.tril(factors), powers)


def _class_codes(
    y: ArrayLike, n_rows: int, classes: Sequence[Any] | None
) -> tuple[IntArray, tuple[Any, ...]]:
    """Place of each label among the classes."""
    found, codes = labels_of_rows("y", y, n_rows)
    if classes is None:
        refuse_amounts("y", found)
        return codes, tuple(found.tolist())

    place = {label: i for i, label in enumerate(classes)}
    foreign = [label for label in found.tolist() if label not in place]
    if foreign:
        message = f"y must hold the labels of the fit {list(classes)}, got {foreign[:5]}"
        raise ValueError(message)
    places = np.array([place[label] for label in found.tolist()], dtype=np.intp)
    return places[codes], tuple(classes)

"""Pre-bins: one pass over the rows of a feature, after which binning works on a count table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from infotheory._search import locate
from infotheory._typing import FloatArray, IntArray
from infotheory.cells import BinSpec, Factor, Unknown, infinity_message
from infotheory.tables import CountTable

__all__ = [
    "OrderedCells",
    "PreBins",
    "PrebinOptions",
    "count_codes",
    "event_rate_cells",
    "ordered_cells",
    "prebin",
    "quantile_splits",
]

_SAMPLE, _PIVOTS_A_CELL = 32_768, 16  # sizes only: results do not depend on them
_QUANTILE_TOLERANCE = 1e-12  # relative: a cumulative weight equal to its target up to rounding has reached it


@dataclass(frozen=True, slots=True, eq=False)
class PreBins:
    """The pre-bins of one feature, their counts, and the pre-bin of each row.

    Parameters
    ----------
    spec : BinSpec
        The pre-bins. They do not depend on the target: levels of a categorical feature stand in order of their name.
    table : CountTable
        Counts, one row for each code of ``spec`` but the unseen one.
    codes : ndarray of shape (n_rows,)
        Code of each row.
    """

    spec: BinSpec
    table: CountTable
    codes: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PrebinOptions:
    """How the pre-bins of a feature are made.

    Parameters
    ----------
    max_n_prebins : int
        Most cells of a numerical feature.
    special_codes : sequence or mapping, optional
        Values with cells of their own: a list (one group, called "Special") or a dict from names to a value or a
        list of values. A numerical feature ignores text, a categorical one compares ``str(value)``.
    cat_cutoff : float, optional
        Levels with a smaller share of the total weight are pooled into one cell.
    cat_unknown : {"zero", "missing", "error"}
        What happens to categories that the fit never saw.
    user_splits : sequence, optional
        Pre-bins given by the user: splits of a numerical feature, lists of levels of a categorical one.
    """

    max_n_prebins: int
    special_codes: Sequence[Any] | Mapping[str, Any] | None = None
    cat_cutoff: float | None = None
    cat_unknown: Unknown = "zero"
    user_splits: Sequence[Any] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.max_n_prebins, bool) or not isinstance(self.max_n_prebins, int | np.integer):
            message = f"max_n_prebins must be an integer of at least 2, got {self.max_n_prebins!r}"
            raise TypeError(message)
        if self.max_n_prebins < 2:
            message = f"max_n_prebins must be an integer of at least 2, got {self.max_n_prebins!r}"
            raise ValueError(message)
        if self.cat_cutoff is not None and not (isinstance(self.cat_cutoff, Real) and 0.0 <= self.cat_cutoff < 1.0):
            message = f"cat_cutoff must be a share of the total weight in [0, 1), or None, got {self.cat_cutoff!r}"
            raise ValueError(message)


def prebin(
    name: str, values: FloatArray | Factor, target: FloatArray, weights: FloatArray | None, options: PrebinOptions
) -> PreBins:
    """Make the pre-bins of a feature and count them.

    Numbers go to at most ``max_n_prebins`` quantile cells whose edges are values of the data, levels to a cell each;
    missing and special values have cells of their own. Rows of weight 0 count as absent.

    Parameters
    ----------
    name : str
        Name of the feature.
    values : ndarray or Factor of length n_rows
        The column.
    target : ndarray of shape (n_rows,)
        1.0 for an event, 0.0 for a non-event.
    weights : ndarray of shape (n_rows,) or None
        Sampling weights.
    options : PrebinOptions
        How pre-bins are made.

    Returns
    -------
    PreBins
        Pre-bins, counts, codes.

    Raises
    ------
    ValueError
        If a value is infinite and not special, user splits do not increase, or a level is in no user group.

    Examples
    --------
    >>> y = np.array([0.0, 1.0, 0.0, 1.0])
    >>> cells = prebin("x", np.array([1.0, 2.0, 2.0, np.nan]), y, None, PrebinOptions(max_n_prebins=64))
    >>> cells.spec.labels, cells.table.counts.tolist()
    (('[-inf, 2)', '[2, inf)', 'Missing'), [[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    """
    if isinstance(values, Factor):
        spec = _categorical_spec(name, values, weights, options)
        lenient = replace(spec, unknown="zero") if spec.unknown == "error" else spec  # levels of weight 0 are absent
        codes = lenient.encode(values, _code_type(spec))
    else:
        spec = _numerical_spec(name, values, weights, options)
        codes = spec.encode(values, _code_type(spec))
    return PreBins(spec, count_codes(spec, codes, target, weights), codes)


def count_codes(
    spec: BinSpec, codes: IntArray, target: FloatArray, weights: FloatArray | None, *, show_unseen: bool = False
) -> CountTable:
    """Count rows by code and class.

    Parameters
    ----------
    spec : BinSpec
        What the codes mean.
    codes : ndarray of shape (n_rows,)
        Code of each row.
    target : ndarray of shape (n_rows,)
        1.0 for an event, 0.0 for a non-event.
    weights : ndarray of shape (n_rows,) or None
        Sampling weights.
    show_unseen : bool
        Add a row "Unseen" where rows with the unseen code have weight.

    Returns
    -------
    CountTable
        One row for each label of ``spec``.
    """
    cell = codes.astype(np.intp)
    cell *= 2
    cell += target.astype(np.bool_)
    shape = (spec.n_codes, 2)
    counts = np.bincount(cell, weights, minlength=2 * spec.n_codes).astype(np.float64).reshape(shape)
    squared = counts
    if weights is not None:
        squared = np.bincount(cell, weights * weights, minlength=counts.size).astype(np.float64).reshape(shape)
    if show_unseen and counts[-1].any():
        return CountTable((*spec.labels, "Unseen"), counts, squared)
    return CountTable(spec.labels, counts[:-1], squared[:-1])


def quantile_splits(values: FloatArray, weights: FloatArray | None, max_n_cells: int) -> FloatArray:
    """Left edges of the second, third, ... quantile cell.

    A cell ends with the weighted quantile ``inf{v : F(v) >= k / max_n_cells}`` (inverted distribution function, the
    definition under which an integer weight is the same as repeated rows), so the next larger value of the data
    starts a cell. Where there are no more than ``max_n_cells`` distinct values, each has its own cell.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Finite numbers, not empty.
    weights : ndarray of shape (n_rows,) or None
        Positive weights.
    max_n_cells : int
        Most cells.

    Returns
    -------
    ndarray of shape (n_cells - 1,)
        Increasing values that occur in the data.

    Examples
    --------
    >>> quantile_splits(np.arange(10.0), None, 4).tolist()
    [3.0, 5.0, 8.0]
    >>> quantile_splits(np.array([1.0, 1.0, 2.0]), None, 4).tolist()
    [2.0]
    """
    total = float(len(values)) if weights is None else float(weights.sum())
    targets = total * np.arange(1, max_n_cells) / max_n_cells * (1.0 - _QUANTILE_TOLERANCE)
    sample = np.unique(values[:: max(len(values) // _SAMPLE, 1)])
    if len(values) > 2 * _SAMPLE and len(sample) > max_n_cells:
        ordered, cumulative = _sorted_near(
            values, weights, targets, sample[:: max(len(sample) // (_PIVOTS_A_CELL * max_n_cells), 1)]
        )
    else:
        ordered, cumulative = _sorted(values, weights)
        is_new = ordered[1:] != ordered[:-1]
        if np.count_nonzero(is_new) < max_n_cells:
            return ordered[1:][is_new]
    ends = np.minimum(np.searchsorted(cumulative, targets), len(ordered) - 1)
    starts = np.searchsorted(ordered, ordered[ends], side="right")
    return np.unique(ordered[starts[starts < len(ordered)]])


def _sorted(values: FloatArray, weights: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Values in order with the cumulative weight."""
    if weights is None:
        return np.sort(values), np.arange(1.0, len(values) + 1.0)
    order = np.argsort(values)
    return values[order], np.cumsum(weights[order])


def _sorted_near(
    values: FloatArray, weights: FloatArray | None, targets: FloatArray, pivots: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """As ``_sorted``, with only the values around the targets: those of the pivot interval of each, and of the next.

    The interval of a target is known from the weight of each interval, so a small part of the values has to be sorted.
    """
    interval = np.empty(len(values), dtype=np.int32)
    locate(values, pivots, 0, interval)
    weight = np.bincount(interval, weights, minlength=len(pivots) + 1).astype(np.float64)
    filled = np.flatnonzero(weight)
    found = np.minimum(np.searchsorted(np.cumsum(weight[filled]), targets), len(filled) - 1)
    wanted = np.zeros(len(weight), dtype=bool)
    wanted[filled[found]] = True
    wanted[filled[np.minimum(found + 1, len(filled) - 1)]] = True
    near = wanted[interval]
    ordered, cumulative = _sorted(values[near], None if weights is None else weights[near])
    left_out = np.cumsum(np.where(wanted, 0.0, weight))
    return ordered, cumulative + left_out[np.searchsorted(pivots, ordered, side="right")]


def event_rate_cells(counts: FloatArray, max_n_cells: int) -> IntArray:
    """Order categories by event rate and pool neighbours in that order.

    Parameters
    ----------
    counts : ndarray of shape (n_categories, 2)
        Non-events and events. An empty category stands at the event rate of all.
    max_n_cells : int
        Most cells; where there are more categories, neighbours are pooled to cells of about equal weight.

    Returns
    -------
    ndarray of shape (n_categories,)
        Cell of each category, 0 for the lowest event rates. Equal rates keep the order of the categories.

    Examples
    --------
    >>> event_rate_cells(np.array([[5.0, 5.0], [9.0, 1.0], [5.0, 5.0]]), 64).tolist()
    [1, 0, 2]
    """
    weight = counts.sum(axis=1)
    total = counts.sum(axis=0)
    overall = total[1] / total.sum() if total.any() else 0.0
    rate = np.divide(counts[:, 1], weight, out=np.full(len(weight), overall), where=weight > 0.0)
    order = np.argsort(np.round(rate, 12), kind="stable")  # rates equal up to rounding are equal
    cells = np.arange(len(order))
    if len(order) > max_n_cells:
        middle = np.cumsum(weight[order]) - weight[order] / 2.0
        cells = np.unique((middle * max_n_cells / weight.sum()).astype(np.intp), return_inverse=True)[1]
    placed = np.empty(len(order), dtype=np.intp)
    placed[order] = cells
    return placed


class OrderedCells(NamedTuple):
    """Regular pre-bins in the order in which neighbours may be merged."""

    place: IntArray
    """Position of each pre-bin, shape (n_prebins,)."""
    counts: FloatArray
    """Non-events and events by position, shape (n_cells, 2)."""
    squared: FloatArray
    """Sums of squared weights of the same cells."""

    @property
    def degenerate(self) -> str | None:
        """Why there can be one bin only: nothing to group, or one cell; None where there are more."""
        if not self.counts.any():
            return "single bin: no regular values"
        return "single bin: constant" if len(self.counts) == 1 else None


def ordered_cells(spec: BinSpec, table: CountTable, max_n_cells: int) -> OrderedCells:
    """Put the regular pre-bins in order: numbers as they are, categories by event rate.

    Parameters
    ----------
    spec : BinSpec
        Pre-bins.
    table : CountTable
        Counts over them.
    max_n_cells : int
        Categories beyond this number are pooled with their neighbours.

    Returns
    -------
    OrderedCells
        Positions and counts.
    """
    counts, squared = table.counts[: spec.n_bins], table.squared_weights[: spec.n_bins]
    if spec.kind == "numerical":
        return OrderedCells(np.arange(spec.n_bins), counts, squared)
    place = event_rate_cells(counts, max_n_cells)
    ordered, ordered_squared = np.zeros((2, int(place.max()) + 1, 2))
    np.add.at(ordered, place, counts)
    np.add.at(ordered_squared, place, squared)
    return OrderedCells(place, ordered, ordered_squared)


def _code_type(spec: BinSpec) -> type[np.signedinteger[Any]]:
    return np.int16 if spec.n_codes <= np.iinfo(np.int16).max else np.int32


def _numerical_spec(name: str, values: FloatArray, weights: FloatArray | None, options: PrebinOptions) -> BinSpec:
    special = _special_groups(name, options.special_codes, numerical=True)
    if options.user_splits is not None:
        splits = np.asarray(options.user_splits, dtype=np.float64)
    else:
        regular = ~np.isnan(values)
        for value in (value for _, group in special for value in group):
            regular &= values != value
        if weights is not None:
            regular &= weights > 0.0
        kept = values if regular.all() else values[regular]
        infinite = kept[np.isinf(kept)]
        if infinite.size:
            raise ValueError(infinity_message(name, infinite[0]))
        kept_weights = None if weights is None else weights[regular]
        splits = quantile_splits(kept, kept_weights, options.max_n_prebins) if kept.size else np.zeros(0)
    return BinSpec(name=name, kind="numerical", splits=tuple(splits), special=special, unknown=options.cat_unknown)


def _categorical_spec(name: str, factor: Factor, weights: FloatArray | None, options: PrebinOptions) -> BinSpec:
    special = _special_groups(name, options.special_codes, numerical=False)
    taken = {value for _, group in special for value in group}
    weight = np.bincount(factor.codes + 1, weights, minlength=len(factor.levels) + 1)[1:]
    found = sorted((level, w) for level, w in zip(factor.levels, weight, strict=True) if w > 0.0 and level not in taken)
    if options.user_splits is not None:
        levels = _user_levels(name, options.user_splits, [level for level, _ in found])
    else:
        total = len(factor) if weights is None else weights.sum()
        least = 0.0 if options.cat_cutoff is None else options.cat_cutoff * total * (1.0 - _QUANTILE_TOLERANCE)
        levels = [(level,) for level, w in found if w >= least]
        rare = tuple(level for level, w in found if w < least)
        levels = [*levels, rare] if rare or not levels else levels
    return BinSpec(name=name, kind="categorical", levels=tuple(levels), special=special, unknown=options.cat_unknown)


def _user_levels(name: str, groups: Sequence[Any], found: list[str]) -> list[tuple[str, ...]]:
    if any(isinstance(group, str) or not hasattr(group, "__iter__") for group in groups):
        message = f"user_splits of the categorical feature {name!r} must be lists of levels, got {list(groups)!r}"
        raise ValueError(message)
    levels = [tuple(str(level) for level in group) for group in groups]
    left_out = sorted(set(found) - {level for group in levels for level in group})
    if left_out:
        message = (
            f"user_splits of the categorical feature {name!r} must name every level of the data, "
            f"got none for {left_out[:5]}; add them to a group"
        )
        raise ValueError(message)
    return levels


def _special_groups(name: str, special_codes: Any, *, numerical: bool) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    if special_codes is None:
        return ()
    groups = special_codes if isinstance(special_codes, Mapping) else {"Special": special_codes}
    read = []
    for group, values in groups.items():
        listed = [values] if isinstance(values, str) or not hasattr(values, "__iter__") else list(values)
        if any(value is None or value != value for value in listed):  # noqa: PLR0124 - NaN differs from itself
            message = (
                f"special_codes of feature {name!r} must not hold missing values, got {listed!r}; "
                "missing values have a bin of their own"
            )
            raise ValueError(message)
        kept: list[Any]
        if numerical:
            kept = [float(value) for value in listed if isinstance(value, Real) and not isinstance(value, bool)]
        else:
            kept = [str(value) for value in listed]
        if kept:
            read.append((str(group), tuple(kept)))
    return tuple(read)

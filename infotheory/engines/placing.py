"""Where the pre-bins of one feature are placed: quantiles of its values, levels, groups of special values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from infotheory._search import locate
from infotheory._typing import FloatArray
from infotheory.cells import BinSpec, Factor, Unknown, infinity_message

__all__ = [
    "PrebinOptions",
    "categorical_spec",
    "level_weights",
    "numerical_spec",
    "quantile_splits",
    "special_groups",
]

_SAMPLE, _PIVOTS_A_CELL = 32_768, 16  # sizes only: results do not depend on them
_QUANTILE_TOLERANCE = (
    1e-12  # relative: a cumulative weight equal to its target up to rounding has reached it
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrebinOptions:
    """How the pre-bins of a feature are made.

    Parameters
    ----------
    max_n_prebins : int
        Most cells of a numerical feature.
    special_codes : sequence or mapping, optional
        Values with cells of their own: a list (one group, called "Special") or a dict from names to
        a value or a list of values. A numerical feature ignores text, a categorical one compares
        ``str(value)``.
    cat_cutoff : float, optional
        Levels with a smaller share of the total weight are pooled into one cell.
    cat_unknown : {"zero", "missing", "error"}
        What happens to categories that the fit never saw.
    user_splits : sequence, optional
        Pre-bins given by the user: splits of a numerical feature, lists of levels of a categorical
        one.
    """

    max_n_prebins: int
    special_codes: Sequence[Any] | Mapping[str, Any] | None = None
    cat_cutoff: float | None = None
    cat_unknown: Unknown = "zero"
    user_splits: Sequence[Any] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.max_n_prebins, bool) or not isinstance(
            self.max_n_prebins, int | np.integer
        ):
            message = f"max_n_prebins must be an integer of at least 2, got {self.max_n_prebins!r}"
            raise TypeError(message)
        if self.max_n_prebins < 2:
            message = f"max_n_prebins must be an integer of at least 2, got {self.max_n_prebins!r}"
            raise ValueError(message)
        if self.cat_cutoff is not None and not (
            isinstance(self.cat_cutoff, Real) and 0.0 <= self.cat_cutoff < 1.0
        ):
            message = (
                "cat_cutoff must be a share of the total weight in [0, 1), or None, got "
                f"{self.cat_cutoff!r}"
            )
            raise ValueError(message)


def quantile_splits(values: FloatArray, weights: FloatArray | None, max_n_cells: int) -> FloatArray:
    """Left edges of the second, third, ... quantile cell.

    A cell ends with the weighted quantile ``inf{v : F(v) >= k / max_n_cells}`` (inverted
    distribution function, the definition under which an integer weight is the same as repeated
    rows), so the next larger value of the data starts a cell. Where there are no more than
    ``max_n_cells`` distinct values, each has its own cell.

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
            values,
            weights,
            targets,
            sample[:: max(len(sample) // (_PIVOTS_A_CELL * max_n_cells), 1)],
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

    The interval of a target is known from the weight of each interval, so a small part of the
    values has to be sorted.
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


def numerical_spec(
    name: str, values: FloatArray, weights: FloatArray | None, options: PrebinOptions
) -> BinSpec:
    """Place the pre-bins of a column of numbers.

    Parameters
    ----------
    name : str
        Name of the feature.
    values : ndarray of shape (n_rows,)
        Numbers, NaN for missing.
    weights : ndarray of shape (n_rows,) or None
        Sampling weights; rows of weight 0 count as absent.
    options : PrebinOptions
        How pre-bins are made.

    Returns
    -------
    BinSpec
        User splits where there are any, quantile cells otherwise.

    Raises
    ------
    ValueError
        If a value is infinite and not special, or user splits do not increase.
    """
    special = special_groups(name, options.special_codes, numerical=True)
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
        splits = (
            quantile_splits(kept, kept_weights, options.max_n_prebins) if kept.size else np.zeros(0)
        )
    return BinSpec(
        name=name,
        kind="numerical",
        splits=tuple(splits),
        special=special,
        unknown=options.cat_unknown,
    )


def categorical_spec(
    name: str, factor: Factor, weights: FloatArray | None, options: PrebinOptions
) -> BinSpec:
    """Place the pre-bins of a column of categories: a level each, rare ones pooled, in order of their name.

    Parameters
    ----------
    name : str
        Name of the feature.
    factor : Factor
        The column.
    weights : ndarray of shape (n_rows,) or None
        Sampling weights; levels without weight count as absent.
    options : PrebinOptions
        How pre-bins are made.

    Returns
    -------
    BinSpec
        The groups of the user where there are any, levels otherwise.

    Raises
    ------
    ValueError
        If a level is in no user group.
    """
    special = special_groups(name, options.special_codes, numerical=False)
    taken = {value for _, group in special for value in group}
    present = sorted(
        (level, weight)
        for level, weight in zip(factor.levels, level_weights(factor, weights), strict=True)
        if weight > 0.0 and level not in taken
    )
    if options.user_splits is not None:
        levels = _user_levels(name, options.user_splits, [level for level, _ in present])
    else:
        total = len(factor) if weights is None else weights.sum()
        least = (options.cat_cutoff or 0.0) * total * (1.0 - _QUANTILE_TOLERANCE)
        levels = [(level,) for level, weight in present if weight >= least]

        # What is rare shares one cell; a feature without levels still has a cell.
        rare = tuple(level for level, weight in present if weight < least)
        levels = [*levels, rare] if rare or not levels else levels
    return BinSpec(
        name=name,
        kind="categorical",
        levels=tuple(levels),
        special=special,
        unknown=options.cat_unknown,
    )


def level_weights(factor: Factor, weights: FloatArray | None) -> FloatArray:
    """Sum the weights of the rows of each level; missing values, which have code -1, are left out."""
    sums = np.bincount(factor.codes + 1, weights, minlength=len(factor.levels) + 1)
    return sums[1:].astype(np.float64)


def _user_levels(name: str, groups: Sequence[Any], present: list[str]) -> list[tuple[str, ...]]:
    if any(isinstance(group, str) or not hasattr(group, "__iter__") for group in groups):
        message = (
            f"user_splits of the categorical feature {name!r} must be lists of levels, got "
            f"{list(groups)!r}"
        )
        raise ValueError(message)
    levels = [tuple(str(level) for level in group) for group in groups]
    left_out = sorted(set(present) - {level for group in levels for level in group})
    if left_out:
        message = (
            f"user_splits of the categorical feature {name!r} must name every level of the data, "
            f"got none for {left_out[:5]}; add them to a group"
        )
        raise ValueError(message)
    return levels


def special_groups(
    name: str, special_codes: Any, *, numerical: bool
) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Read special codes.

    Parameters
    ----------
    name : str
        Name of the feature.
    special_codes : sequence, mapping or None
        As in ``PrebinOptions``.
    numerical : bool
        Whether to keep the numbers, or everything as text.

    Returns
    -------
    tuple of (str, tuple)
        Named groups of values, as in ``BinSpec``.

    Raises
    ------
    ValueError
        If a missing value is among them.
    """
    if special_codes is None:
        return ()
    groups = special_codes if isinstance(special_codes, Mapping) else {"Special": special_codes}
    read = []
    for group, values in groups.items():
        listed = (
            [values] if isinstance(values, str) or not hasattr(values, "__iter__") else list(values)
        )
        if any(value is None or value != value for value in listed):  # noqa: PLR0124 - NaN differs from itself
            message = (
                f"special_codes of feature {name!r} must not hold missing values, got {listed!r}; "
                "missing values have a bin of their own"
            )
            raise ValueError(message)
        kept: list[Any]
        if numerical:
            kept = [
                float(value)
                for value in listed
                if isinstance(value, Real) and not isinstance(value, bool)
            ]
        else:
            kept = [str(value) for value in listed]
        if kept:
            read.append((str(group), tuple(kept)))
    return tuple(read)

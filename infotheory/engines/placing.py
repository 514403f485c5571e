"""Where the pre-bins of a feature are placed: quantiles, levels, groups of special values."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from infotheory._codes import REACHED
from infotheory._levels import level_text
from infotheory._search import as_written, locate, rounded_below, with_short_codes
from infotheory._typing import FloatArray
from infotheory._validation import check_exact
from infotheory._warnings import warn
from infotheory.cells import BinSpec, Factor, Unknown, infinity_message, short_floats_message
from infotheory.engines.special_codes import SpecialGroups, read_special_codes
from infotheory.exceptions import ApproximationWarning

__all__ = [
    "MOST_PREBINS",
    "PrebinOptions",
    "categorical_spec",
    "level_weights",
    "numerical_spec",
    "quantile_splits",
]

#: Pre-bins of a feature of a binner: the pairs of more of them, which a search looks at, fill
#: gigabytes.
MOST_PREBINS = 2000
#: Sizes only: results do not depend on them.
_SAMPLE, _PIVOTS_A_CELL = 32_768, 16

#: Relative, as REACHED, where rows are counted: their sums are whole numbers without rounding.
_COUNT_REACHED = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class PrebinOptions:
    """How the pre-bins of a feature are made.

    Parameters
    ----------
    max_n_prebins : int
        Most cells of a numerical feature.
    special_codes : sequence or mapping, optional
        Values with cells of their own: a list (one group, called "Special") or a dict of named
        lists. A numerical feature ignores text, a categorical one compares the text of each. A dict
        of dicts is read for the feature that its keys name.
    cat_cutoff : float, optional
        Levels with a smaller share of the total weight are pooled into one cell.
    cat_unknown : {"zero", "missing", "error"}
        What happens to categories that the fit never saw.
    user_splits : sequence, optional
        Pre-bins given by the user: splits of a numerical feature, lists of levels of a categorical
        one.
    categorical : bool
        Whether the feature is categorical whatever the type of its column.
    level_order : sequence of str, optional
        Levels of a categorical feature in their order, empty where they have none; by default that
        of the type of the column, where it has one.

    Examples
    --------
    >>> options = PrebinOptions(max_n_prebins=20, special_codes=[-9.0])
    >>> options.max_n_prebins, options.special_codes
    (20, [-9.0])
    """

    max_n_prebins: int
    special_codes: "Sequence[Any] | Mapping[str, Any] | SpecialGroups | None" = None
    cat_cutoff: float | None = None
    cat_unknown: Unknown = "zero"
    user_splits: Sequence[Any] | None = None
    categorical: bool = False
    level_order: Sequence[str] | None = None

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

    def special_groups(
        self, name: str, *, numerical: bool
    ) -> tuple[tuple[str, tuple[Any, ...]], ...]:
        """Return the groups of special values that a feature has.

        Parameters
        ----------
        name : str
            The feature.
        numerical : bool
            Whether its values are numbers, so that text among the codes says nothing.

        Returns
        -------
        tuple of (str, tuple)
            Name of each group, and its values: numbers, or text.

        Raises
        ------
        ValueError
            If codes can be read in two ways, are missing, or one of them stands in two groups.
        """
        codes = read_special_codes(self.special_codes, (name,))[name]
        return codes.of_kind(name, numerical=numerical)


def quantile_splits(values: FloatArray, weights: FloatArray | None, max_n_cells: int) -> FloatArray:
    """Left edges of the second, third, ... quantile cell.

    A cell ends with the weighted quantile ``inf{v : F(v) >= k / max_n_cells}`` (inverted
    distribution function, the definition under which an integer weight is the same as repeated
    rows), so the next larger value of the data starts a cell. Where there are no more than
    ``max_n_cells`` distinct values, each has its own cell.

    Examples
    --------
    >>> quantile_splits(np.arange(10.0), None, 4).tolist()
    [3.0, 5.0, 8.0]
    >>> quantile_splits(np.array([1.0, 1.0, 2.0]), None, 4).tolist()
    [2.0]
    """
    if max_n_cells >= len(values):
        # Each distinct value has a cell; quantiles without number would be made for nothing.
        return np.unique(values)[1:]

    total = float(len(values)) if weights is None else float(weights.sum())
    tolerance = _COUNT_REACHED if weights is None else REACHED
    targets = total * np.arange(1, max_n_cells) / max_n_cells * (1.0 - tolerance)

    # Sorting many rows takes most of the time of a fit: only those near a quantile are sorted.
    sample = np.unique(values[:: max(len(values) // _SAMPLE, 1)])
    if len(values) > 2 * _SAMPLE and len(sample) > max_n_cells:
        pivots = sample[:: max(len(sample) // (_PIVOTS_A_CELL * max_n_cells), 1)]
        ordered, cumulative = _sorted_near(values, weights, targets, pivots)
    else:
        ordered, cumulative = _sorted(values, weights)
        is_new = ordered[1:] != ordered[:-1]
        if np.count_nonzero(is_new) < max_n_cells:
            return ordered[1:][is_new]

    # The next larger value behind the quantile starts a cell; behind the last value there is none.
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
    """As ``_sorted``, with only the values around the targets.

    The interval between pivots in which a target lies is known from the weight of each interval:
    only its values, and those of the next, have to be sorted.
    """
    interval = np.empty(len(values), dtype=np.int32)
    locate(values, pivots, 0, interval)
    weight = np.bincount(interval, weights, minlength=len(pivots) + 1).astype(np.float64)
    filled = np.flatnonzero(weight)
    reached = np.minimum(np.searchsorted(np.cumsum(weight[filled]), targets), len(filled) - 1)
    wanted = np.zeros(len(weight), dtype=bool)
    wanted[filled[reached]] = True
    # Behind the last value of an interval the next larger one, where a cell starts, is in the next.
    wanted[filled[np.minimum(reached + 1, len(filled) - 1)]] = True

    near = wanted[interval]
    ordered, cumulative = _sorted(values[near], None if weights is None else weights[near])
    # Weight of all that was not sorted, up to each interval: sorted values have only sums of their
    # own.
    left_out = np.cumsum(np.where(wanted, 0.0, weight))
    return ordered, cumulative + left_out[np.searchsorted(pivots, ordered, side="right")]


def numerical_spec(
    name: str, values: FloatArray, weights: FloatArray | None, options: PrebinOptions
) -> BinSpec:
    """Place the pre-bins of a column of numbers: the user's splits, or quantile cells.

    Rows of weight 0 count as absent. Raise ValueError where a value is infinite and not special, or
    splits of the user do not increase.
    """
    special = options.special_groups(name, numerical=True)
    if options.user_splits is not None:
        check_exact(f"user_splits of feature {name!r}", options.user_splits)
        splits = np.asarray(options.user_splits, dtype=np.float64)
        # Whole numbers next to a split are as likely what float64 holds.
        broken = splits[splits != np.rint(splits)]
        below = [*rounded_below(broken), *rounded_below(broken, np.float16)]
        if n_below := int(np.isin(values, below).sum()) if below else 0:
            warn(short_floats_message({name: n_below}), ApproximationWarning)
    else:
        is_regular = ~np.isnan(values)
        for value in itertools.chain(*with_short_codes([group for _, group in special])):
            is_regular &= values != value
        if weights is not None:
            is_regular &= weights > 0.0

        # Where nothing is left out, no copy of the column is made.
        regular = values if is_regular.all() else values[is_regular]
        infinite = regular[np.isinf(regular)]
        if infinite.size:
            raise ValueError(infinity_message(name, infinite[0]))
        weight = None if weights is None else weights[is_regular]
        n_cells = options.max_n_prebins
        found = quantile_splits(regular, weight, n_cells) if regular.size else np.zeros(0)
        splits = as_written(found)
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
    """Place the pre-bins of a column of categories: the user's groups, or a level each.

    Levels stand in their declared order, or in order of their name. Rare ones share a pre-bin, with
    their neighbours where there is an order; those without weight count as absent. Raise ValueError
    where a level is in no group of the user, or the groups are not in order.
    """
    # Special values are no levels, and are left out before these are counted.
    special = options.special_groups(name, numerical=False)
    taken = {value for _, group in special for value in group}
    weight = {
        level: weight
        for level, weight in zip(factor.levels, level_weights(factor, weights), strict=True)
        if weight > 0.0 and level not in taken
    }
    is_ordered, order = _level_order(name, factor, list(weight), options.level_order)
    present = [(level, weight[level]) for level in order if level in weight]

    if options.user_splits is not None:
        levels = _user_levels(name, options.user_splits, list(weight))
        if is_ordered:
            check_level_order(name, levels, order)
    else:
        total = len(factor) if weights is None else weights.sum()
        # A level of exactly the cutoff is not rare, whatever the rounding of its weight.
        tolerance = _COUNT_REACHED if weights is None else REACHED
        least = (options.cat_cutoff or 0.0) * total * (1.0 - tolerance)
        levels = _neighbours(present, least) if is_ordered else _with_rare(present, least)
    return BinSpec(
        name=name,
        kind="categorical",
        levels=tuple(levels),
        special=special,
        unknown=options.cat_unknown,
        ordered=is_ordered,
    )


def _level_order(
    name: str, factor: Factor, present: Sequence[str], declared: Sequence[str] | None
) -> tuple[bool, list[str]]:
    """Whether levels have an order, and that order: the declared one, or that of their type."""
    if not declared:
        # An empty declaration says that there is no order, whatever the type of the column.
        is_ordered = factor.ordered and declared is None
        return is_ordered, list(factor.levels) if is_ordered else sorted(present)

    order = [level_text(level) for level in declared]
    absent = sorted(set(present) - set(order))
    if absent:
        message = (
            f"the order of feature {name!r} in categorical_features must name every level of the "
            f"data, got none for {absent[:5]}; add them where they belong"
        )
        raise ValueError(message)
    return True, order


def check_level_order(name: str, groups: Sequence[Sequence[str]], order: Sequence[str]) -> None:
    """Raise ValueError where groups of levels mix up their order."""
    place = {level: i for i, level in enumerate(order)}
    levels = [level for group in groups for level in group if level in place]
    if levels != sorted(levels, key=place.__getitem__):
        message = (
            f"bins of the ordered feature {name!r} must hold neighbours, in the order "
            f"{list(order[:10])}, got {[list(group) for group in groups][:10]}; where the order "
            f"means nothing, say categorical_features={{{name!r}: None}}"
        )
        raise ValueError(message)


def _with_rare(present: Sequence[tuple[str, float]], least: float) -> list[tuple[str, ...]]:
    """Give each level a cell; what is rare shares one."""
    levels: list[tuple[str, ...]] = [(level,) for level, weight in present if weight >= least]
    rare = tuple(level for level, weight in present if weight < least)
    # A feature without levels still has a cell.
    return [*levels, rare] if rare or not levels else levels


def _neighbours(present: Sequence[tuple[str, float]], least: float) -> list[tuple[str, ...]]:
    """Join levels with the next ones until their cell is not rare."""
    groups: list[tuple[str, ...]] = []
    # The first level joins nothing: it opens a group.
    filled = np.inf
    for level, weight in present:
        if filled >= least:
            groups, filled = [*groups, (level,)], weight
        else:
            groups[-1], filled = (*groups[-1], level), filled + weight

    if filled < least and len(groups) > 1:  # behind the last level there is none to join
        groups[-2:] = [(*groups[-2], *groups[-1])]
    return groups or [()]


def level_weights(factor: Factor, weights: FloatArray | None) -> FloatArray:
    """Sum the weights of the rows of each level; missing values (code -1) are left out."""
    sums = np.bincount(factor.codes + 1, weights, minlength=len(factor.levels) + 1)
    return sums[1:].astype(np.float64)


def _user_levels(name: str, groups: Sequence[Any], present: list[str]) -> list[tuple[str, ...]]:
    """Read groups of levels that a user lists, which must name every level of the data."""
    if any(isinstance(group, str) or not hasattr(group, "__iter__") for group in groups):
        message = (
            f"user_splits of the categorical feature {name!r} must be lists of levels, got "
            f"{list(groups)!r}"
        )
        raise ValueError(message)

    levels = [tuple(level_text(level) for level in group) for group in groups]
    left_out = sorted(set(present) - {level for group in levels for level in group})
    if left_out:
        message = (
            f"user_splits of the categorical feature {name!r} must name every level of the data, "
            f"got none for {left_out[:5]}; add them to a group"
        )
        raise ValueError(message)
    return levels

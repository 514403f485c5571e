"""Pre-bins from counts of fine cells, by the rule that makes them from rows."""

from dataclasses import dataclass, replace

import numpy as np

from infotheory._any_table import AnyTable
from infotheory._codes import REACHED
from infotheory._typing import FloatArray, IntArray
from infotheory.binning.prebins.rows import PreBins
from infotheory.cells import BinSpec, Factor
from infotheory.engines import SAMPLE_ROWS, FrameCounts
from infotheory.engines.placing import (
    PrebinOptions,
    categorical_spec,
    quantile_splits,
)

__all__ = ["CountedPreBins", "counted_prebins"]

_NO_CODES = np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class CountedPreBins:
    """The pre-bins of one feature, made from counts."""

    # Pre-bins and their table, without codes of rows
    cells: PreBins
    # The same table with the group axis of the counts, where they have one
    by_group: AnyTable
    # Bound on the share of the weight between a quantile cut and the exact one, from the exact
    # counts of the fine cells; NaN where cuts are not quantiles
    rank_error: float


def counted_prebins(counts: FrameCounts, name: str, options: PrebinOptions) -> CountedPreBins:
    """Make the pre-bins of a feature from the counts of its fine cells."""
    fine, table = counts.specs[name], counts.tables[name]
    if fine.joined:
        message = (
            f"counts of feature {name!r} must hold missing and special values apart, got bins to "
            "which some are joined; count in the cells of fine_cells, or in prebin_specs_"
        )
        raise ValueError(message)
    if table.n_bins == fine.n_codes:
        message = (
            f"counts of feature {name!r} hold {table.weight[-1]:g} rows of unseen "
            "categories, which belong to no cell; count with new_levels=True"
        )
        raise ValueError(message)
    special = options.special_groups(name, numerical=fine.kind == "numerical")
    if special != fine.special:
        message = (
            f"special_codes of feature {name!r} must be those of the counts, got {special} and "
            f"counts over {fine.special}; count again, or change the option"
        )
        raise ValueError(message)

    weight = table.weight
    error = np.nan
    if fine.kind == "categorical":
        spec = _categories(fine, weight, options)
    elif options.user_splits is not None:
        spec = _user_splits(fine, options)
    else:
        spec, error = _quantiles(
            fine, weight[: fine.n_bins], options, sampled=counts.rows > SAMPLE_ROWS
        )
    by_group = table.merge(_places(fine, spec), spec.labels)
    return CountedPreBins(PreBins(spec, by_group.without_groups(), _NO_CODES), by_group, error)


def _places(fine: BinSpec, spec: BinSpec) -> IntArray:
    """Pre-bin of each fine cell, special groups and missing values included."""
    regular: IntArray
    if fine.kind == "numerical":
        # The left edge of a fine cell names its pre-bin, whose edges are all edges of fine cells.
        left = np.array([-np.inf, *fine.splits])
        regular = np.searchsorted(np.asarray(spec.splits), left, side="right")
    else:
        regular = replace(spec, unknown="zero").encode(
            Factor(_levels(fine), np.arange(fine.n_bins))
        )
        # Their counts are 0, so that any pre-bin may hold them.
        regular[regular == spec.unseen_code] = 0  # levels without weight
    return np.concatenate([regular, np.arange(spec.n_bins, spec.missing_code + 1)]).astype(np.intp)


def _levels(fine: BinSpec) -> tuple[str, ...]:
    """Level of each cell; a cell without one is where the counts hold no category at all."""
    longest = max(fine.levels, key=len)
    if len(longest) > 1:
        message = (
            f"counts of feature {fine.name!r} must have one level a cell, got {list(longest[:5])} "
            "in one; count with the cells of fine_cells"
        )
        raise ValueError(message)
    return tuple(levels[0] if levels else "" for levels in fine.levels)


def _categories(fine: BinSpec, weight: FloatArray, options: PrebinOptions) -> BinSpec:
    """Apply the rule for rows to one row a cell; special and missing ones count in the total."""
    levels = (*_levels(fine), *(values[0] for _, values in fine.special))
    codes = np.array([*range(len(levels)), -1])
    factor = Factor(levels, codes, ordered=fine.ordered)
    return categorical_spec(fine.name, factor, weight, options)


def _user_splits(fine: BinSpec, options: PrebinOptions) -> BinSpec:
    """Take the splits of the user, which have to be edges of fine cells."""
    spec = replace(fine, splits=tuple(options.user_splits or ()), unknown=options.cat_unknown)
    absent = sorted(set(spec.splits) - set(fine.splits))
    if absent:
        message = (
            f"user_splits of feature {fine.name!r} must be edges of the counted cells, got "
            f"{absent[:5]} besides; count again with these splits"
        )
        raise ValueError(message)
    return spec


def _quantiles(
    fine: BinSpec, weight: FloatArray, options: PrebinOptions, *, sampled: bool
) -> tuple[BinSpec, float]:
    """Apply the quantile rule to fine cells with weight, and bound the error of its ranks."""
    left = np.array([-np.inf, *fine.splits])
    follows = np.concatenate([[False], left[1:] == np.nextafter(left[:-1], np.inf), [False]])
    # What lies between a value of the sample and the next one belongs to the value. In a row of
    # neighbouring floats that is so for the last one only: each of the others is a single value.
    is_value = follows[1:]
    behind = follows[:-1] & ~is_value & sampled
    cell = np.cumsum(~behind) - 1
    joint: FloatArray = np.bincount(cell, weight).astype(np.float64)
    filled = np.flatnonzero(joint)
    spec = replace(fine, splits=(), unknown=options.cat_unknown)
    if not filled.size:
        return spec, 0.0
    # The rule for values is applied to the numbers of the cells, which have the same order.
    positions = filled.astype(np.float64)
    starts = quantile_splits(positions, joint[filled], options.max_n_prebins).astype(np.intp)

    # A cut right behind a value is exact but for what lies between it and the next sampled value;
    # elsewhere a rank may fall anywhere into the cell.
    inexact = np.bincount(cell, np.where(is_value, 0.0, weight))
    splits = tuple(left[~behind][starts])
    if options.max_n_prebins >= len(joint):
        return replace(spec, splits=splits), float(inexact.max() / joint.sum())

    # Exact counts tell how far the end of a cell is from the rank that a cut was meant for.
    targets = joint.sum() * np.arange(1, options.max_n_prebins) / options.max_n_prebins
    ends = np.cumsum(joint)
    # A running sum that misses a rank by rounding alone counts as having reached it.
    place = np.minimum(np.searchsorted(ends, targets * (1.0 - REACHED)), len(ends) - 1)
    errors = np.maximum(ends[place] - targets, 0.0)
    single = np.isin(place, cell[is_value])
    errors[single] = inexact[place[single]]
    largest = float(errors.max(initial=0.0) / joint.sum())
    return replace(spec, splits=splits), largest

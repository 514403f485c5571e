"""Which bin holds a pre-bin, a level, and the missing and special values that are joined to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory._validation import check_integer
from infotheory.binning.features import FeatureBins
from infotheory.cells import BinSpec

__all__ = [
    "bin_of_level",
    "bins_of_prebins",
    "carried",
    "check_apart",
    "joined_names",
    "merged",
    "read_bins",
    "same_bins",
    "shown_bins",
    "taken_out",
]


def bins_of_prebins(prebins: BinSpec, bins: BinSpec) -> IntArray:
    """Bin of each pre-bin; every pre-bin lies within one bin."""
    if prebins.kind == "numerical":
        # The left edge of a pre-bin names its bin.
        return np.searchsorted(bins.splits, [-np.inf, *prebins.splits], side="right")
    place = bin_of_level(bins)
    # A pre-bin without levels has no rows, and may be in any bin.
    return np.array([place[levels[0]] if levels else 0 for levels in prebins.levels])


def bin_of_level(bins: BinSpec) -> dict[str, int]:
    """Bin of each level."""
    return {level: number for number, levels in enumerate(bins.levels) for level in levels}


def shown_bins(bins: BinSpec) -> list[str]:
    """Labels of the regular bins, and of the special groups to which others are joined."""
    unions = sorted({to for to in bins.joined.values() if to >= bins.n_bins})
    return [bins.labels[code] for code in [*range(bins.n_bins), *unions]]


def _places(bins: BinSpec) -> dict[int, int]:
    """Say what is joined to which code, by place among the special groups, as ``Grouping`` does."""
    return {code - bins.n_bins: to for code, to in bins.joined.items()}


def carried(
    prebins: BinSpec, cells: FloatArray, groups: IntArray, before: BinSpec
) -> dict[int, int]:
    """Join to new bins what was joined before; ``cells`` are the counts of all pre-bins.

    Where the bin was cut it stays with the part, of those that hold rows of the bin, whose event
    rate is nearest to its own.
    """
    if not before.joined:
        return {}
    n_new = int(groups.max()) + 1
    old = bins_of_prebins(prebins, before)
    counts = np.zeros((n_new, 2))
    np.add.at(counts, groups, cells[: prebins.n_bins])
    rates = counts[:, 1] / counts.sum(axis=1)

    joined = {}
    for place, to in _places(before).items():
        if to >= before.n_bins:
            joined[place] = to - before.n_bins + n_new
            continue
        parts = np.unique(groups[old == to])
        nonevents, events = cells[prebins.n_bins + place]
        # Without rows of its own it has no event rate, and takes the first part.
        total = nonevents + events
        rate = events / total if total > 0.0 else rates[parts[0]]
        joined[place] = int(parts[np.argmin(np.abs(rates[parts] - rate))])
    return joined


def same_bins(before: FeatureBins, after: FeatureBins) -> dict[int, int]:
    """Find the bins that hold the same values before and after: code to code.

    The pre-bins of ``after`` are those of ``before``, or finer ones.
    """
    prebins, _, new = after.prebin_sums()
    *_, old = before.prebin_sums()
    codes = replace(old, groups=bins_of_prebins(prebins, before.spec)).new_codes(prebins)
    new_codes = new.new_codes(prebins)
    # Two bins are the same where all pre-bins of one are all pre-bins of the other.
    pairs = {int(code): new_codes[codes == code] for code in np.unique(codes)}
    return {
        code: int(of[0])
        for code, of in pairs.items()
        if (of == of[0]).all() and (new_codes == of[0]).sum() == of.size
    }


def read_bins(bins: BinSpec, wanted: Iterable[Any]) -> list[int]:
    """Read codes of bins, given as numbers of ``binning_table`` or names of special groups."""
    names = bins.outside
    codes = []

    # Special groups and missing values have codes behind those of the regular bins.
    for one in wanted:
        if isinstance(one, str):
            if one not in names:
                message = (
                    f"a bin of {bins.name!r} must be a number, or one of the names {list(names)}, "
                    f"got {one!r}"
                )
                raise ValueError(message)
            codes.append(bins.n_bins + names.index(one))
            continue
        check_integer(f"a bin of {bins.name!r}", one, low=0, high=bins.missing_code)
        codes.append(int(one))
    return sorted(set(codes))


def merged(
    bins: BinSpec, before: Mapping[int, int], chosen: Sequence[int]
) -> tuple[BinSpec, dict[int, int]]:
    """Merge chosen bins; return them, and what is joined to which, as ``Grouping`` says it.

    ``bins`` are those of before, ``before`` says by code what was joined to them.
    """
    for code in chosen:
        check_apart(bins, before, code)

    # What stands outside joins the first of the chosen bins, with all that it holds already.
    first = min(chosen)
    joined = {**before} | {code: first for code in chosen if code >= bins.n_bins and code != first}
    joined = {code: first if to in chosen else to for code, to in joined.items()}

    groups = np.arange(bins.n_bins)
    # Where only special groups are merged no regular bin changes: an empty choice is written to.
    groups[[code for code in chosen if code < bins.n_bins]] = first if first < bins.n_bins else 0
    # Numbered anew without gaps, as bins are.
    wanted = replace(bins, joined=joined).merge(np.unique(groups, return_inverse=True)[1])
    return replace(wanted, joined={}), _places(wanted)


def check_apart(bins: BinSpec, joined: Mapping[int, int], code: int) -> None:
    """Raise ValueError where a code is joined to a bin."""
    if code not in joined:
        return
    label = bins.outside[code - bins.n_bins]
    message = (
        f"{label!r} of {bins.name!r} must be a bin of its own, got one that is joined to bin "
        f"{joined[code]}; name that bin, or split_bin(..., {label!r}) first"
    )
    raise ValueError(message)


def joined_names(bins: BinSpec, at: Any) -> list[str]:
    """Names of joined groups among what is split off; empty where levels or a number are meant."""
    names = [at] if isinstance(at, str) else list(at) if isinstance(at, list | tuple) else []
    joined = {bins.outside[place] for place in _places(bins)}
    if not names or not all(isinstance(name, str) and name in joined for name in names):
        return []
    levels = bin_of_level(bins)
    both = [name for name in names if name in levels]
    if both:
        message = (
            f"at must say which {both[0]!r} of {bins.name!r} is meant, got the name of a level and "
            "of what is joined to a bin; undo_step takes the join back"
        )
        raise ValueError(message)
    return names


def taken_out(bins: BinSpec, names: Sequence[str]) -> dict[int, int]:
    """Say what stays joined to which bin where some names get bins of their own."""
    places = _places(bins)
    return {place: to for place, to in places.items() if bins.outside[place] not in names}

"""Special codes: what a user may say of them, read in one way wherever they come in."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from infotheory._any_table import AnyTable
from infotheory._display import number_text
from infotheory._levels import level_text
from infotheory._validation import check_exact
from infotheory._warnings import warn
from infotheory.cells import BinSpec
from infotheory.exceptions import SpecialCodesWarning

__all__ = ["SpecialGroups", "did_you_mean", "read_special_codes", "warn_special_codes"]

#: Name of the group where codes come as a list.
_UNNAMED = "Special"

#: Likeness of the letters of two names above which one is taken for a slip of the other.
_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class SpecialGroups:
    """The special codes of one feature, as they were given."""

    # Name of each group, and its codes
    groups: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    # Whether they are said of all features, of which some need not hold them
    for_all: bool = False

    def of_kind(self, name: str, *, numerical: bool) -> tuple[tuple[str, tuple[Any, ...]], ...]:
        """Return the codes that a column can hold: the numbers among them, or all as text.

        Raise ValueError where a code stands in two groups.
        """
        place: dict[Any, str] = {}
        read = []

        # A code that is listed twice in one group counts once; the same in two has no place.
        for group, codes in self.groups:
            values = [
                _as_float(name, code) if numerical else level_text(code)
                for code in codes
                if not numerical or _is_number(code)
            ]
            for value in dict.fromkeys(values):
                if value in place:
                    shown = number_text(float(value)) if numerical else repr(value)
                    message = (
                        f"a special code must stand in one group, got {shown} in "
                        f"{place[value]!r} and {group!r} of feature {name!r}; take it out of one"
                    )
                    raise ValueError(message)
            place |= dict.fromkeys(values, group)
            if values:
                read.append((group, tuple(dict.fromkeys(values))))
        return tuple(read)

    def not_numbers(self) -> list[Any]:
        """Return the codes that no column of numbers holds: text, True and False."""
        return [code for _, codes in self.groups for code in codes if not _is_number(code)]


def read_special_codes(
    special_codes: Any, names: Sequence[str], what: str = "special_codes"
) -> dict[str, SpecialGroups]:
    """Read special codes as groups by feature.

    A list, or a single code, is one group of all features. In a dict a value that is a dict makes
    its key a feature; other values make their keys features where every key is one, and groups of
    all features where none is.
    """
    if isinstance(special_codes, SpecialGroups):
        return dict.fromkeys(names, special_codes)
    if special_codes is None:
        return dict.fromkeys(names, SpecialGroups())
    if not isinstance(special_codes, Mapping):
        codes = _codes(what, special_codes)
        groups = ((_UNNAMED, codes),) if codes else ()
        return dict.fromkeys(names, SpecialGroups(groups, for_all=True))

    _check_keys(what, special_codes)
    if not _names_features(what, special_codes, names):
        return dict.fromkeys(names, SpecialGroups(_groups(what, special_codes), for_all=True))
    of_features = {
        name: SpecialGroups(_groups(f"{what} of feature {name!r}", codes))
        for name, codes in special_codes.items()
    }
    return dict.fromkeys(names, SpecialGroups()) | of_features


def warn_special_codes(
    codes: Mapping[str, SpecialGroups], counted: Mapping[str, tuple[BinSpec, AnyTable]]
) -> None:
    """Warn about codes that probably do not mean what was written.

    ``counted`` holds the pre-bins of each feature with their counts.
    """
    for_all = {name: groups for name, groups in codes.items() if groups.for_all}
    shared = next(iter(for_all.values()), SpecialGroups())
    for group, _ in shared.groups:
        near = _near_name(group, list(counted))
        if near is not None:
            message = (
                f"special_codes make a group {group!r} of all features, whose name is almost that "
                f"of the feature {near!r}; write {{{near!r}: {{'name of the group': [...]}}}} for "
                "this feature alone, or give the group another name"
            )
            warn(message, SpecialCodesWarning)

    texts = [(name, codes[name].not_numbers()) for name in counted if not codes[name].for_all]
    texts = [(name, found) for name, found in texts if counted[name][0].kind == "numerical"]
    if for_all and all(counted[name][0].kind == "numerical" for name in for_all):
        texts.append(("", shared.not_numbers()))
    foreign = [
        f"{', '.join(map(repr, found))} of {f'feature {name!r}' if name else 'all features'}"
        for name, found in texts
        if found
    ]
    if foreign:
        message = (
            f"special codes that are no numbers match no row of a numerical feature: "
            f"{'; '.join(foreign)}; write -9 for '-9', and 1 for True"
        )
        warn(message, SpecialCodesWarning)

    unmatched = _without_rows(codes, shared, counted)
    if unmatched:
        message = (
            f"special codes match no row: {'; '.join(unmatched)}; check the codes, or leave the "
            "group out"
        )
        warn(message, SpecialCodesWarning)


def did_you_mean(name: Any, names: Sequence[str]) -> str:
    """Propose the names that are like one that is unknown; nothing where none is."""
    alike = {str(known).casefold(): str(known) for known in names}
    close = difflib.get_close_matches(str(name).casefold(), alike, n=2)
    return f"; did you mean {' or '.join(repr(alike[text]) for text in close)}?" if close else ""


def _names_features(what: str, codes: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Tell whether the keys of a dict are features; ValueError where that is not clear."""
    known = set(names)
    unknown = [key for key in codes if key not in known]
    if not unknown:
        return True

    nested = [key for key in unknown if isinstance(codes[key], Mapping)]
    if nested:
        shown = ", ".join(map(repr, names[:10])) + (", ..." if len(names) > 10 else "")
        message = (
            f"{what} must name features of X ({shown}) where a value is a dict of groups, got "
            f"{nested[0]!r}{did_you_mean(nested[0], names)}{_unnamed_hint(names)}"
        )
        raise ValueError(message)
    if len(unknown) < len(codes):
        features = [key for key in codes if key in known]
        message = (
            f"{what} must name features only, or groups of all features only, got the features "
            f"{features[:5]} beside {unknown[:5]}{did_you_mean(unknown[0], names)}; put codes of "
            "one feature into a dict of their own, {feature: {group: [codes]}}, one for each "
            "feature that has the group, or into feature_params"
        )
        raise ValueError(message)
    return False


def _unnamed_hint(names: Sequence[str]) -> str:
    """Say what columns are called that came without names."""
    unnamed = bool(names) and all(name == f"x{i}" for i, name in enumerate(names))
    return "; columns without names are called x0, x1, ... by their place" if unnamed else ""


def _check_keys(what: str, codes: Mapping[Any, Any]) -> None:
    others = [key for key in codes if not isinstance(key, str)]
    if others:
        message = (
            f"keys of {what} must be text, names of features or of groups, got {others[0]!r}; "
            "columns whose names are no text are called x0, x1, ... by their place"
        )
        raise TypeError(message)


def _groups(what: str, codes: Any) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Read the groups of one feature, or of all: a dict by name, or codes without a name."""
    if not isinstance(codes, Mapping):
        listed = _codes(what, codes)
        return ((_UNNAMED, listed),) if listed else ()
    _check_keys(what, codes)
    return tuple((str(group), _codes(what, values)) for group, values in codes.items())


def _codes(what: str, values: Any) -> tuple[Any, ...]:
    """Read the codes of one group: a list of them, or a single one."""
    if isinstance(values, Mapping):
        message = (
            f"{what} must hold lists of codes in its groups, got the dict {values!r}; write "
            "{feature: {group: [codes]}}"
        )
        raise ValueError(message)  # noqa: TRY004 - a dict is welcome elsewhere
    # What can be read once would be empty when it is checked, or read for the next feature.
    if isinstance(values, Iterator):
        got = type(values).__name__
        message = f"{what} must be a list, got {got}, which can be read only once"
        raise TypeError(message)

    # Text is iterable, and one code; so is an array without dimensions.
    is_single = isinstance(values, str | bytes) or not hasattr(values, "__iter__")
    if is_single or getattr(values, "ndim", 1) == 0:
        listed = [values if is_single else values[()]]
    else:
        # The order of a set differs from run to run, and documents should not.
        listed = sorted(values, key=str) if isinstance(values, set | frozenset) else list(values)

    for code in listed:
        if np.ndim(code) > 0 or isinstance(code, Mapping | set | frozenset):
            message = f"{what} must hold single values, got {code!r}"
            raise ValueError(message)
        if pd.isna(code):
            message = (
                f"{what} must not hold missing values, got {listed!r}; missing values have a bin "
                "of their own"
            )
            raise ValueError(message)
    return tuple(listed)


def _is_number(code: Any) -> bool:
    return isinstance(code, Real | Decimal) and not isinstance(code, bool)


def _as_float(name: str, code: Any) -> float:
    check_exact(f"special_codes of feature {name!r}", [code])
    try:
        return float(code)
    except OverflowError as error:
        message = f"a special code of feature {name!r} is too large for a float: {code!r}"
        raise ValueError(message) from error


def _near_name(group: str, names: Sequence[str]) -> str | None:
    """Return the feature for which the name of a group may be a slip.

    A group may describe a feature, as "no income" does, with all its words and more.
    """
    letters = _letters(group)
    for name in names:
        describes = set(_words(name)) < set(_words(group))
        alike = difflib.SequenceMatcher(None, letters, _letters(name)).ratio() >= _ALIKE
        if letters and alike and not describes:
            return name
    return None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _letters(text: str) -> str:
    return "".join(_words(text))


def _without_rows(
    codes: Mapping[str, SpecialGroups],
    shared: SpecialGroups,
    counted: Mapping[str, tuple[BinSpec, AnyTable]],
) -> list[str]:
    """Name the groups none of whose codes is in a row; those of all features in none of them."""
    matched: set[tuple[str, str]] = set()
    possible: set[tuple[str, str]] = set()
    for name, (spec, table) in counted.items():
        weight = table.weight
        for i, (group, _) in enumerate(spec.special):
            # The codes of all features match where one feature holds them.
            key = ("" if codes[name].for_all else name, group)
            possible.add(key)
            if weight[spec.n_bins + i] > 0.0:
                matched.add(key)

    stated = [("", group, values) for group, values in shared.groups]
    for name, own in codes.items():
        if not own.for_all:
            stated += [(name, group, values) for group, values in own.groups]

    # A group of text alone makes no bin of a number, of which another warning tells.
    return [
        f"{group!r} {list(values)} of {f'feature {name!r}' if name else 'all features'}"
        for name, group, values in stated
        if (name, group) not in matched and ((name, group) in possible or not values)
    ]

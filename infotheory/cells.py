"""The frozen bins of one feature: values to codes, codes to labels, to and from plain data."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal, Self

import numpy as np

from infotheory._display import number_text
from infotheory._documents import check_schema, load_schema
from infotheory._factor import Factor
from infotheory._levels import LevelReader, check_distinct
from infotheory._search import locate, with_short_codes
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import check_exact, check_option

__all__ = ["MISSING", "BinSpec", "Factor"]

MISSING = "Missing"
#: Label of the row of categories that are in no bin.
UNSEEN = "Unseen"
_LABEL_WIDTH = 80

Kind = Literal["numerical", "categorical"]
Unknown = Literal["zero", "missing", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BinSpec:
    """The bins of one feature.

    Codes are ``0 .. n_bins - 1`` for the regular bins, then one for each named group of special
    values, one for missing values and one for categories that the fit never saw.

    Parameters
    ----------
    name : str
        Name of the feature.
    kind : {"numerical", "categorical"}
        What the regular bins are made of.
    splits : tuple of float
        Numerical: splits ``s_1 < ... < s_m`` of the bins
        ``[-inf, s_1), [s_1, s_2), ..., [s_m, inf)``.
    levels : tuple of tuple of str
        Categorical: the levels of each bin.
    special : tuple of (str, tuple)
        Named groups of special values, which are never part of a regular bin; numbers where the
        feature is numerical, strings where it is categorical.
    unknown : {"zero", "missing", "error"}
        A category that is in no bin gets the unseen code (weight of evidence 0), the code of
        missing values, or an error.
    pooled : bool
        Every value, missing, special and unseen ones included, is in the one regular bin; an unseen
        category still raises where ``unknown="error"``.
    ordered : bool
        Categorical: the levels stand in an order that was declared, and only neighbours share a
        bin.
    joined : mapping of int to int
        Codes of special groups and of missing values that share another bin, each with the code of
        this bin, whose values they become: no value has the code that is joined. Two special groups
        may be joined too, and missing values to one.

    Raises
    ------
    ValueError
        If splits do not increase, a level or a special value stands in two places, a name is taken,
        or what is joined has no bin to be joined to.

    Examples
    --------
    >>> refused = ("refused", (-1.0,))
    >>> spec = BinSpec(name="age", kind="numerical", splits=(25.0, 40.0), special=(refused,))
    >>> spec.labels
    ('[-inf, 25)', '[25, 40)', '[40, inf)', 'refused', 'Missing')
    >>> spec.encode([24.9, 25.0, float("nan"), -1.0, 80.0]).tolist()
    [0, 1, 4, 3, 2]

    Missing values, of code 4, share the last bin:

    >>> spec = replace(spec, joined={4: 2})
    >>> spec.labels[2], spec.encode([float("nan"), 80.0]).tolist()
    ('[40, inf) or Missing', [2, 2])
    """

    name: str
    kind: Kind
    splits: tuple[float, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()
    special: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    unknown: Unknown = "zero"
    pooled: bool = False
    ordered: bool = False
    joined: Mapping[int, int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        check_option("kind", self.kind, ("numerical", "categorical"))
        check_option("unknown", self.unknown, ("zero", "missing", "error"))
        if self.kind == "numerical":
            check_exact(f"splits of feature {self.name!r}", self.splits)
            # Adding 0 leaves one zero: a split at -0.0 would be shown with its sign.
            splits = np.asarray(self.splits, dtype=np.float64) + 0.0
            if not np.isfinite(splits).all() or (np.diff(splits) <= 0).any():
                message = (
                    f"splits of feature {self.name!r} must be finite and increase, got "
                    f"{list(self.splits)}"
                )
                raise ValueError(message)
            # Written once into a frozen value: splits come as any sequence, and stay as plain
            # floats.
            object.__setattr__(self, "splits", tuple(splits.tolist()))
        elif len(self.splits):
            message = (
                f"splits of feature {self.name!r} are of numbers; levels have none, got "
                f"{list(self.splits)}"
            )
            raise ValueError(message)
        elif not self.levels:
            message = f"levels of feature {self.name!r} must hold at least one bin, got none"
            raise ValueError(message)

        if self.ordered and self.kind == "numerical":
            message = f"ordered says something of levels only, got the number {self.name!r}"
            raise ValueError(message)
        if self.pooled and self.n_bins != 1:
            message = (
                f"pooled bins of feature {self.name!r} must be one regular bin, got {self.n_bins}"
            )
            raise ValueError(message)

        check_distinct(
            f"group of special values of feature {self.name!r}",
            self.outside,
        )
        special = [value for _, values in self.special for value in values]
        levels = [level for group in self.levels for level in group]
        check_distinct(f"value of feature {self.name!r}", [*levels, *special])
        if self.kind == "numerical" and not all(
            isinstance(v, int | float) and not math.isnan(v) for v in special
        ):
            message = (
                f"special values of the numerical feature {self.name!r} must be numbers, got "
                f"{special}"
            )
            raise ValueError(message)
        self._check_joined()

    @property
    def has_order(self) -> bool:
        """Whether only neighbours may be joined: numbers, and levels in a declared order."""
        return self.kind == "numerical" or self.ordered

    @property
    def n_bins(self) -> int:
        """Number of regular bins."""
        return len(self.splits) + 1 if self.kind == "numerical" else len(self.levels)

    @property
    def outside(self) -> tuple[str, ...]:
        """Names of what is in no regular bin, in the order of their codes: special, missing."""
        return (*(name for name, _ in self.special), MISSING)

    @property
    def missing_code(self) -> int:
        """Code of missing values."""
        return self.n_bins + len(self.special)

    @property
    def unseen_code(self) -> int:
        """Code of categories that are in no bin."""
        return self.missing_code + 1

    @property
    def n_codes(self) -> int:
        """Number of codes: regular bins, special groups, missing, unseen."""
        return self.missing_code + 2

    @property
    def destinations(self) -> IntArray:
        """Code that the values of each code get: their own, or that of the bin they are joined to.

        Pooled values get code 0. What is looked up by code may have the entry of the destination.
        """
        if self.pooled:
            return np.zeros(self.n_codes, dtype=np.intp)
        # What is joined leads to its bin at once: no bin that others are joined to is itself
        # joined.
        codes = np.arange(self.n_codes)
        codes[list(self.joined)] = list(self.joined.values())
        return codes

    @property
    def level_reader(self) -> LevelReader:
        """How values of a categorical feature find their level."""
        special = [value for _, values in self.special for value in values]
        return LevelReader((level for group in self.levels for level in group), special)

    @property
    def special_numbers(self) -> tuple[tuple[float, ...], ...]:
        """Numbers of each special group of numbers: its codes, and what float32 holds for them.

        A column of float32 holds -9.9 as -9.899999618530273, and so does what was made of one.
        """
        return with_short_codes([values for _, values in self.special])

    @property
    def labels(self) -> tuple[str, ...]:
        """Label of each code but the unseen one, for display.

        Splits are the shortest text that gives the number back; long lists of levels are cut short.
        A bin names what is joined to it.
        """
        labels = self._labels_of(self.levels)
        if len(set(labels)) < len(labels):
            # A level with a comma in it may read like two levels: quotes tell them apart.
            labels = self._labels_of([tuple(map(repr, levels)) for levels in self.levels])
        return tuple(labels)

    def encode(self, values: ArrayLike | Factor, dtype: Any = np.intp) -> IntArray:
        """Code of each value.

        Parameters
        ----------
        values : array-like of shape (n_rows,) or Factor
            Numbers for a numerical feature; anything with a ``str`` for a categorical one.
        dtype : dtype
            Integer type of the codes.

        Returns
        -------
        ndarray of shape (n_rows,)
            Codes, 0 to ``n_codes - 1``.

        Raises
        ------
        ValueError
            If a number is infinite and not a special value, or a category is unseen and
            ``unknown="error"``.
        TypeError
            If text is given to a numerical feature.
        """
        if self.kind == "categorical":
            factor = values if isinstance(values, Factor) else Factor.from_values(values, self.name)
            return self._encode_factor(factor).astype(dtype, copy=False)
        if isinstance(values, Factor):
            message = f"feature {self.name!r} is numerical, got text such as {values.levels[:3]}"
            raise TypeError(message)
        return self._encode_numbers(np.ascontiguousarray(values, dtype=np.float64), dtype)

    def mark(self, numbers: FloatArray, dtype: Any = np.intp) -> IntArray:
        """Code of each number, without an error for infinite ones.

        Parameters
        ----------
        numbers : ndarray of float of shape (n_rows,)
            Values of a numerical feature.
        dtype : dtype
            Integer type of the codes.

        Returns
        -------
        ndarray of shape (n_rows,)
            Codes; ``unseen_code`` for inf and ``unseen_code + 1`` for -inf, where these are not
            special.
        """
        numbers = np.ascontiguousarray(numbers, dtype=np.float64)
        codes, places = np.empty(len(numbers), dtype=dtype), self.destinations
        splits = np.asarray(self.splits, dtype=np.float64)

        # NaN gets the code of missing values on the way.
        locate(numbers, splits, int(places[self.missing_code]), codes)

        # Infinite values may be special: what is special is decided last.
        infinite = np.isinf(numbers)
        if infinite.any():
            codes[infinite] = np.where(
                numbers[infinite] > 0.0, self.unseen_code, self.unseen_code + 1
            )
        for i, values in enumerate(self.special_numbers):
            for value in values:
                codes[numbers == value] = places[self.n_bins + i]
        return codes

    def pool(self) -> "BinSpec":
        """Put every value in one bin, missing and special ones too; their own bins stay empty."""
        levels = tuple(level for group in self.levels for level in group)
        return replace(
            self,
            splits=(),
            levels=(levels,) if self.kind == "categorical" else (),
            pooled=True,
            joined={},
        )

    def merge(self, groups: ArrayLike) -> "BinSpec":
        """Join regular bins; special groups and missing stay as they are, joined or not.

        Parameters
        ----------
        groups : array-like of shape (n_bins,)
            New bin of each regular bin, integers from 0 without gaps; they never decrease where the
            feature is numerical or ordered.

        Returns
        -------
        BinSpec
            The coarser bins.

        Raises
        ------
        ValueError
            If ``groups`` is not of that form.
        """
        # Where there is an order, groups are of neighbours and go up by 0 or 1; levels may mix.
        target = np.asarray(groups)
        steps = np.diff(target) if self.has_order else np.diff(np.unique(target))
        by_ones = not ((steps != 0) & (steps != 1)).any()
        if target.shape != (self.n_bins,) or target.min() != 0 or not by_ones:
            message = (
                f"groups of feature {self.name!r} must be {self.n_bins} integers from 0 without "
                f"gaps{', in order' if self.has_order else ''}, got {target.tolist()}"
            )
            raise ValueError(message)

        codes = self.all_groups(target)
        # Codes behind the regular bins move down by as many bins as are gone.
        shift = int(target.max()) + 1 - self.n_bins
        joined = {code + shift: int(codes[to]) for code, to in self.joined.items()}
        if self.kind == "numerical":
            # A split stays where the group goes up by one.
            splits = tuple(np.asarray(self.splits)[steps == 1].tolist())
            return replace(self, splits=splits, joined=joined)
        merged: list[list[str]] = [[] for _ in range(int(target.max()) + 1)]
        for levels, group in zip(self.levels, target, strict=True):
            merged[group].extend(levels)
        return replace(self, levels=tuple(map(tuple, merged)), joined=joined)

    def all_groups(self, groups: ArrayLike) -> IntArray:
        """Extend the groups of the regular bins by the special, missing and unseen codes.

        Parameters
        ----------
        groups : array-like of shape (n_bins,)
            New bin of each regular bin, as for ``merge``.

        Returns
        -------
        ndarray of shape (n_codes,)
            New code of each code, that of its bin where it is joined; all but the last make the
            groups of ``CountTable.merge``.
        """
        target = np.asarray(groups, dtype=np.intp)
        first = int(target.max()) + 1
        outside = np.arange(first, first + self.n_codes - self.n_bins)
        return np.concatenate([target, outside])[self.destinations]

    def to_dict(self) -> dict[str, Any]:
        """Return the bins as plain data that JSON can hold; infinite values become strings."""
        return {
            "name": self.name,
            "kind": self.kind,
            "splits": list(self.splits),
            "levels": [list(levels) for levels in self.levels],
            "special": {name: [_plain(value) for value in values] for name, values in self.special},
            "unknown": self.unknown,
            "pooled": self.pooled,
            # Only where it says something: earlier readers know the other fields.
            **({"ordered": True} if self.ordered else {}),
            **({"joined": self._joined_names()} if self.joined else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read the bins from what ``to_dict`` returned.

        Parameters
        ----------
        data : mapping
            Keys name, kind, splits, levels, special, unknown, pooled, and perhaps ordered and
            joined.

        Returns
        -------
        BinSpec
            The same bins.

        Raises
        ------
        ValueError
            If a key is missing or unknown, or a value is not valid; the message names its place,
            as in ``$.splits[2] must be a finite number, got 'x'``.
        """
        check_schema(data, load_schema("infotheory", "bins-1.schema.json"))
        read: Any = float if data["kind"] == "numerical" else str

        # Groups get their codes without what is joined, which is written by the name of the group.
        apart = cls(
            name=data["name"],
            kind=data["kind"],
            splits=tuple(map(float, data["splits"])),
            levels=tuple(map(tuple, data["levels"])),
            special=tuple(
                (name, tuple(map(read, values))) for name, values in data["special"].items()
            ),
            unknown=data["unknown"],
            pooled=data["pooled"],
            ordered=data.get("ordered", False),
        )
        if "joined" not in data:
            return apart
        return replace(apart, joined={apart.code_of(k): to for k, to in data["joined"].items()})

    def code_of(self, group: str) -> int:
        """Code of a named group of special values, or of missing values.

        Parameters
        ----------
        group : str
            Name of the group, or "Missing".

        Returns
        -------
        int
            The code.

        Raises
        ------
        ValueError
            If there is no such group.
        """
        if group not in self.outside:
            message = (
                f"group of feature {self.name!r} must be one of {list(self.outside)}, got {group!r}"
            )
            raise ValueError(message)
        return self.n_bins + self.outside.index(group)

    def _joined_names(self) -> dict[str, int]:
        """Name the groups that are joined, each with the code of its bin."""
        names = self.outside
        return {names[code - self.n_bins]: to for code, to in self.joined.items()}

    def _labels_of(self, groups: Sequence[tuple[str, ...]]) -> list[str]:
        """Label all codes but the unseen one; ``groups`` are the levels of each bin, as shown."""
        names = self.outside
        if self.pooled:
            return ["All values", *names]

        if self.kind == "numerical":
            ends = ["-inf", *map(number_text, self.splits), "inf"]
            bins = [f"[{low}, {high})" for low, high in pairwise(ends)]
        else:
            bins = [_levels_text(levels, set(names)) for levels in groups]
        labels = [*bins, *names]
        for code, to in sorted(self.joined.items()):
            labels[to] += f" or {names[code - self.n_bins]}"
        return labels

    def _check_joined(self) -> None:
        """Raise ValueError unless what is joined is no regular bin, and its bin is not joined."""
        joined = dict(self.joined)
        if joined and self.pooled:
            message = f"pooled bins of feature {self.name!r} join all values, got joined={joined}"
            raise ValueError(message)
        outside = range(self.n_bins, self.missing_code + 1)
        for code, to in joined.items():
            if code not in outside or to not in range(self.missing_code + 1) or to in joined:
                message = (
                    f"joined of feature {self.name!r} must lead from codes {outside.start} to "
                    f"{outside.stop - 1} to bins that are not joined, got {joined}"
                )
                raise ValueError(message)
        object.__setattr__(self, "joined", {int(k): int(joined[k]) for k in sorted(joined)})

    def _encode_numbers(self, numbers: FloatArray, dtype: Any) -> IntArray:
        codes = self.mark(numbers, dtype)
        infinite = codes >= self.unseen_code
        if infinite.any():
            raise ValueError(infinity_message(self.name, numbers[infinite][0]))
        return codes

    def _encode_factor(self, factor: Factor) -> IntArray:
        """Codes of a column of levels: each level is placed once, rows take the code of theirs."""
        reader = self.level_reader
        groups = [*self.levels, *(values for _, values in self.special)]
        # Levels are compared by their key: one for "1" and "1.0" where all levels are numbers.
        place = {reader.key(level): code for code, levels in enumerate(groups) for level in levels}
        missing = self.missing_code
        other = missing if self.unknown == "missing" else self.unseen_code
        codes = [
            missing if reader.is_missing(level) else place.get(reader.key(level), other)
            for level in factor.levels
        ]

        if self.unknown == "error" and other in codes:
            unseen = [
                level for level, code in zip(factor.levels, codes, strict=True) if code == other
            ]
            message = (
                f"feature {self.name!r} must hold only categories seen in the fit, got "
                f'{unseen[:3]}; cat_unknown="zero" gives them weight of evidence 0'
            )
            raise ValueError(message)

        # Missing values have code -1: they take the last entry.
        return self.destinations[[*codes, missing]][factor.codes]


def infinity_message(name: str, value: float) -> str:
    """Word the error for an infinite value."""
    return (
        f"Input X contains infinity in feature {name!r}, got {value}; "
        "replace it, or name it in special_codes to give it a bin of its own"
    )


def short_floats_message(n_below: Mapping[str, int]) -> str:
    """Say in which features numbers of short floats lie below the split that they stand for."""
    shown = ", ".join(f"{name!r}: {n} rows" for name, n in [*n_below.items()][:3])
    return (
        "short floats round some numbers down, float32 0.7 to 0.699999988, and rows that are "
        f"written as a split lie in the bin below it ({shown}); read these columns as float64, or "
        "fit on rows of their type"
    )


def rounded_codes_message(n_rounded: Mapping[str, int]) -> str:
    """Say in which features short floats hold another number than a special code."""
    shown = ", ".join(f"{name!r}: {n} rows" for name, n in [*n_rounded.items()][:3])
    return (
        "short floats round some special codes, float32 99999999 to 100000000, and rows that hold "
        f"the rounded number lie in a regular bin ({shown}); read these columns as float64, or "
        "name the rounded number in special_codes, too"
    )


def _levels_text(levels: tuple[str, ...], taken: set[str]) -> str:
    if not levels:
        return "(no level)"
    text, shown = "", 0
    for level in levels:
        piece = f"{text}, {level}" if shown else level
        if shown and len(piece) > _LABEL_WIDTH:
            return f"{text}, ... ({len(levels)} levels)"
        text, shown = piece, shown + 1
    # A level called "Missing" has to read unlike the bin of missing values.
    return repr(text) if text in taken else text


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, float) and np.isinf(value) else value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

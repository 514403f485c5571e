"""The frozen bins of one feature: values to codes, codes to labels, to and from plain data."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from infotheory._display import number_text
from infotheory._documents import check_schema, load_schema
from infotheory._levels import LevelReader, check_level_types, level_text
from infotheory._search import locate
from infotheory._typing import ArrayLike, FloatArray, IntArray, LabelArray
from infotheory._validation import as_array, check_option

__all__ = ["MISSING", "BinSpec", "Factor"]

MISSING = "Missing"
#: Label of the row of categories that are in no bin.
UNSEEN = "Unseen"
_LABEL_WIDTH = 80

#: What pandas says of objects that are all of one type, or missing.
_OF_ONE_TYPE = ("string", "boolean", "integer", "floating", "empty")

Kind = Literal["numerical", "categorical"]
Unknown = Literal["zero", "missing", "error"]


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """A categorical column: integer codes into its distinct levels.

    Parameters
    ----------
    levels : tuple of str
        Distinct levels, the text of each value: a whole number has one ("1", never "1.0") whatever
        its storage, a time at midnight is its date.
    codes : ndarray of shape (n_rows,)
        Position in ``levels``; -1 where the value is missing.
    ordered : bool
        Whether the levels stand in an order that was declared.

    Examples
    --------
    >>> factor = Factor.from_values(["b", None, "a", "b"])
    >>> factor.levels, factor.codes.tolist()
    (('b', 'a'), [0, -1, 1, 0])
    """

    levels: tuple[str, ...]
    codes: IntArray
    ordered: bool = False

    @classmethod
    def from_values(
        cls,
        values: ArrayLike | pd.Series,
        name: str = "x",
        *,
        order: Sequence[Any] | None = None,
    ) -> "Factor":
        """Collect the levels of a column.

        Parameters
        ----------
        values : array-like of shape (n_rows,)
            Anything with a ``str``; None, NaN, NaT and pandas.NA are missing.
        name : str
            Name of the feature, for the error message.
        order : sequence, optional
            All levels in order, empty where they have none. By default an ordered categorical of
            pandas has the order of its categories, everything else none.

        Returns
        -------
        Factor
            Levels in their order, or in the order in which they appear.

        Raises
        ------
        TypeError
            If a value cannot be a category (a dict or a list, say).
        ValueError
            If a number or boolean has the text of a string beside it, 1 and "1", or 1 stands beside
            True; if ``order`` leaves a level out, or names one twice.
        """
        if order is None and isinstance(values, pd.Series):
            order = _declared_order(values)
        is_plain = isinstance(values, pd.Series) and values.dtype != object
        column: Any = values if is_plain else _objects(values)
        if isinstance(column, np.ndarray) and column.dtype == object:
            column = _texts(column, name)
        codes, distinct_values = pd.factorize(column)
        # An index of pandas hands out longer floats, whose digits are not those of the column.
        is_float = isinstance(column.dtype, np.dtype) and column.dtype.kind == "f"
        values_present = np.asarray(distinct_values, dtype=column.dtype if is_float else None)
        texts = [level_text(value) for value in values_present]
        check_level_types(values_present, texts, name)
        distinct = tuple(dict.fromkeys(texts))
        if len(distinct) < len(texts):
            place = {text: i for i, text in enumerate(distinct)}
            codes = np.array([*(place[text] for text in texts), -1])[codes]
        factor = cls(distinct, codes)
        return factor.in_order([level_text(level) for level in order], name) if order else factor

    def in_order(self, order: Sequence[str], name: str = "x") -> "Factor":
        """Put the levels into a declared order.

        Parameters
        ----------
        order : sequence of str
            All levels, and perhaps others, which are left out.
        name : str
            Name of the feature, for the error message.

        Returns
        -------
        Factor
            The same rows over the same levels.

        Raises
        ------
        ValueError
            If a level is left out, or stands twice.
        """
        _check_distinct(f"level in the order of feature {name!r}", order)
        absent = sorted(set(self.levels) - set(order))
        if absent:
            message = (
                f"the order of feature {name!r} must name every level of the data, got none for "
                f"{absent[:5]}; add them where they belong"
            )
            raise ValueError(message)
        present = set(self.levels)
        levels = tuple(level for level in order if level in present)
        place = {level: i for i, level in enumerate(levels)}
        places = np.array([*(place[level] for level in self.levels), -1])
        return Factor(levels, places[self.codes], ordered=True)

    def __len__(self) -> int:
        return len(self.codes)


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

    Raises
    ------
    ValueError
        If splits do not increase, a level or a special value stands in two places, or a name is
        taken.

    Examples
    --------
    >>> refused = ("refused", (-1.0,))
    >>> spec = BinSpec(name="age", kind="numerical", splits=(25.0, 40.0), special=(refused,))
    >>> spec.labels
    ('[-inf, 25)', '[25, 40)', '[40, inf)', 'refused', 'Missing')
    >>> spec.encode([24.9, 25.0, float("nan"), -1.0, 80.0]).tolist()
    [0, 1, 4, 3, 2]
    """

    name: str
    kind: Kind
    splits: tuple[float, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()
    special: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    unknown: Unknown = "zero"
    pooled: bool = False
    ordered: bool = False

    def __post_init__(self) -> None:
        check_option("kind", self.kind, ("numerical", "categorical"))
        check_option("unknown", self.unknown, ("zero", "missing", "error"))
        if self.kind == "numerical":
            # Adding 0 leaves one zero: a split at -0.0 would be shown with its sign.
            splits = np.asarray(self.splits, dtype=np.float64) + 0.0
            if not np.isfinite(splits).all() or (np.diff(splits) <= 0).any():
                message = (
                    f"splits of feature {self.name!r} must be finite and increase, got "
                    f"{list(self.splits)}"
                )
                raise ValueError(message)
            object.__setattr__(self, "splits", tuple(splits.tolist()))
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

        _check_distinct(
            f"group of special values of feature {self.name!r}",
            [*(g for g, _ in self.special), MISSING],
        )
        special = [value for _, values in self.special for value in values]
        levels = [level for group in self.levels for level in group]
        _check_distinct(f"value of feature {self.name!r}", [*levels, *special])
        if self.kind == "numerical" and not all(
            isinstance(v, int | float) and not math.isnan(v) for v in special
        ):
            message = (
                f"special values of the numerical feature {self.name!r} must be numbers, got "
                f"{special}"
            )
            raise ValueError(message)

    @property
    def has_order(self) -> bool:
        """Whether only neighbours may be joined: numbers, and levels in a declared order."""
        return self.kind == "numerical" or self.ordered

    @property
    def n_bins(self) -> int:
        """Number of regular bins."""
        return len(self.splits) + 1 if self.kind == "numerical" else len(self.levels)

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
    def level_reader(self) -> LevelReader:
        """How values of a categorical feature find their level."""
        special = [value for _, values in self.special for value in values]
        return LevelReader((level for group in self.levels for level in group), special)

    @property
    def labels(self) -> tuple[str, ...]:
        """Label of each code but the unseen one, for display.

        Splits are the shortest text that gives the number back; long lists of levels are cut short.
        """
        return (*self._bin_labels(), *(name for name, _ in self.special), MISSING)

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
            codes = self._encode_factor(factor).astype(dtype, copy=False)
            return np.zeros_like(codes) if self.pooled else codes
        if isinstance(values, Factor):
            message = f"feature {self.name!r} is numerical, got text such as {values.levels[:3]}"
            raise TypeError(message)
        codes = self._encode_numbers(np.ascontiguousarray(values, dtype=np.float64), dtype)
        return np.zeros_like(codes) if self.pooled else codes

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
        codes = np.empty(len(numbers), dtype=dtype)
        locate(numbers, np.asarray(self.splits, dtype=np.float64), self.missing_code, codes)
        for i, (_, values) in enumerate(self.special):
            for value in values:
                codes[numbers == value] = self.n_bins + i
        if not np.isfinite(numbers).all():
            infinite = np.isinf(numbers) & (codes < self.n_bins)
            codes[infinite] = np.where(
                numbers[infinite] > 0.0, self.unseen_code, self.unseen_code + 1
            )
        return codes

    def pool(self) -> "BinSpec":
        """Put every value in one bin, missing and special ones too; their own bins stay empty."""
        levels = tuple(level for group in self.levels for level in group)
        return replace(
            self, splits=(), levels=(levels,) if self.kind == "categorical" else (), pooled=True
        )

    def merge(self, groups: ArrayLike) -> "BinSpec":
        """Join regular bins; special groups and missing stay as they are.

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
        if target.shape != (self.n_bins,) or target.min() != 0 or not np.isin(steps, (0, 1)).all():
            message = (
                f"groups of feature {self.name!r} must be {self.n_bins} integers from 0 without "
                f"gaps{', in order' if self.has_order else ''}, got {target.tolist()}"
            )
            raise ValueError(message)

        if self.kind == "numerical":
            return replace(self, splits=tuple(np.asarray(self.splits)[steps == 1].tolist()))
        joined: list[list[str]] = [[] for _ in range(int(target.max()) + 1)]
        for levels, group in zip(self.levels, target, strict=True):
            joined[group].extend(levels)
        return replace(self, levels=tuple(map(tuple, joined)))

    def all_groups(self, groups: ArrayLike) -> IntArray:
        """Extend the groups of the regular bins by the special, missing and unseen codes.

        Parameters
        ----------
        groups : array-like of shape (n_bins,)
            New bin of each regular bin, as for ``merge``.

        Returns
        -------
        ndarray of shape (n_codes,)
            New code of each code; all but the last make the groups of ``CountTable.merge``.
        """
        target = np.asarray(groups, dtype=np.intp)
        first = int(target.max()) + 1
        return np.concatenate([target, np.arange(first, first + self.n_codes - self.n_bins)])

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
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read the bins from what ``to_dict`` returned.

        Parameters
        ----------
        data : mapping
            Keys name, kind, splits, levels, special, unknown, pooled, and perhaps ordered.

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
        return cls(
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

    def _bin_labels(self) -> list[str]:
        if self.pooled:
            return ["All values"]
        if self.kind == "numerical":
            texts = ["-inf", *map(number_text, self.splits), "inf"]
            return [f"[{low}, {high})" for low, high in pairwise(texts)]
        taken = {MISSING, *(name for name, _ in self.special)}
        texts = [_levels_text(levels, taken) for levels in self.levels]
        if len(set(texts)) < len(texts):
            # A level with a comma in it may read like two levels: quotes tell them apart.
            quoted = [tuple(map(repr, levels)) for levels in self.levels]
            texts = [_levels_text(levels, taken) for levels in quoted]
        return texts

    def _encode_numbers(self, numbers: FloatArray, dtype: Any) -> IntArray:
        codes = self.mark(numbers, dtype)
        infinite = codes >= self.unseen_code
        if infinite.any():
            raise ValueError(infinity_message(self.name, numbers[infinite][0]))
        return codes

    def _encode_factor(self, factor: Factor) -> IntArray:
        reader = self.level_reader
        groups = [*self.levels, *(values for _, values in self.special)]
        place = {reader.key(level): code for code, levels in enumerate(groups) for level in levels}
        other = self.missing_code if self.unknown == "missing" else self.unseen_code
        codes = [
            self.missing_code if reader.is_missing(level) else place.get(reader.key(level), other)
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
        return np.array([*codes, self.missing_code])[factor.codes]


def _declared_order(values: "pd.Series[Any]") -> Sequence[Any] | None:
    if not isinstance(values.dtype, pd.CategoricalDtype) or not values.cat.ordered:
        return None
    return list(values.cat.categories)


def infinity_message(name: str, value: float) -> str:
    """Word the error for an infinite value."""
    return (
        f"Input X contains infinity in feature {name!r}, got {value}; "
        "replace it, or name it in special_codes to give it a bin of its own"
    )


def _objects(values: ArrayLike) -> LabelArray:
    array = as_array("values", values)
    if array.ndim != 1:
        message = f"values must have shape (n_rows,), got shape {array.shape}"
        raise ValueError(message)
    return (
        array
        if array.dtype == object or isinstance(values, np.ndarray)
        else np.asarray(values, dtype=object)
    )


def _texts(values: LabelArray, name: str) -> LabelArray:
    """Turn mixed types to text: what is equal is not always the same category."""
    if pd.api.types.infer_dtype(values, skipna=True) in _OF_ONE_TYPE:
        return values

    # What has no hash would be turned to text too, and is no category.
    for value in values:
        try:
            hash(value)
        except TypeError as error:
            message = f"argument must be a string or a number, got {value!r} in feature {name!r}"
            raise TypeError(message) from error

    missing = pd.isna(values)
    texts = np.array([level_text(value) for value in values], dtype=object)
    check_level_types(values[~missing], texts[~missing], name)
    texts[missing] = None
    return texts


def _levels_text(levels: tuple[str, ...], taken: set[str]) -> str:
    if not levels:
        return "(no level)"
    text, shown = "", 0
    for level in levels:
        piece = f"{text}, {level}" if shown else level
        if shown and len(piece) > _LABEL_WIDTH:
            return f"{text}, ... ({len(levels)} levels)"
        text, shown = piece, shown + 1
    return repr(text) if text in taken else text


def _check_distinct(what: str, values: Iterable[Any]) -> None:
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            message = f"each {what} must stand in one place, got {value!r} twice"
            raise ValueError(message)
        seen.add(value)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, float) and np.isinf(value) else value

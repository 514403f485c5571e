"""One row by itself, as services send them, to codes.

What a frame library needs to hand out a column costs more than a row is worth. What is plain is
coded value by value; for all else, errors included, there is no answer but that of arrays.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import isnan
from typing import Any, Protocol

import narwhals as nw
import numpy as np
import pandas as pd

from infotheory._levels import LevelReader
from infotheory._search import rounded_below, rounded_codes
from infotheory._typing import IntArray, LabelArray
from infotheory._validation import EXACT
from infotheory.cells import BinSpec

__all__ = ["ValueCoder", "encode_row"]


@dataclass(frozen=True, slots=True, eq=False)
class ValueCoder:
    """Codes of the values of one feature, one at a time."""

    # Splits of numbers
    splits: tuple[float, ...]
    # Code of what stands for itself: special numbers, or the keys of levels
    places: Mapping[Any, int]
    missing: int
    # Code of a level in no bin; None where that is an error
    other: int | None = None
    # How text finds its level; None for numbers
    reader: LevelReader | None = None
    # Numbers of short floats just below a split, or a rounded code: of these a table tells
    below: frozenset[float] = frozenset()

    @classmethod
    def of(cls, spec: BinSpec) -> "ValueCoder":
        """Look up once what does not depend on the value."""
        codes = spec.destinations.tolist()
        missing = codes[spec.missing_code]
        special = [values for _, values in spec.special]
        if spec.kind == "numerical":
            behind = codes[spec.n_bins :]
            places = {
                value: code
                for values, code in zip(spec.special_numbers, behind, strict=False)
                for value in values
            }
            told = _just_below(spec.splits) | _rounded(places)
            return cls(spec.splits, places, missing, below=told)

        reader, groups = spec.level_reader, [*spec.levels, *special]
        levels = {
            reader.key(level): code
            for values, code in zip(groups, codes, strict=False)
            for level in values
        }
        others = {"missing": missing, "zero": codes[spec.unseen_code], "error": None}
        return cls(spec.splits, levels, missing, others[spec.unknown], reader)

    def __setstate__(self, state: Sequence[Any]) -> None:
        """Take the fields of a pickle, of which earlier versions wrote all but the last."""
        for entry, value in zip(fields(self), state, strict=False):
            object.__setattr__(self, entry.name, value)
        if len(state) < len(fields(self)):
            is_number = self.reader is None
            object.__setattr__(self, "below", _just_below(self.splits if is_number else ()))

    def code(self, value: Any) -> int | None:
        """Code of a value; None where it is not plain, or not valid."""
        # A duration is an integer to numpy, but has a unit.
        if isinstance(value, np.timedelta64):
            return None
        if isinstance(value, _NUMPY_NUMBERS):
            value = value.item()
        if value is None or value is pd.NA or (isinstance(value, float) and isnan(value)):
            return self.missing
        if self.reader is None:
            return self._of_number(value)
        return self._of_level(value, self.reader)

    def _of_number(self, value: Any) -> int | None:
        # Whole numbers that no float holds are an error, and so is what is infinite.
        if not isinstance(value, float):
            if not isinstance(value, int) or abs(value) > EXACT:
                return None
            value = float(value)
        if value in self.places:
            return self.places[value]
        is_plain = value not in _INFINITE and value not in self.below
        return bisect_right(self.splits, value) if is_plain else None

    def _of_level(self, value: Any, reader: LevelReader) -> int | None:
        # The digits of a float depend on its type, which a value alone does not tell.
        if not isinstance(value, str | int):
            return None
        text = str(value)
        if reader.is_missing(text):
            return self.missing
        return self.places.get(reader.key(text), self.other)


def _just_below(splits: Sequence[float]) -> frozenset[float]:
    """Numbers of short floats below the split that they are written as."""
    numbers = np.array(splits, dtype=np.float64)
    return frozenset([*rounded_below(numbers), *rounded_below(numbers, np.float16)])


def _rounded(places: Mapping[float, int]) -> frozenset[float]:
    """Numbers of short floats that special codes are rounded to."""
    codes = list(places)
    short = {*rounded_codes(codes, np.float32), *rounded_codes(codes, np.float16)}
    return frozenset(short - {*codes})


#: Numbers, texts of one width and objects, as numpy abbreviates them.
_PLAIN_KINDS = "biufUO"
_NUMPY_NUMBERS = (np.integer, np.floating, np.bool_)
_INFINITE = (float("inf"), float("-inf"))


class _Coded(Protocol):
    """A feature whose values are coded one by one."""

    @property
    def coder(self) -> ValueCoder: ...


def encode_row(
    features: Mapping[str, _Coded], X: Any, names: LabelArray | None
) -> dict[str, IntArray] | None:
    """Code the only row of X; None where X is not one plain row of what was fitted.

    ``names`` are those of the fit, in which X must have its columns; without them X has no names.
    """
    row = _unnamed_row(X) if names is None else _named_row(X, names.tolist())
    if row is None or len(row) != len(features):
        return None
    codes = {
        name: feature.coder.code(value)
        for (name, feature), value in zip(features.items(), row, strict=True)
    }
    if None in codes.values():
        return None
    return {name: np.array([code], dtype=np.int32) for name, code in codes.items()}


def _named_row(X: Any, names: Sequence[str]) -> Sequence[Any] | None:
    """Row of a frame whose columns have these names, in this order."""
    if type(X) is pd.DataFrame:
        if len(X) != 1 or X.columns.tolist() != names:
            return None
        # All columns at once: one by one they cost five times as much.
        values: list[Any] = X.to_numpy(dtype=object)[0].tolist()
        return values
    if nw.dependencies.is_polars_dataframe(X) and X.height == 1 and X.columns == names:
        row: tuple[Any, ...] = X.row(0)
        return row
    return None


def _unnamed_row(X: Any) -> Sequence[Any] | None:
    """Row of an array or a list; masked arrays and other subclasses are read as ever."""
    if type(X) is np.ndarray and X.ndim == 2 and len(X) == 1:
        # Times in nanoseconds would become whole numbers in a list.
        if X.dtype.kind not in _PLAIN_KINDS:
            return None
        row: list[Any] = X[0].tolist()
        return row
    if type(X) is list and len(X) == 1 and type(X[0]) in (list, tuple):
        values: Sequence[Any] = X[0]
        return values
    return None

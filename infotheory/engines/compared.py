"""A column of numbers of a lazy engine, compared with bounds as Python compares numbers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import narwhals as nw
import numpy as np

from infotheory._validation import EXACT
from infotheory.cells import BinSpec
from infotheory.engines.frames import Frame

__all__ = ["Compared", "may_join"]

#: Decimals of engines have up to 38 digits.
_LARGEST_DECIMAL = 10**38 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A column of numbers, as float64 and as it is stored.

    From 2**53 on float64 joins whole numbers that integers and decimals tell apart: with bounds of
    this size a column is compared as it is stored.

    Parameters
    ----------
    value : narwhals.Expr
        The column as float64.
    stored : narwhals.Expr, optional
        The column of integers or decimals as it is stored; None for floats.
    largest : int
        No value stored is above it.
    is_decimal : bool
        Whether decimals are stored.
    """

    value: nw.Expr
    stored: nw.Expr | None = None
    largest: int = _LARGEST_DECIMAL
    is_decimal: bool = False

    @classmethod
    def of(cls, frame: Frame, name: str) -> "Compared":
        """Take a column of a frame."""
        value, dtype = frame.number(name), frame.dtypes[name]
        if dtype.is_decimal():
            return cls(value, nw.col(name), is_decimal=True)
        if not dtype.is_integer():
            return cls(value)

        # The name of the type tells its size: Int64, UInt8.
        bits = int(str(dtype).lstrip("UInt"))
        largest = 2 ** (bits if dtype.is_unsigned_integer() else bits - 1) - 1
        return cls(value, nw.col(name), largest)

    def below(self, bound: float) -> nw.Expr:
        """Say which values are below a bound."""
        if self.stored is None or not _is_large(bound):
            return self.value < bound
        # No value stored is above the bound, which may be no literal of the type; nulls stay nulls.
        if bound > self.largest:
            return self.value <= bound
        return self.stored < self._literal(bound) if bound >= -self.largest else self.value < bound

    def equals(self, number: float) -> nw.Expr:
        """Say which values are equal to a number."""
        if self.stored is None or not _is_large(number):
            return self.value == number
        if abs(number) > self.largest + 1:
            return nw.lit(value=False)
        # A signed column of 64 bits holds -2**63, but not 2**63, for which there is no literal.
        return self.stored == self._literal(number) if number <= self.largest else nw.lit(False)

    def _literal(self, number: float) -> nw.Expr:
        return nw.lit(Decimal(number) if self.is_decimal else int(number))


def may_join(frame: Frame, spec: BinSpec) -> bool:
    """Say whether float64 may put a value of a column on the other side of a bound of its bins."""
    dtype = frame.dtypes[spec.name]
    if not (dtype.is_integer() or dtype.is_decimal()):
        return False
    specials = (value for _, group in spec.special for value in group)
    return any(map(_is_large, (*spec.splits, *specials)))


def _is_large(number: Any) -> bool:
    return bool(EXACT <= abs(number) < np.inf)

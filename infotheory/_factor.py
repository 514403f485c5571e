"""A categorical column as integer codes into its levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._later import pd
from infotheory._levels import check_distinct, check_level_types, level_text
from infotheory._typing import ArrayLike, IntArray, LabelArray
from infotheory._validation import as_array, in_native_order, refuse_joined

__all__ = ["Factor"]

#: What pandas says of objects that are all of one type, or missing.
_OF_ONE_TYPE = ("string", "boolean", "integer", "floating", "empty")


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
        values: "ArrayLike | pd.Series",
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
            True; if ``order`` leaves a level out, or names one twice; if floats are so large that
            whole numbers beside each other are one float (2**53 in float64).
        """
        if order is None and isinstance(values, pd.Series):
            order = _declared_order(values)
        is_plain = isinstance(values, pd.Series) and values.dtype != object
        column: Any = values if is_plain else _objects(values)
        if isinstance(column, np.ndarray) and column.dtype == object:
            column = _texts(column, name)
        if isinstance(column.dtype, np.dtype) and not column.dtype.isnative:
            column = in_native_order(np.asarray(column))
        codes, distinct_values = pd.factorize(column)
        # An index of pandas hands out longer floats, whose digits are not those of the column.
        is_float = isinstance(column.dtype, np.dtype) and column.dtype.kind == "f"
        values_present = np.asarray(distinct_values, dtype=column.dtype if is_float else None)
        refuse_joined(f"feature {name!r}", values_present)
        texts = [level_text(value) for value in values_present]
        check_level_types(values_present, texts, name)
        # Distinct values that are written alike are one level.
        distinct = tuple(dict.fromkeys(texts))
        if len(distinct) < len(texts):
            place = {text: i for i, text in enumerate(distinct)}
            # Code -1 of missing values picks the last entry, and stays -1.
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
        check_distinct(f"level in the order of feature {name!r}", order)
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
        # The entry for code -1, missing values, is the last.
        places = np.array([*(place[level] for level in self.levels), -1])
        return Factor(levels, places[self.codes], ordered=True)

    def __len__(self) -> int:
        return len(self.codes)


def _declared_order(values: "pd.Series[Any]") -> Sequence[Any] | None:
    if not isinstance(values.dtype, pd.CategoricalDtype) or not values.cat.ordered:
        return None
    return list(values.cat.categories)


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
    refuse_joined(f"feature {name!r}", values[~missing])
    texts = np.array([level_text(value) for value in values], dtype=object)
    check_level_types(values[~missing], texts[~missing], name)
    texts[missing] = None
    return texts

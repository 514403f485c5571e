"""Arrays and frames in memory to columns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Number
from typing import Any, Protocol

import narwhals as nw
import numpy as np
import pandas as pd

from infotheory._numerics import refuse_masked, refuse_sparse
from infotheory._search import rounded_below, rounded_codes
from infotheory._typing import FloatArray, IntArray, LabelArray
from infotheory._validation import EXACT, check_exact
from infotheory._warnings import warn
from infotheory.cells import (
    BinSpec,
    Factor,
    Kind,
    rounded_codes_message,
    short_floats_message,
)
from infotheory.engines.declared import declared_features
from infotheory.exceptions import ApproximationWarning

__all__ = ["Columns", "as_table", "encode_features", "read_columns", "series_values"]

_SHORT: dict[str, type[np.floating[Any]]] = {"float32": np.float32, "float16": np.float16}
_NUMBERS = ("floating", "integer", "mixed-integer-float", "decimal", "empty")
_NOT_CATEGORIES = (
    "datetime64",
    "datetime",
    "date",
    "time",
    "timedelta64",
    "timedelta",
    "period",
    "bytes",
    "complex",
)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The columns of a data set, each as numbers or as a factor.

    Parameters
    ----------
    names : tuple of str
        Names of the features; ``x0``, ``x1``, ... where the data has none.
    n_rows : int
        Number of rows.
    data : tuple of ndarray or Factor
        Numbers as float64 with NaN for missing, categories as a ``Factor``.
    short : mapping of str to type
        Type of columns that came as float32 or float16.
    """

    names: tuple[str, ...]
    n_rows: int
    data: "tuple[FloatArray | Factor, ...]"
    short: "Mapping[str, type[np.floating[Any]]]" = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Kind of each column."""
        return tuple(
            "categorical" if isinstance(column, Factor) else "numerical" for column in self.data
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """One column as it came, with the kind that its type suggests.

    ``refusal`` says why a column of this type has to be declared before it can be a category.
    """

    name: str
    kind: Kind
    data: "LabelArray | nw.Series[Any]"
    refusal: str | None = None


def read_columns(
    X: Any, *, kinds: "Sequence[Kind] | None" = None, categorical: Any = None
) -> Columns:
    """Read a data set in memory.

    Columns of numbers are numerical; strings, categories and (in frames) booleans are categorical.
    A column of Python objects is numerical where it holds only numbers and missing values.

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_features)
        A numpy array, a list of rows, or a pandas, Polars or PyArrow table.
    kinds : sequence of {"numerical", "categorical"}, optional
        Kind of each column as it was when the bins were learnt; decided from the data when None.
    categorical : sequence of str, of int or of bool, or mapping, optional
        Columns that are categorical whatever their type, see ``declared_features``; only where
        ``kinds`` is None.

    Returns
    -------
    Columns
        Names and columns.

    Raises
    ------
    TypeError
        If X is sparse, a value is neither a number nor a category, or a column that must be
        numerical holds text.
    ValueError
        If X is not two-dimensional, is empty, or holds dates or complex numbers; if a column of
        numbers holds a whole number that float64 does not hold (beyond 2**53), or floats beyond it
        stand in a column of categories.

    Examples
    --------
    >>> columns = read_columns([[1.5, "a"], [None, "b"]])
    >>> columns.names, columns.kinds
    (('x0', 'x1'), ('numerical', 'categorical'))
    """
    sources, n_rows = _split(X)
    if not sources or n_rows == 0:
        # The words of these messages are those of scikit-learn, whose checks look for them.
        what = f"{n_rows} sample(s)" if sources else "0 feature(s)"
        message = (
            f"Found array with {what} (shape=({n_rows}, {len(sources)})) while a minimum of 1 is "
            "required."
        )
        raise ValueError(message)

    names = tuple(source.name for source in sources)
    declared = declared_features(categorical, names)
    wanted = _kinds(sources, declared) if kinds is None else kinds
    data = tuple(
        Factor.from_values(_level_values(source.data), source.name)
        if kind == "categorical"
        else _numbers(source)
        for source, kind in zip(sources, wanted, strict=True)
    )
    # The name of a type of numpy tells nothing of its byte order, which its text does.
    types = {
        source.name: str(getattr(source.data.dtype, "name", source.data.dtype)).lower()
        for source in sources
    }
    short = {name: _SHORT[kind] for name, kind in types.items() if kind in _SHORT}
    return Columns(names, n_rows, data, short)


class _Binned(Protocol):
    """A feature with its bins."""

    @property
    def spec(self) -> BinSpec: ...


def encode_features(features: Mapping[str, _Binned], X: Any) -> dict[str, IntArray]:
    """Code of the bin of each value of X, whose columns are the features in their order."""
    specs = [feature.spec for feature in features.values()]
    columns = read_columns(X, kinds=[spec.kind for spec in specs])
    if columns.short:
        _warn_of_short_floats(specs, columns)
    pairs = zip(specs, columns.data, strict=True)
    return {spec.name: spec.encode(data, np.int32) for spec, data in pairs}


def _warn_of_short_floats(specs: Sequence[BinSpec], columns: Columns) -> None:
    """Warn where short floats hold another number than the split or special code meant."""
    n_below, n_rounded = {}, {}
    for spec, name, data in zip(specs, columns.names, columns.data, strict=True):
        if name not in columns.short or isinstance(data, Factor):
            continue
        below = rounded_below(np.array(spec.splits), columns.short[name])
        n_below[spec.name] = int(np.isin(data, below).sum()) if below.size else 0

        # What stands for a code with a fraction is met; the place of a whole one may be an amount.
        known = [number for numbers in spec.special_numbers for number in numbers]
        rounded = sorted({*rounded_codes(known, columns.short[name])} - {*known})
        n_rounded[spec.name] = int(np.isin(data, rounded).sum()) if rounded else 0

    for n_rows, message in ((n_below, short_floats_message), (n_rounded, rounded_codes_message)):
        told = {name: n for name, n in n_rows.items() if n}
        if told:
            warn(message(told), ApproximationWarning)


def _kinds(sources: Sequence[_Source], declared: Collection[str]) -> list[Kind]:
    """Kinds by type, and those that are declared; what has no kind by its type is refused."""
    kinds: list[Kind] = []
    for source in sources:
        is_declared = source.name in declared
        if source.refusal is not None and not is_declared:
            raise ValueError(source.refusal)
        kinds.append("categorical" if is_declared else source.kind)
    return kinds


def as_table(X: Any) -> "nw.DataFrame[Any] | LabelArray":
    """Return X as a narwhals frame or a two-dimensional array.

    Parameters
    ----------
    X : array-like or frame
        The data.

    Returns
    -------
    narwhals.DataFrame or ndarray
        The same data.

    Raises
    ------
    TypeError
        If X is sparse.
    ValueError
        If X is not two-dimensional, has two columns of one name, or a mask hides entries.

    Examples
    --------
    >>> as_table([[1.0, 2.0], [3.0, 4.0]]).shape
    (2, 2)
    """
    for rows in X if isinstance(X, list | tuple) else (X,):
        refuse_masked("X", rows)
    refuse_sparse("X", X)
    # An array is no frame: asking for each kind of frame would take longer than small fits.
    if not isinstance(X, np.ndarray):
        frame = nw.from_native(X, eager_only=True, pass_through=True)
        if isinstance(frame, nw.DataFrame):
            return frame

    # Through objects, the numbers in a list of mixed rows stay numbers.
    array = np.asarray(X) if hasattr(X, "__array__") else np.asarray(X, dtype=object)
    if array.ndim != 2:
        what = f"shape {array.shape}" if array.ndim else f"a {type(X).__name__}"
        message = (
            f"Expected 2D array, got {array.ndim}D array ({what}) instead. Reshape your data "
            "either using array.reshape(-1, 1) for a single feature or array.reshape(1, -1) for a "
            "single row."
        )
        raise ValueError(message)
    return array


def _split(X: Any) -> tuple[list[_Source], int]:
    table = as_table(X)
    if isinstance(table, nw.DataFrame):
        return _split_frame(table)
    return [_array_source(f"x{i}", table[:, i]) for i in range(table.shape[1])], len(table)


def _split_frame(frame: "nw.DataFrame[Any]") -> tuple[list[_Source], int]:
    names: list[Any] = list(frame.columns)
    is_text = [isinstance(name, str) for name in names]
    if any(is_text) and not all(is_text):
        message = (
            "column names of X must all be strings, or none of them, got "
            f"{names[is_text.index(False)]!r}"
        )
        raise TypeError(message)

    # Columns whose names are no text are called by their places.
    shown = names if all(is_text) else [f"x{i}" for i in range(len(names))]
    pairs = zip(shown, frame.iter_columns(), strict=True)
    return [_series_source(name, series) for name, series in pairs], len(frame)


def _series_source(name: str, series: "nw.Series[Any]") -> _Source:
    dtype, native = series.dtype, series.to_native()
    if isinstance(native, pd.Series) and native.dtype == object:
        return _array_source(name, native.to_numpy())

    if dtype.is_numeric():
        return _Source(name, "numerical", series)
    if isinstance(dtype, nw.String | nw.Categorical | nw.Enum | nw.Boolean):
        return _Source(name, "categorical", series)
    if dtype.is_temporal():
        return _Source(name, "categorical", series, _not_a_category(name, str(dtype)))
    if dtype.is_nested():
        message = f"argument must be a string or a number, got {dtype} in feature {name!r}"
        raise TypeError(message)
    return _array_source(name, series.to_numpy())


def _array_source(name: str, values: LabelArray) -> _Source:
    """Tell the kind of a column of an array, and why it may not be a category."""
    if values.dtype.kind in "biuf":
        return _Source(name, "numerical", values)
    if values.dtype.kind == "U":
        return _Source(name, "categorical", values)
    if values.dtype.kind in "mM":
        return _Source(name, "categorical", values, _not_a_category(name, str(values.dtype)))
    if values.dtype != object:
        raise ValueError(_not_a_category(name, str(values.dtype)))

    # Objects say nothing of their type: pandas looks at the values.
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred in ("bytes", "complex"):
        raise ValueError(_not_a_category(name, inferred))
    # Some kinds have two names, as datetime of Python's and datetime64 of numpy's.
    if inferred.rstrip("64") in _NOT_CATEGORIES:
        return _Source(name, "categorical", values, _not_a_category(name, inferred))
    return _Source(name, "numerical" if inferred in _NUMBERS else "categorical", values)


def series_values(series: "nw.Series[Any]") -> "pd.Series[Any] | LabelArray":
    """Values of a column to be read as levels: nulls change no integer, and orders stay."""
    native: Any = series.to_native()
    if isinstance(native, pd.Series):
        is_arrow = isinstance(native.dtype, pd.ArrowDtype)
        return (
            native
            if not is_arrow
            else series_values(nw.from_native(native.array.__arrow_array__(), series_only=True))
        )

    # Integers beside nulls as objects: as floats they would read "1.0".
    if series.implementation.is_pyarrow():
        as_pandas: pd.Series[Any] = native.to_pandas(integer_object_nulls=True)
        return as_pandas

    dtype = series.dtype
    if isinstance(dtype, nw.Enum):
        texts = series.cast(nw.String).to_numpy()
        return pd.Series(pd.Categorical(texts, categories=list(dtype.categories), ordered=True))
    if dtype.is_integer() or isinstance(dtype, nw.String | nw.Categorical):
        return series.cast(nw.String).to_numpy()
    if dtype.is_decimal() or dtype.is_temporal():
        return np.array([*series.to_list(), None], dtype=object)[:-1]
    return series.to_numpy()


def _level_values(data: "LabelArray | nw.Series[Any]") -> "pd.Series[Any] | LabelArray":
    return data if isinstance(data, np.ndarray) else series_values(data)


def _number_values(data: "LabelArray | nw.Series[Any]") -> LabelArray:
    """Values of a column to be read as numbers."""
    if isinstance(data, np.ndarray):
        return data
    if data.dtype.is_decimal():
        # PyArrow casts a decimal to a float inexactly, its text exactly.
        return data.cast(nw.String).cast(nw.Float64).to_numpy()
    if data.dtype.is_numeric() or data.dtype.is_temporal():
        return data.to_numpy()
    return np.asarray(series_values(data), dtype=object)


def _numbers(source: _Source) -> FloatArray:
    """Read a numerical feature as float64, what is missing as NaN; refuse text."""
    _check_exact(source.name, source.data)
    values = _number_values(source.data)
    if values.dtype.kind in "biuf":
        # The kernels that place numbers take contiguous float64.
        return np.ascontiguousarray(values, dtype=np.float64)

    # None and NA are no numbers to cast: what is missing among objects is left NaN.
    present = ~pd.isna(values)
    if pd.api.types.infer_dtype(values[present]) not in (*_NUMBERS, "boolean"):
        # The first value may well be a number: what is none is shown, and text before dates.
        foreign = [value for value in values[present] if not isinstance(value, Number)]
        foreign = sorted(foreign, key=lambda value: not isinstance(value, str))
        shown = foreign[0] if foreign else values[present][0]
        what = f"{'text' if isinstance(shown, str) else 'values'} such as {shown!r}"
        message = f"feature {source.name!r} is numerical, got {what}"
        raise TypeError(message)

    numbers = np.full(len(values), np.nan)
    try:
        numbers[present] = values[present].astype(np.float64)
    except OverflowError as error:
        message = f"feature {source.name!r} holds an integer that is too large for a float: {error}"
        raise ValueError(message) from error
    return numbers


def _check_exact(name: str, data: "LabelArray | nw.Series[Any]") -> None:
    """Raise ValueError where a whole number is no float, and would be joined with another one."""
    if isinstance(data, nw.Series):
        dtype = data.dtype
        # Categories have no ends to ask for.
        if not (dtype.is_integer() or dtype.is_decimal()):
            return
        # Ends are None or NA where all values are missing.
        ends_seen = [end for end in (data.min(), data.max()) if not pd.isna(end)]
        if dtype.is_integer() and all(abs(end) <= EXACT for end in ends_seen):
            return
        data = np.array([*data.drop_nulls().to_list(), None], dtype=object)[:-1]

    if data.dtype.kind in "iu" and data.size:
        ends = max(abs(int(data.min())), abs(int(data.max())))
        data = np.unique(data).astype(object) if ends > EXACT else data[:0]
    if data.dtype == object:
        check_exact(f"feature {name!r}", data)


def _not_a_category(name: str, dtype: str) -> str:
    if "complex" in dtype:
        return f"Complex data not supported, got dtype {dtype} in feature {name!r}"
    return (
        f"feature {name!r} must hold numbers or categories, got {dtype}; turn it into a number or "
        "a string"
    )

"""A frame of any engine, opened: its columns, their kinds, and each of them as an expression."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import narwhals as nw

from infotheory._databases import (
    IBIS,
    Query,
    backend_name,
    check_database,
    has_not_a_number,
    run_in_batches,
    run_query,
    steady_scans,
)
from infotheory._display import number_text
from infotheory._optional import require
from infotheory._validation import LEAST_WEIGHT
from infotheory.cells import Kind

__all__ = ["IBIS", "Frame", "array_of", "backend_name", "listed_columns", "n_true", "open_frame"]

_ACCEPTED = (
    "pandas, PyArrow and Polars tables, Polars lazy frames, DuckDB relations, PySpark data frames, "
    "tables of Ibis, or another frame that narwhals opens"
)
#: Engines that compare times without a zone as they are; Spark reads them in that of its session.
_SAME_MOMENTS = ("polars", "duckdb")
#: What parentheses of a pattern matched, by engine; Polars and others write ${1}.
_MATCHED = {"duckdb": r"\1", IBIS: r"\1", "dask": r"\1", "pyspark": "$1"}
#: Engines whose results are PyArrow tables, and the extra that has it.
_THROUGH_ARROW = {"duckdb": "duckdb", "pyspark": "spark", IBIS: "ibis"}


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame of any engine.

    Parameters
    ----------
    table : narwhals.DataFrame or narwhals.LazyFrame
        The data: eager for tables in memory (pandas, PyArrow), lazy for all other engines.
    engine : str
        Name of the engine.
    dtypes : dict of str to narwhals.DType
        Type of each column.
    eager : bool
        Whether the user gave a table in memory, so that results are tables as well.
    queries : list of Query
        What a database behind Ibis was asked so far, and how much came back; empty otherwise.
    """

    table: "nw.DataFrame[Any] | nw.LazyFrame[Any]"
    engine: str
    dtypes: dict[str, Any]
    eager: bool
    queries: list[Query] = field(default_factory=list)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.dtypes)

    @property
    def database(self) -> str | None:
        """Name of the database behind a table of Ibis, None for other engines."""
        return backend_name(self.lazy().to_native()) if self.engine == IBIS else None

    def lazy(self) -> "nw.LazyFrame[Any]":
        """Return the data as a lazy frame of the same engine."""
        return self.table.lazy() if isinstance(self.table, nw.DataFrame) else self.table

    def collect(self, rows: "nw.LazyFrame[Any]", **options: Any) -> "nw.DataFrame[Any]":
        """Run a lazy frame; what a database was asked is written down in ``queries``.

        Parameters
        ----------
        rows : narwhals.LazyFrame
            Made of this frame.
        **options : object
            For the engine.

        Returns
        -------
        narwhals.DataFrame
            The result.

        Raises
        ------
        QueryError
            If a database does not answer.
        """
        if self.engine != IBIS:
            return rows.collect(**options)
        table, query = run_query(rows)
        self.queries.append(query)
        return table

    def collect_in_order(self, rows: "nw.LazyFrame[Any]") -> "nw.DataFrame[Any]":
        """Run a lazy frame as ``collect``, with the rows of a table numbered as they lie.

        Parameters
        ----------
        rows : narwhals.LazyFrame
            Made of this frame.

        Returns
        -------
        narwhals.DataFrame
            The result.

        Raises
        ------
        QueryError
            If a database does not answer.
        """
        if self.engine != IBIS:
            return self.collect(rows)
        with steady_scans(rows, self.queries.append):
            return self.collect(rows)

    def collect_in_parts(self, rows: "nw.LazyFrame[Any]") -> "Iterator[nw.DataFrame[Any]]":
        """Run a lazy frame as ``collect``, and read what comes from a database part by part.

        Parameters
        ----------
        rows : narwhals.LazyFrame
            Made of this frame.

        Yields
        ------
        narwhals.DataFrame
            Rows, in one part from an engine that runs in this process.

        Raises
        ------
        QueryError
            If a database does not answer.
        """
        if self.engine == IBIS:
            yield from map(nw.from_native, run_in_batches(rows, self.queries.append))
        else:
            yield self.collect(rows)

    def batches(self) -> Iterator[Any]:
        """Yield all rows of a table of Ibis, some at a time; ``queries`` tells it at the end.

        Yields
        ------
        pyarrow.Table
            Rows; one table without any where there are none.

        Raises
        ------
        QueryError
            If the database does not answer.
        """
        yield from run_in_batches(self.lazy(), self.queries.append)

    def as_given(self, table: "nw.LazyFrame[Any]") -> Any:
        """Return a result in the form of the user's frame: a table where that was one, or lazy.

        Parameters
        ----------
        table : narwhals.LazyFrame
            The result.
        """
        return (table.collect() if self.eager else table).to_native()

    def check_columns(self, what: str, names: Iterable[str]) -> None:
        """Raise an error that names the columns that exist, where one is missing.

        Parameters
        ----------
        what : str
            What the columns are, for the message.
        names : iterable of str
            Wanted columns.

        Raises
        ------
        ValueError
            If a column is missing.
        """
        # a list in place of a name cannot be looked up
        missing = [name for name in names if not (isinstance(name, str) and name in self.dtypes)]
        if missing:
            more = ", ..." if len(self.columns) > 10 else ""
            shown = ", ".join(map(repr, self.columns[:10])) + more
            message = (
                f"{what} must be columns of the frame ({shown}), got "
                f"{', '.join(map(repr, missing[:5]))}"
            )
            raise ValueError(message)

    def kinds(self, names: Iterable[str], categorical: Collection[str] = ()) -> dict[str, Kind]:
        """Tell the kinds of columns of a lazy frame, decided as for rows in memory.

        Parameters
        ----------
        names : iterable of str
            Columns.
        categorical : collection of str
            Columns that are declared categorical.

        Returns
        -------
        dict of str to {"numerical", "categorical"}
            Numbers are numerical; strings, categories and booleans categorical.

        Raises
        ------
        TypeError
            If a column is nested.
        ValueError
            If a column holds dates, times or binary data that are not declared categories.
        """
        kinds: dict[str, Kind] = {}
        for name in names:
            dtype = self.dtypes[name]
            if name in categorical and not (dtype.is_nested() or dtype == nw.Binary):
                self._check_scored(name)
                kinds[name] = "categorical"
            # As in memory, where a column without a value is one of numbers, all of them missing.
            elif self._holds_nothing(name):
                kinds[name] = "numerical"
            else:
                kinds[name] = _kind(name, dtype)
        return kinds

    def _check_scored(self, name: str) -> None:
        """Raise TypeError where the levels of a column could be learnt, but no row be scored."""
        dtype = self.dtypes[name]
        is_number = dtype.is_numeric() or self._holds_nothing(name)
        if not (self.eager or is_number or self.compares_moments(name)):
            self.text(name)

    def _holds_nothing(self, name: str) -> bool:
        """Whether a column of no known type has missing values only."""
        return self.dtypes[name] == nw.Unknown and self._has_no_value(name)

    def _has_no_value(self, name: str) -> bool:
        """Ask the engine whether a column has missing values only."""
        n_present = n_true(~nw.col(name).is_null()).alias("n")
        return not self.collect(self.lazy().select(n_present)).item()

    def number(self, name: str) -> nw.Expr:
        """Return a column as float64.

        Parameters
        ----------
        name : str
            Column.

        Raises
        ------
        TypeError
            If the column holds neither numbers nor booleans.
        """
        dtype = self.dtypes[name]
        is_number = dtype.is_numeric() or dtype == nw.Boolean
        # As in memory, where text without a value is as good as numbers without one.
        if not (is_number or (dtype in (nw.Unknown, nw.String) and self._has_no_value(name))):
            message = f"column {name!r} must hold numbers, got type {dtype}"
            raise TypeError(message)
        x = nw.col(name).cast(nw.Float64)
        if not dtype.is_float():
            return x
        if self.engine == "duckdb":
            return _nan_to_null(x)
        if self.engine == IBIS and has_not_a_number(self.lazy().to_native()):
            # PostgreSQL sorts NaN behind infinity, others beside NULL: as NULL it has one meaning.
            return nw.when(~x.is_nan()).then(x)
        return x

    def is_missing(self, number: nw.Expr) -> nw.Expr:
        """Tell where a column of numbers, made by ``number``, has none.

        Parameters
        ----------
        number : narwhals.Expr
            Numbers as float64.
        """
        if self.engine in ("duckdb", IBIS):
            return number.is_null()
        return number.is_null() | number.is_nan()

    def value(self, value: Any) -> nw.Expr:
        """Return what stands for a value in an expression: itself, or its text read as float64.

        Parameters
        ----------
        value : str, int, float or None
            The value.
        """
        if self.engine == IBIS and isinstance(value, float):
            # PostgreSQL and others take 0.1 for a decimal number, and sums of such are decimal.
            return nw.lit(number_text(value)).cast(nw.Float64)
        return nw.lit(value)

    def weight(self, name: str) -> nw.Expr:
        """Return a column of weights as float64, 0 where they leave no digit of any sum.

        Parameters
        ----------
        name : str
            Column of numbers that are not negative.
        """
        w = self.number(name)
        return nw.when(w < LEAST_WEIGHT).then(self.value(0.0)).otherwise(w)

    def rows_of_weight(self, weights: str | None) -> "nw.LazyFrame[Any]":
        """Return the rows that have weight: one of weight 0 is no row, whatever it holds.

        Parameters
        ----------
        weights : str or None
            Column of numbers that are not negative; all rows are returned without one.
        """
        rows = self.lazy()
        return rows if weights is None else rows.filter(self.weight(weights) > 0.0)

    def text(self, name: str) -> nw.Expr:
        """Return a column as the text of its levels, unless it holds numbers with a fraction.

        Parameters
        ----------
        name : str
            Column.

        Raises
        ------
        TypeError
            If the text of the column depends on the engine (floats, times), or it is nested.
        """
        dtype = self.dtypes[name]
        if dtype == nw.Boolean:
            # Engines write booleans in ways of their own: these are the words of ``level_text``.
            word = nw.when(nw.col(name)).then(nw.lit("True")).otherwise(nw.lit("False"))
            return nw.when(~nw.col(name).is_null()).then(word)
        if dtype == nw.String:
            return nw.col(name)
        if (
            dtype.is_integer()
            or isinstance(dtype, nw.Categorical | nw.Enum | nw.Date)
            or self._holds_nothing(name)
        ):
            return nw.col(name).cast(nw.String)
        raise TypeError(_no_text(name, dtype))

    def compares_moments(self, name: str) -> bool:
        """Whether a column holds times without a zone that this engine compares exactly.

        Parameters
        ----------
        name : str
            Column.
        """
        dtype = self.dtypes[name]
        if not isinstance(dtype, nw.Datetime) or self.engine not in _SAME_MOMENTS:
            return False
        return dtype.time_zone is None

    def without_zeros(self, text: nw.Expr) -> nw.Expr:
        """Leave out zeros at the end of a decimal fraction, as ``LevelReader`` does.

        Parameters
        ----------
        text : narwhals.Expr
            A column of text.
        """
        shortened = text.str.replace_all(r"\.0+$", "")
        found = _MATCHED.get(self.engine, "${1}")
        return shortened.str.replace_all(r"(\.[0-9]*[1-9])0+$", found)


def open_frame(frame: Any) -> Frame:
    """Open a frame of any engine; nothing is read.

    Parameters
    ----------
    frame : frame
        A pandas, PyArrow or Polars table, a Polars lazy frame, a DuckDB relation, a PySpark data
        frame, a table of Ibis, or another frame that narwhals opens.

    Returns
    -------
    Frame
        The frame.

    Raises
    ------
    TypeError
        If narwhals does not know the frame, its columns have no names, or it is a table of Ibis in
        SQL Server or Oracle.
    ValueError
        If DuckDB reads the name of a column in another way: "*", and before DuckDB 2.0 names with
        a dot or a quotation mark.

    Examples
    --------
    >>> import pandas as pd
    >>> open_frame(pd.DataFrame({"age": [30, 41]})).columns
    ('age',)
    """
    if isinstance(frame, Frame):
        return frame
    table = nw.from_native(frame, pass_through=True)
    if not isinstance(table, nw.DataFrame | nw.LazyFrame):
        message = (
            f"frame must be a table of a known engine ({_ACCEPTED}), got {type(frame).__name__}"
        )
        raise TypeError(message)

    names: list[Any] = list(table.collect_schema())
    unnamed = [name for name in names if not isinstance(name, str)]
    if unnamed:
        message = f"columns of the frame must have names (strings), got {unnamed[0]!r}"
        raise TypeError(message)

    eager = isinstance(table, nw.DataFrame)
    # A remote session of Spark is asked as one in this process.
    engine = table.implementation.value.removesuffix("[connect]")
    if engine == "duckdb":
        _check_duckdb_names(names)
    if engine == IBIS:
        check_database(table.to_native())
    if engine in _THROUGH_ARROW:
        require("pyarrow", extra=_THROUGH_ARROW[engine], purpose=f"frames of {engine}")

    # A Polars table is asked lazily: its engine then runs the whole query at once.
    opened = table.lazy() if eager and engine == "polars" else table
    return Frame(opened, engine, dict(table.collect_schema()), eager)


def _no_text(name: str, dtype: Any) -> str:
    way_out = "cast it to text"
    if dtype.is_temporal():
        # Each engine writes times in its own way: a cast after the fit would make others of them.
        way_out = (
            "the text of times differs by engine, so make it text or a date before the fit and "
            "before scoring, or read the column into memory"
        )
    return f"column {name!r} must hold categories, got type {dtype}; {way_out}"


def listed_columns(names: Any) -> tuple[Any, ...]:
    """Return one name, several or none as a tuple; what is no name is left to ``check_columns``."""
    if names is None:
        return ()
    is_several = hasattr(names, "__iter__") and not isinstance(names, str | bytes)
    return tuple(names) if is_several else (names,)


def n_true(condition: nw.Expr) -> nw.Expr:
    """Count the rows where a condition holds."""
    # PostgreSQL makes no other integer of a boolean than this one, whose sums may overflow.
    return condition.cast(nw.Int32).cast(nw.Int64).sum()


def array_of(series: "nw.Series[Any]") -> Any:
    """Values of a series as an array; a dictionary of PyArrow is written out."""
    native = series.to_native()
    if not hasattr(getattr(native, "type", None), "index_type"):
        return series.to_numpy()
    # PyArrow before 21 makes no array of the small codes that DuckDB has for an enumeration.
    return native.cast(native.type.value_type).to_numpy()


def _check_duckdb_names(names: Sequence[str]) -> None:
    """Raise ValueError for names that DuckDB does not take for those of a column."""
    is_old = int(metadata.version("duckdb").split(".")[0]) < 2
    rule = "other than '*'" + ", without dots and quotation marks" * is_old
    for name in names:
        if name == "*" or (is_old and ("." in name or '"' in name)):
            message = (
                f"columns of a DuckDB relation must have names {rule}, got {name!r}, which it "
                "reads in another way; rename the column"
            )
            raise ValueError(message)


def _nan_to_null(x: nw.Expr) -> nw.Expr:
    """Replace NaN, without ``isnan``.

    DuckDB takes ``isnan`` for false where the statistics of a Parquet file show no NaN. They never
    do, whatever the file holds, and comparisons with NaN are simplified the same way (duckdb issue
    25521).
    """
    return nw.when(x.is_finite() | (x == float("inf")) | (x == float("-inf"))).then(x)


def _kind(name: str, dtype: Any) -> Kind:
    if dtype.is_numeric():
        return "numerical"
    if isinstance(dtype, nw.String | nw.Categorical | nw.Enum | nw.Boolean):
        return "categorical"
    if dtype.is_nested():
        message = f"argument must be a string or a number, got {dtype} in feature {name!r}"
        raise TypeError(message)
    message = (
        f"feature {name!r} must hold numbers or categories, got {dtype}; turn it into a number or "
        "a string"
    )
    raise ValueError(message)

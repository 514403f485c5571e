"""Bins in SQL: one CASE expression a feature, built as a tree of sqlglot.

The tests of a number run in an order that means the same on every engine. Engines differ in NaN:
some compare as IEEE 754 does, where NaN differs from itself, others put it above every number,
where it and its negative are both positive; ``x <> x OR (x > 0 AND -x > 0)`` finds it on both. An
infinite number is one beyond 1 that equals its half (half of the smallest number is 0, which
PostgreSQL calls an error).

Levels that are numbers or booleans are compared as text in one form: a column of integers, floats,
decimals, booleans or text gives the same points.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from infotheory._exports.quoting import check_read_back, check_words, has_line_breaks
from infotheory._exports.rules import FeatureRule
from infotheory._levels import LevelReader
from infotheory._optional import require
from infotheory.cells import UNSEEN

__all__ = [
    "CaseWriter",
    "LabelWriter",
    "are_whole",
    "check_distinct_names",
    "kept_columns",
    "kept_names",
    "known_dialect",
    "quoted_table",
    "write_bins_sql",
    "written_query",
]

TABLE = "t"

#: Dialects in which a literal without the prefix N loses what the code page of the database lacks.
_NATIONAL = ("tsql", "fabric")

#: Languages of formulas or pipelines: sqlglot reads them, and what it writes would not run there.
_NO_QUERIES = {"dax", "prql", "tableau"}

#: Dialects in which text has no length unless one is named.
_NEED_LENGTH = ("oracle", "teradata", "exasol")

#: Dialects whose older servers cannot trim zeros; so many decimals are listed for them.
_CANNOT_TRIM, _MOST_DECIMALS = ("tsql", "fabric"), 6

#: Points beyond it are written as float64, so that no engine overflows.
_MOST_WHOLE = 1e6

#: From the first on float64 joins whole numbers; 64 bits hold those below the second, and decimals
#: those below the third.
_LEAST_JOINED, _MOST_INTEGER, _MOST_DECIMAL = 2.0**53, 2.0**63, 1e38


def write_bins_sql(
    columns: Sequence[tuple[str, FeatureRule, bool]],
    table_name: str,
    dialect: str | None,
    *,
    keep: Sequence[str] | None,
    about: str,
) -> str:
    """Write a query that adds columns to a table: each its name, its rule, and if it is labels.

    The rule of labels gives codes. ``keep`` names the columns of the table that stay, all of them
    when None.
    """
    sqlglot = require("sqlglot", extra="sql", purpose="to_sql()")
    exp, dialect = sqlglot.exp, known_dialect(sqlglot, dialect)
    features = list(dict.fromkeys(rule.spec.name for _, rule, _ in columns))
    check_distinct_names([*kept_names(features, keep), *(name for name, _, _ in columns)])

    added = []
    for name, rule, is_labels in columns:
        # Integers are written as such only where the whole column holds them: one type a column.
        numbers = CaseWriter(exp, dialect, whole=are_whole([rule]))
        writer = LabelWriter(exp, rule, dialect) if is_labels else numbers
        added.append(exp.alias_(writer.case(rule), name, quoted=True))
    query = exp.select(*kept_columns(exp, keep), *added)
    query = query.from_(quoted_table(sqlglot, table_name, dialect))
    return written_query(sqlglot, query, about, dialect)


def kept_names(names: Sequence[str], keep: Sequence[str] | None) -> list[str]:
    """Names that the rows have already, of which those of characteristics are known."""
    if keep is None:
        return list(names)
    if isinstance(keep, str) or not all(isinstance(name, str) for name in keep):
        message = f"keep must be a list of names of columns, or None, got {keep!r}"
        raise ValueError(message)
    return list(keep)


def kept_columns(exp: Any, keep: Sequence[str] | None) -> list[Any]:
    """Columns of the table that stay."""
    if keep is None:
        return [exp.Column(this=exp.Star(), table=exp.to_identifier(TABLE, quoted=True))]
    return [exp.column(name, table=TABLE, quoted=True) for name in keep]


def check_distinct_names(names: Sequence[str]) -> None:
    """Raise ValueError where two columns have one name; engines compare them without case."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            message = (
                f"columns of the query must have distinct names, got {name!r} twice; rename the "
                "column, or leave it out of keep"
            )
            raise ValueError(message)
        seen.add(name.lower())


def written_query(sqlglot: Any, query: Any, comment: str, dialect: str | None) -> str:
    """Write a query as text that its dialect reads back."""
    check_words(sqlglot, query, dialect)
    pretty = not has_line_breaks(sqlglot, query)
    text = _comment(comment) + str(query.sql(dialect=dialect, pretty=pretty))
    check_read_back(sqlglot, query, text, dialect)
    return text


def _comment(about: str) -> str:
    """Put what a query is about before it, where no character ends the comment.

    Nor is one left that drivers look for in a comment too: ``?``, ``:name``, ``%s``, ``{``, ``;``.
    """
    if not about:
        return ""
    safe = re.sub(r"[^\w .,'-]|-(?=-)|(?<=-)-", lambda match: f"[{ord(match[0]):x}]", about)
    if safe.count("'") % 2:
        safe = safe.replace("'", "[27]")  # half of a pair would open text for a simple reader
    return f"/* {safe} */ "


def known_dialect(sqlglot: Any, dialect: str | None) -> str | None:
    """Return a dialect as sqlglot writes it, or raise ValueError where it cannot run the query."""
    languages = {value.value for value in sqlglot.Dialects if value.value}
    known = sorted(map(str, languages - _NO_QUERIES))
    if dialect is None:
        return None
    named = dialect.lower() if isinstance(dialect, str) else None
    if named not in known:
        message = f"dialect must be one of {', '.join(known)}, or None, got {dialect!r}"
        if named in _NO_QUERIES:
            message += ", in which no SELECT of a table runs"
        raise ValueError(message)
    return named


def quoted_table(sqlglot: Any, table_name: str, dialect: str | None) -> Any:
    """Parse the name of the table and quote its parts, so that nothing else can stand in it."""
    if not isinstance(table_name, str) or not table_name.strip():
        message = f"table_name must be the name of a table, got {table_name!r}"
        raise ValueError(message)
    try:
        table = sqlglot.exp.to_table(table_name, dialect=dialect)
    except (sqlglot.errors.SqlglotError, ValueError) as error:
        message = (
            f"table_name must be the name of a table, got {table_name!r}; quote it as the dialect "
            "does"
        )
        raise ValueError(message) from error

    # What was parsed as a name is written in quotes, and a comment beside it is dropped.
    for part in table.find_all(sqlglot.exp.Identifier):
        part.set("quoted", True)
    table.pop_comments()
    return sqlglot.exp.alias_(table, TABLE, quoted=True)


def are_whole(features: Iterable[FeatureRule], base: float = 0.0) -> bool:
    """Tell whether all numbers can be written as integers."""
    by_feature = [feature.points.tolist() for feature in features]
    known = [value for points in by_feature for value in points if not math.isnan(value)]
    return all(value.is_integer() and abs(value) < _MOST_WHOLE for value in [base, *known])


def _are_joined_at(value: float) -> bool:
    """Tell whether whole numbers that a column may hold beside each other are one float64."""
    return _LEAST_JOINED <= abs(value) < _MOST_DECIMAL


class CaseWriter:
    """Trees of the expressions of features.

    It holds sqlglot's module of expressions, and whether numbers are written as integers.
    """

    def __init__(self, exp: Any, dialect: str | None, *, whole: bool = False) -> None:
        self.exp, self.dialect, self.whole = exp, dialect, whole

    def case(self, feature: FeatureRule) -> Any:
        """Return the expression that looks up the value of one feature."""
        column = self.exp.column(feature.spec.name, table=TABLE, quoted=True)
        if feature.spec.kind == "categorical":
            return self._category(feature, column)
        return self._number(feature, column)

    def _category(self, feature: FeatureRule, column: Any) -> Any:
        """Points of a category: a case over its levels, in every way they may be written."""
        reader, is_missing = feature.spec.level_reader, self._is_null(column)
        texts: Callable[[str], list[str]] = reader.texts
        # A column of floats shows its NaN as this text, whatever the case of its letters.
        if reader.kind != "text":
            column = self._as_text(column)
            nan = self.exp.EQ(this=column, expression=self._text("nan"))
            is_missing = self.exp.or_(is_missing, nan)
            column, texts = self._without_zeros(column, reader)

        case = self.exp.case().when(is_missing, self.number_of(feature.missing))
        for levels, points in feature.level_groups:
            # A level that may be written in several ways is compared with all of them.
            values = [self._text(text) for level in levels for text in texts(level)]
            case = case.when(self._is_in(column, values), self.number_of(points))
        return case.else_(self.number_of(feature.unseen))

    def _as_text(self, column: Any) -> Any:
        """Return a column of numbers, booleans or text as text in small letters."""
        # Types of columns are not known here, and a comparison with numbers or booleans is an error
        # for text, one with text an error for numbers: only as text can all of them be compared.
        target = "varchar(255)" if self.dialect in _NEED_LENGTH else "varchar"
        return self.exp.Lower(this=self.exp.cast(column, target))

    def _without_zeros(
        self, text: Any, reader: LevelReader
    ) -> tuple[Any, Callable[[str], list[str]]]:
        """Make 1.0 and 1.00 the text 1; return the expression and the texts of a level."""
        exp = self.exp
        if self.dialect in _CANNOT_TRIM:
            zeros = ["", *("." + "0" * n for n in range(1, _MOST_DECIMALS + 1))]
            return text, lambda level: [
                t + end for t in reader.texts(level) for end in (zeros if t.isdigit() else [""])
            ]

        trimmed = text
        # Zeros first, then the point that is left of 1.00.
        for character in ("0", "."):
            trimmed = exp.Trim(
                this=trimmed, expression=exp.Literal.string(character), position="TRAILING"
            )
        # An exponent may end with a zero that means something.
        is_fraction = exp.and_(
            exp.Like(this=text, expression=self._text("%.%")),
            exp.not_(exp.Like(this=text, expression=self._text("%e%"))),
        )
        return exp.case().when(is_fraction, trimmed).else_(text), reader.texts

    def _number(self, feature: FeatureRule, column: Any) -> Any:
        """Write the tests of a number in the order that means the same on every engine."""
        exp = self.exp
        x = exp.cast(column, "double")
        zero, one = (exp.Literal.number(text) for text in "01")
        opposite = exp.GT(this=exp.Neg(this=x), expression=zero)
        nan = exp.and_(exp.GT(this=x, expression=zero), opposite)
        missing = exp.or_(self._is_null(x), exp.NEQ(this=x, expression=x), nan)

        # 0 is its own half, too, which the bounds of 1 leave out.
        half = exp.EQ(this=x, expression=exp.Div(this=x, expression=self.literal(2.0)))
        above, below = exp.GT(this=x, expression=one), exp.LT(this=x, expression=exp.Neg(this=one))

        # Special values come before infinite ones are refused: they may be infinite.
        case = exp.case().when(missing, self.number_of(feature.missing))
        for values, points in feature.special:
            # Infinity has no literal that all dialects share: it is told by its half.
            for beyond, infinity in ((above, math.inf), (below, -math.inf)):
                if infinity in values:
                    case = case.when(exp.and_(beyond, half), self.number_of(points))
            finite = [value for value in values if math.isfinite(value)]
            if finite:
                case = case.when(self._is_one_of(column, x, finite), self.number_of(points))
        case = case.when(exp.and_(exp.or_(above, below), half), exp.Null())

        # A value below its split was not below the one before, so one bound makes a bin.
        for split, points in zip(feature.spec.splits, feature.regular, strict=False):
            case = case.when(self._is_below(column, x, split), self.number_of(points))
        return case.else_(self.number_of(feature.regular[-1]))

    def _is_below(self, column: Any, x: Any, split: float) -> Any:
        """Write a comparison with a split that tells apart whole numbers that are one float64.

        Only numbers that are the split as floats meet it as they are stored: a column of floats
        would make a float of the whole number, and a shorter one than this.
        """
        exp, below = self.exp, self.exp.LT(this=x, expression=self.literal(split))
        if not _are_joined_at(split):
            return below
        rounds_up = exp.LT(this=column, expression=self._whole_literal(split))
        same = exp.EQ(this=x, expression=self.literal(split))
        return exp.or_(below, exp.and_(same, rounds_up))

    def _is_one_of(self, column: Any, x: Any, values: Sequence[float]) -> Any:
        """Write which numbers are special, told apart in the same way."""
        exp, tests = self.exp, []
        plain = [self.literal(value) for value in values if not _are_joined_at(value)]
        if plain:
            tests.append(self._is_in(x, plain))
        for value in filter(_are_joined_at, values):
            same = self._is_in(x, map(self.literal, self._casts_of(value)))
            whole = exp.EQ(this=column, expression=self._whole_literal(value))
            tests.append(exp.and_(same, whole))
        return exp.or_(*tests)

    def _casts_of(self, value: float) -> list[float]:
        """Floats that a whole number beyond 2**53 may be cast to, which it is itself as one."""
        # DuckDB (1.0 to 2.0) casts a negative HUGEINT or DECIMAL from there to 2**54 to the float
        # next to its own, every other time.
        is_odd = self.dialect == "duckdb" and value < 0.0 and -value < 2 * _LEAST_JOINED
        return [value, math.nextafter(value, 0.0)] if is_odd else [value]

    def _whole_literal(self, value: float) -> Any:
        """Write a whole number beyond 2**53 as one, a decimal where 64 bits do not hold it."""
        exp, text = self.exp, str(abs(int(value)))
        if abs(value) < _MOST_INTEGER:
            return self._signed(text, value)
        # a literal of this size is a float in some dialects, and an error in others
        target = "bigdecimal" if self.dialect == "bigquery" else "decimal(38, 0)"
        return exp.cast(exp.Literal.string(str(int(value))), target)

    def _is_null(self, column: Any) -> Any:
        return self.exp.Is(this=column, expression=self.exp.Null())

    def _is_in(self, column: Any, values: Iterable[Any]) -> Any:
        return self.exp.In(this=column, expressions=list(values))

    def number_of(self, points: float | None) -> Any:
        """Write what a value gets, NULL where it is refused."""
        if points is None:
            return self.exp.Null()
        if self.whole:
            return self._signed(str(abs(int(points))), points)
        return self.literal(points)

    def literal(self, value: float) -> Any:
        """Write a float64 so that it is read as one: the fewest digits, with an exponent."""
        text = repr(abs(float(value)))
        return self._signed(text if "e" in text else f"{text}e0", value)

    def _signed(self, text: str, value: float) -> Any:
        literal = self.exp.Literal.number(text)
        return self.exp.Neg(this=literal) if value < 0 else literal

    def _text(self, value: str) -> Any:
        if self.dialect in _NATIONAL and not value.isascii():
            return self.exp.National(this=value)
        return self.exp.Literal.string(value)


class LabelWriter(CaseWriter):
    """Trees of the labels of the bins of one characteristic, whose points are their codes."""

    def __init__(self, exp: Any, bins: FeatureRule, dialect: str | None) -> None:
        super().__init__(exp, dialect)
        self.labels = (*bins.spec.labels, UNSEEN)

    def number_of(self, points: float | None) -> Any:
        """Write the label of a code, NULL where a value is refused."""
        return self.exp.Null() if points is None else self._text(self.labels[int(points)])

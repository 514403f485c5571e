"""A card as a SQL query: what its characteristics look up, added up."""

from collections.abc import Sequence
from typing import Any

from infotheory._exports.sql import (
    CaseWriter,
    LabelWriter,
    are_whole,
    check_distinct_names,
    kept_columns,
    kept_names,
    known_dialect,
    quoted_table,
    written_query,
)
from infotheory._optional import require
from infotheory.scorecard.export.rules import CardColumns, CardRules

__all__ = ["write_all_sql", "write_sql"]

POINTS = "points"
#: The query whose columns the outer one adds up.
PARTS = "s"


def write_sql(
    rules: CardRules, table_name: str, dialect: str | None, keep: Sequence[str] | None = None
) -> str:
    """Write the query in a dialect of sqlglot; ``table_name`` is SQL of that dialect.

    ``keep`` names the columns of the table that stay, all of them when None.
    """
    sqlglot = require("sqlglot", extra="sql", purpose="to_sql()")

    names = [feature.spec.name for feature in rules.features]
    # Engines compare names without case: "Points" would hide the score.
    if any(name.lower() == POINTS for name in names):
        taken = next(name for name in names if name.lower() == POINTS)
        message = (
            f"no characteristic may be called {POINTS!r}, the name of the score, got {taken!r}; "
            "rename the column"
        )
        raise ValueError(message)
    # Columns of the table that nobody listed are known to the engine alone.
    check_distinct_names([*kept_names(names, keep), POINTS])
    dialect = known_dialect(sqlglot, dialect)

    exp = sqlglot.exp
    score = exp.alias_(_CardWriter(exp, rules, dialect).score(), POINTS, quoted=True)
    query = exp.select(*kept_columns(exp, keep), score)
    query = query.from_(quoted_table(sqlglot, table_name, dialect))
    return written_query(sqlglot, query, _about(rules), dialect)


def write_all_sql(
    columns: CardColumns, table_name: str, dialect: str | None, keep: Sequence[str] | None
) -> str:
    """Write the query of bins, evidence, points and probability (or mean), as ``write_sql``."""
    sqlglot = require("sqlglot", extra="sql", purpose="to_sql()")
    rules = columns.rules
    names = [feature.spec.name for feature in rules.features]
    added = [f"{name}_{what}" for name in names for what in ("bin", "woe", "points")]
    check_distinct_names([*kept_names(names, keep), *added, POINTS, columns.outcome])
    dialect = known_dialect(sqlglot, dialect)

    # The inner query looks each value up once; the outer one adds up.
    exp = sqlglot.exp
    points = _CardWriter(exp, rules, dialect)
    evidence = CaseWriter(exp, dialect)
    parts = []
    for of_points, of_evidence, of_bins in zip(
        rules.features, columns.evidence, columns.bins, strict=True
    ):
        name, label = of_points.spec.name, LabelWriter(exp, of_bins, dialect)
        for what, case in (
            ("bin", label.case(of_bins)),
            ("woe", evidence.case(of_evidence)),
            ("points", points.case(of_points)),
        ):
            parts.append(exp.alias_(case, f"{name}_{what}", quoted=True))
    inner = exp.select(*kept_columns(exp, keep), *parts)
    inner = inner.from_(quoted_table(sqlglot, table_name, dialect))

    star = exp.Column(this=exp.Star(), table=exp.to_identifier(PARTS, quoted=True))
    score, outcome = points.sum_of(names), points.outcome(columns, names)
    query = exp.select(
        star,
        exp.alias_(score, POINTS, quoted=True),
        exp.alias_(outcome, columns.outcome, quoted=True),
    ).from_(inner.subquery(exp.to_identifier(PARTS, quoted=True)))
    return written_query(sqlglot, query, _about(rules), dialect)


def _about(rules: CardRules) -> str:
    """Say what the points are about, where that is known."""
    return f"Scorecard, {rules.event}" if rules.event else ""


class _CardWriter(CaseWriter):
    """Trees of the expressions of a card."""

    def __init__(self, exp: Any, rules: CardRules, dialect: str | None) -> None:
        super().__init__(exp, dialect, whole=are_whole(rules.features, rules.base))
        self.rules = rules

    def score(self) -> Any:
        """Return the sum of all characteristics."""
        return self._added([self.case(feature) for feature in self.rules.features])

    def sum_of(self, names: Sequence[str]) -> Any:
        """Return the sum of the points that an inner query has looked up."""
        return self._added([self._part(f"{name}_points") for name in names])

    def outcome(self, columns: CardColumns, names: Sequence[str]) -> Any:
        """Return the probability of an event, or the mean, from evidence that was looked up."""
        exp = self.exp
        predictor = self.literal(columns.intercept)
        for name, coefficient in zip(names, columns.coefficients, strict=True):
            term = exp.Mul(this=self.literal(coefficient), expression=self._part(f"{name}_woe"))
            predictor = exp.Add(this=predictor, expression=term)
        if columns.link == "identity":
            return predictor
        if columns.link == "log":
            return exp.Exp(this=predictor)
        odds_against = exp.Exp(this=exp.Neg(this=exp.Paren(this=predictor)))
        below = exp.Paren(this=exp.Add(this=self.literal(1.0), expression=odds_against))
        return exp.Div(this=self.literal(1.0), expression=below)

    def _part(self, name: str) -> Any:
        return self.exp.column(name, table=PARTS, quoted=True)

    def _added(self, cases: list[Any]) -> Any:
        # A base of 0 adds nothing to the query but a term; a card without terms still needs a
        # number.
        total = self.number_of(self.rules.base) if self.rules.base or not cases else cases.pop(0)
        for case in cases:
            total = self.exp.Add(this=total, expression=case)
        return total

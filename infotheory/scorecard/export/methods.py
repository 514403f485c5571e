"""The exports of a card as methods: JSON, SQL, PMML and Python source."""

from collections.abc import Sequence
from typing import Literal

from infotheory._validation import check_option
from infotheory.scorecard.export.document import dump_card
from infotheory.scorecard.export.pmml import write_pmml
from infotheory.scorecard.export.python import write_python
from infotheory.scorecard.export.rules import columns_of_card, rules_of
from infotheory.scorecard.export.sql import write_all_sql, write_sql
from infotheory.scorecard.points.fitted import FittedCard

__all__ = ["CardExports"]


class CardExports:
    """What a fitted card is written as."""

    def to_json(self: FittedCard) -> str:
        """Write the card as one versioned JSON document.

        Returns
        -------
        str
            Bins, counts, weights of evidence, coefficients with covariance, points and settings,
            after the schema ``scorecard-1.schema.json`` in this package. It is what ``from_json``
            reads.
        """
        return dump_card(self)

    def to_sql(
        self: FittedCard,
        table_name: str,
        *,
        columns: Literal["points", "all"] = "points",
        keep: Sequence[str] | None = None,
        dialect: str | None = None,
    ) -> str:
        """Write a query that adds the points to a table, or all that the card says of its rows.

        Parameters
        ----------
        table_name : str
            Name of the table, in the SQL of the dialect: ``loans``, ``bank.loans``, ``"my loans"``.
        columns : {"points", "all"}
            "points" adds the score. "all" adds before it, for each characteristic, the label of
            the bin, its weight of evidence and its points (``age_bin``, ``age_woe``,
            ``age_points``), and after it the probability of an event (``probability``).
        keep : sequence of str, optional
            Columns of the table that stay, such as its keys; all of them when None, none when
            empty.
        dialect : str, optional
            A dialect of sqlglot ("duckdb", "sqlite", "postgres", "mysql", "tsql", "snowflake",
            "bigquery", "spark", "oracle", ...). Without one the query is written in sqlglot's own
            dialect, which DuckDB and SQLite read.

        Returns
        -------
        str
            ``SELECT`` of columns of the table and those that are added; a comment before it says
            which label is the event.

        Raises
        ------
        ValueError
            If the dialect or the name of the table is not valid, a column would have the name of
            another, or the dialect cannot express a special value; if "all" is asked of a card of
            another package, which has no evidence.
        MissingDependencyError
            If sqlglot is not installed.

        Notes
        -----
        Names are quoted as they are in the card. Columns of numbers are compared as float64, NULL
        and NaN are missing, and a value that ``predict_points`` refuses makes the points NULL.
        Categories are compared as the engine compares text: choose a collation that knows case and
        trailing blanks.
        """
        check_option("columns", columns, ("points", "all"))
        if columns == "points":
            return write_sql(rules_of(self), table_name, dialect, keep)
        return write_all_sql(columns_of_card(self), table_name, dialect, keep)

    def to_pmml(self: FittedCard) -> str:
        """Write the card as a PMML 4.4 Scorecard.

        Returns
        -------
        str
            The document. The output field ``points`` is the score; the description of the header
            says which label is the event. Missing values are missing
            fields; a value that ``predict_points`` refuses is invalid, and the evaluator gives an
            error or no result.

        Raises
        ------
        ValueError
            If a name or level holds a character that XML cannot carry.

        Notes
        -----
        No reason codes are written: PMML ranks every characteristic and cannot keep one out, so
        that a protected attribute could be given.
        """
        return write_pmml(rules_of(self))

    def to_python(self: FittedCard) -> str:
        """Write the card as Python source that needs nothing beyond the standard library.

        Returns
        -------
        str
            Source that defines ``score(row: dict) -> float``; a comment says which label is the
            event. None and NaN are missing; a missing
            key raises KeyError, and a value that ``predict_points`` refuses raises ValueError or
            TypeError.
        """
        return write_python(rules_of(self))

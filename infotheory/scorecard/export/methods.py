"""Methods of a card that write it for other places, and read it back."""

from typing import Any, Self

from sklearn.utils.validation import check_is_fitted

from infotheory.scorecard.export.document import dump_card, read_card
from infotheory.scorecard.export.pmml import write_pmml
from infotheory.scorecard.export.python import write_python
from infotheory.scorecard.export.rules import CardRules, rules_of
from infotheory.scorecard.export.sql import write_sql

__all__ = ["Exports"]


class Exports:
    """Exports of a fitted card; each gives the points of ``predict_points``."""

    def to_json(self) -> str:
        """Write the card as one versioned JSON document.

        Returns
        -------
        str
            Bins, counts, weights of evidence, coefficients with covariance, points and settings,
            after the schema ``scorecard-1.schema.json`` in this package. It is what ``from_json``
            reads.
        """
        check_is_fitted(self, "points_")
        return dump_card(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a card that ``to_json`` wrote.

        Parameters
        ----------
        text : str
            The document.

        Returns
        -------
        Scorecard
            A fitted card with the same points and probabilities; its binner is frozen.

        Raises
        ------
        ValueError
            If the text is not such a document.
        """
        return read_card(cls, text)

    def to_sql(self, table_name: str, *, dialect: str | None = None) -> str:
        """Write a query that adds the points to a table.

        Parameters
        ----------
        table_name : str
            Name of the table, in the SQL of the dialect: ``loans``, ``bank.loans``, ``"my loans"``.
        dialect : str, optional
            A dialect of sqlglot ("duckdb", "sqlite", "postgres", "mysql", "tsql", "snowflake",
            "bigquery", "spark", "oracle", ...). Without one the query is written in sqlglot's own
            dialect, which DuckDB and SQLite read.

        Returns
        -------
        str
            ``SELECT`` of all columns of the table and the column ``points``.

        Raises
        ------
        ValueError
            If the dialect or the name of the table is not valid, a characteristic is called
            "points", or the dialect cannot express a special value.
        MissingDependencyError
            If sqlglot is not installed.

        Notes
        -----
        Names are quoted as they are in the card. Columns of numbers are compared as float64, NULL
        and NaN are missing, and a value that ``predict_points`` refuses makes the points NULL.
        Categories are compared as the engine compares text: choose a collation that knows case and
        trailing blanks.
        """
        return write_sql(self._rules(), table_name, dialect)

    def to_pmml(self) -> str:
        """Write the card as a PMML 4.4 Scorecard.

        Returns
        -------
        str
            The document. The output field ``points`` is the score. Missing values are missing
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
        return write_pmml(self._rules())

    def to_python(self) -> str:
        """Write the card as Python source that needs nothing beyond the standard library.

        Returns
        -------
        str
            Source that defines ``score(row: dict) -> float``. None and NaN are missing; a missing
            key raises KeyError, and a value that ``predict_points`` refuses raises ValueError or
            TypeError.
        """
        return write_python(self._rules())

    def _rules(self) -> CardRules:
        check_is_fitted(self, "points_")
        card: Any = self
        return rules_of(card)

"""What a fitted card is written as, for programs that do not know this package."""

from collections.abc import Sequence
from typing import Literal

from sklearn.utils.validation import check_is_fitted

from infotheory._validation import check_option
from infotheory.scorecard.export.database import ROWS_OF_DBT, dbt_model
from infotheory.scorecard.export.onnx_model import write_onnx
from infotheory.scorecard.export.pmml import write_pmml
from infotheory.scorecard.export.python import write_python
from infotheory.scorecard.export.rules import columns_of_card, rules_of
from infotheory.scorecard.export.sas import write_sas
from infotheory.scorecard.export.scorer import CardScorer, make_scorer
from infotheory.scorecard.export.sql import write_all_sql, write_sql
from infotheory.scorecard.points.fitted import AnyCard, event_direction

__all__ = ["CardExports"]


class CardExports:
    """A fitted card in other languages: each method hands its rules to a function of ``export``."""

    def to_sql(
        self: AnyCard,
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
            ``age_points``), and after it the probability of an event (``probability``) or the
            ``mean``.
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
            which label is the event, or what the mean is of.

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
        return _query(self, table_name, columns, keep, dialect)

    def to_dbt(
        self: AnyCard,
        model: str,
        *,
        columns: Literal["points", "all"] = "points",
        keep: Sequence[str] | None = None,
        dialect: str | None = None,
    ) -> str:
        """Write a model of dbt: a view of another model with its points.

        Parameters
        ----------
        model : str
            Name of the dbt model that holds the rows.
        columns, keep, dialect
            See ``to_sql``; the dialect is that of the warehouse.

        Returns
        -------
        str
            Text of the model's file. Names and levels that look like templates stay as they are.

        Raises
        ------
        ValueError
            As ``to_sql``; if a name or level holds ``{% endraw``.
        MissingDependencyError
            If sqlglot is not installed.
        """
        return dbt_model(_query(self, ROWS_OF_DBT, columns, keep, dialect), model)

    def to_sas(
        self: AnyCard,
        table_name: str,
        output: str,
        *,
        columns: Literal["points", "all"] = "points",
        keep: Sequence[str] | None = None,
    ) -> str:
        """Write a SAS data step that adds the points to a table, or all that the card says.

        Parameters
        ----------
        table_name : str
            Table that is read: ``loans``, ``bank.loans``.
        output : str
            Table that is made.
        columns : {"points", "all"}
            What is added, as in ``to_sql``.
        keep : sequence of str, optional
            Columns of the table that stay; all of them when None.

        Returns
        -------
        str
            The data step; a comment before it says which label is the event, or what the mean is
            of.

        Raises
        ------
        ValueError
            If SAS cannot hold a name (32 bytes), a level (blank, or another one but for trailing
            blanks) or a special value (infinite), a column would have the name of another, or "all"
            is asked of a card of another package.

        Warns
        -----
        ApproximationWarning
            If splits or special codes are 2**53 or more: the format has no whole numbers there.

        Notes
        -----
        All missing values of SAS are missing, blank text too. A value that ``predict_points``
        refuses has missing points. Names that are no words of SAS need ``options
        validvarname=any;``, and other letters than ASCII a session in UTF-8.
        """
        check_option("columns", columns, ("points", "all"))
        whole = columns_of_card(self) if columns == "all" else None
        return write_sas(table_name, output, rules_of(self), whole, keep)

    def to_pmml(self: AnyCard) -> str:
        """Write the card as a PMML 4.4 Scorecard.

        Returns
        -------
        str
            The document. The output field ``points`` is the score; the description of the header
            says which label is the event, or what the mean is of. Missing values are missing
            fields; a value that ``predict_points`` refuses is invalid, and the evaluator gives an
            error or no result.

        Raises
        ------
        ValueError
            If a name or level holds a character that XML cannot carry.

        Warns
        -----
        ApproximationWarning
            If splits or special codes are 2**53 or more: the format has no whole numbers there.

        Notes
        -----
        No reason codes are written: PMML ranks every characteristic and cannot keep one out, so
        that a protected attribute could be given.
        """
        return write_pmml(rules_of(self))

    def to_onnx(self: AnyCard, *, missing_text: str = "") -> bytes:
        """Write the card as an ONNX model.

        Parameters
        ----------
        missing_text : str
            What stands for a missing value in columns of text: ONNX has none.

        Returns
        -------
        bytes
            The model, to be written to a file or handed to a runtime. It has one input of shape
            (rows, 1) a characteristic, by its name: float64, or text where the levels of a
            characteristic are no numbers. Outputs of shape (rows, 1): ``points``, and ``label``
            beside ``probabilities`` of shape (rows, 2), in the order of ``classes_``; of a mean
            ``mean`` in place of these two. A card of another package has points only. What
            ``predict_points`` refuses has NaN.

        Raises
        ------
        ValueError
            If ``missing_text`` is a level, or a characteristic has the name of an output.
        MissingDependencyError
            If onnx is not installed.

        Warns
        -----
        ApproximationWarning
            If splits or special codes are 2**53 or more: the format has no whole numbers there.

        Notes
        -----
        Opset 16, ``ai.onnx.ml`` 3, without operators of its own. NaN is missing in columns of
        numbers. Levels that all are numbers or booleans are compared as numbers, True as 1.

        References
        ----------
        .. [1] ONNX, Open Neural Network Exchange, operators of version 1.11.
        """
        check_is_fitted(self, "points_")
        return write_onnx(
            rules_of(self),
            columns_of_card(self) if self.origin_ == "fit" else None,
            getattr(self, "classes_", None),
            event_is_second=event_direction(self) > 0.0,
            missing_text=missing_text,
        )

    def to_python(self: AnyCard) -> str:
        """Write the card as Python source that needs nothing beyond the standard library.

        Returns
        -------
        str
            Source that defines ``score(row: dict) -> float``; a comment says which label is the
            event, or what the mean is of. None and NaN are missing; a missing
            key raises KeyError, and a value that ``predict_points`` refuses raises ValueError or
            TypeError.
        """
        return write_python(rules_of(self))

    def scorer(self: AnyCard) -> CardScorer:
        """Compile the card for a service that scores one applicant at a time.

        Returns
        -------
        CardScorer
            Takes a mapping of characteristics to values and returns the points of
            ``predict_points`` (equal where points are rounded and spread, within 1e-9 elsewhere),
            in about a microsecond a characteristic, from any thread, without a data frame.

        Examples
        --------
        >>> import numpy as np
        >>> from infotheory.scorecard import Scorecard
        >>> x = np.arange(200.0)
        >>> card = Scorecard().fit(x[:, None], (x % 7 + x / 50 > 5).astype(int))
        >>> score = card.scorer()
        >>> score({"x0": 30.0}) == float(card.predict_points([[30.0]])[0])
        True
        """
        return make_scorer(rules_of(self))


def _query(
    card: AnyCard,
    table_name: str,
    columns: str,
    keep: Sequence[str] | None,
    dialect: str | None,
) -> str:
    """Write the query of ``to_sql``, on which a model of dbt rests too."""
    check_option("columns", columns, ("points", "all"))
    if columns == "points":
        return write_sql(rules_of(card), table_name, dialect, keep)
    return write_all_sql(columns_of_card(card), table_name, dialect, keep)

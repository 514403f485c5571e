"""The monitor of a card in use: counts of reference rows, against which periods are compared."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from infotheory._any_table import AnyTable
from infotheory._documents import check_schema, load_schema, read_document, sound, within
from infotheory._rows import Rows, needed
from infotheory._typing import ArrayLike, IntArray
from infotheory._validation import check_integer
from infotheory.binning.prebins.rows import quantile_splits
from infotheory.cells import UNSEEN, BinSpec
from infotheory.evidence.stability import SHIFT
from infotheory.inference import Estimate
from infotheory.scorecard.card.classifier import Scorecard
from infotheory.scorecard.card.regressor import ScorecardRegressor
from infotheory.scorecard.export.document import card_of_document, document_schema
from infotheory.scorecard.monitoring._engines import score_frame
from infotheory.scorecard.monitoring._means import (
    MEAN_FORMAT,
    mean_document_of_monitor,
    mean_measures,
    read_mean_monitor,
)
from infotheory.scorecard.monitoring._performance import performance_measures
from infotheory.scorecard.monitoring._reference import Reference
from infotheory.scorecard.monitoring._restored import parts_of_document
from infotheory.scorecard.monitoring._rows import check_reference, score_periods, score_rows
from infotheory.scorecard.monitoring._tables import SCORE, compare_rows, describe
from infotheory.scorecard.monitoring.result import MonitoringResult
from infotheory.scorecard.points.fitted import AnyCard, check_two_classes, link_of

__all__ = ["ScorecardMonitor"]

FORMAT = "infotheory scorecard monitor"
VERSION = 1
SCHEMA = "monitor-1.schema.json"
MEAN_SCHEMA = "mean-monitor-1.schema.json"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScorecardMonitor:
    """A fitted scorecard with the counts of reference rows, to compare later periods with.

    What ``compare`` finds has intervals and tests.

    Build it with :meth:`from_reference` (or :meth:`from_reference_frame` on any engine), keep it
    with :meth:`to_json`.

    Parameters
    ----------
    card : Scorecard or ScorecardRegressor
        The fitted card, or one read from the export of another package; without a scale it has no
        probabilities, and calibration is left out.
    score_bins : BinSpec
        Frozen bands of points.
    score_table : CountTable or EvidenceTable
        Reference rows by band and class, or sums of another target by band.
    tables : dict of str to CountTable or EvidenceTable
        Reference rows of each characteristic by bin and class; the last bin holds unseen
        categories.
    performance : dict of str to Estimate
        Discrimination and calibration on the reference rows.
    description : dict of str to float
        Sizes and means of the reference rows.

    Notes
    -----
    Two tests of a period over frozen bins stand side by side: Pearson's chi-square of two samples
    asks whether anything has changed (``moved``), and with enough rows something always has; the
    test behind ``alarm`` asks whether the index exceeds ``tolerance``. The customary bands of the
    index (0.10, 0.25) know nothing of sizes. The reference is a sample too, and its noise is
    in the test. It may be the training rows: that bins are quantiles of these rows, or were learnt
    on them, leaves the size of the test as it is (simulated, see the documentation), while AUC and
    Gini of training rows flatter, so that hold-out rows make the better reference for those.

    Characteristics are tested together in each period (Benjamini-Hochberg), as are the measures of
    performance; the score has a test of its own. An alarm is corrected once more, for the number of
    periods and of these families (Holm): twelve stable months alarm, at all, with a probability of
    at most ``alpha``.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"income": rng.normal(size=2000)})
    >>> y = (rng.random(2000) < 1 / (1 + np.exp(1 + X["income"]))).astype(int)
    >>> monitor = ScorecardMonitor.from_reference(Scorecard().fit(X, y), X, y)
    >>> text = monitor.to_json()
    >>> periods = {"May": {"X": X[:900]}, "June": {"X": X[:900] + 1}}
    >>> result = ScorecardMonitor.from_json(text).compare(periods)
    >>> score = result.stability.query("feature == 'score'")
    >>> score[["period", "alarm", "band"]].to_numpy().tolist()
    [['May', False, 'stable'], ['June', True, 'large shift']]
    """

    card: "Scorecard | ScorecardRegressor"
    score_bins: BinSpec
    score_table: "AnyTable"
    tables: "dict[str, AnyTable]"
    performance: dict[str, Estimate]
    description: dict[str, float]

    @classmethod
    def from_reference(
        cls,
        card: "Scorecard | ScorecardRegressor",
        X: Any,
        y: ArrayLike | None,
        sample_weight: ArrayLike | None = None,
        *,
        n_score_bins: int = 10,
    ) -> Self:
        """Count reference rows.

        Parameters
        ----------
        card : Scorecard or ScorecardRegressor
            A fitted card.
        X : array-like or frame of shape (n_rows, n_columns)
            At least the columns of the card.
        y : array-like of shape (n_rows,)
            Labels of the card, both of them; the event is that of the card, ``event_label_``. Of a
            card of a mean the amounts.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights; the exposures of a rate.
        n_score_bins : int
            Largest number of bands of the score, quantiles of the reference rows.

        Returns
        -------
        ScorecardMonitor
            The monitor.

        Raises
        ------
        ValueError
            If a column is absent, there are no rows, y is None, a label is foreign or a class
            absent, or ``n_score_bins`` is not a positive integer.
        """
        check_is_fitted(card, "points_")
        check_integer("n_score_bins", n_score_bins)
        if y is None:
            message = (
                "y must hold the outcomes of the reference rows, got None; use rows whose outcomes "
                "are known"
            )
            raise ValueError(message)
        rows = score_rows(card, X, y, sample_weight, name="reference")
        return cls(card=card, **_reference_counts(card, rows, n_score_bins))

    @classmethod
    def from_reference_frame(
        cls,
        card: Scorecard,
        frame: Any,
        target: str,
        *,
        sample_weight: str | None = None,
        n_score_bins: int = 10,
    ) -> Self:
        """Count reference rows of a frame of any engine, as :meth:`from_reference` does in memory.

        Parameters
        ----------
        card : Scorecard
            A fitted card.
        frame : frame
            A pandas, PyArrow or Polars table, a Polars lazy frame, a DuckDB relation, or a PySpark
            data frame with at least the columns of the card.
        target : str
            Column with the labels of the card, both of them.
        sample_weight : str, optional
            Column of sampling weights.
        n_score_bins : int
            Largest number of bands of the score, quantiles of the reference rows.

        Returns
        -------
        ScorecardMonitor
            The monitor.

        Raises
        ------
        ValueError
            If a column is absent, there are no rows, a label is foreign or missing, a class is
            absent, there are more than 5 000 000 different rows of bin codes, or ``n_score_bins``
            is not a positive integer.
        TypeError
            If the frame is of no known engine, or a column does not hold what its bins are made of.
        """
        check_is_fitted(card, "points_")
        check_two_classes(card, "monitors of frames")
        check_integer("n_score_bins", n_score_bins)
        rows = score_frame(card, frame, target, sample_weight, name="reference")
        return cls(card=card, **_reference_counts(card, rows, n_score_bins))

    def compare(
        self,
        X: Any,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        periods: Any = None,
        period_order: Sequence[Any] | None = None,
        level: float = 0.95,
        alpha: float = 0.05,
        tolerance: float = SHIFT,
    ) -> MonitoringResult:
        """Compare one or more periods with the reference.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_columns), or mapping
            At least the columns of the card; or a mapping of the name of each period to a mapping
            with its X, and optionally y and sample_weight.
        y : array-like of shape (n_rows,), optional
            Labels of the card, whose event it is; None where outcomes are not known yet, which
            leaves discrimination and calibration out.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights.
        periods : str or array-like of shape (n_rows,), optional
            Period of each row: a column of X or values, such as ``dates.dt.to_period("M")``. One
            period when None.
        period_order : sequence, optional
            The periods from the first to the last. Without it they are in the order of their
            dates, of text that reads as dates, months ("2024-05") or quarters ("2024-Q1"), of
            numbers and of ordered categories; other text is in the order of its rows, where these
            lie in memory with each period in one block.
        level : float
            Coverage of the intervals.
        alpha : float
            Size of the test behind each critical value, and probability of any alarm where nothing
            has changed in all periods.
        tolerance : float
            Stability index that does no harm, at least 0: an alarm says that an index exceeds it by
            more than chance explains. With 0 every change alarms. Performance is tested for any
            change.

        Returns
        -------
        MonitoringResult
            Tidy tables; missing, special and unseen values are counted in bins of their own. What a
            period cannot tell (discrimination from rows of one class or of one score, anything from
            no rows) is NaN in its rows alone, with the reason beside it.

        Raises
        ------
        ValueError
            If a characteristic is absent, there are no rows at all, labels are foreign, or an
            option is not valid; the message names the period.
        """
        if not isinstance(X, Mapping):
            rows = score_rows(
                self.card,
                X,
                y,
                sample_weight,
                periods=periods,
                period_order=period_order,
                name="period",
            )
            return compare_rows(self, rows, level=level, alpha=alpha, tolerance=tolerance)

        arguments = {"y": y, "sample_weight": sample_weight, "periods": periods}
        # In a mapping each period brings its own; what stands beside it would be ignored.
        beside = [name for name, value in arguments.items() if value is not None]
        if beside:
            message = (
                "where X is a mapping of periods, its entries hold y and sample_weight, got "
                f"{beside} beside it"
            )
            raise ValueError(message)
        rows = score_periods(self.card, X, period_order)
        return compare_rows(self, rows, level=level, alpha=alpha, tolerance=tolerance)

    def compare_frame(
        self,
        frame: Any,
        target: str | None = None,
        *,
        sample_weight: str | None = None,
        periods: str | None = None,
        period_order: Sequence[Any] | None = None,
        level: float = 0.95,
        alpha: float = 0.05,
        tolerance: float = SHIFT,
    ) -> MonitoringResult:
        """Compare the periods of a frame of any engine with the reference.

        The engine groups the rows by period, bins of the characteristics and class, in one scan;
        score, probability and all measures follow from these groups, and the result is that of
        :meth:`compare` on the rows.

        Parameters
        ----------
        frame : frame
            A frame of any engine with at least the columns of the card.
        target : str, optional
            Column with the labels of the card; None where outcomes are not known yet.
        sample_weight : str, optional
            Column of sampling weights.
        periods : str, optional
            Column with the period of each row; one period when None.
        period_order : sequence, optional
            As for :meth:`compare`; needed for text that names no time where the rows do not lie in
            memory.
        level : float
            Coverage of the intervals.
        alpha : float
            Size of the test behind each critical value, and probability of any alarm where nothing
            has changed in all periods.
        tolerance : float
            Stability index that does no harm, at least 0: an alarm says that an index exceeds it by
            more than chance explains. With 0 every change alarms. Performance is tested for any
            change.

        Returns
        -------
        MonitoringResult
            As :meth:`compare`.

        Raises
        ------
        ValueError
            If a column is absent, there are no rows, a period is missing, ``target`` is given
            beside a card of a mean (whose rows ``compare`` takes), a label is foreign or
            missing, there are more than 5 000 000 different rows of period and bin codes, or an
            option is not valid.
        TypeError
            If the frame is of no known engine, or a column does not hold what its bins are made of.
        """
        if target is not None:
            check_two_classes(self.card, "outcomes of a frame")
        rows = score_frame(
            self.card,
            frame,
            target,
            sample_weight,
            periods=periods,
            period_order=period_order,
            name="period",
        )
        return compare_rows(self, rows, level=level, alpha=alpha, tolerance=tolerance)

    def to_json(self) -> str:
        """Write card and reference as one versioned JSON document.

        Returns
        -------
        str
            Keys format, version, card (the document of :meth:`Scorecard.to_json`), score,
            characteristics, performance, description.
        """
        of_mean = isinstance(self.card, ScorecardRegressor)
        document = mean_document_of_monitor(self) if of_mean else _document(self)
        return json.dumps(document, allow_nan=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote.

        Parameters
        ----------
        text : str
            The document.

        Returns
        -------
        ScorecardMonitor
            A monitor that compares as the first did. The estimates of ``performance`` keep value
            and standard error; their intervals are normal.

        Raises
        ------
        ValueError
            If the text is not such a document, of another version, or damaged; the message names
            the place, as in ``$.score.counts[2][0] must be at least 0, got -1``.
        """
        if _names_format(text, MEAN_FORMAT):
            of_mean = load_schema("infotheory.scorecard.monitoring", MEAN_SCHEMA)
            return cls(**read_mean_monitor(text, of_mean))
        schema = load_schema("infotheory.scorecard.monitoring", SCHEMA)
        document = read_document(text, FORMAT, VERSION, schema)
        with sound(FORMAT):
            # The card is a document of its own inside this one, whose schema is checked first.
            check_schema(document["card"], document_schema(), "$.card")
            with within("$.card"):
                card = card_of_document(document["card"], Scorecard)
            return cls(card=card, **parts_of_document(document, card))


def _names_format(text: str, form: str) -> bool:
    """Tell whether a text is a document of this format, be it sound or not."""
    try:
        document = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("format") == form


def _summed(rows: Rows, codes: IntArray, labels: Sequence[str]) -> AnyTable:
    """Count rows by code and class, or add up their target."""
    if rows.kind is None:
        return rows.table(codes, labels)
    return rows.kind.table(codes, rows.target, labels, rows.weights)


def _reference_counts(card: AnyCard, rows: Rows, n_score_bins: int) -> dict[str, Any]:
    """Count reference rows by band of the score and by bin: what stands beside the card."""
    check_reference(card, rows)
    score, mass = needed(rows.score, "score"), rows.mass
    # Rows without weight set no limit of a band.
    held = mass > 0.0
    splits = quantile_splits(score[held], mass[held], n_score_bins)
    score_bins = BinSpec(name=SCORE, kind="numerical", splits=tuple(splits.tolist()))

    # Points are finite, so that their bands need no codes of missing or unseen values.
    bands = score_bins.labels[: score_bins.n_bins]
    columns = needed(rows.codes, "codes").T
    return {
        "score_bins": score_bins,
        "score_table": _summed(rows, score_bins.encode(score), bands),
        "tables": {
            name: _summed(rows, codes, (*spec.labels, UNSEEN))
            for (name, spec), codes in zip(card.binner_.specs_.items(), columns, strict=True)
        },
        "performance": performance_measures(rows)
        if rows.kind is None
        else mean_measures(rows, rows.kind, getattr(link_of(card), "power", 1.0)),
        "description": describe(rows),
    }


def _document(reference: Reference) -> dict[str, Any]:
    """Lay out a reference as plain data; numbers that are not known become null."""
    performance = {
        name: {"value": e.value, "standard_error": e.standard_error, "method": e.method}
        for name, e in reference.performance.items()
    }
    description = {
        name: None if np.isnan(value) else value for name, value in reference.description.items()
    }
    score = {"bins": reference.score_bins.to_dict(), **_plain_table(reference.score_table)}

    return {
        "format": FORMAT,
        "version": VERSION,
        "card": json.loads(reference.card.to_json()),
        "score": score,
        "characteristics": {name: _plain_table(table) for name, table in reference.tables.items()},
        "performance": performance,
        "description": description,
    }


def _plain_table(table: AnyTable) -> dict[str, Any]:
    return {
        "labels": list(table.labels),
        "counts": table.counts.tolist(),
        "squared_weights": table.squared_weights.tolist(),
    }

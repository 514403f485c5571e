"""Methods of the monitor for frames of any engine: only rows of bin codes with their counts leave it."""

from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from infotheory._validation import check_integer
from infotheory.engines import count_patterns, open_frame
from infotheory.scorecard.card_frames import MAX_PATTERNS
from infotheory.scorecard.monitoring._rows import ScoredRows, check_periods, scores_of_codes
from infotheory.scorecard.monitoring.result import MonitoringResult

__all__ = ["MonitorFrames"]


class MonitorFrames:
    """Reference and comparison on frames of any engine; the attributes they read are those of ``ScorecardMonitor``."""

    __slots__ = ()

    @classmethod
    def from_reference_frame(
        cls,
        card: Any,
        frame: Any,
        target: str,
        *,
        sample_weight: str | None = None,
        n_score_bins: int = 10,
    ) -> Self:
        """Count reference rows of a frame of any engine, as :meth:`ScorecardMonitor.from_reference` does in memory.

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
        check_integer("n_score_bins", n_score_bins)
        monitor: Any = cls
        made: Self = monitor._of_rows(
            card, _score_frame(card, frame, target, sample_weight, None, "reference"), n_score_bins
        )
        return made

    def compare_frame(
        self,
        frame: Any,
        target: str | None = None,
        *,
        sample_weight: str | None = None,
        by: str | None = None,
        level: float = 0.95,
        alpha: float = 0.05,
    ) -> MonitoringResult:
        """Compare the periods of a frame of any engine with the reference.

        The engine groups the rows by period, bins of the characteristics and class, in one scan;
        score, probability and all measures follow from these groups, and the result is that of
        :meth:`ScorecardMonitor.compare` on the rows.

        Parameters
        ----------
        frame : frame
            A frame of any engine with at least the columns of the card.
        target : str, optional
            Column with the labels of the card; None where outcomes are not known yet.
        sample_weight : str, optional
            Column of sampling weights.
        by : str, optional
            Column with the period of each row, in the order of its values; one period when None.
        level : float
            Coverage of the intervals.
        alpha : float
            Size of the tests behind critical values and alarms.

        Returns
        -------
        MonitoringResult
            As :meth:`ScorecardMonitor.compare`.

        Raises
        ------
        ValueError
            If a column is absent, there are no rows, a period is missing, without weight or of one
            class, a label is foreign or missing, there are more than 5 000 000 different rows of
            period and bin codes, or an option is not valid.
        TypeError
            If the frame is of no known engine, or a column does not hold what its bins are made of.
        """
        monitor: Any = self
        rows = _score_frame(monitor.card, frame, target, sample_weight, by, "period")
        result: MonitoringResult = monitor._compare(rows, level, alpha)
        return result


def _score_frame(
    card: Any,
    frame: Any,
    target: str | None,
    sample_weight: str | None,
    by: str | None,
    name: str,
) -> ScoredRows:
    """Score the distinct rows of bin codes of a frame, one entry a period, pattern and class."""
    found = count_patterns(
        open_frame(frame),
        card.binner_.specs_,
        target=target,
        event_label=None if target is None else card.binner_.event_label,
        sample_weight=sample_weight,
        group=by,
        classes=None if target is None else card.classes_.tolist(),
        max_patterns=MAX_PATTERNS,
    )
    place, label = np.nonzero(found.counts)
    points, probability = scores_of_codes(card, found.codes)
    rows = ScoredRows(
        codes=found.codes[place],
        points=points[place],
        probability=probability[place],
        target=np.full(place.size, np.nan) if target is None else label.astype(np.float64),
        weights=found.counts[place, label],
        squared_weights=found.squared_weights[place, label],
        period=np.zeros(place.size, dtype=np.intp) if found.group is None else found.group[place],
        names=found.groups or (name,),
    )
    check_periods(rows)
    return rows

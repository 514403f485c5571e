"""Methods of a card for frames of any engine: fitted on grouped rows, and points as an expression."""

from collections.abc import Sequence
from typing import Any, Self

import narwhals as nw
import numpy as np
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import FloatArray
from infotheory.engines import bin_column, count_patterns, open_frame
from infotheory.scorecard.points.binners import fit_binner_on_frame

__all__ = ["MAX_PATTERNS", "CardFrames"]

#: Most distinct rows of bin codes (counted by class) that are collected from an engine; with 20 characteristics they
#: take 2.6 GiB while a card is fitted.
MAX_PATTERNS = 5_000_000

POINTS = "points"


class CardFrames:
    """Fit and points of a card on frames of any engine; the attributes they read are those of ``Scorecard``."""

    binner: Any
    binner_: Any
    points_: dict[str, FloatArray]
    base_: float

    def fit_frame(
        self,
        frame: Any,
        target: str,
        *,
        weights: str | None = None,
        protected: str | Sequence[str] | None = None,
        features: Sequence[str] | None = None,
        random_state: int = 0,
    ) -> Self:
        """Learn bins, coefficients and points from a frame of any engine.

        The bins are those of ``fit_frame`` of the binner (two passes). The engine then groups the
        rows by their bins (one scan), and the regression is that of ``fit`` on these patterns: bins
        that are equal give equal coefficients, covariances and points. Patterns are counted, rather
        than gradients added up at every Newton step, because one scan serves the coefficients and
        their covariance with the weights of evidence, which needs squared residuals by every pair
        of bins.

        Parameters
        ----------
        frame : frame
            A pandas, PyArrow or Polars table, a Polars lazy frame, a DuckDB relation, or a PySpark
            data frame.
        target : str
            Column with two distinct labels.
        weights : str, optional
            Column of sampling weights.
        protected : str or sequence of str, optional
            Columns of protected attributes, for a binner whose ``fit`` takes them.
        features : sequence of str, optional
            Columns of the features; all columns with no other role when None. Those of a frozen
            binner are known.
        random_state : int
            Seed of the sample that places the pre-bins.

        Returns
        -------
        Scorecard
            The fitted card.

        Raises
        ------
        ValueError
            If an option or the data is not valid, a column is missing, or there are more than
            ``MAX_PATTERNS`` (5 000 000) patterns.
        TypeError
            If the frame is of no known engine, or a column does not hold what its bins are made of.
        """
        card: Any = self
        card._check_options()
        opened = open_frame(frame)
        card.binner_ = fit_binner_on_frame(
            self.binner,
            opened,
            target,
            weights=weights,
            protected=protected,
            features=features,
            random_state=random_state,
        )
        counted = count_patterns(
            opened,
            card.binner_.specs_,
            target=target,
            event_label=card.binner_.event_label,
            weights=weights,
            max_patterns=MAX_PATTERNS,
        )
        card.classes_, card.event_label_ = np.array(counted.classes), counted.event_label
        card._fit_patterns(counted)
        return self

    def predict_points_frame(self, frame: Any) -> Any:
        """Score rows of a frame of any engine in points, on that engine.

        Parameters
        ----------
        frame : frame
            A frame with the features of the fit; other columns are kept.

        Returns
        -------
        frame
            The frame with the column ``points``, equal to ``predict_points``; lazy where the engine
            is: nothing is computed before it is used. Where ``predict_points`` would raise for a
            row (an infinite number that is not special, an unseen category with
            ``cat_unknown="error"``, a bin without known points) a lazy frame holds null.

        Raises
        ------
        ValueError
            If a feature is missing, or there is a column called ``points`` already.
        TypeError
            If a column does not hold what its bins are made of.
        """
        check_is_fitted(self, "points_")
        card: Any = self
        opened = open_frame(frame)
        opened.check_columns("features of the fit", self.binner_.specs_)
        if POINTS in opened.columns:
            message = (
                f"frame must have no column called {POINTS!r}, which the result adds; rename or "
                "drop it"
            )
            raise ValueError(message)
        if opened.eager:
            table = opened.lazy().collect()
            points = card.predict_points(table.select(list(self.binner_.specs_)).to_native())
            return table.with_columns(
                nw.new_series(POINTS, points, backend=table.implementation)
            ).to_native()
        total = nw.lit(self.base_)
        for name, spec in self.binner_.specs_.items():
            known = [None if np.isnan(value) else value for value in self.points_[name].tolist()]
            total = total + bin_column(spec, np.array(known, dtype=object), opened)
        return opened.as_given(opened.lazy().with_columns(total.alias(POINTS)))

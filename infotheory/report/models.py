"""What a report asks of a fitted model: bins, a score, probabilities. A scorecard has them, and so has a pipeline."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.points.codes import log_odds_of_codes, points_of_codes
from infotheory.scorecard.points.fitted import FittedCard

__all__ = ["Model", "as_model"]

POINTS = "points"
LOG_ODDS = "log odds of a non-event"
PROBABILITY = "probability of a non-event"


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A fitted model as the report sees it.

    Parameters
    ----------
    estimator : estimator
        The scorecard or the pipeline.
    binner : estimator
        Its fitted binner.
    score_name : str
        What the score is: points, log odds or probability of a non-event; higher is safer in each
        case.
    """

    estimator: Any
    binner: Any
    score_name: str

    @property
    def is_card(self) -> bool:
        """Whether the model has points."""
        return self.score_name == POINTS

    @property
    def names(self) -> list[str]:
        """Names of the characteristics, in order."""
        return list(self.binner.specs_)

    @property
    def classes(self) -> list[Any]:
        """The two labels, sorted."""
        labels: list[Any] = self.estimator.classes_.tolist()
        return labels

    @property
    def event(self) -> Any:
        """Label of the event."""
        label = self.binner.event_label
        return self.classes[1] if label is None else label

    @property
    def nonevent(self) -> Any:
        """Label of the non-event."""
        return next(label for label in self.classes if label != self.event)

    @property
    def plain_binner(self) -> Any:
        """The binner without the ``FrozenEstimator`` around it."""
        return self.binner.estimator if isinstance(self.binner, FrozenEstimator) else self.binner

    def rows(self, frame: pd.DataFrame) -> Any:
        """Columns of the model, as a frame or an array, as they were in the fit.

        Parameters
        ----------
        frame : DataFrame
            At least the columns of the model.
        """
        return rows_of(self.binner, frame)

    def scores(self, frame: pd.DataFrame, codes: IntArray) -> tuple[FloatArray, FloatArray]:
        """Score and probability of an event of each row.

        Parameters
        ----------
        frame : DataFrame
            At least the columns of the model.
        codes : ndarray of shape (n_rows, n_features)
            Bin codes of the same rows.
        """
        if self.is_card:
            return _card_scores(self.estimator, codes, event_last=self.event == self.classes[1])
        rows = self.rows(frame)
        probability = _event_probability(self, rows)
        return (
            _log_odds(self, rows) if self.score_name == LOG_ODDS else 1.0 - probability
        ), probability

    def coefficients(self) -> list[dict[str, Any]] | None:
        """Coefficients of a linear classifier on the bins of a pipeline, without errors; None where there are none."""
        final = self.estimator[-1]
        values = np.asarray(getattr(final, "coef_", np.zeros(0)))
        if (
            values.shape != (1, len(self.names))
            or len(self.estimator) != 2
            or self.binner.metric != "woe"
        ):
            return None
        event = values[0] * (1.0 if self.event == self.classes[1] else -1.0)
        safer = -1.0 if self.binner.woe_sign == "nonevent" else 1.0
        note = "a classifier of another package: no standard errors, no tests"
        nothing = dict.fromkeys(("standard_error", "low", "high", "vif", "p_value"))
        return [
            {
                "feature": name,
                "coefficient": value,
                "sign_ok": value * safer >= 0.0,
                **nothing,
                "p_value_note": note,
            }
            for name, value in zip(self.names, event.tolist(), strict=True)
        ]


def as_model(estimator: Any, frame: pd.DataFrame) -> Model:
    """Read a fitted scorecard or pipeline.

    Parameters
    ----------
    estimator : Scorecard or Pipeline
        A fitted card, or a fitted pipeline whose first step is a binner of this package and whose
        last step is a classifier with ``predict_proba``.
    frame : DataFrame
        Training rows. They tell whether the ``decision_function`` of a pipeline is the log odds of
        its probabilities, which are then its score; the probability of a non-event is the score
        otherwise.

    Returns
    -------
    Model
        The model.

    Raises
    ------
    TypeError
        If the estimator is neither.
    ValueError
        If a column of the model is absent, or the card was read from another package.
    """
    if hasattr(estimator, "predict_points"):
        check_is_fitted(estimator, "points_")
        if estimator.origin_ != "fit":
            message = (
                "a report needs a card that was fitted on rows, got one read from "
                f"{estimator.origin_}, without counts"
            )
            raise ValueError(message)
        model = Model(estimator, estimator.binner_, POINTS)
        check_columns(model, frame, "train")
        return model
    first = estimator[0] if isinstance(estimator, Pipeline) else None
    if not (hasattr(first, "bin_codes") and hasattr(estimator, "predict_proba")):
        message = (
            "a report needs a fitted Scorecard, or a Pipeline that starts with a binner of "
            "infotheory.binning and ends "
            f"with a classifier that has predict_proba, got {type(estimator).__name__}"
        )
        raise TypeError(message)
    check_is_fitted(first)
    model = Model(estimator, first, PROBABILITY)
    check_columns(model, frame, "train")
    if hasattr(estimator, "decision_function"):
        rows = model.rows(frame.iloc[:1000])
        log_odds, probability = _log_odds(model, rows), _event_probability(model, rows)
        if log_odds.ndim == 1 and np.allclose(
            special.expit(-log_odds), probability, rtol=1e-6, atol=1e-9
        ):
            return Model(estimator, first, LOG_ODDS)
    return model


def check_columns(model: Model, frame: pd.DataFrame, sample: str) -> None:
    """Raise ValueError where a column of the model is absent.

    Parameters
    ----------
    model : Model
        The model.
    frame : DataFrame
        The rows.
    sample : str
        Name of the sample, for the message.
    """
    known = set(frame.columns)
    absent = [column for column in model.names if column not in known]
    if absent:
        message = (
            f"X of the {sample} sample must hold every column of the model, got none named "
            f"{absent[:5]}"
        )
        raise ValueError(message)


def rows_of(binner: Any, frame: pd.DataFrame) -> Any:
    """Columns of a binner, as a frame where it was fitted to one, as an array otherwise.

    Parameters
    ----------
    binner : estimator
        Fitted binner.
    frame : DataFrame
        At least its columns.

    Returns
    -------
    DataFrame or ndarray
        The columns in the order of the fit.
    """
    rows = frame[list(binner.specs_)]
    return rows if hasattr(binner, "feature_names_in_") else rows.to_numpy()


def _card_scores(
    card: FittedCard, codes: IntArray, *, event_last: bool
) -> tuple[FloatArray, FloatArray]:
    log_odds = log_odds_of_codes(card, codes)
    return points_of_codes(card, codes), special.expit(log_odds if event_last else -log_odds)


def _event_probability(model: Model, rows: Any) -> FloatArray:
    return np.asarray(
        model.estimator.predict_proba(rows)[:, model.classes.index(model.event)], dtype=np.float64
    )


def _log_odds(model: Model, rows: Any) -> FloatArray:
    """Log odds of a non-event, where the decision function is the log odds of the second class."""
    value = np.asarray(model.estimator.decision_function(rows), dtype=np.float64)
    return -value if model.event == model.classes[1] else value

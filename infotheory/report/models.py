"""What a report asks of a fitted model: a scorecard, or a binner alone or in a pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from scipy import special
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from infotheory._target import TargetLabels
from infotheory._target_kinds import TargetKind
from infotheory._typing import FloatArray, IntArray, LabelArray
from infotheory.binning.features import FittedBinner
from infotheory.binning.prebins.options import why_not_learnt_again
from infotheory.scorecard import Scorecard, ScorecardRegressor
from infotheory.scorecard.points.codes import event_log_odds_of_codes, points_of_codes
from infotheory.scorecard.points.fitted import kind_of, link_of
from infotheory.scorecard.points.signs import wrong_signs

__all__ = [
    "CardModel",
    "PipelineModel",
    "ReportedModel",
    "labels_of",
    "model_columns",
    "options_of_card",
    "past_preparation",
    "read_model",
    "read_target_model",
]

LOG_ODDS = "log odds of a non-event"
PROBABILITY = "probability of a non-event"
_ROWS_THAT_TELL_THE_SCORE = 1000

#: Rows on which coefficients are tested: columns, labels and weights.
TestRows = tuple[pd.DataFrame, LabelArray, FloatArray | None]


#: A sample as it is handed in: "X", "y" and what stands beside them.
Rows = Mapping[str, Any]


class Prepared(NamedTuple):
    """A card out of its pipeline, the rows that it takes, and what must be said of it."""

    model: Any
    X: Any
    holdout: Rows | None
    notes: tuple[str, ...]


class ReportedModel(Protocol):
    """A fitted model behind one face; what it does not have is None."""

    @property
    def binner(self) -> FittedBinner:
        """The fitted binner."""

    @property
    def labels(self) -> TargetLabels | TargetKind:
        """The two labels, and which of them is the event; or what another target is."""

    @property
    def score_name(self) -> str:
        """What the score is; higher is safer where there are two classes. Empty without one."""

    def about(self) -> dict[str, Any]:
        """Name, scale and status."""

    def options(self) -> dict[str, Any]:
        """Return the parameters, those of parts included."""

    def scores(self, frame: pd.DataFrame, codes: IntArray) -> tuple[FloatArray, FloatArray]:
        """Score and probability of an event, or predicted mean, of each row; empty without one."""

    def coefficients(
        self, rows: TestRows | None, level: float
    ) -> pd.DataFrame | list[dict[str, Any]] | None:
        """Coefficients with their errors, tested on the rows where there are some."""

    def points(self, level: float) -> pd.DataFrame | None:
        """Points by bin with their intervals."""

    def reasons(self, frame: pd.DataFrame, n_reasons: int) -> pd.DataFrame | None:
        """Reasons for a low score, row by row."""

    def never_reasons(self) -> list[str]:
        """Characteristics that are kept from being a reason."""


@dataclass(frozen=True, slots=True, eq=False)
class CardModel:
    """A fitted scorecard."""

    # The card
    card: Scorecard
    # Its binner, taken out of a `FrozenEstimator`
    binner: FittedBinner
    # The two labels
    labels: TargetLabels

    @property
    def score_name(self) -> str:
        """What the score is."""
        return "points"

    def about(self) -> dict[str, Any]:
        """Name, scale and status."""
        return {
            "model": type(self.card).__name__,
            "pdo": self.card.pdo,
            "base_points": self.card.base_points,
            "base_odds": self.card.base_odds,
            "status": self.card.status_,
        }

    def options(self) -> dict[str, Any]:
        """Return the parameters, those of parts included."""
        return options_of_card(self.card)

    def scores(
        self,
        frame: pd.DataFrame,  # noqa: ARG002 - a pipeline needs the rows
        codes: IntArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Points and probability of an event of each row."""
        log_odds = event_log_odds_of_codes(self.card, codes)
        return points_of_codes(self.card, codes), special.expit(log_odds)

    def coefficients(self, rows: TestRows | None, level: float) -> pd.DataFrame:
        """Coefficients with their errors, tested on the rows where there are some."""
        if rows is None:
            return self.card.coefficient_table(level=level)
        frame, y, weights = rows
        columns = model_columns(self.binner, frame)
        return self.card.coefficient_table(columns, y, weights, level=level)

    def points(self, level: float) -> pd.DataFrame:
        """Points by bin with their intervals."""
        return self.card.point_intervals(level=level)

    def reasons(self, frame: pd.DataFrame, n_reasons: int) -> pd.DataFrame:
        """Reasons for a low score, row by row."""
        return self.card.reason_codes(model_columns(self.binner, frame), n_reasons)

    def never_reasons(self) -> list[str]:
        """Characteristics that are kept from being a reason."""
        return [str(name) for name in self.card.exclude_from_reasons]


@dataclass(frozen=True, slots=True, eq=False)
class PipelineModel:
    """A fitted pipeline that starts with a binner and ends with a classifier: it has no points."""

    # The pipeline
    pipeline: Pipeline
    # Its first step, taken out of a `FrozenEstimator`
    binner: FittedBinner
    # The two labels
    labels: TargetLabels
    # What the score is: log odds or probability of a non-event
    score_name: str = PROBABILITY

    def about(self) -> dict[str, Any]:
        """Name; there is no scale and no status."""
        name = _steps_of(self.pipeline)
        return {"model": name} | dict.fromkeys(("pdo", "base_points", "base_odds", "status"))

    def options(self) -> dict[str, Any]:
        """Return the parameters, those of parts included."""
        return self.pipeline.get_params(deep=True)

    def scores(
        self,
        frame: pd.DataFrame,
        codes: IntArray,  # noqa: ARG002 - a card needs the codes
    ) -> tuple[FloatArray, FloatArray]:
        """Log odds or probability of a non-event, and probability of an event, of each row."""
        rows = model_columns(self.binner, frame)
        probability = self.event_probability(rows)
        score = self.safe_log_odds(rows) if self.score_name == LOG_ODDS else 1.0 - probability
        return score, probability

    def event_probability(self, rows: Any) -> FloatArray:
        """Probability of an event."""
        column = self.labels.classes.tolist().index(self.labels.event)
        return np.asarray(self.pipeline.predict_proba(rows)[:, column], dtype=np.float64)

    def safe_log_odds(self, rows: Any) -> FloatArray:
        """Log odds of a non-event, if the decision function is the log odds of the second class."""
        value = np.asarray(self.pipeline.decision_function(rows), dtype=np.float64)
        return value * -self._event_sign()

    def coefficients(
        self,
        rows: TestRows | None,  # noqa: ARG002 - a classifier of another package has no tests
        level: float,  # noqa: ARG002
    ) -> list[dict[str, Any]] | None:
        """Coefficients of a linear classifier on weights of evidence, without errors and tests."""
        names = list(self.binner.features_)
        # Weights of evidence straight into the classifier: only then has each coefficient a
        # characteristic, and its sign a meaning.
        values = np.asarray(getattr(self.pipeline[-1], "coef_", np.zeros(0)))
        on_evidence = len(self.pipeline) == 2 and self.binner.get_params()["metric"] == "woe"
        if not on_evidence or values.shape != (1, len(names)):
            return None

        of_event = values[0] * self._event_sign()
        wrong = wrong_signs(of_event, self.binner.woe_sign)
        absent = dict.fromkeys(
            ("standard_error", "low", "high", "vif", "p_value", "adjusted_p_value")
        )
        return [
            {
                "feature": name,
                "coefficient": value,
                "sign_ok": not is_wrong,
                **absent,
                "p_value_note": "a classifier of another package: no standard errors, no tests",
            }
            for name, value, is_wrong in zip(names, of_event.tolist(), wrong.tolist(), strict=True)
        ]

    def points(self, level: float) -> None:
        """Return None: there are no points."""

    def reasons(self, frame: pd.DataFrame, n_reasons: int) -> None:
        """Return None: without points there are no reasons."""

    def never_reasons(self) -> list[str]:
        """Return nothing: there are no reasons at all."""
        return []

    def _event_sign(self) -> float:
        """Return 1.0 where log odds of the second class are those of an event, else -1.0."""
        return 1.0 if self.labels.event == self.labels.classes.tolist()[1] else -1.0


@dataclass(frozen=True, slots=True, eq=False)
class MeanCardModel:
    """A fitted card of a mean, with its binner taken out of a ``FrozenEstimator``."""

    card: ScorecardRegressor
    binner: FittedBinner
    labels: TargetKind

    @property
    def score_name(self) -> str:
        """What the score is."""
        return "points"

    def about(self) -> dict[str, Any]:
        """Name, scale, link and status."""
        scale = self.card.point_scale()
        return {
            "model": type(self.card).__name__,
            "pdo": self.card.pdo,
            "base_points": self.card.base_points,
            "base_mean": scale.base_mean,
            "rising": scale.rising,
            "link": self.card.link_.name,
            "power": getattr(self.card.link_, "power", None),
            "status": self.card.status_,
        }

    def options(self) -> dict[str, Any]:
        """Return the parameters, those of parts included."""
        return options_of_card(self.card)

    def scores(
        self,
        frame: pd.DataFrame,  # noqa: ARG002 - as of other models
        codes: IntArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Points and predicted mean of each row."""
        predictor = event_log_odds_of_codes(self.card, codes)
        return points_of_codes(self.card, codes), link_of(self.card).mean(predictor)

    def coefficients(
        self,
        rows: TestRows | None,  # noqa: ARG002 - there is no test of a single characteristic
        level: float,
    ) -> pd.DataFrame:
        """Coefficients with their errors."""
        return self.card.coefficient_table(level=level)

    def points(self, level: float) -> pd.DataFrame:
        """Points by bin with their intervals."""
        return self.card.point_intervals(level=level)

    def reasons(self, frame: pd.DataFrame, n_reasons: int) -> pd.DataFrame:
        """Reasons for a low score, row by row."""
        return self.card.reason_codes(model_columns(self.binner, frame), n_reasons)

    def never_reasons(self) -> list[str]:
        """Characteristics that are kept from being a reason."""
        return [str(name) for name in self.card.exclude_from_reasons]


@dataclass(frozen=True, slots=True, eq=False)
class MeanPipelineModel:
    """A fitted pipeline that starts with a binner of a number and ends with a regressor.

    Its score is the predicted mean: it has no points.
    """

    pipeline: Pipeline
    binner: FittedBinner
    labels: TargetKind
    score_name: str = "predicted mean"

    def about(self) -> dict[str, Any]:
        """Name, and the power of the variance where the regressor has one."""
        name = _steps_of(self.pipeline)
        absent = ("pdo", "base_points", "base_mean", "rising", "link", "status")
        power = getattr(self.pipeline[-1], "power", None) if self.labels.kind == "rate" else None
        # Deviances of other powers are of other laws (0 of any number, 3 of inverse Gaussian).
        in_range = isinstance(power, int | float) and 1.0 <= power <= 2.0
        return {"model": name, "power": power if in_range else None} | dict.fromkeys(absent)

    def options(self) -> dict[str, Any]:
        """Return the parameters, those of parts included."""
        return self.pipeline.get_params(deep=True)

    def scores(
        self,
        frame: pd.DataFrame,
        codes: IntArray,  # noqa: ARG002 - a card needs the codes
    ) -> tuple[FloatArray, FloatArray]:
        """Predicted mean of each row, which is the score too."""
        rows = model_columns(self.binner, frame)
        mean = np.asarray(self.pipeline.predict(rows), dtype=np.float64)
        return mean, mean

    def coefficients(self, rows: TestRows | None, level: float) -> None:
        """Return None: a regressor of another package tells no errors."""

    def points(self, level: float) -> None:
        """Return None: there are no points."""

    def reasons(self, frame: pd.DataFrame, n_reasons: int) -> None:
        """Return None: without points there are no reasons."""

    def never_reasons(self) -> list[str]:
        """Return nothing: there are no reasons at all."""
        return []


@dataclass(frozen=True, slots=True, eq=False)
class BinnerModel:
    """A fitted binner alone, whose target is no two classes: it has bins, and no score."""

    binner: FittedBinner
    labels: TargetKind
    score_name: str = ""

    def about(self) -> dict[str, Any]:
        """Name alone: there is no scale and no regression."""
        names = ("pdo", "base_points", "base_mean", "rising", "link", "power", "status")
        return {"model": type(self.binner).__name__} | dict.fromkeys(names)

    def options(self) -> dict[str, Any]:
        """Return the parameters."""
        return dict(self.binner.get_params())

    def scores(
        self,
        frame: pd.DataFrame,  # noqa: ARG002 - as of other models
        codes: IntArray,  # noqa: ARG002
    ) -> tuple[FloatArray, FloatArray]:
        """Return nothing: there is no score."""
        return np.zeros(0), np.zeros(0)

    def coefficients(self, rows: TestRows | None, level: float) -> None:
        """Return None: there is no regression."""

    def points(self, level: float) -> None:
        """Return None: there are no points."""

    def reasons(self, frame: pd.DataFrame, n_reasons: int) -> None:
        """Return None: without points there are no reasons."""

    def never_reasons(self) -> list[str]:
        """Return nothing: there are no reasons at all."""
        return []


def labels_of(model: ReportedModel) -> TargetLabels:
    """Return the two labels of a model that has two."""
    if not isinstance(model.labels, TargetLabels):
        message = f"two classes are needed here, got target_type={model.labels.kind!r}"
        raise TypeError(message)
    return model.labels


def read_target_model(estimator: Any) -> ReportedModel | None:
    """Read a card of a mean, or a binner of another target than two classes; None of all others."""
    if isinstance(estimator, ScorecardRegressor):
        check_is_fitted(estimator, "points_")
        kind = kind_of(estimator)
        if kind is None:
            message = f"a card of a mean must know its target, got {estimator!r:.80}"
            raise ValueError(message)
        return MeanCardModel(estimator, _without_frost(estimator.binner_), kind)
    if isinstance(estimator, Pipeline):
        return _read_mean_pipeline(estimator)

    inner = _without_frost(estimator)
    kind = getattr(inner, "target_kind_", None)
    if not hasattr(inner, "bin_codes") or kind is None or hasattr(inner, "predict_points"):
        return None
    return BinnerModel(inner, kind)


def _read_mean_pipeline(pipeline: Pipeline) -> MeanPipelineModel | None:
    """Read a pipeline whose first step bins a target that is a number; None of all others."""
    binner = _without_frost(pipeline[0])
    kind: TargetKind | None = getattr(binner, "target_kind_", None)
    if kind is None or not hasattr(binner, "bin_codes"):
        return None
    if kind.classes or not hasattr(pipeline, "predict"):
        message = (
            "a report on a pipeline needs a binner of two classes and a classifier, or one of a "
            f"number and a regressor, got target_type={kind.kind!r} and "
            f"{type(pipeline[-1]).__name__}; report on the binner, pipeline[0]"
        )
        raise TypeError(message)
    check_is_fitted(pipeline[-1])
    return MeanPipelineModel(pipeline, binner, kind)


def _steps_of(pipeline: Pipeline) -> str:
    """Names of the steps of a pipeline, in their order."""
    return " + ".join(type(step).__name__ for _, step in pipeline.steps)


def past_preparation(model: Any, X: Any, holdout: Rows | None) -> Prepared:
    """Take a card out of a pipeline that prepares its columns, and prepare the rows.

    The report is on the card, whose characteristics are the prepared columns.
    """
    if not isinstance(model, Pipeline) or not hasattr(model[-1], "predict_points"):
        return Prepared(model, X, holdout, ())
    steps = model[:-1]
    # A step may be left empty, and scikit-learn transforms nothing by a pipeline without steps.
    names = ", ".join(
        type(step).__name__ for _, step in steps.steps if step not in (None, "passthrough")
    )
    if not names:
        return Prepared(model[-1], X, holdout, ())
    if holdout is not None:
        holdout = {**holdout, "X": steps.transform(holdout["X"])}
    note = (
        f"The card stands behind {names} in a pipeline: its characteristics, bins and codes are "
        "those of the columns that these give."
    )
    return Prepared(model[-1], steps.transform(X), holdout, (note,))


def read_model(estimator: Scorecard | Pipeline, frame: pd.DataFrame) -> ReportedModel:
    """Read a fitted scorecard or pipeline."""
    if hasattr(estimator, "predict_points"):
        return _read_card(estimator)

    first = estimator[0] if isinstance(estimator, Pipeline) else None
    if not (hasattr(first, "bin_codes") and hasattr(estimator, "predict_proba")):
        message = (
            "a report needs a fitted Scorecard, or a Pipeline that starts with a binner of "
            "infotheory.binning and ends with a classifier that has predict_proba, got "
            f"{type(estimator).__name__}"
        )
        raise TypeError(message)
    check_is_fitted(first)
    return _read_pipeline(estimator, _without_frost(first), frame)


def _read_card(card: Scorecard) -> CardModel:
    check_is_fitted(card, "points_")
    if card.origin_ != "fit":
        message = (
            "a report needs a card that was fitted on rows, got one read from "
            f"{card.origin_}, without counts"
        )
        raise ValueError(message)
    binner = _without_frost(card.binner_)
    return CardModel(card, binner, TargetLabels.of(card))


def _read_pipeline(pipeline: Pipeline, binner: FittedBinner, frame: pd.DataFrame) -> PipelineModel:
    labels = TargetLabels(pipeline.classes_, binner.event_label_)
    model = PipelineModel(pipeline, binner, labels)
    if not hasattr(pipeline, "decision_function"):
        return model

    # A decision function may be anything (a margin, say): the rows tell whether it is log odds.
    rows = model_columns(binner, frame.iloc[:_ROWS_THAT_TELL_THE_SCORE])
    log_odds, probability = model.safe_log_odds(rows), model.event_probability(rows)
    if log_odds.ndim == 1 and np.allclose(
        special.expit(-log_odds), probability, rtol=1e-6, atol=1e-9
    ):
        return PipelineModel(pipeline, binner, labels, LOG_ODDS)
    return model


def options_of_card(card: Scorecard | ScorecardRegressor) -> dict[str, Any]:
    """Return the parameters of a card, of its binner only where it is known how that learns."""
    options = card.get_params(deep=True)
    if why_not_learnt_again(_without_frost(card.binner_)) is None:
        return options
    # Those of the binner in its place are the defaults, and not what the bins were learnt with.
    of_card = {key: value for key, value in options.items() if not key.startswith("binner")}
    return of_card | {"binner": "not known"}


def _without_frost(binner: FittedBinner | FrozenEstimator) -> FittedBinner:
    """Take a binner out of the ``FrozenEstimator`` around it."""
    inner: FittedBinner = binner.estimator if isinstance(binner, FrozenEstimator) else binner
    return inner


def model_columns(binner: FittedBinner, frame: pd.DataFrame, sample: str = "train") -> Any:
    """Columns of a binner, as a frame where it was fitted to one, as an array otherwise."""
    known = set(frame.columns)
    absent = [name for name in binner.features_ if name not in known]
    if absent:
        message = (
            f"X of the {sample} sample must hold every column of the model, got none named "
            f"{absent[:5]}"
        )
        raise ValueError(message)
    # A binner that was fitted to an array warns of names that it did not see.
    rows = frame[list(binner.features_)]
    return rows if hasattr(binner, "feature_names_in_") else rows.to_numpy()

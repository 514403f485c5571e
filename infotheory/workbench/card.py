"""The card on the bins of a session, fitted in a thread while edits go on."""

import sys
import threading
from collections.abc import Callable
from typing import Any

import pandas as pd
from sklearn.frozen import FrozenEstimator

from infotheory._target_kinds import TargetKind
from infotheory._warnings import collect_warnings
from infotheory.binning._base import BaseBinner
from infotheory.inference import Estimate
from infotheory.scorecard import CardComparison, Scorecard, ScorecardRegressor
from infotheory.scorecard.links import LINK_NAMES
from infotheory.scorecard.tuned import compared_on_columns
from infotheory.scorecard.validation.mean_measures import concordance, concordance_difference
from infotheory.workbench.samples import SessionRows, feature_columns
from infotheory.workbench.view import plain_value

__all__ = ["CardFits", "SessionCard", "fitted_card", "giving_way"]

Answer = dict[str, Any]
#: A card of two classes, or of a mean.
SessionCard = Scorecard | ScorecardRegressor
#: What a fit raises about its data.
_REFUSALS = (ValueError, TypeError, LookupError, ArithmeticError, MemoryError)


#: Seconds after which a fit lets an edit in; Python's own 0.005 add up over the steps of an edit.
_TURN = 0.0005


class _GivingWay:
    """Lets other threads take their turns sooner while any fit computes."""

    # The interval is one of the whole interpreter: were each fit to put back what it met, the last
    # of two sessions would put back that of the first fit.
    def __init__(self) -> None:
        self._lock, self.n_fits, self._before = threading.Lock(), 0, 0.0

    def __enter__(self) -> None:
        with self._lock:
            if not self.n_fits:
                self._before = sys.getswitchinterval()
                sys.setswitchinterval(min(_TURN, self._before))
            self.n_fits += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.n_fits -= 1
            if not self.n_fits:
                sys.setswitchinterval(self._before)


#: All sessions of the interpreter share it.
giving_way = _GivingWay()


def fitted_card(
    binner: BaseBinner,
    rows: SessionRows,
    template: SessionCard | None = None,
    before: SessionCard | None = None,
) -> SessionCard:
    """Fit a card on the rows of a session with its bins as they are.

    The search begins at the coefficients of the card ``before``, where there is one; a card of a
    mean needs a few steps from anywhere.
    """
    if rows.training is None:
        message = "a card needs the rows of the fit, got a session without; open it with X and y"
        raise ValueError(message)

    X, *others = rows.training
    settings = {} if template is None else template.get_params(deep=False)
    # Frozen, so that the fit of the card does not search bins anew.
    settings = settings | {"binner": FrozenEstimator(binner)}
    # A characteristic that was left out still has its column in a plain array.
    columns = feature_columns(X, rows.names or tuple(binner.features_), binner.features_)

    kind: TargetKind | None = getattr(binner, "target_kind_", None)
    if kind is not None:
        if kind.kind not in LINK_NAMES:
            message = (
                "several classes have no card: take the bins of the session (its binner), and fit "
                "scikit-learn's LogisticRegression on their columns"
            )
            raise ValueError(message)
        named: Any = {"target_type": kind.kind}
        return ScorecardRegressor(**settings | named).fit(columns, *others)

    start = before if isinstance(before, Scorecard) else None
    return Scorecard(**settings).fit(columns, *others, start=start)


class CardFits:
    """Fits the card of the newest bins, one at a time; bins that were passed by are left out."""

    def __init__(self, start: BaseBinner, rows: SessionRows, template: SessionCard | None) -> None:
        self._rows, self._template, self._start_binner = rows, template, start
        self._names = list(start.features_)
        self._start: SessionCard | None = None
        self._newest: SessionCard | None = None
        self._lock = threading.Lock()
        self._wanted: tuple[int, BaseBinner] | None = None
        self._running = False
        self._answer: Answer = {"step": None}

    def ask(self, step: int, binner: BaseBinner) -> Answer:
        """Return the newest card that is fitted, and see to the one of this step."""
        with self._lock:
            done = self._answer["step"] == step
            if not done:
                self._wanted = step, binner
                # The page asks again and again: one thread serves all that it wants.
                if not self._running:
                    self._running = True
                    threading.Thread(target=self._work, daemon=True).start()
            return {**self._answer, "updating": not done}

    def _work(self) -> None:
        """Fit what is wanted until nothing newer is."""
        while True:
            with self._lock:
                if self._wanted is None:
                    self._running = False
                    return
                (step, binner), self._wanted = self._wanted, None
            try:
                answer = self._tried(step, binner)
            except BaseException as error:
                # Told to the page too, which would ask for ever; the trace goes to the terminal.
                with self._lock:
                    self._answer, self._running = {"step": step, "reason": repr(error)}, False
                raise
            with self._lock:
                self._answer = answer
                # The page asked for this step again while it was fitted: nothing is left to do.
                if self._wanted is not None and self._wanted[0] == step:
                    self._wanted = None

    def _tried(self, step: int, binner: BaseBinner) -> Answer:
        """Fit one card; why there is none is an answer too."""
        try:
            # What it warns of is shown as signs; nobody stands behind a thread to hear it.
            with giving_way, collect_warnings():
                # Fitted when it is first needed, in the thread too, and kept: the start never
                # changes.
                if self._start is None:
                    self._start = fitted_card(self._start_binner, self._rows, self._template)
                self._newest = card = fitted_card(
                    binner, self._rows, self._template, self._newest or self._start
                )
                return {"step": step, **self._compared(self._start, card)}
        except _REFUSALS as error:
            return {"step": step, "reason": str(error) or type(error).__name__}

    def _compared(self, start: SessionCard, card: SessionCard) -> Answer:
        """Compare a card with that of the start on the training rows, and on those held out."""
        assert self._rows.training is not None  # noqa: S101 - the card was fitted on it
        if isinstance(start, ScorecardRegressor) or isinstance(card, ScorecardRegressor):
            return self._compared_means(start, card, self._rows.training)
        comparison = self._comparison(start, card, self._rows.training)
        answer = {
            "auc": _estimate(comparison.auc_after),
            "auc_start": _estimate(comparison.auc_before),
            "change": _estimate(comparison.auc_difference),
            "characteristics": _described(_of_card(comparison.characteristics)),
            "points": _records(card.points_table()[["feature", "bin", "points"]]),
        }

        def held_out(sample: tuple[Any, ...]) -> tuple[Answer, Answer]:
            holdout = self._comparison(start, card, sample)
            return _estimate(holdout.auc_after), _estimate(holdout.auc_difference)

        return answer | self._of_holdout(held_out)

    def _compared_means(
        self, start: SessionCard, card: SessionCard, training: tuple[Any, ...]
    ) -> Answer:
        """Compare two cards of a mean by the order of their predictions."""
        after, change, before = self._concordances(start, card, training)
        table = card.coefficient_table()[["feature", "coefficient", "sign_ok", "vif"]]
        answer = {
            "auc": after,
            "auc_start": before,
            "change": change,
            "characteristics": _described(table),
            "points": _records(card.points_table()[["feature", "bin", "points"]]),
        }
        return answer | self._of_holdout(lambda sample: self._concordances(start, card, sample)[:2])

    def _of_holdout(self, compared: Callable[[tuple[Any, ...]], tuple[Answer, Answer]]) -> Answer:
        """Compare on the hold-out rows; where they tell nothing, say why."""
        # The rows of the fit flatter both cards: their bins and coefficients were chosen on them.
        if self._rows.holdout is None:
            return {}
        # Rows of one class rank nothing: the numbers of the training rows stand nevertheless.
        try:
            after, change = compared(self._rows.holdout)
        except _REFUSALS as error:
            return {"holdout_reason": f"no numbers of the hold-out rows: {error}"}
        return {"holdout_auc": after, "holdout_change": change}

    def _concordances(
        self, start: SessionCard, card: SessionCard, sample: tuple[Any, ...]
    ) -> tuple[Answer, Answer, Answer]:
        """Concordance of the card of now, its difference from that of the start, and that one."""
        X, y, *others = sample
        weights = others[0] if others else None
        columns = zip((start, card), self._columns_of(start, card, X), strict=True)
        first, second = (one.predict(own) for one, own in columns)
        return (
            _estimate(concordance(y, second, sample_weight=weights)),
            _estimate(concordance_difference(y, first, second, sample_weight=weights)),
            _estimate(concordance(y, first, sample_weight=weights)),
        )

    def _comparison(
        self, start: Scorecard, card: Scorecard, sample: tuple[Any, ...]
    ) -> CardComparison:
        """Compare two cards on rows, of which each takes its own columns."""
        X, *others = sample
        return compared_on_columns((start, card), self._columns_of(start, card, X), *others)

    def _columns_of(self, start: SessionCard, card: SessionCard, X: Any) -> tuple[Any, Any]:
        """Take the columns of each card by name, or where they have none by place."""
        first, second = (
            feature_columns(X, self._names, one.binner_.features_) for one in (start, card)
        )
        return first, second


def _of_card(table: pd.DataFrame) -> pd.DataFrame:
    """Take what the card is now of a comparison."""
    now = table[["feature", "coefficient_after", "sign_ok_after", "vif_after"]]
    return now.rename(columns=lambda name: name.removesuffix("_after"))


def _estimate(estimate: Estimate) -> Answer:
    low, high = estimate.interval()
    numbers = {"value": estimate.value, "error": estimate.standard_error, "low": low, "high": high}
    return {name: plain_value(number) for name, number in numbers.items()}


def _described(table: pd.DataFrame) -> list[Answer]:
    """Lay the characteristics of a card out, each with the sentence that the page has for it."""

    def text(number: float | None, digits: int) -> str:
        return "–" if number is None else f"{number:.{digits}f}".replace("-", "−")

    return [
        row
        | {
            "note": f"this one: coefficient {text(row['coefficient'], 3)}, "
            f"variance inflation {text(row['vif'], 2)}"
        }
        for row in _records(table)
    ]


def _records(table: pd.DataFrame) -> list[Answer]:
    """Lay a table out as plain rows; what is absent is None."""
    return [
        {str(key): None if pd.isna(value) else plain_value(value) for key, value in row.items()}
        for row in table.to_dict(orient="records")
    ]

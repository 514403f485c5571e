"""Which characteristics go into a card, with every decision, number and threshold on record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import clone

from infotheory._display import number_text
from infotheory._patterns import Patterns
from infotheory._random import Rng
from infotheory._target import as_labels
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_weights, check_option
from infotheory.binning import OptimalBinner, cross_fitted_information_value
from infotheory.binning.features import FittedBinner
from infotheory.binning.resampling.refit import TableBinner
from infotheory.evidence.binned_samples import samples_of_table
from infotheory.evidence.divergence import divergence_estimate
from infotheory.inference import Estimate
from infotheory.laws import two_sided_quantile
from infotheory.scorecard._fit import patterns_of_rows
from infotheory.scorecard.admission import (
    Admission,
    SelectionStep,
    by_admission,
    check_names,
    check_shares,
    forced,
    warn_set_aside,
)
from infotheory.scorecard.points.binners import labels_of_card, with_event
from infotheory.scorecard.regression.characteristic_tests import characteristic_tests
from infotheory.scorecard.regression.coefficients import (
    inflation_of_correlation,
    weighted_correlation,
)
from infotheory.scorecard.regression.regressors import Regressor
from infotheory.scorecard.regression.stepwise import Move, stepwise

__all__ = ["SelectionLog", "SelectionStep", "select_characteristics"]

#: Distance of a squared correlation from 1 that counts as none.
ROUNDING = 1e-12

#: Columns of the log: the longest text stands last.
_COLUMNS = (
    "stage",
    "feature",
    "decision",
    "statistic",
    "value",
    "standard_error",
    "low",
    "high",
    "threshold",
    "degrees_of_freedom",
    "p_value",
    "partner",
    "reason",
)

AFTER_SELECTION = "after selection: bins were learnt on these rows"


@dataclass(frozen=True, slots=True, eq=False)
class SelectionLog:
    """Result of :func:`select_characteristics`.

    Parameters
    ----------
    steps : tuple of SelectionStep
        The log, in the order of the decisions.
    features : tuple of str
        All characteristics looked at, in the order of the columns.
    indices : tuple of int
        Columns selected, ascending.
    """

    steps: tuple[SelectionStep, ...]
    features: tuple[str, ...]
    indices: tuple[int, ...]

    @property
    def selected(self) -> list[str]:
        """Names selected, in the order of the columns: ``Scorecard().fit(X[log.selected], y)``."""
        return [self.features[i] for i in self.indices]

    def to_frame(self) -> pd.DataFrame:
        """Return the log, one row a step.

        Returns
        -------
        DataFrame
            Columns stage, feature, decision, statistic, value, standard_error, low, high,
            threshold, degrees_of_freedom, p_value, partner, reason.
        """
        rows = [{name: getattr(step, name) for name in _COLUMNS} for step in self.steps]
        return pd.DataFrame(rows, columns=list(_COLUMNS))


def select_characteristics(
    X: Any,
    y: ArrayLike,
    *,
    binner: Any = None,
    sample_weight: ArrayLike | None = None,
    min_information_value: float = 0.02,
    max_correlation: float = 0.8,
    max_vif: float = 5.0,
    alpha: float = 0.05,
    direction: Literal["forward", "backward", "both"] = "both",
    cv: Any = 5,
    holdout: Mapping[str, Any] | None = None,
    rng: Rng = None,
    iv_max: float | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    max_missing: float | None = None,
    max_identical: float | None = None,
    event_label: Any = None,
) -> SelectionLog:
    """Select characteristics in four stages and keep the minutes.

    Before them, in a stage "admission", characteristics are set aside that are excluded, mostly
    missing, mostly of one value, or that know too much (``iv_max``); a line tells each of them.

    1. Information value on rows that the bins have not seen (cross-fitted), the in-sample one told
       beside it.
    2. Correlation of the columns of weights of evidence: of two that are too alike the one with the
       smaller in-sample information value goes (which no seed of folds decides), of equals the
       later column.
    3. Variance inflation: the most inflated column goes until none exceeds the limit; of equals the
       weaker.
    4. Stepwise logistic regression, each test with as many degrees of freedom as the characteristic
       has bins less one.

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_features)
        Numbers and categories; missing values are welcome.
    y : array-like of shape (n_rows,)
        Two distinct labels.
    binner : OptimalBinner or StumpBinner, optional
        A clone is fitted; ``OptimalBinner()`` when None.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights.
    min_information_value : float
        Limit of stage 1, in nats; minus infinity keeps all that have two bins.
    max_correlation : float
        Limit of stage 2, above 0; 1 keeps all.
    max_vif : float
        Limit of stage 3, at least 1; infinity keeps all.
    alpha : float
        P-value of stage 4, above 0 and at most 1, to enter below and to leave from.
    direction : {"forward", "backward", "both"}
        Start empty, start with all, or start empty and look back after each entry.
    cv : int or splitter
        Folds of stage 1, see :func:`infotheory.binning.cross_fitted_information_value`.
    holdout : mapping, optional
        Other rows, "X", "y" and optionally "sample_weight": the tests of those selected are told on
        these rows too, in a last stage without decisions.
    rng : int, numpy.random.Generator or None
        Seed of the folds.
    iv_max : float, optional
        In-sample information value in nats above which a characteristic is set aside, and named in
        a LeakageWarning: it may be known only after the outcome. Practice suspects values above
        0.5; a bureau score with an area of .85 has about 2. No limit when None.
    include : sequence of str
        Characteristics that are selected whatever their numbers; no stage can drop them.
    exclude : sequence of str
        Characteristics that are not looked at.
    max_missing : float, optional
        Largest share of missing values, in [0, 1].
    max_identical : float, optional
        Largest share of rows with one and the same value, missing ones included, in (0, 1]; of a
        number with many values the share of its heaviest pre-bin, which is never smaller.
    event_label : object, optional
        The label of an event, where the binner does not name it. When None it is the larger of the
        two, and an EventLabelWarning says so unless labels are 0/1, -1/1 or False/True (numbers or
        text).

    Returns
    -------
    SelectionLog
        ``selected``, and ``to_frame()`` with every decision.

    Raises
    ------
    ValueError
        If a limit is out of its range, or the data is not valid.
    TypeError
        If the binner cannot be refitted on parts of the counts.

    Notes
    -----
    The p-values of stage 4 are marked "after selection": bins, weights of evidence and the list of
    candidates come from the same rows, so that they rank characteristics and prove nothing; those
    of ``holdout`` are tests (score tests of the bins, each against the others selected). In stage 4
    weighted rows are tested by the score test with the sandwich variance, others by the likelihood
    ratio, a bin with one class only by the score test (its likelihood has no maximum). The interval
    of a correlation is Fisher's, with the standard error from the influences
    ``z_x z_y - r (z_x^2 + z_y^2) / 2``, weights of evidence taken as given.

    Examples
    --------
    >>> from infotheory.datasets import make_portfolio
    >>> portfolio = make_portfolio(2000, numeric=[0.5, 0.0], categorical=[0.3], random_state=0)
    >>> X = portfolio.X.assign(copy=portfolio.X["number_0"])
    >>> log = select_characteristics(X, portfolio.y, rng=0)
    >>> log.selected
    ['number_0', 'category_0']
    >>> table = log.to_frame()
    >>> dropped = table[table["decision"] == "dropped"]
    >>> dropped[["feature", "statistic", "partner"]].to_numpy().tolist()
    [['number_1', 'cross_fitted_iv', ''], ['copy', 'correlation', 'number_0']]
    """
    check_option("direction", direction, ("forward", "backward", "both"))
    _check_limits(min_information_value, max_correlation, max_vif, alpha)
    check_shares(iv_max, max_missing, max_identical)
    other_rows = None if holdout is None else _read_holdout(holdout)

    unfitted = with_event(clone(OptimalBinner() if binner is None else binner), event_label)
    fitted = unfitted.fit(X, y, sample_weight)
    labels = labels_of_card(fitted, pd.unique(as_labels("y", y)).tolist(), event_label)
    with_event(fitted, labels.event)  # the folds of weighted rows fit it again
    target = labels.read(y)
    weights = as_weights(sample_weight, target.size)
    names = list(fitted.features_)

    check_names(include, exclude, names)

    inside = _information_values(fitted)
    outside = _cross_fitted_values(fitted, X, y, weights, cv, rng)
    admission = Admission(iv_max, tuple(include), tuple(exclude), max_missing, max_identical)
    steps = [*by_admission(fitted, inside, admission)]
    warn_set_aside(steps, iv_max)
    aside = {step.feature for step in steps if step.decision == "set aside"}
    looked_at = {name: value for name, value in outside.items() if name not in aside}
    steps += _by_information(fitted, inside, looked_at, min_information_value)
    informative = _remaining(range(len(names)), steps, names)
    if not informative:
        steps += forced(include, steps)
        selected = _remaining(range(len(names)), steps, names)
        return SelectionLog(tuple(steps), tuple(names), tuple(selected))

    # From here on the better ones stand first: what comes later goes where two are alike.
    informative.sort(key=lambda f: -inside[names[f]].value)
    patterns = Patterns.from_rows(fitted.bin_codes(X)[:, informative], target, weights)
    woe = [fitted.woe_[names[f]] for f in informative]
    candidates = _EvidenceColumns(patterns, woe, [names[f] for f in informative])
    steps += candidates.by_correlation(max_correlation)
    unlike = _remaining(range(len(informative)), steps, candidates.names)
    steps += candidates.by_inflation(unlike, max_vif)

    free = _remaining(range(len(informative)), steps, candidates.names)
    moves = stepwise(
        patterns.select(free), [woe[f] for f in free], direction=direction, alpha=alpha
    )
    steps += [_stepwise_line(move, candidates.names[free[move.feature]], alpha) for move in moves]

    steps += forced(include, steps)
    selected = _remaining(range(len(names)), steps, names)
    if other_rows is not None and selected:
        steps += _on_other_rows(fitted, selected, other_rows)
    return SelectionLog(tuple(steps), tuple(names), tuple(selected))


def _check_limits(
    min_information_value: float, max_correlation: float, max_vif: float, alpha: float
) -> None:
    share = "above 0 and at most 1"
    finite = min_information_value < np.inf  # NaN is not, minus infinity keeps all
    rules = (
        ("min_information_value", min_information_value, finite, "a number"),
        ("max_correlation", max_correlation, 0.0 < max_correlation <= 1.0, share),
        ("max_vif", max_vif, max_vif >= 1.0, "at least 1"),
        ("alpha", alpha, 0.0 < alpha <= 1.0, share),
    )
    for name, value, holds, wanted in rules:
        if not holds:
            message = f"{name} must be {wanted}, got {value!r}"
            raise ValueError(message)


class _OtherRows(NamedTuple):
    """Rows on which nothing is learnt."""

    X: Any
    y: ArrayLike
    sample_weight: ArrayLike | None


def _read_holdout(holdout: Mapping[str, Any]) -> _OtherRows:
    """Check the keys before anything is fitted; the rows are read when the bins are there."""
    if not {"X", "y"} <= set(holdout) <= {"X", "y", "sample_weight"}:
        message = (
            f"holdout must have the keys X, y and optionally sample_weight, got {sorted(holdout)}"
        )
        raise ValueError(message)
    return _OtherRows(holdout["X"], holdout["y"], holdout.get("sample_weight"))


def _on_other_rows(
    binner: FittedBinner, selected: Sequence[int], rows: _OtherRows
) -> Iterator[SelectionStep]:
    patterns = patterns_of_rows(
        binner, rows.X, rows.y, rows.sample_weight, features=selected, of="holdout"
    )
    names = [list(binner.features_)[f] for f in selected]
    tests = characteristic_tests(patterns, [Regressor(binner.woe_[name]) for name in names])

    for name, test in zip(names, tests, strict=True):
        yield SelectionStep(
            stage="hold-out",
            feature=name,
            decision="told",
            statistic="score",
            value=test.statistic,
            threshold=np.nan,
            reason="rows on which nothing was learnt: "
            f"p {test.p_value:.3g} against the others selected",
            degrees_of_freedom=test.degrees_of_freedom,
            p_value=test.p_value,
        )


def _remaining(
    positions: Sequence[int], steps: Sequence[SelectionStep], names: Sequence[str]
) -> list[int]:
    """Positions whose last decision did not put them out."""
    last = {step.feature: step.decision for step in steps if step.decision != "told"}
    return [f for f in positions if last[names[f]] in {"kept", "entered", "included"}]


def _information_values(binner: FittedBinner) -> dict[str, Estimate]:
    """Information value of each feature on the rows of the fit."""
    return {
        name: divergence_estimate(
            samples_of_table(table.without_groups()), zero_cells=binner.zero_cells
        )
        for name, table in binner.tables_.items()
    }


def _cross_fitted_values(
    binner: TableBinner, X: Any, y: ArrayLike, weights: FloatArray | None, cv: Any, rng: Rng
) -> dict[str, Estimate]:
    """Information value of each feature on rows that its bins have not seen.

    The counts of the pre-bins suffice where rows are not weighted and folds are drawn at random.
    """
    if weights is None and isinstance(cv, int | np.integer):
        return cross_fitted_information_value(binner, cv=cv, rng=rng)
    return cross_fitted_information_value(binner, X, y, cv, sample_weight=weights, rng=rng)


class _Number(NamedTuple):
    """A number with its error and 95 % interval, under the names that a step has for them."""

    value: float
    standard_error: float
    low: float
    high: float

    @classmethod
    def of(cls, estimate: Estimate) -> "_Number":
        return cls(estimate.value, estimate.standard_error, *estimate.interval())


def _by_information(
    binner: FittedBinner,
    inside: Mapping[str, Estimate],
    outside: Mapping[str, Estimate],
    limit: float,
) -> Iterator[SelectionStep]:
    for name, cross_fitted in outside.items():
        yield SelectionStep(
            stage="information value",
            feature=name,
            decision="told",
            statistic="iv",
            threshold=np.nan,
            reason=AFTER_SELECTION,
            **_Number.of(inside[name])._asdict(),
        )

        above = cross_fitted.value >= limit
        reason = (
            f"cross-fitted information value {cross_fitted.value:.4f} "
            f"{'at least' if above else 'below'} {number_text(limit)}"
        )
        # Bins without rows have a weight of evidence too; they tell no rows apart.
        occupied = binner.tables_[name].without_groups().counts.any(axis=1)
        if np.ptp(binner.woe_[name][:-1][occupied]) == 0.0:
            above, reason = False, "no two bins with rows differ: no information"
        yield SelectionStep(
            stage="information value",
            feature=name,
            decision="kept" if above else "dropped",
            statistic="cross_fitted_iv",
            threshold=limit,
            reason=reason,
            **_Number.of(cross_fitted)._asdict(),
        )


class _EvidenceColumns:
    """Weights of evidence of characteristics by pattern, the better ones first."""

    def __init__(self, patterns: Patterns, woe: Sequence[FloatArray], names: list[str]) -> None:
        self.patterns, self.names = patterns, names
        self.values = patterns.design(woe)
        self.correlations = weighted_correlation(self.values, patterns.mass)

    def by_correlation(self, limit: float) -> Iterator[SelectionStep]:
        """Drop what is too like a better one that stays."""
        unlike: list[int] = []
        for f, name in enumerate(self.names):
            if not unlike:
                unlike.append(f)
                yield SelectionStep(
                    stage="correlation",
                    feature=name,
                    decision="kept",
                    statistic="correlation",
                    value=np.nan,
                    threshold=limit,
                    reason="nothing better before it",
                )
                continue

            partner = unlike[int(np.argmax(np.abs(self.correlations[f, unlike])))]
            correlation = self._correlation(f, partner)
            alike = abs(correlation.value) > limit
            if not alike:
                unlike.append(f)
            yield SelectionStep(
                stage="correlation",
                feature=name,
                decision="dropped" if alike else "kept",
                statistic="correlation",
                threshold=limit,
                reason=f"correlation {correlation.value:.3f} with {self.names[partner]}, "
                f"{'above' if alike else 'within'} {number_text(limit)}",
                partner=self.names[partner],
                **correlation._asdict(),
            )

    def _correlation(self, first: int, second: int) -> _Number:
        """Correlation with its standard error and Fisher's interval; weights of evidence given."""
        mass, squared = self.patterns.mass, self.patterns.squared_weights.sum(axis=1)
        share = mass / mass.sum()
        pair = self.values[:, [first, second]]
        centred = pair - share @ pair
        x, z = (centred / np.sqrt(share @ centred**2)).T

        r = float(np.clip(share @ (x * z), -1.0, 1.0))
        influence = x * z - 0.5 * r * (x**2 + z**2)
        error = float(np.sqrt(squared @ influence**2) / mass.sum())

        # Fisher's transform has no value at 1: copies have no interval but the point.
        room = 1.0 - r * r
        if room <= ROUNDING:
            return _Number(r, 0.0, r, r)
        reach = two_sided_quantile(0.95) * error / room
        low, high = (float(np.tanh(np.arctanh(r) + side * reach)) for side in (-1.0, 1.0))
        return _Number(r, error, low, high)

    def by_inflation(self, positions: Sequence[int], limit: float) -> Iterator[SelectionStep]:
        """Drop the most inflated column until none exceeds the limit."""
        within = list(positions)
        while within:
            inflation = inflation_of_correlation(self.correlations[np.ix_(within, within)])
            # Of equals the last: the weaker.
            worst = len(within) - 1 - int(np.argmax(inflation[::-1]))
            if inflation[worst] <= limit:
                break

            value, n_columns = float(inflation[worst]), len(within)
            yield self._inflation_line(
                within.pop(worst),
                "dropped",
                value,
                limit,
                f"above {number_text(limit)}, the largest of {n_columns}",
            )

        for f, value in zip(within, inflation.tolist() if within else [], strict=True):
            yield self._inflation_line(f, "kept", value, limit, f"within {number_text(limit)}")

    def _inflation_line(
        self, position: int, decision: str, value: float, limit: float, words: str
    ) -> SelectionStep:
        return SelectionStep(
            stage="variance inflation",
            feature=self.names[position],
            decision=decision,
            statistic="vif",
            value=value,
            threshold=limit,
            reason=f"variance inflation {value:.2f} {words}",
        )


def _stepwise_line(move: Move, name: str, alpha: float) -> SelectionStep:
    test = move.test
    words = {
        "entered": f"adds most to those before it, p {test.p_value:.3g} below {number_text(alpha)}",
        "removed": f"adds least to the others, p {test.p_value:.3g} at least {number_text(alpha)}",
        "kept": f"stays with the others, p {test.p_value:.3g} against {number_text(alpha)}",
        "left out": f"adds too little to those selected, p {test.p_value:.3g} against "
        f"{number_text(alpha)}",
    }
    status = f"; the regression ended with status {move.status!r}"
    note = "" if move.status == "converged" else status

    return SelectionStep(
        stage="stepwise",
        feature=name,
        decision=move.decision,
        statistic=move.statistic,
        value=test.statistic,
        threshold=alpha,
        reason=f"{words[move.decision]} ({AFTER_SELECTION}){note}",
        degrees_of_freedom=test.degrees_of_freedom,
        p_value=test.p_value,
    )

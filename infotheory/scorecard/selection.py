"""Which characteristics go into a card, with every decision, its number and its threshold on record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special
from sklearn.base import clone

from infotheory._patterns import Patterns
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_binary_target, as_weights, check_length, check_option
from infotheory.binning import OptimalBinner, cross_fitted_information_value
from infotheory.inference import Estimate
from infotheory.scorecard.regression.characteristic_tests import characteristic_tests
from infotheory.scorecard.regression.coefficients import (
    inflation_of_correlation,
    weighted_correlation,
)
from infotheory.scorecard.regression.regressors import Regressor
from infotheory.scorecard.regression.stepwise import Move, stepwise

__all__ = ["SelectionLog", "SelectionStep", "select_characteristics"]

ROUNDING = 1e-12  # distance of a squared correlation from 1 that counts as none
AFTER_SELECTION = "after selection: bins were learnt on these rows"


@dataclass(frozen=True, slots=True)
class SelectionStep:
    """One line of the log.

    Parameters
    ----------
    stage : {"information value", "correlation", "variance inflation", "stepwise", "hold-out"}
        Stage of the selection.
    feature : str
        The characteristic.
    decision : {"told", "kept", "dropped", "entered", "removed", "left out"}
        What became of it; "told" is a number without a decision.
    statistic : {"iv", "cross_fitted_iv", "correlation", "vif", "likelihood_ratio", "score"}
        What the number is.
    value : float
        The number.
    standard_error, low, high : float
        Its error and 95 % interval; NaN where it has none.
    threshold : float
        What it was held against: a limit of the number, or of the p-value in "stepwise"; NaN
        without a decision.
    degrees_of_freedom : int
        Of a test: number of bins less one; 0 where there is no test.
    p_value : float
        Of a test; NaN where there is none.
    partner : str
        The other characteristic of a correlation; empty otherwise.
    reason : str
        The decision in words.
    """

    stage: str
    feature: str
    decision: str
    statistic: str
    value: float
    threshold: float
    reason: str
    standard_error: float = np.nan
    low: float = np.nan
    high: float = np.nan
    degrees_of_freedom: int = 0
    p_value: float = np.nan
    partner: str = ""


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
        order = [
            "stage",
            "feature",
            "decision",
            "statistic",
            "value",
            "standard_error",
            "low",
            "high",
            "threshold",
        ]
        order += ["degrees_of_freedom", "p_value", "partner", "reason"]
        return pd.DataFrame(
            [{name: getattr(step, name) for name in order} for step in self.steps], columns=order
        )


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
    random_state: Any = None,
) -> SelectionLog:
    """Select characteristics in four stages and keep the minutes.

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
    random_state : int, Generator or None
        Seed of the folds.

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
    >>> log = select_characteristics(X, portfolio.y, random_state=0)
    >>> log.selected
    ['number_0', 'category_0']
    >>> frame = log.to_frame()
    >>> frame.loc[frame["decision"] == "dropped", ["feature", "statistic", "partner"]].to_numpy().tolist()
    [['number_1', 'cross_fitted_iv', ''], ['copy', 'correlation', 'number_0']]
    """
    check_option("direction", direction, ("forward", "backward", "both"))
    _check_limits(min_information_value, max_correlation, max_vif, alpha)
    _check_holdout(holdout)
    fitted = clone(OptimalBinner() if binner is None else binner).fit(X, y, sample_weight)
    target, _ = as_binary_target(y, event_label=fitted.event_label)
    weights = as_weights(sample_weight, target.size)
    cross_fitted = _cross_fit(fitted, X, y, weights, cv, random_state)
    names = list(fitted.specs_)
    steps = [*_by_information(fitted, cross_fitted, min_information_value)]
    kept = _remaining(range(len(names)), steps, names)
    if not kept:
        return SelectionLog(tuple(steps), tuple(names), ())
    inside = fitted.summary()["iv"].to_numpy()
    kept.sort(key=lambda f: -inside[f])
    patterns = Patterns.from_rows(fitted.bin_codes(X)[:, kept], target, weights)
    woe = [fitted.woe_[names[f]] for f in kept]
    columns = _Columns(patterns, woe, [names[f] for f in kept])
    steps += columns.by_correlation(max_correlation)
    steps += columns.by_inflation(_remaining(range(len(kept)), steps, columns.names), max_vif)
    left = _remaining(range(len(kept)), steps, columns.names)
    used = patterns.select(left)
    moves = stepwise(used, [woe[f] for f in left], direction=direction, alpha=alpha)
    steps += [_stepwise_line(move, columns.names[left[move.feature]], alpha) for move in moves]
    chosen = _remaining(range(len(names)), steps, names)
    if holdout is not None and chosen:
        steps += _on_other_rows(fitted, chosen, holdout)
    return SelectionLog(tuple(steps), tuple(names), tuple(chosen))


def _check_limits(
    min_information_value: float, max_correlation: float, max_vif: float, alpha: float
) -> None:
    rules = (
        (
            "min_information_value",
            min_information_value,
            min_information_value < np.inf,
            "a number",
        ),
        ("max_correlation", max_correlation, 0.0 < max_correlation <= 1.0, "above 0 and at most 1"),
        ("max_vif", max_vif, max_vif >= 1.0, "at least 1"),
        ("alpha", alpha, 0.0 < alpha <= 1.0, "above 0 and at most 1"),
    )
    for name, value, holds, rule in rules:
        if not holds:
            message = f"{name} must be {rule}, got {value!r}"
            raise ValueError(message)


def _check_holdout(holdout: Mapping[str, Any] | None) -> None:
    if holdout is not None and not {"X", "y"} <= set(holdout) <= {"X", "y", "sample_weight"}:
        message = (
            f"holdout must have the keys X, y and optionally sample_weight, got {sorted(holdout)}"
        )
        raise ValueError(message)


def _on_other_rows(
    binner: Any, chosen: Sequence[int], holdout: Mapping[str, Any]
) -> Iterator[SelectionStep]:
    target, _ = as_binary_target(holdout["y"], event_label=binner.event_label)
    codes = binner.bin_codes(holdout["X"])[:, chosen]
    check_length("y of holdout", target, len(codes))
    patterns = Patterns.from_rows(
        codes, target, as_weights(holdout.get("sample_weight"), target.size)
    )
    names = [list(binner.specs_)[f] for f in chosen]
    tests = characteristic_tests(patterns, [Regressor(binner.woe_[name]) for name in names])
    for name, test in zip(names, tests, strict=True):
        reason = (
            f"rows on which nothing was learnt: p {test.p_value:.3g} against the others selected"
        )
        yield SelectionStep(
            "hold-out", name, "told", "score", test.statistic, np.nan, reason,
            degrees_of_freedom=test.degrees_of_freedom, p_value=test.p_value,
        )  # fmt: skip


def _remaining(
    positions: Sequence[int], steps: Sequence[SelectionStep], names: Sequence[str]
) -> list[int]:
    """Positions whose last decision did not put them out."""
    last = {step.feature: step.decision for step in steps if step.decision != "told"}
    return [f for f in positions if last[names[f]] in {"kept", "entered"}]


def _cross_fit(
    binner: Any, X: Any, y: ArrayLike, weights: FloatArray | None, cv: Any, random_state: Any
) -> dict[str, Estimate]:
    """Use the pre-bin tables of the fitted binner where they suffice."""
    if weights is None and isinstance(cv, int | np.integer):
        return cross_fitted_information_value(binner, cv=cv, rng=random_state)
    return cross_fitted_information_value(binner, X, y, cv, sample_weight=weights, rng=random_state)


def _by_information(
    binner: Any, cross_fitted: Mapping[str, Estimate], limit: float
) -> Iterator[SelectionStep]:
    summary = binner.summary().set_index("name")
    for name, outside in cross_fitted.items():
        inside = summary.loc[name, ["iv", "iv_standard_error", "iv_low", "iv_high"]].to_numpy(
            dtype=np.float64
        )
        yield _information_line(name, "told", "iv", inside, np.nan, AFTER_SELECTION)
        above = outside.value >= limit
        reason = (
            f"cross-fitted information value {outside.value:.4f} "
            f"{'at least' if above else 'below'} {limit:g}"
        )
        occupied = binner.tables_[name].without_groups().counts.any(axis=1)
        if np.ptp(binner.woe_[name][:-1][occupied]) == 0.0:
            above, reason = False, "no two bins with rows differ: no information"
        numbers = np.array([outside.value, outside.standard_error, *outside.interval()])
        yield _information_line(
            name, "kept" if above else "dropped", "cross_fitted_iv", numbers, limit, reason
        )


def _information_line(
    name: str, decision: str, statistic: str, numbers: FloatArray, limit: float, reason: str
) -> SelectionStep:
    value, error, low, high = numbers.tolist()
    return SelectionStep(
        "information value", name, decision, statistic, value, limit, reason, error, low, high
    )


class _Columns:
    """Weights of evidence of characteristics, the better ones first."""

    def __init__(self, patterns: Patterns, woe: Sequence[FloatArray], names: list[str]) -> None:
        self.patterns, self.names = patterns, names
        self.values = patterns.design(woe)
        self.correlation = weighted_correlation(self.values, patterns.counts.sum(axis=1))

    def by_correlation(self, limit: float) -> Iterator[SelectionStep]:
        kept: list[int] = []
        for f, name in enumerate(self.names):
            if not kept:
                kept.append(f)
                yield SelectionStep(
                    "correlation",
                    name,
                    "kept",
                    "correlation",
                    np.nan,
                    limit,
                    "nothing better before it",
                )
                continue
            partner = kept[int(np.argmax(np.abs(self.correlation[f, kept])))]
            value, error, low, high = self._correlation(f, partner)
            alike = abs(value) > limit
            decision = "dropped" if alike else "kept"
            reason = (
                f"correlation {value:.3f} with {self.names[partner]}, "
                f"{'above' if alike else 'within'} {limit:g}"
            )
            if not alike:
                kept.append(f)
            yield SelectionStep(
                "correlation", name, decision, "correlation", value, limit, reason, error, low, high,
                partner=self.names[partner],
            )  # fmt: skip

    def _correlation(self, first: int, second: int) -> tuple[float, float, float, float]:
        """Correlation with its standard error and Fisher's interval; weights of evidence as given."""
        total, squared = self.patterns.counts.sum(axis=1), self.patterns.squared_weights.sum(axis=1)
        share = total / total.sum()
        pair = self.values[:, [first, second]]
        centred = pair - share @ pair
        x, z = (centred / np.sqrt(share @ centred**2)).T
        r = float(np.clip(share @ (x * z), -1.0, 1.0))
        influence = x * z - 0.5 * r * (x**2 + z**2)
        error = float(np.sqrt(squared @ influence**2) / total.sum())
        room = 1.0 - r * r
        if room <= ROUNDING:
            return r, 0.0, r, r
        reach = float(special.ndtri(0.975)) * error / room
        return (
            r,
            error,
            float(np.tanh(np.arctanh(r) - reach)),
            float(np.tanh(np.arctanh(r) + reach)),
        )

    def by_inflation(self, kept: Sequence[int], limit: float) -> Iterator[SelectionStep]:
        left = list(kept)
        while left:
            inflation = inflation_of_correlation(self.correlation[np.ix_(left, left)])
            worst = (
                len(left) - 1 - int(np.argmax(inflation[::-1]))
            )  # of equals the last: the weaker
            if inflation[worst] <= limit:
                break
            value = float(inflation[worst])
            reason = f"variance inflation {value:.2f} above {limit:g}, the largest of {len(left)}"
            yield SelectionStep(
                "variance inflation",
                self.names[left.pop(worst)],
                "dropped",
                "vif",
                value,
                limit,
                reason,
            )
        for f, value in zip(left, inflation if left else [], strict=True):
            reason = f"variance inflation {value:.2f} within {limit:g}"
            yield SelectionStep(
                "variance inflation", self.names[f], "kept", "vif", float(value), limit, reason
            )


def _stepwise_line(move: Move, name: str, alpha: float) -> SelectionStep:
    test = move.test
    words = {
        "entered": f"adds most to those before it, p {test.p_value:.3g} below {alpha:g}",
        "removed": f"adds least to the others, p {test.p_value:.3g} at least {alpha:g}",
        "kept": f"stays with the others, p {test.p_value:.3g} against {alpha:g}",
        "left out": f"adds too little to those selected, p {test.p_value:.3g} against {alpha:g}",
    }
    note = (
        "" if move.status == "converged" else f"; the regression ended with status {move.status!r}"
    )
    return SelectionStep(
        "stepwise", name, move.decision, move.statistic, test.statistic, alpha,
        f"{words[move.decision]} ({AFTER_SELECTION}){note}",
        degrees_of_freedom=test.degrees_of_freedom, p_value=test.p_value,
    )  # fmt: skip

"""Which characteristics go into a card, with every decision, number and threshold on record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import clone

from infotheory._display import html_frame, number_text, shortened
from infotheory._patterns import Patterns
from infotheory._random import Rng
from infotheory._target import as_labels
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_weights, check_option
from infotheory._warnings import collect_warnings, warn
from infotheory.binning import (
    OptimalBinner,
    PermutationResult,
    cross_fitted_information_value,
    permutation_test,
)
from infotheory.binning.features import FittedBinner
from infotheory.binning.prebins.signals import warn_separating
from infotheory.binning.resampling.refit import TableBinner
from infotheory.evidence.binned_samples import samples_of_table
from infotheory.evidence.divergence import divergence_estimate
from infotheory.exceptions import LeakageWarning
from infotheory.inference import Estimate
from infotheory.laws import two_sided_quantile
from infotheory.scorecard.points.binners import labels_of_card, with_event
from infotheory.scorecard.regression.coefficients import (
    inflation_of_correlation,
    weighted_correlation,
)
from infotheory.scorecard.regression.stepwise import Move, stepwise
from infotheory.scorecard.stages.admission import (
    Admission,
    by_admission,
    check_names,
    check_shares,
    forced,
    warn_set_aside,
    warn_suspicious,
)
from infotheory.scorecard.stages.demographic import DemographicBudget, by_demographic_information
from infotheory.scorecard.stages.holdout import by_holdout
from infotheory.scorecard.stages.information import (
    AFTER_SELECTION,
    by_information,
    by_permutation,
    check_size_of_test,
)
from infotheory.scorecard.stages.samples import last_period, read_rows
from infotheory.scorecard.stages.signs import by_signs
from infotheory.scorecard.stages.stability import StabilityLimits, by_stability
from infotheory.scorecard.stages.steps import SelectionStep, StepNumber

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
    "adjusted_p_value",
    "partner",
    "reason",
)


@dataclass(frozen=True, slots=True, eq=False)
class SelectionLog:
    """Result of :func:`select_characteristics`: choices, of which no number is an estimate.

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

    def __repr__(self) -> str:
        names = shortened(", ".join(self.selected), 300)
        return (
            f"SelectionLog({len(self.indices)} of {len(self.features)} characteristics selected: "
            f"{names}; {len(self.steps)} steps, see to_frame())"
        )

    _repr_html_ = html_frame

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
            threshold, degrees_of_freedom, p_value, adjusted_p_value, partner, reason; ends are NaN
            where an interval is withheld, infinite where the rows do not bound the number.
        """
        rows = [{name: getattr(step, name) for name in _COLUMNS} for step in self.steps]
        return pd.DataFrame(rows, columns=list(_COLUMNS))


def select_characteristics(
    X: Any,
    y: ArrayLike,
    *,
    binner: Any = None,
    sample_weight: ArrayLike | None = None,
    min_information_value: float | None = None,
    max_correlation: float = 0.8,
    max_vif: float = 5.0,
    alpha: float = 0.05,
    direction: Literal["forward", "backward", "both"] = "both",
    cv: Any = 5,
    n_permutations: int = 99,
    holdout: Mapping[str, Any] | None = None,
    rng: Rng = None,
    iv_max: float | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    max_missing: float | None = None,
    max_identical: float | None = None,
    out_of_time: Mapping[str, Any] | None = None,
    periods: ArrayLike | None = None,
    period_order: Sequence[Any] | None = None,
    max_psi: float = 0.25,
    min_out_of_time_iv: float | None = None,
    signs: Literal["drop", "keep"] = "drop",
    event_label: Any = None,
    protected: Any = None,
    max_demographic_iv: float | None = None,
) -> SelectionLog:
    """Select characteristics in stages and keep the minutes.

    Before them, in a stage "admission", characteristics are set aside that are excluded, mostly
    missing, mostly of one value, or that know too much (``iv_max``); a line tells each of them.

    1. Information value: the bins must learn more than from permuted targets (p-value at most
       ``alpha``), or, where ``min_information_value`` is stated, be worth that much on rows that
       they have not seen (cross-fitted). What separates the classes is never dropped here.
    2. Stability, where there are later rows (``out_of_time`` or ``periods``): what is distributed
       otherwise there goes, and what its weights of evidence are worth too little there.
    3. Correlation of the columns of weights of evidence: of two that are too alike the one with the
       smaller in-sample information value goes (which no seed of folds decides), of equals the
       later column.
    4. Variance inflation: the most inflated column goes until none exceeds the limit; of equals the
       weaker.
    5. Stepwise logistic regression, each test with as many degrees of freedom as the characteristic
       has bins less one.
    6. Demographic information, where there is a budget of it (``max_demographic_iv``): what is left
       is taken by its information value for each unit of the demographic one, as long as it fits.
    7. Signs: of the coefficients of the card of all selected that would give safer bins fewer
       points the largest goes, one at a time, until none is left.

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
    min_information_value : float, optional
        Limit of stage 1, in nats, in place of the permutation test, which keeps noise where rows
        are few; minus infinity keeps all that have two bins.
    max_correlation : float
        Limit of stage 3, above 0; 1 keeps all.
    max_vif : float
        Limit of stage 4, at least 1; infinity keeps all.
    alpha : float
        P-value, above 0 and at most 1, of stage 1, to stay at most, and of stage 5, to enter below
        and to leave from. Each characteristic without information is selected with at most this
        probability.
    direction : {"forward", "backward", "both"}
        Start empty, start with all, or start empty and look back after each entry.
    cv : int or splitter
        Folds of stage 1, see :func:`infotheory.binning.cross_fitted_information_value`.
    n_permutations : int
        Draws of the permutation test, at least 1 / alpha - 1.
    holdout : mapping, optional
        Other rows, "X", "y" and optionally "sample_weight": the tests of those selected are told on
        these rows too, in a last stage without decisions.
    rng : int, numpy.random.Generator or None
        Seed of the folds and of the permutations.
    iv_max : float, optional
        In-sample information value in nats above which a characteristic is set aside, and named in
        a LeakageWarning: it may be known only after the outcome. When None nothing is set aside,
        since a bureau score (an area of .85 is about 2 nats) may know as much as a field that was
        filled in later; what is selected with more than 1 nat is then named in a LeakageWarning,
        unless it is in ``include``. Infinity says that no value is too large.
    include : sequence of str
        Characteristics that are selected whatever their numbers; no stage can drop them, and the
        last one says where their sign is wrong.
    exclude : sequence of str
        Characteristics that are not looked at.
    max_missing : float, optional
        Largest share of missing values, in [0, 1].
    max_identical : float, optional
        Largest share of rows with one and the same value, missing ones included, in (0, 1]; of a
        number with many values the share of its heaviest pre-bin, which is never smaller.
    out_of_time : mapping, optional
        Rows of a later time, or of another population: "X", and optionally "y" and "sample_weight".
        Nothing is learnt on them.
    periods : array-like of shape (n_rows,), optional
        Label of time of each row, in place of ``out_of_time``: the rows of the last period are
        then the later ones, and take no part in anything else.
    period_order : sequence, optional
        The labels of ``periods`` from the first to the last, where they do not have an order of
        their own, as dates and months such as "2024-05" have.
    max_psi : float
        Limit of stage 2: largest stability index between the rows of the bins and the later ones.
    min_out_of_time_iv : float, optional
        Limit of stage 2, where outcomes of the later rows are given: least difference of the mean
        weights of evidence, as learnt before, of their non-events and events, in nats. That is an
        information value without optimism: 0 on average for noise, below 0 for what turned round.
        When None it is ``min_information_value``, and 0.02 where that is None, too.
    signs : {"drop", "keep"}
        Whether stage 7 takes place.
    event_label : object, optional
        The label of an event, where the binner does not name it. When None it is the larger of the
        two, and an EventLabelWarning says so unless labels are 0/1, -1/1 or False/True (numbers or
        text).
    protected : array-like of shape (n_rows,) or frame, optional
        Protected attributes of the rows, without missing values; they are never used but for stage
        6, which needs them.
    max_demographic_iv : float, optional
        Budget of stage 6 in nats, not negative: the sum over those selected of the demographic
        information value of their bins, the largest over attributes and pairs of groups, less its
        bias. Characteristics in ``include`` are taken first.

    Returns
    -------
    SelectionLog
        ``selected``, and ``to_frame()`` with every decision; an end of an interval is NaN where it
        is withheld, and infinite where the rows do not bound the number.

    Raises
    ------
    ValueError
        If a limit is out of its range, the data is not valid, or one of ``protected`` and
        ``max_demographic_iv`` is given without the other, or with ``periods``.
    InfeasibleError
        If what is included is beyond the demographic budget.
    TypeError
        If the binner cannot be refitted on parts of the counts.

    Notes
    -----
    The p-values of stage 5 are marked "after selection": bins, weights of evidence and the list of
    candidates come from the same rows, so that they rank characteristics and prove nothing; those
    of ``holdout`` are tests (score tests of the bins, each against the others selected), with
    adjusted p-values beside them (Benjamini-Hochberg). In stage 5
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
    [['number_1', 'permutation', ''], ['copy', 'correlation', 'number_0']]
    """
    check_option("direction", direction, ("forward", "backward", "both"))
    check_option("signs", signs, ("drop", "keep"))
    _check_limits(min_information_value, max_correlation, max_vif, alpha)
    check_size_of_test(n_permutations, alpha if min_information_value is None else 1.0)
    check_shares(iv_max, max_missing, max_identical)
    rules = Admission(iv_max, tuple(include), tuple(exclude), max_missing, max_identical)
    limits = StabilityLimits.of(max_psi, min_out_of_time_iv, min_information_value)
    allowance = DemographicBudget.of(protected, max_demographic_iv, periods)
    other_rows = None if holdout is None else read_rows("holdout", holdout)
    later = None if out_of_time is None else read_rows("out_of_time", out_of_time, needs_y=False)
    when = "out of time"
    if periods is not None:
        if later is not None:
            message = "out_of_time and periods each name the later rows, got both; give one of them"
            raise ValueError(message)
        X, y, sample_weight, later, last = last_period(X, y, sample_weight, periods, period_order)
        when = f"of {last}"

    unfitted = with_event(clone(OptimalBinner() if binner is None else binner), event_label)
    fitted = _fit_looking_at(unfitted, X, y, sample_weight, exclude)
    labels = labels_of_card(fitted, pd.unique(as_labels("y", y)).tolist(), event_label)
    with_event(fitted, labels.event)  # the folds of weighted rows fit it again
    target = labels.read(y)
    weights = as_weights(sample_weight, target.size)
    names = list(fitted.features_)
    check_names(include, exclude, names)

    inside, outside = (
        _information_values(fitted),
        _cross_fitted_values(fitted, X, y, weights, cv, rng),
    )
    steps = [*by_admission(fitted, inside, rules)]
    warn_set_aside(steps, iv_max)
    aside = {step.feature for step in steps}
    looked_at = {name: value for name, value in outside.items() if name not in aside}
    steps += (
        by_permutation(
            fitted,
            inside,
            looked_at,
            _permutation_tests(fitted, X, y, weights, n_permutations, rng),
            alpha,
        )
        if min_information_value is None
        else by_information(fitted, inside, looked_at, min_information_value)
    )
    if later is not None:
        steps += by_stability(fitted, labels, _remaining(names, steps), later, limits, when)

    codes = fitted.bin_codes(X)
    patterns = Patterns.from_rows(codes, target, weights)
    # From here on the better ones stand first: what comes later goes where two are alike.
    informative = sorted(_remaining(names, steps), key=lambda name: -inside[name].value)
    if informative:
        candidates = _EvidenceColumns(
            patterns.select([names.index(name) for name in informative]),
            [fitted.woe_[name] for name in informative],
            informative,
        )
        steps += candidates.by_correlation(max_correlation)
        steps += candidates.by_inflation(_remaining(informative, steps), max_vif)
        steps += candidates.by_steps(_remaining(informative, steps), direction, alpha)

    steps += forced(include, steps)
    steps += by_demographic_information(
        allowance, fitted, codes, target, weights, inside, _remaining(names, steps), include
    )
    if signs == "drop":
        steps += by_signs(fitted, patterns, _remaining(names, steps), include)
    selected = [names.index(name) for name in _remaining(names, steps)]
    warn_suspicious([names[f] for f in selected], inside, fitted, rules)
    if other_rows is not None and selected:
        steps += by_holdout(fitted, selected, other_rows)
    return SelectionLog(tuple(steps), tuple(names), tuple(selected))


def _fit_looking_at(
    binner: Any,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    exclude: Sequence[str],
) -> Any:
    """Fit the bins; of those who are left out no leakage is told, which was the way out of it."""
    if not exclude:
        return binner.fit(X, y, sample_weight)

    with collect_warnings() as said:
        fitted = binner.fit(X, y, sample_weight)
    for message, category in said:
        if category is not LeakageWarning:
            warn(message, category)
    warn_separating(
        bins.prebinned()[:2] for name, bins in fitted.features_.items() if name not in exclude
    )
    return fitted


def _check_limits(
    min_information_value: float | None, max_correlation: float, max_vif: float, alpha: float
) -> None:
    share = "above 0 and at most 1"
    # NaN is no number, minus infinity keeps all
    finite = min_information_value is None or min_information_value < np.inf
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


def _remaining(names: Sequence[str], steps: Sequence[SelectionStep]) -> list[str]:
    """Names whose last decision did not put them out."""
    last = {step.feature: step.decision for step in steps if step.decision != "told"}
    return [name for name in names if last[name] in {"kept", "entered", "included"}]


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


def _permutation_tests(
    binner: TableBinner,
    X: Any,
    y: ArrayLike,
    weights: FloatArray | None,
    n_permutations: int,
    rng: Rng,
) -> dict[str, PermutationResult]:
    """Test whether the bins of each feature learn more than chance would teach them."""
    if weights is None:
        return permutation_test(binner, n_permutations=n_permutations, rng=rng)
    return permutation_test(
        binner, X, y, n_permutations=n_permutations, sample_weight=weights, rng=rng
    )


class _EvidenceColumns:
    """Weights of evidence of characteristics by pattern, the better ones first."""

    def __init__(self, patterns: Patterns, woe: Sequence[FloatArray], names: list[str]) -> None:
        self.patterns, self.woe, self.names = patterns, woe, names
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

    def _correlation(self, first: int, second: int) -> StepNumber:
        """Correlation with its standard error and Fisher's interval; weights of evidence given."""
        mass, squared = self.patterns.mass, self.patterns.squared_weights.sum(axis=1)
        share = mass / mass.sum()
        pair = self.values[:, [first, second]]
        centred = pair - share @ pair
        x, z = (centred / np.sqrt(share @ centred**2)).T

        r = float(np.clip(share @ (x * z), -1.0, 1.0))
        # The derivative of a correlation by a row, both columns in their standard deviations.
        influence = x * z - 0.5 * r * (x**2 + z**2)
        error = float(np.sqrt(squared @ influence**2) / mass.sum())

        # Fisher's transform has no value at 1: copies have no interval but the point.
        room = 1.0 - r * r
        if room <= ROUNDING:
            return StepNumber(r, 0.0, r, r)
        reach = two_sided_quantile(0.95) * error / room
        low, high = (float(np.tanh(np.arctanh(r) + side * reach)) for side in (-1.0, 1.0))
        return StepNumber(r, error, low, high)

    def by_inflation(self, names: Sequence[str], limit: float) -> Iterator[SelectionStep]:
        """Drop the most inflated column until none exceeds the limit."""
        within = [self.names.index(name) for name in names]
        # Each one that leaves lowers the inflation of the others: one at a time.
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

    def by_steps(
        self, names: Sequence[str], direction: Literal["forward", "backward", "both"], alpha: float
    ) -> Iterator[SelectionStep]:
        """Let characteristics enter and leave a regression by their tests."""
        places = [self.names.index(name) for name in names]
        moves = stepwise(
            self.patterns.select(places),
            [self.woe[f] for f in places],
            direction=direction,
            alpha=alpha,
        )
        for move in moves:
            yield _stepwise_line(move, names[move.feature], alpha)

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

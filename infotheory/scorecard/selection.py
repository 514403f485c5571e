"""Which characteristics go into a card, with every decision, number and threshold on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone

from infotheory._display import html_frame, shortened
from infotheory._patterns import Patterns
from infotheory._random import Rng
from infotheory._target import as_labels
from infotheory._target_kinds import TargetKind
from infotheory._typing import ArrayLike
from infotheory._validation import as_weights, check_option, fill_absent
from infotheory._warnings import collect_warnings, warn
from infotheory.binning import OptimalBinner
from infotheory.binning.prebins.options import refuse_periods
from infotheory.binning.prebins.signals import warn_separating
from infotheory.exceptions import LeakageWarning
from infotheory.scorecard.links import LINK_NAMES, MeanLink, link_of_target
from infotheory.scorecard.points.binners import binner_of_kind, labels_of_card, with_event
from infotheory.scorecard.stages.admission import (
    Admission,
    by_admission,
    check_names,
    check_shares,
    forced,
    warn_set_aside,
    warn_suspicious,
)
from infotheory.scorecard.stages.columns import EvidenceColumns
from infotheory.scorecard.stages.demographic import DemographicBudget, by_demographic_information
from infotheory.scorecard.stages.holdout import by_holdout
from infotheory.scorecard.stages.information import (
    by_information,
    by_permutation,
    check_size_of_test,
)
from infotheory.scorecard.stages.samples import OtherRows, TargetReader, last_period, read_rows
from infotheory.scorecard.stages.signs import by_signs
from infotheory.scorecard.stages.stability import StabilityLimits, by_stability
from infotheory.scorecard.stages.steps import SelectionStep
from infotheory.scorecard.stages.worth import (
    kind_learnt,
    permutation_tests,
    values_inside,
    values_outside,
    word_of_worth,
)

__all__ = ["SelectionLog", "SelectionStep", "select_characteristics"]

#: Why a selection of several classes ends after the stage of stability.
_NO_CARD = (
    "correlation, variance inflation, stepwise regression and signs: several classes have a column "
    "a class and no card"
)

#: What to do with a binner of periods: the stages learn bins on parts of the rows.
_WITHOUT_PERIODS = (
    "choose with set_params(order_in_periods=None, max_rate_drift=None), whose bins are those of "
    "all periods, and fit the binner of the chosen ones with periods="
)

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
    absent : str
        Which stages the kind of the target has not got, and why; empty where it has all.
    """

    steps: tuple[SelectionStep, ...]
    features: tuple[str, ...]
    indices: tuple[int, ...]
    absent: str = ""

    def __repr__(self) -> str:
        names = shortened(", ".join(self.selected), 300)
        absent = f"; without {self.absent}" if self.absent else ""
        return (
            f"SelectionLog({len(self.indices)} of {len(self.features)} characteristics selected: "
            f"{names}; {len(self.steps)} steps, see to_frame(){absent})"
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
    target_type: str | None = None,
    power: float = 1.0,
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

    Of a target that is a number all stages are those of its card (``ScorecardRegressor``): the
    information value is that of its kind, of a continuous target the share of variance between bins
    (R2), and each test of stage 5 is the score test of the regression of the mean with the sandwich
    variance. Several classes have the stages before 3 and 6: they have no card.

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_features)
        Numbers and categories; missing values are welcome.
    y : array-like of shape (n_rows,)
        Two distinct labels, or what ``target_type`` says.
    binner : OptimalBinner or StumpBinner, optional
        A clone is fitted; ``OptimalBinner()`` when None.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights; the exposures of a rate.
    min_information_value : float, optional
        Limit of stage 1, in nats (R2 of a continuous target), in place of the permutation test,
        which keeps noise where rows are few; minus infinity keeps all that have two bins.
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
        Folds of stage 1, see :func:`infotheory.binning.cross_fitted_information_value`; a number
        of 3 or more where the target is no two classes.
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
        filled in later; what is selected with more than 1 nat (half of the variance of a continuous
        target) is then named in a LeakageWarning, unless it is in ``include``. Infinity says that
        no value is too large.
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
        information value without optimism: 0 on average for noise, below 0 for what turned round;
        of a continuous target the share of variance that the distances of means explain. When None
        it is ``min_information_value``, and 0.02 (0.005 of variance) where that is None, too.
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
    target_type : {"binary", "fraction", "rate", "continuous", "multiclass", "auto"}, optional
        What the target is; that of the binner when None.
    power : float
        Of the regression of a rate, in [1, 2]: 1 for counts, 2 for amounts of gamma's law.

    Returns
    -------
    SelectionLog
        ``selected``, and ``to_frame()`` with every decision; an end of an interval is NaN where it
        is withheld, and infinite where the rows do not bound the number.

    Raises
    ------
    ValueError
        If a limit is out of its range, the data is not valid, one of ``protected`` and
        ``max_demographic_iv`` is given without the other, or with ``periods``, or an option is not
        one of the kind of the target.
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
    weighted rows and means are tested by the score test with the sandwich variance, others by the
    likelihood ratio, a bin with one class only by the score test (its likelihood has no maximum).
    The interval
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
    allowance = DemographicBudget.of(protected, max_demographic_iv, periods, X)
    other_rows = None if holdout is None else read_rows("holdout", holdout)
    later, when = _later(out_of_time, periods), "out of time"
    if periods is not None:
        X, y, sample_weight, later, last = last_period(X, y, sample_weight, periods, period_order)
        when = f"of {last}"

    unfitted = with_event(_unfitted(binner, target_type), event_label)
    fitted = _fit_looking_at(unfitted, X, y, sample_weight, exclude)
    kind = kind_learnt(fitted)
    link = _link_of_card(kind, power, event_label, holdout)
    weights = as_weights(sample_weight, as_labels("y", y).size)
    reader = kind or _labels(fitted, fill_absent("y", y, weights), event_label)
    target = reader.read(y, weights=weights)
    names = list(fitted.features_)
    check_names(include, exclude, names)

    inside = values_inside(fitted)
    outside = values_outside(fitted, X, y, weights, cv, rng)
    steps = [*by_admission(fitted, inside, rules)]
    warn_set_aside(steps, iv_max, word_of_worth(kind))
    aside = {step.feature for step in steps}
    looked_at = {name: value for name, value in outside.items() if name not in aside}
    steps += (
        by_permutation(
            fitted,
            inside,
            looked_at,
            permutation_tests(fitted, X, y, weights, n_permutations, rng),
            alpha,
        )
        if min_information_value is None
        else by_information(fitted, inside, looked_at, min_information_value)
    )
    if later is not None:
        steps += by_stability(fitted, reader, _remaining(names, steps), later, limits, when)

    codes = fitted.bin_codes(X)
    patterns = None
    if kind is None or kind.kind in LINK_NAMES:
        patterns = Patterns.from_rows(codes, target, weights, kind=kind)
        # From here on the better ones stand first: what comes later goes where two are alike.
        informative = sorted(_remaining(names, steps), key=lambda name: -inside[name].value)
        candidates = EvidenceColumns.of(fitted, patterns, informative, link)
        steps += candidates.by_correlation(max_correlation)
        steps += candidates.by_inflation(_remaining(informative, steps), max_vif)
        steps += candidates.by_steps(_remaining(informative, steps), direction, alpha)

    steps += forced(include, steps)
    steps += by_demographic_information(
        allowance, fitted, codes, weights, inside, _remaining(names, steps), include
    )
    if signs == "drop" and patterns is not None:
        steps += by_signs(fitted, patterns, _remaining(names, steps), include, link)
    selected = [names.index(name) for name in _remaining(names, steps)]
    warn_suspicious([names[f] for f in selected], inside, fitted, rules)
    if other_rows is not None and selected:
        steps += by_holdout(fitted, selected, other_rows, reader, link)
    absent = _NO_CARD if patterns is None else ""
    return SelectionLog(tuple(steps), tuple(names), tuple(selected), absent)


def _later(out_of_time: Mapping[str, Any] | None, periods: Any) -> OtherRows | None:
    """Read the later rows that were given; ValueError where periods name others."""
    if out_of_time is None:
        return None
    if periods is not None:
        message = "out_of_time and periods each name the later rows, got both; give one of them"
        raise ValueError(message)
    return read_rows("out_of_time", out_of_time, needs_y=False)


def _unfitted(binner: BaseEstimator | None, target_type: str | None) -> Any:
    """Clone the binner, and tell it what the target is where somebody said so."""
    refuse_periods(binner, "select_characteristics", _WITHOUT_PERIODS)
    if target_type not in (None, "binary"):
        return binner_of_kind(binner, str(target_type))
    cloned = clone(OptimalBinner() if binner is None else binner)
    of_binner = cloned.get_params(deep=False).get("target_type", "binary")
    if target_type == "binary" != of_binner:
        message = (
            f"target_type must be that of the binner, {of_binner!r}, got 'binary'; name it in one "
            "of the two places"
        )
        raise ValueError(message)
    return cloned


def _labels(fitted: Any, y: ArrayLike, event_label: Any) -> TargetReader:
    """Return the labels of two classes, whose event the binner is told where it is not its own."""
    labels = labels_of_card(fitted, pd.unique(as_labels("y", y)).tolist(), event_label)
    with_event(fitted, labels.event)  # the folds of weighted rows fit it again
    return labels


def _link_of_card(
    kind: TargetKind | None, power: float, event_label: Any, holdout: Mapping[str, Any] | None
) -> MeanLink:
    """Return the link of the regression of a card; ValueError where the kind has no such option."""
    if kind is not None and event_label is not None:
        message = (
            f"event_label is for two classes, got {event_label!r} and target_type={kind.kind!r}; "
            "leave it out"
        )
        raise ValueError(message)
    if kind is not None and kind.kind not in LINK_NAMES and holdout is not None:
        message = (
            "holdout is for targets that have a card, got rows for target_type='multiclass'; give "
            "them as out_of_time, whose values of the bins are told and decided on"
        )
        raise ValueError(message)

    # A power is of a rate alone: all others refuse it by their own name.
    named = "binary" if kind is None else kind.kind
    if power != 1.0 and named not in LINK_NAMES:
        message = (
            f"power is for target_type='rate', got power={power!r} and target_type={named!r}; "
            "leave it out"
        )
        raise ValueError(message)
    return link_of_target(named if named in LINK_NAMES else "fraction", power)


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
    if kind_learnt(fitted) is not None:
        return fitted
    warn_separating(
        bins.prebinned()[:2] for name, bins in fitted.features_.items() if name not in exclude
    )
    return fitted


def _check_limits(
    min_information_value: float | None, max_correlation: float, max_vif: float, alpha: float
) -> None:
    """Refuse limits of a selection outside their ranges."""
    share = "above 0 and at most 1"
    # NaN is no number, and minus infinity keeps all: only the upper side is asked.
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

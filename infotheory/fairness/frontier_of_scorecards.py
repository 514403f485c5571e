"""The frontier of scorecards: information of the score within budgets of that about groups."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import clone

from infotheory._display import number_text
from infotheory._groups import Comparison
from infotheory._patterns import Patterns
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import check_integer, check_level, check_option
from infotheory.binning import FairBinner
from infotheory.evidence.groups.protected import MISSING_POLICIES
from infotheory.fairness.frontier import Frontier, FrontierPoint, check_budgets, dominated_points
from infotheory.fairness.frontier_of_bins import Progress
from infotheory.fairness.grouped import (
    GroupedSample,
    GroupPolicy,
    read_held_out,
    read_sample,
)
from infotheory.fairness.score_measures import (
    ScoreRule,
    group_divergence,
    score_measures,
    score_rule,
)
from infotheory.inference import Estimate
from infotheory.laws import one_sided_quantile
from infotheory.scorecard import Scorecard
from infotheory.scorecard._fit import regress
from infotheory.scorecard.points.binners import with_event
from infotheory.scorecard.points.codes import sum_by_code
from infotheory.scorecard.points.signs import right_sign
from infotheory.scorecard.regression.constrained import fit_constrained_logistic
from infotheory.scorecard.regression.logistic import LogisticFit

__all__ = ["scorecard_frontier"]

#: Halvings of the bracket of a bound, at most; 2^-25 of its width is below any step of the value.
_HALVINGS = 25
#: Relative width of a bracket at which a bound is known well enough.
_CLOSE = 1e-3


def scorecard_frontier(
    X: Any,
    y: ArrayLike,
    protected: Any,
    budgets: Sequence[float] | None = None,
    *,
    card: Scorecard | None = None,
    sample_weight: ArrayLike | None = None,
    holdout: Mapping[str, Any] | None = None,
    validation: Mapping[str, Any] | None = None,
    confidence: float | None = None,
    sign_constraints: bool = True,
    approval_rate: float = 0.5,
    n_score_bins: int = 10,
    n_points: int = 10,
    reference: Any = None,
    intersections: bool = False,
    missing_protected: str = "error",
    level: float = 0.95,
    progress: Progress | None = None,
    event_label: Any = None,
) -> Frontier:
    r"""Scorecards over a range of budgets of the demographic information value of the score.

    Bins are learnt once. At each budget the likelihood is maximised over coefficients of one sign,
    with a bound on the differences between the mean log odds of the groups: net, or gross
    (characteristics may not make up for each other). The bound is the largest, found by bisection,
    at which the demographic information value that is *measured* on the training (or validation)
    rows stays within the budget; of the two kinds the likelier regression is taken.

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_features)
        Numbers and categories.
    y : array-like of shape (n_rows,)
        Two labels.
    protected : array-like, Series or frame
        Protected attributes, one column an attribute.
    budgets : sequence of float, optional
        Budgets in nats, ``inf`` for none; ``n_points`` even steps up to the value without a budget
        when None.
    card : Scorecard, optional
        Bins and scale; ``Scorecard()`` when None. Its penalty is not used, and its ``signs`` are
        what ``sign_constraints`` says.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights.
    holdout : mapping, optional
        Rows that took no part in anything: keys X, y and protected, and optionally sample_weight.
        They are scored once, when every budget is settled.
    validation : mapping, optional
        Rows of the same form on which the budget is measured, in place of the training rows.
    confidence : float, optional
        Count ``z`` standard errors of the measured value against the budget, ``z`` one-sided (1.645
        at 0.95). Between 1/2 and 1.
    sign_constraints : bool
        Let no coefficient have the sign that makes more evidence of safety riskier; without them
        there is no gross gap.
    approval_rate : float
        Share of the training rows that is approved, for the adverse impact ratio; the cut-off is
        frozen on them.
    n_score_bins : int
        Score bands: quantiles of the scores of the training rows.
    n_points : int
        Number of budgets where none are given.
    reference : object or mapping, optional
        Group with which the others are compared, or one an attribute; all pairs when None.
    intersections : bool
        Compare also the combinations of the groups of all attributes.
    missing_protected : {"error", "group", "exclude"}
        What a missing group means, see ``FairBinner``.
    level : float
        Coverage of the intervals.
    progress : callable, optional
        Called with points done, points in all, and what was done.
    event_label : object, optional
        The label of an event, where the card does not name it. When None it is the larger of the
        two, and an EventLabelWarning says so unless labels are 0/1, -1/1 or False/True (numbers or
        text).

    Returns
    -------
    Frontier
        Points in order of the budget; ``model`` is the fitted ``Scorecard``. Measures are ``iv``
        (of the score), ``iv_fair`` (the largest over the pairs of groups), ``auc`` and
        ``adverse_impact_ratio`` (the smallest; NaN with its ``reason`` at a point that approves
        nobody of the reference group). Further columns of the table: measured (what the
        budget bounds), gap_kind ("net" or "gross"), gap_bound (nats of log odds), n_kept
        (characteristics with a coefficient).

    Raises
    ------
    ValueError
        If the data, a budget or an option is not valid.

    Notes
    -----
    For scores that are near normal with one variance the Jeffreys divergence between two groups is
    the squared standardised difference of their means, so that a bound on the difference is a
    convex stand-in for one on the divergence, which is not convex. The gross gap of a pair is
    ``sum |coefficient x difference of mean WoE|``, linear because coefficients have one sign;
    unlike the net gap it reaches every budget, at 0 with a constant score (status "constant
    score"). After section 8 of A. Sudjianto and D. Burakov, arXiv:2509.09855, who maximise the
    model's information value itself, which is not a convex problem.

    Examples
    --------
    >>> from infotheory.datasets import make_portfolio
    >>> data = make_portfolio(
    ...     4000, numeric=[0.3, 0.3], categorical=[], protected_slope=1.0, random_state=0
    ... )
    >>> table = scorecard_frontier(data.X, data.y, data.protected, [0.05, np.inf]).to_frame()
    >>> bool(table["iv_fair"][0] <= 0.05), bool(table["auc"][1] > table["auc"][0])
    (True, True)
    """
    check_option("missing_protected", missing_protected, MISSING_POLICIES)
    _check(approval_rate, confidence, n_score_bins, n_points)
    base = with_event(clone(Scorecard() if card is None else card), event_label)
    base.set_params(signs="free")  # of this regression the bins are used, not the coefficients
    base.fit(
        X, y, sample_weight, protected=protected if isinstance(base.binner, FairBinner) else None
    )

    base.set_params(signs="constrained" if sign_constraints else "free")
    labels = TargetLabels.of(base)
    policy = GroupPolicy(
        missing_protected=missing_protected, intersections=intersections, reference=reference
    )
    train = read_sample(
        X, y, protected, sample_weight, of="the training rows", labels=labels, policy=policy
    )
    tuning = read_held_out("validation", validation, labels=labels, policy=policy) or train
    held_out = read_held_out("holdout", holdout, labels=labels, policy=policy)

    z = 0.0 if confidence is None else one_sided_quantile(confidence)
    search = _Search.start(
        base, train, tuning, z, n_score_bins, approval_rate, signed=sign_constraints
    )

    limits = (
        _steps(search.at(np.inf).measured, n_points) if budgets is None else check_budgets(budgets)
    )

    points = []
    for i, budget in enumerate(limits.tolist()):
        points.append(_point(search, budget, held_out))
        if progress is not None:
            progress(i + 1, limits.size, f"budget {number_text(budget)}")
    gains, costs = ([point.measures[name].value for point in points] for name in ("iv", "iv_fair"))
    return Frontier(tuple(points), dominated_points(gains, costs), level)


def _check(
    approval_rate: float, confidence: float | None, n_score_bins: int, n_points: int
) -> None:
    check_integer("n_points", n_points)
    check_integer("n_score_bins", n_score_bins, low=2)
    check_level(approval_rate, "approval_rate")
    if confidence is not None and not 0.5 <= confidence < 1.0:
        message = (
            "confidence must lie in [0.5, 1), or be None for no standard errors, got "
            f"{confidence!r}"
        )
        raise ValueError(message)


def _steps(largest: float, n_points: int) -> FloatArray:
    """Even budgets up to the value without a budget, which is ``inf``."""
    return np.append(largest * np.arange(1, n_points) / n_points, np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class _Bounded:
    """A regression under a bound on the gaps, with its frozen bands and cut-off.

    ``measured`` is what its score says of groups on the tuning rows, with z standard errors.
    """

    gross: bool
    bound: float
    fit: LogisticFit
    rule: ScoreRule
    measured: float


@dataclass(slots=True, eq=False)
class _Search:
    """What the regressions of all budgets share, and those made so far."""

    card: Scorecard
    train: GroupedSample
    tuning: GroupedSample
    patterns: Patterns
    design: FloatArray
    active: BoolArray
    gaps: FloatArray
    codes: IntArray
    tuning_codes: IntArray
    z: float
    n_score_bins: int
    approval_rate: float
    signed: bool
    made: dict[tuple[bool, float], _Bounded] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        card: Scorecard,
        train: GroupedSample,
        tuning: GroupedSample,
        z: float,
        n_score_bins: int,
        approval_rate: float,
        *,
        signed: bool,
    ) -> "_Search":
        binner = card.binner_
        codes = binner.bin_codes(train.X)
        patterns = Patterns.from_rows(codes, train.rows.target, train.rows.weights)

        woe = [binner.woe_[name] for name in binner.specs_]
        columns = np.column_stack([table[code] for table, code in zip(woe, codes.T, strict=True)])
        # A characteristic that does not vary has no coefficient.
        active = np.ptp(columns, axis=0) > 0.0
        gaps = np.array([_gap(columns, train, comparison) for comparison in train.comparisons])
        # Without validation rows the budget is measured on the training rows themselves.
        tuning_codes = codes if tuning is train else binner.bin_codes(tuning.X)
        return cls(
            card=card,
            train=train,
            tuning=tuning,
            patterns=patterns,
            design=patterns.design(woe)[:, active],
            active=active,
            gaps=gaps,
            codes=codes,
            tuning_codes=tuning_codes,
            z=z,
            n_score_bins=n_score_bins,
            approval_rate=approval_rate,
            signed=signed,
        )

    def at(self, bound: float, *, gross: bool = False) -> _Bounded:
        """Regression under a bound on the net gaps, or on the gross ones; made once."""
        if (gross, bound) not in self.made:
            # Bands and cut-off are those of the training rows; the budget is measured elsewhere.
            fit = self._fit(bound, np.abs(self.gaps) if gross else self.gaps)
            scores = self.log_odds(fit, self.codes)
            rule = self._rule(scores)
            bands = rule.band(self.log_odds(fit, self.tuning_codes))
            iv_fair, _ = group_divergence(bands, rule, self.tuning)
            # With a confidence the budget bounds an upper limit of the value.
            measured = iv_fair.value + self.z * iv_fair.standard_error
            self.made[gross, bound] = _Bounded(gross, bound, fit, rule, measured)
        return self.made[gross, bound]

    def within(self, budget: float) -> _Bounded:
        """Likeliest regression whose measured value is within a budget.

        The constant score says nothing of groups and is within every one.
        """
        free = self.at(np.inf)
        if free.measured <= budget:
            return free

        # A gross gap is linear only where coefficients have one sign.
        kinds = (False, True) if self.signed else (False,)
        largest = [self._largest(budget, free, gross=gross) for gross in kinds]
        within = [made for made in largest if made is not None]
        return max(within, key=lambda made: made.fit.log_likelihood) if within else self._constant()

    def _largest(self, budget: float, free: _Bounded, *, gross: bool) -> _Bounded | None:
        """Regression of a kind with the largest bound within a budget; None where none is."""
        # Even the tightest bound measures too much, by noise or by what means do not tell.
        if self.at(0.0, gross=gross).measured > budget:
            return None

        # At the gap of the free regression a bound stops binding; what was measured for other
        # budgets narrows the bracket before anything is fitted.
        gaps = np.abs(self.gaps) if gross else self.gaps
        high = float(np.abs(gaps[:, self.active] @ free.fit.coefficients).max())
        known = [made for made in self.made.values() if made.gross == gross and made.bound < high]
        # The bound 0 was made above, so that there is one within the budget.
        low = max(made.bound for made in known if made.measured <= budget)
        high = min((made.bound for made in known if made.bound > low), default=high)

        for _ in range(_HALVINGS):
            # The lower end is always one that was measured within the budget.
            if high - low <= _CLOSE * high:
                break
            middle = 0.5 * (low + high)
            low, high = (
                (middle, high) if self.at(middle, gross=gross).measured <= budget else (low, middle)
            )
        return self.at(low, gross=gross)

    def _constant(self) -> _Bounded:
        """Return the regression on nothing."""
        # Each coefficient is a gap of its own, bounded by 0.
        fit = self._fit(0.0, np.eye(self.active.size))
        return _Bounded(False, 0.0, fit, self._rule(self.log_odds(fit, self.codes)), 0.0)

    def _rule(self, scores: FloatArray) -> ScoreRule:
        """Bands and cut-off of the scores of the training rows."""
        return score_rule(scores, self.train.rows.weights, self.n_score_bins, self.approval_rate)

    def log_odds(self, fit: LogisticFit, codes: IntArray) -> FloatArray:
        """Log odds of an event, one by one of the codes: equal codes give equal numbers.

        Bands and cut-off then treat equal rows alike, which a matrix product does not promise.
        """
        coefficients = np.zeros(self.active.size)
        coefficients[self.active] = fit.coefficients
        woe = self.card.binner_.woe_.values()
        tables = [coefficient * table for coefficient, table in zip(coefficients, woe, strict=True)]
        return sum_by_code(codes, tables, fit.intercept)

    def scorecard(self, made: _Bounded) -> Scorecard:
        """Card with the coefficients of a regression."""
        # All coefficients are 0 where the budget leaves no score: that is not the signs' doing.
        signed = self.signed and bool(made.fit.coefficients.any())
        # The fit is there already: ``regress`` only makes a card of it.
        result = regress(self.card.binner_, self.patterns, lambda *_, **__: made.fit, signed=signed)
        return self.card.with_regression(result)

    def _fit(self, bound: float, gaps: FloatArray) -> LogisticFit:
        patterns = self.patterns.in_units_of(self.patterns.common_weight)  # as ``regress`` does
        return fit_constrained_logistic(
            self.design,
            patterns.counts,
            sign=self.signed * right_sign(self.card.binner_.woe_sign),
            gaps=gaps[:, self.active],
            largest_gap=bound,
            squared_weights=patterns.squared_weights if patterns.weighted else None,
        )


def _gap(columns: FloatArray, sample: GroupedSample, comparison: Comparison) -> FloatArray:
    """Difference between the mean weights of evidence of two groups."""
    positions, members = sample.pair(comparison)
    means = [
        np.average(
            columns[positions[members.target == second]],
            axis=0,
            weights=members.mass[members.target == second],
        )
        for second in (0.0, 1.0)
    ]
    return np.asarray(means[0] - means[1])


def _point(search: _Search, budget: float, held_out: GroupedSample | None) -> FrontierPoint:
    began = time.perf_counter()
    made = search.within(budget)
    card = search.scorecard(made)
    seconds = time.perf_counter() - began
    measures, comparison = score_measures(
        search.log_odds(made.fit, search.codes), made.rule, search.train
    )
    details: dict[str, Any] = {
        "measured": made.measured,
        "gap_kind": "gross" if made.gross else "net",
        "gap_bound": made.bound,
        "n_kept": int(np.count_nonzero(made.fit.coefficients)),
    }

    holdout: dict[str, Estimate] = {}
    if held_out is not None:
        scores = search.log_odds(made.fit, search.card.binner_.bin_codes(held_out.X))
        holdout, details["holdout_comparison"] = score_measures(scores, made.rule, held_out)

    return FrontierPoint(
        budget=budget,
        model=card,
        measures=measures,
        holdout=holdout,
        comparison=comparison,
        status=made.fit.status if made.fit.coefficients.any() else "constant score",
        # A gap to a bound is one of searches over bins: a regression has none.
        gap=np.nan,
        seconds=seconds,
        details=details,
    )

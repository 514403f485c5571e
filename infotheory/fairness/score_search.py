"""Regressions under bounds on gaps, and the likeliest within budgets of what is measured."""

from dataclasses import dataclass, field, replace

import numpy as np

from infotheory._groups import Comparison
from infotheory._patterns import Patterns
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.fairness.grouped import GroupedSample, LaterRows
from infotheory.fairness.score_measures import (
    ScoreRule,
    drift_of_bands,
    group_divergence,
    score_rule,
)
from infotheory.inference import DivergenceEstimate
from infotheory.scorecard import Scorecard
from infotheory.scorecard._fit import regress
from infotheory.scorecard.points.codes import sum_by_code, warn_of_new_values
from infotheory.scorecard.points.signs import right_sign
from infotheory.scorecard.regression.constrained import fit_constrained_logistic
from infotheory.scorecard.regression.logistic import LogisticFit

__all__ = ["Bounded", "ScoreSearch"]

#: Of groups, and of time: bounds, budgets and measures come in this order.
Pair = tuple[float, float]
_UNBOUNDED: Pair = (np.inf, np.inf)

#: Halvings of the bracket of a bound, at most; 2^-25 of its width is below any step of the value.
_HALVINGS = 25
#: Relative width of a bracket at which a bound is known well enough.
_CLOSE = 1e-3
#: Rounds in which the two bounds are tightened in turn.
_ROUNDS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """A regression under bounds on the gaps, with its frozen bands and cut-off.

    ``bounds`` are those of the gap between groups and of the gap to later rows; ``measured`` is
    what its score says of groups on the tuning rows, and its stability index against later rows (0
    without them), each with z standard errors.
    """

    gross: bool
    bounds: Pair
    fit: LogisticFit
    rule: ScoreRule
    measured: Pair

    def within(self, budgets: Pair) -> bool:
        """Tell whether both measures are within their budgets."""
        return all(one <= most for one, most in zip(self.measured, budgets, strict=True))


@dataclass(slots=True, eq=False)
class ScoreSearch:
    """What the regressions of all budgets share, and those made so far."""

    card: Scorecard
    train: GroupedSample
    tuning: GroupedSample
    later: LaterRows | None
    patterns: Patterns
    design: FloatArray
    active: BoolArray
    #: Differences of mean weights of evidence: of groups, one row a pair, and of later rows.
    gaps: tuple[FloatArray, FloatArray]
    codes: IntArray
    tuning_codes: IntArray
    later_codes: IntArray
    z: float
    n_score_bins: int
    approval_rate: float
    signed: bool
    made: dict[tuple[bool, Pair], Bounded] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        card: Scorecard,
        train: GroupedSample,
        tuning: GroupedSample,
        later: LaterRows | None,
        z: float,
        n_score_bins: int,
        approval_rate: float,
        *,
        signed: bool,
    ) -> "ScoreSearch":
        """Count the patterns of the training rows, and the gaps between means."""
        binner = card.binner_
        codes = binner.bin_codes(train.X)
        patterns = Patterns.from_rows(codes, train.rows.target, train.rows.weights)

        woe = [binner.woe_[name] for name in binner.specs_]
        columns = _evidence(woe, codes)
        # A characteristic that does not vary has no coefficient.
        active = np.ptp(columns, axis=0) > 0.0
        of_groups = np.array([_gap(columns, train, comparison) for comparison in train.comparisons])

        # Later rows differ from those of the fit as one group from another: by their means.
        later_codes, of_time = codes[:0], np.zeros((0, active.size))
        if later is not None:
            later_codes = binner.bin_codes(later.X)
            warn_of_new_values(binner, later_codes, later.weights)
            drift = np.average(_evidence(woe, later_codes), axis=0, weights=later.weights)
            of_time = (drift - np.average(columns, axis=0, weights=train.rows.weights))[None, :]

        # Without validation rows the budget is measured on the training rows themselves.
        tuning_codes = codes if tuning is train else binner.bin_codes(tuning.X)
        warn_of_new_values(binner, tuning_codes, tuning.rows.weights)
        return cls(
            card=card,
            train=train,
            tuning=tuning,
            later=later,
            patterns=patterns,
            design=patterns.design(woe)[:, active],
            active=active,
            gaps=(of_groups, of_time),
            codes=codes,
            tuning_codes=tuning_codes,
            later_codes=later_codes,
            z=z,
            n_score_bins=n_score_bins,
            approval_rate=approval_rate,
            signed=signed,
        )

    def at(self, bounds: Pair = _UNBOUNDED, *, gross: bool = False) -> Bounded:
        """Regression under bounds on the net gaps, or on the gross ones; made once."""
        if (gross, bounds) not in self.made:
            # Bands and cut-off are those of the training rows; the budget is measured elsewhere.
            fit = self._fit(bounds, self._gaps(gross=gross))
            rule = self._rule(self.log_odds(fit, self.codes))
            bands = rule.band(self.log_odds(fit, self.tuning_codes))
            of_groups, _ = group_divergence(bands, rule, self.tuning)
            # With a confidence the budget bounds an upper limit of the value.
            measures = (of_groups, self.stability(fit, rule))
            groups, time = (
                0.0 if one is None else one.value + self.z * one.standard_error for one in measures
            )
            self.made[gross, bounds] = Bounded(gross, bounds, fit, rule, (groups, time))
        return self.made[gross, bounds]

    def stability(self, fit: LogisticFit, rule: ScoreRule) -> DivergenceEstimate | None:
        """Stability index of the score from the training rows to later ones; None without them."""
        if self.later is None:
            return None
        first, second = (
            rule.band(self.log_odds(fit, codes)) for codes in (self.codes, self.later_codes)
        )
        return drift_of_bands(first, second, rule, self.train.rows.weights, self.later.weights)

    def within(self, budgets: Pair) -> Bounded:
        """Likeliest regression whose measures are within their budgets.

        The constant score says nothing of groups, never drifts, and is within all.
        """
        free = self.at()
        if free.within(budgets):
            return free

        # A gross gap is linear only where coefficients have one sign.
        kinds = (False, True) if self.signed else (False,)
        for gross in kinds:
            self._tighten(replace(free, gross=gross), budgets)

        # Of all that were made, be it for other budgets: the search for a looser pair may end
        # sooner, or nowhere, where that for a tighter one found a card.
        within = [made for made in self.made.values() if made.within(budgets)]
        return max(within, key=lambda made: made.fit.log_likelihood) if within else self._constant()

    def _tighten(self, free: Bounded, budgets: Pair) -> None:
        """Make regressions of a kind with ever tighter bounds, until one is within both budgets.

        A bound moves what the other one's measure is, either way: they are tightened in turn until
        both hold. None is loosened again, so that the last may be short of the likeliest pair.
        """
        made: Bounded | None = free
        for _ in range(_ROUNDS):
            for kind, budget in enumerate(budgets):
                made = None if made is None else self._tightened(made, kind, budget)
            if made is None or made.within(budgets):
                break

    def _tightened(self, free: Bounded, kind: int, budget: float) -> Bounded | None:
        """Regression with the largest bound on one kind of gap at which it keeps to its budget.

        None where even the tightest bound measures too much, by noise or by what means do not tell.
        """
        if free.measured[kind] <= budget:
            return free

        def at(bound: float) -> Bounded:
            """Regression with this bound, the other one being left as it is."""
            bounds = (bound, free.bounds[1]) if kind == 0 else (free.bounds[0], bound)
            return self.at(bounds, gross=free.gross)

        if at(0.0).measured[kind] > budget:
            return None

        # At the gap of the freer regression a bound stops binding; what was measured for other
        # budgets narrows the bracket before anything is fitted.
        gaps = self._gaps(gross=free.gross)[kind]
        high = float(np.abs(gaps[:, self.active] @ free.fit.coefficients).max())
        known = [
            made
            for made in self.made.values()
            if made.gross == free.gross
            and made.bounds[1 - kind] == free.bounds[1 - kind]
            and made.bounds[kind] < high
        ]
        # The bound 0 was made above, so that there is one within the budget.
        low = max(made.bounds[kind] for made in known if made.measured[kind] <= budget)
        high = min((made.bounds[kind] for made in known if made.bounds[kind] > low), default=high)

        for _ in range(_HALVINGS):
            # The lower end is always one that was measured within the budget.
            if high - low <= _CLOSE * high:
                break
            middle = 0.5 * (low + high)
            low, high = (middle, high) if at(middle).measured[kind] <= budget else (low, middle)
        return at(low)

    def _gaps(self, *, gross: bool) -> tuple[FloatArray, FloatArray]:
        """Gaps of both kinds; in gross ones characteristics may not make up for each other."""
        of_groups, of_time = self.gaps
        return (np.abs(of_groups), np.abs(of_time)) if gross else self.gaps

    def _constant(self) -> Bounded:
        """Return the regression on nothing."""
        # Each coefficient is a gap of its own, bounded by 0.
        every = np.eye(self.active.size)
        fit = self._fit((0.0, 0.0), (every, every[:0]))
        rule = self._rule(self.log_odds(fit, self.codes))
        return Bounded(False, (0.0, 0.0), fit, rule, (0.0, 0.0))

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

    def scorecard(self, made: Bounded) -> Scorecard:
        """Card with the coefficients of a regression."""
        # All coefficients are 0 where the budget leaves no score: that is not the signs' doing.
        signed = self.signed and bool(made.fit.coefficients.any())
        # The fit is there already: ``regress`` only makes a card of it.
        result = regress(self.card.binner_, self.patterns, lambda *_, **__: made.fit, signed=signed)
        return self.card.with_regression(result)

    def _fit(self, bounds: Pair, gaps: tuple[FloatArray, FloatArray]) -> LogisticFit:
        """Regression of the training rows under bounds on both kinds of gaps."""
        patterns = self.patterns.in_units_of(self.patterns.common_weight)  # as ``regress`` does
        return fit_constrained_logistic(
            self.design,
            patterns.counts,
            sign=self.signed * right_sign(self.card.binner_.woe_sign),
            gaps=np.concatenate(gaps)[:, self.active],
            largest_gap=np.repeat(bounds, [len(rows) for rows in gaps]),
            squared_weights=patterns.squared_weights if patterns.weighted else None,
        )


def _evidence(woe: list[FloatArray], codes: IntArray) -> FloatArray:
    """Weights of evidence of rows, shape (n_rows, n_features)."""
    return np.column_stack([table[code] for table, code in zip(woe, codes.T, strict=True)])


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

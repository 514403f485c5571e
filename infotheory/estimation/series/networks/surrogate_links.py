"""Links of series of any estimator, tested by shifts of the source."""

from collections.abc import Sequence

import numpy as np

from infotheory._later import stats
from infotheory._typing import FloatArray
from infotheory._warnings import collect_warnings
from infotheory.estimation.series.embedding import Embedding, Lagged
from infotheory.estimation.series.estimators import Estimator
from infotheory.estimation.series.memory.cycles import whole_cycles
from infotheory.estimation.series.memory.transfer_draws import NO_EVIDENCE, doubt_of_shifts
from infotheory.estimation.series.memory.trends import doubt_of_trends
from infotheory.estimation.series.networks.links import Link, Term
from infotheory.estimation.series.signals import Signal, Trials
from infotheory.estimation.series.surrogates import Surrogates, series_surrogates

__all__ = ["SurrogateLinks"]

#: Shifts as large as the value, after which no more are drawn.
_ENOUGH = 10
#: Nats by which values that are the same may differ.
_ROUNDING = 1e-12


class SurrogateLinks:
    """Series, of which all candidates and surrogates of a step share one condition."""

    def __init__(
        self,
        estimator: Estimator,
        signals: Sequence[Signal],
        rows: Embedding,
        trials: Trials,
        n_surrogates: int,
    ) -> None:
        self._estimator, self._signals, self._rows = estimator, signals, rows
        self._n_surrogates, self._trials = n_surrogates, trials
        # What shifts sources, by the steps of whole cycles; these, by source and target, once they
        # were looked at
        self._shifts: dict[int | None, Surrogates] = {None: self._shift_by(None)}
        self._turns: dict[tuple[int, int], int | None] = {}

    def best(
        self,
        target: int,
        candidates: Sequence[Term],
        given: Sequence[Term],
        rng: np.random.Generator,
    ) -> tuple[Term, float]:
        """Return the candidate that says most, and the p-value of the maximum.

        Shifts of random candidates make one null law, that of t for its mean and variance; Sidak's
        correction takes the largest.
        """
        comparison = self._given(target, given)
        values = np.array([comparison.value(term) for term in candidates])
        drawn = np.empty(self._n_surrogates)
        for i in range(drawn.size):
            term = candidates[int(rng.integers(len(candidates)))]
            drawn[i] = self._shifted(comparison, target, [term], rng)
        best = int(values.argmax())
        tail = self._tail(float(values[best]), drawn)
        # Through expm1 and log1p, which keep the digits of a small tail; of 1 it is that of -inf.
        with np.errstate(divide="ignore"):
            p_value = float(-np.expm1(len(candidates) * np.log1p(-tail)))
        return candidates[best], p_value

    def weakest(
        self,
        target: int,
        terms: Sequence[Term],
        given: Sequence[Term],
        rng: np.random.Generator,
    ) -> tuple[Term, float]:
        """Return the term with the largest p-value given all others."""
        p_values = []
        for term in terms:
            others = [one for one in terms if one != term]
            comparison = self._given(target, [*given, *others])
            drawn = np.array(
                [self._shifted(comparison, target, [term], rng) for _ in range(self._n_surrogates)]
            )
            p_values.append(self._tail(comparison.value(term), drawn))
        weakest = int(np.argmax(p_values))
        return terms[weakest], p_values[weakest]

    def link(
        self,
        target: int,
        source: Sequence[Term],
        given: Sequence[Term],
        rng: np.random.Generator,
    ) -> Link:
        """Compare the largest over the lags with shifts of the source.

        Where ten shifts reach it no more are drawn: their share of those drawn is a p-value of the
        same size (Besag and Clifford 1991, doi:10.1093/biomet/78.2.301). Below the smallest share
        of all shifts the tail is that of a Gumbel law with their mean and variance.
        """
        comparison = self._given(target, given)
        values = np.array([comparison.value(term) for term in source])
        best = int(values.argmax())
        value, n_reached = float(values[best]), 0
        drawn: list[float] = []
        while len(drawn) < self._n_surrogates and n_reached < _ENOUGH:
            drawn.append(self._shifted(comparison, target, source, rng, enough=value))
            n_reached += drawn[-1] >= value

        if n_reached == _ENOUGH:
            share = n_reached / len(drawn)
        else:
            share = (1 + n_reached) / (1 + len(drawn))
        # No shift reached the value: each is the largest over all lags.
        deviation = float(np.std(drawn, ddof=1))
        if n_reached == 0 and deviation > _ROUNDING:
            # A Gumbel law has the deviation pi scale / sqrt(6), and the mean place + gamma scale.
            scale = deviation * np.sqrt(6.0) / np.pi
            place = float(np.mean(drawn)) - np.euler_gamma * scale
            share = min(share, float(stats.gumbel_r.sf(value, place, scale)))
        # One warning of all links tells why errors are withheld.
        with collect_warnings() as said:
            error = comparison.standard_error(source[best])
        reason = said[0][0] if said and np.isnan(error) else None
        moved, still = self._signals[source[0][0]], self._signals[target]
        doubt = doubt_of_shifts(moved, still, self._trials, self._turn_of(source[0][0], target))
        if doubt is None and share <= NO_EVIDENCE:
            others = [Lagged(self._signals[one], (lag,)) for one, lag in given if one != target]
            doubt = doubt_of_trends(moved, still, self._trials, others)
        return Link(value, error, share, reason, doubt)

    def _given(self, target: int, given: Sequence[Term]) -> "_Comparison":
        return _Comparison(self._estimator, self._signals, self._rows, (target, 0), tuple(given))

    def _shifted(
        self,
        comparison: "_Comparison",
        target: int,
        terms: Sequence[Term],
        rng: np.random.Generator,
        *,
        enough: float = np.inf,
    ) -> float:
        """Return the largest value of one series at some lags, shifted in time, or one enough."""
        source = terms[0][0]
        moved = self._shift_of(source, target).draw(self._signals[source], rng)
        return comparison.largest(terms, moved, enough)

    def _shift_of(self, source: int, target: int) -> Surrogates:
        """Return what shifts a source; one with a cycle of the target stays in phase."""
        # The target's own past is to explain the cycle.
        turn = None if source == target else self._turn_of(source, target)
        if turn not in self._shifts:
            self._shifts[turn] = self._shift_by(turn)
        return self._shifts[turn]

    def _turn_of(self, source: int, target: int) -> int | None:
        """Return after how many steps the cycles of two series are where they began, if of both."""
        if (source, target) not in self._turns:
            moved, still = self._signals[source], self._signals[target]
            self._turns[source, target] = whole_cycles(moved, still, self._trials)
        return self._turns[source, target]

    def _shift_by(self, turn: int | None) -> Surrogates:
        way_out = "take longer ones; method='gaussian' shifts nothing"
        return series_surrogates("shift", self._trials, 0, turn=turn, too_short=way_out)

    def _tail(self, value: float, drawn: FloatArray) -> float:
        """Return the upper tail of a new draw from the law of some draws."""
        # A new draw varies about a mean that is known from the draws: 1 + 1/n of their variance.
        spread = float(drawn.std(ddof=1)) * np.sqrt(1.0 + 1.0 / drawn.size)
        if spread <= _ROUNDING:
            # Draws that are all one value have no law: only the rank is left.
            return 1.0 if value <= drawn[0] + _ROUNDING else 1.0 / (1 + drawn.size)
        return float(stats.t.sf((value - drawn.mean()) / spread, drawn.size - 1))


class _Comparison:
    """A target given some terms, to be compared with other terms and with shifts of them.

    Where nothing is missing all of them share one comparison. A series that is shifted takes its
    gaps along, and is compared on the steps that it leaves.
    """

    def __init__(
        self,
        estimator: Estimator,
        signals: Sequence[Signal],
        rows: Embedding,
        target: Term,
        given: tuple[Term, ...],
    ) -> None:
        self._signals, self._rows = signals, rows
        past = [self._lagged(term) for term in given]
        self._whole = estimator.compare(self._lagged(target), past, rows)

    def value(self, term: Term) -> float:
        """Return the value of a term."""
        return self._whole.value(self._whole.take([self._lagged(term)]))

    def standard_error(self, term: Term) -> float:
        """Return the standard error of that value, NaN and a warning where none is known."""
        return self._whole.error(self._whole.take([self._lagged(term)]))

    def largest(self, terms: Sequence[Term], moved: Signal, enough: float) -> float:
        """Return the largest value of a series that was shifted, at the lags of some terms.

        Or the first that is enough.
        """
        parts = [Lagged(moved, (lag,)) for _, lag in terms]
        comparison = self._whole
        if moved.missing.any():
            steps = self._rows.steps
            seen = ~np.any([moved.missing[steps - lag] for _, lag in terms], axis=0)
            if 2 * np.count_nonzero(seen) < seen.size:
                message = (
                    f"a series that is shifted with its gaps must leave half of the {seen.size} "
                    f"steps that are complete, got {np.count_nonzero(seen)}; leave out the series "
                    "with the most gaps, take fewer lags, or a Gaussian method"
                )
                raise ValueError(message)

            # A series that is shifted takes its gaps along: only steps that they leave are
            # compared.
            comparison = self._whole.among(seen)

        largest = -np.inf
        for part in parts:
            largest = max(largest, comparison.value(comparison.take([part])))
            if largest >= enough:
                break
        return largest

    def _lagged(self, term: Term) -> Lagged:
        series, lag = term
        return Lagged(self._signals[series], (lag,))

"""Links of series of any estimator, tested by shifts of the source."""

from collections.abc import Sequence

import numpy as np

from infotheory._later import stats
from infotheory._typing import FloatArray
from infotheory.estimation.series.embedding import Embedding, Lagged
from infotheory.estimation.series.estimators import Estimator, TargetGivenPast
from infotheory.estimation.series.networks.links import Link, Term
from infotheory.estimation.series.signals import Signal, Trials
from infotheory.estimation.series.surrogates import series_surrogates

__all__ = ["SurrogateLinks"]


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
        self._n_surrogates = n_surrogates
        missing = any(signal.missing.any() for signal in signals)
        if missing:
            message = (
                "missing='omit' goes with the Gaussian methods here: a series that is shifted has "
                "its gaps elsewhere; drop the series with gaps, or fill them"
            )
            raise ValueError(message)
        self._shift = series_surrogates("shift", trials, 0)

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
        values = np.array([self._value(comparison, term) for term in candidates])
        drawn = np.array(
            [
                self._shifted(comparison, [candidates[int(rng.integers(len(candidates)))]], rng)
                for _ in range(self._n_surrogates)
            ]
        )
        best = int(values.argmax())
        tail = self._tail(float(values[best]), drawn)
        return candidates[best], float(-np.expm1(len(candidates) * np.log1p(-tail)))

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
                [self._shifted(comparison, [term], rng) for _ in range(self._n_surrogates)]
            )
            p_values.append(self._tail(self._value(comparison, term), drawn))
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

        Below the smallest share of the shifts the tail is that of a Gumbel law with their mean and
        variance.
        """
        comparison = self._given(target, given)
        values = np.array([self._value(comparison, term) for term in source])
        best = int(values.argmax())
        drawn = np.array(
            [self._shifted(comparison, source, rng) for _ in range(self._n_surrogates)]
        )
        share = (1 + int((drawn >= values[best]).sum())) / (1 + drawn.size)
        if share <= 1 / (1 + drawn.size) and drawn.std() > 0.0:
            scale = float(drawn.std(ddof=1)) * np.sqrt(6.0) / np.pi
            place = float(drawn.mean()) - np.euler_gamma * scale
            share = min(share, float(stats.gumbel_r.sf(values[best], place, scale)))
        measured = comparison.score(comparison.take([self._lagged(*source[best])]))
        return Link(float(values[best]), measured.standard_error, share)

    def _lagged(self, series: int, lag: int) -> Lagged:
        return Lagged(self._signals[series], (lag,))

    def _given(self, target: int, given: Sequence[Term]) -> TargetGivenPast:
        past = [self._lagged(*term) for term in given]
        return self._estimator.compare(self._lagged(target, 0), past, self._rows)

    def _value(self, comparison: TargetGivenPast, term: Term) -> float:
        return comparison.value(comparison.take([self._lagged(*term)]))

    def _shifted(
        self, comparison: TargetGivenPast, terms: Sequence[Term], rng: np.random.Generator
    ) -> float:
        """Return the largest value of one series at some lags, shifted in time."""
        moved = self._shift.draw(self._signals[terms[0][0]], rng)
        return max(comparison.value(comparison.take([Lagged(moved, (lag,))])) for _, lag in terms)

    def _tail(self, value: float, drawn: FloatArray) -> float:
        """Return the upper tail of a new draw from the law of some draws."""
        spread = float(drawn.std(ddof=1)) * np.sqrt(1.0 + 1.0 / drawn.size)
        if spread == 0.0:
            return 1.0 if value <= drawn[0] else 1.0 / (1 + drawn.size)
        return float(stats.t.sf((value - drawn.mean()) / spread, drawn.size - 1))

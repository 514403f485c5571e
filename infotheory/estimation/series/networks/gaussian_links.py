"""Links of Gaussian series, all read off one matrix of correlations of lagged columns."""

from collections.abc import Sequence

import numpy as np
from scipy import linalg

from infotheory._later import stats
from infotheory._typing import FloatArray
from infotheory.estimation.measurements._gaussian import plugin_bias
from infotheory.estimation.series.embedding import Embedding, Lagged
from infotheory.estimation.series.memory.transfer_draws import (
    NO_EVIDENCE,
    Transfer,
    doubted_p_value,
)
from infotheory.estimation.series.networks.links import Link, Term
from infotheory.estimation.series.signals import Signal, Trials

__all__ = ["GaussianLinks"]

#: Draws behind the p-value of the largest statistic.
_DRAWS = 1000
#: A partial variance below it is that of a column which others determine.
_SINGULAR = 1e-10


class GaussianLinks:
    """Correlations of all series at all lags."""

    def __init__(
        self,
        signals: Sequence[Signal],
        rows: Embedding,
        trials: Trials,
        max_lag: int,
        n_tested: int,
    ) -> None:
        self._signals, self._rows, self._trials = signals, rows, trials
        columns = rows.matrix([Lagged(one, tuple(range(max_lag + 1))) for one in signals])
        self._n_rows, self._width = len(columns), max_lag + 1

        # Each test of a source has its lags beside the last value of the target.
        self._freedom(n_tested + 1)
        centered = columns - columns.mean(axis=0)
        spread = np.sqrt((centered**2).mean(axis=0))
        if not spread.all():
            message = (
                f"{int((spread == 0.0).sum())} lagged series are constant in the steps that are "
                "left; leave them out"
            )
            raise ValueError(message)
        centered /= spread
        self._columns = centered
        self._correlations = centered.T @ centered / self._n_rows

    def best(
        self,
        target: int,
        candidates: Sequence[Term],
        given: Sequence[Term],
        rng: np.random.Generator,
    ) -> tuple[Term, float]:
        """Return the candidate that says most, and the p-value of the maximum.

        Under the null hypothesis the statistics are squares of normal variables with the partial
        correlations of the candidates.
        """
        partial = self._partial([(target, 0), *candidates], given)
        scale = np.sqrt(np.diag(partial))
        correlations = partial / scale / scale[:, None]
        squares = np.minimum(correlations[0, 1:] ** 2, 1.0 - _SINGULAR)
        freedom = self._freedom(len(given) + 1)
        statistics = freedom * squares / (1.0 - squares)

        spread, axes = np.linalg.eigh(correlations[1:, 1:])
        normal = rng.standard_normal((_DRAWS, len(candidates)))
        drawn = (normal * np.sqrt(np.maximum(spread, 0.0))) @ axes.T
        maxima = (drawn**2).max(axis=1)
        best = int(statistics.argmax())
        reached = int((maxima >= statistics[best]).sum())
        return candidates[best], (1 + reached) / (1 + _DRAWS)

    def weakest(
        self,
        target: int,
        terms: Sequence[Term],
        given: Sequence[Term],
        rng: np.random.Generator,  # noqa: ARG002
    ) -> tuple[Term, float]:
        """Return the term that says least given all others, and the p-value of its F test."""
        # All partial correlations with the target stand in the inverse.
        every = [(target, 0), *terms, *given]
        inverse = linalg.inv(self._partial(every, ()))
        squares = inverse[0, 1 : 1 + len(terms)] ** 2
        squares /= inverse[0, 0] * np.diag(inverse)[1 : 1 + len(terms)]

        weakest = int(squares.argmin())
        freedom = self._freedom(len(every) - 1)
        statistic = freedom * squares[weakest] / (1.0 - squares[weakest])
        return terms[weakest], float(stats.f.sf(statistic, 1, freedom))

    def link(
        self,
        target: int,
        source: Sequence[Term],
        given: Sequence[Term],
        rng: np.random.Generator,  # noqa: ARG002
    ) -> Link:
        """Test all lags of a source by an F test, and by draws where memory is too long for it."""
        partial = self._partial([(target, 0), *source], given)
        explained = partial[0, 1:] @ linalg.solve(partial[1:, 1:], partial[1:, 0], assume_a="pos")
        square = float(np.clip(explained / partial[0, 0], 0.0, 1.0 - _SINGULAR))
        n_lags, freedom = len(source), self._freedom(len(given) + len(source))
        plugin = -0.5 * float(np.log1p(-square))
        p_value = float(stats.f.sf(square / (1.0 - square) * freedom / n_lags, n_lags, freedom))
        doubt = None
        # What is no evidence by the F test stays as it is.
        if p_value <= NO_EVIDENCE:
            p_value, doubt = self._tested_again(p_value, plugin, target, source, given)
        return Link(
            value=plugin - plugin_bias(self._n_rows - len(given), n_lags, 1),
            # Near no information the plug-in is a chi-square over 2 N, whose variance stays.
            standard_error=float(np.sqrt(square / self._n_rows + n_lags / (2.0 * self._n_rows**2))),
            p_value=p_value,
            doubt=doubt,
        )

    def _tested_again(
        self,
        p_value: float,
        plugin: float,
        target: int,
        source: Sequence[Term],
        given: Sequence[Term],
    ) -> tuple[float, str | None]:
        """Return a p-value that holds where the F test rejects too often, and why it may not."""
        # The tests of long memory, uneven variances and cycles take the link as one of two series.
        others = [Lagged(self._signals[one], (lag,)) for one, lag in given if one != target]
        transfer = Transfer(
            self._signals[source[0][0]],
            self._signals[target],
            others,
            self._trials,
            [lag for one, lag in given if one == target],
            [[lag for _, lag in source]],
            self._rows.steps,
            self._rows.matrix(others),
        )

        left = self._left(source, given), self._left([(target, 0)], given)
        again, doubt = doubted_p_value(p_value, plugin, left, transfer)
        again = p_value if again is None else again
        if doubt is None and again <= NO_EVIDENCE:
            doubt = transfer.drifting()
        return again, doubt

    def _left(self, terms: Sequence[Term], given: Sequence[Term]) -> FloatArray:
        """Return what others leave of some terms, step by step."""
        at, of = self._at(terms), self._at(given)
        weights = linalg.solve(
            self._correlations[np.ix_(of, of)], self._correlations[np.ix_(of, at)], assume_a="pos"
        )
        return np.asarray(self._columns[:, at] - self._columns[:, of] @ weights)

    def _at(self, terms: Sequence[Term]) -> list[int]:
        """Columns of some terms."""
        return [series * self._width + lag for series, lag in terms]

    def _freedom(self, n_columns: int) -> int:
        freedom = self._n_rows - n_columns - 1
        if freedom < 1:
            message = (
                f"X must have at least {n_columns + 2} steps with a whole past of "
                f"{self._width - 1} steps for a regression on {n_columns} lagged series, got "
                f"{self._n_rows}; take longer series, or a smaller max_lag"
            )
            raise ValueError(message)
        return freedom

    def _partial(self, terms: Sequence[Term], given: Sequence[Term]) -> FloatArray:
        """Covariance of some terms less what others say of them."""
        at = self._at(terms)
        covariance = self._correlations[np.ix_(at, at)]

        # The Schur complement: what is left of the terms once the others are known.
        if given:
            of = self._at(given)
            with_given = self._correlations[np.ix_(at, of)]
            among = self._correlations[np.ix_(of, of)]
            covariance = covariance - with_given @ linalg.solve(among, with_given.T, assume_a="pos")

        if np.diag(covariance).min() < _SINGULAR:
            message = (
                "series must not be determined by others at the lags that are looked at, got one "
                f"of which a share of {max(float(np.diag(covariance).min()), 0.0):.3g} is left; "
                "leave out series that others determine"
            )
            raise ValueError(message)
        return np.asarray(covariance)

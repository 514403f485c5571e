"""Stepwise selection on patterns of bin codes: which characteristic enters or leaves next, and on what evidence."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special, stats
from sklearn.exceptions import ConvergenceWarning

from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.regression.characteristic_tests import characteristic_tests
from infotheory.scorecard.regression.coefficients import CharacteristicTest, score_chi_square
from infotheory.scorecard.regression.influences import sums_by_code, with_intercept
from infotheory.scorecard.regression.logistic import LogisticFit, fit_logistic
from infotheory.scorecard.regression.regressors import Regressor

__all__ = ["Move", "stepwise"]


class Move(NamedTuple):
    """One decision.

    ``decision`` is "entered", "removed", "kept" (tested at the end of a backward search) or "left
    out"; ``statistic`` is "likelihood_ratio" or "score".
    """

    feature: int
    decision: str
    statistic: str
    test: CharacteristicTest
    status: str


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """Rows of all characteristics that may enter."""

    patterns: Patterns
    regressors: tuple[Regressor, ...]
    codes: tuple[IntArray, ...]
    """Codes without empty ones."""

    @property
    def weighted(self) -> bool:
        return self.patterns.weighted

    def columns(self, features: Sequence[int]) -> FloatArray:
        columns = [self.regressors[f].woe[self.patterns.codes[:, f]] for f in features]
        return np.stack(columns, axis=1) if columns else np.zeros((len(self.patterns.codes), 0))

    def indicators(self, feature: int) -> FloatArray:
        codes = self.codes[feature]
        return (codes[:, None] == np.arange(1, int(codes.max()) + 1)).astype(np.float64)

    def one_sided(self, feature: int) -> bool:
        """Whether a bin holds rows of one class only: then its indicator separates, and the likelihood has no top."""
        codes = self.codes[feature]
        return not (sums_by_code(codes, int(codes.max()) + 1, self.patterns.counts) > 0.0).all()

    def fit(self, columns: FloatArray) -> LogisticFit:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the status goes into the log
            squared = self.patterns.squared_weights if self.weighted else None
            return fit_logistic(columns, self.patterns.counts, squared_weights=squared)


def stepwise(
    patterns: Patterns, woe: Sequence[FloatArray], *, direction: str, alpha: float
) -> list[Move]:
    """Let characteristics enter and leave a logistic regression on weights of evidence.

    Parameters
    ----------
    patterns : Patterns
        Rows, one column a characteristic.
    woe : sequence of ndarray
        Weights of evidence by code.
    direction : {"forward", "backward", "both"}
        Start empty, start full, or start empty and look back after every entry. What has left does
        not come back.
    alpha : float
        A characteristic enters below this p-value and leaves from it on.

    Returns
    -------
    list of Move
        In the order of the decisions, then those that never entered.

    Notes
    -----
    The candidates are ranked by Rao's score test of their bin indicators at the current fit, all
    from one pass; the decision rests on the likelihood ratio of the bins of the best one (with
    weights, and where a bin holds one class only, on the score test itself). Removals are tried in
    the order of the Wald statistics of the columns.
    """
    codes = tuple(np.unique(column, return_inverse=True)[1] for column in patterns.codes.T)
    candidates = _Candidates(patterns, tuple(Regressor(values) for values in woe), codes)
    every = list(range(len(woe)))
    state = _State(candidates, every if direction == "backward" else [])
    waiting = [] if direction == "backward" else every
    moves: list[Move] = []
    while True:
        left = None if direction == "forward" else _removal(state, alpha)
        if left is not None:
            moves.append(left)
            state = state.without(left.feature)
            continue
        entered, out = _entry(state, waiting, alpha)
        if entered is None:
            return [*moves, *(_kept(state) if direction == "backward" else out)]
        moves.append(entered)
        waiting = [f for f in waiting if f != entered.feature]
        state = _State(candidates, [*state.selected, entered.feature])


class _State:
    """Characteristics in the regression, and the regression."""

    def __init__(self, candidates: _Candidates, selected: list[int]) -> None:
        self.candidates, self.selected = candidates, selected
        self.columns = candidates.columns(selected)
        self.fit = candidates.fit(self.columns)

    def without(self, feature: int) -> "_State":
        return _State(self.candidates, [f for f in self.selected if f != feature])

    def decide(self, feature: int, score: CharacteristicTest) -> tuple[str, CharacteristicTest]:
        """Likelihood ratio of the bins of a characteristic against this regression, where it has one."""
        candidates = self.candidates
        if candidates.weighted or self.fit.status == "separation" or candidates.one_sided(feature):
            return "score", score
        larger = candidates.fit(np.column_stack([self.columns, candidates.indicators(feature)]))
        if larger.status not in {"converged", "singular"}:
            return "score", score
        statistic = max(2.0 * (larger.log_likelihood - self.fit.log_likelihood), 0.0)
        degrees = score.degrees_of_freedom
        p_value = float(stats.chi2.sf(statistic, degrees)) if degrees else 1.0
        return "likelihood_ratio", CharacteristicTest(statistic, degrees, p_value)


def _entry(state: _State, waiting: Sequence[int], alpha: float) -> tuple[Move | None, list[Move]]:
    """Find the characteristic that enters, or None with the tests of all that stay out."""
    tests = dict(zip(waiting, _score_tests(state, waiting), strict=True))
    found = {f: ("score", test) for f, test in tests.items()}
    for f in sorted(waiting, key=lambda f: _log_p(tests[f])):
        if tests[f].p_value >= alpha:
            break
        found[f] = state.decide(f, tests[f])
        if found[f][1].p_value < alpha:
            return Move(f, "entered", *found[f], state.fit.status), []
    return None, [Move(f, "left out", *found[f], state.fit.status) for f in waiting]


def _removal(state: _State, alpha: float) -> Move | None:
    """Find a characteristic that no longer adds to the rest.

    The column of weights of evidence lies in the span of the bin indicators, so that a
    characteristic whose Wald statistic suffices for the degrees of freedom of the bins need not be
    tested.
    """
    fit, candidates = state.fit, state.candidates
    variance = np.maximum(np.diag(fit.covariance)[1:], np.finfo(np.float64).tiny)
    degrees = [int(candidates.codes[f].max()) for f in state.selected]
    bound = stats.chi2.sf(fit.coefficients**2 / variance, degrees)
    for place in np.argsort(-bound, kind="stable").tolist():
        if bound[place] < alpha:
            return None
        feature = state.selected[place]
        rest = state.without(feature)
        statistic, test = rest.decide(feature, _score_tests(rest, [feature])[0])
        if test.p_value >= alpha:
            return Move(feature, "removed", statistic, test, rest.fit.status)
    return None


def _kept(state: _State) -> list[Move]:
    """Score tests of all that stay, each against the others."""
    patterns, selected = state.candidates.patterns, state.selected
    used = patterns.select(selected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        tests = characteristic_tests(used, [state.candidates.regressors[f] for f in selected])
    return [
        Move(f, "kept", "score", test, state.fit.status)
        for f, test in zip(selected, tests, strict=True)
    ]


def _score_tests(state: _State, waiting: Sequence[int]) -> list[CharacteristicTest]:
    """Score tests of the bin indicators of all candidates at one fit."""
    candidates, fit = state.candidates, state.fit
    counts, squares = candidates.patterns.counts, candidates.patterns.squared_weights
    design, width = with_intercept(state.columns), 1 + len(state.selected)
    p = special.expit(fit.log_odds(state.columns))
    total = counts.sum(axis=1)
    residual, spread = counts[:, 1] - total * p, total * p * (1.0 - p)
    parts = [residual, spread, design * spread[:, None]]
    if candidates.weighted:
        meat = squares[:, 0] * p**2 + squares[:, 1] * (1.0 - p) ** 2
        parts += [meat, design * meat[:, None]]
    inner, rows = design.T @ np.asarray(parts[-1]), np.column_stack(parts)
    found = []
    for f in waiting:
        codes = candidates.codes[f]
        sums = sums_by_code(codes, int(codes.max()) + 1, rows)[1:]
        information, own, crossed = sums[:, 2 : 2 + width], sums[:, -1 - width], sums[:, -width:]
        projection = fit.bread @ information.T
        mixed = crossed @ projection
        variance = np.diag(own) - mixed - mixed.T + projection.T @ inner @ projection
        found.append(score_chi_square(sums[:, 0], variance))
    return found


def _log_p(test: CharacteristicTest) -> float:
    """Logarithm of the p-value, which tells apart what would both be 0."""
    return (
        float(stats.chi2.logsf(test.statistic, test.degrees_of_freedom))
        if test.degrees_of_freedom
        else 0.0
    )

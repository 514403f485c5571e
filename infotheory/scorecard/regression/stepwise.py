"""Stepwise selection on patterns of bin codes: what enters or leaves next, and on what evidence."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from infotheory._later import stats
from infotheory._patterns import Patterns
from infotheory._typing import FloatArray, IntArray
from infotheory.exceptions import NotConvergedWarning
from infotheory.scorecard.links import LOGIT, MeanLink
from infotheory.scorecard.regression._blocks import row_sums_by_code
from infotheory.scorecard.regression.characteristic_tests import (
    CharacteristicTest,
    NullFit,
    characteristic_tests,
    dense_codes,
    score_tests,
)
from infotheory.scorecard.regression.likelihood import with_intercept
from infotheory.scorecard.regression.logistic import LogisticFit
from infotheory.scorecard.regression.means import MeanFit, fit_patterns
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
class _Characteristics:
    """All characteristics that may enter, on the rows of the search."""

    patterns: Patterns
    woe: tuple[FloatArray, ...]
    codes: tuple[IntArray, ...]
    """Codes without empty ones."""
    link: MeanLink = LOGIT

    def columns(self, features: Sequence[int]) -> FloatArray:
        columns = [self.woe[f][self.patterns.codes[:, f]] for f in features]
        return np.stack(columns, axis=1) if columns else np.zeros((len(self.patterns.codes), 0))

    def indicators(self, feature: int) -> FloatArray:
        # The first code is the reference: all indicators together are the intercept.
        codes = self.codes[feature]
        return (codes[:, None] == np.arange(1, int(codes.max()) + 1)).astype(np.float64)

    def one_sided(self, feature: int) -> bool:
        """Whether a bin holds rows of one class only.

        Its indicator then separates, and the likelihood has no top.
        """
        codes = self.codes[feature]
        counts = row_sums_by_code(codes, int(codes.max()) + 1, self.patterns.counts)
        return not (counts > 0.0).all()

    def fit(self, columns: FloatArray) -> LogisticFit | MeanFit:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotConvergedWarning)  # the status goes into the log
            return fit_patterns(columns, self.patterns, self.link)


class _CurrentRegression:
    """The characteristics that are in at some moment, and the regression on them."""

    def __init__(self, characteristics: _Characteristics, selected: list[int]) -> None:
        self.characteristics, self.selected = characteristics, selected
        self.columns = characteristics.columns(selected)
        self.fit = characteristics.fit(self.columns)

    def without(self, feature: int) -> "_CurrentRegression":
        return _CurrentRegression(self.characteristics, [f for f in self.selected if f != feature])

    def score_tests(self, features: Sequence[int]) -> list[CharacteristicTest]:
        """Score tests of characteristics that are not in, all in one pass over the rows."""
        theta = np.r_[self.fit.intercept, self.fit.coefficients]
        columns = with_intercept(self.columns)
        null = NullFit(columns, theta, slice(None), self.fit.bread, self.fit.link)
        codes = [self.characteristics.codes[f] for f in features]
        return score_tests(self.characteristics.patterns, null, codes)

    def decide(self, feature: int, score: CharacteristicTest) -> tuple[str, CharacteristicTest]:
        """Likelihood ratio of the bins of a characteristic against this regression, if it has one.

        Weighted rows and means have no likelihood of rows, and separated ones no largest: the score
        test stands.
        """
        characteristics, fit = self.characteristics, self.fit
        if (
            isinstance(fit, MeanFit)
            or characteristics.patterns.weighted
            or fit.status == "separation"
            or characteristics.one_sided(feature)
        ):
            return "score", score

        columns = np.column_stack([self.columns, characteristics.indicators(feature)])
        larger = characteristics.fit(columns)
        # Indicators that depend on the columns are no harm: the likelihood is that of their span.
        if isinstance(larger, MeanFit) or larger.status not in {"converged", "singular"}:
            return "score", score

        # The fits are nested; where nothing is added, rounding may make the larger one the worse.
        # The rank of the score test counts what the indicators add, empty directions not.
        statistic = max(2.0 * (larger.log_likelihood - fit.log_likelihood), 0.0)
        degrees = score.degrees_of_freedom
        p_value = float(stats.chi2.sf(statistic, degrees)) if degrees else 1.0
        return "likelihood_ratio", CharacteristicTest(statistic, degrees, p_value)


def stepwise(
    patterns: Patterns,
    woe: Sequence[FloatArray],
    *,
    direction: str,
    alpha: float,
    link: MeanLink = LOGIT,
) -> list[Move]:
    """Let characteristics enter and leave a regression on weights of evidence.

    A "forward" search starts empty, a "backward" one full; "both" starts empty and looks back after
    every entry; what has left does not come back. A characteristic enters below the p-value
    ``alpha`` and leaves from it on. The moves are in the order of the decisions, then those that
    never entered.

    Candidates are ranked by Rao's score test of their bin indicators at the current fit, all from
    one pass; the decision rests on the likelihood ratio of the bins of the best one (with weights,
    of a target that is a number, and where a bin holds one class only, on the score test itself).
    Removals are tried in the order of the Wald statistics of the columns.
    """
    patterns, every = patterns.in_units_of(patterns.common_weight), list(range(len(woe)))
    codes = tuple(dense_codes(patterns, f) for f in every)
    characteristics = _Characteristics(patterns, tuple(woe), codes, link)
    regression = _CurrentRegression(characteristics, every if direction == "backward" else [])

    # The waiting only become fewer, and what has left is not among them: so the search ends.
    waiting = [] if direction == "backward" else every
    moves: list[Move] = []

    while True:
        left = None if direction == "forward" else _next_removal(regression, alpha)
        if left is not None:
            moves.append(left)
            regression = regression.without(left.feature)
            continue

        entered, out = _next_entry(regression, waiting, alpha)
        if entered is None:
            return [*moves, *(_tests_of_selected(regression) if direction == "backward" else out)]
        moves.append(entered)
        waiting = [f for f in waiting if f != entered.feature]
        regression = _CurrentRegression(characteristics, [*regression.selected, entered.feature])


def _next_entry(
    regression: _CurrentRegression, waiting: Sequence[int], alpha: float
) -> tuple[Move | None, list[Move]]:
    """Find the characteristic that enters, or None with the tests of all that stay out."""
    scores = dict(zip(waiting, regression.score_tests(waiting), strict=True))
    tests = {f: ("score", score) for f, score in scores.items()}
    status = regression.fit.status

    # The best score enters unless its likelihood ratio disagrees, which passes on to the next.
    for f in sorted(waiting, key=lambda f: _log_p(scores[f])):
        if scores[f].p_value >= alpha:
            break
        tests[f] = regression.decide(f, scores[f])
        if tests[f][1].p_value < alpha:
            return Move(f, "entered", *tests[f], status), []
    return None, [Move(f, "left out", *tests[f], status) for f in waiting]


def _next_removal(regression: _CurrentRegression, alpha: float) -> Move | None:
    """Find a characteristic that no longer adds to the others.

    The column of weights of evidence lies in the span of the bin indicators, so that a
    characteristic whose Wald statistic suffices for the degrees of freedom of the bins need not be
    tested.
    """
    fit, codes = regression.fit, regression.characteristics.codes
    variance = np.maximum(np.diag(fit.covariance)[1:], np.finfo(np.float64).tiny)
    # Codes have no gaps: the largest is the number of bins less 1.
    degrees = [int(codes[f].max()) for f in regression.selected]
    largest_p = stats.chi2.sf(fit.coefficients**2 / variance, degrees)

    for place in np.argsort(-largest_p, kind="stable").tolist():
        # The others have smaller p-values still.
        if largest_p[place] < alpha:
            return None
        feature = regression.selected[place]
        others = regression.without(feature)
        statistic, test = others.decide(feature, others.score_tests([feature])[0])
        if test.p_value >= alpha:
            return Move(feature, "removed", statistic, test, others.fit.status)
    return None


def _tests_of_selected(regression: _CurrentRegression) -> list[Move]:
    """Score tests of all that stay, each against the others."""
    characteristics, selected = regression.characteristics, regression.selected
    # The log holds the status of the regression; its warning would come once a characteristic.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        tests = characteristic_tests(
            characteristics.patterns.select(selected),
            [Regressor(characteristics.woe[f]) for f in selected],
            link=characteristics.link,
        )
    return [
        Move(f, "kept", "score", test, regression.fit.status)
        for f, test in zip(selected, tests, strict=True)
    ]


def _log_p(test: CharacteristicTest) -> float:
    """Logarithm of the p-value, which tells apart what would both be 0."""
    if not test.degrees_of_freedom:
        return 0.0
    return float(stats.chi2.logsf(test.statistic, test.degrees_of_freedom))

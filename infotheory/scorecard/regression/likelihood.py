"""The likelihood of grouped rows: its value, its derivatives, and Newton's method on it.

A pattern adds to these through the sums of its rows and its linear predictor ``eta``, in a way that
its link says (``links.py``). Of two classes, with ``n`` rows, ``y`` of them events, log odds
``eta`` of an event and their probability ``p``, it adds

    y ln p + (n - y) ln(1 - p)     to the log-likelihood,
    (y - n p) a                    to its gradient, ``a`` being its row of the design,
    n p (1 - p) a a'               to the information.

Everything that regresses in this room takes these sums from here.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from infotheory._typing import FloatArray
from infotheory.scorecard.links import LOGIT, MeanLink
from infotheory.scorecard.regression._blocks import Design, cache_blocks, gram

__all__ = [
    "TOLERANCE",
    "GroupedLikelihood",
    "NewtonResult",
    "newton",
    "with_intercept",
]

#: Largest relative Newton step at convergence; the error after it is of the order of its square.
TOLERANCE = 1e-10


def with_intercept(columns: FloatArray) -> FloatArray:
    """Put a column of ones in front."""
    return np.column_stack([np.ones(len(columns)), columns])


@dataclass(frozen=True, slots=True, eq=False)
class GroupedLikelihood:
    """Log-likelihood of grouped rows, with a quadratic penalty or Firth's where they are asked for.

    ``design`` includes the intercept; ``counts`` are weights by class, or the sums of another
    target; ``ridge`` is the matrix of ``theta' ridge theta / 2``; ``firth`` multiplies Firth's
    penalty (of the logit alone): 0 for none, the weight of a row for the whole.
    Derivatives are summed in blocks: of millions of patterns, one array more is felt.
    """

    design: Design
    counts: FloatArray
    offset: FloatArray | float = 0.0
    ridge: FloatArray | float = 0.0
    firth: float = 0.0
    link: MeanLink = LOGIT

    def start(self) -> FloatArray:
        """Return the best constant predictor: where every search begins."""
        theta = np.zeros(self.design.shape[1])
        theta[0] = self.link.constant(self.counts.sum(axis=0))
        return theta

    def log_odds(self, theta: FloatArray) -> FloatArray:
        """Predictor of each pattern; the other methods take it, so that it is made once."""
        return np.asarray(self.offset + self.design @ theta)

    def unpenalised(self, log_odds: FloatArray) -> float:
        """Log-likelihood without any penalty, in nats where it is one of rows."""
        # Block by block: the parts of the logarithms of all rows are as large as half a design.
        blocks = cache_blocks(len(log_odds))
        return sum(self.link.value(self.counts[block], log_odds[block]) for block in blocks)

    def value(self, theta: FloatArray, log_odds: FloatArray) -> float:
        """Penalised log-likelihood."""
        value = self.unpenalised(log_odds) - 0.5 * float(theta @ self._penalty_slope(theta))
        # Jeffreys' prior: half the logarithm of the determinant of the information.
        if self.firth:
            value += 0.5 * self.firth * float(np.linalg.slogdet(self.information(log_odds))[1])
        return value

    def information(self, log_odds: FloatArray) -> FloatArray:
        """Fisher's information, without any penalty."""
        total = np.zeros((self.design.shape[1],) * 2)
        for block in cache_blocks(len(self.design)):
            terms = self.link.terms(self.counts[block], log_odds[block])
            total += gram(self.design[block], terms.curvature)
        return total

    def derivatives(self, theta: FloatArray, log_odds: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gradient of the penalised log-likelihood, and Fisher's information, in one pass."""
        residual = np.empty(len(self.design))
        information = np.zeros((self.design.shape[1],) * 2)
        for block in cache_blocks(residual.size):
            terms = self.link.terms(self.counts[block], log_odds[block])
            residual[block] = terms.residual
            information += gram(self.design[block], terms.curvature)

        # The pull needs the information of all rows, hence a second pass.
        if self.firth:
            self._add_firth_pull(residual, log_odds, information)
        return np.asarray(residual @ self.design - self._penalty_slope(theta)), information

    def _add_firth_pull(
        self, residual: FloatArray, log_odds: FloatArray, information: FloatArray
    ) -> None:
        """Make the score Firth's: each pattern is pulled towards 1/2 by its leverage."""
        for block in cache_blocks(residual.size):
            rows = self.design[block]
            terms = self.link.terms(self.counts[block], log_odds[block])
            # Leverage is n p (1 - p) a' I^-1 a, and 1/2 + by_first is 1/2 - p.
            lengths = np.einsum("ij,ji->i", rows, np.linalg.solve(information, rows.T))
            pull = terms.curvature * lengths * (0.5 + terms.by_first)
            residual[block] += self.firth * pull

    def outer_product(
        self,
        log_odds: FloatArray,
        squared_weights: FloatArray,
        crossed: FloatArray | None = None,
    ) -> FloatArray:
        """Sum the outer products of the scores of the rows, times their squared weights."""
        total = np.zeros((self.design.shape[1],) * 2)
        for block in cache_blocks(len(self.design)):
            terms = self.link.terms(self.counts[block], log_odds[block])
            mixed = None if crossed is None else crossed[block]
            squares = terms.squared_residuals(squared_weights[block], mixed)
            total += gram(self.design[block], squares)
        return total

    def _penalty_slope(self, theta: FloatArray) -> FloatArray:
        return np.asarray(np.dot(self.ridge, theta))


class NewtonResult(NamedTuple):
    """Where Newton's method ended."""

    theta: FloatArray
    n_iter: int
    converged: bool


def newton(
    likelihood: GroupedLikelihood,
    max_iterations: int,
    *,
    limit: float = np.inf,
    start: FloatArray | None = None,
) -> NewtonResult:
    """Maximise by Newton steps (Fisher scoring under Firth's penalty).

    Begins at the best constant, or at ``start`` where that is likelier.

    Stops without convergence where predictors are farther than ``limit`` from where they cannot be
    by chance (``MeanLink.middle``): rows may then be separated, and the maximum at infinity.
    """
    theta = likelihood.start()
    middle = likelihood.link.middle(theta[0])
    log_odds = likelihood.log_odds(theta)
    value = likelihood.value(theta, log_odds)
    if start is not None:
        log_odds_there = likelihood.log_odds(start)
        value_there = likelihood.value(start, log_odds_there)
        # A start from other columns may be far off; one that is not a number is never likelier.
        if value_there > value and np.abs(log_odds_there - middle).max() <= limit:
            theta, log_odds, value = start, log_odds_there, value_there

    # A sum over n patterns is exact to about n eps: a smaller fall of the likelihood is no fall.
    rounding = np.finfo(np.float64).eps * likelihood.counts.shape[0]

    for iteration in range(1, max_iterations + 1):
        gradient, information = likelihood.derivatives(theta, log_odds)
        try:
            step = np.linalg.solve(information + likelihood.ridge, gradient)
        except (
            np.linalg.LinAlgError
        ):  # pragma: no cover - exact singularity is rare in floating point
            return NewtonResult(theta, iteration, False)

        # The likelihood is concave, but a full step may overshoot: halve it until nothing is lost.
        floor = value - rounding * abs(value)
        log_odds = likelihood.log_odds(theta + step)
        while (value := likelihood.value(theta + step, log_odds)) < floor:
            step = step / 2.0
            log_odds = likelihood.log_odds(theta + step)
        theta = theta + step

        if np.abs(step).max() <= TOLERANCE * (1.0 + np.abs(theta).max()):
            return NewtonResult(theta, iteration, True)
        if np.abs(log_odds - middle).max() > limit:
            return NewtonResult(theta, iteration, False)

    return NewtonResult(theta, max_iterations, False)

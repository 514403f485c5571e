"""Links: how a mean follows from its linear predictor, and what rows then add to a likelihood.

A row of target y and weight w adds two sums to its pattern: of two classes and of a fraction
``w (1 - y)`` and ``w y``, of a rate and of any number ``w`` and ``w y``. What it adds to the score
is linear in these, ``w z_1 by_first + w z_2 by_second`` times its row of the design, so that a few
sums by pattern stand for all rows, and their products for the squares that a sandwich needs.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from scipy import special

from infotheory._typing import FloatArray
from infotheory._validation import check_number

__all__ = [
    "LINK_NAMES",
    "LOGIT",
    "IdentityLink",
    "LogLink",
    "LogitLink",
    "MeanLink",
    "PatternTerms",
    "link_of_target",
]

#: Exponents beyond it would overflow; no mean of data is that large.
_LARGEST_EXPONENT = 700.0


class PatternTerms(NamedTuple):
    """What patterns add to the derivatives of the log-likelihood, each of shape (n_patterns,)."""

    by_first: FloatArray
    """What a unit of the first sum (a non-event) adds to the score."""
    by_second: FloatArray
    """What a unit of the second sum (an event) adds."""
    residual: FloatArray
    """The score: of two classes events less those expected."""
    curvature: FloatArray
    """How fast the score falls with the predictor: the variance of the number of events."""

    def squared_residuals(
        self, squared_weights: FloatArray, crossed: FloatArray | None = None
    ) -> FloatArray:
        """Sum the squared scores of the rows of each pattern, times their squared weights.

        ``crossed`` are the sums of ``w^2 z_1 z_2``, which are 0 of classes.
        """
        first, second = squared_weights.T
        squares = first * self.by_first**2 + second * self.by_second**2
        if crossed is None:
            return np.asarray(squares)
        # A sum of squares; what rounding leaves of 0 may be below it.
        return np.maximum(squares + 2.0 * crossed * self.by_first * self.by_second, 0.0)


class MeanLink(Protocol):
    """How the mean of a target follows from its linear predictor."""

    @property
    def name(self) -> str:
        """What the link is called."""

    def weight(self, sums: FloatArray) -> FloatArray:
        """Return the weight of each pattern."""

    def constant(self, totals: FloatArray) -> float:
        """Return the predictor of the mean of all rows, of which these are the two sums."""

    def middle(self, constant: float) -> float:
        """Return where the predictors of ordinary rows lie about."""

    def mean(self, predictor: FloatArray) -> FloatArray:
        """Return the means of these predictors."""

    def predictor(self, mean: float) -> float:
        """Return the predictor of a mean."""

    def value(self, sums: FloatArray, predictor: FloatArray) -> float:
        """Add up the log-likelihood, a quasi-likelihood where rows have no law."""

    def terms(self, sums: FloatArray, predictor: FloatArray) -> PatternTerms:
        """Evaluate the derivatives of the log-likelihood by the predictor, pattern by pattern."""


@dataclass(frozen=True, slots=True)
class LogitLink:
    """Log odds of the second sum: two classes, or a fraction of each row."""

    name: str = "logit"

    def weight(self, sums: FloatArray) -> FloatArray:
        """Return both sums together."""
        # numpy's own sum over two columns takes seven times as long
        return np.asarray(sums[:, 0] + sums[:, 1])

    def constant(self, totals: FloatArray) -> float:
        """Return the log odds of all rows."""
        nonevents, events = totals
        return float(np.log(events / nonevents))

    def middle(self, constant: float) -> float:  # noqa: ARG002 - probabilities of 1e-13 are odd
        """Return even odds."""
        return 0.0

    def mean(self, predictor: FloatArray) -> FloatArray:
        """Return the probability of an event."""
        return np.asarray(special.expit(predictor))

    def predictor(self, mean: float) -> float:
        """Return the log odds."""
        return float(special.logit(mean))

    def value(self, sums: FloatArray, predictor: FloatArray) -> float:
        """Add up the log-likelihood in nats."""
        nonevents, events = sums.T
        # ln(1 - p) = -ln(1 + e^eta), ln p = -ln(1 + e^-eta): no probability can underflow. Both are
        # made of ln(1 + e^-|eta|) and the part of eta above 0 or below it.
        size = np.abs(predictor)
        smaller = np.log1p(np.exp(-size))
        positive = 0.5 * (predictor + size)
        loss = (nonevents + events) @ smaller
        loss += nonevents @ positive + events @ (positive - predictor)
        return -float(loss)

    def terms(self, sums: FloatArray, predictor: FloatArray) -> PatternTerms:
        """Evaluate the derivatives by the log odds."""
        # One minus a probability would lose its digits near 1. Both have one exponential.
        odds = np.exp(-np.abs(predictor))
        larger = 1.0 / (1.0 + odds)
        odds *= larger
        likely = predictor >= 0.0
        p, q = np.where(likely, larger, odds), np.where(likely, odds, larger)
        expected = self.weight(sums)
        expected *= p
        residual = sums[:, 1] - expected

        # In place, as there may be millions of patterns: n p (1 - p).
        expected *= q
        return PatternTerms(-p, q, residual, expected)


LOGIT = LogitLink()


@dataclass(frozen=True, slots=True)
class LogLink:
    """Logarithm of the mean, with a variance in proportion to a power of it (1 to 2).

    The score of a row is ``w (y - mu) mu^(1 - power)``: that of Poisson counts at 1, of gamma
    amounts at 2, of Tweedie's compound Poisson law between them.
    """

    power: float = 1.0
    name: str = "log"

    def __post_init__(self) -> None:
        # Below 1 the quasi-likelihood has several maxima, and no law has such a variance.
        rule = "a number from 1 to 2, of a rate"
        check_number("power", self.power, 1.0, 2.0, ends="[]", rule=rule)

    def weight(self, sums: FloatArray) -> FloatArray:
        """Return the first sum."""
        return sums[:, 0]

    def constant(self, totals: FloatArray) -> float:
        """Return the logarithm of the mean of all rows."""
        weight, amount = totals
        return float(np.log(amount / weight))

    def middle(self, constant: float) -> float:
        """Return the logarithm of the mean of all rows: its unit is that of the amounts."""
        return constant

    def mean(self, predictor: FloatArray) -> FloatArray:
        """Return the means."""
        return _exponential(predictor)

    def predictor(self, mean: float) -> float:
        """Return the logarithm."""
        return float(np.log(mean))

    def value(self, sums: FloatArray, predictor: FloatArray) -> float:
        """Add up the quasi-likelihood of R. W. M. Wedderburn, Biometrika 61 (1974)."""
        weight, amount = sums.T
        falling, rising = 1.0 - self.power, 2.0 - self.power
        # mu^0 / 0 at a power of 1 or 2: up to a constant its limit is ln mu, the predictor.
        gain = predictor if falling == 0.0 else _exponential(falling * predictor) / falling
        loss = predictor if rising == 0.0 else _exponential(rising * predictor) / rising
        return float(amount @ gain - weight @ loss)

    def terms(self, sums: FloatArray, predictor: FloatArray) -> PatternTerms:
        """Evaluate the derivatives by the logarithm of the mean."""
        weight, amount = sums.T
        by_amount = _exponential((1.0 - self.power) * predictor)
        by_weight = _exponential((2.0 - self.power) * predictor)
        of_amount, of_weight = amount * by_amount, weight * by_weight

        # Not its expectation: with the derivative itself the sandwich is that of the estimate.
        curvature = (2.0 - self.power) * of_weight + (self.power - 1.0) * of_amount
        return PatternTerms(-by_weight, by_amount, of_amount - of_weight, curvature)


@dataclass(frozen=True, slots=True)
class IdentityLink:
    """The mean itself: least squares."""

    name: str = "identity"

    def weight(self, sums: FloatArray) -> FloatArray:
        """Return the first sum."""
        return sums[:, 0]

    def constant(self, totals: FloatArray) -> float:
        """Return the mean of all rows."""
        weight, total = totals
        return float(total / weight)

    def middle(self, constant: float) -> float:
        """Return the mean of all rows."""
        return constant

    def mean(self, predictor: FloatArray) -> FloatArray:
        """Return the predictors."""
        return np.asarray(predictor)

    def predictor(self, mean: float) -> float:
        """Return the mean."""
        return float(mean)

    def value(self, sums: FloatArray, predictor: FloatArray) -> float:
        """Return minus half the sum of squares about the predictor, less that about 0."""
        weight, total = sums.T
        # The sum of squares of the target is the same whatever the predictor, and left out.
        return float(total @ predictor - 0.5 * (weight @ predictor**2))

    def terms(self, sums: FloatArray, predictor: FloatArray) -> PatternTerms:
        """Evaluate the derivatives by the mean."""
        weight, total = sums.T
        ones = np.ones(len(predictor))
        return PatternTerms(-predictor, ones, total - weight * predictor, weight)


#: The link in which the weights of evidence of a kind of target are linear.
LINK_NAMES = {"fraction": "logit", "rate": "log", "continuous": "identity"}


def link_of_target(kind: str, power: float = 1.0) -> MeanLink:
    """Return the link of a kind of target; ``power`` is of a rate, ValueError where it is not."""
    if kind == "rate":
        return LogLink(power)
    if power != 1.0:
        message = (
            f"power is for target_type='rate', got power={power!r} and target_type={kind!r}; leave "
            "it out"
        )
        raise ValueError(message)
    return LOGIT if kind == "fraction" else IdentityLink()


def _exponential(exponent: FloatArray) -> FloatArray:
    """Exponential that a step too far of Newton's method does not make infinite."""
    return np.asarray(np.exp(np.minimum(exponent, _LARGEST_EXPONENT)))

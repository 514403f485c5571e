"""Codes of an information bottleneck: what they cost, their fixed points, mergers and prices.

A code t is a law q of X with a weight. With ``F(q) = H(q) - beta H(q W)``, W the laws of Y given
X, ``I(X;T) - beta I(T;Y)`` is a constant less the mean of F over the codes, whose own mean is the
law of X: the least value is read off the concave envelope of F there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from infotheory._typing import FloatArray
from infotheory.measures._fixed_point import FixedPoint, iterate_to_fixed_point, log_softmax, logs
from infotheory.measures._products import information_nats

__all__ = ["Bottleneck", "code_information", "encoder_of", "laws_of"]


def code_information(table: FloatArray, encoders: FloatArray) -> tuple[FloatArray, FloatArray]:
    """I(X;T) and I(T;Y) in nats, of one encoder or a batch of them."""
    compression = information_nats(table.sum(axis=1)[:, None] * encoders)
    return np.asarray(compression), np.asarray(information_nats(_turned(encoders) @ table))


def encoder_of(joint: FloatArray, n_codes: int) -> FloatArray:
    """Return the laws of T given X of a table of masses, codes by symbols, in as many columns."""
    encoder = np.zeros((joint.shape[1], n_codes))
    encoder[:, : joint.shape[0]] = (joint / joint.sum(axis=0)).T
    return encoder


def laws_of(joint: FloatArray) -> FloatArray:
    """Return the laws of X given T of a table of masses, codes by symbols, each of some mass."""
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True, eq=False)
class Bottleneck:
    """``I(X;T) - beta I(T;Y)`` as a problem."""

    # Joint probabilities; every row has some mass, of shape (n_x, n_y)
    table: FloatArray
    # Multiplier
    beta: float

    @property
    def law_x(self) -> FloatArray:
        """Law of X."""
        return np.asarray(self.table.sum(axis=1))

    @property
    def given_x(self) -> FloatArray:
        """Laws of Y given X."""
        return self.table / self.law_x[:, None]

    def objective(self, encoders: FloatArray) -> FloatArray:
        """Value of one encoder, or of a batch of them, in nats."""
        compression, relevance = code_information(self.table, encoders)
        return np.asarray(compression - self.beta * relevance)

    def gain(self, laws: FloatArray) -> FloatArray:
        """F of laws of X, one a row."""
        return np.asarray(_entropies(laws) - self.beta * _entropies(laws @ self.given_x))

    def scores(self, encoders: FloatArray) -> FloatArray:
        """Logarithms of ``p(t) exp(-beta D(W_x, W_t))``, shape (..., n_x, n_codes)."""
        joint = _turned(self.law_x[:, None] * encoders)
        weights = joint.sum(axis=-1)
        decoders = joint @ self.given_x / np.where(weights > 0, weights, 1.0)[..., None]
        return np.asarray(
            logs(weights)[..., None, :]
            + self.beta * (_mean_logs(self.given_x, decoders) - self._own_logs()[:, None])
        )

    def fixed_point(
        self, encoders: FloatArray, *, tolerance: float, max_iter: int
    ) -> tuple[FloatArray, FixedPoint]:
        """Return the fixed points of Tishby's equations that follow from some encoders."""

        def step(log_encoders: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
            laws = np.exp(log_encoders)
            updated = log_softmax(self.scores(laws))
            # The problem is not convex and has no bound of the distance from its minimum: how far a
            # step moves stands for it.
            change = np.abs(np.exp(updated) - laws).max(axis=(-2, -1))
            return updated, self.objective(laws), np.asarray(change)

        solved = iterate_to_fixed_point(
            step, logs(encoders), tolerance=tolerance, max_iter=max_iter
        )
        return np.asarray(np.exp(solved.log_laws)), solved

    def prices(self, encoder: FloatArray) -> FloatArray:
        """Prices of the symbols at a fixed point: F of its codes is their mean, of others less.

        A law of X with more is a code that would lower the objective.
        """
        scores = self.scores(encoder)
        top = scores.max(axis=1, keepdims=True)
        shares = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0]
        return np.asarray(shares + self.beta * self._own_logs() - np.log(self.law_x))

    def worthy_laws(self, prices: FloatArray, starts: FloatArray, n_steps: int) -> FloatArray:
        """Climb from some laws of X to those that are worth most beyond their price.

        Each step maximises F with ``-beta H(q W)`` replaced by its tangent, which lies below.
        """
        laws = starts
        for _ in range(n_steps):
            exponents = self.beta * _mean_logs(self.given_x, laws @ self.given_x).T - prices
            laws = np.exp(log_softmax(exponents))
        return laws

    def mergers(self, joint: FloatArray) -> Iterator[tuple[FloatArray, float]]:
        """Merge the two codes whose merger costs least, again and again, down to one code.

        Yields the tables of masses, codes by symbols, and what the merger that led to each cost.
        """
        n_codes = joint.shape[0]
        costs = np.full((n_codes, n_codes), np.inf)
        for code in range(1, n_codes):
            costs[code, :code] = self._merger_costs(joint[code], joint[:code])

        while n_codes > 1:
            place = int(np.argmin(costs))
            high, low = divmod(place, n_codes)
            cost = float(costs[high, low])
            others = np.delete(np.arange(n_codes), [low, high])

            # The merged code comes last, so that its row is the only one to be computed.
            joint = np.vstack([joint[others], joint[low] + joint[high]])
            n_codes -= 1
            remaining = costs[np.ix_(others, others)]
            costs = np.full((n_codes, n_codes), np.inf)
            costs[:-1, :-1] = remaining
            costs[-1, :-1] = self._merger_costs(joint[-1], joint[:-1])
            yield joint, cost

    def _merger_costs(self, code: FloatArray, others: FloatArray) -> FloatArray:
        """Return what the objective rises by where a code is merged with each of some others."""
        lost_y = _merger_losses(code @ self.given_x, others @ self.given_x)
        return np.asarray(self.beta * lost_y - _merger_losses(code, others))

    def _own_logs(self) -> FloatArray:
        """Mean logarithm of the probability of Y given each symbol."""
        return -_entropies(self.given_x)


def _merger_losses(first: FloatArray, others: FloatArray) -> FloatArray:
    """Information that is lost where a row of masses is merged with each of some others."""
    merged = first + others
    share = first.sum() / merged.sum(axis=1, keepdims=True)
    losses = np.zeros(len(others))
    for masses, part in ((first, share), (others, 1.0 - share)):
        expected = merged * part
        ratios = np.divide(masses, expected, out=np.ones_like(merged), where=expected > 0)
        losses += (masses * np.log(np.where(ratios > 0, ratios, 1.0))).sum(axis=1)
    return losses


def _turned(laws: FloatArray) -> FloatArray:
    """Swap the last two axes."""
    return np.swapaxes(laws, -1, -2)


def _entropies(laws: FloatArray) -> FloatArray:
    """Entropies in nats along the last axis."""
    return -np.asarray((laws * np.log(np.where(laws > 0, laws, 1.0))).sum(axis=-1))


def _mean_logs(given_x: FloatArray, laws_y: FloatArray) -> FloatArray:
    """Mean logarithm of laws of Y under each symbol, -inf where it has a y that they exclude."""
    # What is excluded is counted apart: 0 times -inf would be NaN.
    possible = laws_y > 0
    means = given_x @ _turned(np.log(np.where(possible, laws_y, 1.0)))
    excluded = given_x @ _turned((~possible).astype(np.float64)) > 0
    return np.where(excluded, -np.inf, means)

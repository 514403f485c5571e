"""Errors and biases of entropies of rows with weights, which may depend on the label."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from infotheory._codes import Codes, count_codes
from infotheory._typing import FloatArray
from infotheory.estimation.discrete._weighted_independence import WeightsOfCells

__all__ = ["WeightedLabels"]

# Rows that few heavy ones may lack, as many as Agresti and Coull add to a share.
_PSEUDO_ROWS = 4.0

# Rows of a label that weigh so many times the average are heavy, and fewer than these are few.
_HEAVY, _FEW_ROWS = 3.0, 12.0


def tilted_shares(p: FloatArray, order: float) -> FloatArray:
    """Return the derivative of log sum p^a by p, over a: its mean under p is 1."""
    # Powers of the largest share alone do not underflow, however high the order.
    of_largest = p / p.max()
    return of_largest ** (order - 1.0) / (p.max() * (of_largest**order).sum())


@dataclass(frozen=True, slots=True, eq=False)
class WeightedLabels:
    """Labels that occur, with what lies behind their weights.

    To first order the shares p have the covariance ``diag(q) - q p' - p q' + s p p'`` over Kish's
    size N, where q are the shares of squared weights and s is their sum: where weights do not
    depend on the label, q is p, and this the multinomial one.
    """

    # Shares of the weights, and of the squared weights with what few heavy rows may hide
    p: FloatArray
    q: FloatArray
    # Number of rows of each label, and Kish's size of all of them
    rows: FloatArray
    size: float
    # Largest share of a label of few rows that weigh more than three times the average
    largest_of_few_heavy_rows: float

    @classmethod
    def of(cls, codes: Codes, weights: FloatArray, counts: FloatArray) -> Self:
        """Read the rows of some weight, whose scaled weights by label are ``counts``."""
        behind = WeightsOfCells(
            rows=count_codes(codes, (weights > 0.0).astype(np.float64))[1],
            squares=count_codes(codes, weights**2)[1],
        )
        size = float(counts.sum())
        p, q = counts / size, behind.squares / behind.squares.sum()
        heaviness = p * behind.rows.sum() / behind.rows
        few_and_heavy = (heaviness > _HEAVY) & (behind.rows < _FEW_ROWS)
        # A label of few rows that weigh much may as well have had fewer, and less of the variance.
        q = q * (1.0 + _PSEUDO_ROWS * np.maximum(0.0, 1.0 - p / q) / behind.rows)
        return cls(p, q, behind.rows, size, float(p[few_and_heavy].max(initial=0.0)))

    @property
    def effective_rows(self) -> FloatArray:
        """Kish's size of the rows of each label."""
        return np.asarray(self.size * self.p**2 / self.q)

    @property
    def share_of_singletons(self) -> float:
        """Weight of the labels of one row each, as a share of all."""
        return float(self.p[self.rows == 1.0].sum())

    def variances(self) -> FloatArray:
        """Variance of the share of each label."""
        p, q = self.p, self.q
        return np.asarray((q * (1.0 - 2.0 * p) + q.sum() * p**2) / self.size)

    def moments_at_the_uniform_law(self) -> tuple[float, float]:
        """Mean of ``2 N (log k - H)`` of k even labels, and half its variance.

        A quadratic form of the shares: one degree of freedom for each label but one, each in the
        weight of the rows of its label.
        """
        ratio, total = self.q / self.p, self.q.sum()
        mean, spread = ratio.sum() - total, total**2 + ratio**2 @ (1.0 - 2.0 * self.p)
        return float(mean), float(spread)

    def error_and_bias(self, order: float) -> tuple[float, float]:
        """Delta-method error of the plug-in of some order, and its bias of second order, in nats.

        Half the curvature times the covariance of the shares is the bias.
        """
        p, q, n = self.p, self.q, self.size
        if order == 0.0:
            return 0.0, 0.0
        if np.isinf(order):
            # Minus the logarithm of the largest share, of which no bias is known.
            largest = int(p.argmax())
            return float(np.sqrt(self.variances()[largest]) / p[largest]), 0.0
        if order == 1.0:
            # The derivative of the entropy by a share is its surprise, but for a constant.
            surprise = -np.log(p)
            variance = float(q @ (surprise - p @ surprise) ** 2) / n
            return np.sqrt(variance), -self.moments_at_the_uniform_law()[0] / (2.0 * n)

        # The gradient is a / (1 - a) times the tilted shares t. The curvature has -a t / p on its
        # diagonal and, from the logarithm, -(1 - a) times the product of gradients, whose mean is
        # the variance.
        tilted = tilted_shares(p, order)
        variance = (order / (1.0 - order)) ** 2 * float(q @ (tilted - 1.0) ** 2) / n
        curved = float(tilted @ (q / p) - 2.0 * (tilted @ q) + q.sum())
        bias = -order * curved / (2.0 * n) - (1.0 - order) * variance / 2.0
        return float(np.sqrt(variance)), bias

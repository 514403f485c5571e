"""Rényi transfer entropy of labels: differences of Rényi entropies of counts."""

from collections.abc import Sequence

import numpy as np

from infotheory._codes import Codes, compress, joint_codes
from infotheory._numerics import renyi_entropy_nats
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory.estimation.series.embedding import Embedding, Lagged
from infotheory.estimation.series.estimators import StepInformation, TargetGivenPast
from infotheory.estimation.series.long_run import long_run_factor
from infotheory.estimation.series.signals import Signal, label_signal
from infotheory.laws import NormalLaw

__all__ = ["RenyiEstimator", "renyi_terms"]


def renyi_terms(x: Codes, y: Codes, z: Codes, order: float) -> FloatArray:
    """Return one term a row, whose mean is ``[H(y,z) - H(z)] - [H(x,y,z) - H(x,z)]``.

    Each term is the value and the influence of the row: ``H = log(sum p^q) / (1 - q)`` has the
    influence ``q expm1((q - 1) (log p + H)) / (1 - q)``.
    """
    value, influence = 0.0, np.zeros(x.n_rows)
    for sign, columns in ((1.0, (y, z)), (-1.0, (z,)), (-1.0, (x, y, z)), (1.0, (x, z))):
        codes = compress(joint_codes(*columns))
        shares = np.bincount(codes.index) / codes.n_rows
        entropy = float(renyi_entropy_nats(shares, order))
        value += sign * entropy
        # expm1 keeps the digits of orders near 1, where it is divided by little.
        surprise = np.expm1((order - 1.0) * (np.log(shares) + entropy)) * order / (1.0 - order)
        influence += sign * surprise[codes.index]
    return value + influence


class RenyiEstimator:
    """Rényi transfer entropy of one order, by counts."""

    labels = True

    def __init__(self, order: float) -> None:
        self._order = order

    def read(self, name: str, x: ArrayLike, *, omit: bool, joint: bool) -> Signal:
        """Read labels."""
        return label_signal(name, x, omit=omit, joint=joint)

    def compare(self, y: Lagged, z: Sequence[Lagged], rows: Embedding) -> TargetGivenPast:
        """Take up next steps and what they are compared given."""
        return _RenyiComparison(rows.codes([y]), rows.codes(z), rows, self._order)


class _RenyiComparison:
    def __init__(self, y: Codes, z: Codes, rows: Embedding, order: float) -> None:
        self._y, self._z, self._rows, self._order = y, z, rows, order

    def take(self, parts: Sequence[Lagged]) -> Codes:
        return self._rows.codes(parts)

    def reorder(self, x: Codes, order: IntArray) -> Codes:
        return x.take(order)

    def among(self, seen: BoolArray) -> TargetGivenPast:
        y, z = self._y.take(seen), self._z.take(seen)
        return _RenyiComparison(y, z, self._rows.take(seen), self._order)

    def value(self, x: Codes) -> float:
        return float(renyi_terms(x, self._y, self._z, self._order).mean())

    def score(self, x: Codes) -> StepInformation:
        terms = renyi_terms(x, self._y, self._z, self._order)
        factor = long_run_factor(terms, self._rows.steps, self._rows.trials)
        error = float(np.sqrt(terms.var() * factor / terms.size))
        return StepInformation(float(terms.mean()), error, None, NormalLaw(), terms)

    def error(self, x: Codes) -> float:
        return self.score(x).standard_error

    def measure(self, x: Codes, unit: float) -> StepInformation:  # noqa: ARG002
        return self.score(x)

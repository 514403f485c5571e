"""Rényi transfer entropy of labels: differences of Rényi entropies of counts."""

from collections.abc import Sequence

import numpy as np

from infotheory._codes import Codes, compress, joint_codes
from infotheory._numerics import renyi_entropy_nats
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._warnings import warn
from infotheory.estimation.series.embedding import Embedding, Lagged
from infotheory.estimation.series.estimators import StepInformation, TargetGivenPast, error_of
from infotheory.estimation.series.memory.long_run import long_run_factor
from infotheory.estimation.series.signals import Signal, label_signal
from infotheory.exceptions import WithheldWarning
from infotheory.laws import IntervalLaw, NormalLaw, WithheldLaw

__all__ = ["RenyiEstimator", "renyi_terms"]

#: Nats by which terms that are the same may differ.
_ROUNDING = 1e-12

#: Orders below 1 weigh rare cells more than their rows: with fewer rows expected of a cell than
#: this, times the distance of the order from 1, intervals covered .30 to .92.
_ROWS_OF_LOW_ORDERS = 40.0


def renyi_terms(x: Codes, y: Codes, z: Codes, order: float) -> FloatArray:
    """Return one term a row, whose mean is ``[H(y,z) - H(z)] - [H(x,y,z) - H(x,z)]``.

    Each term is the value and the influence of the row: ``H = log(sum p^q) / (1 - q)`` has the
    influence ``q expm1((q - 1) (log p + H)) / (1 - q)``.
    """
    value, influence = 0.0, np.zeros(x.n_rows)
    for sign, columns in _signed(x, y, z):
        codes = compress(joint_codes(*columns))
        shares = np.bincount(codes.index) / codes.n_rows
        entropy = float(renyi_entropy_nats(shares, order))
        value += sign * entropy
        # expm1 keeps the digits of orders near 1, where it is divided by little.
        surprise = np.expm1((order - 1.0) * (np.log(shares) + entropy)) * order / (1.0 - order)
        influence += sign * surprise[codes.index]
    return value + influence


def _signed(x: Codes, y: Codes, z: Codes) -> tuple[tuple[float, tuple[Codes, ...]], ...]:
    """Return the columns whose entropies make the value, with their signs."""
    return (1.0, (y, z)), (-1.0, (z,)), (-1.0, (x, y, z)), (1.0, (x, z))


def renyi_bias(x: Codes, y: Codes, z: Codes, order: float) -> float:
    """Return the bias of the value to second order, of independent steps."""
    bias = 0.0
    for sign, columns in _signed(x, y, z):
        codes = compress(joint_codes(*columns))
        shares = np.bincount(codes.index) / codes.n_rows

        # Half the curvature of the logarithm of the sum of powers times the multinomial covariance.
        tilted = shares ** (order - 1.0) / (shares**order).sum()
        spread = float(shares @ (tilted - 1.0) ** 2)
        curvature = float(tilted.sum()) - 1.0 + order / (1.0 - order) * spread
        bias -= sign * order / (2.0 * codes.n_rows) * curvature
    return bias


def _least_expected(x: Codes, y: Codes, z: Codes) -> float:
    """Return the least number of rows that a cell expects given z, from the margins."""
    least = []
    sizes = np.bincount(z.index, minlength=z.n_levels)
    for side in (x, y):
        joint = compress(joint_codes(z, side))
        of_stratum = np.full(z.n_levels, np.inf)
        np.minimum.at(of_stratum, z.index, np.bincount(joint.index)[joint.index])
        least.append(of_stratum)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.nanmin(np.where(sizes > 0, least[0] * least[1] / sizes, np.nan)))


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
        return self.measure(x, 1.0)

    def error(self, x: Codes) -> float:
        return error_of(self.measure(x, 1.0))

    def measure(self, x: Codes, unit: float) -> StepInformation:
        terms = renyi_terms(x, self._y, self._z, self._order)
        value, bias = float(terms.mean()), renyi_bias(x, self._y, self._z, self._order)
        factor = long_run_factor(terms, self._rows.steps, self._rows.trials)

        # Where steps are independent the variance of first order vanishes with even shares. That of
        # second order is at most the squared bias, which is known no better than so itself.
        error = float(np.sqrt(float(terms.var()) * factor / terms.size + bias**2))
        reason = self._why_withheld(x, error)
        law: IntervalLaw = NormalLaw(center=(value - bias) / unit)
        if reason is not None:
            warn(reason, WithheldWarning)
            law = WithheldLaw(reason)
        return StepInformation(value, error, None, law, terms)

    def _why_withheld(self, x: Codes, error: float) -> str | None:
        """Return why no interval is known to hold, None where one is."""
        if error <= _ROUNDING:
            return "all steps say the same: how much Rényi's transfer entropy may vary is not known"
        needed = _ROWS_OF_LOW_ORDERS * (1.0 - self._order)
        least = _least_expected(x, self._y, self._z) if needed > 0.0 else np.inf
        reason = (
            f"a cell expects {least:.2g} rows, and rare cells are most of a transfer entropy of "
            f"order {self._order:g}: its interval needs {needed:.3g}; merge rare labels, or take "
            "order 1 or above"
        )
        return reason if least < needed else None

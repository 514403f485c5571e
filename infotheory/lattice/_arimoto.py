"""Arimoto's conditional entropy of classes, from the cells that are not empty."""

import numpy as np

from infotheory._codes import CodeArray
from infotheory._numerics import log_base
from infotheory._typing import Base, FloatArray
from infotheory.measures._column_means import mean_over_columns

# Up to this |t log p| the sum of powers is so near 1 that its logarithm would lose digits.
_SMALL_EXPONENT = 0.1


def arimoto_entropy(p: FloatArray, given: CodeArray, order: float, base: Base) -> float:
    """Arimoto's conditional entropy of an order other than 1, from cells and their conditions."""
    law = np.bincount(given, weights=p)
    entropies = _entropies_of_conditions(p / law[given], given, order)

    # A mean in logarithms: the powers 1 / order of small orders overflow.
    return float(mean_over_columns(law, entropies, order, "arimoto") / log_base(base))


def _entropies_of_conditions(shares: FloatArray, given: CodeArray, order: float) -> FloatArray:
    """Rényi entropy in nats of the shares of each condition."""
    if order == 0.0:
        return np.asarray(np.log(np.bincount(given)))

    logs, t = np.log(shares), order - 1.0
    largest = np.full(int(given.max()) + 1, -np.inf)
    np.maximum.at(largest, given, logs)
    if order == np.inf:
        return -largest
    if abs(t) * -float(logs.min()) <= _SMALL_EXPONENT:
        growth = np.bincount(given, weights=shares * np.expm1(t * logs))
        return np.asarray(np.log1p(growth) / -t)

    # Relative to the largest power of the condition, so that no power underflows for all of them.
    with np.errstate(over="ignore"):
        powers = np.exp(order * (logs - largest[given]))
    sums = np.bincount(given, weights=powers)
    return np.asarray((order / t) * -largest - np.log(sums) / t)

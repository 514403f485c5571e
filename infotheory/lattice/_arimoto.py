"""Arimoto's conditional entropy of classes, from the cells that are not empty."""

import numpy as np

from infotheory._codes import CodeArray
from infotheory._numerics import log_base
from infotheory._typing import Base, FloatArray


def arimoto_entropy(p: FloatArray, given: CodeArray, order: float, base: Base) -> float:
    """Arimoto's conditional entropy of an order other than 1, from cells and their conditions."""
    unit = log_base(base)
    if order == 0.0:
        # The most cells that one condition leaves possible.
        return float(np.log(np.bincount(given).max()) / unit)

    # Shares of the largest probability of the condition: no power underflows for all of them.
    largest = np.zeros(int(given.max()) + 1)
    np.maximum.at(largest, given, p)
    if order == np.inf:
        return float(-np.log(largest.sum()) / unit)
    sums = np.bincount(given, weights=(p / largest[given]) ** order)
    return float(order / (1.0 - order) * np.log(np.sum(largest * sums ** (1.0 / order))) / unit)

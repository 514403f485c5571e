"""Entropies of the classes of a partition."""

import numpy as np
from scipy import special

from infotheory._codes import CodeArray
from infotheory._typing import FloatArray


def partition_entropy(p: FloatArray, order: float, base: float | None) -> float:
    """Rényi entropy of class probabilities, all positive."""
    unit = 1.0 if base is None else np.log(base)
    if order == 1.0:
        return float(special.entr(p).sum() / unit)
    if order == 0.0:
        return float(np.log(p.size) / unit)
    if order == np.inf:
        return float(-np.log(p.max()) / unit)
    return float(special.logsumexp(order * np.log(p)) / (1.0 - order) / unit)


def arimoto_entropy(joint: FloatArray, given: CodeArray, order: float, base: float | None) -> float:
    """Arimoto's conditional entropy from the joint probability of each joint class and the class of the condition."""
    unit = 1.0 if base is None else np.log(base)
    if order == 0.0:
        return float(np.log(np.bincount(given).max()) / unit)
    largest = np.zeros(int(given.max()) + 1)
    np.maximum.at(largest, given, joint)
    if order == np.inf:
        return float(-np.log(largest.sum()) / unit)
    sums = np.bincount(given, weights=(joint / largest[given]) ** order)
    return float(order / (1.0 - order) * np.log(np.sum(largest * sums ** (1.0 / order))) / unit)

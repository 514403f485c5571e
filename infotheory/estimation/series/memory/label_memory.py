"""How far memory beyond the condition makes the likelihood ratio of two series of labels uneven."""

from collections.abc import Callable

import numpy as np

from infotheory._codes import Codes, compress
from infotheory._typing import FloatArray
from infotheory.estimation.discrete._step_cells import StepCells
from infotheory.estimation.series.memory.long_run import pairs_of_lags, until_noise

__all__ = ["loss_of_entropy", "memory_factor", "memory_loss"]

#: Levels whose indicators are followed, the most frequent ones.
_MOST_LEVELS = 8
#: Excess of returns, over the root of the number of cells, that is more than noise.
_NOTICED = 1.0


def memory_factor(cells: StepCells) -> float:
    """Return the mean of the statistic of independence over that of steps without memory.

    Under independence the statistic is a square of sums over the steps of products of what z leaves
    of x and of y. Its mean grows by ``1 + 2 sum_h r_x(h) r_y(h)`` where both keep a memory: with a
    history that is long enough what is left of y has none, and the factor is 1. The sum ends as
    that of the long-run variance does.
    """
    left_x, left_y = _residuals(cells, cells.x), _residuals(cells, cells.y)
    scale = float((left_x**2 @ cells.counts).sum() * (left_y**2 @ cells.counts).sum())
    # Where z determines x or y nothing is left that could have a memory.
    if scale <= 0.0:
        return 1.0

    of_x, of_y = cells.products(left_x), cells.products(left_y)

    def product(lag: int) -> float:
        return of_x(lag) * of_y(lag) / scale

    # Every lag stands for itself and its mirror image, lag 0 once.
    return 2.0 * until_noise(pairs_of_lags(product, 0, cells.n_steps)) - 1.0


def memory_loss(cells: StepCells) -> float:
    """Return what memory of the labels takes off their plug-in information, in nats, at least 0.

    The shares of labels that stay wander, and the entropy of what was seen is too small by
    ``1 / 2N`` times the long-run variances of the indicators over the shares, label by label. Of
    the labels of x and y it is taken off, that of their cells is added: what is counted for
    independent steps is lag 0, and the lags that are added here are those of the rest.
    """
    # x and y of a chain have one memory, and so have their cells: what is left is that of one.
    at = [_returns(cells, codes) for codes in (cells.x, cells.y)]
    of_cells = _returns(cells, None)

    def taken(lag: int) -> float:
        return at[0](lag) + at[1](lag) - of_cells(lag)

    # Every lag has a mirror image.
    total = until_noise(pairs_of_lags(taken, 1, cells.n_steps))
    loss = 2.0 * total / (2.0 * cells.n_steps)
    return loss if 2.0 * total > _NOTICED * np.sqrt(cells.counts.size) else 0.0


def loss_of_entropy(labels: Codes) -> float:
    """Return what memory of labels takes off their plug-in entropy, in nats, at least 0."""
    one = Codes(np.zeros(labels.n_rows, dtype=np.intp), 1)
    cells = StepCells.of(one, labels, one)
    total = 2.0 * until_noise(pairs_of_lags(_returns(cells, None), 1, cells.n_steps))
    noticed = total > _NOTICED * np.sqrt(cells.counts.size)
    return total / (2.0 * cells.n_steps) if noticed else 0.0


def _returns(cells: StepCells, labels: Codes | None) -> Callable[[int], float]:
    """Return a function of the lag: how much more often a label returns than of independent steps.

    It is the sum over the labels of the autocovariance of the indicator over the share.
    """
    labels = Codes(np.arange(cells.counts.size), cells.counts.size) if labels is None else labels
    labels = compress(labels)
    shares = np.bincount(labels.index, cells.counts) / cells.n_steps
    series, weight = labels.index[cells.index], 1.0 / shares

    def at(lag: int) -> float:
        later, earlier = series[lag:], series[: series.size - lag]
        same = later[later == earlier]
        return float(weight[same].sum() - earlier.size) / cells.n_steps

    return at


def _residuals(cells: StepCells, labels: Codes) -> FloatArray:
    """Return, by cell, indicators of levels less their shares given z; of two levels one says all.

    They have shape (n_levels, n_cells).
    """
    labels, z = compress(labels), compress(cells.z)
    shares = np.bincount(labels.index, cells.counts, minlength=labels.n_levels)
    levels = np.argsort(-shares, kind="stable")[: max(1, min(_MOST_LEVELS, labels.n_levels - 1))]

    # Level by level: a table of all labels by all of z could be larger than the series.
    in_z, here = np.bincount(z.index, cells.counts), labels.index == levels[:, None]
    shares_in_z = np.array([np.bincount(z.index, cells.counts * one) / in_z for one in here])
    return np.asarray(here - shares_in_z[:, z.index])

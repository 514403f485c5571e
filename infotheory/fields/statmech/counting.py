"""Entropies that count arrangements of things over classes or cells."""

from typing import Any

import numpy as np
from scipy.special import gammaln

from infotheory._numerics import log_base
from infotheory._row_order import warn_of_axis_order
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import as_counts, check_flag
from infotheory.fields._inputs import as_finite

__all__ = ["boltzmann_entropy", "log_multiplicity", "structural_entropy"]


def log_multiplicity(counts: ArrayLike, *, base: Base = None) -> Any:
    r"""Logarithm of the number of ways to fill classes with given counts.

    Descriptive: the counts are given, not drawn.

    It is :math:`\log N! - \sum_i \log n_i!`.

    With H the Shannon entropy of the shares ``n_i / N`` and K classes it lies between
    ``N H - K log(N + 1)`` and ``N H``: entropy is the logarithm of a number of arrangements per
    thing.

    Parameters
    ----------
    counts : array-like of shape (..., n_classes)
        Whole numbers, not negative; leading axes are a batch.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float or ndarray of shape (...)
        Logarithm of the multinomial coefficient, not negative; 0 where one class holds all.

    Raises
    ------
    ValueError
        If the counts are empty, all zero, negative, not finite or not whole.

    References
    ----------
    B. Gerrits, W. van Heeswijk (2026), "On the entropy in last-mile logistics", arXiv:2605.00008;
    the bounds are those of the method of types.

    Examples
    --------
    Six things in classes of 3, 2 and 1 can be arranged in 6! / (3! 2! 1!) = 60 ways:

    >>> import numpy as np
    >>> round(float(np.exp(log_multiplicity([3, 2, 1]))), 6)
    60.0
    """
    numbers = _as_whole(counts)
    # the sum of the digits of n log n cancels where one class holds all: rounding below 0 is 0
    nats = np.maximum(
        gammaln(numbers.sum(axis=-1) + 1.0) - gammaln(numbers + 1.0).sum(axis=-1), 0.0
    )
    return nats / log_base(base)


def structural_entropy(counts: ArrayLike, *, normalized: bool = False, base: Base = None) -> Any:
    """Fragmentation of N things over stops, routes or classes.

    Descriptive of all things that there are; of a sample of them
    `infotheory.estimation.entropy_from_counts` has an interval.

    It is their `log_multiplicity`, or its share of ``log N!``.

    Parameters
    ----------
    counts : array-like of shape (..., n_classes)
        Whole numbers of things in each class, not negative.
    normalized : bool
        Divide by ``log N!``, what N things have that are all apart: then 0 is one class for all and
        1 a class each. This normaliser is ours: of the paper only the abstract could be read, and
        its own may be another.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None. It plays no
        part where ``normalized`` is True.

    Returns
    -------
    float or ndarray of shape (...)
        Entropy, not negative; up to 1 where ``normalized`` is True.

    Raises
    ------
    ValueError
        If the counts are not whole (see `log_multiplicity`), or fewer than two things are to be
        normalised.

    References
    ----------
    B. Gerrits, W. van Heeswijk (2026), "On the entropy in last-mile logistics", arXiv:2605.00008.

    Examples
    --------
    >>> all_apart = structural_entropy([1, 1, 1], normalized=True)
    >>> round(float(structural_entropy([3, 2, 1])), 6), float(all_apart)
    (4.094345, 1.0)
    """
    check_flag("normalized", normalized)
    entropy = log_multiplicity(counts, base=None if normalized else base)
    if not normalized:
        return entropy
    totals = _as_whole(counts).sum(axis=-1)
    # log 0! and log 1! are 0, of which there is no share.
    if (totals < 2).any():
        message = (
            f"counts must hold at least two things to be normalised, got {totals.min():g}; use "
            "normalized=False"
        )
        raise ValueError(message)
    # The largest there is: every thing in a class of its own. A share has no unit.
    return entropy / gammaln(totals + 1.0)


def boltzmann_entropy(counts: ArrayLike, volumes: ArrayLike, *, base: Base = None) -> Any:
    r"""Boltzmann's entropy of particles in cells of phase space.

    Descriptive of all particles that there are; of a sample of them
    `infotheory.estimation.entropy_from_counts` has an interval.

    It is :math:`\sum_i n_i \log |C_i| - \log n_i!`.

    It is the logarithm of the volume of the states of N like particles that have these counts.
    Differences count: a gas that comes to fill twice the volume gains ``log 2`` a particle.

    Parameters
    ----------
    counts : array-like of shape (..., n_cells)
        Whole numbers of particles, not negative; leading axes are a batch.
    volumes : array-like of shape (n_cells,)
        Volumes of the cells, positive; their unit shifts the entropy by a constant a particle.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float or ndarray of shape (...)
        Entropy, of either sign.

    Raises
    ------
    ValueError
        If the counts are not whole, or there is not one positive volume a cell.

    References
    ----------
    P. L. Garrido, S. Goldstein, D. A. Huse, J. L. Lebowitz (2024), "Time evolution of the Boltzmann
    entropy for a nonequilibrium dilute gas", arXiv:2403.07519.

    Examples
    --------
    Two particles in cells of volume 3 and 5, one each, then both in the first, ``log(9 / 2)``:

    >>> import numpy as np
    >>> volumes = [3.0, 5.0]
    >>> [round(float(np.exp(boltzmann_entropy(n, volumes))), 6) for n in ([1, 1], [2, 0])]
    [15.0, 4.5]
    """
    warn_of_axis_order(("counts", counts, -1), ("volumes", volumes, 0))
    numbers = _as_whole(counts)
    cells = as_finite(volumes, name="volumes", shape=(numbers.shape[-1],))
    if (cells <= 0).any():
        message = f"volumes must be positive, got {cells.min():g}"
        raise ValueError(message)

    # gammaln(n + 1) is log n!
    return (numbers * np.log(cells) - gammaln(numbers + 1.0)).sum(axis=-1) / log_base(base)


def _as_whole(counts: ArrayLike) -> FloatArray:
    """Return counts that are whole numbers, or raise ValueError."""
    numbers = np.atleast_1d(as_counts(counts))
    if (numbers != np.floor(numbers)).any():
        message = f"counts must be whole numbers, got {numbers[numbers != np.floor(numbers)][0]:g}"
        raise ValueError(message)
    return numbers

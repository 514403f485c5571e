"""P-values of several tests that are looked at together."""

from collections.abc import Callable, Hashable, Sequence

import numpy as np

from infotheory._later import stats
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import as_array, as_numbers

__all__ = [
    "FALSE_DISCOVERY",
    "adjust_over_families",
    "benjamini_hochberg",
    "false_discovery",
    "holm",
]

#: Benjamini and Hochberg; Benjamini and Yekutieli, for tests that depend on each other in any way.
FALSE_DISCOVERY = ("bh", "by")


def benjamini_hochberg(p_values: FloatArray) -> FloatArray:
    """Adjust p-values so that they control the false discovery rate (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p_values : ndarray of shape (n_tests,)
        P-values between 0 and 1; NaN (test withheld) stays NaN and does not count.

    Returns
    -------
    ndarray of shape (n_tests,)
        Adjusted p-values, NaN where a test was withheld.

    Raises
    ------
    ValueError
        If the p-values are not a vector of numbers between 0 and 1, or NaN.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    return false_discovery(p_values, "bh")


def false_discovery(p_values: ArrayLike, adjust: str) -> FloatArray:
    """Adjust p-values by one of the rules of ``FALSE_DISCOVERY``."""
    return _adjusted(p_values, lambda tested: stats.false_discovery_control(tested, method=adjust))


def holm(p_values: FloatArray) -> FloatArray:
    """Adjust p-values so that with a probability of the level none is rejected falsely.

    Parameters
    ----------
    p_values : ndarray of shape (n_tests,)
        P-values between 0 and 1; NaN (test withheld) stays NaN and does not count.

    Returns
    -------
    ndarray of shape (n_tests,)
        Adjusted p-values: those below 0.05 are all right with a probability of 0.95, however the
        tests depend on each other and whichever of their hypotheses hold. NaN where a test was
        withheld.

    Raises
    ------
    ValueError
        If the p-values are not a vector of numbers between 0 and 1, or NaN.

    References
    ----------
    .. [1] S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
       of Statistics 6 (1979) 65-70.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    return _adjusted(p_values, _step_down)


def adjust_over_families(
    adjusted: FloatArray, families: Sequence[Hashable], beside: FloatArray
) -> FloatArray:
    """Adjust p-values once more, for the number of families in which they were adjusted.

    Parameters
    ----------
    adjusted : ndarray of shape (n_tests,)
        P-values adjusted inside their families (by Benjamini and Hochberg, say); NaN does not
        count.
    families : sequence of shape (n_tests,)
        The family of each.
    beside : ndarray of shape (n_families,)
        Smallest adjusted p-values of other families that are looked at beside these.

    Returns
    -------
    ndarray of shape (n_tests,)
        Where nothing has changed, one of them is below 0.05 with a probability of at most 0.05.
    """
    # The smallest adjusted p-value of a family is that of Simes for "nothing in it has changed".
    numbers = {family: place for place, family in enumerate(dict.fromkeys(families))}
    codes = np.array([numbers[family] for family in families], dtype=np.intp)
    # fmin passes over p-values that are not known; a family without any known one has none.
    smallest = np.full(len(numbers), np.inf)
    np.fmin.at(smallest, codes, adjusted)
    smallest[np.isinf(smallest)] = np.nan

    together = np.concatenate([smallest, beside])
    # as Holm counts: the families that are not rejected before this one
    remaining = (together >= smallest[:, np.newaxis]).sum(axis=1)
    of_family = holm(together)[: len(numbers)]
    return np.maximum(of_family[codes], np.minimum(remaining[codes] * adjusted, 1.0))


def _adjusted(p_values: ArrayLike, adjust: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Adjust those p-values that are known."""
    numbers = as_numbers("p_values", as_array("p_values", p_values))
    if numbers.ndim != 1 or ((numbers < 0.0) | (numbers > 1.0)).any():
        message = (
            f"p_values must be a vector of numbers between 0 and 1, or NaN, got {numbers.tolist()}"
        )
        raise ValueError(message)
    adjusted = np.full(numbers.shape, np.nan)
    # A test that was not made counts among nothing.
    tested = ~np.isnan(numbers)
    if tested.any():
        adjusted[tested] = adjust(numbers[tested])
    return adjusted


def _step_down(p_values: FloatArray) -> FloatArray:
    """Multiply the smallest by the number of all tests, the next by one less, and never fall."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(p_values.size, 0, -1)
    adjusted = np.empty(p_values.size)
    # Factors fall from one to the next, and may fall faster than p-values rise.
    adjusted[order] = np.maximum.accumulate(np.minimum(factors * p_values[order], 1.0))
    return adjusted

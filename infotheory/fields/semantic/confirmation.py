"""How far evidence confirms a hypothesis."""

from typing import Any

import numpy as np

from infotheory._numerics import as_float64
from infotheory._row_order import warn_of_axis_order
from infotheory._typing import ArrayLike
from infotheory.measures._fixed_point import to_numpy

__all__ = ["confirmation"]


def confirmation(p1: ArrayLike, p0: ArrayLike) -> Any:
    """Degree to which evidence confirms a hypothesis: a bounded weight of evidence.

    It is ``(p1 - p0) / max(p1, p0)``.

    With the weight of evidence ``w = log(p1 / p0)`` it is ``sign(w) (1 - exp(-|w|))``.

    Parameters
    ----------
    p1, p0 : array-like
        Probability of the evidence if the hypothesis holds and if it does not, from 0 to 1; shapes
        broadcast.

    Returns
    -------
    float or ndarray
        Degree from -1 (refuted) to 1 (confirmed); 0 where the evidence says nothing.

    Raises
    ------
    ValueError
        If a probability leaves [0, 1] or is not a number, shapes do not fit, or both are 0.

    References
    ----------
    C. Lu (2025), "A semantic generalization of Shannon's information theory and applications",
    doi:10.3390/e27050461.

    Examples
    --------
    >>> round(float(confirmation(0.9, 0.1)), 6)
    0.888889
    """
    for axis in (-1, -2):
        warn_of_axis_order(("p1", p1, axis), ("p0", p0, axis))
    first, second = (
        to_numpy(as_float64(value, name=name)) for name, value in (("p1", p1), ("p0", p0))
    )

    # Written so that NaN, which no comparison holds of, is refused as well.
    for name, array in (("p1", first), ("p0", second)):
        if not ((array >= 0) & (array <= 1)).all():
            message = (
                f"{name} must lie between 0 and 1, got {array[~((array >= 0) & (array <= 1))][0]}"
            )
            raise ValueError(message)

    # The maximum is the first that broadcasts: shapes that do not fit are refused by it.
    try:
        larger = np.maximum(first, second)
    except ValueError:
        message = f"shapes of p1 and p0 must broadcast, got {first.shape} and {second.shape}"
        raise ValueError(message) from None

    if (larger == 0).any():
        message = "p1 and p0 must not both be 0, got evidence that never occurs"
        raise ValueError(message)
    return (first - second) / larger

"""Does the maximum of a logistic likelihood exist? An exact answer by linear programming."""

import numpy as np
from scipy import optimize

from infotheory._typing import BoolArray, FloatArray

__all__ = ["separating_direction"]

SOLVER_TOLERANCE = (
    1e-6  # HiGHS meets its constraints to 1e-7; a direction below this is no direction
)


def separating_direction(design: FloatArray, counts: FloatArray) -> FloatArray | None:
    """Direction along which the logistic likelihood never falls, or None where its maximum is finite.

    Rows are separated, completely or in part, where some ``b`` has ``a'b >= 0`` for all events and
    ``a'b <= 0`` for all non-events, with inequality in at least one row. The linear program
    maximises the sum of these margins inside the box ``|b| <= 1``.

    Parameters
    ----------
    design : ndarray of shape (n_rows, n_columns)
        Rows of the design, the intercept included.
    counts : ndarray of shape (n_rows, 2)
        Weight of non-events and events of each row.

    Returns
    -------
    ndarray of shape (n_columns,) or None
        The direction of greatest total margin.

    References
    ----------
    .. [1] A. Albert and J. A. Anderson, "On the existence of maximum likelihood estimates in
       logistic regression models", Biometrika 71 (1984), doi:10.1093/biomet/71.1.1.
    .. [2] K. Konis, "Linear programming algorithms for detecting separated data in binary logistic
       regression models", thesis, University of Oxford (2007).

    Examples
    --------
    >>> design = np.array([[1.0, 0.0], [1.0, 1.0]])
    >>> separating_direction(design, np.array([[5.0, 0.0], [2.0, 3.0]])).tolist()
    [-1.0, 1.0]
    >>> separating_direction(design, np.array([[5.0, 1.0], [2.0, 3.0]])) is None
    True
    """
    good, bad = counts[:, 0] > 0, counts[:, 1] > 0
    one_class: BoolArray = good ^ bad
    mixed: BoolArray = good & bad
    signed = design[one_class] * np.where(bad[one_class], 1.0, -1.0)[:, None]
    if signed.shape[0] == 0:
        return None
    largest = max(float(np.abs(signed).max()), 1.0)
    result = optimize.linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(signed.shape[0]),
        A_eq=design[mixed] if mixed.any() else None,
        b_eq=np.zeros(int(mixed.sum())) if mixed.any() else None,
        bounds=(-1.0, 1.0),
        method="highs",
    )
    if result.x is None or float((signed @ result.x).max()) <= SOLVER_TOLERANCE * largest:
        return None
    return np.asarray(result.x, dtype=np.float64)

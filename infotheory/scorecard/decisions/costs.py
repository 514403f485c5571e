"""What a decision brings or costs, by applicant and outcome."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory._validation import check_length

__all__ = ["CostTable", "amounts_by_row", "amounts_differ"]

_NAMES = ("gain_per_good", "loss_per_bad", "cost_per_refused_good", "cost_per_refused_bad")


@dataclass(frozen=True, slots=True, eq=False)
class CostTable:
    """Money by decision and outcome; each number holds for all rows, or is one number a row.

    Parameters
    ----------
    gain_per_good : float or array-like of shape (n_rows,)
        Gain from an approved applicant who turns out good; negative where a good one costs money.
    loss_per_bad : float or array-like of shape (n_rows,)
        Loss from an approved applicant who turns out bad, not negative.
    cost_per_refused_good, cost_per_refused_bad : float or array-like of shape (n_rows,)
        Cost of refusing an applicant who would have been good, or bad; not negative.

    Raises
    ------
    ValueError
        If a number is not finite, a loss or cost is negative, or an array has more than one
        dimension.

    Examples
    --------
    >>> costs = CostTable(gain_per_good=100, loss_per_bad=[900, 500])
    >>> approved, refused = costs.outcomes(np.array([0.0, 1.0]))
    >>> approved.tolist(), refused.tolist()
    ([100.0, -500.0], [0.0, 0.0])
    """

    gain_per_good: ArrayLike
    loss_per_bad: ArrayLike
    cost_per_refused_good: ArrayLike = 0.0
    cost_per_refused_bad: ArrayLike = 0.0

    __repr__ = short_repr
    _repr_html_ = html_repr

    def __post_init__(self) -> None:
        for name in _NAMES:
            object.__setattr__(self, name, _amounts(name, getattr(self, name)))

    @property
    def differs_by_row(self) -> bool:
        """Whether an amount is not the same in all rows."""
        return any(np.ptp(np.asarray(getattr(self, name))) > 0.0 for name in _NAMES)

    def outcomes(self, target: FloatArray) -> "tuple[FloatArray, FloatArray]":
        """Profit of each row if it is approved, and if it is refused.

        Parameters
        ----------
        target : ndarray of shape (n_rows,)
            1.0 for a bad, 0.0 for a good.

        Returns
        -------
        tuple of ndarray of shape (n_rows,)
            Profit when approved, profit when refused (0 or negative).

        Raises
        ------
        ValueError
            If an array of amounts has another length.
        """
        gain, loss, good, bad = (self._by_row(name, target.size) for name in _NAMES)

        # The sum with 0 turns the -0.0 of a cost of 0 into 0.0.
        return np.where(target == 1.0, -loss, gain), np.where(target == 1.0, -bad, -good) + 0.0

    def _by_row(self, name: str, n_rows: int) -> FloatArray:
        amounts = np.asarray(getattr(self, name), dtype=np.float64)
        return (
            np.full(n_rows, amounts) if amounts.ndim == 0 else check_length(name, amounts, n_rows)
        )


def amounts_by_row(costs: CostTable, n_rows: int) -> tuple[FloatArray, ...]:
    """Gain of a good, loss of a bad, cost of refusing a good and a bad, each by row."""
    return tuple(
        np.broadcast_to(np.asarray(getattr(costs, name), dtype=np.float64), n_rows)
        for name in _NAMES
    )


def amounts_differ(costs: CostTable, chosen: BoolArray) -> bool:
    """Whether an amount is not the same in the chosen ones of all rows."""
    amounts = (np.asarray(getattr(costs, name)) for name in _NAMES)
    return any(np.ptp(of_rows[chosen]) > 0.0 for of_rows in amounts if of_rows.ndim)


def _amounts(name: str, value: Any) -> FloatArray:
    """Check the amounts of one cell of the table; they stay as they are from then on."""
    try:
        # A copy, which no later change of the caller's array reaches; it is made read-only below.
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = f"{name} must be a number or one number a row, got {value!r}"
        raise ValueError(message) from error
    if array.ndim > 1:
        message = f"{name} must be a number or one number a row, got shape {array.shape}"
        raise ValueError(message)

    finite = np.isfinite(array)
    if not finite.all():
        message = f"{name} must be finite, got {array[~finite].item(0)}"
        raise ValueError(message)

    # A good applicant may cost money; losses and costs that are negative are a sign gone astray.
    if name != "gain_per_good" and (array < 0.0).any():
        message = (
            f"{name} must not be negative, got {array.min()}; state losses and costs as positive "
            "amounts"
        )
        raise ValueError(message)

    array.flags.writeable = False
    return array

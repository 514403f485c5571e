"""Limits on a grouping of pre-bins, checked in one place."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from infotheory._typing import FloatArray
from infotheory._validation import check_integer, check_number

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What every bin, and every pair of consecutive bins, of a grouping has to meet.

    Parameters
    ----------
    min_n_bins : int
        Fewest bins, at least 1. Cells for missing and special values do not count.
    max_n_bins : int or None
        Most bins; no limit when None.
    min_bin_size : float
        Smallest bin as a share of the total weight (missing and special values included), in [0,
        1).
    max_bin_size : float or None
        Largest bin as a share of the total weight, in (0, 1]; no limit when None.
    min_bin_n_event, min_bin_n_nonevent : float
        Fewest events and non-events in a bin; with weights, Kish sizes
        ``(sum w)^2 / sum w^2`` of the bin and class. The default 1 forbids bins with an empty
        class, whatever the unit of the weights.
    min_event_rate_diff : float
        Smallest distance between the event rates of consecutive bins, in [0, 1).
    max_pvalue : float or None
        Largest p-value of Pearson's chi-square test between consecutive bins, in (0, 1]; no limit
        when None.
    bin_penalty : float
        What each bin costs, in the unit of the divergence, not negative; noise gains about
        ``1 / N_eff`` a bin.

    Raises
    ------
    ValueError
        If a limit is outside its range, or a lower limit is above its upper one.

    Examples
    --------
    >>> Limits(max_n_bins=6, min_bin_size=0.05).active()
    {'max_n_bins': 6, 'min_bin_size': 0.05, 'min_bin_n_event': 1.0, 'min_bin_n_nonevent': 1.0}
    """

    min_n_bins: int = 1
    max_n_bins: int | None = None
    min_bin_size: float = 0.0
    max_bin_size: float | None = None
    min_bin_n_event: float = 1.0
    min_bin_n_nonevent: float = 1.0
    min_event_rate_diff: float = 0.0
    max_pvalue: float | None = None
    bin_penalty: float = 0.0

    def __post_init__(self) -> None:
        check_integer("min_n_bins", self.min_n_bins)
        if self.max_n_bins is not None:
            check_integer("max_n_bins", self.max_n_bins, alternative=", or None for no limit")
            _check_order("n_bins", self.min_n_bins, self.max_n_bins)
        rule = "a share of the total weight in [0, 1); use min_bin_n_event for counts"
        check_number("min_bin_size", self.min_bin_size, 0.0, 1.0, ends="[)", rule=rule)
        if self.max_bin_size is not None:
            rule = "a share of the total weight in (0, 1]"
            check_number("max_bin_size", self.max_bin_size, 0.0, 1.0, ends="(]", rule=rule)
            _check_order("bin_size", self.min_bin_size, self.max_bin_size)

        for name in ("min_bin_n_event", "min_bin_n_nonevent", "bin_penalty"):
            rule = "a finite number, at least 0"
            check_number(name, getattr(self, name), 0.0, np.inf, ends="[)", rule=rule)
        gap, largest = self.min_event_rate_diff, self.largest_gap
        rule = "a difference of event rates in [0, 1)"
        if largest > 1.0:
            rule = "a finite difference of means, at least 0"
        check_number("min_event_rate_diff", gap, 0.0, largest, ends="[)", rule=rule)
        if self.max_pvalue is not None:
            rule = "a probability in (0, 1], or None"
            check_number("max_pvalue", self.max_pvalue, 0.0, 1.0, ends="(]", rule=rule)

    @property
    def largest_gap(self) -> float:
        """Bound on ``min_event_rate_diff``: event rates are shares."""
        return 1.0

    def active(self) -> dict[str, Any]:
        """Return the limits that restrict something, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value != NEUTRAL[name]}

    def for_separating(self, totals: FloatArray) -> Self:
        """Return the limits for a feature that separates the classes.

        Its bins lack a class, and the rarest one fills no more than its share of the rows: other
        limits would leave nothing but one bin.

        Parameters
        ----------
        totals : ndarray of shape (n_classes,)
            Weight of each class, positive.

        Returns
        -------
        Limits
            The same without limits on the rows of a class in a bin; the smallest bin may be half as
            large as the rarest class.
        """
        size = min(self.min_bin_size, 0.5 * float(totals.min() / totals.sum()))
        return replace(self, min_bin_size=size, min_bin_n_event=0.0, min_bin_n_nonevent=0.0)


#: Values that restrict nothing. They are not the defaults, which ask for an event and a non-event
#: in each bin.
NEUTRAL: dict[str, Any] = {
    "min_n_bins": 1,
    "max_n_bins": None,
    "min_bin_size": 0.0,
    "max_bin_size": None,
    "min_bin_n_event": 0.0,
    "min_bin_n_nonevent": 0.0,
    "min_event_rate_diff": 0.0,
    "max_pvalue": None,
    "bin_penalty": 0.0,
}


def _check_order(name: str, low: float, high: float) -> None:
    if low > high:
        message = (
            f"min_{name} must not be above max_{name}, got min_{name}={low!r} and "
            f"max_{name}={high!r}"
        )
        raise ValueError(message)

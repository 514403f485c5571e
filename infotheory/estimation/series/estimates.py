"""An estimate from a series, with what each step says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MemberDescriptorType
from typing import Any

import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory.inference import Estimate

__all__ = ["SeriesEstimate", "made_when_asked", "waiting"]


def waiting(make: Callable[[], Any]) -> Any:
    """Stand for a value that is made when something asks for it.

    What a long series says of each step is as long as the series, and few look at it.
    """
    return _Waiting(make)


class _Waiting:
    """What makes a value."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


class _Asked:
    """A field that makes the value that waits in it, once."""

    def __init__(self, slot: MemberDescriptorType) -> None:
        self._slot = slot

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        if instance is None:
            return self
        value = self._slot.__get__(instance, owner)
        if isinstance(value, _Waiting):
            value = value.make()
            self._slot.__set__(instance, value)  # of a frozen class nobody else may
        return value

    def __set__(self, instance: object, value: object) -> None:
        self._slot.__set__(instance, value)


def made_when_asked(kind: type, *names: str) -> None:
    """Let fields of a dataclass with slots hold values that wait."""
    for name in names:
        setattr(kind, name, _Asked(vars(kind)[name]))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SeriesEstimate(Estimate):
    """An estimate from steps of a series.

    Parameters
    ----------
    value : float
        The estimate.
    standard_error : float
        Its standard error, which knows that steps depend on those before them.
    method : str
        How the value was estimated.
    p_value : float or None
        P-value of no information; None where there is none.
    law : IntervalLaw
        What the interval is made of.
    reason : str or None
        Why something is withheld.
    local : ndarray of shape (n_rows,)
        What each step says, in the unit of the value. The mean is the plug-in value, for ksg the
        value itself.
    steps : ndarray of int, of shape (n_rows,)
        Places of these steps in the input.
    history, history_step : int
        Number of past steps of the target that were taken, and how far they lie apart.
    lag : int or None
        Steps from the source to the target; None where there is no source.
    null_mean, null_standard_deviation : float or None
        Of the surrogates, where some were drawn.

    Examples
    --------
    >>> from infotheory.estimation import transfer_entropy
    >>> source = np.random.default_rng(0).normal(size=400)
    >>> target = np.roll(source, 1) + np.random.default_rng(1).normal(size=400)
    >>> estimate = transfer_entropy(source, target, method="gaussian")
    >>> estimate.n_rows, estimate.history, estimate.steps[:3].tolist()
    (399, 1, [1, 2, 3])
    """

    # Arrays have no one truth value: == compares all else.
    local: FloatArray = field(default_factory=lambda: np.empty(0), compare=False)
    steps: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.intp), compare=False)
    history: int = 1
    history_step: int = 1
    lag: int | None = None
    null_mean: float | None = None
    null_standard_deviation: float | None = None

    @property
    def n_rows(self) -> int:
        """Number of steps that were used."""
        return int(self.steps.size)

    @property
    def effective(self) -> float | None:
        """The value less the mean of the surrogates, where some were drawn.

        It was not found to be closer to the truth than the value (Marschinski and Kantz 2002,
        doi:10.1140/epjb/e2002-00379-2).
        """
        return None if self.null_mean is None else self.value - self.null_mean


made_when_asked(SeriesEstimate, "local", "steps")

"""An estimate from a series, with what each step says."""

from dataclasses import dataclass, field

import numpy as np

from infotheory._typing import FloatArray, IntArray
from infotheory.inference import Estimate

__all__ = ["SeriesEstimate"]


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

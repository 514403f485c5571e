"""What the estimates of this room return."""

import math
from dataclasses import dataclass, field
from typing import Any

from infotheory._numerics import is_tensor
from infotheory._typing import IntArray
from infotheory._warnings import warn
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import StudentLaw, WithheldLaw

__all__ = ["SpectralEstimate", "SpectralInformation", "law_of_draws"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SpectralEstimate(Estimate):
    """A measure of a spectrum, with what it hangs on.

    Parameters
    ----------
    value : float or Tensor
        The measure; a tensor with its gradient where the data was a tensor. Its interval is one for
        the value that the exact method would give on these rows; of subsample for the mean over all
        subsets of as many rows, which is not that of all rows.
    standard_error : float
        Error of the method's own randomness (probes, subsets); 0 where the value is exact for these
        rows, NaN where it is not known. It does not speak of other samples.
    method : str
        How it was computed.
    p_value : float or None
        None: the measure has no natural null hypothesis.
    law : StudentLaw or WithheldLaw
        Student's law with the degrees of freedom of the standard error; without end where there is
        no randomness. Withheld where the error does not tell how far the value is off.
    reason : str or None
        Why an interval is withheld; None where it is not.
    bandwidth : float
        Width of the Gaussian kernel; the median of the local widths where it adapts.
    n_samples : int
        Rows that entered the spectrum. The measure depends on it: compare at equal numbers only.

    Examples
    --------
    >>> estimate = SpectralEstimate(
    ...     value=2.0, standard_error=0.1, method="slq", bandwidth=1.0, n_samples=100
    ... )
    >>> [round(end, 3) for end in estimate.interval()]
    [1.804, 2.196]
    """

    value: Any
    bandwidth: float
    n_samples: int
    law: StudentLaw | WithheldLaw = field(default_factory=lambda: StudentLaw(math.inf))

    def __float__(self) -> float:
        # Of a tensor with a gradient torch would warn that the number has none.
        return float(self.value.detach() if is_tensor(self.value) else self.value)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SpectralInformation(SpectralEstimate):
    """A mutual information between points and a target, with the classes made of the target.

    Parameters
    ----------
    value : float or Tensor
        The information; a tensor with its gradient where the data was a tensor.
    standard_error : float
        Error of the method's own randomness; 0 where the value is exact for these rows.
    method : str
        How it was computed.
    p_value : float or None
        None: no test is made.
    law : StudentLaw or WithheldLaw
        Student's law with the degrees of freedom of the standard error; withheld as that of an
        entropy.
    reason : str or None
        Why an interval is withheld; None where it is not.
    bandwidth : float
        Width of the Gaussian kernel; the median of the local widths where it adapts.
    n_samples : int
        Rows that entered the spectra.
    labels : ndarray of shape (n_samples,)
        Class of each row: the codes of the labels, bins or clusters of the target.
    """

    labels: IntArray


def law_of_draws(degrees_of_freedom: float, reason: str | None) -> StudentLaw | WithheldLaw:
    """Law of an interval by random draws, or none for a reason, of which the caller is told."""
    if reason is None:
        return StudentLaw(degrees_of_freedom)
    warn(reason, WithheldWarning)
    return WithheldLaw(reason)

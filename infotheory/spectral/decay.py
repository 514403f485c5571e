"""The power law of an eigenvalue spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._validation import number_or_nan
from infotheory.spectral._moments import moment_spectrum
from infotheory.spectral._torch import unfollowed_numbers

__all__ = ["SpectralDecay", "spectral_decay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectralDecay:
    """A fitted power law ``lambda_i = c i^-exponent``.

    Descriptive of the rows at hand: no error is given.

    Parameters
    ----------
    exponent : float
        Slope of log eigenvalue on log rank, its sign turned.
    intercept : float
        Logarithm of c, in nats.
    r_squared : float
        Weighted share of the variance of log eigenvalues that the line explains.
    fit_range : tuple of int
        First and last rank of the fit, counted from 1.
    """

    exponent: float
    intercept: float
    r_squared: float
    fit_range: tuple[int, int]

    __repr__ = short_repr
    _repr_html_ = html_repr


def spectral_decay(Z: Any, *, fit_range: tuple[int, int], center: bool = True) -> SpectralDecay:
    """Fit the decay exponent of the covariance spectrum (alpha-ReQ) over some ranks.

    Descriptive of the rows at hand: no error is given.

    By least squares with weights 1/i at rank i. The exponent is a fitted slope, not an entropy, and
    hangs on the range, which therefore has no default.

    Parameters
    ----------
    Z : array-like or tensor of shape (n_rows, n_features), or iterable of such blocks
        Features.
    fit_range : tuple of int
        First and last rank, counted from 1, both inclusive; at least two ranks with positive
        eigenvalues.
    center : bool
        Subtract the column means.

    Returns
    -------
    SpectralDecay
        Exponent, intercept, R squared and the range. It carries no gradient.

    Raises
    ------
    ValueError
        If Z is not a finite matrix, or the range leaves the positive spectrum.

    Notes
    -----
    "Tracing the representation geometry of language models" follows it along training.

    References
    ----------
    K. Agrawal, A. Mondal, A. Ghosh, B. Richards (2022), "alpha-ReQ: assessing representation
    quality in self-supervised learning by measuring eigenspectrum decay"; C. Stringer et al.
    (2019), doi:10.1038/s41586-019-1346-5.

    Examples
    --------
    Second moments 1, 1/4, 1/9 fall with exponent 2:

    >>> fit = spectral_decay(np.diag([1.0, 1 / 2, 1 / 3]), fit_range=(1, 3), center=False)
    >>> round(fit.exponent, 6), round(fit.r_squared, 6)
    (2.0, 1.0)
    """
    values, n_rows, _ = moment_spectrum(Z, center=center)
    moments = unfollowed_numbers(values)
    spectrum = np.flip(moments.astype(np.float64)) / n_rows
    first, last = _as_ranks(fit_range)
    positive = int((spectrum > 0).sum())
    if not (1 <= first < last <= positive and int(first) == first and int(last) == last):
        message = (
            f"fit_range must be two ranks from 1 to the {positive} positive eigenvalues, got "
            f"{(first, last)}"
        )
        raise ValueError(message)

    ranks = np.arange(first, last + 1, dtype=np.float64)
    x, y, w = np.log(ranks), np.log(spectrum[int(first) - 1 : int(last)]), 1.0 / ranks
    w /= w.sum()
    x_mean, y_mean = w @ x, w @ y
    slope = (w * (x - x_mean)) @ (y - y_mean) / (w @ (x - x_mean) ** 2)

    # A flat spectrum has nothing to explain, and its line explains it. Eigenvalues are known to
    # the rounding of the largest one.
    rounding = moments.size * np.finfo(moments.dtype).eps * spectrum[0] / spectrum[int(last) - 1]
    variation = float(w @ (y - y_mean) ** 2)
    unexplained = float(w @ (y - y_mean - slope * (x - x_mean)) ** 2)
    return SpectralDecay(
        exponent=float(-slope),
        intercept=float(y_mean - slope * x_mean),
        r_squared=1.0 - unexplained / variation if np.ptp(y) > rounding else 1.0,
        fit_range=(int(first), int(last)),
    )


def _as_ranks(fit_range: Any) -> tuple[float, float]:
    """Return two numbers, NaN for what is none."""
    ends = list(fit_range) if isinstance(fit_range, Sequence) else []
    if len(ends) != 2:
        message = f"fit_range must be two ranks, as in (1, 10), got {fit_range!r}"
        raise ValueError(message)
    return number_or_nan(ends[0]), number_or_nan(ends[1])

"""The one engine behind information value, stability index and group divergence: two samples over the same bins.

Every kernel takes :class:`BinnedSamples` whose leading axes are replicates, so that a Monte-Carlo
study tests the very code that makes the estimates.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special, stats

from infotheory._typing import FloatArray
from infotheory._validation import check_option
from infotheory.evidence.binned_samples import BinnedSamples, check_zero_cells, fill_zero_cells
from infotheory.inference import DivergenceEstimate
from infotheory.laws import (
    IntervalLaw,
    NoncentralChi2Law,
    NormalLaw,
    chi2_noncentrality_bounds,
    two_sided_quantile,
)

__all__ = [
    "NORMAL_FROM",
    "DivergenceParts",
    "divergence_estimate",
    "divergence_interval",
    "divergence_parts",
    "kish_sizes",
    "pearson_statistic",
]

#: Value of ``N_eff (J - bias)`` from which ``interval="auto"`` uses the normal law.
NORMAL_FROM = 50.0


class Divergence(NamedTuple):
    """A divergence ``sum f(p, q)``: what the delta method needs of it, bin by bin."""

    value: FloatArray
    """``f``."""
    first_gradient: FloatArray
    """``df/dp``, up to a constant."""
    second_gradient: FloatArray
    """``df/dq``, up to a constant."""
    first_curvature: FloatArray
    """``p d2f/dp2``."""
    second_curvature: FloatArray
    """``q d2f/dq2``."""


def _jeffreys(p: FloatArray, q: FloatArray) -> Divergence:
    log_ratio = np.log(p) - np.log(q)
    return Divergence(
        (p - q) * log_ratio,
        log_ratio + 1.0 - q / p,
        1.0 - p / q - log_ratio,
        1.0 + q / p,
        1.0 + p / q,
    )


def _kullback_leibler(p: FloatArray, q: FloatArray) -> Divergence:
    log_ratio = np.log(p) - np.log(q)
    return Divergence(p * log_ratio, log_ratio, -p / q, np.ones_like(p), p / q)


def _jensen_shannon(p: FloatArray, q: FloatArray) -> Divergence:
    middle = 0.5 * (p + q)
    value = 0.5 * (special.rel_entr(p, middle) + special.rel_entr(q, middle))
    # A cell without rows has no influence of its own: any finite gradient will do there.
    first, second = (np.log(np.where(share > 0.0, share, middle) / middle) for share in (p, q))
    return Divergence(value, 0.5 * first, 0.5 * second, 0.25 * q / middle, 0.25 * p / middle)


#: Divergence by name, with the factor that makes ``factor * N_eff * divergence`` chi-square under equality.
KINDS: dict[str, tuple[Callable[[FloatArray, FloatArray], Divergence], float]] = {
    "jeffreys": (_jeffreys, 1.0),
    "kullback_leibler": (_kullback_leibler, 2.0),
    "jensen_shannon": (_jensen_shannon, 8.0),
}


class DivergenceParts(NamedTuple):
    """What every estimate, interval and test of a divergence is made of; arrays of shape (...)."""

    value: FloatArray
    variance: FloatArray
    fixed_weight_variance: FloatArray
    """Variance that holds ``p - q`` fixed (Eq. 18 of arXiv:2509.09855), for the Jeffreys divergence."""
    bias: FloatArray
    n_effective: FloatArray
    """Kish sizes n, m: ``n m / (n + m)`` times 1 (Jeffreys), 2 (Kullback-Leibler) or 8 (Jensen-Shannon)."""
    degrees_of_freedom: FloatArray

    @property
    def center(self) -> FloatArray:
        """The value less its bias, not floored."""
        return self.value - self.bias


def kish_sizes(samples: BinnedSamples) -> tuple[FloatArray, FloatArray]:
    """Effective sizes ``(sum w)^2 / sum w^2`` of the two samples; the numbers of rows where weights are 1.

    Parameters
    ----------
    samples : BinnedSamples
        Counts; leading axes are replicates.

    Returns
    -------
    tuple of ndarray
        Sizes of shape (...).
    """
    first = samples.first.sum(axis=-1) ** 2 / samples.first_squared.sum(axis=-1)
    second = samples.second.sum(axis=-1) ** 2 / samples.second_squared.sum(axis=-1)
    return first, second


def divergence_parts(filled: BinnedSamples, kind: str = "jeffreys") -> DivergenceParts:
    """Value, variances, bias and effective size of a divergence (array kernel).

    Parameters
    ----------
    filled : BinnedSamples
        Counts without one-sided bins (which only "jensen_shannon" takes); empty bins do not count.
        Leading axes are replicates.
    kind : {"jeffreys", "kullback_leibler", "jensen_shannon"}
        The divergence; "kullback_leibler" is of the first sample from the second.

    Returns
    -------
    DivergenceParts
        Arrays of shape (...).
    """
    shape, factor = KINDS[kind]
    n, m = kish_sizes(filled)
    occupied = filled.occupied()
    p, first_noise = _shares(filled.first, filled.first_squared)
    q, second_noise = _shares(filled.second, filled.second_squared)
    f = shape(np.where(occupied, p, 1.0), np.where(occupied, q, 1.0))
    centred = [
        u - np.sum(share * u, axis=-1, keepdims=True)
        for u, share in ((f.first_gradient, p), (f.second_gradient, q))
    ]
    bias = sum(
        np.sum(occupied * curvature * (1.0 - share), axis=-1) / (2.0 * size)
        for curvature, share, size in ((f.first_curvature, p, n), (f.second_curvature, q, m))
    )
    cell_noise = sum(
        np.divide(noise, share**2, out=np.zeros_like(share), where=share > 0.0)
        for noise, share in ((first_noise, p), (second_noise, q))
    )
    return DivergenceParts(
        value=np.sum(occupied * f.value, axis=-1),
        variance=np.sum(first_noise * centred[0] ** 2 + second_noise * centred[1] ** 2, axis=-1),
        fixed_weight_variance=np.sum((p - q) ** 2 * cell_noise, axis=-1),
        bias=np.asarray(bias),
        n_effective=factor * n * m / (n + m),
        degrees_of_freedom=occupied.sum(axis=-1) - 1.0,
    )


def _shares(weight: FloatArray, squared: FloatArray) -> tuple[FloatArray, FloatArray]:
    total = weight.sum(axis=-1, keepdims=True)
    return weight / total, squared / total**2


def divergence_interval(
    parts: DivergenceParts, level: float = 0.95, *, interval: str = "auto"
) -> tuple[FloatArray, FloatArray]:
    """Confidence intervals of many divergences (array kernel; the law of one estimate is chosen by the same rule).

    Parameters
    ----------
    parts : DivergenceParts
        Arrays of shape (...), with at least one degree of freedom.
    level : float
        Coverage.
    interval : {"auto", "noncentral", "normal"}
        The law, see :func:`divergence_estimate`.

    Returns
    -------
    tuple of ndarray
        Lower and upper ends of shape (...).
    """
    margin = two_sided_quantile(level) * np.sqrt(parts.variance)
    low, high = np.maximum(parts.center - margin, 0.0), np.maximum(parts.center + margin, 0.0)
    near = np.broadcast_to(_is_near(parts, interval), low.shape)
    statistic = parts.n_effective * parts.center + parts.degrees_of_freedom
    ends = chi2_noncentrality_bounds(statistic[near], parts.degrees_of_freedom[near], level)
    low[near], high[near] = (end / parts.n_effective[near] for end in ends)
    return low, high


def _is_near(parts: DivergenceParts, interval: str) -> FloatArray:
    if interval == "auto":
        return np.asarray(parts.n_effective * parts.center < NORMAL_FROM)
    return np.asarray(interval == "noncentral")


def pearson_statistic(samples: BinnedSamples) -> FloatArray:
    """Pearson's chi-square of "both samples share one law" (array kernel).

    Parameters
    ----------
    samples : BinnedSamples
        Counts; zero cells are welcome. Leading axes are replicates.

    Returns
    -------
    ndarray of shape (...)
        ``N_eff sum (p - q)^2 / pi`` with Kish sizes n, m and ``pi = (n p + m q) / (n + m)``.
    """
    n, m = kish_sizes(samples)
    p = samples.first / samples.first.sum(axis=-1, keepdims=True)
    q = samples.second / samples.second.sum(axis=-1, keepdims=True)
    pooled = (n[..., None] * p + m[..., None] * q) / (n + m)[..., None]
    terms = np.divide((p - q) ** 2, pooled, out=np.zeros_like(p), where=pooled > 0.0)
    return np.asarray(n * m / (n + m) * terms.sum(axis=-1))


def divergence_estimate(
    samples: BinnedSamples,
    *,
    kind: str = "jeffreys",
    method: str = "delta",
    debias: bool = False,
    interval: str = "auto",
    second_order: bool = False,
    zero_cells: str | float = "haldane",
) -> DivergenceEstimate:
    """Divergence between two binned samples, with standard error, interval law and tests.

    Parameters
    ----------
    samples : BinnedSamples
        Counts of shape (n_bins,), both samples with rows.
    kind : {"jeffreys", "kullback_leibler", "jensen_shannon"}
        The divergence.
    method : {"delta", "sudjianto_burakov"}
        Standard error: both margins random, or the paper's Eq. 18, which holds ``p - q`` fixed and
        is about half the true one (Jeffreys only).
    debias : bool
        Subtract the second-order bias from the value, which is then floored at 0.
    interval : {"auto", "noncentral", "normal"}
        "noncentral" inverts the non-central chi-square law of ``N_eff (J - bias) + k - 1``,
        "normal" is ``J - bias +- z SE``; "auto" is the former where ``N_eff (J - bias) < 50``. With
        the paper's method "auto" and "normal" are the paper's ``J +- z SE``.
    second_order : bool
        Add ``2 (k - 1) / N_eff^2`` to the variance: the spread near 0, where the first-order term
        vanishes.
    zero_cells : {"haldane", "error"} or float
        Rule for bins with rows of one sample only; the Jensen-Shannon divergence is finite and
        needs none.

    Returns
    -------
    DivergenceEstimate
        The p-value is that of Pearson's chi-square on the counts as they are.

    Raises
    ------
    ValueError
        If an option is unknown.
    """
    check_option("method", method, ("delta", "sudjianto_burakov"))
    check_option("interval", interval, ("auto", "noncentral", "normal"))
    check_option("kind", kind, tuple(KINDS))
    if method != "delta" and kind != "jeffreys":
        message = (
            "method 'sudjianto_burakov' is defined for the Jeffreys divergence, got kind "
            f"{kind!r}; use 'delta'"
        )
        raise ValueError(message)
    check_zero_cells(zero_cells)
    finite = kind == "jensen_shannon"  # whatever cells are zero
    parts = divergence_parts(samples if finite else fill_zero_cells(samples, zero_cells), kind)
    df = int(parts.degrees_of_freedom)
    variance = parts.variance if method == "delta" else parts.fixed_weight_variance
    if second_order:
        variance = variance + 2.0 * df / parts.n_effective**2
    notes = [method] + ["second order"] * second_order + ["debiased"] * debias
    return DivergenceEstimate(
        value=max(float(parts.center), 0.0) if debias else float(parts.value),
        standard_error=float(np.sqrt(variance)),
        method=", ".join(notes),
        p_value=float(stats.chi2.sf(pearson_statistic(samples), df)) if df else 1.0,
        law=_law(parts, paper=method != "delta", debias=debias, interval=interval),
        n_effective=float(parts.n_effective),
        degrees_of_freedom=df,
        bias=float(parts.bias),
        plug_in=float(parts.value),
    )


def _law(parts: DivergenceParts, *, paper: bool, debias: bool, interval: str) -> IntervalLaw:
    df = float(parts.degrees_of_freedom)
    if paper and interval != "noncentral":
        return NormalLaw(lower=0.0, center=float(parts.center if debias else parts.value))
    if df and _is_near(parts, interval):
        scale = 1.0 / float(parts.n_effective)
        return NoncentralChi2Law(float(parts.n_effective * parts.center) + df, df, scale)
    return NormalLaw(lower=0.0, center=float(parts.center))

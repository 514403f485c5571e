"""Estimators of Shannon entropy: positive counts in, value and standard error in nats out."""

from collections.abc import Callable

import numpy as np
from scipy import special

from infotheory._typing import FloatArray

__all__ = ["METHODS", "WHOLE_COUNTS", "by_discovery_rates", "shrinkage", "shrunk_entropy"]

#: Counts of the occupied cells, number of all cells and concentration of the prior.
Method = Callable[[FloatArray, int, float], tuple[float, float]]

# Nodes of the trapezoid rule of nsb, over the range where the integrand matters.
_GRID = 401

# From so many rows on differences of log-gamma functions and of second moments are rounding, and
# their first terms are exact.
_STIRLING_FROM = 1e8
_NORMAL_POSTERIOR_FROM = 1e11

_LARGEST_BELOW_1 = np.nextafter(1.0, 0.0)

# Weights below exp(-40) of the largest change no digit of a float64.
_NEGLIGIBLE = 40.0
_MANY = 1000.0


def plugin(counts: FloatArray, _alphabet: int, _concentration: float) -> tuple[float, float]:
    """Entropy of the frequencies; delta-method error ``(sum p log^2 p - H^2) / N``."""
    total = counts.sum()
    p = counts / total
    surprise = -np.log(p)
    value = float(p @ surprise)
    return max(0.0, value), float(np.sqrt(p @ (surprise - value) ** 2 / total))


def miller_madow(counts: FloatArray, alphabet: int, concentration: float) -> tuple[float, float]:
    """Plug-in plus ``(m - 1) / (2 N)`` for m occupied cells (Miller 1955)."""
    value, error = plugin(counts, alphabet, concentration)
    return value + (counts.size - 1) / (2.0 * float(counts.sum())), error


def grassberger(counts: FloatArray, alphabet: int, concentration: float) -> tuple[float, float]:
    """Compute ``log N - sum n G(n) / N`` (Grassberger 2003).

    ``G(n) = psi(n) + (-1)^n (psi((n + 1) / 2) - psi(n / 2)) / 2``.
    """
    total = float(counts.sum())
    sign = np.where(counts % 2 == 0, 1.0, -1.0)
    g = special.psi(counts) + 0.5 * sign * (
        special.psi((counts + 1.0) / 2.0) - special.psi(counts / 2.0)
    )
    return float(np.log(total) - counts @ g / total), plugin(counts, alphabet, concentration)[1]


def chao_shen(counts: FloatArray, alphabet: int, concentration: float) -> tuple[float, float]:
    """Horvitz-Thompson sum over frequencies shrunk by their coverage (Chao and Shen 2003)."""
    total = float(counts.sum())
    if total == 1.0:
        return 0.0, 0.0

    # The coverage is 1 - f_1 / N; with singletons only it would be 0.
    singletons = min(float((counts == 1).sum()), total - 1.0)
    p = (1.0 - singletons / total) * counts / total

    # A label of nearly all of 1e17 rows has a share of 1, and is seen.
    rarer = np.minimum(p, _LARGEST_BELOW_1)
    seen = -np.expm1(total * np.log1p(-rarer)) if counts.size > 1 else np.ones(1)
    return float(np.sum(special.entr(p) / seen)), plugin(counts, alphabet, concentration)[1]


def james_stein(counts: FloatArray, alphabet: int, concentration: float) -> tuple[float, float]:
    """Entropy of the frequencies shrunk to the uniform law (Hausser and Strimmer 2009)."""
    value = shrunk_entropy(counts, alphabet, shrinkage(counts, alphabet))
    return value, plugin(counts, alphabet, concentration)[1]


def shrinkage(counts: FloatArray, alphabet: int) -> float:
    """Shrinkage intensity ``(1 - sum p^2) / ((N - 1) sum (1/K - p)^2)``, cut to [0, 1].

    It is 1 where it is not defined: one row, or a law that is uniform already.
    """
    total = counts.sum()
    p = counts / total
    spread = p @ p - 1.0 / alphabet
    if total <= 1.0 or spread <= 0.0:
        return 1.0
    return float(np.clip((1.0 - p @ p) / ((total - 1.0) * spread), 0.0, 1.0))


def shrunk_entropy(counts: FloatArray, alphabet: int, intensity: float) -> float:
    """Entropy of ``intensity / K + (1 - intensity) p`` over all K cells, empty ones included."""
    p = intensity / alphabet + (1.0 - intensity) * counts / counts.sum()
    return float(
        special.entr(p).sum() + (alphabet - counts.size) * special.entr(intensity / alphabet)
    )


def jackknife(counts: FloatArray, _alphabet: int, _concentration: float) -> tuple[float, float]:
    """Jackknife of the plug-in over rows; rows of one cell leave the same value, computed once."""
    total = float(counts.sum())
    if total == 1.0:
        return 0.0, 0.0

    # For each cell the entropy without one of its rows less that with it, times the rows that are
    # left. The difference of the two entropies themselves is rounding from 1e13 rows on.
    p = counts / total
    value = float(special.entr(p).sum())
    others = counts - 1.0
    of_row = np.log(counts) - special.xlog1py(others, -1.0 / np.maximum(counts, 2.0))
    moved = of_row + (total - 1.0) * np.log1p(-1.0 / total) - (np.log(total) - value)

    mean = float(p @ moved)
    error = np.sqrt(p @ (moved - mean) ** 2 / (total - 1.0))
    return value - mean, float(error)


def chao_wang_jost(
    counts: FloatArray, _alphabet: int, _concentration: float
) -> tuple[float, float]:
    """Entropy from the rates at which new labels turn up (Chao, Wang and Jost 2013).

    Its error is that of the jackknife over rows, of which those of one count leave the same value.
    """
    values, copies = (a.astype(np.float64) for a in np.unique(counts, return_counts=True))
    total = float(counts.sum())
    value = by_discovery_rates(values, copies)
    share = values * copies / total
    if values[0] > 2.0:
        # No row turns a label into one that occurs once: what is left without it is a difference of
        # digamma functions, which from 1e13 rows on is rounding.
        moved = special.psi(values)
        return value, float(np.sqrt(share @ (moved - share @ moved) ** 2 / total))

    left_out = np.empty(values.size)
    for k, count in enumerate(values):
        # A label of this count has one row fewer.
        lowered, of_lowered = np.append(values, count - 1.0), np.append(copies, 1.0)
        of_lowered[k] -= 1.0
        occurs = (of_lowered > 0.0) & (lowered > 0.0)
        left_out[k] = by_discovery_rates(lowered[occurs], of_lowered[occurs])

    spread = share @ (left_out - share @ left_out) ** 2
    return value, float((total - 1.0) * np.sqrt(spread / total))


def by_discovery_rates(values: FloatArray, copies: FloatArray) -> float:
    """Chao, Wang and Jost 2013, doi:10.1111/2041-210X.12108, from counts and how often each occurs.

    The entropy is a sum over samples of r rows of the rate at which the next row is a new label:
    unbiased for r below n, extrapolated from labels seen once and twice from n on.
    """
    n = float(values @ copies)
    if n == 0.0:
        return 0.0
    seen = float(copies @ (values / n * (special.psi(n) - special.psi(values))))

    once, twice = (float(copies[values == count].sum()) for count in (1.0, 2.0))
    if once == 0.0 or n == 1.0:
        return seen
    if twice > 0.0:
        rate = 2.0 * twice / ((n - 1.0) * once + 2.0 * twice)
    else:
        rate = 2.0 / ((n - 1.0) * (once - 1.0) + 2.0)
    if rate >= 1.0:
        return seen

    return seen + once / n * _beyond(n, rate)


def _beyond(n: float, rate: float) -> float:
    """Sum ``(1 - rate)^(r - n + 1) / r`` over all r from n on."""
    log_kept = np.log1p(-rate)
    if n > _MANY and rate < 1.0 / _MANY:
        # Terms this smooth are their integral (e^x E1(x), which is U(1, 1, x)) with the first two
        # corrections of Euler and Maclaurin; there may be more of them than memory holds.
        start = 0.5 / n + (1.0 / n - log_kept) / (12.0 * n)
        return float((1.0 - rate) * (special.hyperu(1.0, 1.0, -n * log_kept) + start))
    if n * rate < 1.0:
        # Very many terms: all of them, which are a logarithm, less those before n.
        r = np.arange(1.0, n)
        before = float((np.exp(r * log_kept) / r).sum())
        return float(np.exp((1.0 - n) * log_kept)) * (-float(np.log(rate)) - before)

    # That difference would cancel here; terms beyond 40 / rate are below exp(-40) of the first.
    r = np.arange(n, n + int(_NEGLIGIBLE / rate) + 10.0)
    return float((np.exp((r - n + 1.0) * log_kept) / r).sum())


def dirichlet(counts: FloatArray, alphabet: int, concentration: float) -> tuple[float, float]:
    """Posterior mean and deviation under a symmetric Dirichlet prior (Wolpert and Wolf 1995)."""
    mean, variance = _posterior(*_multiplicities(counts, alphabet), np.array([concentration]))
    return float(mean[0]), float(np.sqrt(variance[0]))


def nsb(counts: FloatArray, alphabet: int, _concentration: float) -> tuple[float, float]:
    """Posterior mean and deviation under a mixture of Dirichlet priors, nearly flat in the entropy.

    Nemenman, Shafee and Bialek 2002, arXiv:physics/0108025. The integral over the logarithm of the
    concentration is a trapezoid rule on a grid that is narrowed to where the integrand matters.
    """
    if alphabet == 1:
        return 0.0, 0.0

    values, copies = _multiplicities(counts, alphabet)
    low, high = -25.0, 25.0
    for _ in range(6):
        log_a = np.linspace(low, high, _GRID)
        log_weight = _nsb_log_weight(values, copies, np.exp(log_a))
        matters = np.flatnonzero(log_weight > log_weight.max() - _NEGLIGIBLE)
        low, high = log_a[max(matters[0] - 1, 0)], log_a[min(matters[-1] + 1, _GRID - 1)]

    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()

    # The deviation adds that within a prior to that of the means between priors.
    mean, variance = _posterior(values, copies, np.exp(log_a))
    value = float(weight @ mean)
    return value, float(np.sqrt(weight @ (variance + (mean - value) ** 2)))


def _nsb_log_weight(values: FloatArray, copies: FloatArray, a: FloatArray) -> FloatArray:
    """Log of prior times evidence times ``da / d log a``, one a concentration in ``a``."""
    alphabet, total = copies.sum(), copies @ values
    prior = alphabet * special.polygamma(1, alphabet * a + 1.0) - special.polygamma(1, a + 1.0)
    rising = _log_gamma_ratio(values, a[:, None])
    evidence = rising @ copies - _log_gamma_ratio(total, alphabet * a)

    # The prior is positive; far out its two terms cancel to 0.
    floor = np.finfo(np.float64).tiny
    return np.asarray(evidence + np.log(np.maximum(prior, floor)) + np.log(a))


def _log_gamma_ratio(n: FloatArray | float, a: FloatArray) -> FloatArray:
    """Compute ``log Gamma(n + a) - log Gamma(a)``, less ``log Gamma(n)`` where n is very large."""
    n = np.asarray(n, dtype=np.float64)
    many = np.maximum(n, _STIRLING_FROM)
    of_many = (many - 0.5) * np.log1p(a / many) + a * (np.log(many + a) - 1.0)
    few = special.gammaln(np.minimum(n, _STIRLING_FROM) + a)
    return np.asarray(np.where(n > _STIRLING_FROM, of_many, few) - special.gammaln(a))


def _multiplicities(counts: FloatArray, alphabet: int) -> tuple[FloatArray, FloatArray]:
    """Return the distinct counts, 0 last, and how many cells have each."""
    values, copies = np.unique(counts, return_counts=True)
    empty = alphabet - counts.size
    return np.append(values, 0.0), np.append(copies, empty).astype(np.float64)


def _posterior(
    values: FloatArray, copies: FloatArray, a: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of the entropy under Dirichlet posteriors, one a concentration in ``a``."""
    alpha = values + a[:, None]
    total = alpha @ copies
    mean = special.psi(total + 1.0) - (alpha * special.psi(alpha + 1.0)) @ copies / total

    if total.min() > _NORMAL_POSTERIOR_FROM:
        # The delta method; at the even law, where its first order vanishes, the second.
        p = alpha / total[:, None]
        even = (copies.sum() - 1.0) / (2.0 * total**2)
        return mean, (p * (np.log(p) + mean[:, None]) ** 2) @ copies / total + even

    # Second moment of the entropy: pairs of different cells, and of a cell with itself.
    top, curve = special.psi(total + 2.0), special.polygamma(1, total + 2.0)
    u = special.psi(alpha + 1.0) - top[:, None]
    pairs = (
        ((alpha * u) @ copies) ** 2
        - ((alpha * u) ** 2) @ copies
        - curve * (total**2 - alpha**2 @ copies)
    )
    shifted = special.psi(alpha + 2.0) - top[:, None]
    itself = shifted**2 + special.polygamma(1, alpha + 2.0) - curve[:, None]
    diagonal = (alpha * (alpha + 1.0) * itself) @ copies
    second = (pairs + diagonal) / (total * (total + 1.0))

    return mean, np.maximum(second - mean**2, 0.0)


METHODS: dict[str, Method] = {
    "plugin": plugin,
    "miller_madow": miller_madow,
    "grassberger": grassberger,
    "chao_shen": chao_shen,
    "james_stein": james_stein,
    "dirichlet": dirichlet,
    "nsb": nsb,
    "jackknife": jackknife,
    "chao_wang_jost": chao_wang_jost,
}
WHOLE_COUNTS = ("grassberger", "chao_shen", "jackknife", "chao_wang_jost")

"""The one engine behind information value, stability index and group divergence.

All three are divergences between two samples over the same bins. Every kernel takes
:class:`BinnedSamples` whose leading axes are replicates: a study tests the code of the estimates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypedDict, Unpack

import numpy as np
from scipy import special

from infotheory._numerics import bounded_terms, deviance_terms
from infotheory._typing import BoolArray, FloatArray
from infotheory._validation import check_flag, check_option
from infotheory._warnings import warn
from infotheory.evidence.binned_samples import (
    ONE_BIN_ONLY,
    OTHERS_NOT_REACHED,
    BinnedSamples,
    check_zero_cells,
    fill_zero_cells,
    half_rows,
    kish_sizes,
    repeated_rows,
    share_variance,
    warn_sparse,
)
from infotheory.evidence.equality import expected_rows, pearson_p_values, smallest_expected
from infotheory.evidence.moment_laws import EXACT_MOMENTS, ExactMomentLaw, one_sample_lacks
from infotheory.evidence.weighted_laws import (
    equality_p_values,
    reason_of_weights,
    spread_of_weights,
)
from infotheory.exceptions import WithheldWarning
from infotheory.inference import DivergenceEstimate
from infotheory.laws import (
    IntervalLaw,
    LimitTests,
    NoncentralChi2Law,
    NormalLaw,
    WithheldLaw,
    chi2_noncentrality_bounds,
    two_sided_quantile,
)

__all__ = [
    "CLASSES",
    "FEW_ROWS",
    "FORMULAS",
    "NORMAL_FROM",
    "DivergenceOptions",
    "DivergenceParts",
    "DivergenceTerms",
    "bin_influences",
    "debiased_terms",
    "divergence_estimate",
    "divergence_interval",
    "divergence_parts",
    "jeffreys",
    "laws_of_few_rows",
    "reason_of_few_rows",
    "reason_of_sparse_bins",
    "term_errors",
    "unbiased_divergence",
    "unbiased_terms",
    "warned_estimate",
    "without_bias",
]

#: Words for the two samples of an information value.
CLASSES = ("non-events", "events")

#: Rows of either sample in each bin from which the laws of large samples hold.
FEW_ROWS = 10.0

#: Rows that a sum of values expects of the smaller class in every bin, and effective ones.
FEWEST_IN_SUMS, FEWEST_EFFECTIVE_IN_SUMS = 2.0, 6.0

#: Value of ``N_eff (J - bias)`` from which ``interval="auto"`` uses the normal law.
NORMAL_FROM = 50.0


class DivergenceTerms(NamedTuple):
    """A divergence ``sum f(p, q)`` bin by bin, with what the delta method needs of it.

    Gradients are known up to a constant, which no influence feels: shares sum to 1.
    """

    value: FloatArray
    """``f``."""
    first_gradient: FloatArray
    """``df/dp``."""
    second_gradient: FloatArray
    """``df/dq``."""
    first_curvature: FloatArray
    """``p d2f/dp2``."""
    second_curvature: FloatArray
    """``q d2f/dq2``."""


def jeffreys(p: FloatArray, q: FloatArray) -> DivergenceTerms:
    """``(p - q) ln(p / q)``, the logarithm as a difference so that no ratio can underflow."""
    log_ratio = np.log(p) - np.log(q)
    return DivergenceTerms(
        (p - q) * log_ratio,
        log_ratio + 1.0 - q / p,
        1.0 - p / q - log_ratio,
        1.0 + q / p,
        1.0 + p / q,
    )


def kullback_leibler(p: FloatArray, q: FloatArray) -> DivergenceTerms:
    """``p ln(p / q)``."""
    log_ratio = np.log(p) - np.log(q)
    return DivergenceTerms(p * log_ratio, log_ratio, -p / q, np.ones_like(p), p / q)


def jensen_shannon(p: FloatArray, q: FloatArray) -> DivergenceTerms:
    """Mean of the divergences of p and of q from their middle; finite where a share is 0."""
    middle = 0.5 * (p + q)
    value = bounded_terms(p, q, 0.5 * (special.rel_entr(p, middle) + special.rel_entr(q, middle)))

    # A cell without rows has no influence of its own: any finite gradient will do there.
    first, second = (np.log(np.where(share > 0.0, share, middle) / middle) for share in (p, q))
    return DivergenceTerms(value, 0.5 * first, 0.5 * second, 0.25 * q / middle, 0.25 * p / middle)


#: Formula of a divergence by its name, with the factor that makes
#: ``factor * N_eff * divergence`` chi-square where the two laws are equal.
FORMULAS: dict[str, tuple[Callable[[FloatArray, FloatArray], DivergenceTerms], float]] = {
    "iv": (jeffreys, 1.0),
    "kl": (kullback_leibler, 2.0),
    "js": (jensen_shannon, 8.0),
}


class DivergenceParts(NamedTuple):
    """What every estimate, interval and test of a divergence is made of; arrays of shape (...)."""

    value: FloatArray
    variance: FloatArray
    fixed_weight_variance: FloatArray
    """Variance with ``p - q`` held fixed (Eq. 18 of arXiv:2509.09855), for the Jeffreys form."""
    bias: FloatArray
    n_effective: FloatArray
    """``n m / (n + m)`` of the Kish sizes n and m, times the factor of the divergence."""
    degrees_of_freedom: FloatArray
    trace: FloatArray
    """Sum of the factors of the chi-squares near 0: k - 1 where rows have one weight."""
    scale: FloatArray
    """Scale of the chi-square law, 1 where rows have one weight."""

    @property
    def center(self) -> FloatArray:
        """The value less its bias, not floored."""
        return self.value - self.bias

    @property
    def freedom(self) -> FloatArray:
        """Degrees of freedom of the chi-square law; k - 1 where rows have one weight."""
        return self.trace / self.scale

    @property
    def statistic(self) -> FloatArray:
        """``N_eff (J - bias)`` in its scale plus degrees: the draw of a non-central chi-square."""
        return self.n_effective * self.center / self.scale + self.freedom

    @property
    def chi_square(self) -> NoncentralChi2Law:
        """Law of the interval and tests near 0, of one divergence with a degree of freedom."""
        unit = float(self.scale) / float(self.n_effective)
        return NoncentralChi2Law(float(self.statistic), float(self.freedom), unit)


def divergence_parts(filled: BinnedSamples, divergence: str = "iv") -> DivergenceParts:
    """Value, variances, bias and effective size of a divergence.

    ``filled`` are counts without one-sided bins (which only "js" takes); empty bins do not count.
    "kl" is the divergence of the first sample from the second.
    """
    _, factor = FORMULAS[divergence]
    n, m = kish_sizes(filled)
    occupied = filled.occupied()
    p, q = filled.shares()
    terms = _terms(p, q, occupied, divergence)

    # Delta method: a row of bin i moves the divergence by its centred gradient over the total
    # weight, and rows of a bin add up with the squares of their weights.
    first_noise = filled.first_squared / filled.first.sum(axis=-1, keepdims=True) ** 2
    second_noise = filled.second_squared / filled.second.sum(axis=-1, keepdims=True) ** 2
    variance = np.sum(
        first_noise * _centred(terms.first_gradient, p) ** 2
        + second_noise * _centred(terms.second_gradient, q) ** 2,
        axis=-1,
    )

    # The mean of a second-order Taylor term: half the curvature times the variance of a share.
    both = (terms.first_curvature, p, n), (terms.second_curvature, q, m)
    bias = sum(
        np.sum(occupied * curvature * (1.0 - share), axis=-1) / (2.0 * size)
        for curvature, share, size in both
    )

    # Rows of varying weights move a share as their squares say, by bin.
    _, equal_weights = repeated_rows(filled)
    if not equal_weights.all():
        weights = (filled.first, filled.first_squared), (filled.second, filled.second_squared)
        weighted_bias = sum(
            0.5 * np.sum(_over(curvature * occupied, share) * share_variance(*sample), axis=-1)
            for (curvature, share, _), sample in zip(both, weights, strict=True)
        )
        bias = np.where(equal_weights, bias, weighted_bias)

    # The paper's error: variances of ln p and ln q as if p - q were known.
    relative_noise = _over(first_noise, p**2) + _over(second_noise, q**2)
    # Terms p ln(p / q) of both signs cancel beside 10^15 rows; less p - q none is negative.
    addends = deviance_terms(p, q) if divergence == "kl" else terms.value
    value = np.sum(occupied * addends, axis=-1)
    n_effective = factor * n * m / (n + m)
    trace, scale = _spread(filled, equal_weights, variance * n_effective, value)
    return DivergenceParts(
        value=value,
        variance=variance,
        fixed_weight_variance=np.sum((p - q) ** 2 * relative_noise, axis=-1),
        bias=np.asarray(bias),
        n_effective=n_effective,
        degrees_of_freedom=occupied.sum(axis=-1) - 1.0,
        trace=trace,
        scale=scale,
    )


def _spread(
    filled: BinnedSamples, equal_weights: BoolArray, variance: FloatArray, value: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sum of the factors of the chi-squares near 0, and the scale of their law, of each pair.

    ``variance`` is that of ``N_eff`` times the divergence, over ``N_eff``: it is ``4 scale J`` away
    from 0, so that the scale is at least what explains it.
    """
    trace, scale = np.asarray(filled.occupied().sum(axis=-1) - 1.0), np.ones(equal_weights.shape)
    for pair in np.ndindex(equal_weights.shape):
        if not equal_weights[pair] and trace[pair] > 0.0:
            samples = BinnedSamples(*(array[pair] for array in filled))
            trace[pair], scale[pair] = spread_of_weights(samples)
            if value[pair] > 0.0:
                scale[pair] = max(scale[pair], variance[pair] / (4.0 * value[pair]))
    return trace, scale


def _over(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Quotient; 0 where the denominator is."""
    zeros = np.zeros(np.broadcast(numerator, denominator).shape)
    return np.divide(numerator, denominator, out=zeros, where=denominator > 0.0)


def bin_influences(filled: BinnedSamples) -> FloatArray:
    """Influence of one row of weight 1 on the Jeffreys divergence, by its bin and sample.

    ``(u_i - sum p u) / W`` and ``(v_i - sum q v) / W`` with u and v the gradients, of shape
    (n_bins, 2); 0 for an empty bin. ``filled`` has shape (n_bins,) and no one-sided bins.
    """
    occupied = filled.occupied()
    p, q = filled.shares()
    terms = _terms(p, q, occupied, "iv")

    of_first = _centred(terms.first_gradient, p) / filled.first.sum()
    of_second = _centred(terms.second_gradient, q) / filled.second.sum()
    return np.where(occupied[:, None], np.column_stack([of_first, of_second]), 0.0)


def term_errors(filled: BinnedSamples) -> FloatArray:
    """Return the standard error of the term of each bin in a Jeffreys divergence.

    The variance is ``u^2 Var(p) + v^2 Var(q)`` with u and v the gradients of the term; NaN for an
    empty bin.
    """
    occupied = filled.occupied()
    terms = _terms(*filled.shares(), occupied, "iv")
    variance = terms.first_gradient**2 * share_variance(filled.first, filled.first_squared)
    variance += terms.second_gradient**2 * share_variance(filled.second, filled.second_squared)
    return np.where(occupied, np.sqrt(variance), np.nan)


def _terms(p: FloatArray, q: FloatArray, occupied: BoolArray, divergence: str) -> DivergenceTerms:
    """Terms of a divergence; an empty bin, whose logarithms do not exist, stands in as p = q."""
    formula, _ = FORMULAS[divergence]
    return formula(np.where(occupied, p, 1.0), np.where(occupied, q, 1.0))


def _centred(gradient: FloatArray, share: FloatArray) -> FloatArray:
    return np.asarray(gradient - np.sum(share * gradient, axis=-1, keepdims=True))


def divergence_interval(
    parts: DivergenceParts,
    level: float = 0.95,
    *,
    interval: str = "auto",
    few_rows: Mapping[int, IntervalLaw] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Confidence intervals of many divergences; ``_law`` chooses by the same rule for one.

    ``interval`` is as in :func:`divergence_estimate`; there is at least one degree of freedom.
    ``few_rows`` are the laws of those pairs of samples that have few rows in a bin.
    """
    # Normal away from 0, cut at 0; the ends near 0 are then written over these.
    margin = two_sided_quantile(level) * np.sqrt(parts.variance)
    low, high = np.maximum(parts.center - margin, 0.0), np.maximum(parts.center, 0.0) + margin

    near = _is_near(parts, interval, parts.variance)
    ends = chi2_noncentrality_bounds(parts.statistic[near], parts.freedom[near], level)
    low[near], high[near] = (end * parts.scale[near] / parts.n_effective[near] for end in ends)
    for pair, law in (few_rows or {}).items():
        low[pair], high[pair] = law.interval(np.nan, np.nan, level)
    return low, high


def laws_of_few_rows(
    samples: BinnedSamples, divergence: str = "iv", *, others: bool = False
) -> dict[int, ExactMomentLaw]:
    """Laws of those pairs of samples (n_pairs, n_bins) with few rows in a bin, where known.

    Sums of weights that vary are no counts of rows: there is no such law for them. With ``others``
    pairs with all rows in one of several bins have that of this bin and all others.
    """
    if divergence not in EXACT_MOMENTS:
        return {}
    occupied, (rows, equal_weights) = samples.occupied(), repeated_rows(samples)
    few = (occupied & (np.minimum(rows.first, rows.second) < FEW_ROWS)).any(axis=-1)
    n_occupied = occupied.sum(axis=-1)
    alone = (n_occupied == 1) & (others and occupied.shape[-1] > 1)
    switched = np.flatnonzero(equal_weights & (alone | (few & (n_occupied > 1))))
    p_values = pearson_p_values(BinnedSamples(*(array[switched] for array in rows)))
    laws = {}
    for pair, p_value in zip(switched.tolist(), p_values.tolist(), strict=True):
        # However many bins no row reached, to these samples they are one.
        rest = (0.0,) * int(alone[pair])
        first, second = ((*counts[pair, occupied[pair]].tolist(), *rest) for counts in rows[:2])
        laws[pair] = ExactMomentLaw(first, second, EXACT_MOMENTS[divergence], p_value)
    return laws


def _is_near(parts: DivergenceParts, interval: str, variance: FloatArray) -> BoolArray:
    """Whether a divergence is so near 0 that its law is not normal yet.

    At equal shares the first-order variance is 0: a normal interval would be a point.
    """
    if interval == "auto":
        return np.asarray(parts.n_effective * parts.center / parts.scale < NORMAL_FROM)
    return np.asarray((interval == "noncentral") | (variance <= 0.0))


class DivergenceOptions(TypedDict, total=False):
    """What the public functions let a user choose about a divergence."""

    method: str
    debias: bool
    interval: str
    second_order: bool
    zero_cells: str | float


def warned_estimate(
    samples: BinnedSamples,
    labels: Sequence[str] | None = None,
    *,
    divergence: str = "iv",
    names: tuple[str, str] = CLASSES,
    **options: Unpack[DivergenceOptions],
) -> DivergenceEstimate:
    """Estimate a divergence; warn where halves were added to cells, or the interval is withheld."""
    estimate = divergence_estimate(
        samples, divergence=divergence, labels=labels, names=names, others=True, **options
    )
    if divergence != "js":
        warn_sparse(samples, options.get("zero_cells", "haldane"), labels)
    if isinstance(estimate.law, WithheldLaw):
        warn(estimate.law.reason, WithheldWarning)
    return estimate


def divergence_estimate(
    samples: BinnedSamples,
    *,
    divergence: str = "iv",
    method: str = "delta",
    debias: bool = False,
    interval: str = "auto",
    second_order: bool = False,
    zero_cells: str | float = "haldane",
    labels: Sequence[str] | None = None,
    names: tuple[str, str] = CLASSES,
    others: bool = False,
) -> DivergenceEstimate:
    """Divergence between two binned samples, with standard error, interval law and tests.

    The options are those of :func:`infotheory.evidence.information_value`; ``zero_cells`` plays no
    part for "js", which is finite whatever cells are empty. With the paper's method "auto" and
    "normal" are the paper's ``J +- z SE``. The p-value is that of Pearson's statistic on the counts
    as they are. ``labels`` and ``names`` are those of the bins and of the two samples, for reasons.
    With ``others`` rows may lie in bins of the table where these have none, as none have that a
    search merged into one: with all rows in one bin the interval leaves room for it.
    """
    check_option("method", method, ("delta", "sudjianto_burakov"))
    check_option("interval", interval, ("auto", "noncentral", "normal"))
    check_option("divergence", divergence, tuple(FORMULAS))
    if method != "delta" and divergence != "iv":
        message = (
            "method 'sudjianto_burakov' is defined for the Jeffreys divergence, got divergence "
            f"{divergence!r}; use 'delta'"
        )
        raise ValueError(message)
    check_zero_cells(zero_cells)
    check_flag("debias", debias)
    filled = samples if divergence == "js" else fill_zero_cells(samples, zero_cells)
    parts = divergence_parts(filled, divergence)
    df = int(parts.degrees_of_freedom)

    # Near 0 the first-order variance vanishes and the spread is that of a chi-square over N_eff.
    variance = parts.variance if method == "delta" else parts.fixed_weight_variance
    if second_order:
        variance = variance + 2.0 * df / parts.n_effective**2

    law = _law(parts, variance, paper=method != "delta", debias=debias, interval=interval)
    limit_tests: LimitTests | None = parts.chi_square if df else None
    value = max(float(parts.center), 0.0) if debias else float(parts.value)
    reason = None if df else ONE_BIN_ONLY
    if (method, interval) == ("delta", "auto") and (df or others):
        pairs = BinnedSamples(*(array[None] for array in samples))
        few_rows = laws_of_few_rows(pairs, divergence, others=others).get(0)
        uneven = reason_of_weights(samples, labels)
        if uneven is not None:
            law = WithheldLaw(uneven)
        elif few_rows is not None:
            law = limit_tests = few_rows
            value = few_rows.median() if debias and df else value
            reason = None if few_rows.bounded else reason_of_few_rows(samples, labels, names)
            reason = reason or (few_rows.too_few_rows if df else OTHERS_NOT_REACHED)

    p_value = float(equality_p_values(samples))  # rare bins merged: may be where no interval is
    notes = [method] + ["second order"] * second_order + ["debiased"] * debias
    return DivergenceEstimate(
        value=value,
        standard_error=float(np.sqrt(variance)),
        method=", ".join(notes),
        p_value=None if np.isnan(p_value) else p_value,
        law=law,
        reason=reason,
        n_effective=float(parts.n_effective),
        degrees_of_freedom=df,
        bias=float(parts.bias),
        plug_in=float(parts.value),
        smallest_expected=float(smallest_expected(samples)),
        limit_tests=limit_tests,
    )


def reason_of_few_rows(
    samples: BinnedSamples, labels: Sequence[str] | None, names: tuple[str, str]
) -> str | None:
    """Words for the bin that leaves a divergence without an upper bound, where there is one."""
    rows, equal_weights = repeated_rows(samples)
    lacking, expected = one_sample_lacks(rows.first, rows.second)
    if not (equal_weights and lacking.any()):
        return None

    worst = int(np.argmax(np.where(lacking, expected, 0.0)))
    label = str(worst) if labels is None else labels[worst]
    absent = names[0] if rows.first[worst] == 0.0 else names[1]
    return (
        f"bin {label!r} has no {absent} where {expected[worst]:.1f} are expected: nothing bounds "
        "the value from above; merge it"
    )


def reason_of_sparse_bins(samples: BinnedSamples, labels: Sequence[str]) -> str | None:
    """Words for the bin that leaves sums without an interval, where there is one."""
    uneven = reason_of_weights(samples, labels, FEWEST_EFFECTIVE_IN_SUMS)
    if uneven is not None:
        return uneven

    expected = expected_rows(samples)
    rarest = int(np.argmin(expected))
    if np.isfinite(expected).sum() > 1 and expected[rarest] < FEWEST_IN_SUMS:
        return (
            f"the smaller class expects {expected[rarest]:.1f} rows in bin {labels[rarest]} "
            f"({FEWEST_IN_SUMS:g} needed); merge it"
        )
    return None


def _law(
    parts: DivergenceParts, variance: FloatArray, *, paper: bool, debias: bool, interval: str
) -> IntervalLaw:
    """Law of the interval of one estimate."""
    papers_own = paper and interval != "noncentral"
    rule = "normal" if papers_own else interval
    if parts.degrees_of_freedom and _is_near(parts, rule, variance):
        return parts.chi_square

    # No divergence is negative: an interval around a negative centre could hold nothing.
    center = parts.value if papers_own and not debias else parts.center
    return NormalLaw(lower=0.0, center=max(float(center), 0.0))


def without_bias(
    estimate: DivergenceEstimate,
    samples: BinnedSamples,
    divergence: str = "iv",
    zero_cells: str | float = "haldane",
) -> DivergenceEstimate:
    """Put the value without its bias, not cut at 0, in the place of the plain one.

    With cells to which a user adds a number of rows the bias is that of second order.
    """
    by_user = divergence == "iv" and not isinstance(zero_cells, str)
    unbiased = float(unbiased_divergence(samples, divergence))
    value = estimate.plug_in - estimate.bias if by_user else unbiased
    return replace(estimate, value=value, method=f"{estimate.method}, debiased")


def unbiased_divergence(samples: BinnedSamples, divergence: str = "iv") -> FloatArray:
    """Divergence of two samples without its bias; may fall below 0, of shape (...).

    ``samples`` are the counts as they are: no halves are to be added to them before.
    """
    cells = np.stack([samples.first, samples.second], axis=-1)
    squared = np.stack([samples.first_squared, samples.second_squared], axis=-1)
    terms = debiased_terms(cells, squared, cells.sum(-2), squared.sum(-2), divergence)
    return np.asarray(terms.sum(axis=-1))


def unbiased_terms(
    cells: FloatArray, squared: FloatArray, totals: FloatArray, total_squares: FloatArray
) -> FloatArray:
    r"""Terms of a Jeffreys divergence without its bias; they add up over cells.

    Small samples look more different than they are: with k bins the divergence of two samples of
    one law has mean near :math:`(k - 1)(1/n + 1/m)`. A row should not vote on the logarithm that
    weighs it, so each bin takes that of the *other* rows of its sample: with x the rows of a bin,
    :math:`E[x \ln(x - 1/2)] = \lambda E[\ln(x + 1/2)]`, and :math:`\ln(x + 1/2)` has mean
    :math:`\ln \lambda` up to :math:`O(\lambda^{-2})` (J. B. S. Haldane, Annals of Human Genetics
    20 (1956) 309-311, doi:10.1111/j.1469-1809.1955.tb01285.x). The sum is unbiased to the third
    digit down to about one row expected in a bin, where series in 1/n fail.

    ``cells`` and ``squared`` hold weights and squared weights of two samples on the last axis,
    ``totals`` and ``total_squares`` those of all cells, without the axis of the cells.

    With :math:`x, y` the cells, :math:`X, Y` the totals and h half a row (``S2 / (2 S)`` of the
    weights of a cell or total, that of the sample for an empty cell) a term is
    :math:`\frac{x}{X} \ln\frac{(x - h)/(X - h)}{(y + h)/(Y + h)}
    + \frac{y}{Y} \ln\frac{(y - h)/(Y - h)}{(x + h)/(X + h)}`. One cell of everything has 0.

    Examples
    --------
    >>> cells, totals = np.array([[30.0, 10.0], [30.0, 30.0]]), np.array([60.0, 40.0])
    >>> unbiased_terms(cells, cells, totals, totals).round(4).tolist()
    [0.1391, 0.0857]
    """
    totals, total_squares = totals[..., None, :], total_squares[..., None, :]
    half = half_rows(totals, total_squares)[..., None, :]
    filled = cells > 0.0
    own = 0.5 * np.divide(squared, cells, out=2.0 * half + 0.0 * cells, where=filled)

    # A sample without rows has no share anywhere, and no logarithm of its own.
    share = np.divide(cells, totals, out=np.zeros_like(cells), where=totals > 0.0)
    others = np.log(np.where(filled, (cells - own), 1.0))
    others -= np.log(np.where(totals > 0.0, totals - half, 1.0))
    opposite = (np.log(cells + own) - np.log(totals + half))[..., ::-1]
    return np.asarray(np.where(filled, share * (others - opposite), 0.0).sum(axis=-1))


def debiased_terms(
    cells: FloatArray,
    squared: FloatArray,
    totals: FloatArray,
    total_squares: FloatArray,
    divergence: str = "iv",
) -> FloatArray:
    """Terms of a divergence without its bias, as ``unbiased_terms``; but for "iv" of second order.

    Other divergences are finite where a sample has no rows, and hardly curved there.
    """
    if divergence == "iv":
        return unbiased_terms(cells, squared, totals, total_squares)

    totals, outside = totals[..., None, :], total_squares[..., None, :] - squared
    share = np.where((cells > 0.0).any(axis=-1, keepdims=True), cells / totals, 1.0)
    terms = FORMULAS[divergence][0](*np.moveaxis(share, -1, 0))
    curvature = np.stack([terms.first_curvature, terms.second_curvature], axis=-1)
    variance = (squared * (1.0 - share) ** 2 + outside * share**2) / totals**2
    # Variance over share, and its limit where a share is 0.
    noise = np.where(share > 0.0, _over(variance, share), (squared + outside) / totals**2)
    bias = 0.5 * (curvature * noise).sum(axis=-1)
    return np.where((cells > 0.0).any(axis=-1), terms.value - bias, 0.0)

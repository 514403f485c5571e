"""Differences between the groups of a protected attribute: selection rates, scores, bins."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from infotheory._groups import check_pairs
from infotheory._largest import largest_divergence
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, BoolArray, FloatArray, LabelArray
from infotheory._validation import (
    as_label_array,
    as_weights,
    check_length,
    check_option,
    fill_absent,
    is_one_label,
    labels_of_rows,
    mass_of_rows,
    missing_mask,
    rows_with_weight,
)
from infotheory._warnings import warn
from infotheory.evidence._of_tables import of_tables
from infotheory.evidence.binned_samples import join_samples, samples_of_table, warn_sparse
from infotheory.evidence.divergence import divergence_estimate, without_bias
from infotheory.evidence.groups.mean_gaps import GroupScores, standardized_gap
from infotheory.evidence.roc_area import as_scores
from infotheory.evidence.share_laws import SharesAgainstOneLaw, SmallestShareRatioLaw
from infotheory.evidence.share_ratios import (
    CountedShare,
    counted_share,
    distance_from_equality,
    range_p_value,
    several_comparisons,
)
from infotheory.exceptions import WithheldWarning
from infotheory.inference import DivergenceEstimate, Estimate, weighted_mean
from infotheory.laws import WithheldLaw, two_sided_p_value
from infotheory.tables import CountTable

__all__ = [
    "adverse_impact_ratio",
    "as_groups",
    "demographic_information_value",
    "favourable_decisions",
    "impact_ratio_of_approvals",
    "standardized_mean_difference",
]


def adverse_impact_ratio(
    decision: ArrayLike,
    group: ArrayLike,
    *,
    favourable: Any = 1,
    reference: Any = None,
    sample_weight: ArrayLike | None = None,
) -> Estimate:
    """Adverse impact ratio: favourable rate of a group over that of the reference group.

    1 is parity.

    Parameters
    ----------
    decision : array-like of shape (n_rows,)
        Decision on each row, none missing.
    group : array-like of shape (n_rows,)
        Group of each row, at least two groups, none missing.
    favourable : object
        The decision that favours the applicant.
    reference : object, optional
        Group of the denominator; the group with the highest rate when None (the four-fifths rule's
        comparison).
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.

    Returns
    -------
    Estimate
        The smallest ratio against the reference, with its pair named in ``method``; its score
        interval; the p-value of "all rates are equal". Both know how many groups were compared:
        with a reference the intervals of all ratios hold together (Sidak), and the lower end is the
        lowest of them. Without one, and with more than two groups, the interval is that of the
        smallest rate over the largest, at most 1, and pairs hold together with Tukey's quantile of
        the range. The standard error is NaN where a rate of 0 has no logarithm, or no rate varies.

    Raises
    ------
    ValueError
        If inputs differ in length or have missing values, there is one group, nobody in the
        reference group or no row at all has the favourable decision, ``favourable`` is a
        collection, or ``reference`` is not a group.

    Notes
    -----
    The interval of a pair holds the ratios that the score test does not reject
    (P. A. R. Koopman, Biometrics 40 (1984) 513-517, doi:10.2307/2531405), so that at 1 it agrees
    with the p-value. A group of fewer than 20 rows, or with fewer than 5 decisions of either kind,
    widens it to what the exact ends of its rate leave possible (C. J. Clopper and E. S. Pearson,
    Biometrika 26 (1934) 404-413, doi:10.1093/biomet/26.4.404). Weighted rows count as
    ``p (1 - p) / variance`` rows, at most as many as their Kish size.

    The standard error is the value times the root of ``(1 - p) / (n p)``, summed over the two
    groups (D. Katz and others, Biometrics 34 (1978) 469-474). The four-fifths rule is 29 CFR
    1607.4(D).

    Examples
    --------
    >>> ratio = adverse_impact_ratio([1, 0, 1, 0, 1, 1, 1, 0], ["b"] * 4 + ["a"] * 4)
    >>> round(ratio.value, 4), ratio.method
    (0.6667, "rate of 'b' / rate of 'a'")
    """
    warn_of_row_order(decision=decision, group=group, sample_weight=sample_weight)
    groups, codes, weights = _weighted_groups(group, reference, sample_weight)
    good = favourable_decisions(decision, codes.size, favourable, weights)
    if not good[weights > 0.0].any():
        message = (
            f"a ratio needs favourable decisions, got none of {favourable!r} in "
            f"{np.count_nonzero(weights)} rows; "
            "choose a cut-off that approves some, or name the favourable decision"
        )
        raise ValueError(message)

    ratio = _smallest_ratio(good, groups, codes, weights, reference)
    if np.isnan(ratio.value):
        where = "rows with weight" if reference is None else repr(reference)
        message = (
            f"the reference group must have favourable decisions, got none in {where}; choose "
            "another"
        )
        raise ValueError(message)
    return ratio


def standardized_mean_difference(
    score: ArrayLike,
    group: ArrayLike,
    *,
    reference: Any = None,
    sample_weight: ArrayLike | None = None,
) -> Estimate:
    """Standardised mean difference: mean score of a group less that of the reference.

    In pooled standard deviations.

    Parameters
    ----------
    score : array-like of shape (n_rows,)
        Finite scores.
    group : array-like of shape (n_rows,)
        Group of each row, at least two groups, none missing.
    reference : object, optional
        Group that is subtracted; when None, the larger group of each pair.
    sample_weight : array-like of shape (n_rows,), optional
        Sampling weights, not negative.

    Returns
    -------
    Estimate
        The largest difference in absolute value, with its pair named in ``method``; its interval,
        and the p-value of "the difference is 0". Where more than one pair was compared, both know
        it (Bonferroni). Both are withheld, with the reason, where the smaller group has fewer than
        30 rows (of Kish's size), the score has two values only, scores lie in two clumps
        (kurtosis - 1 below 1.1 times the squared skewness) and the skewness exceeds 0.25 times the
        root of the rows of the smaller group, or that has fewer than 1000 rows and one score in ten
        lies over 6.5 times as far from the median of its group as half do.

    Raises
    ------
    ValueError
        If inputs differ in length or are not finite, there is one group, ``reference`` is not a
        group, or the score is constant inside both groups.

    Warns
    -----
    WithheldWarning
        If interval and p-value are withheld.

    Notes
    -----
    The pooled variance is ``(W1 s1^2 + W0 s0^2) / (W1 + W0)`` of the two groups. The squared
    standard error is that of the two means (Welch), plus what the influences
    ``- d / 2 [w (x - mean)^2 / s^2 - w s_group^2 / s^2] / (W1 + W0)`` of the rows on the unit add,
    at least ``d^2 / (2 (n1 + n0))``, which they add under a normal law (L. V. Hedges, Journal of
    Educational Statistics 6 (1981) 107-128, doi:10.3102/10769986006002107). What the unit adds is
    carried by few rows where tails are heavy (the Kish size K of their squared influences), and
    most samples hold too few of them: it is multiplied by ``1 + 3 / K``, a factor found by
    simulation. What a normal law adds beyond what the rows show is known by all of them. The
    interval is Student's: Satterthwaite's degrees of freedom of the variances of the two means,
    ``2 n / (kurtosis - 1)`` each (at most n - 1, at least 5), and of what the unit adds, K; after
    the transform that takes out the skewness (P. Hall, Journal of the Royal Statistical Society B
    54 (1992) 221-228, doi:10.1111/j.2517-6161.1992.tb01876.x): that of the means by the skewness of
    all rows, and what the unit adds by its influences, multiplied alike. No unit changes the sign
    of a difference: an end that it alone would take past 0 stays at 0.

    In groups of 40 and 60 rows log-normal scores (log standard deviation 1), Pareto's of exponents
    3 and 5 and Student's of 3 degrees are covered in .93 to .99. Heavier tails miss where a sample
    lacks its far rows, which no kurtosis or tail index of it shows. Of log-normal scores of
    deviation 1.5 the rows of the middle show the tail: .3 of samples are shown, covered in .95 to
    1.00; of those of deviation 1 .93 to .96 are shown. Amounts that are rounded to steps of one to
    five medians, and those of which .4 to .9 are 0, are covered in .93 to 1.00 where shown. Scores
    of which 1 to 3 % lie in a distant clump, of which such groups mostly hold no row, are covered
    in .74 to .91.

    Examples
    --------
    >>> score, group = np.arange(120) % 10, np.repeat(["b", "a"], [40, 80])
    >>> gap = standardized_mean_difference(score + (group == "b"), group, reference="a")
    >>> print(gap)
    0.35 ± 0.20 [-0.04, 0.74]
    >>> gap.method
    "mean of 'b' - mean of 'a', pooled standard deviation"
    """
    warn_of_row_order(score=score, group=group, sample_weight=sample_weight)
    groups, codes, weights = _weighted_groups(group, reference, sample_weight)
    scores = as_scores(score, codes.size, weights=weights)
    sizes = np.bincount(codes, weights)

    samples = []
    for code, label in enumerate(groups):
        member = (codes == code) & (weights > 0.0)
        samples.append(GroupScores(label, scores[member], weights[member]))
    pairs = _pairs(groups, reference)
    gaps = []
    for i, j in pairs:
        # without a reference the larger group is subtracted
        larger_first = reference is None and sizes[i] > sizes[j]
        first, second = (samples[j], samples[i]) if larger_first else (samples[i], samples[j])
        pair = f"mean of {first.label!r} - mean of {second.label!r}"
        gaps.append(
            standardized_gap(first, second, f"{pair}, pooled standard deviation", len(pairs))
        )

    worst = max(gaps, key=lambda gap: abs(gap.value))
    if worst.reason is not None:
        warn(
            f"no interval of a standardised mean difference is shown: {worst.reason}",
            WithheldWarning,
        )
    return worst


@of_tables(1, "CountTable.from_codes(codes, y, group)")
def demographic_information_value(
    table: CountTable,
    *,
    reference: Any = None,
    outcome: int | None = None,
    divergence: str = "iv",
    zero_cells: str | float = "haldane",
    debias: bool = False,
) -> DivergenceEstimate:
    """Demographic information value (IV_fair): a divergence between groups over the same bins.

    The Jeffreys divergence, or the bounded one of Jensen and Shannon.

    Parameters
    ----------
    table : CountTable
        Counts by bin, class and group.
    reference : object, optional
        Compare each group with this one; all pairs when None.
    outcome : {0, 1}, optional
        Compare non-events (0) or events (1) only; all rows when None.
    divergence : {"iv", "js"}
        Jeffreys divergence, or Jensen-Shannon divergence, at most ``ln 2`` and finite whatever
        cells are empty.
    zero_cells : {"haldane", "error"} or float
        Rule for bins that only one group reaches; "js" needs none.
    debias : bool
        Subtract the bias, near ``(k - 1) (1 / n + 1 / m)`` for k bins and two groups of n and m
        rows: small groups look different whatever they are. The value may then be negative, and
        pairs are compared by it. Interval and tests are the same either way.

    Returns
    -------
    DivergenceEstimate
        The largest divergence of the pairs compared, with its pair named in ``method`` and its
        standard error. Interval and tests are those of
        :func:`infotheory.evidence.information_value` for one pair. For m pairs they speak of the
        largest true divergence, whichever it is: the largest ends at level ``1 - alpha / m``,
        ``exceeds`` and ``p_value`` m times the smallest, ``certifies`` the largest of the pairs.

    Raises
    ------
    ValueError
        If the table has fewer than two groups, a group has no rows, or ``reference`` is not a
        group.

    Warns
    -----
    SparseCellWarning
        If halves were added, once a call.
    WithheldWarning
        If weights are too uneven for an interval.

    Notes
    -----
    A. Sudjianto and D. Burakov, arXiv:2509.09855.

    Examples
    --------
    >>> table = CountTable.from_codes([0, 0, 1, 1, 0, 1, 1, 1], [0, 1] * 4, group=list("aaaabbbb"))
    >>> round(demographic_information_value(table).value, 4)
    0.2747
    >>> round(demographic_information_value(table, debias=True).value, 4)
    -0.3234
    """
    groups = list(table.groups)
    if len(groups) < 2:
        message = (
            f"the table must have at least two groups, got {groups}; count it with a protected "
            "attribute"
        )
        raise ValueError(message)
    _check_reference(groups, reference)
    check_option("outcome", outcome, (None, 0, 1))
    check_option("divergence", divergence, ("iv", "js"))
    classes = [0, 1] if outcome is None else [outcome]
    # A group without rows of this outcome has no shares over the bins.
    for label, size in zip(groups, table.counts[:, classes].sum(axis=(0, 1)), strict=True):
        if size == 0.0:
            message = f"every group must have rows, got none in {label!r}; leave it out"
            raise ValueError(message)

    samples, estimates, names = [], [], []
    for i, j in _pairs(groups, reference):
        pair = f"{groups[i]!r} against {groups[j]!r}"
        between = table.between_groups(groups[i], groups[j], outcome=outcome)
        samples.append(samples_of_table(between))
        estimate = divergence_estimate(
            samples[-1],
            divergence=divergence,
            zero_cells=zero_cells,
            labels=table.labels,
            names=(f"rows of {groups[i]!r}", f"rows of {groups[j]!r}"),
        )
        if debias:
            estimate = without_bias(estimate, samples[-1], divergence, zero_cells)
        estimates.append(replace(estimate, method=f"{estimate.method}, {pair}"))
        names += [f"{label}: {pair}" for label in table.labels]

    # one warning for the bins of all pairs
    if divergence != "js":
        warn_sparse(join_samples(samples), zero_cells, names)
    largest = largest_divergence(estimates)
    if isinstance(largest.law, WithheldLaw):
        warn(largest.law.reason, WithheldWarning)
    return largest


def impact_ratio_of_approvals(
    approved: BoolArray, group: ArrayLike, *, reference: Any, sample_weight: FloatArray | None
) -> Estimate:
    """Adverse impact ratio of what a cut-off approves, NaN with its reason where it has none.

    Of many cut-offs one that approves nobody of the denominator must not stop the others.
    """
    groups, codes, weights = _weighted_groups(group, reference, sample_weight)
    return _smallest_ratio(approved.astype(np.float64), groups, codes, weights, reference)


def _smallest_ratio(
    good: FloatArray, groups: list[Any], codes: LabelArray, weights: FloatArray, reference: Any
) -> Estimate:
    """Return the smallest ratio of a rate to that of the reference; NaN where that one is 0."""
    members = [(codes == code) & (weights > 0.0) for code in range(len(groups))]
    means = [_mean(good, weights, rows) for rows in members]
    rates = [rate for rate, _ in means]
    base = int(np.argmax(rates)) if reference is None else groups.index(reference)
    if rates[base] == 0.0:
        whose = "any group" if reference is None else f"the reference group {groups[base]!r}"
        return Estimate(
            value=np.nan,
            standard_error=np.nan,
            method="undefined: nobody of the denominator is approved",
            law=WithheldLaw(
                f"nobody of {whose} has the favourable decision, and no rate has a ratio to 0"
            ),
        )

    # The first is the group whose ratio is shown. Without a reference both of its groups were
    # picked by what is seen: of more than two groups all pairs are compared.
    others = sorted((i for i in range(len(groups)) if i != base), key=lambda i: rates[i])
    shares = [counted_share(good[rows], weights[rows], weights[rows] ** 2) for rows in members]
    ordered = [*(shares[i] for i in others), shares[base]]
    all_pairs = reference is None and len(groups) > 2
    pair = f"rate of {groups[others[0]]!r} / rate of {groups[base]!r}"
    value = rates[others[0]] / rates[base]
    return Estimate(
        value=value,
        standard_error=value * _log_ratio_error(means[others[0]], means[base]),
        method=f"{pair}, all pairs, Tukey" if all_pairs else pair,
        p_value=_range_test(ordered) if all_pairs else _reference_test(ordered),
        law=(
            SmallestShareRatioLaw(tuple(ordered))
            if all_pairs
            else SharesAgainstOneLaw(tuple(ordered[:-1]), ordered[-1])
        ),
    )


def favourable_decisions(
    decision: ArrayLike, n_rows: int, favourable: Any, weights: FloatArray | None = None
) -> FloatArray:
    """Mark the rows whose decision is the favourable one with 1, the others with 0.

    ValueError where a decision is missing, or no row has the favourable one; of truth values
    (0/1, False/True) all may be refusals. Of rows of weight 0 nothing is asked.
    """
    decisions = check_length("decision", as_label_array("decision", decision), n_rows)
    decisions = fill_absent("decision", decisions, weights)
    # Unequal to everything, what is missing would count as refused.
    n_missing = int(missing_mask(decisions).sum())
    if n_missing:
        message = f"decision must not be missing, got {n_missing} missing values; drop those rows"
        raise ValueError(message)

    # A collection is no decision: it would be compared row by row.
    is_decision = (
        is_one_label(favourable)
        and not isinstance(favourable, tuple)
        and not missing_mask(np.array([favourable], dtype=object)).any()
    )
    equal = decisions == favourable if is_decision else np.zeros(n_rows, dtype=bool)
    good = np.asarray(equal, dtype=np.float64)
    all_refused = is_decision and _are_truth_values(favourable, decisions)
    if good.shape != decisions.shape or not (good.any() or all_refused):
        seen = list(dict.fromkeys(decisions.tolist()))[:5]
        message = (
            f"favourable must be one of the decisions, got {favourable!r} where the decisions are "
            f"{seen}; name the decision that favours the applicant"
        )
        raise ValueError(message)
    return good


def _are_truth_values(favourable: Any, decisions: LabelArray) -> bool:
    """Tell whether the favourable decision and all others are of 0/1 or False/True."""
    if decisions.dtype.kind not in "biufO":
        return False
    return favourable in (0, 1) and all(label in (0, 1) for label in set(decisions.tolist()))


def as_groups(
    group: ArrayLike,
    reference: Any = None,
    weights: FloatArray | None = None,
    fewest: int = 2,
) -> tuple[list[Any], LabelArray]:
    """Return the sorted labels of the groups and the code of each row, or raise ValueError.

    There are as many groups or more, no label is missing, and ``reference`` is one of them. Rows of
    weight 0 are in no group of their own: they stand in the first one, and weigh nothing there.
    """
    labels = as_label_array("group", group)
    if labels.ndim != 1:
        message = f"group must have shape (n_rows,), got shape {labels.shape}"
        raise ValueError(message)
    has_weight = rows_with_weight(weights)
    missing = missing_mask(labels if has_weight is None else labels[has_weight])
    if missing.any():
        message = (
            f"group must not be missing, got {int(missing.sum())} missing labels; "
            "drop those rows or name a group for them"
        )
        raise ValueError(message)

    distinct, codes = labels_of_rows("group", labels, labels.size, weights)
    groups = distinct.tolist()
    if len(groups) < fewest:
        which = "" if has_weight is None else " of positive weight"
        message = f"group must hold at least two groups{which}, got {groups}"
        raise ValueError(message)
    # Nobody is compared with himself: each is with one other, or has a line of a table.
    check_pairs("group", len(groups), has_reference=True)
    _check_reference(groups, reference)
    return groups, codes


def _check_reference(groups: list[Any], reference: Any) -> None:
    if reference is not None and not (is_one_label(reference) and reference in groups):
        message = f"reference must be one of the groups {groups}, got {reference!r}"
        raise ValueError(message)


def _pairs(groups: list[Any], reference: Any) -> list[tuple[int, int]]:
    check_pairs("group", len(groups), has_reference=reference is not None)
    if reference is None:
        return list(combinations(range(len(groups)), 2))
    base = groups.index(reference)
    return [(i, base) for i in range(len(groups)) if i != base]


def _weighted_groups(
    group: ArrayLike, reference: Any, sample_weight: ArrayLike | None
) -> tuple[list[Any], LabelArray, FloatArray]:
    """Return the groups that have weight, the code of each row and its weight."""
    n_rows = np.size(as_label_array("group", group))
    weights = as_weights(sample_weight, n_rows)
    groups, codes = as_groups(group, reference, weights)
    return groups, codes, mass_of_rows(weights, n_rows)


def _mean(values: FloatArray, weights: FloatArray, rows: BoolArray) -> tuple[float, float]:
    """Return mean and standard error of the mean of the rows."""
    w = weights[rows]
    mean, error = weighted_mean(values[rows], w, w * w)
    return float(mean), float(error)


def _log_ratio_error(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the error of the logarithm of a ratio of means; NaN where it has none."""
    # A rate of 0 has no logarithm, and two rates of 1 do not show how far they vary.
    if first[0] == 0.0:
        return np.nan
    error = np.hypot(first[1] / first[0], second[1] / second[0])
    return float(error) if error > 0.0 else np.nan


def _reference_test(shares: list[CountedShare]) -> float:
    """P-value of "all shares equal the last", from the one that differs most."""
    others = tuple(shares[:-1])
    distance = distance_from_equality(others, (shares[-1],) * len(others))
    return several_comparisons(two_sided_p_value(float(distance.max())), len(others))


def _range_test(shares: list[CountedShare]) -> float:
    """P-value of "all shares are equal", from the pair that differs most."""
    pairs = list(combinations(shares, 2))
    # The largest of all pairwise distances has the law of a range, which knows of the choice.
    distance = distance_from_equality(*zip(*pairs, strict=True))
    return range_p_value(float(distance.max()), len(shares))

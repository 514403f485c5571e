"""Stability over many periods at once: one reference table against the tables of the periods."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import compress

import numpy as np
import pandas as pd

from infotheory._later import stats
from infotheory._noncentral import noncentral_upper_tails
from infotheory._several_tests import adjust_over_families, benjamini_hochberg, holm
from infotheory._typing import BoolArray, FloatArray
from infotheory._validation import check_level, check_number
from infotheory.evidence.binned_samples import (
    ONE_BIN_ONLY,
    OTHERS_NOT_REACHED,
    BinnedSamples,
    fill_zero_cells,
    kish_sizes,
    repeated_rows,
    samples_of_tables,
)
from infotheory.evidence.divergence import (
    DivergenceParts,
    divergence_interval,
    divergence_parts,
    laws_of_few_rows,
    reason_of_few_rows,
)
from infotheory.evidence.equality import smallest_expected
from infotheory.evidence.stability import SHIFT, stability_band
from infotheory.evidence.weighted_laws import equality_p_values, merge_rare, reason_of_weights
from infotheory.inference import FEWEST_EXPECTED
from infotheory.laws import IntervalLaw
from infotheory.tables import CountTable

__all__ = [
    "NO_ROWS",
    "SHIFT",
    "check_tolerance",
    "flag_changes",
    "samples_of_periods",
    "stability_by_period",
    "stability_of_each",
    "stability_rows",
]

#: Ten years of days.
_MOST_PERIODS = 4000
#: Why nothing is said of a period.
NO_ROWS = "no rows of positive weight"
_SAMPLES = ("rows in the reference", "rows in the period")


def stability_by_period(
    expected: CountTable,
    periods: Mapping[str, CountTable],
    *,
    level: float = 0.95,
    alpha: float = 0.05,
    tolerance: float = SHIFT,
) -> pd.DataFrame:
    """Return the stability index of each period against one reference.

    Each comes with its error, its test and the customary band.

    Parameters
    ----------
    expected : CountTable
        The reference; classes and groups are summed over.
    periods : mapping of str to CountTable
        Tables over the same bins; one without rows has NaN and a reason.
    level : float
        Coverage of the intervals.
    alpha : float
        Size of the test behind ``critical_value``.
    tolerance : float
        Index that does no harm, at least 0; ``tolerance_p_value`` tests whether it is exceeded.

    Returns
    -------
    DataFrame
        One row a period: period, bins (with rows in either sample), n_reference, n_period (Kish
        sizes), value, standard_error, low, high (infinite where nothing bounds the index from
        above, for the reason told), p_value (Pearson's test of "nothing has changed", see Notes),
        adjusted_p_value (Holm's, of all periods together), critical_value (exceeded by a stable
        period with probability ``alpha``; NaN where the smaller sample expects fewer than 5 rows in
        a bin, and only the p-value holds), band (:func:`infotheory.evidence.stability_band`),
        band_p_value (of "the index is at most 0.10"), tolerance_p_value (of "the index is at most
        ``tolerance``", see Notes), adjusted_tolerance_p_value (Holm's), jensen_shannon,
        one_sided_bins (bins of one sample only, to both cells of which 1/2 is added in ``value``;
        the p-value needs no such repair), reason (why a period has NaN, None where it has numbers).
        Descriptive: jensen_shannon, whose interval :func:`jensen_shannon_stability` gives.

    Raises
    ------
    ValueError
        If rows come in place of tables, there are no periods or more than 4000, bins differ, the
        reference is empty, ``level`` or ``alpha`` is not between 0 and 1, or ``tolerance`` is no
        number of at least 0.

    Notes
    -----
    Each row equals :func:`infotheory.evidence.characteristic_stability` of that period. Where a bin
    is rare (missing values of one row in ten thousand, unseen categories) Pearson's statistic has a
    longer tail than the chi-square law: at 20 000 against 1000 rows and a bin of share 0.0001 that
    law rejects 8 % of stable periods at the 5 % level and 3 % at 1 %. So the p-value is made from a
    gamma law with the mean and variance that the statistic has given the totals of the bins [1]_
    (5 % and 1.4 % then). Without rare bins the two agree.

    With enough rows every index differs from 0, however small. ``tolerance_p_value`` asks instead
    whether more than ``tolerance`` has changed: ``N_eff`` times the index is then about non-central
    chi-square with non-centrality ``N_eff * tolerance``. Where a rare bin makes the index all by
    itself, its delta-method error is larger than that of this law (two to one in the variance are
    common); ``N_eff`` is then divided by the ratio, without which 10 % of periods at the tolerance
    alarm at the 5 % level. Where a bin has few rows it is the larger of this p-value and that of
    the law for few rows. It is never below ``p_value``, since what exceeds a tolerance has changed,
    and equals it where ``tolerance`` is 0. Bins in which weighted rows are effectively fewer than
    10 are merged for it: a shift that lies in such a bin alone is not seen.

    The reference is a sample, too: its noise is part of ``N_eff = n m / (n + m)`` and shared by all
    periods, so that their indices are not independent. The p-values are of one period each: of 20
    stable ones, one exceeds its 5 % critical value on average. The adjusted ones hold for all
    periods together (:func:`infotheory.inference.holm`, which needs no independence): where nothing
    has changed, any of them is below 0.05 with a probability of at most 0.05.

    References
    ----------
    .. [1] R. B. Dawson, "A simplified expression for the variance of the chi-square function on a
       contingency table", Biometrika 41 (1954) 280, doi:10.1093/biomet/41.1-2.280.

    Examples
    --------
    >>> march = CountTable.from_counts([100] * 10, [0] * 10)
    >>> april = CountTable.from_counts([110, 90] * 5, [0] * 10)
    >>> table = stability_by_period(march, {"April": april})
    >>> table[["period", "value", "critical_value", "band"]].round(3).to_numpy().tolist()
    [['April', 0.01, 0.034, 'stable']]
    """
    samples = samples_of_periods(expected, periods)
    labels = [expected.labels] * len(periods)
    table = stability_rows(samples, level=level, alpha=alpha, tolerance=tolerance, labels=labels)
    table.insert(0, "period", list(periods))
    for tested in ("p_value", "tolerance_p_value"):
        place = table.columns.get_loc(tested) + 1
        table.insert(place, f"adjusted_{tested}", holm(table[tested].to_numpy()))
    return table


def samples_of_periods(expected: CountTable, periods: Mapping[str, CountTable]) -> BinnedSamples:
    """Return the pairs of the reference and each period, of shape (n_periods, n_bins)."""
    _check_tables(expected, periods)
    # A period without rows is a line of the table, not an error.
    pairs = [samples_of_tables(expected, table, both=False) for table in periods.values()]
    return BinnedSamples(*(np.stack(arrays) for arrays in zip(*pairs, strict=True)))


def _check_tables(expected: CountTable, periods: Mapping[str, CountTable]) -> None:
    """Raise ValueError unless there is one table and a dict of them; rows have a function."""
    tables = list(periods.values()) if isinstance(periods, Mapping) else [periods]
    others = [each for each in (expected, *tables) if not isinstance(each, CountTable)]
    if others or not isinstance(periods, Mapping):
        got = f"{type(expected).__name__} and {type(periods).__name__}"
        got += f" with {type(others[0]).__name__}" if others and others[0] is not expected else ""
        message = (
            f"stability_by_period takes a CountTable and a dict of CountTable by period, got {got};"
            " for rows use population_stability_indices"
        )
        raise ValueError(message)

    if not 0 < len(tables) <= _MOST_PERIODS:
        message = (
            f"periods must hold from 1 to {_MOST_PERIODS} tables (ten years of days), got "
            f"{len(tables) or 'none'}; count months or quarters"
        )
        raise ValueError(message)


def check_tolerance(tolerance: float) -> None:
    """Raise ValueError unless an index that does no harm is a finite number of at least 0."""
    rule = "a finite number of at least 0, the stability index that does no harm (0.1 is customary)"
    check_number("tolerance", tolerance, 0.0, np.inf, ends="[)", rule=rule)


def stability_rows(
    samples: BinnedSamples,
    *,
    level: float = 0.95,
    alpha: float = 0.05,
    tolerance: float = SHIFT,
    labels: Sequence[Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Stability index of many pairs of samples, of shape (n_pairs, n_bins).

    The columns are those of :func:`stability_by_period` but the period. First samples have rows; a
    second one without any has its sizes, and for all else NaN and the reason. ``labels`` are those
    of the bins of each pair, for the reasons.
    """
    check_level(level)
    check_level(alpha, "alpha")
    check_tolerance(tolerance)
    has_rows: BoolArray = np.asarray(samples.second.any(axis=-1))
    with_rows = BinnedSamples(*(array[has_rows] for array in samples))
    of_bins = None if labels is None else list(compress(labels, has_rows))
    numbers = _index_and_tests(
        with_rows, level=level, alpha=alpha, tolerance=tolerance, labels=of_bins
    )

    # Pairs without rows come back as lines of NaN, in their places.
    if not has_rows.all():
        numbers = numbers.set_axis(np.flatnonzero(has_rows)).reindex(range(has_rows.size))
        numbers["band"] = numbers["band"].where(has_rows, None)

    n_reference, n_period = kish_sizes(samples)
    numbers.insert(0, "bins", samples.occupied().sum(axis=-1))
    numbers.insert(1, "n_reference", n_reference)
    numbers.insert(2, "n_period", n_period)
    numbers.insert(
        numbers.columns.get_loc("reason"),
        "one_sided_bins",
        samples.one_sided().sum(axis=-1) * has_rows,
    )
    reasons = numbers.pop("reason").astype(object).where(has_rows, NO_ROWS)
    return numbers.assign(reason=reasons.where(reasons.notna(), None))


def stability_of_each(
    features: Sequence[BinnedSamples],
    *,
    level: float = 0.95,
    alpha: float = 0.05,
    tolerance: float = SHIFT,
    labels: Sequence[Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Return the rows of :func:`stability_rows` of many features, one feature after the other.

    ``labels`` are those of the bins of each feature.
    """
    n_bins = [samples.first.shape[-1] for samples in features]
    ends = np.cumsum([len(samples.first) for samples in features])

    # Features of as many bins are one call: its numbers take less time than the frame of them.
    tables, places = [], []
    for size in dict.fromkeys(n_bins):
        alike = [f for f, n in enumerate(n_bins) if n == size]
        arrays = zip(*(features[f] for f in alike), strict=True)
        samples = BinnedSamples(*map(np.concatenate, arrays))
        # Each pair of a feature has the bins of the feature.
        of_bins = None if labels is None else [labels[f] for f in alike for _ in features[f].first]
        tables.append(
            stability_rows(samples, level=level, alpha=alpha, tolerance=tolerance, labels=of_bins)
        )
        places += [np.arange(ends[f] - len(features[f].first), ends[f]) for f in alike]
    order = np.argsort(np.concatenate(places))
    return pd.concat(tables, ignore_index=True).iloc[order].reset_index(drop=True)


def flag_changes(
    table: pd.DataFrame,
    families: Sequence[Hashable],
    alpha: float,
    beside: FloatArray | None = None,
) -> pd.DataFrame:
    """Adjust the p-values of stability rows, and flag what moved and what moved too far.

    Tests of one family are looked at together (Benjamini and Hochberg, "adjusted_"), and all
    families are (Holm, "overall_"); ``beside`` holds the smallest adjusted p-values of others that
    are looked at with these. "p_value" says that something moved, "tolerance_p_value" that the
    index exceeds the tolerance; a row without numbers has neither flag.
    """
    others = np.zeros(0) if beside is None else beside
    for tested, flag in (("p_value", "moved"), ("tolerance_p_value", "alarm")):
        adjusted = (
            table[tested]
            .groupby(pd.Series(list(families), index=table.index, dtype=object), sort=False)
            .transform(lambda p_values: benjamini_hochberg(p_values.to_numpy()))
        )
        # A p-value that is not known raises no flag: NaN is below nothing.
        overall = adjust_over_families(adjusted.to_numpy(), families, others)
        table.insert(table.columns.get_loc(tested) + 1, f"adjusted_{tested}", adjusted)
        table.insert(table.columns.get_loc(tested) + 2, f"overall_{tested}", overall)
        table.insert(table.columns.get_loc("critical_value") + 1, flag, overall < alpha)
    return table


def _index_and_tests(
    samples: BinnedSamples,
    *,
    level: float,
    alpha: float,
    tolerance: float,
    labels: Sequence[Sequence[str]] | None,
) -> pd.DataFrame:
    """Index, error, interval and tests of pairs of samples that all have rows."""
    parts = divergence_parts(fill_zero_cells(samples))

    # With one bin there is nothing to test: the index is 0.
    testable = parts.degrees_of_freedom > 0.0
    df = np.where(testable, parts.freedom, 1.0)
    # Times this an index is chi-square where nothing has changed.
    per_unit = parts.n_effective / parts.scale
    few_rows = laws_of_few_rows(samples, others=True)
    low, high = _intervals(parts, testable, level, few_rows)

    critical = np.where(testable, stats.chi2.ppf(1.0 - alpha, df), 0.0) / per_unit
    # Where a bin is rare the chi-square law is too short for a critical value.
    critical[testable & (smallest_expected(samples) < FEWEST_EXPECTED)] = np.nan
    band_p_value = _exceedance(parts, SHIFT, per_unit)
    beyond = _exceedance(parts, tolerance, _size_of_error(parts))
    for pair, law in few_rows.items():
        # Where one bin lost most of its rows either law alone rejects too often at the tolerance.
        band_p_value[pair] = law.exceeds(SHIFT)
        beyond[pair] = max(beyond[pair], law.exceeds(tolerance))
    p_value = np.where(testable, equality_p_values(samples), 1.0)

    # Only weights that vary and bins of one sample leave something to say, of few pairs in many.
    of_one_bin = OTHERS_NOT_REACHED if samples.first.shape[-1] > 1 else ONE_BIN_ONLY
    reasons: list[str | None] = [None if tested else of_one_bin for tested in testable]
    _, equal_weights = repeated_rows(samples)
    for pair in np.flatnonzero(~equal_weights | samples.one_sided().any(axis=-1)).tolist():
        of_pair = BinnedSamples(*(array[pair] for array in samples))
        of_bins = None if labels is None else labels[pair]
        uneven = reason_of_weights(of_pair, of_bins)
        if uneven is not None:
            low[pair] = high[pair] = critical[pair] = np.nan
            band_p_value[pair], beyond[pair] = (
                _exceedance_of_merged(of_pair, limit) for limit in (SHIFT, tolerance)
            )
        reasons[pair] = uneven or reason_of_few_rows(of_pair, of_bins, _SAMPLES) or reasons[pair]
        if reasons[pair] is None and pair in few_rows:
            reasons[pair] = few_rows[pair].too_few_rows

    # What exceeds a tolerance has changed: the test of any change stands guard where bins are rare
    # and the law of the index is too short.
    beyond = np.maximum(beyond, p_value)
    return pd.DataFrame(
        {
            "value": parts.value,
            "standard_error": np.sqrt(parts.variance),
            "low": low,
            "high": high,
            "p_value": p_value,
            "critical_value": critical,
            "band": pd.Series(map(stability_band, parts.value.tolist()), dtype=object),
            "band_p_value": band_p_value,
            # At a tolerance of 0 any change is too far.
            "tolerance_p_value": beyond if tolerance > 0.0 else p_value,
            # Of the counts as they are: it is finite where cells are empty.
            "jensen_shannon": divergence_parts(samples, "js").value,
            "reason": pd.Series(reasons, dtype=object),
        }
    )


def _exceedance(parts: DivergenceParts, limit: float, size: FloatArray) -> FloatArray:
    """P-values of "the index is at most ``limit``": ``size`` times it is non-central chi-square."""
    df = parts.freedom
    # With one bin any degrees will do: the p-value is 1.
    with_bins = np.where(df > 0.0, df, 1.0)
    beyond = noncentral_upper_tails(size * parts.center + with_bins, with_bins, size * limit)
    return np.asarray(np.where(df > 0.0, beyond, 1.0))


def _size_of_error(parts: DivergenceParts) -> FloatArray:
    """Effective sizes at which the non-central law has the error of the delta method.

    The law's variance is ``4 J / N_eff`` far from 0. A shift spread over the bins has it; one that
    a rare bin makes all by itself has more, as fewer rows would.
    """
    of_law = 4.0 * parts.value / parts.n_effective
    excess = np.divide(parts.variance, of_law, out=np.ones_like(of_law), where=of_law > 0.0)
    return np.asarray(parts.n_effective / np.maximum(excess, parts.scale))


def _exceedance_of_merged(samples: BinnedSamples, limit: float) -> float:
    """P-value of "the index is at most ``limit``" where weights are too uneven in rare bins.

    Merging bins makes no index larger, so that what exceeds the limit after it does so before.
    """
    merged = merge_rare(samples)
    if merged is None:
        return float(np.nan)
    parts = divergence_parts(fill_zero_cells(BinnedSamples(*(array[None] for array in merged))))
    return float(_exceedance(parts, limit, _size_of_error(parts))[0])


def _intervals(
    parts: DivergenceParts,
    testable: BoolArray,
    level: float,
    few_rows: Mapping[int, IntervalLaw],
) -> tuple[FloatArray, FloatArray]:
    """Intervals; that of one bin is 0, or as wide as the law of bins that no row reached says."""
    low, high = np.zeros(testable.shape), np.zeros(testable.shape)
    for pair in (pair for pair in few_rows if not testable[pair]):
        low[pair], high[pair] = few_rows[pair].interval(np.nan, np.nan, level)
    if testable.any():
        of_these = DivergenceParts(*(array[testable] for array in parts))
        # The laws of few rows are those of pairs by number: here they count among the testable
        # ones.
        place = np.cumsum(testable) - 1
        laws = {int(place[pair]): law for pair, law in few_rows.items() if testable[pair]}
        low[testable], high[testable] = divergence_interval(of_these, level, few_rows=laws)
    return low, high

"""Intervals of ratios of shares: values worked out elsewhere, coverage by enumeration."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from infotheory.evidence import adverse_impact_ratio
from infotheory.evidence.share_laws import (
    SharesAgainstOneLaw,
    SmallestShareRatioLaw,
    smallest_of,
)
from infotheory.evidence.share_ratios import (
    CountedShare,
    counted_share,
    distance_from_equality,
    range_p_value,
    range_quantile,
    share_ratio_bounds,
)
from infotheory.inference import Estimate
from infotheory.laws import WithheldLaw
from tests.studies import Study

Z = float(stats.norm.ppf(0.975))


def decisions(*groups):
    """Decisions and groups from (label, favourable, rows)."""
    good = np.concatenate([np.repeat([1, 0], [x, n - x]) for _, x, n in groups])
    return good, np.concatenate([[label] * n for label, _, n in groups])


def ratio(*groups, reference="m", **options):
    return adverse_impact_ratio(*decisions(*groups), reference=reference, **options)


@pytest.mark.parametrize(
    ("group", "reference", "ends"),
    [
        # 20 rows and more with 5 of either outcome: Koopman's score interval
        ((5, 20), (50, 100), (0.2193, 0.9759)),
        # fewer: the exact ends of the group, over the rate of the reference, where they are wider
        ((6, 6), (265, 294), (0.025 ** (1 / 6) / (265 / 294), 1.1602)),
        ((0, 6), (265, 294), (0.0, (1 - 0.025 ** (1 / 6)) / (265 / 294))),
        ((1, 6), (15, 294), ((1 - 0.975 ** (1 / 6)) / (15 / 294), 12.8647)),
    ],
)
def test_intervals_of_one_group(group, reference, ends):
    estimate = ratio(("f", *group), ("m", *reference))
    assert estimate.interval() == pytest.approx(ends, abs=1e-4)
    assert estimate.law.name == "score"


def test_six_of_six_approved_say_nothing_against_parity():
    estimate = ratio(("f", 6, 6), ("m", 265, 294))
    low, high = estimate.interval()
    assert low < 1.0 < high
    assert estimate.p_value > 0.4


def test_nobody_in_either_group_and_a_far_ratio():
    low, high = share_ratio_bounds((CountedShare(3, 8),), (CountedShare(0, 15),), Z)
    assert (low[0], high[0]) == (pytest.approx(1.648, abs=1e-3), np.inf)
    low, high = share_ratio_bounds((CountedShare(0, 8),), (CountedShare(0, 15),), Z)
    assert (low[0], high[0]) == (0.0, np.inf)


@pytest.mark.parametrize(
    ("group", "reference"), [((30, 80), (60, 120)), ((4, 9), (80, 90)), ((1, 40), (50, 300))]
)
def test_the_interval_excludes_parity_exactly_where_the_test_rejects(group, reference):
    estimate = ratio(("f", *group), ("m", *reference))
    for slack, excludes in ((1e-3, True), (-1e-3, False)):
        low, high = estimate.interval(1.0 - estimate.p_value * (1.0 + slack))
        assert (high < 1.0 or low > 1.0) is excludes


def test_the_score_interval_is_the_root_of_the_score_test():
    """The statistic of the constrained likelihood, maximised by brute force."""
    low, high = ratio(("f", 30, 80), ("m", 60, 120)).interval()
    for end in (low, high):
        q = np.linspace(1e-6, min(1.0, 1.0 / end) - 1e-6, 2_000_001)
        likelihood = (
            30 * np.log(end * q) + 50 * np.log1p(-end * q) + 60 * np.log(q) + 60 * np.log1p(-q)
        )
        q = q[likelihood.argmax()]
        spread = np.sqrt(end * q * (1 - end * q) / 80 + end**2 * q * (1 - q) / 120)
        assert abs(30 / 80 - end * 0.5) / spread == pytest.approx(Z, rel=1e-4)


@pytest.mark.parametrize("groups", [3, 4, 5, 10])
def test_range_quantile_is_that_of_the_studentized_range(groups):
    outside = stats.studentized_range.ppf(0.95, groups, np.inf)
    assert range_quantile(0.95, groups) == pytest.approx(outside, abs=1e-5)
    assert range_p_value(outside / np.sqrt(2), groups) == pytest.approx(0.05, abs=1e-5)


def test_the_worst_of_several_groups_knows_that_it_was_picked():
    groups = (("a", 180, 200), ("b", 90, 120), ("c", 70, 100))
    worst = adverse_impact_ratio(*decisions(*groups))
    assert worst.method == "rate of 'c' / rate of 'a', all pairs, Tukey"
    z = range_quantile(0.95, 3) / np.sqrt(2)
    counted = {label: CountedShare(x, n) for label, x, n in groups}
    low, high = share_ratio_bounds((counted["c"],), (counted["a"],), z)
    assert worst.interval() == pytest.approx((low[0], high[0]))
    chosen = ratio(*groups, reference="a")
    assert chosen.interval()[0] > worst.interval()[0]
    assert chosen.p_value < worst.p_value
    alone = ratio(groups[0], groups[2], reference="a")
    assert alone.p_value < chosen.p_value == pytest.approx(2 * alone.p_value, rel=1e-3)


def test_weights_of_one_scale_and_of_chance():
    flags = np.repeat([1.0, 0.0], [5, 15])
    for weight in (1.0, 0.1, 7.0):
        share = counted_share(flags, np.full(20, weight), np.full(20, weight**2))
        assert (share.hits, share.size) == pytest.approx((5.0, 20.0))
        # 20 rows with 5 of an outcome are not few, however sums are rounded
        low, _ = share_ratio_bounds((share,), (CountedShare(50, 100),), Z)
        assert low[0] == pytest.approx(0.2193, abs=1e-4)

    # one heavy row that agrees with the others must not count as many
    weights = np.r_[10.0, np.ones(20)]
    share = counted_share(np.r_[1.0, np.ones(19), 0.0], weights, weights**2)
    assert share.size == pytest.approx(30**2 / 120)


def test_the_smallest_over_attributes_is_wider_than_that_of_one():
    first, second = ratio(("f", 30, 80), ("m", 60, 120)), ratio(("o", 70, 100), ("m", 80, 100))
    worst = smallest_of([second, first])
    assert worst.value == first.value
    assert worst.interval()[0] < first.interval()[0]
    assert worst.interval()[1] > first.interval()[1]
    assert worst.p_value == pytest.approx(1 - (1 - first.p_value) ** 2)
    assert smallest_of([first]) is first
    # what has no value might have been the smallest, wherever it stands
    unknown = Estimate(value=np.nan, standard_error=np.nan, method="none", law=WithheldLaw("why"))
    for several in ([first, unknown, second], [unknown, first], [second, first, unknown]):
        assert smallest_of(several) is unknown


def enumerated(n1, n0, rates):
    """Coverage and size for every pair of rates, summed over all counts that can occur."""
    x1, x0 = (x.ravel() for x in np.meshgrid(range(n1 + 1), range(1, n0 + 1), indexing="ij"))
    first = tuple(CountedShare(float(x), float(n1)) for x in x1)
    second = tuple(CountedShare(float(x), float(n0)) for x in x0)
    low, high = share_ratio_bounds(first, second, Z)
    rejects = distance_from_equality(first, second) > Z
    laws = [{p: stats.binom.pmf(np.arange(n + 1), n, p) for p in rates} for n in (n1, n0)]
    for p1, p0 in product(rates, rates):
        # a reference without any approval is refused; where that is common nothing is promised
        if (1 - p0) ** n0 < 0.2:
            mass = laws[0][p1][x1] * laws[1][p0][x0]
            inside = (low <= p1 / p0 * (1 + 1e-9)) & (p1 / p0 <= high * (1 + 1e-9))
            yield p1, p0, mass @ inside / mass.sum(), mass @ rejects / mass.sum()


@pytest.mark.slow
def test_coverage_of_one_group_by_enumeration():
    rates = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99)
    sizes = (
        *((6, 6), (3, 50), (8, 30), (12, 30), (15, 15), (25, 25), (40, 60), (70, 70)),
        *((6, 294), (10, 190), (20, 400), (40, 160), (294, 6), (300, 20)),
    )
    covered, rejected = [], []
    for n1, n0 in sizes:
        cells = list(enumerated(n1, n0, rates))
        covers = np.array([cell[2] for cell in cells])
        rejects = np.array([cell[3] for cell in cells if cell[0] == cell[1]])
        print(
            f"{n1} of {n1 + n0}: covers {covers.min():.3f} to {covers.max():.3f}, "
            f"mean {covers.mean():.3f}; size up to {rejects.max():.3f}"
        )
        covered.append(covers)
        rejected.append(rejects)
    assert np.concatenate(covered).min() > 0.93
    assert np.mean(np.concatenate(covered) < 0.94) < 0.01
    assert np.concatenate(rejected).max() < 0.067


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "rates"),
    [
        ((400,) * 5, (0.7,) * 5),
        ((200,) * 10, (0.7,) * 10),
        ((400,) * 5, (0.95,) * 5),
        ((1500, 300, 100, 40), (0.8,) * 4),
        ((2000, 500, 60, 20, 6), (0.9,) * 5),
        ((2000, 500, 60, 20, 6), (0.9, 0.85, 0.9, 0.7, 0.95)),
        ((2000, 50, 50), (0.95, 0.95, 0.9)),
        ((300,) * 3, (0.98,) * 3),
    ],
)
def test_coverage_of_the_worst_of_several_groups(sizes, rates):
    rng, low_end = np.random.default_rng(11), 0.95 - 2 * np.sqrt(0.95 * 0.05 / 600)
    study = Study(600, pairs=(low_end, 1.0), against_first=(low_end, 1.0))
    for _ in study:
        hits = rng.binomial(sizes, rates)
        shares = [CountedShare(float(x), float(n)) for x, n in zip(hits, sizes, strict=True)]
        low, high = SmallestShareRatioLaw(tuple(shares)).interval(0.0, 0.0, 0.95)
        study.note(pairs=low <= min(rates) / max(rates) <= high)

        order = np.argsort(hits[1:] / np.array(sizes[1:])) + 1
        law = SharesAgainstOneLaw(tuple(shares[i] for i in order), shares[0])
        low, high = law.interval(0.0, 0.0, 0.95)
        smallest, picked = min(rates[1:]) / rates[0], rates[order[0]] / rates[0]
        study.note(against_first=low <= smallest <= high and low <= picked <= high)
    study.check(f"{sizes} {rates}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "rates", "spread"),
    [
        ((40, 400), (0.3, 0.5), 1.0),
        ((100, 900), (0.9, 0.95), 0.7),
        ((100, 900), (0.8, 0.8), 1.5),
        ((30, 300), (0.5, 0.5), 1.0),
        ((200, 2000), (0.05, 0.1), 1.0),
        ((20, 1000), (0.7, 0.9), 0.5),
    ],
)
def test_coverage_of_weighted_rows(sizes, rates, spread):
    rng = np.random.default_rng(5)
    group = np.repeat(["f", "m"], sizes)
    study = Study(800, covers=(0.95 - 2 * np.sqrt(0.95 * 0.05 / 800), 1.0))
    for _ in study:
        decision = (rng.random(sum(sizes)) < np.repeat(rates, sizes)).astype(int)
        weights = rng.lognormal(0.0, spread, group.size)
        estimate = adverse_impact_ratio(decision, group, reference="m", sample_weight=weights)
        low, high = estimate.interval()
        study.note(covers=low <= rates[0] / rates[1] <= high)
    study.check(f"{sizes} {rates} log-normal {spread}")

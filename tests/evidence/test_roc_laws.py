"""Laws of areas, gaps of distributions and differences: values and coverage."""

import numpy as np
import pytest
from scipy import special, stats

from infotheory.evidence import area_under_curve, auc_influence
from infotheory.evidence.roc_laws import (
    AreaLaw,
    DifferenceLaw,
    DistributionGapLaw,
    influence_degrees,
    paired_difference,
    reason_of_score_weights,
    row_equivalents,
    student_degrees,
    wilson_bounds,
)
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import LogNormalLaw, NormalLaw, WithheldLaw
from infotheory.scorecard import auc_difference, gini_coefficient, kolmogorov_smirnov
from tests.studies import Study

FIRST = [0.9, 0.8, 0.75, 0.7, 0.6], [0.05 * i for i in range(1, 16)]
PERFECT = list(range(20, 25)), list(range(15))
TIED = [1, 1, 2, 2, 3, 3, 3, 3], [0] * 10 + [1] * 10 + [2] * 5 + [3] * 5


def labelled(events, nonevents):
    """Labels and scores of two samples."""
    return np.repeat([1, 0], [len(events), len(nonevents)]), np.r_[events, nonevents]


def area(events, nonevents):
    return area_under_curve(*labelled(events, nonevents))


def test_areas_of_few_events():
    first = area(*FIRST)
    assert (first.value, first.standard_error) == pytest.approx((0.91333, 0.06648), abs=1e-5)
    assert first.law.degrees_of_freedom == pytest.approx(10.016, abs=1e-3)
    assert first.p_value == pytest.approx(9.8e-5, rel=0.01)
    low, high = first.interval()
    assert high == pytest.approx(0.9842, abs=1e-4)
    # the root alone is .6189; five events may hide a minority at the far end
    root = AreaLaw(5, 15, first.law.degrees_of_freedom, 0.0, 0.0).root(
        first.value, first.standard_error, stats.t.ppf(0.975, 10.016), 0.0
    )
    assert root == pytest.approx(0.6189, abs=1e-4)
    assert low == pytest.approx(first.value - (1 - 0.025**0.2) * (first.value - 0.25), abs=1e-6)

    assert area(*PERFECT).interval() == pytest.approx((0.5829, 1.0), abs=1e-4)
    assert area(*TIED).interval() == pytest.approx((0.5456, 0.9005), abs=1e-4)


def test_a_perfect_ranking_has_the_p_value_of_its_permutations():
    assert area(*PERFECT).p_value == pytest.approx(2 / special.comb(20, 5), rel=1e-9)
    weighted = area_under_curve(*labelled(*PERFECT), sample_weight=np.full(20, 3.0))
    assert weighted.p_value == pytest.approx(area(*PERFECT).p_value)


def test_the_interval_mirrors_and_scales():
    events, nonevents = TIED
    low, high = area(events, nonevents).interval()
    mirrored = area(*(-np.array(part) for part in TIED)).interval()
    assert mirrored == pytest.approx((1 - high, 1 - low))
    gini = gini_coefficient(*labelled(events, nonevents)).interval()
    assert gini == pytest.approx((2 * low - 1, 2 * high - 1))


def test_distribution_gap_of_few_rows():
    law = DistributionGapLaw((11 / 15, 15), (0.0, 5))
    assert law.interval(11 / 15, 0.0, 0.95) == pytest.approx((0.0320, 0.8910), abs=1e-4)
    wilson = stats.binomtest(3, 20).proportion_ci(0.95, method="wilson")
    assert wilson_bounds(0.15, 20, stats.norm.ppf(0.975)) == pytest.approx(tuple(wilson))


def test_difference_of_areas_is_as_lopsided_as_they_are():
    first, second = area(*FIRST), area(*TIED)
    difference = auc_difference(first, second)
    (low, high), (a, b), (c, d) = (e.interval() for e in (difference, first, second))
    gap = first.value - second.value
    assert low == pytest.approx(gap - np.hypot(first.value - a, d - second.value))
    assert high == pytest.approx(gap + np.hypot(b - first.value, second.value - c))
    assert min(map(abs, difference.interval(1 - difference.p_value))) == pytest.approx(0, abs=1e-9)

    # of two perfect rankings neither has an error, and their difference has an interval
    low, high = auc_difference(area(*PERFECT), area(*PERFECT)).interval()
    assert low < 0.0 < high


def test_difference_laws_at_the_border():
    normal, spread = NormalLaw(), LogNormalLaw()
    unbounded = DifferenceLaw((0.0, 0.1), (1.0, 0.1), spread, normal)
    assert unbounded.interval(-1.0, 0.0, 0.95) == (pytest.approx(-1.196, abs=1e-3), np.inf)
    assert unbounded.p_value(-1.0) == 1.0
    assert DifferenceLaw((1.0, 0.1), (1.0, 0.1), normal, normal).p_value(0.0) == 1.0
    far = DifferenceLaw((9.0, 0.1), (1.0, 0.1), normal, normal)
    assert far.p_value(8.0) < 1e-14
    off_centre = DifferenceLaw((1.0, 0.1), (0.0, 0.1), NormalLaw(center=-1.0), normal)
    assert off_centre.p_value(1.0) == 1.0

    known = Estimate(value=0.5, standard_error=0.1, method="m")
    withheld = Estimate(value=0.4, standard_error=0.1, method="m", law=WithheldLaw("few rows"))
    difference = auc_difference(known, withheld)
    assert (difference.reason, difference.p_value) == ("few rows", None)


def laws(kind, d, rng):
    """Draws of events and of non-events."""

    def plain(n):
        return rng.normal(size=n)

    part = float(kind.split()[1]) if " " in kind else 1.0
    return {
        "normal": (lambda n: plain(n) + d, plain),
        "spread": (lambda n: part * plain(n) + d, plain),
        "ties": (lambda n: np.round((plain(n) + d) / part), lambda n: np.round(plain(n) / part)),
        "exponential": (
            lambda n: rng.exponential(size=n) * np.exp(d),
            lambda n: rng.exponential(size=n),
        ),
        "mixture": (lambda n: plain(n) + d * (rng.random(n) < part), plain),
        "far": (lambda n: plain(n) + np.where(rng.random(n) < part, -4.0, d), plain),
        "binary": (
            lambda n: (rng.random(n) < special.ndtr(d)).astype(float),
            lambda n: (rng.random(n) < special.ndtr(-d)).astype(float),
        ),
    }[kind.split()[0]]


SETTINGS = [
    (10, 290, "normal", 0.0),
    (10, 290, "normal", 2.0),
    (20, 980, "normal", 2.0),
    (20, 980, "normal", 3.5),
    (50, 1950, "normal", 3.2),
    (15, 85, "normal", 3.0),
    (25, 475, "spread 2", 1.5),
    (25, 475, "spread 2", 3.0),
    (25, 475, "spread 0.5", 2.0),
    (30, 2000, "exponential", 1.5),
    (25, 475, "mixture 0.8", 2.5),
    (25, 475, "far 0.05", 2.5),
    (25, 475, "far 0.1", 2.5),
    (40, 2000, "far 0.05", 3.0),
    (12, 100, "binary", 0.5),
    (8, 200, "binary", 1.0),
    (10, 190, "ties 1", 1.0),
    (25, 25, "ties 2.5", 2.0),
    (10, 290, "normal", -1.5),
    (100, 100, "normal", 0.8),
]


@pytest.mark.slow
@pytest.mark.parametrize(("n_events", "n_nonevents", "kind", "d"), SETTINGS)
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_coverage_of_areas_and_gaps(n_events, n_nonevents, kind, d):
    rng, replicates = np.random.default_rng(12), 500
    draw, other = laws(kind, d, rng)
    events, nonevents = np.sort(draw(200_000)), np.sort(other(200_000))
    below = np.searchsorted(nonevents, events, "left") + np.searchsorted(nonevents, events, "right")
    truth = below.mean() / 400_000
    grid = np.r_[events, nonevents]
    curves = [np.searchsorted(x, grid, "right") / 200_000 for x in (nonevents, events)]
    largest = 0.0 if d == 0.0 else np.abs(curves[0] - curves[1]).max()

    limit = 0.92 - 2 * np.sqrt(0.05 * 0.95 / replicates)
    # The distance of the curves has no interval below 15 events.
    wanted = ("area", "gap") if n_events >= 15 else ("area",)
    study = Study(replicates, **dict.fromkeys(wanted, (limit, 1.0)))
    for _ in study:
        y, score = labelled(draw(n_events), other(n_nonevents))
        estimate = area_under_curve(y, score)
        low, high = estimate.interval()
        study.note(area=low <= truth <= high)
        low, high = kolmogorov_smirnov(y, score).interval()
        if "gap" in wanted and not np.isnan(low):
            study.note(gap=low - 2e-3 <= largest <= high + 2e-3)
    study.check(f"{n_events} + {n_nonevents} {kind} {d}, area {truth:.3f}, gap {largest:.3f}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "second", "kind", "d"),
    [
        ((25, 475), (15, 485), "normal", 1.0),
        ((360, 19640), (9, 491), "normal", 2.0),
        ((20, 980), (20, 980), "spread 2", 1.5),
        ((50, 4950), (10, 990), "exponential", 1.5),
        ((30, 300), (12, 100), "ties 1", 1.0),
    ],
)
def test_size_of_the_difference_of_areas(first, second, kind, d):
    rng, rejected = np.random.default_rng(13), []
    draw, other = laws(kind, d, rng)
    for _ in range(400):
        one, two = (area(draw(n), other(m)) for n, m in (first, second))
        rejected.append(auc_difference(one, two).p_value < 0.05)
    print(f"{first} {second} {kind} {d}: size {np.mean(rejected):.3f}")
    assert np.mean(rejected) < 0.06 + 2 * np.sqrt(0.05 * 0.95 / 400)


@pytest.mark.slow
@pytest.mark.parametrize(("n_events", "n_nonevents"), [(8, 290), (10, 290), (15, 285), (25, 475)])
def test_size_of_the_test_of_an_area(n_events, n_nonevents):
    rng, replicates = np.random.default_rng(5), 3000
    rejected = [
        area(rng.normal(size=n_events), rng.normal(size=n_nonevents)).p_value < 0.05
        for _ in range(replicates)
    ]
    print(f"{n_events} + {n_nonevents}: size {np.mean(rejected):.3f}")
    assert 0.01 < np.mean(rejected) < 0.06 + 2 * np.sqrt(0.05 * 0.95 / replicates)


def paired(y, first, second, sample_weight=None):
    """Difference of the areas of two scores of the same rows, as comparisons of cards make it."""
    areas = [area_under_curve(y, score, sample_weight=sample_weight) for score in (first, second)]
    influences = [
        auc_influence(y.astype(float), score, sample_weight)[1] for score in (first, second)
    ]
    return paired_difference(areas, influences, y == 1)


def test_paired_difference_between_its_borders():
    rng = np.random.default_rng(0)
    y, score = labelled(rng.normal(size=20) + 1.0, rng.normal(size=200))
    turned = paired(y, score, -score)
    # a score and its mirror: the difference is 1 - 2 A, and its ends those of twice the area
    one = area_under_curve(y, score)
    t = stats.t.ppf(0.975, one.law.degrees_of_freedom)
    ends = [one.law.root(one.value, one.standard_error, t, side) for side in (1.0, 0.0)]
    assert turned.interval() == pytest.approx(tuple(1.0 - 2.0 * np.array(ends)))
    assert min(map(abs, turned.interval(1 - turned.p_value))) == pytest.approx(0, abs=1e-6)

    near = paired(y, score, score + 0.01 * rng.normal(size=220))
    assert np.ptp(near.interval()) < 0.05 * np.ptp(one.interval())
    alike = paired(y, score, 2.0 * score)
    assert np.isnan(alike.interval()).all()
    assert "rank the rows alike" in alike.reason

    # neither of two perfect rankings has an error; that of the two that are opposite is not 0
    perfect = labelled(*PERFECT)
    low, high = paired(*perfect, -perfect[1]).interval()
    assert (low, high) == pytest.approx((-1.0, 1.0 - 2.0 * 0.5829), abs=1e-4)
    normal = Estimate(value=0.5, standard_error=0.1, method="m")
    with pytest.raises(TypeError, match="must have the law of areas, got normal"):
        paired_difference([normal, normal], [np.zeros(2)] * 2, np.array([True, False]))


#: Means of the events by two scores, their correlation, what the second score is, the true change.
PAIRS = {
    "equal, .95": (2.33, 2.33, 0.9),
    "equal, .8": (1.19, 1.19, 0.7),
    ".8 and .7": (1.19, 0.74, 0.8),
    ".95 and .9": (2.33, 1.81, 0.6),
    ".99 and .95": (3.29, 2.33, 0.6),
    "inverted, .95": (2.33, -2.33, -0.9),
    "nested, noise": (1.2, 1.149, 0.9578),
}


@pytest.mark.slow
@pytest.mark.parametrize("n_events", [10, 25])
@pytest.mark.parametrize("pair", PAIRS)
def test_coverage_and_size_of_paired_differences(pair, n_events):
    """Normal intervals covered .72 to .91 of what differs, with 10 events."""
    (first, second, correlation), rng = PAIRS[pair], np.random.default_rng(4)
    truth = float(np.diff(special.ndtr(np.array([first, second]) / np.sqrt(2.0)))[0])
    y = np.repeat([1, 0], [n_events, 20 * n_events])
    size = 0.06 + 2 * np.sqrt(0.05 * 0.95 / 400)
    study = Study(400, covers=(0.92, 1.0), rejects=(0.0, size if first == second else 1.0))
    for _ in study:
        z = rng.multivariate_normal([0.0, 0.0], [[1.0, correlation], [correlation, 1.0]], y.size)
        z[y == 1] += first, second
        found = paired(y, *z.T)
        low, high = found.interval()
        if not np.isnan(low):
            study.note(covers=low <= truth <= high, rejects=found.p_value < 0.05)
    study.check(f"{pair}, {n_events} events: {truth:.3f}")


def test_groups_of_rows_count_as_their_rows():
    assert row_equivalents(np.array([2.0, 9.0, 0.0]), np.array([4.0, 27.0, 0.0])).tolist() == [
        1.0,
        3.0,
        0.0,
    ]
    influence, weights = np.array([1.0, 2.0, 2.0, 0.5]), np.array([1.0, 3.0, 3.0, 0.0])
    alone = influence_degrees(influence, weights, weights**2)
    terms = (weights * influence) ** 2
    assert alone == pytest.approx(terms.sum() ** 2 / (terms**2).sum())
    together = influence_degrees(np.array([1.0, 2.0]), np.array([1.0, 6.0]), np.array([1.0, 18.0]))
    assert together == pytest.approx(alone)


def test_degrees_of_paired_areas_count_rows_of_the_same_scores_together():
    """Fourth powers were added up row by row, so that ties took degrees of freedom away."""
    rng = np.random.default_rng(8)
    y, first, second = rng.permutation(np.repeat([0, 1], [80, 40])), *rng.integers(0, 3, (2, 120))
    weights = rng.lognormal(0.0, 0.8, 120)
    scores = [first + y, second + y]
    areas = [area_under_curve(y, score, sample_weight=weights) for score in scores]
    influences = [auc_influence(y.astype(float), score, weights)[1] for score in scores]
    found = paired_difference(areas, influences, y == 1, weights=weights)

    variances, sizes = [], []
    change = (influences[1] - influences[0]) / weights
    for label in (1, 0):
        sums = {}
        for i in np.flatnonzero(y == label):
            sums.setdefault((scores[0][i], scores[1][i]), []).append(i)
        # rows of one pair of scores are worth as many rows as their weights are
        terms = [change[rows[0]] ** 2 * (weights[rows] ** 2).sum() for rows in sums.values()]
        worth = [weights[rows].sum() ** 2 / (weights[rows] ** 2).sum() for rows in sums.values()]
        variances.append(sum(terms))
        sizes.append(sum(terms) ** 2 / sum(t**2 / n for t, n in zip(terms, worth, strict=True)))
    sizes = np.minimum(sizes, [found.law.first_law.events, found.law.first_law.nonevents])
    wanted = student_degrees(np.array(variances), sizes)
    assert found.law.degrees_of_freedom == pytest.approx(wanted, rel=1e-9)


def portfolio(rng, n_events, n_nonevents, thinned, d=1.19):
    """Scores of which those beyond a limit were drawn once in ``thinned`` times, and weigh so."""

    def draw(mean, n):
        x = rng.normal(size=40 * n + 400) + mean
        share = np.where(x > 1.0, 1.0 / thinned, 1.0)
        kept = rng.random(x.size) < share
        return x[kept][:n], 1.0 / share[kept][:n]

    (first, heavy), (second, light) = draw(d, n_events), draw(0.0, n_nonevents)
    return (
        np.repeat([1, 0], [n_events, n_nonevents]),
        np.r_[first, second],
        np.r_[heavy, light],
    )


def test_areas_and_gaps_are_withheld_where_heavy_rows_are_few():
    """Of 60 events .6 are expected where a sixth of the weight lies: covered .70 to .90."""
    y, score, weights = portfolio(np.random.default_rng(0), 60, 900, 20.0)
    for function in (area_under_curve, gini_coefficient, kolmogorov_smirnov):
        with pytest.warns(WithheldWarning, match="weights depend on the score"):
            estimate = function(y, score, sample_weight=weights)
        assert np.isnan(estimate.interval()).all()
        assert estimate.p_value is None
        assert estimate.standard_error > 0.0
        assert "3 are needed" in estimate.reason

    # weights that do not go along with the score are no reason, nor is one weight of all rows
    rng = np.random.default_rng(1)
    for others in (rng.permutation(rng.uniform(0.5, 1.5, y.size)), np.full(y.size, 3.0)):
        assert reason_of_score_weights(y.astype(float), score, others, others**2) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_events", "thinned", "d"), [(60, 2.0, 0.0), (120, 3.0, 1.19), (250, 5.0, 1.19)]
)
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_coverage_of_areas_whose_weights_depend_on_the_score(n_events, thinned, d):
    rng, truth = np.random.default_rng(2), float(special.ndtr(d / np.sqrt(2.0)))
    study = Study(300, covers=(0.92 - 0.025, 1.0), shown=(0.9, 1.0))
    for _ in study:
        y, score, weights = portfolio(rng, n_events, 10 * n_events, thinned, d)
        estimate = area_under_curve(y, score, sample_weight=weights)
        low, high = estimate.interval()
        study.note(shown=not np.isnan(low))
        if not np.isnan(low):
            study.note(covers=low <= truth <= high)
        assert estimate.standard_error == pytest.approx(
            np.sqrt(np.sum(auc_influence(y.astype(float), score, weights)[1] ** 2))
        )
    study.check(f"{n_events} events, thinned {thinned}, mean {d}")

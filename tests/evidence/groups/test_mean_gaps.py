"""Standardised mean differences and calibration gaps: values, gates, and coverage."""

import itertools

import numpy as np
import pytest
from scipy import special, stats

from infotheory.evidence import group_estimates, standardized_mean_difference
from infotheory.evidence.groups.laws import CalibrationGapLaw, KnownUnit, SkewedStudentLaw
from infotheory.exceptions import WithheldWarning
from infotheory.laws import WithheldLaw
from tests.studies import Study


def gaps(p, y):
    """The calibration gap of a group, beside another one."""
    p, y = np.r_[p, 0.2, 0.4], np.r_[y, 0, 1]
    group = np.repeat(["f", "m"], [p.size - 2, 2])
    return group_estimates(y, p, group)["f"]["calibration_gap"]


def test_interval_of_hall_by_hand():
    law = SkewedStudentLaw(12.64, 0.07394)
    low, high = law.interval(-0.97824, 0.48390, 0.95)
    assert (low, high) == pytest.approx((-1.8791, 0.3334), abs=2e-4)
    plain = SkewedStudentLaw(12.64, 0.0).interval(1.0, 0.5, 0.9)
    assert plain == pytest.approx(tuple(stats.t.interval(0.9, 12.64, 1.0, 0.5)))
    several = SkewedStudentLaw(12.64, 0.07394, comparisons=5)
    assert several.interval(-0.97824, 0.48390, 0.75) == pytest.approx((low, high))


def test_error_and_degrees_of_freedom_are_welchs():
    rng = np.random.default_rng(0)
    x, z = 1.6 * rng.uniform(-1.7, 1.7, 40) + 0.1, rng.uniform(-1.7, 1.7, 400)
    estimate = standardized_mean_difference(np.r_[x, z], np.repeat(["x", "z"], [40, 400]))
    welch = stats.ttest_ind(x, z, equal_var=False)
    # the unit adds what is nearly nothing here, and scores without tails leave all degrees
    assert estimate.law.degrees_of_freedom == pytest.approx(welch.df, rel=0.02)
    pooled = (40 * x.var() + 400 * z.var()) / 440
    of_means = x.var(ddof=1) / 40 + z.var(ddof=1) / 400
    assert estimate.standard_error**2 >= of_means / pooled + estimate.value**2 / 880 - 1e-12
    low, high = estimate.interval(1.0 - estimate.p_value)
    assert min(abs(low), abs(high)) == pytest.approx(0.0, abs=1e-9)


def test_few_rows_that_carry_the_unit_leave_few_degrees():
    rng = np.random.default_rng(1)
    group = np.repeat(["x", "z"], [200, 300])
    score = rng.normal(size=500) + 1.5 * (group == "x")
    plain = standardized_mean_difference(score, group)
    score[[7, 300]] = 14.0, -14.0
    tailed = standardized_mean_difference(score, group)
    assert plain.law.degrees_of_freedom > 200
    assert 2.0 < tailed.law.degrees_of_freedom < 10


def test_groups_in_two_clumps_know_their_unit_by_all_rows():
    """No row of these moves the unit: what is left of that is rounding, or a row beside them."""
    clumps = np.repeat([0.0, 1.0], 20)
    group, floor = np.repeat(["x", "z"], 40), 2.0 * 0.5**2 / (39 * 0.5**2)
    for unit, shift in ((1.0, 10.0), (0.1, 0.3)):
        score = unit * np.r_[clumps, clumps] + shift * (group == "x")
        estimate = standardized_mean_difference(score, group)
        of_unit = estimate.value**2 / 160.0
        assert estimate.standard_error**2 == pytest.approx(floor + of_unit, rel=1e-9)
        degrees = (floor + of_unit) ** 2 / (floor**2 / 78.0 + of_unit**2 / 80.0)
        assert estimate.law.degrees_of_freedom == pytest.approx(degrees, rel=1e-9)

    # it had one degree of freedom, and an interval around 0
    score = np.r_[clumps, clumps + 10.0]
    between = standardized_mean_difference(np.r_[score, 10.5], [*group, "z"])
    assert between.law.degrees_of_freedom > 80
    without = standardized_mean_difference(score, group)
    assert between.standard_error == pytest.approx(without.standard_error, rel=0.02)


@pytest.mark.parametrize(
    ("score", "sizes", "words"),
    [
        (np.arange(229) % 17, (29, 200), "'f' has 29 rows, 30 are needed"),
        (np.arange(229) % 2, (29 + 100, 100), "two values only"),
        (np.r_[np.zeros(228), 9.0] + np.arange(229) / 1000, (40, 189), "rarer one of two clumps"),
        (np.where(np.arange(229) % 10, 0.0, 9.0) + np.arange(229) / 1000, (40, 189), "two clumps"),
        (
            np.exp(1.5 * stats.norm.ppf(np.arange(1, 230) * 100 % 229 / 229 + 1 / 458)),
            (99, 130),
            "far out",
        ),
    ],
)
def test_what_is_not_known_to_hold_is_withheld(score, sizes, words):
    group = np.repeat(["f", "m"], sizes)
    with pytest.warns(WithheldWarning, match=words):
        estimate = standardized_mean_difference(score, group, reference="m")
    assert isinstance(estimate.law, WithheldLaw)
    assert words in estimate.reason
    assert estimate.p_value is None
    assert np.isnan(estimate.interval()).all()
    assert estimate.standard_error > 0.0


def test_far_rows_are_told_by_the_rows_of_the_middle():
    # log-normal of deviation 1.5, without the rows whose absence makes samples miss, and weighted
    places = np.concatenate([(np.arange(n) + 0.5) / n for n in (100, 200)])
    group = np.repeat(["f", "m"], [100, 200])
    score = np.minimum(np.exp(1.5 * stats.norm.ppf(places)), np.exp(1.5 * 2.0))
    weights = 1 + np.arange(300) % 2
    for sample_weight in (None, weights):
        with pytest.warns(WithheldWarning, match="lie far out: one in ten .* needed then"):
            standardized_mean_difference(score, group, sample_weight=sample_weight)
    repeated = np.repeat(np.arange(300), weights)
    reasons = []
    for rows, sample_weight in ((np.arange(300), weights), (repeated, None)):
        with pytest.warns(WithheldWarning):
            gap = standardized_mean_difference(
                score[rows], group[rows], sample_weight=sample_weight
            )
        reasons.append(gap.reason.split(", and")[0])
    assert reasons[0] == reasons[1]

    # of deviation 1, and of many rows, they are shown
    assert standardized_mean_difference(score ** (2 / 3), group).reason is None
    many = np.repeat(np.arange(300), 10)
    assert standardized_mean_difference(score[many], group[many]).reason is None


def test_scores_whose_cubes_leave_float64_are_refused():
    # ZeroDivisionError before
    group = np.repeat(["a", "b"], 40)
    scores = np.r_[np.arange(40.0), 2.0 + np.arange(40.0)]
    small = standardized_mean_difference(1e-60 * scores, group)
    assert small.value == pytest.approx(standardized_mean_difference(scores, group).value)
    with pytest.raises(ValueError, match="must vary by 1e-90 or more, got"):
        standardized_mean_difference(1e-110 * scores, group)


def test_several_pairs_know_of_each_other():
    rng = np.random.default_rng(3)
    score, group = rng.normal(size=300), np.repeat(list("abc"), 100)
    worst = standardized_mean_difference(score, group)
    first, second = worst.method.split("'")[1], worst.method.split("'")[3]
    rows = np.isin(group, [first, second])
    alone = standardized_mean_difference(score[rows], group[rows], reference=second)
    assert worst.value == pytest.approx(alone.value)
    assert worst.p_value == pytest.approx(min(1.0, 3 * alone.p_value))
    assert worst.interval(0.91) == pytest.approx(alone.interval(0.97))


def test_calibration_gap_of_few_rows():
    p = np.repeat([0.1, 0.3], 10)
    two = gaps(p, np.r_[np.zeros(10), 1, 1, np.zeros(8)])
    assert two.value == pytest.approx(0.1)
    assert two.p_value == pytest.approx(0.248, abs=5e-4)
    assert two.interval() == pytest.approx((-0.0964, 0.2), abs=1e-4)

    # no event at all: the gap cannot exceed the mean probability
    none = gaps(p, np.zeros(20))
    assert none.interval() == pytest.approx((0.0451, 0.2), abs=1e-4)
    score = CalibrationGapLaw(0.2, 0.1, float((p**2).mean()), 20).interval(0.1, 0.0, 0.95)
    assert score == pytest.approx((-0.0964, 0.1720), abs=1e-4)


def test_calibration_gap_of_one_row_and_of_certain_probabilities():
    alone = gaps([0.3], [1])
    assert alone.interval()[0] == pytest.approx(-0.7)
    assert alone.interval()[1] > -0.7
    certain = gaps(np.r_[np.zeros(30), np.ones(10)], np.r_[np.zeros(30), np.ones(10)])
    assert (certain.value, certain.p_value) == (0.0, 1.0)
    wrong = gaps(np.zeros(30), np.r_[1, np.zeros(29)])
    assert wrong.p_value == 0.0


LAWS = {
    "normal": (lambda rng, n: rng.normal(size=n), 0.0, 1.0),
    "gamma": (lambda rng, n: rng.gamma(4.0, size=n), 4.0, 4.0),
    "exponential": (lambda rng, n: rng.exponential(size=n), 1.0, 1.0),
    "beta": (lambda rng, n: rng.beta(5, 2, n), 5 / 7, 10 / 392),
    "steep beta": (lambda rng, n: rng.beta(8, 1, n), 8 / 9, 8 / 810),
    "points": (lambda rng, n: rng.choice([0, 1, 2.0], n, p=[0.8, 0.15, 0.05]), 0.25, 0.2875),
    "mixture": (lambda rng, n: rng.normal(size=n) + 4 * (rng.random(n) < 0.1), 0.4, 2.44),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_coverage_of_the_mean_difference(name):
    rng, replicates = np.random.default_rng(6), 280
    draw, mean, variance = LAWS[name]
    for sizes in ((30, 970), (100, 4900), (45, 60)):
        for truth, spread, weighted in (
            (0.3, 1.0, False),
            (-0.8, 1.0, False),
            (0.3, 1.6, False),
            (0.3, 1.0, True),
        ):
            group = np.repeat([1, 0], sizes)
            unit = np.sqrt((sizes[0] * spread**2 + sizes[1]) / sum(sizes))
            shortfall = 2.0 * np.sqrt(0.93 * 0.07 / replicates)
            study = Study(replicates, covers=(0.93 - shortfall, 1.0))
            for _ in study:
                noise = (draw(rng, group.size) - mean) / np.sqrt(variance)
                score = np.where(group == 1, spread * noise + truth * unit, noise)
                weights = rng.uniform(0.5, 1.5, group.size) if weighted else None
                estimate = standardized_mean_difference(
                    score, group, reference=0, sample_weight=weights
                )
                low, high = estimate.interval()
                if not np.isnan(low):
                    study.note(covers=low <= truth <= high)
            # weights leave fewer than 30 of 30 rows
            if weighted and sizes[0] == 30:
                assert not study.noted["covers"]
                continue
            shown = len(study.noted["covers"]) / study.drawn
            study.check(
                f"{name} {sizes} {truth} sd {spread} weighted {weighted}, shown in {shown:.2f}"
            )
            assert weighted or shown > 0.9


HEAVY = {
    "log-normal": (lambda rng, n: rng.lognormal(0.0, 1.0, n), np.exp(0.5), (np.e - 1.0) * np.e),
    "Pareto": (lambda rng, n: rng.pareto(5.0, n), 0.25, 5.0 / 48.0),
    "Student": (lambda rng, n: rng.standard_t(3, n), 0.0, 3.0),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY)
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_coverage_of_heavy_tails_in_small_groups(name):
    """Samples whose skewness was small were shown, and covered .83 to .92: they lack the tail."""
    rng = np.random.default_rng(40)
    draw, mean, variance = HEAVY[name]
    for sizes, truth in (((40, 60), 0.3), ((40, 60), -0.8), ((40, 60), 1.5), ((40, 200), -0.8)):
        group = np.repeat([1, 0], sizes)
        study = Study(400, covers=(0.94 - 2.0 * np.sqrt(0.94 * 0.06 / 400), 1.0))
        for _ in study:
            score = (draw(rng, group.size) - mean) / np.sqrt(variance) + truth * (group == 1)
            low, high = standardized_mean_difference(score, group, reference=0).interval()
            if not np.isnan(low):
                study.note(covers=low <= truth <= high)
        shown = len(study.noted["covers"]) / study.drawn
        study.check(f"{name} {sizes} {truth}, shown in {shown:.2f}")
        assert shown > 0.9


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_coverage_where_the_third_moment_is_infinite_or_nearly():
    """The third moment of the unit as samples show it covered .91 of these."""
    rng, laws = (
        np.random.default_rng(3),
        {
            "Pareto 3": (lambda n: rng.pareto(3.0, n), 0.5, 0.75, 0.85),
            "log-normal 1.5": (
                lambda n: rng.lognormal(0.0, 1.5, n),
                np.exp(1.125),
                np.expm1(2.25) * np.exp(2.25),
                0.15,
            ),
        },
    )
    for name, (draw, mean, variance, least_shown) in laws.items():
        covered = []
        for sizes, truth in itertools.product([(40, 60), (150, 200)], (0.8, -0.8, 1.5)):
            group = np.repeat([1, 0], sizes)
            for _ in range(150):
                score = (draw(group.size) - mean) / np.sqrt(variance) + truth * (group == 1)
                low, high = standardized_mean_difference(score, group, reference=0).interval()
                covered.append(np.nan if np.isnan(low) else low <= truth <= high)
        shown = np.mean(~np.isnan(covered))
        print(f"\n{name}: shown {shown:.2f}, covers {np.nanmean(covered):.3f}")
        assert shown > least_shown
        assert np.nanmean(covered) >= 0.93


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
def test_coverage_of_a_large_difference_of_heavy_tails():
    """Normal degrees of the unit covered .90 to .92 of these."""
    rng = np.random.default_rng(16)
    for name in ("log-normal", "Pareto"):
        draw, mean, variance = HEAVY[name]
        for sizes, truth in (((500, 500), -0.8), ((1000, 1500), 1.5)):
            group = np.repeat([1, 0], sizes)
            study = Study(400, covers=(0.93 - 2.0 * np.sqrt(0.93 * 0.07 / 400), 1.0))
            for _ in study:
                score = (draw(rng, group.size) - mean) / np.sqrt(variance) + truth * (group == 1)
                low, high = standardized_mean_difference(score, group, reference=0).interval()
                if not np.isnan(low):
                    study.note(covers=low <= truth <= high)
            study.check(f"{name} {sizes} {truth}")
            assert len(study.noted["covers"]) > 0.9 * study.drawn


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "level", "slope", "true_slope", "spread"),
    [
        (6, -2.0, 1.2, 1.2, 0.0),
        (20, 2.0, 1.2, 1.2, 0.0),
        (100, -4.0, 1.2, 1.2, 0.0),
        (100, -2.0, 1.2, 0.3, 0.0),
        (40, 0.0, 2.0, 0.0, 0.0),
        (400, -2.0, 0.5, 2.0, 0.0),
        (25, -1.0, 2.5, 0.5, 0.0),
        (60, -1.0, 1.2, 1.2, 0.7),
        (100, -2.0, 1.2, 1.2, 1.0),
    ],
)
def test_coverage_and_size_of_the_calibration_gap(n, level, slope, true_slope, spread):
    rng, replicates = np.random.default_rng(7), 800
    nodes, mass = np.polynomial.hermite_e.hermegauss(80)
    mass = mass / mass.sum()
    # the true rates have the mean of the probabilities, so that the gap is 0
    start, mean = level, mass @ special.expit(level + slope * nodes)
    for _ in range(200):
        start += special.logit(mean) - special.logit(
            mass @ special.expit(start + true_slope * nodes)
        )

    inside, rejected = [], []
    for _ in range(replicates):
        x, weights = rng.normal(size=n), rng.lognormal(0.0, spread, n)
        p = special.expit(level + slope * x)
        y = (rng.random(n) < special.expit(start + true_slope * x)).astype(float)
        estimate = group_estimates(
            np.r_[y, 0, 1],
            np.r_[p, 0.5, 0.5],
            np.repeat(["f", "m"], [n, 2]),
            sample_weight=np.r_[weights, 1, 1],
        )["f"]["calibration_gap"]
        low, high = estimate.interval()
        inside.append(low <= 0.0 <= high)
        rejected.append(estimate.p_value < 0.05)
    print(f"n {n} level {level} slopes {slope} {true_slope}: {np.mean(inside):.3f}")
    assert np.mean(inside) > 0.94 - 2 * np.sqrt(0.05 * 0.95 / replicates)
    assert np.mean(rejected) < 0.06 + 2 * np.sqrt(0.05 * 0.95 / replicates)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_no_unit_changes_the_sign_of_a_difference(sign):
    """The unit takes the near end past 0; in a unit that is known it lies on the same side."""

    def near_end(value, known):
        law = SkewedStudentLaw(20.0, -0.3 * sign, in_this_unit=known)
        ends = law.interval(sign * value, 0.3, 0.95)
        return sign * (ends[0] if sign > 0.0 else ends[1])

    assert near_end(0.5, None) < -0.5
    assert near_end(0.5, KnownUnit(0.1, 0.0, 30.0)) == 0.0
    # where zero is possible in a known unit the end is that of this unit
    t = stats.t.ppf(0.975, 30.0)
    assert near_end(0.5, KnownUnit(0.3, 0.0, 30.0)) == pytest.approx(0.5 - t * 0.3)
    # an end on its side of 0 is what it was
    law = SkewedStudentLaw(20.0, -0.05 * sign, in_this_unit=KnownUnit(0.1, 0.0, 30.0))
    plain = SkewedStudentLaw(20.0, -0.05 * sign)
    assert law.interval(sign * 2.0, 0.3, 0.95) == plain.interval(sign * 2.0, 0.3, 0.95)

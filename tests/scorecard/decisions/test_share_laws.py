"""Mean profits and bad rates: values and coverage."""

import numpy as np
import pytest
from scipy import special, stats

from infotheory._rows import Rows
from infotheory.exceptions import WithheldWarning
from infotheory.scorecard import CostTable, cut_off_sweep
from infotheory.scorecard.decisions.share_laws import SkewedMeanLaw, mean_profit
from tests.studies import Study

ONE_BAD = np.r_[np.zeros(299), 1.0]


@pytest.mark.parametrize(
    ("profit", "ends"),
    [
        # nobody of 20 approved was bad: a loss of 20 still is possible
        (np.repeat([1.0, 0.0], [20, 280]), (-0.1017, 0.0991)),
        (np.repeat([1.0, -20.0, 0.0], [90, 5, 205]), (-0.4302, 0.1835)),
    ],
)
def test_mean_profit_of_few_losses(profit, ends):
    estimate = mean_profit(profit, Rows.of_sample(ONE_BAD, None), (1.0, 20.0))
    assert estimate.value == pytest.approx(profit.mean())
    assert estimate.interval() == pytest.approx(ends, abs=1e-4)


def test_profit_of_a_sweep_is_that_of_its_parts():
    y = np.repeat([0, 1, 0, 1], [90, 5, 180, 25])
    points = np.repeat([2.0, 1.0], [95, 205])
    sweep = cut_off_sweep(y, points, [2.0], costs=CostTable(1.0, 20.0))
    assert sweep.estimate("profit", 2.0).interval() == pytest.approx((-0.4302, 0.1835), abs=1e-4)
    everywhere = cut_off_sweep(y, points, [2.0], costs=CostTable(np.ones(300), 20.0))
    assert everywhere.estimate("profit", 2.0).interval()[0] == pytest.approx(-0.4302, abs=1e-4)


def test_nobody_of_the_rows_above_a_cut_off_does_not_mean_that_nobody_can_be():
    y, points = np.tile([0, 1, 0], 100), np.arange(300.0)
    sweep = cut_off_sweep(y, points, [-np.inf, 1000.0, np.inf], costs=CostTable(1.0, 20.0))

    # Jeffreys: up to .83 % of applicants may be approved, each a good one or each a bad one
    most = stats.beta.ppf(0.975, 0.5, 300.5)
    nobody = sweep.estimate("profit", 1000.0)
    assert nobody.interval() == pytest.approx((-20.0 * most, most), rel=1e-6)
    assert sweep.estimate("approval_rate", 1000.0).interval()[1] == pytest.approx(most)

    # an infinite cut-off approves nobody of any rows, and an interval that is a point says why
    never = sweep.estimate("profit", np.inf)
    assert never.interval() == (0.0, 0.0)
    assert "every applicant is worth the same" in never.reason
    assert sweep.estimate("profit", -np.inf).reason is None

    # refused applicants cost something here, which was all that the interval knew of
    costs = CostTable(1.0, 20.0, 0.5)
    refused = [cut_off_sweep(y, points, [c], costs=costs).rows[2].estimate for c in (1e3, np.inf)]
    (low, high), (surely_low, surely_high) = (each.interval() for each in refused)
    assert low == surely_low < high
    assert surely_high < high


def test_amounts_that_rest_on_few_rows_have_no_interval():
    y, points = np.tile([0, 1], 50), np.arange(100.0)
    costs = CostTable(np.linspace(1.0, 2.0, 100), 5.0)
    with pytest.warns(WithheldWarning, match="amounts differ by row"):
        sweep = cut_off_sweep(y, points, [50.5], costs=costs)
    profit = sweep.estimate("profit", 50.5)
    assert np.isnan(profit.interval()).all()
    assert profit.standard_error > 0.0
    assert "differ by row" in profit.reason
    assert not np.isnan(sweep.estimate("bad_rate", 50.5).interval()).any()


def test_amounts_that_rest_on_many_rows_have_an_interval():
    rng = np.random.default_rng(0)
    y, points = (rng.random(4000) < 0.2).astype(int), rng.normal(size=4000)
    costs = CostTable(rng.uniform(1.0, 2.0, 4000), 5.0)
    profit = cut_off_sweep(y, points, [0.0], costs=costs).estimate("profit", 0.0)
    low, high = profit.interval()
    t = special.stdtrit(3999, 0.975) * profit.standard_error
    assert low < profit.value < high
    # losses are the long tail: its end lies farther out than Student's
    assert profit.value - low > t
    assert high - profit.value == pytest.approx(t)
    # refused bad ones that cost next to nothing are no part to wait for
    small = CostTable(rng.uniform(1.0, 2.0, 4000), 5.0, 0.0, rng.lognormal(-9.0, 3.0, 4000))
    sweep = cut_off_sweep(y, points, [0.0], costs=small)
    assert not np.isnan(sweep.estimate("profit", 0.0).interval()).any()
    assert SkewedMeanLaw(10.0, 0.0).interval(0.0, 1.0, 0.95) == pytest.approx(
        (-2.228, 2.228), abs=1e-3
    )


def test_losses_that_are_rare_and_make_most_of_the_error_are_waited_for():
    """Eight losses of ten bear 2 % of the money, and all of the variance: an interval was shown."""
    rng = np.random.default_rng(0)
    y, points = np.repeat([0, 1, 1], [3992, 8, 4]), np.repeat([1.0, 1.0, -1.0], [3992, 8, 4])
    costs = CostTable(1.0, rng.uniform(8.0, 12.0, y.size))
    with pytest.warns(WithheldWarning, match="a part of the profit rests on 7.9 rows"):
        sweep = cut_off_sweep(y, points, [0.0], costs=costs)
    assert np.isnan(sweep.estimate("profit", 0.0).interval()).all()

    # gains that vary more than such losses make the error instead
    costs = CostTable(rng.normal(1.0, 3.0, y.size), costs.loss_per_bad)
    sweep = cut_off_sweep(y, points, [0.0], costs=costs)
    assert not np.isnan(sweep.estimate("profit", 0.0).interval()).any()


def test_amounts_that_differ_out_of_reach_are_those_that_do_not():
    """Where nobody is approved the gains of rows play no part: the interval had no width."""
    y, points = np.tile([0, 1], 50), np.arange(100.0)
    profits = [
        cut_off_sweep(y, points, [1000.0, np.inf], costs=CostTable(gain, 5.0, 1.0, 1.0))
        for gain in (np.repeat([1.0, 2.0], 50), 2.0)
    ]
    for cut in (1000.0, np.inf):
        # what a row may bring that is approved after all is the largest gain
        one, other = (sweep.estimate("profit", cut).interval() for sweep in profits)
        assert one == other
    assert one[0] < one[1]


def test_refused_applicants_of_unlike_costs_do_not_hide_that_somebody_may_be_approved():
    """Student's interval of the costs, .08 wide, knew nothing of a loss of 20 in .8 % of rows."""
    rng = np.random.default_rng(0)
    y, points = np.tile([0, 1, 0], 100), np.arange(300.0)
    costs = CostTable(1.0, 20.0, rng.uniform(0.5, 1.0, 300))
    with pytest.warns(WithheldWarning, match="at 1 of 2 cut-offs"):
        sweep = cut_off_sweep(y, points, [1000.0, np.inf], costs=costs)
    assert np.isnan(sweep.estimate("profit", 1000.0).interval()).all()
    low, high = sweep.estimate("profit", np.inf).interval()
    assert low < sweep.estimate("profit", np.inf).value < high

    # one row of very many is worth less than their costs vary by
    y, points = np.tile(y, 100), np.arange(30_000.0)
    costs = CostTable(1.0, 20.0, rng.uniform(0.5, 1.0, 30_000))
    sweep = cut_off_sweep(y, points, [1e6], costs=costs)
    assert not np.isnan(sweep.estimate("profit", 1e6).interval()).any()


def test_skewness_that_could_have_been_takes_nothing_off_what_is_seen():
    """Gains lean to the right, losses that fell on small rows would lean to the left."""
    rng = np.random.default_rng(2)
    gains = rng.lognormal(0.0, 1.0, 4000)
    losses = np.tile(np.r_[np.full(9, 0.1), 40.0], 400)
    y = np.tile(np.repeat([1, 0], [4, 36]), 100)
    costs = CostTable(gains, losses)
    profit = cut_off_sweep(y, np.ones(4000), [0.0], costs=costs).estimate("profit", 0.0)
    off = np.where(y == 1, -losses, gains) - profit.value
    seen = (off**3).sum() / (off**2).sum() ** 1.5
    chance = np.repeat([[0.9], [0.1]], 4000, axis=1)
    moved = np.stack([gains, -losses]) - profit.value
    assert (chance * moved**3).sum() / (chance * moved**2).sum() ** 1.5 < -seen < 0.0
    assert profit.law.skewness == pytest.approx(seen)


def test_skewness_of_what_could_have_been_lost_widens_a_profit():
    """The bad rows are small ones: the amounts of all rows tell how skewed losses may be."""
    amounts = np.tile(np.r_[np.full(9, 1.0), 40.0], 400)
    y, points = np.tile(np.repeat([1, 0], [4, 36]), 100), np.ones(4000)
    costs = CostTable(1.0, amounts)
    profit = cut_off_sweep(y, points, [0.0], costs=costs).estimate("profit", 0.0)
    # bad rows have lost 1 each, good ones could have lost 40
    low, high = profit.interval()
    seen = np.where(y == 1, -amounts, 1.0)
    chance = np.repeat([[0.9], [0.1]], 4000, axis=1)
    off = np.stack([np.ones(4000), -amounts]) - seen.mean()
    possible = (chance * off**3).sum() / (chance * off**2).sum() ** 1.5
    shown = ((seen - seen.mean()) ** 3).sum() / ((seen - seen.mean()) ** 2).sum() ** 1.5
    assert abs(possible) > abs(shown)
    law = SkewedMeanLaw(3999.0, (shown + possible) / 2.0)
    wanted = law.interval(profit.value, profit.standard_error, 0.95)
    assert (low, high) == pytest.approx(wanted)
    narrow = SkewedMeanLaw(3999.0, shown).interval(profit.value, profit.standard_error, 0.95)
    assert low < narrow[0]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize(
    ("n", "spread", "loss", "weights", "shown"),
    [
        (6000, 1.0, 10.0, 0.0, 0.9),
        (20000, 1.5, 10.0, 0.0, 0.9),
        (12000, 1.0, 10.0, 0.5, 0.9),
        (60000, 2.0, 10.0, 0.0, 0.4),
    ],
)
def test_coverage_of_profit_of_lognormal_amounts(n, spread, loss, weights, shown):
    """Student's interval covered .90 to .94; with the skewness seen deviation 2 .93."""
    rng = np.random.default_rng(16)
    x = special.ndtri((np.arange(200_000) + 0.5) / 200_000)
    bad = special.expit(np.log(0.1 / 0.9) - x)
    truth = np.where(x >= 0.0, 1.0 - bad - bad * loss, 0.0).mean()
    study = Study(150, covers=(0.94 - 0.038, 1.0), shown=(shown, 1.0))
    for _ in study:
        points = rng.normal(size=n)
        y = (rng.random(n) < special.expit(np.log(0.1 / 0.9) - points)).astype(int)
        losses = loss * rng.lognormal(-(spread**2) / 2.0, spread, n)
        sweep = cut_off_sweep(
            y,
            points,
            [0.0],
            costs=CostTable(1.0, losses),
            sample_weight=rng.lognormal(0.0, weights, n) if weights else None,
        )
        low, high = sweep.estimate("profit", 0.0).interval()
        study.note(shown=not np.isnan(low))
        if not np.isnan(low):
            study.note(covers=low <= truth <= high)
    study.check(f"{n} rows, amounts {spread}, weights {weights}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "cut", "gain", "loss", "refused", "spread"),
    [
        (300, 1.5, 1.0, 20.0, 0.0, 0.0),
        (300, 0.0, 1.0, 20.0, 0.0, 0.0),
        (2000, 1.5, 1.0, 20.0, 0.0, 0.0),
        (1000, 0.0, 1.0, 5.0, 0.5, 0.0),
        (500, 1.0, 2.0, 50.0, 0.0, 0.0),
        (200, -1.0, 1.0, 10.0, 0.0, 0.0),
        (2000, 0.5, 1.0, 20.0, 0.0, 1.0),
        (2000, 0.5, 1.0, 20.0, 0.0, 1.5),
    ],
)
def test_coverage_of_profit_and_bad_rate(n, cut, gain, loss, refused, spread):
    rng, replicates = np.random.default_rng(15), 400
    scores = rng.normal(size=1_000_000)
    bad = special.expit(-2.0 - 1.2 * scores)
    approved = scores >= cut
    truth = np.where(approved, (1 - bad) * gain - bad * loss, -(1 - bad) * refused).mean()
    bad_rate = bad[approved].mean()

    inside, rates = [], []
    for _ in range(replicates):
        x = rng.normal(size=n)
        y = (rng.random(n) < special.expit(-2.0 - 1.2 * x)).astype(int)
        sweep = cut_off_sweep(
            y,
            x,
            [cut],
            costs=CostTable(gain, loss, refused),
            sample_weight=rng.lognormal(0.0, spread, n),
        )
        low, high = sweep.estimate("profit", cut).interval()
        inside.append(low <= truth <= high)
        low, high = sweep.estimate("bad_rate", cut).interval()
        rates.append(low <= bad_rate <= high)
    print(f"n {n} cut {cut} weights {spread}: {np.mean(inside):.3f}, {np.mean(rates):.3f}")
    assert min(np.mean(inside), np.mean(rates)) > 0.94 - 2 * np.sqrt(0.05 * 0.95 / replicates)

"""Divergences where weights vary: test values, one weight for all, coverage and size."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import optimize

from infotheory.evidence import (
    characteristic_stability,
    information_value,
    stability_by_period,
)
from infotheory.evidence.binned_samples import BinnedSamples, samples_of_table
from infotheory.evidence.weighted_laws import (
    effective_cells,
    merge_rare,
    spread_of_weights,
    weighted_p_value,
)
from infotheory.exceptions import WithheldWarning
from infotheory.tables import CountTable
from tests.studies import Study


def table_of(good, good_squared, bad, bad_squared):
    return CountTable(
        tuple(map(str, range(len(good)))),
        np.column_stack([good, bad]).astype(float),
        np.column_stack([good_squared, bad_squared]).astype(float),
    )


HEAVY = [400, 400, 400, 2800], [400, 400, 400, 19600]


def test_values_of_the_derivation():
    table = table_of(*HEAVY, [20, 44, 56, 280], [20, 44, 56, 1960])
    estimate = information_value(table)
    assert estimate.value == pytest.approx(0.04907, abs=5e-6)
    assert estimate.value - estimate.bias == pytest.approx(0.03509, abs=5e-6)
    assert estimate.interval() == pytest.approx((0.0001, 0.1316), abs=5e-5)
    assert estimate.statistic == pytest.approx(7.733, abs=5e-4)
    law = estimate.limit_tests
    assert law.degrees_of_freedom == pytest.approx(2.136, abs=5e-4)
    assert law.scale * estimate.n_effective == pytest.approx(0.4385, abs=5e-5)
    assert estimate.p_value == pytest.approx(0.0321, abs=5e-4)  # was 0.395
    assert effective_cells(samples_of_table(table)).tolist() == pytest.approx([40.0] * 4)

    equal = information_value(table_of(*HEAVY, [40, 44, 36, 280], [40, 44, 36, 1960]))
    assert equal.interval() == pytest.approx((0.0, 0.0482), abs=5e-5)
    assert equal.p_value == pytest.approx(0.888, abs=3e-3)


def test_one_weight_for_all_rows_of_a_class_changes_nothing():
    good, bad = np.array([400.0, 300, 200, 100]), np.array([40.0, 50, 60, 50])
    plain = information_value(CountTable.from_counts(good, bad))
    other = information_value(table_of(3 * good, 9 * good, bad / 7, bad / 49))
    for name in ("value", "standard_error", "bias", "p_value", "n_effective", "statistic"):
        assert getattr(other, name) == pytest.approx(getattr(plain, name), rel=1e-9)
    assert other.interval() == pytest.approx(plain.interval(), rel=1e-9)
    trace, scale = spread_of_weights(samples_of_table(CountTable.from_counts(good, good / 10)))
    assert (trace, scale) == (pytest.approx(3.0), pytest.approx(1.0))


def test_scale_and_order_do_not_matter():
    good, squared, bad, bad_squared = *HEAVY, [20, 44, 56, 280], [20, 44, 56, 1960]
    first = information_value(table_of(good, squared, bad, bad_squared))
    swapped = information_value(table_of(bad, bad_squared, good, squared))
    table = table_of(good, squared, bad, bad_squared)
    scaled = information_value(
        CountTable(table.labels, table.counts * 7, table.squared_weights * 49)
    )
    for other in (swapped, scaled):
        assert other.interval() == pytest.approx(first.interval(), rel=1e-6)
        assert other.p_value == pytest.approx(first.p_value, rel=1e-6)


def test_uneven_weights_withhold_the_interval_with_the_reason():
    table = table_of(
        [400, 400, 400, 400], [400, 400, 400, 16000], [20, 30, 25, 35], [20, 30, 25, 500]
    )
    with pytest.warns(WithheldWarning, match="weights in bin '3' are too uneven"):
        estimate = information_value(table)
    assert np.isnan(estimate.interval()).all()
    assert estimate.law.name == "withheld"
    assert "effective" in estimate.reason
    assert np.isnan(
        [estimate.exceeds(0.1), estimate.certifies(0.1), estimate.critical_value()]
    ).all()

    # the rare bin is merged for the test of equality
    assert 0.0 < estimate.p_value < 1.0
    merged = merge_rare(samples_of_table(table))
    assert merged.first.size == 3


def test_few_effective_rows_in_all_withhold_the_test_too():
    table = table_of([400, 400], [1600, 1200], [15, 16], [50, 30])
    with pytest.warns(WithheldWarning):
        estimate = information_value(table)
    assert estimate.p_value is None
    assert np.isnan(estimate.interval()).all()


def test_periods_have_the_reason_and_still_alarm():
    reference = table_of([4000, 4000, 4000, 40], [8000, 9000, 8000, 100], [0] * 4, [0] * 4)
    month = table_of([100, 200, 900, 2], [220, 410, 1800, 6], [0] * 4, [0] * 4)
    row = stability_by_period(reference, {"May": month}).iloc[0]
    assert np.isnan([row["low"], row["high"], row["critical_value"]]).all()
    assert "weights in bin" in row["reason"]
    assert row["p_value"] < 1e-6
    assert row["tolerance_p_value"] < 1e-6
    with pytest.warns(WithheldWarning):
        single = characteristic_stability(reference, month)
    assert single.p_value == row["p_value"]


# Coverage ------------------------------------------------------------------------------------


def other_law(p, value, k):
    tilt = np.linspace(-1, 1, k)

    def law(strength):
        q = p * np.exp(strength * tilt)
        return q / q.sum()

    def miss(strength):
        return float((p - law(strength)) @ np.log(p / law(strength))) - value

    return law(optimize.brentq(miss, 0.0, 20.0)) if value else p


#: Weights of rows from a draw: its generator, codes, events and number of bins.
WEIGHTS = {
    "halves of 1 and 8": lambda d: np.where(d.codes < d.k // 2, 1.0, 8.0),
    "one bin of weight 10": lambda d: np.where(d.codes == 0, 10.0, 1.0),
    "5 % of one bin have 40": lambda d: np.where(
        (d.codes == 0) & (d.rng.random(d.codes.size) < 0.05), 40.0, 1.0
    ),
    "lognormal 1.5": lambda d: d.rng.lognormal(0.0, 1.5, d.codes.size),
    "lognormal 1": lambda d: d.rng.lognormal(0.0, 1.0, d.codes.size),
    "ramp times lognormal": lambda d: (1.0 + d.codes) * d.rng.lognormal(0.0, 0.5, d.codes.size),
    "1 / U(.05, 1)": lambda d: 1.0 / d.rng.uniform(0.05, 1.0, d.codes.size),
    "case-control": lambda d: np.where(d.y, 1.0, 10.0) * d.rng.uniform(0.5, 1.5, d.codes.size),
    "cubed ramp": lambda d: (1.0 + d.codes) ** 3,
    "exponential by bin": lambda d: (1.0 + d.codes % 3) * d.rng.exponential(size=d.codes.size),
}
#: Rows, event rate, weights, bins, value before weighting.
SETTINGS = [
    (5000, 0.1, "halves of 1 and 8", 8, 0.0),
    (5000, 0.1, "halves of 1 and 8", 8, 0.03),
    (5000, 0.1, "one bin of weight 10", 8, 0.03),
    (20_000, 0.02, "5 % of one bin have 40", 8, 0.03),
    (20_000, 0.05, "5 % of one bin have 40", 8, 0.03),
    (5000, 0.02, "halves of 1 and 8", 8, 0.05),
    (5000, 0.02, "lognormal 1.5", 8, 0.1),
    (5000, 0.1, "ramp times lognormal", 8, 0.0),
    (5000, 0.1, "ramp times lognormal", 8, 0.1),
    (3000, 0.1, "cubed ramp", 4, 0.05),
    (5000, 0.1, "1 / U(.05, 1)", 8, 0.1),
    (5000, 0.04, "case-control", 8, 0.1),
    (5000, 0.1, "lognormal 1", 2, 0.0),
    (4000, 0.08, "exponential by bin", 3, 0.0),
    (8000, 0.06, "exponential by bin", 12, 0.2),
    (3000, 0.3, "lognormal 1", 5, 0.02),
    (20_000, 0.03, "one bin of weight 10", 15, 0.05),
]


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_coverage_and_size_with_weights(setting):
    rows, rate, name, k, before = setting
    rng = np.random.default_rng([5, SETTINGS.index(setting)])
    p = np.full(k, 1.0 / k)
    q = other_law(p, before, k)
    weigh = WEIGHTS[name]

    # weights change the shares, and so what is to be estimated
    every = np.repeat(np.arange(k), 40_000)
    draw = SimpleNamespace(rng=rng, codes=every, y=np.zeros(every.size, bool), k=k)
    mean_weight = weigh(draw).reshape(k, -1).mean(axis=1)
    true_p, true_q = (law * mean_weight / (law @ mean_weight) for law in (p, q))
    truth = float((true_p - true_q) @ np.log(true_p / true_q)) if before else 0.0

    slack = 2.0 * np.sqrt(0.05 * 0.95 / 250)
    most, of_interval = (-1.0, 0.065 + slack), ("covers", "certifies", "exceeds")
    bounds = {"covers": (0.94 - slack, 1.0), "certifies": most, "exceeds": most}
    study = Study(250, **bounds, **({"rejects": most} if before == 0.0 else {}))
    for _ in study:
        y = rng.random(rows) < rate
        codes = np.where(y, rng.choice(k, rows, p=q), rng.choice(k, rows, p=p))
        weights = weigh(SimpleNamespace(rng=rng, codes=codes, y=y, k=k))
        sums = [
            np.bincount(codes[y == c], weights[y == c] ** power, minlength=k)
            for power in (1, 2)
            for c in (False, True)
        ]
        table = table_of(sums[0], sums[2], sums[1], sums[3])
        samples = samples_of_table(table)
        p_value = weighted_p_value(samples)
        if before == 0.0 and not np.isnan(p_value):
            study.note(rejects=p_value < 0.05)
        if effective_cells(samples).min() < 10 or effective_cells(samples).sum() < 40:
            continue
        estimate = information_value(table)
        low, high = estimate.interval()
        study.note(
            covers=low <= truth <= high,
            exceeds=estimate.exceeds(truth) < 0.05,
            certifies=truth > 0 and estimate.certifies(truth) < 0.05,
        )

    # Where few samples show an interval these say little of it.
    few = len(study.noted["covers"]) < 0.4 * study.drawn
    study.check(f"{setting}: {truth:.4f}", of_interval if few else ())


def test_bins_are_merged_until_each_has_enough():
    rows = np.array([1000.0, 1000.0, 30.0, 40.0, 5.0])
    samples = BinnedSamples(
        rows, np.array([100.0, 120, 2, 3, 0]), 2 * rows, np.array([210.0, 230, 4, 7, 0])
    )
    merged = merge_rare(samples)
    assert merged.first.sum() == pytest.approx(rows.sum())
    assert effective_cells(merged).min() >= 10 or merged.first.size == 2


def test_a_bin_of_the_smaller_sample_alone_is_merged_like_any_rare_one():
    """What the larger sample lacks is expected nowhere: it joins the next bin, not none."""
    first, second = np.array([0.0, 2000.0, 8000.0]), np.array([2.0, 200.0, 800.0])
    merged = merge_rare(BinnedSamples(first, second, 2.0 * first, 2.0 * second))
    assert merged.first.tolist() == [8000.0, 2000.0]
    assert merged.second.tolist() == [800.0, 202.0]

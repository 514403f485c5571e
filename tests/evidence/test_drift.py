"""Stability over periods: equal to the single estimates; size, power and coverage by simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from infotheory.evidence import (
    characteristic_stability,
    jensen_shannon_stability,
    population_stability_index,
    stability_band,
    stability_by_period,
)
from infotheory.evidence.binned_samples import BinnedSamples
from infotheory.evidence.drift import flag_changes, stability_of_each, stability_rows
from infotheory.evidence.equality import pearson_p_values, pearson_statistic
from infotheory.evidence.weighted_laws import equality_p_values
from infotheory.inference import holm
from infotheory.tables import CountTable
from tests.studies import Study

REPLICATES = 1000
#: A rate of .05 in truth is that far off in one of eighty studies.
SLACK = 2.5 * np.sqrt(0.05 * 0.95 / REPLICATES)
SHARES = {
    "deciles": np.full(10, 0.1),
    "a rare bin": np.r_[0.01, np.full(9, 0.11)],
    "few bins": np.array([0.5, 0.3, 0.2]),
}


def pairs(first, second):
    return BinnedSamples(first, second, first, second)


def tables(seed=0, weighted=False):
    rng = np.random.default_rng(seed)
    made = []
    for n, tilt in ((600, 0.0), (300, 0.0), (200, 1.5), (50, 4.0)):
        p = np.exp(tilt * np.linspace(0, 1, 5))
        codes, y = rng.choice(5, n, p=p / p.sum()), (rng.random(n) < 0.3).astype(int)
        weights = rng.exponential(size=n) if weighted else None
        made.append(CountTable.from_codes(codes, y, sample_weight=weights, labels=list("abcdef")))
    return made[0], dict(zip("xyz", made[1:], strict=True))


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@pytest.mark.parametrize("weighted", [False, True])
def test_each_row_is_the_estimate_of_that_period(weighted):
    expected, periods = tables(weighted=weighted)
    frame = stability_by_period(expected, periods, level=0.9, alpha=0.01).set_index("period")
    for name, table in periods.items():
        single, row = characteristic_stability(expected, table), frame.loc[name]
        assert row["value"] == pytest.approx(single.value)
        assert row["standard_error"] == pytest.approx(single.standard_error)
        assert (row["low"], row["high"]) == pytest.approx(single.interval(0.9), nan_ok=True)
        assert row["p_value"] == pytest.approx(single.p_value or np.nan, nan_ok=True)
        assert row["critical_value"] == pytest.approx(single.critical_value(0.01), nan_ok=True)
        if single.reason is None:  # else rare bins are merged, which single estimates do not do
            assert row["band_p_value"] == pytest.approx(single.exceeds(0.10))
        assert row["band"] == stability_band(single.value)
        assert row["bins"] == single.degrees_of_freedom + 1
        assert row["jensen_shannon"] == pytest.approx(
            jensen_shannon_stability(expected, table).value
        )
    for tested in ("p_value", "tolerance_p_value"):
        np.testing.assert_array_equal(frame[f"adjusted_{tested}"], holm(frame[tested].to_numpy()))
    assert frame["one_sided_bins"].tolist() == [
        0,
        0,
        int((periods["z"].counts[:5].sum(axis=1) == 0).sum()),
    ]


def test_by_hand():
    frame = stability_by_period(
        CountTable.from_counts([40, 60], [0, 0]), {"now": CountTable.from_counts([60, 40], [0, 0])}
    )
    assert frame["value"][0] == pytest.approx(2 * 0.2 * np.log(1.5))
    assert frame["p_value"][0] == pytest.approx(
        stats.chi2_contingency([[40, 60], [60, 40]], correction=False).pvalue, abs=5e-4
    )
    assert frame["critical_value"][0] == pytest.approx(stats.chi2.ppf(0.95, 1) / 50)


@pytest.mark.parametrize(("n", "totals"), [(6, [5, 3, 2]), (9, [1, 1, 10, 4]), (3, [2, 2, 2, 1])])
def test_mean_and_variance_of_the_statistic_by_enumeration(n, totals):
    """Over all tables with these margins the gamma law has the two moments of the statistic."""
    size, totals = sum(totals), np.array(totals)
    every = np.array([t for t in np.ndindex(*(totals + 1)) if sum(t) == n], dtype=float)
    law = np.array([stats.multivariate_hypergeom.pmf(x, totals, n) for x in every.astype(int)])
    samples = pairs(every, totals - every)
    statistic = pearson_statistic(samples)
    mean, variance = law @ statistic, law @ statistic**2 - (law @ statistic) ** 2
    expected = stats.gamma.sf(statistic, mean**2 / variance, scale=variance / mean)
    assert pearson_p_values(samples) == pytest.approx(expected)
    assert mean == pytest.approx(size * (len(totals) - 1) / (size - 1))


def test_p_values_where_the_statistic_cannot_vary():
    singles = pairs(np.array([[1.0, 1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0, 1.0]]))
    assert pearson_p_values(singles).tolist() == [1.0]
    three = pairs(np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]]))
    assert pearson_p_values(three).tolist() == [1.0]


def test_critical_values_need_five_expected_rows_in_each_bin():
    march = CountTable.from_counts([500, 400, 100], [0] * 3)
    table = stability_by_period(
        march,
        {
            "many": CountTable.from_counts([50, 40, 10], [0] * 3),
            "few": CountTable.from_counts([20, 18, 4], [0] * 3),
        },
    )
    assert table["critical_value"].isna().tolist() == [False, True]
    assert table["p_value"].between(0.0, 1.0).all()

    alone = population_stability_index([500, 400, 100], [20, 18, 4])
    assert np.isnan(alone.critical_value())
    assert alone.smallest_expected == pytest.approx(42 * 104 / 1042)
    assert alone.p_value == table["p_value"][1]


def test_one_bin_cannot_drift():
    one = CountTable.from_counts([10], [5])
    row = stability_by_period(one, {"now": CountTable.from_counts([3], [1])}).iloc[0]
    assert row[["bins", "value", "low", "high", "p_value", "critical_value"]].tolist() == [
        1,
        0,
        0,
        0,
        1,
        0,
    ]


def test_a_bin_that_no_row_reached_leaves_room_above():
    one = CountTable.from_counts([10, 0], [5, 0])
    periods = {
        "few": CountTable.from_counts([3, 0], [1, 0]),
        "both": CountTable.from_counts([3, 2], [1, 4]),
        "many": CountTable.from_counts([300, 0], [100, 0]),
    }
    table = stability_by_period(one, periods).set_index("period")
    for name in ("few", "many"):
        alone = characteristic_stability(one, periods[name])
        assert table.loc[name, ["low", "high"]].tolist() == list(alone.interval())
        assert table.loc[name, "reason"] == alone.reason
    assert table.loc["both", "bins"] == 2
    row = table.loc["few"]
    assert row[["bins", "value", "low", "p_value", "tolerance_p_value"]].tolist() == [1, 0, 0, 1, 1]
    assert row["high"] > table.loc["many", "high"] > 0.1


def test_a_period_without_rows_has_no_numbers_and_the_others_have_theirs():
    table, empty = CountTable.from_counts([9, 5], [3, 4]), CountTable.from_counts([0, 0], [0, 0])
    later = CountTable.from_counts([5, 9], [4, 3])
    frame = stability_by_period(table, {"a": later, "b": empty, "c": later})
    pd.testing.assert_frame_equal(
        frame.iloc[[0, 2]].reset_index(drop=True),
        stability_by_period(table, {"a": later, "c": later}),
    )
    row = frame.loc[1]
    assert row[["period", "bins", "n_reference", "n_period", "one_sided_bins"]].tolist() == [
        *("b", 2, 21.0, 0.0, 0)
    ]
    assert row["reason"] == "no rows of positive weight"
    assert row["band"] is None
    numbers = ["value", "low", "high", "p_value", "tolerance_p_value", "jensen_shannon"]
    assert row[numbers].isna().all()
    assert frame["reason"].tolist()[::2] == [None, None]
    assert stability_by_period(table, {"b": empty})["value"].isna().all()


def test_errors_name_what_is_wrong():
    table = CountTable.from_counts([1, 2], [3, 4])
    for periods, got in (({}, "none"), (dict.fromkeys(range(4001), table), "4001")):
        with pytest.raises(ValueError, match=rf"from 1 to 4000 tables .*, got {got}"):
            stability_by_period(table, periods)
    incomes = np.arange(300.0)
    for rows in [(incomes, {"a": incomes}), (table, {"a": incomes}), (table, [table])]:
        with pytest.raises(ValueError, match="for rows use population_stability_indices"):
            stability_by_period(*rows)
    with pytest.raises(ValueError, match="must have the same bins"):
        stability_by_period(table, {"a": CountTable.from_counts([1, 2, 3], [1, 2, 3])})
    with pytest.raises(ValueError, match="expected must hold rows, got a table of 2 empty bins"):
        stability_by_period(CountTable.from_counts([0, 0], [0, 0]), {"a": table})
    with pytest.raises(ValueError, match=r"alpha must lie strictly between 0 and 1, got 5"):
        stability_by_period(table, {"a": table}, alpha=5)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "m"), [(20000, 1000), (2000, 500), (500, 2000)])
@pytest.mark.parametrize("shape", SHARES)
def test_size_and_power(shape, n, m):
    """A stable period alarms at the nominal rate; twice the critical index nearly always does."""
    rng, replicates = np.random.default_rng(3), 600
    slack = 2.5 * np.sqrt(0.05 * 0.95 / replicates)
    p = SHARES[shape]
    stable = stability_rows(
        pairs(*(rng.multinomial(size, p, replicates).astype(float) for size in (n, m)))
    )
    rate = (stable["p_value"] < 0.05).mean()
    index_rate = (stable["value"] > stable["critical_value"]).mean()
    target = 2.0 * float(stable["critical_value"].iloc[0])
    if np.isnan(target):  # withheld: fewer than 5 rows are expected in a bin
        assert abs(rate - 0.05) <= slack
        return
    tilt = np.linspace(-1.0, 1.0, p.size)

    def shifted(strength):
        q = p * np.exp(strength * tilt)
        return q / q.sum()

    def miss(strength):
        q = shifted(strength)
        return float((p - q) @ np.log(p / q)) - target

    q = shifted(optimize.brentq(miss, 0.0, 10.0))
    drifted = stability_rows(
        pairs(
            rng.multinomial(n, p, replicates).astype(float),
            rng.multinomial(m, q, replicates).astype(float),
        )
    )
    power = (drifted["p_value"] < 0.05).mean()
    covered = ((drifted["low"] <= target) & (target <= drifted["high"])).mean()
    print(
        f"{shape}, {n} against {m}: size {rate:.4f} (index {index_rate:.4f}), power {power:.4f}, "
        f"cover {covered:.4f}"
    )
    assert abs(rate - 0.05) <= slack
    assert power >= (0.9 if p.size > 3 else 0.8)
    assert 0.93 <= covered <= 0.98


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_size_where_the_reference_made_the_bins(weighted):
    """Deciles of the reference: its counts are fixed, and the noise sits in where the cuts fall."""
    rng = np.random.default_rng(4)
    n, m, k = 1000, 1000, 10
    counts, squared = np.empty((2, 2, 2000, k))
    for i in range(2000):
        reference, period = rng.normal(size=n), rng.normal(size=m)
        cuts = np.quantile(reference, np.arange(1, k) / k)
        weights = [rng.exponential(size=size) if weighted else np.ones(size) for size in (n, m)]
        for j, x in enumerate((reference, period)):
            codes = np.searchsorted(cuts, x, side="right")
            counts[j, i] = np.bincount(codes, weights[j], k)
            squared[j, i] = np.bincount(codes, weights[j] ** 2, k)
    rejected = equality_p_values(BinnedSamples(*counts, *squared)) < 0.05
    print(
        "deciles of the reference, weighted" if weighted else "deciles of the reference",
        rejected.mean(),
    )
    assert 0.035 <= rejected.mean() <= 0.065


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n", "m"), [(20000, 1000), (2000, 500), (500000, 1000)])
@pytest.mark.parametrize("rare", [(1e-4,), (1e-4, 3e-5, 1e-5), (1e-3,), (3e-4, 1e-4)])
def test_size_with_rare_bins(rare, n, m, weighted):
    """Bins with less than a row expected in a period; the chi-square law rejects up to 9 % here."""
    rng = np.random.default_rng(5)
    p = np.r_[rare, np.array([0.1, 0.2, 0.4, 0.3]) * (1 - sum(rare))]
    counts = [rng.multinomial(size, p, REPLICATES).astype(float) for size in (n, m)]
    squared = counts
    if weighted:  # weights 1/2 and 3/2 by a fair coin
        heavy = [rng.binomial(c.astype(int), 0.5) for c in counts]
        squared = [0.25 * (c - h) + 2.25 * h for c, h in zip(counts, heavy, strict=True)]
        counts = [0.5 * (c - h) + 1.5 * h for c, h in zip(counts, heavy, strict=True)]
    samples = BinnedSamples(*counts, *squared)
    # Of the test alone: the intervals of so many rare bins would take ten times as long.
    p_values = equality_p_values(samples)
    some = stability_rows(BinnedSamples(*(array[:9] for array in samples)))
    np.testing.assert_array_equal(some["p_value"], p_values[:9])
    plain = stats.chi2.sf(pearson_statistic(samples), samples.occupied().sum(axis=1) - 1)
    rates = (p_values < 0.05).mean(), (p_values < 0.01).mean()
    print(
        f"{rare}, {n} against {m}, weighted {weighted}: {rates}, chi-square law "
        f"{(plain < 0.05).mean()}"
    )
    assert 0.025 <= rates[0] <= 0.05 + SLACK
    assert rates[1] <= 0.02


#: Laws of the reference, and which of their bins grow where the index is at the tolerance.
SHIFTS = {
    "deciles, all of them": (np.full(10, 0.1), np.linspace(-1.0, 1.0, 10)),
    "uneven, all of them": (np.array([0.4, 0.3, 0.15, 0.1, 0.05]), np.linspace(-1.0, 1.0, 5)),
    "two bins": (np.array([0.7, 0.3]), np.array([-1.0, 1.0])),
    "a rare bin grows": (np.r_[0.001, np.full(9, 0.111)], np.r_[1.0, np.zeros(9)]),
    "a bin shrinks": (np.r_[0.05, np.full(9, 0.95 / 9.0)], np.r_[-1.0, np.zeros(9)]),
    "a long tail": (0.8 ** np.arange(20.0) / (0.8 ** np.arange(20.0)).sum(), np.arange(20.0)),
}


def law_at(p, direction, index):
    """Tilt a law until its stability index against the first is as wanted."""

    def tilted(strength):
        q = p * np.exp(strength * direction)
        return q / q.sum()

    def miss(strength):
        q = tilted(strength)
        return float((p - q) @ np.log(p / q)) - index

    return tilted(optimize.brentq(miss, 0.0, 20.0))


def tolerance_p_values(rng, laws, sizes, tolerance, weighted, replicates):
    """P-values of the tolerance of so many pairs of samples."""
    first, second = (
        rng.multinomial(size, law, replicates).astype(float)
        for size, law in zip(sizes, laws, strict=True)
    )
    if weighted:
        # Each row counts 1 or 3 with equal chance: sums and sums of squares of what was drawn.
        heavy = [rng.binomial(counts.astype(int), 0.5) for counts in (first, second)]
        squared = [counts + 8.0 * many for counts, many in zip((first, second), heavy, strict=True)]
        first, second = (
            counts + 2.0 * many for counts, many in zip((first, second), heavy, strict=True)
        )
        samples = BinnedSamples(first, second, *squared)
    else:
        samples = pairs(first, second)
    return stability_rows(samples, tolerance=tolerance)["tolerance_p_value"].to_numpy()


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("tolerance", [0.02, 0.1, 0.25])
@pytest.mark.parametrize("shape", SHIFTS)
def test_size_and_power_at_the_tolerance(shape, tolerance, weighted):
    """An index of exactly the tolerance alarms at the nominal rate at most, twice of it does."""
    p, direction = SHIFTS[shape]
    if shape == "a bin shrinks" and tolerance > 0.1:
        tolerance = 0.15  # the bin would have to vanish
    # Weighted bins that expect fewer than 10 effective rows are merged: alarms are fewer, and a
    # shift that lies in such a bin alone is not seen.
    least = -1.0
    if shape in ("deciles, all of them", "uneven, all of them", "two bins"):
        least = 0.01 if weighted else 0.0275
    laws = p, law_at(p, direction, tolerance)
    for sizes in ((40000, 8000), (10000, 1000), (2000, 500), (500, 200)):
        # The bounds leave 2.5 standard errors of 600 samples; a sixteenth is drawn at once.
        rng, study, part = np.random.default_rng(17), Study(608, alarms=(least, 0.0725)), 38
        for sample in study:
            if sample % part == 0:
                drawn = tolerance_p_values(rng, laws, sizes, tolerance, weighted, part)
            study.note(alarms=drawn[sample % part] < 0.05)
        study.check(f"{shape}, {tolerance}, {sizes}, weighted {weighted}")

    laws = p, law_at(p, direction, 1.9 * tolerance)
    rng = np.random.default_rng(17)
    p_values = tolerance_p_values(rng, laws, (40000, 8000), tolerance, weighted, 60)
    power = float((p_values < 0.05).mean())
    print("power", power)
    if not (weighted and shape == "a rare bin grows"):
        assert power >= (0.9 if tolerance > 0.02 else 0.6)


def test_features_of_other_numbers_of_bins_together_are_what_they_are_alone():
    """Pairs without rows, rare bins and bins of one sample included."""
    rng, features = np.random.default_rng(3), []
    for n_bins in (5, 1, 5, 8, 1, 3, 8):
        shares = rng.dirichlet(np.full(n_bins, 0.5))
        first, second = (rng.multinomial(n, shares, 4).astype(float) for n in (2000, 300))
        second[2] = 0.0
        features.append(pairs(first, second))
    options = {"level": 0.9, "alpha": 0.1, "tolerance": 0.02}
    together = stability_of_each(features, **options)
    alone = pd.concat([stability_rows(each, **options) for each in features], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone, check_exact=True)


@pytest.mark.slow
def test_any_alarm_over_three_stable_years():
    """Years that are compared one by one add up; what is compared at once has 5 % together."""
    rng, p, replicates = np.random.default_rng(12), np.full(8, 0.125), 32
    months, features = 36, 5
    at_once, by_year = [], []
    for _ in range(replicates):
        # one reference for all months, and one more sample a month
        first = np.repeat(rng.multinomial(10000, p, features), months, axis=0).astype(float)
        second = rng.multinomial(1000, p, features * months).astype(float)
        p_values = pearson_p_values(pairs(first, second)).reshape(features, months)

        alarms = {}
        for size in (12, 36):
            alarms[size] = False
            for start in range(0, months, size):
                part = p_values[:, start : start + size].ravel()
                table = pd.DataFrame(
                    {"critical_value": 0.0, "p_value": part, "tolerance_p_value": part}
                )
                # the first feature is the score, which has a family of its own
                families = [(i > 0, month) for i in range(features) for month in range(size)]
                alarms[size] |= bool(flag_changes(table, families, 0.05)["alarm"].any())
        by_year.append(alarms[12])
        at_once.append(alarms[36])
    print(f"any alarm in three years: by year {np.mean(by_year)}, at once {np.mean(at_once)}")
    error = np.sqrt(0.05 * 0.95 / replicates)
    assert np.mean(at_once) <= 0.05 + 3.0 * error
    assert np.mean(by_year) <= 1.0 - 0.95**3 + 3.0 * np.sqrt(0.143 * 0.857 / replicates)


@pytest.mark.parametrize("n", [1e8, 1e13, 1e17])
def test_very_many_rows_leave_the_test_of_a_tolerance(n):
    """One error beyond it: scipy's law gave .11 at 10^13 rows and .00 at 10^17, for .16."""
    tables = [
        CountTable.from_counts(np.round(n * np.array(shares)), np.zeros(3))
        for shares in ([0.5, 0.3, 0.2], [0.345, 0.3, 0.355])
    ]
    index = stability_by_period(tables[0], {"May": tables[1]})
    beyond = index["value"] - index["standard_error"]
    tested = stability_by_period(tables[0], {"May": tables[1]}, tolerance=beyond.item())
    assert tested["tolerance_p_value"].item() == pytest.approx(stats.norm.sf(1.0), abs=0.003)

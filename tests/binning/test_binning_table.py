"""Intervals of what one bin adds to an information value."""

import numpy as np
import pytest
from sklearn.base import clone

from infotheory.binning import OptimalBinner
from infotheory.binning.binning_table import information_intervals
from infotheory.evidence import weight_of_evidence
from infotheory.evidence.binned_samples import BinnedSamples, samples_of_counts
from infotheory.exceptions import SparseCellWarning
from tests.studies import Study


def table(nonevents, events):
    return samples_of_counts(np.array(nonevents, dtype=float), np.array(events, dtype=float))


def test_values_of_the_specification():
    samples = table([400, 300, 200, 100], [40, 50, 60, 50])
    low, high = information_intervals(samples)
    np.testing.assert_allclose(low, [0.0531, 0.0, 0.0059, 0.0580], atol=6e-5)
    np.testing.assert_allclose(high, [0.2501, 0.0487, 0.1121, 0.2599], atol=6e-5)
    wider = information_intervals(samples, level=0.99)
    assert (wider[0] <= low).all()
    assert (wider[1] > high).all()


def test_classes_and_units_of_weights_play_no_part():
    first, second = np.array([40.0, 30, 20, 100]), np.array([40.0, 50, 61, 50])
    ends = information_intervals(samples_of_counts(first, second))
    np.testing.assert_allclose(information_intervals(samples_of_counts(second, first)), ends)
    in_thirds = BinnedSamples(first / 3, second / 3, first / 9, second / 9)
    np.testing.assert_allclose(information_intervals(in_thirds), ends)


def test_a_bin_without_events_has_no_upper_end_where_three_are_expected():
    low, high = information_intervals(table([200, 20, 80], [50, 0, 10]))
    assert np.isfinite(low).all()
    assert np.isinf(high).tolist() == [False, True, False]
    few = information_intervals(table([200, 5, 80], [50, 0, 10]))
    assert np.isfinite(few).all()


def test_empty_bins_have_none_and_one_bin_says_nothing():
    low, high = information_intervals(table([20, 0], [50, 0]))
    assert (low[0], high[0]) == (0.0, 0.0)
    assert np.isnan([low[1], high[1]]).all()


def test_uneven_weights_withhold_the_bins_that_they_leave_too_few_rows():
    events, nonevents = np.array([20.0, 60.0, 80.0]), np.array([900.0, 900.0, 1200.0])
    samples = BinnedSamples(
        nonevents, events, nonevents * [40.0, 1.0, 1.0], events * [40.0, 1.0, 1.0]
    )
    low, high = information_intervals(samples)
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, False, False]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "events", "p", "q"),
    [
        (500, 100, [0.4, 0.3, 0.2, 0.1], [0.2, 0.25, 0.3, 0.25]),
        (20_000, 1000, np.full(10, 0.1), np.linspace(0.6, 1.4, 10) / 10),
        (3000, 60, [0.5, 0.25, 0.15, 0.07, 0.03], [0.3, 0.25, 0.2, 0.15, 0.1]),
        (1000, 40, [0.25, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25]),
        (2000, 400, [0.7, 0.2, 0.08, 0.02], [0.69, 0.21, 0.07, 0.03]),
    ],
)
def test_coverage_by_bin(n, events, p, q):
    rng, p, q, hits, shown = np.random.default_rng(n + events), *map(np.asarray, (p, q)), 0, 0
    truth, replicates = (p - q) * np.log(p / q), 1500
    for _ in range(replicates):
        counts = samples_of_counts(
            *(rng.multinomial(size, law).astype(float) for size, law in ((n, p), (events, q)))
        )
        low, high = information_intervals(counts)
        hits = hits + ((low <= truth) & (truth <= high))
        shown = shown + np.isfinite(high)
    print(
        f"\n{n}+{events}, {len(p)} bins: by bin {hits / replicates}, bounded {shown / replicates}"
    )
    assert (hits / replicates >= 0.93 - 3 * 0.0066).all()


@pytest.mark.parametrize("unit", [1e-6, 1.0, 0.3])
def test_what_is_added_to_an_empty_cell_weighs_what_a_row_does(unit):
    """The unit of the weights says nothing, and terms add up to the information value."""
    X = np.repeat([[1.0], [2.0], [3.0], [4.0]], 40, axis=0)
    y = np.r_[np.zeros(40), np.tile([0, 0, 0, 1], 20), np.tile([0, 1], 20)].astype(int)
    weights = np.resize([1.0, 2.0, 4.5], y.size)  # whole ones would be repeated rows
    made = OptimalBinner(
        user_splits={"x0": [1.5, 2.5, 3.5]},
        user_splits_fixed={"x0": [True, True, True]},
        min_bin_n_event=0,
        monotonic_trend=None,
    )
    with pytest.warns(SparseCellWarning):
        alone, binner = (clone(made).fit(X, y, scale * weights) for scale in (1.0, unit))
    np.testing.assert_allclose(binner.transform(X), alone.transform(X), rtol=1e-9)

    table = binner.binning_table("x0")
    terms, total = table["iv"].iloc[:-1], table.loc["Totals", "iv"]
    assert terms.sum() == pytest.approx(total, rel=1e-12)
    assert (terms >= 0.0).all()
    with pytest.warns(SparseCellWarning):
        evidence = weight_of_evidence(binner.tables_["x0"])["woe"].to_numpy()
    np.testing.assert_allclose(table["woe"].iloc[:4], evidence[:4], rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("trend", ["auto", None])
def test_intervals_of_bins_that_were_looked_for_cover(trend):
    """Those of bins fixed beforehand leave 0 out in .26 to .29 of columns without evidence."""
    rng, n = np.random.default_rng(14), 2000
    grid = rng.normal(size=200_000)
    slopes = np.array([0.0, 0.0, 0.0, 0.3, 0.6])
    rates = [0.15 * np.exp(s * grid) / (1.0 - 0.15 + 0.15 * np.exp(s * grid)) for s in slopes]
    study = Study(80, noise=(0.9, 1.0), evidence=(0.9, 1.0))
    for _ in study:
        # Every column has an event of its own, so that the bins of the others play no part.
        found = []
        for slope, rate in zip(slopes, rates, strict=True):
            x = rng.normal(size=n)
            risk = 0.15 * np.exp(slope * x) / (0.85 + 0.15 * np.exp(slope * x))
            y = (rng.random(n) < risk).astype(int)
            binner = OptimalBinner(max_n_bins=8, min_bin_size=0.02, monotonic_trend=trend)
            row = binner.fit(x[:, None], y).summary().iloc[0]
            woe = binner.transform(grid[:, None])[:, 0]
            bins = np.unique(woe, return_inverse=True)[1]
            good, bad = (np.bincount(bins, w) / w.sum() for w in (1.0 - rate, rate))
            truth = float((good - bad) @ np.log(good / bad)) if slope else 0.0
            found.append(row["iv_low"] <= truth + 1e-12 <= row["iv_high"])
        study.note(noise=found[:3], evidence=found[3:])
    study.check(f"bins that were looked for, trend {trend}")

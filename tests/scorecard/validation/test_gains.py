"""Gains by group of a score: by hand, and the coverage of their intervals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from infotheory.evidence import adverse_impact_ratio
from infotheory.scorecard import gains_table, kolmogorov_smirnov, mean_gains_table
from infotheory.scorecard.validation.bands import groups_by_rank
from tests.studies import Study

ESTIMATES = ("event_rate", "lift", "cumulative_capture", "cumulative_lift", "gap")


def test_gains_by_hand():
    table = gains_table([1, 1, 0, 1, 0, 0, 0, 0], [8, 7, 6, 5, 4, 3, 2, 1], n_groups=4)
    expected = pd.DataFrame(
        {
            "group": [1, 2, 3, 4],
            "score_low": [7.0, 5.0, 3.0, 1.0],
            "score_high": [8.0, 6.0, 4.0, 2.0],
            "count": [2.0] * 4,
            "events": [2.0, 1.0, 0.0, 0.0],
            "event_rate": [1.0, 0.5, 0.0, 0.0],
            "lift": [8 / 3, 4 / 3, 0.0, 0.0],
            "cumulative_share": [0.25, 0.5, 0.75, 1.0],
            "cumulative_capture": [2 / 3, 1.0, 1.0, 1.0],
            "cumulative_lift": [8 / 3, 2.0, 4 / 3, 1.0],
            "gap": [2 / 3, 0.8, 0.4, 0.0],
        }
    )
    pd.testing.assert_frame_equal(table[expected.columns], expected)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_gains_add_up(seed, n_groups):
    rng = np.random.default_rng(seed)
    n_rows = 152
    y, score = np.r_[0, 1, rng.integers(0, 2, n_rows - 2)], rng.integers(0, 9, n_rows)
    weights = rng.random(n_rows)
    table = gains_table(y, score, n_groups=n_groups, sample_weight=weights)
    assert len(table) <= n_groups
    assert table["count"].sum() == pytest.approx(weights.sum())
    assert table["events"].sum() == pytest.approx(weights[y == 1].sum())
    assert (table["score_low"].to_numpy()[:-1] > table["score_high"].to_numpy()[1:]).all()
    assert (
        table["gap"].abs().max()
        <= kolmogorov_smirnov(y, score, sample_weight=weights).value + 1e-12
    )


def test_intervals_of_a_group_by_hand():
    y, score = np.repeat([1, 0, 1, 0], [12, 28, 8, 52]), np.repeat([1, 0], [40, 60])
    row = gains_table(y, score, n_groups=2, level=0.9).iloc[0]
    assert row["event_rate_low"] == pytest.approx(stats.beta(12.5, 28.5).ppf(0.05))
    capture = stats.beta(12.5, 8.5).ppf([0.05, 0.95])
    assert row["cumulative_capture_low"] == pytest.approx(capture[0])
    reach = stats.beta(28.5, 52.5).ppf([0.05, 0.95])
    gap = 12 / 20 - 28 / 80
    assert row["gap"] == pytest.approx(gap)
    assert row["gap_high"] == pytest.approx(gap + np.hypot(capture[1] - 0.6, 0.35 - reach[0]))

    # the lift is a function of the ratio of the rates inside and outside
    ratios = np.array(adverse_impact_ratio(y, score, reference=0).interval(0.9))
    low, high = 1.0 / (0.4 + 0.6 / ratios)
    # and moves with the cut, by a fifth of a row for each, the event rate of both groups
    influence = (y * (score - 0.6) - 0.2 * (score - 0.4)) / 0.2 / 0.4
    reach = stats.norm.isf(0.05) * np.sqrt((influence**2).sum()) / 100
    assert row["lift"] == pytest.approx(1.5)
    assert row["lift_low"] == pytest.approx(min(low, 1.5 - reach))
    assert row["lift_high"] == pytest.approx(max(high, 1.5 + reach))
    assert row["cumulative_lift_low"] == row["lift_low"]


def test_lifts_reach_as_far_as_cuts_move():
    """Groups of events alone, and one that the cut parts: its own rows do not tell how far."""
    counts = np.array([[50, 50], [50, 45], [50, 3], [250, 2]])
    score = np.repeat([4, 3, 2, 1], counts[:, 0])
    y = np.concatenate([np.arange(n) < events for n, events in counts]).astype(int)
    table = gains_table(y, score, n_groups=8)
    assert table["count"].tolist() == counts[:, 0].tolist()

    rates = {4: 95 / 100, 3: 48 / 100, 2: 5 / 300}
    error = {}
    for lowest, highest in ((4, 4), (3, 4), (3, 3), (2, 2), (1, 1)):
        inside = (score >= lowest) & (score <= highest)
        influence = y * (inside - y[inside].sum() / 100)
        for cut, sign in ((lowest, -1.0), (highest + 1, 1.0)):
            above = score >= cut
            influence = influence + sign * rates.get(cut, 0.0) * (above - above.mean())
        error[lowest, highest] = np.sqrt((influence**2).sum()) / 100 / inside.mean()

    z = stats.norm.isf(0.025)
    for i, of in enumerate([(4, 4), (3, 3), (2, 2), (1, 1)]):
        lift = table["lift"].iloc[i]
        assert table["lift_low"].iloc[i] <= max(lift - z * error[of], 0.0) + 1e-12
        assert table["lift_high"].iloc[i] >= min(lift + z * error[of], 400 / counts[i, 0]) - 1e-12
    reach = table["cumulative_lift"].iloc[1] - table["cumulative_lift_low"].iloc[1]
    assert reach == pytest.approx(z * error[3, 4])

    weights = np.full(y.size, 2.5)
    columns = ["lift_low", "lift_high", "cumulative_lift_low", "cumulative_lift_high"]
    weighted = gains_table(y, score, n_groups=8, sample_weight=weights)
    np.testing.assert_allclose(weighted[columns], table[columns])


@pytest.mark.slow
@pytest.mark.parametrize(("n_rows", "apart"), [(500, 4.0), (1000, 5.0)])
def test_lifts_of_groups_of_nothing_but_events_are_covered(n_rows, apart):
    """Ends of the two rates alone covered .59 to .68 at the second cut."""
    rate, share = 0.2, np.arange(1, 10) / 10

    def beyond(cut):
        return rate * stats.norm.sf(cut - apart) + (1 - rate) * stats.norm.sf(cut)

    cuts = [optimize.brentq(lambda cut, s=s: beyond(cut) - s, -9.0, 9.0 + apart) for s in share]
    truth = stats.norm.sf(np.array(cuts) - apart) / share
    covered = []
    for seed in range(120):
        rng = np.random.default_rng([17, seed, n_rows])
        y = (rng.random(n_rows) < rate).astype(int)
        table = gains_table(y, rng.normal(size=n_rows) + apart * y)[:9]
        low, high = table["cumulative_lift_low"], table["cumulative_lift_high"]
        covered.append((low <= truth + 1e-9) & (truth - 1e-9 <= high))
    by_cut = np.mean(covered, axis=0)
    assert by_cut.min() > 0.84
    assert by_cut.mean() > 0.95


def test_rows_without_weight_widen_no_group():
    y, score = np.array([0, 1, 0, 1, 1, 0]), np.array([1.0, 2.0, 3.0, 4.0, 9.0, -7.0])
    weights = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    table = gains_table(y, score, n_groups=2, sample_weight=weights)
    pd.testing.assert_frame_equal(table, gains_table(y[:4], score[:4], n_groups=2))
    means = np.exp(score)
    table = mean_gains_table(y, means, n_groups=2, sample_weight=weights)
    pd.testing.assert_frame_equal(table, mean_gains_table(y[:4], means[:4], n_groups=2))


def test_groups_without_events_and_all_rows_together():
    table = gains_table([1, 1, 0, 1, 0, 0, 0, 0], [8, 7, 6, 5, 4, 3, 2, 1], n_groups=4)
    low = table[[f"{name}_low" for name in ESTIMATES]]
    high = table[[f"{name}_high" for name in ESTIMATES]]
    assert table["lift_low"].iloc[-1] == 0.0 < table["lift_high"].iloc[-1]
    assert low.iloc[-1, 2:].isna().all()
    assert high.iloc[-1, 2:].isna().all()
    assert low.iloc[:-1].notna().all(axis=None)
    values = table[list(ESTIMATES)].to_numpy()[:-1]
    assert (low.to_numpy()[:-1] <= values).all()
    assert (values <= high.to_numpy()[:-1]).all()
    with pytest.raises(ValueError, match="n_groups must be an integer of at least 1, got 0"):
        gains_table([0, 1], [1, 2], n_groups=0)
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        gains_table([0, 1], [1, 2], level=1.0)
    one = gains_table([0, 1], [1, 1])
    assert one["lift"].tolist() == [1.0]
    assert one[["lift_low", "cumulative_lift_high"]].isna().all(axis=None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "rate", "slope", "n_groups", "spread"),
    [(200, 0.05, 1.0, 5, 0.0), (1000, 0.05, 1.0, 10, 0.0), (500, 0.1, 1.0, 5, 1.0)],
)
def test_coverage_of_gains(n, rate, slope, n_groups, spread):
    rng, least = np.random.default_rng(n), 0.95 - 3.0 * np.sqrt(0.95 * 0.05 / 300)
    study = Study(300, **dict.fromkeys(ESTIMATES, (least, 1.0)))
    for _ in study:
        score, w = rng.normal(size=n), rng.lognormal(0.0, spread, n)
        p = 1.0 / (1.0 + np.exp(-(np.log(rate / (1.0 - rate)) + slope * score)))
        y = (rng.random(n) < p).astype(int)
        if y.sum() < 2:
            continue
        table = gains_table(y, score, n_groups=n_groups, sample_weight=w)

        groups = groups_by_rank(-score, w, n_groups)
        count, events = np.bincount(groups, w), np.bincount(groups, w * p)
        share, capture = np.cumsum(count) / count.sum(), np.cumsum(events) / events.sum()
        truth = {
            "event_rate": events / count,
            "lift": events / count / (events.sum() / count.sum()),
            "cumulative_capture": capture,
            "cumulative_lift": capture / share,
            "gap": capture - np.cumsum(count - events) / (count - events).sum(),
        }
        for name, true in truth.items():
            low, high = (table[f"{name}_{end}"].to_numpy() for end in ("low", "high"))
            study.note(**{name: np.mean(((low <= true) & (true <= high))[:-1])})
    study.check(f"gains of {n} rows")

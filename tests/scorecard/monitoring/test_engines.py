"""The monitor on frames of any engine, and on groups of equal rows, is the monitor of the rows."""

import numpy as np
import pandas as pd
import pytest

from infotheory._rows import Rows
from infotheory.evidence.roc_area import area_of_groups, area_under_curve
from infotheory.scorecard import (
    Scorecard,
    ScorecardMonitor,
    brier_score,
    calibration_intercept,
    calibration_slope,
    from_toad,
    observed_expected_ratio,
)
from infotheory.scorecard.monitoring import _engines as module
from infotheory.scorecard.validation.outcomes import (
    mean_squared_error,
    observed_over_expected,
    shift_of_log_odds,
    slope_of_log_odds,
)
from tests.scorecard.card.test_card_frames import BINNER, ENGINES, FEATURES, loans

every_engine = pytest.mark.parametrize("engine", ENGINES)
FRAMES = ("periods", "stability", "bins", "performance")


def with_months(n, seed):
    rows = loans(n, seed)
    months = pd.to_datetime(["2024-09-01", "2024-10-01", "2024-11-01"])
    return rows.assign(
        month=np.resize(["2024-09", "2024-10", "2024-11"], n), number=np.resize([9, 10, 11], n)
    ).assign(date=np.resize(months, n))


@pytest.fixture(scope="module")
def card():
    rows = loans()
    return Scorecard(BINNER).fit(rows[FEATURES], rows["bad"])


@pytest.fixture(scope="module")
def reference():
    return loans(2500, 4)


@pytest.fixture(scope="module")
def monitor(card, reference):
    return ScorecardMonitor.from_reference(card, reference[FEATURES], reference["bad"])


@pytest.fixture(scope="module")
def period():
    rows = with_months(1500, 5)
    rows.loc[:20, "region"] = "Moon"
    return rows


def assert_same_result(found, wanted):
    for name in FRAMES:
        pd.testing.assert_frame_equal(
            getattr(found, name), getattr(wanted, name), rtol=1e-9, atol=1e-12
        )
    for month, measures in wanted.drift.items():
        for measure, estimate in measures.items():
            assert found.drift[month][measure].interval() == pytest.approx(
                estimate.interval(), rel=1e-9, abs=1e-12
            )


@every_engine
@pytest.mark.parametrize("weights", [None, "w"])
def test_reference_and_periods_are_those_of_rows(
    card, reference, period, on_engine, engine, weights
):
    def weighed(rows):
        return None if weights is None else rows["w"]

    wanted = ScorecardMonitor.from_reference(
        card, reference[FEATURES], reference["bad"], weighed(reference)
    )
    found = ScorecardMonitor.from_reference_frame(
        card, on_engine(reference, engine), "bad", sample_weight=weights
    )
    assert found.score_bins == wanted.score_bins
    for name, table in {"score": wanted.score_table, **wanted.tables}.items():
        own = found.score_table if name == "score" else found.tables[name]
        assert own.labels == table.labels
        np.testing.assert_allclose(own.counts, table.counts, rtol=1e-12)
        np.testing.assert_allclose(own.squared_weights, table.squared_weights, rtol=1e-12)
    assert found.description == pytest.approx(wanted.description, rel=1e-12)
    for name, estimate in wanted.performance.items():
        assert found.performance[name].value == pytest.approx(estimate.value, rel=1e-9)
        assert found.performance[name].standard_error == pytest.approx(
            estimate.standard_error, rel=1e-9
        )
    assert_same_result(
        found.compare_frame(
            on_engine(period, engine),
            "bad",
            sample_weight=weights,
            periods="month",
            level=0.9,
            alpha=0.1,
        ),
        wanted.compare(
            period, period["bad"], weighed(period), periods="month", level=0.9, alpha=0.1
        ),
    )


@every_engine
def test_outcomes_may_be_unknown_and_there_may_be_one_period(monitor, period, on_engine, engine):
    assert_same_result(monitor.compare_frame(on_engine(period, engine)), monitor.compare(period))
    assert_same_result(
        monitor.compare_frame(on_engine(period, engine), periods="month", sample_weight="w"),
        monitor.compare(period, periods="month", sample_weight=period["w"]),
    )


@every_engine
def test_what_a_period_lacks_is_withheld_for_it_alone(monitor, period, on_engine, engine):
    """One class in September, one row in October, no weight in November, which is no period."""
    months = period["month"]
    rows = pd.concat([period[months != "2024-10"], period[months == "2024-10"][:1]])
    rows["bad"] = rows["bad"].where(rows["month"] != "2024-09", 0)
    rows["w"] = rows["w"].where(rows["month"] != "2024-11", 0.0)
    late = period[months == "2024-10"].assign(month="2024-12")
    rows = pd.concat([rows, late], ignore_index=True)
    found = monitor.compare_frame(
        on_engine(rows, engine), "bad", sample_weight="w", periods="month"
    )
    assert_same_result(found, monitor.compare(rows, rows["bad"], rows["w"], periods="month"))

    area = found.performance.query("measure == 'AUC'").set_index("period")
    assert area.index.tolist() == ["2024-09", "2024-10", "2024-12"]
    assert area["reason"].tolist()[::2] == ["non-events only", None]
    assert area["value"].isna().tolist() == [True, True, False]
    alone = monitor.compare_frame(on_engine(late, engine), "bad", sample_weight="w")
    assert area.loc["2024-12", "value"] == pytest.approx(alone.performance["value"][0])
    score = found.stability.query("feature == 'score'")
    assert not score["value"].isna().any()


@every_engine
@pytest.mark.parametrize("periods", ["number", "date"])
def test_periods_stand_in_the_order_of_their_values(monitor, period, on_engine, engine, periods):
    found, wanted = (
        monitor.compare_frame(on_engine(period, engine), periods=periods),
        monitor.compare(period, periods=periods),
    )
    assert (
        wanted.periods["period"].tolist()[1:]
        == {
            "number": ["9", "10", "11"],
            "date": ["2024-09-01", "2024-10-01", "2024-11-01"],
        }[periods]
    )
    assert_same_result(found, wanted)


@every_engine
@pytest.mark.parametrize("scale", [{}, {"pdo": 20.0, "base_points": 600.0, "base_odds": 50.0}])
def test_a_card_of_another_package(on_engine, engine, scale):
    rng = np.random.default_rng(8)
    card = from_toad({"age": {"[-inf ~ 30)": 10.0, "[30 ~ 50)": 20.0, "[50 ~ inf)": 35.0}}, **scale)
    rows = pd.DataFrame({"age": rng.uniform(20, 70, 600)})
    rows["bad"] = (rng.random(600) < 0.5 - rows["age"] / 200).astype(int)
    later = rows[:300].assign(age=rows["age"][:300] + 5.0)
    wanted = ScorecardMonitor.from_reference(card, rows[["age"]], rows["bad"])
    found = ScorecardMonitor.from_reference_frame(card, on_engine(rows, engine), "bad")
    assert_same_result(
        found.compare_frame(on_engine(later, engine), "bad"),
        wanted.compare(later[["age"]], later["bad"]),
    )


@every_engine
def test_only_groups_leave_the_engine(monitor, period, on_engine, engine, monkeypatch):
    seen = []
    count = module.count_patterns

    def watched(*args, **options):
        seen.append(count(*args, **options))
        return seen[-1]

    monkeypatch.setattr(module, "count_patterns", watched)
    coarse = pd.concat([period] * 4, ignore_index=True)
    monitor.compare_frame(on_engine(coarse, engine), "bad", periods="month")
    assert np.count_nonzero(seen[0].counts) <= len(period)
    assert seen[0].counts.sum() == len(coarse)


@every_engine
def test_faults_name_what_is_wrong(card, monitor, period, on_engine, engine):
    def compare(rows, target="bad", **options):
        return monitor.compare_frame(on_engine(rows, engine), target, **options)

    with pytest.raises(ValueError, match=r"must be columns of the frame .* got 'amount'"):
        compare(period.drop(columns="amount"))
    with pytest.raises(ValueError, match=r"must be columns of the frame .* got 'worse'"):
        compare(period, "worse")
    with pytest.raises(ValueError, match=r"must be columns of the frame .* got 'week'"):
        compare(period, periods="week")
    with pytest.raises(TypeError, match=r"'amount' (is numerical, got|must hold numbers)"):
        compare(period.assign(amount="much"))
    with pytest.raises(ValueError, match=r"y must hold the labels in classes \[0, 1\], got 2"):
        compare(period.assign(bad=period["bad"] + 1))
    with pytest.raises(ValueError, match="frame must hold rows, got none"):
        compare(period[:0])
    with pytest.raises(
        ValueError,
        match="group 'month' must be known of every row, got rows where it is missing; drop",
    ):
        compare(period.assign(month=period["month"].where(period.index != 2)), periods="month")
    with pytest.raises(ValueError, match=r"infinity in feature 'amount'"):
        compare(period.assign(amount=period["amount"].where(period.index != 2, np.inf)))
    with pytest.raises(ValueError, match=r"alpha must lie strictly between 0 and 1, got 1\.0"):
        compare(period, alpha=1.0)
    frame = on_engine(period, engine)
    with pytest.raises(ValueError, match="n_score_bins must be an integer of at least 1, got 0"):
        ScorecardMonitor.from_reference_frame(card, frame, "bad", n_score_bins=0)
    with pytest.raises(
        ValueError, match="the reference must hold events and non-events, got non-events only"
    ):
        ScorecardMonitor.from_reference_frame(card, on_engine(period.assign(bad=0), engine), "bad")


def grouped(n=4000, seed=1):
    """Rows with few different values, and the same rows in groups."""
    rng = np.random.default_rng(seed)
    x, w = rng.integers(0, 6, n), rng.uniform(0.5, 2.0, n)
    p = 1.0 / (1.0 + np.exp(2.0 - 0.5 * x))
    y = (rng.random(n) < p).astype(float)
    cell = 2 * x + y.astype(int)
    first = np.array([np.flatnonzero(cell == c)[0] for c in range(12)])
    sums = [np.bincount(cell, weight) for weight in (np.ones(n), w, w**2)]
    return (x, p, y, w), (x[first], p[first], y[first], *sums)


@pytest.mark.parametrize("weighted", [False, True])
def test_groups_of_equal_rows_have_the_estimates_of_the_rows(weighted):
    (x, p, y, w), (gx, gp, gy, n, gw, gw2) = grouped()
    sample_weight, weights, squares = (w, gw, gw2) if weighted else (None, n, n)
    area = area_under_curve(y, x, sample_weight=sample_weight)
    groups = Rows(target=gy, probability=gp, weights=weights, squared_weights=squares)
    pairs = [
        (area_of_groups(gy, gx.astype(float), weights, squares), area),
        (shift_of_log_odds(groups), calibration_intercept(y, p, sample_weight=sample_weight)),
        (slope_of_log_odds(groups), calibration_slope(y, p, sample_weight=sample_weight)),
        (
            observed_over_expected(groups),
            observed_expected_ratio(y, p, sample_weight=sample_weight),
        ),
        (mean_squared_error(groups), brier_score(y, p, sample_weight=sample_weight)),
    ]
    for found, wanted in pairs:
        assert found.value == pytest.approx(wanted.value, rel=1e-10)
        assert found.standard_error == pytest.approx(wanted.standard_error, rel=1e-10)
        assert found.interval() == pytest.approx(wanted.interval(), rel=1e-10)
        assert (found.p_value is None) == (wanted.p_value is None)
        if found.p_value is not None:
            assert found.p_value == pytest.approx(wanted.p_value, rel=1e-8)

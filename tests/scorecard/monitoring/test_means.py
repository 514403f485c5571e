"""Monitors of cards of a mean: what they find, what they keep, and how often they alarm."""

import json

import numpy as np
import pandas as pd
import pytest

from infotheory.datasets import make_losses
from infotheory.report import monitoring_report
from infotheory.scorecard import (
    ScorecardMonitor,
    ScorecardRegressor,
    concordance,
    mean_calibration,
)

KINDS = ("fraction", "rate", "continuous")


def rows_of(kind, seed, n=3000):
    losses = make_losses(n, kind="policies" if kind == "rate" else "loans", random_state=seed)
    y = 100.0 * losses.y - 30.0 if kind == "continuous" else losses.y
    return losses.X, y, losses.exposure


@pytest.fixture(scope="module", params=KINDS)
def watched(request):
    """Kind, monitor and periods: one as the reference, one with lower amounts, one not known."""
    kind = request.param
    card = ScorecardRegressor(target_type=kind, signs="free").fit(*rows_of(kind, 0, 6000))
    monitor = ScorecardMonitor.from_reference(card, *rows_of(kind, 1))
    periods = {}
    for name, seed in (("same", 2), ("lower", 3), ("open", 4)):
        X, y, weight = rows_of(kind, seed)
        periods[name] = {"X": X, "y": y, "sample_weight": weight}
    low = periods["lower"]
    low["y"] = low["y"] - 15.0 if kind == "continuous" else 0.6 * low["y"]
    del periods["open"]["y"]
    return kind, monitor, periods


def test_a_change_of_level_is_found_and_nothing_else(watched):
    kind, monitor, periods = watched
    result = monitor.compare(periods)
    assert set(result.alarms["period"]) == {"lower"}
    level = "observed less predicted" if kind == "continuous" else "observed / predicted"
    assert level in set(result.alarms["what"])
    assert list(result.performance["period"].unique()) == ["same", "lower"]

    of_period = result.performance.query("period == 'same'").set_index("measure")
    same = periods["same"]
    mean = monitor.card.predict(same["X"])
    options = {"sample_weight": same["sample_weight"]}
    expected = concordance(same["y"], mean, **options)
    assert of_period.loc["concordance", "value"] == pytest.approx(expected.value)
    slope = mean_calibration(same["y"], mean, target_type=kind, **options).slope
    assert of_period.loc["calibration slope", "low"] == pytest.approx(slope.interval()[0])


def test_periods_have_means_with_intervals(watched):
    _, monitor, periods = watched
    table = monitor.compare(periods).periods.set_index("period")
    assert (table["mean_low"] < table["mean"])[:-1].all()
    assert table["mean"].isna().tolist() == [False, False, False, True]
    weight = periods["same"]["sample_weight"]
    expected = np.average(periods["same"]["y"], weights=weight)
    assert table.loc["same", "mean"] == pytest.approx(expected)
    assert "event_rate" not in table


def test_a_monitor_read_again_compares_alike(watched):
    _, monitor, periods = watched
    again = ScorecardMonitor.from_json(monitor.to_json())
    first, second = monitor.compare(periods), again.compare(periods)
    for name in ("periods", "stability", "bins", "performance"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))
    assert again.to_json() == monitor.to_json()


def test_a_damaged_document_is_refused(watched):
    _, monitor, _ = watched
    document = json.loads(monitor.to_json())

    def refused(change, text):
        damaged = json.loads(json.dumps(document))
        change(damaged)
        with pytest.raises(ValueError, match=text):
            ScorecardMonitor.from_json(json.dumps(damaged))

    name = next(iter(document["characteristics"]))
    refused(lambda d: d["score"]["sums"].pop(), r"\$\.score\.sums must have")
    refused(lambda d: d["description"].update(mean=1e6), r"\$\.description\.mean must be")
    refused(lambda d: d["characteristics"].pop(name), r"\$\.characteristics must be those of")
    refused(lambda d: d["card"].update(version=99), r"version")
    last = len(document["characteristics"][name]["labels"]) - 1
    refused(
        lambda d: d["characteristics"][name]["labels"].__setitem__(last, "Other"),
        rf"labels\[{last}\] must be 'Unseen'",
    )
    refused(lambda d: d.pop("score"), "score")
    refused(lambda d: d["characteristics"][name]["sums"][0].__setitem__(0, 1e7), r"must add up to")


def test_frames_are_compared_without_outcomes(watched):
    kind, monitor, periods = watched
    X, weight = periods["open"]["X"], periods["open"]["sample_weight"]
    frame = X if weight is None else X.assign(exposure=weight)
    result = monitor.compare_frame(frame, sample_weight=None if weight is None else "exposure")
    of_rows = monitor.compare({"period": periods["open"]})
    pd.testing.assert_frame_equal(result.stability, of_rows.stability)
    assert len(result.performance) == 0
    with pytest.raises(ValueError, match="outcomes of a frame need a card of two classes"):
        monitor.compare_frame(frame.assign(y=0.5), "y")
    with pytest.raises(ValueError, match="monitors of frames need a card of two classes"):
        ScorecardMonitor.from_reference_frame(monitor.card, frame.assign(y=0.5), "y")
    assert kind == monitor.card.target_type


def test_what_a_period_cannot_tell_has_a_reason(watched):
    _, monitor, periods = watched
    some = {key: value[:50] for key, value in periods["same"].items() if value is not None}
    flat = some | {"y": np.full(50, 0.5)}
    table = monitor.compare({"flat": flat, "none": {key: v[:0] for key, v in some.items()}})
    reasons = table.performance.set_index(["period", "measure"])["reason"]
    assert reasons["flat", "concordance"] == "one value of the target in all rows"
    assert reasons["none", "concordance"] == "no rows of positive weight"
    with pytest.raises(ValueError, match="the reference must hold different amounts"):
        ScorecardMonitor.from_reference(monitor.card, flat["X"], flat["y"])


def test_the_report_speaks_of_means(watched, tmp_path):
    kind, monitor, periods = watched
    report = monitoring_report(monitor, periods)
    page = report.to_html(tmp_path / "m.html").read_text(encoding="utf-8")
    assert f"target_type = &#39;{kind}&#39;" in page
    assert "an event" not in page
    assert "concordance" in page
    report.to_excel(tmp_path / "m.xlsx")
    report.to_json(tmp_path / "m.json")


@pytest.mark.slow
def test_stable_periods_seldom_alarm():
    """At most 5 % of results: 3 of 60 are expected, and 8 are three errors more."""
    card = ScorecardRegressor(signs="free").fit(*rows_of("fraction", 0, 6000))
    alarms = 0
    for seed in range(60):
        monitor = ScorecardMonitor.from_reference(card, *rows_of("fraction", 1000 + seed, 1500))
        X, y, _ = rows_of("fraction", 5000 + seed, 2400)
        alarms += len(monitor.compare(X, y, periods=np.arange(2400) // 800).alarms) > 0
    assert alarms <= 8

"""Periods stand in the order of time, whatever the alphabet says."""

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner
from infotheory.engines.periods import ordered_periods, periods_of_rows
from infotheory.evidence import population_stability_indices
from infotheory.scorecard import Scorecard, ScorecardMonitor
from tests.engines.in_memory import FRAMES, frame_of


@pytest.mark.parametrize(
    "periods",
    [
        ["2024-09", "2024-10", "2025-01"],
        ["2024-09-30", "2024-10-01"],
        ["2024Q4", "2025-Q1"],
        ["2024-Q3", "2024-Q4"],
        ["2024-05-01 10:00", "2024-05-01T11:00"],
        [9, 10, 11],
        [9.5, 10.0],
        [dt.date(2024, 9, 1), dt.date(2024, 10, 1)],
        list(pd.period_range("2024-09", "2024-11", freq="M")),
        list(pd.date_range("2024-09-01", periods=3)),
    ],
)
def test_what_has_a_time_or_a_number_is_sorted_by_it(periods):
    for mixed in itertools.permutations(periods):
        codes, names = ordered_periods("periods", pd.Series([*mixed, *mixed]))
        wanted = [periods.index(period) for period in mixed]
        assert codes.tolist() == wanted * 2
        assert len(names) == len(periods)


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64", "Float32", "Int64", "object"])
def test_months_are_named_alike_whatever_number_holds_them(dtype):
    values = pd.Series([202402.0, 202401.0, 202402.0]).astype(dtype)
    assert ordered_periods("periods", values)[1] == ("202401", "202402")
    for order in (["202402", "202401"], [202402, 202401], np.array([202402.0, 202401.0])):
        assert ordered_periods("periods", values, order)[1] == ("202402", "202401")


def test_ordered_categories_keep_their_order_and_others_do_not_make_one():
    values = ["June", "May", "June"]
    ordered = pd.Categorical(values, categories=["May", "June"], ordered=True)
    assert ordered_periods("periods", pd.Series(ordered))[1] == ("May", "June")
    with pytest.raises(ValueError, match="period_order"):
        ordered_periods("periods", pd.Series(pd.Categorical(values, ["May", "June"])))


def test_other_text_stands_as_its_rows_do_only_in_blocks():
    assert ordered_periods("periods", pd.Series(["May", "May", "June"]))[1] == ("May", "June")
    with pytest.raises(ValueError, match=r"pass period_order=\['May', \.\.\.\] from the first"):
        ordered_periods("periods", pd.Series(["May", "June", "May"]))
    with pytest.raises(ValueError, match="period_order"):
        ordered_periods("periods", pd.Series(["May", "June"]), in_memory=False)
    stated = ["April", "May", "June"]
    codes, names = ordered_periods("periods", pd.Series(["June", "May", "June"]), stated)
    assert (codes.tolist(), names) == ([1, 0, 1], ("May", "June"))


@pytest.mark.parametrize(
    ("values", "order", "text"),
    [
        (["a", "b"], ["a"], "must name every one of periods, got none of .'b'"),
        (["a", "b"], ["a", "b", "a"], "must name each period once"),
        (["a", "b"], "ab", "must be a list of periods, got 'ab'"),
        (["2024Q1", "2024-Q1"], None, "must write each period in one way, got '2024-Q1' beside"),
        (["a", None], None, "must be known of every row"),
    ],
)
def test_orders_that_do_not_fit(values, order, text):
    with pytest.raises(ValueError, match=text):
        ordered_periods("periods", pd.Series(values), order)


@pytest.fixture(scope="module")
def portfolio():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=600)})
    y = rng.integers(0, 2, 600)
    card = Scorecard(OptimalBinner(max_n_bins=3)).fit(X, y)
    return X, y, ScorecardMonitor.from_reference(card, X, y)


def months_of(result):
    return list(dict.fromkeys(result["period"]))


@pytest.mark.parametrize("kind", FRAMES)
def test_every_engine_and_rows_agree_on_the_order(kind, portfolio):
    X, y, monitor = portfolio
    specs = monitor.card.binner_.specs_
    lazy = kind in ("lazy polars", "duckdb")
    in_blocks = np.repeat(["May", "June"], 300)
    shuffled = np.tile(["May", "June"], 300)
    numbers = np.repeat([10, 9], 300)
    for periods, wanted in (
        (in_blocks, None if lazy else ["May", "June"]),
        (shuffled, None),
        (numbers, ["9", "10"]),
        (np.repeat(["2024-10", "2024-09"], 300), ["2024-09", "2024-10"]),
    ):
        frame = frame_of(kind, X.assign(y=y, month=periods))
        calls = [
            lambda frame=frame, **order: (
                monitor.compare_frame(frame, "y", periods="month", **order).stability
            ),
            lambda frame=frame, **order: population_stability_indices(
                X, frame, specs, periods="month", **order
            ),
        ]
        for call in calls:
            if wanted is not None:
                assert months_of(call()) == wanted
                continue
            with pytest.raises(ValueError, match="period_order"):
                call()
            assert months_of(call(period_order=["May", "June"])) == ["May", "June"]


def test_rows_and_mappings_of_the_monitor(portfolio):
    X, y, monitor = portfolio
    shuffled = X.assign(month=np.tile(["June", "May"], 300))
    with pytest.raises(ValueError, match="period_order"):
        monitor.compare(shuffled, y, periods="month")
    result = monitor.compare(shuffled, y, periods="month", period_order=["May", "June"])
    assert result.periods["period"].tolist() == ["reference", "May", "June"]
    with pytest.raises(ValueError, match="period_order needs periods"):
        monitor.compare(X, y, period_order=["May"])

    mapping = {"June": {"X": X}, "May": {"X": X}}
    assert months_of(monitor.compare(mapping).stability) == ["June", "May"]
    stated = monitor.compare(mapping, period_order=["May", "June"])
    assert months_of(stated.stability) == ["May", "June"]


@pytest.mark.parametrize("kind", FRAMES)
def test_moments_are_named_alike_on_all_engines(kind, portfolio):
    X, y, monitor = portfolio
    specs = monitor.card.binner_.specs_
    days = pd.to_datetime(["2024-10-01", "2024-09-01"])
    for moments in (days, days.tz_localize("Europe/Berlin")):
        if kind == "duckdb" and moments.tz is not None:
            continue  # DuckDB keeps the moment, not the zone that it was written in
        wanted = sorted(moments.astype(str))
        frame = frame_of(kind, X.assign(y=y, month=moments[np.tile([0, 1], 300)]))
        assert months_of(monitor.compare_frame(frame, "y", periods="month").stability) == wanted
        assert months_of(population_stability_indices(X, frame, specs, periods="month")) == wanted
        backwards = population_stability_indices(
            X, frame, specs, periods="month", period_order=list(moments)
        )
        assert months_of(backwards) == wanted[::-1]


@pytest.mark.parametrize("kind", FRAMES)
def test_declared_orders_of_categories_on_all_engines(kind, portfolio):
    X, y, monitor = portfolio
    specs = monitor.card.binner_.specs_
    months = np.tile(["June", "May"], 300)
    frame = X.assign(y=y, month=pd.Categorical(months, ["May", "June"], ordered=True))
    if "polars" in kind:  # which makes unordered categories of those of pandas
        polars = pytest.importorskip("polars")
        ordered = polars.from_pandas(frame.assign(month=months)).with_columns(
            month=polars.col("month").cast(polars.Enum(["May", "June"]))
        )
        ordered = ordered.lazy() if kind == "lazy polars" else ordered
    else:
        ordered = frame_of(kind, frame)
    assert months_of(monitor.compare_frame(ordered, "y", periods="month").stability) == [
        "May",
        "June",
    ]
    indices = population_stability_indices(X, ordered, specs, periods="month")
    assert months_of(indices) == ["May", "June"]

    # Categories that nobody put in order lie in the order of the alphabet.
    unordered = frame_of(kind, X.assign(y=y, month=pd.Categorical(months)))
    with pytest.raises(ValueError, match="period_order"):
        monitor.compare_frame(unordered, "y", periods="month")
    with pytest.raises(ValueError, match="period_order"):
        population_stability_indices(X, unordered, specs, periods="month")


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_values_of_other_libraries_keep_zone_and_order(library, portfolio):
    X, y, monitor = portfolio
    days = pd.to_datetime(["2024-10-01", "2024-09-01"]).tz_localize("Europe/Berlin")
    frame = frame_of(library, pd.DataFrame({"day": days[np.tile([0, 1], 300)]}))
    result = monitor.compare(X, y, periods=frame["day"])
    assert months_of(result.stability) == sorted(days.astype(str))
    if library == "pyarrow":
        ordered = pd.Categorical(["June", "May"] * 300, ["May", "June"], ordered=True)
        column = frame_of(library, pd.DataFrame({"month": ordered}))["month"]
        assert months_of(monitor.compare(X, y, periods=column).stability) == ["May", "June"]


@pytest.mark.parametrize(
    "periods",
    [
        ["10", "9"],
        ["0524", "0125"],  # months before years
        ["010524", "010125"],
        ["2024-10", "2024-9"],
        ["2024-05", "2024-06-01"],
        ["Q2 2023", "Q1 2024"],
        [b"May", b"June"],
        [("May", 2024), ("June", 2024)],
        [pd.Period("2024-05", "M"), pd.Period("2024Q3", "Q")],
        [dt.date(2024, 5, 1), "2024-06-01"],
    ],
)
def test_what_may_be_read_in_two_ways_asks_for_the_order(periods):
    values = pd.Series([*periods, *periods], dtype=object)
    with pytest.raises(ValueError, match="period_order"):
        ordered_periods("periods", values)
    codes, names = ordered_periods("periods", values, periods[::-1])
    assert codes.tolist() == [1, 0, 1, 0]
    assert len(names) == 2


def test_orders_name_periods_by_value_and_must_be_lists():
    values = pd.Series([10.0, 9.0, 10.0])
    for order in ([10, 9], [10.0, 9.0], ["10", "9"], ["10.0", "9.0"]):
        assert ordered_periods("periods", values, order)[1] == ("10", "9")
    with pytest.raises(ValueError, match="must be a list of periods"):
        ordered_periods("periods", values, {10, 9})
    with pytest.raises(ValueError, match="'1' in two types"):
        ordered_periods("periods", pd.Series([1, "1"], dtype=object))
    with pytest.raises(TypeError, match="must hold text, numbers or dates"):
        ordered_periods("periods", pd.Series([["May"], ["June"]]))


@pytest.mark.parametrize("library", FRAMES)
@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC"])
@pytest.mark.parametrize("hours", [0, 10])
def test_moments_in_utc_are_named_without_their_zone(portfolio, library, zone, hours):
    X, _, monitor = portfolio
    days, time = ["2024-10-01", "2024-09-01"], " 10:00:00" if hours else ""
    moments = pd.to_datetime(days) + pd.Timedelta(hours=hours)
    frame = X.assign(moment=pd.Series(np.resize(moments.to_numpy(), len(X))).dt.tz_localize(zone))
    wanted = [day + time for day in days[::-1]]
    specs = monitor.card.binner_.specs_
    order = list(frame["moment"][:2])
    for period_order, names in ((None, wanted), (order, wanted[::-1])):
        options = {"periods": "moment", "period_order": period_order}
        made = frame_of(library, frame)
        indices = population_stability_indices(X, made, specs, **options)
        assert indices["period"].tolist() == names
        assert monitor.compare_frame(made, **options).periods["period"].tolist()[1:] == names
        assert monitor.compare(frame, **options).periods["period"].tolist()[1:] == names
    by_values = monitor.compare(X, periods=pd.DatetimeIndex(frame["moment"]))
    assert by_values.periods["period"].tolist()[1:] == wanted


def test_an_order_may_be_stated_in_another_zone(portfolio):
    X, _, monitor = portfolio
    paris = pd.to_datetime(["2024-09-01 12:00", "2024-10-01 12:00"]).tz_localize("Europe/Paris")
    frame = X.assign(moment=np.resize(paris.tz_convert("UTC").tz_localize(None).to_numpy(), len(X)))
    result = monitor.compare(frame, periods="moment", period_order=list(paris[::-1]))
    assert result.periods["period"].tolist()[1:] == ["2024-10-01 10:00:00", "2024-09-01 10:00:00"]


def test_a_mask_over_periods_is_not_ignored():
    hidden = np.ma.masked_array([2023, 2024, 2025], [True, False, False])
    with pytest.raises(ValueError, match="periods must have no masked entries"):
        periods_of_rows(None, hidden, 3)

"""What a period lacks is withheld for that period alone: one class, no rows, one row, no points."""

import json
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest

from infotheory.datasets import make_portfolio
from infotheory.report import monitoring_report
from infotheory.scorecard import Scorecard, ScorecardMonitor, from_toad

RANKING = ["AUC", "Gini"]
CALIBRATION = ["calibration intercept", "calibration slope"]
ACCURACY = ["observed / expected", "Brier score"]
TABLES = ("periods", "stability", "bins", "performance")


def portfolio(n, seed):
    made = make_portfolio(
        n, numeric=(0.5, 0.1), categorical=(0.2,), missing_rate=0.05, random_state=seed
    )
    return made.X, made.y


@pytest.fixture(scope="module")
def monitor():
    X, y = portfolio(4000, 0)
    return ScorecardMonitor.from_reference(Scorecard().fit(X, y), X, y)


@pytest.fixture(scope="module")
def sound():
    X, y = portfolio(1500, 1)
    return {"X": X, "y": y}


def lacking(kind, sound):
    """Make a period that lacks something."""
    X, y = sound["X"], np.asarray(sound["y"])
    first = np.argsort(y, kind="stable")[[*range(3), *range(-3, 0)]]
    apart = X.iloc[first].assign(
        number_0=np.repeat([9.0, -9.0], 3), number_1=0.0, category_0=X["category_0"].iloc[0]
    )
    return {
        "no events": {"X": X, "y": np.zeros(len(X), dtype=int)},
        "events only": {"X": X, "y": np.ones(len(X), dtype=int)},
        "no rows": {"X": X[:0], "y": y[:0]},
        "no weight": {"X": X, "y": y, "sample_weight": np.zeros(len(X))},
        "one row": {"X": X[:1], "y": y[:1]},
        "one event": {"X": X, "y": (np.arange(len(X)) == 40).astype(int)},
        "separated": {"X": apart, "y": np.repeat([0, 1], 3)},
        "all missing": {"X": X.assign(number_0=np.nan, number_1=np.nan, category_0=None), "y": y},
    }[kind]


#: Of each kind the measures without a value, those without an error, and the reason of the first.
LACKS = {
    "no events": (RANKING + CALIBRATION, [], "non-events only"),
    "events only": (RANKING + CALIBRATION, [], "events only"),
    "no rows": (RANKING + CALIBRATION + ACCURACY, [], "no rows of positive weight"),
    "no weight": (RANKING + CALIBRATION + ACCURACY, [], "no rows of positive weight"),
    "one row": (RANKING + CALIBRATION, ["Brier score"], "only"),
    "one event": ([], RANKING, "one event only"),
    "all missing": ([*RANKING, "calibration slope"], [], "one score in all rows"),
    "separated": (["calibration slope"], RANKING, "no spread among its rows"),
}


@pytest.mark.parametrize("kind", LACKS)
def test_only_what_it_lacks_is_withheld(monitor, sound, kind):
    no_value, no_error, reason = LACKS[kind]
    periods = {"May": sound, "June": lacking(kind, sound), "July": sound}
    result = monitor.compare(periods)
    frame = result.performance.set_index(["period", "measure"])
    june = frame.loc["June"]
    assert june.index[june["value"].isna()].tolist() == no_value
    assert june.index[june["standard_error"].isna()].tolist() == [
        name for name in june.index if name in no_value + no_error
    ]
    assert reason in june.loc["AUC", "reason"]
    # six rows expect too few events for any test, and say so where nothing else is missing
    few = june["reason"].fillna("").str.contains("are needed for a test")
    assert few.any() == (kind in ("one row", "separated"))
    assert june.loc[few, ["p_value", "difference_p_value"]].isna().all(axis=None)
    assert ((june["reason"].notna() & ~few) == june["standard_error"].isna()).all()
    assert not june.loc[no_value + no_error, "alarm"].any()
    assert june.loc[no_value, "reference"].notna().all()

    # The other periods have the numbers that they have by themselves.
    alone = monitor.compare({"May": sound, "July": sound})
    for name in TABLES:
        table = getattr(result, name)
        others = table[table["period"] != "June"].reset_index(drop=True)
        # all but what is adjusted over all periods
        own = [column for column in table if not column.startswith("overall_")]
        pd.testing.assert_frame_equal(others[own], getattr(alone, name)[own], check_dtype=False)
    assert alone.performance["reason"].tolist() == [None] * 12


@pytest.mark.parametrize("kind", ["no rows", "no weight"])
def test_no_rows_say_nothing_of_stability(monitor, sound, kind):
    result = monitor.compare({"May": sound, "June": lacking(kind, sound)})
    june = result.stability[result.stability["period"] == "June"]
    assert june["reason"].tolist() == ["no rows of positive weight"] * 4
    assert (
        june[["value", "low", "high", "p_value", "adjusted_p_value", "points_shift"]]
        .isna()
        .all(axis=None)
    )
    assert not june[["moved", "alarm"]].any(axis=None)
    described = result.periods.set_index("period").loc["June"]
    assert described[["count", "size", "events"]].tolist() == [0.0, 0.0, 0.0]
    assert described[["event_rate", "mean_points", "mean_points_low"]].isna().all()
    bins = result.bins[result.bins["period"] == "June"]
    assert (bins["count"] == 0.0).all()
    assert bins["share"].isna().all()


def test_one_row_has_an_index_and_no_error_of_its_mean(monitor, sound):
    result = monitor.compare({"June": lacking("one row", sound)})
    assert np.isfinite(result.stability["value"]).all()
    assert not result.stability["alarm"].any()
    described = result.periods.set_index("period").loc["June"]
    assert np.isfinite(described["mean_points"])
    assert np.isnan(described["mean_points_standard_error"])


def test_a_period_without_events_alarms_where_many_were_expected(monitor, sound):
    """The ratio is 0; its error is that of the hypothesis, or one row would alarm as 1500 do."""
    many = monitor.compare({"June": lacking("no events", sound)}).performance
    ratio = many.set_index("measure").loc["observed / expected"]
    assert ratio["value"] == 0.0
    assert ratio["low"] == 0.0
    assert 0.0 < ratio["high"] < 0.05
    assert ratio["alarm"]
    one = {"X": sound["X"][:1], "y": [0]}
    ratio = monitor.compare({"June": one}).performance.set_index("measure")
    assert not ratio.loc["observed / expected", "alarm"]


def test_periods_without_rows_have_outcomes_where_the_others_have(monitor, sound):
    empty = {"X": sound["X"][:0]}
    assert monitor.compare({"May": {"X": sound["X"]}, "June": empty}).performance.empty
    assert monitor.compare({"June": empty}).performance.empty
    known = monitor.compare({"May": sound, "June": empty}).performance
    assert known["period"].tolist() == ["May"] * 6 + ["June"] * 6
    everything = monitor.compare({"June": lacking("no rows", sound)})
    assert everything.stability["value"].isna().all()
    assert everything.alarms.empty


def test_rows_without_points_leave_the_score_out():
    """The export lists no points for missing values, and June has nothing else (or a few)."""
    rng = np.random.default_rng(8)
    card = from_toad(
        {"age": {"[-inf ~ 30)": 10.0, "[30 ~ 50)": 20.0, "[50 ~ inf)": 35.0}},
        pdo=20.0,
        base_points=600.0,
        base_odds=50.0,
    )
    X = pd.DataFrame({"age": rng.uniform(20, 70, 600)})
    y = (rng.random(600) < 0.5 - X["age"] / 200).astype(int)
    monitor = ScorecardMonitor.from_reference(card, X, y)
    some = X.assign(age=X["age"].where(np.arange(600) >= 3))
    periods = {
        "May": {"X": X, "y": y},
        "June": {"X": X * np.nan, "y": y},
        "July": {"X": some, "y": y},
    }
    result = monitor.compare(periods)
    score = result.stability[result.stability["feature"] == "score"].set_index("period")
    age = result.stability[result.stability["feature"] == "age"].set_index("period")
    assert score["value"].isna().tolist() == [False, True, True]
    assert score.loc["July", "reason"] == (
        "3 rows without points in the export of the card; unlisted= gives them"
    )
    assert age["value"].notna().all()
    assert age["reason"].isna().tolist() == [True, False, False]
    assert age.loc["July", "reason"].startswith("bin 'Missing' has no rows in the reference where")
    assert "nothing bounds the value from above" in age.loc["July", "reason"]
    measured = result.performance.groupby("period", sort=False)["value"].agg(
        lambda values: values.notna().all()
    )
    assert measured.tolist() == [True, False, False]
    assert result.periods["mean_points"].isna().tolist() == [False, False, True, True]
    assert result.periods["event_rate"].notna().all()
    frame = pd.concat(
        [entry["X"].assign(month=name, bad=y) for name, entry in periods.items()],
        ignore_index=True,
    )
    found = monitor.compare_frame(frame, "bad", periods="month", period_order=list(periods))
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(found, name), getattr(result, name), rtol=1e-9)
    with pytest.raises(ValueError, match="every value must have points in the export of toad"):
        ScorecardMonitor.from_reference(card, X * np.nan, y)


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("no events", "last"),
        ("no rows", "last"),
        ("one row", "last"),
        ("all missing", "last"),
        ("no rows", "first"),
        ("no rows", "alone"),
    ],
)
def test_report_in_every_format(monitor, sound, kind, place, tmp_path):
    odd = lacking(kind, sound)
    periods = {
        "first": {"May": odd, "June": sound},
        "last": {"May": sound, "June": odd},
        "alone": {"June": odd},
    }[place]
    report = monitoring_report(monitor, periods)
    limitations = " ".join(report.summary["limitations"])
    assert "withheld, the period holds" in limitations
    assert LACKS[kind][2] in limitations
    assert ("Everything of" in limitations) == (kind in ("no rows", "no weight"))

    page = report.to_html(tmp_path / "report.html").read_text(encoding="utf-8")
    main = page.split("<main>")[1].split('id="reproducibility"')[0]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", main)
    assert len(cells) > 20
    assert not {cell.strip() for cell in cells} & {"nan", "None", "NaN", "inf", ""}
    assert json.loads(report.to_json(tmp_path / "r.json").read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(report.to_excel(tmp_path / "report.xlsx"))
    if "performance" in book.sheetnames:
        cells = [cell.value for row in book["performance"].iter_rows() for cell in row]
        assert any(LACKS[kind][2] in str(value) for value in cells)

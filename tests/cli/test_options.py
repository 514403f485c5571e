"""Options of the commands: each does what the function behind it does, or is refused in words."""

import gzip
import json
import shlex

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner
from infotheory.cli import main
from infotheory.datasets import make_portfolio
from infotheory.evidence import population_stability_index
from infotheory.scorecard import Scorecard, select_characteristics
from infotheory.workbench import Workbench


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """Rows of three months as CSV, whose labels of time are numbers out of order."""
    folder = tmp_path_factory.mktemp("bank")
    made = make_portfolio(900, numeric=[0.45, 0.25], categorical=[0.25], random_state=8)
    frame = made.X.assign(y=made.y, wave=np.repeat([3, 1, 2], 300))
    frame["weight"] = np.random.default_rng(0).integers(1, 4, len(frame))
    frame.to_csv(folder / "rows.csv", index=False)
    frame[600:].to_csv(folder / "later.csv", index=False)
    (folder / "card.json").write_text(Scorecard().fit(made.X, made.y).to_json(), encoding="utf-8")
    return folder, frame


def error_of(words, capsys):
    """What a command says where it cannot be done."""
    assert main([str(word) for word in words]) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith("infotheory: error: ")
    return line


@pytest.fixture
def served(monkeypatch):
    """A workbench that ends as soon as it is shown, after one review where there are rows."""
    shown = []

    def serve(self, port, *, open_browser, announce):
        shown.append((port, open_browser))
        announce(f"http://127.0.0.1:{port}/")
        if self.binner.features_ and not shown[1:]:
            self.handle(
                {"type": "review", "feature": "number_1", "status": "excluded", "note": "weak"}
            )

    monkeypatch.setattr(Workbench, "serve", serve)
    return shown


def test_a_session_leads_to_a_card_and_the_command_that_it_prints_reports_on_it(
    bank, tmp_path, capsys, served
):
    _, frame = bank
    data = tmp_path / "rows.csv"
    frame.to_csv(data, index=False)
    words = [data, "--target", "y", "--exclude", "weight", "--period", "wave", "--no-browser"]
    assert main(["tune", *map(str, words), "--port", "8123", "--holdout", "0.25"]) == 0
    out = capsys.readouterr().out
    assert served == [(8123, False)]
    assert "workbench: http://127.0.0.1:8123/" in out
    assert "1 steps in" in out
    card = Scorecard.from_json((tmp_path / "rows.card.json").read_text(encoding="utf-8"))
    assert set(card.feature_names_in_) == {"number_0", "category_0"}

    # A period is shown beside the bins; the report leaves it out.
    (line,) = (line for line in out.splitlines() if line.startswith("next: "))
    command = shlex.split(line.removeprefix("next: "))
    assert command[command.index("--holdout") + 1] == "0.25"
    assert main(command[1:]) == 0
    summary = json.loads((tmp_path / "rows-report" / "report.json").read_text(encoding="utf-8"))
    used = {e["feature"]: e["reason"] for e in summary["characteristics"] if not e["in_card"]}
    assert "weak" in used["number_1"]
    assert [row["count"] for row in summary["data"]["samples"]] == [675, 225]

    # The session is looked at again without rows, and nothing is written.
    before = (tmp_path / "rows.tune.jsonl").read_bytes()
    session = tmp_path / "rows.tune.jsonl"
    looked = ["tune", data, "--target", "y", "--read-only", "--session", session, "--no-browser"]
    assert main([str(word) for word in looked]) == 0
    assert session.read_bytes() == before


def test_a_session_that_cannot_be_is_refused(bank, tmp_path, capsys):
    folder, _ = bank
    data = folder / "rows.csv"
    words = ["tune", data, "--target", "y", "--read-only", "--session", tmp_path / "none.jsonl"]
    assert "--read-only needs a session that is there" in error_of(words, capsys)
    names = ["number_0", "number_1", "category_0", "wave", "weight"]
    words = ["tune", data, "--target", "y", "--session", tmp_path / "s.jsonl", "--exclude", *names]
    assert "needs a column, got none" in error_of(words, capsys)
    assert list(tmp_path.iterdir()) == []


def test_a_report_refuses_the_session_of_other_columns(bank, tmp_path, capsys, served):
    _, frame = bank
    data = tmp_path / "rows.csv"
    frame.to_csv(data, index=False)
    words = ["--target", "y", "--exclude", "weight", "wave"]
    assert main(["tune", str(data), *words, "--no-browser"]) == 0
    capsys.readouterr()
    report = ["report", data, *words, "number_0", "--session", tmp_path / "rows.tune.jsonl"]
    said = error_of([*report, "-o", tmp_path / "out"], capsys)
    assert "--session must be of the columns of the card, got bins of ['number_0']" in said
    assert "number_0" in said


def test_later_rows_with_weights_and_an_order_of_periods_are_those_of_the_function(
    bank, tmp_path, capsys
):
    folder, frame = bank
    X, y = frame[["number_0", "number_1", "category_0"]], frame["y"]
    words = ["select", folder / "rows.csv", "--target", "y", "--sample-weight", "weight"]
    later = [*words, "--exclude", "wave", "--out-of-time", folder / "later.csv"]
    assert main([str(w) for w in [*later, "-o", tmp_path / "log.csv"]]) == 0
    part = frame[600:]
    wanted = select_characteristics(
        X,
        y,
        sample_weight=frame["weight"],
        out_of_time={
            "X": X[600:].reset_index(drop=True),
            "y": part["y"].reset_index(drop=True),
            "sample_weight": part["weight"].to_numpy(),
        },
        rng=0,
    )
    log = pd.read_csv(tmp_path / "log.csv")
    assert log["feature"].tolist() == wanted.to_frame()["feature"].tolist()
    np.testing.assert_allclose(log["value"], wanted.to_frame()["value"])

    # Labels are text on the command line and numbers in the file: 3, 1, 2 is their order here.
    order = [*words, "--periods", "wave", "--period-order", "3", "1", "2"]
    assert main([str(w) for w in [*order, "-o", tmp_path / "order.csv"]]) == 0
    wanted = select_characteristics(
        X, y, sample_weight=frame["weight"], periods=frame["wave"], period_order=[3, 1, 2], rng=0
    )
    log = pd.read_csv(tmp_path / "order.csv")
    np.testing.assert_allclose(log["value"], wanted.to_frame()["value"])
    assert f"selected: {', '.join(wanted.selected)}" in capsys.readouterr().out


def test_months_that_a_missing_one_made_floats_keep_their_names(bank, tmp_path, capsys):
    _, frame = bank
    months = frame["wave"].map({1: "202401", 2: "202402", 3: "202403"})
    # A row of weight 0 is none, so that its month may be missing; 202401 is a float beside it.
    rows = frame.drop(columns="wave").assign(month=months, weight=1)
    rows.loc[4, ["weight", "month"]] = 0, None
    rows.to_csv(tmp_path / "rows.csv", index=False)
    words = ["select", tmp_path / "rows.csv", "--target", "y", "--sample-weight", "weight"]
    order = ["--periods", "month", "--period-order", "202403", "202401", "202402"]
    assert main([str(word) for word in [*words, *order, "-o", tmp_path / "log.csv"]]) == 0
    known = rows[rows["weight"] > 0]
    wanted = select_characteristics(
        known[["number_0", "number_1", "category_0"]],
        known["y"],
        periods=known["month"],
        period_order=["202403", "202401", "202402"],
        rng=0,
    )
    log = pd.read_csv(tmp_path / "log.csv")
    stability = log[log["stage"] == "stability"]["value"]
    assert len(stability)
    of_stage = wanted.to_frame().query("stage == 'stability'")["value"]
    np.testing.assert_allclose(stability, of_stage)


def test_an_index_of_numbers_is_that_of_the_tenths_of_the_first_file(bank, tmp_path, capsys):
    folder, frame = bank
    words = ["psi", folder / "rows.csv", folder / "later.csv", "--columns", "number_0"]
    assert main([str(w) for w in [*words, "--bins", "10", "-o", tmp_path / "psi.csv.gz"]]) == 0
    with gzip.open(tmp_path / "psi.csv.gz", "rt", encoding="utf-8") as file:
        (row,) = pd.read_csv(file).to_dict("records")
    assert row["bins"] == 10
    values = np.sort(frame["number_0"].to_numpy())
    edges = values[[90 * i for i in range(1, 10)]]
    counts = [
        np.bincount(np.searchsorted(edges, part, side="right"), minlength=10)
        for part in (frame["number_0"], frame["number_0"][600:])
    ]
    # which row at a tenth is the first of the next cell is a matter of the quantile rule
    assert row["value"] == pytest.approx(population_stability_index(*counts).value, abs=0.003)
    capsys.readouterr()


def test_weights_that_are_whole_numbers_repeat_rows(bank, tmp_path):
    folder, frame = bank
    values = {}
    for name, part in (("once", frame), ("later", frame[600:])):
        part.loc[part.index.repeat(part["weight"])].to_csv(tmp_path / f"{name}.csv", index=False)
    weighted = [folder / "rows.csv", folder / "later.csv", "--sample-weight", "weight"]
    for kind, words in (
        ("weights", weighted),
        ("rows", [tmp_path / "once.csv", tmp_path / "later.csv"]),
    ):
        out = tmp_path / f"{kind}-psi.csv"
        command = ["psi", *words, "--columns", "category_0", "number_0", "-o", out]
        assert main([str(word) for word in command]) == 0
        values[kind] = pd.read_csv(out).set_index("feature")["value"]
    pd.testing.assert_series_equal(values["weights"], values["rows"])


def test_what_is_printed_is_the_table_that_a_file_would_hold(bank, tmp_path, capsys):
    folder, _ = bank
    words = ["psi", folder / "rows.csv", folder / "later.csv", "--columns", "number_0", "number_1"]
    assert main([str(word) for word in [*words, "-o", tmp_path / "psi.csv"]]) == 0
    written = pd.read_csv(tmp_path / "psi.csv").set_index("feature")
    capsys.readouterr()
    assert main([str(word) for word in words]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    names = head.split()
    for line in lines:
        entries = dict(zip(names, line.split(), strict=False))
        row = written.loc[entries["feature"]]
        for name in ("value", "standard_error", "critical_value"):
            assert float(entries[name]) == pytest.approx(row[name], abs=5.1e-5)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "score must write one thing, got none or both"),
        (["-o", "out.csv", "--view", "scores"], "score must write one thing"),
        (["--view", "scores"], "got --view without --connect"),
    ],
)
def test_scores_go_to_one_place(bank, capsys, words, text):
    folder, _ = bank
    assert text in error_of(["score", folder / "card.json", folder / "rows.csv", *words], capsys)


def test_scores_are_written_in_every_form_of_file(bank, tmp_path):
    folder, frame = bank
    card = Scorecard.from_json((folder / "card.json").read_text(encoding="utf-8"))
    points = card.predict_points(frame[list(card.feature_names_in_)])
    for ending, read in (
        ("csv", pd.read_csv),
        ("csv.gz", pd.read_csv),
        ("parquet", pd.read_parquet),
    ):
        path = tmp_path / f"scores.{ending}"
        command = ["score", folder / "card.json", folder / "rows.csv", "-o", path]
        assert main([str(word) for word in command]) == 0
        scored = read(path)
        np.testing.assert_allclose(scored["points"], points)
        np.testing.assert_allclose(
            scored["event_probability"],
            card.predict_proba(frame[list(card.feature_names_in_)])[:, 1],
        )
        assert list(scored.columns[: len(frame.columns)]) == list(frame.columns)


def test_a_column_that_is_written_may_not_be_there(bank, tmp_path, capsys):
    folder, frame = bank
    frame.assign(points=1).to_csv(tmp_path / "rows.csv", index=False)
    command = ["score", folder / "card.json", tmp_path / "rows.csv", "-o", tmp_path / "out.csv"]
    said = error_of(command, capsys)
    assert "DATA must not have the columns that are written, got ['points']; rename them" in said
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("special", "text"),
    [
        (['{"number_0": [-9]', "more"], "--special must be codes or one JSON object"),
        (['{"number_0": {"none": [-9]}}', "-8"], "--special must be codes or one JSON object"),
        (["{" * 2000], "--special must be codes or one JSON object"),
    ],
)
def test_special_codes_are_codes_or_one_object(bank, tmp_path, capsys, special, text):
    folder, _ = bank
    words = ["bin", folder / "rows.csv", "--target", "y", "--special", *special]
    assert text in error_of([*words, "-o", tmp_path], capsys)


def test_special_codes_by_column_have_a_bin_of_their_own(bank, tmp_path):
    _, frame = bank
    frame.assign(number_0=frame["number_0"].where(frame.index % 9 != 0, -9.0)).to_csv(
        tmp_path / "rows.csv", index=False
    )
    words = ["bin", tmp_path / "rows.csv", "--target", "y", "--exclude", "wave", "weight"]
    words += ["--special", '{"number_0": {"not asked": [-9]}}', "-o", tmp_path]
    assert main([str(word) for word in words]) == 0
    bins = pd.read_csv(tmp_path / "bins.csv")
    own = bins[(bins["feature"] == "number_0") & (bins["bin"] == "not asked")]
    assert own["count"].tolist() == [100]
    assert not (bins["feature"] != "number_0")[bins["bin"] == "not asked"].any()


@pytest.fixture(scope="module")
def coded(tmp_path_factory):
    """Rows with codes for numbers, as CSV: branches whose risk has no order, and years."""
    folder, rng = tmp_path_factory.mktemp("coded"), np.random.default_rng(3)
    branch, year = rng.integers(1, 7, 900), rng.integers(2019, 2024, 900)
    y = rng.random(900) < np.array([0.2, 0.4, 0.2, 0.4, 0.2, 0.4])[branch - 1]
    frame = pd.DataFrame({"branch": branch, "year": year, "age": rng.random(900), "y": y * 1})
    frame.to_csv(folder / "rows.csv", index=False)
    return folder / "rows.csv", frame


def test_columns_of_numbers_are_declared_categorical(coded, tmp_path):
    data, frame = coded
    words = ["bin", str(data), "--target", "y", "-o", str(tmp_path)]
    assert main([*words, "--categorical", "branch", "year"]) == 0
    got = pd.read_csv(tmp_path / "summary.csv", index_col="feature")

    X, codes = frame.drop(columns="y"), ["branch", "year"]
    binner = OptimalBinner(max_n_bins=6, categorical_features=codes).fit(X, frame["y"])
    expected = binner.summary().set_index("feature").loc[got.index, "iv"]
    np.testing.assert_allclose(got["iv"], expected, rtol=1e-12)
    # As levels its branches are two bins, as amounts they are in order; years alone are set aside.
    assert main(words) == 0
    plain = pd.read_csv(tmp_path / "summary.csv", index_col="feature")
    assert plain.loc["branch", "iv"] < 0.9 * got.loc["branch", "iv"]
    assert "year" not in plain.index


def test_declared_codes_are_levels_in_every_command(coded, tmp_path, capsys):
    data, frame = coded
    frame[:450].to_csv(tmp_path / "first.csv", index=False)
    files = str(data), str(tmp_path / "first.csv")
    psi = ["psi", *files, "--categorical", "branch", "-o", str(tmp_path / "psi.csv")]
    assert main([*psi, "--bins", "3"]) == 0
    counts = [rows["branch"].value_counts().sort_index() for rows in (frame, frame[:450])]
    got = pd.read_csv(tmp_path / "psi.csv", index_col="feature").loc["branch", "value"]
    assert got == pytest.approx(population_stability_index(*counts).value, rel=1e-12)

    log = tmp_path / "log.csv"
    select = ["select", str(data), "--target", "y", "--categorical", "branch", "-o", str(log)]
    assert main(select) == 0
    selected = select_characteristics(
        frame[["branch", "age"]],
        frame["y"],
        binner=OptimalBinner(categorical_features=["branch"]),
        rng=0,
    )
    expected = selected.to_frame()["value"].to_numpy()
    np.testing.assert_allclose(pd.read_csv(log)["value"], expected, rtol=1e-9)

    capsys.readouterr()
    line = error_of([*psi[:3], "--categorical", "brunch"], capsys)
    assert "did you mean ['branch']" in line

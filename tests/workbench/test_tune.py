"""The command: a file of data, a session beside it, the card and the report at its end."""

import json
import shlex
import signal
import subprocess
import sys
import urllib.request
import warnings

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from infotheory.binning import OptimalBinner
from infotheory.cli import main
from infotheory.datasets import load_german_credit
from infotheory.exceptions import InfotheoryWarning
from infotheory.scorecard import Scorecard
from infotheory.workbench import Workbench, workbench
from infotheory.workbench.journal import read_session
from tests.workbench.conftest import edit

COLUMNS = ["duration_in_month", "purpose", "credit_history"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tune")
    X, y = load_german_credit()
    X[COLUMNS].assign(y=y, number=range(1000), month=[i % 2 for i in range(1000)]).to_csv(
        folder / "loans.csv", index=False
    )
    return folder / "loans.csv"


class Running:
    """The command in a process of its own."""

    def __init__(self, *words):
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "infotheory.cli", "tune", *map(str, words), "--no-browser"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = []
        while not (line := self.process.stdout.readline()).startswith("workbench: "):
            assert line, self.process.stderr.read()
            self.said.append(line)
        self.address, _, self.token = line.split()[1].partition("/#token=")
        assert "Ctrl-C" in self.process.stdout.readline()

    def ask(self, **message):
        request = urllib.request.Request(  # noqa: S310 - the loopback
            f"{self.address}/api",
            json.dumps(message).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            return json.load(answer)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, "".join(self.said) + out, err


def test_a_session_ends_with_the_card_and_the_report_has_its_steps(data):
    words = [data, "--target", "y", "--holdout", "0.3", "--who", "KL", "--period", "month"]
    running = Running(*words)
    assert "set aside: 'number'" in "".join(running.said)
    opened = running.ask(type="open")
    assert [row["name"] for row in opened["features"]] != []
    assert {row["name"] for row in opened["features"]} == set(COLUMNS)
    assert opened["meta"]["samples"]["holdout"] == 300
    assert opened["meta"]["samples"]["period 1"] > 300
    action = {"type": "merge", "feature": COLUMNS[0], "bins": [0, 1], "reason": "rounded"}
    assert running.ask(type="edit", version=0, action=action)["type"] == "edited"
    review = {"feature": "purpose", "status": "excluded", "note": "no policy"}
    assert running.ask(type="review", **review)["type"] == "reviewed"
    code, out, err = running.end()
    assert (code, err) == (0, "")

    session = data.with_name("loans.tune.jsonl")
    assert len(read_session(session).steps) == 2
    assert f"session: {session}" in out
    assert "2 steps in" in out
    card = Scorecard.from_json(data.with_name("loans.card.json").read_text())
    assert set(card.binner_.features_) == {COLUMNS[0], COLUMNS[2]}

    # The command that it prints makes the report, on the same rows.
    command = shlex.split(next(line for line in out.splitlines() if line.startswith("next: "))[6:])
    assert command[:2] == ["infotheory", "report"]
    assert main(command[1:]) == 0
    report = json.loads((data.parent / "loans-report" / "report.json").read_text())
    lines = report["audit"]
    assert [line["action"] for line in lines] == ["merge", "exclude"]
    assert lines[0]["who"] == "KL"
    assert lines[0]["reason"] == "rounded"
    assert lines[0]["when"].endswith("+00:00")
    assert lines[0]["iv_difference_standard_error"] > 0.0
    assert lines[1]["reason"] == "no policy"
    by_name = {entry["feature"]: entry for entry in report["characteristics"]}
    assert by_name["purpose"]["reason"] == "excluded in the workbench: no policy"
    told = by_name["purpose"]["review"]
    assert (told["status"], told["note"], told["who"]) == ("excluded", "no policy", "KL")
    assert told["when"].endswith("+00:00")
    assert "review" not in by_name[COLUMNS[0]]
    page = (data.parent / "loans-report" / "report.html").read_text()
    assert "excluded: no policy" in page
    sheet = load_workbook(data.parent / "loans-report" / "report.xlsx")["reviews"]
    assert ["purpose", "excluded", "no policy", "KL"] in [
        [cell.value for cell in row[:4]] for row in sheet.iter_rows()
    ]
    assert json.loads((data.parent / "loans-report" / "card.json").read_text()) == json.loads(
        data.with_name("loans.card.json").read_text()
    )

    # Taken up again, and looked at without the data.
    again = Running(*words)
    assert again.ask(type="open")["version"] == 1
    assert again.end()[0] == 0
    looked_at = Running("--target", "y", "--read-only", "--session", session, "nothing.csv")
    assert looked_at.ask(type="open")["meta"]["read_only"]
    assert looked_at.end()[0] == 0


def test_what_the_command_refuses(data, capsys, tmp_path):
    assert main(["tune", str(data), "--target", "y", "--exclude", *COLUMNS, "month"]) == 2
    assert "column" in capsys.readouterr().err
    assert main(["tune", str(data), "--target", "y", "--read-only", "--session", "none"]) == 2
    assert "--read-only needs a session that is there" in capsys.readouterr().err
    other = tmp_path / "other.tune.jsonl"
    other.write_text("{}\n")
    assert main(["tune", str(data), "--target", "y", "--session", str(other)]) == 2
    assert "must be a file of infotheory tune" in capsys.readouterr().err
    command = ["report", str(data), "--target", "y", "--output", str(tmp_path / "out")]
    assert main([*command, "--session", str(other)]) == 2


def test_the_report_names_every_step_of_a_session(tmp_path):
    X, y = load_german_credit()
    X = X[COLUMNS].assign(y=y)
    X.loc[::9, "duration_in_month"] = None
    X.to_csv(tmp_path / "loans.csv", index=False)
    binner = OptimalBinner().fit(X[COLUMNS], y)
    path = tmp_path / "loans.tune.jsonl"
    with workbench(binner, X[COLUMNS], y, session=path, who="KL") as session:
        missing = len(binner.splits_["duration_in_month"]) + 1
        steps = [
            ("merge", {"feature": "duration_in_month", "bins": [0, 1]}),
            ("undo", {"feature": "duration_in_month"}),
            ("redo", {"feature": "duration_in_month"}),
            ("merge", {"feature": "duration_in_month", "bins": [0, missing - 1]}),
            ("split", {"feature": "duration_in_month", "at": 25.5}),
            ("woe", {"feature": "purpose", "bin": 0, "value": -0.75}),
            ("rebin", {"feature": "credit_history", "trend": "none", "max_n_bins": 2}),
        ]
        for number, (kind, entries) in enumerate(steps):
            answer = edit(session, kind, reason=f"because {number} <b>&</b>", **entries)
            assert answer["type"] == "edited", answer
        trail = session.binner.audit_

    command = ["report", str(tmp_path / "loans.csv"), "--target", "y", "--session", str(path)]
    assert main([*command, "--output", str(tmp_path / "out")]) == 0
    lines = json.loads((tmp_path / "out" / "report.json").read_text())["audit"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert len(lines) == len(steps)
    for number, (line, told) in enumerate(zip(lines, trail, strict=True)):
        assert (line["step"], line["who"]) == (number + 1, "KL")
        assert line["reason"] == f"because {number} <b>&</b>"
        assert f"because {number} &lt;b&gt;&amp;&lt;/b&gt;" in page
        for key in ("feature", "action", "detail", "when", "bins_before", "bins_after"):
            assert line[key] == told[key]
        for key in ("iv_before", "iv_after", "iv_difference", "iv_difference_standard_error"):
            assert line[key] == pytest.approx(told[key], abs=1e-12)
        assert line["when"].endswith("+00:00")
    assert [line["action"] for line in lines] == [line["action"] for line in trail]
    assert lines[1]["iv_difference"] == pytest.approx(-lines[0]["iv_difference"])
    assert lines[2]["iv_difference"] == pytest.approx(lines[0]["iv_difference"])
    assert lines[1]["iv_difference_standard_error"] > 0.0
    assert any("or Missing" in label for label in lines[3]["bins_after"])
    assert "by hand" in page


@pytest.mark.parametrize("kind", ["continuous", "multiclass"])
def test_another_target_is_tuned_and_reported_on(data, tmp_path, capsys, monkeypatch, kind):
    frame = pd.read_csv(data)[[*COLUMNS, "number"]]
    months = frame["duration_in_month"]
    frame["target"] = 100.0 * months + 50.0 * (frame["number"] % 7)
    if kind == "multiclass":
        frame["target"] = np.select(
            [frame["number"] % 7 + months < 15, months < 24], ["a", "b"], "c"
        )
    frame.to_csv(tmp_path / "rows.csv", index=False)

    def one_step(session, *_, **__):
        merge = {"feature": COLUMNS[0], "bins": [0, 1]}
        assert edit(session, "merge", **merge)["type"] == "edited"

    monkeypatch.setattr(Workbench, "serve", one_step)
    words = ["--target", "target", "--target-type", kind, "--exclude", "number", "--holdout", "0.3"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfotheoryWarning)  # a purpose is rare
        assert main(["tune", str(tmp_path / "rows.csv"), *words]) == 0
        out = capsys.readouterr().out
        assert "1 steps in" in out
        document = "rows.bins.json" if kind == "multiclass" else "rows.card.json"
        assert (tmp_path / document).is_file()
        command = shlex.split(out.partition("next: ")[2])
        assert main(command[1:]) == 0
    report = json.loads((tmp_path / "rows-report" / "report.json").read_text(encoding="utf-8"))
    (step,) = report["audit"]
    assert (step["feature"], step["action"]) == (COLUMNS[0], "merge")

    assert main(["tune", str(tmp_path / "rows.csv"), *words, "--event", "1"]) == 2
    assert "--event is for a target of two classes" in capsys.readouterr().err

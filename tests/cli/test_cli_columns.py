"""The command line: columns that are no characteristics, labels that tell no event, selections."""

import json

import numpy as np
import pandas as pd
import pytest

from infotheory.cli import main
from infotheory.cli.columns import characteristics, column_reason
from infotheory.datasets import make_portfolio
from infotheory.scorecard import Scorecard, select_characteristics

N = 600


def rng():
    return np.random.default_rng(0)


def days(n=N, form="%Y-%m-%d"):
    start = pd.Timestamp("2023-01-01")
    return pd.Series(
        [(start + pd.Timedelta(days=int(i))).strftime(form) for i in rng().integers(0, 700, n)]
    )


IDENTIFIERS = {
    "rows counted": ("row", np.arange(N)),
    "counted backwards": ("n", np.arange(N, 0, -1)),
    "counted, in any order": ("code", rng().permutation(N) + 1),
    "counted with a gap": ("loan", np.arange(N) * 3 + 7),
    "numbers of one length": ("account", rng().choice(900_000_000, N, replace=False) + 100_000_000),
    "float because of a gap": ("row", np.where(np.arange(N) == 3, np.nan, np.arange(N))),
    "text of each row": ("customer", [f"C{i:05d}" for i in rng().permutation(N)]),
    "names": ("name", [f"Ann {i}" for i in range(N)]),
    "named so, rows repeated": ("customer_id", rng().integers(0, N, N)),
    "named so in camels": ("LoanID", rng().integers(0, 10**7, N)),
    "index of pandas": ("Unnamed: 0", np.arange(N)),
    "categories": ("key", pd.Categorical([f"k{i}" for i in range(N)])),
}
DATES = {
    "ISO days": ("opened", days()),
    "German days": ("opened", days(form="%d.%m.%Y")),
    "American days": ("opened", days(form="%m/%d/%Y")),
    "moments": ("at", days(form="%Y-%m-%dT%H:%M:%S")),
    "months": ("cohort", days(form="%Y-%m")),
    "names of months": ("issue_d", days(form="%b-%Y")),
    "quarters": ("cohort", pd.Series(["2023Q1", "2023Q4"] * (N // 2))),
    "days as numbers": ("x", days(form="%Y%m%d").astype(int)),
    "months as numbers": ("period", days(form="%Y%m").astype(int)),
    "years": ("vintage", days(form="%Y").astype(int)),
    "seconds": ("timestamp", 1_700_000_000 + rng().integers(0, 10**6, N) * 2),
    "with gaps": ("opened", days().where(np.arange(N) % 5 > 0)),
    "some unknown": ("opened", days().where(np.arange(N) % 50 > 0, "unknown")),
    "datetime": ("opened", pd.to_datetime(days())),
    "with a zone": ("opened", pd.to_datetime(days()).dt.tz_localize("UTC")),
    "Arrow's": ("opened", pd.to_datetime(days()).astype("date32[pyarrow]")),
    "spans": ("age", pd.to_timedelta(np.arange(N), unit="D")),
}
MEASURED = {
    "decimals": ("income", rng().lognormal(10, 1, N)),
    "whole amounts": ("income", rng().lognormal(10, 1, N).round()),
    "counts": ("number", rng().integers(0, 9, N)),
    "scores": ("score", rng().integers(300, 850, N)),
    "terms": ("term_in_month", rng().choice([36, 60], N)),
    "years at an address": ("time", rng().integers(0, 40, N)),
    "few levels": ("home", rng().choice(["own", "rent"], N)),
    "yes and no": ("guarantor", rng().random(N) < 0.3),
    "ranges": ("band", rng().choice(["1-3", "5-10", "1000-2000"], N)),
    "grades": ("grade", rng().choice(["A1", "B2", "may", "Q1"], N)),
    "nothing": ("empty", np.full(N, np.nan)),
    "a number of rooms": ("room_number", rng().integers(1, 9, N)),
}


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_identifiers_are_known(name):
    reason = column_reason(pd.Series(IDENTIFIERS[name][1], name=IDENTIFIERS[name][0]))
    assert reason is not None
    assert reason.endswith("as an identifier has")


@pytest.mark.parametrize("name", DATES)
def test_dates_are_known(name):
    assert column_reason(pd.Series(DATES[name][1], name=DATES[name][0])) == "holds dates"


@pytest.mark.parametrize("name", MEASURED)
def test_measurements_are_none_of_them(name):
    assert column_reason(pd.Series(MEASURED[name][1], name=MEASURED[name][0])) is None


def test_columns_of_bundled_data_are_characteristics():
    X = make_portfolio(1000, numeric=[0.5], categorical=[0.3], random_state=0).X
    assert characteristics(X) == list(X.columns)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("columns")
    portfolio = make_portfolio(1200, numeric=[0.5, 0.3], categorical=[0.3], random_state=0)
    months = np.repeat(["2024-01", "2024-02", "2024-03"], 400)
    frame = portfolio.X.assign(
        loan_id=np.arange(1200) + 10_000, opened=days(1200), month=months, y=portfolio.y
    )
    frame.to_csv(path / "loans.csv", index=False)
    frame.assign(opened=pd.to_datetime(frame["opened"])).to_parquet(path / "loans.parquet")
    frame[800:].to_csv(path / "later.csv", index=False)
    for name, labels in {"twos": (1, 2), "halves": (0, 0.5), "bools": (False, True)}.items():
        frame.assign(y=np.where(frame["y"] == 1, labels[1], labels[0])).to_csv(
            path / f"{name}.csv", index=False
        )
    return path


COMMANDS = {
    "report": ["--holdout", "0.3"],
    "bin": [],
    "select": [],
}


@pytest.mark.parametrize("name", ["loans.csv", "loans.parquet"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_takes_identifiers_or_dates_without_a_word(
    folder, tmp_path, capsys, command, name
):
    output = tmp_path / ("log.csv" if command == "select" else "out")
    words = [command, str(folder / name), "--target", "y", *COMMANDS[command], "-o", str(output)]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "set aside: 'loan_id' has 1200 values in 1200 rows, as an identifier has" in out
    assert "set aside: 'opened' holds dates; --keep opened takes it as a characteristic" in out
    assert "set aside: 'month' holds dates" in out
    taken = {
        "report": lambda: set(Scorecard.from_json((output / "card.json").read_text()).points_),
        "bin": lambda: set(pd.read_csv(output / "summary.csv")["feature"]),
        "select": lambda: set(pd.read_csv(output)["feature"]),
    }[command]()
    assert taken == {"number_0", "number_1", "category_0"}


def test_what_is_kept_is_taken(folder, tmp_path, capsys):
    words = ["bin", str(folder / "loans.csv"), "--target", "y", "-o", str(tmp_path)]
    with pytest.warns(UserWarning, match="many levels"):
        assert main([*words, "--keep", "loan_id", "opened"]) == 0
    features = set(pd.read_csv(tmp_path / "summary.csv")["feature"])
    assert features == {"number_0", "number_1", "category_0", "loan_id", "opened"}
    assert "loan_id'" not in capsys.readouterr().out
    assert main([*words, "--keep", "loan"]) == 2
    assert "must be in the data, got ['loan']" in capsys.readouterr().err


def test_excluded_columns_are_not_spoken_of(folder, tmp_path, capsys):
    words = ["bin", str(folder / "loans.csv"), "--target", "y", "-o", str(tmp_path)]
    assert main([*words, "--exclude", "loan_id", "opened", "month"]) == 0
    assert "set aside" not in capsys.readouterr().out


def test_a_report_notes_what_was_set_aside(folder, tmp_path):
    words = ["report", str(folder / "loans.csv"), "--target", "y", "-o", str(tmp_path)]
    assert main([*words, "--holdout", str(folder / "later.csv")]) == 0
    summary = json.loads((tmp_path / "report.json").read_text())
    assert "Set aside as identifiers or dates, and not looked at: loan_id, opened, month." in str(
        summary["limitations"]
    )
    assert "loan_id" not in [entry["feature"] for entry in summary["characteristics"]]


def test_the_stability_of_identifiers_is_not_looked_at(folder, capsys):
    words = ["psi", str(folder / "loans.csv"), str(folder / "later.csv")]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "set aside: 'loan_id'" in out
    assert main([*words, "--columns", "loan_id"]) == 0
    assert "set aside" not in capsys.readouterr().out


def test_a_file_of_identifiers_is_an_error(folder, tmp_path, capsys):
    pd.DataFrame({"id": np.arange(99), "y": np.arange(99) % 2}).to_csv(tmp_path / "x.csv")
    words = ["bin", str(tmp_path / "x.csv"), "--target", "y", "-o", str(tmp_path)]
    assert main(words) == 2
    assert "no column is left: ['Unnamed: 0', 'id']" in capsys.readouterr().err


# --- labels


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("name", "labels"), [("twos", "[1, 2]"), ("halves", "[0.0, 0.5]")])
def test_numbers_that_tell_no_event_need_it(folder, tmp_path, capsys, command, name, labels):
    words = [command, str(folder / f"{name}.csv"), "--target", "y", "-o", str(tmp_path / "out")]
    assert main(words) == 2
    error = capsys.readouterr().err
    assert "labels other than 0/1, -1/1 and False/True need --event" in error
    found = error[error.index("[") :].strip()
    assert sorted(json.loads(found)) == json.loads(labels)


def test_named_numbers_are_the_event(folder, tmp_path):
    words = ["bin", "--target", "y", "--trend", "none"]
    for name, event in (("loans", "1"), ("twos", "2"), ("bools", "True"), ("halves", "0.5")):
        out = tmp_path / name
        path = str(folder / f"{name}.csv")
        assert main([*words, path, "--event", event, "-o", str(out)]) == 0
    texts = {(tmp_path / name / "bins.csv").read_text() for name in ("loans", "twos", "bools")}
    assert len(texts) == 1
    assert main([*words, str(folder / "twos.csv"), "--event", "1", "-o", str(tmp_path / "o")]) == 0
    assert (tmp_path / "o" / "bins.csv").read_text() not in texts


# --- selections


def test_a_selection_is_that_of_the_function(folder, tmp_path, capsys):
    words = ["select", str(folder / "loans.csv"), "--target", "y", "-o", str(tmp_path / "log.csv")]
    limits = ["--iv-max", "0.2", "--include", "number_1", "--max-psi", "0.2", "--periods", "month"]
    with pytest.warns(UserWarning, match="above iv_max=0.2 were set aside: 'number_0'"):
        assert main([*words, *limits]) == 0
    frame = pd.read_csv(folder / "loans.csv")
    with pytest.warns(UserWarning, match="above iv_max"):
        log = select_characteristics(
            frame[["number_0", "number_1", "category_0"]],
            frame["y"],
            iv_max=0.2,
            include=["number_1"],
            max_psi=0.2,
            periods=frame["month"],
            rng=0,
        )
    ours = pd.read_csv(tmp_path / "log.csv", keep_default_na=False, na_values=[""])
    theirs = log.to_frame().replace("", np.nan)
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False)
    assert f"selected: {', '.join(log.selected)}" in capsys.readouterr().out
    assert "stability" in set(ours["stage"])


def test_later_rows_come_from_a_file(folder, capsys):
    words = ["select", str(folder / "loans.csv"), "--target", "y"]
    later = ["--out-of-time", str(folder / "later.csv"), "--max-psi", "0"]
    assert main([*words, *later]) == 0
    assert "selected: nothing" in capsys.readouterr().out
    assert main([*words, *later, "--periods", "month"]) == 2
    assert "each name the later rows" in capsys.readouterr().err


def test_the_report_of_a_selection_has_its_log(folder, tmp_path, capsys):
    words = ["report", str(folder / "loans.csv"), "--target", "y", "-o", str(tmp_path)]
    options = ["--select", "--max-missing", "0.5", "--periods", "month", "--max-identical", "0.9"]
    assert main([*words, *options, "--min-information-value", "0.1"]) == 0
    card = Scorecard.from_json((tmp_path / "card.json").read_text())
    summary = json.loads((tmp_path / "report.json").read_text())
    reasons = {entry["feature"]: entry["in_card"] for entry in summary["characteristics"]}
    assert {name for name, used in reasons.items() if used} == set(card.points_)
    assert set(reasons) == {"number_0", "number_1", "category_0"}
    assert "stability" in str(summary["selection"])
    assert main([*words, "--include", "number_0"]) == 2
    assert "--include is of a selection, got no --select" in capsys.readouterr().err
    assert main([*words, "--select", "--min-information-value", "9"]) == 2
    assert "got none selected" in capsys.readouterr().err

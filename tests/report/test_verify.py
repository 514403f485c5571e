"""The script that recomputes a report: it agrees with ours, sees what was changed, knows no us."""

import copy
import json
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.frozen import FrozenEstimator

from infotheory import OptimalBinner
from infotheory.binning import merge_bins
from infotheory.cli import main
from infotheory.report import scorecard_report, verify_laws, verify_report
from infotheory.report.sections import performance, score_counts
from infotheory.report.verify_report import verify, verify_command
from infotheory.scorecard import Scorecard

SCRIPT = Path(verify_report.__file__)


def summary_of(report):
    return json.loads(json.dumps(report.summary))


def test_the_script_imports_numpy_and_scipy_only(german, tmp_path):
    """Also where its files were copied to another place."""
    _, report, _ = german
    for file in SCRIPT.parent.glob("verify_*.py"):
        shutil.copy(file, tmp_path)
    path = report.to_json(tmp_path / "report.json")
    program = (
        "import runpy, sys\n"
        f"sys.argv = ['verify_report.py', {str(path)!r}]\n"
        "try:\n"
        f"    runpy.run_path({str(tmp_path / SCRIPT.name)!r}, run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    names = {name.partition('.')[0] for name in sys.modules}\n"
        "    print(end.code, sorted(names & {'infotheory', 'pandas', 'sklearn', 'numba'}))\n"
    )
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert result.stdout.splitlines()[-1] == "0 []"
    assert "numbers agree, 0 differ." in result.stdout


def test_a_script_without_its_parts_says_what_must_lie_beside_it(german, tmp_path):
    _, report, _ = german
    shutil.copy(SCRIPT, tmp_path)
    path = report.to_json(tmp_path / "report.json")
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, SCRIPT.name, path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    told = "verify: error: verify_rows.py must lie beside this script, got nothing there\n"
    assert result.stderr == told


def test_a_report_agrees_with_what_is_recomputed(german):
    _, report, _ = german
    done = verify(summary_of(report))
    assert done.differences == []
    assert done.agreed.total() > 3000
    assert {"weights of evidence", "points", "errors of AUC", "tests"} <= set(done.agreed)
    of_laws = {"terms", "lifts", "areas", "impact ratios"}
    assert {f"intervals of {what}" for what in of_laws} <= set(done.agreed)
    assert "intervals of information values" in done.agreed


@pytest.mark.parametrize(
    ("options", "weighted"),
    [
        ({"binner": OptimalBinner(woe_sign="event"), "signs": "free"}, False),
        ({"round": False, "intercept": "separate", "pdo": 40}, False),
        ({"signs": "free"}, True),
        ({"binner": OptimalBinner(max_n_bins=20, min_bin_size=0.002), "signs": "free"}, False),
        ({"binner": OptimalBinner(zero_cells=0.25), "signs": "free"}, False),
        ({"binner": OptimalBinner(zero_cells=np.float64(2.0)), "signs": "free"}, False),
    ],
)
def test_reports_of_other_cards_agree(small, options, weighted):
    _, portfolio = small
    X, y = portfolio.X, portfolio.y
    rng = np.random.default_rng(0)
    # One row in ten weighs ten times as much: bins that lack such rows have the ends of gamma laws.
    heavy = np.where(rng.random(len(X)) < 0.1, 10.0, 1.0)
    weights = heavy * rng.gamma(2.0, size=len(X)) if weighted else None
    train = np.arange(len(X)) % 3 > 0
    of = {"sample_weight": weights[train]} if weighted else {}
    held = {"sample_weight": weights[~train]} if weighted else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = Scorecard(**options).fit(X[train], y[train], of.get("sample_weight"))
        report = scorecard_report(
            card,
            X[train],
            y[train],
            **of,
            holdout={"X": X[~train], "y": y[~train], **held},
            n_permutations=19,
        )
    assert verify(summary_of(report)).differences == []


def test_rows_with_weights_are_not_counted_as_one_each(small, tmp_path, capsys):
    """The sums of weights in the report were called wrong, each of them."""
    card, portfolio = small
    X, y = portfolio.X, portfolio.y
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = scorecard_report(card, X, y, sample_weight=np.full(len(X), 2.0), n_permutations=9)
    path = report.to_json(tmp_path / "report.json")
    X.assign(y=y).to_csv(tmp_path / "rows.csv", index=False)
    assert main(["verify", str(path), str(tmp_path / "rows.csv"), "--target", "y"]) == 2
    assert "each row counts as one, got the train sample with weights" in capsys.readouterr().err


def test_names_of_groups_may_hold_the_sign_of_a_ratio(small):
    card, portfolio = small
    names = np.random.default_rng(0).choice(["Black / African American", "White"], len(portfolio.X))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = scorecard_report(
            card,
            portfolio.X,
            portfolio.y,
            protected=pd.DataFrame({"origin": names}),
            n_permutations=9,
        )
    done = verify(summary_of(report))
    assert done.differences == []
    assert done.agreed["adverse impact ratios"] == 1
    assert done.agreed["intervals of impact ratios"] == 2


@pytest.mark.parametrize("level", [0.9, 0.999])
def test_reports_of_every_level_agree(small, level):
    """Intervals of groups of people had 95 % at every level."""
    card, portfolio = small
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = scorecard_report(
            card,
            portfolio.X,
            portfolio.y,
            protected=portfolio.protected,
            level=level,
            n_permutations=9,
        )
    done = verify(summary_of(report))
    assert done.differences == []
    assert "fairness.groups[0].approval_rate_low" in done.seen


@pytest.mark.parametrize("level", [0.9, 0.95, 0.999, 0.9999])
@pytest.mark.parametrize("freedom", [1, 2, 9])
def test_ends_of_noncentral_laws_are_met_at_every_level(freedom, level):
    """At .999 the search ended short of the upper end."""
    for draw in (1.0, 5.0, 40.0):
        low, high = verify_laws.noncentralities(draw, freedom, level)
        at = max(draw, stats.chi2.median(freedom))
        assert stats.ncx2.cdf(at, freedom, high) == pytest.approx(0.5 - level / 2.0, rel=1e-6)
        if low > 0.0:
            share = stats.ncx2.cdf(draw, freedom, low)
            assert share == pytest.approx(0.5 + level / 2.0, rel=1e-9)


def sparse_rows(n=900):
    """Rows of which bins stand in one sample only: missing values, a top bin, a rare level."""
    rng = np.random.default_rng(3)
    x, level = rng.normal(size=n), rng.choice(["a", "b", "c"], n)
    y = (rng.random(n) < 1 / (1 + np.exp(1.0 - x - (level == "c")))).astype(int)
    X = pd.DataFrame({"x": x, "z": x + rng.normal(size=n), "level": level})
    train = np.arange(n) % 3 > 0
    X.loc[train & (np.arange(n) % 10 == 1), "x"] = np.nan  # of training rows only
    held = ~train & (X["z"] < 1.0) & (X["level"] != "c")  # none in the top bin, none of a level
    return X, y, train, held


def report_of(card, X, y, train, held, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card.fit(X[train], y[train])
        return scorecard_report(
            card,
            X[train],
            y[train],
            holdout={"X": X[held], "y": y[held]},
            n_permutations=9,
            **options,
        )


@pytest.mark.parametrize("swapped", [False, True])
def test_bins_of_one_sample_only_are_met_by_their_names(tmp_path, swapped):
    X, y, train, held = sparse_rows()
    parts = (held, train) if swapped else (train, held)
    report = report_of(Scorecard(signs="free"), X, y, *parts)
    entries = {entry["feature"]: entry["samples"] for entry in report.summary["characteristics"]}
    sizes = {name: [len(part["bins"]) for part in of.values()] for name, of in entries.items()}
    assert any(one != other for one, other in sizes.values())
    done = verify(summary_of(report))
    assert done.differences == []
    n_rows = len(report.summary["stability"])
    assert done.agreed["stability indices"] == 2 * n_rows
    assert done.agreed["critical values"] > 0
    assert main(["verify", str(report.to_json(tmp_path / "report.json"))]) == 0


def test_half_rows_of_a_sample_with_weights_are_those_of_the_report():
    """The value of a bin of one class was called wrong wherever rows had weights."""
    X, y, train, held = sparse_rows()
    weights = np.where(y == 1, 1.0, 2.0) + np.arange(len(y)) % 3
    few = held & ((y == 0) | (np.cumsum(held * y) <= 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = Scorecard(signs="free").fit(X[train], y[train], weights[train])
        report = scorecard_report(
            card,
            X[train],
            y[train],
            sample_weight=weights[train],
            holdout={"X": X[few], "y": y[few], "sample_weight": weights[few]},
            n_permutations=9,
        )
    bins = [e["samples"]["hold-out"]["bins"] for e in report.summary["characteristics"]]
    assert any(row["adjusted"] for rows in bins for row in rows)
    assert verify(summary_of(report)).differences == []


@pytest.mark.parametrize("n_events", [1, 3])
def test_reports_of_a_few_events_held_out_agree(n_events):
    """Groups of the score have no events then, and one event has no spread."""
    X, y, train, held = sparse_rows()
    few = held & ((y == 0) | (np.cumsum(held * y) <= n_events))
    assert y[few].sum() == n_events
    report = report_of(Scorecard(signs="free"), X, y, train, few)
    assert verify(summary_of(report)).differences == []


def unrounded(n, inverted=False):
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(n, 6)), columns=list("abcdef"))
    y = (rng.random(n) < 1 / (1 + np.exp(1.5 - X.sum(axis=1)))).astype(int).to_numpy()
    train = np.arange(n) % 10 < 8
    return X, np.where(train | (not inverted), y, 1 - y), train, ~train


def test_the_corners_of_a_curve_stay_so_that_its_area_is_that_of_the_rows(tmp_path):
    """5000 rows of as many scores: 400 spaced points had an area that was 4e-6 off."""
    report = report_of(Scorecard(round=False, signs="free"), *unrounded(5000))
    curve = report.summary["performance"]["curves"]["train"]
    assert 400 < len(curve["score"]) <= 2000
    assert not curve["thinned"]
    done = verify(summary_of(report))
    assert done.differences == []
    assert done.left == {}
    assert {"measures of discrimination", "errors of AUC", "areas by score"} <= set(done.agreed)


def test_a_score_that_ranks_the_wrong_way_has_its_gap_too():
    report = report_of(Scorecard(signs="free"), *unrounded(900, inverted=True))
    assert verify(summary_of(report)).differences == []


def test_the_area_of_a_thinned_curve_is_listed_and_not_called_wrong(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(performance, "_MOST_POINTS_OF_A_CURVE", 100)
    monkeypatch.setattr(score_counts, "_MOST_SCORES", 100)
    X, y, train, held = unrounded(2000)
    report = report_of(Scorecard(round=False, signs="free"), X, y, train, held)
    assert report.summary["performance"]["curves"]["train"]["thinned"]
    path = report.to_json(tmp_path / "report.json")
    assert main(["verify", str(path)]) == 0
    text = capsys.readouterr().out
    assert re.search(r"^ +4  curves that were thinned, whose corners", text, re.M)
    assert "0 differ." in text

    # What follows from the reported area and error is compared all the same, the gap is kept.
    for measure, key in (("Gini", "value"), ("Gini", "standard_error"), ("KS", "value")):
        changed = copy.deepcopy(summary_of(report))
        row = next(r for r in changed["performance"]["measures"] if r["measure"] == measure)
        row[key] += 0.001
        assert len(verify(changed).differences) == 1

    # The rows tell the area.
    X[train].assign(y=y[train]).to_csv(tmp_path / "rows.csv", index=False)
    assert main(["verify", str(path), str(tmp_path / "rows.csv"), "--target", "y"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"^ +3  curves that were thinned", text, re.M)
    assert "1  AUC of rows agree" in text

    # A report of before says nothing of it.
    older = summary_of(report)
    for curve in older["performance"]["curves"].values():
        del curve["thinned"]
    assert verify(older).differences == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n1\n", "must have the 2 fields of the header, got 1 in line 3"),
        ("a,b\n1,2,3\n", "must have the 2 fields of the header, got 3 in line 2"),
        ("a,b\n1," + "2" * 200_000 + "\n", "the rows must be a CSV file, got rows.csv, line 2"),
        ("", "must have the columns of the report"),
    ],
)
def test_lines_that_are_cut_short_are_refused(german, tmp_path, capsys, text, message):
    path = german[1].to_json(tmp_path / "report.json")
    rows = tmp_path / "rows.csv"
    rows.write_text(text)
    assert main(["verify", str(path), str(rows), "--target", "b"]) == 2
    assert message in capsys.readouterr().err
    assert main(["verify", str(path), str(rows), "--target", "b", "--separator", "::"]) == 2
    assert "--separator must be one sign, got '::'" in capsys.readouterr().err


CHANGED = [
    ("characteristics", 0, "samples", "train", "bins", 1, "woe"),
    ("characteristics", 3, "samples", "hold-out", "bins", 0, "event_rate_high"),
    ("characteristics", 2, "samples", "train", "iv", "standard_error"),
    ("characteristics", 1, "samples", "train", "bins", 0, "events"),
    ("points", 1, "points"),
    ("performance", "measures", 0, "value"),
    ("performance", "gains", "train", 2, "lift"),
    ("calibration", "groups", "hold-out", 1, "jeffreys_p_value"),
    ("stability", 2, "index", "value"),
    ("stability", 0, "critical_value"),
    ("data", "samples", 0, "mean_score"),
    ("ranking", 0, "adjusted_p_value"),
    ("ranking", 1, "iv", "high"),
    ("points", 2, "woe"),
    ("points", 0, "coefficient"),
    ("data", "samples", 1, "event_rate_low"),
    ("characteristics", 2, "missing_share"),
    ("characteristics", 4, "samples", "hold-out", "iv", "p_value"),
    ("stability", 3, "index", "p_value"),
    ("stability", 3, "n_bins"),
    ("performance", "gains", "train", 2, "event_rate_high"),
    ("performance", "gains", "hold-out", 4, "cumulative_capture_low"),
    ("performance", "gains", "hold-out", 1, "gap_high"),
    ("performance", "measures", 1, "low"),
    ("calibration", "tests", 0, "degrees_of_freedom"),
    ("reasons", "characteristics", 0, "among_low"),
    ("reasons", "characteristics", 0, "first"),
    ("characteristics", 1, "samples", "train", "bins", 1, "iv_low"),
    ("characteristics", 1, "samples", "hold-out", "bins", 1, "squared_events"),
    ("performance", "gains", "train", 0, "lift_high"),
    ("performance", "gains", "train", 2, "cumulative_lift_low"),
    ("performance", "measures", 0, "high"),
    ("performance", "measures", 0, "p_value"),
    ("performance", "measures", 2, "standard_error"),
    ("performance", "measures", 3, "low"),
    ("performance", "measures", 6, "high"),
    ("performance", "measures", -1, "low"),
    ("calibration", "measures", 2, "p_value"),
    ("calibration", "measures", 5, "high"),
    ("calibration", "groups", "train", 3, "adjusted_p_value"),
    ("stability", 1, "index", "high"),
    ("fairness", "approved_share_low"),
    ("fairness", "measures", 1, "high"),
    # what follows from counts by score
    ("data", "samples", 0, "mean_score_low"),
    ("performance", "curves", "train", "cut_off"),
    ("performance", "distribution", "samples", "hold-out", "events", 9),
    ("performance", "measures", 2, "high"),
    ("performance", "measures", 4, "value"),
    ("performance", "measures", 5, "low"),
    ("performance", "measures", 8, "value"),
    ("performance", "measures", -1, "p_value"),
    ("calibration", "measures", 0, "high"),
    ("calibration", "measures", 2, "value"),
    ("calibration", "tests", 1, "statistic"),
    ("calibration", "groups", "train", 4, "expected_event_rate"),
    ("stability", 0, "index", "value"),
    ("reasons", "characteristics", 0, "mean_shortfall_high"),
    # from counts of people
    ("fairness", "groups", 0, "auc"),
    ("fairness", "groups", 1, "auc_low"),
    ("fairness", "groups", 0, "calibration_gap_high"),
    ("fairness", "groups", 1, "calibration_gap_p_value"),
    ("fairness", "groups", 0, "auc_adjusted_p_value"),
    ("fairness", "characteristics", 0, "iv_fair", "value"),
    ("fairness", "characteristics", 1, "iv_fair", "high"),
    ("fairness", "measures", 0, "p_value"),
    ("fairness", "measures", 2, "low"),
    # of few rows, and over the search
    ("characteristics", 0, "samples", "train", "iv", "low"),
    ("characteristics", 1, "samples", "hold-out", "iv", "high"),
    # of the card
    ("coefficients", 0, "high"),  # an end that is too far out may be the noise of others
    ("coefficients", 1, "adjusted_p_value"),
    ("points", 0, "points"),
    ("points", 1, "high"),
]


def kept(function):
    """Keep what a function of numbers and arrays has returned."""
    known = {}

    def asked(*given):
        of = tuple(x.tobytes() if isinstance(x, np.ndarray) else x for x in given)
        if of not in known:
            known[of] = function(*given)
        return known[of]

    return asked


@pytest.fixture(scope="module")
def kept_parts():
    """Return a loader of the script's parts that keeps what takes long: most is asked for again.

    Of one report with a number changed each time nearly all the counts stay as they were.
    """
    load, parts = verify_report._other_part, {}
    long = {
        "verify_moments": "exact_moment_ends",
        "verify_laws": "noncentralities",
        "verify_scores": "_moments_of_a_square",
    }

    def part(name):
        if name not in parts:
            parts[name] = module = load(name)
            if name in long:
                setattr(module, long[name], kept(getattr(module, long[name])))
        return parts[name]

    return part


@pytest.mark.parametrize("place", CHANGED, ids=lambda place: ".".join(map(str, place)))
def test_a_number_that_was_changed_is_seen(german, kept_parts, monkeypatch, place):
    _, report, _ = german
    monkeypatch.setattr(verify_report, "_other_part", kept_parts)
    changed = copy.deepcopy(summary_of(report))
    part = changed
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = part[place[-1]] * 1.1 + 0.01 + 2.0 * (place[0] == "points")
    assert verify(changed).differences


def test_rows_are_counted_anew(german, kept_parts, monkeypatch, tmp_path, capsys):
    _, report, (X, y, train, _) = german
    monkeypatch.setattr(verify_report, "_other_part", kept_parts)
    path = report.to_json(tmp_path / "report.json")
    for sample, inside in (("train", train), ("hold-out", ~train)):
        rows = X[inside].assign(outcome=y[inside])
        rows.to_csv(tmp_path / "rows.csv", index=False)
        words = [str(path), str(tmp_path / "rows.csv"), "--target", "outcome", "--sample", sample]
        assert verify_command(words) == 0
        text = capsys.readouterr().out
        assert "counts of rows agree" in text
        for group in ("AUC", "curves", "mean score", "groups of the score"):
            assert f"{group} of rows agree" in text
        assert "scores of rows by cell agree" in text

        rows.iloc[1:].to_csv(tmp_path / "rows.csv", index=False)
        assert verify_command(words) == 1
        assert "DIFFERS" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [
        {"signs": "constrained"},
        {"binner": OptimalBinner(woe_sign="event"), "signs": "free"},
        {"intercept": "separate", "round": False},
        {"penalty": "ridge"},
    ],
)
def test_the_regression_is_fitted_anew_on_the_training_rows(small, tmp_path, capsys, options):
    _, portfolio = small
    X, y = portfolio.X, portfolio.y
    card = Scorecard(**options).fit(X, y)
    report = scorecard_report(card, X, y, n_permutations=9)
    path, rows = report.to_json(tmp_path / "report.json"), tmp_path / "rows.csv"
    X.assign(y=y).to_csv(rows, index=False)
    assert verify_command([str(path), str(rows), "--target", "y"]) == 0
    text = capsys.readouterr().out
    groups = ["coefficients of the rows", "errors of coefficients", "Brier score of the rows"]
    groups += ["inflation factors of the rows", "predicted rates of the rows"]
    for group in groups:
        # A ridge draws coefficients towards 0, so that they are no maximum.
        assert (f"{group} agree" in text) == ("penalty" not in options)

    if "penalty" not in options:
        changed = json.loads(path.read_text())
        changed["points"][1]["standard_error"] *= 1.001
        (tmp_path / "changed.json").write_text(json.dumps(changed))
        assert verify_command([str(tmp_path / "changed.json"), str(rows), "--target", "y"]) == 1
        assert "DIFFERS  points[1].standard_error" in capsys.readouterr().out
        for key in ("coefficient", "standard_error", "vif"):
            changed = json.loads(path.read_text())
            changed["coefficients"][0][key] *= 1.001
            (tmp_path / "changed.json").write_text(json.dumps(changed))
            assert verify_command([str(tmp_path / "changed.json"), str(rows), "--target", "y"]) == 1
            assert f"DIFFERS  coefficients[0].{key}" in capsys.readouterr().out


def test_rows_of_both_samples_tell_all_but_what_is_drawn(small, tmp_path, capsys):
    """Some 1100 numbers were left without rows, and most of them with rows too."""
    X, y = small[1].X, small[1].y
    train = np.arange(len(X)) % 3 > 0
    report = report_of(Scorecard(signs="free"), X, y, train, ~train)
    path = report.to_json(tmp_path / "report.json")
    for name, inside in (("train", train), ("new", ~train)):
        X[inside].assign(outcome=y[inside]).to_csv(tmp_path / f"{name}.csv", index=False)
    words = [str(path), str(tmp_path / "train.csv"), "--target", "outcome"]
    assert main(["verify", *words, "--holdout", str(tmp_path / "new.csv")]) == 0
    text = capsys.readouterr().out
    assert "tests of coefficients agree" in text.split("From the rows in new.csv")[1]
    last = text[text.index("numbers agree") :]
    assert "0 differ." in last
    assert "needs rows" not in last
    left = {why: int(n) for n, why in re.findall(r"^(\d+) not recomputed: (\w+)", last, re.M)}
    assert left["random"] == sum(left.values()) - left.get("few", 0) - left.get("the", 0)
    assert left.get("few", 0) < 60  # of one-sided bins, mostly

    changed = json.loads(path.read_text())
    changed["coefficients"][0]["p_value"] += 0.01
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    words = [str(tmp_path / "changed.json"), str(tmp_path / "new.csv"), "--target", "outcome"]
    assert main(["verify", *words, "--sample", "hold-out"]) == 1
    assert "DIFFERS  coefficients[0].p_value" in capsys.readouterr().out


def test_a_report_of_before_has_no_counts_by_score(german):
    changed = summary_of(german[1])
    del changed["performance"]["scores"], changed["fairness"]["scores"]
    for entry in changed["characteristics"]:
        del entry["prebins"]
    for rows in (changed["fairness"]["characteristics"], changed["reasons"]["characteristics"]):
        for row in rows:
            del row["counts"]
    assert verify(changed).differences == []


def test_bins_that_were_learnt_on_other_rows_agree(small, tmp_path, capsys):
    _, portfolio = small
    X, y = portfolio.X, portfolio.y
    binner = OptimalBinner().fit(X.iloc[:600], y[:600])
    late, labels = X.iloc[600:], y[600:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = Scorecard(FrozenEstimator(binner), signs="free").fit(late, labels)
        report = scorecard_report(card, late, labels, n_permutations=9)
    path = report.to_json(tmp_path / "report.json")
    late.assign(y=labels).to_csv(tmp_path / "rows.csv", index=False)
    assert verify_command([str(path), str(tmp_path / "rows.csv"), "--target", "y"]) == 0
    text = capsys.readouterr().out
    assert "coefficients of the rows agree" in text
    assert "errors of coefficients agree" not in text


@pytest.mark.parametrize("weighted", [True, False])
def test_a_card_of_other_rows_or_weights_gives_no_false_alarm(small, tmp_path, weighted):
    _, portfolio = small
    X, y = portfolio.X, portfolio.y
    # As many rows in both halves: totals do not tell them apart.
    early, late = slice(0, 700), slice(0, 700) if weighted else slice(700, 1400)
    weights = np.where(np.arange(700) % 2, 0.5, 1.5) if weighted else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = Scorecard(signs="free").fit(X.iloc[early], y[early], sample_weight=weights)
        report = scorecard_report(card, X.iloc[late], y[late], n_permutations=9)
    path = report.to_json(tmp_path / "report.json")
    X.iloc[late].assign(y=y[late]).to_csv(tmp_path / "rows.csv", index=False)
    assert verify_command([str(path), str(tmp_path / "rows.csv"), "--target", "y"]) == 0


def test_a_changed_count_of_the_points_table_is_seen(german):
    _, report, _ = german
    changed = copy.deepcopy(summary_of(report))
    changed["points"][0]["count"] += 3.0
    assert len(verify(changed).differences) == 1


def test_special_missing_and_joined_values_are_found_in_rows(small, tmp_path, capsys):
    _, portfolio = small
    X = portfolio.X.copy()
    X.iloc[::9, 0] = -9.0
    binner = OptimalBinner(special_codes={X.columns[0]: {"none": [-9.0]}}).fit(X, portfolio.y)
    binner = merge_bins(binner, X.columns[1], [0, "Missing"], reason="few rows")
    card = Scorecard(FrozenEstimator(binner), signs="free").fit(X, portfolio.y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = scorecard_report(card, X, portfolio.y, n_permutations=19)
    path = report.to_json(tmp_path / "report.json")
    X.assign(y=portfolio.y).to_csv(tmp_path / "rows.csv", index=False, sep=";")
    words = [str(path), str(tmp_path / "rows.csv"), "--target", "y", "--separator", ";"]
    assert main(["verify", *words]) == 0
    assert "0 differ." in capsys.readouterr().out


def test_what_cannot_be_verified_is_said(german, tmp_path, capsys):
    _, report, _ = german
    path = report.to_json(tmp_path / "report.json")
    assert main(["verify", str(path)]) == 0
    text = capsys.readouterr().out
    assert "Not recomputed:" in text
    assert "ranking.permutation_p_value" in text
    for reason in ("permutations", "held-out folds", "needs rows"):
        assert re.search(rf"^ +\d+  .*{reason}", text, re.M), reason
    left = int(re.search(r"Not recomputed: (\d+) numbers", text)[1])
    assert left == sum(map(int, re.findall(r"^ {2,8}(\d+)  (?!.*agree$)", text, re.M)))

    for schema in ('{"name": "infotheory.target_report", "version": 9}', '["x"]', "null"):
        (tmp_path / "other.json").write_text(f'{{"schema": {schema}}}')
        assert main(["verify", str(tmp_path / "other.json")]) == 2
        words = capsys.readouterr().err
        assert "of version 3 or a infotheory.target_report of version 1, got" in words
        assert "write one of another version anew" in words
        assert "one on monitoring has no script: follow it by hand, from its counts" in words
    assert main(["verify", str(tmp_path / "none.json")]) == 2
    summary = summary_of(report)
    for damaged in (
        {**summary, "data": None},
        {**summary, "points": 3},
        {"schema": summary["schema"]},
    ):
        (tmp_path / "damaged.json").write_text(json.dumps(damaged))
        assert main(["verify", str(tmp_path / "damaged.json")]) == 2
        assert "verify: error: the report must be whole, got" in capsys.readouterr().err
    (tmp_path / "deep.json").write_text("[" * 200_000)
    assert main(["verify", str(tmp_path / "deep.json")]) == 2
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    assert main(["verify", str(path), str(tmp_path / "rows.csv"), "--target", "b"]) == 2
    assert "must have the columns of the report" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["verify", str(path), str(tmp_path / "rows.csv")])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda edges: edges.__setitem__(2, edges[1]), r"from place 1 on"),
        (list.reverse, r"from place 0 on"),
        (lambda edges: edges.__delitem__(slice(1, None)), r"must increase, got \["),
    ],
)
def test_edges_of_no_cells_are_told_in_words_of_ours(german, tmp_path, capsys, change, words):
    changed = summary_of(german[1])
    change(changed["performance"]["distribution"]["edges"])
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    assert main(["verify", str(tmp_path / "changed.json")]) == 2
    text = capsys.readouterr().err
    assert "performance.distribution.edges must increase" in text
    assert re.search(words, text)

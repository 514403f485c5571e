"""The script that recomputes a report: ends of coefficients, from the matrices in the document."""

import copy
import json
import warnings

import jsonschema
import numpy as np
import pandas as pd
import pytest

from infotheory import OptimalBinner
from infotheory.report import report_schema, scorecard_report
from infotheory.report.verify_coefficients import whole_matrix
from infotheory.report.verify_report import verify
from infotheory.scorecard import Scorecard
from infotheory.scorecard.points import coefficient_laws

GROUP, FROM_INSIDE = "intervals of coefficients", "intervals of coefficients, from inside"


def rows_of(n=1500, n_features=4, seed=0):
    """Characteristics that depend on each other, some of them noise, one of levels."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    X = pd.DataFrame({f"x{j}": 0.6 * common + 0.8 * rng.normal(size=n) for j in range(n_features)})
    X["level"] = rng.choice([*"abcdefgh"], n)
    risk = 0.8 * X["x0"] + 0.2 * X["x1"] + 0.5 * (X["level"] == "a") - 1.5
    return X, (rng.random(n) < 1.0 / (1.0 + np.exp(-risk))).astype(int)


def report_of(card, X, y, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = scorecard_report(card.fit(X, y), X, y, n_permutations=9, **options)
    return json.loads(json.dumps(report.summary))


@pytest.fixture(scope="module")
def known():
    X, y = rows_of()
    return report_of(Scorecard(signs="free"), X, y)


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({"signs": "constrained"}, {}),
        ({"binner": OptimalBinner(monotonic_trend=None, max_n_bins=8)}, {"seed": 1}),
        ({"binner": OptimalBinner(woe_sign="event")}, {"n": 600, "seed": 2}),
        ({"binner": OptimalBinner(min_bin_size=0.005, max_n_bins=20)}, {"n": 500, "seed": 3}),
        ({"penalty": "ridge"}, {"n": 4000, "n_features": 7, "seed": 4}),
        ({"penalty": "firth"}, {"n": 400, "seed": 5}),
    ],
)
@pytest.mark.parametrize("level", [0.95, 0.8])
def test_ends_are_recomputed_exactly(options, rows, level):
    """They were compared from inside only: no report told how characteristics hang together."""
    X, y = rows_of(**rows)
    report = report_of(Scorecard(**({"signs": "free"} | options)), X, y, level=level)
    jsonschema.validate(report, report_schema())
    done = verify(report)
    assert done.differences == []
    shown = [row for row in report["coefficients"] if row["standard_error"] is not None]
    assert done.agreed[GROUP] == 2 * len(shown) > 0
    assert FROM_INSIDE not in done.agreed


def test_a_card_that_is_its_intercept_alone_is_verified():
    """The script ended with errors, and accused a mean and a test of one score for all rows."""
    X, y = rows_of(n=400)
    report = report_of(Scorecard(), X[["x0"]].assign(x0=1.0), y, holdout={"X": X[["x0"]], "y": y})
    assert report["coefficient_matrices"]["features"] == []
    assert verify(report).differences == []


def test_a_cut_off_that_is_left_out_is_seen(known):
    report = copy.deepcopy(known)
    report["performance"]["curves"]["train"]["cut_off"] = None
    assert [text.split(":")[0] for text in verify(report).differences] == [
        "performance.curves.train.cut_off"
    ]


def test_bins_of_one_class_are_counted_too():
    rng = np.random.default_rng(6)
    X = pd.DataFrame({"x": rng.normal(size=900), "level": rng.choice([*"abcdef"], 900)})
    risk = np.where(X["level"] == "f", -np.inf, X["x"] - 1.0)
    X.loc[X["level"] == "f", "level"] = None
    y = (rng.random(900) < 1.0 / (1.0 + np.exp(-risk))).astype(int)
    binner = OptimalBinner(min_bin_size=0.0, monotonic_trend=None, max_n_bins=6)
    report = report_of(Scorecard(binner, signs="free"), X, y)
    bins = [b for e in report["characteristics"] for b in e["samples"]["train"]["bins"]]
    assert any(row["adjusted"] for row in bins)
    done = verify(report)
    assert done.differences == []
    assert done.agreed[GROUP] == 4


@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize("change", [-0.01, 0.01])
def test_an_end_that_was_moved_either_way_is_seen(known, end, change):
    """Moved outwards it passed."""
    report = copy.deepcopy(known)
    i = next(i for i, row in enumerate(report["coefficients"]) if row["low"] is not None)
    report["coefficients"][i][end] += change
    assert [text.split(":")[0] for text in verify(report).differences] == [
        f"coefficients[{i}].{end}"
    ]


def test_a_bounded_end_of_what_nothing_bounds_is_seen(known):
    report = copy.deepcopy(known)
    unbounded = [
        i for i, row in enumerate(report["coefficients"]) if row.get("low_status") == "unbounded"
    ]
    assert unbounded
    report["coefficients"][unbounded[0]]["low"] = -3.0
    assert f"coefficients[{unbounded[0]}].low" in verify(report).differences[0]


def test_without_matrices_ends_are_compared_from_inside(known, monkeypatch):
    """As in reports of earlier versions, and of more characteristics than are shown."""
    report = {key: value for key, value in known.items() if key != "coefficient_matrices"}
    jsonschema.validate(report, report_schema())
    done = verify(report)
    assert done.differences == []
    assert done.agreed[FROM_INSIDE] > 0
    assert GROUP not in done.agreed
    report = copy.deepcopy(report)
    assert report["coefficients"][0]["low"] is not None
    report["coefficients"][0]["low"] += 0.05
    assert verify(report).differences[0].startswith("coefficients[0].low")

    X, y = rows_of()
    monkeypatch.setattr(coefficient_laws, "_MOST_SHOWN", 4)
    assert "coefficient_matrices" not in report_of(Scorecard(signs="free"), X, y)


def test_matrices_are_those_of_the_card_and_of_its_rows(known, tmp_path, capsys):
    from infotheory.cli import main

    X, y = rows_of()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = Scorecard(signs="free").fit(X, y)
    shown = known["coefficient_matrices"]
    assert shown["features"] == list(X)
    assert shown["ordered"] == [True] * 4 + [False]
    assert shown["trend_bound"] == [True] * 5
    np.testing.assert_allclose(whole_matrix(shown["information"]), card.information_)
    np.testing.assert_allclose(whole_matrix(shown["covariance"]), card.covariance_[1:, 1:])

    X.assign(y=y).to_csv(tmp_path / "rows.csv", index=False)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(known))
    asked = ["verify", str(path), str(tmp_path / "rows.csv"), "--target", "y"]
    assert main(asked) == 0
    told = capsys.readouterr().out
    assert "15  information of the coefficients agree" in told
    assert "15  covariance of the coefficients agree" in told

    for name in ("information", "covariance"):
        changed = copy.deepcopy(known)
        changed["coefficient_matrices"][name][3][1] += 0.1 * shown[name][1][1]
        path.write_text(json.dumps(changed))
        assert main(asked) == 1
        assert f"DIFFERS  coefficient_matrices.{name}[3][1]" in capsys.readouterr().out

"""Reports on pipelines: a card behind steps that prepare its columns, a regressor behind bins."""

import json

import numpy as np
import pandas as pd
import pytest
from jsonschema import validate
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, TweedieRegressor
from sklearn.pipeline import make_pipeline

from infotheory.binning import OptimalBinner
from infotheory.report import report_schema, scorecard_report
from infotheory.scorecard import Scorecard, ScorecardRegressor, concordance

SETTINGS = {"n_permutations": 19, "rng": 0}


def drawn(seed, n=700):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 2)), columns=["first", "second"])
    exposure = rng.uniform(0.5, 2.0, n)
    y = rng.poisson(exposure * np.exp(0.6 * X["first"])) / exposure
    X.loc[:30, "second"] = np.nan
    return X, y, exposure


def measures(report):
    rows = report.summary["performance"]["measures"]
    return {(row["sample"], row["measure"]): row["value"] for row in rows}


@pytest.mark.parametrize("kind", ["rate", "binary"])
def test_a_card_behind_preparation_is_reported_on_as_the_card(kind):
    (X, y, _), (other, outcome, _) = drawn(0), drawn(1)
    imputer = SimpleImputer(add_indicator=True).set_output(transform="pandas")
    if kind == "binary":
        y, outcome = (y > 0.0).astype(int), (outcome > 0.0).astype(int)
        card = Scorecard(OptimalBinner(max_n_bins=3))
    else:
        card = ScorecardRegressor(OptimalBinner(max_n_bins=3), target_type="rate", signs="free")
    pipeline = make_pipeline(imputer, card).fit(X, y)
    holdout = {"X": other, "y": outcome}
    report = scorecard_report(pipeline, X, y, holdout=holdout, **SETTINGS)

    prepared = pipeline[0].transform(X)
    holdout = {"X": pipeline[0].transform(other), "y": outcome}
    alone = scorecard_report(pipeline[-1], prepared, y, holdout=holdout, **SETTINGS)
    assert measures(report) == measures(alone)
    names = [entry["feature"] for entry in report.summary["characteristics"]]
    assert sorted(names) == ["first", "missingindicator_second", "second"]
    assert "behind SimpleImputer in a pipeline" in report.summary["limitations"][0]
    assert report.summary["points"] == alone.summary["points"]


@pytest.mark.parametrize("steps", [(), ("passthrough",)])
def test_a_card_that_is_all_of_its_pipeline_is_reported_on_as_the_card(steps):
    X, y, _ = drawn(0)
    pipeline = make_pipeline(*steps, Scorecard(signs="free")).fit(X, y > 0.0)
    report = scorecard_report(pipeline, X, y > 0.0, **SETTINGS)
    alone = scorecard_report(pipeline[-1], X, y > 0.0, **SETTINGS)
    assert report.summary["points"] == alone.summary["points"]
    assert report.summary["limitations"] == alone.summary["limitations"]


@pytest.mark.parametrize("kind", ["rate", "continuous"])
def test_a_regressor_behind_bins_has_means_and_no_points(kind, tmp_path):
    (X, y, exposure), (other, outcome, _) = drawn(0), drawn(1)
    last = TweedieRegressor(power=1.5, alpha=0.0) if kind == "rate" else Ridge()
    pipeline = make_pipeline(OptimalBinner(target_type=kind, max_n_bins=3), last).fit(X, y)
    report = scorecard_report(
        pipeline,
        X,
        y,
        sample_weight=exposure if kind == "rate" else None,
        holdout={"X": other, "y": outcome},
        **SETTINGS,
    )
    document = json.loads(report.to_json(tmp_path / "r.json").read_text(encoding="utf-8"))
    validate(document, report_schema("target"))
    assert report.to_html(tmp_path / "r.html").stat().st_size > 10_000

    conventions = report.summary["conventions"]
    assert conventions["score"] == "predicted mean"
    assert conventions["model"] == f"OptimalBinner + {type(last).__name__}"
    assert conventions["power"] == (1.5 if kind == "rate" else None)
    assert report.summary["points"] is None
    value = measures(report)["hold-out", "concordance"]
    assert value == pytest.approx(concordance(outcome, pipeline.predict(other)).value)


def test_pipelines_that_are_no_model_of_the_bins():
    X, y, _ = drawn(0, 300)
    label = np.where(y > 1.0, "many", np.where(y > 0.0, "some", "none"))
    binner = OptimalBinner(target_type="multiclass")
    pipeline = make_pipeline(binner, LogisticRegression()).fit(X, label)
    with pytest.raises(TypeError, match=r"report on the binner, pipeline\[0\]"):
        scorecard_report(pipeline, X, label)

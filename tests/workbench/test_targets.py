"""Sessions on bins of means and of several classes: the same page, with the numbers of the kind."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infotheory.binning import OptimalBinner
from infotheory.evidence.targets.estimates import explained_share
from infotheory.scorecard import ScorecardRegressor
from infotheory.scorecard.validation.mean_measures import concordance, concordance_difference
from infotheory.workbench import workbench
from tests.workbench.conftest import edit, newest_card

WORTH = ("Information value", "IV")
KINDS = ["fraction", "rate", "continuous", "multiclass"]


def drawn(kind, seed=0, n=800):
    rng = np.random.default_rng(seed)
    number = rng.normal(size=n).round(2)
    level = rng.choice(list("abcd"), size=n)
    score = number + 0.7 * (level == "a")
    number[:40] = np.nan
    X = pd.DataFrame({"number": number, "level": level})
    if kind == "fraction":
        return X, rng.beta(1.0, np.exp(-score)), None
    if kind == "rate":
        exposure = rng.uniform(0.5, 2.0, n)
        return X, rng.poisson(exposure * np.exp(score)) / exposure, exposure
    if kind == "continuous":
        return X, 5000.0 + 100.0 * score + 80.0 * rng.normal(size=n), None
    utility = np.stack([score, -score, np.zeros(n)], axis=1) + rng.gumbel(size=(n, 3))
    return X, np.array(["bad", "good", "ugly"])[utility.argmax(axis=1)], None


@pytest.fixture(scope="module", params=KINDS)
def case(request):
    X, y, weights = drawn(request.param)
    return request.param, X, y, weights, OptimalBinner(target_type=request.param).fit(X, y, weights)


def held_out(kind):
    X, y, weights = drawn(kind, 1, 400)
    return (X, y) if weights is None else (X, y, weights)


@pytest.fixture
def session(case, tmp_path):
    kind, X, y, weights, binner = case
    options = {"holdout": held_out(kind), "periods": np.arange(len(y)) % 2, "who": "KL"}
    with workbench(
        binner, X, y, sample_weight=weights, session=tmp_path / "s.tune.jsonl", **options
    ) as opened:
        yield opened


def seen(session, feature="number"):
    answer = session.handle({"type": "feature", "feature": feature})
    assert answer["type"] == "feature", answer
    json.dumps(answer, allow_nan=False)
    return answer["feature"]


def test_bins_have_the_numbers_of_the_binning_table(case, session):
    kind, _, _, _, binner = case
    view, table = seen(session), binner.binning_table("number")
    bins = view["bins"]
    assert [row["label"] for row in bins] == table["bin"].tolist()[:-1]
    for key in ("count", "share", "iv"):
        assert [row[key] for row in bins] == pytest.approx(table[key].tolist()[:-1])
    if kind == "multiclass":
        assert [row["share of bad"] for row in bins] == pytest.approx(table["share_bad"].iloc[:-1])
        assert [row["WoE of ugly"] for row in bins] == pytest.approx(table["woe_ugly"].iloc[:-1])
        assert bins[0]["rate"] == bins[0]["share of ugly"]
        assert bins[0]["woe"] is None
        assert "share of good" in view["per_class"]
        return
    for key, column in (("rate", "mean"), ("rate_low", "mean_low"), ("woe_high", "woe_high")):
        assert [row[key] for row in bins] == pytest.approx(table[column].tolist()[:-1])
    total = sum(row["events"] for row in bins)
    assert total == pytest.approx((table["mean"] * table["count"]).iloc[-1])
    assert view["per_class"] == []


def test_hold_out_rows_and_periods_are_counted(case, session):
    kind, X, y, weights, binner = case
    view = seen(session)
    other, outcome, *mass = held_out(kind)
    codes = binner.bin_codes(other)[:, 0]
    inside = codes == 1
    weight = mass[0] if mass else np.ones(len(other))
    assert view["bins"][1]["holdout_share"] == pytest.approx(weight[inside].sum() / weight.sum())
    wanted = outcome == "ugly" if kind == "multiclass" else outcome
    mean = np.average(np.asarray(wanted, dtype=float)[inside], weights=weight[inside])
    assert view["bins"][1]["holdout_rate"] == pytest.approx(mean)

    assert [period["label"] for period in view["periods"]] == ["0", "1"]
    first = np.arange(len(y)) % 2 == 0
    in_bin = first & (binner.bin_codes(X)[:, 0] == 0)
    wanted = y == "ugly" if kind == "multiclass" else y
    chosen = None if weights is None else weights[in_bin]
    mean = np.average(np.asarray(wanted, dtype=float)[in_bin], weights=chosen)
    assert view["periods"][0]["rates"][0] == pytest.approx(mean)


def test_the_worth_is_the_divergence_of_the_kind(case, session):
    *_, binner = case
    view = seen(session)
    assert view["iv"]["value"] == pytest.approx(
        explained_share(binner.features_["number"].summed()[1])
    )
    row = next(
        entry for entry in session.handle({"type": "open"})["features"] if entry["name"] == "number"
    )
    assert row["iv"]["value"] == pytest.approx(view["iv"]["value"])


def test_the_words_are_those_of_the_kind(case, session):
    kind, *_ = case
    meta = session.handle({"type": "open"})["meta"]
    assert kind in meta["target"]
    assert meta["rate"] == ("share of ugly" if kind == "multiclass" else "mean")
    assert meta["share"] == (kind in ("fraction", "multiclass"))
    worth, short = ("Share of variance", "R²") if kind == "continuous" else WORTH
    assert meta["worth"] == worth
    headings = [heading for heading, *_ in meta["columns"]]
    assert headings[9] == short
    assert headings[3] == meta["rate"]
    assert headings[6] == f"Hold-out {meta['rate']}"
    # Every column is a number of the bins, or has none in this kind of target.
    missing = {key for _, _, *keys in meta["columns"] for key in keys} - set(
        seen(session)["bins"][0]
    )
    without = {"events", "rate_low", "rate_high", "woe_low", "woe_high"}
    assert missing == (without if kind == "multiclass" else set())
    assert meta["trends"] == ["none"] if kind == "multiclass" else len(meta["trends"]) > 5
    assert ("card" in dict(meta["exports"])) == (kind != "multiclass")


@pytest.mark.parametrize(
    ("divergence", "worth"),
    [("mi", "Mutual information"), ("ovr", "One class against the others")],
)
def test_the_worth_is_named_as_the_divergence(divergence, worth):
    X, y, _ = drawn("multiclass")
    binner = OptimalBinner(target_type="multiclass", divergence=divergence).fit(X, y)
    session = workbench(binner)
    assert session.handle({"type": "open"})["meta"]["worth"] == worth
    own = {"level": {"divergence": "iv"}}
    binner = OptimalBinner(target_type="multiclass", divergence=divergence, feature_params=own).fit(
        X, y
    )
    assert workbench(binner).handle({"type": "open"})["meta"]["worth"] == "Divergence"


def test_edits_are_written_and_replayed_without_rows(case, session):
    kind, X, *_ = case
    place = float(np.nanquantile(X["number"], 0.37)) + 0.005  # between two values, no pre-bin
    before = seen(session)["n_bins"]
    assert edit(session, "split", feature="number", at=place)["type"] == "edited"
    answer = edit(session, "merge", feature="number", bins=[0, 1])
    assert answer["feature"]["n_bins"] == before
    woe = edit(session, "woe", feature="number", bin=0, value=0.25)
    if kind == "multiclass":
        assert "one for each of 3 classes" in woe["message"]
    else:
        assert woe["feature"]["bins"][0]["by_hand"]
        # What was set stays with a bin that holds the same values.
        assert edit(session, "merge", feature="number", bins=[1, 2])["feature"]["bins"][0][
            "by_hand"
        ]
    now = seen(session)

    with workbench(None, session=session.path, read_only=True) as again:
        assert again.binner.target_kind_.kind == kind
        replayed = seen(again)
    keys = ("n_bins", "iv", "bins", "periods", "holdout_iv", "psi")
    assert {key: replayed[key] for key in keys} == {key: now[key] for key in keys}


def test_a_session_is_of_its_data(case, session, tmp_path):
    kind, X, y, weights, binner = case
    path, holdout = session.path, held_out(kind)
    session.close()
    options = {"sample_weight": weights, "holdout": holdout, "session": path}
    with workbench(binner, X, y, periods=np.arange(len(y)) % 2, **options) as again:
        assert again.handle({"type": "open"})["type"] == "opened"
    text = path.read_text(encoding="utf-8")
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_text(text.replace('"products": [[', '"products": [[1.5, ', 1), encoding="utf-8")
    with pytest.raises(ValueError, match="must be as it was written"):
        workbench(None, session=damaged, read_only=True)


def test_amounts_that_are_all_larger_are_other_data(tmp_path):
    # Origins are round numbers: whole amounts have the same distances from theirs.
    X, y, _ = drawn("continuous")
    y = np.rint(y)
    path = tmp_path / "s.tune.jsonl"
    workbench(OptimalBinner(target_type="continuous").fit(X, y), X, y, session=path).close()
    larger = y + 1000.0
    with pytest.raises(ValueError, match="must be of the same data"):
        workbench(OptimalBinner(target_type="continuous").fit(X, larger), X, larger, session=path)


def card_of_last_step(session):
    return newest_card(session, session.handle({"type": "open"})["step"])


def test_the_card_is_that_of_a_mean_or_absent_with_a_sentence(case, session):
    kind, X, y, weights, _ = case
    answer = card_of_last_step(session)
    if kind == "multiclass":
        assert "several classes have no card" in answer["reason"]
        with pytest.raises(ValueError, match="several classes have no card"):
            session.card()
        exported = session.handle({"type": "export", "what": "bins"})
        text = Path(exported["path"]).read_text(encoding="utf-8")
        assert OptimalBinner.from_json(text).target_kind_.kind == kind
        return

    card = session.card()
    assert isinstance(card, ScorecardRegressor)
    level = concordance(y, card.predict(X), sample_weight=weights)
    assert answer["auc"]["value"] == pytest.approx(level.value)
    assert answer["change"]["value"] == 0.0
    assert answer["holdout_auc"]["low"] < answer["holdout_auc"]["value"]
    exported = session.handle({"type": "export", "what": "card"})
    text = Path(exported["path"]).read_text(encoding="utf-8")
    assert ScorecardRegressor.from_json(text).target_type == kind


@pytest.mark.parametrize("shape", ["frame", "array"])
def test_a_report_of_several_classes_without_a_characteristic(shape, tmp_path):
    X, y, _ = drawn("multiclass")
    other, outcome = held_out("multiclass")
    X, other = (rows.assign(level=rows["level"].map(ord)).astype(float) for rows in (X, other))
    if shape == "array":
        X, other = X[["level", "number"]].to_numpy(), other[["level", "number"]].to_numpy()
    binner = OptimalBinner(target_type="multiclass").fit(X, y)
    first, last = ("x0", "x1") if shape == "array" else ("level", "number")
    path = tmp_path / "s.tune.jsonl"
    with workbench(binner, X, y, holdout=(other, outcome), session=path) as session:
        review = {"type": "review", "feature": first, "status": "excluded", "note": "no law"}
        assert session.handle(review)["type"] == "reviewed"
        answer = session.handle({"type": "export", "what": "report"})
        assert answer["type"] == "exported", answer
    folder = Path(answer["path"]).parent
    text = (folder / "bins.json").read_text(encoding="utf-8")
    assert list(OptimalBinner.from_json(text).features_) == [last]
    assert "excluded in the workbench: no law" in (folder / "report.json").read_text("utf-8")


def test_hold_out_rows_of_one_amount_have_no_worth():
    X, y, _ = drawn("continuous")
    binner = OptimalBinner(target_type="continuous").fit(X, y)
    session = workbench(binner, X, y, holdout=(X, np.full(len(y), 4987.654321)))
    view, card = seen(session), card_of_last_step(session)
    assert card["auc"]["value"] > 0.5
    assert "y must hold rows of different values" in card["holdout_reason"]
    assert "holdout_auc" not in card
    rates = [row["holdout_rate"] for row in view["bins"] if row["holdout_share"]]
    assert rates == pytest.approx([4987.654321] * len(rates))
    worth = view["holdout_iv"]
    assert worth["value"] is None
    assert worth["reason"] == "the target does not vary in these rows"


def test_the_difference_of_concordances_has_the_paired_error():
    rng = np.random.default_rng(0)
    differences, errors = [], []
    for _ in range(200):
        signal = rng.normal(size=150)
        y = signal + rng.normal(size=150)
        first = signal + rng.normal(size=150)
        estimate = concordance_difference(y, first, first + 0.5 * rng.normal(size=150))
        differences.append(estimate.value)
        errors.append(estimate.standard_error)
    # 200 values have a standard deviation with a relative error of 5 %.
    assert np.median(errors) == pytest.approx(np.std(differences, ddof=1), rel=0.16)

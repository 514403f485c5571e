"""Discrimination, calibration and stability of a report, computed anew from scores and outcomes."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression

SAMPLES = ("train", "hold-out")


def measures_of(summary, part, sample):
    return {row["measure"]: row for row in summary[part]["measures"] if row["sample"] == sample}


def wins(rows):
    """Of each event and non-event: 1 where the event has fewer points, 1/2 at a tie."""
    events, others = rows.score[rows.y == 1], rows.score[rows.y == 0]
    return (events[:, None] < others).astype(float) + 0.5 * (events[:, None] == others)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_area_and_its_error_are_delongs(summary, samples, sample):
    pairs, row = wins(samples[sample]), measures_of(summary, "performance", sample)["AUC"]
    by_event, by_other = pairs.mean(axis=1), pairs.mean(axis=0)
    variance = by_event.var(ddof=1) / by_event.size + by_other.var(ddof=1) / by_other.size
    assert row["value"] == pytest.approx(pairs.mean(), rel=1e-12)
    assert row["standard_error"] == pytest.approx(np.sqrt(variance), rel=1e-9)
    gini = measures_of(summary, "performance", sample)["Gini"]
    assert gini["value"] == pytest.approx(2.0 * pairs.mean() - 1.0)
    assert gini["standard_error"] == pytest.approx(2.0 * np.sqrt(variance))


def test_the_drop_of_the_area_has_the_errors_of_both_samples(summary):
    train, other = (measures_of(summary, "performance", s)["AUC"] for s in SAMPLES)
    (row,) = measures_of(summary, "performance", "both").values()
    assert row["measure"] == "AUC, train − hold-out"
    assert row["value"] == pytest.approx(train["value"] - other["value"])
    error = np.hypot(train["standard_error"], other["standard_error"])
    assert row["standard_error"] == pytest.approx(error)
    # the ends of both intervals, which are not even about their values (Zou and Donner 2008)
    down = np.hypot(train["value"] - train["low"], other["high"] - other["value"])
    up = np.hypot(train["high"] - train["value"], other["value"] - other["low"])
    assert row["low"] == pytest.approx(row["value"] - down)
    assert row["high"] == pytest.approx(row["value"] + up)
    assert (row["p_value"] < 0.05) == (row["low"] > 0.0)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_largest_gap_of_the_class_curves(summary, samples, sample):
    rows = samples[sample]
    found = stats.ks_2samp(rows.score[rows.y == 1], rows.score[rows.y == 0])
    assert measures_of(summary, "performance", sample)["KS"]["value"] == pytest.approx(
        found.statistic
    )
    # the cut-off that is drawn is where the gap is
    cut = summary["performance"]["curves"][sample]["cut_off"]
    refused = [np.mean(rows.score[rows.y == code] <= cut) for code in (1, 0)]
    assert refused[0] - refused[1] == pytest.approx(found.statistic)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_brier_score_and_its_parts(summary, samples, sample):
    rows, told = samples[sample], measures_of(summary, "performance", sample)
    value = {name: told[name]["value"] for name in told if name.startswith("Brier")}
    score = np.mean((rows.y - rows.probability) ** 2)
    assert value["Brier score"] == pytest.approx(score)
    error = np.std((rows.y - rows.probability) ** 2) / np.sqrt(rows.y.size)
    assert told["Brier score"]["standard_error"] == pytest.approx(error, rel=0.01)
    rate = rows.y.mean()
    assert value["Brier score: uncertainty"] == pytest.approx(rate * (1.0 - rate))
    parts = (
        value["Brier score: reliability"]
        - value["Brier score: resolution"]
        + value["Brier score: uncertainty"]
        + value["Brier score: within groups"]
    )
    assert parts == pytest.approx(score)


@pytest.mark.parametrize("sample", SAMPLES)
def test_points_of_the_curves_are_shares_at_or_below_a_score(summary, samples, sample):
    rows, curve = samples[sample], summary["performance"]["curves"][sample]
    for cut, others, events in list(
        zip(curve["score"], curve["nonevents"], curve["events"], strict=True)
    )[1:]:
        assert others == pytest.approx(np.mean(rows.score[rows.y == 0] <= cut))
        assert events == pytest.approx(np.mean(rows.score[rows.y == 1] <= cut))
    area = np.trapezoid(curve["events"], curve["nonevents"])
    assert area == pytest.approx(measures_of(summary, "performance", sample)["AUC"]["value"])
    assert not curve["thinned"]


def test_cells_of_the_distribution_hold_all_rows_and_are_those_of_both_samples(summary, samples):
    told = summary["performance"]["distribution"]
    edges = np.array(told["edges"])
    scores = np.concatenate([rows.score for rows in samples.values()])
    assert (edges[0], edges[-1]) == pytest.approx((scores.min(), scores.max()))
    assert np.allclose(np.diff(edges), np.diff(edges)[0])
    for sample, rows in samples.items():
        for name, code in (("nonevents", 0), ("events", 1)):
            by_hand = np.histogram(rows.score[rows.y == code], edges)[0]
            assert told["samples"][sample][name] == by_hand.tolist()


@pytest.mark.parametrize("sample", SAMPLES)
def test_groups_of_the_score_gather_the_riskiest_first(summary, samples, sample):
    rows, gains = samples[sample], summary["performance"]["gains"][sample]
    rate, so_far, events = rows.y.mean(), 0.0, 0.0
    assert sum(row["count"] for row in gains) == rows.y.size
    for row in gains:
        inside = (rows.score >= row["score_low"]) & (rows.score <= row["score_high"])
        assert row["count"] == inside.sum()
        assert row["events"] == rows.y[inside].sum()
        so_far, events = so_far + row["count"], events + row["events"]
        assert row["lift"] == pytest.approx(row["event_rate"] / rate)
        assert row["cumulative_share"] == pytest.approx(so_far / rows.y.size)
        assert row["cumulative_capture"] == pytest.approx(events / rows.y.sum())
        assert row["cumulative_lift"] == pytest.approx(events / so_far / rate)
        others = (so_far - events) / np.sum(rows.y == 0)
        assert row["gap"] == pytest.approx(events / rows.y.sum() - others)
    ends = [row["score_low"] for row in gains]
    assert ends == sorted(ends)


@pytest.mark.parametrize("sample", SAMPLES)
def test_level_and_spread_of_the_probabilities(summary, samples, sample):
    rows, told = samples[sample], measures_of(summary, "calibration", sample)
    ratio = told["observed / expected events (1 = level holds)"]
    assert ratio["value"] == pytest.approx(rows.y.sum() / rows.probability.sum())
    log_odds = np.log(rows.probability / (1.0 - rows.probability))
    free = LogisticRegression(C=np.inf, tol=1e-10, max_iter=500).fit(log_odds[:, None], rows.y)
    slope = told["slope (1 = spread holds)"]
    assert slope["value"] == pytest.approx(free.coef_[0, 0], rel=1e-4)

    # the curvature of the likelihood gives the error of the slope
    chance = free.predict_proba(log_odds[:, None])[:, 1]
    design = np.column_stack([np.ones_like(log_odds), log_odds])
    information = design.T @ (design * (chance * (1.0 - chance))[:, None])
    error = np.sqrt(np.linalg.inv(information)[1, 1])
    assert slope["standard_error"] == pytest.approx(error, rel=0.1)

    # the intercept makes the mean of the moved probabilities that of the outcomes
    moved = 1.0 / (1.0 + np.exp(-log_odds - told["intercept (0 = level holds)"]["value"]))
    assert moved.sum() == pytest.approx(rows.y.sum(), rel=1e-6)


def test_the_statistic_of_hosmer_and_lemeshow(summary, samples):
    tests = {row["sample"]: row for row in summary["calibration"]["tests"]}
    for sample, rows in samples.items():
        groups = summary["calibration"]["groups"][sample]
        assert sum(row["count"] for row in groups) == rows.y.size
        assert sum(row["events"] for row in groups) == rows.y.sum()
        # the variance of a group is that of its rows, each with its own probability
        order, start, statistic, least = np.sort(rows.probability), 0, 0.0, np.inf
        for row in groups:
            chances = order[start : start + int(row["count"])]
            start += int(row["count"])
            gap = row["events"] - chances.sum()
            variance = (chances * (1.0 - chances)).sum()
            statistic, least = statistic + gap**2 / variance, min(least, variance)
        assert tests[sample]["statistic"] == pytest.approx(statistic)
        # on the rows of the fit two numbers were fitted
        freedom = len(groups) - (2 if sample == "train" else 0)
        assert tests[sample]["degrees_of_freedom"] == freedom
        # groups that vary by less than 5 events are nearly chi-square
        room = 1e-6 if least >= 5.0 else 0.02
        chi_square = stats.chi2.sf(statistic, freedom)
        assert tests[sample]["p_value"] == pytest.approx(chi_square, rel=room)


def test_groups_of_the_prediction_hold_their_mean_and_their_tests(summary, samples):
    rows, groups = samples["hold-out"], summary["calibration"]["groups"]["hold-out"]
    order = np.sort(rows.probability)
    start = 0
    for row in groups:
        chances = order[start : start + int(row["count"])]
        start += int(row["count"])
        assert row["expected_event_rate"] == pytest.approx(chances.mean())
        law = stats.beta(row["events"] + 0.5, row["count"] - row["events"] + 0.5)
        assert row["jeffreys_p_value"] == pytest.approx(law.cdf(row["expected_event_rate"]))
    told = {row["binomial_p_value"]: row["adjusted_p_value"] for row in groups}
    # Holm: the smallest times their number, the next times one less, and never below the last
    largest = 0.0
    for place, p_value in enumerate(sorted(told)):
        largest = max(largest, min((len(groups) - place) * p_value, 1.0))
        assert told[p_value] == pytest.approx(largest)


def index_of(first, second):
    """Symmetric divergence of two counts by bin, half a row added to both where one is empty."""
    first, second = (np.asarray(counts, dtype=float) for counts in (first, second))
    sizes = first.sum(), second.sum()
    empty = (first == 0.0) | (second == 0.0)
    shares = [
        (counts + 0.5 * empty) / size for counts, size in zip((first, second), sizes, strict=True)
    ]
    return float(((shares[0] - shares[1]) * np.log(shares[0] / shares[1])).sum())


def test_the_index_of_the_score_over_its_tenths(summary, samples):
    train, other = samples["train"].score, samples["hold-out"].score
    edges = np.unique(np.quantile(train, np.arange(1, 10) / 10, method="inverted_cdf"))
    counts = [np.bincount(np.searchsorted(edges, s, side="right")) for s in (train, other)]
    row = summary["stability"][0]
    assert row["feature"] == "score"
    assert row["n_bins"] == len(edges) + 1
    assert row["index"]["value"] == pytest.approx(index_of(*counts))
    scale = 1.0 / train.size + 1.0 / other.size
    assert row["critical_value"] == pytest.approx(scale * stats.chi2.ppf(0.95, row["n_bins"] - 1))
    # the p-value is that of Pearson's test, but for what the moments of few rows change
    by_pearson = stats.chi2_contingency(np.array(counts), correction=False)
    assert row["index"]["p_value"] == pytest.approx(by_pearson.pvalue, abs=0.005)


def test_indices_of_characteristics_are_those_of_their_bins(summary):
    by_name = {entry["feature"]: entry for entry in summary["characteristics"]}
    for row in summary["stability"][1:]:
        samples = by_name[row["feature"]]["samples"]
        counts = [{b["bin"]: b["count"] for b in samples[s]["bins"]} for s in SAMPLES]
        labels = sorted(set(counts[0]) | set(counts[1]))
        first, second = ([c.get(label, 0.0) for label in labels] for c in counts)
        assert row["index"]["value"] == pytest.approx(index_of(first, second), rel=1e-9)
        bounds = {"stable": (0.0, 0.1), "shift": (0.1, 0.25), "large shift": (0.25, np.inf)}
        low, high = bounds[row["band"]]
        assert low <= row["index"]["value"] < high

"""Samples, coefficients, points and reasons of a report beside the card and its rows."""

import hashlib
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from pandas.util import hash_pandas_object
from scipy import stats


def test_samples_are_counted_and_their_means_have_errors(summary, samples):
    for entry in summary["data"]["samples"]:
        rows = samples[entry["sample"]]
        n, rate = rows.y.size, rows.y.mean()
        assert (entry["count"], entry["events"]) == (n, rows.y.sum())
        assert entry["sum_of_weights"] == n
        assert not entry["weighted"]
        assert entry["event_rate"] == pytest.approx(rate)
        assert entry["event_rate_low"] < rate < entry["event_rate_high"]
        wald = 2 * 1.96 * np.sqrt(rate * (1 - rate) / n)
        assert entry["event_rate_high"] - entry["event_rate_low"] == pytest.approx(wald, rel=0.02)
        assert entry["mean_score"] == pytest.approx(rows.score.mean())
        half = stats.t.ppf(0.975, n - 1) * rows.score.std(ddof=1) / np.sqrt(n)
        assert entry["mean_score_high"] - entry["mean_score"] == pytest.approx(half, rel=0.01)
        assert entry["columns"] == rows.X.shape[1]


def points_of(summary, rows, card):
    """Points of each characteristic of the card, row by row, looked up by the name of the bin."""
    points = {(row["feature"], row["bin"]): row["points"] for row in summary["points"]}
    return pd.DataFrame(
        {
            name: [points[name, label] for label in rows.bins[name]]
            for name in card.feature_names_in_
        }
    )


@pytest.mark.parametrize("sample", ["train", "hold-out"])
def test_points_of_the_bins_of_a_row_add_up_to_its_score(german, summary, samples, sample):
    card, *_ = german
    points = points_of(summary, samples[sample], card)
    base = sum(row["points"] for row in summary["points"] if row["feature"] not in points)
    assert points.sum(axis=1).to_numpy() + base == pytest.approx(samples[sample].score)


def test_points_follow_from_coefficient_and_evidence(german, summary):
    """Steps between bins are factor times coefficient times evidence, rounded at both ends."""
    card, *_ = german
    factor = card.pdo / np.log(2.0)
    compared = 0
    for entry in summary["coefficients"]:
        rows = [row for row in summary["points"] if row["feature"] == entry["feature"]]
        for first, second in pairwise(rows):
            exact = -factor * entry["coefficient"] * (second["woe"] - first["woe"])
            assert second["points"] - first["points"] == pytest.approx(exact, abs=1.0001)
            compared += 1
    assert compared > 30


def test_reasons_are_what_a_row_lost_beside_the_best_bin(german, summary, samples):
    card, *_ = german
    told = summary["reasons"]
    rows = samples["hold-out"]
    assert told["sample"] == "hold-out"
    assert told["count"] == rows.y.size
    best = pd.DataFrame(summary["points"]).groupby("feature")["points"].max()
    points = points_of(summary, rows, card).drop(columns=told["excluded"])
    lost = best[points.columns] - points
    # the largest losses first, at most four, and none where nothing was lost
    order = np.argsort(-lost.to_numpy(), axis=1, kind="stable")[:, : told["n_reasons"]]
    given = np.take_along_axis(lost.to_numpy(), order, axis=1) > 0.0
    first = {name: np.mean(given[:, 0] & (order[:, 0] == i)) for i, name in enumerate(lost.columns)}
    among = {
        name: np.mean((given & (order == i)).any(axis=1)) for i, name in enumerate(lost.columns)
    }
    entries = {row["feature"]: row for row in told["characteristics"]}
    # equal losses may be told in another order: a few rows of 300
    for name in lost.columns:
        entry = entries.get(name)
        if entry is None:
            assert among[name] == 0.0
            continue
        assert entry["first"] == pytest.approx(first[name], abs=0.05)
        assert entry["among"] == pytest.approx(among[name], abs=0.05)
    assert sum(row["first"] for row in entries.values()) == pytest.approx(given[:, 0].mean())
    assert sum(row["among"] for row in entries.values()) == pytest.approx(given.sum(axis=1).mean())


def test_coefficients_are_tested_on_the_rows_held_out(summary):
    rows = summary["coefficients"]
    for row in rows:
        if row["low"] is not None and row["high"] is not None:
            assert row["low"] < row["coefficient"] < row["high"]
        assert row["vif"] is None or row["vif"] >= 1.0
    known = np.array([row["p_value"] for row in rows if row["p_value"] is not None])
    assert known.size > 10
    assert ((known >= 0.0) & (known <= 1.0)).all()
    assert all(
        row["adjusted_p_value"] >= row["p_value"] for row in rows if row["p_value"] is not None
    )


def test_fingerprints_are_sums_over_the_values_of_the_rows(german, summary, samples):
    """SHA-256 of names and hashed values of the frame, the target, the weights and the groups."""
    rows = samples["hold-out"]
    digest = hashlib.sha256()
    groups = rows.groups.astype(str)
    for part in (rows.X, pd.DataFrame({"": rows.y.astype(np.float64)}), None, groups):
        if part is None:
            digest.update(b"absent")
            continue
        digest.update("\x1f".join(part.columns).encode())
        digest.update(
            hash_pandas_object(part.astype(object) if part is groups else part, index=False)
            .to_numpy()
            .tobytes()
        )
    assert summary["reproducibility"]["fingerprints"]["hold-out"] == digest.hexdigest()
    assert summary["reproducibility"]["settings"]["n_permutations"] == 19
    assert summary["reproducibility"]["settings"]["cut_off"] == summary["fairness"]["cut_off"]

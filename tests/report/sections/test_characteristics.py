"""Bins and ranking of a report beside rows that are counted without the package."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from infotheory.binning import StumpBinner
from infotheory.exceptions import SparseCellWarning
from infotheory.report import scorecard_report
from infotheory.scorecard import Scorecard

SAMPLES = {"train": 700, "hold-out": 300}


def counted(entry, rows):
    """Non-events and events of each bin that has rows, by its label."""
    labels = rows.bins[entry["feature"]].to_numpy()
    return {
        label: (
            np.sum((labels == label) & (rows.y == 0)),
            np.sum((labels == label) & (rows.y == 1)),
        )
        for label in pd.unique(labels)
    }


@pytest.mark.parametrize("sample", SAMPLES)
def test_counts_and_shares_are_those_of_the_rows(summary, samples, sample):
    for entry in summary["characteristics"]:
        by_hand = counted(entry, samples[sample])
        bins = entry["samples"][sample]["bins"]
        assert {row["bin"] for row in bins} == set(by_hand)
        for row in bins:
            assert (row["nonevents"], row["events"]) == by_hand[row["bin"]]
            assert row["count"] == sum(by_hand[row["bin"]])
            assert row["share"] == pytest.approx(row["count"] / SAMPLES[sample])


@pytest.mark.parametrize("sample", SAMPLES)
def test_weights_of_evidence_and_information_by_their_definition(summary, samples, sample):
    """ln of the ratio of the shares; where a cell is empty bin and whole have half a row more."""
    for entry in summary["characteristics"]:
        total, all_rows = 0.0, np.bincount(samples[sample].y).astype(float)
        for row in entry["samples"][sample]["bins"]:
            all_rows += 0.5 * ((row["nonevents"] == 0) or (row["events"] == 0))
        for row in entry["samples"][sample]["bins"]:
            cells = np.array([row["nonevents"], row["events"]], dtype=float)
            is_empty = (cells == 0.0).any()
            assert row["adjusted"] == is_empty
            if is_empty:
                cells += 0.5
            shares = cells / all_rows
            woe = np.log(shares[0] / shares[1])
            term = (shares[0] - shares[1]) * woe
            assert row["woe"] == pytest.approx(woe, rel=1e-9, abs=1e-12)
            # of a multinomial law: 1 / n_i less 1 / N, of each class
            error = np.sqrt((1.0 / cells - 1.0 / all_rows).sum())
            assert row["woe_standard_error"] == pytest.approx(error, rel=0.02)
            if not is_empty:
                assert row["iv"] == pytest.approx(term, rel=1e-9, abs=1e-12)
            total += row["iv"]
        assert entry["samples"][sample]["iv"]["value"] == pytest.approx(total, rel=1e-9)


def test_event_rates_have_the_interval_of_jeffreys(summary):
    for entry in summary["characteristics"]:
        for row in entry["samples"]["train"]["bins"]:
            events, others = row["events"], row["nonevents"]
            assert row["event_rate"] == pytest.approx(events / (events + others))
            law = stats.beta(events + 0.5, others + 0.5)
            # an end at a rate of 0 or 1 is that rate
            low = 0.0 if events == 0 else law.ppf(0.025)
            high = 1.0 if others == 0 else law.ppf(0.975)
            assert (row["event_rate_low"], row["event_rate_high"]) == pytest.approx((low, high))


def test_missing_values_are_told_where_a_bin_of_their_own_holds_them(small):
    card, portfolio = small
    summary = scorecard_report(card, portfolio.X, portfolio.y, n_permutations=9).summary
    for entry in summary["characteristics"]:
        share = portfolio.X[entry["feature"]].isna().mean()
        assert entry["missing_share"] == pytest.approx(share)
        (missing,) = (
            row for row in entry["samples"]["train"]["bins"] if row["bin"].lower() == "missing"
        )
        assert missing["share"] == pytest.approx(share)


def test_the_ranking_is_in_order_of_the_values_on_held_out_folds(summary):
    values = [entry["cross_fitted"]["value"] for entry in summary["ranking"]]
    assert values == sorted(values, reverse=True)
    by_name = {entry["feature"]: entry for entry in summary["characteristics"]}
    for entry in summary["ranking"]:
        same_rows = by_name[entry["feature"]]["samples"]["train"]["iv"]
        assert entry["iv"] == same_rows
        # bins that were chosen on the same rows flatter the value
        assert entry["cross_fitted"]["value"] < entry["iv"]["value"] + 0.05
        assert entry["in_card"] == by_name[entry["feature"]]["in_card"]


def test_p_values_are_counts_of_permutations_and_are_adjusted_together(summary):
    p_values = np.array([entry["permutation_p_value"] for entry in summary["ranking"]])
    hits = p_values * (19 + 1)
    assert np.allclose(hits, np.round(hits))
    assert hits.min() >= 1.0
    told = [entry["adjusted_p_value"] for entry in summary["ranking"]]
    assert told == pytest.approx(stats.false_discovery_control(p_values, method="bh"))


def test_bins_of_several_columns_at_once_have_no_value_on_held_out_folds(small):
    _, portfolio = small
    with pytest.warns(SparseCellWarning, match="bins with rows of one class only"):
        card = Scorecard(StumpBinner(mode="joint")).fit(portfolio.X, portfolio.y)
    summary = scorecard_report(card, portfolio.X, portfolio.y, n_permutations=9).summary
    assert all(entry["cross_fitted"] is None for entry in summary["ranking"])
    assert all(entry["permutation_p_value"] is None for entry in summary["ranking"])
    values = [entry["iv"]["value"] for entry in summary["ranking"]]
    assert values == sorted(values, reverse=True)
    assert any("not learnt column by column" in text for text in summary["limitations"])


def test_reviews_stand_beside_their_columns_and_nowhere_else(small):
    card, portfolio = small
    review = {"status": "accepted", "who": "A. Person"}
    report = scorecard_report(
        card, portfolio.X, portfolio.y, reviews={"number_1": review}, n_permutations=9
    )
    told = {
        entry["feature"]: entry["review"]
        for entry in report.summary["characteristics"]
        if "review" in entry
    }
    assert told == {"number_1": {"status": "accepted", "note": "", "who": "A. Person", "when": ""}}

"""Groups of protected attributes: what the section says, computed anew from the rows."""

import numpy as np
import pytest

ATTRIBUTES = ("young", "foreign_worker")


def measures_of(summary, attribute, sample):
    return {
        row["measure"]: row
        for row in summary["fairness"]["measures"]
        if (row["attribute"], row["sample"]) == (attribute, sample)
    }


def groups_of(rows, attribute):
    """Rows of each group, by the name that the report gives it."""
    values = rows.groups[attribute].astype(str)
    return {name: (values == name).to_numpy() for name in sorted(set(values))}


def each():
    return [(a, s) for a in ATTRIBUTES for s in ("train", "hold-out")]


def test_half_of_the_training_rows_are_approved_unless_a_cut_off_is_given(summary, samples):
    told = summary["fairness"]
    approved = samples["train"].score >= told["cut_off"]
    assert told["approved_share"] == pytest.approx(approved.mean())
    assert told["approved_share_low"] < told["approved_share"] < told["approved_share_high"]
    width = told["approved_share_high"] - told["approved_share_low"]
    assert width == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 700), rel=0.02)


@pytest.mark.parametrize(("attribute", "sample"), each())
def test_a_row_for_each_group(summary, samples, attribute, sample):
    rows, cut_off = samples[sample], summary["fairness"]["cut_off"]
    told = {
        row["group"]: row
        for row in summary["fairness"]["groups"]
        if (row["attribute"], row["sample"]) == (attribute, sample)
    }
    members = groups_of(rows, attribute)
    assert set(told) == set(members)
    for name, inside in members.items():
        row, y, chance = told[name], rows.y[inside], rows.probability[inside]
        assert row["count"] == inside.sum()
        assert row["event_rate"] == pytest.approx(y.mean())
        approved = rows.score[inside] >= cut_off
        assert row["approval_rate"] == pytest.approx(approved.mean())
        assert row["calibration_gap"] == pytest.approx(chance.mean() - y.mean())
        pairs = np.subtract.outer(chance[y == 1], chance[y == 0])
        area = np.mean(pairs > 0.0) + 0.5 * np.mean(pairs == 0.0)
        # of too few events, or other rows, nothing is said
        assert row["auc"] is None or row["auc"] == pytest.approx(area)


@pytest.mark.parametrize(("attribute", "sample"), each())
def test_the_impact_ratio_is_the_lowest_rate_of_approval_over_the_highest(
    summary, samples, attribute, sample
):
    rows = samples[sample]
    approved = rows.score >= summary["fairness"]["cut_off"]
    rates = [approved[inside].mean() for inside in groups_of(rows, attribute).values()]
    row = measures_of(summary, attribute, sample)["adverse impact ratio"]
    assert row["value"] == pytest.approx(min(rates) / max(rates))
    assert row["p_value"] is not None
    assert (row["p_value"] > 0.05) == (row["high"] is None or row["high"] >= 1.0)


@pytest.mark.parametrize(("attribute", "sample"), each())
def test_the_mean_difference_is_in_standard_deviations(summary, samples, attribute, sample):
    rows = samples[sample]
    scores = [rows.score[inside] for inside in groups_of(rows, attribute).values()]
    spread = np.sqrt(
        sum((s.size - 1) * s.var(ddof=1) for s in scores) / sum(s.size - 1 for s in scores)
    )
    gap = abs(scores[0].mean() - scores[1].mean()) / spread
    row = measures_of(summary, attribute, sample)["standardised mean difference of the score"]
    # pooled, or of all rows: conventions differ in the second digit
    assert abs(row["value"]) == pytest.approx(gap, rel=0.06)


def test_carriers_are_the_characteristics_of_the_card_the_strongest_first(summary, german):
    card, *_ = german
    for attribute in ATTRIBUTES:
        told = [
            row for row in summary["fairness"]["characteristics"] if row["attribute"] == attribute
        ]
        assert {row["feature"] for row in told} == set(card.feature_names_in_)
        values = [row["iv_fair"]["value"] for row in told]
        assert values == sorted(values, reverse=True)


def test_the_value_of_a_carrier_is_the_divergence_of_the_groups_less_its_bias(summary, samples):
    rows = samples["train"]
    young = groups_of(rows, "young")["True"]
    told = {
        row["feature"]: row["iv_fair"]
        for row in summary["fairness"]["characteristics"]
        if row["attribute"] == "young"
    }
    compared = 0
    for name in told:
        column = rows.bins[name].to_numpy()
        counts = np.array(
            [[np.sum(column[g] == c) for c in np.unique(column)] for g in (young, ~young)],
            dtype=float,
        )
        if counts.min() < 5.0:
            continue
        shares = counts / counts.sum(axis=1, keepdims=True)
        value = ((shares[0] - shares[1]) * np.log(shares[0] / shares[1])).sum()
        # second order: half the curvature of the divergence times the variance of the shares
        curvature = 1.0 / shares[0] + shares[1] / shares[0] ** 2
        curvature_2 = 1.0 / shares[1] + shares[0] / shares[1] ** 2
        bias = 0.5 * (
            (curvature * shares[0] * (1 - shares[0])).sum() / counts[0].sum()
            + (curvature_2 * shares[1] * (1 - shares[1])).sum() / counts[1].sum()
        )
        assert told[name]["value"] == pytest.approx(value - bias, abs=0.1 * bias)
        compared += 1
    assert compared >= 8


def test_what_is_rare_is_named_among_the_limits(summary, samples):
    small = {
        f"{attribute}: {name}"
        for attribute in ATTRIBUTES
        for rows in samples.values()
        for name, inside in groups_of(rows, attribute).items()
        if inside.sum() < 50
    }
    (text,) = (t for t in summary["limitations"] if t.startswith("Groups with fewer than 50"))
    assert set(text.partition(": ")[2].rstrip(".").split("; ")) == {
        name.replace("foreign_worker: False", "foreign_worker: no") for name in small
    }

"""What is said of each bin of a target of any kind, computed anew from the rows."""

import numpy as np
import pytest
from scipy import stats

from infotheory.evidence.targets.encodings import (
    SIGNS,
    encoded_bins,
    intervals_of_means,
    means_of_bins,
    target_table,
)
from infotheory.evidence.targets.estimates import target_estimate
from infotheory.evidence.woe import weight_of_evidence
from infotheory.tables import CountTable, EvidenceTable

KINDS = ("fraction", "rate", "continuous", "multiclass")
WEIGHTED = [(kind, weighted) for kind in KINDS for weighted in (False, True)]


def rows_of(kind, seed=0, n=240):
    """Bins, targets and weights of rows of a kind; every bin has all classes."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    codes = rng.permutation(np.arange(n) % 4)
    lean = 0.4 * (codes - 1.5)
    y = {
        "fraction": 1.0 / (1.0 + np.exp(-lean - rng.normal(size=n))),
        "rate": rng.poisson(np.exp(lean)) * rng.gamma(2.0, 1.0, n),
        "continuous": lean + rng.normal(size=n),
        "multiclass": np.digitize(lean + rng.normal(size=n), [-0.5, 0.6]),
    }[kind]
    return codes, y, rng.uniform(0.5, 2.0, n)


def table_from(kind, codes, y, weights=None):
    return EvidenceTable.from_rows(codes, y, kind, sample_weight=weights)


def means_by_hand(kind, codes, y, w):
    """Mean of each bin, or shares of the classes, and those of all rows."""
    if kind == "multiclass":
        y = y[:, None] == np.unique(y)
    w = w if y.ndim == 1 else w[:, None]
    bins = [(w * y)[codes == j].sum(axis=0) / w[codes == j].sum() for j in range(4)]
    return np.array(bins), (w * y).sum(axis=0) / w.sum()


def evidence_by_hand(kind, codes, y, w):
    """Logarithm of two shares of a bin: of what rows pay and keep, or of a class and the others."""
    if kind == "continuous":
        means, overall = means_by_hand(kind, codes, y, w)
        return means - overall
    if kind == "multiclass":
        masses = [((y == c) * w, (y != c) * w) for c in np.unique(y)]
    else:
        # the masses of a fraction are what is kept and what is paid, of a rate exposure and amount
        masses = [((1.0 - y) * w if kind == "fraction" else w, y * w)]
    found = []
    for first, second in masses:
        p, q = (np.bincount(codes, mass) / mass.sum() for mass in (first, second))
        found.append(np.log(p / q))
    return found[0] if kind != "multiclass" else np.column_stack(found)


def spread(function, w):
    """Error by the influence of rows: how the result moves with each weight, times the weight."""
    steps = np.eye(w.size) * 1e-5
    moves = [(function(w + step) - function(w - step)) / 2e-5 for step in steps]
    return np.sqrt(sum((weight * move) ** 2 for weight, move in zip(w, moves, strict=True)))


@pytest.mark.parametrize(("kind", "weighted"), WEIGHTED)
def test_means_are_those_of_the_rows_of_a_bin(kind, weighted):
    codes, y, w = rows_of(kind)
    w = w if weighted else np.ones(w.size)
    table = table_from(kind, codes, y, w)
    means, _ = means_by_hand(kind, codes, y, w)
    np.testing.assert_allclose(means_of_bins(table), means, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(encoded_bins(table, "event_rate", "haldane", 1.0), means, rtol=1e-10)


@pytest.mark.parametrize(("kind", "weighted"), WEIGHTED)
def test_evidence_is_the_logarithm_of_two_shares(kind, weighted):
    codes, y, w = rows_of(kind, seed=1)
    w = w if weighted else np.ones(w.size)
    table = table_from(kind, codes, y, w)
    wanted = evidence_by_hand(kind, codes, y, w)
    np.testing.assert_allclose(encoded_bins(table, "woe", "haldane", 1.0), wanted, rtol=1e-9)
    turned = encoded_bins(table, "woe", "haldane", -1.0)
    # a class, and a distance from the mean, have one sign whatever is called safe
    has_sign = (kind, "event") in SIGNS
    np.testing.assert_allclose(turned, -wanted if has_sign else wanted, rtol=1e-9)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "multiclass"])
def test_errors_are_those_of_the_influence_of_each_row(kind):
    codes, y, w = rows_of(kind, seed=2, n=80)
    shown = target_table(table_from(kind, codes, y, w), "haldane", 1.0, "x")
    by_row = spread(lambda weights: means_by_hand(kind, codes, y, weights)[0], w)
    np.testing.assert_allclose(shown["mean_standard_error"][:4].astype(float), by_row, rtol=1e-5)
    if kind != "continuous":
        by_row = spread(lambda weights: evidence_by_hand(kind, codes, y, weights), w)
    np.testing.assert_allclose(shown["woe_standard_error"][:4].astype(float), by_row, rtol=1e-5)


def test_errors_of_several_classes_are_those_of_each_row_too():
    codes, y, w = rows_of("multiclass", seed=2, n=120)
    shown = target_table(table_from("multiclass", codes, y, w), "haldane", 1.0, "x")
    by_row = spread(lambda weights: evidence_by_hand("multiclass", codes, y, weights), w)
    for c in range(3):
        errors = shown[f"woe_{c}_standard_error"][:4].astype(float)
        np.testing.assert_allclose(errors, by_row[:, c], rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_ends_with_weights_hold_students_of_the_rows_of_the_smaller_mass(kind):
    """And the gamma law of two masses, as those of two classes; without weights they are normal."""
    codes, y, w = rows_of(kind, seed=5, n=120)
    names = [f"woe_{c}" for c in range(3)] if kind == "multiclass" else ["woe"]
    for weights in (w, np.ones(len(w)), np.full(len(w), 3.0)):
        shown = target_table(table_from(kind, codes, y, weights), "haldane", 1.0, "x").iloc[:4]
        for i, name in enumerate(names):
            if kind == "multiclass":
                masses = [weights * (y == i), weights * (y != i)]
            elif kind == "continuous":
                masses = [weights]
            else:
                masses = [weights * (1.0 - y) if kind == "fraction" else weights, weights * y]
            sizes = [
                [(m[codes == b].sum() ** 2) / (m[codes == b] @ m[codes == b]) for m in masses]
                for b in range(4)
            ]
            quantile = stats.norm.isf(0.025)
            if weights is w:
                quantile = stats.t.isf(0.025, np.min(sizes, axis=1))
            errors = shown[f"{name}_standard_error"].astype(float).to_numpy()
            reach = quantile * errors
            if weights is w and kind != "continuous":
                sums, squares = (
                    np.array([[(m[codes == b] ** power).sum() for m in masses] for b in range(4)])
                    for power in (1, 2)
                )
                of_classes = weight_of_evidence(CountTable(tuple("abcd"), sums, squares))
                # Rows that have a part of both masses: they vary together.
                together = errors / of_classes["standard_error"]
                ends = np.abs(of_classes[["low", "high"]].sub(of_classes["woe"], axis=0))
                wanted = (ends.max(axis=1) * together).to_numpy()
                assert (wanted >= reach * (1.0 - 1e-12)).all()
                reach = wanted
            for end, sign in (("low", -1.0), ("high", 1.0)):
                wanted = shown[name] + sign * reach
                np.testing.assert_allclose(shown[f"{name}_{end}"].astype(float), wanted, rtol=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_fraction_of_two_values_has_the_ends_of_two_classes(weighted):
    rng = np.random.default_rng(7)
    codes, y = rng.integers(0, 3, 90), (rng.random(90) < 0.4).astype(float)
    w = rng.lognormal(sigma=1.0, size=90) if weighted else np.ones(90)
    shown = target_table(table_from("fraction", codes, y, w), "haldane", 1.0, "x").iloc[:3]
    of_classes = weight_of_evidence(CountTable.from_codes(codes, y, sample_weight=w))
    for end in ("low", "high"):
        np.testing.assert_allclose(
            shown[f"woe_{end}"].astype(float), of_classes[end].iloc[:3], rtol=1e-9
        )


def test_a_fraction_reaches_as_far_as_the_heavy_rows_that_a_bin_lacks():
    """Student's ends alone covered .71 to .89 where one row in ten weighs 20."""
    codes = np.repeat([0, 1], [220, 380])
    y = np.r_[np.ones(20), np.zeros(200), np.ones(180), np.zeros(200)]
    w = np.ones(600)
    w[np.flatnonzero((codes == 1) & (y == 1))[::10]] = 20.0
    shown = target_table(table_from("fraction", codes, y, w), "haldane", 1.0, "x").iloc[:2]
    of_classes = weight_of_evidence(CountTable.from_codes(codes, y, sample_weight=w))
    below = of_classes["woe"] - of_classes["low"]
    student = stats.t.isf(0.025, 20.0) * of_classes["standard_error"].iloc[0]
    assert below.iloc[0] > 1.2 * student
    # the farther of both ends on either side
    reach = np.maximum(below, of_classes["high"] - of_classes["woe"])
    for end, sign in (("low", -1.0), ("high", 1.0)):
        wanted = of_classes["woe"] + sign * reach
        np.testing.assert_allclose(shown[f"woe_{end}"].astype(float), wanted, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_row_holds_all_rows(kind):
    codes, y, w = rows_of(kind, seed=3)
    table = table_from(kind, codes, y, w)
    shown = target_table(table, "haldane", 1.0, "x")
    totals = shown.loc["Totals"]
    assert totals["count"] == pytest.approx(w.sum())
    assert shown["share"][:4].sum() == pytest.approx(totals["share"]) == pytest.approx(1.0)
    assert shown["iv"][:4].sum() == pytest.approx(totals["iv"])
    estimate = target_estimate(table)
    assert totals["iv"] == pytest.approx(estimate.value)
    assert totals["iv_standard_error"] == pytest.approx(estimate.standard_error)
    assert (totals["iv_low"], totals["iv_high"]) == pytest.approx(estimate.interval(), nan_ok=True)
    _, overall = means_by_hand(kind, codes, y, w)
    if kind == "multiclass":
        assert [totals[f"share_{c}"] for c in range(3)] == pytest.approx(overall)
    else:
        assert totals["mean"] == pytest.approx(overall)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "multiclass"])
@pytest.mark.parametrize("level", [0.8, 0.99])
def test_intervals_are_as_wide_as_their_level(kind, level):
    codes, y, _ = rows_of(kind, seed=4)
    table = table_from(kind, codes, y)
    shown = target_table(table, "haldane", 1.0, "x", level=level)[:4].astype({"woe": float})
    half = stats.norm.ppf(0.5 + level / 2.0) * shown["woe_standard_error"]
    np.testing.assert_allclose((shown["woe_high"] - shown["woe"]).astype(float), half)
    np.testing.assert_allclose((shown["woe"] - shown["woe_low"]).astype(float), half)

    means, errors, low, high = intervals_of_means(table, level)
    room = stats.norm.ppf(0.5 + level / 2.0) * errors
    least = {"fraction": 0.0, "rate": 0.0}.get(kind, -np.inf)
    np.testing.assert_allclose(low, np.maximum(means - room, least))
    np.testing.assert_allclose(
        high, np.minimum(means + room, 1.0 if kind == "fraction" else np.inf)
    )
    assert (shown["iv_low"] <= shown["iv"] + 1e-12).all()
    assert (shown["iv_high"] >= shown["iv"] - 1e-12).all()


@pytest.mark.parametrize("kind", KINDS)
def test_rows_that_repeat_weigh_as_many(kind):
    """Means and evidence are those of repeated rows; errors are not, as a row counts once."""
    codes, y, _ = rows_of(kind, seed=5, n=120)
    times = np.random.default_rng(5).integers(1, 4, codes.size)
    weighted = table_from(kind, codes, y, times.astype(float))
    repeated = table_from(kind, codes.repeat(times), y.repeat(times))
    for metric in ("woe", "event_rate"):
        first, second = (encoded_bins(t, metric, "haldane", 1.0) for t in (weighted, repeated))
        np.testing.assert_allclose(first, second, rtol=1e-9, atol=1e-12)


def test_a_bin_without_an_amount_is_marked_and_has_half_a_row_of_each():
    exposures, amounts = np.array([40.0, 60.0, 80.0]), np.array([0.0, 30.0, 20.0])
    products = np.column_stack([exposures, amounts, 2.0 * amounts])
    table = EvidenceTable(tuple("abc"), "rate", np.column_stack([exposures, amounts]), products)
    shown = target_table(table, "haldane", 1.0, "x")
    assert shown["adjusted"].tolist() == [True, False, False, False]
    assert np.isfinite(shown["woe"][:3].astype(float)).all()
    # no amount is less than every rate
    assert shown["woe"].iloc[0] == shown["woe"][:3].max()
    assert shown["mean"].iloc[0] == 0.0
    added = target_table(table, 1.0, 1.0, "x")
    assert added["adjusted"].tolist() == [True, True, True, False]


def test_empty_bins_have_no_evidence_and_the_mean_of_all():
    codes, y, w = rows_of("continuous", seed=6)
    table = EvidenceTable.from_rows(
        np.where(codes == 2, 3, codes), y, "continuous", labels=tuple("abcd"), sample_weight=w
    )
    assert encoded_bins(table, "woe", "haldane", 1.0)[2] == 0.0
    assert means_of_bins(table)[2] == pytest.approx((w @ y) / w.sum())
    shown = target_table(table, "haldane", 1.0, "x")
    assert np.isnan(shown["mean_standard_error"].iloc[2])
    assert shown["iv"].iloc[2] == 0.0


def test_what_was_set_by_hand_has_no_error_and_what_is_joined_no_row():
    codes, y, w = rows_of("rate", seed=7)
    table = table_from("rate", codes, y, w)
    plain = target_table(table, "haldane", 1.0, "x")
    shown = target_table(table, "haldane", 1.0, "x", by_hand={1: 0.25}, joined=[3])
    assert shown.index.tolist() == [0, 1, 2, "Totals"]
    assert shown.columns.name == "x"
    assert shown.loc[1, "woe"] == 0.25
    assert shown.loc[1, "woe_estimated"] == plain.loc[1, "woe"]
    assert shown.loc[1, "woe_reason"] == "set by hand"
    assert np.isnan(shown.loc[1, ["woe_standard_error", "woe_low", "woe_high"]].astype(float)).all()
    assert shown.loc[[0, 2], "woe"].tolist() == plain.loc[[0, 2], "woe"].tolist()
    assert shown.loc[1, "iv"] == plain.loc[1, "iv"]


def test_a_class_of_other_rows_has_no_evidence():
    """A class that the fit saw, and no row here has."""
    counts = np.array([[20.0, 10.0, 0.0], [10.0, 20.0, 0.0]])
    table = EvidenceTable(("a", "b"), "multiclass", counts, counts, ("x", "y", "z"))
    shown = target_table(table, "haldane", 1.0, "t")
    assert shown["share_z"].tolist() == [0.0, 0.0, 0.0]
    woe = encoded_bins(table, "woe", "haldane", 1.0)
    assert woe[:, 2].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(woe[:, 0], -woe[:, 1])


def test_the_logarithms_of_shares_of_a_bin_add_up_to_nothing():
    codes, y, w = rows_of("multiclass", seed=8)
    table = table_from("multiclass", codes, y, w)
    found = encoded_bins(table, "log_share", "haldane", 1.0)
    np.testing.assert_allclose(found.sum(axis=1), 0.0, atol=1e-12)
    by_class = np.array([np.bincount(codes, w * (y == c)) / w[y == c].sum() for c in range(3)]).T
    steps = np.log(by_class)
    np.testing.assert_allclose(np.diff(found, axis=1), np.diff(steps, axis=1), rtol=1e-9)

"""Cross-fitting and permutation tests of amounts and several classes."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from infotheory.binning import (
    OptimalBinner,
    cross_fitted_information_value,
    permutation_test,
    set_bins,
)
from infotheory.binning.resampling.held_out_targets import two_folds_of_targets
from infotheory.evidence.targets.estimates import explained_share
from infotheory.exceptions import WithheldWarning
from infotheory.tables import EvidenceTable

KINDS = ("fraction", "rate", "continuous", "multiclass")

every_kind = pytest.mark.parametrize("kind", KINDS)


def sample(kind, effect, n=1500, seed=0):
    """Losses with humps at 0 and 1, claims with exposures of days to years, t errors, classes."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    slope = effect * (1.0 / (1.0 + np.exp(-1.5 * x)) - 0.5)
    if kind == "fraction":
        lost = (rng.random(n) < np.clip(0.45 + slope, 0.0, 1.0)).astype(float)
        return x[:, None], np.where(rng.random(n) < 0.7, lost, rng.beta(2.0, 2.0, n)), None
    if kind == "rate":
        years = np.exp(rng.uniform(np.log(0.01), np.log(3.0), n))
        return x[:, None], rng.poisson(years * 0.6 * np.exp(slope)) / years, years
    if kind == "continuous":
        return x[:, None], 100.0 + slope + rng.standard_t(6, size=n), None
    weights = np.column_stack([np.exp(slope), np.ones(n), np.exp(-slope)])
    ends = (weights / weights.sum(axis=1, keepdims=True)).cumsum(axis=1)
    return x[:, None], (rng.random(n)[:, None] > ends).sum(axis=1), None


def contrast_by_hand(kind, one, other, whole):
    """What rows of one fold say in the encoding of another, written out for unweighted rows."""
    (codes, y), (other_codes, other_y) = one, other
    bins, total = range(2), 0.0
    if kind == "continuous":
        for j in bins:
            here, there = y[codes == j], other_y[other_codes == j]
            distance = (here.mean() - y.mean()) * (there.mean() - other_y.mean())
            total += (codes == j).mean() * distance / whole.var()
        return total
    masses = {"fraction": lambda t: (1.0 - t, t), "rate": lambda t: (np.ones(t.size), t)}
    phi = masses.get(kind, lambda t: tuple((t == c).astype(float) for c in range(3)))
    half = [0.5 * (z**2).sum() / z.sum() for z in phi(other_y)]
    sums = [[z[other_codes == j].sum() for z in phi(other_y)] for j in bins]
    logs = np.log(np.array(sums) + half)
    if kind == "multiclass":
        shares = np.array([(whole == c).mean() for c in range(3)])
        for j in bins:
            for c in range(3):
                joint = ((codes == j) & (y == c)).mean()
                total += (joint - (codes == j).mean() * (y == c).mean()) * logs[j][c]
        return total / ((1.0 - shares @ shares) / 2.0)
    for j in bins:
        p, q = (z[codes == j].sum() / z.sum() for z in phi(y))
        total += (p - q) * (logs[j][0] - logs[j][1])
    return total


@every_kind
def test_pairs_of_folds_equal_rows_by_hand(kind):
    X, y, _ = sample(kind, 1.0, n=200)
    codes, fold = (X[:, 0] > 0.0).astype(int), np.arange(200) % 4
    origin = 99.0 if kind == "continuous" else None
    classes = (0, 1, 2) if kind == "multiclass" else None
    folds = [
        EvidenceTable.from_rows(
            codes[fold == k],
            y[fold == k],
            kind,
            labels=("low", "high"),
            origin=origin,
            classes=classes,
        )
        for k in range(4)
    ]
    found = two_folds_of_targets(folds, lambda training: np.arange(training.n_bins))

    rows = [(codes[fold == k], y[fold == k]) for k in range(4)]
    by_hand = [
        0.5 * (contrast_by_hand(kind, one, other, y) + contrast_by_hand(kind, other, one, y))
        for one, other in combinations(rows, 2)
    ]
    assert found.value == pytest.approx(np.mean(by_hand), rel=1e-10)


@every_kind
def test_learnt_bins_are_worth_what_they_find_and_noise_nothing(kind):
    values = []
    for effect in (0.0, 1.2):
        X, y, w = sample(kind, effect, n=3000, seed=5)
        binner = OptimalBinner(target_type=kind).fit(X, y, w)
        estimate = cross_fitted_information_value(binner, X, y, sample_weight=w, rng=0)["x0"]
        low, high = estimate.interval()
        in_sample = explained_share(binner.tables_["x0"])
        assert estimate.value < in_sample
        assert low <= max(estimate.value, 0.0) <= high
        values.append((low, estimate.value))
    assert values[0][0] == 0.0
    assert values[1][0] > 0.0


def test_bins_set_by_hand_stay():
    X, y, _ = sample("fraction", 1.0)
    binner = OptimalBinner(target_type="fraction").fit(X, y)
    split = binner.prebin_specs_["x0"].splits[30]
    set_bins(binner, "x0", [split], reason="policy")
    assert cross_fitted_information_value(binner, X, y, rng=0)["x0"].value > 0.0


@every_kind
def test_what_cross_fitting_needs_is_said(kind):
    X, y, w = sample(kind, 0.5)
    binner = OptimalBinner(target_type=kind).fit(X, y, w)
    with pytest.raises(ValueError, match="X and y must be given for amounts and several classes"):
        cross_fitted_information_value(binner)
    with pytest.raises(ValueError, match="X and y must be given for amounts and several classes"):
        permutation_test(binner)
    for cv in (2, StratifiedKFold(3)):
        with pytest.raises(ValueError, match="cv must be 3 folds or more"):
            cross_fitted_information_value(binner, X, y, cv)


def test_few_rows_in_a_fold_show_no_interval():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 1)), np.where(rng.random(400) < 0.05, 1.0, 0.0)
    binner = OptimalBinner(target_type="rate")
    with pytest.warns(WithheldWarning, match="of the rarest part in a fold"):
        estimate = cross_fitted_information_value(binner, X, y, rng=0)["x0"]
    assert np.isnan(estimate.interval()).all()


@every_kind
def test_permutations_tell_an_effect_from_none(kind):
    X, y, w = sample(kind, 2.0)
    binner = OptimalBinner(target_type=kind).fit(X, y, w)
    result = permutation_test(binner, X, y, sample_weight=w, n_permutations=39, rng=0)["x0"]
    assert result.p_value == pytest.approx(1 / 40)
    assert result.statistic == pytest.approx(binner.groupings_["x0"].objective)
    X, y, w = sample(kind, 0.0, n=600, seed=1)
    values = [
        permutation_test(
            OptimalBinner(target_type=kind, max_n_prebins=8),
            np.random.default_rng(seed).permutation(X),
            y,
            sample_weight=w,
            n_permutations=19,
            rng=seed,
        )["x0"].p_value
        for seed in range(30)
    ]
    # Uniform on 1/20, ..., 1: the mean of 30 lies within .21 of .525 in 1 of 10,000 samples.
    assert abs(np.mean(values) - 0.525) < 0.21


def test_clusters_move_as_a_whole():
    X, y, _ = sample("fraction", 0.0, n=600)
    clusters = np.repeat(np.arange(300), 2)
    result = permutation_test(
        OptimalBinner(target_type="fraction"), X, y, clusters=clusters, n_permutations=9, rng=0
    )["x0"]
    assert 0.1 <= result.p_value <= 1.0


def test_a_target_that_is_constant_in_each_bin_has_no_cross_fitted_interval():
    # its noise has no scale, and its square was no number
    X, y = np.repeat(["a", "b", "c"], 60)[:, None].astype(object), np.repeat([1.0, 2.0, 5.0], 60)
    with pytest.warns(WithheldWarning, match="y does not vary inside any bin"):
        (estimate,) = cross_fitted_information_value(
            OptimalBinner(target_type="continuous"), X, y, rng=0
        ).values()
    assert estimate.value > 0.9
    assert np.isnan(estimate.interval()).all()

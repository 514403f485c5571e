"""What the fuzz tests once found, each by name."""

import numpy as np
import pandas as pd
import pytest
from scipy import special

from infotheory import information_bottleneck_curve, rate_distortion
from infotheory.binning import FairBinner, OptimalBinner, StumpBinner
from infotheory.cells import BinSpec, Factor
from infotheory.coupling import GridWorld, coupling_lower_bound, markov_coding_game, soft_policy
from infotheory.decomposition import partial_information_decomposition
from infotheory.estimation import (
    bootstrap_counts,
    choose_history,
    entropy_from_counts,
    estimate_entropy,
    estimate_mutual_information,
    pairwise_mutual_information,
)
from infotheory.evidence import (
    adverse_impact_ratio,
    area_under_curve,
    information_values,
    linear_combination,
    population_stability_index,
    standardized_mean_difference,
    total_information_value,
)
from infotheory.evidence.combinations import ratio
from infotheory.exceptions import WithheldWarning
from infotheory.fields.coding import prequential_code_length
from infotheory.fields.semantic import confirmation, maximum_information_classifier
from infotheory.inference import benjamini_hochberg
from infotheory.lattice import Information, renyi_distance
from infotheory.laws import chi2_noncentrality_interval
from infotheory.scorecard import (
    MasterScale,
    Scorecard,
    brier_score,
    calibration_intercept,
    calibration_table,
    cut_offs_at_rates,
    deviance_explained,
    fit_logistic,
    gains_table,
    mean_calibration,
    mean_calibration_table,
    mean_gains_table,
    migration_matrix,
    ordered_gini,
)
from infotheory.spectral import rankme, spectral_decay
from infotheory.tables import CountTable, EvidenceTable

Y, P = [0, 1, 0, 1], [0.1, 0.9, 0.2, 0.6]
RAGGED = [[1.0], [1.0, 2.0]]
UNORDERED = np.array(["a", 1j, "b", "b"], dtype=object)
X_OF = Information.from_labels([0, 0, 1])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: adverse_impact_ratio(RAGGED, Y), "decision must be one rectangular array"),
        (lambda: adverse_impact_ratio(Y, RAGGED), "group must be one rectangular array"),
        (lambda: adverse_impact_ratio(Y, UNORDERED), "group must hold labels that can be sorted"),
        (lambda: area_under_curve(UNORDERED, P), "y must hold labels that can be sorted"),
        (
            lambda: area_under_curve(Y, np.array(P) + 0j),
            "score must be numbers, got dtype complex128",
        ),
        (
            lambda: brier_score(Y, P, sample_weight=RAGGED),
            "sample_weight must be one rectangular array",
        ),
        (
            lambda: brier_score(Y, P, sample_weight=[1e300, 1, 1, 1]),
            "sample_weight must lie between -1e60 and 1e60",
        ),
        (
            lambda: brier_score(Y, P, sample_weight=[1e-300, 1e-299, 0, 0]),
            "sample_weight must be 0 or at least 1e-60",
        ),
        (
            lambda: standardized_mean_difference([1e300, 0, 1, 2], Y),
            "score must lie between -1e60 and 1e60",
        ),
        (
            lambda: population_stability_index([1, 2], [1e-300, 1]),
            "actual must be 0 or at least 1e-60",
        ),
        (
            lambda: population_stability_index([1 + 0j, 2], [1, 1]),
            "expected must be numbers, got dtype complex128",
        ),
        (
            lambda: linear_combination([1, 2], np.eye(2), ["a", "b"]),
            "weights must be numbers, got dtype <U1",
        ),
        (
            lambda: linear_combination([1, 2], [[1, 0], [0, -1e300]], [1, 1]),
            "covariance must lie between",
        ),
        (lambda: ratio([1e-300, 1], np.eye(2)), "numerator and denominator must be positive"),
        (lambda: CountTable.from_counts(RAGGED, [1]), "nonevents must be one rectangular array"),
        (
            lambda: CountTable.from_codes([0, 1, 0, 1], UNORDERED),
            "y must hold labels that can be sorted, got",
        ),
        (
            lambda: calibration_table(Y, P, bands=UNORDERED),
            "bands must hold labels that can be sorted",
        ),
        (lambda: cut_offs_at_rates(P, ["a"]), "rates must be numbers, got dtype <U1"),
        (lambda: MasterScale.from_ends([0.1, np.nan, 0.5]), "ends must ascend"),
        (lambda: benjamini_hochberg([2.0]), "p_values must be a vector of numbers between 0 and 1"),
        (lambda: chi2_noncentrality_interval(np.inf, 1, 0.95), "the statistic must be finite"),
        (
            lambda: chi2_noncentrality_interval(1.0, 0, 0.95),
            "degrees of freedom finite and positive",
        ),
        (lambda: renyi_distance(X_OF, X_OF, order=np.nan), "order must be a number from 0 to inf"),
        (lambda: coupling_lower_bound(RAGGED), "in a rectangular array"),
        (lambda: soft_policy(GridWorld.build(), 1e300), "log_beta must lie between -100 and 100"),
        (lambda: markov_coding_game(4, episodes=1.5), "episodes must be an integer of at least 1"),
        (lambda: estimate_entropy(RAGGED), "x must be one rectangular array"),
        (
            lambda: estimate_entropy(np.array([[1], 2, "a"], dtype=object)),
            "labels must be numbers or strings",
        ),
        (
            lambda: bootstrap_counts([1e16, 1], entropy_from_counts),
            r"counts must add up to at most 2\^53",
        ),
        (lambda: pairwise_mutual_information(pd.DataFrame({"a": []})), "X must have shape"),
        (
            lambda: information_bottleneck_curve([[0.5, 0.5]], betas=[1e300]),
            "betas must be at most 1e.12",
        ),
        (
            lambda: information_bottleneck_curve([[0.5, 0.5]], betas=[1], n_codes=1.5),
            "n_codes must be an integer",
        ),
        (lambda: rankme([[1e300, 1.0], [1.0, 2.0]]), "Z must lie between -1e.150 and 1e.150"),
        (
            lambda: spectral_decay(np.diag([3.0, 2, 1]), fit_range=(1.5, 2)),
            "fit_range must be two ranks",
        ),
        (
            lambda: rate_distortion([0.5, 0.5], [[0, 1e300], [1, 0]], slope=2),
            "distortion must lie between -1e60",
        ),
        (lambda: Factor.from_values(RAGGED, "x"), "values must be one rectangular array"),
        (lambda: Factor.from_values(1, "x"), r"values must have shape \(n_rows,\)"),
        (lambda: CountTable.from_codes(RAGGED, Y), "bins must be one rectangular array"),
        (
            lambda: fit_logistic([[1.0], [2.0]], [[1, 2], [3, 4]], offset=[1e300, 0]),
            "offset must lie between",
        ),
        (
            lambda: fit_logistic([[1.0], [2.0]], [[1, 2], [3, 4]], offset=[np.nan, 0]),
            "offset must be finite",
        ),
        (
            lambda: fit_logistic([[1.0], [2.0]], [[1, 2], [3, 4]], max_iterations=1.5),
            "max_iterations must be an integer",
        ),
        (
            lambda: entropy_from_counts([1, 2], method="dirichlet", concentration=1e300),
            "concentration must be positive",
        ),
        (lambda: total_information_value(RAGGED, Y), "codes must be one rectangular array"),
        (lambda: pairwise_mutual_information(RAGGED), "X must be one rectangular array"),
        (lambda: information_values(RAGGED, Y), "codes must be one rectangular array"),
        (
            lambda: information_values([[0, 1]] * 4, Y, clusters=UNORDERED),
            "clusters must hold labels that can be sorted",
        ),
        (lambda: migration_matrix(RAGGED, Y), "before must be one rectangular array"),
        (lambda: cut_offs_at_rates(RAGGED, [0.5]), "points must be one rectangular array"),
        (lambda: OptimalBinner().fit([], []), "Expected 2D array"),
    ],
)
def test_the_error_is_worded(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_a_joint_split_between_missing_and_present_categories_is_no_boundary():
    """XGBoost puts such a threshold beyond the last category; it was an IndexError."""
    rng = np.random.default_rng(0)
    level = rng.choice(np.array(["a", "b", "c", None], dtype=object), 200)
    y = np.where(pd.isna(level), rng.random(200) < 0.9, rng.random(200) < 0.1).astype(int)
    binner = StumpBinner(mode="joint").fit(pd.DataFrame({"level": level}), y)
    assert np.isfinite(binner.transform(pd.DataFrame({"level": level}))).all()


def test_the_interval_of_a_huge_statistic_is_a_number():
    """Beyond some 1e10 scipy finds no root; the interval was NaN."""
    for size in (1e9, 1e12):
        low, high = chi2_noncentrality_interval(size, 3, 0.95)
        z = 1.959963984540054
        assert high - low == pytest.approx(4.0 * z * np.sqrt(size), rel=1e-3)
        assert (low + high) / 2 == pytest.approx(size, rel=1e-7)


def test_symbols_that_never_occur_leave_the_bottleneck_curve_finite():
    curve = information_bottleneck_curve([[0.0, 1.0], [0.0, 0.0]], betas=[1.0])
    assert curve.relevance == pytest.approx([0.0])


def test_levels_whose_rows_have_no_weight_do_not_count():
    frame = pairwise_mutual_information(
        np.array([["a"], ["b"], ["b"], ["c"]]), sample_weight=[0, 1, 1, 2]
    )
    assert np.asarray(frame.values).item() == pytest.approx(np.log(2))


def test_rows_of_no_weight_are_as_if_they_were_not_there():
    """Their levels entered the degrees of freedom, and reciprocals of zero the p-value."""
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 3, size=(400, 3))
    weights = rng.uniform(1.0, 2.0, size=400)
    more = np.vstack([rows, [[5, 6, 7], [8, 0, 1]]])
    with_nothing = pairwise_mutual_information(more, sample_weight=[*weights, 0.0, 0.0])
    expected = pairwise_mutual_information(rows, sample_weight=weights)
    for name in ("values", "standard_errors", "p_values"):
        given, wanted = getattr(with_nothing, name), getattr(expected, name)
        assert given == pytest.approx(wanted, rel=1e-9, nan_ok=True)

    one = estimate_mutual_information(more[:, 0], more[:, 1], sample_weight=[*weights, 0.0, 0.0])
    assert one.p_value == pytest.approx(expected.p_values[0, 1], rel=1e-9)


def test_booleans_are_features():
    assert rankme(np.array([[True, False], [False, True]])) == pytest.approx(2.0)


def test_a_complex_target_of_codes_is_refused():
    with pytest.raises(ValueError, match="y must hold two labels, numbers or text"):
        CountTable.from_codes([0, 1], np.array([0, 1 + 0j]))


def test_probabilities_that_change_no_digit_leave_the_decomposition_finite():
    p = np.array([[[1e-300, 1e-300, 1e-300], [0.0, 0.0, 1.0]]])
    parts = partial_information_decomposition(p)
    assert [parts.redundancy, *parts.unique, parts.synergy] == pytest.approx([0.0] * 4, abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [  # by quadrature with 40 digits
        ([10**15, 1, 2], 1.06709304796e-13),
        ([10**6, 1, 2], 4.45393779447e-5),
    ],
)
def test_labels_that_are_very_rare_need_no_memory(counts, expected):
    with pytest.warns(WithheldWarning, match="off the most frequent label"):
        estimate = entropy_from_counts(counts, method="chao_wang_jost")
    assert estimate.value == pytest.approx(expected, rel=1e-9, abs=1e-14)


def test_one_value_is_no_series():
    with pytest.raises(ValueError, match=r"the single value 0\.5"):
        choose_history(0.5, steps=(1,), missing="omit")


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"must broadcast, got \(3,\) and \(2,\)"):
        confirmation([0.1, 0.2, 0.3], [0.5, 0.5])


def test_a_sum_without_an_error_has_no_test():
    with pytest.warns(WithheldWarning, match="no error, and no interval"):
        total = linear_combination([1e15, 1.0], np.zeros((2, 2)), [7.0, 1e15])
    assert total.p_value is None
    assert np.isnan(total.interval()).all()


def test_losses_whose_sum_leaves_float64_are_refused():
    with pytest.raises(ValueError, match="losses must lie between -1e60 and 1e60"):
        prequential_code_length([1e300], [2e15])


@pytest.mark.parametrize("kind", ["rate", "continuous"])
def test_amounts_without_squares_are_refused(kind):
    with pytest.raises(ValueError, match="y must lie between -1e60 and 1e60"):
        EvidenceTable.from_rows([0, 0, 1], [0.0, 1.0, 1e300], kind)


@pytest.mark.parametrize("p", [1e-300, 1e-12, 0.5, 1.0 - 1e-15])
def test_the_intercept_of_extreme_predictions_is_the_rate_against_them(p):
    intercept = calibration_intercept([0, 0, 0, 1] * 5, [p] * 20)
    assert intercept.value == pytest.approx(special.logit(0.25) - special.logit(p))


@pytest.mark.parametrize("label", [0, 1])
def test_gains_of_one_class_are_refused(label):
    y = np.array([0, 1, 0, 1])
    with pytest.raises(ValueError, match=f"got one class with positive sample_weight: {label}"):
        gains_table(y, y, sample_weight=1.0 * (y == label))


def test_levels_have_no_splits():
    with pytest.raises(ValueError, match="splits of feature 'x' are of numbers"):
        BinSpec(name="x", kind="categorical", splits=(np.nan,), levels=(("a",),))


@pytest.mark.parametrize(
    "measure",
    [
        lambda y: ordered_gini(y, y),
        lambda y: deviance_explained(y, [0.5] * len(y), target_type="fraction"),
        lambda y: mean_calibration(y, [0.5] * len(y), target_type="rate"),
        lambda y: mean_gains_table(y, [0.5] * len(y), target_type="fraction"),
        lambda y: mean_calibration_table(y, [0.5] * len(y), target_type="continuous"),
    ],
)
def test_amounts_whose_squares_are_none_are_refused(measure):
    with pytest.raises(ValueError, match="y must hold rows that differ by at least 1e-60, got 1e-"):
        measure([0.0, 1e-300] * 10)


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
def test_amounts_that_differ_by_rounding_or_predictions_that_are_far_off_are_refused(power):
    y = [1.0, np.nextafter(1.0, 2.0)] * 10
    with pytest.raises(ValueError, match="y must differ by more than rounding"):
        deviance_explained([0.5, np.nextafter(0.5, 1.0)] * 10, [0.4] * 20, target_type="rate")
    with pytest.raises(ValueError, match="y must differ by more than rounding"):
        ordered_gini(y, y, relative=True, sample_weight=[1e-60] * 10 + [1e60] * 10)
    far = deviance_explained([1.0, 2.0] * 10, [1e-200, 1.0] * 10, target_type="rate", power=power)
    assert far.value < 0.0
    assert np.isfinite([far.value, far.standard_error]).all()
    with pytest.raises(ValueError, match="mean must be so near to y"):
        deviance_explained([1e59, 1.0], [1e-300, 1.0], target_type="rate", power=2.0)


@pytest.mark.filterwarnings("ignore:iteration limit")
def test_outcomes_that_say_nothing_of_a_slope_are_refused():
    with pytest.raises(ValueError, match="rows must say something of every coefficient"):
        mean_calibration([0.5, 1e-300], [0.5, 0.1], target_type="fraction")


def test_the_error_of_a_ratio_to_tiny_predictions_is_finite():
    held = mean_calibration([0.25, 0.75] * 10, [1e-300] * 20, target_type="fraction")
    assert held.ratio.value == pytest.approx(5e299)
    # The error of the mean of y over the prediction: that of the prediction is none.
    assert held.ratio.standard_error == pytest.approx(0.25 / 20**0.5 / 1e-300, rel=1e-12)


def test_a_lift_over_a_tiny_mean_keeps_its_error():
    y, score = np.array([0.0, 1.0, 2.0, 5.0] * 10), [1.0, 1.0, 3.0, 3.0] * 10
    columns = ["lift", "lift_low", "lift_high"]
    usual, tiny = (
        mean_gains_table(scale * y, score, n_groups=2)[columns].to_numpy() for scale in (1.0, 1e-59)
    )
    np.testing.assert_allclose(tiny, usual, rtol=1e-12)


def test_the_information_of_a_rare_instance_is_its_rarity():
    joint = [[0.5, 0.5, 0.0], [0.0, 0.0, 5e-301]]
    labels = maximum_information_classifier(joint, 2)
    # -p log p: the instance is told apart for sure; what the other one adds is below rounding.
    assert labels.information == pytest.approx(-5e-301 * np.log(5e-301), rel=1e-9)


def test_numbers_in_the_order_of_bytes_of_another_machine_are_these_numbers():
    """Files of instruments and mainframes bring them; pandas hashes none of them."""

    def swapped(values):
        return values.astype(values.dtype.newbyteorder("S"))

    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=300), "level": rng.integers(0, 4, 300)})
    y = (rng.random(300) < 1.0 / (1.0 + np.exp(-X["x"]))).astype(int).to_numpy()
    group = rng.integers(0, 2, 300)
    other = pd.DataFrame({name: pd.Series(swapped(X[name].to_numpy())) for name in X})
    assert not other["level"].dtype.isnative

    options = {"categorical_features": ["level"]}
    card = Scorecard(OptimalBinner(**options)).fit(X, y)
    for labels in (swapped(y), pd.Series(swapped(y))):
        again = Scorecard(OptimalBinner(**options)).fit(other, labels)
        np.testing.assert_array_equal(again.predict_points(other), card.predict_points(X))
        assert again.score(other, labels) == card.score(X, y)
    fair, twin = (
        FairBinner(budget=0.5, **options).fit(rows, labels, protected=groups)
        for rows, labels, groups in (
            (X, y, group),
            (other, swapped(y), pd.DataFrame({"group": swapped(group)})),
        )
    )
    assert twin.specs_ == fair.specs_
    assert estimate_mutual_information(swapped(y), pd.Series(swapped(group))) == (
        estimate_mutual_information(y, group)
    )

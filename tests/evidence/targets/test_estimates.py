"""Divergences of targets of every kind: values, gradients by the complex step, laws, tests."""

import tracemalloc

import numpy as np
import pytest
from scipy import stats

from infotheory.evidence import information_value, target_divergence
from infotheory.evidence.targets.estimates import (
    effective_rows,
    explained_share,
    spread_at_equality,
    target_estimate,
    term_standard_errors,
)
from infotheory.evidence.targets.kinds import (
    DIVERGENCES_BY_KIND,
    name_of_divergence,
    second_derivatives,
    terms_of_target,
)
from infotheory.exceptions import WithheldWarning
from infotheory.tables import CountTable, EvidenceTable

ALL = [(kind, name) for kind, named in DIVERGENCES_BY_KIND.items() for name in named]
COUNTS = np.array([[50.0, 30.0, 20.0], [30.0, 40.0, 30.0], [20.0, 30.0, 50.0]])


def rate_table(amounts=(10.0, 30.0, 45.0), exposures=(100.0, 200.0, 150.0)):
    w, y = np.array(exposures), np.array(amounts)
    products = np.column_stack([w, y, 2.0 * y])
    return EvidenceTable(tuple("abc"), "rate", np.column_stack([w, y]), products)


def fraction_table():
    n, y, y2 = np.array([[100.0, 200.0, 300.0], [60.0, 90.0, 100.0], [50.0, 60.0, 55.0]])
    products = np.column_stack([n - 2.0 * y + y2, y - y2, y2])
    return EvidenceTable(tuple("abc"), "fraction", np.column_stack([n - y, y]), products)


def continuous_table():
    codes, y = np.repeat([0, 1, 2], [3, 4, 2]), [1, 2, 3, 2, 4, 6, 8, 5, 9]
    return EvidenceTable.from_rows(codes, y, "continuous")


def class_table(counts=COUNTS):
    labels = tuple(str(j) for j in range(len(counts)))
    return EvidenceTable(labels, "multiclass", counts, counts, tuple(range(counts.shape[1])))


def table_of(kind):
    return {
        "rate": rate_table,
        "fraction": fraction_table,
        "continuous": continuous_table,
        "multiclass": class_table,
    }[kind]()


def plain(kind, name, S):
    """The definitions, written down anew and fit for complex numbers."""
    T = S.sum(axis=0)
    if kind == "continuous":
        m = T[1] / T[0]
        return np.sum(S[:, 0] * (S[:, 1] / S[:, 0] - m) ** 2) / (T[2] - T[0] * m**2)
    if kind == "multiclass":
        P, N = S / T, T.sum()
        if name == "ovr":
            R = (S.sum(axis=1, keepdims=True) - S) / (N - T)
            return np.sum((P - R) * np.log(P / R))
        if name == "mi":
            return np.sum(S / N * np.log(S * N / np.outer(S.sum(axis=1), T)))
        pi, total, weights = T / N, 0.0, 0.0
        for b in range(len(T)):
            for c in range(b):
                pair = np.sum((P[:, b] - P[:, c]) * np.log(P[:, b] / P[:, c]))
                total, weights = total + pi[b] * pi[c] * pair, weights + pi[b] * pi[c]
        return total / weights
    p, q = (S / T).T
    middle = (p + q) / 2
    return {
        "iv": lambda: np.sum((p - q) * np.log(p / q)),
        "kl": lambda: np.sum(p * np.log(p / q)),
        "gamma": lambda: np.sum(p * np.log(p / q)),
        "poisson": lambda: np.sum(q * np.log(q / p)),
        "js": lambda: np.sum(p * np.log(p / middle) + q * np.log(q / middle)) / 2,
    }[name]()


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_gradient_and_hessian_are_those_of_the_definition(kind, name):
    S = np.array(table_of(kind).sums)
    terms, step = terms_of_target(S, kind, name), 1e-30
    assert terms.value.sum() == pytest.approx(plain(kind, name, S), rel=1e-12)

    def along(S, index):
        moved = S.astype(complex)
        moved[index] += 1j * step
        return plain(kind, name, moved).imag / step

    for index in np.ndindex(S.shape):
        slope = along(S, index)
        assert terms.gradient[index] == pytest.approx(slope, rel=1e-9, abs=1e-13)

    H = second_derivatives(S, kind, name).reshape(*S.shape, *S.shape)
    for index in np.ndindex(S.shape):
        h = 1e-5 * np.abs(S).max()
        up, down = S.copy(), S.copy()
        up[index] += h
        down[index] -= h
        for other in np.ndindex(S.shape):
            by_difference = (along(up, other) - along(down, other)) / (2.0 * h)
            close = pytest.approx(by_difference, rel=1e-4, abs=1e-4 * np.abs(H[index]).max())
            assert H[(*index, *other)] == close


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_a_divergence_does_not_feel_the_scale_and_falls_when_bins_merge(kind, name):
    table = table_of(kind)
    value = explained_share(table, name)
    scaled = EvidenceTable(
        table.labels, kind, 7.0 * table.sums, 49.0 * table.products, table.classes, (), table.origin
    )
    estimates = [target_estimate(one, name) for one in (table, scaled)]
    assert estimates[1].value == pytest.approx(value)
    assert estimates[1].standard_error == pytest.approx(estimates[0].standard_error)
    assert estimates[1].bias == pytest.approx(estimates[0].bias)
    assert estimates[1].p_value == (
        None if estimates[0].p_value is None else pytest.approx(estimates[0].p_value)
    )
    for groups in ([0, 0, 1], [0, 1, 1], [0, 1, 0]):
        assert explained_share(table.merge(groups), name) <= value + 1e-12
    assert explained_share(table.merge([0, 0, 0]), name) == 0.0


@pytest.mark.parametrize("name", ["iv", "mi", "ovr"])
def test_many_classes_have_the_moments_of_all_second_derivatives(name, monkeypatch):
    rng = np.random.default_rng(0)
    counts = rng.integers(5, 40, (7, 6)).astype(float)
    products = counts * rng.uniform(1.0, 2.0, counts.shape)
    table = EvidenceTable(tuple("abcdefg"), "multiclass", counts, products, tuple(range(6)))
    whole, at_equality = target_estimate(table, name), spread_at_equality(table, name)
    monkeypatch.setattr("infotheory.evidence.targets.estimates._MOST_AT_ONCE", 10)
    monkeypatch.setattr("infotheory.evidence.targets.kinds._MOST_NUMBERS", 5 * counts.size)
    parts = target_estimate(table, name)
    for number in ("value", "standard_error", "bias", "degrees_of_freedom", "p_value"):
        assert getattr(parts, number) == pytest.approx(getattr(whole, number), rel=1e-9)
    assert spread_at_equality(table, name) == pytest.approx(at_equality, rel=1e-9)


def test_some_hundred_classes_need_no_gigabytes():
    """All second derivatives of 8 bins of 200 classes at once took 326 MB; now 33."""
    counts = np.random.default_rng(0).integers(1, 9, (8, 200)).astype(float)
    table = EvidenceTable(tuple("abcdefgh"), "multiclass", counts, counts, tuple(range(200)))
    tracemalloc.start()
    estimate = target_estimate(table)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 80e6
    assert np.isfinite(estimate.bias)


def test_values_of_the_specification():
    """Section 12; the laws are those of the numbers, whether an interval is shown or not."""
    values = [explained_share(rate_table(), name) for name in ("iv", "poisson", "gamma")]
    np.testing.assert_allclose(values, [0.178313, 0.088735, 0.089578], atol=5e-7)
    assert values[0] == pytest.approx(values[1] + values[2])
    expected = {
        "rate": (0.123734, 0.052270, (0.0, 0.561307)),
        "fraction": (0.046288, 0.006431, (0.074903, 0.271908)),
        "continuous": (0.181977, 0.069855, None),
        "multiclass": (0.110142, 0.044722, (0.085614, 0.534566)),
    }
    for kind, (error, bias, ends) in expected.items():
        estimate = target_estimate(table_of(kind))
        assert estimate.standard_error == pytest.approx(error, abs=5e-7)
        assert estimate.bias == pytest.approx(bias, abs=5e-7)
        if ends is not None:
            assert estimate.limit_tests.interval(0.0, 0.0, 0.95) == pytest.approx(ends, abs=2e-6)
    assert explained_share(fraction_table()) == pytest.approx(0.160624, abs=5e-7)
    assert target_divergence(fraction_table()).p_value == pytest.approx(5.427e-10, rel=1e-3)
    assert explained_share(continuous_table()) == pytest.approx(0.517857, abs=5e-7)
    for name, value in (("iv", 0.297578), ("mi", 0.049210), ("ovr", 0.683431)):
        estimate = target_divergence(class_table(), divergence=name)
        assert estimate.value == pytest.approx(value, abs=5e-7)
        assert estimate.p_value == pytest.approx(stats.chi2_contingency(COUNTS).pvalue)


@pytest.mark.parametrize("kind", ["rate", "fraction", "continuous", "multiclass"])
def test_effective_rows_are_those_of_the_rarer_mass_by_row(kind):
    rng = np.random.default_rng(5)
    bins, group, w = rng.integers(0, 3, 80), rng.choice(["a", "b"], 80), rng.gamma(2.0, size=80)
    y = {
        "rate": rng.poisson(0.4, 80),
        "fraction": rng.random(80),
        "continuous": rng.normal(size=80),
        "multiclass": rng.choice(list("xyz"), 80, p=[0.5, 0.4, 0.1]),
    }[kind]
    masses = {
        "rate": lambda: [w, w * y],
        "fraction": lambda: [w * (1.0 - y), w * y],
        "continuous": lambda: [w],
        "multiclass": lambda: [w * (y == label) for label in "xyz"],
    }[kind]()
    by_hand = min(mass.sum() ** 2 / (mass**2).sum() for mass in masses)
    for groups in (None, group):
        table = EvidenceTable.from_rows(bins, y, kind, group=groups, sample_weight=w)
        assert effective_rows(table) == pytest.approx(by_hand, rel=1e-12)


def test_two_classes_are_what_they_were():
    """K = 2 is the information value, ``ovr`` twice it, and a fraction of 0 and 1 is binary."""
    good, bad = np.array([400.0, 300.0, 200.0, 100.0]), np.array([40.0, 50.0, 60.0, 50.0])
    binary = information_value(CountTable.from_counts(good, bad))
    counts = np.column_stack([good, bad])
    labels = tuple("abcd")
    two = EvidenceTable(labels, "multiclass", counts, counts, (0, 1))
    fraction = EvidenceTable(labels, "fraction", counts, np.column_stack([good, np.zeros(4), bad]))
    for table in (two, fraction):
        estimate = target_divergence(table)
        assert estimate.value == pytest.approx(binary.value, rel=1e-12)
        assert estimate.standard_error == pytest.approx(binary.standard_error, rel=1e-12)
        assert estimate.bias == pytest.approx(binary.bias, rel=0.02)
    assert explained_share(two, "ovr") == pytest.approx(2.0 * binary.value)


def test_r2_is_that_of_the_analysis_of_variance_and_its_test_that_of_brown_and_forsythe():
    rng = np.random.default_rng(1)
    parts = [rng.normal(m, s, n) for m, s, n in ((0, 1, 20), (0.5, 3, 50), (1, 0.5, 30))]
    codes = np.repeat([0, 1, 2], [20, 50, 30])
    table = EvidenceTable.from_rows(codes, np.concatenate(parts), "continuous")
    estimate = target_divergence(table)
    f = estimate.value / 2 / ((1 - estimate.value) / 97)
    assert f == pytest.approx(stats.f_oneway(*parts).statistic)
    f9 = explained_share(continuous_table())
    assert f9 / 2 / ((1 - f9) / 6) == pytest.approx(3.222222, abs=1e-6)

    n, means = np.array([20, 50, 30]), np.array([p.mean() for p in parts])
    variances = np.array([p.var(ddof=1) for p in parts])
    share, c = n / 100, (1 - n / 100) * variances
    statistic = (n * (means - share @ means) ** 2).sum() / c.sum()
    first = c.sum() ** 2 / (
        (variances**2).sum() + (share @ variances) ** 2 - 2 * share @ variances**2
    )
    second = c.sum() ** 2 / (c**2 / (n - 1)).sum()
    assert estimate.p_value == pytest.approx(stats.f.sf(statistic, first, second))
    assert estimate.interval()[1] <= 1.0


def test_a_bin_without_a_mass_gets_half_a_row_of_each():
    table = rate_table(amounts=(0.0, 130.0, 245.0))
    estimate = target_estimate(table)
    unit = 2.0  # sum w^2 y^2 over sum w y
    filled = EvidenceTable(
        table.labels,
        "rate",
        table.sums + np.array([[0.5, 0.5 * unit], [0, 0], [0, 0]]),
        table.products,
    )
    assert estimate.value == pytest.approx(explained_share(filled))
    assert np.isfinite(estimate.standard_error)
    errors = term_standard_errors(table)
    assert np.isfinite(errors).all()
    assert (errors > 0).all()


def test_what_cannot_be_said_is_withheld_with_its_reason():
    few = rate_table(amounts=(1.0, 3.0, 4.5))
    with pytest.warns(WithheldWarning, match="bin 'a' expects 0.9 effective rows"):
        estimate = target_divergence(few)
    assert np.isnan(estimate.interval()).all()
    assert estimate.p_value is None
    one = target_divergence(EvidenceTable.from_rows([0] * 30, np.arange(30) / 30, "fraction"))
    assert (one.value, one.p_value, one.interval()) == (0.0, 1.0, (0.0, 0.0))


def test_arguments_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="information_value takes a CountTable"):
        target_divergence(CountTable.from_counts([1, 2], [2, 1]))
    with pytest.raises(ValueError, match="divergence for target_type='rate' must be one of"):
        target_divergence(rate_table(), divergence="js")
    with pytest.raises(ValueError, match="needs a positive sum of 'amount'"):
        target_divergence(rate_table(amounts=(0.0, 0.0, 0.0)))
    with pytest.raises(ValueError, match=r"y must vary, got one value \(3\)"):
        target_divergence(EvidenceTable.from_rows([0, 1], [3.0, 3.0], "continuous"))
    with pytest.raises(ValueError, match="y must hold two classes or more, got 1"):
        target_divergence(class_table(np.array([[5.0, 0.0], [6.0, 0.0]])))
    assert name_of_divergence("continuous", None) == "r2"
    absent = class_table(np.column_stack([COUNTS, np.zeros(3)]))
    assert explained_share(absent) == pytest.approx(explained_share(class_table()))


@pytest.mark.parametrize("unit", [1.5, -7.3e8, 1e-9])
def test_a_target_that_is_constant_in_each_bin_has_no_interval_of_width_0(unit):
    # [1 - 1e-12, 1 - 1e-12] before, which left the value itself out, and tests without a number
    codes = np.repeat([0, 1, 2], [40, 50, 60])
    table = EvidenceTable.from_rows(codes, unit * codes, "continuous")
    with pytest.warns(WithheldWarning, match="no interval: y does not vary inside any bin"):
        estimate = target_divergence(table)
    assert estimate.value == pytest.approx(1.0, abs=1e-12)
    assert estimate.value <= 1.0
    assert np.isnan(estimate.interval()).all()
    assert estimate.law.reason.startswith("y does not vary")
    assert estimate.p_value < 1e-200

    # a row that differs from the others of its bin makes an error
    y = unit * codes
    y[0] += 0.01 * unit
    low, high = target_divergence(EvidenceTable.from_rows(codes, y, "continuous")).interval()
    assert low < high <= 1.0

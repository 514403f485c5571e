import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import mutual_info_score

from infotheory import measures
from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_entropy,
    estimate_mutual_information,
)
from infotheory.exceptions import WithheldWarning
from tests.estimation.test_entropy_estimates import METHODS
from tests.studies import Study


def columns(n_columns, n_rows=30, levels=3):
    column = st.lists(st.integers(0, levels - 1), min_size=n_rows, max_size=n_rows).map(np.array)
    return st.tuples(*[column] * n_columns)


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@settings(max_examples=60, deadline=None)
@given(columns(3))
def test_values_and_identities(xyz):
    x, y, z = xyz
    estimate = estimate_mutual_information(x, y)
    assert estimate.value == pytest.approx(max(0.0, mutual_info_score(x, y)), abs=1e-12)
    assert estimate.value == pytest.approx(estimate_mutual_information(y, x).value, abs=1e-12)
    given_z = estimate_conditional_mutual_information(x, y, z)
    joint = np.zeros((3, 3, 3))
    np.add.at(joint, (x, y, z), 1 / x.size)
    expected = float(measures.conditional_mutual_information(joint, given=-1))
    assert given_z.value == pytest.approx(expected, abs=1e-12)
    both = estimate_mutual_information(x, np.column_stack([y, z]))
    assert both.value == pytest.approx(
        estimate_mutual_information(x, z).value + given_z.value, abs=1e-12
    )  # chain rule
    assert estimate.value <= both.value + 1e-12
    assert estimate_mutual_information(x, x).value == pytest.approx(
        estimate_entropy(x).value, abs=1e-12
    )


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.WithheldWarning")
@settings(max_examples=40, deadline=None)
@given(columns(2), st.sampled_from(METHODS))
def test_methods_are_symmetric_and_blind_to_names(xy, method):
    x, y = xy
    value = estimate_mutual_information(x, y, method=method).value
    assert value == pytest.approx(estimate_mutual_information(y, x, method=method).value, abs=1e-9)
    names = np.array(["c", "a", "b"], dtype=object)
    assert value == pytest.approx(
        estimate_mutual_information(names[x], y * 10**12, method=method).value, abs=1e-9
    )


def test_standard_error_and_test_by_hand():
    table = np.array([[30, 10], [20, 40]])
    x, y = np.repeat([0, 0, 1, 1], table.ravel()), np.repeat([0, 1, 0, 1], table.ravel())
    p = table / 100
    pointwise = np.log(p / p.sum(axis=1, keepdims=True) / p.sum(axis=0))
    value = (p * pointwise).sum()
    estimate = estimate_mutual_information(x, y)
    assert estimate.value == pytest.approx(value)
    assert estimate.standard_error == pytest.approx(
        np.sqrt(((p * pointwise**2).sum() - value**2) / 100)
    )
    test = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    assert estimate.p_value == pytest.approx(test.pvalue)
    bits = estimate_mutual_information(x, y, base=2)
    assert bits.interval() == pytest.approx(tuple(end / np.log(2) for end in estimate.interval()))
    low, high = estimate.interval()
    assert 0 < low < estimate.value < high


def test_empty_strata_and_margins_have_no_degrees_of_freedom():
    x, y, z = (
        np.array([0, 0, 1, 1, 0, 0]),
        np.array([0, 1, 0, 1, 2, 1]),
        np.array([0, 0, 0, 0, 5, 5]),
    )
    with pytest.warns(WithheldWarning, match="4 of 6 rows lie where both variables have two"):
        estimate = estimate_conditional_mutual_information(x, y, z)
    assert estimate.value == 0.0

    # One stratum of 2 x 2 tests something, none where x is constant: of its tables with one row in
    # each level two thirds have no information, and those count by half.
    assert estimate.p_value == pytest.approx(2 / 3)
    x, y, z = np.r_[x, 0, 1, 1], np.r_[y, 1, 1, 2], np.r_[z, 0, 0, 0]
    x, y, z = (np.tile(column, 60) for column in (x, y, z))
    first = estimate_mutual_information(x[z == 0], y[z == 0])
    with pytest.warns(WithheldWarning, match="420 of 540 rows lie where"):
        within = estimate_conditional_mutual_information(x, y, z)
    assert within.p_value == pytest.approx(stats.chi2.sf(2 * 60 * 7 * first.value, 2))


def test_a_constant_tells_nothing():
    """It may have other levels that no row happens to hold, so there is no interval."""
    with pytest.warns(WithheldWarning, match="0 of 3 rows lie where both variables have two"):
        estimate = estimate_mutual_information([1, 1, 1], [0, 1, 2])
    assert (estimate.value, estimate.standard_error, estimate.p_value) == (0.0, 0.0, 1.0)
    assert np.isnan(estimate.interval()).all()
    assert "merge rare levels" in estimate.reason


@pytest.mark.filterwarnings("ignore:rows remember")
def test_weights():
    rng = np.random.default_rng(0)
    x, y, z = rng.integers(0, 3, (3, 250))
    copies = rng.integers(3, 7, 250)
    weighted = estimate_conditional_mutual_information(x, y, z, sample_weight=copies)
    repeated = estimate_conditional_mutual_information(
        *(np.repeat(column, copies) for column in (x, y, z))
    )
    assert weighted.value == pytest.approx(repeated.value)

    # The error is the root of the sum of w^2 (i - I)^2, i the pointwise information of the row.
    codes = 9 * z + 3 * x + y
    table = np.bincount(codes, copies, 27).reshape(3, 3, 3)
    sides = table.sum(axis=2, keepdims=True) * table.sum(axis=1, keepdims=True)
    terms = np.log(table * table.sum(axis=(1, 2), keepdims=True) / sides).ravel()[codes]
    error = np.sqrt((copies**2 * (terms - repeated.value) ** 2).sum()) / copies.sum()
    assert weighted.standard_error == pytest.approx(error)
    assert weighted.standard_error > 2.0 * repeated.standard_error


def test_dirichlet_with_many_rows_is_the_plugin():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, 50_000)
    y = (x + rng.integers(0, 2, 50_000)) % 4
    plugin = estimate_mutual_information(x, y).value
    for method in METHODS:
        assert estimate_mutual_information(x, y, method=method).value == pytest.approx(
            plugin, abs=2e-3
        )


def test_sparse_joint_uses_memory_of_the_rows():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 100_000, (2, 100_000))
    tracemalloc.start()
    with pytest.warns(WithheldWarning, match="100000 rows for 3[0-9]{9} cells"):
        estimate = estimate_mutual_information(x, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * x.nbytes
    assert 0.0 < estimate.p_value < 1.0  # 4e9 degrees of freedom, 1e5 rows
    assert estimate.value == pytest.approx(mutual_info_score(x, y), abs=1e-9)
    z = rng.integers(0, 2, x.size)
    with pytest.warns(WithheldWarning):
        assert estimate_conditional_mutual_information(x, y, z).value > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: estimate_mutual_information([0, 1], [0]),
            "x and y must have one entry a row, got 2, 1 rows",
        ),
        (
            lambda: estimate_mutual_information([0, np.nan], [0, 1]),
            "x must not contain NaN or None, got 1",
        ),
        (
            lambda: estimate_mutual_information([0, 1], ["a", None]),
            "y must not contain NaN or None, got 1",
        ),
        (lambda: estimate_mutual_information([], []), "at least one row"),
        (
            lambda: estimate_mutual_information([0, 1], np.random.default_rng(0).normal(size=100)),
            "y must hold labels",
        ),
        (
            lambda: estimate_mutual_information([0, 1], [0, 1], method="ksg3"),
            "method must be one of",
        ),
        (lambda: estimate_conditional_mutual_information([0], [0], [0, 1]), "got 1, 1, 2 rows"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


LAWS = {
    "independent": np.outer([0.2, 0.3, 0.5], [0.4, 0.3, 0.2, 0.1]),
    "nearly independent": 0.97 * np.outer([0.4, 0.3, 0.3], [0.4, 0.3, 0.3])
    + 0.03 * np.diag([0.4, 0.3, 0.3]),
    "weak": 0.8 * np.full((3, 3), 1 / 9) + 0.2 * np.eye(3) / 3,
    "strong": 0.2 * np.outer([0.6, 0.2, 0.2], [0.6, 0.2, 0.2]) + 0.8 * np.diag([0.6, 0.2, 0.2]),
}


def samples(law, n_rows, n_studies, rng):
    x, y = np.indices(law.shape).reshape(2, -1)
    for counts in rng.multinomial(n_rows, law.ravel(), size=n_studies):
        yield np.repeat(x, counts), np.repeat(y, counts)


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("n_rows", [200, 2000])
def test_coverage(name, n_rows):
    law = LAWS[name]
    truth = float(measures.mutual_information(law))
    # No upper end claims more than the median of independent samples would: .99 and more there.
    bounds = {"covers": (0.925, 1.0 if truth < 0.01 else 0.988)}
    if name == "independent":
        bounds["rejects"] = (0.023, 0.077)
    study = Study(600, **bounds)
    drawn = samples(law, n_rows, study.most, np.random.default_rng(7))
    for _, (x, y) in zip(study, drawn, strict=False):
        estimate = estimate_mutual_information(x, y)
        low, high = estimate.interval()
        study.note(covers=low <= truth + 1e-12 and truth <= high + 1e-12)
        if name == "independent":
            study.note(rejects=estimate.p_value < 0.05)
    study.check(f"{name}, {n_rows} rows")


@pytest.mark.slow
def test_size_of_the_conditional_test():
    rng, study = np.random.default_rng(3), Study(1000, rejects=(0.025, 0.075))
    for _ in study:
        z = rng.integers(0, 4, 800)
        x, y = (z + rng.integers(0, 2, 800)) % 4, (z + rng.integers(0, 2, 800)) % 4
        study.note(rejects=estimate_conditional_mutual_information(x, y, z).p_value < 0.05)
    study.check("conditional independence")


def test_too_many_joint_labels(monkeypatch):
    monkeypatch.setattr("infotheory.estimation.discrete._strata._MOST_CODES", 7)
    with pytest.raises(
        ValueError, match="must multiply to less than 2\\*\\*62, got 2, 2 and 2; merge rare labels"
    ):
        estimate_conditional_mutual_information([0, 1, 0, 1], [0, 0, 1, 1], [0, 1, 1, 0])


@pytest.mark.parametrize("n_levels", [2, 3, 5, 6, 10])
@pytest.mark.parametrize("n_times", [20, 50])
def test_independent_labels_that_are_shrunk_have_exactly_no_information(n_levels, n_times):
    x, y = np.divmod(np.tile(np.arange(n_levels**2), n_times), n_levels)
    # Entropies that cancel left -1.3e-15 to 1.8e-15.
    assert estimate_mutual_information(x, y, method="james_stein").value == 0.0

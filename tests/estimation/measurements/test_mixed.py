"""The mixed estimate, jitter, tests of conditional information and the warning of dimension."""

import numpy as np
import pytest

from infotheory.estimation import (
    estimate_conditional_mutual_information,
    estimate_mutual_information,
)
from infotheory.exceptions import ApproximationWarning, SparseCellWarning, WithheldWarning
from tests.studies import Study


def normal(n_rows, correlation, rng):
    x, noise = rng.normal(size=(2, n_rows))
    return x, correlation * x + np.sqrt(1 - correlation**2) * noise


# what it contains


def test_measurements_alone_are_ksg():
    rng = np.random.default_rng(0)
    x, y = normal(300, 0.6, rng)
    z = x + rng.normal(size=300)
    for arguments, function in (
        ((x, y), estimate_mutual_information),
        ((x, y, z), estimate_conditional_mutual_information),
        ((np.c_[x, z], y), estimate_mutual_information),
    ):
        mixed = function(*arguments, method="mixed", n_neighbors=4)
        alone = function(*arguments, method="ksg", n_neighbors=4)
        assert mixed.value == pytest.approx(alone.value, abs=1e-12)
        assert mixed.standard_error == pytest.approx(alone.standard_error, rel=1e-9)


def test_one_label_is_ross_in_either_order():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 300)
    x = labels + rng.normal(size=300)
    ross = estimate_mutual_information(x, labels, method="ross").value
    names = np.array(["a", "b", "c"])[labels]
    for arguments in ((x, labels), (labels, x), (names, x), (x, names)):
        mixed = estimate_mutual_information(*arguments, method="mixed")
        assert mixed.value == pytest.approx(ross, abs=1e-12)


def test_labels_alone_are_sums_of_digamma_functions():
    from scipy.special import psi

    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 3, (2, 200))
    joint = np.unique(3 * x + y, return_inverse=True, return_counts=True)
    counts = [joint[2][joint[1]], np.bincount(x)[x], np.bincount(y)[y]]
    wanted = np.mean(psi(counts[0]) - psi(counts[1]) - psi(counts[2]) + psi(200))
    mixed = estimate_mutual_information(x, y, method="mixed")
    assert mixed.value == pytest.approx(wanted, abs=1e-12)


# closed forms of the spec


def uniform_after_label(n, rng):
    x = rng.integers(5, size=n)
    return x, x + 2 * rng.random(n)


def half_atoms(n, rng):
    is_density, density = rng.random(n) < 0.5, np.column_stack(normal(n, 0.9, rng))
    u = rng.choice([-1.0, 1.0], n)
    atoms = np.column_stack([u, np.where(rng.random(n) < 0.9, u, -u)])
    return np.where(is_density[:, None], density, atoms).T


def rectified(n, rng):
    return np.maximum(normal(n, 0.6, rng), 0.0)


def varying(n, rng):
    z = rng.integers(2, size=n)
    x, noise = rng.normal(size=(2, n))
    r = np.where(z, 0.8, 0.0)
    return x, r * x + np.sqrt(1 - r**2) * noise, z


def label_given_normal(n, rng):
    z, e, f = rng.normal(size=(3, n))
    return (z + e > 0).astype(int), z + f, z


def sum_of_labels(n, rng):
    x, y = rng.integers(3, size=(2, n))
    return x, y, (x + y) % 3


def inflated_poisson(share):
    """Poisson counts of an exponential mean, some of them 0 whatever the mean.

    The truth is that of `zero_inflated`; the published ``(1 - share) .3012`` needs to be told which
    of the zeros are inflated.
    """

    def sample(n, rng):
        x = rng.exponential(size=n)
        return x, np.where(rng.random(n) < share, 0, rng.poisson(x))

    return sample


def thinned(n, rng):
    """Mesner and Shalizi 2020: x is followed by a count, and y by that count alone."""
    x = rng.exponential(10.0, n)
    z = rng.poisson(x)
    return x, rng.binomial(z, 0.5), z


CLOSED_FORMS = {
    "label and uniform": (uniform_after_label, 1.054920),
    "half atoms": (half_atoms, 1.292362),
    "rectified": (rectified, 0.152844),
    "rectified, independent": (lambda n, rng: np.maximum(rng.normal(size=(2, n)), 0.0), 0.0),
    "counts and normal": (lambda n, rng: (rng.poisson(3, n), rng.normal(size=n)), 0.0),
    "given a label": (varying, 0.255413),
    "label given measurements": (label_given_normal, 0.0),
    "labels given a label": (sum_of_labels, np.log(3)),
    "inflated Poisson, none": (inflated_poisson(0.0), 0.301245),
    "inflated Poisson, .15": (inflated_poisson(0.15), 0.229776),
    "binomial of Poisson given it": (thinned, 0.0),
}


@pytest.mark.filterwarnings("ignore::infotheory.exceptions.SparseCellWarning")
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_closed_forms(name):
    sample, truth = CLOSED_FORMS[name]
    x, y, *z = sample(20_000, np.random.default_rng(3))
    function = estimate_conditional_mutual_information if z else estimate_mutual_information
    estimate = function(x, y, *z, method="mixed", n_neighbors=5)
    assert estimate.value == pytest.approx(truth, abs=3 * estimate.standard_error)
    few = slice(2000)
    turned = [
        function(*pair, *(one[few] for one in z), method="mixed", n_neighbors=5).value
        for pair in ((x[few], y[few]), (y[few], x[few]))
    ]
    assert turned[0] == pytest.approx(turned[1], abs=1e-12)


def test_the_truth_of_inflated_counts_by_quadrature():
    from scipy import special, stats

    nodes, weights = special.roots_laguerre(150)
    counts = np.arange(200)
    for share, wanted in ((0.0, 0.301245), (0.15, 0.229776)):
        whole = (1 - share) * 0.5 ** (counts + 1.0) + share * (counts == 0)
        given = (1 - share) * stats.poisson.pmf(counts, nodes[:, None]) + share * (counts == 0)
        entropies = special.entr(given).sum(axis=1)
        assert special.entr(whole).sum() - weights @ entropies == pytest.approx(wanted, abs=3e-5)


def test_the_demonstration_of_gao():
    """Half a Gaussian pair of .9, half 2 x 2 atoms: the estimate of Gao et al. is off by -.24."""
    rng = np.random.default_rng(12)
    values = [
        estimate_mutual_information(*half_atoms(1000, rng), method="mixed", n_neighbors=5).value
        for _ in range(30)
    ]
    assert np.mean(values) == pytest.approx(1.292362, abs=0.02)


def test_what_is_a_label_may_be_said():
    rng = np.random.default_rng(4)
    counts = rng.poisson(50, 400)
    y = counts / 10 + rng.normal(size=400)
    read = estimate_mutual_information(counts, y, method="mixed")
    named = estimate_mutual_information(counts % 7, y, method="mixed", discrete=("x",))
    assert read.value != named.value
    columns = np.column_stack([np.array(["a", "b"], dtype=object)[counts % 2], y.astype(object)])
    both = estimate_mutual_information(columns, y + rng.normal(size=400), method="mixed")
    assert np.isfinite(both.value)
    with pytest.warns(SparseCellWarning, match="cells of labels and repeated values"):
        estimate_mutual_information(np.arange(60) // 3, rng.normal(size=60), method="mixed")


# jitter


def test_jitter_undoes_rounding():
    x, y = normal(1000, 0.8, np.random.default_rng(5))
    rounded = x.round(1), y.round(1)
    with pytest.raises(ValueError, match=r"x must be continuous.*'mixed'; jitter="):
        estimate_mutual_information(*rounded, method="ksg")
    values = []
    for jitter in (0.1, "auto"):
        estimate = estimate_mutual_information(*rounded, method="ksg", jitter=jitter, rng=0)
        assert estimate.value == pytest.approx(0.5108, abs=4 * estimate.standard_error)
        assert estimate.method == f"ksg, jitter {jitter}"
        again = estimate_mutual_information(*rounded, method="ksg", jitter=jitter, rng=0)
        assert again == estimate
        values.append(estimate.value)
    assert values[0] == pytest.approx(values[1], abs=1e-9)
    z = np.random.default_rng(6).normal(size=1000).round(1)
    given = estimate_conditional_mutual_information(*rounded, z, method="ksg", jitter=0.1, rng=0)
    assert given.value == pytest.approx(0.5108, abs=0.12)


# tests given measurements


@pytest.mark.parametrize("method", ["ksg", "gaussian", "gaussian_copula", "mixed"])
def test_conditional_tests_by_permutation(method):
    rng = np.random.default_rng(11)
    z = rng.normal(size=300)
    x, y = z + 0.5 * rng.normal(size=(2, 300))
    options = {"method": method, "n_permutations": 39, "rng": 0}
    none = estimate_conditional_mutual_information(x, y, z, **options)
    assert none.p_value > 0.025
    assert none == estimate_conditional_mutual_information(x, y, z, workers=2, **options)
    some = estimate_conditional_mutual_information(x, y + 0.5 * x, z, **options)
    assert some.p_value == 1 / 40


def test_conditional_tests_of_labels_and_mixtures():
    rng = np.random.default_rng(7)
    z = rng.integers(0, 3, 400)
    x, y = ((z + rng.integers(0, 2, 400)) % 3 for _ in range(2))
    options = {"n_permutations": 39, "rng": 0}
    for method in ("plugin", "mixed"):
        none = estimate_conditional_mutual_information(x, y, z, method=method, **options)
        assert none.p_value > 0.025
        one = estimate_conditional_mutual_information(x, x, z, method=method, **options)
        assert one.p_value == 1 / 40
    measured = z + rng.normal(size=400)
    both = np.column_stack([z, measured])
    found = estimate_conditional_mutual_information(x, y, both, method="mixed", **options)
    assert found.p_value > 0.025


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:too few rows for nearest neighbours")
@pytest.mark.parametrize(
    ("link", "n_columns", "most"),
    [(lambda u: u, 1, 0.067), (np.square, 1, 0.155), (np.tanh, 3, 0.083)],
)
def test_size_of_local_permutations(link, n_columns, most):
    rng = np.random.default_rng(8)
    study = Study(200, rejects=(-1.0, most + 3 * np.sqrt(0.05 * 0.95 / 200)))
    for _ in study:
        z = rng.normal(size=(200, n_columns))
        u = z.sum(axis=1) / np.sqrt(n_columns)
        x, y = link(u) + 0.5 * rng.normal(size=(2, 200))
        found = estimate_conditional_mutual_information(
            x, y, z, method="ksg", n_permutations=39, rng=rng
        )
        study.note(rejects=found.p_value <= 0.05)
    study.check(f"{n_columns}")


# many columns


def test_too_few_rows_for_many_columns():
    rng = np.random.default_rng(9)
    x, noise = rng.normal(size=(2, 500, 5))
    with (
        pytest.warns(ApproximationWarning, match="too few rows for so many columns"),
        pytest.warns(WithheldWarning, match="boxes are 68% as wide as the dependence"),
    ):
        estimate_mutual_information(x, 0.6 * x + 0.8 * noise, method="ksg")
    estimate_mutual_information(x[:, :2], 0.6 * x[:, :2] + 0.8 * noise[:, :2], method="ksg")

    # Nothing tells independent columns from such as are seen too coarsely.
    with pytest.warns(WithheldWarning, match="too few rows for nearest neighbours"):
        estimate_mutual_information(x, noise, method="ksg")


X = np.random.default_rng(10).normal(size=50)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: estimate_mutual_information(X, X, method="ksg", jitter=0.1), "needs rng"),
        (lambda: estimate_mutual_information(X, X, method="ksg", jitter=-1, rng=0), "jitter must"),
        (lambda: estimate_mutual_information(X, X, method="ksg", jitter="a", rng=0), "jitter must"),
        (lambda: estimate_mutual_information(X, X, method="mixed", jitter=1, rng=0), "repeat"),
        (lambda: estimate_mutual_information(X > 0, X > 1, jitter=1, rng=0), "takes labels"),
        (lambda: estimate_mutual_information(X, X, method="mixed", discrete="x"), "discrete must"),
        (
            lambda: estimate_mutual_information(X, X, method="mixed", discrete=("w",)),
            "discrete must",
        ),
        (
            lambda: estimate_mutual_information(
                X, X, method="mixed", sample_weight=np.arange(50) + 1
            ),
            "sample_weight must be None",
        ),
        (
            lambda: estimate_mutual_information(np.where(X > 1, np.nan, X), X, method="mixed"),
            "x must be finite",
        ),
        (
            lambda: estimate_conditional_mutual_information(
                X, X, X, method="ksg", permutation="strata", n_permutations=9
            ),
            "needs labels as z",
        ),
        (
            lambda: estimate_conditional_mutual_information(
                X > 0, X > 1, X < 0, permutation="local", n_permutations=9
            ),
            "needs measurements as z",
        ),
        (
            lambda: estimate_conditional_mutual_information(
                X, X, X, method="ksg", n_permutation_neighbors=1
            ),
            "n_permutation_neighbors must be",
        ),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()

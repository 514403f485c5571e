"""Redundancy of Gaussian variables."""

import numpy as np
import pytest

from infotheory.decomposition import estimate_partial_information, gaussian_information_lattice
from infotheory.decomposition.gaussian_samples import _changes
from infotheory.estimation import estimate_mutual_information


def covariance(first, second, correlation, noise=1.0):
    """Of two sources of variance 1 and ``first X1 + second X2 + e``."""
    sources = np.array([[1.0, correlation], [correlation, 1.0]])
    weights = np.array([first, second])
    with_target = sources @ weights
    target = weights @ with_target + noise
    return np.block([[sources, with_target[:, None]], [with_target[None], np.array([[target]])]])


def test_the_values_of_two_correlated_causes():
    lattice = gaussian_information_lattice(covariance(0.6, 0.4, 0.3))
    assert lattice.atoms == pytest.approx([0.112926, 0.073722, 0.0, 0.067964], abs=1e-6)
    assert lattice.atom([0, 1]) == pytest.approx(0.067964, abs=1e-6)
    bits = gaussian_information_lattice(covariance(0.6, 0.4, 0.3), base=2)
    assert bits.atoms == pytest.approx(lattice.atoms / np.log(2))


def test_atoms_add_up_and_units_do_not_matter():
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(6, 5))
    matrix = factor.T @ factor
    lattice = gaussian_information_lattice(matrix)
    assert len(lattice.nodes) == 166
    scale = np.diag([3.0, 0.1, 10.0, 1.0, 7.0])
    scaled = gaussian_information_lattice(scale @ matrix @ scale)
    assert scaled.atoms == pytest.approx(lattice.atoms, abs=1e-10)
    order = [4, 0, 1, 2, 3]
    turned = gaussian_information_lattice(matrix[np.ix_(order, order)], target=0)
    assert turned.atoms == pytest.approx(lattice.atoms, abs=1e-10)

    joined = gaussian_information_lattice(matrix, sources=[[0, 1], [2, 3]], target=[4])
    inverse = np.linalg.inv(matrix)
    whole = 0.5 * np.log(matrix[4, 4] * inverse[4, 4])
    assert joined.atoms.sum() == pytest.approx(whole)
    assert lattice.atoms.sum() == pytest.approx(whole)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0, 2.0]],), "must be a square matrix"),
        (([[1.0, 1.0], [1.0, 1.0]],), "must be positive definite"),
        (([[1.0, 0.5], [0.4, 1.0]],), "must be symmetric"),
        ((np.eye(3), [[0, 1], [1]]), "must share no variable"),
        ((np.eye(3), [[0], [2]]), "must share no variable"),
        ((np.eye(3), [5]), "a variable of a source must be"),
        ((np.eye(7),), "sources must be at most 4"),
    ],
)
def test_what_is_refused(arguments, message):
    matrix, *sources = arguments
    with pytest.raises(ValueError, match=message):
        gaussian_information_lattice(matrix, sources=sources[0] if sources else None)


# from samples


def sample(matrix, n_rows, rng):
    return rng.multivariate_normal(np.zeros(len(matrix)), matrix, n_rows)


def estimated(X, method="gaussian", **options):
    options = {"kind": "minimum", "method": method, **options}
    return estimate_partial_information(*X[:, :-1].T, target=X[:, -1], **options)


@pytest.mark.parametrize("method", ["gaussian", "gaussian_copula"])
def test_samples_find_the_atoms(method):
    X = sample(covariance(0.6, 0.4, 0.3), 20_000, np.random.default_rng(1))
    lattice = estimated(X, method)
    for atom, wanted in zip(lattice.atoms, (0.112926, 0.073722, 0.0, 0.067964), strict=True):
        assert atom.value == pytest.approx(wanted, abs=3 * atom.standard_error)
    bits = estimated(X, method, base=2)
    assert bits.atoms[0].value == pytest.approx(lattice.atoms[0].value / np.log(2))
    assert np.isnan(lattice.to_frame()["atom_low"][2])
    assert "exactly 0" in lattice.atoms[2].reason
    assert lattice.atoms[0].method == f"{method}, minimum, jackknife"


def test_values_are_those_of_the_sample_covariance_less_their_bias():
    X = sample(covariance(0.6, 0.4, 0.3), 5000, np.random.default_rng(2))
    lattice = gaussian_information_lattice(np.cov(X.T))
    values = [one.value for one in estimated(X).redundancy]
    assert values == pytest.approx(lattice.redundancy, abs=2 / 5000)
    told = estimate_mutual_information(X[:, :2], X[:, 2], method="gaussian")
    assert values[-1] == pytest.approx(told.value, abs=1e-12)
    assert estimated(X).redundancy[-1].standard_error == pytest.approx(told.standard_error, rel=0.1)


def test_changes_are_those_of_leaving_out_each_row():
    X = sample(covariance(0.6, 0.4, 0.3), 40, np.random.default_rng(3))

    def told(rows):
        return gaussian_information_lattice(np.cov(rows.T)).redundancy[-1]

    wanted = [told(np.delete(X, i, axis=0)) - told(X) for i in range(40)]
    assert _changes(X[:, :2], X[:, 2:]) == pytest.approx(wanted, abs=1e-12)


def test_units_order_and_joint_sources():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(500, 5)) @ rng.normal(size=(5, 5))
    there = estimated(X)
    moved = estimated(X * [1e5, -1.0, 0.01, 3.0, 1e3] + 7.0)
    for one, other in zip(there.atoms, moved.atoms, strict=True):
        assert other.value == pytest.approx(one.value, abs=1e-9)
        assert other.standard_error == pytest.approx(one.standard_error, abs=1e-9)
    bent = estimated(np.exp(X / X.std(axis=0)), "gaussian_copula")
    copula = estimated(X, "gaussian_copula")
    assert bent.atoms[0].value == pytest.approx(copula.atoms[0].value, abs=1e-12)
    pairs = estimate_partial_information(
        X[:, :2], X[:, 2:4], target=X[:, 4], kind="minimum", method="gaussian"
    )
    assert len(pairs.nodes) == 4
    assert pairs.redundancy[-1].value == pytest.approx(there.redundancy[-1].value, abs=1e-12)


Z = np.random.default_rng(5).normal(size=(3, 60))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "williams_beer"}, "kind must be 'minimum' for method='gaussian'"),
        ({"sample_weight": np.arange(60) + 1.0}, "sample_weight must be None"),
        ({"target": Z[2][:50]}, r"sources\[0\] must have the 50 rows of target, got 60"),
        ({"target": np.ones(60)}, "target must vary"),
        ({"target": np.where(Z[2] > 1, np.nan, Z[2])}, "target must be finite"),
        ({"target": Z[0]}, "must not"),
        ({"method": "ksg"}, "method must be"),
        ({"method": "gaussian_copula", "target": Z[2].round()}, "target must be continuous"),
    ],
)
def test_what_samples_are_refused(options, message):
    options = {"target": Z[2], "kind": "minimum", "method": "gaussian", **options}
    with pytest.raises(ValueError, match=message):
        estimate_partial_information(Z[0], Z[1], **options)


@pytest.mark.slow
@pytest.mark.parametrize(
    "matrix",
    [
        covariance(0.6, 0.4, 0.3),
        covariance(0.5, 0.5, 0.3),
        covariance(0.5, 0.45, 0.3),
        covariance(0.6, 0.0, 0.0),
        np.eye(3),
    ],
    ids=["plain", "tie", "near a tie", "one alone", "none"],
)
def test_intervals_of_samples_cover(matrix):
    rng, inside = np.random.default_rng(6), []
    lattice = gaussian_information_lattice(matrix)
    truths = np.concatenate([lattice.redundancy, lattice.atoms])
    for _ in range(200):
        found = estimated(sample(matrix, 300, rng), "gaussian_copula")
        intervals = np.array([one.interval() for one in (*found.redundancy, *found.atoms)])
        covers = (intervals[:, 0] - 1e-12 <= truths) & (truths <= intervals[:, 1] + 1e-12)
        inside.append(np.where(np.isnan(intervals[:, 0]), np.nan, covers))
    coverage = np.nanmean(np.array(inside)[:, np.isfinite(inside).any(axis=0)], axis=0)
    print(coverage.round(3))
    assert coverage.min() >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 200) - 0.02

"""Redundancy of Gaussian variables."""

import numpy as np
import pytest

from infotheory.decomposition import gaussian_information_lattice


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

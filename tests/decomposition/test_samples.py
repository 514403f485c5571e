import numpy as np
import pandas as pd
import pytest

from infotheory.decomposition import estimate_partial_information, partial_information_lattice
from infotheory.exceptions import WithheldWarning

KINDS = ("shared_exclusions", "williams_beer", "minimum")


def drawn(p, n_rows, rng):
    return np.unravel_index(rng.choice(p.size, n_rows, p=p.ravel()), p.shape)


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_those_of_the_empirical_law(kind):
    rng = np.random.default_rng(0)
    *sources, target = rng.integers(3, size=(3, 400))
    table = np.zeros((3, 3, 3))
    np.add.at(table, (*sources, target), 1.0 / 400)
    expected = partial_information_lattice(table, kind=kind, base=2)
    found = estimate_partial_information(*sources, target=target, kind=kind, base=2)
    assert found.nodes == expected.nodes
    np.testing.assert_allclose([one.value for one in found.atoms], expected.atoms, atol=1e-12)
    np.testing.assert_allclose(
        [one.value for one in found.redundancy], expected.redundancy, atol=1e-12
    )


def test_the_error_is_the_jackknife_of_single_rows():
    rng = np.random.default_rng(1)
    a, b = rng.integers(2, size=(2, 90))
    target = (a + b + (rng.random(90) < 0.2)) % 2
    found = estimate_partial_information(a, b, target=target)
    values = np.array([one.value for one in found.atoms])

    without = []
    for row in range(90):
        stay = np.arange(90) != row
        left = estimate_partial_information(a[stay], b[stay], target=target[stay])
        without.append([one.value for one in left.atoms])
    without = np.array(without)
    variance = 89 / 90 * ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    bias = 89 * (without.mean(axis=0) - values)
    np.testing.assert_allclose(
        [one.standard_error for one in found.atoms], np.sqrt(variance + bias**2), rtol=1e-8
    )


@pytest.mark.filterwarnings("ignore:rows remember")
@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_2_are_rows_that_stand_twice_in_the_values(kind):
    rng = np.random.default_rng(2)
    a, b, target = rng.integers(2, size=(3, 300))
    weights = rng.integers(0, 3, 300)
    weighted = estimate_partial_information(
        a, b, target=target, kind=kind, sample_weight=weights.astype(float)
    )
    rows = np.repeat(np.arange(300), weights)
    repeated = estimate_partial_information(a[rows], b[rows], target=target[rows], kind=kind)
    for one, other in zip(weighted.atoms, repeated.atoms, strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-12)
    alike = estimate_partial_information(
        a, b, target=target, kind=kind, sample_weight=np.full(300, 0.01)
    )
    plain = estimate_partial_information(a, b, target=target, kind=kind)
    for one, other in zip(alike.atoms, plain.atoms, strict=True):
        assert one.standard_error == pytest.approx(other.standard_error, rel=1e-9)


def test_labels_are_of_any_type_and_columns_are_joint():
    rng = np.random.default_rng(3)
    a, b, c = rng.integers(2, size=(3, 400))
    target = np.where((a & b) ^ c, "yes", "no")
    frame = pd.DataFrame({"a": a.astype(bool), "b": np.where(b, "x", "y")})
    joint = estimate_partial_information(frame, c, target=target, base=2)
    codes = estimate_partial_information(2 * a + b, c, target=target, base=2)
    for one, other in zip(joint.atoms, codes.atoms, strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-12)
    table = joint.to_frame()
    assert table["node"].tolist() == ["{0}{1}", "{0}", "{1}", "{0 1}"]
    assert (table["atom_low"] < table["atom"]).all()


def test_sparse_samples_have_values_and_no_intervals():
    rng = np.random.default_rng(4)
    a, b, target = rng.integers(4, size=(3, 300))
    with pytest.warns(WithheldWarning, match="300 rows for 64 outcomes"):
        found = estimate_partial_information(a, b, target=target)
    assert np.isfinite([one.value for one in found.atoms]).all()
    assert all("merge rare values" in one.reason for one in found.atoms)
    assert found.to_frame()[["atom_low", "atom_high"]].isna().all(axis=None)


def test_an_atom_that_is_0_by_its_form_has_no_interval():
    rng = np.random.default_rng(5)
    a = rng.integers(2, size=300)
    found = estimate_partial_information(a, a, target=a, kind="minimum", base=2)
    unique = found.atoms[1]
    assert (unique.value, unique.standard_error) == (0.0, 0.0)
    assert "no error of first order" in unique.reason
    assert np.isnan(unique.interval()).all()


@pytest.mark.parametrize(
    ("sources", "target", "message"),
    [
        ([], [0, 1], "sources must be 1 to 4 arrays, got none"),
        ([[0, 1]] * 5, [0, 1], "sources must be at most 4, got 5"),
        ([[0, 1, 1]], [0, 1], r"sources\[0\] must have the 2 rows of target, got 3"),
        ([[0.0, np.nan]], [0, 1], r"sources\[0\]"),
        ([np.ma.masked_array([0, 1], [True, False])], [0, 1], r"sources\[0\]"),
    ],
)
def test_what_cannot_be_read_is_refused(sources, target, message):
    with pytest.raises(ValueError, match=message):
        estimate_partial_information(*sources, target=target)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("shape", "n_rows"), [((2, 2, 2), 80), ((2, 2, 2), 500), ((3, 3, 2), 180), ((2, 2, 2, 2), 160)]
)
def test_intervals_cover_the_atoms_of_random_laws(kind, shape, n_rows):
    rng = np.random.default_rng(11)
    coverage = []
    for _ in range(4):
        p = rng.dirichlet(np.full(np.prod(shape), 0.7)).reshape(shape)
        truth = partial_information_lattice(p, kind=kind).atoms
        hits = []
        for _ in range(100):
            *sources, target = drawn(p, n_rows, rng)
            try:
                found = estimate_partial_information(*sources, target=target, kind=kind)
            except WithheldWarning:
                continue
            ends = np.array([one.interval() for one in found.atoms])
            inside = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
            hits.append(np.where(np.isnan(ends[:, 0]), np.nan, inside))
        coverage.append(np.nanmean(np.array(hits)[:, np.abs(truth) > 1e-9], axis=0))
    coverage = np.concatenate(coverage)
    assert 0.92 < coverage.mean() < 0.995
    assert coverage.min() > 0.72

"""Mutual information by diffusion spectral entropy: independence, trees, targets of all kinds."""

import numpy as np
import pytest
import torch

from infotheory.spectral import diffusion_spectral_entropy, diffusion_spectral_mutual_information
from infotheory.spectral.diffusion import diffusion_information
from infotheory.spectral.diffusion._exact import SpectrumAnswer


def tree(rng, d=20, n_branches=10, length=100, noise=0.1):
    """Random walks that branch off from points drawn so far."""
    points = np.cumsum(rng.uniform(-1, 1, (length, d)), axis=0)
    for _ in range(n_branches - 1):
        start = points[rng.integers(len(points))]
        points = np.vstack([points, start + np.cumsum(rng.uniform(-1, 1, (length, d)), axis=0)])
    return points + rng.normal(0, noise, points.shape), np.repeat(np.arange(n_branches), length)


def test_independent_labels_have_no_information():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((1000, 20)), rng.integers(0, 10, 1000)
    options = {"bandwidth": "sqrt_d", "base": 2}
    found = diffusion_spectral_mutual_information(X, y, rng=0, **options)
    assert abs(found.value) < 0.05
    assert 0 < found.standard_error < 0.02
    whole = diffusion_spectral_entropy(X, **options).value
    parts = [diffusion_spectral_entropy(X[y == c], **options).value for c in range(10)]
    literal = whole - sum(np.mean(y == c) * part for c, part in enumerate(parts))
    assert literal == pytest.approx(0.88, abs=0.05)  # equation 7 as printed, without matching sizes


def test_the_error_of_the_entropy_of_a_class_is_in_the_error(monkeypatch):
    """Where all entropies are alike only what the method itself errs by is left."""

    def answer(task, method):
        return method, SpectrumAnswer(torch.tensor(1.0), 0.2, len(task.X), 29)

    monkeypatch.setattr(diffusion_information, "solve_spectrum", answer)
    X, y = np.random.default_rng(4).normal(size=(20, 2)), np.arange(20) % 2
    found = diffusion_spectral_mutual_information(X, y, method="slq", rng=0)
    assert found.standard_error == pytest.approx(0.2 / np.sqrt(2))
    assert found.law.degrees_of_freedom == pytest.approx(58)


def test_corrupted_labels_of_a_tree():
    rng = np.random.default_rng(0)
    X, y = tree(rng)
    values = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        noisy = np.where(rng.random(len(y)) < share, rng.integers(0, 10, len(y)), y)
        result = diffusion_spectral_mutual_information(X, noisy, bandwidth=10.0, base=2, rng=0)
        values.append(result.value)
    np.testing.assert_allclose(
        values, [2.41, 0.86, 0.39, 0.12, 0.02], atol=0.15
    )  # our run of the authors' package, another tree


def test_value_and_error_by_hand():
    X = np.random.default_rng(1).standard_normal((12, 2))
    y = ["a"] * 8 + ["b"] * 4
    found = diffusion_spectral_mutual_information(X, y, bandwidth=1.0, rng=7, repeats=3)
    rng, value, variances = np.random.default_rng(7), 0.0, []
    for rows in (np.arange(8), np.arange(8, 12)):
        draws = [np.sort(rng.choice(12, len(rows), replace=False)) for _ in range(3)]
        subsets = [diffusion_spectral_entropy(X[draw], bandwidth=1.0).value for draw in draws]
        within = diffusion_spectral_entropy(X[rows], bandwidth=1.0).value
        value += len(rows) / 12 * (np.mean(subsets) - within)
        variances.append((len(rows) / 12) ** 2 * np.var(subsets, ddof=1) / 3)
    variance = sum(variances)
    assert found.value == pytest.approx(value, abs=1e-10)
    assert found.standard_error == pytest.approx(variance**0.5, rel=1e-8)
    assert found.law.degrees_of_freedom == pytest.approx(
        variance**2 / sum(v**2 / 2 for v in variances), rel=1e-8
    )
    assert (found.n_samples, found.method, found.bandwidth) == (12, "exact", 1.0)
    np.testing.assert_array_equal(found.labels, [0] * 8 + [1] * 4)


def test_labels_of_any_type():
    X = np.random.default_rng(0).standard_normal((30, 3))
    y = np.arange(30) % 3
    values = {
        diffusion_spectral_mutual_information(X, target, rng=1, discrete=True).value
        for target in (y, y.astype(str), y + 0.5, torch.tensor(y), y[:, None])
    }
    assert len(values) == 1


def test_continuous_targets():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 2))
    found = diffusion_spectral_mutual_information(X, X[:, 0], rng=0)
    edges = np.linspace(X[:, 0].min(), X[:, 0].max(), 11)[1:-1]
    np.testing.assert_array_equal(found.labels, np.digitize(X[:, 0], edges))
    assert (
        found.value
        > diffusion_spectral_mutual_information(X, rng.standard_normal(200), rng=0).value + 0.1
    )
    constant = diffusion_spectral_mutual_information(X, np.ones(200))
    assert (constant.value, constant.standard_error) == (0.0, 0.0)


def test_vectors_are_clustered():
    rng = np.random.default_rng(0)
    centres = np.repeat([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]], 20, axis=0)
    y = centres + rng.standard_normal((60, 2)) * 0.3
    found = diffusion_spectral_mutual_information(
        centres + rng.standard_normal((60, 2)), y, n_clusters=3
    )
    groups = found.labels.reshape(3, 20)
    assert (groups == groups[:, :1]).all()
    assert len(set(groups[:, 0])) == 3


def test_few_different_vectors_are_classes_of_their_own():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 3))
    constant = diffusion_spectral_mutual_information(X, np.ones((30, 2)), rng=0)
    assert (constant.value, constant.standard_error) == (0.0, 0.0)
    assert constant.labels.tolist() == [0] * 30

    codes = rng.integers(0, 3, 30)
    for scale in (1.0, 1e-200, 1.5e308):
        y = scale * np.array([[0.0, -1.0], [-0.0, 1.0], [1.0, 1.0]])[codes]
        found = diffusion_spectral_mutual_information(X, y, rng=0)
        assert found.labels.tolist() == codes.tolist()


def test_targets_of_any_size_have_the_same_classes():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    vectors, numbers = rng.uniform(-1, 1, (40, 2)), np.append(rng.uniform(-1, 1, 38), [-1.0, 1.0])
    for y in (vectors, numbers):
        expected = diffusion_spectral_mutual_information(X, y, n_clusters=4, rng=0).labels
        for scale in (1e-300, 1e300, 1.7e308):
            found = diffusion_spectral_mutual_information(X, scale * y, n_clusters=4, rng=0)
            assert found.labels.tolist() == expected.tolist()
    assert (expected.min(), expected.max()) == (0, 9)

    # Two ends whose distance is no float64.
    ends = np.tile([-1.7e308, 1.7e308], 20)
    found = diffusion_spectral_mutual_information(X, ends, rng=0)
    assert found.labels.tolist() == [0, 9] * 20


def test_fewer_rows_than_classes():
    X = np.random.default_rng(0).standard_normal((5, 2))
    found = diffusion_spectral_mutual_information(X, list("abcde"))
    assert found.value == pytest.approx(
        0.0, abs=1e-12
    )  # a single row has no entropy, in a class or in a subset


def test_data_at_the_edge():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 3)), np.arange(60) % 3
    value = diffusion_spectral_mutual_information(X, y, rng=0).value
    far = diffusion_spectral_mutual_information(X + 1e6, y, dtype="float32", rng=0).value
    assert far == pytest.approx(value, abs=1e-5)
    half = diffusion_spectral_mutual_information(torch.tensor(X).half(), y, rng=0).value
    assert (half.dtype, float(half)) == (torch.float32, pytest.approx(value, abs=1e-2))
    counts = rng.integers(0, 5, (60, 3))
    as_float = diffusion_spectral_mutual_information(counts.astype(float), y, rng=0).value
    assert diffusion_spectral_mutual_information(counts, y, rng=0).value == as_float
    assert diffusion_spectral_mutual_information(np.ones((60, 3)), y).value == pytest.approx(
        0.0, abs=1e-12
    )
    assert diffusion_spectral_mutual_information(X[:1], y[:1]).value == 0.0
    with pytest.raises(ValueError, match="X must be finite, got NaN or inf in row 2"):
        diffusion_spectral_mutual_information([[0.0], [1.0], [np.nan]], [0, 1, 0])


@pytest.mark.slow
def test_interval_covers_the_mean_of_all_subsets():
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((60, 2)), rng.integers(0, 2, 60)
    results = [
        diffusion_spectral_mutual_information(X, y, bandwidth=1.0, repeats=3, rng=seed)
        for seed in range(400)
    ]
    mean = np.mean([result.value for result in results])
    hits = [low <= mean <= high for low, high in (result.interval() for result in results)]
    assert 0.915 <= np.mean(hits) <= 0.985


def test_gradient():
    X = torch.tensor(np.random.default_rng(0).standard_normal((10, 2)), requires_grad=True)
    y = [0, 1] * 5

    def information(x):
        return diffusion_spectral_mutual_information(x, y, bandwidth=1.0, rng=0).value

    assert torch.autograd.gradcheck(information, (X,), atol=1e-6)


@pytest.mark.parametrize(
    ("y", "options", "text"),
    [
        ([0, 1], {}, r"y must have one entry a row, \(4,\) or \(4, n_outputs\), got shape \(2,\)"),
        ([0.0, 1.0, np.nan, 2.0], {}, "y must not be missing, got 1 missing entries"),
        ([0.0, 1.0, np.inf, 2.0], {}, "y must be finite, got inf"),
        (
            list("abcd"),
            {"discrete": False},
            "y must hold numbers where discrete=False, got dtype <U1",
        ),
        (
            [0, 1, 0, 1],
            {"repeats": 1},
            "repeats must be an integer of at least 2, for a standard error, got 1",
        ),
        (
            np.eye(4, 2),
            {"n_clusters": 4},
            "n_clusters must be an integer from 2 to 3, the rows less one, got 4",
        ),
    ],
)
def test_messages(y, options, text):
    with pytest.raises(ValueError, match=text):
        diffusion_spectral_mutual_information([[0.0], [1.0], [2.0], [3.0]], y, **options)

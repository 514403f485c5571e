"""Entropies of schools."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infotheory.fields.collective import schooling_entropies

SEVEN = [
    "cohesion",
    "polarisation",
    "depth",
    "angular_momentum",
    "nearest_neighbour",
    "velocity_correlation",
    "shape",
]
RNG = np.random.default_rng(0)
SWARM = RNG.uniform(0, 20, (150, 3)), RNG.normal(size=(150, 3))
SCHOOL = 10 + RNG.normal(size=(80, 3)) * [2, 1, 0.5], RNG.normal(size=(80, 3)) * 0.3 + [1, 0, 0.3]


@pytest.mark.parametrize(
    ("school", "published"),
    [
        (
            SWARM,
            [0.618090067, None, 0.980305917, 0.752767097, 0.485292819, 0.999779675, 0.993333284],
        ),
        (
            SCHOOL,
            [0.327716934, None, 0.254471633, 0.906028832, 0.539290356, 0.451428961, 0.662179361],
        ),
    ],
)
def test_beside_the_published_package(school, published):
    """Numbers of dewi-kadita 0.0.4 on the same arrays; its polarisation is another quantity."""
    found = schooling_entropies(*school, 20.0)
    for name, value in zip(SEVEN, published, strict=True):
        assert value is None or found[name] == pytest.approx(value, abs=1e-8), name


def test_polarisation_by_counting_cells():
    _, v = SCHOOL
    unit = v / np.linalg.norm(v, axis=1, keepdims=True)
    rows = np.minimum((unit[:, 2] + 1) * 6, 11).astype(int)
    columns = ((np.arctan2(unit[:, 1], unit[:, 0]) + np.pi) * 12 / np.pi).astype(int)
    shares = np.unique(rows * 24 + columns, return_counts=True)[1] / len(v)
    expected = -(shares * np.log(shares)).sum() / math.log(288)
    assert schooling_entropies(*SCHOOL, 20.0)["polarisation"] == pytest.approx(expected)


def test_uniform_headings_score_one():
    heights, angles = np.meshgrid(
        (np.arange(12) + 0.5) / 6 - 1, (np.arange(24) + 0.5) * np.pi / 12 - np.pi
    )
    radii = np.sqrt(1 - heights**2)
    headings = np.stack([radii * np.cos(angles), radii * np.sin(angles), heights], axis=-1).reshape(
        -1, 3
    )
    places = np.random.default_rng(1).uniform(0, 9, (288, 3))
    assert schooling_entropies(places, headings, 9.0)["polarisation"] == pytest.approx(1.0)
    # the published weighting: rows of equal angle, whose counts (area) are multiplied by the sine
    # of the angle again
    edges = np.linspace(0, np.pi, 13)
    weights = -np.diff(np.cos(edges)) * np.sin((edges[1:] + edges[:-1]) / 2)
    shares = np.repeat(weights / weights.sum() / 24, 24)
    assert -(shares * np.log(shares)).sum() / math.log(288) == pytest.approx(0.946, abs=1e-3)


def test_index_is_the_weighted_mean():
    found = schooling_entropies(*SWARM, 20.0)
    weights = np.array([0.18, 0.28, 0.08, 0.08, 0.10, 0.18, 0.10])
    assert list(found) == [*SEVEN, "oceanic_schooling_index"]
    assert found["oceanic_schooling_index"] == pytest.approx(
        weights @ [found[name] for name in SEVEN]
    )
    assert weights.sum() == pytest.approx(1.0)


@given(st.integers(0, 100), st.floats(0.1, 100))
def test_range_and_invariances(seed, scale):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(6, 40))
    places, v = rng.uniform(0, 1, (n, 3)), rng.normal(size=(n, 3))
    found = schooling_entropies(places * scale, v, scale * 1.0001)
    assert all(0.0 <= value <= 1.0 + 1e-12 for value in found.values())
    order = rng.permutation(n)
    again = schooling_entropies(
        places[order] * scale, v[order] * rng.uniform(0.1, 10, (n, 1)), scale * 1.0001
    )
    assert again == pytest.approx(found, abs=1e-9)


def test_neighbours_are_found_across_walls():
    pair = np.array([[0.01, 1, 1], [9.99, 1, 1]])
    places = np.vstack([pair, pair + np.array([0, 4, 0]), pair + np.array([0, 0, 4])])
    assert schooling_entropies(places, np.tile([1.0, 0.1, 0.1], (6, 1)), 10.0)["cohesion"] == 0.0


def test_animals_in_one_place_or_at_the_centre():
    places = np.array([[5.0, 5, 5]] * 7 + [[6.0, 5, 5], [4.0, 5, 5]])
    found = schooling_entropies(places, np.tile([1e-200, 2e-200, 0.0], (9, 1)), 10.0)
    assert found["shape"] == pytest.approx(0.0)
    assert found["nearest_neighbour"] == 0.0  # five neighbours at distance 0, or five at distance 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"positions": SWARM[0][:, :2]},
            r"positions must have shape \(n_animals, 3\), got shape \(150, 2\)",
        ),
        (
            {"velocities": SWARM[1][:9]},
            r"velocities must have shape \(150, 3\), got shape \(9, 3\)",
        ),
        (
            {"positions": SWARM[0][:5], "velocities": SWARM[1][:5]},
            "there must be at least 6 animals, .*, got 5",
        ),
        ({"positions": np.full((150, 3), math.nan)}, "positions must be finite, got nan"),
        (
            {"positions": SWARM[0] - 10},
            r"positions must lie in \[0, 20\), got values from -.*wrap them by",
        ),
        ({"box": 10.0}, r"positions must lie in \[0, 10\)"),
        ({"box": -1.0}, "box must be finite and positive, got -1.0"),
        ({"positions": np.ones((150, 3))}, "positions must differ, got 150 animals in one place"),
        (
            {"velocities": np.zeros((150, 3))},
            "velocities must not be zero, got an animal at rest in row 0",
        ),
    ],
)
def test_messages(change, text):
    arguments = {"positions": SWARM[0], "velocities": SWARM[1], "box": 20.0} | change
    with pytest.raises(ValueError, match=text):
        schooling_entropies(**arguments)

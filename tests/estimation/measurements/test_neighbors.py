import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.estimation import estimate_conditional_mutual_information
from infotheory.estimation.measurements import _conditional_neighbors
from infotheory.estimation.measurements._box_tree import BoxTree
from infotheory.estimation.measurements._conditional_neighbors import ConditionalNeighbors
from infotheory.estimation.measurements._neighbors import (
    count_closer,
    count_given,
    kth_distance,
    nearest,
)


def distances(points):
    gaps = np.abs(points[:, None] - points[None]).max(axis=2)
    return gaps + np.diag(np.full(len(points), np.inf))


@settings(max_examples=80, deadline=None)
@given(
    st.integers(2, 40),
    st.integers(1, 3),
    st.sampled_from([0.1, 1 / 3, 1e-9]),
    st.integers(0, 2**32 - 1),
)
def test_counts_are_exact_at_the_radius(n_rows, n_columns, step, seed):
    """On a grid most radii are the distance of a point, and their sums with a coordinate are
    rounded.
    """
    rng = np.random.default_rng(seed)
    points = 1.0 + step * rng.integers(-5, 6, (n_rows, n_columns))
    gaps = distances(points)
    radius = gaps[np.arange(n_rows), rng.integers(0, n_rows - 1, n_rows)]
    radius = np.where(np.isfinite(radius) & (radius > 0), radius, step)
    assert count_closer(points, radius, 1).tolist() == (gaps < radius[:, None]).sum(axis=1).tolist()
    beyond = np.nextafter(radius, np.inf)
    assert (
        count_closer(points, beyond, 1).tolist() == (gaps <= radius[:, None]).sum(axis=1).tolist()
    )


def test_nearest_by_brute_force():
    points = np.random.default_rng(0).normal(size=(50, 2))
    radius, neighbors = nearest(points, 4, 1)
    gaps = distances(points)
    np.testing.assert_array_equal(radius, np.sort(gaps, axis=1)[:, 3])
    np.testing.assert_array_equal(
        np.sort(neighbors[:, 1:]), np.sort(np.argsort(gaps, axis=1)[:, :4])
    )
    np.testing.assert_array_equal(kth_distance(points, 4, 1), radius)


def test_copies_are_an_error():
    points = np.r_[np.zeros((3, 1)), np.arange(1.0, 9.0)[:, None]]
    with pytest.raises(
        ValueError, match="got 3 rows with 2 or more copies; drop the copies, or raise n_neighbors"
    ):
        nearest(points, 2, 1)
    assert nearest(points, 3, 1)[0].min() == 1.0


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([1, 2, 15, 17, 40, 170]),
    st.tuples(st.integers(1, 6), st.integers(1, 2), st.integers(1, 2)),
    st.sampled_from([0.0, 0.1, 1 / 3]),
    st.integers(0, 2**32 - 1),
)
def test_boxes_by_brute_force(n_rows, shape, step, seed):
    """Of measurements, and of rounded ones, whose radii are distances of many points."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n_rows, sum(shape)))
    if step:
        points = 1.0 + step * np.round(points)
    gaps = np.abs(points[:, None] - points[None])
    joint = gaps.max(axis=2)
    tree = BoxTree(points, shape[0])
    n = min(4, n_rows)
    np.testing.assert_array_equal(tree.distances(n, 1), np.sort(joint, axis=1)[:, :n])
    assert np.isinf(tree.distances(n_rows + 2, 1)[:, n_rows:]).all()

    # distances themselves, and 0, closer than which there is nothing
    radius = joint[np.arange(n_rows), rng.integers(0, n_rows, n_rows)]
    inside = gaps < radius[:, None, None]
    n_given, n_with_first = shape[0], shape[0] + shape[1]
    of_given = inside[:, :, :n_given].all(axis=2)
    expected = [
        of_given,
        of_given & inside[:, :, n_given:n_with_first].all(axis=2),
        of_given & inside[:, :, n_with_first:].all(axis=2),
    ]
    counts = tree.count_beside(radius, n_given, shape[1], 1)
    np.testing.assert_array_equal(counts.T, [one.sum(axis=1) for one in expected])
    np.testing.assert_array_equal(tree.count(radius, 1), inside.all(axis=2).sum(axis=1))


@pytest.mark.parametrize("shape", [(5, 1, 1), (1, 1, 1), (2, 3, 1)])
def test_boxes_are_the_same_for_any_number_of_workers(shape):
    x, y, z = (np.random.default_rng(n).normal(size=(9_000, n)) for n in shape)
    counts = count_given(x, y, z, 3, 1)
    np.testing.assert_array_equal(counts, count_given(x, y, z, 3, 2))
    np.testing.assert_array_equal(counts[:, [1, 0, 2]], count_given(y, x, z, 3, -1))


@pytest.mark.parametrize("n_columns", [1, 2, 3])
def test_a_condition_answers_the_same_by_trees_lines_and_lists(n_columns, monkeypatch):
    rng = np.random.default_rng(5)
    y, z = rng.normal(size=(300, 2)), rng.normal(size=(300, n_columns))
    seen = rng.random(300) < 0.8
    x = rng.normal(size=(300, 1)) + z[:, :1]

    monkeypatch.setattr(_conditional_neighbors, "_FEW", 1)
    given_z = ConditionalNeighbors(y, z, 3)
    first, second = (given_z.terms(x, seen).values for _ in range(2))
    np.testing.assert_array_equal(first, second)

    monkeypatch.setattr(_conditional_neighbors, "_LINE", 0)
    by_trees = ConditionalNeighbors(y, z, 3).terms(x, seen).values
    np.testing.assert_array_equal(first, by_trees)
    counts = count_given(x[seen], y[seen], z[seen], 3, 1)
    assert counts.shape == (seen.sum(), 3)
    copies = np.r_[np.zeros((4, 1)), x[4:]]
    with pytest.raises(ValueError, match="with 3 or more copies"):
        ConditionalNeighbors(0 * y + copies, 0 * z + copies, 3).terms(copies)


@pytest.mark.filterwarnings("ignore:too few rows for nearest neighbours")
def test_a_condition_that_holds_x_leaves_nothing():
    """The column is scaled to the same digits wherever it stands."""
    x, y, z = 1e9 + np.random.default_rng(7).normal(size=(3, 500))
    for condition in (x, np.c_[z, x], np.c_[x, y, z]):
        given_x = estimate_conditional_mutual_information(x, y, condition, method="ksg")
        assert given_x.value == pytest.approx(0.0, abs=1e-12)

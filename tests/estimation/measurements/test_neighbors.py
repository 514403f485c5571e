import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infotheory.estimation.measurements._neighbors import count_closer, nearest


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


def test_copies_are_an_error():
    points = np.r_[np.zeros((3, 1)), np.arange(1.0, 9.0)[:, None]]
    with pytest.raises(
        ValueError, match="got 3 rows with 2 or more copies; drop the copies, or raise n_neighbors"
    ):
        nearest(points, 2, 1)
    assert nearest(points, 3, 1)[0].min() == 1.0

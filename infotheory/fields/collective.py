"""Entropies of collective motion: how ordered a school, flock or swarm is."""

from typing import Any

import numpy as np
from scipy.spatial import KDTree
from scipy.spatial.distance import pdist

from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, FloatArray
from infotheory.fields._inputs import as_finite, check_positive
from infotheory.measures import entropy

__all__ = ["schooling_entropies"]

# Weights of the mean, those of the published package.
_WEIGHTS = {
    "cohesion": 0.18,
    "polarisation": 0.28,
    "depth": 0.08,
    "angular_momentum": 0.08,
    "nearest_neighbour": 0.10,
    "velocity_correlation": 0.18,
    "shape": 0.10,
}

# Neighbours of an animal, of which the published package takes as many.
_NEIGHBOURS = 5


def schooling_entropies(
    positions: ArrayLike, velocities: ArrayLike, box: float
) -> dict[str, float]:
    r"""Seven entropies of a school in a periodic box and their weighted mean.

    Descriptive of one moment of one school: no errors, since its members do not move on their own.

    Each lies between 0 (ordered) and 1.

    ======================== ============================================== =====================
    key                      what is counted                                cells
    ======================== ============================================== =====================
    ``cohesion``             distance to the nearest neighbour              25 on [0, box / 2]
    ``polarisation``         heading                                        12 x 24 of equal area
    ``depth``                third coordinate                               15 on [0, box]
    ``angular_momentum``     \|r x v\| of unit vectors, r from the center   20 on [0, 1]
    ``nearest_neighbour``    coefficient of variation of 5 such distances   20 on [0, 2]
    ``velocity_correlation`` cosine of the headings of each pair            20 on [-1, 1]
    ``shape``                shares of the three variances of position      3
    ======================== ============================================== =====================

    Each is the Shannon entropy of the shares over the logarithm of the number of cells.

    Parameters
    ----------
    positions : array-like of shape (n_animals, 3)
        Positions in [0, box); at least 6 animals.
    velocities : array-like of shape (n_animals, 3)
        Velocities, none of them zero; only their directions count.
    box : float
        Side of the cubic box. Neighbours are found across its walls; center and shape are those of
        the coordinates as given, so that a school which crosses a wall must be shifted first.

    Returns
    -------
    dict of str to float
        The seven entropies and ``oceanic_schooling_index``, their mean with the weights .18, .28,
        .08, .08, .10, .18 and .10 in the order above.

    Raises
    ------
    ValueError
        If shapes do not fit, there are fewer than 6 animals, a number is not finite, a position
        lies outside the box, a velocity is zero, all positions are equal, or ``box`` is not
        positive.

    Notes
    -----
    Headings are counted in cells of equal area on the sphere, rows equal in the cosine of the polar
    angle, so that uniform headings score 1. The published package has rows equal in the angle and
    multiplies their counts by its sine once more: uniform headings then score .946. It also leaves
    out neighbours farther than half of the box, which count in the last cell here, and returns .5
    where there are too few animals, which is an error here.

    References
    ----------
    S. Herho et al. (2026), "dewi-kadita: a Python library for idealized fish schooling simulation
    with entropy-based diagnostics", arXiv:2602.07948.

    Examples
    --------
    Six animals at the corners of an octahedron that swim as one: neighbours are all as far,
    headings all alike, and the school is as wide in every direction:

    >>> import numpy as np
    >>> corners = 5.0 + np.vstack([np.eye(3), -np.eye(3)])
    >>> school = schooling_entropies(corners, np.tile([1.0, 0.5, 0.2], (6, 1)), 10.0)
    >>> {name: round(school[name], 6) for name in ("cohesion", "polarisation", "shape")}
    {'cohesion': 0.0, 'polarisation': 0.0, 'shape': 1.0}
    """
    side = check_positive("box", box)
    places, headings = _as_school(positions, velocities, side)

    # At distance 0 the first neighbour is the animal itself, or another in its place.
    distances = KDTree(places, boxsize=side).query(places, k=_NEIGHBOURS + 1)[0][:, 1:]
    means = distances.mean(axis=1)
    # Where all distances are 0 they do not vary: 0 / 1.
    variation = distances.std(axis=1) / np.where(means > 0, means, 1.0)

    # An animal at the centre has no arm and no momentum. Both vectors have length 1, so no momentum
    # is above 1 but by rounding.
    arms = places - places.mean(axis=0)
    momenta = np.linalg.norm(np.cross(_unit(arms), headings), axis=1)
    azimuth = np.arctan2(headings[:, 1], headings[:, 0])

    # What lies beyond the last cell counts in it. Equal widths of height and azimuth cut the sphere
    # of headings into equal areas. Of vectors of length 1 the cosine is 1 less half the squared
    # distance.
    result = {
        "cohesion": _binned(25, (0.0, side / 2.0), np.minimum(distances[:, 0], side / 2.0)),
        "polarisation": _normalized(
            np.histogram2d(
                headings[:, 2], azimuth, bins=(12, 24), range=((-1.0, 1.0), (-np.pi, np.pi))
            )[0]
        ),
        "depth": _binned(15, (0.0, side), places[:, 2]),
        "angular_momentum": _binned(20, (0.0, 1.0), np.minimum(momenta, 1.0)),
        "nearest_neighbour": _binned(20, (0.0, 2.0), np.minimum(variation, 2.0)),
        "velocity_correlation": _binned(
            20, (-1.0, 1.0), np.clip(1.0 - pdist(headings, "sqeuclidean") / 2.0, -1.0, 1.0)
        ),
        "shape": _normalized(np.maximum(np.linalg.eigvalsh(arms.T @ arms), 0.0)),
    }
    result["oceanic_schooling_index"] = sum(
        weight * result[name] for name, weight in _WEIGHTS.items()
    )
    return result


def _as_school(
    positions: ArrayLike, velocities: ArrayLike, side: float
) -> tuple[FloatArray, FloatArray]:
    """Return positions in the box and headings of length 1."""
    warn_of_row_order(positions=positions, velocities=velocities)
    places = as_finite(positions, name="positions", shape=("n_animals", 3))
    motions = as_finite(velocities, name="velocities", shape=places.shape)
    if len(places) <= _NEIGHBOURS:
        message = (
            f"there must be at least {_NEIGHBOURS + 1} animals, for {_NEIGHBOURS} neighbours, got "
            f"{len(places)}"
        )
        raise ValueError(message)

    if places.min() < 0.0 or places.max() >= side:
        message = (
            f"positions must lie in [0, {side:g}), got values from {places.min():g} to "
            f"{places.max():g}; wrap them by positions % box"
        )
        raise ValueError(message)

    # Their shape would be shares of nothing, 0 / 0.
    if (places == places[0]).all():
        message = f"positions must differ, got {len(places)} animals in one place"
        raise ValueError(message)

    still = ~motions.any(axis=1)
    if still.any():
        message = (
            f"velocities must not be zero, got an animal at rest in row {still.argmax()}, which "
            "has no heading"
        )
        raise ValueError(message)

    # By the largest component first: squares of small or large speeds leave float64.
    return places, _unit(motions / np.abs(motions).max(axis=1, keepdims=True))


def _unit(vectors: FloatArray) -> FloatArray:
    """Scale to length 1; a zero vector stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0))


def _binned(n_cells: int, limits: tuple[float, float], values: FloatArray) -> float:
    """Normalised entropy of values in cells of equal width."""
    return _normalized(np.histogram(values, bins=n_cells, range=limits)[0])


def _normalized(amounts: Any) -> float:
    """Entropy of shares over the logarithm of their number."""
    # All in one cell gives -0.0, which abs turns into 0.
    shares = np.ravel(amounts) / np.sum(amounts)
    return abs(float(entropy(shares))) / float(np.log(shares.size))


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

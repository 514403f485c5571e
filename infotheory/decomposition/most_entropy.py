"""The law of most entropy among those with the same margins."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from infotheory._later import optimize
from infotheory._typing import BoolArray, FloatArray, IntArray

__all__ = ["MarginalLaw", "law_of_most_entropy"]

#: Proportional fitting before Newton's method: it settles the sizes of rare cells.
_FITTINGS = 30
_MOST_STEPS = 200
#: Newton's method ends where no margin is off by more.
_RESIDUAL = 1e-14
#: Directions of singular values below it, relative to the largest, are redundant margins.
_RANK = 1e-10


@dataclass(frozen=True, slots=True)
class MarginalLaw:
    """A law with prescribed margins."""

    # Probabilities of the cells, of shape (n_cells,)
    probability: FloatArray
    # How far the sum over a class of a margin is off at most
    residual: float


def law_of_most_entropy(margins: list[IntArray], law: FloatArray) -> MarginalLaw:
    """Law of most entropy whose sums over the classes of each margin are those of ``law``.

    ``margins`` holds codes of the cells from 0, one array a margin. The law sought is an
    exponential family's on the cells that any law with these margins can hold, so the cells are
    settled first, by a linear program of whole numbers; then Newton's method on the dual is exact
    to rounding. Proportional fitting alone creeps towards a law with empty cells.
    """
    sums = _incidence(margins)
    held = _cells_of_some_law(sums, law > 0.0)
    # Sums without mass say no more than that their cells are empty.
    positive, within = sums[sums @ law > 0.0][:, held], law[held]

    logs = _fitted(positive, positive @ within)
    basis = _row_space(positive)
    logs = _newton(basis, within, basis.T @ (basis @ logs))

    probability = np.zeros(law.size)
    probability[held] = np.exp(logs)
    return MarginalLaw(probability, float(np.abs(sums @ (probability - law)).max()))


def _incidence(margins: list[IntArray]) -> sparse.csr_array:
    """Matrix of the sums over classes, shape (n_classes of all margins, n_cells)."""
    n_cells = margins[0].size
    blocks = [
        sparse.csr_array(
            (np.ones(n_cells), (codes, np.arange(n_cells))), shape=(codes.max() + 1, n_cells)
        )
        for codes in margins
    ]
    return sparse.csr_array(sparse.vstack(blocks))


def _cells_of_some_law(sums: sparse.csr_array, occurs: BoolArray) -> BoolArray:
    """Tell which cells hold mass in some law with the margins of one that holds those that occur.

    A change that leaves all sums as they are, and takes nothing from cells without mass, can be
    scaled until the cells with mass allow it: probabilities play no part, and any cell that can
    grow can grow by one.
    """
    empty = np.flatnonzero(~occurs)
    # A sum without mass has no cell with mass: nothing can come from elsewhere.
    dead = np.flatnonzero(sums @ occurs.astype(float) == 0.0)
    empty = empty[sums[dead][:, empty].sum(axis=0) == 0.0]
    if empty.size == 0:
        return occurs

    # Unknowns: changes of the cells with mass, free, and of the empty ones, a growth up to one and
    # whatever comes on top.
    n_free, n_empty = int(occurs.sum()), empty.size
    columns = [sums[:, np.flatnonzero(occurs)], sums[:, empty], sums[:, empty]]
    value = np.concatenate([np.zeros(n_free), -np.ones(n_empty), np.zeros(n_empty)])
    bounds = [(None, None)] * n_free + [(0.0, 1.0)] * n_empty + [(0.0, None)] * n_empty
    program = optimize.linprog(
        value,
        A_eq=sparse.hstack(columns),
        b_eq=np.zeros(sums.shape[0]),
        bounds=bounds,
        method="highs",
    )
    # The change of nothing is feasible and the growth bounded: there is always a solution.
    held = occurs.copy()
    held[empty] = program.x[n_free : n_free + n_empty] > 0.5
    return held


def _fitted(sums: sparse.csr_array, totals: FloatArray) -> FloatArray:
    """Logarithms after some rounds of proportional fitting, which stay in the family."""
    logs = np.zeros(sums.shape[1])
    # Fitting all margins at once overshoots by as many as there are: each takes its share.
    share = sums.sum(axis=0)
    for _ in range(_FITTINGS):
        present = sums @ np.exp(logs)
        logs += (sums.T @ np.log(totals / present)) / share
    return logs


def _row_space(sums: sparse.csr_array) -> FloatArray:
    """Orthonormal basis of the sums, shape (rank, n_cells): margins imply parts of each other."""
    rows = sums.toarray()
    # Of the smaller square matrix; its whole numbers leave a wide gap between rank and rounding.
    values, vectors = linalg.eigh(rows @ rows.T)
    independent = values > _RANK * values[-1]
    return np.asarray((vectors[:, independent] / np.sqrt(values[independent])).T @ rows)


def _newton(basis: FloatArray, law: FloatArray, logs: FloatArray) -> FloatArray:
    """Solve for the logarithms, within the rows of the basis, that give the sums of a law."""
    point = basis @ logs
    aim = basis @ law

    def objective(point: FloatArray) -> float:
        """Log-partition less the sums: convex, least where the sums agree."""
        # A step too far overflows, to a value that no step is taken to.
        with np.errstate(over="ignore"):
            return float(np.exp(point @ basis).sum() - point @ aim)

    value = objective(point)
    for _ in range(_MOST_STEPS):
        probability = np.exp(point @ basis)
        gradient = basis @ (probability - law)
        if np.abs(gradient).max() <= _RESIDUAL:
            break
        curvature = (basis * probability) @ basis.T
        step = _solved(curvature, gradient)

        # Rounding hides the gain of the last steps, which are then taken whole.
        slope, length = float(gradient @ step), 1.0
        if slope <= 0.0:
            break
        while slope > 1e-12 and objective(point - length * step) > value - 1e-4 * length * slope:
            length /= 2.0
            if length < 1e-12:
                return np.asarray(point @ basis)
        point = point - length * step
        value = objective(point)
    return np.asarray(point @ basis)


def _solved(curvature: FloatArray, gradient: FloatArray) -> FloatArray:
    """Newton's step; cells of next to no mass leave directions without curvature."""
    try:
        return np.asarray(linalg.cho_solve(linalg.cho_factor(curvature), gradient))
    except linalg.LinAlgError:
        return np.asarray(linalg.lstsq(curvature, gradient)[0])

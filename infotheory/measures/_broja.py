"""The convex program of Bertschinger et al.: least joint information under given pair laws."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from infotheory._typing import FloatArray, IntArray

__all__ = ["least_joint_information"]

# Nats of the gap at which the iteration stops; each step aims at a tenth of it.
_TOLERANCE = 1e-9
_MAX_ITER = 150


@dataclass(frozen=True, slots=True)
class _Program:
    """Cells (first source, second source, target) that may hold mass, and sums of their masses.

    The objective ``sum q log(q / Q)``, Q the mass of a pair of source values, is minus the entropy
    of the target given both sources; it is convex, and homogeneous of degree one.
    """

    #: Pair of source values of each cell.
    pair: IntArray
    #: Value of the first source of each pair.
    first: IntArray
    #: Sums that are prescribed, shape (n_margins, n_cells), redundant ones dropped.
    margins: sparse.csr_array
    #: Sums over the target, shape (n_pairs, n_cells).
    pairs: sparse.csr_array
    totals: FloatArray
    first_law: FloatArray


def least_joint_information(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Least information in nats of two sources together on a target, given their pair laws.

    A primal-dual interior-point method: each Newton step solves one system of the size of the
    margins, since the Hessian is a diagonal less a matrix of rank one for each pair of source
    values.

    ``first`` and ``second`` are the joint laws of each source (rows) and the target, with the same
    law of the target. The second number bounds how far the first exceeds the minimum, by a feasible
    solution of the dual program. N. Bertschinger, J. Rauh, E. Olbrich, J. Jost, N. Ay (2014),
    "Quantifying unique information", arXiv:1311.2852.
    """
    program, mass = _program(first, second)
    target_law = first.sum(axis=0)
    entropy = -float(np.sum(target_law * np.log(np.where(target_law > 0, target_law, 1.0))))

    # Prices low enough that every reduced cost is positive: inside both programs.
    slopes = _slopes(program, mass)
    price = np.full(program.totals.size, slopes.min() / 2.0 - 0.5)
    # A cell pays the prices of two margins, or of one where the other was redundant: there the
    # reduced cost may come out lower, and is lifted.
    reduced = np.maximum(slopes - program.margins.T @ price, 0.5)

    best, bound = float(mass @ slopes), -np.inf
    for _ in range(_MAX_ITER):
        bound = max(bound, _dual_value(program, price))
        if best - bound <= _TOLERANCE:
            break
        try:
            mass, price, reduced = _newton_step(program, mass, price, reduced)
        # At the end of the path the system loses rank; the gap says how far it came.
        except np.linalg.LinAlgError:  # pragma: no cover - depends on the rounding of LAPACK
            break
        best = min(best, float(mass @ _slopes(program, mass)))

    # In this order `max` keeps what is no number, where rounding ends in none.
    return max(entropy + best, 0.0), max(best - bound, 0.0)


def _program(first: FloatArray, second: FloatArray) -> tuple[_Program, FloatArray]:
    """Set up the program at the law that makes the sources independent given the target."""
    target_law = first.sum(axis=0)
    product = first[:, None, :] * second[None, :, :] / np.where(target_law > 0, target_law, 1.0)
    row, column, target = np.nonzero(product > 0)

    cells = np.arange(row.size)
    margin_of_first = np.unique(row * first.shape[1] + target, return_inverse=True)[1]
    keys, margin_of_second = np.unique(target * second.shape[0] + column, return_inverse=True)
    incidence = sparse.csr_array(
        (
            np.ones(2 * cells.size),
            (
                np.r_[margin_of_first, margin_of_first.max() + 1 + margin_of_second],
                np.r_[cells, cells],
            ),
        )
    )

    # For each target value both sets of margins have one sum, so that one of the second source is
    # redundant: the largest, as a small one would be left to the difference of large ones.
    heaviest = np.argmax(second, axis=0)[np.unique(target)]
    redundant = np.searchsorted(keys, np.unique(target) * second.shape[0] + heaviest)
    dropped = margin_of_first.max() + 1 + redundant
    incidence = incidence[np.setdiff1d(np.arange(incidence.shape[0]), dropped)]

    pair_keys, pair = np.unique(row * second.shape[0] + column, return_inverse=True)
    mass = product[row, column, target]
    program = _Program(
        pair=pair,
        first=pair_keys // second.shape[0],
        margins=incidence,
        pairs=sparse.csr_array((np.ones(cells.size), (pair, cells))),
        totals=incidence @ mass,
        first_law=first.sum(axis=1),
    )
    return program, mass


def _slopes(program: _Program, mass: FloatArray) -> FloatArray:
    """Gradient ``log(q / Q)`` of the objective; the mass times it is the objective."""
    return np.asarray(np.log(mass) - np.log(program.pairs @ mass)[program.pair])


def _dual_value(program: _Program, price: FloatArray) -> float:
    """Value of a feasible dual solution: ``sum_t exp(price) <= 1`` at every pair after a shift."""
    costs = program.margins.T @ price
    top = np.full(program.first.size, -np.inf)
    np.maximum.at(top, program.pair, costs)
    excess = top + np.log(program.pairs @ np.exp(costs - top[program.pair]))

    # A value of the first source lowers the prices of its margins: the pair in excess most decides.
    shift = np.full(program.first_law.size, -np.inf)
    np.maximum.at(shift, program.first, excess)
    # A value that never occurs has the shift -inf, which 0 times would be NaN.
    occurs = program.first_law > 0
    return float(price @ program.totals - shift[occurs] @ program.first_law[occurs])


def _newton_step(
    program: _Program, mass: FloatArray, price: FloatArray, reduced: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """One step towards the central point of a tenth of the present complementarity."""
    barrier = 0.1 * float(mass @ reduced) / mass.size
    residual = _slopes(program, mass) - program.margins.T @ price

    # The Hessian with its barrier is a diagonal less rank one a pair: its inverse is a diagonal
    # plus rank one a pair (Sherman and Morrison).
    # The diagonal: 1 / mass of the objective, reduced / mass of the barrier.
    scale = mass / (1.0 + reduced)
    slack = program.pairs @ (scale * reduced)
    weighted = program.margins * scale[None, :]
    # (n_margins, n_pairs), and a system of (n_margins, n_margins).
    coupled = np.asarray((weighted @ program.pairs.T).todense())
    matrix = np.asarray((weighted @ program.margins.T).todense()) + (coupled / slack) @ coupled.T

    def inverse_hessian(vector: FloatArray) -> FloatArray:
        scaled = scale * vector
        return np.asarray(scaled + scale * ((program.pairs @ scaled) / slack)[program.pair])

    drive = barrier / mass - residual
    shortfall = program.totals - program.margins @ (mass + inverse_hessian(drive))
    # Margins of a billionth stand beside others: in units of their own size none is lost.
    unit = 1.0 / np.sqrt(matrix.diagonal())
    price_step = unit * np.linalg.solve(matrix * unit[:, None] * unit, unit * shortfall)

    mass_step = inverse_hessian(drive + program.margins.T @ price_step)
    reduced_step = barrier / mass - reduced - reduced / mass * mass_step
    length = min(_room(mass, mass_step), _room(reduced, reduced_step))
    return mass + length * mass_step, price + length * price_step, reduced + length * reduced_step


def _room(values: FloatArray, step: FloatArray) -> float:
    """Longest step, at most 1, that keeps a hundredth of every value."""
    shrinking = step < 0
    return float(min(1.0, 0.99 * np.min(values[shrinking] / -step[shrinking], initial=np.inf)))

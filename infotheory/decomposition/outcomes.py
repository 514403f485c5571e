"""Redundancies of a law at every node of a lattice."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Self

import numpy as np

from infotheory._numerics import safe_log
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.decomposition.antichains import Antichains

__all__ = [
    "MOST_CELLS",
    "Outcomes",
    "Redundancies",
    "least_information",
    "shared_exclusions",
    "shared_exclusions_of_laws",
]

#: Tables of outcomes by outcomes are made: 4096 of them take 16 MiB a source.
MOST_CELLS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Redundancies:
    """Redundancy in nats of each node of a lattice."""

    # The redundancies, of shape (n_nodes,)
    cumulative: FloatArray
    # Redundancy of each outcome, where the measure has one
    pointwise: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """The outcomes of a law with positive probability."""

    # Their probabilities, of sum 1, of shape (n_cells,)
    probability: FloatArray
    # Code of the value of each source, of shape (n_cells, n_sources)
    sources: IntArray
    # Code of the value of the target, of shape (n_cells,)
    target: IntArray

    @classmethod
    def of_table(cls, table: FloatArray, groups: list[tuple[int, ...]], target: int) -> Self:
        """Read the cells of a joint table; variables of no source are summed out."""
        where = np.argwhere(table > 0.0)
        codes = [_joint_code(where[:, list(group)]) for group in groups]
        outcomes = np.column_stack([*codes, where[:, target]])

        # Cells that differ in summed-out variables only are one outcome.
        distinct, place = np.unique(outcomes, axis=0, return_inverse=True)
        probability = np.bincount(place.reshape(-1), table[table > 0.0])
        return cls(probability / probability.sum(), distinct[:, :-1], distinct[:, -1])

    @property
    def n_cells(self) -> int:
        """Number of outcomes."""
        return self.probability.size

    def code(self, sources: int) -> IntArray:
        """Code of the joint value of a set of sources (a bit a source)."""
        members = [i for i in range(self.sources.shape[1]) if sources >> i & 1]
        return _joint_code(self.sources[:, members])

    @property
    def target_code(self) -> IntArray:
        """Dense code of the value of the target."""
        return _joint_code(self.target[:, None])

    def code_with_target(self, sources: int) -> IntArray:
        """Code of the joint value of a set of sources and the target."""
        return _joint_code(np.column_stack([self.code(sources), self.target]))

    def same_values(self, sources: int) -> BoolArray:
        """Tell of each pair of outcomes whether a set of sources has the same values in both."""
        code = self.code(sources)
        return np.asarray(code[:, None] == code[None, :])


def least_information(cells: Outcomes, lattice: Antichains, *, by_target: bool) -> Redundancies:
    """Least information of a set of sources in each node: in all, or at each target value.

    The former is the minimum mutual information, the latter the measure of Williams and Beer.
    """
    by_set = {one: _specific(cells, one) for one in _sets(lattice)}
    values = []
    for node in lattice.nodes:
        at_target = np.stack([by_set[one] for one in node])
        # The least at each target value may be another set's: their sum is at most the least sum.
        least = at_target.min(axis=0).sum() if by_target else at_target.sum(axis=1).min()
        values.append(least)
    return Redundancies(np.array(values))


def shared_exclusions(cells: Outcomes, lattice: Antichains) -> Redundancies:
    """Information in what the sources exclude alike.

    ``log [P(t, union) / (P(union) P(t))]`` of an outcome, with the union over the sets of the node
    of the outcomes that agree with it there (Makkeh, Gutknecht, Wibral 2021,
    doi:10.1103/PhysRevE.103.032149). It may be negative.
    """
    p = cells.probability
    local = np.array([of_laws[:, 0] for of_laws in _exclusions(cells, lattice, p[:, None])])
    return Redundancies(local @ p, local)


def shared_exclusions_of_laws(cells: Outcomes, lattice: Antichains, laws: FloatArray) -> FloatArray:
    """Redundancies of other laws of the same outcomes, shape (n_laws, n_nodes).

    ``laws`` have shape (n_laws, n_cells); an outcome of probability 0 is none.
    """
    p = laws.T
    return np.column_stack([(p * local).sum(axis=0) for local in _exclusions(cells, lattice, p)])


def _exclusions(cells: Outcomes, lattice: Antichains, p: FloatArray) -> Iterator[FloatArray]:
    """Redundancy of each outcome under laws p of shape (n_cells, n_laws), node by node."""
    target = np.asarray(cells.target[:, None] == cells.target[None, :])
    agree = {one: cells.same_values(one) for one in _sets(lattice)}
    occurs = p > 0.0

    def log_mass(same: BoolArray) -> FloatArray:
        # Every outcome agrees with itself: no logarithm of one that occurs is that of 0.
        return np.asarray(safe_log(np.where(occurs, same.astype(np.float64) @ p, 0.0)))

    of_target = log_mass(target)
    for node in lattice.nodes:
        union = reduce(or_, (agree[one] for one in node))
        # A difference of logarithms, as products of small probabilities underflow.
        yield log_mass(union & target) - log_mass(union) - of_target


def _sets(lattice: Antichains) -> set[int]:
    """Every set of sources that stands in a node."""
    return {one for node in lattice.nodes for one in node}


def _specific(cells: Outcomes, sources: int) -> FloatArray:
    """Compute ``sum_s p(s, t) log [p(s, t) / (p(s) p(t))]`` by target value t."""
    code, target = cells.code(sources), cells.target_code
    joint = np.zeros((int(code.max()) + 1, int(target.max()) + 1))
    np.add.at(joint, (code, target), cells.probability)

    # Cells of positive mass only: the others add 0.
    s, t = np.nonzero(joint)
    both = joint[s, t]
    terms = both * (np.log(both) - np.log(joint.sum(axis=1)[s]) - np.log(joint.sum(axis=0)[t]))
    return np.asarray(np.bincount(t, terms, minlength=joint.shape[1]), dtype=np.float64)


def _joint_code(columns: IntArray) -> IntArray:
    """Dense code of the rows of some columns, which are codes from 0."""
    code = np.zeros(len(columns), dtype=np.intp)
    for column in columns.T:
        # In the order of the rows, as a sort of whole rows has it, and several times as fast.
        joint = code * (int(column.max()) + 1) + column
        code = np.unique(joint, return_inverse=True)[1].reshape(-1)
    return code

"""Partial information lattices of up to four sources."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infotheory._display import html_frame, short_repr
from infotheory._later import pd
from infotheory._numerics import log_base
from infotheory._typing import ArrayLike, Base, FloatArray, IntArray
from infotheory._validation import check_option
from infotheory.decomposition.antichains import MOST_SOURCES, Antichains, antichains_of
from infotheory.decomposition.common_change import common_change
from infotheory.decomposition.outcomes import (
    MOST_CELLS,
    Outcomes,
    Redundancies,
    least_information,
    shared_exclusions,
)
from infotheory.decomposition.two_sources import as_sources, meet_information

__all__ = [
    "InformationLattice",
    "check_n_cells",
    "check_n_sources",
    "node_label",
    "partial_information_lattice",
    "redundancies_of_cells",
]

KINDS = ("williams_beer", "minimum", "meet", "shared_exclusions", "common_change")
#: Numbers of nodes for 5 sources, which no page can show.
_NODES_OF_FIVE = 7579

NodeNames = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class InformationLattice:
    """The information of several sources on a target, split over a lattice.

    Parameters
    ----------
    nodes : tuple
        Nodes, each a tuple of sets of sources (tuples of their numbers): ``((0,), (1, 2))`` is what
        source 0 says alike with sources 1 and 2 together. Each stands after all below it.
    redundancy : ndarray of shape (n_nodes,)
        What the sets of a node say alike: the sum of the atoms below it and its own.
    atoms : ndarray of shape (n_nodes,)
        What is said at a node and not below it; they add up to the information of all sources
        together. Those of ``"shared_exclusions"`` and ``"common_change"`` may be negative, those of
        ``"meet"`` and ``"minimum"`` from three sources on too.
    kind : str
        The measure of redundancy.
    probabilities : ndarray of shape (n_outcomes,)
        Probabilities of the outcomes.
    outcomes : ndarray of shape (n_outcomes, n_sources + 1)
        Codes of the values of each source, and of the target, from 0.
    pointwise : ndarray of shape (n_nodes, n_outcomes), or None
        Atoms of single outcomes, whose mean is ``atoms``; None where the measure has none.
    """

    nodes: tuple[NodeNames, ...]
    redundancy: FloatArray
    atoms: FloatArray
    kind: str
    probabilities: FloatArray
    outcomes: IntArray
    pointwise: FloatArray | None = None

    __repr__ = short_repr
    _repr_html_ = html_frame

    def atom(self, *sets: Sequence[int]) -> float:
        """Return the atom of a node.

        Parameters
        ----------
        *sets : sequence of int
            Its sets of sources, in any order.

        Returns
        -------
        float
            The atom.

        Raises
        ------
        ValueError
            If there is no such node.

        Examples
        --------
        >>> bits = [[[0.25, 0.0], [0.0, 0.25]], [[0.0, 0.25], [0.25, 0.0]]]
        >>> round(partial_information_lattice(bits, kind="minimum", base=2).atom([0, 1]), 6)
        1.0
        """
        # Neither the sets nor what is in them has an order.
        wanted = {tuple(sorted(one)) for one in sets}
        for node, atom in zip(self.nodes, self.atoms, strict=True):
            if set(node) == wanted:
                return float(atom)
        message = (
            f"sets must be those of a node, none within another, got {list(map(list, sets))}; see "
            "nodes"
        )
        raise ValueError(message)

    def to_frame(self) -> "pd.DataFrame":
        """Lay the lattice out as a table.

        Returns
        -------
        DataFrame
            Columns node (such as ``{0}{1 2}``), redundancy, atom.
        """
        labels = [node_label(node) for node in self.nodes]
        return pd.DataFrame({"node": labels, "redundancy": self.redundancy, "atom": self.atoms})


def partial_information_lattice(
    p: ArrayLike,
    *,
    sources: "Sequence[int | Sequence[int]] | None" = None,
    target: int = -1,
    kind: str = "shared_exclusions",
    base: Base = None,
) -> "InformationLattice":
    """Split the information of up to four sources on a target over the lattice of what they share.

    The nodes are the sets of sets of sources of which none holds another (1, 4, 18 and 166 for 1
    to 4 sources); the redundancy of a node is the sum of the atoms below it and its own, and the
    atoms follow from the redundancies by Moebius inversion.

    Parameters
    ----------
    p : array-like
        Joint probabilities, one axis a variable.
    sources : sequence of int or of sequences of int, optional
        Variables of each of 1 to 4 sources; every variable but the target, one a source, when None.
    target : int
        The variable that the sources tell of.
    kind : {"shared_exclusions", "williams_beer", "minimum", "meet", "common_change"}
        Measure of redundancy; for the last four see `redundant_information`. ``"broja"`` is one of
        two sources only: `partial_information_decomposition`.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    InformationLattice
        Nodes, redundancies and atoms; descriptive numbers of the law that is given.

    Raises
    ------
    ValueError
        If ``p`` is not a joint table, a source or the target is not one of its variables, the
        target is in a source, there are more than 4 sources or more than 4096 outcomes of positive
        probability (for ``"common_change"`` 2048 pairs of a joint value of the sources and a target
        value), or ``kind`` is not known.

    Warns
    -----
    NotConvergedWarning
        If the law of most entropy of ``"common_change"`` was not reached.

    See Also
    --------
    estimate_partial_information : From samples, with standard errors.

    References
    ----------
    P. Williams, R. Beer (2010), arXiv:1004.2515, eqs. (3), (7). A. Makkeh, A. Gutknecht, M. Wibral
    (2021), "Introducing a differentiable measure of pointwise shared information",
    doi:10.1103/PhysRevE.103.032149, eqs. (5), (10). R. Ince (2017), "Measuring multivariate
    redundant information with pointwise common change in surprisal", doi:10.3390/e19070318.

    Examples
    --------
    The parity of two fair bits: neither tells anything alone.

    >>> bits = [[[0.25, 0.0], [0.0, 0.25]], [[0.0, 0.25], [0.25, 0.0]]]
    >>> lattice = partial_information_lattice(bits, kind="williams_beer", base=2)
    >>> lattice.to_frame().round(6)["atom"].tolist()
    [0.0, 0.0, 0.0, 1.0]
    """
    check_option("kind", kind, KINDS)
    table, groups, aim = as_sources(p, sources, target)
    check_n_sources(len(groups))
    cells = Outcomes.of_table(table, groups, aim)
    check_n_cells(cells.n_cells)

    lattice, unit = antichains_of(len(groups)), log_base(base)
    if kind == "meet":
        # What partitions share has one value, not one of each outcome.
        values = np.array([_meet_of_node(table, groups, aim, node) for node in lattice.named()])
        pointwise = None
    else:
        found = redundancies_of_cells(cells, lattice, kind)
        values, pointwise = found.cumulative, found.pointwise
    return InformationLattice(
        nodes=lattice.named(),
        redundancy=values / unit,
        atoms=lattice.atoms(values) / unit,
        kind=kind,
        probabilities=cells.probability,
        outcomes=np.column_stack([cells.sources, cells.target]),
        pointwise=None if pointwise is None else lattice.atoms(pointwise) / unit,
    )


def redundancies_of_cells(cells: Outcomes, lattice: Antichains, kind: str) -> Redundancies:
    """Redundancies of a measure that needs the outcomes only."""
    if kind == "shared_exclusions":
        return shared_exclusions(cells, lattice)
    if kind == "common_change":
        return common_change(cells, lattice)
    return least_information(cells, lattice, by_target=kind == "williams_beer")


def check_n_sources(n_sources: int) -> None:
    """Raise ValueError where the lattice has too many nodes."""
    if n_sources > MOST_SOURCES:
        message = (
            f"sources must be at most {MOST_SOURCES}, got {n_sources}: the lattice of 5 has "
            f"{_NODES_OF_FIVE} nodes; join some of them into one source"
        )
        raise ValueError(message)


def check_n_cells(n_cells: int) -> None:
    """Raise ValueError where tables of outcomes by outcomes get too large."""
    if n_cells > MOST_CELLS:
        message = (
            f"outcomes of positive probability must be at most {MOST_CELLS}, got {n_cells}; merge "
            "values"
        )
        raise ValueError(message)


def node_label(node: NodeNames) -> str:
    """Write a node as ``{0}{1 2}``."""
    return "".join("{" + " ".join(map(str, one)) + "}" for one in node)


def _meet_of_node(
    table: FloatArray, groups: list[tuple[int, ...]], target: int, node: NodeNames
) -> float:
    """Information in nats of what all sets of a node know for certain, on the target."""
    joined = [tuple(sorted({axis for i in one for axis in groups[i]})) for one in node]
    return meet_information(table, joined, target)

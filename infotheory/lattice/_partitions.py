"""Partitions of atoms as integer labels: order, join, meet, ranks. Nothing is checked here."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from infotheory._codes import CodeArray, Codes, canonical, joint_codes
from infotheory._typing import FloatArray

__all__ = ["ClassTable", "holders", "is_function_of", "join", "meet", "rank_within"]


class ClassTable(NamedTuple):
    """Joint weights of the classes of two informations, without empty cells."""

    # Class of the first and of the second information, of shape (n_cells,)
    rows: CodeArray
    columns: CodeArray
    # Weight of their intersection, positive, of shape (n_cells,)
    weights: FloatArray


def join(partitions: list[Codes]) -> Codes:
    """Coarsest partition that refines all: mixed-radix codes of the labels, recompressed."""
    return canonical(joint_codes(*partitions))


def meet(partitions: list[Codes]) -> Codes:
    """Finest partition that all refine: connected components of classes that share an atom."""
    first = partitions[0]
    if len(partitions) == 1:
        return first

    # Nodes are the classes of all partitions. Each atom ties its class in the first to its class in
    # every other partition.
    offsets = np.cumsum([partition.n_levels for partition in partitions])
    hub = np.tile(first.index, len(partitions) - 1)
    spokes = np.concatenate(
        [p.index + start for p, start in zip(partitions[1:], offsets[:-1], strict=True)]
    )

    # Repeated edges add up: small integers would overflow.
    size = int(offsets[-1])
    graph = coo_array((np.ones(hub.size), (hub, spokes)), shape=(size, size))
    n_components, component = connected_components(graph, directed=False)
    return canonical(Codes(component[first.index].astype(np.intp), int(n_components)))


def is_function_of(coarse: Codes, fine: Codes) -> bool:
    """Whether each class of ``fine`` lies inside one class of ``coarse``: an integer test."""
    # A function has no more values than its argument.
    if coarse.n_levels > fine.n_levels:
        return False
    return bool((holders(fine, coarse)[fine.index] == coarse.index).all())


def holders(fine: Codes, coarse: Codes) -> CodeArray:
    """For each class of ``fine``: the class of ``coarse`` that holds it."""
    # Where ``coarse`` is a function of ``fine``, all atoms of a class write the same. Where it is
    # not, one of them wins, and `is_function_of` sees that others differ.
    holder = np.zeros(fine.n_levels, dtype=np.intp)
    holder[fine.index] = coarse.index
    return holder


def rank_within(holder: CodeArray, order: CodeArray) -> CodeArray:
    """Return the number of each entry inside its holder: 0, 1, ... as they come in ``order``."""
    ordered = holder[order]
    grouped = np.argsort(ordered, kind="stable")

    # Place among all entries, grouped by holder, less the place where the holder starts.
    sizes = np.bincount(holder)
    starts = np.cumsum(sizes) - sizes
    ranks = np.empty(holder.size, dtype=np.intp)
    ranks[order[grouped]] = np.arange(holder.size) - starts[ordered[grouped]]
    return ranks

"""The lattice of Williams and Beer: sets of sources of which none holds another, and their order.

A set of sources is a whole number here, with a bit a source; a node of the lattice is a tuple of
such sets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import linalg

from infotheory._typing import BoolArray, FloatArray

__all__ = ["MOST_SOURCES", "Antichains", "antichains_of"]

MOST_SOURCES = 4
Node = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Antichains:
    """The nodes of the lattice, each after all that lie below it."""

    # Sets of sources by node, small sets first
    nodes: tuple[Node, ...]
    # Entry (a, b) says that a lies below b or is b: each set of b holds a set of a, of shape
    # (n_nodes, n_nodes)
    below: BoolArray

    def named(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """Nodes as tuples of tuples of the numbers of their sources."""
        return tuple(tuple(_members(one) for one in node) for node in self.nodes)

    def atoms(self, cumulative: FloatArray) -> FloatArray:
        """Invert sums over all nodes below, along the first axis (Moebius inversion)."""
        # Nodes stand after what lies below them, so the sums are a triangular system with unit
        # diagonal; its inverse has whole numbers.
        sums = self.below.T.astype(float)
        return np.asarray(linalg.solve_triangular(sums, cumulative, lower=True, unit_diagonal=True))


@cache
def antichains_of(n_sources: int) -> Antichains:
    """Return the lattice of some sources: 1, 4, 18, 166 nodes for 1 to 4 of them."""
    # A set of sources is a number, a bit a source; `_grown` relies on small sets coming first.
    sets = sorted(range(1, 2**n_sources), key=lambda one: (one.bit_count(), one))
    nodes = list(_grown(sets, ()))
    below = np.array([[_is_below(a, b) for b in nodes] for a in nodes])

    # Whatever lies below a node has fewer nodes below it than the node has.
    order = sorted(range(len(nodes)), key=lambda i: (below[:, i].sum(), nodes[i]))
    return Antichains(tuple(nodes[i] for i in order), below[np.ix_(order, order)])


def _grown(sets: list[int], node: Node) -> Iterator[Node]:
    """All antichains that add some of these sets, none smaller than those before, to a node."""
    if node:
        yield node
    for i, one in enumerate(sets):
        # Sets come in order of size: a later one cannot lie within an earlier one.
        if not any(one & other == other for other in node):
            yield from _grown(sets[i + 1 :], (*node, one))


def _is_below(a: Node, b: Node) -> bool:
    # ``one & other == one``: all sources of one set are in the other.
    return all(any(one & other == one for one in a) for other in b)


def _members(sources: int) -> tuple[int, ...]:
    return tuple(i for i in range(sources.bit_length()) if sources >> i & 1)

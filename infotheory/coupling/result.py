"""The result of a coupling: its cells, and a certificate of how far from the optimum it can be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import entr

from infotheory._display import html_repr, short_repr
from infotheory._typing import FloatArray, IntArray
from infotheory.coupling._marginals import Marginal
from infotheory.coupling.bounds import best_lower_bound

__all__ = ["Coupling", "make_coupling"]


@dataclass(frozen=True, slots=True, eq=False)
class Coupling:
    """A joint distribution with given marginals, as a list of its cells.

    Parameters
    ----------
    indices : ndarray of shape (nnz, k)
        Symbols of each cell, one column a marginal.
    mass : ndarray of shape (nnz,)
        Mass of each cell, positive.
    shape : tuple of int
        Lengths of the k marginals.
    entropy : float
        Joint entropy, in units of the base asked for.
    lower_bound : float
        No coupling of these marginals has less entropy, in the same unit: the best of three bounds,
        or of the method "exact" the entropy that it found, to 1e-12 nats.
    marginal_error : float
        Largest absolute difference between a marginal asked for and the one that the cells have.
    method : str
        How the coupling was made.
    """

    indices: IntArray
    mass: FloatArray
    shape: tuple[int, ...]
    entropy: float
    lower_bound: float
    marginal_error: float
    method: str

    __repr__ = short_repr
    _repr_html_ = html_repr

    @property
    def gap(self) -> float:
        """Entropy above the lower bound: the coupling is at most this far from the optimum."""
        return max(self.entropy - self.lower_bound, 0.0)

    def toarray(self) -> FloatArray:
        """Return the joint pmf as a dense array of shape ``shape``."""
        dense = np.zeros(self.shape)
        # Assignment and ``+=`` would keep one of several cells of the same symbols.
        np.add.at(dense, tuple(self.indices.T), self.mass)
        return dense


def make_coupling(
    marginals: Sequence[Marginal], indices: IntArray, mass: FloatArray, *, method: str, unit: float
) -> Coupling:
    """Describe the cells of a coupling, with entropies in units of ``unit`` nats."""
    errors = [
        float(np.abs(np.bincount(indices[:, j], mass, marginal.p.size) - marginal.p).max())
        for j, marginal in enumerate(marginals)
    ]
    # A mass that rounds to more than 1 has an entropy below 0, hence the maximum; that of one cell
    # alone is 1, whatever it rounds to.
    entropy = max(float(entr(mass).sum()), 0.0) if mass.size > 1 else 0.0

    # A search that ended without a better coupling is a tighter proof than any bound.
    # A bound that rounds to more than the entropy of a coupling is reached by it.
    bound = entropy if method == "exact" else best_lower_bound([one.mass for one in marginals])
    bound = min(bound, entropy)
    return Coupling(
        indices=indices,
        mass=mass,
        shape=tuple(marginal.p.size for marginal in marginals),
        entropy=entropy / unit,
        lower_bound=bound / unit,
        marginal_error=max(errors),
        method=method,
    )

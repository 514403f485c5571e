"""Convex sets of informations: what lies between two of them belongs to them."""

import numpy as np
from scipy.special import entr

from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory._validation import check_number
from infotheory.exceptions import InfeasibleError
from infotheory.lattice.information import Information, check_informations

__all__ = ["convex_envelope"]

# All partitions of the classes of the join are looked at, and all triples of them: 877 at 7.
_MOST_CLASSES = 7


def convex_envelope(*informations: Information, tolerance: float = 1e-9) -> tuple[Information, ...]:
    """Smallest set that holds some informations and whatever lies between two of its members.

    Between is meant in Shannon's distance: y lies between x and z where
    ``D(x, y) + D(y, z) = D(x, z)``, which needs ``y <= x | z``, with x and z independent given y.
    So the join of two members always belongs to the set, their meet only where it is all that they
    share. The envelope of a constant and x is the lattice that x generates, all its functions; that
    of y and x with ``y <= x`` is all that lies between them in the order.

    Parameters
    ----------
    *informations : Information
        At least one, over the same atoms.
    tolerance : float
        Detour in nats up to which an information counts as between two others.

    Returns
    -------
    tuple of Information
        Members by number of classes, all functions of the join.

    Raises
    ------
    InfeasibleError
        If the join has more than 7 classes: there are too many partitions of them.
    ValueError
        If there are no informations, or they are over different atoms.

    Notes
    -----
    The envelope is a keyword of Delsol, Rioul, Béguinot, Rabiet and Souloumiac, Entropy 26(1):86,
    2024, arXiv:2306.15540; this is the metric definition, found by search and not by a theorem of
    theirs.

    Examples
    --------
    >>> x = Information.from_labels([0, 1, 2])
    >>> [one.labels.tolist() for one in convex_envelope(x, x.bottom())]
    [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [0, 1, 2]]
    """
    check_informations("convex_envelope", informations)
    informations[0].check_space(*informations)
    check_number("tolerance", tolerance, 0.0, 1.0)
    total = informations[0].join(*informations)
    if total.n_classes > _MOST_CLASSES:
        message = (
            f"informations must have a join of at most {_MOST_CLASSES} classes, got "
            f"{total.n_classes}; between(x, y, z) tells of one at a time"
        )
        raise InfeasibleError(message)

    partitions = _partitions_of(total.n_classes)
    distances = _distances(partitions, total.probabilities)
    candidates = [total.coarsen(labels) for labels in partitions]
    # All members are functions of the join: each of those given is one of the candidates.
    member = np.array([one in informations for one in candidates])
    member = _closure_under_between(member, distances, float(tolerance))
    found = [one for one, inside in zip(candidates, member, strict=True) if inside]
    return tuple(sorted(found, key=lambda one: (one.n_classes, one.labels.tolist())))


def _partitions_of(n: int) -> IntArray:
    """Return all partitions of n classes, labels in order of first occurrence."""
    rows: list[list[int]] = [[0]]
    for _ in range(n - 1):
        rows = [[*row, label] for row in rows for label in range(max(row) + 2)]
    return np.array(rows)


def _distances(partitions: IntArray, law: FloatArray) -> FloatArray:
    """Return Shannon's distances of all pairs in nats."""
    n_labels = partitions.shape[1]
    # (n_partitions, n_classes, n_labels): 1 where a partition gives a class that label.
    onto = (partitions[:, :, None] == np.arange(n_labels)).astype(np.float64)
    entropies = entr(np.einsum("ick,c->ik", onto, law)).sum(axis=1)

    # joint laws of one partition with all others at a time
    together = np.array(
        [entr(np.einsum("ck,jcl->jkl", one * law[:, None], onto)).sum(axis=(1, 2)) for one in onto]
    )
    return 2.0 * together - entropies[:, None] - entropies


def _closure_under_between(member: BoolArray, distances: FloatArray, tolerance: float) -> BoolArray:
    """Add what lies between two members until nothing new does."""
    new = member
    while new.any():
        # a pair of old members has been looked at: one of the two is new
        added = np.zeros_like(member)
        for first in np.flatnonzero(new):
            detour = distances[first] + distances[member] - distances[member, first][:, None]
            added |= (detour <= tolerance).any(axis=0)
        new = added & ~member
        member = member | added
    return member

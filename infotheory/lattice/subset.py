"""The fewest parts that still determine an information: an exact search for few parts, a greedy one for many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from infotheory._codes import CodeArray, canonical, encode_labels
from infotheory.exceptions import InfeasibleError
from infotheory.lattice.information import Information

__all__ = ["SufficientSubset", "minimal_sufficient_subset"]

_MOST_PARTS_FOR_EXACT = 20


@dataclass(frozen=True, slots=True)
class SufficientSubset:
    """Parts that determine an information; iterates over their positions.

    Parameters
    ----------
    indices : tuple of int
        Positions of the parts, ascending.
    method : str
        ``"exact"``: no smaller subset determines it. ``"greedy"``: no part of it can be left out,
        but a smaller subset may exist.
    """

    indices: tuple[int, ...]
    method: str

    def __iter__(self) -> Iterator[int]:
        return iter(self.indices)

    def __len__(self) -> int:
        return len(self.indices)


def minimal_sufficient_subset(x: Information, parts: Sequence[Information]) -> SufficientSubset:
    """Find few parts of which x is still a function.

    Exact for at most 20 parts: subsets are tried by size, those without a part that all others
    together cannot replace left out, up to the size of the greedy answer. With more parts only the
    greedy search is made: add the part that lowers the entropy of x given the chosen most, then
    drop what has become superfluous.

    Parameters
    ----------
    x : Information
        What is to be determined.
    parts : sequence of Information
        Candidates, over the same atoms.

    Returns
    -------
    SufficientSubset
        Positions in ``parts`` and the method that found them; empty where x is constant.

    Raises
    ------
    InfeasibleError
        If all parts together do not determine x.

    Examples
    --------
    >>> x = Information.from_labels([0, 1, 2, 3])
    >>> bits = [Information.from_labels(bit) for bit in ([0, 0, 1, 1], [0, 0, 0, 1], [0, 1, 0, 1])]
    >>> minimal_sufficient_subset(x, bits)
    SufficientSubset(indices=(0, 2), method='exact')
    """
    x.check_space(*parts)
    together = x.bottom().join(*parts)
    if not x <= together:
        message = (
            f"parts must determine x together, got {len(parts)} parts that leave an entropy of "
            f"{x.conditional_entropy(together)} nats; see reconstruction(x, parts)"
        )
        raise InfeasibleError(message)
    greedy = _greedy(x, parts)
    if len(parts) > _MOST_PARTS_FOR_EXACT:
        return SufficientSubset(greedy, "greedy")
    needed = _needed(x, parts)
    target, columns = _distinct_atoms(x, parts)
    others = [i for i in range(len(parts)) if i not in needed]
    start = _refine(np.zeros(target.size, dtype=np.intp), *(columns[i] for i in needed))
    for size in range(len(greedy) - len(needed)):
        found = _search(target, start, columns, others, size)
        if found is not None:
            return SufficientSubset(tuple(sorted((*needed, *found))), "exact")
    return SufficientSubset(greedy, "exact")


def _greedy(x: Information, parts: Sequence[Information]) -> tuple[int, ...]:
    chosen: list[int] = []
    known = x.bottom()
    while not x <= known:
        rest = [i for i in range(len(parts)) if i not in chosen and not parts[i] <= known]
        chosen.append(min(rest, key=lambda i: x.conditional_entropy(known | parts[i])))
        known = known | parts[chosen[-1]]
    for i in list(chosen):
        others = [j for j in chosen if j != i]
        if x <= x.bottom().join(*(parts[j] for j in others)):
            chosen = others
    return tuple(sorted(chosen))


def _needed(x: Information, parts: Sequence[Information]) -> list[int]:
    """Return the parts that all others together cannot replace: they belong to every answer."""
    bottom = x.bottom()
    return [
        i
        for i in range(len(parts))
        if not x <= bottom.join(*(p for j, p in enumerate(parts) if j != i))
    ]


def _distinct_atoms(
    x: Information, parts: Sequence[Information]
) -> tuple[CodeArray, list[CodeArray]]:
    """Reduce the atoms to those that x and the parts tell apart."""
    table = np.unique(np.column_stack([x.labels, *(part.labels for part in parts)]), axis=0)
    return table[:, 0], list(table[:, 1:].T)


def _refine(known: CodeArray, *columns: CodeArray) -> CodeArray:
    return canonical(encode_labels(np.column_stack([known, *columns]))).index


def _search(
    target: CodeArray, known: CodeArray, columns: list[CodeArray], others: list[int], size: int
) -> tuple[int, ...] | None:
    """Find ``size`` of the other columns that, with what is known, determine the target; depth first."""
    if size == 0:
        image = np.zeros(known.size, dtype=np.intp)
        image[known] = target
        return () if bool((image[known] == target).all()) else None
    for position in range(len(others) - size + 1):
        first = others[position]
        found = _search(
            target, _refine(known, columns[first]), columns, others[position + 1 :], size - 1
        )
        if found is not None:
            return (first, *found)
    return None

"""The fewest parts that still determine an information: exact for few parts, greedy for many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from infotheory._codes import CodeArray, canonical, encode_labels
from infotheory._display import html_repr, short_repr
from infotheory.exceptions import InfeasibleError
from infotheory.lattice.information import Information, check_lattice_parts

__all__ = ["SufficientSubset", "minimal_sufficient_subset"]

# The exact search tries subsets by size: at most 2**20 of them.
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

    __repr__ = short_repr
    _repr_html_ = html_repr

    def __iter__(self) -> Iterator[int]:
        return iter(self.indices)

    def __len__(self) -> int:
        return len(self.indices)


def minimal_sufficient_subset(x: Information, parts: "Sequence[Information]") -> SufficientSubset:
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
    check_lattice_parts("minimal_sufficient_subset", x, parts)
    # Joined to a constant, which no parts at all come down to: enough where x is constant as well.
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

    # Parts that nothing replaces are in every answer; the search is for what must join them.
    needed = _needed(x, parts)
    target, columns = _distinct_atoms(x, parts)
    others = [i for i in range(len(parts)) if i not in needed]
    start = _refine(np.zeros(target.size, dtype=np.intp), *(columns[i] for i in needed))
    # The greedy answer has the needed parts in it, as every answer: the search is for less.
    for size in range(len(greedy) - len(needed)):
        added = _determining_columns(target, start, columns, others, size)
        if added is not None:
            return SufficientSubset(tuple(sorted((*needed, *added))), "exact")

    # No smaller subset does.
    return SufficientSubset(greedy, "exact")


def _greedy(x: Information, parts: Sequence[Information]) -> tuple[int, ...]:
    """Add the part that tells most, until x is determined; then drop what is superfluous."""
    subset: list[int] = []
    known = x.bottom()
    while not x <= known:
        # A part that is known already adds nothing. Some other part does: all together determine x.
        useful = [i for i in range(len(parts)) if i not in subset and not parts[i] <= known]
        subset.append(min(useful, key=lambda i: x.conditional_entropy(known | parts[i])))
        known = known | parts[subset[-1]]

    # What is taken out stays out: later parts are tried against what is left.
    for i in list(subset):
        others = [j for j in subset if j != i]
        if x <= x.bottom().join(*(parts[j] for j in others)):
            subset = others

    return tuple(sorted(subset))


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
    """Return the partition by what is known and by some columns."""
    return canonical(encode_labels(np.column_stack([known, *columns]))).index


def _determining_columns(
    target: CodeArray, known: CodeArray, columns: list[CodeArray], others: list[int], size: int
) -> tuple[int, ...] | None:
    """Find ``size`` of the other columns that determine the target with what is known."""
    if size == 0:
        # A function of what is known: what is written last to a class holds for all its atoms.
        image = np.zeros(known.size, dtype=np.intp)
        image[known] = target
        return () if bool((image[known] == target).all()) else None

    for position in range(len(others) - size + 1):
        first = others[position]
        refined = _refine(known, columns[first])
        more = _determining_columns(target, refined, columns, others[position + 1 :], size - 1)
        if more is not None:
            return (first, *more)
    return None

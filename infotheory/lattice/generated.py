"""The lattice that a few informations generate under join and meet, and its covers."""

from collections.abc import Sequence
from dataclasses import dataclass

from infotheory._display import html_repr, short_repr
from infotheory._validation import check_integer
from infotheory.exceptions import InfeasibleError
from infotheory.lattice.information import Information, check_informations

__all__ = ["GeneratedLattice", "generated_lattice"]

#: A sign, and the parts that it joins.
_Name = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class GeneratedLattice:
    """Elements of a finite lattice, bottom first and top last.

    Parameters
    ----------
    elements : tuple of Information
        Elements, sorted so that an element comes after all that lie below it.
    names : tuple of str
        How each element is made of the given informations; several names where it was given more
        than once.
    covers : tuple of (int, int)
        Pairs (lower, upper) of positions with nothing in between: the edges of the Hasse diagram.
    ranks : tuple of int
        Length of the longest chain from the bottom to each element.
    """

    elements: tuple[Information, ...]
    names: tuple[str, ...]
    covers: tuple[tuple[int, int], ...]
    ranks: tuple[int, ...]

    __repr__ = short_repr
    _repr_html_ = html_repr


def generated_lattice(
    *informations: Information, names: Sequence[str] | None = None, max_elements: int = 64
) -> GeneratedLattice:
    """Close some informations under join and meet.

    Parameters
    ----------
    *informations : Information
        At least one, over the same atoms.
    names : sequence of str, optional
        Their names; X1, X2, ... when None.
    max_elements : int
        Most elements the lattice may have: three variables can already generate a very large one.

    Returns
    -------
    GeneratedLattice
        Elements, names, covers and ranks.

    Raises
    ------
    InfeasibleError
        If the lattice has more than ``max_elements`` elements.
    ValueError
        If there are no informations, not one name each, or they are over different atoms.

    Examples
    --------
    >>> x, y = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 0, 1])
    >>> lattice = generated_lattice(x, y, names=["X", "Y"])
    >>> lattice.names
    ('X ∧ Y', 'X', 'Y', 'X ∨ Y')
    >>> lattice.covers
    ((0, 1), (0, 2), (1, 3), (2, 3))
    """
    check_informations("generated_lattice", informations)
    informations[0].check_space(*informations)

    check_integer("max_elements", max_elements)

    labels = [f"X{i + 1}" for i in range(len(informations))] if names is None else names
    texts = isinstance(labels, Sequence) and all(isinstance(label, str) for label in labels)
    if not texts or len(labels) != len(informations):
        received = len(labels) if texts else repr(names)
        message = (
            f"names must have one entry an information, got {received} for {len(informations)}"
        )
        raise ValueError(message)

    # An element below another has fewer classes: sorted by them, it comes first.
    named = _closure(_by_element(informations, labels), max_elements)
    # Of equally many classes none is below another: the entropy only settles in which order they
    # are listed.
    elements = sorted(named, key=lambda x: (x.n_classes, x.entropy()))
    below = [[j for j in range(i) if elements[j] <= elements[i]] for i in range(len(elements))]

    # Of the elements below, those that are below no other of them are covered.
    covers = [
        (j, i)
        for i in range(len(elements))
        for j in below[i]
        if not any(j in below[k] for k in below[i] if k != j)
    ]
    # What lies below an element comes before it, so those ranks are known.
    ranks: list[int] = []
    for lower in below:
        ranks.append(1 + max((ranks[j] for j in lower), default=-1))

    return GeneratedLattice(
        tuple(elements), tuple(_text(named[x]) for x in elements), tuple(covers), tuple(ranks)
    )


def _by_element(
    informations: Sequence[Information], names: Sequence[str]
) -> dict[Information, _Name]:
    """Return the distinct informations with their names, "X = Y" where one has two."""
    named: dict[Information, _Name] = {}
    for x, name in zip(informations, names, strict=True):
        named[x] = ("=", (*named[x][1], name)) if x in named else ("=", (name,))
    return named


def _closure(named: dict[Information, _Name], max_elements: int) -> dict[Information, _Name]:
    """Add joins and meets of pairs until there are no new ones, each with a name of its parts."""
    place = {_text(name): i for i, name in enumerate(named.values())}

    def position(part: str) -> tuple[int, str]:
        # Parts come in the order of the generators, in brackets or without; compounds come last.
        return place.get(part, place.get(part[1:-1], len(place))), part

    # Every element meets and joins all that were done before it: each pair is looked at once.
    queue = list(named)
    done: list[Information] = []
    while queue:
        x = queue.pop(0)
        for y in done:
            for sign, z in (("∧", x & y), ("∨", x | y)):
                if z not in named:
                    parts = {*_operands(named[y], sign), *_operands(named[x], sign)}
                    named[z] = (sign, tuple(sorted(parts, key=position)))
                    queue.append(z)
        done.append(x)

        if len(named) > max_elements:
            message = (
                f"the lattice must have at most max_elements={max_elements} elements, got more "
                "than that; give fewer variables, prune rare atoms with min_weight, or raise "
                "max_elements"
            )
            raise InfeasibleError(message)

    return named


def _text(name: _Name) -> str:
    """Return a name as text."""
    return f" {name[0]} ".join(name[1])


def _operands(name: _Name, sign: str) -> tuple[str, ...]:
    """Parts of a name of the same sign, else the whole name in brackets."""
    if name[0] == sign or len(name[1]) == 1:
        return name[1]
    return (f"({_text(name)})",)

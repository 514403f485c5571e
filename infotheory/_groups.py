"""Groups of rows by protected attributes: data that rows carry, whoever read them."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from infotheory._codes import class_counts
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.tables import CountTable

__all__ = ["Comparison", "ProtectedAttribute", "check_pairs"]

#: Pairs of groups that are compared, at most: those of 45 groups, or of 1000 and a reference.
MOST_PAIRS = 1000


def check_pairs(name: str, n_groups: int, *, has_reference: bool) -> None:
    """Raise ValueError where more pairs of groups would be compared than anybody reads.

    They grow with the square of the groups: an identifier of rows would keep a search busy for
    days.
    """
    n_pairs = n_groups - 1 if has_reference else n_groups * (n_groups - 1) // 2
    if n_pairs > MOST_PAIRS:
        message = (
            f"at most {MOST_PAIRS} pairs of groups are compared, got {n_groups} groups in "
            f"{name!r}, which make {n_pairs} pairs; is it an identifier? join groups, or name "
            "the reference group with which the others are compared"
        )
        raise ValueError(message)


@dataclass(frozen=True, slots=True, order=True)
class Comparison:
    """Two groups of an attribute between which a divergence is taken.

    Parameters
    ----------
    attribute : str
        Name of the attribute.
    first, second : str
        Labels of the groups; ``second`` is the reference where there is one.
    """

    attribute: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.attribute}: {self.first!r} against {self.second!r}"


@dataclass(frozen=True, slots=True, eq=False)
class ProtectedAttribute:
    """The group of each row by one protected attribute.

    Parameters
    ----------
    name : str
        Name of the attribute.
    groups : tuple of str
        Labels in sorted order, at least two.
    codes : ndarray of shape (n_rows,)
        Position in ``groups``; -1 for a row that takes no part in comparisons of this attribute.
    """

    name: str
    groups: tuple[str, ...]
    codes: IntArray

    def take(self, rows: Any) -> Self:
        """Return the attribute of some of the rows, by position or mask."""
        return replace(self, codes=self.codes[rows])

    def count(
        self,
        bins: IntArray,
        target: FloatArray,
        weights: FloatArray | None,
        labels: tuple[str, ...],
    ) -> CountTable:
        """Count rows by bin, class and group; rows without a group are left out."""
        # Code -1 is that of rows without a group.
        member = self.codes >= 0
        counts, squared = class_counts(
            bins[member],
            target[member],
            len(labels),
            None if weights is None else weights[member],
            group=self.codes[member],
            n_groups=len(self.groups),
        )
        return CountTable(labels, counts, squared, self.groups)

    def merge(self, table: CountTable) -> CountTable:
        """Sum a table over the combinations of groups of which this attribute was read.

        ``table`` has one group for each of ``codes``; combinations without a group go.
        """
        member = self.codes >= 0
        # (n_combinations, n_groups): the group of each combination, so that a product sums the
        # groups up.
        belongs = np.equal.outer(self.codes[member], np.arange(len(self.groups)))
        counts, squared = (
            cells[..., member] @ belongs.astype(np.float64)
            for cells in (table.counts, table.squared_weights)
        )
        return CountTable(table.labels, counts, squared, self.groups)

    def indicator(self, comparison: Comparison) -> tuple[BoolArray, IntArray]:
        """Mark the rows of the two groups of a comparison, and say who belongs to the second.

        The mask has shape (n_rows,); the 0 or 1 of the second group one entry a marked row.
        """
        pair = [self.groups.index(comparison.first), self.groups.index(comparison.second)]
        # Rows without a group, of code -1, are in no pair.
        rows = np.isin(self.codes, pair)
        return rows, (self.codes[rows] == pair[1]).astype(np.intp)

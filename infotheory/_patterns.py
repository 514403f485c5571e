"""Rows of bin codes reduced to their distinct patterns: a table that a regression is fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Self

import numpy as np

from infotheory._codes import Codes, class_counts, common_weight, compress, joint_codes
from infotheory._display import html_repr, short_repr
from infotheory._evidence_table import EvidenceTable
from infotheory._target_kinds import TargetKind
from infotheory._typing import BoolArray, FloatArray, IntArray

__all__ = ["Patterns"]


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Distinct rows of bin codes with their counts by class, or the sums of another target.

    Parameters
    ----------
    codes : ndarray of shape (n_patterns, n_features)
        Bin of each feature.
    counts : ndarray of shape (n_patterns, 2)
        Weight of non-events and events; of a target that is a number the first two columns of its
        ``EvidenceTable``.
    squared_weights : ndarray of shape (n_patterns, 2)
        Sums of squared weights of the same cells; equal to ``counts`` where rows have no weights.
        Of a number, the sums of the squares that rows add.
    classes : tuple
        The two labels of the target, sorted; empty where only events and non-events are known.
    event_label : object
        The label that counts as an event.
    group : ndarray of shape (n_patterns,) or None
        Position of the group of each pattern in ``groups``; None where rows are not grouped.
    groups : tuple of str
        The groups, such as periods, in the order of their values.
    crossed : ndarray of shape (n_patterns,) or None
        Sums of the products of what rows add to the two columns; None of classes, where they are 0.
    kind : TargetKind or None
        What the target is where it is no two classes.

    Examples
    --------
    >>> rows = np.array([[0, 1], [0, 1], [2, 0]])
    >>> patterns = Patterns.from_rows(rows, np.array([0.0, 1.0, 1.0]))
    >>> patterns.codes.tolist(), patterns.counts.tolist()
    ([[0, 1], [2, 0]], [[1.0, 1.0], [0.0, 1.0]])
    """

    codes: IntArray
    counts: FloatArray
    squared_weights: FloatArray
    classes: tuple[Any, ...] = ()
    event_label: Any = None
    group: IntArray | None = None
    groups: tuple[str, ...] = ()
    crossed: FloatArray | None = None
    kind: TargetKind | None = None

    __repr__ = short_repr
    _repr_html_ = html_repr

    @classmethod
    def from_rows(
        cls,
        codes: IntArray,
        target: FloatArray,
        weights: FloatArray | None = None,
        squared_weights: FloatArray | None = None,
        group: IntArray | None = None,
        kind: TargetKind | None = None,
    ) -> Self:
        """Count the rows of each pattern; rows of weight 0 are left out.

        Parameters
        ----------
        codes : ndarray of shape (n_rows, n_features)
            Codes from 0.
        target : ndarray of shape (n_rows,)
            1.0 for an event, 0.0 for a non-event; the amounts that ``kind`` reads.
        weights : ndarray of shape (n_rows,), optional
            Sampling weights.
        squared_weights : ndarray of shape (n_rows,), optional
            Sums of squared weights, where an entry stands for several rows; the squares of
            ``weights`` when None.
        group : ndarray of shape (n_rows,), optional
            Group of each row; patterns of different groups stay apart.
        kind : TargetKind, optional
            What the target is, where it is a number.

        Returns
        -------
        Patterns
            In the order of their groups and codes, unless codes are many and sparse.
        """
        # Rows of weight 0 would make patterns that no row of the sample has.
        if weights is not None and not weights.all():
            positive = weights > 0.0
            codes, target, weights = codes[positive], target[positive], weights[positive]
            squared_weights = None if squared_weights is None else squared_weights[positive]
            group = None if group is None else group[positive]

        # The group as a further column keeps patterns of different groups apart.
        columns = [*codes.T] if group is None else [group, *codes.T]
        pattern = _pattern_of_rows(columns)
        n_patterns = int(pattern.max()) + 1
        table = None if kind is None else kind.table(pattern, target, [""] * n_patterns, weights)

        # Any row of a pattern shows its codes: the last one that was written here.
        row = np.empty(n_patterns, dtype=np.intp)
        row[pattern] = np.arange(pattern.size)
        # Millions of patterns are read with small codes, and stay small.
        kept = np.int16 if codes.dtype == np.int16 else np.int32
        distinct: IntArray = np.empty((n_patterns, codes.shape[1]), dtype=kept)
        for f, column in enumerate(codes.T):
            distinct[:, f] = column[row]
        of_pattern = None if group is None else group[row]
        if table is not None and kind is not None:
            return replace(cls.of_sums(distinct, table, kind), group=of_pattern)
        counts, squared = class_counts(pattern, target, n_patterns, weights, squared_weights)
        return cls(distinct, counts, squared, group=of_pattern)

    @classmethod
    def of_sums(cls, codes: IntArray, table: EvidenceTable, kind: TargetKind) -> Self:
        """Take the sums of a target that is a number, a row of a table for each pattern.

        Parameters
        ----------
        codes : ndarray of shape (n_patterns, n_features)
            Distinct rows of codes.
        table : EvidenceTable
            Their sums.
        kind : TargetKind
            What the target is.

        Returns
        -------
        Patterns
            In the same order.
        """
        squared, crossed = table.first_products()
        return cls(codes, table.sums[:, :2], squared, crossed=crossed, kind=kind)

    def in_order(self) -> Self:
        """Sort by group and codes, the first feature first; no copy where they are sorted.

        Returns
        -------
        Patterns
            The same patterns.
        """
        last_key_first = [*self.codes.T[::-1]]
        if self.group is not None:
            last_key_first.append(self.group)
        order = np.lexsort(last_key_first)
        return self if (order[1:] > order[:-1]).all() else self.take(order)

    @property
    def weighted(self) -> bool:
        """Whether rows have other weights than 1, read from the sums themselves.

        Errors then come from the sums of squares, and a likelihood is no likelihood of rows; so do
        those of a number.
        """
        if self.kind is not None:
            return True
        is_same = self.squared_weights is self.counts
        return not (is_same or np.array_equal(self.squared_weights, self.counts))

    @property
    def common_weight(self) -> float:
        """Weight that all rows have, 1 where they differ and where the target is a number."""
        if self.kind is not None:
            return 1.0
        return common_weight(self.counts, self.squared_weights) or 1.0

    def in_units_of(self, weight: float) -> Self:
        """Count in another unit; rows that all have this weight become rows without weights.

        Parameters
        ----------
        weight : float
            Weight that becomes 1, positive.

        Returns
        -------
        Patterns
            The same rows, their weights divided.
        """
        if weight == 1.0:
            return self
        counts, squares = self.counts / weight, self.squared_weights / weight**2
        # Equal up to rounding they are made equal: what is weighted is read from the sums.
        alike = np.allclose(counts, squares, rtol=1e-9, atol=0.0)
        return replace(self, counts=counts, squared_weights=counts if alike else squares)

    @property
    def mass(self) -> FloatArray:
        """Weight of each pattern, both classes together."""
        # Sums of a fraction are two parts of the weight; of other amounts the first sum is the
        # weight.
        if self.kind is not None and self.kind.kind != "fraction":
            return self.counts[:, 0]
        first, second = self.counts.T
        return np.asarray(first + second)

    @property
    def squared_mass(self) -> FloatArray:
        """Sum of the squared weights of the rows of each pattern."""
        first, second = self.squared_weights.T
        if self.kind is None:
            return np.asarray(first + second)
        if self.kind.kind != "fraction" or self.crossed is None:
            return first
        # A row has w (1 - y) and w y: the square of both together has their product twice.
        return np.asarray(first + 2.0 * self.crossed + second)

    def design(self, values: Sequence[FloatArray]) -> FloatArray:
        """Replace codes by values.

        Parameters
        ----------
        values : sequence of ndarray
            One array a feature, by code.

        Returns
        -------
        ndarray of shape (n_patterns, n_features)
            Value of the bin of each feature.
        """
        design = np.empty(self.codes.shape)
        for f, array in enumerate(values):
            design[:, f] = array[self.codes[:, f]]
        return design

    def select(self, features: "Sequence[int] | IntArray") -> Self:
        """Keep some of the features; patterns that become equal stay apart.

        Parameters
        ----------
        features : sequence of int
            Columns of ``codes``; one may stand in several places.

        Returns
        -------
        Patterns
            The same counts.
        """
        return replace(self, codes=np.take(self.codes, features, axis=1))

    def take(self, patterns: "slice | IntArray | BoolArray") -> Self:
        """Keep some of the patterns, or put them in another order.

        Parameters
        ----------
        patterns : slice or ndarray
            Positions or a mask; a slice gives views.

        Returns
        -------
        Patterns
            Those patterns.
        """
        counts = self.counts[patterns]
        # Of rows without weights both are one array, and stay so.
        is_same = self.squared_weights is self.counts
        return replace(
            self,
            codes=self.codes[patterns],
            counts=counts,
            squared_weights=counts if is_same else self.squared_weights[patterns],
            group=None if self.group is None else self.group[patterns],
            crossed=None if self.crossed is None else self.crossed[patterns],
        )

    def counts_by_code(self, feature: int, n_codes: int) -> FloatArray:
        """Sum the counts of one feature.

        Parameters
        ----------
        feature : int
            Column of ``codes``.
        n_codes : int
            Number of codes.

        Returns
        -------
        ndarray of shape (n_codes, 2)
            Weight of non-events and events by code.
        """
        return self._by_code(self.counts, feature, n_codes)

    def squares_by_code(self, feature: int, n_codes: int) -> FloatArray:
        """Sum the squared weights of one feature, as ``counts_by_code`` sums the weights.

        Parameters
        ----------
        feature : int
            Column of ``codes``.
        n_codes : int
            Number of codes.

        Returns
        -------
        ndarray of shape (n_codes, 2)
            Squared weights of non-events and events by code.
        """
        return self._by_code(self.squared_weights, feature, n_codes)

    def _by_code(self, values: FloatArray, feature: int, n_codes: int) -> FloatArray:
        column = self.codes[:, feature].astype(np.intp)  # once: each count would do it again
        # (n_codes, 2): non-events, events.
        sums = [np.bincount(column, values[:, label], minlength=n_codes) for label in (0, 1)]
        return np.stack(sums, axis=1)


def _pattern_of_rows(columns: Sequence[IntArray]) -> IntArray:
    """Give each distinct row of several columns of codes a number."""
    codes = (Codes(column.astype(np.intp, copy=False), int(column.max()) + 1) for column in columns)
    # Joint codes of many features are sparse: numbered anew without gaps.
    return compress(reduce(joint_codes, codes)).index

"""Rows of bin codes reduced to their distinct patterns: what a scorecard is fitted on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Self

import numpy as np

from infotheory._codes import Codes, compress, joint_codes
from infotheory._typing import FloatArray, IntArray
from infotheory.scorecard.regression._blocks import row_blocks

__all__ = ["Patterns"]


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Distinct rows of bin codes with their counts by class.

    Parameters
    ----------
    codes : ndarray of shape (n_patterns, n_features)
        Bin of each feature.
    counts : ndarray of shape (n_patterns, 2)
        Weight of non-events and events.
    squared_weights : ndarray of shape (n_patterns, 2)
        Sums of squared weights of the same cells.

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

    @classmethod
    def from_rows(
        cls, codes: IntArray, target: FloatArray, weights: FloatArray | None = None
    ) -> Self:
        """Count the rows of each pattern; rows of weight 0 are left out.

        Parameters
        ----------
        codes : ndarray of shape (n_rows, n_features)
            Codes from 0.
        target : ndarray of shape (n_rows,)
            1.0 for an event, 0.0 for a non-event.
        weights : ndarray of shape (n_rows,), optional
            Sampling weights.

        Returns
        -------
        Patterns
            In the order of their codes.
        """
        if weights is not None and not weights.all():
            kept = weights > 0.0
            codes, target, weights = codes[kept], target[kept], weights[kept]
        columns = (Codes(column.astype(np.intp), int(column.max()) + 1) for column in codes.T)
        joint = compress(reduce(joint_codes, columns)).index
        n_patterns = int(joint.max()) + 1
        row = np.empty(n_patterns, dtype=np.intp)
        row[joint] = np.arange(joint.size)
        distinct = np.empty((n_patterns, codes.shape[1]), dtype=np.int32)
        for f, column in enumerate(codes.T):
            distinct[:, f] = column[row]
        cells = 2 * joint + target.astype(np.intp)
        counts = (
            np.bincount(cells, weights, minlength=2 * n_patterns).astype(np.float64).reshape(-1, 2)
        )
        if weights is None:
            return cls(distinct, counts, counts)
        squared = (
            np.bincount(cells, weights**2, minlength=2 * n_patterns)
            .astype(np.float64)
            .reshape(-1, 2)
        )
        return cls(distinct, counts, squared)

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

    def select(self, features: Sequence[int] | IntArray) -> Self:
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
        return type(self)(np.take(self.codes, features, axis=1), self.counts, self.squared_weights)

    def blocks(self) -> Iterator[Self]:
        """Cut the patterns into blocks, for sums that need no second array of all of them.

        Yields
        ------
        Patterns
            Consecutive patterns, views of these.
        """
        for block in row_blocks(len(self.codes)):
            yield type(self)(self.codes[block], self.counts[block], self.squared_weights[block])

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
        column = self.codes[:, feature]
        sums = [np.bincount(column, self.counts[:, label], minlength=n_codes) for label in (0, 1)]
        return np.stack(sums, axis=1)

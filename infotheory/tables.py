"""Count tables, bin by class [by group]: the currency of evidence, binning and reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._codes import class_counts
from infotheory._display import html_frame, short_repr
from infotheory._evidence_table import EvidenceTable, bin_codes_of, merged_bins
from infotheory._later import pd
from infotheory._row_order import warn_of_bin_order, warn_of_row_order
from infotheory._target import TargetLabels, as_labels
from infotheory._typing import ArrayLike, FloatArray, LabelArray
from infotheory._validation import (
    as_array,
    as_counts,
    as_weights,
    fill_absent,
    labels_of_rows,
    refuse_shares,
    rows_that_weigh,
    warn_of_identifier,
)

__all__ = ["CountTable", "EvidenceTable"]


@dataclass(frozen=True, slots=True, eq=False)
class CountTable:
    """Counts of non-events and events by bin, with the sums of squared weights of the same cells.

    Everything that is said about a binned characteristic (weight of evidence, information value,
    stability, fairness) is a function of this table. Tables of shards add up to the table of the
    whole.

    Parameters
    ----------
    labels : tuple of str
        One label a bin.
    counts : ndarray of shape (n_bins, 2) or (n_bins, 2, n_groups)
        Sums of weights; ``counts[:, 0]`` are non-events, ``counts[:, 1]`` events.
    squared_weights : ndarray of the same shape
        Sums of squared weights; equal to ``counts`` where rows are not weighted.
    groups : tuple
        Label of each group, empty where the table has no group axis.

    Examples
    --------
    >>> table = CountTable.from_counts([400, 300, 200, 100], [40, 50, 60, 50])
    >>> table.merge([0, 0, 1, 1]).counts.tolist()
    [[700.0, 90.0], [300.0, 110.0]]
    """

    labels: tuple[str, ...]
    counts: FloatArray
    squared_weights: FloatArray
    groups: tuple[Any, ...] = ()

    __repr__ = short_repr
    _repr_html_ = html_frame

    def __post_init__(self) -> None:
        shape = (len(self.labels), 2, len(self.groups)) if self.groups else (len(self.labels), 2)
        # Rows of weight 1 hand over their counts as both, which are then checked once.
        of_one = self.squared_weights is self.counts
        counts = _frozen_cells("counts", self.counts, shape)
        squared = (
            counts if of_one else _frozen_cells("squared_weights", self.squared_weights, shape)
        )
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "squared_weights", squared)

    @classmethod
    def from_counts(
        cls, nonevents: ArrayLike, events: ArrayLike, labels: Sequence[str] | None = None
    ) -> "CountTable":
        """Build a table from counts of unweighted rows.

        Parameters
        ----------
        nonevents, events : array-like of shape (n_bins,)
            Counts, not negative.
        labels : sequence of str, optional
            Bin labels; ``"0"``, ``"1"``, ... when None.

        Returns
        -------
        CountTable
            A table without groups.

        Raises
        ------
        ValueError
            If the lengths differ or a count is negative or not finite.
        """
        warn_of_bin_order(nonevents=nonevents, events=events)
        good, bad = (
            as_counts(np.atleast_1d(as_array(name, values)), name=name, allow_zero=True)
            for name, values in (("nonevents", nonevents), ("events", events))
        )
        if good.ndim != 1 or good.shape != bad.shape:
            message = (
                f"nonevents and events must be vectors of one length, got shapes {good.shape} and "
                f"{bad.shape}"
            )
            raise ValueError(message)

        if np.isclose(bad.sum(), 1.0):
            refuse_shares("nonevents", good, "multiply them by the rows of each class")
        counts = np.column_stack([good, bad])
        shown = range(len(good)) if labels is None else labels
        # Rows of weight 1: the sums of squares are the counts themselves.
        return cls(tuple(str(label) for label in shown), counts, counts)

    @classmethod
    def from_codes(
        cls,
        codes: ArrayLike,
        y: ArrayLike,
        group: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        labels: Sequence[str] | None = None,
        event_label: Any = None,
    ) -> "CountTable":
        """Count rows.

        Parameters
        ----------
        codes : array-like of shape (n_rows,)
            Bin of each row, integers 0, 1, ...
        y : array-like of shape (n_rows,)
            1 for an event, 0 for a non-event (one of them may be absent), or two other labels.
        group : array-like of shape (n_rows,), optional
            Group label of each row; adds the group axis, groups in sorted order.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights, not negative.
        labels : sequence of str, optional
            Bin labels; they also fix the number of bins, so that empty bins at the end are kept.
        event_label : object, optional
            The label of an event. When None it is the larger of the two, and an EventLabelWarning
            says so unless labels are 0/1, -1/1 or False/True (numbers or text).

        Returns
        -------
        CountTable
            Counts by bin and class [and group].

        Raises
        ------
        ValueError
            If lengths differ, ``codes`` are not integers from 0, or ``y`` does not hold two labels.
        """
        warn_of_row_order(codes=codes, y=y, group=group, sample_weight=sample_weight)
        weights = as_weights(sample_weight, np.size(as_array("bins", codes)))
        codes = fill_absent("bins", codes, weights)
        bins = bin_codes_of(codes, None if labels is None else len(labels))
        target = _as_target(y, bins.size, event_label, weights)
        bins, target, group, weights = rows_that_weigh(bins, target, group, weights)
        shown = range(int(bins.max()) + 1) if labels is None else labels
        names = tuple(str(label) for label in shown)
        if group is None:
            return cls(names, *class_counts(bins, target, len(names), weights))

        groups, member = labels_of_rows("group", group, bins.size)
        warn_of_identifier("group", len(groups), bins.size)
        sums = class_counts(bins, target, len(names), weights, group=member, n_groups=len(groups))
        return cls(names, *sums, tuple(groups.tolist()))

    @property
    def n_bins(self) -> int:
        """Number of bins, empty ones included."""
        return len(self.labels)

    @property
    def nonevents(self) -> FloatArray:
        """Weighted count of non-events by bin, summed over groups."""
        return self._by_class(self.counts)[:, 0]

    @property
    def events(self) -> FloatArray:
        """Weighted count of events by bin, summed over groups."""
        return self._by_class(self.counts)[:, 1]

    @property
    def weight(self) -> FloatArray:
        """Sum of weights by bin, over all classes and groups."""
        return np.asarray(self._by_class(self.counts).sum(axis=1))

    @property
    def squared_weight(self) -> FloatArray:
        """Sum of squared weights by bin, over all classes and groups."""
        return np.asarray(self._by_class(self.squared_weights).sum(axis=1))

    @property
    def rate(self) -> FloatArray:
        """Event rate by bin, NaN where a bin is empty."""
        return _rates(self.events, self.weight)

    @property
    def weighted(self) -> bool:
        """Whether rows have other weights than 1: sums of squares then differ from the counts."""
        return bool((self.counts != self.squared_weights).any())

    def without_groups(self) -> "CountTable":
        """Sum the table over groups."""
        # Nobody may write into a table, so that the same one serves.
        if not self.groups:
            return self
        return CountTable(
            self.labels, self._by_class(self.counts), self._by_class(self.squared_weights)
        )

    def between_groups(
        self, first: Any, second: Any, *, outcome: int | None = None
    ) -> "CountTable":
        """Table of two groups over the same bins, ``first`` as non-events, ``second`` as events.

        Parameters
        ----------
        first, second : object
            Labels in ``groups``.
        outcome : {0, 1}, optional
            Count only non-events (0) or events (1); all rows when None.

        Returns
        -------
        CountTable
            A table without groups; its information value is the Jeffreys divergence between the two
            groups.

        Raises
        ------
        ValueError
            If a label is not one of ``groups``.
        """
        for label in (first, second):
            if label not in self.groups:
                message = f"group must be one of {list(self.groups)}, got {label!r}"
                raise ValueError(message)

        pick = [self.groups.index(first), self.groups.index(second)]
        classes = [0, 1] if outcome is None else [outcome]
        # Two steps: numpy would pair two lists of positions, and not cross them.
        counts, squared = (
            array[:, classes][:, :, pick].sum(axis=1)
            for array in (self.counts, self.squared_weights)
        )
        return CountTable(self.labels, counts, squared)

    def merge(self, groups: ArrayLike, labels: Sequence[str] | None = None) -> "CountTable":
        """Merge bins.

        Parameters
        ----------
        groups : array-like of shape (n_bins,)
            New bin of each bin, integers 0, 1, ...
        labels : sequence of str, optional
            Labels of the new bins; the old ones joined by ``" | "`` when None.

        Returns
        -------
        CountTable
            The merged table; counts and squared weights add up.

        Raises
        ------
        ValueError
            If ``groups`` has not one integer a bin.
        """
        arrays = self.counts, self.squared_weights
        names, (counts, squared) = merged_bins(self.labels, arrays, groups, labels)
        return CountTable(names, counts, squared, self.groups)

    def __add__(self, other: "CountTable") -> "CountTable":
        if not isinstance(other, CountTable):
            return NotImplemented
        if (self.labels, self.groups) != (other.labels, other.groups):
            message = (
                "tables add up only over the same bins and groups, got labels "
                f"{self.labels} and {other.labels}, groups {self.groups} and {other.groups}"
            )
            raise ValueError(message)

        return CountTable(
            self.labels,
            self.counts + other.counts,
            self.squared_weights + other.squared_weights,
            self.groups,
        )

    def to_frame(self) -> "pd.DataFrame":
        """Return one row a bin [and group]: bin, [group,] count, nonevents, events, event_rate."""
        if not self.groups:
            return _with_counts(pd.DataFrame({"bin": self.labels}), self.counts)

        # From (bins, classes, groups) to a row for each bin and group.
        by_group = np.moveaxis(self.counts, 2, 1).reshape(-1, 2)
        bins = np.repeat(np.asarray(self.labels, dtype=object), len(self.groups))
        rows = pd.DataFrame({"bin": bins, "group": list(self.groups) * self.n_bins})
        return _with_counts(rows, by_group)

    def _by_class(self, array: FloatArray) -> FloatArray:
        return array.sum(axis=2) if self.groups else array


def _frozen_cells(name: str, cells: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    """Return sums by bin and class, of their own and not to be written into, or ValueError."""
    array = as_counts(cells, name=name, allow_zero=True, squared=name == "squared_weights")
    if array.shape != shape:
        message = f"{name} must have shape {shape} (bins, classes[, groups]), got {array.shape}"
        raise ValueError(message)

    # A table is shared by many results: nobody may write into it.
    array = array.copy()
    array.flags.writeable = False
    return array


def _as_target(
    y: ArrayLike, n_rows: int, event_label: Any, weights: FloatArray | None
) -> LabelArray:
    """Return 1 for an event and 0 for a non-event; rows of 0 and 1 may all be of one class."""
    labels = fill_absent("y", as_labels("y", y, n_rows), weights)
    # 0 and 1 say what they are though one of them may be absent; other labels are learnt from both.
    if labels.dtype.kind in "biufO" and np.isin(labels, (0, 1)).all():
        if event_label is None:
            return labels.astype(np.float64)
        # An event named 0 turns the classes around.
        return TargetLabels.among((0, 1), event_label).read(labels, both=False)

    target, _ = TargetLabels.learn(y, event_label, weights=weights)
    return target


def _with_counts(rows: "pd.DataFrame", counts: FloatArray) -> "pd.DataFrame":
    """Add counts by class and the event rate, NaN where a bin is empty."""
    total = counts.sum(axis=1)
    rate = _rates(counts[:, 1], total)
    return rows.assign(count=total, nonevents=counts[:, 0], events=counts[:, 1], event_rate=rate)


def _rates(events: FloatArray, weight: FloatArray) -> FloatArray:
    return np.divide(events, weight, out=np.full(weight.shape, np.nan), where=weight > 0.0)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

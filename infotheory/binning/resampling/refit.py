"""Binning again on other counts: what cross-fitting and permutation tests share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from infotheory._parallel import run_tasks
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import as_binary_target, as_weights
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.rows import count_codes
from infotheory.cells import BinSpec
from infotheory.engines import read_columns
from infotheory.tables import CountTable

__all__ = [
    "TableBinner",
    "TargetRows",
    "each_feature",
    "fitted_binner",
    "read_rows",
    "rebinned_counts",
    "unweighted_table",
]

_Result = TypeVar("_Result")


class TableBinner(Protocol):
    """A binner that decides the bins of one feature from the counts of its pre-bins alone."""

    zero_cells: str | float
    event_label: Any
    n_jobs: int | None

    @property
    def features_(self) -> Mapping[str, FeatureBins]:
        """Bins by feature."""

    @property
    def prebin_specs_(self) -> Mapping[str, BinSpec]:
        """Pre-bins by feature."""

    @property
    def prebin_tables_(self) -> Mapping[str, CountTable]:
        """Their counts."""

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Learn pre-bins and bins.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Features.
        y : array-like of shape (n_rows,)
            Two labels.
        sample_weight : array-like of shape (n_rows,), optional
            Sampling weights.
        """

    def rebin(self, feature: str, table: CountTable) -> IntArray:
        """Group the pre-bins of a feature by other counts.

        Parameters
        ----------
        feature : str
            Name of a feature.
        table : CountTable
            Counts over its pre-bins.
        """


@dataclass(frozen=True, slots=True, eq=False)
class TargetRows:
    """Codes of the pre-bins by feature, target and weights of the rows."""

    codes: dict[str, IntArray]
    target: FloatArray
    weights: FloatArray | None

    def table(self, spec: BinSpec, rows: IntArray) -> CountTable:
        """Count some rows over the pre-bins of a feature."""
        weights = None if self.weights is None else self.weights[rows]
        return count_codes(spec, self.codes[spec.name][rows], self.target[rows], weights)


def fitted_binner(
    binner: TableBinner, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None
) -> TableBinner:
    """Return the binner, fitted on the rows where it is not fitted yet."""
    if not hasattr(binner, "rebin"):
        message = (
            f"binner must bin each feature from its own counts, got {type(binner).__name__}; "
            "use OptimalBinner or StumpBinner"
        )
        raise TypeError(message)
    if (X is None) != (y is None):
        message = f"X and y must be given together, got only {'y' if X is None else 'X'}"
        raise ValueError(message)
    if X is None:
        check_is_fitted(binner)
        for bins in binner.features_.values():
            bins.prebinned()  # without pre-bins there is nothing to learn bins from
        return binner
    fitted: TableBinner = clone(binner).fit(X, y, sample_weight)
    return fitted


def unweighted_table(name: str, table: CountTable) -> CountTable:
    """Return the table; ValueError where its rows had weights, which a table does not tell apart."""
    if (table.counts != table.squared_weights).any():
        message = (
            "the rows must be given where they have weights, got only the weighted counts of "
            f"{name!r}; pass X and y"
        )
        raise ValueError(message)
    return table


def read_rows(
    binner: TableBinner, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None, purpose: str
) -> TargetRows:
    """Read rows as codes of pre-bins with their target and weights."""
    if X is None or y is None:
        message = (
            f"X and y must be given for {purpose}, got None; a table of counts does not tell rows "
            "apart"
        )
        raise ValueError(message)
    specs = binner.prebin_specs_
    columns = read_columns(X, kinds=[spec.kind for spec in specs.values()])
    codes = {
        spec.name: spec.encode(data)
        for spec, data in zip(specs.values(), columns.data, strict=True)
    }
    target, _ = as_binary_target(y, event_label=binner.event_label)
    return TargetRows(codes, target, as_weights(sample_weight, len(target)))


def each_feature(binner: TableBinner, function: Callable[[str], _Result]) -> dict[str, _Result]:
    """Call a function for every feature, in threads."""
    names = list(binner.prebin_specs_)
    found = run_tasks(function, [(name,) for name in names], binner.n_jobs, prefer="threads")
    return dict(zip(names, found, strict=True))


def rebinned_counts(
    binner: TableBinner, name: str, table: CountTable
) -> tuple[FloatArray, IntArray]:
    """Bins learnt on a table: their counts of shape (n_bins, 2), and the bin of each cell."""
    groups = binner.prebin_specs_[name].all_groups(binner.rebin(name, table))[:-1]
    counts = np.zeros((int(groups.max()) + 1, 2))
    np.add.at(counts, groups, table.counts)
    return counts, groups

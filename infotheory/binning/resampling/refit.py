"""Binning again on other counts: what cross-fitting and permutation tests share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeVar

from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from infotheory._any_table import AnyTable
from infotheory._parallel import run_tasks
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows
from infotheory._target import TargetLabels, as_labels
from infotheory._target_kinds import TargetKind
from infotheory._typing import ArrayLike, BoolArray, IntArray, LabelArray
from infotheory._validation import as_weights, rows_with_weight
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.grouping import BY_HAND, group_counts
from infotheory.binning.prebins.options import refuse_periods, why_not_learnt_again
from infotheory.binning.prebins.rows import sums_of_codes
from infotheory.cells import BinSpec
from infotheory.engines.memory import encode_features
from infotheory.tables import CountTable

__all__ = [
    "CodedRows",
    "TableBinner",
    "coded_rows",
    "each_feature",
    "fitted_binner",
    "rebinned_counts",
    "refit_kind",
    "table_suffices",
    "unweighted_table",
]

_Result = TypeVar("_Result")


class TableBinner(Protocol):
    """A binner that decides the bins of one feature from the counts of its pre-bins alone.

    Its class registers the rule with ``group_counts``.
    """

    zero_cells: str | float
    n_jobs: int | None

    @property
    def features_(self) -> Mapping[str, FeatureBins]:
        """Bins by feature."""

    @property
    def classes_(self) -> LabelArray:
        """The two labels, sorted."""

    @property
    def event_label_(self) -> Any:
        """The label that counts as an event."""

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Learn pre-bins and bins."""


@dataclass(frozen=True, slots=True, eq=False)
class CodedRows:
    """Rows with the pre-bin of each feature."""

    rows: Rows
    specs: Mapping[str, BinSpec]
    codes: Mapping[str, IntArray]

    @classmethod
    def read(
        cls, binner: TableBinner, X: Any, y: ArrayLike, sample_weight: ArrayLike | None
    ) -> Self:
        """Find the pre-bin of each value."""
        warn_of_row_order(X=X, y=y, sample_weight=sample_weight)
        prebins = {
            name: FeatureBins(spec=bins.prebin_sums()[0]) for name, bins in binner.features_.items()
        }
        codes = encode_features(prebins, X)
        n_rows = next(iter(codes.values())).size
        kind = refit_kind(binner)
        weights = as_weights(sample_weight, n_rows)
        reader = TargetLabels.of(binner) if kind is None else kind
        rows = Rows.of_sample(reader.read(y, n_rows, weights=weights), weights, kind=kind)
        return cls(rows, {name: bins.spec for name, bins in prebins.items()}, codes)

    def present(self) -> tuple[Self, BoolArray | None]:
        """Leave out the rows of weight 0, and say which stay; None where all do.

        They would be dealt to folds, and change places with others, as if they were rows.
        """
        has_weight = rows_with_weight(self.rows.weights)
        if has_weight is None:
            return self, None
        codes = {name: of_rows[has_weight] for name, of_rows in self.codes.items()}
        return replace(self, rows=self.rows.present(), codes=codes), has_weight

    def table(self, name: str, chosen: IntArray) -> AnyTable:
        """Count some of the rows over the pre-bins of a feature."""
        return sums_of_codes(self.specs[name], self.codes[name][chosen], self.rows.take(chosen))


def refit_kind(binner: TableBinner) -> TargetKind | None:
    """Return what the target of a fitted binner is where it is no two classes."""
    kind: TargetKind | None = getattr(binner, "target_kind_", None)
    return kind


def fitted_binner(
    binner: TableBinner, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None
) -> TableBinner:
    """Return the binner out of its freezer, fitted on the rows where these are given."""
    inner: TableBinner = binner.estimator if isinstance(binner, FrozenEstimator) else binner
    # A type without a rule of its own falls back on that of all objects, which only complains.
    if group_counts.dispatch(type(inner)) is group_counts.dispatch(object):
        message = (
            f"binner must bin each feature from its own counts, got {type(inner).__name__}; "
            "use OptimalBinner or StumpBinner"
        )
        raise TypeError(message)
    if (X is None) != (y is None):
        message = f"X and y must be given together, got only {'y' if X is None else 'X'}"
        raise ValueError(message)

    refuse_periods(
        inner,
        "binning anew on parts of the rows",
        "leave order_in_periods and max_rate_drift out for this, and see with later rows what the "
        "order costs",
    )
    if X is None or inner is not binner:
        check_is_fitted(inner)
        for bins in inner.features_.values():
            bins.prebin_sums()  # without pre-bins there is nothing to learn bins from
        return inner

    if (reason := why_not_learnt_again(inner)) is not None:
        message = f"binner must know how it learnt its bins, got one read from a document: {reason}"
        raise ValueError(message)
    return clone(inner).fit(X, y, sample_weight)


def table_suffices(
    binner: TableBinner, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None
) -> bool:
    """Whether the tables of the pre-bins count every given row once, so that no rows are needed.

    Rows that come with a frozen binner may be others than those of its fit.
    """
    if X is None or y is None or sample_weight is None:
        return sample_weight is None and (X is None or not isinstance(binner, FrozenEstimator))
    if isinstance(binner, FrozenEstimator):
        return False
    weights = as_weights(sample_weight, as_labels("y", y).size)
    # A row of weight 0 is in no table, and those of weight 1 are counted.
    return weights is None or bool(((weights == 0.0) | (weights == 1.0)).all())


def unweighted_table(bins: FeatureBins) -> CountTable:
    """Return counts of pre-bins; ValueError where rows had weights: they are not told apart."""
    _, table, _ = bins.prebinned()
    if table.weighted:
        message = (
            "the rows must be given where they have weights, got only the weighted counts of "
            f"{bins.name!r}; pass X and y"
        )
        raise ValueError(message)
    return table


def coded_rows(
    binner: TableBinner, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None, purpose: str
) -> CodedRows:
    """Read rows, which a purpose needs; ValueError where none are given."""
    if X is None or y is None:
        message = (
            f"X and y must be given for {purpose}, got None; a table of counts does not tell rows "
            "apart"
        )
        raise ValueError(message)
    return CodedRows.read(binner, X, y, sample_weight)


def each_feature(
    binner: TableBinner, function: Callable[[FeatureBins], _Result]
) -> dict[str, _Result]:
    """Call a function for every feature, in threads."""
    tasks = [(bins,) for bins in binner.features_.values()]
    results = run_tasks(function, tasks, binner.n_jobs, prefer="threads")
    return dict(zip(binner.features_, results, strict=True))


def rebinned_counts(
    binner: TableBinner, bins: FeatureBins, table: AnyTable
) -> tuple[AnyTable, IntArray]:
    """Bins learnt on other counts: their counts, and the bin of each cell.

    Bins that were set by hand stay as they are: no counts change them.
    """
    spec, _, grouping = bins.prebin_sums()
    if bins.status != BY_HAND:
        grouping = group_counts(binner, spec, table)
    groups = grouping.new_codes(spec)[:-1]
    return table.merge(groups), groups

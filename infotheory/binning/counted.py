"""Rows of a binner: both classes, counts over pre-bins, and such counts summed to bins."""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw

from infotheory._codes import class_counts
from infotheory._rows import Rows
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, IntArray
from infotheory._validation import as_weights
from infotheory.binning.features import FeatureBins, FittedBinner
from infotheory.cells import UNSEEN, BinSpec
from infotheory.engines.coded import table_of
from infotheory.engines.periods import check_period_order, periods_of_rows
from infotheory.tables import CountTable

__all__ = ["check_one_source", "count_coded", "prebins_of", "sum_to_bins", "without_periods"]


def check_both_classes(rows: Rows, labels: TargetLabels) -> None:
    """Raise ValueError where one class has no weight."""
    if rows.weights is None:
        return  # the labels were found in the rows
    for code in (0.0, 1.0):
        if not rows.weights[rows.target == code].any():
            message = (
                "y must hold two classes, got one class with positive sample_weight of the two "
                f"{labels.classes.tolist()}; rows of weight 0 count as absent"
            )
            raise ValueError(message)


def check_one_source(
    X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None, table: CountTable | None
) -> None:
    """Raise an error unless counts come from rows, or a table, or neither."""
    if table is not None and not isinstance(table, CountTable):
        message = f"table must be a CountTable, got {type(table).__name__}; see count_prebins"
        raise TypeError(message)
    if table is not None and not (X is None and y is None and sample_weight is None):
        message = (
            "table must be given without X, y and sample_weight, got both; it takes their place"
        )
        raise ValueError(message)
    if (X is None) != (y is None):
        message = f"X and y must be given together, got only {'y' if X is None else 'X'}"
        raise ValueError(message)


def prebins_of(features: Mapping[str, FeatureBins]) -> dict[str, FeatureBins]:
    """Take the pre-bins of all features for bins, so that rows are put into them."""
    return {name: FeatureBins(spec=bins.prebinned()[0]) for name, bins in features.items()}


def without_periods(X: Any, periods: Any) -> Any:
    """Leave the column of the periods out of X, where ``periods`` names one."""
    frame = nw.from_native(X, pass_through=True)
    if not isinstance(frame, nw.DataFrame) or not isinstance(periods, str):
        return X
    return frame.drop(periods, strict=False).to_native()


def count_coded(
    binner: FittedBinner,
    features: Mapping[str, FeatureBins],
    codes: Mapping[str, IntArray],
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    periods: Any = None,
    period_order: Sequence[Any] | None = None,
) -> dict[str, CountTable]:
    """Count coded rows by bin and class [and period]; unseen categories have a row of their own."""
    check_period_order(periods, period_order)
    n_rows = next(iter(codes.values())).size
    target = TargetLabels.of(binner).read(y, n_rows, both=False)
    rows = Rows.of_sample(target, as_weights(sample_weight, n_rows))

    period, names = None, tuple[str, ...]()
    if periods is not None:
        period, names = periods_of_rows(X, periods, n_rows, period_order)
    squared = None if rows.weights is None else rows.squared_mass
    return {
        name: table_of(
            bins.spec,
            *class_counts(
                codes[name],
                rows.target,
                bins.spec.n_codes,
                rows.weights,
                squared,
                group=period,
                n_groups=len(names),
            ),
            names,
        )
        for name, bins in features.items()
    }


def sum_to_bins(bins: FeatureBins, table: CountTable) -> CountTable:
    """Sum counts of the pre-bins of a feature to its bins; counts of the bins stay as they are."""
    plain = table.without_groups()
    n_labels = plain.n_bins - (plain.labels[-1:] == (UNSEEN,))
    if plain.labels[:n_labels] == bins.spec.labels:
        return plain

    prebins, _, grouping = bins.prebinned()
    if plain.labels[:n_labels] != prebins.labels:
        message = (
            f"table must count the pre-bins or the bins of {bins.name!r}, got other labels "
            f"{_differing(plain.labels, prebins)}; count the rows again with count_prebins, since "
            "a split by hand may have made the pre-bins finer"
        )
        raise ValueError(message)
    labels = (*bins.spec.labels, UNSEEN)[: bins.spec.n_codes - (n_labels == plain.n_bins)]
    return plain.merge(grouping.new_codes(prebins)[: plain.n_bins], labels)


def _differing(labels: Sequence[str], prebins: BinSpec) -> list[str]:
    """Name some labels that are none of the pre-bins, or what there are otherwise."""
    return [label for label in labels if label not in prebins.labels][:3] or list(labels[:3])

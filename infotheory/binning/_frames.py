"""Rows and frames of a binner: roles of columns, counts of rows, such counts in bins, values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import narwhals as nw
import numpy as np

from infotheory._codes import class_counts
from infotheory._rows import Rows
from infotheory._target import TargetLabels
from infotheory._typing import ArrayLike, IntArray, LabelArray
from infotheory._validation import as_weights
from infotheory.binning.features import FeatureBins, FittedBinner, encode_features, warn_unseen
from infotheory.binning.options import BinnerOptions, prebin_options
from infotheory.binning.prebins.counts import CountedPreBins
from infotheory.cells import UNSEEN, BinSpec
from infotheory.engines import (
    Frame,
    FrameCounts,
    PrebinOptions,
    bin_column,
    fine_cells,
    open_frame,
)
from infotheory.engines.coded import table_of
from infotheory.engines.counting import count_population
from infotheory.engines.declared import declared_features
from infotheory.engines.periods import check_period_order, periods_of_rows
from infotheory.engines.population import read_population
from infotheory.tables import CountTable

__all__ = [
    "FrameRoles",
    "check_counts",
    "check_one_source",
    "count_coded",
    "count_rows",
    "declared_options",
    "prebins_of",
    "rank_errors",
    "sum_to_bins",
    "transformed_frame",
    "without_periods",
]


@dataclass(frozen=True, slots=True)
class FrameRoles:
    """A frame and what its columns are for."""

    frame: Frame
    target: str
    sample_weight: str | None
    protected: tuple[str, ...]
    features: tuple[str, ...]

    @classmethod
    def read(
        cls,
        frame: Any,
        target: str,
        sample_weight: str | None,
        protected: str | Sequence[str] | None,
        features: Sequence[str] | None,
    ) -> Self:
        """Give every column a role; those without another one are features where none are named."""
        opened = open_frame(frame)
        groups = (protected,) if isinstance(protected, str) else tuple(protected or ())
        taken = {target, *groups, *(() if sample_weight is None else (sample_weight,))}
        if features is None:
            features = [name for name in opened.columns if name not in taken]

        double = sorted(taken & set(features))
        if double or not features:
            message = (
                f"features must be columns besides target, sample_weight and protected "
                f"{sorted(taken)}, "
                f"got {double or 'none'}"
            )
            raise ValueError(message)
        return cls(opened, target, sample_weight, groups, tuple(features))


def count_rows(
    roles: FrameRoles, options: Mapping[str, PrebinOptions], event_label: Any, random_state: int
) -> FrameCounts:
    """Count all rows over fine cells, which a sample of the rows has placed before."""
    population = read_population(
        roles.frame,
        target=roles.target,
        event_label=event_label,
        weights=roles.sample_weight,
        groups=roles.protected,
    )
    specs = fine_cells(roles.frame, options, sample_weight=roles.sample_weight, rng=random_state)
    return count_population(roles.frame, specs, population)


def declared_options(binner: BinnerOptions, names: Sequence[str]) -> dict[str, PrebinOptions]:
    """Read the options of pre-bins, with what is declared categorical."""
    declared = declared_features(binner.categorical_features, names)
    options = prebin_options(binner, names)
    return {
        name: replace(option, categorical=name in declared, level_order=declared.get(name))
        for name, option in options.items()
    }


def check_counts(counts: FrameCounts, event_label: Any, categorical: Any) -> None:
    """Raise ValueError where counts have another event or kind, or no weight of one class."""
    numbers = {name for name, spec in counts.specs.items() if spec.kind == "numerical"}
    as_numbers = numbers & set(declared_features(categorical, tuple(counts.specs)))
    if as_numbers:
        message = (
            "counts of the categorical_features must be counts of levels, got cells of numbers for "
            f"{sorted(as_numbers)[:5]}; place fine_cells with PrebinOptions(categorical=True), and "
            "count again"
        )
        raise ValueError(message)

    if event_label is not None and event_label != counts.event_label:
        message = (
            f"event_label must be that of the counts, {counts.event_label!r}, or None, got "
            f"{event_label!r}; count again with this label"
        )
        raise ValueError(message)

    totals = next(iter(counts.tables.values())).without_groups().counts.sum(axis=0)
    names = ("non-events", "events")
    empty = [name for name, total in zip(names, totals, strict=True) if total <= 0]
    if empty:
        message = (
            f"y must hold two classes, got no weight of {' and '.join(empty)} among the two labels "
            f"{list(counts.classes)}; rows of weight 0 count as absent"
        )
        raise ValueError(message)


def transformed_frame(
    frame: Any, features: Mapping[str, FeatureBins], values: Mapping[str, LabelArray]
) -> Any:
    """Replace features of a frame by values of their bins; other columns are kept."""
    opened = open_frame(frame)
    opened.check_columns("features of the fit", features)
    if not opened.eager:
        bins = [bin_column(bins.spec, values[name], opened) for name, bins in features.items()]
        return opened.as_given(opened.lazy().with_columns(*bins))

    # In memory the codes come from the kernel of ``transform``, which raises where it does.
    table = opened.lazy().collect()
    codes = encode_features(features, table.select(list(features)).to_native())
    warn_unseen(features, codes)
    backend = table.implementation
    columns = [nw.new_series(name, values[name][codes[name]], backend=backend) for name in features]
    return table.with_columns(*columns).to_native()


def rank_errors(made: Sequence[CountedPreBins], *, exact: bool) -> dict[str, float]:
    """Bound on the error of each quantile cut, by number; 0 where all rows were placed."""
    bounds = {m.cells.spec.name: m.rank_error for m in made}
    return {name: 0.0 if exact else bound for name, bound in bounds.items() if not np.isnan(bound)}


def check_weighted_classes(rows: Rows, labels: TargetLabels) -> None:
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

"""Rows and frames of a binner: roles of columns, counts of rows, such counts in bins, values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import narwhals as nw
import numpy as np
from sklearn.utils.validation import validate_data

from infotheory._any_table import AnyTable, of_two_classes
from infotheory._codes import class_counts
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows
from infotheory._target import TargetLabels
from infotheory._target_kinds import TargetKind
from infotheory._typing import ArrayLike, IntArray, LabelArray
from infotheory._validation import as_weights, check_length, check_option
from infotheory._warnings import warn_once_a_call
from infotheory.binning.features import FeatureBins, FittedBinner
from infotheory.binning.prebins.counts import CountedPreBins
from infotheory.binning.prebins.options import (
    BinnerOptions,
    check_feature,
    option_of,
    prebin_options,
    special_codes_of,
)
from infotheory.binning.prebins.rows import PreBins
from infotheory.binning.prebins.signals import check_max_levels, warn_of_prebins
from infotheory.cells import UNSEEN, BinSpec
from infotheory.engines import (
    Frame,
    FrameCounts,
    PrebinOptions,
    as_table,
    bin_column,
    fine_cells,
    open_frame,
)
from infotheory.engines.coded import table_of
from infotheory.engines.counting import count_population
from infotheory.engines.declared import declared_features
from infotheory.engines.frames import listed_columns
from infotheory.engines.memory import encode_features
from infotheory.engines.periods import check_period_order, periods_of_rows
from infotheory.engines.population import read_population
from infotheory.engines.sampling import cells_of_parts, with_codes_read
from infotheory.engines.special_codes import warn_special_codes
from infotheory.evidence.binned_samples import check_zero_cells
from infotheory.exceptions import UnseenValueWarning
from infotheory.tables import EvidenceTable

__all__ = [
    "FrameRoles",
    "check_amounts_vary",
    "check_binner_options",
    "check_levels_counted",
    "check_one_source",
    "count_coded",
    "count_rows",
    "declared_options",
    "features_named",
    "labels_of_counts",
    "prebins_of",
    "rank_errors",
    "stacked_values",
    "sum_to_bins",
    "target_kind_of",
    "target_rows",
    "transformed_frame",
    "two_class_rows",
    "values_of_fit",
    "warn_of_learnt",
    "warn_unseen",
    "without_periods",
]


#: Relative: squares about the mean that are less come from rounding.
_NO_SPREAD = 1e-12
#: Rows of values that are written while they lie in a near cache.
_ROWS_AT_ONCE = 1 << 13


class CheckedOptions(BinnerOptions, Protocol):
    """The options of every binner, with what its tables and transform say."""

    metric: str
    zero_cells: str | float
    woe_sign: str


@dataclass(frozen=True, slots=True)
class FrameRoles:
    """A frame and what its columns are for."""

    frame: Frame
    target: str
    sample_weight: str | None
    protected: tuple[str, ...]
    features: tuple[str, ...]
    #: How much a database had been asked before.
    n_queries: int

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
        n_queries = len(opened.queries)
        groups = listed_columns(protected)
        weights = () if sample_weight is None else (sample_weight,)
        opened.check_columns("target, sample_weight and groups", [target, *weights, *groups])
        taken = {target, *groups, *weights}
        if features is None:
            features = [name for name in opened.columns if name not in taken]
        features = listed_columns(features)
        opened.check_columns("features", features)

        double = sorted(taken & set(features))
        if double or not features:
            message = (
                "features must be columns besides target, sample_weight and protected "
                f"{sorted(taken)}, got {double or 'none'}"
            )
            raise ValueError(message)
        return cls(opened, target, sample_weight, groups, features, n_queries)


def count_rows(
    roles: FrameRoles,
    options: Mapping[str, PrebinOptions],
    event_label: Any,
    random_state: int,
    target_type: str = "binary",
) -> FrameCounts:
    """Count all rows over fine cells, which some of the rows have placed before."""
    population = read_population(
        roles.frame,
        target=roles.target,
        event_label=event_label,
        weights=roles.sample_weight,
        groups=roles.protected,
        target_type=target_type,
    )
    frame, options = roles.frame, with_codes_read(options)
    weights, n_queries = roles.sample_weight, roles.n_queries

    placed = cells_of_parts(frame, options, sample_weight=weights, rng=random_state)
    others = {name: option for name, option in options.items() if name not in placed}
    specs = fine_cells(frame, others, sample_weight=weights, rng=random_state)
    specs |= {name: cells.spec for name, cells in placed.items()}
    in_order = {name: specs[name] for name in options}
    counts = count_population(frame, in_order, population, n_queries=n_queries)

    # Where neighbours were unlike the other rows, a random sample places the cells after all.
    unlike = [name for name, cells in placed.items() if not cells.hold(counts.tables[name].weight)]
    if not unlike:
        return counts
    asked_anew = {name: options[name] for name in unlike}
    specs = fine_cells(frame, asked_anew, sample_weight=weights, rng=random_state)
    again = count_population(frame, specs, population, n_queries=n_queries)
    return replace(
        counts,
        specs={name: again.specs.get(name, spec) for name, spec in counts.specs.items()},
        tables={name: again.tables.get(name, table) for name, table in counts.tables.items()},
    )


def check_binner_options(
    binner: CheckedOptions,
    names: Sequence[str],
    metrics: Sequence[str],
    per_feature: Sequence[str],
) -> None:
    """Raise ValueError where an option that all binners have is not valid.

    ``metrics`` are what a transform of this binner may say, ``per_feature`` the options that
    ``feature_params`` may hold.
    """
    check_option("metric", binner.metric, metrics)
    check_option("woe_sign", binner.woe_sign, ("nonevent", "event"))
    check_zero_cells(binner.zero_cells)
    for name in names:
        check_max_levels(option_of(binner, name, "max_levels"))
    for name, options in (binner.feature_params or {}).items():
        check_feature("feature_params", name, names)
        for key in options:
            check_option(f"an option in feature_params[{name!r}]", key, per_feature)
    special_codes_of(binner, names)  # which checks them


def features_named(
    features: Mapping[str, FeatureBins], names: str | Sequence[str] | None
) -> Mapping[str, FeatureBins]:
    """Take the bins of some features, in the order asked for; all where no names are given."""
    if names is None:
        return features
    wanted = listed_columns(names)
    if not wanted:
        message = "features must name at least one feature, got none; leave it out for all"
        raise ValueError(message)
    for name in wanted:
        check_feature("features", name, tuple(features))
    return {name: features[name] for name in wanted}


def declared_options(binner: BinnerOptions, names: Sequence[str]) -> dict[str, PrebinOptions]:
    """Read the options of pre-bins, with what is declared categorical."""
    declared = declared_features(binner.categorical_features, names)
    options = prebin_options(binner, names)
    return {
        name: replace(option, categorical=name in declared, level_order=declared.get(name))
        for name, option in options.items()
    }


def check_levels_counted(counts: FrameCounts, categorical: Any) -> None:
    """Raise ValueError where numbers were counted in cells that are declared categorical."""
    numbers = {name for name, spec in counts.specs.items() if spec.kind == "numerical"}
    as_numbers = numbers & set(declared_features(categorical, tuple(counts.specs)))
    if as_numbers:
        message = (
            "counts of the categorical_features must be counts of levels, got cells of numbers for "
            f"{sorted(as_numbers)[:5]}; place fine_cells with PrebinOptions(categorical=True), and "
            "count again"
        )
        raise ValueError(message)


def labels_of_counts(counts: FrameCounts, event_label: Any) -> TargetLabels:
    """Return the two labels of counts; ValueError for another event, or no weight of a class."""
    if counts.target_kind is not None:
        message = (
            "counts must be of a target of two classes, got target_type="
            f"{counts.target_type!r}; count again with target_type='binary'"
        )
        raise ValueError(message)
    if event_label is not None and event_label != counts.event_label:
        message = (
            f"event_label must be that of the counts, {counts.event_label!r}, or None, got "
            f"{event_label!r}; count again with this label"
        )
        raise ValueError(message)

    # Every feature counts the same rows, so that any table tells the totals.
    table = of_two_classes(next(iter(counts.tables.values())))
    totals = table.without_groups().counts.sum(axis=0)
    names = ("non-events", "events")
    empty = [name for name, total in zip(names, totals, strict=True) if total <= 0]
    if empty:
        message = (
            f"y must hold two classes, got no weight of {' and '.join(empty)} among the two labels "
            f"{list(counts.classes)}; rows of weight 0 count as absent"
        )
        raise ValueError(message)
    return TargetLabels(np.array(counts.classes), counts.event_label)


def check_amounts_vary(counts: FrameCounts) -> None:
    """Raise ValueError where all rows of counts have one target, as ``TargetKind.learn`` does."""
    # Every feature counts the same rows, so that the first table tells what the target is like.
    table = next(iter(counts.tables.values()))
    if not isinstance(table, EvidenceTable):
        return
    plain = table.without_groups()
    total = plain.sums.sum(axis=0)
    if plain.kind == "multiclass":
        absent = [label for label, sum_ in zip(plain.classes, total, strict=True) if not sum_]
        if absent:
            message = (
                f"y must hold all classes {list(plain.classes)} for target_type='multiclass', got "
                f"no weight of {absent}; name in classes those that occur"
            )
            raise ValueError(message)
        return

    is_constant = not total.all()  # all recovered or all lost, or no amount at all
    if plain.kind == "continuous":
        # The sums are taken about an origin near the mean, so that the difference loses little.
        weight, first, second = total
        is_constant = bool(second - first * first / weight <= _NO_SPREAD * second)
    if is_constant:
        mean = (plain.rate * plain.weight)[plain.weight > 0.0].sum() / plain.weight.sum()
        message = f"y must vary for target_type={plain.kind!r}, got {mean:g} in all rows"
        raise ValueError(message)


def transformed_frame(
    frame: Any,
    features: Mapping[str, FeatureBins],
    columns: Mapping[str, tuple[str, LabelArray]],
) -> Any:
    """Replace features of a frame by values of their bins; other columns are kept.

    ``columns`` are a feature and the value of each of its codes, by the name of what comes out.
    """
    opened = open_frame(frame)
    opened.check_columns("features of the fit", features)
    # Several classes make columns of other names: the feature itself is dropped then.
    replaced = [name for name in features if name not in columns]
    # A lazy frame stays lazy: values become expressions, which its engine evaluates when somebody
    # reads them.
    if not opened.eager:
        bins = [
            bin_column(features[name].spec, values, opened).alias(shown)
            for shown, (name, values) in columns.items()
        ]
        return opened.as_given(opened.lazy().with_columns(*bins).drop(replaced))

    # In memory the codes come from the kernel of ``transform``, which raises where it does.
    table = opened.lazy().collect()
    codes = encode_features(features, table.select(list(features)).to_native())
    warn_unseen(features, codes)
    backend = table.implementation
    series = [
        nw.new_series(shown, values[codes[name]], backend=backend)
        for shown, (name, values) in columns.items()
    ]
    return table.with_columns(*series).drop(replaced).to_native()


def stacked_values(pairs: list[tuple[LabelArray, IntArray]]) -> LabelArray:
    """Look the codes of each feature up in its table."""
    # The metric is one for all features, and so is the type of what it says.
    n_rows, width, columns = len(pairs[0][1]), 0, list[tuple[int | slice, LabelArray, IntArray]]()
    for values, codes in pairs:
        if values.ndim == 1:
            columns.append((width, values, codes))
            width += 1
        else:  # several classes have a column each
            columns.append((slice(width, width + values.shape[1]), values, codes))
            width += values.shape[1]

    # Block by block: a column written from top to bottom passes through all of the memory.
    out = np.empty((n_rows, width), dtype=pairs[0][0].dtype)
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        for place, values, codes in columns:
            out[rows, place] = values.take(codes[rows], axis=0)
    return out


def values_of_fit(
    features: Mapping[str, FeatureBins], codes: Mapping[str, IntArray], metric: str
) -> LabelArray:
    """Values of the rows of a fit, whose codes among the pre-bins are known."""
    pairs = []
    for name, code in codes.items():
        bins = features[name]
        # Codes of the fit are those of the pre-bins: what is said of bins is put in their order.
        prebins, _, grouping = bins.prebin_sums()
        pairs.append((bins.values(metric)[grouping.new_codes(prebins)], code))
    return stacked_values(pairs)


def warn_of_learnt(binner: BinnerOptions, prebins: Sequence[PreBins]) -> None:
    """Warn where pre-bins look unlike what the options say of a feature."""
    tables = [(cells.spec, cells.sums) for cells in prebins]
    names = tuple(spec.name for spec, _ in tables)
    warn_special_codes(special_codes_of(binner, names), dict(zip(names, tables, strict=True)))
    limits = ("max_levels", "max_n_prebins")
    warn_of_prebins(tables, *([option_of(binner, name, key) for name in names] for key in limits))


def warn_unseen(features: Mapping[str, FeatureBins], codes: Mapping[str, IntArray]) -> None:
    """Warn once about all rows in bins that had no rows in the fit."""
    unseen = {}
    for name, code in codes.items():
        if count := np.count_nonzero(features[name].new_codes[code]):
            unseen[name] = count

    if unseen:
        shown = ", ".join(f"{name}: {count} rows" for name, count in unseen.items())
        message = (
            f"X holds categories, missing or special values that the fit never saw ({shown}); "
            "they get weight of evidence 0"
        )
        warn_once_a_call(message, UnseenValueWarning, about=", ".join(unseen))


def rank_errors(made: Sequence[CountedPreBins], *, exact: bool) -> dict[str, float]:
    """Bound on the error of each quantile cut, by number; 0 where all rows were placed."""
    bounds = {m.cells.spec.name: m.rank_error for m in made}
    return {name: 0.0 if exact else bound for name, bound in bounds.items() if not np.isnan(bound)}


def two_class_rows(
    y: ArrayLike, n_rows: int, sample_weight: ArrayLike | None, event_label: Any
) -> tuple[Rows, TargetLabels]:
    """Learn the two labels of a fit, and read its rows."""
    weights = as_weights(sample_weight, n_rows)
    target, labels = TargetLabels.learn(y, event_label, weights=weights)
    check_length("y", target, n_rows)
    return Rows.of_sample(target, weights), labels


def check_rows_of_fit(
    binner: Any, X: Any, y: ArrayLike, sample_weight: ArrayLike | None, counted_by: Any
) -> None:
    """Check shape and names of the rows of a fit, and that all of them lie in one order.

    Rows are counted by periods, or by protected attributes and periods.
    """
    as_table(X)  # an empty list gets a message about its shape
    validate_data(binner, X, y, skip_check_array=True)
    # A pair of lists is no pandas, so that it may be told apart by its length alone.
    pair = counted_by if isinstance(counted_by, tuple) and len(counted_by) == 2 else (counted_by,)
    beside = dict(zip(("periods", "protected"), pair[::-1], strict=False))
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight, **beside)


def check_one_source(
    X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None, table: AnyTable | None
) -> None:
    """Raise an error unless counts come from rows, or a table, or neither."""
    if table is not None and not isinstance(table, AnyTable):
        kind = type(table).__name__
        message = f"table must be a CountTable or EvidenceTable, got {kind}; see count_prebins"
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
    return {name: FeatureBins(spec=bins.prebin_sums()[0]) for name, bins in features.items()}


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
) -> dict[str, AnyTable]:
    """Count coded rows by bin and class [and period]; unseen categories have a row of their own."""
    check_period_order(periods, period_order)
    warn_of_row_order(X=X, y=y, sample_weight=sample_weight, periods=periods)
    n_rows = next(iter(codes.values())).size
    rows = target_rows(binner, y, n_rows, sample_weight)
    period, names = None, tuple[str, ...]()
    if periods is not None:
        period, names = periods_of_rows(X, periods, n_rows, period_order, rows.weights)

    # The bin of unseen categories is the last one, and left out where it has no rows.
    if rows.kind is not None:
        sums = {
            name: rows.kind.table(
                codes[name], rows.target, (*bins.spec.labels, UNSEEN), rows.weights, period, names
            )
            for name, bins in features.items()
        }
        return {
            name: table if table.weight[-1] > 0.0 else table.first(table.n_bins - 1)
            for name, table in sums.items()
        }

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


def target_rows(
    binner: FittedBinner, y: ArrayLike, n_rows: int, sample_weight: ArrayLike | None
) -> Rows:
    """Read the target of rows that a fitted binner has not seen, whatever its kind."""
    weights, kind = as_weights(sample_weight, n_rows), target_kind_of(binner)
    if kind is not None:
        return Rows.of_sample(kind.read(y, n_rows, weights=weights), weights, kind=kind)
    target = TargetLabels.of(binner).read(y, n_rows, both=False, weights=weights)
    return Rows.of_sample(target, weights)


def target_kind_of(binner: FittedBinner) -> TargetKind | None:
    """Return what was learnt of a target that is no two classes; None of one that is."""
    kind: TargetKind | None = getattr(binner, "target_kind_", None)
    return kind


def sum_to_bins(bins: FeatureBins, table: AnyTable) -> AnyTable:
    """Sum counts of the pre-bins of a feature to its bins; counts of the bins stay as they are."""
    plain = table.without_groups()
    # Rows of unseen categories, where there are any, stand last and belong to no bin.
    n_labels = plain.n_bins - (plain.labels[-1:] == (UNSEEN,))
    if plain.labels[:n_labels] == bins.spec.labels:
        return plain

    prebins, _, grouping = bins.prebin_sums()
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

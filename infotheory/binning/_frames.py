"""Frames of any engine: roles of their columns, counts of their rows, their values in bins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import narwhals as nw
import numpy as np

from infotheory._typing import LabelArray
from infotheory.binning.features import FeatureBins, encode_features, warn_unseen
from infotheory.binning.options import BinnerOptions, prebin_options
from infotheory.binning.prebins.counts import CountedPreBins
from infotheory.engines import (
    Frame,
    FrameCounts,
    PrebinOptions,
    bin_column,
    fine_cells,
    open_frame,
)
from infotheory.engines.counting import count_population
from infotheory.engines.declared import declared_features
from infotheory.engines.population import read_population

__all__ = [
    "FrameRoles",
    "check_counts",
    "count_rows",
    "declared_options",
    "rank_errors",
    "transformed_frame",
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

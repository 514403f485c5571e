"""Rows of a session, and their counts by pre-bin; they are read again only for finer pre-bins."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from infotheory._rows import Rows
from infotheory._target import TargetLabels, as_labels
from infotheory._target_kinds import TargetKind
from infotheory._typing import ArrayLike, FloatArray, IntArray, LabelArray
from infotheory._validation import as_weights, labels_of_rows
from infotheory.binning._base import BaseBinner
from infotheory.binning.features import FeatureBins
from infotheory.binning.prebins.rows import sums_of_codes
from infotheory.cells import BinSpec
from infotheory.engines import as_table
from infotheory.engines.memory import encode_features
from infotheory.workbench.state import HOLDOUT, PERIOD, FitSample, SampleCells

__all__ = ["SessionRows", "feature_columns"]

Counted = dict[str, dict[str, SampleCells]]


@dataclass(frozen=True, slots=True, eq=False)
class SessionRows:
    """Rows of the fit, and of what is looked at beside them.

    ``training`` and ``holdout`` are ``(X, y)`` or ``(X, y, sample_weight)``; ``periods`` has a
    label for each row of the fit, and ``protected`` its protected attributes. ``names`` are those
    of the columns of plain arrays, which the features of a binner tell as long as none is left out.
    """

    training: tuple[Any, ...] | None = None
    holdout: tuple[Any, ...] | None = None
    periods: ArrayLike | None = None
    protected: Any = None
    names: tuple[str, ...] = ()

    @property
    def of_fit(self) -> FitSample:
        """What cuts pre-bins: the rows of the fit and their protected attributes."""
        return FitSample(self.training, self.protected)

    def in_order(self, binner: BaseBinner) -> Self:
        """Take the features of the binner, in its order: edits take columns by place."""
        names = tuple(binner.features_)
        if self.training is None:
            return replace(self, names=names)
        X, *others = self.training
        return replace(self, training=(feature_columns(X, names, names), *others), names=names)

    def counted(self, binner: BaseBinner, specs: Mapping[str, BinSpec]) -> Counted:
        """Count every sample by cells of some features: sample, then feature."""
        counts: Counted = {}
        if self.holdout is not None:
            counts |= _count(binner, specs, self.holdout, None)
        if self.periods is not None and self.training is not None:
            # Periods stand beside the rows of the fit; the hold-out rows have none.
            n_rows = len(self.training[1])
            weight = as_weights(self.training[2] if len(self.training) > 2 else None, n_rows)
            periods = labels_of_rows("periods", self.periods, n_rows, weight)
            counts |= _count(binner, specs, self.training, periods)
        return counts


def _count(
    binner: BaseBinner,
    specs: Mapping[str, BinSpec],
    sample: tuple[Any, ...],
    periods: tuple[LabelArray, IntArray] | None,
) -> Counted:
    """Count rows by cells, in all or by period."""
    X, y, *weights = sample
    kind: TargetKind | None = getattr(binner, "target_kind_", None)
    weight = as_weights(weights[0] if weights else None, as_labels("y", y).size)
    target = (
        TargetLabels.of(binner).read(y, both=False, weights=weight)
        if kind is None
        else kind.read(y, weights=weight)
    )
    codes = encode_features(
        {name: FeatureBins(spec=spec) for name, spec in specs.items()},
        feature_columns(X, list(binner.features_), specs),
    )

    def tables(chosen: Any) -> dict[str, SampleCells]:
        # Another sample may have levels that the fit never met: they get a row of their own.
        rows = Rows.of_sample(target[chosen], _part(weight, chosen), kind=kind)
        return {
            name: SampleCells(
                spec, sums_of_codes(spec, codes[name][chosen], rows, show_unseen=True)
            )
            for name, spec in specs.items()
        }

    if periods is None:
        return {HOLDOUT: tables(slice(None))}
    labels, places = periods
    return {f"{PERIOD}{label}": tables(places == i) for i, label in enumerate(labels.tolist())}


def _part(weight: FloatArray | None, chosen: Any) -> FloatArray | None:
    return None if weight is None else weight[chosen]


def feature_columns(X: Any, names: Sequence[str], features: Collection[str]) -> Any:
    """Columns of some features, by name where they have names, else by their place in ``names``."""
    table = as_table(X)
    if not isinstance(table, np.ndarray):
        named = {str(column): column for column in table.columns}
        absent = [name for name in features if name not in named]
        if absent:
            message = f"rows must have the features of the bins, got none named {absent[:5]}"
            raise ValueError(message)
        return table[[named[name] for name in features]].to_native()

    # Columns of a plain array have no names: they are those of the fit, in its order.
    return table[:, [names.index(name) for name in features]]

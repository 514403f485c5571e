"""What is said of each value of a feature, reduced to what every export needs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._typing import FloatArray
from infotheory.cells import BinSpec

__all__ = ["FeatureRule", "feature_rule", "rule_of_codes"]


@dataclass(frozen=True, slots=True, eq=False)
class FeatureRule:
    """Points of one characteristic."""

    # Its bins
    spec: BinSpec
    # Points by code. Those of unseen categories are what `cat_unknown` makes of them, and NaN where
    # `predict_points` refuses them; those of missing values may be NaN where the card comes from
    # another package. Of shape (n_codes,).
    points: FloatArray

    @property
    def regular(self) -> list[float]:
        """Points of the regular bins."""
        return [float(p) for p in self.points[: self.spec.n_bins]]

    @property
    def special(self) -> list[tuple[tuple[Any, ...], float]]:
        """Values of each special group with their points; numbers also as float32 holds them."""
        is_number = self.spec.kind == "numerical"
        groups = self.spec.special_numbers if is_number else [v for _, v in self.spec.special]
        return [
            (values, float(self.points[self.spec.n_bins + i])) for i, values in enumerate(groups)
        ]

    @property
    def level_groups(self) -> list[tuple[tuple[str, ...], float]]:
        """Levels of each bin and of each special group with their points; none is empty."""
        regular = zip(self.spec.levels, self.regular, strict=True)
        return [(levels, points) for levels, points in [*regular, *self.special] if levels]

    @property
    def missing(self) -> float | None:
        """Points of missing values, None where they are refused."""
        return _known(self.points[self.spec.missing_code])

    @property
    def unseen(self) -> float | None:
        """Points of categories that are in no bin, None where they are refused."""
        return _known(self.points[self.spec.unseen_code])


def feature_rule(spec: BinSpec, points: FloatArray) -> FeatureRule:
    """Say for every code what ``transform`` and ``predict_points`` give it: the one rule."""
    # Codes that are joined to another bin get what that one gets. Indexing copies, so that the next
    # lines change nothing of the caller's.
    by_code = points[spec.destinations]
    if spec.unknown == "missing":
        by_code[spec.unseen_code] = by_code[spec.missing_code]
    elif spec.unknown == "error":
        by_code[spec.unseen_code] = np.nan
    return FeatureRule(spec, by_code)


def rule_of_codes(spec: BinSpec) -> FeatureRule:
    """Say for every code which one it becomes, for labels of bins."""
    return feature_rule(spec, np.arange(spec.n_codes, dtype=np.float64))


def _known(points: float) -> float | None:
    return None if np.isnan(points) else float(points)

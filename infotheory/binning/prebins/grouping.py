"""What a search for bins returns, and the rule by which each binner searches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatch
from typing import NamedTuple

import numpy as np

from infotheory._any_table import AnyTable
from infotheory._typing import FloatArray, IntArray
from infotheory.cells import BinSpec

__all__ = ["BY_HAND", "Grouping", "Promise", "group_counts", "promise_of"]

#: Status of a feature whose bins were set by hand.
BY_HAND = "set by hand"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouping:
    """Which pre-bins of a feature make a bin, and why."""

    # Bin of each regular pre-bin, of shape (n_prebins,)
    groups: IntArray
    # How the search ended
    status: str
    # Shape of the event rate over the bins, where one was imposed
    trend: str | None = None
    # What the grouping maximises, NaN where it maximises nothing
    objective: float = np.nan
    # What the best grouping of each shape tried would reach
    shape_objectives: dict[str, float] = field(default_factory=dict)
    # Every value, missing and special ones included, is in one bin, so that the feature says
    # nothing
    dropped: bool = False
    # Groups of special values, by their place (missing values come last), that share another bin,
    # each with the code of this bin. A place stays what it is where pre-bins get finer.
    joined: Mapping[int, int] = field(default_factory=dict)

    def merged(self, prebins: BinSpec) -> BinSpec:
        """Bins of the feature, made of its pre-bins."""
        if self.dropped:
            return prebins.pool()
        bins = prebins.merge(self.groups)
        return replace(bins, joined={bins.n_bins + i: to for i, to in self.joined.items()})

    def new_codes(self, prebins: BinSpec) -> IntArray:
        """Code of the bin of each code of the pre-bins."""
        if self.dropped:
            return np.zeros(prebins.n_codes, dtype=np.intp)
        codes = prebins.all_groups(self.groups)
        codes[[prebins.n_bins + place for place in self.joined]] = list(self.joined.values())
        return codes


@singledispatch
def group_counts(
    binner: object,
    spec: BinSpec,  # noqa: ARG001 - the arguments of every rule
    table: AnyTable,  # noqa: ARG001
) -> Grouping:
    """Decide the bins of one feature from the counts of its pre-bins, by the rule of the binner.

    A binner registers its rule here, so that cross-fitting and permutation tests can apply it to
    other counts of the same pre-bins; categories are put in order by these counts.
    """
    message = (
        f"binner must bin each feature from its own counts, got {type(binner).__name__}; "
        "use OptimalBinner or StumpBinner"
    )
    raise TypeError(message)


class Promise(NamedTuple):
    """What the bins of a feature keep, on whatever counts of its pre-bins they are learnt."""

    most: Callable[[FloatArray, FloatArray], FloatArray] | None = None
    """Bound on their information value: from the counts of the regular pre-bins, (n_draws, n_cells,
    2), and totals (n_draws, 2); cells that lack a class lie in bins with a row of it."""
    both_classes: bool = False
    """Whether each of several bins has a row of each class, unless the feature separates them."""


@singledispatch
def promise_of(binner: object, spec: BinSpec) -> Promise:  # noqa: ARG001 - of every rule
    """Say what the bins of a feature keep; a binner that registers nothing promises nothing."""
    return Promise()

"""The stage of demographic information: what characteristics tell of protected groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from infotheory._groups import ProtectedAttribute
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, FloatArray, IntArray
from infotheory._validation import check_number
from infotheory.binning.features import FittedBinner
from infotheory.evidence.groups.differences import demographic_information_value
from infotheory.evidence.groups.protected import read_protected
from infotheory.exceptions import InfeasibleError
from infotheory.inference import DivergenceEstimate, Estimate
from infotheory.scorecard.stages.steps import SelectionStep, judged
from infotheory.tables import CountTable

__all__ = ["DemographicBudget", "by_demographic_information"]


@dataclass(frozen=True, slots=True, eq=False)
class DemographicBudget:
    """Protected attributes as handed in, and how much may be told of them."""

    protected: Any
    limit: float

    @classmethod
    def of(
        cls, values: Any, limit: float | None, periods: ArrayLike | None, X: Any
    ) -> "DemographicBudget | None":
        """Check that all of it is there, or nothing, and that it lies in the order of X."""
        warn_of_row_order(X=X, protected=values)
        if (values is None) != (limit is None) or (limit is not None and periods is not None):
            message = (
                "protected and max_demographic_iv go together, and without periods (give the later "
                f"rows as out_of_time), got max_demographic_iv={limit!r}"
            )
            raise ValueError(message)
        if limit is None:
            return None
        check_number("max_demographic_iv", limit, 0.0, np.inf)
        return cls(values, float(limit))


def by_demographic_information(
    allowance: DemographicBudget | None,
    binner: FittedBinner,
    codes: IntArray,
    weights: FloatArray | None,
    information: Mapping[str, Estimate],
    names: Sequence[str],
    include: Sequence[str],
) -> Iterator[SelectionStep]:
    """Keep what fits into the budget, by information value for each unit of the demographic one.

    Those to include are taken first. Values below 0, of noise, cost nothing.
    """
    if allowance is None:
        return
    budget = allowance.limit
    attributes = read_protected(allowance.protected, len(codes), weights=weights)
    places = {name: f for f, name in enumerate(binner.features_)}
    values = {name: _largest(codes[:, places[name]], weights, attributes) for name in names}
    # Without its bias a value may fall below 0, which costs nothing and earns nothing.
    costs = {name: max(value.value, 0.0) for name, value in values.items()}
    forced = [name for name in names if name in include]
    spent = sum(costs[name] for name in forced)
    if spent > budget:
        message = (
            f"max_demographic_iv must leave room for what is included, got {budget:g} and "
            f"{spent:g} of {', '.join(forced)}"
        )
        raise InfeasibleError(message)

    # What costs nothing comes first, then the most information for each unit of the budget. What is
    # included has its part of the budget already, and no order among the others.
    def worth(name: str) -> float:
        return -information[name].value / costs[name] if costs[name] > 0.0 else -np.inf

    for name in sorted(names, key=lambda name: (name not in forced, worth(name))):
        fits = name in forced or spent + costs[name] <= budget
        rest = budget - spent
        spent += costs[name] if fits and name not in forced else 0.0
        yield judged(
            "demographic information",
            name,
            values[name],
            statistic="demographic_iv",
            kept=fits,
            threshold=budget,
            reason=(
                f"information value {information[name].value:.3g}, demographic "
                f"{values[name].value:.3g} of {rest:.3g} left of the budget"
            ),
        )


def _largest(
    codes: IntArray, weights: FloatArray | None, attributes: Sequence[ProtectedAttribute]
) -> DivergenceEstimate:
    """Return the largest demographic information value of a characteristic, without its bias."""
    # All rows are compared, whatever their outcome: they may as well all have the same.
    outcome = np.zeros(len(codes))
    return max(
        (
            demographic_information_value(
                CountTable.from_codes(
                    codes, outcome, np.array(attribute.groups)[attribute.codes], weights
                ),
                debias=True,
            )
            for attribute in attributes
        ),
        key=lambda estimate: estimate.value,
    )

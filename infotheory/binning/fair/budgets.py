"""Budgets as a user states them, to fairness rows."""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from infotheory._groups import Comparison
from infotheory.binning.fair.problem import FairnessRow

__all__ = ["fairness_rows"]

_Budget = float | Mapping[str, float] | None


def fairness_rows(
    budget: _Budget,
    budget_per_feature: _Budget,
    comparisons: Sequence[Comparison],
    features: Sequence[str],
) -> tuple[FairnessRow, ...]:
    """List the limits on divergences between groups.

    Parameters
    ----------
    budget : float, mapping or None
        Largest sum over features for every comparison, or by attribute.
    budget_per_feature : float, mapping or None
        Largest divergence of every feature, or by feature.
    comparisons : sequence of Comparison
        Pairs of groups.
    features : sequence of str
        Names of the features.

    Returns
    -------
    tuple of FairnessRow
        Totals first.

    Raises
    ------
    ValueError
        If a budget is not a finite number of at least 0, or names an attribute or feature that is
        not there.
    """
    attributes = list(dict.fromkeys(c.attribute for c in comparisons))
    totals = _by_name("budget", budget, attributes, "protected attribute")
    single = _by_name("budget_per_feature", budget_per_feature, features, "feature")
    everything = tuple(range(len(features)))
    rows = [
        FairnessRow(k, everything, totals[c.attribute], f"budget ({c}, all features)")
        for k, c in enumerate(comparisons)
        if c.attribute in totals
    ]
    return (
        *rows,
        *(
            FairnessRow(k, (features.index(name),), limit, f"budget_per_feature ({c}, {name!r})")
            for k, c in enumerate(comparisons)
            for name, limit in single.items()
        ),
    )


def _by_name(what: str, budget: _Budget, names: Sequence[str], kind: str) -> dict[str, float]:
    if budget is None:
        return {}
    given: Mapping[str, Any] = (
        budget if isinstance(budget, Mapping) else dict.fromkeys(names, budget)
    )
    for name, value in given.items():
        if name not in names:
            message = f"{what} must name a {kind} ({', '.join(map(repr, names))}), got {name!r}"
            raise ValueError(message)
        if (
            isinstance(value, bool)
            or not isinstance(value, Real)
            or not 0.0 <= float(value) < np.inf
        ):
            message = f"{what} must be a finite number of nats, at least 0, got {value!r}"
            raise ValueError(message)
    return {name: float(value) for name, value in given.items()}

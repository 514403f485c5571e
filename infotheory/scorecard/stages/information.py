"""The stage of information values: on the rows of the bins, and on rows they have not seen."""

from collections.abc import Iterator, Mapping

import numpy as np

from infotheory._display import number_text
from infotheory.binning.features import FittedBinner
from infotheory.binning.prebins.separation import SEPARATING
from infotheory.inference import Estimate
from infotheory.scorecard.stages.steps import SelectionStep, StepNumber, judged

__all__ = ["AFTER_SELECTION", "by_information"]

AFTER_SELECTION = "after selection: bins were learnt on these rows"


def by_information(
    binner: FittedBinner,
    inside: Mapping[str, Estimate],
    outside: Mapping[str, Estimate],
    limit: float,
) -> Iterator[SelectionStep]:
    """Drop what tells too little of rows that its bins have not seen."""
    for name, cross_fitted in outside.items():
        yield SelectionStep(
            stage="information value",
            feature=name,
            decision="told",
            statistic="iv",
            threshold=np.nan,
            reason=AFTER_SELECTION,
            **StepNumber.of(inside[name])._asdict(),
        )

        enough = cross_fitted.value >= limit
        reason = (
            f"cross-fitted information value {cross_fitted.value:.4f} "
            f"{'at least' if enough else 'below'} {number_text(limit)}"
        )
        # Bins without rows have a weight of evidence too; they tell no rows apart.
        occupied = binner.tables_[name].without_groups().counts.any(axis=1)
        if np.ptp(binner.woe_[name][:-1][occupied]) == 0.0:
            enough, reason = False, "no two bins with rows differ: no information"
        elif binner.features_[name].status == SEPARATING and not enough:
            # What parts the classes may leave no bins to a fold: that is not too little to know.
            enough, reason = True, f"it separates the classes, though its {reason}"
        yield judged(
            "information value",
            name,
            cross_fitted,
            statistic="cross_fitted_iv",
            kept=bool(enough),
            threshold=limit,
            reason=reason,
        )

"""The last stage: tests of those selected on rows that took no part in anything."""

from collections.abc import Iterator, Sequence

import numpy as np

from infotheory._patterns import Patterns
from infotheory._validation import as_weights
from infotheory.binning.features import FittedBinner
from infotheory.inference import benjamini_hochberg
from infotheory.scorecard.links import MeanLink
from infotheory.scorecard.points.codes import warn_of_new_values
from infotheory.scorecard.regression.characteristic_tests import characteristic_tests
from infotheory.scorecard.regression.regressors import Regressor
from infotheory.scorecard.stages.samples import OtherRows, TargetReader
from infotheory.scorecard.stages.steps import SelectionStep
from infotheory.scorecard.stages.worth import kind_learnt

__all__ = ["by_holdout"]


def by_holdout(
    binner: FittedBinner,
    selected: Sequence[int],
    rows: OtherRows,
    reader: TargetReader,
    link: MeanLink,
) -> Iterator[SelectionStep]:
    """Tell the test of each of those selected against the others, without a decision."""
    codes = binner.bin_codes(rows.X)
    weights = as_weights(rows.sample_weight, len(codes), name="sample_weight of holdout")
    names = [list(binner.features_)[f] for f in selected]
    warn_of_new_values(binner, codes, weights, names=names)
    target = reader.read(rows.y, len(codes), of="holdout", weights=weights)
    patterns = Patterns.from_rows(
        codes[:, list(selected)], target, weights, kind=kind_learnt(binner)
    )
    # Weights of evidence were learnt on other rows: to these they are given.
    regressors = [Regressor(binner.woe_[name]) for name in names]
    tests = characteristic_tests(patterns, regressors, link=link)

    adjusted = benjamini_hochberg(np.array([test.p_value for test in tests], dtype=np.float64))
    for name, test, among_all in zip(names, tests, adjusted.tolist(), strict=True):
        yield SelectionStep(
            stage="hold-out",
            feature=name,
            decision="told",
            statistic="score",
            value=test.statistic,
            threshold=np.nan,
            reason="rows on which nothing was learnt: "
            f"p {test.p_value:.3g} against the others selected",
            degrees_of_freedom=test.degrees_of_freedom,
            p_value=test.p_value,
            adjusted_p_value=among_all,
        )

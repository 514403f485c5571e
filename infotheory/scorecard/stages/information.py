"""The stage of information values: on the rows of the bins, and on rows they have not seen."""

from collections.abc import Iterator, Mapping

import numpy as np

from infotheory._display import number_text
from infotheory._validation import check_integer
from infotheory.binning import PermutationResult
from infotheory.binning.features import FittedBinner
from infotheory.binning.prebins.separation import SEPARATING
from infotheory.inference import Estimate, benjamini_hochberg
from infotheory.scorecard.stages.steps import SelectionStep, StepNumber, judged
from infotheory.scorecard.stages.worth import kind_learnt, word_of_worth

__all__ = ["AFTER_SELECTION", "by_information", "by_permutation", "check_size_of_test"]

AFTER_SELECTION = "after selection: bins were learnt on these rows"
_STAGE = "information value"


def by_information(
    binner: FittedBinner,
    inside: Mapping[str, Estimate],
    outside: Mapping[str, Estimate],
    limit: float,
) -> Iterator[SelectionStep]:
    """Drop what tells too little of rows that its bins have not seen."""
    for name, cross_fitted in outside.items():
        yield _told(name, "iv", inside[name], AFTER_SELECTION)

        # The rows of the bins flatter them: the decision rests on the cross-fitted value alone.
        enough = cross_fitted.value >= limit
        reason = (
            f"cross-fitted {word_of_worth(kind_learnt(binner))} {cross_fitted.value:.4f} "
            f"{'at least' if enough else 'below'} {number_text(limit)}"
        )
        enough, reason = _decided(binner, name, enough, reason)
        yield judged(
            _STAGE,
            name,
            cross_fitted,
            statistic="cross_fitted_iv",
            kept=bool(enough),
            threshold=limit,
            reason=reason,
        )


def by_permutation(
    binner: FittedBinner,
    inside: Mapping[str, Estimate],
    outside: Mapping[str, Estimate],
    tests: Mapping[str, PermutationResult],
    alpha: float,
) -> Iterator[SelectionStep]:
    """Drop what learns no more from these rows than from a permuted target.

    A limit of the value keeps noise, whose value spreads about 0 as widely as the rows are few;
    the test keeps it in ``alpha`` of cases, however many the rows.
    """
    names = list(outside)
    p_values = np.array([tests[name].p_value for name in names], dtype=np.float64)
    for name, adjusted in zip(names, benjamini_hochberg(p_values).tolist(), strict=True):
        test = tests[name]
        yield _told(name, "iv", inside[name], AFTER_SELECTION)
        yield _told(name, "cross_fitted_iv", outside[name], "rows that the bins have not seen")

        enough = test.p_value <= alpha
        reason = (
            f"permuted targets teach as much in {test.p_value:.3g} of draws, "
            f"{'at most' if enough else 'above'} {number_text(alpha)}"
        )
        enough, reason = _decided(binner, name, enough, reason)
        low, high = test.interval()
        yield SelectionStep(
            stage=_STAGE,
            feature=name,
            decision="kept" if enough else "dropped",
            statistic="permutation",
            value=test.p_value,
            # A p-value of draws is a share, with the error of one.
            standard_error=float(np.sqrt(test.p_value * (1 - test.p_value) / test.n_permutations)),
            low=low,
            high=high,
            threshold=alpha,
            reason=reason,
            p_value=test.p_value,
            adjusted_p_value=adjusted,
        )


def check_size_of_test(n_permutations: int, alpha: float) -> None:
    """Raise ValueError where even the smallest p-value would be above ``alpha``."""
    check_integer("n_permutations", n_permutations)
    # The permuted targets and the true one: the smallest p-value is 1 / (1 + n_permutations).
    if alpha * (1 + n_permutations) < 1.0:
        message = (
            f"n_permutations must be at least {int(np.ceil(1.0 / alpha)) - 1} for p-values of "
            f"{number_text(alpha)}, got {n_permutations}; draw more, or state min_information_value"
        )
        raise ValueError(message)


def _told(name: str, statistic: str, estimate: Estimate, reason: str) -> SelectionStep:
    """Line of a number without a decision."""
    return SelectionStep(
        stage=_STAGE,
        feature=name,
        decision="told",
        statistic=statistic,
        threshold=np.nan,
        reason=reason,
        **StepNumber.of(estimate)._asdict(),
    )


def _decided(binner: FittedBinner, name: str, enough: bool, reason: str) -> tuple[bool, str]:
    """Overrule a decision where bins tell no rows apart, or all of them."""
    # Bins without rows have a weight of evidence too; they tell no rows apart.
    # Several classes have a column of it each.
    occupied = binner.features_[name].summed()[1].weight > 0.0
    if not np.ptp(binner.woe_[name][:-1][occupied], axis=0).any():
        return False, "no two bins with rows differ: no information"
    if binner.features_[name].status == SEPARATING and not enough:
        # What parts the classes may leave no bins to a fold: that is not too little to know.
        return True, f"it separates the classes, though: {reason}"
    return enough, reason

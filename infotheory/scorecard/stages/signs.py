"""The stage of signs: coefficients of the joint card that would turn characteristics round."""

from collections.abc import Iterator, Sequence

import numpy as np

from infotheory._patterns import Patterns
from infotheory._warnings import collect_warnings
from infotheory.binning.features import FittedBinner
from infotheory.inference import Estimate
from infotheory.scorecard.links import MeanLink
from infotheory.scorecard.points.signs import effective_sign, right_sign, wrong_signs
from infotheory.scorecard.regression.coefficients import stacked_covariance
from infotheory.scorecard.regression.logistic import LogisticFit
from infotheory.scorecard.regression.means import MeanFit, fit_patterns
from infotheory.scorecard.regression.regressors import Regressor, columns_of, in_rows, regressors_of
from infotheory.scorecard.stages.steps import SelectionStep, StepNumber
from infotheory.scorecard.stages.worth import kind_learnt

__all__ = ["by_signs"]


def by_signs(
    binner: FittedBinner,
    patterns: Patterns,
    names: Sequence[str],
    include: Sequence[str],
    link: MeanLink,
) -> Iterator[SelectionStep]:
    """Drop, one by one, the largest coefficient of the wrong sign until all others are right.

    ``patterns`` have one column a feature of the binner. Those to include stay, and are told of.
    ``link`` is that of a target that is a number.
    """
    places = {name: f for f, name in enumerate(binner.features_)}
    patterns, regressors = in_rows(patterns, regressors_of(binner, patterns))
    remaining = list(names)
    while remaining:
        features = [places[name] for name in remaining]
        used, columns = patterns.select(features), [regressors[f] for f in features]
        fit = _joint_fit(used, columns, link)
        turned = wrong_signs(fit.coefficients, effective_sign(binner))
        numbers = [StepNumber.of(estimate) for estimate in _coefficients(fit, used, columns)]

        free = [i for i in np.flatnonzero(turned).tolist() if remaining[i] not in include]
        if not free:
            for name, number, is_turned in zip(remaining, numbers, turned.tolist(), strict=True):
                yield _line(binner, fit, name, number, "told" if is_turned else "kept")
            return

        # What is largest is the farthest from the sign that it must have; the others may then turn.
        worst = max(free, key=lambda i: abs(numbers[i].value))
        yield _line(binner, fit, remaining.pop(worst), numbers[worst], "dropped")


def _joint_fit(
    patterns: Patterns, regressors: Sequence[Regressor], link: MeanLink
) -> LogisticFit | MeanFit:
    """Fit the card of some characteristics; its status is told in the log, not as a warning."""
    with collect_warnings():
        return fit_patterns(patterns.design(columns_of(regressors)), patterns, link)


def _coefficients(
    fit: LogisticFit | MeanFit, patterns: Patterns, regressors: Sequence[Regressor]
) -> list[Estimate]:
    variances = np.diag(stacked_covariance(fit, patterns, regressors))[1:]
    errors = np.sqrt(np.maximum(variances, 0.0)).tolist()
    return [
        Estimate(value=value, standard_error=error, method="regression on all selected")
        for value, error in zip(fit.coefficients.tolist(), errors, strict=True)
    ]


def _line(
    binner: FittedBinner,
    fit: LogisticFit | MeanFit,
    name: str,
    number: StepNumber,
    decision: str,
) -> SelectionStep:
    """Tell as a line of the log what the sign of a coefficient led to."""
    wanted = "negative" if right_sign(effective_sign(binner)) < 0 else "positive"
    turned = "its safer bins would get fewer points"
    if kind_learnt(binner) is not None:
        turned = "its points would turn the evidence of its bins round"
    words = {
        "kept": f"its coefficient beside the others, {number.value:+.3g}, is {wanted} or 0",
        "dropped": f"its coefficient beside the others, {number.value:+.3g}, must be {wanted}: "
        f"{turned}",
        "told": f"included on request; its coefficient, {number.value:+.3g}, must be {wanted}",
    }

    # Where the regression ended otherwise, a sign says less, and the line says so.
    note = "" if fit.status == "converged" else f"; the regression ended as {fit.status!r}"

    # A number without a decision was held against nothing; a decided one against a bound of 0.
    return SelectionStep(
        stage="sign",
        feature=name,
        decision=decision,
        statistic="coefficient",
        threshold=np.nan if decision == "told" else 0.0,
        reason=words[decision] + note,
        **number._asdict(),
    )

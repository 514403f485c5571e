"""The stage of signs: coefficients of the joint card that would turn characteristics round."""

from collections.abc import Iterator, Sequence

import numpy as np

from infotheory._patterns import Patterns
from infotheory._warnings import collect_warnings
from infotheory.binning.features import FittedBinner
from infotheory.inference import Estimate
from infotheory.scorecard.points.signs import right_sign, wrong_signs
from infotheory.scorecard.regression.coefficients import stacked_covariance
from infotheory.scorecard.regression.logistic import LogisticFit, fit_logistic
from infotheory.scorecard.regression.regressors import Regressor, columns_of, in_rows, regressors_of
from infotheory.scorecard.stages.steps import SelectionStep, StepNumber

__all__ = ["by_signs"]


def by_signs(
    binner: FittedBinner, patterns: Patterns, names: Sequence[str], include: Sequence[str]
) -> Iterator[SelectionStep]:
    """Drop, one by one, the largest coefficient of the wrong sign until all others are right.

    ``patterns`` have one column a feature of the binner. Those to include stay, and are told of.
    """
    places = {name: f for f, name in enumerate(binner.features_)}
    patterns, regressors = in_rows(patterns, regressors_of(binner, patterns))
    remaining = list(names)
    while remaining:
        features = [places[name] for name in remaining]
        used, columns = patterns.select(features), [regressors[f] for f in features]
        fit = _joint_fit(used, columns)
        turned = wrong_signs(fit.coefficients, binner.woe_sign)
        numbers = [StepNumber.of(estimate) for estimate in _coefficients(fit, used, columns)]

        free = [i for i in np.flatnonzero(turned).tolist() if remaining[i] not in include]
        if not free:
            for name, number, is_turned in zip(remaining, numbers, turned.tolist(), strict=True):
                yield _line(binner, fit, name, number, "told" if is_turned else "kept")
            return

        # What is largest is the farthest from the sign that it must have; the others may then turn.
        worst = max(free, key=lambda i: abs(numbers[i].value))
        yield _line(binner, fit, remaining.pop(worst), numbers[worst], "dropped")


def _joint_fit(patterns: Patterns, regressors: Sequence[Regressor]) -> LogisticFit:
    """Fit the card of some characteristics; its status is told in the log, not as a warning."""
    with collect_warnings():
        return fit_logistic(
            patterns.design(columns_of(regressors)),
            patterns.counts,
            squared_weights=patterns.squared_weights if patterns.weighted else None,
        )


def _coefficients(
    fit: LogisticFit, patterns: Patterns, regressors: Sequence[Regressor]
) -> list[Estimate]:
    variances = np.diag(stacked_covariance(fit, patterns, regressors))[1:]
    errors = np.sqrt(np.maximum(variances, 0.0)).tolist()
    return [
        Estimate(value=value, standard_error=error, method="logistic regression on all selected")
        for value, error in zip(fit.coefficients.tolist(), errors, strict=True)
    ]


def _line(
    binner: FittedBinner, fit: LogisticFit, name: str, number: StepNumber, decision: str
) -> SelectionStep:
    wanted = "negative" if right_sign(binner.woe_sign) < 0 else "positive"
    words = {
        "kept": f"its coefficient beside the others, {number.value:+.3g}, is {wanted} or 0",
        "dropped": f"its coefficient beside the others, {number.value:+.3g}, must be {wanted}: its "
        "safer bins would get fewer points",
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

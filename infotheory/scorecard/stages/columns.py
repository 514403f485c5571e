"""The stages of columns: correlation, variance inflation, and steps of a regression."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from infotheory._display import number_text
from infotheory._patterns import Patterns
from infotheory._typing import FloatArray
from infotheory.binning.features import FittedBinner
from infotheory.laws import two_sided_quantile
from infotheory.scorecard.links import LOGIT, MeanLink
from infotheory.scorecard.regression.coefficients import (
    inflation_of_correlation,
    weighted_correlation,
)
from infotheory.scorecard.regression.stepwise import Move, stepwise
from infotheory.scorecard.stages.information import AFTER_SELECTION
from infotheory.scorecard.stages.steps import SelectionStep, StepNumber

__all__ = ["EvidenceColumns"]

#: Distance of a squared correlation from 1 that counts as none.
ROUNDING = 1e-12


class EvidenceColumns:
    """Weights of evidence of characteristics by pattern, the better ones first."""

    def __init__(
        self,
        patterns: Patterns,
        woe: Sequence[FloatArray],
        names: list[str],
        link: MeanLink = LOGIT,
    ) -> None:
        self.patterns, self.woe, self.names, self.link = patterns, woe, names, link
        self.values = patterns.design(woe)
        self.correlations = weighted_correlation(self.values, patterns.mass)

    @classmethod
    def of(
        cls, binner: FittedBinner, patterns: Patterns, names: list[str], link: MeanLink
    ) -> "EvidenceColumns":
        """Take the columns of some characteristics of a binner, the better ones first."""
        places = [list(binner.features_).index(name) for name in names]
        return cls(patterns.select(places), [binner.woe_[name] for name in names], names, link)

    def by_correlation(self, limit: float) -> Iterator[SelectionStep]:
        """Drop what is too like a better one that stays."""
        unlike: list[int] = []
        for f, name in enumerate(self.names):
            if not unlike:
                unlike.append(f)
                yield SelectionStep(
                    stage="correlation",
                    feature=name,
                    decision="kept",
                    statistic="correlation",
                    value=np.nan,
                    threshold=limit,
                    reason="nothing better before it",
                )
                continue

            partner = unlike[int(np.argmax(np.abs(self.correlations[f, unlike])))]
            correlation = self._correlation(f, partner)
            alike = abs(correlation.value) > limit
            if not alike:
                unlike.append(f)
            yield SelectionStep(
                stage="correlation",
                feature=name,
                decision="dropped" if alike else "kept",
                statistic="correlation",
                threshold=limit,
                reason=f"correlation {correlation.value:.3f} with {self.names[partner]}, "
                f"{'above' if alike else 'within'} {number_text(limit)}",
                partner=self.names[partner],
                **correlation._asdict(),
            )

    def _correlation(self, first: int, second: int) -> StepNumber:
        """Correlation with its standard error and Fisher's interval; weights of evidence given."""
        mass, squared = self.patterns.mass, self.patterns.squared_mass
        share = mass / mass.sum()
        pair = self.values[:, [first, second]]
        centred = pair - share @ pair
        x, z = (centred / np.sqrt(share @ centred**2)).T

        r = float(np.clip(share @ (x * z), -1.0, 1.0))
        # The derivative of a correlation by a row, both columns in their standard deviations.
        influence = x * z - 0.5 * r * (x**2 + z**2)
        error = float(np.sqrt(squared @ influence**2) / mass.sum())

        # Fisher's transform has no value at 1: copies have no interval but the point.
        room = 1.0 - r * r
        if room <= ROUNDING:
            return StepNumber(r, 0.0, r, r)
        reach = two_sided_quantile(0.95) * error / room
        low, high = (float(np.tanh(np.arctanh(r) + side * reach)) for side in (-1.0, 1.0))
        return StepNumber(r, error, low, high)

    def by_inflation(self, names: Sequence[str], limit: float) -> Iterator[SelectionStep]:
        """Drop the most inflated column until none exceeds the limit."""
        within = [self.names.index(name) for name in names]
        # Each one that leaves lowers the inflation of the others: one at a time.
        while within:
            inflation = inflation_of_correlation(self.correlations[np.ix_(within, within)])
            # Of equals the last: the weaker.
            worst = len(within) - 1 - int(np.argmax(inflation[::-1]))
            if inflation[worst] <= limit:
                break

            value, n_columns = float(inflation[worst]), len(within)
            yield self._inflation_line(
                within.pop(worst),
                "dropped",
                value,
                limit,
                f"above {number_text(limit)}, the largest of {n_columns}",
            )

        for f, value in zip(within, inflation.tolist() if within else [], strict=True):
            yield self._inflation_line(f, "kept", value, limit, f"within {number_text(limit)}")

    def by_steps(
        self, names: Sequence[str], direction: Literal["forward", "backward", "both"], alpha: float
    ) -> Iterator[SelectionStep]:
        """Let characteristics enter and leave a regression by their tests."""
        places = [self.names.index(name) for name in names]
        moves = stepwise(
            self.patterns.select(places),
            [self.woe[f] for f in places],
            direction=direction,
            alpha=alpha,
            link=self.link,
        )
        for move in moves:
            yield _stepwise_line(move, names[move.feature], alpha)

    def _inflation_line(
        self, position: int, decision: str, value: float, limit: float, words: str
    ) -> SelectionStep:
        return SelectionStep(
            stage="variance inflation",
            feature=self.names[position],
            decision=decision,
            statistic="vif",
            value=value,
            threshold=limit,
            reason=f"variance inflation {value:.2f} {words}",
        )


def _stepwise_line(move: Move, name: str, alpha: float) -> SelectionStep:
    """Tell a step of the stepwise search as a line of the log."""
    test = move.test
    words = {
        "entered": f"adds most to those before it, p {test.p_value:.3g} below {number_text(alpha)}",
        "removed": f"adds least to the others, p {test.p_value:.3g} at least {number_text(alpha)}",
        "kept": f"stays with the others, p {test.p_value:.3g} against {number_text(alpha)}",
        "left out": f"adds too little to those selected, p {test.p_value:.3g} against "
        f"{number_text(alpha)}",
    }
    status = f"; the regression ended with status {move.status!r}"
    note = "" if move.status == "converged" else status

    return SelectionStep(
        stage="stepwise",
        feature=name,
        decision=move.decision,
        statistic=move.statistic,
        value=test.statistic,
        threshold=alpha,
        reason=f"{words[move.decision]} ({AFTER_SELECTION}){note}",
        degrees_of_freedom=test.degrees_of_freedom,
        p_value=test.p_value,
    )

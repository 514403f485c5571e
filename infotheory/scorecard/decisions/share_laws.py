"""Laws of a mean profit: of two shares of rows, and of amounts that differ by row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from infotheory._rows import Rows
from infotheory._shares import ShareLaw, share_law
from infotheory._typing import BoolArray, FloatArray
from infotheory.evidence.roc_laws import DifferenceLaw
from infotheory.inference import Estimate, kish_size, weighted_mean
from infotheory.laws import two_sided_quantile

__all__ = ["mean_profit", "profit_of_amounts", "reason_of_amounts"]

#: Rows that a part of the profit must rest on where amounts differ by row.
FEWEST_AMOUNTS = 40.0
#: A part that is expected to be less than this share of all money is too small to matter, unless
#: it makes this share of the variance.
_SMALL_PART = 0.05
_LARGE_PART = 0.5


def mean_profit(profit: FloatArray, rows: Rows, largest: tuple[float, float]) -> Estimate:
    """Mean profit of rows that each gain or lose one of a few amounts.

    ``largest`` are the gain and the loss of a row that are possible: what a part is worth that no
    row shows.
    """
    mean, error = (float(x) for x in weighted_mean(profit, rows.mass, rows.squared_mass))
    gains = _part(np.maximum(profit, 0.0), rows, largest[0])
    losses = _part(np.maximum(-profit, 0.0), rows, largest[1])

    # no row gains and loses: counts of a multinomial law fall as others rise
    (gain, gain_law), (loss, loss_law) = gains, losses
    shares = [x / law.amount if law.amount else 0.0 for x, law in (gains, losses)]
    others = (1.0 - shares[0]) * (1.0 - shares[1])
    correlation = -min(math.sqrt(shares[0] * shares[1] / others), 1.0) if others > 0.0 else -1.0
    law = DifferenceLaw((gain, 0.0), (loss, 0.0), gain_law, loss_law, correlation)
    return Estimate(value=mean, standard_error=error, method="mean over all applicants", law=law)


def _part(amounts: FloatArray, rows: Rows, largest: float) -> tuple[float, ShareLaw]:
    """Mean of amounts that are 0 in most rows, and its law: a mean amount times a share of rows."""
    occurs = amounts > 0.0
    # Rows without weight show no amount; where none shows one, the largest possible stands in.
    weights = rows.mass[occurs]
    mean, error = (float(x) for x in weighted_mean(amounts, rows.mass, rows.squared_mass))
    amount = float(np.average(amounts[occurs], weights=weights)) if weights.any() else largest
    share = mean / amount if amount else 0.0
    return mean, share_law(
        share, error / amount if amount else 0.0, rows.mass, rows.squared_mass, amount
    )


@dataclass(frozen=True, slots=True)
class SkewedMeanLaw:
    """Interval of the mean of skewed amounts: Student's ends, or Hall's where they lie outside.

    Hall's transformation takes the skewness out of the mean; alone it covers .92 to .95 where it
    shortens Student's interval on the side of the short tail.
    """

    degrees_of_freedom: float
    # Of the mean
    skewness: float
    name: str = field(default="Student, widened for skewness", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        t = two_sided_quantile(level, self.degrees_of_freedom)
        down, up = t, t
        bend = self.skewness / 3.0
        if bend != 0.0:
            low, high = (
                (float(np.cbrt(1.0 + 3.0 * bend * (q - bend / 2.0))) - 1.0) / bend for q in (t, -t)
            )
            down, up = max(t, low), max(t, -high)
        return value - down * standard_error, value + up * standard_error


def profit_of_amounts(
    profit: FloatArray, rows: Rows, approved: BoolArray, amounts: Sequence[FloatArray]
) -> Estimate:
    """Mean profit of rows whose amounts differ; ``amounts`` as in :func:`reason_of_amounts`.

    P. Hall, Journal of the Royal Statistical Society B 54 (1992) 221-228,
    doi:10.1111/j.2517-6161.1992.tb01876.x.
    """
    mean, error = (float(x) for x in weighted_mean(profit, rows.mass, rows.squared_mass))
    seen = _skewness(rows.mass, np.ones((1, profit.size)), (profit - mean)[None])

    # The few rows that lost something may not show how large losses are; all that could have lost
    # say more, as far as losses fall on them as on others. Half way between the two is what holds
    # for amounts of any tail, and for outcomes that depend on the amounts.
    chances, outcomes = np.empty((2, profit.size)), np.empty((2, profit.size))
    for decision, sign, (of_good, of_bad) in (
        (approved, 1.0, amounts[:2]),
        (~approved, -1.0, amounts[2:]),
    ):
        if decision.any():
            bad = float(np.average(rows.target[decision], weights=rows.mass[decision]))
            chances[:, decision] = [[1.0 - bad], [bad]]
            outcomes[:, decision] = sign * of_good[decision], -of_bad[decision]
    half_way = (seen + _skewness(rows.mass, chances, outcomes - mean)) / 2.0
    # Two that lean to different sides have a middle that says less than the rows show.
    law = SkewedMeanLaw(
        max(kish_size(float(rows.mass.sum()), float(rows.squared_mass.sum())) - 1.0, 1.0),
        seen if abs(seen) >= abs(half_way) else half_way,
    )
    return Estimate(value=mean, standard_error=error, method="mean over all applicants", law=law)


def _skewness(weights: FloatArray, chances: FloatArray, deviations: FloatArray) -> float:
    """Skewness of a weighted mean of rows, each of several outcomes with its chance.

    ``chances`` and ``deviations`` have shape (n_outcomes, n_rows).
    """
    second, third = (float(np.sum(chances * (weights * deviations) ** power)) for power in (2, 3))
    return third / second**1.5 if second > 0.0 else 0.0


def reason_of_amounts(
    rows: Rows, approved: BoolArray, amounts: Sequence[FloatArray], possible: tuple[bool, bool]
) -> str | None:
    """Say that a part of the profit rests on too few rows, of which a few large ones make most.

    ``amounts`` are the gain of a good, the loss of a bad, and the costs of refusing either, of each
    row whatever its outcome: so the gate does not rest on which rows turned out bad. ``possible``
    says whether anybody can be approved, and refused.
    """
    parts, mean, second = [], 0.0, 0.0
    for decision, (of_good, of_bad), may in (
        (approved, amounts[:2], possible[0]),
        (~approved, amounts[2:], possible[1]),
    ):
        if not may:
            continue

        # What no row shows may still occur, in one row of all: a decision, and an outcome of it.
        occurs = float(decision.any())
        inside = decision if occurs else np.ones_like(decision)
        mass = rows.mass[inside]
        bad = float(np.average(rows.target[inside], weights=mass))
        for share, sign, of_rows in (
            # Of the four amounts the first alone is a gain: refusals cost, whoever is refused.
            (1.0 - bad, 1.0 if decision is approved else -1.0, of_good),
            (bad, -1.0, of_bad),
        ):
            money = of_rows[inside] * mass
            least = 1.0 / money.size
            probability = max(share, least) * max(occurs, least)
            square = probability * float(money @ money)
            mean += sign * probability * float(money.sum())
            second += square

            if money.any():
                size = probability * kish_size(float(np.abs(money).sum()), float(money @ money))
                parts.append((probability * float(np.abs(money).sum()), square, size))

    total = sum(money for money, _, _ in parts)
    # Losses that are rare bear little money, and may still make most of the error.
    variance = second - mean**2 / kish_size(float(rows.mass.sum()), float(rows.squared_mass.sum()))
    matter = (
        size
        for money, square, size in parts
        if money >= _SMALL_PART * total or square >= _LARGE_PART * variance
    )
    fewest = min(matter, default=np.inf)
    if fewest >= FEWEST_AMOUNTS:
        return None

    return (
        f"amounts differ by row, and a part of the profit rests on {fewest:.2g} rows, "
        f"{FEWEST_AMOUNTS:.0f} are needed"
    )

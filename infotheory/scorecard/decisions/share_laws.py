"""Laws of shares of weighted rows, and of a mean profit made of two shares."""

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from infotheory._codes import common_weight
from infotheory._rows import Rows
from infotheory._typing import FloatArray
from infotheory.evidence.roc_laws import DifferenceLaw
from infotheory.inference import Estimate, kish_size, weighted_mean
from infotheory.laws import JeffreysLaw, two_sided_quantile

__all__ = ["WeightedShareLaw", "mean_profit", "share_of_rows"]


@dataclass(frozen=True, slots=True)
class WeightedShareLaw:
    """Jeffreys interval of ``amount`` times a share of weighted rows, whose size is estimated.

    The size shrinks by how much Student's quantile of its degrees of freedom is wider than the
    normal one (E. L. Korn and B. I. Graubard, Survey Methodology 24 (1998) 193-201).

    Parameters
    ----------
    size : float
        Number of rows that the share is worth.
    degrees_of_freedom : float
        Of that number; infinite without weights.
    amount : float
        What the quantity is in units of the share.
    """

    size: float
    degrees_of_freedom: float = math.inf
    amount: float = 1.0
    name: str = field(default="Jeffreys", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the standard error plays no part."""
        size = self.size
        if math.isfinite(self.degrees_of_freedom):
            t = float(stats.t.isf((1.0 - level) / 2.0, self.degrees_of_freedom))
            size *= (two_sided_quantile(level) / t) ** 2
        share = value / self.amount if self.amount else 0.0
        low, high = JeffreysLaw(size).interval(min(share, 1.0), standard_error, level)
        return self.amount * low, self.amount * high


def share_of_rows(flags: FloatArray, rows: Rows) -> Estimate:
    """Share of rows with a flag; there are rows with weight."""
    mean, error = (float(x) for x in weighted_mean(flags, rows.mass, rows.squared_mass))
    law = _share_law(mean, error, rows)
    return Estimate(value=mean, standard_error=error, method="weighted share", law=law)


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


def _part(amounts: FloatArray, rows: Rows, largest: float) -> tuple[float, WeightedShareLaw]:
    """Mean of amounts that are 0 in most rows, and its law: a mean amount times a share of rows."""
    occurs = amounts > 0.0
    weights = rows.mass[occurs]
    mean, error = (float(x) for x in weighted_mean(amounts, rows.mass, rows.squared_mass))
    amount = float(np.average(amounts[occurs], weights=weights)) if weights.any() else largest
    share = mean / amount if amount else 0.0
    return mean, _share_law(share, error / amount if amount else 0.0, rows, amount)


def _share_law(share: float, error: float, rows: Rows, amount: float = 1.0) -> WeightedShareLaw:
    """Law of a share, of the size that its error implies."""
    kish = kish_size(float(rows.mass.sum()), float(rows.squared_mass.sum()))
    # at a share of 0 or 1 the error is 0 and implies nothing: there the Kish size has to do
    implied = share * (1.0 - share) / error**2 if error > 0.0 and share < 1.0 else kish
    if common_weight(rows.mass, rows.squared_mass) is not None:
        return WeightedShareLaw(min(implied, kish), math.inf, amount)
    return WeightedShareLaw(min(implied, kish), max(kish - 1.0, 1.0), amount)

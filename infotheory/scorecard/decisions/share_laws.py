"""The law of a mean profit, made of two shares of rows."""

import math

import numpy as np

from infotheory._rows import Rows
from infotheory._shares import ShareLaw, share_law
from infotheory._typing import FloatArray
from infotheory.evidence.roc_laws import DifferenceLaw
from infotheory.inference import Estimate, weighted_mean

__all__ = ["mean_profit"]


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

"""What an encoding that was learnt before is worth on other rows, for targets of any kind."""

import numpy as np

from infotheory._typing import FloatArray
from infotheory.evidence.targets.estimates import varies_beyond_rounding
from infotheory.evidence.targets.kinds import units_of_mass
from infotheory.inference import Estimate
from infotheory.tables import EvidenceTable

__all__ = ["encoding_of_sums", "worth_of_encoding"]


def encoding_of_sums(table: EvidenceTable) -> FloatArray:
    """Logarithms of the sums of each bin against their margins; 0 for an empty bin.

    Half a row in each cell leaves logarithms unbiased to second order.
    """
    flat = table.without_groups()
    sums = flat.sums + 0.5 * units_of_mass(flat)
    margins = np.outer(sums.sum(axis=1), sums.sum(axis=0)) / sums.sum()
    return np.where(flat.weight[:, None] > 0.0, np.log(sums / margins), 0.0)


def worth_of_encoding(table: EvidenceTable, encoding: FloatArray) -> Estimate:
    """Divergence that an encoding, learnt on other rows, finds in these.

    Of a fraction and a rate ``sum (p - q) L`` with L = ln(p / q) as learnt, of a continuous target
    the covariance with the distances of means over the variance, of several classes the distance of
    the joint shares from independence times their learnt logarithms: what is estimated is the
    default divergence of the kind, without optimism. It is 0 on average for noise and below 0 for
    what has turned round.

    Parameters
    ----------
    table : EvidenceTable
        Sums of the other rows, a row of sums a code.
    encoding : ndarray of shape (n_bins,), of several classes (n_bins, n_classes)
        What was learnt: ``ln(p / q)``, distances of means, or logarithms against the margins.

    Returns
    -------
    Estimate
        With the standard error of the delta method, the encoding taken as given.

    Raises
    ------
    ValueError
        If a mass or all variance is lacking in these rows.
    """
    flat = table.without_groups()
    value, gradient = _worth_and_gradient(flat, encoding)

    products = flat.products
    if flat.kind == "multiclass":
        variance = float(np.sum(gradient**2 * products))
    else:
        # Products are an upper triangle: what is off the diagonal stands for two.
        first, second = np.triu_indices(gradient.shape[1])
        twice = np.where(first == second, 1.0, 2.0)
        variance = float(np.sum(twice * gradient[:, first] * gradient[:, second] * products))
    return Estimate(
        value=value,
        standard_error=float(np.sqrt(max(variance, 0.0))),
        method="contrast with an encoding that was learnt before",
    )


def _worth_and_gradient(flat: EvidenceTable, encoding: FloatArray) -> tuple[float, FloatArray]:
    """Value, and how much a unit of each sum of each bin moves it."""
    sums, totals = flat.sums, flat.sums.sum(axis=0)
    if flat.kind == "continuous":
        weight, total, squares = totals
        _check_totals(flat, has_all=varies_beyond_rounding(weight, total, squares))
        mean, varied = total / weight, encoding - sums[:, 0] @ encoding / weight
        variance = squares / weight - mean**2
        value = float(sums[:, 1] @ varied) / (weight * variance)

        # A row of target y moves it by ((y - m) varied - value (y - m)^2) / (W V): the numbers
        # before 1, y and y^2.
        gradient = np.stack(
            [
                -mean * varied - value * mean**2,
                varied + 2.0 * value * mean,
                np.full(len(sums), -value),
            ],
            axis=1,
        )
        return value, gradient / (weight * variance)

    if flat.kind == "multiclass":
        n_rows = totals.sum()
        joint, classes = sums / n_rows, totals / n_rows
        spread = 0.5 * (1.0 - classes @ classes)
        _check_totals(flat, has_all=bool(spread > 0.0))
        bins = joint.sum(axis=1)
        by_bin, by_class = encoding @ classes, bins @ encoding
        apart = float(bins @ by_bin)
        value = (float(np.sum(joint * encoding)) - apart) / spread

        # The derivatives of both means and of the spread, by one row of bin j and class c.
        gradient = encoding - by_bin[:, None] - by_class - float(np.sum(joint * encoding))
        gradient += 2.0 * apart + value * (classes - classes @ classes)
        return value, gradient / (spread * n_rows)

    # Two masses have a mean of the encoding each, and the worth is their difference.
    _check_totals(flat, has_all=bool((totals > 0.0).all()))
    means = sums.T @ encoding / totals
    gradient = (encoding[:, None] - means) * np.array([1.0, -1.0]) / totals
    return float(means[0] - means[1]), gradient


def _check_totals(flat: EvidenceTable, *, has_all: bool) -> None:
    if not has_all:
        message = (
            f"the other rows must vary in a {flat.kind} target, got the sums "
            f"{flat.sums.sum(axis=0).tolist()}; leave y out, or take more rows"
        )
        raise ValueError(message)

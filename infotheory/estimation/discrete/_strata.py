"""Counts of (x, y) within strata z, without empty cells, for mutual information."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from infotheory._codes import CodeArray, Codes, compress, joint_codes, sum_weights
from infotheory._typing import FloatArray, IntArray
from infotheory.estimation.discrete._entropy_methods import METHODS, shrinkage, shrunk_entropy
from infotheory.estimation.discrete._independence import (
    chi2_holds,
    independence_test_p_value,
    null_moments,
)
from infotheory.estimation.discrete._margins import Margins
from infotheory.estimation.discrete._samples import cell_counts
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, NoncentralChi2Law, NormalLaw

__all__ = [
    "Strata",
    "count_strata",
    "independence_p_value",
    "information_estimate",
    "information_law",
    "strata_p_value",
]

# Codes of (z, x, y) are products of numbers of levels, in 64 bits with room for a sum.
_MOST_CODES = 2**62

# Beyond it the non-central chi-square is normal to three digits.
_LARGE_STATISTIC = 1e4


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Non-empty cells of x, y and z, with the counts of their margins.

    Parameters
    ----------
    counts : ndarray of shape (n_cells,)
        Count of each cell, positive.
    margins : tuple of Codes
        For each cell its class in (x, z), in (y, z) and in z.
    sizes : tuple of int
        Number of levels of x, y and z that occur.
    """

    counts: FloatArray
    margins: tuple[Codes, Codes, Codes]
    sizes: tuple[int, int, int]

    @property
    def total(self) -> float:
        """Number of rows, or the effective size of a weighted sample."""
        return float(self.counts.sum())

    def margin_counts(self) -> list[FloatArray]:
        """Return the counts of the classes of (x, z), of (y, z) and of z."""
        return [sum_weights(margin, self.counts) for margin in self.margins]

    @property
    def degrees_of_freedom(self) -> int:
        """Sum over strata of (x levels - 1) (y levels - 1), of the levels that the stratum has."""
        rows, columns = self._levels()
        return int((rows - 1) @ (columns - 1))

    def _levels(self) -> tuple[IntArray, IntArray]:
        """Return the numbers of levels of x and of y that occur in each stratum."""
        xz, yz, z = self.margins
        x_levels, y_levels = (
            np.bincount(_holder(margin, z), minlength=z.n_levels) for margin in (xz, yz)
        )
        return x_levels, y_levels

    @property
    def has_whole_counts(self) -> bool:
        """Whether the counts are numbers of rows, which weights make of them by chance only."""
        return bool((self.counts == np.floor(self.counts)).all())

    def fixed_margins(self) -> Margins:
        """Return the counts of x and of y in the strata that test something.

        The classes of (x, z) and of (y, z) are numbered stratum after stratum.
        """
        x_counts, y_counts, _ = self.margin_counts()
        x_levels, y_levels = self._levels()
        return Margins.within(x_counts, x_levels, y_counts, y_levels, self.total)

    def information(self) -> tuple[float, float]:
        """Plug-in value in nats, and the variance of the pointwise information."""
        p = self.counts / self.total
        xz, yz, z = (
            sums[margin.index]
            for sums, margin in zip(self.margin_counts(), self.margins, strict=True)
        )
        pointwise = np.log(self.counts * z / (xz * yz))
        value = float(p @ pointwise)

        # Rounding alone makes it negative; the variance is about the mean before the cut.
        return max(0.0, value), float(p @ (pointwise - value) ** 2)


def _holder(margin: Codes, z: Codes) -> CodeArray:
    """For each class of a margin: the stratum that holds it."""
    holder = np.zeros(margin.n_levels, dtype=np.intp)
    holder[margin.index] = z.index
    return holder


def count_strata(x: Codes, y: Codes, z: Codes | None, weights: FloatArray | None = None) -> Strata:
    """Count the cells of x, y and z in one pass over the rows; without z there is one stratum."""
    if z is None:
        z = Codes(np.zeros(1, dtype=np.intp), 1)

    # Levels without rows are the usual reason for too many codes: leave them out, then look again.
    if x.n_levels * y.n_levels * z.n_levels > _MOST_CODES:
        x, y, z = compress(x), compress(y), compress(z)
    if x.n_levels * y.n_levels * z.n_levels > _MOST_CODES:
        message = (
            "the numbers of labels of x, y and z must multiply to less than 2**62, got "
            f"{x.n_levels}, {y.n_levels} and {z.n_levels}; merge rare labels"
        )
        raise ValueError(message)

    n_x, n_y = x.n_levels, y.n_levels
    joint = joint_codes(z, x, y) if z.n_levels > 1 else joint_codes(x, y)
    cells, counts = cell_counts(joint, weights)

    # The codes of the cells hold those of their margins as digits: no second pass over the rows.
    xz, of_y = np.divmod(cells, n_y)
    of_z, of_x = np.divmod(xz, n_x)
    margins = (
        compress(Codes(xz, z.n_levels * n_x)),
        compress(Codes(of_z * n_y + of_y, z.n_levels * n_y)),
        compress(Codes(of_z, z.n_levels)),
    )
    sizes = (
        compress(Codes(of_x, n_x)).n_levels,
        compress(Codes(of_y, n_y)).n_levels,
        margins[2].n_levels,
    )
    return Strata(counts, margins, sizes)


def information_estimate(
    strata: Strata, method: str, concentration: float, unit: float, *, inflation: float = 1.0
) -> Estimate:
    """Estimate of the conditional mutual information, with its test of independence and interval.

    ``inflation`` is the factor by which dependence of the rows enlarges the variance of the value.
    """
    plugin, variance = strata.information()
    variance *= inflation
    total, freedom = strata.total, strata.degrees_of_freedom
    error = float(np.sqrt(variance / total))

    value = plugin if method == "plugin" else _corrected(strata, method, concentration)
    law = (
        information_law(plugin, variance, total, freedom, unit)
        if method == "plugin"
        else NormalLaw(lower=0.0)
    )
    p_value = strata_p_value(strata, plugin)
    return Estimate(
        value=value / unit, standard_error=error / unit, method=method, p_value=p_value, law=law
    )


def strata_p_value(strata: Strata, plugin: float) -> float | None:
    """P-value of independence within the strata, from their plug-in information in nats.

    Given the margins where cells are sparse, by the chi-square law where they are well filled or
    rows have weights, whose tables do not follow the law of given margins.
    """
    margins = strata.fixed_margins() if strata.has_whole_counts else None
    if margins is None or margins.n_strata == 0 or chi2_holds(np.asarray(margins.excess)):
        return independence_p_value(plugin, strata.total, strata.degrees_of_freedom)
    statistic = 2.0 * strata.total * plugin
    return independence_test_p_value(statistic, margins, null_moments(margins))


def independence_p_value(value: float, total: float, freedom: int) -> float | None:
    """Likelihood-ratio test of independence; withheld with fewer rows than degrees of freedom."""
    if freedom == 0:
        return 1.0
    return None if total < freedom else float(stats.chi2.sf(2.0 * total * value, freedom))


def information_law(
    value: float, variance: float, total: float, freedom: int, unit: float
) -> IntervalLaw:
    """Scaled non-central chi-square with the mean ``I + df / 2N`` and variance of the plug-in.

    Near independence the pointwise information has variance 2 I and the scale is 1 / 2N, the
    classical law; elsewhere the ratio of the two variances stretches it.
    """
    if freedom == 0 or total < freedom or (variance == 0.0 and value > 0.0):
        return NormalLaw(lower=0.0)

    stretch = variance / (2.0 * value) if value > 0.0 else 1.0
    statistic = 2.0 * total * value / stretch
    if statistic > _LARGE_STATISTIC:
        return NormalLaw(lower=0.0, center=(value - freedom / (2.0 * total)) / unit)
    return NoncentralChi2Law(statistic, freedom / stretch, stretch / (2.0 * total * unit))


def _corrected(strata: Strata, method: str, concentration: float) -> float:
    """H(X,Z) + H(Y,Z) - H(X,Y,Z) - H(Z), each by the method, under one law of the joint table."""
    n_x, n_y, n_z = strata.sizes
    n_cells = n_x * n_y * n_z
    tables = [*strata.margin_counts(), strata.counts]
    alphabets = [n_x * n_z, n_y * n_z, n_z, n_cells]

    if method == "james_stein":
        # The margins of a table shrunk to the uniform law are shrunk by the same share.
        intensity = shrinkage(strata.counts, n_cells)
        values = [
            shrunk_entropy(table, size, intensity)
            for table, size in zip(tables, alphabets, strict=True)
        ]
    else:
        # Margins of a Dirichlet law are Dirichlet: a class has the pseudo-counts of its cells.
        values = [
            METHODS[method](table, size, concentration * n_cells / size)[0]
            for table, size in zip(tables, alphabets, strict=True)
        ]

    return values[0] + values[1] - values[2] - values[3]

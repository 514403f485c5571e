"""Counts of (x, y) within strata z, without empty cells, for mutual information."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from infotheory._codes import CodeArray, Codes, compress, count_codes, joint_codes, sum_weights
from infotheory._later import stats
from infotheory._typing import FloatArray, IntArray
from infotheory._warnings import warn
from infotheory.estimation.discrete._cell_kinds import FEW_CELLS, CellKinds
from infotheory.estimation.discrete._entropy_methods import METHODS, shrinkage, shrunk_entropy
from infotheory.estimation.discrete._independence import (
    NullMoments,
    chi2_holds,
    independence_test_p_value,
    null_moments,
)
from infotheory.estimation.discrete._many_rows import CountedPairs, count_pairs
from infotheory.estimation.discrete._margins import Margins
from infotheory.estimation.discrete._samples import are_alike, cell_counts
from infotheory.estimation.discrete._sparse_interval import (
    SparseTableLaw,
    TableCells,
    sparse_table_law,
    why_withheld,
)
from infotheory.estimation.discrete._weighted_independence import (
    WeightedCells,
    WeightsOfCells,
    weighted_independence_p_value,
)
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, NoncentralChi2Law, NormalLaw, WithheldLaw

__all__ = [
    "Strata",
    "corrected_information",
    "count_strata",
    "independence_p_value",
    "information_estimate",
    "information_law",
    "information_score",
    "up_to",
]

# Codes of (z, x, y) are products of numbers of levels, in 64 bits with room for a sum.
_MOST_CODES = 2**62

# A pointwise information that varies less than this, squared, is constant but for rounding.
_ROUNDING = 1e-24

# A difference of entropies that is no more than this share of them is their rounding.
_CANCELLED = 1e-15

# Weighted tables have no law of sparse cells: with 2 to 4 effective rows a cell their intervals
# covered .80 to .90, with 1.2 of them .01 to .12, and with 5 and more .88 to .97.
_ROWS_A_WEIGHTED_CELL = 5

# Near a function a level of which cells expect less than one such row hides what is off it: there
# .61 to .85 of intervals held (12 geometric labels, correlations .7 and .9).
_ROWS_IN_EACH_WEIGHTED_CELL = 1.0

_NO_TEST = (
    "cells expect fewer than 10 effective rows, and weights of cells are no products of weights of "
    "the labels, or cells are too many: the p-value of independence is None; merge rare levels"
)

# Beyond it the non-central chi-square is normal to three digits.
_LARGE_STATISTIC = 1e4


@dataclass(frozen=True, eq=False)
class Strata:
    """Non-empty cells of x, y and z, with the counts of their margins."""

    # Count of each cell, positive, of shape (n_cells,)
    counts: FloatArray
    # For each cell its class in (x, z), in (y, z) and in z
    margins: tuple[Codes, Codes, Codes]
    # Counts of those classes
    margin_counts: list[FloatArray]
    # Number of levels of x, y and z that occur
    sizes: tuple[int, int, int]
    # What lies behind the counts where rows have different weights: they are then no numbers of
    # rows, but weights scaled to sum to the effective size, as their squares do
    weights: WeightsOfCells | None = None

    @property
    def weighted(self) -> bool:
        """Whether rows have different weights."""
        return self.weights is not None

    @cached_property
    def total(self) -> float:
        """Number of rows, or the effective size of a weighted sample."""
        return float(self.counts.sum())

    @cached_property
    def kinds(self) -> CellKinds:
        """Cells by their count and those of their margins; each by itself where rows weigh."""
        find = CellKinds.each if self.weighted else CellKinds.of
        return find(self.counts, self.margins, self.margin_counts)

    @property
    def degrees_of_freedom(self) -> int:
        """Sum over strata of (x levels - 1) (y levels - 1), of the levels that the stratum has."""
        rows, columns = self._levels()
        return int((rows - 1) @ (columns - 1))

    @property
    def n_testing_cells(self) -> int:
        """Number of cells, empty ones too, of the strata that hold two levels of both."""
        rows, columns = self._levels()
        return int(rows @ np.where((rows > 1) & (columns > 1), columns, 0))

    def weighted_cells(self) -> WeightedCells | None:
        """Return the cells of the strata that test something where rows have weights, or None."""
        if self.weights is None:
            return None
        xz, yz, z = self.margins
        x_levels, y_levels = self._levels()
        tests = ((x_levels > 1) & (y_levels > 1))[z.index]
        margins = [compress(Codes(code.index[tests], code.n_levels)) for code in (xz, yz, z)]
        return WeightedCells(
            self.counts[tests],
            self.weights.squares[tests],
            self.weights.rows[tests],
            (margins[0], margins[1], margins[2]),
        )

    def _levels(self) -> tuple[IntArray, IntArray]:
        """Return the numbers of levels of x and of y that occur in each stratum."""
        xz, yz, z = self.margins
        if z.n_levels == 1:
            return np.array([xz.n_levels]), np.array([yz.n_levels])
        x_levels, y_levels = (
            np.bincount(_holder(margin, z), minlength=z.n_levels) for margin in (xz, yz)
        )
        return x_levels, y_levels

    def fixed_margins(self) -> Margins:
        """Return the counts of x and of y in the strata that test something.

        The classes of (x, z) and of (y, z) are numbered stratum after stratum.
        """
        x_counts, y_counts, _ = self.margin_counts
        x_levels, y_levels = self._levels()
        return Margins.within(x_counts, x_levels, y_counts, y_levels, self.total)

    def all_cells(self, margins: Margins) -> TableCells:
        """Return the cells of the strata that test something, empty ones too, in one order."""
        if margins.n_strata == 1 and margins.n_cells > FEW_CELLS and self.margins[2].n_levels == 1:
            return TableCells.of_kinds(self.kinds, margins)
        xz, yz, z = self.margins
        x_levels, y_levels = self._levels()
        tests = (x_levels > 1) & (y_levels > 1)
        sizes = np.where(tests, x_levels * y_levels, 0)

        # Classes are numbered stratum after stratum: the first of its stratum has place 0 there.
        row = xz.index - (np.cumsum(x_levels) - x_levels)[z.index]
        column = yz.index - (np.cumsum(y_levels) - y_levels)[z.index]
        place = (np.cumsum(sizes) - sizes)[z.index] + row * y_levels[z.index] + column

        counts, of_tests = np.zeros(sizes.sum()), tests[z.index]
        counts[place[of_tests]] = self.counts[of_tests]
        return TableCells(counts, margins.expected(), np.ones_like(counts))

    def information(self) -> tuple[float, float]:
        """Plug-in value in nats, and the variance of the pointwise information."""
        kinds = self.kinds
        mass = kinds.mass

        # Empty cells have what is left of the expected counts: nothing where all are occupied.
        x_levels, y_levels = self._levels()
        if int(x_levels @ y_levels) > self.counts.size:
            mass += max(0.0, kinds.excess)
        value = mass / self.total

        # A row of weight w moves the value by w times its term: squares say how far.
        rows = kinds.copies * kinds.counts if self.weights is None else self.weights.squares
        return value, float(rows / self.total @ (kinds.pointwise - value) ** 2)


def _holder(margin: Codes, z: Codes) -> CodeArray:
    """For each class of a margin: the stratum that holds it."""
    holder = np.zeros(margin.n_levels, dtype=np.intp)
    holder[margin.index] = z.index
    return holder


def count_strata(
    x: Codes,
    y: Codes,
    z: Codes | None,
    weights: FloatArray | None = None,
    *,
    counts: FloatArray | None = None,
) -> Strata:
    """Count the cells of x, y and z in one pass over the rows; without z there is one stratum.

    ``counts`` are the numbers of rows that the given ones stand for, which all differ.
    """
    if z is None:
        pairs = count_pairs(x, y) if weights is counts is None else None
        if pairs is not None:
            return _strata_of_pairs(pairs)
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
    cells, sums = cell_counts(joint, weights) if counts is None else count_codes(joint, counts)

    # The codes of the cells hold those of their margins as digits: no second pass over the rows.
    # numpy divides by one number faster than it divides with rest.
    xz = cells // n_y
    of_y = cells - n_y * xz
    if z.n_levels == 1:
        first, second = compress(Codes(xz, n_x)), compress(Codes(of_y, n_y))
        one = Codes(np.zeros(cells.size, dtype=np.intp), 1)
        margins, sizes = (first, second, one), (first.n_levels, second.n_levels, 1)
    else:
        of_z = xz // n_x
        margins = (
            compress(Codes(xz, z.n_levels * n_x)),
            compress(Codes(of_z * n_y + of_y, z.n_levels * n_y)),
            compress(Codes(of_z, z.n_levels)),
        )
        sizes = (
            compress(Codes(xz - n_x * of_z, n_x)).n_levels,
            compress(Codes(of_y, n_y)).n_levels,
            margins[2].n_levels,
        )
    # Equal weights are none, once they are scaled; scaling may leave a rounding.
    if weights is None or are_alike(weights):
        whole = np.rint(sums)
        return Strata(whole, margins, [sum_weights(code, whole) for code in margins], sizes)

    # Rows of weight 0 are none.
    rows = count_codes(joint, (weights > 0.0).astype(np.float64))[1]
    squares = count_codes(joint, (weights * (weights.sum() / (weights @ weights))) ** 2)[1]
    of_margins = [sum_weights(code, sums) for code in margins]
    return Strata(sums, margins, of_margins, sizes, WeightsOfCells(rows, squares))


def _strata_of_pairs(pairs: CountedPairs) -> Strata:
    """Take counted cells for the only stratum."""
    # No cell need write down that it is in the one class there is.
    one = Codes(np.broadcast_to(np.intp(0), pairs.counts.shape), 1)
    n_rows = np.array([pairs.x_counts.sum()])
    return Strata(
        pairs.counts,
        (pairs.x, pairs.y, one),
        [pairs.x_counts, pairs.y_counts, n_rows],
        (pairs.x.n_levels, pairs.y.n_levels, 1),
    )


def information_estimate(
    strata: Strata,
    method: str,
    concentration: float,
    unit: float,
    *,
    inflation: float = 1.0,
    loss: float = 0.0,
    knows_labels: bool = False,
    other_test: Callable[[], float] | None = None,
) -> Estimate:
    """Estimate of the conditional mutual information, with its test of independence and interval.

    ``inflation`` is the factor by which dependence of the rows enlarges the variance of the value,
    ``loss`` what it takes off the value in the mean, in nats. Where no labels exist but those that
    were seen, no end exceeds what they can tell. ``other_test`` returns a p-value that
    the test has to reach, too, where cells are sparse.
    """
    plugin, variance = strata.information()
    variance *= inflation
    value = plugin if method == "plugin" else corrected_information(strata, method, concentration)

    sparse = _SparseTable.of(strata)
    if sparse is None:
        # Margins that wander take the loss off, which varies as a quadratic form of their shares.
        variance += strata.total * 2.0 * loss**2 / max(1, min(strata.sizes[:2]) - 1)
        error = float(np.sqrt(variance / strata.total))
        p_value = independence_p_value(strata, plugin)
        law = _law_of_filled_cells(strata, plugin + loss, variance, unit, p_value)
    else:
        p_value = sparse.p_value(plugin)
        # Tables with these margins have no memory: a series must pass its own test as well.
        if other_test is not None and not sparse.has_filled_cells:
            p_value = max(p_value, other_test())
        error, law = sparse.error_and_law(plugin, variance, p_value, unit, inflation, loss)

    if isinstance(law, WithheldLaw):
        warn(law.reason, WithheldWarning)
    elif p_value is None:
        warn(_NO_TEST, WithheldWarning)
    if knows_labels:
        law = up_to(law, float(np.log(min(strata.sizes[:2]))) / unit)
    return Estimate(
        value=value / unit,
        standard_error=error / unit,
        method=method,
        p_value=p_value,
        law=law,
    )


def up_to(law: IntervalLaw, largest: float) -> IntervalLaw:
    """Return the law of an information that cannot exceed a value: no other labels exist."""
    if isinstance(law, SparseTableLaw):
        return replace(law, chi2=replace(law.chi2, upper=largest), nearness=0.0)
    if isinstance(law, NormalLaw | NoncentralChi2Law):
        return replace(law, upper=largest)
    return law


def information_score(strata: Strata) -> tuple[float, float, float]:
    """Plug-in information in nats, its delta-method error and p-value, where none needs more.

    The rows have no weights. An interval costs more than all three.
    """
    plugin, variance = strata.information()
    sparse = _SparseTable.of(strata)
    p_value = independence_p_value(strata, plugin) if sparse is None else sparse.p_value(plugin)
    return plugin, float(np.sqrt(variance / strata.total)), np.nan if p_value is None else p_value


@dataclass(frozen=True, slots=True, eq=False)
class _SparseTable:
    """What the laws of sparse tables need: margins, all cells, and moments under independence."""

    margins: Margins
    moments: NullMoments
    cells: TableCells | None
    has_filled_cells: bool

    @classmethod
    def of(cls, strata: Strata) -> Self | None:
        """Take up the strata where their cells are sparse, or nearly empty in spite of much data.

        None where they are neither, or rows have weights: their counts do not follow these laws.
        """
        if strata.weighted:
            return None
        margins = strata.fixed_margins()
        filled = margins.n_strata > 0 and bool(chi2_holds(np.asarray(margins.excess)))

        # Half a row a cell is less than any interval takes, and what more cells say costs too much.
        few = margins.n_cells <= 2 * margins.n_rows
        cells = strata.all_cells(margins) if few else None
        if filled and cells is not None and not cells.nearly_empty.any():
            return None
        return cls(margins, null_moments(margins), cells, filled)

    def p_value(self, plugin: float) -> float:
        """P-value of independence from the plug-in information in nats."""
        statistic = 2.0 * self.margins.n_rows * plugin
        if self.has_filled_cells:
            return float(stats.chi2.sf(statistic, self.margins.degrees_of_freedom))
        return independence_test_p_value(statistic, self.margins, self.moments)

    def error_and_law(
        self,
        plugin: float,
        variance: float,
        p_value: float,
        unit: float,
        inflation: float,
        loss: float,
    ) -> tuple[float, IntervalLaw]:
        """Return the standard error of the plug-in in nats, and the law of its interval."""
        reason = why_withheld(self.margins, self.moments)
        if self.cells is None or self.margins.n_strata == 0:
            error = float(np.sqrt(variance / self.margins.n_rows))
            return error, WithheldLaw(reason or "")

        error, law = sparse_table_law(
            plugin,
            self.cells,
            self.margins,
            self.moments,
            p_value,
            unit,
            inflation=inflation,
            loss=loss,
        )
        return error, law if reason is None else WithheldLaw(reason)


def _law_of_filled_cells(
    strata: Strata,
    plugin: float,
    variance: float,
    unit: float,
    p_value: float | None,
) -> IntervalLaw:
    """Law of the interval where cells are filled, or rows have weights, whatever the method.

    At and near independence no method has a normal law, nor an error to first order.
    """
    reason = _why_filled_cells_have_no_interval(strata, plugin, variance)
    if reason is not None:
        return WithheldLaw(reason)
    total = strata.total
    cells = strata.weighted_cells()
    if cells is not None:
        return cells.law(plugin, variance, total, p_value, unit)
    return information_law(plugin, variance, total, strata.degrees_of_freedom, unit)


def _why_filled_cells_have_no_interval(
    strata: Strata, plugin: float, variance: float
) -> str | None:
    """Reason why no interval is known to hold, for rows with weights; None where one is."""
    total = strata.total
    if strata.degrees_of_freedom == 0:
        return (
            f"weighted rows of effective size {total:.4g} for 0 degrees of freedom: no interval of "
            "the information is known to hold; merge rare levels"
        )

    # Effective rows, not the cells, decide: a gate that looks at the outcome would not cover.
    n_cells = strata.n_testing_cells
    if strata.weighted and total < _ROWS_A_WEIGHTED_CELL * n_cells:
        return (
            f"weighted rows of effective size {total:.4g} for {n_cells} cells: the interval of the "
            f"information needs {_ROWS_A_WEIGHTED_CELL} effective rows a cell; merge rare levels"
        )

    cells = strata.weighted_cells()
    if cells is not None and cells.least_effective_rows < _ROWS_IN_EACH_WEIGHTED_CELL:
        return (
            f"a cell expects {cells.least_effective_rows:.2g} effective rows of different weights: "
            "the interval of the information needs 1 in every cell; merge rare levels"
        )
    if plugin > 0.0 and variance <= _ROUNDING * plugin**2:
        return "all weighted rows have one pointwise information: how much it may vary is not known"
    return None


def independence_p_value(strata: Strata, value: float) -> float | None:
    """Likelihood-ratio test of independence; withheld with fewer rows than degrees of freedom.

    For cells that are filled, and for weighted rows.
    """
    freedom = strata.degrees_of_freedom
    if freedom == 0:
        return 1.0

    cells = strata.weighted_cells()
    if cells is not None:
        return weighted_independence_p_value(cells, strata.total, value)
    if strata.total < freedom:
        return None
    return float(stats.chi2.sf(2.0 * strata.total * value, freedom))


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


def corrected_information(strata: Strata, method: str, concentration: float) -> float:
    """H(X,Z) + H(Y,Z) - H(X,Y,Z) - H(Z), each by the method, under one law of the joint table."""
    n_x, n_y, n_z = strata.sizes
    n_cells = n_x * n_y * n_z
    tables = [*strata.margin_counts, strata.counts]
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

    information = values[0] + values[1] - values[2] - values[3]
    # Where a law is independent its entropies cancel, and what they leave is their rounding.
    is_rounding = abs(information) <= _CANCELLED * sum(map(abs, values))
    return 0.0 if is_rounding else information

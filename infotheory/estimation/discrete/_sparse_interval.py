"""Intervals of the information of sparse tables.

The plug-in of a sparse table has a bias and a variance that depend on how the counts of its cells
deviate from independence. A mixing law of the ratios of true to expected counts, estimated from all
cells at once, says what they are.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Self

import numpy as np
from scipy import special

from infotheory._codes import Codes, sum_weights
from infotheory._compiled import compiled
from infotheory._later import stats
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.estimation.discrete._cell_kinds import FEW_CELLS, CellKinds
from infotheory.estimation.discrete._entropy_laws import largest_unseen_share, most_added
from infotheory.estimation.discrete._independence import NullMoments, takes_few_values
from infotheory.estimation.discrete._margins import Margins, distinct_counts
from infotheory.laws import NoncentralChi2Law

__all__ = ["SparseTableLaw", "TableCells", "sparse_table_law", "why_withheld"]

# Nodes of the mixing law: ratio 0, and these many from the least positive one to beyond the largest
# that was seen.
_N_POSITIVE_RATIOS = 31
_LEAST_RATIO = 0.01
_STEPS = 200

# Where margins are uneven rare cells deviate otherwise than frequent ones: cells have laws of their
# own by what is expected of them, each of so many cells. What these change may be wrong by a half:
# with a third intervals of 20 x 20 Zipf labels covered .905 to .94 of 200 samples. Of fewer cells
# two laws are better than one: with one 12 x 12 geometric and steep Zipf labels covered .92.
_CELLS_A_LAW, _MOST_LAWS = 100, 8
_CELLS_OF_TWO_LAWS = 120
_UNEVEN = 8.0
_FEWEST_FREQUENT, _FEWEST_RARE = 10, 60
_DOUBT = 0.5

# Many cells are bundled by count and by expected count, in steps of 3 % that the nodes, further
# apart, do not notice.
_BUNDLES_A_UNIT = 32.0

# Below and above these means the biases of n log n and n log^2 n have closed forms.
_SMALLEST_MEAN, _LARGEST_MEAN, _N_MEANS = 1e-5, 400.0, 800

# Rows whose cells are too few to show their ratios, as many as Agresti and Coull add to a share.
_PSEUDO_ROWS = 4.0

# A level of most rows leaves the other cells nearly empty, though their mean may be large. Tables
# whose median is .6 to 1 are covered in .93 to 1.
_LEAST_MEDIAN = 0.5

# Fewer rows than these are few, whatever the table; and off the largest level, unless it is small.
_FEWEST_ROWS = 12
_FEW_ROWS = 10

# Levels of 1 to 5 rows that have no row a cell, of all levels of a variable, beside so many cells
# in each stratum: what mixing laws say of cells that expect less than a row is a guess, and its
# errors add up. Zipf labels of which half have shares of their own (50 or 60 samples each): 3000
# beside two labels with .07 of such levels were covered .88, beside five with .2 .68 and with .4
# .48, 1000 beside three with .4 .73, 300 beside two with .3 .87; with .06 and less .95 to .98.
_MOST_SPARSE_LEVELS, _MANY_CELLS = 0.06, 400

# A cell with less than this share of what is expected is a near-empty one.
_NEARLY_EMPTY = 0.25


class TableCells(NamedTuple):
    """All cells of the strata that test something, those of many cells that are alike once."""

    counts: FloatArray
    expected: FloatArray
    # How many cells have these two
    copies: FloatArray

    @classmethod
    def of_kinds(cls, kinds: CellKinds, margins: Margins) -> Self:
        """Put the empty cells of one table beside the kinds of its occupied ones."""
        (x, x_copies), (y, y_copies) = distinct_counts(margins.x), distinct_counts(margins.y)
        expected = np.multiply.outer(x, y / margins.sizes[0]).ravel()
        pair = np.searchsorted(x, kinds.x) * y.size + np.searchsorted(y, kinds.y)
        empty = np.multiply.outer(x_copies, y_copies).ravel() - np.bincount(
            pair, weights=kinds.copies, minlength=expected.size
        )
        some = empty > 0.0
        return cls(
            np.concatenate([kinds.counts, np.zeros(np.count_nonzero(some))]),
            np.concatenate([kinds.expected, expected[some]]),
            np.concatenate([kinds.copies, empty[some]]),
        )

    @property
    def rows(self) -> FloatArray:
        """Rows in all cells of a kind."""
        return np.asarray(self.copies * self.counts)

    @property
    def rows_in_nearly_empty(self) -> float:
        """Rows in cells that hold less than a quarter of what independence expects."""
        return float(self.rows[self.nearly_empty].sum())

    @property
    def nearly_empty(self) -> BoolArray:
        """Which cells hold less than a quarter of what independence expects."""
        return np.asarray(self.counts < _NEARLY_EMPTY * self.expected)


@dataclass(frozen=True, slots=True)
class SparseTableLaw:
    """Scaled non-central chi-square with the mean and variance of a sparse table's plug-in."""

    # The law that is inverted
    chi2: NoncentralChi2Law
    # Of independence: where its test of size `(1 - level) / 2` does not reject, the lower end is 0
    p_value: float
    # Information, and what it is without its bias, in the unit of the interval
    plugin: float
    center: float
    # One nat in that unit
    nat: float
    # Rows in cells with less than a quarter of what is expected of them, and all rows
    rows_in_nearly_empty: float
    n_rows: float
    # Information over the largest that the margins allow: 1 for a function
    nearness: float
    # How much the upper end is raised for biases that no chi-square has
    raised: float
    # What strata of few rows a cell may tell at most, which their rows do not show
    untold: float
    name: str = field(default="sparse table", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = self.chi2.interval(value, standard_error, level)
        of_untold = max(self.center, 0.0)
        of_untold += math.hypot(max(0.0, high - of_untold), self.untold)
        high = min(max(high + self.raised, of_untold), self.chi2.upper)
        of_unseen = self._high_of_unseen_labels(level)
        if of_unseen > high:
            # Labels that were seen tell more than they do in the sample: twelve of which four have
            # .3 expected rows each were covered .90 from the plug-in on.
            high = of_unseen + max(0.0, self.center - self.plugin)
        if self.p_value > 0.5 - level / 2.0:
            return 0.0, high
        return min(low, self._low_of_a_near_function(level)), high

    def _high_of_unseen_labels(self, level: float) -> float:
        """Upper end where a label of both that no row has may tell as much as the others do.

        All rows of a function of even labels have one pointwise information, and no variance: six
        labels that equal six others, beside a pair of .01, were covered .865 (200 rows).
        """
        # A function has no rows that could lower it: all of what the level leaves is above.
        of_functions = 2.0 * self.nearness - 1.0
        if of_functions <= 0.0:
            return 0.0
        share = largest_unseen_share(self.n_rows, 1.0 - level)
        return self.plugin + self.nat * of_functions * most_added(share, self.plugin / self.nat, 1)

    def _low_of_a_near_function(self, level: float) -> float:
        """Lower end where rows off a deterministic relation may be more than those that were seen.

        Each of them takes about the center, and the logarithm of their share, off the information.
        """
        # With 2 % of the rows off a function the interval without this end covered .63 to .85.
        seen = self.rows_in_nearly_empty
        share = float(special.betaincinv(seen + 1.0, self.n_rows - seen, 0.5 + level / 2.0))
        excess = share - seen / self.n_rows
        return max(0.0, self.center - excess * (self.center - self.nat * math.log(share)))


def why_withheld(margins: Margins, moments: NullMoments) -> str | None:
    """Reason why no interval is known to hold for tables with these margins, None where one is.

    The margins decide, never the cells: an interval that depends on what it is to cover whether it
    is shown does not cover.
    """
    n_rows, n_cells = int(margins.sizes.sum()), margins.n_cells
    # Rows of strata that test nothing say nothing: of 200 strata of four rows the intervals never
    # covered.
    if n_rows < 0.9 * margins.n_rows:
        return (
            f"{n_rows} of {margins.n_rows} rows lie where both variables have two levels: the "
            "interval of the information needs 90 % of them; merge rare levels"
        )

    # With one row a cell intervals covered .89 to .995, with half a row .70 to .99.
    if n_rows < max(2 * n_cells, _FEWEST_ROWS):
        return (
            f"{n_rows} rows for {n_cells} cells: the interval of the information needs 2 rows a "
            f"cell, and {_FEWEST_ROWS}; merge rare levels"
        )

    # One level of most rows makes a mean of 2 rows a cell that other cells do not have: with .9 of
    # the rows in one of 8 levels intervals covered .63 to .68.
    median = margins.median_expected
    if median < _LEAST_MEDIAN:
        return (
            f"half of the {n_cells} cells expect at most {median:.2g} rows: the interval of the "
            f"information needs {_LEAST_MEDIAN}; merge rare levels"
        )

    sparse = margins.share_of_sparse_levels
    if n_cells > _MANY_CELLS * margins.n_strata and sparse > _MOST_SPARSE_LEVELS:
        return (
            f"{sparse:.2g} of the levels of a variable have few rows, less than one a cell: the "
            f"interval of the information of {n_cells} cells needs {_MOST_SPARSE_LEVELS} or less; "
            "merge rare levels"
        )

    off_the_largest = margins.rows_off_the_largest
    if off_the_largest < min(_FEW_ROWS, n_rows / 4) or takes_few_values(moments):
        return (
            f"{off_the_largest} of {n_rows} rows off the largest level, or levels of few rows "
            "each: so few tables have these margins that no interval of the information is known "
            "to hold; merge rare levels"
        )

    return None


def sparse_table_law(
    plugin: float,
    cells: TableCells,
    margins: Margins,
    moments: NullMoments,
    p_value: float,
    unit: float,
    *,
    inflation: float = 1.0,
    loss: float = 0.0,
) -> tuple[float, SparseTableLaw]:
    """Return the standard error of the plug-in in nats, and the law of the interval.

    ``inflation`` is the factor by which dependence of the rows enlarges the variance, ``loss`` what
    it takes off the plug-in in the mean.
    """
    n_rows = float(margins.n_rows)
    bundled = _bundles(cells)
    occupied = cells.counts > 0.0
    n, logs = cells.rows[occupied], np.log(cells.counts[occupied] / cells.expected[occupied])

    ratios = _ratios(float(logs.max(initial=0.0)))
    law = _mixing_law(bundled, ratios)
    of_ratios, of_squares = _bias_sums(bundled, ratios, law)
    groups, doubt = _groups(bundled), 0.0
    if groups.max() > 0:
        by_group = [
            _of_group(bundled, ratios, groups == group) for group in range(groups.max() + 1)
        ]
        refined, of_squares = (sum(part[i] for part in by_group) for i in range(2))
        doubt = _DOUBT * (refined - of_ratios) / n_rows
        of_ratios = refined
    bias = (0.5 * float(moments.mean) + of_ratios) / n_rows
    center = plugin - bias
    above_0 = max(center, 0.0)

    # The plug-in variance of the pointwise information is 3 times too large at independence.
    noise = margins.degrees_of_freedom / margins.n_cells * of_squares / n_rows
    spread = float(n @ logs**2) / n_rows - noise - center**2
    first = max(0.0, spread) * inflation / n_rows

    # What is left at independence is of second order; few exceptional rows may hide elsewhere.
    second = 0.25 * float(moments.variance) / n_rows**2
    share = min(1.0, first / second) if second > 0.0 else 1.0
    hidden = float(law @ (np.log(np.maximum(ratios, 0.05)) - above_0) ** 2)
    variance = first + second * (1.0 + share) + share * _PSEUDO_ROWS * hidden / n_rows**2
    variance += doubt**2 + 2.0 * loss**2 / margins.fewest_free_levels
    center, above_0 = center + loss, max(center + loss, 0.0)

    stretch = n_rows * variance / max(bias + 2.0 * above_0, 1e-12)
    nearness = min(1.0, above_0 / _largest_information(margins))
    raised = _raised_within_strata(margins, bias, nearness, above_0)
    # Dependence may be in them alone: of one stratum of .9 of the rows, independent, beside five in
    # which nine cells are nearly functions intervals covered .47 and .55 (2 and 4 rows a cell).
    untold = 0.0
    if margins.n_strata > 1:
        untold = margins.share_of_thin_strata * _largest_information(margins)
    chi2 = NoncentralChi2Law(
        2.0 * n_rows * (plugin + loss) / stretch,
        max(2.0 * n_rows * bias / stretch, 1e-3),
        stretch / (2.0 * n_rows * unit),
    )
    return math.sqrt(variance), SparseTableLaw(
        chi2,
        p_value,
        plugin / unit,
        center / unit,
        1.0 / unit,
        cells.rows_in_nearly_empty,
        n_rows,
        nearness,
        raised / unit,
        untold / unit,
    )


def _raised_within_strata(
    margins: Margins, bias: float, nearness: float, information: float
) -> float:
    """How much the upper end is raised where there are several strata.

    The negative bias of functions is none that a chi-square has, and of few rows in each of many
    strata the mixing law does not know an empty cell, which functions have, from a rare one. Strata
    whose rows show few of their labels have a share of the information of the others.
    """
    # Within 25 and 50 strata functions were covered .53 to .88, copulas of .95 within rare strata
    # .56. Of one table the upper end allows for a label that was not seen.
    if margins.n_strata == 1:
        return 0.0
    of_functions = -margins.fewest_degrees / (2.0 * float(margins.n_rows))
    not_known = max(0.0, bias - of_functions) * max(0.0, 2.0 * nearness - 1.0) ** 2
    return max(0.0, -bias) + not_known + margins.share_of_thin_strata * information


def _largest_information(margins: Margins) -> float:
    """Smaller one of the entropies of both variables within the strata, in nats."""
    of_strata = special.xlogy(margins.sizes, margins.sizes).sum()
    of_x, of_y = (float(of_strata - special.xlogy(n, n).sum()) for n in (margins.x, margins.y))
    return max(min(of_x, of_y) / margins.n_rows, 1e-12)


def _bundles(cells: TableCells) -> TableCells:
    """Bundle many cells of nearly one expected count and of one count, in this order."""
    if cells.copies.sum() <= FEW_CELLS:
        return cells
    steps = np.rint(_BUNDLES_A_UNIT * np.log(cells.expected)).astype(np.int64)
    counts = cells.counts.astype(np.int64)
    width = int(counts.max()) + 1
    keys, bundle = np.unique((steps - steps.min()) * width + counts, return_inverse=True)
    bundles = Codes(bundle, keys.size)
    copies = sum_weights(bundles, cells.copies)
    expected = sum_weights(bundles, cells.copies * cells.expected) / copies
    return TableCells((keys % width).astype(np.float64), expected, copies)


def _ratios(largest_log: float) -> FloatArray:
    """Nodes of the mixing laws."""
    largest = 1.2 * max(3.0, math.exp(largest_log))
    positive = np.geomspace(_LEAST_RATIO, largest, _N_POSITIVE_RATIOS)
    positive[np.abs(np.log(positive)).argmin()] = 1.0
    return np.concatenate([[0.0], positive])


def _mixing_law(cells: TableCells, ratios: FloatArray) -> FloatArray:
    """Law of the ratios under which counts are Poisson with mean ratio times expected.

    The nonparametric maximum likelihood (Kiefer and Wolfowitz 1956, doi:10.1214/aoms/1177728066) by
    EM (Laird 1978, doi:10.1080/01621459.1978.10480103).
    """
    # Poisson probabilities but for what all ratios share, the largest of a cell being 1.
    log_likelihood = special.xlogy(cells.counts[:, None], ratios) - cells.expected[:, None] * ratios
    likelihood = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    return _em(likelihood, cells.copies, _STEPS)


def _groups(cells: TableCells) -> IntArray:
    """Group of each cell by what is expected of it; one group of tables with even margins."""
    copies = cells.copies
    n_cells = float(copies.sum())
    n_groups = min(int(n_cells / _CELLS_A_LAW), _MOST_LAWS)
    if n_cells >= _CELLS_OF_TWO_LAWS:
        n_groups = max(2, n_groups)

    # Bundles lie in order, those that expect the same by their counts: their means differ by
    # rounding, which must not decide which of them a group takes up.
    few = n_cells <= FEW_CELLS
    order = np.argsort(cells.expected, kind="stable") if few else np.arange(copies.size)
    ranks = np.empty(order.size)
    ranks[order] = (np.cumsum(copies[order]) - 0.5 * copies[order]) / n_cells

    low, middle, high = (float(cells.expected[np.abs(ranks - q).argmin()]) for q in (0.1, 0.5, 0.9))
    if n_groups < 2 or high < _UNEVEN * low:
        # A frequent label of either side has few cells and most rows: what these say of ratios is
        # wrong for the many rare ones, and without a law of their own intervals covered .78 to .9.
        frequent = cells.expected > _UNEVEN * middle
        sizes = float(copies[frequent].sum()), float(copies[~frequent].sum())
        few = sizes[0] < _FEWEST_FREQUENT or sizes[1] < _FEWEST_RARE
        return np.zeros(order.size, dtype=np.intp) if few else frequent.astype(np.intp)

    groups = np.minimum(ranks * n_groups, n_groups - 1).astype(np.intp)
    return np.unique(groups, return_inverse=True)[1]


def _of_group(cells: TableCells, ratios: FloatArray, members: BoolArray) -> tuple[float, float]:
    """Add up the biases of some cells, by a mixing law of their own."""
    part = TableCells(*(of[members] for of in cells))
    return _bias_sums(part, ratios, _mixing_law(part, ratios))


@compiled
def _em(likelihood: FloatArray, copies: FloatArray, n_steps: int) -> FloatArray:
    """Weights of the columns under which the rows are likeliest, from equal ones."""
    n_cells, n_nodes = likelihood.shape
    weights = np.full(n_nodes, 1.0 / n_nodes)
    gains = np.empty(n_nodes)
    total = copies.sum()
    for _ in range(n_steps):
        gains[:] = 0.0
        for k in range(n_cells):
            evidence = 0.0
            for g in range(n_nodes):
                evidence += likelihood[k, g] * weights[g]

            scale = copies[k] / evidence
            for g in range(n_nodes):
                gains[g] += likelihood[k, g] * scale
        weights *= gains / total
    return weights


def _bias_sums(cells: TableCells, ratios: FloatArray, law: FloatArray) -> tuple[float, float]:
    """Sum the biases of ``n log n`` and of ``n log^2 (n / expected)`` over the cells.

    The first is less the same at ratio 1.
    """
    log_expected = np.log(cells.expected)
    at_independence = _poisson_biases(cells.expected)[0]
    one, two = -at_independence, np.zeros_like(at_independence)
    for ratio, weight in zip(ratios.tolist(), law.tolist(), strict=True):
        if weight <= 1e-9 or ratio == 0.0:
            continue
        first, second = _poisson_biases(cells.expected * ratio)
        one = one + weight * first
        two += weight * (second - 2.0 * log_expected * first)
    return float(cells.copies @ one), float(cells.copies @ two)


def _poisson_biases(means: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``E n log n - l log l`` and ``E n log^2 n - l log^2 l`` for Poisson n of positive means l."""
    nodes, first, second = _table_of_biases()
    logs = np.log(means)
    near_0, far = means < _SMALLEST_MEAN, means >= _LARGEST_MEAN
    one, two = np.interp(logs, nodes, first), np.interp(logs, nodes, second)
    one = np.where(near_0, -means * logs, np.where(far, 0.5 + 1.0 / (12.0 * means), one))
    tail = 1.0 + logs + logs / (6.0 * means)
    return one, np.where(near_0, -means * logs**2, np.where(far, tail, two))


@lru_cache(maxsize=1)
def _table_of_biases() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Logarithms of means, and both biases at them."""
    nodes = np.linspace(math.log(_SMALLEST_MEAN), math.log(_LARGEST_MEAN), _N_MEANS)
    means = np.exp(nodes)
    n = np.arange(int(_LARGEST_MEAN + 12.0 * math.sqrt(_LARGEST_MEAN) + 30.0))
    logs = np.log(np.maximum(n, 1))
    law = stats.poisson.pmf(n, means[:, None])
    return nodes, law @ (n * logs) - means * nodes, law @ (n * logs**2) - means * nodes**2

"""The test of independence of rows with weights, which may depend on the labels."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy import special

from infotheory._codes import Codes, sum_weights
from infotheory._later import stats
from infotheory._typing import FloatArray, IntArray
from infotheory.laws import IntervalLaw, NoncentralChi2Law, NormalLaw

__all__ = ["WeightedCells", "WeightedTableLaw", "WeightsOfCells", "weighted_independence_p_value"]

# Where every cell expects this many effective rows, first-order laws of the statistic hold.
_FILLED = 10.0

# Where the mean lies at most this many deviations beyond that to first order, laws that know of it
# hold too, though a few cells expect less. With .1 they rejected .06 of independent labels (2 x 2
# to 12 x 12, 150 settings), with .03 .052.
_SMALL_EXCESS = 0.02

# Up to this excess the same law is right in the middle, though not in its tail: where it says that
# nothing is to be seen, no tables are drawn, which takes most of the time of a matrix of pairs.
_MODERATE_EXCESS, _NOTHING_TO_SEE = 0.5, 0.2

# Random tables whose statistics have the mean and variance of a gamma law; the seed makes p-values
# repeat.
_TABLES = 199
_SEED = 20261130

# Of more cells no tables are drawn, which would take 100 MB; the law of squared weights alone
# rejects .35 of independent labels (70 x 70, three rows a cell), so that there is no test.
_MOST_DRAWN_CELLS = 16_384

# Weights by cell that are products of weights by label would differ more by chance this rarely.
_NOT_BY_CHANCE = 0.01

# Weights by label are found by turns, each of which makes one margin right.
_MOST_TURNS = 200
_CLOSE = 1e-9

# Beyond this distance from independence the normal law is that of the non-central chi-square.
_FAR = 50.0

# Weights whose squares vary less than this around their fit do not vary.
_ROUNDING = 1e-9


class WeightsOfCells(NamedTuple):
    """Rows of some weight in each cell, and their squared weights."""

    rows: FloatArray
    squares: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class WeightedCells:
    """Cells of (x, y) that rows with weights fall in, within strata z of two levels of both.

    Weights are scaled so that they and their squares have one sum, Kish's size of all rows.
    """

    # Weight of each cell, positive, of shape (n_cells,)
    counts: FloatArray
    # Squared weights of each cell
    squares: FloatArray
    # Number of rows of each cell
    rows: FloatArray
    # For each cell its class in (x, z), in (y, z) and in z, numbered stratum after stratum
    margins: tuple[Codes, Codes, Codes]

    def p_value(self, statistic: float) -> float | None:
        """P-value of independence from ``2 N I``, N the Kish size; None where none is known.

        The law of the statistic to first order follows from the squared weights of the cells (Rao
        and Scott 1984, doi:10.1214/aos/1176346391, second order: mean and variance of a sum of
        chi-squares). Where cells expect few effective rows, that of the margins' squared weights
        stands as long as the mean hardly lies beyond it, or it is .2 or more; elsewhere it is the
        larger of that and of one from random tables with the rows and the weights of each label.
        """
        if self.least_effective_rows >= _FILLED:
            return self._first_order_p_value(statistic)
        if self._n_cells > _MOST_DRAWN_CELLS or not self._weights_are_products():
            return None

        mean, spread = self._moments_of_margins()
        excess = self._mean_excess()
        in_deviations = excess / np.sqrt(2.0 * spread)
        if in_deviations <= _MODERATE_EXCESS:
            p_value = self._p_value_of_moments(statistic, mean, spread, excess)
            if in_deviations <= _SMALL_EXCESS or p_value >= _NOTHING_TO_SEE:
                return p_value
        return max(
            self._p_value_of_moments(statistic, mean, spread, 0.0), self._drawn_p_value(statistic)
        )

    @property
    def least_effective_rows(self) -> float:
        """Least number of effective rows that a cell expects, from the margins alone."""
        (x_size, y_size, size), (x_of, y_of) = self._effective_sizes(), self._strata_of_levels()
        least = [np.full(size.size, np.inf) for _ in range(2)]
        np.minimum.at(least[0], x_of, x_size)
        np.minimum.at(least[1], y_of, y_size)
        return float((least[0] * least[1] / size).min())

    @property
    def degrees_of_freedom(self) -> int:
        """Sum over the strata of (x levels - 1) (y levels - 1)."""
        x_levels, y_levels = self._levels()
        return int((x_levels - 1) @ (y_levels - 1))

    @property
    def _n_cells(self) -> int:
        """Number of cells, empty ones too."""
        x_levels, y_levels = self._levels()
        return int(x_levels @ y_levels)

    def _levels(self) -> tuple[IntArray, IntArray]:
        """Numbers of levels of x and of y in each stratum."""
        x_of, y_of = self._strata_of_levels()
        n_strata = self.margins[2].n_levels
        return np.bincount(x_of, minlength=n_strata), np.bincount(y_of, minlength=n_strata)

    def _strata_of_levels(self) -> tuple[IntArray, IntArray]:
        """For each class of (x, z) and of (y, z) its stratum."""
        xz, yz, z = self.margins
        holders = []
        for margin in (xz, yz):
            holder = np.zeros(margin.n_levels, dtype=np.intp)
            holder[margin.index] = z.index
            holders.append(holder)
        return holders[0], holders[1]

    def _effective_sizes(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Kish sizes of the levels of x, of y and of the strata."""
        sizes = [
            sum_weights(margin, self.counts) ** 2 / sum_weights(margin, self.squares)
            for margin in self.margins
        ]
        return sizes[0], sizes[1], sizes[2]

    def _first_order_p_value(self, statistic: float) -> float:
        """Chi-square with the mean and the variance that the squared weights of cells imply.

        To first order ``2 N I`` is a sum of squares of ``p_xy - p_x p_y``, whose covariances are
        sums of squared weights: with shares p and q of the levels and s of squared weights, its
        mean is the sum of ``s (1/p - 1) (1/q - 1)`` over the cells.
        """
        xz, yz, z = self.margins
        x, y, total = (sum_weights(margin, self.counts) for margin in self.margins)
        of_z = total[z.index]
        p, q = x[xz.index] / of_z, y[yz.index] / of_z

        s = self.squares / of_z
        mean = float((s * (1.0 / p - 1.0) * (1.0 / q - 1.0)).sum())

        # Half the variance is a quadratic form in s, whose kernel is the product of one of rows and
        # one of columns; both are 1 off the diagonal and (1/p - 1)^2 on it.
        x_extra, y_extra = 1.0 / p**2 - 2.0 / p, 1.0 / q**2 - 2.0 / q
        of_x, of_y = sum_weights(xz, s)[xz.index], sum_weights(yz, s)[yz.index]
        kernel = sum_weights(z, s)[z.index] + of_x * x_extra + of_y * y_extra
        spread = float((s * (kernel + s * x_extra * y_extra)).sum())

        # Sparse cells raise the mean (Williams 1976, doi:10.1093/biomet/63.1.33), here of counts of
        # the weight that a row of the level has.
        scale = spread / mean * (1.0 + self._mean_excess() / mean)
        return float(special.chdtrc(mean**2 / spread, statistic / scale))

    def _p_value_of_moments(
        self, statistic: float, mean: float, spread: float, excess: float
    ) -> float:
        """Chi-square with the mean and half the variance that squared weights of the margins imply.

        Those of the cells would hold what the test is to find: a few dependent rows in a cell of
        two rare labels raise the mean without bound. ``excess`` is what sparse cells add to it.
        """
        scale = spread / mean * (1.0 + excess / mean)
        return float(special.chdtrc(mean**2 / spread, statistic / scale))

    def law(
        self, plugin: float, variance: float, total: float, p_value: float | None, unit: float
    ) -> "WeightedTableLaw":
        """Law of the interval of the plug-in in nats, whose pointwise terms have a variance.

        A non-central chi-square with the bias of the plug-in and, whichever is larger, the scale
        that squared weights of the margins give at independence and that of the delta method.
        """
        freedom = max(self._bias(), _ROUNDING)
        mean, spread = self._moments_of_margins()
        scale = max(spread / mean, variance / (2.0 * plugin) if plugin > 0.0 else 0.0)
        statistic = 2.0 * total * plugin / scale
        law: IntervalLaw
        if statistic > freedom / scale + _FAR:
            law = NormalLaw(lower=0.0, center=(plugin - freedom / (2.0 * total)) / unit)
        else:
            law = NoncentralChi2Law(statistic, freedom / scale, scale / (2.0 * total * unit))
        # Without a test the lower end may not say that there is dependence.
        return WeightedTableLaw(law, 1.0 if p_value is None else p_value)

    def _bias(self) -> float:
        """Bias of ``2 N I``: degrees of freedom, each in the weight of the rows of its cell."""
        xz, yz, z = self.margins
        x, y, total = (
            sum_weights(margin, self.squares) / sum_weights(margin, self.counts)
            for margin in self.margins
        )
        x_of, y_of = self._strata_of_levels()
        of_levels = [np.bincount(of, unit, total.size) for of, unit in ((x_of, x), (y_of, y))]

        # An empty cell would have rows of the weights of its labels.
        occupied = self.squares / self.counts - x[xz.index] * y[yz.index] / total[z.index]
        everywhere = of_levels[0] * of_levels[1] / total
        return float(occupied.sum() + (everywhere - of_levels[0] - of_levels[1] + total).sum())

    def _moments_of_margins(self) -> tuple[float, float]:
        """Mean of ``2 N I`` and half its variance where weights are products of those of labels."""
        x_of, y_of = self._strata_of_levels()
        counts, squares = (
            [sum_weights(margin, sums) for margin in self.margins]
            for sums in (self.counts, self.squares)
        )

        # Both are sums over the cells of products of one term of rows and one of columns, as in the
        # law of the cells; squared weights that are products too let each side be summed alone.
        unit = squares[2] / counts[2]
        mean, spread = unit.copy(), unit**2
        for of, level_counts, level_squares in zip(
            (x_of, y_of), counts[:2], squares[:2], strict=True
        ):
            p, q = level_counts / counts[2][of], level_squares / squares[2][of]
            ratio = q / p
            mean *= np.bincount(of, ratio, unit.size) - 1.0
            spread *= 1.0 + np.bincount(of, ratio**2 * (1.0 - 2.0 * p), unit.size)
        return float(mean.sum()), float(spread.sum())

    def _mean_excess(self) -> float:
        """Mean of ``2 N I`` less that to first order, all strata together."""
        x_of, y_of = self._strata_of_levels()
        counts, squares = (
            [sum_weights(margin, sums) for margin in self.margins]
            for sums in (self.counts, self.squares)
        )
        n_strata = counts[2].size

        # Reciprocals of the expected counts of levels, in units of the weight of their rows.
        reciprocals = [
            np.bincount(
                of,
                (level_squares / squares[2][of]) ** 2 / (level_counts / counts[2][of]) ** 3,
                minlength=n_strata,
            )
            for of, level_counts, level_squares in zip(
                (x_of, y_of), counts[:2], squares[:2], strict=True
            )
        ]
        unit, size = squares[2] / counts[2], counts[2] ** 2 / squares[2]
        return float((unit * (reciprocals[0] - 1.0) * (reciprocals[1] - 1.0) / (6.0 * size)).sum())

    def _weights_by_level(self) -> tuple[FloatArray, FloatArray]:
        """Weights of the levels of x and of y whose products give the weights of both margins."""
        xz, yz, _ = self.margins
        x_counts, y_counts = sum_weights(xz, self.counts), sum_weights(yz, self.counts)
        of_x, of_y = np.ones(x_counts.size), np.ones(y_counts.size)
        for _turn in range(_MOST_TURNS):
            before = of_y
            of_x = x_counts / sum_weights(xz, self.rows * of_y[yz.index])
            of_y = y_counts / sum_weights(yz, self.rows * of_x[xz.index])
            if np.abs(of_y / before - 1.0).max() < _CLOSE:
                break
        return of_x, of_y

    def _fitted_weights(self) -> FloatArray:
        """Weight of a row of each cell that the weights of its labels give."""
        xz, yz, _ = self.margins
        of_x, of_y = self._weights_by_level()
        return np.asarray(of_x[xz.index] * of_y[yz.index])

    def _weights_are_products(self) -> bool:
        """Tell whether the weights of cells differ from products by no more than rows within them.

        Elsewhere independent labels are not independent among the rows as they are, and tables with
        their margins are not what independence leaves.
        """
        fitted = self._fitted_weights()
        ratio = self.counts / (self.rows * fitted)
        between = float((self.rows * (ratio - 1.0) ** 2).sum())
        within = float((self.squares / fitted**2 - self.rows * ratio**2).sum())

        x_of, y_of = self._strata_of_levels()
        n_rows, n_cells = float(self.rows.sum()), self.rows.size
        n_parameters = x_of.size + y_of.size - self.margins[2].n_levels
        free, left = n_cells - n_parameters, n_rows - n_cells
        if free <= 0 or between <= _ROUNDING * n_rows:
            return True
        if left <= 0 or within <= _ROUNDING * n_rows:
            return False
        ratio_of_variances = (between / free) / (within / left)
        return bool(special.fdtrc(free, left, ratio_of_variances) >= _NOT_BY_CHANCE)

    def _drawn_p_value(self, statistic: float) -> float:
        """Upper tail of the gamma law with the moments of the statistic of random tables.

        Rows are placed at random given both margins. They take the weights of their labels, and
        what else weights vary by is drawn from a gamma law of the same variance.
        """
        rng = np.random.default_rng(_SEED)
        xz, yz, z = self.margins
        of_x, of_y = self._weights_by_level()
        sides = [
            (np.rint(sum_weights(margin, self.rows)).astype(np.int64), weights, strata)
            for margin, weights, strata in zip(
                (xz, yz), (of_x, of_y), self._strata_of_levels(), strict=True
            )
        ]
        # The same tables whichever variable is called x.
        sides.sort(key=lambda side: (side[0].tolist(), side[1].tolist()))

        fitted = of_x[xz.index] * of_y[yz.index]
        noise = float((self.squares / fitted**2).sum() / self.rows.sum()) - 1.0
        drawn = np.zeros(_TABLES)
        for stratum, size in enumerate(sum_weights(z, self.counts)):
            (x_rows, x_weights), (y_rows, y_weights) = (
                (rows[strata == stratum], weights[strata == stratum])
                for rows, weights, strata in sides
            )
            placed = stats.random_table(x_rows, y_rows)
            tables = placed.rvs(_TABLES, method="patefield", random_state=rng)
            weights = _with_noise(tables.astype(np.float64), noise, rng)
            drawn += 2.0 * size * _informations(weights * np.outer(x_weights, y_weights))

        mean, variance = drawn.mean(), drawn.var(ddof=1)
        if variance <= _ROUNDING * mean**2:
            return 1.0
        return float(special.gammaincc(mean**2 / variance, statistic * mean / variance))


def weighted_independence_p_value(cells: WeightedCells, total: float, value: float) -> float | None:
    """P-value of independence of the information in nats of rows with some effective size."""
    freedom = cells.degrees_of_freedom
    if freedom == 0:
        return 1.0
    return None if total < freedom else cells.p_value(2.0 * total * value)


@dataclass(frozen=True, slots=True)
class WeightedTableLaw:
    """Interval of the information of rows with weights, which agrees with the test."""

    # The law that is inverted
    inverted: IntervalLaw
    # Of independence: where its test of size `(1 - level) / 2` does not reject, the lower end is 0
    p_value: float
    name: str = field(default="weighted table", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = self.inverted.interval(value, standard_error, level)
        return (0.0 if self.p_value > 0.5 - level / 2.0 else low), high


def _with_noise(tables: FloatArray, noise: float, rng: np.random.Generator) -> FloatArray:
    """Draw sums of weights of mean 1 and some variance, of as many rows as the tables count."""
    if noise <= _ROUNDING:
        return tables
    # The sum over n rows of a gamma law of shape 1/v is one of shape n/v.
    drawn = noise * rng.gamma(np.maximum(tables, 1.0) / noise)
    return np.where(tables > 0.0, drawn, 0.0)


def _informations(weights: FloatArray) -> FloatArray:
    """Mutual information in nats of each of many tables of the same shape, whatever its total."""
    totals = weights.sum(axis=(1, 2), keepdims=True)
    x, y = weights.sum(axis=2, keepdims=True), weights.sum(axis=1, keepdims=True)
    # A level whose rows weigh nothing but for rounding has empty cells only.
    expected = x * y / totals
    ratio = np.divide(weights, expected, out=np.ones_like(weights), where=weights > 0.0)
    return np.asarray(np.maximum((weights * np.log(ratio)).sum(axis=(1, 2)) / totals.ravel(), 0.0))

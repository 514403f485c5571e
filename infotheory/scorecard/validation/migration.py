"""Migration of the same accounts between two dates: rates, mobility, direction, symmetry."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from infotheory._codes import common_weight
from infotheory._display import html_frame, html_repr, short_repr
from infotheory._later import optimize
from infotheory._levels import level_text
from infotheory._row_order import warn_of_row_order
from infotheory._rows import Rows
from infotheory._shares import share_intervals, shares_of, size_shrinkage
from infotheory._typing import ArrayLike, FloatArray, IntArray, LabelArray
from infotheory._validation import (
    as_array,
    as_numbers,
    as_weights,
    check_length,
    check_level,
    is_one_label,
    rows_with_weight,
)
from infotheory.cells import BinSpec
from infotheory.evidence.roc_area import as_scores
from infotheory.inference import Estimate, kish_size, weighted_mean
from infotheory.laws import two_sided_p_value, two_sided_quantile

__all__ = ["MigrationMatrix", "SymmetryTest", "migration_matrix"]


@dataclass(frozen=True, slots=True, eq=False)
class MobilityLaw:
    """Interval of a mobility index, from Jeffreys intervals of the shares that stay (MOVER).

    The bands are independent samples, so that distances of the ends from the shares add up as
    squares (G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008) 1693-1702,
    doi:10.1002/sim.3095). A normal interval is a point where nobody moves.
    """

    # Cells of the bands that hold accounts, of shape (k, n_bands), and which of them is their own
    counts: FloatArray
    squared_weights: FloatArray
    own: FloatArray
    name: str = field(default="MOVER", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the standard error plays no part."""
        del standard_error
        ends = share_intervals(self.counts, self.squared_weights, level)
        low, high = ((end * self.own).sum(axis=1) for end in ends)
        stay = (shares_of(self.counts) * self.own).sum(axis=1)

        others = len(stay) - 1
        down = float(np.linalg.norm(high - stay)) / others
        up = float(np.linalg.norm(stay - low)) / others
        # From 0, where all stay, to k / (k - 1), where nobody does.
        return max(value - down, 0.0), min(value + up, (others + 1) / others)


@dataclass(frozen=True, slots=True)
class NetMoveLaw:
    """The net share of moves that the score test does not reject.

    At 0 it is McNemar's test (T. Tango, Statistics in Medicine 17 (1998) 891-908,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B). A normal interval is a
    point where nobody moves.
    """

    # Shares that moved to a later band and to an earlier one, and the accounts that they are worth
    later: float
    earlier: float
    size: float
    # Of that number; infinite without weights
    degrees_of_freedom: float = math.inf
    name: str = field(default="score", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the standard error plays no part."""
        del standard_error
        size = self.size
        if math.isfinite(self.degrees_of_freedom):
            size *= float(size_shrinkage(np.asarray(self.degrees_of_freedom), level))
        quantile = two_sided_quantile(level)

        def excess(net: float) -> float:
            return size * (value - net) ** 2 - quantile**2 * self._variance(net)

        def end(farthest: float) -> float:
            # At the value itself nothing is rejected, and no variance need be left: the root is
            # looked for from beside it.
            nearest = value + 1e-13 * (farthest - value)
            if excess(farthest) <= 0.0 or excess(nearest) >= 0.0:
                return farthest if excess(farthest) <= 0.0 else nearest
            return float(optimize.brentq(excess, nearest, farthest, xtol=1e-14))

        return end(-1.0), end(1.0)

    def _variance(self, net: float) -> float:
        """Variance of the move of an account under this net share, at the likeliest shares."""
        linear = -self.later - self.earlier + (2.0 - self.later + self.earlier) * net
        root = math.sqrt(max(linear**2 + 8.0 * self.earlier * net * (1.0 - net), 0.0))
        earlier = max((root - linear) / 4.0, 0.0, -net)
        return max(2.0 * earlier + net * (1.0 - net), 0.0)


@dataclass(frozen=True, slots=True)
class SymmetryTest:
    """Result of Bowker's test of "any two bands exchange as many accounts in both directions".

    Its p-value is all that it says.

    Parameters
    ----------
    statistic : float
        Sum over pairs of bands of (difference of the two flows)^2 over its variance.
    degrees_of_freedom : int
        Pairs of bands between which accounts moved.
    p_value : float
        Probability of a larger statistic under symmetry; 1 where no account moved.

    Examples
    --------
    >>> matrix = migration_matrix(list("AABBB"), list("ABBBA"), labels=["A", "B"])
    >>> matrix.symmetry()
    SymmetryTest(statistic=0.0, degrees_of_freedom=1, p_value=1.0)
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float

    __repr__ = short_repr
    _repr_html_ = html_repr


@dataclass(frozen=True, slots=True, eq=False)
class MigrationMatrix:
    """Accounts by band at the first and at the second date.

    The rates have intervals in ``to_frame``.

    Parameters
    ----------
    labels : tuple of str
        The bands, in order.
    counts : ndarray of shape (n_bands, n_bands)
        Sums of weights; rows are the first date.
    squared_weights : ndarray of shape (n_bands, n_bands)
        Sums of squared weights.

    Notes
    -----
    Accounts count as independent of each other. Those that are absent at one of the dates are not
    in the matrix.
    """

    labels: tuple[str, ...]
    counts: FloatArray
    squared_weights: FloatArray

    __repr__ = short_repr
    _repr_html_ = html_frame

    @property
    def rates(self) -> FloatArray:
        """Share of the accounts of each first band in each second band; NaN for an empty band."""
        return shares_of(self.counts)

    def to_frame(self, *, level: float = 0.95) -> pd.DataFrame:
        """Return the matrix as a tidy table with Jeffreys intervals of the rates.

        Parameters
        ----------
        level : float
            Coverage of each interval (they are not simultaneous).

        Returns
        -------
        DataFrame
            One row a pair of bands: before, after, count, rate, low, high.
        """
        check_level(level)
        low, high = share_intervals(self.counts, self.squared_weights, level)

        n = len(self.labels)
        return pd.DataFrame(
            {
                "before": np.repeat(np.asarray(self.labels, dtype=object), n),
                "after": list(self.labels) * n,
                "count": self.counts.ravel(),
                "rate": self.rates.ravel(),
                "low": low.ravel(),
                "high": high.ravel(),
            }
        )

    def mobility(self) -> Estimate:
        """Mobility index ``(k - trace of the rates) / (k - 1)`` over k bands that hold accounts.

        Returns
        -------
        Estimate
            0 where nobody moves, 1 where the second band does not depend on the first (rates with
            equal rows). The error is the delta method's, with rows of the matrix as independent
            multinomial samples; the interval is made of Jeffreys intervals of the shares that stay
            (MOVER), so that it says how many may move where nobody did.

        Raises
        ------
        ValueError
            If fewer than two bands hold accounts.

        References
        ----------
        .. [1] A. F. Shorrocks, "The measurement of mobility", Econometrica 46 (1978) 1013-1024,
           doi:10.2307/1911433.
        """
        held = self.counts.sum(axis=1) > 0.0
        k = int(held.sum())
        if k < 2:
            message = (
                f"mobility needs accounts in at least two bands at the first date, got {k}; use "
                "finer bands"
            )
            raise ValueError(message)

        # The share of a band that stays is the mean of "is on the diagonal" over its accounts.
        diagonal = np.eye(len(self.labels))[held]
        stay, errors = weighted_mean(diagonal, self.counts[held], self.squared_weights[held])
        return Estimate(
            value=float(k - stay.sum()) / (k - 1),
            standard_error=float(np.sqrt((errors**2).sum())) / (k - 1),
            method="Shorrocks's trace index, delta method",
            law=MobilityLaw(self.counts[held], self.squared_weights[held], diagonal),
        )

    def direction(self) -> Estimate:
        """Share of accounts that moved to a later band less the share that moved to an earlier one.

        Returns
        -------
        Estimate
            Between -1 and 1; the p-value is that of "as many moved either way" (McNemar's, normal
            law), the interval that of the score test (Tango's), which agrees with it.
        """
        place = np.arange(len(self.labels))
        step = np.sign(place[None, :] - place[:, None]).astype(np.float64)
        value, error = weighted_mean(
            step.ravel(), self.counts.ravel(), self.squared_weights.ravel()
        )

        # Under "as many either way" the variance is that of the accounts that moved.
        moved = float((self.squared_weights * step**2).sum())
        z = float(value) * float(self.counts.sum()) / np.sqrt(moved) if moved > 0.0 else 0.0
        return Estimate(
            value=float(value),
            standard_error=float(error),
            method="difference of shares",
            p_value=two_sided_p_value(z),
            law=self._law_of_moves(step, float(value), float(error)),
        )

    def _law_of_moves(self, step: FloatArray, value: float, error: float) -> NetMoveLaw:
        """Law of the net share, of as many accounts as its error implies."""
        total, squares = float(self.counts.sum()), float(self.squared_weights.sum())
        later, earlier = (float(self.counts[step == side].sum()) / total for side in (1.0, -1.0))
        # Where nobody moves, or all move one way, the error is 0 and implies nothing.
        kish, variance = kish_size(total, squares), later + earlier - value**2
        if common_weight(self.counts, self.squared_weights) is not None:
            return NetMoveLaw(later, earlier, kish)
        size = min(variance / error**2, kish) if error > 0.0 else kish
        return NetMoveLaw(later, earlier, size, max(kish - 1.0, 1.0))

    def symmetry(self) -> SymmetryTest:
        """Bowker's test of symmetry: flows between each two bands cancel.

        Returns
        -------
        SymmetryTest
            Chi-square with one degree of freedom for each pair of bands between which accounts
            moved. With weights the variance of a difference of flows is the sum of their squared
            weights. It needs some ten moves a pair: with few it rejects too seldom.

        References
        ----------
        .. [1] A. H. Bowker, "A test for symmetry in contingency tables", Journal of the American
           Statistical Association 43 (1948) 572-574, doi:10.1080/01621459.1948.10483284.
        """
        upper = np.triu_indices(len(self.labels), 1)
        # Under symmetry the two flows of a pair have one mean: their difference has the variance of
        # their sum. Pairs that exchange nothing say nothing.
        difference = (self.counts - self.counts.T)[upper]
        variance = (self.squared_weights + self.squared_weights.T)[upper]

        moved = variance > 0.0
        statistic, df = float((difference[moved] ** 2 / variance[moved]).sum()), int(moved.sum())
        return SymmetryTest(statistic, df, float(special.chdtrc(df, statistic)) if df else 1.0)


def migration_matrix(
    before: ArrayLike,
    after: ArrayLike,
    *,
    splits: ArrayLike | None = None,
    labels: Sequence[str] | None = None,
    sample_weight: ArrayLike | None = None,
) -> MigrationMatrix:
    """Cross the bands of the same accounts at two dates.

    The rates have intervals in ``to_frame`` of the result.

    Parameters
    ----------
    before, after : array-like of shape (n_accounts,)
        Scores, which ``splits`` cut into bands; or bands or grades, where ``splits`` is None.
    splits : array-like of shape (n_bands - 1,), optional
        Ascending inner bounds of the bands, each the lower end of its band, such as
        ``monitor.score_bins.splits``.
    labels : sequence of str, optional
        The bands in order. Needed with bands or grades, whose order is not known; made from
        ``splits`` otherwise.
    sample_weight : array-like of shape (n_accounts,), optional
        Sampling weights of the accounts.

    Returns
    -------
    MigrationMatrix
        Counts of all pairs of bands.

    Raises
    ------
    ValueError
        If lengths differ, there are no accounts, a score is not finite, a band is not one of
        ``labels``, or neither or too few of ``splits`` and ``labels`` are given.

    Examples
    --------
    >>> matrix = migration_matrix(["A", "A", "B", "B"], ["A", "B", "B", "B"], labels=["A", "B"])
    >>> matrix.counts.tolist(), matrix.mobility().value
    ([[1.0, 1.0], [0.0, 2.0]], 0.5)
    """
    warn_of_row_order(before=before, after=after, sample_weight=sample_weight)
    first = as_array("before", before)
    second = check_length("after", after, first.size)
    if first.ndim != 1 or first.size == 0:
        message = f"before must hold one entry an account, got shape {first.shape}"
        raise ValueError(message)

    # An account of weight 0 is none, whatever its bands.
    weights = as_weights(sample_weight, first.size)
    has_weight = rows_with_weight(weights)
    if weights is not None and has_weight is not None:
        first, second, weights = first[has_weight], second[has_weight], weights[has_weight]

    listed = labels.tolist() if isinstance(labels, np.ndarray) else labels
    if splits is not None:
        names, codes = _bands_of_scores(first, second, splits, labels)
    elif isinstance(listed, list | tuple) and all(map(is_one_label, listed)):
        names = tuple(level_text(label) for label in listed)
        codes = [_band_codes(values, names) for values in (first, second)]
    else:
        message = f"labels must list the bands in their order where splits is None, got {labels!r}"
        raise ValueError(message)

    # Accounts have no outcome here: they are counted by the two bands alone.
    accounts = Rows.of_sample(np.full(first.size, np.nan), weights)
    # A cell is one number of both bands, counted as a period would be.
    n_bands = len(names)
    sums = accounts.counts_by_period(codes[0] * n_bands + codes[1], n_bands * n_bands)
    counts, squared = (array.reshape(n_bands, n_bands) for array in sums)
    return MigrationMatrix(names, counts, squared)


def _bands_of_scores(
    first: LabelArray, second: LabelArray, splits: ArrayLike, labels: Sequence[str] | None
) -> tuple[tuple[str, ...], list[IntArray]]:
    """Cut the scores of both dates at the same splits, and name the bands."""
    ends = as_numbers("splits", as_array("splits", splits)).tolist()
    spec = BinSpec(name="score", kind="numerical", splits=tuple(ends))
    bands = spec.labels[: spec.n_bins]
    names = bands if labels is None else tuple(str(label) for label in labels)
    if len(names) != spec.n_bins:
        message = f"labels must name the {spec.n_bins} bands that splits make, got {list(names)}"
        raise ValueError(message)
    return names, [spec.encode(as_scores(scores, first.size)) for scores in (first, second)]


def _band_codes(values: ArrayLike, names: tuple[str, ...]) -> IntArray:
    """Position of each band or grade among the names."""
    place = {name: i for i, name in enumerate(names)}
    # Grades beside missing ones come as floats: 1.0 is the grade 1.
    texts = [level_text(value) for value in np.asarray(values).tolist()]
    foreign = [text for text in dict.fromkeys(texts) if text not in place]
    if foreign:
        message = f"every band must be one of labels {list(names)}, got {foreign[:3]}"
        raise ValueError(message)
    return np.array([place[text] for text in texts], dtype=np.intp)

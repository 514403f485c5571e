"""The concentration of rows over bands, and an interval of it that holds where shares are even."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy import special

from infotheory._row_order import warn_of_bin_order
from infotheory._typing import ArrayLike, BoolArray, FloatArray
from infotheory._validation import as_counts, check_length, refuse_shares
from infotheory._warnings import warn
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate, weighted_mean
from infotheory.laws import IntervalLaw, NoncentralChi2Law, NormalLaw, WithheldLaw

__all__ = ["AboveEvenLaw", "BesideRareBandsLaw", "MajorityBandLaw", "herfindahl_index"]

# Fewer effective rows than these off a band that has most of them follow no smooth law.
_FEWEST_OFF_THE_BAND = 10.0

# Where as rare rows as these are fewer than that the index is skewed: with weights the law of sums
# of squares missed in .08 of samples on one side.
_RARE, _SKEWED = 0.1, 50.0

# Bands with less than the first number of an even share, of which so many rows are expected, are
# rare for sure; of as many rows of them as the third the chi-square of all bands tells enough.
_OF_EVEN, _EXPECTED_AT_EVEN, _FEW_OF_RARE = 0.25, 15.0, 50.0

# From this statistic on the non-central chi-square is normal to three digits.
_NORMAL_FROM = 1e4

# Shares are even but for rounding where the variance of first order is below it.
_ROUNDING = 1e-24

# Sums are 0 but for rounding below this share of their parts.
_ROUNDING_OF_SUMS = 1e-14


@dataclass(frozen=True, slots=True)
class AboveEvenLaw:
    """The index of even shares and a scaled non-centrality above it, of all bands and of some."""

    # The index of even shares of all bands, and the law of the distance from it
    even: float
    chi2: NoncentralChi2Law
    # The same of the bands among which rows may move, which is the larger one
    local_even: float
    local_chi2: NoncentralChi2Law
    name: str = field(default="above even shares", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        low, high = self.chi2.interval(value, standard_error, level)
        _, local_high = self.local_chi2.interval(value, standard_error, level)
        high = max(self.even + high, self.local_even + local_high)
        return min(1.0, self.even + low), min(1.0, high)


@dataclass(frozen=True, slots=True)
class MajorityBandLaw:
    """The index between its least and largest values for the likely shares off one band."""

    # Share of the rows that are not in the band of most of them, and the rows that it is of
    share_off: float
    size: float
    n_bands: int
    name: str = field(default="share off the largest band", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval; the value and its error play no part."""
        del value, standard_error
        off, on = self.share_off * self.size, (1.0 - self.share_off) * self.size
        least, most = _clopper_pearson(off, on, level)

        # Rows off the band may lie in one other, which makes the index large, or be spread evenly
        # over all of the others: of these indices the least is that of all shares even.
        others = self.n_bands - 1
        high = max(share**2 + (1.0 - share) ** 2 for share in (least, most))
        nearest = min(most, others / self.n_bands)
        return (1.0 - nearest) ** 2 + nearest**2 / others, high


@dataclass(frozen=True, slots=True)
class BesideRareBandsLaw:
    """The index of some bands, and of the few rows in all others.

    With u the share of these rows it is ``(1 - u)^2`` times the index of the bands that have most
    rows, plus at most ``u^2`` and at least that over the number of the others. Distances of the
    ends by either part from the value add up as squares (MOVER).
    """

    # The index of the bands that have most rows, its error and its law
    index: float
    error: float
    law: IntervalLaw
    # Rows elsewhere, of how many rows, in how many bands, of how many bands
    rare: float
    size: float
    n_rare: int
    n_bands: int
    name: str = field(default="beside rare bands", init=False)

    def interval(self, value: float, standard_error: float, level: float) -> tuple[float, float]:
        """Return the ends of the interval."""
        del standard_error
        least, most = _clopper_pearson(self.rare, self.size - self.rare, level)
        low, high = self.law.interval(self.index, self.error, level)
        moved = (1.0 - self.rare / self.size) ** 2
        fewest = (1.0 - most) ** 2 * self.index + most**2 / self.n_rare
        largest = (1.0 - least) ** 2 * self.index + least**2
        down = math.hypot(moved * (self.index - low), max(value - fewest, 0.0))
        up = math.hypot(moved * (high - self.index), max(largest - value, 0.0))
        return max(value - down, 1.0 / self.n_bands), min(value + up, 1.0)


def _clopper_pearson(on: float, off: float, level: float) -> tuple[float, float]:
    """Exact interval of a share of rows (doi:10.1093/biomet/26.4.404 of 1934)."""
    tail = 0.5 - level / 2.0
    least = float(special.betaincinv(on, off + 1.0, tail)) if on > 0.0 else 0.0
    return least, float(special.betaincinv(on + 1.0, off, 1.0 - tail))


class _Shares(NamedTuple):
    """Shares of the bands, and what their squared weights say of their errors.

    The covariance of the shares s is ``diag(v) - s v' - v s' + V s s'`` with v the squared weights
    of the bands over the squared sum of all weights, and V the sum of v.
    """

    shares: FloatArray
    squares: FloatArray

    @property
    def size(self) -> float:
        """Kish's size of all rows."""
        return 1.0 / float(self.squares.sum())

    @property
    def value(self) -> float:
        """The sum of squared shares."""
        return float(self.shares @ self.shares)

    @property
    def first_order(self) -> float:
        """Variance of the index of the multinomial delta method."""
        return 4.0 * float(self.squares @ (self.shares - self.value) ** 2)

    @property
    def has_one_weight(self) -> bool:
        """Whether squares are as large as the shares, divided by the number of rows."""
        return np.allclose(self.squares * self.size, self.shares, rtol=1e-9, atol=0.0)

    @property
    def rare(self) -> BoolArray:
        """Bands with much less than an even share, of which many rows would be expected.

        None where two bands do not have most of the rows, or the others have many.
        """
        even = 1.0 / self.shares.size
        rare = self.shares < _OF_EVEN * even
        of_rare = float(self.shares[rare].sum()) * self.size
        told = self.size * even >= _EXPECTED_AT_EVEN and of_rare < _FEW_OF_RARE
        return rare if told and np.count_nonzero(~rare) > 1 else np.zeros_like(rare)

    def among(self, bands: BoolArray) -> "_Shares":
        """Shares of the rows of some bands in these."""
        of_all = float(self.shares[bands].sum())
        return _Shares(self.shares[bands] / of_all, self.squares[bands] / of_all**2)

    @property
    def bias(self) -> float:
        """Mean of the index less that of the true shares: the variances of the shares."""
        s, v = self.shares, self.squares
        largest = int(s.argmax())

        # Rows off the largest band are summed: one less its share would lose them beside 1e20 rows.
        off, others = 1.0 - s, s @ s - s**2
        off[largest] = np.delete(s, largest).sum()
        others[largest] = (np.delete(s, largest) ** 2).sum()
        return float(v @ (off**2 + others))

    @property
    def slope(self) -> FloatArray:
        """Covariance of each share with half the index, to first order."""
        s, v = self.shares, self.squares
        return v * s - s * (v @ s) - v * (s @ s) + v.sum() * (s @ s) * s

    @property
    def variance_at_even(self) -> float:
        """Variance of the index where shares are even: twice their squared covariances."""
        s, v, total = self.shares, self.squares, float(self.squares.sum())
        ss, sv, vv = float(s @ s), float(s @ v), float(v @ v)
        of_diagonal = vv - 4.0 * float(s @ v**2) + 2.0 * total * float(s**2 @ v)
        of_rest = 2.0 * sv**2 + 2.0 * ss * vv - 4.0 * total * sv * ss + (total * ss) ** 2
        # One band of all rows leaves the rounding of these sums, whose parts are as large as vv.
        squared_covariances = of_diagonal + of_rest
        return 2.0 * squared_covariances if squared_covariances > _ROUNDING_OF_SUMS * vv else 0.0

    def why_withheld(self, rows_off: float) -> str | None:
        """Return why no interval is known to hold, None where one is."""
        if self.shares.size == 1:
            return "one band holds all rows whatever they are: its index is 1, and no estimate"
        if self.has_one_weight:
            return None
        # What weights rows have of which there are few, or none, is not known: with two rows of
        # weight 4 beside 200 of weight 1 exact intervals of the share covered .80 to .89.
        fewest = min(self.size, rows_off)
        reason = (
            f"weighted rows are worth {self.size:.3g} of equal weights, and {rows_off:.3g} off the "
            f"largest band: the interval of the concentration needs {_FEWEST_OFF_THE_BAND:.0f}"
        )
        return reason if fewest < _FEWEST_OFF_THE_BAND else None

    def off_the_largest(self) -> tuple[float, float]:
        """Share of the rows off the largest band, and the rows that its error is worth.

        Of rows with weights as many as give the share its variance (Korn and Graubard 1998).
        """
        largest = int(self.shares.argmax())
        of_band = float(self.squares[largest])
        off, of_rest = (
            float(np.delete(part, largest).sum()) for part in (self.shares, self.squares)
        )
        variance = (1.0 - off) ** 2 * of_rest + off**2 * of_band
        return off, off * (1.0 - off) / variance if off > 0.0 else self.size


def herfindahl_index(counts: ArrayLike, *, squared_weights: ArrayLike | None = None) -> Estimate:
    """Concentration of rows over score bands: the sum of squared shares.

    Parameters
    ----------
    counts : array-like of shape (n_bands,)
        Rows of each band, not negative.
    squared_weights : array-like of shape (n_bands,), optional
        Sum of squared weights of each band, where ``counts`` are sums of sampling weights.

    Returns
    -------
    Estimate
        Value between 1 / n_bands (even) and 1 (all in one band). The variance is that of the
        multinomial delta method, ``4 (sum s^3 - (sum s^2)^2) / n``, which vanishes for even shares,
        and what is left there, twice the squared covariances of the shares. The interval corrects
        the bias ``(1 - sum s^2) / n``. It is that of a non-central chi-square above even shares;
        where one band has most of the rows, and few are elsewhere, that of their share; beside
        bands that are empty or nearly so that of the others, and of the share of these.
        Withheld for one band, whose index is no estimate, and for rows with weights of which fewer
        than 10, by what they are worth, lie off the largest band.

    Raises
    ------
    ValueError
        If the counts are empty, negative, not finite or all zero, or the lengths differ.

    Warns
    -----
    WithheldWarning
        If the interval is withheld.

    Notes
    -----
    Coverage of 95 % intervals, 8 to 5000 rows in 2 to 20 bands, even, Zipf, two large bands, one of
    .5 to .99: .92 to 1; with exponential weights, and weights by band, too, but for rare bands of
    large weights of which there is no row.

    Concentration now against that of the reference:
    ``auc_difference(herfindahl_index(now), herfindahl_index(then))``, whose p-value knows the
    numbers of rows.

    Examples
    --------
    >>> herfindahl_index([10, 10, 20]).value  # 1/16 + 1/16 + 1/4
    0.375

    Even shares, whose index is the least that four bands can have:

    >>> low, high = herfindahl_index([50, 50, 50, 50]).interval()
    >>> low, round(high, 3)
    (0.25, 0.261)
    """
    warn_of_bin_order(counts=counts, squared_weights=squared_weights)
    array = as_counts(counts)
    if array.ndim != 1:
        message = f"counts must have shape (n_bands,), got shape {array.shape}"
        raise ValueError(message)
    if squared_weights is None:
        refuse_shares(
            "counts", array, "their index, which has no error, is the sum of their squares"
        )
    squared = (
        array
        if squared_weights is None
        else as_counts(check_length("squared_weights", squared_weights, array.size), squared=True)
    )

    # The mean of the shares over the rows is the sum of squared shares; the index moves by twice
    # what this mean moves, because the shares themselves move too.
    shares = array / array.sum()
    value, error_of_mean = (float(part) for part in weighted_mean(shares, array, squared))
    of_bands, first = _Shares(shares, squared / array.sum() ** 2), 4.0 * error_of_mean**2
    return Estimate(
        value=value,
        standard_error=math.sqrt(first + of_bands.variance_at_even),
        method="multinomial delta method",
        law=_law(of_bands, value, first),
    )


def _law(bands: _Shares, value: float, first: float) -> IntervalLaw:
    """Law of the interval of the index, whose variance to first order is known."""
    off, size = bands.off_the_largest()
    reason = bands.why_withheld(off * size)
    if reason is not None:
        warn(reason, WithheldWarning)
        return WithheldLaw(reason)

    # An empty band takes the index of all others far above that of even shares, where its variance
    # of first order vanishes, too: a chi-square of the distance was up to fifteen times too wide.
    if bands.has_one_weight and bands.rare.any():
        others, rare = bands.among(~bands.rare), float(bands.shares[bands.rare].sum()) * size
        error = math.sqrt(others.first_order + others.variance_at_even)
        return BesideRareBandsLaw(
            index=others.value,
            error=error,
            law=_law(others, others.value, others.first_order),
            rare=rare,
            size=size,
            n_rare=int(np.count_nonzero(bands.rare)),
            n_bands=bands.shares.size,
        )
    if (off < 0.5 and off * size < _FEWEST_OFF_THE_BAND) or (off < _RARE and off * size < _SKEWED):
        return MajorityBandLaw(off, size, bands.shares.size)

    # Above even shares the index is a sum of squares: there its law is a chi-square of this mean
    # and variance, elsewhere one that is stretched to the variance of first order.
    even, bias = 1.0 / bands.shares.size, bands.bias
    least_scale, distance = bands.variance_at_even / (2.0 * bias), value - even
    is_even = first <= _ROUNDING * value**2 or distance <= 0.0
    scale = least_scale if is_even else max(least_scale, first / (4.0 * distance))
    if distance > _NORMAL_FROM * scale:
        return NormalLaw(even, 1.0, center=value - bias)
    chi2 = NoncentralChi2Law(distance / scale, bias / scale, scale)
    if is_even:
        return AboveEvenLaw(even, chi2, even, chi2)

    # Among ten bands of which two have half of the rows each, these two are even: the variance of
    # first order grows from there, by four times this scale in the direction of most of it. With
    # shares of .6 and .4 the upper end of the law above lay too low in .09 of samples.
    slope = bands.slope
    scale = 4.0 * float(slope @ slope) / first
    statistic = first / (4.0 * scale**2)
    local = NoncentralChi2Law(min(statistic, _NORMAL_FROM), bias / scale, scale)
    return AboveEvenLaw(even, chi2, value - scale * local.statistic, local)

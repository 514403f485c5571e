"""Estimates that are means of one term a row, and how far they can be trusted.

Nearest neighbours take the density for constant within the boxes that they span. Where a box is as
wide as the dependence itself, or lies across the edge of the data, the estimate is off, whatever
the number of rows. How wide boxes are can be read off the counts: of the rows that are near in one
side alone, a share is near in the other side, too. Its root, by the number of columns of the other
side, is the width of a box beside that of the dependence: the coarseness, 0 to 1.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

from infotheory._typing import FloatArray, IntArray
from infotheory._warnings import warn
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, NormalLaw, WithheldLaw

__all__ = [
    "COARSEST",
    "HEAVIEST",
    "MOST_COPIES",
    "RowTerms",
    "coarseness",
    "error_of_mean",
    "excess_of_copies",
    "heaviest_tail",
    "log_mass_variance",
    "mean_of_terms",
    "neighbor_law",
    "scale_of_bias",
    "share_of_copies",
]

#: Bias of an estimate of information over its coarseness. Measured between -.62 (a sine) and .41
#: (exponential variables with Laplacian noise); an interval reaches twice as far.
_BIAS = 0.3

#: The same beside labels, whose boxes are those of the rows of a label: .32 to .46 with normal and
#: exponential variables of 3 to 8 labels, always upwards, so that with .3 intervals covered .90.
_BIAS_BESIDE_LABELS = 0.6

#: Above it half of the width of the dependence lies within a box, and nothing bounds the bias.
COARSEST = 0.5

# Of few rows how coarse boxes are is a guess that is small where the value is: of 20 rows of a
# correlation of .6 those shown by a limit of 1/2 were covered .79, of 40 rows of .95 .76.
_ROWS_OF_DOUBT = 10.0

# Fewer rows tell so little of it that what a limit shows is chosen by its small value: 40 rows of
# a correlation of .9 were shown .09, and covered .35; of .8 .54 and .87, by ksg2 .01 and 0.
_FEWEST_ROWS = 50

#: A fifth of the rows twice, of a correlation of .6 (300 rows), were covered .33, a twentieth .92.
MOST_COPIES = 0.02

#: Range of the middle 98 % of values over that of the middle half, beyond which rows far out share
#: boxes with all others. Normal values have 3.4, exponential 4.2, log-normal 7, Student's of 1.5
#: degrees of freedom 12, Cauchy's 32: of the last intervals of a correlation of .8 covered .56.
HEAVIEST = 15.0

#: From this ratio on (exponential 4.2, Laplace 5.6, Student's of 3 degrees 6) the bias grows with
#: the root of it, since rows far out share boxes with many others. Around 15 it reached 1.7 times
#: the usual scale, and 95 % intervals that knew that scale alone covered .80 to .91 (2000 rows).
_TAILED = 4.0

#: Information that is 0 on paper; its root would not be small.
_ROUNDING = 1e-12


class RowTerms(NamedTuple):
    """One term a row, the variance of the noise of distances in them, and their coarseness."""

    values: FloatArray
    noise: float
    coarseness: float


def coarseness(near_in_both: IntArray | int, *sides: tuple[IntArray, int]) -> float:
    """Return the largest of the sides: rows near in it, and the columns of the other side."""
    # Labels have no width, and leave the other side none.
    widths = [
        float(np.mean(near_in_both / near_in_one)) ** (1.0 / n_columns)
        for near_in_one, n_columns in sides
        if n_columns > 0
    ]
    return max(widths, default=0.0)


def scale_of_bias(
    information: float, coarse: float, tail: float, *, beside_labels: bool = False
) -> float:
    """Size of the bias of an estimate of information, which independent variables do not have.

    Their density is the product of two, and boxes err in both alike; near it the bias grows with
    the correlation that Gaussian variables of that information have, and beyond `_TAILED` with the
    heaviest tail.
    """
    if information < _ROUNDING:
        return 0.0
    of_tails = max(1.0, tail / _TAILED)
    bias = _BIAS_BESIDE_LABELS if beside_labels else _BIAS
    return bias * coarse * float(np.sqrt(-np.expm1(-2.0 * information) * of_tails))


def heaviest_tail(*parts: FloatArray) -> float:
    """Return the largest range of the middle 98 % of a column over that of its middle half."""
    heaviest = 0.0
    for part in parts:
        for column in part.T:
            # Values that repeat, such as atoms of a mixed variable, have no tails.
            values = np.unique(column)
            first, lower, upper, last = np.quantile(values, [0.01, 0.25, 0.75, 0.99])
            if upper > lower:
                heaviest = max(heaviest, float((last - first) / (upper - lower)))
    return heaviest


def neighbor_law(
    coarse: float, tail: float, *, n_rows: int | None = None, fewest: int = 0, copies: float = 0.0
) -> IntervalLaw:
    """Law of the interval of information by nearest neighbours, with a warning if there is none.

    Few independent rows, where their number is given, tell less of how coarse boxes are, and fewer
    than ``fewest`` nothing; ``copies`` is the share of rows that repeat another one.
    """
    coarsest = COARSEST if n_rows is None else COARSEST * n_rows / (n_rows + _ROWS_OF_DOUBT)
    enough = n_rows is None or n_rows >= fewest
    if enough and coarse <= coarsest and tail <= HEAVIEST and copies <= MOST_COPIES:
        return NormalLaw(lower=0.0)

    if copies > MOST_COPIES:
        reason = (
            f"{copies:.1%} of the rows repeat another one in all columns, which independent "
            "measurements do not: they are counted as dependence; leave repeated rows out, or "
            "undo the rounding of values with jitter="
        )
    elif not enough:
        reason = (
            f"too few rows for nearest neighbours: {n_rows} do not tell how wide their boxes are "
            f"beside the dependence (at least {fewest}); take more rows, or gaussian_copula"
        )
    elif coarse <= coarsest:
        reason = (
            f"the middle 98 % of a column are {tail:.0f} times as wide as its middle half (at most "
            f"{HEAVIEST:.0f}): nearest neighbours see little in tails that are so heavy, and the "
            "value is too small as a rule; take ranks of the column (scipy.stats.rankdata), which "
            "leave the information as it is, or gaussian_copula"
        )
    else:
        reason = (
            f"too few rows for nearest neighbours, whose boxes are {min(coarse, 1.0):.0%} as wide "
            f"as the dependence itself (at most {coarsest:.0%}): the value is too small as a rule; "
            "take more rows, fewer columns or neighbours, or gaussian_copula"
        )

    warn(reason, WithheldWarning)
    return WithheldLaw(reason)


def mean_of_terms(
    terms: RowTerms,
    method: str,
    unit: float,
    *columns: FloatArray,
    copies: float = 0.0,
    given: bool = False,
) -> Estimate:
    """Mean of one term a row, with the scale of its bias in the error.

    The columns are those whose tails matter: beside labels they do not. ``given`` tells whether
    there is a condition, whose boxes are coarse long before rows are few.
    """
    value = float(terms.values.mean())
    tail = heaviest_tail(*columns)
    noise = error_of_mean(terms.values, terms.noise)
    # A value that happens to be small has a small bias, where the information has not: 40 rows of a
    # correlation of .6 were covered .90.
    bias = scale_of_bias(max(value, 0.0) + noise, terms.coarseness, tail, beside_labels=not columns)
    return Estimate(
        value=value / unit,
        standard_error=float(np.hypot(noise, bias)) / unit,
        method=method,
        law=neighbor_law(
            terms.coarseness,
            tail,
            n_rows=None if given else terms.values.size,
            fewest=_FEWEST_ROWS if columns else 0,
            copies=copies,
        ),
    )


def share_of_copies(*columns: FloatArray) -> float:
    """Share of the rows that repeat another one in all columns."""
    rows = np.hstack([part.reshape(len(part), -1) for part in columns])
    order = np.lexsort(rows.T[::-1])
    return float((rows[order[1:]] == rows[order[:-1]]).all(axis=1).mean()) if len(rows) > 1 else 0.0


def excess_of_copies(column: FloatArray) -> float:
    """Share of the values that repeat another one, and are not repeated by rounding.

    Where values are rounded as many as repeat lie a step of the rounding apart, at least.
    """
    gaps = np.diff(np.sort(column))
    apart = gaps[gaps > 0.0]
    if apart.size == 0:
        return 0.0
    repeats, next_to = gaps.size - apart.size, (apart < 1.5 * apart.min()).sum()
    return max(0.0, float(repeats - next_to)) / column.size


def error_of_mean(values: FloatArray, noise: float) -> float:
    """Error without the bias; the noise of distances, at most all of the variance, counts twice."""
    variance = float(values.var(ddof=1))
    return float(np.sqrt((variance + min(variance, noise)) / values.size))


def log_mass_variance(k: int) -> float:
    """Variance of the logarithm of the mass within the distance to the k-th neighbour."""
    return float(special.polygamma(1, k))

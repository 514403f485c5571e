"""What rows that vary unevenly do to canonical correlations given other columns.

The laws of normal columns take a product of what is left of x and of y to vary by the product of
their variances. Where both vary more at the same values of the condition it varies by more, and the
condition may say of both what no line says: then what is left of them is alike without a link.
"""

from typing import NamedTuple

import numpy as np

from infotheory._later import stats
from infotheory._typing import FloatArray
from infotheory.estimation.measurements._gaussian import GaussianInformation

__all__ = ["FourthMoments", "ProductLaw", "fourth_moments", "law_of_products", "why_curved"]

# Of more products than that their mean variance alone is known: a matrix of them would be large.
_MOST_PRODUCTS = 100

# Numbers held at a time.
_BLOCK = 2_000_000

# What curves say of both is told where each of the two shows at this level (the first without a
# link, the second with a strong one), and their product moves the root of the test's statistic by
# that much: linear conditions are told so in 0 to .015.
_CURVED, _LEAST_CURVED, _LEAST_SHIFT = 0.1, 0.005, 0.4

# A curve takes so many rows for each of its columns and those of the condition.
_ROWS_A_CURVE = 8

# A curve of which a line leaves less than this share is that line: powers of a column of two values
# are, and those of indicators.
_LINE = 1e-8


class ProductLaw(NamedTuple):
    """Law of ``n sum r^2`` of independent columns: a stretched chi-square."""

    stretch: float
    freedom: float


class FourthMoments(NamedTuple):
    """Variance of the plug-in by what each row says, over that of normal columns."""

    ratio: float
    # Standard error of the ratio
    error: float

    @property
    def upper(self) -> float:
        """Ratio and one error: what happens to be shown has a small one."""
        return self.ratio + self.error


def fourth_moments(
    found: GaussianInformation, terms: FloatArray, products: ProductLaw | None
) -> FourthMoments:
    """Compare the variances from the log-ratio of densities of each row, its influence.

    Given a condition correlations that are noise hide how uneven the rows are, and what products
    vary by if nothing links them is no less: of normal columns ``1 + 2 r^2`` of each.
    """
    normal = float((found.canonical_correlations**2).sum())
    if normal == 0.0:
        return FourthMoments(1.0, 0.0)
    squares = (terms - terms.mean()) ** 2 / normal
    ratio, error = float(squares.mean()), float(squares.std()) / np.sqrt(len(terms))
    if products is not None:
        freedom = found.degrees_of_freedom
        unlinked = products.stretch * products.freedom / (freedom + 2.0 * normal)
        ratio = max(ratio, unlinked)
    return FourthMoments(ratio, error)


def law_of_products(x: FloatArray, y: FloatArray) -> ProductLaw:
    """Law of the statistic from what a condition leaves of x and y, whose means are 0.

    With G the mean square of the products of a row, of columns made orthonormal, the statistic is a
    sum of chi-squares whose weights are the eigenvalues of G: it has the mean tr G and the variance
    ``2 tr G^2`` (Rao and Scott's correction of second order). For one column of either this is the
    generalised covariance measure of Shah and Peters (2020, doi:10.1214/19-AOS1857, section 3.1),
    with the variance that the products have about 0.
    """
    x, y = _orthonormal(x), _orthonormal(y)
    n_rows, freedom = len(x), x.shape[1] * y.shape[1]
    sizes = (x**2).sum(axis=1) * (y**2).sum(axis=1)
    mean = float(sizes.mean())
    if freedom == 1 or freedom > _MOST_PRODUCTS:
        return ProductLaw(mean / freedom, float(freedom))

    second = np.zeros((freedom, freedom))
    for rows in np.array_split(np.arange(n_rows), 1 + n_rows * freedom // _BLOCK):
        products = (x[rows, :, None] * y[rows, None, :]).reshape(len(rows), -1)
        second += products.T @ products

    # Pairs of different rows alone: a row with itself is noise that looks like uneven weights.
    square = float((second**2).sum() - (sizes**2).sum()) / (n_rows * (n_rows - 1.0))
    stretch = max(square / mean, mean / freedom)
    return ProductLaw(stretch, mean / stretch)


def why_curved(
    x: FloatArray,
    y: FloatArray,
    z: FloatArray,
    left: tuple[FloatArray, FloatArray],
    correlation: float,
) -> str | None:
    """Reason why what the condition leaves is alike without a link, None where none is seen.

    Squares and cubes of the columns of z, and of what they say together of x and y, are to say
    nothing of what is left of either.
    """
    n_rows = len(z)
    curves = _curves(x - left[0], y - left[1], z)
    if curves.shape[1] == 0 or n_rows < _ROWS_A_CURVE * (curves.shape[1] + z.shape[1] + 1):
        return None

    told, shares = [], []
    for columns in map(_orthonormal, left):
        told.append(_p_value_of_curves(columns, curves))
        shares.append(curves.T @ columns / n_rows)
    shift = float(np.sqrt(n_rows) * np.linalg.norm(shares[0].T @ shares[1]))
    # Where x and y are linked curves that chance shows in one are in the other, too.
    level = max(_LEAST_CURVED, _CURVED * (1.0 - correlation**2) ** 2)
    if max(told) >= level or shift <= _LEAST_SHIFT:
        return None
    return (
        "squares or cubes of z say of both x and y what z does not say on a line: correlations "
        "given z show that as a link; give them as columns of z, or take method='ksg' with "
        "n_permutations"
    )


def _curves(of_x: FloatArray, of_y: FloatArray, z: FloatArray) -> FloatArray:
    """Orthonormal squares and cubes, less what z says on a line; of length sqrt(n)."""
    centered = z - z.mean(axis=0)
    scaled = centered / np.maximum(centered.std(axis=0), np.finfo(np.float64).tiny)
    parts = [scaled**2, scaled**3]
    if z.shape[1] > 1:
        together = np.linalg.svd(np.hstack([of_x, of_y]), full_matrices=False)[0][:, :1]
        together = together * np.sqrt(len(z))
        parts += [together**2, together**3]

    linear = np.linalg.qr(np.column_stack([np.ones(len(z)), scaled]))[0]
    powers = np.hstack(parts)
    curves = powers - linear @ (linear.T @ powers)

    # What rounding leaves of a line is no curve, and cubes are no longer than squares.
    lengths = np.linalg.norm(curves, axis=0)
    bent = lengths > _LINE * np.linalg.norm(powers, axis=0)
    return _orthonormal(curves[:, bent] / lengths[bent])


def _p_value_of_curves(columns: FloatArray, curves: FloatArray) -> float:
    """P-value of columns that curves say nothing of, whatever the spread of each row."""
    least = 1.0
    for column in columns.T:
        scores = curves * column[:, None]
        mean = scores.sum(axis=0)
        statistic = float(mean @ np.linalg.pinv(scores.T @ scores) @ mean)
        least = min(least, float(stats.chi2.sf(statistic, curves.shape[1])))
    return min(1.0, least * columns.shape[1])


def _orthonormal(columns: FloatArray) -> FloatArray:
    """Orthonormal columns of the same span, of length sqrt(n); those that are rounding are left."""
    basis, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    kept = sizes > len(columns) * np.finfo(np.float64).eps * sizes[:1].max(initial=0.0)
    return np.asarray(basis[:, kept] * np.sqrt(len(columns)))

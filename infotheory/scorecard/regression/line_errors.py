"""How well the errors of an intercept and a slope are known, from the influences of the rows."""

from dataclasses import dataclass

import numpy as np

from infotheory._later import stats
from infotheory._typing import ArrayLike, FloatArray

__all__ = ["LineErrors"]

#: Fourth powers of a + b x hold these multiples of the products of four influences.
_BINOMIAL = np.array([1.0, 4.0, 6.0, 4.0, 1.0])


def _powers_of_two(values: FloatArray) -> FloatArray:
    """Largest powers of 2 up to numbers, which divide them without changing a digit; 1 for 0."""
    return np.asarray(np.ldexp(1.0, np.frexp(np.where(values == 0.0, 1.0, values))[1] - 1))


@dataclass(frozen=True, slots=True, eq=False)
class LineErrors:
    """Errors of ``intercept + slope * x``, with the degrees of freedom of each.

    A variance that is the sum of the squared influences u of the rows is known as well as from
    ``(sum u^2)^2 / sum u^4`` of them: where few rows far out make the error, Student's quantile has
    few degrees (own rule, as for areas under the curve).

    Parameters
    ----------
    covariance : ndarray of shape (2, 2)
        Of intercept and slope.
    of_rows : ndarray of shape (2, 2)
        What of it the rows told, in units; the rest is known.
    fourths : ndarray of shape (5,)
        Sums over rows of ``u^(4 - k) v^k`` with u and v the influences on intercept and slope, in
        units.
    center : float
        Where ``of_rows`` and ``fourths`` put the intercept: influences u are those on the line
        there.
    units : tuple of two float
        Units of the influences on this intercept and on the slope, powers of 2.

    Examples
    --------
    >>> influences = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 1.0], [-1.0, -1.0]])
    >>> errors = LineErrors.of_influences(influences)
    >>> [x.round(2).tolist() for x in errors.reach([0.0, 1.0], 0.95)]  # 4 and 2.9 rows
    [[6.36, 14.01], [2.0, 3.16]]
    """

    covariance: FloatArray
    of_rows: FloatArray
    fourths: FloatArray
    center: float = 0.0
    units: tuple[float, float] = (1.0, 1.0)

    @classmethod
    def of_influences(
        cls, influences: FloatArray, *, known: float = 0.0, center: float = 0.0
    ) -> "LineErrors":
        """Make the errors from the influences of the rows on intercept and slope.

        Parameters
        ----------
        influences : ndarray of shape (n_rows, 2)
            What each row adds to the errors of intercept and slope.
        known : float
            Variance of the intercept from elsewhere.
        center : float
            Where the places of the rows lie, in the middle.

        Returns
        -------
        LineErrors
            Their second and fourth moments.
        """
        # Far from 0 the intercept is all slope: fourth powers would lose what is of the line.
        middle = influences + np.outer(influences[:, 1], [center, 0.0])
        # Products of four influences on a slope by scores near 1e-80 would leave float64.
        units = _powers_of_two(np.abs(middle).max(axis=0, initial=0.0))
        middle /= units
        of_rows = middle.T @ middle
        first, second = middle.T
        powers = [float((first ** (4 - k) * second**k).sum()) for k in range(5)]
        covariance = influences.T @ influences + np.diag([known, 0.0])
        return cls(covariance, of_rows, np.array(powers), center, (units[0], units[1]))

    @classmethod
    def of_covariance(cls, covariance: FloatArray) -> "LineErrors":
        """Take a covariance for known: intervals are normal.

        Parameters
        ----------
        covariance : ndarray of shape (2, 2)
            Of intercept and slope.

        Returns
        -------
        LineErrors
            Errors of infinite degrees of freedom.
        """
        return cls(covariance, np.zeros((2, 2)), np.zeros(5))

    def reach(self, x: ArrayLike, level: float) -> tuple[FloatArray, FloatArray]:
        """Half widths of intervals of ``intercept + slope * x``, and standard errors.

        Parameters
        ----------
        x : array-like of shape (n,)
            Places on the line; infinite for the slope itself.
        level : float
            Coverage of the intervals, each by itself.

        Returns
        -------
        reach, standard_error : ndarray of shape (n,)
            Student's quantile times the standard error, and this.
        """
        places = np.asarray(x, dtype=np.float64)
        is_slope = np.isinf(places)
        direction = np.stack([~is_slope, np.where(is_slope, 1.0, places)], axis=1).astype(float)
        # Moments of the rows are about their center; the rest of the variance is known.
        centered = direction.copy()
        centered[:, 1] -= np.where(is_slope, 0.0, self.center)
        centered *= self.units
        length = _powers_of_two(np.abs(centered).max(axis=1))
        centered /= length[:, None]
        # A variance is a quadratic form, which rounding may turn negative where it is 0.
        variance, told = (
            np.maximum(((along @ of) * along).sum(axis=1), 0.0)
            for along, of in ((direction, self.covariance), (centered, self.of_rows))
        )
        powers = np.stack([centered[:, 0] ** (4 - k) * centered[:, 1] ** k for k in range(5)])
        fourth = np.maximum(_BINOMIAL * self.fourths @ powers, 0.0)

        has_rows = (told > 0.0) & (fourth > 0.0)
        rows = np.divide(told**2, fourth, out=np.full(told.size, np.inf), where=has_rows)
        degrees = np.maximum(rows - 1.0, 1.0)
        # What is known beside the rows makes the whole known better (Satterthwaite).
        part = np.divide(variance, told * length**2, out=np.ones(told.size), where=has_rows)
        error = np.sqrt(variance)
        return stats.t.isf((1.0 - level) / 2.0, degrees * part**2) * error, error

"""Errors of measures of values whose columns are not normal."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from infotheory._later import stats
from infotheory._typing import BoolArray, FloatArray, IntArray
from infotheory.estimation.many.columns import SINGULAR, least_eigenvalues
from infotheory.estimation.many.measures import MEASURES, Values

__all__ = ["Tails", "tails_of"]

# Tests of tails need so many rows, and normal columns are told to have them so often.
_ROWS_OF_TAILS, _NOT_NORMAL = 20, 0.01

# Up to these factors of the variance, and gaps to the scores in errors, errors are shown: beyond
# them tails are more than a correction. As for the information of two variables.
_MOST_MOMENTS, _MOST_GAP = 1.5, 2.0


class Tails:
    """Columns that are not normal, and by how much their fourth moments stretch variances."""

    def __init__(self, found: BoolArray, stretch: FloatArray) -> None:
        self._found, self._stretch = found, stretch

    def allowed_for(
        self,
        measured: Values,
        group: IntArray,
        of_scores: FloatArray,
        measures: Callable[[FloatArray, IntArray], Values],
    ) -> Values:
        """Put tails into the errors of multiplets that have them, or withhold these (NaN).

        What tails take from correlations is the gap to the measures of the normal scores, whose
        correlations are ``of_scores``.
        """
        touched = self._found[group].any(axis=1)
        if not touched.any():
            return measured
        # Ranks may determine each other where measurements do not: the gap is without end.
        gap = np.full((int(touched.sum()), len(MEASURES)), np.inf)
        regular = least_eigenvalues(of_scores, group[touched]) > SINGULAR
        if regular.any():
            of_ranks = measures(of_scores, group[touched][regular]).table
            gap[regular] = measured.table[touched][regular] - of_ranks
        stretch = self._stretch[group[touched]].max(axis=1)
        errors = measured.standard_errors.copy()
        of_none = measured.errors_of_no_o_information.copy()

        too_long = (stretch > _MOST_MOMENTS) | (np.abs(gap) > _MOST_GAP * errors[touched]).any(
            axis=1
        )
        wider = np.sqrt(errors[touched] ** 2 * stretch[:, None] + gap**2)
        wider_of_none = np.sqrt(of_none[touched] ** 2 * stretch + gap[:, 2] ** 2)
        errors[touched] = np.where(too_long[:, None], np.nan, wider)
        of_none[touched] = np.where(too_long, np.nan, wider_of_none)
        return replace(measured, standard_errors=errors, errors_of_no_o_information=of_none)


def tails_of(points: FloatArray) -> Tails | None:
    """Tell which columns are not normal by their skewness or kurtosis; None where none is.

    With kappa the excess of a column, correlations of an elliptical law have ``1 + kappa / 3``
    times the variance of those of a normal one.
    """
    if len(points) < _ROWS_OF_TAILS:
        return None
    with np.errstate(all="ignore"):
        least = np.fmin(stats.skewtest(points).pvalue, stats.kurtosistest(points).pvalue)
    found = least * 2 * points.shape[1] < _NOT_NORMAL
    if not found.any():
        return None
    return Tails(found, np.maximum(1.0, 1.0 + stats.kurtosis(points) / 3.0))

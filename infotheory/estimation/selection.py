"""Feature selection by mutual information with a target, for scikit-learn pipelines."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, check_X_y, validate_data

from infotheory._codes import Codes
from infotheory._fresh_fit import fresh_fit
from infotheory._numerics import refuse_masked
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, BoolArray, FloatArray, IntArray
from infotheory._validation import check_integer, check_option
from infotheory.estimation._row_memory import warn_of_memory
from infotheory.estimation.discrete._column_codes import (
    check_n_bins,
    column_codes,
    discrete_mask,
    target_codes,
)
from infotheory.estimation.discrete._strata import count_strata, information_score

__all__ = ["MutualInformationSelector", "mutual_information_score"]

_CRITERIA = ("mi", "cmim", "jmi", "mrmr")


def mutual_information_score(
    X: ArrayLike, y: ArrayLike, *, n_bins: int = 10, discrete_features: Any = "auto"
) -> "tuple[FloatArray, FloatArray]":
    """Mutual information of each column with the target, a ``score_func`` of ``SelectKBest``.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_columns)
        Numbers.
    y : array-like of shape (n_rows,)
        Target: class labels, or real numbers that are cut at their quantiles.
    n_bins : int
        Number of quantile cells of a column of measurements.
    discrete_features : {"auto"}, bool or array-like of bool
        Which columns hold labels; by "auto" those of whole numbers with at most 32 levels.

    Returns
    -------
    scores : ndarray of shape (n_columns,)
        Plug-in mutual information in nats: descriptive, too large by its bias where cells are
        sparse; `estimate_mutual_information` gives a column's interval.
    p_values : ndarray of shape (n_columns,)
        Likelihood-ratio tests of independence, as `estimate_mutual_information` has them.

    Raises
    ------
    ValueError
        If X is not numeric or has missing values, lengths differ, or an option is not valid.

    Warns
    -----
    ApproximationWarning
        If a column and y remember the rows before, as steps of series do: p-values are too small.

    Examples
    --------
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> scores, p_values = mutual_information_score(X, ["a", "a", "b", "b"])
    >>> scores.round(4).tolist()
    [0.6931, 0.0]
    """
    # scikit-learn's check drops a mask and reads what it hides.
    refuse_masked("X", X)
    refuse_masked("y", y)
    warn_of_row_order(X=X, y=y)
    numbers, labels = check_X_y(X, y, dtype=np.float64)
    columns, target = _encode(numbers, labels, n_bins, discrete_features)
    scores, _, p_values = _scores(columns, target)
    return scores, p_values


class MutualInformationSelector(SelectorMixin, BaseEstimator):
    """Select columns by mutual information with the target, alone or given those already chosen.

    ``"mi"`` takes the columns of the largest mutual information. The other criteria start with the
    largest and add, one at a time, the column k that is best by: ``"cmim"``, the least
    ``I(X_k; Y | X_j)`` over the chosen j (Fleuret 2004); ``"jmi"``, the mean of ``I(X_k; Y | X_j)``
    over the chosen j, which ranks as the sum of ``I(X_k, X_j; Y)`` (Yang and Moody 1999);
    ``"mrmr"``, ``I(X_k; Y)`` less the mean of ``I(X_k; X_j)`` (Peng, Long and Ding 2005).

    Parameters
    ----------
    criterion : {"mi", "cmim", "jmi", "mrmr"}
        What the next column is chosen by.
    n_features : int, optional
        Number of columns to select; half of them (at least one) when None.
    n_bins : int
        Number of quantile cells of a column of measurements.
    discrete_features : {"auto"}, bool or array-like of bool
        Which columns hold labels; by "auto" those of whole numbers with at most 32 levels.

    Attributes
    ----------
    scores_ : ndarray of shape (n_features,)
        Plug-in mutual information in nats of each column with the target: descriptive, too large by
        its bias where cells are sparse; `estimate_mutual_information` gives a column's interval.
    standard_errors_ : ndarray of shape (n_features,)
        Delta-method standard errors of ``scores_``.
    p_values_ : ndarray of shape (n_features,)
        Likelihood-ratio tests of independence, as `estimate_mutual_information` has them.
    order_ : ndarray of shape (n_selected,)
        Selected columns, in the order in which they were chosen.
    criterion_ : ndarray of shape (n_selected,)
        Value of the criterion in nats when each column of ``order_`` was chosen: descriptive, a
        choice and not an estimate.
    n_features_in_ : int
        Number of columns seen in fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, where X has names.

    Notes
    -----
    Brown, Pocock, Zhao and Luján, "Conditional likelihood maximisation: a unifying framework for
    information theoretic feature selection", JMLR 13, 2012, derive the four criteria from one.

    Examples
    --------
    The second column repeats the first, the third helps:

    >>> X = np.array([[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]] * 5)
    >>> y = 2 * X[:, 0] + X[:, 2]
    >>> MutualInformationSelector(criterion="cmim", n_features=2).fit(X, y).order_.tolist()
    [0, 2]
    """

    def __init__(
        self,
        *,
        criterion: str = "mi",
        n_features: int | None = None,
        n_bins: int = 10,
        discrete_features: Any = "auto",
    ) -> None:
        self.criterion = criterion
        self.n_features = n_features
        self.n_bins = n_bins
        self.discrete_features = discrete_features

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Choose columns.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Numbers.
        y : array-like of shape (n_rows,)
            Target: class labels, or real numbers that are cut at their quantiles.

        Returns
        -------
        MutualInformationSelector
            The fitted selector.

        Raises
        ------
        ValueError
            If X is not numeric or has missing values, or an option is not valid.
        """
        check_option("criterion", self.criterion, _CRITERIA)
        refuse_masked("X", X)
        refuse_masked("y", y)
        warn_of_row_order(X=X, y=y)
        with fresh_fit(self):
            numbers, labels = validate_data(self, X, y, dtype=np.float64)
            n_selected = self._n_selected(numbers.shape[1])

            columns, target = _encode(numbers, labels, self.n_bins, self.discrete_features)
            self.scores_, self.standard_errors_, self.p_values_ = _scores(columns, target)

            self.order_, self.criterion_ = _choose_columns(
                self.criterion, columns, target, self.scores_, n_selected
            )
            return self

    def _n_selected(self, n_columns: int) -> int:
        """Return the number of columns to select, checked against those that there are."""
        if self.n_features is None:
            return max(1, n_columns // 2)
        check_integer(
            "n_features", self.n_features, high=n_columns, alternative=", the columns of X"
        )
        return int(self.n_features)

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        mask = np.zeros(self.n_features_in_, dtype=bool)
        mask[self.order_] = True
        return mask

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def _encode(
    X: FloatArray, y: ArrayLike, n_bins: int, discrete_features: Any
) -> tuple[list[Codes], Codes]:
    """Return the codes of the columns and of the target."""
    check_n_bins(n_bins)
    labels = discrete_mask(X, discrete_features)
    columns = [column_codes(X[:, j], n_bins, labels=labels[j]) for j in range(X.shape[1])]
    target = target_codes(y, n_bins)
    warn_of_memory(target.index, np.column_stack([column.index for column in columns]))
    return columns, target


def _scores(columns: list[Codes], target: Codes) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Plug-in information of each column and the target in nats, its errors and p-values."""
    scores = [information_score(count_strata(column, target, None)) for column in columns]
    values, errors, p_values = np.array(scores).T
    return values, errors, p_values


def _plugin_information(x: Codes, y: Codes, z: Codes | None = None) -> float:
    """Plug-in information of x and y, given z, in nats."""
    return count_strata(x, y, z).information()[0]


def _choose_columns(
    criterion: str, columns: list[Codes], target: Codes, relevance: FloatArray, n_selected: int
) -> tuple[IntArray, FloatArray]:
    """Return the chosen columns and what each was worth when it was chosen; the first wins ties."""
    if criterion == "mi":
        # No column matters to another: one stable sort says all.
        best = np.argsort(-relevance, kind="stable")[:n_selected]
        return best, relevance[best]

    order = [int(np.argmax(relevance))]
    values = [float(relevance[order[0]])]

    # Each round looks at pairs with the column chosen last only: sums and minima over the chosen
    # columns grow by one term.
    total, least = np.zeros(len(columns)), np.full(len(columns), np.inf)
    while len(order) < n_selected:
        term = _terms_with(criterion, columns, target, columns[order[-1]])
        total, least = total + term, np.minimum(least, term)
        mean = total / len(order)

        value = {"cmim": least, "jmi": mean, "mrmr": relevance - mean}[criterion]
        # A column that is chosen is never chosen again.
        value = np.where(np.isin(np.arange(len(columns)), order), -np.inf, value)
        order.append(int(np.argmax(value)))
        values.append(float(value[order[-1]]))

    return np.array(order), np.array(values)


def _terms_with(criterion: str, columns: list[Codes], target: Codes, last: Codes) -> FloatArray:
    """For each column: ``I(X_k; X_last)`` for mrmr, ``I(X_k; Y | X_last)`` for the others."""
    if criterion == "mrmr":
        return np.array([_plugin_information(column, last) for column in columns])
    return np.array([_plugin_information(column, target, last) for column in columns])

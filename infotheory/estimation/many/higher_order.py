"""Total correlation, dual total correlation, O- and S-information of all multiplets of columns."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from infotheory._codes import Codes, compress, encode_labels
from infotheory._display import html_frame, short_repr
from infotheory._numerics import log_base
from infotheory._typing import Base, FloatArray, IntArray
from infotheory._validation import check_integer, check_option
from infotheory._warnings import warn
from infotheory.estimation.discrete.pairwise import named_columns
from infotheory.estimation.many.gaussian import gaussian_local_values, gaussian_measures
from infotheory.estimation.many.labels import (
    ROWS_PER_CELL,
    label_local_values,
    label_measures,
)
from infotheory.estimation.many.measures import MEASURES, Values
from infotheory.estimation.measurements._gaussian import normal_scores
from infotheory.estimation.measurements._scaling import as_measurements
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate, benjamini_hochberg
from infotheory.laws import NormalLaw, two_sided_p_value

__all__ = [
    "HigherOrder",
    "higher_order_information",
    "local_o_information",
    "o_information_gradient",
]

METHODS = ("gaussian_copula", "gaussian", "plugin")
#: A correlation matrix with a smaller eigenvalue is that of columns that determine each other.
_SINGULAR = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HigherOrder:
    """Measures of every multiplet of columns: descriptive, with errors and tests, no intervals.

    Parameters
    ----------
    multiplets : tuple of tuple of str
        Names of the columns of each.
    total_correlation, dual_total_correlation : ndarray of shape (n_multiplets,)
        ``sum H(X_i) - H(X)``, and ``H(X) - sum H(X_i | rest)``.
    o_information, s_information : ndarray of shape (n_multiplets,)
        Their difference (positive for redundancy, negative for synergy; minus the interaction
        information of three variables), and their sum.
    standard_errors : ndarray of shape (n_multiplets, 4)
        Errors of these four in this order; NaN where they are withheld.
    p_values : ndarray of shape (n_multiplets,)
        Tests that the O-information is 0; NaN where withheld.
    adjusted : ndarray of shape (n_multiplets,)
        The same after Benjamini and Hochberg, over all multiplets.
    independence_p_values : ndarray of shape (n_multiplets,)
        Tests that the variables of a multiplet are independent (Bartlett); NaN for labels.
    method : str
        How they were estimated.
    """

    multiplets: tuple[tuple[str, ...], ...]
    total_correlation: FloatArray
    dual_total_correlation: FloatArray
    o_information: FloatArray
    s_information: FloatArray
    standard_errors: FloatArray
    p_values: FloatArray
    adjusted: FloatArray
    independence_p_values: FloatArray
    method: str

    __repr__ = short_repr
    _repr_html_ = html_frame

    def to_frame(self) -> pd.DataFrame:
        """Lay the multiplets out as a table.

        Returns
        -------
        DataFrame
            Columns multiplet (tuples of names), the four measures, each with its standard error
            (``o_information_standard_error``), p_value, adjusted, independence_p_value.
        """
        columns: dict[str, Any] = {"multiplet": list(self.multiplets)}
        for i, name in enumerate(MEASURES):
            columns[name] = getattr(self, name)
            columns[f"{name}_standard_error"] = self.standard_errors[:, i]
        columns |= {
            "p_value": self.p_values,
            "adjusted": self.adjusted,
            "independence_p_value": self.independence_p_values,
        }
        return pd.DataFrame(columns)

    def top(self, n: int = 10, *, by: str = "o_information") -> pd.DataFrame:
        """Return the multiplets with the largest values of a measure, of either sign.

        Parameters
        ----------
        n : int
            How many.
        by : {"o_information", "total_correlation", "dual_total_correlation", "s_information"}
            The measure.

        Returns
        -------
        DataFrame
            Rows of ``to_frame``, the largest absolute value first.

        Raises
        ------
        ValueError
            If ``n`` is not positive or ``by`` is no measure.
        """
        check_integer("n", n)
        check_option("by", by, MEASURES)
        order = np.argsort(-np.abs(getattr(self, by)), kind="stable")[:n]
        return self.to_frame().iloc[order].reset_index(drop=True)


def higher_order_information(
    X: Any,
    *,
    sizes: Sequence[int] = (3,),
    multiplets: Sequence[Sequence[str | int]] | None = None,
    method: str = "gaussian_copula",
    max_multiplets: int = 10**7,
    base: Base = None,
) -> HigherOrder:
    """Estimate total correlation, dual total correlation, O- and S-information of many multiplets.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_columns) or DataFrame
        Columns of measurements, or of labels for ``"plugin"``; independent rows.
    sizes : sequence of int
        Sizes of the multiplets, 3 or more each; all of these sizes are taken.
    multiplets : sequence of sequences of str or int, optional
        Names or numbers of the columns of single multiplets, in place of ``sizes``.
    method : {"gaussian_copula", "gaussian", "plugin"}
        Correlations of the normal scores of ranks (any margins; exact where the copula is
        Gaussian), of the columns themselves, or counts of labels (entropies after Miller and
        Madow).
    max_multiplets : int
        Refuse to take more.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    HigherOrder
        Values (descriptive, without intervals) with standard errors and tests, multiplet by
        multiplet.

    Raises
    ------
    ValueError
        If the columns are not such, a multiplet is unknown or of fewer than 3 columns, there are
        more than ``max_multiplets``, too few rows, columns determine each other, or a table of
        labels has more than 2^20 cells.

    Warns
    -----
    WithheldWarning
        If tables of labels have fewer than 5 rows a cell: their errors and tests are withheld.

    Notes
    -----
    Gaussian: the influence of each measure is a quadratic form of the scores, which gives the
    variance of first order; ranks change nothing there. It vanishes with the dependence, so the
    variance of second order is added. 95 % intervals of plus or minus 1.96 errors covered .92 to
    .96 at 400 rows (3 to 5 variables, correlations of .1 to .5, any margins), .91 to .99 at 100.
    The test of an O-information of 0 is conservative where the variables are independent; there the
    test of independence says more. Labels: .99 (2 levels, 3 variables, 500 rows), .94 (81 cells,
    1000 rows).

    References
    ----------
    F. Rosas et al. (2019), "Quantifying high-order interdependencies via multivariate extensions of
    the mutual information", arXiv:1902.11239. C. Klaassen, J. Wellner (1997), "Efficient estimation
    in the bivariate normal copula model", doi:10.2307/3318652.

    Examples
    --------
    Two causes and their sum: together they say more than apart.

    >>> x, y, noise = np.random.default_rng(0).normal(size=(3, 1000))
    >>> result = higher_order_information(np.column_stack([x, y, x + y + noise]))
    >>> bool(result.o_information[0] < 0), bool(result.p_values[0] < 0.001)
    (True, True)
    """
    check_option("method", method, METHODS)
    columns = named_columns(X)
    names = list(columns)
    wanted = _read_multiplets(names, sizes, multiplets, max_multiplets)
    measured = _measured(columns, wanted, method)

    table = measured.table
    errors = measured.standard_errors
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(table[:, 2]) / errors[:, 2]
    p_values = np.where(errors[:, 2] > 0.0, 2.0 * special.ndtr(-z), np.nan)
    if method == "plugin" and np.isnan(errors[:, 2]).any():
        message = (
            f"{int(np.isnan(errors[:, 2]).sum())} of {len(wanted)} multiplets have fewer than "
            f"{ROWS_PER_CELL:.0f} rows a cell: their errors and tests are withheld; merge rare "
            "labels, or take smaller multiplets"
        )
        warn(message, WithheldWarning)

    unit = log_base(base)
    return HigherOrder(
        multiplets=tuple(tuple(names[i] for i in one) for one in wanted),
        **dict(zip(MEASURES, (table / unit).T, strict=True)),
        standard_errors=errors / unit,
        p_values=p_values,
        adjusted=benjamini_hochberg(p_values),
        independence_p_values=measured.independence_p_values,
        method=method,
    )


def o_information_gradient(
    X: Any,
    multiplet: Sequence[str | int],
    variable: str | int,
    *,
    method: str = "gaussian_copula",
    base: Base = None,
) -> Estimate:
    """Estimate what a variable adds to the O-information of the others.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_columns) or DataFrame
        Columns of measurements; independent rows.
    multiplet : sequence of str or int
        Names or numbers of 3 columns or more.
    variable : str or int
        One of them.
    method : {"gaussian_copula", "gaussian"}
        As in `higher_order_information`.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Estimate
        ``O(multiplet) - O(multiplet without the variable)``, negative where the variable adds
        synergy; the second term is 0 for two variables. Its error comes from the difference of the
        pointwise values.

    Raises
    ------
    ValueError
        As in `higher_order_information`, or if the variable is not in the multiplet.

    References
    ----------
    T. Scagliarini et al. (2023), "Gradients of O-information: low-order descriptors of high-order
    dependencies", doi:10.1103/PhysRevResearch.5.013025.

    Examples
    --------
    >>> x, y, noise = np.random.default_rng(0).normal(size=(3, 1000))
    >>> X = np.column_stack([x, y, x + y + noise])
    >>> o_information_gradient(X, [0, 1, 2], 2).interval()[1] < 0.0
    True
    """
    check_option("method", method, METHODS[:2])
    columns = named_columns(X)
    (wanted,) = _read_multiplets(list(columns), (), [multiplet], 1)
    (left_out,) = _read_columns(list(columns), [variable])
    if left_out not in wanted:
        message = f"variable must be one of the multiplet {list(multiplet)}, got {variable!r}"
        raise ValueError(message)

    rest = tuple(i for i in wanted if i != left_out)
    scores = _scores(columns, method)
    n_rows = len(scores)
    _check_rows(n_rows, len(wanted))
    covariance = _covariance(scores, [wanted])

    change = gaussian_local_values(scores[:, list(wanted)])
    value = gaussian_measures(covariance, np.array([wanted]), n_rows).table[0, 2]
    if len(rest) > 2:
        change = change - gaussian_local_values(scores[:, list(rest)])
        value -= gaussian_measures(covariance, np.array([rest]), n_rows).table[0, 2]
    error, unit = float(change.std() / math.sqrt(n_rows)), log_base(base)
    return Estimate(
        value=float(value) / unit,
        standard_error=error / unit,
        method=f"{method}, gradient",
        p_value=two_sided_p_value(float(value) / error),
        law=NormalLaw(),
    )


def local_o_information(
    X: Any,
    multiplet: Sequence[str | int],
    *,
    method: str = "gaussian_copula",
    base: Base = None,
) -> FloatArray:
    """Compute what each row says of the O-information of a multiplet.

    Local values are descriptive: each is of one row; the error of their mean is that of
    `higher_order_information`.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_columns) or DataFrame
        Columns of measurements, or of labels for ``"plugin"``.
    multiplet : sequence of str or int
        Names or numbers of 3 columns or more.
    method : {"gaussian_copula", "gaussian", "plugin"}
        As in `higher_order_information`.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    ndarray of shape (n_rows,)
        Pointwise values: positive where a row is redundant, negative where it is synergistic. The
        mean is the plug-in O-information, without the correction of its bias.

    Raises
    ------
    ValueError
        As in `higher_order_information`.

    References
    ----------
    T. Scagliarini et al. (2022), "Quantifying high-order interdependencies on individual patterns
    via the local O-information", doi:10.1103/PhysRevResearch.4.013184.

    Examples
    --------
    Two fair bits and their sum modulo 2: every row is synergistic.

    >>> a, b = np.array([0, 0, 1, 1] * 5), np.array([0, 1, 0, 1] * 5)
    >>> X = np.column_stack([a, b, a ^ b])
    >>> local_o_information(X, [0, 1, 2], method="plugin", base=2)[:3].tolist()
    [-1.0, -1.0, -1.0]
    """
    check_option("method", method, METHODS)
    columns = named_columns(X)
    (wanted,) = _read_multiplets(list(columns), (), [multiplet], 1)
    unit = log_base(base)
    if method == "plugin":
        names = list(columns)
        codes = [_label_column(names[i], columns[names[i]]) for i in wanted]
        return label_local_values(codes) / unit
    scores = _scores(columns, method)
    _check_rows(len(scores), len(wanted))
    _covariance(scores, [wanted])
    return gaussian_local_values(scores[:, list(wanted)]) / unit


def _label_column(name: str, column: Any) -> Codes:
    """Read a column that holds labels."""
    return encode_labels(
        column, name=f"column {name!r}", of_measurements='method="gaussian_copula"'
    )


def _measured(columns: dict[str, Any], wanted: Sequence[tuple[int, ...]], method: str) -> Values:
    """Measure multiplets, which come in order of their size."""
    if method == "plugin":
        codes = [compress(_label_column(name, column)) for name, column in columns.items()]
        return Values.joined([label_measures(codes, group) for group in _by_size(wanted)])

    scores = _scores(columns, method)
    _check_rows(len(scores), max(map(len, wanted)))
    covariance = _covariance(scores, wanted)
    return Values.joined(
        [gaussian_measures(covariance, group, len(scores)) for group in _by_size(wanted)]
    )


def _by_size(wanted: Sequence[tuple[int, ...]]) -> list[IntArray]:
    return [np.array(list(group)) for _, group in groupby(wanted, key=len)]


def _read_multiplets(
    names: list[str],
    sizes: Sequence[int],
    multiplets: Sequence[Sequence[str | int]] | None,
    most: int,
) -> list[tuple[int, ...]]:
    """Numbers of the columns of each multiplet, in order of their size."""
    check_integer("max_multiplets", most)
    if multiplets is not None:
        wanted = [_read_columns(names, one) for one in multiplets]
        wrong = [one for one in wanted if len(one) < 3]
        if wrong or not wanted:
            message = f"multiplets must each have 3 columns or more, got {multiplets!r:.80}"
            raise ValueError(message)
        if len(wanted) > most:
            message = f"multiplets must be at most max_multiplets={most}, got {len(wanted)}"
            raise ValueError(message)
        return sorted(wanted, key=len)

    if isinstance(sizes, int) or not len(sizes):
        message = f"sizes must be a sequence of whole numbers such as (3, 4), got {sizes!r}"
        raise ValueError(message)
    for size in sizes:
        check_integer("a size", size, low=3, high=max(len(names), 3))
    n_wanted = sum(math.comb(len(names), size) for size in set(sizes))
    if not 0 < n_wanted <= most:
        message = (
            f"{len(names)} columns have {n_wanted} multiplets of sizes {sorted(set(sizes))}, where "
            f"1 to {most} may be: choose columns or sizes, or raise max_multiplets"
        )
        raise ValueError(message)
    return [one for size in sorted(set(sizes)) for one in combinations(range(len(names)), size)]


def _read_columns(names: list[str], columns: Sequence[str | int]) -> tuple[int, ...]:
    """Numbers of columns that are given by name or number, each once."""
    if isinstance(columns, str) or not np.iterable(columns):
        message = f"a multiplet must be a list of columns, got {columns!r}"
        raise ValueError(message)

    numbers = []
    for column in columns:
        if isinstance(column, str):
            if column not in names:
                message = f"a multiplet must name columns of X ({names[:10]}), got {column!r}"
                raise ValueError(message)
            numbers.append(names.index(column))
        else:
            check_integer("a column", column, low=0, high=len(names) - 1)
            numbers.append(int(column))

    # A column may have come by its name and by its number.
    if len(set(numbers)) < len(numbers):
        message = f"a multiplet must name each column once, got {list(columns)}"
        raise ValueError(message)
    return tuple(sorted(numbers))


def _scores(columns: dict[str, Any], method: str) -> FloatArray:
    """Columns of mean 0 and variance 1: measurements, or normal scores of their ranks."""
    points = np.column_stack(
        [
            as_measurements(column, name=f"column {name!r}").points
            for name, column in columns.items()
        ]
    )
    if method == "gaussian":
        return points
    scores = normal_scores(points)
    return np.asarray(scores / scores.std(axis=0))


def _covariance(scores: FloatArray, wanted: Sequence[tuple[int, ...]]) -> FloatArray:
    """Correlations of all columns, after a check that none of a multiplet determines another."""
    covariance = np.asarray(scores.T @ scores / len(scores))
    if np.linalg.eigvalsh(covariance)[0] > _SINGULAR:
        return covariance
    for group in _by_size(wanted):
        least = np.linalg.eigvalsh(covariance[group[:, :, None], group[:, None, :]])[:, 0]
        if least.min() < _SINGULAR:
            message = (
                f"columns {group[least.argmin()].tolist()} must not determine each other, for "
                "which the information is infinite; leave one of them out"
            )
            raise ValueError(message)
    return covariance


def _check_rows(n_rows: int, size: int) -> None:
    if n_rows < size + 3:
        message = f"X must have at least {size + 3} rows for multiplets of {size}, got {n_rows}"
        raise ValueError(message)

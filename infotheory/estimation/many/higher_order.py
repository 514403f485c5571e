"""Total correlation, dual total correlation, O- and S-information of all multiplets of columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from infotheory._codes import compress
from infotheory._display import html_frame, short_repr
from infotheory._numerics import log_base
from infotheory._optional import require
from infotheory._several_tests import FALSE_DISCOVERY, false_discovery
from infotheory._typing import Base, FloatArray, IntArray
from infotheory._validation import check_integer, check_option, unmasked
from infotheory._warnings import warn
from infotheory.estimation._row_memory import warn_of_memory
from infotheory.estimation.discrete.pairwise import named_columns
from infotheory.estimation.many.columns import (
    by_size,
    check_enough_rows,
    column_numbers,
    complete_rows,
    correlations_of,
    covariance_of,
    label_column,
    points_of,
    read_multiplets,
    scores_of,
    used_columns,
)
from infotheory.estimation.many.gaussian import gaussian_local_values, gaussian_measures
from infotheory.estimation.many.labels import (
    ROWS_PER_CELL,
    label_local_values,
    label_measures,
)
from infotheory.estimation.many.measures import MEASURES, Values
from infotheory.estimation.many.neighbors import neighbor_local_values, neighbor_measures
from infotheory.estimation.many.tails import tails_of
from infotheory.estimation.measurements._scaling import check_neighbors
from infotheory.exceptions import WithheldWarning
from infotheory.inference import Estimate
from infotheory.laws import NormalLaw, WithheldLaw, two_sided_p_value

__all__ = [
    "HigherOrder",
    "higher_order_information",
    "local_o_information",
    "o_information_gradient",
]

METHODS = ("gaussian_copula", "gaussian", "ksg", "plugin")
# Why errors are NaN, and what mends that.
_WITHHELD = {
    "plugin": f"fewer than {ROWS_PER_CELL:.0f} rows a cell of the table",
    "ksg": (
        "too few rows for nearest neighbours, whose boxes are as wide as the dependence, or tails "
        "too heavy for them"
    ),
    "gaussian": (
        "columns that are not normal: correlations of these vary by more than the law says, or "
        "tell less than they share"
    ),
}
_WAY_OUT = {
    "plugin": "merge rare labels",
    "ksg": "take gaussian_copula, or ranks of the columns",
    "gaussian": "take gaussian_copula, or transform the columns",
}
_NO_ERROR = "every row says the same, which leaves the value no error of first order"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HigherOrder:
    """Measures of every multiplet of columns: descriptive, with errors and tests, no intervals.

    Parameters
    ----------
    multiplets : tuple of tuple of str
        Names of the columns of each, without the target.
    total_correlation, dual_total_correlation : ndarray of shape (n_multiplets,)
        ``sum H(X_i) - H(X)``, and ``H(X) - sum H(X_i | rest)``. With a target this and all others
        are what the target adds: the measure with it less that without it.
    o_information, s_information : ndarray of shape (n_multiplets,)
        Their difference (positive for redundancy, negative for synergy; minus the interaction
        information of three variables), and their sum.
    standard_errors : ndarray of shape (n_multiplets, 4)
        Errors of these four in this order; NaN where they are withheld.
    p_values : ndarray of shape (n_multiplets,)
        Tests that the O-information is 0; NaN where withheld.
    adjusted : ndarray of shape (n_multiplets,)
        The same, adjusted over all multiplets.
    independence_p_values : ndarray of shape (n_multiplets,)
        Tests that the variables of a multiplet are independent (Bartlett), or with a target that
        together they say nothing of it (F); NaN for labels and neighbours.
    method : str
        How they were estimated.
    n_rows : int
        Number of rows that were used.
    target : str or None
        Name of the target.
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
    n_rows: int
    target: str | None = None

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
    multiplets: "Sequence[Sequence[str | int]] | None" = None,
    target: str | int | None = None,
    method: str = "gaussian_copula",
    n_neighbors: int = 3,
    missing: str = "error",
    adjust: str = "bh",
    max_multiplets: int = 10**7,
    device: Any = None,
    base: Base = None,
) -> HigherOrder:
    """Estimate total correlation, dual total correlation, O- and S-information of many multiplets.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_columns) or DataFrame
        Columns of measurements, or of labels for ``"plugin"``; independent rows.
    sizes : sequence of int
        Sizes of the multiplets, 3 or more each (2 or more beside a target, which does not count);
        all of these sizes are taken.
    multiplets : sequence of sequences of str or int, optional
        Names or numbers of the columns of single multiplets, in place of ``sizes``.
    target : str or int, optional
        Name or number of a column that is in no multiplet: what it adds to each is measured, such
        as ``O(multiplet, target) - O(multiplet)``. The total correlation then is the information of
        the multiplet on the target.
    method : {"gaussian_copula", "gaussian", "ksg", "plugin"}
        Correlations of the normal scores of ranks (any margins; exact where the copula is
        Gaussian), of the columns themselves, nearest neighbours (any dependence; multiplet by
        multiplet, which takes some hundred times as long), or counts of labels (entropies after
        Miller and Madow).
    n_neighbors : int
        Number of neighbours, for ``"ksg"``.
    missing : {"error", "omit"}
        Whether missing values are an error, or the rows that miss a value in a column of some
        multiplet are left out, of all of them.
    adjust : {"bh", "by"}
        Adjustment of the p-values over all multiplets: Benjamini and Hochberg, or Benjamini and
        Yekutieli, for any dependence.
    max_multiplets : int
        Refuse to take more.
    device : str or torch.device, optional
        Where PyTorch computes the Gaussian measures, in float64 ("cuda", "cpu"); numpy when None.
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
        If the columns are not such, a multiplet is unknown, of too few columns or holds the target,
        there are more than ``max_multiplets``, too few rows, values are missing, columns determine
        each other, a table of labels has more than 2^20 cells, or there is no such device.
    MissingDependencyError
        If a device is named and PyTorch is not installed.

    Warns
    -----
    WithheldWarning
        If errors and tests are withheld: tables of labels have fewer than 5 rows a cell, boxes of
        neighbours are as wide as the dependence, or a column has tails as heavy as for
        `estimate_mutual_information` (by gaussian, too).
    ApproximationWarning
        If two columns remember the rows before, as steps of series do: errors are too small.

    Notes
    -----
    Gaussian: the influence of each measure is a quadratic form of the scores, which gives the
    variance of first order; ranks change nothing there. It vanishes with the dependence, so the
    variance of second order is added. 95 % intervals of plus or minus 1.96 errors covered .92 to
    .96 at 400 rows (3 to 5 variables, correlations of .1 to .5, any margins), .91 to .99 at 100.
    The test of an O-information of 0 is conservative where the variables are independent; there the
    test of independence says more. Labels, with 5 rows a cell and more: .92 to 1 (.85 of the dual
    total correlation of a near chain with 5 to 10; independent ones 1), and the test of an
    O-information of 0 rejects 0 to .03 at .05. Neighbours: all entropies of a multiplet take the
    radius of the k-th neighbour in all of its columns, as Kraskov et al. do for two; see `Many
    variables` for how far their intervals cover.

    References
    ----------
    F. Rosas et al. (2019), "Quantifying high-order interdependencies via multivariate extensions of
    the mutual information", arXiv:1902.11239. C. Klaassen, J. Wellner (1997), "Efficient estimation
    in the bivariate normal copula model", doi:10.2307/3318652. A. Kraskov, H. Stögbauer, P.
    Grassberger (2004), "Estimating mutual information", doi:10.1103/PhysRevE.69.066138.

    Examples
    --------
    Two causes and their sum: together they say more than apart.

    >>> x, y, noise = np.random.default_rng(0).normal(size=(3, 1000))
    >>> result = higher_order_information(np.column_stack([x, y, x + y + noise]))
    >>> bool(result.o_information[0] < 0), bool(result.p_values[0] < 0.001)
    (True, True)

    What the sum adds to its causes is the same here, since two columns have no O-information:

    >>> result = higher_order_information(
    ...     np.column_stack([x, y, x + y + noise]), sizes=(2,), target=2
    ... )
    >>> result.multiplets, bool(result.o_information[0] < 0)
    ((('x0', 'x1'),), True)
    """
    check_option("method", method, METHODS)
    check_option("missing", missing, ("error", "omit"))
    check_option("adjust", adjust, FALSE_DISCOVERY)
    _check_device(device, method)

    columns = named_columns(unmasked(X, labels=method == "plugin") if missing == "omit" else X)
    names = list(columns)
    aim = None if target is None else column_numbers(names, [target], what="target")[0]
    wanted = read_multiplets(names, sizes, multiplets, max_multiplets, aim)
    shown = tuple(tuple(names[i] for i in one if i != aim) for one in wanted)
    if multiplets is not None:
        # Rows are dropped, and columns refused, only for what the named multiplets hold.
        columns, wanted = used_columns(columns, wanted)
    if missing == "omit":
        columns = complete_rows(columns)
    measured = _measured(
        columns, wanted, method, n_neighbors, with_target=aim is not None, device=device
    )

    table = measured.table
    errors = measured.standard_errors

    # An error of 0, or one that is withheld, has no test: NaN.
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(table[:, 2]) / measured.errors_of_no_o_information
    p_values = np.where(errors[:, 2] > 0.0, 2.0 * special.ndtr(-z), np.nan)

    if np.isnan(errors[:, 2]).any():
        message = (
            f"{int(np.isnan(errors[:, 2]).sum())} of {len(wanted)} multiplets have "
            f"{_WITHHELD[method]}: their errors and tests are withheld; {_WAY_OUT[method]}, or "
            "take smaller multiplets"
        )
        warn(message, WithheldWarning)

    unit = log_base(base)
    return HigherOrder(
        multiplets=shown,
        **dict(zip(MEASURES, (table / unit).T, strict=True)),
        standard_errors=errors / unit,
        p_values=p_values,
        adjusted=false_discovery(p_values, adjust),
        independence_p_values=measured.independence_p_values,
        method=method,
        n_rows=len(next(iter(columns.values()))),
        target=None if aim is None else names[aim],
    )


def o_information_gradient(
    X: Any,
    multiplet: Sequence[str | int],
    variable: str | int,
    *,
    method: str = "gaussian_copula",
    n_neighbors: int = 3,
    base: Base = None,
) -> Estimate:
    """Estimate what a variable adds to the O-information of the others.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_columns) or DataFrame
        Columns of measurements, or of labels for ``"plugin"``; independent rows.
    multiplet : sequence of str or int
        Names or numbers of 3 columns or more.
    variable : str or int
        One of them.
    method : {"gaussian_copula", "gaussian", "ksg", "plugin"}
        As in `higher_order_information`.
    n_neighbors : int
        Number of neighbours, for ``"ksg"``.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Estimate
        ``O(multiplet) - O(multiplet without the variable)``, negative where the variable adds
        synergy; the second term is 0 for two variables. Its error is that of
        `higher_order_information` with the variable as target.

    Raises
    ------
    ValueError
        As in `higher_order_information`, or if the variable is not in the multiplet.

    Warns
    -----
    WithheldWarning, ApproximationWarning
        As in `higher_order_information`.

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
    check_option("method", method, METHODS)
    columns = named_columns(X)
    names = list(columns)
    (wanted,) = read_multiplets(names, (), [multiplet], 1)
    (left_out,) = column_numbers(names, [variable])
    if left_out not in wanted:
        message = f"variable must be one of the multiplet {list(multiplet)}, got {variable!r}"
        raise ValueError(message)

    # The last of a multiplet is its target: the measures of all less those without it are the
    # gradient.
    rest = tuple(i for i in wanted if i != left_out)
    measured = _measured(
        *used_columns(columns, [(*rest, left_out)]), method, n_neighbors, with_target=True
    )
    value, error = float(measured.table[0, 2]), float(measured.standard_errors[0, 2])
    named, unit = f"{method}, gradient", log_base(base)

    if np.isnan(error):
        reason = f"the multiplet has {_WITHHELD[method]}"
        message = f"{reason}: the error and the test are withheld; {_WAY_OUT[method]}"
        warn(message, WithheldWarning)
        return Estimate(
            value=value / unit, standard_error=np.nan, method=named, law=WithheldLaw(reason)
        )
    return Estimate(
        value=value / unit,
        standard_error=error / unit,
        method=named,
        p_value=(
            two_sided_p_value(value / float(measured.errors_of_no_o_information[0]))
            if error > 0.0
            else None
        ),
        law=NormalLaw() if error > 0.0 else WithheldLaw(_NO_ERROR),
    )


def local_o_information(
    X: Any,
    multiplet: Sequence[str | int],
    *,
    method: str = "gaussian_copula",
    n_neighbors: int = 3,
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
    method : {"gaussian_copula", "gaussian", "ksg", "plugin"}
        As in `higher_order_information`.
    n_neighbors : int
        Number of neighbours, for ``"ksg"``.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    ndarray of shape (n_rows,)
        Pointwise values: positive where a row is redundant, negative where it is synergistic. The
        mean is the plug-in O-information, without the correction of its bias (for ``"ksg"`` the
        estimate itself).

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
    columns, (wanted,) = used_columns(columns, read_multiplets(list(columns), (), [multiplet], 1))
    unit = log_base(base)
    if method == "plugin":
        codes = [label_column(name, column) for name, column in columns.items()]
        return label_local_values(codes) / unit
    if method == "ksg":
        points = points_of(columns)
        check_neighbors(n_neighbors, len(points), 1)
        covariance_of(points, [wanted])
        return neighbor_local_values(points, n_neighbors) / unit
    scores = scores_of(columns, method)
    check_enough_rows(len(scores), len(wanted))
    # Called for its check of columns that determine each other.
    covariance_of(scores, [wanted])
    return gaussian_local_values(scores) / unit


def _check_device(device: Any, method: str) -> None:
    """Raise ValueError where labels are to be counted elsewhere, and an error without PyTorch."""
    if device is None:
        return
    if method in ("plugin", "ksg"):
        message = f"device must be None for method={method!r}, which counts, got {device!r}"
        raise ValueError(message)
    require("torch", extra="torch", purpose="higher_order_information(device=...)")


def _measured(
    columns: dict[str, Any],
    wanted: Sequence[tuple[int, ...]],
    method: str,
    n_neighbors: int,
    *,
    with_target: bool = False,
    device: Any = None,
) -> Values:
    """Measure multiplets, which come in order of their size."""
    check_integer("n_neighbors", n_neighbors)
    if method == "plugin":
        # Levels without rows would count as cells, each of which needs rows for an error.
        codes = [compress(label_column(name, column)) for name, column in columns.items()]
        found = [label_measures(codes, group, with_target=with_target) for group in by_size(wanted)]
        warn_of_memory(*[one.index for one in codes])
        return Values.joined(found)

    if method == "ksg":
        points = points_of(columns)
        check_neighbors(n_neighbors, len(points), 1)
        covariance_of(points, wanted)
        warn_of_memory(*points.T)
        return Values.joined(
            [
                neighbor_measures(points, group, n_neighbors, with_target=with_target)
                for group in by_size(wanted)
            ]
        )

    scores = scores_of(columns, method)
    n_rows = len(scores)
    check_enough_rows(n_rows, max(map(len, wanted)))
    covariance = covariance_of(scores, wanted)
    warn_of_memory(*scores.T)

    def of(correlations: FloatArray, group: IntArray) -> Values:
        return gaussian_measures(
            correlations, group, n_rows, with_target=with_target, device=device
        )

    groups = by_size(wanted)
    found = [of(covariance, group) for group in groups]
    tails = tails_of(scores) if method == "gaussian" else None
    if tails is not None:
        of_ranks = correlations_of(scores_of(columns, "gaussian_copula"))
        found = [
            tails.allowed_for(measured, group, of_ranks, of)
            for measured, group in zip(found, groups, strict=True)
        ]
    return Values.joined(found)

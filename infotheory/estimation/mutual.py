"""Mutual information and conditional mutual information from samples, with standard errors and tests."""

from infotheory._codes import Codes, encode_labels
from infotheory._numerics import log_base
from infotheory._typing import ArrayLike
from infotheory.estimation._samples import check_method
from infotheory.estimation._strata import Strata, count_strata, information_estimate
from infotheory.inference import Estimate

__all__ = ["estimate_conditional_mutual_information", "estimate_mutual_information"]


def estimate_mutual_information(
    x: ArrayLike,
    y: ArrayLike,
    *,
    method: str = "plugin",
    weights: ArrayLike | None = None,
    concentration: float = 0.5,
    base: float | None = None,
) -> Estimate:
    """Estimate the mutual information of two discrete variables from samples.

    Parameters
    ----------
    x, y : array-like of shape (n_rows,) or (n_rows, n_columns)
        Labels of any type; several columns are one joint variable. Real numbers that look like measurements are an
        error: cut them into cells first.
    method : str
        One of plugin, miller_madow, grassberger, chao_shen, james_stein, dirichlet, nsb, jackknife.
    weights : array-like of shape (n_rows,), optional
        Weights of the rows. They enter through the frequencies and Kish's size ``(sum w)^2 / sum w^2``.
    concentration : float
        Pseudo-count of a cell of the joint table, for dirichlet.
    base : float, optional
        Base of the logarithm; nats when None.

    Returns
    -------
    Estimate
        The standard error is by the delta method, ``(E i^2 - I^2) / N`` with i the pointwise information, for every
        method. The p-value is of independence: ``2 N I`` is chi-square with (x levels - 1)(y levels - 1) degrees of
        freedom, counting levels that occur; it is None with fewer rows than degrees of freedom, where that law fails.
        The interval of the plug-in inverts a non-central chi-square scaled to the plug-in's mean and variance, which
        corrects its bias ``df / 2N`` and holds at and near independence; other methods have a normal interval. Values
        of corrected methods may be negative.

    Raises
    ------
    ValueError
        If the lengths differ, there are no rows, a label is missing or a measurement, or an option is not valid.

    Notes
    -----
    All but plugin, james_stein and dirichlet estimate the entropies of x, of y and of both apart. Memory is in
    proportion to the rows, however many cells the joint table has.

    Examples
    --------
    >>> estimate = estimate_mutual_information(["a", "a", "b", "b"], [0, 0, 1, 1], base=2)
    >>> estimate.value
    1.0
    """
    codes = encode_labels(x, name="x"), encode_labels(y, name="y")
    _check_rows(*codes)
    return _estimate(count_strata(*codes, None, weights), method, concentration, base)


def estimate_conditional_mutual_information(
    x: ArrayLike,
    y: ArrayLike,
    z: ArrayLike,
    *,
    method: str = "plugin",
    weights: ArrayLike | None = None,
    concentration: float = 0.5,
    base: float | None = None,
) -> Estimate:
    """Estimate the mutual information of two discrete variables given a third from samples.

    Parameters
    ----------
    x, y, z : array-like of shape (n_rows,) or (n_rows, n_columns)
        Labels of any type; several columns are one joint variable. ``z`` is the condition.
    method : str
        One of plugin, miller_madow, grassberger, chao_shen, james_stein, dirichlet, nsb, jackknife.
    weights : array-like of shape (n_rows,), optional
        Weights of the rows. They enter through the frequencies and Kish's size ``(sum w)^2 / sum w^2``.
    concentration : float
        Pseudo-count of a cell of the joint table, for dirichlet.
    base : float, optional
        Base of the logarithm; nats when None.

    Returns
    -------
    Estimate
        As `estimate_mutual_information`. The degrees of freedom are the sum over the strata of z of
        (x levels - 1)(y levels - 1), counting the levels that occur in the stratum: an empty margin tests nothing.

    Raises
    ------
    ValueError
        If the lengths differ, there are no rows, a label is missing or a measurement, or an option is not valid.

    Examples
    --------
    Two fair bits and their sum modulo 2: independent in pairs, one bit given the third.

    >>> x, y = [0, 0, 1, 1], [0, 1, 0, 1]
    >>> estimate_conditional_mutual_information(x, y, [0, 1, 1, 0], base=2).value
    1.0
    """
    codes = encode_labels(x, name="x"), encode_labels(y, name="y"), encode_labels(z, name="z")
    _check_rows(*codes)
    return _estimate(count_strata(*codes, weights), method, concentration, base)


def _check_rows(*codes: Codes) -> None:
    rows = [code.n_rows for code in codes]
    if len(set(rows)) > 1:
        message = f"x, y and z must have one label a row, got {', '.join(map(str, rows))} rows"
        raise ValueError(message)


def _estimate(strata: Strata, method: str, concentration: float, base: float | None) -> Estimate:
    check_method(method, strata.counts, concentration)
    return information_estimate(strata, method, concentration, log_base(base))

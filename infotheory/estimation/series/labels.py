"""Information in time series of labels: transfer entropy and active information storage."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from infotheory._codes import Codes, compress, encode_labels, joint_codes
from infotheory._numerics import log_base
from infotheory._random import Rng
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import as_array, check_flag, check_integer, check_option
from infotheory.estimation._permutations import (
    check_permutations,
    random_shift_p_value,
    shift_p_value,
    shuffled_p_value,
)
from infotheory.estimation.discrete._entropy_methods import METHODS
from infotheory.estimation.discrete._samples import check_method, check_rows_agree
from infotheory.estimation.discrete._strata import count_strata, information_estimate
from infotheory.estimation.series.long_run import long_run_factor
from infotheory.inference import Estimate

__all__ = ["active_information_storage", "transfer_entropy"]

# Jeffreys' pseudo-count of a cell, for dirichlet.
_CONCENTRATION = 0.5


def transfer_entropy(
    source: ArrayLike,
    target: ArrayLike,
    *,
    history: int = 1,
    lag: int = 1,
    source_history: int = 1,
    conditions: ArrayLike | None = None,
    joint_columns: bool = False,
    method: str = "plugin",
    n_permutations: int = 0,
    surrogates: str = "strata",
    rng: Rng = None,
    base: Base = None,
) -> Estimate:
    """Estimate the transfer entropy from one series of labels to another.

    It is the conditional mutual information
    ``I(target_t ; source_(t - lag) | target_(t-1), ..., target_(t-history))``: what the source
    tells of the next step of the target that the target's own past does not.

    Parameters
    ----------
    source, target : array-like of shape (n_steps,) or (n_steps, n_columns)
        Labels of any type in order of time; several columns need ``joint_columns=True``. Real
        numbers that look like measurements are an error: cut them into cells first.
    history : int
        Number of past steps of the target, at least 1.
    lag : int
        Steps from the source to the target, at least 1.
    source_history : int
        Number of steps of the source, the last of them ``lag`` steps before the target.
    conditions : array-like of shape (n_steps,) or (n_steps, n_columns), optional
        Labels of further processes, whose step t - 1 joins the condition; shift a column to
        condition on another step.
    joint_columns : bool
        Whether several columns of ``source`` or ``target`` are the components of one state at each
        step. They could be trials as well, so they are refused when False.
    method : str
        One of plugin, miller_madow, grassberger, chao_shen, james_stein, dirichlet, nsb, jackknife,
        chao_wang_jost.
    n_permutations : int
        Number of surrogates for a p-value in place of the analytic one; 0 for none.
    surrogates : {"strata", "shift"}
        What is drawn: "strata" permutes the source among the steps of one and the same past of the
        target and the conditions, "shift" moves it along the series by a random number of steps, at
        least a twentieth of them. Permuted sources have no memory: like the fixed margins of the
        analytic p-value they are too even where both source and target stay long in a state beyond
        what ``history`` sees. Shifted ones keep it, and need stationary series.
    rng : Generator or int, optional
        Source of the permutations, or its seed.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Estimate
        As `estimate_conditional_mutual_information` of the embedded series. The p-value is of no
        transfer: ``2 N T`` is chi-square where cells are well filled, which holds for series in
        which the target is a Markov chain of order ``history`` (Barnett and Bossomaier 2012); with
        a shorter ``history`` no test holds. Where cells are sparse it is the larger of two: that
        given the margins, and one of a gamma law with the mean and variance of ``2 N T`` at 99
        even circular shifts of the source, which has the memory of both series. With
        ``n_permutations`` it is the share of surrogates that reach the value. The coverage of
        intervals in sparse tables was not measured for series.

    Raises
    ------
    ValueError
        If lengths differ, the series is not longer than its past, a label is missing or a
        measurement, or an option is not valid.

    Notes
    -----
    Steps of one series are not independent: the variance of the delta method is multiplied by the
    long-run variance of the pointwise transfer over its variance (Geyer 1992,
    doi:10.1214/ss/1177011137), at least .1. A series must be long beside its slowest changes for
    that to help. The analytic p-value needs no such factor. Schreiber 2000,
    doi:10.1103/PhysRevLett.85.461; Barnett and Bossomaier 2012, doi:10.1103/PhysRevLett.109.138105.

    Examples
    --------
    The target repeats the source, which tosses a fair coin, one step later:

    >>> source = np.random.default_rng(0).integers(2, size=500)
    >>> target = np.roll(source, 1)
    >>> round(transfer_entropy(source, target, base=2).value, 1)
    1.0
    >>> transfer_entropy(target, source).p_value > 0.05
    True
    """
    check_integer("history", history)
    check_integer("lag", lag)
    check_integer("source_history", source_history)
    check_option("surrogates", surrogates, ("strata", "shift"))
    check_flag("joint_columns", joint_columns)
    if not joint_columns:
        _refuse_columns("source", source)
        _refuse_columns("target", target)
    series = {
        "source": encode_labels(source, name="source"),
        "target": encode_labels(target, name="target"),
    }
    if conditions is not None:
        series["conditions"] = encode_labels(conditions, name="conditions")
    check_rows_agree(**{name: codes.n_rows for name, codes in series.items()})

    # The first step whose whole past was seen.
    first = max(history, lag + source_history - 1)
    past = [_steps(series["target"], range(1, history + 1), first)]
    if conditions is not None:
        past.append(_steps(series["conditions"], range(1, 2), first))

    sent = _steps(series["source"], range(lag, lag + source_history), first)
    next_step = _steps(series["target"], range(1), first)
    condition = joint_codes(*past)

    def shifted() -> float:
        return shift_p_value(sent, next_step, condition)

    estimate = _series_estimate(sent, next_step, condition, method, n_permutations, base, shifted)
    if n_permutations == 0:
        return estimate
    drawn = {"strata": shuffled_p_value, "shift": random_shift_p_value}[surrogates]
    return replace(estimate, p_value=drawn(sent, next_step, condition, n_permutations, rng))


def active_information_storage(
    x: ArrayLike,
    *,
    history: int = 1,
    joint_columns: bool = False,
    method: str = "plugin",
    n_permutations: int = 0,
    rng: Rng = None,
    base: Base = None,
) -> Estimate:
    """Estimate the active information storage of a series of labels.

    It is ``I(x_t ; x_(t-1), ..., x_(t-history))``: what the past of a series tells of its next
    step.

    Parameters
    ----------
    x : array-like of shape (n_steps,) or (n_steps, n_columns)
        Labels of any type in order of time; several columns need ``joint_columns=True``. Real
        numbers that look like measurements are an error: cut them into cells first.
    history : int
        Number of past steps, at least 1.
    joint_columns : bool
        Whether several columns are the components of one state at each step; refused when False.
    method : str
        One of plugin, miller_madow, grassberger, chao_shen, james_stein, dirichlet, nsb, jackknife,
        chao_wang_jost.
    n_permutations : int
        Number of permutations of the next step against its past for a p-value in place of the
        analytic one; 0 for none.
    rng : Generator or int, optional
        Source of the permutations, or its seed.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Estimate
        As `estimate_mutual_information` of the next step and its past; the p-value is of
        independent steps. The coverage of intervals in sparse tables was not measured for series.

    Raises
    ------
    ValueError
        If the series is not longer than its past, a label is missing or a measurement, or an option
        is not valid.

    Notes
    -----
    The standard error takes the dependence of the steps into account, as in `transfer_entropy`.
    Lizier, Prokopenko and Zomaya 2012, doi:10.1016/j.ins.2012.04.016.

    Examples
    --------
    Two states in turn: the past tells the next step.

    >>> active_information_storage([*[0, 1] * 50, 0], base=2).value
    1.0
    """
    check_integer("history", history)
    check_flag("joint_columns", joint_columns)
    if not joint_columns:
        _refuse_columns("x", x)
    codes = encode_labels(x, name="x")
    next_step, past = (_steps(codes, lags, history) for lags in (range(1), range(1, history + 1)))
    estimate = _series_estimate(past, next_step, None, method, n_permutations, base)
    if n_permutations == 0:
        return estimate
    p_value = shuffled_p_value(past, next_step, None, n_permutations, rng)
    return replace(estimate, p_value=p_value)


def _refuse_columns(name: str, series: ArrayLike) -> None:
    """Raise ValueError where a series has several columns, which may be trials."""
    shape = as_array(name, series).shape
    if len(shape) == 2 and shape[1] > 1:
        message = (
            f"{name} must be one series of shape (n_steps,), got shape {shape}, whose columns may "
            "be trials or components; pass joint_columns=True where they are components of one "
            "state, and estimate each trial by itself otherwise"
        )
        raise ValueError(message)


def _steps(codes: Codes, lags: range, first: int) -> Codes:
    """Return the joint label of the steps at some lags before each step from ``first`` on."""
    n_steps = codes.n_rows
    if n_steps <= first:
        message = f"a series must be longer than the {first} steps of its past, got {n_steps} steps"
        raise ValueError(message)
    return joint_codes(
        *(Codes(codes.index[first - lag : n_steps - lag], codes.n_levels) for lag in lags)
    )


def _series_estimate(
    x: Codes,
    y: Codes,
    z: Codes | None,
    method: str,
    n_permutations: int,
    base: Base,
    other_test: Callable[[], float] | None = None,
) -> Estimate:
    """Estimate the information of x and y given z, whose steps depend on those before them."""
    check_option("method", method, tuple(METHODS))
    check_permutations(n_permutations)
    strata = count_strata(x, y, z)
    check_method(method, strata.counts, _CONCENTRATION)

    return information_estimate(
        strata,
        method,
        _CONCENTRATION,
        log_base(base),
        inflation=long_run_factor(_pointwise(x, y, z)),
        other_test=other_test,
    )


def _pointwise(x: Codes, y: Codes, z: Codes | None) -> FloatArray:
    """Return the pointwise information of each step."""
    stratum = Codes(np.zeros(x.n_rows, dtype=np.intp), 1) if z is None else z

    def counts(*columns: Codes) -> FloatArray:
        joint = compress(joint_codes(stratum, *columns))
        return np.bincount(joint.index).astype(np.float64)[joint.index]

    # Differences of logarithms: products of large counts would lose digits.
    joint, one, x_counts, y_counts = (np.log(counts(*of)) for of in ((x, y), (), (x,), (y,)))
    return np.asarray(joint + one - x_counts - y_counts)

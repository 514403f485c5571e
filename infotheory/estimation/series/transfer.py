"""Information that passes in time: transfer entropy and active information storage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from infotheory._numerics import log_base
from infotheory._random import Rng
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, Base
from infotheory._validation import (
    as_array,
    as_order,
    check_flag,
    check_integer,
    check_number,
    check_option,
    unmasked,
)
from infotheory._warnings import warn
from infotheory.estimation._permutations import check_permutations
from infotheory.estimation.discrete._samples import check_rows_agree
from infotheory.estimation.measurements.continuous import GAUSSIAN_METHODS
from infotheory.estimation.series.embedding import (
    Embedding,
    Lagged,
    embed,
    lags_before,
    read_conditions,
    read_lags,
)
from infotheory.estimation.series.estimates import SeriesEstimate, waiting
from infotheory.estimation.series.estimators import (
    Estimator,
    StepInformation,
    TargetGivenPast,
    estimator_of,
    left_by_past,
)
from infotheory.estimation.series.history import find_history
from infotheory.estimation.series.memory.cycles import whole_cycles
from infotheory.estimation.series.memory.stored_laws import with_stored_law
from infotheory.estimation.series.memory.transfer_draws import (
    NO_EVIDENCE,
    Transfer,
    held_by_draws,
    warn_of_surrogates,
)
from infotheory.estimation.series.memory.trends import doubt_of_trends
from infotheory.estimation.series.renyi import RenyiEstimator
from infotheory.estimation.series.signals import (
    Signal,
    Trials,
    check_pattern,
    ordinal_signal,
    read_trials,
)
from infotheory.estimation.series.surrogates import (
    ROW_SURROGATES,
    SURROGATES,
    CallerSurrogates,
    Null,
    Surrogates,
    draw_null,
    permuted_steps,
    row_order,
    series_surrogates,
)
from infotheory.exceptions import ApproximationWarning, WithheldWarning

__all__ = ["active_information_storage", "transfer_entropy"]

#: Steps of a past: what is listed one by one must fit into memory.
_MOST_HISTORY = 1_000_000


def transfer_entropy(
    source: ArrayLike,
    target: ArrayLike,
    *,
    history: int | str = 1,
    history_step: int = 1,
    lag: int | Sequence[int] = 1,
    source_history: int = 1,
    source_step: int = 1,
    conditions: ArrayLike | None = None,
    condition_lags: int | Sequence[Any] = 1,
    joint_columns: bool = False,
    trials: ArrayLike | None = None,
    missing: str = "error",
    method: str = "plugin",
    n_neighbors: int = 3,
    pattern: tuple[int, int] | None = None,
    order: float = 1.0,
    n_permutations: int = 0,
    surrogates: str | Callable[..., Any] = "auto",
    rng: Rng = None,
    workers: int = 1,
    base: Base = None,
) -> SeriesEstimate:
    """Estimate the transfer entropy from one series to another, of labels or measurements.

    It is the conditional mutual information
    ``I(target_t ; source_(t - lag) | target_(t-1), ..., conditions)``: what the source tells of the
    next step of the target that the target's own past, and that of the conditions, do not.

    Parameters
    ----------
    source, target : array-like of shape (n_steps,) or (n_steps, n_columns)
        Series in order of time. For the discrete methods labels of any type, one column unless
        ``joint_columns=True``; real numbers that look like measurements are an error. For gaussian,
        gaussian_copula and ksg measurements; several columns are one variable.
    history : int or "auto"
        Number of past steps of the target, at least 1; "auto" for that of `choose_history`, at
        most 8.
    history_step : int
        Steps between two of them; the last is always the step before.
    lag : int or sequence of int
        Steps from the source to the target, at least 1. Of several lags the one with the largest
        value is taken, on the steps that all of them see, and the p-value is that of the largest
        (Wibral et al. 2013).
    source_history : int
        Number of steps of the source, the last of them ``lag`` steps before the target.
    source_step : int
        Steps between two of them.
    conditions : array-like of shape (n_steps,) or (n_steps, n_columns), optional
        Further processes, whose past joins the condition.
    condition_lags : int or sequence of int or sequence of sequences
        Lags of the conditions, 0 for the same step: one lag or several of every column, or one
        sequence a column.
    joint_columns : bool
        Whether several columns of labels of ``source`` or ``target`` are the components of one
        state at each step. They could be trials as well, so they are refused when False.
    trials : array-like of shape (n_steps,), optional
        One label a step. Steps of a trial are neighbours, and no past reaches beyond its trial;
        `stack_trials` makes both from a list or an array.
    missing : {"error", "omit"}
        Whether missing values are an error, or steps that touch one are left out (not closed up).
    method : str
        Labels: plugin, miller_madow, grassberger, chao_shen, james_stein, dirichlet, nsb,
        jackknife, chao_wang_jost. Measurements: gaussian (half of Granger's statistic),
        gaussian_copula (the same of normal scores of the ranks), ksg (nearest neighbours).
    n_neighbors : int
        Number of neighbours, for ksg.
    pattern : (int, int), optional
        Turn measurements into labels, for the discrete methods: the order of the last so many
        steps, so many steps apart, inside trials; ties in order of time (Staniek and Lehnertz
        2008). Patterns overlap, and there is no p-value without surrogates (the chi-square rejected
        12 % at 5 %).
    order : float
        Order of the Rényi entropies, positive, for plugin; 1 is Shannon's. The value may be
        negative; no p-value without surrogates, no interval of sparse cells below 1 (Jizba 2012).
    n_permutations : int
        Number of surrogates for a p-value in place of the analytic one; 0 for none.
    surrogates : str or callable
        What is drawn. "shift": the source, rolled inside each trial by at least 10 steps and the
        length of the past (common cycles stay whole), then embedded; needs stationary series.
        "trials": the source of one trial beside the target of another, of one length; alone holds
        where trials share an evoked response. "block": blocks of ``2 sqrt(n)`` steps in another
        order. "iaaft": series of the same values and spectrum. "strata" (labels) and "local"
        (measurements) permute embedded sources among steps of the same, or nearly the same, past,
        and have no memory: too many rejections where ``history`` does not see all that source and
        target remember. A function of the source and a Generator returns a source. "auto": trials
        where there are ten or more, else shift.
    rng : Generator or int, optional
        Source of the surrogates, or its seed.
    workers : int
        Threads that evaluate surrogates; -1 for all processors. The result does not depend on it.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    SeriesEstimate
        The value with its error, its p-value of no transfer, and what each step says. Variances are
        those of what the steps say, times their long-run factor.

        Labels: as `estimate_conditional_mutual_information` of the embedded series. Where source
        and target remember more than ``history`` sees, or cells are sparse, the p-value is no less
        than that of ``2 N T`` at 99 even circular shifts of the source, as far as these differ;
        with common cycles that never fade of shifts by whole ones (withheld beside gaps).

        gaussian, gaussian_copula: less the bias for Gaussian samples; the p-value is that of an F
        test (of Bartlett's where source and target both have several columns). Where that is at
        most .2, variances that move together are allowed for (White 1980,
        doi:10.2307/1912934), and where the series are short beside what they remember or remember
        more than ``history`` sees, it is no less than that of a gamma law with the mean and
        variance of 199 pairs without transfer, drawn from autoregressions of the two; of walks
        beneath noise, and what looks like them, nor than that of even shifts.

        ksg: Frenzel and Pompe; no p-value without surrogates. The interval is withheld, with a
        WithheldWarning, as in `estimate_conditional_mutual_information`.

    Raises
    ------
    ValueError
        If lengths differ, no step has its whole past, a value is missing, labels are measurements,
        columns may be trials, surrogates do not go with the series, or an option is not valid.

    Warns
    -----
    WithheldWarning
        If there is no interval, or no p-value of labels with gaps in a cycle of both.
    ApproximationWarning
        If the series, without trials, is so short beside what source and target remember that
        shifts of it are much alike; block or iaaft surrogates break a common cycle; the F test
        rejects too often, and there is no model of what they remember: few steps, or walks beneath
        noise; or where p is at most .2 and the levels of both drift, which looks like transfer.

    Notes
    -----
    The long-run factor adds autocovariances up, inside trials (Geyer 1992,
    doi:10.1214/ss/1177011137), or with 30 trials and more compares their sums; it is at least .1.
    A series must be long beside its slowest changes for that to help.

    Schreiber 2000, doi:10.1103/PhysRevLett.85.461; Barnett, Barrett and Seth 2009,
    doi:10.1103/PhysRevLett.103.238701; Barnett and Bossomaier 2012,
    doi:10.1103/PhysRevLett.109.138105; Wibral et al. 2013, doi:10.1371/journal.pone.0055809;
    Frenzel and Pompe 2007, doi:10.1103/PhysRevLett.99.204101; Staniek and Lehnertz 2008,
    doi:10.1103/PhysRevLett.100.158101; Jizba, Kleinert and Shefaat 2012,
    doi:10.1016/j.physa.2011.12.064.

    Examples
    --------
    The target repeats the source, which tosses a fair coin, one step later:

    >>> source = np.random.default_rng(0).integers(2, size=500)
    >>> target = np.roll(source, 1)
    >>> round(transfer_entropy(source, target, base=2).value, 1)
    1.0
    >>> transfer_entropy(target, source).p_value > 0.05
    True

    Measurements, of which the source drives the target with a lag of 3:

    >>> source, noise = np.random.default_rng(1).normal(size=(2, 1000))
    >>> target = 0.5 * np.roll(source, 3) + noise
    >>> transfer_entropy(source, target, lag=range(1, 6), method="gaussian").lag
    3
    """
    check_integer("history_step", history_step)
    check_integer("source_history", source_history, high=_MOST_HISTORY)
    check_integer("source_step", source_step)
    check_flag("joint_columns", joint_columns)
    check_option("missing", missing, ("error", "omit"))
    check_permutations(n_permutations)
    lags = read_lags("lag", lag, low=1)
    if not callable(surrogates):
        check_option("surrogates", surrogates, SURROGATES)
    unit = log_base(base)
    estimator = _estimator(method, n_neighbors, workers, order)
    points = None if pattern is None else _labels_only(estimator, check_pattern(pattern), method)
    warn_of_row_order(target=target, source=source, conditions=conditions, trials=trials)
    if missing == "omit":
        labels, given = estimator.labels and points is None, (source, target, conditions)
        source, target, conditions = (unmasked(one, labels=labels) for one in given)
    spans = read_trials(trials, np.atleast_1d(as_array("source", source)).shape[0])

    def read(name: str, x: ArrayLike, *, joint: bool = joint_columns) -> Signal:
        if points is not None:
            return ordinal_signal(name, x, points, spans, omit=missing == "omit")
        return estimator.read(name, x, omit=missing == "omit", joint=joint)

    signal, following = read("source", source), read("target", target)
    check_rows_agree(source=signal.n_steps, target=following.n_steps)
    history = find_history(following, spans, history, history_step, method, n_neighbors)
    check_integer("history", history, high=_MOST_HISTORY)
    series = _Series(
        target=following,
        past=lags_before(1, history, history_step, spans),
        conditions=read_conditions(read, conditions, condition_lags),
        source_lags={one: lags_before(one, source_history, source_step, spans) for one in lags},
    )
    if series.conditions:
        n_given = series.conditions[0].signal.n_steps
        check_rows_agree(source=signal.n_steps, target=following.n_steps, conditions=n_given)

    rows, comparison = series.compare(estimator, signal, spans)
    best, measured = series.largest(comparison, signal, unit)

    # Patterns overlap, and the chi-square law rejects too often. A lag that was picked of several
    # pays for the choice (Bonferroni).
    tests = 0 if points is not None else len(lags)
    estimate = _series_estimate(
        measured, rows, method, unit, tests, history=history, history_step=history_step, lag=best
    )
    if n_permutations == 0:
        if method not in GAUSSIAN_METHODS:
            return _told_of_drift(_told_of_test(estimate, measured), series, signal, spans)
        left = left_by_past(comparison, comparison.take([Lagged(signal, series.source_lags[best])]))
        return held_by_draws(
            estimate, series.transfer(signal, spans, rows), float(measured.local.mean()), left
        )

    told = callable(surrogates)
    if surrogates in ROW_SURROGATES:
        value = _of_permuted_rows(series, comparison, signal, rows, estimator, str(surrogates))
    else:
        past = max(lag for part in series.parts(signal) for lag in part.lags)
        turn = None if callable(surrogates) else whole_cycles(signal, following, spans)
        drawn: Surrogates = (
            CallerSurrogates(
                surrogates, lambda raw: read("a surrogate", raw), as_array("source", source)
            )
            if callable(surrogates)
            else series_surrogates(surrogates, spans, past, turn)
        )
        told = warn_of_surrogates(drawn.name, signal, following, spans, turn, past) or told

        def value(generator: np.random.Generator) -> float:
            moved = drawn.draw(signal, generator)
            # Where nothing is missing all surrogates have the rows of the series.
            against = comparison
            if signal.missing.any() or moved.missing.any():
                against = series.compare(estimator, moved, spans)[1]
            return series.largest_value(against, moved)

    # The value alone, as the surrogates have it: the largest over the lags.
    null = draw_null(value, series.largest_value(comparison, signal), n_permutations, rng, workers)
    estimate = _with_null(estimate, null, unit)
    # A caller's surrogates may drift as the source does.
    return estimate if told else _told_of_drift(estimate, series, signal, spans)


def active_information_storage(
    x: ArrayLike,
    *,
    history: int | str = 1,
    history_step: int = 1,
    joint_columns: bool = False,
    trials: ArrayLike | None = None,
    missing: str = "error",
    method: str = "plugin",
    n_neighbors: int = 3,
    n_permutations: int = 0,
    rng: Rng = None,
    workers: int = 1,
    base: Base = None,
) -> SeriesEstimate:
    """Estimate the active information storage of a series of labels or measurements.

    It is ``I(x_t ; x_(t-1), ..., x_(t-history))``: what the past of a series tells of its next
    step.

    Parameters
    ----------
    x : array-like of shape (n_steps,) or (n_steps, n_columns)
        Series in order of time: labels, one column unless ``joint_columns=True``, or measurements,
        for gaussian, gaussian_copula and ksg.
    history : int or "auto"
        Number of past steps, at least 1; "auto" for that of `choose_history`, at most 8.
    history_step : int
        Steps between two of them; the last is always the step before.
    joint_columns : bool
        Whether several columns of labels are the components of one state at each step; refused when
        False.
    trials : array-like of shape (n_steps,), optional
        One label a step, as in `transfer_entropy`.
    missing : {"error", "omit"}
        Whether missing values are an error, or the steps that touch one are left out.
    method : str
        As in `transfer_entropy`.
    n_neighbors : int
        Number of neighbours, for ksg.
    n_permutations : int
        Number of permutations of the steps, inside each trial, for a p-value in place of the
        analytic one; 0 for none.
    rng : Generator or int, optional
        Source of the permutations, or its seed.
    workers : int
        Threads that evaluate permutations; -1 for all processors.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    SeriesEstimate
        As `estimate_mutual_information` of the next step and its past (of ksg the interval is
        withheld where it is there), with the error of `transfer_entropy`; the p-value is of
        independent steps. No end exceeds the logarithm of the number of labels. Labels that stay
        wander, which takes from their entropies what the interval adds. Gaussian methods: where the
        series is not long beside its memory the interval lies between autoregressions of more and
        less memory that would show the value; an end may be infinite. Below four times its summed
        squared autocorrelation it is withheld, with a WithheldWarning.

    Raises
    ------
    ValueError
        As `transfer_entropy`.

    Notes
    -----
    Lizier, Prokopenko and Zomaya 2012, doi:10.1016/j.ins.2012.04.016.

    Examples
    --------
    Two states in turn: the past tells the next step.

    >>> active_information_storage([*[0, 1] * 50, 0], base=2).value
    1.0

    A series of normal steps that keep .6 of the one before, which store ``-log(1 - .36) / 2``:

    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> for t in range(1, 2000):
    ...     x[t] += 0.6 * x[t - 1]
    >>> round(active_information_storage(x, method="gaussian").value, 2)
    0.22
    """
    check_integer("history_step", history_step)
    check_flag("joint_columns", joint_columns)
    check_option("missing", missing, ("error", "omit"))
    check_permutations(n_permutations)
    unit = log_base(base)
    estimator = estimator_of(method, n_neighbors, workers)

    signal = estimator.read("x", x, omit=missing == "omit", joint=joint_columns)
    spans = read_trials(trials, signal.n_steps, x=x)
    history = find_history(signal, spans, history, history_step, method, n_neighbors)
    lags = lags_before(1, history, history_step, spans)

    def compare(moved: Signal) -> tuple[Embedding, TargetGivenPast, Any]:
        here, past = Lagged(moved, (0,)), [Lagged(moved, lags)]
        rows = embed([here, *past], spans)
        comparison = estimator.compare(here, (), rows)
        return rows, comparison, comparison.take(past)

    rows, comparison, taken = compare(signal)
    measured = comparison.measure(taken, unit)
    measured = with_stored_law(measured, signal, spans, rows, (0,), lags, method, unit)
    estimate = _series_estimate(
        measured, rows, method, unit, 1, history=history, history_step=history_step, lag=None
    )
    if n_permutations == 0:
        return estimate

    # Permuted steps keep the values and lose all memory.
    def permuted(generator: np.random.Generator) -> float:
        _, against, moved = compare(signal.take(permuted_steps(spans, generator)))
        return against.value(moved)

    observed = comparison.value(taken)
    return _with_null(estimate, draw_null(permuted, observed, n_permutations, rng, workers), unit)


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """A target with its past, the conditions, and the lags at which a source may act."""

    target: Signal
    past: tuple[int, ...]
    conditions: tuple[Lagged, ...]
    source_lags: dict[int, tuple[int, ...]]

    def parts(self, source: Signal) -> list[Lagged]:
        """All that a step looks at."""
        of_source = [Lagged(source, lags) for lags in self.source_lags.values()]
        return [Lagged(self.target, (0, *self.past)), *self.conditions, *of_source]

    def compare(
        self, estimator: Estimator, source: Signal, trials: Trials
    ) -> tuple[Embedding, TargetGivenPast]:
        """Embed the series, and take up the target given its past and the conditions."""
        rows = embed(self.parts(source), trials)
        given = (Lagged(self.target, self.past), *self.conditions)
        return rows, estimator.compare(Lagged(self.target, (0,)), given, rows)

    def transfer(self, source: Signal, trials: Trials, rows: Embedding) -> Transfer:
        """Return what the value of a source looks at."""
        return Transfer(
            source,
            self.target,
            self.conditions,
            trials,
            self.past,
            list(self.source_lags.values()),
            rows.steps,
            rows.matrix(self.conditions),
        )

    def largest(
        self, comparison: TargetGivenPast, source: Signal, unit: float
    ) -> tuple[int, StepInformation]:
        """Return the lag with the largest value, and the value with all that comes with it."""
        lags = list(self.source_lags)
        best = lags[0]
        if len(lags) > 1:
            values = [self._value(comparison, source, lag) for lag in lags]
            best = lags[int(np.argmax(values))]
        taken = comparison.take([Lagged(source, self.source_lags[best])])
        return best, comparison.measure(taken, unit)

    def largest_value(self, comparison: TargetGivenPast, source: Signal) -> float:
        """Return the largest value over the lags."""
        return max(self._value(comparison, source, lag) for lag in self.source_lags)

    def _value(self, comparison: TargetGivenPast, source: Signal, lag: int) -> float:
        return comparison.value(comparison.take([Lagged(source, self.source_lags[lag])]))


def _estimator(method: str, n_neighbors: int, workers: int, order: float) -> Estimator:
    """Return the estimator of a method and an order."""
    order = as_order(order)
    if order == 1.0:
        return estimator_of(method, n_neighbors, workers)
    check_number("order", order, 0.0, np.inf, ends="()")
    if method != "plugin":
        message = f"order must be 1 for method={method!r}, got {order}; Rényi's needs plugin"
        raise ValueError(message)
    return RenyiEstimator(order)


def _labels_only(estimator: Estimator, pattern: tuple[int, int], method: str) -> tuple[int, int]:
    """Raise ValueError where patterns, which are labels, meet a method of measurements."""
    if not estimator.labels:
        message = f"pattern must be None for method={method!r}: patterns are labels; take plugin"
        raise ValueError(message)
    return pattern


def _of_permuted_rows(
    series: _Series,
    comparison: TargetGivenPast,
    source: Signal,
    rows: Embedding,
    estimator: Estimator,
    kind: str,
) -> Callable[[np.random.Generator], float]:
    """Return what draws a value of sources permuted among steps of one past."""
    given = [Lagged(series.target, series.past), *series.conditions]
    order = row_order(kind, rows.codes(given) if estimator.labels else rows.matrix(given))
    taken = [comparison.take([Lagged(source, lags)]) for lags in series.source_lags.values()]

    def value(generator: np.random.Generator) -> float:
        moved = order(generator)
        return max(comparison.value(comparison.reorder(x, moved)) for x in taken)

    return value


def _series_estimate(
    measured: StepInformation,
    rows: Embedding,
    method: str,
    unit: float,
    n_tests: int,
    *,
    history: int,
    history_step: int,
    lag: int | None,
) -> SeriesEstimate:
    p_value = None if n_tests == 0 else measured.p_value
    return SeriesEstimate(
        value=measured.value / unit,
        standard_error=measured.standard_error / unit,
        method=method,
        p_value=None if p_value is None else min(1.0, p_value * n_tests),
        law=measured.law,
        # Both are as long as the series, and few look at them; nothing is copied without need.
        local=waiting(lambda: measured.local if unit == 1.0 else measured.local / unit),
        steps=waiting(lambda: rows.steps),
        history=history,
        history_step=history_step,
        lag=lag,
    )


def _told_of_test(estimate: SeriesEstimate, measured: StepInformation) -> SeriesEstimate:
    """Warn where a test is withheld: with surrogates there is another."""
    if measured.reason is not None:
        warn(measured.reason, WithheldWarning)
    return estimate


def _told_of_drift(
    estimate: SeriesEstimate, series: _Series, source: Signal, trials: Trials
) -> SeriesEstimate:
    """Warn where source and target drift, of which no test knows, and one may reject."""
    if estimate.p_value is not None and estimate.p_value <= NO_EVIDENCE:
        doubt = doubt_of_trends(source, series.target, trials, series.conditions)
        if doubt is not None:
            warn(doubt, ApproximationWarning)
    return estimate


def _with_null(estimate: SeriesEstimate, null: Null, unit: float) -> SeriesEstimate:
    spread = float(null.values.std(ddof=1)) if null.values.size > 1 else np.nan
    return replace(
        estimate,
        p_value=null.p_value,
        null_mean=float(null.values.mean()) / unit,
        null_standard_deviation=spread / unit,
    )

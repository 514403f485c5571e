"""Mutual information of two series at every lag, with a test of the largest."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from infotheory._display import html_frame, short_repr
from infotheory._later import signal as signal_tools
from infotheory._numerics import log_base
from infotheory._random import Rng, as_generator
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike, Base, FloatArray, IntArray
from infotheory._validation import check_integer, check_option
from infotheory._warnings import Told, collect_warnings, warn
from infotheory.estimation._permutations import (
    even_shifts,
    gamma_p_value,
    least_turn,
    p_value_of_shifts,
    permutation_p_value,
    shifts_of_cycles,
    surrogate_values,
)
from infotheory.estimation.discrete._samples import check_rows_agree
from infotheory.estimation.measurements.continuous import GAUSSIAN_METHODS
from infotheory.estimation.series.embedding import Embedding, Lagged, embed, lags_before
from infotheory.estimation.series.estimators import (
    Estimator,
    StepInformation,
    error_of,
    estimator_of,
)
from infotheory.estimation.series.memory.cycles import whole_cycles
from infotheory.estimation.series.memory.linear_model import PairWithoutTransfer
from infotheory.estimation.series.memory.long_run import memory_column
from infotheory.estimation.series.memory.transfer_draws import (
    NO_EVIDENCE,
    doubt_of_short_series,
    is_short,
)
from infotheory.estimation.series.memory.trends import doubt_of_trends
from infotheory.estimation.series.signals import Signal, Trials, read_trials
from infotheory.estimation.series.surrogates import Surrogates, series_surrogates
from infotheory.exceptions import ApproximationWarning

__all__ = ["LagScan", "lagged_mutual_information"]

SCAN_METHODS = (*GAUSSIAN_METHODS, "ksg", "plugin", "miller_madow")
#: Draws of correlated normal variables behind the p-value of the largest.
_DRAWS = 10_000
#: Pairs of independent series, drawn alike for the same data.
_PAIRS, _SEED = 199, 20240531
_TOO_SHORT_FOR_CYCLES = (
    "are too few to shift x by whole cycles, and x and y have a common one that does not fade: "
    "surrogates lose its phase, and the p-values may be too small; take longer series"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LagScan:
    """Information of two series at every lag.

    The values are descriptive: standard errors and p-values stand beside them, no intervals.

    Parameters
    ----------
    lags : ndarray of int, of shape (n_lags,)
        Steps that the second series lies behind the first; negative where it lies ahead.
    values, standard_errors : ndarray of shape (n_lags,)
        Information and its standard error. Of ksg it has the scale of the bias of wide boxes, as
        in `estimate_mutual_information`; NaN where the interval is withheld there.
    p_values : ndarray of shape (n_lags,)
        P-value of each lag by itself.
    p_value : float
        P-value of the largest over all lags.
    best_lag : int
        Lag of the largest.
    method : str
        How the values were estimated, and how the p-values were made.
    """

    lags: IntArray
    values: FloatArray
    standard_errors: FloatArray
    p_values: FloatArray
    p_value: float
    best_lag: int
    method: str

    __repr__ = short_repr
    _repr_html_ = html_frame

    def to_frame(self) -> pd.DataFrame:
        """Lay the lags out as a table.

        Returns
        -------
        DataFrame
            Columns lag, value, standard_error, p_value.
        """
        return pd.DataFrame(
            {
                "lag": self.lags,
                "value": self.values,
                "standard_error": self.standard_errors,
                "p_value": self.p_values,
            }
        )


def lagged_mutual_information(
    x: ArrayLike,
    y: ArrayLike,
    *,
    max_lag: int,
    trials: ArrayLike | None = None,
    missing: str = "error",
    method: str = "gaussian_copula",
    n_neighbors: int = 3,
    n_permutations: int = 99,
    rng: Rng = None,
    workers: int = 1,
    base: Base = None,
) -> LagScan:
    """Estimate the mutual information of two series at all lags from -max_lag to max_lag.

    The values are descriptive: standard errors and p-values stand beside them, no intervals.

    At lag h it is ``I(x_t ; y_(t+h))``: where the largest lies at a positive lag, y follows x.

    Parameters
    ----------
    x, y : array-like of shape (n_steps,)
        Series in order of time, of measurements, or of labels for plugin and miller_madow.
    max_lag : int
        Largest lag, at least 1.
    trials : array-like of shape (n_steps,), optional
        One label a step, as in `transfer_entropy`.
    missing : {"error", "omit"}
        Whether missing values are an error, or pairs that touch one are left out.
    method : {"gaussian_copula", "gaussian", "ksg", "plugin", "miller_madow"}
        How to estimate.
    n_neighbors : int
        Number of neighbours, for ksg.
    n_permutations : int
        Surrogates behind the p-values of ksg (iaaft) and of labels (blocks); at least 19.
    rng : Generator or int, optional
        Source of what is drawn, or its seed.
    workers : int
        Threads that evaluate surrogates; -1 for all processors.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    LagScan
        Gaussian methods: the p-values take the variance of Bartlett,
        ``sum_h r_x(h) r_y(h)`` over lags up to a quarter of the series, for each correlation, and
        that of the largest the law of the maximum of normal variables with Bartlett's correlations;
        where the series are short beside their memory (as in `transfer_entropy`) they are no less
        than those by 199 pairs of independent autoregressions with the same memory.
        Others: shares of surrogates that reach the value, and whose largest reaches the largest;
        of labels that are short beside their memory no less than those by 99 even shifts of x.
        Where x and y have a common cycle that never fades, surrogates and laws are those of shifts
        that keep whole cycles.

    Raises
    ------
    ValueError
        If lengths differ, a series has several columns or is not longer than ``max_lag``, values
        are missing, or an option is not valid.

    Warns
    -----
    WithheldWarning
        If the errors of some lags are withheld, since no interval around the values would hold:
        cells are sparse, boxes of neighbours half as wide as the dependence, or tails too heavy for
        them. Once for all lags.
    ApproximationWarning
        If Bartlett's law rejects too often, since the series are short beside what they remember,
        and their steps are too few for autoregressions; if surrogates (of labels, and for ksg)
        break a cycle of both series, which have fewer than some 50 steps; or where p is at most .2
        and the levels of both drift, which looks like a link.

    Notes
    -----
    Of two independent AR(1) series of .9 (300 steps, 41 lags) a test for independent steps rejects
    52 % at 5 % at lag 0, the maximum over circular shifts 17 % (windows overlap), Bartlett's
    variance 4 %, iaaft 5 %.

    Examples
    --------
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 500))
    >>> y = np.roll(x, 3) + noise
    >>> lagged_mutual_information(x, y, max_lag=5, rng=0).best_lag
    3
    """
    check_integer("max_lag", max_lag)
    check_option("missing", missing, ("error", "omit"))
    check_option("method", method, SCAN_METHODS)
    check_integer("n_permutations", n_permutations, low=19)
    unit = log_base(base)
    estimator = estimator_of(method, n_neighbors, 1)
    warn_of_row_order(x=x, y=y, trials=trials)
    first, second = (
        _read(estimator, name, one, omit=missing == "omit") for name, one in (("x", x), ("y", y))
    )
    check_rows_agree(x=first.n_steps, y=second.n_steps)
    spans = read_trials(trials, first.n_steps)

    lags_before(1, max_lag, 1, spans)  # some steps must lie that far apart
    scan = _Scan(estimator, second, spans, np.arange(-max_lag, max_lag + 1))
    with collect_warnings() as said:
        found = [one.measure(taken, unit) for one, taken in scan.at_all_lags(first)]
    _warn_of_lags(said, scan.lags.size)
    values = np.array([one.value for one in found])

    generator = as_generator(rng)
    # Lags up to a quarter of the steps hold half of the variance that a cycle makes which never
    # fades, and blocks and waves break its phase.
    turn = whole_cycles(first, second, spans)
    if method in GAUSSIAN_METHODS:
        p_values, p_value = _by_bartlett(found, scan, first, generator)
        how = "Bartlett"
        if turn is not None:
            p_values, p_value = _no_less_than_shifts(p_values, p_value, found, scan, first, turn)
        elif is_short(first.n_steps, memory_column(first), memory_column(second)):
            p_values, p_value = _no_less_than_draws(p_values, p_value, found, scan, first)
    else:
        # Shifts will not do, since their windows overlap: the largest of 41 lags rejected .17 at
        # .05, where iaaft rejects .05 and the law of Bartlett .04.
        how = "iaaft" if method == "ksg" else "block"
        if turn is not None and turn >= least_turn():
            how = "shift"
        elif turn is not None:
            # Too few shifts are no reason to refuse a series.
            warn(f"{first.n_steps} steps {_TOO_SHORT_FOR_CYCLES}", ApproximationWarning)
        p_values, p_value = _by_surrogates(
            values, scan, first, series_surrogates(how, spans, 0, turn), n_permutations, generator,
            workers,
        )  # fmt: skip
        # Blocks of labels that stay for long are few: shifts keep their memory whole.
        if (
            how == "block"
            and not spans.named
            and is_short(first.n_steps, memory_column(first), memory_column(second))
        ):
            p_values, p_value = _no_less_than_even_shifts(p_values, p_value, found, scan, first)
    if p_value <= NO_EVIDENCE and (doubt := doubt_of_trends(first, second, spans)) is not None:
        warn(doubt, ApproximationWarning)
    return LagScan(
        lags=scan.lags,
        values=values / unit,
        standard_errors=np.array([error_of(one) for one in found]) / unit,
        p_values=p_values,
        p_value=p_value,
        best_lag=int(scan.lags[values.argmax()]),
        method=f"{method}, {how}",
    )


def _warn_of_lags(said: list[Told], n_lags: int) -> None:
    """Warn once of all lags, whose messages differ in their numbers alone."""
    for category in dict.fromkeys(category for _, category in said):
        messages = [message for message, one in said if one is category]
        warn(f"{len(messages)} of {n_lags} lags, the first of them: {messages[0]}", category)


def _read(estimator: Estimator, name: str, x: ArrayLike, *, omit: bool) -> Signal:
    signal = estimator.read(name, x, omit=omit, joint=False)
    if signal.n_columns > 1:
        message = f"{name} must be one series of shape (n_steps,), got {signal.n_columns} columns"
        raise ValueError(message)
    return signal


@dataclass(frozen=True, slots=True, eq=False)
class _Scan:
    """The second series, to be compared with many first ones at all lags."""

    estimator: Estimator
    second: Signal
    trials: Trials
    lags: IntArray

    def at_all_lags(self, first: Signal) -> list[tuple[Any, Any]]:
        """Return for each lag the comparison and the columns that it takes."""
        pairs = []
        for lag in self.lags.tolist():
            # An embedding looks back only: at a negative lag the second series is the earlier one.
            here = Lagged(self.second, (max(0, -lag),))
            before = Lagged(first, (max(0, lag),))
            rows: Embedding = embed([here, before], self.trials)
            comparison = self.estimator.compare(here, (), rows)
            pairs.append((comparison, comparison.take([before])))
        return pairs

    def values(self, first: Signal) -> FloatArray:
        """Return the value at each lag."""
        return np.array([one.value(taken) for one, taken in self.at_all_lags(first)])


def _by_surrogates(
    observed: FloatArray,
    scan: _Scan,
    first: Signal,
    surrogates: Surrogates,
    n: int,
    generator: np.random.Generator,
    workers: int,
) -> tuple[FloatArray, float]:
    """Compare each lag, and the largest, with surrogates of the first series."""
    drawn: list[FloatArray] = []

    def largest(stream: np.random.Generator) -> float:
        values = scan.values(surrogates.draw(first, stream))
        drawn.append(values)
        return float(values.max())

    maxima = surrogate_values(largest, n, generator, workers)
    # Threads append in any order, which no p-value feels.
    table = np.array(drawn)
    p_values = [
        permutation_p_value(float(value), column)
        for value, column in zip(observed, table.T, strict=True)
    ]
    return np.array(p_values), permutation_p_value(float(observed.max()), maxima)


def _by_bartlett(
    found: list[StepInformation], scan: _Scan, first: Signal, generator: np.random.Generator
) -> tuple[FloatArray, float]:
    """Compare correlations with normal variables of Bartlett's covariance."""
    n_rows = np.array([one.local.size for one in found], dtype=np.float64)
    # The mean of the terms is the plug-in, a function of the squared correlation.
    squares = -np.expm1(-2.0 * np.array([one.local.mean() for one in found]))
    products = _products(first, scan)

    variance = max(float(products[0]), 1.0 / np.sqrt(n_rows.mean()))
    z = np.sqrt(squares * n_rows / variance)
    p_values = 2.0 * special.ndtr(-z)

    # Correlations at two lags covary by the distance of the lags alone.
    apart = np.abs(scan.lags[:, None] - scan.lags)
    correlation = products[apart] / products[0]
    # What is estimated need not be positive definite: directions of negative variance do not vary.
    spread, axes = np.linalg.eigh(correlation)
    normal = generator.standard_normal((_DRAWS, z.size))
    drawn = (normal * np.sqrt(np.maximum(spread, 0.0))) @ axes.T
    maxima = np.abs(drawn).max(axis=1)
    return p_values, permutation_p_value(float(z.max()), maxima)


def _no_less_than_draws(
    p_values: FloatArray,
    p_value: float,
    found: list[StepInformation],
    scan: _Scan,
    first: Signal,
) -> tuple[FloatArray, float]:
    """Return p-values no less than those by pairs of independent series with the same memory.

    Where series are short beside their memory, Bartlett's variance is that of memories which look
    too short: two AR(1) series of .95 and 150 steps were rejected .085 to .12 at 5 %.
    """
    models = [
        PairWithoutTransfer.fit(one, None, (), scan.trials, 1) for one in (first, scan.second)
    ]
    if any(model is None for model in models):
        warn(doubt_of_short_series("Bartlett's law", first, scan.second), ApproximationWarning)
        return p_values, p_value
    rng = np.random.default_rng(_SEED)
    of_first, of_second = (model.draw(_PAIRS, rng)[:, :, 0] for model in models if model)
    by_lag, largest = _compared_with(found, scan, first, of_first, of_second)
    return np.maximum(p_values, by_lag), max(p_value, largest)


def _no_less_than_even_shifts(
    p_values: FloatArray,
    p_value: float,
    found: list[StepInformation],
    scan: _Scan,
    first: Signal,
) -> tuple[FloatArray, float]:
    """Return p-values no less than those by the law of even shifts of labels.

    Two states that stay with .98, 500 steps, were rejected .09 by blocks at 5 %.
    """
    steps = np.arange(first.n_steps)
    # The law is that of positive values: of the plug-in, which is the mean of the terms.
    scan = replace(scan, estimator=estimator_of("plugin", 1, 1))
    observed = np.array([one.local.mean() for one in found])
    drawn = np.array(
        [scan.values(first.take((steps - shift) % steps.size)) for shift in even_shifts(steps.size)]
    )
    if not drawn.size:
        return p_values, p_value
    by_lag = [p_value_of_shifts(one, law) for one, law in zip(observed, drawn.T, strict=True)]
    largest = p_value_of_shifts(float(observed.max()), drawn.max(axis=1))
    return np.maximum(p_values, by_lag), max(p_value, largest)


def _no_less_than_shifts(
    p_values: FloatArray,
    p_value: float,
    found: list[StepInformation],
    scan: _Scan,
    first: Signal,
    turn: int,
) -> tuple[FloatArray, float]:
    """Return p-values no less than those by shifts of the first series that keep whole cycles.

    Bartlett's variance of two cycles of 12 steps beneath noise rejected .30 at a lag at 5 %.
    """
    shifts = np.array(shifts_of_cycles(turn), dtype=np.intp)
    if not shifts.size:
        return p_values, p_value
    x, y = memory_column(first), memory_column(scan.second)
    of_first = x[(np.arange(first.n_steps) - shifts[:, None]) % turn]
    of_second = np.broadcast_to(y, of_first.shape)
    by_lag, largest = _compared_with(found, scan, first, of_first, of_second)
    return np.maximum(p_values, by_lag), max(p_value, largest)


def _compared_with(
    found: list[StepInformation],
    scan: _Scan,
    first: Signal,
    of_first: FloatArray,
    of_second: FloatArray,
) -> tuple[list[float], float]:
    """Return p-values of each lag and of the largest by pairs of series, of shape (n, n_steps)."""
    drawn = np.empty((len(found), len(of_first)))
    for i, lag in enumerate(scan.lags.tolist()):
        here, before = Lagged(scan.second, (max(0, -lag),)), Lagged(first, (max(0, lag),))
        steps = embed([here, before], scan.trials).steps
        x, y = of_first[:, steps - max(0, lag)], of_second[:, steps - max(0, -lag)]
        x, y = (one - one.mean(axis=1, keepdims=True) for one in (x, y))
        squares = (x * y).sum(axis=1) ** 2 / ((x**2).sum(axis=1) * (y**2).sum(axis=1))
        drawn[i] = -steps.size * np.log1p(-squares)

    observed = np.array([2.0 * one.local.size * one.local.mean() for one in found])
    by_lag = [gamma_p_value(one, draws) for one, draws in zip(observed, drawn, strict=True)]
    return by_lag, gamma_p_value(float(observed.max()), drawn.max(axis=0))


def _products(first: Signal, scan: _Scan) -> FloatArray:
    """Return ``sum_h r_x(h) r_y(h + d)`` for distances d of two lags, over both signs of h."""
    # Lags beyond a quarter of the longest trial rest on few pairs of steps: they count as 0.
    longest = max(int(scan.trials.lengths.max()) // 4, 1)
    reach = longest + 2 * int(scan.lags.max())
    r_x, r_y = (_autocorrelations(one, scan.trials, reach) for one in (first, scan.second))
    r_x[longest + 1 :] = r_y[longest + 1 :] = 0.0
    both_x = np.concatenate([r_x[:0:-1], r_x])
    both_y = np.concatenate([r_y[:0:-1], r_y])
    n = both_x.size
    return np.array(
        [float(both_x[: n - d] @ both_y[d:]) for d in range(2 * int(scan.lags.max()) + 1)]
    )


def _autocorrelations(signal: Signal, trials: Trials, reach: int) -> FloatArray:
    """Return autocorrelations at lags 0 to reach inside trials, missing steps left out."""
    # Missing steps stand at the mean, where they add nothing to a product.
    there = ~signal.missing
    values = np.where(there, signal.first_column, 0.0)
    values = np.where(there, values - values[there].mean(), 0.0)
    sums = np.zeros(reach + 1)
    for part in np.split(values, trials.starts[1:-1]):
        # The second half of all lags: those from 0 on.
        products = signal_tools.correlate(part, part, method="fft")[part.size - 1 :]
        n_lags = min(reach + 1, part.size)
        sums[:n_lags] += products[:n_lags]
    return sums / sums[0]

"""Entropy of blocks of steps, of the next step given its past, and what past and future share."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special

from infotheory._codes import Codes, compress, count_codes, joint_codes
from infotheory._display import html_frame, short_repr
from infotheory._numerics import log_base
from infotheory._typing import ArrayLike, Base, FloatArray, IntArray
from infotheory._validation import check_flag, check_integer, check_option
from infotheory._warnings import warn
from infotheory.estimation.discrete._entropy_methods import METHODS
from infotheory.estimation.discrete._samples import check_method
from infotheory.estimation.measurements._gaussian import linear_residuals
from infotheory.estimation.measurements.continuous import GAUSSIAN_METHODS
from infotheory.estimation.series.embedding import Embedding, Lagged, embed, lags_before
from infotheory.estimation.series.estimates import SeriesEstimate
from infotheory.estimation.series.estimators import estimator_of
from infotheory.estimation.series.history import find_history
from infotheory.estimation.series.memory.label_memory import loss_of_entropy
from infotheory.estimation.series.memory.long_run import long_run_factor
from infotheory.estimation.series.memory.rate_laws import RateLaw, freedom_of_variance
from infotheory.estimation.series.memory.stored_laws import with_stored_law
from infotheory.estimation.series.memory.transfer_draws import LawWithTest
from infotheory.estimation.series.signals import read_trials
from infotheory.exceptions import WithheldWarning
from infotheory.laws import IntervalLaw, WithheldLaw, two_sided_quantile

__all__ = ["BlockEntropies", "block_entropies", "estimate_entropy_rate", "predictive_information"]

RATE_METHODS = ("plugin", "miller_madow", "gaussian")
#: Share of steps that no other equals in past and label, and their number, beyond which as many
#: were not seen: the value is far from without bias. With .02 what was shown of series about the
#: limit were those of few surprises: of six labels that stay with .95, 600 steps, .54, covered .91.
#: With .03 so were those of .9 and 300 steps, .15, covered .89.
_MOST_ALONE, _FEW_ALONE = 0.08, 3
#: Share of such steps beyond which the upper end reaches further.
_SOME_ALONE = 0.03
#: Share of blocks that were seen once beyond which no error of theirs is known.
_MOST_BLOCKS_ALONE = 0.05
#: Level at which an error without an interval is made to hold.
_LEVEL = 0.95
# Jeffreys' pseudo-count of a cell, for dirichlet.
_CONCENTRATION = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockEntropies:
    """Entropies of blocks of 1, 2, ... steps.

    The numbers are descriptive: standard errors stand beside them, no intervals.

    Parameters
    ----------
    lengths : ndarray of int, of shape (max_length,)
        Steps of a block.
    values : ndarray of shape (max_length,)
        Entropies of the blocks.
    standard_errors : ndarray of shape (max_length,)
        Their standard errors, which know that blocks overlap, and hold the scale of the bias; NaN
        where the last label of every block follows from those before it, so that no other was seen,
        or more than one in 20 blocks was seen once.
    method : str
        How the entropies were estimated.
    """

    lengths: IntArray
    values: FloatArray
    standard_errors: FloatArray
    method: str

    __repr__ = short_repr
    _repr_html_ = html_frame

    @property
    def gains(self) -> FloatArray:
        """Entropy that each further step adds, an upper bound of the entropy rate."""
        return np.diff(self.values, prepend=0.0)

    def to_frame(self) -> pd.DataFrame:
        """Lay the blocks out as a table.

        Returns
        -------
        DataFrame
            Columns length, value, standard_error, gain.
        """
        return pd.DataFrame(
            {
                "length": self.lengths,
                "value": self.values,
                "standard_error": self.standard_errors,
                "gain": self.gains,
            }
        )


def block_entropies(
    x: ArrayLike,
    max_length: int,
    *,
    joint_columns: bool = False,
    trials: ArrayLike | None = None,
    missing: str = "error",
    method: str = "plugin",
    base: Base = None,
) -> BlockEntropies:
    """Estimate the entropies of blocks of successive labels.

    They are descriptive: standard errors stand beside them, no intervals.

    Parameters
    ----------
    x : array-like of shape (n_steps,) or (n_steps, n_columns)
        Labels in order of time.
    max_length : int
        Length of the longest block, at least 1.
    joint_columns : bool
        Whether several columns are the components of one state at each step.
    trials : array-like of shape (n_steps,), optional
        One label a step; blocks lie inside trials.
    missing : {"error", "omit"}
        Whether missing labels are an error, or blocks that touch one are left out.
    method : str
        One of the discrete methods of `estimate_entropy`.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    BlockEntropies
        Each length with all blocks that the series has of it.

    Raises
    ------
    ValueError
        If no block of ``max_length`` steps was seen, labels are missing or measurements, or an
        option is not valid.

    Warns
    -----
    WithheldWarning
        If errors of some lengths are withheld, once for all: the last label of every block follows
        from those before it (as in a constant series, or of blocks so long that each is seen once);
        or more than one in 20 blocks of a length was seen once.

    Notes
    -----
    The error holds the bias in quadrature, ``(blocks seen - 1) / 2N`` of the plug-in and what
    labels that stay take off all methods, and is larger where few steps carry the surprise: by
    Student's quantile over the normal one, and by how far the error of a root reaches up. Plus and
    minus 1.96 of them cover .91 to 1 (blocks of 1 to 3 steps, chains of 2 to 6 labels that stay
    with .8 to .95, rings and a rare state, 100 to 600 steps), where the bias alone was more than
    two errors before.

    Examples
    --------
    >>> blocks = block_entropies([0, 0, 1, 1, 1, 1, 0, 0, 0], 2, base=2)
    >>> blocks.values.round(6).tolist()
    [0.991076, 1.811278]
    """
    check_integer("max_length", max_length)
    check_flag("joint_columns", joint_columns)
    check_option("missing", missing, ("error", "omit"))
    check_option("method", method, tuple(METHODS))
    unit = log_base(base)
    signal = estimator_of(method, 1, 1).read("x", x, omit=missing == "omit", joint=joint_columns)
    spans = read_trials(trials, signal.n_steps, x=x)

    longest = lags_before(0, max_length, 1, spans)
    values, errors = np.empty(max_length), np.empty(max_length)
    certain, alone = [], []
    for length in range(1, max_length + 1):
        block = Lagged(signal, longest[:length])
        rows = embed([block], spans)
        codes = compress(rows.codes([block]))
        _, counts = count_codes(codes)
        check_method(method, counts, _CONCENTRATION)
        values[length - 1] = METHODS[method](counts, counts.size, _CONCENTRATION)[0] / unit
        errors[length - 1] = _error_of_blocks(codes, counts, rows, method) / unit

        past = compress(rows.codes([Lagged(signal, longest[1:length])] if length > 1 else []))
        if past.n_levels == counts.size:
            certain.append(length)
            errors[length - 1] = np.nan
        elif (n_alone := int(np.count_nonzero(counts == 1))) > max(
            _FEW_ALONE, _MOST_BLOCKS_ALONE * codes.n_rows
        ):
            alone.append((length, n_alone, codes.n_rows))
            errors[length - 1] = np.nan

    if alone:
        length, n_alone, n_blocks = alone[0]
        message = (
            f"{n_alone} of {n_blocks} blocks of length {length} were seen once: as many others "
            "were not seen, and the standard error is withheld"
        )
        if len(alone) > 1:
            message += f" (so it is of {len(alone)} of {max_length} lengths)"
        warn(message, WithheldWarning)
    if certain:
        message = (
            f"the last label of every block of length {certain[0]} follows from those before it: "
            "how likely others are is not known, and the standard error is withheld"
        )
        if len(certain) > 1:
            message += f" (so it is of {len(certain)} of {max_length} lengths)"
        warn(message, WithheldWarning)
    return BlockEntropies(
        lengths=np.arange(1, max_length + 1), values=values, standard_errors=errors, method=method
    )


def estimate_entropy_rate(
    x: ArrayLike,
    *,
    history: int | str = 1,
    history_step: int = 1,
    joint_columns: bool = False,
    trials: ArrayLike | None = None,
    missing: str = "error",
    method: str = "miller_madow",
    base: Base = None,
) -> SeriesEstimate:
    """Estimate the entropy of the next step of a series given its past.

    ``H(x_t | x_(t-1), ..., x_(t-history))`` falls to the entropy rate as the history grows: it is
    an upper bound, which the rate of a Markov chain of that order attains.

    Parameters
    ----------
    x : array-like of shape (n_steps,) or (n_steps, n_columns)
        Labels in order of time, or measurements for gaussian.
    history : int or "auto"
        Number of past steps, at least 1; "auto" for that of `choose_history`.
    history_step : int
        Steps between two of them.
    joint_columns : bool
        Whether several columns of labels are the components of one state at each step.
    trials : array-like of shape (n_steps,), optional
        One label a step.
    missing : {"error", "omit"}
        Whether missing values are an error, or the steps that touch one are left out.
    method : {"miller_madow", "plugin", "gaussian"}
        Counts with the correction of Miller and Madow ``(cells with the step - cells of the past) /
        2N``, counts alone, or the differential entropy of Gaussian variables.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    SeriesEstimate
        ``local`` holds the surprise of each step, ``-log p(x_t | past)``; the standard error is its
        long-run error, and of labels that of second order, which remains where all steps surprise
        alike. The interval corrects the bias, of plugin ``-(cells with the step - cells of the
        past) / 2N``, of gaussian that of the logarithm of a determinant (Wishart). It is Student's,
        with the degrees of freedom that the kurtosis of the surprise leaves; its upper end is that
        of a factor, since the error of a rate, or of a variance, grows with it. Of labels it holds
        the cells that were not seen, by ``chao_wang_jost`` of `estimate_entropy` (where a share u
        of the steps, above 3 in 100, have a past and a label that come together once, and
        ``u log(1/u) / 2`` nats besides), and is no more than the logarithm of the number of labels
        that were seen. Where every step follows from its
        past value and error are 0, and the interval is withheld.

    Raises
    ------
    ValueError
        As `active_information_storage`.

    Warns
    -----
    WithheldWarning
        If the interval is withheld: no step was seen that does not follow from its past, or more
        than 8 in 100 have a past and a label that come together once.

    Notes
    -----
    Coverage of 95 % intervals, 100 and 1000 steps of coins of .5 and .4, four even letters and
    three chains: .93 to 1; a ring of three with turns of .9, 100 steps, .96. Chains of 2 to 6
    labels that stay with .8 to .95, 100 to 600 steps: .92 to 1; of a rare state that is entered
    with .01 to .05 and left with .3, 100 to 400 steps, .97 to 1. Gaussian series of 30 to 150
    steps: .94 to .96; innovations of Student's law with 5 degrees, 300 steps, .925.

    A long history has cells with few rows, and looks more certain than it is. Of the golden mean
    chain (2000 steps, 2/3 bits at every history) counts give .654 at a history of 8, and .666 with
    the correction at 1. The even process, of the same rate, is not Markov of any order: .873 bits
    at 1, .730 at 4, .683 at 8.

    Examples
    --------
    A fair coin that never shows heads twice:

    >>> rng = np.random.default_rng(0)
    >>> x = [0]
    >>> for toss in rng.integers(0, 2, size=20_000):
    ...     x.append(0 if x[-1] else int(toss))
    >>> round(estimate_entropy_rate(x, base=2).value, 2)
    0.67
    """
    check_integer("history_step", history_step)
    check_flag("joint_columns", joint_columns)
    check_option("missing", missing, ("error", "omit"))
    check_option("method", method, RATE_METHODS)
    unit = log_base(base)
    estimator = estimator_of(method, 1, 1)
    signal = estimator.read("x", x, omit=missing == "omit", joint=joint_columns)
    spans = read_trials(trials, signal.n_steps, x=x)
    history = find_history(signal, spans, history, history_step, method, 1)

    here = Lagged(signal, (0,))
    past = Lagged(signal, lags_before(1, history, history_step, spans))
    rows = embed([here, past], spans)
    surprise = (
        _gaussian_surprise(rows.matrix([here]), rows.matrix([past]))
        if method == "gaussian"
        else _surprise(rows, here, past)
    )
    value, freedom = float(surprise.mean()), 0
    law: IntervalLaw
    if method == "gaussian":
        # What the model leaves is memory of its own at the most: sums of lags below 1 are noise.
        error, factor = _error_and_factor(surprise, rows, freedom, least_factor=1.0)
        bias = _bias_of_log_determinant(surprise.size, signal.n_columns, history)
        # A differential entropy may be negative.
        law = RateLaw(
            (value - bias) / unit,
            freedom_of_variance(surprise, factor),
            labels=False,
            nat=signal.n_columns / unit,
        )
    else:
        # Half a cell over the rows for each entropy: that of past and step less that of the past.
        counts = [count_codes(compress(rows.codes(one)))[1] for one in ([here, past], [past])]
        freedom = counts[0].size - counts[1].size
        corrected = value + freedom / (2.0 * surprise.size)
        n_alone = int(np.count_nonzero(counts[0] == 1))
        error, factor = _error_and_factor(surprise, rows, freedom)
        of_error = freedom_of_variance(surprise, factor)
        law = _law_of_rate(corrected / unit, freedom, surprise.size, n_alone, of_error)
        if isinstance(law, RateLaw):
            # A series goes on as it was seen: no rate is more than that of its labels, all even.
            law = replace(
                law,
                upper=math.log(signal.n_levels) / unit,
                unseen=_factor_of_unseen(corrected, *counts) if n_alone else 1.0,
                beyond=_beyond(n_alone, surprise.size) / unit,
            )
        value = corrected if method == "miller_madow" else value
    return SeriesEstimate(
        value=value / unit,
        standard_error=error / unit,
        method=method,
        law=law,
        local=surprise / unit,
        steps=rows.steps,
        history=history,
        history_step=history_step,
    )


def predictive_information(
    x: ArrayLike,
    past: int = 1,
    future: int = 1,
    *,
    joint_columns: bool = False,
    trials: ArrayLike | None = None,
    missing: str = "error",
    method: str = "plugin",
    n_neighbors: int = 3,
    base: Base = None,
) -> SeriesEstimate:
    """Estimate the information that a block of past steps has on the block of steps that follows.

    With long blocks it is the excess entropy of the series.

    Parameters
    ----------
    x : array-like of shape (n_steps,) or (n_steps, n_columns)
        Series in order of time, as for `active_information_storage`.
    past, future : int
        Steps of the two blocks, at least 1.
    joint_columns : bool
        Whether several columns of labels are the components of one state at each step.
    trials : array-like of shape (n_steps,), optional
        One label a step; blocks lie inside trials.
    missing : {"error", "omit"}
        Whether missing values are an error, or blocks that touch one are left out.
    method : str
        As in `transfer_entropy`.
    n_neighbors : int
        Number of neighbours, for ksg.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    SeriesEstimate
        As `active_information_storage`, whose ``future`` is 1, its interval too; ``steps`` are the
        last steps of the blocks. There is no p-value where ``future`` is above 1: blocks that
        overlap are not independent though steps are.

    Raises
    ------
    ValueError
        As `active_information_storage`.

    Notes
    -----
    Bialek, Nemenman and Tishby 2001, doi:10.1162/089976601753195969.

    Examples
    --------
    Three states in turn:

    >>> round(predictive_information([0, 1, 2] * 40, 2, 2, base=3).value, 3)
    1.0
    """
    check_integer("past", past)
    check_integer("future", future)
    check_flag("joint_columns", joint_columns)
    check_option("missing", missing, ("error", "omit"))
    unit = log_base(base)
    estimator = estimator_of(method, n_neighbors, 1)
    signal = estimator.read("x", x, omit=missing == "omit", joint=joint_columns)
    spans = read_trials(trials, signal.n_steps, x=x)

    following = Lagged(signal, lags_before(0, future, 1, spans))
    before = Lagged(signal, lags_before(future, past, 1, spans))
    rows = embed([following, before], spans)
    comparison = estimator.compare(following, (), rows)
    found = comparison.measure(comparison.take([before]), unit)
    lags = following.lags, before.lags
    # Blocks of several steps overlap: they are not independent though steps are, and the test of
    # single steps is none of theirs.
    if future > 1 and method in GAUSSIAN_METHODS:
        by_overlap = _p_value_of_overlap(found.local, *lags, signal.n_columns)
        found = replace(found, p_value=by_overlap, law=LawWithTest(found.law, by_overlap))
    found = with_stored_law(found, signal, spans, rows, *lags, method, unit)
    return SeriesEstimate(
        value=found.value / unit,
        standard_error=found.standard_error / unit,
        method=method,
        p_value=found.p_value if future == 1 else None,
        law=found.law,
        local=found.local / unit,
        steps=rows.steps,
        history=past,
    )


def _p_value_of_overlap(
    local: FloatArray, now: Sequence[int], past: Sequence[int], n_columns: int
) -> float:
    """P-value of independent steps from what blocks of Gaussian steps say of each other.

    To first order the likelihood ratio is the sum of the squared correlations of all pairs of
    steps. Those that lie alike apart are one correlation, which counts as often: a sum of
    chi-squares with whole weights, and the gamma law with its mean and variance.
    """
    _, weights = np.unique(np.subtract.outer(past, now), return_counts=True)
    mean, variance = n_columns**2 * weights.sum(), 2.0 * n_columns**2 * (weights**2).sum()
    scale = variance / mean
    # Bartlett's rows, for which the ratio has its mean.
    size = local.size - 1.0 - 0.5 * (n_columns * (len(now) + len(past)) + 1.0)
    return float(
        special.gammaincc(mean / scale, max(0.0, 2.0 * size * float(local.mean())) / scale)
    )


def _surprise(rows: Embedding, here: Lagged, past: Lagged) -> FloatArray:
    """Return ``-log p(x_t | past)`` of labels, from counts."""
    given = compress(rows.codes([past]))
    joint = compress(joint_codes(given, rows.codes([here])))
    counts = [np.bincount(codes.index)[codes.index] for codes in (given, joint)]
    return np.log(counts[0].astype(np.float64)) - np.log(counts[1].astype(np.float64))


def _gaussian_surprise(here: FloatArray, past: FloatArray) -> FloatArray:
    """Return ``-log p(x_t | past)`` of Gaussian variables."""
    residuals = linear_residuals(here, past)
    covariance = residuals.T @ residuals / len(residuals)
    log_det = np.linalg.slogdet(2.0 * np.pi * covariance)[1]
    squares = (residuals @ np.linalg.inv(covariance) * residuals).sum(axis=1)
    return np.asarray(0.5 * (log_det + squares))


def _bias_of_log_determinant(n_rows: int, n_columns: int, history: int) -> float:
    """Return the bias of half the log-determinant of the covariance of Gaussian residuals."""
    left = n_rows - 1 - history * n_columns - np.arange(n_columns)
    expected = special.psi(0.5 * np.maximum(left, 1)) - np.log(0.5 * n_rows)
    return float(0.5 * expected.sum())


def _factor_of_unseen(corrected: float, joint: FloatArray, past: FloatArray) -> float:
    """Return how much larger a rate may be by cells that were not seen, at least 1.

    By the entropies of Chao, Wang and Jost, which count those from the cells that were seen once:
    half a cell over the rows is too little where most of the cells of a past were seen once.
    """
    of_joint, of_past = (
        METHODS["chao_wang_jost"](one, one.size, _CONCENTRATION)[0] for one in (joint, past)
    )
    return max(1.0, (of_joint - of_past) / corrected) if corrected > 0.0 else 1.0


def _beyond(n_alone: int, n_rows: int) -> float:
    """Return how much further the upper end of a rate reaches, in nats, where many are alone.

    A share u of them is that of what was not seen (Good 1953), of which each adds its own surprise:
    half of ``u log(1/u)`` is what long histories of chains lack.
    """
    share = n_alone / n_rows
    if n_alone <= _FEW_ALONE or share <= _SOME_ALONE:
        return 0.0
    return -0.5 * share * math.log(share)


def _law_of_rate(
    corrected: float, freedom: int, n_rows: int, n_alone: int, of_error: float
) -> IntervalLaw:
    """Law of the rate of labels around the value without bias; withheld where none is free.

    Or where many steps are alone in their cells, so that the value is far from without bias.
    """
    most_alone = max(_FEW_ALONE, _MOST_ALONE * n_rows)
    if freedom > 0 and n_alone <= most_alone:
        return RateLaw(corrected, of_error, labels=True)
    if freedom > 0:
        reason = (
            f"{n_alone} of {n_rows} steps have a past and a label that come together once: the "
            f"interval of so sparse cells holds with at most {most_alone:.0f} of them; take a "
            "shorter history, a longer series, or fewer labels"
        )
        warn(reason, WithheldWarning)
        return WithheldLaw(reason)
    # The rule of three (Hanley and Lippman-Hand 1983) bounds how often the rule is broken. What
    # this adds to the rate depends on how many labels there are that were not seen.
    reason = (
        f"each of {n_rows} steps follows from its past: steps that do not, of which independent "
        f"ones are at 95 % fewer than {min(1.0, 3.0 / n_rows):.2g} of all, add to the rate what is "
        "not known"
    )
    warn(reason, WithheldWarning)
    return WithheldLaw(reason)


def _error_and_factor(
    terms: FloatArray, rows: Embedding, freedom: int, least_factor: float = 0.0
) -> tuple[float, float]:
    """Return the long-run error of a mean surprise, and the factor of its variance."""
    factor = max(least_factor, long_run_factor(terms, rows.steps, rows.trials))
    # Where all steps surprise alike the first order vanishes; what is left is a chi-square over 2N.
    second = freedom / (2.0 * terms.size**2)
    return float(np.sqrt(terms.var() * factor / terms.size + second)), factor


def _error_of_blocks(codes: Codes, counts: FloatArray, rows: Embedding, method: str) -> float:
    """Return the error of the entropy of blocks, with the scale of the bias."""
    # The error is that of the mean surprise, which is the plug-in, whatever corrects the value.
    surprise = -np.log(counts[codes.index] / codes.n_rows)
    error, factor = _error_and_factor(surprise, rows, counts.size - 1)
    of_cells = (counts.size - 1) / (2.0 * codes.n_rows) if method == "plugin" else 0.0
    bias = of_cells + loss_of_entropy(codes)

    quantile = special.stdtrit(freedom_of_variance(surprise, factor), 0.5 + 0.5 * _LEVEL)
    reach = float(np.hypot(error, bias) * quantile)
    # The error of few events is one of the root of their number, which reaches further up.
    reach *= 1.0 + reach / (4.0 * float(surprise.mean())) if reach > 0.0 else 1.0
    return reach / two_sided_quantile(_LEVEL)

"""Which tokens an update takes when the entropy of a policy is to be held, and what it costs."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._row_order import warn_of_row_order
from infotheory._typing import ArrayLike
from infotheory._validation import check_number, check_option, number_or_nan
from infotheory._warnings import warn
from infotheory.exceptions import WithheldWarning
from infotheory.fields._inputs import as_finite, check_positive
from infotheory.fields.language._tensors import Tensor, as_finite_tensor, as_token_mask, torch
from infotheory.inference import Estimate
from infotheory.laws import IntervalLaw, StudentLaw, WithheldLaw

__all__ = [
    "EntropyPerformance",
    "discriminator_clip_mask",
    "entropy_band_mask",
    "entropy_performance_fit",
    "entropy_quantile_mask",
    "relative_log_entropy",
]

# Steps of a run that a fit of two parameters needs for a standard error.
_FEWEST_STEPS = 4

# Steps below which they do not tell how much they resemble each other: an interval of 10 steps
# whose residuals remember .3 covered .92, of .6 .83.
_FEWEST_TO_REMEMBER = 20

# Steps that must be left of them: one degree of freedom more than the two of the line.
_FEWEST_TO_BE_LEFT = 3.0

# Residuals up to this part of the rewards are rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class EntropyPerformance:
    """Line ``R = -a exp(H) + b`` of a training run.

    Parameters
    ----------
    a, b : Estimate
        Coefficients with standard errors; ``b`` is the reward where ``exp(H)`` is 0, and
        ``b - a`` that at an entropy of 0, the most that the line promises.
    ceiling : Estimate
        ``b - a``.
    residual_correlation : float
        Correlation of the residuals of neighbouring steps, -1 to 1.
    """

    a: Estimate
    b: Estimate
    ceiling: Estimate
    residual_correlation: float

    __repr__ = short_repr
    _repr_html_ = html_repr


def entropy_band_mask(advantage: Any, entropy: Any, low: float, high: float) -> Tensor:
    """Rollouts that keep the entropy in a band, by the sign of their advantage (Entrocraft).

    Above the band only advantages that are not negative are kept, since rewarding what the policy
    does sharpens it; below it only those that are not positive; within it all of them.

    Parameters
    ----------
    advantage : Tensor
        Advantage of each rollout or token.
    entropy : Tensor of a shape that broadcasts to that of ``advantage``
        Entropy of the policy there, or one number for the batch.
    low, high : float
        Ends of the band, in the unit of ``entropy``.

    Returns
    -------
    Tensor of bool of the shape of ``advantage``
        True where ``m A >= 0`` with m = 1 above the band, -1 below it and 0 within.

    Raises
    ------
    ValueError
        If a tensor is not finite and floating, the shapes do not fit, or ``low`` exceeds ``high``.

    References
    ----------
    B. Li et al. (2026), "Addressing performance saturation for LLM RL via precise entropy curve
    control", arXiv:2604.26326, algorithm 1.

    Examples
    --------
    >>> import torch
    >>> advantage = torch.tensor([1.0, 0.0, -1.0])
    >>> entropy_band_mask(advantage, torch.tensor(0.9), 0.2, 0.6).tolist()
    [True, True, False]
    """
    gains = as_finite_tensor(advantage, name="advantage").detach()
    values = as_finite_tensor(entropy, name="entropy").detach()
    if not number_or_nan(low) <= number_or_nan(high):
        message = f"low must not exceed high, got {low!r} and {high!r}"
        raise ValueError(message)
    try:
        spread = values.expand(gains.shape)
    except RuntimeError:
        message = (
            f"entropy must broadcast to the shape of advantage {tuple(gains.shape)}, got "
            f"{tuple(values.shape)}"
        )
        raise ValueError(message) from None

    # 1 above the band, -1 below it, 0 within, where any advantage passes.
    side = (spread > high).to(gains.dtype) - (spread < low).to(gains.dtype)
    return side * gains >= 0


def discriminator_clip_mask(
    score: Any,
    mask: Any,
    width: float,
    *,
    center: Literal["batch", "vocabulary"] = "batch",
    advantage: Any = None,
) -> Tensor:
    """Tokens whose effect on the entropy is not extreme (Clip_B and Clip_V).

    Parameters
    ----------
    score : Tensor
        For "batch", `entropy_discriminator` at the sampled tokens; for "vocabulary" what it exceeds
        its mean over the policy by, which is ``-policy_entropy_change(logits, action, 1.0)``.
    mask : Tensor of bool of the same shape, or None
        Tokens that count; all when None.
    width : float
        Standard deviations that a score may lie from its center, positive.
    center : {"batch", "vocabulary"}
        Measure from the mean over the tokens that count, or from 0.
    advantage : Tensor of the shape of ``score``, optional
        Advantages: of the tokens below the center only those of negative advantage are then left
        out, and above it none, as the authors do. Without it both sides are clipped.

    Returns
    -------
    Tensor of bool of the same shape
        True at the tokens to keep, of those that count; all of these where scores do not vary.

    Raises
    ------
    ValueError
        If ``score`` or ``advantage`` is not finite and floating, ``mask`` or ``advantage`` does not
        fit, no token counts, ``width`` is not positive, or ``center`` is not known.

    Notes
    -----
    With ``advantage`` it is the rule of the authors' code for Trinity-RFT: Clip_B with a width of
    2.5; Clip_V with one of 2, or 8.5 in its default configuration, where only the worst of them are
    left out if they are more than 1 in 10,000 of all tokens (that cap is not here). Of the paper
    itself the abstract was read, its two theorems second-hand, its section on clipping not.

    References
    ----------
    S. Wang et al. (2026), "On the entropy dynamics in reinforcement fine-tuning of large language
    models", arXiv:2602.03392.

    Examples
    --------
    >>> import torch
    >>> score = torch.tensor([0.0, 0.0, 0.0, 1.0])
    >>> discriminator_clip_mask(score, None, 1.5).tolist()
    [True, True, True, False]
    """
    values = as_finite_tensor(score, name="score").detach()
    counted = as_token_mask(mask, values)
    check_option("center", center, ("batch", "vocabulary"))
    reach = check_positive("width", width)

    number = counted.sum()
    mean = torch.where(counted, values, 0.0).sum() / number
    variance = torch.where(counted, (values - mean).square(), 0.0).sum() / number
    middle = mean if center == "batch" else torch.zeros_like(mean)

    # Scores that do not vary have no extreme one, wherever they lie.
    distance = values - middle
    ordinary = distance.abs() <= reach * variance.sqrt()
    if advantage is not None:
        # Making a token less likely moves the entropy by its score less the center: only what is
        # far below it, and is made less likely, takes much entropy away.
        gains = as_finite_tensor(advantage, name="advantage", shape=tuple(values.shape)).detach()
        ordinary = ordinary | (distance > 0) | (gains >= 0)
    return counted & (ordinary | (variance == 0))


def relative_log_entropy(entropy: Any, mask: Any, quantile: float) -> Tensor:
    """Logarithm of each token's entropy over a quantile of all, scaled to -1 to 1 (HAPO).

    Descriptive of these tokens: the quantile is theirs.

    Tokens above the quantile are scaled by the largest logarithm, those below by the smallest, so
    that the most uncertain token has 1, the least uncertain -1 and one at the quantile 0.

    Parameters
    ----------
    entropy : Tensor
        Entropy of each token, positive where it counts.
    mask : Tensor of bool of the same shape, or None
        Tokens that count; all when None.
    quantile : float
        Quantile of the entropies that is the zero, strictly between 0 and 1.

    Returns
    -------
    Tensor of the same shape
        Relative entropy from -1 to 1, growing in the entropy; 0 at tokens that do not count.

    Raises
    ------
    ValueError
        If ``entropy`` is not finite and floating, ``mask`` does not fit, no token counts, one that
        does has no positive entropy, or ``quantile`` leaves (0, 1).

    Notes
    -----
    The code of the authors gives the least uncertain token +1; this follows the intent of their
    text.

    References
    ----------
    Z. Liu et al. (2025), "From uniform to heterogeneous: tailoring policy optimization to every
    token's nature", arXiv:2509.16591.

    Examples
    --------
    >>> import torch
    >>> relative_log_entropy(torch.tensor([0.25, 1.0, 4.0]), None, 0.5).tolist()
    [-1.0, 0.0, 1.0]
    """
    values = as_finite_tensor(entropy, name="entropy").detach()
    counted = as_token_mask(mask, values)
    check_number("quantile", quantile, 0.0, 1.0, ends="()", rule="strictly between 0 and 1")
    least = float(values[counted].min())
    if least <= 0.0:
        message = f"entropy must be positive where it counts, got {least:g}; mask such tokens"
        raise ValueError(message)

    logs = torch.where(counted, values, 1.0).log()
    cut = _quantile(values[counted], quantile).log()
    above = torch.where(counted, logs - cut, 0.0)

    # each side has its own unit; a side without tokens is divided by nothing
    highest, lowest = above.max().clamp(min=0.0), above.min().clamp(max=0.0)
    upper = above / torch.where(highest > 0, highest, 1.0)
    lower = above / torch.where(lowest < 0, -lowest, 1.0)
    return torch.where(above > 0, upper, lower)


def entropy_quantile_mask(entropy: Any, mask: Any, share: float) -> Tensor:
    """Tokens of the largest entropy: the forks of a text.

    Descriptive of these tokens: the quantile is theirs.

    Parameters
    ----------
    entropy : Tensor
        Entropy of each token.
    mask : Tensor of bool of the same shape, or None
        Tokens that count; all when None.
    share : float
        Share of the tokens that count to take, above 0 and at most 1.

    Returns
    -------
    Tensor of bool of the same shape
        True at tokens that count and reach the ``1 - share`` quantile; more than the share where
        several are equal to it.

    Raises
    ------
    ValueError
        If ``entropy`` is not finite and floating, ``mask`` does not fit, no token counts, or
        ``share`` is out of range.

    Notes
    -----
    Papers that use such masks: ETTRL and temporal scheduling, in which the share follows the
    step.

    Examples
    --------
    >>> import torch
    >>> entropy_quantile_mask(torch.tensor([0.1, 0.2, 0.9, 0.3, 0.8]), None, 0.4).tolist()
    [False, False, True, False, True]
    """
    values = as_finite_tensor(entropy, name="entropy").detach()
    counted = as_token_mask(mask, values)
    check_number("share", share, 0.0, 1.0, ends="(]", rule="above 0 and at most 1")

    # the least of those taken: at least one token, however small the share; the rounding of a
    # product such as .29 times 100 must not cost one
    ordered = values[counted].sort(descending=True).values
    number = max(1, math.floor(share * len(ordered) + 1e-9))
    return counted & (values >= ordered[number - 1])


def entropy_performance_fit(entropy: ArrayLike, reward: ArrayLike) -> EntropyPerformance:
    r"""Fit the exchange of entropy for reward along a run, :math:`R = -a e^H + b`.

    Parameters
    ----------
    entropy : array-like of shape (n_steps,)
        Entropy of the policy at each step, in nats, in the order of training.
    reward : array-like of shape (n_steps,)
        Reward, or validation score, at the same steps.

    Returns
    -------
    EntropyPerformance
        Coefficients by least squares. Neighbouring steps of a run resemble each other, and errors
        and Student's interval are those of the steps that this leaves: ``n (1 - r) / (1 + r)``,
        where r, at least 0, is the correlation of neighbouring residuals, without what the fit
        takes from it (``2 / n`` of an uncorrelated run), and half its error more. Withheld below
        20 steps, which do not tell how far they resemble each other, and where fewer than 3 are
        left.

    Raises
    ------
    ValueError
        If there are fewer than 4 steps, lengths differ, a number is not finite, or all entropies
        are equal.

    Warns
    -----
    WithheldWarning
        If errors and intervals are withheld.

    Notes
    -----
    Simulated coverage of 95 % intervals, entropies that fall evenly or fast at first: .94 to .98
    with 30 steps and correlations up to .6, with 50 up to .8, with 100 up to .9 (.7 of these are
    shown). Few steps do not show that they drift: at a correlation of .9 the .4 of samples of 50
    steps that are shown are covered in .87 to .92, and at .8 those of 20 in .83 to .91.

    References
    ----------
    G. Cui et al. (2025), "The entropy mechanism of reinforcement learning for reasoning language
    models", arXiv:2505.22617.

    Examples
    --------
    >>> import numpy as np
    >>> entropy = np.linspace(1.0, 0.1, 24)
    >>> noise = 0.01 * np.tile([1, 1, -1, -1, 1, -1], 4)
    >>> fit = entropy_performance_fit(entropy, 0.9 - 0.2 * np.exp(entropy) + noise)
    >>> round(fit.ceiling.value, 2), [round(end, 2) for end in fit.ceiling.interval()]
    (0.7, [0.69, 0.71])
    """
    warn_of_row_order(entropy=entropy, reward=reward)
    heights = as_finite(entropy, name="entropy", shape=("n_steps",))
    gains = as_finite(reward, name="reward", shape=heights.shape)
    if heights.size < _FEWEST_STEPS:
        message = f"entropy must have at least {_FEWEST_STEPS} steps, got {heights.size}"
        raise ValueError(message)
    with np.errstate(over="ignore"):
        spread = np.exp(heights)
    if not np.isfinite(spread).all() or np.ptp(spread) <= 1e-12 * spread.max():
        message = (
            f"entropy must vary, and exp of it be finite, got {heights.min():g} to "
            f"{heights.max():g}"
        )
        raise ValueError(message)

    design = np.column_stack([-spread, np.ones_like(spread)])
    solution = np.linalg.lstsq(design, gains, rcond=None)[0]
    residuals = gains - design @ solution
    square = float(residuals @ residuals)
    correlation = float(residuals[1:] @ residuals[:-1]) / square if square > 0.0 else 0.0

    enough = heights.size >= _FEWEST_TO_REMEMBER
    left = _steps_left(correlation, heights.size) if enough else math.nan
    reason = ""
    if square <= (_ROUNDING * float(np.linalg.norm(gains))) ** 2:
        reason = "all steps lie on the line, and leave it no error"
    elif not enough:
        reason = (
            f"{heights.size} steps do not tell how far they resemble each other, "
            f"{_FEWEST_TO_REMEMBER} are needed"
        )
    elif left < _FEWEST_TO_BE_LEFT:
        reason = f"{heights.size} steps resemble each other so far that they are worth {left:.1f}"

    if reason:
        warn(f"no interval of the fitted line is shown: {reason}", WithheldWarning)
    law: IntervalLaw = WithheldLaw(reason) if reason else StudentLaw(left - 2.0)
    # Residuals of a fit are smaller than the noise: by two of the steps that are left.
    variance = math.nan if reason else square / (left - 2.0)
    covariance = np.linalg.inv(design.T @ design) * variance

    def estimate(direction: list[float]) -> Estimate:
        square_error = float(np.array(direction) @ covariance @ direction)
        return Estimate(
            value=float(solution @ direction),
            standard_error=math.nan if reason else math.sqrt(max(square_error, 0.0)),
            method="least squares",
            law=law,
        )

    # The ceiling is the reward ``-a + b`` at entropy 0, where exp(H) is 1.
    return EntropyPerformance(
        estimate([1.0, 0.0]), estimate([0.0, 1.0]), estimate([-1.0, 1.0]), correlation
    )


def _steps_left(correlation: float, n_steps: int) -> float:
    """Count the steps that n steps are worth whose residuals are correlated so."""
    # The mean of the correlation of neighbouring residuals beside a line is
    # ``r - (2 + 4 r) / n`` (F. H. C. Marriott and J. A. Pope, Biometrika 41 (1954) 390,
    # doi:10.1093/biomet/41.3-4.390).
    told = (correlation + 2.0 / n_steps) / (1.0 - 4.0 / n_steps)
    told += math.sqrt(max(1.0 - told**2, 0.0) / n_steps) / 2.0
    # A negative correlation would make more steps than there are.
    told = min(max(told, 0.0), 1.0)
    return n_steps * (1.0 - told) / (1.0 + told)


def _quantile(values: Tensor, level: float) -> Tensor:
    """Return a quantile; torch's own refuses more than 16 million numbers."""
    ordered = values.sort().values
    place = level * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return torch.lerp(ordered[below], ordered[above], place - below)

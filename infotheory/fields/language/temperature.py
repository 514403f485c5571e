"""The temperature at which the next token has a given entropy."""

import math
from typing import Any

from infotheory._interrupts import in_pieces
from infotheory._validation import number_or_nan
from infotheory.fields.language._tensors import (
    Tensor,
    as_finite_tensor,
    as_logits,
    entropy_nats,
    masked,
    torch,
)
from infotheory.measures._envelope import once_differentiable

__all__ = ["temperature_for_entropy"]

# Relative error that a sum of a few thousand float64 may have.
_ROUNDING = 16.0 * math.ulp(1.0)

# Nats from either limit below which the entropy is not known to enough digits: its error, 4e-15,
# moves the temperature by 1e-5 of itself there.
_NEAREST = 1e-10

#: Scores of one block: in the cache of a processor, and enough work for a device.
_ON_CPU, _ON_DEVICE = 1 << 17, 1 << 24


def temperature_for_entropy(logits: Any, target: Any) -> Tensor:
    r"""Temperature T at which ``softmax(logits / T)`` has a given entropy.

    There is one, for :math:`dH/dT = \mathrm{Var}_p(z) / T^3 > 0` unless all logits are equal. It is
    found in float64 by Newton's method within a bracket.

    Parameters
    ----------
    logits : Tensor of shape (..., n_tokens)
        Scores; -inf excludes a token.
    target : float or Tensor of shape (...)
        Entropy in nats, strictly between the logarithm of the number of largest logits and that of
        the number of tokens that are not excluded, and 1e-10 away from both.

    Returns
    -------
    Tensor of shape (...)
        Temperature, positive; with the gradient of the implicit function in ``logits`` and
        ``target``, whose second derivative is refused.

    Raises
    ------
    ValueError
        If ``logits`` are not logits, ``target`` is not finite or has another shape, or no
        temperature gives it.

    Notes
    -----
    Adaptive schemes for entropy in reinforcement learning (AEPO, DCPO) hold it by this temperature.
    That the derivative is positive is the fluctuation formula of the canonical law.

    Papers that set the temperature by the entropy: arbitrary entropy policy optimization and
    DCPO.

    Examples
    --------
    >>> import torch
    >>> logits = torch.tensor([2.0, 1.0, 0.0], dtype=torch.float64)
    >>> round(float(temperature_for_entropy(logits, 1.0)), 6)
    1.769046
    """
    tensor = as_logits(logits)
    batch, n_tokens = tuple(tensor.shape[:-1]), tensor.shape[-1]

    # In float64, which mps does not have.
    dtype = tensor.dtype if tensor.device.type == "mps" else torch.float64
    if not isinstance(target, torch.Tensor):
        target = torch.full(batch, number_or_nan(target), dtype=dtype, device=tensor.device)
    goals = as_finite_tensor(target, name="target", shape=batch).to(dtype).reshape(-1)

    # A few rows at a time: their scores stay in the cache, and rows that need few steps end.
    rows = tensor.reshape(-1, n_tokens)
    at_once = max(1, (_ON_CPU if tensor.device.type == "cpu" else _ON_DEVICE) // n_tokens)
    blocks = list(in_pieces(len(rows), at_once)) or [slice(0, 0)]
    solved = [_temperatures(rows[block].to(dtype), goals[block]) for block in blocks]
    return torch.cat(solved).reshape(batch).to(tensor.dtype)


def _temperatures(scores: Tensor, goal: Tensor) -> Tensor:
    """Temperature of each row of scores."""
    with torch.no_grad():
        shifted = scores - scores.amax(dim=-1, keepdim=True)
        _check_target(shifted, goal)
        solved = _newton_in_log_temperature(shifted, goal)

    # One Newton step at the solution: it changes no value, and carries the derivative of the
    # implicit function. The slope is that in log T, hence the factor T.
    scores, goal = once_differentiable(scores), once_differentiable(goal)
    value, slope = _entropy_and_slope(scores - scores.detach().amax(dim=-1, keepdim=True), solved)
    return solved - solved * (value - goal) / slope.detach()


def _check_target(shifted: Tensor, goal: Tensor) -> None:
    """Raise ValueError where no temperature has the entropy asked for."""
    # At temperature 0 the largest scores share the mass, at inf all that are not excluded.
    lowest = (shifted == 0.0).sum(dim=-1).to(goal.dtype).log()
    highest = torch.isfinite(shifted).sum(dim=-1).to(goal.dtype).log()
    outside = ~((lowest + _NEAREST < goal) & (goal < highest - _NEAREST))
    if bool(outside.any()):
        limits = f"{float(lowest[outside][0]):.6g} and {float(highest[outside][0]):.6g}"
        message = (
            f"target must lie strictly between {limits}, the entropies at temperatures 0 and inf, "
            f"and {_NEAREST:.0e} away from both, got {float(goal[outside][0]):.6g}"
        )
        raise ValueError(message)


def _entropy_and_slope(shifted: Tensor, temperature: Tensor) -> tuple[Tensor, Tensor]:
    """Entropy, and its derivative in the log of the temperature: the variance of scaled scores."""
    scaled = shifted / temperature.unsqueeze(-1)
    log_p = torch.log_softmax(scaled, dim=-1)
    p, energies = log_p.exp(), masked(scaled)
    mean = (p * energies).sum(dim=-1, keepdim=True)
    return entropy_nats(log_p), (p * (energies - mean) ** 2).sum(dim=-1)


def _entropy_and_slope_alone(
    shifted: Tensor, energies: Tensor, temperature: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the same without a gradient, in a third of the time; ``energies`` have no -inf."""
    inverse = 1.0 / temperature.unsqueeze(-1)
    p = (shifted * inverse).exp_()
    total = p.sum(dim=-1, keepdim=True)
    p /= total
    mean = torch.linalg.vecdot(p, energies).unsqueeze(-1)
    entropy = total.log() - mean * inverse
    variance = torch.linalg.vecdot(p, (energies - mean).square_()).unsqueeze(-1)
    return entropy.squeeze(-1), (variance * inverse**2).squeeze(-1)


def _newton_in_log_temperature(shifted: Tensor, goal: Tensor) -> Tensor:
    """Newton's method in log T, with bisection where a step leaves the bracket or is slow."""
    energies = masked(shifted)
    depths = -energies
    gap = torch.where(depths > 0, depths, torch.inf).amin(dim=-1)

    # Entropies at the ends of the bracket equal the limits to rounding: a gap of e^7 temperatures
    # has an exponential of 0, and depths of e^-20 temperatures move the entropy by their square.
    low, high = gap.log() - 7.0, depths.amax(dim=-1).log() + 20.0
    point, moved = depths.amax(dim=-1).log(), high - low
    for _ in range(200):
        value, slope = _entropy_and_slope_alone(shifted, energies, point.exp())
        excess = value - goal
        low, high = torch.where(excess > 0, low, point), torch.where(excess > 0, point, high)

        # A step must stay inside and at least halve the last one; else the bracket is halved.
        step = -excess / slope
        good = (point + step > low) & (point + step < high) & (2.0 * step.abs() <= moved.abs())
        step = torch.where(good, step, 0.5 * (low + high) - point)

        # Rows that have arrived stay, while the others go on.
        step = torch.where(excess.abs() <= _ROUNDING * (1.0 + goal), 0.0, step)
        point, moved = point + step, step
        if not bool((step.abs() > _ROUNDING).any()):
            break

    return point.exp()

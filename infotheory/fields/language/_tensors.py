"""The one place of this room that loads torch; checks of tensors, entropy from logarithms."""

import math
from typing import Any

from infotheory._numerics import clip_rounding, is_tensor
from infotheory._optional import require
from infotheory._pmfs import read_value
from infotheory._validation import check_number

__all__ = [
    "Tensor",
    "as_finite_tensor",
    "as_log_probabilities",
    "as_logits",
    "as_token_mask",
    "entropy_nats",
    "is_integer_tensor",
    "masked",
    "torch",
]

torch = require("torch", extra="torch", purpose="infotheory.fields.language")

# torch ships inline types that need torch at check time; the package is optional.
Tensor = Any


def _as_floating(values: Any, name: str) -> Tensor:
    """Return a real tensor of at least float32, or raise ValueError."""
    if not is_tensor(values):
        message = (
            f"{name} must be a torch tensor, got {type(values).__name__}; torch.as_tensor makes one"
        )
        raise ValueError(message)
    if not values.is_floating_point():
        message = f"{name} must be of a floating type, got {values.dtype}; call .float() on it"
        raise ValueError(message)
    return values if values.dtype == torch.float64 else values.float()


def as_finite_tensor(values: Any, *, name: str, shape: tuple[int, ...] | None = None) -> Tensor:
    """Return a finite floating tensor, of the shape where one is asked for, or raise ValueError."""
    tensor = _as_floating(values, name)
    if shape is not None and tuple(tensor.shape) != tuple(shape):
        message = f"{name} must have shape {tuple(shape)}, got {tuple(tensor.shape)}"
        raise ValueError(message)
    finite = torch.isfinite(tensor.detach())
    if not read_value(tensor, finite.all):
        message = f"{name} must be finite, got {float(tensor.detach()[~finite][0])}"
        raise ValueError(message)
    return tensor


def is_integer_tensor(values: Any) -> bool:
    """Tell whether it is a tensor of integers: no truth values, which would read as 0 and 1."""
    if not isinstance(values, torch.Tensor):
        return False
    dtype = values.dtype
    return not (dtype.is_floating_point or dtype.is_complex or dtype == torch.bool)


def as_logits(logits: Any, *, name: str = "logits") -> Tensor:
    """Return scores of shape (..., n_tokens); -inf excludes a token, and each row keeps one.

    Raises
    ------
    ValueError
        If it is no floating tensor, has no token, holds NaN or inf, or a row excludes every token.
    """
    tensor = _as_floating(logits, name)
    if tensor.ndim == 0 or tensor.shape[-1] == 0:
        message = (
            f"{name} must have shape (..., n_tokens) with at least one token, got "
            f"{tuple(tensor.shape)}"
        )
        raise ValueError(message)

    # The maximum of a row is NaN where it holds NaN, inf where it holds inf, and -inf where all is
    # excluded: it tells the three faults at once.
    largest = tensor.detach().amax(dim=-1)
    finite = torch.isfinite(largest)
    if not read_value(tensor, finite.all):
        message = (
            f"{name} must be finite, or -inf at excluded tokens, with one finite in each row; "
            f"got a row whose largest is {float(largest[~finite][0])}"
        )
        raise ValueError(message)
    return tensor


def as_log_probabilities(logits: Any, *, name: str = "logits", temperature: float = 1.0) -> Tensor:
    """Return the logarithm of the softmax of checked scores at a temperature."""
    scores = as_logits(logits, name=name)
    check_number("temperature", temperature, 0.0, math.inf, ends="()", rule="finite and positive")
    temperature = float(temperature)

    # Shifted first, so that a low temperature does not overflow. The shift cancels in the softmax
    # and needs no gradient.
    if temperature != 1.0:
        scores = (scores - scores.detach().amax(dim=-1, keepdim=True)) / temperature
    return torch.log_softmax(scores, dim=-1)


def masked(log_p: Tensor) -> Tensor:
    """Replace the logarithm of 0 by 0: it is multiplied by 0, and its gradient is 0."""
    return torch.where(torch.isinf(log_p), 0.0, log_p)


def entropy_nats(log_p: Tensor) -> Tensor:
    """Entropy in nats of logarithms of probabilities along the last axis."""
    return clip_rounding(-(log_p.exp() * masked(log_p)).sum(dim=-1))


def as_token_mask(mask: Any, values: Tensor) -> Tensor:
    """Return which tokens count: all when None."""
    if mask is None:
        mask = torch.ones_like(values, dtype=torch.bool)
    if not isinstance(mask, torch.Tensor) or mask.dtype != torch.bool or mask.shape != values.shape:
        received = (
            f"{mask.dtype} of shape {tuple(mask.shape)}"
            if isinstance(mask, torch.Tensor)
            else repr(mask)
        )
        message = f"mask must be a bool tensor of shape {tuple(values.shape)}, got {received}"
        raise ValueError(message)
    if not bool(mask.any()):
        message = f"mask must keep a token, got none of {mask.numel()}"
        raise ValueError(message)
    return mask

"""The one entropy formula behind every measure of this room; its arguments are checked."""

import math

from infotheory._numerics import clip_rounding, cumulant, namespace, safe_log
from infotheory._typing import Array
from infotheory._validation import number_or_nan

__all__ = ["as_power", "spectral_entropy_nats"]


def spectral_entropy_nats(
    spectrum: Array, t: float, order: float, weights: Array | None = None
) -> Array:
    """Entropy in nats of a checked float64 spectrum along the last axis.

    With shares ``p = w lam^t / sum`` and ``v = t log lam - psi(t)`` it is minus the cumulant of
    order ``alpha - 1`` of v under p, which is exact at orders 0, 1 and inf and loses no digits
    between them.
    """
    xp = namespace(spectrum)
    present = spectrum > 0 if weights is None else (spectrum > 0) & (weights > 0)

    # Relative to the largest power: no exponential overflows.
    powers = t * safe_log(spectrum)
    exponents = xp.where(
        present, powers if weights is None else powers + safe_log(weights), -math.inf
    )
    top = xp.max(exponents, axis=-1, keepdims=True)
    masses = xp.exp(exponents - top)
    total = xp.sum(masses, axis=-1, keepdims=True)

    values = xp.where(present, powers - top - xp.log(total), 0.0)
    nats = -cumulant(masses / total, values, order - 1.0)

    # With weights below 1 an entropy may be negative.
    return clip_rounding(nats) if weights is None else nats


def as_power(t: float) -> float:
    """Return the power of the spectrum as a positive finite float, or raise ValueError."""
    power = number_or_nan(t)
    if not (math.isfinite(power) and power > 0.0):
        message = f"t must be finite and positive, got {t!r}; 1 takes the spectrum as it is"
        raise ValueError(message)
    return power

"""The one entropy formula behind every measure of this room; its arguments are checked."""

import math

from infotheory._numerics import clip_rounding, cumulant, is_tensor, namespace, safe_log
from infotheory._typing import Array
from infotheory._validation import number_or_nan
from infotheory._warnings import warn_once_a_call
from infotheory.exceptions import ApproximationWarning

__all__ = ["as_power", "entropy_of_computed", "spectral_entropy_nats"]

# Up to this mass of all others beside the largest, the share of the largest is so near 1 that its
# logarithm would lose digits.
_LITTLE = 0.1


# Nats that eigenvalues at the level of rounding may add without a word.
_UNSEEN = 5e-3

# Times the lowest computed eigenvalue of a matrix that has none below 0: its errors are as large.
_SPREAD_OF_NOISE = 3.0


def entropy_of_computed(
    values: Array,
    t: float,
    order: float,
    eps: float,
    *,
    lowest: float | None = None,
    n_zeros: int = 0,
) -> Array:
    """Entropy in nats of eigenvalues, shape (n,), not negative, computed up to rounding.

    ``lowest`` is the least that the solver found where the matrix has none below 0, None where it
    may; ``n_zeros`` of the first are known to be 0. The power 1 of an error is small. Lower ones
    are not (1e-17 to the power .1 is .02), and the power 0 counts it as an eigenvalue: there what
    lies at the level of rounding is 0, and a warning says how much it may hide. At order 0 it is
    the rank of matrix_rank, as documented.
    """
    if t * min(order, 1.0) >= 1.0:
        return spectral_entropy_nats(values, t, order)
    xp = namespace(values)
    whole = values.detach() if is_tensor(values) else values
    rounding = eps * float(whole.max())
    floor = values.shape[-1] * rounding
    if order > 0.0 and lowest is not None:
        floor = max(rounding, -_SPREAD_OF_NOISE * lowest)
    known = values > floor
    nats = spectral_entropy_nats(xp.where(known, values, 0.0), t, order)
    if order == 0.0:
        return nats

    # More of the least makes a law more even: the entropy is at most that with all of them there.
    most = spectral_entropy_nats(xp.where(known, values, floor)[n_zeros:], t, order)
    low, high = (float(end.detach() if is_tensor(end) else end) for end in (nats, most))
    if high - low > _UNSEEN:
        powers = {"t": t, "order": order}
        lower = " and ".join(f"{name}={power:g}" for name, power in powers.items() if power < 1.0)
        message = (
            f"{lower} should be at least 1, got eigenvalues at the level of rounding, which count "
            f"as 0; they may be more, and the entropy between {low:.4g} and {high:.4g} nats"
        )
        warn_once_a_call(message, ApproximationWarning, about="powers of rounding")
    return nats


def spectral_entropy_nats(
    spectrum: Array, t: float, order: float, weights: Array | None = None
) -> Array:
    """Entropy in nats of a checked float64 spectrum along the last axis.

    With shares ``p = w lam^t / sum`` and ``v = t log lam - psi(t)`` it is minus the cumulant of
    order ``alpha - 1`` of v under p, which is exact at orders 0, 1 and inf and loses no digits
    between them, but where nearly all mass is of one eigenvalue.
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
    if order > 0.0:
        little, is_little = _entropy_of_little(powers, masses, present, order, weights)
        nats = xp.where(is_little, little, nats)

    # With weights below 1 an entropy may be negative.
    return clip_rounding(nats) if weights is None else nats


def _entropy_of_little(
    powers: Array, masses: Array, present: Array, order: float, weights: Array | None
) -> tuple[Array, Array]:
    """Entropy where little mass lies beside one eigenvalue, and where that is so.

    With gaps ``d = t log(lam / lam_1)`` and masses ``m = w e^d / w_1`` of the others, S their sum,
    it is ``log w_1 + log(1 + S) - log(1 + sum m (e^((alpha-1) d) - 1) / (1 + S)) / (alpha - 1)``:
    the last two terms have one sign, so that nothing of the little cancels.
    """
    xp = namespace(powers)
    is_first = present & (masses == 1.0)
    others = xp.where(is_first, 0.0, masses)
    beside = xp.sum(others, axis=-1, keepdims=True)
    first = xp.sum(xp.where(is_first, powers, 0.0), axis=-1, keepdims=True)
    gaps = xp.where(present & ~is_first, powers - first, 0.0)

    # One largest mass, which is that of the largest eigenvalue too: weights may part the two.
    alone = xp.sum(xp.astype(is_first, powers.dtype), axis=-1, keepdims=True) == 1.0
    is_little = alone & (beside <= _LITTLE) & (xp.max(gaps, axis=-1, keepdims=True) <= 0.0)
    gaps = xp.where(is_little, gaps, 0.0)

    counts = xp.ones_like(powers) if weights is None else weights
    first_count = xp.sum(xp.where(is_first, counts, 0.0), axis=-1, keepdims=True)
    nats = xp.log1p(beside) + safe_log(first_count)
    if order == 1.0:
        nats = nats - xp.sum(others * gaps, axis=-1, keepdims=True) / (1.0 + beside)
    elif math.isfinite(order):
        change = _power_change(others, gaps, counts / first_count, order)
        relative = xp.sum(change, axis=-1, keepdims=True) / (1.0 + beside)
        nats = nats - xp.log1p(xp.where(is_little, relative, 0.0)) / (order - 1.0)
    return xp.squeeze(nats, axis=-1), xp.squeeze(is_little, axis=-1)


def _power_change(masses: Array, gaps: Array, counts: Array, order: float) -> Array:
    """Change ``m (e^(t d) - 1)`` of masses ``m = c e^d`` by a power ``t = order - 1`` more."""
    xp = namespace(masses)
    exponents = (order - 1.0) * gaps
    small = xp.abs(exponents) < 1.0
    near = masses * xp.expm1(xp.where(small, exponents, 0.0))

    # Of large exponents by their powers: a mass may be 0 where its power is not.
    far = counts * xp.exp(xp.where(small, 0.0, order * gaps)) - masses
    return xp.where(small, near, far)


def as_power(t: float) -> float:
    """Return the power of the spectrum as a positive finite float, or raise ValueError."""
    power = number_or_nan(t)
    if not (math.isfinite(power) and power > 0.0):
        message = f"t must be finite and positive, got {t!r}; 1 takes the spectrum as it is"
        raise ValueError(message)
    return power

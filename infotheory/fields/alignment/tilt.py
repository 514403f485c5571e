"""Exponential tilts of a law, and the one that a divergence budget allows."""

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from infotheory._display import html_repr, short_repr
from infotheory._numerics import renyi_divergence_nats
from infotheory._row_order import warn_of_bin_order
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import number_or_nan
from infotheory.fields._inputs import as_finite, as_law
from infotheory.measures._fixed_point import log_softmax, logs

__all__ = ["Tilt", "exponential_tilt", "tilt_for_kl"]

# The exponential of minus this is 0 in float64.
_UNDERFLOW = 800.0


class Tilt(NamedTuple):
    """A tilted law and its multiplier.

    Parameters
    ----------
    phi : ndarray of shape (n_outcomes,)
        The law.
    lam : float
        The multiplier of the reward, not negative.
    """

    phi: FloatArray
    lam: float

    def __repr__(self) -> str:
        return short_repr(self)

    def _repr_html_(self) -> str:
        """Table of the fields for notebooks."""
        return html_repr(self)


def exponential_tilt(p: ArrayLike, r: ArrayLike, lam: float) -> FloatArray:
    r"""Law in proportion to :math:`p(y) e^{\lambda r(y)}`.

    It maximises ``lam E r - KL(phi, p)`` over the laws phi: the optimum of reinforcement learning
    with a Kullback-Leibler penalty of weight ``1 / lam``.

    Parameters
    ----------
    p : array-like of shape (n_outcomes,)
        Reference law.
    r : array-like of shape (n_outcomes,)
        Reward of each outcome, finite.
    lam : float
        Multiplier of the reward, finite; 0 gives p.

    Returns
    -------
    ndarray of shape (n_outcomes,)
        The tilted law, 0 where p is.

    Raises
    ------
    ValueError
        If ``p`` is not one pmf, ``r`` has another length, or ``r`` or ``lam`` is not finite.

    References
    ----------
    J. Q. Yang et al. (2024), "Asymptotics of language model alignment", arXiv:2404.01730.

    Examples
    --------
    Doubling the odds of the better of two outcomes:

    >>> import numpy as np
    >>> exponential_tilt([0.5, 0.5], [0.0, 1.0], np.log(2.0)).round(6).tolist()
    [0.333333, 0.666667]
    """
    law, reward = _as_law_and_reward(p, r)
    if not math.isfinite(number_or_nan(lam)):
        message = (
            f"lam must be finite, got {lam!r}; its limits are laws on the best or the worst "
            "outcomes"
        )
        raise ValueError(message)
    return _tilt(law, reward, float(lam))


def tilt_for_kl(p: ArrayLike, r: ArrayLike, kl: float) -> Tilt:
    r"""Law of largest expected reward at a given Kullback-Leibler divergence from the reference.

    It is the exponential tilt whose divergence :math:`\mathrm{KL}(\phi, p)` is ``kl``; the
    divergence grows with the multiplier,
    :math:`d\,\mathrm{KL}/d\lambda = \lambda \mathrm{Var}_\phi(r)`, so that there is one.

    Parameters
    ----------
    p : array-like of shape (n_outcomes,)
        Reference law.
    r : array-like of shape (n_outcomes,)
        Reward of each outcome, finite.
    kl : float
        Divergence in nats, from 0 to below ``-log`` of the mass of p on its best outcomes.

    Returns
    -------
    Tilt
        The law ``phi`` and its multiplier ``lam``, not negative.

    Raises
    ------
    ValueError
        If ``p`` is not one pmf, ``r`` has another length or is not finite, no tilt has the
        divergence ``kl``, or its multiplier is no float64: ``r`` differs by too little, or by too
        little beside what it differs by elsewhere.

    References
    ----------
    J. Q. Yang et al. (2024), "Asymptotics of language model alignment", arXiv:2404.01730.

    Examples
    --------
    >>> phi, lam = tilt_for_kl([0.5, 0.3, 0.2], [0.0, 1.0, 2.0], 0.1)
    >>> phi.round(6).tolist(), round(lam, 6)
    ([0.309631, 0.320881, 0.369488], 0.546514)
    """
    law, reward = _as_law_and_reward(p, r)

    # In units of a power of two about the largest reward, which change no digit: no difference and
    # no multiplier overflows that need not.
    _, exponent = np.frexp(np.abs(reward[law > 0]).max())
    scaled = np.where(law > 0, np.ldexp(np.where(law > 0, reward, 0.0), -exponent), 0.0)

    # From the last multiplier on even the second best outcome has no mass: the limit is reached.
    below = scaled[law > 0].max() - scaled[law > 0]
    steps = below[below > 0]
    if steps.size and steps.min() < 2.0 * _UNDERFLOW / np.finfo(np.float64).max:
        message = (
            "r must differ from its largest by amounts of similar size, got "
            f"{np.ldexp(steps.min(), exponent):.3g} and {np.ldexp(steps.max(), exponent):.3g}; "
            "make rewards equal that differ by so little"
        )
        raise ValueError(message)
    last = _UNDERFLOW / steps.min() if steps.size else 0.0
    limit = _tilt_divergence(law, scaled, last)
    # Where all rewards are equal the limit is 0, and a budget of 0 is still one.
    if not 0.0 <= number_or_nan(kl) < max(limit, np.finfo(np.float64).tiny):
        message = (
            f"kl must lie between 0 and {limit:.6g}, the divergence of the law on the best "
            f"outcomes alone, got {kl!r}"
        )
        raise ValueError(message)
    kl = float(kl)
    if kl == 0.0:
        return Tilt(law.copy(), 0.0)

    # The divergence grows with the multiplier, so there is one root.
    root = float(
        brentq(
            lambda trial: _tilt_divergence(law, scaled, trial) - kl,
            0.0,
            last,
            # the tolerance is absolute, and multipliers are as small as rewards are large
            xtol=1e-15 / steps.max(),
            rtol=4.0 * np.finfo(np.float64).eps,
            # halvings of the last multiplier until it is the least float
            maxiter=2200,
        )
    )
    with np.errstate(over="ignore"):
        lam = float(np.ldexp(root, -exponent))
    if not math.isfinite(lam):
        message = (
            f"r must differ by so much that the multiplier for kl={kl:g} is a float64, got "
            f"differences up to {np.ldexp(steps.max(), exponent):.3g}; multiply r by a constant"
        )
        raise ValueError(message)
    return Tilt(_tilt(law, scaled, root), lam)


def _as_law_and_reward(p: ArrayLike, r: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return a law and a reward for each of its outcomes."""
    warn_of_bin_order(p=p, r=r)
    law = as_law(p)
    return law, as_finite(r, name="r", shape=(law.size,))


def _tilt(law: FloatArray, reward: FloatArray, lam: float) -> FloatArray:
    """Return the tilted law; exponents are relative to the best outcome, so that none overflows."""
    possible = law > 0
    # An impossible outcome may have a reward beyond the best, whose exponent would overflow: it
    # counts as 0, and log 0 decides.
    best = reward[possible].max() if lam > 0 else reward[possible].min()
    # Of halves, whose difference does not overflow; an exponent that does has no mass.
    halves = np.where(possible, reward, best) / 2.0 - best / 2.0
    with np.errstate(over="ignore"):
        exponents = 2.0 * (lam * halves)
    return np.asarray(np.exp(log_softmax(logs(law) + exponents)))


def _tilt_divergence(law: FloatArray, reward: FloatArray, lam: float) -> float:
    """Divergence of a tilted law from the law."""
    # At 0 the tilt is the law itself, and no rounding is left of their divergence.
    return float(renyi_divergence_nats(_tilt(law, reward, lam), law, 1.0)) if lam else 0.0

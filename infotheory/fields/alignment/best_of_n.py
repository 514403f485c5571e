"""The best of n draws from a policy."""

import math
import sys

import numpy as np

from infotheory._numerics import log_base
from infotheory._row_order import warn_of_bin_order
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import check_integer
from infotheory.fields._inputs import as_finite, as_law

__all__ = ["best_of_n", "best_of_n_kl_bound"]


def best_of_n(p: ArrayLike, r: ArrayLike, n: int) -> FloatArray:
    """Law of the draw of largest reward among n independent draws.

    With F the distribution function of the reward, outcomes of reward s have together the
    probability ``F(s)^n - F(s-)^n``; outcomes of equal reward share it in proportion to p.

    Parameters
    ----------
    p : array-like of shape (n_outcomes,)
        Law of one draw.
    r : array-like of shape (n_outcomes,)
        Reward of each outcome, finite; only its order counts.
    n : int
        Number of draws, at least 1.

    Returns
    -------
    ndarray of shape (n_outcomes,)
        Law of the best draw; its divergence from p is at most `best_of_n_kl_bound`.

    Raises
    ------
    ValueError
        If ``p`` is not one pmf, ``r`` has another length or is not finite, or ``n`` is not a
        positive integer up to the largest float64, 1.8e308.

    References
    ----------
    J. Q. Yang et al. (2024), "Asymptotics of language model alignment", arXiv:2404.01730.

    Examples
    --------
    >>> best_of_n([0.5, 0.5], [0.0, 1.0], 2).tolist()
    [0.25, 0.75]
    """
    warn_of_bin_order(p=p, r=r)
    law = as_law(p)
    reward = as_finite(r, name="r", shape=(law.size,))
    check_integer("n", n)
    if n > sys.float_info.max:
        message = (
            f"n must be at most {sys.float_info.max:.2g}, the largest float64, got an integer of "
            f"{int(n).bit_length()} bits; the limit of many draws is p on its best outcomes alone"
        )
        raise ValueError(message)

    # Outcomes of the same reward are one level; those that are never drawn have none, whatever
    # their reward.
    possible = law > 0
    _, level = np.unique(reward[possible], return_inverse=True)
    mass = np.bincount(level, weights=law[possible])
    reached = np.cumsum(mass)

    # F^n - (F - mass)^n, without the difference that loses the digits of a small mass. At the
    # lowest level there is log 0, whose exponential is 0.
    with np.errstate(divide="ignore"):
        won = (reached / reached[-1]) ** n * -np.expm1(n * np.log1p(-mass / reached))

    # Within a level outcomes share its mass as they do under the law.
    best = np.zeros_like(law)
    best[possible] = law[possible] * (won / mass)[level]
    return best


def best_of_n_kl_bound(n: int, *, base: Base = None) -> float:
    """Bound of the Kullback-Leibler divergence of the best of n draws from one draw.

    The bound is ``log n - (n - 1)/n``. It was long taken for the divergence itself, which it is
    only in the limit of a reward without ties, where the law of one draw has no atoms.

    Parameters
    ----------
    n : int
        Number of draws, at least 1.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float
        The bound, not negative; 0 for one draw.

    Raises
    ------
    ValueError
        If ``n`` is not a positive integer, or ``base`` is not above 1.

    References
    ----------
    A. Beirami et al. (2024), "Theoretical guarantees on the best-of-n alignment policy",
    arXiv:2401.01879.

    Examples
    --------
    >>> round(best_of_n_kl_bound(2), 6)
    0.193147
    """
    check_integer("n", n)
    return (math.log(n) - (n - 1) / n) / log_base(base)

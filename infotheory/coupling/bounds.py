"""Lower bounds on the entropy of every coupling of given marginals."""

from collections.abc import Callable, Sequence
from types import MappingProxyType

import numpy as np
from scipy.special import entr

from infotheory._numerics import log_base
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import check_option
from infotheory.coupling._bounds_kernel import majorized_profile_nats
from infotheory.coupling._marginals import as_marginals

__all__ = ["best_lower_bound", "coupling_lower_bound"]


def coupling_lower_bound(
    *marginals: ArrayLike, kind: str = "majorized_profile", base: Base = None
) -> float:
    """Entropy that every coupling of the marginals has at least.

    ``"meet"`` is the entropy of the greatest pmf that all marginals majorise [1]_. ``"profile"``
    integrates ``log 1 / f(u)`` over u in (0, 1), with f(u) the smallest mass among the symbols that
    cover u when the symbols of each marginal are laid out in ascending order [2]_: no cell that
    covers u can be larger. ``"majorized_profile"``, the tightest of the three, is the entropy of
    the least spread masses that this profile allows.

    Parameters
    ----------
    *marginals : array-like of shape (n_j,)
        Pmfs, each with sum 1; lengths may differ.
    kind : {"majorized_profile", "profile", "meet"}
        Which bound.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float
        The bound, from 0 on.

    Raises
    ------
    ValueError
        If there is no marginal, one is not a pmf, or ``kind`` is unknown.

    References
    ----------
    .. [1] F. Cicalese, L. Gargano, U. Vaccaro, "Minimum-entropy couplings and their applications",
       IEEE Trans. Inf. Theory 65 (2019), arXiv:1901.07530.
    .. [2] S. Compton, D. Katz, B. Qi, K. Greenewald, M. Kocaoglu, "Minimum-entropy coupling
       approximation guarantees beyond the majorization barrier", AISTATS 2023, arXiv:2302.11838.

    Examples
    --------
    >>> coupling_lower_bound([0.5, 0.5], [0.6, 0.4], kind="meet", base=2)
    1.0

    The coupling with cells .5, .4 and .1 reaches the bound:

    >>> round(coupling_lower_bound([0.5, 0.5], [0.6, 0.4], base=2), 6)
    1.360964
    """
    check_option("kind", kind, tuple(_BOUNDS))
    unit = log_base(base)
    return _BOUNDS[kind]([marginal.mass for marginal in as_marginals(marginals)]) / unit


def best_lower_bound(masses: Sequence[FloatArray]) -> float:
    """Return the largest of the three bounds in nats, of positive descending masses."""
    covered, mass = _profile_points(masses)
    return max(_meet(masses), _profile_of(covered, mass), _majorized_profile_of(covered, mass))


def _meet(masses: Sequence[FloatArray]) -> float:
    """Entropy of the meet, whose partial sums are the least of all marginals'."""
    length = max(mass.size for mass in masses)
    reached = np.full(length, np.inf)
    for mass in masses:
        sums = np.cumsum(mass)
        np.minimum(reached[: mass.size], sums, out=reached[: mass.size])
        # Beyond its end a marginal's partial sums stay at its total.
        np.minimum(reached[mass.size :], sums[-1], out=reached[mass.size :])
    # The least of sums that never fall never falls: no difference is negative, whose term would be
    # -inf.
    return float(entr(np.diff(reached, prepend=0.0)).sum())


def _profile_points(masses: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return (covered, mass) of all symbols laid out in ascending order, the right end first."""
    covered = np.concatenate([*(np.cumsum(mass[::-1])[::-1] for mass in masses), [0.0]])
    mass = np.concatenate([*masses, [0.0]])
    order = np.argsort(-covered, kind="stable")
    return covered[order], mass[order]


def _profile_of(covered: FloatArray, mass: FloatArray) -> float:
    """Integral of the log of the inverse of the smallest mass that covers a point."""
    # The mass 0 of the last point, which only ends the widths, is in no cap: its log is infinite.
    cap = np.minimum.accumulate(np.concatenate([[1.0], mass[:-1]]))
    width = np.concatenate([[1.0], covered[:-1]]) - covered
    return float(np.dot(width, -np.log(cap)))


def _majorized_profile_of(covered: FloatArray, mass: FloatArray) -> float:
    """Entropy of the least spread masses under the profile, of which only the falls matter."""
    falls = mass < np.concatenate([[np.inf], np.minimum.accumulate(mass)[:-1]])
    return float(majorized_profile_nats(covered[falls], mass[falls], 1.0, 1.0))


_BOUNDS: MappingProxyType[str, Callable[[Sequence[FloatArray]], float]] = MappingProxyType(
    {
        "majorized_profile": lambda masses: _majorized_profile_of(*_profile_points(masses)),
        "profile": lambda masses: _profile_of(*_profile_points(masses)),
        "meet": _meet,
    }
)

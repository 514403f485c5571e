"""Perfect reconstruction of an information from its parts: the answer, and what distances say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import minimum_spanning_tree

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._typing import Base, FloatArray
from infotheory._validation import check_number
from infotheory.lattice.distances import rajski_distance, shannon_distance
from infotheory.lattice.information import Information, check_lattice_parts

__all__ = ["Reconstruction", "reconstruction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconstruction:
    """Whether an information X is a function of its parts, and what the distances to them say.

    The conditions on distances hold where every part is a function of X (``parts_below``);
    otherwise they are false in general and left as None. Entropies and distances are in the unit of
    ``base``.

    Parameters
    ----------
    exact : bool
        Whether X is a function of the parts together, decided on integers.
    remaining_entropy : float
        Entropy of X given all parts; exactly 0 where ``exact``.
    distance_sum : float
        Sum of Shannon's distances from X to the parts.
    bound : float
        ``(n - 1) H(X)`` for n parts: reconstruction needs ``distance_sum <= bound``.
    slack : float
        ``bound - distance_sum``; with every part below X it is the total correlation less the
        remaining entropy.
    rajski_sum : float
        Sum of Rajski's distances from X to the parts; reconstruction needs at most n - 1.
    total_correlation : float
        ``sum H(X_i) - H(X_1, ..., X_n)`` of the parts.
    spanning_tree_bound : float
        ``bound`` less the weight of the maximum spanning tree of the parts' mutual informations:
        the sharper necessary bound on ``distance_sum``.
    parts_below : tuple of bool
        Whether each part is a function of X.
    independent_parts : bool
        Whether the parts are independent (total correlation at most the tolerance).
    necessary_condition : bool or None
        Whether ``distance_sum <= bound`` and ``rajski_sum <= n - 1``; None where some part is not
        below X.
    spanning_tree_condition : bool or None
        Whether ``distance_sum <= spanning_tree_bound``; None where some part is not below X.
    sufficient_condition : bool or None
        Whether the parts are independent and the necessary condition holds, which suffices for
        reconstruction; None where some part is not below X.
    """

    exact: bool
    remaining_entropy: float
    distance_sum: float
    bound: float
    slack: float
    rajski_sum: float
    total_correlation: float
    spanning_tree_bound: float
    parts_below: tuple[bool, ...]
    independent_parts: bool
    necessary_condition: bool | None
    spanning_tree_condition: bool | None
    sufficient_condition: bool | None

    __repr__ = short_repr
    _repr_html_ = html_repr


def reconstruction(
    x: Information,
    parts: "Sequence[Information]",
    *,
    base: Base = None,
    tolerance: float = 1e-9,
) -> Reconstruction:
    """Tell whether x can be reconstructed from its parts, and what its distances to them say.

    Parameters
    ----------
    x : Information
        What is to be reconstructed.
    parts : sequence of Information
        At least one, over the same atoms.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    tolerance : float
        Excess in nats up to which a bound counts as met, and total correlation that counts as
        independence. The exact answer does not depend on it.

    Returns
    -------
    Reconstruction
        The exact answer and the conditions.

    Raises
    ------
    ValueError
        If there are no parts, or they are over different atoms.

    Notes
    -----
    With every part below x, ``sum D(x, x_i) = (n - 1) H(x) + H(x | parts) - TC(parts)``. Concepts
    after Delsol, Rioul, Béguinot, Rabiet and Souloumiac, Entropy 26(1):86, 2024, arXiv:2306.15540.

    Examples
    --------
    The sign and the absolute value of a number, at equal odds:

    >>> x = Information.from_labels([-2, -1, 1, 2])
    >>> sign, size = Information.from_labels([-1, -1, 1, 1]), Information.from_labels([2, 1, 1, 2])
    >>> result = reconstruction(x, [sign, size], base=2)
    >>> result.exact, result.distance_sum, result.bound
    (True, 2.0, 2.0)
    """
    check_lattice_parts("reconstruction", x, parts)
    check_number("tolerance", tolerance, 0.0, 1.0)
    if not parts:
        message = "parts must hold at least one information, got none"
        raise ValueError(message)

    together = parts[0].join(*parts[1:])
    entropy, remaining = x.entropy(), x.conditional_entropy(together)
    distance_sum = sum(shannon_distance(x, part) for part in parts)
    rajski_sum = sum(rajski_distance(x, part) for part in parts)
    # A difference of sums, which rounding may leave just below 0.
    correlation = max(0.0, sum(part.entropy() for part in parts) - together.entropy())

    # Necessary: n functions of X that determine it lie within (n - 1) H(X) of it in all. What the
    # parts share in pairs, along a tree, sharpens that.
    bound = (len(parts) - 1) * entropy
    tree_bound = bound - _spanning_tree_weight(parts)
    below = tuple(part <= x for part in parts)
    # All still in nats, the unit of the tolerance.
    independent = correlation <= tolerance
    necessary = distance_sum <= bound + tolerance and rajski_sum <= len(parts) - 1 + tolerance

    unit = log_base(base)
    return Reconstruction(
        exact=x <= together,
        remaining_entropy=remaining / unit,
        distance_sum=distance_sum / unit,
        bound=bound / unit,
        slack=(bound - distance_sum) / unit,
        rajski_sum=rajski_sum,
        total_correlation=correlation / unit,
        spanning_tree_bound=tree_bound / unit,
        parts_below=below,
        independent_parts=independent,
        necessary_condition=necessary if all(below) else None,
        spanning_tree_condition=distance_sum <= tree_bound + tolerance if all(below) else None,
        sufficient_condition=independent and necessary if all(below) else None,
    )


def _spanning_tree_weight(parts: Sequence[Information]) -> float:
    """Weight in nats of the maximum spanning tree of the mutual informations of the parts."""
    shared: FloatArray = np.zeros((len(parts), len(parts)))
    for i, first in enumerate(parts):
        for j in range(i):
            shared[i, j] = first.mutual_information(parts[j])

    # The minimum tree of the negated weights; pairs that share nothing are no edges and add 0.
    return -float(minimum_spanning_tree(-shared).sum())

"""Common information: Gács and Körner's, and bounds of Wyner's from elements of the lattice."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import special

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._typing import Base
from infotheory._validation import check_integer, check_number
from infotheory.lattice.information import Information, check_informations

__all__ = ["WynerBounds", "common_information", "minimal_sufficient_statistic", "wyner_bounds"]


def common_information(*informations: Information, base: Base = None) -> float:
    """Gács-Körner common information: the entropy of the meet.

    It is at most the mutual information of any two.

    For the law of samples one stray cell can merge two classes of the meet; prune rare cells with
    ``min_weight`` of `Information.from_joint` or `Information.from_frame`.

    Parameters
    ----------
    *informations : Information
        At least one, over the same atoms.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float
        Entropy of what each of them determines.

    Raises
    ------
    ValueError
        If there is none, or they are over different atoms.

    Notes
    -----
    Gács and Körner, "Common information is far less than mutual information", Problems of Control
    and Information Theory 2, 1973.

    Examples
    --------
    >>> x, y = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 2, 2])
    >>> common_information(x, y, base=2)
    1.0
    """
    check_informations("common_information", informations)
    return informations[0].meet(*informations[1:]).entropy(base=base)


@dataclass(frozen=True, slots=True)
class WynerBounds:
    """Bounds of Wyner's common information of two variables.

    Parameters
    ----------
    lower : float
        Lower bound: the mutual information, or the exact value.
    upper : float
        Upper bound: the entropy of ``statistic``, or the exact value.
    exact : bool
        Whether the two are equal: the value is known.
    statistic : Information
        A lattice element given which the two variables are independent, of least entropy among
        those tried.
    """

    lower: float
    upper: float
    exact: bool
    statistic: Information

    __repr__ = short_repr
    _repr_html_ = html_repr


def wyner_bounds(
    x: Information, y: Information, *, base: Base = None, tolerance: float = 1e-12
) -> WynerBounds:
    """Bound Wyner's common information ``min I(X, Y; W)`` over W with X and Y independent given W.

    The upper bound takes W from the lattice: the minimal sufficient statistic of x for y, or of y
    for x. The value is exact where the bounds meet, and where the two statistics are a doubly
    symmetric binary source, for which Wyner has it in closed form: ``log 2 + h(a) - 2 h(b)``,
    ``b = (1 - sqrt(1 - 2 a)) / 2`` with a the probability that they differ.

    Parameters
    ----------
    x, y : Information
        Over the same atoms.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.
    tolerance : float
        Difference of two probabilities, or of the two bounds in nats, that counts as 0.

    Returns
    -------
    WynerBounds
        Lower and upper bound; common information (Gács-Körner) <= mutual information <= Wyner <=
        either entropy.

    Notes
    -----
    Wyner, "The common information of two dependent random variables", IEEE Transactions on
    Information Theory 21, 1975, doi:10.1109/TIT.1975.1055346.

    Examples
    --------
    >>> p = [[0.45, 0.05], [0.05, 0.45]]
    >>> x, y = (Information.from_joint(p, axis) for axis in (0, 1))
    >>> bounds = wyner_bounds(x, y, base=2)
    >>> round(bounds.upper, 6), bounds.exact
    (0.872761, True)
    """
    check_informations("wyner_bounds", (x, y))
    check_number("tolerance", tolerance, 0.0, 1.0)
    unit = log_base(base)
    for_y, for_x = minimal_sufficient_statistic(x, y), minimal_sufficient_statistic(y, x)
    statistic = min(for_y, for_x, key=Information.entropy)
    lower, upper = x.mutual_information(y), statistic.entropy()

    # The one case that Wyner has in closed form.
    disagreement = _symmetric_disagreement(for_y, for_x, tolerance)
    if disagreement is not None:
        # The better match of the labels leaves at most 1/2, so the root is real.
        inner = (1.0 - np.sqrt(1.0 - 2.0 * disagreement)) / 2.0
        lower = upper = float(
            np.log(2.0) + _binary_entropy(disagreement) - 2.0 * _binary_entropy(inner)
        )

    exact = upper - lower <= tolerance
    return WynerBounds(lower / unit, upper / unit, exact, statistic)


def minimal_sufficient_statistic(
    x: Information, y: Information, *, decimals: int = 12
) -> Information:
    """Return the coarsest function of x that tells as much about y as x does.

    Classes of x with the same conditional law of y are merged.

    Parameters
    ----------
    x, y : Information
        Over the same atoms.
    decimals : int
        Decimals to which two conditional probabilities must agree to count as equal.

    Returns
    -------
    Information
        At most x; x and y are independent given it.

    Examples
    --------
    >>> x = Information.from_labels([0, 0, 1, 1, 2, 2])
    >>> y = Information.from_labels([0, 1, 0, 1, 2, 2])
    >>> minimal_sufficient_statistic(x, y).labels.tolist()
    [0, 0, 0, 0, 1, 1]
    """
    check_informations("minimal_sufficient_statistic", (x, y))
    check_integer("decimals", decimals, low=0, high=300)
    joint, x_weights = x.class_table(y), x.class_weights
    # Rounded, so that laws which differ by rounding alone have the same bytes below.
    laws = np.round(joint.weights / x_weights[joint.rows], decimals)

    # The cells come row by row: two rows with the same columns and the same rounded law are one
    # class, whose number is that of the first of them.
    bounds = np.searchsorted(joint.rows, np.arange(x.n_classes + 1))
    seen: dict[tuple[bytes, bytes], int] = {}
    merged = np.empty(x.n_classes, dtype=np.intp)
    for i, (start, stop) in enumerate(pairwise(bounds)):
        merged[i] = seen.setdefault(
            (joint.columns[start:stop].tobytes(), laws[start:stop].tobytes()), len(seen)
        )
    return x.coarsen(merged)


def _symmetric_disagreement(x: Information, y: Information, tolerance: float) -> float | None:
    """Probability that two binary variables differ, labels matched; None if not symmetric."""
    if x.n_classes != 2 or y.n_classes != 2:
        return None

    joint = x.class_table(y)
    p = np.zeros((2, 2))
    p[joint.rows, joint.columns] = joint.weights / joint.weights.sum()
    if abs(p[0, 0] - p[1, 1]) > tolerance or abs(p[0, 1] - p[1, 0]) > tolerance:
        return None

    # Labels are numbers without meaning: the match that differs less is the right one.
    differ = float(p[0, 1] + p[1, 0])
    return min(differ, 1.0 - differ)


def _binary_entropy(p: float) -> float:
    """Entropy of one bit in nats."""
    return float(special.entr(p) + special.entr(1.0 - p))

"""Distances between informations, and their geometry: triangle defect, betweenness, geodesics."""

from infotheory._typing import Base
from infotheory.lattice.information import Information, check_informations

__all__ = [
    "between",
    "dependency_coefficient",
    "geodesic",
    "rajski_distance",
    "relative_redundancy",
    "renyi_distance",
    "shannon_distance",
    "triangle_defect",
]


def shannon_distance(x: Information, y: Information, *, base: Base = None) -> float:
    """Shannon's distance ``H(X|Y) + H(Y|X)``, a metric on informations.

    Parameters
    ----------
    x, y : Information
        Over the same atoms.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float
        Not negative, and exactly 0 where the two are equal.

    Notes
    -----
    Shannon, "The lattice theory of information", 1953; also called the variation of information.

    Examples
    --------
    >>> x, y = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 0, 1])
    >>> shannon_distance(x, y, base=2)
    2.0
    """
    check_informations("shannon_distance", (x, y))
    return x.conditional_entropy(y, base=base) + y.conditional_entropy(x, base=base)


def rajski_distance(x: Information, y: Information) -> float:
    """Rajski's distance ``(H(X|Y) + H(Y|X)) / H(X, Y)``, a metric on informations between 0 and 1.

    Parameters
    ----------
    x, y : Information
        Over the same atoms.

    Returns
    -------
    float
        0 where the two are equal (two constants included), 1 where they are independent and one is
        not constant.

    See Also
    --------
    infotheory.measures.rajski_distance : The same of a table of joint probabilities.

    Notes
    -----
    Rajski, "A metric space of discrete probability distributions", Information and Control 4, 1961,
    doi:10.1016/S0019-9958(61)80055-7.

    Examples
    --------
    >>> x, y = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 2, 3])
    >>> rajski_distance(x, y)
    0.5
    """
    check_informations("rajski_distance", (x, y))
    distance = shannon_distance(x, y)
    # Two constants have the distance 0 / 0, which counts as 0; rounding may lift a ratio above 1.
    return min(distance / (x | y).entropy(), 1.0) if distance > 0.0 else 0.0


def dependency_coefficient(x: Information, y: Information) -> float:
    """Rajski's coefficient of dependency ``I(X;Y) / H(X, Y)``, which is 1 less his distance.

    Parameters
    ----------
    x, y : Information
        Over the same atoms.

    Returns
    -------
    float
        From 0 (independent, and one is not constant) to 1 (equal, two constants included).

    Notes
    -----
    Rajski, "A metric space of discrete probability distributions", Information and Control 4, 1961,
    doi:10.1016/S0019-9958(61)80055-7. The name is a keyword of Delsol, Rioul, Béguinot, Rabiet and
    Souloumiac, Entropy 26(1):86, 2024, arXiv:2306.15540, whose own definition could not be read.

    Examples
    --------
    >>> x, y = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 2, 3])
    >>> dependency_coefficient(x, y)
    0.5
    """
    check_informations("dependency_coefficient", (x, y))
    # Equal ones, two constants among them, depend fully; one less a ratio would lose the digits of
    # what two nearly independent ones share.
    if x == y:
        return 1.0
    return min(x.mutual_information(y) / (x | y).entropy(), 1.0)


def relative_redundancy(x: Information, part: Information) -> float:
    """Share of the entropy of x that a function of it leaves out: ``1 - H(part) / H(x)``.

    It is Shannon's redundancy, one less the ratio of an entropy to the one that could be had; of a
    function of x it equals Rajski's distance to x.

    Parameters
    ----------
    x : Information
        The whole.
    part : Information
        A function of it.

    Returns
    -------
    float
        From 0 (nothing is left out; x constant included) to 1 (a constant).

    Raises
    ------
    ValueError
        If ``part`` is no function of x, or they are over different atoms.

    Notes
    -----
    Shannon, "A mathematical theory of communication", 1948, section 7. The name is a keyword of
    Delsol, Rioul, Béguinot, Rabiet and Souloumiac, Entropy 26(1):86, 2024, arXiv:2306.15540, whose
    own definition could not be read.

    Examples
    --------
    >>> x, sign = Information.from_labels([-2, -1, 1, 2]), Information.from_labels([0, 0, 1, 1])
    >>> relative_redundancy(x, sign)
    0.5
    """
    check_informations("relative_redundancy", (x, part))
    if not part <= x:
        message = (
            f"part must be a function of x, got one with {part.n_classes} classes that is not; "
            "rajski_distance compares any two"
        )
        raise ValueError(message)
    return rajski_distance(x, part)


def renyi_distance(x: Information, y: Information, *, order: float, base: Base = None) -> float:
    """Sum of Arimoto's conditional entropies of order alpha, ``H_alpha(X|Y) + H_alpha(Y|X)``.

    It is 0 exactly where the two are equal, and a metric for the orders 0 and 1 only: at other
    orders the triangle inequality can fail.

    Parameters
    ----------
    x, y : Information
        Over the same atoms.
    order : float
        Order between 0 and infinity; 1 gives `shannon_distance`.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float
        Not negative.

    Examples
    --------
    >>> x, y = Information.from_labels([0, 0, 1]), Information.from_labels([0, 1, 1])
    >>> renyi_distance(x, y, order=0.0, base=2)
    2.0
    """
    check_informations("renyi_distance", (x, y))
    return x.conditional_entropy(y, order, base) + y.conditional_entropy(x, order, base)


def triangle_defect(x: Information, y: Information, z: Information, *, base: Base = None) -> float:
    """How much longer the way from x to z is through y: ``D(x, y) + D(y, z) - D(x, z)``.

    Computed as ``2 (I(X;Z|Y) + H(Y|X,Z))``, which is exactly 0 where both terms are.

    Parameters
    ----------
    x, y, z : Information
        Over the same atoms.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float
        Not negative; 0 where y lies between x and z.

    Examples
    --------
    >>> x, z = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 0, 1])
    >>> triangle_defect(x, x | z, z), triangle_defect(x, x & z, z)
    (0.0, 0.0)
    """
    check_informations("triangle_defect", (x, y, z))

    # I(X; Z | Y); where z is a function of y it is 0 without rounding.
    shared = 0.0 if z <= y else x.conditional_mutual_information(z, y, base=base)
    return 2.0 * (shared + y.conditional_entropy(x | z, base=base))


def between(x: Information, y: Information, z: Information, *, tolerance: float = 1e-9) -> bool:
    """Tell whether y lies between x and z for Shannon's distance: ``D(x, y) + D(y, z) = D(x, z)``.

    It does when y is a function of x and z together (decided on integers) and x and z are
    independent given y.

    Examples
    --------
    >>> x, z = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 0, 1])
    >>> between(x, x | z, z), between(x, z, x | z)
    (True, False)
    """
    check_informations("between", (x, y, z))

    # The order first, which rounding cannot touch. The defect counts the information that x and z
    # share given y twice, hence twice the tolerance.
    return y <= x | z and triangle_defect(x, y, z) <= 2.0 * tolerance


def geodesic(x: Information, z: Information) -> list[Information]:
    """Shortest way from x to z through their join.

    Shannon's and Rajski's distance both add up along it.

    Parameters
    ----------
    x, z : Information
        Over the same atoms.

    Returns
    -------
    list of Information
        ``[x, x | z, z]``.

    Examples
    --------
    >>> x, z = Information.from_labels([0, 0, 1, 1]), Information.from_labels([0, 1, 0, 1])
    >>> [point.n_classes for point in geodesic(x, z)]
    [2, 4, 2]
    """
    check_informations("geodesic", (x, z))
    return [x, x | z, z]

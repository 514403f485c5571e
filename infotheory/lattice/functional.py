"""Functional representation: Y as a function of X and of something independent of X."""

from dataclasses import dataclass

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._typing import FloatArray
from infotheory.lattice.information import Information, check_informations

__all__ = ["FunctionalRepresentation", "functional_representation"]

_EPSILON = float(np.finfo(np.float64).eps)

# Atoms of the refined space: classes of X times intervals.
_MOST_ATOMS = 10_000_000


@dataclass(frozen=True, slots=True)
class FunctionalRepresentation:
    """X and Y on a finer space on which Z is independent of X and Y is a function of X and Z.

    Parameters
    ----------
    x, y : Information
        Both on the finer space, where they have the joint law they had.
    z : Information
        Independent of x, with ``y <= x | z``; its classes are intervals of the unit interval, in
        their order.
    """

    x: Information
    y: Information
    z: Information

    __repr__ = short_repr
    _repr_html_ = html_repr


def functional_representation(x: Information, y: Information) -> FunctionalRepresentation:
    """Write y as a function of x and of a variable that is independent of x.

    A complement of x within ``x | y`` is independent of x only where the laws of y given x are
    permutations of one another (`Information.has_independent_complement`). On a finer space there
    is always one: draw U uniformly on the unit interval, let y be the class that holds U when the
    interval is cut in the proportions of the law of y given x, and let Z say between which of all
    these cuts U lies (the functional representation lemma [1]_, in its place in the lattice [2]_).

    Parameters
    ----------
    x, y : Information
        Over the same atoms.

    Returns
    -------
    FunctionalRepresentation
        All three on the finer space, whose atoms are the pairs of a class of x and an interval; z
        has at most ``n_x (n_y - 1) + 1`` classes.

    Raises
    ------
    ValueError
        If x and y are over different atoms, or the finer space has more than 10^7 atoms.

    Notes
    -----
    This z is not the one of least entropy, which is a minimum entropy coupling of the laws of y
    given the classes of x: `infotheory.coupling.minimum_entropy_coupling` of them, whose cells are
    the classes. It also depends on the order in which the classes of y are cut, which is that of
    their first atoms.

    References
    ----------
    .. [1] A. El Gamal, Y.-H. Kim, "Network information theory", Cambridge University Press 2011,
       appendix B.
    .. [2] I. Delsol, O. Rioul, J. Béguinot, V. Rabiet, A. Souloumiac, "An information theoretic
       condition for perfect reconstruction", Entropy 26(1):86, 2024, arXiv:2306.15540, section 2.6.

    Examples
    --------
    >>> x = Information.from_labels([0, 0, 1, 1], [0.1, 0.4, 0.3, 0.2])
    >>> y = Information.from_labels([0, 1, 0, 1], [0.1, 0.4, 0.3, 0.2])
    >>> found = functional_representation(x, y)
    >>> found.z.probabilities.round(12).tolist()
    [0.2, 0.4, 0.4]
    >>> found.y <= found.x | found.z, round(found.x.mutual_information(found.z), 12)
    (True, 0.0)
    """
    check_informations("functional_representation", (x, y))
    x.check_space(y)
    joint = x.class_table(y)
    law_of_x = x.class_weights / x.class_weights.sum()

    # Where the law of y given each class of x cuts the unit interval; cells come by x, then y.
    firsts = np.searchsorted(joint.rows, np.arange(1, law_of_x.size))
    shares = joint.weights / x.class_weights[joint.rows]
    ends = [np.cumsum(share) for share in np.split(shares, firsts)]
    # The last end of each law is 1 up to rounding and cuts nothing. The others are sums of up to
    # n_classes shares, each with its rounding: cuts that are no further apart are one.
    cuts = _distinct(np.concatenate([end[:-1] for end in ends]), 4 * _EPSILON * y.n_classes)
    lengths = np.diff(cuts, prepend=0.0)
    if law_of_x.size * lengths.size > _MOST_ATOMS:
        message = (
            f"the finer space must have at most {_MOST_ATOMS} atoms, got {law_of_x.size} classes "
            f"of x times {lengths.size} intervals"
        )
        raise ValueError(message)

    # Each interval lies in one class of y, given x: that of its middle.
    middles = cuts - lengths / 2
    classes = [
        columns[np.searchsorted(end[:-1], middles, side="right")]
        for columns, end in zip(np.split(joint.columns, firsts), ends, strict=True)
    ]
    x_label = np.repeat(np.arange(law_of_x.size), lengths.size)
    z_label = np.tile(np.arange(lengths.size), law_of_x.size)
    # A product law, which is what makes z independent of x.
    weights = np.outer(law_of_x, lengths).ravel()
    return FunctionalRepresentation(
        *(
            Information.from_labels(labels, weights)
            for labels in (x_label, np.concatenate(classes), z_label)
        )
    )


def _distinct(ends: FloatArray, rounding: float) -> FloatArray:
    """Return distinct ends of intervals ascending, one for those a rounding apart, and 1."""
    ascending = np.sort(ends[(ends > rounding) & (ends < 1.0 - rounding)])
    apart = np.diff(ascending, prepend=0.0) > rounding
    return np.append(ascending[apart], 1.0)

"""The information rate that semantic information costs."""

from typing import NamedTuple

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._typing import ArrayLike, Base
from infotheory.fields._inputs import check_positive
from infotheory.fields.semantic._checks import as_law_and_truth, held_probability
from infotheory.measures import rate_distortion
from infotheory.measures._fixed_point import logs

__all__ = ["SemanticRate", "rate_of_semantic_information"]

_UNDERFLOW = 800.0  # exp of minus this is 0 in float64


class SemanticRate(NamedTuple):
    """A point of the curve of semantic information and rate.

    Parameters
    ----------
    information : float
        Semantic mutual information G.
    rate : float
        Shannon's mutual information R of the channel that attains it, not below G.
    """

    information: float
    rate: float

    def __repr__(self) -> str:
        return short_repr(self)

    def _repr_html_(self) -> str:
        """Table of the fields for notebooks."""
        return html_repr(self)


def rate_of_semantic_information(
    px: ArrayLike, truth: ArrayLike, s: float, *, base: Base = None
) -> SemanticRate:
    r"""Point of the R(G) curve: the least rate of a channel that conveys a semantic information.

    The channel is the fixed point of :math:`P(y_j | x_i) \propto P(y_j) (T_{ij} / T_j)^s`. This is
    the rate-distortion problem with the distortion ``-log(T_ij / T_j)`` and the slope s, and is
    solved as such, to a certified gap.

    Parameters
    ----------
    px : array-like of shape (n_instances,)
        Law of the instances.
    truth : array-like of shape (n_instances, n_statements)
        Truth of each statement of each instance, from 0 to 1; every instance has a statement that
        is not false of it.
    s : float
        Slope dR/dG of the curve at the point, positive; at 1 rate and information are nearest,
        larger values demand clearer statements.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    SemanticRate
        Semantic ``information`` G and ``rate`` R, with G at most R.

    Raises
    ------
    ValueError
        If ``px`` is not one pmf, ``truth`` has the wrong shape or leaves [0, 1], a statement is
        never true, all are false of an instance, or ``s`` is not positive.

    References
    ----------
    C. Lu (2025), "A semantic generalization of Shannon's information theory and applications",
    doi:10.3390/e27050461.

    Examples
    --------
    Two instances, and for each a statement that is true of it alone:

    >>> rate_of_semantic_information([0.5, 0.5], [[1.0, 0.0], [0.0, 1.0]], 1.0, base=2)
    SemanticRate(information=1.0, rate=1.0)
    """
    law, degrees = as_law_and_truth(px, truth)
    slope = check_positive("s", s)
    silent = degrees.max(axis=1) == 0
    if silent.any():
        message = (
            f"truth must be positive somewhere in every row, got zeros in row {silent.argmax()}"
        )
        raise ValueError(message)
    # What is to be kept large counts as negative distortion.
    distortion = -logs(degrees / held_probability(law, degrees))
    false = np.isinf(distortion)
    # a false statement costs so much that its probability is 0 in float64
    distortion[false] = distortion[~false].max() + _UNDERFLOW / slope
    point = rate_distortion(law, distortion, slope=slope, tolerance=1e-12)
    unit = log_base(base)
    return SemanticRate(-float(point.distortion) / unit, float(point.rate) / unit)

"""I(X;Y) of couplings with a bottleneck as a function of the rate, with its bounds, as data."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._numerics import unit_name
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import as_array, as_numbers
from infotheory.coupling.rate_limited import bottleneck_coupling

__all__ = ["RateCurve", "rate_curve"]


@dataclass(frozen=True, slots=True, eq=False)
class RateCurve:
    """What several methods reach at several rates.

    Parameters
    ----------
    rates : ndarray of shape (n_rates,)
        Largest entropies of T.
    information : dict of str to ndarray of shape (n_rates,)
        I(X;Y) by method.
    encoder_information : dict of str to ndarray of shape (n_rates,)
        I(X;T) by method.
    bound : ndarray of shape (n_rates,)
        No coupling within the rate has more information.
    unit : str
        Name of the unit: nats, bits, or the base.
    """

    rates: FloatArray
    information: dict[str, FloatArray]
    encoder_information: dict[str, FloatArray]
    bound: FloatArray
    unit: str

    __repr__ = short_repr
    _repr_html_ = html_repr


def rate_curve(
    p_x: ArrayLike,
    p_y: ArrayLike,
    rates: ArrayLike,
    *,
    methods: Sequence[str] = ("best", "algorithm1", "uniform"),
    base: Base = None,
) -> RateCurve:
    """Couple two pmfs at several rates.

    Parameters
    ----------
    p_x : array-like of shape (n,)
        Pmf of X.
    p_y : array-like of shape (m,)
        Pmf of Y.
    rates : array-like of shape (n_rates,)
        Rates in units of the base.
    methods : sequence of str
        Methods of `bottleneck_coupling`.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    RateCurve
        Information by method and rate, and the bound.

    Raises
    ------
    ValueError
        If ``rates`` is not a non-empty vector, ``methods`` is empty, or `bottleneck_coupling`
        refuses an argument.

    Examples
    --------
    >>> p_x, p_y = [0.7, 0.2, 0.1], [0.5, 0.3, 0.2]
    >>> curve = rate_curve(p_x, p_y, [0.5, 1.0], methods=["algorithm1"], base=2)
    >>> curve.information["algorithm1"].round(6).tolist()
    [0.268996, 0.881291]
    """
    grid = as_numbers("rates", as_array("rates", rates))
    listed = isinstance(methods, Sequence) and not isinstance(methods, str | bytes)
    if grid.ndim != 1 or grid.size == 0 or not listed or not methods:
        message = (
            "a rate curve needs a vector of rates and a list of at least one method, got shape "
            f"{grid.shape} and {methods!r}"
        )
        raise ValueError(message)

    couplings = {
        name: [bottleneck_coupling(p_x, p_y, rate, method=name, base=base) for rate in grid]
        for name in methods
    }
    # The bound depends on marginals and rate alone: that of the first method is everyone's.
    return RateCurve(
        rates=grid,
        information={
            name: np.array([point.information for point in points])
            for name, points in couplings.items()
        },
        encoder_information={
            name: np.array([point.encoder.information for point in points])
            for name, points in couplings.items()
        },
        bound=np.array([point.bound for point in couplings[methods[0]]]),
        unit=unit_name(base),
    )

"""Causal direction between two discrete variables from the entropy that each direction needs."""

from dataclasses import dataclass

from scipy.special import entr

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._pmfs import as_joint
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory.coupling._couplers import greedy_coupling
from infotheory.coupling._marginals import sort_marginal
from infotheory.measures._fixed_point import to_numpy

__all__ = ["CausalDirection", "entropic_causal_direction"]

# Nats that are rounding of sums of logarithms rather than a direction.
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class CausalDirection:
    """Entropy that each direction needs.

    Parameters
    ----------
    direction : str
        ``"x->y"``, ``"y->x"``, or ``"undecided"`` where the two differ by less than 1e-9 nats.
    x_to_y : float
        H(X) plus the entropy of the noise that turns X into Y, in units of the base asked for.
    y_to_x : float
        H(Y) plus the entropy of the noise that turns Y into X.
    """

    direction: str
    x_to_y: float
    y_to_x: float

    __repr__ = short_repr
    _repr_html_ = html_repr

    @property
    def margin(self) -> float:
        """Entropy that the inferred direction saves."""
        return abs(self.x_to_y - self.y_to_x)


def entropic_causal_direction(joint: ArrayLike, *, base: Base = None) -> CausalDirection:
    """Infer the causal direction as the one that needs less entropy.

    If ``Y = f(X, E)`` with E independent of X, the least entropy of E is that of the minimum
    entropy coupling of the conditionals ``{P(Y | x)}`` [1]_; greedy coupling stands for it.

    Parameters
    ----------
    joint : array-like of shape (n, m)
        Joint pmf, rows X, columns Y. Symbols of probability 0 play no part.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    CausalDirection
        The direction and both entropies.

    Raises
    ------
    ValueError
        If ``joint`` is not one joint pmf of two variables.

    References
    ----------
    .. [1] M. Kocaoglu, A. Dimakis, S. Vishwanath, B. Hassibi, "Entropic causal inference", AAAI
       2017, arXiv:1611.04035.

    Examples
    --------
    >>> entropic_causal_direction([[0.25, 0.25, 0.0], [0.0, 0.0, 0.5]], base=2)
    CausalDirection(direction='y->x', x_to_y=2.0, y_to_x=1.5)
    """
    unit = log_base(base)
    table = to_numpy(as_joint(joint, n_variables=2, name="joint"))
    if table.ndim != 2:
        message = f"joint must have shape (n, m), rows X and columns Y, got shape {table.shape}"
        raise ValueError(message)

    forward, backward = _complexity(table), _complexity(table.T)
    direction = "undecided"
    if abs(forward - backward) >= _TIE:
        direction = "x->y" if forward < backward else "y->x"
    return CausalDirection(direction, forward / unit, backward / unit)


def _complexity(joint: FloatArray) -> float:
    """Entropy in nats of the rows and of the noise that turns them into columns."""
    cause = joint.sum(axis=1)
    conditionals = [
        sort_marginal(row / mass) for row, mass in zip(joint, cause, strict=True) if mass > 0.0
    ]
    return float(entr(cause).sum() + entr(greedy_coupling(conditionals)[1]).sum())

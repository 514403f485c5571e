"""The law that turns one policy into another, and the one that rejected samples have."""

import numpy as np

from infotheory._row_order import warn_of_bin_order
from infotheory._typing import ArrayLike, FloatArray
from infotheory._validation import check_number
from infotheory.fields._inputs import as_law
from infotheory.measures._fixed_point import log_softmax, logs

__all__ = ["differential_information", "rejected_sample_law"]


def differential_information(pi: ArrayLike, ref: ArrayLike) -> FloatArray:
    """Law in proportion to ``pi / ref``: what turns the reference into the policy.

    ``ref * q`` in proportion gives the policy back; the entropy of q says whether the policy learnt
    to prefer few outcomes or to spread.

    Parameters
    ----------
    pi : array-like of shape (n_outcomes,)
        Law of the policy.
    ref : array-like of shape (n_outcomes,)
        Law of the reference, positive where ``pi`` is.

    Returns
    -------
    ndarray of shape (n_outcomes,)
        The law q, 0 where ``pi`` is.

    Raises
    ------
    ValueError
        If ``pi`` or ``ref`` is not one pmf, their lengths differ, or ``ref`` is 0 at an outcome of
        ``pi``.

    References
    ----------
    Y. Won et al. (2025), "Differential information distribution: a Bayesian perspective on direct
    preference optimization", arXiv:2505.23761.

    Examples
    --------
    Ratios 5/2, 1 and 2/5:

    >>> differential_information([0.5, 0.3, 0.2], [0.2, 0.3, 0.5]).round(6).tolist()
    [0.641026, 0.25641, 0.102564]
    """
    # Where the policy has mass the reference has some as well: the 1 only stands where -inf is
    # chosen.
    policy, reference = _as_policies(pi, ref)
    ratio = np.where(
        policy > 0, logs(policy) - np.log(np.where(reference > 0, reference, 1.0)), -np.inf
    )
    return np.asarray(np.exp(log_softmax(ratio)))


def rejected_sample_law(pi: ArrayLike, ref: ArrayLike, beta: float) -> FloatArray:
    r"""Law of rejected samples at which preference optimisation has ``pi`` as its optimum.

    It is in proportion to :math:`\pi_\mathrm{ref}\,(\pi_\mathrm{ref}/\pi)^\beta`. Beside
    chosen samples of the reference the log ratio of chosen to rejected is then
    ``beta log(pi / ref)`` up to a constant, the reward that direct preference optimisation implies.

    Parameters
    ----------
    pi : array-like of shape (n_outcomes,)
        Law of the policy.
    ref : array-like of shape (n_outcomes,)
        Law of the reference; outcomes of it have a positive probability under ``pi``.
    beta : float
        Strength of the divergence penalty, not negative; at 0 it is the reference itself.

    Returns
    -------
    ndarray of shape (n_outcomes,)
        The law, 0 where ``ref`` is.

    Raises
    ------
    ValueError
        If ``pi`` or ``ref`` is not one pmf, their lengths differ, ``beta`` is negative or not
        finite, or ``pi`` is 0 at an outcome of ``ref``.

    References
    ----------
    Y. Won et al. (2025), "Differential information distribution: a Bayesian perspective on direct
    preference optimization", arXiv:2505.23761.

    Examples
    --------
    >>> rejected_sample_law([0.5, 0.3, 0.2], [0.2, 0.3, 0.5], 1.0).round(6).tolist()
    [0.04908, 0.184049, 0.766871]
    """
    check_number("beta", beta, 0.0, np.inf, ends="[)", rule="finite and not negative")
    reference, policy = _as_policies(ref, pi, names=("ref", "pi"))
    ratio = np.log(np.where(reference > 0, reference, 1.0)) - np.log(
        np.where(policy > 0, policy, 1.0)
    )
    # In logarithms, since powers of small masses leave float64.
    weight = np.where(reference > 0, logs(reference) + float(beta) * ratio, -np.inf)
    return np.asarray(np.exp(log_softmax(weight)))


def _as_policies(
    law: ArrayLike, other: ArrayLike, *, names: tuple[str, str] = ("pi", "ref")
) -> tuple[FloatArray, FloatArray]:
    """Return two laws of one length, the second positive where the first is."""
    warn_of_bin_order(**dict(zip(names, (law, other), strict=True)))
    first = as_law(law, name=names[0])
    second = as_law(other, name=names[1], size=first.size)
    missed = (first > 0) & (second == 0)
    if missed.any():
        message = (
            f"{names[1]} must be positive where {names[0]} is, got 0 at outcome "
            f"{missed.argmax()}, where {names[0]} is {first[missed][0]:g}"
        )
        raise ValueError(message)
    return first, second

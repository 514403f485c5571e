"""The law that turns one policy into another."""

import numpy as np

from infotheory._typing import ArrayLike, FloatArray
from infotheory.fields._inputs import as_law
from infotheory.measures._fixed_point import log_softmax, logs

__all__ = ["differential_information"]


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
    policy = as_law(pi, name="pi")
    reference = as_law(ref, name="ref", size=policy.size)
    missed = (policy > 0) & (reference == 0)
    if missed.any():
        message = (
            f"ref must be positive where pi is, got 0 at outcome {missed.argmax()}, where pi is "
            f"{policy[missed][0]:g}"
        )
        raise ValueError(message)
    ratio = np.where(
        policy > 0, logs(policy) - np.log(np.where(reference > 0, reference, 1.0)), -np.inf
    )
    return np.asarray(np.exp(log_softmax(ratio)))

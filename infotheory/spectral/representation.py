"""Effective dimensions of features, from d x d second moments: rows are read once."""

from typing import Any, Literal

from infotheory._numerics import is_half, is_tensor
from infotheory._typing import Base
from infotheory._validation import check_flag, check_option
from infotheory.spectral._moments import moment_spectrum
from infotheory.spectral._spectrum import spectral_entropy_nats
from infotheory.spectral._torch import as_output, torch

__all__ = [
    "effective_rank",
    "participation_ratio",
    "rankme",
    "stable_rank",
    "von_neumann_entropy",
]


def rankme(Z: Any) -> Any:
    r"""Effective number of singular values of uncentered features.

    Descriptive of the rows at hand: no error is given.

    It is :math:`\exp H(\sigma / \sum \sigma)`.

    Parameters
    ----------
    Z : array-like or tensor of shape (n_rows, n_features), or iterable of such blocks
        Features. Blocks are read once, so that rows may be more than the memory holds.

    Returns
    -------
    float or Tensor
        From 1 to the rank of Z; a tensor with its gradient for a tensor.

    Raises
    ------
    ValueError
        If Z is not a finite matrix or is all zero.

    Notes
    -----
    The singular values are roots of eigenvalues of ``Z'Z``, summed in float64, where those below
    ``d eps`` of the largest count as 0. The published version adds a small constant to the shares
    instead.

    "Tracing the representation geometry of language models" calls RankMe what is
    ``effective_rank(spectrum="covariance")`` here.

    References
    ----------
    Q. Garrido et al. (2023), "RankMe", arXiv:2210.02885, equation 1; O. Roy, M. Vetterli (2007),
    "The effective rank".

    Examples
    --------
    >>> import numpy as np
    >>> round(rankme(np.diag([4.0, 2.0, 1.0, 1.0])), 6)
    3.363586
    """
    return effective_rank(Z, spectrum="singular", center=False)


def effective_rank(
    Z: Any, *, spectrum: Literal["singular", "covariance"] = "singular", center: bool = False
) -> Any:
    """Effective number of singular values, or of eigenvalues of the covariance.

    Descriptive of the rows at hand: no error is given.

    It is the exponential of their entropy.

    Parameters
    ----------
    Z : array-like or tensor of shape (n_rows, n_features), or iterable of such blocks
        Features.
    spectrum : {"singular", "covariance"}
        Shares in proportion to singular values (Roy and Vetterli) or to their squares.
    center : bool
        Subtract the column means.

    Returns
    -------
    float or Tensor
        From 1 to the rank.

    Raises
    ------
    ValueError
        If Z is not a finite matrix, or has no variation.

    Notes
    -----
    With ``spectrum="covariance"`` it is what "Tracing the representation geometry of language
    models" calls RankMe.

    References
    ----------
    O. Roy, M. Vetterli (2007), "The effective rank: a measure of effective dimensionality",
    definition 1.

    Examples
    --------
    >>> import numpy as np
    >>> round(effective_rank(np.diag([4.0, 2.0, 1.0, 1.0]), spectrum="covariance"), 6)
    2.276322
    """
    check_option("spectrum", spectrum, ("singular", "covariance"))
    # Singular values are the roots of the eigenvalues of the second moments.
    return _effective_number(Z, t=0.5 if spectrum == "singular" else 1.0, order=1.0, center=center)


def von_neumann_entropy(Z: Any, *, center: bool = True, base: Base = None) -> Any:
    """Von Neumann entropy of the covariance matrix divided by its trace.

    Descriptive of the rows at hand: no error is given.

    Parameters
    ----------
    Z : array-like or tensor of shape (n_rows, n_features), or iterable of such blocks
        Features.
    center : bool
        Subtract the column means; without it the second moments take the place of the covariance.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    float or Tensor
        From 0 to the log of the rank.

    Raises
    ------
    ValueError
        If Z is not a finite matrix, or has no variation.

    Examples
    --------
    >>> von_neumann_entropy([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], base=2)
    1.0
    """
    return _effective_number(Z, t=1.0, order=1.0, center=center, base=base, exponential=False)


def participation_ratio(Z: Any, *, center: bool = True) -> Any:
    r"""Participation ratio of the covariance: its effective number at order 2.

    Descriptive of the rows at hand: no error is given.

    It is :math:`(\sum \lambda)^2 / \sum \lambda^2`.

    Parameters
    ----------
    Z : array-like or tensor of shape (n_rows, n_features), or iterable of such blocks
        Features.
    center : bool
        Subtract the column means.

    Returns
    -------
    float or Tensor
        From 1 to the rank.

    Raises
    ------
    ValueError
        If Z is not a finite matrix, or has no variation.

    Examples
    --------
    Second moments 4 and 1 give 25 / 17:

    >>> round(participation_ratio([[2.0, 0.0], [0.0, 1.0]], center=False), 6)
    1.470588
    """
    return _effective_number(Z, t=1.0, order=2.0, center=center)


def stable_rank(Z: Any, *, center: bool = True) -> Any:
    r"""Stable rank of the covariance: its effective number at order inf.

    Descriptive of the rows at hand: no error is given.

    It is :math:`\sum \lambda / \lambda_{\max}`.

    Parameters
    ----------
    Z : array-like or tensor of shape (n_rows, n_features), or iterable of such blocks
        Features.
    center : bool
        Subtract the column means.

    Returns
    -------
    float or Tensor
        From 1 to the rank.

    Raises
    ------
    ValueError
        If Z is not a finite matrix, or has no variation.

    Examples
    --------
    >>> stable_rank([[2.0, 0.0], [0.0, 1.0]], center=False)
    1.25
    """
    return _effective_number(Z, t=1.0, order=float("inf"), center=center)


def _effective_number(
    Z: Any,
    *,
    t: float,
    order: float,
    center: bool,
    base: Base = None,
    exponential: bool = True,
) -> Any:
    """Entropy of the spectrum of the second moments to the power t, or its exponential."""
    check_flag("center", center)
    values, _, kind = moment_spectrum(Z, center=center)
    nats = spectral_entropy_nats(values, t, order)
    # Integers have no type for what comes out: it stays in that of the sums. Half a precision holds
    # the features, and not three digits of what is made of them.
    dtype = kind.dtype if is_tensor(kind) and kind.is_floating_point() else None
    if is_half(kind):
        dtype = torch.float32
    return as_output(nats.exp() if exponential else nats, kind, base=base, dtype=dtype)

"""Covariance of log-probability and advantage, which drives the entropy of a policy down."""

from typing import Any

from infotheory._validation import check_number, number_or_nan
from infotheory.fields.language._tensors import (
    Tensor,
    as_finite_tensor,
    as_token_mask,
    torch,
)

__all__ = ["clip_cov_mask", "kl_cov_mask", "policy_covariance"]


def policy_covariance(log_prob: Any, advantage: Any, mask: Any = None) -> Tensor:
    r"""Share of each token in the covariance of advantage and log-probability.

    It is :math:`(A - \bar A)(\ell - \bar\ell)`.

    Their mean over the tokens is the covariance; tokens with a large share are those whose
    reinforcement lowers the entropy most.

    Parameters
    ----------
    log_prob : Tensor of shape (n_sequences, n_tokens)
        Logarithm of the probability of each sampled token; any shape will do.
    advantage : Tensor of the same shape
        Advantage of each token.
    mask : Tensor of bool of the same shape, optional
        Tokens that count; all when None.

    Returns
    -------
    Tensor of the same shape
        Products of the deviations from the means over the tokens that count; 0 at the others. With
        gradient.

    Raises
    ------
    ValueError
        If a tensor is not finite and floating, shapes differ, or no token counts.

    References
    ----------
    G. Cui et al. (2025), "The entropy mechanism of reinforcement learning for reasoning language
    models", arXiv:2505.22617.

    Examples
    --------
    >>> import torch
    >>> policy_covariance(torch.tensor([[-1.0, -3.0]]), torch.tensor([[2.0, -2.0]])).tolist()
    [[2.0, 2.0]]
    """
    logs = as_finite_tensor(log_prob, name="log_prob")
    gains = as_finite_tensor(advantage, name="advantage", shape=tuple(logs.shape))
    counted = as_token_mask(mask, logs)
    number = counted.sum()
    # What is masked may be any finite number: it enters no mean and no result.
    deviations = [
        values - torch.where(counted, values, 0.0).sum() / number for values in (gains, logs)
    ]
    return torch.where(counted, deviations[0] * deviations[1], 0.0)


def clip_cov_mask(
    covariance: Any,
    mask: Any = None,
    *,
    share: float = 2e-4,
    low: float = 1.0,
    high: float = 5.0,
    rng: Any = None,
) -> Tensor:
    """Tokens that Clip-Cov takes out of the gradient: a random few among those of high covariance.

    Parameters
    ----------
    covariance : Tensor
        Shares of the covariance, see `policy_covariance`.
    mask : Tensor of bool of the same shape, optional
        Tokens that count; all when None.
    share : float
        How many to take, as a share of all tokens that count, above 0 and at most 1; rounded down,
        at least one. Fewer are taken where fewer lie between the bounds.
    low, high : float
        Bounds, exclusive, between which a covariance makes a token a candidate.
    rng : torch.Generator, optional
        Source of randomness, on the device of ``covariance``; torch's own when None.

    Returns
    -------
    Tensor of bool of the same shape
        True at the tokens taken.

    Raises
    ------
    ValueError
        If ``covariance`` is not finite and floating, ``mask`` does not fit, no token counts, or
        ``share`` or the bounds are out of range.

    Notes
    -----
    SPEAR (learn the ropes) uses it as well.

    References
    ----------
    G. Cui et al. (2025), "The entropy mechanism of reinforcement learning for reasoning language
    models", arXiv:2505.22617.

    Examples
    --------
    >>> import torch
    >>> clip_cov_mask(torch.tensor([0.5, 2.0, 7.0]), share=0.5).tolist()
    [False, True, False]
    """
    values = as_finite_tensor(covariance, name="covariance").detach()
    counted = as_token_mask(mask, values)
    if not number_or_nan(low) < number_or_nan(high):
        message = f"low must lie below high, got {low!r} and {high!r}"
        raise ValueError(message)

    candidates = (counted & (values > low) & (values < high)).flatten().nonzero().flatten()
    if not (rng is None or isinstance(rng, torch.Generator)):
        message = f"rng must be a torch.Generator or None, got {rng!r}"
        raise ValueError(message)

    # Where candidates are fewer than the share asks for, all are taken.
    order = torch.randperm(len(candidates), generator=rng, device=values.device)
    return _marked(candidates[order[: _number(share, counted)]], values)


def kl_cov_mask(covariance: Any, mask: Any = None, *, share: float = 2e-3) -> Tensor:
    """Tokens that KL-Cov holds back by a divergence penalty: those of the largest covariance.

    Parameters
    ----------
    covariance : Tensor
        Shares of the covariance, see `policy_covariance`.
    mask : Tensor of bool of the same shape, optional
        Tokens that count; all when None.
    share : float
        How many to take, as a share of all tokens that count, above 0 and at most 1; rounded down,
        at least one. The default is that of the authors' code; their script for the 32B model sets
        2e-4.

    Returns
    -------
    Tensor of bool of the same shape
        True at the tokens taken; among equal covariances which of them is not defined.

    Raises
    ------
    ValueError
        If ``covariance`` is not finite and floating, ``mask`` does not fit, no token counts, or
        ``share`` is out of range.

    References
    ----------
    G. Cui et al. (2025), "The entropy mechanism of reinforcement learning for reasoning language
    models", arXiv:2505.22617.

    Examples
    --------
    >>> import torch
    >>> kl_cov_mask(torch.tensor([0.5, 2.0, 7.0, 1.0]), share=0.5).tolist()
    [False, True, True, False]
    """
    values = as_finite_tensor(covariance, name="covariance").detach()
    counted = as_token_mask(mask, values)
    # A share of those that count: the -inf of the others are never among the largest that are
    # taken.
    ranked = torch.where(counted, values, -torch.inf).flatten()
    return _marked(ranked.topk(_number(share, counted)).indices, values)


def _number(share: float, counted: Tensor) -> int:
    """Return a share of the tokens that count, at least one."""
    check_number("share", share, 0.0, 1.0, ends="(]", rule="above 0 and at most 1")
    return max(1, int(share * int(counted.sum())))


def _marked(positions: Tensor, values: Tensor) -> Tensor:
    """Mark some positions in the shape of the values."""
    marks = torch.zeros(values.numel(), dtype=torch.bool, device=values.device)
    marks[positions] = True
    return marks.reshape(values.shape)

"""How the entropy of the next token moves when its logits do."""

from typing import Any

from infotheory._validation import number_or_nan
from infotheory.fields.language._tensors import (
    Tensor,
    as_finite_tensor,
    as_log_probabilities,
    entropy_nats,
    is_integer_tensor,
    masked,
    torch,
)

__all__ = ["entropy_change", "entropy_discriminator", "policy_entropy_change"]


def entropy_discriminator(logits: Any) -> Tensor:
    r"""Sensitivity of the entropy to each logit, minus the gradient of the entropy.

    It is :math:`S = p (H + \log p)`.

    Raising a logit with S above 0 (a likely token) lowers the entropy, raising one below 0 raises
    it; over the tokens S sums to 0.

    Parameters
    ----------
    logits : Tensor of shape (..., n_tokens)
        Scores; -inf excludes a token, whose S is 0.

    Returns
    -------
    Tensor of shape (..., n_tokens)
        S in nats a unit of logit.

    Raises
    ------
    ValueError
        If ``logits`` is no floating tensor, empty, NaN or inf, or a row excludes all tokens.

    References
    ----------
    S. Wang et al. (2026), "On the entropy dynamics in reinforcement fine-tuning of large language
    models", arXiv:2602.03392.

    Examples
    --------
    >>> import torch
    >>> [round(value, 5) for value in entropy_discriminator(torch.tensor([2.0, 1.0, 0.0])).tolist()]
    [0.28259, -0.14077, -0.14182]
    """
    return _discriminator(as_log_probabilities(logits))


def _discriminator(log_p: Tensor) -> Tensor:
    """Return ``p (H + log p)``, 0 where p is 0."""
    return log_p.exp() * (entropy_nats(log_p).unsqueeze(-1) + masked(log_p))


def entropy_change(logits: Any, delta: Any) -> Tensor:
    r"""Change of the entropy to first order in a change of the logits.

    It is :math:`-\mathrm{Cov}_p(\log p, \delta)`.

    Parameters
    ----------
    logits : Tensor of shape (..., n_tokens)
        Scores; -inf excludes a token.
    delta : Tensor of shape (..., n_tokens)
        Change of each score, finite.

    Returns
    -------
    Tensor of shape (...)
        Change in nats, with an error of second order in ``delta``; a constant added to all logits
        changes nothing.

    Raises
    ------
    ValueError
        If ``logits`` are not logits, or ``delta`` is no finite floating tensor of their shape.

    References
    ----------
    S. Wang et al. (2026), "On the entropy dynamics in reinforcement fine-tuning of large language
    models", arXiv:2602.03392.

    Examples
    --------
    >>> import torch
    >>> logits = torch.tensor([2.0, 1.0, 0.0])
    >>> round(float(entropy_change(logits, torch.tensor([0.01, 0.0, 0.0]))), 7)
    -0.0028259
    """
    sensitivity = entropy_discriminator(logits)
    change = as_finite_tensor(delta, name="delta", shape=tuple(sensitivity.shape))
    # Adding 0.0 turns -0.0 into 0.0.
    return -(sensitivity * change).sum(dim=-1) + 0.0


def policy_entropy_change(logits: Any, action: Any, weight: Any) -> Tensor:
    r"""Change of the entropy by a step of policy gradient at a sampled token.

    It is :math:`-w (S_a - \sum_i p_i S_i)`.

    The step moves the logits by ``weight (e_action - p)``, the gradient of
    ``weight log p(action)``; this is its effect to first order.

    Parameters
    ----------
    logits : Tensor of shape (..., n_tokens)
        Scores; -inf excludes a token.
    action : Tensor of integers of shape (...)
        Sampled tokens.
    weight : float or Tensor of shape (...)
        Advantage times learning rate.

    Returns
    -------
    Tensor of shape (...)
        Change in nats; below 0 where a likely token is rewarded.

    Raises
    ------
    ValueError
        If ``logits`` are not logits, ``action`` is no integer tensor of their batch shape or out of
        range, or ``weight`` is not finite or has another shape.

    Notes
    -----
    STEER (rethinking entropy interventions) weighs tokens by ``exp(-k abs(change))``.

    References
    ----------
    S. Wang et al. (2026), "On the entropy dynamics in reinforcement fine-tuning of large language
    models", arXiv:2602.03392.

    Examples
    --------
    >>> import torch
    >>> logits = torch.tensor([[2.0, 1.0, 0.0]] * 3)
    >>> change = policy_entropy_change(logits, torch.tensor([0, 1, 2]), 1.0)
    >>> [round(value, 5) for value in change.tolist()]
    [-0.14182, 0.28154, 0.28259]
    """
    log_p = as_log_probabilities(logits)
    sensitivity = _discriminator(log_p)
    batch, n_tokens = tuple(sensitivity.shape[:-1]), sensitivity.shape[-1]

    sampled = _as_actions(action, batch, n_tokens)
    if not isinstance(weight, torch.Tensor):
        weight = torch.full(
            batch, number_or_nan(weight), dtype=sensitivity.dtype, device=sensitivity.device
        )
    size = as_finite_tensor(weight, name="weight", shape=batch)

    # -S . delta for the change of logits delta = weight (e_action - p).
    mean = (log_p.exp() * sensitivity).sum(dim=-1)
    # Adding 0.0 turns -0.0 into 0.0.
    return -size * (sensitivity.gather(-1, sampled.unsqueeze(-1)).squeeze(-1) - mean) + 0.0


def _as_actions(action: Any, batch: tuple[int, ...], n_tokens: int) -> Tensor:
    """Return sampled tokens, one a row, or raise ValueError."""
    if not is_integer_tensor(action) or tuple(action.shape) != batch:
        received = (
            f"{action.dtype} of shape {tuple(action.shape)}"
            if isinstance(action, torch.Tensor)
            else repr(action)
        )
        message = f"action must be an integer tensor of shape {batch}, got {received}"
        raise ValueError(message)

    sampled: Tensor = action.long()
    outside = (sampled < 0) | (sampled >= n_tokens)
    if bool(outside.any()):
        message = (
            f"action must name a token from 0 to {n_tokens - 1}, got {int(sampled[outside][0])}"
        )
        raise ValueError(message)
    return sampled

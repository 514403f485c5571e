"""Divergence of two models at the next token."""

import math
from typing import Any, Literal, NamedTuple

from infotheory._display import html_repr, short_repr
from infotheory._numerics import clip_rounding, log_base
from infotheory._typing import Base
from infotheory._validation import check_integer, check_number, check_option
from infotheory.fields.language._tensors import Tensor, as_log_probabilities, entropy_nats, torch

__all__ = [
    "TokenImportance",
    "token_divergence",
    "token_importance",
    "token_weights",
    "top_divergence",
]


class TokenImportance(NamedTuple):
    """How much a student can learn at each token.

    Parameters
    ----------
    entropy : Tensor of shape (...)
        Entropy of the student over log V, from 0 to 1.
    divergence : Tensor of shape (...)
        Jensen-Shannon divergence of student and teacher over log 2, from 0 to 1.
    score : Tensor of shape (...)
        ``h + d - h d``, from 0 to 1: high where either is.
    """

    entropy: Tensor
    divergence: Tensor
    score: Tensor

    def __repr__(self) -> str:
        return short_repr(self)

    def _repr_html_(self) -> str:
        """Table of the fields for notebooks."""
        return html_repr(self)


def token_divergence(
    p_logits: Any, q_logits: Any, *, kind: Literal["kl", "js"] = "kl", base: Base = None
) -> Tensor:
    """Divergence of the next token under two models, from their logits.

    Parameters
    ----------
    p_logits, q_logits : Tensor of shape (..., n_tokens)
        Scores of the two models, of one shape; -inf excludes a token.
    kind : {"kl", "js"}
        Kullback-Leibler divergence of p from q, or the Jensen-Shannon divergence.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Tensor of shape (...)
        Divergence with gradient, not negative. KL is inf where q excludes a token that p does not;
        JS is at most log 2.

    Raises
    ------
    ValueError
        If a tensor is not one of logits, shapes differ, or ``kind`` is not known.

    Notes
    -----
    The sparse-to-dense reward (beyond GRPO) takes the forward direction first, then the reverse
    one.

    Examples
    --------
    >>> import torch
    >>> p, q = torch.tensor([2.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 2.0])
    >>> [round(float(token_divergence(p, q, kind=kind)), 5) for kind in ("kl", "js")]
    [1.15042, 0.24759]
    """
    check_option("kind", kind, ("kl", "js"))
    log_p = as_log_probabilities(p_logits, name="p_logits")
    log_q = as_log_probabilities(q_logits, name="q_logits")
    _check_shapes(log_p, log_q, "p_logits and q_logits")
    return (_kl(log_p, log_q) if kind == "kl" else _js(log_p, log_q)) / log_base(base)


# Up to this |r| a token of a divergence is a series, of factors r / 3, r / 4, ...
_NEAR = 0.25
_FACTORS = tuple(1.0 / k for k in range(14, 2, -1))


def _check_shapes(first: Tensor, second: Tensor, names: str) -> None:
    if first.shape != second.shape:
        message = f"{names} must have one shape, got {tuple(first.shape)} and {tuple(second.shape)}"
        raise ValueError(message)


def _kl(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Sum ``p log(p/q) - p + q``: no term is negative, so that near models keep their digits."""
    p, q = log_p.exp(), log_q.exp()
    # What q excludes and p does not has the ratio inf, and so has the sum.
    ratio = torch.where(p > 0, log_p - log_q, 0.0)

    # Near tokens by p (r - 1 + e^-r) as a series in r; others have their masses summed apart.
    near = (p > 0) & (ratio.abs() <= _NEAR)
    r = torch.where(near, ratio, 0.0)
    series = torch.ones_like(r)
    for factor in _FACTORS:
        series = 1.0 - r * factor * series
    cells = torch.where(near, p * r * r / 2.0 * series, p * ratio)
    balance = torch.where(near, 0.0, q - p).sum(dim=-1)
    return clip_rounding(cells.sum(dim=-1) + balance)


def _js(log_p: Tensor, log_q: Tensor) -> Tensor:
    # Of a token that both exclude the gradient of logaddexp would be NaN.
    excluded = torch.isinf(log_p) & torch.isinf(log_q)
    mixed = torch.logaddexp(
        torch.where(excluded, 0.0, log_p), torch.where(excluded, 0.0, log_q)
    ) - math.log(2.0)
    mixed = torch.where(excluded, -math.inf, mixed)
    return 0.5 * (_kl(log_p, mixed) + _kl(log_q, mixed))


def token_importance(student: Any, teacher: Any) -> TokenImportance:
    """How much each token can teach: the student is unsure, or sure of something else.

    Parameters
    ----------
    student, teacher : Tensor of shape (..., n_tokens)
        Logits of the two models, of one shape with at least two tokens.

    Returns
    -------
    TokenImportance
        Scaled entropy h of the student, scaled divergence d, and the score ``h + d - h d``.

    Raises
    ------
    ValueError
        If a tensor is not one of logits, shapes differ, or there are fewer than two tokens.

    References
    ----------
    Y. Xu et al. (2026), "TIP: token importance in on-policy distillation", arXiv:2604.14084.

    Examples
    --------
    >>> import torch
    >>> h, d, score = token_importance(torch.tensor([2.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 2.0]))
    >>> round(float(h), 5), round(float(d), 5), round(float(score), 5)
    (0.75768, 0.35719, 0.84423)
    """
    log_p = as_log_probabilities(student, name="student")
    log_q = as_log_probabilities(teacher, name="teacher")
    _check_shapes(log_p, log_q, "student and teacher")
    if log_p.shape[-1] < 2:
        message = f"student must have at least two tokens, got shape {tuple(log_p.shape)}"
        raise ValueError(message)
    # Both as shares of the largest they can be, so that their score is between 0 and 1 as well.
    h = entropy_nats(log_p) / math.log(log_p.shape[-1])
    d = _js(log_p, log_q) / math.log(2.0)
    return TokenImportance(h, d, h + d - h * d)


def token_weights(student: Any, teacher: Any, *, alpha: float = 1.0, gamma: float = 1.0) -> Tensor:
    r"""Weights of tokens in distillation, :math:`h^\alpha d^\gamma`.

    Unlike the score of `token_importance`, which is high where either is, they are high only where
    the student is unsure *and* the teacher says something else.

    Parameters
    ----------
    student, teacher : Tensor of shape (..., n_tokens)
        Logits of the two models, of one shape with at least two tokens.
    alpha, gamma : float
        Powers of the scaled entropy h and the scaled divergence d, finite and not negative; a power
        of 0 leaves its factor out.

    Returns
    -------
    Tensor of shape (...)
        Weights from 0 to 1, with gradient.

    Raises
    ------
    ValueError
        If a tensor is not one of logits, shapes differ, there are fewer than two tokens, or a power
        is negative or not finite.

    References
    ----------
    Y. Xu et al. (2026), "TIP: token importance in on-policy distillation", arXiv:2604.14084.

    Examples
    --------
    >>> import torch
    >>> student, teacher = torch.tensor([2.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 2.0])
    >>> round(float(token_weights(student, teacher)), 5)
    0.27064
    """
    for name, power in (("alpha", alpha), ("gamma", gamma)):
        check_number(name, power, 0.0, math.inf, ends="[)", rule="finite and not negative")
    h, d, _ = token_importance(student, teacher)
    return h.clamp(min=0.0).pow(float(alpha)) * d.clamp(min=0.0).pow(float(gamma))


def top_divergence(
    p_logits: Any,
    q_logits: Any,
    k: int,
    *,
    kind: Literal["kl", "js"] = "kl",
    base: Base = None,
) -> Tensor:
    """Divergence over the k most probable tokens of p, all others together as one more symbol.

    Joining symbols loses information, so that it is at most `token_divergence`, grows in k, and is
    equal to it where k is the number of tokens less one.

    Parameters
    ----------
    p_logits, q_logits : Tensor of shape (..., n_tokens)
        Scores of the two models, of one shape; -inf excludes a token.
    k : int
        Number of tokens that stand for themselves, from 1 to ``n_tokens``; p chooses them.
    kind : {"kl", "js"}
        Kullback-Leibler divergence of p from q, or the Jensen-Shannon divergence.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Tensor of shape (...)
        Divergence with gradient, not negative.

    Raises
    ------
    ValueError
        If a tensor is not one of logits, shapes differ, or ``k`` or ``kind`` is out of range.

    Notes
    -----
    The remainder as a symbol is this project's; a sum over the top tokens alone, as training code
    has it, may be negative.

    References
    ----------
    Y. Xu et al. (2026), "TIP: token importance in on-policy distillation", arXiv:2604.14084, for
    divergences of top tokens.

    Examples
    --------
    >>> import torch
    >>> p, q = torch.tensor([2.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 2.0])
    >>> [round(float(top_divergence(p, q, k)), 5) for k in (1, 2)]
    [0.99572, 1.15042]
    """
    check_option("kind", kind, ("kl", "js"))
    log_p = as_log_probabilities(p_logits, name="p_logits")
    log_q = as_log_probabilities(q_logits, name="q_logits")
    _check_shapes(log_p, log_q, "p_logits and q_logits")
    check_integer("k", k, high=log_p.shape[-1])

    # Ties by position, so that results repeat.
    order = log_p.detach().argsort(dim=-1, descending=True, stable=True)
    joined = [_with_remainder(logs.gather(-1, order), k) for logs in (log_p, log_q)]
    return (_kl(*joined) if kind == "kl" else _js(*joined)) / log_base(base)


def _with_remainder(ordered: Tensor, k: int) -> Tensor:
    """Join all but the first k logarithms of probability."""
    # One token that is left over is its own remainder.
    if k >= ordered.shape[-1] - 1:
        return ordered
    return torch.cat([ordered[..., :k], ordered[..., k:].logsumexp(dim=-1, keepdim=True)], dim=-1)

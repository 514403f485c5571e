"""Entropy of attention."""

import math
from typing import Any

from infotheory._numerics import is_half, log_base, renyi_entropy_nats
from infotheory._pmfs import check_mass, mass_tolerance
from infotheory._typing import Base
from infotheory._validation import number_or_nan
from infotheory.fields.language._tensors import Tensor, as_finite_tensor, torch

__all__ = ["attention_entropy", "attention_entropy_penalty"]


def attention_entropy(attn: Any, *, mask: Any = None, base: Base = None) -> Tensor:
    """Entropy of the keys that each query attends to.

    Its mean over queries, ``attention_entropy(attn).mean(dim=-1)``, ranks heads: low ones anchor on
    few keys, high ones explore many.

    Parameters
    ----------
    attn : Tensor of shape (..., n_queries, n_keys)
        Attention weights, each row a law over the keys; 0 where a key is masked.
    mask : Tensor of bool, optional
        True at the keys that a query may attend to, of a shape that broadcasts to that of ``attn``:
        padding as (n_sequences, 1, 1, n_keys), causal as (n_queries, n_keys). Weights elsewhere
        are left out, the others divided by their sum; a query without keys (padding) has entropy 0.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Tensor of shape (..., n_queries)
        Entropy from 0 to log n_keys, with gradient; float32 for half precision, which is divided
        by its sum first.

    Raises
    ------
    ValueError
        If ``attn`` is no floating tensor, empty, negative, not finite, or a row does not sum to 1
        within 1e-5 (1e-9 in float64, the rounding of a mass in half precision), or ``mask`` is no
        tensor of bool whose shape fits.

    Notes
    -----
    Papers that use it: entropy-guided attention, "Not all tokens learn alike" (a split at a
    quantile of its mean by head) and the sparse growing transformer (a ranking of heads).

    Examples
    --------
    >>> import torch
    >>> attention_entropy(torch.tensor([[0.5, 0.5, 0.0], [0.5, 0.25, 0.25]]), base=2).tolist()
    [1.0, 1.5]
    """
    return renyi_entropy_nats(_as_attention(attn, mask), 1.0) / log_base(base)


def _as_attention(attn: Any, mask: Any = None) -> Tensor:
    """Return laws over keys in their own precision: a float64 copy would double what is large."""
    if mask is not None and isinstance(attn, torch.Tensor):
        return _as_attention_to(attn, mask)
    weights = as_finite_tensor(attn, name="attn")
    if weights.ndim < 2 or 0 in weights.shape[-2:]:
        message = (
            "attn must have shape (..., n_queries, n_keys) with both positive, got "
            f"{tuple(weights.shape)}"
        )
        raise ValueError(message)

    # An empty batch has no row to check.
    if weights.numel():
        values = weights.detach()
        sums = values.sum(dim=-1).flatten()
        check_mass(
            float(values.min()),
            float(sums[(sums - 1.0).abs().argmax()]),
            name="attn",
            tolerance=mass_tolerance(attn, weights.shape[-1]),
            way_out="each row is a law over the keys, from a softmax; name padding by mask",
        )
    # Rows of half precision miss 1 by so much that it would show in the entropy.
    return weights / weights.sum(dim=-1, keepdim=True) if is_half(attn) else weights


def _as_attention_to(attn: Tensor, mask: Any) -> Tensor:
    """Return laws over the keys that a mask allows, 0 in rows without any."""
    allowed = _as_key_mask(mask, tuple(attn.shape))

    # What lies under the mask plays no part, whatever it holds.
    weights = as_finite_tensor(torch.where(allowed, attn, 0.0), name="attn")
    sums = weights.sum(dim=-1, keepdim=True)
    some = allowed.any(dim=-1, keepdim=True)
    empty = some & (sums <= 0.0)
    if bool((weights.detach() < 0.0).any()) or bool(empty.any()):
        message = (
            "attn must not be negative and have mass on an allowed key in every row with one, got "
            f"{int(empty.sum())} rows without and a smallest weight of {float(weights.min())}"
        )
        raise ValueError(message)
    over = float(sums.detach().amax()) if sums.numel() else 1.0
    if over > 1.0 + mass_tolerance(attn, attn.shape[-1]):
        message = f"attn must sum to at most 1 over the allowed keys, got {over!r}"
        raise ValueError(message)
    # Where padding took part in the softmax, rows sum to less than 1 over the keys that are
    # allowed.
    return weights / torch.where(some, sums, 1.0)


def _as_key_mask(mask: Any, shape: tuple[int, ...]) -> Tensor:
    """Return a mask of the shape of the weights, or raise ValueError."""
    # Numbers are refused: masks to be added to logits (0 and -inf) mean the opposite of flags.
    try:
        if isinstance(mask, torch.Tensor) and mask.dtype == torch.bool and len(shape) >= 2:
            return torch.broadcast_to(mask, shape)
    # What `broadcast_to` raises of shapes that do not fit; refused below as other wrong masks.
    except RuntimeError:
        pass

    received = (
        f"{mask.dtype} of shape {tuple(mask.shape)}"
        if isinstance(mask, torch.Tensor)
        else type(mask).__name__
    )
    message = (
        f"mask must be a tensor of bool, True at keys to attend to, that broadcasts to {shape}, "
        f"got {received}"
    )
    raise ValueError(message)


def attention_entropy_penalty(attn: Any, threshold: Any, *, margin: float = 0.2) -> Tensor:
    r"""Penalty on heads whose attention is more or less spread than they should be.

    With ``dev = H - threshold log K`` it is ``dev^2`` where ``|dev| > margin log K``, summed over
    sequences and queries, mean over heads.

    Parameters
    ----------
    attn : Tensor of shape (n_sequences, n_heads, n_queries, n_keys)
        Attention weights, each row a law over the keys.
    threshold : Tensor of shape (n_heads,)
        Wanted entropy of each head as a share of log K; may be learnt.
    margin : float
        Deviation that is not punished, as a share of log K, not negative.

    Returns
    -------
    Tensor
        Penalty in squared nats, not negative, with gradient in both tensors.

    Raises
    ------
    ValueError
        If ``attn`` is not of such laws (see `attention_entropy`) or has not four axes,
        ``threshold`` has another shape or is not finite, or ``margin`` is negative or NaN.

    References
    ----------
    N. K. Jha, B. Reagen (2025), "Entropy-guided attention for private LLMs", arXiv:2501.03489.

    Examples
    --------
    Uniform causal attention over four keys has entropies log 1 to log 4:

    >>> import torch
    >>> causal = torch.tril(torch.ones(4, 4)) / torch.arange(1.0, 5.0)[:, None]
    >>> round(float(attention_entropy_penalty(causal[None, None], torch.tensor([0.5]))), 5)
    1.12531
    """
    entropies = attention_entropy(attn)
    if entropies.ndim != 3:
        message = (
            "attn must have shape (n_sequences, n_heads, n_queries, n_keys), got "
            f"{tuple(attn.shape)}"
        )
        raise ValueError(message)

    wanted = as_finite_tensor(threshold, name="threshold", shape=(entropies.shape[1],))
    if not number_or_nan(margin) >= 0.0:
        message = f"margin must not be negative, got {margin!r}"
        raise ValueError(message)

    scale = math.log(attn.shape[-1])
    deviation = entropies - wanted[:, None] * scale

    # (n_sequences, n_heads, n_queries)
    punished = torch.where(deviation.abs() > float(margin) * scale, deviation**2, 0.0)
    return punished.sum(dim=(0, 2)).mean()

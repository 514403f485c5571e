"""Entropy of the next token."""

from typing import Any

from infotheory._numerics import clip_rounding, log_base, safe_log
from infotheory._typing import Base
from infotheory._validation import check_flag
from infotheory.fields.language._tensors import (
    Tensor,
    as_log_probabilities,
    as_logits,
    entropy_nats,
    masked,
)

__all__ = ["token_entropy", "truncated_entropy"]

_MASS_TOLERANCE = 1e-4  # of a sum of probabilities that were rounded in float32


def token_entropy(logits: Any, *, temperature: float = 1.0, base: Base = None) -> Tensor:
    r"""Entropy of the next token, ``p = softmax(logits / temperature)``.

    It is :math:`-\sum p \log p`.

    Parameters
    ----------
    logits : Tensor of shape (..., n_tokens)
        Scores; -inf excludes a token.
    temperature : float
        Temperature, positive.
    base : float or str, optional
        Base of the logarithm, "bits" or "nats"; nats when None.

    Returns
    -------
    Tensor of shape (...)
        Entropy from 0 to log n_tokens, with gradient.

    Raises
    ------
    ValueError
        If ``logits`` is no floating tensor, empty, NaN or inf, a row excludes all tokens, or
        ``temperature`` is not positive.

    Notes
    -----
    Papers that use it: EDCO, ETTRL, Light-IF, EPO, ERPO, entropy-performance exchange and
    agentic entropy-balanced policy optimization.

    Examples
    --------
    >>> import torch
    >>> round(float(token_entropy(torch.tensor([1.0, 1.0, 1.0, 1.0]), base=2)), 6)
    2.0
    """
    return entropy_nats(as_log_probabilities(logits, temperature=temperature)) / log_base(base)


def truncated_entropy(log_probs: Any, *, tail: bool = True, base: Base = None) -> Tensor:
    """Lower bound of the entropy of the next token from some probabilities.

    They may be those of the likeliest k tokens.

    The mass that is missing counts as one symbol; without it the bound is the sum over the given
    tokens alone, which is lower still.

    Parameters
    ----------
    log_probs : Tensor of shape (..., k)
        Logarithms (natural) of the probabilities of different tokens; -inf for probability 0.
    tail : bool
        Count the missing mass as one symbol.
    base : float or str, optional
        Base of the logarithm of the result; nats when None.

    Returns
    -------
    Tensor of shape (...)
        Bound, not negative, with gradient; the entropy itself where no mass is missing, or one
        token misses it.

    Raises
    ------
    ValueError
        If ``log_probs`` is no floating tensor, empty or NaN, or the probabilities of a row sum to
        more than 1.

    Notes
    -----
    ARES takes it of the most probable tokens.

    Examples
    --------
    1/2 and 1/4 leave 1/4, as one symbol 1.5 bits:

    >>> import torch
    >>> top = torch.tensor([0.5, 0.25]).log()
    >>> [round(float(truncated_entropy(top, tail=tail, base=2)), 6) for tail in (True, False)]
    [1.5, 1.0]
    """
    check_flag("tail", tail)
    logs = as_logits(log_probs, name="log_probs")
    probabilities = logs.exp()
    total = probabilities.sum(dim=-1)
    # An empty batch has no maximum.
    largest = float(total.detach().amax()) if total.numel() else 1.0
    if largest > 1.0 + _MASS_TOLERANCE:
        message = (
            "log_probs must be logarithms of probabilities that sum to 1 at most, got the sum "
            f"{largest:.6g}; take the log-softmax of logits first"
        )
        raise ValueError(message)

    bound = -(probabilities * masked(logs)).sum(dim=-1)
    if tail:
        # Split over several tokens, the missing mass would add more than as one symbol.
        missing = clip_rounding(1.0 - total)
        bound = bound - missing * safe_log(missing)

    return clip_rounding(bound) / log_base(base)

"""Entropies of groups: segments and windows of tokens, clusters of answers."""

from typing import Any

from infotheory._numerics import log_base, renyi_entropy_nats
from infotheory._typing import Base
from infotheory._validation import check_integer
from infotheory.fields.language._tensors import Tensor, as_finite_tensor, is_integer_tensor, torch

__all__ = ["cluster_entropy", "segment_entropy", "window_entropy"]


#: Segments of a row of tokens.
_MOST_SEGMENTS = 10_000_000


def segment_entropy(entropies: Any, ids: Any, n: int) -> Tensor:
    """Mean entropy of the tokens of each segment: phases of reasoning, rounds of agents, prefixes.

    Descriptive: the mean of the tokens that there are.

    Parameters
    ----------
    entropies : Tensor of shape (..., n_tokens)
        Entropy of each token.
    ids : Tensor of integers of the same shape
        Segment of each token, from 0 to n - 1; -1 leaves a token out.
    n : int
        Number of segments.

    Returns
    -------
    Tensor of shape (..., n)
        Means with gradient; 0 for a segment without tokens.

    Raises
    ------
    ValueError
        If ``entropies`` is no finite floating tensor with an axis, ``ids`` is no integer tensor of
        its shape or out of range, or ``n`` is not a positive integer.

    Notes
    -----
    Papers that use means of segments: PEAR (phases of an answer), the entropy perspective on
    multi-agent collaboration (rounds), EDCO (prefixes).

    Examples
    --------
    >>> import torch
    >>> segment_entropy(torch.tensor([1.0, 3.0, 5.0, 9.0]), torch.tensor([0, 0, 1, -1]), 3).tolist()
    [2.0, 5.0, 0.0]
    """
    values = _as_tokens(entropies)
    check_integer("n", n, high=_MOST_SEGMENTS)
    segments = _as_labels(ids, "ids", tuple(values.shape))
    outside = (segments < -1) | (segments >= n)
    if bool(outside.any()):
        message = f"ids must lie from 0 to {n - 1}, or be -1, got {int(segments[outside][0])}"
        raise ValueError(message)

    # Tokens of no segment go to the first one, with a value and a number of 0.
    counted = segments >= 0
    places = segments.clamp(min=0)
    empty = torch.zeros((*values.shape[:-1], n), dtype=values.dtype, device=values.device)
    sums = empty.scatter_add(-1, places, torch.where(counted, values, 0.0))
    numbers = empty.scatter_add(-1, places, counted.to(values.dtype))

    # The mean of an empty segment is 0 / 1.
    return sums / numbers.clamp(min=1.0)


def window_entropy(entropies: Any, w: int) -> Tensor:
    """Mean entropy of each token and the ``w - 1`` after it.

    Descriptive: the mean of the tokens that there are.

    Parameters
    ----------
    entropies : Tensor of shape (..., n_tokens)
        Entropy of each token.
    w : int
        Length of the window; at the end it is cut off where the tokens are.

    Returns
    -------
    Tensor of shape (..., n_tokens)
        Means with gradient.

    Raises
    ------
    ValueError
        If ``entropies`` is no finite floating tensor with an axis, or ``w`` is not a positive
        integer.

    References
    ----------
    S. Chen et al. (2025), "ARES: multimodal adaptive reasoning via difficulty-aware token-level
    entropy shaping", arXiv:2510.08457.

    Examples
    --------
    >>> import torch
    >>> window_entropy(torch.tensor([1.0, 3.0, 5.0]), 2).tolist()
    [2.0, 4.0, 5.0]
    """
    values = _as_tokens(entropies)
    check_integer("w", w)

    # Zeros beyond the end add nothing, and the last windows are divided by the tokens that they
    # have.
    width = min(w, values.shape[-1])
    padded = torch.nn.functional.pad(values, (0, width - 1))
    numbers = torch.arange(values.shape[-1], 0, -1, dtype=values.dtype, device=values.device).clamp(
        max=width
    )
    return padded.unfold(-1, width, 1).sum(dim=-1) / numbers


def cluster_entropy(labels: Any, log_prob: Any = None, *, base: Base = None) -> Tensor:
    """Entropy of the clusters of answers that mean the same: semantic entropy.

    Descriptive of the answers that were drawn, and too low for few of them;
    `infotheory.estimation.estimate_entropy` of their labels has an interval.

    The probability of a cluster is that of its answers together, normalised over the answers given.

    Parameters
    ----------
    labels : Tensor of integers of shape (n_answers,)
        Cluster of each answer.
    log_prob : Tensor of shape (n_answers,), optional
        Logarithm of the probability of each answer, up to a constant; equal when None.
    base : float or str, optional
        Base of the logarithm of the result; nats when None.

    Returns
    -------
    Tensor
        Entropy from 0 to the logarithm of the number of clusters, with gradient in ``log_prob``; at
        most the entropy of the answers.

    Raises
    ------
    ValueError
        If ``labels`` is no integer vector or empty, or ``log_prob`` is no finite floating tensor of
        its shape.

    Notes
    -----
    HICRA (emergent hierarchical reasoning) compares with this semantic entropy; its own is the
    entropy of frequencies of strategic phrases.

    References
    ----------
    L. Kuhn, Y. Gal, S. Farquhar (2023), "Semantic uncertainty", arXiv:2302.09664.

    Examples
    --------
    Answers of probabilities .5, .3, .2, the first two of one meaning:

    >>> import torch
    >>> log_prob = torch.tensor([0.5, 0.3, 0.2]).log()
    >>> round(float(cluster_entropy(torch.tensor([0, 0, 1]), log_prob)), 5)
    0.5004
    """
    clusters = _as_labels(labels, "labels", None)
    if clusters.ndim != 1 or clusters.numel() == 0:
        message = (
            "labels must have shape (n_answers,) with at least one answer, got "
            f"{tuple(clusters.shape)}"
        )
        raise ValueError(message)

    # Equal logarithms, which the softmax turns into equal shares.
    if log_prob is None:
        log_prob = torch.zeros(clusters.shape, device=clusters.device)
    logs = as_finite_tensor(log_prob, name="log_prob", shape=tuple(clusters.shape))
    _, places = clusters.unique(return_inverse=True)
    probabilities = torch.softmax(logs, dim=0)
    masses = torch.zeros_like(probabilities).index_add(0, places, probabilities)
    return renyi_entropy_nats(masses, 1.0) / log_base(base)


def _as_tokens(entropies: Any) -> Tensor:
    """Return entropies of at least one token."""
    values = as_finite_tensor(entropies, name="entropies")
    if values.ndim == 0 or values.shape[-1] == 0:
        message = (
            "entropies must have shape (..., n_tokens) with at least one token, got "
            f"{tuple(values.shape)}"
        )
        raise ValueError(message)
    return values


def _as_labels(labels: Any, name: str, shape: tuple[int, ...] | None) -> Tensor:
    """Return integer labels, of a shape where one is asked for."""
    if not is_integer_tensor(labels):
        received = str(labels.dtype) if isinstance(labels, torch.Tensor) else type(labels).__name__
        message = f"{name} must be a tensor of integers, got {received}"
        raise ValueError(message)
    if shape is not None and tuple(labels.shape) != shape:
        message = f"{name} must have shape {shape}, got {tuple(labels.shape)}"
        raise ValueError(message)
    return labels.long()

"""Description lengths of one training run, from its curve of losses.

They account for the run that was made. Epiplexity is the least such length over all models and
runs; these are not it.
"""

from typing import NamedTuple

import numpy as np

from infotheory._display import html_repr, short_repr
from infotheory._numerics import log_base
from infotheory._row_order import warn_of_axis_order
from infotheory._typing import ArrayLike, Base, FloatArray
from infotheory._validation import check_range, number_or_nan
from infotheory.fields._inputs import as_finite

__all__ = ["CodeLength", "prequential_code_length", "requential_code_length"]


class CodeLength(NamedTuple):
    """The two parts of a description length.

    Parameters
    ----------
    structure : float
        What the run learnt: the loss above the final one, summed.
    noise : float
        What was left to learn: the final loss of all tokens.
    """

    structure: float
    noise: float

    def __repr__(self) -> str:
        return short_repr(self)

    def _repr_html_(self) -> str:
        """Table of the fields for notebooks."""
        return html_repr(self)


def prequential_code_length(
    losses: ArrayLike,
    tokens: ArrayLike,
    *,
    final_loss: float | None = None,
    base: Base = None,
) -> CodeLength:
    """Code length of a stream that a model predicts before it learns from it.

    Descriptive: the length of this stream, which is no estimate of another one.

    Its two parts are structure and noise. Structure is the area between the loss curve and the
    final loss, ``sum tokens (loss - final)``, noise the rest of the code, ``final * sum tokens``.
    Together they are the code length of this run under this model.

    Parameters
    ----------
    losses : array-like of shape (n_steps,)
        Mean loss a token in nats, each taken before the step learns from its tokens; negative ones
        too (densities).
    tokens : array-like of shape (n_steps,)
        Number of tokens of each step, positive.
    final_loss : float, optional
        Loss of the trained model in nats; the last of ``losses`` when None.
    base : float or str, optional
        Base of the logarithm of the result; nats when None.

    Returns
    -------
    CodeLength
        ``structure``, negative where the losses lie below the final one, and ``noise``.

    Raises
    ------
    ValueError
        If the lengths differ, a number is not finite or beyond 1e60, or a number of tokens is not
        positive.

    References
    ----------
    M. Finzi et al. (2026), "From entropy to epiplexity", arXiv:2601.03220.

    Examples
    --------
    Losses 3, 2, 1 on ten tokens each lie 2, 1, 0 above the last:

    >>> prequential_code_length([3.0, 2.0, 1.0], [10, 10, 10])
    CodeLength(structure=30.0, noise=30.0)
    """
    curve, sizes = _as_curve(losses, tokens, "losses")
    # What the model still pays at the end is noise; what it paid beyond that was the price of the
    # structure it learnt.
    last = curve[-1] if final_loss is None else number_or_nan(final_loss)
    if not np.isfinite(last):
        message = f"final_loss must be finite, got {final_loss!r}"
        raise ValueError(message)
    check_range("final_loss", np.array([last]))

    unit = log_base(base)
    return CodeLength(float(sizes @ (curve - last)) / unit, float(sizes.sum() * last) / unit)


def requential_code_length(kl: ArrayLike, tokens: ArrayLike, *, base: Base = None) -> float:
    """Code length of a model taught by samples of a teacher, ``sum tokens KL(teacher, student)``.

    Descriptive: the length of these samples, which is no estimate of that of others.

    Each step sends a sample of the teacher to a student that knows all before it; the divergence is
    what that costs beyond the randomness of the sample. It is the structure of this run, and needs
    no loss of the data.

    Parameters
    ----------
    kl : array-like of shape (n_steps,)
        Divergence of teacher from student a token in nats, not negative, each taken before the
        step.
    tokens : array-like of shape (n_steps,)
        Number of tokens of each step, positive.
    base : float or str, optional
        Base of the logarithm of the result; nats when None.

    Returns
    -------
    float
        Code length, not negative.

    Raises
    ------
    ValueError
        If the lengths differ, a number is not finite or beyond 1e60, a divergence is negative, or a
        number of tokens not positive.

    References
    ----------
    M. Finzi et al. (2026), "From entropy to epiplexity", arXiv:2601.03220.

    Examples
    --------
    >>> requential_code_length([0.5, 0.25], [100, 100])
    75.0
    """
    divergences, sizes = _as_curve(kl, tokens, "kl")
    if (divergences < 0).any():
        message = f"kl must not be negative, got {divergences.min():g}"
        raise ValueError(message)
    return float(sizes @ divergences) / log_base(base)


def _as_curve(values: ArrayLike, tokens: ArrayLike, name: str) -> tuple[FloatArray, FloatArray]:
    """Return a curve and the number of tokens of each step."""
    warn_of_axis_order((name, values, 0), ("tokens", tokens, 0))
    curve = as_finite(values, name=name, shape=("n_steps",))
    sizes = as_finite(tokens, name="tokens", shape=(curve.size,))
    if (sizes <= 0).any():
        message = f"tokens must be positive, got {sizes.min():g}; leave out steps without tokens"
        raise ValueError(message)
    check_range(name, curve)
    check_range("tokens", sizes)
    return curve, sizes


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

"""Gradients of optima, whose first derivative needs none of the best law; the second would."""

from functools import cache
from typing import Any

from infotheory._numerics import is_followed
from infotheory._typing import Array

__all__ = ["once_differentiable"]

_REFUSAL = (
    "what was solved for is a constant to the gradient, which therefore has no second derivative "
    "here; take differences of first ones"
)


def once_differentiable(values: Array) -> Array:
    """Return a tensor whose optimum or root may be differentiated once; other arrays as they are.

    The best law is a constant to the gradient of an optimum, which is right (the envelope theorem),
    as is the slope at a root; they would be constants to the second derivative, which would be
    wrong without a word.
    """
    return _marker().apply(values) if is_followed(values) else values


@cache
def _marker() -> Any:
    """Make the identity whose gradient has no gradient; torch is loaded when it is asked for."""
    import torch

    # Both are copies, for views have no tangents of batches, and both can be batched: Jacobians of
    # torch batch the backward pass, or the tangents.
    class Refused(torch.autograd.Function):
        """The identity of a gradient, which cannot be differentiated."""

        generate_vmap_rule = True

        @staticmethod
        def forward(gradient: Array) -> Any:
            """Return the gradient."""
            return gradient.clone()

        @staticmethod
        def setup_context(ctx: object, inputs: object, output: object) -> None:
            """Keep nothing."""

        @staticmethod
        def backward(_ctx: object, *_gradients: object) -> Any:
            """Refuse the second derivative."""
            raise ValueError(_REFUSAL)

        @staticmethod
        def jvp(_ctx: object, *_tangents: object) -> Any:
            """Refuse the second derivative."""
            raise ValueError(_REFUSAL)

    class Once(torch.autograd.Function):
        """The identity, whose gradient cannot be differentiated."""

        generate_vmap_rule = True

        @staticmethod
        def forward(values: Array) -> Any:
            """Return the values."""
            return values.clone()

        @staticmethod
        def setup_context(ctx: object, inputs: object, output: object) -> None:
            """Keep nothing."""

        @staticmethod
        def backward(_ctx: object, *gradients: Array) -> Any:
            """Pass the gradient on, once."""
            return Refused.apply(gradients[0])  # type: ignore[no-untyped-call]

        @staticmethod
        def jvp(_ctx: object, *tangents: Array) -> Any:
            """Pass the tangent on."""
            return tangents[0].clone()

    return Once

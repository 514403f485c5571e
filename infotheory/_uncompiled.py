"""Functions that torch.compile calls as they are, and does not trace."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

__all__ = ["uncompiled"]

P = ParamSpec("P")
R = TypeVar("R")


def uncompiled(function: Callable[P, R]) -> Callable[P, R]:
    """Let a compiled function call this one as it is; the rest around it is compiled.

    Iterations that end on a certificate, and what numpy computes, hang on numbers that a trace does
    not have: torch took functions of numpy for its own there, and failed at their options.
    """

    @wraps(function)
    def called(*args: P.args, **options: P.kwargs) -> R:
        # Nobody compiles before torch is there, and this is not to load it.
        torch: Any = sys.modules.get("torch")
        if torch is None or not torch.compiler.is_compiling():
            return function(*args, **options)
        untraced: Callable[P, R] = torch.compiler.disable(function)
        return untraced(*args, **options)

    return called

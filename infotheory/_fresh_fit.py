"""Fits that begin with nothing of an earlier one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["fresh_fit"]


@contextmanager
def fresh_fit(estimator: Any) -> Iterator[dict[str, Any]]:
    """Take away what an estimator learnt before, and give it back where the new fit fails.

    A fit sets what it learns, so that whatever it has no use for would stay from the one before.
    Yields what was learnt before, by name.
    """
    state = vars(estimator)
    before = {name: state.pop(name) for name in list(state) if _is_learnt(name)}
    try:
        yield before
    except BaseException:
        # Half of a fit is none; Ctrl-C comes here too.
        for name in [name for name in state if _is_learnt(name)]:
            del state[name]
        state.update(before)
        raise


def _is_learnt(name: str) -> bool:
    # What scikit-learn keeps of set_output and set_fit_request is no part of a fit.
    return name.endswith("_") or name.startswith("_by_")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

"""Fits that begin with nothing of an earlier one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["fresh_fit"]

#: Where an estimator keeps the names of what its last fit set.
_NAMES = "_set_by_fit"


@contextmanager
def fresh_fit(estimator: Any) -> Iterator[dict[str, Any]]:
    """Take away what an estimator learnt before, and give it back where the new fit fails.

    A fit sets what it learns, so that whatever it has no use for would stay from the one before.
    Yields what was learnt before, by name.
    """
    state = vars(estimator)
    before = {name: state.pop(name) for name in _learnt_before(state)}
    # What a user's subclass set before it called this fit is of the new fit, and stays.
    others = set(state)
    try:
        yield before
        # In the order of the fit: that of a set differs from run to run, and so would pickles.
        state[_NAMES] = tuple(name for name in state if _is_learnt(name) and name not in others)
    except BaseException:
        # Half of a fit is none; Ctrl-C comes here too.
        for name in [name for name in state if _is_learnt(name) and name not in others]:
            del state[name]
        state.update(before)
        raise


def _learnt_before(state: dict[str, Any]) -> list[str]:
    """Names that an earlier fit set; of one read from a document all that look like it."""
    if _NAMES in state:
        return [name for name in state[_NAMES] if name in state]
    return [name for name in state if _is_learnt(name)] if "n_features_in_" in state else []


def _is_learnt(name: str) -> bool:
    # What scikit-learn keeps of set_output and set_fit_request is no part of a fit.
    return name.endswith("_") or name.startswith("_by_")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)

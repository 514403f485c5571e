"""Rows of several arguments go together by position; an index of pandas may say otherwise."""

import sys
from typing import Any

from infotheory._later import pd
from infotheory._warnings import warn_once_a_call
from infotheory.exceptions import RowOrderWarning

__all__ = ["warn_of_row_order"]


def warn_of_row_order(**arguments: Any) -> None:
    """Warn where an argument names the rows of the first one in another order.

    Rows are matched by position, as in scikit-learn. An index with other labels, or with labels
    that occur twice, says nothing of the rows of another argument.
    """
    # Without pandas nobody has an index.
    if "pandas" not in sys.modules:
        return

    # The first argument with an index says how rows lie; others are compared with it.
    indexed = [
        (name, values.index)
        for name, values in arguments.items()
        if isinstance(values, pd.Series | pd.DataFrame)
    ]

    for name, index in indexed[1:]:
        first, reference = indexed[0]
        if _is_other_order(reference, index):
            warn_once_a_call(
                f"{name} has the index labels of {first} in another order, and rows are matched by "
                f"position, as in scikit-learn; pass {name}.loc[{first}.index] to match labels, or "
                f"{name}.to_numpy() if positions are right",
                RowOrderWarning,
                about=f"order of {name}",
            )


def _is_other_order(first: "pd.Index[Any]", second: "pd.Index[Any]") -> bool:
    """Whether two indexes have the same labels, each once, in different places."""
    # The cheap answers first: most indexes are one object, or equal.
    if first is second or len(first) != len(second) or first.dtype != second.dtype:
        return False
    if first.equals(second):
        return False
    # Sums of hashes are the same in any order: a pass over each index, and no sort. Of some objects
    # pandas makes no hash, as of tuples beside numbers: what order they are in is not known.
    try:
        sums = [pd.util.hash_pandas_object(index, index=False).sum() for index in (first, second)]
    except (TypeError, ValueError):
        return False

    if sums[0] != sums[1] or not first.is_unique:
        return False

    # Objects that cannot be hashed as they are count as their text, as which 1 is "1".
    return bool(first.inferred_type == second.inferred_type)

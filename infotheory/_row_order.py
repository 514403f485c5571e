"""Rows and bins of several arguments go together by position; an index of pandas may differ."""

import sys
from collections.abc import Sequence
from typing import Any

from infotheory._later import pd
from infotheory._warnings import warn_once_a_call
from infotheory.exceptions import RowOrderWarning

__all__ = [
    "warn_of_argument_order",
    "warn_of_axis_order",
    "warn_of_bin_order",
    "warn_of_row_order",
    "warn_of_square_order",
]


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


def warn_of_bin_order(**arguments: Any) -> None:
    """Warn where an argument names the bins, or the outcomes, of the first one in another way.

    Counts by ``value_counts`` come in the order of the counts, so that those of two samples hardly
    ever agree. Labels that differ are other bins, unless pandas numbered them.
    """
    if "pandas" not in sys.modules:
        return

    labelled = [
        (name, values)
        for name, values in arguments.items()
        if isinstance(values, pd.Series | pd.DataFrame)
    ]
    for name, values in labelled[1:]:
        first, reference = labelled[0]
        difference = _difference_of_labels(first, reference, values)
        if difference is not None:
            warn_once_a_call(
                f"{name} has {difference}, and bins are matched by position; "
                f"{first}.align({name}, fill_value=0) matches labels, {name}.to_numpy() says that "
                "positions are right",
                RowOrderWarning,
                about=f"bins of {name}",
            )


def warn_of_axis_order(*axes: tuple[str, Any, int]) -> None:
    """Warn where axes that go together, entry by entry, name their entries in another way.

    Each is the name of an argument, the argument, and the number of its axis: a vector and the rows
    of a table, say. What has no labels, or no such axis, is passed over.
    """
    if "pandas" not in sys.modules:
        return

    labelled = [
        (name, values, axis)
        for name, values, axis in axes
        if isinstance(values, pd.Series | pd.DataFrame) and -values.ndim <= axis < values.ndim
    ]
    for name, values, axis in labelled[1:]:
        first, reference, place = labelled[0]
        names = f"{first}.{'columns' if place % reference.ndim else 'index'}"
        difference = _difference_of_indexes(names, reference.axes[place], values.axes[axis])
        if difference is not None:
            warn_once_a_call(
                f"{name} has {difference}, and entries are matched by position; "
                f"{name}.reindex({names}, axis={axis % values.ndim}) matches labels, "
                f"{name}.to_numpy() says that positions are right",
                RowOrderWarning,
                about=f"entries of {name} along axis {axis}",
            )


def warn_of_square_order(**tables: Any) -> None:
    """Warn where the columns of a square table are not in the order of its rows.

    Rows and columns that have no label in common, such as "from a" and "to a", are passed over.
    """
    if "pandas" not in sys.modules:
        return

    for name, table in tables.items():
        if not isinstance(table, pd.DataFrame) or table.columns.equals(table.index):
            continue
        if not {*map(str, table.index)}.isdisjoint(map(str, table.columns)):
            warn_of_axis_order((name, table, 0), (name, table, 1))


def warn_of_argument_order(names: Sequence[str], arguments: Sequence[Any], **vectors: Any) -> None:
    """Warn where a vector with one entry an argument has these in another order.

    Arguments go by the names that pandas has for them where each has one of its own, else by those
    of the parameters.
    """
    if "pandas" not in sys.modules:
        return

    # One name of all tells no argument from another: value_counts calls each "count".
    series = [values.name for values in arguments if isinstance(values, pd.Series)]
    is_own = len({*map(str, series)}) == len(arguments)
    named = is_own and all(name is not None for name in series)
    wanted = pd.Index(series if named else list(names))
    for vector, values in vectors.items():
        if not isinstance(values, pd.Series):
            continue
        difference = _difference_of_indexes(
            "the arguments", wanted, values.index, only_order=not named
        )
        if difference is not None:
            warn_once_a_call(
                f"{vector} has {difference}, and entries are matched by position; "
                f"{vector}.reindex({[*wanted]}) matches labels, {vector}.to_numpy() says that "
                "positions are right",
                RowOrderWarning,
                about=f"entries of {vector}",
            )


def _difference_of_labels(name: str, first: Any, second: Any) -> str | None:
    """Say how the labels of a second vector, or table, differ from those of the first."""
    are_vectors = isinstance(first, pd.Series) and isinstance(second, pd.Series)
    # A table has a batch on one of its axes, whose labels may well be others.
    axes = zip(first.axes, second.axes, strict=False) if first.ndim == second.ndim else ()
    for one, other in axes:
        difference = _difference_of_indexes(name, one, other, only_order=not are_vectors)
        if difference is not None:
            return difference
    return None


def _difference_of_indexes(
    name: str, one: "pd.Index[Any]", other: "pd.Index[Any]", *, only_order: bool = False
) -> str | None:
    """Say how labels differ from those of what is named: their order, or the labels themselves."""
    if one is other or len(one) != len(other) or one.equals(other):
        return None
    # As text, for categories, intervals and numbers of several types stand in indexes.
    texts, others = [str(label) for label in one], [str(label) for label in other]
    if texts == others:
        return None
    if sorted(texts) == sorted(others):
        return f"the labels of {name} in another order"

    # Labels that pandas numbered are none.
    if only_order or any(isinstance(index, pd.RangeIndex) for index in (one, other)):
        return None
    odd = next((text for text in others if text not in {*texts}), others[0])
    return f"other labels than {name} (such as {odd!r})"


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

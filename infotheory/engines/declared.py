"""Features that are declared categorical, and the order of their levels."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from infotheory._levels import level_text

__all__ = ["LevelOrder", "declared_features"]

#: Levels in their order; empty where they have none, None where the type of the column decides.
LevelOrder = tuple[str, ...] | None

_FORM = (
    "categorical_features must be names of features, their positions, a mask of booleans, a dict "
    'of features with their levels in order (None for no order), "from_dtype" or None'
)


def declared_features(categorical: Any, names: Sequence[str]) -> dict[str, LevelOrder]:
    """Read which features are declared categorical, and the order of their levels.

    Examples
    --------
    >>> sorted(declared_features([True, False, True], ["a", "b", "c"]))
    ['a', 'c']
    >>> declared_features({"a": ["low", "high"], "b": None}, ["a", "b", "c"])
    {'a': ('low', 'high'), 'b': ()}
    """
    if categorical is None or (isinstance(categorical, str) and categorical == "from_dtype"):
        return {}
    if isinstance(categorical, str) or not hasattr(categorical, "__iter__"):
        message = f"{_FORM}, got {categorical!r}"
        raise TypeError(message)
    if isinstance(categorical, Mapping):
        orders = {name: _order(name, levels) for name, levels in categorical.items()}
        _check_known([name for name in orders if name not in names], names)
        return orders
    return dict.fromkeys(_listed(list(categorical), names))


def _order(name: str, levels: Any) -> LevelOrder:
    if levels is None:
        return ()
    if isinstance(levels, str) and levels == "from_dtype":
        return None
    if isinstance(levels, str | Mapping | set | frozenset) or not hasattr(levels, "__iter__"):
        message = f"{_FORM}, got {levels!r} for {name!r}"
        raise TypeError(message)

    order = tuple(level_text(level) for level in levels)
    if not order or len(set(order)) < len(order):
        message = f"{_FORM}, each level once; got {list(order)} for {name!r}"
        raise ValueError(message)
    return order


def _listed(wanted: list[Any], names: Sequence[str]) -> list[str]:
    """Names of the features that a list means: names, positions, or a mask."""
    # A mask comes before positions: True is an integer, too.
    if wanted and all(isinstance(one, bool | np.bool_) for one in wanted):
        if len(wanted) != len(names):
            message = f"{_FORM}, got a mask of {len(wanted)} for {len(names)} features"
            raise ValueError(message)
        return [name for name, is_one in zip(names, wanted, strict=True) if is_one]

    if all(isinstance(one, str) for one in wanted):
        unknown = [one for one in wanted if one not in names]
    elif all(isinstance(one, Integral) and not isinstance(one, bool) for one in wanted):
        unknown = [one for one in wanted if not 0 <= one < len(names)]
        wanted = [names[one] for one in wanted if one not in unknown]
    else:
        message = f"{_FORM}, got {wanted!r}"
        raise TypeError(message)
    _check_known(unknown, names)
    return wanted


def _check_known(unknown: Sequence[Any], names: Sequence[str]) -> None:
    if unknown:
        shown = ", ".join(map(repr, names[:10])) + (", ..." if len(names) > 10 else "")
        message = f"categorical_features must be among the features ({shown}), got {unknown[0]!r}"
        raise ValueError(message)

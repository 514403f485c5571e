"""Functions of tables that say what to do with rows."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from infotheory.tables import CountTable

__all__ = ["of_tables"]

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def of_tables(
    n_tables: int, for_rows: str
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Decorate a function whose positional arguments are tables: others get what is for rows."""

    def decorate(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        @wraps(function)
        def checked(*arguments: _Parameters.args, **options: _Parameters.kwargs) -> _Result:
            if len(arguments) > n_tables or not all(map(_is_table, arguments)):
                kinds = ", ".join(type(argument).__name__ for argument in arguments)
                message = (
                    f"{function.__name__} takes {n_tables} CountTable, got {kinds}; for rows use "
                    f"{for_rows}, options go by name"
                )
                raise ValueError(message)
            return function(*arguments, **options)

        return checked

    return decorate


def _is_table(argument: Any) -> bool:
    return isinstance(argument, CountTable)

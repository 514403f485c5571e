"""Functions of tables that say what to do with rows."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from infotheory.tables import CountTable, EvidenceTable

__all__ = ["of_tables"]

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def of_tables(
    n_tables: int, for_rows: str, *, any_target: bool = False
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Decorate a function whose positional arguments are tables: others get what is for rows.

    ``any_target`` says that sums of other targets than two classes are taken, too.
    """
    kinds_taken = (CountTable, EvidenceTable) if any_target else CountTable

    def decorate(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        @wraps(function)
        def checked(*arguments: _Parameters.args, **options: _Parameters.kwargs) -> _Result:
            known = [isinstance(argument, kinds_taken) for argument in arguments]
            if len(arguments) > n_tables or not all(known):
                kinds = ", ".join(type(argument).__name__ for argument in arguments)
                message = (
                    f"{function.__name__} takes {n_tables} CountTable, got {kinds}; for rows use "
                    f"{for_rows}, options go by name"
                )
                raise ValueError(message)
            return function(*arguments, **options)

        return checked

    return decorate

"""Many tasks at once, in threads or processes."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from joblib import Parallel, delayed

from infotheory._warnings import Told, collect_warnings, warn

__all__ = ["run_tasks"]

_Result = TypeVar("_Result")


def run_tasks(
    function: Callable[..., _Result],
    tasks: Iterable[tuple[Any, ...]],
    n_jobs: int | None,
    *,
    prefer: str | None = None,
) -> list[_Result]:
    """Call a function for each task, a tuple of arguments, and return what it gives in their order.

    A thread or a process has no caller on its stack: what tasks warn of is collected there and said
    here, each warning once.
    """
    one = partial(_run, function)
    answers = list(Parallel(n_jobs=n_jobs, prefer=prefer)(delayed(one)(*task) for task in tasks))

    told = [warning for _, warnings in answers for warning in warnings]
    for message, category in dict.fromkeys(told):
        warn(message, category)
    return [result for result, _ in answers]


def _run(function: Callable[..., _Result], *task: Any) -> tuple[_Result, list[Told]]:
    with collect_warnings() as warnings:
        result = function(*task)
    return result, warnings

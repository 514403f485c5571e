"""Many tasks at once, in threads or processes."""

import importlib
import threading
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain, count, islice
from typing import Any, TypeVar

from infotheory._interrupts import run_beside
from infotheory._later import joblib
from infotheory._warnings import Told, collect_warnings, warn

__all__ = ["leave_if_interrupted", "run_tasks"]

_Result = TypeVar("_Result")

#: Calls of `run_tasks` that Ctrl-C ended, by number, and the call of which a thread does a task.
_interrupted: set[int] = set()
_numbers = count()
_thread = threading.local()


class _Interrupted(Exception):  # noqa: N818 - nobody sees it
    """Nobody waits for this task any more."""


def run_tasks(
    function: Callable[..., _Result],
    tasks: Iterable[tuple[Any, ...]],
    n_jobs: int | None,
    *,
    prefer: str | None = None,
) -> list[_Result]:
    """Call a function for each task, a tuple of arguments, and return what it gives in their order.

    A thread or a process has no caller on its stack: what tasks warn of is collected there and said
    here, each warning once. After Ctrl-C tasks end where they ask, see `leave_if_interrupted`.
    """
    call = next(_numbers)
    one = partial(_run, call, function)
    # Two tasks tell whether there is anything to hand out; the others are made when they are begun,
    # since each may hold many rows.
    waiting = iter(tasks)
    first = list(islice(waiting, 2))
    tasks = chain(first, waiting)
    if (len(first) < 2 and n_jobs != 0) or joblib.effective_n_jobs(n_jobs) == 1:
        # To hand out takes as long as a search, and joblib to say that there are no workers a tenth
        # of one.
        answers = [one(*task) for task in tasks]
    else:
        parallel = joblib.Parallel(n_jobs=n_jobs, prefer=prefer)

        def answer() -> list[tuple[_Result, list[Told]]]:
            return list(parallel(joblib.delayed(one)(*task) for task in tasks))

        # Ctrl-C inside joblib may be lost, and then nothing ends. Threads are asked to leave;
        # processes, which hear nothing of the call, are ended.
        answers = run_beside(answer, partial(_interrupt, call, threads=prefer == "threads"))

    told = [warning for _, warnings in answers for warning in warnings]
    for message, category in dict.fromkeys(told):
        warn(message, category)
    return [result for result, _ in answers]


def leave_if_interrupted() -> None:
    """Leave a task of a thread where Ctrl-C has ended the call: Python ends no thread by itself."""
    if getattr(_thread, "call", None) in _interrupted:
        raise _Interrupted


def _interrupt(call: int, *, threads: bool) -> None:
    _interrupted.add(call)
    if not threads:
        loky = importlib.import_module("joblib.externals.loky")
        loky.get_reusable_executor(reuse=True).shutdown(wait=False, kill_workers=True)


def _run(call: int, function: Callable[..., _Result], *task: Any) -> tuple[_Result, list[Told]]:
    # A task may call ``run_tasks`` itself: its own call comes back afterwards. One that waited in
    # the queue does not begin after Ctrl-C.
    before, _thread.call = getattr(_thread, "call", None), call
    try:
        leave_if_interrupted()
        with collect_warnings() as warnings:
            result = function(*task)
    finally:
        _thread.call = before
    return result, warnings

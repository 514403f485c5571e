"""Ctrl-C in long computations: heard soon, and never inside compiled code."""

# The functions under those of ``signal``, which take most of their time to make enums of numbers.
import _signal  # type: ignore[import-not-found]
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from types import FrameType
from typing import Any, TypeVar

__all__ = ["InterruptLater", "InterruptNow", "in_pieces", "run_beside"]

_Result = TypeVar("_Result")

#: Seconds: on Windows a wait without an end does not hear Ctrl-C.
_PATIENCE = 0.1
#: Seconds that a computation has to stop in, which is told to, before it is left to itself.
_GRACE = 5.0


def _hears() -> bool:
    """Whether this is the one thread in which Python handles signals."""
    return threading.get_ident() == threading.main_thread().ident


class InterruptLater:
    """Context in which Ctrl-C waits for the end, at most some tenths of a second away.

    numba runs a little Python to hand over the arrays that a kernel returns. An exception of a
    signal handler there ends in a SystemError, or in a segmentation fault.
    """

    __slots__ = ("_frame", "_received", "handler")

    def __init__(self) -> None:
        self.handler: Any = None
        self._frame: FrameType | None = None
        self._received = False

    def __enter__(self) -> None:
        # what is no function of Python raises nothing
        if _hears():
            handler = _signal.getsignal(_signal.SIGINT)
            if callable(handler):
                self.handler = handler
                _signal.signal(_signal.SIGINT, self.remember)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.handler is not None:
            # Put back first: handing on may raise.
            _signal.signal(_signal.SIGINT, self.handler)
            self.hand_on(kind)

    def remember(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Handle Ctrl-C, by waiting."""
        self._received, self._frame = True, frame

    def raise_now(self, signum: int, frame: FrameType | None) -> None:
        """Handle Ctrl-C, and remember it until its exception has arrived.

        It is lost where Ctrl-C falls into a finaliser, of which llvmlite has many.
        """
        self.remember(signum, frame)
        self.handler(signum, frame)
        self._received = False

    def hand_on(self, kind: type[BaseException] | None) -> None:
        """Hand Ctrl-C on, unless there was none, or its exception ends the context."""
        received, self._received = self._received, False
        if received and (kind is None or not issubclass(kind, KeyboardInterrupt)):
            self.handler(_signal.SIGINT, self._frame)


class InterruptNow:
    """Context inside `InterruptLater` in which Ctrl-C does not wait after all."""

    __slots__ = ("_waiting",)

    def __enter__(self) -> None:
        self._waiting = None
        if _hears():
            waiting = getattr(_signal.getsignal(_signal.SIGINT), "__self__", None)
            if isinstance(waiting, InterruptLater):
                self._waiting = waiting
                _signal.signal(_signal.SIGINT, waiting.raise_now)
                waiting.hand_on(None)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._waiting is not None:
            _signal.signal(_signal.SIGINT, self._waiting.remember)
            self._waiting.hand_on(kind)


def in_pieces(n: int, size: int) -> Iterator[slice]:
    """Cut ``n`` items into slices of at most ``size``: between two of them Ctrl-C is heard."""
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def run_beside(function: Callable[[], _Result], stop: Callable[[], Any] | None) -> _Result:
    """Call a function that hears nothing for long, in a thread beside the one that hears Ctrl-C.

    ``stop`` is called after Ctrl-C, and has to make the function end soon; without it the function
    is left to itself.
    """
    if not _hears():
        return function()

    outcome: Future[_Result] = Future()
    # A daemon: Python can end though the function never does.
    thread = threading.Thread(target=_fulfil, args=(outcome, function), daemon=True)
    thread.start()
    try:
        while not outcome.done():
            wait([outcome], timeout=_PATIENCE)
    except BaseException:
        if stop is not None:
            stop()
            thread.join(_GRACE)
        raise
    return outcome.result()


def _fulfil(outcome: "Future[_Result]", function: Callable[[], _Result]) -> None:
    try:
        outcome.set_result(function())
    except BaseException as error:  # noqa: BLE001 - raised again where the outcome is read
        outcome.set_exception(error)

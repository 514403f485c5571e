"""Steps of a command: named on standard error before they start, and again while they last."""

import sys
import threading
import time
from types import TracebackType
from typing import Self

__all__ = ["Steps"]

#: Seconds of silence after which a step is named again.
SILENCE = 10.0


class Steps:
    """Names what a command does; as a context it also tells what takes long."""

    def __init__(self, silence: float = SILENCE) -> None:
        self._silence = silence
        self._what = ""
        self._began = self._spoke = time.monotonic()
        self._in_bar = False
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._repeat, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        if self._in_bar:  # an error has a line of its own
            self._write("", before="")

    def __call__(self, what: str) -> None:
        """Name a step before it starts."""
        with self._lock:
            self._what, self._began = what, time.monotonic()
            self._write(f"{what} ...\n")

    def done(self, number: int, total: int, what: str) -> None:
        """Tell of one of many parts that it is done: a line, or on a terminal a bar over itself."""
        with self._lock:
            if not sys.stderr.isatty():
                self._write(f"{what} ({number} of {total})\n")
                return
            filled = 30 * number // total
            end = "\n" if number == total else ""
            self._write(f"[{'#' * filled}{'.' * (30 - filled)}] {what:<42}{end}", before="\r")

    def _write(self, text: str, before: str = "infotheory: ") -> None:
        is_bar = before == "\r"
        # What is said in the middle of a bar begins below it.
        below = "\n" if self._in_bar and not is_bar else ""
        self._in_bar = is_bar and not text.endswith("\n")
        sys.stderr.write(below + before + text)
        sys.stderr.flush()
        self._spoke = time.monotonic()

    def _repeat(self) -> None:
        while not self._ended.wait(self._silence / 10.0):
            with self._lock:
                now = time.monotonic()
                if self._what and now - self._spoke >= self._silence:
                    self._write(f"still {self._what} ({now - self._began:.0f} s)\n")

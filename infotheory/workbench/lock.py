"""One writer a session: a file beside it that names the process, held as long as it lives."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows: the process that is named decides alone
    fcntl = None  # type: ignore[assignment]

__all__ = ["SessionLock"]


class SessionLock:
    """The right to write a session; ``close`` gives it back, and so does the end of the process."""

    def __init__(self, session: Path) -> None:
        self.path = session.with_name(session.name + ".lock")
        self._file = self._open()
        try:
            self._refuse_others(session)
            self._name_ourselves()
        # A file left open would keep its lock as long as the process lives.
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Give the lock back."""
        if not self._file.closed:
            # Removed while still locked: whoever opened it meanwhile sees that its name is gone.
            with contextlib.suppress(OSError):
                self.path.unlink()
            self._file.close()

    def _open(self) -> Any:
        """Open the file; again where it was removed between opening and locking it."""
        while True:
            number = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            file = os.fdopen(number, "r+", encoding="utf-8")
            if fcntl is None:
                return file
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return file  # another holds it: what it wrote says who
            # The holder before may have removed the file between the opening and the lock: a lock
            # on a file without a name keeps nobody out, so the name must lead to this very file.
            with contextlib.suppress(OSError):
                if self.path.stat().st_ino == os.fstat(number).st_ino:
                    return file
            file.close()

    def _refuse_others(self, session: Path) -> None:
        """Raise ValueError where a process that lives writes this session."""
        try:
            # An empty file was made just now and names nobody.
            holder = json.loads(self._file.read() or "{}")
            pid, started = int(holder["pid"]), holder["started"]
        # What another program left there, nested by the thousand or of any size, names nobody.
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            pid, started = 0, None
        # The number of a process that ended is given again: the writer also has the same start.
        free = pid == 0 or _started(pid) is None or started not in (None, _started(pid))

        # Where the file is locked its writer lives, whatever stands in it.
        if fcntl is not None:
            # On the same open file a second lock changes nothing: it fails only where another holds
            # it.
            try:
                fcntl.flock(self._file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                free = False
        if not free:
            self._file.close()
            message = (
                f"session must have one writer, got {str(session)!r}, which process {pid} writes; "
                "end that one, or open the session read-only"
            )
            raise ValueError(message)

    def _name_ourselves(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), "started": _started(os.getpid())}, self._file)
        self._file.flush()


def _started(pid: int) -> str | None:
    """When a process started, as text to compare; "" where that is not known, None if it ended."""
    try:
        os.kill(pid, 0)
    # A number that is none of this system's belongs to no process.
    except (ProcessLookupError, OverflowError):
        return None
    except OSError:
        pass  # it lives, and belongs to another user
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name of the program may hold blanks and brackets: fields are counted after it.
    fields = status.rpartition(")")[2].split()
    # A zombie ("Z") has ended, and is only not yet waited for. The state is field 3 of the file, so
    # that index 19 is field 22, the time of the start.
    return None if fields[0] == "Z" else fields[19]

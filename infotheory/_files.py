"""Files that appear whole or not at all: a draft beside the place, then moved there in one step."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

__all__ = ["replace_file", "replace_text"]


@contextlib.contextmanager
def replace_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for bytes; it takes its place when the block ends, and never where it fails.

    As with an ordinary ``open``, a symbolic link stays and the file that it leads to is written,
    a new file has the permissions of the process's umask, and one that is there keeps its own.
    """
    _check_place(Path(path))
    if Path(path).exists() and not Path(path).is_file():
        # A pipe or a device is written to, not replaced: there is nothing to move a file over.
        with Path(path).open("wb") as stream:
            yield stream
        return

    # Beside the file that a link leads to: moving over the link would cut it.
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".{uuid4().hex}.tmp")
    try:
        with draft.open("xb") as file:
            _keep_permissions(draft, target)
            yield file

            # Without it a crash of the machine may leave a file that has its name and no bytes.
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        # A full disk is told by the write, which knows no name: the user needs the place.
        if error.errno is not None and error.filename is None:
            error.filename = str(path)
        raise
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(target.parent)


def replace_text(path: str | Path, text: str) -> Path:
    """Write text as UTF-8, whole or not at all, and return the path."""
    # Encoded before the draft is opened, and lone surrogates named: they are in no encoding.
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        message = (
            f"text must be Unicode to be written to {path}, got the lone surrogate "
            f"{text[error.start]!a} after {text[max(error.start - 20, 0) : error.start]!a}; "
            "rename the column or level that holds it"
        )
        raise ValueError(message) from error

    with replace_file(path) as file:
        file.write(content)
    return Path(path)


def _check_place(path: Path) -> None:
    """Raise an OSError where no file can be, before anything is written."""
    if path.is_dir():
        message = f"path must name a file, got the folder {str(path)!r}; add a name to it"
        raise IsADirectoryError(message)
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        message = (
            f"path must be in a folder that is there, got {str(path)!r}; make the folder first"
        )
        raise FileNotFoundError(message)

    # Moving a file over one that is write-protected would work, and must not.
    if path.exists() and not os.access(path, os.W_OK):
        message = f"path must be a file that may be written, got {str(path)!r}, which is protected"
        raise PermissionError(message)


def _keep_permissions(draft: Path, target: Path) -> None:
    """Give a draft the owner and the permissions of the file that it will replace, if there is."""
    if not target.exists():
        return
    status = target.stat()
    if hasattr(os, "chown"):
        # Only a privileged process may give a file away; for others the owner changes, as in tar.
        with contextlib.suppress(PermissionError):
            os.chown(draft, status.st_uid, status.st_gid)
    draft.chmod(stat.S_IMODE(status.st_mode))


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system lets a folder be synced."""
    with contextlib.suppress(OSError):
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)

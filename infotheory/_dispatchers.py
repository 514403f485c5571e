"""What numba makes of kernels, and where the compiled code is kept.

numba keeps compiled code in ``NUMBA_CACHE_DIR``, or beside the source, or in the home of the user.
Where none of them can be written it refuses to compile; here each process compiles anew then.
numba also takes code for fresh where the file of a kernel has not changed, although the kernels and
constants that it uses from other files have; here the names of the files hold a digest of them all.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, cached_property
from types import CodeType, FunctionType
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, NullCache
from numba.core.dispatcher import Dispatcher
from numba.core.registry import CPUDispatcher

from infotheory._collector import collector_at_rest
from infotheory._interrupts import InterruptLater, InterruptNow

__all__ = ["digest", "kernel_of", "part_of"]

_logger = logging.getLogger(__name__)

#: Other threads of Python run beside a kernel, and nothing in C calls one.
_OPTIONS: dict[str, Any] = {"nogil": True, "no_cfunc_wrapper": True}


def kernel_of(function: FunctionType) -> Any:
    """Make what compiles a kernel when it is first called, and keeps it on disk where it can."""
    kernel: Any = numba.njit(**_OPTIONS)(function)
    if isinstance(kernel, Dispatcher):  # else NUMBA_DISABLE_JIT is set, and Python runs it
        # numba's own enable_caching is this line with a class that cannot be chosen
        kernel._cache = _Cache(kernel.py_func)  # type: ignore[attr-defined]  # noqa: SLF001
        # numba's decorator makes what it registered for the processor, and takes no other class
        kernel.__class__ = _Interruptible
    return kernel


def part_of(function: FunctionType) -> Any:
    """Make a part of kernels, which is compiled with those that call it.

    Without the code that takes arrays of Python and returns them it takes two thirds of the time.
    """
    part: Any = numba.njit(**_OPTIONS | {"no_cpython_wrapper": True})(function)
    if isinstance(part, Dispatcher):
        part.__class__ = _Inner
    return part


class _Inner(CPUDispatcher):
    """A part of kernels, which has no entry for Python."""

    def __call__(self, *_: Any) -> Any:
        """Refuse what would end the process."""
        message = f"{self.py_func.__name__} is called by kernels only; use its py_func"
        raise TypeError(message)


class _Interruptible(CPUDispatcher):
    """A kernel that Ctrl-C does not end half way."""

    def __call__(self, *arguments: Any) -> Any:
        """Run it, once it is compiled for these types."""
        with InterruptLater():
            return super().__call__(*arguments)

    def _compile_for_args(self, *arguments: Any, **options: Any) -> Any:
        """Compile it or read what was kept, which is Python and takes seconds."""
        with InterruptNow(), collector_at_rest():
            return super()._compile_for_args(*arguments, **options)  # type: ignore[misc]


def digest(function: FunctionType) -> str:
    """Digest of the code of a kernel, of the kernels that it leads to, and of their constants.

    It is made of what Python runs, not of the text: a text that has the time and the length of the
    one before may stand beside bytecode of the one before.
    """
    parts: list[str] = []
    reached: set[FunctionType] = set()
    waiting = [function]
    while waiting:
        kernel = waiting.pop()
        if kernel in reached:
            continue
        reached.add(kernel)
        parts += _words(kernel.__code__)

        # Sorted: a set of texts has another order in each process.
        for name in sorted(_names(kernel.__code__)):
            value = kernel.__globals__.get(name)
            inside = getattr(value, "py_func", None)
            if isinstance(inside, FunctionType):
                waiting.append(inside)
            elif isinstance(value, bool | int | float | str | tuple):
                parts.append(f"{name} = {value!r}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _words(code: CodeType) -> Iterator[str]:
    """Write the code as text that is the same in every process, functions inside included."""
    yield code.co_code.hex()
    yield repr((code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars))
    # The repr of code has its address, which differs from process to process.
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _words(constant)
        else:
            yield repr(constant)


def _names(code: CodeType) -> set[str]:
    """Names that the code looks up, functions inside included."""
    inside = (_names(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inside)


class _NamedFiles(CompileResultCacheImpl):
    """Files of numba's cache, whose names tell the code that they were compiled from.

    A stamp inside the index would not do: an older process that is still running could write its
    own code under a number that the new index has given away.
    """

    def __init__(self, py_func: FunctionType) -> None:
        self._digest = digest(py_func)
        super().__init__(py_func)

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        """Name of the files, less number and ending."""
        return f"{super().get_filename_base(fullname, abiflags)}.{self._digest}"


class _NamedFilesOfOne(FunctionCache):
    """numba's cache of one kernel, with these names."""

    _impl_class = _NamedFiles


class _Cache(NullCache):
    """What numba asks for compiled code: what cannot be read or written is no error, but compiled.

    A place is looked for at the first call, when all kernels that this one leads to are loaded.
    """

    def __init__(self, function: FunctionType) -> None:
        self._function = function

    @cached_property
    def _files(self) -> FunctionCache | NullCache:
        try:
            return _NamedFilesOfOne(self._function)
        except RuntimeError as error:
            # numba says so where neither the folder of the file nor its own can be written.
            if "no locator" not in str(error):
                raise
        _say_that_nothing_is_kept()
        return NullCache()

    @property
    def cache_path(self) -> str | None:
        """Folder of the files, if there is one."""
        return self._files.cache_path

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Compiled code for these types, or None."""
        files = self._files
        try:
            return files.load_overload(sig, target_context)
        except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
            _logger.info("%r: what was kept cannot be read: %r", self._function, error)

        # an index that cannot be read would stop all that is kept later
        with suppress(OSError):
            files.flush()
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code, where the disk takes it."""
        files = self._files
        try:
            files.save_overload(sig, data)
        except Exception as error:  # noqa: BLE001 - a full disk, or an index damaged meanwhile
            _logger.info("%r: compiled code cannot be kept: %r", self._function, error)

    def flush(self) -> None:
        """Forget what was kept."""
        self._files.flush()


@cache
def _say_that_nothing_is_kept() -> None:
    """Log it for the first kernel; the others lie beside it."""
    _logger.info(
        "no folder for compiled kernels can be written: each process compiles them anew; "
        "NUMBA_CACHE_DIR names a folder for them"
    )

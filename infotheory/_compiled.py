"""Decorators of kernels, which are compiled when they are first called.

numba takes a quarter of a second to load: it is loaded then, too, and not where a module of kernels
is imported.
"""

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from infotheory._collector import collector_at_rest
from infotheory._later import Later

if TYPE_CHECKING:
    from infotheory import _dispatchers
else:
    _dispatchers = Later("infotheory._dispatchers")

__all__ = ["compiled", "inner", "is_worth_compiling"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Decorate a kernel: it is compiled when first called, and kept on disk where that is possible.

    Other threads of Python may run beside it, and Ctrl-C waits for its end: what takes long is cut
    into several calls.
    """
    kernel: Any = _Kernel(function, "kernel_of")
    return kernel


def inner(function: _Function) -> _Function:
    """Decorate a part of kernels that Python never calls.

    It is compiled with the kernels that call it, and kept in their files.
    """
    part: Any = _Kernel(function, "part_of")
    return part


#: Rows of a column that numpy places in the time in which a kernel that was kept is loaded.
_ROWS_BEFORE = 500_000


def is_worth_compiling(kernel: Any, n_rows: int) -> bool:
    """Whether some rows are for a kernel, and not for what numpy has that does the same.

    A service that scores a few rows at a time needs no compiler. The rows that went to numpy are
    counted, those of every column: who has many of them in all gets the kernel.
    """
    if kernel.is_made:
        return True
    kernel.n_rows_before += n_rows
    return bool(kernel.n_rows_before > _ROWS_BEFORE)


class _Kernel:
    """Stands for what numba makes of a function, and has it made when it is first asked for.

    Kernels that call this one find numba's type of it like every other attribute.
    """

    def __init__(self, function: Any, maker: str) -> None:
        functools.update_wrapper(self, function)
        self.py_func = function
        self._maker = maker
        self._made: Any = None
        #: Rows that something else has worked on in its place.
        self.n_rows_before = 0

    @property
    def is_made(self) -> bool:
        """Whether numba has been asked for it."""
        return self._made is not None

    def __call__(self, *arguments: Any) -> Any:
        """Run it."""
        return (self._made or self._dispatcher())(*arguments)

    def __getattr__(self, name: str) -> Any:
        """Return what numba's object calls so."""
        return getattr(self._dispatcher(), name)

    def __reduce__(self) -> Any:
        """Pickle it by its name, as functions are; as numba does where it goes by none."""
        # Where numba is told to compile nothing, a function by itself knows no other way.
        named = getattr(sys.modules.get(self.__module__), self.__qualname__, None)
        return self.__qualname__ if named is self else self._dispatcher().__reduce__()

    def _dispatcher(self) -> Any:
        # two threads that come here at once may each make one, whose code is the same
        if self._made is None:
            with collector_at_rest():
                self._made = getattr(_dispatchers, self._maker)(self.py_func)
        return self._made

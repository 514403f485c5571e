"""The collector of garbage, which rests while many objects are made that stay.

Loading modules and compiling kernels make some hundred thousand of them, and the collector would go
over all that are there again and again: a fifth to two fifths of the time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_at_rest"]


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Let the collector rest; it goes on afterwards, unless somebody else had switched it off."""
    was_on = gc.isenabled()
    try:
        # in here: Ctrl-C may be heard as soon as it rests
        gc.disable()
        yield
    finally:
        if was_on:
            gc.enable()

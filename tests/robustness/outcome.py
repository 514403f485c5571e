"""What a call may do: return numbers that are numbers, or raise an error that the library itself
worded.
"""

import contextlib
import dataclasses
import inspect
import linecache
import re
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from infotheory.exceptions import (
    ApproximationWarning,
    BandwidthWarning,
    CoefficientSignWarning,
    EventLabelWarning,
    HighCardinalityWarning,
    InfeasibleError,
    LeakageWarning,
    MissingDependencyError,
    NotConvergedWarning,
    SparseCellWarning,
    UnseenValueWarning,
    WithheldWarning,
)

WORDED = (ValueError, TypeError, InfeasibleError, NotFittedError, MissingDependencyError)
SAID = (
    ApproximationWarning,
    BandwidthWarning,
    CoefficientSignWarning,
    EventLabelWarning,
    HighCardinalityWarning,
    LeakageWarning,
    NotConvergedWarning,
    SparseCellWarning,
    UnseenValueWarning,
    WithheldWarning,
)
SECONDS = 30


def check(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Call a function; return its result, or None where it raised a worded error.

    An error is worded where the last line that ran is a ``raise`` of the library, or of
    scikit-learn's checks. A result may hold NaN or infinity where the docstring says when, in what
    it returns or in the notes: "NaN where ...".
    """
    with _in_time(), warnings.catch_warnings():
        for category in SAID:
            warnings.simplefilter("ignore", category)
        # scikit-learn reads nullable columns beside complex ones, and numpy says what is lost
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        try:
            result = function(*args, **options)
        except WORDED as error:
            _check_error(error)
            return None
    text = _texts(function, result)
    found = _not_finite(result)
    for word, kind in ((r"nan", "NaN"), (r"(?:inf|infinite|infinity)", "infinity")):
        assert kind not in found or says_when(word, text), (
            f"{kind} of which the docstring does not tell when: {result}"
        )
    return result


def takes(function: Callable[..., Any], *args: Any, **options: Any) -> bool:
    """Whether a call returns something."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            function(*args, **options)
        except WORDED:
            return False
    return True


def says_when(word: str, text: str) -> bool:
    """Whether a sentence has a word and a condition: what "can be NaN" excuses everything."""
    condition = r"(?:where|when|if|for|of|without|unless|below|until|with|at|as|beside|from)"
    within = r"[^.;:]*"
    said = rf"\b{word}\b{within}\b{condition}\b|\b{condition}\b{within}\b{word}\b"
    return re.search(said, text, re.IGNORECASE) is not None


@contextlib.contextmanager
def _in_time() -> Iterator[None]:
    def stop(*_: Any) -> None:
        message = f"still running after {SECONDS} s of the processor"
        raise AssertionError(message)

    # Of the processor, not of the clock: the first call of a kernel compiles it beside other tests.
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


def _check_error(error: Exception) -> None:
    last = traceback.extract_tb(error.__traceback__)[-1]
    line = linecache.getline(last.filename, last.lineno or 0).strip()
    if any(
        "/sklearn/utils/validation.py" in frame.filename or "/narwhals/" in frame.filename
        for frame in traceback.extract_tb(error.__traceback__)
    ):
        return
    assert "/infotheory/" in last.filename, (
        f"not worded here: {last.filename}:{last.lineno}: {error!r}"
    )
    assert line.startswith("raise"), f"not worded: {last.filename}:{last.lineno}: {line}: {error!r}"
    assert str(error).strip(), f"no text: {last.filename}:{last.lineno}"


def _texts(function: Any, result: Any) -> str:
    text = inspect.cleandoc(getattr(function, "__doc__", "") or "")
    # What is said of arguments and of errors says nothing of results.
    if not inspect.isclass(function):
        text = re.sub(r"(?ms)^(Parameters|Raises|Examples)\n-+\n.*?(?=^\w[\w ]*\n---|\Z)", "", text)
    return text + "".join(_docs(result))


def _docs(value: Any) -> Iterator[str]:
    """Docstrings of a result and of the results in it."""
    if isinstance(value, tuple | list):
        for each in value:
            yield from _docs(each)
    if dataclasses.is_dataclass(value):
        yield type(value).__doc__ or ""
        for field in dataclasses.fields(value):
            yield from _docs(getattr(value, field.name))


def _not_finite(value: Any) -> set[str]:
    """Which of NaN and infinity a result holds."""
    if dataclasses.is_dataclass(value):
        # Laws are what intervals and tests are made of: their ends are no numbers told.
        inner = ("law", "limit_tests", "chi_square", "slack")
        fields = [f.name for f in dataclasses.fields(value) if f.name not in inner]
        return set().union(*(_not_finite(getattr(value, name)) for name in fields))
    if isinstance(value, pd.DataFrame):
        return set().union(
            *(_not_finite(value.iloc[:, i].to_numpy()) for i in range(value.shape[1]))
        )
    if isinstance(value, Mapping):
        return set().union(*map(_not_finite, value.values()))
    if isinstance(value, list | tuple):
        return set().union(*map(_not_finite, value))
    if isinstance(value, np.ndarray | float | np.floating):
        numbers = np.asarray(value)
        if numbers.dtype.kind in "fc":
            return {
                name
                for name, test in (("NaN", np.isnan), ("infinity", np.isinf))
                if test(numbers).any()
            }
    return set()

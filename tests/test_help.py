"""What ``help()`` shows of public signatures: types that are read at a glance."""

import importlib
import inspect
import pydoc

import pytest

import infotheory

#: Sixty characters leave room for a name and a default in a line of a terminal.
LONGEST = 60


def faces():
    """Every module whose names are public, but those that need an extra which is absent."""
    names = {*infotheory._SUBPACKAGES, "measures", "cells", "cli"}
    names |= {f"fields.{name}" for name in dir(infotheory.fields)}
    names |= {"scorecard.bridges", "scorecard.export"}
    rooms = [importlib.import_module(f"infotheory.{name}") for name in sorted(names)]
    return [infotheory, *rooms]


def is_ours(function):
    return inspect.isfunction(function) and function.__module__.split(".")[0] == "infotheory"


def shown_functions(face):
    """Functions that ``help(face.name)`` prints a signature of: of a class its methods too."""
    for name in dir(face):  # what is listed can be loaded: see infotheory.fields
        thing = getattr(face, name)
        if is_ours(inspect.unwrap(thing)):
            yield name, thing
        if not inspect.isclass(thing):
            continue

        for method in ("__init__", *(each for each in dir(thing) if not each.startswith("_"))):
            found = inspect.getattr_static(thing, method, None)
            found = getattr(found, "__func__", found)  # of a class method
            # the constructor of a data class has no module
            if is_ours(found) or (method == "__init__" and inspect.isfunction(found)):
                yield f"{name}.{method}", found


def shown_types(function):
    signature = inspect.signature(function)
    found = {each.name: each.annotation for each in signature.parameters.values()}
    return {**found, "return": signature.return_annotation}


def too_long(function, *, longest=LONGEST):
    """Annotations that fill a line, or show what stands behind numpy's aliases."""
    texts = {name: inspect.formatannotation(found) for name, found in shown_types(function).items()}
    return {
        name: text
        for name, text in texts.items()
        if len(text) > longest or "numpy._typing" in text or "numpy.ndarray[" in text
    }


@pytest.mark.parametrize("face", faces(), ids=lambda face: face.__name__)
def test_help_shows_short_types(face):
    """Where a type is too long, its annotation is written as a string: see ``_typing``."""
    long = {name: too_long(function) for name, function in shown_functions(face)}
    assert {name: found for name, found in long.items() if found} == {}


def test_the_walk_sees_functions_constructors_methods_and_class_methods():
    shown = {name for face in faces() for name, _ in shown_functions(face)}
    assert {
        *("plot_roc", "from_optbinning", "OptimalBinner.__init__", "Scorecard.fit"),
        "OptimalBinner.binning_table",  # inherited
        *("ScorecardMonitor.__init__", "ScorecardMonitor.from_reference"),  # of a data class
    } <= shown
    assert "monotonic_trend" in too_long(infotheory.OptimalBinner.__init__, longest=50)


#: Imported for type checkers only: of an extra, or of a room that is heavy.
OF_CHECKERS = {"Axes", "Figure", "SpectralMonitor"}


def test_types_written_as_strings_can_be_read():
    """By ``typing.get_type_hints``, say: their names are there where they are written."""
    unread, texts = set(), set()
    for face in faces():
        for _, function in shown_functions(face):
            written = {found for found in shown_types(function).values() if isinstance(found, str)}
            texts |= written
            for text in written:
                try:
                    eval(text, inspect.unwrap(function).__globals__)  # noqa: S307 - our own source
                except NameError as error:
                    unread.add(error.name)
    assert unread <= OF_CHECKERS
    assert "Sequence[Any] | Mapping[str, Any] | None" in texts


def test_help_names_the_types_of_arrays_as_they_are_written():
    shown = pydoc.plain(pydoc.render_doc(infotheory.estimate_mutual_information))
    # Python 3.13 puts each argument on a line of its own
    shown = " ".join(shown.split()).replace("( x", "(x")
    assert "(x: numpy.typing.ArrayLike, y: numpy.typing.ArrayLike, *, method: str" in shown

    shown = pydoc.plain(pydoc.render_doc(infotheory.OptimalBinner))
    assert "special_codes: 'Sequence[Any] | Mapping[str, Any] | None' = None" in shown

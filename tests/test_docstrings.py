"""Every public name has the full documentation of numpydoc; private kernels have one line."""

import importlib
import inspect
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest
from numpydoc.validate import ERROR_MSGS, validate

import infotheory

SETTINGS = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
#: Codes of numpydoc that the settings do not switch off.
CHECKED = set(ERROR_MSGS) - set(SETTINGS["tool"]["numpydoc_validation"]["checks"])


def faces():
    """Modules whose ``__all__`` is public: packages, and files alone at the top; no underscore."""
    for module in pkgutil.walk_packages(infotheory.__path__, "infotheory."):
        deep = module.name.count(".") > 1
        if "._" not in module.name and "__main__" not in module.name and (module.ispkg or not deep):
            yield module.name


def public_names():
    for face in faces():
        module = importlib.import_module(face)
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if inspect.isclass(thing) or inspect.isfunction(thing):
                yield f"{face}.{name}"
            if inspect.isclass(thing):
                yield from (
                    f"{face}.{name}.{method}"
                    for method, value in vars(thing).items()
                    if not method.startswith("_")
                    and (inspect.isfunction(value) or isinstance(value, classmethod))
                )


def is_protocol(name):
    return getattr(pkgutil.resolve_name(name), "_is_protocol", False)


@pytest.mark.parametrize("name", sorted(public_names()))
def test_public_name_is_documented(name):
    # a protocol is never called: numpydoc reads the constructor that typing gives it (PR01)
    checked = CHECKED - {"PR01"} if is_protocol(name) else CHECKED
    errors = [f"{code}: {text}" for code, text in validate(name)["errors"] if code in checked]
    assert not errors, f"{name}: {errors}"


def with_example(thing):
    return ">>> " in (inspect.getdoc(thing) or "")


def test_everything_that_is_called_has_an_example():
    """Results are shown by what returns them; errors and warnings by the base of all warnings."""
    modules = map(importlib.import_module, faces())
    things = {
        thing: f"{module.__name__}.{name}"
        for module in modules
        for name in getattr(module, "__all__", ())
        if inspect.isclass(thing := getattr(module, name)) or inspect.isfunction(thing)
    }
    methods = [
        method
        for thing in things
        if inspect.isclass(thing) and with_example(thing)
        for method in vars(thing).values()
    ]
    shown = [*filter(with_example, things), *methods]
    parts = [
        part
        for thing in shown
        for part in re.split(r"\n(?=[A-Z]\w+\n---)", inspect.getdoc(thing) or "")
    ]
    returned = " ".join(part for part in parts if part.startswith(("Returns\n", "Attributes\n")))
    silent = [
        name
        for thing, name in things.items()
        if not with_example(thing)
        and not (inspect.isclass(thing) and issubclass(thing, Exception))
        and not re.search(rf"\b{thing.__name__}\b", returned)
    ]
    assert sorted(silent) == []
    assert with_example(infotheory.exceptions.InfotheoryWarning)

"""Reference pages written from the code: one page a public module, one entry a public name.

A module is public where neither it nor a package around it begins with an underscore and it lists
its names in `__all__`; modules inside a sub-package belong to it, so that only packages and modules
of the first level have pages, and those that a package names in its own `__all__`.
`infotheory.measures` has none: its names are those of `infotheory` itself.
"""

import importlib
import inspect
import pkgutil
from pathlib import Path
from types import ModuleType

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import infotheory

LOGGER = logging.getLogger(__name__)
# Their own documentation says what these bring.
BASES = "BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin, SelectorMixin"


def public_modules() -> list[ModuleType]:
    """List every public module, the package itself first."""
    found = {"infotheory": infotheory}
    for info in pkgutil.walk_packages(infotheory.__path__, "infotheory."):
        if not any(part.startswith("_") for part in info.name.split(".")) and (
            info.ispkg or info.name.count(".") == 1
        ):
            module = importlib.import_module(info.name)
            if not set(getattr(module, "__all__", ())) <= set(infotheory.__all__):
                found[info.name] = module
                named = [
                    getattr(module, name) for name in module.__all__
                ]  # some load when they are named
                found |= {m.__name__: m for m in named if inspect.ismodule(m)}
    return list(found.values())


def public_names(module: ModuleType) -> list[str]:
    """List what a module names and what has an entry.

    Neither modules nor texts such as the version.
    """
    names = [*module.__all__, *(["show_versions"] if module is infotheory else [])]
    values = {name: getattr(module, name) for name in names}
    return [
        name
        for name, value in values.items()
        if not inspect.ismodule(value) and not name.startswith("__")
    ]


def entry(module: ModuleType, name: str) -> str:
    """Write the directive that documents one name."""
    value = getattr(module, name)
    path = f"{module.__name__}.{name}"
    if inspect.isclass(value):
        members = (
            ""
            if issubclass(value, Warning | Exception)
            else f"\n   :members:\n   :inherited-members: {BASES}"
        )
        return f".. autoclass:: {path}{members}\n"
    kind = "autofunction" if callable(value) else "autodata"
    return f".. {kind}:: {path}\n"


def page(module: ModuleType) -> str:
    """Write one page: what the module is for, a table of its names, their entries."""
    names = public_names(module)
    title = module.__name__
    listed = names or [n for n in module.__all__ if inspect.ismodule(getattr(module, n))]
    table = "\n".join(f"   {name}" for name in listed)
    entries = "\n".join(entry(module, name) for name in names)
    head = f"{title}\n{'=' * len(title)}\n\n.. automodule:: {title}\n   :no-members:\n\n"
    tail = well_known_names() if module is infotheory else ""
    return f"{head}.. autosummary::\n   :nosignatures:\n\n{table}\n\n{tail}{entries}"


def well_known_names() -> str:
    """List the names of sub-packages that the package itself has too, linked to their entries."""
    homes = {name: home for name, home in infotheory._HOMES.items() if name != "show_versions"}
    links = "\n".join(
        f"* ``infotheory.{name}`` is :py:obj:`infotheory.{home}.{name}`"
        for name, home in homes.items()
    )
    return f"Loaded when they are named:\n\n{links}\n\n"


def write_pages(app: Sphinx) -> None:
    """Write the pages into the source folder, where git ignores them.

    Unchanged ones stay as they are.
    """
    folder = Path(app.srcdir) / "reference"
    modules = public_modules()
    texts = {f"{module.__name__}.rst": page(module) for module in modules}
    listed = "\n".join(f"   {module.__name__}" for module in modules)
    texts["index.rst"] = f"Reference\n=========\n\n.. toctree::\n   :maxdepth: 1\n\n{listed}\n"
    folder.mkdir(exist_ok=True)
    for old in {path.name for path in folder.glob("*.rst")} - set(texts):
        (folder / old).unlink()
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def check_entries(_: Sphinx, environment: BuildEnvironment) -> None:
    """Warn, and so fail the build, where a public name has no entry."""
    entries = environment.get_domain("py").data["objects"]
    for module in public_modules():
        for name in public_names(module):
            if f"{module.__name__}.{name}" not in entries:
                LOGGER.warning("%s.%s has no entry in the reference", module.__name__, name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Write before the sources are read, check after."""
    app.connect("builder-inited", write_pages)
    app.connect("env-check-consistency", check_entries)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

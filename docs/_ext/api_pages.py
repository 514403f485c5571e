"""Reference pages written from the code: a page a public module, a page a public name.

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
from typing import get_args, get_type_hints

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import infotheory

LOGGER = logging.getLogger(__name__)
# Their own documentation says what these bring.
BASES = "BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin, SelectorMixin"

TASKS = {
    "Bins and evidence": (
        "infotheory.binning", "infotheory.evidence", "infotheory.tables", "infotheory.cells",
        "infotheory.fairness",
    ),
    "Scorecards": (
        "infotheory.scorecard", "infotheory.scorecard.export", "infotheory.scorecard.bridges",
    ),
    "Reports, figures, the workbench, the command line": (
        "infotheory.report", "infotheory.plots", "infotheory.workbench", "infotheory.cli",
    ),
    "Large tables": ("infotheory.engines",),
    "Information theory": (
        "infotheory", "infotheory.estimation", "infotheory.lattice", "infotheory.decomposition",
        "infotheory.coupling", "infotheory.spectral",
    ),
    "Measures of neighbouring fields": (
        "infotheory.fields", "infotheory.fields.alignment", "infotheory.fields.allocation",
        "infotheory.fields.coding", "infotheory.fields.collective", "infotheory.fields.language",
        "infotheory.fields.semantic", "infotheory.fields.statmech",
    ),
    "Errors, data, warnings": (
        "infotheory.inference", "infotheory.laws", "infotheory.datasets", "infotheory.exceptions",
    ),
}  # fmt: skip

#: What people type into a search box, and the name that it means.
SEARCHED = {
    "PSI": "infotheory.evidence.population_stability_index",
    "CSI": "infotheory.evidence.characteristic_stability",
    "WoE": "infotheory.evidence.weight_of_evidence",
    "IV": "infotheory.evidence.information_value",
    "AUC": "infotheory.evidence.area_under_curve",
    "Gini": "infotheory.scorecard.gini_coefficient",
    "KS": "infotheory.scorecard.kolmogorov_smirnov",
    "KL": "infotheory.kl_divergence",
    "JSD": "infotheory.jensen_shannon_divergence",
    "MI": "infotheory.estimation.estimate_mutual_information",
    "NMI": "infotheory.normalized_mutual_information",
    "TE": "infotheory.estimation.transfer_entropy",
    "PID": "infotheory.decomposition.partial_information_decomposition",
    "MEC": "infotheory.coupling.minimum_entropy_coupling",
    "DSE": "infotheory.spectral.diffusion_spectral_entropy",
    "binning": "infotheory.binning.OptimalBinner",
    "scorecard": "infotheory.scorecard.Scorecard",
}


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


def makers() -> dict[type, list[str]]:
    """Tell, of each class, the public functions and methods that say that they return it."""
    made: dict[type, list[str]] = {}
    for module in public_modules():
        for name in public_names(module):
            value = getattr(module, name)
            path = f"{module.__name__}.{name}"
            calls = {path: value} if inspect.isfunction(value) else {}
            if inspect.isclass(value):
                methods = inspect.getmembers(value, inspect.isroutine)
                calls = {f"{path}.{n}": m for n, m in methods if not n.startswith("_")}
            for place, call in calls.items():
                for kind in returned(call):
                    made.setdefault(kind, []).append(place)
    return made


def returned(call: object) -> list[type]:
    """List the classes that an annotation of what is returned names."""
    try:
        annotation = get_type_hints(call).get("return")
    except (NameError, TypeError):  # names that only type checkers load
        return []
    kinds = [annotation, *get_args(annotation)]
    return [kind for kind in kinds if inspect.isclass(kind)]


def made_by(value: object, name: str, made: dict[type, list[str]]) -> str:
    """Say which calls return a result: their examples show one."""
    places = made.get(value, []) if inspect.isclass(value) else []
    places = [place for place in places if f".{name}." not in place][:6]
    if not places or "Examples" in (inspect.getdoc(value) or ""):
        return ""
    links = ", ".join(f":py:obj:`~{place}`" for place in places)
    return f"Returned by {links}, with an example there.\n\n"


def drawing(module: ModuleType, name: str) -> str:
    """Show what the example of a figure draws, which the gallery has drawn."""
    if module.__name__ != "infotheory.plots" or not callable(getattr(module, name)):
        return ""
    path = f"/_generated/plots/{name}.png"
    return f"\nThe example draws\n\n.. image:: {path}\n   :alt: what the example draws\n"


def object_page(module: ModuleType, name: str, made: dict[type, list[str]]) -> str:
    """Write the page of one name: what people search it by, its entry."""
    words = [word for word, path in SEARCHED.items() if path == f"{module.__name__}.{name}"]
    index = "".join(f".. index:: ! {word}\n" for word in words)  # "!": the main entry
    title = f"{name}\n{'=' * len(name)}\n\n"
    body = made_by(getattr(module, name), name, made) + entry(module, name) + drawing(module, name)
    return f"{index}\n{title}{body}"


def group_of(module: ModuleType, name: str) -> str:
    """Name the group of an object on the page of its module: what its room is for."""
    home = inspect.getmodule(getattr(module, name))
    here = module.__name__.split(".")
    path = home.__name__.split(".") if home is not None else []
    if not callable(getattr(module, name)):
        return "Values"
    if path[: len(here)] != here:
        return "Of other rooms, named here too"
    if path == here:
        return ""
    room = importlib.import_module(".".join(path[: len(here) + 1]))
    return (room.__doc__ or "").strip().splitlines()[0].rstrip(".")


def page(module: ModuleType) -> str:
    """Write the page of a module: what it is for, its names group by group, a link to each."""
    names = public_names(module)
    title = module.__name__
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(group_of(module, name), []).append(name)

    tables = []
    for heading, members in groups.items():
        if heading and len(groups) > 1:
            tables.append(f"{heading}\n{'-' * len(heading)}\n")
        rows = "\n".join(f"   {name}" for name in members)
        tables.append(f".. autosummary::\n   :nosignatures:\n\n{rows}\n")
    if not names:
        rows = "\n".join(f"   {n}" for n in module.__all__)
        tables.append(f".. autosummary::\n   :nosignatures:\n\n{rows}\n")

    head = f"{title}\n{'=' * len(title)}\n\n.. automodule:: {title}\n   :no-members:\n\n"
    tail = well_known_names() if module is infotheory else ""
    listed = "\n".join(f"   {name} <{title}.{name}>" for name in names)
    tree = f".. toctree::\n   :hidden:\n\n{listed}\n" if names else ""
    return head + "\n".join(tables) + f"\n{tail}{tree}"


def index_page(modules: list[ModuleType]) -> str:
    """Write the page that leads to the modules, task by task."""
    names = {module.__name__ for module in modules}
    listed = [name for members in TASKS.values() for name in members]
    if sorted(listed) != sorted(names):
        message = f"TASKS must list each module once; they differ in {names ^ set(listed)}"
        raise ValueError(message)
    lead = "One page a name. The search box finds them by their short names too: PSI, IV, WoE, KS."
    parts = [f"Reference\n=========\n\n{lead}\n"]
    for task, members in TASKS.items():
        rows = "\n".join(f"   {name}" for name in members)
        parts.append(f"{task}\n{'-' * len(task)}\n")
        parts.append(f".. autosummary::\n   :nosignatures:\n\n{rows}\n")
        parts.append(f".. toctree::\n   :hidden:\n\n{rows}\n")
    return "\n".join(parts)


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
    made = makers()
    for module in modules:
        for name in public_names(module):
            texts[f"{module.__name__}.{name}.rst"] = object_page(module, name, made)
    texts["index.rst"] = index_page(modules)
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

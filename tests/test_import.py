import ast
import importlib
import inspect
import pkgutil
import pydoc
import subprocess
import sys
from itertools import pairwise, product
from pathlib import Path

import pytest

import infotheory
from infotheory import _later, measures

HEAVY = [
    "pandas",
    "sklearn",
    "torch",
    "numba",
    "matplotlib",
    "xgboost",
    "scipy.stats",
    "scipy.optimize",
]


def test_import_loads_nothing_heavy():
    program = f"import sys, infotheory; print([name for name in {HEAVY} if name in sys.modules])"
    assert run(program) == "[]"


def test_public_names_are_there_and_are_the_measures():
    assert set(infotheory.__all__) == {"__version__", *measures.__all__}
    assert all(hasattr(infotheory, name) for name in dir(infotheory) if name in infotheory.__all__)


def test_subpackages_load_when_named():
    assert infotheory.lattice.Information.__name__ == "Information"
    assert "lattice" in dir(infotheory)
    assert all(hasattr(infotheory, name) for name in dir(infotheory))
    with pytest.raises(AttributeError, match="module 'infotheory' has no attribute 'nothing'"):
        _ = infotheory.nothing


@pytest.mark.parametrize("name", sorted(infotheory._HOMES))
def test_well_known_names_are_those_of_their_subpackages(name):
    home = importlib.import_module(f"infotheory.{infotheory._HOMES[name]}")
    assert getattr(infotheory, name) is getattr(home, name)
    assert name in dir(infotheory)
    assert name in home.__all__


def test_what_loads_lazily_is_what_type_checkers_see():
    source = ast.parse(Path(infotheory.__file__).read_text(encoding="utf-8"))
    block, hidden = (node for node in source.body if isinstance(node, ast.If))
    seen = {alias.asname: node.module for node in block.body for alias in node.names}
    lazy = {name: f"infotheory.{home}" for name, home in infotheory._HOMES.items()}
    assert seen == lazy | dict.fromkeys(infotheory._SUBPACKAGES, "infotheory")
    assert ast.unparse(hidden).startswith("if not TYPE_CHECKING:\n\n    def __getattr__(")


def faces():
    """Every module whose names are public."""
    names = {*infotheory._SUBPACKAGES, "measures", "cells", "cli"}
    names |= {f"fields.{name}" for name in infotheory.fields.__all__}
    names |= {"scorecard.bridges", "scorecard.export"}
    return [importlib.import_module(f"infotheory.{name}") for name in sorted(names)]


@pytest.mark.parametrize("face", faces(), ids=lambda face: face.__name__)
def test_a_face_lists_its_public_names_only(face):
    assert dir(face) == sorted(face.__all__)
    assert all(hasattr(face, name) for name in dir(face))


def test_help_of_the_fields_needs_no_torch(monkeypatch):
    monkeypatch.setattr(infotheory.fields, "find_spec", lambda _: None)
    assert dir(infotheory.fields) == sorted({*infotheory.fields.__all__} - {"language"})

    # pydoc opens whatever is listed
    monkeypatch.setitem(sys.modules, "infotheory.fields.language", None)
    assert "statmech" in pydoc.plain(pydoc.render_doc(infotheory.fields))


def run(program, *, strip=True):
    """What a process of its own prints."""
    result = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return result.stdout.strip() if strip else result.stdout


def test_star_import_loads_nothing_heavy():
    program = (
        f"import sys\nfrom infotheory import *\nprint([n for n in {HEAVY} if n in sys.modules])"
    )
    assert run(program) == "[]"


#: What is heavy, and of which only some is loaded where something of it is named.
WEIGHED = [
    *HEAVY,
    *("duckdb", "ibis", "jinja2", "joblib", "polars", "pyarrow", "pyspark"),
    *("scipy.spatial", "sqlglot"),
]
#: All that each room loads of it at once; what else is heavy waits until something needs it.
AT_ONCE = {"engines": {"pandas", "pyarrow"}}
ROOMS = (
    *("binning", "cli", "coupling", "datasets", "decomposition", "engines", "estimation"),
    *("evidence", "fairness", "fields", "lattice", "measures", "plots", "report", "scorecard"),
    *("spectral", "tables", "workbench"),
)
#: What frames need, and what estimators of scikit-learn load, which no class can do without.
OF_FRAMES = {"pandas", "pyarrow"}
OF_ESTIMATORS = OF_FRAMES | {"joblib", "scipy.optimize", "scipy.spatial", "scipy.stats", "sklearn"}
#: What a room loads where every name of it is named.
BY_NAMES = {
    "binning": OF_ESTIMATORS,
    "coupling": set(),
    "datasets": OF_FRAMES,
    "estimation": OF_ESTIMATORS,
    "evidence": OF_FRAMES,
    "fairness": OF_ESTIMATORS,
    "plots": OF_ESTIMATORS,
    "report": OF_ESTIMATORS,
    "scorecard": OF_ESTIMATORS,
    "workbench": OF_ESTIMATORS,
}


#: What extras install, and what only single functions use.
EXTRAS = {
    *("torch", "pulp", "highspy", "matplotlib", "xgboost", "openpyxl", "IPython"),
    *("polars", "duckdb", "pyspark", "sqlglot", "ibis"),
}


def allowed(room, step):
    """What a room may load at once, and where every name of it is named."""
    return AT_ONCE.get(room, set()) if step == "at once" else BY_NAMES.get(room, {*WEIGHED})


@pytest.fixture(scope="module")
def loaded():
    """What is new with each step of one process.

    Who may load least comes first, so that nothing is there already when somebody loads it who may
    not. Fields of torch are of an extra, and are not named.
    """
    both = [*product(ROOMS, ("at once", "by names"))]
    both.remove(("fields", "by names"))
    steps = sorted(both, key=lambda step: len(allowed(*step)))
    # What a step may load all later ones may: else it would hide what these load themselves.
    assert all(allowed(*one) <= allowed(*later) for one, later in pairwise(steps))
    program = f"""
import importlib, sys
before = set()
for room, step in {steps}:
    face = importlib.import_module(f"infotheory.{{room}}")
    if step == "by names":
        all(hasattr(face, name) for name in face.__all__)
    now = {{name for name in {sorted({*WEIGHED, *EXTRAS})} if name in sys.modules}}
    print(room, step, *sorted(now - before), sep="|")
    before = now
"""
    lines = (line.split("|") for line in run(program).splitlines())
    return {(room, step): set(names) for room, step, *names in lines}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_loads_nothing_heavy_before_it_is_needed(loaded, room):
    assert loaded[room, "at once"] <= allowed(room, "at once")
    assert loaded.get((room, "by names"), set()) <= allowed(room, "by names")


def test_no_subpackage_loads_an_extra(loaded):
    assert len(loaded) == 2 * len(ROOMS) - 1
    assert not any(names & EXTRAS for names in loaded.values()), loaded


def test_every_room_is_weighed():
    rooms = {module.name for module in pkgutil.iter_modules(infotheory.__path__) if module.ispkg}
    assert {room for room in rooms if not room.startswith("_")} <= {*ROOMS}


def test_help_and_complaints_of_commands_load_nothing_heavy():
    program = f"""
import contextlib, io, sys
from infotheory.cli import main
from infotheory.cli.parser import make_parser

texts = []
for words in [["--help"], ["--version"], ["repot"], ["report", "--separater", ";"],
              *([command, "--help"] for command in make_parser().commands)]:
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        with contextlib.suppress(SystemExit):
            main(words)
    texts.append(out.getvalue())
assert "did you mean report or export?" in texts[2], texts
assert "did you mean --separator?" in texts[3], texts
assert all(len(text) > 10 for text in texts)
print(len(texts), *(name for name in {WEIGHED} if name in sys.modules))
"""
    assert run(program) == "14"


def test_a_command_loads_what_it_works_with():
    program = """
import sys
from infotheory.cli import main
print(main(["verify", "no such report.json"]), "sklearn" in sys.modules)
print(main(["export", "no such card.json", "--to", "sql"]), "sklearn" in sys.modules)
print(*(name for name in ["matplotlib", "jinja2", "numba"] if name in sys.modules))
"""
    assert run(program).splitlines() == ["2 False", "2 True"]


def test_the_evidence_of_counts_needs_no_frame_and_no_kernel():
    program = f"""
import sys
from infotheory.evidence import information_value
from infotheory.tables import CountTable
value = information_value(CountTable.from_counts([400, 300, 300], [50, 90, 160]))
print(value.value > 0.0, *(name for name in {HEAVY} if name in sys.modules))
"""
    assert run(program) == "True"


#: Rooms that load a name when it is first named.
LATER = [*BY_NAMES]


@pytest.mark.parametrize("room", LATER)
def test_no_name_that_loads_later_is_the_name_of_a_module(room):
    """The module would stand under the name as soon as anything has imported it."""
    face = importlib.import_module(f"infotheory.{room}")
    modules = {module.name for module in pkgutil.iter_modules(face.__path__)}
    later = {name for names in face._PLACES.values() for name in names}
    assert later
    assert not later & modules


@pytest.mark.parametrize("room", LATER)
def test_what_a_face_loads_later_is_what_type_checkers_see(room):
    face = importlib.import_module(f"infotheory.{room}")
    source = ast.parse(Path(face.__file__).read_text(encoding="utf-8"))
    block, hidden = (node for node in source.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert {*seen} == {*face.__all__}
    places = {name: place for place, names in face._PLACES.items() for name in names}
    at_once = {alias.name for node in block.orelse for alias in node.names}
    assert seen == {
        **{
            name: place if place.startswith("infotheory.") else f"infotheory.{room}.{place}"
            for name, place in places.items()
        },
        **{name: f"infotheory.{room}.{name}" for name in at_once},
    }

    # A checker that sees it takes every misspelt name for one of the room.
    assert ast.unparse(hidden).startswith("if not TYPE_CHECKING:\n    __getattr__ =")


def test_the_face_of_the_fields_shows_its_modules_and_hides_the_rest():
    source = ast.parse(Path(infotheory.fields.__file__).read_text(encoding="utf-8"))
    block, hidden = (node for node in source.body if isinstance(node, ast.If))
    assert [alias.name for node in block.body for alias in node.names] == infotheory.fields.__all__
    assert ast.unparse(hidden).startswith("if not TYPE_CHECKING:\n    __getattr__ =")


def test_a_word_that_is_no_name_is_no_attribute():
    for word in ("nothing", "points.nothing", "nothing.points", "points..scale", "", "two words"):
        assert not hasattr(infotheory.scorecard, word)
        assert not hasattr(infotheory.fields, word)
        assert not hasattr(infotheory, word)


def test_modules_that_load_later_are_those_of_scipy():
    program = """
import sys
from infotheory import _later
assert "scipy.stats" not in sys.modules
print(_later.stats.norm.ppf(0.975), _later.optimize.brentq(lambda x: x - 1.5, 0, 3))
"""
    assert run(program) == "1.959963984540054 1.5"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = _later.stats.nothing


def test_names_of_estimation_are_there_before_they_are_loaded():
    program = """
import sys
from infotheory import estimation
assert set(estimation.__all__) <= set(dir(estimation))
assert "sklearn" not in sys.modules
print(estimation.MutualInformationSelector.__name__, "sklearn" in sys.modules)
"""
    assert run(program) == "MutualInformationSelector True"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = infotheory.estimation.nothing


def test_what_needs_an_absent_extra_says_so_when_it_is_called():
    program = """
import sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")

sys.meta_path.insert(0, NoTorch())
import infotheory
assert all(hasattr(infotheory, name) for name in dir(infotheory))
assert infotheory.spectral.spectral_entropy([0.5, 0.5], base=2) == 1.0
try:
    infotheory.diffusion_spectral_entropy([[0.0], [1.0], [3.0]], bandwidth=1.0)
except infotheory.exceptions.MissingDependencyError as error:
    print(error)
"""
    text = run(program)
    assert "needs the package 'torch'" in text
    assert "pip install 'infotheory-stats[torch]'" in text


def test_show_versions_names_what_is_used(capsys):
    infotheory.show_versions()
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["infotheory"] == infotheory.__version__
    assert {"platform", "python", "numpy", "scipy", "pandas", "scikit-learn"} <= set(lines)


def test_options_are_keyword_only():
    kinds = (
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    )
    for name in measures.__all__:
        function = getattr(measures, name)
        if inspect.isclass(function):
            continue
        for parameter in inspect.signature(function).parameters.values():
            assert parameter.kind in kinds
            if parameter.default is not inspect.Parameter.empty:
                assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, (name, parameter.name)

"""The house itself: names, sizes, rooms and what a file may do, read from the source."""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

import grimp
import pytest

import infotheory

PACKAGE = Path(infotheory.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

MOST_LINES = 600
MOST_PLACES = {"infotheory.scorecard": 15, "infotheory.binning": 13}
MOST_ARROWS = 40

#: Above the limits today; these numbers may fall, and not rise.
LONGER: dict[str, int] = {}
LARGEST_SHARE_OF_ANY = 0.02

#: The contract has it twice: ``measures`` takes a joint table, ``lattice`` two elements.
TWICE = {"rajski_distance"}

#: Data of the user (rows, labels, values to be checked), of any type by nature.
USER_DATA = {
    *("X", "Z", "y", "frame", "protected", "expected", "actual", "periods", "series", "covariance"),
    *("array", "arrays", "mask", "discrete_features", "special_codes", "rng", "value", "values"),
    *("event_label", "event", "label", "labels", "reference", "favourable", "first", "second"),
}

#: Tensors, devices, types and splitters of packages without types.
THIRD_PARTY = {
    *("dtype", "device", "logits", "p_logits", "q_logits", "ids", "attn", "K", "action", "cv"),
    *("log_prob", "log_probs", "entropies", "sqlglot", "exp"),
}


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def graph():
    return grimp.build_graph("infotheory")


def shown(path):
    return path.relative_to(PACKAGE).as_posix()


def functions(path):
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]


def test_no_two_functions_or_classes_share_a_name():
    places = defaultdict(list)
    for path in FILES:
        for node in tree(path).body:
            named = isinstance(node, ast.FunctionDef | ast.ClassDef)
            if named and not node.name.startswith("_"):
                places[node.name].append(shown(path))
    twice = {name: files for name, files in places.items() if len(files) > 1}
    assert twice.keys() == TWICE, twice


def test_no_file_is_too_long():
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    too_long = {name: n for name, n in lengths.items() if n > LONGER.get(name, MOST_LINES)}
    assert too_long == {}


def test_only_one_place_warns():
    """All others call ``infotheory._warnings.warn``, which finds the caller."""
    others = [
        f"{shown(path)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "warnings.warn"
    ]
    assert [place.partition(":")[0] for place in others] == ["_warnings.py"], others


def test_no_function_imports_a_module_of_ours():
    """A name that is loaded when asked for goes through ``importlib``, in faces only."""
    inside = [
        f"{shown(path)}:{node.lineno}"
        for path in FILES
        for function in functions(path)
        for node in ast.walk(function)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("infotheory"))
        or (isinstance(node, ast.Import) and node.names[0].name.startswith("infotheory"))
    ]
    assert inside == []


def test_few_arguments_are_of_any_type():
    arguments, bare = 0, []
    for path in FILES:
        for function in functions(path):
            a = function.args
            named = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]
            for argument in named:
                if argument.arg in ("self", "cls"):
                    continue
                arguments += 1
                is_any = ast.unparse(argument.annotation or ast.Constant(None)) == "Any"
                if is_any and argument.arg not in USER_DATA | THIRD_PARTY:
                    bare.append(f"{shown(path)}:{argument.lineno} {argument.arg}")
    assert len(bare) < LARGEST_SHARE_OF_ANY * arguments, bare


def place_of(module, room):
    """Return the child of a room in which a module lies."""
    return ".".join(module.split(".")[: room.count(".") + 2])


def arrows(room):
    """Return the pairs of places in a room of which the first imports from the second."""
    inside = graph().find_descendants(room)
    pairs = {
        (place_of(module, room), place_of(used, room))
        for module in inside
        for used in graph().find_modules_directly_imported_by(module) & inside
    }
    return {(first, second) for first, second in pairs if first != second}


ROOMS = sorted(m for m in graph().modules if "." in m and graph().find_children(m))


def test_tests_lie_where_the_code_lies():
    tests = Path(__file__).parent
    rooms = [folder.parent.relative_to(PACKAGE) for folder in PACKAGE.rglob("__init__.py")]
    without = [str(room) for room in rooms if not any((tests / room).glob("test_*.py"))]
    assert not without


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_can_be_seen_through(room):
    assert len(graph().find_children(room)) <= MOST_PLACES.get(room, 25)
    assert len(arrows(room)) <= MOST_ARROWS

"""The parser declares commands without loading them: what it says is what they have."""

import importlib
import subprocess
import sys

import pytest

from infotheory._target_kinds import KINDS
from infotheory.binning.search.task import TRENDS
from infotheory.cli import export, parser, selection

COMMANDS = parser.make_parser().commands


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_its_function(command):
    module, _, name = COMMANDS[command].get_default("run").partition(".")
    assert callable(getattr(importlib.import_module(f"infotheory.cli.{module}"), name))


def test_choices_are_those_of_the_library():
    assert selection.TARGET_TYPES == KINDS
    assert parser._FORMATS == export.FORMATS
    # on the command line "none" stands for None
    assert [None if word == "none" else word for word in parser._TRENDS if word != "auto"] == [
        word for word in TRENDS if word != "auto"
    ]


def test_a_process_of_a_command_spares_the_collector_and_a_caller_keeps_its_own():
    program = """
import atexit, gc, sys
from infotheory.cli import main
before = gc.get_threshold()
# what is registered first runs last
atexit.register(lambda: print(len(gc.get_objects()) < 9999))
assert main(["verify", "no such report.json"]) == 2
print(gc.get_freeze_count(), gc.get_threshold() == before)
sys.argv = ["infotheory", "verify", "no such report.json"]
assert main() == 2
print(gc.get_freeze_count() > 1000, gc.get_threshold()[0] > before[0], gc.isenabled())
made = [[] for _ in range(9999)]
"""
    got = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert got.stdout.splitlines() == ["0 True", "True True True", "True"]

"""The parser declares commands without loading them: what it says is what they have."""

import importlib

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

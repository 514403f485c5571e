"""The page of papers: all of them, and functions that exist."""

import re
from pathlib import Path

import infotheory
from infotheory import coupling, lattice, spectral
from infotheory.fields import (
    alignment,
    allocation,
    coding,
    collective,
    language,
    semantic,
    statmech,
)

PAGE = (Path(__file__).parents[1] / "docs" / "theory" / "papers.md").read_text()
FACES = (
    infotheory,
    alignment,
    allocation,
    coding,
    collective,
    coupling,
    language,
    lattice,
    semantic,
    spectral,
    statmech,
)
ROOMS = ("binning", "coupling", "evidence", "fairness", "lattice", "scorecard", "semantic")
ELSEWHERE = {*ROOMS, "spectral", "rankdata"}


def test_every_paper_has_a_row():
    numbers = [int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)]
    assert numbers == list(range(1, 44))


def test_functions_that_are_named_exist():
    named = set(re.findall(r"`([a-z][a-z_]+)`", PAGE)) - ELSEWHERE
    assert len(named) > 40
    assert not [name for name in named if not any(hasattr(face, name) for face in FACES)]


def test_every_name_of_the_neighbouring_fields_is_on_the_page():
    """All functions of the room of language models come from a paper, and stand beside it."""
    functions = [name for name in language.__all__ if name.islower()]
    assert not [name for name in functions if f"`{name}`" not in PAGE]

"""The lower bounds of pyproject.toml, and the environment in which they are tried."""

import importlib.util
import os
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "requirements.py"


@pytest.fixture(scope="module")
def script():
    """The script that writes the requirements of the environments."""
    spec = importlib.util.spec_from_file_location("requirements_of_environments", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lines():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [name for name in extras if name not in {"notebooks", "docs"}]
    return project["dependencies"] + [line for name in wanted for line in extras[name]]


def test_every_bound_is_tried_in_the_lowest_environment(script):
    """One name has one bound, whichever extra states it, so that the lowest one is tried."""
    tried = script.requirements()
    for line in lines():
        name, _, bound = line.partition(">=")
        name, bound = name.partition("[")[0].lower().replace("_", "-"), bound.partition(",")[0]
        if name not in script.LEFT_OUT:
            assert tried[name][0] == bound, line


def test_the_lowest_environment_pins_and_the_newest_does_not():
    def printed(kind):
        command = [sys.executable, str(SCRIPT), kind]
        return subprocess.run(  # noqa: S603 - our own script
            command, capture_output=True, text=True, check=True
        ).stdout.splitlines()

    lowest, newest = printed("lowest"), printed("newest")
    assert len(lowest) == len(newest) > 20
    assert all("==" in line and ">" not in line for line in lowest)
    assert all("==" not in line for line in newest)
    assert not any(line.startswith("torch") for line in lowest)


def test_versions_are_compared_as_numbers(script):
    assert script.numbers("2.10") > script.numbers("2.9.1") > script.numbers("2.9")
    assert script.numbers("2.0.0") == script.numbers("2")


@pytest.mark.skipif(
    os.environ.get("INFOTHEORY_VERSIONS") != "lowest",
    reason="not the environment of lowest versions",
)
def test_this_environment_has_the_lowest_versions(script):
    for name, (bound, _) in script.requirements().items():
        assert script.numbers(metadata.version(name)) == script.numbers(bound), name

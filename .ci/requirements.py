"""Print the packages that the tests need, torch, Spark, checkers and notebooks aside, one a line.

``lowest`` pins each at the lower bound that pyproject.toml states, ``newest`` keeps the bounds.
torch, Spark and the notebooks are left out: each environment would download them again, and their
bounds are tried by hand. Ibis needs an older sqlglot than the newest: ``.ci/warehouse``.
"""

import re
import sys
import tomllib
from pathlib import Path

LEFT_OUT = {
    *("infotheory-stats", "torch", "pyspark", "mypy", "ruff", "import-linter"),
    *("playwright", "jupyterlab", "marimo", "ipykernel", "ibis-framework"),
}
EXTRAS = ("boost", "mip", "report", "word", "duckdb", "sql", "test")

REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?P<extras>\[[\w,-]+\])?(>=(?P<bound>[\d.]+))?")


def requirements() -> dict[str, tuple[str, str]]:
    """Name to lower bound and requirement; where two extras name a package the higher bound."""
    path = Path(__file__).parents[1] / "pyproject.toml"
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    lines = project["dependencies"] + [
        line for extra in EXTRAS for line in project["optional-dependencies"][extra]
    ]

    highest: dict[str, tuple[str, str]] = {}
    for line in lines:
        parts = REQUIREMENT.match(line)
        if parts is None or parts["bound"] is None:
            if parts is not None and parts["name"] in LEFT_OUT:
                continue
            message = f"a requirement must state its lower bound as name>=version, got {line!r}"
            raise ValueError(message)
        name = parts["name"].lower().replace("_", "-")
        before = highest.get(name, ("0", ""))[0]
        if name not in LEFT_OUT and numbers(parts["bound"]) > numbers(before):
            highest[name] = parts["bound"], line
    return highest


def numbers(version: str) -> tuple[int, ...]:
    """Split a version into numbers, for comparing; 2.0 is 2."""
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def pin(bound: str, line: str) -> str:
    """Turn a requirement into one of exactly the lower bound."""
    return re.sub(r">=.*", f"=={bound}", line)


if __name__ == "__main__":
    for bound, line in requirements().values():
        print(pin(bound, line) if sys.argv[1] == "lowest" else line)

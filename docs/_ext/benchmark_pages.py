"""What `make bench` wrote (benchmarks/results/*.json) as Markdown for the page of benchmarks."""

import ast
import json
from pathlib import Path

from sphinx.application import Sphinx

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def section(result: dict[str, object]) -> str:
    """One benchmark: what it is for, where and when it ran, what it printed."""
    name = result["benchmark"]
    purpose = ast.get_docstring(ast.parse((BENCHMARKS / f"{name}.py").read_text())) or ""
    load = " to ".join(f"{value:.2f}" for value in result["load"])
    where = (
        f"{result['date']}, {result['machine']}, load {load}, {result['seconds']:.0f} s, commit "
        f"{result['commit']}"
    )
    output = str(result["output"]).strip()
    return f"## {name}\n\n{purpose.splitlines()[0]}\n\n*{where}*\n\n```text\n{output}\n```\n"


def write_page(app: Sphinx) -> None:
    """Write the sections in order of name."""
    folder = Path(app.srcdir) / "_generated"
    folder.mkdir(exist_ok=True)
    results = [
        json.loads(path.read_text()) for path in sorted((BENCHMARKS / "results").glob("*.json"))
    ]
    (folder / "benchmarks.md").write_text("\n".join(map(section, results)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Write before the sources are read."""
    app.connect("builder-inited", write_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""The executed notebooks, copied into the source folder at build: a new one needs no edit.

Their page is a gallery: the first figure of each, what it is about, and both of its files.
"""

import base64
import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def first_cell(notebook: dict[str, Any]) -> str:
    """Read the text with which every notebook begins."""
    return "".join(notebook["cells"][0]["source"])


def title(notebook: dict[str, Any]) -> str:
    """Read the first heading."""
    return first_cell(notebook).splitlines()[0].removeprefix("# ")


def lead(notebook: dict[str, Any]) -> str:
    """Read the whole sentences of the first paragraph below the first heading.

    A paragraph may end by announcing a list, which stands on the page of the notebook only.
    """
    paragraphs = first_cell(notebook).split("\n\n")[1:]
    text = " ".join(paragraphs[0].split()) if paragraphs else ""
    end = max(text.rfind(". "), text.rfind("! "), text.rfind("? "))
    return text if text.rstrip("*").endswith((".", "!", "?")) else text[: end + 1]


def first_figure(notebook: dict[str, Any]) -> bytes | None:
    """Find the first figure that the notebook drew."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {}).get("image/png")
            if data:
                return base64.b64decode("".join(data))
    return None


def copy(source: Path, target: Path) -> None:
    """Copy a file unless it lies there as it is: what did not change is not built anew."""
    data = source.read_bytes()
    if not target.exists() or target.read_bytes() != data:
        target.write_bytes(data)


def card(source: Path, folder: Path) -> str:
    """Copy a notebook and write its card."""
    notebook = json.loads(source.read_text())
    name = source.stem
    copy(source, folder / source.name)
    # a folder of its own: beside the notebook it would be a second source of the same page
    files = folder / "files"
    files.mkdir(exist_ok=True)
    for suffix in (".ipynb", ".py"):
        copy(source.with_suffix(suffix), files / f"{name}{suffix}")

    picture = "../_static/mark.svg"
    figure = first_figure(notebook)
    if figure is not None:
        picture = f"files/{name}.png"
        (folder / picture).write_bytes(figure)
    return (
        f":::{{container}} card\n[![{title(notebook)}]({picture})]({source.name})\n\n"
        f"[{title(notebook)}]({source.name})\n\n{lead(notebook)}\n\n"
        f"{{download}}`Notebook <files/{name}.ipynb>` · {{download}}`Script <files/{name}.py>`\n"
        ":::\n"
    )


def write_pages(app: Sphinx) -> None:
    """Copy the notebooks, and write the page that shows them."""
    folder = Path(app.srcdir) / "notebooks"
    folder.mkdir(exist_ok=True)
    sources = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    for old in {path.name for path in folder.glob("*.ipynb")} - {path.name for path in sources}:
        (folder / old).unlink()

    cards = "\n".join(card(source, folder) for source in sources)
    listed = "\n".join(source.stem for source in sources)
    head = (
        "# Notebooks\n\nWhole pieces of work. Each is a script that CI runs; what it printed and "
        "drew is kept with it.\n"
    )
    tree = f"```{{toctree}}\n:hidden:\n\n{listed}\n```\n"
    (folder / "index.md").write_text(
        f"{head}\n::::{{container}} cards notebooks\n{cards}\n::::\n\n{tree}"
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Write before the sources are read."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""The executed notebooks, copied into the source folder at build: a new one needs no edit."""

from pathlib import Path

import nbformat
from sphinx.application import Sphinx

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def title(notebook: nbformat.NotebookNode) -> str:
    """Read the first heading, with which every notebook begins."""
    return notebook.cells[0].source.splitlines()[0].removeprefix("# ")


def lead(notebook: nbformat.NotebookNode) -> str:
    """Read the first paragraph below the first heading."""
    paragraphs = notebook.cells[0].source.split("\n\n")[1:]
    return " ".join(paragraphs[0].split()) if paragraphs else ""


def write_pages(app: Sphinx) -> None:
    """Copy the notebooks, and write the page that lists them."""
    folder = Path(app.srcdir) / "notebooks"
    folder.mkdir(exist_ok=True)
    sources = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    for old in {path.name for path in folder.glob("*.ipynb")} - {path.name for path in sources}:
        (folder / old).unlink()
    cards = []
    for source in sources:
        text = source.read_text()
        target = folder / source.name
        if not target.exists() or target.read_text() != text:
            target.write_text(text)
        notebook = nbformat.reads(text, as_version=4)
        cards.append(f"[{title(notebook)}]({source.name})\n: {lead(notebook)}\n")
    listed = "\n".join(source.stem for source in sources)
    head = (
        "# Notebooks\n\nEach is a script in `notebooks/` that CI runs; what it printed and drew is "
        "kept with it.\n"
    )
    tree = f"```{{toctree}}\n:hidden:\n\n{listed}\n```\n"
    (folder / "index.md").write_text("\n".join([head, *cards, tree]))


def setup(app: Sphinx) -> dict[str, bool]:
    """Write before the sources are read."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

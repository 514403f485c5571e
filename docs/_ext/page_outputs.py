"""What the code of a page prints and draws, below the statement that does so.

The blocks of a page run from its top down, in an empty folder, as a reader would paste them. The
tests run every page; what they saw lies in ``docs/_generated/outputs`` under a key made of the page
and of the package's code, so that a build after the tests shows it without running it again.
"""

import ast
import base64
import contextlib
import doctest
import hashlib
import io
import json
import os
import re
import shlex
import tempfile
import warnings
from collections.abc import Iterator
from html import escape
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sphinx.application import Sphinx

from infotheory.cli import main

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OUTPUTS = DOCS / "_generated" / "outputs"
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LONGEST = 2000  # characters of a text: more is told by its beginning

Piece = dict[str, str]  # "code", and what it gave: "text", "html"


def shows_outputs(name: str) -> bool:
    """Tell the pages that show what their code gives: home, start and how-to."""
    return name in ("index", "start") or name.startswith("howto/")


def picture(drawn: Axes | Figure) -> str:
    """Return a figure as an element of a page."""
    figure = drawn.figure if isinstance(drawn, Axes) else drawn
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=110)
    data = base64.b64encode(written.getvalue()).decode()
    return f'<img alt="the figure that the code above draws" src="data:image/png;base64,{data}">'


def shown(value: object) -> Piece:
    """Return what a notebook would show of the value of an expression."""
    if value is None or isinstance(value, Path):  # where something was written says nothing new
        return {}
    if isinstance(value, Axes | Figure):
        return {"html": picture(value)}
    if isinstance(value, pd.DataFrame):
        return {"html": value.to_html(max_rows=10, border=0, float_format=lambda x: f"{x:.4g}")}
    if hasattr(value, "_repr_html_"):
        return {"html": value._repr_html_()}
    with np.printoptions(precision=4, threshold=40, edgeitems=4, suppress=True):
        text = repr(value)
    return {"text": text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."}


def statements(code: str) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Cut a block after each expression, whose value is shown there."""
    lines, start, group = code.splitlines(), 0, []
    for statement in ast.parse(code).body:
        group.append(statement)
        if isinstance(statement, ast.Expr):
            before, start = start, statement.end_lineno or start
            yield "\n".join(lines[before:start]), group
            group = []
    if "".join(lines[start:]).strip():
        yield "\n".join(lines[start:]), group


def run_python(code: str, namespace: dict[str, object], page: str, line: int) -> list[Piece]:
    """Run a block of statements; each piece ends with what it gave."""
    pieces: list[Piece] = []
    waiting = ""
    for text, group in statements(code):
        ended = bool(group) and isinstance(group[-1], ast.Expr)
        body = ast.Module(group[:-1] if ended else group, [])
        for statement in group:
            ast.increment_lineno(statement, line)

        said, value = io.StringIO(), None
        with contextlib.redirect_stdout(said):
            exec(compile(body, page, "exec"), namespace)  # noqa: S102
            if ended:
                value = eval(compile(ast.Expression(group[-1].value), page, "eval"), namespace)  # noqa: S307

        given = shown(value)
        printed = said.getvalue().rstrip() + "\n" * bool(said.getvalue() and "text" in given)
        given = given | ({"text": printed + given.get("text", "")} if printed else {})
        waiting = f"{waiting}\n{text}" if waiting else text
        if given:
            pieces.append({"code": waiting.strip("\n"), **given})
            waiting = ""
    return [*pieces, {"code": waiting.strip("\n")}] if waiting else pieces


def run_commands(code: str) -> list[Piece]:
    """Run the lines of a shell block, which are commands of this package."""
    pieces = []
    for line in code.splitlines():
        words, said = shlex.split(line), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
            failed = words[0] != "infotheory" or main(words[1:]) != 0
        if failed:
            message = f"must be a command of infotheory that ends well, got {line}"
            raise ValueError(message)
        text = said.getvalue().rstrip()
        pieces.append({"code": line, **({"text": text[:LONGEST]} if text else {})})
    return pieces


def run_session(code: str, namespace: dict[str, object], page: str, line: int) -> list[Piece]:
    """Run a session that stands with its answers, which must be those."""
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    session = doctest.DocTestParser().get_doctest(code, {}, page, page, line)
    session.globs = namespace
    result = doctest.DocTestRunner(optionflags=flags).run(session, clear_globs=False)
    if result.failed:
        message = f"a session must give the answers that stand with it: {page}, line {line}"
        raise ValueError(message)
    return [{"code": code}]


def run_page(page: Path) -> list[list[Piece]]:
    """Run the blocks of a page in an empty folder, and return what each gave."""
    text, name = page.read_text(), str(page)
    namespace: dict[str, object] = {"__name__": page.stem}
    blocks = []
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for block in BLOCK.finditer(text):
            line = text[: block.start()].count("\n") + 1
            if block[1] == "sh":
                blocks.append(run_commands(block[2]))
            elif ">>>" in block[2]:
                blocks.append(run_session(block[2], namespace, name, line))
            else:
                blocks.append(run_python(block[2], namespace, name, line))
    return blocks


def key_of(text: str) -> str:
    """Return a key of a page: another page or another line of the package has another."""
    digest = hashlib.sha256(text.encode())
    for path in sorted([*(ROOT / "infotheory").rglob("*.py"), Path(__file__)]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def kept_at(page: Path) -> Path:
    """Return where the outputs of a page lie."""
    return OUTPUTS / f"{'-'.join(page.relative_to(DOCS).with_suffix('').parts)}.json"


def keep(page: Path, blocks: list[list[Piece]]) -> None:
    """Write what a page gave for the next build."""
    OUTPUTS.mkdir(parents=True, exist_ok=True)
    written = OUTPUTS / f"{os.getpid()}.part"  # workers of the tests and a build may meet here
    written.write_text(json.dumps({"key": key_of(page.read_text()), "blocks": blocks}))
    written.replace(kept_at(page))


def outputs_of(page: Path) -> list[list[Piece]]:
    """Return what a page gives: as it is kept, or by running it."""
    with contextlib.suppress(FileNotFoundError):
        document = json.loads(kept_at(page).read_text())
        if document["key"] == key_of(page.read_text()):
            return document["blocks"]
    with warnings.catch_warnings(), mpl.rc_context({"backend": "agg"}):
        warnings.simplefilter("error")
        blocks = run_page(page)
    keep(page, blocks)
    return blocks


def written(language: str, pieces: list[Piece]) -> str:
    """Write a block as code and outputs by turns."""
    parts = []
    for piece in pieces:
        parts.append(f"```{language}\n{piece['code'].rstrip()}\n```")
        given = f"<pre>{escape(piece['text'])}</pre>" if "text" in piece else ""
        # an empty line would end the element in Markdown
        given += re.sub(r"\n\s*\n", "\n", piece.get("html", ""))
        if given:
            parts.append(f'````{{raw}} html\n<div class="page-output">{given}</div>\n````')
    return "\n\n".join(parts)


def add_outputs(app: Sphinx, name: str, source: list[str]) -> None:
    """Put the outputs of a page into its source as it is read."""
    page = Path(app.srcdir) / f"{name}.md"
    if not shows_outputs(name) or not BLOCK.search(source[0]):
        return
    blocks = iter(outputs_of(page))
    source[0] = BLOCK.sub(lambda block: written(block[1], next(blocks)), source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Run pages as they are read."""
    app.connect("source-read", add_outputs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""A gallery of the figures: what the examples in the docstrings of `infotheory.plots` draw."""

import doctest
import hashlib
import inspect
from collections.abc import Callable
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sphinx.application import Sphinx

from infotheory import plots

GENERATED = "_generated/plots"


def functions() -> dict[str, Callable[..., object]]:
    """List the functions that draw, by name."""
    named = {name: getattr(plots, name) for name in plots.__all__}
    return {name: value for name, value in named.items() if callable(value)}


def drawn(function: Callable[..., Axes | Figure]) -> Figure:
    """Run the example in a docstring and return the figure that it draws."""
    figures: list[Axes | Figure] = []

    def watched(*values: object, **options: object) -> Axes | Figure:
        figures.append(function(*values, **options))
        return figures[-1]

    name = function.__name__
    docstring = inspect.getdoc(function) or ""
    test = doctest.DocTestParser().get_doctest(
        docstring, {**inspect.unwrap(function).__globals__, name: watched}, name, None, None
    )
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.DocTestRunner(optionflags=flags).run(test)
    if result.failed or not figures:
        message = f"the example of {name} must run and draw a figure"
        raise ValueError(message)
    return figures[-1].figure if isinstance(figures[-1], Axes) else figures[-1]


def draw_once(folder: Path, function: Callable[..., Axes | Figure]) -> None:
    """Draw an example, unless it lies there as the code of its module draws it."""
    source = Path(inspect.getsourcefile(function) or "").read_bytes()
    key = hashlib.sha256(source).hexdigest()
    path, stamp = folder / f"{function.__name__}.png", folder / f"{function.__name__}.key"
    if path.exists() and stamp.exists() and stamp.read_text() == key:
        return
    figure = drawn(function)
    if not isinstance(figure, Figure):  # a figure within a figure
        figure = figure.figure
    figure.savefig(path, dpi=130)
    stamp.write_text(key)


def card(name: str, function: Callable[..., object]) -> str:
    """Write the card of a function: its picture and what it draws, which lead to its page."""
    page = f"reference/infotheory.plots.{name}"
    says = (inspect.getdoc(function) or "").splitlines()[0]
    return (
        f":::{{container}} card\n[![{says}]({GENERATED}/{name}.png)]({page}.rst)\n\n"
        f"[`{name}`]({page}.rst)\n\n{says}\n:::\n"
    )


def write_gallery(app: Sphinx) -> None:
    """Draw the pictures and write the page into the source folder, where git ignores both."""
    folder = Path(app.srcdir) / GENERATED
    folder.mkdir(parents=True, exist_ok=True)
    for function in functions().values():
        draw_once(folder, function)
    cards = "\n".join(card(name, function) for name, function in functions().items())
    (Path(app.srcdir) / "_generated" / "gallery.md").write_text(
        f"::::{{container}} cards\n{cards}\n::::\n"
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Draw before the sources are read."""
    app.connect("builder-inited", write_gallery)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

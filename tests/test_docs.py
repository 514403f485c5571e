"""The documentation: its code runs, page by page, and its reference has every public name."""

import importlib
import importlib.util
import inspect
import json
import re
import types
from pathlib import Path

import pytest

import infotheory

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GENERATED = {"_build", "_generated", "notebooks", "reference"}
WRITTEN = (page for page in DOCS.rglob("*.md") if page.relative_to(DOCS).parts[0] not in GENERATED)
PAGES = [ROOT / "README.md", *sorted(WRITTEN)]


def extension(name: str) -> types.ModuleType:
    """Load an extension of the documentation's build."""
    spec = importlib.util.spec_from_file_location(name, DOCS / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


page_outputs = extension("page_outputs")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_of_page_runs(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    blocks = page_outputs.run_page(page)
    name = str(page.relative_to(DOCS).with_suffix("")) if page.is_relative_to(DOCS) else ""
    if page_outputs.shows_outputs(name):  # the build that follows shows them
        page_outputs.keep(page, blocks)


#: Pages whose code needs more than the extra ``report``, as a walk in a fresh environment found.
NEEDS = {
    "command_line": {"sql"},
    "export": {"sql"},
    "fair_bins": {"mip"},
    "large_tables": {"duckdb"},
    "monitor": {"duckdb"},
    "pipeline": {"boost"},
    "score_losses": {"sql"},
    "watch_training": {"torch"},
}


def test_pages_say_on_top_what_they_need() -> None:
    for page in sorted((DOCS / "howto").glob("*.md")):
        line = re.search(
            r"^To run this page: `pip install 'infotheory-stats\[(.+)\]'", page.read_text(), re.M
        )
        told = set(line[1].split(",")) - {"report"} if line else set()
        assert told == NEEDS.get(page.stem, set()), page.stem


def test_outputs_stand_below_what_gives_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nimport pandas as pd\n\n1 + 1  # two\nprint('said')\nx = 3\n```\n"
        "text\n```python\npd.DataFrame({'n': [x]})\nx\n```\n"
    )
    first, second = page_outputs.run_page(page)
    assert [piece.get("text") for piece in first] == ["2", "said", None]
    assert first[0]["code"] == "import pandas as pd\n\n1 + 1  # two"
    assert (first[1]["code"], first[2]["code"]) == ("print('said')", "x = 3")
    assert "<td>3</td>" in second[0]["html"]
    assert second[1] == {"code": "x", "text": "3"}

    text = page_outputs.written("python", second)
    assert text.index("DataFrame") < text.index("<td>3</td>") < text.index("<pre>3</pre>")


def test_a_page_whose_code_fails_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\n1 / 0\n```\n")
    with pytest.raises(ZeroDivisionError):
        page_outputs.run_page(page)
    page.write_text("```python\n>>> 1 + 1\n3\n```\n")
    with pytest.raises(ValueError, match="line 1"):
        page_outputs.run_page(page)


def test_outputs_are_kept_for_one_text_of_a_page_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = DOCS / "howto" / "bin_a_table.md"
    monkeypatch.setattr(page_outputs, "OUTPUTS", tmp_path)
    page_outputs.keep(page, [[{"code": "as kept"}]])
    assert page_outputs.outputs_of(page) == [[{"code": "as kept"}]]

    monkeypatch.setattr(page_outputs, "key_of", lambda _: "of another text")
    monkeypatch.setattr(page_outputs, "run_page", lambda _: [[{"code": "anew"}]])
    assert page_outputs.outputs_of(page) == [[{"code": "anew"}]]


def test_blurbs_of_notebooks_are_whole_sentences() -> None:
    notebook = extension("notebook_pages")
    for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        lead = notebook.lead(json.loads(path.read_text()))
        assert lead.rstrip("*").endswith((".", "?", "!")), path.name
        assert len(lead) > 60


def test_every_figure_has_an_example_that_draws_it() -> None:
    gallery = extension("plot_gallery")
    functions = gallery.functions()
    assert len(functions) > 20
    for function in functions.values():
        assert gallery.drawn(function).axes


def test_short_names_lead_to_public_objects() -> None:
    api = extension("api_pages")
    paths = {f"{m.__name__}.{name}" for m in api.public_modules() for name in api.public_names(m)}
    assert set(api.SEARCHED.values()) <= paths
    page = api.object_page(infotheory.evidence, "population_stability_index", {})
    assert page.startswith(".. index:: ! PSI\n")
    assert api.index_page(api.public_modules()).count("autosummary") == len(api.TASKS)


def test_every_public_subpackage_is_in_the_reference() -> None:
    pages = {module.__name__ for module in extension("api_pages").public_modules()}
    assert {"infotheory"} | {f"infotheory.{name}" for name in infotheory._SUBPACKAGES} <= pages


def test_the_architecture_has_every_room_in_the_order_of_imports() -> None:
    """A module imports only from rooms above it in the table, as the layers of the checker say."""
    rooms = (DOCS / "architecture.md").read_text().partition("The graph below")[0]
    table = re.findall(r"^\| (`.+?) \|", rooms, re.M)
    row = {room: i for i, cell in enumerate(table) for room in re.findall(r"`(\w+)`", cell)}
    rules = (ROOT / ".importlinter").read_text().partition("layers =")[2].partition("[")[0]
    layers = re.findall(r"infotheory\.(\w+)", rules)[::-1]
    assert len(layers) > 40
    places = [row.get(room) for room in layers]
    assert None not in places, [room for room in layers if room not in row]
    assert places == sorted(places)

    folders = Path(infotheory.__file__).parent.glob("[!_]*/__init__.py")
    assert {path.parent.name for path in folders} <= set(row)


def test_every_public_name_has_an_entry() -> None:
    api = extension("api_pages")
    for module in api.public_modules():
        for name in set(module.__all__) - {"__version__"}:
            if isinstance(getattr(module, name), types.ModuleType):
                continue
            text = api.object_page(module, name, {})
            found = re.search(
                rf"^\.\. auto(class|function|data):: {re.escape(module.__name__)}\.{name}$",
                text,
                re.MULTILINE,
            )
            assert found, f"{module.__name__}.{name}"
            assert f"\n   {name}\n" in api.page(module)


def test_names_of_measures_are_those_of_the_package() -> None:
    assert set(infotheory.measures.__all__) <= set(infotheory.__all__)


def public_values() -> dict[str, object]:
    """Public functions and classes by name."""
    return {
        name: getattr(m, name)
        for m in extension("api_pages").public_modules()
        for name in m.__all__
    }


def our_calls() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """What the migration tables say of our side: page, name, method or "", arguments."""
    found = []
    for page in sorted((DOCS / "migration").glob("*.md")):
        rows = [
            line.split(" | ") for line in page.read_text().splitlines() if line.startswith("| `")
        ]
        for cell in (part for row in rows for part in row[1:]):
            for name, method, arguments in re.findall(r"`(\w+)(?:\.(\w+))?\(([\w=, ]*)\)`", cell):
                found.append((page.stem, name, method, tuple(re.findall(r"(\w+)=", arguments))))
    return found


def test_migration_tables_name_arguments_that_exist() -> None:
    public = public_values()
    calls = our_calls()
    assert len(calls) > 100
    for page, name, method, arguments in calls:
        if name in {"fit", "set_output", "summary"}:  # a method of any binner
            continue
        target = getattr(public[name], method) if method else public[name]
        parameters = inspect.signature(target).parameters
        assert set(arguments) <= set(parameters), f"{page}: {name}.{method}({arguments})"


def test_no_reference_stands_twice() -> None:
    """The bibliography is not read at all where a key repeats."""
    keys = re.findall(r"^@\w+\{([^,]+),", (DOCS / "references.bib").read_text(), re.MULTILINE)
    assert len(keys) > 100
    assert sorted(set(keys)) == sorted(keys)


def test_every_source_is_in_the_bibliography() -> None:
    """A doi or arXiv number in a docstring or a page has an entry in docs/references.bib."""
    listed = (DOCS / "references.bib").read_text().lower()
    files = [*(ROOT / "infotheory").rglob("*.py"), *PAGES]
    source = re.compile(
        r"(?:doi:\s*|doi\.org/)(10\.\d{4,}/[^\s`|]+)|arXiv[: ]\s*((?:[a-z-]+/\d{7})|\d{4}\.\d{4,5})"
    )
    for file in files:
        for match in source.finditer(file.read_text()):
            number = (match[1] or match[2]).rstrip(".,:;)").lower()
            assert f"{{{number}}}" in listed, (
                f"{file.relative_to(ROOT)} cites {number}: add it to docs/references.bib"
            )


def test_code_and_text_name_what_exists() -> None:
    """Links from page to page are checked by the build; names of our modules in the text are
    checked here.
    """
    for page in PAGES:
        for name in re.findall(r"`infotheory((?:\.[a-z_]+)+(?:\.[A-Z]\w+)?)", page.read_text()):
            value = infotheory
            for part in name[1:].split("."):
                value = getattr(value, part, None) or importlib.import_module(
                    f"{value.__name__}.{part}"
                )

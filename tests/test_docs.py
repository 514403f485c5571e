"""The documentation: its code runs, page by page, and its reference has every public name."""

import doctest
import importlib
import importlib.util
import inspect
import re
import shlex
import types
from pathlib import Path

import pytest

import infotheory
from infotheory.cli import main

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GENERATED = {"_build", "_generated", "notebooks", "reference"}
WRITTEN = (page for page in DOCS.rglob("*.md") if page.relative_to(DOCS).parts[0] not in GENERATED)
PAGES = [ROOT / "README.md", *sorted(WRITTEN)]
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def extension(name: str) -> types.ModuleType:
    """Load an extension of the documentation's build."""
    spec = importlib.util.spec_from_file_location(name, DOCS / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(language: str, code: str, namespace: dict[str, object], page: Path, line: int) -> None:
    """Run one block: commands, a session with its answers, or plain statements."""
    if language == "sh":
        for words in map(shlex.split, code.splitlines()):
            assert (words[0], main(words[1:])) == ("infotheory", 0)
    elif ">>>" in code:
        flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
        session = doctest.DocTestParser().get_doctest(code, {}, page.name, str(page), line)
        session.globs = namespace
        result = doctest.DocTestRunner(optionflags=flags).run(session, clear_globs=False)
        assert result.failed == 0
    else:
        exec(compile("\n" * line + code, str(page), "exec"), namespace)  # noqa: S102


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_of_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    text = page.read_text()
    namespace: dict[str, object] = {"__name__": page.stem}
    for block in BLOCK.finditer(text):
        run(block[1], block[2], namespace, page, text[: block.start()].count("\n") + 1)


def test_every_public_subpackage_is_in_the_reference() -> None:
    pages = {module.__name__ for module in extension("api_pages").public_modules()}
    assert {"infotheory"} | {f"infotheory.{name}" for name in infotheory._SUBPACKAGES} <= pages


def test_every_public_name_has_an_entry() -> None:
    api = extension("api_pages")
    for module in api.public_modules():
        text = api.page(module)
        for name in set(module.__all__) - {"__version__"}:
            found = re.search(
                rf"^\.\. auto(class|function|data):: {re.escape(module.__name__)}\.{name}$",
                text,
                re.MULTILINE,
            )
            assert found or isinstance(getattr(module, name), types.ModuleType), (
                f"{module.__name__}.{name}"
            )


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

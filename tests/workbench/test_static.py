"""The files of the page: what they must not do, how large they are, and that they join."""

import re
import shutil
import subprocess

import pytest

from infotheory.workbench import start
from infotheory.workbench.bundle import MODULES, joined_modules, static_text

FOLDER = start.Path(start.__file__).parent / "static"
SCRIPTS = [f"{name}.js" for name in ("page", *MODULES)]

#: Ways by which text of the data could become markup or code, and addresses of other machines.
FORBIDDEN = [
    *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"),
    *("DOMParser", "createContextualFragment", "setHTML", ".style", "javascript:"),
    *("setTimeout('", 'setTimeout("', "srcdoc", "import(", "localStorage", "document.cookie"),
]


@pytest.mark.parametrize("name", [*SCRIPTS, "index.html", "workbench.css"])
def test_no_file_does_what_it_must_not(name):
    text = static_text(name)
    assert [word for word in FORBIDDEN if word in text] == []
    addresses = set(re.findall(r"https?://[^\s\"'`)]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert "style=" not in text
    assert name == "workbench.css" or not re.search(r"\bstyle\s*:", text)
    assert not re.search(r"<script(?![^>]*src=)", text)


def test_every_file_is_served_and_they_are_small():
    assert sorted(p.name for p in FOLDER.iterdir()) == sorted(
        [*SCRIPTS, "index.html", "workbench.css"]
    )
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 60_000


def test_names_of_the_modules_are_unique():
    names = []
    for name in MODULES:
        text = static_text(f"{name}.js")
        names += re.findall(
            r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", text, re.M
        )
    assert len(names) == len(set(names)), sorted({n for n in names if names.count(n) > 1})


def test_a_module_uses_only_those_before_it():
    for i, name in enumerate(MODULES):
        used = re.findall(r'^import .* from "\./(\w+)\.js";$', static_text(f"{name}.js"), re.M)
        assert set(used) <= set(MODULES[:i]), name


def test_the_joined_text_is_one_module(tmp_path):
    text = joined_modules()
    assert not re.search(r"^import ", text, re.M)
    assert re.findall(r"^export .*", text, re.M) == ["export default { render };"]
    assert "document.querySelector" not in text  # in a shadow tree it finds nothing
    if shutil.which("node") is None:
        return
    path = tmp_path / "workbench.mjs"
    path.write_text(text, encoding="utf-8")
    subprocess.run(["node", "--check", str(path)], check=True)  # noqa: S603, S607

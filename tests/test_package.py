"""What is said of the package outside pyproject.toml agrees with it, and a clash is explained."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import infotheory

ROOT = Path(__file__).parents[1]
TOML = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = TOML["project"]


def run_dependencies(recipe):
    """Items of the list of the recipe."""
    lines = recipe.split("  run:\n", 1)[1].split("\n\n", 1)[0].splitlines()
    return [line.removeprefix("    - ").replace(" ", "") for line in lines]


def test_the_conda_recipe_is_that_of_pyproject():
    recipe = (ROOT / "conda" / "meta.yaml").read_text(encoding="utf-8")
    assert f"name: {PROJECT['name']}\n" in recipe
    assert f'version: "{infotheory.__version__}"' in recipe
    assert f"summary: {PROJECT['description']}\n" in recipe
    wanted = [f"python{PROJECT['requires-python']}", *PROJECT["dependencies"]]
    assert run_dependencies(recipe) == wanted
    for script, target in PROJECT["scripts"].items():
        assert f"- {script} = {target}\n" in recipe


def test_the_citation_is_of_this_version():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {infotheory.__version__}\n" in text
    assert f"license: {PROJECT['license']}\n" in text
    assert re.findall(r"^  - (?!name)(.+)$", text, re.M) == PROJECT["keywords"]


def address_script():
    path = ROOT / ".ci" / "address.py"
    if not path.exists():
        pytest.skip("a source distribution has no scripts of CI")
    spec = importlib.util.spec_from_file_location("address", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_address_of_the_project_is_the_same_everywhere():
    """The line of pyproject is empty while the project has none; then nothing tells one."""
    script = address_script()
    address = script.told((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert address == TOML["tool"]["infotheory"]["address"]
    for name, written in script.FILES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        assert written(text, address) == text, f"{name}: run python .ci/address.py"


def test_one_line_fills_every_address(tmp_path):
    script = address_script()
    (tmp_path / "conda").mkdir()
    before = {name: (ROOT / name).read_text(encoding="utf-8") for name in script.FILES}
    for name, text in before.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    file, old = tmp_path / "pyproject.toml", TOML["tool"]["infotheory"]["address"]
    address = "https://example.org/an-owner/infotheory"

    def tell(instead, of):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(f'address = "{of}"', f'address = "{instead}"'), "utf-8")
        script.main(tmp_path)
        return {name: (tmp_path / name).read_text(encoding="utf-8") for name in script.FILES}

    filled = tell(address, old)
    urls = tomllib.loads(filled["pyproject.toml"])["project"]["urls"]
    assert urls["Source"] == address
    assert urls["Changelog"] == f"{address}/blob/main/CHANGELOG.md"
    assert f'repository-code: "{address}"\n' in filled["CITATION.cff"]
    assert f"  home: {address}\n" in filled["conda/meta.yaml"]
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)]+)\)", filled["README.md"])
    assert all(link.startswith(("https://", "#")) for _, link in links)
    pictures = [link for sign, link in links if sign]
    assert f"{address}/raw/main/docs/images/report.png" in pictures
    assert all((ROOT / link.removeprefix(f"{address}/raw/main/")).exists() for link in pictures)

    other = "https://example.com/another/name"
    assert all(address not in text for text in tell(other, address).values())
    assert tell(old, other) == before
    with pytest.raises(ValueError, match="as https://host/owner/name, got 'example'"):
        script.told('[tool.infotheory]\naddress = "example"\n')


def test_the_source_distribution_builds_its_documentation():
    included = TOML["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    # the gallery of the notebooks shows what they drew
    assert {"docs", "notebooks/*.py", "notebooks/*.ipynb", "CITATION.cff"} <= set(included)
    # `make docs` and `make check`
    assert {"Makefile", "constraints.txt", ".importlinter", "CONTRIBUTING.md"} <= set(included)
    assert all(list(ROOT.glob(pattern)) for pattern in included)

    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("**/*.md")]
    taken = {
        name for text in pages for name in re.findall(r"^```{include} \.\./(\S+)$", text, re.M)
    }
    assert taken == {"CHANGELOG.md"}
    assert taken <= set(included)


def test_extras_of_the_readme_are_those_that_there_are():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^pip install .*# extras: (.+)$", readme, re.M)
    for_development = {"test", "notebooks", "docs"}
    assert set(line.split(", ")) == set(PROJECT["optional-dependencies"]) - for_development


def imported(folder, program="import infotheory; print('fine')"):
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={"PYTHONPATH": str(folder)},
    )


@pytest.mark.parametrize("kind", ["dist-info", "egg-info"])
def test_another_package_of_this_name_in_the_same_place_is_explained(tmp_path, kind):
    (tmp_path / "infotheory").symlink_to(Path(infotheory.__file__).parent)
    (tmp_path / "infotheory_stats-0.1.0.dist-info").mkdir()
    assert imported(tmp_path).stdout == "fine\n"
    (tmp_path / f"infotheory-1.0.1.{kind}").mkdir()
    error = imported(tmp_path).stderr
    assert "another package that is imported as 'infotheory'" in error
    assert "pip uninstall infotheory infotheory-stats" in error


@pytest.mark.parametrize("room", ["cli", "binning", "measures", "scorecard"])
def test_the_clash_is_explained_where_the_other_package_came_last(tmp_path, room):
    ours, mixed = Path(infotheory.__file__).parent, tmp_path / "infotheory"
    mixed.mkdir()
    for path in ours.iterdir():
        if path.name not in {"__init__.py", "__pycache__"}:
            (mixed / path.name).symlink_to(path)
    (mixed / "__init__.py").write_text("from infotheory import _version\n")
    program = f"import infotheory; print('fine'); import infotheory.{room}; print('mixed')"
    assert imported(tmp_path, program).stdout == "fine\nmixed\n"

    (tmp_path / "infotheory-1.0.1.dist-info").mkdir()
    told = imported(tmp_path, program)
    assert told.stdout == "fine\n"
    assert "pip uninstall infotheory infotheory-stats" in told.stderr


def test_make_shows_what_it_installs():
    """Two minutes of silence look like a hang; each step of the demo is named before it starts."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--quiet" not in makefile
    (recipe,) = re.findall(r"^\$\(VENV\)/\.demo:.*\n((?:\t.*\n)+)", makefile, re.M)
    assert recipe.startswith("\t$(call told,installing")
    (recipe,) = re.findall(r"^\$\(BIN\)/python:.*\n((?:\t.*\n)+)", makefile, re.M)
    assert recipe.startswith("\t$(call told,making an environment")

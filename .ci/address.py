"""Write the project's address wherever it is told; without one nothing tells any.

It stands in one line of ``pyproject.toml``: ``address`` under ``[tool.infotheory]``, that of the
repository, as ``https://host/owner/name``, and empty while the project has none. This fills the
URLs of the package, ``CITATION.cff``, the links of README (an index shows it without the files
beside it) and the conda recipe, and takes them away again where the line is empty:

    python .ci/address.py [FOLDER]
"""

import re
import sys
import tomllib
from pathlib import Path

#: Where a repository shows files, and where it hands them out as they are.
SHOWN, RAW = "{}/blob/main/{}", "{}/raw/main/{}"
_ADDRESS = re.compile(r"https://[\w.-]+/[\w.-]+/[\w.-]+")


def told(pyproject: str) -> str:
    """Return the address of the project; "" while it has none."""
    address = str(tomllib.loads(pyproject)["tool"]["infotheory"]["address"]).rstrip("/")
    if address and not _ADDRESS.fullmatch(address):
        message = f"address must be as https://host/owner/name, got {address!r}"
        raise ValueError(message)
    return address


def with_urls(pyproject: str, address: str) -> str:
    """Return pyproject with the table of URLs, which an index shows beside the package."""
    without = re.sub(r"\[project\.urls\]\n(?:.+\n)*\n", "", pyproject)
    if not address:
        return without
    urls = {
        "Homepage": address,
        "Source": address,
        "Changelog": SHOWN.format(address, "CHANGELOG.md"),
        "Issues": f"{address}/issues",
    }
    lines = "".join(f'{name} = "{url}"\n' for name, url in urls.items())
    return without.replace("[project.scripts]\n", f"[project.urls]\n{lines}\n[project.scripts]\n")


def with_citation(citation: str, address: str) -> str:
    """Return the citation with the repository."""
    without = re.sub(r"^(repository-code|url): .*\n", "", citation, flags=re.M)
    line = f'repository-code: "{address}"\n' if address else ""
    return without.replace("authors:\n", f"{line}authors:\n", 1)


def with_links(readme: str, address: str) -> str:
    """Return README with whole addresses of its pictures and pages, or with paths."""
    paths = re.sub(r"\]\(https://[^)\s]+?/(?:blob|raw)/main/([^)]+)\)", r"](\1)", readme)
    if not address:
        return paths
    pictures = re.sub(
        r"(!\[[^\]]*\])\((?!https?:|#)([^)]+)\)",
        lambda found: f"{found[1]}({RAW.format(address, found[2])})",
        paths,
    )
    return re.sub(
        r"\]\((?!https?:|#)([^)]+)\)",
        lambda found: f"]({SHOWN.format(address, found[1])})",
        pictures,
    )


def with_home(recipe: str, address: str) -> str:
    """Return the conda recipe with the home of the package."""
    without = re.sub(r"^  (home|dev_url): .*\n", "", recipe, flags=re.M)
    lines = f"  home: {address}\n  dev_url: {address}\n" if address else ""
    return without.replace("about:\n", f"about:\n{lines}", 1)


#: What tells the address, and how it is written there.
FILES = {
    "pyproject.toml": with_urls,
    "CITATION.cff": with_citation,
    "README.md": with_links,
    "conda/meta.yaml": with_home,
}


def main(folder: Path) -> None:
    """Write the address into the files of a checkout."""
    address = told((folder / "pyproject.toml").read_text(encoding="utf-8"))
    for name, written in FILES.items():
        path = folder / name
        path.write_text(written(path.read_text(encoding="utf-8"), address), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1])

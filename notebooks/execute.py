"""Run every notebook (`NN_topic.py`, percent format) in a fresh kernel, two at a time.

The `.ipynb` lies beside it.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
SECONDS = 600
AT_ONCE = 2


def cells(text: str) -> list[nbformat.NotebookNode]:
    """Cut a script at its `# %%` lines; comment marks of Markdown and of magics are taken off."""
    found = []
    for number, part in enumerate(("\n" + text).split("\n# %%")[1:]):
        head, _, body = part.partition("\n")
        if "[markdown]" in head:
            lines = [line.removeprefix("#").removeprefix(" ") for line in body.strip().splitlines()]
            cell = nbformat.v4.new_markdown_cell("\n".join(lines))
        else:
            lines = [
                line.removeprefix("# ") if line.startswith("# %") else line
                for line in body.strip().splitlines()
            ]
            cell = nbformat.v4.new_code_cell("\n".join(lines))
        cell["id"] = f"cell-{number}"  # the same in every run, so that only results show as changes
        found.append(cell)
    return found


def execute(script: Path) -> str:
    """Run one script as a notebook and write it, and say how long it took.

    A cell that fails, or warns, raises.
    """
    start = time.perf_counter()
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = nbformat.v4.new_notebook(
        cells=cells(script.read_text()), metadata={"kernelspec": kernel}
    )
    quiet = ["--IPKernelApp.log_level=ERROR"]
    client = NotebookClient(
        notebook, timeout=SECONDS, record_timing=False, coalesce_streams=True, extra_arguments=quiet
    )
    client.execute(cwd=str(HERE))
    told = [
        out.text
        for cell in notebook.cells
        for out in cell.get("outputs", [])
        if out.get("name") == "stderr"
    ]
    if told:
        message = f"{script.name} must run without warnings, got:\n{''.join(told)}"
        raise RuntimeError(message)
    notebook.metadata.pop("language_info", None)  # names the exact Python of the machine
    nbformat.write(notebook, script.with_suffix(".ipynb"))
    return f"{script.name}: {time.perf_counter() - start:.0f} s"


def main() -> None:
    """Run the notebooks named on the command line, or all."""
    scripts = [HERE / name for name in sys.argv[1:]] or sorted(HERE.glob("[0-9]*.py"))
    with ProcessPoolExecutor(AT_ONCE) as pool:
        for told in pool.map(execute, scripts):
            print(told, flush=True)


if __name__ == "__main__":
    main()

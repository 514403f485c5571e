"""The workbench in a cell of JupyterLab and of marimo: B21 and B22 of its specification."""

import functools
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import DURATION, value
from tests.ports import free_port

pytestmark = pytest.mark.browser

FITTED = """\
from infotheory.binning import OptimalBinner
from infotheory.datasets import load_german_credit
from infotheory.workbench import workbench

X, y = load_german_credit()
w = workbench(OptimalBinner().fit(X, y), X, y, who="KL")
"""
ASKED = (
    f'print("now", round(w.binner.audit_[-1]["iv_after"], 4), w.binner.splits_["{DURATION}"][0])'
)


@pytest.fixture
def notebook_server():
    """Return a function that starts a notebook server and waits until it answers."""
    started = []

    def start(module, *arguments, folder):
        if find_spec(module) is None:
            words = f"no {module} on this machine: it is in the extra test"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(words)
        port = free_port()
        command = [sys.executable, "-m", module, *arguments, f"--port={port}"]
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)  # noqa: S603
        started.append(process)
        address = f"http://127.0.0.1:{port}"
        _await_answer(address, process, folder / "server.log")
        return address

    yield start
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            # How long its kernels take to end is not what is tested here.
            process.kill()
            process.wait()


@pytest.fixture
def notebook_page(notebook_server, new_page):
    """Return a function that opens a page on a notebook server.

    It asks for the server, so that pages close before it ends: a page that outlives its server asks
    in vain, and its "Failed to fetch" would fail the test.
    """
    return functools.partial(new_page, allowed=[""], viewport={"width": 1400, "height": 900})


def _await_answer(address, process, log):
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=30).close()  # noqa: S310 - the loopback
        except urllib.error.HTTPError:
            return
        except OSError:
            # A server that starts needs the core which asking without a pause would take.
            time.sleep(0.1)
            continue
        return
    pytest.fail(log.read_text(errors="replace"))


def merged_first_bins(page):
    """B4 by clicks: the first split of a characteristic goes."""
    page.locator(f'[data-feature="{DURATION}"]').click()
    expect(page.locator(".wb h1")).to_have_text(DURATION)
    page.locator('[data-key="reason"]').fill("rounded")
    page.locator('[data-handle="0"]').click()
    value(page, "0.2685", "0.0202", "0.3898")


def cell(source):
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def test_b21_jupyterlab(notebook_server, notebook_page, tmp_path):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document = {
        "cells": [cell(f"{FITTED}w"), cell(ASKED)],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    (tmp_path / "tuned.ipynb").write_text(json.dumps(document))
    address = notebook_server(
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ServerApp.token=told",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={tmp_path}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        folder=tmp_path,
    )
    page = notebook_page()
    page.goto(f"{address}/lab/tree/tuned.ipynb?token=told")
    cells = page.locator(".jp-Notebook .jp-Cell")
    expect(cells).to_have_count(2)
    expect(page.get_by_text("(ipykernel) | Idle")).to_be_visible(timeout=120_000)
    cells.first.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".wb-chart")).to_be_visible(timeout=120_000)

    merged_first_bins(page)
    # In a notebook "b" and "a" add cells, "d d" deletes one, "x" cuts it, "y" makes it code.
    page.locator('[data-bin="2"]').click()
    for key in ("b", "a", "d", "d", "x", "y"):
        page.keyboard.press(key)
    expect(cells).to_have_count(2)
    value(page, "0.2685")

    cells.nth(1).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cells.nth(1).locator(".jp-OutputArea")).to_contain_text("now 0.2685 12.0")


def test_b22_marimo(notebook_server, notebook_page, tmp_path):
    lines = FITTED.replace("\n", "\n    ").rstrip()
    (tmp_path / "tuned.py").write_text(
        "import marimo\n\napp = marimo.App()\n\n\n"
        f"@app.cell\ndef _():\n    {lines}\n    return (w,)\n\n\n"
        "@app.cell\ndef _(w):\n    w\n    return\n\n\n"
        'if __name__ == "__main__":\n    app.run()\n'
    )
    address = notebook_server(
        "marimo", "run", "tuned.py", "--headless", "--no-token", folder=tmp_path
    )
    page = notebook_page()
    page.goto(address)
    expect(page.locator(".wb-chart")).to_be_visible(timeout=120_000)
    merged_first_bins(page)
    shadowed = page.locator(".wb").evaluate("node => node.getRootNode() instanceof ShadowRoot")
    assert shadowed
    page.locator('[data-key="undo"]').click()
    value(page, "0.2886")

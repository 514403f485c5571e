"""A browser, and servers of the workbench in processes of their own, for what a user sees.

Nothing sleeps here: expectations wait. Messages on the console, errors of the page and requests to
another host fail every test.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="the browser tests need playwright")
from playwright.sync_api import expect, sync_playwright

# A machine that runs other tests beside draws late: what is right comes, what is wrong never does.
expect.set_options(timeout=60_000)

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"

#: How many times slower the pages' processor is: ``WORKBENCH_SLOWDOWN=6 pytest tests/browser``.
SLOWDOWN = float(os.environ.get("WORKBENCH_SLOWDOWN", "1"))

SERVER = Path(__file__).with_name("served.py")


@pytest.fixture(scope="session")
def browser():
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail("the tests of the workbench need Chromium: .ci/chromium installs it")
        pytest.skip("no Chromium on this machine: .ci/chromium installs it")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def new_page(browser, serve):
    """Return a function that opens a page; what goes wrong in it fails the test at its end.

    It asks for ``serve`` so that pages close before their servers end: they look for cards.
    """
    contexts, wrong = [], []

    def opened(**options):
        allowed, slowdown = options.pop("allowed", ()), options.pop("slowdown", SLOWDOWN)
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        if slowdown > 1:
            protocol = context.new_cdp_session(page)
            protocol.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})

        def heard(message):
            if not any(words in message.text for words in allowed):
                wrong.append(f"console: {message.text}")

        def asked(request):
            host = request.url.partition("://")[2].partition(":")[0].partition("/")[0]
            if not request.url.startswith("data:") and host != "127.0.0.1":
                wrong.append(f"request to {request.url}")

        page.on("console", heard)
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("request", asked)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def nursery():
    """A process from which servers are forked: imports and the bins of the bundled data are made
    once.
    """
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, str(SERVER), "--nursery"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.stdin.close()


class Served:
    """A server of the workbench in a process of its own."""

    def __init__(self, nursery, *arguments):
        print(json.dumps(arguments), file=nursery.stdin, flush=True)
        number, self.address = nursery.stdout.readline().split()
        self.number = int(number)
        assert self.address.startswith("http://127.0.0.1:"), self.address

    def kill(self):
        """End it as a crash does, and wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.number, signal.SIGKILL)
            while True:
                os.kill(self.number, 0)
                time.sleep(0.005)


@pytest.fixture
def serve(nursery):
    """Return a function that starts a server."""
    started = []

    def start(*arguments):
        started.append(Served(nursery, *map(str, arguments)))
        return started[-1]

    yield start
    for server in started:
        server.kill()


@pytest.fixture(scope="session")
def shared(nursery):
    """One server on the bundled data for tests that write nothing."""
    server = Served(nursery, "german")
    yield server
    server.kill()

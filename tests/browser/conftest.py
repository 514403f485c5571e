"""A browser, and servers of the workbench in processes of their own, for what a user sees.

Nothing sleeps here: expectations wait. Messages on the console, errors of the page and requests to
another host fail every test.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="the browser tests need playwright")
from playwright.sync_api import expect, sync_playwright

# A machine that runs other tests beside draws late: what is right comes, what is wrong never does.
expect.set_options(timeout=30_000)

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
        page.set_default_timeout(30_000)
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


class Served:
    """A server of the workbench in a process of its own."""

    def __init__(self, *arguments):
        self.arguments = arguments
        self.process = None
        self.address = ""

    def start(self):
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, str(SERVER), *self.arguments], stdout=subprocess.PIPE, text=True
        )
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:"), self.address
        return self

    def kill(self):
        """End it as a crash does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.communicate()

    @property
    def port(self):
        return self.address.split(":")[2].partition("/")[0]


@pytest.fixture
def serve():
    """Return a function that starts a server."""
    started = []

    def start(*arguments):
        server = Served(*map(str, arguments)).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture(scope="session")
def shared():
    """One server on the bundled data for tests that write nothing."""
    server = Served("german").start()
    yield server
    server.kill()

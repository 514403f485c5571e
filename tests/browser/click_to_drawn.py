"""How long a click of the workbench takes until its step is drawn, in Chromium.

Edits on pre-bins, splits at values that the pre-bins lack (which read every row), and edits while a
card is fitted in the server's thread. What was asked of each stands beside it. On a machine that
others use too, run it first of all: ``nice -n -20 python -m tests.browser.click_to_drawn``.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, expect, sync_playwright

SERVER = Path(__file__).with_name("served.py")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
KINDS = {"german": "duration_in_month", "1000000x10": "x0", "20000x200": "x0", "2000x2000": "x0"}

#: Tells how long it took from a click until the step that it made was laid out.
TIMED = """() => {
  let [began, steps] = [0, 0];
  addEventListener("click", () => { began = performance.now(); }, true);
  new MutationObserver(() => {
    const now = document.querySelectorAll(".wb-trail li").length;
    if (now === steps) return;
    steps = now;
    document.body.getBoundingClientRect();
    window.took = performance.now() - began;
  }).observe(document.querySelector(".wb-side"), { childList: true });
}"""

#: Asks for the card of the newest step, and tells which step the newest fitted card is of.
ASK_CARD = """async (step) => {
  const response = await fetch("/api", { method: "POST", headers: {
    "Content-Type": "application/json",
    Authorization: `Bearer ${sessionStorage.getItem("infotheory workbench")}` },
    body: JSON.stringify({ type: "card", step }) });
  return response.json();
}"""


@contextmanager
def opened(kind: str) -> Iterator[Page]:
    """Open the page of a server on made rows, with a reason typed and a clock at its clicks."""
    with (
        subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, str(SERVER), kind], stdout=subprocess.PIPE, text=True
        ) as server,
        sync_playwright() as playwright,
    ):
        assert server.stdout is not None
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(server.stdout.readline().strip())
        page.locator(f'[data-feature="{KINDS[kind]}"]').click()
        expect(page.locator("h1")).to_have_text(KINDS[kind])
        page.locator('[data-key="reason"]').fill("business rule")
        page.evaluate(TIMED)
        yield page
        browser.close()
        server.kill()


def clicked(page: Page, key: str, step: int) -> float:
    """Click and return the milliseconds until its step was drawn."""
    page.locator(f'[data-key="{key}"]').click()
    expect(page.locator(".wb-trail li")).to_have_count(step, timeout=60_000)
    return float(page.evaluate("() => window.took"))


def edits(page: Page, n_clicks: int, done: int = 0) -> list[float]:
    """Merge the first two bins and undo it, again and again, after ``done`` steps."""
    return [
        clicked(page, "undo" if step % 2 else "handle0", step + 1)
        for step in range(done, done + n_clicks)
    ]


def splits(page: Page, n_clicks: int, done: int = 0) -> list[float]:
    """Split at values that no pre-bin ends at."""
    took = []
    for step in range(done, done + n_clicks):
        page.locator('[data-key="at"]').fill(f"0.{step + 101}12345")
        took.append(clicked(page, "split", step + 1))
    return took


def edits_in_a_fit(page: Page, n_clicks: int, done: int = 0) -> list[float]:
    """Merge and undo while the card of a step before is fitted; other clicks are left out."""
    took = []
    page.evaluate(ASK_CARD, done)
    for step in range(done, done + n_clicks):
        milliseconds = clicked(page, "undo" if step % 2 else "handle0", step + 1)
        # the card of this step is asked for at once, so that the next click has a fit beside it
        if page.evaluate(ASK_CARD, step + 1)["updating"]:
            took.append(milliseconds)
    return took


CASES: dict[str, tuple[Callable[[Page, int], list[float]], str, int, str]] = {
    "edit, German credit 1000 x 20": (edits, "german", 60, "60 / 100"),
    "edit, 20,000 x 200": (edits, "20000x200", 60, "60 / 100"),
    "edit, 2000 x 2000": (edits, "2000x2000", 60, "-"),
    "edit, 1,000,000 x 10": (edits, "1000000x10", 60, "60 / 100"),
    "split at a new value, 1,000,000 x 10": (splits, "1000000x10", 12, "200"),
    "edit while a card is fitted, 20,000 x 200": (edits_in_a_fit, "20000x200", 40, "- / 100"),
    "edit while a card is fitted, 1,000,000 x 10": (edits_in_a_fit, "1000000x10", 40, "- / 100"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases whose name has this text")
    parser.add_argument("--json", type=Path, help="where to write every time")
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    print(f"{'':46} {'median':>7} {'95 %':>6} {'largest':>8}  asked (ms)", flush=True)
    every = {}
    for name, (times, kind, n_clicks, asked) in CASES.items():
        if options.only not in name:
            continue
        with opened(kind) as page:
            took = sorted(times(page, n_clicks))
        every[name] = took
        high = took[int(0.95 * len(took))]
        print(
            f"{name:46} {median(took):7.0f} {high:6.0f} {took[-1]:8.0f}  {asked}"
            f"  ({len(took)} clicks, load {os.getloadavg()[0]:.1f})",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps(every, indent=1))


if __name__ == "__main__":
    main()

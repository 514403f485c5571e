"""Pictures of the workbench for the documentation: ``make shots`` draws them anew."""

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
DURATION = "duration_in_month"


def shown(page: Page, feature: str) -> None:
    """Open a characteristic, with a reason typed."""
    page.locator(f'[data-feature="{feature}"]').click()
    expect(page.locator("h1")).to_have_text(feature)
    page.locator('[data-key="reason monotone"]').click()


def picture(page: Page, name: str) -> None:
    """Write a picture once the card of the bins is there."""
    expect(page.locator(".wb-card")).to_contain_text("AUC", timeout=60_000)
    expect(page.locator(".wb-card")).not_to_contain_text("updating", timeout=60_000)
    page.mouse.move(2, 2)
    page.evaluate("() => document.activeElement.blur()")
    expect(page.locator(".wb-preview")).to_contain_text("Point at a split")
    page.evaluate("() => scrollTo(0, 0)")
    page.screenshot(path=IMAGES / f"workbench-{name}.png")


def draw(kind: str) -> None:
    """Start a server on the bundled data and draw what it shows."""
    server = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, str(ROOT / "tests" / "browser" / "served.py"), kind],
        stdout=subprocess.PIPE,
        text=True,
    )
    address = server.stdout.readline().strip() if server.stdout else ""
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox"]
            )
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(address)
            shown(page, DURATION)
            if kind == "holdout":
                picture(page, "holdout")
                return
            picture(page, "open")
            page.locator('[data-handle="0"]').click()
            expect(page.locator(".wb-big")).to_contain_text("0.2685")
            picture(page, "merge")
            shown(page, "purpose")
            page.locator('[data-key="level business"]').check()
            place = page.locator('[data-key="to"] option', has_text="car (used)")
            page.locator('[data-key="to"]').select_option(place.get_attribute("value"))
            page.locator('[data-key="move"]').click()
            expect(page.locator(".wb-big")).to_contain_text("0.1156")
            picture(page, "levels")
    finally:
        server.kill()
        server.communicate()


if __name__ == "__main__":
    for one in ("german", "holdout"):
        draw(one)

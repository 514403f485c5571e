"""The built site as a reader sees it: home, search, gallery, phones; nothing from elsewhere.

``make test-site`` builds it and runs these; elsewhere they are skipped.
"""

import functools
import http.server
import os
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"

OURS = ("http://127.0.0.1:", "data:")

pytestmark = pytest.mark.skipif(
    not os.environ.get("SITE_IS_BUILT"), reason="the site is built and tested by make test-site"
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site():
    """Return the address at which the built pages are served."""
    assert (SITE / "index.html").exists(), "make docs builds the site"
    handler = functools.partial(Quiet, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def open_page(browser):
    """Return a function that opens a page; what it asks for must be there, and be ours.

    The theme tells the console what it does, which is no fault.
    """
    contexts, wrong = [], []

    def opened(**options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on(
            "response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None
        )
        page.on(
            "request",
            lambda r: None if r.url.startswith(OURS) else wrong.append(f"request to {r.url}"),
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def fits(page):
    """Tell whether nothing reaches beyond the right end of the window."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def has_all_pictures(page):
    """Tell whether all pictures have arrived."""
    page.wait_for_load_state("load")
    return page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")


def test_home_says_what_it_is(open_page, site):
    page = open_page()
    page.goto(site)
    home = page.locator("article")
    expect(home).to_contain_text("pip install 'infotheory-stats[report]'")
    expect(home).to_contain_text("Version ")
    expect(home.locator(".pictures .card")).to_have_count(4)
    expect(home.locator(".page-output table")).to_have_count(2)  # what the first example gives
    assert has_all_pictures(page)
    assert page.locator('link[rel="icon"]').get_attribute("href").endswith("mark.svg")

    home.locator(".pictures a").first.click()
    expect(page.locator("h1")).to_contain_text("Make a report")


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("psi", "reference/infotheory.evidence.population_stability_index.html"),
        ("woe", "reference/infotheory.evidence.weight_of_evidence.html"),
        ("iv", "reference/infotheory.evidence.information_value.html"),
        ("gini", "reference/infotheory.scorecard.gini_coefficient.html"),
        ("install", "start.html"),
    ],
)
def test_search_finds_what_is_meant(open_page, site, words, address):
    page = open_page()
    page.goto(f"{site}/search.html?q={words}")
    first = page.locator("#search-results li a").first
    expect(first).to_be_visible()
    expect(page.locator("#search-results")).to_contain_text("found")
    links = page.locator("#search-results li > a").evaluate_all("all => all.map(a => a.href)")
    assert any(link.startswith(f"{site}/{address}") for link in links[:3]), links[:6]


@pytest.mark.parametrize(("place", "least"), [("notebooks/index.html", 14), ("gallery.html", 21)])
def test_galleries_show_pictures_that_lead_somewhere(open_page, site, place, least):
    page = open_page()
    page.goto(f"{site}/{place}")
    cards = page.locator(".cards > .card")
    assert cards.count() >= least
    assert has_all_pictures(page)
    page.locator(".cards > .card img").first.click()
    expect(page.locator("article")).not_to_contain_text("Page not found")
    assert page.url != f"{site}/{place}"


def test_notebooks_can_be_taken_along(open_page, site):
    page = open_page()
    page.goto(f"{site}/notebooks/index.html")
    with page.expect_download() as expected:
        page.locator("a.download", has_text="Notebook").first.click()
    assert expected.value.suggested_filename.endswith(".ipynb")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone(open_page, site, scheme):
    page = open_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    for place in (
        "index.html",
        "start.html",
        "howto/missing_and_special.html",
        "howto/report.html",
        "notebooks/index.html",
        "gallery.html",
        "changelog.html",
        "reference/index.html",
        "reference/infotheory.scorecard.html",
        "reference/infotheory.binning.OptimalBinner.html",
    ):
        page.goto(f"{site}/{place}")
        assert fits(page), place

"""B15, B16, B19, B23 of the specification of the page, accessibility of every screen, and speed."""

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.click_to_drawn import TIMED, edits, edits_in_a_fit, splits
from tests.browser.test_page import DURATION, GONE, PURPOSE, bins, opened, value

pytestmark = pytest.mark.browser

AXE = Path(__file__).with_name("axe") / "axe.min.js"


def test_b15_the_card_follows(new_page, serve):
    page = opened(new_page(), serve("german"), DURATION)
    page.locator('[data-handle="0"]').click()
    page.locator('[data-key="at"]').fill("24")
    page.locator('[data-key="split"]').click()
    value(page, "0.2704")
    card = page.locator(".wb-card")
    expect(card).to_contain_text("at step 2")
    expect(card.locator("tr").nth(0)).to_contain_text("0.8376")
    expect(card.locator("tr").nth(1)).to_contain_text("0.8386")
    wrong = card.locator('[data-flag="sign"]')
    expect(wrong).to_contain_text("number_of_existing_credits_at_this_bank")
    expect(wrong).to_contain_text("number_of_people_being_liable_to_provide_maintenance_for")


def test_b16_hold_out_rows_and_periods(new_page, serve):
    page = opened(new_page(), serve("holdout"), DURATION)
    labels = page.locator(".wb-table").first.locator("tbody th").all_inner_texts()
    assert labels == [
        *("[-inf, 9)", "[9, 12)", "[12, 16)", "[16, 33)", "[33, 45)", "[45, inf)"),
    ]
    side = page.locator(".wb-side")
    expect(side.locator("tr", has_text="PSI to hold-out")).to_contain_text("0.0230")
    expect(side.locator("tr", has_text="PSI to hold-out")).to_contain_text("[0.0000, 0.0561]")
    expect(side).to_contain_text("p = 0.42")
    expect(page.locator(".wb-holdout")).to_have_count(6)
    expect(page.locator('[data-key="periods"] tbody tr')).to_have_count(3)
    expect(page.locator(".wb-card")).to_contain_text("AUC, hold-out")


def test_hold_out_rows_of_one_class_leave_the_card(new_page, serve):
    page = opened(new_page(), serve("one class"), DURATION)
    card = page.locator(".wb-card")
    expect(card).to_contain_text("AUC, training")
    expect(card.locator("tr").first).to_contain_text("0.8386")
    expect(card).to_contain_text("no numbers of the hold-out rows: y must hold two classes")


def test_the_worth_of_amounts_is_a_share_of_variance(new_page, serve):
    page = opened(new_page(), serve("mean1"), "x")
    expect(page.locator('[data-key="order"] option').first).to_have_text("Share of variance")
    expect(page.locator(".wb-side h2").first).to_have_text("Share of variance")
    headings = page.locator(".wb-table").first.locator("thead th").all_inner_texts()
    assert "R²" in headings
    assert "IV" not in headings
    assert "Information value" not in page.locator(".wb").inner_text()


def test_b19_replay_step_by_step(new_page, serve, tmp_path):
    path = tmp_path / "s.tune.jsonl"
    server = serve("german", "--session", path)
    page = opened(new_page(allowed=GONE), server, DURATION)
    page.locator('[data-handle="0"]').click()
    value(page, "0.2685")
    page.locator('[data-key="at"]').fill("24")
    page.locator('[data-key="split"]').click()
    value(page, "0.2704")
    server.kill()

    page = opened(new_page(), serve("german", "--session", path, "--read-only"), DURATION, None)
    value(page, "0.2704")
    for number in ("0.2685", "0.2886"):
        page.locator('[data-key="earlier"]').click()
        value(page, number)
    expect(page.locator('[data-key="earlier"]')).to_be_disabled()
    page.locator('[data-key="later"]').click()
    value(page, "0.2685")
    expect(page.locator(".wb-trail li")).to_have_count(1)


def test_b23_the_report_holds_the_steps(new_page, serve, tmp_path):
    page = opened(new_page(), serve("german", "--session", tmp_path / "s.tune.jsonl"), DURATION)
    page.locator('[data-handle="0"]').click()
    value(page, "0.2685")
    page.locator('[data-key="export"]').select_option("report")
    expect(page.locator(".wb-notice")).to_contain_text("Written: ", timeout=120_000)
    report = json.loads((tmp_path / "s-report" / "report.json").read_text())
    assert [line["reason"] for line in report["audit"]] == ["business rule"]
    assert "business rule" in (tmp_path / "s-report" / "report.html").read_text()


def test_evidence_set_by_hand_is_marked(new_page, serve):
    page = opened(new_page(), serve("german"), PURPOSE)
    bins(page).first.click()
    page.locator('[data-key="woe value"]').fill("-0.5")
    page.locator('[data-key="set woe"]').click()
    expect(page.locator(".wb-table tbody tr").first).to_contain_text("WoE by hand")
    expect(page.locator('[data-flag="woe"]')).to_be_visible()
    expect(page.locator(".wb-table tbody tr").first).to_contain_text("−0.500")
    bins(page).first.click()
    page.locator('[data-key="estimated"]').click()
    expect(page.locator('[data-flag="woe"]')).to_have_count(0)


@pytest.mark.parametrize("width", [320, 1280])
def test_no_screen_has_a_violation(new_page, serve, width):
    page = new_page(viewport={"width": width, "height": 900}, bypass_csp=True)
    page.goto(serve("holdout").address)
    expect(page.locator(".wb-card")).to_contain_text("AUC")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    # The dark page is the light one in other colours.
    asked = {
        "light": {"type": "tag", "values": tags},
        "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    }

    def check(screen):
        for scheme, rules in asked.items():
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate("rules => axe.run(document, { runOnly: rules })", rules)
            told = [
                (rule["id"], [node["html"][:120] for node in rule["nodes"][:3]])
                for rule in found["violations"]
            ]
            assert told == [], (screen, scheme)
            assert any(rule["id"] == "color-contrast" for rule in found["passes"]), (screen, scheme)

    def choose(feature):
        if width < 700:
            page.locator('[data-key="choose"]').select_option(feature)
        else:
            page.locator(f'[data-feature="{feature}"]').click()
        expect(page.locator("h1")).to_have_text(feature)

    check("first")
    choose(PURPOSE)
    check("levels")
    choose(DURATION)
    bins(page).first.click()
    page.locator('[data-key="split"]').click()
    expect(page.locator('[role="alert"]')).to_be_visible()
    page.locator('[data-key="help"]').click()
    page.locator('[data-key="woe"]').check()
    check("picked, with an error and the keys")
    page.locator('[data-key="reason monotone"]').click()
    page.locator('[data-handle="0"]').click()
    expect(page.locator(".wb-trail li")).to_have_count(1)
    check("after a step")


#: Three times the targets (60 ms median, 100 ms for 95 %): machines of CI are shared.
SLACK = 3.0


#: Seconds that pass in a second of computing, once a line is asked for.
PROBE = """
import sys, time
for _ in sys.stdin:
    wall, work = time.perf_counter(), time.thread_time()
    while time.thread_time() - work < 0.1:
        sum(range(10_000))
    print((time.perf_counter() - wall) / (time.thread_time() - work), flush=True)
"""


@pytest.fixture
def wait_per_work():
    """Return what asks how long a second of computing takes: 1 on a free core, 4 beside three.

    It asks a process in a session of its own, as the browser is: the system shares its cores among
    sessions.
    """
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    command = [sys.executable, "-c", PROBE]
    with subprocess.Popen(command, start_new_session=True, **pipes) as probe:  # noqa: S603 - ours

        def ask():
            probe.stdin.write("\n")
            return float(probe.stdout.readline())

        yield ask


def check_times(page, wait_per_work, times, n_clicks, of_median, of_high):
    """Measure until it is fast enough, three times at most: others may compute on the machine.

    A click waits for the server and for the browser in turn, both of which wait for a core as long
    as the probe does: the targets are counted in times of a free core.
    """
    done = page.locator(".wb-trail li").count()
    for start in range(done, done + 3 * n_clicks, n_clicks):
        before = wait_per_work()
        took = sorted(times(page, n_clicks, start))
        waits = max(1.0, before, wait_per_work())

        middle, high = statistics.median(took), took[int(0.95 * len(took))]
        said = f"median {middle:.0f} ms, 95 % {high:.0f} ms, {len(took)} clicks, waits {waits:.1f}"
        print(f"\n{times.__name__}: {said}")
        if middle < of_median * SLACK * waits and high < of_high * SLACK * waits:
            return
    pytest.fail(f"{times.__name__}: {said}")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["20000x200", "2000x500", "german"])
def test_click_to_drawn(new_page, serve, wait_per_work, kind):
    page = opened(new_page(), serve(kind), DURATION if kind == "german" else "x0")
    page.evaluate(TIMED)
    check_times(page, wait_per_work, edits, 20, 60, 100)


@pytest.mark.slow
def test_click_to_drawn_of_a_million_rows(new_page, serve, wait_per_work):
    """Edits, edits while a card is fitted, and splits that read every row, on one page."""
    page = opened(new_page(), serve("1000000x10"), "x0")
    page.evaluate(TIMED)
    check_times(page, wait_per_work, edits, 20, 60, 100)
    check_times(page, wait_per_work, edits_in_a_fit, 20, 100, 100)
    check_times(page, wait_per_work, splits, 5, 200, 200)

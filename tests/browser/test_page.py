"""The page as a user has it: B1 to B14 of its specification, and what they stand for."""

import json
import re

import pytest
from playwright.sync_api import expect

from infotheory.workbench.journal import read_session
from tests.ports import free_port

pytestmark = pytest.mark.browser

DURATION, PURPOSE, AMOUNT = "duration_in_month", "purpose", "credit_amount"
GONE = ("Failed to load resource", "net::ERR")


def opened(page, server, feature=None, reason="business rule"):
    page.goto(server.address)
    expect(page.locator(".wb-chart")).to_be_visible()
    if feature is not None:
        page.locator(f'[data-feature="{feature}"]').click()
        expect(page.locator("h1")).to_have_text(feature)
    if reason:
        page.locator('[data-key="reason"]').fill(reason)
    return page


def value(page, number, low=None, high=None):
    expect(page.locator(".wb-big")).to_contain_text(number)
    if low:
        expect(page.locator(".wb-big small")).to_have_text(f"[{low}, {high}]")


def bins(page):
    return page.locator(".wb-bin")


def test_b1_b2_what_is_there_first(new_page, shared):
    page = opened(new_page(), shared)
    expect(page.locator(".wb-row")).to_have_count(20)
    expect(page.locator(".wb-row").first).to_contain_text("status_of_existing_checking_account")
    expect(page.locator(".wb-row").first).to_contain_text("0.666")
    expect(page.locator("h1")).to_have_text("status_of_existing_checking_account")
    value(page, "0.6660", "0.4238", "0.8725")
    page.locator(f'[data-feature="{DURATION}"]').click()
    value(page, "0.2886", "0.0321", "0.4091")
    expect(bins(page)).to_have_count(6)
    # The token has left the address bar, and stands nowhere in the page.
    assert "token" not in page.url
    token = shared.address.partition("=")[2]
    assert token not in page.content()


def test_b3_a_preview_is_not_an_edit(new_page, serve, tmp_path):
    path = tmp_path / "s.tune.jsonl"
    page = opened(new_page(), serve("german", "--session", path), DURATION)
    for look in (
        lambda: page.locator('[data-handle="0"]').hover(),
        lambda: page.locator('[data-handle="0"]').focus(),
    ):
        look()
        expect(page.locator(".wb-preview")).to_have_text(
            "would be 0.2685 (−0.0201 ± 0.0235), 5 bins"
        )
        page.mouse.move(5, 5)
        page.locator('[data-key="reason"]').focus()
        expect(page.locator(".wb-preview")).to_contain_text("Point at a split")
    value(page, "0.2886")
    assert len(read_session(path).steps) == 0


def test_b4_b5_merge_and_split(new_page, serve):
    page = opened(new_page(), serve("german"), DURATION)
    page.locator('[data-handle="0"]').click()
    value(page, "0.2685", "0.0202", "0.3898")
    row = page.locator(".wb-table tbody tr").first
    for text in ("[-inf, 12)", "180", "15.0 %", "0.887"):
        expect(row).to_contain_text(text)
    expect(page.locator(".wb-trail li")).to_have_count(1)
    expect(page.locator(".wb-trail li").first).to_contain_text("business rule")
    expect(page.locator(".wb-trail li").first).to_contain_text("KL")
    expect(page.locator('[role="status"]')).to_contain_text("Information value 0.2685")

    page.locator('[data-key="at"]').fill("24")
    page.locator('[data-key="split"]').click()
    value(page, "0.2704", "0.0216", "0.3875")
    expect(page.locator(".wb-change")).to_contain_text("+0.0019 ± 0.0059")
    expect(page.locator('[data-flag="not_met"]')).to_contain_text("monotonic_trend")


def test_b6_a_split_that_the_pre_bins_lack(new_page, serve):
    page = opened(new_page(), serve("german"), AMOUNT)
    value(page, "0.1960")
    page.locator('[data-key="at"]').fill("5000")
    page.locator('[data-key="at"]').press("Enter")
    value(page, "0.2051")
    expect(page.locator(".wb-change")).to_contain_text("+0.0091 ± 0.0129")
    expect(page.locator('[data-flag="not_met"]')).to_contain_text("max_n_bins")
    expect(page.locator('[data-flag="not_met"]')).to_contain_text("monotonic_trend")


def test_b7_b8_levels(new_page, serve):
    page = opened(new_page(), serve("german"), PURPOSE)
    value(page, "0.1676")
    page.locator('[data-key="level business"]').check()
    place = page.locator('[data-key="to"] option', has_text="car (used)")
    page.locator('[data-key="to"]').select_option(place.get_attribute("value"))
    page.locator('[data-key="move"]').click()
    value(page, "0.1156")
    expect(page.locator(".wb-change")).to_contain_text("−0.0520 ± 0.0332")
    expect(page.locator(".wb-side")).to_contain_text("smallest bin 2.2 %")
    rates = page.locator(".wb-table tbody tr td:nth-of-type(4)").all_inner_texts()
    numbers = [float(text.removesuffix(" %")) for text in rates]
    assert numbers == sorted(numbers)

    page.locator('[data-key="undo"]').click()
    value(page, "0.1676")
    bins(page).first.click()
    bins(page).last.click()
    page.locator('[data-key="merge"]').click()
    value(page, "0.0913")
    expect(page.locator(".wb-change")).to_contain_text("−0.0763 ± 0.0395")


def test_b9_b10_one_sided_and_quick_undo(new_page, serve):
    page = opened(new_page(), serve("german"), DURATION)
    page.locator('[data-key="at"]').fill("5")
    page.locator('[data-key="split"]').click()
    value(page, "0.2846")
    expect(page.locator('[data-flag="one-sided"]')).to_contain_text("a half was added")
    page.locator('[data-handle="3"]').click()
    expect(page.locator(".wb-trail li")).to_have_count(2)
    page.locator('[data-key="undo"]').dblclick()
    value(page, "0.2886")
    expect(page.locator(".wb-trail li")).to_have_count(4)
    page.locator('[data-key="redo"]').click()
    value(page, "0.2846")
    page.locator('[data-key="reset"]').click()
    value(page, "0.2886")
    expect(page.locator('[data-key="undo"]')).to_be_disabled()


def test_b11_the_keyboard_alone(new_page, serve):
    page = opened(new_page(), serve("german"), None, reason=None)
    row = page.locator(f'[data-feature="{DURATION}"]')
    for _ in range(60):
        page.keyboard.press("Tab")
        if row.evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(DURATION)
    expect(row).to_be_focused()

    page.locator('[data-key="reason"]').focus()
    page.keyboard.type("by keys alone: m s n p ?")
    expect(page.locator("h1")).to_have_text(DURATION)
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.locator('[data-bin="0"]').evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("ArrowRight")
    expect(page.locator('[data-bin="1"]')).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(page.locator('[data-bin="0"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator('[data-bin="0"]')).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator('[data-bin="1"]')).to_be_focused()
    page.keyboard.press("m")
    value(page, "0.2685")
    expect(page.locator('[data-bin="0"]')).to_be_focused()
    page.keyboard.press("Control+z")
    value(page, "0.2886")
    expect(page.locator('[data-bin="0"]')).to_be_focused()
    page.keyboard.press("Control+y")
    value(page, "0.2685")

    # A handle moves by the arrows, as it does when it is dragged.
    page.locator('[data-handle="0"]').focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".wb-trail li").first).to_contain_text("set splits")
    expect(page.locator('[data-handle="0"]')).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator(".wb-help")).to_be_visible()


def test_a_handle_is_dragged_to_another_split(new_page, serve):
    page = opened(new_page(), serve("german"), DURATION)
    before = page.locator('[data-handle="2"]').get_attribute("aria-label")
    box = page.locator('[data-handle="2"] .wb-grip').bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y)
    page.mouse.move(x + 60, y)
    page.mouse.up()
    expect(page.locator(".wb-trail li").first).to_contain_text("set splits")
    expect(bins(page)).to_have_count(6)
    assert page.locator('[data-handle="2"]').get_attribute("aria-label") != before


def test_b12_a_reload_loses_nothing(new_page, serve):
    page = opened(new_page(), serve("german"), DURATION)
    page.locator('[data-handle="0"]').click()
    value(page, "0.2685")
    page.reload()
    page.locator(f'[data-feature="{DURATION}"]').click()
    value(page, "0.2685")
    expect(page.locator(".wb-trail li")).to_have_count(1)


def test_b13_a_killed_server_lost_nothing(new_page, serve, tmp_path):
    arguments = ("german", "--session", tmp_path / "s.tune.jsonl")
    server = serve(*arguments)
    page = opened(new_page(allowed=GONE), server, DURATION)
    page.locator('[data-handle="0"]').click()
    value(page, "0.2685")
    server.kill()
    page = opened(new_page(), serve(*arguments), DURATION)
    value(page, "0.2685")
    expect(page.locator(".wb-trail li")).to_have_count(1)
    expect(page.locator('[data-key="undo"]')).to_be_enabled()


def test_b14_a_second_tab_is_told(new_page, serve):
    server = serve("german")
    first, second = (opened(new_page(), server, DURATION) for _ in range(2))
    first.locator('[data-handle="0"]').click()
    value(first, "0.2685")
    second.locator('[data-handle="1"]').click()
    expect(second.locator('[role="alert"]')).to_contain_text("changed elsewhere")
    value(second, "0.2685")
    expect(second.locator(".wb-trail li")).to_have_count(1)
    second.locator('[data-handle="1"]').click()
    expect(second.locator(".wb-trail li")).to_have_count(2)


@pytest.mark.parametrize("width", [320, 700, 1100, 1600])
@pytest.mark.parametrize("feature", [DURATION, PURPOSE])
def test_b17_widths(new_page, shared, width, feature):
    page = new_page(viewport={"width": width, "height": 900})
    page.goto(shared.address)
    expect(page.locator(".wb-chart")).to_be_visible()
    if width < 700:
        page.locator('[data-key="choose"]').select_option(feature)
    else:
        page.locator(f'[data-feature="{feature}"]').click()
    expect(page.locator("h1")).to_have_text(feature)
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= width
    overlapping = page.evaluate(
        """() => {
          const seen = [...document.querySelectorAll('button, input, select, h1, h2, .wb-label, '
            + '.wb-grip, .wb-big, .wb-note, .wb-data, .wb-saved')]
            .map((node) => [node, node.getBoundingClientRect()])
            .filter(([, box]) => box.width > 1 && box.height > 1);
          const found = [];
          for (const [a, x] of seen) for (const [b, y] of seen) {
            if (a === b || a.contains(b) || b.contains(a)) continue;
            if (a.closest('.wb-rows') || b.closest('.wb-rows')) continue;
            if (x.left < y.right - 1 && y.left < x.right - 1
                && x.top < y.bottom - 1 && y.top < x.bottom - 1)
              found.push([a.outerHTML.slice(0, 90), b.outerHTML.slice(0, 90)]);
          }
          return found;
        }"""
    )
    assert overlapping == []


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("mean1", "0.4", "1.6"),
        ("mean1000000", "400,000", "1,600,000"),
        ("mean0.5ofbothsigns", "−0.3", "0.3"),
    ],
)
def test_ticks_of_means_are_whole_and_tell_apart(new_page, serve, kind, low, high):
    page = opened(new_page(), serve(kind), "x")
    page.locator('[data-key="woe"]').check()
    ticks = page.evaluate(
        """() => {
          const picture = document.querySelector('.wb-picture').getBoundingClientRect();
          return [...document.querySelectorAll('.wb-tick')].map((node) => {
            const box = node.getBoundingClientRect();
            return [node.textContent, box.left >= picture.left && box.right <= picture.right];
          });
        }"""
    )
    assert [text for text, inside in ticks if not inside] == []
    texts = [text for text, _ in ticks]
    of_mean = texts[1 : texts.index("share of the rows")]
    assert (of_mean[0], of_mean[-1]) == (low, high)
    assert len(set(of_mean)) == len(of_mean)
    assert ("0.0" in of_mean) == (low[0] == "−")


def test_b18_hostile_names_stay_text(new_page, serve):
    page = new_page()
    page.goto(serve("hostile").address)
    expect(page.locator(".wb-row")).to_have_count(2)
    page.locator('[data-key="reason"]').fill("<img src=x onerror=window.pwned=4>")
    for i in range(2):
        page.locator(".wb-row").nth(i).click()
        expect(page.locator("h1")).to_contain_text("window.pwned")
        page.locator('[data-handle="0"]').hover()
        page.locator('[data-handle="0"]').click()
        expect(page.locator(".wb-trail li")).to_have_count(1)
        expect(page.locator(".wb-trail li")).to_contain_text("onerror=window.pwned=4")
    page.locator('[data-key="note"]').fill('"><script>window.pwned=5</script>')
    page.locator('[data-key="note"]').press("Enter")
    expect(page.locator(".wb-saved")).to_contain_text("step 3")
    assert page.evaluate("() => window.pwned") is None
    injected = page.locator("img, b, #workbench script, iframe, object")
    expect(injected).to_have_count(0)


def test_b19_a_session_that_is_looked_at(new_page, serve, tmp_path):
    path = tmp_path / "s.tune.jsonl"
    server = serve("german", "--session", path)
    page = opened(new_page(allowed=GONE), server, DURATION)
    page.locator('[data-handle="0"]').click()
    value(page, "0.2685")
    server.kill()
    content = path.read_bytes()

    looked_at = serve("german", "--session", path, "--read-only")
    page = opened(new_page(), looked_at, DURATION, reason=None)
    value(page, "0.2685")
    expect(page.locator(".wb-saved")).to_contain_text("read-only")
    for key in ("undo", "redo", "merge", "split", "rebin", "reset", "reason", "handle0", "status"):
        expect(page.locator(f'[data-key="{key}"]')).to_have_count(0)
    page.locator('[data-bin="0"]').focus()
    page.keyboard.press("m")
    page.keyboard.press("Control+z")
    answer = page.evaluate(
        """async () => {
          const action = { type: "undo", reason: "r" };
          const response = await fetch("/api", { method: "POST", headers: {
            "Content-Type": "application/json",
            Authorization: `Bearer ${sessionStorage.getItem("infotheory workbench")}` },
            body: JSON.stringify({ type: "edit", version: 1, action }) });
          return response.json();
        }"""
    )
    assert answer["code"] == "read_only"
    assert path.read_bytes() == content


def test_b20_the_server_is_gone_and_comes_back(new_page, serve, tmp_path):
    arguments = ("german", "--session", tmp_path / "s.tune.jsonl", "--port", free_port())
    server = serve(*arguments)
    page = opened(new_page(allowed=(*GONE, "401")), server, DURATION, reason="typed with care")
    server.kill()
    page.locator('[data-handle="0"]').click()
    expect(page.locator('[role="alert"]')).to_contain_text("does not answer")
    expect(page.locator('[data-key="reason"]')).to_have_value("typed with care")
    expect(page.locator(".wb-saved")).to_have_text("not connected")

    again = serve(*arguments)
    page.locator('[data-handle="0"]').click()
    expect(page.locator('[role="alert"]')).to_contain_text("started again")
    page.goto(again.address)
    expect(page.locator(".wb-saved")).not_to_have_text("not connected")
    expect(page.locator('[data-key="reason"]')).to_have_value("typed with care")
    page.locator('[data-handle="0"]').click()
    value(page, "0.2685")
    expect(page.locator(".wb-trail li").first).to_contain_text("typed with care")


def test_a_reason_is_asked_for(new_page, serve):
    page = opened(new_page(), serve("german"), DURATION, reason=None)
    page.locator('[data-handle="0"]').click()
    expect(page.locator('[role="alert"]')).to_contain_text("Give a reason first")
    expect(page.locator('[data-key="reason"]')).to_be_focused()
    page.locator('[data-key="reason monotone"]').click()
    page.locator('[data-handle="0"]').click()
    value(page, "0.2685")
    page.locator('[data-key="at"]').fill("x")
    page.locator('[data-key="split"]').click()
    expect(page.locator('[role="alert"]')).to_contain_text("must be a number")
    page.locator('[data-key="at"]').fill("45")
    page.locator('[data-key="split"]').click()
    expect(page.locator('[role="alert"]')).to_contain_text("which is a split already")


def test_missing_joins_a_bin_and_leaves_it(new_page, serve):
    page = opened(new_page(), serve("missing"), DURATION)
    missing = bins(page).last
    expect(missing).to_contain_text("Missing")
    count = bins(page).count()
    missing.click()
    bins(page).first.click()
    page.locator('[data-key="merge"]').click()
    expect(bins(page)).to_have_count(count - 1)
    expect(page.locator(".wb-table tbody tr").first).to_contain_text("or Missing")
    bins(page).first.click()
    page.locator('[data-key="out"]').click()
    expect(bins(page)).to_have_count(count)


def test_a_feature_opened_again_keeps_the_bins_that_are_picked(new_page, serve):
    page = opened(new_page(), serve("german"), DURATION)
    bins(page).first.click()
    bins(page).nth(1).click()
    chart = page.locator(".wb-chart").element_handle()
    page.locator(f'[data-feature="{DURATION}"]').click()
    page.wait_for_function("chart => !chart.isConnected", arg=chart)
    expect(page.locator(".wb-bin.wb-picked")).to_have_count(2)
    page.locator('[data-feature="credit_amount"]').click()
    expect(page.locator("h1")).to_have_text("credit_amount")
    expect(page.locator(".wb-bin.wb-picked")).to_have_count(0)


def test_reviews_filter_and_automatic_bins(new_page, serve):
    page = opened(new_page(), serve("german"), DURATION)
    page.locator('[data-key="status"]').select_option("accepted")
    expect(page.locator(".wb-list")).to_contain_text("19 of 20 open")
    page.locator('[data-key="filter"]').fill("credit")
    expect(page.locator(".wb-row")).to_have_count(3)
    expect(page.locator('[data-key="filter"]')).to_be_focused()
    page.locator('[data-key="trend"]').select_option("none")
    page.locator('[data-key="most"]').fill("3")
    page.locator('[data-key="keep"]').fill("24")
    page.locator('[data-key="rebin"]').click()
    expect(bins(page)).to_have_count(3)
    expect(page.locator(".wb-trail li").first).to_contain_text("splits kept 24")


@pytest.mark.parametrize(
    "options",
    [
        {"color_scheme": "dark"},
        {"forced_colors": "active"},
        {"reduced_motion": "reduce"},
        {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
    ],
    ids=["dark", "forced colours", "reduced motion", "zoom 200 %"],
)
def test_b24_wishes_of_the_reader(new_page, shared, options):
    page = new_page(**options)
    page.goto(shared.address)
    expect(page.locator(".wb-chart")).to_be_visible()
    wide = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    contrasts = page.evaluate(CONTRAST)
    if "forced_colors" not in options:
        assert [entry for entry in contrasts if entry[1] < 4.5] == []


#: Contrast of every text with the background behind it, as WCAG computes it.
CONTRAST = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      const [, , , alpha = 1] = parts(colour);
      if (alpha > 0.5) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const seen = [...document.querySelectorAll('.wb *')].filter((node) =>
    !node.disabled && node.tagName !== 'title'
    && [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim()));
  return seen.map((node) => {
    const style = getComputedStyle(node);
    const text = node instanceof SVGElement ? style.fill : style.color;
    const pair = [light(text), light(behind(node))].sort((a, b) => b - a);
    return [node.textContent.slice(0, 30), (pair[0] + 0.05) / (pair[1] + 0.05)];
  });
}"""


def test_what_is_edited_is_what_the_file_says(new_page, serve, tmp_path):
    path = tmp_path / "s.tune.jsonl"
    page = opened(new_page(), serve("german", "--session", path), DURATION)
    page.locator('[data-handle="0"]').click()
    value(page, "0.2685")
    lines = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    assert [line["action"]["type"] for line in lines] == ["merge"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", lines[0]["action"]["when"])

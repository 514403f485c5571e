"""What is clicked or typed while an answer is on its way is neither lost nor taken for another."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import AMOUNT, DURATION, PURPOSE, bins, opened, value

pytestmark = pytest.mark.browser


class Held:
    """Holds the messages of a page until they are let go."""

    def __init__(self, page):
        self._page, self._waiting, self._holding = page, [], True
        page.route("**/api", self._arrived)

    def _arrived(self, route):
        # The card of the bins is asked for after a pause: it is not what is held here.
        if self._holding and route.request.post_data_json["type"] in ("edit", "feature"):
            self._waiting.append(route)
        else:
            route.continue_()

    def answer_last(self):
        """Answer what was asked for last, before all that was asked for earlier."""
        with self._page.expect_response("**/api"):
            self._waiting.pop().continue_()

    def let_go(self):
        self._holding = False
        for route in self._waiting:
            route.continue_()
        self._waiting = []


@pytest.fixture
def slow(new_page, serve):
    """Return a function that opens a page on a slow machine, and what holds its messages."""

    def start(kind="german", feature=DURATION):
        page = opened(new_page(slowdown=6), serve(kind), feature)
        return page, Held(page)

    return start


def labels(page):
    return page.locator(".wb-table").first.locator("tbody th").all_inner_texts()


def merged(first, second):
    return f"{first.split(',')[0]},{second.split(',')[1]}"


def test_a_bin_picked_while_an_edit_is_under_way_stays_picked(slow):
    page, held = slow()
    bins(page).nth(4).click()
    page.locator('[data-handle="0"]').click()
    label = labels(page)[3]
    bins(page).nth(3).click()
    held.let_go()
    value(page, "0.2685")
    picked = page.locator('.wb-bin[aria-pressed="true"]')
    # What was picked before the edit was asked for is cleared by it, what was picked since is not.
    expect(picked).to_have_count(1)
    expect(picked).to_contain_text(label)


def test_two_splits_removed_quickly_are_the_two_that_were_clicked(slow):
    page, held = slow()
    before = labels(page)
    page.locator('[data-handle="0"]').click()
    page.locator('[data-handle="2"]').click()
    held.let_go()
    expect(page.locator(".wb-trail li")).to_have_count(2)
    assert labels(page) == [
        merged(before[0], before[1]),
        merged(before[2], before[3]),
        *before[4:],
    ]


def test_neighbouring_levels_joined_quickly(slow):
    page, held = slow(feature=PURPOSE)
    page.locator('[data-handle="0"]').click()
    page.locator('[data-handle="1"]').click()
    held.let_go()
    expect(page.locator(".wb-trail li")).to_have_count(2)
    expect(bins(page)).to_have_count(4)


def test_a_double_click_removes_one_split(slow):
    page, held = slow()
    page.locator('[data-handle="0"]').dblclick()
    held.let_go()
    value(page, "0.2685")
    page.locator('[data-handle="3"]').click()
    expect(page.locator(".wb-trail li")).to_have_count(2)


def test_a_characteristic_opened_while_an_edit_is_under_way_stays_open(slow):
    page, held = slow()
    page.locator('[data-handle="0"]').click()
    page.locator('[data-handle="1"]').click()
    page.locator(f'[data-feature="{PURPOSE}"]').click()
    held.let_go()
    row = page.locator(f'[data-feature="{DURATION}"]')
    expect(page.locator(".wb-saved")).to_contain_text("step 2")
    expect(row).to_contain_text("bins set by hand")
    expect(page.locator("h1")).to_have_text(PURPOSE)
    expect(page.locator(".wb-trail li")).to_have_count(0)
    row.click()
    expect(page.locator(".wb-trail li")).to_have_count(2)
    expect(bins(page)).to_have_count(4)


@pytest.mark.parametrize("opened_since", [PURPOSE, AMOUNT])
def test_an_edit_is_of_the_characteristic_that_was_clicked(slow, opened_since):
    page, held = slow()
    before = labels(page)
    page.locator('[data-handle="0"]').click()
    page.locator('[data-handle="1"]').click()
    page.locator(f'[data-feature="{opened_since}"]').click()
    held.answer_last()
    expect(page.locator("h1")).to_have_text(opened_since)
    held.let_go()
    expect(page.locator(".wb-saved")).to_contain_text("step 2")
    expect(page.locator("h1")).to_have_text(opened_since)
    expect(page.locator(".wb-trail li")).to_have_count(0)
    page.locator(f'[data-feature="{DURATION}"]').click()
    expect(page.locator(".wb-trail li")).to_have_count(2)
    assert labels(page) == [merged(before[0], before[2]), *before[3:]]


def test_nothing_changes_between_press_and_release(slow):
    page, held = slow()
    page.locator('[data-handle="0"]').focus()
    page.keyboard.press("Enter")
    last = page.locator('[data-bin="5"] .wb-label')
    label = last.text_content().strip()
    box = last.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    with page.expect_response("**/api"):
        held.let_go()
    page.evaluate("() => new Promise((go) => setTimeout(go, 300))")
    expect(bins(page)).to_have_count(6)
    page.mouse.up()
    value(page, "0.2685")
    picked = page.locator('.wb-bin[aria-pressed="true"]')
    expect(picked).to_have_count(1)
    expect(picked).to_contain_text(label)


def test_undo_can_be_clicked_while_the_edit_is_under_way(slow):
    page, held = slow()
    page.locator('[data-handle="0"]').click()
    page.locator('[data-key="undo"]').click()
    held.let_go()
    expect(page.locator(".wb-trail li")).to_have_count(2)
    value(page, "0.2886")


def test_what_was_clicked_after_a_refused_edit_is_not_done(slow):
    page, held = slow()
    held.let_go()
    page.locator('[data-handle="0"]').click()
    value(page, "0.2685")
    held = Held(page)
    page.locator('[data-key="at"]').fill("45")
    page.locator('[data-key="split"]').click()
    page.locator('[data-key="undo"]').click()
    held.let_go()
    expect(page.locator('[role="alert"]')).to_contain_text("which is a split already")
    expect(page.locator('[data-key="undo"]')).to_be_enabled()
    expect(page.locator(".wb-trail li")).to_have_count(1)


def test_what_is_typed_or_marked_while_an_edit_is_under_way_stays(slow):
    page, held = slow(feature=PURPOSE)
    page.locator('[data-handle="0"]').click()
    page.locator('[data-key="level business"]').check()
    note = page.locator('[data-key="note"]')
    note.press_sequentially("a note that takes a while")
    held.let_go()
    expect(page.locator(".wb-trail li")).to_have_count(1)
    expect(note).to_have_value("a note that takes a while")
    expect(note).to_be_focused()
    expect(page.locator('[data-key="level business"]')).to_be_checked()
    note.press("Enter")
    expect(page.locator(".wb-saved")).to_contain_text("step 2")
    expect(note).to_have_value("a note that takes a while")


def test_opening_the_same_characteristic_again_keeps_what_is_picked(slow):
    page, held = slow()
    page.locator(f'[data-feature="{DURATION}"]').click()
    bins(page).first.click()
    with page.expect_response("**/api"):
        held.let_go()
    bins(page).nth(1).click()
    expect(page.locator('.wb-bin[aria-pressed="true"]')).to_have_count(2)


def test_a_long_list_has_only_the_rows_in_sight(new_page, serve):
    page = opened(new_page(), serve("400x700"))
    rows = page.locator(".wb-row")
    expect(page.locator(".wb-list")).to_contain_text("700 of 700 open")
    assert rows.count() < 80
    page.locator('[data-key="order"]').select_option("name")
    page.locator(".wb-rows").evaluate("node => { node.scrollTop = node.scrollHeight; }")
    last = page.locator('[data-feature="x99"]')
    expect(last).to_be_in_viewport()
    assert rows.count() < 80
    expect(page.locator('li[aria-posinset="700"]')).to_have_attribute("aria-setsize", "700")
    last.click()
    expect(page.locator("h1")).to_have_text("x99")
    expect(last).to_have_attribute("aria-current", "true")
    expect(last).to_be_focused()

    # The keys go on through rows that were not in the page, and the list follows.
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
    expect(page.locator(".wb-row:focus")).to_have_count(1)
    page.keyboard.press("p")
    expect(page.locator("h1")).to_have_text("x98")
    page.locator('[data-key="filter"]').fill("x12")
    expect(rows).to_have_count(11)
    expect(page.locator(".wb-list")).to_contain_text("11 shown")
    wide = page.evaluate(
        "() => [...document.querySelectorAll('.wb-rows li')].map((n) => n.offsetHeight)"
    )
    assert max(wide) < 40


def test_an_edit_whose_answer_is_lost_by_a_reload_is_there(slow):
    page, held = slow()
    page.locator('[data-handle="0"]').click()
    held.let_go()
    page.reload()
    page.locator(f'[data-feature="{DURATION}"]').click()
    value(page, "0.2685")
    expect(page.locator(".wb-trail li")).to_have_count(1)
    # Nothing stands in the way of the next edit.
    page.locator('[data-key="undo"]').click()
    value(page, "0.2886")
    expect(page.locator(".wb-saved")).to_contain_text("step 2")


def test_ten_thousand_levels_and_columns_without_bins(new_page, serve):
    page = opened(new_page(), serve("levels"), "many")
    boxes = page.locator(".wb-levels input")
    expect(page.locator(".wb-main")).to_contain_text("more levels: search for them")
    assert boxes.count() <= 300
    page.locator('[data-key="levels"]').fill("level 9999<")
    expect(boxes).to_have_count(1)
    boxes.check()
    before = bins(page).count()
    page.locator('[data-key="move"]').click()
    expect(bins(page)).to_have_count(before + 1)
    expect(page.locator("i")).to_have_count(0)
    for name in ("missing only", "one value"):
        page.locator(f'[data-feature="{name}"]').click()
        expect(page.locator("h1")).to_have_text(name)
        expect(page.locator(".wb-handle")).to_have_count(0)
    page.locator(".wb-row", has_text="\U0001f680").click()
    expect(page.locator("h1")).to_have_text("\U0001f680 \u05e9\u05dc\u05d5\u05dd")


def test_nothing_is_lost_where_each_answer_takes_400_ms(new_page, serve):
    page = opened(new_page(), serve("german"), DURATION)
    network = {"offline": False, "latency": 400, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", network)
    # It is there for as long as an answer is late: who looks now and then may miss it.
    page.evaluate(
        """() => {
          window.told = [];
          new MutationObserver(() => {
            window.told.push(document.querySelector(".wb-saved").textContent);
          }).observe(document.body, { childList: true, characterData: true, subtree: true });
        }"""
    )
    before = labels(page)

    # What the first click would do is asked for and answered late: it is not shown afterwards.
    page.locator('[data-handle="0"]').hover()
    page.evaluate("() => new Promise((go) => setTimeout(go, 200))")
    page.locator('[data-handle="0"]').click()
    page.locator('[data-handle="2"]').click()
    page.mouse.move(5, 5)
    expect(page.locator(".wb-trail li")).to_have_count(2)
    expect(page.locator(".wb-saved")).to_contain_text("step 2")
    assert "saving …" in page.evaluate("() => window.told")
    expect(page.locator(".wb-preview")).to_contain_text("Point at a split")
    assert labels(page) == [merged(*before[:2]), merged(*before[2:4]), *before[4:]]

    page.locator('[data-key="undo"]').dblclick()
    page.locator(f'[data-feature="{PURPOSE}"]').click()
    expect(page.locator("h1")).to_have_text(PURPOSE)
    page.locator(f'[data-feature="{DURATION}"]').click()
    value(page, "0.2886")
    assert labels(page) == before

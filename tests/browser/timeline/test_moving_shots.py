"""Shots moved on the timeline by mouse, keyboard and touch."""

import pytest
from playwright.sync_api import Page, expect

from browser_pages import Editor, card, has_shots, settle
from timeline_pages import FIRST, drag, ids, middle, saved_ids, shows

pytestmark = pytest.mark.browser


def test_shots_are_moved_by_mouse(page: Page, server: Editor) -> None:
    x, y = middle(page, 5)
    drag(page, middle(page, 2), (x + 40, y))
    expect(page.locator(".sb-ghost")).to_be_visible()
    expect(page.locator(".sb-insert")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".sb-ghost")).to_have_count(0)
    page.mouse.up()
    assert ids(page) == FIRST
    drag(page, middle(page, 2), (x + 40, y))
    page.mouse.up()
    moved = ["shot-1", "shot-3", "shot-4", "shot-5", "shot-2", "shot-6"]
    shows(page, moved)
    expect(page.get_by_role("status").filter(has_text="moved")).to_have_text(
        "Shot 2 moved to place 5 of 6"
    )
    settle(page)
    shows(page, moved)
    assert saved_ids(server) == moved
    # A press without a drag selects.
    card(page, 1).click()
    expect(card(page, 1)).to_have_attribute("aria-current", "true")


def test_several_shots_are_moved_copied_and_removed_together(page: Page, server: Editor) -> None:
    card(page, 2).click()
    card(page, 4).click(modifiers=["Shift"])
    card(page, 3).click(modifiers=["ControlOrMeta"])
    expect(page.locator(".sb-card[aria-pressed=true]")).to_have_count(2)
    expect(page.locator(".sb-sum")).to_contain_text("2 shots selected")
    x, y = middle(page, 6)
    drag(page, middle(page, 2), (x + 60, y))
    expect(page.locator(".sb-ghost")).to_have_attribute("data-count", "2")
    page.mouse.up()
    shows(page, ["shot-1", "shot-3", "shot-5", "shot-6", "shot-2", "shot-4"])
    card(page, 5).focus()
    page.keyboard.press("Control+d")
    has_shots(page, 8)
    expect(page.locator(".sb-card[aria-pressed=true]")).to_have_count(2)
    expect(card(page, 8)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Delete")
    has_shots(page, 6)
    page.keyboard.press("Control+a")
    page.wait_for_function("() => storyboard.state.picked.length === 6")  # some are out of sight
    page.keyboard.press("Escape")
    expect(page.locator(".sb-card[aria-pressed=true]")).to_have_count(1)
    for _ in range(3):
        page.keyboard.press("Control+z")
    settle(page)
    in_sight = ids(page)
    assert saved_ids(server) == FIRST and in_sight == [one for one in FIRST if one in in_sight]


def test_shots_are_moved_by_keyboard(page: Page, server: Editor) -> None:
    card(page, 1).click()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".sb-card[aria-pressed=true]")).to_have_count(2)
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+ArrowRight")
    shows(page, ["shot-3", "shot-4", "shot-1", "shot-2"])
    expect(page.locator(".sb-live")).to_have_text("2 shots moved to places 3 to 4 of 6")
    page.keyboard.press("Alt+ArrowLeft")
    settle(page)
    shows(page, ["shot-3", "shot-1", "shot-2", "shot-4"])
    assert saved_ids(server) == ids(page)
    for _ in range(4):
        page.keyboard.press("Alt+ArrowLeft")  # no further than the beginning
    settle(page)
    shows(page, FIRST)
    expect(page.get_by_role("button", name="Move left")).to_have_attribute("aria-disabled", "true")


def test_shots_are_moved_by_touch_and_a_swipe_scrolls(page: Page, server: Editor) -> None:
    small = server.open(390, 844, has_touch=True, is_mobile=True)
    send = small.context.new_cdp_session(small).send

    def touch(kind: str, *points: tuple[float, float]) -> None:
        where = [{"x": x, "y": y} for x, y in points]
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    small.locator(".sb-strip").scroll_into_view_if_needed()
    grip = small.locator(".sb-grip").first.bounding_box()
    assert grip and min(grip["width"], grip["height"]) >= 32
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    touch("touchStart", (x, y))
    for step in range(1, 9):
        touch("touchMove", (x + 25 * step, y))
    expect(small.locator(".sb-ghost")).to_be_visible()
    touch("touchEnd")
    expect(small.locator(".sb-shot").first).to_have_attribute("data-name", "shot-2")
    assert ids(small)[:2] == ["shot-2", "shot-1"]
    settle(small)
    assert saved_ids(server)[:2] == ["shot-2", "shot-1"]
    left = "() => document.querySelector('.sb-scroll').scrollLeft"
    before = small.evaluate(left)
    face = small.locator(".sb-face").nth(1).bounding_box()
    assert face
    x, y = face["x"] + 20, face["y"] + 40
    touch("touchStart", (x, y))
    for step in range(1, 9):
        touch("touchMove", (x - 15 * step, y))
    touch("touchEnd")
    small.wait_for_function(f"({left})() > {before}")
    assert ids(small)[:2] == ["shot-2", "shot-1"]
    page.evaluate("() => storyboard.send('sync')")
    settle(page)

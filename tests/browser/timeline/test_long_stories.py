"""A story of 300 shots: what is in the document, the map of it, markers, labels, board and text."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app_stories import write_story
from browser_pages import Editor, has_shots, serving, settle

pytestmark = pytest.mark.browser
COUNT = 300


@pytest.fixture
def long(browser: Browser, tmp_path: Path) -> Iterator[Editor]:
    write_story(tmp_path / "story", COUNT)
    with serving(browser, tmp_path, tmp_path / "story") as editor:
        yield editor


def layout(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_long_story(long: Editor) -> None:
    page = long.open()
    has_shots(page, COUNT)
    drawn = page.locator(".sb-strip > *")
    assert drawn.count() < 80
    # Scrolling goes through the map, and what comes into sight is there.
    story_map = page.get_by_role("scrollbar", name="Map of the story")
    story_map.press("End")
    expect(page.locator(f"[data-name='shot-{COUNT}'] .sb-card")).to_be_visible()
    assert drawn.count() < 80
    story_map.press("Home")
    expect(page.locator("[data-name='shot-1'] .sb-card")).to_be_visible()
    # All of it fits, and what was under the playhead stays there when the zoom changes.
    page.keyboard.press("0")
    assert page.evaluate("() => storyboard.scale.width") < 1280
    page.evaluate("() => storyboard.player.seek(100)")
    head = page.locator(".sb-timeline .sb-head")
    before = head.bounding_box()
    page.keyboard.press("+")
    page.keyboard.press("+")
    after = head.bounding_box()
    assert before and after and abs(before["x"] - after["x"]) < 2

    # Markers: set, named, moved along with their shot, undone.
    page.keyboard.press("m")
    page.keyboard.press("m")
    page.get_by_role("dialog", name="Marker").get_by_label("Name").fill("The turn")
    page.keyboard.press("Enter")
    flag = page.get_by_role("button", name="Marker “The turn” at")
    expect(flag).to_be_visible()
    settle(page)
    assert [marker.title for marker in long.saved().markers] == ["The turn"]
    flag.press("Delete")
    expect(flag).to_have_count(0)
    # A label.
    page.get_by_role("button", name="Label", exact=True).click()
    page.get_by_role("button", name="green label").click()
    settle(page)
    assert long.saved().shots[0].label == "green"

    # The board: a prompt in place, and another order by dragging.
    layout(page, "Board")
    expect(page.locator("#zone-stage")).to_be_hidden()
    page.get_by_label("Prompt of scene 2", exact=True).fill("snow falls")
    faces = page.locator(".sb-scene-face")
    start, end = faces.nth(0).bounding_box(), faces.nth(2).bounding_box()
    assert start and end
    page.mouse.move(start["x"] + 40, start["y"] + 40)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] - 20, end["y"] + 60, steps=4)
    expect(page.locator(".sb-gap")).to_be_visible()
    page.mouse.up()
    settle(page)
    assert [shot.id for shot in long.saved().shots[:3]] == ["shot-2", "shot-3", "shot-1"]
    assert long.saved().shots[0].prompt == "snow falls"

    # As text: Enter goes on, and pasted lines fill as many prompts as one edit.
    layout(page, "Prompts as text")
    first = page.locator("[data-name='shot-2'] textarea").filter(visible=True)
    first.press("Enter")
    assert page.evaluate("() => document.activeElement.closest('li').dataset.name") != "shot-2"
    first.evaluate(
        """control => {
          const clipboardData = new DataTransfer();
          clipboardData.setData('text/plain', 'one\\ntwo\\nthree\\n');
          control.dispatchEvent(
            new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
        }"""
    )
    settle(page)
    assert [shot.prompt for shot in long.saved().shots[:3]] == ["one", "two", "three"]
    layout(page, "Timeline")
    page.keyboard.press("Control+z")
    settle(page)
    assert long.saved().shots[0].prompt == "snow falls"


def test_two_fingers_zoom_around_their_middle(browser: Browser, long: Editor) -> None:
    page = long.open(390, 844, has_touch=True, is_mobile=True)
    send = page.context.new_cdp_session(page).send
    page.locator(".sb-strip").scroll_into_view_if_needed()
    box = page.locator(".sb-scroll").bounding_box()
    assert box
    y = box["y"] + 90

    def touch(kind: str, *xs: float) -> None:
        where = [{"x": x, "y": y, "id": i} for i, x in enumerate(xs)]
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    under = "x => storyboard.scale.timeAt(x - document.querySelector('.sb-lane')"
    under += ".getBoundingClientRect().left)"
    zoom, before = page.evaluate("() => storyboard.scale.zoom"), page.evaluate(under, 200)
    touch("touchStart", 150, 250)
    for step in range(1, 6):
        touch("touchMove", 150 - 10 * step, 250 + 10 * step)
    touch("touchEnd")
    page.wait_for_function(f"() => storyboard.scale.zoom > {1.5 * zoom}")
    assert abs(page.evaluate(under, 200) - before) < 0.1
